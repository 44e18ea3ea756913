package xmile

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// Write writes a model as XMILE 1.0 in one canonical form: the order of the model,
// one element a line, two spaces a level, equations from their trees with no more
// parentheses than they need, numbers in their shortest form. Writing what was
// read from it gives the same bytes, so that a file in version control changes
// where the model changes.
//
// A comment inside an equation keeps the equation as it was written. Modules and
// macros stay part of the flat model that Read makes of them. What XMILE has no
// words for is written in Handover's namespace, which Read knows, or in that of
// the tool that has them: mappings between dimensions in Simlin's, the save
// interval in isee's. The list warns of functions that XMILE does not have, and
// is an error, with no bytes, where an equation is missing.
func Write(m *model.Model) ([]byte, diagnostic.List) {
	w := &writer{model: m, names: map[string]string{}, foreign: map[string]diagnostic.Position{}}
	for _, v := range m.Variables {
		w.names[model.Canonical(v.Name)] = v.Name
	}
	for _, d := range m.Dimensions {
		w.dimensionNames(d)
	}
	w.document()
	w.found.Sort()
	if w.found.Errors() > 0 {
		return nil, w.found
	}
	return w.text.Bytes(), w.found
}

const (
	namespace       = "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"
	iseeNamespace   = "http://iseesystems.com/XMILE"
	simlinNamespace = "https://simlin.com/XMILE/v1.0"
)

type writer struct {
	model *model.Model
	text  bytes.Buffer
	depth int
	// names has the author's spelling by canonical name.
	names map[string]string
	// foreign has the functions met that XMILE does not have.
	foreign map[string]diagnostic.Position
	found   diagnostic.List
}

// dimensionNames adds the spellings of a dimension and its elements. A variable
// of the same name comes first: in the text both are written alike.
func (w *writer) dimensionNames(d *model.Dimension) {
	for _, name := range append([]string{d.Name}, d.Elements...) {
		if key := model.Canonical(name); w.names[key] == "" {
			w.names[key] = name
		}
	}
}

// spelt is how an equation writes the name of a variable, dimension or element.
// Of a variable inside a module, or of an element with its dimension, each part
// is written by itself, as the point between them is no part of a name.
func (w *writer) spelt(canonical string) string {
	name, ok := w.names[canonical]
	if !ok {
		if d, e, found := strings.Cut(canonical, "."); found && w.names[d] != "" && w.names[e] != "" {
			return w.spelt(d) + "." + w.spelt(e)
		}
		name = canonical
	}
	if strings.Contains(name, ".") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(name) + `"`
	}
	return model.Quoted(name)
}

// line writes one line at the depth reached.
func (w *writer) line(format string, arguments ...any) {
	for range w.depth {
		w.text.WriteString("  ")
	}
	fmt.Fprintf(&w.text, format, arguments...)
	w.text.WriteByte('\n')
}

// inside writes an element with what f writes in it; attributes are pairs of name
// and value, of which empty values are left out.
func (w *writer) inside(name string, f func(), attributes ...string) {
	w.line("<%s%s>", name, written(attributes))
	w.depth++
	f()
	w.depth--
	w.line("</%s>", name)
}

// element writes an element with text; nothing when both are empty.
func (w *writer) element(name, text string, attributes ...string) {
	if a := written(attributes); text != "" {
		w.line("<%s%s>%s</%s>", name, a, escaped(text), name)
	} else if a != "" {
		w.line("<%s%s/>", name, a)
	}
}

func written(attributes []string) string {
	var s strings.Builder
	for i := 0; i < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			fmt.Fprintf(&s, ` %s="%s"`, attributes[i], strings.ReplaceAll(escaped(attributes[i+1]), `"`, "&quot;"))
		}
	}
	return s.String()
}

// escaped is a text as XML holds it, line breaks as they are.
func escaped(text string) string {
	var b bytes.Buffer
	// Writing to a buffer does not fail.
	_ = xml.EscapeText(&b, []byte(text))
	return strings.NewReplacer("&#xA;", "\n", "&#x9;", "\t", "&#34;", `"`, "&#39;", "'").Replace(b.String())
}

// attributeName is a name as an attribute holds it.
func attributeName(name string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(name)
}

func (w *writer) document() {
	m := w.model
	w.text.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n")
	spaces := []string{"version", "1.0", "xmlns", namespace}
	if m.Time.Save > 0 && m.Time.Save != m.Time.DT {
		spaces = append(spaces, "xmlns:isee", iseeNamespace)
	}
	if slices.ContainsFunc(m.Dimensions, func(d *model.Dimension) bool { return len(d.Mappings) > 0 }) {
		spaces = append(spaces, "xmlns:simlin", simlinNamespace)
	}
	spaces = append(spaces, "xmlns:handover", Namespace)
	w.inside("xmile", func() {
		w.inside("header", func() {
			w.line("<vendor>Handover</vendor>")
			w.line(`<product version="1.0">Handover</product>`)
			w.element("name", m.Name)
			w.options()
		})
		w.specs()
		w.units()
		w.dimensions()
		w.inside("model", func() {
			w.element("doc", m.Documentation)
			w.inside("variables", func() {
				for _, v := range m.Variables {
					w.variable(v)
				}
				w.groups()
			})
		})
	}, spaces...)
	for name, at := range w.foreign {
		w.found = append(w.found, diagnostic.Diagnostic{Position: at, Severity: diagnostic.Warning, Code: "extension", Subject: strings.ToUpper(name),
			Message: "the function is no part of XMILE 1.0; other tools may not know it"})
	}
}

func (w *writer) options() {
	most := 0
	for _, v := range w.model.Variables {
		most = max(most, len(v.Dimensions))
	}
	if most == 0 {
		return
	}
	outside := "0"
	if w.model.OutsideNaN {
		outside = "NaN"
	}
	w.inside("options", func() {
		w.line(`<uses_arrays maximum_dimensions="%d" invalid_index_value="%s"/>`, most, outside)
	}, "namespace", "std")
}

func (w *writer) specs() {
	t := w.model.Time
	attributes := []string{"method", t.Method.String(), "time_units", t.Unit}
	if t.Save > 0 && t.Save != t.DT {
		attributes = append(attributes, "isee:save_interval", model.Number64(t.Save))
	}
	w.inside("sim_specs", func() {
		w.element("start", model.Number64(t.Start))
		w.element("stop", model.Number64(t.Stop))
		w.element("dt", model.Number64(t.DT))
	}, attributes...)
}

func (w *writer) units() {
	if len(w.model.Units) == 0 {
		return
	}
	open := ""
	if w.model.OpenUnits {
		open = "true"
	}
	w.inside("model_units", func() {
		for _, u := range w.model.Units {
			if u.Equation == "" && len(u.Aliases) == 0 {
				w.line("<unit%s/>", written([]string{"name", u.Name}))
				continue
			}
			w.inside("unit", func() {
				w.element("eqn", u.Equation)
				for _, a := range u.Aliases {
					w.element("alias", a)
				}
			}, "name", u.Name)
		}
	}, "handover:open", open)
}

func (w *writer) dimensions() {
	if len(w.model.Dimensions) == 0 {
		return
	}
	w.inside("dimensions", func() {
		for _, d := range w.model.Dimensions {
			w.inside("dim", func() {
				for _, e := range d.Elements {
					w.line("<elem%s/>", written([]string{"name", attributeName(e)}))
				}
				for _, m := range d.Mappings {
					w.inside("simlin:mapping", func() {
						for i, list := range m.Elements {
							for _, to := range list {
								w.line("<simlin:elem%s/>", written([]string{"from", attributeName(d.Elements[i]), "to", attributeName(to)}))
							}
						}
					}, "target", attributeName(m.To))
				}
			}, "name", attributeName(d.Name))
		}
	})
}

// groups lists the variables of each sector.
func (w *writer) groups() {
	var order []string
	members := map[string][]*model.Variable{}
	for _, v := range w.model.Variables {
		if v.Sector == "" {
			continue
		}
		if members[v.Sector] == nil {
			order = append(order, v.Sector)
		}
		members[v.Sector] = append(members[v.Sector], v)
	}
	for _, sector := range order {
		w.inside("group", func() {
			for _, v := range members[sector] {
				w.line("<entity%s/>", written([]string{"name", attributeName(v.Name)}))
			}
		}, "name", attributeName(sector))
	}
}

func (w *writer) fail(v *model.Variable, format string, arguments ...any) {
	w.found = append(w.found, diagnostic.Diagnostic{Position: v.Position, Code: "write", Subject: v.Name, Message: fmt.Sprintf(format, arguments...)})
}

// inXMILE are the functions of XMILE 1.0.
var inXMILE = map[string]bool{}

func init() {
	for _, name := range strings.Fields(`abs arccos arcsin arctan cos exp inf int ln log10 max min pi sin sqrt tan
		exponential lognormal normal poisson random delay delay1 delay3 delayn forcst smth1 smth3 smthn trend
		pulse ramp step dt starttime stoptime time init previous if_then_else mean prod rank size stddev sum
		lookup lookupinv lookup_forward safediv uniform`) {
		inXMILE[name] = true
	}
}

// expression writes an expression and notes functions that other tools lack.
func (w *writer) expression(v *model.Variable, e *model.Equation, x model.Expression) string {
	model.Walk(x, func(x model.Expression) bool {
		if c, ok := x.(*model.Call); ok && !inXMILE[c.Function] && w.model.Variable(c.Function) == nil {
			if _, met := w.foreign[c.Function]; !met {
				w.foreign[c.Function] = e.PositionAt(c.Offset())
			}
		}
		return true
	})
	text := model.Format(x, w.spelt)
	if strings.Contains(e.Text, "{") {
		// A comment belongs to the documentation, and is kept with the text around it.
		if own, err := model.ParseExpression(e.Text); err == nil && model.Format(own, nil) == model.Format(x, nil) {
			return e.Text
		}
	}
	return text
}

// bound is a bound as an attribute holds it; nothing where there is none.
func bound(x float64) string {
	if math.IsInf(x, 0) {
		return ""
	}
	return model.Number64(x)
}
