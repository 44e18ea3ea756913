// Package ensemble runs the futures of a case under several strategies and
// leaves a run folder: what went in, what came out and a summary. Every strategy
// meets the same futures, so that differences between strategies are paired. The
// bytes of a finished folder depend on the request alone, not on threads, block
// size, machine or interruptions; memory grows with threads and block size, not
// with futures (but for 8 bytes a future for each of a few columns while the
// summary is made).
package ensemble

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"

	"handover/casefile"
)

// Progress says how far a run is.
type Progress struct {
	// Stage is one of the stages below.
	Stage string
	// Done and Total count experiments.
	Done, Total int
	// Note is a line that the user should see, or "".
	Note string
}

// The stages of a run.
const (
	Preparing = "preparing" // compiling the strategies, reading an unfinished run
	Running   = "running"
	Writing   = "writing"  // summarising and writing result files
	Finished  = "finished" // last report of a run
	Existing  = "existing" // the only report when the run was finished before
)

// Start runs a request in the folder <root>/<case>/<run id>, which it returns
// even when it fails later. The run id is made from all that determines the
// results. When the folder holds the same run, finished, its summary is returned
// at once; when it holds it unfinished, it is continued. Progress, which may be
// nil, is called some ten times a second at most, never by two goroutines at
// once.
//
// When ctx ends, the run stops within about a second and leaves a folder that
// Start and Resume continue; the error then is ctx.Err() in the sense of
// errors.Is. Other errors are a bad request, a model that does not compile,
// folders that cannot be written, and a run of which every future went bad.
func Start(ctx context.Context, r Request, root string, progress func(Progress)) (dir string, s *Summary, err error) {
	r, err = r.complete()
	if err != nil {
		return "", nil, err
	}
	m := r.manifest()
	dir = filepath.Join(root, m.Case, m.Run)
	if s, err := finished(dir, m, progress); s != nil || err != nil {
		return dir, s, err
	}
	s, err = work(ctx, r, m, dir, progress)
	return dir, s, err
}

// Resume continues the unfinished run in a folder to the bytes it would have
// had without the interruption, and returns the summary of a finished one. The
// case must be the one the run was started with, and version that of the
// program that started it. Threads, lanes and backend are as in Request; for ctx,
// progress and errors see Start.
func Resume(ctx context.Context, c *casefile.Case, dir, version string, threads, lanes int, backend string, progress func(Progress)) (*Summary, error) {
	if c == nil {
		return nil, errors.New("no case to run")
	}
	m, err := readManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		var text []byte
		if text, err = os.ReadFile(filepath.Join(dir, checkpointName)); err == nil {
			m, _, err = decodeCheckpoint(text)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is not a run folder: it has neither %s nor %s", dir, manifestName, checkpointName)
	case err != nil:
		return nil, fmt.Errorf("cannot resume the run in %s: %w", dir, err)
	}
	refuse := func(what, then, now string) error {
		return fmt.Errorf("cannot resume the run in %s: it was started with %s %s, this is %s; start a new run", dir, what, then, now)
	}
	switch {
	case m.Case != c.Name:
		return nil, refuse("the case", m.Case, c.Name)
	case m.CaseHash != c.Hash:
		return nil, refuse("other contents of the case, hash", short(m.CaseHash), short(c.Hash))
	case m.Format != Format:
		return nil, refuse("file format", fmt.Sprint(m.Format), fmt.Sprint(Format))
	case m.Version != version:
		return nil, refuse("version", m.Version, version)
	}
	r, err := m.request(c, threads, lanes, backend).complete()
	if err != nil {
		return nil, fmt.Errorf("cannot resume the run in %s: %w", dir, err)
	}
	if want := r.manifest(); !reflect.DeepEqual(m, want) {
		return nil, fmt.Errorf("cannot resume the run in %s: its description was changed; start a new run", dir)
	}
	if s, err := finished(dir, m, progress); s != nil || err != nil {
		return s, err
	}
	return work(ctx, r, m, dir, progress)
}

func short(hash string) string { return hash[:min(len(hash), 12)] }

// Read returns the summary of the finished run in a folder. The error says when
// it is no run, or an unfinished one.
func Read(dir string) (*Summary, error) {
	m, err := readManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, checkpointName)); err == nil {
			return nil, fmt.Errorf("the run in %s is not finished; resume it first", dir)
		}
		return nil, fmt.Errorf("%s is not a run folder: it has no %s", dir, manifestName)
	}
	if err != nil {
		return nil, err
	}
	if m.Format != Format {
		return nil, fmt.Errorf("the run in %s has file format %d; this program reads format %d", dir, m.Format, Format)
	}
	path := filepath.Join(dir, summaryName)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, explain("read", path, err)
	}
	s := &Summary{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if !reflect.DeepEqual(s.Manifest, m) {
		return nil, fmt.Errorf("%s is of another run than %s", path, manifestName)
	}
	return s, nil
}

func readManifest(dir string) (Manifest, error) {
	path := filepath.Join(dir, manifestName)
	text, err := os.ReadFile(path)
	if err != nil {
		return Manifest{}, explain("read", path, err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return m, nil
}

// finished returns the summary when the folder holds run m, finished.
func finished(dir string, m Manifest, progress func(Progress)) (*Summary, error) {
	there, err := readManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(there, m) {
		return nil, fmt.Errorf("%s holds another run; choose another output folder", dir)
	}
	s, err := Read(dir)
	if err != nil {
		return nil, err
	}
	// A process may have ended between the manifest and the clearing up; where
	// that cannot be made up for, nothing is wrong with the run.
	_ = removeLeftovers(dir, false)
	if progress != nil {
		total := m.Futures * len(m.Strategies)
		progress(Progress{Stage: Existing, Done: total, Total: total})
	}
	return s, nil
}

// work runs what is left of a run and writes its files.
func work(ctx context.Context, r Request, m Manifest, dir string, progress func(Progress)) (*Summary, error) {
	j := &job{folder: dir, threads: r.Threads, lanes: r.Lanes, every: checkpointEvery}
	j.reporter = reporter{call: progress, Progress: Progress{Total: m.Futures * len(m.Strategies)}}
	j.report(Preparing, 0)
	var err error
	if j.experiments, err = prepare(r, m); err != nil {
		return nil, err
	}
	if err := j.afford(r); err != nil {
		return nil, err
	}
	if _, refused := j.experiments.programs[0].Backend(); refused != nil {
		j.note(fmt.Sprintf("the model runs in the interpreter, slower and with the same results: %v", refused))
	}
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	if j.partial, err = openPartial(dir, j.experiments); err != nil {
		return nil, err
	}
	defer j.partial.Close()
	j.source = j.partial
	if s, err := finished(dir, m, progress); s != nil || err != nil {
		return s, err // another process finished it before the lock was ours
	}
	if err := removeLeftovers(dir, true); err != nil {
		return nil, err
	}
	if err := j.restore(); err != nil {
		return nil, err
	}
	if err := j.simulate(ctx); err != nil {
		return nil, err
	}
	j.report(Writing, j.reporter.Total)
	s, err := j.write(ctx)
	if ctx.Err() != nil && err != nil {
		// All runs are done: none is to be done again for want of files.
		return nil, errors.Join(err, j.checkpoint())
	}
	if err != nil {
		return nil, err
	}
	j.report(Finished, j.reporter.Total)
	return s, nil
}

// write writes the result files, the manifest last, and clears up.
func (j *job) write(ctx context.Context) (*Summary, error) {
	left, err := j.leftOut()
	if err != nil {
		return nil, err
	}
	if j.state.kept == 0 {
		return nil, fmt.Errorf("in every future a value is not finite, first %s; there is nothing to summarise", j.state.firstBad)
	}
	s, tasks := j.summary(ctx, left)
	large := []func() error{
		func() error { return writeFile(j.folder, inputsName, j.writeInputs) },
		func() error { return writeFile(j.folder, outcomesName, j.writeOutcomes) },
	}
	if err := j.interrupted(ctx); err != nil {
		return nil, err
	}
	if err := atOnce(j.threads, append(large, tasks...)); err != nil {
		return nil, err
	}
	files := []struct {
		name  string
		write func(io.Writer) error
	}{
		{seriesName, func(w io.Writer) error { return j.writeSeries(w, s) }},
		{mapsName, func(w io.Writer) error { return j.writeMaps(w, s) }},
		{summaryName, func(w io.Writer) error { return json.NewEncoder(w).Encode(s) }},
		{manifestName, func(w io.Writer) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(s.Manifest)
		}},
	}
	for _, f := range files {
		if err := j.interrupted(ctx); err != nil {
			return nil, err
		}
		if err := writeFile(j.folder, f.name, f.write); err != nil {
			return nil, err
		}
	}
	// It is removed next, and some systems do not remove an open file.
	_ = j.partial.Close()
	return s, removeLeftovers(j.folder, false)
}

// atOnce does tasks on some goroutines, and returns the error of the first of them
// that failed; none is begun after a failure.
func atOnce(threads int, tasks []func() error) error {
	failed := make([]error, len(tasks))
	var next, failures atomic.Int64
	var workers sync.WaitGroup
	for range min(max(threads, 1), len(tasks)) {
		workers.Go(func() {
			for failures.Load() == 0 {
				i := int(next.Add(1)) - 1
				if i >= len(tasks) {
					return
				}
				if failed[i] = tasks[i](); failed[i] != nil {
					failures.Add(1)
				}
			}
		})
	}
	workers.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// leftOut says which futures are left out of all figures.
func (j *job) leftOut() ([]bool, error) {
	left := make([]bool, j.manifest.Futures)
	for strategy := range j.programs {
		flags := make([]bool, len(left))
		if err := j.source.flags(strategy, 0, flags); err != nil {
			return nil, err
		}
		for i, bad := range flags {
			left[i] = left[i] || bad
		}
	}
	return left, nil
}
