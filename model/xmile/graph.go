package xmile

import (
	"strings"

	"handover/model"
)

// graph reads a <gf>. One with a name and no points is that of the same name
// elsewhere; one with a name inside a variable of another name can be called by
// it.
func (r *reader) graph(p *prototype, n *node) *model.Graph {
	name, named := n.attribute("name")
	own := n == p.node || model.Canonical(displayName(name)) == model.Canonical(p.Name)
	if named && n.child("ypts") == nil && n.child("xpts") == nil {
		if source := r.sharedGraph(p.node, n, name); source != nil {
			return r.points(p, source)
		}
		r.fail(n.position, "graph", p.Name, "no graphical function named %q has points", displayName(name))
		return &model.Graph{Position: n.position}
	}
	g := r.points(p, n)
	if named && !own {
		p.named = append(p.named, &model.Variable{Name: displayName(name), Kind: model.Lookup, Position: n.position,
			Equations: []model.Equation{{Graph: g, Position: n.position}}})
	}
	return g
}

// sharedGraph finds the <gf> of a name, with points, among the variables of the
// model in which the variable stands, and in the rest of the document.
func (r *reader) sharedGraph(variable, n *node, name string) *node {
	if r.graphs == nil {
		r.graphs = map[string]*node{}
		r.collectGraphs(r.tree)
	}
	key := model.Canonical(displayName(name))
	if g := r.graphs[key]; g != n && g != variable {
		return g
	}
	return nil
}

func (r *reader) collectGraphs(n *node) {
	for _, c := range n.children {
		if c.name == "gf" && !c.vendor && c.child("ypts") != nil {
			name, ok := c.attribute("name")
			if !ok {
				name, ok = n.attribute("name")
			}
			if key := model.Canonical(displayName(name)); ok && r.graphs[key] == nil {
				r.graphs[key] = c
			}
		}
		r.collectGraphs(c)
	}
}

// points reads the points of a graphical function.
func (r *reader) points(p *prototype, n *node) *model.Graph {
	g := &model.Graph{Position: n.position}
	switch kind, _ := n.attribute("type"); strings.ToLower(kind) {
	case "", "continuous":
	case "extrapolate":
		g.Interpolation = model.Extrapolate
	case "discrete":
		g.Interpolation = model.Discrete
	default:
		r.fail(n.position, "graph", p.Name, "the type of the graphical function is %q; expected continuous, extrapolate or discrete", kind)
	}
	g.Y = r.values(p, n.child("ypts"))
	if len(g.Y) == 0 {
		r.fail(n.position, "graph", p.Name, "the graphical function has no y values")
		return g
	}
	if x := n.child("xpts"); x != nil {
		g.X = r.values(p, x)
		return g
	}
	s := n.child("xscale")
	if s == nil {
		r.fail(n.position, "graph", p.Name, "the graphical function has neither <xpts> nor <xscale>")
		return g
	}
	low, _ := s.attribute("min")
	high, _ := s.attribute("max")
	a, ok := r.number(s, low, p.Name)
	b, ok2 := r.number(s, high, p.Name)
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

// values reads a list of numbers.
func (r *reader) values(p *prototype, n *node) []float64 {
	if n == nil {
		return nil
	}
	separator := ","
	if s, ok := n.attribute("sep"); ok && s != "" {
		separator = s
	}
	var values []float64
	for _, text := range strings.Split(n.content(), separator) {
		if x, ok := r.number(n, text, p.Name); ok {
			values = append(values, x)
		}
	}
	return values
}
