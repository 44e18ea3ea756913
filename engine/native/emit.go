package native

import (
	"fmt"

	"handover/engine/amd64"
)

// three lists the operations that are one instruction of three operands, and
// whether their operands may be exchanged.
var three = map[kind]struct {
	instruction amd64.Instruction
	commutes    bool
}{
	add: {amd64.VADDPD, true}, subtract: {amd64.VSUBPD, false}, multiply: {amd64.VMULPD, true}, divide: {amd64.VDIVPD, false},
	least: {amd64.VMINPD, false}, greatest: {amd64.VMAXPD, false}, and: {amd64.VANDPD, true}, or: {amd64.VORPD, true},
	xor: {amd64.VXORPD, true}, mulHalves: {amd64.VPMULUDQ, true}, addWords: {amd64.VPADDQ, true}, subWords: {amd64.VPSUBQ, false},
}

// compile emits the code of one node.
func (c *compiler) compile(v Value) error {
	c.locked = c.locked[:0]
	c.free, c.freed = append(c.free, c.freed...), c.freed[:0]
	n := &c.nodes[v]
	a := c.a
	switch n.kind {
	case constant:
		c.home[v] = place{memory: poolAt(c.unit.pool.constant(n.imm)), known: true, each: true}
		return nil
	case words:
		c.home[v] = place{memory: poolAt(c.unit.pool.tables[n.imm].offset), known: true}
		return nil
	case row:
		c.home[v] = place{memory: amd64.Memory{Base: amd64.BX, Disp: int32(8 * n.imm)}, known: true, each: true, single: true}
		return nil
	case load:
		m, err := c.slot(n.imm)
		c.home[v] = place{memory: m, known: true}
		return err
	case store:
		m, err := c.slot(n.imm >> 1)
		if err != nil {
			return err
		}
		a.Store(m, c.in(n.a))
		if h := &c.home[n.a]; n.imm&1 == 1 && !h.known {
			*h = place{memory: m, known: true}
		}
		c.drop(n.a)
	case export:
		if n.imm+8 > uint64(c.unit.slots)*uint64(c.unit.lanes)*8 {
			return fmt.Errorf("native: a cell at byte %d lies outside the state", n.imm)
		}
		x := c.in(n.a)
		a.Load(amd64.AX, amd64.Memory{Base: amd64.DI, Disp: int32(n.imm)})
		a.Store(amd64.Memory{Base: amd64.AX, Disp: c.group * c.unit.form.Bytes()}, x)
		c.drop(n.a)
	case squareRoot, floor, whole:
		x := c.operand(n.a)
		c.drop(n.a)
		switch to := c.vector(v); n.kind {
		case floor:
			a.Floor(to, x)
		case whole:
			a.Two(amd64.VCVTTPD2QQ, to, x)
		default:
			a.Two(amd64.VSQRTPD, to, x)
		}
	case shiftLeft, shiftRight:
		x := c.in(n.a)
		c.drop(n.a)
		if to := c.vector(v); n.kind == shiftLeft {
			a.ShiftLeft(to, x, uint8(n.imm))
		} else {
			a.ShiftRight(to, x, uint8(n.imm))
		}
	case compare:
		c.compare(v, n)
	case both, either, not:
		c.combine(v, n)
	case truth:
		one := poolAt(c.unit.pool.constant(0x3ff << 52))
		if c.masks != nil {
			k := c.inMask(n.a)
			c.drop(n.a)
			a.BroadcastUnder(c.vector(v), k, one)
			return nil
		}
		x := c.in(n.a)
		c.drop(n.a)
		a.Three(amd64.VANDPD, c.vector(v), x, amd64.At(one))
	case choose:
		otherwise := c.in(n.c)
		if c.masks != nil {
			k := c.inMask(n.a)
			then := c.operand(n.b)
			c.drop(n.a, n.b, n.c)
			a.BlendMask(c.vector(v), otherwise, then, k)
			return nil
		}
		mask := c.in(n.a)
		then := c.operand(n.b)
		c.drop(n.a, n.b, n.c)
		a.Blend(c.vector(v), otherwise, then, mask)
	case read:
		return c.read(v, n)
	case permute8:
		x := c.in(n.a)
		table := amd64.At(c.home[n.b].memory)
		c.drop(n.a, n.b)
		a.Three(amd64.VPERMPD, c.vector(v), x, table)
	case permute16:
		// The low half is overwritten with the result.
		x := c.in(n.a)
		to := c.vector(v)
		a.Two(amd64.VMOVUPD, to, amd64.At(c.home[n.b].memory))
		a.Three(amd64.VPERMT2PD, to, x, amd64.At(c.home[n.c].memory))
		c.drop(n.a, n.b, n.c)
	case repair:
		c.repair(v, n)
	default:
		o, ok := three[n.kind]
		if !ok {
			return fmt.Errorf("native: no code for operation %d", n.kind)
		}
		x, y := n.a, n.b
		if o.commutes && c.register[x] < 0 && (c.register[y] >= 0 || c.home[x].each) {
			x, y = y, x
		}
		first := c.in(x)
		second := c.operand(y)
		c.drop(n.a, n.b)
		a.Three(o.instruction, c.vector(v), first, second)
	}
	return nil
}

// overwrite gives v a register that already holds operand x: that of x when it
// is read for the last time, else a copy.
func (c *compiler) overwrite(v, operand Value, x amd64.Vector) amd64.Vector {
	if c.nextRead(operand) == 1<<31-1 {
		c.vectors[x] = none
		c.register[operand] = -1
		c.own(c.vectors, int(x), v)
		return x
	}
	to := c.vector(v)
	c.a.Two(amd64.VMOVAPD, to, amd64.In(x))
	return to
}

func (c *compiler) compare(v Value, n *node) {
	x := c.in(n.a)
	y := c.operand(n.b)
	c.drop(n.a, n.b)
	if c.masks != nil {
		c.a.CompareMask(amd64.Predicate(n.imm), c.mask(v), x, y)
		return
	}
	c.a.Compare(amd64.Predicate(n.imm), c.vector(v), x, y)
}

// combine emits operations on masks.
func (c *compiler) combine(v Value, n *node) {
	a := c.a
	if c.masks == nil {
		x := c.in(n.a)
		y := amd64.At(poolAt(c.unit.pool.constant(1<<64 - 1)))
		if n.kind != not {
			y = c.operand(n.b)
		}
		c.drop(n.a, n.b)
		a.Three(map[kind]amd64.Instruction{both: amd64.VANDPD, either: amd64.VORPD, not: amd64.VXORPD}[n.kind], c.vector(v), x, y)
		return
	}
	x := c.inMask(n.a)
	if n.kind == not {
		c.drop(n.a)
		a.MaskNot(c.mask(v), x)
		return
	}
	y := c.inMask(n.b)
	c.drop(n.a, n.b)
	if n.kind == both {
		a.MaskAnd(c.mask(v), x, y)
	} else {
		a.MaskOr(c.mask(v), x, y)
	}
}

// read emits a gather. Its registers must differ, and it depends on what the
// destination held, so that is cleared first.
func (c *compiler) read(v Value, n *node) error {
	table := c.unit.pool.tables[n.imm>>32]
	offset := int32(uint32(n.imm))
	if int(offset) >= len(table.words) {
		return fmt.Errorf("native: word %d of a table of %d", offset, len(table.words))
	}
	x := c.in(n.a)
	to := c.vector(v)
	c.a.Three(amd64.VXORPD, to, to, amd64.In(to))
	m := amd64.Memory{Base: amd64.SI, Disp: table.offset + 8*offset, Indexed: true, Index: x}
	if c.masks != nil {
		c.a.MaskSet(7)
		c.a.GatherMask(to, m, 7)
	} else {
		all := c.take(c.vectors, 0)
		r := amd64.Vector(all)
		c.a.Three(amd64.VPCMPEQD, r, r, amd64.In(r))
		c.a.Gather(to, m, r)
	}
	c.drop(n.a)
	return nil
}

// repair emits a jump to code that calls outside when some lane needs it.
func (c *compiler) repair(v Value, n *node) {
	a := c.a
	y := c.in(n.a)
	s := stub{here: a.Label(), back: a.Label(), function: Function(n.imm), two: n.d >= 0}
	s.x = c.in(n.c)
	if s.two {
		s.x2 = c.in(n.d)
	}
	if c.masks != nil {
		a.MaskTest(c.inMask(n.b))
		s.to = c.overwrite(v, n.a, y)
	} else {
		a.SignBits(amd64.AX, c.in(n.b))
		s.to = c.overwrite(v, n.a, y)
		a.Test(amd64.AX)
	}
	a.JumpIfNotZero(s.here)
	a.Set(s.back)
	c.stubs = append(c.stubs, s)
	c.drop(n.a, n.b, n.c, n.d)
}

func (c *compiler) stub(s stub) {
	a := c.a
	frame := func(offset int32) amd64.Memory {
		return amd64.Memory{Base: amd64.DX, Disp: offset - frameEach*c.group}
	}
	a.Set(s.here)
	a.Store(frame(frameX), s.x)
	if s.two {
		a.Store(frame(frameX2), s.x2)
	}
	a.MoveImmediate(amd64.AX, int32(s.function)|c.group<<8)
	a.Call(c.unit.save)
	a.Two(amd64.VMOVUPD, s.to, amd64.At(frame(frameY)))
	a.Jump(s.back)
}
