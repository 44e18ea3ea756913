package page

import (
	"fmt"
	"math"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/evidence"
	"handover/evidence/change"
	"handover/evidence/claim"
	"handover/evidence/indicator"
)

// timelines draws each indicator by month.
func (b *builder) timelines() ([]*figure, error) {
	var out []*figure
	for i, s := range b.Series {
		a := b.Assessed[i]
		if a == nil {
			continue
		}
		months, top := b.months(s, a)
		var marks []chart.Mark
		for _, c := range b.Case.Claims {
			if m, ok := claim.AsOf(c); ok && len(months) > 0 && m+1 <= s.Points[len(s.Points)-1].Month {
				marks = append(marks, chart.Mark{Month: (m + 1).String()})
			}
		}
		format := ",d"
		if top >= 10_000 {
			format = "~s"
		}
		f, err := b.figure(chart.Timeline(months, marks, format, 150, fmt.Sprintf("%s by month, %s to %s", s.Name, months[0].Month, months[len(months)-1].Month)))
		if err != nil {
			return nil, err
		}
		f.Find = s.Name
		f.Measure = unit(s.Count) + " a month; dotted lines: claims"
		f.Source = b.origin(s) + fmt.Sprintf(" Alarm: %.2f false a year; growth of 6%% a month is seen after %s, of 12%% after %s (median, measured on simulated counts of this level).", a.Measured.FalsePerYear, delay(a.Measured.Delays[0].Median), delay(a.Measured.Delays[1].Median))
		f.Table = yearTable(s)
		out = append(out, f)
	}
	return out, nil
}

func unit(c casefile.Count) string {
	switch c {
	case casefile.CountEvents:
		return "Events"
	case casefile.CountLethal:
		return "Events with at least one death"
	}
	return "Deaths, best estimate"
}

func delay(months float64) string {
	if math.IsInf(months, 0) {
		return "more than 60 months"
	}
	return fmt.Sprintf("%.0f months", months)
}

// origin names where a series comes from.
func (b *builder) origin(s *indicator.Series) string {
	var names []string
	for _, p := range s.Points {
		if p.Known && (len(names) == 0 || names[len(names)-1] != p.Origin) {
			names = append(names, p.Origin)
		}
	}
	return "Source: " + strings.Join(names, ", then ") + "."
}

// months are the months of a timeline, from the page's first on.
func (b *builder) months(s *indicator.Series, a *change.Assessment) (months []chart.Month, top float64) {
	level := make([]float64, len(s.Points))
	for i := range level {
		level[i] = math.NaN()
	}
	for _, seg := range a.Changes {
		for i := seg.From; i <= seg.To; i++ {
			level[i] = seg.Mean
		}
	}
	for i, p := range s.Points {
		if p.Month < b.From {
			continue
		}
		m := chart.Month{Month: p.Month.String(), Value: math.NaN(), Low: math.NaN(), High: math.NaN(), Level: math.NaN(), Provisional: p.Provisional, Alarm: a.Signals[i].Rings}
		if p.Known {
			m.Value, m.Low, m.High, m.Level = float64(p.Count), float64(p.Low), float64(p.High), level[i]
			top = max(top, m.Value)
		}
		months = append(months, m)
	}
	return months, top
}

// yearTable sums a series by year.
func yearTable(s *indicator.Series) *table {
	t := &table{Corner: "Year", Heads: []string{"Count", "Low to high", "Months known", "Provisional"}}
	type sum struct{ count, low, high, known, provisional int }
	sums := map[int]*sum{}
	var years []int
	for _, p := range s.Points {
		y := p.Month.Year()
		if sums[y] == nil {
			sums[y] = &sum{}
			years = append(years, y)
		}
		if p.Known {
			x := sums[y]
			x.count, x.low, x.high, x.known = x.count+p.Count, x.low+p.Low, x.high+p.High, x.known+1
			if p.Provisional {
				x.provisional++
			}
		}
	}
	for _, y := range years {
		x := sums[y]
		cells := []string{"not known", "", "0", ""}
		if x.known > 0 {
			cells = []string{fmt.Sprint(x.count), fmt.Sprintf("%d to %d", x.low, x.high), fmt.Sprint(x.known), fmt.Sprint(x.provisional)}
		}
		t.Rows = append(t.Rows, row{Head: fmt.Sprint(y), Cells: cells})
	}
	return t
}

// maps draws the first indicator that has counts by place: the last twelve
// months with events, the twelve before, and all.
func (b *builder) maps() (*figure, error) {
	var s *indicator.Series
	for _, x := range b.Series {
		if x.Tally != nil && x.Count == casefile.CountLethal {
			s = x
			break
		}
	}
	if s == nil || b.Case.Boundaries == nil {
		return nil, nil
	}
	shapes, err := chart.ReadShapes(b.Case.Boundaries)
	if err != nil {
		return nil, err
	}
	last := evidence.Month(0)
	first := evidence.Month(0)
	for _, p := range s.Points {
		if p.Detailed {
			if first == 0 {
				first = p.Month
			}
			last = p.Month
		}
	}
	f := &figure{Measure: s.Name + ", by governorate. Numbers: events with at least one death", Classes: chart.AmountClasses(), Table: &table{Corner: "Governorate"},
		Source: "Places that share a shape are drawn together. Events without a known governorate are in no shape."}
	top, most := "", -1
	for k, span := range [][2]evidence.Month{{last - 11, last}, {last - 23, last - 12}, {max(first, b.From), last}} {
		title := fmt.Sprintf("%s to %s", span[0], span[1])
		f.Table.Heads = append(f.Table.Heads, title)
		var areas []chart.Amount
		for i, e := range b.Case.Places.Elements {
			n, known := 0.0, 0
			for _, p := range s.Place(e.Element) {
				if p.Month >= span[0] && p.Month <= span[1] && p.Known {
					n += float64(p.Count)
					known++
				}
			}
			text := fmt.Sprint(n)
			if known == 0 {
				n, text = math.NaN(), "not known"
			}
			name := e.Name
			if name == "" {
				name = e.Element
			}
			if k == 0 {
				f.Table.Rows = append(f.Table.Rows, row{Head: name})
				if n > float64(most) {
					most, top = int(n), name
				}
			}
			f.Table.Rows[i].Cells = append(f.Table.Rows[i].Cells, text)
			areas = append(areas, chart.Amount{Shape: e.Shape, Name: name, Count: n})
		}
		panel, err := b.figure(shapes.AmountMap(areas, 170, s.Name+" by governorate, "+title))
		if err != nil {
			return nil, err
		}
		panel.Find = title
		f.Panels = append(f.Panels, panel)
	}
	f.Find = fmt.Sprintf("Most in %s: %d in the last twelve known months", top, most)
	return f, nil
}

// series finds an indicator by id.
func (b *builder) series(id string) *indicator.Series {
	for _, s := range b.Series {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// claims shows each claim with the verdicts of its definitions.
func (b *builder) claims() []claimed {
	var out []claimed
	for _, c := range b.Case.Claims {
		asOf, ok := claim.AsOf(c)
		if !ok {
			continue
		}
		t := &table{Corner: "Meaning", Heads: []string{"Verdict", "Chance for the months to come", "Data to", "Silent months", "Past lulls broken within 12, 24, 36 months"}}
		for _, d := range c.Definitions {
			s := b.series(d.Indicator)
			v := claim.Judge(d, s, asOf)
			cells := []string{string(v.Word), "not known", "none", "", ""}
			if v.Known {
				cells[2], cells[3] = v.CutOff.Words(), fmt.Sprint(v.Silence)
			}
			if !math.IsNaN(v.Probability) {
				cells[1] = fmt.Sprintf("%s: %s (%s)", chart.Likelihood(v.Probability), chart.Percent(v.Probability), chart.Span(v.Low, v.High))
			}
			if len(s.Points) > 0 {
				cells[4] = pastText(claim.Past(d, s, s.Points[0].Month, asOf))
			}
			t.Rows = append(t.Rows, row{Head: d.Name, Note: v.Reason, Cells: cells})
		}
		out = append(out, claimed{c.Who, c.Date, c.Words, c.Source, t})
	}
	return out
}

// pastText writes how past lulls ended.
func pastText(list []claim.Relapse) string {
	part := func(of func(claim.Relapse) claim.Rate) string {
		var parts []string
		total := 0
		for _, r := range list {
			x := of(r)
			total += x.Of
			parts = append(parts, fmt.Sprintf("%d of %d", x.Hits, x.Of))
		}
		if total == 0 {
			return "no past lull"
		}
		return strings.Join(parts, ", ")
	}
	return "Country: " + part(func(r claim.Relapse) claim.Rate { return r.Country }) + ". Places: " + part(func(r claim.Relapse) claim.Rate { return r.Places }) + "."
}

// replay draws what would have been said at the end of each month.
func (b *builder) replay() (*figure, error) {
	definitions := claim.Distinct(b.Case.Claims)
	var strips []chart.Strip
	t := &table{Corner: "Meaning", Heads: []string{"December 2011", "May 2014", "Months before it was broken within 12, 24, 36 months: warned of all", "Other months: falsely warned of all"}}
	last := b.From
	number := 0
	for _, d := range definitions {
		s := b.series(d.Indicator)
		cut, ok := s.CutOff()
		if !ok {
			continue
		}
		last = max(last, cut)
		steps, scores := claim.Replay(d, s, b.From, cut)
		number++
		strip := chart.Strip{Name: d.Name}
		for _, st := range steps {
			strip.Months = append(strip.Months, st.AsOf.String())
			strip.Verdicts = append(strip.Verdicts, string(st.Word))
			strip.Broken = append(strip.Broken, st.CameKnown[0] && st.Came[0])
		}
		strips = append(strips, strip)
		var hits, false36 []string
		for _, x := range scores {
			hits = append(hits, fmt.Sprintf("%d of %d", x.Warned, x.Broken))
			false36 = append(false36, fmt.Sprintf("%d of %d", x.FalseWarned, x.Kept))
		}
		t.Rows = append(t.Rows, row{Head: fmt.Sprintf("%d. %s", number, d.Name), Cells: []string{
			claim.At(steps, evidence.NewMonth(2011, 12)), claim.At(steps, evidence.NewMonth(2014, 5)), strings.Join(hits, ", "), strings.Join(false36, ", ")}})
	}
	if len(strips) == 0 {
		return nil, nil
	}
	f, err := b.figure(chart.Strips(strips, words, b.From.String(), last.String(), fmt.Sprintf("Verdicts of %d definitions at the end of each month from %s to %s", len(strips), b.From, last)))
	if err != nil {
		return nil, err
	}
	f.Find = "What would have been said then"
	f.Measure = "One row a meaning, numbered as in the table; one cell a month, judged with nothing known after it. A dark tick below: broken within twelve months"
	f.Source = "Figures are those of the newest release, not those that were published at the time."
	f.Table = t
	for _, w := range words {
		f.Classes = append(f.Classes, [2]string{w[1], w[0]})
	}
	return f, nil
}

// tables shows how the indicators stand.
func (b *builder) tables() []*figure {
	t := &table{Corner: "Indicator", Heads: []string{"Known to", "Level a month (80% interval)", "Change a month (80% interval)", "Level last changed", "Last alarm"}}
	for i, s := range b.Series {
		a := b.Assessed[i]
		if a == nil {
			continue
		}
		cut, _ := s.CutOff()
		cells := []string{cut.String(), "too few months", "", "never", "never"}
		if a.TrendKnown {
			cells[1] = fmt.Sprintf("%.1f (%.1f to %.1f)", a.Trend.Level, a.Trend.LevelLow, a.Trend.LevelHigh)
			if !math.IsNaN(a.Trend.Growth) {
				cells[2] = fmt.Sprintf("%+.1f%% (%+.1f to %+.1f)", 100*a.Trend.Growth, 100*a.Trend.GrowthLow, 100*a.Trend.GrowthHigh)
			}
		}
		if k := len(a.Changes); k > 1 {
			cells[3] = (s.Points[0].Month + evidence.Month(a.Changes[k-1].From)).String()
		}
		for k, x := range a.Signals {
			if x.Rings {
				cells[4] = (s.Points[0].Month + evidence.Month(k)).String()
			}
		}
		t.Rows = append(t.Rows, row{Head: s.Name, Cells: cells})
	}
	return []*figure{{Find: "How each count stands", Measure: "Level and trend of the last 24 months by negative-binomial regression; change points by exact segmentation", Table: t}}
}

// doubts lists what is not known or not sure.
func (b *builder) doubts() []string {
	var out []string
	if b.Store == nil {
		out = append(out, "No events were imported: all figures are those of the case's own tables, and nothing is known by governorate.")
	} else {
		for _, s := range b.Store.Sources {
			share := func(n, of int) string { return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(max(of, 1))) }
			out = append(out, fmt.Sprintf("%s, %s to %s: %d events, %d of them count. The governorate is not known of %s of events and %s of deaths; the month is in doubt for %s; a side is not known in %s; estimates are out of order in %s.",
				s.Source, s.First, s.Last, s.Events, s.Counted, share(s.PlaceUnknown, s.Events), share(s.DeathsUnplaced, s.Deaths), share(s.DateWide, s.Events), share(s.ActorUnknown, s.Events), share(s.Disordered, s.Events)))
			if s.Duplicates > 0 {
				out = append(out, fmt.Sprintf("%s: %d events are reported by another source too and are not added up.", s.Source, s.Duplicates))
			}
			if s.Provisional > 0 {
				out = append(out, fmt.Sprintf("%s: %d events are provisional; such figures change by a factor of two in either direction now and then.", s.Source, s.Provisional))
			}
			if s.LagMedian >= 0 {
				out = append(out, fmt.Sprintf("%s: rows were last changed a median of %d days after the event, one in ten after %d or more.", s.Source, s.LagMedian, s.LagLate))
			}
		}
	}
	for _, s := range b.Series {
		for _, g := range s.Gaps() {
			out = append(out, fmt.Sprintf("%s: not known from %s to %s.", s.Name, g[0].Words(), g[1].Words()))
		}
	}
	return out
}
