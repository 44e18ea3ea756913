package hindcast

import (
	"slices"

	"handover/fpmath"
)

// Record is how methods did before a forecast: by method, the scores of forecasts
// whose outcome was known by then.
type Record map[string]Score

// How fast weights follow scores, and how many forecasts of equal score stand for
// not knowing anything yet.
const (
	sharpness = 6
	equalAt   = 24
)

// Weights are the shares of methods in a combination, which sum to 1: they fall
// exponentially with the mean CRPS of each so far (the exponentially weighted
// forecaster; Cesa-Bianchi and Lugosi 2006), shrunk towards the mean of all while
// little is known. Without any record all are equal.
func Weights(methods []string, r Record) []float64 {
	common, n := 0.0, 0.0
	for _, m := range methods {
		if s := r[m]; s.N > 0 {
			common += s.CRPS
			n++
		}
	}
	if n > 0 {
		common /= n
	}
	weights, sum := make([]float64, len(methods)), 0.0
	for i, m := range methods {
		s := r[m]
		known := float64(s.N)
		mean := (float64(known*s.CRPS) + float64(equalAt*common)) / (known + equalAt)
		weights[i] = fpmath.Exp(-float64(sharpness * (mean - common)))
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}

// combinedSize is the size of a combined sample.
const combinedSize = 400

// Combine is a sample of the mixture of forecasts with weights, which sum to 1:
// each gives as many of its quantiles as its share.
func Combine(forecasts []Forecast, weights []float64) Forecast {
	var all Forecast
	for k, f := range forecasts {
		sorted := slices.Sorted(slices.Values(f))
		n := int(float64(weights[k]*combinedSize) + 0.5)
		for i := range n {
			at := min(len(sorted)-1, int((float64(i)+0.5)/float64(n)*float64(len(sorted))))
			all = append(all, sorted[at])
		}
	}
	return all
}
