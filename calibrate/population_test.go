package calibrate

import (
	"context"
	"math"
	"testing"

	"handover/fpmath"
)

// known is a posterior that can be computed by hand.
type known struct {
	d int
	f func(x []float64) float64
}

func (k known) dimensions() int { return k.d }

func (k known) logLikelihoods(_ context.Context, points [][]float64, dst []float64) error {
	for i, x := range points {
		dst[i] = k.f(x)
	}
	return nil
}

func sample(t *testing.T, d density, p plan) *population {
	t.Helper()
	s, err := begin(t.Context(), d, p)
	for err == nil && s.Generation < p.generations {
		err = s.advance(t.Context(), d, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLinearGaussian: observations y = A x + noise of unit variance under the
// standard normal prior have a normal posterior with a known mean and covariance.
func TestLinearGaussian(t *testing.T) {
	// Two parameters seen through their sum and difference, eight not seen at all.
	const d = 10
	k := known{d, func(x []float64) float64 {
		sum, difference := (3-x[0]-x[1])/0.1, (1-x[0]+x[1])/0.5
		return -float64(sum*sum)/2 - float64(difference*difference)/2
	}}
	// Precision: I + a a'/0.01 + b b'/0.25 with a = (1,1), b = (1,-1).
	p11, p12 := 1+1/0.01+1/0.25, 1/0.01-1/0.25
	det := p11*p11 - p12*p12
	r1, r2 := 3/0.01+1/0.25, 3/0.01-1/0.25
	mean := []float64{(p11*r1 - p12*r2) / det, (p11*r2 - p12*r1) / det}
	deviation := math.Sqrt(p11 / det)
	covariance := -p12 / det

	s := sample(t, k, plan{chains: 64, generations: 4000, seed: 7})
	for i, want := range mean {
		m := momentsOf(flat(s.column(i)))
		if math.Abs(m.mean-want) > 0.15*deviation || math.Abs(m.deviation-deviation) > 0.1*deviation {
			t.Errorf("parameter %d has mean %.4f and deviation %.4f; expected %.4f and %.4f", i, m.mean, m.deviation, want, deviation)
		}
	}
	x, y := flat(s.column(0)), flat(s.column(1))
	sum := 0.0
	for i := range x {
		sum += (x[i] - mean[0]) * (y[i] - mean[1])
	}
	if got := sum / float64(len(x)); math.Abs(got-covariance) > 0.15*math.Abs(covariance) {
		t.Errorf("covariance %.4f, expected %.4f", got, covariance)
	}
	for i := 2; i < d; i++ {
		if m := momentsOf(flat(s.column(i))); math.Abs(m.mean) > 0.15 || math.Abs(m.deviation-1) > 0.1 {
			t.Errorf("parameter %d, of which nothing is known, has mean %.3f and deviation %.3f", i, m.mean, m.deviation)
		}
		if r, n := mixing(s.column(i)); !(r < 1.05) || n < 200 {
			t.Errorf("parameter %d: scale reduction %.3f, %.0f effective draws", i, r, n)
		}
	}
}

// TestConjugate: a Poisson count under a gamma prior. The gamma quantile is not
// needed: shape 1 is exponential, whose quantile is -log(1-u).
func TestConjugate(t *testing.T) {
	counts := []float64{4, 7, 3, 6, 5}
	rate := func(z float64) float64 { return -fpmath.Log1p(-min(fpmath.NormalCDF(z), 1-0x1p-53)) * 10 }
	k := known{1, func(x []float64) float64 {
		m, total := rate(x[0]), 0.0
		for _, y := range counts {
			total += y*math.Log(m) - m
		}
		return total
	}}
	s := sample(t, k, plan{chains: 32, generations: 3000, seed: 3})
	var values []float64
	for _, z := range flat(s.column(0)) {
		values = append(values, rate(z))
	}
	// Gamma with shape 1 + 25 and rate 1/10 + 5.
	m := momentsOf(values)
	if mean := 26 / 5.1; math.Abs(m.mean-mean) > 0.03*mean {
		t.Errorf("mean %.3f, expected %.3f", m.mean, mean)
	}
	if deviation := math.Sqrt(26) / 5.1; math.Abs(m.deviation-deviation) > 0.06*deviation {
		t.Errorf("deviation %.3f, expected %.3f", m.deviation, deviation)
	}
}

// TestTwoModes: two separated modes of known weight. A population that is led from
// the prior finds both, and whole differences carry chains across.
func TestTwoModes(t *testing.T) {
	k := known{2, func(x []float64) float64 {
		a, b := (x[0]-2)/0.2, (x[0]+2)/0.2
		// The right mode is three times as heavy; the prior is symmetric.
		return math.Log(0.75*math.Exp(-a*a/2) + 0.25*math.Exp(-b*b/2) + 1e-300)
	}}
	s := sample(t, k, plan{chains: 128, generations: 2000, seed: 11})
	right, all := 0, 0
	for _, x := range flat(s.column(0)) {
		if x > 0 {
			right++
		}
		all++
	}
	if share := float64(right) / float64(all); math.Abs(share-0.75) > 0.05 {
		t.Errorf("the right mode has %.3f of the draws, expected 0.75", share)
	}
}

// TestSameBytes: the state follows from the plan alone.
func TestSameBytes(t *testing.T) {
	k := known{3, func(x []float64) float64 { return -(x[0] - 1) * (x[0] - 1) * 8 }}
	p := plan{chains: 16, generations: 120, seed: 5}
	a, b := sample(t, k, p), sample(t, k, p)
	for i := range a.Points {
		for j := range a.Points[i] {
			if math.Float64bits(a.Points[i][j]) != math.Float64bits(b.Points[i][j]) {
				t.Fatalf("chain %d differs", i)
			}
		}
	}
	p.seed++
	if c := sample(t, k, p); c.Points[0][0] == a.Points[0][0] {
		t.Error("another seed gives the same chain")
	}
}
