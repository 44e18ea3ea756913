package random

import "handover/fpmath"

// Lanes is a machine that also multiplies the low 32 bits of each lane, with a
// product of 64 bits.
type Lanes[V any] interface {
	fpmath.Lanes[V]
	MultiplyHalves(a, b V) V
}

// UniformLanes is the uniform number of [UniformInto], draw 0, for lanes that
// hold the run, the step and the two halves of the seed as 64-bit words below
// 2^32. Its steps are those of Philox, with bits above the 32nd that do not count.
func UniformLanes[V any](m Lanes[V], run, step, key0, key1 V, site uint32) V {
	c0, c1, c2, c3 := run, step, m.Word(uint64(site)), m.Word(0)
	for r := range uint64(10) {
		k0 := m.AddWords(key0, m.Word(r*weyl0&mask))
		k1 := m.AddWords(key1, m.Word(r*weyl1&mask))
		p0, p1 := m.MultiplyHalves(c0, m.Word(multiplier0)), m.MultiplyHalves(c2, m.Word(multiplier1))
		c0, c1, c2, c3 = m.Xor(m.Xor(m.ShiftRight(p1, 32), c1), k0), p1, m.Xor(m.Xor(m.ShiftRight(p0, 32), c3), k1), p0
	}
	bits := m.Or(m.And(c0, m.Word(mask)), m.ShiftLeft(c1, 32))
	// 52 bits become a number by setting the exponent of 2^52.
	whole := m.Subtract(m.Or(m.ShiftRight(bits, 12), m.Constant(0x1p52)), m.Constant(0x1p52))
	return m.Multiply(m.Add(whole, m.Constant(0.5)), m.Constant(0x1p-52))
}
