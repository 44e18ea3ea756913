package hindcast

import (
	"math"
	"testing"

	"handover/random"
)

// TestCRPS: of one number it is the absolute error; of a large normal sample it is
// the closed form of Gneiting and Raftery 2007.
func TestCRPS(t *testing.T) {
	if got := (Forecast{2}).CRPS(5); got != 3 {
		t.Errorf("one number: %v", got)
	}
	if got := (Forecast{4, 0}).CRPS(1); math.Abs(got-1) > 1e-15 { // (3+1)/2 - 4*2/8
		t.Errorf("two numbers: %v, expected 1", got)
	}
	var f Forecast
	stream := random.At(1, 0, 0, random.Site("test"))
	for range 40_000 {
		f = append(f, 1+2*stream.Normal())
	}
	z := (2.5 - 1) / 2.0
	density, below := math.Exp(-z*z/2)/math.Sqrt(2*math.Pi), 0.5*(1+math.Erf(z/math.Sqrt2))
	want := 2 * (z*(2*below-1) + 2*density - 1/math.Sqrt(math.Pi))
	if got := f.CRPS(2.5); math.Abs(got-want) > 0.02 {
		t.Errorf("normal: %v, expected %v", got, want)
	}
	if got, want := f.LogScore(2.5), -z*z/2-math.Log(2)-math.Log(2*math.Pi)/2; math.Abs(got-want) > 0.02 {
		t.Errorf("log score %v, expected %v", got, want)
	}
	if got := f.Place(1); math.Abs(got-0.5) > 0.01 {
		t.Errorf("place %v, expected a half", got)
	}
	if got := (Forecast{1, 1}).LogScore(1.2); math.Abs(got-(-0.5-math.Log(0.2)-math.Log(2*math.Pi)/2)) > 1e-12 {
		t.Errorf("without spread: %v", got)
	}
}

func TestScore(t *testing.T) {
	var s Score
	f := Forecast{0, 1, 2, 3}
	for _, came := range []float64{-1, 1.5, 9, 1.5} {
		s.Add(f, came)
	}
	if s.N != 4 || s.Coverage != 0.5 || s.PIT != [10]int{0: 1, 5: 2, 9: 1} {
		t.Errorf("%+v", s)
	}
	if want := (f.CRPS(-1) + 2*f.CRPS(1.5) + f.CRPS(9)) / 4; math.Abs(s.CRPS-want) > 1e-12 {
		t.Errorf("mean CRPS %v, expected %v", s.CRPS, want)
	}
}

func TestBaselines(t *testing.T) {
	var past []float64
	for k := range 30 {
		past = append(past, math.Log1p(float64(k)))
	}
	for name, want := range map[string]int{LastValue: 1, YearMean: 1, Bootstrap: 12, AllPast: 30, AR1: arSample} {
		f := Baseline(name, past, 12, 3, 1)
		if len(f) != 3 || len(f[2]) != want {
			t.Errorf("%s: %d forecasts of %d", name, len(f), len(f[2]))
		}
	}
	if got := Baseline(YearMean, past, 12, 1, 1)[0][0]; math.Abs(math.Expm1(got)-23.5) > 1e-9 {
		t.Errorf("the mean of 18 to 29 is %v", math.Expm1(got))
	}
	if got := Baseline(LastValue, past, 12, 1, 1)[0][0]; got != math.Log1p(29) {
		t.Errorf("last value %v", got)
	}
	// A known AR(1): x = 1 + 0.8 x + 0.5 e has mean 5 and deviation 0.5/0.6.
	stream := random.At(2, 0, 0, random.Site("test"))
	x, long := 5.0, []float64{}
	for range 5000 {
		x = 1 + 0.8*x + 0.5*stream.Normal()
		long = append(long, x)
	}
	long = append(long, 8)
	f := Baseline(AR1, long, 12, 40, 3)
	mean := func(f Forecast) (m, d float64) {
		for _, x := range f {
			m += x / float64(len(f))
		}
		for _, x := range f {
			d += (x - m) * (x - m) / float64(len(f))
		}
		return m, math.Sqrt(d)
	}
	if m, d := mean(f[0]); math.Abs(m-7.4) > 0.1 || math.Abs(d-0.5) > 0.06 {
		t.Errorf("a step ahead: mean %v, deviation %v", m, d)
	}
	if m, d := mean(f[39]); math.Abs(m-5) > 0.15 || math.Abs(d-0.5/0.6) > 0.1 {
		t.Errorf("far ahead: mean %v, deviation %v", m, d)
	}
	// Too little to fit: the last value, with some spread.
	if f := Baseline(AR1, []float64{3}, 12, 1, 1)[0]; len(f) != arSample {
		t.Error("no forecast from one value")
	}
}

// TestCourses: each step of a resampled course is drawn by itself, so that the
// variance of a sum is that of one step times their number; an AR(1) goes on in paths,
// whose sums vary more.
func TestCourses(t *testing.T) {
	var past []float64
	for k := range 48 {
		past = append(past, float64(10+10*(k/6%2))) // six months of 10, six of 20
	}
	spread := func(name string) (mean, variance float64) {
		courses := Courses(name, past, 12, 12, 1000, 1)
		for k := range courses[0] {
			sum := 0.0
			for h := range courses {
				if x := courses[h][k]; x != math.Trunc(x) || x < 0 {
					t.Fatalf("%s: %v is no count", name, x)
				}
				sum += courses[h][k]
			}
			mean += sum / 1000
			variance += sum * sum / 1000
		}
		return mean, variance - mean*mean
	}
	for _, name := range []string{Bootstrap, AllPast} {
		if m, v := spread(name); math.Abs(m-180) > 3 || math.Abs(v-300) > 60 {
			t.Errorf("%s: mean %.1f, variance %.0f; expected 180 and 12 times 25", name, m, v)
		}
	}
	if m, v := spread(AR1); m < 130 || m > 230 || v < 600 {
		t.Errorf("AR(1): mean %.1f, variance %.0f", m, v)
	}
}

func TestWeights(t *testing.T) {
	methods, first := []string{"good", "bad", "new"}, []float64{0.5, 0.3, 0.2}
	for i, w := range Weights(methods, first, nil, nil) {
		if math.Abs(w-first[i]) > 1e-12 {
			t.Errorf("without a record: %v", w)
		}
	}
	record := func(n int) Record { return Record{"good": {N: n, CRPS: 0.2}, "bad": {N: n, CRPS: 0.4}} }
	few, many := Weights(methods, first, record(6), nil), Weights(methods, first, record(60), nil)
	sum := 0.0
	for _, w := range many {
		sum += w
	}
	if math.Abs(sum-1) > 1e-12 || !(many[0] > few[0] && few[0] > first[0] && few[1] < first[1] && few[1] > many[1]) {
		t.Errorf("few %v, many %v", few, many)
	}
	// Two windows of twelve: the other one counts a quarter.
	here, there := Weights(methods, first, record(3), nil), Weights(methods, first, nil, record(12))
	for i := range here {
		if math.Abs(here[i]-there[i]) > 1e-12 {
			t.Errorf("%v of this window, %v of others", here, there)
		}
	}
	// What is worse by d on n forecasts falls by exp(-24 d n/(n+12)).
	ratio := few[0] / few[1] / (first[0] / first[1])
	if want := math.Exp(24 * 0.2 * 6 / 18); math.Abs(ratio/want-1) > 1e-9 {
		t.Errorf("the ratio moved by %v, expected %v", ratio, want)
	}
	f := Combine([]Forecast{{0}, {1, 2}}, []float64{0.75, 0.25})
	if got := f.Place(0.5); math.Abs(got-0.75) > 0.01 || len(f) != combinedSize {
		t.Errorf("%v of %d below", got, len(f))
	}
}
