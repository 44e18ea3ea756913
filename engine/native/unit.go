package native

import (
	"fmt"
	"runtime"

	"handover/engine/amd64"
	"handover/engine/executable"
)

// Unit is a set of routines compiled together: they share a pool of constants
// and one area of code.
type Unit struct {
	form     amd64.Form
	assemble amd64.Assembler
	pool     *pool
	// slots is how many slots the state has and lanes how many numbers a slot.
	slots, lanes int
	// groups is how many vectors of lanes the code works on side by side.
	groups int
	// spills is how many vectors of a frame the routines use at most.
	spills int
	save   amd64.Label
	resume int

	code, constants *executable.Memory
}

// A frame holds, below the address that code is given, what is kept while code
// outside runs for rare lanes; from it on, values that found no register.
const (
	frameResume = -64                                              // where to go on
	frameRow    = -56                                              // the address of the row
	frameMasks  = -128                                             // masks, 8 bytes each
	frameX      = -192                                             // operands and result of the function,
	frameX2     = -256                                             //
	frameY      = -320                                             //
	frameEach   = 192                                              // and of each further group
	frameSaved  = frameY - frameEach*(mostGroups-1) - 64*registers // vector registers
	frameBelow  = -frameSaved
	registers   = 32
	mostGroups  = 2
)

// Lanes is how many float64 a vector of the form holds.
func Lanes(f amd64.Form) int { return int(f.Bytes()) / 8 }

// NewUnit returns a unit without routines, for a state of slots vectors of the
// given lanes, a multiple of those of the form.
func NewUnit(form amd64.Form, slots, lanes int) (*Unit, error) {
	width := 1
	if form == amd64.VEX256 {
		width = Lanes(form)
	}
	if lanes < 1 || lanes%Lanes(form) != 0 || int64(slots)*int64(lanes) > 1<<27 {
		return nil, fmt.Errorf("native: a state of %d slots of %d lanes", slots, lanes)
	}
	u := &Unit{form: form, assemble: amd64.Assembler{Form: form}, pool: newPool(width), slots: slots, lanes: lanes, groups: 1}
	if form == amd64.EVEX512 && lanes%(mostGroups*Lanes(form)) == 0 {
		u.groups = mostGroups // there are registers enough
	}
	a := &u.assemble
	vectors := amd64.Vector(registers)
	if form == amd64.VEX256 {
		vectors = 16
	}
	saved := func(v amd64.Vector) amd64.Memory {
		return amd64.Memory{Base: amd64.DX, Disp: frameSaved + 64*int32(v)}
	}
	mask := func(k amd64.Mask) amd64.Memory {
		return amd64.Memory{Base: amd64.DX, Disp: frameMasks + 8*int32(k)}
	}
	u.save = a.Label()
	a.Set(u.save)
	a.PopTo(amd64.Memory{Base: amd64.DX, Disp: frameResume})
	for v := range vectors {
		a.Store(saved(v), v)
	}
	if form == amd64.EVEX512 {
		for k := range amd64.Mask(8) {
			a.MaskStore(mask(k), k)
		}
	}
	a.Return()
	u.resume = a.Offset()
	a.Load(amd64.BX, atRow)
	for v := range vectors {
		a.Two(amd64.VMOVUPD, v, amd64.At(saved(v)))
	}
	if form == amd64.EVEX512 {
		for k := range amd64.Mask(8) {
			a.MaskLoad(k, mask(k))
		}
	}
	a.JumpTo(amd64.Memory{Base: amd64.DX, Disp: frameResume})
	return u, nil
}

// Routine is a compiled builder: where each of its segments begins.
type Routine struct{ entries []int }

// Segments is how many times the routine must be entered: once more than it
// pauses.
func (r *Routine) Segments() int { return len(r.entries) }

// Seal makes the unit ready to run. Nothing can be compiled after.
func (u *Unit) Seal() error {
	code, err := u.assemble.Code()
	if err != nil {
		return err
	}
	if u.constants, err = executable.NewMemory(max(len(u.pool.bytes), 64)); err != nil {
		return err
	}
	copy(u.constants.Bytes(), u.pool.bytes)
	if u.code, err = executable.NewMemory(len(code)); err != nil {
		return err
	}
	copy(u.code.Bytes(), code)
	return u.code.Seal()
}

// Size is the number of bytes of code and of constants.
func (u *Unit) Size() (code, constants int) { return u.assemble.Offset(), len(u.pool.bytes) }

// State is the memory that the routines of a unit work on, for one thread.
type State struct {
	unit   *Unit
	memory *executable.Memory
	frames *executable.Memory
	// Floats is the state: slot s, lane l at s*lanes + l. It is gone with the
	// State.
	Floats []float64
	frame  int
}

// NewState returns a state of zeros.
func (u *Unit) NewState() (*State, error) {
	s := &State{unit: u, frame: frameBelow + 64*max(1, u.spills)*u.groups}
	var err error
	if s.memory, err = executable.NewMemory(u.slots * u.lanes * 8); err != nil {
		return nil, err
	}
	if s.frames, err = executable.NewMemory(s.frame * (u.lanes / Lanes(u.form) / u.groups)); err != nil {
		return nil, err
	}
	s.Floats = s.memory.Floats()
	return s, nil
}

// SetRow says where the row lies that routines read, or the first one of those
// that repeat themselves: the caller keeps it, and what follows it, while they run.
func (s *State) SetRow(row []float64) {
	words := s.frames.Words()
	for at := frameBelow + frameRow; at < 8*len(words); at += s.frame {
		words[at/8] = uint64(executable.AddressOf(row))
	}
}

// Aim sets the cells at a slot: the exports of a routine that repeats itself go
// to the starts of these columns, and in each further run stride values on. The
// caller keeps the columns, of stride values a run and of all lanes in the last
// one, while the routine runs.
func (s *State) Aim(slot int32, columns [][]float64, stride int) {
	cells := s.memory.Words()[int(slot)*s.unit.lanes:]
	cells[cellStride] = uint64(8 * stride)
	for i, c := range columns {
		cells[cellExports+i] = uint64(executable.AddressOf(c))
	}
}

// Repeat executes a routine that repeats itself, times times or until it stops
// itself, and returns how often it ran.
func (s *State) Repeat(r *Routine, slot int32, times int, outside func(f Function, x, x2, y []float64)) int {
	counter := &s.memory.Words()[int(slot)*s.unit.lanes+cellTimes]
	*counter = uint64(times)
	s.Run(r, 0, s.unit.lanes, outside)
	return times - int(*counter)
}

// Run executes one segment of a routine over the first n lanes, rounded up to
// whole groups of vectors. When lanes need a function that code outside computes, outside
// is called with the operands and the place of the results.
func (s *State) Run(r *Routine, segment, n int, outside func(f Function, x, x2, y []float64)) {
	u, width := s.unit, Lanes(s.unit.form)
	base := u.code.Address()
	for part := 0; part*width*u.groups < n; part++ {
		state := s.memory.Address() + uintptr(part*width*u.groups*8)
		frame := s.frames.Address() + uintptr(part*s.frame+frameBelow)
		entry := base + uintptr(r.entries[segment])
		for {
			f := executable.Call(entry, state, u.constants.Address(), frame)
			if f == 0 {
				break
			}
			floats := s.frames.Floats()
			group := int(f >> 8)
			at := func(offset int) []float64 {
				return floats[(part*s.frame+frameBelow+offset-frameEach*group)/8:][:width]
			}
			outside(Function(f), at(frameX), at(frameX2), at(frameY))
			entry = base + uintptr(u.resume)
		}
	}
	runtime.KeepAlive(s)
	runtime.KeepAlive(u)
}
