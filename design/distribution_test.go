package design

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var inf, nan = math.Inf(1), math.NaN()

func TestQuantiles(t *testing.T) {
	e := math.E
	for i, c := range []struct {
		d       Distribution
		u, want float64
	}{
		{must(Uniform(2, 4)), 0.25, 2.5}, {must(Uniform(2, 4)), 0, 2}, {must(Uniform(2, 4)), 1, 4}, {must(Uniform(3, 3)), 0.4, 3},
		{must(Triangular(0, 1, 2)), 0.5, 1}, {must(Triangular(0, 1, 2)), 0.125, 0.5}, {must(Triangular(0, 0, 1)), 0.75, 0.5},
		{must(Triangular(0, 1, 1)), 0.25, 0.5}, {must(Triangular(5, 5, 5)), 0.9, 5}, {must(Triangular(0, 1, 2)), 1, 2}, {must(Triangular(0, 1, 2)), 0, 0},
		{must(Normal(10, 2, -inf, inf)), 0.5, 10}, {must(Normal(10, 2, -inf, inf)), 0.841344746068542949, 12},
		{must(Normal(10, 2, -inf, inf)), 0, -inf}, {must(Normal(10, 2, -inf, inf)), 1, inf},
		// The upper half of a normal distribution.
		{must(Normal(0, 1, 0, inf)), 0.5, 0.674489750196081743}, {must(Normal(0, 1, -inf, 0)), 0.5, -0.674489750196081743},
		{must(Normal(0, 1, -1, 1)), 0.5, 0}, {must(Normal(0, 1, -1, 1)), 0, -1}, {must(Normal(0, 1, -1, 1)), 1, 1},
		// Far out in the tail, by mpmath.
		{must(Normal(0, 1, 30, inf)), 0.5, 30.023070467827310753},
		{must(LogNormal(100, 2, 0, inf)), 0.5, 100}, {must(LogNormal(100, 2, 0, inf)), 0.841344746068542949, 200},
		{must(LogNormal(1, e, 0, inf)), 0.158655253931457051, 1 / e}, {must(LogNormal(1, e, 0, inf)), 0, 0}, {must(LogNormal(1, e, 0, inf)), 1, inf},
		{must(LogNormal(10, 3, 10, 90)), 0, 10}, {must(LogNormal(10, 3, 10, 90)), 1, 90},
		{must(LogNormal(10, 3, 10, inf)), 0.682689492137085898, 30},
		// PERT with mode in the middle is beta(3,3): its lower quartile by mpmath.
		{must(Beta(0, 0.5, 1)), 0.5, 0.5}, {must(Beta(0, 0.5, 1)), 0.25, 0.35943616478964708813}, {must(Beta(0, 1, 5)), 0, 0}, {must(Beta(0, 1, 5)), 1, 5},
		// With the mode at an end it is beta(1,5): 1-(1-x)^5.
		{must(Beta(10, 10, 20)), 0.5, 10 + 10*(1-math.Pow(0.5, 0.2))}, {must(Beta(10, 20, 20)), 0.5, 10 + 10*math.Pow(0.5, 0.2)}, {must(Beta(7, 7, 7)), 0.3, 7},
		{must(Discrete([]float64{1, 2, 3}, []float64{1, 2, 1})), 0.2499, 1}, {must(Discrete([]float64{1, 2, 3}, []float64{1, 2, 1})), 0.2501, 2},
		{must(Discrete([]float64{3, 1, 2}, []float64{1, 1, 2})), 0.76, 3}, {must(Discrete([]float64{3, 1, 2}, nil)), 0.5, 2},
		{must(Discrete([]float64{0, 1, 2}, []float64{0, 1, 0})), 0, 1}, {must(Discrete([]float64{0, 1, 2}, []float64{0, 1, 0})), 1, 1},
	} {
		got := c.d.Quantile(c.u)
		if got != c.want && !(math.Abs(got-c.want) <= 4e-15*math.Max(1, math.Abs(c.want))) {
			t.Errorf("case %d (%T): quantile of %v is %.17g, want %.17g", i, c.d, c.u, got, c.want)
		}
	}
}

func TestConstructorErrors(t *testing.T) {
	wrap := func(_ Distribution, err error) error { return err }
	for want, errs := range map[string][]error{
		"low (3) must not be above high (2)": {wrap(Uniform(3, 2)), wrap(Triangular(3, 2, 2)), wrap(Beta(3, 2, 2))},
		"low must be a finite number":        {wrap(Uniform(nan, 2)), wrap(Uniform(-inf, 2)), wrap(Triangular(nan, 1, 2)), wrap(Beta(-inf, 1, 2))},
		"high must be a finite number":       {wrap(Uniform(1, inf)), wrap(Triangular(0, 1, nan)), wrap(Beta(0, 1, inf))},
		"too far apart":                      {wrap(Uniform(-1.7e308, 1.7e308)), wrap(Beta(-1.7e308, 0, 1.7e308))},
		"mode (5) must lie between":          {wrap(Triangular(1, 5, 2)), wrap(Beta(1, 5, 2))},
		"mode (NaN) must lie between":        {wrap(Triangular(1, nan, 2)), wrap(Beta(1, nan, 2))},
		"mean must be a finite":              {wrap(Normal(nan, 1, 0, 1)), wrap(Normal(inf, 1, 0, 1))},
		"deviation must be":                  {wrap(Normal(0, 0, 0, 1)), wrap(Normal(0, -1, 0, 1)), wrap(Normal(0, nan, 0, 1)), wrap(Normal(0, inf, 0, 1))},
		"must be below high":                 {wrap(Normal(0, 1, 1, 1)), wrap(Normal(0, 1, 2, 1)), wrap(Normal(0, 1, nan, 1)), wrap(LogNormal(1, 2, 3, 3)), wrap(LogNormal(1, 2, 0, nan))},
		"next to nothing":                    {wrap(Normal(0, 1, 50, 60)), wrap(Normal(0, 1, 1, 1+1e-15)), wrap(LogNormal(1, 1.01, 1e9, inf)), wrap(LogNormal(5, 2, 1, 1+0x1p-52))},
		"median must be":                     {wrap(LogNormal(0, 2, 0, 1)), wrap(LogNormal(nan, 2, 0, 1)), wrap(LogNormal(inf, 2, 0, 1))},
		"factor must be":                     {wrap(LogNormal(1, 1, 0, 1)), wrap(LogNormal(1, 0.5, 0, 1)), wrap(LogNormal(1, nan, 0, 1))},
		"low must not be below 0":            {wrap(LogNormal(1, 2, -1, 1))},
		"at least one value":                 {wrap(Discrete(nil, nil))},
		"2 values but 1 weights":             {wrap(Discrete([]float64{1, 2}, []float64{1}))},
		"value 2 must be a finite":           {wrap(Discrete([]float64{1, nan}, nil))},
		"the weight of 2 must be":            {wrap(Discrete([]float64{1, 2}, []float64{1, -1})), wrap(Discrete([]float64{1, 2}, []float64{1, nan}))},
		"listed twice":                       {wrap(Discrete([]float64{1, 2, 1}, nil))},
		"at least one weight":                {wrap(Discrete([]float64{1, 2}, []float64{0, 0}))},
		"too large":                          {wrap(Discrete([]float64{1, 2}, []float64{1.7e308, 1.7e308}))},
	} {
		for i, err := range errs {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %d should say %q: %v", i, want, err)
			}
		}
	}
}

// anyDistribution draws a distribution with its range.
func anyDistribution(t *rapid.T) (d Distribution, low, high float64) {
	size := rapid.Float64Range(-1e6, 1e6)
	low, high = size.Draw(t, "low"), size.Draw(t, "high")
	low, high = math.Min(low, high), math.Max(low, high)
	share := rapid.Float64Range(0, 1).Draw(t, "share")
	mode := math.Max(low, math.Min(high, low+share*(high-low)))
	var err error
	switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); kind {
	case 0:
		d, err = Uniform(low, high)
	case 1:
		d, err = Triangular(low, mode, high)
	case 2:
		d, err = Beta(low, mode, high)
	case 3:
		d, err = Normal(mode, (high-low)*rapid.Float64Range(0.01, 10).Draw(t, "width")+1e-3, low-1, high+1)
		low, high = low-1, high+1
	case 4:
		low, high = math.Abs(low), math.Abs(low)+math.Abs(high)+1
		d, err = LogNormal(low+share*(high-low)+1e-3, rapid.Float64Range(1.01, 10).Draw(t, "factor"), low, high)
		if err != nil && strings.Contains(err.Error(), "next to nothing") {
			t.Skip()
		}
	case 5:
		values := rapid.SliceOfNDistinct(size, 1, 9, rapid.ID).Draw(t, "values")
		low, high = values[0], values[0]
		for _, v := range values {
			low, high = math.Min(low, v), math.Max(high, v)
		}
		d, err = Discrete(values, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d, low, high
}

func TestQuantilesNeverFall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, low, high := anyDistribution(t)
		us := rapid.SliceOfN(rapid.Float64Range(0, 1), 2, 2).Draw(t, "u")
		a, b := d.Quantile(math.Min(us[0], us[1])), d.Quantile(math.Max(us[0], us[1]))
		// One part in 1e12 of the range is left to rounding.
		if a > b+1e-12*(high-low) || !(a >= low) || !(b <= high) {
			t.Fatalf("%#v: quantiles of %v are %v and %v in %v..%v", d, us, a, b, low, high)
		}
		if d.Quantile(0) > a || d.Quantile(1) < b {
			t.Fatalf("the ends %v and %v do not hold %v and %v", d.Quantile(0), d.Quantile(1), a, b)
		}
		for _, u := range []float64{nan, -0x1p-50, 1 + 0x1p-50, inf, -inf} {
			if x := d.Quantile(u); x == x {
				t.Fatalf("quantile of %v is %v", u, x)
			}
		}
	})
}

// TestInverse goes through distribution functions written the plain way.
func TestInverse(t *testing.T) {
	phi := func(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.Float64Range(1e-6, 1-1e-6).Draw(t, "u")
		mode := rapid.Float64Range(0, 1).Draw(t, "mode")
		tolerance := 1e-11
		check := func(name string, d Distribution, err error, cdf func(x float64) float64) {
			if err != nil {
				t.Fatal(err)
			}
			x := d.Quantile(u)
			if back := cdf(x); math.Abs(back-u) > tolerance {
				t.Fatalf("%s with %v: %v -> %v -> %v", name, mode, u, x, back)
			}
		}
		d, err := Triangular(0, mode, 1)
		check("triangular", d, err, func(x float64) float64 {
			if x < mode {
				return x * x / mode
			}
			return 1 - (1-x)*(1-x)/(1-mode)
		})
		d, err = Normal(mode, 1, -1, 2)
		check("normal", d, err, func(x float64) float64 { return (phi(x-mode) - phi(-1-mode)) / (phi(2-mode) - phi(-1-mode)) })
		d, err = LogNormal(1+mode, 2, 0.5, 10)
		check("lognormal", d, err, func(x float64) float64 {
			at := func(x float64) float64 { return phi(math.Log(x/(1+mode)) / math.Ln2) }
			return (at(x) - at(0.5)) / (at(10) - at(0.5))
		})
		d, err = Beta(0, mode, 1)
		// By Simpson's rule on the density of the nearer tail, after x = y^4, which
		// makes the end smooth. (Package fpmath tests its beta more finely.)
		tolerance = 1e-9
		tail := func(x, a, b float64) float64 {
			la, _ := math.Lgamma(a)
			lb, _ := math.Lgamma(b)
			lab, _ := math.Lgamma(a + b)
			f := func(y float64) float64 {
				return 4 * math.Pow(y, 4*a-1) * math.Pow(1-y*y*y*y, b-1) * math.Exp(lab-la-lb)
			}
			end := math.Pow(x, 0.25)
			const steps = 4000
			h := end / steps
			sum := f(0) + f(end)
			for i := 1; i < steps; i++ {
				sum += f(float64(i)*h) * float64(2+2*(i%2))
			}
			return sum * h / 3
		}
		check("pert", d, err, func(x float64) float64 {
			a, b := 1+4*mode, 5-4*mode
			if u > 0.5 {
				return 1 - tail(1-x, b, a)
			}
			return tail(x, a, b)
		})
	})
}

func FuzzConstructors(f *testing.F) {
	f.Add(0.0, 1.0, 2.0, 3.0, 0.5)
	f.Add(1e308, -1e308, 5e-324, inf, 1.0)
	f.Add(-1.0, nan, 0.0, -inf, 0.0)
	f.Add(1.0, 1.0000000000000002, 1.0, 2.0, 0.25)
	f.Fuzz(func(t *testing.T, a, b, c, d, u float64) {
		for name, make := range map[string]func() (Distribution, error){
			"Uniform":    func() (Distribution, error) { return Uniform(a, b) },
			"Triangular": func() (Distribution, error) { return Triangular(a, b, c) },
			"Beta":       func() (Distribution, error) { return Beta(a, b, c) },
			"Normal":     func() (Distribution, error) { return Normal(a, b, c, d) },
			"LogNormal":  func() (Distribution, error) { return LogNormal(a, b, c, d) },
			"Discrete":   func() (Distribution, error) { return Discrete([]float64{a, b, c}, []float64{d, 1, 2}) },
		} {
			dist, err := make()
			if (err == nil) == (dist == nil) {
				t.Fatalf("%s: %v and %v", name, dist, err)
			}
			if err != nil {
				if strings.Contains(err.Error(), "%!") {
					t.Fatalf("%s: %v", name, err)
				}
				continue
			}
			x := dist.Quantile(u)
			if (x == x) != (u >= 0 && u <= 1) {
				t.Fatalf("%s(%v, %v, %v, %v): quantile of %v is %v", name, a, b, c, d, u, x)
			}
			if x == x && (dist.Quantile(0) > x || dist.Quantile(1) < x) {
				t.Fatalf("%s(%v, %v, %v, %v): quantile of %v is %v, outside %v..%v", name, a, b, c, d, u, x, dist.Quantile(0), dist.Quantile(1))
			}
		}
	})
}
