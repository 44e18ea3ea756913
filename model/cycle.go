package model

import (
	"slices"
	"strings"
)

// phase is when an equation is computed: stocks break cycles while running, and
// take part in them when initial values are found.
type phase int

const (
	running phase = iota
	initial
)

// references calls visit for every variable element on which the expression
// depends in the same phase of the same step: PREVIOUS, INIT,
// smooths and delays depend on some arguments only at the start.
func (s Scope) references(x Expression, p phase, visit func(v *Variable, element int)) {
	Walk(x, func(x Expression) bool {
		switch x := x.(type) {
		case *Reference:
			if s.Model.Variable(x.Name) == nil {
				return false // a function without arguments, or an index
			}
			if v, place, ok := s.Model.Inside(x); ok && place != nil {
				visit(v, 0)
				s.references(place, p, visit)
				return false
			}
			t, err := s.Resolve(x)
			if err != nil || t.Variable == nil {
				return false
			}
			s.visitTarget(t, visit)
			return true
		case *Call:
			f, builtin := FunctionNamed(x.Function)
			v := s.Model.Variable(x.Function)
			switch {
			case v != nil && (!builtin || v.Kind == Lookup):
				// An array called with a flat index may read any of its elements.
				if !v.Graphical() {
					for i := range s.Model.Size(v) {
						visit(v, i)
					}
				}
			case x.ReducesArray():
				if v, element, ok := s.Contents(x); ok {
					visit(v, element)
					return false
				}
				_ = s.Each(x, func(inner Scope, argument Expression) error {
					inner.references(argument, p, visit)
					return nil
				})
				return false
			case builtin && f.Table:
				s.references(x.Arguments[1], p, visit)
				return false
			case builtin && f.Arrays > 0:
				for i, argument := range x.Arguments {
					if f.Arrays>>i&1 == 0 {
						s.references(argument, p, visit)
						continue
					}
					_, _ = s.EachStar(argument, func(inner Scope) error {
						inner.references(argument, p, visit)
						return nil
					})
				}
				return false
			case x.Function == "init":
				return p == initial
			default:
				return s.memory(x, p, visit)
			}
		}
		return true
	})
}

// memory visits what a function with memory depends on in the phase, and
// reports whether every argument does.
func (s Scope) memory(x *Call, p phase, visit func(v *Variable, element int)) bool {
	var first int // the argument that gives the value at the start
	switch x.Function {
	case "previous":
		first = 1
	case "smth1", "smth3", "delay1", "delay3", "delay", "delay_fixed":
		first = 2
	case "smthn", "delayn":
		first = 3
	case "active_initial":
		if first = 0; p == initial {
			first = 1
		}
		s.references(x.Arguments[first], p, visit)
		return false
	default:
		return true
	}
	if p == running {
		// A material delay divides by its time at every step.
		if x.Function == "delay1" || x.Function == "delay3" || x.Function == "delayn" {
			s.references(x.Arguments[1], p, visit)
		}
		return false
	}
	if first >= len(x.Arguments) {
		first = 0
	}
	s.references(x.Arguments[first], p, visit)
	if x.Function != "previous" {
		s.references(x.Arguments[1], p, visit)
	}
	return false
}

func (s Scope) visitTarget(t Target, visit func(v *Variable, element int)) {
	elements := []int{t.Element}
	for _, c := range t.Computed {
		var wider []int
		for _, e := range elements {
			for i := range c.Size {
				wider = append(wider, e+i*c.Stride)
			}
		}
		elements = wider
	}
	for _, e := range elements {
		visit(t.Variable, e)
	}
}

// cycles reports, for one phase, a cycle of variables that depend on each
// other without a stock between them.
func (c *checker) cycles(p phase) {
	type node struct {
		v       *Variable
		element int
	}
	equations := map[*Variable][]*Equation{}
	for _, v := range c.model.Variables {
		equations[v], _ = c.model.EquationsByElement(v)
	}
	const (
		open = 1
		done = 2
	)
	state := map[*Variable][]uint8{}
	for v, list := range equations {
		state[v] = make([]uint8, len(list))
	}
	var path []node
	inCycle := map[*Variable]bool{}
	var visit func(n node)
	visit = func(n node) {
		if p == running && n.v.Kind == Stock || n.v.Kind == Lookup || state[n.v][n.element] == done {
			return
		}
		if state[n.v][n.element] == open {
			var names []string
			for _, m := range path[slices.Index(path, n):] {
				names = append(names, c.model.ElementName(m.v, m.element))
				if inCycle[m.v] {
					return // the same cycle through another element
				}
			}
			for _, m := range path[slices.Index(path, n):] {
				inCycle[m.v] = true
			}
			names = append(names, names[0])
			what := "these variables depend on each other within one step, without a stock between them"
			if p == initial {
				what = "these initial values depend on each other"
			}
			c.fail(n.v.Position, "cycle", n.v.Name, "break the cycle with a stock, a delay or PREVIOUS", "%s: %s", what, strings.Join(names, " <- "))
			return
		}
		state[n.v][n.element] = open
		path = append(path, n)
		reads := func(v *Variable, element int) { visit(node{v, element}) }
		own := c.transportReferences(n.v, n.element, p, reads)
		if e := equations[n.v][n.element]; e != nil && own {
			if scope, err := c.model.ScopeAt(n.v, e, n.element); err == nil {
				scope.references(e.Expression, p, reads)
			}
		}
		path = path[:len(path)-1]
		state[n.v][n.element] = done
	}
	for _, v := range c.model.Variables {
		for element := range equations[v] {
			visit(node{v, element})
		}
	}
}
