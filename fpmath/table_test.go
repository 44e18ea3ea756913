package fpmath

import (
	"math"
	"math/big"
	"testing"
)

const precision = 300

func number(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

// bigLog is log(x) for 0 < x < 4: 2 artanh((x-1)/(x+1)).
func bigLog(x *big.Float) *big.Float {
	one := number(1)
	s := new(big.Float).Quo(new(big.Float).Sub(x, one), new(big.Float).Add(x, one))
	z := new(big.Float).Mul(s, s)
	sum, power := number(0), new(big.Float).Copy(s)
	for k := 1.0; k < 1200; k += 2 {
		sum.Add(sum, new(big.Float).Quo(power, number(k)))
		power.Mul(power, z)
	}
	return sum.Mul(sum, number(2))
}

// bigExp is exp(x) for |x| < 800, by the power series of x/4096 squared 12 times.
func bigExp(x *big.Float) *big.Float {
	small := new(big.Float).SetPrec(precision+64).Quo(x, number(4096))
	sum, term := number(1).SetPrec(precision+64), number(1).SetPrec(precision+64)
	for k := 1.0; k < 80; k++ {
		term.Mul(term, small)
		term.Quo(term, number(k))
		sum.Add(sum, term)
	}
	for range 12 {
		sum.Mul(sum, sum)
	}
	return sum
}

func nearest(x *big.Float) float64 {
	v, _ := x.Float64()
	return v
}

func TestTables(t *testing.T) {
	ln2 := bigLog(number(2))
	for i := range 128 {
		x := new(big.Float).Mul(ln2, number(float64(i)/128))
		exact := bigExp(x)
		value := nearest(exact)
		if got := math.Float64frombits(expTable[2*i+1] + uint64(i)<<45); got != value {
			t.Errorf("expTable value %d is %x, want %x", i, got, value)
		}
		rest := new(big.Float).Sub(exact, number(value))
		tail := nearest(rest.Quo(rest, exact))
		if got := math.Float64frombits(expTable[2*i]); math.Abs(got-tail) > 1e-30 {
			t.Errorf("expTable tail %d is %x, want %x", i, got, tail)
		}
	}
	for i, e := range logTable {
		exact := bigLog(number(e.inverse))
		exact.Neg(exact)
		if scaled := e.high * 0x1p43; scaled != math.Floor(scaled) {
			t.Errorf("logTable high %d is not a multiple of 2^-43", i)
		}
		rest := nearest(new(big.Float).Sub(exact, number(e.high)))
		if math.Abs(rest-e.low) > 1e-28 || math.Abs(e.low) > 0x1p-44 {
			t.Errorf("logTable low %d is %x, want %x", i, e.low, rest)
		}
		if e.inverse*256 != math.Floor(e.inverse*256) {
			t.Errorf("logTable inverse %d has too many bits", i)
		}
		for _, edge := range []uint64{0, 1<<45 - 1} {
			z := math.Float64frombits(logOffset + uint64(i)<<45 + edge)
			if r := z*e.inverse - 1; math.Abs(r) > 0x1.79p-8 {
				t.Errorf("logTable interval %d: remainder %v", i, r)
			}
		}
	}
}

// TestAgainstBig compares exp, log and pow with 300-bit arithmetic at many
// random places.
func TestAgainstBig(t *testing.T) {
	next := generator(1)
	ln2 := bigLog(number(2))
	logOf := func(x float64) *big.Float {
		m, e := math.Frexp(x)
		l := bigLog(number(m))
		return l.Add(l, new(big.Float).Mul(ln2, number(float64(e))))
	}
	off := func(got float64, want *big.Float) float64 {
		d := new(big.Float).Sub(number(got), want)
		return math.Abs(nearest(d.Quo(d, number(ulp(nearest(want))))))
	}
	var worst [3]float64
	for i := range 700 {
		x := (next() - 0.5) * 1400
		if i%2 == 0 {
			x = (next() - 0.5) * 4
		}
		worst[0] = math.Max(worst[0], off(Exp(x), bigExp(number(x))))
		y := math.Exp2(next()*2000 - 1000)
		if i%2 == 0 {
			y = 0.9 + 0.2*next()
		}
		l := logOf(y)
		worst[1] = math.Max(worst[1], off(Log(y), l))
		p := (next() - 0.5) * 1400 / nearest(l)
		worst[2] = math.Max(worst[2], off(Pow(y, p), bigExp(new(big.Float).Mul(l, number(p)))))
	}
	for i, name := range []string{"Exp", "Log", "Pow"} {
		if worst[i] > bounds[name] || worst[i] < 0.3 {
			t.Errorf("%s is off by %.4f ulp at worst, allowed %v", name, worst[i], bounds[name])
		}
	}
}
