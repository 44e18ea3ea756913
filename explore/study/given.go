package study

import (
	"fmt"

	"handover/chart"
	"handover/explore/finding"
	"handover/explore/sensitivity"
)

// trees of the ensemble that scores factors.
const trees = 100

// Given says what an outcome depends on from the futures of a run that exists:
// shares in an ensemble of extremely randomized trees, and PAWN. Chance cannot be
// told from the rest here, since every future has its own.
func Given(r *Run, strategy string, t Target, resamples int, version string) (*finding.Finding, error) {
	k, err := r.strategy(strategy)
	if err != nil {
		return nil, err
	}
	id, m := r.Tables.Manifest.Strategies[k], r.Tables.Manifest
	y := make([]float64, m.Futures)
	for i := range y {
		y[i] = t.Value(r.Tables.Outcomes[k][t.Index][i], r.Tables.Bad[k][i])
	}
	bad := count(r.Tables.Bad[k])
	shares, err := sensitivity.Importance(r.Tables.Draws, y, trees, resamples, m.Seed)
	if err != nil {
		return nil, unexplained(err, t, r.Tables.Bad[k], "in the run")
	}
	shifts, err := sensitivity.PAWN(r.Tables.Draws, y, pawnSlices, resamples, m.Seed)
	if err != nil {
		return nil, unexplained(err, t, r.Tables.Bad[k], "in the run")
	}
	names := factorNames(r.Case)
	ranks := order(len(shares), func(i int) float64 { return shares[i].Middle })
	f := &finding.Finding{Verb: "explore sensitivity", Case: r.Case.Title, Fingerprint: r.fingerprint(version)}
	f.Title = fmt.Sprintf("Under %s, %s goes most with %s", id, t.Words(), names[ranks[0]])
	f.Lead = []string{fmt.Sprintf("From the %d futures of the run. Of what the trees explain, it has %.0f%% (80%% interval %.0f to %.0f).", m.Futures-bad, 100*shares[ranks[0]].Middle, 100*shares[ranks[0]].Low, 100*shares[ranks[0]].High)}
	table := finding.Table{ID: "sensitivity", Title: "What the outcome goes with", Most: mostFactors,
		Note: "Share: of what an ensemble of extremely randomized trees explains. PAWN: median Kolmogorov-Smirnov distance when the factor is fixed. Low to high: 80% intervals.",
		Columns: []finding.Column{{Name: "factor", Title: "Factor", Text: true},
			{Name: "share", Title: "Share", Percent: true}, {Name: "share_low", Title: "low", Percent: true}, {Name: "share_high", Title: "high", Percent: true},
			{Name: "pawn", Title: "PAWN", Decimals: 2}, {Name: "pawn_low", Title: "low", Decimals: 2}, {Name: "pawn_high", Title: "high", Decimals: 2},
			{Name: "pawn_matters", Title: "beyond chance", Text: true}}}
	var dots []chart.Dot
	for at, i := range ranks {
		beyond := "no"
		if shifts[i].Matters {
			beyond = "yes"
		}
		table.Add(names[i], shares[i].Middle, shares[i].Low, shares[i].High, shifts[i].Median.Middle, shifts[i].Median.Low, shifts[i].Median.High, beyond)
		if at < 15 {
			dots = append(dots, chart.Dot{Row: names[i], Low: shares[i].Low, Middle: shares[i].Middle, High: shares[i].High})
		}
	}
	f.Tables = append(f.Tables, table)
	explain(f, r.Case, ranks[:min(mostFactors, len(ranks))])
	f.Figures = append(f.Figures, finding.Figure{Title: f.Title, Measure: "Share of what the trees explain, with 80% interval", Source: fmt.Sprintf("%d trees on %d futures under %s.", trees, m.Futures-bad, id), Spec: chart.Dots(dots, "share", ".0%", f.Title)})
	for i, draws := range r.Tables.Draws {
		if constant(draws) {
			f.Notes = append(f.Notes, fmt.Sprintf("%s has the same value in every future, so the run says nothing about it.", names[i]))
		}
	}
	if bad > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d futures with values that are not finite are left out.", bad))
	}
	f.Notes = append(f.Notes, "Uncertainties that move together share their importance. What chance brings is in no share: handover explore sensitivity CASE tells it apart.")
	return f, nil
}

func constant(values []float64) bool {
	for _, v := range values {
		if v != values[0] {
			return false
		}
	}
	return true
}
