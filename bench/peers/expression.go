package main

import (
	"fmt"
	"strconv"
	"strings"

	"handover/model"
)

// scope is where an expression stands while it is written as C.
type scope struct {
	e     *emitter
	start bool
	// index gives the C index of each dimension of the equation.
	index map[string]string
	// star is the C index of the elements that a SUM runs over, "" outside.
	star string
	// before holds statements that must come before the one with the expression.
	before strings.Builder
}

var operators = map[model.Operator]string{model.Plus: "+", model.Minus: "-", model.Times: "*", model.Divide: "/",
	model.Less: "<", model.LessEqual: "<=", model.Greater: ">", model.GreaterEqual: ">=", model.Equal: "==", model.NotEqual: "!=", model.And: "&&", model.Or: "||"}

// condition writes an expression that is true or false.
func (s *scope) condition(x model.Expression) (string, error) {
	switch x := x.(type) {
	case *model.Unary:
		if x.Operator == model.Not {
			a, err := s.condition(x.X)
			return "!(" + a + ")", err
		}
	case *model.Binary:
		if x.Operator == model.And || x.Operator == model.Or {
			a, err := s.condition(x.X)
			if err != nil {
				return "", err
			}
			b, err := s.condition(x.Y)
			return "(" + a + " " + operators[x.Operator] + " " + b + ")", err
		}
		if x.Operator >= model.Less && x.Operator <= model.NotEqual {
			a, err := s.value(x.X)
			if err != nil {
				return "", err
			}
			b, err := s.value(x.Y)
			return "(" + a + " " + operators[x.Operator] + " " + b + ")", err
		}
	}
	a, err := s.value(x)
	return "(" + a + " != 0)", err
}

// value writes an expression that is a number.
func (s *scope) value(x model.Expression) (string, error) {
	switch x := x.(type) {
	case *model.Number:
		if x.Value < 0 {
			return "(" + number(x.Value) + ")", nil
		}
		return number(x.Value), nil
	case *model.Reference:
		return s.reference(x)
	case *model.Unary:
		if x.Operator == model.Not {
			a, err := s.condition(x)
			return "(double)(" + a + ")", err
		}
		a, err := s.value(x.X)
		return "(" + x.Operator.String() + a + ")", err
	case *model.Conditional:
		return s.choose(x.Condition, x.Then, x.Else)
	case *model.Binary:
		switch x.Operator {
		case model.Plus, model.Minus, model.Times, model.Divide:
			a, err := s.value(x.X)
			if err != nil {
				return "", err
			}
			b, err := s.value(x.Y)
			return "(" + a + " " + operators[x.Operator] + " " + b + ")", err
		case model.Power:
			return s.call("pow", x.X, x.Y)
		case model.Modulo:
			return s.call("modulo", x.X, x.Y)
		}
		a, err := s.condition(x)
		return "(double)(" + a + ")", err
	case *model.Call:
		return s.function(x)
	}
	return "", fmt.Errorf("an expression %T", x)
}

func (s *scope) choose(condition, then, otherwise model.Expression) (string, error) {
	c, err := s.condition(condition)
	if err != nil {
		return "", err
	}
	a, err := s.value(then)
	if err != nil {
		return "", err
	}
	b, err := s.value(otherwise)
	return "(" + c + " ? " + a + " : " + b + ")", err
}

func (s *scope) call(name string, arguments ...model.Expression) (string, error) {
	list := make([]string, len(arguments))
	for i, a := range arguments {
		var err error
		if list[i], err = s.value(a); err != nil {
			return "", err
		}
	}
	return name + "(" + strings.Join(list, ", ") + ")", nil
}

func (s *scope) function(x *model.Call) (string, error) {
	if v := s.e.m.Variable(x.Function); v != nil && v.Graphical() {
		a, err := s.value(x.Arguments[0])
		return s.lookup(v.Equations[0].Graph, a), err
	}
	switch x.Function {
	case "time":
		return "t", nil
	case "dt":
		return number(s.e.m.Time.DT), nil
	case "starttime":
		return number(s.e.m.Time.Start), nil
	case "exp", "sqrt", "pow":
		return s.call(x.Function, x.Arguments...)
	case "mod", "modulo":
		return s.call("modulo", x.Arguments...)
	case "abs":
		return s.call("fabs", x.Arguments...)
	case "ln":
		return s.call("log", x.Arguments...)
	case "min", "max":
		if len(x.Arguments) == 1 {
			return s.reduce("v"+x.Function, x.Arguments[0])
		}
		text, err := s.value(x.Arguments[0])
		for _, a := range x.Arguments[1:] {
			if err != nil {
				return "", err
			}
			var next string
			next, err = s.value(a)
			text = "m" + string(x.Function[1]+map[byte]byte{'i': 'n' - 'i', 'a': 'x' - 'a'}[x.Function[1]]) + "(" + text + ", " + next + ")"
		}
		return text, err
	case "if_then_else":
		return s.choose(x.Arguments[0], x.Arguments[1], x.Arguments[2])
	case "active_initial":
		if s.start {
			return s.value(x.Arguments[1])
		}
		return s.value(x.Arguments[0])
	case "safediv":
		n := model.Expression(&model.Number{})
		if len(x.Arguments) > 2 {
			n = x.Arguments[2]
		}
		return s.choose(x.Arguments[1], &model.Binary{Operator: model.Divide, X: x.Arguments[0], Y: x.Arguments[1]}, n)
	case "step":
		h, err := s.value(x.Arguments[0])
		if err != nil {
			return "", err
		}
		at, err := s.value(x.Arguments[1])
		return "(t + " + number(s.e.m.Time.DT/2) + " > " + at + " ? " + h + " : 0.0)", err
	case "lookup":
		r, ok := x.Arguments[0].(*model.Reference)
		if !ok || len(r.Subscripts) > 0 {
			return "", fmt.Errorf("a lookup of an array")
		}
		a, err := s.value(x.Arguments[1])
		return s.lookup(s.e.m.Variable(r.Name).Equations[0].Graph, a), err
	case "sum", "mean", "vmax", "vmin":
		return s.reduce(x.Function, x.Arguments[0])
	}
	return "", fmt.Errorf("the function %s", strings.ToUpper(x.Function))
}

// lookup reads a graphical function.
func (s *scope) lookup(g *model.Graph, at string) string {
	k := -1
	for i, other := range s.e.graphs {
		if other == g {
			k = i
		}
	}
	if k < 0 {
		k = len(s.e.graphs)
		s.e.graphs = append(s.e.graphs, g)
	}
	if s.e.lanes {
		return fmt.Sprintf("lookv(gx%d, gy%d, %d, %s)", k, k, len(g.X), at)
	}
	return fmt.Sprintf("look(gx%d, gy%d, %d, &gc%d, %s)", k, k, len(g.X), k, at)
}

// reduce writes the loop of a SUM, MEAN, VMIN or VMAX before the statement and
// returns where its result is.
func (s *scope) reduce(function string, x model.Expression) (string, error) {
	if s.star != "" {
		return "", fmt.Errorf("a %s within another", strings.ToUpper(function))
	}
	n := 0
	model.Walk(x, func(x model.Expression) bool {
		if r, ok := x.(*model.Reference); ok {
			for k, sub := range r.Subscripts {
				if sub.Star && sub.Name == "" {
					n = len(s.e.m.Dimension(s.e.m.Variable(r.Name).Dimensions[k]).Elements)
				}
			}
		}
		return true
	})
	if n == 0 {
		return "", fmt.Errorf("a %s without [*]", strings.ToUpper(function))
	}
	s.e.temporaries++
	name := "s" + strconv.Itoa(s.e.temporaries)
	inner := &scope{e: s.e, start: s.start, index: s.index, star: "k"}
	text, err := inner.value(x)
	s.before.WriteString(inner.before.String())
	first, at, loop := "0", name, ""
	if s.e.lanes {
		at, loop = name+"[l]", "for (int l = 0; l < W; l++) "
	}
	next := at + " + " + text
	if f, ok := map[string]string{"vmin": "mn", "vmax": "mx"}[function]; ok {
		first = map[string]string{"vmin": "INFINITY", "vmax": "-INFINITY"}[function]
		next = f + "(" + at + ", " + text + ")"
	}
	fmt.Fprintf(&s.before, "double %s%s; %s%s = %s;\nfor (int k = 0; k < %d; k++) %s%s = %s;\n",
		name, map[bool]string{true: "[W]"}[s.e.lanes], loop, at, first, n, loop, at, next)
	if function == "mean" {
		at = "(" + at + " / " + number(float64(n)) + ")"
	}
	return at, err
}

func (s *scope) reference(r *model.Reference) (string, error) {
	v := s.e.m.Variable(r.Name)
	switch {
	case v == nil && r.Subscripts == nil:
		return s.function(&model.Call{At: r.At, Function: r.Name})
	case v == nil || r.Transposed:
		return "", fmt.Errorf("%s", r.Name)
	}
	text := s.e.names[v]
	if x, ok := s.e.literal(v); ok {
		return x, nil
	}
	for k, name := range v.Dimensions {
		index := s.index[model.Canonical(name)]
		if r.Subscripts != nil {
			sub := r.Subscripts[k]
			switch at := s.e.m.Dimension(name).Index(sub.Name); {
			case sub.Star && sub.Name == "" && s.star != "":
				index = s.star
			case sub.Star || sub.To != "" || sub.Position > 0 || sub.Expression != nil:
				return "", fmt.Errorf("a subscript of %s", r.Name)
			case at >= 0:
				index = strconv.Itoa(at)
			case s.index[sub.Name] != "":
				index = s.index[sub.Name]
			default:
				return "", fmt.Errorf("the subscript %s of %s", sub.Name, r.Name)
			}
		}
		if index == "" {
			return "", fmt.Errorf("%s without subscripts", r.Name)
		}
		text += "[" + index + "]"
	}
	if s.e.lanes {
		text += "[l]"
	}
	return text, nil
}

// literal is the number of a scalar constant that no run varies; many runs at once
// need not read it from memory.
func (e *emitter) literal(v *model.Variable) (string, bool) {
	if !e.lanes || v.Kind != model.Constant || len(v.Dimensions) > 0 {
		return "", false
	}
	for _, name := range e.varied {
		if name == v.Name {
			return "", false
		}
	}
	n, ok := v.Equations[0].Expression.(*model.Number)
	if !ok {
		return "", false
	}
	return "(" + number(n.Value) + ")", true
}
