package native

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/cpu"

	"handover/engine/amd64"
	"handover/engine/lookup"
	"handover/fpmath"
)

// forms are those that this processor runs.
func forms(t *testing.T) []amd64.Form {
	t.Helper()
	var list []amd64.Form
	if cpu.X86.HasAVX2 {
		list = append(list, amd64.VEX256)
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512BW {
		list = append(list, amd64.EVEX512)
	} else {
		t.Log("AVX-512 is not tested: this processor does not have it")
	}
	if list == nil {
		t.Skip("this processor has no AVX2")
	}
	return list
}

func formName(f amd64.Form) string {
	return map[amd64.Form]string{amd64.VEX256: "AVX2", amd64.EVEX512: "AVX-512"}[f]
}

func outside(f Function, x, x2, y []float64) {
	for i := range y {
		switch f {
		case Exp:
			y[i] = fpmath.Exp(x[i])
		case Log:
			y[i] = fpmath.Log(x[i])
		case Power:
			y[i] = fpmath.Pow(x[i], x2[i])
		case Log1p:
			y[i] = fpmath.Log1p(x[i])
		case NormalQuantile:
			y[i] = fpmath.NormalQuantile(x[i])
		}
	}
}

// oracle runs the nodes of a builder one lane at a time.
func oracle(b *Builder, state []float64, lanes int, between func(state []float64, pauses int)) {
	pauses := 0
	values := make([][]uint64, len(b.nodes))
	for v, n := range b.nodes {
		if n.kind == pause {
			between(state, pauses)
			pauses++
			continue
		}
		values[v] = make([]uint64, lanes)
		for l := range lanes {
			var in [4]uint64
			for i, o := range [...]Value{n.a, n.b, n.c, n.d} {
				if o < 0 {
					continue
				}
				if b.nodes[o].kind == words {
					in[i] = b.nodes[o].imm
				} else {
					in[i] = values[o][l]
				}
			}
			switch n.kind {
			case constant:
				values[v][l] = n.imm
			case words:
			case load:
				values[v][l] = math.Float64bits(state[int(n.imm)*lanes+l])
			case store:
				state[int(n.imm>>1)*lanes+l] = math.Float64frombits(in[0])
			case repair:
				y := []float64{0}
				outside(Function(n.imm), []float64{math.Float64frombits(in[2])}, []float64{math.Float64frombits(in[3])}, y)
				values[v][l] = in[0]
				if in[1] != 0 {
					values[v][l] = math.Float64bits(y[0])
				}
			default:
				values[v][l] = b.unit.evaluate(n, [3]uint64(in[:3]))
			}
		}
	}
}

var edges = []float64{0, math.Copysign(0, -1), 1, -1, 2, 0.5, -3.25, math.NaN(), math.Inf(1), math.Inf(-1), 600, -600, 1e300, -1e-310, 0x1p-1074, math.MaxFloat64, 1e18, 7, 0.1}

// most is how often a random routine pauses at most.
const most = 8

// build makes a random routine: it reads slots 0 to 7 and writes the others.
func build(b *Builder, r *rand.Rand, slots, count int) {
	known := []Value{}
	masks := []Value{}
	pick := func() Value {
		if r.IntN(6) == 0 {
			return b.Constant(edges[r.IntN(len(edges))])
		}
		if r.IntN(3) == 0 {
			return known[max(0, len(known)-1-r.IntN(6))]
		}
		return known[r.IntN(len(known))]
	}
	mask := func() Value { return masks[r.IntN(len(masks))] }
	for s := range int32(8) {
		known = append(known, b.Load(s))
	}
	masks = append(masks, b.Less(known[0], known[1]))
	lookups := []lookup.Table{
		lookup.New([]float64{0, 1, 3}, []float64{1, 2, 2.5}, lookup.Lines),
		lookup.New([]float64{-1, 0.5}, []float64{4, -2}, lookup.LinesBeyond),
		lookup.New([]float64{0, 1, 1, 2, 5}, []float64{1, 2, 5, 7, 9}, lookup.PointBefore),
		lookup.New([]float64{-10, 1, 1.5, 2, 5}, []float64{1, 2, 5, 7, 9}, lookup.PointAfter),
		lookup.New([]float64{5}, []float64{3}, lookup.Lines),
	}
	for _, n := range []int{8, 9, 11, 16, 17, 26, 40} {
		var x, y []float64
		at, uneven := -3.0, float64(r.IntN(2))
		for range n {
			at += 0.1 + uneven*r.Float64()
			x, y = append(x, at), append(y, r.NormFloat64())
		}
		lookups = append(lookups, lookup.New(x, y, lookup.Kind(r.IntN(4))))
	}
	next, pauses := int32(8), 0
	for range count {
		var v Value
		switch r.IntN(29) {
		case 0, 1:
			v = b.Add(pick(), pick())
		case 28:
			v = b.Log1p(pick())
		case 26:
			v = b.NormalQuantile(b.Absolute(pick()))
		case 27:
			// The bits of a NaN are not fixed, so none must get in.
			x, y := pick(), pick()
			v = b.MultiplyHalves(b.Choose(b.Compare(amd64.Unordered, x, y), b.Constant(0.3), x), b.Word(0xD2511F53))
		case 2, 3:
			v = b.Subtract(pick(), pick())
		case 4, 5:
			v = b.Multiply(pick(), pick())
		case 6:
			v = b.Divide(pick(), pick())
		case 7:
			v = b.Minimum(pick(), pick())
		case 8:
			v = b.Maximum(pick(), pick())
		case 9:
			v = b.Exp(pick())
		case 10:
			v = b.Log(pick())
		case 11:
			v = b.Power(pick(), pick())
		case 12:
			v = b.Floor(pick())
		case 13:
			v = b.SquareRoot(pick())
		case 14:
			v = b.Absolute(pick())
		case 15:
			v = b.Negate(pick())
		case 16:
			masks = append(masks, b.Compare(amd64.Predicate(r.IntN(7)), pick(), pick()))
			continue
		case 17:
			switch r.IntN(3) {
			case 0:
				masks = append(masks, b.Both(mask(), mask()))
			case 1:
				masks = append(masks, b.Either(mask(), mask()))
			default:
				masks = append(masks, b.Not(mask()))
			}
			continue
		case 18:
			v = b.Truth(mask())
		case 19:
			v = b.Choose(mask(), pick(), pick())
		case 20:
			v = b.Select(pick(), pick(), pick())
		case 21:
			v = b.LogicalAnd(pick(), b.LogicalNot(pick()))
		case 22:
			v = b.LogicalOr(pick(), pick())
		case 23:
			v = b.Lookup(&lookups[r.IntN(len(lookups))], pick())
		case 24:
			b.Store(next, pick(), true)
			if next++; int(next) == slots {
				return
			}
			continue
		case 25:
			if r.IntN(10) == 0 && pauses < most {
				b.Pause()
				v = b.Load(int32(slots + pauses)) // what code outside wrote
				pauses++
			} else {
				v = b.Multiply(b.Constant(0.5), pick())
			}
		}
		known = append(known, v)
	}
	for int(next) < slots {
		b.Store(next, pick(), true)
		next++
	}
}

// TestAgainstOracle runs random routines and compares every stored bit; NaN has
// many, and counts as one.
func TestAgainstOracle(t *testing.T) {
	for _, form := range forms(t) {
		t.Run(formName(form), func(t *testing.T) {
			for seed := range uint64(400) {
				if err := compareRoutine(form, seed); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		})
	}
}

func compareRoutine(form amd64.Form, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 1))
	const slots, lanes = 60, 16
	u, err := NewUnit(form, slots+most, lanes)
	if err != nil {
		return err
	}
	b := u.NewBuilder()
	build(b, r, slots, 20+r.IntN(400))
	routine, err := b.Compile()
	if err != nil {
		return err
	}
	if err := u.Seal(); err != nil {
		return err
	}
	s, err := u.NewState()
	if err != nil {
		return err
	}
	for i := range s.Floats {
		if s.Floats[i] = r.NormFloat64() * 3; r.IntN(4) == 0 {
			s.Floats[i] = edges[r.IntN(len(edges))]
		}
	}
	want := append([]float64{}, s.Floats...)
	between := func(state []float64, pauses int) {
		for l := range lanes {
			state[(slots+pauses)*lanes+l] = state[l]*1.5 + 1
		}
	}
	oracle(b, want, lanes, between)
	for segment := range routine.Segments() {
		if segment > 0 {
			between(s.Floats, segment-1)
		}
		s.Run(routine, segment, lanes, outside)
	}
	for i, x := range s.Floats {
		if math.Float64bits(x) != math.Float64bits(want[i]) && (x == x || want[i] == want[i]) {
			return fmt.Errorf("slot %d, lane %d: %v, expected %v", i/lanes, i%lanes, x, want[i])
		}
	}
	return nil
}
