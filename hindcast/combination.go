package hindcast

import (
	"slices"

	"handover/fpmath"
)

// Record is how methods did before a forecast: by method, the scores of forecasts
// whose outcome was known by then.
type Record map[string]Score

// How fast weights follow scores, how many forecasts of equal score stand for not
// knowing anything yet, and how much a forecast over another window tells.
const (
	sharpness = 24
	equalAt   = 12
	elsewhere = 0.25
)

// Weights are the shares of methods in a combination, which sum to 1. They start from
// first, which sum to 1, and fall exponentially with the mean CRPS of each so far (the
// exponentially weighted forecaster; Cesa-Bianchi and Lugosi 2006), the less the less
// is known. The record of the window that is forecast counts whole and that of all
// other windows a quarter: who was wrong about one year may be wrong about the next.
// Without any record the weights are first.
func Weights(methods []string, first []float64, own, others Record) []float64 {
	means, known := make([]float64, len(methods)), make([]float64, len(methods))
	common, shares := 0.0, 0.0
	for i, m := range methods {
		here, there := float64(own[m].N), float64(elsewhere*float64(others[m].N))
		known[i] = here + there
		if known[i] > 0 {
			means[i] = (float64(here*own[m].CRPS) + float64(there*others[m].CRPS)) / known[i]
			common += float64(first[i] * means[i])
			shares += first[i]
		}
	}
	if shares > 0 {
		common /= shares
	}
	weights, sum := make([]float64, len(methods)), 0.0
	for i := range methods {
		worse := float64((means[i] - common) * (known[i] / (known[i] + equalAt)))
		weights[i] = float64(first[i] * fpmath.Exp(-float64(sharpness*worse)))
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
