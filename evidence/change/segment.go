package change

import (
	"math"

	"handover/fpmath"
)

// Segment is a stretch of months with one level.
type Segment struct {
	// From and To index the counts; To is the last one.
	From, To int
	Mean     float64
}

// shortest is the fewest months of a segment.
const shortest = 6

// Segments divides a count into stretches of constant level, exactly: of all
// divisions it finds the one of highest penalised likelihood by optimal
// partitioning (Jackson and others 2005, "An algorithm for optimal partitioning
// of data on an interval"). A further segment costs as much as 1.5 log n units
// of log likelihood, which is Schwarz's criterion for a level, a place and a
// margin for the shared dispersion. The dispersion is estimated together with
// the division. Fewer than twelve counts are one segment.
func Segments(counts []float64) (list []Segment, k float64) {
	n := len(counts)
	if n == 0 {
		return nil, 2
	}
	k = 1
	for range 5 {
		list = partition(counts, k)
		next := within(counts, list)
		if math.Abs(next-k) < 1e-6 {
			break
		}
		k = next
	}
	return list, k
}

func partition(counts []float64, k float64) []Segment {
	n := len(counts)
	sums := make([]float64, n+1)
	for i, x := range counts {
		sums[i+1] = sums[i] + x
	}
	// Terms that do not depend on the division are left out.
	cost := func(i, j int) float64 {
		m, s := float64(j-i), sums[j]-sums[i]
		if s == 0 {
			return 0
		}
		mean := s / m
		return -float64(s*fpmath.Log(mean/(k+mean))) - float64(m*k*fpmath.Log(k/(k+mean)))
	}
	penalty := float64(1.5 * fpmath.Log(float64(n)))
	best, from := make([]float64, n+1), make([]int, n+1)
	for j := 1; j <= n; j++ {
		best[j] = cost(0, j)
		for i := shortest; i <= j-shortest; i++ {
			if c := best[i] + cost(i, j) + penalty; c < best[j] {
				best[j], from[j] = c, i
			}
		}
	}
	var list []Segment
	for j := n; j > 0; j = from[j] {
		list = append([]Segment{{from[j], j - 1, (sums[j] - sums[from[j]]) / float64(j-from[j])}}, list...)
	}
	return list
}

// within estimates the dispersion around the levels of segments.
func within(counts []float64, list []Segment) float64 {
	score := func(logK float64) float64 {
		k := fpmath.Exp(logK)
		d := logK - fpmath.Log(2)
		sum := -float64(d*d) / 2
		for _, s := range list {
			for i := s.From; i <= s.To; i++ {
				sum += LogMass(counts[i], s.Mean, k)
			}
		}
		return sum
	}
	best, at := math.Inf(-1), 2.0
	for i := range 61 {
		logK := fpmath.Log(leastK) + float64(float64(i)/60*(fpmath.Log(mostK)-fpmath.Log(leastK)))
		if s := score(logK); s > best {
			best, at = s, fpmath.Exp(logK)
		}
	}
	return at
}
