package xmile

import (
	"fmt"
	"slices"
	"strings"

	"handover/model"
)

// variable writes one variable.
func (w *writer) variable(v *model.Variable) {
	name := map[model.Kind]string{model.Stock: "stock", model.Flow: "flow", model.Lookup: "gf"}[v.Kind]
	if name == "" || v.Kind == model.Lookup && len(v.Dimensions) > 0 {
		name = "aux"
	}
	attributes := []string{"name", attributeName(v.Name)}
	if v.Leak != nil {
		attributes = append(attributes, "leak_start", model.Number64(v.Leak.Start), "leak_end", model.Number64(v.Leak.End))
	}
	if name == "gf" {
		if len(v.Equations) != 1 || v.Equations[0].Graph == nil {
			w.fail(v, "the graphical function has no points")
			return
		}
		w.inside(name, func() {
			w.about(v)
			w.points(v.Equations[0].Graph)
		}, append(attributes, "type", kindOf(v.Equations[0].Graph))...)
		return
	}
	w.inside(name, func() {
		w.about(v)
		if len(v.Dimensions) > 0 {
			w.inside("dimensions", func() {
				for _, d := range v.Dimensions {
					w.line("<dim%s/>", written([]string{"name", attributeName(d)}))
				}
			})
		}
		w.equations(v)
		for _, f := range v.Inflows {
			w.element("inflow", model.Quoted(f))
		}
		for _, f := range v.Outflows {
			w.element("outflow", model.Quoted(f))
		}
		if v.NonNegative {
			w.line("<non_negative/>")
		}
		w.transport(v)
		w.element("units", v.Units)
		w.provenance(v)
	}, attributes...)
}

func (w *writer) about(v *model.Variable) {
	w.element("doc", v.Documentation)
	if v.Kind == model.Lookup && len(v.Dimensions) == 0 {
		w.element("units", v.Units)
		w.provenance(v)
	}
}

func (w *writer) provenance(v *model.Variable) {
	p := v.Provenance
	if p == (model.Provenance{}) {
		return
	}
	attributes := []string{"label", p.Label, "source", p.Source, "tier", p.Tier}
	if p.Ranged {
		attributes = append(attributes, "low", bound(p.Low), "high", bound(p.High))
	}
	if p.Input {
		attributes = append(attributes, "input", "true")
	}
	w.line("<handover:provenance%s/>", written(attributes))
}

// driven reports whether a conveyor or queue computes the flow.
func (w *writer) driven(v *model.Variable) bool {
	if v.Kind != model.Flow || len(v.Equations) > 0 {
		return false
	}
	t := w.model.Transport()
	if t == nil {
		return false
	}
	_, ok := t.Driven[v]
	return ok
}

// equations writes the equation for all elements, and those for some of them.
func (w *writer) equations(v *model.Variable) {
	if len(v.Equations) == 0 {
		if !w.driven(v) {
			w.fail(v, "the variable has no equation")
		}
		return
	}
	for i := range v.Equations {
		if e := &v.Equations[i]; e.Elements == nil && len(e.Except) == 0 {
			w.equation(v, e)
		}
	}
	var byElement []*model.Equation
	for i := range v.Equations {
		e := &v.Equations[i]
		switch {
		case e.Elements == nil && len(e.Except) == 0:
		case len(e.Except) == 0:
			w.inside("element", func() { w.equation(v, e) }, "subscript", subscript(e.Elements))
		default:
			// XMILE has no exceptions: the equation is written for each element.
			if byElement == nil {
				var err error
				if byElement, err = w.model.EquationsByElement(v); err != nil {
					w.fail(v, "%v", err)
					return
				}
			}
			for flat, own := range byElement {
				if own == e {
					w.inside("element", func() { w.equation(v, e) }, "subscript", subscript(w.elementsAt(v, flat)))
				}
			}
		}
	}
	if v.Conveyor != nil {
		w.elementParameters(v)
	}
}

// elementsAt names the element at a place in row-major order.
func (w *writer) elementsAt(v *model.Variable, flat int) []string {
	names := make([]string, len(v.Dimensions))
	for k := len(names) - 1; k >= 0; k-- {
		d := w.model.Dimension(v.Dimensions[k])
		names[k] = d.Elements[flat%len(d.Elements)]
		flat /= len(d.Elements)
	}
	return names
}

func subscript(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = attributeName(n)
	}
	return strings.Join(list, ", ")
}

// equation writes one equation with its graphical function.
func (w *writer) equation(v *model.Variable, e *model.Equation) {
	switch x := e.Expression; {
	case x == nil && e.Graph == nil:
		w.fail(v, "an equation is missing")
	case x == nil: // a graphical function alone
	case e.List != nil:
		var list []string
		for _, x := range e.List {
			list = append(list, w.expression(v, &model.Equation{}, x))
		}
		w.element("eqn", strings.Join(list, ", "))
	case v.Leak != nil:
		w.element("leak", w.expression(v, e, x))
	default:
		own := e
		if c, ok := x.(*model.Call); ok && c.Function == "active_initial" && v.Kind != model.Stock {
			w.element("eqn", w.expression(v, &model.Equation{}, c.Arguments[0]))
			w.element("init_eqn", w.expression(v, &model.Equation{}, c.Arguments[1]))
			break
		}
		w.element("eqn", w.expression(v, own, x))
	}
	if e.Graph != nil {
		w.inside("gf", func() { w.points(e.Graph) }, "type", kindOf(e.Graph))
	}
}

func kindOf(g *model.Graph) string {
	if g.Interpolation == model.Continuous {
		return ""
	}
	return g.Interpolation.String()
}

func (w *writer) points(g *model.Graph) {
	list := func(values []float64) string {
		text := make([]string, len(values))
		for i, v := range values {
			text[i] = model.Number64(v)
		}
		return strings.Join(text, ", ")
	}
	w.element("xpts", list(g.X))
	w.element("ypts", list(g.Y))
}

// transport writes what makes a stock a conveyor or queue, and a flow a leakage.
func (w *writer) transport(v *model.Variable) {
	if v.Queue {
		w.line("<queue/>")
	}
	if v.Overflow {
		w.line("<overflow/>")
	}
	if v.Leak != nil {
		if len(v.Equations) == 0 {
			w.line("<leak/>")
		}
		if v.Leak.Integers {
			w.line("<leak_integers/>")
		}
	}
	c := v.Conveyor
	if c == nil {
		return
	}
	flag := func(b bool) string { return fmt.Sprint(b) }
	w.inside("conveyor", func() {
		for _, p := range c.Parameters() {
			for i := range p.Equations {
				if e := &p.Equations[i]; e.Elements == nil {
					w.element(p.Name, w.expression(v, e, e.Expression))
				}
			}
		}
	}, "discrete", flag(c.Discrete), "batch_integrity", flag(c.BatchIntegrity), "one_at_a_time", flag(c.OneAtATime), "exponential_leak", flag(c.ExponentialLeak))
}

// elementParameters writes the parameters of a conveyor that are for some elements
// alone.
func (w *writer) elementParameters(v *model.Variable) {
	var done [][]string
	for _, p := range v.Conveyor.Parameters() {
		for i := range p.Equations {
			names := p.Equations[i].Elements
			if names == nil || slices.ContainsFunc(done, func(d []string) bool { return slices.Equal(d, names) }) {
				continue
			}
			done = append(done, names)
			w.inside("element", func() {
				for _, q := range v.Conveyor.Parameters() {
					for k := range q.Equations {
						if e := &q.Equations[k]; slices.Equal(e.Elements, names) {
							w.element(q.Name, w.expression(v, e, e.Expression))
						}
					}
				}
			}, "subscript", subscript(names))
		}
	}
}
