// Package page makes the page of a case's evidence: one HTML file that works
// offline, with what happened by month and governorate, what was claimed, and
// the gaps and doubts.
package page

import (
	"embed"
	"fmt"
	"html/template"
	"io"

	"handover/casefile"
	"handover/chart"
	"handover/evidence"
	"handover/evidence/change"
	"handover/evidence/claim"
	"handover/evidence/indicator"
	"handover/evidence/store"
	"handover/report"
)

//go:embed template/events.html
var templates embed.FS

// Content is what a page shows.
type Content struct {
	Case *casefile.Case
	// Store is nil when nothing was imported; then there is no map.
	Store  *store.Store
	Series []*indicator.Series
	// Assessed has one entry a series; nil where nothing is known of it.
	Assessed []*change.Assessment
	// From is the first month that timelines and the replay show.
	From evidence.Month
}

// table is a table of text.
type table struct {
	Corner string
	Heads  []string
	Rows   []row
}

type row struct {
	Head, Note string
	Cells      []string
}

// figure is a chart, or a table, with its words.
type figure struct {
	ID, Find, Measure, Source string
	Spec                      template.JS
	Table                     *table
	Panels                    []*figure
	Classes                   [][2]string
}

type claimed struct {
	Who, Date, Words, Source string
	Table                    *table
}

type content struct {
	report.Frame
	CaseTitle, DataTo, Title, Lead string
	Timelines                      []*figure
	Maps                           *figure
	Claims                         []claimed
	Replay                         *figure
	Tables                         []*figure
	Doubts                         []string
	Scale                          [][2]string
	Fingerprint                    []string
}

// builder makes the parts of a page.
type builder struct {
	Content
	figures int
}

// Write writes the page. The same content gives the same bytes.
func Write(w io.Writer, c Content) error {
	if len(c.Series) == 0 || len(c.Assessed) != len(c.Series) {
		return fmt.Errorf("a page needs indicators and an assessment of each; there are %d and %d", len(c.Series), len(c.Assessed))
	}
	b := &builder{Content: c}
	p, err := b.content()
	if err != nil {
		return err
	}
	t, err := template.New("events.html").Funcs(template.FuncMap{"number": numbering()}).ParseFS(templates, "template/events.html")
	if err != nil {
		return fmt.Errorf("the page's template cannot be read: %w", err)
	}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("the page cannot be written: %w", err)
	}
	return nil
}

func (b *builder) content() (*content, error) {
	frame, err := report.NewFrame()
	if err != nil {
		return nil, err
	}
	p := &content{Frame: frame, CaseTitle: b.Case.Title, Scale: chart.Words()}
	p.Title, p.Lead, p.DataTo = b.finding()
	if p.Timelines, err = b.timelines(); err != nil {
		return nil, err
	}
	if p.Maps, err = b.maps(); err != nil {
		return nil, err
	}
	p.Claims = b.claims()
	if p.Replay, err = b.replay(); err != nil {
		return nil, err
	}
	p.Tables = b.tables()
	p.Doubts = b.doubts()
	p.Fingerprint = []string{fmt.Sprintf("Case %s %s, hash %.12s", b.Case.Name, b.Case.Version, b.Case.Hash)}
	if b.Store != nil {
		for _, c := range b.Store.Coverage {
			p.Fingerprint = append(p.Fingerprint, fmt.Sprintf("%s %s, %s to %s, %s", c.Source, c.Version, c.From, c.To, b.Store.Licences[c.Source]))
		}
	}
	return p, nil
}

// finding is the title, the sentence below it and the state of the data.
func (b *builder) finding() (title, lead, dataTo string) {
	first := b.Series[0]
	cut, ok := first.CutOff()
	if !ok || b.Assessed[0] == nil || !b.Assessed[0].TrendKnown {
		return "Too little is known of " + first.Name, "No month, or fewer than six, have figures.", ""
	}
	t := b.Assessed[0].Trend
	moves := "no clear trend"
	switch {
	case t.GrowthLow > 0:
		moves = "growing"
	case t.GrowthHigh < 0:
		moves = "falling"
	}
	title = fmt.Sprintf("%s: %.0f a month in %s, %s", first.Name, t.Level, cut.Words(), moves)
	lead = fmt.Sprintf("Level %.1f a month (80%% interval %.1f to %.1f); change %+.1f%% a month (%+.1f to %+.1f).", t.Level, t.LevelLow, t.LevelHigh, 100*t.Growth, 100*t.GrowthLow, 100*t.GrowthHigh)
	return title, lead, "Data to " + cut.Words()
}

func (b *builder) figure(spec chart.Spec) (*figure, error) {
	data, err := spec.JSON()
	if err != nil {
		return nil, err
	}
	b.figures++
	return &figure{ID: fmt.Sprintf("chart-%d", b.figures), Spec: template.JS(data)}, nil //nolint:gosec // JSON with < and > escaped
}

// words are the verdicts with their colours.
var words = [][2]string{{string(claim.Holds), "--A8"}, {string(claim.Open), "--c2"}, {string(claim.Fails), "--c4"}, {string(claim.NoData), "--sunk"}}

// numbering counts the tables of a page, so that each has a name of its own for
// those who hear the page.
func numbering() func() int {
	n := 0
	return func() int {
		n++
		return n
	}
}
