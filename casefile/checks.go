package casefile

import (
	"fmt"
	"slices"

	"handover/diagnostic"
	"handover/model"
)

// CheckFile is the content of checks.yaml.
type CheckFile struct {
	// Setups are the ways in which the model runs for the checks.
	Setups []Setup `yaml:"setups" jsonschema:"required"`
	// Checks are what any run of the model must do to be believed.
	Checks []RealityCheck `yaml:"checks" jsonschema:"required"`
}

// Setup is one way to run the model, shared by checks.
type Setup struct {
	ID string `yaml:"id" jsonschema:"required"`
	// Like is the id of a setup above whose strategy, times and settings hold here
	// too, as far as nothing else is said.
	Like string `yaml:"like"`
	// Strategy is the id of a strategy; the model runs without one when empty.
	Strategy string `yaml:"strategy"`
	// Start, Stop and Step replace those of the model, in months.
	Start *float64 `yaml:"start"`
	Stop  *float64 `yaml:"stop"`
	Step  *float64 `yaml:"step"`
	// Settings replace equations of the model by values.
	Settings []Setting `yaml:"settings"`
}

// Setting gives a variable a value, or a course of values over time, in place of
// its equation. A stock starts from the value.
type Setting struct {
	// Variable is a variable of the model, with an element in brackets when only
	// one is meant.
	Variable string   `yaml:"variable" jsonschema:"required"`
	Value    *float64 `yaml:"value"`
	// Points are [month, value] pairs with increasing months, joined by lines; the
	// first value holds before, the last after.
	Points [][]float64 `yaml:"points"`
}

// Measure is what a reality check looks at.
type Measure string

// The measures.
const (
	MeasureValue    Measure = "value"          // an expression, reduced over a window of time
	MeasureSmallest Measure = "smallest stock" // the smallest value of any stock at any step
	MeasureResidual Measure = "residual"       // what flows do not account for in the sum of stocks, relative, at worst
	MeasureDrift    Measure = "drift"          // largest relative change of a stock's total within the first month, a year
	MeasureTotals   Measure = "stock totals"   // largest relative difference between two setups in a stock's total at the end
)

// RealityCheck is a statement about the model's behaviour that can fail.
type RealityCheck struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Setup is the id of the setup that runs.
	Setup string `yaml:"setup" jsonschema:"required"`
	// Against is the id of a second setup, with which the first is compared.
	Against string `yaml:"against"`
	// Measure is what is looked at; value when empty.
	Measure Measure `yaml:"measure" jsonschema:"enum=value,enum=smallest stock,enum=residual,enum=drift,enum=stock totals"`
	// Expression is one number at each step, in the model's language; for a value.
	Expression string `yaml:"expression" jsonschema:"oneof_type=string;number"`
	// Reduce turns the steps of the window into one number; final when empty.
	Reduce Reduction `yaml:"reduce" jsonschema:"enum=final,enum=minimum,enum=maximum,enum=mean,enum=integral"`
	// From and To bound the window; the whole run when left out.
	From *float64 `yaml:"from"`
	To   *float64 `yaml:"to"`
	// Over, when present, divides by the same expression, reduced in the same way
	// over this window.
	Over *Window `yaml:"over"`
	// Relation says how the two setups are compared: ratio or difference, that of
	// the first to, or less, the second.
	Relation string `yaml:"relation" jsonschema:"enum=ratio,enum=difference"`
	// Stocks are those of a residual or a drift; of a drift, all when left out.
	Stocks []string `yaml:"stocks"`
	// Inflows and Outflows are all that changes the stocks of a residual.
	Inflows  []string `yaml:"inflows"`
	Outflows []string `yaml:"outflows"`
	// Least and Most bound what is expected; at least one is given.
	Least *float64 `yaml:"least"`
	Most  *float64 `yaml:"most"`
	// Source says where the expectation comes from.
	Source string `yaml:"source" jsonschema:"required"`
	// Exception argues why the model may fail the check. A check that fails without
	// one is a mistake of the case.
	Exception string `yaml:"exception"`
}

// Window is a stretch of time, in months.
type Window struct {
	From float64 `yaml:"from" jsonschema:"required"`
	To   float64 `yaml:"to" jsonschema:"required"`
}

// CheckVariable is the name of the auxiliary that holds the expression of a
// reality check in the models of SetupModel.
func CheckVariable(id string) string { return "reality check " + id }

// CheckPosition is where a reality check stands in checks.yaml.
func (c *Case) CheckPosition(k int) diagnostic.Position {
	return c.places[place{ChecksName, fmt.Sprintf("checks[%d].id", k)}]
}

// setup finds a setup by its id, or nil.
func (c *Case) setup(id string) *Setup {
	for i := range c.Setups {
		if c.Setups[i].ID == id {
			return &c.Setups[i]
		}
	}
	return nil
}

// chain is a setup with all those it is like, the first of them first. A setup
// is like one above it, so that the chain ends.
func (c *Case) chain(s *Setup) []*Setup {
	var chain []*Setup
	for above := len(c.Setups); s != nil; {
		chain = append(chain, s)
		k := slices.IndexFunc(c.Setups, func(o Setup) bool { return s.Like != "" && o.ID == s.Like })
		if k < 0 || k >= above {
			break
		}
		above, s = k, &c.Setups[k]
	}
	slices.Reverse(chain)
	return chain
}

// SetupModel returns the case's model as it runs in a setup of the reality
// checks, with an auxiliary for the expression of each check that uses the setup
// (see CheckVariable). The error is a diagnostic.List.
func (c *Case) SetupModel(id string) (*model.Model, error) {
	s := c.setup(id)
	if s == nil {
		var ids []string
		for _, o := range c.Setups {
			ids = append(ids, o.ID)
		}
		return nil, diagnostic.List{{
			Position: diagnostic.Position{File: ChecksName}, Code: "unknown-name", Subject: id,
			Message: fmt.Sprintf("there is no setup %q", id), Hint: diagnostic.DidYouMean(id, ids),
		}}
	}
	b := c.composeSetup(s, func(file, path string) diagnostic.Position { return c.places[place{file, path}] })
	list := append(b.list, model.Check(b.m)...)
	if err := list.Err(); err != nil {
		return nil, err
	}
	return b.m, nil
}

func (c *Case) composeSetup(s *Setup, at func(file, path string) diagnostic.Position) *composer {
	chain := c.chain(s)
	strategy := &Strategy{}
	for _, o := range chain {
		if t := c.Strategy(o.Strategy); t != nil {
			strategy = t
		}
	}
	b := c.compose(strategy, at)
	for _, o := range chain {
		for _, x := range []struct {
			from *float64
			to   *float64
		}{{o.Start, &b.m.Time.Start}, {o.Stop, &b.m.Time.Stop}, {o.Step, &b.m.Time.DT}} {
			if x.from != nil {
				*x.to = *x.from
			}
		}
		for _, g := range o.Settings {
			b.setting(g)
		}
	}
	b.m.Time.Save = b.m.Time.DT
	for k, r := range c.Checks {
		if r.Expression != "" && r.ID != "" && (r.Setup == s.ID || r.Against == s.ID) {
			path := fmt.Sprintf("checks[%d].expression", k)
			v := b.add(CheckVariable(r.ID), model.Auxiliary, b.equation(ChecksName, path, r.ID, r.Expression), "", r.Name, b.at(ChecksName, path))
			v.Kind, v.Sector = model.Auxiliary, "reality checks"
		}
	}
	return b
}

// setting replaces the equations of a variable, or of one element.
func (b *composer) setting(g Setting) {
	name, elements, ok := splitElement(g.Variable)
	v := b.m.Variable(name)
	if !ok || v == nil || v.Kind == model.Lookup || elements != nil && len(elements) != len(v.Dimensions) {
		return
	}
	if len(g.Points) > 0 {
		if v.Kind != model.Stock && elements == nil {
			v.Kind = model.Auxiliary
			v.Equations = []model.Equation{graphOf(v.Position, "TIME", g.Points)}
		}
		return
	}
	if g.Value != nil {
		set(b.m, v, elements, *g.Value)
		if elements == nil && v.Kind == model.Auxiliary {
			v.Kind = model.Constant
		}
	}
}

// checkChecks checks checks.yaml. What stands in expressions is checked with the
// setups' models, in checkSetups.
func (l *loader) checkChecks() {
	d := l.checks
	if d == nil {
		return
	}
	ids := map[string]int{}
	for i := range l.c.Setups {
		l.checkSetup(fmt.Sprintf("setups[%d]", i), i, ids)
	}
	ids = map[string]int{}
	for i := range l.c.Checks {
		path := fmt.Sprintf("checks[%d]", i)
		r := &l.c.Checks[i]
		l.checkID(d, path, r.ID, ids)
		l.knownSetup(path+".setup", r.Setup, len(l.c.Setups))
		l.knownSetup(path+".against", r.Against, len(l.c.Setups))
		l.checkMeasure(path, r)
		if d.ok(path+".least") && d.ok(path+".most") {
			switch {
			case r.Least == nil && r.Most == nil:
				l.fail(d.at(path), "missing-key", r.ID, "", "nothing is expected; give least, most or both")
			case r.Least != nil && r.Most != nil && *r.Least > *r.Most:
				l.fail(d.at(path+".least"), "range", r.ID, "swap them", "least is %s and most is %s; expected least at or below most", numeral(*r.Least), numeral(*r.Most))
			}
		}
	}
}

// knownSetup checks that a setup exists among the first so many.
func (l *loader) knownSetup(path, id string, among int) {
	var ids []string
	for _, s := range l.c.Setups[:among] {
		ids = append(ids, s.ID)
	}
	if id != "" && !slices.Contains(ids, id) {
		l.fail(l.checks.at(path), "unknown-name", path, diagnostic.DidYouMean(id, ids), "%q is not a setup above", id)
	}
}

func (l *loader) checkSetup(path string, i int, ids map[string]int) {
	d, s := l.checks, &l.c.Setups[i]
	l.checkID(d, path, s.ID, ids)
	l.knownSetup(path+".like", s.Like, i)
	if s.Strategy != "" && l.strategies != nil && l.c.Strategy(s.Strategy) == nil {
		var known []string
		for _, t := range l.c.Strategies {
			known = append(known, t.ID)
		}
		l.fail(d.at(path+".strategy"), "unknown-name", path+".strategy", diagnostic.DidYouMean(s.Strategy, known), "there is no strategy %q in %s", s.Strategy, StrategiesName)
	}
	if s.Step != nil && !(*s.Step > 0 && *s.Step <= 1) {
		l.fail(d.at(path+".step"), "range", s.ID, "", "the step is %s months; expected more than 0 and at most 1", numeral(*s.Step))
	}
	if m := l.c.Model; m != nil {
		start, stop := m.Time.Start, m.Time.Stop
		for _, o := range l.c.chain(s) {
			if o.Start != nil {
				start = *o.Start
			}
			if o.Stop != nil {
				stop = *o.Stop
			}
		}
		if !(stop > start && stop-start <= longest) {
			l.fail(d.at(path), "range", s.ID, "", "the run goes from month %s to month %s; expected 1 to %d months", numeral(start), numeral(stop), longest)
		}
	}
	seen := map[string]int{}
	for k, g := range s.Settings {
		l.checkSetting(d, fmt.Sprintf("%s.settings[%d]", path, k), s.ID, g, seen)
	}
}

func (l *loader) checkSetting(d *document, path, subject string, g Setting, seen map[string]int) {
	at := d.at(path + ".variable")
	if g.Variable != "" {
		key := canonicalElement(g.Variable)
		if line, ok := seen[key]; ok {
			l.fail(at, "duplicate-name", subject, "remove one", "%q is set twice; the first is on line %d", g.Variable, line)
		}
		seen[key] = at.Line
	}
	if d.ok(path+".value") && d.ok(path+".points") && (g.Value == nil) == (len(g.Points) == 0) {
		l.fail(d.at(path), "missing-key", subject, "", "%q needs a value or points, and not both", g.Variable)
	}
	for i, p := range g.Points {
		if len(p) != 2 || i > 0 && len(g.Points[i-1]) == 2 && !(p[0] > g.Points[i-1][0]) {
			l.fail(d.at(fmt.Sprintf("%s.points[%d]", path, i)), "points", subject, "", "expected [month, value] with months that rise")
			return
		}
	}
	if l.c.Model == nil || g.Variable == "" {
		return
	}
	t, ok := l.resolve(at, subject, g.Variable)
	if !ok {
		return
	}
	v := t.variable
	switch {
	case v.Kind == model.Lookup || v.Kind == model.Flow:
		l.fail(at, "kind", subject, "", "%q is %s; only a stock, an auxiliary or a constant can be set", v.Name, kindWord(v.Kind))
	case len(g.Points) > 0 && (v.Kind == model.Stock || t.elements != nil):
		l.fail(at, "kind", subject, "give a value", "points set a whole auxiliary or constant, not a stock or an element")
	}
}

// checkMeasure checks that the keys of a check are those of its measure.
func (l *loader) checkMeasure(path string, r *RealityCheck) {
	d := l.checks
	measure := r.Measure
	if measure == "" {
		if !d.ok(path + ".measure") {
			return
		}
		measure = MeasureValue
	}
	keys := []struct {
		key   string
		given bool
		of    []Measure
		needs []Measure
	}{
		{"expression", r.Expression != "", []Measure{MeasureValue}, []Measure{MeasureValue}},
		{"reduce", r.Reduce != "", []Measure{MeasureValue}, nil},
		{"from", r.From != nil, []Measure{MeasureValue}, nil},
		{"to", r.To != nil, []Measure{MeasureValue}, nil},
		{"over", r.Over != nil, []Measure{MeasureValue}, nil},
		{"relation", r.Relation != "", []Measure{MeasureValue}, nil},
		{"against", r.Against != "", []Measure{MeasureValue, MeasureTotals}, []Measure{MeasureTotals}},
		{"stocks", len(r.Stocks) > 0, []Measure{MeasureResidual, MeasureDrift, MeasureTotals}, []Measure{MeasureResidual}},
		{"inflows", len(r.Inflows) > 0, []Measure{MeasureResidual}, nil},
		{"outflows", len(r.Outflows) > 0, []Measure{MeasureResidual}, nil},
	}
	for _, k := range keys {
		switch {
		case !d.ok(path + "." + k.key):
		case k.given && !slices.Contains(k.of, measure):
			l.fail(d.at(path+"."+k.key), "parameter", r.ID, "remove it", "the measure %s takes no %s", measure, k.key)
		case !k.given && slices.Contains(k.needs, measure):
			l.fail(d.at(path), "missing-key", r.ID, "", "the measure %s needs %s", measure, k.key)
		}
	}
	if measure == MeasureValue && d.ok(path+".relation") && d.ok(path+".against") && (r.Relation == "") != (r.Against == "") {
		l.fail(d.at(path), "missing-key", r.ID, "give both or none", "a comparison of two setups needs against and relation")
	}
	if r.From != nil && r.To != nil && *r.From > *r.To || r.Over != nil && d.ok(path+".over") && r.Over.From > r.Over.To {
		l.fail(d.at(path), "range", r.ID, "swap them", "the window ends before it starts")
	}
	l.checkListed(path+".stocks", r.ID, r.Stocks, model.Stock)
	l.checkListed(path+".inflows", r.ID, r.Inflows, model.Flow)
	l.checkListed(path+".outflows", r.ID, r.Outflows, model.Flow)
}

// checkListed checks that variables of a list exist and are of a kind.
func (l *loader) checkListed(path, subject string, names []string, kind model.Kind) {
	if l.c.Model == nil {
		return
	}
	for i, name := range names {
		if name == "" {
			continue
		}
		at := l.checks.at(fmt.Sprintf("%s[%d]", path, i))
		t, ok := l.resolve(at, subject, name)
		switch {
		case !ok:
		case t.variable.Kind != kind:
			l.fail(at, "kind", subject, "", "%q is %s; expected a %s", name, kindWord(t.variable.Kind), kind)
		case t.elements != nil:
			l.fail(at, "subscripts", subject, "name the variable without brackets", "the sum over all elements is looked at")
		}
	}
}

// checkSetups composes the model of every setup and checks it. What was found in
// the model or under the strategy is not reported again.
func (l *loader) checkSetups() {
	if l.c.Model == nil || l.checks == nil {
		return
	}
	composers := make([]*composer, len(l.c.Setups))
	for i := range l.c.Setups {
		composers[i] = l.c.composeSetup(&l.c.Setups[i], marked)
	}
	for _, list := range l.checkComposed(composers) {
		for _, x := range list {
			parts := markedPosition.FindStringSubmatch(x.Position.File)
			if len(parts) > 1 && parts[1] == ChecksName {
				x.Position, x.Message = l.unmark(x.Position, l.text(x.Position)), l.unmarkText(x.Message)
				if !slices.Contains(l.list, x) {
					l.list = append(l.list, x)
				}
			}
		}
	}
}
