package study

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"handover/casefile"
	"handover/diagnostic"
	"handover/model"
)

// SearchName is the file of a case that says what can be searched. A case may do
// without.
const SearchName = "search.yaml"

// SearchFile is the content of search.yaml.
type SearchFile struct {
	// Sequences are the strategies that explore flip compares, by id.
	Sequences []string `yaml:"sequences"`
	// Compare are the outcomes, by id, that explore assumptions and explore
	// structures compare strategies by.
	Compare  []string `yaml:"compare"`
	Searches []Search `yaml:"searches"`
}

// Search is one question about the best values of levers.
type Search struct {
	ID       string `yaml:"id"`
	Question string `yaml:"question"`
	// Base is the strategy that sets everything that Set does not.
	Base   string  `yaml:"base"`
	Levers []Knob  `yaml:"levers"`
	Set    []Setup `yaml:"set"`
	// Objectives are what is traded off, Constraints what must hold, Report what is
	// told of the plans found besides.
	Objectives  []Measure    `yaml:"objectives"`
	Constraints []Constraint `yaml:"constraints"`
	Report      []Measure    `yaml:"report"`
}

// Knob is a number that the search chooses. It is a constant of the strategy.
type Knob struct {
	Name string  `yaml:"name"`
	Low  float64 `yaml:"low"`
	High float64 `yaml:"high"`
	// Whole keeps to whole numbers.
	Whole   bool   `yaml:"whole"`
	Unit    string `yaml:"unit"`
	Meaning string `yaml:"meaning"`
}

// Setup sets a variable of the model from knobs: by an expression, or by points
// [month, value] of the model's time, each a number or the name of a knob, with
// straight lines between them.
type Setup struct {
	Variable   string  `yaml:"variable"`
	Expression string  `yaml:"expression"`
	Points     [][]any `yaml:"points"`
}

// Measure is one number of a candidate over all futures.
type Measure struct {
	// Outcome is an id; Lever the name of a knob, whose value is then the measure.
	Outcome string `yaml:"outcome"`
	Lever   string `yaml:"lever"`
	// Measure is mean (when empty), chance (of the outcome's event), tail (the
	// worst tenth begins there) or worst.
	Measure string `yaml:"measure"`
	// By is the month by which a first counts; the horizon when 0.
	By int `yaml:"by"`
	// Against takes the paired difference to this strategy in the same futures.
	Against string `yaml:"against"`
	// Per divides the mean by the mean of this outcome, a cost.
	Per string `yaml:"per"`
	// Better is "lower" or "higher"; the outcome's own direction when empty.
	Better string `yaml:"better"`
	// Epsilon is which difference is worth knowing.
	Epsilon float64 `yaml:"epsilon"`
}

// Constraint bounds a measure.
type Constraint struct {
	Measure `yaml:",inline"`
	Most    *float64 `yaml:"most"`
	Least   *float64 `yaml:"least"`
}

var knobName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 ]*$`)

// ReadSearch reads search.yaml and checks all of it against the case. The list
// holds every mistake; file is its name for them.
func ReadSearch(file string, data []byte, c *casefile.Case) (*SearchFile, diagnostic.List) {
	var f SearchFile
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&f); err != nil {
		text, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
		d := diagnostic.Diagnostic{Position: diagnostic.Position{File: file}, Code: "syntax", Subject: SearchName, Message: text}
		var line, column int
		if n, _ := fmt.Sscanf(text, "[%d:%d]", &line, &column); n == 2 {
			d.Position.Line, d.Position.Column = line, column
			_, d.Message, _ = strings.Cut(text, "] ")
		}
		return nil, diagnostic.List{d}
	}
	k := planCheck{file: file, c: c}
	for _, id := range f.Sequences {
		k.strategy("sequences", id)
	}
	for _, id := range f.Compare {
		if c.Outcome(id) == nil {
			k.fail(id, "compare: the case has no outcome %q", id)
		}
	}
	ids := map[string]bool{}
	for i := range f.Searches {
		s := &f.Searches[i]
		if s.ID == "" || ids[s.ID] {
			k.fail(s.ID, "search %d has no id of its own", i+1)
		}
		ids[s.ID] = true
		k.search(s)
	}
	if k.list.Errors() > 0 {
		return nil, k.list
	}
	return &f, nil
}

// CheckSearch checks one search against the case; file is where it stands. It
// fills in defaults of its measures.
func CheckSearch(file string, s *Search, c *casefile.Case) diagnostic.List {
	k := planCheck{file: file, c: c}
	k.search(s)
	return k.list
}

type planCheck struct {
	file string
	c    *casefile.Case
	list diagnostic.List
}

func (k *planCheck) fail(subject, format string, arguments ...any) {
	k.list = append(k.list, diagnostic.Diagnostic{Position: diagnostic.Position{File: k.file}, Code: "search", Subject: subject, Message: fmt.Sprintf(format, arguments...)})
}

func (k *planCheck) strategy(where, id string) {
	var ids []string
	for _, s := range k.c.Strategies {
		ids = append(ids, s.ID)
	}
	if !slices.Contains(ids, id) {
		k.fail(id, "%s: the case has no strategy %q; it has %s", where, id, strings.Join(ids, ", "))
	}
}

func (k *planCheck) search(s *Search) {
	where := "search " + s.ID
	k.strategy(where+", base", s.Base)
	if len(s.Levers) == 0 || len(s.Objectives) == 0 || len(s.Set) == 0 {
		k.fail(s.ID, "%s needs at least one lever, one variable under set, and one objective", where)
	}
	names := map[string]bool{}
	for _, l := range s.Levers {
		key := strings.ToLower(l.Name)
		switch {
		case !knobName.MatchString(l.Name):
			k.fail(l.Name, "%s: the lever %q needs a name of letters, digits and spaces", where, l.Name)
		case names[key] || k.c.Model.Variable(l.Name) != nil:
			k.fail(l.Name, "%s: the lever %q has the name of another lever or of a variable of the model", where, l.Name)
		case !(l.Low < l.High) || math.IsInf(l.Low, 0) || math.IsInf(l.High, 0):
			k.fail(l.Name, "%s: the lever %q goes from %g to %g; expected finite bounds that rise", where, l.Name, l.Low, l.High)
		}
		names[key] = true
	}
	for _, x := range s.Set {
		v := k.c.Model.Variable(x.Variable)
		if v == nil {
			var all []string
			for _, v := range k.c.Model.Variables {
				all = append(all, v.Name)
			}
			k.fail(x.Variable, "%s sets %q, which the model does not have; %s", where, x.Variable, diagnostic.DidYouMean(x.Variable, all))
		}
		if (x.Expression == "") == (len(x.Points) == 0) {
			k.fail(x.Variable, "%s sets %q; expected either an expression or points", where, x.Variable)
		}
		for _, p := range x.Points {
			if len(p) != 2 {
				k.fail(x.Variable, "%s sets %q: a point has %d numbers; expected month and value", where, x.Variable, len(p))
			}
			for _, v := range p {
				switch n := v.(type) {
				case string:
					if !names[strings.ToLower(n)] {
						k.fail(x.Variable, "%s sets %q: %q is no lever of the search", where, x.Variable, n)
					}
				case float64, int, int64, uint64:
				default:
					k.fail(x.Variable, "%s sets %q: %v is neither a number nor the name of a lever", where, x.Variable, v)
				}
			}
		}
	}
	for i := range s.Objectives {
		m := &s.Objectives[i]
		k.measure(where+", objective", m, names)
		if m.direction(k.c) == "neither" {
			k.fail(m.Outcome, "%s: neither more nor less of %s is better, says the case; add better: lower or higher", where, m.name())
		}
		if !(m.Epsilon > 0) || math.IsInf(m.Epsilon, 0) {
			k.fail(m.Outcome, "%s: the objective %s has epsilon %g; expected which difference is worth knowing, above 0", where, m.name(), m.Epsilon)
		}
	}
	for i := range s.Report {
		k.measure(where+", report", &s.Report[i], names)
	}
	most, least := map[string]float64{}, map[string]float64{}
	for i := range s.Constraints {
		x := &s.Constraints[i]
		k.measure(where+", constraint", &x.Measure, names)
		if x.Most == nil && x.Least == nil {
			k.fail(x.name(), "%s: the constraint on %s has neither most nor least", where, x.name())
		}
		key := x.name()
		if x.Most != nil {
			if v, ok := most[key]; !ok || *x.Most < v {
				most[key] = *x.Most
			}
		}
		if x.Least != nil {
			if v, ok := least[key]; !ok || *x.Least > v {
				least[key] = *x.Least
			}
		}
	}
	for _, x := range s.Constraints {
		key := x.name()
		high, bounded := most[key]
		low, ok := least[key]
		if bounded && ok && low > high {
			k.fail(key, "%s: the constraints contradict each other: %s must be at least %g and at most %g", where, key, low, high)
			delete(most, key)
		}
	}
}

func (k *planCheck) measure(where string, m *Measure, levers map[string]bool) {
	if m.Lever != "" {
		if m.Outcome != "" || !levers[strings.ToLower(m.Lever)] {
			k.fail(m.Lever, "%s: expected the name of a lever of the search, or an outcome, and not both; found lever %q, outcome %q", where, m.Lever, m.Outcome)
		}
		if m.Better == "" {
			m.Better = "lower"
		}
		return
	}
	var ids []string
	for _, o := range k.c.Outcomes {
		ids = append(ids, o.ID)
	}
	o := k.c.Outcome(m.Outcome)
	if o == nil {
		k.fail(m.Outcome, "%s: the case has no outcome %q; it has %s", where, m.Outcome, strings.Join(ids, ", "))
		return
	}
	if !slices.Contains([]string{"", "mean", "chance", "tail", "worst"}, m.Measure) {
		k.fail(m.Outcome, "%s: unknown measure %q; expected mean, chance, tail or worst", where, m.Measure)
	}
	if o.Reduce == casefile.First && m.Measure != "chance" {
		k.fail(m.Outcome, "%s: %s is the month in which something first happens; its measure must be chance", where, m.Outcome)
	}
	if m.Measure == "chance" && o.Event == nil {
		k.fail(m.Outcome, "%s: the outcome %s has no event, so it has no chance", where, m.Outcome)
	}
	if m.Per != "" && k.c.Outcome(m.Per) == nil {
		k.fail(m.Per, "%s: the case has no outcome %q to divide by", where, m.Per)
	}
	if m.Per != "" && m.Measure != "" && m.Measure != "mean" {
		k.fail(m.Per, "%s: only a mean can be taken per %s", where, m.Per)
	}
	if m.Against != "" {
		k.strategy(where+", against", m.Against)
	}
	if m.Better != "" && m.Better != "lower" && m.Better != "higher" {
		k.fail(m.Outcome, "%s: better is %q; expected lower or higher", where, m.Better)
	}
}

// name is the measure in words.
func (m *Measure) name() string {
	if m.Lever != "" {
		return m.Lever
	}
	name := m.Outcome
	if m.Measure != "" {
		name = m.Measure + " of " + name
	}
	if m.By > 0 {
		name += fmt.Sprintf(" by month %d", m.By)
	}
	if m.Per != "" {
		name += " per " + m.Per
	}
	if m.Against != "" {
		name += " against " + m.Against
	}
	return name
}

// direction is "lower", "higher" or "neither".
func (m *Measure) direction(c *casefile.Case) string {
	if m.Better != "" || m.Lever != "" {
		return m.Better
	}
	o := c.Outcome(m.Outcome)
	if o == nil {
		return ""
	}
	if m.Measure == "chance" {
		// The event of a first is good when earlier is better; that of a threshold
		// above is good when more is better.
		good := o.Better == "lower" && o.Reduce == casefile.First ||
			o.Reduce != casefile.First && (o.Better == "higher") == (o.Event.Above != nil)
		switch {
		case o.Better == "neither":
			return "neither"
		case good:
			return "higher"
		}
		return "lower"
	}
	return o.Better
}

// strategy is the base with the knobs as constants at the given values.
func (s *Search) strategy(c *casefile.Case, id, name string, x []float64) casefile.Strategy {
	t := *c.Strategy(s.Base)
	t.ID, t.Name, t.Short = id, name, id
	t.Description = s.Question
	t.Variables = slices.Clone(t.Variables)
	for i, l := range s.Levers {
		t.Variables = append(t.Variables, casefile.StrategyVariable{Name: l.Name, Expression: literal(l.value(x[i])), Units: l.Unit, Meaning: l.Meaning})
	}
	levers := slices.DeleteFunc(slices.Clone(t.Levers), func(l casefile.Lever) bool {
		return slices.ContainsFunc(s.Set, func(u Setup) bool { return strings.EqualFold(u.Variable, l.Variable) })
	})
	for _, u := range s.Set {
		text := u.Expression
		if text == "" {
			var constants []casefile.StrategyVariable
			text, constants = polyline(c, u)
			t.Variables = append(t.Variables, constants...)
		}
		levers = append(levers, casefile.Lever{Variable: u.Variable, Expression: text})
	}
	t.Levers = levers
	return t
}

func (l Knob) value(x float64) float64 {
	if l.Whole {
		return math.Round(x)
	}
	return x
}

func literal(x float64) string { return strings.ReplaceAll(fmt.Sprintf("%v", x), "e+", "e") }

// polyline writes straight lines between points as an expression. Its numbers
// are constants of the strategy, so that they have units. Points out of order make
// a step at the later of the two.
func polyline(c *casefile.Case, u Setup) (string, []casefile.StrategyVariable) {
	v := c.Model.Variable(u.Variable)
	var constants []casefile.StrategyVariable
	text := func(at int, what, units string, x any) string {
		name, ok := x.(string)
		if !ok {
			name = fmt.Sprintf("%s point %d %s", v.Name, at+1, what)
			number := math.NaN()
			switch n := x.(type) {
			case float64:
				number = n
			case int:
				number = float64(n)
			case int64:
				number = float64(n)
			case uint64:
				number = float64(n)
			}
			constants = append(constants, casefile.StrategyVariable{Name: name, Expression: literal(number), Units: units, Meaning: fmt.Sprintf("Point %d of %s", at+1, v.Name)})
		}
		return model.Canonical(name)
	}
	var b strings.Builder
	var t0, v0 string
	for i, p := range u.Points {
		v1 := text(i, "value", v.Units, p[1])
		if i == 0 {
			b.WriteString(v1)
			if len(u.Points) > 1 {
				t0 = text(i, "month", c.Model.Time.Unit, p[0])
			}
			v0 = v1
			continue
		}
		t1 := text(i, "month", c.Model.Time.Unit, p[0])
		fmt.Fprintf(&b, " + (%s - %s)*MAX(0, MIN(1, (TIME - %s)/MAX(%s - %s, DT)))", v1, v0, t0, t1, t0)
		t0, v0 = t1, v1
	}
	return b.String(), constants
}
