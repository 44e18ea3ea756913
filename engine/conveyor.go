package engine

import (
	"fmt"
	"math"

	"handover/diagnostic"
	"handover/model"
)

// transport is what lowering knows of conveyors and queues.
type transport struct {
	*model.Transport
	belts    []belt
	queues   []queue
	numberOf map[element]int32
	// parameters, ways and exits find nodes made before: a parameter, what leaves a
	// conveyor, an outflow of a queue.
	parameters map[parameterKey]int32
	ways       map[phaseKey]int32
	exits      map[phaseKey]int32
	// used are the states that count what has entered a discrete conveyor in the
	// time unit.
	used map[element]int32
}

type parameterKey struct {
	phaseKey
	name string
}

type phaseKey struct {
	element
	phase
}

func newTransport(m *model.Model) transport {
	return transport{Transport: m.Transport(), numberOf: map[element]int32{}, parameters: map[parameterKey]int32{},
		ways: map[phaseKey]int32{}, exits: map[phaseKey]int32{}, used: map[element]int32{}}
}

// drives finds the conveyor or queue that computes a flow.
func (t *transport) drives(f *model.Variable) (model.Driven, bool) {
	if t.Transport == nil {
		return model.Driven{}, false
	}
	d, ok := t.Driven[f]
	return d, ok
}

// computes reports whether a conveyor or queue computes a flow.
func (t *transport) computes(f *model.Variable) bool {
	_, ok := t.drives(f)
	return ok
}

// onlyEuler refuses to integrate conveyors and queues by another method: they
// move once a step.
func (l *lowering) onlyEuler() error {
	if l.transport.Transport == nil || l.model.Time.Method == model.Euler {
		return nil
	}
	return diagnostic.List{{Position: l.model.Time.Position, Code: "method", Subject: "sim_specs",
		Message: fmt.Sprintf("a model with conveyors or queues cannot be integrated by %s", l.model.Time.Method), Hint: "set the method to Euler"}}
}

// device registers a stock that is a conveyor or queue, and completes it when
// all others are registered.
func (l *lowering) device(e element) {
	if e.v.Queue {
		l.transport.numberOf[e] = int32(len(l.transport.queues))
		l.transport.queues = append(l.transport.queues, queue{stock: l.stocks[e], exits: len(e.v.Outflows)})
		l.later(func() error { return l.completeQueue(e) })
		return
	}
	c := e.v.Conveyor
	b := belt{stock: l.stocks[e], dt: l.dt, discrete: c.Discrete, exponential: c.ExponentialLeak}
	_, leaks := l.model.BeltFlows(e.v)
	for _, f := range leaks {
		z := f.LeakOf()
		b.leaks = append(b.leaks, beltLeak{z.Start, z.End, z.Integers})
	}
	l.transport.numberOf[e] = int32(len(l.transport.belts))
	l.transport.belts = append(l.transport.belts, b)
	l.later(func() error { return l.completeBelt(e) })
}

// parameter lowers a parameter of a conveyor, or the fraction of a leakage; a
// parameter that is not given is otherwise.
func (l *lowering) parameter(e element, name string, list []model.Equation, ph phase, otherwise float64) (int32, error) {
	if len(list) == 0 {
		return l.graph.constant(otherwise), nil
	}
	key := parameterKey{phaseKey{e, ph}, name}
	if n, ok := l.transport.parameters[key]; ok {
		return n, nil
	}
	p, q, err := l.placeOf(e, list, ph)
	if err != nil {
		return 0, err
	}
	p.combination = "<" + name + ">"
	n, err := l.expression(p, q.Expression)
	if err != nil {
		return 0, err
	}
	if q.Graph != nil {
		n = l.graph.lookup(newTable(q.Graph), n)
	}
	l.transport.parameters[key] = n
	return n, nil
}

// placeOf is where the equation for an element stands among equations over the
// variable's dimensions.
func (l *lowering) placeOf(e element, list []model.Equation, ph phase) (place, *model.Equation, error) {
	q, err := l.model.EquationAt(e.v, list, e.flat)
	if err != nil {
		return place{}, nil, err
	}
	if q == nil || q.Expression == nil {
		return place{}, nil, fmt.Errorf("%s has no equation", l.model.ElementName(e.v, e.flat))
	}
	scope, err := l.model.ScopeAt(e.v, q, e.flat)
	draws := 0
	return place{element: e, phase: ph, draws: &draws, scope: scope, equation: q}, q, err
}

func (l *lowering) arrest(e element, ph phase) (int32, error) {
	return l.parameter(e, "arrest", e.v.Conveyor.Arrest, ph, 0)
}

// heldBack says, while not zero, that a flow into a conveyor stands still because
// that conveyor is arrested.
func (l *lowering) heldBack(f *model.Variable, flat int, ph phase) (int32, error) {
	if next := l.transport.Receives(f); next != nil {
		return l.arrest(element{next, flat}, ph)
	}
	return l.graph.constant(0), nil
}

// beltOperands are the operands with which belts begin, up to the transit time.
// What leaves in a step depends on fractions only if leakage is exponential, and
// not on the transit time: with leaving set, the others are left out.
func (l *lowering) beltOperands(e element, ph phase, leaving bool) ([]int32, error) {
	c := e.v.Conveyor
	arrest, err := l.arrest(e, ph)
	if err != nil {
		return nil, err
	}
	operands := []int32{arrest}
	end, leaks := l.model.BeltFlows(e.v)
	if end == nil {
		return nil, fmt.Errorf("the conveyor %q has no outflow at its end", e.v.Name)
	}
	for _, f := range append([]*model.Variable{end}, leaks...) {
		n, err := l.heldBack(f, e.flat, ph)
		if err != nil {
			return nil, err
		}
		operands = append(operands, n)
	}
	for _, f := range leaks {
		n := l.graph.constant(0)
		if !leaving || c.ExponentialLeak {
			if n, err = l.parameter(element{f, e.flat}, "leak", f.Equations, ph, 0); err != nil {
				return nil, err
			}
		}
		operands = append(operands, n)
	}
	transit := l.graph.constant(l.dt)
	if !leaving {
		if transit, err = l.transit(e, ph); err != nil {
			return nil, err
		}
	}
	return append(operands, transit), nil
}

// transit is the transit time of what enters now: that of the last sample.
func (l *lowering) transit(e element, ph phase) (int32, error) {
	c, g := e.v.Conveyor, l.graph
	now, err := l.parameter(e, "len", c.Transit, ph, math.NaN())
	if err != nil || ph == initial || len(c.Sample) == 0 {
		return now, err
	}
	key := parameterKey{phaseKey{e, ph}, "latched"}
	if n, ok := l.transport.parameters[key]; ok {
		return n, nil
	}
	first, err := l.parameter(e, "len", c.Transit, initial, math.NaN())
	if err != nil {
		return 0, err
	}
	sample, err := l.parameter(e, "sample", c.Sample, ph, 1)
	if err != nil {
		return 0, err
	}
	arrest, err := l.arrest(e, ph)
	if err != nil {
		return 0, err
	}
	number := int32(len(l.states))
	held := g.choose(g.choose(arrest, g.constant(0), sample), now, g.leaf(opState, number, rankStep))
	l.states = append(l.states, state{source: held, first: first})
	l.transport.parameters[key] = held
	return held, nil
}

// drivenFlow lowers a flow that a conveyor or queue computes.
func (l *lowering) drivenFlow(e element, d model.Driven, ph phase) (int32, error) {
	s := element{d.Stock, e.flat}
	if d.Role == model.QueueExit {
		return l.queueExit(s, e, ph)
	}
	way, err := l.leave(s, ph)
	if err != nil {
		return 0, err
	}
	_, leaks := l.model.BeltFlows(d.Stock)
	for k, f := range leaks {
		if f == e.v {
			return l.graph.pick(way, 1+k), nil
		}
	}
	return l.graph.pick(way, 0), nil
}

// leave is the kernel whose results are the flow off the end of a conveyor and
// its leakages.
func (l *lowering) leave(e element, ph phase) (int32, error) {
	key := phaseKey{e, ph}
	if n, ok := l.transport.ways[key]; ok {
		return n, nil
	}
	operands, err := l.beltOperands(e, ph, ph == running)
	if err != nil {
		return 0, err
	}
	number := l.transport.numberOf[e]
	b := l.transport.belts[number]
	rates := func(end float64, leaked, out []float64) {
		out[0] = end / b.dt
		for k, x := range leaked {
			out[1+k] = x / b.dt
		}
	}
	var n int32
	if ph == running {
		n = l.graph.deviceNode(1+len(b.leaks), operands, func(w *Worker, lane int, in, out []float64) {
			line := &w.lines[number][lane]
			leaked := w.leaked(len(b.leaks))
			rates(b.shed(line, in, w.slats(line.length), leaked, false), leaked, out)
		})
	} else {
		values, err := l.contents(e)
		if err != nil {
			return 0, err
		}
		n = l.graph.kernelNode(fmt.Sprint("conveyor ", number), 1+len(b.leaks), append(operands, values...), func(in, out []float64) {
			var line beltLane
			b.begin(&line, in)
			leaked := make([]float64, len(b.leaks))
			rates(b.shed(&line, in, make([]float64, line.length), leaked, false), leaked, out)
		})
	}
	l.transport.ways[key] = n
	return n, nil
}

// contents are the initial values of a conveyor or queue: one, or a list.
func (l *lowering) contents(e element) ([]int32, error) {
	p, q, err := l.placeOf(e, e.v.Equations, initial)
	if err != nil {
		return nil, err
	}
	if len(q.List) > 0 {
		return l.all(p, q.List...)
	}
	n, err := l.value(e, initial)
	return []int32{n}, err
}

// completeBelt lowers what a belt needs at the start and at every step.
func (l *lowering) completeBelt(e element) error {
	g := l.graph
	first, err := l.beltOperands(e, initial, false)
	if err != nil {
		return err
	}
	values, err := l.contents(e)
	if err != nil {
		return err
	}
	step, err := l.beltOperands(e, running, false)
	if err != nil {
		return err
	}
	volume := g.constant(0)
	for _, name := range e.v.Inflows {
		n, err := l.value(element{l.model.Variable(name), e.flat}, running)
		if err != nil {
			return err
		}
		volume = g.binary(opAdd, volume, g.binary(opMultiply, n, g.constant(l.dt)))
	}
	b := &l.transport.belts[l.transport.numberOf[e]]
	b.first, b.step = append(first, values...), append(step, volume)
	return l.checkBelt(e, b, first[len(first)-1], values)
}

// checkBelt reports an initial state that cannot be and does not depend on
// inputs; what does makes the run a bad one.
func (l *lowering) checkBelt(e element, b *belt, transit int32, values []int32) error {
	fail := func(at diagnostic.Position, format string, arguments ...any) error {
		return diagnostic.List{{Position: at, Code: "conveyor", Subject: l.model.ElementName(e.v, e.flat), Message: fmt.Sprintf(format, arguments...)}}
	}
	for _, n := range values {
		if x, ok := l.graph.isConstant(n); ok && !(x >= 0) {
			return fail(e.v.Position, "the initial content of the conveyor is %v; expected at least 0", x)
		}
	}
	x, ok := l.graph.isConstant(transit)
	if !ok {
		return nil
	}
	n := b.slats(x)
	switch {
	case n == 0:
		return fail(e.v.Conveyor.Position, "the transit time of the conveyor is %v; expected a number above 0 and at most %d steps", x, model.MostSlats)
	case b.misfit(n, len(values)):
		return fail(e.v.Position, "the initial content lists %d values; expected %d, one a time unit of the transit time, or %d, one a step", len(values), b.units(n), n)
	}
	return nil
}

// admitted is what a flow into a conveyor or queue really carries: never less
// than nothing, and no more than the conveyor takes.
func (l *lowering) admitted(e element, ph phase, n int32) (int32, error) {
	if l.transport.Transport == nil {
		return n, nil
	}
	into := l.transport.Into[e.v]
	if into == nil || !into.Transports() {
		return n, nil
	}
	g := l.graph
	n = g.binary(opMax, g.constant(0), n)
	if into.Queue {
		return n, nil
	}
	room, err := l.room(element{into, e.flat}, e.v, ph)
	if err != nil {
		return 0, err
	}
	if x, ok := g.isConstant(room); ok && math.IsInf(x, 1) {
		return n, nil
	}
	return g.binary(opMin, n, g.binary(opDivide, room, g.constant(l.dt))), nil
}

// room is the volume that a conveyor can take in a step from an inflow, after the
// inflows listed before it. What comes off other conveyors is not held back, and
// takes its room first.
func (l *lowering) room(e element, inflow *model.Variable, ph phase) (int32, error) {
	c, g, dt := e.v.Conveyor, l.graph, l.graph.constant(l.dt)
	var failed error
	get := func(n int32, err error) int32 {
		if err != nil && failed == nil {
			failed = err
		}
		return n
	}
	volume := func(f *model.Variable) int32 {
		return g.binary(opMultiply, get(l.value(element{f, e.flat}, ph)), dt)
	}
	room := g.constant(math.Inf(1))
	if len(c.Capacity) > 0 {
		room = g.binary(opSubtract, get(l.parameter(e, "capacity", c.Capacity, ph, 0)), get(l.value(e, ph)))
		for _, name := range e.v.Outflows {
			room = g.binary(opAdd, room, volume(l.model.Variable(name)))
		}
		for _, name := range e.v.Inflows {
			if f := l.model.Variable(name); l.transport.FromConveyor(f) {
				room = g.binary(opSubtract, room, volume(f))
			}
		}
	}
	if len(c.InflowLimit) > 0 {
		most := get(l.parameter(e, "in_limit", c.InflowLimit, ph, 0))
		if c.Discrete {
			most = g.binary(opSubtract, most, get(l.usedLimit(e, ph)))
		} else {
			most = g.binary(opMultiply, most, dt)
		}
		room = g.binary(opMin, room, most)
	}
	if len(c.Capacity)+len(c.InflowLimit) > 0 {
		for _, name := range e.v.Inflows {
			f := l.model.Variable(name)
			if f == inflow {
				break
			}
			if !l.transport.FromConveyor(f) {
				room = g.binary(opSubtract, room, volume(f))
			}
		}
		room = g.binary(opMax, g.constant(0), room)
	}
	arrest := get(l.arrest(e, ph))
	return g.choose(arrest, g.constant(0), room), failed
}

// usedLimit is how much of the inflow limit of a discrete conveyor has been used
// in the time unit. Time units begin at whole times.
func (l *lowering) usedLimit(e element, ph phase) (int32, error) {
	g := l.graph
	if ph == initial {
		return g.constant(0), nil
	}
	if n, ok := l.transport.used[e]; ok {
		return n, nil
	}
	slack := float64(l.dt / 1024)
	unit := g.unary(opFloor, g.binary(opAdd, l.time(ph), g.constant(slack)))
	number := int32(len(l.states))
	l.states = append(l.states,
		state{source: unit, first: g.constant(math.Floor(l.start + slack))},
		state{source: -1, first: g.constant(0)})
	same := g.binary(opEqual, unit, g.leaf(opState, number, rankStep))
	used := g.choose(same, g.leaf(opState, number+1, rankStep), g.constant(0))
	l.transport.used[e] = used
	l.later(func() error {
		sum := used
		for _, name := range e.v.Inflows {
			f := l.model.Variable(name)
			if l.transport.FromConveyor(f) {
				continue
			}
			n, err := l.value(element{f, e.flat}, running)
			if err != nil {
				return err
			}
			sum = g.binary(opAdd, sum, g.binary(opMultiply, n, g.constant(l.dt)))
		}
		l.states[number+1].source = sum
		return nil
	})
	return used, nil
}
