package fpmath

import "math"

// polynomial returns c[0] + c[1]*x + c[2]*x^2 + ... by Horner's rule, every
// product rounded.
func polynomial(x float64, c []float64) float64 {
	p := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		p = float64(p*x) + c[i]
	}
	return p
}

// The functions of this file follow FreeBSD's msun (s_expm1.c, s_log1p.c,
// e_sinh.c, e_cosh.c, s_tanh.c), which came with this notice:
//
// ====================================================
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
//
// Developed at SunPro, a Sun Microsystems, Inc. business.
// Permission to use, copy, modify, and distribute this
// software is freely granted, provided that this notice
// is preserved.
// ====================================================

const (
	sunLn2High = 6.93147180369123816490e-01 // 0x3fe62e42fee00000
	sunLn2Low  = 1.90821492927058770002e-10 // 0x3dea39ef35793c76
)

var expm1Q = []float64{
	1,
	-3.33333333333331316428e-02, // 0xBFA11111111110F4
	1.58730158725481460165e-03,  // 0x3F5A01A019FE5585
	-7.93650757867487942473e-05, // 0xBF14CE199EAADBB7
	4.00821782732936239552e-06,  // 0x3ED0CFCA86E65239
	-2.01099218183624371326e-07, // 0xBE8AFDB76E09C32D
}

// Expm1 returns e to the power x, less 1, without loss of accuracy near x = 0.
// The error is below 1 ulp.
//
//	Expm1(+Inf) = +Inf, Expm1(-Inf) = -1, Expm1(±0) = ±0, Expm1(NaN) = NaN
func Expm1(x float64) float64 {
	const (
		ln2X56    = 3.88162421113569373274e+01
		ln2HalfX3 = 1.03972077083991796413e+00
		ln2Half   = 3.46573590279972654709e-01
		invLn2    = 1.44269504088896338700e+00
	)
	size := math.Abs(x)
	switch {
	case x != x:
		return x
	case x > 7.09782712893383973096e+02:
		return math.Inf(1)
	case x < -ln2X56:
		return -1
	case size < 0x1p-54:
		return x
	}
	var k int
	var c float64
	if size > ln2Half {
		var high, low float64
		switch {
		case size >= ln2HalfX3:
			half := math.Copysign(0.5, x)
			k = int(float64(invLn2*x) + half)
			t := float64(k)
			high = x - float64(t*sunLn2High)
			low = float64(t * sunLn2Low)
		case x > 0:
			high, low, k = x-sunLn2High, sunLn2Low, 1
		default:
			high, low, k = x+sunLn2High, -sunLn2Low, -1
		}
		x = high - low
		c = (high - x) - low
	}
	half := 0.5 * x
	hxs := float64(x * half)
	r1 := polynomial(hxs, expm1Q)
	t := 3 - float64(r1*half)
	e := float64(hxs * ((r1 - t) / (6 - float64(x*t))))
	if k == 0 {
		return x - (float64(x*e) - hxs)
	}
	e = float64(x*(e-c)) - c
	e -= hxs
	switch {
	case k == -1:
		return float64(0.5*(x-e)) - 0.5
	case k == 1 && x < -0.25:
		return -2 * (e - (x + 0.5))
	case k == 1:
		return 1 + float64(2*(x-e))
	case k <= -2 || k > 56:
		y := 1 - (e - x)
		if k == 1024 {
			return float64(y*2*0x1p1023) - 1
		}
		return addExponent(y, k) - 1
	case k < 20:
		t := 1 - math.Float64frombits(uint64(0x3ff-k)<<52)
		return addExponent(t-(e-x), k)
	}
	t = math.Float64frombits(uint64(0x3ff-k) << 52)
	return addExponent((x-(e+t))+1, k)
}

// addExponent returns x * 2^k; x and the result must be normal numbers.
func addExponent(x float64, k int) float64 {
	return math.Float64frombits(math.Float64bits(x) + uint64(k)<<52)
}

const (
	sqrt2M1     = 4.142135623730950488017e-01
	sqrt2HalfM1 = -2.928932188134524755992e-01
)

var log1pL = []float64{
	6.666666666666735130e-01, // 0x3FE5555555555593
	3.999999999940941908e-01, // 0x3FD999999997FA04
	2.857142874366239149e-01, // 0x3FD2492494229359
	2.222219843214978396e-01, // 0x3FCC71C51D8E78AF
	1.818357216161805012e-01, // 0x3FC7466496CB03DE
	1.531383769920937332e-01, // 0x3FC39A09D078C69F
	1.479819860511658591e-01, // 0x3FC2F112DF3E5244
}

// Log1p returns the natural logarithm of 1 + x without loss of accuracy near
// x = 0. The error is below 1 ulp.
//
//	Log1p(+Inf) = +Inf, Log1p(±0) = ±0, Log1p(-1) = -Inf, Log1p(x < -1) = NaN
func Log1p(x float64) float64 {
	size := math.Abs(x)
	switch {
	case x < -1 || x != x:
		return math.NaN()
	case x == -1:
		return math.Inf(-1)
	case x > math.MaxFloat64, size < 0x1p-54:
		return x
	case size < 0x1p-29:
		return x - float64(float64(x*x)*0.5)
	}
	var f, k, c float64
	if x > sqrt2HalfM1 && x < sqrt2M1 {
		f = x
	} else {
		u := x
		if size < 1<<53 {
			u = 1 + x
		}
		bits := math.Float64bits(u)
		e := int(bits>>52) - 1023
		if size < 1<<53 {
			if e > 0 {
				c = 1 - (u - x)
			} else {
				c = x - (u - 1)
			}
			c /= u
		}
		bits &= 1<<52 - 1
		if bits < 0x0006a09e667f3bcd { // mantissa of the square root of 2
			u = math.Float64frombits(bits | 0x3ff<<52)
		} else {
			e++
			u = math.Float64frombits(bits | 0x3fe<<52)
		}
		f, k = u-1, float64(e)
	}
	half := float64(0.5 * float64(f*f))
	s := f / (2 + f)
	z := float64(s * s)
	r := float64(z * polynomial(z, log1pL))
	if k == 0 && c == 0 {
		return f - (half - float64(s*(half+r)))
	}
	return float64(k*sunLn2High) - ((half - (float64(s*(half+r)) + (float64(k*sunLn2Low) + c))) - f)
}

// Sinh returns the hyperbolic sine of x. The error is below 2 ulp.
//
//	Sinh(±0) = ±0, Sinh(±Inf) = ±Inf, Sinh(NaN) = NaN
func Sinh(x float64) float64 {
	size := math.Abs(x)
	half := math.Copysign(0.5, x)
	switch {
	case x != x || size > math.MaxFloat64 || size < 0x1p-28:
		return x
	case size < 22:
		t := Expm1(size)
		if size < 1 {
			return half * (2*t - float64(t*t)/(t+1))
		}
		return half * (t + t/(t+1))
	case size < 709.5:
		return half * Exp(size)
	}
	t := Exp(0.5 * size)
	return float64(half*t) * t
}

// Cosh returns the hyperbolic cosine of x. The error is below 2 ulp.
//
//	Cosh(±0) = 1, Cosh(±Inf) = +Inf, Cosh(NaN) = NaN
func Cosh(x float64) float64 {
	size := math.Abs(x)
	switch {
	case x != x:
		return x
	case size > math.MaxFloat64:
		return math.Inf(1)
	case size < 0.34657359:
		t := Expm1(size)
		w := 1 + t
		return 1 + float64(t*t)/(w+w)
	case size < 22:
		t := Exp(size)
		return float64(0.5*t) + 0.5/t
	case size < 709.5:
		return 0.5 * Exp(size)
	}
	t := Exp(0.5 * size)
	return float64(0.5*t) * t
}

// Tanh returns the hyperbolic tangent of x. The error is below 2 ulp.
//
//	Tanh(±0) = ±0, Tanh(±Inf) = ±1, Tanh(NaN) = NaN
func Tanh(x float64) float64 {
	size := math.Abs(x)
	if x != x || size < 0x1p-55 {
		return x
	}
	z := 1.0
	if size < 22 {
		if size >= 1 {
			z = 1 - 2/(Expm1(2*size)+2)
		} else {
			t := Expm1(-2 * size)
			z = -t / (t + 2)
		}
	}
	return math.Copysign(z, x)
}
