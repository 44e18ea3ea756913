package xmile

import (
	"strconv"
	"strings"

	"handover/model"
)

func (r *reader) units(n *node) {
	for _, a := range n.attributes {
		r.model.OpenUnits = r.model.OpenUnits || a.Name.Space == Namespace && a.Name.Local == "open" && a.Value == "true"
	}
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

// dimensions reads the dimensions of the model. XMILE has no mappings; those of
// other tools are read: <isee:maps_to>, which pairs elements in order, and
// <simlin:mapping target> with <simlin:elem from to>.
func (r *reader) dimensions(n *node) {
	first := len(r.model.Dimensions)
	nodes := n.all("dim")
	for _, c := range nodes {
		d := &model.Dimension{Position: c.position}
		name, _ := c.attribute("name")
		d.Name = displayName(name)
		for _, e := range c.all("elem") {
			name, _ := e.attribute("name")
			d.Elements = append(d.Elements, displayName(name))
		}
		if text, ok := c.attribute("size"); ok && len(d.Elements) == 0 {
			size, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil || size < 1 || size > mostElements {
				r.fail(c.position, "dimension", d.Name, "the size is %q; expected a whole number from 1 to %d", text, mostElements)
				size = 0
			}
			for i := range size {
				d.Elements = append(d.Elements, strconv.Itoa(i+1))
			}
		}
		r.model.Dimensions = append(r.model.Dimensions, d)
	}
	for i, c := range nodes {
		r.mappings(r.model.Dimensions[first+i], c)
	}
}

func (r *reader) mappings(d *model.Dimension, n *node) {
	for _, c := range n.children {
		switch {
		case c.name == "maps_to" && c.content() != "":
			to := r.model.Dimension(c.content())
			if to == nil || len(to.Elements) != len(d.Elements) {
				r.fail(c.position, "dimension", d.Name, "the dimension maps to %q, which is no dimension with as many elements", c.content())
				continue
			}
			m := model.Mapping{To: to.Name}
			for _, e := range to.Elements {
				m.Elements = append(m.Elements, []string{e})
			}
			d.Mappings = append(d.Mappings, m)
		case c.name == "mapping" && c.vendor:
			r.elementMapping(d, c)
		}
	}
}

func (r *reader) elementMapping(d *model.Dimension, n *node) {
	target, _ := n.attribute("target")
	to := r.model.Dimension(target)
	if to == nil {
		r.fail(n.position, "dimension", d.Name, "the dimension maps to %q, which is not defined", target)
		return
	}
	m := model.Mapping{To: to.Name, Elements: make([][]string, len(d.Elements))}
	for _, c := range n.children {
		if c.name != "elem" {
			continue
		}
		from, _ := c.attribute("from")
		element, _ := c.attribute("to")
		at := d.Index(from)
		if at < 0 || to.Index(element) < 0 {
			r.fail(c.position, "unknown-element", d.Name, "the mapping from %q to %q names an element that does not exist", from, element)
			continue
		}
		m.Elements[at] = append(m.Elements[at], element)
	}
	d.Mappings = append(d.Mappings, m)
}
