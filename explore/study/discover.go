package study

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/explore/discovery"
	"handover/explore/finding"
)

// BoxEffort says how many boxes are looked for and in how many random halves of
// the futures they are tested.
type BoxEffort struct {
	Boxes     int
	Resamples int
	// Greedy takes the density of what is left as the objective of peeling.
	Greedy bool
	// LeastMass is the share of futures that a box must keep; 0 for the default.
	LeastMass float64
}

// Discover says in which futures of a run an event happens, under one strategy:
// boxes by PRIM, leaves by CART and a logistic rule on rotated axes.
func Discover(r *Run, strategy string, t Target, e BoxEffort, version string) (*finding.Finding, error) {
	k, err := r.strategy(strategy)
	if err != nil {
		return nil, err
	}
	if !t.Event {
		return nil, wrong("%s is a value; say with --above or --below when it counts as failed", t.Outcome.ID)
	}
	id, m := r.Tables.Manifest.Strategies[k], r.Tables.Manifest
	f := &finding.Finding{Verb: "explore discover", Case: r.Case.Title, Fingerprint: r.fingerprint(version)}
	factors, cases := r.points(k, t, f)
	if len(cases) == 0 {
		return nil, wrong("every future of the run holds values that are not finite: nothing can be said")
	}
	d, err := discovery.NewData(factors, cases)
	switch {
	case errors.Is(err, discovery.ErrNever):
		return nil, wrong("under %s, %s happens in none of %d futures: there is nothing to tell apart; choose another month, threshold or strategy", id, t.Words(), len(cases))
	case errors.Is(err, discovery.ErrAlways):
		return nil, wrong("under %s, %s happens in all of %d futures: there is nothing to tell apart; choose another month, threshold or strategy", id, t.Words(), len(cases))
	case err != nil:
		return nil, wrong("%w", err)
	}
	peeling := discovery.Peeling{Boxes: e.Boxes, LeastMass: e.LeastMass}
	if e.Greedy {
		peeling.Objective = discovery.Greedy
	}
	boxes, err := d.PRIM(peeling)
	if err != nil {
		return nil, wrong("%w", err)
	}
	overall := discovery.ShareOf(d.Cases(), d.Points())
	f.Lead = []string{fmt.Sprintf("Under %s, %s happens in %d of %d futures: %.0f%% (80%% interval %.0f to %.0f).", id, t.Words(), d.Cases(), d.Points(), 100*overall.Middle, 100*overall.Low, 100*overall.High)}
	w := &wording{c: r.Case, factors: factors}
	if len(boxes) == 0 || len(boxes[0].Chosen.Limits) == 0 {
		f.Title = fmt.Sprintf("No box of uncertainties tells the futures with %s from the others", t.Words())
	} else {
		c := boxes[0].Chosen
		inside := discovery.ShareOf(c.Cases, c.Points)
		f.Title = fmt.Sprintf("%s fails when %s", id, w.box(c))
		f.Lead = append(f.Lead, fmt.Sprintf("In that box it happens in %.0f%% of the futures (%.0f to %.0f), against %.0f%% in all; the box holds %.0f%% of all such futures and %.0f%% of futures.",
			100*inside.Middle, 100*inside.Low, 100*inside.High, 100*overall.Middle, 100*c.Coverage, 100*c.Mass))
	}
	if err := primTables(f, d, boxes, w, peeling, e, m.Seed); err != nil {
		return nil, err
	}
	if err := cartTable(f, d, w, e); err != nil {
		return nil, err
	}
	logisticTable(f, d, w)
	explain(f, r.Case, w.named)
	if len(boxes) > 0 && boxes[0].Peeling.Factors != nil {
		f.Notes = append(f.Notes, fmt.Sprintf("Boxes restrict only the %d of %d uncertainties that differ between such futures and others on their own: that held up better in the half of the futures that boxes were not made from. What matters only together with others may be missed; CART looks at all.", len(boxes[0].Peeling.Factors), len(factors)))
	}
	f.Notes = append(f.Notes, "Coverage: share of all such futures inside. Density: share of futures inside in which it happens. A box describes the futures of this run; it is no cause.")
	return f, nil
}

// points are the uncertainties as factors and the event, without bad futures.
// Constant columns are left out and noted.
func (r *Run) points(strategy int, t Target, f *finding.Finding) ([]discovery.Factor, []bool) {
	m := r.Tables.Manifest
	var cases []bool
	var kept []int
	for i := range m.Futures {
		if !r.Tables.Bad[strategy][i] {
			kept = append(kept, i)
			cases = append(cases, t.Happens(r.Tables.Outcomes[strategy][t.Index][i]))
		}
	}
	if left := m.Futures - len(kept); left > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d of %d futures hold values that are not finite and are left out.", left, m.Futures))
	}
	var factors []discovery.Factor
	for u, draws := range r.Tables.Draws {
		x := discovery.Factor{Name: r.Case.Uncertainties[u].Variable}
		for _, i := range kept {
			x.Values = append(x.Values, draws[i])
		}
		switch r.Case.Uncertainties[u].Distribution {
		case "categorical":
			x.Kind = discovery.Categorical
		case "discrete":
			x.Kind = discovery.Integer
			for _, v := range x.Values {
				if v != math.Trunc(v) {
					x.Kind = discovery.Real
					break
				}
			}
		}
		if len(x.Values) > 0 && constant(x.Values) {
			f.Notes = append(f.Notes, fmt.Sprintf("%s has the same value in every future and tells none apart.", r.Case.Uncertainties[u].Name()))
			continue
		}
		factors = append(factors, x)
	}
	return factors, cases
}

// wording puts boxes into words.
type wording struct {
	c       *casefile.Case
	factors []discovery.Factor
	// named are the places in the case of the uncertainties that the words name, in
	// the order of their first mention.
	named []int
}

// uncertainty is that of a factor, about to be named.
func (w *wording) uncertainty(factor int) *casefile.Uncertainty {
	i := slices.IndexFunc(w.c.Uncertainties, func(u casefile.Uncertainty) bool { return u.Variable == w.factors[factor].Name })
	if !slices.Contains(w.named, i) {
		w.named = append(w.named, i)
	}
	return &w.c.Uncertainties[i]
}

func (w *wording) limit(l discovery.Limit) string {
	u := w.uncertainty(l.Factor)
	name := u.Name()
	_, unit := w.c.Meaning(u)
	if unit != "" {
		unit = " " + unit
	}
	if len(l.Options) > 0 {
		var names []string
		for _, v := range l.Options {
			names = append(names, "“"+option(u, v)+"”")
		}
		return name + " is " + strings.Join(names, " or ")
	}
	low, high := !math.IsInf(l.Low, 0), !math.IsInf(l.High, 0)
	switch {
	case low && high:
		return fmt.Sprintf("%s is between %s and %s%s", name, finding.Number(l.Low), finding.Number(l.High), unit)
	case low:
		return fmt.Sprintf("%s is above %s%s", name, finding.Number(l.Low), unit)
	}
	return fmt.Sprintf("%s is below %s%s", name, finding.Number(l.High), unit)
}

func (w *wording) box(b discovery.Box) string {
	var parts []string
	for _, l := range b.Limits {
		parts = append(parts, w.limit(l))
	}
	if len(parts) == 0 {
		return "nothing in particular holds"
	}
	return strings.Join(parts, " and ")
}

func primTables(f *finding.Finding, d *discovery.Data, boxes []discovery.Found, w *wording, peeling discovery.Peeling, e BoxEffort, seed uint64) error {
	limits := finding.Table{ID: "prim-limits", Title: "The boxes, limit by limit",
		Note: "Quasi-p: the chance of so many cases were the limit of no use; small speaks for it. Chosen in halves: share of random halves of the futures in which a box of the same coverage, or density, restricts the uncertainty too.",
		Columns: []finding.Column{{Name: "limit", Title: "Limit", Text: true}, {Name: "box", Title: "Box", Decimals: 0}, {Name: "uncertainty", Text: true, Hidden: true},
			{Name: "low", Hidden: true}, {Name: "high", Hidden: true}, {Name: "quasi_p", Title: "Quasi-p", Decimals: -1},
			{Name: "halves_coverage", Title: "Chosen in halves, by coverage", Percent: true}, {Name: "halves_density", Title: "by density", Percent: true}}}
	summary := finding.Table{ID: "prim-boxes", Title: "Boxes found by PRIM",
		Columns: []finding.Column{{Name: "box", Title: "Box", Text: true}, {Name: "coverage", Title: "Coverage", Percent: true}, {Name: "density", Title: "Density", Percent: true},
			{Name: "density_low", Title: "low", Percent: true}, {Name: "density_high", Title: "high", Percent: true}, {Name: "mass", Title: "Share of futures", Percent: true}, {Name: "limits", Title: "Limits", Decimals: 0}}}
	trade := finding.Table{ID: "prim-trade-off", Title: "Other compromises on the way to each box", Most: 12,
		Note:    "Each peeling step is a box of its own: fewer limits cover more, more limits are denser.",
		Columns: []finding.Column{{Name: "step", Title: "Step", Text: true}, {Name: "coverage", Title: "Coverage", Percent: true}, {Name: "density", Title: "Density", Percent: true}, {Name: "mass", Title: "Share of futures", Percent: true}, {Name: "limits", Title: "Limits", Decimals: 0}, {Name: "words", Title: "In words", Text: true, Hidden: true}}}
	var spots []chart.Spot
	for i, b := range boxes {
		c := b.Chosen
		inside := discovery.ShareOf(c.Cases, c.Points)
		summary.Add(fmt.Sprintf("%d: %s", i+1, w.box(c)), c.Coverage, c.Density, inside.Low, inside.High, c.Mass, float64(len(c.Limits)))
		support, err := d.Resample(c, b.Peeling, e.Resamples, seed)
		if err != nil {
			return wrong("%w", err)
		}
		for _, l := range c.Limits {
			coverage, density := 0.0, 0.0
			for _, s := range support {
				if s.Factor == l.Factor {
					coverage, density = s.Coverage, s.Density
				}
			}
			limits.Add(w.limit(l), float64(i+1), w.factors[l.Factor].Name, l.Low, l.High, l.QuasiP, coverage, density)
		}
		for step, x := range b.Trajectory {
			trade.Add(fmt.Sprintf("box %d, step %d", i+1, step), x.Coverage, x.Density, x.Mass, float64(len(x.Limits)), w.box(x))
			spots = append(spots, chart.Spot{X: x.Coverage, Y: x.Density, Group: fmt.Sprintf("box %d", i+1)})
		}
		spots = append(spots, chart.Spot{X: c.Coverage, Y: c.Density, Group: fmt.Sprintf("box %d, chosen", i+1), Label: "chosen"})
	}
	f.Tables = append(f.Tables, summary, limits, trade)
	f.Figures = append(f.Figures, finding.Figure{Title: "Coverage against density", Measure: "Each point is a box on the way of peeling and pasting", Source: fmt.Sprintf("PRIM on %d futures, %d of them cases.", d.Points(), d.Cases()),
		Spec: chart.Spots(spots, "coverage", ".0%", "density", ".0%", false, "Trade-off between coverage and density")})
	return nil
}

func cartTable(f *finding.Finding, d *discovery.Data, w *wording, e BoxEffort) error {
	leaves, err := d.CART(discovery.Growth{LeastMass: e.LeastMass})
	if err != nil {
		return wrong("%w", err)
	}
	t := finding.Table{ID: "cart", Title: "The same by CART: leaves of a classification tree, densest first", Most: 8,
		Columns: []finding.Column{{Name: "leaf", Title: "Leaf", Text: true}, {Name: "coverage", Title: "Coverage", Percent: true}, {Name: "density", Title: "Density", Percent: true}, {Name: "mass", Title: "Share of futures", Percent: true}}}
	for _, l := range leaves {
		t.Add(w.box(l), l.Coverage, l.Density, l.Mass)
	}
	f.Tables = append(f.Tables, t)
	return nil
}

func logisticTable(f *finding.Finding, d *discovery.Data, w *wording) {
	rule, err := d.Logistic()
	if err != nil {
		f.Notes = append(f.Notes, "No logistic rule: "+err.Error()+".")
		return
	}
	t := finding.Table{ID: "logistic", Title: "The same as a weighted sum: logistic regression on rotated axes", Most: 8,
		Note: fmt.Sprintf("Change of the log odds for one standard deviation. The rule explains %.0f%% of deviance with %d rotated components; above a chance of %.0f%% it says yes, with coverage %.0f%% and density %.0f%%.",
			100*rule.Explained, rule.Components, 100*rule.Threshold, 100*rule.Coverage, 100*rule.Density),
		Columns: []finding.Column{{Name: "uncertainty", Title: "Uncertainty", Text: true}, {Name: "weight", Title: "Weight", Decimals: 2}}}
	for _, i := range order(len(rule.Weights), func(i int) float64 { return math.Abs(rule.Weights[i]) }) {
		if rule.Weights[i] != 0 {
			t.Add(w.uncertainty(i).Name(), rule.Weights[i])
		}
	}
	f.Tables = append(f.Tables, t)
}
