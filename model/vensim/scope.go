package vensim

import (
	"strings"

	"handover/model"
)

// scope is the equation being lowered.
type scope struct {
	r *reader
	v *variable
	p *piece
	// base is where the equation's text starts in the file.
	base int
}

func (r *reader) scope(v *variable, p *piece) *scope { return &scope{r: r, v: v, p: p, base: p.from} }

func (s *scope) at(e model.Expression) model.At { return model.At(max(0, e.Offset()-s.base)) }

func (s *scope) fail(at int, code, hint, format string, arguments ...any) model.Expression {
	s.r.fail(at, code, s.v.name, hint, format, arguments...)
	return nil
}

// free lists the ranges over which the equation runs: those of the call that
// made it and the ranges among its own subscripts.
func (s *scope) free() []*model.Dimension {
	list := append([]*model.Dimension{}, s.v.context...)
	for _, t := range s.p.subscripts {
		if d := s.r.dimensions[t.key]; d != nil {
			list = append(list, d)
		}
	}
	return list
}

// lower turns a parsed tree into an expression of the model. Nil means that a
// mistake was reported.
func (s *scope) lower(e model.Expression) model.Expression {
	if s.r.work++; s.r.work > mostWork {
		if s.r.work == mostWork+1 {
			s.fail(e.Offset(), "size", "", "the equations and macros of the model are too long to expand")
		}
		return nil
	}
	switch e := e.(type) {
	case *model.Number:
		return &model.Number{At: s.at(e), Value: e.Value}
	case *model.Reference:
		return s.reference(e)
	case *model.Unary:
		if x := s.lower(e.X); x != nil {
			return &model.Unary{At: s.at(e), Operator: e.Operator, X: x}
		}
		return nil
	case *model.Binary:
		x, y := s.lower(e.X), s.lower(e.Y)
		if x == nil || y == nil {
			return nil
		}
		return &model.Binary{At: s.at(e), Operator: e.Operator, X: x, Y: y}
	case *apply:
		return s.call(e)
	case *text:
		return s.fail(int(e.At), "syntax", "", "found the text '%s', expected a number", e.value)
	case *points:
		return s.fail(int(e.At), "lookup", "use WITH LOOKUP(x, (...))", "a lookup stands where a number is expected")
	default:
		return s.fail(e.Offset(), "syntax", "", "a table of numbers stands where one number is expected")
	}
}

// find looks a name up as the equation sees it: in the macro instance first, then
// in the model.
func (s *scope) find(key string) *variable {
	if in := s.v.in; in != nil {
		if v := in.locals[key]; v != nil {
			return v
		}
	}
	if v := s.r.variables[key]; v != nil {
		return v
	}
	// A name inside a macro that ends in "$" is one of the model outside.
	if global, ok := strings.CutSuffix(key, "$"); ok {
		return s.r.variables[strings.TrimRight(global, "_")]
	}
	return nil
}

func (s *scope) reference(e *model.Reference) model.Expression {
	if v := s.find(e.Name); v != nil {
		if x := s.refer(v, e, false); x != nil {
			return x
		}
		return nil // and not a reference that is nil
	}
	if key := strings.TrimSuffix(e.Name, "$"); key == "time" && e.Subscripts == nil {
		return &model.Reference{At: s.at(e), Name: "time"}
	}
	if e.Subscripts == nil {
		if d := s.r.dimensions[e.Name]; d != nil {
			return s.index(d, e)
		}
		if n, ok := s.r.number[e.Name]; ok {
			return &model.Number{At: s.at(e), Value: float64(n)}
		}
	}
	return s.fail(int(e.At), "unknown-name", s.r.near(e.Name, s.names()), "%q is not a variable of the model", e.Name)
}

// names lists what a misspelt name may have meant.
func (s *scope) names() []string {
	if s.r.full() {
		return nil
	}
	var names []string
	for i, v := range s.r.order {
		if i == 5000 {
			break
		}
		if !strings.HasPrefix(v.name, "#") {
			names = append(names, v.name)
		}
	}
	if s.v.in != nil {
		for _, p := range s.v.in.macro.pieces {
			names = append(names, p.name.display)
		}
	}
	return names
}

// refer makes a reference to v with the subscripts of e, those of the macro
// instance first.
func (s *scope) refer(v *variable, e *model.Reference, lookup bool) *model.Reference {
	if v.lookup && !lookup {
		s.fail(int(e.At), "lookup", "", "the lookup %q is used without an argument", v.name)
		return nil
	}
	own := len(v.dimensions) - len(v.context)
	if len(e.Subscripts) != own {
		s.fail(int(e.At), "subscripts", "", "%q has %d dimensions and is used with %d subscripts", v.name, own, len(e.Subscripts))
		return nil
	}
	out := &model.Reference{At: s.at(e), Name: v.key}
	for _, d := range v.context {
		out.Subscripts = append(out.Subscripts, model.Subscript{At: out.At, Name: model.Canonical(d.Name)})
	}
	seen := map[string]bool{}
	for _, sub := range e.Subscripts {
		if s.r.elementsOf(sub.Name) == nil {
			s.fail(int(sub.At), "unknown-element", s.r.near(sub.Name, s.r.subscriptCandidates()), "%q is not a subscript range or an element of one", sub.Name)
			return nil
		}
		star := sub.Star && !s.v.unstar
		if star && s.r.dimensions[sub.Name] == nil {
			s.fail(int(sub.At), "subscripts", "", `"!" stands behind the element %q; expected a subscript range`, sub.Name)
			return nil
		}
		if star && seen[sub.Name] {
			s.fail(int(sub.At), "unsupported", "use a copy of the range (<->) for the second", "%q is summed twice in the same reference", sub.Name)
			return nil
		}
		seen[sub.Name] = seen[sub.Name] || star
		out.Subscripts = append(out.Subscripts, model.Subscript{At: model.At(max(0, int(sub.At)-s.base)), Star: star, Name: sub.Name})
	}
	return out
}

// index is a range used as a number: the place of the element being computed in
// the largest range that holds it.
func (s *scope) index(d *model.Dimension, e *model.Reference) model.Expression {
	own := &model.Reference{At: s.at(e), Name: e.Name}
	shift := s.r.number[model.Canonical(d.Elements[0])] - 1
	for i, name := range d.Elements {
		if s.r.number[model.Canonical(name)]-1-i != shift {
			return s.elementNumbers(d, own)
		}
	}
	if shift == 0 {
		return own
	}
	return &model.Binary{At: own.At, Operator: model.Plus, X: own, Y: &model.Number{At: own.At, Value: float64(shift)}}
}

// elementNumbers reads the numbers of a range's elements from a constant array,
// for a range whose elements do not follow each other in the larger one.
func (s *scope) elementNumbers(d *model.Dimension, own *model.Reference) model.Expression {
	name := "#numbers of " + d.Name
	key := model.Canonical(name)
	if s.r.variables[key] == nil {
		n := &numbers{}
		for _, e := range d.Elements {
			n.values = append(n.values, float64(s.r.number[model.Canonical(e)]))
		}
		t := token{kind: tokenName, display: d.Name, key: own.Name, at: s.v.at}
		p := &piece{name: token{display: name, key: key, at: s.v.at}, subscripts: []token{t}, form: "=", body: n}
		s.r.register(&variable{name: name, key: key, pieces: []*piece{p}, at: s.v.at})
	}
	return &model.Reference{At: own.At, Name: key, Subscripts: []model.Subscript{{At: own.At, Name: own.Name}}}
}

// call lowers name[subscripts](arguments).
func (s *scope) call(a *apply) model.Expression {
	key := a.name.key
	if m := s.r.macros[key]; m != nil && (s.v.in == nil || !s.v.in.shadows(key)) {
		return s.expand(a, m)
	}
	if v := s.lookupNamed(key); v != nil {
		return s.lookupCall("lookup", v, a)
	}
	if len(a.outputs) > 0 {
		return s.fail(a.outputs[0].at, "arguments", "", "%q is not a macro and has no outputs", a.name.display)
	}
	if f, ok := arrayFunctions[key]; ok {
		if !s.count(a, f.usage, f.least, f.most) {
			return nil
		}
		return f.lower(s, a)
	}
	if f, ok := functions[key]; ok {
		if !s.count(a, f.usage, f.least, f.most) {
			return nil
		}
		x := make([]model.Expression, len(a.arguments))
		good := true
		for i, argument := range a.arguments {
			x[i] = s.lower(argument)
			good = good && x[i] != nil
		}
		if !good {
			return nil
		}
		return f.lower(s.at(a), x)
	}
	if v := s.find(key); v != nil {
		return s.fail(int(a.At), "function", "", "%q is called as a function and is not a lookup", a.name.display)
	}
	switch key {
	case "integ":
		return s.fail(int(a.At), "unsupported", "give the stock a variable of its own", "INTEG inside another expression is not supported")
	case "a_function_of":
		return s.fail(int(a.At), "syntax", "", "the equation is not finished: A FUNCTION OF says only on what it depends")
	}
	if _, ok := externalKind[key]; ok {
		return s.fail(int(a.At), "unsupported", "give it a variable of its own", "%s inside another expression is not supported", a.name.display)
	}
	if unsupported[key] {
		return s.fail(int(a.At), "unsupported", "", "the function %s is not supported", a.name.display)
	}
	return s.fail(int(a.At), "unknown-function", s.r.near(a.name.display, functionNames()), "the function %q is not known", a.name.display)
}

func (s *scope) count(a *apply, usage string, least, most int) bool {
	if n := len(a.arguments); n < least || n > most {
		s.fail(int(a.At), "arguments", "", "%s has %d arguments; expected %s", strings.ToUpper(a.name.display), n, usage)
		return false
	}
	return true
}

// lookupNamed finds the lookup that a name means here, or nil.
func (s *scope) lookupNamed(key string) *variable {
	if in := s.v.in; in != nil {
		if v := in.lookups[key]; v != nil {
			return v
		}
	}
	if v := s.find(key); v != nil && v.lookup {
		return v
	}
	return nil
}

// lookupCall lowers lookup(x): a lookup without subscripts is called by its name,
// one with subscripts as LOOKUP(lookup[subscripts], x).
func (s *scope) lookupCall(function string, v *variable, a *apply) model.Expression {
	if len(a.arguments) != 1 || len(a.outputs) > 0 {
		return s.fail(int(a.At), "arguments", "", "the lookup %q takes one argument and has %d", v.name, len(a.arguments))
	}
	table := s.refer(v, &model.Reference{At: a.At, Name: v.key, Subscripts: a.subscripts}, true)
	x := s.lower(a.arguments[0])
	if table == nil || x == nil {
		return nil
	}
	if _, builtin := model.FunctionNamed(v.key); !builtin && len(table.Subscripts) == 0 {
		return &model.Call{At: s.at(a), Function: v.key, Arguments: []model.Expression{x}}
	}
	return &model.Call{At: s.at(a), Function: function, Arguments: []model.Expression{table, x}}
}
