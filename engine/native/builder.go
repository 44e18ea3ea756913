// Package native turns straight-line computations on lanes into machine code for
// amd64. A Builder collects operations in the order in which they are computed;
// a Unit compiles builders to code, keeping values in registers as long as they
// are needed soon.
package native

import (
	"math"

	"handover/engine/amd64"
	"handover/fpmath"
)

// Value is a value that a Builder computes: a float64, 64 bits or a mask a lane.
type Value int32

// none stands for an operand that is not there.
const none Value = -1

// kind is what an operation does.
type kind uint8

const (
	constant   kind = iota // imm in every lane
	words                  // eight words of table imm, one a lane
	load                   // slot imm of the state
	row                    // number imm of the row, in every lane
	add                    // a + b, and so on
	subtract               //
	multiply               //
	divide                 //
	least                  // a < b ? a : b
	greatest               // a > b ? a : b
	and                    // on the bits
	or                     //
	xor                    //
	addWords               // 64-bit integers
	subWords               //
	mulHalves              // product of the low 32 bits
	squareRoot             //
	floor                  //
	whole                  // integer towards zero; AVX-512 only
	shiftLeft              // by imm
	shiftRight             // by imm
	compare                // mask: a and b by predicate imm
	both                   // masks
	either                 //
	not                    //
	choose                 // mask a ? b : c
	truth                  // mask a ? 1 : 0
	read                   // word at index a of table imm
	permute8               // word a of the 8 words b
	permute16              // word a of the 16 words b, c
	repair                 // a, but where mask b is set: function imm of c and d
	store                  // a to slot imm/2; an odd imm says that it stays there
	pause                  // code outside runs here
	export                 // a to where cell imm points
	advance                // cells imm>>32 and on point further; the counter counts down
	leave                  // the code is left when mask a is set in a lane
	again                  // the code runs once more unless the counter is at 0
)

// acts says whether an operation does something that others do not read.
func (k kind) acts() bool { return k >= store }

// node is an operation with its operands.
type node struct {
	kind       kind
	a, b, c, d Value
	imm        uint64
}

// tableRead packs what a read needs: the table's number and the offset.
func tableRead(table, offset int) uint64 { return uint64(table)<<32 | uint64(uint32(offset)) }

// Function is a function of one or two numbers that code outside computes for
// the lanes that machine code does not do itself.
type Function uint8

// The functions.
const (
	Exp Function = 1 + iota
	Log
	Power
	NormalQuantile
	Log1p
)

// Builder collects the operations of one routine. Equal operations are one, and
// those on constants are computed at once, with the same bits.
type Builder struct {
	unit  *Unit
	nodes []node
	index map[node]Value
	// row is how many numbers a row has, 0 when none is read.
	row int
}

// NewBuilder returns an empty builder for a routine of the unit.
func (u *Unit) NewBuilder() *Builder { return &Builder{unit: u, index: map[node]Value{}} }

// wide says whether the code is for AVX-512.
func (b *Builder) wide() bool { return b.unit.form == amd64.EVEX512 }

func (b *Builder) append(n node) Value {
	b.nodes = append(b.nodes, n)
	return Value(len(b.nodes) - 1)
}

func (b *Builder) add(n node) Value {
	if x, ok := b.fold(n); ok {
		n = node{constant, none, none, none, none, x}
	}
	if v, ok := b.index[n]; ok {
		return v
	}
	v := b.append(n)
	b.index[n] = v
	return v
}

func (b *Builder) two(k kind, x, y Value) Value { return b.add(node{k, x, y, none, none, 0}) }
func (b *Builder) one(k kind, x Value, imm uint64) Value {
	return b.add(node{k, x, none, none, none, imm})
}

// isConstant tells whether a value is the same in every lane and known.
func (b *Builder) isConstant(v Value) (uint64, bool) {
	if v >= 0 && b.nodes[v].kind == constant {
		return b.nodes[v].imm, true
	}
	return 0, false
}

// fold computes an operation on constants.
func (b *Builder) fold(n node) (uint64, bool) {
	var in [3]uint64
	if n.a < 0 || n.kind >= repair {
		return 0, false
	}
	for i, v := range [...]Value{n.a, n.b, n.c} {
		if v < 0 {
			continue
		}
		x, ok := b.isConstant(v)
		if !ok && !(b.nodes[v].kind == words) {
			return 0, false
		}
		if !ok {
			x = b.nodes[v].imm
		}
		in[i] = x
	}
	switch n.kind {
	case compare, both, either, not: // a mask is no constant
		return 0, false
	}
	return b.unit.evaluate(n, in), true
}

// Constant is a number in every lane.
func (b *Builder) Constant(x float64) Value { return b.Word(math.Float64bits(x)) }

// Word is 64 bits in every lane.
func (b *Builder) Word(bits uint64) Value {
	return b.add(node{constant, none, none, none, none, bits})
}

// Load reads a slot. Each call reads anew: the slot may have been written.
func (b *Builder) Load(slot int32) Value {
	return b.append(node{load, none, none, none, none, uint64(slot)})
}

// Rows says that the routine reads rows of so many numbers, each the same in
// every lane: see State.SetRow.
func (b *Builder) Rows(numbers int) { b.row = numbers }

// Row is a number of the row.
func (b *Builder) Row(number int) Value {
	return b.add(node{row, none, none, none, none, uint64(number)})
}

// Store writes a slot. When keep is set, nothing writes the slot again in this
// routine, so that the value can be read from there.
func (b *Builder) Store(slot int32, v Value, keep bool) {
	imm := uint64(slot) << 1
	if keep {
		imm |= 1
	}
	b.append(node{store, v, none, none, none, imm})
}

// Pause ends a segment of the code: what comes next starts at an entry of its
// own, after code outside has run.
func (b *Builder) Pause() { b.append(node{pause, none, none, none, none, 0}) }

// A routine that repeats itself uses a few cells: the 64-bit words of the state
// from one of its slots on. Cell 0 counts how often it still runs, cell 1 is how
// many bytes lie between what one run and the next export, and the others point
// to where the exports go.
const (
	cellTimes = iota
	cellStride
	cellExports
)

// CellSlots is how many slots of so many lanes the cells of some exports take.
func CellSlots(lanes, exports int) int { return (cellExports + exports + lanes - 1) / lanes }

// Repeats says whether routines of the unit can repeat themselves: one run of the
// code must serve all lanes.
func (u *Unit) Repeats() bool { return u.groups*Lanes(u.form) == u.lanes }

// Export writes a value to where the cell of the place-th export points; the cells
// begin at a slot.
func (b *Builder) Export(slot int32, place int, v Value) {
	b.append(node{export, v, none, none, none, b.unit.cell(slot, cellExports+place)})
}

// Repeat ends a routine of so many exports that runs again until its counter is
// at 0, or a lane of the mask is set. Each run starts as the first one did, from
// what the state holds, with the next row.
func (b *Builder) Repeat(slot int32, exports int, stop Value) {
	b.append(node{advance, none, none, none, none, b.unit.cell(slot, 0)<<32 | uint64(exports)})
	b.append(node{leave, stop, none, none, none, 0})
	b.append(node{again, none, none, none, none, b.unit.cell(slot, cellTimes)})
}

// cell is how many bytes into the state a cell lies.
func (u *Unit) cell(slot int32, cell int) uint64 {
	return 8 * (uint64(slot)*uint64(u.lanes) + uint64(cell))
}

// The arithmetic operations round once, as IEEE 754 says.

// Add is x + y.
func (b *Builder) Add(x, y Value) Value { return b.two(add, x, y) }

// Subtract is x - y.
func (b *Builder) Subtract(x, y Value) Value { return b.two(subtract, x, y) }

// Multiply is x * y.
func (b *Builder) Multiply(x, y Value) Value { return b.two(multiply, x, y) }

// Divide is x / y; by a power of two it is a product, which has the same bits.
func (b *Builder) Divide(x, y Value) Value {
	if c, ok := b.isConstant(y); ok {
		fraction, exponent := math.Frexp(math.Float64frombits(c))
		if math.Abs(fraction) == 0.5 && exponent > -1000 && exponent < 1000 {
			return b.Multiply(x, b.Constant(1/math.Float64frombits(c)))
		}
	}
	return b.two(divide, x, y)
}

// SquareRoot is the square root.
func (b *Builder) SquareRoot(x Value) Value { return b.one(squareRoot, x, 0) }

// Floor is the greatest integer not above x.
func (b *Builder) Floor(x Value) Value { return b.one(floor, x, 0) }

// And works on the bits.
func (b *Builder) And(x, y Value) Value { return b.two(and, x, y) }

// Or works on the bits.
func (b *Builder) Or(x, y Value) Value { return b.two(or, x, y) }

// Xor works on the bits.
func (b *Builder) Xor(x, y Value) Value { return b.two(xor, x, y) }

// AddWords adds 64-bit integers.
func (b *Builder) AddWords(x, y Value) Value { return b.two(addWords, x, y) }

// SubtractWords subtracts 64-bit integers.
func (b *Builder) SubtractWords(x, y Value) Value { return b.two(subWords, x, y) }

// MultiplyHalves multiplies the low 32 bits of 64-bit integers.
func (b *Builder) MultiplyHalves(x, y Value) Value { return b.two(mulHalves, x, y) }

// ShiftLeft shifts the bits, filling with zeros.
func (b *Builder) ShiftLeft(x Value, by uint8) Value { return b.one(shiftLeft, x, uint64(by)) }

// ShiftRight shifts the bits, filling with zeros.
func (b *Builder) ShiftRight(x Value, by uint8) Value { return b.one(shiftRight, x, uint64(by)) }

// Compare is a mask of the lanes where the predicate holds.
func (b *Builder) Compare(p amd64.Predicate, x, y Value) Value {
	return b.add(node{compare, x, y, none, none, uint64(p)})
}

// Less is the mask of x < y.
func (b *Builder) Less(x, y Value) Value { return b.Compare(amd64.Less, x, y) }

// NotLess is the mask of what is not x < y, NaN included.
func (b *Builder) NotLess(x, y Value) Value { return b.Compare(amd64.NotLess, x, y) }

// Both is the mask of lanes in both masks.
func (b *Builder) Both(x, y Value) Value { return b.two(both, x, y) }

// Either is the mask of lanes in one of the masks.
func (b *Builder) Either(x, y Value) Value { return b.two(either, x, y) }

// Not is the mask of the other lanes.
func (b *Builder) Not(x Value) Value { return b.one(not, x, 0) }

// Truth is 1 where the mask is set, else 0.
func (b *Builder) Truth(mask Value) Value { return b.one(truth, mask, 0) }

// Choose is then where the mask is set, else otherwise.
func (b *Builder) Choose(mask, then, otherwise Value) Value {
	if then == otherwise {
		return then
	}
	return b.add(node{choose, mask, then, otherwise, none, 0})
}

// Read gives the words of a table at index + offset, which must lie inside.
func (b *Builder) Read(t *fpmath.Table, index Value, offset int) Value {
	return b.read(b.unit.pool.table(t.Name, t.Words), index, offset)
}

func (b *Builder) read(table int, index Value, offset int) Value {
	return b.one(read, index, tableRead(table, offset))
}

// mask is the mask of what a model takes for true: all but zero, NaN included.
func (b *Builder) mask(x Value) Value {
	if n := b.nodes[x]; n.kind == truth {
		return n.a
	}
	return b.Compare(amd64.NotEqual, x, b.Constant(0))
}
