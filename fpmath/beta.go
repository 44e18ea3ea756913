package fpmath

import "math"

// BetaCDF returns the probability that a beta variable with the given shapes is
// at most x (the regularized incomplete beta function), for x in 0..1 and shapes
// in 0..1e5. The relative error is below 1e-14 for shapes up to 10 and results
// above 1e-10, growing in proportion to the shapes and to the logarithm of the
// result. It is NaN outside those ranges.
//
// The continued fraction is DLMF 8.17.22, evaluated by Lentz's method as modified
// by Thompson and Barnett (1986).
func BetaCDF(x, a, b float64) float64 {
	if !(x >= 0 && x <= 1 && a > 0 && b > 0 && a <= 1e5 && b <= 1e5) {
		return math.NaN()
	}
	if x == 0 || x == 1 {
		return x
	}
	lower, upper := betaTails(x, 1-x, a, b, LogBeta(a, b))
	if lower < 0.5 {
		return lower
	}
	return 1 - upper
}

// LogBeta returns the natural logarithm of the beta function of two positive
// numbers; NaN if one is not positive.
func LogBeta(a, b float64) float64 {
	return (LogGamma(a) - LogGamma(a+b)) + LogGamma(b)
}

// betaTails returns the two tail probabilities at x = 1-y, of which the one
// computed first has full relative accuracy.
func betaTails(x, y, a, b, logBeta float64) (lower, upper float64) {
	front := Exp((float64(a*Log(x)) + float64(b*Log(y))) - logBeta)
	if x <= (a+1)/(a+b+2) {
		lower = front * betaFraction(x, a, b) / a
		return lower, 1 - lower
	}
	upper = front * betaFraction(y, b, a) / b
	return 1 - upper, upper
}

// betaFraction is the continued fraction of the incomplete beta function.
func betaFraction(x, a, b float64) float64 {
	const tiny = 0x1p-900
	nonzero := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c := 1.0
	d := 1 / nonzero(1-float64((a+b)*x)/(a+1))
	h := d
	for m := 1.0; m < 10000; m++ {
		even := float64(m*(b-m)*x) / float64((a+float64(2*m)-1)*(a+float64(2*m)))
		d = 1 / nonzero(1+float64(even*d))
		c = nonzero(1 + even/c)
		h *= d * c
		odd := float64(-(a+m)*(a+b+m)*x) / float64((a+float64(2*m))*(a+float64(2*m)+1))
		d = 1 / nonzero(1+float64(odd*d))
		c = nonzero(1 + odd/c)
		step := float64(d * c)
		h *= step
		if math.Abs(step-1) < 0x1p-52 {
			break
		}
	}
	return h
}

// Beta is a beta distribution on 0..1, prepared for many quantiles. It is
// read-only after NewBeta, so goroutines may share it.
type Beta struct {
	a, b, logBeta float64
	// node[i] is the lower and upper tail probability at x = i/len.
	nodes [betaNodes + 1]float64
}

const betaNodes = 256

// NewBeta prepares the distribution with shapes a and b, both at least 1 and at
// most 1e5; ok is false for others.
func NewBeta(a, b float64) (d *Beta, ok bool) {
	if !(a >= 1 && b >= 1 && a <= 1e5 && b <= 1e5) {
		return nil, false
	}
	d = &Beta{a: a, b: b, logBeta: LogBeta(a, b)}
	for i := 1; i < betaNodes; i++ {
		x := float64(float64(i) / betaNodes)
		d.nodes[i], _ = betaTails(x, 1-x, a, b, d.logBeta)
	}
	d.nodes[betaNodes] = 1
	return d, true
}

// Quantile returns the x at which the probability of being at most x is u, with
// the accuracy of BetaCDF. The ends give 0 and 1; NaN outside 0..1.
//
// From a table's interval it goes by Halley's method, kept inside a bracket.
func (d *Beta) Quantile(u float64) float64 {
	switch {
	case !(u >= 0 && u <= 1):
		return math.NaN()
	case u == 0 || u == 1:
		return u
	}
	i, j := 0, betaNodes
	for j-i > 1 {
		m := (i + j) / 2
		if d.nodes[m] <= u {
			i = m
		} else {
			j = m
		}
	}
	low, high := float64(float64(i)/betaNodes), float64(float64(j)/betaNodes)
	share := (u - d.nodes[i]) / (d.nodes[j] - d.nodes[i])
	switch {
	case i == 0: // the probability grows like x^a here
		share = Pow(share, 1/d.a)
	case j == betaNodes:
		share = 1 - Pow(1-share, 1/d.b)
	}
	x := low + float64(share*(high-low))
	for range 60 {
		if !(x > low && x < high) {
			x = 0.5 * (low + high)
			if x <= low || x >= high {
				return x
			}
		}
		y := 1 - x
		lower, upper := betaTails(x, y, d.a, d.b, d.logBeta)
		excess := lower - u
		if u > 0.5 {
			excess = (1 - u) - upper
		}
		if excess == 0 {
			return x
		}
		if excess > 0 {
			high = x
		} else {
			low = x
		}
		density := Exp((float64((d.a-1)*Log(x)) + float64((d.b-1)*Log(y))) - d.logBeta)
		step := excess / density
		slope := (d.a-1)/x - (d.b-1)/y // of the log density
		step /= 1 - float64(0.5*math.Max(-1, math.Min(1, float64(step*slope))))
		next := x - step
		// Halley's method triples the digits: a step this small, on the scale on
		// which the density changes, leaves none.
		if math.Abs(step)*(math.Abs(slope)+1/math.Min(x, y)) <= 0x1p-20 && next > 0 && next < 1 {
			return next
		}
		x = next
	}
	return x
}
