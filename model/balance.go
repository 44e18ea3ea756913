package model

import (
	"strings"

	"handover/diagnostic"
)

// units checks that both sides of every equation have the same unit. Variables
// without a unit fit anything. A number written in an equation is
// dimensionless, but zero fits anything.
func (c *checker) units() {
	b := &balance{checker: c, units: map[*Variable]measured{}}
	b.table = newUnitTable(c.model.Units, func(d UnitDefinition, err error) {
		c.fail(d.Position, "unit", d.Name, "", "the definition of the unit cannot be read: %v", err)
	})
	strict := len(c.model.Units) > 0
	if u, err := b.table.parse(c.model.Time.Unit, false); err == nil && c.model.Time.Unit != "" {
		b.time = measured{unit: u, known: true}
	}
	for _, v := range c.model.Variables {
		if strings.TrimSpace(v.Units) == "" {
			continue
		}
		u, err := b.table.parse(v.Units, false)
		if err != nil {
			c.fail(v.Position, "unit", v.Name, "write it like person/month", "the unit %q cannot be read: %v", v.Units, err)
			continue
		}
		if strict {
			for name := range u.powers {
				if _, ok := b.table[name]; !ok {
					c.add(diagnostic.Warning, v.Position, "unknown-unit", v.Name, diagnostic.DidYouMean(name, b.names()),
						"the unit %q is not among the model's units", name)
				}
			}
		}
		b.units[v] = measured{unit: u, known: true}
	}
	if c.found.Errors() > 0 {
		return
	}
	for _, v := range c.model.Variables {
		b.variable(v)
	}
}

// measured is the unit of an expression; not known means that it fits
// anything.
type measured struct {
	unit  Unit
	known bool
}

type balance struct {
	*checker
	table unitTable
	units map[*Variable]measured
	time  measured
	// variable and equation being checked.
	v *Variable
	e *Equation
}

func (b *balance) names() []string {
	var names []string
	for _, d := range b.model.Units {
		names = append(names, d.Name)
	}
	return names
}

func (b *balance) warn(offset int, code, format string, arguments ...any) {
	b.add(diagnostic.Warning, b.e.PositionAt(offset), code, b.v.Name, "", format, arguments...)
}

func (b *balance) variable(v *Variable) {
	b.v = v
	own := b.units[v]
	_, driven := b.flowing.drives(v)
	if v.Conveyor != nil {
		b.transportUnits(v)
		b.v = v
	}
	for i := range v.Equations {
		if driven {
			break
		}
		b.e = &v.Equations[i]
		if b.e.Expression == nil {
			continue
		}
		got := b.expression(b.e.Expression)
		if b.e.Graph != nil || v.Kind == Lookup {
			continue
		}
		if _, ok := b.e.Expression.(*Number); ok {
			continue // a constant has the unit that its author gave it
		}
		if own.known && got.known && !own.unit.Equal(got.unit) {
			b.warn(b.e.Expression.Offset(), "unit-mismatch", "the unit is %s and its equation gives %s", own.unit, got.unit)
		}
	}
	if v.Kind != Stock || !own.known || !b.time.known {
		return
	}
	for _, name := range append(append([]string{}, v.Inflows...), v.Outflows...) {
		f := b.model.Variable(name)
		if u := b.units[f]; u.known && !u.unit.Times(b.time.unit, 1).Equal(own.unit) {
			b.add(diagnostic.Warning, v.Position, "unit-mismatch", v.Name, "",
				"the stock is in %s, so its flows are in %s; %q is in %s", own.unit, own.unit.Times(b.time.unit, -1), f.Name, u.unit)
		}
	}
}

func (b *balance) expression(x Expression) measured {
	switch x := x.(type) {
	case *Number:
		return measured{known: x.Value != 0}
	case *Reference:
		for _, s := range x.Subscripts {
			if s.Expression != nil {
				b.plain(s.Expression, "a subscript")
			}
		}
		if v := b.model.Variable(x.Name); v != nil {
			return b.units[v]
		}
		if f, ok := FunctionNamed(x.Name); ok && f.units == unitTime {
			return b.time
		}
		return measured{known: true}
	case *Unary:
		u := b.expression(x.X)
		if x.Operator == Not {
			return measured{known: true}
		}
		return u
	case *Conditional:
		b.expression(x.Condition)
		return b.same(x.Offset(), "the two branches of IF", b.expression(x.Then), b.expression(x.Else))
	case *Binary:
		return b.binary(x)
	case *Call:
		return b.call(x)
	}
	return measured{}
}

// same asks that two sides agree and returns their unit.
func (b *balance) same(offset int, what string, x, y measured) measured {
	if !x.known {
		return y
	}
	if y.known && !x.unit.Equal(y.unit) {
		b.warn(offset, "unit-mismatch", "%s have different units: %s and %s", what, x.unit, y.unit)
		return measured{}
	}
	return x
}

// plain asks that a value be dimensionless.
func (b *balance) plain(x Expression, what string) {
	if u := b.expression(x); u.known && !u.unit.Dimensionless() {
		b.warn(x.Offset(), "unit-mismatch", "%s must be dimensionless and is in %s", what, u.unit)
	}
}

func (b *balance) binary(x *Binary) measured {
	switch x.Operator {
	case Plus, Minus, Modulo:
		return b.same(x.Offset(), "the two sides of "+x.Operator.String(), b.expression(x.X), b.expression(x.Y))
	case Times, Divide:
		l, r := b.expression(x.X), b.expression(x.Y)
		// Zero times anything is zero of any unit.
		if !l.known || !r.known {
			return measured{}
		}
		power := 1.0
		if x.Operator == Divide {
			power = -1
		}
		return measured{l.unit.Times(r.unit, power), true}
	case Power:
		base := b.expression(x.X)
		b.plain(x.Y, "an exponent")
		if n, ok := x.Y.(*Number); ok && base.known {
			return measured{Unit{}.Times(base.unit, n.Value), true}
		}
		if base.known && !base.unit.Dimensionless() {
			b.warn(x.Offset(), "unit-mismatch", "a value in %s is raised to a power that is not a number; make it dimensionless first", base.unit)
			return measured{}
		}
		return base
	case And, Or:
		b.expression(x.X)
		b.expression(x.Y)
		return measured{known: true}
	default:
		b.same(x.Offset(), "the two sides of "+x.Operator.String(), b.expression(x.X), b.expression(x.Y))
		return measured{known: true}
	}
}

func (b *balance) call(x *Call) measured {
	name := strings.ToUpper(x.Function)
	argument := func(i int) measured {
		if i < len(x.Arguments) {
			return b.expression(x.Arguments[i])
		}
		return measured{}
	}
	f, ok := FunctionNamed(x.Function)
	if v := b.model.Variable(x.Function); v != nil && (!ok || v.Kind == Lookup) {
		argument(0)
		return b.units[v]
	}
	if f.Table {
		argument(1)
		if r, ok := x.Arguments[0].(*Reference); ok && !strings.Contains(x.Function, "inv") {
			return b.units[b.model.Variable(r.Name)]
		}
		return measured{}
	}
	if f.Random && len(x.Arguments) > f.Least { // the seed has no unit
		x = &Call{x.At, x.Function, x.Arguments[:f.Least]}
	}
	times := func(from int) {
		for i := from; i < len(x.Arguments); i++ {
			b.same(x.Arguments[i].Offset(), "the time in "+name+" and the model's time", b.time, b.expression(x.Arguments[i]))
		}
	}
	switch f.units {
	case unitSame:
		u := argument(0)
		for i := 1; i < len(x.Arguments); i++ {
			u = b.same(x.Offset(), "the arguments of "+name, u, b.expression(x.Arguments[i]))
		}
		return u
	case unitBranches:
		argument(0)
		return b.same(x.Offset(), "the two branches of "+name, argument(1), argument(2))
	case unitFirst:
		u := argument(0)
		for i := 1; i < len(x.Arguments); i++ {
			b.expression(x.Arguments[i])
		}
		return u
	case unitTime:
		return b.time
	case unitRoot:
		u := argument(0)
		return measured{Unit{}.Times(u.unit, 0.5), u.known}
	case unitQuotient:
		n, d := argument(0), argument(1)
		q := measured{n.unit.Times(d.unit, -1), n.known && d.known}
		if len(x.Arguments) > 2 {
			return b.same(x.Offset(), "the quotient and the last argument of "+name, q, b.expression(x.Arguments[2]))
		}
		return q
	case unitCount:
		argument(0)
		return measured{known: true}
	case unitStep:
		u := argument(0)
		times(1)
		return u
	case unitRamp:
		u := argument(0)
		times(1)
		return measured{u.unit.Times(b.time.unit, 1), u.known && b.time.known}
	case unitPulse:
		u := argument(0)
		times(1)
		return measured{u.unit.Times(b.time.unit, -1), u.known && b.time.known}
	case unitTrend:
		for i := range x.Arguments {
			argument(i)
		}
		return measured{Unit{}.Times(b.time.unit, -1), b.time.known}
	case unitPower:
		b.plain(x.Arguments[0], "the first argument of "+name)
		u := argument(1)
		for i := 2; i < len(x.Arguments); i++ {
			u = b.same(x.Offset(), "the bounds of "+name, u, b.expression(x.Arguments[i]))
		}
		return u
	default:
		for _, a := range x.Arguments {
			b.plain(a, "the argument of "+name)
		}
		return measured{known: true}
	}
}
