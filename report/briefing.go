package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/ensemble"
)

// The parts of a Briefing. Their fields are texts for readers.
type (
	// Answer is a sentence of the answer with its mark and ruler.
	Answer = answer
	// Figure is a chart, its words and the table behind it.
	Figure = figure
	// FigureGroup is a row of figures under one finding.
	FigureGroup = figureGroup
	// MapGroup is a row of maps under one finding.
	MapGroup = mapGroup
	// Table is a table of text.
	Table = table
)

// Briefing holds the parts of a report one by one, in the words of the report,
// for a page that shows them elsewhere. Parts that the case has no data for are
// nil.
type Briefing struct {
	Finding, Question, Horizon, Definition, Event string
	// Answers are the five sentences of the overview: the reference and the four
	// strategies that differ most from it. EveryAnswer has one a strategy.
	Answers, EveryAnswer            []Answer
	Chance                          *Figure
	Fans                            *FigureGroup
	Others                          []*Figure
	Outcomes, ByMonth, Alternatives *Table
	Scale                           [][2]string
	Fingerprint                     []string
	Bad, Hindcast, DataTo           string
	Limits                          []string
}

// Part is a part of a briefing that takes time to make or room to send.
type Part string

// The parts that a Selection can leave out.
const (
	// PartFans are the fans of one series, under each strategy.
	PartFans Part = "fans"
	// PartOthers are the fans of all other series.
	PartOthers Part = "others"
	// PartDetails are the tables by month and by structural alternative.
	PartDetails Part = "details"
)

// Selection says what a briefing has; the zero value asks for everything.
type Selection struct {
	// Series is the id of the series whose fans are drawn; the headline series
	// when empty.
	Series string
	// Without are parts that are left out.
	Without []Part
}

// NewBriefing makes the parts of the report of a run of a case. It fails when the
// summary does not belong to the case, or has no series with the selected id.
func NewBriefing(c *casefile.Case, s *ensemble.Summary, selected Selection) (*Briefing, error) {
	if series := selected.Series; series != "" {
		chosen := *c
		chosen.Series = append([]casefile.Series(nil), c.Series...)
		found := false
		for i := range chosen.Series {
			chosen.Series[i].Headline = chosen.Series[i].ID == series
			found = found || chosen.Series[i].Headline
		}
		if !found {
			return nil, fmt.Errorf("the case has no series %q", series)
		}
		c = &chosen
	}
	b, err := newBuilder(c, s, Options{})
	if err != nil {
		return nil, err
	}
	m := s.Manifest
	p := &Briefing{
		Finding: b.finding(), Question: c.Question, Horizon: b.calendar.long(m.Horizon), Scale: chart.Words(),
		Fingerprint: b.fingerprint(), Bad: b.bad(), Hindcast: c.Hindcast, DataTo: b.calendar.day(), Limits: c.Limits,
	}
	if b.headline != nil {
		p.Definition, p.Event = b.headline.Definition, b.headline.Event.Name
		p.Answers, p.EveryAnswer = b.answers(), b.everyAnswer()
		if selected.has(PartDetails) {
			p.ByMonth, p.Alternatives = b.byMonth(), b.alternatives()
		}
		if p.Chance, err = b.chanceFigure(); err != nil {
			return nil, err
		}
	}
	p.Outcomes = b.outcomeTable()
	if selected.has(PartFans) {
		if p.Fans, err = b.fans(); err != nil {
			return nil, err
		}
	}
	if selected.has(PartOthers) {
		if p.Others, err = b.otherSeries(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (s Selection) has(p Part) bool { return !slices.Contains(s.Without, p) }

// Maps draws a map of the case in a month, one a strategy. The map is nil when
// the case has no such map or outlines. It is for the planner's own screen: a
// report that is sent on withholds single places (see Options.Purpose).
func Maps(c *casefile.Case, s *ensemble.Summary, id string, month int) (*MapGroup, error) {
	b, err := newBuilder(c, s, Options{})
	if err != nil || c.Boundaries == nil {
		return nil, err
	}
	at := -1
	for k := range c.Maps {
		if c.Maps[k].ID == id {
			at = k
		}
	}
	if at < 0 {
		return nil, nil
	}
	m := c.Maps[at]
	shapes, err := chart.ReadShapes(c.Boundaries)
	if err != nil {
		return nil, err
	}
	g := &mapGroup{Classes: chart.Classes(), Source: b.source(), Find: b.mapFinding(m, month), Table: &table{Corner: "Governorate"},
		Measure: fmt.Sprintf("Chance of %s, by governorate, %s. Numbers: percent, to the nearest 5, from 20 up", inside(m.Name), b.calendar.long(month))}
	for i, style := range b.styles {
		values := b.mapAt(i, m.ID, month)
		if values == nil {
			continue
		}
		mark := template.HTML(style.Mark()) //nolint:gosec // our own SVG
		g.Table.Heads = append(g.Table.Heads, head{mark, style.Label()})
		var areas []chart.Area
		for k, place := range c.Places.Elements {
			p, ok := values[place.Element]
			if !ok {
				p = math.NaN()
			}
			name := place.Name
			if name == "" {
				name = place.Element
			}
			areas = append(areas, chart.Area{Shape: place.Shape, Name: name, Probability: p})
			if k == len(g.Table.Rows) {
				g.Table.Rows = append(g.Table.Rows, row{Head: name})
			}
			g.Table.Rows[k].Cells = append(g.Table.Rows[k].Cells, cell{Value: chart.Percent(p)})
		}
		f, err := b.figure(shapes.Map(areas, 220, fmt.Sprintf("%s, %s, %s, by governorate", m.Name, style.Label(), b.calendar.long(month))))
		if err != nil {
			return nil, err
		}
		f.Find, f.Mark = style.Label(), mark
		g.Panels = append(g.Panels, f)
	}
	return g, nil
}

// Stylesheet is the report's style sheet with its tokens, without fonts.
func Stylesheet() (string, error) {
	sheet, err := templates.ReadFile("template/style.css")
	if err != nil {
		return "", err
	}
	text := strings.Replace(string(sheet), "/*light*/", chart.Variables(0), 1)
	return strings.Replace(text, "/*dark*/", chart.Variables(1), 1), nil
}

// Font returns one of the fonts that a report embeds, such as
// "ibm-plex-sans-400.woff2".
func Font(name string) ([]byte, error) {
	if !strings.HasSuffix(name, ".woff2") {
		return nil, fmt.Errorf("%q is not a font", name)
	}
	return assets.ReadFile("assets/" + name)
}

// Page writes the report into memory.
func Page(c *casefile.Case, s *ensemble.Summary, o Options) ([]byte, error) {
	var b bytes.Buffer
	err := Write(&b, c, s, o)
	return b.Bytes(), err
}

// MarshalJSON writes a figure with its specification as JSON.
func (f *figure) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID, Find, Measure, Source string
		Mark                      template.HTML
		Spec                      json.RawMessage
		Table                     *table
	}{f.ID, f.Find, f.Measure, f.Source, f.Mark, json.RawMessage(f.Spec), f.Table})
}
