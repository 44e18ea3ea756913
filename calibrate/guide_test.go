package calibrate

import (
	"math"
	"testing"

	"handover/fpmath"
	"handover/random"
)

// guided is a guide of three parameters from points with a known covariance.
func guided(t *testing.T) (*guide, [][]float64) {
	t.Helper()
	var points [][]float64
	for i := range 4000 {
		s := random.At(9, uint32(i), 0, random.Site("guide test"))
		a, b, c := s.Normal(), s.Normal(), s.Normal()
		points = append(points, []float64{0.5 + 0.8*a, -1 + 0.6*a + 0.3*b, 2 - 0.5*b + 0.7*c})
	}
	var m spreads
	m.gather(points[:1000], 1) // fades to half
	m.gather(points[1000:], 0.5)
	g := m.guide()
	if g == nil {
		t.Fatal("no guide is made of 4,000 points")
	}
	return g, points
}

// TestGuideDirections: along each view's directions the points are of unit scale and
// uncorrelated, and the way back gives the point.
func TestGuideDirections(t *testing.T) {
	g, points := guided(t)
	for k := range g.views {
		v := &g.views[k]
		var moment [3][3]float64
		for _, x := range points {
			u := v.solve(x, g.mean)
			for i := range u {
				for j := range u {
					moment[i][j] += u[i] * u[j] / float64(len(points))
				}
			}
			for i, back := range v.point(u, g.mean) {
				if math.Abs(back-x[i]) > 1e-12 {
					t.Fatalf("view %d: parameter %d comes back as %g, was %g", k, i, back, x[i])
				}
			}
		}
		for i := range moment {
			for j, got := range moment[i] {
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(got-want) > 0.05 {
					t.Errorf("view %d: moment %d, %d is %.3f, expected %g", k, i, j, got, want)
				}
			}
		}
	}
}

// TestGuideKeepsTheTarget: moves of a guide that lies beside the target and is too
// narrow and correlated leave the target as it is: independent logistic
// distributions, of mean 0, variance pi^2/3 and tails like an exponential's.
func TestGuideKeepsTheTarget(t *testing.T) {
	g, _ := guided(t)
	logistic := func(x []float64) float64 {
		sum := 0.0
		for _, v := range x {
			sum -= math.Abs(v) + float64(2*fpmath.Log1p(fpmath.Exp(-math.Abs(v))))
		}
		return sum
	}
	const steps = 400_000
	x := []float64{0, 0, 0}
	var mean, square [3]float64
	large, taken := 0, 0
	for i := range steps {
		s := random.At(4, uint32(i), 0, random.Site("guide walk"))
		y, correction := g.propose(&s, x)
		if logistic(y)-logistic(x)+correction > fpmath.Log(s.Uniform()) {
			x = y
			taken++
		}
		for k, v := range x {
			mean[k] += v / steps
			square[k] += v * v / steps
		}
		if math.Abs(x[0]) > fpmath.Log(19) { // the middle 90% lie within
			large++
		}
	}
	if taken < steps/10 || taken > steps*95/100 {
		t.Errorf("%d of %d moves were taken", taken, steps)
	}
	for k := range mean {
		variance := square[k] - mean[k]*mean[k]
		if math.Abs(mean[k]) > 0.1 || math.Abs(variance-math.Pi*math.Pi/3) > 0.25 {
			t.Errorf("parameter %d has mean %.3f and variance %.3f; expected 0 and %.3f", k, mean[k], variance, math.Pi*math.Pi/3)
		}
	}
	if share := float64(large) / steps; math.Abs(share-0.1) > 0.01 {
		t.Errorf("%.3f lie outside the middle 90%%", share)
	}
}

// TestGuideOfFewPoints: fewer points than parameters, and points that agree, make a
// guide all the same; no points make none.
func TestGuideOfFewPoints(t *testing.T) {
	var m spreads
	if m.guide() != nil {
		t.Error("a guide of no points")
	}
	m.gather([][]float64{{1, 2, 3, 4}, {1, 2.5, 3, 4}}, 1)
	g := m.guide()
	if g == nil {
		t.Fatal("no guide of two points")
	}
	s := random.At(1, 0, 0, random.Site("guide test"))
	if y, correction := g.propose(&s, []float64{1, 2, 3, 4}); len(y) != 4 || math.IsNaN(y[1]) || math.IsNaN(correction) {
		t.Errorf("a move to %v with correction %g", y, correction)
	}
}
