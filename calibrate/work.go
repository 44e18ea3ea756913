package calibrate

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"handover/casefile"
	"handover/lockfile"
)

// ResultName is the file of a Result.
const ResultName = "calibration.json"

const (
	lockName  = "lock"
	temporary = ".tmp-" // starts the name of a file being written
)

// checkpointEvery is how much work a killed process may lose. Only tests change it.
var checkpointEvery = 10 * time.Second

// format is the version of the checkpoints and of what determines results.
const format = 2

// workplace is the folder of a calibration, and the lock on it.
type workplace struct {
	dir  string
	id   string
	of   string
	lock *os.File
}

// open makes or finds the folder of a request and locks it.
func open(root string, r Request) (*workplace, error) {
	text := fmt.Sprintf("calibrate %d %s %s %d %d %d %d", format, r.Version, r.Case.HistoryHash(), r.Runs, r.Chains, r.Draws, r.Seed)
	return openNamed(root, r.Case.Name, "calibration", text, r.Case.HistoryHash())
}

func openNamed(root, name, kind, text, of string) (*workplace, error) {
	sum := sha256.Sum256([]byte(text))
	id := hex.EncodeToString(sum[:6])
	w := &workplace{dir: filepath.Join(root, name, kind+"-"+id), id: hex.EncodeToString(sum[:]), of: of}
	if err := os.MkdirAll(w.dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the folder %s: %w", w.dir, cause(err))
	}
	path := filepath.Join(w.dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	if err := lockfile.Take(f); err != nil {
		_ = f.Close()
		if errors.Is(err, lockfile.ErrTaken) {
			err = errors.New("another process is working there")
		}
		return nil, fmt.Errorf("cannot work in %s: %w", w.dir, err)
	}
	w.lock = f
	return w, nil
}

func (w *workplace) close() { _ = w.lock.Close() }

// cause drops the path that file errors repeat.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// result reads the result of a finished calibration; nil when it is not finished.
func (w *workplace) result() (*Result, error) {
	r := &Result{}
	if found, err := w.read(ResultName, r); !found || err != nil {
		return nil, err
	}
	return r, nil
}

// read reads a JSON file of finished work; found is false when there is none.
func (w *workplace) read(name string, to any) (found bool, err error) {
	path := filepath.Join(w.dir, name)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	if err := json.Unmarshal(data, to); err != nil {
		return false, fmt.Errorf("%s is damaged; remove it to start again: %w", path, err)
	}
	return true, nil
}

// checkpoint is a population on its way.
type checkpoint struct {
	ID         string
	Population population
}

// lead brings a population to its last generation, from its checkpoint when there
// is one. It leaves a checkpoint when ctx ends.
func (w *workplace) lead(ctx context.Context, d density, k int, p plan, progress func(generation int)) (*population, error) {
	name := fmt.Sprintf("population-%d.state", k+1)
	s, err := w.restore(name)
	if err != nil {
		return nil, err
	}
	if s == nil {
		if s, err = begin(ctx, d, p); err != nil {
			return nil, err
		}
	}
	last, told := time.Now(), time.Time{}
	for s.Generation < p.generations {
		err := s.advance(ctx, d, p)
		if err != nil {
			if ctx.Err() == nil {
				return nil, err
			}
			if failed := w.save(name, s); failed != nil {
				return nil, failed
			}
			return nil, fmt.Errorf("the work in %s stopped after %d of %d generations of population %d; the same command goes on: %w",
				w.dir, s.Generation, p.generations, k+1, ctx.Err())
		}
		if time.Since(told) > 100*time.Millisecond {
			told = time.Now()
			progress(s.Generation)
		}
		if time.Since(last) > checkpointEvery {
			if err := w.save(name, s); err != nil {
				return nil, err
			}
			last = time.Now()
		}
	}
	progress(s.Generation)
	return s, w.save(name, s)
}

func (w *workplace) restore(name string) (*population, error) {
	path := filepath.Join(w.dir, name)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", path, cause(err))
	}
	defer f.Close()
	var c checkpoint
	if err := gob.NewDecoder(bufio.NewReader(f)).Decode(&c); err != nil || c.ID != w.id {
		return nil, fmt.Errorf("%s is damaged; remove the folder and start again", path)
	}
	return &c.Population, nil
}

func (w *workplace) save(name string, s *population) error {
	return WriteFile(w.dir, name, func(to io.Writer) error { return gob.NewEncoder(to).Encode(checkpoint{w.id, *s}) })
}

// finish writes the results, the description last, and removes checkpoints.
func (w *workplace) finish(table [][]string, r *Result) error {
	err := WriteFile(w.dir, casefile.PosteriorName, func(to io.Writer) error {
		if _, err := fmt.Fprintf(to, "%s%s\n", casefile.PosteriorMark, w.of); err != nil {
			return err
		}
		return csv.NewWriter(to).WriteAll(table)
	})
	if err != nil {
		return err
	}
	if err := w.finishJSON(ResultName, r); err != nil {
		return err
	}
	return w.clear()
}

func (w *workplace) finishJSON(name string, content any) error {
	return WriteFile(w.dir, name, func(to io.Writer) error {
		e := json.NewEncoder(to)
		e.SetIndent("", " ")
		return e.Encode(content)
	})
}

// clear removes the checkpoints of finished work and what a killed process was
// still writing.
func (w *workplace) clear() error {
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", w.dir, cause(err))
	}
	for _, e := range entries {
		if matched, _ := filepath.Match("*.state", e.Name()); matched || len(e.Name()) > len(temporary) && e.Name()[:len(temporary)] == temporary {
			if err := os.Remove(filepath.Join(w.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("cannot remove %s: %w", filepath.Join(w.dir, e.Name()), cause(err))
			}
		}
	}
	return nil
}

// WriteFile writes a file of a folder so that it is under its name either whole or
// not at all: a temporary file beside it, synchronised, renamed, the folder
// synchronised.
func WriteFile(folder, name string, write func(io.Writer) error) (err error) {
	path := filepath.Join(folder, name)
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot write %s: %w", path, cause(err))
		}
	}()
	f, err := os.CreateTemp(folder, temporary+name+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
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
	if err := os.Rename(f.Name(), path); err != nil || runtime.GOOS == "windows" {
		return err
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	// Some file systems cannot synchronise a folder and need not.
	_ = d.Sync()
	return d.Close()
}
