package random

import (
	"math"

	"handover/fpmath"
)

// attempts bounds every rejection loop. A trial is accepted with a probability
// above 0.3, so the bound is not reached in the life of the universe; it is there
// so that no parameter, however odd, can stall a run.
const attempts = 1000

// finite tells whether x is neither NaN nor infinite.
func finite(x float64) bool { return x-x == 0 }

// LogNormal returns exp(mu + sigma*z) for a standard normal z. NaN if mu is not
// finite or sigma is negative or not finite.
func (s *Stream) LogNormal(mu, sigma float64) float64 {
	z := s.Normal()
	if !finite(mu) || !finite(sigma) || sigma < 0 {
		return math.NaN()
	}
	return fpmath.Exp(mu + float64(sigma*z))
}

// Gamma returns a gamma number of mean shape*scale (Marsaglia and Tsang 2000, "A
// simple method for generating gamma variables"; for a shape below 1 their step
// from shape+1). NaN unless shape > 0 and scale >= 0 are finite.
func (s *Stream) Gamma(shape, scale float64) float64 {
	if !(shape > 0) || !(scale >= 0) || !finite(shape) || !finite(scale) {
		return math.NaN()
	}
	if shape < 1 {
		u := s.Uniform()
		return float64(s.gamma(shape+1)*fpmath.Pow(u, 1/shape)) * scale
	}
	return s.gamma(shape) * scale
}

// gamma returns a gamma number of scale 1 for a shape of at least 1.
func (s *Stream) gamma(shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for range attempts {
		a, b := s.next()
		x := fpmath.NormalQuantile(open(a))
		u := open(b)
		t := 1 + float64(c*x)
		if t <= 0 {
			continue
		}
		v := float64(float64(t*t) * t)
		x2 := float64(x * x)
		if u < 1-float64(0.0331*float64(x2*x2)) ||
			fpmath.Log(u) < float64(0.5*x2)+float64(d*((1-v)+fpmath.Log(v))) {
			return float64(d * v)
		}
	}
	return math.NaN()
}

// Beta returns a beta number with shapes a and b: by Jöhnk's method (1964) if
// neither is above 1, else as a ratio of gamma numbers. NaN unless both are
// above 0 and finite.
func (s *Stream) Beta(a, b float64) float64 {
	if !(a > 0) || !(b > 0) || !finite(a) || !finite(b) {
		return math.NaN()
	}
	if a > 1 || b > 1 {
		x := s.Gamma(a, 1)
		y := s.Gamma(b, 1)
		return x / (x + y)
	}
	for range attempts {
		p, q := s.next()
		// In logarithms: with small shapes the powers are below the smallest
		// number, their ratio is not.
		u, v := fpmath.Log(open(p)), fpmath.Log(open(q))
		x, y := u/a, v/b
		top := math.Max(x, y)
		if math.IsInf(top, -1) { // shapes so small that one end gets everything
			if u*b > v*a {
				return 1
			}
			return 0
		}
		ex, ey := fpmath.Exp(x-top), fpmath.Exp(y-top)
		if top+fpmath.Log(ex+ey) <= 0 {
			return ex / (ex + ey)
		}
	}
	return math.NaN()
}

// Triangular returns a number of the triangular distribution on low..high with
// its peak at mode. NaN unless low <= mode <= high are finite.
func (s *Stream) Triangular(low, mode, high float64) float64 {
	u := s.Uniform()
	width := high - low
	if !(low <= mode && mode <= high) || !finite(width) {
		return math.NaN()
	}
	if width == 0 {
		return low
	}
	left := mode - low
	if u*width < left {
		return low + math.Sqrt(float64(u*left)*width)
	}
	return high - math.Sqrt(float64((1-u)*(high-mode))*width)
}

// PowerLaw returns a number of the density proportional to x^-exponent on
// min..max, by the inverse of its distribution. max may be +Inf if exponent is
// above 1. NaN for other parameters outside 0 < min <= max.
func (s *Stream) PowerLaw(exponent, min, max float64) float64 {
	u := s.Uniform()
	if !(min > 0) || !(min <= max) || !finite(exponent) || !finite(min) || !(finite(max) || exponent > 1) {
		return math.NaN()
	}
	logRatio := fpmath.Log(max) - fpmath.Log(min)
	g := 1 - exponent
	var x float64
	switch {
	case g == 0:
		x = min * fpmath.Exp(float64(u*logRatio))
	case g < 0:
		x = min * fpmath.Exp(fpmath.Log1p(float64(u*fpmath.Expm1(float64(g*logRatio))))/g)
	default: // from the upper end, where a rising density has its mass
		x = max * fpmath.Exp(fpmath.Log1p(float64((1-u)*fpmath.Expm1(float64(-g*logRatio))))/g)
	}
	return math.Max(min, math.Min(max, x))
}
