package filter

import (
	"context"
	"math"
	"slices"
	"testing"

	"handover/casefile"
	"handover/cases"
	"handover/design"
	"handover/evidence"
	"handover/evidence/indicator"
	"handover/explore/evaluate"
	"handover/model"
)

// pastPaths runs the Iraq model from 2003 to 2018 in futures of its priors, with
// foreign forces, politics and money as they were, and returns the lethal events
// that it expects, by month.
func pastPaths(t *testing.T, c *casefile.Case, futures, months int) [][]float64 {
	t.Helper()
	c.Model.Time.Start = -274
	v := c.Model.Variable("balance at base")
	v.Equations[0].Expression = &model.Number{}
	e, err := evaluate.New(c, "A0", evaluate.Options{Seed: 1, Horizon: months, Threads: 1, Series: []string{"lethal-events"}})
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := design.Uniform(0, 1)
	factors := make([]design.Factor, len(c.Uncertainties))
	for i, u := range c.Uncertainties {
		factors[i] = design.Factor{Name: u.Variable, Distribution: whole}
	}
	d, err := design.New(design.LatinHypercube, 1, futures, factors, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Run(context.Background(), evaluate.Points{
		Count: futures,
		Set: func(i int, dst []float64) {
			place := make([]float64, len(factors))
			d.Point(i, place)
			e.Draw(place, dst)
		},
		Stream: func(i int) int { return i },
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]float64
	for k, month := range e.Times() {
		if month == math.Trunc(month) {
			out = append(out, r.Series[0][k])
		}
	}
	return out
}

// TestIraq: forecasts of lethal events with the Islamic State 1 to 12 months ahead,
// from every third month of 2007 to 2017, by the ensemble as it stands, by the
// ensemble filtered with what was known, and by the last twelve months alone.
func TestIraq(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	folder, _ := cases.Open("iraq")
	c, list := casefile.Load(folder)
	if c == nil {
		t.Fatal(list)
	}
	series, err := indicator.Build(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(series, func(s *indicator.Series) bool { return s.ID == "is-lethal" })
	from := evidence.NewMonth(2003, 1)
	counts := make([]float64, 192)
	for m := range counts {
		p := series[i].At(from + evidence.Month(m))
		counts[m] = float64(p.Count)
		if !p.Known {
			counts[m] = math.NaN()
		}
	}
	futures, particles := 400, 4000
	paths := pastPaths(t, c, futures, len(counts)+1)
	f, err := New(paths, particles, 2)
	if err != nil {
		t.Fatal(err)
	}
	horizons := []int{1, 3, 6, 12}
	filtered, plain, recent := make([]float64, 4), make([]float64, 4), make([]float64, 4)
	inside, n := make([]float64, 4), 0.0
	effective, alive := 0.0, 0.0
	equal := func(n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = 1 / float64(n)
		}
		return out
	}
	for m := range counts {
		f.Observe(counts[m])
		effective += f.Effective() / float64(len(counts))
		alive = f.Paths()
		if m < 48 || m%3 != 2 || m+12 >= len(counts) {
			continue
		}
		n++
		_, ahead, w := f.Ahead(12)
		alone, err := New(paths, particles, 2)
		if err != nil {
			t.Fatal(err)
		}
		alone.month = m + 1
		for i := range alone.particles {
			// The ensemble as it stands: no discrepancy, and the clustering of counts.
			alone.particles[i].x, alone.particles[i].size, alone.particles[i].k = 0, 0, 3
		}
		_, stands, v := alone.Ahead(12)
		for k, h := range horizons {
			came := counts[m+h]
			filtered[k] += CRPS(ahead[h-1], w, came)
			plain[k] += CRPS(stands[h-1], v, came)
			recent[k] += CRPS(counts[m-11:m+1], equal(12), came)
			if q := Quantiles(ahead[h-1], w, 0.1, 0.9); q[0] <= came && came <= q[1] {
				inside[k]++
			}
		}
	}
	for k, h := range horizons {
		t.Logf("%2d months ahead, CRPS of %g forecasts: ensemble %.2f, filtered %.2f, last twelve months %.2f; the filtered 80%% interval held %.2f", h, n, plain[k]/n, filtered[k]/n, recent[k]/n, inside[k]/n)
		if filtered[k] >= 0.85*plain[k] {
			t.Errorf("%d months ahead the filter does not make forecasts better: %.2f, %.2f without", h, filtered[k]/n, plain[k]/n)
		}
	}
	if alive < 20 || effective < 400 {
		t.Errorf("%.0f effective particles, %.1f paths", effective, alive)
	}
	t.Logf("%.0f effective particles of %d on average; %.1f of %d paths carry weight at the end", effective, particles, alive, futures)
}
