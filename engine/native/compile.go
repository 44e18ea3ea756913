package native

import (
	"fmt"
	"math"

	"handover/engine/amd64"
)

// compiler turns the nodes of a builder into code, in their order. A value stays
// in a register until the register is needed for one that is read sooner; it is
// then written to the frame, unless memory has it already (Belady 1966, "A study
// of replacement algorithms for a virtual-storage computer", for one pass over
// straight-line code).
type compiler struct {
	unit  *Unit
	a     *amd64.Assembler
	nodes []node
	// group says which of the unit's groups of lanes the code works on; it has its
	// own part of the registers.
	group int32
	// reads[v] are the places that read v, in order; next[v] counts those past.
	reads [][]int32
	next  []int32
	// register holds a value's register, or -1; home its place in memory.
	register []int8
	home     []place
	vectors  []Value // owner of each vector register, none, or other
	masks    []Value
	// locked registers hold operands of the operation being compiled.
	locked []Value
	// free are places of the frame that are not in use, freed those that the
	// operation being compiled still reads.
	free, freed []int32
	used        int32
	stubs       []stub
	at          int32
}

// other owns the registers of another group.
const other Value = -2

// place says where memory holds a value.
type place struct {
	memory amd64.Memory
	// known is set when memory holds the value; each when one number serves all
	// lanes where instructions can broadcast it; single when there is one number
	// only; spill when the place is one of the frame, to be used again.
	known, each, single, spill bool
}

// stub is code for rare lanes, kept out of the way.
type stub struct {
	here, back amd64.Label
	function   Function
	x, x2, to  amd64.Vector
	two        bool
}

// Compile adds the routine of a builder to the unit.
func (b *Builder) Compile() (*Routine, error) {
	u := b.unit
	if u.code != nil {
		return nil, fmt.Errorf("native: the unit is sealed")
	}
	alive := make([]bool, len(b.nodes))
	for v := len(b.nodes) - 1; v >= 0; v-- {
		o := &b.nodes[v]
		if alive[v] || o.kind.acts() {
			alive[v] = true
			for _, m := range [...]Value{o.a, o.b, o.c, o.d} {
				if m >= 0 {
					alive[m] = true
				}
			}
		}
	}
	reads := make([][]int32, len(b.nodes))
	for v, o := range b.nodes {
		if !alive[v] {
			continue
		}
		for _, m := range [...]Value{o.a, o.b, o.c, o.d} {
			if m >= 0 {
				reads[m] = append(reads[m], int32(v))
			}
		}
	}
	// Groups take turns, instruction by instruction: while one waits for a result,
	// the processor works for the other.
	var groups []*compiler
	for group := range u.groups {
		groups = append(groups, newCompiler(b, group, reads))
	}
	r := &Routine{entries: []int{u.assemble.Offset()}}
	for v := range b.nodes {
		if n := &b.nodes[v]; n.kind == row && n.imm >= uint64(b.row) {
			return nil, fmt.Errorf("native: number %d of a row of %d", n.imm, b.row)
		}
	}
	start, end := u.assemble.Label(), u.assemble.Label()
	u.assemble.Set(start)
	u.enter(b)
	for v := range b.nodes {
		if !alive[v] {
			continue
		}
		n := &b.nodes[v]
		switch n.kind {
		case advance:
			if err := u.advance(n.imm); err != nil {
				return nil, err
			}
			if b.row > 0 {
				u.assemble.AddImmediate(atRow, int32(8*b.row))
			}
			continue
		case again:
			u.assemble.Load(amd64.AX, amd64.Memory{Base: amd64.DI, Disp: int32(n.imm)})
			u.assemble.Test(amd64.AX)
			u.assemble.JumpIfNotZero(start)
			continue
		}
		for _, c := range groups {
			c.at = int32(v)
			switch n.kind {
			case pause:
				c.pause()
				continue
			case leave:
				c.leaveIf(n.a, end)
				continue
			}
			if err := c.compile(Value(v)); err != nil {
				return nil, err
			}
		}
		if n.kind == pause {
			u.leave()
			r.entries = append(r.entries, u.assemble.Offset())
			u.enter(b)
		}
	}
	u.assemble.Set(end)
	u.leave()
	for _, c := range groups {
		for _, s := range c.stubs {
			c.stub(s)
		}
		u.spills = max(u.spills, int(c.used))
	}
	return r, nil
}

// newCompiler returns the compiler of one group's code.
func newCompiler(b *Builder, group int, reads [][]int32) *compiler {
	n := len(b.nodes)
	c := &compiler{unit: b.unit, a: &b.unit.assemble, nodes: b.nodes, group: int32(group), reads: reads, next: make([]int32, n),
		register: make([]int8, n), home: make([]place, n), vectors: make([]Value, 16)}
	if b.wide() {
		c.vectors, c.masks = make([]Value, registers), make([]Value, 7) // k1 to k6; k0 is no mask, k7 serves gathers
	}
	for i := range c.register {
		c.register[i] = -1
	}
	share := func(owners []Value, first int) {
		part := (len(owners) - first) / b.unit.groups
		for i := range owners {
			if owners[i] = none; b.unit.groups > 1 && (i-first)/part != group {
				owners[i] = other
			}
		}
	}
	share(c.vectors, 0)
	share(c.masks, 1)
	return c
}

// atRow holds the address of the row, which BX has while code runs that reads it.
var atRow = amd64.Memory{Base: amd64.DX, Disp: frameRow}

// enter emits what every segment begins with.
func (u *Unit) enter(b *Builder) {
	if b.row > 0 {
		u.assemble.Load(amd64.BX, atRow)
	}
}

// advance emits what moves the cells on.
func (u *Unit) advance(imm uint64) error {
	first, exports := imm>>32, imm&math.MaxUint32
	if first+8*(cellExports+exports) > uint64(u.slots)*uint64(u.lanes)*8 {
		return fmt.Errorf("native: cells from byte %d on lie outside the state", first)
	}
	cell := func(i uint64) amd64.Memory { return amd64.Memory{Base: amd64.DI, Disp: int32(first + 8*i)} }
	if exports > 0 {
		u.assemble.Load(amd64.CX, cell(cellStride))
	}
	for i := range exports {
		u.assemble.AddTo(cell(cellExports+i), amd64.CX)
	}
	u.assemble.DecrementAt(cell(cellTimes))
	return nil
}

// leaveIf emits a jump out of the code when a lane of a mask is set.
func (c *compiler) leaveIf(mask Value, end amd64.Label) {
	c.locked = c.locked[:0]
	if c.masks != nil {
		c.a.MaskTest(c.inMask(mask))
	} else {
		c.a.SignBits(amd64.AX, c.in(mask))
		c.a.Test(amd64.AX)
	}
	c.a.JumpIfNotZero(end)
	c.drop(mask)
}

func (u *Unit) leave() {
	u.assemble.MoveImmediate(amd64.AX, 0)
	u.assemble.Return()
}

// pause puts all values that are still needed into memory, before the code is left.
func (c *compiler) pause() {
	for i, v := range c.vectors {
		if v >= 0 {
			c.spill(v)
			c.register[v], c.vectors[i] = -1, none
		}
	}
	for i, v := range c.masks {
		if v >= 0 {
			c.spill(v)
			c.register[v], c.masks[i] = -1, none
		}
	}
}

// slot is where the state holds a slot; it fails for one outside the state.
func (c *compiler) slot(number uint64) (amd64.Memory, error) {
	if number >= uint64(c.unit.slots) {
		return amd64.Memory{}, fmt.Errorf("native: slot %d of %d", number, c.unit.slots)
	}
	return amd64.Memory{Base: amd64.DI, Disp: int32(number)*int32(c.unit.lanes)*8 + c.group*c.unit.form.Bytes()}, nil
}

func poolAt(offset int32) amd64.Memory { return amd64.Memory{Base: amd64.SI, Disp: offset} }

// nextRead is the place that reads a value next, after the one being compiled.
func (c *compiler) nextRead(v Value) int32 {
	reads := c.reads[v]
	for c.next[v] < int32(len(reads)) && reads[c.next[v]] <= c.at {
		c.next[v]++
	}
	if c.next[v] == int32(len(reads)) {
		return math.MaxInt32
	}
	return reads[c.next[v]]
}

// isMask says whether a value lives in a mask register.
func (c *compiler) isMask(v Value) bool {
	if c.masks == nil {
		return false
	}
	switch c.nodes[v].kind {
	case compare, both, either, not:
		return true
	}
	return false
}

// spill makes sure that memory holds a value which a register holds.
func (c *compiler) spill(v Value) {
	h := &c.home[v]
	if h.known {
		return
	}
	at := c.used
	if last := len(c.free) - 1; last >= 0 {
		at = c.free[last]
		c.free = c.free[:last]
	} else {
		c.used++
	}
	*h = place{memory: amd64.Memory{Base: amd64.DX, Disp: 64 * (at*int32(c.unit.groups) + c.group)}, known: true, spill: true}
	if c.isMask(v) {
		c.a.MaskStore(h.memory, amd64.Mask(c.register[v]))
	} else {
		c.a.Store(h.memory, amd64.Vector(c.register[v]))
	}
}

// take finds a register of a class, emptying the one whose value is read last.
func (c *compiler) take(owners []Value, first int) int {
	best, distance := -1, int64(-1)
	for i := first; i < len(owners); i++ {
		v := owners[i]
		if v == none {
			return i
		}
		if v == other || c.isLocked(v) {
			continue
		}
		d := 2 * int64(c.nextRead(v)-c.at)
		if !c.home[v].known {
			d /= 2 // it would have to be written first
		}
		if d > distance {
			best, distance = i, d
		}
	}
	v := owners[best]
	c.spill(v)
	c.register[v] = -1
	owners[best] = none
	return best
}

func (c *compiler) isLocked(v Value) bool {
	for _, l := range c.locked {
		if l == v {
			return true
		}
	}
	return false
}

// vector gives a value a register.
func (c *compiler) vector(v Value) amd64.Vector {
	r := c.take(c.vectors, 0)
	c.own(c.vectors, r, v)
	return amd64.Vector(r)
}

func (c *compiler) mask(v Value) amd64.Mask {
	r := c.take(c.masks, 1)
	c.own(c.masks, r, v)
	return amd64.Mask(r)
}

func (c *compiler) own(owners []Value, r int, v Value) {
	owners[r] = v
	c.register[v] = int8(r)
	c.locked = append(c.locked, v)
}

// in brings an operand into a vector register and keeps it there while the
// operation is compiled.
func (c *compiler) in(v Value) amd64.Vector {
	if c.register[v] < 0 {
		h := c.home[v]
		r := c.vector(v)
		if h.single || h.each && c.unit.form == amd64.EVEX512 {
			c.a.Broadcast(r, h.memory)
		} else {
			c.a.Two(amd64.VMOVUPD, r, amd64.At(h.memory))
		}
		return r
	}
	c.locked = append(c.locked, v)
	return amd64.Vector(c.register[v])
}

// inMask is in for a mask register.
func (c *compiler) inMask(v Value) amd64.Mask {
	if c.register[v] < 0 {
		h := c.home[v]
		r := c.mask(v)
		c.a.MaskLoad(r, h.memory)
		return r
	}
	c.locked = append(c.locked, v)
	return amd64.Mask(c.register[v])
}

// soon is how near the next read of a value must be for loading it into a
// register, rather than reading memory twice.
const soon = 40

// operand is a last operand: in a register or, where it is not worth one, memory.
func (c *compiler) operand(v Value) amd64.Operand {
	if c.register[v] >= 0 {
		return amd64.In(c.in(v))
	}
	h := c.home[v]
	wide := c.unit.form == amd64.EVEX512
	if c.nextRead(v)-c.at < soon && c.hasFree() || h.single && !wide {
		return amd64.In(c.in(v))
	}
	if h.each && wide {
		return amd64.Each(h.memory)
	}
	return amd64.At(h.memory)
}

func (c *compiler) hasFree() bool {
	for _, v := range c.vectors {
		if v == none {
			return true
		}
	}
	return false
}

// drop frees the registers and frame places of operands read for the last time.
func (c *compiler) drop(operands ...Value) {
	for _, v := range operands {
		if v < 0 || c.nextRead(v) != math.MaxInt32 {
			continue
		}
		if r := c.register[v]; r >= 0 {
			if c.isMask(v) {
				c.masks[r] = none
			} else {
				c.vectors[r] = none
			}
			c.register[v] = -1
		}
		if h := &c.home[v]; h.spill {
			c.freed = append(c.freed, h.memory.Disp/64/int32(c.unit.groups))
			*h = place{}
		}
	}
}
