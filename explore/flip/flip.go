// Package flip says where along an uncertainty the preferred strategy changes, and
// what knowing that uncertainty would be worth.
package flip

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"handover/random"
)

// Part is a stretch of an uncertainty's values.
type Part struct {
	// Low and High are the smallest and the largest value in it.
	Low, High float64
	// Futures is how many futures fall into it.
	Futures int
	// Means is the mean outcome by strategy.
	Means []float64
	// Best is the strategy with the best mean, Sure the share of bootstrap samples
	// of the part's futures in which it is.
	Best int
	Sure float64
	// Lead is the mean difference, in the same futures, between the best strategy
	// here and the one that is best over all futures, with its 80% bootstrap
	// interval; zero when they are the same. It is positive when it is better.
	Lead Interval
}

// Interval is a value with an 80% bootstrap interval.
type Interval struct{ Low, Middle, High float64 }

// Table is an uncertainty cut in parts.
type Table struct {
	// Overall is the strategy that is best over all futures.
	Overall int
	Parts   []Part
	// Worth is how much better the outcome would be on average if the part were known
	// before a strategy is chosen: the expected value of partial perfect
	// information (Raiffa and Schlaifer 1961), a little too high by chance.
	Worth float64
	// Changes is whether some part has another best strategy with a lead whose
	// interval is above zero.
	Changes bool
}

// Cut makes the table of an uncertainty with values x, one a future, and outcomes
// y[strategy][future]. Values are cut in parts of equal size, or one a value where
// there are no more values than parts. Futures with an outcome or value that is not
// finite are left out. It is an error if lengths differ, there are fewer than two
// strategies or two parts, or a part would have fewer than 10 futures.
func Cut(x []float64, y [][]float64, more bool, parts, resamples int, seed uint64) (*Table, error) {
	if len(y) < 2 {
		return nil, errors.New("one strategy alone cannot be replaced by another; expected two or more")
	}
	if parts < 2 || resamples < 1 {
		return nil, fmt.Errorf("%d parts and %d resamples; expected 2 and 1 or more", parts, resamples)
	}
	for _, values := range y {
		if len(values) != len(x) {
			return nil, fmt.Errorf("%d outcomes for %d futures", len(values), len(x))
		}
	}
	var kept []int
	for i := range x {
		finite := x[i]-x[i] == 0
		for k := range y {
			finite = finite && y[k][i]-y[k][i] == 0
		}
		if finite {
			kept = append(kept, i)
		}
	}
	groups := split(x, kept, parts)
	if len(groups) < 2 {
		return nil, errors.New("the uncertainty has one value alone")
	}
	t := &Table{Overall: best(means(y, kept), more)}
	for g, group := range groups {
		if len(group) < 10 {
			return nil, fmt.Errorf("a part has %d futures; expected 10 or more: run more futures or ask for fewer parts", len(group))
		}
		p := Part{Low: x[group[0]], High: x[group[len(group)-1]], Futures: len(group), Means: means(y, group)}
		p.Best = best(p.Means, more)
		sign := -1.0
		if more {
			sign = 1
		}
		stream := random.At(seed, uint32(g), 0, random.Site("flip"))
		sure := 0
		leads := make([]float64, resamples)
		sample := make([]int, len(group))
		for r := range resamples {
			for i := range sample {
				sample[i] = group[int(stream.Uniform()*float64(len(group)))]
			}
			m := means(y, sample)
			if best(m, more) == p.Best {
				sure++
			}
			leads[r] = float64(sign * (m[p.Best] - m[t.Overall]))
		}
		sort.Float64s(leads)
		p.Sure = float64(sure) / float64(resamples)
		p.Lead = Interval{leads[resamples/10], float64(sign * (p.Means[p.Best] - p.Means[t.Overall])), leads[resamples-1-resamples/10]}
		t.Worth += float64(p.Lead.Middle * float64(len(group)) / float64(len(kept)))
		t.Changes = t.Changes || p.Best != t.Overall && p.Lead.Low > 0
		t.Parts = append(t.Parts, p)
	}
	return t, nil
}

// split sorts futures by value and cuts them in parts of about equal size, equal
// values together.
func split(x []float64, kept []int, parts int) [][]int {
	order := slices.Clone(kept)
	sort.SliceStable(order, func(a, b int) bool { return x[order[a]] < x[order[b]] })
	values := 0
	for i := range order {
		if i == 0 || x[order[i]] != x[order[i-1]] {
			values++
		}
	}
	var groups [][]int
	from := 0
	for i := 1; i <= len(order); i++ {
		if i < len(order) && x[order[i]] == x[order[i-1]] {
			continue
		}
		if i == len(order) || values <= parts || i*parts >= (len(groups)+1)*len(order) {
			groups = append(groups, order[from:i])
			from = i
		}
	}
	return groups
}

func means(y [][]float64, futures []int) []float64 {
	m := make([]float64, len(y))
	for k := range y {
		for _, i := range futures {
			m[k] += y[k][i]
		}
		m[k] /= float64(len(futures))
	}
	return m
}

// best is the strategy with the best mean; the first of equals.
func best(means []float64, more bool) int {
	at, value := 0, math.NaN()
	for k, m := range means {
		if k == 0 || more && m > value || !more && m < value {
			at, value = k, m
		}
	}
	return at
}
