package casefile

import (
	"fmt"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// Outcome finds an outcome by its id, or nil.
func (c *Case) Outcome(id string) *Outcome {
	for i := range c.Outcomes {
		if c.Outcomes[i].ID == id {
			return &c.Outcomes[i]
		}
	}
	return nil
}

// checkOutcomes checks outcomes.yaml. What stands in expressions is checked
// with the strategies' models, in checkModels.
func (l *loader) checkOutcomes() {
	d := l.outcomes
	if d == nil {
		return
	}
	ids := map[string]int{}
	var headlines []int
	for i := range l.c.Outcomes {
		o := &l.c.Outcomes[i]
		path := fmt.Sprintf("outcomes[%d]", i)
		l.checkID(d, path, o.ID, ids)
		l.checkReduction(path, o)
		l.checkEvent(path, o)
		if o.Headline {
			headlines = append(headlines, i)
		}
	}
	l.checkHeadline(headlines)
	ids = map[string]int{}
	for i := range l.c.Series {
		l.checkID(d, fmt.Sprintf("series[%d]", i), l.c.Series[i].ID, ids)
	}
	ids = map[string]int{}
	for i := range l.c.Maps {
		path := fmt.Sprintf("maps[%d]", i)
		l.checkID(d, path, l.c.Maps[i].ID, ids)
		l.checkMap(path, &l.c.Maps[i])
	}
}

func (l *loader) checkHeadline(headlines []int) {
	d := l.outcomes
	at := func(i int) diagnostic.Position { return d.at(fmt.Sprintf("outcomes[%d].headline", i)) }
	switch {
	case len(headlines) == 0:
		sure := true
		for i := range l.c.Outcomes {
			sure = sure && d.ok(fmt.Sprintf("outcomes[%d].headline", i))
		}
		if sure {
			l.fail(d.at("outcomes"), "headline", "outcomes", "add headline: true to the outcome that the report answers first", "no outcome is the headline; expected exactly one")
		}
		return
	case len(headlines) > 1:
		for _, i := range headlines[1:] {
			l.fail(at(i), "headline", l.c.Outcomes[i].ID, "keep one", "a second outcome is the headline; the first is %q", l.c.Outcomes[headlines[0]].ID)
		}
	}
	if o := l.c.Outcomes[headlines[0]]; o.Event == nil && d.ok(fmt.Sprintf("outcomes[%d].event", headlines[0])) {
		l.fail(at(headlines[0]), "headline", o.ID, "", "the headline outcome has no event; the report states its probability")
	}
}

func (l *loader) checkReduction(path string, o *Outcome) {
	d := l.outcomes
	if d.ok(path+".decimals") && (o.Decimals < 0 || o.Decimals > 9) {
		l.fail(d.at(path+".decimals"), "range", o.ID, "", "decimals is %d; expected 0 to 9", o.Decimals)
	}
	_, held := d.positions[path+".hold"]
	switch {
	case o.Reduce == "":
	case o.Reduce != First && held:
		l.fail(d.at(path+".hold"), "parameter", o.ID, "remove it", "only a first has a hold; this is %s", o.Reduce)
	case o.Reduce == First && !(o.Hold >= 0 && o.Hold <= longest):
		l.fail(d.at(path+".hold"), "range", o.ID, "", "hold is %s months; expected 0 to %d", numeral(o.Hold), longest)
	}
	if x, err := model.ParseExpression(o.Expression); o.Reduce == First && o.Expression != "" && err == nil && !condition(x) {
		l.fail(d.at(path+".expression"), "condition", o.ID, "write a comparison, such as x > 3", "%q is a quantity; a first needs a condition", shorten(o.Expression))
	}
}

func (l *loader) checkEvent(path string, o *Outcome) {
	d, e := l.outcomes, o.Event
	if e == nil || o.Reduce == "" || !d.ok(path+".event") {
		return
	}
	path += ".event"
	if o.Reduce == First {
		for key, given := range map[string]bool{"above": e.Above != nil, "below": e.Below != nil} {
			if given {
				l.fail(d.at(path+"."+key), "event", o.ID, "use by, with a list of months", "a first happens by a month and not %s a threshold", key)
			}
		}
	} else {
		switch {
		case e.Above != nil && e.Below != nil:
			l.fail(d.at(path+".below"), "event", o.ID, "keep one", "the event has both above and below")
		case e.Above == nil && e.Below == nil:
			l.fail(d.at(path), "event", o.ID, "", "the event of a %s needs above or below", o.Reduce)
		}
		if len(e.By) > 0 {
			l.fail(d.at(path+".by"), "event", o.ID, "remove it", "only the event of a first has months; this is %s", o.Reduce)
		}
	}
	for i, m := range e.By {
		at := d.at(fmt.Sprintf("%s.by[%d]", path, i))
		switch {
		case m < 1 || m > longest:
			l.fail(at, "range", o.ID, "", "the month is %d; expected 1 to %d", m, longest)
		case i > 0 && m <= e.By[i-1]:
			l.fail(at, "range", o.ID, "", "month %d comes after month %d; expected months that rise", m, e.By[i-1])
		}
	}
}

func (l *loader) checkMap(path string, m *Map) {
	d := l.outcomes
	if l.c.Model == nil || m.Variable == "" {
		return
	}
	at := d.at(path + ".variable")
	if strings.ContainsAny(m.Variable, "[]") {
		l.fail(at, "subscripts", m.ID, "name the variable without brackets", "a map shows all elements of a variable")
		return
	}
	t, ok := l.resolve(at, m.ID, m.Variable)
	if !ok {
		return
	}
	want := l.c.Places.Dimension
	if want == "" || l.c.Model.Dimension(want) == nil {
		return
	}
	if v := t.variable; len(v.Dimensions) != 1 || model.Canonical(v.Dimensions[0]) != model.Canonical(want) {
		over := "is not arrayed"
		if len(v.Dimensions) > 0 {
			over = "is arrayed over " + strings.Join(v.Dimensions, ", ")
		}
		l.fail(at, "subscripts", m.ID, "", "%q %s; a map needs a variable over %s alone", v.Name, over, want)
	}
}

// OutcomeVariable is the name of the auxiliary that holds the expression of an
// outcome in the models of StrategyModel.
func (c *Case) OutcomeVariable(id string) string { return unused("outcome "+id, c.taken()) }

// SeriesVariable is the name of the auxiliary that holds the expression of a
// series in the models of StrategyModel.
func (c *Case) SeriesVariable(id string) string { return unused("series "+id, c.taken()) }

// Measures lists what OutcomeVariable and SeriesVariable say of all outcomes and
// all series, in the order of the case.
func (c *Case) Measures() (outcomes, series []string) {
	taken := c.taken()
	for _, o := range c.Outcomes {
		outcomes = append(outcomes, unused("outcome "+o.ID, taken))
	}
	for _, s := range c.Series {
		series = append(series, unused("series "+s.ID, taken))
	}
	return outcomes, series
}

// taken holds the names, in canonical form, that the model or a strategy uses.
func (c *Case) taken() map[string]bool {
	names := map[string]bool{}
	for _, v := range c.Model.Variables {
		names[model.Canonical(v.Name)] = true
	}
	for _, d := range c.Model.Dimensions {
		names[model.Canonical(d.Name)] = true
	}
	for i := range c.Strategies {
		for _, name := range c.Strategies[i].names() {
			names[model.Canonical(name)] = true
		}
	}
	return names
}

// unused extends a name until it is not taken.
func unused(name string, taken map[string]bool) string {
	for taken[model.Canonical(name)] {
		name += " value"
	}
	return name
}
