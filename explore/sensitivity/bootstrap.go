package sensitivity

import (
	"math"
	"slices"

	"handover/random"
)

// resample calls f with count samples of n row numbers, drawn with replacement,
// and returns what it gives; nil results, of samples that say nothing, are left
// out.
func resample(n, count int, seed uint64, f func(pick []int) []float64) [][]float64 {
	var draws [][]float64
	pick := make([]int, n)
	for c := range count {
		s := random.At(seed, uint32(c), 0, random.Site("bootstrap"))
		for i := range pick {
			pick[i] = below(&s, n)
		}
		if out := f(pick); out != nil {
			draws = append(draws, out)
		}
	}
	return draws
}

// below draws a whole number in 0..n-1.
func below(s *random.Stream, n int) int { return min(int(s.Uniform()*float64(n)), n-1) }

// spread is a middle value with the 10th and 90th percentile of column i of the
// draws; the middle value alone when there are none.
func spread(middle float64, draws [][]float64, i int) Interval {
	values := make([]float64, 0, len(draws))
	for _, d := range draws {
		values = append(values, d[i])
	}
	if len(values) == 0 {
		return Interval{middle, middle, middle}
	}
	slices.Sort(values)
	return Interval{quantile(values, 0.1), middle, quantile(values, 0.9)}
}

// quantile is the linear-interpolation quantile of sorted values (type 7 of
// Hyndman and Fan 1996).
func quantile(sorted []float64, p float64) float64 {
	h := float64(p * float64(len(sorted)-1))
	low := int(math.Floor(h))
	high := min(low+1, len(sorted)-1)
	return sorted[low] + float64((h-float64(low))*(sorted[high]-sorted[low]))
}
