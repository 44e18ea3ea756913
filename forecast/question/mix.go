package question

import (
	"slices"

	"handover/casefile"
)

// Mix is the linear pool of answers to a question (Stone 1961, "The opinion pool"):
// the probability of anything is the weighted mean of theirs. Answers are complete
// ones; weights sum to 1.
func (q *Question) Mix(answers []Distribution, weights []float64) Distribution {
	switch q.Kind {
	case casefile.Binary:
		yes := 0.0
		for i, d := range answers {
			yes += float64(weights[i] * *d.Yes)
		}
		return Binary(round(min(max(yes, 0), 1)))
	case casefile.Choice:
		shares := make([]float64, len(q.Options))
		for i, d := range answers {
			for k, p := range d.Options {
				shares[k] += float64(weights[i] * p)
			}
		}
		return Distribution{Options: shares}
	}
	var xs []float64
	for _, d := range answers {
		for _, p := range d.Curve {
			xs = append(xs, p.X)
		}
	}
	slices.Sort(xs)
	var curve []Point
	last := 0.0
	add := func(x float64, at func(d Distribution, x float64) float64) {
		p := 0.0
		for i, d := range answers {
			p += float64(weights[i] * at(d, x))
		}
		last = max(last, round(min(p, 1)))
		curve = append(curve, Point{x, last})
	}
	for _, x := range slices.Compact(xs) {
		if q.Kind != casefile.Counted && q.jumps(answers, x) {
			add(x, q.Before)
		}
		add(x, q.CDF)
	}
	return Distribution{Curve: thinned(curve)}
}

// jumps says whether an answer holds that the very number has a chance.
func (q *Question) jumps(answers []Distribution, x float64) bool {
	return slices.ContainsFunc(answers, func(d Distribution) bool { return q.Before(d, x) < q.CDF(d, x) })
}

// thinned keeps at most so many points of a curve, the first and the last among them.
func thinned(curve []Point) []Point {
	for len(curve) > 2*levels {
		thinner := curve[:1:1]
		for i := 1; i < len(curve)-1; i += 2 {
			thinner = append(thinner, curve[i])
		}
		curve = append(thinner, curve[len(curve)-1])
	}
	return curve
}
