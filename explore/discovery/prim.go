package discovery

import (
	"errors"
	"math"
	"slices"
)

// Objective is what a step of peeling tries to raise.
type Objective int

// The objectives.
const (
	// Lenient is the rise in density per point given up: it takes large steps only
	// where they pay (Kwakkel and Jaxa-Rozen 2016, "Improving scenario discovery
	// for handling heterogeneous uncertainties").
	Lenient Objective = iota
	// Greedy is the density of what is left (Friedman and Fisher 1999, "Bump
	// hunting in high-dimensional data").
	Greedy
)

// Peeling says how boxes are made. The zero value of a field means its default.
type Peeling struct {
	// Alpha is the share of a box given up in a step. Where a greedy method ends
	// hangs on its step, so by default several are tried. Paste is the share added
	// when a box is widened again, 0.05 by default.
	Alpha, Paste float64
	// Factors are those that may be restricted. When nil, all are tried and those
	// alone that differ between cases and others on their own.
	Factors []int
	// LeastMass is the share of all points a box must keep, 0.05 by default; for
	// rare events at most a quarter of their share.
	LeastMass float64
	Objective Objective
	// Boxes is how many boxes are looked for, 1 by default; each next one among
	// the points that those before leave out.
	Boxes int
	// LeastQuasiP is the quasi-p value above which a limit is dropped from the
	// box that is chosen, 0.05 by default.
	LeastQuasiP float64
}

func (o Peeling) complete(d *Data) (Peeling, error) {
	fill := func(x *float64, v float64) {
		if *x == 0 {
			*x = v
		}
	}
	fill(&o.Paste, 0.05)
	fill(&o.LeastMass, math.Min(0.05, float64(d.count)/float64(4*len(d.cases))))
	fill(&o.LeastQuasiP, 0.05)
	if o.Boxes == 0 {
		o.Boxes = 1
	}
	for k, x := range []float64{o.Alpha, o.Paste, o.LeastMass, o.LeastQuasiP} {
		if !(x > 0 && x < 1) && (k > 0 || x != 0) {
			return o, errors.New("the shares for peeling, pasting, mass and quasi-p lie between 0 and 1")
		}
	}
	if o.Boxes < 0 {
		return o, errors.New("the number of boxes is negative")
	}
	return o, nil
}

// Found is one box and how it was reached.
type Found struct {
	// Trajectory holds the boxes from all points to the smallest, then those of
	// pasting. Coverage falls and density rises along it: a reader can choose
	// another compromise than Chosen.
	Trajectory []Box
	// Chosen is the box with the best harmonic mean of coverage and density,
	// without limits whose quasi-p is too large.
	Chosen Box
	// Peeling is how it was reached, with the step and the factors that were chosen.
	Peeling Peeling
}

// PRIM looks for boxes in which the event happens often, by peeling and pasting.
// Coverage and mass of every box are shares of all points. It stops before
// Peeling.Boxes when a box is no denser than the points it was looked for in.
func (d *Data) PRIM(o Peeling) ([]Found, error) {
	o, err := o.complete(d)
	if err != nil {
		return nil, err
	}
	left := make([]bool, len(d.cases))
	for i := range left {
		left[i] = true
	}
	var found []Found
	for range o.Boxes {
		b := newPeeler(d, o, left)
		if b.cases == 0 || b.points < 2 {
			break
		}
		density := float64(b.cases) / float64(b.points)
		f := Found{Peeling: d.tuned(o, left)}
		f.Trajectory = d.trajectory(f.Peeling, left)
		f.Chosen = d.simplify(choose(f.Trajectory), o.LeastQuasiP)
		if len(f.Chosen.Limits) == 0 || f.Chosen.Density <= density {
			break
		}
		found = append(found, f)
		for i := range left {
			left[i] = left[i] && !f.Chosen.Contains(d, i)
		}
	}
	return found, nil
}

// trajectory peels and pastes.
func (d *Data) trajectory(o Peeling, among []bool) []Box {
	b := newPeeler(d, o, among)
	b.peel()
	b.paste()
	return b.trajectory
}

// choose returns the box with the largest harmonic mean of coverage and density,
// the one with fewer limits among equals.
func choose(boxes []Box) Box {
	best, score := boxes[0], -1.0
	for _, b := range boxes {
		s := 0.0
		if b.Cases > 0 {
			s = 2 * b.Coverage * b.Density / (b.Coverage + b.Density)
		}
		if s > score || s == score && len(b.Limits) < len(best.Limits) {
			best, score = b, s
		}
	}
	return best
}

// simplify drops the limit with the largest quasi-p until all are small.
func (d *Data) simplify(b Box, most float64) Box {
	for {
		worst, at := most, -1
		for k, l := range b.Limits {
			if l.QuasiP > worst {
				worst, at = l.QuasiP, k
			}
		}
		if at < 0 {
			return b
		}
		b = d.measure(slices.Delete(slices.Clone(b.Limits), at, at+1))
	}
}

// peeler is a box under way.
type peeler struct {
	d      *Data
	o      Peeling
	limits []Limit // by factor; unrestricted ones too
	active []Limit // those that leave points out
	inside []bool
	// among are the points in which the box is looked for.
	among         []bool
	points, cases int
	trajectory    []Box
}

func newPeeler(d *Data, o Peeling, among []bool) *peeler {
	b := &peeler{d: d, o: o, among: among, inside: slices.Clone(among)}
	for f := range d.factors {
		l := Limit{Factor: f, Low: math.Inf(-1), High: math.Inf(1)}
		if d.factors[f].Kind == Categorical {
			values := slices.Clone(d.factors[f].Values)
			slices.Sort(values)
			l.Options = slices.Compact(values)
		}
		b.limits = append(b.limits, l)
	}
	b.count()
	b.record()
	return b
}

func (b *peeler) count() {
	b.points, b.cases = 0, 0
	for i, in := range b.inside {
		if in {
			b.points++
			if b.d.cases[i] {
				b.cases++
			}
		}
	}
}

// restricted lists the limits that leave points out.
func (b *peeler) restricted() []Limit {
	var limits []Limit
	for f, l := range b.limits {
		if l.Options != nil {
			values := b.d.factors[f].Values
			for _, v := range values {
				if !slices.Contains(l.Options, v) {
					limits = append(limits, l)
					break
				}
			}
		} else if !math.IsInf(l.Low, -1) || !math.IsInf(l.High, 1) {
			limits = append(limits, l)
		}
	}
	return limits
}

func (b *peeler) record() { b.trajectory = append(b.trajectory, b.d.measure(b.active)) }

// change is a limit that a step could set, and what the box would then hold.
type change struct {
	limit         Limit
	points, cases int
}

// value is the objective that c reaches.
func (b *peeler) value(c change) float64 {
	density := float64(c.cases) / float64(c.points)
	if b.o.Objective == Greedy {
		return density
	}
	gone := float64(b.points - c.points)
	return (density - float64(b.cases)/float64(b.points)) / gone
}

// restrictedWith is how many factors would be restricted after a change.
func (b *peeler) restrictedWith(c change) int {
	n := len(b.trajectory[len(b.trajectory)-1].Limits)
	for _, l := range b.trajectory[len(b.trajectory)-1].Limits {
		if l.Factor == c.limit.Factor {
			return n
		}
	}
	return n + 1
}

// peel gives up small parts of the box as long as enough is left.
func (b *peeler) peel() {
	least := max(1, int(math.Ceil(b.o.LeastMass*float64(len(b.d.cases)))))
	for b.cases < b.points {
		var best change
		score := math.Inf(-1)
		for f := range b.limits {
			if b.o.Factors != nil && !slices.Contains(b.o.Factors, f) {
				continue
			}
			b.peelings(f, func(c change) {
				if c.points < least {
					return
				}
				// Of equal steps the one that restricts fewer factors, then the earlier.
				const equal = 1e-12
				v := b.value(c)
				margin := float64(equal * math.Abs(score))
				if math.IsInf(score, -1) || v > score+margin || v >= score-margin && b.restrictedWith(c) < b.restrictedWith(best) {
					best, score = c, v
				}
			})
		}
		if math.IsInf(score, -1) {
			return
		}
		b.set(best)
	}
}

// set takes a change into the box.
func (b *peeler) set(c change) {
	f := c.limit.Factor
	b.limits[f] = c.limit
	b.active = b.restricted()
	for i := range b.inside {
		b.inside[i] = b.among[i]
		for k := 0; k < len(b.active) && b.inside[i]; k++ {
			b.inside[i] = b.active[k].holds(b.d.factors[b.active[k].Factor].Values[i])
		}
	}
	b.count()
	b.record()
}

// peelings calls f for each way to give up a part of the box along factor g.
func (b *peeler) peelings(g int, f func(change)) {
	factor := &b.d.factors[g]
	if factor.Kind == Categorical {
		options := b.limits[g].Options
		if len(options) < 2 {
			return
		}
		for k, v := range options {
			points, cases := 0, 0
			for i, in := range b.inside {
				if in && factor.Values[i] == v {
					points++
					if b.d.cases[i] {
						cases++
					}
				}
			}
			if points == 0 || points == b.points {
				continue
			}
			l := b.limits[g]
			l.Options = slices.Delete(slices.Clone(options), k, k+1)
			f(change{l, b.points - points, b.cases - cases})
		}
		return
	}
	quota := int(b.o.Alpha*float64(b.points-1)) + 1
	for _, up := range []bool{true, false} {
		last, next, points, cases := b.run(g, up, quota)
		if points == b.points || math.IsNaN(next) {
			continue
		}
		l := b.limits[g]
		bound := next
		if factor.Kind == Real {
			bound = between(last, next)
		}
		if up {
			l.Low = bound
		} else {
			l.High = bound
		}
		f(change{l, b.points - points, b.cases - cases})
	}
}

// between is a number above a and up to b, or below a and down to b, in their
// middle where there is one.
func between(a, b float64) float64 {
	m := float64(a/2) + float64(b/2)
	if m == a {
		return b
	}
	return m
}

// run walks from one end of the box along factor g over at least quota points and
// all that are equal to the last; next is the first value that is left, NaN when
// none is.
func (b *peeler) run(g int, up bool, quota int) (last, next float64, points, cases int) {
	order, values := b.d.order[g], b.d.factors[g].Values
	last = math.NaN()
	for k := range order {
		i := order[k]
		if !up {
			i = order[len(order)-1-k]
		}
		if !b.inside[i] {
			continue
		}
		if points >= quota && values[i] != last {
			return last, values[i], points, cases
		}
		last = values[i]
		points++
		if b.d.cases[i] {
			cases++
		}
	}
	return last, math.NaN(), points, cases
}

// paste widens the box again as long as its density rises.
func (b *peeler) paste() {
	for range 1000 {
		density := float64(b.cases) / float64(b.points)
		var best change
		for g := range b.limits {
			b.pastings(g, func(c change) {
				if d := float64(c.cases) / float64(c.points); d > density {
					best, density = c, d
				}
			})
		}
		if best.points == 0 {
			return
		}
		b.set(best)
	}
}

// pastings calls f for each way to widen the box along factor g.
func (b *peeler) pastings(g int, f func(change)) {
	factor := &b.d.factors[g]
	if !slices.ContainsFunc(b.active, func(l Limit) bool { return l.Factor == g }) {
		return
	}
	// outside are the points that only the limit of g keeps out, in ascending order.
	var outside []int32
	for _, i := range b.d.order[g] {
		if !b.among[i] || b.inside[i] {
			continue
		}
		only := true
		for k := 0; k < len(b.active) && only; k++ {
			l := &b.active[k]
			only = l.Factor == g || l.holds(b.d.factors[l.Factor].Values[i])
		}
		if only {
			outside = append(outside, i)
		}
	}
	if len(outside) == 0 {
		return
	}
	if factor.Kind == Categorical {
		for k := 0; k < len(outside); {
			v, points, cases := factor.Values[outside[k]], 0, 0
			for ; k < len(outside) && factor.Values[outside[k]] == v; k++ {
				points++
				if b.d.cases[outside[k]] {
					cases++
				}
			}
			l := b.limits[g]
			l.Options = append(slices.Clone(l.Options), v)
			slices.Sort(l.Options)
			f(change{l, b.points + points, b.cases + cases})
		}
		return
	}
	quota := max(1, int(b.o.Paste*float64(b.points)))
	for _, up := range []bool{true, false} {
		l := b.limits[g]
		points, cases, last := 0, 0, math.NaN()
		next := math.NaN()
		for k := range outside {
			i := outside[k]
			if !up { // downwards, from the lower bound
				i = outside[len(outside)-1-k]
			}
			v := factor.Values[i]
			if up && v <= l.High || !up && v >= l.Low {
				continue
			}
			if points >= quota && v != last {
				next = v
				break
			}
			last = v
			points++
			if b.d.cases[i] {
				cases++
			}
		}
		if points == 0 {
			continue
		}
		bound := last
		switch {
		case math.IsNaN(next):
			bound = math.Inf(1)
			if !up {
				bound = math.Inf(-1)
			}
		case factor.Kind == Real:
			bound = between(next, last)
		}
		if up {
			l.High = bound
		} else {
			l.Low = bound
		}
		f(change{l, b.points + points, b.cases + cases})
	}
}
