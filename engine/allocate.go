package engine

import (
	"math"
	"slices"

	"handover/model"
)

// instruction is a scheduled operation: registers in place of nodes.
type instruction struct {
	op      op
	held    bool
	d       int32
	a, b, c int32
	table   int32
	site    uint32
}

// allocation orders the nodes that the roots need and gives each a register.
// Values that outlive one pass over the step's instructions (stocks, constants,
// what is computed once a run, draws, outputs) keep their own; the others share
// registers that are reused as soon as the last reader has read, so that a
// block stays in the processor's cache.
type allocation struct {
	program *Program
	graph   *graph
	// uses counts the readers of a node inside the code being scheduled.
	uses []int32
	// register of a node, or -1.
	register []int32
	// fixed marks nodes whose register is never reused.
	fixed []bool
	// fused marks products that are computed inside the addition that uses them.
	fused []bool
	free  []int32
}

func allocate(p *Program, l *lowering, r *roots, inputs int) {
	g := l.graph
	a := &allocation{program: p, graph: g, uses: make([]int32, len(g.values)), register: make([]int32, len(g.values)),
		fixed: make([]bool, len(g.values)), fused: make([]bool, len(g.values))}
	for i := range a.register {
		a.register[i] = -1
	}
	p.tables, p.time, p.temporary = g.tables, -1, map[int32]bool{}
	p.inputs = make([]int32, inputs)
	for i := range p.inputs {
		p.inputs[i] = -1
	}
	for range l.stockList {
		p.stocks = append(p.stocks, stockRegisters{now: a.fresh()})
	}
	for range l.states {
		p.states = append(p.states, stateRegisters{now: a.fresh(), kept: a.fresh()})
	}

	for range l.rings {
		p.rings = append(p.rings, ringRegisters{now: a.fresh(), kept: a.fresh()})
	}

	outputs := append([]int32{}, r.next...)
	outputs = append(outputs, r.saved...)
	for _, q := range r.reductions {
		outputs = append(outputs, q.register)
	}
	for _, s := range l.states {
		outputs = append(outputs, s.source)
	}
	for _, s := range l.rings {
		outputs = append(outputs, s.source)
	}
	outputs = append(outputs, l.transport.stepNodes()...)
	clockOrder, stepOrder, results := a.timely(a.order(outputs, rankStep), outputs)
	// What the step reads from before it, and what stocks and states start from,
	// is computed once a run.
	var before []int32
	for _, n := range stepOrder {
		a.eachOperand(n, func(m int32) {
			if g.ranks[m] == rankRun {
				before = append(before, m)
			}
		})
	}
	for _, n := range outputs {
		if g.ranks[n] == rankRun {
			before = append(before, n)
		}
	}
	before = append(before, r.first...)
	for _, s := range l.states {
		before = append(before, s.first)
	}
	for _, s := range l.rings {
		before = append(before, s.first, s.steps)
	}
	before = append(before, l.transport.firstNodes()...)
	for _, n := range before {
		a.fixed[n] = true
	}
	for _, n := range outputs {
		a.fixed[n] = true
	}
	for _, n := range results {
		a.fixed[n] = true
	}
	onceOrder := a.order(before, rankRun)
	p.once = a.schedule(onceOrder)
	clock := a.schedule(clockOrder)
	p.step = a.schedule(stepOrder)

	for i := range p.stocks {
		p.stocks[i].first, p.stocks[i].next = a.read(r.first[i]), a.read(r.next[i])
	}
	for i, s := range l.states {
		p.states[i].first, p.states[i].source = a.read(s.first), a.read(s.source)
	}
	for i, s := range l.rings {
		q := &p.rings[i]
		q.first, q.source, q.steps = a.read(s.first), a.read(s.source), a.read(s.steps)
	}
	a.transport(&l.transport)
	for _, n := range r.saved {
		p.saved = append(p.saved, a.read(n))
	}
	for _, q := range r.reductions {
		p.reductions = append(p.reductions, reduction{q.Reduction, a.read(q.register)})
	}
	if p.method == model.Euler {
		a.keepOld()
	}
	if len(results) > 0 {
		registers, outside := make([]int32, len(results)), make([]bool, len(results))
		for i, n := range results {
			registers[i], outside[i] = a.register[n], slices.Contains(outputs, n)
		}
		p.calendar = newCalendar(p, clock, registers, outside)
	}
}

// keepOld gives what is read after a step's instructions a copy where it would
// read a stock, which may have moved on by then.
func (a *allocation) keepOld() {
	p := a.program
	copies := map[int32]int32{}
	for _, s := range p.stocks {
		copies[s.now] = -1
	}
	var code []instruction
	replace := func(r *int32) {
		kept, ok := copies[*r]
		if !ok {
			return
		}
		if kept < 0 {
			kept = a.fresh()
			copies[*r] = kept
			code = append(code, instruction{op: opCopy, d: kept, a: *r, b: -1, c: -1})
		}
		*r = kept
	}
	for i := range p.saved {
		replace(&p.saved[i])
	}
	for i := range p.reductions {
		replace(&p.reductions[i].register)
	}
	for i := range p.states {
		replace(&p.states[i].source)
	}
	for i := range p.rings {
		replace(&p.rings[i].source)
	}
	p.step = append(code, p.step...)
}

func (a *allocation) fresh() int32 {
	a.program.registers++
	return int32(a.program.registers - 1)
}

func (a *allocation) eachOperand(n int32, f func(int32)) {
	var buffer [3]int32
	for _, m := range a.graph.operands(n, &buffer) {
		f(m)
	}
}

// order lists the nodes of a rank that the wanted ones need, operands first,
// each as late as its first reader allows.
func (a *allocation) order(wanted []int32, r rank) []int32 {
	var order []int32
	seen := make([]bool, len(a.graph.values))
	type frame struct {
		node int32
		next int
	}
	for _, root := range wanted {
		stack := []frame{{node: root}}
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			if f.next == 0 && (seen[f.node] || a.graph.ranks[f.node] != r) {
				stack = stack[:len(stack)-1]
				continue
			}
			seen[f.node] = true
			v := &a.graph.values[f.node]
			var buffer [3]int32
			operands := a.graph.operands(f.node, &buffer)
			descended := false
			for f.next < len(operands) {
				m := operands[f.next]
				f.next++
				if !seen[m] && a.graph.ranks[m] == r {
					stack = append(stack, frame{node: m})
					descended = true
					break
				}
			}
			if descended {
				continue
			}
			if v.op.operands() > 0 || v.op == opRandom || v.op == opKernel {
				order = append(order, f.node)
			}
			stack = stack[:len(stack)-1]
		}
	}
	return order
}

// read returns the register that holds a node, giving leaves theirs.
func (a *allocation) read(n int32) int32 {
	if a.register[n] >= 0 {
		return a.register[n]
	}
	p, v := a.program, &a.graph.values[n]
	switch v.op {
	case opConstant:
		a.register[n] = a.fresh()
		p.constants = append(p.constants, placed{a.register[n], v.imm})
	case opInput:
		a.register[n] = a.fresh()
		p.inputs[v.a] = a.register[n]
	case opTime:
		a.register[n] = a.fresh()
		p.time = a.register[n]
	case opStock:
		a.register[n] = p.stocks[v.a].now
	case opState:
		a.register[n] = p.states[v.a].now
	case opRing:
		a.register[n] = p.rings[v.a].now
	default:
		panic("engine: a value is read before it is computed")
	}
	return a.register[n]
}

func (a *allocation) schedule(order []int32) []instruction {
	g := a.graph
	here := make(map[int32]bool, len(order))
	for _, n := range order {
		here[n] = true
		a.eachOperand(n, func(m int32) { a.uses[m]++ })
	}
	// A product read once, by an addition, is computed with it.
	for _, n := range order {
		v := &g.values[n]
		if v.op != opAdd {
			continue
		}
		for _, m := range [...]int32{v.b, v.a} {
			if w := &g.values[m]; w.op == opMultiply && here[m] && a.uses[m] == 1 && !a.fixed[m] {
				a.fused[m] = true
				break
			}
		}
	}
	var code []instruction
	for _, n := range order {
		if a.fused[n] {
			continue
		}
		v := g.values[n]
		if v.op == opPick {
			// The results of a kernel keep the registers behind its first.
			a.register[n] = a.register[v.a] + v.b
			continue
		}
		if v.op == opAdd {
			switch {
			case v.b != v.a && a.fused[v.b]:
				w := g.values[v.b]
				v = value{op: opMultiplyAdd, a: w.a, b: w.b, c: v.a}
			case v.b != v.a && a.fused[v.a]:
				w := g.values[v.a]
				v = value{op: opMultiplyAdd, a: w.a, b: w.b, c: v.b}
			}
		}
		i := instruction{op: v.op, held: g.held[n], a: -1, b: -1, c: -1, table: v.table}
		if v.op == opRandom {
			a.program.draws = true
			i.site = uint32(math.Float64bits(v.imm))
		}
		operands := []int32{v.a, v.b, v.c}[:v.op.operands()]
		if v.op == opKernel {
			operands = g.kernels[v.table].operands
			registers := make([]int32, len(operands))
			for k, m := range operands {
				registers[k] = a.read(m)
			}
			i.table = int32(len(a.program.kernels))
			a.program.kernels = append(a.program.kernels, kernel{registers, g.kernels[v.table].outputs, g.kernels[v.table].run, g.kernels[v.table].device})
		} else {
			for k, target := range [...]*int32{&i.a, &i.b, &i.c} {
				if k < len(operands) && operands[k] >= 0 {
					*target = a.read(operands[k])
				}
			}
		}
		// An operand read for the last time frees its register, which the result
		// may take at once: every lane is read before it is written.
		for _, m := range operands {
			if m < 0 {
				continue
			}
			if a.uses[m]--; a.uses[m] == 0 && here[m] && !a.fixed[m] && !g.held[m] && g.values[m].op != opPick {
				a.free = append(a.free, a.register[m])
				a.program.temporary[a.register[m]] = true
			}
		}
		if v.op == opKernel {
			i.d = a.fresh()
			for range g.kernels[v.table].outputs - 1 {
				a.fresh()
			}
			a.register[n] = i.d
			code = append(code, i)
			continue
		}
		if last := len(a.free) - 1; last >= 0 && !a.fixed[n] && !g.held[n] {
			i.d = a.free[last]
			a.free = a.free[:last]
		} else {
			i.d = a.fresh()
		}
		a.register[n] = i.d
		code = append(code, i)
	}
	return code
}
