package casefile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// History is the content of history.yaml: how the model runs the past, what is
// observed there, and which uncertainties the observations weigh.
type History struct {
	// Start is the month, as YYYY-MM, in which a run of the past starts.
	Start string `yaml:"start" jsonschema:"required"`
	// End is the last month, as YYYY-MM, whose observations count. It lies before
	// the month of the base date, at which the run stops.
	End string `yaml:"end" jsonschema:"required"`
	// Step is the step of a run of the past in months; the model's when left out.
	Step *float64 `yaml:"step"`
	// StartValues replace constants in runs of the past alone.
	StartValues []Setting `yaml:"start_values"`
	// Unknown are constants that are uncertain in runs of the past alone, such as
	// where stocks stood at its start.
	Unknown []Uncertainty `yaml:"unknown"`
	// Calibrated names uncertainties of uncertainties.yaml that the observations
	// weigh. Their distributions are the priors, taken as independent.
	Calibrated []string `yaml:"calibrated" jsonschema:"required"`
	// BaseValues replace constants in runs that start from a draw of the posterior.
	BaseValues []Setting `yaml:"base_values"`
	// Carry sets constants of a run from the base date to what a run of the past
	// has reached there.
	Carry        []Carry       `yaml:"carry"`
	Observations []Observation `yaml:"observations" jsonschema:"required"`
	Hindcast     *HindcastPlan `yaml:"hindcast"`
	// Modes are reference modes: courses that draws of the posterior are tried on.
	Modes []Mode `yaml:"modes" json:"-"`
}

// Carry hands a value of the past over to the future.
type Carry struct {
	// Constant is a constant of the model; one that is arrayed takes each element
	// of the variable.
	Constant string `yaml:"constant" jsonschema:"required"`
	// Variable is a variable of the same dimensions, whose value at the base date
	// is taken. Give it or an expression.
	Variable string `yaml:"variable"`
	// Expression is one number at the base date, in the model's language.
	Expression string `yaml:"expression" jsonschema:"oneof_type=string;number"`
}

// Likelihood is how an observation differs from the model's expectation.
type Likelihood string

// The likelihoods.
const (
	// NegativeBinomial is for counts: the variance is mean + mean^2/dispersion.
	NegativeBinomial Likelihood = "negative binomial"
	// StudentLog is Student's t on log(value + shift).
	StudentLog Likelihood = "student"
	// NormalLog is the normal distribution on log(value + shift).
	NormalLog Likelihood = "normal"
)

// Aggregate is how the months of a period become one number.
type Aggregate string

// The aggregates.
const (
	SumOfMonths  Aggregate = "sum"
	MeanOfMonths Aggregate = "mean"
	EndOfPeriod  Aggregate = "end"
)

// Observation ties a column of a data table to a quantity of the model.
type Observation struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Table is the path of a data table.
	Table string `yaml:"table" jsonschema:"required"`
	// Period is the column that says when: 2014, 2014H1, 2014Q3 or 2014-07.
	Period string `yaml:"period" jsonschema:"required"`
	// Value is the column of what was observed. Rows with an empty cell are left out.
	Value string `yaml:"value" jsonschema:"required"`
	// Where, when given, names a column, and Is what it holds in the rows that
	// count. With Parts, each part says what it holds.
	Where string `yaml:"where"`
	Is    string `yaml:"is"`
	// From and To bound the periods that count, both included; all those of the
	// history when left out.
	From string `yaml:"from"`
	To   string `yaml:"to"`
	// Quantity is what the model has for it, in the model's language: a rate a month
	// for sums, one number at each step.
	Quantity string `yaml:"quantity" jsonschema:"oneof_type=string;number"`
	// Parts are several quantities with one likelihood, such as areas.
	Parts []ObservedPart `yaml:"parts"`
	// Aggregate is how months become a period; sum when left out.
	Aggregate  Aggregate  `yaml:"aggregate" jsonschema:"enum=sum,enum=mean,enum=end"`
	Likelihood Likelihood `yaml:"likelihood" jsonschema:"required,enum=negative binomial,enum=student,enum=normal"`
	// Shape says that only the course counts: one unknown factor on the level of
	// the whole series is free.
	Shape bool `yaml:"shape"`
	// Over is a period to which values are relative: the table holds ratios to it.
	Over string `yaml:"over"`
	// Dispersion is that of a negative binomial.
	Dispersion *Spread `yaml:"dispersion"`
	// Scale is the standard deviation (normal) or scale (student) of the logarithm.
	Scale *Spread `yaml:"scale"`
	// Freedom is the degrees of freedom of a student; 5 when left out.
	Freedom *float64 `yaml:"freedom"`
	// Shift is added before the logarithm is taken; 0 when left out.
	Shift *float64 `yaml:"shift"`
	// Bias is the factor by which what is recorded differs from the quantity; 1
	// when left out.
	Bias *Spread `yaml:"bias"`
	// Autocorrelation is that of the deviations from one period to the next, at
	// least 0 and below 1. A count's weight falls with it to (1-a)/(1+a).
	Autocorrelation *float64 `yaml:"autocorrelation"`
	// Weight multiplies the log likelihood; 1 when left out.
	Weight *float64 `yaml:"weight"`
	// Doubts says how the record is known to be wrong.
	Doubts string `yaml:"doubts"`
	Source string `yaml:"source" jsonschema:"required"`
}

// ObservedPart is one series of an observation.
type ObservedPart struct {
	// Is is what the column Where holds in the rows of the part.
	Is       string `yaml:"is" jsonschema:"required"`
	Quantity string `yaml:"quantity" jsonschema:"required,oneof_type=string;number"`
}

// Spread is a positive number that is known, or log-normal around its median.
type Spread struct {
	Median float64 `yaml:"median" jsonschema:"required"`
	// Factor is the median times which one standard deviation up lies; the number
	// is known when it is left out.
	Factor *float64 `yaml:"factor"`
}

// HindcastPlan says how the model is tested on the past: fitted to what was known
// at an origin, it predicts what came after.
type HindcastPlan struct {
	// Origins are the last known months, as YYYY-MM, that rise.
	Origins []string `yaml:"origins" jsonschema:"required"`
	// Windows are the ends, in months after the origin, of the stretches over which
	// scores are averaged; the first starts at month 1.
	Windows []int `yaml:"windows" jsonschema:"required"`
	// Target is the id of the observation, monthly and without parts, that is
	// predicted.
	Target string `yaml:"target" jsonschema:"required"`
	// Areas is the id of an observation with parts that is predicted by part.
	Areas string `yaml:"areas"`
	// Rises are the events: the mean of 12 months rises above so many times that of
	// the 12 months before the origin.
	Rises []float64 `yaml:"rises"`
	// Drivers are what drove the past from outside. After an origin they are known
	// in one forecast and drawn in the other.
	Drivers []Driver `yaml:"drivers"`
}

// Driver is a variable of the model with a recorded course over time.
type Driver struct {
	Variable string `yaml:"variable" jsonschema:"required"`
	// Within is how many months after an origin the later value is reached, in a
	// straight line from the value at the origin.
	Within float64 `yaml:"within" jsonschema:"required"`
	// Later is the distribution of the later value; its variable is left out.
	Later LaterValue `yaml:"later" jsonschema:"required"`
	// Relative makes the draw a factor on the value at the origin.
	Relative bool   `yaml:"relative"`
	Source   string `yaml:"source" jsonschema:"required"`
}

// LaterValue is a distribution with the parameters of an uncertainty.
type LaterValue struct {
	Distribution string   `yaml:"distribution" jsonschema:"required,enum=uniform,enum=triangular,enum=lognormal"`
	Low          *float64 `yaml:"low"`
	Mode         *float64 `yaml:"mode"`
	High         *float64 `yaml:"high"`
	Median       *float64 `yaml:"median"`
	Factor       *float64 `yaml:"factor"`
}

// Uncertainty is the distribution as an uncertainty of a variable.
func (v LaterValue) Uncertainty(variable string) Uncertainty {
	return Uncertainty{Variable: variable, Distribution: v.Distribution, Low: v.Low, Mode: v.Mode, High: v.High, Median: v.Median, Factor: v.Factor}
}

// Series are the parts of the observation, or the whole as one part.
func (o *Observation) Series() []ObservedPart {
	if len(o.Parts) > 0 {
		return o.Parts
	}
	return []ObservedPart{{Is: o.Is, Quantity: o.Quantity}}
}

// Period is a stretch of whole months.
type Period struct {
	// First is the first month, counted from the base date's, and Months how many
	// there are.
	First, Months int
}

// Last is the last month of the period.
func (p Period) Last() int { return p.First + p.Months - 1 }

var periodPattern = regexp.MustCompile(`^([0-9]{4})(?:-([0-9]{2})|Q([1-4])|H([12]))?$`)

// ParsePeriod reads 2014, 2014H1, 2014Q3 or 2014-07 as a period.
func (s *Settings) ParsePeriod(text string) (Period, error) {
	g := periodPattern.FindStringSubmatch(strings.TrimSpace(text))
	if g == nil {
		return Period{}, fmt.Errorf("%q is not a period; expected one like 2014, 2014H1, 2014Q3 or 2014-07", shorten(text))
	}
	year, _ := strconv.Atoi(g[1])
	first, months := 0, 12
	switch {
	case g[2] != "":
		month, _ := strconv.Atoi(g[2])
		if month < 1 || month > 12 {
			return Period{}, fmt.Errorf("%q has no such month", text)
		}
		first, months = month-1, 1
	case g[3] != "":
		first, months = 3*int(g[3][0]-'1'), 3
	case g[4] != "":
		first, months = 6*int(g[4][0]-'1'), 6
	}
	base, err := s.baseMonth()
	return Period{year*12 + first - base, months}, err
}

// baseMonth counts the months from the year 0 to that of the base date.
func (s *Settings) baseMonth() (int, error) {
	var year, month int
	if n, err := fmt.Sscanf(s.BaseDate, "%d-%d", &year, &month); n != 2 || err != nil {
		return 0, fmt.Errorf("the base date %q is not a day", s.BaseDate)
	}
	return year*12 + month - 1, nil
}

// MonthName is a month, counted from the base date's, as YYYY-MM.
func (s *Settings) MonthName(month int) string {
	base, err := s.baseMonth()
	if err != nil {
		return strconv.Itoa(month)
	}
	m := base + month
	return fmt.Sprintf("%04d-%02d", m/12, m%12+1)
}

// ObservedValue is one observed value.
type ObservedValue struct {
	Period Period
	Value  float64
}

// ObservedValues returns what an observation holds, by part, in the order of the
// table, from the periods that count. The errors say which cells of the table are
// at fault, with their line.
func (c *Case) ObservedValues(o *Observation) ([][]ObservedValue, []error) {
	t := c.Tables[o.Table]
	if t == nil || c.History == nil {
		return nil, []error{fmt.Errorf("there is no table %s", o.Table)}
	}
	period, value, where := t.Column(o.Period), t.Column(o.Value), t.Column(o.Where)
	if period < 0 || value < 0 || o.Where != "" && where < 0 {
		return nil, []error{fmt.Errorf("%s lacks a column of the observation %s", o.Table, o.ID)}
	}
	from, to, err := c.observedSpan(o)
	if err != nil {
		return nil, []error{err}
	}
	parts := o.Series()
	values := make([][]ObservedValue, len(parts))
	var wrong []error
	for i, row := range t.Rows {
		for k, part := range parts {
			text := strings.TrimSpace(row[value])
			if text == "" || o.Where != "" && row[where] != part.Is {
				continue
			}
			p, err := c.ParsePeriod(row[period])
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s:%d: %w", t.Path, t.lines[i], err))
				continue
			}
			if p.First < from || p.Last() > to {
				continue
			}
			x, err := strconv.ParseFloat(text, 64)
			if err != nil || !decimal.MatchString(text) || x < 0 {
				wrong = append(wrong, fmt.Errorf("%s:%d: found %q, expected a number of at least 0", t.Path, t.lines[i], shorten(text)))
				continue
			}
			if o.Likelihood == NegativeBinomial && x != float64(int64(x)) {
				wrong = append(wrong, fmt.Errorf("%s:%d: found %q, expected a whole number, since the observation is a count", t.Path, t.lines[i], text))
				continue
			}
			if o.Likelihood != NegativeBinomial && x+o.shift() <= 0 {
				wrong = append(wrong, fmt.Errorf("%s:%d: the logarithm of %s cannot be taken; give the observation a shift", t.Path, t.lines[i], text))
				continue
			}
			values[k] = append(values[k], ObservedValue{p, x})
		}
	}
	return values, wrong
}

func (o *Observation) shift() float64 {
	if o.Shift == nil {
		return 0
	}
	return *o.Shift
}

// observedSpan is the first and last month that counts for an observation.
func (c *Case) observedSpan(o *Observation) (from, to int, err error) {
	start, err := c.ParsePeriod(c.History.Start)
	if err != nil {
		return 0, 0, err
	}
	end, err := c.ParsePeriod(c.History.End)
	if err != nil {
		return 0, 0, err
	}
	from, to = start.First, end.Last()
	if o.From != "" {
		p, err := c.ParsePeriod(o.From)
		if err != nil {
			return 0, 0, err
		}
		from = max(from, p.First)
	}
	if o.To != "" {
		p, err := c.ParsePeriod(o.To)
		if err != nil {
			return 0, 0, err
		}
		to = min(to, p.Last())
	}
	return from, to, nil
}
