package fpmath

import "math"

// The functions of this file follow FreeBSD's msun (e_asin.c, e_acos.c,
// s_atan.c, e_atan2.c), which came with this notice:
//
// ====================================================
// Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
//
// Developed at SunSoft, a Sun Microsystems, Inc. business.
// Permission to use, copy, modify, and distribute this
// software is freely granted, provided that this notice
// is preserved.
// ====================================================

const (
	halfPiHigh = 1.57079632679489655800e+00
	halfPiLow  = 6.12323399573676603587e-17
	piHigh     = 3.14159265358979311600e+00
	piLow      = 1.2246467991473531772e-16
)

var (
	arcP = []float64{
		1.66666666666666657415e-01,
		-3.25565818622400915405e-01,
		2.01212532134862925881e-01,
		-4.00555345006794114027e-02,
		7.91534994289814532176e-04,
		3.47933107596021167570e-05,
	}
	arcQ = []float64{
		1,
		-2.40339491173441421878e+00,
		2.02094576023350569471e+00,
		-6.88283971605453293030e-01,
		7.70381505559019352791e-02,
	}
	atanEven = []float64{
		3.33333333333329318027e-01,
		1.42857142725034663711e-01,
		9.09088713343650656196e-02,
		6.66107313738753120669e-02,
		4.97687799461593236017e-02,
		1.62858201153657823623e-02,
	}
	atanOdd = []float64{
		-1.99999999998764832476e-01,
		-1.11111104054623557880e-01,
		-7.69187620504482999495e-02,
		-5.83357013379057348645e-02,
		-3.65315727442169155270e-02,
	}
	atanHigh = [4]float64{
		4.63647609000806093515e-01, // atan(0.5)
		7.85398163397448278999e-01, // atan(1)
		9.82793723247329054082e-01, // atan(1.5)
		1.57079632679489655800e+00, // atan(+Inf)
	}
	atanLow = [4]float64{
		2.26987774529616870924e-17,
		3.06161699786838301793e-17,
		1.39033110312309984516e-17,
		6.12323399573676603587e-17,
	}
)

// arcRatio is (asin(x) - x)/x as a function of z = x*x up to 1/4.
func arcRatio(z float64) float64 {
	return float64(z*polynomial(z, arcP)) / polynomial(z, arcQ)
}

// Asin returns the arc sine of x in radians. The error is below 1 ulp.
//
//	Asin(±0) = ±0, Asin(x) = NaN for |x| > 1
func Asin(x float64) float64 {
	size := math.Abs(x)
	switch {
	case !(size <= 1):
		return math.NaN()
	case size == 1:
		return float64(x*halfPiHigh) + float64(x*halfPiLow)
	case size < 0x1p-26:
		return x
	case size < 0.5:
		return x + float64(x*arcRatio(float64(x*x)))
	}
	z := float64((1 - size) * 0.5)
	s := math.Sqrt(z)
	r := arcRatio(z)
	var y float64
	if size >= 0.975 {
		y = halfPiHigh - (float64(2*(s+float64(s*r))) - halfPiLow)
	} else {
		f := math.Float64frombits(math.Float64bits(s) & (1<<64 - 1<<32))
		c := (z - float64(f*f)) / (s + f)
		p := float64(2*float64(s*r)) - (halfPiLow - float64(2*c))
		q := quarterPi - float64(2*f)
		y = quarterPi - (p - q)
	}
	if x < 0 {
		return -y
	}
	return y
}

// Acos returns the arc cosine of x in radians. The error is below 1 ulp.
//
//	Acos(x) = NaN for |x| > 1
func Acos(x float64) float64 {
	size := math.Abs(x)
	switch {
	case !(size <= 1):
		return math.NaN()
	case x == 1:
		return 0
	case x == -1:
		return piHigh + float64(2*halfPiLow)
	case size < 0x1p-57:
		return halfPiHigh + halfPiLow
	case size < 0.5:
		r := arcRatio(float64(x * x))
		return halfPiHigh - (x - (halfPiLow - float64(x*r)))
	case x < 0:
		z := float64((1 + x) * 0.5)
		s := math.Sqrt(z)
		w := float64(arcRatio(z)*s) - halfPiLow
		return piHigh - float64(2*(s+w))
	}
	z := float64((1 - x) * 0.5)
	s := math.Sqrt(z)
	f := math.Float64frombits(math.Float64bits(s) & (1<<64 - 1<<32))
	c := (z - float64(f*f)) / (s + f)
	w := float64(arcRatio(z)*s) + c
	return 2 * (f + w)
}

// Atan returns the arc tangent of x in radians. The error is below 1 ulp.
//
//	Atan(±0) = ±0, Atan(±Inf) = ±pi/2, Atan(NaN) = NaN
func Atan(x float64) float64 {
	t := math.Abs(x)
	i := -1
	switch {
	case x != x || t < 0x1p-27:
		return x
	case t >= 0x1p66:
		return math.Copysign(atanHigh[3]+atanLow[3], x)
	case t < 0.4375:
	case t < 0.6875:
		i, t = 0, (2*t-1)/(2+t)
	case t < 1.1875:
		i, t = 1, (t-1)/(t+1)
	case t < 2.4375:
		i, t = 2, (t-1.5)/(1+float64(1.5*t))
	default:
		i, t = 3, -1/t
	}
	z := float64(t * t)
	w := float64(z * z)
	s := float64(z*polynomial(w, atanEven)) + float64(w*polynomial(w, atanOdd))
	if i < 0 {
		return math.Copysign(t-float64(t*s), x)
	}
	return math.Copysign(atanHigh[i]-((float64(t*s)-atanLow[i])-t), x)
}

// Atan2 returns the angle of the point (x, y) in radians, between -pi and pi.
// The error is below 2 ulp; zeros and infinities as in C99.
func Atan2(y, x float64) float64 {
	switch {
	case x != x || y != y:
		return math.NaN()
	case y == 0:
		if math.Signbit(x) {
			return math.Copysign(piHigh, y)
		}
		return y
	case x == 0:
		return math.Copysign(halfPiHigh, y)
	case math.IsInf(x, 0) && math.IsInf(y, 0):
		if x > 0 {
			return math.Copysign(quarterPi, y)
		}
		return math.Copysign(3*quarterPi, y)
	case math.IsInf(y, 0):
		return math.Copysign(halfPiHigh, y)
	case math.IsInf(x, 1):
		return math.Copysign(0, y)
	case math.IsInf(x, -1):
		return math.Copysign(piHigh, y)
	}
	k := int(math.Float64bits(y)>>52&0x7ff) - int(math.Float64bits(x)>>52&0x7ff)
	var z float64
	switch {
	case k > 60:
		return math.Copysign(halfPiHigh, y)
	case k < -60 && x < 0:
		z = 0
	default:
		z = Atan(math.Abs(y / x))
	}
	if x < 0 {
		z = piHigh - (z - piLow)
	}
	return math.Copysign(z, y)
}
