// Package evaluate runs a case under one strategy at points that the caller
// chooses: rows of a plan for sensitivity, candidates of a search. Unlike an
// ensemble it keeps every outcome in memory and writes nothing.
package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"handover/casefile"
	"handover/design"
	"handover/engine"
	"handover/model"
)

// Options say how to run. Threads, Lanes and Engine do not change results.
type Options struct {
	Seed uint64
	// Horizon is how long a run is, in months; 0 means the case's own.
	Horizon int
	// Threads is how many goroutines run blocks; 0 means GOMAXPROCS.
	Threads int
	// Lanes is how many runs a block has, 64 when 0.
	Lanes int
	// Engine is what executes the model, as in ensemble.Request.
	Engine string
	// Levers are constants of the strategy, by name, that a point sets after the
	// uncertainties.
	Levers []string
	// Series are the ids of outcomes and series of the case that are kept over
	// time; Results.Series has them in this order.
	Series []string
}

// Evaluator is a case made ready under one strategy. It may be shared.
type Evaluator struct {
	c       *casefile.Case
	o       Options
	program *engine.Program
	// quantiles and factors map a number in 0..1 to an uncertainty.
	quantiles []design.Distribution
	factors   []float64
	// drawn is, for each column of the case's posterior, the number of the varied
	// constant that takes it; more are the values of those that are no uncertainties
	// in the model itself. They come behind the levers.
	drawn []int
	more  []float64
	start float64
	times []float64
}

// With returns the case with one more strategy, or with another of its id. The
// case is not changed.
func With(c *casefile.Case, s casefile.Strategy) *casefile.Case {
	d := *c
	d.Strategies = slices.DeleteFunc(slices.Clone(c.Strategies), func(t casefile.Strategy) bool { return t.ID == s.ID })
	d.Strategies = append(d.Strategies, s)
	return &d
}

// New compiles the case under a strategy. The error names what is wrong with the
// strategy, a lever, a series or an option.
func New(c *casefile.Case, strategy string, o Options) (*Evaluator, error) {
	if o.Horizon == 0 {
		o.Horizon = c.Horizon
	}
	if o.Lanes == 0 {
		o.Lanes = 64
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Horizon < 1 || o.Lanes < 1 || o.Lanes > 256 || o.Threads < 1 {
		return nil, fmt.Errorf("horizon %d, %d lanes, %d threads; expected at least 1 of each, and at most 256 lanes", o.Horizon, o.Lanes, o.Threads)
	}
	m, err := c.StrategyModel(strategy)
	if err != nil {
		return nil, fmt.Errorf("strategy %s: %w", strategy, err)
	}
	backend, err := engine.BackendNamed(o.Engine)
	if err != nil {
		return nil, err
	}
	e := &Evaluator{c: c, o: o, start: c.Model.Time.Start}
	options := engine.Options{Horizon: float64(o.Horizon), Backend: backend}
	if err := e.uncertainties(&options); err != nil {
		return nil, err
	}
	options.Varied = append(options.Varied, o.Levers...)
	if err := e.carry(&options); err != nil {
		return nil, err
	}
	for _, id := range o.Series {
		name, err := e.variable(id)
		if err != nil {
			return nil, err
		}
		options.Saved = append(options.Saved, name)
	}
	for _, outcome := range c.Outcomes {
		reduce, err := reduceOf(outcome.Reduce)
		if err != nil {
			return nil, fmt.Errorf("outcome %s: %w", outcome.ID, err)
		}
		options.Reductions = append(options.Reductions, engine.Reduction{Reduce: reduce, Variable: c.OutcomeVariable(outcome.ID), Hold: outcome.Hold})
	}
	if e.program, err = engine.Compile(m, options); err != nil {
		return nil, fmt.Errorf("strategy %s: %w", strategy, err)
	}
	for _, t := range e.program.SaveTimes() {
		e.times = append(e.times, t-e.start)
	}
	return e, nil
}

func (e *Evaluator) variable(id string) (string, error) {
	if e.c.Outcome(id) != nil {
		return e.c.OutcomeVariable(id), nil
	}
	for _, s := range e.c.Series {
		if s.ID == id {
			return e.c.SeriesVariable(id), nil
		}
	}
	return "", fmt.Errorf("the case %s has no outcome or series %q", e.c.Name, id)
}

func (e *Evaluator) uncertainties(o *engine.Options) error {
	factors, _, err := e.c.Factors()
	if err != nil {
		return err
	}
	for i, u := range e.c.Uncertainties {
		times := 1.0
		if u.Multiply {
			if times, err = Constant(e.c.Model, u.Variable); err != nil {
				return fmt.Errorf("uncertainty %s: %w", u.Variable, err)
			}
		}
		o.Varied = append(o.Varied, u.Variable)
		e.quantiles = append(e.quantiles, factors[i].Distribution)
		e.factors = append(e.factors, times)
	}
	return nil
}

// carry settles which varied constant takes each column of the case's posterior.
func (e *Evaluator) carry(o *engine.Options) error {
	if e.c.Posterior == nil {
		return nil
	}
	for _, column := range e.c.Posterior.Columns {
		at := slices.IndexFunc(e.c.Uncertainties, func(u casefile.Uncertainty) bool { return casefile.SameConstant(u.Variable, column) })
		if at < 0 {
			if slices.ContainsFunc(e.o.Levers, func(l string) bool { return casefile.SameConstant(l, column) }) {
				return fmt.Errorf("%s is a lever and comes from the past, too: the posterior of the case holds it", column)
			}
			x, err := Constant(e.c.Model, column)
			if err != nil {
				return fmt.Errorf("the posterior of the case: %w", err)
			}
			at = len(o.Varied)
			o.Varied, e.more = append(o.Varied, column), append(e.more, x)
		}
		e.drawn = append(e.drawn, at)
	}
	return nil
}

// PosteriorDraw is the draw of the case's posterior that future i takes, or -1
// without a posterior. The first n futures take draws that lie evenly among all.
func (e *Evaluator) PosteriorDraw(i int) int {
	if e.c.Posterior == nil {
		return -1
	}
	// Multiples of the golden ratio: Weyl 1916, "Über die Gleichverteilung von
	// Zahlen mod. Eins".
	_, part := math.Modf(float64(float64(i+1) * 0.6180339887498949))
	return min(int(part*float64(len(e.c.Posterior.Draws))), len(e.c.Posterior.Draws)-1)
}

// Take puts what a draw of the posterior says of uncertainties into a point.
func (e *Evaluator) Take(draw int, point []float64) {
	for k, at := range e.drawn {
		if at < len(e.factors) {
			point[at] = e.c.Posterior.Draws[draw][k] / e.factors[at]
		}
	}
}

// Constant is the model's own value of a constant or of one of its elements, as in
// x[North]. The error says when its equation is no number.
func Constant(m *model.Model, name string) (float64, error) {
	variable, inside, _ := strings.Cut(name, "[")
	v := m.Variable(strings.TrimSpace(variable))
	if v == nil {
		return 0, fmt.Errorf("the model has no constant %s", name)
	}
	var elements []string
	if inside != "" {
		elements = strings.Split(strings.TrimSuffix(strings.TrimSpace(inside), "]"), ",")
	}
	equations, err := m.EquationsByElement(v)
	if err != nil {
		return 0, err
	}
	if len(elements) != len(v.Dimensions) {
		return 0, fmt.Errorf("the model has no single constant %s", name)
	}
	flat := 0
	for i, element := range elements {
		d := m.Dimension(v.Dimensions[i])
		at := d.Index(strings.TrimSpace(element))
		if at < 0 {
			return 0, fmt.Errorf("%q is not an element of %s", element, d.Name)
		}
		flat = flat*len(d.Elements) + at
	}
	if flat < len(equations) && equations[flat] != nil && equations[flat].Graph == nil {
		if n, ok := equations[flat].Expression.(*model.Number); ok {
			return n.Value, nil
		}
	}
	return 0, fmt.Errorf("%s has no number as its equation", name)
}

func reduceOf(r casefile.Reduction) (engine.Reduce, error) {
	switch r {
	case casefile.Final:
		return engine.Final, nil
	case casefile.Minimum:
		return engine.Minimum, nil
	case casefile.Maximum:
		return engine.Maximum, nil
	case casefile.Mean:
		return engine.Mean, nil
	case casefile.Integral:
		return engine.Integral, nil
	case casefile.First:
		return engine.First, nil
	}
	return 0, fmt.Errorf("unknown reduction %q", r)
}

// Width is how many numbers a point has: uncertainties, then levers.
func (e *Evaluator) Width() int { return len(e.quantiles) + len(e.o.Levers) }

// Times are the months, from the base date, of Results.Series.
func (e *Evaluator) Times() []float64 { return e.times }

// Backend is what executes the model.
func (e *Evaluator) Backend() string {
	b, _ := e.program.Backend()
	return b.String()
}

// Draw turns numbers in 0..1, one an uncertainty, into draws as a run folder
// holds them. An end of the unit interval stands for the nearest number inside,
// so that a distribution without bounds gives a finite draw.
func (e *Evaluator) Draw(u, dst []float64) {
	const edge = 1e-9
	for i, q := range e.quantiles {
		dst[i] = q.Quantile(math.Max(edge, math.Min(1-edge, u[i])))
	}
}

// Results are the outcomes of a number of runs, by run.
type Results struct {
	// Outcomes is by outcome of the case, then run. A first is in months from the
	// base date and NaN where it never happened.
	Outcomes [][]float64
	// Series is by series asked for, time and run.
	Series [][][]float64
	// Bad marks runs in which a value was not finite; all their outcomes are NaN.
	Bad []bool
	// FirstBad names the variable and the month of the first bad run, or is "".
	FirstBad string
}

// Points gives the runs. Set writes the draws of run i and then the values of the
// levers, Width() numbers; it is called by several goroutines. Stream is the
// number of the random stream that run i takes, 0 or more. Draw, when not nil,
// gives the draw of the case's posterior that run i takes, in place of what Set
// wrote for those uncertainties and of the model's own state at the start; -1 is
// none.
type Points struct {
	Count  int
	Set    func(i int, dst []float64)
	Stream func(i int) int
	Draw   func(i int) int
}

// Run runs all points. progress, which may be nil, is told how many runs are
// done, by one goroutine at a time. When ctx ends, Run returns its error.
func (e *Evaluator) Run(outer context.Context, p Points, progress func(done int)) (*Results, error) {
	if p.Count < 1 {
		return nil, errors.New("there is no point to run")
	}
	r := &Results{Bad: make([]bool, p.Count)}
	for range e.c.Outcomes {
		r.Outcomes = append(r.Outcomes, make([]float64, p.Count))
	}
	for range e.o.Series {
		times := make([][]float64, len(e.times))
		for t := range times {
			times[t] = make([]float64, p.Count)
		}
		r.Series = append(r.Series, times)
	}
	reasons := make([]string, p.Count)
	ctx, stop := context.WithCancelCause(outer)
	defer stop(nil)
	var next, done atomic.Int64
	var telling sync.Mutex
	var workers sync.WaitGroup
	for range min(e.o.Threads, (p.Count+e.o.Lanes-1)/e.o.Lanes) {
		workers.Go(func() {
			w := e.program.NewWorker(min(e.o.Lanes, p.Count))
			for ctx.Err() == nil {
				first := int(next.Add(int64(e.o.Lanes))) - e.o.Lanes
				if first >= p.Count {
					return
				}
				runs := min(e.o.Lanes, p.Count-first)
				if err := e.block(w, p, first, runs, r, reasons); err != nil {
					stop(err)
					return
				}
				n := done.Add(int64(runs))
				if progress != nil && telling.TryLock() {
					progress(int(n))
					telling.Unlock()
				}
			}
		})
	}
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	for i, reason := range reasons {
		if r.Bad[i] {
			r.FirstBad = fmt.Sprintf("%s (run %d)", reason, i)
			break
		}
	}
	return r, nil
}

// block runs n points from the given one on.
func (e *Evaluator) block(w *engine.Worker, p Points, from, n int, r *Results, reasons []string) error {
	width, times := e.Width(), len(e.times)
	b := engine.Block{
		Seed: e.o.Seed, Numbers: make([]uint32, n), Runs: n,
		Inputs:     make([]float64, (width+len(e.more))*n),
		Reductions: make([]float64, len(e.c.Outcomes)*n),
		Bad:        make([]int, n), BadVariable: make([]string, n),
	}
	if len(e.o.Series) > 0 {
		b.Series = make([]float64, len(e.program.Columns())*times*n)
	}
	point := make([]float64, width)
	for i := range n {
		p.Set(from+i, point)
		b.Numbers[i] = uint32(p.Stream(from + i))
		for v, x := range point {
			if v < len(e.factors) {
				x *= e.factors[v]
			}
			b.Inputs[v*n+i] = x
		}
		for k, x := range e.more {
			b.Inputs[(width+k)*n+i] = x
		}
		if p.Draw == nil {
			continue
		}
		if draw := p.Draw(from + i); draw >= 0 {
			for k, at := range e.drawn {
				b.Inputs[at*n+i] = e.c.Posterior.Draws[draw][k]
			}
		}
	}
	if err := w.Run(&b); err != nil {
		return fmt.Errorf("runs from point %d: %w", from, err)
	}
	for i := range n {
		at := from + i
		if b.Bad[i] >= 0 {
			r.Bad[at] = true
			reasons[at] = fmt.Sprintf("%s at month %g", b.BadVariable[i], float64(b.Bad[i])*e.c.Model.Time.DT)
		}
		for o := range e.c.Outcomes {
			v := b.Reductions[o*n+i]
			switch first := e.c.Outcomes[o].Reduce == casefile.First; {
			case first && !math.IsNaN(v):
				v -= e.start
			case !first && v-v != 0 && !r.Bad[at]:
				r.Bad[at], reasons[at] = true, "outcome "+e.c.Outcomes[o].ID
			}
			r.Outcomes[o][at] = v
		}
		if r.Bad[at] {
			for o := range r.Outcomes {
				r.Outcomes[o][at] = math.NaN()
			}
		}
		for s := range e.o.Series {
			for t := range times {
				v := b.Series[(s*times+t)*n+i]
				if r.Bad[at] {
					v = math.NaN()
				}
				r.Series[s][t][at] = v
			}
		}
	}
	return nil
}
