package calibrate

import (
	"handover/model"
)

// slice returns the part of a model on which the named variables depend. A run of
// the past needs no more, and takes a fraction of the time. Random numbers are
// drawn by name, so that what is left behaves as in the whole. A model with
// conveyors or queues, and one whose part does not hold together by itself, comes
// back whole.
func slice(m *model.Model, names []string) *model.Model {
	for _, v := range m.Variables {
		if v.Transports() {
			return m
		}
	}
	kept := map[*model.Variable]bool{}
	var open []*model.Variable
	need := func(name string) {
		if v := m.Variable(name); v != nil && !kept[v] {
			kept[v] = true
			open = append(open, v)
		}
	}
	visit := func(x model.Expression) bool {
		switch x := x.(type) {
		case *model.Reference:
			need(x.Name)
			for _, s := range x.Subscripts {
				need(s.Name)
			}
		case *model.Call:
			need(x.Function) // a lookup that is called
		}
		return true
	}
	for _, name := range names {
		need(name)
	}
	for len(open) > 0 {
		v := open[len(open)-1]
		open = open[:len(open)-1]
		for e := range v.AllEquations() {
			if e.Expression != nil {
				model.Walk(e.Expression, visit)
			}
		}
		for _, name := range v.Inflows {
			need(name)
		}
		for _, name := range v.Outflows {
			need(name)
		}
	}
	part := m.Copy()
	part.Variables = nil
	for _, v := range m.Variables {
		if kept[v] {
			part.Add(v)
		}
	}
	if model.Check(part).Errors() > 0 {
		return m
	}
	return part
}
