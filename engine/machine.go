package engine

import (
	"math"

	"handover/engine/native"
	"handover/fpmath"
	"handover/model"
)

// machine is a program as machine code: routines for what is computed once a
// run and in every step, and for what happens to stocks between steps.
type machine struct {
	unit       *native.Unit
	once, step plan
	// advances says that the code of a step gives stocks their next values (Euler).
	// stages move them after each of the four stages of a step (RK4), or are nil.
	advances bool
	stages   []*native.Routine
	// finite leaves 0 in slot check of lanes whose stocks are all finite; code that
	// gives stocks their values does so too.
	finite *native.Routine
	check  int32
	// saved adds to slot wild, which stays 0 in lanes where all that was saved is
	// finite.
	saved *native.Routine
	wild  int32
	// watches says that the code of a step does what saved does: every step is saved.
	watches bool
	// repeats says that the code of a step runs step after step without coming back:
	// it counts steps in slot count, sets the time and puts what is saved where cells
	// point.
	repeats      bool
	count, cells int32
	// The registers behind check hold, as 64-bit words, what addresses draws.
	run, at, key0, key1 int32
}

// plan is a list of instructions as a routine. Instructions that the machine
// code does not do itself are executed by the interpreter before each segment.
type plan struct {
	routine *native.Routine
	before  [][]int
}

// machineLanes is how many runs machine code works on at a time: the state of
// so few stays in the processor's nearest caches.
const machineLanes = 16

// seal makes code executable; a test puts a system that forbids it in its place.
var seal = (*native.Unit).Seal

// newMachine compiles a program to machine code.
func newMachine(p *Program, b Backend) (*machine, error) {
	last := int32(p.registers)
	m := &machine{check: last, run: last + 1, at: last + 2, key0: last + 3, key1: last + 4, wild: last + 5, count: last + 6}
	slots := p.registers + 7
	if p.method == model.RK4 {
		slots += 2 * len(p.stocks)
	}
	m.cells = int32(slots)
	slots += native.CellSlots(machineLanes, len(p.saved))
	var err error
	if m.unit, err = native.NewUnit(b.form(), slots, machineLanes); err != nil {
		return nil, err
	}
	if m.once, err = m.plan(p, p.once, false, false); err != nil {
		return nil, err
	}
	now := map[int32]bool{}
	for _, s := range p.stocks {
		now[s.now] = true
	}
	apart := true // no stock is what another one becomes
	for _, s := range p.stocks {
		apart = apart && !now[s.next]
	}
	m.advances = apart && p.method == model.Euler && len(p.belts) == 0 && len(p.queues) == 0
	m.watches = m.advances && len(p.saveSteps) == p.steps+1
	m.repeats = m.advances && m.unit.Repeats() && (m.watches || len(p.saved) == 0) && len(p.states)+len(p.rings) == 0
	for _, r := range p.reductions {
		m.repeats = m.repeats && r.Reduce == Final
	}
	for i := range p.step {
		m.repeats = m.repeats && able(p, &p.step[i])
	}
	if m.step, err = m.plan(p, p.step, true, m.advances); err != nil {
		return nil, err
	}
	if apart && p.method == model.RK4 {
		if err := m.rungeKutta(p); err != nil {
			return nil, err
		}
	}
	if err := m.observe(p); err != nil {
		return nil, err
	}
	return m, seal(m.unit)
}

// observe compiles the routines that look for infinities: in stocks, and in what
// is saved.
func (m *machine) observe(p *Program) error {
	var err error
	b := m.unit.NewBuilder()
	zero := b.Constant(0)
	finite := func(check int32, before native.Value, registers []int32) {
		sums := [4]native.Value{before, zero, zero, zero} // several, so that none waits for the other
		for i, r := range registers {
			sums[i%4] = b.Add(sums[i%4], b.Multiply(zero, b.Load(r))) // NaN unless it is finite
		}
		b.Store(check, b.Add(b.Add(sums[0], sums[1]), b.Add(sums[2], sums[3])), false)
	}
	now := make([]int32, len(p.stocks))
	for i, s := range p.stocks {
		now[i] = s.now
	}
	finite(m.check, zero, now)
	if m.finite, err = b.Compile(); err != nil {
		return err
	}
	b = m.unit.NewBuilder()
	zero = b.Constant(0)
	finite(m.wild, b.Load(m.wild), p.saved)
	m.saved, err = b.Compile()
	return err
}

// rungeKutta compiles what Worker.rungeKutta does with stocks. Two slots a stock,
// behind all others, hold its value at the start of the step and the sum of slopes.
func (m *machine) rungeKutta(p *Program) error {
	base, sum := m.count+1, m.count+1+int32(len(p.stocks))
	for stage, q := range [...]struct{ weight, distance float64 }{{1, p.dt / 2}, {2, p.dt / 2}, {2, p.dt}, {1, p.dt / 6}} {
		b := m.unit.NewBuilder()
		for i, s := range p.stocks {
			base, sum := base+int32(i), sum+int32(i)
			slope := b.Load(s.next)
			start, total := b.Load(base), slope
			if stage == 0 {
				start = b.Load(s.now)
				b.Store(base, start, false)
			} else {
				total = b.Add(b.Load(sum), b.Multiply(b.Constant(q.weight), slope))
			}
			if stage == 3 {
				slope = total
			} else {
				b.Store(sum, total, false)
			}
			b.Store(s.now, b.Add(start, b.Multiply(b.Constant(q.distance), slope)), false)
		}
		r, err := b.Compile()
		if err != nil {
			return err
		}
		m.stages = append(m.stages, r)
	}
	return nil
}

// mostAtOnce is how many instructions machine code does about, before it comes
// back to Go, which cannot stop it: a tenth of a millisecond.
const mostAtOnce = 100_000

// runSteps does all steps of the n runs of a block, from the state that begin left.
func (m *machine) runSteps(w *Worker, b *Block, first, n int) {
	p := w.program
	count := w.vector(m.count, n)
	clear(count)
	m.setStep(w, n)
	// Runs that fill all lanes are written where they go. Others are written to a
	// scratch place, and copied after each step.
	columns, stride, most := make([][]float64, len(p.saved)), 0, max(1, mostAtOnce/(len(p.step)+1))
	direct := w.columns != nil && n == machineLanes
	for c := range w.columns {
		direct = direct && w.columns[c].Stride == w.columns[0].Stride
	}
	for c := range columns {
		if direct {
			columns[c], stride = w.columns[c].Values[first:], w.columns[c].Stride
		} else {
			columns[c] = w.check
		}
	}
	if w.columns != nil && !direct {
		most = 1
	}
	if p.calendar != nil {
		w.setRow(0, n)
	}
	w.state.Aim(m.cells, columns, stride)
	for step := 0; step <= p.steps; {
		step += w.state.Repeat(m.step.routine, m.cells, min(most, p.steps+1-step), rareLanes)
		if w.columns != nil && !direct {
			w.save(step-1, first, n)
		}
		if step <= p.steps {
			w.findBad(b, step, first, n)
		}
	}
	for i := range w.reducers {
		r := &w.reducers[i]
		r.observe(w.vector(r.register, n), p.timeAt(p.steps), p.dt, true)
	}
}

// execute runs a plan over n lanes of a worker.
func (q *plan) execute(w *Worker, code []instruction, n, stage int) {
	for segment, before := range q.before {
		for _, k := range before {
			w.execute(code[k:k+1], n, stage)
		}
		w.state.Run(q.routine, segment, n, rareLanes)
	}
}

// address writes the words that address draws into their registers.
func (m *machine) address(w *Worker, n int) {
	run, key0, key1 := w.vector(m.run, n), w.vector(m.key0, n), w.vector(m.key1, n)
	for j := range run {
		run[j] = math.Float64frombits(uint64(w.numbers[j]))
		key0[j], key1[j] = math.Float64frombits(w.seed&math.MaxUint32), math.Float64frombits(w.seed>>32)
	}
}

// setStep writes the step, which addresses draws too.
func (m *machine) setStep(w *Worker, n int) {
	at := w.vector(m.at, n)
	for j := range at {
		at[j] = math.Float64frombits(uint64(w.at))
	}
}

// rareLanes computes the functions that machine code leaves for some arguments.
func rareLanes(f native.Function, x, x2, y []float64) {
	switch f {
	case native.Exp:
		fpmath.ExpInto(y, x)
	case native.Log:
		fpmath.LogInto(y, x)
	case native.Power:
		for i := range y {
			y[i] = fpmath.Pow(x[i], x2[i])
		}
	case native.Log1p:
		for i := range y {
			y[i] = fpmath.Log1p(x[i])
		}
	case native.NormalQuantile:
		for i := range y {
			y[i] = fpmath.NormalQuantile(x[i])
		}
	}
}
