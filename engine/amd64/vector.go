package amd64

// Instruction is a vector instruction: what VEX and EVEX share of its encoding.
type Instruction struct {
	prefix, space, opcode byte
	// wide sets W in the EVEX form, wideVEX in the VEX form.
	wide, wideVEX bool
}

const (
	prefix66 = 1

	space0F   = 1
	space0F38 = 2
	space0F3A = 3
)

func packed(opcode byte) Instruction {
	return Instruction{prefix: prefix66, space: space0F, opcode: opcode, wide: true}
}

// The instructions on packed float64 and packed 64-bit integers, by their names
// in the processor manuals.
var (
	VADDPD   = packed(0x58)
	VMULPD   = packed(0x59)
	VSUBPD   = packed(0x5c)
	VMINPD   = packed(0x5d)
	VDIVPD   = packed(0x5e)
	VMAXPD   = packed(0x5f)
	VSQRTPD  = packed(0x51) // two operands
	VANDPD   = packed(0x54)
	VANDNPD  = packed(0x55)
	VORPD    = packed(0x56)
	VXORPD   = packed(0x57)
	VPADDQ   = packed(0xd4)
	VPSUBQ   = packed(0xfb)
	VPMULUDQ = packed(0xf4)
	VMOVAPD  = packed(0x28) // two operands, load or register
	VMOVUPD  = packed(0x10) // two operands, load

	vmovupdStore = packed(0x11)
	vcmppd       = packed(0xc2)
	vpshiftq     = packed(0x73)

	VBROADCASTSD = Instruction{prefix: prefix66, space: space0F38, opcode: 0x19, wide: true} // two operands, load
	VPERMPD      = Instruction{prefix: prefix66, space: space0F38, opcode: 0x16, wide: true} // EVEX: index, table
	VPERMT2PD    = Instruction{prefix: prefix66, space: space0F38, opcode: 0x7f, wide: true} // EVEX: low half of the table overwritten
	VCVTTPD2QQ   = Instruction{prefix: prefix66, space: space0F, opcode: 0x7a, wide: true}   // EVEX, two operands
	VPCMPEQD     = Instruction{prefix: prefix66, space: space0F, opcode: 0x76}               // VEX
	vround       = Instruction{prefix: prefix66, space: space0F3A, opcode: 0x09, wide: true}
	vblendv      = Instruction{prefix: prefix66, space: space0F3A, opcode: 0x4b}
	vblendm      = Instruction{prefix: prefix66, space: space0F38, opcode: 0x65, wide: true}
	vgatherqpd   = Instruction{prefix: prefix66, space: space0F38, opcode: 0x93, wide: true, wideVEX: true}
)

// Predicate is a comparison of floating-point numbers, as VCMPPD numbers them.
type Predicate uint8

// The predicates. A NaN makes the first four false and the others true.
const (
	Equal        Predicate = 0
	Less         Predicate = 1
	LessEqual    Predicate = 2
	Unordered    Predicate = 3 // true for a NaN
	NotEqual     Predicate = 4
	NotLess      Predicate = 5
	NotLessEqual Predicate = 6
)

// vex writes a VEX instruction. reg is the ModRM register, v the second operand.
func (a *Assembler) vex(i Instruction, reg, v uint8, o Operand, long bool) {
	var base, index byte
	if o.InMemory {
		base = byte(o.Memory.Base) >> 3
		if o.Memory.Indexed {
			index = byte(o.Memory.Index) >> 3
		}
	} else {
		base = byte(o.Vector) >> 3 & 1
	}
	last := ^v&15<<3 | i.prefix
	if long {
		last |= 4
	}
	r := ^(reg >> 3) & 1 << 7
	if base == 0 && index == 0 && i.space == space0F && !i.wideVEX {
		a.emit(0xc5, r|last, i.opcode)
	} else {
		if i.wideVEX {
			last |= 0x80
		}
		a.emit(0xc4, r|^index&1<<6|^base&1<<5|i.space, last, i.opcode)
	}
	a.modrm(reg, o, 1)
}

// evex writes an EVEX instruction of 512 bits under a mask; k0 is no mask.
func (a *Assembler) evex(i Instruction, reg, v uint8, o Operand, k Mask, zero bool, scale int32) {
	b, x, vHigh := byte(0), byte(0), v>>4
	if o.InMemory {
		b = byte(o.Memory.Base) >> 3
		if o.Memory.Indexed {
			x, vHigh = byte(o.Memory.Index)>>3&1, byte(o.Memory.Index)>>4
		}
	} else {
		b, x = byte(o.Vector)>>3&1, byte(o.Vector)>>4
	}
	p0 := ^(reg>>3)&1<<7 | ^x&1<<6 | ^b&1<<5 | ^(reg>>4)&1<<4 | i.space
	p1 := ^v&15<<3 | 4 | i.prefix
	if i.wide {
		p1 |= 0x80
	}
	p2 := byte(2<<5) | ^vHigh&1<<3 | byte(k)
	if zero {
		p2 |= 0x80
	}
	if o.Broadcast {
		p2 |= 0x10
		scale = 8
	}
	a.emit(0x62, p0, p1, p2, i.opcode)
	a.modrm(reg, o, scale)
}

func (a *Assembler) vector(i Instruction, reg, v uint8, o Operand) {
	if a.Form == EVEX512 {
		a.evex(i, reg, v, o, 0, false, 64)
		return
	}
	a.vex(i, reg, v, o, true)
}

// Three writes an instruction of three operands: to = x op y.
func (a *Assembler) Three(i Instruction, to, x Vector, y Operand) {
	a.vector(i, uint8(to), uint8(x), y)
}

// Two writes an instruction of two operands: to = op x.
func (a *Assembler) Two(i Instruction, to Vector, x Operand) { a.vector(i, uint8(to), 0, x) }

// Broadcast loads one float64 into every lane.
func (a *Assembler) Broadcast(to Vector, from Memory) {
	if a.Form == EVEX512 {
		a.evex(VBROADCASTSD, uint8(to), 0, At(from), 0, false, 8)
		return
	}
	a.vex(VBROADCASTSD, uint8(to), 0, At(from), true)
}

// BroadcastUnder loads one float64 into the lanes of a mask and clears the
// others; EVEX only.
func (a *Assembler) BroadcastUnder(to Vector, k Mask, from Memory) {
	a.evex(VBROADCASTSD, uint8(to), 0, At(from), k, true, 8)
}

// Store writes a vector to memory.
func (a *Assembler) Store(to Memory, from Vector) { a.vector(vmovupdStore, uint8(from), 0, At(to)) }

// ShiftLeft shifts each 64-bit lane left, filling with zeros.
func (a *Assembler) ShiftLeft(to, x Vector, by uint8) {
	a.vector(vpshiftq, 6, uint8(to), In(x))
	a.emit(by)
}

// ShiftRight shifts each 64-bit lane right, filling with zeros.
func (a *Assembler) ShiftRight(to, x Vector, by uint8) {
	a.vector(vpshiftq, 2, uint8(to), In(x))
	a.emit(by)
}

// Floor rounds each lane to the integer not above it.
func (a *Assembler) Floor(to Vector, x Operand) {
	a.vector(vround, uint8(to), 0, x)
	a.emit(9) // towards minus infinity, without the inexact flag
}

// Compare sets each lane of a vector to all ones where the predicate holds, else
// to zeros; VEX only.
func (a *Assembler) Compare(p Predicate, to, x Vector, y Operand) {
	a.vex(vcmppd, uint8(to), uint8(x), y, true)
	a.emit(byte(p))
}

// CompareMask sets the bits of a mask where the predicate holds; EVEX only.
func (a *Assembler) CompareMask(p Predicate, to Mask, x Vector, y Operand) {
	a.evex(vcmppd, uint8(to), uint8(x), y, 0, false, 64)
	a.emit(byte(p))
}

// Blend takes lanes of y where the vector mask has its sign bit, else of x; VEX
// only.
func (a *Assembler) Blend(to, x Vector, y Operand, mask Vector) {
	a.vex(vblendv, uint8(to), uint8(x), y, true)
	a.emit(byte(mask) << 4)
}

// BlendMask takes lanes of y where the mask has a bit, else of x; EVEX only.
func (a *Assembler) BlendMask(to, x Vector, y Operand, k Mask) {
	a.evex(vblendm, uint8(to), uint8(x), y, k, false, 64)
}

// Gather loads the float64 at each lane's index, in units of 8 bytes, for lanes
// whose mask vector has its sign bit, and clears the mask vector; VEX only. The
// three registers must differ.
func (a *Assembler) Gather(to Vector, from Memory, mask Vector) {
	a.vex(vgatherqpd, uint8(to), uint8(mask), At(from), true)
}

// GatherMask is Gather under a mask register, which it clears; EVEX only.
func (a *Assembler) GatherMask(to Vector, from Memory, k Mask) {
	a.evex(vgatherqpd, uint8(to), 0, At(from), k, false, 8)
}

// SignBits sets a general register to the sign bits of a vector; VEX only.
func (a *Assembler) SignBits(to Register, x Vector) {
	a.vex(Instruction{prefix: prefix66, space: space0F, opcode: 0x50}, uint8(to), 0, In(x), true)
}
