package fpmath

import "math"

// Table is a list of 64-bit words that lanes read by index.
type Table struct {
	// Name tells tables apart.
	Name  string
	Words []uint64
}

// Lanes is a machine that does the same operation on many numbers at once: each
// lane of a value V is a float64 or 64 bits. A mask is a V too, made by a
// comparison and used by Choose and Either. All operations are those of IEEE 754
// with one rounding, or exact on the bits, so that a machine cannot differ from
// the functions of this package.
type Lanes[V any] interface {
	Constant(x float64) V
	Word(bits uint64) V
	Add(a, b V) V
	Subtract(a, b V) V
	Multiply(a, b V) V
	Divide(a, b V) V
	SquareRoot(a V) V
	// And, AddWords and SubtractWords work on the bits; so do the shifts, which
	// fill with zeros.
	And(a, b V) V
	Or(a, b V) V
	Xor(a, b V) V
	AddWords(a, b V) V
	SubtractWords(a, b V) V
	ShiftLeft(a V, by uint8) V
	ShiftRight(a V, by uint8) V
	// Read gives the words at index + offset. The index must be inside the table.
	Read(t *Table, index V, offset int) V
	// Less is a mask, false for a NaN; NotLess is its opposite.
	Less(a, b V) V
	NotLess(a, b V) V
	Either(a, b V) V
	Choose(mask, then, otherwise V) V
}

var (
	expWords = &Table{"exp", expTable[:]}
	logWords = &Table{"log", widen(logTable[:])}
)

// widen lays the table of the logarithm out in rows of four words.
func widen(entries []logEntry) []uint64 {
	words := make([]uint64, 0, 4*len(entries))
	for _, e := range entries {
		words = append(words, math.Float64bits(e.inverse), math.Float64bits(e.high), math.Float64bits(e.low), 0)
	}
	return words
}

// size is the absolute value.
func size[V any](m Lanes[V], x V) V { return m.And(x, m.Word(1<<63-1)) }

// expSum is the main path of Exp for x + low, without a low if it is nil.
func expSum[V any](m Lanes[V], x V, low *V) V {
	z := m.Multiply(m.Constant(invLn2N), x)
	kd := m.Add(z, m.Constant(shift))
	ki := kd
	kd = m.Subtract(kd, m.Constant(shift))
	r := m.Subtract(m.Subtract(x, m.Multiply(kd, m.Constant(ln2NHigh))), m.Multiply(kd, m.Constant(ln2NLow)))
	if low != nil {
		r = m.Add(r, *low)
	}
	i := m.ShiftLeft(m.And(ki, m.Word(127)), 1)
	tail := m.Read(expWords, i, 0)
	scale := m.AddWords(m.Read(expWords, i, 1), m.ShiftLeft(ki, 45))
	r2 := m.Multiply(r, r)
	t := m.Add(tail, r)
	t = m.Add(t, m.Multiply(r2, m.Add(m.Multiply(r, m.Constant(expC3)), m.Constant(expC2))))
	t = m.Add(t, m.Multiply(m.Multiply(r2, r2), m.Add(m.Multiply(r, m.Constant(expC5)), m.Constant(expC4))))
	return m.Add(scale, m.Multiply(scale, t))
}

// ExpLanes is [Exp] step by step, right in every lane but those of the mask
// rare: sizes of 512 or more and NaN. (For a tiny x the steps give 1 + x too.)
func ExpLanes[V any](m Lanes[V], x V) (y, rare V) {
	return expSum(m, x, nil), m.NotLess(size(m, x), m.Constant(512))
}

// logSum is logParts; rare marks what is not a positive normal number.
func logSum[V any](m Lanes[V], x V) (high, low, rare V) {
	tmp := m.SubtractWords(x, m.Word(logOffset))
	i := m.ShiftLeft(m.And(m.ShiftRight(tmp, 45), m.Word(127)), 2)
	inverse, eHigh, eLow := m.Read(logWords, i, 0), m.Read(logWords, i, 1), m.Read(logWords, i, 2)
	// The exponent, made positive, in the low bits of a number of size 2^52.
	biased := m.ShiftRight(m.AddWords(tmp, m.Word(1<<63)), 52)
	k := m.Subtract(m.Or(biased, m.Constant(0x1p52)), m.Constant(0x1p52+2048))
	iz := m.SubtractWords(x, m.And(tmp, m.Word(0xfff<<52)))
	zh := m.And(m.AddWords(iz, m.Word(1<<31)), m.Word(0xffffffff<<32))
	zl := m.Subtract(iz, zh)
	rh := m.Subtract(m.Multiply(zh, inverse), m.Constant(1))
	rl := m.Multiply(zl, inverse)
	r := m.Add(rh, rl)
	t1 := m.Add(m.Multiply(k, m.Constant(ln2High)), eHigh)
	t2 := m.Add(t1, r)
	lo1 := m.Add(m.Multiply(k, m.Constant(ln2Low)), eLow)
	lo2 := m.Add(m.Subtract(t1, t2), r)
	half := m.Constant(-0.5)
	ar := m.Multiply(half, r)
	ar2 := m.Multiply(r, ar)
	ar3 := m.Multiply(r, ar2)
	arh := m.Multiply(half, rh)
	arh2 := m.Multiply(rh, arh)
	hi := m.Add(t2, arh2)
	lo3 := m.Multiply(rl, m.Add(ar, arh))
	lo4 := m.Add(m.Subtract(t2, hi), arh2)
	line := func(a2, a1 float64) V { return m.Add(m.Multiply(r, m.Constant(a2)), m.Constant(a1)) }
	p := m.Multiply(ar3, m.Add(line(logA2, logA1), m.Multiply(ar2, m.Add(line(logA4, logA3), m.Multiply(ar2, line(logA6, logA5))))))
	lo := m.Add(m.Add(m.Add(m.Add(lo1, lo2), lo3), lo4), p)
	y := m.Add(hi, lo)
	// Less than the least normal number: zeros, subnormals, negative numbers. Not
	// less than infinity: that and NaN.
	rare = m.Either(m.Less(x, m.Constant(0x1p-1022)), m.NotLess(x, m.Constant(math.Inf(1))))
	return y, m.Add(m.Subtract(hi, y), lo), rare
}

// LogLanes is [Log] step by step, right in every lane but those of the mask
// rare: what is not a positive normal number.
func LogLanes[V any](m Lanes[V], x V) (y, rare V) {
	y, _, rare = logSum(m, x)
	return y, rare
}

// PowLanes is [Pow] step by step, right in every lane but those of the mask
// rare: an x that is not a positive normal number, a y of 2^63 or more or NaN, a
// result near the ends of the range.
func PowLanes[V any](m Lanes[V], x, y V) (z, rare V) {
	high, low, rareX := logSum(m, x)
	half := m.Word(1<<64 - 1<<27)
	yh := m.And(y, half)
	yl := m.Subtract(y, yh)
	lh := m.And(high, half)
	ll := m.Add(m.Subtract(high, lh), low)
	eh := m.Multiply(yh, lh)
	el := m.Add(m.Multiply(yl, lh), m.Multiply(y, ll))
	z = expSum(m, eh, &el)
	size1 := size(m, eh)
	z = m.Choose(m.Less(size1, m.Constant(0x1p-54)), m.Constant(1), z)
	rare = m.Either(rareX, m.NotLess(size1, m.Constant(512)))
	return z, m.Either(rare, m.NotLess(size(m, y), m.Constant(0x1p63)))
}

// polynomialLanes is polynomial.
func polynomialLanes[V any](m Lanes[V], x V, c []float64) V {
	p := m.Constant(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		p = m.Add(m.Multiply(p, x), m.Constant(c[i]))
	}
	return p
}

// NormalQuantileLanes is [NormalQuantile] step by step, right in every lane but
// those of the mask rare: a p not inside (0, 1), or so near its ends that it is
// met once in 10^11 draws.
func NormalQuantileLanes[V any](m Lanes[V], p V) (x, rare V) {
	q := m.Subtract(p, m.Constant(0.5))
	r := m.Subtract(m.Constant(0.180625), m.Multiply(q, q))
	middle := m.Divide(m.Multiply(q, polynomialLanes(m, r, normalA)), polynomialLanes(m, r, normalB))

	tail := m.Choose(m.Less(m.Constant(0), q), m.Subtract(m.Constant(1), p), p)
	logarithm, rare := LogLanes(m, tail)
	r = m.SquareRoot(m.Xor(logarithm, m.Word(1<<63)))
	rare = m.Either(rare, m.Less(m.Constant(5), r))
	r = m.Subtract(r, m.Constant(1.6))
	end := m.Divide(polynomialLanes(m, r, normalC), polynomialLanes(m, r, normalD))
	end = m.Or(size(m, end), m.And(q, m.Word(1<<63)))
	return m.Choose(m.Less(m.Constant(0.425), size(m, q)), end, middle), rare
}

// Log1pLanes is [Log1p] step by step, right in every lane but those of the mask
// rare: -1 and below, infinity and NaN.
func Log1pLanes[V any](m Lanes[V], x V) (y, rare V) {
	one, zero, huge := m.Constant(1), m.Constant(0), m.Constant(1<<53)
	sizeX := size(m, x)
	u := m.Choose(m.Less(sizeX, huge), m.Add(one, x), x)
	// The exponent as in logSum, and the mantissa in [1, 2).
	e := m.Subtract(m.Or(m.ShiftRight(u, 52), m.Constant(0x1p52)), m.Constant(0x1p52+1023))
	mantissa := m.Or(m.And(u, m.Word(1<<52-1)), one)
	c := m.Choose(m.Less(zero, e), m.Subtract(one, m.Subtract(u, x)), m.Subtract(x, m.Subtract(u, one)))
	c = m.Choose(m.Less(sizeX, huge), m.Divide(c, u), zero)
	low := m.Less(mantissa, m.Word(0x3ff6a09e667f3bcd)) // the square root of 2
	f := m.Subtract(m.Choose(low, mantissa, m.Multiply(mantissa, m.Constant(0.5))), one)
	k := m.Choose(low, e, m.Add(e, one))
	near := func(then, otherwise V) V {
		return m.Choose(m.Less(m.Constant(sqrt2HalfM1), x), m.Choose(m.Less(x, m.Constant(sqrt2M1)), then, otherwise), otherwise)
	}
	f, k, c = near(x, f), near(zero, k), near(zero, c)

	half := m.Multiply(m.Constant(0.5), m.Multiply(f, f))
	s := m.Divide(f, m.Add(m.Constant(2), f))
	z := m.Multiply(s, s)
	r := m.Multiply(z, polynomialLanes(m, z, log1pL))
	inner := m.Multiply(s, m.Add(half, r))
	plain := m.Subtract(f, m.Subtract(half, inner))
	low1 := m.Add(inner, m.Add(m.Multiply(k, m.Constant(sunLn2Low)), c))
	y = m.Subtract(m.Multiply(k, m.Constant(sunLn2High)), m.Subtract(m.Subtract(half, low1), f))
	y = m.Choose(m.Less(zero, size(m, k)), y, m.Choose(m.Less(zero, size(m, c)), y, plain))
	// For a tiny x the square is lost, as it should be.
	tiny := m.Subtract(x, m.Multiply(m.Multiply(x, x), m.Constant(0.5)))
	y = m.Choose(m.Less(sizeX, m.Constant(0x1p-29)), tiny, y)
	return y, m.Either(m.NotLess(x, m.Constant(math.Inf(1))), m.Less(x, m.Constant(-0x1.fffffffffffffp-1)))
}
