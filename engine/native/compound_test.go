package native

import (
	"math"
	"testing"

	"handover/engine/amd64"
	"handover/fpmath"
)

// onEdges runs a routine over pairs of edge values, as slots 0 and 1, and checks
// slot 2 against a function.
func onEdges(t *testing.T, form amd64.Form, name string, build func(b *Builder, x, y Value) Value, want func(x, y float64) float64) {
	t.Helper()
	const lanes = 8
	u, err := NewUnit(form, 3, lanes)
	if err != nil {
		t.Fatal(err)
	}
	b := u.NewBuilder()
	b.Store(2, build(b, b.Load(0), b.Load(1)), true)
	r, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Seal(); err != nil {
		t.Fatal(err)
	}
	s, err := u.NewState()
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(edges) {
		for j := 0; j < len(edges); j += lanes {
			for l := range lanes {
				s.Floats[l], s.Floats[lanes+l] = edges[i], edges[(j+l)%len(edges)]
			}
			s.Run(r, 0, lanes, outside)
			for l := range lanes {
				x, y, got := s.Floats[l], s.Floats[lanes+l], s.Floats[2*lanes+l]
				if w := want(x, y); math.Float64bits(got) != math.Float64bits(w) && (got == got || w == w) {
					t.Fatalf("%s of %v and %v: %v, expected %v", name, x, y, got, w)
				}
			}
		}
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// TestOperations compares every operation of the model languages with Go's.
func TestOperations(t *testing.T) {
	operations := map[string]struct {
		build func(b *Builder, x, y Value) Value
		want  func(x, y float64) float64
	}{
		"add":      {(*Builder).Add, func(x, y float64) float64 { return x + y }},
		"subtract": {(*Builder).Subtract, func(x, y float64) float64 { return x - y }},
		"multiply": {(*Builder).Multiply, func(x, y float64) float64 { return x * y }},
		"divide":   {(*Builder).Divide, func(x, y float64) float64 { return x / y }},
		"min":      {(*Builder).Minimum, func(x, y float64) float64 { return min(x, y) }},
		"max":      {(*Builder).Maximum, func(x, y float64) float64 { return max(x, y) }},
		"power": {(*Builder).Power, func(x, y float64) float64 {
			if y == 2 {
				return x * x
			}
			return fpmath.Pow(x, y)
		}},
		"and": {(*Builder).LogicalAnd, func(x, y float64) float64 { return oneIf(x != 0 && y != 0) }},
		"or":  {(*Builder).LogicalOr, func(x, y float64) float64 { return oneIf(x != 0 || y != 0) }},
		"not": {func(b *Builder, x, _ Value) Value { return b.LogicalNot(x) }, func(x, _ float64) float64 { return oneIf(x == 0) }},
		"not of a comparison": {func(b *Builder, x, y Value) Value { return b.LogicalNot(b.Holds(amd64.Less, x, y)) },
			func(x, y float64) float64 { return oneIf(!(x < y)) }},
		"less":       {func(b *Builder, x, y Value) Value { return b.Holds(amd64.Less, x, y) }, func(x, y float64) float64 { return oneIf(x < y) }},
		"less equal": {func(b *Builder, x, y Value) Value { return b.Holds(amd64.LessEqual, x, y) }, func(x, y float64) float64 { return oneIf(x <= y) }},
		"equal":      {func(b *Builder, x, y Value) Value { return b.Holds(amd64.Equal, x, y) }, func(x, y float64) float64 { return oneIf(x == y) }},
		"not equal":  {func(b *Builder, x, y Value) Value { return b.Holds(amd64.NotEqual, x, y) }, func(x, y float64) float64 { return oneIf(x != y) }},
		"select": {func(b *Builder, x, y Value) Value { return b.Select(x, y, b.Constant(3)) }, func(x, y float64) float64 {
			if x != 0 {
				return y
			}
			return 3
		}},
		"negate":          {func(b *Builder, x, _ Value) Value { return b.Negate(x) }, func(x, _ float64) float64 { return -x }},
		"absolute":        {func(b *Builder, x, _ Value) Value { return b.Absolute(x) }, func(x, _ float64) float64 { return math.Abs(x) }},
		"floor":           {func(b *Builder, x, _ Value) Value { return b.Floor(x) }, func(x, _ float64) float64 { return math.Floor(x) }},
		"square root":     {func(b *Builder, x, _ Value) Value { return b.SquareRoot(x) }, func(x, _ float64) float64 { return math.Sqrt(x) }},
		"exp":             {func(b *Builder, x, _ Value) Value { return b.Exp(x) }, func(x, _ float64) float64 { return fpmath.Exp(x) }},
		"log":             {func(b *Builder, x, _ Value) Value { return b.Log(x) }, func(x, _ float64) float64 { return fpmath.Log(x) }},
		"log1p":           {func(b *Builder, x, _ Value) Value { return b.Log1p(x) }, func(x, _ float64) float64 { return fpmath.Log1p(x) }},
		"normal quantile": {func(b *Builder, x, _ Value) Value { return b.NormalQuantile(x) }, func(x, _ float64) float64 { return fpmath.NormalQuantile(x) }},
	}
	for _, form := range forms(t) {
		for name, o := range operations {
			onEdges(t, form, formName(form)+" "+name, o.build, o.want)
			// One operand a constant: other code for some.
			for _, c := range edges {
				onEdges(t, form, formName(form)+" "+name+" with a constant", func(b *Builder, x, _ Value) Value { return o.build(b, x, b.Constant(c)) },
					func(x, _ float64) float64 { return o.want(x, c) })
				onEdges(t, form, formName(form)+" "+name+" of a constant", func(b *Builder, _, y Value) Value { return o.build(b, b.Constant(c), y) },
					func(_, y float64) float64 { return o.want(c, y) })
			}
		}
	}
}

func TestUnitRefuses(t *testing.T) {
	if _, err := NewUnit(amd64.VEX256, 3, 7); err == nil {
		t.Error("lanes that are no whole vectors were accepted")
	}
	u, err := NewUnit(amd64.VEX256, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range []int32{-1, 3} {
		b := u.NewBuilder()
		b.Store(slot, b.Constant(1), false)
		if _, err := b.Compile(); err == nil {
			t.Errorf("slot %d of 3 was accepted", slot)
		}
		b = u.NewBuilder()
		b.Store(0, b.Load(slot), false)
		if _, err := b.Compile(); err == nil {
			t.Errorf("reading slot %d of 3 was accepted", slot)
		}
	}
}
