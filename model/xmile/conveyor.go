package xmile

import (
	"slices"
	"strconv"
	"strings"

	"handover/model"
)

// transport reads what makes a stock a conveyor or queue, and what such stocks
// say of their flows: child c of the variable's element n.
func (r *reader) transport(v *model.Variable, n, c *node) {
	wrong := func(kind string) bool {
		if n.name != kind {
			r.fail(c.position, "xmile", v.Name, "found <%s> in a <%s>; only a <%s> has it", c.name, n.name, kind)
		}
		return n.name != kind
	}
	switch c.name {
	case "conveyor":
		if !wrong("stock") {
			r.conveyor(v, n, c)
		}
	case "queue":
		v.Queue = !wrong("stock")
	case "oven":
		r.fail(c.position, "unsupported", v.Name, "an <oven> is not supported: it is no part of XMILE")
	case "overflow":
		v.Overflow = !wrong("flow")
	case "leak":
		if !wrong("flow") {
			r.leak(v, n)
		}
	case "leak_integers":
		if !wrong("flow") {
			r.leak(v, n)
			v.Leak.Integers = true
		}
	}
}

// flag reads an attribute that is true or false.
func (r *reader) flag(v *model.Variable, c *node, name, value string) bool {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "true", "1", "":
		return true
	case "false", "0":
		return false
	}
	r.fail(c.position, "xmile", v.Name, "the attribute %s of <%s> is %q; expected true or false", name, c.name, value)
	return false
}

func (r *reader) conveyor(v *model.Variable, n, c *node) {
	belt := &model.Conveyor{OneAtATime: true, Position: c.position}
	v.Conveyor = belt
	for _, a := range c.attributes {
		switch a.Name.Local {
		case "discrete":
			belt.Discrete = r.flag(v, c, a.Name.Local, a.Value)
		case "batch_integrity":
			belt.BatchIntegrity = r.flag(v, c, a.Name.Local, a.Value)
		case "one_at_a_time":
			belt.OneAtATime = r.flag(v, c, a.Name.Local, a.Value)
		case "exponential_leak":
			belt.ExponentialLeak = r.flag(v, c, a.Name.Local, a.Value)
		default:
			if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && !strings.EqualFold(a.Value, "false") {
				r.fail(c.position, "unsupported", v.Name, "the attribute %s of a conveyor is not supported", a.Name.Local)
			}
		}
	}
	for _, p := range c.children {
		if r.target(belt, p.name) == nil {
			r.fail(p.position, "unsupported", v.Name, "<%s> in a conveyor is not supported; expected <len>, <capacity>, <in_limit>, <sample> or <arrest>", p.name)
			continue
		}
		r.parameter(v, p, nil)
	}
	// In an array each element may have its own.
	for _, e := range n.all("element") {
		children := e.children
		if own := e.child("conveyor"); own != nil {
			children = append(slices.Clone(children), own.children...)
		}
		for _, p := range children {
			if r.target(belt, p.name) != nil {
				r.parameter(v, p, subscripts(e))
			}
		}
	}
}

// subscripts lists the elements that an <element> is for.
func subscripts(e *node) []string {
	text, _ := e.attribute("subscript")
	var names []string
	for _, s := range strings.Split(text, ",") {
		names = append(names, displayName(s))
	}
	return names
}

// target is where a parameter of a conveyor is kept; nil for other elements.
func (r *reader) target(belt *model.Conveyor, name string) *[]model.Equation {
	switch name {
	case "len":
		return &belt.Transit
	case "capacity":
		return &belt.Capacity
	case "in_limit":
		return &belt.InflowLimit
	case "sample":
		return &belt.Sample
	case "arrest":
		return &belt.Arrest
	}
	return nil
}

func (r *reader) parameter(v *model.Variable, p *node, elements []string) {
	list := r.target(v.Conveyor, p.name)
	*list = append(*list, r.text(v, p, elements))
}

// text parses the expression that an element holds; without an expression when
// there is a mistake in it.
func (r *reader) text(v *model.Variable, p *node, elements []string) model.Equation {
	e := model.Equation{Elements: elements, Text: p.content()}
	e.Position, e.Places = r.places(p)
	x, err := model.ParseExpression(e.Text)
	if err != nil {
		offset, message := 0, err.Error()
		if s, ok := err.(*model.SyntaxError); ok {
			offset, message = s.Offset, s.Message
		}
		r.fail(e.PositionAt(offset), "syntax", v.Name, "<%s>: %s", p.name, message)
		return e
	}
	e.Expression = x
	return e
}

// leak marks a flow as a leakage and reads its zone.
func (r *reader) leak(v *model.Variable, n *node) {
	if v.Leak != nil {
		return
	}
	v.Leak = &model.Leak{End: 1, Position: n.position}
}

// leakage reads what a flow says of leaking outside its equation: the fraction in
// <leak>, which comes before one in <eqn>, and the zone. An inflow that is spread
// over the belt, which is no part of XMILE, is an error.
func (r *reader) leakage(v *model.Variable, n *node) {
	if n.name != "flow" {
		return
	}
	for _, a := range n.attributes {
		switch a.Name.Local {
		case "leak_start", "leak_end":
			r.leak(v, n)
			x, err := strconv.ParseFloat(strings.TrimSpace(a.Value), 64)
			if err != nil {
				r.fail(n.position, "number", v.Name, "%s is %q; expected a number from 0 to 1", a.Name.Local, a.Value)
				continue
			}
			if a.Name.Local == "leak_start" {
				v.Leak.Start = x
			} else {
				v.Leak.End = x
			}
		case "spreadflow":
			if !strings.EqualFold(a.Value, "beginning") {
				r.fail(n.position, "unsupported", v.Name, "an inflow spread over a conveyor (spreadflow=%q) is not supported", a.Value)
			}
		}
	}
	var fractions []model.Equation
	read := func(n *node, elements []string) {
		if l := n.child("leak"); l != nil && l.content() != "" {
			fractions = append(fractions, r.text(v, l, elements))
		}
	}
	read(n, nil)
	for _, e := range n.all("element") {
		read(e, subscripts(e))
		if e.child("leak") != nil {
			r.leak(v, e)
		}
	}
	if len(fractions) > 0 {
		v.Equations = fractions
	}
}

// contents reads the list of what is in a conveyor or queue at the start.
func (r *reader) contents(v *model.Variable, e *model.Equation) {
	list, err := model.ParseList(e.Text)
	if err != nil {
		if s, ok := err.(*model.SyntaxError); ok {
			r.fail(e.PositionAt(s.Offset), "syntax", v.Name, "%s", s.Message)
		}
		return
	}
	e.List, e.Expression = list, model.Sum(list)
}
