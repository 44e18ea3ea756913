package xmile

import (
	"slices"
	"strings"

	"handover/model"
)

// macro is a <macro> of the document (XMILE 1.0 section 4.8).
type macro struct {
	name, key string
	namespace string
	node      *node
	params    []parameter
	// body gives the result; nil when it did not parse.
	body      model.Expression
	equation  model.Equation
	variables []*node
	// uses counts how often the body names each parameter; declared marks those
	// that are variables of the macro because it says so or a stock names them as
	// a flow.
	uses     map[string]int
	declared map[string]bool
	// reserved macros have the name of a function that comes first.
	reserved bool
}

// parameter is a <parm>; value is nil when it must be given.
type parameter struct {
	name, key string
	equation  model.Equation
	value     model.Expression
}

// standard are the functions of XMILE 1.0 sections 3.5 and 3.7.1, which a macro
// may not redefine in the standard's own namespace.
var standard = names("abs, arccos, arcsin, arctan, cos, exp, inf, int, ln, log10, max, min, pi, sin, sqrt, tan, exprnd, lognormal, normal, " +
	"poisson, random, delay, delay1, delay3, delayn, forcst, smth1, smth3, smthn, trend, pulse, ramp, step, dt, starttime, stoptime, time, init, " +
	"previous, self, mean, rank, size, stddev, sum, and, or, not, if, then, else, mod")

func (r *reader) defineMacro(n *node) {
	name, _ := n.attribute("name")
	m := &macro{name: displayName(name), node: n, uses: map[string]int{}, declared: map[string]bool{}}
	m.key = model.Canonical(m.name)
	if text, ok := n.attribute("namespace"); ok {
		m.namespace = strings.Join(names(text), ".")
	} else if len(r.namespaces) == 1 && r.namespaces[0] != "std" {
		m.namespace = r.namespaces[0]
	}
	if filter, ok := n.attribute("filter"); ok {
		r.fail(n.position, "unsupported", m.name, "the macro is a filter of the option of every %s; filters are not supported", filter)
		return
	}
	if specs := n.child("sim_specs"); specs != nil {
		r.fail(specs.position, "unsupported", m.name, "the macro has simulation settings of its own, so that each call is a run of its own; this is not supported")
		return
	}
	r.parameters(m)
	if v := n.child("variables"); v != nil {
		m.variables = v.children
		m.declare()
	}
	if c := n.child("eqn"); c != nil {
		m.equation.Text = c.content()
		m.equation.Position, m.equation.Places = r.places(c)
	} else {
		m.equation.Position = n.position
	}
	if m.resultNamed() { // a name is written without the quotes that spaces need
		m.body = &model.Reference{Name: model.Canonical(m.equation.Text)}
	} else {
		m.body = r.parse(m.name, &m.equation, m.equation.Text, 0)
	}
	model.Walk(m.body, func(x model.Expression) bool {
		if reference, ok := x.(*model.Reference); ok {
			m.uses[reference.Name]++
		}
		return true
	})
	r.defineName(m)
}

// defineName makes the macro known by its name and its qualified name.
func (r *reader) defineName(m *macro) {
	if slices.Contains(standard, m.key) {
		switch {
		case m.namespace == "" || m.namespace == "std":
			r.failHint(m.node.position, "duplicate-name", m.name, "choose another name, or give the macro a namespace",
				"the name is that of a standard function, which a macro may not redefine")
			return
		case !r.first(m.namespace):
			r.warn(m.node.position, "duplicate-name", m.name, "the standard function of this name comes first; the macro is called as %s.%s", m.namespace, m.name)
			m.reserved = true
		}
	}
	keys := []string{m.key}
	if m.namespace != "" {
		keys = append(keys, m.namespace+"."+m.key)
	}
	for _, key := range keys {
		other := r.macros[key]
		if other == nil || other.reserved {
			r.macros[key] = m
			continue
		}
		if other.namespace == m.namespace {
			r.fail(m.node.position, "duplicate-name", m.name, "the macro is defined twice, first at %s", other.node.position)
			return
		}
		if r.order(m.namespace) < r.order(other.namespace) {
			r.macros[key] = m
		}
	}
}

// order is where a namespace is searched; first reports whether before the
// standard functions.
func (r *reader) order(namespace string) int {
	if at := slices.Index(r.namespaces, namespace); at >= 0 {
		return at
	}
	return len(r.namespaces)
}

func (r *reader) first(namespace string) bool {
	return r.order(namespace) < r.order("std")
}

func (r *reader) parameters(m *macro) {
	for _, c := range m.node.all("parm") {
		p := parameter{name: displayName(c.content())}
		p.key = model.Canonical(p.name)
		switch text, ok := c.attribute("default"); {
		case ok:
			p.equation = model.Equation{Text: strings.TrimSpace(text), Position: c.position}
			// The place inside an attribute is not known: the element's is given.
			x, err := model.ParseExpression(p.equation.Text)
			if err != nil {
				r.fail(c.position, "syntax", m.name, "the default of the parameter %q cannot be read: %v", p.name, err)
				x = &model.Number{}
			}
			p.value = relocate(x, 0)
		case len(m.params) > 0 && m.params[len(m.params)-1].value != nil:
			r.fail(c.position, "macro", m.name, "the parameter %q needs a default, because one before it has one", p.name)
		}
		if m.parameter(p.key) != nil {
			r.fail(c.position, "duplicate-name", m.name, "two parameters are named %q", p.name)
		}
		m.params = append(m.params, p)
	}
}

// declare finds the parameters that become variables.
func (m *macro) declare() {
	for _, n := range m.variables {
		name, _ := n.attribute("name")
		m.declared[model.Canonical(displayName(name))] = true
		for _, f := range append(n.all("inflow"), n.all("outflow")...) {
			m.declared[model.Canonical(displayName(f.content()))] = true
		}
	}
}

func (m *macro) parameter(key string) *parameter {
	for i := range m.params {
		if m.params[i].key == key {
			return &m.params[i]
		}
	}
	return nil
}

// resultNamed reports whether the text of the macro's equation is just the name
// of one of its variables or parameters.
func (m *macro) resultNamed() bool {
	key := model.Canonical(m.equation.Text)
	return m.parameter(key) != nil || slices.ContainsFunc(m.variables, func(n *node) bool {
		name, _ := n.attribute("name")
		return key != "" && model.Canonical(displayName(name)) == key
	})
}

// checkMacros refuses macros that call themselves, directly or through others.
func (r *reader) checkMacros() {
	const (
		open = 1
		done = 2
	)
	state := map[*macro]int{}
	var path []*macro
	var visit func(m *macro)
	visit = func(m *macro) {
		if state[m] == done {
			return
		}
		if state[m] == open {
			at := slices.Index(path, m)
			text := ""
			for _, step := range path[at:] {
				text += step.name + " -> "
			}
			r.fail(m.node.position, "cycle", m.name, "macros call each other in a circle: %s%s; recursive macros are not supported", text, m.name)
			for _, step := range path[at:] {
				step.body = nil
			}
			return
		}
		state[m] = open
		path = append(path, m)
		for _, x := range r.expressions(m) {
			model.Walk(x, func(x model.Expression) bool {
				if called := r.called(x); called != nil {
					visit(called)
				}
				return true
			})
		}
		path = path[:len(path)-1]
		state[m] = done
	}
	list := make([]*macro, 0, len(r.macros))
	for _, m := range r.macros {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b *macro) int { return strings.Compare(a.namespace+"."+a.key, b.namespace+"."+b.key) })
	for _, m := range list {
		visit(m)
	}
}

// expressions lists all expressions of a macro.
func (r *reader) expressions(m *macro) []model.Expression {
	list := []model.Expression{m.body}
	for _, p := range m.params {
		list = append(list, p.value)
	}
	for _, n := range m.variables {
		if p := r.prototype(n); p != nil {
			for e := range p.AllEquations() {
				list = append(list, e.Expression)
			}
		}
	}
	return slices.DeleteFunc(list, func(x model.Expression) bool { return x == nil })
}

// called finds the macro that an expression calls, or nil.
func (r *reader) called(x model.Expression) *macro {
	name := ""
	switch x := x.(type) {
	case *model.Call:
		name = x.Function
	case *model.Reference:
		if m := r.macros[x.Name]; m != nil && len(m.params) == 0 {
			name = x.Name
		}
	}
	m := r.macros[name]
	if m != nil && m.reserved && name == m.key {
		return nil // the standard function comes first
	}
	return m
}
