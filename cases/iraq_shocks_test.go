package cases

import (
	"math"
	"testing"

	"handover/engine"
)

// TestShockRates: random events come as often and last as long as their rates
// say. An event that starts with hazard h while it is not on and lasts d on
// average is on for a share hd/(1 + hd) of the time, once it has run for a while.
func TestShockRates(t *testing.T) {
	m := iraq(t)
	set(t, m, "random shocks", 1)
	rates := map[string][2]float64{ // hazard a month and mean length in months
		"crisis state":              {0.02, 3},
		"sanctions state":           {0.02, 6},
		"protest state":             {0.02, 5},
		"northern operations state": {0.02, 6},
	}
	set(t, m, "sanctions hazard", 0.02) // the shipped hazards are too rare to count in a test
	set(t, m, "northern operations hazard", 0.02)
	names := []string{"crisis state", "sanctions state", "protest state", "northern operations state", "contributors gone"}
	set(t, m, "effect of host demand", 0)
	set(t, m, "commitment intercept", 5) // contributors leave by politics at home alone
	const runs = 400
	p, err := engine.Compile(m, engine.Options{Saved: names, Horizon: 240})
	if err != nil {
		t.Fatal(err)
	}
	times := len(p.SaveTimes())
	b := &engine.Block{Seed: 3, Runs: runs, Series: make([]float64, len(names)*times*runs), Bad: make([]int, runs), BadVariable: make([]string, runs)}
	if err := p.NewWorker(runs).Run(b); err != nil {
		t.Fatal(err)
	}
	at := func(c, k, i int) float64 { return b.Series[(c*times+k)*runs+i] }
	for c, name := range names[:4] {
		on := 0.0
		n := 0
		for k := 60; k < times; k++ {
			for i := range runs {
				on += at(c, k, i)
				n++
			}
		}
		hd := rates[name][0] * rates[name][1]
		want := hd / (1 + hd)
		if got := on / float64(n); math.Abs(got-want) > 0.15*want {
			t.Errorf("%s is on %.4f of the time, expected %.4f", name, got, want)
		}
	}
	gone := 0.0
	for i := range runs {
		gone += at(4, 60, i)
	}
	want := 6 * (1 - math.Exp(-0.003*60)) // six contributors whose exit is a shock
	if got := gone / runs; math.Abs(got-want) > 0.15*want {
		t.Errorf("%.3f contributors have left after five years, expected %.3f", got, want)
	}
}

// TestElections: a government is formed for seven months after every election,
// the first a quarter of a month after the base date and then every four years.
func TestElections(t *testing.T) {
	m := iraq(t)
	set(t, m, "random shocks", 1)
	p := simulate(t, m, 60, "government formation")
	for step, x := range p.columns["government formation"] {
		time := float64(step) * m.Time.DT
		want := 0.0
		if time >= 0.25 && time < 7.25 || time >= 48.25 && time < 55.25 {
			want = 1
		}
		if x != want {
			t.Fatalf("government formation is %v in month %v, expected %v", x, time, want)
		}
	}
}
