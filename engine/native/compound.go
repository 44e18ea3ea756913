package native

import (
	"math"

	"handover/engine/amd64"
	"handover/fpmath"
)

// Operations of the model languages, built from those of a Builder with the bits
// of the interpreter.

// Negate is -x.
func (b *Builder) Negate(x Value) Value { return b.Xor(x, b.Word(1<<63)) }

// Absolute is |x|.
func (b *Builder) Absolute(x Value) Value { return b.And(x, b.Word(1<<63-1)) }

// Minimum is Go's min: NaN when one is NaN, and -0 below 0.
func (b *Builder) Minimum(x, y Value) Value {
	if _, ok := b.isConstant(x); ok {
		x, y = y, x
	}
	if c, ok := b.number(y); ok && c == c && (c != 0 || !math.Signbit(c)) {
		return b.two(least, y, x) // takes x when it is NaN or both are zero
	}
	m := b.two(least, x, y)
	return b.Or(b.two(least, m, x), m)
}

// Maximum is Go's max: NaN when one is NaN, and 0 above -0.
func (b *Builder) Maximum(x, y Value) Value {
	if _, ok := b.isConstant(x); ok {
		x, y = y, x
	}
	if c, ok := b.number(y); ok && c == c {
		m := b.two(greatest, y, x)
		switch {
		case c != 0:
			return m
		case !math.Signbit(c):
			return b.Add(m, y) // -0 becomes 0
		}
	}
	return b.Negate(b.Minimum(b.Negate(x), b.Negate(y)))
}

func (b *Builder) number(v Value) (float64, bool) {
	bits, ok := b.isConstant(v)
	return math.Float64frombits(bits), ok
}

// Holds is 1 where the predicate holds, else 0.
func (b *Builder) Holds(p amd64.Predicate, x, y Value) Value { return b.Truth(b.Compare(p, x, y)) }

// LogicalAnd is 1 where neither is zero, else 0.
func (b *Builder) LogicalAnd(x, y Value) Value { return b.Truth(b.Both(b.mask(x), b.mask(y))) }

// LogicalOr is 0 where both are zero, else 1.
func (b *Builder) LogicalOr(x, y Value) Value { return b.Truth(b.Either(b.mask(x), b.mask(y))) }

// LogicalNot is 1 where x is zero, else 0.
func (b *Builder) LogicalNot(x Value) Value {
	if n := b.nodes[x]; n.kind == truth {
		return b.Truth(b.Not(n.a))
	}
	return b.Truth(b.Compare(amd64.Equal, x, b.Constant(0)))
}

// Select is then where the condition is not zero, else otherwise.
func (b *Builder) Select(condition, then, otherwise Value) Value {
	return b.Choose(b.mask(condition), then, otherwise)
}

func (b *Builder) repair(f Function, y, rare, x, x2 Value) Value {
	return b.add(node{repair, y, rare, x, x2, uint64(f)})
}

// Exp is e to the power x.
func (b *Builder) Exp(x Value) Value {
	y, rare := fpmath.ExpLanes(b, x)
	return b.repair(Exp, y, rare, x, none)
}

// Log is the natural logarithm.
func (b *Builder) Log(x Value) Value {
	y, rare := fpmath.LogLanes(b, x)
	return b.repair(Log, y, rare, x, none)
}

// Log1p is the natural logarithm of 1 + x.
func (b *Builder) Log1p(x Value) Value {
	y, rare := fpmath.Log1pLanes(b, x)
	return b.repair(Log1p, y, rare, x, none)
}

// NormalQuantile is the quantile of the normal distribution at p.
func (b *Builder) NormalQuantile(p Value) Value {
	x, rare := fpmath.NormalQuantileLanes(b, p)
	return b.repair(NormalQuantile, x, rare, p, none)
}

// Power is x to the power y; x*x where y is 2.
func (b *Builder) Power(x, y Value) Value {
	z, rare := fpmath.PowLanes(b, x, y)
	if c, ok := b.number(y); ok && c != 2 {
		return b.repair(Power, z, rare, x, y)
	}
	z = b.repair(Power, z, rare, x, y)
	return b.Choose(b.Compare(amd64.Equal, y, b.Constant(2)), b.Multiply(x, x), z)
}
