package casefile

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"handover/diagnostic"
	"handover/model"
)

// longest is the most months that a case may look ahead.
const longest = 1200

var (
	caseName   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	identifier = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
)

// checkSettings checks case.yaml against the other files.
func (l *loader) checkSettings() {
	d, s := l.settings, &l.c.Settings
	if d == nil {
		return
	}
	if s.Name != "" && !caseName.MatchString(s.Name) {
		l.fail(d.at("name"), "name", "name", "", "%q cannot name a folder; expected lower-case letters, digits and single hyphens, such as iraq or south-sudan", s.Name)
	}
	if s.BaseDate != "" {
		if _, err := time.Parse(time.DateOnly, s.BaseDate); err != nil {
			l.fail(d.at("base_date"), "date", "base_date", "", "%q is not a day; expected YYYY-MM-DD", s.BaseDate)
		}
	}
	if d.ok("horizon") && (s.Horizon < 1 || s.Horizon > longest) {
		l.fail(d.at("horizon"), "range", "horizon", "", "the horizon is %d months; expected 1 to %d", s.Horizon, longest)
	}
	l.checkReference()
	l.checkPlaces()
	for i, in := range s.Initial {
		l.checkInitial(fmt.Sprintf("initial[%d]", i), in)
	}
	if s.Register != "" {
		l.table(d.at("register"), "register", s.Register)
	}
}

// checkReference checks that the strategies named in case.yaml exist.
func (l *loader) checkReference() {
	if l.strategies == nil {
		return
	}
	d, s := l.settings, &l.c.Settings
	var ids []string
	for _, t := range l.c.Strategies {
		ids = append(ids, t.ID)
	}
	known := func(path, id string) {
		if id != "" && !slices.Contains(ids, id) {
			l.fail(d.at(path), "unknown-name", path, diagnostic.DidYouMean(id, ids), "there is no strategy %q in %s", id, StrategiesName)
		}
	}
	known("reference", s.Reference)
	for i, id := range s.Default {
		path := fmt.Sprintf("default[%d]", i)
		known(path, id)
		if slices.Index(s.Default, id) < i {
			l.fail(d.at(path), "duplicate-name", path, "remove one", "the strategy %q is listed twice", id)
		}
	}
	if d.ok("default") && len(s.Default) == 0 {
		l.fail(d.at("default"), "missing-key", "default", "", "no strategy is listed; expected at least one")
	}
}

// table finds a data table by its path, or reports it.
func (l *loader) table(p diagnostic.Position, subject, name string) *Table {
	if t := l.c.Tables[name]; t != nil {
		return t
	}
	l.fail(p, "unknown-name", subject, diagnostic.DidYouMean(name, l.tableNames()), "there is no table %q; expected the path of a CSV file, such as data/forces.csv", name)
	return nil
}

func (l *loader) tableNames() []string {
	var names []string
	for name := range l.c.Tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// checkPlaces checks that the places are the elements of the dimension, and
// their shapes features of the map.
func (l *loader) checkPlaces() {
	d, p := l.settings, &l.c.Places
	var shapes []string
	if p.Map != "" {
		shapes = l.readMap(d.at("places.map"), p.Map)
	}
	var dimension *model.Dimension
	if m := l.c.Model; m != nil && p.Dimension != "" {
		if dimension = m.Dimension(p.Dimension); dimension == nil {
			var names []string
			for _, x := range m.Dimensions {
				names = append(names, x.Name)
			}
			l.fail(d.at("places.dimension"), "unknown-name", "places.dimension", diagnostic.DidYouMean(p.Dimension, names), "%q is not a dimension of the model", p.Dimension)
		}
	}
	described := map[string]int{}
	sure := d.ok("places.dimension")
	for i, e := range p.Elements {
		path := fmt.Sprintf("places.elements[%d]", i)
		if e.Element == "" {
			sure = false
			continue
		}
		at := d.at(path + ".element")
		name := model.Canonical(e.Element)
		if line, ok := described[name]; ok {
			l.fail(at, "duplicate-name", e.Element, "remove one", "the place is described twice; the first is on line %d", line)
		} else {
			described[name] = at.Line
		}
		if dimension != nil && dimension.Index(e.Element) < 0 {
			l.fail(at, "unknown-element", e.Element, diagnostic.DidYouMean(e.Element, dimension.Elements), "%q is not an element of the dimension %q", e.Element, dimension.Name)
		}
		switch {
		case e.Shape == "" && p.Map != "" && d.ok(path+".shape"):
			l.fail(d.at(path), "missing-key", path+".shape", "", "the place has no shape; expected the id of a feature of %s", p.Map)
		case e.Shape != "" && p.Map == "":
			l.fail(d.at(path+".shape"), "missing-key", "places.map", "add the key map with the path of a GeoJSON file", "the place has a shape and the case has no map")
		case e.Shape != "" && shapes != nil && !slices.Contains(shapes, e.Shape):
			l.fail(d.at(path+".shape"), "unknown-name", e.Element, diagnostic.DidYouMean(e.Shape, shapes), "%s has no feature with the id %q", p.Map, e.Shape)
		}
	}
	if dimension == nil || !sure || len(p.Elements) == 0 && !d.ok("places.elements") {
		return
	}
	for _, e := range dimension.Elements {
		if _, ok := described[model.Canonical(e)]; !ok {
			l.fail(d.at("places.elements"), "missing-place", e, "", "the element of the dimension %q is not described", dimension.Name)
		}
	}
}
