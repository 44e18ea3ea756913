// Package xmile reads models in XMILE 1.0 (OASIS, December 2015), the field's
// exchange format for system dynamics models.
//
// Beside the standard's elements it reads <handover:provenance> (namespace
// "urn:handover:xmile") inside a variable: label, source, tier, low, high and
// input, as model.Provenance describes them.
package xmile

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// Namespace is that of Handover's own elements.
const Namespace = "urn:handover:xmile"

// Read parses an XMILE document. The file name is used in positions only. The
// model is nil when the document could not be understood at all; otherwise it
// holds what was read, and the list says what was not. Features of the
// language that are not supported are errors.
func Read(file string, data []byte) (*model.Model, diagnostic.List) {
	r := &reader{file: file, model: &model.Model{}}
	root, wrong := parseTree(file, data)
	if wrong != nil {
		return nil, diagnostic.List{*wrong}
	}
	if root.name != "xmile" {
		r.fail(root.position, "xmile", "", "the root element is <%s>; expected <xmile>", root.name)
		return nil, r.found
	}
	r.root(root)
	r.found.Sort()
	return r.model, r.found
}

type reader struct {
	file  string
	model *model.Model
	found diagnostic.List
}

func (r *reader) fail(at diagnostic.Position, code, subject, format string, arguments ...any) {
	r.found = append(r.found, diagnostic.Diagnostic{Position: at, Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...)})
}

func (r *reader) number(n *node, text, subject string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		r.fail(n.position, "number", subject, "found %q, expected a number", text)
		return 0, false
	}
	return v, true
}

func (r *reader) root(root *node) {
	if h := root.child("header"); h != nil {
		r.model.Name = h.childText("name")
	}
	specs := root.child("sim_specs")
	for _, n := range root.children {
		switch n.name {
		case "model_units":
			r.units(n)
		case "dimensions":
			r.dimensions(n)
		case "macro":
			r.fail(n.position, "unsupported", "", "macros are not supported yet")
		}
	}
	models := root.all("model")
	if len(models) == 0 {
		r.fail(root.position, "xmile", "", "the document has no <model>")
		return
	}
	for _, extra := range models[1:] {
		r.fail(extra.position, "unsupported", "", "modules (a second <model>) are not supported yet")
	}
	if own := models[0].child("sim_specs"); own != nil {
		specs = own
	}
	r.time(specs)
	r.model.Documentation = models[0].childText("doc")
	if v := models[0].child("variables"); v != nil {
		for _, n := range v.children {
			r.variable(n)
		}
	}
	for _, n := range append(models[0].all("group"), groupsOf(models[0])...) {
		r.group(n)
	}
}

func groupsOf(m *node) []*node {
	if v := m.child("variables"); v != nil {
		return v.all("group")
	}
	return nil
}

// group assigns its entities to a sector.
func (r *reader) group(n *node) {
	name, _ := n.attribute("name")
	for _, e := range n.all("entity") {
		entity, _ := e.attribute("name")
		v := r.model.Variable(entity)
		if v == nil {
			r.found = append(r.found, diagnostic.Diagnostic{Position: e.position, Code: "unknown-name", Subject: name,
				Message: fmt.Sprintf("the group lists %q, which is not a variable of the model", entity),
				Hint:    diagnostic.DidYouMean(entity, r.model.Names())})
			continue
		}
		v.Sector = name
	}
}

func (r *reader) time(n *node) {
	if n == nil {
		r.fail(diagnostic.Position{File: r.file}, "time", "", "the document has no <sim_specs>: start, stop and dt are needed")
		return
	}
	t := model.Time{DT: 1, Position: n.position}
	if u, ok := n.attribute("time_units"); ok {
		t.Unit = u
	}
	switch method, _ := n.attribute("method"); strings.ToLower(strings.TrimSpace(method)) {
	case "", "euler":
	case "rk4":
		t.Method = model.RK4
	default:
		r.fail(n.position, "unsupported", "method", "the integration method %q is not supported; expected Euler or RK4", method)
	}
	for name, target := range map[string]*float64{"start": &t.Start, "stop": &t.Stop} {
		c := n.child(name)
		if c == nil {
			r.fail(n.position, "time", name, "<sim_specs> lacks <%s>", name)
			continue
		}
		if v, ok := r.number(c, c.content(), name); ok {
			*target = v
		}
	}
	if c := n.child("dt"); c != nil {
		if v, ok := r.number(c, c.content(), "dt"); ok {
			t.DT = v
			if rec, _ := c.attribute("reciprocal"); strings.EqualFold(rec, "true") {
				if v == 0 {
					r.fail(c.position, "time", "dt", "the reciprocal dt is 0")
				} else {
					t.DT = 1 / v
				}
			}
		}
	}
	t.Save = t.DT
	for _, name := range []string{"save_interval", "savestep", "saveper"} {
		text, ok := n.attribute(name)
		c := n
		if !ok {
			if c = n.child(name); c == nil {
				continue
			}
			text = c.content()
		}
		if v, ok := r.number(c, text, "save interval"); ok && v > 0 {
			t.Save = v
		}
	}
	r.model.Time = t
}

func (r *reader) units(n *node) {
	for _, u := range n.all("unit") {
		d := model.UnitDefinition{Position: u.position, Equation: u.childText("eqn")}
		d.Name, _ = u.attribute("name")
		for _, a := range u.all("alias") {
			d.Aliases = append(d.Aliases, a.content())
		}
		if disabled, _ := u.attribute("disabled"); !strings.EqualFold(disabled, "true") {
			r.model.Units = append(r.model.Units, d)
		}
	}
}

// mostElements bounds the size of a dimension given by number.
const mostElements = 100_000

func (r *reader) dimensions(n *node) {
	for _, c := range n.all("dim") {
		d := &model.Dimension{Position: c.position}
		d.Name, _ = c.attribute("name")
		for _, e := range c.all("elem") {
			name, _ := e.attribute("name")
			d.Elements = append(d.Elements, name)
		}
		if text, ok := c.attribute("size"); ok && len(d.Elements) == 0 {
			size, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil || size < 1 || size > mostElements {
				r.fail(c.position, "dimension", d.Name, "the size is %q; expected a whole number from 1 to %d", text, mostElements)
				continue
			}
			for i := range size {
				d.Elements = append(d.Elements, strconv.Itoa(i+1))
			}
		}
		r.model.Dimensions = append(r.model.Dimensions, d)
	}
}

func (r *reader) variable(n *node) {
	kinds := map[string]model.Kind{"stock": model.Stock, "flow": model.Flow, "aux": model.Auxiliary, "gf": model.Lookup}
	kind, ok := kinds[n.name]
	if !ok {
		if n.name == "module" || n.name == "macro" {
			r.fail(n.position, "unsupported", n.name, "a <%s> is not supported yet", n.name)
		} else if n.name != "group" {
			r.fail(n.position, "xmile", n.name, "found <%s> among the variables, expected <stock>, <flow>, <aux> or <gf>", n.name)
		}
		return
	}
	name, _ := n.attribute("name")
	v := &model.Variable{Kind: kind, Position: n.position, Units: n.childText("units"), Documentation: n.childText("doc")}
	v.Name = displayName(name)
	for _, c := range n.children {
		switch c.name {
		case "inflow":
			v.Inflows = append(v.Inflows, displayName(c.content()))
		case "outflow":
			v.Outflows = append(v.Outflows, displayName(c.content()))
		case "non_negative":
			v.NonNegative = !strings.EqualFold(c.content(), "false")
			if v.NonNegative && kind == model.Stock {
				r.fail(c.position, "unsupported", v.Name, "a non-negative stock is not supported yet")
			}
		case "dimensions":
			for _, d := range c.all("dim") {
				dim, _ := d.attribute("name")
				v.Dimensions = append(v.Dimensions, dim)
			}
		case "conveyor", "queue", "leak", "leak_integers", "overflow", "oven":
			r.transport(v, n, c)
		case "multiplier":
			r.fail(c.position, "unsupported", v.Name, "<%s> is not supported yet", c.name)
		case "provenance":
			if c.space == Namespace {
				r.provenance(v, c)
			}
		}
	}
	r.equations(v, n)
	r.leakage(v, n)
	constant := kind == model.Auxiliary && len(v.Equations) > 0
	for _, e := range v.Equations {
		_, number := e.Expression.(*model.Number)
		constant = constant && number && e.Graph == nil
	}
	if constant {
		v.Kind = model.Constant
	}
	r.model.Add(v)
}

// displayName drops the quotes that XMILE allows round a name and its escapes
// for line breaks.
func displayName(name string) string {
	name = strings.TrimSpace(name)
	if len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
		name = name[1 : len(name)-1]
	}
	return strings.NewReplacer(`\n`, " ", "\n", " ", `\"`, `"`).Replace(name)
}

func (r *reader) provenance(v *model.Variable, n *node) {
	p := &v.Provenance
	for _, a := range n.attributes {
		switch a.Name.Local {
		case "label":
			p.Label = a.Value
			if !slices.Contains([]string{"fitted", "sourced", "assumed"}, a.Value) {
				r.fail(n.position, "provenance", v.Name, "the label is %q; expected fitted, sourced or assumed", a.Value)
			}
		case "source":
			p.Source = a.Value
		case "tier":
			p.Tier = a.Value
		case "input":
			p.Input = a.Value == "true"
		case "low", "high":
			x, ok := r.number(n, a.Value, v.Name)
			if !ok {
				continue
			}
			if !p.Ranged {
				p.Ranged, p.Low, p.High = true, math.Inf(-1), math.Inf(1)
			}
			if a.Name.Local == "low" {
				p.Low = x
			} else {
				p.High = x
			}
		default:
			r.fail(n.position, "provenance", v.Name, "the attribute %q is not known; expected label, source, tier, low, high or input", a.Name.Local)
		}
	}
}

func (r *reader) equations(v *model.Variable, n *node) {
	elements := n.all("element")
	for _, e := range elements {
		if v.Kind == model.Flow && e.childText("eqn") == "" && e.child("gf") == nil && e.child("leak") != nil {
			continue // the fraction stands in <leak>
		}
		r.equation(v, e, subscripts(e))
	}
	if v.Kind == model.Flow && len(elements) == 0 && n.childText("eqn") == "" && n.child("gf") == nil {
		return // a conveyor or queue may compute it
	}
	if n.child("eqn") != nil || n.child("gf") != nil || v.Kind == model.Lookup || len(elements) == 0 {
		r.equation(v, n, nil)
	}
}

func (r *reader) equation(v *model.Variable, n *node, elements []string) {
	e := model.Equation{Elements: elements, Position: n.position}
	if c := n.child("eqn"); c != nil {
		e.Text = c.content()
		if c.textAt.Line > 0 {
			e.Position = c.textAt
		}
	}
	graph := n.child("gf")
	if v.Kind == model.Lookup && n.name == "gf" {
		graph = n
	}
	if graph != nil {
		e.Graph = r.graph(v, graph)
	}
	if e.Text == "" && e.Graph != nil {
		v.Kind = model.Lookup
		v.Equations = append(v.Equations, e)
		return
	}
	x, err := parse(v, &e)
	if err != nil {
		offset := 0
		if s, ok := err.(*model.SyntaxError); ok {
			offset = s.Offset
			r.fail(e.PositionAt(offset), "syntax", v.Name, "%s", s.Message)
		}
	} else {
		e.Expression = x
	}
	v.Equations = append(v.Equations, e)
}

func (r *reader) graph(v *model.Variable, n *node) *model.Graph {
	g := &model.Graph{Position: n.position}
	switch kind, _ := n.attribute("type"); kind {
	case "", "continuous":
	case "extrapolate":
		g.Interpolation = model.Extrapolate
	case "discrete":
		g.Interpolation = model.Discrete
	default:
		r.fail(n.position, "graph", v.Name, "the type of the graphical function is %q; expected continuous, extrapolate or discrete", kind)
	}
	g.Y = r.points(v, n.child("ypts"))
	if len(g.Y) == 0 {
		r.fail(n.position, "graph", v.Name, "the graphical function has no y values")
		return g
	}
	if x := n.child("xpts"); x != nil {
		g.X = r.points(v, x)
		return g
	}
	s := n.child("xscale")
	if s == nil {
		r.fail(n.position, "graph", v.Name, "the graphical function has neither <xpts> nor <xscale>")
		return g
	}
	low, _ := s.attribute("min")
	high, _ := s.attribute("max")
	a, ok := r.number(s, low, v.Name)
	b, ok2 := r.number(s, high, v.Name)
	if !ok || !ok2 {
		return g
	}
	for i := range g.Y {
		x := a
		if len(g.Y) > 1 {
			x = a + float64((b-a)*float64(i))/float64(len(g.Y)-1)
		}
		g.X = append(g.X, x)
	}
	return g
}

func (r *reader) points(v *model.Variable, n *node) []float64 {
	if n == nil {
		return nil
	}
	separator := ","
	if s, ok := n.attribute("sep"); ok && s != "" {
		separator = s
	}
	var values []float64
	for _, text := range strings.Split(n.content(), separator) {
		if x, ok := r.number(n, text, v.Name); ok {
			values = append(values, x)
		}
	}
	return values
}
