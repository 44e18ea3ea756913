package casefile

import (
	"fmt"
	"slices"

	"handover/diagnostic"
	"handover/model"
)

// checkInitial checks one entry of initial: the variable is a stock or a
// constant, the table and its columns exist, the cells are numbers.
func (l *loader) checkInitial(path string, in Initial) {
	d := l.settings
	if in.Variable != "" && l.c.Model != nil {
		if t, ok := l.resolve(d.at(path+".variable"), path+".variable", in.Variable); ok {
			v := t.variable
			switch {
			case v.Kind != model.Stock && v.Kind != model.Constant:
				l.fail(d.at(path+".variable"), "kind", in.Variable, "", "%q is %s; only a stock or a constant can be set from a table", v.Name, kindWord(v.Kind))
			case t.elements == nil && len(v.Dimensions) > 0:
				l.fail(d.at(path+".variable"), "subscripts", in.Variable, l.elementHint(v), "%q is arrayed; name one element", v.Name)
			}
			for i, other := range l.c.Initial {
				if l.c.Initial[i].Variable == in.Variable && fmt.Sprintf("initial[%d]", i) == path {
					break
				}
				if canonicalElement(other.Variable) == t.key() {
					l.fail(d.at(path+".variable"), "duplicate-name", in.Variable, "remove one", "the variable is set twice")
					break
				}
			}
		}
	}
	if d.ok(path+".sum") && len(in.Sum) == 0 {
		l.fail(d.at(path), "missing-key", path+".sum", "", "no column is named; expected at least one")
	}
	if in.Table == "" {
		return
	}
	t := l.table(d.at(path+".table"), path+".table", in.Table)
	if t == nil || t.Columns == nil {
		return
	}
	if d.ok(path+".where") && d.ok(path+".is") && (in.Where == "") != (in.Is == "") {
		l.fail(d.at(path), "missing-key", in.Variable, "give both or none", "rows are chosen by where, a column, and is, what it holds")
	}
	if column := t.Column(in.Where); in.Where != "" && column < 0 {
		l.fail(d.at(path+".where"), "unknown-name", path+".where", diagnostic.DidYouMean(in.Where, t.Columns), "the table %s has no column %q", t.Path, in.Where)
	} else if in.Where != "" && in.Is != "" && !slices.ContainsFunc(t.Rows, func(r []string) bool { return r[column] == in.Is }) {
		var held []string
		for _, r := range t.Rows {
			held = append(held, r[column])
		}
		l.fail(d.at(path+".is"), "unknown-name", path+".is", diagnostic.DidYouMean(in.Is, held), "no row of %s has %q in the column %s", t.Path, in.Is, in.Where)
	}
	for i, name := range in.Sum {
		at := fmt.Sprintf("%s.sum[%d]", path, i)
		column := t.Column(name)
		switch {
		case name == "":
		case column < 0:
			l.fail(d.at(at), "unknown-name", at, diagnostic.DidYouMean(name, t.Columns), "the table %s has no column %q", t.Path, name)
		case slices.Index(in.Sum, name) < i:
			l.fail(d.at(at), "duplicate-name", at, "remove one", "the column %q is named twice", name)
		default:
			for row := range t.Rows {
				l.cell(t, row, column)
			}
		}
	}
}

// elementHint shows how to name an element of an arrayed variable.
func (l *loader) elementHint(v *model.Variable) string {
	var first []string
	for _, name := range v.Dimensions {
		if d := l.c.Model.Dimension(name); d != nil && len(d.Elements) > 0 {
			first = append(first, model.Canonical(d.Elements[0]))
		}
	}
	return fmt.Sprintf("for example %q", elementKey(v.Name, first))
}

// applyInitial sets stocks and constants of the model from the tables. It does
// nothing once an error was found, since no case comes of it.
func (l *loader) applyInitial() {
	if l.list.Errors() > 0 {
		return
	}
	for _, in := range l.c.Initial {
		t := l.c.Tables[in.Table]
		sum := 0.0
		for row := range t.Rows {
			if in.Where != "" && t.Rows[row][t.Column(in.Where)] != in.Is {
				continue
			}
			for _, name := range in.Sum {
				x, _ := l.cell(t, row, t.Column(name))
				sum += x
			}
		}
		name, elements, _ := splitElement(in.Variable)
		v := l.c.Model.Variable(name)
		set(l.c.Model, v, elements, sum)
	}
}

// set replaces the equation of a variable, or of one of its elements, by a
// number. An array whose elements share one equation is given one for each.
func set(m *model.Model, v *model.Variable, elements []string, value float64) {
	fixed := model.Equation{Text: numeral(value), Expression: &model.Number{Value: value}, Position: v.Position}
	if elements == nil {
		v.Equations = []model.Equation{fixed}
		return
	}
	fixed.Elements = elements
	v.Equations = slices.DeleteFunc(v.Equations, func(e model.Equation) bool {
		return e.Elements != nil && slices.EqualFunc(e.Elements, elements, func(a, b string) bool {
			return model.Canonical(a) == model.Canonical(b)
		})
	})
	v.Equations = append(v.Equations, fixed)
}
