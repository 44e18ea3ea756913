package search

import (
	"math"
	"slices"
)

// Hypervolume is the volume that points dominate up to a reference point, which is
// worse than all that counts in every objective; all objectives are minimised. It
// is exact, by the method of While, Bradstreet and Barone 2012, "A fast way of
// calculating exact hypervolumes" (WFG).
func Hypervolume(points [][]float64, reference []float64) float64 {
	var inside [][]float64
	for _, p := range points {
		good := true
		for k, v := range p {
			good = good && v < reference[k]
		}
		if good {
			inside = append(inside, p)
		}
	}
	return volume(front(inside), reference)
}

// front returns the points that no other dominates, worst in the last objective
// first; of equal points one.
func front(points [][]float64) [][]float64 {
	sorted := slices.Clone(points)
	slices.SortFunc(sorted, func(a, b []float64) int { return slices.Compare(a, b) })
	sorted = slices.CompactFunc(sorted, func(a, b []float64) bool { return slices.Equal(a, b) })
	var kept [][]float64
	for i, p := range sorted {
		dominated := false
		// What dominates p comes before it in lexical order.
		for _, q := range sorted[:i] {
			all := true
			for k := range p {
				if q[k] > p[k] {
					all = false
					break
				}
			}
			if all {
				dominated = true
				break
			}
		}
		if !dominated {
			kept = append(kept, p)
		}
	}
	last := len(kept) - 1
	if last >= 0 {
		m := len(kept[0]) - 1
		slices.SortStableFunc(kept, func(a, b []float64) int { return descending(a[m], b[m]) })
	}
	return kept
}

func volume(points [][]float64, reference []float64) float64 {
	if len(points) == 0 {
		return 0
	}
	if len(reference) == 2 { // sorted by the second objective, worst first
		total, edge := 0.0, reference[0]
		for i := len(points) - 1; i >= 0; i-- {
			p := points[i]
			if p[0] < edge {
				total += float64((edge - p[0]) * (reference[1] - p[1]))
				edge = p[0]
			}
		}
		return total
	}
	total := 0.0
	for i, p := range points {
		alone := 1.0
		for k, v := range p {
			alone *= reference[k] - v
		}
		rest := make([][]float64, 0, len(points)-i-1)
		for _, q := range points[i+1:] {
			limited := make([]float64, len(q))
			for k := range q {
				limited[k] = math.Max(q[k], p[k])
			}
			rest = append(rest, limited)
		}
		total += alone - volume(front(rest), reference)
	}
	return total
}

// GenerationalDistance is the mean Euclidean distance from each point to the
// nearest of a reference set (Van Veldhuizen 1999); NaN when either is empty.
func GenerationalDistance(points, reference [][]float64) float64 {
	if len(points) == 0 || len(reference) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, p := range points {
		nearest := math.Inf(1)
		for _, q := range reference {
			d := 0.0
			for k := range p {
				d += float64((p[k] - q[k]) * (p[k] - q[k]))
			}
			nearest = math.Min(nearest, d)
		}
		sum += math.Sqrt(nearest)
	}
	return sum / float64(len(points))
}
