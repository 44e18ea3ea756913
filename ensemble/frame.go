package ensemble

import (
	"fmt"
	"slices"
	"sync"
)

// mostFrames is how many frames a Live keeps. One takes a kilobyte a future in
// the Iraq case.
const mostFrames = 6

// frame is what all strategies share that meet the same futures: the layout of
// their results, and the futures themselves, drawn once.
type frame struct {
	key string
	mu  sync.Mutex
	// e is of no strategy; nil until the first one was compiled.
	e *experiments
	// blocks are the inputs of each round.
	blocks [][]inputs
	// structures are by the number of futures in a picture.
	structures map[int]structure
}

// frame finds what is kept of the futures of a request, or begins it.
func (l *Live) frame(m Manifest, lanes int) *frame {
	key := fmt.Sprintf("%d %d %d %s %d", m.Seed, m.Futures, m.Horizon, m.Design, lanes)
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.IndexFunc(l.frames, func(f *frame) bool { return f.key == key })
	var found *frame
	if at >= 0 {
		found = l.frames[at]
		l.frames = slices.Delete(l.frames, at, at+1)
	} else {
		found = &frame{key: key, structures: map[int]structure{}}
	}
	l.frames = append(l.frames, found)
	if len(l.frames) > mostFrames {
		l.frames = slices.Delete(l.frames, 0, 1)
	}
	return found
}

// prepare compiles a strategy of a request and fits it into the frame.
func (f *frame) prepare(r Request, id string) (*experiments, error) {
	alone := r.manifest()
	alone.Strategies = []string{id}
	f.mu.Lock()
	if f.e == nil {
		defer f.mu.Unlock()
		e, err := prepare(r, alone)
		if err != nil {
			return nil, err
		}
		shared := *e
		shared.programs = nil
		f.e = &shared
		return e, nil
	}
	e := *f.e
	f.mu.Unlock()
	e.c, e.manifest = r.Case, alone
	return &e, e.compile(r)
}

// inputs are the values of the varied constants in a round, to be filled by the
// first strategy that meets them, in as many blocks.
func (f *frame) inputs(number, blocks int) []inputs {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.blocks) <= number {
		f.blocks = append(f.blocks, nil)
	}
	if f.blocks[number] == nil {
		f.blocks[number] = make([]inputs, blocks)
	}
	return f.blocks[number]
}

// structure sorts the first futures by the options that they drew.
func (f *frame) structure(done int) structure {
	f.mu.Lock()
	defer f.mu.Unlock()
	found, ok := f.structures[done]
	if !ok {
		now := *f.e
		now.manifest.Futures = done
		found = (&job{experiments: &now}).structure()
		f.structures[done] = found
	}
	return found
}
