package ensemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// checkpointEvery is how much work a killed process may lose. An interrupted
// one loses the rounds under way alone. Only tests change it.
var checkpointEvery = 2 * time.Second

// roundsAhead is how many rounds are worked on at once, so that no thread waits
// for the last block of a round.
const roundsAhead = 4

// job is one process's work on a run.
type job struct {
	*experiments
	folder         string
	threads, lanes int
	// every is the time between checkpoints, at least.
	every   time.Duration
	partial *partial
	// source is where outcomes are read from: partial, or memory.
	source   columns
	state    *state
	reporter reporter
}

// columns are the outcomes of all experiments that are done.
type columns interface {
	// column reads the values of an outcome under a strategy in the futures from
	// first on, as many as dst holds; flags which of them are bad, likewise.
	column(strategy, outcome, first int, dst []float64) error
	flags(strategy, first int, dst []bool) error
}

// reporter passes progress on, some ten times a second at most.
type reporter struct {
	sync.Mutex
	Progress
	call func(Progress)
	last time.Time
}

// report counts done experiments and, when it is time or the stage changes,
// tells.
func (j *job) report(stage string, done int) {
	r := &j.reporter
	r.Lock()
	defer r.Unlock()
	changed := stage != r.Stage
	r.Stage, r.Done = stage, done
	if r.call != nil && (changed || time.Since(r.last) >= 100*time.Millisecond) {
		r.last = time.Now()
		r.call(r.Progress)
	}
}

// note tells a line that the user should see.
func (j *job) note(line string) {
	r := &j.reporter
	r.Lock()
	defer r.Unlock()
	if r.call != nil {
		told := r.Progress
		told.Note = line
		r.call(told)
	}
}

// advance counts n experiments more.
func (j *job) advance(n int) {
	r := &j.reporter
	r.Lock()
	defer r.Unlock()
	r.Done += n
	if r.call != nil && time.Since(r.last) >= 100*time.Millisecond {
		r.last = time.Now()
		r.call(r.Progress)
	}
}

// restore reads the state of the run in the folder, or begins one.
func (j *job) restore() error {
	path := filepath.Join(j.folder, checkpointName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		j.state = newState(j.experiments)
		if err := j.partial.Truncate(0); err != nil {
			return explain("write", j.partial.Name(), err)
		}
		return j.checkpoint()
	}
	if err != nil {
		return explain("read", path, err)
	}
	m, s, err := decodeCheckpoint(text)
	if err != nil || m.Run != j.manifest.Run || !s.fits(j.experiments) {
		if err == nil {
			err = errCheckpoint
		}
		return fmt.Errorf("%s: %w; remove the run folder and start again", path, err)
	}
	j.state = s
	return j.partial.restore(s)
}

// checkpoint makes what was done so far outlast the process.
func (j *job) checkpoint() error {
	text, err := encodeCheckpoint(j.manifest, j.state)
	if err != nil {
		return err
	}
	if err := j.partial.Sync(); err != nil {
		return explain("write", j.partial.Name(), err)
	}
	return writeFile(j.folder, checkpointName, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// interrupted is the error of a run whose context has ended, or nil.
func (j *job) interrupted(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	return fmt.Errorf("the run in %s stopped after %d of %d futures and can be resumed: %w",
		j.folder, min(j.state.rounds*roundSize, j.manifest.Futures), j.manifest.Futures, err)
}

// simulate does the rounds that are left. Goroutines take units of work in
// order, two rounds ahead at most; a round is merged once it and those before it
// are done.
func (j *job) simulate(outer context.Context) error {
	rounds := roundsOf(j.manifest.Futures)
	j.report(Running, min(j.state.rounds*roundSize, j.manifest.Futures)*len(j.programs))
	if j.state.rounds == rounds {
		return j.interrupted(outer)
	}
	ctx, stop := context.WithCancelCause(outer)
	defer stop(nil)
	units, done := make(chan unit), make(chan unit, 64)
	free := make(chan *round, roundsAhead)
	for range min(roundsAhead, rounds-j.state.rounds) {
		free <- newRound(j.experiments)
	}
	var workers sync.WaitGroup
	for range j.threads {
		workers.Go(func() {
			b := newBench(j.experiments, j.lanes)
			for u := range units {
				if ctx.Err() != nil {
					continue
				}
				if err := b.run(u); err != nil {
					stop(err)
					continue
				}
				done <- u
			}
		})
	}
	first := j.state.rounds
	go func() {
		j.deal(ctx, first, free, units)
		close(units)
		workers.Wait()
		close(done)
	}()

	ready := map[int]*round{}
	last := time.Now()
	var failed error
	for u := range done {
		j.advance(u.n)
		if u.r.left--; u.r.left > 0 {
			continue
		}
		ready[u.r.number] = u.r
		for r := ready[j.state.rounds]; r != nil && failed == nil; r = ready[j.state.rounds] {
			delete(ready, r.number)
			if failed = j.partial.append(r, j.state); failed != nil {
				break
			}
			j.state.merge(j.experiments, r)
			free <- r
			if time.Since(last) >= j.every && j.state.rounds < rounds {
				began := time.Now()
				failed = j.checkpoint()
				last = time.Now()
				// A large state on a slow disk may not take more than a tenth of the time.
				j.every = max(j.every, 10*last.Sub(began))
			}
		}
		if failed != nil {
			stop(failed)
		}
	}
	if failed == nil && outer.Err() == nil {
		failed = context.Cause(ctx) // a worker's
	}
	if failed == nil && outer.Err() != nil {
		failed = j.checkpoint()
	}
	if failed != nil {
		return failed
	}
	return j.interrupted(outer)
}

// deal hands out the units of work, round by round.
func (j *job) deal(ctx context.Context, first int, free <-chan *round, units chan<- unit) {
	lanes := min(j.lanes, roundSize)
	for number := first; number < roundsOf(j.manifest.Futures); number++ {
		var r *round
		select {
		case r = <-free:
		case <-ctx.Done():
			return
		}
		r.begin(number, min(roundSize, j.manifest.Futures-number*roundSize), lanes, len(j.programs))
		for block := range r.blocks {
			offset := block * lanes
			for strategy := range j.programs {
				select {
				case units <- unit{r, strategy, block, offset, min(lanes, r.futures-offset)}:
				case <-ctx.Done():
					return
				}
			}
		}
	}
}
