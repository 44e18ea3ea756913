package engine

import (
	"fmt"
	"math"
	"runtime"

	"handover/engine/native"
	"handover/model"
)

// Worker runs blocks of a program. It has its own state, reused from block to
// block, and serves one goroutine at a time.
type Worker struct {
	program *Program
	// most is how many runs a block may have; lanes is how many are computed at
	// once, and the distance between registers.
	most, lanes int
	registers   []float64
	// state holds the registers where machine code runs, else it is nil.
	state *native.State
	part  part
	// seed, numbers (of the runs) and at (the step) address random draws.
	seed    uint64
	numbers []uint32
	at      uint32
	integrator
	// pipes hold what is under way in pipeline delays.
	pipes []pipe
	// lines and waiting hold what is on conveyors and in queues, by device and lane.
	lines   [][]beltLane
	waiting [][]queueLane
	// slatScratch and leakScratch serve one belt at a time.
	slatScratch, leakScratch []float64
	// check is a scratch vector for finding values that are not finite.
	check []float64
	// scratch holds the operands and results of one lane of a kernel.
	scratch  []float64
	reducers []reducer
}

// NewWorker returns a worker that can run up to lanes runs at once; its memory
// is proportional to lanes.
func (p *Program) NewWorker(lanes int) *Worker {
	w := &Worker{program: p, most: max(1, lanes)}
	w.lanes = w.most
	if p.machine != nil {
		if state, err := p.machine.unit.NewState(); err == nil {
			w.state, w.lanes, w.registers = state, machineLanes, state.Floats
		}
	}
	if w.state == nil {
		w.registers = make([]float64, p.registers*w.lanes)
	}
	for _, c := range p.constants {
		v := w.vector(c.register, w.lanes)
		for j := range v {
			v[j] = c.value
		}
	}
	w.integrator = newIntegrator(p.method, len(p.stocks), w.lanes)
	w.check = make([]float64, w.lanes)
	for _, r := range p.reductions {
		w.reducers = append(w.reducers, newReducer(r, w.lanes))
	}
	return w
}

func (w *Worker) vector(register int32, n int) []float64 {
	at := int(register) * w.lanes
	return w.registers[at : at+n : at+n]
}

// Run executes a block. It fails when the block's slices do not have the
// lengths that Block describes.
func (w *Worker) Run(b *Block) error {
	p, n := w.program, b.Runs
	times := len(p.saveSteps)
	switch {
	case n < 1 || n > w.most:
		return fmt.Errorf("a block of %d runs for a worker of %d lanes", n, w.most)
	case b.First < 0 || int64(b.First)+int64(n) > math.MaxUint32:
		return fmt.Errorf("run numbers from %d on; expected 0 to %d", b.First, uint32(math.MaxUint32))
	case b.Numbers != nil && len(b.Numbers) != n:
		return fmt.Errorf("a block with %d run numbers; expected %d", len(b.Numbers), n)
	case len(b.Inputs) != len(p.inputs)*n:
		return fmt.Errorf("a block with %d input values; expected %d", len(b.Inputs), len(p.inputs)*n)
	case len(b.Reductions) != len(p.reductions)*n:
		return fmt.Errorf("a block with room for %d reductions; expected %d", len(b.Reductions), len(p.reductions)*n)
	case b.Series != nil && len(b.Series) != len(p.saved)*times*n:
		return fmt.Errorf("a block with room for %d series values; expected %d", len(b.Series), len(p.saved)*times*n)
	case len(b.Bad) != n || len(b.BadVariable) != n:
		return fmt.Errorf("a block with %d and %d marks for bad runs; expected %d", len(b.Bad), len(b.BadVariable), n)
	}
	defer runtime.KeepAlive(w) // the registers may be memory that goes with it
	if n <= w.lanes {
		w.run(b)
		return nil
	}
	for at := 0; at < n; at += w.lanes {
		w.part.take(b, at, min(w.lanes, n-at))
		w.run(&w.part.Block)
		w.part.give(b, at)
	}
	return nil
}

// run executes a block of at most as many runs as there are lanes.
func (w *Worker) run(b *Block) {
	p, n := w.program, b.Runs
	times := len(p.saveSteps)
	w.begin(b)
	saved := 0
	for step := 0; ; step++ {
		w.at = uint32(step)
		if w.state != nil {
			p.machine.setStep(w, n)
		}
		w.setTime(p.timeAt(step), n)
		w.compute(n, 0)
		for _, s := range p.states {
			copy(w.vector(s.kept, n), w.vector(s.source, n))
		}
		for _, s := range p.rings {
			copy(w.vector(s.kept, n), w.vector(s.source, n))
		}
		if b.Series != nil && saved < times && step == p.saveSteps[saved] {
			w.save(b, saved, times)
			saved++
		}
		for i := range w.reducers {
			r := &w.reducers[i]
			r.observe(w.vector(r.register, n), p.timeAt(step), p.dt, step == p.steps)
		}
		if step == p.steps {
			break
		}
		switch p.method {
		case model.RK4:
			w.rungeKutta(step, n)
		case model.RK2:
			w.heun(step, n)
		case model.RK45:
			w.adapt(step, n)
		default:
			w.euler(n)
		}
		for _, s := range p.states {
			copy(w.vector(s.now, n), w.vector(s.kept, n))
		}
		w.advanceRings(step, n)
		w.advanceTransport(n)
		w.findBad(b, step+1)
	}
	w.finish(b, times)
}

// compute does the work of a step, or of a later stage of it.
func (w *Worker) compute(n, stage int) {
	if w.state != nil {
		w.program.machine.step.execute(w, w.program.step, n, stage)
		return
	}
	w.execute(w.program.step, n, stage)
}

// begin sets inputs, what is computed once a run, initial stocks and states.
func (w *Worker) begin(b *Block) {
	p, n := w.program, b.Runs
	w.seed, w.at = b.Seed, 0
	w.numbers = grown(w.numbers, n)
	for j := range w.numbers {
		w.numbers[j] = uint32(b.First + j)
	}
	copy(w.numbers, b.Numbers)
	for i, r := range p.inputs {
		if r >= 0 {
			copy(w.vector(r, n), b.Inputs[i*n:(i+1)*n])
		}
	}
	for i := range b.Bad {
		b.Bad[i], b.BadVariable[i] = -1, ""
	}
	w.setTime(p.start, n)
	if w.state != nil {
		p.machine.address(w, n)
		p.machine.setStep(w, n)
		p.machine.once.execute(w, p.once, n, 0)
	} else {
		w.execute(p.once, n, 0)
	}
	for _, s := range p.stocks {
		copy(w.vector(s.now, n), w.vector(s.first, n))
	}
	for _, s := range p.states {
		copy(w.vector(s.now, n), w.vector(s.first, n))
	}
	w.beginRings(n)
	w.beginTransport(n)
	w.restart(p.dt)
	for i := range w.reducers {
		w.reducers[i].reset()
	}
	w.findBad(b, 0)
}

func (w *Worker) setTime(t float64, n int) {
	if w.program.time < 0 {
		return
	}
	v := w.vector(w.program.time, n)
	for j := range v {
		v[j] = t
	}
}

func (w *Worker) save(b *Block, at, times int) {
	n := b.Runs
	for c, r := range w.program.saved {
		copy(b.Series[(c*times+at)*n:][:n], w.vector(r, n))
	}
}

// findBad marks runs in which a stock has become NaN or infinite.
func (w *Worker) findBad(b *Block, step int) {
	n := b.Runs
	check := w.check[:n]
	if w.state != nil {
		w.state.Run(w.program.machine.finite, 0, n, nil)
		check = w.vector(w.program.machine.check, n)
	} else {
		for j := range check {
			check[j] = 0
		}
		for _, s := range w.program.stocks {
			now := w.vector(s.now, n)
			for j := range check {
				// x - x is 0 for finite x and NaN otherwise.
				check[j] += now[j] - now[j]
			}
		}
	}
	for j, c := range check {
		if c == 0 || b.Bad[j] >= 0 {
			continue
		}
		b.Bad[j] = step
		for i, s := range w.program.stocks {
			if x := w.vector(s.now, n)[j]; x-x != 0 {
				b.BadVariable[j] = w.program.stockNames[i]
				break
			}
		}
	}
}

// finish hands over the reductions, and marks runs whose results are not finite
// although every stock was.
func (w *Worker) finish(b *Block, times int) {
	p, n := w.program, b.Runs
	mark := func(j int, name string) {
		if b.Bad[j] < 0 {
			b.Bad[j], b.BadVariable[j] = p.steps, name
		}
	}
	for i := range w.reducers {
		r := &w.reducers[i]
		out := b.Reductions[i*n:][:n]
		r.result(out, float64(float64(p.steps)*p.dt))
		for j, x := range out {
			if r.Reduce != First && x-x != 0 {
				mark(j, r.Variable)
			}
		}
	}
	if b.Series == nil {
		return
	}
	for c := range p.saved {
		for k, x := range b.Series[c*times*n:][:times*n] {
			if x-x != 0 {
				mark(k%n, p.columns[c])
			}
		}
	}
}
