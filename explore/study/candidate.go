package study

import (
	"context"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/design"
	"handover/explore/evaluate"
	"handover/explore/search"
)

// judge turns candidates into measures over a fixed set of futures.
type judge struct {
	c       *casefile.Case
	s       *Search
	ev      *evaluate.Evaluator
	d       *design.Design
	horizon int
	futures int
	// kept are the futures in which the base and every strategy that is compared
	// against have finite values.
	kept []int
	// against holds the outcomes of a strategy by outcome and future.
	against map[string][][]float64
}

func newJudge(ctx context.Context, set Setting, s *Search, futures int, seed uint64) (*judge, error) {
	const id = "candidate"
	middle := make([]float64, len(s.Levers))
	o := set.Evaluate
	o.Seed = seed
	j := &judge{c: set.Case, s: s, horizon: set.horizon(), futures: futures, against: map[string][][]float64{}}
	var err error
	if j.d, err = set.Case.Futures(seed, futures); err != nil {
		return nil, wrong("the futures of the search: %w", err)
	}
	bad := make([]bool, futures)
	for _, with := range append(j.compared(), s.Base) {
		if j.against[with] != nil {
			continue
		}
		ev, err := evaluate.New(set.Case, with, o)
		if err != nil {
			return nil, err
		}
		r, err := ev.Run(ctx, evaluate.Points{Count: futures, Set: j.d.Point, Stream: func(i int) int { return i }, Draw: ev.PosteriorDraw}, nil)
		if err != nil {
			return nil, err
		}
		j.against[with] = r.Outcomes
		for i, b := range r.Bad {
			bad[i] = bad[i] || b
		}
	}
	for i, b := range bad {
		if !b {
			j.kept = append(j.kept, i)
		}
	}
	if len(j.kept) < 2 {
		return nil, wrong("in %d of %d futures a value is not finite under %s or a strategy compared against: nothing can be searched", futures-len(j.kept), futures, s.Base)
	}
	for _, l := range s.Levers {
		o.Levers = append(o.Levers, l.Name)
	}
	for i, l := range s.Levers {
		middle[i] = (l.Low + l.High) / 2
	}
	c := evaluate.With(set.Case, s.strategy(set.Case, id, "candidate", middle))
	if j.ev, err = evaluate.New(c, id, o); err != nil {
		return nil, wrong("search %s: what it sets does not fit the model: %w", s.ID, err)
	}
	return j, nil
}

// compared lists the strategies that a measure is taken against.
func (j *judge) compared() []string {
	var out []string
	add := func(m Measure) {
		if m.Against != "" && !slices.Contains(out, m.Against) {
			out = append(out, m.Against)
		}
	}
	for _, m := range j.s.Objectives {
		add(m)
	}
	for _, m := range j.s.Constraints {
		add(m.Measure)
	}
	for _, m := range j.s.Report {
		add(m)
	}
	return out
}

// outcomes runs candidates through all futures: by candidate, outcome and future.
// The second result marks bad runs, whose outcomes are all NaN.
func (j *judge) outcomes(ctx context.Context, points [][]float64) ([][][]float64, [][]bool, error) {
	n := j.futures
	r, err := j.ev.Run(ctx, evaluate.Points{
		Count: len(points) * n,
		Set: func(i int, dst []float64) {
			k := len(dst) - len(j.s.Levers)
			j.d.Point(i%n, dst[:k])
			for l, x := range points[i/n] {
				dst[k+l] = j.s.Levers[l].value(x)
			}
		},
		Stream: func(i int) int { return i % n },
		Draw:   func(i int) int { return j.ev.PosteriorDraw(i % n) },
	}, nil)
	if err != nil {
		return nil, nil, err
	}
	y, bad := make([][][]float64, len(points)), make([][]bool, len(points))
	for p := range points {
		for o := range r.Outcomes {
			y[p] = append(y[p], r.Outcomes[o][p*n:][:n])
		}
		bad[p] = r.Bad[p*n:][:n]
	}
	return y, bad, nil
}

// values are what a measure is taken of in some futures, the difference when it
// is against a strategy.
func (j *judge) values(m *Measure, outcome string, y [][]float64, bad []bool, futures []int) []float64 {
	var at int
	for i := range j.c.Outcomes {
		if j.c.Outcomes[i].ID == outcome {
			at = i
		}
	}
	t := Target{Outcome: &j.c.Outcomes[at], Index: at, Event: m.Measure == "chance", By: float64(j.horizon)}
	if m.By > 0 {
		t.By = math.Min(t.By, float64(m.By))
	}
	if t.Event && t.Outcome.Event != nil {
		t.Above, t.Below = t.Outcome.Event.Above, t.Outcome.Event.Below
	}
	out := make([]float64, len(futures))
	for k, i := range futures {
		out[k] = t.Value(y[at][i], bad[i])
		if m.Against != "" {
			out[k] -= t.Value(j.against[m.Against][at][i], false)
		}
	}
	return out
}

// measure is the value of a measure over some futures, NaN where a run was bad or
// a ratio has no meaning.
func (j *judge) measure(m *Measure, x []float64, y [][]float64, bad []bool, futures []int) float64 {
	if m.Lever != "" {
		for i, l := range j.s.Levers {
			if strings.EqualFold(l.Name, m.Lever) {
				return l.value(x[i])
			}
		}
	}
	v := j.values(m, m.Outcome, y, bad, futures)
	switch m.Measure {
	case "tail", "worst":
		slices.Sort(v)
		if m.direction(j.c) == "higher" {
			slices.Reverse(v)
		}
		if v[0] != v[0] || v[len(v)-1] != v[len(v)-1] {
			return math.NaN()
		}
		if m.Measure == "worst" {
			return v[len(v)-1]
		}
		return v[min(len(v)-1, len(v)*9/10)]
	}
	sum := 0.0
	for _, a := range v {
		sum += a
	}
	if m.Per == "" {
		return sum / float64(len(v))
	}
	cost := 0.0
	for _, a := range j.values(m, m.Per, y, bad, futures) {
		cost += a
	}
	if !(cost > 0) {
		return math.NaN() // nothing was spent more
	}
	return sum / cost
}

// result are the objectives, all to be minimised, and by how much constraints are
// broken, each relative to its bound.
func (j *judge) result(x []float64, y [][]float64, bad []bool, futures []int) search.Result {
	var r search.Result
	for i := range j.s.Objectives {
		m := &j.s.Objectives[i]
		v := j.measure(m, x, y, bad, futures)
		if m.direction(j.c) == "higher" {
			v = -v
		}
		r.Objectives = append(r.Objectives, v)
	}
	for i := range j.s.Constraints {
		r.Violation += j.broken(&j.s.Constraints[i], j.measure(&j.s.Constraints[i].Measure, x, y, bad, futures))
	}
	return r
}

func (j *judge) broken(c *Constraint, v float64) float64 {
	out := 0.0
	if v != v {
		return math.NaN()
	}
	if c.Most != nil {
		out += math.Max(0, v-*c.Most) / math.Max(math.Abs(*c.Most), 1e-6)
	}
	if c.Least != nil {
		out += math.Max(0, *c.Least-v) / math.Max(math.Abs(*c.Least), 1e-6)
	}
	return out
}

// problem is the search for package search. A batch is cut into parts, so that
// memory does not grow with the population.
func (j *judge) problem(done func(n int)) search.Problem {
	p := search.Problem{}
	for _, l := range j.s.Levers {
		p.Low, p.High = append(p.Low, l.Low), append(p.High, l.High)
	}
	for _, m := range j.s.Objectives {
		p.Epsilons = append(p.Epsilons, m.Epsilon)
	}
	const part = 32
	p.Evaluate = func(ctx context.Context, points [][]float64) ([]search.Result, error) {
		var out []search.Result
		for from := 0; from < len(points); from += part {
			batch := points[from:min(from+part, len(points))]
			y, bad, err := j.outcomes(ctx, batch)
			if err != nil {
				return nil, err
			}
			for i, x := range batch {
				out = append(out, j.result(x, y[i], bad[i], j.kept))
			}
			if done != nil {
				done(len(batch))
			}
		}
		return out, nil
	}
	return p
}
