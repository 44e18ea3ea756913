package calibrate

import (
	"context"
	"slices"
	"testing"

	"handover/casefile"
	"handover/engine"
	"handover/model"
)

// TestUnforeseen: after an origin a driver goes in a straight line to the drawn
// value and stays there, whatever was recorded.
func TestUnforeseen(t *testing.T) {
	c := ridge(t)
	d := c.History.Hindcast.Drivers[0] // patrols: relative, within 12 months
	origin := -62                      // recorded: 1.4 at -60, on the way from 0.6 at -90
	m, err := c.HistoryModel()
	if err != nil {
		t.Fatal(err)
	}
	target := &target{c: c}
	if err := unforeseen([]casefile.Driver{d}, origin)(m, target); err != nil {
		t.Fatal(err)
	}
	if len(target.parameters) != 1 || target.parameters[0].role != ofDriver {
		t.Fatalf("%+v", target.parameters)
	}
	p, err := engine.Compile(m, engine.Options{Varied: []string{later(m.Variable(d.Variable).Name)}, Saved: []string{d.Variable}})
	if err != nil {
		t.Fatal(err)
	}
	times := p.SaveTimes()
	b := &engine.Block{Runs: 1, Inputs: []float64{0.5}, Series: make([]float64, len(times)), Bad: make([]int, 1), BadVariable: make([]string, 1)}
	if err := p.NewWorker(1).Run(b); err != nil {
		t.Fatal(err)
	}
	at := func(month float64) float64 { return b.Series[slices.Index(times, month)] }
	there := 0.6 + 0.8*29/30 // at -61
	for month, want := range map[float64]float64{-90: 0.6, -61: there, -55: there * 0.75, -49: there * 0.5, 0: there * 0.5} {
		if got := at(month); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("in month %v the driver is %v, expected %v", month, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	g := &model.Graph{X: []float64{0, 10, 20}, Y: []float64{1, 3, 9}}
	for at, want := range map[float64][]float64{15: {1, 3, 6}, 10: {1, 3}, 30: {1, 3, 9}, -5: {1, 1}} {
		if got := cut(g, at).Y; !slices.Equal(got, want) {
			t.Errorf("cut at %v: %v, expected %v", at, got, want)
		}
	}
	if len(g.X) != 3 {
		t.Error("the course itself was changed")
	}
}

func TestRose(t *testing.T) {
	year := func(values ...float64) (all []float64) {
		for _, v := range values {
			for range 12 {
				all = append(all, v)
			}
		}
		return all
	}
	for _, x := range []struct {
		values          []float64
		by              int
		happened, known bool
	}{
		{year(1, 1, 3), 24, true, true},
		{year(1, 1, 3), 12, false, true},
		{year(1, 1), 24, false, false},
		{year(1, 3), 24, true, true},
		{year(1, 2, 2), 24, false, true},
	} {
		if h, k := rose(x.values, 2, x.by); h != x.happened || k != x.known {
			t.Errorf("%v by %d: %v, %v", x.values[11:], x.by, h, k)
		}
	}
}

// TestHindcastKnowsNothingLater: what came after an origin changes no forecast from
// it, only its scores.
func TestHindcastKnowsNothingLater(t *testing.T) {
	c := ridge(t)
	plan := *c.History.Hindcast
	plan.Origins = plan.Origins[:1]
	made := func(change func(month int, y float64) float64) *futures {
		history := *c.History
		history.Hindcast = &plan
		other := *c
		other.History = &history
		r, backend, err := Request{Case: &other, Runs: 16 * 2 * 70, Chains: 16, Draws: 20, Seed: 2}.complete()
		if err != nil {
			t.Fatal(err)
		}
		b, err := newTester(r, backend)
		if err != nil {
			t.Fatal(err)
		}
		origin, _ := c.ParsePeriod(plan.Origins[0])
		for m, y := range b.months {
			if m > origin.First {
				b.months[m] = change(m, y)
			}
		}
		points := make([][]float64, r.Draws)
		target, err := aim(&other, request{until: origin.First, stop: origin.First + 1, threads: 1, seed: 2, backend: backend})
		if err != nil {
			t.Fatal(err)
		}
		for i := range points {
			points[i] = make([]float64, target.dimensions())
			points[i][0] = float64(i) / 20
		}
		f, err := b.forecast(context.Background(), 0, origin.First, points, true, false)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	a, b := made(func(_ int, y float64) float64 { return y }), made(func(int, float64) float64 { return 1e6 })
	for h := range a.target {
		if !slices.Equal(a.target[h], b.target[h]) {
			t.Fatalf("the forecast of month %d changed", h+1)
		}
	}
	if len(a.target) != 36 || len(a.target[0]) != 20*paths || len(a.areas) != 2 || len(a.areas[0]) != 12 {
		t.Errorf("%d months of %d, %d areas of %d", len(a.target), len(a.target[0]), len(a.areas), len(a.areas[0]))
	}
}
