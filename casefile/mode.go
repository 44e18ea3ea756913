package casefile

import (
	"fmt"
	"strconv"
	"strings"
)

// Mode is a reference mode: a course that the model has to be able to take before
// its forecasts are shown. It weighs no parameter; the share of draws of the
// posterior that pass is reported, and its charts show data beside the draws.
type Mode struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Tests all have to hold.
	Tests  []ModeTest  `yaml:"tests" jsonschema:"required"`
	Charts []ModeChart `yaml:"charts"`
	// Note says of what part of the course nothing is known, or the model says
	// nothing.
	Note string `yaml:"note"`
}

// ModeTest bounds a quantity in a period, or its ratio between two periods.
type ModeTest struct {
	// Observation is the id of an observation without parts; its quantity is tested,
	// without noise, as the ratio of two periods.
	Observation string `yaml:"observation"`
	// Chart is the id of a chart of the mode whose draws are tested, in place of an
	// observation: the mean of the months of the period.
	Chart string `yaml:"chart"`
	// Period is one of the record, or of the run that stands at its place.
	Period string `yaml:"period" jsonschema:"required"`
	// Over is the period to which the first is set in relation. A chart can do
	// without.
	Over  string   `yaml:"over"`
	Least *float64 `yaml:"least"`
	Most  *float64 `yaml:"most"`
	// Source says where the limits come from.
	Source string `yaml:"source"`
}

// ModeChart shows one quantity: what was recorded beside the draws.
type ModeChart struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	Unit string `yaml:"unit"`
	// From and To are the first and the last period shown.
	From string `yaml:"from" jsonschema:"required"`
	To   string `yaml:"to" jsonschema:"required"`
	// Observation is the id of an observation without parts, whose data, quantity and
	// noise are shown.
	Observation string `yaml:"observation"`
	// Quantity is what runs of the past have for it, where it is not an observation,
	// in the model's language.
	Quantity string `yaml:"quantity" jsonschema:"oneof_type=string;number"`
	// Input says that the quantity is put into runs of the past, so that it tests
	// nothing there.
	Input bool `yaml:"input"`
	// Data is the record of a quantity that is not an observation.
	Data *ModeData `yaml:"data"`
	// Ahead is a run from the base date whose course is shown, too.
	Ahead *ModeRun `yaml:"ahead"`
	// Scale is linear (when left out) or log.
	Scale string `yaml:"scale" jsonschema:"enum=linear,enum=log"`
	// Note says of what nothing is known, and what is not tested.
	Note string `yaml:"note"`
}

// ModeData are values of a data table.
type ModeData struct {
	// Table is the path of a data table; Period the column that says when, Value that
	// of the values. Rows with an empty cell are left out.
	Table  string `yaml:"table" jsonschema:"required"`
	Period string `yaml:"period" jsonschema:"required"`
	Value  string `yaml:"value" jsonschema:"required"`
	// Where, when given, names columns, and Is what they hold in the rows that count,
	// one for each.
	Where []string `yaml:"where"`
	Is    []string `yaml:"is"`
	// Sum says that a value is the total of its period. It is shown by month.
	Sum bool `yaml:"sum"`
}

// ModeRun is a run of the draws from the base date, under a strategy and what it
// sets besides.
type ModeRun struct {
	// Quantity is one number at each step, in the model's language.
	Quantity string `yaml:"quantity" jsonschema:"required,oneof_type=string;number"`
	// Strategy is the id of a strategy.
	Strategy string `yaml:"strategy" jsonschema:"required"`
	// Months is how long the run is.
	Months int `yaml:"months" jsonschema:"required"`
	// Origin is the month of the record, as YYYY-MM, at which the run's start is
	// shown and tested; the base date's when left out.
	Origin string `yaml:"origin"`
	// Variables and Levers are added to those of the strategy; a lever takes the
	// place of the strategy's own.
	Variables []StrategyVariable `yaml:"variables"`
	Levers    []Lever            `yaml:"levers"`
}

// On is the strategy of the run, under an id of its own. The run's strategy
// must be one of the case.
func (r *ModeRun) On(c *Case, id string) Strategy {
	s := *c.Strategy(r.Strategy)
	s.ID, s.Name, s.Short = id, s.Name+", as a reference mode sets it", id
	s.Variables = append(append([]StrategyVariable{}, s.Variables...), r.Variables...)
	var levers []Lever
	for _, old := range s.Levers {
		replaced := false
		for _, l := range r.Levers {
			replaced = replaced || canonicalElement(l.Variable) == canonicalElement(old.Variable)
		}
		if !replaced {
			levers = append(levers, old)
		}
	}
	s.Levers = append(levers, r.Levers...)
	return s
}

// ModeValues returns the record of a chart with data, in the order of the table.
// The error says which cell of the table is at fault, with its line.
func (c *Case) ModeValues(d *ModeData) ([]ObservedValue, error) {
	t := c.Tables[d.Table]
	if t == nil {
		return nil, fmt.Errorf("there is no table %s", d.Table)
	}
	period, value := t.Column(d.Period), t.Column(d.Value)
	if period < 0 || value < 0 {
		return nil, fmt.Errorf("%s has no columns %q and %q", d.Table, d.Period, d.Value)
	}
	var where []int
	for _, name := range d.Where {
		at := t.Column(name)
		if at < 0 {
			return nil, fmt.Errorf("%s has no column %q", d.Table, name)
		}
		where = append(where, at)
	}
	if len(d.Where) != len(d.Is) {
		return nil, fmt.Errorf("where names %d columns and is gives %d values; expected one for each", len(d.Where), len(d.Is))
	}
	var values []ObservedValue
rows:
	for i, row := range t.Rows {
		for k, at := range where {
			if row[at] != d.Is[k] {
				continue rows
			}
		}
		text := strings.TrimSpace(row[value])
		if text == "" {
			continue
		}
		p, err := c.ParsePeriod(row[period])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", t.Path, t.lines[i], err)
		}
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !decimal.MatchString(text) {
			return nil, fmt.Errorf("%s:%d: found %q, expected a number", t.Path, t.lines[i], shorten(text))
		}
		if d.Sum {
			x /= float64(p.Months)
		}
		values = append(values, ObservedValue{p, x})
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("%s has no rows for it", d.Table)
	}
	return values, nil
}
