package vensim

import (
	"strconv"
	"strings"

	"handover/model"
)

// variable gathers the pieces of one variable.
type variable struct {
	name, key string
	pieces    []*piece
	// context are the ranges over which the call runs that made the variable, when
	// it belongs to a macro; they come before its own dimensions.
	context []*model.Dimension
	// in is the macro instance in which the names of its equations are looked up.
	in         *instance
	dimensions []*model.Dimension
	lookup     bool
	// unstar reads x[Range!] as x[Range]: the argument of a macro called under SUM.
	unstar bool
	// ready are equations made by the reader; the variable then has no pieces.
	ready []model.Equation
	at    int
	out   *model.Variable
}

// mostVariables bounds what macros may expand to.
const mostVariables = 200_000

// group sorts pieces into variables by name, in the order in which they come.
func group(pieces []*piece) []*variable {
	var list []*variable
	byKey := map[string]*variable{}
	for _, p := range pieces {
		v := byKey[p.name.key]
		if v == nil {
			v = &variable{name: p.name.display, key: p.name.key, at: p.name.at}
			byKey[v.key] = v
			list = append(list, v)
		}
		v.pieces = append(v.pieces, p)
		v.lookup = v.lookup || p.lookup()
	}
	return list
}

// lookup reports whether the piece defines a graphical function.
func (p *piece) lookup() bool {
	switch b := p.body.(type) {
	case *points:
		return true
	case *apply:
		return externalKind[b.name.key] == externalLookups
	}
	return false
}

// declare registers all variables of the file, so that equations may use them
// in any order.
func (r *reader) declare() {
	for _, v := range group(r.pieces) {
		if r.dimensions[v.key] != nil {
			r.fail(v.at, "duplicate-name", v.name, "", "the name is already used by a subscript range")
			continue
		}
		if len(v.pieces) > 1 && len(v.pieces[0].subscripts) == 0 {
			r.fail(v.pieces[1].name.at, "duplicate-name", v.name, "", "the variable is already defined at %s", r.position(v.at))
			v.pieces = v.pieces[:1]
		}
		r.register(v)
	}
	for _, v := range r.order {
		for _, o := range r.outputs(v, nil) {
			if other := r.variables[o.key]; other != nil {
				r.fail(o.at, "duplicate-name", o.name, "", "the output of the macro has the name of the variable at %s", r.position(other.at))
				continue
			}
			r.register(o)
		}
	}
}

// register finds the dimensions of a variable and adds it to the worklist.
func (r *reader) register(v *variable) bool {
	if len(r.order) >= mostVariables {
		if len(r.order) == mostVariables {
			r.fail(v.at, "size", v.name, "", "the model expands to more than %d variables", mostVariables)
		}
		return false
	}
	ok := true
	if v.dimensions == nil {
		v.dimensions = append(v.dimensions, v.context...)
		if len(v.pieces) > 0 {
			ok = r.axes(v)
		}
	}
	if !ok {
		v.pieces = nil
	}
	r.variables[v.key] = v
	r.order = append(r.order, v)
	return true
}

func (r *reader) axes(v *variable) bool {
	n := len(v.pieces[0].subscripts)
	for _, p := range v.pieces {
		if len(p.subscripts) != n {
			r.fail(p.name.at, "subscripts", v.name, "", "this equation has %d subscripts, the first one at %s has %d", len(p.subscripts), r.position(v.at), n)
			return false
		}
		for _, list := range append([][]token{p.subscripts}, p.except...) {
			if len(list) != n {
				r.fail(p.name.at, "subscripts", v.name, "", "an exception has %d subscripts, the variable %d", len(list), n)
				return false
			}
			for _, t := range list {
				if r.elementsOf(t.key) == nil {
					r.fail(t.at, "unknown-element", v.name, r.near(t.display, r.subscriptCandidates()), "%q is not a subscript range or an element of one", t.display)
					return false
				}
			}
		}
	}
	axis := make([]token, len(v.pieces))
	size := 1
	for k := range n {
		for i, p := range v.pieces {
			axis[i] = p.subscripts[k]
		}
		d := r.axis(v, axis)
		if size *= len(d.Elements); size > model.MostElements {
			r.fail(v.at, "dimension", v.name, "", "the variable has more than %d elements", model.MostElements)
			return false
		}
		v.dimensions = append(v.dimensions, d)
	}
	return true
}

// subscriptCandidates lists what a misspelt subscript may have meant.
func (r *reader) subscriptCandidates() []string {
	if r.full() {
		return nil
	}
	names := r.dimensionNames()
	for _, d := range r.model.Dimensions {
		if names = append(names, d.Elements...); len(names) > 2000 {
			break
		}
	}
	return names
}

// build turns every variable into one of the model; macros and functions may
// add more on the way.
func (r *reader) build() {
	for i := 0; i < len(r.order); i++ {
		v := r.order[i]
		v.out = &model.Variable{Name: v.name, Position: r.position(v.at), Equations: v.ready}
		for _, d := range v.dimensions {
			v.out.Dimensions = append(v.out.Dimensions, d.Name)
		}
		if v.lookup {
			v.out.Kind = model.Lookup
		}
		for _, p := range v.pieces {
			if p.wordy || v.out.Sector == "" {
				v.out.Sector = p.sector
			}
			if p.wordy {
				v.out.Units, v.out.Documentation = p.units, p.documentation
				v.out.Provenance.Low, v.out.Provenance.High, v.out.Provenance.Ranged = p.low, p.high, p.ranged
			}
		}
		for _, p := range v.pieces {
			r.define(v, p)
		}
		r.model.Add(v.out)
	}
}

// define adds the equations of one piece.
func (r *reader) define(v *variable, p *piece) {
	if v.lookup != p.lookup() {
		r.fail(p.name.at, "lookup", v.name, "", "the variable is a lookup in some equations and a number in others")
		return
	}
	s := r.scope(v, p)
	e := model.Equation{Elements: s.elements(), Except: s.except(), Text: r.data[p.from:p.end], Position: r.position(p.from)}
	switch b := p.body.(type) {
	case nil:
		r.dataVariable(s)
		return
	case *numbers:
		r.table(s, b)
		return
	case *points:
		if e.Graph = s.graph(b, p.from); e.Graph != nil {
			v.out.Equations = append(v.out.Equations, e)
		}
		return
	case *apply:
		if _, ok := externalKind[b.name.key]; ok {
			r.external(s, b)
			return
		}
		switch b.name.key {
		case "integ":
			r.stock(s, b)
			return
		case "with_lookup":
			if g, ok := argument[*points](b, 1); ok && len(b.arguments) == 2 {
				s.base = p.from
				e.Expression = s.lower(b.arguments[0])
				if e.Graph = s.graph(g, p.from); e.Graph != nil && e.Expression != nil {
					v.out.Equations = append(v.out.Equations, e)
				}
				return
			}
		}
	}
	s.base = p.from
	if e.Expression = s.lower(p.body); e.Expression != nil {
		v.out.Equations = append(v.out.Equations, e)
	}
}

// argument returns argument i of a call when it is of the given kind.
func argument[T model.Expression](a *apply, i int) (T, bool) {
	var none T
	if i >= len(a.arguments) {
		return none, false
	}
	x, ok := a.arguments[i].(T)
	return x, ok
}

// elements names what the piece defines; nil when that is the whole variable.
func (s *scope) elements() []string {
	if len(s.v.dimensions) == 0 {
		return nil
	}
	names := make([]string, 0, len(s.v.dimensions))
	whole := true
	for _, d := range s.v.context {
		names = append(names, d.Name)
	}
	for k, t := range s.p.subscripts {
		d := s.v.dimensions[len(s.v.context)+k]
		whole = whole && model.Canonical(d.Name) == t.key
		names = append(names, t.display)
	}
	if whole {
		return nil
	}
	return names
}

func (s *scope) except() [][]string {
	var list [][]string
	for _, x := range s.p.except {
		var names []string
		for _, d := range s.v.context {
			names = append(names, d.Name)
		}
		for _, t := range x {
			names = append(names, t.display)
		}
		list = append(list, names)
	}
	return list
}

// axes lists the elements of each subscript of the piece, and returns a test for
// those that :EXCEPT: takes out.
func (s *scope) axes() (axes [][]string, excepted func(names []string) bool) {
	for _, t := range s.p.subscripts {
		axes = append(axes, s.r.elementsOf(t.key))
	}
	var sets [][]map[string]bool
	for _, x := range s.p.except {
		var along []map[string]bool
		for _, t := range x {
			set := map[string]bool{}
			for _, e := range s.r.elementsOf(t.key) {
				set[model.Canonical(e)] = true
			}
			along = append(along, set)
		}
		sets = append(sets, along)
	}
	return axes, func(names []string) bool {
		for _, along := range sets {
			in := true
			for k, n := range names {
				in = in && along[k][model.Canonical(n)]
			}
			if in {
				return true
			}
		}
		return false
	}
}

// each calls f for each element that the piece defines, with its place in
// row-major order among all elements that its subscripts name, and the names for
// Equation.Elements; nil for a variable without dimensions.
func (s *scope) each(f func(i int, names []string) bool) {
	axes, excepted := s.axes()
	var context []string
	for _, d := range s.v.context {
		context = append(context, d.Name)
	}
	i := -1
	combinations(axes, func(names []string) bool {
		if i++; excepted(names) {
			return true
		}
		if len(context)+len(names) == 0 {
			return f(i, nil)
		}
		return f(i, append(append([]string{}, context...), names...))
	})
}

// size is the number of elements that the subscripts of the piece name.
func (s *scope) size() int {
	n := 1
	for _, t := range s.p.subscripts {
		n *= len(s.r.elementsOf(t.key))
	}
	return n
}

// table adds one equation per number of a table.
func (r *reader) table(s *scope, n *numbers) {
	if size := s.size(); len(n.values) != size {
		r.fail(int(n.At), "numbers", s.v.name, "", "found %d numbers, expected %d for [%s]", len(n.values), size, displays(s.p.subscripts))
		return
	}
	if !r.afford(s, len(n.values)) {
		return
	}
	s.each(func(i int, names []string) bool {
		e := model.Equation{Elements: names, Expression: &model.Number{Value: n.values[i]}}
		if n.at == nil {
			e.Text, e.Position = strconv.FormatFloat(n.values[i], 'g', -1, 64), r.position(s.v.at)
		} else {
			e.Text, e.Position = r.data[n.at[i]:n.ends[i]], r.position(n.at[i])
		}
		s.v.out.Equations = append(s.v.out.Equations, e)
		return true
	})
}

func displays(list []token) string {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = t.display
	}
	return strings.Join(names, ",")
}

// kinds marks as constants the auxiliaries that are only numbers.
func (r *reader) kinds() {
	for _, v := range r.model.Variables {
		if v.Kind != model.Auxiliary || len(v.Equations) == 0 {
			continue
		}
		constant := true
		for i := range v.Equations {
			_, number := v.Equations[i].Expression.(*model.Number)
			constant = constant && number && v.Equations[i].Graph == nil
		}
		if constant {
			v.Kind = model.Constant
		}
	}
}
