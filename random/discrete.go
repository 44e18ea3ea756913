package random

import (
	"math"

	"handover/fpmath"
)

const halfLogTwoPi = 9.18938533204672741780e-01

// deviance returns x log(x/m) + m - x for positive x and m, without the loss of
// digits where x is close to m (bd0 of Loader 2000, "Fast and accurate
// computation of binomial probabilities").
func deviance(x, m float64) float64 {
	d := x - m
	if math.Abs(d) >= 0.1*(x+m) {
		return float64(x*fpmath.Log(x/m)) - d
	}
	v := d / (x + m)
	sum := float64(d * v)
	term := float64(2 * float64(x*v))
	v = float64(v * v)
	for j := 3.0; j < 2000; j += 2 {
		term = float64(term * v)
		next := sum + term/j
		if next == sum {
			break
		}
		sum = next
	}
	return sum
}

// Poisson returns a Poisson number of the given mean, in a time that does not
// grow with the mean: below 10 by inversion of the distribution, above by
// transformed rejection (PTRS of Hörmann 1993, "The transformed rejection method
// for generating Poisson random variables"). 0 for a mean of 0; NaN if the mean
// is negative or not finite.
func (s *Stream) Poisson(mean float64) float64 {
	if !(mean >= 0) || !finite(mean) {
		return math.NaN()
	}
	if mean < 10 {
		u := s.Uniform()
		p := fpmath.Exp(-mean)
		k := 0.0
		for u > p && k < 150 {
			u -= p
			k++
			p = float64(p*mean) / k
		}
		return k
	}
	b := 0.931 + float64(2.53*math.Sqrt(mean))
	a := -0.059 + float64(0.02483*b)
	inverseAlpha := 1.1239 + 1.1328/(b-3.4)
	vr := 0.9277 - 3.6224/(b-2)
	for range attempts {
		p, q := s.next()
		u := open(p) - 0.5
		v := open(q)
		us := 0.5 - math.Abs(u)
		k := math.Floor((float64((float64(2*a)/us+b)*u) + mean) + 0.43)
		if us >= 0.07 && v <= vr {
			return k
		}
		if k < 0 || us < 0.013 && v > us {
			continue
		}
		if fpmath.Log(float64(v*inverseAlpha)/(a/float64(us*us)+b)) <= poissonLog(k, mean) {
			return k
		}
	}
	return math.NaN()
}

// poissonLog returns the logarithm of the Poisson probability of k.
func poissonLog(k, mean float64) float64 {
	if k == 0 {
		return -mean
	}
	return ((-fpmath.Stirling(k) - deviance(k, mean)) - halfLogTwoPi) - float64(0.5*fpmath.Log(k))
}

// Binomial returns how many of n independent trials succeed, each with
// probability p, in a time that does not grow with n: by inversion if n*min(p,1-p)
// is below 10, else by transformed rejection (BTRS of Hörmann 1993, "The
// generation of binomial random variates"). NaN unless n is a whole number of at
// least 0 and p is in 0..1.
func (s *Stream) Binomial(n, p float64) float64 {
	if !(n >= 0) || !finite(n) || n != math.Floor(n) || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	if p > 0.5 {
		return n - s.binomial(n, 1-p)
	}
	return s.binomial(n, p)
}

// binomial is Binomial for p up to a half.
func (s *Stream) binomial(n, p float64) float64 {
	q := 1 - p
	mean := float64(n * p)
	if mean < 10 {
		u := s.Uniform()
		f := fpmath.Exp(float64(n * fpmath.Log1p(-p)))
		odds := p / q
		k := 0.0
		for u > f && k < n && k < 150 {
			u -= f
			f = float64(f*((n-k)*odds)) / (k + 1)
			k++
		}
		return k
	}
	deviation := math.Sqrt(float64(mean * q))
	b := 1.15 + float64(2.53*deviation)
	a := (-0.0873 + float64(0.0248*b)) + float64(0.01*p)
	c := mean + 0.5
	vr := 0.92 - 4.2/b
	alpha := float64((2.83 + 5.1/b) * deviation)
	atMode := binomialLog(math.Floor((n+1)*p), n, p)
	for range attempts {
		x, y := s.next()
		u := open(x) - 0.5
		v := open(y)
		us := 0.5 - math.Abs(u)
		k := math.Floor(float64((float64(2*a)/us+b)*u) + c)
		if us >= 0.07 && v <= vr {
			return k
		}
		if k < 0 || k > n {
			continue
		}
		if fpmath.Log(float64(v*alpha)/(a/float64(us*us)+b)) <= binomialLog(k, n, p)-atMode {
			return k
		}
	}
	return math.NaN()
}

// binomialLog returns the logarithm of the binomial probability of k (Loader
// 2000, as for deviance).
func binomialLog(k, n, p float64) float64 {
	rest := n - k
	switch {
	case k == 0:
		return float64(n * fpmath.Log1p(-p))
	case rest == 0:
		return float64(n * fpmath.Log(p))
	}
	c := (fpmath.Stirling(n) - fpmath.Stirling(k)) - fpmath.Stirling(rest)
	c -= deviance(k, float64(n*p)) + deviance(rest, float64(n*(1-p)))
	return (c - halfLogTwoPi) - float64(0.5*fpmath.Log(float64(k*(rest/n))))
}

// NegativeBinomial returns a count of the given mean and variance
// mean + mean^2/k: a Poisson number whose mean is gamma-distributed with shape
// k. The smaller the dispersion k, the more the counts cluster; +Inf gives the
// Poisson distribution. NaN if the mean is negative or not finite or k is not
// above 0.
func (s *Stream) NegativeBinomial(mean, k float64) float64 {
	if !(mean >= 0) || !finite(mean) || !(k > 0) {
		return math.NaN()
	}
	if mean == 0 || math.IsInf(k, 1) {
		return s.Poisson(mean)
	}
	return s.Poisson(s.Gamma(k, 1) * (mean / k))
}
