package casefile

import (
	"fmt"
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// mostStrategies bounds the strategies of a case, each of which is a model.
const mostStrategies = 100

// Strategy finds a strategy by its id, or nil.
func (c *Case) Strategy(id string) *Strategy {
	for i := range c.Strategies {
		if c.Strategies[i].ID == id {
			return &c.Strategies[i]
		}
	}
	return nil
}

// checkStrategies checks strategies.yaml. What stands in expressions is
// checked with the strategies' models, in checkModels.
func (l *loader) checkStrategies() {
	d := l.strategies
	if d == nil {
		return
	}
	if d.ok("strategies") && len(l.c.Strategies) == 0 {
		l.fail(d.at("strategies"), "missing-key", "strategies", "", "no strategy is given; expected at least one")
	}
	if n := len(l.c.Strategies); n > mostStrategies {
		l.fail(d.at("strategies"), "too-large", "strategies", "", "there are %d strategies; at most %d are allowed", n, mostStrategies)
		l.c.Strategies = l.c.Strategies[:mostStrategies]
	}
	ids := map[string]int{}
	for i := range l.c.Strategies {
		s := &l.c.Strategies[i]
		path := fmt.Sprintf("strategies[%d]", i)
		l.checkID(d, path, s.ID, ids)
		l.checkGates(path, s)
		l.checkClock(path, s)
		seen := map[string]int{}
		for k := range s.Levers {
			at := fmt.Sprintf("%s.levers[%d]", path, k)
			l.checkLever(at, s, &s.Levers[k], seen)
		}
	}
}

// checkID checks that an id is well formed and not used before. Case does not
// tell ids apart, since they name folders and columns.
func (l *loader) checkID(d *document, path, id string, seen map[string]int) {
	if id == "" {
		return
	}
	at := d.at(path + ".id")
	if !identifier.MatchString(id) {
		l.fail(at, "name", id, "", "the id cannot be used; expected a letter, then letters, digits, - or _")
	}
	if line, ok := seen[strings.ToLower(id)]; ok {
		l.fail(at, "duplicate-name", id, "choose another id", "the id is already used on line %d", line)
		return
	}
	seen[strings.ToLower(id)] = at.Line
}

func (l *loader) checkGates(path string, s *Strategy) {
	d := l.strategies
	for i, g := range s.Gates {
		at := fmt.Sprintf("%s.gates[%d]", path, i)
		if d.ok(at+".evidence") && (g.Evidence < 0 || g.Evidence > longest) {
			l.fail(d.at(at+".evidence"), "range", s.ID, "", "evidence is %s months; expected 0 to %d", numeral(g.Evidence), longest)
		}
		for key, text := range map[string]string{"close": g.Close, "open": g.Open} {
			if x, err := model.ParseExpression(text); text != "" && err == nil && !condition(x) {
				l.fail(d.at(at+"."+key), "condition", s.ID, "write a comparison, such as x > 3", "%q is a quantity; expected a condition", shorten(text))
			}
		}
	}
}

func (l *loader) checkClock(path string, s *Strategy) {
	if s.Clock == nil {
		return
	}
	d := l.strategies
	var gates []string
	for _, g := range s.Gates {
		gates = append(gates, g.Name)
	}
	path += ".clock.paused"
	if d.ok(path) && len(s.Clock.Paused) == 0 {
		l.fail(d.at(path), "missing-key", s.ID, "name a gate, or remove the clock", "the clock names no gate, so it never stands still")
	}
	for i, name := range s.Clock.Paused {
		at := d.at(fmt.Sprintf("%s[%d]", path, i))
		known := slices.IndexFunc(gates, func(g string) bool { return model.Canonical(g) == model.Canonical(name) })
		switch {
		case name == "":
		case known < 0:
			l.fail(at, "unknown-name", s.ID, diagnostic.DidYouMean(name, gates), "%q is not a gate of the strategy", name)
		case slices.IndexFunc(s.Clock.Paused, func(g string) bool { return model.Canonical(g) == model.Canonical(name) }) < i:
			l.fail(at, "duplicate-name", s.ID, "remove one", "the gate %q is listed twice", name)
		}
	}
}

// checkLever checks one lever. seen holds the levers of the strategy so far.
func (l *loader) checkLever(path string, s *Strategy, v *Lever, seen map[string]int) {
	d := l.strategies
	subject := s.ID + ": " + v.Variable
	at := d.at(path + ".variable")
	if v.Variable != "" {
		key := model.Canonical(v.Variable)
		if line, ok := seen[key]; ok {
			l.fail(at, "duplicate-name", subject, "remove one", "the lever is set twice; the first is on line %d", line)
		} else {
			seen[key] = at.Line
		}
		if l.c.Model != nil {
			l.checkLeverVariable(at, subject, v.Variable)
		}
	}
	points, expression := len(v.Points) > 0, v.Expression != ""
	switch {
	case !d.ok(path+".points") || !d.ok(path+".expression"):
		return
	case points && expression:
		l.fail(d.at(path+".expression"), "lever", subject, "keep one", "the lever has both points and an expression")
		return
	case !points && !expression:
		l.fail(d.at(path), "lever", subject, "", "the lever has neither points nor an expression")
		return
	case expression && v.Interpolation != "":
		l.fail(d.at(path+".interpolation"), "lever", subject, "remove it", "interpolation has no meaning for an expression")
	case expression && v.Calendar:
		l.fail(d.at(path+".calendar"), "lever", subject, "remove it", "calendar has no meaning for an expression")
	case v.Calendar && s.Clock == nil:
		l.warn(d.at(path+".calendar"), "lever", subject, "remove it", "the strategy has no clock, so its points run on the model's time anyway")
	}
	for i, p := range v.Points {
		at := fmt.Sprintf("%s.points[%d]", path, i)
		switch {
		case len(p) != 2:
			l.fail(d.at(at), "points", subject, "", "the point has %d numbers; expected two, [month, value]", len(p))
			return
		case i > 0 && !(p[0] > v.Points[i-1][0]):
			l.fail(d.at(at), "points", subject, "", "month %s comes after month %s; expected months that rise", numeral(p[0]), numeral(v.Points[i-1][0]))
			return
		}
	}
}

func (l *loader) checkLeverVariable(at diagnostic.Position, subject, name string) {
	if strings.ContainsAny(name, "[]") {
		l.fail(at, "subscripts", subject, "name the variable without brackets", "a lever sets all elements of a variable")
		return
	}
	t, ok := l.resolve(at, subject, name)
	if !ok {
		return
	}
	if v := t.variable; v.Kind != model.Auxiliary && v.Kind != model.Constant {
		l.fail(at, "kind", subject, "", "%q is %s; a lever sets an auxiliary or a constant", v.Name, kindWord(v.Kind))
	}
	for _, u := range l.c.Uncertainties {
		if base, _, _ := splitElement(u.Variable); model.Canonical(base) == model.Canonical(name) {
			l.fail(at, "lever", subject, "", "the variable is also an uncertainty, whose draws the lever would undo")
			return
		}
	}
}

// condition reports whether an expression can be a condition: arithmetic and
// plain numbers cannot. A variable may hold 0 or 1.
func condition(x model.Expression) bool {
	switch x := x.(type) {
	case *model.Number:
		return false
	case *model.Unary:
		return x.Operator == model.Not
	case *model.Binary:
		return x.Operator >= model.Less && x.Operator <= model.Or
	}
	return true
}
