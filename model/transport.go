package model

import (
	"math"

	"handover/diagnostic"
)

// transport checks conveyors, queues and the flows that they drive, after XMILE
// 1.0 sections 3.7.2, 3.7.3, 4.2.1 and 4.3.
func (c *checker) transport() {
	m := c.model
	if c.flowing = m.Transport(); c.flowing == nil {
		for _, v := range m.Variables {
			c.marks(v)
		}
		return
	}
	ends := map[*Variable][2]int{} // in how many lists of inflows and of outflows a flow stands
	for _, v := range m.Variables {
		for side, names := range [2][]string{v.Inflows, v.Outflows} {
			for _, name := range names {
				f := m.Variable(name)
				n := ends[f]
				n[side]++
				ends[f] = n
			}
		}
	}
	for _, v := range m.Variables {
		switch {
		case v.Kind != Stock:
			c.marks(v)
		case v.Conveyor != nil && v.Queue:
			c.fail(v.Position, "stock", v.Name, "", "the stock is both a conveyor and a queue")
		case v.Transports():
			c.transporter(v, ends)
		}
	}
}

// marks checks what is said of a flow that only conveyors and queues understand.
func (c *checker) marks(v *Variable) {
	driven, ok := c.flowing.drives(v)
	if v.Leak != nil && !(ok && driven.Role != QueueExit) {
		c.fail(v.Leak.Position, "leak", v.Name, "", "the flow is marked as a leakage and is not an outflow of a conveyor")
	}
	if v.Overflow && !(ok && driven.Role == QueueExit) {
		c.fail(v.Position, "overflow", v.Name, "", "the flow is marked as an overflow and is not an outflow of a queue")
	}
	if !ok || driven.Role == Leakage {
		return
	}
	for i := range v.Equations {
		e := &v.Equations[i]
		if _, number := e.Expression.(*Number); e.Text != "" && !number || e.Graph != nil {
			c.add(diagnostic.Warning, e.Position, "ignored-equation", v.Name, "leave the equation out",
				"the equation is not used: the %s %q computes this flow", driven.Stock.stockWord(), driven.Stock.Name)
		}
	}
}

// stockWord is the word for a stock that transports.
func (v *Variable) stockWord() string {
	switch {
	case v.Conveyor != nil:
		return "conveyor"
	case v.Queue:
		return "queue"
	}
	return v.Kind.String()
}

func (c *checker) transporter(v *Variable, ends map[*Variable][2]int) {
	m := c.model
	if m.Time.Method != Euler {
		c.fail(v.Position, "method", v.Name, "set the method to Euler", "a %s moves once a step and cannot be integrated by %s", v.stockWord(), m.Time.Method)
	}
	for _, name := range append(append([]string{}, v.Inflows...), v.Outflows...) {
		if f := m.Variable(name); f != nil && max(ends[f][0], ends[f][1]) > 1 {
			c.fail(v.Position, "flow", v.Name, "give each stock its own flow", "the flow %q enters or leaves more than one stock, which a %s does not allow", f.Name, v.stockWord())
		}
	}
	for _, name := range v.Inflows {
		f := m.Variable(name)
		if f == nil || v.Conveyor == nil || v.Conveyor.Discrete {
			continue
		}
		if d, ok := c.flowing.Driven[f]; ok && d.Role == QueueExit {
			c.fail(v.Conveyor.Position, "discrete", v.Name, `write <conveyor discrete="true">`,
				"the conveyor takes from the queue %q and is not discrete", d.Stock.Name)
		}
	}
	if v.Queue {
		if len(v.Outflows) > 0 {
			if f := m.Variable(v.Outflows[0]); f != nil && f.Overflow {
				c.fail(f.Position, "overflow", f.Name, "", "the first outflow of the queue %q cannot be an overflow", v.Name)
			}
		}
		return
	}
	c.conveyor(v)
}

func (c *checker) conveyor(v *Variable) {
	m, belt := c.model, v.Conveyor
	end, leaks := m.BeltFlows(v)
	if end == nil {
		c.fail(belt.Position, "outflow", v.Name, "", "the conveyor has no outflow at its end: it needs one that is not a leakage")
	}
	if len(belt.Transit) == 0 {
		c.fail(belt.Position, "len", v.Name, "add <len>", "the conveyor has no transit time")
	}
	for _, p := range belt.Parameters() {
		c.parameter(v, p)
	}
	for _, f := range leaks {
		l := f.LeakOf()
		if !(l.Start >= 0 && l.Start < l.End && l.End <= 1) {
			c.fail(l.Position, "leak", f.Name, "", "the leakage zone runs from %v to %v; expected 0 <= leak_start < leak_end <= 1", l.Start, l.End)
		}
		if len(f.Equations) == 0 {
			c.fail(l.Position, "leak", f.Name, "write it into <leak>", "the leakage has no fraction")
		}
		for i := range f.Equations {
			e := &f.Equations[i]
			n, ok := e.Expression.(*Number)
			switch {
			case !ok:
			case !belt.ExponentialLeak && !(n.Value >= 0 && n.Value <= 1):
				c.fail(e.PositionAt(n.Offset()), "leak", f.Name, "", "the leakage fraction is %v; expected 0 to 1", n.Value)
			case belt.ExponentialLeak && !(n.Value >= 0 && n.Value <= 1/m.Time.DT):
				c.fail(e.PositionAt(n.Offset()), "leak", f.Name, "", "the leakage fraction is %v; expected 0 to %v, at which all leaks in one step", n.Value, 1/m.Time.DT)
			}
		}
	}
}

// parameter checks the equations of one parameter of a conveyor.
func (c *checker) parameter(v *Variable, p Parameter) {
	byElement, err := c.model.EquationsByElement(&Variable{Name: v.Name, Dimensions: v.Dimensions, Equations: p.Equations})
	if err != nil {
		c.fail(v.Conveyor.Position, "unknown-element", v.Name, "", "<%s>: %v", p.Name, err)
		return
	}
	done := map[*Equation]bool{}
	for flat, e := range byElement {
		switch {
		case e == nil:
			c.fail(v.Conveyor.Position, "no-equation", c.model.ElementName(v, flat), "", "the conveyor has no <%s>", p.Name)
			return
		case e.Expression == nil || done[e]:
			continue
		}
		done[e] = true
		scope, err := c.model.ScopeAt(v, e, flat)
		if err != nil {
			continue
		}
		if c.expression(v, e, scope, e.Expression) || p.Name != "len" {
			continue
		}
		if n, ok := e.Expression.(*Number); ok {
			c.transit(v, e, n.Value)
		}
	}
}

// transit checks a transit time that is a number.
func (c *checker) transit(v *Variable, e *Equation, x float64) {
	steps := x / c.model.Time.DT
	switch {
	case !(x > 0) || steps > MostSlats:
		c.fail(e.Position, "len", v.Name, "", "the transit time is %v; expected a number above 0 and at most %d steps", x, MostSlats)
	case math.Abs(steps-math.Round(steps)) > 1e-6*steps:
		c.add(diagnostic.Warning, e.Position, "len", v.Name, "", "the transit time %v is not a whole number of steps of %v; the conveyor takes %v",
			x, c.model.Time.DT, math.Max(1, math.Round(steps))*c.model.Time.DT)
	}
}

// MostSlats bounds how many steps a transit time may take.
const MostSlats = 100_000

// transportUnits checks the units of a conveyor's parameters and of leakages.
func (b *balance) transportUnits(v *Variable) {
	b.v = v
	own := b.units[v]
	is := func(p []Equation, want measured, what string) {
		for i := range p {
			b.e = &p[i]
			if b.e.Expression == nil {
				continue
			}
			got := b.expression(b.e.Expression)
			if _, number := b.e.Expression.(*Number); !number && want.known && got.known && !want.unit.Equal(got.unit) {
				b.warn(b.e.Expression.Offset(), "unit-mismatch", "%s is in %s and its equation gives %s", what, want.unit, got.unit)
			}
		}
	}
	belt := v.Conveyor
	is(belt.Transit, b.time, "the transit time")
	is(belt.Capacity, own, "the capacity")
	is(belt.InflowLimit, measured{own.unit.Times(b.time.unit, -1), own.known && b.time.known}, "the inflow limit")
	is(belt.Sample, measured{}, "")
	is(belt.Arrest, measured{}, "")
	_, leaks := b.model.BeltFlows(v)
	for _, f := range leaks {
		b.v = f
		fraction := measured{known: true}
		if belt.ExponentialLeak {
			fraction = measured{Unit{}.Times(b.time.unit, -1), b.time.known}
		}
		is(f.Equations, fraction, "the leakage fraction")
	}
}

// transportReferences visits the elements on which a flow depends because it
// leaves or enters a conveyor or a queue, beside its own equation, and reports
// whether it depends on that too.
func (c *checker) transportReferences(v *Variable, element int, p phase, visit func(v *Variable, element int)) (own bool) {
	t := c.flowing
	if t == nil {
		return true
	}
	equation := func(v *Variable, list []Equation) {
		e, err := c.model.EquationAt(v, list, element)
		if err != nil || e == nil {
			return
		}
		if scope, err := c.model.ScopeAt(v, e, element); err == nil {
			scope.references(e.Expression, p, visit)
		}
	}
	flow := func(name string) { visit(c.model.Variable(name), element) }
	d, driven := t.Driven[v]
	switch {
	case driven && d.Role == QueueExit:
		visit(d.Stock, element)
		for _, name := range d.Stock.Inflows {
			flow(name)
		}
		for _, name := range d.Stock.Outflows {
			if c.model.Variable(name) == v {
				break
			}
			flow(name)
		}
	case driven:
		visit(d.Stock, element)
		belt := d.Stock.Conveyor
		equation(d.Stock, belt.Arrest)
		if p == initial {
			equation(d.Stock, belt.Transit)
		}
		end, leaks := c.model.BeltFlows(d.Stock)
		for _, f := range append(leaks, end) {
			if next := t.Receives(f); next != nil {
				equation(next, next.Conveyor.Arrest)
			}
			if f != end && (p == initial || belt.ExponentialLeak) {
				equation(f, f.Equations)
			}
		}
	}
	if next := t.Receives(v); next != nil && !t.FromConveyor(v) {
		belt := next.Conveyor
		visit(next, element)
		equation(next, belt.Arrest)
		equation(next, belt.Capacity)
		equation(next, belt.InflowLimit)
		before := true
		for _, name := range next.Inflows {
			f := c.model.Variable(name)
			before = before && f != v
			if len(belt.Capacity)+len(belt.InflowLimit) > 0 && before || len(belt.Capacity) > 0 && t.FromConveyor(f) {
				visit(f, element)
			}
		}
		if len(belt.Capacity) > 0 {
			for _, name := range next.Outflows {
				flow(name)
			}
		}
	}
	return !driven
}
