package native

import (
	"math"

	"handover/engine/amd64"
)

// evaluate computes one operation on one lane. It folds constants, and it is
// what tests compare the machine code with.
func (u *Unit) evaluate(n node, in [3]uint64) uint64 {
	x, y := math.Float64frombits(in[0]), math.Float64frombits(in[1])
	number := math.Float64bits
	mask := func(b bool) uint64 {
		if b {
			return 1<<64 - 1
		}
		return 0
	}
	switch n.kind {
	case add:
		return number(x + y)
	case subtract:
		return number(x - y)
	case multiply:
		return number(x * y)
	case divide:
		return number(x / y)
	case least:
		if x < y {
			return in[0]
		}
		return in[1]
	case greatest:
		if x > y {
			return in[0]
		}
		return in[1]
	case and, both:
		return in[0] & in[1]
	case or, either:
		return in[0] | in[1]
	case xor:
		return in[0] ^ in[1]
	case not:
		return ^in[0]
	case addWords:
		return in[0] + in[1]
	case subWords:
		return in[0] - in[1]
	case mulHalves:
		return in[0] & math.MaxUint32 * (in[1] & math.MaxUint32)
	case squareRoot:
		return number(math.Sqrt(x))
	case floor:
		return number(math.Floor(x))
	case whole:
		if !(math.Abs(x) < 1<<63) {
			return 1 << 63
		}
		return uint64(int64(x))
	case shiftLeft:
		return in[0] << n.imm
	case shiftRight:
		return in[0] >> n.imm
	case compare:
		switch amd64.Predicate(n.imm) {
		case amd64.Equal:
			return mask(x == y)
		case amd64.Less:
			return mask(x < y)
		case amd64.LessEqual:
			return mask(x <= y)
		case amd64.Unordered:
			return mask(x != x || y != y)
		case amd64.NotEqual:
			return mask(x != y)
		case amd64.NotLess:
			return mask(!(x < y))
		case amd64.NotLessEqual:
			return mask(!(x <= y))
		}
	case choose:
		if in[0] != 0 {
			return in[1]
		}
		return in[2]
	case truth:
		return in[0] & number(1)
	case read:
		return u.pool.tables[n.imm>>32].words[in[0]+n.imm&math.MaxUint32]
	case permute8:
		return u.pool.tables[in[1]].words[in[0]&7]
	case permute16:
		table := in[1]
		if in[0]&8 != 0 {
			table = in[2]
		}
		return u.pool.tables[table].words[in[0]&7]
	}
	panic("native: not an operation on one lane")
}
