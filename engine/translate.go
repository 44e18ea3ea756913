package engine

import (
	"fmt"

	"handover/engine/amd64"
	"handover/engine/native"
	"handover/random"
)

// translation follows the values of registers through a list of instructions.
type translation struct {
	program *Program
	machine *machine
	b       *native.Builder
	// values holds what is known of a register: a value that was computed or read.
	values map[int32]native.Value
	// computed marks registers whose value memory does not have.
	computed map[int32]bool
	// moves lists, by place in the code, the stocks that take their next value there:
	// once it is known and nothing reads the old one any more.
	moves map[int][]stockRegisters
	// sums are NaN in lanes where a stock is not finite; several, so that none waits
	// for the other.
	sums [4]native.Value
}

// plan compiles a list of instructions: those of each step, or of a run. When
// advance is set, stocks take their next values in it, as Euler's method asks.
func (m *machine) plan(p *Program, code []instruction, each, advance bool) (plan, error) {
	t := &translation{program: p, machine: m, b: m.unit.NewBuilder(), values: map[int32]native.Value{}, computed: map[int32]bool{}}
	for _, c := range p.constants {
		t.values[c.register] = t.b.Constant(c.value)
	}
	written := map[int32]bool{}
	for i := range code {
		for _, r := range p.writes(&code[i]) {
			written[r] = true
		}
	}
	calendar := p.calendar
	if !each {
		calendar = nil
	}
	if calendar != nil {
		for _, r := range calendar.registers {
			written[r] = true
		}
	}
	// What the interpreter must do and needs nothing computed here goes first.
	early := map[int]bool{}
	var q plan
	q.before = [][]int{nil}
	for k := range code {
		i := &code[k]
		if able(p, i) || !t.early(i, written) {
			continue
		}
		early[k] = true
		q.before[0] = append(q.before[0], k)
	}
	repeat := advance && m.repeats
	if repeat {
		t.clock()
	}
	if advance {
		t.plot(code)
	}
	fresh := true // nothing has been compiled since the last pause
	if calendar != nil {
		fresh = !t.open(calendar, code)
	}
	t.move(-1)
	for k := range code {
		i := &code[k]
		switch {
		case early[k]:
		case able(p, i):
			fresh = false
			v := t.lower(i)
			t.values[i.d] = v
			t.computed[i.d] = p.temporary[i.d]
			if !p.temporary[i.d] {
				t.b.Store(i.d, v, true)
				if i.op == opCopy {
					delete(t.values, i.d) // what it was copied from may change
				}
			}
		default:
			for _, r := range p.reads(i) {
				if t.computed[r] {
					t.b.Store(r, t.values[r], false)
					t.computed[r], fresh = false, false
				}
			}
			if !fresh {
				t.b.Pause()
				q.before = append(q.before, nil)
				fresh = true
			}
			last := len(q.before) - 1
			q.before[last] = append(q.before[last], k)
			for _, r := range p.writes(i) {
				delete(t.values, r)
				t.computed[r] = false
			}
		}
		if len(t.moves[k]) > 0 {
			fresh = false
			t.move(k)
		}
	}
	var sum native.Value
	if advance {
		sum = t.b.Add(t.b.Add(t.sums[0], t.sums[1]), t.b.Add(t.sums[2], t.sums[3]))
		t.b.Store(m.check, sum, false)
	}
	if advance && m.watches {
		wild := t.b.Load(m.wild)
		for _, r := range p.saved {
			wild = t.b.Add(wild, t.b.Multiply(t.b.Constant(0), t.value(r)))
		}
		t.b.Store(m.wild, wild, false)
	}
	if repeat {
		t.again(sum)
	}
	var err error
	q.routine, err = t.b.Compile()
	if err == nil && q.routine.Segments() != len(q.before) {
		err = fmt.Errorf("engine: %d segments for %d pauses", q.routine.Segments(), len(q.before))
	}
	return q, err
}

// clock sets the time of a step from its number.
func (t *translation) clock() {
	p, b := t.program, t.b
	if p.time < 0 {
		return
	}
	v := b.Add(b.Constant(p.start), b.Multiply(b.Load(t.machine.count), b.Constant(p.dt)))
	t.values[p.time] = v
	b.Store(p.time, v, true)
}

// open makes values of the calendar's numbers, and stores those that code outside
// reads. It says whether there are any of these.
func (t *translation) open(c *calendar, code []instruction) bool {
	outside := map[int32]bool{}
	for k := range code {
		if i := &code[k]; !able(t.program, i) {
			for _, r := range t.program.reads(i) {
				outside[r] = true
			}
		}
	}
	stored := false
	t.b.Rows(len(c.registers))
	for i, r := range c.registers {
		v := t.b.Row(i)
		t.values[r] = v
		if c.outside[i] || outside[r] {
			t.b.Store(r, v, false)
			stored = true
		}
	}
	return stored
}

// again counts the step, hands over what is saved and begins the next one, unless
// a stock is not finite: sum is not 0 then. Steps are counted as numbers and, where
// draws need them, as words; last of all, for values may be read where they lie.
func (t *translation) again(sum native.Value) {
	p, m, b := t.program, t.machine, t.b
	for i, r := range p.saved {
		b.Export(m.cells, i, t.value(r))
	}
	b.Store(m.count, b.Add(b.Load(m.count), b.Constant(1)), false)
	if p.draws {
		b.Store(m.at, b.AddWords(b.Load(m.at), b.Word(1)), false)
	}
	b.Repeat(m.cells, len(p.saved), b.Compare(amd64.NotEqual, sum, b.Constant(0)))
}

// plot settles where stocks move.
func (t *translation) plot(code []instruction) {
	at := map[int32]int{}
	for k := range code {
		for _, r := range t.program.reads(&code[k]) {
			at[r] = k
		}
		for _, r := range t.program.writes(&code[k]) {
			at[r] = k
		}
	}
	t.moves = map[int][]stockRegisters{}
	for _, s := range t.program.stocks {
		k := -1
		for _, r := range [...]int32{s.now, s.next} {
			if last, ok := at[r]; ok {
				k = max(k, last)
			}
		}
		t.moves[k] = append(t.moves[k], s)
	}
	for i := range t.sums {
		t.sums[i] = t.b.Constant(0)
	}
}

// move gives the stocks that move after place k their next values.
func (t *translation) move(k int) {
	b := t.b
	for i, s := range t.moves[k] {
		v := t.value(s.next)
		b.Store(s.now, v, false)
		delete(t.values, s.now)
		sum := &t.sums[i%len(t.sums)]
		*sum = b.Add(*sum, b.Multiply(b.Constant(0), v)) // NaN unless the stock is finite
	}
}

// early says whether an instruction reads only what was there before the code,
// and writes only registers that nothing else uses.
func (t *translation) early(i *instruction, written map[int32]bool) bool {
	for _, r := range t.program.reads(i) {
		if written[r] {
			return false
		}
	}
	for _, r := range t.program.writes(i) {
		if t.program.temporary[r] {
			return false
		}
	}
	return true
}

// reads and writes are the registers of an instruction.
func (p *Program) reads(i *instruction) []int32 {
	if i.op == opKernel {
		return p.kernels[i.table].operands
	}
	var list []int32
	for _, r := range [...]int32{i.a, i.b, i.c} {
		if r >= 0 {
			list = append(list, r)
		}
	}
	return list
}

func (p *Program) writes(i *instruction) []int32 {
	if i.op != opKernel {
		return []int32{i.d}
	}
	list := make([]int32, p.kernels[i.table].outputs)
	for k := range list {
		list[k] = i.d + int32(k)
	}
	return list
}

// value is the value of a register: as computed, or read from the state.
func (t *translation) value(r int32) native.Value {
	v, ok := t.values[r]
	if !ok {
		v = t.b.Load(r)
		t.values[r] = v
	}
	return v
}

// able says whether machine code can do an instruction.
func able(p *Program, i *instruction) bool {
	switch i.op {
	case opRandom:
		// The same in every stage, since the step and not the time addresses it.
		return draw(i.table) == drawUniform || draw(i.table) == drawNormal
	}
	if i.held {
		return false // not computed in every stage
	}
	switch i.op {
	case opLookup:
		return native.AbleLookup(&p.tables[i.table])
	case opAdd, opSubtract, opMultiply, opDivide, opNegate, opMultiplyAdd, opMin, opMax, opPower, opExp, opLn, opSqrt, opAbs, opFloor,
		opLess, opLessEqual, opEqual, opNotEqual, opAnd, opOr, opNot, opSelect, opCopy, opNormalQuantile, opLog1p:
		return true
	}
	return false
}

// lower adds an instruction to the routine.
func (t *translation) lower(i *instruction) native.Value {
	b := t.b
	if i.op == opRandom {
		m := t.machine
		u := random.UniformLanes(b, t.value(m.run), t.value(m.at), t.value(m.key0), t.value(m.key1), i.site)
		if draw(i.table) == drawNormal {
			return b.NormalQuantile(u)
		}
		return u
	}
	x := t.value(i.a)
	var y, z native.Value
	if i.b >= 0 {
		y = t.value(i.b)
	}
	if i.c >= 0 {
		z = t.value(i.c)
	}
	switch i.op {
	case opAdd:
		return b.Add(x, y)
	case opSubtract:
		return b.Subtract(x, y)
	case opMultiply:
		return b.Multiply(x, y)
	case opDivide:
		return b.Divide(x, y)
	case opNegate:
		return b.Negate(x)
	case opMultiplyAdd:
		return b.Add(b.Multiply(x, y), z)
	case opMin:
		return b.Minimum(x, y)
	case opMax:
		return b.Maximum(x, y)
	case opPower:
		return b.Power(x, y)
	case opExp:
		return b.Exp(x)
	case opLn:
		return b.Log(x)
	case opLog1p:
		return b.Log1p(x)
	case opNormalQuantile:
		return b.NormalQuantile(x)
	case opSqrt:
		return b.SquareRoot(x)
	case opAbs:
		return b.Absolute(x)
	case opFloor:
		return b.Floor(x)
	case opLess:
		return b.Holds(amd64.Less, x, y)
	case opLessEqual:
		return b.Holds(amd64.LessEqual, x, y)
	case opEqual:
		return b.Holds(amd64.Equal, x, y)
	case opNotEqual:
		return b.Holds(amd64.NotEqual, x, y)
	case opAnd:
		return b.LogicalAnd(x, y)
	case opOr:
		return b.LogicalOr(x, y)
	case opNot:
		return b.LogicalNot(x)
	case opSelect:
		return b.Select(x, y, z)
	case opLookup:
		return b.Lookup(&t.program.tables[i.table], x)
	}
	return x // opCopy
}
