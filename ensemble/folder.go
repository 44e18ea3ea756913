package ensemble

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// The files of a run folder. The manifest is written last: a folder that has
// it holds a finished run.
const (
	manifestName   = "manifest.json"
	summaryName    = "summary.json"
	inputsName     = "inputs.parquet"
	outcomesName   = "outcomes.parquet"
	seriesName     = "series.parquet"
	mapsName       = "maps.parquet"
	partialName    = "partial.outcomes" // outcomes so far, of an unfinished run
	checkpointName = "partial.state"    // all else of an unfinished run
	temporary      = ".tmp-"            // starts the name of a file being written
)

// writeFile writes a file so that it is under its name either whole or not at
// all: a temporary file in the same folder, synchronised, renamed, and the
// folder synchronised. On an error the temporary file is removed.
func writeFile(folder, name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(folder, temporary+name+"-*")
	if err != nil {
		return explain("write", filepath.Join(folder, name), err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = explain("write", filepath.Join(folder, name), err)
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<18)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil && runtime.GOOS != "windows" {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(folder, name)); err != nil {
		return err
	}
	return syncFolder(folder)
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

// makeFolder makes the run folder and the folders above it, and synchronises
// those that gained an entry.
func makeFolder(folder string) error {
	var grown []string
	for d := folder; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || filepath.Dir(d) == d {
			break
		}
		grown = append(grown, filepath.Dir(d))
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return explain("make the run folder", folder, err)
	}
	for _, d := range grown {
		if err := syncFolder(d); err != nil && !errors.Is(err, fs.ErrPermission) {
			return explain("make the run folder", folder, err)
		}
	}
	return nil
}

// explain turns the failure of a file operation into one clear error. It keeps
// the cause for errors.Is.
func explain(action, path string, err error) error {
	var reason, advice string
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		reason, advice = "the disk is full", "free some space and resume the run, or choose another output folder"
	case errors.Is(err, syscall.EROFS):
		reason, advice = "the file system is read-only", "choose another output folder"
	case errors.Is(err, fs.ErrPermission):
		reason, advice = "permission denied", "choose an output folder in which you may write"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		reason, advice = "a file stands where a folder is needed", "remove it or choose another output folder"
	default:
		return fmt.Errorf("cannot %s %s: %w", action, path, err)
	}
	return fmt.Errorf("cannot %s %s: %w", action, path, &explained{reason + ": " + advice, err})
}

// explained words an error for readers.
type explained struct {
	words string
	cause error
}

func (e *explained) Error() string { return e.words }
func (e *explained) Unwrap() error { return e.cause }

// removeLeftovers removes what a finished run no longer needs, and files that
// a killed process was still writing.
func removeLeftovers(folder string, unfinished bool) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return explain("read", folder, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), temporary) || !unfinished && (e.Name() == partialName || e.Name() == checkpointName) {
			if err := os.Remove(filepath.Join(folder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return explain("remove", filepath.Join(folder, e.Name()), err)
			}
		}
	}
	return nil
}
