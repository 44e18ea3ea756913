package main

import (
	"fmt"
	"strconv"
	"strings"

	"handover/model"
)

// still returns the model with every random draw replaced by a fixed expression of
// its arguments, so that simulators with other generators compute the same.
func still(m *model.Model) (*model.Model, error) {
	m = m.Copy()
	return m, rewrite(m, func(_ *model.Variable, x *model.Call) (model.Expression, error) {
		switch x.Function {
		case "uniform", "random":
			return &model.Binary{At: x.At, Operator: model.Divide,
				X: &model.Binary{At: x.At, Operator: model.Plus, X: x.Arguments[0], Y: x.Arguments[1]}, Y: &model.Number{At: x.At, Value: 2}}, nil
		case "normal", "poisson":
			return x.Arguments[0], nil
		case "powerlaw":
			return x.Arguments[1], nil
		}
		if random[x.Function] {
			return nil, fmt.Errorf("%s: the draw %s has no fixed value here", m.Name, strings.ToUpper(x.Function))
		}
		return x, nil
	})
}

var random = map[string]bool{"triangular": true, "exponential": true, "exprnd": true, "lognormal": true, "binomial": true,
	"beta": true, "negbinomial": true, "gamma": true, "weibull": true}

// rewrite replaces the calls of all equations, the innermost first.
func rewrite(m *model.Model, change func(v *model.Variable, x *model.Call) (model.Expression, error)) error {
	for _, v := range m.Variables {
		for i := range v.Equations {
			x, err := replace(v.Equations[i].Expression, func(c *model.Call) (model.Expression, error) { return change(v, c) })
			if err != nil {
				return fmt.Errorf("%s: %w", v.Name, err)
			}
			v.Equations[i].Expression = x
		}
	}
	return nil
}

func replace(x model.Expression, change func(*model.Call) (model.Expression, error)) (model.Expression, error) {
	var first error
	again := func(x model.Expression) model.Expression {
		y, err := replace(x, change)
		if first == nil {
			first = err
		}
		return y
	}
	switch e := x.(type) {
	case *model.Reference:
		if f, ok := model.FunctionNamed(e.Name); ok && f.Least == 0 && e.Subscripts == nil { // TIME and its like
			c := &model.Call{At: e.At, Function: e.Name}
			if y, err := change(c); err != nil || y != model.Expression(c) {
				return y, err
			}
		}
	case *model.Unary:
		return &model.Unary{At: e.At, Operator: e.Operator, X: again(e.X)}, first
	case *model.Binary:
		return &model.Binary{At: e.At, Operator: e.Operator, X: again(e.X), Y: again(e.Y)}, first
	case *model.Conditional:
		return &model.Conditional{At: e.At, Condition: again(e.Condition), Then: again(e.Then), Else: again(e.Else)}, first
	case *model.Call:
		c := &model.Call{At: e.At, Function: e.Function}
		for _, a := range e.Arguments {
			c.Arguments = append(c.Arguments, again(a))
		}
		if first != nil {
			return nil, first
		}
		return change(c)
	}
	return x, nil
}

// expanded returns a model in which smooths and material delays are stocks and
// INIT(x) is a variable of its own, as code generators write them. once names the
// variables that are computed at the start and kept.
func expanded(m *model.Model) (_ *model.Model, once map[string]bool, err error) {
	m = m.Copy()
	once = map[string]bool{}
	var made []*model.Variable
	add := func(v *model.Variable, kind model.Kind, what string, x model.Expression) (*model.Variable, model.Expression) {
		w := &model.Variable{Name: "peer_" + what + "_" + strconv.Itoa(len(made)), Kind: kind, Dimensions: v.Dimensions,
			Equations: []model.Equation{{Expression: x}}}
		made = append(made, w)
		r := &model.Reference{Name: w.Name}
		for _, d := range v.Dimensions {
			r.Subscripts = append(r.Subscripts, model.Subscript{Name: model.Canonical(d)})
		}
		return w, r
	}
	binary := func(o model.Operator, x, y model.Expression) model.Expression {
		return &model.Binary{Operator: o, X: x, Y: y}
	}
	err = rewrite(m, func(v *model.Variable, x *model.Call) (model.Expression, error) {
		var order int
		var first []model.Expression
		switch x.Function {
		case "init":
			w, r := add(v, model.Auxiliary, "init", x.Arguments[0])
			once[w.Name] = true
			return r, nil
		case "smth1", "delay1":
			order, first = 1, x.Arguments[2:]
		case "smth3", "delay3":
			order, first = 3, x.Arguments[2:]
		default:
			return x, nil
		}
		_, input := add(v, model.Auxiliary, "input", x.Arguments[0])
		_, stage := add(v, model.Auxiliary, "stage", binary(model.Divide, x.Arguments[1], &model.Number{Value: float64(order)}))
		start := model.Expression(input)
		if len(first) > 0 {
			start = first[0]
		}
		delay := strings.HasPrefix(x.Function, "delay")
		if delay {
			start = binary(model.Times, start, stage)
		}
		in := input
		for range order {
			level, r := add(v, model.Stock, "level", start)
			net := binary(model.Divide, binary(model.Minus, in, r), stage)
			if delay {
				net = binary(model.Minus, in, binary(model.Divide, r, stage))
			}
			flow, _ := add(v, model.Flow, "flow", net)
			level.Inflows = []string{flow.Name}
			if in = r; delay {
				in = binary(model.Divide, r, stage)
			}
		}
		return in, nil
	})
	m.Add(made...)
	return m, once, err
}
