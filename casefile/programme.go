package casefile

import (
	"fmt"
	"slices"
	"time"

	"handover/diagnostic"
	"handover/model"
)

// Programme is the content of programme.yaml: how the ledger of a programme is
// read for this case, and what in it is compared with plans.
type Programme struct {
	// Blocs names the dimension of the model whose elements are the blocs that a
	// ledger may name.
	Blocs string `yaml:"blocs"`
	// Parties are reporters, as a ledger names them, that are a party to the
	// conflict. What they alone report is marked.
	Parties []string `yaml:"parties"`
	// Ledger is a data table of entries that comes with the case. It is what is
	// compared as long as nobody keeps a ledger of their own.
	Ledger string `yaml:"ledger"`
	// Past is a data table of past programmes, one a row, with the columns
	// weapons_per_person and inflation_vs_plan (the caseload over the planned one),
	// either of which a row may leave empty. Hand-ins and caseloads are judged by it.
	Past string `yaml:"past"`
	// Lines are what is compared.
	Lines []Line `yaml:"lines" jsonschema:"required"`
}

// Columns of the table of past programmes.
const (
	PastWeapons  = "weapons_per_person"
	PastCaseload = "inflation_vs_plan"
)

// Line is a sum over the ledger that is compared with a plan and with what the
// model expects.
type Line struct {
	ID   string `yaml:"id" jsonschema:"required"`
	Name string `yaml:"name" jsonschema:"required"`
	// Kind is the kind of entries that count.
	Kind string `yaml:"kind" jsonschema:"required,enum=offered,enum=registered,enum=demobilised,enum=reintegrated,enum=integrated,enum=relapsed,enum=weapons-in,enum=weapons-verified,enum=weapons-destroyed,enum=forces-left,enum=forces-present,enum=bases-handed-over,enum=advisers,enum=trained,enum=serving,enum=payroll,enum=present,enum=pay-delay,enum=prison-events,enum=seizures,enum=money"`
	// Per is a kind by whose amount the line is divided, such as payroll for the
	// share of people present.
	Per string `yaml:"per" jsonschema:"enum=registered,enum=demobilised,enum=trained,enum=payroll,enum=present,enum=forces-present,enum=weapons-in"`
	// Blocs and Places keep entries about these; all when empty.
	Blocs  []string `yaml:"blocs"`
	Places []string `yaml:"places"`
	// References keep entries with these references; all when empty.
	References []string `yaml:"references"`
	// From is the month (YYYY-MM) in which the line begins. What is of earlier months
	// belongs to an earlier programme.
	From string `yaml:"from"`
	// Currency keeps entries in this currency; of money alone.
	Currency string `yaml:"currency"`
	// Better says whether more of it or less is progress.
	Better string `yaml:"better" jsonschema:"required,enum=higher,enum=lower"`
	// Tolerance is by which share of the plan the line may differ from it and be on
	// track; 0.1 when left out.
	Tolerance *float64 `yaml:"tolerance"`
	// Series is the id of the series that the model expects of it, in the unit of
	// the line.
	Series string `yaml:"series"`
	// Levers are variables whose schedules in a strategy add up to the plan: of a
	// kind that is a state at a time to its amount, of a kind that adds up to its
	// amount a month.
	Levers []string `yaml:"levers"`
	// Factor is what one unit of the levers is in the unit of the line, such as
	// 1000000 for levers in million USD; 1 when left out.
	Factor *float64 `yaml:"factor"`
}

// Within is the share of the plan within which a line is on track.
func (l Line) Within() float64 {
	if l.Tolerance == nil {
		return 0.1
	}
	return *l.Tolerance
}

// Scale is what one unit of the levers is in the unit of the line.
func (l Line) Scale() float64 {
	if l.Factor == nil {
		return 1
	}
	return *l.Factor
}

// Line finds a line of the programme by its id, or returns nil.
func (c *Case) Line(id string) *Line {
	for i := range c.Programme.Lines {
		if c.Programme.Lines[i].ID == id {
			return &c.Programme.Lines[i]
		}
	}
	return nil
}

// checkProgramme checks programme.yaml.
func (l *loader) checkProgramme() {
	d := l.programme
	if d == nil {
		return
	}
	blocs := l.checkBlocs(d)
	if name := l.c.Programme.Ledger; name != "" {
		l.table(d.at("ledger"), "ledger", name)
	}
	if name := l.c.Programme.Past; name != "" {
		if t := l.table(d.at("past"), "past", name); t != nil {
			for _, column := range []string{PastWeapons, PastCaseload} {
				if t.Column(column) < 0 {
					l.fail(diagnostic.Position{File: t.Path, Line: 1}, "missing-column", column, "", "the column is missing; a table of past programmes has it")
				}
			}
		}
	}
	ids := map[string]int{}
	for i, n := range l.c.Programme.Lines {
		path := fmt.Sprintf("lines[%d]", i)
		l.checkID(d, path, n.ID, ids)
		if n.Kind == "money" && n.Currency == "" && d.ok(path) {
			l.fail(d.at(path), "missing-key", path+".currency", "for example currency: USD", "the required key is missing: sums of money are kept apart by currency")
		}
		if n.Kind != "money" && n.Kind != "" && n.Currency != "" {
			l.fail(d.at(path+".currency"), "kind", path+".currency", "remove it", "only money has a currency")
		}
		for k, b := range n.Blocs {
			at := fmt.Sprintf("%s.blocs[%d]", path, k)
			if b != "" && blocs != nil && !slices.ContainsFunc(blocs, func(e string) bool { return model.Canonical(e) == model.Canonical(b) }) {
				l.fail(d.at(at), "unknown-name", at, diagnostic.DidYouMean(b, blocs), "%q is not a bloc of the case", b)
			}
		}
		l.knownPlaces(d, path+".places", n.Places)
		if _, err := time.Parse("2006-01", n.From); n.From != "" && err != nil {
			l.fail(d.at(path+".from"), "date", path+".from", "", "%q is not a month; expected YYYY-MM", shorten(n.From))
		}
		if t := n.Tolerance; t != nil && (*t <= 0 || *t >= 1) {
			l.fail(d.at(path+".tolerance"), "range", path+".tolerance", "", "the tolerance is %g; expected a share between 0 and 1", *t)
		}
		if f := n.Factor; f != nil && !(*f > 0 && *f <= 1e12) {
			l.fail(d.at(path+".factor"), "range", path+".factor", "", "the factor is %g; expected a number above 0", *f)
		}
		l.knownSeries(d, path+".series", n.Series)
		for k, v := range n.Levers {
			at := fmt.Sprintf("%s.levers[%d]", path, k)
			if v != "" && l.c.Model != nil {
				l.resolve(d.at(at), at, v)
			}
		}
	}
}

// checkBlocs returns the blocs of the case; nil when they cannot be told.
func (l *loader) checkBlocs(d *document) []string {
	name := l.c.Programme.Blocs
	if name == "" || l.c.Model == nil {
		return nil
	}
	x := l.c.Model.Dimension(name)
	if x == nil {
		var known []string
		for _, y := range l.c.Model.Dimensions {
			known = append(known, y.Name)
		}
		l.fail(d.at("blocs"), "unknown-name", "blocs", diagnostic.DidYouMean(name, known), "%q is not a dimension of the model", name)
		return nil
	}
	return x.Elements
}

// knownSeries reports an id that is no series of outcomes.yaml.
func (l *loader) knownSeries(d *document, at, id string) {
	if id == "" || l.unread(OutcomesName, l.outcomes) {
		return
	}
	var known []string
	for _, s := range l.c.Series {
		known = append(known, s.ID)
	}
	if !slices.Contains(known, id) {
		l.fail(d.at(at), "unknown-name", at, diagnostic.DidYouMean(id, known), "there is no series %q in %s", id, OutcomesName)
	}
}
