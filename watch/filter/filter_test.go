package filter

import (
	"errors"
	"math"
	"slices"
	"testing"

	"handover/random"
)

// invented are paths with different levels and growths: flat, growing, falling,
// and with a war in the middle.
func invented(months, futures int) [][]float64 {
	out := make([][]float64, months)
	for m := range out {
		out[m] = make([]float64, futures)
		for i := range out[m] {
			s := random.At(5, uint32(i), 0, random.Site("test paths"))
			level, growth, war := 2+20*s.Uniform(), 0.03*s.Normal(), s.Uniform()
			x := level * math.Exp(growth*float64(m))
			if war < 0.3 && m > 20 && m < 40 {
				x *= 4
			}
			out[m][i] = min(x, 500)
		}
	}
	return out
}

// TestCoverage: on simulated truths, which wander from a path of the ensemble and at
// times go over to another one as the filter supposes, 80% intervals of the state, and of counts one to twelve
// months ahead, hold what was true in about 80% of cases.
func TestCoverage(t *testing.T) {
	const months, futures, runs, particles = 60, 60, 50, 800
	paths := invented(months+13, futures)
	held, asked := 0, 0
	ahead, of := map[int]int{}, 0
	effective, fewest := 0.0, math.Inf(1)
	for run := range runs {
		s := random.At(9, uint32(run), 0, random.Site("truth"))
		truth := particle{path: int(s.Uniform() * futures), x: usual.spread * s.Normal()}
		truth.size = lowSize * math.Exp(s.Uniform()*math.Log(topSize/lowSize))
		truth.stays = lowStay + (topStay-lowStay)*s.Uniform()
		truth.k = lowK * math.Exp(s.Uniform()*math.Log(topK/lowK))
		f, err := New(paths, particles, uint64(run))
		if err != nil {
			t.Fatal(err)
		}
		var means, counts []float64
		for m := range months + 12 {
			s := random.At(9, uint32(run), uint32(m+1), random.Site("truth"))
			if m > 0 && s.Uniform() < usual.change {
				level := f.mean(truth, m-1)
				truth.path = int(s.Uniform() * futures)
				truth.x += math.Log(level / f.mean(truth, m-1))
			}
			truth.move(&s)
			mean := f.mean(truth, m)
			means, counts = append(means, mean), append(counts, s.NegativeBinomial(mean, truth.k))
		}
		for m := range months {
			count := counts[m]
			if m%11 == 10 {
				count = math.NaN() // a month that is not known
			}
			f.Observe(count)
			effective += f.Effective() / (runs * months)
			fewest = min(fewest, f.Effective())
			if m >= 6 {
				q := f.Level(0.1, 0.9)
				asked++
				if q[0] <= means[m] && means[m] <= q[1] {
					held++
				}
			}
		}
		_, simulated, weights := f.Ahead(12)
		of++
		for _, h := range []int{1, 3, 6, 12} {
			q := Quantiles(simulated[h-1], weights, 0.1, 0.9)
			if x := counts[months+h-1]; q[0] <= x && x <= q[1] {
				ahead[h]++
			}
		}
	}
	t.Logf("state in %.3f of %d; counts ahead of %d: %v; effective particles %.0f of %d on average, %.0f at least", float64(held)/float64(asked), asked, of, ahead, effective, particles, fewest)
	if share := float64(held) / float64(asked); share < 0.72 || share > 0.88 {
		t.Errorf("the 80%% interval of the state holds the truth in %.3f", share)
	}
	for h, n := range ahead {
		// Counts are whole, so that intervals hold a little more. Three standard errors
		// are 0.15.
		if share := float64(n) / float64(of); share < 0.66 || share > 0.97 {
			t.Errorf("%d months ahead: %.3f", h, share)
		}
	}
	if effective < particles/5 {
		t.Errorf("%.0f effective particles", effective)
	}
}

// TestBetter: on simulated truths the filtered forecast is better than the ensemble
// as it stands, by CRPS, at 1 to 12 months.
func TestBetter(t *testing.T) {
	const months, futures, particles = 48, 60, 800
	paths := invented(months+13, futures)
	horizons := []int{1, 6, 12}
	with, without := make([]float64, len(horizons)), make([]float64, len(horizons))
	const runs = 25
	for run := range runs {
		s := random.At(10, uint32(run), 0, random.Site("truth"))
		truth := particle{path: int(s.Uniform() * futures), x: s.Normal(), size: 0.15, stays: 0.98, k: 4}
		f, err := New(paths, particles, 1)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := New(paths, particles, 1)
		if err != nil {
			t.Fatal(err)
		}
		var came []float64
		for m := range months + 12 {
			s := random.At(10, uint32(run), uint32(m+1), random.Site("truth"))
			truth.move(&s)
			came = append(came, s.NegativeBinomial(f.mean(truth, m), truth.k))
			if m < months {
				f.Observe(came[m])
				plain.Observe(math.NaN())
			}
		}
		_, a, w := f.Ahead(12)
		_, b, v := plain.Ahead(12)
		for i, h := range horizons {
			with[i] += CRPS(a[h-1], w, came[months+h-1]) / runs
			without[i] += CRPS(b[h-1], v, came[months+h-1]) / runs
		}
	}
	t.Logf("CRPS at %v months: %.2f with the filter, %.2f without", horizons, with, without)
	for i, h := range horizons {
		if with[i] > 0.8*without[i] {
			t.Errorf("%d months ahead: CRPS %.2f with the filter, %.2f without", h, with[i], without[i])
		}
	}
}

// TestPicks: without discrepancy to speak of, the weight goes to the path that the
// counts follow, and Paths says how few are left.
func TestPicks(t *testing.T) {
	const months = 24
	paths := make([][]float64, months)
	for m := range paths {
		paths[m] = []float64{5, 5 * math.Exp(0.15*float64(m)), 80}
	}
	f, err := New(paths, 3000, 3)
	if err != nil {
		t.Fatal(err)
	}
	if p := f.Paths(); math.Abs(p-3) > 0.01 {
		t.Errorf("at first %.2f paths carry weight", p)
	}
	for m := range months {
		f.Observe(math.Round(paths[m][1]))
	}
	q := f.Level(0.1, 0.5, 0.9)
	if came := paths[months-1][1]; q[0] > came || q[2] < came || q[2]/q[0] > 3 {
		t.Errorf("the level is %v, and was %.0f", q, came)
	}
	if f.Effective() > 3000 || f.Effective() < 100 || f.Month() != months {
		t.Errorf("%.0f effective particles after %d months", f.Effective(), f.Month())
	}
}

func TestSame(t *testing.T) {
	make := func() []float64 {
		f, err := New(invented(30, 20), 400, 7)
		if err != nil {
			t.Fatal(err)
		}
		for m := range 20 {
			f.Observe(float64(m % 7))
		}
		means, counts, weights := f.Ahead(6)
		return slices.Concat(f.Level(0.1, 0.5, 0.9), means[5], counts[5], weights)
	}
	if a, b := make(), make(); !slices.Equal(a, b) {
		t.Error("the same seed gives another filter")
	}
}

func TestRefuses(t *testing.T) {
	for _, paths := range [][][]float64{nil, {{}}, {{math.NaN()}}, {{1, 2}, {-1, math.Inf(1)}}} {
		if _, err := New(paths, 10, 1); !errors.Is(err, ErrPaths) {
			t.Errorf("%v: %v", paths, err)
		}
	}
	if f, err := New([][]float64{{1, math.NaN()}, {2, 3}}, 10, 1); err != nil || f.particles[9].path != 0 {
		t.Errorf("the sound path is not taken: %v", err)
	}
}

// TestCRPS: against the definition, and for one value the absolute error.
func TestCRPS(t *testing.T) {
	if got := CRPS([]float64{3}, []float64{1}, 7); got != 4 {
		t.Error(got)
	}
	values, weights := []float64{5, 1, 4, 4}, []float64{0.1, 0.4, 0.2, 0.3}
	want := 0.0
	for i, x := range values {
		want += weights[i] * math.Abs(x-2)
		for j, y := range values {
			want -= weights[i] * weights[j] * math.Abs(x-y) / 2
		}
	}
	if got := CRPS(values, weights, 2); math.Abs(got-want) > 1e-12 {
		t.Errorf("%g, expected %g", got, want)
	}
}

// TestReport: with paths held, the weights after a report are the likelihoods
// themselves; a newer figure takes the place of the older one; and particles that go
// over to another path go to those that reports favour.
func TestReport(t *testing.T) {
	const months = 24
	paths := make([][]float64, months)
	for m := range paths {
		paths[m] = []float64{5, 5, 20, math.NaN()}
	}
	shares := func(f *Filter) (out [4]float64) {
		for i, w := range f.weights() {
			out[f.particles[i].path] += w
		}
		return out
	}
	near := func(what string, got, want [4]float64, within float64) {
		t.Helper()
		for i := range got {
			if math.Abs(got[i]-want[i]) > within {
				t.Errorf("%s: %v, expected %v", what, got, want)
				return
			}
		}
	}
	f, err := New(paths, 3000, 3)
	if err != nil {
		t.Fatal(err)
	}
	f.Hold()
	f.Report("soldiers", []float64{0, math.Log(3), 0, -1})
	near("first figure", shares(f), [4]float64{0.2, 0.6, 0.2}, 1e-9)
	f.Report("weapons", []float64{0, 0, math.Log(3), 0})
	near("two reports", shares(f), [4]float64{1.0 / 7, 3.0 / 7, 3.0 / 7}, 1e-9)
	f.Report("soldiers", []float64{math.Log(2), 0, 0, 0})
	near("newer figure", shares(f), [4]float64{2.0 / 6, 1.0 / 6, 3.0 / 6}, 1e-3)
	means, _, weights := f.Ahead(2)
	if q := Quantiles(means[1], weights, 0.2, 0.8); q[0] != 5 || q[1] != 20 {
		t.Errorf("held paths have wandered: %v", q)
	}
	other := make([][]float64, months)
	for m := range other {
		other[m] = []float64{1, 2, 3, 4}
	}
	for i, x := range f.Follow(other, 2)[1] {
		if want := other[0][f.particles[i].path]; x != want {
			t.Fatalf("another series of path %d is %v, expected %v", f.particles[i].path, x, want)
		}
	}
	// A filter that changes paths at will, and hears no counts.
	if f, err = begin(paths, 3000, 3, habits{spread: 1, change: 0.5}); err != nil {
		t.Fatal(err)
	}
	f.Report("soldiers", []float64{0, math.Log(8), 0, 0})
	for range months {
		f.Observe(math.NaN())
	}
	near("after two years", shares(f), [4]float64{0.1, 0.8, 0.1}, 0.04)
}

// TestFollow: where counts are twice what the paths expect, a series that follows is
// once to twice its own.
func TestFollow(t *testing.T) {
	const months = 36
	paths, other := make([][]float64, months), make([][]float64, months)
	for m := range paths {
		paths[m], other[m] = []float64{50, 50}, []float64{1000, 1000}
	}
	f, err := New(paths, 3000, 4)
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		f.Observe(100)
	}
	_, _, weights := f.Ahead(1)
	q := Quantiles(f.Follow(other, 1)[0], weights, 0.1, 0.5, 0.9)
	if q[0] < 900 || q[0] > 1200 || q[1] < 1250 || q[1] > 1650 || q[2] < 1750 || q[2] > 2400 {
		t.Errorf("%v", q)
	}
}
