package count

import (
	"math"
	"slices"
	"sort"
	"sync"

	"handover/fpmath"
)

// grid is the scale on which the combined forecaster counts: every whole number
// to 50, then steps of 3%.
type grid struct {
	values, logs []float64
	mu           sync.Mutex
	smears       map[[2]float64]*smear
}

// leastLimit is the end of the shortest grid.
const leastLimit = 1e5

// newGrid makes the grid up to a limit.
func newGrid(limit float64) *grid {
	g := &grid{values: []float64{100, 250, 500, 1000}, smears: map[[2]float64]*smear{}}
	for v := range 51 {
		g.values = append(g.values, float64(v))
	}
	for v := 50.0; v < limit; {
		v *= 1.03
		g.values = append(g.values, math.RoundToEven(v))
	}
	slices.Sort(g.values)
	g.values = slices.Compact(g.values)
	g.logs = make([]float64, len(g.values))
	for k, v := range g.values {
		g.logs[k] = fpmath.Log(v)
	}
	return g
}

// add puts the weight w at the value v into masses: where v is no value of the
// grid, into its two neighbours in proportion to the distance of logarithms.
func (g *grid) add(masses []float64, v, w float64) {
	last := len(g.values) - 1
	switch {
	case v <= 0:
		masses[0] += w
		return
	case v >= g.values[last]:
		masses[last] += w
		return
	}
	k := sort.SearchFloat64s(g.values, v)
	if g.values[k] == v {
		masses[k] += w
		return
	}
	share := v
	if v > 1 {
		share = (fpmath.Log(v) - g.logs[k-1]) / (g.logs[k] - g.logs[k-1])
	}
	masses[k-1] += float64(w * (1 - share))
	masses[k] += float64(w * share)
}

// smear turns a mass on each value of a grid into a cumulative distribution. Row k
// is what becomes of the mass on value k, from column from[k], before which it is
// 0 to the last digit, to column full[k], from which it is 1.
type smear struct {
	rows       [][]float64
	from, full []int
}

// smear spreads masses as a log-normal of width s about their values, moved by m
// in the logarithm. What lies at 0 stays there.
func (g *grid) smear(s, m float64) *smear {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := [2]float64{s, m}
	if known := g.smears[key]; known != nil {
		return known
	}
	n := len(g.values)
	out := &smear{rows: make([][]float64, n), from: make([]int, n), full: make([]int, n)}
	ends := make([]float64, n)
	for k, v := range g.values {
		ends[k] = fpmath.Log(v + 0.5)
	}
	for k := 1; k < n; k++ {
		middle := g.logs[k] + m
		// Beyond 9 widths the normal distribution is 0 or 1 to 1e-18.
		from, _ := slices.BinarySearch(ends, middle-float64(9*s))
		full, _ := slices.BinarySearch(ends, middle+float64(9*s))
		full = min(full, n-1)
		from = min(from, full)
		row := make([]float64, full-from)
		for i := range row {
			row[i] = fpmath.NormalCDF((ends[from+i] - middle) / s)
		}
		out.rows[k], out.from[k], out.full[k] = row, from, full
	}
	g.smears[key] = out
	return out
}

// spread adds weight times the smeared masses to a cumulative distribution.
func (s *smear) spread(into, masses []float64, weight float64) {
	steps := make([]float64, len(into))
	for k, mass := range masses {
		if mass == 0 {
			continue
		}
		mass = float64(mass * weight)
		for i, p := range s.rows[k] {
			into[s.from[k]+i] += float64(mass * p)
		}
		steps[s.full[k]] += mass
	}
	sum := 0.0
	for k, step := range steps {
		sum += step
		into[k] += sum
	}
}
