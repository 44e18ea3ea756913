package casefile

import (
	"fmt"
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// StrategyModel returns the case's model as it is under a strategy: the
// strategy's variables, gates, clock and levers as ordinary variables in the
// model's own language, and one auxiliary for each outcome and series (see
// OutcomeVariable and SeriesVariable). The error is a diagnostic.List when the
// model does not hold together, which Load has ruled out.
func (c *Case) StrategyModel(id string) (*model.Model, error) {
	s := c.Strategy(id)
	if s == nil {
		var ids []string
		for _, t := range c.Strategies {
			ids = append(ids, t.ID)
		}
		return nil, diagnostic.List{{
			Position: diagnostic.Position{File: StrategiesName}, Code: "unknown-name", Subject: id,
			Message: fmt.Sprintf("there is no strategy %q; the case has %s", id, strings.Join(ids, ", ")),
			Hint:    diagnostic.DidYouMean(id, ids),
		}}
	}
	b := c.compose(s, func(file, path string) diagnostic.Position { return c.places[place{file, path}] })
	list := append(b.list, model.Check(b.m)...)
	if err := list.Err(); err != nil {
		return nil, err
	}
	return b.m, nil
}

// composer adds a strategy, outcomes and series to a copy of a model. It skips
// what it cannot understand, so that the rest can still be checked.
type composer struct {
	c    *Case
	m    *model.Model
	s    *Strategy
	at   func(file, path string) diagnostic.Position
	list diagnostic.List
}

func (c *Case) compose(s *Strategy, at func(file, path string) diagnostic.Position) *composer {
	b := &composer{c: c, m: c.Model.Copy(), s: s, at: at}
	path := ""
	for i := range c.Strategies {
		if &c.Strategies[i] == s {
			path = fmt.Sprintf("strategies[%d]", i)
		}
	}
	for k, v := range s.Variables {
		b.variable(fmt.Sprintf("%s.variables[%d]", path, k), v)
	}
	for k, g := range s.Gates {
		b.gate(fmt.Sprintf("%s.gates[%d]", path, k), g)
	}
	if s.Clock != nil && s.Clock.Name != "" {
		b.clock(path+".clock", s.Clock)
	}
	for k, v := range s.Levers {
		b.lever(fmt.Sprintf("%s.levers[%d]", path, k), v)
	}
	taken := c.taken()
	for k, o := range c.Outcomes {
		if o.ID != "" && o.Expression != "" {
			b.measure(fmt.Sprintf("outcomes[%d]", k), unused("outcome "+o.ID, taken), o.Expression, b.outcomeUnit(o), o.Definition)
		}
	}
	for k, q := range c.Series {
		if q.ID != "" && q.Expression != "" {
			b.measure(fmt.Sprintf("series[%d]", k), unused("series "+q.ID, taken), q.Expression, b.knownUnit(q.Unit), q.Name)
		}
	}
	return b
}

// equation parses text that stands at a path of a file. A text that does not
// parse is reported and stands as 0, of any unit.
func (b *composer) equation(file, path, subject, text string) model.Equation {
	at := b.at(file, path)
	e := model.Equation{Text: text, Position: at}
	x, err := model.ParseExpression(text)
	if err != nil {
		d := diagnostic.Diagnostic{Position: at, Code: "syntax", Subject: subject, Message: err.Error()}
		if s, ok := err.(*model.SyntaxError); ok {
			d.Position, d.Message = e.PositionAt(s.Offset), s.Message
		}
		b.list = append(b.list, d)
		x = &model.Number{}
	}
	e.Expression = x
	return e
}

// own is an equation that the composer writes itself, at the place of what it
// stands for.
func own(at diagnostic.Position, format string, arguments ...any) model.Equation {
	text := fmt.Sprintf(format, arguments...)
	at.Column = 0 // offsets in this text are not offsets in the file
	x, err := model.ParseExpression(text)
	if err != nil {
		// The names in it are quoted where needed, so this cannot be; should it, the
		// check of the model says that the equation is missing.
		x = nil
	}
	return model.Equation{Text: text, Expression: x, Position: at}
}

func (b *composer) add(name string, kind model.Kind, e model.Equation, units, documentation string, at diagnostic.Position) *model.Variable {
	if _, ok := e.Expression.(*model.Number); ok && kind == model.Auxiliary {
		kind = model.Constant
	}
	v := &model.Variable{Name: name, Kind: kind, Equations: []model.Equation{e}, Units: units, Documentation: documentation, Sector: "strategy", Position: at}
	b.m.Add(v)
	return v
}

// rate is the unit of a flow into a stock of the unit.
func (b *composer) rate(units string) string {
	switch {
	case units == "":
		return ""
	case b.m.Time.Unit == "":
		return units
	}
	return "(" + units + ")/" + b.m.Time.Unit
}

func (b *composer) variable(path string, v StrategyVariable) {
	if v.Name == "" || v.Expression == "" {
		return
	}
	at := b.at(StrategiesName, path+".name")
	e := b.equation(StrategiesName, path+".expression", v.Name, v.Expression)
	if v.Initial == "" {
		b.add(v.Name, model.Auxiliary, e, v.Units, v.Meaning, at)
		return
	}
	change := changeName(v.Name)
	start := b.equation(StrategiesName, path+".initial", v.Name, v.Initial)
	b.add(v.Name, model.Stock, start, v.Units, v.Meaning, at).Inflows = []string{change}
	b.add(change, model.Flow, e, b.rate(v.Units), "net change of "+v.Name, at)
}

// gate adds a condition with memory. A condition that has held at each step
// over an interval of length Evidence counts as evidence. How long it has held
// is kept as a time that starts at 0 in the first step in which it holds and is
// -DT while it does not. An open gate closes on evidence to close; a closed one
// opens on evidence to open, unless there is evidence to close at the same time.
func (b *composer) gate(path string, g Gate) {
	if g.Name == "" || g.Close == "" {
		return
	}
	at := b.at(StrategiesName, path+".name")
	month := b.m.Time.Unit
	held := func(word, key, text string) string {
		condition := g.Name + " " + word
		if text == "" {
			b.add(condition, model.Auxiliary, own(at, "IF %s THEN 0 ELSE 1", written(g.Name+" close")), "1", "the condition to close does not hold", at)
		} else {
			b.add(condition, model.Auxiliary, b.equation(StrategiesName, path+"."+key, g.Name, text), "1", "the condition to "+word, at)
		}
		since := condition + " for"
		b.add(since, model.Auxiliary, own(at, "IF %s THEN PREVIOUS(%s, -DT) + DT ELSE -DT", written(condition), written(since)), month,
			"how long the condition has held; -DT while it does not", at)
		// Half a step of slack takes up the rounding of the sum of steps.
		return fmt.Sprintf("%s >= %s - DT/2", written(since), written(g.Name+" evidence"))
	}
	b.add(g.Name+" evidence", model.Constant, own(at, "%s", numeral(g.Evidence)), month, "how long a condition must hold to count", at)
	closing := held("close", "close", g.Close)
	opening := held("open", "open", g.Open)
	b.add(g.Name, model.Auxiliary, own(at, "IF %s THEN 1 ELSE IF %s THEN 0 ELSE PREVIOUS(%s, 0)", closing, opening, written(g.Name)), "1", g.Meaning, at)
}

func (b *composer) clock(path string, k *Clock) {
	at := b.at(StrategiesName, path+".name")
	pace := k.Name + " pace"
	var closed []string
	for _, name := range k.Paused {
		if slices.ContainsFunc(b.s.Gates, func(g Gate) bool { return model.Canonical(g.Name) == model.Canonical(name) }) {
			closed = append(closed, written(name)+" = 1")
		}
	}
	run := own(at, "1")
	if len(closed) > 0 {
		run = own(at, "IF %s THEN 0 ELSE 1", strings.Join(closed, " OR "))
	}
	b.add(k.Name, model.Stock, own(at, "%s", numeral(b.m.Time.Start)), b.m.Time.Unit,
		"time of the strategy, which stands still while a gate is closed", at).Inflows = []string{pace}
	b.add(pace, model.Flow, run, "1", "1 while the clock runs, 0 while it stands still", at)
}

// lever replaces the equations of a variable.
func (b *composer) lever(path string, lever Lever) {
	v := b.m.Variable(lever.Variable)
	if v == nil || v.Kind != model.Auxiliary && v.Kind != model.Constant {
		return
	}
	var e model.Equation
	switch {
	case lever.Expression != "":
		e = b.equation(StrategiesName, path+".expression", v.Name, lever.Expression)
	case len(lever.Points) > 0:
		e = b.points(path, lever)
	default:
		return
	}
	v.Kind = model.Auxiliary
	if _, ok := e.Expression.(*model.Number); ok && e.Graph == nil {
		v.Kind = model.Constant
	}
	v.Equations = []model.Equation{e}
	v.NonNegative = false
}

func (b *composer) points(path string, lever Lever) model.Equation {
	at := b.at(StrategiesName, path+".points")
	if len(lever.Points) == 1 && len(lever.Points[0]) == 2 {
		return own(at, "%s", numeral(lever.Points[0][1]))
	}
	argument := "TIME"
	if k := b.s.Clock; k != nil && k.Name != "" && !lever.Calendar {
		argument = written(k.Name)
	}
	e := graphOf(at, argument, lever.Points)
	if e.Graph != nil && lever.Interpolation == "step" {
		e.Graph.Interpolation = model.Discrete
	}
	return e
}

// graphOf joins [month, value] points by lines over an argument. Points that do
// not rise are left out, which the checks report.
func graphOf(at diagnostic.Position, argument string, points [][]float64) model.Equation {
	e := own(at, "%s", argument)
	e.Graph = &model.Graph{Position: at}
	for _, p := range points {
		if len(p) == 2 && (len(e.Graph.X) == 0 || p[0] > e.Graph.X[len(e.Graph.X)-1]) {
			e.Graph.X, e.Graph.Y = append(e.Graph.X, p[0]), append(e.Graph.Y, p[1])
		}
	}
	if len(e.Graph.X) == 0 {
		return own(at, "0")
	}
	return e
}

func (b *composer) measure(path, name, text, units, documentation string) {
	id := name[strings.IndexByte(name, ' ')+1:]
	if b.m.Variable(name) != nil {
		return // the id is given twice, which is reported
	}
	v := b.add(name, model.Auxiliary, b.equation(OutcomesName, path+".expression", id, text), units, documentation, b.at(OutcomesName, path+".id"))
	v.Kind, v.Sector = model.Auxiliary, "outcomes"
}

// outcomeUnit is the unit of an outcome's expression, where the unit that
// readers see is one of the model's; "" is not checked.
func (b *composer) outcomeUnit(o Outcome) string {
	switch o.Reduce {
	case Final, Minimum, Maximum, Mean:
		return b.knownUnit(o.Unit)
	}
	return ""
}

func (b *composer) knownUnit(unit string) string {
	want := model.Canonical(unit)
	for _, u := range b.c.Model.Units {
		if model.Canonical(u.Name) == want {
			return unit
		}
	}
	for _, v := range b.c.Model.Variables {
		if v.Units != "" && model.Canonical(v.Units) == want {
			return unit
		}
	}
	return ""
}

func changeName(name string) string { return name + " change" }

// names lists the variables that the strategy adds to the model.
func (s *Strategy) names() []string {
	var names []string
	for _, v := range s.Variables {
		names = append(names, v.Name, changeName(v.Name))
	}
	for _, g := range s.Gates {
		names = append(names, g.Name, g.Name+" evidence", g.Name+" close", g.Name+" open", g.Name+" close for", g.Name+" open for")
	}
	if s.Clock != nil {
		names = append(names, s.Clock.Name, s.Clock.Name+" pace")
	}
	return names
}
