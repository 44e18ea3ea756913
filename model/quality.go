package model

import (
	"fmt"
	"slices"

	"handover/diagnostic"
)

// Quality lists what a reader of the model will miss, as notes: the checks of
// SDM-Doc (Martinez-Moyano 2012, "Documentation for model transparency", System
// Dynamics Review 28(2)) that Check does not make. None of them is a mistake:
// variables that nothing reads, without documentation, without a unit; numbers
// inside equations that should be named constants; stocks that nothing changes.
// Their codes are unused, undocumented, no-unit, embedded-number and
// unchanging-stock.
func Quality(m *Model) diagnostic.List {
	var found diagnostic.List
	note := func(at diagnostic.Position, code, subject, hint, format string, arguments ...any) {
		found = append(found, diagnostic.Diagnostic{Position: at, Severity: diagnostic.Note, Code: code, Subject: subject, Hint: hint, Message: fmt.Sprintf(format, arguments...)})
	}
	read := map[string]bool{}
	for _, v := range m.Variables {
		for q := range v.AllEquations() {
			Walk(q.Expression, func(x Expression) bool {
				switch x := x.(type) {
				case *Reference:
					read[x.Name] = true
					for _, s := range x.Subscripts {
						read[s.Name] = true
					}
				case *Call:
					read[x.Function] = true
				}
				return true
			})
		}
		for _, f := range append(slices.Clone(v.Inflows), v.Outflows...) {
			read[Canonical(f)] = true
		}
	}
	for _, v := range m.Variables {
		if v.Documentation == "" {
			note(v.Position, "undocumented", v.Name, "say what it means", "the variable has no documentation")
		}
		if v.Units == "" && v.Kind != Lookup {
			note(v.Position, "no-unit", v.Name, "give it one, 1 if it is a share", "the variable has no unit")
		}
		if !read[Canonical(v.Name)] && v.Kind != Stock {
			note(v.Position, "unused", v.Name, "", "no equation reads the variable")
		}
		if v.Kind == Stock && len(v.Inflows)+len(v.Outflows) == 0 {
			note(v.Position, "unchanging-stock", v.Name, "make it a constant, or connect its flows", "the stock has no flow")
		}
		if v.Kind == Constant {
			continue
		}
		for q := range v.AllEquations() {
			if _, alone := q.Expression.(*Number); !alone {
				for _, n := range embedded(q.Expression) {
					note(q.PositionAt(n.Offset()), "embedded-number", v.Name, "make it a constant with a name, a unit and a source", "the number %s stands inside the equation", Number64(n.Value))
				}
			}
		}
	}
	found.Sort()
	return found
}

// embedded lists the numbers inside an expression that stand for a quantity: not 0,
// 1 and -1, not exponents, and not what a function needs to be written at all, such
// as the order of a delay.
func embedded(x Expression) []*Number {
	var list []*Number
	Walk(x, func(x Expression) bool {
		switch x := x.(type) {
		case *Number:
			if x.Value != 0 && x.Value != 1 && x.Value != -1 {
				list = append(list, x)
			}
		case *Binary:
			if _, number := x.Y.(*Number); number && x.Operator == Power {
				list = append(list, embedded(x.X)...)
				return false
			}
		case *Call:
			switch x.Function {
			case "smthn", "delayn", "rootn", "log":
				fixed := 1 // the base or root
				if x.Function == "smthn" || x.Function == "delayn" {
					fixed = 2 // the order
				}
				for i, a := range x.Arguments {
					if _, number := a.(*Number); !number || i != fixed {
						list = append(list, embedded(a)...)
					}
				}
				return false
			}
		case *Reference:
			return false // numbers there are places
		}
		return true
	})
	return list
}
