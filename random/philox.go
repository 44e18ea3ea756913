// Package random makes the random numbers of runs. A number depends only on the
// ensemble's seed and on where it is used (run, step, site, draw), never on the
// order in which runs are computed: the generator is counter-based (Philox
// 4x32-10), so any number can be had without those before it. All arithmetic is
// exact or from package fpmath, so the bits are the same on every machine.
package random

const (
	multiplier0 = 0xD2511F53
	multiplier1 = 0xCD9E8D57
	weyl0       = 0x9E3779B9
	weyl1       = 0xBB67AE85
)

// Philox returns the block of 128 random bits at a counter under a key: the
// generator Philox 4x32-10 of Salmon, Moraes, Dror and Shaw 2011, "Parallel
// random numbers: as easy as 1, 2, 3", with its word order.
func Philox(counter [4]uint32, key [2]uint32) [4]uint32 {
	a, b, c, d := philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1])
	return [4]uint32{a, b, c, d}
}

// philox is Philox with its words in registers, its rounds written out.
func philox(c0, c1, c2, c3, k0, k1 uint32) (uint32, uint32, uint32, uint32) {
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0, k1)
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0+weyl0, k1+weyl1)
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0+(2*weyl0&mask), k1+(2*weyl1&mask))
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0+(3*weyl0&mask), k1+(3*weyl1&mask))
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0+(4*weyl0&mask), k1+(4*weyl1&mask))
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0+(5*weyl0&mask), k1+(5*weyl1&mask))
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0+(6*weyl0&mask), k1+(6*weyl1&mask))
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0+(7*weyl0&mask), k1+(7*weyl1&mask))
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0+(8*weyl0&mask), k1+(8*weyl1&mask))
	c0, c1, c2, c3 = round(c0, c1, c2, c3, k0+(9*weyl0&mask), k1+(9*weyl1&mask))
	return c0, c1, c2, c3
}

// mask keeps a constant within 32 bits.
const mask = 1<<32 - 1

// round is one of the ten rounds, under that round's key.
func round(c0, c1, c2, c3, k0, k1 uint32) (uint32, uint32, uint32, uint32) {
	p0 := multiplier0 * uint64(c0)
	p1 := multiplier1 * uint64(c2)
	return uint32(p1>>32) ^ c1 ^ k0, uint32(p1), uint32(p0>>32) ^ c3 ^ k1, uint32(p0)
}
