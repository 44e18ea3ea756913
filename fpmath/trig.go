package fpmath

import "math"

// The kernels of this file are those of FreeBSD's msun (k_sin.c, k_cos.c,
// k_tan.c, e_rem_pio2.c), which came with this notice:
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
	quarterPi = 7.85398163397448278999e-01
	sinS1     = -1.66666666666666324348e-01
)

var (
	sinS = []float64{
		8.33333333332248946124e-03,
		-1.98412698298579493134e-04,
		2.75573137070700676789e-06,
		-2.50507602534068634195e-08,
		1.58969099521155010221e-10,
	}
	cosC = []float64{
		4.16666666666666019037e-02,
		-1.38888888888741095749e-03,
		2.48015872894767294178e-05,
		-2.75573143513906633035e-07,
		2.08757232129817482790e-09,
		-1.13596475577881948265e-11,
	}
	tanOdd = []float64{
		1.33333333333201242699e-01,
		2.18694882948595424599e-02,
		3.59207910759131235356e-03,
		5.88041240820264096874e-04,
		7.81794442939557092300e-05,
		-1.85586374855275456654e-05,
	}
	tanEven = []float64{
		5.39682539762260521377e-02,
		8.86323982359930005737e-03,
		1.45620945432529025516e-03,
		2.46463134818469906812e-04,
		7.14072491382608190305e-05,
		2.59073051863633712884e-05,
	}
)

// kernelSin returns sin(x+y) for |x| up to pi/4 and a y far smaller.
func kernelSin(x, y float64) float64 {
	z := float64(x * x)
	v := float64(z * x)
	r := polynomial(z, sinS)
	return x - ((float64(z*(float64(0.5*y)-float64(v*r))) - y) - float64(v*sinS1))
}

// kernelCos returns cos(x+y) for |x| up to pi/4 and a y far smaller.
func kernelCos(x, y float64) float64 {
	z := float64(x * x)
	r := float64(z * polynomial(z, cosC))
	half := float64(0.5 * z)
	w := 1 - half
	return w + (((1 - w) - half) + (float64(z*r) - float64(x*y)))
}

// kernelTan returns tan(x+y), or -1/tan(x+y) if odd, for |x| up to pi/4 and a y
// far smaller.
func kernelTan(x, y float64, odd bool) float64 {
	const low = 3.06161699786838301793e-17 // of pi/4
	big := math.Abs(x) >= 0.6744
	negative := x < 0
	if big {
		if negative {
			x, y = -x, -y
		}
		x = (quarterPi - x) + (low - y)
		y = 0
	}
	z := float64(x * x)
	w := float64(z * z)
	r := polynomial(w, tanOdd)
	v := float64(z * polynomial(w, tanEven))
	s := float64(z * x)
	r = y + float64(z*(float64(s*(r+v))+y))
	r += float64(3.33333333333334091986e-01 * s)
	w = x + r
	if big {
		v := 1.0
		if odd {
			v = -1
		}
		t := v - float64(2*(x-(float64(w*w)/(w+v)-r)))
		if negative {
			return -t
		}
		return t
	}
	if !odd {
		return w
	}
	// -1/(x+r) with the error of the quotient taken out.
	const half = 1<<64 - 1<<32
	z = math.Float64frombits(math.Float64bits(w) & half)
	v = r - (z - x)
	a := -1 / w
	t := math.Float64frombits(math.Float64bits(a) & half)
	s = 1 + float64(t*z)
	return t + float64(a*(s+float64(t*v)))
}

// Sin returns the sine of x in radians, for any size of x. The error is below
// 1 ulp.
//
//	Sin(±0) = ±0, Sin(±Inf) = NaN, Sin(NaN) = NaN
func Sin(x float64) float64 {
	size := math.Abs(x)
	switch {
	case size < 0x1p-26:
		return x
	case size <= quarterPi:
		return kernelSin(x, 0)
	case !(size <= math.MaxFloat64):
		return math.NaN()
	}
	n, y, low := reduce(x)
	switch n & 3 {
	case 0:
		return kernelSin(y, low)
	case 1:
		return kernelCos(y, low)
	case 2:
		return -kernelSin(y, low)
	}
	return -kernelCos(y, low)
}

// Cos returns the cosine of x in radians, for any size of x. The error is below
// 1 ulp.
//
//	Cos(±0) = 1, Cos(±Inf) = NaN, Cos(NaN) = NaN
func Cos(x float64) float64 {
	size := math.Abs(x)
	switch {
	case size <= quarterPi:
		return kernelCos(x, 0)
	case !(size <= math.MaxFloat64):
		return math.NaN()
	}
	n, y, low := reduce(x)
	switch n & 3 {
	case 0:
		return kernelCos(y, low)
	case 1:
		return -kernelSin(y, low)
	case 2:
		return -kernelCos(y, low)
	}
	return kernelSin(y, low)
}

// Tan returns the tangent of x in radians, for any size of x. The error is below
// 1 ulp.
//
//	Tan(±0) = ±0, Tan(±Inf) = NaN, Tan(NaN) = NaN
func Tan(x float64) float64 {
	size := math.Abs(x)
	switch {
	case size < 0x1p-27:
		return x
	case size <= quarterPi:
		return kernelTan(x, 0, false)
	case !(size <= math.MaxFloat64):
		return math.NaN()
	}
	n, y, low := reduce(x)
	return kernelTan(y, low, n&1 == 1)
}
