package sensitivity

import (
	"fmt"
	"math"

	"handover/random"
)

// Trajectories is a plan of runs for Morris' screening (Morris 1991, "Factorial
// sampling plans for preliminary computational experiments"): walks through a grid
// of the unit cube, each step of which changes one factor. All runs of a walk take
// the same random stream.
type Trajectories struct {
	count, factors, levels int
	// points[t][p] is point p of walk t; moved[t][p] is the factor that changes
	// from point p to p+1.
	points [][][]float64
	moved  [][]int
}

// NewTrajectories plans count walks over k factors on a grid of an even number of
// levels (4 is usual). It is an error if count is below 2, k below 1, or levels
// odd or below 2.
func NewTrajectories(count, k, levels int, seed uint64) (*Trajectories, error) {
	if count < 2 || k < 1 || levels < 2 || levels%2 != 0 {
		return nil, fmt.Errorf("the screening of Morris needs 2 walks or more, a factor or more and an even number of levels; got %d, %d and %d", count, k, levels)
	}
	p := &Trajectories{count: count, factors: k, levels: levels, points: make([][][]float64, count), moved: make([][]int, count)}
	step := p.step()
	for t := range count {
		s := random.At(seed, uint32(t), 0, random.Site("morris"))
		start := make([]float64, k)
		up := make([]bool, k)
		for i := range start {
			// Half of the grid can go up by the step, the other half down.
			at := below(&s, levels/2)
			up[i] = s.Uniform() < 0.5
			start[i] = float64(at) / float64(levels-1)
			if !up[i] {
				start[i] += step
			}
		}
		order := make([]int, k)
		for i := range order {
			j := below(&s, i+1)
			order[i], order[j] = order[j], i
		}
		points := [][]float64{start}
		for _, i := range order {
			next := append([]float64(nil), points[len(points)-1]...)
			if up[i] {
				next[i] += step
			} else {
				next[i] -= step
			}
			next[i] = math.Max(0, math.Min(1, next[i]))
			points = append(points, next)
		}
		p.points[t], p.moved[t] = points, order
	}
	return p, nil
}

// step is the width of a step: half the grid and one level more, which makes every
// level as likely as any other.
func (p *Trajectories) step() float64 { return float64(p.levels) / float64(2*(p.levels-1)) }

// Len is how many walks there are; each has Factors()+1 points.
func (p *Trajectories) Len() int { return p.count }

// Factors is how many factors there are.
func (p *Trajectories) Factors() int { return p.factors }

// Point writes point number at (0..Factors()) of a walk to u.
func (p *Trajectories) Point(walk, at int, u []float64) { copy(u, p.points[walk][at]) }

// Effect says how an outcome answers to one factor over its whole range: the
// elementary effects, in the outcome's unit.
type Effect struct {
	// Mean is the mean of the effects: what the factor does, with its sign.
	Mean float64
	// Size is the mean of their absolute values (mu* of Campolongo, Cariboni and
	// Saltelli 2007): how much the factor matters.
	Size Interval
	// Deviation is their standard deviation: how far the effect depends on where
	// the other factors stand, or on where the factor does.
	Deviation float64
}

// Estimate returns the effects of each factor. y[walk][point] is the outcome;
// effects with an outcome that is not finite are left out. It is an error if the
// shape is not the plan's or a factor has fewer than 2 effects.
func (p *Trajectories) Estimate(y [][]float64, resamples int, seed uint64) ([]Effect, error) {
	if len(y) != p.count {
		return nil, fmt.Errorf("outcomes of %d walks; the plan has %d", len(y), p.count)
	}
	effects := make([][]float64, p.factors) // by factor, then walk; NaN where it is missing
	for i := range effects {
		effects[i] = make([]float64, p.count)
	}
	for t, walk := range y {
		if len(walk) != p.factors+1 {
			return nil, fmt.Errorf("walk %d has %d outcomes; the plan has %d", t, len(walk), p.factors+1)
		}
		for at, i := range p.moved[t] {
			width := p.points[t][at+1][i] - p.points[t][at][i]
			effects[i][t] = (walk[at+1] - walk[at]) / width
		}
	}
	all := make([]int, p.count)
	for t := range all {
		all[t] = t
	}
	result := make([]Effect, p.factors)
	for i, e := range effects {
		mean, size, deviation, n := moments(e, all)
		if n < 2 {
			return nil, fmt.Errorf("factor %d has %d finite effects; at least 2 are needed", i, n)
		}
		draws := resample(p.count, resamples, seed, func(pick []int) []float64 {
			_, size, _, n := moments(e, pick)
			if n == 0 {
				return nil
			}
			return []float64{size}
		})
		result[i] = Effect{mean, spread(size, draws, 0), deviation}
	}
	return result, nil
}

// moments returns mean, mean absolute value and standard deviation of the finite
// effects among those picked, and how many these are.
func moments(effects []float64, pick []int) (mean, size, deviation float64, n int) {
	for _, t := range pick {
		if e := effects[t]; !math.IsNaN(e) && !math.IsInf(e, 0) {
			mean += e
			size += math.Abs(e)
			n++
		}
	}
	if n == 0 {
		return 0, 0, 0, 0
	}
	mean /= float64(n)
	size /= float64(n)
	for _, t := range pick {
		if e := effects[t]; !math.IsNaN(e) && !math.IsInf(e, 0) {
			deviation += float64((e - mean) * (e - mean))
		}
	}
	if n > 1 {
		deviation = math.Sqrt(deviation / float64(n-1))
	}
	return mean, size, deviation, n
}
