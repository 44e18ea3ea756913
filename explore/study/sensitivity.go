package study

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"handover/casefile"
	"handover/chart"
	"handover/explore/evaluate"
	"handover/explore/finding"
	"handover/explore/sensitivity"
)

// Effort says how many runs sensitivity takes.
type Effort struct {
	// Rows of a matrix of the Saltelli plan, a power of two for best results.
	Rows int
	// Walks of Morris' screening.
	Walks int
	// Points of the sample that PAWN reads.
	Points int
	// Resamples of bootstrap intervals.
	Resamples int
}

// slices of a factor's range that PAWN compares.
const pawnSlices = 10

// chanceName stands for the run of random numbers as a factor.
const chanceName = "chance (the run of random numbers)"

// scores are the three methods' figures by factor, chance last.
type scores struct {
	sobol  *sensitivity.Indices
	morris []sensitivity.Effect
	pawn   []sensitivity.Shift
}

// Sensitivity says what an outcome under one strategy depends on: Sobol' indices
// from a Saltelli plan, Morris' screening and PAWN, each with chance as a factor
// of its own, and how the Sobol' totals change over time.
func Sensitivity(ctx context.Context, s Setting, t Target, e Effort) (*finding.Finding, error) {
	o := s.Evaluate
	if t.Outcome.Reduce != casefile.First {
		o.Series = []string{t.Outcome.ID}
	}
	ev, err := evaluate.New(s.Case, s.Strategy, o)
	if err != nil {
		return nil, err
	}
	k := len(s.Case.Uncertainties)
	if k == 0 {
		return nil, wrong("the case %s has no uncertainties, so nothing can matter", s.Case.Name)
	}
	plan, err := sensitivity.NewSaltelli(e.Rows, k, true, s.Evaluate.Seed)
	if err != nil {
		return nil, wrong("%w", err)
	}
	n := e.Rows
	total := n * plan.Matrices()
	r, err := ev.Run(ctx, evaluate.Points{
		Count: total,
		Set: func(i int, dst []float64) {
			u := make([]float64, k)
			plan.Point(i/n, i%n, u)
			ev.Draw(u, dst)
		},
		Stream: func(i int) int { return plan.Stream(i/n, i%n) },
	}, s.progress("Sobol'", total))
	if err != nil {
		return nil, err
	}
	y := matrices(r, t, n, func(i int) float64 { return r.Outcomes[t.Index][i] })
	var found scores
	if found.sobol, err = plan.Estimate(y, sensitivity.Jansen, e.Resamples, s.Evaluate.Seed); err != nil {
		return nil, unexplained(err, t, r.Bad, r.FirstBad)
	}
	if found.morris, err = morris(ctx, s, ev, t, e); err != nil {
		return nil, err
	}
	if found.pawn, err = pawn(ctx, s, ev, t, e); err != nil {
		return nil, err
	}
	f := describe(s, t, found, e, total)
	if bad := count(r.Bad); bad > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d runs ran into values that are not finite, first %s; rows that hold one are left out.", bad, r.FirstBad))
	}
	if err := overTime(s, t, ev, plan, r, found, f); err != nil {
		return nil, err
	}
	ranks := found.ranks()
	explain(f, s.Case, ranks[:min(mostFactors, len(ranks))])
	return f, nil
}

// matrices arranges a target of the runs by matrix and row.
func matrices(r *evaluate.Results, t Target, n int, at func(i int) float64) [][]float64 {
	var y [][]float64
	for from := 0; from < len(r.Bad); from += n {
		row := make([]float64, n)
		for i := range row {
			row[i] = t.Value(at(from+i), r.Bad[from+i])
		}
		y = append(y, row)
	}
	return y
}

// unexplained puts an outcome that does not vary into words.
func unexplained(err error, t Target, bad []bool, first string) error {
	switch all := count(bad); {
	case all == len(bad):
		return wrong("every run ran into values that are not finite, first %s: nothing can be said", first)
	case errors.Is(err, sensitivity.ErrConstant) && t.Event:
		return wrong("%s happens in none or in all of the runs, so nothing tells them apart; choose another month or threshold", t.Words())
	case errors.Is(err, sensitivity.ErrConstant):
		return wrong("%s is the same in every run, so nothing it depends on is uncertain here", t.Words())
	}
	return wrong("%w", err)
}

func count(flags []bool) int {
	n := 0
	for _, f := range flags {
		if f {
			n++
		}
	}
	return n
}

// morris walks over the central 95% of each uncertainty; the last factor chooses
// between two random streams of the walk.
func morris(ctx context.Context, s Setting, ev *evaluate.Evaluator, t Target, e Effort) ([]sensitivity.Effect, error) {
	k := len(s.Case.Uncertainties)
	plan, err := sensitivity.NewTrajectories(e.Walks, k+1, 4, s.Evaluate.Seed)
	if err != nil {
		return nil, wrong("%w", err)
	}
	n := k + 2 // points of a walk
	point := func(i int) []float64 {
		u := make([]float64, k+1)
		plan.Point(i/n, i%n, u)
		return u
	}
	r, err := ev.Run(ctx, evaluate.Points{
		Count: n * e.Walks,
		Set: func(i int, dst []float64) {
			u := point(i)
			for f := range u {
				u[f] = 0.025 + float64(0.95*u[f])
			}
			ev.Draw(u[:k], dst)
		},
		Stream: func(i int) int {
			if point(i)[k] < 0.5 {
				return 2 * (i / n)
			}
			return 2*(i/n) + 1
		},
	}, s.progress("Morris", n*e.Walks))
	if err != nil {
		return nil, err
	}
	effects, err := plan.Estimate(matrices(r, t, n, func(i int) float64 { return r.Outcomes[t.Index][i] }), e.Resamples, s.Evaluate.Seed)
	if err != nil {
		return nil, unexplained(err, t, r.Bad, r.FirstBad)
	}
	return effects, nil
}

// pawn reads a Latin hypercube with the case's correlations. Chance has as many
// different streams as other factors have slices, so that fixing it means the same.
func pawn(ctx context.Context, s Setting, ev *evaluate.Evaluator, t Target, e Effort) ([]sensitivity.Shift, error) {
	d, err := s.Case.Futures(s.Evaluate.Seed, e.Points)
	if err != nil {
		return nil, wrong("the sample for PAWN: %w", err)
	}
	r, err := ev.Run(ctx, evaluate.Points{
		Count:  e.Points,
		Set:    d.Point,
		Stream: func(i int) int { return i % pawnSlices },
	}, s.progress("PAWN", e.Points))
	if err != nil {
		return nil, err
	}
	x := make([][]float64, d.Factors()+1)
	for f := range x {
		x[f] = make([]float64, e.Points)
	}
	point, y := make([]float64, d.Factors()), make([]float64, e.Points)
	for i := range y {
		d.Point(i, point)
		for f, v := range point {
			x[f][i] = v
		}
		x[d.Factors()][i] = float64(i % pawnSlices)
		y[i] = t.Value(r.Outcomes[t.Index][i], r.Bad[i])
	}
	shifts, err := sensitivity.PAWN(x, y, pawnSlices, e.Resamples, s.Evaluate.Seed)
	if err != nil {
		return nil, unexplained(err, t, r.Bad, r.FirstBad)
	}
	return shifts, nil
}

func factorNames(c *casefile.Case) []string {
	var names []string
	for _, u := range c.Uncertainties {
		names = append(names, u.Name())
	}
	return append(names, chanceName)
}

// order lists factors, the one with the highest figure first.
func order(n int, figure func(i int) float64) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	slices.SortStableFunc(out, func(a, b int) int {
		switch x, y := figure(a), figure(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return out
}

// mostFactors is how many factors readers see; files have all.
const mostFactors = 15

// ranks are the factors, the one with the largest total index first.
func (s scores) ranks() []int {
	return order(len(s.sobol.Factors), func(i int) float64 { return s.sobol.Factors[i].Total.Middle })
}

// describe makes tables and charts of the three methods.
func describe(s Setting, t Target, found scores, e Effort, runs int) *finding.Finding {
	names := factorNames(s.Case)
	ranks := found.ranks()
	f := &finding.Finding{Verb: "explore sensitivity", Case: s.Case.Title, Fingerprint: s.fingerprint(
		fmt.Sprintf("Strategy %s; Saltelli plan of %d rows (%d runs), %d walks, %d points", s.Strategy, e.Rows, runs, e.Walks, e.Points))}
	top := ranks[0]
	share := found.sobol.Factors[top].Total
	f.Title = fmt.Sprintf("Under %s, %s depends most on %s", s.Strategy, t.Words(), names[top])
	f.Lead = append(f.Lead, fmt.Sprintf("It explains, alone and with others, %.0f%% of the variance (80%% interval %.0f to %.0f).", 100*share.Middle, 100*share.Low, 100*share.High))
	var first float64
	matters := 0
	for i := range names {
		first += found.sobol.Factors[i].First.Middle
		if found.pawn[i].Matters {
			matters++
		}
	}
	f.Lead = append(f.Lead, fmt.Sprintf("Single factors explain %.0f%% of the variance, the rest comes of factors acting together. PAWN tells %d of %d factors from pure chance; where Morris and Sobol' agree with it the ranking can be trusted.", 100*math.Max(0, math.Min(1, first)), matters, len(names)))
	table := finding.Table{ID: "sensitivity", Title: "What matters: three methods side by side", Most: mostFactors,
		Note: "Sobol': share of variance, alone (first) and with others (total). Morris: mean absolute change over the factor's central 95%. PAWN: median Kolmogorov-Smirnov distance when the factor is fixed. Low to high: 80% bootstrap interval.",
		Columns: []finding.Column{
			{Name: "factor", Title: "Factor", Text: true},
			{Name: "sobol_first", Title: "First", Decimals: 2}, {Name: "sobol_first_low", Hidden: true}, {Name: "sobol_first_high", Hidden: true},
			{Name: "sobol_total", Title: "Total", Decimals: 2}, {Name: "sobol_total_low", Title: "low", Decimals: 2}, {Name: "sobol_total_high", Title: "high", Decimals: 2},
			{Name: "morris", Title: "Morris", Unit: t.Unit(), Decimals: -1}, {Name: "morris_low", Hidden: true}, {Name: "morris_high", Hidden: true},
			{Name: "morris_mean", Title: "with sign", Decimals: -1}, {Name: "morris_deviation", Hidden: true},
			{Name: "pawn", Title: "PAWN", Decimals: 2}, {Name: "pawn_low", Hidden: true}, {Name: "pawn_high", Hidden: true},
			{Name: "pawn_matters", Title: "beyond chance", Text: true},
		}}
	var total, effects, distance []chart.Dot
	for at, i := range ranks {
		x, m, p := found.sobol.Factors[i], found.morris[i], found.pawn[i]
		beyond := "no"
		if p.Matters {
			beyond = "yes"
		}
		table.Add(names[i], x.First.Middle, x.First.Low, x.First.High, x.Total.Middle, x.Total.Low, x.Total.High,
			m.Size.Middle, m.Size.Low, m.Size.High, m.Mean, m.Deviation, p.Median.Middle, p.Median.Low, p.Median.High, beyond)
		if at < 12 {
			total = append(total,
				chart.Dot{Row: names[i], Group: "alone", Low: x.First.Low, Middle: x.First.Middle, High: x.First.High},
				chart.Dot{Row: names[i], Group: "alone and with others", Low: x.Total.Low, Middle: x.Total.Middle, High: x.Total.High})
			effects = append(effects, chart.Dot{Row: names[i], Low: m.Size.Low, Middle: m.Size.Middle, High: m.Size.High})
			distance = append(distance, chart.Dot{Row: names[i], Low: p.Median.Low, Middle: p.Median.Middle, High: p.Median.High})
		}
	}
	f.Tables = append(f.Tables, table)
	f.Figures = append(f.Figures,
		finding.Figure{Title: "Shares of variance", Measure: "Sobol' indices with 80% intervals", Source: fmt.Sprintf("%d runs, chance as a factor of its own.", runs), Spec: chart.Dots(total, "share of variance", ".0%", "Sobol' indices of the twelve strongest factors")},
		finding.Figure{Title: "How far each moves the outcome", Measure: "Morris: mean absolute elementary effect with 80% interval, in " + t.Unit(), Source: fmt.Sprintf("%d walks over the central 95%% of every uncertainty.", e.Walks), Spec: chart.Dots(effects, t.Unit(), chart.Plain, "Elementary effects of the same factors")},
		finding.Figure{Title: "How far fixing each shifts the whole distribution", Measure: "PAWN: median distance, 0 to 1, with 80% interval", Source: fmt.Sprintf("%d points with the case's correlations.", e.Points), Spec: chart.Dots(distance, "distance", ".2f", "PAWN indices of the same factors")})
	if found.sobol.Used < e.Rows {
		f.Notes = append(f.Notes, fmt.Sprintf("%d of %d rows were used; the others held values that are not finite.", found.sobol.Used, e.Rows))
	}
	if len(s.Case.Correlations) > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("Sobol' and Morris vary the uncertainties independently: the case's %d rank correlations are left out there, and kept in PAWN's sample.", len(s.Case.Correlations)))
	}
	f.Notes = append(f.Notes, "An index can come out slightly below 0 or above 1: it is an estimate. More rows narrow the interval.")
	return f
}

// overTime adds the Sobol' totals of the strongest factors at some months.
func overTime(s Setting, t Target, ev *evaluate.Evaluator, plan *sensitivity.Saltelli, r *evaluate.Results, found scores, f *finding.Finding) error {
	names := factorNames(s.Case)
	ranks := found.ranks()
	ranks = ranks[:min(5, len(ranks))]
	table := finding.Table{ID: "sensitivity-over-time", Title: "How it changes over time", Note: "Sobol' totals of the strongest factors, of the target as it stands at each month.",
		Columns: []finding.Column{{Name: "factor", Title: "Factor", Text: true}}}
	var months []float64
	for i := 1; i <= 6; i++ {
		m := math.Round(float64(s.horizon()*i) / 6)
		if m >= 1 && (len(months) == 0 || m > months[len(months)-1]) {
			months = append(months, m)
		}
	}
	rows := make([][]any, len(ranks))
	for k, i := range ranks {
		rows[k] = []any{names[i]}
	}
	var spots []chart.Spot
	values := map[int][]chart.Spot{}
	for _, month := range months {
		var y [][]float64
		if t.Outcome.Reduce == casefile.First {
			early := t
			early.By = math.Min(t.By, month)
			y = matrices(r, early, plan.Rows(), func(i int) float64 { return r.Outcomes[t.Index][i] })
		} else {
			so := soFar(t.Outcome.Reduce, ev.Times(), month, r.Series[0])
			y = matrices(r, t, plan.Rows(), func(i int) float64 { return so[i] })
		}
		table.Columns = append(table.Columns, finding.Column{Name: fmt.Sprintf("month_%g", month), Title: fmt.Sprintf("month %g", month), Decimals: 2})
		x, err := plan.Estimate(y, sensitivity.Jansen, 2, s.Evaluate.Seed)
		if err != nil && !errors.Is(err, sensitivity.ErrConstant) {
			return err
		}
		for k, i := range ranks {
			v := math.NaN() // nothing varies yet
			if err == nil {
				v = x.Factors[i].Total.Middle
				values[k] = append(values[k], chart.Spot{X: month, Y: v, Group: names[i]})
			}
			rows[k] = append(rows[k], v)
		}
	}
	for k := range ranks {
		table.Rows = append(table.Rows, rows[k])
		spots = append(spots, values[k]...)
	}
	f.Tables = append(f.Tables, table)
	if len(spots) > 0 {
		f.Figures = append(f.Figures, finding.Figure{Title: "What matters changes over time", Measure: "Sobol' total index of the five strongest factors", Source: "At months at which the target does not vary there is no point.",
			Spec: chart.Spots(spots, "month", "d", "share of variance", ".0%", true, "Sobol' totals over time")})
	}
	if t.Outcome.Reduce != casefile.First {
		f.Notes = append(f.Notes, "Over time the outcome is reduced from the saved months, at the end from every step.")
	}
	return nil
}

// soFar reduces a series by time and run from the start to a month.
func soFar(reduce casefile.Reduction, times []float64, month float64, series [][]float64) []float64 {
	out := make([]float64, len(series[0]))
	for i := range out {
		area, span := 0.0, 0.0
		least, most := math.Inf(1), math.Inf(-1)
		last := series[0][i]
		for t, at := range times {
			if at > month {
				break
			}
			v := series[t][i]
			if t > 0 {
				area += float64((at - times[t-1]) * last)
				span = at
			}
			last, least, most = v, math.Min(least, v), math.Max(most, v)
		}
		switch reduce {
		case casefile.Minimum:
			out[i] = least
		case casefile.Maximum:
			out[i] = most
		case casefile.Integral:
			out[i] = area
		case casefile.Mean:
			out[i] = area / math.Max(span, 1e-9)
		default:
			out[i] = last
		}
	}
	return out
}
