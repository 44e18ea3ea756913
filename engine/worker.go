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
	// columns are where a block's series go.
	columns []Column
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
	// check is a scratch vector for finding stocks that are not finite; wild is 0
	// in lanes where all that was saved is.
	check, wild []float64
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
	w.setConstants()
	w.integrator = newIntegrator(p.method, len(p.stocks), w.lanes)
	w.check, w.wild = make([]float64, w.lanes), make([]float64, w.lanes)
	for _, r := range p.reductions {
		w.reducers = append(w.reducers, newReducer(r, w.lanes))
	}
	return w
}

func (w *Worker) setConstants() {
	for _, c := range w.program.constants {
		v := w.vector(c.register, w.lanes)
		for j := range v {
			v[j] = c.value
		}
	}
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
	case b.Columns != nil && len(b.Columns) != len(p.saved):
		return fmt.Errorf("a block with %d columns; expected %d", len(b.Columns), len(p.saved))
	case len(b.Bad) != n || len(b.BadVariable) != n:
		return fmt.Errorf("a block with %d and %d marks for bad runs; expected %d", len(b.Bad), len(b.BadVariable), n)
	}
	w.columns = b.Columns
	if w.columns == nil && b.Series != nil {
		w.columns = make([]Column, len(p.saved))
		for c := range w.columns {
			w.columns[c] = Column{b.Series[c*times*n:][:times*n], n}
		}
	}
	for c, column := range w.columns {
		if column.Stride < n || len(column.Values) < (times-1)*column.Stride+n {
			return fmt.Errorf("column %d has room for %d values, %d apart; expected %d runs at %d times", c, len(column.Values), column.Stride, n, times)
		}
	}
	defer runtime.KeepAlive(w) // the registers may be memory that goes with it
	for at := 0; at < n; at += w.lanes {
		w.run(b, at, min(w.lanes, n-at))
	}
	w.columns = nil
	return nil
}

// run executes the n runs of a block from the one at on; there are lanes for all.
func (w *Worker) run(b *Block, first, n int) {
	p := w.program
	times := len(p.saveSteps)
	w.begin(b, first, n)
	if w.state != nil && p.machine.repeats {
		p.machine.runSteps(w, b, first, n)
		w.finish(b, first, n)
		return
	}
	saved := 0
	for step := 0; ; step++ {
		w.at = uint32(step)
		if w.state != nil && p.draws {
			p.machine.setStep(w, n)
		}
		w.setTime(p.timeAt(step), n)
		if p.calendar != nil {
			w.setRow(step, n)
		}
		w.compute(n, 0)
		for _, s := range p.states {
			copy(w.vector(s.kept, n), w.vector(s.source, n))
		}
		for _, s := range p.rings {
			copy(w.vector(s.kept, n), w.vector(s.source, n))
		}
		if w.columns != nil && saved < times && step == p.saveSteps[saved] {
			w.save(saved, first, n)
			saved++
		}
		for i := range w.reducers {
			if r := &w.reducers[i]; r.Reduce != Final || step == p.steps {
				r.observe(w.vector(r.register, n), p.timeAt(step), p.dt, step == p.steps)
			}
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
		if len(p.rings) > 0 {
			w.advanceRings(step, n)
		}
		if len(p.belts)+len(p.queues) > 0 {
			w.advanceTransport(n)
		}
		w.findBad(b, step+1, first, n)
	}
	w.finish(b, first, n)
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
func (w *Worker) begin(b *Block, first, n int) {
	p := w.program
	w.seed, w.at = b.Seed, 0
	if cap(w.numbers) < n {
		w.numbers = make([]uint32, w.lanes)
	}
	w.numbers = w.numbers[:n]
	for j := range w.numbers {
		w.numbers[j] = uint32(b.First + first + j)
	}
	if b.Numbers != nil {
		copy(w.numbers, b.Numbers[first:])
	}
	for i, r := range p.inputs {
		if r >= 0 {
			copy(w.vector(r, n), b.Inputs[i*b.Runs+first:])
		}
	}
	for i := first; i < first+n; i++ {
		b.Bad[i], b.BadVariable[i] = -1, ""
	}
	clear(w.wild)
	w.setTime(p.start, n)
	if w.state != nil {
		clear(w.vector(p.machine.wild, w.lanes))
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
	if w.state != nil {
		w.state.Run(p.machine.finite, 0, n, nil)
	}
	w.findBad(b, 0, first, n)
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

// save writes the columns of save time t.
func (w *Worker) save(t, first, n int) {
	for c, r := range w.program.saved {
		to, from := w.columns[c].Values[t*w.columns[c].Stride+first:][:n], w.vector(r, n)
		if n == machineLanes {
			*(*[machineLanes]float64)(to) = [machineLanes]float64(from) // without a call
		} else {
			copy(to, from)
		}
	}
	if m := w.program.machine; w.state != nil {
		if !m.watches {
			w.state.Run(m.saved, 0, n, nil)
		}
		return
	}
	for _, r := range w.program.saved {
		for j, x := range w.vector(r, n) {
			w.wild[j] += x - x
		}
	}
}

// findBad marks runs in which a stock has become NaN or infinite.
func (w *Worker) findBad(b *Block, step, first, n int) {
	check := w.check[:n]
	if w.state != nil {
		if m := w.program.machine; !m.advances && step > 0 {
			w.state.Run(m.finite, 0, n, nil)
		}
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
	if len(check) == machineLanes && allZero((*[machineLanes]float64)(check)) {
		return
	}
	for j, c := range check {
		if c == 0 || b.Bad[first+j] >= 0 {
			continue
		}
		b.Bad[first+j] = step
		for i, s := range w.program.stocks {
			if x := w.vector(s.now, n)[j]; x-x != 0 {
				b.BadVariable[first+j] = w.program.stockNames[i]
				break
			}
		}
	}
}

// allZero says whether all numbers are zero; of NaN and zeros alone, they add up
// to zero only then.
func allZero(x *[machineLanes]float64) bool {
	return ((x[0]+x[1])+(x[2]+x[3]))+((x[4]+x[5])+(x[6]+x[7]))+(((x[8]+x[9])+(x[10]+x[11]))+((x[12]+x[13])+(x[14]+x[15]))) == 0
}

// finish hands over the reductions, and marks runs whose results are not finite
// although every stock was.
func (w *Worker) finish(b *Block, first, n int) {
	p := w.program
	w.findWild(b, first, n)
	for i := range w.reducers {
		r := &w.reducers[i]
		out := b.Reductions[i*b.Runs+first:][:n]
		r.result(out, float64(float64(p.steps)*p.dt))
		for j, x := range out {
			if r.Reduce != First && x-x != 0 && b.Bad[first+j] < 0 {
				b.Bad[first+j], b.BadVariable[first+j] = p.steps, r.Variable
			}
		}
	}
}

// findWild marks runs in which a saved value is not finite although every stock
// was: with the first of them.
func (w *Worker) findWild(b *Block, first, n int) {
	p := w.program
	wild := w.wild[:n]
	if w.state != nil {
		wild = w.vector(p.machine.wild, n)
	}
	for j, x := range wild {
		for t := 0; x != 0 && t < len(p.saveSteps) && b.Bad[first+j] < 0; t++ {
			for c, column := range w.columns {
				if v := column.Values[t*column.Stride+first+j]; v-v != 0 {
					b.Bad[first+j], b.BadVariable[first+j] = p.saveSteps[t], p.columns[c]
					break
				}
			}
		}
	}
}
