package vensim

import (
	"fmt"

	"handover/model"
)

// defineArrays defines the builtins that take arrays. In the canonical model an
// array is an argument whose references carry stars; a function that gives an
// array in Vensim takes the place of the element being computed, from 1, as a
// further argument.
func defineArrays() {
	define := func(key, usage string, least, most int, lower func(s *scope, a *apply) model.Expression) {
		arrayFunctions[key] = arrayFunction{usage, least, most, lower}
	}
	reduce := func(name string) func(s *scope, a *apply) model.Expression {
		return func(s *scope, a *apply) model.Expression {
			x := s.lower(a.arguments[0])
			if x == nil {
				return nil
			}
			return call(s.at(a), name, x)
		}
	}
	define("sum", "SUM(x[range!])", 1, 1, reduce("sum"))
	define("prod", "PROD(x[range!])", 1, 1, reduce("prod"))
	define("vmin", "VMIN(x[range!])", 1, 1, reduce("min"))
	define("vmax", "VMAX(x[range!])", 1, 1, reduce("max"))
	define("elmcount", "ELMCOUNT(range)", 1, 1, elementCount)
	define("invert_matrix", "INVERT MATRIX(matrix[rows, columns], size)", 1, 2, invertMatrix)
	define("vector_select", "VECTOR SELECT(selection, x, missing, action, error)", 5, 5, vectorSelect)
	define("vector_sort_order", "VECTOR SORT ORDER(x[range], direction)", 2, 2, sorted("vector_sort_order"))
	define("vector_rank", "VECTOR RANK(x[range], direction)", 2, 2, sorted("vector_rank"))
	define("vector_reorder", "VECTOR REORDER(x[range], order[range])", 2, 2, reorder)
	define("vector_elm_map", "VECTOR ELM MAP(x[element], offset)", 2, 2, elementMap)
	define("allocate_available", "ALLOCATE AVAILABLE(request[range], profile[range, first], available)", 3, 3, allocateAvailable)
	define("allocate_by_priority", "ALLOCATE BY PRIORITY(request[range], priority[range], size, width, supply)", 5, 5, allocateByPriority)
	define("get_time_value", "GET TIME VALUE(relative, offset, measure)", 3, 3, timeValue)
	define("lookup_extrapolate", "LOOKUP EXTRAPOLATE(lookup, x)", 2, 2, lookupFunction("lookup_extrapolate"))
	define("lookup_invert", "LOOKUP INVERT(lookup, y)", 2, 2, lookupFunction("lookup_invert"))
	define("lookup_forward", "LOOKUP FORWARD(lookup, x)", 2, 2, lookupFunction("lookup_forward"))
	define("lookup_backward", "LOOKUP BACKWARD(lookup, x)", 2, 2, lookupFunction("lookup_backward"))
	define("with_lookup", "WITH LOOKUP(x, (points))", 2, 2, withLookup)
}

func elementCount(s *scope, a *apply) model.Expression {
	reference, ok := argument[*model.Reference](a, 0)
	if ok {
		if d := s.r.dimensions[reference.Name]; d != nil && reference.Subscripts == nil {
			return number(s.at(a), float64(len(d.Elements)))
		}
	}
	return s.fail(int(a.At), "arguments", "", "ELMCOUNT takes the name of a subscript range")
}

// array lowers argument i, a reference whose last subscripts become stars; as
// many as axes says. It returns the places, from 1, of the element being
// computed along them.
func (s *scope) array(a *apply, i, axes int) (*model.Reference, []model.Expression) {
	e, ok := argument[*model.Reference](a, i)
	if !ok {
		s.fail(a.spans[i][0], "arguments", "give it a variable of its own", "argument %d of %s must be a variable", i+1, a.name.display)
		return nil, nil
	}
	v := s.find(e.Name)
	if v == nil {
		s.reference(e)
		return nil, nil
	}
	out := s.refer(v, e, false)
	if out == nil {
		return nil, nil
	}
	if len(e.Subscripts) < axes {
		s.fail(int(e.At), "subscripts", "", "%q needs at least %d subscripts here", v.name, axes)
		return nil, nil
	}
	var places []model.Expression
	for k := len(out.Subscripts) - axes; k < len(out.Subscripts); k++ {
		sub := &out.Subscripts[k]
		sub.Star = true
		if s.r.dimensions[sub.Name] != nil {
			places = append(places, &model.Reference{At: sub.At, Name: sub.Name})
		} else { // an element stands for its variable's whole axis
			sub.Name = model.Canonical(v.dimensions[k].Name)
			places = append(places, nil)
		}
	}
	return out, places
}

// placed is array for one axis that must be a range over which the equation
// runs.
func (s *scope) placed(a *apply, i int) (*model.Reference, model.Expression) {
	x, places := s.array(a, i, 1)
	if x == nil {
		return nil, nil
	}
	if places[0] == nil {
		s.fail(a.spans[i][0], "subscripts", "", "the last subscript of argument %d of %s must be a subscript range", i+1, a.name.display)
		return nil, nil
	}
	return x, places[0]
}

func invertMatrix(s *scope, a *apply) model.Expression {
	m, places := s.array(a, 0, 2)
	if m == nil {
		return nil
	}
	if places[0] == nil || places[1] == nil {
		return s.fail(a.spans[0][0], "subscripts", "", "the last two subscripts of the matrix must be subscript ranges")
	}
	return call(s.at(a), "invert_matrix", m, places[0], places[1])
}

func vectorSelect(s *scope, a *apply) model.Expression {
	x := make([]model.Expression, 5)
	for i := range x {
		if x[i] = s.lower(a.arguments[i]); x[i] == nil {
			return nil
		}
	}
	return call(s.at(a), "vector_select", x...)
}

func sorted(name string) func(s *scope, a *apply) model.Expression {
	return func(s *scope, a *apply) model.Expression {
		x, place := s.placed(a, 0)
		direction := s.lower(a.arguments[1])
		if x == nil || direction == nil {
			return nil
		}
		return call(s.at(a), name, x, direction, place)
	}
}

// reorder is x at the place that the order, from 0, gives.
func reorder(s *scope, a *apply) model.Expression {
	x, _ := s.placed(a, 0)
	order := s.lower(a.arguments[1])
	if x == nil || order == nil {
		return nil
	}
	at := s.at(a)
	x.Subscripts[len(x.Subscripts)-1] = model.Subscript{At: at, Expression: operation(at, model.Plus, order, number(at, 1))}
	return x
}

// elementMap is the element of x that lies offset elements behind the one named,
// in row-major order; :NA: outside the array.
func elementMap(s *scope, a *apply) model.Expression {
	e, ok := argument[*model.Reference](a, 0)
	if !ok || len(e.Subscripts) == 0 {
		return s.fail(int(a.At), "arguments", "", "argument 1 of VECTOR ELM MAP must be a variable with subscripts")
	}
	v := s.find(e.Name)
	if v == nil {
		return s.reference(e)
	}
	x := s.refer(v, e, false)
	offset := s.lower(a.arguments[1])
	if x == nil || offset == nil {
		return nil
	}
	at := s.at(a)
	whole := func(x model.Expression) model.Expression { return call(at, "int", x) }
	size := 1
	for _, d := range v.dimensions {
		size *= len(d.Elements)
	}
	// flat is the place, from 0, of the element wanted.
	flat := whole(operation(at, model.Plus, offset, number(at, 0.5)))
	stride := size
	for k := range x.Subscripts {
		d := v.dimensions[k]
		stride /= len(d.Elements)
		sub := x.Subscripts[k]
		var place model.Expression
		if i := d.Index(sub.Name); i >= 0 {
			place = number(at, float64(i))
		} else if sub.Name == model.Canonical(d.Name) {
			place = operation(at, model.Minus, &model.Reference{At: sub.At, Name: sub.Name}, number(at, 1))
		} else {
			return s.fail(int(a.At), "unsupported", "", "VECTOR ELM MAP from the range %q of a variable over %q is not supported", sub.Name, d.Name)
		}
		flat = operation(at, model.Plus, flat, operation(at, model.Times, place, number(at, float64(stride))))
	}
	stride = size
	out := &model.Reference{At: x.At, Name: x.Name}
	for _, d := range v.dimensions {
		stride /= len(d.Elements)
		along := whole(operation(at, model.Divide, flat, number(at, float64(stride))))
		along = operation(at, model.Modulo, along, number(at, float64(len(d.Elements))))
		out.Subscripts = append(out.Subscripts, model.Subscript{At: at, Expression: operation(at, model.Plus, along, number(at, 1))})
	}
	inside := operation(at, model.And, operation(at, model.GreaterEqual, flat, number(at, 0)), operation(at, model.Less, flat, number(at, float64(size))))
	return &model.Conditional{At: at, Condition: inside, Then: out, Else: number(at, missing)}
}

func allocateAvailable(s *scope, a *apply) model.Expression {
	request, place := s.placed(a, 0)
	if request == nil {
		return nil
	}
	profile, _ := s.array(a, 1, 2)
	available := s.lower(a.arguments[2])
	if profile == nil || available == nil {
		return nil
	}
	return call(s.at(a), "allocate_available", request, profile, available, place)
}

// allocateByPriority leaves out Vensim's third argument, the number of elements,
// which the arrays tell.
func allocateByPriority(s *scope, a *apply) model.Expression {
	request, place := s.placed(a, 0)
	if request == nil {
		return nil
	}
	priority, _ := s.placed(a, 1)
	width, supply := s.lower(a.arguments[3]), s.lower(a.arguments[4])
	if priority == nil || width == nil || supply == nil {
		return nil
	}
	return call(s.at(a), "allocate_by_priority", request, priority, width, supply, place)
}

// timeValue is Time, or the initial time, plus an offset. The calendar measures
// need a start date, which the model file does not hold, and the computer's clock
// would make runs differ.
func timeValue(s *scope, a *apply) model.Expression {
	relative, ok := argument[*model.Number](a, 0)
	measure, ok2 := argument[*model.Number](a, 2)
	if !ok || !ok2 || measure.Value != 0 || relative.Value != 0 && relative.Value != 1 {
		return s.fail(int(a.At), "unsupported", "use relative 0 or 1 and measure 0", "GET TIME VALUE by the calendar or the computer's clock is not supported")
	}
	offset := s.lower(a.arguments[1])
	if offset == nil {
		return nil
	}
	name := "time"
	if relative.Value == 1 {
		name = "initial_time"
	}
	return operation(s.at(a), model.Plus, &model.Reference{At: s.at(a), Name: name}, offset)
}

// lookupFunction lowers a function of a lookup and a number.
func lookupFunction(name string) func(s *scope, a *apply) model.Expression {
	return func(s *scope, a *apply) model.Expression {
		e, ok := argument[*model.Reference](a, 0)
		if !ok {
			return s.fail(int(a.At), "arguments", "", "argument 1 of %s must be a lookup", a.name.display)
		}
		v := s.lookupNamed(e.Name)
		if v == nil {
			return s.fail(int(e.At), "lookup", "", "%q is not a lookup", e.Name)
		}
		table := s.refer(v, &model.Reference{At: e.At, Name: v.key, Subscripts: e.Subscripts}, true)
		x := s.lower(a.arguments[1])
		if table == nil || x == nil {
			return nil
		}
		return call(s.at(a), name, table, x)
	}
}

// withLookup lowers a WITH LOOKUP inside an expression: its points become a
// lookup of their own.
func withLookup(s *scope, a *apply) model.Expression {
	x := s.lower(a.arguments[0])
	if x == nil {
		return nil
	}
	if e, ok := argument[*model.Reference](a, 1); ok {
		if v := s.lookupNamed(e.Name); v != nil {
			return s.lookupCall("lookup", v, &apply{At: a.At, name: a.name, subscripts: e.Subscripts, arguments: a.arguments[:1]})
		}
	}
	g, ok := argument[*points](a, 1)
	if !ok {
		return s.fail(int(a.At), "arguments", "", "argument 2 of WITH LOOKUP must be the points of a lookup: ((x, y), ...)")
	}
	s.r.instances++
	name := fmt.Sprintf("#lookup %d", s.r.instances)
	key := model.Canonical(name)
	p := &piece{name: token{display: name, key: key}, form: "(", body: g, from: a.spans[1][0], end: a.spans[1][1]}
	if !s.r.register(&variable{name: name, key: key, pieces: []*piece{p}, lookup: true, at: p.from}) {
		return nil
	}
	return call(s.at(a), key, x)
}
