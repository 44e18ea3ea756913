package signpost

import (
	"errors"
	"math"
	"testing"

	"handover/casefile"
	"handover/random"
)

// world makes futures in which a war comes when pay is late while few soldiers are
// left, and in one of forty otherwise; a third figure has nothing to do with it.
func world(futures int, seed uint64) map[string]Paths {
	out := map[string]Paths{}
	for _, id := range []string{"pay", "soldiers", "noise", "events"} {
		out[id] = Paths{Values: make([][]float64, 61)}
		for m := range 61 {
			out[id].Values[m] = make([]float64, futures)
		}
	}
	for n := range futures {
		s := random.At(seed, uint32(n), 0, random.Site("world"))
		pay, soldiers, noise := 3*s.Uniform(), 2000*s.Uniform(), s.Uniform()
		war := pay > 1.5 && soldiers < 700 && s.Uniform() < 0.9 || s.Uniform() < 0.025
		start := 14 + int(20*s.Uniform())
		for m := range 61 {
			out["pay"].Values[m][n], out["soldiers"].Values[m][n], out["noise"].Values[m][n] = pay, soldiers, noise
			if m < 6 { // all begin alike
				out["pay"].Values[m][n], out["soldiers"].Values[m][n] = 0.2, 2500
			}
			out["events"].Values[m][n] = 4
			if war && m >= start {
				out["events"].Values[m][n] = 30
			}
		}
	}
	return out
}

// TestDiscover: the box is found again, without the figure that has nothing to do
// with it, and its record in other futures is what it promises.
func TestDiscover(t *testing.T) {
	limit := 15.0
	warns := casefile.Warning{Name: "a war", Series: "events", Above: &limit, Months: 3, Within: 24}
	candidates := []casefile.Watched{{Line: "pay", Series: "pay"}, {Line: "soldiers", Series: "soldiers"}, {Line: "noise", Series: "noise"}}
	found, err := Discover(candidates, warns, world(3000, 1), nil, 12, 1)
	if err != nil {
		t.Fatal(err)
	}
	watch := found.Signpost.Watch
	if len(watch) != 2 || watch[0].Above == nil || math.Abs(*watch[0].Above-1.5) > 0.1 || watch[1].Below == nil || math.Abs(*watch[1].Below-700) > 40 {
		t.Fatalf("%+v", watch)
	}
	if found.Density < 0.85 || found.Coverage < 0.75 || found.Share > 0.3 {
		t.Errorf("%+v", found)
	}
	r := Simulated(found.Signpost, 0, world(1000, 2), nil, 3)
	t.Logf("%s; in other futures %d of %d warned, lead %g, %.3f false a year", found.Signpost.Reason, r.Warned, r.Onsets, r.MedianLead(), r.FalsePerYear())
	if share := float64(r.Warned) / float64(r.Onsets); share < 0.7 || r.FalsePerYear() > 0.05 {
		t.Errorf("%+v", r)
	}
	for _, c := range []struct {
		month int
		limit float64
	}{{12, 1000}, {40, 15}} {
		warns.Above = &c.limit
		if _, err := Discover(candidates, warns, world(500, 1), nil, c.month, 1); !errors.Is(err, ErrFew) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	limit = 15
	if _, err := Discover([]casefile.Watched{{Line: "x", Series: "x"}}, casefile.Warning{Series: "events", Above: &limit, Months: 3, Within: 24}, world(500, 1), nil, 12, 1); err == nil {
		t.Error("a series without futures is taken")
	}
	if joined := Join(world(10, 1), world(5, 2)); len(joined["pay"].Values[0]) != 15 || len(joined["pay"].Values) != 61 {
		t.Error("the joined futures are not 15")
	}
}
