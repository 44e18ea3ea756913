package ensemble

import (
	"math"
	"slices"
	"strconv"
)

// quantile returns the quantile of sorted values at a level between 0 and 1 by
// linear interpolation between order statistics: definition 7 of Hyndman and
// Fan, "Sample quantiles in statistical packages", The American Statistician
// 50(4), 1996, which is the default of R and NumPy. With n values and
// h = level*(n-1) it is x[⌊h⌋] + (h-⌊h⌋)*(x[⌊h⌋+1]-x[⌊h⌋]). There must be at
// least one value.
func quantile(sorted []float64, level float64) float64 {
	h := float64(level * float64(len(sorted)-1))
	k := int(h)
	if k >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	return sorted[k] + float64((h-float64(k))*(sorted[k+1]-sorted[k]))
}

// spread returns the median with the 10th and 90th percentile of the values,
// which it sorts.
func spread(values []float64) *Interval {
	slices.Sort(values)
	return &Interval{
		Low:    significant(quantile(values, 0.10), 12),
		Middle: significant(quantile(values, 0.50), 12),
		High:   significant(quantile(values, 0.90), 12),
	}
}

// significant rounds v to a number of significant decimal digits. Figures that
// pass through a logarithm or an exponential are rounded before they are
// written, because those may differ in the last bit from machine to machine.
func significant(v float64, digits int) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	var buffer [32]byte
	text := strconv.AppendFloat(buffer[:0], v, 'e', digits-1, 64)
	r, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return v // rounded beyond the largest number
	}
	return r
}
