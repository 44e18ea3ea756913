package ensemble

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"handover/casefile"
	"handover/engine"
)

// Evaluator runs chosen points of a case's uncertainties under one strategy and
// keeps every outcome, for methods that plan their own runs. It may be used by one
// goroutine at a time.
type Evaluator struct {
	e              *experiments
	program        *engine.Program
	threads, lanes int
	series         []int // columns of the kept series
}

// Point is a run to be made.
type Point struct {
	// Place has, for each uncertainty of the case in order, its place in the
	// distribution, 0 to 1: what its quantile is taken at.
	Place []float64
	// Stream numbers the stream of random numbers that the run takes.
	Stream uint32
}

// Results are what runs gave.
type Results struct {
	// Outcomes is indexed by outcome of the case, then by point. A first that never
	// came is +Inf, so that it is later than any month; what is not finite
	// otherwise makes all outcomes of the point NaN.
	Outcomes [][]float64
	// Series is indexed by the series that were asked for, save time, point.
	Series [][][]float64
	// Times are the months, from the base date, of series.
	Times []float64
	// Bad is how many runs had a value that is not finite.
	Bad int
}

// NewEvaluator compiles the request's one strategy; its futures are not used.
// Series lists the ids of the case's series to keep. Correlations of the case are
// not applied, and a posterior is not used: the methods that plan their own runs
// take uncertainties as independent, each with its prior.
func NewEvaluator(r Request, series ...string) (*Evaluator, error) {
	if len(r.Strategies) != 1 {
		return nil, fmt.Errorf("%d strategies are to be evaluated; expected one", len(r.Strategies))
	}
	id := r.Strategies[0]
	r.Futures = 1
	r, err := r.complete()
	if err != nil {
		return nil, err
	}
	r.Strategies = []string{id}
	if r.Case.Posterior != nil {
		prior := *r.Case
		prior.Posterior = nil
		r.Case = &prior
	}
	e, err := prepare(r, r.manifest())
	if err != nil {
		return nil, err
	}
	v := &Evaluator{e: e, program: e.programs[0], threads: r.Threads, lanes: r.Lanes}
	for _, id := range series {
		at := slices.IndexFunc(r.Case.Series, func(s casefile.Series) bool { return s.ID == id })
		if at < 0 {
			return nil, fmt.Errorf("the case has no series %q", id)
		}
		v.series = append(v.series, at)
	}
	return v, nil
}

// Run makes the runs and returns when all are done, or with ctx's error. Progress,
// which may be nil, is told how many are done. Results do not depend on threads.
func (v *Evaluator) Run(ctx context.Context, seed uint64, points []Point, progress func(done int)) (*Results, error) {
	c, times := v.e.c, len(v.e.times)
	u := len(c.Uncertainties)
	for i, p := range points {
		if len(p.Place) != u {
			return nil, fmt.Errorf("point %d has %d places; the case has %d uncertainties", i, len(p.Place), u)
		}
	}
	factors, _, err := c.Factors()
	if err != nil {
		return nil, err
	}
	r := &Results{Times: v.e.times, Outcomes: rows(len(c.Outcomes), len(points))}
	for range v.series {
		r.Series = append(r.Series, rows(times, len(points)))
	}
	columns := len(v.program.Columns())
	var next, done, bad atomic.Int64
	var failed error
	var once sync.Once
	var workers sync.WaitGroup
	var told sync.Mutex
	for range min(v.threads, (len(points)+v.lanes-1)/v.lanes) {
		workers.Go(func() {
			worker := v.program.NewWorker(v.lanes)
			numbers, inputs := make([]uint32, v.lanes), make([]float64, u*v.lanes)
			reductions, series := make([]float64, len(c.Outcomes)*v.lanes), make([]float64, columns*times*v.lanes)
			marks, names := make([]int, v.lanes), make([]string, v.lanes)
			for ctx.Err() == nil {
				at := int(next.Add(int64(v.lanes))) - v.lanes
				if at >= len(points) {
					return
				}
				n := min(v.lanes, len(points)-at)
				b := &engine.Block{Seed: seed, Numbers: numbers[:n], Runs: n, Inputs: inputs[:u*n], Reductions: reductions[:len(c.Outcomes)*n],
					Bad: marks[:n], BadVariable: names[:n], Series: series[:columns*times*n]}
				for i := range n {
					p := points[at+i]
					numbers[i] = p.Stream
					for k, place := range p.Place {
						// The quantiles of 0 and 1 may be infinite.
						place = min(max(place, 1e-9), 1-1e-9)
						inputs[k*n+i] = factors[k].Distribution.Quantile(place) * v.e.factor[k]
					}
				}
				if err := worker.Run(b); err != nil {
					once.Do(func() { failed = err })
					return
				}
				bad.Add(int64(v.take(r, b, at, times)))
				if d := done.Add(int64(n)); progress != nil {
					told.Lock()
					progress(int(d))
					told.Unlock()
				}
			}
		})
	}
	workers.Wait()
	if failed == nil {
		failed = ctx.Err()
	}
	r.Bad = int(bad.Load())
	return r, failed
}

// take copies the results of a block to their places and returns how many of its
// runs went bad.
func (v *Evaluator) take(r *Results, b *engine.Block, at, times int) int {
	n, bad := b.Runs, 0
	for o, outcome := range v.e.c.Outcomes {
		for i, x := range b.Reductions[o*n:][:n] {
			if outcome.Reduce == casefile.First {
				if x -= v.e.start; math.IsNaN(x) {
					x = math.Inf(1)
				}
			}
			r.Outcomes[o][at+i] = x
		}
	}
	for k, column := range v.series {
		for t := range times {
			copy(r.Series[k][t][at:], b.Series[(column*times+t)*n:][:n])
		}
	}
	for i, step := range b.Bad {
		if step < 0 {
			continue
		}
		bad++
		for o := range r.Outcomes {
			r.Outcomes[o][at+i] = math.NaN()
		}
		for k := range r.Series {
			for t := range r.Series[k] {
				r.Series[k][t][at+i] = math.NaN()
			}
		}
	}
	return bad
}

func rows(n, length int) [][]float64 {
	all := make([]float64, n*length)
	list := make([][]float64, n)
	for i := range list {
		list[i] = all[i*length : (i+1)*length : (i+1)*length]
	}
	return list
}
