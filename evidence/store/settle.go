package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
)

// writeManifest puts a manifest in place of the one before.
func writeManifest(folder string, m *Manifest) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return err
	}
	if err := syncIncoming(filepath.Join(folder, incoming)); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".tmp-"+manifestName+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	if err == nil && runtime.GOOS != "windows" {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(folder, manifestName))
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return syncFolder(folder)
}

// settle brings the folder into line with the manifest: files that it names
// move to their place, all others go. An import that was stopped after its
// manifest was written is finished by it, one that was stopped before is undone.
func (s *Store) settle() error {
	named := map[string]bool{}
	for _, f := range s.Files {
		named[f.Name] = true
	}
	staging, events := filepath.Join(s.folder, incoming), filepath.Join(s.folder, eventsFolder)
	entries, err := os.ReadDir(staging)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if named[e.Name()] {
			if err := os.Rename(filepath.Join(staging, e.Name()), filepath.Join(events, e.Name())); err != nil {
				return fmt.Errorf("cannot move a file of the store: %w", err)
			}
		}
	}
	if err := syncFolder(events); err != nil {
		return err
	}
	if err := os.RemoveAll(staging); err != nil {
		return fmt.Errorf("cannot clear the store's folder of incoming files: %w", err)
	}
	left, err := os.ReadDir(events)
	if err != nil {
		return err
	}
	for _, e := range left {
		if !named[e.Name()] {
			if err := os.Remove(filepath.Join(events, e.Name())); err != nil {
				return fmt.Errorf("cannot remove an old file of the store: %w", err)
			}
		}
	}
	temporary, err := filepath.Glob(filepath.Join(s.folder, ".tmp-*"))
	for _, t := range temporary {
		err = errors.Join(err, os.Remove(t))
	}
	return err
}

// syncIncoming makes the new files last through a loss of power, before the
// manifest names them. Many at once share the disk's turns.
func syncIncoming(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	errs := make([]error, len(entries))
	turn := make(chan struct{}, 16)
	var wait sync.WaitGroup
	for i, e := range entries {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			f, err := os.OpenFile(filepath.Join(folder, e.Name()), os.O_RDWR, 0)
			if err != nil {
				errs[i] = err
				return
			}
			errs[i] = errors.Join(f.Sync(), f.Close())
		})
	}
	wait.Wait()
	return errors.Join(append(errs, syncFolder(folder))...)
}

// syncFolder makes renames in a folder last through a loss of power. Windows
// has no such call and needs none.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // a file system without such a call
	}
	return errors.Join(err, d.Close())
}

// full words the failure that a large import is most likely to meet.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the disk is full; the store is as before: %w", err)
	}
	return err
}
