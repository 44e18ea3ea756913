package random

import "handover/fpmath"

// Stream is a sequence of draws at one place: one site in one step of one run. It
// is a small value; copying it copies the position. Its methods do not allocate.
//
// A draw uses up one block of the generator, or several where the method rejects
// (Gamma, Beta, Poisson, Binomial, NegativeBinomial); what it returns depends on
// the stream's place and on the draws made from it before.
//
// A method given bad parameters (NaN, a negative mean, a probability outside
// 0..1, an infinite size) returns NaN and never loops for ever.
type Stream struct {
	key     [2]uint32
	counter [4]uint32 // run, step, site, draw
}

// At returns the stream of a site in a step of a run, at its first draw. The
// key is the seed's two halves; the counter is (run, step, site, draw).
func At(seed uint64, run, step, site uint32) Stream {
	return Stream{
		key:     [2]uint32{uint32(seed), uint32(seed >> 32)},
		counter: [4]uint32{run, step, site, 0},
	}
}

// Site returns a site's number from its canonical name (a variable with its
// element, say "attacks[anbar]"): the 32-bit FNV-1a hash, the same for ever and
// whatever else is in the model. Two names can share a number (about 1 chance in
// 2000 among 2000 names), so check the names of a model against each other.
func Site(name string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(name); i++ {
		h ^= uint32(name[i])
		h *= 16777619
	}
	return h
}

// Skip passes over the given number of blocks: of uniform, normal, exponential
// and other draws that use one block each.
func (s *Stream) Skip(blocks uint32) { s.counter[3] += blocks }

// next returns the next block as two words of 64 bits.
func (s *Stream) next() (uint64, uint64) {
	a, b, c, d := philox(s.counter[0], s.counter[1], s.counter[2], s.counter[3], s.key[0], s.key[1])
	s.counter[3]++
	return uint64(a) | uint64(b)<<32, uint64(c) | uint64(d)<<32
}

// open turns 64 random bits into a number in the open interval (0,1): the middle
// of one of 2^52 equal cells, so that 0 and 1 cannot occur, the mean is exactly
// 1/2, and 1-u is as exact as u.
func open(bits uint64) float64 {
	return float64((float64(bits>>12) + 0.5) * 0x1p-52)
}

// Uniform returns a number in the open interval (0,1), a multiple of 2^-53.
func (s *Stream) Uniform() float64 {
	u, _ := s.next()
	return open(u)
}

// Normal returns a standard normal number, the normal quantile of a uniform one.
func (s *Stream) Normal() float64 { return fpmath.NormalQuantile(s.Uniform()) }

// Exponential returns an exponential number of mean 1.
func (s *Stream) Exponential() float64 { return -fpmath.Log(s.Uniform()) }

// UniformInto writes to dst[i] the uniform number of run firstRun+i: what
// Uniform gives at At(seed, firstRun+i, step, site) after draw earlier uniforms.
func UniformInto(dst []float64, seed uint64, firstRun uint32, step, site uint32, draw uint32) {
	k0, k1 := uint32(seed), uint32(seed>>32)
	for i := range dst {
		a, b, _, _ := philox(firstRun+uint32(i), step, site, draw, k0, k1)
		dst[i] = open(uint64(a) | uint64(b)<<32)
	}
}

// NormalInto writes to dst[i] the standard normal number of run firstRun+i: what
// Normal gives at At(seed, firstRun+i, step, site) after draw earlier uniforms.
func NormalInto(dst []float64, seed uint64, firstRun uint32, step, site uint32, draw uint32) {
	UniformInto(dst, seed, firstRun, step, site, draw)
	for i, u := range dst {
		dst[i] = fpmath.NormalQuantile(u)
	}
}
