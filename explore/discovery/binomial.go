package discovery

import (
	"math"

	"handover/forecast/score"
	"handover/fpmath"
)

// atLeast is the probability of k successes or more in n trials of probability p.
func atLeast(k, n int, p float64) float64 {
	switch {
	case k <= 0 || p >= 1:
		return 1
	case p <= 0:
		return 0
	}
	// Beyond the range of BetaCDF the normal approximation is as good.
	if n > 100_000 {
		z := (float64(k) - 0.5 - float64(float64(n)*p)) / math.Sqrt(float64(float64(n)*p)*(1-p))
		return 0.5 * fpmath.Erfc(z/math.Sqrt2)
	}
	return fpmath.BetaCDF(p, float64(k), float64(n-k+1))
}

// Share is a share with its 80% interval.
type Share struct{ Low, Middle, High float64 }

// ShareOf returns k/n with Wilson's score interval of 80% (Wilson 1927).
func ShareOf(k, n int) Share {
	if n == 0 {
		return Share{0, math.NaN(), 1}
	}
	low, high := score.Wilson(k, n, 0.8)
	return Share{low, float64(k) / float64(n), high}
}
