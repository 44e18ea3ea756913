// Package question reads what a search is asked: which parameters may be chosen,
// how levers follow from them, what is to be made small or large, and what may not
// be broken.
package question

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"handover/casefile"
	"handover/diagnostic"
	"handover/model"
)

// FileName is the file of a case that holds its questions.
const FileName = "search.yaml"

// File is the content of search.yaml.
type File struct {
	Questions []Question `yaml:"questions"`
}

// Question is one search.
type Question struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Base is the strategy whose levers are kept where the question sets none, and
	// that constraints may compare with.
	Base string `yaml:"base"`
	// Parameters are what is chosen.
	Parameters []Parameter `yaml:"parameters"`
	// Levers replace those of the base strategy.
	Levers []Lever `yaml:"levers"`
	// Objectives are what is traded off; Constraints must hold.
	Objectives  []Objective  `yaml:"objectives"`
	Constraints []Constraint `yaml:"constraints"`
}

// Parameter is a number to be chosen from Low to High.
type Parameter struct {
	Name string  `yaml:"name"`
	Low  float64 `yaml:"low"`
	High float64 `yaml:"high"`
	Unit string  `yaml:"unit"`
	// Meaning says for readers what it is.
	Meaning string `yaml:"meaning"`
}

// Lever is a variable of the model whose schedule follows from parameters: points of
// month and value, each a number or the name of a parameter, linear in between.
type Lever struct {
	Variable string  `yaml:"variable"`
	Points   [][]any `yaml:"points"`
}

// Measure is an outcome summed up over futures.
type Measure struct {
	Outcome string `yaml:"outcome"`
	// As is mean, probability (of the outcome's event) or a percentile such as p90.
	As string `yaml:"as"`
	// Per names an outcome by whose mean the measure is divided, for example cost.
	Per string `yaml:"per"`
}

// Objective is a measure to be made small or large.
type Objective struct {
	Measure `yaml:",inline"`
	// Goal is minimise or maximise.
	Goal string `yaml:"goal"`
	// Epsilon is the smallest difference worth knowing.
	Epsilon float64 `yaml:"epsilon"`
}

// Constraint bounds a measure, or its difference to the base strategy's in the same
// futures.
type Constraint struct {
	Measure `yaml:",inline"`
	AtMost  *float64 `yaml:"at_most"`
	AtLeast *float64 `yaml:"at_least"`
	Against string   `yaml:"against"`
}

// Read reads the questions of a case. The error is a diagnostic.List when the file
// is at fault.
func Read(files fs.FS, c *casefile.Case) ([]Question, error) {
	data, err := fs.ReadFile(files, FileName)
	if err != nil {
		return nil, err
	}
	var f File
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&f); err != nil {
		var at yaml.Error
		d := diagnostic.Diagnostic{Position: diagnostic.Position{File: FileName}, Code: "yaml", Message: err.Error()}
		if errors.As(err, &at) {
			d.Message = at.GetMessage()
			if token := at.GetToken(); token != nil && token.Position != nil {
				d.Position.Line, d.Position.Column = token.Position.Line, token.Position.Column
			}
		}
		return nil, diagnostic.List{d}
	}
	var list diagnostic.List
	seen := map[string]bool{}
	for i := range f.Questions {
		q := &f.Questions[i]
		fail := func(subject, hint, format string, arguments ...any) {
			list = append(list, diagnostic.Diagnostic{Position: diagnostic.Position{File: FileName}, Code: "question", Subject: q.ID + ": " + subject,
				Message: fmt.Sprintf(format, arguments...), Hint: hint})
		}
		if q.ID == "" || seen[q.ID] {
			fail("id", "", "question %d has no id of its own", i+1)
		}
		seen[q.ID] = true
		q.check(c, fail)
	}
	if len(f.Questions) == 0 {
		list = append(list, diagnostic.Diagnostic{Position: diagnostic.Position{File: FileName}, Code: "question", Message: "the file holds no question; expected a list under questions"})
	}
	return f.Questions, list.Err()
}

// check finds what is wrong with a question.
func (q *Question) check(c *casefile.Case, fail func(subject, hint, format string, arguments ...any)) {
	var strategies, outcomes, variables []string
	for _, s := range c.Strategies {
		strategies = append(strategies, s.ID)
	}
	for _, o := range c.Outcomes {
		outcomes = append(outcomes, o.ID)
	}
	for _, v := range c.Model.Variables {
		variables = append(variables, v.Name)
	}
	if !slices.Contains(strategies, q.Base) {
		fail("base", diagnostic.DidYouMean(q.Base, strategies), "there is no strategy %q", q.Base)
	}
	names := map[string]bool{}
	for _, p := range q.Parameters {
		switch {
		case p.Name == "" || names[p.Name]:
			fail("parameters", "", "a parameter has no name of its own: %q", p.Name)
		case c.Model.Variable(p.Name) != nil:
			fail("parameters", "choose another name", "%q is a variable of the model", p.Name)
		case !(p.Low < p.High) || math.IsInf(p.High-p.Low, 0):
			fail("parameters", "", "%q runs from %v to %v; expected a low end below the high end", p.Name, p.Low, p.High)
		}
		names[p.Name] = true
	}
	if len(q.Parameters) == 0 || len(q.Levers) == 0 || len(q.Objectives) == 0 {
		fail("question", "", "it needs parameters, levers and objectives; there are %d, %d and %d", len(q.Parameters), len(q.Levers), len(q.Objectives))
	}
	used := map[string]bool{}
	for _, l := range q.Levers {
		v := c.Model.Variable(l.Variable)
		if v == nil || len(v.Dimensions) > 0 || v.Kind != model.Auxiliary && v.Kind != model.Constant {
			fail("levers", diagnostic.DidYouMean(l.Variable, variables), "%q is not a scalar auxiliary or constant of the model", l.Variable)
		}
		if len(l.Points) == 0 {
			fail("levers", "", "%s has no points", l.Variable)
		}
		for _, p := range l.Points {
			if len(p) != 2 {
				fail("levers", "", "%s: a point has %d entries; expected a month and a value", l.Variable, len(p))
				continue
			}
			for _, x := range p {
				switch x := x.(type) {
				case string:
					used[x] = true
					if !names[x] {
						fail("levers", "", "%s: %q is not a parameter of the question", l.Variable, x)
					}
				case int, int64, uint64, float64:
				default:
					fail("levers", "", "%s: %v is neither a number nor a parameter", l.Variable, x)
				}
			}
		}
	}
	for _, p := range q.Parameters {
		if !used[p.Name] {
			fail("parameters", "", "%q is used by no lever", p.Name)
		}
	}
	measure := func(subject string, m Measure) {
		for _, id := range []string{m.Outcome, m.Per} {
			if id != "" && !slices.Contains(outcomes, id) {
				fail(subject, diagnostic.DidYouMean(id, outcomes), "there is no outcome %q", id)
				return
			}
		}
		o := c.Outcome(m.Outcome)
		switch {
		case o == nil:
			fail(subject, "", "a measure names no outcome")
		case m.As == "probability" && o.Event == nil:
			fail(subject, "", "%s has no event, so no probability", m.Outcome)
		case m.As != "mean" && m.As != "probability" && percentile(m.As) < 0:
			fail(subject, "", "%q is no way to sum up futures; expected mean, probability or a percentile such as p90", m.As)
		case m.As != "probability" && o.Reduce == casefile.First:
			fail(subject, "write as: probability", "%s is a month that may never come and has no %s", m.Outcome, m.As)
		}
	}
	for _, o := range q.Objectives {
		measure("objectives", o.Measure)
		if o.Goal != "minimise" && o.Goal != "maximise" {
			fail("objectives", "", "the goal of %s is %q; expected minimise or maximise", o.Outcome, o.Goal)
		}
		if !(o.Epsilon > 0) {
			fail("objectives", "", "the epsilon of %s is %v; expected the smallest difference worth knowing, above 0", o.Outcome, o.Epsilon)
		}
	}
	for _, x := range q.Constraints {
		measure("constraints", x.Measure)
		if (x.AtMost == nil) == (x.AtLeast == nil) {
			fail("constraints", "", "%s needs at_most or at_least, one of them", x.Outcome)
		}
		if x.Against != "" && x.Against != "base" {
			fail("constraints", "", "%s is compared with %q; expected base", x.Outcome, x.Against)
		}
	}
}

// percentile reads p90 as 0.9; it is negative when the text is no percentile.
func percentile(text string) float64 {
	digits, ok := strings.CutPrefix(text, "p")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || n > 99 {
		return -1
	}
	return float64(n) / 100
}

// Of sums up an outcome's values over futures; per holds the values of the outcome
// that Per names. Futures with a value that is not a number are left out. A first
// that never came is +Inf.
func (m Measure) Of(o *casefile.Outcome, horizon int, happened func(*casefile.Outcome, int, float64) bool, values, per []float64) float64 {
	var kept []float64
	below := 0.0
	for i, v := range values {
		if math.IsNaN(v) || per != nil && math.IsNaN(per[i]) {
			continue
		}
		if m.As == "probability" {
			if happened(o, horizon, v) {
				v = 1
			} else {
				v = 0
			}
		}
		kept = append(kept, v)
		if per != nil {
			below += per[i]
		}
	}
	if len(kept) == 0 {
		return math.NaN()
	}
	var x float64
	if q := percentile(m.As); q >= 0 {
		slices.Sort(kept)
		h := float64(q * float64(len(kept)-1))
		low := int(h)
		x = kept[low]
		if low+1 < len(kept) {
			x += float64((h - float64(low)) * (kept[low+1] - kept[low]))
		}
	} else {
		for _, v := range kept {
			x += v
		}
		x /= float64(len(kept))
	}
	if per != nil {
		x /= below / float64(len(kept))
	}
	return x
}

// Case is the case with the parameters as constants of the model, as further
// uncertainties over their ranges behind those of the case, and with the base
// strategy's levers following from them.
func (q *Question) Case(c *casefile.Case) *casefile.Case {
	changed := *c
	changed.Model = c.Model.Copy()
	changed.Uncertainties = slices.Clone(c.Uncertainties)
	for _, p := range q.Parameters {
		changed.Model.Add(&model.Variable{Name: p.Name, Kind: model.Constant, Units: p.Unit, Documentation: p.Meaning,
			Equations: []model.Equation{{Text: number(p.Low), Expression: &model.Number{Value: p.Low}}}})
		low, high := p.Low, p.High
		changed.Uncertainties = append(changed.Uncertainties, casefile.Uncertainty{Variable: p.Name, Distribution: "uniform", Low: &low, High: &high,
			Label: "assumed", Source: "chosen by the search"})
	}
	changed.Strategies = slices.Clone(c.Strategies)
	for i := range changed.Strategies {
		s := &changed.Strategies[i]
		if s.ID != q.Base {
			continue
		}
		s.Levers = slices.Clone(s.Levers)
		for _, l := range q.Levers {
			s.Levers = slices.DeleteFunc(s.Levers, func(x casefile.Lever) bool { return model.Canonical(x.Variable) == model.Canonical(l.Variable) })
			s.Levers = append(s.Levers, casefile.Lever{Variable: l.Variable, Expression: l.expression()})
		}
	}
	return &changed
}

// expression is the schedule in the model's language.
func (l Lever) expression() string {
	text := term(l.Points[0][1])
	for k := 1; k < len(l.Points); k++ {
		from, to := l.Points[k-1], l.Points[k]
		text += fmt.Sprintf(" + (%s - %s)*MAX(0, MIN(1, (TIME - %s)/MAX(0.01, %s - %s)))", term(to[1]), term(from[1]), term(from[0]), term(to[0]), term(from[0]))
	}
	return text
}

// term is a number or a parameter in the model's language.
func term(x any) string {
	if name, ok := x.(string); ok {
		return model.Quoted(name)
	}
	return number(value(x, nil))
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// value is a number, or the chosen value of a parameter.
func value(x any, chosen map[string]float64) float64 {
	switch x := x.(type) {
	case string:
		return chosen[x]
	case int:
		return float64(x)
	case int64:
		return float64(x)
	case uint64:
		return float64(x)
	case float64:
		return x
	}
	return math.NaN()
}

// Strategy is the base strategy with the chosen values in place, as it can be put
// into strategies.yaml. Months that fall on or before the one before them come a
// hundredth of a month later.
func (q *Question) Strategy(c *casefile.Case, id, name, description string, chosen []float64) casefile.Strategy {
	values := map[string]float64{}
	for i, p := range q.Parameters {
		values[p.Name] = chosen[i]
	}
	s := *c.Strategy(q.Base)
	s.ID, s.Name, s.Short, s.Description = id, name, id, description
	s.Levers = slices.Clone(s.Levers)
	for _, l := range q.Levers {
		s.Levers = slices.DeleteFunc(s.Levers, func(x casefile.Lever) bool { return model.Canonical(x.Variable) == model.Canonical(l.Variable) })
		lever := casefile.Lever{Variable: l.Variable, Calendar: s.Clock != nil}
		for k, p := range l.Points {
			month := value(p[0], values)
			if k > 0 {
				month = max(month, lever.Points[k-1][0]+0.01)
			}
			lever.Points = append(lever.Points, []float64{month, value(p[1], values)})
		}
		s.Levers = append(s.Levers, lever)
	}
	return s
}
