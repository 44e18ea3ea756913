// Package reference writes the reference of a model: every variable with its
// equation, unit, documentation and source, how they hang together, the feedback
// loops through one of them, and what the field's reporting guidelines ask for.
package reference

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"handover/model"
)

// Reference is what is said of a model. It is made by New and not changed.
type Reference struct {
	Model *model.Model
	// Version is that of the program, for the checklists.
	Version string
	Sectors []Sector
	// Center is the variable whose loops are shown; nil when no variable lies in a
	// loop.
	Center *Entry
	Loops  []Loop
	// Checklists say what guidelines ask for and what the model answers.
	Checklists []Checklist
	byKey      map[string]*Entry
	graph      *graph
}

// Sector is a group of variables in the order of the model.
type Sector struct {
	// Name is empty for variables in no sector.
	Name    string
	Entries []*Entry
}

// Entry is one variable.
type Entry struct {
	*model.Variable
	// ID is unique in the reference and fit for a link.
	ID string
	// Uses and UsedBy are the variables that its equations read, and those whose
	// equations read it, each once, in the order of the model.
	Uses, UsedBy []*Entry
	index        int
}

// New makes the reference of a checked model. center names the variable whose
// loops are wanted; with "" it is the stock that lies on most loops found. It is
// an error when the model has no such variable.
func New(m *model.Model, center, version string) (*Reference, error) {
	r := &Reference{Model: m, Version: version, byKey: map[string]*Entry{}}
	var all []*Entry
	sectors := map[string]int{}
	for i, v := range m.Variables {
		e := &Entry{Variable: v, ID: fmt.Sprintf("v%d", i+1), index: i}
		all = append(all, e)
		r.byKey[model.Canonical(v.Name)] = e
		at, ok := sectors[v.Sector]
		if !ok {
			at = len(r.Sectors)
			sectors[v.Sector] = at
			r.Sectors = append(r.Sectors, Sector{Name: v.Sector})
		}
		r.Sectors[at].Entries = append(r.Sectors[at].Entries, e)
	}
	r.connect(all)
	r.graph = newGraph(r, all)
	if err := r.findLoops(center, all); err != nil {
		return nil, err
	}
	r.Checklists = r.checklists()
	return r, nil
}

// connect fills in who reads whom.
func (r *Reference) connect(all []*Entry) {
	for _, e := range all {
		used := map[*Entry]bool{}
		add := func(name string) {
			if u := r.byKey[name]; u != nil && u != e && !used[u] {
				used[u] = true
				e.Uses = append(e.Uses, u)
				u.UsedBy = append(u.UsedBy, e)
			}
		}
		for q := range e.AllEquations() {
			names(q.Expression, add)
		}
		for _, f := range append(slices.Clone(e.Inflows), e.Outflows...) {
			add(model.Canonical(f))
		}
	}
	for _, e := range all {
		for _, list := range [][]*Entry{e.Uses, e.UsedBy} {
			sort.Slice(list, func(i, j int) bool { return list[i].index < list[j].index })
		}
	}
}

// names calls add for every name that an expression reads.
func names(x model.Expression, add func(string)) {
	model.Walk(x, func(x model.Expression) bool {
		switch x := x.(type) {
		case *model.Reference:
			add(x.Name)
			for _, s := range x.Subscripts {
				if s.Name != "" {
					add(s.Name)
				}
			}
		case *model.Call:
			add(x.Function)
		}
		return true
	})
}

// spelt writes a canonical name as the author did.
func (r *Reference) spelt(canonical string) string {
	if e := r.byKey[canonical]; e != nil {
		return e.Name
	}
	if d := r.Model.Dimension(canonical); d != nil {
		return d.Name
	}
	for _, d := range r.Model.Dimensions {
		if i := d.Index(canonical); i >= 0 {
			return d.Elements[i]
		}
	}
	return canonical
}

// Text writes an equation in the language of the model, as plain text.
func (r *Reference) Text(q *model.Equation) string {
	if q.Expression == nil {
		return ""
	}
	return model.Format(q.Expression, func(name string) string { return model.Quoted(r.spelt(name)) })
}

// Of says which elements an equation is for; "" for all.
func Of(q *model.Equation) string {
	if q.Elements == nil {
		return ""
	}
	s := "["
	for i, e := range q.Elements {
		if i > 0 {
			s += ", "
		}
		s += e
	}
	return s + "]"
}

// Bounds writes the plausible range of a variable; "" when it has none.
func (e *Entry) Bounds() string {
	p := e.Provenance
	if !p.Ranged {
		return ""
	}
	end := func(x float64) string {
		if math.IsInf(x, 0) {
			return "open"
		}
		return model.Number64(x)
	}
	return end(p.Low) + " to " + end(p.High)
}
