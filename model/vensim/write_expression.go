package vensim

import (
	"slices"
	"strconv"
	"strings"

	"handover/model"
)

// How tightly operators bind, loosest first.
const (
	bindOr = iota
	bindAnd
	bindCompare
	bindAdd
	bindMultiply
	bindSign
	bindPower
	bindValue
)

// printer writes the expressions of one equation.
type printer struct {
	*writer
	variable *model.Variable
	equation *model.Equation
	// own names what the equation is for, one name a dimension of the variable.
	own []string
}

func (p *printer) fail(x model.Expression, format string, arguments ...any) string {
	p.writer.fail(p.variable, p.equation.PositionAt(x.Offset()), format, arguments...)
	return "0"
}

// format writes x where only what binds at least as tightly may stand without
// parentheses.
func (p *printer) format(x model.Expression, least int) string {
	text, b := p.write(x)
	if b < least {
		return "(" + text + ")"
	}
	return text
}

var signs = map[model.Operator]struct {
	text string
	bind int
}{
	model.Plus: {" + ", bindAdd}, model.Minus: {" - ", bindAdd}, model.Times: {" * ", bindMultiply}, model.Divide: {" / ", bindMultiply},
	model.Less: {" < ", bindCompare}, model.LessEqual: {" <= ", bindCompare}, model.Greater: {" > ", bindCompare},
	model.GreaterEqual: {" >= ", bindCompare}, model.Equal: {" = ", bindCompare}, model.NotEqual: {" <> ", bindCompare},
	model.And: {" :AND: ", bindAnd}, model.Or: {" :OR: ", bindOr}, model.Power: {"^", bindPower},
}

func (p *printer) write(x model.Expression) (text string, bind int) {
	switch x := x.(type) {
	case *model.Number:
		switch {
		case x.Value == missing:
			return ":NA:", bindValue
		case x.Value != x.Value || x.Value-x.Value != 0:
			return p.fail(x, "Vensim has no number that is not finite"), bindValue
		case x.Value < 0:
			return model.Number64(x.Value), bindSign
		}
		return model.Number64(x.Value), bindValue
	case *model.Reference:
		return p.reference(x), bindValue
	case *model.Unary:
		switch x.Operator {
		case model.Minus:
			return "-" + p.format(x.X, bindPower), bindSign
		case model.Not:
			return ":NOT: " + p.format(x.X, bindValue), bindAnd
		}
		return p.write(x.X)
	case *model.Binary:
		if x.Operator == model.Modulo {
			return p.modulo(x.X, x.Y), bindValue
		}
		o := signs[x.Operator]
		left, right := o.bind, o.bind+1
		if x.Operator == model.Power || o.bind == bindCompare {
			left = o.bind + 1
		}
		return p.format(x.X, left) + o.text + p.format(x.Y, right), o.bind
	case *model.Conditional:
		return p.apply("IF THEN ELSE", x.Condition, x.Then, x.Else), bindValue
	case *model.Call:
		return p.call(x)
	}
	return "0", bindValue
}

// modulo has the sign of the divisor, MODULO that of the dividend.
func (p *printer) modulo(a, b model.Expression) string {
	m := p.apply("MODULO", a, b)
	d := p.format(b, bindMultiply+1)
	return "IF THEN ELSE(" + m + " * " + d + " < 0, " + m + " + " + p.format(b, bindAdd+1) + ", " + m + ")"
}

func (p *printer) apply(name string, arguments ...model.Expression) string {
	list := make([]string, len(arguments))
	for i, a := range arguments {
		list[i] = p.format(a, 0)
	}
	return name + "(" + strings.Join(list, ", ") + ")"
}

// reference writes a name with its subscripts; where the canonical form leaves
// them out, those of the element being computed.
func (p *printer) reference(x *model.Reference) string {
	v := p.model.Variable(x.Name)
	if v == nil {
		if x.Subscripts == nil {
			if text, ok := constants[x.Name]; ok {
				return text
			}
			if _, builtin := model.FunctionNamed(x.Name); builtin && p.model.Dimension(x.Name) == nil {
				return p.fail(x, "the function %s has no counterpart in Vensim", strings.ToUpper(x.Name))
			}
		}
		return p.index(x)
	}
	if v.Kind == model.Lookup && x.Subscripts == nil && len(v.Dimensions) == 0 {
		return quoted(v.Name)
	}
	if len(v.Dimensions) == 0 {
		return quoted(v.Name)
	}
	list := make([]string, len(v.Dimensions))
	used := map[string]int{}
	for i := range v.Dimensions {
		k := i
		if x.Transposed {
			k = len(v.Dimensions) - 1 - i
		}
		d := p.model.Dimension(v.Dimensions[k])
		if x.Subscripts == nil {
			list[k] = p.implied(x, d, used)
			continue
		}
		list[k] = p.subscript(x, v, d, k, x.Subscripts[k])
	}
	return quoted(v.Name) + "[" + strings.Join(list, ",") + "]"
}

// constants are builtins without arguments.
var constants = map[string]string{"time": "Time", "dt": "TIME STEP", "starttime": "INITIAL TIME", "stoptime": "FINAL TIME", "pi": "3.141592653589793"}

// index writes a dimension or element that is used as a number, counted from 1.
// Vensim counts in the largest range that holds the element.
func (p *printer) index(x *model.Reference) string {
	if d := p.model.Dimension(x.Name); d != nil {
		for _, e := range p.model.Dimensions {
			if len(e.Elements) > len(d.Elements) && slices.ContainsFunc(d.Elements, func(name string) bool { return e.Index(name) >= 0 }) {
				return p.fail(x, "the subrange %q is used as a number, which Vensim counts in the range %q", d.Name, e.Name)
			}
		}
		for _, name := range p.own {
			switch e := p.model.Dimension(name); {
			case e == d:
				return quoted(d.Name)
			case d.Index(name) >= 0:
				return strconv.Itoa(d.Index(name) + 1)
			case e != nil && !slices.ContainsFunc(e.Elements, func(name string) bool { return d.Index(name) < 0 }):
				return quoted(e.Name)
			}
		}
		return p.fail(x, "the dimension %q is used as a number in an equation that does not run over it", d.Name)
	}
	for _, d := range p.model.Dimensions {
		if i := d.Index(x.Name); i >= 0 {
			return strconv.Itoa(i + 1)
		}
	}
	if _, name, ok := strings.Cut(x.Name, "."); ok {
		return p.index(&model.Reference{At: x.At, Name: name})
	}
	return p.fail(x, "%q is not a variable of the model", x.Name)
}

// implied is the subscript along d of an array that is used without subscripts.
func (p *printer) implied(x *model.Reference, d *model.Dimension, used map[string]int) string {
	seen := used[d.Name]
	used[d.Name]++
	last := ""
	for k, name := range p.variable.Dimensions {
		if p.model.Dimension(name) != d {
			continue
		}
		last = quoted(p.own[k])
		if seen == 0 {
			return last
		}
		seen--
	}
	if last != "" {
		return last
	}
	// Mapped, or sharing the element: Vensim finds it by the range's own name.
	for k, name := range p.variable.Dimensions {
		if e := p.model.Dimension(name); e != nil && d.Index(p.own[k]) >= 0 {
			return quoted(p.own[k])
		}
	}
	return quoted(d.Name)
}

func (p *printer) subscript(x *model.Reference, v *model.Variable, d *model.Dimension, k int, s model.Subscript) string {
	switch {
	case s.Star && s.Name != "":
		return p.spelt(s.Name) + "!"
	case s.Star:
		for i, o := range x.Subscripts {
			if i != k && o.Star && o.Name == "" && p.model.Dimension(v.Dimensions[i]) == d {
				return p.fail(x, "two stars over the dimension %q in one reference need a second range of the same elements", d.Name)
			}
		}
		return quoted(d.Name) + "!"
	case s.To != "":
		return p.fail(x, "a range of subscripts, %s:%s, needs a subscript range of its own in Vensim", s.Name, s.To)
	case s.Position > 0:
		if s.Position <= len(p.own) {
			return quoted(p.own[s.Position-1])
		}
		return p.fail(x, "@%d is used in an equation over %d dimensions", s.Position, len(p.own))
	case s.Expression != nil:
		return p.fail(x, "a subscript that is computed while running has no counterpart in Vensim; use VECTOR ELM MAP there")
	}
	if d.Index(s.Name) >= 0 {
		return quoted(d.Elements[d.Index(s.Name)])
	}
	if i, err := strconv.Atoi(s.Name); err == nil && i >= 1 && i <= len(d.Elements) {
		return quoted(d.Elements[i-1])
	}
	if e := p.model.Dimension(s.Name); e != nil {
		// A dimension of the equation stands for what the equation is for.
		for i, name := range p.variable.Dimensions {
			if p.model.Dimension(name) == e && model.Canonical(p.own[i]) != model.Canonical(name) {
				return quoted(p.own[i])
			}
		}
		return quoted(e.Name)
	}
	if _, name, ok := strings.Cut(s.Name, "."); ok && d.Index(name) >= 0 {
		return quoted(d.Elements[d.Index(name)])
	}
	return p.fail(x, "a subscript that is computed while running, %q, has no counterpart in Vensim", s.Name)
}

// starred lists the dimensions over which an expression has stars; arrays without
// subscripts have one over each of theirs.
func (p *printer) starred(x model.Expression) []*model.Dimension {
	var list []*model.Dimension
	model.Walk(x, func(x model.Expression) bool {
		r, ok := x.(*model.Reference)
		if !ok {
			return true
		}
		v := p.model.Variable(r.Name)
		if v == nil {
			return true
		}
		for k, name := range v.Dimensions {
			d := p.model.Dimension(name)
			if r.Subscripts != nil && !r.Subscripts[k].Star {
				continue
			}
			if r.Subscripts != nil && r.Subscripts[k].Name != "" {
				d = p.model.Dimension(r.Subscripts[k].Name)
			}
			if d != nil && !slices.Contains(list, d) {
				list = append(list, d)
			}
		}
		return true
	})
	return list
}

// explicit gives arrays without subscripts, inside a function that reduces them,
// the stars they stand for.
func (p *printer) explicit(x model.Expression) model.Expression {
	switch x := x.(type) {
	case *model.Reference:
		v := p.model.Variable(x.Name)
		if v == nil || x.Subscripts != nil || len(v.Dimensions) == 0 {
			return x
		}
		y := &model.Reference{At: x.At, Name: x.Name, Transposed: x.Transposed}
		for range v.Dimensions {
			y.Subscripts = append(y.Subscripts, model.Subscript{At: x.At, Star: true})
		}
		return y
	case *model.Unary:
		return &model.Unary{At: x.At, Operator: x.Operator, X: p.explicit(x.X)}
	case *model.Binary:
		return &model.Binary{At: x.At, Operator: x.Operator, X: p.explicit(x.X), Y: p.explicit(x.Y)}
	case *model.Conditional:
		return &model.Conditional{At: x.At, Condition: p.explicit(x.Condition), Then: p.explicit(x.Then), Else: p.explicit(x.Else)}
	case *model.Call:
		y := &model.Call{At: x.At, Function: x.Function}
		for _, a := range x.Arguments {
			y.Arguments = append(y.Arguments, p.explicit(a))
		}
		return y
	}
	return x
}
