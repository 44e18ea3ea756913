package study

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/explore/finding"
	"handover/explore/search"
	"handover/random"
)

// freshSeed is what is added to the seed for the futures in which plans are
// tried again: the search has not seen them.
const freshSeed = 0x5eed

// band is a value with its 80% bootstrap interval over futures.
type band struct{ low, middle, high float64 }

// Searched tells what a search found: its plans, tried again in fresh futures, with
// intervals and by structural alternative, and how the search converged. The
// second result are the plans as strategies.
func Searched(ctx context.Context, set Setting, s *Search, e SearchEffort, state *SearchState) (*finding.Finding, []casefile.Strategy, error) {
	all := state.merged(s)
	evaluations := 0
	for _, x := range state.Seeds {
		if x != nil {
			evaluations += x.Evaluations
		}
	}
	if len(all) == 0 {
		text := fmt.Sprintf("none of %d candidates keeps all constraints", evaluations)
		if near := state.nearest(); near != nil {
			text += fmt.Sprintf("; the nearest breaks them by %s of their bounds in sum: loosen a bound, widen the levers or search longer", finding.Number(near.Violation))
		} else {
			text += ", and in all of them some measure has no finite value"
		}
		return nil, nil, wrong("search %s: %s", s.ID, text)
	}
	plans := chosen(all, e.Plans)
	j, err := newJudge(ctx, set, s, e.Check, set.Evaluate.Seed+freshSeed)
	if err != nil {
		return nil, nil, err
	}
	points := make([][]float64, len(plans))
	for i, p := range plans {
		points[i] = p.X
	}
	y, bad, err := j.outcomes(ctx, points)
	if err != nil {
		return nil, nil, err
	}
	f := &finding.Finding{Verb: "search " + s.ID, Case: set.Case.Title, Fingerprint: set.fingerprint(
		fmt.Sprintf("Search %s, key %s: %d seeds, %d evaluations x %d futures, checked in %d fresh futures", s.ID, state.Key, len(state.Seeds), evaluations, e.Futures, e.Check))}
	told := tell{set, s, j, plans, y, bad, f}
	told.plans(len(all))
	told.alternatives()
	told.convergence(state)
	var strategies []casefile.Strategy
	for i, p := range plans {
		t := s.strategy(set.Case, planID(s, i), fmt.Sprintf("%s, plan %d", s.ID, i+1), p.X)
		t.Description = strings.TrimSpace(s.Question) + " Found by search " + s.ID + "."
		strategies = append(strategies, t)
	}
	f.Files = map[string][]byte{"plans.yaml": planText(strategies)}
	return f, strategies, nil
}

// planText writes plans as a list under the key of strategies.yaml.
func planText(plans []casefile.Strategy) []byte {
	var b strings.Builder
	b.WriteString("strategies:\n")
	for i := range plans {
		b.WriteString(plans[i].YAML(""))
	}
	return []byte(b.String())
}

func planID(s *Search, i int) string { return fmt.Sprintf("%s-%d", s.ID, i+1) }

// tell puts plans into tables.
type tell struct {
	set   Setting
	s     *Search
	j     *judge
	found []*search.Solution
	y     [][][]float64
	bad   [][]bool
	f     *finding.Finding
}

// measures are all that is told of a plan, each once.
func (t tell) measures() []*Measure {
	var out []*Measure
	add := func(m *Measure) {
		if !slices.ContainsFunc(out, func(o *Measure) bool { return o.name() == m.name() }) {
			out = append(out, m)
		}
	}
	for i := range t.s.Objectives {
		add(&t.s.Objectives[i])
	}
	for i := range t.s.Constraints {
		add(&t.s.Constraints[i].Measure)
	}
	for i := range t.s.Report {
		add(&t.s.Report[i])
	}
	return out
}

// band is a measure of a plan over the fresh futures, with its interval.
func (t tell) band(m *Measure, plan int) band {
	value := t.j.measure(m, t.found[plan].X, t.y[plan], t.bad[plan], t.j.kept)
	const samples = 200
	draws := make([]float64, 0, samples)
	pick := make([]int, len(t.j.kept))
	for b := range samples {
		stream := random.At(t.set.Evaluate.Seed, uint32(b), 0, random.Site("search bootstrap"))
		for i := range pick {
			pick[i] = t.j.kept[min(int(stream.Uniform()*float64(len(pick))), len(pick)-1)]
		}
		if v := t.j.measure(m, t.found[plan].X, t.y[plan], t.bad[plan], pick); v == v {
			draws = append(draws, v)
		}
	}
	if len(draws) == 0 {
		return band{math.NaN(), value, math.NaN()}
	}
	slices.Sort(draws)
	return band{draws[len(draws)/10], value, draws[len(draws)-1-len(draws)/10]}
}

func (t tell) unit(m *Measure) string {
	if m.Lever != "" {
		for _, l := range t.s.Levers {
			if strings.EqualFold(l.Name, m.Lever) {
				return shownUnit(l.Unit)
			}
		}
	}
	if m.Measure == "chance" {
		return ""
	}
	o := t.set.Case.Outcome(m.Outcome)
	if m.Per != "" {
		return o.Unit + " per " + t.set.Case.Outcome(m.Per).Unit
	}
	return shownUnit(o.Unit)
}

func (t tell) text(m *Measure, v float64) string {
	switch {
	case v != v:
		return "none"
	case m.Measure == "chance" && m.Against != "":
		return fmt.Sprintf("%+.1f points", 100*v)
	case m.Measure == "chance":
		return fmt.Sprintf("%.1f%%", 100*v)
	}
	text := finding.Number(v)
	if math.Abs(v) < 1e-4 && v != 0 {
		text = fmt.Sprintf("%.3g", v)
	}
	if u := t.unit(m); u != "" {
		text += " " + u
	}
	return text
}

// holds says whether a plan keeps a constraint in the fresh futures, and surely so.
func holds(c *Constraint, b band) (yes, sure bool) {
	yes, sure = true, true
	if c.Most != nil {
		yes, sure = b.middle <= *c.Most, b.high <= *c.Most
	}
	if c.Least != nil {
		yes, sure = yes && b.middle >= *c.Least, sure && b.low >= *c.Least
	}
	return yes, sure
}

func (t tell) plans(compromises int) {
	measures := t.measures()
	table := finding.Table{ID: "plans", Title: "The plans, tried again in futures that the search has not seen",
		Note:    "Each value with its 80% bootstrap interval; differences are paired by future.",
		Columns: []finding.Column{{Name: "what", Title: "Plan", Text: true}, {Name: "measure", Text: true, Hidden: true}}}
	// Readers see plans as columns; files have one row a plan and measure.
	long := finding.Table{ID: "measures", Title: "Measures, one row a plan and measure", Most: 1,
		Columns: []finding.Column{{Name: "plan", Title: "Plan", Text: true}, {Name: "measure", Title: "Measure", Text: true}, {Name: "value", Title: "Value", Decimals: -1}, {Name: "low", Title: "low", Decimals: -1}, {Name: "high", Title: "high", Decimals: -1}, {Name: "searched", Title: "In the search", Decimals: -1}}}
	for i := range t.found {
		table.Columns = append(table.Columns, finding.Column{Name: planID(t.s, i), Title: planID(t.s, i), Text: true})
	}
	for l, lever := range t.s.Levers {
		row := []any{lever.Name, "lever"}
		for _, p := range t.found {
			row = append(row, strings.TrimSpace(finding.Number(lever.value(p.X[l]))+" "+shownUnit(lever.Unit)))
		}
		table.Rows = append(table.Rows, row)
	}
	bands := make([][]band, len(measures))
	for k, m := range measures {
		row := []any{m.name(), "measure"}
		for i := range t.found {
			b := t.band(m, i)
			bands[k] = append(bands[k], b)
			row = append(row, fmt.Sprintf("%s (%s to %s)", t.text(m, b.middle), t.short(m, b.low), t.short(m, b.high)))
			inside := math.NaN()
			if k < len(t.s.Objectives) {
				inside = t.found[i].Objectives[k]
				if m.direction(t.set.Case) == "higher" {
					inside = -inside
				}
			}
			long.Add(planID(t.s, i), m.name(), b.middle, b.low, b.high, inside)
		}
		if m.Lever == "" { // a lever has its row above
			table.Rows = append(table.Rows, row)
		}
	}
	keeps := make([]bool, len(t.found))
	sure := make([]bool, len(t.found))
	row := []any{"keeps the constraints", "constraints"}
	for i := range t.found {
		keeps[i], sure[i] = true, true
		for c := range t.s.Constraints {
			for k, m := range measures {
				if m.name() == t.s.Constraints[c].name() {
					yes, certain := holds(&t.s.Constraints[c], bands[k][i])
					keeps[i], sure[i] = keeps[i] && yes, sure[i] && certain
				}
			}
		}
		switch {
		case sure[i]:
			row = append(row, "yes, with the whole interval")
		case keeps[i]:
			row = append(row, "yes, but not with the whole interval")
		default:
			row = append(row, "no")
		}
	}
	if len(t.s.Constraints) > 0 {
		table.Rows = append(table.Rows, row)
	}
	t.f.Tables = append(t.f.Tables, table, long)
	t.lead(measures, bands, keeps, compromises)
	t.figures(measures, bands)
}

func (t tell) short(m *Measure, v float64) string {
	return strings.TrimSuffix(strings.TrimSuffix(t.text(m, v), " "+t.unit(m)), " points")
}

// lead says which plan is best in each objective among those that keep the
// constraints in fresh futures.
func (t tell) lead(measures []*Measure, bands [][]band, keeps []bool, compromises int) {
	kept := 0
	for _, k := range keeps {
		if k {
			kept++
		}
	}
	t.f.Lead = append(t.f.Lead, strings.TrimSpace(t.s.Question))
	t.f.Lead = append(t.f.Lead, fmt.Sprintf("Compromises found: %d. Told here: %d, of which %d keep all constraints in fresh futures.", compromises, len(t.found), kept))
	t.f.Title = fmt.Sprintf("No plan of search %s keeps its constraints in fresh futures", t.s.ID)
	for k, m := range measures {
		if k >= len(t.s.Objectives) && m.Per == "" {
			continue
		}
		best := -1
		for i := range t.found {
			v := bands[k][i].middle
			higher := m.direction(t.set.Case) == "higher"
			if keeps[i] && v == v && (best < 0 || higher && v > bands[k][best].middle || !higher && v < bands[k][best].middle) {
				best = i
			}
		}
		if best < 0 {
			continue
		}
		var levers []string
		for l, lever := range t.s.Levers {
			levers = append(levers, fmt.Sprintf("%s %s", lever.Name, strings.TrimSpace(finding.Number(lever.value(t.found[best].X[l]))+" "+shownUnit(lever.Unit))))
		}
		b := bands[k][best]
		line := fmt.Sprintf("Best on %s among those: %s with %s (80%% interval %s to %s)", m.name(), planID(t.s, best), t.text(m, b.middle), t.short(m, b.low), t.short(m, b.high))
		if k == 0 {
			t.f.Title = line
		}
		t.f.Lead = append(t.f.Lead, line+": "+strings.Join(levers, ", ")+".")
	}
}

func (t tell) figures(measures []*Measure, bands [][]band) {
	for k := 1; k < len(t.s.Objectives); k++ {
		var spots []chart.Spot
		for i := range t.found {
			spots = append(spots, chart.Spot{X: bands[0][i].middle, Y: bands[k][i].middle, Group: "plan", Label: planID(t.s, i)})
		}
		t.f.Figures = append(t.f.Figures, finding.Figure{Title: measures[0].name() + " against " + measures[k].name(), Measure: "One point a plan, in fresh futures", Source: fmt.Sprintf("%d futures.", len(t.j.kept)),
			Spec: chart.Spots(spots, strings.TrimSuffix(measures[0].name()+", "+t.unit(measures[0]), ", "), chart.Plain, strings.TrimSuffix(measures[k].name()+", "+t.unit(measures[k]), ", "), chart.Plain, false, "Plans by two objectives")})
	}
}

// alternatives tells the measures under each structural alternative.
func (t tell) alternatives() {
	measures := t.measures()
	table := finding.Table{ID: "alternatives", Title: "The same under each structural alternative", Most: 60,
		Note:    "Fresh futures that share the alternative, at the middle of the interval; files have the interval's ends as well.",
		Columns: []finding.Column{{Name: "what", Title: "Alternative", Text: true}, {Name: "measure", Text: true, Hidden: true}, {Name: "futures", Title: "Futures", Decimals: 0}}}
	for i := range t.found {
		table.Columns = append(table.Columns, finding.Column{Name: planID(t.s, i), Title: planID(t.s, i), Text: true})
	}
	structural := false
	point := make([]float64, len(t.set.Case.Uncertainties))
	for u, x := range t.set.Case.Uncertainties {
		if !x.Structural {
			continue
		}
		structural = true
		for _, o := range x.Options {
			var futures []int
			for _, i := range t.j.kept {
				if t.j.d.Point(i, point); point[u] == o.Value {
					futures = append(futures, i)
				}
			}
			if len(futures) < 2 {
				continue
			}
			inside := t
			j := *t.j
			j.kept = futures
			inside.j = &j
			for _, m := range measures {
				if m.Lever != "" {
					continue
				}
				row := []any{x.Name() + ": " + option(&x, o.Value) + ", " + m.name(), m.name(), float64(len(futures))}
				for i := range t.found {
					b := inside.band(m, i)
					row = append(row, fmt.Sprintf("%s (%s to %s)", t.text(m, b.middle), t.short(m, b.low), t.short(m, b.high)))
				}
				table.Rows = append(table.Rows, row)
			}
		}
	}
	if !structural {
		t.f.Notes = append(t.f.Notes, "The case has no structural uncertainties, so no alternatives are told apart.")
		return
	}
	t.f.Tables = append(t.f.Tables, table)
}

// convergence tells the share of the hypervolume of all compromises that each
// seed had reached, the distance to them, and ε-progress.
func (t tell) convergence(state *SearchState) {
	all := feasible(state.merged(t.s))
	reference := slices.Clone(all[0])
	low := slices.Clone(all[0])
	for k := range state.Seeds {
		for _, m := range state.course(k) {
			for _, p := range m.Front {
				for k, v := range p {
					reference[k], low[k] = math.Max(reference[k], v), math.Min(low[k], v)
				}
			}
		}
	}
	scale := func(points [][]float64) [][]float64 {
		var out [][]float64
		for _, p := range points {
			q := make([]float64, len(p))
			for k, v := range p {
				if reference[k] > low[k] {
					q[k] = (v - low[k]) / (reference[k] - low[k])
				}
			}
			out = append(out, q)
		}
		return out
	}
	corner := make([]float64, len(reference))
	for k := range corner {
		corner[k] = 1.05
	}
	whole := search.Hypervolume(scale(all), corner)
	table := finding.Table{ID: "convergence", Title: "How the search converged", Most: 45,
		Note: "Hypervolume: share of that of all compromises together. Distance: mean distance of a seed's compromises to those, in shares of each objective's range. ε-progress: solutions that opened a new box of the archive.",
		Columns: []finding.Column{{Name: "seed", Title: "Seed and evaluations", Text: true}, {Name: "evaluations", Hidden: true}, {Name: "compromises", Title: "Compromises", Decimals: 0}, {Name: "hypervolume", Title: "Hypervolume", Decimals: 3},
			{Name: "distance", Title: "Distance", Decimals: 3}, {Name: "progress", Title: "ε-progress", Decimals: 0}, {Name: "restarts", Title: "Restarts", Decimals: 0}}}
	var spots []chart.Spot
	for k := range state.Seeds {
		seed := state.course(k)
		name := fmt.Sprintf("seed %d", k+1)
		for i, m := range seed {
			volume, distance := 0.0, math.NaN()
			if len(m.Front) > 0 {
				volume = search.Hypervolume(scale(m.Front), corner) / whole
				distance = search.GenerationalDistance(scale(m.Front), scale(all))
			}
			if (len(seed)-1-i)%4 == 0 {
				table.Add(fmt.Sprintf("%s, %s", name, finding.Grouped(fmt.Sprint(m.Evaluations))), float64(m.Evaluations), float64(len(m.Front)), volume, distance, float64(m.Improvements), float64(m.Restarts))
			}
			spots = append(spots, chart.Spot{X: float64(m.Evaluations), Y: volume, Group: name})
		}
	}
	t.f.Tables = append(t.f.Tables, table)
	t.f.Figures = append(t.f.Figures, finding.Figure{Title: "Convergence", Measure: "Share of the hypervolume of all compromises, by evaluations", Source: "One line a seed; seeds that end together agree.",
		Spec: chart.Spots(spots, "evaluations", ",d", "hypervolume", ".0%", true, "Hypervolume by evaluations")})
	if len(state.Seeds) < 2 {
		t.f.Notes = append(t.f.Notes, "One seed only: whether another would find the same cannot be seen; --seeds 2 tells.")
	}
}
