package book

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/forecast/question"
	"handover/fpmath"
)

// Method is a way to make one forecast of many.
type Method string

// The methods.
const (
	// RecencyMedian is the median of forecasts, of probabilities for options and
	// the mean of distributions for ranges, with more weight for newer ones: the
	// n-th of N in time has weight exp(sqrt(n) - sqrt(N)), all the same up to two.
	// It is the community prediction of Metaculus.
	RecencyMedian Method = "recency-median"
	// LogOdds is the mean of log odds (Satopää et al. 2014, "Combining multiple
	// probability predictions using a simple logit model", International Journal of
	// Forecasting 30).
	LogOdds Method = "log-odds"
	// Extremised is the mean of log odds times the factor of Neyman and Roughgarden
	// (2022, "Are you smarter than a random expert? The robust aggregation of
	// substitutable signals"), n(sqrt(3n²-3n+1)-2)/(n²-n-1): 1 for one forecaster,
	// towards the square root of 3 for many. Forecasters share some of what they
	// know, and each keeps back what the others have.
	Extremised Method = "extremised"
	// Performance is the mean of log odds with weights that follow how each has
	// done on questions resolved before.
	Performance Method = "performance"
)

// Methods are all of them.
var Methods = []Method{RecencyMedian, LogOdds, Extremised, Performance}

// ParseMethod finds a method by its name.
func ParseMethod(name string) (Method, error) {
	if slices.Contains(Methods, Method(name)) {
		return Method(name), nil
	}
	words := make([]string, len(Methods))
	for i, m := range Methods {
		words[i] = string(m)
	}
	return "", fmt.Errorf("there is no aggregation %q; expected one of %s", name, strings.Join(words, ", "))
}

// surest is the largest log odds that counts: that of a probability of 0.999. A
// single "never" would otherwise outweigh everyone.
var surest = fpmath.Log(0.999 / 0.001)

// Aggregate makes one answer of the standing forecasts of a question, in the
// order in which they were made. Weight gives a forecaster's weight for
// Performance, from 0, as record.Weights does; the others do not use it. It is
// false when there is no forecast, or none with weight.
func Aggregate(q *question.Question, m Method, standing []Forecast, weight func(person string) float64) (question.Distribution, bool) {
	all := make([]int, len(standing))
	for i := range all {
		all[i] = i
	}
	return NewPool(q, standing).Aggregate(m, all, weight)
}

// Pool is forecasts of one question, ready to be aggregated in many ways and at
// many times.
type Pool struct {
	q         *question.Question
	forecasts []Forecast
	// xs are where curves are pooled; at each, what lies before it and up to it.
	xs []float64
	// p are the probabilities of each forecast, odds their log odds, at most surest:
	// of yes; of the options; or before and up to each of the xs, in turns.
	p, odds [][]float64
}

// NewPool prepares forecasts, whose answers must fit the question.
func NewPool(q *question.Question, forecasts []Forecast) *Pool {
	l := &Pool{q: q, forecasts: forecasts, p: make([][]float64, len(forecasts)), odds: make([][]float64, len(forecasts))}
	if q.Continuous() {
		l.xs = placesOf(forecasts)
	}
	for i, f := range forecasts {
		switch {
		case q.Kind == casefile.Binary:
			l.p[i] = []float64{*f.Answer.Yes}
		case q.Kind == casefile.Choice:
			l.p[i] = f.Answer.Options
		default:
			for _, x := range l.xs {
				l.p[i] = append(l.p[i], q.Before(f.Answer, x), q.CDF(f.Answer, x))
			}
		}
		l.odds[i] = make([]float64, len(l.p[i]))
		for k, p := range l.p[i] {
			l.odds[i][k] = oddsOf(p)
		}
	}
	return l
}

// placesOf are the values at which any of the curves has a point, thinned where
// they are too many.
func placesOf(forecasts []Forecast) []float64 {
	var xs []float64
	for _, f := range forecasts {
		for _, p := range f.Answer.Curve {
			xs = append(xs, p.X)
		}
	}
	slices.Sort(xs)
	xs = slices.Compact(xs)
	for 2*len(xs) > question.Most {
		thinner := xs[:0]
		for i, x := range xs {
			if i%2 == 0 || i == len(xs)-1 {
				thinner = append(thinner, x)
			}
		}
		xs = thinner
	}
	return xs
}

func oddsOf(p float64) float64 {
	switch {
	case p <= 0:
		return -surest
	case p >= 1:
		return surest
	}
	return min(max(fpmath.Log(p/(1-p)), -surest), surest)
}

// Aggregate makes one answer of some of the forecasts, given by their places in
// the order in which they were made. See the function of this name.
func (l *Pool) Aggregate(m Method, standing []int, weight func(person string) float64) (question.Distribution, bool) {
	n := len(standing)
	weights := make([]float64, n)
	sum := 0.0
	for i, at := range standing {
		switch {
		case m == Performance:
			weights[i] = weight(l.forecasts[at].Person)
		case m == RecencyMedian && n > 2:
			weights[i] = fpmath.Exp(math.Sqrt(float64(i+1)) - math.Sqrt(float64(n)))
		default:
			weights[i] = 1
		}
		sum += weights[i]
	}
	if sum <= 0 {
		return question.Distribution{}, false
	}
	for i := range weights {
		weights[i] /= sum
	}
	var pooled []float64
	switch {
	case m == RecencyMedian && l.q.Continuous():
		pooled = l.means(standing, weights)
	case m == RecencyMedian:
		pooled = l.medians(standing, weights)
	case m == Extremised:
		pooled = l.byOdds(standing, weights, extremity(n))
	default:
		pooled = l.byOdds(standing, weights, 1)
	}
	switch l.q.Kind {
	case casefile.Binary:
		return question.Binary(pooled[0]), true
	case casefile.Choice:
		return question.Distribution{Options: normalised(pooled)}, true
	}
	return question.Distribution{Curve: l.curve(pooled)}, true
}

// curve joins pooled cumulative probabilities. They never fall, for each pool
// rises with each of its forecasts.
func (l *Pool) curve(pooled []float64) []question.Point {
	var curve []question.Point
	last := 0.0
	add := func(x, p float64) {
		last = max(last, p) // rounding
		curve = append(curve, question.Point{X: x, P: last})
	}
	for k, x := range l.xs {
		before, upto := pooled[2*k], pooled[2*k+1]
		if before < upto && l.q.Kind != casefile.Counted {
			add(x, before)
		}
		add(x, upto)
	}
	return curve
}

// ends are the smallest and the largest of each probability among forecasts with
// weight.
func (l *Pool) ends(standing []int, weights []float64) (low, high []float64) {
	for i, at := range standing {
		if weights[i] == 0 {
			continue
		}
		if low == nil {
			low, high = slices.Clone(l.p[at]), slices.Clone(l.p[at])
		}
		for k, x := range l.p[at] {
			low[k], high[k] = min(low[k], x), max(high[k], x)
		}
	}
	return low, high
}

// means lie between the smallest and the largest, whatever the rounding.
func (l *Pool) means(standing []int, weights []float64) []float64 {
	low, high := l.ends(standing, weights)
	out := make([]float64, len(low))
	for i, at := range standing {
		for k, x := range l.p[at] {
			out[k] += float64(weights[i] * x)
		}
	}
	for k := range out {
		out[k] = min(max(out[k], low[k]), high[k])
	}
	return out
}

// byOdds are the probabilities with the weighted means of log odds times a factor.
// What all hold to be certain stays so.
func (l *Pool) byOdds(standing []int, weights []float64, factor float64) []float64 {
	low, high := l.ends(standing, weights)
	out := make([]float64, len(low))
	for i, at := range standing {
		for k, x := range l.odds[at] {
			out[k] += float64(weights[i] * x)
		}
	}
	for k, x := range out {
		if low[k] == high[k] && (low[k] == 0 || low[k] == 1) {
			out[k] = low[k]
			continue
		}
		out[k] = 1 / (1 + fpmath.Exp(-factor*x))
	}
	return out
}

// medians are the weighted medians.
func (l *Pool) medians(standing []int, weights []float64) []float64 {
	column := make([]float64, len(standing))
	out := make([]float64, len(l.p[standing[0]]))
	for k := range out {
		for i, at := range standing {
			column[i] = l.p[at][k]
		}
		out[k] = median(column, weights)
	}
	return out
}

// extremity is the factor of Neyman and Roughgarden for n forecasters.
func extremity(n int) float64 {
	if n < 2 {
		return 1
	}
	x := float64(n)
	square := float64(x * x)
	return x * (math.Sqrt(float64(3*square)-float64(3*x)+1) - 2) / (square - x - 1)
}

// median is the weighted median: the mean of the two middle values when exactly
// half of the weight lies on either side.
func median(p, weights []float64) float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	below := 0.0
	for k, i := range order {
		below += weights[i]
		switch {
		case math.Abs(below-0.5) < 1e-12 && k+1 < len(order):
			return (p[i] + p[order[k+1]]) / 2
		case below > 0.5:
			return p[i]
		}
	}
	return p[order[len(order)-1]]
}

// normalised makes shares that sum to 1.
func normalised(shares []float64) []float64 {
	sum := 0.0
	for _, x := range shares {
		sum += x
	}
	for k := range shares {
		if sum > 0 {
			shares[k] /= sum
		} else {
			shares[k] = 1 / float64(len(shares))
		}
	}
	return shares
}
