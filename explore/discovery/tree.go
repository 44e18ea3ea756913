package discovery

import (
	"errors"
	"math"
	"slices"
)

// Growth says how a tree is grown. The zero value of a field means its default.
type Growth struct {
	// LeastMass is the share of all points that a leaf must have, 0.05 by default;
	// for rare events at most a quarter of their share.
	LeastMass float64
	// MostLeaves bounds the leaves, 16 by default. The split that makes the tree
	// purer by most is made first.
	MostLeaves int
}

// CART returns the leaves of a classification tree as boxes, densest first: binary
// splits, each the one that lowers Gini's impurity most (Breiman, Friedman, Olshen
// and Stone 1984). Values of a categorical factor are split in the order of their
// share of cases, which finds the best of all ways to part them (theorem 4.5
// there).
func (d *Data) CART(o Growth) ([]Box, error) {
	if o.LeastMass == 0 {
		o.LeastMass = math.Min(0.05, float64(d.count)/float64(4*len(d.cases)))
	}
	if o.MostLeaves == 0 {
		o.MostLeaves = 16
	}
	if !(o.LeastMass > 0 && o.LeastMass < 1) || o.MostLeaves < 2 {
		return nil, errors.New("a tree needs a least mass between 0 and 1 and two leaves or more")
	}
	all := make([]int32, len(d.cases))
	for i := range all {
		all[i] = int32(i)
	}
	least := max(1, int(math.Ceil(o.LeastMass*float64(len(all)))))
	leaves := []leaf{d.leaf(all, nil, least)}
	for len(leaves) < o.MostLeaves {
		at := 0
		for k := range leaves {
			if leaves[k].gain > leaves[at].gain {
				at = k
			}
		}
		if l := leaves[at]; l.gain > 0 {
			var in, out []int32
			for _, i := range l.points {
				if l.split[0].holds(d.factors[l.split[0].Factor].Values[i]) {
					in = append(in, i)
				} else {
					out = append(out, i)
				}
			}
			leaves[at] = d.leaf(in, narrow(l.limits, l.split[0]), least)
			leaves = append(leaves, d.leaf(out, narrow(l.limits, l.split[1]), least))
			continue
		}
		break
	}
	boxes := make([]Box, len(leaves))
	for k, l := range leaves {
		boxes[k] = d.measure(l.limits)
	}
	slices.SortStableFunc(boxes, func(a, b Box) int {
		switch {
		case a.Density > b.Density, a.Density == b.Density && a.Mass > b.Mass:
			return -1
		case a.Density == b.Density && a.Mass == b.Mass:
			return 0
		}
		return 1
	})
	return boxes, nil
}

// leaf is a set of points with its best split: gain is by how much the number of
// points times Gini's impurity falls, 0 when no split is allowed or useful.
type leaf struct {
	points []int32
	limits []Limit
	gain   float64
	split  [2]Limit
}

func (d *Data) leaf(points []int32, limits []Limit, least int) leaf {
	l := leaf{points: points, limits: limits}
	cases := 0
	for _, i := range points {
		if d.cases[i] {
			cases++
		}
	}
	before := gini(cases, len(points))
	inside := make([]bool, len(d.cases))
	for _, i := range points {
		inside[i] = true
	}
	try := func(below, casesBelow int, split func() [2]Limit) {
		if below < least || len(points)-below < least {
			return
		}
		if gain := before - gini(casesBelow, below) - gini(cases-casesBelow, len(points)-below); gain > l.gain+1e-9 {
			l.gain, l.split = gain, split()
		}
	}
	for f := range d.factors {
		factor := &d.factors[f]
		if factor.Kind == Categorical {
			d.categories(f, points, try)
			continue
		}
		n, c, last := 0, 0, math.NaN()
		for _, i := range d.order[f] {
			if !inside[i] {
				continue
			}
			if v := factor.Values[i]; n > 0 && v != last {
				low, high := last, v
				if factor.Kind == Real {
					high = between(last, v)
					low = math.Nextafter(high, math.Inf(-1))
				}
				try(n, c, func() [2]Limit {
					return [2]Limit{{Factor: f, Low: math.Inf(-1), High: low}, {Factor: f, Low: high, High: math.Inf(1)}}
				})
			}
			last = factor.Values[i]
			n++
			if d.cases[i] {
				c++
			}
		}
	}
	return l
}

// categories tries the splits of a categorical factor.
func (d *Data) categories(f int, points []int32, try func(below, cases int, split func() [2]Limit)) {
	type option struct {
		value         float64
		points, cases int
	}
	var options []option
	for _, i := range points {
		v := d.factors[f].Values[i]
		at := slices.IndexFunc(options, func(o option) bool { return o.value == v })
		if at < 0 {
			at = len(options)
			options = append(options, option{value: v})
		}
		options[at].points++
		if d.cases[i] {
			options[at].cases++
		}
	}
	slices.SortFunc(options, func(a, b option) int {
		if x, y := a.cases*b.points, b.cases*a.points; x != y {
			return x - y
		}
		if a.value < b.value {
			return -1
		}
		return 1
	})
	n, c := 0, 0
	for k, o := range options[:max(0, len(options)-1)] {
		n += o.points
		c += o.cases
		try(n, c, func() [2]Limit {
			var sides [2]Limit
			for s, part := range [][]option{options[:k+1], options[k+1:]} {
				var values []float64
				for _, o := range part {
					values = append(values, o.value)
				}
				slices.Sort(values)
				sides[s] = Limit{Factor: f, Low: math.Inf(-1), High: math.Inf(1), Options: values}
			}
			return sides
		})
	}
}

// gini is n times the impurity of n points with some cases.
func gini(cases, n int) float64 {
	if n == 0 {
		return 0
	}
	p := float64(cases) / float64(n)
	return float64(float64(n) * 2 * p * (1 - p)) // and no product fused with a sum where this is used
}

// narrow adds a limit to those of a leaf.
func narrow(limits []Limit, l Limit) []Limit {
	limits = slices.Clone(limits)
	for k := range limits {
		if limits[k].Factor != l.Factor {
			continue
		}
		limits[k].Low = math.Max(limits[k].Low, l.Low)
		limits[k].High = math.Min(limits[k].High, l.High)
		if l.Options != nil {
			limits[k].Options = l.Options
		}
		return limits
	}
	limits = append(limits, l)
	slices.SortFunc(limits, func(a, b Limit) int { return a.Factor - b.Factor })
	return limits
}
