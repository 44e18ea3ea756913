package robustness

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"handover/random"
)

// Interval is a value with its 80% bootstrap interval over futures.
type Interval struct{ Low, Middle, High float64 }

// Score is one metric of one strategy.
type Score struct {
	Value Interval
	// Rank is 1 for the best strategy; equal values share the better rank.
	Rank int
	// First is the share of bootstrap samples of the futures in which no strategy
	// is better: how sure the first place is.
	First float64
}

// Ranking is one metric over all strategies.
type Ranking struct {
	Metric Metric
	// Better is "lower" or "higher" for the values of Scores.
	Better string
	// Scores is by strategy.
	Scores []Score
}

// Difference is how a strategy differs from the reference in the same futures.
type Difference struct {
	// Mean is the mean difference in the outcome's unit with its interval.
	Mean Interval
	// Better and Worse are the shares of futures in which the strategy is better
	// and worse; the rest are equal.
	Better, Worse float64
}

// Comparison holds all that is said of one outcome.
type Comparison struct {
	Rankings []Ranking
	// Differences is by strategy; the reference's own is zero.
	Differences []Difference
	// Agreement[a][b] is Kendall's tau-b between the rankings of metrics a and b,
	// -1 to 1; NaN where one of them ranks all alike.
	Agreement [][]float64
	// Used is how many futures had a finite outcome under every strategy; the
	// others are left out.
	Used int
}

// Compare ranks strategies by each metric. y[strategy][future] is the outcome of
// each strategy in the same futures; reference is the index of the strategy that
// differences are taken to. Intervals rest on resamples bootstrap samples of the
// futures, the same for all strategies. It is an error if there is no strategy, the
// lengths differ, an option is out of range or fewer than 2 futures are finite.
func Compare(y [][]float64, reference int, o Options, resamples int, seed uint64) (*Comparison, error) {
	if len(y) == 0 {
		return nil, errors.New("there is no strategy to compare")
	}
	if reference < 0 || reference >= len(y) {
		return nil, fmt.Errorf("reference %d of %d strategies", reference, len(y))
	}
	if !(o.Optimism >= 0 && o.Optimism <= 1) {
		return nil, fmt.Errorf("an optimism of %v; expected 0 to 1", o.Optimism)
	}
	turned, used, err := turn(y, o.MoreIsBetter)
	if err != nil {
		return nil, err
	}
	best := make([]float64, used)
	for i := range best {
		best[i] = turned[0][i]
		for _, s := range turned {
			best[i] = math.Max(best[i], s[i])
		}
	}
	picks := make([][]int, resamples+1)
	for c := range picks {
		picks[c] = make([]int, used)
		s := random.At(seed, uint32(c), 0, random.Site("robustness"))
		for i := range picks[c] {
			if picks[c][i] = i; c > 0 {
				picks[c][i] = min(int(s.Uniform()*float64(used)), used-1)
			}
		}
	}
	c := &Comparison{Used: used}
	for _, m := range metrics {
		if m.ID == "satisficing" && math.IsNaN(o.Threshold) {
			continue
		}
		c.Rankings = append(c.Rankings, rank(m, turned, best, picks, o))
	}
	for s := range turned {
		c.Differences = append(c.Differences, difference(turned[s], turned[reference], picks, o.MoreIsBetter))
	}
	c.Agreement = make([][]float64, len(c.Rankings))
	for a := range c.Rankings {
		for b := range c.Rankings {
			c.Agreement[a] = append(c.Agreement[a], kendall(ranksOf(c.Rankings[a]), ranksOf(c.Rankings[b])))
		}
	}
	return c, nil
}

// turn leaves out futures that are not finite and makes more better.
func turn(y [][]float64, more bool) ([][]float64, int, error) {
	turned := make([][]float64, len(y))
	for s := range y {
		if len(y[s]) != len(y[0]) {
			return nil, 0, fmt.Errorf("strategy %d has %d futures and the first one %d", s, len(y[s]), len(y[0]))
		}
	}
	used := 0
	for i := range y[0] {
		whole := true
		for s := range y {
			whole = whole && !math.IsNaN(y[s][i]) && !math.IsInf(y[s][i], 0)
		}
		if !whole {
			continue
		}
		used++
		for s := range y {
			v := y[s][i]
			if !more {
				v = -v
			}
			turned[s] = append(turned[s], v)
		}
	}
	if used < 2 {
		return nil, 0, fmt.Errorf("%d futures have a finite outcome under every strategy; at least 2 are needed", used)
	}
	return turned, used, nil
}

// rank scores all strategies by one metric; picks[0] is all futures.
func rank(m Metric, y [][]float64, best []float64, picks [][]int, o Options) Ranking {
	r := Ranking{Metric: m, Better: m.Better, Scores: make([]Score, len(y))}
	if r.Better == "" {
		r.Better = "lower"
		if o.MoreIsBetter {
			r.Better = "higher"
		}
	}
	// goods[c][s] is the value, turned so that more is better.
	goods := make([][]float64, len(picks))
	for c, pick := range picks {
		for s := range y {
			v := m.value(y[s], best, pick, o)
			if m.Better == "lower" {
				v = -v
			}
			goods[c] = append(goods[c], v)
		}
	}
	shown := func(v float64) float64 {
		if m.Better == "lower" || m.turn && !o.MoreIsBetter {
			return 0 - v
		}
		return v
	}
	for s := range y {
		score := &r.Scores[s]
		score.Rank = 1
		for _, other := range goods[0] {
			if other > goods[0][s] {
				score.Rank++
			}
		}
		values := make([]float64, 0, len(picks))
		first := 0
		for _, g := range goods[1:] {
			values = append(values, shown(g[s]))
			if g[s] == slices.Max(g) {
				first++
			}
		}
		score.Value = around(shown(goods[0][s]), values)
		if len(values) > 0 {
			score.First = float64(first) / float64(len(values))
		}
	}
	return r
}

// around is a middle value with the 10th and 90th percentile of resampled ones.
func around(middle float64, values []float64) Interval {
	if len(values) == 0 {
		return Interval{middle, middle, middle}
	}
	return Interval{quantileOf(values, nil, 0.1), middle, quantileOf(values, nil, 0.9)}
}

func difference(y, reference []float64, picks [][]int, more bool) Difference {
	var d Difference
	delta := make([]float64, len(y))
	for i := range y {
		delta[i] = y[i] - reference[i]
		switch {
		case delta[i] > 0:
			d.Better += 1 / float64(len(y))
		case delta[i] < 0:
			d.Worse += 1 / float64(len(y))
		}
		if !more {
			delta[i] = 0 - delta[i]
		}
	}
	values := make([]float64, 0, len(picks))
	for _, pick := range picks {
		values = append(values, expected(delta, nil, pick, Options{}))
	}
	d.Mean = around(values[0], values[1:])
	return d
}

func ranksOf(r Ranking) []int {
	ranks := make([]int, len(r.Scores))
	for s := range ranks {
		ranks[s] = r.Scores[s].Rank
	}
	return ranks
}

// kendall is the rank correlation tau-b (Kendall 1945), which allows for ties.
func kendall(a, b []int) float64 {
	var same, tiedA, tiedB, pairs int
	sign := func(x int) int { return min(1, max(-1, x)) }
	for i := range a {
		for j := range i {
			x, y := sign(a[i]-a[j]), sign(b[i]-b[j])
			pairs++
			same += x * y
			if x == 0 {
				tiedA++
			}
			if y == 0 {
				tiedB++
			}
		}
	}
	// The zero denominator of a ranking of ties alone gives NaN.
	return float64(same) / math.Sqrt(float64(pairs-tiedA)*float64(pairs-tiedB))
}
