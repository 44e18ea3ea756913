package random

import (
	"fmt"
	"math"
	"sort"
	"testing"

	"handover/fpmath"
)

const draws = 20000

// kolmogorov compares draws with a distribution by the largest gap (Kolmogorov
// and Smirnov); chance gives sqrt(n)*gap above 2.2 once in 8000 times.
func kolmogorov(t *testing.T, name string, seed uint64, draw func(s *Stream) float64, cdf func(x float64) float64) {
	t.Helper()
	s := At(seed, 1, 2, 3)
	xs := make([]float64, draws)
	for i := range xs {
		xs[i] = draw(&s)
	}
	sort.Float64s(xs)
	gap := 0.0
	for i, x := range xs {
		p := cdf(x)
		gap = math.Max(gap, math.Max(math.Abs(p-float64(i)/draws), math.Abs(p-float64(i+1)/draws)))
	}
	if k := gap * math.Sqrt(draws); !(k < 2.2) {
		t.Errorf("%s: Kolmogorov's statistic is %.2f", name, k)
	}
}

func TestContinuous(t *testing.T) {
	kolmogorov(t, "uniform", 1, (*Stream).Uniform, func(x float64) float64 { return x })
	kolmogorov(t, "normal", 2, (*Stream).Normal, fpmath.NormalCDF)
	kolmogorov(t, "exponential", 3, (*Stream).Exponential, func(x float64) float64 { return -math.Expm1(-x) })
	kolmogorov(t, "lognormal", 4, func(s *Stream) float64 { return s.LogNormal(1, 0.7) },
		func(x float64) float64 { return fpmath.NormalCDF((math.Log(x) - 1) / 0.7) })
	// Gamma distributions of half-integer and integer shape have plain forms.
	kolmogorov(t, "gamma 1/2", 5, func(s *Stream) float64 { return s.Gamma(0.5, 2) },
		func(x float64) float64 { return math.Erf(math.Sqrt(x / 2)) })
	kolmogorov(t, "gamma 3/2", 6, func(s *Stream) float64 { return s.Gamma(1.5, 1) },
		func(x float64) float64 { return math.Erf(math.Sqrt(x)) - 2*math.Sqrt(x/math.Pi)*math.Exp(-x) })
	kolmogorov(t, "gamma 1", 7, func(s *Stream) float64 { return s.Gamma(1, 3) }, func(x float64) float64 { return -math.Expm1(-x / 3) })
	kolmogorov(t, "gamma 4", 8, func(s *Stream) float64 { return s.Gamma(4, 1) },
		func(x float64) float64 { return 1 - math.Exp(-x)*(1+x+x*x/2+x*x*x/6) })
	for i, shape := range [][2]float64{{0.5, 0.5}, {1, 1}, {0.3, 0.8}, {2, 3}, {0.5, 4}, {20, 1.5}} {
		kolmogorov(t, fmt.Sprint("beta", shape), 9+uint64(i), func(s *Stream) float64 { return s.Beta(shape[0], shape[1]) },
			func(x float64) float64 { return fpmath.BetaCDF(x, shape[0], shape[1]) })
	}
	kolmogorov(t, "triangular", 20, func(s *Stream) float64 { return s.Triangular(2, 3, 6) }, func(x float64) float64 {
		if x < 3 {
			return (x - 2) * (x - 2) / 4
		}
		return 1 - (6-x)*(6-x)/12
	})
	for i, c := range [][3]float64{{2.5, 1, 1000}, {1, 2, 50}, {0, 1, 3}, {-2, 1, 4}, {1.5, 3, math.Inf(1)}, {1 + 1e-12, 1, 10}} {
		g := 1 - c[0]
		kolmogorov(t, fmt.Sprint("power law", c), 30+uint64(i), func(s *Stream) float64 { return s.PowerLaw(c[0], c[1], c[2]) },
			func(x float64) float64 {
				if math.Abs(g) < 1e-9 {
					return math.Log(x/c[1]) / math.Log(c[2]/c[1])
				}
				return math.Expm1(g*math.Log(x/c[1])) / math.Expm1(g*math.Log(c[2]/c[1]))
			})
	}
}

// chiSquare compares counts with a distribution, cells of fewer than 10 expected
// draws joined to the next. The statistic is made standard by Wilson and
// Hilferty's cube root; chance gives more than 4 once in 30000 times.
func chiSquare(t *testing.T, name string, seed uint64, draw func(s *Stream) float64, log func(k float64) float64, from, to int) {
	t.Helper()
	s := At(seed, 4, 5, 6)
	seen := map[int]int{}
	for range draws {
		k := draw(&s)
		if k != math.Floor(k) || !(k >= 0) {
			t.Fatalf("%s: %v is not a count", name, k)
		}
		seen[int(k)]++
	}
	var sum, expected, observed, all float64
	cells := 0.0
	counted := 0
	for k := from; k <= to; k++ {
		expected += draws * math.Exp(log(float64(k)))
		observed += float64(seen[k])
		counted += seen[k]
		if expected >= 10 {
			sum += (observed - expected) * (observed - expected) / expected
			all += expected
			expected, observed = 0, 0
			cells++
		}
	}
	if rest := draws - all; rest > 5 { // whatever is outside
		o := float64(draws-counted) + observed
		sum += (o - rest) * (o - rest) / rest
		cells++
	}
	df := cells - 1
	z := (math.Cbrt(sum/df) - (1 - 2/(9*df))) / math.Sqrt(2/(9*df))
	if !(z < 4) || counted < draws*99/100 {
		t.Errorf("%s: chi-square %.1f for %v cells (%.1f deviations), %d draws in range", name, sum, cells, z, counted)
	}
}

func lgamma(x float64) float64 {
	l, _ := math.Lgamma(x)
	return l
}

func TestDiscrete(t *testing.T) {
	for i, mean := range []float64{0.01, 0.5, 3, 9.99, 10, 12.5, 30, 100, 1000, 54321} {
		spread := 8*math.Sqrt(mean) + 8
		chiSquare(t, fmt.Sprint("Poisson ", mean), 100+uint64(i), func(s *Stream) float64 { return s.Poisson(mean) },
			func(k float64) float64 { return k*math.Log(mean) - mean - lgamma(k+1) },
			int(math.Max(0, mean-spread)), int(mean+spread))
	}
	for i, c := range [][2]float64{{1, 0.3}, {20, 0.3}, {20, 0.5}, {21, 0.5}, {100, 0.9}, {1000, 0.2}, {1000, 0.011}, {1000, 0.999}, {100000, 0.37}} {
		n, p := c[0], c[1]
		mean, spread := n*p, 8*math.Sqrt(n*p*(1-p))+8
		chiSquare(t, fmt.Sprint("binomial ", c), 200+uint64(i), func(s *Stream) float64 { return s.Binomial(n, p) },
			func(k float64) float64 {
				return lgamma(n+1) - lgamma(k+1) - lgamma(n-k+1) + k*math.Log(p) + (n-k)*math.Log1p(-p)
			},
			int(math.Max(0, mean-spread)), int(math.Min(n, mean+spread)))
	}
	for i, c := range [][2]float64{{3, 0.5}, {3, 5}, {40, 2}, {40, 1000}, {0.2, 0.1}} {
		mean, r := c[0], c[1]
		chiSquare(t, fmt.Sprint("negative binomial ", c), 300+uint64(i), func(s *Stream) float64 { return s.NegativeBinomial(mean, r) },
			func(k float64) float64 {
				return lgamma(k+r) - lgamma(r) - lgamma(k+1) + r*math.Log(r/(r+mean)) + k*math.Log(mean/(r+mean))
			},
			0, int(mean+20*math.Sqrt(mean+mean*mean/r)+10))
	}
}

// TestMoments looks at means and variances where the distributions are too wide
// to count, up to means of 1e15.
func TestMoments(t *testing.T) {
	for i, c := range []struct {
		name           string
		draw           func(s *Stream) float64
		mean, variance float64
	}{
		{"Poisson 1e6", func(s *Stream) float64 { return s.Poisson(1e6) }, 1e6, 1e6},
		{"Poisson 1e9", func(s *Stream) float64 { return s.Poisson(1e9) }, 1e9, 1e9},
		{"Poisson 1e15", func(s *Stream) float64 { return s.Poisson(1e15) }, 1e15, 1e15},
		{"binomial 1e9", func(s *Stream) float64 { return s.Binomial(1e9, 0.25) }, 2.5e8, 1.875e8},
		{"binomial 4e9", func(s *Stream) float64 { return s.Binomial(4e9, 0.75) }, 3e9, 7.5e8},
		{"rare binomial", func(s *Stream) float64 { return s.Binomial(1e12, 3e-12) }, 3, 3},
		{"negative binomial 1e9", func(s *Stream) float64 { return s.NegativeBinomial(1e9, 4) }, 1e9, 1e9 + 1e18/4},
		{"gamma 1e6", func(s *Stream) float64 { return s.Gamma(1e6, 2) }, 2e6, 4e6},
		{"gamma 0.05", func(s *Stream) float64 { return s.Gamma(0.05, 1) }, 0.05, 0.05},
		{"beta 1e4", func(s *Stream) float64 { return s.Beta(1e4, 3e4) }, 0.25, 0.25 * 0.75 / 40001},
		{"beta 0.001", func(s *Stream) float64 { return s.Beta(0.001, 0.001) }, 0.5, 0.25 / 1.002},
	} {
		s := At(400+uint64(i), 0, 0, 0)
		var sum, squares float64
		for range draws {
			d := (c.draw(&s) - c.mean) / math.Sqrt(c.variance)
			sum += d
			squares += d * d
		}
		mean, variance := sum/draws, squares/draws
		// 4.5 deviations of a mean; the variance with room for heavy tails.
		if math.Abs(mean) > 4.5/math.Sqrt(draws) || math.Abs(variance-1) > 0.12 {
			t.Errorf("%s: the mean is off by %.4f deviations, the variance is %.4f of what it should be", c.name, mean, variance)
		}
	}
}

func TestBadParameters(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	s := At(1, 2, 3, 4)
	for i, x := range []float64{
		s.LogNormal(nan, 1), s.LogNormal(0, -1), s.LogNormal(inf, 1), s.LogNormal(0, inf),
		s.Gamma(0, 1), s.Gamma(-1, 1), s.Gamma(nan, 1), s.Gamma(inf, 1), s.Gamma(1, -1), s.Gamma(1, nan),
		s.Beta(0, 1), s.Beta(1, nan), s.Beta(-1, 2), s.Beta(inf, 1),
		s.Poisson(-1), s.Poisson(nan), s.Poisson(inf),
		s.Binomial(-1, 0.5), s.Binomial(2.5, 0.5), s.Binomial(nan, 0.5), s.Binomial(inf, 0.5), s.Binomial(3, -0.1), s.Binomial(3, 1.1), s.Binomial(3, nan),
		s.NegativeBinomial(-1, 1), s.NegativeBinomial(nan, 1), s.NegativeBinomial(1, 0), s.NegativeBinomial(1, nan), s.NegativeBinomial(inf, 1),
		s.Triangular(2, 1, 3), s.Triangular(nan, 1, 2), s.Triangular(0, nan, 2), s.Triangular(0, 1, inf),
		s.PowerLaw(2, 0, 1), s.PowerLaw(2, 2, 1), s.PowerLaw(nan, 1, 2), s.PowerLaw(1, 1, inf), s.PowerLaw(2, inf, inf), s.PowerLaw(2, -1, 1),
	} {
		if x == x {
			t.Errorf("bad parameters %d give %v, not NaN", i, x)
		}
	}
	for i, c := range [][2]float64{
		{s.Poisson(0), 0}, {s.Binomial(0, 0.5), 0}, {s.Binomial(9, 0), 0}, {s.Binomial(9, 1), 9}, {s.Gamma(2, 0), 0}, {s.NegativeBinomial(0, 2), 0},
		{s.Triangular(4, 4, 4), 4}, {s.PowerLaw(2, 3, 3), 3}, {s.LogNormal(0, 0), 1},
	} {
		if c[0] != c[1] {
			t.Errorf("limit case %d gives %v, want %v", i, c[0], c[1])
		}
	}
}

// FuzzBounded looks for parameters at which a draw would not end or would leave
// its range.
func FuzzBounded(f *testing.F) {
	f.Add(3.0, 0.5, uint64(1))
	f.Add(1e300, 1e-300, uint64(2))
	f.Add(5e-324, 5e-324, uint64(3))
	f.Add(-1.0, math.NaN(), uint64(4))
	f.Fuzz(func(t *testing.T, a, b float64, seed uint64) {
		s := At(seed, 0, 0, 0)
		for name, x := range map[string]float64{
			"Gamma": s.Gamma(a, b), "Poisson": s.Poisson(a), "Binomial": s.Binomial(math.Floor(a), b),
			"NegativeBinomial": s.NegativeBinomial(a, b), "PowerLaw": s.PowerLaw(a, b, b*10),
		} {
			if x < 0 {
				t.Errorf("%s(%v, %v) = %v", name, a, b, x)
			}
		}
		if x := s.Beta(a, b); x < 0 || x > 1 || x != x && a > 0 && b > 0 && a < 1e300 && b < 1e300 {
			t.Errorf("Beta(%v, %v) = %v", a, b, x)
		}
		if x := s.Binomial(math.Floor(a), b); x > math.Floor(a) {
			t.Errorf("Binomial(%v, %v) = %v", math.Floor(a), b, x)
		}
		if x := s.Triangular(a, a, b); x < a || x > b {
			t.Errorf("Triangular(%v, %v, %v) = %v", a, a, b, x)
		}
	})
}

// TestGolden holds the first draws at one place: they must not change, on any
// machine, or all results change.
func TestGolden(t *testing.T) {
	s := At(2011, 1, 2, Site("attacks[anbar]"))
	for i, c := range []struct{ got, want float64 }{
		{s.Uniform(), 0x1.93b502ca120dep-02}, {s.Normal(), 0x1.04eefeb88975p+00}, {s.Exponential(), 0x1.0c9bda6530031p-02}, {s.LogNormal(1, 0.5), 0x1.13113b7eaf7c4p+02}, {s.Gamma(0.7, 2), 0x1.e5320cbe0314cp-01}, {s.Gamma(3, 2), 0x1.aa7f018235fbap+01},
		{s.Beta(0.4, 0.6), 0x1.8e75ee64fb91bp-01}, {s.Beta(2, 3), 0x1.8280dbe73f0bdp-03}, {s.Poisson(3), 0x1p+01}, {s.Poisson(300), 0x1.34p+08}, {s.Binomial(30, 0.1), 0x1p+00}, {s.Binomial(3000, 0.6), 0x1.c8p+10},
		{s.NegativeBinomial(20, 0.8), 0x1.ap+03}, {s.Triangular(1, 2, 5), 0x1.18dded4c54971p+02}, {s.PowerLaw(2.5, 1, 1e6), 0x1.4171c4228cddp+00},
	} {
		if c.got != c.want {
			t.Errorf("draw %d is %v (%x), want %v", i, c.got, c.got, c.want)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	dst := make([]float64, 64)
	var run uint32
	if n := testing.AllocsPerRun(100, func() {
		run++
		s := At(1, run, 2, 3)
		sink += s.Uniform() + s.Normal() + s.Exponential() + s.LogNormal(0, 1) + s.Gamma(0.5, 1) + s.Gamma(3, 1) + s.Beta(0.5, 0.5) + s.Beta(2, 2) +
			s.Poisson(3) + s.Poisson(300) + s.Binomial(10, 0.5) + s.Binomial(1000, 0.5) + s.NegativeBinomial(3, 1) + s.Triangular(0, 1, 2) + s.PowerLaw(2, 1, 9)
		UniformInto(dst, 1, run, 2, 3, 0)
		NormalInto(dst, 1, run, 2, 3, 0)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

var sink float64

func BenchmarkDraw(b *testing.B) {
	for _, c := range []struct {
		name string
		draw func(s *Stream) float64
	}{
		{"Uniform", (*Stream).Uniform}, {"Normal", (*Stream).Normal}, {"Exponential", (*Stream).Exponential},
		{"Gamma", func(s *Stream) float64 { return s.Gamma(2, 1) }}, {"Beta", func(s *Stream) float64 { return s.Beta(2, 3) }},
		{"Poisson2", func(s *Stream) float64 { return s.Poisson(2) }}, {"Poisson100", func(s *Stream) float64 { return s.Poisson(100) }},
		{"Poisson1e9", func(s *Stream) float64 { return s.Poisson(1e9) }}, {"Binomial", func(s *Stream) float64 { return s.Binomial(1000, 0.2) }},
		{"NegativeBinomial", func(s *Stream) float64 { return s.NegativeBinomial(20, 0.8) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := At(1, 2, 3, 4)
			for range b.N {
				sink += c.draw(&s)
			}
		})
	}
}

// BenchmarkInto is the time of one run's number in a block of 128.
func BenchmarkInto(b *testing.B) {
	dst := make([]float64, 128)
	b.Run("Uniform", func(b *testing.B) {
		for i := 0; i < b.N; i += len(dst) {
			UniformInto(dst, 1, 0, uint32(i), 3, 0)
		}
	})
	b.Run("Normal", func(b *testing.B) {
		for i := 0; i < b.N; i += len(dst) {
			NormalInto(dst, 1, 0, uint32(i), 3, 0)
		}
	})
}
