package engine

// calendar holds what depends on the time alone, for every step: in an ensemble it
// is the same in all runs, so it is computed once a program.
type calendar struct {
	// registers are those that the step's instructions, or what is done with the
	// step's results, read.
	registers []int32
	// outside marks registers that are read after the step's instructions.
	outside []bool
	// rows hold a number a register for every step.
	rows []float64
}

// mostCalendar is how many numbers a calendar has at most: 32 MiB.
const mostCalendar = 4 << 20

// calendarLanes is how many steps of a calendar are computed side by side.
const calendarLanes = 64

// timely splits the nodes of a step, of Euler's method, into those that depend on
// the time and constants alone, and all others. Neither when that would take too
// much memory.
func (a *allocation) timely(order, outputs []int32) (clock, others, results []int32) {
	if !a.program.hasOneStage() {
		return nil, order, nil
	}
	g := a.graph
	is := map[int32]bool{}
	for _, n := range order {
		v := &g.values[n]
		if v.op == opRandom || v.op == opKernel || v.op == opPick || g.held[n] {
			others = append(others, n)
			continue
		}
		now, all := false, true
		a.eachOperand(n, func(m int32) {
			switch {
			case is[m] || g.values[m].op == opTime:
				now = true
			case g.ranks[m] != rankConstant:
				all = false
			}
		})
		if now && all {
			is[n] = true
			clock = append(clock, n)
		} else {
			others = append(others, n)
		}
	}
	seen := map[int32]bool{}
	read := func(n int32) {
		if is[n] && !seen[n] {
			seen[n] = true
			results = append(results, n)
		}
	}
	for _, n := range outputs {
		read(n)
	}
	for _, n := range others {
		a.eachOperand(n, read)
	}
	if len(results) == 0 || len(results)*(a.program.steps+1) > mostCalendar {
		return nil, order, nil
	}
	return clock, others, results
}

// newCalendar computes the calendar of a program from the instructions that lead
// to its registers.
func newCalendar(p *Program, clock []instruction, registers []int32, outside []bool) *calendar {
	c := &calendar{registers: registers, outside: outside, rows: make([]float64, len(registers)*(p.steps+1))}
	w := &Worker{program: p, lanes: calendarLanes, registers: make([]float64, p.registers*calendarLanes)}
	w.setConstants()
	for first := 0; first <= p.steps; first += calendarLanes {
		n := min(calendarLanes, p.steps+1-first)
		times := w.vector(p.time, n)
		for j := range times {
			times[j] = p.timeAt(first + j)
		}
		w.execute(clock, n, 0)
		for i, r := range registers {
			for j, x := range w.vector(r, n) {
				c.rows[(first+j)*len(registers)+i] = x
			}
		}
	}
	return c
}

// row has the numbers of a step.
func (c *calendar) row(step int) []float64 {
	return c.rows[step*len(c.registers):][:len(c.registers)]
}

// setRow gives the registers of the calendar their values in a step.
func (w *Worker) setRow(step, n int) {
	c := w.program.calendar
	if w.state != nil {
		w.state.SetRow(c.row(step))
		return
	}
	row := c.row(step)
	for i, r := range c.registers {
		v := w.vector(r, n)
		for j := range v {
			v[j] = row[i]
		}
	}
}
