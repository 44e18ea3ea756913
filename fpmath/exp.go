package fpmath

import "math"

// The method of exp, log and pow is that of Arm's Optimized Routines (copyright
// (c) 2018, Arm Limited, SPDX-License-Identifier: MIT), in its form for machines
// without a fused multiply-add: a table of 128 intervals and a short polynomial.
// Tables and polynomials were computed anew.

const (
	shift      = 0x1.8p52 // adding it rounds to an integer in the low bits
	invLn2N    = 0x1.71547652b82fep+7
	ln2NHigh   = 0x1.62e42fefa0000p-8 // 37 bits, so k*ln2NHigh is exact
	ln2NLow    = 0x1.cf79abc9e3b3ap-47
	expC2      = 0x1.fffffffffff58p-2
	expC3      = 0x1.5555555555525p-3
	expC4      = 0x1.55555acd08c2ep-5
	expC5      = 0x1.11111430e54e5p-7
	exponent54 = 0x3c9 // biased exponent of 2^-54
	exponent9  = 0x408 // of 512
	exponent10 = 0x409 // of 1024
)

// Exp returns e to the power x. The error is below 0.53 ulp (0.6 where the
// result is subnormal).
//
//	Exp(+Inf) = +Inf, Exp(-Inf) = 0, Exp(NaN) = NaN
func Exp(x float64) float64 {
	top := uint32(math.Float64bits(x)>>52) & 0x7ff
	if top-exponent54 >= exponent9-exponent54 {
		return expRare(x)
	}
	z := float64(invLn2N * x)
	kd := z + shift
	ki := math.Float64bits(kd)
	kd -= shift
	r := (x - float64(kd*ln2NHigh)) - float64(kd*ln2NLow)
	i := 2 * (ki & 127)
	tail := math.Float64frombits(expTable[i])
	scale := math.Float64frombits(expTable[i+1] + ki<<45)
	r2 := float64(r * r)
	t := tail + r + float64(r2*muladd(r, expC3, expC2)) + float64(float64(r2*r2)*muladd(r, expC5, expC4))
	return scale + float64(scale*t)
}

// expRare is Exp where the short way of Exp does not hold: x tiny, beyond 512
// in size, or not finite.
func expRare(x float64) float64 {
	top := uint32(math.Float64bits(x)>>52) & 0x7ff
	if top < exponent54 {
		return 1 + x
	}
	if top >= exponent10 {
		switch {
		case x != x:
			return x
		case x < 0:
			return 0
		}
		return math.Inf(1)
	}
	return expScaled(x, 0, 0)
}

// expScaled returns exp(x + low), negated if sign is signBias, for
// 2^-54 <= |x| < 1024 and a low far smaller than x.
func expScaled(x, low float64, sign uint64) float64 {
	z := float64(invLn2N * x)
	kd := z + shift
	ki := math.Float64bits(kd)
	kd -= shift
	r := (x - float64(kd*ln2NHigh)) - float64(kd*ln2NLow)
	r += low
	i := 2 * (ki & 127)
	tail := math.Float64frombits(expTable[i])
	bits := expTable[i+1] + (ki+sign)<<45
	r2 := float64(r * r)
	t := tail + r + float64(r2*muladd(r, expC3, expC2)) + float64(float64(r2*r2)*muladd(r, expC5, expC4))
	if math.Abs(x) < 512 {
		scale := math.Float64frombits(bits)
		return scale + float64(scale*t)
	}
	if ki&0x80000000 == 0 { // the exponent may be too large by up to 460
		scale := math.Float64frombits(bits - 1009<<52)
		return 0x1p1009 * (scale + float64(scale*t))
	}
	// The result may be subnormal: round it once, at the place where the last
	// bit of the subnormal will be.
	bits += 1022 << 52
	scale := math.Float64frombits(bits)
	y := scale + float64(scale*t)
	if math.Abs(y) < 1 {
		one := 1.0
		if y < 0 {
			one = -1
		}
		lo := (scale - y) + float64(scale*t)
		hi := one + y
		lo = ((one - hi) + y) + lo
		y = (hi + lo) - one
		if y == 0 {
			y = math.Float64frombits(bits & (1 << 63))
		}
	}
	return 0x1p-1022 * y
}

// ExpInto writes Exp(x[i]) to dst[i] for every i of x. dst must be at least as
// long as x and may be x itself.
func ExpInto(dst, x []float64) {
	dst = dst[:len(x)]
	for n, x := range x {
		top := uint32(math.Float64bits(x)>>52) & 0x7ff
		if top-exponent54 >= exponent9-exponent54 {
			dst[n] = expRare(x)
			continue
		}
		z := float64(invLn2N * x)
		kd := z + shift
		ki := math.Float64bits(kd)
		kd -= shift
		r := (x - float64(kd*ln2NHigh)) - float64(kd*ln2NLow)
		i := 2 * (ki & 127)
		tail := math.Float64frombits(expTable[i])
		scale := math.Float64frombits(expTable[i+1] + ki<<45)
		r2 := float64(r * r)
		t := tail + r + float64(r2*muladd(r, expC3, expC2)) + float64(float64(r2*r2)*muladd(r, expC5, expC4))
		dst[n] = scale + float64(scale*t)
	}
}

// Exp2 returns 2 to the power x; exact where x is an integer.
func Exp2(x float64) float64 { return Pow(2, x) }
