package design

import "math/bits"

// permutation is a keyed random order of 0..n-1 that is computed, not stored: a
// Feistel network over the next power of two, walked until it lands below n
// (Black and Rogaway 2002, "Ciphers with arbitrary finite domains"), between two
// rotations that make it good for very small n too.
type permutation struct {
	n             uint64
	before, after uint64
	right         uint // bits of the right half
	leftMask      uint64
	rightMask     uint64
	keys          [feistelRounds]uint64
}

const feistelRounds = 6

// newPermutation returns the order of 0..n-1 under a key; n is at least 1.
func newPermutation(n, key uint64) permutation {
	width := uint(bits.Len64(n - 1))
	if width < 2 {
		width = 2
	}
	right := width / 2
	p := permutation{n: n, right: right, leftMask: 1<<(width-right) - 1, rightMask: 1<<right - 1}
	for i := range p.keys {
		p.keys[i] = mix(key + uint64(i+1)*0x9e3779b97f4a7c15)
	}
	p.before, _ = bits.Mul64(mix(p.keys[0]+1), n)
	p.after, _ = bits.Mul64(mix(p.keys[1]+1), n)
	return p
}

// mix is a bijection of 64 bits in which every bit of the result depends on every
// bit of x: Stafford's variant 13 of MurmurHash3's finalizer (Steele, Lea and
// Flood 2014, "Fast splittable pseudorandom number generators").
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// at returns the place of i, both from 0 to n-1.
func (p *permutation) at(i uint64) uint64 {
	i += p.before
	if i >= p.n {
		i -= p.n
	}
	if p.n > 1 {
		for {
			left, right := i>>p.right, i&p.rightMask
			for r := 0; r < feistelRounds; r += 2 {
				left ^= mix(right^p.keys[r]) >> 20 & p.leftMask
				right ^= mix(left^p.keys[r+1]) >> 20 & p.rightMask
			}
			i = left<<p.right | right
			if i < p.n {
				break
			}
		}
	}
	i += p.after
	if i >= p.n {
		i -= p.n
	}
	return i
}
