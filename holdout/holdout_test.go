package holdout

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"handover/casefile"
	"handover/cases"
)

func iraq(t *testing.T) *casefile.Case {
	t.Helper()
	files, ok := cases.Open("iraq")
	if !ok {
		t.Fatal("there is no case iraq")
	}
	c, list := casefile.Load(files)
	if c == nil {
		t.Fatal(list)
	}
	return c
}

// TestIraq: the same result at any thread count; what the model has as an input is
// as it was put in; chances lie in their intervals.
func TestIraq(t *testing.T) {
	c := iraq(t)
	var first []byte
	for _, threads := range []int{1, 3} {
		r, err := Run(t.Context(), Request{Case: c, Futures: 256, Seed: 1, Threads: threads}, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		} else if string(text) != string(first) {
			t.Error("three threads give another result than one")
		}
		if len(r.Values)+len(r.Events) != len(c.Holdout.Facts) {
			t.Errorf("%d values and %d events of %d facts", len(r.Values), len(r.Events), len(c.Holdout.Facts))
		}
		for _, v := range r.Values {
			q := v.Quantiles
			if !(q[0] <= q[1] && q[1] <= q[2] && q[2] <= q[3] && q[3] <= q[4]) || v.Place < 0 || v.Place > 1 || v.CRPS < 0 {
				t.Errorf("%s: %+v", v.ID, v)
			}
			switch v.ID {
			case "brent-dec": // a month from 64 dollars
				if math.Abs(q[2]-64) > 3 || !v.Inside() || q[4]-q[0] < 15 {
					t.Errorf("the oil price a month on: %v", q)
				}
			case "brent-apr":
				if v.Inside() {
					t.Errorf("the oil price of the war was foreseen: %v", q)
				}
			case "detainees": // an input, at 0
				if q != [5]float64{} || v.CRPS != v.Came || v.Place != 1 {
					t.Errorf("detainees: %+v", v)
				}
			}
		}
		for _, x := range r.Events {
			if !(x.Low <= x.Probability && x.Probability <= x.High) || x.High-x.Low <= 0 || x.Brier != brier(x.Probability, x.Happened) {
				t.Errorf("%s: %+v", x.ID, x)
			}
			// One crisis in three to ten years.
			if x.ID == "crisis" && (x.Probability < 0.06 || x.Probability > 0.3) {
				t.Errorf("a crisis in eight months: %g", x.Probability)
			}
		}
		if !strings.Contains(r.Verdict, "Outside lay oil price in 2026-0") {
			t.Errorf("the verdict does not name what was missed: %s", r.Verdict)
		}
	}
}

// TestRefuses: a case without facts and bad numbers.
func TestRefuses(t *testing.T) {
	c := iraq(t)
	for _, futures := range []int{-1, 49, MostFutures + 1} {
		if _, err := Run(t.Context(), Request{Case: c, Futures: futures}, nil); !errors.Is(err, ErrRequest) {
			t.Errorf("%d futures: %v", futures, err)
		}
	}
	without := *c
	without.Holdout = casefile.Holdout{}
	if _, err := Run(t.Context(), Request{Case: &without}, nil); !errors.Is(err, ErrRequest) {
		t.Errorf("no facts: %v", err)
	}
}

// TestChance: the interval is Wilson's where futures are independent, wider where
// those of a cluster are alike, and never empty.
func TestChance(t *testing.T) {
	yes, alone, pairs := make([]bool, 100), make([]int, 100), make([]int, 100)
	for i := range yes {
		yes[i], alone[i], pairs[i] = i < 10, -1, i/10
	}
	p, low, high := chance(yes, alone)
	if p != 0.1 || math.Abs(low-0.0676) > 0.0005 || math.Abs(high-0.1455) > 0.0005 {
		t.Errorf("10 of 100: %.4f (%.4f to %.4f); expected 0.1 (0.0676 to 0.1455)", p, low, high)
	}
	if _, wideLow, wideHigh := chance(yes, pairs); wideLow > low-0.02 || wideHigh < high+0.05 {
		t.Errorf("ten clusters of ten alike: %.4f to %.4f", wideLow, wideHigh)
	}
	if p, low, high := chance(make([]bool, 100), alone); p != 0 || low != 0 || math.Abs(high-0.0162) > 0.0005 {
		t.Errorf("none of 100: %g (%g to %g)", p, low, high)
	}
}

// TestReduce: the mean of months takes half of both ends.
func TestReduce(t *testing.T) {
	course := []float64{1, 5, 3}
	for how, want := range map[string]float64{"": 3.5, "mean": 3.5, "maximum": 5, "minimum": 1, "end": 3} {
		if got := reduce(how, course); got != want {
			t.Errorf("%q: %g, expected %g", how, got, want)
		}
	}
}
