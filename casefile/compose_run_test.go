package casefile_test

import (
	"fmt"
	"math"
	"os"
	"testing"

	"pgregory.net/rapid"

	"handover/casefile"
	"handover/engine"
	"handover/model"
)

// run executes a model once and returns each saved column over time.
func run(t rapid.TB, m *model.Model, names ...string) map[string][]float64 {
	t.Helper()
	p, err := engine.Compile(m, engine.Options{Saved: names})
	if err != nil {
		t.Fatal(err)
	}
	times := len(p.SaveTimes())
	b := &engine.Block{Runs: 1, Series: make([]float64, len(p.Columns())*times), Bad: make([]int, 1), BadVariable: make([]string, 1)}
	if err := p.NewWorker(1).Run(b); err != nil {
		t.Fatal(err)
	}
	columns := map[string][]float64{}
	for i, c := range p.Columns() {
		columns[c] = b.Series[i*times : (i+1)*times]
	}
	return columns
}

// signals builds a case whose model has one auxiliary for each pattern of 0 and
// 1, one value a step of a quarter month, and an input for a lever.
func signals(patterns map[string][]float64, strategy casefile.Strategy) *casefile.Case {
	const dt = 0.25
	m := &model.Model{}
	for _, name := range []string{"a", "b"} {
		pattern := patterns[name]
		g := &model.Graph{Y: pattern, Interpolation: model.Discrete}
		for i := range pattern {
			g.X = append(g.X, float64(i)*dt)
		}
		m.Time = model.Time{Stop: float64(len(pattern)-1) * dt, DT: dt, Save: dt, Unit: "Month"}
		time, _ := model.ParseExpression("TIME")
		m.Add(&model.Variable{Name: name, Units: "1", Equations: []model.Equation{{Text: "TIME", Expression: time, Graph: g}}})
	}
	m.Add(&model.Variable{Name: "input", Kind: model.Constant, Equations: []model.Equation{{Text: "7", Expression: &model.Number{Value: 7}}}})
	return &casefile.Case{Model: m, Strategies: []casefile.Strategy{strategy}}
}

// TestGateByDefinition compares gates, clock and levers, run in the engine,
// with their definitions written out.
func TestGateByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(t, "steps")
		bits := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 1, 1}), n, n)
		patterns := map[string][]float64{"a": bits.Draw(t, "a"), "b": bits.Draw(t, "b")}
		hold := rapid.IntRange(0, 6).Draw(t, "evidence in steps")
		open := rapid.SampledFrom([]string{"", "b > 0.5"}).Draw(t, "open")
		step := rapid.Bool().Draw(t, "step")
		lever := casefile.Lever{Variable: "input", Points: [][]float64{{1, 10}, {2, 20}, {4, 0}}}
		if step {
			lever.Interpolation = "step"
		}
		c := signals(patterns, casefile.Strategy{
			ID:     "S",
			Gates:  []casefile.Gate{{Name: "the gate", Close: "a > 0.5", Open: open, Evidence: float64(hold) * 0.25}},
			Clock:  &casefile.Clock{Name: "plan time", Paused: []string{"The_Gate"}},
			Levers: []casefile.Lever{lever},
		})
		m, err := c.StrategyModel("S")
		if err != nil {
			t.Fatal(err)
		}
		got := run(t, m, "the gate", "plan time", "input")
		held := func(i int, is func(int) bool) bool {
			if i < hold {
				return false
			}
			for k := i - hold; k <= i; k++ {
				if !is(k) {
					return false
				}
			}
			return true
		}
		closes := func(i int) bool { return patterns["a"][i] > 0.5 }
		opens := func(i int) bool {
			if open == "" {
				return !closes(i)
			}
			return patterns["b"][i] > 0.5
		}
		gate, clock := 0.0, 0.0
		for i := range n {
			switch {
			case held(i, closes):
				gate = 1
			case held(i, opens):
				gate = 0
			}
			if got["the gate"][i] != gate || got["plan time"][i] != clock {
				t.Fatalf("step %d: gate %v, clock %v; want %v, %v", i, got["the gate"][i], got["plan time"][i], gate, clock)
			}
			want := 20.0
			switch {
			case clock <= 1:
				want = 10
			case clock < 2 && step:
				want = 10
			case clock < 2:
				want = 10 * clock
			case clock >= 4:
				want = 0
			case !step:
				want = 40 - 10*clock
			}
			if math.Abs(got["input"][i]-want) > 1e-12 {
				t.Fatalf("step %d: lever %v at %v; want %v", i, got["input"][i], clock, want)
			}
			if gate == 0 {
				clock += 0.25
			}
		}
	})
}

func TestLevers(t *testing.T) {
	flat := make([]float64, 21)
	gate := []casefile.Gate{{Name: "g", Close: "TIME > 1"}}
	clock := &casefile.Clock{Name: "k", Paused: []string{"g"}}
	for name, test := range map[string]struct {
		strategy casefile.Strategy
		kind     model.Kind
		last     float64
	}{
		"none":            {casefile.Strategy{}, model.Constant, 7},
		"one point":       {casefile.Strategy{Levers: []casefile.Lever{{Variable: "Input", Points: [][]float64{{3, 5}}}}}, model.Constant, 5},
		"points":          {casefile.Strategy{Levers: []casefile.Lever{{Variable: "input", Points: [][]float64{{0, 0}, {10, 10}}}}}, model.Auxiliary, 5},
		"points on clock": {casefile.Strategy{Gates: gate, Clock: clock, Levers: []casefile.Lever{{Variable: "input", Points: [][]float64{{0, 0}, {10, 10}}}}}, model.Auxiliary, 1.25},
		"calendar":        {casefile.Strategy{Gates: gate, Clock: clock, Levers: []casefile.Lever{{Variable: "input", Points: [][]float64{{0, 0}, {10, 10}}, Calendar: true}}}, model.Auxiliary, 5},
		"expression":      {casefile.Strategy{Levers: []casefile.Lever{{Variable: "input", Expression: "TIME * 2"}}}, model.Auxiliary, 10},
		"stock": {casefile.Strategy{
			Variables: []casefile.StrategyVariable{{Name: "pot", Expression: "2", Initial: "1"}},
			Levers:    []casefile.Lever{{Variable: "input", Expression: "pot"}},
		}, model.Auxiliary, 11},
	} {
		t.Run(name, func(t *testing.T) {
			test.strategy.ID = "S"
			c := signals(map[string][]float64{"a": flat, "b": flat}, test.strategy)
			m, err := c.StrategyModel("S")
			if err != nil {
				t.Fatal(err)
			}
			if v := m.Variable("input"); v.Kind != test.kind {
				t.Errorf("the lever is a %s, want a %s", v.Kind, test.kind)
			}
			series := run(t, m, "input")["input"]
			if got := series[len(series)-1]; got != test.last {
				t.Errorf("the last value is %v, want %v", got, test.last)
			}
			if v := c.Model.Variable("input"); v.Kind != model.Constant || v.Equations[0].Text != "7" {
				t.Error("the case's own model has changed")
			}
		})
	}
}

// TestValley runs the example case under both strategies.
func TestValley(t *testing.T) {
	c, list := casefile.Load(os.DirFS("testdata/valley"))
	if list.Err() != nil {
		t.Fatal(list)
	}
	last := map[string]float64{}
	for _, s := range c.Strategies {
		m, err := c.StrategyModel(s.ID)
		if err != nil {
			t.Fatal(err)
		}
		got := run(t, m, c.OutcomeVariable("resurgence"), c.OutcomeVariable("gap"), c.SeriesVariable("guests"), "militia")
		guests := got["series guests"]
		if guests[0] != 500 || got["militia[south]"][0] != 90 || got["militia[north]"][0] != 100 {
			t.Errorf("%s: the initial stocks are not the sums of the register: %v, %v", s.ID, guests[0], got["militia[south]"][0])
		}
		for i, x := range got["outcome resurgence"] {
			if sum := got["militia[north]"][i] + got["militia[south]"][i]; x != sum {
				t.Fatalf("%s: outcome %v at step %d, want %v", s.ID, x, i, sum)
			}
			if gap := got["outcome gap"][i]; gap != 0 && gap != 1 {
				t.Fatalf("%s: a condition has the value %v", s.ID, gap)
			}
		}
		last[s.ID] = guests[len(guests)-1]
	}
	if !(last["steps"] > last["plan"]) {
		t.Errorf("guests left are %v; expected more under the steps, whose clock stands still", last)
	}
}

func TestStrategyModelUnknown(t *testing.T) {
	c := signals(map[string][]float64{"a": {0, 1}, "b": {0, 1}}, casefile.Strategy{ID: "plan"})
	_, err := c.StrategyModel("plam")
	want := `strategies.yaml: error: plam: there is no strategy "plam"; the case has plan (did you mean "plan"?)`
	if fmt.Sprint(err) != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
