package discovery

import (
	"math"
	"slices"

	"handover/random"
)

// Support says how often a factor is restricted when boxes are looked for in
// random halves of the points.
type Support struct {
	Factor int
	// Coverage and Density are the shares of samples in which the box nearest to
	// the chosen one in coverage, or in density, restricts the factor.
	Coverage, Density float64
}

// Resample tests how far the limits of a box depend on which points there are: it
// peels in count random halves and looks at the boxes with the coverage and the
// density of the given one (Bryant and Lempert 2010, section 4.3). The peeling is best
// the one by which the box was found. All factors
// that are restricted at least once are listed, the most often restricted first.
func (d *Data) Resample(b Box, o Peeling, count int, seed uint64) ([]Support, error) {
	o, err := o.complete(d)
	if err != nil {
		return nil, err
	}
	if o.Alpha == 0 {
		o = d.tuned(o, slices.Repeat([]bool{true}, len(d.cases)))
	}
	coverage, density := make([]int, len(d.factors)), make([]int, len(d.factors))
	done := 0
	for c := range count {
		half := d.half(seed, uint32(c))
		if half == nil {
			continue
		}
		done++
		p := newPeeler(half, o, slices.Repeat([]bool{true}, len(half.cases)))
		p.peel()
		// Of boxes as near, such as the first ones that still cover all, the one that
		// is best in the other respect.
		nearest := func(by, other func(Box) float64) Box {
			best := p.trajectory[0]
			for _, t := range p.trajectory {
				far, least := math.Abs(by(t)-by(b)), math.Abs(by(best)-by(b))
				if far < least || far == least && other(t) > other(best) {
					best = t
				}
			}
			return best
		}
		cover, dense := func(b Box) float64 { return b.Coverage }, func(b Box) float64 { return b.Density }
		for _, l := range nearest(cover, dense).Limits {
			coverage[l.Factor]++
		}
		for _, l := range nearest(dense, cover).Limits {
			density[l.Factor]++
		}
	}
	var support []Support
	for f := range d.factors {
		if coverage[f]+density[f] > 0 {
			support = append(support, Support{f, float64(coverage[f]) / float64(done), float64(density[f]) / float64(done)})
		}
	}
	slices.SortStableFunc(support, func(a, b Support) int {
		switch x, y := a.Coverage+a.Density, b.Coverage+b.Density; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return support, nil
}

// half is a random half of the data; nil when all its points are alike.
func (d *Data) half(seed uint64, number uint32) *Data {
	n := len(d.cases)
	order := make([]int, n)
	s := random.At(seed, number, 0, random.Site("halves"))
	for i := range order {
		j := min(int(s.Uniform()*float64(i+1)), i)
		order[i], order[j] = order[j], i
	}
	order = order[:n/2]
	slices.Sort(order)
	return d.subset(order)
}
