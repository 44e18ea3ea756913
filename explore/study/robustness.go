package study

import (
	"fmt"
	"math"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/explore/finding"
	"handover/explore/robustness"
)

// RobustOptions are the choices inside metrics.
type RobustOptions struct {
	// Outcomes are ids; all that have a direction when empty.
	Outcomes []string
	// Optimism is the weight of the best future in Hurwicz's criterion.
	Optimism float64
	// Threshold to satisfy, for a single outcome; the case's event when nil.
	Threshold *float64
	Resamples int
}

// Robustness ranks the strategies of a run by every metric, for each outcome, and
// says where the metrics disagree. Differences to the reference are paired by
// future.
func Robustness(r *Run, o RobustOptions, version string) (*finding.Finding, error) {
	m := r.Tables.Manifest
	if len(m.Strategies) < 2 {
		return nil, wrong("the run has one strategy only, so nothing can be ranked; run at least two")
	}
	reference := 0
	for i, id := range m.Strategies {
		if id == m.Reference {
			reference = i
		}
	}
	if o.Threshold != nil && len(o.Outcomes) != 1 {
		return nil, wrong("--threshold is in the unit of one outcome: name it with --outcome")
	}
	f := &finding.Finding{Verb: "explore robustness", Case: r.Case.Title, Fingerprint: r.fingerprint(version)}
	ranks := finding.Table{ID: "ranks", Title: "Rank of each strategy by metric", Note: "1 is the best; equal values share a rank. Sure of the first: in how many bootstrap samples of the futures no strategy is better than it.",
		Columns: []finding.Column{{Name: "metric", Title: "Metric", Text: true}}}
	for _, id := range m.Strategies {
		ranks.Columns = append(ranks.Columns, finding.Column{Name: id, Title: id, Decimals: 0})
	}
	ranks.Columns = append(ranks.Columns, finding.Column{Name: "first", Title: "Sure of the first", Percent: true})
	scores := finding.Table{ID: "scores", Title: "Metrics with intervals", Most: 0, Note: "80% bootstrap intervals over futures.",
		Columns: []finding.Column{{Name: "what", Title: "Outcome, metric, strategy", Text: true}, {Name: "outcome", Text: true, Hidden: true}, {Name: "metric", Text: true, Hidden: true}, {Name: "strategy", Text: true, Hidden: true},
			{Name: "value", Title: "Value", Decimals: -1}, {Name: "low", Title: "low", Decimals: -1}, {Name: "high", Title: "high", Decimals: -1}, {Name: "rank", Title: "Rank", Decimals: 0}, {Name: "first_share", Title: "First in", Percent: true}}}
	differences := finding.Table{ID: "differences", Title: "Paired differences to " + m.Reference + " in the same futures", Note: "Mean difference with 80% bootstrap interval; better and worse: share of futures.",
		Columns: []finding.Column{{Name: "what", Title: "Outcome and strategy", Text: true}, {Name: "outcome", Text: true, Hidden: true}, {Name: "strategy", Text: true, Hidden: true},
			{Name: "mean", Title: "Mean", Decimals: -1}, {Name: "low", Title: "low", Decimals: -1}, {Name: "high", Title: "high", Decimals: -1}, {Name: "unit", Title: "Unit", Text: true}, {Name: "better", Title: "Better", Percent: true}, {Name: "worse", Title: "Worse", Percent: true}}}
	firsts := map[string]map[string]bool{} // by outcome: strategies that some metric ranks first
	var disagree, agree []string
	done := 0
	for k := range r.Case.Outcomes {
		outcome := &r.Case.Outcomes[k]
		if !wanted(o.Outcomes, outcome) {
			continue
		}
		if outcome.Better == "neither" && outcome.Reduce != casefile.First {
			if len(o.Outcomes) > 0 {
				return nil, wrong("neither more nor less of %s is better, says the case: it cannot rank strategies", outcome.ID)
			}
			continue
		}
		c, err := r.compare(k, reference, o)
		if err != nil {
			return nil, err
		}
		done++
		firsts[outcome.ID] = map[string]bool{}
		var cells []chart.Cell
		for _, ranking := range c.Rankings {
			row := []any{outcome.Name + ": " + ranking.Metric.Name}
			sure := 0.0
			for s, score := range ranking.Scores {
				id := m.Strategies[s]
				row = append(row, float64(score.Rank))
				if score.Rank == 1 {
					firsts[outcome.ID][id] = true
					sure = math.Max(sure, score.First)
				}
				scores.Add(outcome.Name+", "+ranking.Metric.Name+", "+id, outcome.ID, ranking.Metric.ID, id, score.Value.Middle, score.Value.Low, score.Value.High, float64(score.Rank), score.First)
				cells = append(cells, chart.Cell{Column: id, Row: ranking.Metric.Name, Value: float64(score.Rank), Text: fmt.Sprint(score.Rank)})
			}
			ranks.Rows = append(ranks.Rows, append(row, sure))
		}
		for s, id := range m.Strategies {
			if s == reference {
				continue
			}
			d := c.Differences[s]
			differences.Add(outcome.Name+", "+id, outcome.ID, id, d.Mean.Middle, d.Mean.Low, d.Mean.High, outcome.Unit, d.Better, d.Worse)
		}
		var best []string
		for _, id := range m.Strategies {
			if firsts[outcome.ID][id] {
				best = append(best, id)
			}
		}
		if len(best) > 1 {
			disagree = append(disagree, fmt.Sprintf("%s (%s)", outcome.Name, strings.Join(best, ", ")))
		} else {
			agree = append(agree, fmt.Sprintf("%s (%s)", outcome.Name, strings.Join(best, "")))
		}
		f.Figures = append(f.Figures, finding.Figure{Title: outcome.Name + ": ranks by metric", Measure: "1 is the best strategy; darker is worse", Source: fmt.Sprintf("%d futures.", c.Used), Spec: chart.Cells(cells, "Ranks of strategies by metric for "+outcome.Name)})
		if c.Used < m.Futures {
			f.Notes = append(f.Notes, fmt.Sprintf("%s: %d of %d futures are left out, since a strategy has no finite value in them.", outcome.Name, m.Futures-c.Used, m.Futures))
		}
		if outcome.Reduce == casefile.First {
			f.Notes = append(f.Notes, fmt.Sprintf("%s: where it never happens the horizon, month %d, is taken. It satisfies when it does not happen.", outcome.Name, m.Horizon))
		}
	}
	if done == 0 {
		return nil, wrong("the case has no outcome of which more or less is better")
	}
	f.Title = fmt.Sprintf("Metrics of robustness agree on the best strategy for %d of %d outcomes", len(agree), done)
	if done == 1 && len(agree) == 1 {
		f.Title = "All metrics of robustness rank the same strategy first: " + agree[0]
	}
	if len(agree) > 0 && done > 1 {
		f.Lead = append(f.Lead, "First by every metric: "+strings.Join(agree, "; ")+".")
	}
	if len(disagree) > 0 {
		f.Lead = append(f.Lead, "It depends on the attitude to risk: "+strings.Join(disagree, "; ")+".")
	}
	meanings := finding.Table{ID: "metrics", Title: "What the metrics mean", Columns: []finding.Column{{Name: "metric", Title: "Metric", Text: true}, {Name: "meaning", Title: "Meaning", Text: true}}}
	for _, metric := range robustness.Metrics() {
		meanings.Add(metric.Name, metric.Meaning)
	}
	scores.Most = 30
	f.Tables = append(f.Tables, ranks, differences, scores, meanings)
	return f, nil
}

func wanted(ids []string, o *casefile.Outcome) bool {
	for _, id := range ids {
		if id == o.ID {
			return true
		}
	}
	return len(ids) == 0
}

// compare ranks the strategies by one outcome. A first that never happens counts
// as the horizon, and the earlier it happens the worse, unless the case says that
// earlier is better.
func (r *Run) compare(outcome, reference int, o RobustOptions) (*robustness.Comparison, error) {
	out := r.Case.Outcomes[outcome]
	m := r.Tables.Manifest
	options := robustness.Options{Optimism: o.Optimism, Threshold: math.NaN(), MoreIsBetter: out.Better != "lower"}
	switch {
	case o.Threshold != nil:
		options.Threshold = *o.Threshold
	case out.Reduce == casefile.First && options.MoreIsBetter:
		options.Threshold = float64(m.Horizon)
	case out.Event != nil && out.Event.Above != nil:
		options.Threshold = *out.Event.Above
	case out.Event != nil && out.Event.Below != nil:
		options.Threshold = *out.Event.Below
	}
	var y [][]float64
	for s := range m.Strategies {
		values := make([]float64, m.Futures)
		for i := range values {
			v := r.Tables.Outcomes[s][outcome][i]
			switch {
			case r.Tables.Bad[s][i]:
				v = math.NaN()
			case out.Reduce == casefile.First && math.IsNaN(v):
				v = float64(m.Horizon)
			}
			values[i] = v
		}
		y = append(y, values)
	}
	c, err := robustness.Compare(y, reference, options, o.Resamples, m.Seed)
	if err != nil {
		return nil, wrong("%s: %w", out.ID, err)
	}
	return c, nil
}
