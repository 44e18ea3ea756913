package ensemble

import (
	"math"

	"handover/fpmath"
)

// betaQuantile returns the quantile at a level between 0 and 1 of the Beta
// distribution with shapes a and b, both above 0: the x at which the regularised
// incomplete beta function reaches the level, found by bisection. It uses no
// operation whose result depends on the machine.
func betaQuantile(level, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 64 {
		x := low + float64((high-low)/2)
		if x <= low || x >= high {
			break
		}
		if incompleteBeta(x, a, b) < level {
			low = x
		} else {
			high = x
		}
	}
	return low + float64((high-low)/2)
}

// incompleteBeta is the regularised incomplete beta function I_x(a,b), by the
// continued fraction of the NIST Digital Library of Mathematical Functions,
// equation 8.17.22, evaluated with the modified Lentz method; beyond the
// distribution's bulk through I_x(a,b) = 1 - I_{1-x}(b,a), where the fraction
// converges fast (in some √max(a,b) steps).
func incompleteBeta(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - lowerBeta(1-x, b, a)
	}
	return lowerBeta(x, a, b)
}

// lowerBeta evaluates the continued fraction for x between 0 and 1.
func lowerBeta(x, a, b float64) float64 {
	exponent := float64(a*fpmath.Log(x)) + float64(b*fpmath.Log(1-x))
	exponent += logGamma(a+b) - logGamma(a) - logGamma(b)
	const tiny = 1e-300
	away := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	h := d
	for m := 1.0; m <= 100_000; m++ {
		even := m * (b - m) * x / ((a + m*2 - 1) * (a + m*2))
		d = 1 / away(1+float64(even*d))
		c = away(1 + even/c)
		h *= float64(d * c)
		odd := -(a + m) * (a + b + m) * x / ((a + m*2) * (a + m*2 + 1))
		d = 1 / away(1+float64(odd*d))
		c = away(1 + odd/c)
		step := float64(d * c)
		h *= step
		if math.Abs(step-1) < 1e-15 {
			break
		}
	}
	return fpmath.Exp(exponent) * h / a
}

// logGamma is the logarithm of the gamma function of x above 0: Stirling's
// series (NIST Digital Library of Mathematical Functions, equation 5.11.1)
// above 15, brought there by Γ(x) = Γ(x+1)/x.
func logGamma(x float64) float64 {
	product := 1.0
	for x < 15 {
		product *= x
		x++
	}
	z := 1 / float64(x*x)
	series := -1.0 / 360360 * 691
	for _, c := range [...]float64{1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12} {
		series = float64(series*z) + c
	}
	const halfLogTwoPi = 0.91893853320467274178
	return float64((x-0.5)*fpmath.Log(x)) - x + halfLogTwoPi + series/x - fpmath.Log(product)
}
