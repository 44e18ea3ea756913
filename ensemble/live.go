package ensemble

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"handover/casefile"
)

// MostLive is the most futures of a request that is run in memory: a strategy
// takes about 7 kB a future in the Iraq case.
const MostLive = 4096

// mostRounds bounds what a Live keeps of strategies that nobody waits for.
const mostRounds = 96

// Live runs requests in memory and shows pictures that sharpen. What was
// computed of a strategy is kept, so that moving one lever runs one strategy.
// The last picture has the summary that Start leaves for the same request. A
// Live is safe for use by several goroutines.
type Live struct {
	base   *casefile.Case
	tokens chan struct{}

	mu sync.Mutex
	// lines are what is kept, by key; order has their keys, the one used longest
	// ago first.
	lines map[string]*line
	order []string
	// frames are what is kept of futures, the one used longest ago first.
	frames []*frame
}

// NewLive makes a Live for a case and the cases that Case.With makes of it.
func NewLive(c *casefile.Case) *Live {
	return &Live{base: c, tokens: make(chan struct{}, runtime.GOMAXPROCS(0)), lines: map[string]*line{}}
}

// line is one strategy under the futures of a request.
type line struct {
	key   string
	frame *frame
	e     *experiments
	// turn is held by the goroutine that prepares, extends or summarises the line.
	turn chan struct{}
	// rounds are the results so far; each is complete and not changed any more.
	rounds []*round
	idle   chan *bench
	// parts are summaries, by the number of futures in them.
	parts    map[int]*part
	gathered *gathered
}

// end is the future after those of round number.
func end(number, futures int) int {
	if number == 0 {
		return min(roundSize/4, futures)
	}
	return min(number*roundSize, futures)
}

// shown says whether a picture is worth its summary: after 64, 256, 1,024
// futures and so on, and at the end.
func shown(done, futures int) bool {
	for n := roundSize / 4; n <= done; n *= 4 {
		if n == done {
			return true
		}
	}
	return done == futures
}

// Run runs a request of at most MostLive futures and calls show with each
// picture, the last one final, from one goroutine. It stops with the error of
// show, with ctx.Err() when ctx ends, and for the reasons of Start.
func (l *Live) Run(ctx context.Context, r Request, show func(*Picture) error) error {
	if r.Futures > MostLive {
		return fmt.Errorf("%d futures are asked for; at most %d are run in memory", r.Futures, MostLive)
	}
	r, err := r.complete()
	if err != nil {
		return err
	}
	if r.Case.Model != l.base.Model {
		return errors.New("the case is not the one that these runs are of")
	}
	v := &view{r: r, m: r.manifest()}
	v.frame = l.frame(v.m, lanes(r))
	v.lines, v.rounds = make([]*line, len(v.m.Strategies)), make([][]*round, len(v.m.Strategies))
	v.reference = slices.Index(v.m.Strategies, v.m.Reference)
	for i, id := range v.m.Strategies {
		if v.lines[i], err = l.line(v.frame, r, id); err != nil {
			return err
		}
	}
	// A line that is kept may be of a frame that is not kept any more.
	v.frame = v.lines[v.reference].frame
	defer l.forget()
	futures := v.m.Futures
	for number := 0; number == 0 || end(number-1, futures) < futures; number++ {
		failed := make([]error, len(v.lines))
		var all sync.WaitGroup
		for i, one := range v.lines {
			all.Go(func() {
				done, err := l.round(ctx, one, r, v.m.Strategies[i], number)
				v.rounds[i], failed[i] = append(v.rounds[i], done), err
			})
		}
		all.Wait()
		if err := errors.Join(failed...); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
		if done := end(number, futures); shown(done, futures) {
			p, err := l.picture(ctx, v, done)
			if err != nil {
				return err
			}
			if err := show(p); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// lanes is how many runs a block has: few, so that every processor has one.
func lanes(r Request) int { return min(r.Lanes, roundSize/8) }

// line finds what is kept of a strategy, or begins it.
func (l *Live) line(f *frame, r Request, id string) (*line, error) {
	text, err := json.Marshal(r.Case.Strategy(id))
	if err != nil {
		return nil, fmt.Errorf("strategy %s: %w", id, err)
	}
	key := f.key + " " + string(text)
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.lines[key]
	if one == nil {
		one = &line{key: key, frame: f, turn: make(chan struct{}, 1), idle: make(chan *bench, cap(l.tokens)), parts: map[int]*part{}}
		l.lines[key] = one
	} else if at := slices.Index(l.order, key); at >= 0 {
		l.order = slices.Delete(l.order, at, at+1)
	}
	l.order = append(l.order, key)
	return one, nil
}

// forget lets go of what was used longest ago. Those who read it keep it alive
// until they are done.
func (l *Live) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := 0
	for i := len(l.order) - 1; i >= 0; i-- {
		one := l.lines[l.order[i]]
		select {
		case one.turn <- struct{}{}:
			kept += max(1, len(one.rounds))
			<-one.turn
		default:
			kept += max(1, roundsOf(MostLive)/4) // it grows right now
		}
		if kept > mostRounds {
			for _, key := range l.order[:i+1] {
				delete(l.lines, key)
			}
			l.order = slices.Clone(l.order[i+1:])
			return
		}
	}
}

// round returns round number of a line, which is computed unless it is kept.
func (l *Live) round(ctx context.Context, one *line, r Request, id string, number int) (*round, error) {
	select {
	case one.turn <- struct{}{}:
		defer func() { <-one.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if number < len(one.rounds) {
		return one.rounds[number], nil
	}
	if one.e == nil {
		if err := l.take(ctx); err != nil {
			return nil, err
		}
		e, err := one.frame.prepare(r, id)
		<-l.tokens
		if err != nil {
			return nil, err
		}
		one.e = e
	}
	done, first := newRound(one.e), 0
	if number > 0 {
		first = end(number-1, r.Futures)
	}
	lanes := lanes(r)
	done.begin(number, end(number, r.Futures)-first, lanes, 1)
	done.first = first // its rounds differ in size
	done.blocks = one.frame.inputs(number, len(done.blocks))
	failed := make([]error, len(done.blocks))
	var all sync.WaitGroup
	for i := range failed {
		all.Go(func() {
			if failed[i] = l.take(ctx); failed[i] != nil {
				return
			}
			defer func() { <-l.tokens }()
			var b *bench
			select {
			case b = <-one.idle:
			default:
				b = newBench(one.e, lanes)
			}
			offset := i * lanes
			failed[i] = b.run(unit{r: done, block: i, offset: offset, n: min(lanes, done.futures-offset)})
			select {
			case one.idle <- b:
			default:
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	done.blocks = nil
	one.rounds = append(one.rounds, done)
	return done, nil
}

// take waits for a processor.
func (l *Live) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case l.tokens <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
