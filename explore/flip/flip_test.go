package flip

import (
	"math"
	"strings"
	"testing"

	"handover/random"
)

// crossing makes two strategies of which the second is better above x = 0.7.
func crossing(n int) (x []float64, y [][]float64) {
	y = make([][]float64, 2)
	for i := range n {
		s := random.At(4, uint32(i), 0, 0)
		x = append(x, s.Uniform())
		noise := s.Normal()
		y[0] = append(y[0], noise)
		y[1] = append(y[1], noise+x[i]-0.7)
	}
	return x, y
}

func TestCutFindsTheCrossing(t *testing.T) {
	x, y := crossing(5000)
	table, err := Cut(x, y, true, 5, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	if table.Overall != 0 || len(table.Parts) != 5 || !table.Changes {
		t.Fatalf("got %+v", table)
	}
	for k, p := range table.Parts {
		want := 0
		if k >= 4 {
			want = 1 // from 0.8 on; from 0.6 to 0.8 the two are alike
		}
		if k != 3 && p.Best != want {
			t.Errorf("part %d (%.2f to %.2f): best %d, want %d", k, p.Low, p.High, p.Best, want)
		}
		if p.Futures != 1000 {
			t.Errorf("part %d has %d futures", k, p.Futures)
		}
	}
	// Above 0.8 the mean lead is 0.2, in a fifth of the futures.
	if math.Abs(table.Parts[4].Lead.Middle-0.2) > 0.01 || math.Abs(table.Worth-0.04) > 0.01 {
		t.Errorf("lead %v, worth %v", table.Parts[4].Lead, table.Worth)
	}
	if l := table.Parts[4].Lead; !(l.Low < l.Middle && l.Middle < l.High && l.Low > 0.19) {
		t.Errorf("lead %v: pairs should make it sure", l)
	}
	// When less is better the first strategy is best above.
	other, err := Cut(x, y, false, 5, 200, 1)
	if err != nil || other.Overall != 1 || other.Parts[4].Best != 0 {
		t.Errorf("got %+v, %v", other, err)
	}
}

func TestCutByValue(t *testing.T) {
	x, y := crossing(400)
	for i := range x {
		x[i] = math.Floor(x[i] * 3)
	}
	x[5], y[1][6] = math.NaN(), math.Inf(1) // left out
	table, err := Cut(x, y, true, 5, 50, 1)
	if err != nil || len(table.Parts) != 3 || table.Parts[2].Low != 2 || table.Parts[2].High != 2 {
		t.Fatalf("got %+v, %v", table, err)
	}
	n := 0
	for _, p := range table.Parts {
		n += p.Futures
	}
	if n != 398 {
		t.Errorf("%d futures", n)
	}
}

func TestCutRefuses(t *testing.T) {
	x, y := crossing(30)
	constant := make([]float64, 30)
	for name, c := range map[string]struct {
		x    []float64
		y    [][]float64
		want string
	}{
		"one strategy":    {x, y[:1], "one strategy alone"},
		"lengths":         {x[:20], y, "30 outcomes for 20 futures"},
		"constant":        {constant, y, "one value alone"},
		"too few futures": {x, y, "fewer parts"},
	} {
		if _, err := Cut(c.x, c.y, true, 5, 10, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
