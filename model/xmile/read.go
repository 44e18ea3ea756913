// Package xmile reads models in XMILE 1.0 (OASIS, December 2015), the field's
// exchange format for system dynamics models, as tools write it: .xmile, .xml,
// .stmx and .itmx files.
//
// Modules and macros become part of one flat model:
//
//   - The variable "births" of the module "hares" is named "hares.births"; one
//     of a module inside it, "hares.burrow.births". These are the names of the
//     columns that the field's tools print.
//   - An input of a module that is connected becomes an auxiliary (or flow) whose
//     equation is the name of what it is connected to.
//   - The variables of a macro called in the equation of "output" are named, as
//     Vensim names them, "#output>MACRO>variable#", with a number behind the
//     macro's name from the second call in that equation on. They run over the
//     dimensions of the caller, so that each element has its own state. A macro
//     without variables is put into the caller's equation.
//   - The text of an equation stays as written; its expression holds the names of
//     the flat model.
//
// Beside the standard's elements it reads <handover:provenance> (namespace
// "urn:handover:xmile") inside a variable: label, source, tier, low, high and
// input, as model.Provenance describes them. Elements of other vendors are
// ignored where they cannot change a number, and named in a warning elsewhere.
package xmile

import (
	"fmt"
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
//
// Documents above 32 MiB, with more than two million XML elements, or whose
// modules and macros grow beyond model.MostElements elements of arrays, 250,000
// variables or four million nodes of equations are refused, so reading takes
// less than 3 GB whatever the file holds.
func Read(file string, data []byte) (*model.Model, diagnostic.List) {
	return read(file, data, bounds{variables: 250_000, nodes: 4_000_000, elements: model.MostElements})
}

// bounds are what modules, macros and lists may grow to: the variables of the
// flat model, the parts of equations that macros make, and the elements of all
// variables.
type bounds struct{ variables, nodes, elements int }

func read(file string, data []byte, most bounds) (*model.Model, diagnostic.List) {
	r := &reader{file: file, most: most, data: data, model: &model.Model{}, macros: map[string]*macro{}, models: map[string]*node{},
		byModel: map[string][]*scope{}, prototypes: map[*node]*prototype{}, calls: map[callKey]int{}, single: map[string]string{}, said: map[diagnostic.Diagnostic]bool{}}
	root, wrong := parseTree(file, data)
	if wrong != nil {
		return nil, diagnostic.List{*wrong}
	}
	if root.name != "xmile" {
		r.fail(root.position, "xmile", "", "the root element is <%s>; expected <xmile>", root.name)
		return nil, r.found
	}
	r.tree = root
	r.document(root)
	r.found.Sort()
	return r.model, r.found
}

type reader struct {
	file  string
	data  []byte
	model *model.Model
	found diagnostic.List
	// said holds what was found, so that a mistake inside a module or macro is
	// reported once and not for each of its instances.
	said map[diagnostic.Diagnostic]bool

	// namespaces are searched for functions in this order.
	namespaces []string
	behaviour  behaviour
	macros     map[string]*macro
	models     map[string]*node
	root       *scope
	scopes     []*scope
	byModel    map[string][]*scope
	prototypes map[*node]*prototype
	// tree is the document, and graphs its graphical functions with a name and
	// points, listed when first needed.
	tree   *node
	graphs map[string]*node
	// calls counts the calls of a macro in the equations of a variable, and
	// single names the dimensions of one element made for them.
	calls  map[callKey]int
	single map[string]string
	// written is how many dimensions the document has.
	written int
	// elements and nodes count what modules and macros have grown to, and listed
	// the values in lists; exhausted is set when a bound was passed.
	elements, nodes, listed int
	most                    bounds
	exhausted               bool
}

// mostFound bounds the mistakes reported, so that a broken file stays readable.
const mostFound = 1000

func (r *reader) report(d diagnostic.Diagnostic) {
	key := d
	key.Subject = ""
	if len(r.found) < mostFound && !r.said[key] {
		r.said[key] = true
		r.found = append(r.found, d)
	}
}

func (r *reader) fail(at diagnostic.Position, code, subject, format string, arguments ...any) {
	r.failHint(at, code, subject, "", format, arguments...)
}

func (r *reader) failHint(at diagnostic.Position, code, subject, hint, format string, arguments ...any) {
	r.report(diagnostic.Diagnostic{Position: at, Code: code, Subject: subject, Hint: hint, Message: fmt.Sprintf(format, arguments...)})
}

func (r *reader) warn(at diagnostic.Position, code, subject, format string, arguments ...any) {
	r.report(diagnostic.Diagnostic{Position: at, Severity: diagnostic.Warning, Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...)})
}

// near is the hint that names the nearest candidate; it is costly, so it is left
// out when many mistakes were found.
func (r *reader) near(name string, candidates []string) string {
	if len(r.found) > 50 {
		return ""
	}
	return diagnostic.DidYouMean(name, candidates)
}

func (r *reader) number(n *node, text, subject string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		r.fail(n.position, "number", subject, "found %q, expected a number", text)
		return 0, false
	}
	return v, true
}

func (r *reader) document(root *node) {
	r.header(root)
	specs := root.child("sim_specs")
	var macros []*node
	for _, n := range root.children {
		switch {
		case n.vendor:
		case n.name == "model_units":
			r.units(n)
		case n.name == "dimensions":
			r.dimensions(n)
		case n.name == "behavior":
			r.behaviour = r.behaviour.over(n)
		case n.name == "macro":
			macros = append(macros, n)
		}
	}
	r.written = len(r.model.Dimensions)
	for _, n := range macros {
		r.defineMacro(n)
	}
	r.checkMacros()
	main := r.nameModels(root)
	if main == nil {
		return
	}
	if own := main.child("sim_specs"); own != nil {
		specs = own
	}
	r.time(specs)
	r.model.Documentation = main.childText("doc")
	r.root = r.instance(main, nil, nil, "")
	r.connectAll()
	r.link()
	for _, s := range r.scopes {
		r.groups(s)
	}
	r.checkSize()
}

// header reads the name and the options that change what a model means.
func (r *reader) header(root *node) {
	r.namespaces = []string{"std"}
	h := root.child("header")
	if h == nil {
		return
	}
	r.model.Name = h.childText("name")
	for _, o := range append(h.all("options"), h.all("smile")...) {
		if text, ok := o.attribute("namespace"); ok {
			r.namespaces = names(text)
		}
		if a := o.child("uses_arrays"); a != nil {
			if value, _ := a.attribute("invalid_index_value"); strings.EqualFold(value, "nan") {
				r.model.OutsideNaN = true
			}
		}
	}
	if i := h.child("includes"); i != nil && len(i.children) > 0 {
		r.fail(i.position, "unsupported", "includes", "the file includes other files; put their contents into this one")
	}
}

// names splits a list of namespaces.
func names(text string) []string {
	var list []string
	for _, part := range strings.Split(text, ",") {
		if part = model.Canonical(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// behaviour says which variables are non-negative unless they say otherwise
// (XMILE 1.0 section 2.6).
type behaviour struct{ stock, flow bool }

// over returns the behaviour with what a <behavior> element says laid over it.
func (b behaviour) over(n *node) behaviour {
	if n == nil {
		return b
	}
	if c := n.child("non_negative"); c != nil {
		b.stock, b.flow = isSet(c), isSet(c)
	}
	for name, target := range map[string]*bool{"stock": &b.stock, "flow": &b.flow} {
		if c := n.child(name); c != nil && c.child("non_negative") != nil {
			*target = isSet(c.child("non_negative"))
		}
	}
	return b
}

// isSet reads an option that is on unless its content is "false".
func isSet(n *node) bool { return !strings.EqualFold(n.content(), "false") }

// nameModels lists the models of the document by name and returns the main one:
// that without a name or, when all have one, the first.
func (r *reader) nameModels(root *node) *node {
	var main *node
	all := root.all("model")
	for _, n := range all {
		name, _ := n.attribute("name")
		switch key := model.Canonical(displayName(name)); {
		case key == "" && main == nil:
			main = n
		case key == "":
			r.fail(n.position, "xmile", "", "a second <model> without a name; only the main model has none")
		case r.models[key] != nil:
			r.fail(n.position, "duplicate-name", name, "the model is defined twice, first at %s", r.models[key].position)
		default:
			r.models[key] = n
		}
	}
	if len(all) == 0 {
		r.fail(root.position, "xmile", "", "the document has no <model>")
		return nil
	}
	if main == nil {
		main = all[0]
	}
	return main
}

// groups assigns the variables that groups list to sectors.
func (r *reader) groups(s *scope) {
	if s.macro != nil {
		return
	}
	list := s.node.all("group")
	if v := s.node.child("variables"); v != nil {
		list = append(list, v.all("group")...)
	}
	for _, n := range list {
		name, _ := n.attribute("name")
		for _, e := range n.all("entity") {
			entity, _ := e.attribute("name")
			if v := s.locals[model.Canonical(displayName(entity))]; v != nil {
				v.Sector = displayName(name)
			} else if s.modules[model.Canonical(displayName(entity))] == nil {
				r.failHint(e.position, "unknown-name", name, r.near(entity, s.names()), "the group lists %q, which is not a variable of the model", entity)
			}
		}
	}
}

// add puts a variable into the flat model.
func (r *reader) add(v *model.Variable) {
	r.model.Variables = append(r.model.Variables, v)
	r.elements += r.model.Size(v)
	if len(r.model.Variables) > r.most.variables {
		r.exhaust(v.Position, "modules and macros make more than %d variables", r.most.variables)
	}
	if r.elements > r.most.elements {
		r.exhaust(v.Position, "the variables have more than %d elements in all", r.most.elements)
	}
}

// spend counts the nodes of an equation that a macro makes.
func (r *reader) spend(at diagnostic.Position, nodes int) {
	if r.nodes += nodes; r.nodes > r.most.nodes {
		r.exhaust(at, "macros make equations of more than %d parts", r.most.nodes)
	}
}

func (r *reader) exhaust(at diagnostic.Position, format string, arguments ...any) {
	if !r.exhausted {
		r.exhausted = true
		r.found = append(r.found, diagnostic.Diagnostic{Position: at, Code: "size", Message: fmt.Sprintf(format, arguments...)})
	}
}

// checkSize drops the variables of a model that is too large, so that nothing
// works on the rest by accident.
func (r *reader) checkSize() {
	if r.exhausted {
		r.model.Variables = nil
	}
}

// displayName drops the quotes that XMILE allows round a name and its escapes
// for line breaks.
func displayName(name string) string {
	name = strings.TrimSpace(name)
	if len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
		name = name[1 : len(name)-1]
	}
	return escapes.Replace(name)
}

var escapes = strings.NewReplacer(`\n`, " ", `\r`, " ", `\t`, " ", "\n", " ", "\r", " ", "\t", " ", `\"`, `"`, `\\`, `\`)
