package workbench

import (
	"math"
	"time"

	"handover/casefile"
	"handover/chart"
	"handover/model"
)

// Case is what the page needs to know of the case.
type Case struct {
	Name       string     `json:"name"`
	Title      string     `json:"title"`
	Version    string     `json:"version"`
	Question   string     `json:"question"`
	BaseDate   string     `json:"base_date"`
	Horizon    int        `json:"horizon"`
	Reference  string     `json:"reference"`
	Default    []string   `json:"default"`
	Writable   bool       `json:"writable" doc:"Whether strategies can be saved."`
	Strategies []Strategy `json:"strategies"`
	Levers     []Lever    `json:"levers"`
	Outcomes   []Outcome  `json:"outcomes"`
	Series     []Named    `json:"series"`
	Maps       []Named    `json:"maps"`
	Months     []string   `json:"months" doc:"Names of the months from the base date to the horizon."`
	// Variables are the CSS of spare colours of strategies, light and dark.
	Uncertainties int      `json:"uncertainties"`
	Limits        []string `json:"limits"`
}

// Named is something with an id, a name and a unit.
type Named struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Unit     string `json:"unit,omitempty"`
	Headline bool   `json:"headline,omitempty"`
}

// Strategy is a strategy with its schedules.
type Strategy struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Short       string     `json:"short"`
	Description string     `json:"description"`
	Mark        string     `json:"mark" doc:"Inline SVG."`
	Levers      []Schedule `json:"levers"`
	Gates       []Gate     `json:"gates"`
}

// Schedule is what a strategy does with a lever.
type Schedule struct {
	Variable   string      `json:"variable"`
	Points     [][]float64 `json:"points,omitempty"`
	Step       bool        `json:"step,omitempty"`
	Expression string      `json:"expression,omitempty"`
	OnClock    bool        `json:"on_clock,omitempty" doc:"Runs on the strategy's clock, which stands still while a gate is closed."`
}

// Gate is a condition of a strategy.
type Gate struct {
	Name     string  `json:"name"`
	Close    string  `json:"close"`
	Open     string  `json:"open,omitempty"`
	Evidence float64 `json:"evidence"`
	Meaning  string  `json:"meaning"`
}

// Lever is a variable that some strategy sets.
type Lever struct {
	Variable string `json:"variable"`
	Unit     string `json:"unit"`
	Meaning  string `json:"meaning"`
	Label    string `json:"label,omitempty" enum:"fitted,sourced,assumed,"`
	// Low and High are the ends of its slider.
	Low     float64  `json:"low"`
	High    float64  `json:"high"`
	Default *float64 `json:"default,omitempty" doc:"The model's own value, when it is a number."`
}

// Outcome is what strategies are judged by.
type Outcome struct {
	Named
	Better     string `json:"better"`
	Definition string `json:"definition"`
	Event      string `json:"event,omitempty"`
}

// describe says what the page needs to know of a case.
func describe(c *casefile.Case, writable bool) *Case {
	d := &Case{Name: c.Name, Title: c.Title, Version: c.Version, Question: c.Question, BaseDate: c.BaseDate, Horizon: c.Horizon, Reference: c.Reference,
		Default: c.Default, Writable: writable, Uncertainties: len(c.Uncertainties), Limits: c.Limits,
		Strategies: []Strategy{}, Levers: []Lever{}, Outcomes: []Outcome{}, Series: []Named{}, Maps: []Named{}, Months: []string{}}
	var ids, names, shorts []string
	for _, s := range c.Strategies {
		ids, names, shorts = append(ids, s.ID), append(names, s.Name), append(shorts, s.Short)
	}
	styles := chart.Styles(ids, names, shorts, c.Reference)
	seen := map[string]int{}
	for i, s := range c.Strategies {
		one := Strategy{ID: s.ID, Name: s.Name, Short: s.Short, Description: s.Description, Mark: styles[i].Mark(), Levers: []Schedule{}, Gates: []Gate{}}
		for _, l := range s.Levers {
			one.Levers = append(one.Levers, Schedule{Variable: l.Variable, Points: l.Points, Step: l.Interpolation == "step", Expression: l.Expression, OnClock: s.Clock != nil && !l.Calendar})
			at, ok := seen[model.Canonical(l.Variable)]
			if !ok {
				at = len(d.Levers)
				seen[model.Canonical(l.Variable)] = at
				d.Levers = append(d.Levers, lever(c.Model, l.Variable))
			}
			for _, p := range l.Points {
				d.Levers[at].Low, d.Levers[at].High = math.Min(d.Levers[at].Low, p[1]), math.Max(d.Levers[at].High, p[1])
			}
		}
		for _, g := range s.Gates {
			one.Gates = append(one.Gates, Gate{g.Name, g.Close, g.Open, g.Evidence, g.Meaning})
		}
		d.Strategies = append(d.Strategies, one)
	}
	for i := range d.Levers {
		if l := &d.Levers[i]; l.High <= l.Low {
			l.High = l.Low + 1
		}
	}
	for _, o := range c.Outcomes {
		one := Outcome{Named: Named{o.ID, o.Name, o.Unit, o.Headline}, Better: o.Better, Definition: o.Definition}
		if o.Event != nil {
			one.Event = o.Event.Name
		}
		d.Outcomes = append(d.Outcomes, one)
	}
	for _, s := range c.Series {
		d.Series = append(d.Series, Named{s.ID, s.Name, s.Unit, s.Headline})
	}
	if c.Boundaries != nil {
		for _, m := range c.Maps {
			d.Maps = append(d.Maps, Named{ID: m.ID, Name: m.Name})
		}
	}
	if base, err := time.Parse(time.DateOnly, c.BaseDate); err == nil {
		for m := range c.Horizon + 1 {
			d.Months = append(d.Months, time.Date(base.Year(), base.Month()+time.Month(m), 1, 0, 0, 0, 0, time.UTC).Format("Jan 2006"))
		}
	}
	return d
}

// lever describes a variable that strategies set. The slider spans the plausible
// range where the model gives one; what strategies use widens it.
func lever(m *model.Model, name string) Lever {
	l := Lever{Variable: name}
	v := m.Variable(name)
	if v == nil {
		return l
	}
	l.Variable, l.Unit, l.Meaning, l.Label = name, v.Units, v.Documentation, v.Provenance.Label
	if p := v.Provenance; p.Ranged {
		if !math.IsInf(p.Low, 0) {
			l.Low = p.Low
		}
		if !math.IsInf(p.High, 0) {
			l.High = p.High
		}
	}
	if len(v.Equations) == 1 {
		if n, ok := v.Equations[0].Expression.(*model.Number); ok {
			value := n.Value
			l.Default = &value
			l.Low, l.High = math.Min(l.Low, value), math.Max(l.High, value)
		}
	}
	return l
}
