package panel

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"handover/diagnostic"
	"handover/evidence"
	"handover/forecast/score"
)

// Drawn is a forecast of one cell as draws.
type Drawn struct {
	Unit  string
	Month evidence.Month
	score.Sample
}

// ReadDraws reads forecasts in the form of the ViEWS challenge: a row is one
// draw of a unit in a month. It returns them by unit and month, in the order of
// the panel. The error is a diagnostic.List that names every mistake.
func ReadDraws(name string, columns Columns) ([]Drawn, error) {
	rows, err := load(name, columns, true)
	if err != nil {
		return nil, err
	}
	order := make([]int, len(rows.value))
	for i := range order {
		order[i] = i
		if x := rows.value[i]; !rows.bad[i] && (math.IsNaN(x) || math.IsInf(x, 0) || x < 0) {
			rows.wrong(i, "count", rows.layout.names[rows.layout.value], "", "the draw is %v; expected a number of at least 0", x)
		}
	}
	names := slices.Clone(rows.words)
	sortUnits(names)
	rank := make([]int, len(names))
	for i, w := range rows.words {
		rank[i] = slices.Index(names, w)
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank[rows.unit[a]], rank[rows.unit[b]]), cmp.Compare(rows.month[a], rows.month[b]), cmp.Compare(rows.draw[a], rows.draw[b]), cmp.Compare(a, b))
	})
	var out []Drawn
	for from := 0; from < len(order); {
		first := order[from]
		to := from
		var draws []float64
		for to < len(order) && rows.unit[order[to]] == rows.unit[first] && rows.month[order[to]] == rows.month[first] {
			if to > from && !rows.bad[order[to]] && rows.draw[order[to]] == rows.draw[order[to-1]] {
				rows.wrong(order[to], "twice", fmt.Sprintf("%s in %s", rows.words[rows.unit[first]], rows.month[first]), "give each draw one row", "draw %d stands before, %s", rows.draw[order[to]], rows.at(order[to-1]))
			}
			draws = append(draws, rows.value[order[to]])
			to++
		}
		slices.Sort(draws)
		out = append(out, Drawn{rows.words[rows.unit[first]], rows.month[first], draws})
		from = to
	}
	if err := rows.err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, diagnostic.List{{Position: diagnostic.Position{File: name}, Code: "no-rows", Message: "the file holds no forecast"}}
	}
	return out, nil
}
