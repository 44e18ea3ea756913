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
}

// Picture is what is known after some futures.
type Picture struct {
	Summary *Summary
	// Done of Total futures are in the summary. Those of an early picture are the
	// first of the whole run's futures.
	Done, Total int
	sample      func() (*Sample, error)
}

// Final says whether all futures are in the picture.
func (p *Picture) Final() bool { return p.Done == p.Total }

// Sample returns the futures of the picture one by one.
func (p *Picture) Sample() (*Sample, error) { return p.sample() }

// Sample holds futures one by one, for methods that explore them. Futures left
// out of the summary are left out here.
type Sample struct {
	// Inputs is indexed by uncertainty, in the order of the case, then by future.
	// The input of one that multiplies is the factor.
	Inputs [][]float64
	// Outcomes is indexed by strategy, outcome and future; NaN for a first that
	// did not happen.
	Outcomes [][][]float64
}

// NewLive makes a Live for a case and the cases that Case.With makes of it.
func NewLive(c *casefile.Case) *Live {
	return &Live{base: c, tokens: make(chan struct{}, runtime.GOMAXPROCS(0)), lines: map[string]*line{}}
}

// line is one strategy under the futures of a request.
type line struct {
	e *experiments
	// turn is held by the goroutine that prepares or extends the line.
	turn chan struct{}
	// rounds are the results so far; each is complete and not changed any more.
	rounds []*round
	idle   chan *bench
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
	m := r.manifest()
	lines := make([]*line, len(m.Strategies))
	for i, id := range m.Strategies {
		if lines[i], err = l.line(r, m, id); err != nil {
			return err
		}
	}
	var view *livePicture
	for number := 0; number == 0 || end(number-1, m.Futures) < m.Futures; number++ {
		rounds := make([]*round, len(lines))
		failed := make([]error, len(lines))
		var all sync.WaitGroup
		for i, one := range lines {
			all.Go(func() { rounds[i], failed[i] = l.round(ctx, one, r, m.Strategies[i], number) })
		}
		all.Wait()
		if err := errors.Join(failed...); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
		if view == nil {
			view = newLivePicture(r, m, lines)
		}
		view.add(rounds)
		if done := end(number, m.Futures); shown(done, m.Futures) {
			p, err := view.picture(ctx, done)
			if err != nil {
				return err
			}
			if err := show(p); err != nil {
				return err
			}
		}
	}
	l.forget()
	return ctx.Err()
}

// line finds what is kept of a strategy, or begins it.
func (l *Live) line(r Request, m Manifest, id string) (*line, error) {
	text, err := json.Marshal(r.Case.Strategy(id))
	if err != nil {
		return nil, fmt.Errorf("strategy %s: %w", id, err)
	}
	key := fmt.Sprintf("%d %d %d %s %s", m.Seed, m.Futures, m.Horizon, m.Design, text)
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.lines[key]
	if one == nil {
		one = &line{turn: make(chan struct{}, 1), idle: make(chan *bench, cap(l.tokens))}
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
		alone := r.manifest()
		alone.Strategies = []string{id}
		e, err := prepare(r, alone)
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
	// Small blocks, so that every processor has one.
	lanes := min(r.Lanes, roundSize/8)
	done.begin(number, end(number, r.Futures)-first, lanes, 1)
	done.first = first // its rounds differ in size
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

// livePicture gathers the rounds of several lines.
type livePicture struct {
	job
	rounds []*round
}

func newLivePicture(r Request, m Manifest, lines []*line) *livePicture {
	e := *lines[0].e
	e.c, e.manifest, e.programs = r.Case, m, nil
	for _, one := range lines {
		e.programs = append(e.programs, one.e.programs...)
	}
	v := &livePicture{job: job{experiments: &e, folder: "memory"}}
	v.state = newState(&e)
	v.source = v
	return v
}

// add puts the rounds of the same futures together and merges them.
func (v *livePicture) add(rounds []*round) {
	together := *rounds[0]
	together.outcomes, together.bad, together.reasons, together.series, together.holds = nil, nil, nil, nil, nil
	for _, r := range rounds {
		together.outcomes = append(together.outcomes, r.outcomes...)
		together.bad = append(together.bad, r.bad...)
		together.reasons = append(together.reasons, r.reasons...)
		together.series = append(together.series, r.series...)
		together.holds = append(together.holds, r.holds...)
	}
	v.state.merge(v.experiments, &together)
	together.series, together.holds = nil, nil // in the state by now
	v.rounds = append(v.rounds, &together)
}

// picture summarises what was added.
func (v *livePicture) picture(ctx context.Context, done int) (*Picture, error) {
	if v.state.kept == 0 {
		return nil, fmt.Errorf("in every future a value is not finite, first %s; there is nothing to summarise", v.state.firstBad)
	}
	now := *v.experiments
	now.manifest.Futures = done
	j := job{experiments: &now, folder: v.folder, source: v, state: v.state}
	left, err := j.leftOut()
	if err != nil {
		return nil, err
	}
	s, err := j.summarise(ctx, left)
	if err != nil {
		return nil, err
	}
	return &Picture{Summary: s, Done: done, Total: v.manifest.Futures, sample: func() (*Sample, error) { return v.sample(done, left) }}, nil
}

func (v *livePicture) sample(done int, left []bool) (*Sample, error) {
	s := &Sample{Inputs: make([][]float64, len(v.c.Uncertainties)), Outcomes: make([][][]float64, len(v.programs))}
	point := make([]float64, len(v.c.Uncertainties))
	for i := range done {
		if left[i] {
			continue
		}
		v.draw(i, point)
		for f, x := range point {
			s.Inputs[f] = append(s.Inputs[f], x)
		}
	}
	values := make([]float64, done)
	for strategy := range v.programs {
		for o := range v.c.Outcomes {
			if err := v.column(strategy, o, 0, values); err != nil {
				return nil, err
			}
			kept := make([]float64, 0, done)
			for i, x := range values {
				if !left[i] {
					kept = append(kept, x)
				}
			}
			s.Outcomes[strategy] = append(s.Outcomes[strategy], kept)
		}
	}
	return s, nil
}

// column reads an outcome from memory; all reads begin at the first future.
func (v *livePicture) column(strategy, outcome, _ int, dst []float64) error {
	for _, r := range v.rounds {
		if r.first < len(dst) {
			copy(dst[r.first:], r.outcomes[strategy*len(v.c.Outcomes)+outcome][:r.futures])
		}
	}
	return nil
}

// flags reads which experiments are bad, likewise.
func (v *livePicture) flags(strategy, _ int, dst []bool) error {
	for _, r := range v.rounds {
		if r.first < len(dst) {
			copy(dst[r.first:], r.bad[strategy][:r.futures])
		}
	}
	return nil
}
