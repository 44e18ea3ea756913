package fpmath

import "math"

const (
	logOffset = 0x3fe6955500000000 // bits of 0.7057, where the table begins
	ln2High   = 0x1.62e42fefa3800p-1
	ln2Low    = 0x1.ef35793c76730p-45

	// log(1+r) = r - r*r/2 + r^3*(...), coefficients scaled by powers of -1/2.
	logA1 = -0x1.5555555555558p-1
	logA2 = 0x1.0000000000002p-1
	logA3 = 0x1.9999999745fb1p-1
	logA4 = -0x1.555555533d469p-1
	logA5 = -0x1.24952974d848dp+0
	logA6 = 0x1.000296aebdc3ep+0
)

// logParts returns log(x) as a sum of two numbers, exact to about 2^-67 of the
// value, for the bits of a positive normal number; a subnormal's bits may come
// normalised with an exponent below zero.
func logParts(ix uint64) (high, low float64) {
	tmp := ix - logOffset
	e := &logTable[tmp>>45&127]
	k := float64(int64(tmp) >> 52)
	iz := ix - tmp&(0xfff<<52)
	z := math.Float64frombits(iz)

	// z splits so that zh*inverse is exact.
	zh := math.Float64frombits((iz + 1<<31) & (0xffffffff << 32))
	zl := z - zh
	rh := float64(zh*e.inverse) - 1
	rl := float64(zl * e.inverse)
	r := rh + rl

	t1 := float64(k*ln2High) + e.high
	t2 := t1 + r
	lo1 := float64(k*ln2Low) + e.low
	lo2 := (t1 - t2) + r

	ar := float64(-0.5 * r)
	ar2 := float64(r * ar)
	ar3 := float64(r * ar2)
	arh := float64(-0.5 * rh)
	arh2 := float64(rh * arh)
	hi := t2 + arh2
	lo3 := float64(rl * (ar + arh))
	lo4 := (t2 - hi) + arh2
	p := float64(ar3 * (muladd(r, logA2, logA1) + float64(ar2*(muladd(r, logA4, logA3)+float64(ar2*muladd(r, logA6, logA5))))))
	lo := lo1 + lo2 + lo3 + lo4 + p
	y := hi + lo
	return y, (hi - y) + lo
}

// logRare is the logarithm of what is not a positive normal number.
func logRare(x float64) float64 {
	switch {
	case x == 0:
		return math.Inf(-1)
	case x != x || x > math.MaxFloat64:
		return x
	case x < 0:
		return math.NaN()
	}
	y, _ := logParts(math.Float64bits(x*0x1p52) - 52<<52)
	return y
}

// rareLog tells whether bits are not those of a positive normal number.
func rareLog(bits uint64) bool {
	return bits-1<<52 >= 0x7fe<<52
}

// Log returns the natural logarithm of x. The error is below 0.52 ulp.
//
//	Log(+Inf) = +Inf, Log(0) = -Inf, Log(x < 0) = NaN, Log(NaN) = NaN
func Log(x float64) float64 {
	ix := math.Float64bits(x)
	if rareLog(ix) {
		return logRare(x)
	}
	y, _ := logParts(ix)
	return y
}

// LogInto writes Log(x[i]) to dst[i] for every i of x. dst must be at least as
// long as x and may be x itself.
func LogInto(dst, x []float64) {
	dst = dst[:len(x)]
	for n, x := range x {
		ix := math.Float64bits(x)
		if rareLog(ix) {
			dst[n] = logRare(x)
			continue
		}
		// The same steps as logParts, here so that the loop makes no call.
		tmp := ix - logOffset
		e := &logTable[tmp>>45&127]
		k := float64(int64(tmp) >> 52)
		iz := ix - tmp&(0xfff<<52)
		z := math.Float64frombits(iz)
		zh := math.Float64frombits((iz + 1<<31) & (0xffffffff << 32))
		zl := z - zh
		rh := float64(zh*e.inverse) - 1
		rl := float64(zl * e.inverse)
		r := rh + rl
		t1 := float64(k*ln2High) + e.high
		t2 := t1 + r
		lo1 := float64(k*ln2Low) + e.low
		lo2 := (t1 - t2) + r
		ar := float64(-0.5 * r)
		ar2 := float64(r * ar)
		ar3 := float64(r * ar2)
		arh := float64(-0.5 * rh)
		arh2 := float64(rh * arh)
		hi := t2 + arh2
		lo3 := float64(rl * (ar + arh))
		lo4 := (t2 - hi) + arh2
		p := float64(ar3 * (muladd(r, logA2, logA1) + float64(ar2*(muladd(r, logA4, logA3)+float64(ar2*muladd(r, logA6, logA5))))))
		lo := lo1 + lo2 + lo3 + lo4 + p
		dst[n] = hi + lo
	}
}

const (
	invLn10High = 0x1.bcb7b1526e50ep-2
	invLn10Low  = 0x1.95355baaafad3p-57
	invLn2High  = 0x1.71547652b82fep+0
	invLn2Low   = 0x1.777d0ffda0d24p-56
)

// Log10 returns the decimal logarithm of x; exact for powers of ten. The
// special values are those of [Log].
func Log10(x float64) float64 { return logTo(x, invLn10High, invLn10Low) }

// Log2 returns the binary logarithm of x; exact for powers of two. The special
// values are those of [Log].
func Log2(x float64) float64 { return logTo(x, invLn2High, invLn2Low) }

// logTo returns log(x) times a factor given in two parts.
func logTo(x, high, low float64) float64 {
	ix := math.Float64bits(x)
	if rareLog(ix) {
		if !(x > 0 && x <= math.MaxFloat64) {
			return logRare(x)
		}
		ix = math.Float64bits(x*0x1p52) - 52<<52
	}
	lh, ll := logParts(ix)
	if lh == 0 {
		return 0
	}
	p, e := product(lh, high)
	e += float64(lh*low) + float64(ll*high)
	return p + e
}
