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
	p, err := engine.Compile(m, engine.Options{Saved: names, Stop: 240})
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

// TestPastIsHistory: in the past foreign presence, posts and politics are those
// of the record, and the record ends where the base date begins.
func TestPastIsHistory(t *testing.T) {
	m := iraq(t)
	set(t, m, "balance at base", 0)
	m.Time.Start = -274
	p := simulate(t, m, 1, "foreign presence", "foreign combat troops", "posts", "payroll members", "population", "neighbour war", "political exclusion",
		"command politicisation", "own enablers at work", "air campaign")
	step := func(year, month int) int { return int(float64((year-2025)*12+month-11+274) / m.Time.DT) }
	for _, c := range []struct {
		name        string
		year, month int
		want        float64
	}{
		{"foreign combat troops", 2007, 10, 171000 + 10406}, // American troops and partners
		{"foreign presence", 2013, 9, 149},
		{"foreign combat troops", 2013, 9, 0},
		{"posts", 2011, 12, 800000},
		{"foreign presence", 2017, 9, 12004},
	} {
		if x := p.sum(c.name)[step(c.year, c.month)]; math.Abs(x-c.want) > 0.005*c.want {
			t.Errorf("%s is %v in %d-%02d, expected about %v", c.name, x, c.year, c.month, c.want)
		}
	}
	zero := step(2025, 11)
	for _, name := range p.names {
		x := p.columns[name]
		before, after := x[zero-1], x[zero]
		// Presence and enablers go on from the stock of the base date.
		if math.Abs(after-before) > 0.02*math.Abs(before)+1e-9 {
			t.Errorf("%s jumps from %v to %v at the base date", name, before, after)
		}
	}
}
