package design

import (
	"fmt"
	"math"
	"sort"

	"handover/fpmath"
)

// Distribution is a distribution of one number, given by its quantiles.
type Distribution interface {
	// Quantile returns the value below which a share u of the probability lies. It
	// never falls as u grows. u is in 0..1; the ends give the ends of the range,
	// which may be infinite. It is NaN for any other u.
	Quantile(u float64) float64
}

// outside tells whether u is no probability.
func outside(u float64) bool { return !(u >= 0 && u <= 1) }

// checkRange reports ends that are not finite, in the wrong order or too far
// apart to subtract.
func checkRange(kind string, low, high float64) error {
	switch {
	case !finite(low):
		return fmt.Errorf("%s distribution: low must be a finite number, not %v", kind, low)
	case !finite(high):
		return fmt.Errorf("%s distribution: high must be a finite number, not %v", kind, high)
	case low > high:
		return fmt.Errorf("%s distribution: low (%v) must not be above high (%v)", kind, low, high)
	case !finite(high - low):
		return fmt.Errorf("%s distribution: low (%v) and high (%v) are too far apart", kind, low, high)
	}
	return nil
}

// checkMode is checkRange for a distribution with a mode.
func checkMode(kind string, low, mode, high float64) error {
	if err := checkRange(kind, low, high); err != nil {
		return err
	}
	if !(low <= mode && mode <= high) {
		return fmt.Errorf("%s distribution: mode (%v) must lie between low (%v) and high (%v)", kind, mode, low, high)
	}
	return nil
}

func finite(x float64) bool { return x-x == 0 }

// clamp keeps x within low..high, against rounding.
func clamp(x, low, high float64) float64 { return math.Max(low, math.Min(high, x)) }

type uniform struct{ low, high float64 }

// Uniform returns the distribution in which every number from low to high is as
// likely as any other. It is an error if an end is not finite or low is above
// high; low = high is a fixed value.
func Uniform(low, high float64) (Distribution, error) {
	if err := checkRange("uniform", low, high); err != nil {
		return nil, err
	}
	return uniform{low, high}, nil
}

func (d uniform) Quantile(u float64) float64 {
	if outside(u) {
		return math.NaN()
	}
	if u == 1 {
		return d.high
	}
	return clamp(d.low+float64(u*(d.high-d.low)), d.low, d.high)
}

type triangular struct{ low, mode, high float64 }

// Triangular returns the distribution whose density rises in a straight line from
// low to mode and falls in a straight line to high. It is an error unless
// low <= mode <= high are finite.
func Triangular(low, mode, high float64) (Distribution, error) {
	if err := checkMode("triangular", low, mode, high); err != nil {
		return nil, err
	}
	return triangular{low, mode, high}, nil
}

func (d triangular) Quantile(u float64) float64 {
	width := d.high - d.low
	switch {
	case outside(u):
		return math.NaN()
	case width == 0 || u == 0:
		return d.low
	}
	// Shares of the width first: a product of two widths could overflow.
	left := (d.mode - d.low) / width
	if u < left {
		return clamp(d.low+float64(width*math.Sqrt(float64(u*left))), d.low, d.mode)
	}
	return clamp(d.high-float64(width*math.Sqrt(float64((1-u)*((d.high-d.mode)/width)))), d.mode, d.high)
}

type pert struct {
	low, high float64
	beta      *fpmath.Beta
}

// Beta returns the PERT distribution: a beta distribution stretched over
// low..high, with its peak at mode and the weight 4 on it, so that its mean is
// (low + 4 mode + high)/6 (Malcolm, Roseboom, Clark and Fazar 1959). Quantiles are
// exact to about 1e-13 of the width. It is an error unless low <= mode <= high are
// finite.
func Beta(low, mode, high float64) (Distribution, error) {
	if err := checkMode("PERT beta", low, mode, high); err != nil {
		return nil, err
	}
	if low == high {
		return uniform{low, high}, nil
	}
	width := high - low
	b, ok := fpmath.NewBeta(1+float64(4*((mode-low)/width)), 1+float64(4*((high-mode)/width)))
	if !ok {
		return nil, fmt.Errorf("PERT beta distribution: no shape for low %v, mode %v, high %v", low, mode, high)
	}
	return pert{low, high, b}, nil
}

func (d pert) Quantile(u float64) float64 {
	if u == 1 {
		return d.high
	}
	q := d.beta.Quantile(u)
	if q != q {
		return q
	}
	return clamp(d.low+float64(q*(d.high-d.low)), d.low, d.high)
}

type discrete struct {
	values     []float64 // ascending
	cumulative []float64 // weights up to and with each value
}

// Discrete returns the distribution that takes one of some values, each with a
// chance in proportion to its weight; nil weights mean equal chances. It serves
// for categories too, their numbers being the values. Quantiles go through the
// values in ascending order, whatever order they are listed in. It is an error if
// there is no value, one is not finite or listed twice, the lengths differ, a
// weight is negative or not finite, or none is above zero.
func Discrete(values, weights []float64) (Distribution, error) {
	if len(values) == 0 {
		return nil, fmt.Errorf("discrete distribution: it needs at least one value")
	}
	if weights != nil && len(weights) != len(values) {
		return nil, fmt.Errorf("discrete distribution: %d values but %d weights: give one weight a value", len(values), len(weights))
	}
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
		if !finite(values[i]) {
			return nil, fmt.Errorf("discrete distribution: value %d must be a finite number, not %v", i+1, values[i])
		}
		if weights != nil && !(weights[i] >= 0 && finite(weights[i])) {
			return nil, fmt.Errorf("discrete distribution: the weight of %v must be a finite number of at least 0, not %v", values[i], weights[i])
		}
	}
	sort.Slice(order, func(a, b int) bool { return values[order[a]] < values[order[b]] })
	var d discrete
	sum := 0.0
	for k, i := range order {
		if k > 0 && values[i] == values[order[k-1]] {
			return nil, fmt.Errorf("discrete distribution: the value %v is listed twice: add up its weights", values[i])
		}
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		if w == 0 {
			continue
		}
		sum += w
		d.values = append(d.values, values[i])
		d.cumulative = append(d.cumulative, sum)
	}
	if len(d.values) == 0 {
		return nil, fmt.Errorf("discrete distribution: at least one weight must be above 0")
	}
	if !finite(sum) {
		return nil, fmt.Errorf("discrete distribution: the weights are too large to add up")
	}
	return d, nil
}

func (d discrete) Quantile(u float64) float64 {
	if outside(u) {
		return math.NaN()
	}
	last := len(d.values) - 1
	at := float64(u * d.cumulative[last])
	i := sort.Search(last, func(i int) bool { return at < d.cumulative[i] })
	return d.values[i]
}
