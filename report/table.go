package report

import (
	"fmt"
	"html/template"

	"handover/casefile"
	"handover/chart"
	"handover/ensemble"
)

// table is a table of text. Cells may have an interval and a verdict under
// their value.
type table struct {
	Caption string
	Corner  string
	Heads   []head
	Rows    []row
}

type head struct {
	Mark template.HTML
	Text string
}

type row struct {
	Head, Note string
	Mark       template.HTML
	Reference  bool
	Cells      []cell
}

type cell struct {
	Value, Interval string
	// Verdict against the reference, its class, and the difference.
	Verdict, Class, Difference string
}

func (b *builder) strategyHeads() []head {
	var heads []head
	for _, s := range b.styles {
		heads = append(heads, head{template.HTML(s.Mark()), s.Label()}) //nolint:gosec // our own SVG
	}
	return heads
}

// outcomeTable compares strategies: a row an outcome, a column a strategy.
func (b *builder) outcomeTable() *table {
	t := &table{Corner: "Outcome", Heads: b.strategyHeads()}
	for k := range b.c.Outcomes {
		o := &b.c.Outcomes[k]
		if o.Reduce != casefile.First {
			r := row{Head: o.Name, Note: o.Unit}
			for i := range b.s.Strategies {
				r.Cells = append(r.Cells, b.valueCell(i, o))
			}
			t.Rows = append(t.Rows, r)
		}
		if o.Event != nil {
			r := row{Head: "Chance of " + o.Event.Name, Note: "by " + b.calendar.short(b.s.Manifest.Horizon)}
			for i := range b.s.Strategies {
				r.Cells = append(r.Cells, b.chanceCell(i, o))
			}
			t.Rows = append(t.Rows, r)
		}
	}
	return t
}

func (b *builder) valueCell(i int, o *casefile.Outcome) cell {
	f := b.outcome(i, o.ID)
	if f == nil || f.Value == nil {
		return cell{Value: "not known"}
	}
	c := cell{Value: number(f.Value.Middle, o.Decimals), Interval: number(f.Value.Low, o.Decimals) + " to " + number(f.Value.High, o.Decimals)}
	if f.Difference != nil {
		v := judge(f.Difference, o.Better, o.Decimals)
		c.Verdict, c.Class = v.word(), v.class()
		if v != same {
			c.Verdict = signed(f.Difference.Middle, o.Decimals) + " " + v.word()
			c.Difference = signed(f.Difference.Low, o.Decimals) + " to " + signed(f.Difference.High, o.Decimals)
		}
		if v == differs {
			c.Verdict = signed(f.Difference.Middle, o.Decimals)
		}
	}
	return c
}

func (b *builder) chanceCell(i int, o *casefile.Outcome) cell {
	e := b.chance(i, o.ID)
	if e == nil {
		return cell{Value: "not known"}
	}
	c := cell{Value: chart.Percent(e.Probability.Middle), Interval: chart.Span(e.Probability.Low, e.Probability.High)}
	if e.Difference != nil {
		v := judgeChance(e.Difference, o)
		c.Verdict, c.Class = v.word(), v.class()
		if v != same {
			c.Verdict = chart.Points(e.Difference.Middle) + " points " + v.word()
			c.Difference = chart.Points(e.Difference.Low) + " to " + chart.Points(e.Difference.High)
		}
	}
	return c
}

// byMonth gives the chance of the headline event by several months; nil when
// there is only one.
func (b *builder) byMonth() *table {
	t := &table{Corner: "Strategy"}
	for i, style := range b.styles {
		o := b.outcome(i, b.headline.ID)
		if o == nil || len(o.Events) < 2 {
			return nil
		}
		r := row{Head: style.Label(), Mark: template.HTML(style.Mark()), Reference: i == b.reference} //nolint:gosec // our own SVG
		for _, e := range o.Events {
			if i == 0 {
				t.Heads = append(t.Heads, head{Text: "by " + b.calendar.short(e.By)})
			}
			r.Cells = append(r.Cells, cell{Value: chart.Percent(e.Probability.Middle), Interval: chart.Span(e.Probability.Low, e.Probability.High)})
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// alternatives gives the chance of the headline event under each structural
// alternative; nil when the case has none.
func (b *builder) alternatives() *table {
	first := b.chance(b.reference, b.headline.ID)
	if first == nil || len(first.Alternatives) == 0 {
		return nil
	}
	t := &table{Corner: "Structural alternative", Heads: b.strategyHeads()}
	for k, a := range first.Alternatives {
		r := row{Head: fmt.Sprintf("%s: %s", b.uncertaintyTitle(a.Uncertainty), a.Option), Note: fmt.Sprintf("%d futures", a.Futures)}
		for i := range b.s.Strategies {
			c := cell{Value: "not known"}
			if e := b.chance(i, b.headline.ID); e != nil && k < len(e.Alternatives) {
				c.Value = chart.Percent(e.Alternatives[k].Probability)
			}
			r.Cells = append(r.Cells, c)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func (b *builder) uncertaintyTitle(variable string) string {
	for _, u := range b.c.Uncertainties {
		if u.Variable == variable && u.Title != "" {
			return u.Title
		}
	}
	return variable
}

// fanTable is the table behind a fan: quantiles at some months.
func (b *builder) fanTable(fans []*ensemble.Fan, styles []chart.Style, decimals int) *table {
	t := &table{Corner: "Strategy, month", Caption: "Median, with the interval that holds 80% of futures"}
	times := b.s.Times
	var at []int
	for k := range times {
		if k == 0 || k == len(times)-1 || int(times[k])%12 == 0 && times[k] == float64(int(times[k])) {
			at = append(at, k)
		}
	}
	for _, k := range at {
		t.Heads = append(t.Heads, head{Text: b.calendar.short(int(times[k]))})
	}
	for i, f := range fans {
		r := row{Head: styles[i].Label(), Mark: template.HTML(styles[i].Mark())} //nolint:gosec // our own SVG
		for _, k := range at {
			r.Cells = append(r.Cells, cell{Value: number(f.Quantiles[3][k], decimals), Interval: number(f.Quantiles[1][k], decimals) + " to " + number(f.Quantiles[5][k], decimals)})
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}
