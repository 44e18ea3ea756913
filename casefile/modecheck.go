package casefile

import (
	"errors"
	"fmt"
	"slices"

	"handover/diagnostic"
	"handover/model"
)

// mostModeMonths bounds the run of a reference mode.
const mostModeMonths = 600

// checkModes checks the courses that draws are tried on.
func (l *loader) checkModes() {
	d, h := l.history, l.c.History
	start, err := l.c.ParsePeriod(h.Start)
	if err != nil {
		return // reported where it stands
	}
	seen := map[string]int{}
	for i := range h.Modes {
		mode := &h.Modes[i]
		path := fmt.Sprintf("modes[%d]", i)
		l.checkID(d, path, mode.ID, seen)
		if d.ok(path+".tests") && len(mode.Tests) == 0 {
			l.fail(d.at(path), "missing-key", mode.ID, "", "the mode has no tests; expected at least one")
		}
		charts := map[string]int{}
		for k := range mode.Charts {
			at := fmt.Sprintf("%s.charts[%d]", path, k)
			l.checkID(d, at, mode.Charts[k].ID, charts)
			l.checkModeChart(at, &mode.Charts[k])
		}
		for k := range mode.Tests {
			l.checkModeTest(fmt.Sprintf("%s.tests[%d]", path, k), mode, &mode.Tests[k], start.First)
		}
	}
}

// checkWhole checks that an observation is there and has no parts.
func (l *loader) checkWhole(path, id string) {
	var known []string
	for _, o := range l.c.History.Observations {
		known = append(known, o.ID)
	}
	at := l.history.at(path + ".observation")
	switch i := slices.Index(known, id); {
	case i < 0:
		l.fail(at, "unknown-name", id, diagnostic.DidYouMean(id, known), "there is no observation %q", id)
	case len(l.c.History.Observations[i].Parts) > 0:
		l.fail(at, "kind", id, "", "the observation %q has parts; expected one without", id)
	}
}

func (l *loader) checkModeTest(path string, mode *Mode, t *ModeTest, start int) {
	d := l.history
	if t.Least == nil && t.Most == nil || t.Least != nil && t.Most != nil && *t.Least > *t.Most {
		l.fail(d.at(path), "range", mode.ID, "", "a test needs least, most or both, and least is not above most")
	}
	first, last := start, -1
	switch {
	case (t.Observation == "") == (t.Chart == ""):
		l.fail(d.at(path), "missing-key", mode.ID, "", "a test is of an observation or of a chart; give one")
		return
	case t.Observation != "":
		l.checkWhole(path, t.Observation)
		if t.Over == "" {
			l.fail(d.at(path), "missing-key", mode.ID, "", "a test of an observation needs over, the period to compare with")
		}
	default:
		i := slices.IndexFunc(mode.Charts, func(c ModeChart) bool { return c.ID == t.Chart })
		if i < 0 {
			var known []string
			for _, c := range mode.Charts {
				known = append(known, c.ID)
			}
			l.fail(d.at(path+".chart"), "unknown-name", mode.ID, diagnostic.DidYouMean(t.Chart, known), "the mode has no chart %q", t.Chart)
			return
		}
		if r := mode.Charts[i].Ahead; r != nil {
			from := l.c.modeOrigin(r)
			if mode.Charts[i].Quantity == "" {
				first = from
			}
			last = from + r.Months - 1
		}
	}
	for _, x := range []struct{ key, text string }{{"period", t.Period}, {"over", t.Over}} {
		if x.text == "" {
			continue
		}
		p, err := l.c.ParsePeriod(x.text)
		if err == nil && t.Chart == "" && (p.First < first || p.Last() > last) {
			err = fmt.Errorf("%s is not between %s and the base date %s", x.text, l.c.History.Start, l.c.BaseDate)
		} else if err == nil && (p.First < first || p.Last() > last) {
			err = fmt.Errorf("%s is not between %s and %s, which the chart %s runs over", x.text, l.c.MonthName(first), l.c.MonthName(last), t.Chart)
		}
		if err != nil {
			l.fail(d.at(path+"."+x.key), "date", mode.ID, "", "%v", err)
		}
	}
}

// modeOrigin is the month at which a run is shown; the base date's where it is not
// given, or wrong.
func (c *Case) modeOrigin(r *ModeRun) int {
	if p, err := c.ParsePeriod(r.Origin); err == nil {
		return p.First
	}
	return 0
}

func (l *loader) checkModeChart(path string, c *ModeChart) {
	d := l.history
	from, errFrom := l.c.ParsePeriod(c.From)
	to, errTo := l.c.ParsePeriod(c.To)
	err := errors.Join(errFrom, errTo)
	if err == nil && to.Last() <= from.First {
		err = fmt.Errorf("the chart runs from %s to %s; expected a later end", c.From, c.To)
	}
	if err != nil && c.From != "" && c.To != "" {
		l.fail(d.at(path+".from"), "date", c.ID, "", "%v", err)
	}
	switch {
	case c.Observation != "" && (c.Quantity != "" || c.Data != nil):
		l.fail(d.at(path), "contradiction", c.ID, "remove quantity and data", "an observation brings its quantity and data with it")
	case c.Observation != "":
		l.checkWhole(path, c.Observation)
		if i := slices.IndexFunc(l.c.History.Observations, func(o Observation) bool { return o.ID == c.Observation && o.Over != "" }); i >= 0 {
			l.fail(d.at(path+".observation"), "kind", c.ID, "give the quantity and data of the ratio itself", "the observation %q is relative to a period, which a chart does not show", c.Observation)
		}
	case c.Quantity == "" && c.Ahead == nil:
		l.fail(d.at(path), "missing-key", c.ID, "", "a chart needs an observation, a quantity or a run ahead")
	}
	l.checkModeQuantity(path+".quantity", c.ID, c.Quantity)
	if c.Data != nil && c.Data.Table != "" && c.Data.Period != "" && c.Data.Value != "" {
		if _, err := l.c.ModeValues(c.Data); err != nil {
			l.fail(d.at(path+".data"), "data", c.ID, "", "%v", err)
		}
	}
	r := c.Ahead
	if r == nil {
		return
	}
	l.checkModeQuantity(path+".ahead.quantity", c.ID, r.Quantity)
	if r.Months < 1 || r.Months > mostModeMonths {
		l.fail(d.at(path+".ahead.months"), "range", c.ID, "", "the run is %d months; expected 1 to %d", r.Months, mostModeMonths)
	}
	if r.Strategy != "" && len(l.c.Strategies) > 0 && l.c.Strategy(r.Strategy) == nil {
		var ids []string
		for _, s := range l.c.Strategies {
			ids = append(ids, s.ID)
		}
		l.fail(d.at(path+".ahead.strategy"), "unknown-name", c.ID, diagnostic.DidYouMean(r.Strategy, ids), "there is no strategy %q", r.Strategy)
	}
	l.month(d, path+".ahead.origin", r.Origin)
}

func (l *loader) checkModeQuantity(path, id, text string) {
	if text == "" {
		return
	}
	if _, err := model.ParseExpression(text); err != nil {
		l.fail(l.history.at(path), "syntax", id, "", "%v", err)
	}
}
