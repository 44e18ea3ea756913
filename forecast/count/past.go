package count

import (
	"math"
	"sync"

	"handover/evidence"
	"handover/forecast/panel"
	"handover/fpmath"
)

// features is how many numbers describe a unit in a month to the analogues.
const features = 11

// unit is one unit's counts and what follows from them. Whatever stands at month
// t was computed from the months up to t alone.
type unit struct {
	counts []float64
	// recent and year are means with half-lives of 4 and 12 months, quiet is how
	// many months there was nothing, at most mostQuiet.
	recent, year, quiet []float64
	points              [][features]float64
}

// mostQuiet is where quiet months are no longer counted.
const mostQuiet = 240

// Past is counts of units by month, ready to forecast from any month of it. A
// forecast from a month uses no count after it.
type Past struct {
	from  evidence.Month
	names []string
	units []*unit
	mu    sync.Mutex
	grids map[float64]*grid
}

// NewPast prepares a panel, which must not change afterwards.
func NewPast(p *panel.Panel) *Past {
	past := &Past{from: p.From, names: p.Units, grids: map[float64]*grid{}}
	for _, row := range p.Counts {
		past.units = append(past.units, describe(row))
	}
	return past
}

// describe computes a unit's features.
func describe(counts []float64) *unit {
	active, logs := make([]float64, len(counts)), make([]float64, len(counts))
	for t, y := range counts {
		active[t], logs[t] = y, y
		if y > 0 {
			active[t] = 1
		}
		if !math.IsNaN(y) {
			logs[t] = fpmath.Log1p(y)
		}
	}
	u := &unit{counts: counts, recent: fading(counts, 4), year: fading(counts, 12), quiet: make([]float64, len(counts)), points: make([][features]float64, len(counts))}
	shortest, longest, level := fading(counts, 1.5), fading(counts, 48), fading(logs, 4)
	often := [4][]float64{fading(active, 4), fading(active, 12), fading(active, 48), fading(active, 120)}
	quiet := float64(mostQuiet)
	for t, y := range counts {
		if y > 0 {
			quiet = 0
		} else {
			quiet = min(mostQuiet, quiet+1)
		}
		u.quiet[t] = quiet
		now := logs[t]
		if math.IsNaN(now) {
			now = 0
		}
		u.points[t] = [features]float64{
			now, fpmath.Log1p(shortest[t]), fpmath.Log1p(u.recent[t]), fpmath.Log1p(u.year[t]), level[t], fpmath.Log1p(longest[t]),
			often[0][t], often[1][t], often[2][t], often[3][t], fpmath.Log1p(quiet),
		}
	}
	return u
}

// fading is the mean up to each month, in which a month's weight halves with
// every halfLife months of age. Months that are not known do not count; before
// the first known one the mean is 0.
func fading(x []float64, halfLife float64) []float64 {
	keep := fpmath.Pow(0.5, 1/halfLife)
	sum, weight := 0.0, 0.0
	out := make([]float64, len(x))
	for t, v := range x {
		sum, weight = float64(sum*keep), float64(weight*keep)
		if !math.IsNaN(v) {
			sum, weight = sum+v, weight+1
		}
		out[t] = sum / max(weight, 1e-9)
	}
	return out
}

// grid is the grid that holds three times all counts up to month t.
func (p *Past) grid(t int) *grid {
	limit := leastLimit
	for _, u := range p.units {
		for _, y := range u.counts[:t+1] {
			for 3*y > limit {
				limit *= 10
			}
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.grids[limit] == nil {
		p.grids[limit] = newGrid(limit)
	}
	return p.grids[limit]
}
