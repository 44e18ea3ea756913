package engine

import (
	"fmt"

	"handover/model"
)

// limits says how the flows of non-negative stocks are held back, as XMILE 1.0
// sections 3.5.2 and 4.2 describe and Stella does it: an outflow takes at most
// what the stock holds plus what flows in during the step, after the outflows
// listed before it; a negative inflow takes at most what the stock holds.
//
// A flow that more than one stock lists on the same side belongs to no single
// stock and is not held back; such a stock stops at zero on its own.
type limits struct {
	// outflow and inflow give the non-negative stock that holds a flow back.
	outflow, inflow map[*model.Variable]*model.Variable
	// uses lists, for each outflow held back, the inflows that it may count and the
	// outflows that come before it.
	inflows, earlier map[*model.Variable][]*model.Variable
}

// newLimits decides once, in file order, which flows a limit may look at: never
// one that itself depends on the flow being limited.
func newLimits(m *model.Model) (*limits, error) {
	any := false
	feeds, drains := map[*model.Variable]int{}, map[*model.Variable]int{}
	for _, v := range m.Variables {
		if v.Kind != model.Stock {
			continue
		}
		any = any || v.NonNegative && !v.Transports()
		for _, name := range v.Inflows {
			feeds[m.Variable(name)]++
		}
		for _, name := range v.Outflows {
			drains[m.Variable(name)]++
		}
	}
	if !any {
		return nil, nil
	}
	l := &limits{map[*model.Variable]*model.Variable{}, map[*model.Variable]*model.Variable{}, map[*model.Variable][]*model.Variable{}, map[*model.Variable][]*model.Variable{}}
	reads := readers{model: m, extra: map[*model.Variable][]*model.Variable{}, direct: map[*model.Variable][]*model.Variable{}}
	for _, v := range m.Variables {
		if v.Kind != model.Stock || !v.NonNegative || v.Transports() {
			continue
		}
		var earlier []*model.Variable
		for _, name := range v.Outflows {
			f := m.Variable(name)
			if drains[f] != 1 {
				continue
			}
			l.outflow[f] = v
			for _, e := range earlier {
				if reads.reach(e, f) {
					return nil, fmt.Errorf("the outflows %q and %q of the non-negative stock %q depend on each other, so that neither can come first", e.Name, f.Name, v.Name)
				}
				reads.extra[f] = append(reads.extra[f], e)
				l.earlier[f] = append(l.earlier[f], e)
			}
			earlier = append(earlier, f)
		}
		for _, name := range v.Inflows {
			if f := m.Variable(name); feeds[f] == 1 {
				l.inflow[f] = v
			}
		}
	}
	for _, v := range m.Variables {
		if v.Kind != model.Stock || !v.NonNegative || v.Transports() {
			continue
		}
		for _, name := range v.Outflows {
			f := m.Variable(name)
			if l.outflow[f] != v {
				continue
			}
			for _, in := range v.Inflows {
				if g := m.Variable(in); !reads.reach(g, f) {
					reads.extra[f] = append(reads.extra[f], g)
					l.inflows[f] = append(l.inflows[f], g)
				}
			}
		}
	}
	return l, nil
}

// readers finds out whether one variable depends on another within a step.
type readers struct {
	model         *model.Model
	direct, extra map[*model.Variable][]*model.Variable
}

func (r *readers) of(v *model.Variable) []*model.Variable {
	list, ok := r.direct[v]
	if !ok {
		add := func(name string) {
			if w := r.model.Variable(name); w != nil && w.Kind != model.Stock && w.Kind != model.Lookup {
				list = append(list, w)
			}
		}
		for i := range v.Equations {
			model.Walk(v.Equations[i].Expression, func(x model.Expression) bool {
				switch x := x.(type) {
				case *model.Reference:
					add(x.Name)
					for _, s := range x.Subscripts {
						add(s.Name)
					}
				case *model.Call:
					add(x.Function)
				}
				return true
			})
		}
		r.direct[v] = list
	}
	return list
}

func (r *readers) reach(from, to *model.Variable) bool {
	seen := map[*model.Variable]bool{}
	var visit func(v *model.Variable) bool
	visit = func(v *model.Variable) bool {
		if v == to {
			return true
		}
		if seen[v] {
			return false
		}
		seen[v] = true
		for _, w := range r.of(v) {
			if visit(w) {
				return true
			}
		}
		for _, w := range r.extra[v] {
			if visit(w) {
				return true
			}
		}
		return false
	}
	return visit(from)
}

// limit holds a flow back to what its non-negative stocks allow.
func (l *lowering) limit(e element, ph phase, n int32) (int32, error) {
	if l.limits == nil {
		return n, nil
	}
	g := l.graph
	held := func(v *model.Variable) (int32, error) {
		s, err := l.value(element{v, e.flat}, ph)
		return g.binary(opDivide, g.binary(opMax, s, g.constant(0)), g.constant(l.dt)), err
	}
	if v := l.limits.inflow[e.v]; v != nil && !e.v.NonNegative {
		most, err := held(v)
		if err != nil {
			return 0, err
		}
		n = g.binary(opMax, n, g.unary(opNegate, most))
	}
	v := l.limits.outflow[e.v]
	if v == nil {
		return n, nil
	}
	most, err := held(v)
	if err != nil {
		return 0, err
	}
	sum := func(flows []*model.Variable, o op) error {
		for _, f := range flows {
			x, err := l.value(element{f, e.flat}, ph)
			if err != nil {
				return err
			}
			most = g.binary(o, most, x)
		}
		return nil
	}
	if err := sum(l.limits.inflows[e.v], opAdd); err != nil {
		return 0, err
	}
	if err := sum(l.limits.earlier[e.v], opSubtract); err != nil {
		return 0, err
	}
	return g.binary(opMin, n, g.binary(opMax, most, g.constant(0))), nil
}

// stopAtZero keeps the net flow of a non-negative stock from emptying it below
// zero within a step.
func (l *lowering) stopAtZero(e element, net int32) int32 {
	if !e.v.NonNegative {
		return net
	}
	g := l.graph
	now := g.leaf(opStock, l.stocks[e], rankStep)
	return g.binary(opMax, net, g.unary(opNegate, g.binary(opDivide, g.binary(opMax, now, g.constant(0)), g.constant(l.dt))))
}
