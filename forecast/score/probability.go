package score

import (
	"fmt"
	"math"

	"handover/fpmath"
)

// Brier is the score of the probability p of an event: the squared distance to
// what came to pass (Brier 1950, the form from 0 to 1). A probability outside
// 0..1 gives NaN.
func Brier(p float64, happened bool) float64 {
	if !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	if happened {
		p = 1 - p
	}
	return p * p
}

// BrierOptions is Brier's own score for several options, from 0 to 2: the sum of
// squared distances. It fails when came is none of them.
func BrierOptions(shares []float64, came int) (float64, error) {
	if came < 0 || came >= len(shares) {
		return 0, fmt.Errorf("option %d of %d came to pass", came+1, len(shares))
	}
	var s sum
	for i, p := range shares {
		s.add(Brier(p, i == came))
	}
	return s.value(), nil
}

// Log is the logarithmic score, minus the natural logarithm of the probability,
// or density, that was given to what came to pass (Good 1952). It is +Inf for 0.
func Log(p float64) float64 { return -fpmath.Log(p) }

// Ranked is the ranked probability score of ordered options: the sum over the
// cuts between them of the squared distance of the cumulative probability from
// that of the outcome (Epstein 1969), not divided by their number.
func Ranked(shares []float64, came int) (float64, error) {
	if came < 0 || came >= len(shares) {
		return 0, fmt.Errorf("option %d of %d came to pass", came+1, len(shares))
	}
	var s sum
	below := 0.0
	for i := range len(shares) - 1 {
		below += shares[i]
		d := below
		if i >= came {
			d--
		}
		s.add(float64(d * d))
	}
	return s.value(), nil
}

// Skill is the share of a reference's loss that a forecaster saved: 1 is
// perfect, 0 no better than the reference, below 0 worse; NaN where the
// reference loses nothing.
func Skill(loss, reference float64) float64 {
	if reference == 0 {
		return math.NaN()
	}
	return 1 - loss/reference
}

// Point is one point of a piecewise linear cumulative distribution: the answer
// is at most X with probability P. Two points at one X are a step.
type Point struct{ X, P float64 }

// CRPSCurve is the continuous ranked probability score of a piecewise linear
// cumulative distribution, exactly. Below the first point the distribution is 0,
// from the last on it is 1. Points must not fall in X or in P.
func CRPSCurve(curve []Point, y float64) (float64, error) {
	if len(curve) == 0 {
		return 0, fmt.Errorf("the curve has no point")
	}
	for i, c := range curve {
		if !(c.P >= 0 && c.P <= 1) || math.IsNaN(c.X) || math.IsInf(c.X, 0) {
			return 0, fmt.Errorf("point %d of the curve is (%v, %v); expected a finite number and a probability", i+1, c.X, c.P)
		}
		if i > 0 && (c.X < curve[i-1].X || c.P < curve[i-1].P) {
			return 0, fmt.Errorf("point %d of the curve (%v, %v) lies before the point ahead of it (%v, %v): quantiles cross", i+1, c.X, c.P, curve[i-1].X, curve[i-1].P)
		}
	}
	var s sum
	// piece integrates (F - came)² where F is a line.
	piece := func(width, a, b, came float64) {
		a, b = a-came, b-came
		s.add(float64(width * ((float64(a*a) + float64(a*b) + float64(b*b)) / 3)))
	}
	first, last := curve[0], curve[len(curve)-1]
	if y < first.X {
		s.add(first.X - y)
	}
	if y > last.X {
		s.add(y - last.X)
	}
	for i := 1; i < len(curve); i++ {
		a, b := curve[i-1], curve[i]
		switch {
		case y <= a.X:
			piece(b.X-a.X, a.P, b.P, 1)
		case y >= b.X:
			piece(b.X-a.X, a.P, b.P, 0)
		default:
			p := a.P + float64((b.P-a.P)*((y-a.X)/(b.X-a.X)))
			piece(y-a.X, a.P, p, 0)
			piece(b.X-y, p, b.P, 1)
		}
	}
	return s.value(), nil
}
