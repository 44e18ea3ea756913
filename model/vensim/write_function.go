package vensim

import (
	"strconv"
	"strings"

	"handover/model"
)

// sameNames are functions whose arguments are in the same order in Vensim.
var sameNames = map[string]string{
	"abs": "ABS", "exp": "EXP", "ln": "LN", "sqrt": "SQRT", "sin": "SIN", "cos": "COS", "tan": "TAN", "arcsin": "ARCSIN", "arccos": "ARCCOS",
	"arctan": "ARCTAN", "sinh": "SINH", "cosh": "COSH", "tanh": "TANH", "trunc": "INTEGER", "init": "INITIAL", "quantum": "QUANTUM",
	"step": "STEP", "vensim_pulse": "PULSE", "pulse_train": "PULSE TRAIN", "active_initial": "ACTIVE INITIAL", "sample_if_true": "SAMPLE IF TRUE",
	"delay_fixed": "DELAY FIXED", "remainder": "MODULO", "if_then_else": "IF THEN ELSE", "log": "LOG",
}

// lookupNames are the ways to read a graphical function.
var lookupNames = map[string]string{"lookup_extrapolate": "LOOKUP EXTRAPOLATE", "lookup_invert": "LOOKUP INVERT", "lookupinv": "LOOKUP INVERT",
	"lookup_forward": "LOOKUP FORWARD", "lookup_backward": "LOOKUP BACKWARD"}

// call writes a call, of a lookup or of a function under the name and with the
// arguments that Vensim has for it.
func (p *printer) call(x *model.Call) (text string, bind int) {
	a := x.Arguments
	if v := p.model.Variable(x.Function); v != nil && v.Kind == model.Lookup && len(a) == 1 {
		return p.readTable(x, &model.Reference{At: x.At, Name: x.Function}, a[0], "lookup"), bindValue
	}
	if name, ok := sameNames[x.Function]; ok {
		return p.apply(name, a...), bindValue
	}
	if text, ok := constants[x.Function]; ok && len(a) == 0 {
		return text, bindValue
	}
	if x.ReducesArray() {
		return p.reduce(x), bindValue
	}
	number := func(v float64) model.Expression { return &model.Number{At: x.At, Value: v} }
	initially := func(y model.Expression) model.Expression {
		return &model.Call{At: x.At, Function: "init", Arguments: []model.Expression{y}}
	}
	// or gives argument i, or another expression when it is left out.
	or := func(i int, y model.Expression) model.Expression {
		if i < len(a) {
			return a[i]
		}
		return y
	}
	switch x.Function {
	case "min", "max":
		if text, ok := p.bounded(x); ok {
			return text, bindValue
		}
		text = p.format(a[0], 0)
		for _, y := range a[1:] {
			text = strings.ToUpper(x.Function) + "(" + text + ", " + p.format(y, 0) + ")"
		}
		return text, bindValue
	case "int": // the largest whole number that is not above x
		whole := p.apply("INTEGER", a[0])
		return "IF THEN ELSE(" + whole + " > " + p.format(a[0], bindCompare+1) + ", " + whole + " - 1, " + whole + ")", bindValue
	case "round":
		y := p.format(a[0], bindAdd)
		return "INTEGER(" + y + " + IF THEN ELSE(" + p.format(a[0], bindCompare+1) + " < 0, -0.5, 0.5))", bindValue
	case "mod", "modulo":
		return p.modulo(a[0], a[1]), bindValue
	case "log10":
		return p.apply("LOG", a[0], number(10)), bindValue
	case "safediv":
		if n, ok := or(2, number(0)).(*model.Number); ok && n.Value == 0 {
			return p.apply("ZIDZ", a[0], a[1]), bindValue
		}
		return p.apply("XIDZ", a...), bindValue
	case "ramp":
		return p.apply("RAMP", a[0], a[1], or(2, &model.Reference{At: x.At, Name: "stoptime"})), bindValue
	case "pulse":
		return p.pulse(x), bindMultiply
	case "previous":
		return p.apply("DELAY FIXED", a[0], &model.Reference{At: x.At, Name: "dt"}, a[1]), bindValue
	case "delay":
		return p.apply("DELAY FIXED", a[0], a[1], or(2, initially(a[0]))), bindValue
	case "smth1", "smth3", "delay1", "delay3":
		name := map[string]string{"smth1": "SMOOTH", "smth3": "SMOOTH3", "delay1": "DELAY1", "delay3": "DELAY3"}[x.Function]
		if len(a) > 2 && p.format(a[2], 0) != p.format(initially(a[0]), 0) {
			return p.apply(name+"I", a...), bindValue
		}
		return p.apply(name, a[0], a[1]), bindValue
	case "smthn", "delayn":
		name := map[string]string{"smthn": "SMOOTH N", "delayn": "DELAY N"}[x.Function]
		return p.apply(name, a[0], a[1], or(3, initially(a[0])), a[2]), bindValue
	case "trend":
		return p.apply("TREND", a[0], a[1], or(2, number(0))), bindValue
	case "forcst":
		if n, ok := or(3, number(0)).(*model.Number); ok && n.Value == 0 {
			return p.apply("FORECAST", a[0], a[1], a[2]), bindValue
		}
		return p.fail(x, "FORECAST of Vensim has no initial trend"), bindValue
	case "lookup":
		return p.readTable(x, a[0], a[1], "lookup"), bindValue
	case "vector_select", "vector_sort_order", "vector_rank", "invert_matrix", "allocate_available", "allocate_by_priority":
		return p.vector(x), bindValue
	}
	if _, ok := lookupNames[x.Function]; ok {
		return p.readTable(x, a[0], a[1], x.Function), bindValue
	}
	if text, ok := p.draw(x, "-1e+30", "1e+30", "", ""); ok {
		return text, bindValue
	}
	return p.fail(x, "the function %s has no counterpart in Vensim", strings.ToUpper(x.Function)), bindValue
}

// readTable reads a graphical function at y.
func (p *printer) readTable(x *model.Call, table, y model.Expression, how string) string {
	r, ok := table.(*model.Reference)
	v := (*model.Variable)(nil)
	if ok {
		v = p.model.Variable(r.Name)
	}
	if v == nil || !v.Graphical() {
		return p.fail(x, "the first argument of %s is not a graphical function", strings.ToUpper(how))
	}
	name := p.reference(r)
	if v.Kind != model.Lookup {
		_, inside, _ := strings.Cut(strings.TrimPrefix(name, quoted(v.Name)), "[")
		if name = p.table(v); inside != "" {
			name += "[" + inside
		}
	}
	if how == "lookup" {
		for i := range v.Equations {
			switch v.Equations[i].Graph.Interpolation {
			case model.Extrapolate:
				how = "lookup_extrapolate"
			case model.Discrete:
				how = "lookup_backward"
			}
		}
	}
	if how == "lookup" {
		return name + "(" + p.format(y, 0) + ")"
	}
	return lookupNames[how] + "(" + name + ", " + p.format(y, 0) + ")"
}

// reduce writes SUM and its like over the stars of the arguments.
func (p *printer) reduce(x *model.Call) string {
	if len(x.Arguments) != 1 {
		return p.list(x)
	}
	y := x.Arguments[0]
	dimensions := p.starred(y)
	if !strings.Contains(model.Format(y, nil), "*") || len(dimensions) == 0 {
		y = p.explicit(y)
	}
	size := 1
	for _, d := range dimensions {
		size *= len(d.Elements)
	}
	text := "(" + p.format(y, 0) + ")"
	switch x.Function {
	case "sum":
		return "SUM" + text
	case "prod":
		return "PROD" + text
	case "min", "vmin":
		return "VMIN" + text
	case "max", "vmax":
		return "VMAX" + text
	case "mean":
		return "(SUM" + text + " / " + strconv.Itoa(size) + ")"
	case "size":
		return strconv.Itoa(size)
	}
	return p.fail(x, "the function %s has no counterpart in Vensim", strings.ToUpper(x.Function))
}

// list writes SUM and its like of a list of numbers.
func (p *printer) list(x *model.Call) string {
	text := ""
	for i, y := range x.Arguments {
		if len(p.starred(y)) > 0 {
			return p.fail(x, "%s of several arrays has no counterpart in Vensim", strings.ToUpper(x.Function))
		}
		switch x.Function {
		case "sum", "mean":
			text += []string{"", " + "}[min(i, 1)] + p.format(y, bindAdd+1)
		case "prod":
			text += []string{"", " * "}[min(i, 1)] + p.format(y, bindMultiply+1)
		default:
			return p.fail(x, "%s of a list has no counterpart in Vensim", strings.ToUpper(x.Function))
		}
	}
	if x.Function == "mean" {
		return "((" + text + ") / " + strconv.Itoa(len(x.Arguments)) + ")"
	}
	return "(" + text + ")"
}

// pulse writes PULSE(volume, first, interval) of XMILE: the volume over one step,
// again after each interval.
func (p *printer) pulse(x *model.Call) string {
	a := x.Arguments
	step := &model.Reference{At: x.At, Name: "dt"}
	first := model.Expression(&model.Reference{At: x.At, Name: "starttime"})
	if len(a) > 1 {
		first = a[1]
	}
	rate := p.format(a[0], bindMultiply+1) + " / TIME STEP * "
	if len(a) < 3 {
		return rate + p.apply("PULSE", first, step)
	}
	if n, ok := a[2].(*model.Number); ok && n.Value <= 0 {
		return rate + p.apply("PULSE", first, step)
	}
	return rate + p.apply("PULSE TRAIN", first, step, a[2], &model.Reference{At: x.At, Name: "stoptime"})
}

// bounded writes a random draw between bounds, MAX(low, MIN(high, draw)), as the
// reader makes it of one function of Vensim.
func (p *printer) bounded(x *model.Call) (string, bool) {
	if x.Function != "max" || len(x.Arguments) != 2 {
		return "", false
	}
	inner, ok := x.Arguments[1].(*model.Call)
	if !ok || inner.Function != "min" || len(inner.Arguments) != 2 {
		return "", false
	}
	low, high := p.format(x.Arguments[0], 0), p.format(inner.Arguments[0], 0)
	y := inner.Arguments[1]
	if c, ok := y.(*model.Call); ok {
		return p.draw(c, low, high, "", "")
	}
	// draw * stretch + shift
	sum, ok := y.(*model.Binary)
	if !ok || sum.Operator != model.Plus {
		return "", false
	}
	product, ok := sum.X.(*model.Binary)
	if !ok || product.Operator != model.Times {
		return "", false
	}
	if c, ok := product.X.(*model.Call); ok {
		return p.draw(c, low, high, p.format(sum.Y, 0), p.format(product.Y, 0))
	}
	return "", false
}

// draw writes a random draw between bounds, stretched and shifted when shift is
// not empty; false when Vensim does not have it.
func (p *printer) draw(c *model.Call, low, high, shift, stretch string) (string, bool) {
	a := make([]string, len(c.Arguments))
	for i, y := range c.Arguments {
		a[i] = p.format(y, 0)
	}
	join := func(name string, list ...string) (string, bool) {
		return name + "(" + strings.Join(list, ", ") + ", 0)", true
	}
	moved := shift != ""
	if !moved {
		shift, stretch = "0", "1"
	}
	switch {
	case (c.Function == "uniform" || c.Function == "random") && !moved && low == "-1e+30":
		return join("RANDOM UNIFORM", a[0], a[1])
	case c.Function == "normal" && !moved && len(a) == 2:
		return join("RANDOM NORMAL", low, high, a[0], a[1])
	case (c.Function == "exponential" || c.Function == "exprnd") && moved && a[0] == "1":
		return join("RANDOM EXPONENTIAL", low, high, shift, stretch)
	case (c.Function == "exponential" || c.Function == "exprnd") && !moved:
		return join("RANDOM EXPONENTIAL", low, high, "0", a[0])
	case c.Function == "poisson":
		return join("RANDOM POISSON", low, high, a[0], shift, stretch)
	case c.Function == "triangular" && !moved:
		return join("RANDOM TRIANGULAR", low, high, a[0], a[1], a[2])
	case c.Function == "gamma" && moved && a[1] == "1":
		return join("RANDOM GAMMA", low, high, a[0], shift, stretch)
	case c.Function == "gamma" && !moved:
		return join("RANDOM GAMMA", low, high, a[0], "0", a[1])
	case c.Function == "beta":
		return join("RANDOM BETA", low, high, a[0], a[1], shift, stretch)
	case c.Function == "binomial":
		return join("RANDOM BINOMIAL", low, high, a[1], a[0], shift, stretch)
	}
	return "", false
}

// vector writes the functions that work on whole arrays. In Vensim they name the
// range that the equation runs over, where the canonical form has a star and the
// place of the element.
func (p *printer) vector(x *model.Call) string {
	a := x.Arguments
	// along writes an array whose last stars become ranges, or the first element
	// where the last one is a profile.
	along := func(y model.Expression, places []model.Expression, profile bool) string {
		r, ok := y.(*model.Reference)
		if !ok {
			return p.fail(y, "%s needs a variable here", strings.ToUpper(x.Function))
		}
		v := p.model.Variable(r.Name)
		if v == nil {
			return p.reference(r)
		}
		own := &model.Reference{At: r.At, Name: r.Name, Subscripts: append([]model.Subscript(nil), r.Subscripts...)}
		stars := 0
		for k := range own.Subscripts {
			s := &own.Subscripts[k]
			if !s.Star {
				continue
			}
			name := s.Name
			if name == "" {
				name = model.Canonical(v.Dimensions[k])
			}
			if stars < len(places) {
				if place, ok := places[stars].(*model.Reference); ok && p.model.Dimension(place.Name) != nil {
					name = place.Name
				}
			} else if profile {
				name = model.Canonical(p.model.Dimension(v.Dimensions[k]).Elements[0])
			}
			stars++
			*s = model.Subscript{At: s.At, Name: name}
		}
		return p.reference(own)
	}
	count := func(y model.Expression) string {
		size := 1
		for _, d := range p.starred(y) {
			size *= len(d.Elements)
		}
		return strconv.Itoa(size)
	}
	switch x.Function {
	case "vector_select":
		return p.apply("VECTOR SELECT", a...)
	case "vector_sort_order", "vector_rank":
		return strings.ReplaceAll(strings.ToUpper(x.Function), "_", " ") + "(" + along(a[0], a[2:], false) + ", " + p.format(a[1], 0) + ")"
	case "invert_matrix":
		n := 1
		if r, ok := a[0].(*model.Reference); ok {
			if v := p.model.Variable(r.Name); v != nil && len(v.Dimensions) > 0 {
				n = len(p.model.Dimension(v.Dimensions[len(v.Dimensions)-1]).Elements)
			}
		}
		return "INVERT MATRIX(" + along(a[0], a[1:], false) + ", " + strconv.Itoa(n) + ")"
	case "allocate_available":
		return "ALLOCATE AVAILABLE(" + along(a[0], a[3:], false) + ", " + along(a[1], a[3:], true) + ", " + p.format(a[2], 0) + ")"
	}
	return "ALLOCATE BY PRIORITY(" + along(a[0], a[4:], false) + ", " + along(a[1], a[4:], false) + ", " + count(a[0]) + ", " + p.format(a[2], 0) + ", " + p.format(a[3], 0) + ")"
}
