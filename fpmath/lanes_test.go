package fpmath

import (
	"math"
	"math/rand/v2"
	"testing"
)

// one is a machine of one lane.
type one struct{}

func wordOf(x float64) uint64   { return math.Float64bits(x) }
func numberOf(b uint64) float64 { return math.Float64frombits(b) }
func mask(b bool) uint64 {
	if b {
		return 1<<64 - 1
	}
	return 0
}

func (one) Constant(x float64) uint64             { return wordOf(x) }
func (one) Word(b uint64) uint64                  { return b }
func (one) Add(a, b uint64) uint64                { return wordOf(numberOf(a) + numberOf(b)) }
func (one) Subtract(a, b uint64) uint64           { return wordOf(numberOf(a) - numberOf(b)) }
func (one) Multiply(a, b uint64) uint64           { return wordOf(numberOf(a) * numberOf(b)) }
func (one) Divide(a, b uint64) uint64             { return wordOf(numberOf(a) / numberOf(b)) }
func (one) SquareRoot(a uint64) uint64            { return wordOf(math.Sqrt(numberOf(a))) }
func (one) Xor(a, b uint64) uint64                { return a ^ b }
func (one) And(a, b uint64) uint64                { return a & b }
func (one) Or(a, b uint64) uint64                 { return a | b }
func (one) AddWords(a, b uint64) uint64           { return a + b }
func (one) SubtractWords(a, b uint64) uint64      { return a - b }
func (one) ShiftLeft(a uint64, by uint8) uint64   { return a << by }
func (one) ShiftRight(a uint64, by uint8) uint64  { return a >> by }
func (one) Read(t *Table, i uint64, o int) uint64 { return t.Words[i+uint64(o)] }
func (one) Less(a, b uint64) uint64               { return mask(numberOf(a) < numberOf(b)) }
func (one) NotLess(a, b uint64) uint64            { return mask(!(numberOf(a) < numberOf(b))) }
func (one) Either(a, b uint64) uint64             { return a | b }
func (one) Choose(m, a, b uint64) uint64 {
	if m != 0 {
		return a
	}
	return b
}

// hard is a number at an edge of some path, or random in size.
func hard(r *rand.Rand) float64 {
	edges := []float64{0, math.Copysign(0, -1), 1, -1, 2, 0.5, math.NaN(), math.Inf(1), math.Inf(-1), 512, 511.9, -512, -511.9, 709, 745, -745,
		0x1p-54, -0x1p-54, 0x1.fffffffffffffp-55, -0x1.fffffffffffffp-55, 0x1p-1022, 0x1p-1074, 0x1.fffffffffffffp-1023, math.MaxFloat64, 0x1p63, 0x1p-65, 0x1p53, 1 << 54, -0x1.fffffffffffffp-1, 0x1p-29, -0x1p-30, 0.4142, -0.2928, 1e-300, 0.7057, 3}
	switch r.IntN(5) {
	case 0:
		return edges[r.IntN(len(edges))]
	case 1:
		return math.Float64frombits(r.Uint64())
	case 2:
		return 1 + (r.Float64()-0.5)*math.Pow(2, -float64(r.IntN(54)))
	}
	return (r.Float64() - 0.3) * math.Pow(2, float64(r.IntN(14)-4))
}

// TestLanes compares the steps for lanes with the functions, bit for bit.
func TestLanes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rares := 0
	check := func(name string, got, rare uint64, want float64, arguments ...float64) {
		if rare != 0 {
			rares++
			return
		}
		if got != wordOf(want) {
			t.Fatalf("%s of %v: %x, expected %x", name, arguments, got, wordOf(want))
		}
	}
	const count = 400000
	for range count {
		x, y := hard(r), hard(r)
		z, rare := ExpLanes(one{}, wordOf(x))
		check("exp", z, rare, Exp(x), x)
		z, rare = LogLanes(one{}, wordOf(x))
		check("log", z, rare, Log(x), x)
		z, rare = Log1pLanes(one{}, wordOf(x))
		check("log1p", z, rare, Log1p(x), x)
		z, rare = PowLanes(one{}, wordOf(math.Abs(x)), wordOf(y))
		check("pow", z, rare, Pow(math.Abs(x), y), math.Abs(x), y)
	}
	for range count {
		p := r.Float64()
		if r.IntN(10) == 0 {
			p = hard(r)
		}
		z, rare := NormalQuantileLanes(one{}, wordOf(p))
		check("normal quantile", z, rare, NormalQuantile(p), p)
	}
	if rares > 5*count/2 {
		t.Errorf("%d of %d values are rare: nothing is tested", rares, 5*count)
	}
	for _, x := range []float64{0, -0.5, 1, 100, 511, 1e-300} {
		if _, rare := ExpLanes(one{}, wordOf(x)); rare != 0 {
			t.Errorf("exp of %v is rare", x)
		}
	}
	for _, c := range [][2]float64{{1, 0}, {2, 0.5}, {0.3, 7}, {5, -3}} {
		if _, rare := PowLanes(one{}, wordOf(c[0]), wordOf(c[1])); rare != 0 {
			t.Errorf("pow of %v is rare", c)
		}
	}
}
