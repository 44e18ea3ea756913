// Package hindcast scores forecasts of the past: samples against what came, beside
// baselines that any model has to beat, and a combination whose weights come from
// the past of each forecast alone.
package hindcast

import (
	"math"
	"slices"

	"handover/fpmath"
)

// Forecast is a sample of what a value may be, on the scale on which it is scored.
// It may be in any order and holds at least one number.
type Forecast []float64

// CRPS is the continuous ranked probability score of a sample against what came:
// the mean distance of the sample to it, less half the mean distance within the
// sample (Gneiting and Raftery 2007). 0 is best; of a single number it is the
// absolute error.
func (f Forecast) CRPS(came float64) float64 {
	sorted := slices.Sorted(slices.Values(f))
	n := float64(len(sorted))
	distance, within := 0.0, 0.0
	for i, x := range sorted {
		distance += math.Abs(x - came)
		// Each number is above i others and below n-1-i.
		within += float64(x * (2*float64(i) - n + 1))
	}
	return distance/n - within/(n*n)
}

// Quantile is that of sorted values at p from 0 to 1, between neighbours in a straight
// line (Hyndman and Fan 1996, type 7); 0 without values.
func Quantile(sorted []float64, p float64) float64 {
	at := float64(p * float64(len(sorted)-1))
	i := min(int(at), len(sorted)-2)
	switch {
	case len(sorted) == 0:
		return 0
	case i < 0:
		return sorted[0]
	}
	return sorted[i] + float64((at-float64(i))*(sorted[i+1]-sorted[i]))
}

// leastDeviation keeps the log score of a sample without spread finite. It stands
// for what counting alone leaves open.
const leastDeviation = 0.2

// LogScore is the log density of what came under a normal distribution with the
// mean and standard deviation of the sample, the latter at least 0.2. Higher is
// better.
func (f Forecast) LogScore(came float64) float64 {
	mean := 0.0
	for _, x := range f {
		mean += x
	}
	mean /= float64(len(f))
	squares := 0.0
	for _, x := range f {
		squares += float64((x - mean) * (x - mean))
	}
	deviation := max(leastDeviation, math.Sqrt(squares/float64(len(f))))
	z := (came - mean) / deviation
	return float64(-float64(z*z)/2) - fpmath.Log(deviation) - float64(fpmath.Log(2*math.Pi)/2)
}

// Place is the share of the sample below what came, ties counted half: the
// probability integral transform.
func (f Forecast) Place(came float64) float64 {
	below := 0.0
	for _, x := range f {
		switch {
		case x < came:
			below++
		case x == came:
			below += 0.5
		}
	}
	return below / float64(len(f))
}

// Score is the mean of scores over forecasts of one method.
type Score struct {
	N              int
	CRPS, LogScore float64
	// Coverage is the share of places between 5% and 95%.
	Coverage float64
	// PIT counts places by tenth.
	PIT [10]int
}

// Add takes one more forecast into the mean.
func (s *Score) Add(f Forecast, came float64) {
	n := float64(s.N)
	mean := func(old, x float64) float64 { return old + float64((x-old)/(n+1)) }
	place, inside := f.Place(came), 0.0
	if place >= 0.05 && place <= 0.95 {
		inside = 1
	}
	s.CRPS, s.LogScore, s.Coverage = mean(s.CRPS, f.CRPS(came)), mean(s.LogScore, f.LogScore(came)), mean(s.Coverage, inside)
	s.PIT[min(9, int(place*10))]++
	s.N++
}
