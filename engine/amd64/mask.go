package amd64

// Instructions on the mask registers of AVX-512, on their low 8 bits.

func (a *Assembler) mask(opcode byte, to, x, y Mask, long bool) {
	a.vex(Instruction{prefix: prefix66, space: space0F, opcode: opcode}, uint8(to), uint8(x), Operand{Vector: Vector(y)}, long)
}

// MaskAnd sets to = x and y.
func (a *Assembler) MaskAnd(to, x, y Mask) { a.mask(0x41, to, x, y, true) }

// MaskOr sets to = x or y.
func (a *Assembler) MaskOr(to, x, y Mask) { a.mask(0x45, to, x, y, true) }

// MaskNot sets to = not x.
func (a *Assembler) MaskNot(to, x Mask) { a.mask(0x44, to, 0, x, false) }

// MaskSet sets all bits.
func (a *Assembler) MaskSet(to Mask) { a.mask(0x46, to, to, to, true) }

// MaskTest compares a mask with zero, for a jump.
func (a *Assembler) MaskTest(x Mask) { a.mask(0x98, x, 0, x, false) }

// MaskStore writes 8 bits of a mask to memory.
func (a *Assembler) MaskStore(to Memory, x Mask) {
	a.vex(Instruction{prefix: prefix66, space: space0F, opcode: 0x91}, uint8(x), 0, At(to), false)
}

// MaskLoad reads 8 bits of a mask from memory.
func (a *Assembler) MaskLoad(to Mask, from Memory) {
	a.vex(Instruction{prefix: prefix66, space: space0F, opcode: 0x90}, uint8(to), 0, At(from), false)
}
