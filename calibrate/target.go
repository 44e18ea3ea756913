package calibrate

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"handover/casefile"
	"handover/engine"
	"handover/model"
)

// lanes is how many runs a block has. It does not change results.
const lanes = 64

// target is the posterior of a case: its model of the past, its priors and what
// was observed.
type target struct {
	c          *casefile.Case
	parameters []parameter
	// varied lists, for each constant that the program takes, its parameter.
	varied  []int
	program *engine.Program
	series  []series
	// start is the first month of the run; times is how many save times it has.
	start, times int
	threads      int
	// given says that points hold values of the parameters and not standard normal
	// numbers.
	given bool
	// seed of the runs: one for all, so that a random model is a fixed function of
	// its parameters.
	seed    uint64
	workers sync.Pool
	runs    atomic.Int64
}

// request says which posterior.
type request struct {
	// until is the last month whose observations count.
	until int
	// stop is the month at which runs end, at most 0.
	stop int
	// prepare, when not nil, changes the model before it is compiled and may add
	// parameters.
	prepare func(m *model.Model, t *target) error
	// saved lists variables to save besides what is observed.
	saved   []string
	threads int
	seed    uint64
	backend engine.Backend
}

// aim makes the target of a case.
func aim(c *casefile.Case, q request) (*target, error) {
	m, err := c.HistoryModel()
	if err != nil {
		return nil, err
	}
	t := &target{c: c, threads: q.threads, seed: q.seed, start: int(m.Time.Start)}
	if err := t.priors(); err != nil {
		return nil, err
	}
	var saved []string
	h := c.History
	for k := range h.Observations {
		o := &h.Observations[k]
		names, err := t.observe(o, q, len(saved))
		if err != nil {
			return nil, err
		}
		saved = append(saved, names...)
	}
	saved = append(saved, q.saved...)
	if len(saved) == 0 {
		return nil, fmt.Errorf("nothing was observed before %s", c.MonthName(q.until+1))
	}
	if q.prepare != nil {
		if err := q.prepare(m, t); err != nil {
			return nil, err
		}
	}
	var roots []string
	roots = append(roots, saved...)
	options := engine.Options{Saved: saved, Backend: q.backend}
	for k, p := range t.parameters {
		if p.role == ofData {
			continue
		}
		t.varied = append(t.varied, k)
		options.Varied = append(options.Varied, p.name)
	}
	m.Time.Stop = float64(q.stop)
	part := slice(m, append(roots, constants(options.Varied)...))
	if t.program, err = engine.Compile(part, options); err != nil {
		return nil, err
	}
	t.times = len(t.program.SaveTimes())
	if want := q.stop - t.start + 1; t.times != want {
		return nil, fmt.Errorf("the past has %d save times; expected one a month, %d", t.times, want)
	}
	t.workers.New = func() any { return newBench(t) }
	return t, nil
}

// constants are the names of variables without elements.
func constants(names []string) []string {
	var plain []string
	for _, n := range names {
		for i := range n {
			if n[i] == '[' {
				n = n[:i]
				break
			}
		}
		plain = append(plain, n)
	}
	return plain
}

// priors makes parameters of the calibrated uncertainties and of those of the past.
func (t *target) priors() error {
	for _, name := range t.c.History.Calibrated {
		u := t.c.UncertaintyOf(name)
		if u == nil {
			return fmt.Errorf("%s is not an uncertainty of the case", name)
		}
		p, err := uncertain(t.c, *u, ofModel)
		if err != nil {
			return err
		}
		t.parameters = append(t.parameters, p)
	}
	for _, u := range t.c.History.Unknown {
		p, err := uncertain(t.c, u, ofPast)
		if err != nil {
			return err
		}
		t.parameters = append(t.parameters, p)
	}
	return nil
}

// observe adds the parts of an observation; saved is how many columns there are
// before. The names are of the variables to save.
func (t *target) observe(o *casefile.Observation, q request, saved int) ([]string, error) {
	values, wrong := t.c.ObservedValues(o)
	if len(wrong) > 0 {
		return nil, wrong[0]
	}
	spread, key := o.Scale, "scale"
	if o.Likelihood == casefile.NegativeBinomial {
		spread, key = o.Dispersion, "dispersion"
	}
	var names []string
	s := series{o: o, freedom: 5, weight: 1}
	for _, x := range []struct {
		from *float64
		to   *float64
	}{{o.Freedom, &s.freedom}, {o.Shift, &s.shift}, {o.Autocorrelation, &s.autocorrelation}, {o.Weight, &s.weight}} {
		if x.from != nil {
			*x.to = *x.from
		}
	}
	known := false
	for i := range o.Series() {
		part := s
		part.part, part.column = i, saved+len(names)
		for _, v := range values[i] {
			if v.Period.Last() <= q.until && v.Period.Last() < q.stop {
				part.rows = append(part.rows, row{ObservedValue: v, from: v.Period.First - t.start})
			}
		}
		if o.Over != "" {
			p, err := t.c.ParsePeriod(o.Over)
			if err != nil {
				return nil, err
			}
			part.over = &row{ObservedValue: casefile.ObservedValue{Period: p}, from: p.First - t.start}
			if p.First < t.start {
				return nil, fmt.Errorf("observation %s: %s is before the history starts", o.ID, o.Over)
			}
			if p.Last() >= q.stop {
				part.rows = nil
			}
		}
		if len(part.rows) == 0 {
			continue
		}
		if !known {
			known = true
			var err error
			if s.spread, err = t.spread(o.ID+" "+key, spread, 1); err != nil {
				return nil, err
			}
			if s.bias, err = t.spread(o.ID+" bias", o.Bias, 1); err != nil {
				return nil, err
			}
		}
		part.spread, part.bias = s.spread, s.bias
		part.ready()
		t.series = append(t.series, part)
		names = append(names, casefile.ObservationVariable(o.ID, i))
	}
	return names, nil
}

func (t *target) dimensions() int { return len(t.parameters) }

// values writes what a point means, one value a parameter.
func (t *target) values(point, dst []float64) {
	if t.given {
		copy(dst, point)
		return
	}
	for k := range t.parameters {
		dst[k] = t.parameters[k].value(point[k])
	}
}

// bench is one goroutine's place of work.
type bench struct {
	worker *engine.Worker
	block  engine.Block
	// parameters has the values of all parameters, by run.
	parameters [][]float64
	inputs     []float64
	series     []float64
	residuals  []float64
}

func newBench(t *target) *bench {
	columns := len(t.program.Columns())
	b := &bench{
		worker: t.program.NewWorker(lanes),
		inputs: make([]float64, len(t.varied)*lanes),
		series: make([]float64, columns*t.times*lanes),
		block:  engine.Block{Bad: make([]int, lanes), BadVariable: make([]string, lanes), Seed: t.seed},
	}
	for range lanes {
		b.parameters = append(b.parameters, make([]float64, len(t.parameters)))
	}
	longest := 0
	for i := range t.series {
		longest = max(longest, len(t.series[i].rows))
	}
	b.residuals = make([]float64, longest)
	return b
}

// run runs the model at points, at most as many as there are lanes. Save time i of
// column c of run k is then at b.series[(c*t.times+i)*len(points)+k].
func (t *target) run(b *bench, points [][]float64) error {
	n := len(points)
	for i, x := range points {
		t.values(x, b.parameters[i])
		for v, k := range t.varied {
			b.inputs[v*n+i] = b.parameters[i][k]
		}
	}
	k := b.block
	k.Runs, k.Inputs = n, b.inputs[:len(t.varied)*n]
	k.Series = b.series[:len(b.series)/lanes*n]
	k.Bad, k.BadVariable = b.block.Bad[:n], b.block.BadVariable[:n]
	// Each run takes the random numbers of run 0: the likelihood is then a function
	// of the parameters, wherever a chain stands.
	for i := range k.Bad {
		k.Bad[i] = -1
	}
	t.runs.Add(int64(n))
	return b.worker.Run(&k)
}

// column is one column of run i of n.
func (t *target) column(b *bench, column, i, n int) []float64 {
	return b.series[column*t.times*n+i : (column+1)*t.times*n]
}

// blocks calls work for blocks of points, on all threads.
func (t *target) blocks(ctx context.Context, points [][]float64, work func(b *bench, first int, points [][]float64) error) error {
	// Halves that do not fill the lanes of all threads are cut evenly.
	size := min(lanes, max(1, (len(points)+t.threads-1)/t.threads))
	count := (len(points) + size - 1) / size
	var next atomic.Int64
	var once sync.Once
	var failed error
	var working sync.WaitGroup
	for range min(t.threads, count) {
		working.Go(func() {
			b := t.workers.Get().(*bench)
			defer t.workers.Put(b)
			for {
				k := int(next.Add(1)) - 1
				if k >= count {
					return
				}
				err := ctx.Err()
				if err == nil {
					last := min(len(points), (k+1)*size)
					err = work(b, k*size, points[k*size:last])
				}
				if err != nil {
					once.Do(func() { failed = err })
					return
				}
			}
		})
	}
	working.Wait()
	return failed
}

// logLikelihoods implements density.
func (t *target) logLikelihoods(ctx context.Context, points [][]float64, dst []float64) error {
	return t.blocks(ctx, points, func(b *bench, first int, points [][]float64) error {
		if err := t.run(b, points); err != nil {
			return err
		}
		n := len(points)
		for i := range points {
			total := 0.0
			if b.block.Bad[i] >= 0 {
				total = math.Inf(-1)
			}
			for k := range t.series {
				if math.IsInf(total, -1) {
					break
				}
				s := &t.series[k]
				total += s.logLikelihood(b.parameters[i], t.column(b, s.column, i, n), n, b.residuals[:len(s.rows)])
			}
			if math.IsNaN(total) {
				total = math.Inf(-1)
			}
			dst[first+i] = total
		}
		return nil
	})
}
