package design

import (
	"fmt"
	"math"

	"handover/fpmath"
)

// normal is a normal distribution cut to low..high.
type normal struct {
	mean, deviation float64
	low, high       float64
	// The probabilities below the two ends, seen from the end that has the
	// smaller tail, so that a range far out keeps its digits.
	below, share float64
	mirrored     bool
}

// Normal returns the normal distribution with a mean and a standard deviation,
// cut to low..high and made whole again (-Inf and +Inf for no cut; mean and
// deviation are those before the cut). It is an error if mean or deviation are
// not finite, deviation is not above 0, low is not below high, or nearly nothing
// of the distribution lies between them.
func Normal(mean, deviation, low, high float64) (Distribution, error) {
	switch {
	case !finite(mean):
		return nil, fmt.Errorf("normal distribution: the mean must be a finite number, not %v", mean)
	case !finite(deviation) || deviation <= 0:
		return nil, fmt.Errorf("normal distribution: the deviation must be a finite number above 0, not %v", deviation)
	}
	d, err := newNormal("normal", mean, deviation, low, high)
	if err != nil {
		return nil, err
	}
	if !d.reaches() {
		return nil, d.empty("normal", low, high)
	}
	return d, nil
}

// newNormal prepares the cut; the caller must see that something is left.
func newNormal(kind string, mean, deviation, low, high float64) (normal, error) {
	if !(low < high) {
		return normal{}, fmt.Errorf("%s distribution: low (%v) must be below high (%v)", kind, low, high)
	}
	d := normal{mean: mean, deviation: deviation, low: low, high: high}
	a, b := (low-mean)/deviation, (high-mean)/deviation
	if a+b > 0 {
		d.mirrored = true
		a, b = -b, -a
	}
	d.below = fpmath.NormalCDF(a)
	d.share = fpmath.NormalCDF(b) - d.below
	return d, nil
}

// reaches tells whether enough probability for exact quantiles lies in the cut.
func (d normal) reaches() bool {
	return d.share > 1e-280 && d.share > 1e-10*d.below
}

func (d normal) empty(kind string, low, high float64) error {
	return fmt.Errorf("%s distribution: next to nothing of it lies between low (%v) and high (%v): move them or the middle", kind, low, high)
}

func (d normal) Quantile(u float64) float64 {
	switch {
	case outside(u):
		return math.NaN()
	case u == 0:
		return d.low
	case u == 1:
		return d.high
	}
	if d.mirrored {
		x := fpmath.NormalQuantile(d.below + float64((1-u)*d.share))
		return clamp(d.mean-float64(d.deviation*x), d.low, d.high)
	}
	x := fpmath.NormalQuantile(d.below + float64(u*d.share))
	return clamp(d.mean+float64(d.deviation*x), d.low, d.high)
}

// logNormal is exp of a cut normal distribution.
type logNormal struct {
	logs      normal
	low, high float64
}

// LogNormal returns the distribution of a quantity whose logarithm is normal: the
// given median, and one standard deviation up is median*factor, one down
// median/factor; cut to low..high and made whole again (0 and +Inf for no cut). It
// is an error if median is not above 0, factor not above 1 or one of them not
// finite, low is below 0 or not below high, or nearly nothing of the distribution
// lies between them.
func LogNormal(median, factor, low, high float64) (Distribution, error) {
	switch {
	case !finite(median) || median <= 0:
		return nil, fmt.Errorf("lognormal distribution: the median must be a finite number above 0, not %v", median)
	case !finite(factor) || factor <= 1:
		return nil, fmt.Errorf("lognormal distribution: the factor must be a finite number above 1, not %v", factor)
	case low < 0:
		return nil, fmt.Errorf("lognormal distribution: low must not be below 0, not %v", low)
	case !(low < high):
		return nil, fmt.Errorf("lognormal distribution: low (%v) must be below high (%v)", low, high)
	}
	d := logNormal{low: low, high: high}
	// Logarithms of the ends; those of neighbouring numbers may coincide.
	a, b := fpmath.Log(low), fpmath.Log(high)
	var err error
	if a < b {
		d.logs, err = newNormal("lognormal", fpmath.Log(median), fpmath.Log(factor), a, b)
	}
	if err != nil {
		return nil, err
	}
	if !d.logs.reaches() {
		return nil, d.logs.empty("lognormal", low, high)
	}
	return d, nil
}

func (d logNormal) Quantile(u float64) float64 {
	switch {
	case outside(u):
		return math.NaN()
	case u == 0:
		return d.low
	case u == 1:
		return d.high
	}
	return clamp(fpmath.Exp(d.logs.Quantile(u)), d.low, d.high)
}
