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
)

// CompareOptions say what strategies are compared by when something is set
// otherwise than in the ensemble.
type CompareOptions struct {
	// Strategies are ids; the first is the one that charts show.
	Strategies []string
	// Outcomes are ids; all of which the case says what is better when empty.
	Outcomes []string
	Futures  int
	// Tail is where the ends of an assumed parameter lie: at this quantile and at 1
	// less it. Assumptions alone uses it.
	Tail float64
}

// assumed is the label of a parameter that no data stand behind.
const assumed = "assumed"

// moved is what is moved to an end together.
type moved struct {
	name string
	// kind is one, sector or all.
	kind  string
	parts []int // uncertainties
}

// Assumptions moves the parameters labelled assumed to their low and their high
// ends, one at a time, by sector of the model and all together, with everything
// else as ever, and says what changes. Structures and what the case's posterior
// holds stay as they are.
func Assumptions(ctx context.Context, s Setting, o CompareOptions) (*finding.Finding, error) {
	moves, single, left := assumptions(s.Case)
	if single == 0 {
		return nil, wrong("the case %s has no uncertainty labelled assumed that is neither a structure nor calibrated", s.Case.Name)
	}
	t, err := targets(s.Case, o.Outcomes, s.horizon())
	if err != nil {
		return nil, err
	}
	factors, _, err := s.Case.Factors()
	if err != nil {
		return nil, err
	}
	ways := []variant{{}}
	for _, m := range moves {
		for _, at := range []float64{o.Tail, 1 - o.Tail} {
			ways = append(ways, variant{set: func(point []float64) {
				for _, u := range m.parts {
					point[u] = factors[u].Distribution.Quantile(at)
				}
			}})
		}
	}
	v, err := runVariants(ctx, s, t, o.Strategies, ways, o.Futures)
	if err != nil {
		return nil, err
	}
	x := &shifted{variants: v, moves: moves, clear: bar(len(t) * len(o.Strategies) * 2 * len(moves))}
	f := &finding.Finding{Verb: "explore assumptions", Case: s.Case.Title, Notes: v.notes(),
		Fingerprint: s.fingerprint(fmt.Sprintf("%d futures x %d strategies x %d ways to set %s", o.Futures, len(o.Strategies), len(ways), numbered(single, "assumed parameter", "assumed parameters")))}
	f.Lead = append(f.Lead, fmt.Sprintf("%s labelled assumed, moved to the %g%% and %g%% points of their distributions in the same %d futures: one at a time, by sector of the model, and all together.", sentence(numbered(single, "parameter", "parameters")), 100*o.Tail, 100*(1-o.Tail), o.Futures))
	clearly := make([]int, len(t))
	for k := range t {
		table, figure, n := x.tornado(k)
		clearly[k] = n
		f.Tables, f.Figures = append(f.Tables, table), append(f.Figures, figure)
		f.Lead = append(f.Lead, x.lead(k, n))
	}
	firsts, changed := x.firsts()
	f.Tables = append([]finding.Table{x.together(), firsts}, f.Tables...)
	explain(f, s.Case, x.named)
	f.Title = fmt.Sprintf("Of %s, %d move an outcome clearly when moved alone; first place changes clearly in %d of %d comparisons", numbered(single, "assumed parameter", "assumed parameters"), x.movers(), changed, 2*len(moves)*len(t))
	if left > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("Left as ever: %d more labelled assumed, which are structures (see explore structures) or come from the posterior.", left))
	}
	if idle := x.idle(); len(idle) > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("Without any effect at either end: %s.", strings.Join(idle, ", ")))
	}
	f.Notes = append(f.Notes,
		"Intervals are 80% intervals of the mean of paired differences, in the same futures with the same chance; futures that share a draw of the posterior count as one.",
		fmt.Sprintf("Clear: more than %.1f standard errors, which chance alone would bring about in 1 of 20 such families of tests.", x.clear),
		"A parameter moved alone keeps no correlation with others. The ends of an assumed range are assumed, too.")
	return f, nil
}

// numbered writes a number with its noun.
func numbered(n int, noun, plural string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %s", n, plural)
}

// assumptions lists what is moved: each assumed parameter, each sector with two or
// more, and all; how many parameters that is, and how many are left out.
func assumptions(c *casefile.Case) (moves []moved, single, left int) {
	sectors := map[string]*moved{}
	var order []string
	all := moved{name: "all together", kind: "all"}
	for i, u := range c.Uncertainties {
		if u.Label != assumed {
			continue
		}
		if u.Structural || c.Posterior.Column(u.Variable) >= 0 {
			left++
			continue
		}
		moves = append(moves, moved{u.Name(), "one", []int{i}})
		all.parts = append(all.parts, i)
		sector := ""
		if v := c.Varied(&u); v != nil {
			sector = v.Sector
		}
		if sector == "" {
			continue
		}
		if sectors[sector] == nil {
			sectors[sector] = &moved{name: "sector " + sector, kind: "sector"}
			order = append(order, sector)
		}
		sectors[sector].parts = append(sectors[sector].parts, i)
	}
	single = len(moves)
	slices.Sort(order)
	for _, sector := range order {
		if m := sectors[sector]; len(m.parts) > 1 {
			m.name += fmt.Sprintf(" (%d)", len(m.parts))
			moves = append(moves, *m)
		}
	}
	return append(moves, all), single, left
}

// shifted are the variants of moves: variant 0 is as ever, 1 + 2 m the low end of
// move m, and 2 + 2 m the high one.
type shifted struct {
	*variants
	moves []moved
	clear float64
	// named are the uncertainties that charts name, by their places in the case.
	named []int
}

// change of a target under a strategy at an end (0 low, 1 high) of a move.
func (x *shifted) change(m, end, t, k int) lead {
	return paired(x.y[1+2*m+end][t][k], x.y[0][t][k], x.all, x.clusters[0])
}

// size is the larger of the two changes.
func (x *shifted) size(m, t, k int) float64 {
	return math.Max(math.Abs(x.change(m, 0, t, k).mean), math.Abs(x.change(m, 1, t, k).mean))
}

func (x *shifted) clearly(m, t, k int) bool {
	return math.Abs(x.change(m, 0, t, k).sure()) > x.clear || math.Abs(x.change(m, 1, t, k).sure()) > x.clear
}

// movers is how many single parameters move any target under any strategy clearly.
func (x *shifted) movers() int {
	n := 0
	for m := range x.moves {
		any := false
		for t := range x.targets {
			for k := range x.strategies {
				any = any || x.moves[m].kind == "one" && x.clearly(m, t, k)
			}
		}
		if any {
			n++
		}
	}
	return n
}

// idle names the single parameters that change no target in any future, such as
// totals of the base date that the state of a posterior takes the place of.
func (x *shifted) idle() []string {
	var names []string
	for m := range x.moves {
		if x.moves[m].kind != "one" {
			continue
		}
		still := true
		for t := range x.targets {
			for k := range x.strategies {
				for end := range 2 {
					l := x.change(m, end, t, k)
					still = still && l.mean == 0 && l.error == 0
				}
			}
		}
		if still {
			names = append(names, x.moves[m].name)
		}
	}
	return names
}

// tornado is the table and chart of a target; clear is how many single parameters
// move it clearly under the first strategy.
func (x *shifted) tornado(t int) (finding.Table, finding.Figure, int) {
	target := x.targets[t]
	id := target.Outcome.ID
	shown := finding.Column{Unit: target.Unit(), Decimals: -1}
	if target.Event {
		shown = finding.Column{Percent: true}
	}
	column := func(name, title string) finding.Column {
		c := shown
		c.Name, c.Title, c.Unit = name, title, ""
		return c
	}
	table := finding.Table{ID: "assumptions-" + id, Title: fmt.Sprintf("%s under %s: change when moved", sentence(target.Words()), x.strategies[0]), Most: 16,
		Note: fmt.Sprintf("As ever: %s. The file has all of %d rows, under every strategy.", x.text(t, x.mean(0, t, 0)), len(x.moves)*len(x.strategies)),
		Columns: []finding.Column{{Name: "moved", Title: "Moved", Text: true}, {Name: "kind", Hidden: true, Text: true}, {Name: "strategy", Hidden: true, Text: true},
			{Name: "as_ever", Hidden: true}, column("low_end", "At the low end"), column("low_end_from", "from"), column("low_end_to", "to"),
			column("high_end", "At the high end"), column("high_end_from", "from"), column("high_end_to", "to"), {Name: "clear", Title: "Clear", Text: true}}}
	ranked := order(len(x.moves), func(m int) float64 { return x.size(m, t, 0) })
	clear := 0
	var dots []chart.Dot
	drawn := 0
	for k, strategy := range x.strategies {
		for _, m := range ranked {
			low, high := x.change(m, 0, t, k), x.change(m, 1, t, k)
			table.Add(x.moves[m].name, x.moves[m].kind, strategy, x.mean(0, t, k), low.mean, low.low(), low.high(), high.mean, high.low(), high.high(), yesNo(x.clearly(m, t, k)))
			if k > 0 {
				continue
			}
			if x.moves[m].kind == "one" && x.clearly(m, t, k) {
				clear++
			}
			if drawn < 14 {
				drawn++
				if u := x.moves[m].parts[0]; x.moves[m].kind == "one" && !slices.Contains(x.named, u) {
					x.named = append(x.named, u)
				}
				dots = append(dots, chart.Dot{Row: x.moves[m].name, Group: "low end", Low: low.low(), Middle: low.mean, High: low.high()},
					chart.Dot{Row: x.moves[m].name, Group: "high end", Low: high.low(), Middle: high.mean, High: high.high()})
			}
		}
	}
	format, unit := chart.Plain, "change"
	if target.Event {
		format, unit = "+.1%", "change of the chance"
	} else if u := target.Unit(); u != "" {
		unit += ", " + u
	}
	return table, finding.Figure{Title: sentence(target.Words()) + " under " + x.strategies[0], Measure: "Mean paired difference to the ensemble as ever, with 80% interval; the fourteen largest",
		Source: fmt.Sprintf("%d futures.", len(x.all)), Spec: chart.Dots(dots, unit, format, "What moves "+target.Words()+" when moved to an end")}, clear
}

func (x *variants) text(t int, v float64) string {
	if !x.targets[t].Event {
		return finding.Number(v)
	}
	text := fmt.Sprintf("%.1f%%", 100*v)
	if text == "-0.0%" {
		return text[1:]
	}
	return text
}

// lead says what moves a target most.
func (x *shifted) lead(t, clear int) string {
	words := sentence(x.targets[t].Words())
	ranked := order(len(x.moves), func(m int) float64 { return x.size(m, t, 0) })
	for _, m := range ranked {
		if x.moves[m].kind != "one" {
			continue
		}
		at := func(end int) string {
			return x.text(t, x.mean(0, t, 0)+x.change(m, end, t, 0).mean)
		}
		return fmt.Sprintf("%s, %s as ever under %s: %d parameters move it clearly alone, most %s (%s at its low end, %s at its high end).", words, x.text(t, x.mean(0, t, 0)), x.strategies[0], clear, x.moves[m].name, at(0), at(1))
	}
	return words
}

// together is every strategy as ever and with all parameters at an end.
func (x *shifted) together() finding.Table {
	all := len(x.moves) - 1
	table := finding.Table{ID: "assumptions-all", Title: "All moved together", Note: "Change: mean paired difference with its 80% interval.",
		Columns: []finding.Column{{Name: "row", Title: "Outcome, strategy", Text: true}, {Name: "outcome", Hidden: true, Text: true}, {Name: "strategy", Hidden: true, Text: true},
			{Name: "as_ever_shown", Title: "As ever", Text: true}, {Name: "low_shown", Title: "All low: change", Text: true}, {Name: "high_shown", Title: "All high: change", Text: true},
			{Name: "as_ever", Hidden: true}, {Name: "low_end", Hidden: true}, {Name: "low_end_from", Hidden: true}, {Name: "low_end_to", Hidden: true},
			{Name: "high_end", Hidden: true}, {Name: "high_end_from", Hidden: true}, {Name: "high_end_to", Hidden: true}}}
	for t := range x.targets {
		for k, id := range x.strategies {
			low, high := x.change(all, 0, t, k), x.change(all, 1, t, k)
			table.Add(x.targets[t].Outcome.ID+", "+id, x.targets[t].Outcome.ID, id, x.text(t, x.mean(0, t, k)), x.span(t, low), x.span(t, high),
				x.mean(0, t, k), low.mean, low.low(), low.high(), high.mean, high.low(), high.high())
		}
	}
	return table
}

// span writes a difference with its 80% interval.
func (x *variants) span(t int, l lead) string {
	return fmt.Sprintf("%s (%s to %s)", x.text(t, l.mean), x.text(t, l.low()), x.text(t, l.high()))
}

// firsts lists where another strategy comes first than as ever, and how many of
// these changes are clear: both the lead as ever and the one after the move.
func (x *shifted) firsts() (finding.Table, int) {
	table := finding.Table{ID: "assumptions-first", Title: "Where another strategy comes first", Most: 20,
		Note: "Leads are of the one that comes first over the other, with 80% intervals. A lead whose interval holds 0 is a tie.",
		Columns: []finding.Column{{Name: "moved", Title: "Moved", Text: true}, {Name: "end", Title: "End", Text: true}, {Name: "outcome", Title: "Outcome", Text: true},
			{Name: "before", Title: "First as ever", Text: true}, {Name: "before_shown", Title: "its lead", Text: true},
			{Name: "after", Title: "First now", Text: true}, {Name: "after_shown", Title: "its lead", Text: true}, {Name: "clear", Title: "Clear", Text: true},
			{Name: "lead_before", Hidden: true}, {Name: "lead_before_from", Hidden: true}, {Name: "lead_before_to", Hidden: true},
			{Name: "lead_after", Hidden: true}, {Name: "lead_after_from", Hidden: true}, {Name: "lead_after_to", Hidden: true}}}
	clear := 0
	type row struct {
		cells    []any
		strength float64
	}
	var rows []row
	for t := range x.targets {
		before := x.first(0, t)
		for m := range x.moves {
			for end, word := range []string{"low", "high"} {
				w := 1 + 2*m + end
				after := x.first(w, t)
				was, now := x.variants.lead(0, t, before, after), x.variants.lead(w, t, after, before)
				if !(now.mean > 0) { // the same one, or its equal
					continue
				}
				strength := math.Min(was.sure(), now.sure())
				if strength > x.clear {
					clear++
				}
				rows = append(rows, row{[]any{x.moves[m].name, word, x.targets[t].Outcome.ID, x.strategies[before], x.span(t, was), x.strategies[after], x.span(t, now), yesNo(strength > x.clear),
					was.mean, was.low(), was.high(), now.mean, now.low(), now.high()}, strength})
			}
		}
	}
	for _, i := range order(len(rows), func(i int) float64 { return rows[i].strength }) {
		table.Add(rows[i].cells...)
	}
	return table, clear
}
