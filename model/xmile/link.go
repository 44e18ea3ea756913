package xmile

import (
	"slices"
	"strconv"
	"strings"

	"handover/model"
)

// link gives every equation the names of the flat model and puts macros in place
// of their calls.
func (r *reader) link() {
	for _, s := range r.scopes { // macros add scopes of their own, linked as they come
		if s.macro != nil || r.exhausted {
			continue
		}
		for _, e := range s.entries {
			if e.source == nil {
				r.linkVariable(s, e.Variable, e.prototype)
			}
		}
	}
}

func (r *reader) linkVariable(s *scope, v *model.Variable, p *prototype) {
	if p != nil && p.missing != nil {
		r.report(*p.missing)
	}
	for e := range v.AllEquations() {
		if e.Expression == nil || r.exhausted {
			continue
		}
		k := &linker{reader: r, scope: s, variable: v, equation: e, source: e, at: -1}
		if len(e.List) == 0 {
			e.Expression = k.expression(e.Expression)
			continue
		}
		e.List = slices.Clone(e.List)
		for i, x := range e.List {
			e.List[i] = k.expression(x)
		}
		e.Expression = model.Sum(e.List)
	}
	for _, flows := range [][]string{v.Inflows, v.Outflows} {
		for i, name := range flows {
			if f := r.find(s, qualifiedKey(name)); f != nil {
				flows[i] = f.Name
			} else if s != r.root {
				r.failHint(v.Position, "unknown-name", v.Name, r.near(name, s.names()), "the flow %q does not exist", name)
			}
		}
	}
}

// linker rewrites one expression. Trees are not changed in place: an instance
// shares with its prototype what stays the same.
type linker struct {
	*reader
	scope    *scope
	variable *model.Variable
	equation *model.Equation
	// source is the equation in whose text the expression stands: that of a macro,
	// when it is put in place of a call. Then at is the offset of the call, which
	// all nodes get; otherwise it is -1.
	source *model.Equation
	at     int
	// reducing is set inside an array function.
	reducing bool
}

func (k *linker) offset(x model.Expression) model.At {
	if k.at >= 0 {
		return model.At(k.at)
	}
	return model.At(x.Offset())
}

func (k *linker) problem(x model.Expression, code, hint, format string, arguments ...any) model.Expression {
	subject := k.variable.Name
	if k.at >= 0 {
		subject = k.scope.macro.name
	}
	k.failHint(k.source.PositionAt(x.Offset()), code, subject, hint, format, arguments...)
	return &model.Number{At: k.offset(x)}
}

func (k *linker) expression(x model.Expression) model.Expression {
	if k.scope.macro != nil {
		if k.spend(k.variable.Position, 1); k.exhausted {
			return x
		}
	}
	switch x := x.(type) {
	case *model.Number:
		if k.at < 0 {
			return x
		}
		return &model.Number{At: k.offset(x), Value: x.Value}
	case *model.Reference:
		return k.reference(x)
	case *model.Unary:
		y := k.expression(x.X)
		if k.at < 0 && y == x.X {
			return x
		}
		return &model.Unary{At: k.offset(x), Operator: x.Operator, X: y}
	case *model.Binary:
		l, y := k.expression(x.X), k.expression(x.Y)
		if k.at < 0 && l == x.X && y == x.Y {
			return x
		}
		return &model.Binary{At: k.offset(x), Operator: x.Operator, X: l, Y: y}
	case *model.Conditional:
		a, b, c := k.expression(x.Condition), k.expression(x.Then), k.expression(x.Else)
		if k.at < 0 && a == x.Condition && b == x.Then && c == x.Else {
			return x
		}
		return &model.Conditional{At: k.offset(x), Condition: a, Then: b, Else: c}
	case *model.Call:
		return k.call(x)
	}
	return x
}

// reference finds what a name means: a parameter, a variable, SELF, a macro
// without parameters, or else a function, dimension or element.
func (k *linker) reference(x *model.Reference) model.Expression {
	if bound, ok := k.scope.params[x.Name]; ok {
		return k.parameter(x, bound)
	}
	if v := k.find(k.scope, x.Name); v != nil {
		return k.variableReference(x, v)
	}
	if x.Name == "self" {
		return k.variableReference(&model.Reference{At: k.offset(x), Name: x.Name, Subscripts: x.Subscripts, Transposed: x.Transposed}, k.variable)
	}
	if m := k.called(x); m != nil && x.Subscripts == nil {
		return k.expand(m, nil, x)
	}
	subscripts := k.subscripts(x.Subscripts, nil)
	name, builtin := k.functionName(x.Name)
	if !builtin {
		if qualified, ok := k.unshadowed(x); ok {
			name = qualified
		} else if k.scope != k.root && k.model.Dimension(name) == nil {
			return k.unknown(x, x.Name)
		}
	}
	if k.at < 0 && name == x.Name && same(subscripts, x.Subscripts) {
		return x
	}
	return &model.Reference{At: k.offset(x), Name: name, Subscripts: subscripts, Transposed: x.Transposed}
}

// unshadowed finds an element that a name means; qualified where a variable of
// the main model has the same name.
func (k *linker) unshadowed(x *model.Reference) (string, bool) {
	for _, d := range k.model.Dimensions[:k.written] {
		if d.Index(x.Name) >= 0 {
			if k.scope != k.root && k.root.locals[x.Name] != nil {
				return model.Canonical(d.Name) + "." + x.Name, true
			}
			return x.Name, true
		}
	}
	d, element, ok := strings.Cut(x.Name, ".")
	if e := k.model.Dimension(d); ok && e != nil && e.Index(element) >= 0 {
		return x.Name, true
	}
	return x.Name, false
}

// unknown reports a name that has no meaning in a module or macro.
func (k *linker) unknown(x model.Expression, name string) model.Expression {
	switch {
	case k.scope.macro != nil && k.scope.locals[name] == nil:
		return k.problem(x, "unknown-name", k.near(name, k.scope.names()), "%q is not a parameter or variable of the macro %s", name, k.scope.macro.name)
	case k.root.locals[name] != nil:
		return k.problem(x, "unknown-name", "connect an input of the module to it, or write ."+name, "%q is a variable of the main model and not of the module %s", name, k.scope.module)
	}
	return k.problem(x, "unknown-name", k.near(name, k.scope.names()), "%q is not a variable of the module %s", name, k.scope.module)
}

// functionName drops the namespace from the name of a builtin.
func (k *linker) functionName(name string) (string, bool) {
	if _, ok := model.FunctionNamed(name); ok {
		return name, true
	}
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		space := name[:dot]
		if i := strings.IndexByte(space, '.'); i > 0 {
			space = space[:i]
		}
		if _, ok := model.FunctionNamed(name[dot+1:]); ok && (space == "std" || k.order(space) < len(k.namespaces) || vendors[space]) {
			return name[dot+1:], true
		}
	}
	return name, false
}

// vendors are the namespaces that XMILE 1.0 section 3.2.2.3 lists.
var vendors = map[string]bool{"user": true, "anylogic": true, "forio": true, "insightmaker": true, "isee": true, "powersim": true,
	"simanticssd": true, "simile": true, "sysdea": true, "vensim": true}

// variableReference is a reference to a variable of the flat model. Inside a
// macro its variables take the element of the caller first.
func (k *linker) variableReference(x *model.Reference, v *model.Variable) model.Expression {
	subscripts := k.subscripts(x.Subscripts, v)
	if n := len(k.scope.context); n > 0 && v.Kind != model.Lookup && k.scope.own[v] && x.Name != "self" {
		prefix := make([]model.Subscript, 0, len(v.Dimensions))
		for i := range n {
			prefix = append(prefix, model.Subscript{At: k.offset(x), Position: i + 1})
		}
		if subscripts == nil {
			for _, d := range v.Dimensions[n:] {
				subscripts = append(subscripts, model.Subscript{At: k.offset(x), Name: model.Canonical(d)})
			}
			if x.Transposed {
				return k.problem(x, "unsupported", "give it subscripts", "a variable of a macro is transposed as a whole, which is not supported for callers with dimensions")
			}
		}
		subscripts = append(prefix, subscripts...)
	}
	name := model.Canonical(v.Name)
	if k.at < 0 && name == x.Name && same(subscripts, x.Subscripts) {
		return x
	}
	return &model.Reference{At: k.offset(x), Name: name, Subscripts: subscripts, Transposed: x.Transposed}
}

func same(a, b []model.Subscript) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// subscripts links the subscripts of a reference to v, which may be nil. A name
// is an element, dimension or number before it is a variable.
func (k *linker) subscripts(list []model.Subscript, v *model.Variable) []model.Subscript {
	if list == nil {
		return nil
	}
	linked := make([]model.Subscript, len(list))
	skip := 0
	if v != nil && len(k.scope.context) > 0 && k.scope.own[v] {
		skip = len(k.scope.context)
	}
	for i, sub := range list {
		if k.at >= 0 {
			sub.At = model.At(k.at)
		}
		if sub.Position > 0 && k.at < 0 {
			sub.Position += len(k.scope.context)
		}
		if sub.Expression != nil {
			sub.Expression = k.expression(sub.Expression)
		} else if sub.Name != "" && !sub.Star && sub.To == "" && !k.fixed(sub.Name, v, skip+i) {
			_, bound := k.scope.params[sub.Name]
			if bound || k.find(k.scope, sub.Name) != nil {
				x := k.reference(&model.Reference{At: sub.At, Name: sub.Name})
				if reference, plain := x.(*model.Reference); plain && reference.Name == sub.Name && reference.Subscripts == nil {
					linked[i] = sub
					continue
				}
				sub = model.Subscript{At: sub.At, Expression: x}
				if number, ok := x.(*model.Number); ok {
					sub = model.Subscript{At: sub.At, Name: strconv.FormatFloat(number.Value, 'f', -1, 64)}
				}
			} else if k.scope != k.root && k.root.locals[sub.Name] != nil {
				k.unknown(&model.Reference{At: sub.At}, sub.Name)
			}
		}
		linked[i] = sub
	}
	return linked
}

// fixed reports whether a subscript is an element of the axis of v, a dimension,
// a number, or an element named with its dimension.
func (k *linker) fixed(name string, v *model.Variable, axis int) bool {
	if v != nil && axis < len(v.Dimensions) {
		if d := k.model.Dimension(v.Dimensions[axis]); d != nil && d.Index(name) >= 0 {
			return true
		}
	}
	if k.model.Dimension(name) != nil || name[0] >= '0' && name[0] <= '9' {
		return true
	}
	d, element, ok := strings.Cut(name, ".")
	e := k.model.Dimension(d)
	return ok && e != nil && e.Index(element) >= 0
}

// call links a call of a graphical function, an array, a macro or a builtin.
func (k *linker) call(x *model.Call) model.Expression {
	if absent(x.Function+"(") != "" {
		return k.problem(x, "no-equation", "", "%s(...) only lists what the equation will depend on; it is still to be written", strings.ToUpper(x.Function))
	}
	name, builtin := k.functionName(x.Function)
	v := k.find(k.scope, x.Function)
	bound, parameter := k.scope.params[x.Function]
	if parameter && !builtin {
		arguments := k.arguments(x, false)
		if reference, ok := bound.(*model.Reference); ok && len(arguments) == 1 {
			return &model.Call{At: k.offset(x), Function: "lookup", Arguments: []model.Expression{relocate(reference, int(k.offset(x))), arguments[0]}}
		}
		return k.problem(x, "function", "", "the parameter %q is called as a function and stands for no graphical function", x.Function)
	}
	m := k.called(x)
	if v != nil && (!builtin || v.Kind == model.Lookup) && (m == nil || v.Graphical() || len(v.Dimensions) > len(k.scope.context)) {
		arguments := k.arguments(x, false)
		if len(k.scope.context) > 0 && v.Kind != model.Lookup && v.Graphical() && len(arguments) == 1 {
			return &model.Call{At: k.offset(x), Function: "lookup", Arguments: []model.Expression{k.variableReference(&model.Reference{Name: x.Function}, v), arguments[0]}}
		}
		return k.rebuild(x, model.Canonical(v.Name), arguments)
	}
	if m != nil {
		return k.expand(m, k.arguments(x, false), x)
	}
	if inner := k.wrapped(x); inner != nil {
		return k.call(inner)
	}
	if other := k.root.locals[name]; k.scope != k.root && other != nil {
		if !builtin {
			return k.unknown(x, name)
		}
		if other.Kind == model.Lookup {
			return k.problem(x, "unsupported", "rename the graphical function", "the main model has a graphical function with the name of the function %s", strings.ToUpper(name))
		}
	}
	if !builtin && model.Unsupported(name[strings.LastIndexByte(name, '.')+1:]) {
		name = name[strings.LastIndexByte(name, '.')+1:]
	}
	if !builtin && !model.Unsupported(name) && (k.scope != k.root || len(k.macros) > 0) {
		return k.problem(x, "unknown-function", k.near(name, k.callable()), "the function %q is not known", name)
	}
	f, _ := model.FunctionNamed(name)
	return k.rebuild(x, name, k.arguments(x, f.Arrays > 0 || (&model.Call{Function: name, Arguments: x.Arguments}).ReducesArray()))
}

// wrapped undoes what a converter of Vensim models does to functions that it does
// not know: LOOKUP(COSH, x) for COSH(x). A graphical function of the name would
// have been meant otherwise.
func (k *linker) wrapped(x *model.Call) *model.Call {
	if x.Function != "lookup" || len(x.Arguments) < 2 {
		return nil
	}
	r, ok := x.Arguments[0].(*model.Reference)
	if !ok || r.Subscripts != nil || k.find(k.scope, r.Name) != nil {
		return nil
	}
	f, ok := model.FunctionNamed(r.Name)
	if !ok || f.Most == 0 {
		return nil
	}
	k.warn(k.source.PositionAt(x.Offset()), "function", k.variable.Name, "LOOKUP(%s, ...) is read as a call of the function %s: no graphical function has this name",
		strings.ToUpper(r.Name), strings.ToUpper(r.Name))
	return &model.Call{At: x.At, Function: r.Name, Arguments: x.Arguments[1:]}
}

// callable lists builtins and macros, for hints.
func (r *reader) callable() []string {
	list := model.FunctionNames()
	for _, m := range r.macros {
		list = append(list, m.key)
	}
	return list
}

func (k *linker) arguments(x *model.Call, reducing bool) []model.Expression {
	inner := *k
	inner.reducing = k.reducing || reducing
	list := make([]model.Expression, len(x.Arguments))
	for i, a := range x.Arguments {
		list[i] = inner.expression(a)
	}
	return list
}

// rebuild returns the call with another name and arguments; itself when nothing
// changed.
func (k *linker) rebuild(x *model.Call, name string, arguments []model.Expression) model.Expression {
	changed := k.at >= 0 || name != x.Function
	for i := range arguments {
		changed = changed || arguments[i] != x.Arguments[i]
	}
	if !changed {
		return x
	}
	return &model.Call{At: k.offset(x), Function: name, Arguments: arguments}
}

// relocate copies an expression with all nodes at one offset.
func relocate(x model.Expression, offset int) model.Expression {
	at := model.At(offset)
	switch x := x.(type) {
	case *model.Number:
		return &model.Number{At: at, Value: x.Value}
	case *model.Reference:
		c := &model.Reference{At: at, Name: x.Name, Transposed: x.Transposed}
		for _, s := range x.Subscripts {
			s.At = at
			if s.Expression != nil {
				s.Expression = relocate(s.Expression, offset)
			}
			c.Subscripts = append(c.Subscripts, s)
		}
		return c
	case *model.Unary:
		return &model.Unary{At: at, Operator: x.Operator, X: relocate(x.X, offset)}
	case *model.Binary:
		return &model.Binary{At: at, Operator: x.Operator, X: relocate(x.X, offset), Y: relocate(x.Y, offset)}
	case *model.Conditional:
		return &model.Conditional{At: at, Condition: relocate(x.Condition, offset), Then: relocate(x.Then, offset), Else: relocate(x.Else, offset)}
	case *model.Call:
		c := &model.Call{At: at, Function: x.Function}
		for _, a := range x.Arguments {
			c.Arguments = append(c.Arguments, relocate(a, offset))
		}
		return c
	}
	return x
}
