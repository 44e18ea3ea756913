package evaluate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"handover/casefile"
	"handover/cases"
	"handover/ensemble"
	"handover/explore/evaluate"
)

func iraq(t *testing.T) *casefile.Case {
	t.Helper()
	files, _ := cases.Open("iraq")
	c, found := casefile.Load(files)
	if c == nil {
		t.Fatal(found)
	}
	return c
}

// TestAgreesWithEnsemble runs the futures of a run folder again.
func TestAgreesWithEnsemble(t *testing.T) {
	c := iraq(t)
	dir, _, err := ensemble.Start(context.Background(), ensemble.Request{Case: c, Strategies: []string{"A0", "A8"}, Futures: 70, Seed: 5, Horizon: 24}, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	table, err := ensemble.ReadTables(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []evaluate.Options{{Threads: 1, Lanes: 64}, {Threads: 3, Lanes: 7, Engine: "interpreter"}} {
		o.Seed, o.Horizon = 5, 24
		e, err := evaluate.New(c, "A8", o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Run(context.Background(), evaluate.Points{
			Count:  70,
			Set:    func(i int, dst []float64) { copy(dst, table.Point(i)) },
			Stream: func(i int) int { return i },
			Draw:   table.PosteriorDraw,
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k := range c.Outcomes {
			for i, want := range table.Outcomes[1][k] {
				if got.Outcomes[k][i] != want && !(math.IsNaN(want) && math.IsNaN(got.Outcomes[k][i])) {
					t.Fatalf("%s in future %d is %v; the run has %v", c.Outcomes[k].ID, i, got.Outcomes[k][i], want)
				}
			}
		}
	}
}

// TestStreams checks that runs that share a stream share what chance brings,
// whatever block they are in.
func TestStreams(t *testing.T) {
	c := iraq(t)
	var want string
	for _, o := range []evaluate.Options{{Threads: 1, Lanes: 256}, {Threads: 4, Lanes: 3}} {
		o.Seed, o.Horizon, o.Series = 1, 60, []string{"insurgents"}
		e, err := evaluate.New(c, "A0", o)
		if err != nil {
			t.Fatal(err)
		}
		u := make([]float64, len(c.Uncertainties))
		for i := range u {
			u[i] = 0.5
		}
		got, err := e.Run(context.Background(), evaluate.Points{
			Count:  30,
			Set:    func(_ int, dst []float64) { e.Draw(u, dst) },
			Stream: func(i int) int { return i % 10 },
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		deaths := got.Outcomes[1]
		for i := range 20 {
			if deaths[i] != deaths[i+10] {
				t.Fatalf("runs %d and %d share a stream and a point and differ", i, i+10)
			}
		}
		if slices.Max(deaths) == slices.Min(deaths) {
			t.Error("runs of different streams are the same")
		}
		text := fmt.Sprint(got.Outcomes, got.Series)
		if want == "" {
			want = text
		}
		if text != want {
			t.Error("threads or lanes change results")
		}
	}
}

func TestMistakes(t *testing.T) {
	c := iraq(t)
	if _, err := evaluate.New(c, "A99", evaluate.Options{}); err == nil {
		t.Error("an unknown strategy is taken")
	}
	if _, err := evaluate.New(c, "A0", evaluate.Options{Series: []string{"nothing"}}); err == nil {
		t.Error("an unknown series is taken")
	}
	if _, err := evaluate.New(c, "A0", evaluate.Options{Levers: []string{"nothing"}}); err == nil {
		t.Error("an unknown lever is taken")
	}
	e, err := evaluate.New(c, "A0", evaluate.Options{Horizon: 3})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := e.Run(ctx, evaluate.Points{Count: 5, Set: func(int, []float64) {}, Stream: func(i int) int { return i }}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped run returns %v", err)
	}
}
