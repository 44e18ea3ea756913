package model

import (
	"iter"
	"slices"

	"handover/diagnostic"
)

// Conveyor makes of a stock a belt (XMILE 1.0 sections 3.7.2 and 4.2.1): what
// enters moves along it and comes off at the end after the transit time, less
// what leaks on the way. Its parameters are equations over the stock's
// dimensions; nil when the file does not give them.
type Conveyor struct {
	// Transit is how long what enters now stays on the belt, in the time unit.
	Transit []Equation
	// Capacity is the most that the belt may hold; InflowLimit the most that may
	// enter in a time unit. Without them there is no limit.
	Capacity, InflowLimit []Equation
	// Sample says, when not zero, that the transit time is read anew; without it
	// that happens at every step.
	Sample []Equation
	// Arrest stops the belt and all its flows while it is not zero.
	Arrest []Equation
	// Discrete conveyors start with their content at the start of each time unit,
	// and may use up the inflow limit of a time unit in one step.
	Discrete bool
	// BatchIntegrity asks that batches of a queue are taken whole; OneAtATime that
	// at most one is taken in a step.
	BatchIntegrity, OneAtATime bool
	// ExponentialLeak reads the fractions of leakages as rates at which what is
	// left decays, instead of the part that has leaked at the end.
	ExponentialLeak bool
	Position        diagnostic.Position
}

// Leak says how a flow leaks from a conveyor. The flow's equation is the leakage
// fraction.
type Leak struct {
	// Integers asks that only whole numbers leak.
	Integers bool
	// Start and End bound the part of the belt that leaks, as fractions of its
	// length from where things enter.
	Start, End float64
	Position   diagnostic.Position
}

// Role is what a conveyor or queue uses one of its outflows for.
type Role int

const (
	// BeltEnd is what comes off the end of a conveyor.
	BeltEnd Role = iota
	// Leakage is what falls off a conveyor on the way.
	Leakage
	// QueueExit is an outflow of a queue.
	QueueExit
)

// Driven says which conveyor or queue computes a flow.
type Driven struct {
	Stock *Variable
	Role  Role
}

// Transport holds which stocks drive and receive which flows. It serves models
// whose flows exist.
type Transport struct {
	// Driven has the flows that a conveyor or queue computes.
	Driven map[*Variable]Driven
	// Into has, for each flow, the stock that it flows into.
	Into map[*Variable]*Variable
}

// Transport finds the flows of conveyors and queues; nil when the model has
// neither.
func (m *Model) Transport() *Transport {
	t := &Transport{Driven: map[*Variable]Driven{}, Into: map[*Variable]*Variable{}}
	any := false
	for _, v := range m.Variables {
		if v.Kind != Stock {
			continue
		}
		for _, name := range v.Inflows {
			if f := m.Variable(name); f != nil && (t.Into[f] == nil || v.Transports()) {
				t.Into[f] = v
			}
		}
		switch {
		case v.Conveyor != nil:
			any = true
			end, leaks := m.BeltFlows(v)
			if end != nil {
				t.Driven[end] = Driven{v, BeltEnd}
			}
			for _, f := range leaks {
				t.Driven[f] = Driven{v, Leakage}
			}
		case v.Queue:
			any = true
			for _, name := range v.Outflows {
				if f := m.Variable(name); f != nil {
					t.Driven[f] = Driven{v, QueueExit}
				}
			}
		}
	}
	if !any {
		return nil
	}
	return t
}

// Transports reports whether the stock is a conveyor or a queue.
func (v *Variable) Transports() bool { return v.Conveyor != nil || v.Queue }

// BeltFlows returns the flow off the end of a conveyor, which is its first
// outflow that is not marked as a leakage, and its leakages in order.
func (m *Model) BeltFlows(v *Variable) (end *Variable, leaks []*Variable) {
	for _, name := range v.Outflows {
		switch f := m.Variable(name); {
		case f == nil:
		case end == nil && f.Leak == nil:
			end = f
		default:
			leaks = append(leaks, f)
		}
	}
	return end, leaks
}

// drives finds the conveyor or queue that computes the flow, if any.
func (t *Transport) drives(f *Variable) (Driven, bool) {
	if t == nil {
		return Driven{}, false
	}
	d, ok := t.Driven[f]
	return d, ok
}

// computes reports whether the flow has no equation of its own, or lacks it and
// that has been said.
func (t *Transport) computes(f *Variable) bool {
	d, ok := t.drives(f)
	return ok && (d.Role != Leakage || len(f.Equations) == 0)
}

// Receives returns the conveyor that a flow enters, or nil.
func (t *Transport) Receives(f *Variable) *Variable {
	if v := t.Into[f]; v != nil && v.Conveyor != nil {
		return v
	}
	return nil
}

// FromConveyor reports whether a conveyor computes the flow.
func (t *Transport) FromConveyor(f *Variable) bool {
	d, ok := t.Driven[f]
	return ok && d.Role != QueueExit
}

// LeakOf returns how a leakage leaks; an outflow that is a leakage only by its
// place in the list leaks along the whole belt.
func (v *Variable) LeakOf() Leak {
	if v.Leak != nil {
		return *v.Leak
	}
	return Leak{End: 1, Position: v.Position}
}

// Parameter is one parameter of a conveyor under the name that XMILE gives it.
type Parameter struct {
	Name      string
	Equations []Equation
}

// Parameters lists the parameters that are given.
func (c *Conveyor) Parameters() []Parameter {
	var given []Parameter
	for _, p := range []Parameter{{"len", c.Transit}, {"capacity", c.Capacity}, {"in_limit", c.InflowLimit}, {"sample", c.Sample}, {"arrest", c.Arrest}} {
		if len(p.Equations) > 0 {
			given = append(given, p)
		}
	}
	return given
}

// Copy returns a conveyor whose equations may be changed without changing c; nil
// for nil.
func (c *Conveyor) Copy() *Conveyor {
	if c == nil {
		return nil
	}
	d := *c
	for _, list := range d.lists() {
		*list = slices.Clone(*list)
	}
	return &d
}

func (c *Conveyor) lists() []*[]Equation {
	return []*[]Equation{&c.Transit, &c.Capacity, &c.InflowLimit, &c.Sample, &c.Arrest}
}

// AllEquations visits the equations of the variable and, for a conveyor, those of
// its parameters.
func (v *Variable) AllEquations() iter.Seq[*Equation] {
	return func(yield func(*Equation) bool) {
		lists := []*[]Equation{&v.Equations}
		if v.Conveyor != nil {
			lists = append(lists, v.Conveyor.lists()...)
		}
		for _, list := range lists {
			for i := range *list {
				if !yield(&(*list)[i]) {
					return
				}
			}
		}
	}
}

// EquationAt returns the equation that defines an element of v among equations
// over its dimensions, such as a conveyor's parameter; nil when none does.
func (m *Model) EquationAt(v *Variable, equations []Equation, flat int) (*Equation, error) {
	if len(equations) == 1 && equations[0].Elements == nil {
		return &equations[0], nil
	}
	byElement, err := m.EquationsByElement(&Variable{Name: v.Name, Dimensions: v.Dimensions, Equations: equations})
	if err != nil {
		return nil, err
	}
	return byElement[flat], nil
}

// ParseList parses expressions between commas, such as the initial content of a
// conveyor from its front to its back. The error is a *SyntaxError.
func ParseList(text string) ([]Expression, error) {
	p := &parser{text: text}
	var list []Expression
	for {
		if err := p.next(); err != nil {
			return nil, err
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		switch {
		case p.token.kind == tokenEnd:
			return list, nil
		case p.token.kind != tokenSymbol || p.token.text != ",":
			return nil, p.expected("an operator, a comma or the end of the list")
		}
	}
}

// Sum is the expression that adds up others, of which there is at least one.
func Sum(list []Expression) Expression {
	sum := list[0]
	for _, e := range list[1:] {
		sum = &Binary{At(e.Offset()), Plus, sum, e}
	}
	return sum
}
