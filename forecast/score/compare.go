package score

import (
	"fmt"
	"slices"

	"handover/random"
)

// Difference is by how much the mean loss of one forecaster is below, where
// negative, or above that of another on the same cells.
type Difference struct {
	Mean float64
	// Low and High are the ends of the 90% interval under resampling of clusters.
	Low, High float64
	// Better is the share of clusters, of those that differ, with a lower loss.
	Better float64
}

// Compare compares losses cell by cell. Cells of one cluster (a country, a dyad)
// stand or fall together: the bootstrap draws whole clusters (Efron and
// Tibshirani 1993, ch. 8), because their errors are not independent. It fails
// when the lengths differ or there is no cell.
func Compare(losses, others []float64, clusters []string, draws int, seed uint64) (Difference, error) {
	if len(losses) != len(others) || len(losses) != len(clusters) || len(losses) == 0 {
		return Difference{}, fmt.Errorf("%d losses, %d of the other and %d clusters; expected as many of each, and at least one", len(losses), len(others), len(clusters))
	}
	number := map[string]int{}
	var sums, counts []float64
	for i, c := range clusters {
		k, known := number[c]
		if !known {
			k = len(sums)
			number[c] = k
			sums, counts = append(sums, 0), append(counts, 0)
		}
		sums[k] += losses[i] - others[i]
		counts[k]++
	}
	d := Difference{Mean: Mean(sums) * float64(len(sums)) / float64(len(losses))}
	better, differ := 0, 0
	for _, s := range sums {
		if s != 0 {
			differ++
		}
		if s < 0 {
			better++
		}
	}
	if differ > 0 {
		d.Better = float64(better) / float64(differ)
	}
	site := random.Site("score difference")
	means := make([]float64, draws)
	for b := range means {
		stream := random.At(seed, uint32(b), 0, site)
		total, n := 0.0, 0.0
		for range sums {
			k := min(int(stream.Uniform()*float64(len(sums))), len(sums)-1)
			total += sums[k]
			n += counts[k]
		}
		means[b] = total / n
	}
	if draws > 0 {
		slices.Sort(means)
		d.Low, d.High = Sample(means).Interval(0.9)
	}
	return d, nil
}
