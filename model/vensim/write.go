package vensim

import (
	"fmt"
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// Write writes a model in the text format of Vensim, for which Read gives the same
// results. The list holds an error, and there are no bytes, for each variable that
// uses what Vensim does not have: conveyors and queues, stocks that hold their
// outflows back, functions without a counterpart. It warns where documentation or
// units hold characters that the format keeps for itself.
//
// Variables are written by sector. The sketch is empty: Vensim shows the variables
// and their equations, and a diagram can be drawn there.
func Write(m *model.Model) ([]byte, diagnostic.List) {
	w := &writer{model: m, names: map[string]string{}}
	for _, v := range m.Variables {
		w.names[model.Canonical(v.Name)] = v.Name
	}
	for _, d := range m.Dimensions {
		for _, name := range append([]string{d.Name}, d.Elements...) {
			if key := model.Canonical(name); w.names[key] == "" {
				w.names[key] = name
			}
		}
	}
	w.text.WriteString("{UTF-8}\n")
	w.ranges()
	w.variables()
	w.writeTables()
	w.control()
	w.rest()
	w.found.Sort()
	if w.found.Errors() > 0 {
		return nil, w.found
	}
	return []byte(w.text.String()), w.found
}

type writer struct {
	model *model.Model
	text  strings.Builder
	// names has the author's spelling by canonical name.
	names map[string]string
	found diagnostic.List
	// tables names the lookups that hold the points of variables which have an
	// equation too, in the order of need.
	tables []*model.Variable
}

// table names the lookup with the points of a variable that has an equation too.
func (w *writer) table(v *model.Variable) string {
	if !slices.Contains(w.tables, v) {
		w.tables = append(w.tables, v)
	}
	name := v.Name + " points"
	for w.model.Variable(name) != nil {
		name += " of it"
	}
	return quoted(name)
}

// writeTables writes those lookups.
func (w *writer) writeTables() {
	for _, v := range w.tables {
		for i := range v.Equations {
			e := &v.Equations[i]
			if e.Graph == nil {
				continue
			}
			left, own := w.left(v, i)
			_, except, _ := strings.Cut(left, " :EXCEPT: ")
			if except != "" {
				except = " :EXCEPT: " + except
			}
			fmt.Fprintf(&w.text, "%s%s%s(\n\t%s)\n\t~\t\n\t~\tThe points of %s\n\t|\n\n", w.table(v), subscripts(own), except, pairs(e.Graph), w.plain(v, v.Name))
		}
	}
}

func (w *writer) fail(v *model.Variable, at diagnostic.Position, format string, arguments ...any) {
	w.found = append(w.found, diagnostic.Diagnostic{Position: at, Code: "write", Subject: v.Name, Message: fmt.Sprintf(format, arguments...)})
}

// spelt writes a name: as the author did, in quotes where it holds more than
// letters, digits, spaces, underscores and apostrophes, or begins with a digit.
func (w *writer) spelt(canonical string) string {
	name, ok := w.names[canonical]
	if !ok {
		name = strings.ReplaceAll(canonical, "_", " ")
	}
	return quoted(name)
}

func quoted(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	for i, r := range name {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80:
		case i > 0 && (r >= '0' && r <= '9' || r == ' ' || r == '_' || r == '\''):
		default:
			return `"` + strings.ReplaceAll(name, `"`, `\"`) + `"`
		}
	}
	return name
}

// ranges writes the subscript ranges with their mappings.
func (w *writer) ranges() {
	for _, d := range w.model.Dimensions {
		elements := make([]string, len(d.Elements))
		for i, e := range d.Elements {
			elements[i] = quoted(e)
		}
		fmt.Fprintf(&w.text, "%s:\n\t%s", quoted(d.Name), strings.Join(elements, ", "))
		for i, m := range d.Mappings {
			targets := make([]string, len(m.Elements))
			for k, list := range m.Elements {
				target := w.target(m.To, list)
				if target == "" {
					w.found = append(w.found, diagnostic.Diagnostic{Position: d.Position, Code: "write", Subject: d.Name,
						Message: fmt.Sprintf("the element %q is mapped to elements of %q that are no subscript range", d.Elements[k], m.To)})
				}
				targets[k] = target
			}
			fmt.Fprintf(&w.text, "%s (%s: %s)", []string{" ->", ","}[min(i, 1)], quoted(m.To), strings.Join(targets, ", "))
		}
		w.text.WriteString("\n\t~\n\t~\t\t|\n\n")
	}
}

// target names what an element is mapped to: one element, or the range that holds
// just those.
func (w *writer) target(to string, list []string) string {
	if len(list) == 1 {
		return quoted(list[0])
	}
	for _, d := range w.model.Dimensions {
		if slices.EqualFunc(d.Elements, list, func(a, b string) bool { return model.Canonical(a) == model.Canonical(b) }) {
			return quoted(d.Name)
		}
	}
	return ""
}

// variables writes the equations, those outside a sector first.
func (w *writer) variables() {
	order := []string{""}
	members := map[string][]*model.Variable{}
	for _, v := range w.model.Variables {
		if members[v.Sector] == nil && v.Sector != "" {
			order = append(order, v.Sector)
		}
		members[v.Sector] = append(members[v.Sector], v)
	}
	for _, sector := range order {
		if sector != "" {
			stars := strings.Repeat("*", 56)
			fmt.Fprintf(&w.text, "%s\n\t.%s\n%s~\n\t\t|\n\n", stars, strings.Join(strings.Fields(sector), " "), stars)
		}
		for _, v := range members[sector] {
			w.variable(v)
		}
	}
}

// written is one equation as text.
type written struct{ left, right string }

func (w *writer) variable(v *model.Variable) {
	switch {
	case v.Conveyor != nil, v.Queue:
		w.fail(v, v.Position, "Vensim has no counterpart of a conveyor or queue that is a stock")
		return
	case v.Leak != nil, v.Overflow:
		w.fail(v, v.Position, "Vensim has no counterpart of a flow that a conveyor or queue computes")
		return
	case v.Kind == model.Stock && v.NonNegative:
		w.fail(v, v.Position, "Vensim has no stock that holds its outflows back; limit the outflows in their equations")
		return
	case len(v.Equations) == 0:
		w.fail(v, v.Position, "the variable has no equation")
		return
	}
	var pieces []written
	for i := range v.Equations {
		pieces = append(pieces, w.equation(v, i)...)
	}
	for i, p := range pieces {
		ends := " ~~|\n"
		if i == len(pieces)-1 {
			ends = fmt.Sprintf("\n\t~\t%s\n\t~\t%s\n\t|\n\n", w.plain(v, strings.TrimSpace(v.Units)), w.plain(v, v.Documentation))
		}
		w.text.WriteString(p.left + p.right + ends)
	}
}

// plain is a text without the characters that end units and documentation.
func (w *writer) plain(v *model.Variable, text string) string {
	if strings.ContainsAny(text, "~|") {
		w.found = append(w.found, diagnostic.Diagnostic{Position: v.Position, Severity: diagnostic.Warning, Code: "write", Subject: v.Name,
			Message: `"~" and "|" in units or documentation are written as "-" and "/"`})
		text = strings.NewReplacer("~", "-", "|", "/").Replace(text)
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n\t\t")
}

// left is the name with the subscripts that an equation is for, without the
// elements that other equations define: those for fewer elements take precedence.
func (w *writer) left(v *model.Variable, i int) (text string, own []string) {
	e := &v.Equations[i]
	own = e.Elements
	if own == nil {
		own = v.Dimensions
	}
	text = quoted(v.Name) + subscripts(own)
	byElement, err := w.model.EquationsByElement(v)
	if err != nil || len(own) == 0 {
		return text, own
	}
	except := slices.Clone(e.Except)
	for k := range v.Equations {
		o := &v.Equations[k]
		if k == i || o.Elements == nil || o.Except != nil || !w.covers(v, own, o.Elements) {
			continue
		}
		if !slices.ContainsFunc(except, func(x []string) bool { return subscripts(x) == subscripts(o.Elements) }) {
			except = append(except, o.Elements)
		}
	}
	// Where that is not what the model says, each element is named.
	var missing [][]string
	exact := true
	for flat, by := range byElement {
		names := w.elementAt(v, flat)
		if !w.holds(v, own, names) {
			continue
		}
		left := slices.ContainsFunc(except, func(x []string) bool { return w.holds(v, x, names) })
		exact = exact && left == (by != e)
		if by != e {
			missing = append(missing, names)
		}
	}
	if !exact {
		except = missing
	}
	for k, x := range except {
		text += []string{" :EXCEPT: ", ", "}[min(k, 1)] + subscripts(x)
	}
	return text, own
}

// elementAt names the element at a place in row-major order.
func (w *writer) elementAt(v *model.Variable, flat int) []string {
	names := make([]string, len(v.Dimensions))
	for k := len(names) - 1; k >= 0; k-- {
		d := w.model.Dimension(v.Dimensions[k])
		names[k] = d.Elements[flat%len(d.Elements)]
		flat /= len(d.Elements)
	}
	return names
}

// holds reports whether the names of an equation cover one element.
func (w *writer) holds(v *model.Variable, own, element []string) bool {
	for k := range own {
		if !slices.Contains(w.elements(v, k, own[k]), model.Canonical(element[k])) {
			return false
		}
	}
	return true
}

// covers reports whether the elements of one equation hold those of another, and
// more.
func (w *writer) covers(v *model.Variable, outer, inner []string) bool {
	more := false
	for k := range outer {
		a, b := w.elements(v, k, outer[k]), w.elements(v, k, inner[k])
		for _, e := range b {
			if !slices.Contains(a, e) {
				return false
			}
		}
		more = more || len(a) > len(b)
	}
	return more
}

// elements lists what a name on the left covers along dimension k.
func (w *writer) elements(v *model.Variable, k int, name string) []string {
	d := w.model.Dimension(v.Dimensions[k])
	if d.Index(name) >= 0 {
		return []string{model.Canonical(name)}
	}
	if sub := w.model.Dimension(name); sub != nil {
		d = sub
	}
	list := make([]string, len(d.Elements))
	for i, e := range d.Elements {
		list[i] = model.Canonical(e)
	}
	return list
}

func subscripts(names []string) string {
	if len(names) == 0 {
		return ""
	}
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = quoted(n)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// equation writes one equation; a second one for a lookup that it needs.
func (w *writer) equation(v *model.Variable, i int) []written {
	e := &v.Equations[i]
	left, own := w.left(v, i)
	if e.Expression == nil {
		if e.Graph == nil {
			w.fail(v, e.Position, "an equation is missing")
			return nil
		}
		return []written{{left, "(\n\t" + pairs(e.Graph) + ")"}}
	}
	p := &printer{writer: w, variable: v, equation: e, own: own}
	if v.Kind == model.Stock {
		var net strings.Builder
		for k, f := range v.Inflows {
			net.WriteString([]string{"", " + "}[min(k, 1)] + quoted(w.flowName(f)) + subscripts(own))
		}
		for _, f := range v.Outflows {
			net.WriteString(" - " + quoted(w.flowName(f)) + subscripts(own))
		}
		text := strings.TrimSpace(net.String())
		if text == "" {
			text = "0"
		}
		return []written{{left, " = INTEG (\n\t" + text + ",\n\t\t" + p.format(e.Expression, 0) + ")"}}
	}
	text := p.format(e.Expression, 0)
	if e.Graph != nil {
		switch e.Graph.Interpolation {
		case model.Continuous:
			text = "WITH LOOKUP (\n\t" + text + ",\n\t\t(" + pairs(e.Graph) + "))"
		case model.Discrete:
			text = "LOOKUP BACKWARD(" + w.table(v) + subscripts(own) + ", " + text + ")"
		case model.Extrapolate:
			text = "LOOKUP EXTRAPOLATE(" + w.table(v) + subscripts(own) + ", " + text + ")"
		}
	}
	if v.Kind == model.Flow && v.NonNegative {
		text = "MAX(0, " + text + ")"
	}
	return []written{{left, " =\n\t" + text}}
}

// flowName is the author's spelling of a flow.
func (w *writer) flowName(name string) string {
	if f := w.model.Variable(name); f != nil {
		return f.Name
	}
	return name
}

func pairs(g *model.Graph) string {
	list := make([]string, len(g.X))
	for i := range g.X {
		list[i] = "(" + model.Number64(g.X[i]) + "," + model.Number64(g.Y[i]) + ")"
	}
	return strings.Join(list, ",")
}

// control writes the control variables that the model does not have as its own.
func (w *writer) control() {
	t := w.model.Time
	save := t.Save
	if save <= 0 {
		save = t.DT
	}
	for _, c := range []struct {
		name  string
		value float64
	}{{"INITIAL TIME", t.Start}, {"FINAL TIME", t.Stop}, {"TIME STEP", t.DT}, {"SAVEPER", save}} {
		if w.model.Variable(c.name) == nil {
			fmt.Fprintf(&w.text, "%s =\n\t%s\n\t~\t%s\n\t~\t\n\t|\n\n", c.name, model.Number64(c.value), t.Unit)
		}
	}
}

// rest writes an empty sketch and the settings that Read takes.
func (w *writer) rest() {
	w.text.WriteString("\\\\\\---/// Sketch information - do not modify anything except names\n" +
		"V300  Do not put anything below this section - it will be ignored\n*View 1\n" +
		"$192-192-192,0,Times New Roman|12||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|96,96,100,0\n" +
		"///---\\\\\\\n:L\x7f<%^E!@\n")
	method := 0
	switch w.model.Time.Method {
	case model.RK4:
		method = 5
	case model.RK2:
		method = 3
	case model.RK45:
		method = 1
	}
	fmt.Fprintf(&w.text, "15:0,0,0,%d,0,0\n", method)
	for _, u := range w.model.Units {
		if len(u.Aliases) > 0 {
			fmt.Fprintf(&w.text, "22:%s\n", strings.Join(append([]string{u.Name}, u.Aliases...), ","))
		}
	}
}
