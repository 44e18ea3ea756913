package xmile

import (
	"fmt"
	"slices"
	"strconv"

	"handover/model"
)

// callKey counts the calls of a macro in the equations of a variable.
type callKey struct {
	variable *model.Variable
	macro    *macro
}

// mostNested bounds macros that call macros.
const mostNested = 64

// expand puts a macro in place of its call at x. Arguments are linked already.
func (k *linker) expand(m *macro, arguments []model.Expression, x model.Expression) model.Expression {
	offset := int(k.offset(x))
	depth := 1
	for s := k.scope; s != nil && s.macro != nil; s = s.parent {
		depth++
	}
	required := 0
	for _, p := range m.params {
		if p.value == nil {
			required++
		}
	}
	switch {
	case m.body == nil || k.exhausted: // reported where it is defined
		return &model.Number{At: model.At(offset)}
	case len(arguments) < required || len(arguments) > len(m.params):
		return k.problem(x, "arguments", "", "the macro %s has %d arguments; expected %s", m.name, len(arguments), m.usage())
	case depth > mostNested:
		return k.problem(x, "size", "", "macros call each other deeper than %d levels", mostNested)
	case k.reducing && len(m.variables) > 0:
		return k.problem(x, "unsupported", "give the call a variable of its own", "the macro %s has variables and is called inside an array function", m.name)
	}
	k.spend(k.equation.Position, 1)
	inside := &scope{parent: k.scope, node: m.node, macro: m, params: map[string]model.Expression{}, locals: map[string]*model.Variable{}, modules: map[string]*scope{}}
	number := k.calls[callKey{k.variable, m}] + 1
	k.calls[callKey{k.variable, m}] = number
	suffix := m.name
	if number > 1 {
		suffix += " " + strconv.Itoa(number)
	}
	inside.prefix = "#" + k.variable.Name + ">" + suffix + ">"
	if len(m.variables) > 0 {
		inside.context = k.context()
	}
	for i := range m.params {
		p := &m.params[i]
		argument := p.value
		if i < len(arguments) {
			argument = arguments[i]
		} else {
			inner := *k
			inner.scope, inner.at, inner.source = inside, offset, &p.equation
			argument = inner.expression(argument)
		}
		k.bind(inside, p, argument, x)
	}
	k.define(inside, m)
	body := *k
	body.scope, body.at, body.source = inside, offset, &m.equation
	return body.expression(m.body)
}

// usage shows how a macro is called.
func (m *macro) usage() string {
	s := m.name + "("
	for i, p := range m.params {
		if i > 0 {
			s += ", "
		}
		s += p.name
		if p.value != nil {
			s += " = " + p.equation.Text
		}
	}
	return s + ")"
}

// bind gives a parameter its argument: a number or name takes its place, and
// other expressions too where that computes them once; else they become a
// variable of their own.
func (k *linker) bind(inside *scope, p *parameter, argument, call model.Expression) {
	m := inside.macro
	switch argument.(type) {
	case *model.Number, *model.Reference:
		inside.params[p.key] = argument
		return
	}
	if m.declared[p.key] {
		inside.params[p.key] = k.own(argument)
		return
	}
	starred, random := features(argument)
	if len(m.variables) == 0 && (m.uses[p.key] <= 1 || (starred || k.reducing) && !random) {
		inside.params[p.key] = argument
		return
	}
	if starred || k.reducing {
		k.problem(call, "unsupported", "give the argument a variable of its own",
			"the argument %q of the macro %s is computed over whole arrays", p.name, m.name)
		inside.params[p.key] = argument
		return
	}
	v := &model.Variable{Name: inside.prefix + p.name + "#", Kind: model.Auxiliary, Dimensions: k.context(), Position: k.variable.Position,
		Sector: k.variable.Sector, Equations: k.standFor(k.own(argument))}
	k.add(v)
	x := &model.Reference{Name: model.Canonical(v.Name)}
	for i := range v.Dimensions {
		x.Subscripts = append(x.Subscripts, model.Subscript{Position: i + 1})
	}
	inside.params[p.key] = x
}

// own keeps the places of an argument when it stands in the text of the equation.
func (k *linker) own(argument model.Expression) model.Expression {
	if k.at >= 0 {
		return relocate(argument, 0)
	}
	return argument
}

// standFor is the equation of a variable that an argument becomes.
func (k *linker) standFor(argument model.Expression) []model.Equation {
	return []model.Equation{{Text: k.equation.Text, Expression: argument, Position: k.equation.Position, Places: k.equation.Places}}
}

// features reports whether an expression holds stars or ranges, and whether it
// draws random numbers.
func features(x model.Expression) (starred, random bool) {
	model.Walk(x, func(x model.Expression) bool {
		switch x := x.(type) {
		case *model.Reference:
			starred = starred || slices.ContainsFunc(x.Subscripts, func(s model.Subscript) bool { return s.Star || s.To != "" })
		case *model.Call:
			f, _ := model.FunctionNamed(x.Function)
			random = random || f.Random
		}
		return true
	})
	return starred, random
}

// context lists the dimensions over which the variables of a macro called in the
// equation run: those of the variable or, where the equation is for some of their
// elements, a dimension of just these.
func (k *linker) context() []string {
	list := slices.Clone(k.variable.Dimensions)
	for i, name := range k.equation.Elements {
		if i >= len(list) {
			break
		}
		d := k.model.Dimension(list[i])
		switch {
		case d == nil:
		case d.Index(name) >= 0:
			list[i] = k.singleElement(d, d.Elements[d.Index(name)])
		case k.model.Dimension(name) != nil:
			list[i] = k.model.Dimension(name).Name
		}
	}
	return list
}

// singleElement makes the dimension of one element of d.
func (r *reader) singleElement(d *model.Dimension, element string) string {
	name := fmt.Sprintf("#%s>%s#", d.Name, element)
	if r.single[name] == "" && len(d.Elements) > 1 {
		r.single[name] = name
		r.model.Dimensions = append(r.model.Dimensions, &model.Dimension{Name: name, Elements: []string{element}, Position: d.Position})
	}
	if len(d.Elements) == 1 {
		return d.Name
	}
	return name
}

// define makes the variables of a macro for one call of it.
func (k *linker) define(inside *scope, m *macro) {
	list := make([]*entry, 0, len(m.variables))
	for _, n := range m.variables {
		if n.name == "module" && !n.vendor {
			k.fail(n.position, "unsupported", m.name, "a module inside a macro is not supported")
			continue
		}
		p := k.prototype(n)
		if p == nil {
			continue
		}
		if k.exhausted {
			return
		}
		v := p.copy()
		v.Name = inside.prefix + v.Name + "#"
		v.Sector = k.variable.Sector
		if p.nonNegative != nil {
			v.NonNegative = *p.nonNegative
		}
		if v.Kind != model.Lookup {
			v.Dimensions = append(slices.Clone(inside.context), v.Dimensions...)
			for e := range v.AllEquations() {
				if e.Elements != nil {
					e.Elements = append(slices.Clone(inside.context), e.Elements...)
				}
			}
		}
		bound, parameter := inside.params[model.Canonical(p.Name)]
		if parameter {
			// The writer of the macro says of which kind its parameter is.
			if len(p.Equations) > 0 {
				k.fail(n.position, "duplicate-name", m.name, "%q is a parameter of the macro and has an equation in it", p.Name)
			}
			v.Equations = k.standFor(bound)
			delete(inside.params, model.Canonical(p.Name))
			k.register(inside, nil, v, p.Name)
			continue
		}
		k.register(inside, p, v, p.Name)
		list = append(list, inside.entries[len(inside.entries)-1])
	}
	k.flowParameters(inside, m)
	for _, e := range list {
		k.linkVariable(inside, e.Variable, e.prototype)
	}
}

// flowParameters makes flows of the parameters that stocks of the macro name as
// theirs without a variable in it that says so.
func (k *linker) flowParameters(inside *scope, m *macro) {
	for _, e := range slices.Clone(inside.entries) {
		for _, name := range append(slices.Clone(e.Inflows), e.Outflows...) {
			key := model.Canonical(name)
			bound, ok := inside.params[key]
			if !ok {
				continue
			}
			v := &model.Variable{Name: inside.prefix + m.parameter(key).name + "#", Kind: model.Flow, Dimensions: slices.Clone(inside.context),
				Sector: k.variable.Sector, Position: e.Position, Equations: k.standFor(bound)}
			delete(inside.params, key)
			k.register(inside, nil, v, key)
		}
	}
}

// parameter puts what a parameter stands for in place of its name.
func (k *linker) parameter(x *model.Reference, bound model.Expression) model.Expression {
	k.spend(k.equation.Position, 1)
	copied := relocate(bound, int(k.offset(x)))
	if x.Subscripts == nil && !x.Transposed {
		return copied
	}
	reference, ok := copied.(*model.Reference)
	if !ok {
		return k.problem(x, "subscripts", "", "the parameter %q has subscripts and stands for no array", x.Name)
	}
	own := k.subscripts(x.Subscripts, nil)
	reference.Transposed = reference.Transposed != x.Transposed
	if reference.Subscripts == nil {
		reference.Subscripts = own
		return reference
	}
	// The subscripts go where the argument has stars: A[1, *][i] is A[1, i].
	for i := range reference.Subscripts {
		if s := &reference.Subscripts[i]; s.Star && len(own) > 0 {
			*s, own = own[0], own[1:]
		}
	}
	if len(own) > 0 {
		return k.problem(x, "subscripts", "", "the parameter %q has more subscripts than the array it stands for has dimensions left", x.Name)
	}
	return reference
}
