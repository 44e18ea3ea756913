package casefile

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"handover/diagnostic"
)

// Belief is the content of belief.yaml: what is observed after the base date and
// weighs the futures of the model, and of what a bulletin shows fans that start from
// now.
type Belief struct {
	// Fans are what bulletins show from now on.
	Fans []BeliefFan `yaml:"fans" jsonschema:"required"`
	// Reports bind lines of the programme to the model.
	Reports []Report `yaml:"reports"`
}

// BeliefFan is a series of the model that is followed month by month.
type BeliefFan struct {
	// Series is the id of a series, or of an outcome, of outcomes.yaml.
	Series string `yaml:"series" jsonschema:"required"`
	// Indicator is the id of the count of events whose expected number the series is.
	Indicator string `yaml:"indicator"`
	// Follows is, for a series that nobody counts, the one of another fan that has an
	// indicator: futures weigh as much as there, and the world is as far from them, by
	// a part that nobody knows.
	Follows string `yaml:"follows"`
}

// Report says what of the model a line of the programme's ledger reports.
type Report struct {
	// Line is the id of a line of programme.yaml.
	Line string `yaml:"line" jsonschema:"required"`
	// Expression is the model's quantity, in the unit of the line.
	Expression string `yaml:"expression" jsonschema:"required,oneof_type=string;number"`
	// Rate says that the expression is a rate a month, which adds up from the base
	// date on, as the line does.
	Rate bool `yaml:"rate"`
	// Spread is by how much reports differ from the model's quantity: the standard
	// deviation of the logarithm, for the error of a report and of the model together.
	Spread float64 `yaml:"spread" jsonschema:"required"`
	// Least is added to both before logarithms are taken, so that nothing can be
	// compared with little; 1 when left out.
	Least *float64 `yaml:"least"`
	// Source says where the spread is from.
	Source string `yaml:"source" jsonschema:"required"`
}

// Floor is what is added before logarithms are taken.
func (r Report) Floor() float64 {
	if r.Least == nil {
		return 1
	}
	return *r.Least
}

// SeriesID is the id under which the quantity of a report is a series of the case
// that Watched returns.
func (r Report) SeriesID() string { return "report " + r.Line }

// Watched is the case with the quantities of its reports as series, under their
// SeriesID, so that they can be followed in futures. The case is not changed.
func (c *Case) Watched() *Case {
	w := *c
	w.composed = nil
	w.Series = slices.Clone(c.Series)
	for _, r := range c.Belief.Reports {
		w.Series = append(w.Series, Series{ID: r.SeriesID(), Name: r.Line, Expression: r.Expression, Unit: "as reported"})
	}
	return &w
}

// checkBelief checks belief.yaml.
func (l *loader) checkBelief() {
	d := l.belief
	if d == nil {
		return
	}
	counted := map[string]bool{}
	for i, f := range l.c.Belief.Fans {
		path := fmt.Sprintf("fans[%d]", i)
		if !d.ok(path) {
			continue
		}
		if l.c.Outcome(f.Series) == nil {
			l.knownSeries(d, path+".series", f.Series)
		}
		l.knownIndicator(d, path+".indicator", f.Indicator)
		if (f.Indicator == "") == (f.Follows == "") {
			l.fail(d.at(path), "kind", path, "", "expected either an indicator, or the series that the fan follows")
		}
		if slices.ContainsFunc(l.c.Belief.Fans[:i], func(g BeliefFan) bool { return g.Series == f.Series }) && f.Series != "" {
			l.fail(d.at(path+".series"), "duplicate-name", path+".series", "remove one", "two fans are of the series %q", f.Series)
		}
		if f.Indicator != "" {
			counted[f.Series] = true
		}
	}
	for i, f := range l.c.Belief.Fans {
		if at := fmt.Sprintf("fans[%d].follows", i); f.Follows != "" && !counted[f.Follows] {
			l.fail(d.at(at), "unknown-name", at, "name the series of a fan that has an indicator", "no fan with an indicator is of the series %q", f.Follows)
		}
	}
	for i, r := range l.c.Belief.Reports {
		path := fmt.Sprintf("reports[%d]", i)
		if !d.ok(path) {
			continue
		}
		l.knownLine(d, path+".line", r.Line)
		if slices.ContainsFunc(l.c.Belief.Reports[:i], func(o Report) bool { return o.Line == r.Line }) && r.Line != "" {
			l.fail(d.at(path+".line"), "duplicate-name", path+".line", "remove one", "two reports are of the line %q", r.Line)
		}
		if line := l.c.Line(r.Line); line != nil && line.Per != "" {
			l.fail(d.at(path+".line"), "kind", path+".line", "name a line that is an amount", "the line %q is a share; its amounts cannot be compared by their logarithms", r.Line)
		}
		if d.ok(path+".spread") && !(r.Spread >= 0.01 && r.Spread <= 3) {
			l.fail(d.at(path+".spread"), "range", path+".spread", "0.1 is about 10%", "the spread is %g; expected 0.01 to 3", r.Spread)
		}
		if x := r.Least; x != nil && !(*x > 0 && !math.IsInf(*x, 1)) {
			l.fail(d.at(path+".least"), "range", path+".least", "", "the least amount is %g; expected a number above 0", *x)
		}
	}
	l.checkQuantities()
}

// checkQuantities tries the expressions of reports in the model, one by one.
func (l *loader) checkQuantities() {
	if l.c.Model == nil || l.list.Errors() > 0 || len(l.c.Strategies) == 0 {
		return
	}
	for i := range l.c.Belief.Reports {
		one := *l.c
		one.Belief.Reports = l.c.Belief.Reports[i : i+1]
		at := fmt.Sprintf("reports[%d].expression", i)
		_, err := one.Watched().StrategyModel(l.c.Strategies[0].ID)
		var wrong diagnostic.List
		switch {
		case errors.As(err, &wrong):
			for _, x := range wrong {
				l.fail(l.belief.at(at), x.Code, at, x.Hint, "%s", x.Message)
			}
		case err != nil:
			l.fail(l.belief.at(at), "expression", at, "", "%v", err)
		}
	}
}

// knownLine reports an id that is no line of programme.yaml.
func (l *loader) knownLine(d *document, at, id string) {
	if id == "" || l.unread(ProgrammeName, l.programme) {
		return
	}
	var lines []string
	for _, n := range l.c.Programme.Lines {
		lines = append(lines, n.ID)
	}
	if !slices.Contains(lines, id) {
		l.fail(d.at(at), "unknown-name", at, diagnostic.DidYouMean(id, lines), "there is no line %q in %s", id, ProgrammeName)
	}
}
