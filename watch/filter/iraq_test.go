package filter

import (
	"context"
	"math"
	"slices"
	"testing"

	"handover/calibrate"
	"handover/casefile"
	"handover/cases"
	"handover/design"
	"handover/evidence"
	"handover/evidence/indicator"
	"handover/explore/evaluate"
	"handover/model"
)

// pastMonths is how many months of history the case has before its base date.
const pastMonths = 274

// pastPaths runs the Iraq model from 2003 to 2018 in futures of its priors, with
// foreign forces, politics and money as they were, and returns the lethal events
// that it expects, by month.
func pastPaths(t *testing.T, c *casefile.Case, futures, months int) [][]float64 {
	t.Helper()
	// The case is run from the past on, as if nothing of it had been fitted.
	past := *c
	past.Posterior = nil
	c = &past
	start := c.Model.Time.Start
	defer func() { c.Model.Time.Start = start }()
	c.Model.Time.Start = -pastMonths
	v := c.Model.Variable("balance at base")
	balance := v.Equations[0].Expression
	defer func() { v.Equations[0].Expression = balance }()
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

// known is the case and its counts of lethal events with the Islamic State from 2003
// to 2018, by month; NaN where they are not known.
func known(t *testing.T) (*casefile.Case, []float64) {
	t.Helper()
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
	return c, counts
}

// ahead are the months ahead at which forecasts are scored.
var ahead = [...]int{1, 3, 6, 12}

// tally adds up the scores of forecasts at the months of ahead.
type tally struct {
	filtered, plain, recent, inside [len(ahead)]float64
	n, effective, alive             float64
}

// mean is over the forecasts and months ahead.
func (s tally) mean(sums [len(ahead)]float64) float64 {
	total := 0.0
	for _, x := range sums {
		total += x
	}
	return total / s.n / float64(len(ahead))
}

// score filters paths with the counts of the months from start to stop, and scores
// the forecasts of every third month from a first one on, and beside them the others
// when asked to. Paths begin at month 0.
func (s *tally) score(t *testing.T, paths [][]float64, counts []float64, start, first, stop, particles int, seed uint64, h habits, beside bool) {
	t.Helper()
	f, err := begin(paths[start:], particles, seed, h)
	if err != nil {
		t.Fatal(err)
	}
	equal := slices.Repeat([]float64{1.0 / 12}, 12)
	for m := start; m < stop; m++ {
		f.Observe(counts[m])
		if m < first || m%3 != 2 || m+12 >= len(counts) {
			continue
		}
		s.n++
		s.effective += f.Effective()
		s.alive += f.Paths()
		_, will, w := f.Ahead(12)
		for k, h := range ahead {
			s.filtered[k] += CRPS(will[h-1], w, counts[m+h])
		}
		if !beside {
			continue
		}
		alone, err := begin(paths[start:], particles, seed, h)
		if err != nil {
			t.Fatal(err)
		}
		alone.month = m + 1 - start
		for i := range alone.particles {
			// The ensemble as it stands: no discrepancy, and the clustering of counts.
			alone.particles[i].x, alone.particles[i].size, alone.particles[i].k = 0, 0, 3
		}
		_, stands, v := alone.Ahead(12)
		for k, h := range ahead {
			came := counts[m+h]
			s.plain[k] += CRPS(stands[h-1], v, came)
			s.recent[k] += CRPS(counts[m-11:m+1], equal, came)
			if q := Quantiles(will[h-1], w, 0.1, 0.9); q[0] <= came && came <= q[1] {
				s.inside[k]++
			}
		}
	}
}

// TestChoice finds the habits of a filter on the months before 2007, with paths of
// the priors, which no count has shaped: those with the lowest mean CRPS of
// forecasts from the end of 2003 on, over six seeds.
func TestChoice(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	c, counts := known(t)
	counts = counts[:48]
	paths := pastPaths(t, c, 400, len(counts)+1)
	best, lowest := habits{}, math.Inf(1)
	for _, spread := range []float64{0.3, 0.5, 1} {
		for _, change := range []float64{0, 0.01, 0.02, 0.05, 0.1, 0.2} {
			var s tally
			h := habits{spread, change}
			for seed := range uint64(6) {
				s.score(t, paths, counts, 0, 11, len(counts), 4000, seed, h, false)
			}
			mean := s.mean(s.filtered)
			t.Logf("spread %g, change %g: CRPS %.2f", spread, change, mean)
			if mean < lowest {
				best, lowest = h, mean
			}
		}
	}
	if best != usual {
		t.Errorf("the best habits are %+v, and %+v are used", best, usual)
	}
}

// TestIraq: forecasts of lethal events with the Islamic State 1 to 12 months ahead,
// from every third month of 2007 to 2017, by the ensemble as it stands, by the
// ensemble filtered with what was known, and by the last twelve months alone. As in
// use, the filter begins where the posterior ends: the model is fitted to what was
// known at the end of 2006, 2009, 2012 and 2014, and each posterior's whole draws are
// filtered up to the next fit. What drives the model is as it was recorded. Beside
// it the draws of the priors, filtered from 2003 on.
func TestIraq(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	c, counts := known(t)
	var fitted, priors tally
	fits := []int{48, 84, 120, 144, len(counts)}
	for i, start := range fits[:len(fits)-1] {
		paths, err := calibrate.Replay(context.Background(), calibrate.Request{Case: c, Runs: 40_000, Chains: 64, Draws: 400, Seed: 1, Threads: 1}, start-1-pastMonths, len(counts)+1-pastMonths, "SUM(lethal_events[*])")
		if err != nil {
			t.Fatal(err)
		}
		fitted.score(t, paths, counts, start, start, fits[i+1], 4000, 2, usual, true)
	}
	priors.score(t, pastPaths(t, c, 400, len(counts)+1), counts, 0, 48, len(counts), 4000, 2, usual, true)
	for _, x := range []struct {
		name string
		tally
	}{{"posterior", fitted}, {"priors", priors}} {
		for k, h := range ahead {
			t.Logf("%s, %2d months ahead, CRPS of %g forecasts: ensemble %.2f, filtered %.2f, last twelve months %.2f; the filtered 80%% interval held %.2f",
				x.name, h, x.n, x.plain[k]/x.n, x.filtered[k]/x.n, x.recent[k]/x.n, x.inside[k]/x.n)
		}
		t.Logf("%s: on average %.0f effective particles of 4000; %.1f of 400 paths carry weight", x.name, x.effective/x.n, x.alive/x.n)
	}
	for k, h := range ahead {
		if fitted.filtered[k] >= fitted.plain[k] || fitted.filtered[k] >= fitted.recent[k] {
			t.Errorf("%d months ahead the filter does not make forecasts better", h)
		}
	}
	if fitted.alive/fitted.n < 20 || fitted.effective/fitted.n < 400 {
		t.Error("too little is left of the ensemble")
	}
}
