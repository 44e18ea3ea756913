package ensemble

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Picture is what is known after some futures.
type Picture struct {
	// Summary is shared with other pictures and may not be changed.
	Summary *Summary
	// Done of Total futures are in the summary. Those of an early picture are the
	// first of the whole run's futures.
	Done, Total int
	sample      func() *Sample
}

// Final says whether all futures are in the picture.
func (p *Picture) Final() bool { return p.Done == p.Total }

// Sample returns the futures of the picture one by one.
func (p *Picture) Sample() *Sample { return p.sample() }

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

// view is a request with the rounds that its pictures are made of.
type view struct {
	r     Request
	m     Manifest
	frame *frame
	lines []*line
	// rounds is indexed by line, then by number.
	rounds [][]*round
	// reference is the index of the reference strategy.
	reference int
}

// part is the summary of one strategy after some futures.
type part struct {
	// left says which futures are left out; reference is the key of the line that
	// differences are taken to.
	left      []bool
	reference string
	summary   StrategySummary
}

// gathered are the sketches and counts of a line's first rounds, without the
// futures that are left out.
type gathered struct {
	left  []bool
	state *state
}

// picture summarises the rounds so far.
func (l *Live) picture(ctx context.Context, v *view, done int) (*Picture, error) {
	s := &Summary{Manifest: v.m, Times: v.frame.e.times, Strategies: make([]StrategySummary, len(v.lines))}
	s.Manifest.Futures = done
	left := v.leftOut(s)
	if !slices.Contains(left, false) {
		return nil, fmt.Errorf("in every future a value is not finite, first %s; there is nothing to summarise", s.FirstBad)
	}
	structure := v.frame.structure(done)
	failed := make([]error, len(v.lines))
	var all sync.WaitGroup
	for i := range v.lines {
		all.Go(func() { s.Strategies[i], failed[i] = l.part(ctx, v, i, left, structure) })
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, err
	}
	return &Picture{Summary: s, Done: done, Total: v.m.Futures, sample: v.sampler(left)}, nil
}

// leftOut says which of a summary's futures are left out of its figures because a
// value is not finite under some strategy, and notes how many values these are.
func (v *view) leftOut(s *Summary) []bool {
	left := make([]bool, s.Manifest.Futures)
	for number, r := range v.rounds[0] {
		for i := range r.futures {
			for strategy, id := range v.m.Strategies {
				one := v.rounds[strategy][number]
				if !one.bad[0][i] {
					continue
				}
				left[r.first+i] = true
				s.Bad++
				if s.FirstBad == "" {
					s.FirstBad = badFuture(one.reasons[0][i], id, r.first+i)
				}
			}
		}
	}
	return left
}

// part returns the summary of one strategy, which is computed unless it is kept:
// when one lever moves, the other strategies' figures stay.
func (l *Live) part(ctx context.Context, v *view, i int, left []bool, structure structure) (StrategySummary, error) {
	one, done, reference := v.lines[i], len(left), v.lines[v.reference].key
	select {
	case one.turn <- struct{}{}:
		defer func() { <-one.turn }()
	case <-ctx.Done():
		return StrategySummary{}, ctx.Err()
	}
	if p := one.parts[done]; p != nil && p.reference == reference && slices.Equal(p.left, left) {
		return p.summary, nil
	}
	if err := l.take(ctx); err != nil {
		return StrategySummary{}, err
	}
	defer func() { <-l.tokens }()
	e := one.e
	p := &part{left: left, reference: reference, summary: StrategySummary{ID: v.m.Strategies[i], Outcomes: []OutcomeSummary{}, Series: []Fan{}, Maps: []MapSummary{}}}
	j := job{experiments: e, state: one.gather(v.rounds[i], left)}
	j.summariseFans(&p.summary, 0)
	j.summariseMaps(&p.summary, 0)
	// It may be long until somebody wants more, and workers are soon made anew.
	for len(one.idle) > 0 {
		<-one.idle
	}
	if done == v.m.Futures {
		one.gathered = nil // it takes far more room than the summary
	}
	values, base, work := make([]float64, done), make([]float64, done), make([]float64, done)
	for o := range e.c.Outcomes {
		collect(v.rounds[i], o, values)
		against := base
		if i == v.reference {
			against = nil
		}
		collect(v.rounds[v.reference], o, against)
		p.summary.Outcomes = append(p.summary.Outcomes, summariseOutcome(&e.c.Outcomes[o], v.m.Horizon, values, against, left, structure, work))
	}
	one.parts[done] = p
	return p.summary, nil
}

// gather returns the state after a line's first rounds. It goes on from the last
// one where it can.
func (one *line) gather(rounds []*round, left []bool) *state {
	g := one.gathered
	if g == nil || g.state.rounds > len(rounds) || !slices.Equal(g.left, left[:len(g.left)]) {
		g = &gathered{state: newState(one.e)}
		one.gathered = g
	}
	keep := make([]bool, roundSize)
	for _, r := range rounds[g.state.rounds:] {
		for i := range r.futures {
			keep[i] = !left[r.first+i]
			if keep[i] {
				g.state.kept++
			}
		}
		g.state.gather(r, keep[:r.futures])
		g.state.rounds++
	}
	g.left = left
	return g.state
}

// collect reads an outcome of rounds of one strategy, one value a future.
func collect(rounds []*round, outcome int, dst []float64) {
	for _, r := range rounds {
		if r.first < len(dst) {
			copy(dst[r.first:], r.outcomes[outcome][:r.futures])
		}
	}
}

// sampler returns a function that makes the sample. It holds on to outcomes
// alone, for pictures are kept longer than series.
func (v *view) sampler(left []bool) func() *Sample {
	outcomes := make([][]*round, len(v.rounds))
	for i, rounds := range v.rounds {
		for _, r := range rounds {
			outcomes[i] = append(outcomes[i], &round{first: r.first, futures: r.futures, outcomes: r.outcomes})
		}
	}
	e := v.frame.e
	return func() *Sample {
		s := &Sample{Inputs: make([][]float64, len(e.c.Uncertainties)), Outcomes: make([][][]float64, len(outcomes))}
		point := e.room()
		for i := range left {
			if left[i] {
				continue
			}
			e.draw(e.design, i, point)
			for f, x := range point[:len(e.c.Uncertainties)] {
				s.Inputs[f] = append(s.Inputs[f], x)
			}
		}
		values := make([]float64, len(left))
		for strategy, rounds := range outcomes {
			for o := range e.c.Outcomes {
				collect(rounds, o, values)
				kept := make([]float64, 0, len(values))
				for i, x := range values {
					if !left[i] {
						kept = append(kept, x)
					}
				}
				s.Outcomes[strategy] = append(s.Outcomes[strategy], kept)
			}
		}
		return s
	}
}
