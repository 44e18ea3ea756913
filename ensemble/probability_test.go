package ensemble

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func near(t *testing.T, what string, got, want, slack float64) {
	t.Helper()
	if !(math.Abs(got-want) <= slack) {
		t.Errorf("%s is %.12g; expected %.12g", what, got, want)
	}
}

// The values were computed by hand from the definition: h = 0.9*(5-1) = 3.6,
// x[3]+0.6*(x[4]-x[3]) = 7+0.6*4 = 9.4.
func TestQuantileOfDefinitionSeven(t *testing.T) {
	x := []float64{1, 2, 4, 7, 11}
	for _, c := range []struct{ level, want float64 }{{0, 1}, {0.1, 1.4}, {0.25, 2}, {0.5, 4}, {0.9, 9.4}, {1, 11}} {
		near(t, "quantile", quantile(x, c.level), c.want, 1e-12)
	}
	near(t, "quantile of one", quantile([]float64{3}, 0.7), 3, 0)
}

func TestBetaQuantileAgreesWithGonum(t *testing.T) {
	for _, shape := range [][2]float64{{0.5, 100.5}, {1, 1}, {2, 5}, {0.3, 0.7}, {50.5, 50.5}, {2000.5, 8000.5}, {0.01, 0.02}, {3e5, 7e5}} {
		d := distuv.Beta{Alpha: shape[0], Beta: shape[1]}
		for _, level := range []float64{0.1, 0.5, 0.9} {
			x := betaQuantile(level, shape[0], shape[1])
			if x < 1e-15 || x > 1-1e-15 {
				continue // the whole mass lies at an end
			}
			near(t, "the distribution at its quantile", d.CDF(x), level, 1e-9)
		}
	}
	// Beta(1,1) is uniform, and Beta(2,1) has the distribution x².
	near(t, "uniform", betaQuantile(0.1, 1, 1), 0.1, 1e-14)
	near(t, "square", betaQuantile(0.49, 2, 1), 0.7, 1e-14)
	// Both shapes 1/2: the arcsine distribution, sin²(π/2 · level).
	near(t, "arcsine", betaQuantile(0.1, 0.5, 0.5), math.Pow(math.Sin(math.Pi/20), 2), 1e-14)
}

func TestLogGamma(t *testing.T) {
	for _, x := range []float64{1e-3, 0.5, 1, 2, 3.7, 14.9, 15, 100.25, 1e6} {
		want, _ := math.Lgamma(x)
		near(t, "log gamma", logGamma(x), want, 1e-14*math.Max(1, math.Abs(want)))
	}
}

// Without structure: the Jeffreys interval. For 0 of 100 its high end is the
// 90% quantile of Beta(0.5, 100.5), 0.0134 (qbeta in R); for 30 of 100 the
// interval is Beta(30.5, 70.5) at 10% and 90%.
func TestProbabilityIntervalWithoutStructure(t *testing.T) {
	none := probabilityInterval(0, 100, 0)
	if none.Low != 0 || none.Middle != 0 {
		t.Errorf("%+v", none)
	}
	near(t, "high end of 0 of 100", none.High, distuv.Beta{Alpha: 0.5, Beta: 100.5}.Quantile(0.9), 1e-9)
	all := probabilityInterval(100, 100, 0)
	near(t, "low end of 100 of 100", all.Low, 1-none.High, 1e-11)
	if all.High != 1 {
		t.Errorf("%+v", all)
	}
	some := probabilityInterval(30, 100, 0)
	d := distuv.Beta{Alpha: 30.5, Beta: 70.5}
	near(t, "low", some.Low, d.Quantile(0.1), 1e-9)
	near(t, "high", some.High, d.Quantile(0.9), 1e-9)
	near(t, "middle", some.Middle, 0.3, 0)
}

// By hand: two cells of 50 with means 0.2 and 0.6 and sampling variances 0.16/49
// and 0.24/49; w = 1/2, Σw(1-w) = 1/2, Σw(m-0.4)² = 0.04, Σw(1-w)v =
// (0.16+0.24)/49/4; so (0.04 - 0.1/49)/0.5 = 0.07591836...
func TestBetweenVarianceByHand(t *testing.T) {
	g := grouping{cell: make([]int32, 100), cells: 3}
	values := make([]float64, 100)
	for i := range values {
		if i >= 50 {
			g.cell[i] = 2 // and nothing in cell 1
		}
		if i < 10 || i >= 50 && i < 80 {
			values[i] = 1
		}
	}
	near(t, "between", betweenVariance(samples(g, values)), (0.04-0.1/49)/0.5, 1e-15)

	same := grouping{cell: make([]int32, 100), cells: 1}
	near(t, "one cell", betweenVariance(samples(same, values)), 0, 0)
	for i := range g.cell {
		g.cell[i] = int32(i % 2)
	}
	near(t, "equal cells", betweenVariance(samples(g, values)), 0, 0)

	// The interval has the moments it should: mean 40.5/101 and the variance
	// above plus m(1-m)/102.
	v := 0.07
	i := probabilityInterval(40, 100, v)
	m := 40.5 / 101
	strength := m*(1-m)/(v+m*(1-m)/102) - 1
	d := distuv.Beta{Alpha: m * strength, Beta: (1 - m) * strength}
	near(t, "variance", d.Variance(), v+m*(1-m)/102, 1e-12)
	near(t, "low", i.Low, d.Quantile(0.1), 1e-9)
	near(t, "high", i.High, d.Quantile(0.9), 1e-9)
}

func TestProbabilityIntervalOfOppositeStructures(t *testing.T) {
	// As large a variance as can be estimated: one structure always, one never.
	i := probabilityInterval(50, 100, 0.5)
	if i.Low > 1e-6 || i.High < 1-1e-6 || i.Middle != 0.5 {
		t.Errorf("%+v; expected all from 0 to 1", i)
	}
}

// Where alternatives truly are drawn from a Beta distribution, about 80% of
// intervals hold the probability under a further alternative.
func TestProbabilityIntervalCovers(t *testing.T) {
	random := rand.NewPCG(5, 6)
	uniform := rand.New(random)
	truth := distuv.Beta{Alpha: 3, Beta: 7, Src: random}
	const cells, each, trials = 12, 60, 2000
	covered := 0
	g := grouping{cell: make([]int32, cells*each), cells: cells}
	for i := range g.cell {
		g.cell[i] = int32(i / each)
	}
	values := make([]float64, len(g.cell))
	for range trials {
		k, p := 0, 0.0
		for i := range values {
			if i%each == 0 {
				p = truth.Rand()
			}
			values[i] = 0
			if uniform.Float64() < p {
				values[i] = 1
				k++
			}
		}
		interval := probabilityInterval(k, len(values), structuralVariance([]grouping{g}, values))
		if p := truth.Rand(); interval.Low <= p && p <= interval.High {
			covered++
		}
	}
	share := float64(covered) / trials
	t.Logf("%.3f of the intervals hold a further alternative", share)
	if share < 0.72 || share > 0.86 {
		t.Errorf("%.3f of the intervals cover; expected about 0.80", share)
	}
}

// Without structure the interval of a difference holds the true difference in
// about 80% of samples.
func TestDifferenceIntervalCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	const n, trials = 200, 4000
	const q, r = 0.15, 0.05 // probabilities of more and of less
	covered := 0
	for range trials {
		more, less := 0, 0
		for range n {
			switch u := random.Float64(); {
			case u < q:
				more++
			case u < q+r:
				less++
			}
		}
		d := differenceInterval(more, less, n, 0)
		if d.Low <= q-r && q-r <= d.High {
			covered++
		}
	}
	share := float64(covered) / trials
	t.Logf("%.3f of the intervals hold the difference", share)
	if share < 0.77 || share > 0.84 {
		t.Errorf("%.3f of the intervals cover; expected about 0.80", share)
	}
}

// By hand: 30 of 100 more and 10 less: q = 31/102, r = 11/102, centre 20/102,
// variance (42/102-(20/102)²)/102.
func TestDifferenceIntervalByHand(t *testing.T) {
	d := differenceInterval(30, 10, 100, 0.01)
	half := 1.2815515655446004 * math.Sqrt(0.01+(42.0/102-400.0/102/102)/102)
	near(t, "low", d.Low, 20.0/102-half, 1e-11)
	near(t, "middle", d.Middle, 0.2, 1e-15)
	near(t, "high", d.High, 20.0/102+half, 1e-11)
	none := differenceInterval(0, 0, 100, 0)
	if none.Middle != 0 || !(none.Low < 0 && none.High > 0 && none.High < 0.03) {
		t.Errorf("never different in 100: %+v", none)
	}
	all := differenceInterval(100, 0, 100, 0.5)
	if all.High != 1 || all.Middle != 1 {
		t.Errorf("always different: %+v", all)
	}
}
