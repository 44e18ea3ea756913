// Package report turns a run into one HTML file that can be sent on: it works
// offline, prints well, and says with every figure how far to trust it.
package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"

	"handover/casefile"
	"handover/chart"
	"handover/ensemble"
)

//go:embed template/page.html template/style.css
var templates embed.FS

//go:embed assets/handover.js assets/ibm-plex-sans-400.woff2 assets/ibm-plex-sans-500.woff2 assets/ibm-plex-sans-600.woff2 assets/ibm-plex-mono-400.woff2
var assets embed.FS

// Options say for whom a report is.
type Options struct {
	// Purpose, when not empty, is printed on the report and brings in forecasts
	// for single places six and more months ahead. Without it they are withheld,
	// because they can harm people who live there.
	Purpose string
}

// Write writes the report of a run of a case. The same case, summary and
// options give the same bytes. It fails when the summary does not belong to the
// case, or w fails.
func Write(w io.Writer, c *casefile.Case, s *ensemble.Summary, o Options) error {
	b, err := newBuilder(c, s, o)
	if err != nil {
		return err
	}
	p, err := b.page()
	if err != nil {
		return err
	}
	t, err := template.New("page.html").ParseFS(templates, "template/page.html")
	if err != nil {
		return fmt.Errorf("the report's template cannot be read: %w", err)
	}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("the report cannot be written: %w", err)
	}
	return nil
}

// builder makes the parts of a report.
type builder struct {
	c *casefile.Case
	s *ensemble.Summary
	o Options
	// styles has one entry a strategy of the summary, in its order; reference is
	// the place of the reference in it.
	styles    []chart.Style
	reference int
	headline  *casefile.Outcome
	calendar  calendar
	figures   int
}

func newBuilder(c *casefile.Case, s *ensemble.Summary, o Options) (*builder, error) {
	if c.Hash != s.Manifest.CaseHash {
		return nil, fmt.Errorf("the run was made from another version of the case %s (hash %.8s, the case now has %.8s): run it again", s.Manifest.Case, s.Manifest.CaseHash, c.Hash)
	}
	b := &builder{c: c, s: s, o: o, reference: -1}
	var err error
	if b.calendar, err = newCalendar(c.BaseDate); err != nil {
		return nil, err
	}
	var ids, names, shorts []string
	for i, t := range s.Strategies {
		name, short := t.ID, ""
		if d := c.Strategy(t.ID); d != nil {
			name, short = d.Name, d.Short
		}
		ids, names, shorts = append(ids, t.ID), append(names, name), append(shorts, short)
		if t.ID == s.Manifest.Reference {
			b.reference = i
		}
	}
	if b.reference < 0 {
		return nil, fmt.Errorf("the run holds no strategy %q, its reference", s.Manifest.Reference)
	}
	b.styles = chart.Styles(ids, names, shorts, s.Manifest.Reference)
	for i := range c.Outcomes {
		if c.Outcomes[i].Headline {
			b.headline = &c.Outcomes[i]
		}
	}
	return b, nil
}

// outcome finds the figures of an outcome under strategy i, or nil.
func (b *builder) outcome(i int, id string) *ensemble.OutcomeSummary {
	for k := range b.s.Strategies[i].Outcomes {
		if o := &b.s.Strategies[i].Outcomes[k]; o.ID == id {
			return o
		}
	}
	return nil
}

// chance is the probability of an outcome's event by the horizon under strategy
// i, or nil.
func (b *builder) chance(i int, id string) *ensemble.EventSummary {
	o := b.outcome(i, id)
	if o == nil || len(o.Events) == 0 {
		return nil
	}
	return &o.Events[len(o.Events)-1]
}

// page is what the template shows.
type page struct {
	Frame
	Title, CaseTitle    string
	DataTo, Horizon     string
	Question, Hindcast  string
	Purpose             string
	Answers             []answer
	Definition          string
	Event, EventInside  string
	Scale               [][2]string
	Chance              *figure
	Fans                *figureGroup
	Outcomes            *table
	ByMonth             *table
	Alternatives        *table
	Maps                *mapGroup
	Others              []*figure
	Register            *register
	Basis               basis
	Futures, Strategies int
	Fingerprint         []string
	Bad                 string
}

func (b *builder) page() (*page, error) {
	frame, err := NewFrame()
	if err != nil {
		return nil, err
	}
	m := b.s.Manifest
	p := &page{
		Frame: frame,
		Title: b.finding(), CaseTitle: b.c.Title,
		DataTo: b.calendar.day(), Horizon: b.calendar.long(m.Horizon),
		Question: b.c.Question, Hindcast: b.c.Hindcast, Purpose: b.o.Purpose,
		Scale: chart.Words(), Futures: m.Futures, Strategies: len(b.s.Strategies),
		Basis: b.basis(), Register: b.register(), Fingerprint: b.fingerprint(), Bad: b.bad(),
	}
	if b.headline != nil {
		p.Definition, p.EventInside = b.headline.Definition, b.headline.Event.Name
		p.Event = sentence(p.EventInside)
		p.Answers = b.answers()
		p.ByMonth = b.byMonth()
		p.Alternatives = b.alternatives()
		if p.Chance, err = b.chanceFigure(); err != nil {
			return nil, err
		}
	}
	p.Outcomes = b.outcomeTable()
	if p.Fans, err = b.fans(); err != nil {
		return nil, err
	}
	if p.Others, err = b.otherSeries(); err != nil {
		return nil, err
	}
	if p.Maps, err = b.maps(); err != nil {
		return nil, err
	}
	return p, nil
}

// fingerprint ties the report to what it was made from.
func (b *builder) fingerprint() []string {
	m := b.s.Manifest
	return []string{
		fmt.Sprintf("Case %s %s, hash %.12s, model %.12s", m.Case, m.CaseVersion, m.CaseHash, m.ModelHash),
		fmt.Sprintf("Run %s, seed %d, %s design", m.Run, m.Seed, m.Design),
		fmt.Sprintf("%d strategies x %s futures x %d months, %s, step %s month", len(m.Strategies), thousands(fmt.Sprint(m.Futures)), m.Horizon, m.Method, fraction(m.DT)),
		fmt.Sprintf("Handover %s", m.Version),
	}
}

// bad says how many experiments were left out; empty for none.
func (b *builder) bad() string {
	if b.s.Bad == 0 {
		return ""
	}
	return fmt.Sprintf("%d experiments ran into values that are not finite; their futures are left out of every figure, under every strategy. The first was %s.", b.s.Bad, b.s.FirstBad)
}
