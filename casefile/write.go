package casefile

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Bounds on a case that is copied.
const (
	mostFiles = 10_000
	mostBytes = 1 << 30
)

// Write copies the case folder fsys to the new folder dir and adds the JSON
// Schemas of its YAML files under schema. The folder dir must not exist, or be
// empty. It appears whole or not at all: the copy is made beside it and renamed.
func Write(fsys fs.FS, dir string) error {
	fail := func(err error) error { return fmt.Errorf("%s: the case could not be written: %w", dir, reason(err)) }
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return fail(err)
	}
	if err := vacant(dir); err != nil {
		return err
	}
	parent := filepath.Dir(absolute)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fail(err)
	}
	temporary, err := os.MkdirTemp(parent, "."+filepath.Base(absolute)+"-")
	if err != nil {
		return fail(err)
	}
	done := false
	defer func() {
		if !done {
			os.RemoveAll(temporary)
		}
	}()
	if err := os.Chmod(temporary, 0o755); err != nil {
		return fail(err)
	}
	if err := copyCase(fsys, temporary); err != nil {
		return fail(err)
	}
	// An empty folder in the way would stop the rename on some systems. Remove
	// deletes nothing but an empty folder.
	if err := os.Remove(absolute); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(err)
	}
	if err := os.Rename(temporary, absolute); err != nil {
		return fail(err)
	}
	done = true
	return syncFolder(parent)
}

// vacant reports why a case cannot be put at dir.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		if info, e := os.Stat(dir); e == nil && !info.IsDir() {
			return fmt.Errorf("%s: there is a file of this name; expected a new folder", dir)
		}
		return fmt.Errorf("%s: the folder cannot be read: %w", dir, reason(err))
	case len(entries) > 0:
		return fmt.Errorf("%s: the folder is not empty; expected a new or an empty one", dir)
	}
	return nil
}

func copyCase(fsys fs.FS, to string) error {
	files, size := 0, int64(0)
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == SchemaFolder:
			return fs.SkipDir
		case e.IsDir():
			return os.MkdirAll(filepath.Join(to, filepath.FromSlash(name)), 0o755)
		case !e.Type().IsRegular():
			return fmt.Errorf("%s is not a regular file", name)
		}
		data, d := readBounded(fsys, name, MostXMILE)
		if d != nil && d.Code != "empty-file" {
			return *d
		}
		files, size = files+1, size+int64(len(data))
		if files > mostFiles || size > mostBytes {
			return errors.New("the folder holds too much for a case")
		}
		return writeFile(filepath.Join(to, filepath.FromSlash(name)), data)
	})
	if err != nil {
		return err
	}
	schemas, err := Schemas()
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(to, SchemaFolder), 0o755); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if err := writeFile(filepath.Join(to, SchemaFolder, path.Base(name)), schemas[name]); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a file and waits until it is on the disk.
func writeFile(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes a rename in the folder last. Systems that cannot sync a
// folder are not in error.
func syncFolder(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	_ = f.Sync()
	return f.Close()
}
