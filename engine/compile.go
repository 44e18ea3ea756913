package engine

import (
	"fmt"
	"math"
	"slices"

	"handover/diagnostic"
	"handover/engine/lookup"
	"handover/model"
)

// Program is a model compiled for running in blocks. It does not change and may
// be shared by any number of workers.
type Program struct {
	start, dt float64
	steps     int
	// saveSteps are the steps at which columns are reported.
	saveSteps []int
	method    model.Method

	once, step []instruction
	// calendar holds what step reads of what depends on the time alone, or is nil.
	calendar  *calendar
	registers int
	tables    []lookup.Table
	kernels   []kernel
	// constants are written into their registers when a worker is made.
	constants []placed
	// inputs[i] is the register of varied constant i, or -1 when nothing uses it.
	inputs []int32
	// time is the register of the stage's time, or -1.
	time int32
	// stocks hold, for each stock element, the register of its value, of its
	// initial value and of its next value (Euler) or net flow (other methods).
	stocks     []stockRegisters
	stockNames []string
	states     []stateRegisters
	rings      []ringRegisters
	belts      []belt
	queues     []queue
	columns    []string
	saved      []int32
	reductions []reduction
	// temporary marks registers that hold several values one after the other, all
	// within one pass over once or step.
	temporary map[int32]bool
	// draws says that random numbers are drawn in steps.
	draws   bool
	backend Backend
	machine *machine
	refused error
}

type placed struct {
	register int32
	value    float64
}

type stockRegisters struct{ now, first, next int32 }

// stateRegisters hold the memory of a PREVIOUS: its value now, its first value,
// the source after the step, and a copy kept over the stages of the step.
type stateRegisters struct{ now, first, source, kept int32 }

// ringRegisters hold a pipeline delay: its value now, the value that enters,
// the number of steps it takes, and what comes out before anything arrives.
type ringRegisters struct{ now, source, steps, first, kept int32 }

type reduction struct {
	Reduction
	register int32
}

// SaveTimes lists the times at which columns are reported, start and stop
// included.
func (p *Program) SaveTimes() []float64 {
	times := make([]float64, len(p.saveSteps))
	for i, s := range p.saveSteps {
		times[i] = p.timeAt(s)
	}
	return times
}

func (p *Program) timeAt(step int) float64 { return p.start + float64(float64(step)*p.dt) }

// hasOneStage says whether the method looks at one time a step.
func (p *Program) hasOneStage() bool { return p.method == model.Euler }

// Columns names the reported columns: the saved variables in the order asked
// for, each array element by element, as "vacuum[Anbar]".
func (p *Program) Columns() []string { return slices.Clone(p.columns) }

// Steps is the number of integration steps of a run.
func (p *Program) Steps() int { return p.steps }

// Instructions is the number of operations that one step takes per run; a
// measure of the model's size for benchmarks.
func (p *Program) Instructions() int { return len(p.step) }

func compile(m *model.Model, o Options) (*Program, error) {
	stop := m.Time.Stop
	if o.Horizon > 0 {
		stop = m.Time.Start + o.Horizon
	}
	p := &Program{start: m.Time.Start, dt: m.Time.DT, method: m.Time.Method}
	if err := p.grid(m.Time, stop); err != nil {
		return nil, err
	}
	l := newLowering(m, stop)
	if err := l.vary(o.Varied); err != nil {
		return nil, err
	}
	r, err := l.roots(o, m.Time.Method)
	if err != nil {
		return nil, err
	}
	p.columns, p.stockNames = r.columns, r.stockNames
	allocate(p, l, r, len(o.Varied))
	return p, p.take(o.Backend)
}

// take settles the back end. Where machine code cannot be made, the interpreter
// runs the program, with the same results.
func (p *Program) take(b Backend) error {
	b, err := b.choose()
	if err != nil {
		return err
	}
	p.backend = b
	if b == Interpreter {
		return nil
	}
	if p.machine, p.refused = newMachine(p, b); p.refused != nil {
		p.machine, p.backend = nil, Interpreter
	}
	return nil
}

// Backend is what executes the program, and why it is the interpreter although
// the processor could do better; the error is nil otherwise.
func (p *Program) Backend() (Backend, error) { return p.backend, p.refused }

// grid counts steps and save steps, and refuses those that do not fit.
func (p *Program) grid(t model.Time, stop float64) error {
	fail := func(format string, arguments ...any) error {
		return diagnostic.List{{Position: t.Position, Code: "time", Subject: "sim_specs", Message: fmt.Sprintf(format, arguments...)}}
	}
	if !(t.DT > 0) {
		return fail("dt is %v; expected a number above 0", t.DT)
	}
	whole := func(x float64) (int, bool) {
		n := math.Round(x)
		return int(n), math.Abs(x-n) <= 1e-6*math.Max(1, n)
	}
	var ok bool
	if p.steps, ok = whole((stop - t.Start) / t.DT); !ok {
		return fail("the run from %v to %v is not a whole number of steps of %v", t.Start, stop, t.DT)
	}
	every := 1.0
	if t.Save > 0 {
		every = t.Save / t.DT
	}
	if n, ok := whole(every); ok {
		every = float64(n)
	}
	if every < 1 {
		return fail("the save interval %v is shorter than a step of %v", t.Save, t.DT)
	}
	for k := 0; ; k++ {
		s := int(math.Ceil(float64(float64(k)*every) - 1e-6))
		if s > p.steps {
			return nil
		}
		p.saveSteps = append(p.saveSteps, s)
	}
}

// vary makes the named constants inputs.
func (l *lowering) vary(names []string) error {
	for i, name := range names {
		e, err := l.find(name)
		if err != nil {
			return err
		}
		if e.v.Kind == model.Stock || e.v.Kind == model.Lookup {
			return fmt.Errorf("%q is a %s and cannot be varied; expected a constant", name, e.v.Kind)
		}
		if l.transport.computes(e.v) {
			return fmt.Errorf("%q is computed by a conveyor or queue and cannot be varied; expected a constant", name)
		}
		if _, twice := l.varied[e]; twice {
			return fmt.Errorf("%q is varied twice", name)
		}
		l.varied[e] = l.graph.leaf(opInput, int32(i), rankRun)
	}
	return nil
}

// find reads "name" of a scalar or "name[element, element]".
func (l *lowering) find(name string) (element, error) {
	x, err := model.ParseExpression(name)
	r, ok := x.(*model.Reference)
	if err != nil || !ok {
		// A plain name with spaces is no expression.
		r = &model.Reference{Name: model.Canonical(name)}
		if i := slices.Index([]byte(name), '['); i > 0 && name[len(name)-1] == ']' {
			r.Name = model.Canonical(name[:i])
			for _, part := range splitComma(name[i+1 : len(name)-1]) {
				r.Subscripts = append(r.Subscripts, model.Subscript{Name: model.Canonical(part)})
			}
		}
	}
	t, err := model.Scope{Model: l.model}.Resolve(r)
	if err != nil {
		return element{}, err
	}
	if t.Variable == nil || t.Computed != nil {
		return element{}, fmt.Errorf("%q does not name one variable", name)
	}
	return element{t.Variable, t.Element}, nil
}

func splitComma(s string) []string {
	var parts []string
	start := 0
	for i := range len(s) {
		if s[i] == ',' {
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// roots are the nodes that a program must compute.
type roots struct {
	// first and next have one node a stock: its initial value, and its value one
	// step later (Euler) or its net flow (other methods).
	first, next []int32
	saved       []int32
	columns     []string
	stockNames  []string
	reductions  []reduction // register holds the node
}

func (l *lowering) roots(o Options, method model.Method) (*roots, error) {
	m := l.model
	r := &roots{}
	var err error
	if l.limits, err = newLimits(m); err != nil {
		return nil, err
	}
	if err := l.onlyEuler(); err != nil {
		return nil, err
	}
	for _, v := range m.Variables {
		if v.Kind != model.Stock {
			continue
		}
		for flat := range m.Size(v) {
			e := element{v, flat}
			l.stocks[e] = l.newStock(m.ElementName(v, flat))
			l.stockList[l.stocks[e]].nonNegative = v.NonNegative
			if v.Transports() {
				l.device(e)
			}
			l.later(func() error {
				s := l.stocks[e]
				first, err := l.value(e, initial)
				if err != nil {
					return err
				}
				l.stockList[s].first = first
				if v.Transports() {
					l.stockList[s].net = l.graph.constant(0) // it moves on its own
					return err
				}
				net, err := l.netFlow(e)
				l.stockList[s].net = l.stopAtZero(e, net)
				return err
			})
		}
	}
	if err := l.finish(); err != nil {
		return nil, err
	}
	for _, name := range o.Saved {
		v := m.Variable(name)
		if v == nil || v.Kind == model.Lookup {
			return nil, fmt.Errorf("%q is not a variable of the model and cannot be saved", name)
		}
		for flat := range m.Size(v) {
			n, err := l.value(element{v, flat}, running)
			if err != nil {
				return nil, err
			}
			r.saved = append(r.saved, n)
			r.columns = append(r.columns, m.ElementName(v, flat))
		}
	}
	for _, q := range o.Reductions {
		e, err := l.find(q.Variable)
		if err != nil {
			return nil, err
		}
		n, err := l.value(e, running)
		if err != nil {
			return nil, err
		}
		r.reductions = append(r.reductions, reduction{q, n})
	}
	if err := l.finish(); err != nil {
		return nil, err
	}
	for i, s := range l.stockList {
		next := s.net
		if method == model.Euler {
			now := l.graph.leaf(opStock, int32(i), rankStep)
			next = l.graph.binary(opAdd, now, l.graph.binary(opMultiply, l.graph.constant(l.dt), s.net))
			if s.nonNegative {
				// What is left of rounding, unless the stock started below zero.
				floor := l.graph.binary(opMin, now, l.graph.constant(0))
				next = l.graph.binary(opMax, next, floor)
			}
		}
		r.first, r.next = append(r.first, s.first), append(r.next, next)
		r.stockNames = append(r.stockNames, s.name)
	}
	return r, nil
}

// netFlow is the sum of inflows minus outflows of a stock element.
func (l *lowering) netFlow(e element) (int32, error) {
	g := l.graph
	net := int32(-1)
	add := func(names []string, o op) error {
		for _, name := range names {
			f := l.model.Variable(name)
			if f == nil {
				return fmt.Errorf("the stock %q has a flow %q that does not exist", e.v.Name, name)
			}
			n, err := l.value(element{f, e.flat}, running)
			if err != nil {
				return err
			}
			switch {
			case net >= 0:
				net = g.binary(o, net, n)
			case o == opSubtract:
				net = g.unary(opNegate, n)
			default:
				net = n
			}
		}
		return nil
	}
	if err := add(e.v.Inflows, opAdd); err != nil {
		return 0, err
	}
	if err := add(e.v.Outflows, opSubtract); err != nil {
		return 0, err
	}
	if net < 0 {
		return g.constant(0), nil
	}
	return net, nil
}
