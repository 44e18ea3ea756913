// Package change says whether a monthly count is changing: its level and trend
// with intervals, the months at which it changed, and an alarm whose rate of
// false alarms and delay are measured. Counts are negative binomial: conflict
// events cluster.
package change

import (
	"math"

	"handover/fpmath"
)

// Bounds of the dispersion k of a negative binomial distribution (variance =
// mean + mean^2/k). Below the least nothing could be told from counts; above the
// most it is a Poisson distribution.
const (
	leastK = 0.3
	mostK  = 20
)

// LogMass is the log of the probability of a count x under a negative binomial
// distribution of a mean and dispersion k.
func LogMass(x, mean, k float64) float64 {
	if mean <= 0 {
		if x == 0 {
			return 0
		}
		return math.Inf(-1)
	}
	return fpmath.LogGamma(x+k) - fpmath.LogGamma(k) - fpmath.LogGamma(x+1) + float64(k*fpmath.Log(k/(k+mean))) + float64(x*fpmath.Log(mean/(k+mean)))
}

// AtMost is the probability of at most x under a negative binomial distribution.
func AtMost(x, mean, k float64) float64 {
	switch {
	case x < 0:
		return 0
	case mean <= 0:
		return 1
	}
	return fpmath.BetaCDF(k/(k+mean), k, fpmath.Floor(x)+1)
}

// Dispersion estimates k from counts by moments, drawn towards 2 with the weight
// of six months, and kept within 0.3 and 20.
func Dispersion(counts []float64) float64 {
	n := float64(len(counts))
	if n < 2 {
		return 2
	}
	mean, v := 0.0, 0.0
	for _, x := range counts {
		mean += x
	}
	mean /= n
	for _, x := range counts {
		v += float64((x - mean) * (x - mean))
	}
	v /= n - 1
	if mean <= 0 {
		return 2
	}
	raw := float64(mean*mean) / max(v-mean, 0.05*mean)
	return min(max((float64(n*raw)+12)/(n+6), leastK), mostK)
}
