// Package score says how good forecasts were: proper scores of probabilities and
// of whole distributions, whether they are calibrated, and how much better they
// are than others. Every score of an answer is a loss, where 0 or less is best,
// but for Peer and Baseline, which forecasting platforms define as gains.
//
// Gneiting and Raftery (2007), "Strictly proper scoring rules, prediction, and
// estimation", is the reference for what is proper.
package score

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"handover/fpmath"
)

// Sample is a distribution as draws, in ascending order.
type Sample []float64

// NewSample sorts a copy of the draws. It fails for no draws and for one that is
// not a finite number.
func NewSample(draws []float64) (Sample, error) {
	if len(draws) == 0 {
		return nil, errors.New("there are no draws")
	}
	for i, x := range draws {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("draw %d is %v; expected a finite number", i+1, x)
		}
	}
	s := Sample(slices.Clone(draws))
	slices.Sort(s)
	return s, nil
}

// CRPS is the continuous ranked probability score of the empirical distribution
// of the draws, in the unit of y: E|X-y| - E|X-X'|/2, where the second mean is
// over all pairs of the M draws, a draw with itself included (1/M², not the
// 1/(M(M-1)) of the "fair" score). Matheson and Winkler (1976).
func (s Sample) CRPS(y float64) float64 {
	m := float64(len(s))
	var near, spread sum
	for i, x := range s {
		near.add(math.Abs(x - y))
		spread.add(float64(x * (float64(2*i+1) - m)))
	}
	return near.value()/m - spread.value()/float64(m*m)
}

// Quantile is the p-quantile, linear between the draws at rank p·(M-1), the usual
// one of NumPy and of R's type 7.
func (s Sample) Quantile(p float64) float64 {
	rank := float64(p * float64(len(s)-1))
	i := int(rank)
	if i >= len(s)-1 {
		return s[len(s)-1]
	}
	return s[i] + float64((s[i+1]-s[i])*(rank-float64(i)))
}

// Interval is the central interval that holds the share level of the draws.
func (s Sample) Interval(level float64) (low, high float64) {
	tail := float64((1 - level) / 2)
	return s.Quantile(tail), s.Quantile(1 - tail)
}

// IntervalScore is the score of a central interval of the given level (0.9 for
// the ends at 5% and 95%): its width, and 2/(1-level) times by how much y misses
// it. Winkler (1972). The mean over cells is called MIS.
func IntervalScore(low, high, level, y float64) float64 {
	factor := 2 / (1 - level)
	return high - low + float64(factor*max(0, low-y)) + float64(factor*max(0, y-high))
}

// IntervalScore is the score of the sample's own central interval.
func (s Sample) IntervalScore(level, y float64) float64 {
	low, high := s.Interval(level)
	return IntervalScore(low, high, level, y)
}

// Bins are the edges between bins, ascending. A value on an edge lies above it.
type Bins []float64

// ViEWSBins are those of the ViEWS prediction challenge 2023/24 (Hegre et al.
// 2025): 0, 1-2, 3-5, 6-10, 11-25, 26-50, 51-100, 101-250, 251-500, 501-1000,
// more.
var ViEWSBins = Bins{0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5}

// Of is the number of the bin of y, from 0.
func (b Bins) Of(y float64) int {
	i, on := slices.BinarySearch(b, y)
	if on {
		i++
	}
	return i
}

// Ignorance is the ignorance score in bits, minus the binary logarithm of the
// share of draws in the bin of y, after one more draw was put into every bin so
// that no share is 0. Good (1952), Roulston and Smith (2002); the binning is that
// of the ViEWS challenge.
func (s Sample) Ignorance(b Bins, y float64) float64 {
	bin, n := b.Of(y), 1
	for _, x := range s {
		if b.Of(x) == bin {
			n++
		}
	}
	return -fpmath.Log2(float64(n) / float64(len(s)+len(b)+1))
}

// sum adds with a correction for what rounding loses (Neumaier 1974).
type sum struct{ total, lost float64 }

func (s *sum) add(x float64) {
	t := s.total + x
	if math.Abs(s.total) >= math.Abs(x) {
		s.lost += (s.total - t) + x
	} else {
		s.lost += (x - t) + s.total
	}
	s.total = t
}

func (s *sum) value() float64 { return s.total + s.lost }

// Mean is the mean of values, with compensated summation; NaN of none.
func Mean(values []float64) float64 {
	var s sum
	for _, v := range values {
		s.add(v)
	}
	return s.value() / float64(len(values))
}
