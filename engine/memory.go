package engine

import (
	"math"

	"handover/model"
)

// Functions with memory are lowered to stocks, states and pipelines, as they are
// defined in the field: smooths and delays are chains of stocks (XMILE 1.0
// section 3.5.3), so Euler and RK4 treat them like any other stock.

// later queues work that may depend on memories being made.
func (l *lowering) later(work func() error) { l.pending = append(l.pending, work) }

// finish does what was queued, and what that queues in turn.
func (l *lowering) finish() error {
	for len(l.pending) > 0 {
		work := l.pending[0]
		l.pending = l.pending[1:]
		if err := work(); err != nil {
			return err
		}
	}
	return nil
}

func (l *lowering) newStock(name string) int32 {
	l.stockList = append(l.stockList, stock{name: name, first: -1, net: -1})
	return int32(len(l.stockList) - 1)
}

// memory returns the number of the memory of a call, making it when met first.
func (l *lowering) memory(p place, x *model.Call, make func() (int32, error)) (int32, error) {
	key := memoryKey{p.element, x, p.combination}
	if n, ok := l.memoryOf[key]; ok {
		return n, nil
	}
	n, err := make()
	if err != nil {
		return 0, err
	}
	l.memoryOf[key] = n
	return n, nil
}

func at(p place, ph phase) place {
	p.phase = ph
	return p
}

// previous is the value of the first argument one step earlier, and the second
// argument in the first step.
func (l *lowering) previous(p place, x *model.Call) (int32, error) {
	if p.phase == initial {
		return l.expression(p, x.Arguments[1])
	}
	n, err := l.memory(p, x, func() (int32, error) {
		first, err := l.expression(at(p, initial), x.Arguments[1])
		if err != nil {
			return 0, err
		}
		number := int32(len(l.states))
		l.states = append(l.states, state{source: -1, first: first})
		l.later(func() error {
			source, err := l.expression(p, x.Arguments[0])
			l.states[number].source = source
			return err
		})
		return number, nil
	})
	return l.graph.leaf(opState, n, rankStep), err
}

// sample is SAMPLE IF TRUE(condition, x, initial): x while the condition holds,
// else the last value held.
func (l *lowering) sample(p place, x *model.Call) (int32, error) {
	if p.phase == initial {
		n, err := l.all(p, x.Arguments...)
		if err != nil {
			return 0, err
		}
		return l.graph.choose(n[0], n[1], n[2]), nil
	}
	n, err := l.memory(p, x, func() (int32, error) {
		first, err := l.expression(at(p, initial), x.Arguments[2])
		if err != nil {
			return 0, err
		}
		number := int32(len(l.states))
		l.states = append(l.states, state{source: -1, first: first})
		return number, nil
	})
	if err != nil {
		return 0, err
	}
	now, err := l.all(p, x.Arguments[0], x.Arguments[1])
	if err != nil {
		return 0, err
	}
	held := l.graph.choose(now[0], now[1], l.graph.leaf(opState, n, rankStep))
	l.states[n].source = held
	return held, nil
}

// order is the number of stages of a smooth or delay.
func (l *lowering) order(p place, x *model.Call) (order int, input, time, first model.Expression, err error) {
	input, time = x.Arguments[0], x.Arguments[1]
	first = input
	rest := x.Arguments[2:]
	switch x.Function {
	case "smth1", "delay1":
		order = 1
	case "smth3", "delay3":
		order = 3
	default:
		n, err := l.expression(at(p, initial), rest[0])
		if err != nil {
			return 0, nil, nil, nil, err
		}
		c, ok := l.graph.isConstant(n)
		if !ok || !(c >= 1) || c > 1000 {
			return 0, nil, nil, nil, l.errorAt(p, x.Offset(), "the order of %s must be a fixed number from 1 to 1000", x.Function)
		}
		order, rest = int(c), rest[1:]
	}
	if len(rest) > 0 {
		first = rest[0]
	}
	return order, input, time, first, nil
}

// chain makes the stocks of a smooth or delay and returns the first's number;
// the others follow.
func (l *lowering) chain(p place, x *model.Call, order int, first func() (int32, error), net func(base int32) error) (int32, error) {
	return l.memory(p, x, func() (int32, error) {
		base := int32(len(l.stockList))
		for range order {
			l.newStock(x.Function + " in " + l.model.ElementName(p.v, p.flat))
		}
		l.later(func() error {
			n, err := first()
			if err != nil {
				return err
			}
			for i := range order {
				l.stockList[base+int32(i)].first = n
			}
			return net(base)
		})
		return base, nil
	})
}

// smooth is SMTH1, SMTH3 and SMTHN: exponential averages of the input.
func (l *lowering) smooth(p place, x *model.Call) (int32, error) {
	order, input, time, first, err := l.order(p, x)
	if err != nil {
		return 0, err
	}
	if p.phase == initial {
		return l.expression(p, first)
	}
	g := l.graph
	base, err := l.chain(p, x, order,
		func() (int32, error) { return l.expression(at(p, initial), first) },
		func(base int32) error {
			n, err := l.all(p, input, time)
			if err != nil {
				return err
			}
			stage := g.binary(opDivide, n[1], g.constant(float64(order)))
			in := n[0]
			for i := range order {
				s := g.leaf(opStock, base+int32(i), rankStep)
				l.stockList[base+int32(i)].net = g.binary(opDivide, g.binary(opSubtract, in, s), stage)
				in = s
			}
			return nil
		})
	if err != nil {
		return 0, err
	}
	return g.leaf(opStock, base+int32(order)-1, rankStep), nil
}

// delay is DELAY1, DELAY3 and DELAYN: material delays, which conserve what
// flows through them.
func (l *lowering) delay(p place, x *model.Call) (int32, error) {
	order, input, time, first, err := l.order(p, x)
	if err != nil {
		return 0, err
	}
	if p.phase == initial {
		return l.expression(p, first)
	}
	g := l.graph
	delay, err := l.expression(p, time)
	if err != nil {
		return 0, err
	}
	before, err := l.expression(at(p, initial), time)
	if err != nil {
		return 0, err
	}
	if t, ok := g.isConstant(before); ok && x.Function == "delayn" {
		// A stage cannot be shorter than a step, so there are fewer of them, as in
		// Vensim.
		for order > 1 && float64(order)*l.dt > t {
			order--
		}
	}
	count := g.constant(float64(order))
	moving := x.Function == "delayn" && g.ranks[delay] == rankStep
	base, err := l.chain(p, x, order,
		func() (int32, error) {
			n, err := l.expression(at(p, initial), first)
			return g.binary(opMultiply, n, g.binary(opDivide, before, count)), err
		},
		func(base int32) error {
			in, err := l.expression(p, input)
			if err != nil {
				return err
			}
			for i := range order {
				t := delay
				if moving && i > 0 {
					t = g.leaf(opState, l.waits[base]+int32(i-1), rankStep)
				}
				out := g.binary(opDivide, g.leaf(opStock, base+int32(i), rankStep), g.binary(opDivide, t, count))
				l.stockList[base+int32(i)].net = g.binary(opSubtract, in, out)
				in = out
			}
			return nil
		})
	if err != nil {
		return 0, err
	}
	last := delay
	if moving {
		if _, made := l.waits[base]; !made {
			l.waits[base] = int32(len(l.states))
			// The wait of the first stage a step ago, and so on.
			source := delay
			for range order {
				number := int32(len(l.states))
				l.states = append(l.states, state{source: source, first: before})
				source = g.leaf(opState, number, rankStep)
			}
		}
		last = g.leaf(opState, l.waits[base], rankStep)
	}
	return g.binary(opDivide, g.leaf(opStock, base+int32(order)-1, rankStep), g.binary(opDivide, last, count)), nil
}

// trend is TREND(x, time, initial trend), the fractional change of x against
// its average, and FORCST(x, time, horizon, initial trend), x extrapolated by it.
func (l *lowering) trend(p place, x *model.Call) (int32, error) {
	g := l.graph
	input, time, rest := x.Arguments[0], x.Arguments[1], x.Arguments[2:]
	var horizon model.Expression
	if x.Function == "forcst" {
		horizon, rest = rest[0], rest[1:]
	}
	slope := func() (int32, error) {
		if len(rest) == 0 {
			return g.constant(0), nil
		}
		return l.expression(at(p, initial), rest[0])
	}
	var result int32
	if p.phase == initial {
		n, err := slope()
		if err != nil {
			return 0, err
		}
		result = n
	} else {
		base, err := l.chain(p, x, 1,
			func() (int32, error) {
				n, err := l.all(at(p, initial), input, time)
				if err != nil {
					return 0, err
				}
				s, err := slope()
				return g.binary(opDivide, n[0], g.binary(opAdd, g.constant(1), g.binary(opMultiply, s, n[1]))), err
			},
			func(base int32) error {
				n, err := l.all(p, input, time)
				if err != nil {
					return err
				}
				l.stockList[base].net = g.binary(opDivide, g.binary(opSubtract, n[0], g.leaf(opStock, base, rankStep)), n[1])
				return nil
			})
		if err != nil {
			return 0, err
		}
		n, err := l.all(p, input, time)
		if err != nil {
			return 0, err
		}
		average := g.leaf(opStock, base, rankStep)
		scale := g.binary(opMultiply, n[1], average)
		result = g.choose(scale, g.binary(opDivide, g.binary(opSubtract, n[0], average), scale), g.constant(0))
	}
	if horizon == nil {
		return result, nil
	}
	n, err := l.all(p, input, horizon)
	if err != nil {
		return 0, err
	}
	return g.binary(opMultiply, n[0], g.binary(opAdd, g.constant(1), g.binary(opMultiply, result, n[1]))), nil
}

// ring is a pipeline delay: what enters leaves unchanged a fixed time later.
type ring struct{ source, steps, first int32 }

// pipeline is DELAY(x, time, initial) and DELAY FIXED. The time is that at the
// start of the run.
func (l *lowering) pipeline(p place, x *model.Call) (int32, error) {
	first := x.Arguments[0]
	if len(x.Arguments) > 2 {
		first = x.Arguments[2]
	}
	if p.phase == initial {
		return l.expression(p, first)
	}
	g := l.graph
	number, err := l.memory(p, x, func() (int32, error) {
		n, err := l.all(at(p, initial), x.Arguments[1], first)
		if err != nil {
			return 0, err
		}
		number := int32(len(l.rings))
		l.rings = append(l.rings, ring{-1, g.binary(opDivide, n[0], g.constant(l.dt)), n[1]})
		l.later(func() error {
			source, err := l.expression(p, x.Arguments[0])
			l.rings[number].source = source
			return err
		})
		return number, nil
	})
	return g.leaf(opRing, number, rankStep), err
}

// pipe holds the values under way in one pipeline delay, lane by lane.
type pipe struct {
	values []float64 // [slot][lane]
	slots  int
	steps  []int
}

// beginRings empties the pipelines; a delay shorter than a step takes one.
func (w *Worker) beginRings(n int) {
	p := w.program
	if w.pipes == nil {
		w.pipes = make([]pipe, len(p.rings))
	}
	for i, r := range p.rings {
		q := &w.pipes[i]
		q.steps = q.steps[:0]
		q.slots = 1
		for _, x := range w.vector(r.steps, n) {
			steps := p.steps + 1 // longer than the run: nothing ever arrives
			if x <= float64(p.steps) {
				steps = max(1, int(math.Round(x)))
			}
			q.steps = append(q.steps, steps)
			q.slots = max(q.slots, min(steps, p.steps+1))
		}
		if len(q.values) < q.slots*w.lanes {
			q.values = make([]float64, q.slots*w.lanes)
		}
		copy(w.vector(r.now, n), w.vector(r.first, n))
	}
}

// advanceRings takes in the values of a step and lets out those of the next.
func (w *Worker) advanceRings(step, n int) {
	for i, r := range w.program.rings {
		q := &w.pipes[i]
		copy(q.values[(step%q.slots)*w.lanes:][:n], w.vector(r.kept, n))
		now, first := w.vector(r.now, n), w.vector(r.first, n)
		for j := range now {
			if entered := step + 1 - q.steps[j]; entered >= 0 {
				now[j] = q.values[(entered%q.slots)*w.lanes+j]
			} else {
				now[j] = first[j]
			}
		}
	}
}
