package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"handover/casefile"
	"handover/chart"
	"handover/ensemble"
	"handover/explore/finding"
)

// printResults prints the comparison of a run as text at most width wide:
// first the headline event, then every other outcome, then where the files
// are.
func printResults(w io.Writer, width int, c *casefile.Case, s *ensemble.Summary, folder, page string) error {
	t := &resultText{width: width, c: c, s: s}
	t.title()
	t.headline()
	t.others()
	t.caveats()
	fmt.Fprintf(&t.b, "\nReport      %s\nRun folder  %s\n", page, folder+string(filepath.Separator))
	_, err := io.WriteString(w, t.b.String())
	return err
}

// resultText gathers the text of a comparison.
type resultText struct {
	b     strings.Builder
	width int
	c     *casefile.Case
	s     *ensemble.Summary
}

// prose writes s, wrapped, as a paragraph.
func (t *resultText) prose(s string) {
	for _, line := range wrap(s, min(t.width, 100)) {
		t.b.WriteString(line + "\n")
	}
}

func (t *resultText) title() {
	m := t.s.Manifest
	t.prose(m.CaseTitle)
	from := t.c.BaseDate
	if day, err := time.Parse(time.DateOnly, from); err == nil {
		from = day.Format("2 January 2006")
	}
	t.prose(fmt.Sprintf("%s x %s, %s from %s, seed %d", count(len(m.Strategies), "strategy", "strategies"), count(m.Futures, "future", "futures"), count(m.Horizon, "month", "months"), from, m.Seed))
}

// headline prints the answer to the case's first question: the probability of
// an event under each strategy.
func (t *resultText) headline() {
	outcome := t.outcome(func(o casefile.Outcome) bool { return o.Headline })
	if outcome == nil || outcome.Event == nil {
		return
	}
	reference := t.s.Manifest.Reference
	g := grid{corner: "Strategy", heads: []string{"Probability", "80% interval, %", "In words", "Against " + reference}}
	var by int
	for _, strategy := range t.s.Strategies {
		figures := find(strategy, outcome.ID)
		if figures == nil || len(figures.Events) == 0 {
			continue
		}
		event := figures.Events[len(figures.Events)-1]
		by = event.By
		g.rows = append(g.rows, gridRow{t.strategyName(strategy.ID), []string{
			chart.Percent(event.Probability.Middle),
			chart.Span(event.Probability.Low, event.Probability.High),
			chart.Likelihood(event.Probability.Middle),
			against(event.Difference, strategy.ID == reference),
		}})
	}
	fmt.Fprintf(&t.b, "\n%s by month %d\n\n%s\n", sentence(outcome.Event.Name), by, g.lay(t.width))
	if outcome.Definition != "" {
		t.prose(fmt.Sprintf("%s: %s", sentence(outcome.Event.Name), strings.TrimSuffix(outcome.Definition, ".")+"."))
	}
	t.prose(fmt.Sprintf("Probabilities are rounded to 5 points; the interval spans the model's alternative structures and the number of futures. Against %s: the difference in the same futures, in points, with its 80%% interval.", reference))
	t.prose("In words: " + chart.Scale() + ".")
}

// against writes a difference of probabilities in points.
func against(d *ensemble.Interval, reference bool) string {
	switch {
	case reference:
		return "reference"
	case d == nil:
		return ""
	}
	return fmt.Sprintf("%s (%s to %s)", points(d.Middle), points(d.Low), points(d.High))
}

// points writes a difference of probabilities in signed whole points. It is
// not rounded to 5 as a probability is: paired over the same futures it is far
// better known than either of the two, and is what strategies are compared by.
func points(d float64) string {
	switch r := int(math.Round(100 * d)); {
	case r > 0:
		return fmt.Sprintf("+%d", r)
	case r < 0:
		return fmt.Sprintf("\u2212%d", -r)
	default:
		return "0"
	}
}

// others prints every outcome that is not the headline.
func (t *resultText) others() {
	g := grid{corner: "Outcome"}
	for _, strategy := range t.s.Strategies {
		g.heads = append(g.heads, strings.ReplaceAll(t.strategyShort(strategy.ID), " ", "\n"))
	}
	for _, outcome := range t.c.Outcomes {
		if outcome.Headline {
			t.eventRows(&g, outcome, true)
			continue
		}
		t.valueRow(&g, outcome)
		t.eventRows(&g, outcome, false)
	}
	if len(g.rows) == 0 || len(g.heads) == 0 {
		return
	}
	fmt.Fprintf(&t.b, "\nOther outcomes: median, or the chance of an event in %%, with 80%% interval\n\n%s", g.lay(t.width))
}

// valueRow adds the row of an outcome's value, when it has one.
func (t *resultText) valueRow(g *grid, outcome casefile.Outcome) {
	largest, some := 0.0, false
	for _, strategy := range t.s.Strategies {
		if figures := find(strategy, outcome.ID); figures != nil && figures.Value != nil {
			some = true
			largest = max(largest, math.Abs(figures.Value.Low), math.Abs(figures.Value.High))
		}
	}
	if !some {
		return
	}
	divisor, scale := scaleOf(largest)
	row := gridRow{label: outcome.Name}
	if unit := strings.TrimSpace(scale + " " + outcome.Unit); unit != "" && unit != "1" && !strings.EqualFold(unit, outcome.Name) {
		row.label += ", " + unit
	}
	for _, strategy := range t.s.Strategies {
		cell := ""
		if figures := find(strategy, outcome.ID); figures != nil && figures.Value != nil {
			show := func(v float64) string { return decimal(v/divisor, outcome.Decimals) }
			cell = fmt.Sprintf("%s\n%s to %s", show(figures.Value.Middle), show(figures.Value.Low), show(figures.Value.High))
		}
		row.cells = append(row.cells, cell)
	}
	g.rows = append(g.rows, row)
}

// scaleOf says by what to divide the figures of a row, and in what word, so
// that no figure has digits that nobody reads.
func scaleOf(largest float64) (divisor float64, word string) {
	switch {
	case largest >= 1e8:
		return 1e6, "million"
	case largest >= 1e5:
		return 1e3, "thousand"
	}
	return 1, ""
}

// eventRows adds a row for each month by which an outcome's event is reported.
// The last is left out when it stands elsewhere already.
func (t *resultText) eventRows(g *grid, outcome casefile.Outcome, exceptLast bool) {
	if outcome.Event == nil || len(t.s.Strategies) == 0 {
		return
	}
	first := find(t.s.Strategies[0], outcome.ID)
	if first == nil {
		return
	}
	n := len(first.Events)
	if exceptLast {
		n--
	}
	for i := range n {
		row := gridRow{label: fmt.Sprintf("Chance of %s by month %d", outcome.Event.Name, first.Events[i].By)}
		if len(first.Events) == 1 && outcome.Reduce != casefile.First {
			row.label = "Chance of " + outcome.Event.Name
		}
		for _, strategy := range t.s.Strategies {
			cell := ""
			if figures := find(strategy, outcome.ID); figures != nil && i < len(figures.Events) {
				p := figures.Events[i].Probability
				cell = chart.Percent(p.Middle)
				if span := chart.Span(p.Low, p.High); span != strings.TrimSuffix(cell, "%") {
					cell += "\n" + span
				}
			}
			row.cells = append(row.cells, cell)
		}
		g.rows = append(g.rows, row)
	}
}

// caveats says what was left out.
func (t *resultText) caveats() {
	if t.s.Bad == 0 {
		return
	}
	t.b.WriteByte('\n')
	text := fmt.Sprintf("%s left out of every figure: a value was not finite", count(t.s.Bad, "experiment was", "experiments were"))
	if t.s.FirstBad != "" {
		text += " (first: " + t.s.FirstBad + ")"
	}
	t.prose(text + ".")
}

func (t *resultText) outcome(is func(casefile.Outcome) bool) *casefile.Outcome {
	if i := slices.IndexFunc(t.c.Outcomes, is); i >= 0 {
		return &t.c.Outcomes[i]
	}
	return nil
}

func (t *resultText) strategy(id string) *casefile.Strategy {
	if i := slices.IndexFunc(t.c.Strategies, func(s casefile.Strategy) bool { return s.ID == id }); i >= 0 {
		return &t.c.Strategies[i]
	}
	return &casefile.Strategy{ID: id}
}

func (t *resultText) strategyName(id string) string {
	return strings.TrimSpace(id + "  " + t.strategy(id).Name)
}

func (t *resultText) strategyShort(id string) string {
	return strings.TrimSpace(id + " " + t.strategy(id).Short)
}

// find returns the figures of an outcome under a strategy, or nil.
func find(strategy ensemble.StrategySummary, outcome string) *ensemble.OutcomeSummary {
	if i := slices.IndexFunc(strategy.Outcomes, func(o ensemble.OutcomeSummary) bool { return o.ID == outcome }); i >= 0 {
		return &strategy.Outcomes[i]
	}
	return nil
}

// decimal writes a number with so many decimals and commas between thousands.
func decimal(v float64, decimals int) string {
	text := finding.Grouped(strconv.FormatFloat(v, 'f', max(decimals, 0), 64))
	if size, minus := strings.CutPrefix(text, "-"); minus {
		if strings.Trim(size, "0.,") == "" {
			return size
		}
		return "\u2212" + size
	}
	return text
}

// asEntered writes a number that was entered, with all its digits.
func asEntered(x float64) string { return finding.Grouped(strconv.FormatFloat(x, 'f', -1, 64)) }

// short writes three significant digits, those that say nothing left out.
func short(x float64) string {
	text := finding.Number(x)
	if strings.Contains(text, ".") && !strings.Contains(text, "e") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// sentence starts s with a capital letter.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
