package vensim

import (
	"fmt"
	"slices"

	"handover/model"
)

// instance is one call of a macro: its variables under names of their own.
type instance struct {
	macro *macro
	// locals maps the names inside the macro to the instance's variables; lookups
	// the inputs that are lookups to those.
	locals, lookups map[string]*variable
	context         []*model.Dimension
	depth           int
}

// shadows reports whether the name is that of the macro itself, which inside it
// is its result.
func (in *instance) shadows(key string) bool { return in.macro.name.key == key }

// mostNested bounds macros that call macros.
const mostNested = 64

// walk visits the nodes of a parsed tree, parents first.
func walk(e model.Expression, visit func(model.Expression)) {
	if e == nil {
		return
	}
	visit(e)
	switch e := e.(type) {
	case *model.Unary:
		walk(e.X, visit)
	case *model.Binary:
		walk(e.X, visit)
		walk(e.Y, visit)
	case *apply:
		for _, a := range e.arguments {
			walk(a, visit)
		}
	}
}

// outputs makes the variables that the macro calls of v's equations define
// beside v: name(inputs : outputs).
func (r *reader) outputs(v *variable, in *instance) []*variable {
	var list []*variable
	for _, p := range v.pieces {
		walk(p.body, func(e model.Expression) {
			a, ok := e.(*apply)
			if !ok {
				return
			}
			for _, o := range a.outputs {
				n := &variable{name: o.display, key: o.key, at: o.at, in: in, context: v.context}
				n.dimensions = append(n.dimensions, v.context...)
				for _, t := range p.subscripts {
					if d := r.dimensions[t.key]; d != nil {
						n.dimensions = append(n.dimensions, d)
					}
				}
				list = append(list, n)
			}
		})
	}
	return list
}

// expand replaces a macro call by a reference to the result of a new instance.
func (s *scope) expand(a *apply, m *macro) model.Expression {
	r := s.r
	depth := 1
	if s.v.in != nil {
		depth = s.v.in.depth + 1
	}
	switch {
	case len(a.arguments) != len(m.inputs):
		return s.fail(int(a.At), "arguments", "", "the macro %q has %d inputs and is called with %d", m.name.display, len(m.inputs), len(a.arguments))
	case len(a.outputs) > len(m.outputs):
		return s.fail(a.outputs[0].at, "arguments", "", "the macro %q has %d further outputs and is called with %d", m.name.display, len(m.outputs), len(a.outputs))
	case len(a.subscripts) > 0:
		return s.fail(int(a.At), "subscripts", "", "the macro %q is called with subscripts", m.name.display)
	case depth > mostNested:
		return s.fail(int(a.At), "unsupported", "", "macros call each other deeper than %d levels", mostNested)
	}
	in := &instance{macro: m, depth: depth, locals: map[string]*variable{}, lookups: map[string]*variable{}, context: s.free()}
	starred, ok := s.starred(a)
	if !ok {
		return nil
	}
	in.context = append(in.context, starred...)
	r.instances++
	prefix := fmt.Sprintf("#%s %d#", m.name.display, r.instances)
	add := func(v *variable) bool {
		v.name = prefix + v.name
		v.key, v.context = model.Canonical(v.name), in.context
		return r.register(v)
	}
	for i, input := range m.inputs {
		if v := s.lookupArgument(a.arguments[i]); v != nil {
			in.lookups[input.key] = v
			continue
		}
		p := &piece{name: input, form: "=", body: a.arguments[i], from: a.spans[i][0], end: a.spans[i][1]}
		v := &variable{name: input.display, at: p.from, pieces: []*piece{p}, in: s.v.in, unstar: s.v.unstar || len(starred) > 0}
		if !add(v) {
			return nil
		}
		in.locals[input.key] = v
	}
	for _, v := range group(m.pieces) {
		key := v.key
		v.in = in
		if in.locals[key] != nil {
			return s.fail(v.at, "duplicate-name", "", "%q is an input of the macro %q and has an equation in it", v.name, m.name.display)
		}
		further := r.outputs(v, in)
		if !add(v) {
			return nil
		}
		in.locals[key] = v
		for _, o := range further {
			local := o.key
			o.dimensions = append(slices.Clone(in.context), o.dimensions...)
			if in.locals[local] != nil || !add(o) {
				return s.fail(o.at, "duplicate-name", "", "the output %q has the name of another variable of the macro", local)
			}
			in.locals[local] = o
		}
	}
	for i, o := range a.outputs {
		target := s.find(o.key)
		source := in.locals[m.outputs[i].key]
		if source == nil || target == nil || len(starred) > 0 {
			return s.fail(o.at, "macro", "", "the macro %q gives no value for its output %q here", m.name.display, m.outputs[i].display)
		}
		e := model.Equation{Text: o.display, Position: r.position(o.at)}
		reference := &model.Reference{Name: source.key}
		for _, d := range in.context {
			reference.Subscripts = append(reference.Subscripts, model.Subscript{Name: model.Canonical(d.Name)})
		}
		e.Expression = reference
		if target.out != nil { // already built, without an equation
			target.out.Equations = []model.Equation{e}
		} else {
			target.ready = []model.Equation{e}
		}
	}
	result := in.locals[m.name.key]
	if result == nil {
		return s.fail(m.name.at, "macro", "", "the macro %q has no equation for its result, %s = ...", m.name.display, m.name.display)
	}
	out := &model.Reference{At: s.at(a), Name: result.key}
	for i, d := range in.context {
		star := i >= len(in.context)-len(starred) && !s.v.unstar
		out.Subscripts = append(out.Subscripts, model.Subscript{At: out.At, Star: star, Name: model.Canonical(d.Name)})
	}
	return out
}

// starred lists the ranges that the arguments of a macro call sum over, as in
// SUM(macro(x[Range!])).
func (s *scope) starred(a *apply) ([]*model.Dimension, bool) {
	if s.v.unstar {
		return nil, true
	}
	var list []*model.Dimension
	ok := true
	for _, argument := range a.arguments {
		walk(argument, func(e model.Expression) {
			reference, is := e.(*model.Reference)
			if !is {
				return
			}
			for _, sub := range reference.Subscripts {
				d := s.r.dimensions[sub.Name]
				if !sub.Star || d == nil || slices.Contains(list, d) {
					continue
				}
				if slices.Contains(s.free(), d) {
					s.fail(int(sub.At), "unsupported", "", "the macro's argument sums over %q, over which the equation runs too", d.Name)
					ok = false
				}
				list = append(list, d)
			}
		})
	}
	return list, ok
}

// lookupArgument returns the lookup that an argument names, or nil.
func (s *scope) lookupArgument(e model.Expression) *variable {
	reference, ok := e.(*model.Reference)
	if !ok || reference.Subscripts != nil {
		return nil
	}
	return s.lookupNamed(reference.Name)
}
