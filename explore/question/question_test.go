package question_test

import (
	"math"
	"os"
	"testing"

	"handover/casefile"
	"handover/engine"
	"handover/ensemble"
	"handover/explore/question"
	"handover/model"
)

func small(t *testing.T) (*casefile.Case, *question.Question) {
	t.Helper()
	files := os.DirFS("../../cmd/handover/testdata/small")
	c, found := casefile.Load(files)
	if c == nil {
		t.Fatal(found)
	}
	list, err := question.Read(files, c)
	if err != nil {
		t.Fatal(err)
	}
	return c, &list[0]
}

// TestPlanIsWhatWasTried: the strategy that is written for a plan does what the plan
// did in the search, with parameters as inputs.
func TestPlanIsWhatWasTried(t *testing.T) {
	c, q := small(t)
	chosen := []float64{7.5, 33}
	run := func(m *model.Model, varied []string, inputs []float64) []float64 {
		p, err := engine.Compile(m, engine.Options{Varied: varied, Saved: []string{"trainers", "force"}})
		if err != nil {
			t.Fatal(err)
		}
		b := &engine.Block{Runs: 1, Inputs: inputs, Series: make([]float64, 2*len(p.SaveTimes())), Bad: make([]int, 1), BadVariable: make([]string, 1)}
		if err := p.NewWorker(1).Run(b); err != nil {
			t.Fatal(err)
		}
		return b.Series
	}
	with, err := q.Case(c).StrategyModel(q.Base)
	if err != nil {
		t.Fatal(err)
	}
	searched := run(with, []string{q.Parameters[0].Name, q.Parameters[1].Name}, chosen)
	saved := *c
	saved.Strategies = append(saved.Strategies, q.Strategy(c, "F1", "found", "found", chosen))
	plain, err := saved.StrategyModel("F1")
	if err != nil {
		t.Fatal(err)
	}
	written := run(plain, nil, nil)
	if len(written) != len(searched) {
		t.Fatalf("%d and %d values", len(written), len(searched))
	}
	changes := false
	for i := range written {
		changes = changes || written[i] != written[0]
		if math.Abs(written[i]-searched[i]) > 1e-9*math.Abs(written[i]) {
			t.Errorf("value %d: %v when searched, %v as a strategy", i, searched[i], written[i])
		}
	}
	if !changes {
		t.Error("nothing changes over time")
	}
}

func TestMeasure(t *testing.T) {
	above := 2.0
	o := &casefile.Outcome{Reduce: casefile.Final, Event: &casefile.Event{Above: &above}}
	values, per := []float64{1, 2, 3, 4, math.NaN()}, []float64{2, 2, 2, 2, 2}
	for _, c := range []struct {
		as   string
		per  []float64
		want float64
	}{{"mean", nil, 2.5}, {"probability", nil, 0.5}, {"p50", nil, 2.5}, {"p90", nil, 3.7}, {"mean", per, 1.25}} {
		if got := (question.Measure{As: c.as}).Of(o, 12, ensemble.Happened, values, c.per); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: got %v, want %v", c.as, got, c.want)
		}
	}
	first := &casefile.Outcome{Reduce: casefile.First, Event: &casefile.Event{}}
	if got := (question.Measure{As: "probability"}).Of(first, 12, ensemble.Happened, []float64{3, 12, 13, math.Inf(1)}, nil); got != 0.5 {
		t.Errorf("a first: got %v", got)
	}
	if got := (question.Measure{As: "mean"}).Of(o, 12, ensemble.Happened, []float64{math.NaN()}, nil); !math.IsNaN(got) {
		t.Errorf("no futures: got %v", got)
	}
}
