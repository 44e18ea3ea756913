package count

import (
	"math"
	"slices"

	"handover/fpmath"
)

// resampler is a component of the pool: a unit's own past months, newer ones
// more likely, smeared the more the farther ahead.
type resampler struct {
	// halfLife of a month's weight and how many months back, in months.
	halfLife float64
	window   int
	// width of the smear three months ahead; growth is how much its square has grown
	// eleven months later, as a square root; drift moves the logarithm each month.
	width, growth, drift float64
}

// The resamplers: two for wars, which widen, and fall 2 or 3% a month, one for
// low levels, and one for what is usual over many years.
var resamplers = [...]resampler{
	{2, 24, 0.3, 0.6, -0.02},
	{3, 24, 0.3, 1.0, -0.03},
	{4, 60, 0.8, 0, 0},
	{40, 180, 0.8, 0, 0},
}

// weights are how much each of the resamplers and, last, the analogues count.
type weights [len(resamplers) + 1]float64

// still are the weights of units without a death for five years.
var still = weights{.40, 0, .40, .20, 0}

// stillFor is how many quiet months make a unit still.
const stillFor = 60

// steps are the weights of the others by their level, a month: a trace of violence
// (below 3), low (below 60) and war, each at the middle of its range. Between them
// weights run evenly with the logarithm of the level, so that no forecast jumps
// because a unit crosses a border.
var steps = [...]struct {
	level float64
	weights
}{
	{0.6708, weights{.05, 0, .30, .25, .40}},
	{13.416, weights{.15, 0, .45, .05, .35}},
	{268.33, weights{.70, .20, 0, 0, .10}},
}

// weights are those of a unit at month t.
func (u *unit) weights(t int) weights {
	if u.quiet[t] >= stillFor {
		return still
	}
	level := max(u.year[t], u.recent[t])
	last := len(steps) - 1
	if level <= steps[0].level {
		return steps[0].weights
	}
	if level >= steps[last].level {
		return steps[last].weights
	}
	k := 1
	for level > steps[k].level {
		k++
	}
	low, high := steps[k-1], steps[k]
	share := fpmath.Log(level/low.level) / fpmath.Log(high.level/low.level)
	var out weights
	for i := range out {
		out[i] = float64((1-share)*low.weights[i]) + float64(share*high.weights[i])
	}
	return out
}

// masses weighs a unit's own months up to t on the grid.
func (r resampler) masses(g *grid, counts []float64, t int) []float64 {
	out := make([]float64, len(g.values))
	keep := fpmath.Pow(0.5, 1/r.halfLife)
	sum, w := 0.0, 1.0
	for age := 0; age < r.window && age <= t; age++ {
		if y := counts[t-age]; !math.IsNaN(y) {
			g.add(out, y, w)
			sum += w
		}
		w *= keep
	}
	if sum == 0 {
		out[0], sum = 1, 1
	}
	for k := range out {
		out[k] /= sum
	}
	return out
}

// smear is the smear so many months ahead.
func (r resampler) smear(g *grid, ahead int) *smear {
	h := float64(ahead)
	square := float64(r.width*r.width) + float64(r.growth*r.growth)*max(0, h-3)/11
	return g.smear(math.Sqrt(square), float64(r.drift*h))
}

// pool is the combined forecast of a unit from month t, by months ahead.
func (p *Past) pool(g *grid, at, t int, months []int) []Distribution {
	u := p.units[at]
	weights := u.weights(t)
	sums := make([][]float64, len(months))
	for i := range sums {
		sums[i] = make([]float64, len(g.values))
	}
	for k, r := range resamplers {
		if weights[k] == 0 {
			continue
		}
		masses := r.masses(g, u.counts, t)
		for i, ahead := range months {
			r.smear(g, ahead).spread(sums[i], masses, weights[k])
		}
	}
	if w := weights[len(resamplers)]; w > 0 {
		narrow := g.smear(analogueWidth, 0)
		for i, masses := range p.analogues(g, at, t, months) {
			if masses != nil {
				narrow.spread(sums[i], masses, w)
			}
		}
	}
	out := make([]Distribution, len(months))
	for i, upTo := range sums {
		total := upTo[len(upTo)-1]
		for k := range upTo {
			upTo[k] /= total
		}
		out[i] = Distribution{g.values, upTo, true}
	}
	return out
}

// The analogues: how many months ahead a row of the library must be followed, how
// many neighbours set the bandwidth, by how much a unit's own past is nearer (as
// the square), and the width of the smear.
const (
	followed      = 14
	neighbours    = 150
	ownNearer     = 0.25
	analogueWidth = 0.25
)

// analogues weighs what came after similar months of any unit, in proportion to
// the level then and now. A month ahead that none was followed by is nil.
func (p *Past) analogues(g *grid, at, t int, months []int) [][]float64 {
	type row struct{ unit, month int }
	var rows []row
	var distances []float64
	here := &p.units[at].points[t]
	for c, u := range p.units {
		nearer := 1.0
		if c == at {
			nearer = ownNearer
		}
		for s := 12; s <= t-followed; s++ {
			if math.IsNaN(u.counts[s]) {
				continue
			}
			d := 0.0
			for j, x := range &u.points[s] {
				e := here[j] - x
				d += float64(e * e)
			}
			rows = append(rows, row{c, s})
			distances = append(distances, float64(d*nearer))
		}
	}
	out := make([][]float64, len(months))
	if len(rows) == 0 {
		return out
	}
	ordered := slices.Clone(distances)
	bandwidth := max(nth(ordered, min(neighbours, len(ordered)-1)), 1e-3)
	level := p.units[at].recent[t] + 1
	sums := make([]float64, len(months))
	for i, r := range rows {
		if distances[i] >= 4*bandwidth {
			continue
		}
		w := fpmath.Exp(-distances[i] / bandwidth)
		if w < 1e-3 {
			continue
		}
		u := p.units[r.unit]
		ratio := level / (u.recent[r.month] + 1)
		for k, ahead := range months {
			if r.month+ahead > t {
				continue
			}
			y := u.counts[r.month+ahead]
			if math.IsNaN(y) {
				continue
			}
			if out[k] == nil {
				out[k] = make([]float64, len(g.values))
			}
			if y > 0 {
				y = max(1, float64(y*ratio))
			}
			g.add(out[k], y, w)
			sums[k] += w
		}
	}
	for k, masses := range out {
		for i := range masses {
			masses[i] /= sums[k]
		}
	}
	return out
}

// nth is the n-th smallest value, from 0. It reorders x.
func nth(x []float64, n int) float64 {
	low, high := 0, len(x)-1
	for low < high {
		middle := x[(low+high)/2]
		i, j := low, high
		for i <= j {
			for x[i] < middle {
				i++
			}
			for x[j] > middle {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i++
				j--
			}
		}
		switch {
		case n <= j:
			high = j
		case n >= i:
			low = i
		default:
			return x[n]
		}
	}
	return x[n]
}
