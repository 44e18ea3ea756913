package robustness

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// three strategies in four futures, more is better: the first is safe, the second
// a gamble, the third worse than the first everywhere.
var three = [][]float64{{4, 4, 4, 4}, {10, 9, 1, 0}, {3, 3, 3, 3}}

func TestMetricsByHand(t *testing.T) {
	c, err := Compare(three, 0, Options{Optimism: 0.5, Threshold: 4, MoreIsBetter: true}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Regret: the best in each future is 10, 9, 4, 4.
	want := map[string][]float64{
		"expected":               {4, 5, 3},
		"worst":                  {4, 0, 3},
		"worst-tenth":            {4, 0.3, 3},
		"hurwicz":                {4, 5, 3},
		"regret-largest":         {6, 4, 7},
		"regret-90":              {5.7, 3.7, 6.7},
		"satisficing":            {1, 0.5, 0},
		"mean-variance":          {4, 5 - math.Sqrt(20.5), 3},
		"undesirable-deviations": {0, 4.5, 0},
	}
	if len(c.Rankings) != len(want) {
		t.Fatalf("%d rankings, want %d", len(c.Rankings), len(want))
	}
	for _, r := range c.Rankings {
		for s, w := range want[r.Metric.ID] {
			if got := r.Scores[s].Value.Middle; math.Abs(got-w) > 1e-12 {
				t.Errorf("%s of strategy %d: %v, want %v", r.Metric.ID, s, got, w)
			}
		}
	}
	if r := c.Rankings[0]; r.Scores[1].Rank != 1 || r.Scores[0].Rank != 2 || r.Scores[2].Rank != 3 || r.Better != "higher" {
		t.Errorf("by the expected value: %+v", r)
	}
	if tau := c.Agreement[0][1]; math.Abs(tau+1.0/3) > 1e-12 { // 2,1,3 against 1,3,2
		t.Errorf("agreement of expected value and worst case: %v, want -1/3", tau)
	}
	if d := c.Differences[2]; d.Mean.Middle != -1 || d.Worse != 1 || d.Better != 0 {
		t.Errorf("difference of the third: %+v", d)
	}
}

// TestLessIsBetter: turning outcome, threshold and direction turns nothing else.
func TestLessIsBetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 20).Draw(t, "futures")
		y := rapid.SliceOfN(rapid.SliceOfN(rapid.Float64Range(-5, 5), n, n), 1, 5).Draw(t, "y")
		turned := make([][]float64, len(y))
		for s := range y {
			for _, v := range y[s] {
				turned[s] = append(turned[s], -v)
			}
		}
		threshold := rapid.Float64Range(-5, 5).Draw(t, "threshold")
		a, err := Compare(y, 0, Options{Optimism: 0.3, Threshold: threshold, MoreIsBetter: true}, 20, 1)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Compare(turned, 0, Options{Optimism: 0.3, Threshold: -threshold}, 20, 1)
		if err != nil {
			t.Fatal(err)
		}
		for m := range a.Rankings {
			ra, rb := a.Rankings[m], b.Rankings[m]
			for s := range y {
				x, z := ra.Scores[s], rb.Scores[s]
				if ra.Metric.turn {
					z.Value.Middle = -z.Value.Middle
				}
				if x.Rank != z.Rank || x.First != z.First || x.Value.Middle != z.Value.Middle {
					t.Fatalf("%s of strategy %d: %+v and turned %+v", ra.Metric.ID, s, x, z)
				}
				if x.Value.Low > x.Value.High {
					t.Fatalf("%s: interval %+v", ra.Metric.ID, x.Value)
				}
			}
		}
	})
}

func TestDominatedStrategyNeverLeads(t *testing.T) {
	c, err := Compare(three, 0, Options{Threshold: math.NaN(), MoreIsBetter: true}, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rankings) != len(Metrics())-1 {
		t.Errorf("%d rankings without a threshold", len(c.Rankings))
	}
	for _, r := range c.Rankings {
		if r.Metric.ID != "undesirable-deviations" && (r.Scores[2].Rank == 1 || r.Scores[2].First > 0.1) {
			t.Errorf("%s ranks a dominated strategy first: %+v", r.Metric.ID, r.Scores[2])
		}
	}
}

func TestRefusals(t *testing.T) {
	nan := math.NaN()
	for name, f := range map[string]func() error{
		"no strategy":     func() error { _, err := Compare(nil, 0, Options{}, 0, 1); return err },
		"lengths":         func() error { _, err := Compare([][]float64{{1, 2}, {1}}, 0, Options{}, 0, 1); return err },
		"reference":       func() error { _, err := Compare(three, 3, Options{}, 0, 1); return err },
		"optimism":        func() error { _, err := Compare(three, 0, Options{Optimism: 2}, 0, 1); return err },
		"nothing finite":  func() error { _, err := Compare([][]float64{{1, nan}, {nan, 1}}, 0, Options{}, 0, 1); return err },
		"one future only": func() error { _, err := Compare([][]float64{{1}, {2}}, 0, Options{}, 0, 1); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	c, err := Compare([][]float64{{1, nan, 3}}, 0, Options{Threshold: nan}, 10, 1)
	if err != nil || c.Used != 2 || c.Rankings[0].Scores[0].Rank != 1 {
		t.Errorf("one strategy with a NaN: %+v, %v", c, err)
	}
}
