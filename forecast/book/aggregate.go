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
// Performance, from 0, as record.Weights does; the others do not use it. It is false when there is no
// forecast, or none with weight.
func Aggregate(q *question.Question, m Method, standing []Forecast, weight func(person string) float64) (question.Distribution, bool) {
	n := len(standing)
	weights := make([]float64, n)
	sum := 0.0
	for i, f := range standing {
		switch {
		case m == Performance:
			weights[i] = weight(f.Person)
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
	pool := func(p []float64) float64 { return pooled(p, weights, 1) }
	switch m {
	case RecencyMedian:
		pool = func(p []float64) float64 { return median(p, weights) }
	case Extremised:
		pool = func(p []float64) float64 { return pooled(p, weights, extremity(n)) }
	}
	column := make([]float64, n)
	each := func(of func(question.Distribution) float64) float64 {
		for i, f := range standing {
			column[i] = of(f.Answer)
		}
		return pool(column)
	}
	switch q.Kind {
	case casefile.Binary:
		return question.Binary(each(func(d question.Distribution) float64 { return *d.Yes })), true
	case casefile.Choice:
		return question.Distribution{Options: normalised(len(q.Options), func(k int) float64 {
			return each(func(d question.Distribution) float64 { return d.Options[k] })
		})}, true
	}
	if m == RecencyMedian {
		pool = func(p []float64) float64 { return mean(p, weights) }
	}
	return question.Distribution{Curve: curveOf(q, standing, each)}, true
}

// curveOf pools cumulative probabilities at every point of any of the curves.
// They never fall, for each pool rises with each of its forecasts.
func curveOf(q *question.Question, standing []Forecast, each func(func(question.Distribution) float64) float64) []question.Point {
	var xs []float64
	for _, f := range standing {
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
	var curve []question.Point
	last := 0.0
	add := func(x, p float64) {
		last = max(last, p) // rounding
		curve = append(curve, question.Point{X: x, P: last})
	}
	for _, x := range xs {
		before := each(func(d question.Distribution) float64 { return q.Before(d, x) })
		upto := each(func(d question.Distribution) float64 { return q.CDF(d, x) })
		if before < upto && q.Kind != casefile.Counted {
			add(x, before)
		}
		add(x, upto)
	}
	return curve
}

// mean lies between the smallest and the largest, whatever the rounding.
func mean(p, weights []float64) float64 {
	sum := 0.0
	for i, x := range p {
		sum += float64(weights[i] * x)
	}
	return min(max(sum, slices.Min(p)), slices.Max(p))
}

// pooled is the probability with the weighted mean of log odds times a factor.
// What all hold to be certain stays so.
func pooled(p, weights []float64, factor float64) float64 {
	sum, certain := 0.0, true
	for i, x := range p {
		if weights[i] == 0 {
			continue
		}
		certain = certain && x == p[0] && (x == 0 || x == 1)
		odds := surest
		switch {
		case x <= 0:
			odds = -surest
		case x < 1:
			odds = min(max(fpmath.Log(x/(1-x)), -surest), surest)
		}
		sum += float64(weights[i] * odds)
	}
	if certain {
		return p[0]
	}
	return 1 / (1 + fpmath.Exp(-factor*sum))
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
func normalised(n int, of func(int) float64) []float64 {
	out := make([]float64, n)
	sum := 0.0
	for k := range out {
		out[k] = of(k)
		sum += out[k]
	}
	for k := range out {
		if sum > 0 {
			out[k] /= sum
		} else {
			out[k] = 1 / float64(n)
		}
	}
	return out
}
