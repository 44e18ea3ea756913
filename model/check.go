package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/diagnostic"
)

// Check finds everything that keeps a model from being simulated: duplicate
// and unknown names, wrong subscripts, missing equations, wrong function
// arguments, cycles without a stock, time settings that cannot work. Units
// that do not balance are warnings. The list is sorted by place.
func Check(m *Model) diagnostic.List {
	c := &checker{model: m}
	c.time()
	c.dimensions()
	c.names()
	c.transport()
	for _, v := range m.Variables {
		c.variable(v)
	}
	if c.found.Errors() == 0 {
		c.cycles(running)
	}
	if c.found.Errors() == 0 {
		c.cycles(initial)
	}
	c.units()
	c.found.Sort()
	return c.found
}

type checker struct {
	model *Model
	found diagnostic.List
	// said holds what was reported, so that a mistake inside a module or macro is
	// reported once and not for each of its instances.
	said map[mistake]bool
	// flowing is nil when there are no conveyors and queues.
	flowing *Transport
}

type mistake struct {
	at            diagnostic.Position
	code, message string
}

func (c *checker) add(severity diagnostic.Severity, at diagnostic.Position, code, subject, hint, format string, arguments ...any) {
	m := mistake{at, code, fmt.Sprintf(format, arguments...)}
	if at.Column > 0 && c.said[m] {
		return
	}
	if c.said == nil {
		c.said = map[mistake]bool{}
	}
	c.said[m] = true
	c.found = append(c.found, diagnostic.Diagnostic{Position: at, Severity: severity, Code: code, Subject: subject, Message: m.message, Hint: hint})
}

func (c *checker) fail(at diagnostic.Position, code, subject, hint, format string, arguments ...any) {
	c.add(diagnostic.Error, at, code, subject, hint, format, arguments...)
}

// mostSteps bounds the number of integration steps of a run.
const mostSteps = 50_000_000

func (c *checker) time() {
	t := c.model.Time
	switch {
	case !(t.DT > 0):
		c.fail(t.Position, "time", "dt", "", "dt is %v; expected a number above 0", t.DT)
	case !(t.Stop >= t.Start):
		c.fail(t.Position, "time", "stop", "", "the stop time %v is before the start time %v", t.Stop, t.Start)
	case (t.Stop-t.Start)/t.DT > mostSteps:
		c.fail(t.Position, "time", "dt", "use a larger dt", "a run would take %.0f steps; at most %d are possible", (t.Stop-t.Start)/t.DT, mostSteps)
	case t.Save < 0:
		c.fail(t.Position, "time", "save interval", "", "the save interval is %v; expected a number above 0", t.Save)
	case t.Save > 0 && t.Save < t.DT*(1-1e-6):
		c.fail(t.Position, "time", "save interval", "", "the save interval %v is shorter than a step of %v", t.Save, t.DT)
	case t.Save > 0 && !wholeSteps(t.Save/t.DT):
		c.add(diagnostic.Warning, t.Position, "time", "save interval", "make it a whole number of steps", "the save interval %v is not a whole number of steps of %v; values are saved at the first step at or after each", t.Save, t.DT)
	}
}

func wholeSteps(x float64) bool { return math.Abs(x-math.Round(x)) <= 1e-6*x }

func (c *checker) dimensions() {
	seen := map[string]bool{}
	for _, d := range c.model.Dimensions {
		name := Canonical(d.Name)
		if seen[name] {
			c.fail(d.Position, "duplicate-name", d.Name, "", "the dimension is defined twice")
		}
		seen[name] = true
		if len(d.Elements) == 0 {
			c.fail(d.Position, "dimension", d.Name, "", "the dimension has no elements")
		}
		elements := map[string]bool{}
		for _, e := range d.Elements {
			if elements[Canonical(e)] {
				c.fail(d.Position, "duplicate-name", d.Name, "", "the element %q is listed twice", e)
			}
			elements[Canonical(e)] = true
		}
	}
}

func (c *checker) names() {
	first := map[string]*Variable{}
	for _, v := range c.model.Variables {
		name := Canonical(v.Name)
		switch other := first[name]; {
		case name == "":
			c.fail(v.Position, "name", "", "", "a %s has no name", v.Kind)
		case other != nil:
			c.fail(v.Position, "duplicate-name", v.Name, "", "the name is already used by the %s at %s", other.Kind, other.Position)
		case c.model.Dimension(name) != nil:
			c.fail(v.Position, "duplicate-name", v.Name, "", "the name is already used by a dimension")
		}
		if first[name] == nil {
			first[name] = v
		}
		// XMILE resolves a name in the model first, and only functions without
		// arguments are used like variables.
		if f, ok := FunctionNamed(name); ok && f.Most == 0 {
			c.fail(v.Position, "name", v.Name, "choose another name", "the name is that of the function %s", f.Usage)
		}
	}
}

func (c *checker) variable(v *Variable) {
	for _, name := range v.Dimensions {
		if c.model.Dimension(name) == nil {
			var names []string
			for _, d := range c.model.Dimensions {
				names = append(names, d.Name)
			}
			c.fail(v.Position, "unknown-dimension", v.Name, diagnostic.DidYouMean(name, names), "the dimension %q is not defined", name)
			return
		}
	}
	if c.model.Size(v) > MostElements {
		c.fail(v.Position, "dimension", v.Name, "", "the variable has more than %d elements", MostElements)
		return
	}
	c.flows(v)
	byElement, err := c.model.EquationsByElement(v)
	if err != nil {
		c.fail(v.Position, "unknown-element", v.Name, "", "%v", err)
		return
	}
	for i := range v.Equations {
		if g := v.Equations[i].Graph; g != nil {
			c.graph(v, g)
		}
	}
	if v.Kind == Lookup || c.flowing.computes(v) {
		return
	}
	// A mistake in an equation shows in every element that it defines, and is
	// reported once.
	reported := map[*Equation]bool{}
	missing := 0
	for flat, e := range byElement {
		if e == nil || e.Expression == nil {
			missing++
			if e == nil && missing == 1 {
				c.fail(v.Position, "no-equation", c.model.ElementName(v, flat), "", "the %s has no equation", v.Kind)
			}
			continue
		}
		if reported[e] {
			continue
		}
		scope, err := c.model.ScopeAt(v, e, flat)
		if err != nil {
			continue
		}
		reported[e] = c.expression(v, e, scope, e.Expression)
	}
}

func (c *checker) graph(v *Variable, g *Graph) {
	at := g.Position
	if at.Line == 0 {
		at = v.Position
	}
	if len(g.X) != len(g.Y) || len(g.X) == 0 {
		c.fail(at, "graph", v.Name, "", "the graphical function has %d x and %d y values; expected as many of each, at least one", len(g.X), len(g.Y))
		return
	}
	for i := 1; i < len(g.X); i++ {
		if !(g.X[i] > g.X[i-1]) {
			c.fail(at, "graph", v.Name, "", "the x values of the graphical function do not rise: %v after %v", g.X[i], g.X[i-1])
			return
		}
	}
}

func (c *checker) flows(v *Variable) {
	if v.Kind != Stock {
		return
	}
	for _, name := range append(append([]string{}, v.Inflows...), v.Outflows...) {
		f := c.model.Variable(name)
		switch {
		case f == nil:
			c.fail(v.Position, "unknown-name", v.Name, diagnostic.DidYouMean(name, c.model.Names()), "the flow %q does not exist", name)
		case f.Kind != Flow:
			c.fail(v.Position, "flow", v.Name, "", "%q is used as a flow and is of kind %s", f.Name, f.Kind)
		case !c.model.sameElements(v.Dimensions, f.Dimensions):
			c.fail(v.Position, "subscripts", v.Name, "a flow has the dimensions of its stock", "the flow %q runs over (%s), the stock over (%s)",
				f.Name, strings.Join(f.Dimensions, ", "), strings.Join(v.Dimensions, ", "))
		}
	}
}

// sameElements reports whether two lists of dimensions are the same or, where
// their names differ, have the same elements in the same order.
func (m *Model) sameElements(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		d, e := m.Dimension(a[i]), m.Dimension(b[i])
		if d == e {
			continue
		}
		if d == nil || e == nil || !slices.EqualFunc(d.Elements, e.Elements, func(x, y string) bool { return Canonical(x) == Canonical(y) }) {
			return false
		}
	}
	return true
}

// expression reports the mistakes of one equation and whether there were any.
func (c *checker) expression(v *Variable, e *Equation, scope Scope, x Expression) bool {
	bad := false
	report := func(offset int, code, hint, format string, arguments ...any) {
		bad = true
		c.fail(e.PositionAt(offset), code, v.Name, hint, format, arguments...)
	}
	var visit func(s Scope, x Expression)
	visit = func(s Scope, x Expression) {
		Walk(x, func(x Expression) bool {
			if bad {
				return false
			}
			switch x := x.(type) {
			case *Reference:
				if f, ok := FunctionNamed(x.Name); ok && x.Subscripts == nil && c.model.Variable(x.Name) == nil && c.model.Dimension(x.Name) == nil {
					if f.Least > 0 {
						report(x.Offset(), "arguments", "", "%s needs arguments: %s", strings.ToUpper(x.Name), f.Usage)
					}
					return false
				}
				if _, place, ok := c.model.Inside(x); ok && place != nil {
					visit(s, place)
					return false
				}
				target, err := s.Resolve(x)
				var wrong *ReferenceError
				if errors.As(err, &wrong) {
					report(wrong.Offset, wrong.Code, wrong.Hint, "%s", wrong.Message)
					return false
				}
				if target.Variable != nil && target.Variable.Kind == Lookup {
					report(x.Offset(), "lookup", "", "the lookup %q is used without an argument: write %s(x)", target.Variable.Name, target.Variable.Name)
				}
				return !bad
			case *Call:
				return c.call(s, x, report, visit)
			}
			return true
		})
	}
	visit(scope, x)
	return bad
}

// call checks a call and says whether its arguments are still to be visited.
func (c *checker) call(s Scope, x *Call, report func(int, string, string, string, ...any), visit func(Scope, Expression)) bool {
	failed := func(err error) bool {
		var wrong *ReferenceError
		if errors.As(err, &wrong) {
			report(wrong.Offset, wrong.Code, wrong.Hint, "%s", wrong.Message)
		}
		return err != nil
	}
	f, ok := FunctionNamed(x.Function)
	v := c.model.Variable(x.Function)
	n := len(x.Arguments)
	switch {
	case v != nil && (!ok || v.Kind == Lookup):
		switch {
		case n != 1:
			report(x.Offset(), "arguments", "", "%q takes one argument and has %d", v.Name, n)
		case v.Graphical():
			_, err := s.Table(&Reference{At: x.At, Name: x.Function})
			failed(err)
		case len(v.Dimensions) == 0:
			report(x.Offset(), "function", "", "%q is called as a function and is of kind %s", v.Name, v.Kind)
		}
		return true
	case !ok && unsupported[x.Function]:
		report(x.Offset(), "unsupported", "", "the function %s is not supported", strings.ToUpper(x.Function))
		return false
	case !ok:
		report(x.Offset(), "unknown-function", diagnostic.DidYouMean(x.Function, FunctionNames()), "the function %q is not known", x.Function)
		return false
	case n < f.Least || f.Most >= 0 && n > f.Most:
		report(x.Offset(), "arguments", "", "%s has %d arguments; expected %s", strings.ToUpper(x.Function), n, f.Usage)
		return false
	case x.ReducesArray():
		if _, _, inside := s.Contents(x); inside {
			return false
		}
		var last Expression
		failed(s.Each(x, func(inner Scope, argument Expression) error {
			if argument != last {
				visit(inner, argument)
			}
			last = argument
			return nil
		}))
		return false
	case f.Table:
		if _, err := s.Table(x.Arguments[0]); !failed(err) {
			visit(s, x.Arguments[1])
		}
		return false
	case f.Arrays > 0:
		for i, argument := range x.Arguments {
			if f.Arrays>>i&1 == 0 {
				visit(s, argument)
				continue
			}
			first := true
			found, err := s.EachStar(argument, func(inner Scope) error {
				if first {
					visit(inner, argument)
				}
				first = false
				return nil
			})
			if !failed(err) && !found {
				report(argument.Offset(), "star", "", "argument %d of %s must be an array, such as x[*]", i+1, strings.ToUpper(x.Function))
			}
		}
		return false
	}
	return true
}

// Graphical reports whether the variable has a graphical function, which can be
// called by the variable's name.
func (v *Variable) Graphical() bool {
	for i := range v.Equations {
		if v.Equations[i].Graph != nil {
			return true
		}
	}
	return false
}

// Table finds the graphical function that an expression names: a lookup, or
// another variable that has one, with subscripts if it is arrayed. The error is
// a *ReferenceError.
func (s Scope) Table(x Expression) (*Graph, error) {
	wrong := func(format string, arguments ...any) (*Graph, error) {
		return nil, &ReferenceError{x.Offset(), "lookup", fmt.Sprintf(format, arguments...), ""}
	}
	r, ok := x.(*Reference)
	if !ok {
		return wrong("expected the name of a graphical function")
	}
	v := s.Model.Variable(r.Name)
	if v == nil {
		return wrong("%q is not a variable of the model", r.Name)
	}
	if !v.Graphical() {
		return wrong("%q has no graphical function", v.Name)
	}
	t, err := s.Resolve(r)
	if err != nil {
		return nil, err
	}
	if t.Computed != nil {
		return wrong("the graphical function %q needs a fixed subscript", v.Name)
	}
	equations, err := s.Model.EquationsByElement(v)
	if err != nil {
		return nil, &ReferenceError{x.Offset(), "lookup", err.Error(), ""}
	}
	if e := equations[t.Element]; e != nil && e.Graph != nil {
		return e.Graph, nil
	}
	return wrong("%s has no graphical function", s.Model.ElementName(v, t.Element))
}

// PositionAt is the place in the file of a byte offset in the equation's text.
func (e *Equation) PositionAt(offset int) diagnostic.Position {
	p := e.Position
	if p.Line == 0 || offset < 0 || offset > len(e.Text) {
		return p
	}
	start := 0
	for _, place := range e.Places {
		if place.Offset > offset {
			break
		}
		p, start = place.Position, place.Offset
	}
	before := e.Text[start:offset]
	if n := strings.Count(before, "\n"); n > 0 {
		p.Line += n
		p.Column = len(before) - strings.LastIndexByte(before, '\n')
	} else if p.Column > 0 {
		p.Column += len(before)
	}
	return p
}
