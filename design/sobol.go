package design

import (
	_ "embed"
	"encoding/binary"
	"math/bits"
)

// MaxSobol is the largest number of factors of a Sobol' design.
const MaxSobol = 2048

// joeKuo holds the primitive polynomials and initial direction numbers
// "new-joe-kuo-6" of Joe and Kuo 2008, "Constructing Sobol sequences with better
// two-dimensional projections", SIAM J. Sci. Comput. 30, for dimensions 2 to
// MaxSobol: for each the polynomial with all its coefficients as bits, then as
// many numbers m as its degree, all as 16-bit little-endian words. (Authors'
// licence, BSD 3-clause: joe-kuo-6.LICENSE.txt; read from the copy that SciPy
// 1.17.1 carries.)
//
//go:embed joe-kuo-6.bin
var joeKuo []byte

// sequence is one dimension of the Sobol' sequence and its scrambling.
type sequence struct {
	directions   [32]uint32
	seed1, seed2 uint32
	key          uint64
}

// newSequence returns dimension d, from 0, scrambled by a key.
func newSequence(d int, key uint64) sequence {
	k := mix(key + 0x632be59bd9b4e019)
	s := sequence{seed1: uint32(k), seed2: uint32(k >> 32), key: mix(k)}
	s.directions = directions(d)
	return s
}

// directions returns the direction numbers of dimension d, the first bit of the
// point's number first.
func directions(d int) (v [32]uint32) {
	if d == 0 { // van der Corput: the bits in reverse
		for k := range v {
			v[k] = 1 << (31 - k)
		}
		return v
	}
	words := joeKuo
	next := func() uint32 {
		w := binary.LittleEndian.Uint16(words)
		words = words[2:]
		return uint32(w)
	}
	polynomial := next()
	degree := bits.Len32(polynomial) - 1
	for range d - 1 {
		words = words[2*degree:]
		polynomial = next()
		degree = bits.Len32(polynomial) - 1
	}
	for k := range v {
		if k < degree {
			v[k] = next() << (31 - k)
			continue
		}
		// Bratley and Fox 1988, "Algorithm 659".
		x := v[k-degree] ^ v[k-degree]>>degree
		for j := 1; j < degree; j++ {
			if polynomial>>(degree-j)&1 == 1 {
				x ^= v[k-j]
			}
		}
		v[k] = x
	}
	return v
}

// plain returns point i without scrambling, as a fraction of 2^32.
func (s *sequence) plain(i uint32) uint32 {
	var x uint32
	for ; i != 0; i &= i - 1 {
		x ^= s.directions[bits.TrailingZeros32(i)]
	}
	return x
}

// scrambled returns point i in (0,1), its bits flipped at random, each flip
// depending on the higher bits (Owen 1995, "Randomly permuted (t,m,s)-nets"), by
// hashing instead of storing trees (Burley 2020, "Practical hash-based Owen
// scrambling", after Laine and Karras 2011). What lies beyond 32 bits is a hash of
// the bits before it.
func (s *sequence) scrambled(i uint32) float64 {
	x := bits.Reverse32(s.plain(i))
	x = flipUpwards(x, s.seed1)
	x = flipUpwards(x, s.seed2)
	x = bits.Reverse32(x)
	tail := mix(uint64(x)^s.key) >> 44
	return float64((float64(uint64(x)<<20|tail) + 0.5) * 0x1p-52)
}

// flipUpwards is a random bijection in which a bit of the result depends on the
// same and the lower bits of x only. The constants are Vegdahl's (2021, "Building
// a better LK hash").
func flipUpwards(x, seed uint32) uint32 {
	x ^= x * 0x3d20adea
	x += seed
	x *= seed>>16 | 1
	x ^= x * 0x05526c56
	x ^= x * 0x53a22864
	return x
}
