package discovery

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// patiences are the shares given up in a step that are tried when none is asked for.
var patiences = []float64{0.03, 0.05, 0.07, 0.1}

// level is at which a factor on its own counts as different between cases and others.
const level = 0.01

// fewestCases is with how many cases boxes made of one half of the points are tried
// in the other; fewer say too little in halves.
const fewestCases = 150

// tuned chooses the step and the factors, where they are left open, whose boxes have
// the highest density over all coverages: made of one half of the points and tried
// in the other, both ways, so that luck does not choose. With few cases they are
// tried in the points that they were made of.
func (d *Data) tuned(o Peeling, among []bool) Peeling {
	alphas, sets := patiences, [][]int{o.Factors}
	if o.Alpha > 0 {
		alphas = []float64{o.Alpha}
	}
	if o.Factors == nil {
		if told := d.telling(level); len(told) > 0 && len(told) < len(d.factors) {
			sets = append(sets, told)
		}
	}
	if len(alphas)*len(sets) == 1 {
		o.Alpha = alphas[0]
		return o
	}
	var halves [2][]int
	turn := map[bool]int{}
	cases := 0
	for i, in := range among {
		if in {
			c := d.cases[i]
			halves[turn[c]%2] = append(halves[turn[c]%2], i)
			turn[c]++
			if c {
				cases++
			}
		}
	}
	first, second := d.subset(halves[0]), d.subset(halves[1])
	made, tried := []*Data{first, second}, []*Data{second, first}
	if cases < fewestCases || first == nil || second == nil {
		points := append(halves[0], halves[1]...)
		slices.Sort(points)
		all := d.subset(points)
		if all == nil {
			o.Alpha = alphas[0]
			return o
		}
		made, tried = []*Data{all}, []*Data{all}
	}
	var ways []Peeling
	for _, set := range sets {
		for _, alpha := range alphas {
			way := o
			way.Alpha, way.Factors = alpha, set
			ways = append(ways, way)
		}
	}
	areas := make([]float64, len(ways)*len(made))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(areas)) {
		workers.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(areas); k = int(next.Add(1)) - 1 {
				m := made[k%len(made)]
				boxes := m.trajectory(ways[k/len(made)], slices.Repeat([]bool{true}, len(m.cases)))
				for i := range boxes {
					boxes[i] = tried[k%len(made)].measure(boxes[i].Limits)
				}
				areas[k] = areaUnder(boxes)
			}
		})
	}
	workers.Wait()
	best, most := 0, -1.0
	for i := range ways {
		area := 0.0
		for k := range made {
			area += areas[i*len(made)+k]
		}
		if area > most {
			best, most = i, area
		}
	}
	return ways[best]
}

// areaUnder is the area under the highest density that boxes reach with at least
// some coverage, over all coverages from 0 to 1.
func areaUnder(boxes []Box) float64 {
	sorted := slices.Clone(boxes)
	slices.SortStableFunc(sorted, func(a, b Box) int { return descending(a.Coverage, b.Coverage) })
	sum, density := 0.0, 0.0
	for i, b := range sorted {
		density = math.Max(density, b.Density)
		next := 0.0
		if i+1 < len(sorted) {
			next = sorted[i+1].Coverage
		}
		sum += float64(density * (b.Coverage - next))
	}
	return sum
}

func descending(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}
