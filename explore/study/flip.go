package study

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/explore/evaluate"
	"handover/explore/finding"
)

// FlipOptions say which strategies are compared by what.
type FlipOptions struct {
	// Strategies are ids; all of the case or run when empty.
	Strategies []string
	Asked      Asked
	// Prefer is "lower" or "higher"; the case's own direction when empty.
	Prefer string
	// Groups of equal size that each uncertainty is cut into; one an option for
	// those with options.
	Groups int
	// Futures that a case is run with.
	Futures int
}

// met is an outcome under some strategies in the same futures.
type met struct {
	c          *casefile.Case
	target     Target
	strategies []string
	draws      [][]float64 // by uncertainty, then future
	y          [][]float64 // by strategy, then future; bad futures are NaN
	lower      bool
}

// FlipRun compares strategies of a run.
func FlipRun(r *Run, o FlipOptions, version string) (*finding.Finding, error) {
	m := r.Tables.Manifest
	ids := o.Strategies
	if len(ids) == 0 {
		ids = m.Strategies
	}
	t, err := flipTarget(r.Case, o, m.Horizon)
	if err != nil {
		return nil, err
	}
	x := met{c: r.Case, target: t, strategies: ids, draws: r.Tables.Draws}
	for _, id := range ids {
		s, err := r.strategy(id)
		if err != nil {
			return nil, err
		}
		y := make([]float64, m.Futures)
		for i := range y {
			y[i] = t.Value(r.Tables.Outcomes[s][t.Index][i], r.Tables.Bad[s][i])
		}
		x.y = append(x.y, y)
	}
	return x.flip(o, r.fingerprint(version))
}

// FlipCase runs the strategies of a case through the same futures and compares
// them.
func FlipCase(ctx context.Context, s Setting, o FlipOptions) (*finding.Finding, error) {
	ids := o.Strategies
	if len(ids) == 0 {
		for _, t := range s.Case.Strategies {
			ids = append(ids, t.ID)
		}
	}
	t, err := flipTarget(s.Case, o, s.horizon())
	if err != nil {
		return nil, err
	}
	d, err := s.Case.Futures(s.Evaluate.Seed, o.Futures)
	if err != nil {
		return nil, wrong("%w", err)
	}
	x := met{c: s.Case, target: t, strategies: ids}
	for range d.Factors() {
		x.draws = append(x.draws, make([]float64, o.Futures))
	}
	one, err := evaluate.New(s.Case, ids[0], s.Evaluate)
	if err != nil {
		return nil, err
	}
	point := make([]float64, d.Factors())
	for i := range o.Futures {
		d.Point(i, point)
		one.Take(one.PosteriorDraw(i), point)
		for f, v := range point {
			x.draws[f][i] = v
		}
	}
	for _, id := range ids {
		ev, err := evaluate.New(s.Case, id, s.Evaluate)
		if err != nil {
			return nil, err
		}
		r, err := ev.Run(ctx, evaluate.Points{Count: o.Futures, Set: d.Point, Stream: func(i int) int { return i }, Draw: ev.PosteriorDraw}, s.progress(id, o.Futures))
		if err != nil {
			return nil, err
		}
		y := make([]float64, o.Futures)
		for i := range y {
			y[i] = t.Value(r.Outcomes[t.Index][i], r.Bad[i])
		}
		x.y = append(x.y, y)
	}
	return x.flip(o, s.fingerprint(fmt.Sprintf("%d futures x %d strategies", o.Futures, len(ids))))
}

func flipTarget(c *casefile.Case, o FlipOptions, horizon int) (Target, error) {
	t, err := NewTarget(c, o.Asked, horizon)
	if err == nil && o.Prefer == "" && t.Outcome.Better == "neither" {
		err = wrong("neither more nor less of %s is better, says the case; say which with --prefer", t.Outcome.ID)
	}
	return t, err
}

// group is the futures in which an uncertainty lies in one part of its range.
type group struct {
	name      string
	low, high float64
	futures   []int
}

func (x *met) flip(o FlipOptions, fingerprint []string) (*finding.Finding, error) {
	if len(x.strategies) < 2 {
		return nil, wrong("only one strategy is given, so no answer can change; name at least two with --strategy")
	}
	if len(x.draws) == 0 {
		return nil, wrong("the case has no uncertainties, so the answer cannot change with one")
	}
	if x.lower, _ = x.target.lower(); o.Prefer != "" {
		x.lower = o.Prefer == "lower"
	}
	var all []int
	for i := range x.y[0] {
		ok := true
		for s := range x.y {
			ok = ok && !math.IsNaN(x.y[s][i])
		}
		if ok {
			all = append(all, i)
		}
	}
	if len(all) < 10*o.Groups {
		return nil, wrong("%d futures have finite values under all strategies; at least %d are needed for %d groups", len(all), 10*o.Groups, o.Groups)
	}
	f := &finding.Finding{Verb: "explore flip", Case: x.c.Title, Fingerprint: fingerprint}
	if left := len(x.y[0]) - len(all); left > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d futures with values that are not finite are left out.", left))
	}
	overall := x.best(all)
	direction := "higher"
	if x.lower {
		direction = "lower"
	}
	f.Lead = append(f.Lead, fmt.Sprintf("%s, %s is better. Over all %d futures: %s. Preferred: %s.", sentence(x.target.Words()), direction, len(all), x.means(all), x.strategies[overall]))
	// Each uncertainty has as many chances to look like a flip as it has groups: the
	// bar rises with their number, so that chance alone makes 1 in 20 tables show one.
	clearFrom := bar(len(x.draws) * o.Groups * (len(x.strategies) - 1))
	flips := finding.Table{ID: "flips", Title: "Where the preferred strategy changes", Most: 20,
		Note: fmt.Sprintf("Clear: both leads are more than %.1f standard errors of the paired differences, which chance alone would bring about in 1 of 20 such tables. Otherwise the change may be chance.", clearFrom),
		Columns: []finding.Column{{Name: "uncertainty", Title: "Uncertainty", Text: true}, {Name: "variable", Text: true, Hidden: true}, {Name: "from", Title: "Preferred at the low end", Text: true}, {Name: "to", Title: "and at the high end", Text: true},
			{Name: "where", Title: "Changes at", Text: true}, {Name: "clear", Title: "Clear", Text: true}, {Name: "strength", Title: "Standard errors", Decimals: 1}}}
	detail := finding.Table{ID: "groups", Title: "Every uncertainty, group by group", Most: 1,
		Columns: []finding.Column{{Name: "group", Title: "Group", Text: true}, {Name: "variable", Text: true, Hidden: true}, {Name: "low", Hidden: true}, {Name: "high", Hidden: true}, {Name: "futures", Title: "Futures", Decimals: 0}, {Name: "preferred", Title: "Preferred", Text: true},
			{Name: "lead", Title: "Lead over the next", Decimals: -1}, {Name: "lead_low", Title: "low", Decimals: -1}, {Name: "lead_high", Title: "high", Decimals: -1}}}
	for _, id := range x.strategies {
		detail.Columns = append(detail.Columns, finding.Column{Name: "mean_" + id, Title: id, Decimals: -1})
	}
	type flipped struct {
		row      []any
		clear    bool
		strength float64
		cells    []chart.Cell
		title    string
		u        int
	}
	var found []flipped
	for u := range x.draws {
		name := x.c.Uncertainties[u].Name()
		groups := x.groups(u, all, o.Groups)
		if len(groups) < 2 {
			f.Notes = append(f.Notes, name+" has the same value in every future.")
			continue
		}
		var best []int
		var cells []chart.Cell
		for _, g := range groups {
			b := x.best(g.futures)
			best = append(best, b)
			closest := lead{mean: math.Inf(1)}
			for s := range x.strategies {
				if l := x.lead(b, s, g.futures); s != b && l.mean < closest.mean {
					closest = l
				}
			}
			row := []any{name + ": " + g.name, x.c.Uncertainties[u].Variable, g.low, g.high, float64(len(g.futures)), x.strategies[b], closest.mean, closest.low(), closest.high()}
			for s, id := range x.strategies {
				v := mean(x.y[s], g.futures)
				row = append(row, v)
				cells = append(cells, chart.Cell{Column: g.name, Row: id, Value: v, Text: x.text(v)})
			}
			detail.Rows = append(detail.Rows, row)
		}
		if slices.Min(best) == slices.Max(best) {
			continue
		}
		// The strongest pair of groups with different answers.
		strength, where, from, to := 0.0, "", best[0], best[len(best)-1]
		for a := range groups {
			for b := a + 1; b < len(groups); b++ {
				if best[a] == best[b] {
					continue
				}
				la, lb := x.lead(best[a], best[b], groups[a].futures), x.lead(best[b], best[a], groups[b].futures)
				if z := math.Min(la.sure(), lb.sure()); z > strength || where == "" {
					strength, from, to = z, best[a], best[b]
					where = x.crossing(u, groups, best, a, b)
				}
			}
		}
		found = append(found, flipped{[]any{name, x.c.Uncertainties[u].Variable, x.strategies[from], x.strategies[to], where, yesNo(strength > clearFrom), strength}, strength > clearFrom, strength, cells, name, u})
	}
	slices.SortStableFunc(found, func(a, b flipped) int {
		switch {
		case a.strength > b.strength:
			return -1
		case a.strength < b.strength:
			return 1
		}
		return 0
	})
	clear := 0
	for i, x := range found {
		flips.Rows = append(flips.Rows, x.row)
		if x.clear {
			clear++
		}
		if i < 4 {
			f.Figures = append(f.Figures, finding.Figure{Title: "Along: " + x.title, Measure: "Mean in each part of the range; darker is higher", Source: "Same futures under every strategy.", Spec: chart.Cells(x.cells, "Means of the strategies along "+x.title)})
		}
	}
	switch {
	case clear > 0:
		first := found[0].row
		f.Title = fmt.Sprintf("The preferred strategy changes clearly along %d of %d uncertainties, most along %s: %v to %v at %v", clear, len(x.draws), found[0].title, first[2], first[3], first[4])
	case len(found) > 0:
		f.Title = fmt.Sprintf("%s is preferred overall; no uncertainty alone changes that clearly", x.strategies[overall])
	default:
		f.Title = fmt.Sprintf("%s is preferred in every part of every uncertainty", x.strategies[overall])
	}
	var named []int
	for _, x := range found {
		named = append(named, x.u)
	}
	f.Tables = append(f.Tables, flips, detail)
	explain(f, x.c, named)
	return f, nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (x *met) text(v float64) string {
	if x.target.Event {
		return fmt.Sprintf("%.0f%%", 100*v)
	}
	return finding.Number(v)
}

func mean(y []float64, futures []int) float64 {
	sum := 0.0
	for _, i := range futures {
		sum += y[i]
	}
	return sum / float64(len(futures))
}

func (x *met) means(futures []int) string {
	var parts []string
	for s, id := range x.strategies {
		parts = append(parts, id+" "+x.text(mean(x.y[s], futures)))
	}
	return strings.Join(parts, ", ")
}

func (x *met) best(futures []int) int {
	best := 0
	for s := range x.strategies {
		if x.lead(s, best, futures).mean > 0 {
			best = s
		}
	}
	return best
}

// lead of strategy a over b: the mean paired difference, above 0 when a is better.
func (x *met) lead(a, b int, futures []int) lead {
	l := paired(x.y[a], x.y[b], futures, nil)
	if x.lower {
		l.mean = -l.mean
	}
	return l
}

// groups cuts the futures by one uncertainty: one group an option, or groups of
// about equal size.
func (x *met) groups(u int, futures []int, most int) []group {
	draws := x.draws[u]
	sorted := slices.Clone(futures)
	slices.SortStableFunc(sorted, func(a, b int) int {
		switch {
		case draws[a] < draws[b]:
			return -1
		case draws[a] > draws[b]:
			return 1
		}
		return 0
	})
	var out []group
	if len(x.c.Uncertainties[u].Options) > 0 {
		for _, i := range sorted {
			if n := len(out); n == 0 || out[n-1].low != draws[i] {
				out = append(out, group{name: option(&x.c.Uncertainties[u], draws[i]), low: draws[i], high: draws[i]})
			}
			out[len(out)-1].futures = append(out[len(out)-1].futures, i)
		}
		return out
	}
	if draws[sorted[0]] == draws[sorted[len(sorted)-1]] {
		return nil
	}
	for k := range most {
		part := sorted[len(sorted)*k/most : len(sorted)*(k+1)/most]
		low, high := draws[part[0]], draws[part[len(part)-1]]
		out = append(out, group{name: finding.Number(low) + " to " + finding.Number(high), low: low, high: high, futures: part})
	}
	return out
}

// crossing says where between two groups the answer changes.
func (x *met) crossing(u int, groups []group, best []int, a, b int) string {
	if len(x.c.Uncertainties[u].Options) > 0 {
		return fmt.Sprintf("%s, %s", groups[a].name, groups[b].name)
	}
	last := a
	for k := a; k <= b; k++ {
		if best[k] == best[a] {
			last = k
		}
	}
	_, unit := x.c.Meaning(&x.c.Uncertainties[u])
	if unit != "" {
		unit = " " + unit
	}
	return finding.Number(groups[min(last+1, b)].low) + unit
}
