package workbench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"handover/casefile"
	"handover/ensemble"
	"handover/explore/discovery"
	"handover/explore/robustness"
	"handover/explore/sensitivity"
)

type plansInput struct {
	Body struct {
		Settings
		Outcome  string `json:"outcome" minLength:"1" maxLength:"200"`
		Strategy string `json:"strategy" minLength:"1" maxLength:"100" doc:"The strategy whose futures are explored."`
	}
}

// Plans says what matters, when an event comes to pass, and which strategies
// hold up. Parts that cannot be said have a note in their place.
type Plans struct {
	Futures     int        `json:"futures"`
	Importance  []Factor   `json:"importance" doc:"Shares of explained variance by extremely randomized trees, largest first."`
	NoImport    string     `json:"no_importance,omitempty"`
	Event       string     `json:"event,omitempty"`
	Boxes       []Box      `json:"boxes"`
	Share       float64    `json:"share" doc:"Of all futures in which the event happens."`
	NoBoxes     string     `json:"no_boxes,omitempty"`
	Strategies  []string   `json:"strategies"`
	Robustness  []Metric   `json:"robustness"`
	Differences []Compared `json:"differences"`
	NoRobust    string     `json:"no_robustness,omitempty"`
	Columns     []Column   `json:"columns" doc:"The uncertainties that boxes limit or that matter most, a value a future; without an event none."`
	Happens     []bool     `json:"happens" doc:"Whether the event happens, a future each."`
	Unit        string     `json:"unit"`
}

// Uncertain is an uncertainty as readers see it.
type Uncertain struct {
	Variable string `json:"variable"`
	Name     string `json:"name"`
	Meaning  string `json:"meaning"`
	Unit     string `json:"unit,omitempty"`
	Basis    string `json:"basis" doc:"How its distribution was set: fitted, sourced or assumed; and whether the posterior holds it, too."`
}

// Factor is an uncertainty with its share.
type Factor struct {
	Uncertain
	Low    float64 `json:"low"`
	Middle float64 `json:"middle"`
	High   float64 `json:"high"`
}

// Column is an uncertainty in every future.
type Column struct {
	Uncertain
	Options []Choice  `json:"options,omitempty" doc:"The values of an uncertainty that has no order."`
	Values  []float64 `json:"values"`
}

// Choice is one value of an uncertainty in words.
type Choice struct {
	Value float64 `json:"value"`
	Name  string  `json:"name"`
}

// Box is a part of the futures in which the event is frequent.
type Box struct {
	Limits   []Limit `json:"limits"`
	Coverage float64 `json:"coverage"`
	Density  float64 `json:"density"`
	Mass     float64 `json:"mass"`
}

// Limit restricts an uncertainty, in words.
type Limit struct {
	Uncertain
	Words string   `json:"words"`
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`
	// Options are the values of an uncertainty that has no order.
	Options []float64 `json:"options,omitempty"`
}

// Metric is a way to sum up futures with the scores of the strategies.
type Metric struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Meaning string  `json:"meaning"`
	Better  string  `json:"better"`
	Scores  []Score `json:"scores"`
}

// Score is the score of a strategy.
type Score struct {
	Low    *float64 `json:"low"`
	Middle *float64 `json:"middle"`
	High   *float64 `json:"high"`
	Rank   int      `json:"rank"`
	First  float64  `json:"first" doc:"How often no strategy is better when futures are drawn again."`
}

// Compared is a paired difference to the reference.
type Compared struct {
	Low    *float64 `json:"low"`
	Middle *float64 `json:"middle"`
	High   *float64 `json:"high"`
	Better float64  `json:"better"`
	Worse  float64  `json:"worse"`
}

// Sizes of the methods: enough that shares are steady to a few points, small
// enough for a second.
const (
	trees     = 60
	resamples = 200
	seed      = 1
	mostShown = 12
	// mostColumns is how many uncertainties are sent future by future.
	mostColumns = 8
)

func (s *Server) plans(ctx context.Context, q *plansInput) (*answer[*Plans], error) {
	one, err := s.computed(ctx, q.Body.Settings)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(one.c.Outcomes, func(o casefile.Outcome) bool { return o.ID == q.Body.Outcome })
	ids := one.picture.Summary.Manifest.Strategies
	under := slices.Index(ids, q.Body.Strategy)
	if at < 0 || under < 0 {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("the futures hold no outcome %q under a strategy %q", q.Body.Outcome, q.Body.Strategy))
	}
	place, err := s.admit(ctx)
	if err != nil {
		return nil, err
	}
	defer place.leave()
	sample := one.picture.Sample()
	x := explorer{one.c, sample, &one.c.Outcomes[at], at, under, one.picture.Summary.Manifest.Horizon}
	p := &Plans{Futures: len(sample.Outcomes[0][0]), Strategies: ids, Unit: x.outcome.Unit,
		Importance: []Factor{}, Boxes: []Box{}, Robustness: []Metric{}, Differences: []Compared{}, Columns: []Column{}, Happens: []bool{}}
	x.importance(p)
	if ctx.Err() == nil {
		x.boxes(p)
		x.columns(p)
	}
	if ctx.Err() == nil {
		x.robust(p, slices.Index(ids, one.c.Reference))
	}
	return &answer[*Plans]{p}, ctx.Err()
}

// explorer looks at one outcome under one strategy.
type explorer struct {
	c         *casefile.Case
	sample    *ensemble.Sample
	outcome   *casefile.Outcome
	at, under int
	horizon   int
}

func (x *explorer) values(strategy int) []float64 { return x.sample.Outcomes[strategy][x.at] }

// cases says in which futures the event happens.
func (x *explorer) cases() []bool {
	cases := make([]bool, len(x.values(x.under)))
	for i, v := range x.values(x.under) {
		if x.outcome.Reduce == casefile.First {
			cases[i] = v <= float64(x.horizon) // false when missing
		} else {
			cases[i] = x.outcome.Event.Above != nil && v > *x.outcome.Event.Above || x.outcome.Event.Below != nil && v < *x.outcome.Event.Below
		}
	}
	return cases
}

func (x *explorer) uncertain(factor int) Uncertain {
	u := &x.c.Uncertainties[factor]
	meaning, unit := x.c.Meaning(u)
	return Uncertain{u.Variable, u.Name(), meaning, unit, x.c.Basis(u)}
}

func (x *explorer) importance(p *Plans) {
	y := x.values(x.under)
	if x.outcome.Reduce == casefile.First { // often missing: whether it comes at all
		y = make([]float64, len(y))
		for i, happens := range x.cases() {
			if happens {
				y[i] = 1
			}
		}
	}
	shares, err := sensitivity.Importance(x.sample.Inputs, y, trees, resamples, seed)
	if err != nil {
		p.NoImport = sentence(err)
		return
	}
	for f, s := range shares {
		p.Importance = append(p.Importance, Factor{x.uncertain(f), s.Low, s.Middle, s.High})
	}
	slices.SortStableFunc(p.Importance, func(a, b Factor) int { return cmp.Compare(b.Middle, a.Middle) })
	p.Importance = p.Importance[:min(mostShown, len(p.Importance))]
}

// columns hands over what the page needs to draw the futures and to say how
// frequent the event is in any part of them that a reader marks.
func (x *explorer) columns(p *Plans) {
	if x.outcome.Event == nil {
		return
	}
	p.Happens = x.cases()
	add := func(variable string) {
		if len(p.Columns) == mostColumns || slices.ContainsFunc(p.Columns, func(c Column) bool { return c.Variable == variable }) {
			return
		}
		f := slices.IndexFunc(x.c.Uncertainties, func(u casefile.Uncertainty) bool { return u.Variable == variable })
		one := Column{Uncertain: x.uncertain(f), Values: x.sample.Inputs[f]}
		if u := x.c.Uncertainties[f]; u.Distribution == "categorical" {
			for _, o := range u.Options {
				one.Options = append(one.Options, Choice{o.Value, cmp.Or(o.Name, number(o.Value))})
			}
		}
		p.Columns = append(p.Columns, one)
	}
	for _, b := range p.Boxes {
		for _, l := range b.Limits {
			add(l.Variable)
		}
	}
	for _, f := range p.Importance {
		add(f.Variable)
	}
}

func (x *explorer) boxes(p *Plans) {
	if x.outcome.Event == nil {
		p.NoBoxes = "The outcome has no event, so there is nothing that does or does not come to pass."
		return
	}
	p.Event = x.outcome.Event.Name
	var factors []discovery.Factor
	for f, u := range x.c.Uncertainties {
		kind := discovery.Real
		switch u.Distribution {
		case "categorical":
			kind = discovery.Categorical
		case "discrete":
			kind = discovery.Integer
		}
		factors = append(factors, discovery.Factor{Name: u.Name(), Kind: kind, Values: x.sample.Inputs[f]})
	}
	data, err := discovery.NewData(factors, x.cases())
	if err != nil {
		p.NoBoxes = sentence(err)
		return
	}
	p.Share = float64(data.Cases()) / float64(data.Points())
	found, err := data.PRIM(discovery.Peeling{Boxes: 2})
	if err != nil {
		p.NoBoxes = sentence(err)
		return
	}
	for _, one := range found {
		b := one.Chosen
		said := Box{Limits: []Limit{}, Coverage: b.Coverage, Density: b.Density, Mass: b.Mass}
		for _, l := range b.Limits {
			said.Limits = append(said.Limits, x.limit(l))
		}
		p.Boxes = append(p.Boxes, said)
	}
	if len(p.Boxes) == 0 {
		p.NoBoxes = "No part of the futures has the event clearly more often than the rest."
	}
}

// number writes three digits.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

// limit puts a limit into words.
func (x *explorer) limit(l discovery.Limit) Limit {
	said := Limit{Uncertain: x.uncertain(l.Factor), Options: l.Options}
	low, high := !math.IsInf(l.Low, 0), !math.IsInf(l.High, 0)
	switch {
	case len(l.Options) > 0:
		for i, value := range l.Options {
			if i > 0 {
				said.Words += " or "
			}
			word := number(value)
			for _, o := range x.c.Uncertainties[l.Factor].Options {
				if o.Value == value && o.Name != "" {
					word = o.Name
				}
			}
			said.Words += word
		}
		return said
	case low && high:
		said.Words = number(l.Low) + " to " + number(l.High)
	case low:
		said.Words = "at least " + number(l.Low)
	case high:
		said.Words = "at most " + number(l.High)
	}
	said.Low, said.High = known(l.Low), known(l.High)
	return said
}

func (x *explorer) robust(p *Plans, reference int) {
	switch {
	case x.outcome.Better != "lower" && x.outcome.Better != "higher":
		p.NoRobust = "The case does not say whether more or less of the outcome is better."
		return
	case x.outcome.Reduce == casefile.First:
		p.NoRobust = "The outcome is a month that in many futures never comes, which has no middle value. Compare the chances."
		return
	}
	var y [][]float64
	for strategy := range x.sample.Outcomes {
		y = append(y, x.values(strategy))
	}
	o := robustness.Options{Optimism: 0.5, Threshold: math.NaN(), MoreIsBetter: x.outcome.Better == "higher"}
	if e := x.outcome.Event; e != nil {
		if e.Above != nil && !o.MoreIsBetter {
			o.Threshold = *e.Above
		}
		if e.Below != nil && o.MoreIsBetter {
			o.Threshold = *e.Below
		}
	}
	c, err := robustness.Compare(y, reference, o, resamples, seed)
	if err != nil {
		p.NoRobust = sentence(err)
		return
	}
	for _, r := range c.Rankings {
		m := Metric{ID: r.Metric.ID, Name: r.Metric.Name, Meaning: r.Metric.Meaning, Better: r.Better, Scores: []Score{}}
		for _, s := range r.Scores {
			m.Scores = append(m.Scores, Score{known(s.Value.Low), known(s.Value.Middle), known(s.Value.High), s.Rank, s.First})
		}
		p.Robustness = append(p.Robustness, m)
	}
	for _, d := range c.Differences {
		p.Differences = append(p.Differences, Compared{known(d.Mean.Low), known(d.Mean.Middle), known(d.Mean.High), d.Better, d.Worse})
	}
}

// known is a number for JSON, which has none that is not finite.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// sentence says an error of a method as a reader may see it.
func sentence(err error) string {
	for err != nil {
		inner := errors.Unwrap(err)
		if inner == nil {
			break
		}
		err = inner
	}
	text := err.Error()
	if text[0] >= 'a' && text[0] <= 'z' {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text + "."
}
