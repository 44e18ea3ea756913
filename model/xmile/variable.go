package xmile

import (
	"math"
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// prototype is a variable as the document defines it. Each instance of its model
// or macro gets a copy.
type prototype struct {
	model.Variable
	node *node
	// input marks what a module may have connected from outside.
	input bool
	// missing is what to say when nothing else gives the variable a value; nil
	// when it has an equation.
	missing *diagnostic.Diagnostic
	// nonNegative is set when the variable itself says so.
	nonNegative *bool
	// named lists graphical functions inside the variable that have a name of
	// their own.
	named []*model.Variable
}

var kinds = map[string]model.Kind{"stock": model.Stock, "flow": model.Flow, "aux": model.Auxiliary, "gf": model.Lookup}

// prototype reads an element of <variables>; nil when it is no variable.
func (r *reader) prototype(n *node) *prototype {
	if p, ok := r.prototypes[n]; ok {
		return p
	}
	p := r.readVariable(n)
	r.prototypes[n] = p
	return p
}

// silent are elements of vendors that say nothing about numbers.
var silent = []string{"dependencies", "delay_aux", "documentation", "label"}

func (r *reader) readVariable(n *node) *prototype {
	kind, ok := kinds[n.name]
	if !ok || n.vendor {
		switch {
		case n.vendor && slices.Contains(silent, n.name), n.name == "group", n.name == "dependencies":
		case n.vendor:
			r.warn(n.position, "extension", n.name, "<%s> of another vendor among the variables is not read", n.name)
		case n.name == "macro":
			r.fail(n.position, "xmile", n.name, "a <macro> stands beside the models, not among their variables")
		default:
			r.failHint(n.position, "xmile", n.name, r.near(n.name, []string{"stock", "flow", "aux", "gf", "module", "group"}),
				"found <%s> among the variables, expected <stock>, <flow>, <aux>, <gf>, <module> or <group>", n.name)
		}
		return nil
	}
	p := &prototype{node: n}
	v := &p.Variable
	name, _ := n.attribute("name")
	*v = model.Variable{Name: displayName(name), Kind: kind, Position: n.position, Units: n.childText("units"), Documentation: n.childText("doc")}
	switch access, _ := n.attribute("access"); access {
	case "", "output":
	case "input":
		p.input = true
	default:
		r.fail(n.position, "xmile", v.Name, "the access is %q; expected input or output", access)
	}
	for _, c := range n.children {
		r.property(p, c)
	}
	r.equations(p)
	r.leakage(v, n)
	constant := kind == model.Auxiliary && len(v.Equations) > 0
	for _, e := range v.Equations {
		_, number := e.Expression.(*model.Number)
		constant = constant && number && e.Graph == nil
	}
	if constant && v.Kind == model.Auxiliary {
		v.Kind = model.Constant
	}
	return p
}

// property reads one element inside a variable, other than its equations.
func (r *reader) property(p *prototype, c *node) {
	v := &p.Variable
	if c.name == "oven" {
		r.transport(v, p.node, c)
		return
	}
	if c.vendor {
		switch {
		case c.space == Namespace && c.name == "provenance":
			r.provenance(v, c)
		case c.space == Namespace, slices.Contains(silent, c.name):
		default:
			r.warn(c.position, "extension", v.Name, "<%s> of another vendor is not read", c.name)
		}
		return
	}
	switch c.name {
	case "inflow":
		v.Inflows = append(v.Inflows, displayName(c.content()))
	case "outflow":
		v.Outflows = append(v.Outflows, displayName(c.content()))
	case "non_negative":
		on := isSet(c)
		p.nonNegative = &on
	case "dimensions":
		r.variableDimensions(v, c)
	case "conveyor", "queue", "leak", "leak_integers", "overflow":
		r.transport(v, p.node, c)
	case "multiplier":
		r.fail(c.position, "unsupported", v.Name, "<%s> is not supported yet", c.name)
	case "event_poster":
		r.warn(c.position, "extension", v.Name, "the event poster is not read: a run never pauses or stops at a value")
	case "provenance": // without a namespace prefix it is nobody's
		r.warn(c.position, "extension", v.Name, "<provenance> without Handover's namespace %q is not read", Namespace)
	default:
		if slices.Contains(properties, c.name) {
			return
		}
		if hint := diagnostic.DidYouMean(c.name, append(properties, "inflow", "outflow", "dimensions", "non_negative", "conveyor", "queue")); hint != "" {
			r.failHint(c.position, "xmile", v.Name, hint, "found <%s> in a <%s>", c.name, p.node.name)
			return
		}
		r.warn(c.position, "extension", v.Name, "<%s> in a <%s> is not read", c.name, p.node.name)
	}
}

// properties are the elements of variables that are read elsewhere or say nothing
// about numbers.
var properties = []string{"eqn", "init_eqn", "active_initial", "mathml", "units", "doc", "gf", "element", "range", "scale", "format", "display",
	"xscale", "yscale", "xpts", "ypts", "simulation_delay", "documentation", "note"}

func (r *reader) variableDimensions(v *model.Variable, n *node) {
	list := n.all("dim")
	if inner := n.all("dimensions"); len(list) == 0 && len(inner) > 0 {
		// A mistake that writers of test files made: the list within itself, with its
		// names repeated.
		r.warn(inner[0].position, "xmile", v.Name, "<dimensions> stands within <dimensions>; each dimension in it is read once")
		seen := map[string]bool{}
		for _, d := range inner[0].all("dim") {
			name, _ := d.attribute("name")
			if !seen[model.Canonical(name)] {
				list = append(list, d)
			}
			seen[model.Canonical(name)] = true
		}
	}
	for _, d := range list {
		name, _ := d.attribute("name")
		v.Dimensions = append(v.Dimensions, displayName(name))
	}
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

// equations reads the equations of a variable: one for all elements, one for
// each, or one for all with a graphical function for each.
func (r *reader) equations(p *prototype) {
	v, n := &p.Variable, p.node
	shared := n.child("eqn")
	elements := n.all("element")
	for _, e := range elements {
		subscript, _ := e.attribute("subscript")
		var names []string
		for _, s := range strings.Split(subscript, ",") {
			names = append(names, displayName(s))
		}
		text := e.child("eqn")
		if text == nil {
			text = shared
		}
		r.equation(p, e, text, names)
	}
	if shared != nil || n.child("gf") != nil || v.Kind == model.Lookup && n.name == "gf" || len(elements) == 0 {
		r.equation(p, n, shared, nil)
	}
}

// equation reads the equation that the node holds for some elements; text is its
// <eqn>, which the elements may share.
func (r *reader) equation(p *prototype, n, text *node, elements []string) {
	v := &p.Variable
	e := model.Equation{Elements: elements, Position: n.position}
	if text != nil {
		e.Text = text.content()
		e.Position, e.Places = r.places(text)
	}
	graph := n.child("gf")
	if n.name == "gf" {
		graph = n
	}
	if graph != nil {
		e.Graph = r.graph(p, graph)
		if v.Kind == model.Stock {
			r.fail(graph.position, "graph", v.Name, "a stock has no graphical function")
		}
	}
	why := absent(e.Text)
	if why != "" && e.Graph != nil && e.Text == "" {
		v.Kind = model.Lookup
		v.Equations = append(v.Equations, e)
		return
	}
	if why != "" && v.Kind == model.Flow && e.Text == "" {
		return // a stock may compute it; otherwise model.Check says that it is missing
	}
	if why != "" {
		d := diagnostic.Diagnostic{Position: e.Position, Code: "no-equation", Subject: v.Name, Message: why}
		if p.input {
			d.Hint = "connect it to an output of another module, or give it an equation"
		}
		p.missing = &d
		return
	}
	if parts := listed(e.Text); v.Transports() && len(parts) > 1 {
		r.contents(v, &e)
		v.Equations = append(v.Equations, e)
		return
	} else if elements == nil && len(parts) > 1 && len(v.Dimensions) > 0 {
		r.list(v, &e, parts)
		return
	}
	e.Expression = r.parse(v.Name, &e, e.Text, 0)
	r.initial(v, n, &e)
	v.Equations = append(v.Equations, e)
}

// absent says what is missing when the text of an equation is none: only a
// comment, or what tools write for an equation that is still to come.
func absent(text string) string {
	var b strings.Builder
	for rest := text; rest != ""; {
		before, after, ok := strings.Cut(rest, "{")
		b.WriteString(before)
		if !ok {
			break
		}
		if _, rest, ok = strings.Cut(after, "}"); !ok {
			return "" // the parser says that the comment has no end
		}
	}
	bare := b.String()
	bare = strings.TrimSpace(bare)
	name, _, _ := strings.Cut(bare, "(")
	switch {
	case bare == "":
		return "the variable has no equation"
	case strings.Trim(bare, "?") == "":
		return "the equation is " + bare + ": it is still to be written"
	case strings.EqualFold(strings.TrimSpace(name), "NAN"), model.Canonical(name) == "a_function_of":
		return "the equation " + bare + " only lists what it will depend on; it is still to be written"
	}
	return ""
}

// parse reads an expression that starts at an offset of the equation's text.
func (r *reader) parse(subject string, e *model.Equation, text string, offset int) model.Expression {
	x, err := model.ParseExpression(text)
	if err == nil {
		return x
	}
	if s, ok := err.(*model.SyntaxError); ok {
		r.fail(e.PositionAt(offset+s.Offset), "syntax", subject, "%s", s.Message)
	}
	return nil
}

// initial reads the separate initial equation of an auxiliary or flow, Vensim's
// ACTIVE INITIAL, which XMILE writers put into <init_eqn>.
func (r *reader) initial(v *model.Variable, n *node, e *model.Equation) {
	c := n.child("init_eqn")
	if c == nil {
		c = n.anyChild("active_initial")
	}
	if c == nil || c.content() == "" || e.Expression == nil {
		return
	}
	if v.Kind == model.Stock {
		r.fail(c.position, "xmile", v.Name, "a stock's initial value is its <eqn>; <%s> is for auxiliaries and flows", c.name)
		return
	}
	own := model.Equation{Text: c.content()}
	own.Position, own.Places = r.places(c)
	if x := r.parse(v.Name, &own, own.Text, 0); x != nil {
		e.Expression = &model.Call{Function: "active_initial", Arguments: []model.Expression{e.Expression, relocate(x, 0)}}
	}
}

// part is one value of a list, from byte to byte of the text.
type part struct{ from, to int }

// listed splits a text at the commas that stand outside brackets, quotes and
// comments.
func listed(text string) []part {
	var parts []part
	depth, from := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '"', '{':
			closing := byte('"')
			if text[i] == '{' {
				closing = '}'
			}
			end := strings.IndexByte(text[i+1:], closing)
			if end < 0 {
				return nil
			}
			i += end + 1
		case ',':
			if depth == 0 {
				parts = append(parts, part{from, i})
				from = i + 1
			}
		}
	}
	return append(parts, part{from, len(text)})
}

// list reads values for the elements of an array in row-major order, "1, 2, 3".
func (r *reader) list(v *model.Variable, e *model.Equation, parts []part) {
	size := r.model.Size(v)
	if len(parts) != size {
		r.fail(e.Position, "syntax", v.Name, "the equation lists %d values and the variable has %d elements", len(parts), size)
		return
	}
	if r.listed += size; r.listed > r.most.elements {
		r.exhaust(e.Position, "equations list more than %d values in all", r.most.elements)
		return
	}
	dimensions, err := r.model.Dimensioned(v)
	if err != nil {
		return // Check reports it
	}
	// Places are counted from part to part; those behind entities are near ones.
	at, from := e.Position, 0
	for flat, part := range parts {
		names := make([]string, len(dimensions))
		rest := flat
		for k := len(dimensions) - 1; k >= 0; k-- {
			names[k] = dimensions[k].Elements[rest%len(dimensions[k].Elements)]
			rest /= len(dimensions[k].Elements)
		}
		between := model.Equation{Text: e.Text[from:part.from], Position: at}
		at, from = between.PositionAt(part.from-from), part.from
		one := model.Equation{Elements: names, Text: e.Text[part.from:part.to], Position: at}
		one.Expression = r.parse(v.Name, &one, one.Text, 0)
		v.Equations = append(v.Equations, one)
	}
}
