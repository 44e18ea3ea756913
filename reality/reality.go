// Package reality runs the reality checks of a case: statements about how the
// model must behave, whatever its parameters, for its results to be believed
// (Forrester and Senge 1980, extreme-condition and behaviour tests; Peterson and
// Eberlein 1994, reality checks).
package reality

import (
	"fmt"
	"math"
	"strings"

	"handover/casefile"
	"handover/model"
	"handover/trajectory"
)

// Result is what came of one reality check.
type Result struct {
	// Check is its place in the case's list.
	Check int
	ID    string
	Name  string
	// Value is what was measured; NaN where the run went wrong, which Trouble says.
	Value   float64
	Trouble string
	// Holds says that the value is within what is expected.
	Holds bool
	// Detail names the stock that was worst, where there is one.
	Detail string
}

// Expected says in words what a check expects.
func Expected(r *casefile.RealityCheck) string {
	switch {
	case r.Least != nil && r.Most != nil && *r.Least == *r.Most:
		return fmt.Sprintf("exactly %g", *r.Least)
	case r.Least != nil && r.Most != nil:
		return fmt.Sprintf("%g to %g", *r.Least, *r.Most)
	case r.Least != nil:
		return fmt.Sprintf("at least %g", *r.Least)
	case r.Most != nil:
		return fmt.Sprintf("at most %g", *r.Most)
	}
	return "anything"
}

// Run carries out all reality checks of a case, each setup run once, with the
// model's random numbers starting from seed. The error is a diagnostic.List when a
// setup's model does not hold together, which casefile.Load has ruled out.
func Run(c *casefile.Case, seed uint64) ([]Result, error) {
	runs := map[string]*course{}
	for _, s := range c.Setups {
		r, err := run(c, s.ID, seed)
		if err != nil {
			return nil, fmt.Errorf("setup %s: %w", s.ID, err)
		}
		runs[s.ID] = r
	}
	var results []Result
	for k := range c.Checks {
		r := &c.Checks[k]
		v := measure(r, runs[r.Setup], runs[r.Against])
		v.Check, v.ID, v.Name = k, r.ID, r.Name
		v.Holds = !math.IsNaN(v.Value) && (r.Least == nil || v.Value >= *r.Least) && (r.Most == nil || v.Value <= *r.Most)
		results = append(results, v)
	}
	return results, nil
}

// course is one run: what stocks, flows and the checks' expressions did.
type course struct {
	dt      float64
	times   []float64
	columns map[string][][]float64
	stocks  []string
	// bad says what was not finite, and when.
	bad string
}

// run runs a setup, keeping what its checks look at.
func run(c *casefile.Case, id string, seed uint64) (*course, error) {
	m, err := c.SetupModel(id)
	if err != nil {
		return nil, err
	}
	r := &course{dt: m.Time.DT, columns: map[string][][]float64{}}
	kept := map[string]bool{}
	for _, v := range m.Variables {
		if v.Kind == model.Stock && c.Model.Variable(v.Name) != nil {
			r.stocks = append(r.stocks, v.Name)
			kept[v.Name] = true
		}
	}
	for _, k := range c.Checks {
		if k.Setup != id && k.Against != id {
			continue
		}
		for _, name := range append(append([]string{}, k.Inflows...), k.Outflows...) {
			kept[m.Variable(name).Name] = true
		}
		if k.Expression != "" {
			kept[casefile.CheckVariable(k.ID)] = true
		}
	}
	// In the order of the model, so that nothing depends on a map.
	var saved []string
	for _, v := range m.Variables {
		if kept[v.Name] {
			saved = append(saved, v.Name)
		}
	}
	t, err := trajectory.Run(m, trajectory.Options{Saved: saved, Seed: seed})
	if err != nil {
		return nil, err
	}
	r.times = t.Times
	for _, v := range t.Variables {
		r.columns[model.Canonical(v.Name)] = v.Values
	}
	if t.Bad != nil {
		r.bad = fmt.Sprintf("%s is not finite from month %g", t.Bad.Name, t.Bad.Time)
	}
	return r, nil
}

// total adds up variables over their elements, at every step.
func (r *course) total(names ...string) []float64 {
	total := make([]float64, len(r.times))
	for _, name := range names {
		for _, column := range r.columns[model.Canonical(name)] {
			for k, x := range column {
				total[k] += x
			}
		}
	}
	return total
}

// measure looks at one run, or at two.
func measure(r *casefile.RealityCheck, a, b *course) Result {
	for _, c := range []*course{a, b} {
		if c != nil && c.bad != "" {
			return Result{Value: math.NaN(), Trouble: c.bad}
		}
	}
	switch r.Measure {
	case casefile.MeasureSmallest:
		return a.smallest()
	case casefile.MeasureResidual:
		return Result{Value: a.residual(r)}
	case casefile.MeasureDrift:
		return a.drift(r.Stocks)
	case casefile.MeasureTotals:
		return a.totals(b, r.Stocks)
	}
	v := a.value(r)
	switch r.Relation {
	case "ratio":
		v /= b.value(r)
	case "difference":
		v -= b.value(r)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Result{Value: math.NaN(), Trouble: "the value is not a number: a division by zero, or an empty window"}
	}
	return Result{Value: v}
}

// value reduces the check's expression over its window, divided by the same over
// the second window where there is one.
func (r *course) value(k *casefile.RealityCheck) float64 {
	from, to := r.times[0], r.times[len(r.times)-1]
	if k.From != nil {
		from = *k.From
	}
	if k.To != nil {
		to = *k.To
	}
	x := r.total(casefile.CheckVariable(k.ID))
	v := r.reduce(k.Reduce, x, from, to)
	if k.Over != nil {
		v /= r.reduce(k.Reduce, x, k.Over.From, k.Over.To)
	}
	return v
}

// reduce turns the steps from one time to another into a number. A mean or an
// integral leaves out the last step, whose interval lies beyond the window.
func (r *course) reduce(how casefile.Reduction, x []float64, from, to float64) float64 {
	slack := float64(r.dt / 2)
	v, n := math.NaN(), 0
	sum := 0.0
	for k, t := range r.times {
		if t < from-slack || t > to+slack {
			continue
		}
		switch how {
		case casefile.Minimum:
			if n == 0 || x[k] < v {
				v = x[k]
			}
		case casefile.Maximum:
			if n == 0 || x[k] > v {
				v = x[k]
			}
		case casefile.Mean, casefile.Integral:
			if t > to-slack && n > 0 {
				continue
			}
			sum += x[k]
		default:
			v = x[k]
		}
		n++
	}
	switch {
	case n == 0:
		return math.NaN()
	case how == casefile.Mean:
		return sum / float64(n)
	case how == casefile.Integral:
		return sum * r.dt
	}
	return v
}

// smallest is the smallest value of any stock.
func (r *course) smallest() Result {
	v := Result{Value: math.Inf(1)}
	for _, name := range r.stocks {
		for _, column := range r.columns[model.Canonical(name)] {
			for k, x := range column {
				if x < v.Value {
					v.Value, v.Detail = x, fmt.Sprintf("%s in month %g", name, r.times[k])
				}
			}
		}
	}
	return v
}

// residual is what the flows do not account for, at worst, as a share of the
// stocks' sum or of 1 where that is larger.
func (r *course) residual(k *casefile.RealityCheck) float64 {
	total, in, out := r.total(k.Stocks...), r.total(k.Inflows...), r.total(k.Outflows...)
	worst := 0.0
	for i := 1; i < len(total); i++ {
		want := total[i-1] + float64(r.dt*(in[i-1]-out[i-1]))
		worst = math.Max(worst, math.Abs(total[i]-want)/math.Max(1, math.Abs(total[i])))
	}
	return worst
}

// drift is the largest change of a stock's total within a month, as a share a year.
func (r *course) drift(names []string) Result {
	if len(names) == 0 {
		names = r.stocks
	}
	v := Result{}
	month := 0
	for month < len(r.times)-1 && r.times[month] < r.times[0]+1-float64(r.dt/2) {
		month++
	}
	for _, name := range names {
		x := r.total(name)
		if x[0] == 0 {
			continue // nothing to be a share of
		}
		if change := 12 * math.Abs(x[month]-x[0]) / math.Abs(x[0]); change > v.Value {
			v.Value, v.Detail = change, name
		}
	}
	return v
}

// totals is the largest relative difference between two runs at their ends.
func (r *course) totals(o *course, names []string) Result {
	if len(names) == 0 {
		names = r.stocks
	}
	v := Result{}
	for _, name := range names {
		a, b := r.total(name), o.total(name)
		x, y := a[len(a)-1], b[len(b)-1]
		if change := math.Abs(x-y) / math.Max(math.Abs(y), 1e-6); change > v.Value {
			v.Value, v.Detail = change, name
		}
	}
	return v
}

// Line says a result in one line.
func (v Result) Line(r *casefile.RealityCheck) string {
	word := "holds"
	switch {
	case !v.Holds && r.Exception != "":
		word = "FAILS, argued"
	case !v.Holds:
		word = "FAILS"
	}
	found := fmt.Sprintf("%.4g", v.Value)
	if v.Trouble != "" {
		found = v.Trouble
	}
	var b strings.Builder
	fmt.Fprintf(&b, "reality check %s: %s: %s: %s; expected %s", v.ID, word, v.Name, found, Expected(r))
	if v.Detail != "" {
		fmt.Fprintf(&b, " (%s)", v.Detail)
	}
	if !v.Holds && r.Exception != "" {
		b.WriteString("; " + r.Exception)
	}
	return b.String()
}
