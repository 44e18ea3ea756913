package casefile

import (
	"fmt"
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// checkHistory checks history.yaml against the model, the uncertainties and the
// data tables.
func (l *loader) checkHistory() {
	d, h := l.history, l.c.History
	if d == nil || h == nil {
		return
	}
	before := l.list.Errors()
	start, end := l.month(d, "start", h.Start), l.month(d, "end", h.End)
	if start != nil && start.First >= 0 {
		l.fail(d.at("start"), "range", "start", "", "the history starts in %s; expected a month before the base date %s", h.Start, l.c.BaseDate)
	}
	if start != nil && end != nil && (end.First <= start.First || end.First >= 0) {
		l.fail(d.at("end"), "range", "end", "", "the history ends in %s; expected a month between %s and the base date %s", h.End, h.Start, l.c.BaseDate)
	}
	if h.Step != nil && !(*h.Step > 0 && *h.Step <= 1) {
		l.fail(d.at("step"), "range", "step", "", "the step is %s months; expected more than 0 and at most 1", numeral(*h.Step))
	}
	seen := map[string]int{}
	for k, g := range h.StartValues {
		l.checkSetting(d, fmt.Sprintf("start_values[%d]", k), "start_values", g, seen)
	}
	l.checkUnknown(seen)
	l.checkCalibrated()
	l.checkHandedOver()
	ids := map[string]int{}
	for k := range h.Observations {
		l.checkObservation(fmt.Sprintf("observations[%d]", k), &h.Observations[k], ids)
	}
	l.checkPlan()
	l.checkModes()
	if l.list.Errors() == before {
		l.checkHistoryModel()
	}
}

// month reads a month at a path, or reports it.
func (l *loader) month(d *document, path, text string) *Period {
	if text == "" {
		return nil
	}
	p, err := l.c.ParsePeriod(text)
	if err == nil && p.Months != 1 {
		err = fmt.Errorf("%q is not a month; expected YYYY-MM", shorten(text))
	}
	if err != nil {
		l.fail(d.at(path), "date", path, "", "%v", err)
		return nil
	}
	return &p
}

// checkUnknown checks what is uncertain in the past alone.
func (l *loader) checkUnknown(set map[string]int) {
	d := l.history
	for i := range l.c.History.Unknown {
		u := &l.c.History.Unknown[i]
		path := fmt.Sprintf("unknown[%d]", i)
		l.checkDistribution(d, path, u)
		if u.Variable == "" {
			continue
		}
		at := d.at(path + ".variable")
		if line, ok := set[canonicalElement(u.Variable)]; ok {
			l.fail(at, "duplicate-name", u.Variable, "remove one", "the variable is set already, on line %d", line)
		}
		set[canonicalElement(u.Variable)] = at.Line
		if u.Multiply {
			l.fail(d.at(path+".multiply"), "parameter", u.Variable, "remove it", "what is unknown in the past is drawn as a value")
		}
		if l.c.Model != nil {
			// The range that the model holds plausible is that of the base date.
			l.checkVaried(d, path, u, false)
		}
	}
}

// uncertainty finds an uncertainty by its variable, in any spelling, or nil.
func (c *Case) uncertainty(name string) *Uncertainty {
	key := canonicalElement(name)
	for i := range c.Uncertainties {
		if canonicalElement(c.Uncertainties[i].Variable) == key {
			return &c.Uncertainties[i]
		}
	}
	return nil
}

func (l *loader) checkCalibrated() {
	d, h := l.history, l.c.History
	if l.uncertainties == nil {
		return
	}
	var names []string
	for _, u := range l.c.Uncertainties {
		names = append(names, u.Variable)
	}
	seen := map[string]int{}
	for _, u := range h.Unknown {
		seen[canonicalElement(u.Variable)] = 0
	}
	for i, name := range h.Calibrated {
		if name == "" {
			continue
		}
		at := d.at(fmt.Sprintf("calibrated[%d]", i))
		if l.c.uncertainty(name) == nil {
			l.fail(at, "unknown-name", name, diagnostic.DidYouMean(name, names), "%q is not among the uncertainties", name)
		}
		if line, ok := seen[canonicalElement(name)]; ok {
			where := fmt.Sprintf("on line %d", line)
			if line == 0 {
				where = "among the unknown"
			}
			l.fail(at, "duplicate-name", name, "remove one", "%q is given twice; the first is %s", name, where)
		}
		seen[canonicalElement(name)] = at.Line
	}
	if len(h.Calibrated) == 0 && d.ok("calibrated") {
		l.fail(d.at("calibrated"), "missing-key", "calibrated", "", "nothing is calibrated; name at least one uncertainty")
	}
}

// checkHandedOver checks the base values and what is carried.
func (l *loader) checkHandedOver() {
	d, h, m := l.history, l.c.History, l.c.Model
	seen := map[string]int{}
	for k, g := range h.BaseValues {
		path := fmt.Sprintf("base_values[%d]", k)
		l.checkSetting(d, path, "base_values", g, seen)
		l.checkPulled(path+".variable", g.Variable)
		if len(g.Points) > 0 {
			l.fail(d.at(path+".points"), "parameter", g.Variable, "give a value", "a run from the posterior sets constants, not courses")
		}
		if m != nil && g.Variable != "" {
			l.single(path+".variable", g.Variable)
		}
	}
	for k, x := range h.Carry {
		path := fmt.Sprintf("carry[%d]", k)
		if x.Constant == "" {
			continue
		}
		at := d.at(path + ".constant")
		if line, ok := seen[canonicalElement(x.Constant)]; ok {
			l.fail(at, "duplicate-name", x.Constant, "remove one", "%q is set twice; the first is on line %d", x.Constant, line)
		}
		seen[canonicalElement(x.Constant)] = at.Line
		l.checkPulled(path+".constant", x.Constant)
		if d.ok(path+".variable") && d.ok(path+".expression") && (x.Variable == "") == (x.Expression == "") {
			l.fail(d.at(path), "missing-key", x.Constant, "", "give a variable or an expression, and not both")
			continue
		}
		if slices.ContainsFunc(h.Calibrated, func(n string) bool { return canonicalElement(n) == canonicalElement(x.Constant) }) {
			l.fail(at, "duplicate-name", x.Constant, "remove one", "%q is calibrated and cannot be carried too", x.Constant)
		}
		if m == nil {
			continue
		}
		if x.Expression != "" {
			l.single(path+".constant", x.Constant)
			continue
		}
		t, ok := l.resolve(at, x.Constant, x.Constant)
		from, found := l.resolve(d.at(path+".variable"), x.Constant, x.Variable)
		if !ok || !found {
			continue
		}
		same := func(a, b string) bool { return model.Canonical(a) == model.Canonical(b) }
		switch {
		case t.variable.Kind != model.Constant:
			l.fail(at, "kind", x.Constant, "", "%q is %s; only a constant can take a carried value", t.variable.Name, kindWord(t.variable.Kind))
		case t.elements != nil || from.elements != nil:
			l.fail(at, "subscripts", x.Constant, "name whole variables, or use an expression", "a variable is carried with all its elements")
		case !slices.EqualFunc(t.variable.Dimensions, from.variable.Dimensions, same):
			l.fail(at, "subscripts", x.Constant, "", "%q and %q are not arrayed over the same dimensions", t.variable.Name, from.variable.Name)
		case from.variable.Kind == model.Lookup:
			l.fail(d.at(path+".variable"), "kind", x.Constant, "", "%q is a lookup and has no value at a date", from.variable.Name)
		}
	}
}

// checkPulled checks that no strategy sets what a run from the posterior sets.
func (l *loader) checkPulled(path, name string) {
	constant, _, _ := splitElement(name)
	for _, s := range l.c.Strategies {
		for _, lever := range s.Levers {
			if name != "" && model.Canonical(lever.Variable) == model.Canonical(constant) {
				l.fail(l.history.at(path), "kind", name, "", "%q is a lever of strategy %s, which the posterior would undo", name, s.ID)
				return
			}
		}
	}
}

// single checks that a name is that of one constant.
func (l *loader) single(path, name string) {
	at := l.history.at(path)
	t, ok := l.resolve(at, name, name)
	switch {
	case !ok:
	case t.variable.Kind != model.Constant:
		l.fail(at, "kind", name, "", "%q is %s; expected a constant", t.variable.Name, kindWord(t.variable.Kind))
	case t.elements == nil && len(t.variable.Dimensions) > 0:
		l.fail(at, "subscripts", name, l.elementHint(t.variable), "%q is arrayed; name one element", t.variable.Name)
	}
}

func (l *loader) checkObservation(path string, o *Observation, ids map[string]int) {
	d := l.history
	l.checkID(d, path, o.ID, ids)
	before := l.list.Errors()
	for _, x := range []struct{ key, text string }{{"from", o.From}, {"to", o.To}, {"over", o.Over}} {
		if x.text == "" {
			continue
		}
		if _, err := l.c.ParsePeriod(x.text); err != nil {
			l.fail(d.at(path+"."+x.key), "date", o.ID, "", "%v", err)
		}
	}
	if d.ok(path+".quantity") && d.ok(path+".parts") && (o.Quantity == "") == (len(o.Parts) == 0) {
		l.fail(d.at(path), "missing-key", o.ID, "", "an observation needs a quantity or parts, and not both")
	}
	if d.ok(path+".where") && (o.Where == "") != (o.Is == "" && len(o.Parts) == 0) {
		l.fail(d.at(path), "missing-key", o.ID, "", "where names a column; is, or the parts, say what it holds")
	}
	if len(o.Parts) > 0 && o.Is != "" {
		l.fail(d.at(path+".is"), "parameter", o.ID, "remove it", "each part says what the column holds")
	}
	count := o.Likelihood == NegativeBinomial
	for _, k := range []struct {
		key          string
		given, wants bool
		needs        bool
	}{
		{"dispersion", o.Dispersion != nil, count, true},
		{"scale", o.Scale != nil, !count, true},
		{"shift", o.Shift != nil, !count, false},
		{"freedom", o.Freedom != nil, o.Likelihood == StudentLog, false},
		{"shape", o.Shape, !count, false},
		{"over", o.Over != "", !count, false},
	} {
		switch {
		case o.Likelihood == "" || !d.ok(path+"."+k.key):
		case k.given && !k.wants:
			l.fail(d.at(path+"."+k.key), "parameter", o.ID, "remove it", "the likelihood %s takes no %s", o.Likelihood, k.key)
		case !k.given && k.wants && k.needs:
			l.fail(d.at(path), "missing-key", o.ID, "", "the likelihood %s needs a %s", o.Likelihood, k.key)
		}
	}
	if o.Shape && o.Over != "" {
		l.fail(d.at(path+".over"), "parameter", o.ID, "keep one", "a shape has no level that could be relative")
	}
	if o.Shape && o.Bias != nil {
		l.fail(d.at(path+".bias"), "parameter", o.ID, "remove it", "a shape leaves the level free, so that no bias can show")
	}
	for _, s := range []struct {
		key string
		s   *Spread
	}{{"dispersion", o.Dispersion}, {"scale", o.Scale}, {"bias", o.Bias}} {
		if s.s != nil && d.ok(path+"."+s.key) && !(s.s.Median > 0 && (s.s.Factor == nil || *s.s.Factor > 1)) {
			l.fail(d.at(path+"."+s.key), "range", o.ID, "", "expected a median above 0 and, where given, a factor above 1")
		}
	}
	between := func(key string, x *float64, least, below float64) {
		if x != nil && d.ok(path+"."+key) && !(*x >= least && *x < below) {
			l.fail(d.at(path+"."+key), "range", o.ID, "", "%s is %s; expected at least %s and less than %s", key, numeral(*x), numeral(least), numeral(below))
		}
	}
	between("autocorrelation", o.Autocorrelation, 0, 1)
	between("weight", o.Weight, 0, 1000)
	between("shift", o.Shift, 0, 1e9)
	between("freedom", o.Freedom, 1, 1e6)
	l.checkObservedTable(path, o, l.list.Errors() == before)
}

// checkObservedTable checks that the table has the columns, and rows that count.
func (l *loader) checkObservedTable(path string, o *Observation, sound bool) {
	d := l.history
	if o.Table == "" {
		return
	}
	t := l.table(d.at(path+".table"), o.ID, o.Table)
	if t == nil || t.Columns == nil {
		return
	}
	for _, x := range []struct{ key, column string }{{"period", o.Period}, {"value", o.Value}, {"where", o.Where}} {
		if x.column != "" && t.Column(x.column) < 0 {
			sound = false
			l.fail(d.at(path+"."+x.key), "unknown-name", o.ID, diagnostic.DidYouMean(x.column, t.Columns), "%s has no column %q", o.Table, x.column)
		}
	}
	if !sound || o.Period == "" || o.Value == "" || o.Likelihood == "" || l.settings == nil {
		return
	}
	values, wrong := l.c.ObservedValues(o)
	for _, err := range wrong {
		l.fail(d.at(path+".value"), "number", o.ID, "", "%v", err)
	}
	for i, part := range o.Series() {
		if len(wrong) == 0 && len(values[i]) == 0 {
			at, what := d.at(path), ""
			if o.Where != "" {
				what = fmt.Sprintf(" with %q in %s", part.Is, o.Where)
			}
			l.fail(at, "no-value", o.ID, "", "%s has no row%s that counts", o.Table, what)
		}
	}
}

// checkPlan checks the plan of the hindcasts.
func (l *loader) checkPlan() {
	d, h := l.history, l.c.History
	p := h.Hindcast
	if p == nil {
		return
	}
	start, _ := l.c.ParsePeriod(h.Start)
	end, _ := l.c.ParsePeriod(h.End)
	last := start.First
	for i, text := range p.Origins {
		path := fmt.Sprintf("hindcast.origins[%d]", i)
		o := l.month(d, path, text)
		if o == nil {
			continue
		}
		if o.First <= last || o.First >= end.First {
			l.fail(d.at(path), "range", "hindcast", "", "the origin %s is out of order; expected months that rise between %s and %s", text, h.Start, h.End)
		}
		last = o.First
	}
	for i, w := range p.Windows {
		if w < 1 || w > longest || i > 0 && w <= p.Windows[i-1] {
			l.fail(d.at(fmt.Sprintf("hindcast.windows[%d]", i)), "range", "hindcast", "", "the window ends in month %d; expected months that rise", w)
		}
	}
	for i, r := range p.Rises {
		if !(r > 0) {
			l.fail(d.at(fmt.Sprintf("hindcast.rises[%d]", i)), "range", "hindcast", "", "the rise is %s; expected a number above 0", numeral(r))
		}
	}
	var known []string
	for _, o := range h.Observations {
		known = append(known, o.ID)
	}
	for _, x := range []struct {
		key, id string
		parts   bool
	}{{"target", p.Target, false}, {"areas", p.Areas, true}} {
		i := slices.Index(known, x.id)
		switch {
		case x.id == "":
		case i < 0:
			l.fail(d.at("hindcast."+x.key), "unknown-name", "hindcast", diagnostic.DidYouMean(x.id, known), "there is no observation %q", x.id)
		case (len(h.Observations[i].Parts) > 0) != x.parts:
			l.fail(d.at("hindcast."+x.key), "kind", "hindcast", "", "the observation %q has %s parts", x.id, map[bool]string{true: "no", false: "several"}[x.parts])
		}
	}
	seen := map[string]int{}
	for i, x := range p.Drivers {
		path := fmt.Sprintf("hindcast.drivers[%d]", i)
		u := x.Later.Uncertainty(x.Variable)
		l.checkDistribution(d, path+".later", &u)
		if !(x.Within >= 0) {
			l.fail(d.at(path+".within"), "range", x.Variable, "", "within is %s months; expected 0 or more", numeral(x.Within))
		}
		if x.Variable == "" || l.c.Model == nil {
			continue
		}
		at := d.at(path + ".variable")
		if line, ok := seen[canonicalElement(x.Variable)]; ok {
			l.fail(at, "duplicate-name", x.Variable, "remove one", "the driver is given twice; the first is on line %d", line)
		}
		seen[canonicalElement(x.Variable)] = at.Line
		t, ok := l.resolve(at, x.Variable, x.Variable)
		if ok && (t.elements != nil || len(t.variable.Dimensions) > 0 || t.variable.Kind != model.Auxiliary || len(t.variable.Equations) != 1 || t.variable.Equations[0].Graph == nil) {
			l.fail(at, "kind", x.Variable, "", "%q is not a course over time; expected an auxiliary with points over TIME", t.variable.Name)
		}
	}
}

// checkHistoryModel composes the model of the past and checks it. What was found
// in the model itself is not reported again.
func (l *loader) checkHistoryModel() {
	if l.c.Model == nil {
		return
	}
	b := l.c.composeHistory(marked)
	list := b.list
	if l.complete {
		list = append(list, model.Check(b.m)...)
	}
	for _, x := range list {
		parts := markedPosition.FindStringSubmatch(x.Position.File)
		if len(parts) > 1 && parts[1] == HistoryName && !strings.HasPrefix(x.Code, "unit") {
			x.Position, x.Message = l.unmark(x.Position, l.text(x.Position)), l.unmarkText(x.Message)
			if !slices.Contains(l.list, x) {
				l.list = append(l.list, x)
			}
		}
	}
}
