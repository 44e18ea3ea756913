package fpmath

import "math"

const (
	sqrtHalfHigh = 0x1.6a09e667f3bcdp-1
	sqrtHalfLow  = -0x1.bdd3413b26456p-55
	twoOverSqPi  = 1.12837916709551257390e+00
)

// NormalCDF returns the probability that a standard normal variable is at most
// x. The relative error is below 1e-15 in the lower tail too, down to where the
// result is subnormal (x about -37.5).
//
//	NormalCDF(-Inf) = 0, NormalCDF(+Inf) = 1, NormalCDF(NaN) = NaN
func NormalCDF(x float64) float64 {
	if x < -40 {
		return 0
	}
	if x > 40 {
		return 1
	}
	h, l := product(-x, sqrtHalfHigh)
	if math.Abs(x) < 0x1p-300 {
		l = 0
	}
	l += float64(-x * sqrtHalfLow)
	// erfc magnifies the rounding of its argument: take it out to first order.
	c := float64(float64(twoOverSqPi*Exp(float64(-h*h))) * l)
	return 0.5 * (Erfc(h) - c)
}

// The rational approximations of PPND16: Wichura 1988, "Algorithm AS 241: the
// percentage points of the normal distribution", Applied Statistics 37(3).
var (
	normalA = []float64{
		3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
		4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3,
	}
	normalB = []float64{
		1, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
		2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3,
	}
	normalC = []float64{
		1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
		1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
	}
	normalD = []float64{
		1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
		1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
	}
	normalE = []float64{
		6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
		2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
	}
	normalF = []float64{
		1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
	}
)

// NormalQuantile returns the x at which NormalCDF(x) = p (Wichura's AS 241). The
// relative error is below 1e-15.
//
//	NormalQuantile(0) = -Inf, NormalQuantile(0.5) = 0, NormalQuantile(1) = +Inf
//	NormalQuantile(p) = NaN for p < 0, p > 1 or NaN
func NormalQuantile(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - float64(q*q)
		// Horner by hand: this is the case of 85 draws in 100.
		a, b := normalA[7], normalB[7]
		for i := 6; i >= 0; i-- {
			a = float64(a*r) + normalA[i]
			b = float64(b*r) + normalB[i]
		}
		return q * a / b
	}
	tail := p
	if q > 0 {
		tail = 1 - p
	}
	switch {
	case tail == 0:
		return math.Copysign(math.Inf(1), q)
	case !(tail > 0):
		return math.NaN()
	}
	r := math.Sqrt(-Log(tail))
	var x float64
	if r <= 5 {
		r -= 1.6
		x = polynomial(r, normalC) / polynomial(r, normalD)
	} else {
		r -= 5
		x = polynomial(r, normalE) / polynomial(r, normalF)
	}
	return math.Copysign(x, q)
}
