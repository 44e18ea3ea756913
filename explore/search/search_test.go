package search

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"handover/explore/search/testproblem"
	"handover/random"
)

func problem(p testproblem.Problem, epsilon float64) Problem {
	q := Problem{Low: p.Low, High: p.High}
	for range p.Objectives {
		q.Epsilons = append(q.Epsilons, epsilon)
	}
	q.Evaluate = func(_ context.Context, points [][]float64) ([]Result, error) {
		results := make([]Result, len(points))
		for i, x := range points {
			results[i].Objectives = p.Value(x)
		}
		return results, nil
	}
	return q
}

func objectives(s *State) [][]float64 {
	var out [][]float64
	for _, a := range s.Archive {
		out = append(out, a.Objectives)
	}
	return out
}

// TestReachesKnownFronts compares with the volume of the true front. The reference
// points and shares are ours; the volumes follow from the fronts' formulas.
func TestReachesKnownFronts(t *testing.T) {
	for _, c := range []struct {
		p         testproblem.Problem
		epsilon   float64
		reference []float64
		// best is the volume between the true front and the reference point.
		best, share float64
	}{
		{testproblem.DTLZ2(2), 0.01, []float64{1.1, 1.1}, 1.21 - math.Pi/4, 0.98},
		{testproblem.DTLZ2(3), 0.05, []float64{1.1, 1.1, 1.1}, 1.331 - math.Pi/6, 0.90},
		{testproblem.WFG4(2), 0.03, []float64{2.2, 4.4}, 2.2*4.4 - math.Pi*2*4/4, 0.90},
	} {
		for _, adaptive := range []bool{false, true} {
			s, err := Run(context.Background(), problem(c.p, c.epsilon), Options{Evaluations: 10_000, Adaptive: adaptive, Seed: 1}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			share := Hypervolume(objectives(s), c.reference) / c.best
			t.Logf("%s, %d objectives, adaptive %v: %.4f of the volume, %d in the archive, %d restarts, %d evaluations", c.p.Name, c.p.Objectives, adaptive, share, len(s.Archive), s.Restarts, s.Evaluations)
			if share < c.share || share > 1.0001 {
				t.Errorf("%s, %d objectives, adaptive %v: %.4f of the volume of the true front", c.p.Name, c.p.Objectives, adaptive, share)
			}
		}
	}
}

// TestContinuesToTheSameBytes stops after every generation, writes the state, reads
// it and goes on.
func TestContinuesToTheSameBytes(t *testing.T) {
	for _, adaptive := range []bool{false, true} {
		p, o := problem(testproblem.DTLZ7(3), 0.05), Options{Evaluations: 3000, Adaptive: adaptive, Seed: 7}
		whole, err := Run(context.Background(), p, o, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		stop := errors.New("stop")
		var text []byte
		state := (*State)(nil)
		for first := true; ; {
			if state != nil && state.Evaluations >= o.Evaluations {
				break
			}
			calls := 0
			_, err := Run(context.Background(), p, o, state, func(s *State) error {
				text, _ = json.Marshal(s)
				if calls++; calls == 2 || first {
					first = false
					return stop
				}
				return nil
			})
			if err != nil && !errors.Is(err, stop) {
				t.Fatal(err)
			}
			state = &State{}
			if err := json.Unmarshal(text, state); err != nil {
				t.Fatal(err)
			}
		}
		want, _ := json.Marshal(whole)
		if string(text) != string(want) {
			t.Errorf("adaptive %v: the continued search ended elsewhere", adaptive)
		}
	}
}

// TestCancelLeavesTheLastGeneration: an interrupted generation leaves no trace.
func TestCancelLeavesTheLastGeneration(t *testing.T) {
	p := problem(testproblem.DTLZ2(2), 0.05)
	ctx, cancel := context.WithCancel(context.Background())
	inner, calls := p.Evaluate, 0
	p.Evaluate = func(ctx context.Context, points [][]float64) ([]Result, error) {
		if calls++; calls == 5 {
			cancel()
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return inner(ctx, points)
	}
	var last *State
	s, err := Run(ctx, p, Options{Evaluations: 5000, Seed: 1}, nil, func(s *State) error { last = s; return nil })
	if !errors.Is(err, context.Canceled) || !reflect.DeepEqual(s, last) || s.Generation != 3 {
		t.Errorf("%v, generation %d", err, s.Generation)
	}
}

// TestConstraints: the best of x+y with x+y >= 1 lies on the line.
func TestConstraints(t *testing.T) {
	p := Problem{Low: []float64{0, 0}, High: []float64{1, 1}, Epsilons: []float64{0.01, 0.01}, Evaluate: func(_ context.Context, points [][]float64) ([]Result, error) {
		var r []Result
		for _, x := range points {
			r = append(r, Result{x, 1 - x[0] - x[1]})
		}
		return r, nil
	}}
	s, err := Run(context.Background(), p, Options{Evaluations: 4000, Seed: 1}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Archive) < 50 {
		t.Errorf("%d solutions", len(s.Archive))
	}
	for _, a := range s.Archive {
		if a.Violation > 0 || a.X[0]+a.X[1] > 1.05 {
			t.Errorf("%+v", a)
		}
	}
	// With constraints that contradict each other, the least broken is kept.
	p.Evaluate = func(_ context.Context, points [][]float64) ([]Result, error) {
		var r []Result
		for _, x := range points {
			r = append(r, Result{x, 1 + math.Abs(x[0]-0.3)})
		}
		return r, nil
	}
	s, err = Run(context.Background(), p, Options{Evaluations: 2000, Seed: 1}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Archive) != 1 || s.Archive[0].Violation > 1.01 {
		t.Errorf("%d solutions, %+v", len(s.Archive), s.Archive[0])
	}
}

func TestNotFiniteIsNeverBest(t *testing.T) {
	p := problem(testproblem.DTLZ2(2), 0.05)
	inner, n := p.Evaluate, 0
	p.Evaluate = func(ctx context.Context, points [][]float64) ([]Result, error) {
		r, err := inner(ctx, points)
		for i := range r {
			if n++; n%3 == 0 {
				r[i].Objectives[0] = math.NaN()
			}
		}
		return r, err
	}
	s, err := Run(context.Background(), p, Options{Evaluations: 1000, Seed: 1}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range s.Archive {
		if a.Objectives[0] > 10 {
			t.Errorf("%+v", a)
		}
	}
}

// TestArchive: no member ε-dominates another, and every solution offered is
// ε-dominated by some member.
func TestArchive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := archive{epsilons: []float64{0.1, 0.2, 0.3}}
		offered := rapid.SliceOfN(rapid.SliceOfN(rapid.Float64Range(-1, 1), 3, 3), 1, 60).Draw(t, "offered")
		for _, o := range offered {
			a.add(&Solution{Objectives: o})
		}
		covers := func(x, y []float64) bool {
			for k := range x {
				if x[k] > y[k] {
					return false
				}
			}
			return true
		}
		for i := range a.boxes {
			for j := range a.boxes {
				if i != j && covers(a.boxes[i], a.boxes[j]) {
					t.Fatalf("box %v covers %v", a.boxes[i], a.boxes[j])
				}
			}
		}
		for _, o := range offered {
			b, found := a.box(&Solution{Objectives: o}), false
			for i := range a.boxes {
				found = found || covers(a.boxes[i], b)
			}
			if !found {
				t.Fatalf("nothing covers %v", o)
			}
		}
	})
}

// TestJoin: of two seeds' near-duplicates one is left, and none that breaks a
// constraint.
func TestJoin(t *testing.T) {
	at := func(violation float64, o ...float64) *Solution { return &Solution{Objectives: o, Violation: violation} }
	first := []*Solution{at(0, 0.51, 0.52), at(0, 0.1, 0.9), at(1, 0, 0)}
	second := []*Solution{at(0, 0.52, 0.51), at(0, 0.15, 0.95), at(0, 0.505, 0.505), at(0, 0.9, 0.1)}
	got := Join([]float64{0.1, 0.1}, first, second)
	want := [][]float64{{0.1, 0.9}, {0.505, 0.505}, {0.9, 0.1}}
	if len(got) != len(want) {
		t.Fatalf("%d solutions, want %d", len(got), len(want))
	}
	for i, s := range got {
		if !slices.Equal(s.Objectives, want[i]) {
			t.Errorf("solution %d is %v, want %v", i, s.Objectives, want[i])
		}
	}
	if got := Join([]float64{1, 1}, []*Solution{at(1, 0, 0)}); len(got) != 0 {
		t.Errorf("%d solutions of none that keeps the constraints", len(got))
	}
}

// TestMovesASchedule: a lake that stays clear takes a hundred numbers that are all
// low, near none of the first population.
func TestMovesASchedule(t *testing.T) {
	noise := make([][]float64, 3)
	for i := range noise {
		s := random.At(1, uint32(i), 0, random.Site("lake"))
		for range 100 {
			noise[i] = append(noise[i], math.Exp(math.Log(0.02)-0.005+float64(0.1*s.Normal())))
		}
	}
	for _, adaptive := range []bool{false, true} {
		s, err := Run(context.Background(), problem(testproblem.Lake(noise), 0.01), Options{Evaluations: 10_000, Adaptive: adaptive, Seed: 1}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		best := 0.0
		for _, o := range objectives(s) {
			best = math.Max(best, -o[3])
		}
		if best < 0.99 {
			t.Errorf("adaptive %v: the clearest lake is so in %.2f of the years", adaptive, best)
		}
	}
}

// TestHypervolume compares with counting random points.
func TestHypervolume(t *testing.T) {
	if got := Hypervolume([][]float64{{0, 0.5}, {0.5, 0}, {0.6, 0.6}}, []float64{1, 1}); math.Abs(got-0.75) > 1e-12 {
		t.Errorf("two squares: %v, want 0.75", got)
	}
	s := random.At(3, 0, 0, 0)
	for m := 2; m <= 5; m++ {
		var points [][]float64
		for range 12 {
			p := make([]float64, m)
			for k := range p {
				p[k] = s.Uniform()
			}
			points = append(points, p)
		}
		reference := make([]float64, m)
		for k := range reference {
			reference[k] = 1
		}
		const n = 40_000
		hit := 0
		q := make([]float64, m)
		for range n {
			for k := range q {
				q[k] = s.Uniform()
			}
			for _, p := range points {
				all := true
				for k := range p {
					all = all && p[k] <= q[k]
				}
				if all {
					hit++
					break
				}
			}
		}
		want := float64(hit) / n
		if got := Hypervolume(points, reference); math.Abs(got-want) > 0.012 {
			t.Errorf("%d objectives: %v, by counting %v", m, got, want)
		}
	}
}

func TestGenerationalDistance(t *testing.T) {
	if d := GenerationalDistance([][]float64{{0, 1}, {3, 4}}, [][]float64{{0, 0}}); d != 3 {
		t.Errorf("%v, want 3", d)
	}
}

func TestRefusals(t *testing.T) {
	good := problem(testproblem.DTLZ2(2), 0.1)
	for name, change := range map[string]func(*Problem, *Options){
		"bounds":       func(p *Problem, _ *Options) { p.Low = append([]float64(nil), p.Low...); p.Low[0] = 2 },
		"epsilon":      func(p *Problem, _ *Options) { p.Epsilons = []float64{0, 1} },
		"no objective": func(p *Problem, _ *Options) { p.Epsilons = nil },
		"population":   func(_ *Problem, o *Options) { o.Population = 1 },
		"start":        func(_ *Problem, o *Options) { o.Start = [][]float64{{1}} },
		"no function":  func(p *Problem, _ *Options) { p.Evaluate = nil },
	} {
		p, o := good, Options{Evaluations: 200}
		change(&p, &o)
		if _, err := Run(context.Background(), p, o, nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzOperators: children lie within the bounds whatever the parents are.
func FuzzOperators(f *testing.F) {
	f.Add(uint64(1), 0.0, 1.0, 0.5, 0.5)
	f.Add(uint64(2), -1.0, -1.0, -1.0, -1.0)
	f.Add(uint64(3), 0.0, 1e300, 1e299, 1e-300)
	f.Fuzz(func(t *testing.T, seed uint64, low, high, a, b float64) {
		if !(low <= high) || math.IsInf(low, 0) || math.IsInf(high-low, 0) {
			return
		}
		clip := func(x float64) float64 {
			if math.IsNaN(x) {
				x = low
			}
			return math.Max(low, math.Min(high, x))
		}
		l, h := []float64{low, low, 0}, []float64{high, high, 1}
		p := [][]float64{{clip(a), clip(b), 0.2}, {clip(b), clip(a), 0.2}, {clip(a), clip(a), 0.9}, {clip(b), clip(b), 0}}
		for op := range int(operators) {
			s := random.At(seed, uint32(op), 0, 0)
			for i, x := range breed(op, slices.Repeat(p, 3)[:parents[op]], l, h, &s) {
				if !(x >= l[i] && x <= h[i]) {
					t.Fatalf("%s: number %d is %v, bounds %v and %v", operatorNames[op], i, x, l[i], h[i])
				}
			}
		}
	})
}
