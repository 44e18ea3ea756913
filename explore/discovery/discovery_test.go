package discovery

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"handover/random"
)

// cube draws n points of k real factors in 0..1, one integer factor in 0..9 and
// one categorical factor of 4 values; the event happens as f says.
func cube(n, k int, f func(u []float64) bool) ([]Factor, []bool) {
	factors := make([]Factor, k+2)
	for j := range factors {
		factors[j] = Factor{Name: string(rune('a' + j)), Values: make([]float64, n)}
	}
	factors[k].Kind, factors[k+1].Kind = Integer, Categorical
	cases := make([]bool, n)
	u := make([]float64, k+2)
	for i := range n {
		s := random.At(11, uint32(i), 0, 0)
		for j := range u {
			u[j] = s.Uniform()
		}
		u[k], u[k+1] = math.Floor(10*u[k]), math.Floor(4*u[k+1])
		for j := range u {
			factors[j].Values[i] = u[j]
		}
		cases[i] = f(u)
	}
	return factors, cases
}

func data(t testing.TB, factors []Factor, cases []bool) *Data {
	t.Helper()
	d, err := NewData(factors, cases)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// planted is a box in two real factors, the integer and the categorical one.
func planted(u []float64) bool {
	return u[0] > 0.6 && u[2] < 0.5 && u[5] >= 4 && u[6] != 2
}

func TestPRIMFindsThePlantedBox(t *testing.T) {
	d := plantedData(t, 4000)
	found, err := d.PRIM(Peeling{})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("%d boxes", len(found))
	}
	b := found[0].Chosen
	t.Logf("coverage %.3f density %.3f %+v", b.Coverage, b.Density, b.Limits)
	if b.Coverage < 0.95 || b.Density < 0.95 || len(b.Limits) != 4 {
		t.Fatalf("coverage %.3f, density %.3f, limits %+v", b.Coverage, b.Density, b.Limits)
	}
	near(t, b.Limits[0].Low, 0.6, 0.03)
	near(t, b.Limits[1].High, 0.5, 0.03)
	near(t, b.Limits[2].Low, 4, 0)
	if len(b.Limits[3].Options) != 3 || b.Limits[3].holds(2) {
		t.Errorf("options %v, planted 0, 1, 3", b.Limits[3].Options)
	}
}

func near(t *testing.T, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("a limit is %v, planted %v", got, want)
	}
}

// TestGreedyPeeling takes real factors alone: with others the greedy objective
// takes the largest steps, which is what the lenient one was made against.
func TestGreedyPeeling(t *testing.T) {
	f, c := cube(4000, 5, func(u []float64) bool { return u[0] > 0.6 && u[2] < 0.5 })
	found, err := data(t, f[:5], c).PRIM(Peeling{Objective: Greedy})
	if err != nil {
		t.Fatal(err)
	}
	b := found[0].Chosen
	if b.Coverage < 0.95 || b.Density < 0.95 || len(b.Limits) != 2 {
		t.Fatalf("coverage %.3f, density %.3f, limits %+v", b.Coverage, b.Density, b.Limits)
	}
	near(t, b.Limits[0].Low, 0.6, 0.03)
	near(t, b.Limits[1].High, 0.5, 0.03)
}

func plantedData(t testing.TB, n int) *Data {
	f, c := cube(n, 5, planted)
	return data(t, f, c)
}

// TestPRIMFindsTwoBoxes: two boxes, the second among what the first leaves.
func TestPRIMFindsTwoBoxes(t *testing.T) {
	f, c := cube(4000, 5, func(u []float64) bool { return u[0] > 0.7 && u[1] > 0.5 || u[2] < 0.2 && u[3] < 0.5 })
	found, err := data(t, f, c).PRIM(Peeling{Boxes: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 2 {
		t.Fatalf("%d boxes", len(found))
	}
	sum := 0.0
	for _, b := range found {
		sum += b.Chosen.Coverage
	}
	if sum < 0.85 || found[0].Chosen.Density < 0.9 || found[1].Chosen.Density < 0.9 {
		t.Errorf("coverage %v; boxes %+v and %+v", sum, found[0].Chosen, found[1].Chosen)
	}
}

func TestCARTFindsThePlantedBox(t *testing.T) {
	d := plantedData(t, 4000)
	boxes, err := d.CART(Growth{})
	if err != nil {
		t.Fatal(err)
	}
	best := boxes[0]
	t.Logf("coverage %.3f density %.3f %+v", best.Coverage, best.Density, best.Limits)
	if best.Coverage < 0.95 || best.Density < 0.97 || len(best.Limits) != 4 {
		t.Errorf("coverage %.3f, density %.3f, limits %+v", best.Coverage, best.Density, best.Limits)
	}
	mass, coverage := 0.0, 0.0
	for _, b := range boxes {
		mass += b.Mass
		coverage += b.Coverage
	}
	if math.Abs(mass-1) > 1e-9 || math.Abs(coverage-1) > 1e-9 {
		t.Errorf("leaves have mass %v and coverage %v together", mass, coverage)
	}
}

// TestLogisticFindsASum: a weighted sum is no box.
func TestLogisticFindsASum(t *testing.T) {
	f, c := cube(3000, 5, func(u []float64) bool { return 2*u[0]+u[1]-u[2] > 1.6 })
	r, err := data(t, f, c).Logistic()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
	if r.Coverage < 0.95 || r.Density < 0.95 || r.Explained < 0.9 {
		t.Errorf("coverage %v, density %v, explained %v", r.Coverage, r.Density, r.Explained)
	}
	if ratio := r.Weights[0] / r.Weights[1]; math.Abs(ratio-2) > 0.2 {
		t.Errorf("weights %v: the first should be twice the second", r.Weights)
	}
	if ratio := r.Weights[1] / r.Weights[2]; math.Abs(ratio+1) > 0.15 {
		t.Errorf("weights %v: the third should be minus the second", r.Weights)
	}
}

func TestResampleSupportsThePlantedLimits(t *testing.T) {
	d := plantedData(t, 2000)
	found, err := d.PRIM(Peeling{})
	if err != nil {
		t.Fatal(err)
	}
	support, err := d.Resample(found[0].Chosen, Peeling{}, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	strong := map[int]bool{}
	for _, s := range support {
		if s.Coverage >= 0.9 && s.Density >= 0.9 {
			strong[s.Factor] = true
		}
	}
	for _, f := range []int{0, 2, 5, 6} {
		if !strong[f] {
			t.Errorf("factor %d is planted and has support %+v", f, support)
		}
	}
	if strong[1] || strong[3] || strong[4] {
		t.Errorf("a factor that does nothing has support: %+v", support)
	}
}

// TestBoxesCountWhatTheyHold: figures of every box along a trajectory are those of
// a plain count, and limits are nested while peeling.
func TestBoxesCountWhatTheyHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(4, 120).Draw(t, "points")
		k := rapid.IntRange(1, 4).Draw(t, "factors")
		factors := make([]Factor, k)
		for f := range factors {
			factors[f].Kind = Kind(rapid.IntRange(0, 2).Draw(t, "kind"))
			top := rapid.IntRange(0, 6).Draw(t, "values") // many ties, and constants
			for range n {
				factors[f].Values = append(factors[f].Values, float64(rapid.IntRange(0, top).Draw(t, "value")))
			}
		}
		cases := rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "cases")
		d, err := NewData(factors, cases)
		if err != nil {
			if !errors.Is(err, ErrNever) && !errors.Is(err, ErrAlways) {
				t.Fatal(err)
			}
			return
		}
		found, err := d.PRIM(Peeling{Objective: Objective(rapid.IntRange(0, 1).Draw(t, "objective")), Boxes: 2})
		if err != nil {
			t.Fatal(err)
		}
		leaves, err := d.CART(Growth{LeastMass: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		boxes := leaves
		for _, f := range found {
			boxes = append(append(boxes, f.Trajectory...), f.Chosen)
		}
		for _, b := range boxes {
			points, inside := 0, 0
			for i := range cases {
				if b.Contains(d, i) {
					points++
					if cases[i] {
						inside++
					}
				}
			}
			if points != b.Points || inside != b.Cases {
				t.Fatalf("%+v holds %d points and %d cases", b, points, inside)
			}
			for _, l := range b.Limits {
				if !(l.QuasiP >= 0 && l.QuasiP <= 1) {
					t.Fatalf("quasi-p of %+v", l)
				}
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	f := []Factor{{Name: "x", Values: []float64{1, 2, 3}}}
	if _, err := NewData(f, []bool{false, false, false}); !errors.Is(err, ErrNever) {
		t.Error(err)
	}
	if _, err := NewData(f, []bool{true, true, true}); !errors.Is(err, ErrAlways) {
		t.Error(err)
	}
	f[0].Values[1] = math.NaN()
	if _, err := NewData(f, []bool{true, false, true}); err == nil {
		t.Error("a NaN was taken")
	}
	if _, err := NewData(f, []bool{true, false}); err == nil {
		t.Error("a point too few was taken")
	}
}

func TestAtLeast(t *testing.T) {
	// 8 or more of 10 with a fair coin: 56/1024.
	if got, want := atLeast(8, 10, 0.5), 56.0/1024; math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
	if atLeast(0, 10, 0.5) != 1 || atLeast(1, 10, 0) != 0 {
		t.Error("the ends are wrong")
	}
}

func BenchmarkPRIM(b *testing.B) {
	f, c := cube(10_000, 92, func(u []float64) bool { return u[0] > 0.6 && u[2] < 0.5 && u[92] >= 4 && u[93] != 2 })
	d := data(b, f, c)
	for b.Loop() {
		if _, err := d.PRIM(Peeling{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPRIMAmongNoise: of eighty factors two matter, and chance as much; the box has
// no others.
func TestPRIMAmongNoise(t *testing.T) {
	const n = 3000
	factors := make([]Factor, 80)
	cases := make([]bool, n)
	for i := range n {
		s := random.At(4, uint32(i), 0, random.Site("noise"))
		for f := range factors {
			factors[f].Values = append(factors[f].Values, s.Uniform())
		}
		chance := 0.04
		if factors[3].Values[i] > 0.6 && factors[7].Values[i] < 0.5 {
			chance = 0.35
		}
		cases[i] = s.Uniform() < chance
	}
	d, err := NewData(factors, cases)
	if err != nil {
		t.Fatal(err)
	}
	found, err := d.PRIM(Peeling{})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("%d boxes", len(found))
	}
	b := found[0].Chosen
	t.Logf("%d of %d factors looked at, coverage %.2f, density %.2f, %+v", len(found[0].Peeling.Factors), len(factors), b.Coverage, b.Density, b.Limits)
	restricted := map[int]bool{}
	for _, l := range b.Limits {
		restricted[l.Factor] = true
	}
	if !restricted[3] || !restricted[7] || len(restricted) > 3 || b.Density < 0.28 || b.Coverage < 0.5 {
		t.Errorf("coverage %.2f, density %.2f, limits %+v", b.Coverage, b.Density, b.Limits)
	}
}

// TestTelling: both tests give a factor that differs a small p-value and one that
// does not the level of chance.
func TestTelling(t *testing.T) {
	low := [3]int{}
	const trials, n = 300, 200
	for k := range trials {
		factors := []Factor{{Name: "differs"}, {Name: "same"}, {Name: "same kinds", Kind: Categorical}, {Name: "other kinds", Kind: Categorical}}
		var cases []bool
		for i := range n {
			s := random.At(9, uint32(i), uint32(k), random.Site("telling"))
			c := s.Uniform() < 0.3
			shift := 0.0
			if c {
				shift = 0.4
			}
			cases = append(cases, c)
			factors[0].Values = append(factors[0].Values, s.Uniform()+shift)
			factors[1].Values = append(factors[1].Values, s.Uniform())
			factors[2].Values = append(factors[2].Values, math.Floor(4*s.Uniform()))
			factors[3].Values = append(factors[3].Values, math.Floor(4*s.Uniform()+4*shift))
		}
		d, err := NewData(factors, cases)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range d.telling(0.1) {
			switch f {
			case 1, 2:
				low[f]++
			default:
				low[0]++
			}
		}
	}
	if low[0] < 2*trials-6 {
		t.Errorf("factors that differ are told in %d of %d trials", low[0], 2*trials)
	}
	for f := 1; f <= 2; f++ {
		if low[f] < 10 || low[f] > 50 {
			t.Errorf("factor %d, which does not differ, is told at the level of 0.1 in %d of %d trials", f, low[f], trials)
		}
	}
}
