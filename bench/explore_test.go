package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"testing"
	"time"

	"handover/explore/discovery"
	"handover/explore/search"
	"handover/explore/search/testproblem"
	"handover/random"
)

// peer runs bench/peers/explore.py with the Python that HANDOVER_PEER_PYTHON
// names, and decodes what it prints. Without it the test is skipped: it takes
// Python with the packages ema_workbench and platypus-opt.
func peer(t *testing.T, module string, input any, out any, arguments ...string) {
	t.Helper()
	python := os.Getenv("HANDOVER_PEER_PYTHON")
	if python == "" {
		t.Skip("set HANDOVER_PEER_PYTHON to a Python with ema_workbench and platypus-opt to compare with them")
	}
	if err := exec.Command(python, "-W", "ignore", "-c", "import "+module).Run(); err != nil {
		t.Skipf("%s has no %s: %v", python, module, err)
	}
	c := exec.Command(python, append([]string{"-W", "ignore", "peers/explore.py"}, arguments...)...)
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	c.Stdin = bytes.NewReader(text)
	var printed, complaints bytes.Buffer
	c.Stdout, c.Stderr = &printed, &complaints
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	if err := json.Unmarshal(printed.Bytes(), out); err != nil {
		t.Fatal(err)
	}
}

// area is that under the highest density at each coverage, 0 to 1.
func area(coverage, density []float64) float64 {
	sum := 0.0
	const steps = 1000
	for i := range steps {
		best := 0.0
		for k, c := range coverage {
			if c >= (float64(i)+0.5)/steps {
				best = math.Max(best, density[k])
			}
		}
		sum += best / steps
	}
	return sum
}

// TestPRIMBesideEMAWorkbench peels the data of Bryant and Lempert 2010 with both
// programs, each with its own defaults.
func TestPRIMBesideEMAWorkbench(t *testing.T) {
	var theirs struct {
		Version string
		Names   []string
		X       [][]float64
		Y       []bool
		Runs    map[string]struct {
			Seconds                 float64
			Coverage, Density, Mass []float64
		}
	}
	peer(t, "ema_workbench", nil, &theirs, "prim")
	var factors []discovery.Factor
	for i, name := range theirs.Names {
		factors = append(factors, discovery.Factor{Name: name, Values: theirs.X[i]})
	}
	for name, objective := range map[string]discovery.Objective{"lenient": discovery.Lenient, "greedy": discovery.Greedy} {
		begin := time.Now()
		d, err := discovery.NewData(factors, theirs.Y)
		if err != nil {
			t.Fatal(err)
		}
		found, err := d.PRIM(discovery.Peeling{Objective: objective, LeastMass: 0.05})
		if err != nil {
			t.Fatal(err)
		}
		seconds := time.Since(begin).Seconds()
		var coverage, density []float64
		for _, b := range found[0].Trajectory {
			coverage, density = append(coverage, b.Coverage), append(density, b.Density)
		}
		them := theirs.Runs[name]
		ours, other := area(coverage, density), area(them.Coverage, them.Density)
		c := found[0].Chosen
		t.Logf("%s, %d points, %d cases: area under density by coverage %.4f, EMA Workbench %s %.4f; chosen box coverage %.3f, density %.3f, %d limits; %.1f ms against %.0f ms, %.0f times",
			name, d.Points(), d.Cases(), ours, theirs.Version, other, c.Coverage, c.Density, len(c.Limits), 1000*seconds, 1000*them.Seconds, them.Seconds/seconds)
		if ours < other {
			t.Errorf("%s: our boxes have less coverage and density: area %.4f against %.4f", name, ours, other)
		}
	}
}

// TestSearchBesidePlatypus gives both programs the same evaluations and the same
// epsilons and compares the hypervolume of what they found.
func TestSearchBesidePlatypus(t *testing.T) {
	noise := make([][]float64, 10)
	for i := range noise {
		s := random.At(1, uint32(i), 0, random.Site("lake"))
		for range 100 {
			noise[i] = append(noise[i], math.Exp(math.Log(0.02)-0.005+float64(0.1*s.Normal())))
		}
	}
	const evaluations = 10_000
	for _, c := range []struct {
		problem   testproblem.Problem
		epsilon   float64
		text      string
		reference []float64
	}{
		{testproblem.DTLZ2(3), 0.05, "0.05", []float64{1.1, 1.1, 1.1}},
		{testproblem.DTLZ7(3), 0.05, "0.05", []float64{1.1, 1.1, 6.6}},
		{testproblem.WFG4(3), 0.15, "0.15", []float64{2.2, 4.4, 6.6}},
		{testproblem.Lake(noise), 0.01, "0.01", []float64{3, 0, 0, 0}},
	} {
		t.Run(c.problem.Name, func(t *testing.T) {
			var theirs struct {
				Version string
				Seconds float64
				Fronts  [][][]float64
			}
			peer(t, "platypus", noise, &theirs, "search", c.problem.Name, "10000", c.text)
			them := 0.0
			for _, front := range theirs.Fronts {
				them += search.Hypervolume(front, c.reference) / float64(len(theirs.Fronts))
			}
			for _, adaptive := range []bool{false, true} {
				p := search.Problem{Low: c.problem.Low, High: c.problem.High, Evaluate: func(_ context.Context, points [][]float64) ([]search.Result, error) {
					var out []search.Result
					for _, x := range points {
						out = append(out, search.Result{Objectives: c.problem.Value(x)})
					}
					return out, nil
				}}
				for range c.problem.Objectives {
					p.Epsilons = append(p.Epsilons, c.epsilon)
				}
				ours, seconds := 0.0, 0.0
				for _, seed := range []uint64{1, 2, 3} {
					begin := time.Now()
					s, err := search.Run(context.Background(), p, search.Options{Evaluations: evaluations, Adaptive: adaptive, Seed: seed}, nil, nil)
					if err != nil {
						t.Fatal(err)
					}
					seconds += time.Since(begin).Seconds() / 3
					var front [][]float64
					for _, x := range s.Archive {
						front = append(front, x.Objectives)
					}
					ours += search.Hypervolume(front, c.reference) / 3
				}
				t.Logf("adaptive %v: mean hypervolume of three seeds %.4f against Platypus %s %.4f: ratio %.3f; %.2f s against %.1f s, %.0f times",
					adaptive, ours, theirs.Version, them, ours/them, seconds, theirs.Seconds, theirs.Seconds/seconds)
				if ours < 0.97*them {
					t.Errorf("our search found less: hypervolume %.4f against %.4f", ours, them)
				}
			}
		})
	}
}
