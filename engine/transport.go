package engine

// deviceNode adds a kernel that reads what conveyors or queues hold at the start
// of a step, lane by lane.
func (g *graph) deviceNode(outputs int, operands []int32, run func(w *Worker, lane int, in, out []float64)) int32 {
	n := g.add(value{op: opKernel, a: -1, b: -1, c: -1, table: int32(len(g.kernels))}, rankStep)
	g.kernels = append(g.kernels, kernel{operands: operands, outputs: outputs, device: run})
	return n
}

// resolve replaces nodes by their registers.
func (a *allocation) resolve(nodes []int32) []int32 {
	registers := make([]int32, len(nodes))
	for i, n := range nodes {
		registers[i] = a.read(n)
	}
	return registers
}

// firstNodes and stepNodes are what conveyors and queues read once a run and
// after each step.
func (t *transport) firstNodes() []int32 {
	var nodes []int32
	for i := range t.belts {
		nodes = append(nodes, t.belts[i].first...)
	}
	for i := range t.queues {
		nodes = append(nodes, t.queues[i].first...)
	}
	return nodes
}

func (t *transport) stepNodes() []int32 {
	var nodes []int32
	for i := range t.belts {
		nodes = append(nodes, t.belts[i].step...)
	}
	for i := range t.queues {
		nodes = append(nodes, t.queues[i].step...)
	}
	return nodes
}

// transport gives a program the conveyors and queues of a model.
func (a *allocation) transport(t *transport) {
	for _, b := range t.belts {
		b.first, b.step = a.resolve(b.first), a.resolve(b.step)
		a.program.belts = append(a.program.belts, b)
	}
	for _, q := range t.queues {
		q.first, q.step = a.resolve(q.first), a.resolve(q.step)
		a.program.queues = append(a.program.queues, q)
	}
}

// slats and leaked are scratch space for one belt.
func (w *Worker) slats(n int) []float64 {
	if len(w.slatScratch) < n {
		w.slatScratch = make([]float64, 2*n)
	}
	return w.slatScratch[:n]
}

func (w *Worker) leaked(n int) []float64 {
	if len(w.leakScratch) < n {
		w.leakScratch = make([]float64, n)
	}
	return w.leakScratch[:n]
}

// gather reads registers of one lane into scratch space.
func (w *Worker) gather(registers []int32, lane int) []float64 {
	if len(w.scratch) < len(registers) {
		w.scratch = make([]float64, len(registers))
	}
	in := w.scratch[:len(registers)]
	for i, r := range registers {
		in[i] = w.registers[int(r)*w.lanes+lane]
	}
	return in
}

// beginTransport fills conveyors and queues with their initial content.
func (w *Worker) beginTransport(n int) {
	p := w.program
	if w.lines == nil {
		w.lines, w.waiting = make([][]beltLane, len(p.belts)), make([][]queueLane, len(p.queues))
		for i := range w.lines {
			w.lines[i] = make([]beltLane, w.lanes)
		}
		for i := range w.waiting {
			w.waiting[i] = make([]queueLane, w.lanes)
		}
	}
	for i := range p.belts {
		b := &p.belts[i]
		now := w.vector(p.stocks[b.stock].now, n)
		for lane := range now {
			l := &w.lines[i][lane]
			if b.begin(l, w.gather(b.first, lane)); l.broken {
				now[lane] = l.total()
			}
		}
	}
	for i := range p.queues {
		q := &p.queues[i]
		now := w.vector(p.stocks[q.stock].now, n)
		for lane := range now {
			w.waiting[i][lane].begin(w.gather(q.first, lane))
			now[lane] = w.waiting[i][lane].total()
		}
	}
}

// advanceTransport moves conveyors and queues on by a step. Everything that they
// do to each other has been settled by the flows between them.
func (w *Worker) advanceTransport(n int) {
	p := w.program
	for i := range p.belts {
		b := &p.belts[i]
		now := w.vector(p.stocks[b.stock].now, n)
		for lane := range now {
			l := &w.lines[i][lane]
			b.advance(l, w.gather(b.step, lane), w.slats(l.length), w.leaked(len(b.leaks)))
			now[lane] = l.total()
		}
	}
	for i := range p.queues {
		q := &p.queues[i]
		now := w.vector(p.stocks[q.stock].now, n)
		for lane := range now {
			l := &w.waiting[i][lane]
			l.advance(w.gather(q.step, lane))
			now[lane] = l.total()
		}
	}
}
