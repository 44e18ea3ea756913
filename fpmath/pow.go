package fpmath

import "math"

// signBias, added to the table index before it is shifted, sets the sign bit.
const signBias = 0x800 << 7

// integer tells whether the number of these bits is no integer (0), an odd one
// (1) or an even one (2).
func integer(bits uint64) int {
	e := bits >> 52 & 0x7ff
	switch {
	case e < 0x3ff:
		return 0
	case e > 0x3ff+52:
		return 2
	}
	unit := uint64(1) << (0x3ff + 52 - e)
	switch {
	case bits&(unit-1) != 0:
		return 0
	case bits&unit != 0:
		return 1
	}
	return 2
}

// zeroInfNaN tells whether bits are those of a zero, an infinity or a NaN.
func zeroInfNaN(bits uint64) bool { return 2*bits-1 >= 2*(0x7ff<<52)-1 }

// Pow returns x to the power y. The error is below 0.55 ulp. Special values as
// in C99 (F.9.4.4) and IEEE 754-2008 (9.2.1):
//
//	Pow(x, ±0) = 1 and Pow(1, y) = 1, NaN included
//	Pow(NaN, y) and Pow(x, NaN) = NaN otherwise
//	Pow(±0, y) = ±Inf for y an odd integer below 0, +Inf for other y below 0
//	Pow(±0, y) = ±0 for y an odd integer above 0, +0 for other y above 0
//	Pow(-1, ±Inf) = 1
//	Pow(x, +Inf) = +Inf and Pow(x, -Inf) = 0 for |x| > 1, and the reverse below 1
//	Pow(+Inf, y) = +Inf for y > 0, 0 for y < 0
//	Pow(-Inf, y) = Pow(-0, -y)
//	Pow(x, y) = NaN for finite x below 0 and y not an integer
func Pow(x, y float64) float64 {
	ix, iy := math.Float64bits(x), math.Float64bits(y)
	topX, topY := uint32(ix>>52), uint32(iy>>52)
	var sign uint64
	if topX-1 >= 0x7fe || topY&0x7ff-0x3be >= 0x43e-0x3be {
		// x is not a positive normal number, or |y| is below 2^-65 or above 2^63.
		if zeroInfNaN(iy) {
			return powOfRare(x, y, ix, iy)
		}
		if zeroInfNaN(ix) {
			z := x * x
			if ix>>63 != 0 && integer(iy) == 1 {
				z = -z
			}
			if iy>>63 != 0 {
				return 1 / z
			}
			return z
		}
		if ix>>63 != 0 {
			switch integer(iy) {
			case 0:
				return math.NaN()
			case 1:
				sign = signBias
			}
			ix &^= 1 << 63
			topX &= 0x7ff
		}
		if topY&0x7ff-0x3be >= 0x43e-0x3be {
			one := uint64(0x3ff << 52)
			switch {
			case ix == one || topY&0x7ff < 0x3be:
				return 1
			case ix > one == (topY < 0x800):
				return math.Inf(1)
			}
			return 0
		}
		if topX == 0 {
			ix = math.Float64bits(x*0x1p52) &^ (1 << 63)
			ix -= 52 << 52
		}
	}
	high, low := logParts(ix)
	const half = 1<<64 - 1<<27
	yh := math.Float64frombits(iy & half)
	yl := y - yh
	lh := math.Float64frombits(math.Float64bits(high) & half)
	ll := (high - lh) + low
	eh := float64(yh * lh)
	el := float64(yl*lh) + float64(y*ll)

	top := uint32(math.Float64bits(eh)>>52) & 0x7ff
	if top-exponent54 >= exponent9-exponent54 {
		if top < exponent54 {
			if sign != 0 {
				return -1
			}
			return 1
		}
		if top >= exponent10 {
			z := 0.0
			if eh > 0 {
				z = math.Inf(1)
			}
			if sign != 0 {
				return -z
			}
			return z
		}
		return expScaled(eh, el, sign)
	}
	kd := float64(invLn2N*eh) + shift
	ki := math.Float64bits(kd)
	kd -= shift
	r := (eh - float64(kd*ln2NHigh)) - float64(kd*ln2NLow)
	r += el
	i := 2 * (ki & 127)
	tail := math.Float64frombits(expTable[i])
	scale := math.Float64frombits(expTable[i+1] + (ki+sign)<<45)
	r2 := float64(r * r)
	t := tail + r + float64(r2*muladd(r, expC3, expC2)) + float64(float64(r2*r2)*muladd(r, expC5, expC4))
	return scale + float64(scale*t)
}

// powOfRare is Pow for a y that is zero, infinite or NaN.
func powOfRare(x, y float64, ix, iy uint64) float64 {
	const one, inf = uint64(0x3ff << 52), uint64(0x7ff << 52)
	switch {
	case 2*iy == 0 || ix == one:
		return 1
	case 2*ix > 2*inf || 2*iy > 2*inf:
		return x + y
	case 2*ix == 2*one:
		return 1
	case (2*ix < 2*one) == (iy>>63 == 0):
		return 0
	}
	return math.Inf(1)
}
