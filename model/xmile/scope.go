package xmile

import (
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// scope is one instance of a model or of a macro: the names that its equations
// may use.
type scope struct {
	parent *scope
	node   *node
	// module is the name of the instance and name that of its model, in canonical
	// form; empty for the main model.
	module, name string
	// prefix stands before the names of its variables in the flat model.
	prefix  string
	entries []*entry
	locals  map[string]*model.Variable
	own     map[*model.Variable]bool
	modules map[string]*scope
	// at is the <module> that makes the instance.
	at *node

	// For an instance of a macro: what its parameters stand for, and the
	// dimensions of the caller, which its variables run over before their own.
	macro   *macro
	params  map[string]model.Expression
	context []string
}

// entry is a variable of a scope.
type entry struct {
	*model.Variable
	prototype *prototype
	// source is what a module's input is connected to, by the element connect.
	source  *model.Variable
	connect *node
	// state guards against inputs connected in a circle.
	state int
}

// mostModules bounds how deep modules may nest.
const mostModules = 32

// instance makes an instance of a model with all modules inside it.
func (r *reader) instance(n *node, parent *scope, at *node, module string) *scope {
	s := &scope{parent: parent, node: n, at: at, locals: map[string]*model.Variable{}, modules: map[string]*scope{}}
	name, _ := n.attribute("name")
	s.name = model.Canonical(displayName(name))
	if parent != nil {
		s.module = model.Canonical(module)
		s.prefix = parent.prefix + module + "."
		r.byModel[s.name] = append(r.byModel[s.name], s)
		if specs := n.child("sim_specs"); specs != nil && !r.sameTime(specs) {
			r.fail(specs.position, "unsupported", module, "the submodel has simulation settings of its own; they must be those of the main model")
		}
	}
	r.scopes = append(r.scopes, s)
	if n.anyAttribute("resource", "encryption-scheme") != "" {
		r.fail(n.position, "unsupported", displayName(name), "the model is in another file or encrypted; put it into this file as it is")
	}
	b := r.behaviour.over(n.child("behavior"))
	for _, c := range n.variables() {
		if r.exhausted {
			return s
		}
		if c.name == "module" && !c.vendor {
			r.module(s, c)
		} else if p := r.prototype(c); p != nil {
			r.place(s, p, b)
		}
	}
	return s
}

// variables lists the elements of <variables>. Older versions of Stella put them
// straight into the model.
func (n *node) variables() []*node {
	if v := n.child("variables"); v != nil {
		return v.children
	}
	return slices.DeleteFunc(slices.Clone(n.children), func(c *node) bool {
		_, variable := kinds[c.name]
		return c.vendor || !variable && c.name != "module"
	})
}

// anyAttribute returns the value of the first of the attributes that is there.
func (n *node) anyAttribute(names ...string) string {
	for _, name := range names {
		if v, ok := n.attribute(name); ok && v != "" {
			return v
		}
	}
	return ""
}

// place puts a copy of a variable into a scope of a module.
func (r *reader) place(s *scope, p *prototype, b behaviour) {
	v := p.copy()
	v.Name = s.prefix + v.Name
	if s.parent != nil {
		v.Sector = strings.TrimSuffix(s.prefix, ".")
	}
	v.NonNegative = v.Kind == model.Stock && b.stock || v.Kind == model.Flow && b.flow
	if p.nonNegative != nil {
		v.NonNegative = *p.nonNegative
	}
	v.NonNegative = v.NonNegative && !v.Transports() // what transports cannot become negative
	r.register(s, p, v, p.Name)
	for _, g := range p.named {
		w := *g
		w.Name = s.prefix + g.Name
		r.register(s, nil, &w, g.Name)
	}
}

func (p *prototype) copy() *model.Variable {
	v := p.Variable
	v.Equations = slices.Clone(p.Equations)
	v.Inflows, v.Outflows = slices.Clone(p.Inflows), slices.Clone(p.Outflows)
	v.Dimensions = slices.Clone(p.Dimensions)
	if v.Conveyor != nil {
		v.Conveyor = v.Conveyor.Copy()
	}
	return &v
}

// register makes a variable known under its local name. A name that is used
// twice is left to model.Check, which sees both in the flat model.
func (r *reader) register(s *scope, p *prototype, v *model.Variable, local string) {
	s.entries = append(s.entries, &entry{Variable: v, prototype: p})
	if s.macro != nil {
		if s.own == nil {
			s.own = map[*model.Variable]bool{}
		}
		s.own[v] = true
	}
	if key := model.Canonical(local); s.locals[key] == nil {
		s.locals[key] = v
	}
	r.add(v)
}

// module makes the instance that a <module> of scope s stands for.
func (r *reader) module(s *scope, n *node) {
	name, _ := n.attribute("name")
	name = displayName(name)
	if n.anyAttribute("resource") != "" {
		r.fail(n.position, "unsupported", name, "the module is in another file, %q; put its model into this file", n.anyAttribute("resource"))
		return
	}
	of := n.anyAttribute("model_name") // written by Simlin, to use a model several times
	if of == "" {
		of = name
	}
	target := r.models[model.Canonical(displayName(of))]
	if target == nil {
		var known []string
		for key := range r.models {
			known = append(known, key)
		}
		slices.Sort(known)
		r.failHint(n.position, "unknown-name", name, r.near(of, known), "the document has no model named %q for the module", displayName(of))
		return
	}
	depth := 0
	path := []string{displayName(of)}
	for p := s; p != nil; p = p.parent {
		depth++
		path = append(path, p.name)
		if p.node == target {
			slices.Reverse(path)
			for i := range path {
				if path[i] == "" {
					path[i] = "the main model"
				}
			}
			r.fail(n.position, "cycle", name, "the model contains itself: %s", strings.Join(path, " -> "))
			return
		}
	}
	if depth > mostModules {
		r.fail(n.position, "size", name, "modules nest deeper than %d levels", mostModules)
		return
	}
	key := model.Canonical(name)
	if s.modules[key] != nil {
		r.fail(n.position, "duplicate-name", name, "the model has two modules of this name")
		return
	}
	s.modules[key] = r.instance(target, s, n, name)
}

// names lists the local names, for hints.
func (s *scope) names() []string {
	var list []string
	for key := range s.locals {
		list = append(list, key)
	}
	for key := range s.params {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

// lookup finds a variable inside a scope by a path such as "x" or "a.x".
func (s *scope) lookup(path string) *model.Variable {
	if v := s.locals[path]; v != nil {
		return v
	}
	for i := range len(path) {
		if path[i] == '.' {
			if child := s.modules[path[:i]]; child != nil {
				if v := child.lookup(path[i+1:]); v != nil {
					return v
				}
			}
		}
	}
	return nil
}

// find resolves a name as an equation of scope s means it: a local variable or,
// when qualified, one of another module (XMILE 1.0 section 3.7.4). ".x" is x of
// the main model, or of an enclosing one; "a.x" is x in the module or model a
// that is nearest: inside, itself, beside, above, and last anywhere when only one
// instance has the name.
func (r *reader) find(s *scope, name string) *model.Variable {
	if v := s.lookup(name); v != nil {
		return v
	}
	first, rest, qualified := strings.Cut(name, ".")
	if !qualified || s.macro != nil {
		return nil
	}
	if first == "" {
		if v := r.root.lookup(rest); v != nil {
			return v
		}
		for p := s; p != nil; p = p.parent {
			if v := p.lookup(rest); v != nil {
				return v
			}
		}
		return nil
	}
	for p := s; p != nil; p = p.parent {
		if child := p.modules[first]; child != nil {
			if v := child.lookup(rest); v != nil {
				return v
			}
		}
		if first == p.name || first == p.module {
			if v := p.lookup(rest); v != nil {
				return v
			}
		}
	}
	if all := r.byModel[first]; len(all) == 1 {
		return all[0].lookup(rest)
	}
	return nil
}

// connectAll ties the inputs of modules to what their modules' <connect> name.
func (r *reader) connectAll() {
	if r.exhausted {
		return
	}
	entries := map[*model.Variable]*entry{}
	for _, s := range r.scopes {
		for _, e := range s.entries {
			entries[e.Variable] = e
		}
	}
	for _, s := range r.scopes {
		if s.at == nil {
			continue
		}
		for _, n := range append(s.at.all("connect"), s.at.all("connect2")...) {
			r.connect(s, n, entries)
		}
	}
	for _, s := range r.scopes {
		for _, e := range s.entries {
			if e.source != nil {
				r.alias(e, entries)
			}
		}
	}
}

// connect reads one <connect to from> of the module that made scope s.
func (r *reader) connect(s *scope, n *node, entries map[*model.Variable]*entry) {
	to, _ := n.attribute("to")
	from, _ := n.attribute("from")
	resolve := func(inside *scope, name string) *model.Variable {
		key := qualifiedKey(name)
		if inside != nil {
			if v := inside.locals[key]; v != nil {
				return v
			}
		}
		v := r.find(s.parent, key)
		if v == nil {
			r.failHint(n.position, "unknown-name", s.module, r.near(name, r.model.Names()), "the connection names %q, which does not exist", name)
		}
		return v
	}
	target, source := resolve(s, to), resolve(nil, from)
	if target == nil || source == nil {
		return
	}
	e := entries[target]
	switch {
	case e.source != nil && e.source != source:
		r.fail(n.position, "duplicate-name", to, "the input is connected to %q and, at %s, to %q", source.Name, e.connect.position, e.source.Name)
	case e.prototype == nil, !e.prototype.input && len(e.prototype.Equations) > 0:
		r.failHint(n.position, "xmile", to, `mark it with access="input"`, "the connection gives a value to %q, which is no input", target.Name)
	case target == source:
		r.fail(n.position, "cycle", to, "the input is connected to itself")
	default:
		e.source, e.connect = source, n
	}
}

// qualifiedKey is the canonical form of a qualified name in an attribute.
func qualifiedKey(name string) string {
	parts := strings.Split(strings.TrimSpace(name), ".")
	for i := range parts {
		parts[i] = model.Canonical(displayName(parts[i]))
	}
	return strings.Join(parts, ".")
}

// alias makes a connected input stand for its source.
func (r *reader) alias(e *entry, entries map[*model.Variable]*entry) {
	const (
		open = 1
		done = 2
	)
	if e.state == done {
		return
	}
	if e.state == open {
		r.report(diagnostic.Diagnostic{Position: e.connect.position, Code: "cycle", Subject: e.Name, Message: "inputs of modules are connected in a circle"})
		return
	}
	e.state = open
	if s := entries[e.source]; s != nil && s.source != nil {
		r.alias(s, entries)
	}
	e.state = done
	v, source := e.Variable, e.source
	v.Inflows, v.Outflows, v.NonNegative = nil, nil, false
	if source.Kind == model.Lookup {
		v.Kind, v.Dimensions, v.Equations = model.Lookup, source.Dimensions, source.Equations
		return
	}
	if v.Kind != model.Flow {
		v.Kind = model.Auxiliary
	}
	if len(v.Dimensions) == 0 {
		v.Dimensions = slices.Clone(source.Dimensions)
	}
	if len(v.Dimensions) != len(source.Dimensions) {
		r.fail(e.connect.position, "subscripts", v.Name, "the input has %d dimensions and is connected to %q, which has %d", len(v.Dimensions), source.Name, len(source.Dimensions))
		return
	}
	x := &model.Reference{Name: model.Canonical(source.Name)}
	if !slices.EqualFunc(v.Dimensions, source.Dimensions, func(a, b string) bool { return model.Canonical(a) == model.Canonical(b) }) {
		for k := range source.Dimensions {
			x.Subscripts = append(x.Subscripts, model.Subscript{Position: k + 1})
		}
	}
	v.Equations = []model.Equation{{Text: source.Name, Expression: x, Position: e.connect.position}}
}
