package fpmath

import (
	"math"
	"math/bits"
)

// twoOverPi holds the first 1,280 bits of 2/pi after the point.
var twoOverPi = [...]uint64{
	0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
	0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
	0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
	0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
	0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
}

// reduce returns n and y + low such that x = n*pi/2 + y + low, |y| at most about
// pi/4, n modulo 4 above 2^20. x must be finite.
func reduce(x float64) (n int, y, low float64) {
	if math.Abs(x) < 0x1p20 {
		return reduceMedium(x)
	}
	return reduceLarge(x)
}

// reduceMedium takes n*pi/2 off in three steps of 33 bits (Cody and Waite), the
// later ones only where digits have cancelled.
func reduceMedium(x float64) (n int, y, low float64) {
	const (
		invPio2 = 6.36619772367581382433e-01
		p1      = 1.57079632673412561417e+00 // 33 bits of pi/2 each
		p1tail  = 6.07710050650619224932e-11
		p2      = 6.07710050630396597660e-11
		p2tail  = 2.02226624879595063154e-21
		p3      = 2.02226624871116645580e-21
		p3tail  = 8.47842766036889956997e-32
	)
	fn := (float64(x*invPio2) + shift) - shift
	n = int(fn)
	r := x - float64(fn*p1)
	w := float64(fn * p1tail)
	exponent := int(math.Float64bits(x) >> 52 & 0x7ff)
	y = r - w
	if exponent-int(math.Float64bits(y)>>52&0x7ff) > 16 {
		t := r
		w = float64(fn * p2)
		r = t - w
		w = float64(fn*p2tail) - ((t - r) - w)
		y = r - w
		if exponent-int(math.Float64bits(y)>>52&0x7ff) > 49 {
			t = r
			w = float64(fn * p3)
			r = t - w
			w = float64(fn*p3tail) - ((t - r) - w)
			y = r - w
		}
	}
	return n, y, (r - y) - w
}

// reduceLarge multiplies x by the digits of 2/pi that matter, in integers
// (Payne and Hanek 1983, "Radian reduction for trigonometric functions").
func reduceLarge(x float64) (n int, y, low float64) {
	b := math.Float64bits(x)
	e := int(b>>52&0x7ff) - 0x3ff - 52 // x = m * 2^e
	m := b&(1<<52-1) | 1<<52

	// Four words of 2/pi whose product with m begins with the units modulo 4:
	// the bits of 2/pi above 2^(2-e) only add multiples of 4. The offset may be
	// before the first digit.
	offset := e - 2
	word := func(i int) uint64 {
		at := offset + 64*i
		switch {
		case at <= -64:
			return 0
		case at < 0:
			return twoOverPi[0] >> uint(-at)
		}
		w, s := at/64, uint(at%64)
		v := twoOverPi[w] << s
		if s > 0 && w+1 < len(twoOverPi) {
			v |= twoOverPi[w+1] >> (64 - s)
		}
		return v
	}
	// The product modulo 2^192, its top two bits the quadrant.
	h2, l2 := bits.Mul64(m, word(2))
	h1, l1 := bits.Mul64(m, word(1))
	l0 := m * word(0)
	h3, _ := bits.Mul64(m, word(3))
	f2, carry := bits.Add64(l2, h3, 0)
	f1, carry := bits.Add64(l1, h2, carry)
	f0, _ := bits.Add64(l0, h1, carry)

	n = int(f0 >> 62)
	f0 = f0<<2 | f1>>62
	f1 = f1<<2 | f2>>62
	f2 <<= 2
	// To the nearest quadrant: a fraction of a half or more counts back from the
	// next one.
	negative := f0>>63 == 1
	if negative {
		n++
		f2, carry = bits.Sub64(0, f2, 0)
		f1, carry = bits.Sub64(0, f1, carry)
		f0, _ = bits.Sub64(0, f0, carry)
	}
	zeros := bits.LeadingZeros64(f0)
	if zeros == 64 {
		f0, f1, f2 = f1, f2, 0
		zeros = 64 + bits.LeadingZeros64(f0)
	}
	s := uint(zeros % 64)
	if s > 0 {
		f0 = f0<<s | f1>>(64-s)
		f1 = f1<<s | f2>>(64-s)
	}
	high := float64(f0>>11) * 0x1p-53
	rest := float64(f0<<53|f1>>11) * 0x1p-117

	const (
		pio2High = 0x1.921fb54442d18p+0
		pio2Low  = 0x1.1a62633145c07p-54
	)
	p, err := product(high, pio2High)
	err += float64(high*pio2Low) + float64(rest*pio2High)
	y = p + err
	low = (p - y) + err
	scale := math.Float64frombits(uint64(0x3ff-zeros) << 52)
	y, low = y*scale, low*scale
	if negative {
		y, low = -y, -low
	}
	if b>>63 == 1 {
		return -n, -y, -low
	}
	return n, y, low
}
