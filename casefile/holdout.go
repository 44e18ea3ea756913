package casefile

import (
	"errors"
	"fmt"
	"slices"

	"handover/diagnostic"
)

// Holdout is the content of holdout.yaml: what became known after the base date. No
// run takes any of it as an input, so that it tests what the model said before.
type Holdout struct {
	// Strategy is the id of the one that the world followed, as far as is known.
	Strategy string `yaml:"strategy" jsonschema:"required"`
	// Gathered is the last month, as YYYY-MM, up to which facts were looked for.
	Gathered string `yaml:"gathered" jsonschema:"required"`
	// Leans says which parts of the model and its priors were set by people who knew
	// what came, so that facts about them test little.
	Leans string `yaml:"leans"`
	Facts []Fact `yaml:"facts" jsonschema:"required"`
	// Untested are facts that no quantity of the model answers to, and questions on
	// which nothing was found.
	Untested []UntestedFact `yaml:"untested"`
}

// Fact is one thing that became known: a value of a quantity, or whether an event
// happened.
type Fact struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	Unit string `yaml:"unit"`
	// Quantity is one number at each step, in the model's language.
	Quantity string `yaml:"quantity" jsonschema:"required,oneof_type=string;number"`
	// Variables are added to the strategy's for the quantity.
	Variables []StrategyVariable `yaml:"variables"`
	// From and To are the first and the last month of the fact, as YYYY-MM; To is From
	// when left out.
	From string `yaml:"from" jsonschema:"required"`
	To   string `yaml:"to"`
	// Reduce says what of the months counts: their mean (when left out), the largest or
	// the smallest value at the start or end of any of them, or the value at the end.
	Reduce string `yaml:"reduce" jsonschema:"enum=mean,enum=maximum,enum=minimum,enum=end"`
	// Value is what was recorded, Before the last that was known at the base date.
	Value  *float64 `yaml:"value"`
	Before *float64 `yaml:"before"`
	// Happened says whether the quantity was above, or below, a limit.
	Happened *bool    `yaml:"happened"`
	Above    *float64 `yaml:"above"`
	Below    *float64 `yaml:"below"`
	// Frequency is how often the event happened in as many months before the base date,
	// from 0 to 1, as FrequencySource says.
	Frequency       *float64 `yaml:"frequency"`
	FrequencySource string   `yaml:"frequency_source"`
	Source          string   `yaml:"source" jsonschema:"required"`
	Confidence      string   `yaml:"confidence" jsonschema:"required,enum=low,enum=medium,enum=high"`
	Note            string   `yaml:"note"`
}

// UntestedFact is a fact, or a question, with why it tests nothing.
type UntestedFact struct {
	Fact   string `yaml:"fact" jsonschema:"required"`
	Why    string `yaml:"why" jsonschema:"required"`
	Source string `yaml:"source"`
}

// mostHoldoutMonths bounds how far after the base date facts may lie.
const mostHoldoutMonths = 600

// Months are the first and the last month of the fact, from the base date's, which
// is 0, on. The case must have been checked.
func (f *Fact) Months(c *Case) (from, to int) {
	first, err := c.ParsePeriod(f.From)
	if err != nil {
		panic(fmt.Sprintf("casefile: the case let %q pass as a month", f.From))
	}
	last := first
	if f.To != "" {
		if last, err = c.ParsePeriod(f.To); err != nil {
			panic(fmt.Sprintf("casefile: the case let %q pass as a month", f.To))
		}
	}
	return first.First, last.First
}

// SeriesID is the id under which the quantity is a series of the case that HeldOut
// returns.
func (f *Fact) SeriesID() string { return "fact " + f.ID }

// heldOutID is the id of the strategy of a hold-out test.
const heldOutID = "holdout"

// HeldOut is the case with the quantities of its facts as series, under their
// SeriesID, and the id of the strategy under which they are defined. The case is not
// changed.
func (c *Case) HeldOut() (*Case, string) {
	w := *c
	w.composed = nil
	w.Series = slices.Clone(c.Series)
	s := *c.Strategy(c.Holdout.Strategy)
	s.ID, s.Name, s.Short = heldOutID, s.Name+", with what was recorded later", heldOutID
	s.Variables = slices.Clone(s.Variables)
	for i := range c.Holdout.Facts {
		f := &c.Holdout.Facts[i]
		s.Variables = append(s.Variables, f.Variables...)
		w.Series = append(w.Series, Series{ID: f.SeriesID(), Name: f.Name, Expression: f.Quantity, Unit: f.Unit})
	}
	w.Strategies = append(slices.Clone(c.Strategies), s)
	return &w, heldOutID
}

// checkHoldout checks holdout.yaml.
func (l *loader) checkHoldout() {
	d, h := l.holdout, l.c.Holdout
	if d == nil {
		return
	}
	if h.Strategy != "" && len(l.c.Strategies) > 0 && l.c.Strategy(h.Strategy) == nil {
		var ids []string
		for _, s := range l.c.Strategies {
			ids = append(ids, s.ID)
		}
		l.fail(d.at("strategy"), "unknown-name", "strategy", diagnostic.DidYouMean(h.Strategy, ids), "there is no strategy %q", h.Strategy)
	}
	gathered := l.month(d, "gathered", h.Gathered)
	seen := map[string]int{}
	for i := range h.Facts {
		path := fmt.Sprintf("facts[%d]", i)
		if d.ok(path) {
			l.checkID(d, path, h.Facts[i].ID, seen)
			l.checkFact(path, &h.Facts[i], gathered)
		}
	}
	l.checkFactQuantities()
}

func (l *loader) checkFact(path string, f *Fact, gathered *Period) {
	d := l.holdout
	from, to := l.month(d, path+".from", f.From), l.month(d, path+".to", f.To)
	if to == nil {
		to = from
	}
	switch {
	case from == nil || to == nil:
	case from.First < 0:
		l.fail(d.at(path+".from"), "date", f.ID, "", "%s lies before the base date %s; what was known then is no test", f.From, l.c.BaseDate)
	case to.First < from.First:
		l.fail(d.at(path+".to"), "date", f.ID, "", "%s lies before %s", f.To, f.From)
	case to.First >= mostHoldoutMonths:
		l.fail(d.at(path), "date", f.ID, "", "the fact lies %d months after the base date; expected at most %d", to.First, mostHoldoutMonths)
	case gathered != nil && to.First > gathered.First:
		l.fail(d.at(path), "date", f.ID, "set gathered to the last month that was looked at", "the fact is of %s, and facts were gathered up to %s", l.c.MonthName(to.First), l.c.Holdout.Gathered)
	}
	limits := 0
	for _, x := range []*float64{f.Above, f.Below} {
		if x != nil {
			limits++
		}
	}
	switch {
	case (f.Value == nil) == (f.Happened == nil):
		l.fail(d.at(path), "missing-key", f.ID, "", "expected either a value, or happened with a limit")
	case f.Value != nil && limits > 0:
		l.fail(d.at(path), "contradiction", f.ID, "write happened in place of value", "a value has no limit")
	case f.Happened != nil && limits != 1:
		l.fail(d.at(path), "missing-key", f.ID, "", "an event needs above or below, one of the two")
	case f.Happened != nil && f.Before != nil, f.Value != nil && f.Frequency != nil:
		l.fail(d.at(path), "contradiction", f.ID, "", "before belongs to a value, frequency to an event")
	}
	if x := f.Frequency; x != nil && !(*x >= 0 && *x <= 1) {
		l.fail(d.at(path+".frequency"), "range", f.ID, "", "the frequency is %g; expected 0 to 1", *x)
	}
	if (f.Frequency == nil) != (f.FrequencySource == "") {
		l.fail(d.at(path), "missing-key", f.ID, "", "a frequency needs frequency_source, and the reverse")
	}
}

// checkFactQuantities tries the quantities of facts in the model, one by one.
func (l *loader) checkFactQuantities() {
	if l.c.Model == nil || l.list.Errors() > 0 || len(l.c.Strategies) == 0 {
		return
	}
	try := func(c *Case) error {
		with, id := c.HeldOut()
		_, err := with.StrategyModel(id)
		return err
	}
	if try(l.c) == nil {
		return
	}
	for i := range l.c.Holdout.Facts {
		one := *l.c
		one.Holdout.Facts = l.c.Holdout.Facts[i : i+1]
		at := fmt.Sprintf("facts[%d].quantity", i)
		err := try(&one)
		var wrong diagnostic.List
		switch {
		case errors.As(err, &wrong):
			for _, x := range wrong {
				l.fail(l.holdout.at(at), x.Code, at, x.Hint, "%s", x.Message)
			}
		case err != nil:
			l.fail(l.holdout.at(at), "expression", at, "", "%v", err)
		}
	}
}
