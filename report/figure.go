package report

import (
	"fmt"
	"html/template"
	"math"

	"handover/casefile"
	"handover/chart"
	"handover/ensemble"
)

// figure is a chart with its words and the table behind it.
type figure struct {
	ID                    string
	Find, Measure, Source string
	Mark                  template.HTML
	Spec                  template.JS
	Table                 *table
}

// figureGroup is a row of panels under one finding.
type figureGroup struct {
	Find, Measure, Source string
	Panels                []*figure
	Table                 *table
}

// source is the foot of every figure.
func (b *builder) source() string {
	m := b.s.Manifest
	return fmt.Sprintf("%s futures, the same for each strategy. Data to %s. Run %.12s.", thousands(fmt.Sprint(m.Futures)), b.calendar.day(), m.Run)
}

func (b *builder) figure(spec chart.Spec) (*figure, error) {
	data, err := spec.JSON()
	if err != nil {
		return nil, err
	}
	b.figures++
	return &figure{ID: fmt.Sprintf("chart-%d", b.figures), Spec: template.JS(data), Source: b.source()}, nil //nolint:gosec // JSON with < and > escaped
}

func (b *builder) axis(format string) chart.Axis {
	last := b.s.Times[len(b.s.Times)-1]
	return chart.Axis{First: b.calendar.short(0), Last: b.calendar.short(int(last)), Format: format}
}

func (b *builder) chanceFigure() (*figure, error) {
	var rows []chart.Chance
	t := &table{Corner: "Strategy", Heads: []head{{Text: "Chance"}, {Text: "80% interval"}, {Text: "In words"}}}
	for i, style := range b.styles {
		e := b.chance(i, b.headline.ID)
		if e == nil {
			continue
		}
		p := e.Probability
		rows = append(rows, chart.Chance{Style: style, Low: p.Low, Middle: p.Middle, High: p.High, Text: fmt.Sprintf("%s (%s)", chart.Percent(p.Middle), chart.Span(p.Low, p.High))})
		t.Rows = append(t.Rows, row{Head: style.Label(), Mark: template.HTML(style.Mark()), Cells: []cell{{Value: chart.Percent(p.Middle)}, {Value: chart.Span(p.Low, p.High)}, {Value: chart.Likelihood(p.Middle)}}}) //nolint:gosec // our own SVG
	}
	if len(rows) == 0 {
		return nil, nil
	}
	when := b.calendar.long(b.s.Manifest.Horizon)
	f, err := b.figure(chart.Chances(rows, fmt.Sprintf("Chance of %s by %s under %d strategies, with 80%% intervals", b.headline.Event.Name, when, len(rows))))
	if err != nil {
		return nil, err
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range rows {
		low, high = math.Min(low, r.Middle), math.Max(high, r.Middle)
	}
	event := sentence(b.headline.Event.Name)
	f.Find = fmt.Sprintf("%s %s %s under every plan", event, chart.Predicate(low), chart.Likelihood(low))
	if a, c := chart.Likelihood(low), chart.Likelihood(high); a != c {
		f.Find = fmt.Sprintf("%s: from %s to %s, depending on the plan", event, a, c)
	}
	f.Measure = fmt.Sprintf("Chance of %s by %s. Dot: share of futures. Bar: 80%% interval", b.headline.Event.Name, when)
	f.Table = t
	return f, nil
}

// fan finds a series of strategy i, or nil.
func (b *builder) fan(i int, id string) *ensemble.Fan {
	for k := range b.s.Strategies[i].Series {
		if f := &b.s.Strategies[i].Series[k]; f.ID == id {
			return f
		}
	}
	return nil
}

// format picks a number format and decimals for values up to top.
func format(top float64) (string, int) {
	switch {
	case top >= 100_000:
		return "~s", 0
	case top >= 10:
		return ",d", 0
	case top >= 2:
		return ".1f", 1
	default:
		return ".2f", 2
	}
}

// fans draws the headline series, one panel a strategy.
func (b *builder) fans() (*figureGroup, error) {
	var series *casefile.Series
	for k := range b.c.Series {
		if s := &b.c.Series[k]; series == nil || s.Headline && !series.Headline {
			series = s
		}
	}
	if series == nil || len(b.s.Times) < 2 {
		return nil, nil
	}
	var found []*ensemble.Fan
	var styles []chart.Style
	var quantiles [][][]float64
	for i := range b.s.Strategies {
		if f := b.fan(i, series.ID); f != nil {
			found, styles, quantiles = append(found, f), append(styles, b.styles[i]), append(quantiles, f.Quantiles)
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	top, cut := chart.Top(quantiles...)
	digits, decimals := format(top)
	g := &figureGroup{Table: b.fanTable(found, styles, decimals), Source: b.source()}
	g.Find = b.fanFinding(series, found)
	g.Measure = fmt.Sprintf("%s (%s). Line: median. Bands: 50, 80 and 95%% of futures. Dotted grey: median of %s", series.Name, series.Unit, b.styles[b.reference].Label())
	if cut {
		g.Source = fmt.Sprintf("The widest band is cut at %s where it runs off the chart. ", number(top, decimals)) + g.Source
	}
	var reference []float64
	if f := b.fan(b.reference, series.ID); f != nil {
		reference = f.Quantiles[3]
	}
	for i, f := range found {
		p := chart.FanPanel{Style: styles[i], Times: b.s.Times, Quantiles: f.Quantiles, Top: top, Keys: i == 0, Axis: b.axis(digits), Height: 168,
			Description: fmt.Sprintf("%s under %s: median and bands of futures; at the end the median is %s and 80%% of futures lie between %s and %s", series.Name, styles[i].Label(),
				number(f.Quantiles[3][len(b.s.Times)-1], decimals), number(f.Quantiles[1][len(b.s.Times)-1], decimals), number(f.Quantiles[5][len(b.s.Times)-1], decimals))}
		if styles[i].ID != b.styles[b.reference].ID {
			p.Reference, p.ReferenceLabel = reference, b.styles[b.reference].ID
		}
		if series.Threshold != nil {
			p.Threshold = &chart.Rule{Value: series.Threshold.Value, Name: series.Threshold.Name}
		}
		panel, err := b.figure(chart.Fan(p))
		if err != nil {
			return nil, err
		}
		panel.Find, panel.Mark = styles[i].Label(), template.HTML(styles[i].Mark()) //nolint:gosec // our own SVG
		g.Panels = append(g.Panels, panel)
	}
	return g, nil
}

// fanFinding says in words what the fans show: where the medians end, and how
// wide the futures are.
func (b *builder) fanFinding(series *casefile.Series, fans []*ensemble.Fan) string {
	end := len(b.s.Times) - 1
	low, high, widest := math.Inf(1), math.Inf(-1), 0.0
	for _, f := range fans {
		m := f.Quantiles[3][end]
		low, high = math.Min(low, m), math.Max(high, m)
		widest = math.Max(widest, f.Quantiles[5][end]-f.Quantiles[1][end])
	}
	if high-low < widest/2 {
		return "The futures differ more than the plans do"
	}
	return "The plans part: " + inside(series.Name)
}

// otherSeries draws the medians of the series that are not the headline.
func (b *builder) otherSeries() ([]*figure, error) {
	var figures []*figure
	for k := range b.c.Series {
		series := &b.c.Series[k]
		if series.Headline || len(b.s.Times) < 2 {
			continue
		}
		var lines []chart.Line
		var found []*ensemble.Fan
		var styles []chart.Style
		top := 0.0
		for i := range b.s.Strategies {
			f := b.fan(i, series.ID)
			if f == nil {
				continue
			}
			found, styles = append(found, f), append(styles, b.styles[i])
			lines = append(lines, chart.Line{Style: b.styles[i], Times: b.s.Times, Values: f.Quantiles[3]})
			for _, v := range f.Quantiles[3] {
				top = math.Max(top, v)
			}
		}
		if len(lines) == 0 {
			continue
		}
		digits, decimals := format(top)
		f, err := b.figure(chart.Lines(lines, b.axis(digits), 150, fmt.Sprintf("%s, in %s: medians under %d strategies", series.Name, series.Unit, len(lines))))
		if err != nil {
			return nil, err
		}
		f.Find, f.Measure = series.Name, fmt.Sprintf("%s. Medians; the 80%% intervals are in the table", sentence(series.Unit))
		f.Table = b.fanTable(found, styles, decimals)
		figures = append(figures, f)
	}
	return figures, nil
}

// mapGroup is the map of a condition, strategy by strategy.
type mapGroup struct {
	Find, Measure, Source string
	Panels                []*figure
	Classes               [][2]string
	Withheld              bool
	Table                 *table
}

// firstWithheld is the first month ahead for which a forecast of a single place
// is withheld from copies without a purpose.
const firstWithheld = 6

func (b *builder) maps() (*mapGroup, error) {
	if len(b.c.Maps) == 0 || b.c.Boundaries == nil {
		return nil, nil
	}
	m := b.c.Maps[0]
	shapes, err := chart.ReadShapes(b.c.Boundaries)
	if err != nil {
		return nil, err
	}
	horizon := b.s.Manifest.Horizon
	months := []int{min(firstWithheld-1, horizon)}
	if b.o.Purpose != "" {
		for _, month := range []int{12, 24, horizon} {
			if month > months[len(months)-1] && month <= horizon {
				months = append(months, month)
			}
		}
	}
	g := &mapGroup{Classes: chart.Classes(), Withheld: b.o.Purpose == "" && horizon >= firstWithheld, Source: b.source(),
		Measure: fmt.Sprintf("Chance of %s, by governorate. Numbers: percent, to the nearest 5, from 20 up. An interval is not computed for single places", inside(m.Name)),
		Table:   &table{Corner: "Governorate"}}
	panel := func(i, month int, title string, mark template.HTML) error {
		values := b.mapAt(i, m.ID, month)
		if values == nil {
			return nil
		}
		var areas []chart.Area
		g.Table.Heads = append(g.Table.Heads, head{mark, title})
		for k, place := range b.c.Places.Elements {
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
		f, err := b.figure(shapes.Map(areas, 170, fmt.Sprintf("%s, %s, by governorate", m.Name, title)))
		if err != nil {
			return err
		}
		f.Find, f.Mark = title, mark
		g.Panels = append(g.Panels, f)
		return nil
	}
	if err := panel(b.reference, 0, "At the base date", ""); err != nil {
		return nil, err
	}
	for _, month := range months {
		for i, style := range b.styles {
			if err := panel(i, month, style.Label()+", "+b.calendar.short(month), template.HTML(style.Mark())); err != nil { //nolint:gosec // our own SVG
				return nil, err
			}
		}
	}
	g.Find = b.mapFinding(m, months[len(months)-1])
	return g, nil
}

// mapFinding counts the governorates where the condition is likely in a month.
func (b *builder) mapFinding(m casefile.Map, month int) string {
	low, high := math.MaxInt, 0
	for i := range b.s.Strategies {
		n := 0
		for _, p := range b.mapAt(i, m.ID, month) {
			if p >= 0.55 {
				n++
			}
		}
		low, high = min(low, n), max(high, n)
	}
	when := b.calendar.long(month)
	switch {
	case high == 0:
		return fmt.Sprintf("In %s %s is likely in no governorate", when, inside(m.Name))
	case low == high:
		return fmt.Sprintf("In %s %s is likely in %d governorates under every plan", when, inside(m.Name), low)
	}
	return fmt.Sprintf("In %s %s is likely in %d to %d governorates, depending on the plan", when, inside(m.Name), low, high)
}

// mapAt is the probability of a map's condition by place in a month, or nil.
func (b *builder) mapAt(i int, id string, month int) map[string]float64 {
	at := -1
	for k, t := range b.s.Times {
		if int(math.Round(t)) == month {
			at = k
		}
	}
	for _, m := range b.s.Strategies[i].Maps {
		if m.ID != id || at < 0 {
			continue
		}
		values := map[string]float64{}
		for k, place := range m.Places {
			values[place] = m.Probability[k][at]
		}
		return values
	}
	return nil
}
