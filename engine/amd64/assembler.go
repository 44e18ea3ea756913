// Package amd64 encodes the few instructions of 64-bit x86 that the engine's
// machine code is made of: AVX2 in its VEX form, AVX-512 in its EVEX form, and
// some jumps and moves. It runs on every platform; only what it writes does not.
package amd64

import (
	"encoding/binary"
	"fmt"
)

// Register is a general register by its number.
type Register uint8

// The general registers that machine code of the engine uses.
const (
	AX Register = 0
	CX Register = 1
	DX Register = 2
	BX Register = 3
	SI Register = 6
	DI Register = 7
)

// Vector is a vector register, 0 to 15 in VEX and 0 to 31 in EVEX code.
type Vector uint8

// Mask is a mask register of AVX-512, k0 to k7.
type Mask uint8

// Memory is a place in memory: Disp bytes behind Base, plus 8 times the lanes of
// a vector of indices if Indexed.
type Memory struct {
	Base    Register
	Disp    int32
	Indexed bool
	Index   Vector
}

// Operand is the last operand of a vector instruction: a register or memory.
type Operand struct {
	Vector Vector
	// InMemory says that Memory holds and Vector does not.
	InMemory bool
	Memory   Memory
	// Broadcast reads one float64 for all lanes; EVEX only.
	Broadcast bool
}

// In is an operand in a register.
func In(v Vector) Operand { return Operand{Vector: v} }

// At is an operand in memory.
func At(m Memory) Operand { return Operand{InMemory: true, Memory: m} }

// Each is one float64 in memory, read for every lane.
func Each(m Memory) Operand { return Operand{InMemory: true, Memory: m, Broadcast: true} }

// Form says how vector instructions are encoded.
type Form uint8

// The forms: 256 bits for AVX2, 512 bits for AVX-512.
const (
	VEX256 Form = iota
	EVEX512
)

// Bytes is the width of a vector.
func (f Form) Bytes() int32 {
	if f == EVEX512 {
		return 64
	}
	return 32
}

// Label is a place in the code that jumps can go to, before or after it is set.
type Label int

// Assembler collects code. The zero value is ready for VEX256.
type Assembler struct {
	Form Form
	code []byte
	// labels hold offsets, or -1 while not set.
	labels []int
	jumps  []jump
}

// jump is a 32-bit distance to be written at an offset once its label is set.
type jump struct {
	at    int
	label Label
}

// Offset is where the next instruction goes.
func (a *Assembler) Offset() int { return len(a.code) }

// Label makes a label that is not set yet.
func (a *Assembler) Label() Label {
	a.labels = append(a.labels, -1)
	return Label(len(a.labels) - 1)
}

// Set puts a label here.
func (a *Assembler) Set(l Label) { a.labels[l] = len(a.code) }

// Code resolves the jumps and returns the code. It fails when a label was used
// and never set.
func (a *Assembler) Code() ([]byte, error) {
	for _, j := range a.jumps {
		to := a.labels[j.label]
		if to < 0 {
			return nil, fmt.Errorf("amd64: a jump at byte %d goes to a label that is not set", j.at)
		}
		binary.LittleEndian.PutUint32(a.code[j.at:], uint32(int32(to-(j.at+4))))
	}
	return a.code, nil
}

func (a *Assembler) emit(b ...byte) { a.code = append(a.code, b...) }

func (a *Assembler) emit32(x int32) {
	a.code = binary.LittleEndian.AppendUint32(a.code, uint32(x))
}

func (a *Assembler) distance(l Label) {
	a.jumps = append(a.jumps, jump{len(a.code), l})
	a.emit32(0)
}

// Call calls the code at a label.
func (a *Assembler) Call(l Label) { a.emit(0xe8); a.distance(l) }

// Jump goes to a label.
func (a *Assembler) Jump(l Label) { a.emit(0xe9); a.distance(l) }

// JumpIfZero goes to a label when the last test gave zero.
func (a *Assembler) JumpIfZero(l Label) { a.emit(0x0f, 0x84); a.distance(l) }

// JumpIfNotZero goes to a label when the last test did not give zero.
func (a *Assembler) JumpIfNotZero(l Label) { a.emit(0x0f, 0x85); a.distance(l) }

// Return goes back to the caller.
func (a *Assembler) Return() { a.emit(0xc3) }

// MoveImmediate sets the low half of a register and clears the high half.
func (a *Assembler) MoveImmediate(r Register, x int32) {
	a.emit(0xb8 + byte(r))
	a.emit32(x)
}

// Test compares the low half of a register with zero.
func (a *Assembler) Test(r Register) { a.emit(0x85, 0xc0|byte(r)<<3|byte(r)) }

// Load reads 64 bits.
func (a *Assembler) Load(to Register, from Memory) {
	a.emit(0x48, 0x8b)
	a.modrm(uint8(to), Operand{InMemory: true, Memory: from}, 1)
}

// AddTo adds a register to 64 bits in memory.
func (a *Assembler) AddTo(to Memory, from Register) {
	a.emit(0x48, 0x01)
	a.modrm(uint8(from), Operand{InMemory: true, Memory: to}, 1)
}

// AddImmediate adds a number to 64 bits in memory.
func (a *Assembler) AddImmediate(to Memory, x int32) {
	a.emit(0x48, 0x81)
	a.modrm(0, Operand{InMemory: true, Memory: to}, 1)
	a.emit32(x)
}

// DecrementAt takes 1 from 64 bits in memory.
func (a *Assembler) DecrementAt(m Memory) {
	a.emit(0x48, 0xff)
	a.modrm(1, Operand{InMemory: true, Memory: m}, 1)
}

// PopTo takes the top of the stack to memory.
func (a *Assembler) PopTo(m Memory) {
	a.emit(0x8f)
	a.modrm(0, Operand{InMemory: true, Memory: m}, 1)
}

// JumpTo goes to the address held in memory.
func (a *Assembler) JumpTo(m Memory) {
	a.emit(0xff)
	a.modrm(4, Operand{InMemory: true, Memory: m}, 1)
}

// ZeroUpper clears the upper parts of the vector registers, as code without
// vectors expects.
func (a *Assembler) ZeroUpper() { a.emit(0xc5, 0xf8, 0x77) }

// modrm writes the bytes that name the last operand. Displacements that fit are
// written as one byte in units of scale.
func (a *Assembler) modrm(reg uint8, o Operand, scale int32) {
	r := (reg & 7) << 3
	if !o.InMemory {
		a.emit(0xc0 | r | byte(o.Vector)&7)
		return
	}
	m := o.Memory
	base := byte(m.Base) & 7
	short := m.Disp%scale == 0 && m.Disp/scale >= -128 && m.Disp/scale <= 127
	mode := byte(0x80)
	if short {
		mode = 0x40
	}
	if m.Indexed {
		a.emit(mode|r|4, 3<<6|byte(m.Index)&7<<3|base)
	} else {
		a.emit(mode | r | base)
	}
	if short {
		a.emit(byte(int8(m.Disp / scale)))
	} else {
		a.emit32(m.Disp)
	}
}
