package reference

import "handover/model"

// sign is what is known of a number: its sign, that it is zero, or nothing.
type sign int

const (
	unknown sign = iota
	none
	plus
	minus
)

func (s sign) String() string {
	return [...]string{"?", "0", "+", "-"}[s]
}

func negated(s sign) sign {
	switch s {
	case plus:
		return minus
	case minus:
		return plus
	}
	return s
}

func times(a, b sign) sign {
	switch {
	case a == none || b == none:
		return none
	case a == unknown || b == unknown:
		return unknown
	case a == b:
		return plus
	}
	return minus
}

func added(a, b sign) sign {
	switch {
	case a == none:
		return b
	case b == none || a == b:
		return a
	}
	return unknown
}

// value is the sign of an expression, where every variable counts as above zero:
// most quantities are, and a loop named otherwise would say nothing.
func value(x model.Expression) sign {
	switch x := x.(type) {
	case *model.Number:
		switch {
		case x.Value > 0:
			return plus
		case x.Value < 0:
			return minus
		}
		return none
	case *model.Reference:
		return plus
	case *model.Unary:
		if x.Operator == model.Minus {
			return negated(value(x.X))
		}
		return value(x.X)
	case *model.Binary:
		a, b := value(x.X), value(x.Y)
		switch x.Operator {
		case model.Plus:
			return added(a, b)
		case model.Minus:
			return added(a, negated(b))
		case model.Times, model.Divide:
			return times(a, b)
		case model.Power:
			if a == plus {
				return plus
			}
		}
		return unknown
	case *model.Conditional:
		return added(value(x.Then), value(x.Else))
	case *model.Call:
		switch x.Function {
		case "exp", "sqrt", "abs":
			return plus
		case "max", "min", "sum", "mean", "smth1", "smth3", "smthn", "delay1", "delay3", "delayn", "delay", "init", "int", "trunc", "previous", "safediv":
			s := none
			for _, a := range x.Arguments {
				s = added(s, value(a))
			}
			return s
		}
	}
	return unknown
}

// slope is the sign of the partial derivative of an expression by a variable; none
// when it does not depend on it while the model runs.
func (r *Reference) slope(x model.Expression, name string) sign {
	switch x := x.(type) {
	case *model.Reference:
		if x.Name == name {
			return plus
		}
		for _, s := range x.Subscripts {
			if s.Name == name || s.Expression != nil && r.slope(s.Expression, name) != none {
				return unknown
			}
		}
		return none
	case *model.Unary:
		if x.Operator == model.Minus {
			return negated(r.slope(x.X, name))
		}
		if x.Operator == model.Not {
			return negated(r.slope(x.X, name))
		}
		return r.slope(x.X, name)
	case *model.Binary:
		return r.binary(x, name)
	case *model.Conditional:
		if r.slope(x.Condition, name) != none {
			return unknown
		}
		return added(r.slope(x.Then, name), r.slope(x.Else, name))
	case *model.Call:
		return r.call(x, name)
	}
	return none
}

func (r *Reference) binary(x *model.Binary, name string) sign {
	a, b := r.slope(x.X, name), r.slope(x.Y, name)
	switch x.Operator {
	case model.Plus, model.Or, model.And:
		return added(a, b)
	case model.Minus, model.Greater, model.GreaterEqual:
		return added(a, negated(b))
	case model.Less, model.LessEqual:
		return added(negated(a), b)
	case model.Times:
		return added(times(a, value(x.Y)), times(value(x.X), b))
	case model.Divide:
		return added(times(a, value(x.Y)), negated(times(value(x.X), b)))
	case model.Power:
		if b == none {
			return times(a, value(x.Y))
		}
	}
	if a == none && b == none {
		return none
	}
	return unknown
}

func (r *Reference) call(x *model.Call, name string) sign {
	if e := r.byKey[x.Function]; e != nil && len(x.Arguments) == 1 {
		s := unknown
		for i := range e.Equations {
			if g := e.Equations[i].Graph; g != nil {
				if t := trend(g); i == 0 || s == t {
					s = t
				} else {
					s = unknown
				}
			}
		}
		return times(s, r.slope(x.Arguments[0], name))
	}
	all := none
	first := none
	for i, a := range x.Arguments {
		s := r.slope(a, name)
		all = added(all, s)
		if i == 0 {
			first = s
		}
	}
	switch x.Function {
	case "init":
		return none
	case "exp", "ln", "log10", "sqrt", "int", "trunc", "round", "arctan", "tanh", "sinh", "sum", "mean", "min", "max", "vmin", "vmax", "median":
		return all
	case "smth1", "smth3", "smthn", "delay1", "delay3", "delayn", "delay", "delay_fixed", "previous", "active_initial":
		// What follows the input comes behind it; the other arguments shift when.
		if first != none {
			return first
		}
		if all != none {
			return unknown
		}
		return none
	case "safediv":
		if len(x.Arguments) >= 2 {
			d := &model.Binary{Operator: model.Divide, X: x.Arguments[0], Y: x.Arguments[1]}
			return r.binary(d, name)
		}
	}
	if all == none {
		return none
	}
	return unknown
}

// trend is the sign of the slope of a graphical function, where it has one.
func trend(g *model.Graph) sign {
	s := none
	for i := 1; i < len(g.Y); i++ {
		switch {
		case g.Y[i] > g.Y[i-1]:
			s = added(s, plus)
		case g.Y[i] < g.Y[i-1]:
			s = added(s, minus)
		}
	}
	if s == none {
		return unknown
	}
	return s
}
