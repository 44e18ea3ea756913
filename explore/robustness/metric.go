// Package robustness says how well strategies hold up over futures that all of
// them met. Each metric is a way to sum up many futures in one number (McPhail and
// others 2018, "Robustness metrics: how are they calculated, when should they be
// used and why do they give different results?"), and each expresses another
// attitude to risk, so their rankings are compared.
package robustness

import (
	"math"
	"slices"
)

// Metric is one way to sum up an outcome over futures.
type Metric struct {
	// ID is short, Name is for readers, Meaning says in one sentence what a value
	// is.
	ID, Name, Meaning string
	// Better is "lower" or "higher" when that does not depend on the outcome, else
	// empty: the metric is then in the outcome's unit, and what is better for the
	// outcome is better for it.
	Better string
	// value sums up what one strategy gives in the picked futures. y is turned so
	// that more is better; best is the best that any strategy gives in each future.
	value func(y, best []float64, pick []int, o Options) float64
	// turn says that the value is in the outcome's direction, and is turned back.
	turn bool
}

// Options are the choices inside metrics.
type Options struct {
	// Optimism is the weight of the best future in Hurwicz's criterion, 0 to 1.
	Optimism float64
	// Threshold is what an outcome must reach to satisfy: at least, when higher is
	// better, else at most. NaN leaves the metric out.
	Threshold float64
	// MoreIsBetter is the outcome's direction.
	MoreIsBetter bool
}

// Metrics lists all metrics in the order of their documentation.
func Metrics() []Metric { return slices.Clone(metrics) }

var metrics = []Metric{
	{ID: "expected", Name: "Expected value", Meaning: "the mean over all futures", value: expected, turn: true},
	{ID: "worst", Name: "Worst case (maximin)", Meaning: "the worst future of all (Wald 1950)",
		value: func(y, _ []float64, pick []int, _ Options) float64 { return quantileOf(y, pick, 0) }, turn: true},
	{ID: "worst-tenth", Name: "Worst tenth", Meaning: "what 9 of 10 futures reach or better",
		value: func(y, _ []float64, pick []int, _ Options) float64 { return quantileOf(y, pick, 0.1) }, turn: true},
	{ID: "hurwicz", Name: "Optimism and pessimism (Hurwicz)", Meaning: "the best and the worst future, weighed (Hurwicz 1953)", value: hurwicz, turn: true},
	{ID: "regret-largest", Name: "Largest regret", Meaning: "in the future where it is largest, how far behind the best strategy (Savage 1951)",
		Better: "lower", value: func(y, best []float64, pick []int, _ Options) float64 {
			return quantileOf(regrets(y, best, pick), nil, 1)
		}},
	{ID: "regret-90", Name: "90th-percentile regret", Meaning: "how far behind the best strategy in all but the worst tenth of futures",
		Better: "lower", value: func(y, best []float64, pick []int, _ Options) float64 {
			return quantileOf(regrets(y, best, pick), nil, 0.9)
		}},
	{ID: "satisficing", Name: "Share of futures that satisfy", Meaning: "the share of futures in which the threshold is met (Starr 1963)", Better: "higher", value: satisficing},
	{ID: "mean-variance", Name: "Mean less spread", Meaning: "the mean over futures less their standard deviation: high, and the same in all (after Hamarat and others 2014)", value: meanVariance, turn: true},
	{ID: "undesirable-deviations", Name: "Undesirable deviations", Meaning: "how far, in the mean, the worse half of futures lies from the median (Kwakkel, Eker and Pruyt 2016)",
		Better: "lower", value: undesirable},
}

func expected(y, _ []float64, pick []int, _ Options) float64 {
	sum := 0.0
	for _, i := range pick {
		sum += y[i]
	}
	return sum / float64(len(pick))
}

func hurwicz(y, _ []float64, pick []int, o Options) float64 {
	best, worst := quantileOf(y, pick, 1), quantileOf(y, pick, 0)
	return float64(o.Optimism*best) + float64((1-o.Optimism)*worst)
}

func regrets(y, best []float64, pick []int) []float64 {
	r := make([]float64, len(pick))
	for k, i := range pick {
		r[k] = best[i] - y[i]
	}
	return r
}

func satisficing(y, _ []float64, pick []int, o Options) float64 {
	threshold := o.Threshold
	if !o.MoreIsBetter {
		threshold = -threshold
	}
	n := 0
	for _, i := range pick {
		if y[i] >= threshold {
			n++
		}
	}
	return float64(n) / float64(len(pick))
}

func meanVariance(y, _ []float64, pick []int, o Options) float64 {
	mean := expected(y, nil, pick, o)
	squares := 0.0
	for _, i := range pick {
		squares += float64((y[i] - mean) * (y[i] - mean))
	}
	return mean - math.Sqrt(squares/float64(len(pick)))
}

func undesirable(y, _ []float64, pick []int, _ Options) float64 {
	median := quantileOf(y, pick, 0.5)
	sum, n := 0.0, 0
	for _, i := range pick {
		if y[i] < median {
			sum += median - y[i]
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// quantileOf is the linear-interpolation quantile (type 7 of Hyndman and Fan 1996)
// of the picked values, of all when pick is nil.
func quantileOf(y []float64, pick []int, p float64) float64 {
	var values []float64
	if pick == nil {
		values = slices.Clone(y)
	} else {
		values = make([]float64, len(pick))
		for k, i := range pick {
			values[k] = y[i]
		}
	}
	switch p {
	case 0:
		return slices.Min(values)
	case 1:
		return slices.Max(values)
	}
	slices.Sort(values)
	h := float64(p * float64(len(values)-1))
	low := int(math.Floor(h))
	high := min(low+1, len(values)-1)
	return values[low] + float64((h-float64(low))*(values[high]-values[low]))
}
