package count

import (
	"math"
	"slices"
	"sort"

	"handover/forecast/score"
	"handover/fpmath"
)

// Distribution is a forecast of one count: which values it may have, and how
// likely each is.
type Distribution struct {
	// values ascend; upTo[k] is the probability of at most values[k], 1 at the end.
	values, upTo []float64
	// spread says that the probability of values[k] lies evenly over the whole
	// numbers above values[k-1] up to it.
	spread bool
}

// slack is what sums of probabilities may miss by rounding.
const slack = 1e-12

// Quantile is the smallest count that has at least probability p at or below it.
func (d Distribution) Quantile(p float64) float64 {
	k := min(sort.SearchFloat64s(d.upTo, p-slack), len(d.values)-1)
	below, lower := 0.0, -1.0
	if k > 0 {
		below, lower = d.upTo[k-1], d.values[k-1]
	}
	gap := d.values[k] - lower
	if !d.spread || gap <= 1.5 {
		return d.values[k]
	}
	share := (p - below) / math.Max(d.upTo[k]-below, slack)
	return math.Min(d.values[k], math.RoundToEven(lower+0.5+float64(gap*share)))
}

// Draws are n equally likely values: the quantiles at (i+1/2)/n. No random number
// is used, so they are the same for ever, and they score better than random draws
// of the same distribution, whose noise the scores punish. The draws of one month
// say nothing about those of another: add no months up draw by draw.
func (d Distribution) Draws(n int) score.Sample {
	out := make(score.Sample, n)
	for i := range out {
		out[i] = d.Quantile((float64(i) + 0.5) / float64(n))
	}
	slices.Sort(out)
	return out
}

// CDF is the probability of at most x.
func (d Distribution) CDF(x float64) float64 {
	x = math.Floor(x)
	k := sort.SearchFloat64s(d.values, x)
	switch {
	case k == len(d.values):
		return 1
	case d.values[k] == x:
		return d.upTo[k]
	case k == 0:
		return 0
	case !d.spread:
		return d.upTo[k-1]
	}
	share := (x - d.values[k-1]) / (d.values[k] - d.values[k-1])
	return d.upTo[k-1] + float64(share*(d.upTo[k]-d.upTo[k-1]))
}

// certain is the distribution of one value.
func certain(x float64) Distribution {
	return Distribution{values: []float64{x}, upTo: []float64{1}}
}

// among is the distribution of equally likely values.
func among(values []float64) Distribution {
	values = slices.Clone(values)
	slices.Sort(values)
	d := Distribution{}
	for i, v := range values {
		if i+1 == len(values) || values[i+1] != v {
			d.values = append(d.values, v)
			d.upTo = append(d.upTo, float64(i+1)/float64(len(values)))
		}
	}
	return d
}

// poisson is the distribution of Poisson with a mean, cut where less than about
// 1e-30 is left at either end.
func poisson(mean float64) Distribution {
	if mean <= 0 {
		return certain(0)
	}
	width := 30 + float64(12*math.Sqrt(mean))
	low, high := math.Max(0, math.Floor(mean-width)), math.Ceil(mean+width)
	d := Distribution{}
	sum, logMean := 0.0, fpmath.Log(mean)
	for x := low; x <= high; x++ {
		sum += fpmath.Exp(float64(x*logMean) - mean - fpmath.LogGamma(x+1))
		d.values = append(d.values, x)
		d.upTo = append(d.upTo, sum)
	}
	for k := range d.upTo {
		d.upTo[k] /= sum
	}
	return d
}
