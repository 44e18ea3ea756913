package study

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"handover/casefile"
	"handover/chart"
	"handover/explore/finding"
)

// leastDraws is how many draws of a posterior an alternative needs to be run from
// them.
const leastDraws = 30

// alternative is one option of a structural uncertainty.
type alternative struct {
	structure, option string
	// basis says what the futures are drawn from.
	basis string
}

func (a alternative) name() string {
	if a.option == "" {
		return a.structure
	}
	return a.structure + ": " + a.option
}

// Structures runs every strategy under each option of every structural uncertainty
// and says which strategies change rank. An option that draws of the posterior hold
// is run from those draws, since their state came about under it; one that too few
// hold is run from the priors. All structures together are run from both, for
// comparison.
func Structures(ctx context.Context, s Setting, o CompareOptions) (*finding.Finding, error) {
	if len(o.Strategies) < 2 {
		return nil, wrong("only one strategy is given, so no rank can change; name at least two with --strategy")
	}
	t, err := targets(s.Case, o.Outcomes, s.horizon())
	if err != nil {
		return nil, err
	}
	alternatives, ways := structures(s.Case)
	if len(alternatives) == 0 {
		return nil, wrong("the case %s has no uncertainty marked structural with options, so there is nothing to compare", s.Case.Name)
	}
	v, err := runVariants(ctx, s, t, o.Strategies, ways, o.Futures)
	if err != nil {
		return nil, err
	}
	n := len(o.Strategies)
	x := &ranked{v, alternatives, bar(len(ways) * len(t) * n * (n - 1) / 2), v.leads()}
	f := &finding.Finding{Verb: "explore structures", Case: s.Case.Title, Notes: v.notes(),
		Fingerprint: s.fingerprint(fmt.Sprintf("%d futures x %d strategies x %d ways to set structures", o.Futures, n, len(ways)))}
	reversals, count := x.reversals()
	for k := range t {
		f.Tables = append(f.Tables, x.ranks(k))
		f.Figures = append(f.Figures, x.figure(k))
		f.Lead = append(f.Lead, x.lead(k))
	}
	f.Tables = append(f.Tables, reversals, x.differences())
	switch count {
	case 0:
		f.Title = "No two strategies change places clearly between structural alternatives"
	default:
		f.Title = fmt.Sprintf("%d pairs of strategies change places clearly between structural alternatives", count)
	}
	f.Notes = append(f.Notes,
		"Rank: 1 and one more for every strategy that is clearly better, to the number of strategies less one for every strategy that is clearly worse. A range is a tie.",
		fmt.Sprintf("Clear: the paired difference in the same futures is more than %.1f standard errors, which chance alone would bring about in 1 of 20 such families of tests. Futures that share a draw of the posterior count as one.", x.clear))
	if s.Case.Posterior != nil {
		f.Notes = append(f.Notes, fmt.Sprintf("A structure that was calibrated is run from the draws that hold the option; with fewer than %d of them, from the priors, whose ranks are to be compared with those of all structures from the priors.", leastDraws))
	}
	return f, nil
}

// structures lists the ways to set the structures of a case, all as ever first.
func structures(c *casefile.Case) ([]alternative, []variant) {
	all := alternative{structure: "all structures", basis: "as ever"}
	alternatives, ways := []alternative{all}, []variant{{}}
	fromPriors := false
	for i, u := range c.Uncertainties {
		if !u.Structural || len(u.Options) == 0 {
			continue
		}
		column := c.Posterior.Column(u.Variable)
		for _, option := range u.Options {
			a := alternative{u.Name(), option.Name, "as ever"}
			if a.option == "" {
				a.option = finding.Number(option.Value)
			}
			way := variant{set: func(point []float64) { point[i] = option.Value }}
			if column >= 0 {
				for k, d := range c.Posterior.Draws {
					if d[column] == option.Value {
						way.draws = append(way.draws, k)
					}
				}
				a.basis = numbered(len(way.draws), "draw", "draws")
				if len(way.draws) < leastDraws {
					a.basis = fmt.Sprintf("priors (%s)", a.basis)
					way.draws, way.priors, fromPriors = nil, true, true
				}
			}
			alternatives, ways = append(alternatives, a), append(ways, way)
		}
	}
	if len(alternatives) == 1 {
		return nil, nil
	}
	if fromPriors {
		alternatives = slices.Insert(alternatives, 1, alternative{structure: "all structures", basis: "priors"})
		ways = slices.Insert(ways, 1, variant{priors: true})
	}
	return alternatives, ways
}

// ranked are the variants of alternatives.
type ranked struct {
	*variants
	alternatives []alternative
	clear        float64
	// leads are by alternative, target and both strategies.
	leads [][][][]lead
}

// places is the range of places of a strategy: how many are clearly better, and how
// many are not clearly worse.
func (x *ranked) places(w, t, k int) (best, worst int) {
	best, worst = 1, len(x.strategies)
	for other := range x.strategies {
		switch l := x.leads[w][t][k][other].sure(); {
		case other == k:
		case l < -x.clear:
			best++
		case l > x.clear:
			worst--
		}
	}
	return best, worst
}

func placeText(best, worst int) string {
	if best == worst {
		return fmt.Sprint(best)
	}
	return fmt.Sprintf("%d-%d", best, worst)
}

// ranks is the table of a target: an alternative a row, a strategy a column.
func (x *ranked) ranks(t int) finding.Table {
	id := x.targets[t].Outcome.ID
	table := finding.Table{ID: "structures-" + id, Title: "Ranks by " + x.targets[t].Words(), Note: "1 is best. A range is a tie: the differences are not clear.",
		Columns: []finding.Column{{Name: "alternative", Title: "Structure", Text: true}, {Name: "basis", Title: "Futures from", Text: true}}}
	for _, id := range x.strategies {
		table.Columns = append(table.Columns, finding.Column{Name: "rank_" + id, Title: id, Text: true})
	}
	for _, id := range x.strategies {
		table.Columns = append(table.Columns, finding.Column{Name: "mean_" + id, Hidden: true}, finding.Column{Name: "best_" + id, Hidden: true}, finding.Column{Name: "worst_" + id, Hidden: true})
	}
	for w, a := range x.alternatives {
		row := []any{a.name(), a.basis}
		var hidden []any
		for k := range x.strategies {
			best, worst := x.places(w, t, k)
			row = append(row, placeText(best, worst))
			hidden = append(hidden, x.mean(w, t, k), float64(best), float64(worst))
		}
		table.Add(append(row, hidden...)...)
	}
	return table
}

// figure shows the means of a target by alternative and strategy.
func (x *ranked) figure(t int) finding.Figure {
	var cells []chart.Cell
	for w, a := range x.alternatives {
		for k, id := range x.strategies {
			m := x.mean(w, t, k)
			cells = append(cells, chart.Cell{Column: id, Row: a.name() + ", " + a.basis, Value: m, Text: x.text(t, m)})
		}
	}
	words := sentence(x.targets[t].Words())
	return finding.Figure{Title: words + " under each structure", Measure: "Mean; darker is higher", Source: "Same futures and chance under every strategy of a row.", Spec: chart.Cells(cells, words+" by structure and strategy")}
}

// lead says which strategies hold which places by a target.
func (x *ranked) lead(t int) string {
	ties, best := 0, map[int]int{}
	for w := range x.alternatives {
		first, alone := x.first(w, t), true
		for k := range x.strategies {
			if at, _ := x.places(w, t, k); k != first && at == 1 {
				alone = false
			}
		}
		if !alone {
			ties++
			continue
		}
		best[first]++
	}
	text := fmt.Sprintf("%s: first place is a tie in %d of %d rows", sentence(x.targets[t].Words()), ties, len(x.alternatives))
	for k, id := range x.strategies {
		if best[k] > 0 {
			text += fmt.Sprintf("; %s is first alone in %d", id, best[k])
		}
	}
	return text + "."
}

// reversals lists pairs of strategies of which one is clearly better under one
// option of a structure, and the other under another.
func (x *ranked) reversals() (finding.Table, int) {
	table := finding.Table{ID: "structures-reversals", Title: "Pairs that change places", Most: 30,
		Note: "Both differences are clear. Differences are by how much the first of the pair is better, with 80% intervals.",
		Columns: []finding.Column{{Name: "structure", Title: "Structure", Text: true}, {Name: "outcome", Title: "Outcome", Text: true}, {Name: "pair", Title: "Pair", Text: true},
			{Name: "under", Title: "Better under", Text: true}, {Name: "under_shown", Title: "by", Text: true}, {Name: "worse", Title: "Worse under", Text: true}, {Name: "worse_shown", Title: "by", Text: true},
			{Name: "under_difference", Hidden: true}, {Name: "worse_difference", Hidden: true}, {Name: "strength", Hidden: true}}}
	type row struct {
		cells    []any
		strength float64
	}
	var rows []row
	for t := range x.targets {
		for a := range x.strategies {
			for b := range a {
				best := map[string]row{}
				for w1, better := range x.alternatives {
					for w2, worse := range x.alternatives {
						if better.structure != worse.structure || better.option == "" {
							continue
						}
						l1, l2 := x.leads[w1][t][b][a], x.leads[w2][t][b][a]
						strength := math.Min(l1.sure(), -l2.sure())
						if strength > x.clear && strength > best[better.structure].strength {
							best[better.structure] = row{[]any{better.structure, x.targets[t].Outcome.ID, x.strategies[b] + ", " + x.strategies[a],
								better.option, x.span(t, l1), worse.option, x.span(t, l2), l1.mean, l2.mean, strength}, strength}
						}
					}
				}
				for _, name := range slices.Sorted(maps.Keys(best)) {
					rows = append(rows, best[name])
				}
			}
		}
	}
	for _, i := range order(len(rows), func(i int) float64 { return rows[i].strength }) {
		table.Add(rows[i].cells...)
	}
	return table, len(rows)
}

// differences are all strategies against the first of the list, under every
// alternative.
func (x *ranked) differences() finding.Table {
	table := finding.Table{ID: "structures-differences", Title: "Paired differences to " + x.strategies[0], Most: 1, Note: "Mean paired difference, not turned by what is better, with its 80% interval.",
		Columns: []finding.Column{{Name: "row", Title: "Structure, outcome, strategy", Text: true}, {Name: "structure", Hidden: true, Text: true}, {Name: "option", Hidden: true, Text: true}, {Name: "basis", Title: "Futures from", Text: true},
			{Name: "outcome", Hidden: true, Text: true}, {Name: "strategy", Hidden: true, Text: true}, {Name: "mean", Title: "Mean", Decimals: -1},
			{Name: "difference", Title: "Difference", Decimals: -1}, {Name: "difference_from", Title: "from", Decimals: -1}, {Name: "difference_to", Title: "to", Decimals: -1}, {Name: "clear", Title: "Clear", Text: true}}}
	for w, a := range x.alternatives {
		for t, target := range x.targets {
			for k, id := range x.strategies {
				if k == 0 {
					continue
				}
				l := paired(x.y[w][t][k], x.y[w][t][0], x.all, x.clusters[w])
				table.Add(a.name()+", "+target.Outcome.ID+", "+id, a.structure, a.option, a.basis, target.Outcome.ID, id, x.mean(w, t, k), l.mean, l.low(), l.high(), yesNo(math.Abs(l.sure()) > x.clear))
			}
		}
	}
	return table
}
