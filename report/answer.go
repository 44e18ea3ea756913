package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/ensemble"
)

// verdict is what a paired difference allows us to say.
type verdict int

const (
	same   verdict = iota // the interval spans zero, or the difference rounds to nothing
	better                // in the direction that the outcome prefers
	worse
	differs // apart, and the outcome prefers neither direction
)

func (v verdict) word() string { return [...]string{"about the same", "better", "worse", "differs"}[v] }

// class is the CSS class of the verdict.
func (v verdict) class() string { return [...]string{"even", "better", "worse", "even"}[v] }

// judge looks at a paired difference, printed with so many decimals.
func judge(d *ensemble.Interval, prefers string, decimals int) verdict {
	if d == nil || d.Low <= 0 && d.High >= 0 || !strings.ContainsAny(number(d.Middle, decimals), "123456789") {
		return same
	}
	switch {
	case prefers == "neither" || prefers == "":
		return differs
	case (d.Middle > 0) == (prefers == "higher"):
		return better
	}
	return worse
}

// judgeChance does so for the chance of the event of an outcome. That a first
// comes later is better, so its event is unwelcome; an event above a threshold
// is welcome when higher values are.
func judgeChance(d *ensemble.Interval, o *casefile.Outcome) verdict {
	if d == nil || d.Low <= 0 && d.High >= 0 || chart.Points(d.Middle) == "0" {
		return same
	}
	prefers := o.Better
	if o.Reduce == casefile.First || o.Event != nil && o.Event.Below != nil {
		prefers = map[string]string{"higher": "lower", "lower": "higher"}[o.Better]
	}
	switch {
	case prefers == "neither" || prefers == "":
		return differs
	case (d.Middle > 0) == (prefers == "higher"):
		return better
	}
	return worse
}

// answer is one of the sentences that the report begins with.
type answer struct {
	Lead, Word, Rest string
	Mark, Ruler      template.HTML
	ID, Chance, Span string
}

// answers has a sentence for the reference and for up to four others: those
// that differ most from it.
func (b *builder) answers() []answer {
	type candidate struct {
		strategy int
		distance float64
	}
	var others []candidate
	for i := range b.s.Strategies {
		e := b.chance(i, b.headline.ID)
		if i == b.reference || e == nil {
			continue
		}
		d := 0.0
		if e.Difference != nil {
			d = math.Abs(e.Difference.Middle)
		}
		others = append(others, candidate{i, d})
	}
	slices.SortStableFunc(others, func(a, c candidate) int {
		switch {
		case a.distance > c.distance:
			return -1
		case a.distance < c.distance:
			return 1
		}
		return 0
	})
	if len(others) > 4 {
		others = others[:4]
	}
	slices.SortFunc(others, func(a, c candidate) int { return a.strategy - c.strategy })
	chosen := []int{b.reference}
	for _, o := range others {
		chosen = append(chosen, o.strategy)
	}
	return b.answersOf(chosen)
}

// everyAnswer has one answer a strategy, in their order.
func (b *builder) everyAnswer() []answer {
	all := make([]int, len(b.s.Strategies))
	for i := range all {
		all[i] = i
	}
	return b.answersOf(all)
}

func (b *builder) answersOf(strategies []int) []answer {
	var answers []answer
	for _, i := range strategies {
		if e := b.chance(i, b.headline.ID); e != nil {
			answers = append(answers, b.answer(i, e))
		}
	}
	return answers
}

func (b *builder) answer(i int, e *ensemble.EventSummary) answer {
	style := b.styles[i]
	p := e.Probability
	a := answer{ID: style.ID, Word: chart.Likelihood(p.Middle), Mark: template.HTML(style.Mark()), Ruler: ruler(p, style), Chance: chart.Percent(p.Middle), Span: chart.Span(p.Low, p.High)} //nolint:gosec // our own SVG
	name := inside(strings.TrimSuffix(style.Name, " (reference)"))
	if i == b.reference {
		a.Lead = fmt.Sprintf("Under the reference, %s, %s by %s %s ", name, b.headline.Event.Name, b.calendar.long(b.s.Manifest.Horizon), chart.Predicate(p.Middle))
		a.Rest = "."
		return a
	}
	a.Lead = fmt.Sprintf("Under %s it %s ", name, chart.Predicate(p.Middle))
	reference := b.styles[b.reference].ID
	switch d := e.Difference; judgeChance(d, b.headline) {
	case same:
		a.Rest = fmt.Sprintf("; this run cannot tell it apart from %s.", reference)
	default:
		more := "more"
		if d.Middle < 0 {
			more = "less"
		}
		a.Rest = fmt.Sprintf(", about %s points %s than under %s (%s to %s).", strings.Trim(chart.Points(d.Middle), "+\u2212"), more, reference, chart.Points(d.Low), chart.Points(d.High))
	}
	return a
}

// finding is the title: what the comparison allows us to say, and no more.
func (b *builder) finding() string {
	if b.headline == nil || len(b.s.Strategies) == 0 {
		return b.c.Title
	}
	event := b.headline.Event.Name
	if len(b.s.Strategies) == 1 {
		if e := b.chance(0, b.headline.ID); e != nil {
			return fmt.Sprintf("%s by %s %s %s under %s", sentence(event), b.calendar.long(b.s.Manifest.Horizon), chart.Predicate(e.Probability.Middle), chart.Likelihood(e.Probability.Middle), inside(b.styles[0].Name))
		}
		return b.c.Title
	}
	var lower, raise []string
	for i := range b.s.Strategies {
		e := b.chance(i, b.headline.ID)
		if i == b.reference || e == nil || judgeChance(e.Difference, b.headline) == same {
			continue
		}
		if e.Difference.Middle < 0 {
			lower = append(lower, b.styles[i].Short)
		} else {
			raise = append(raise, b.styles[i].Short)
		}
	}
	switch {
	case len(lower) > 0 && len(raise) > 0:
		return fmt.Sprintf("%s %s the chance of %s; %s %s it", sentence(list(lower)), verb(lower, "lowers", "lower"), event, list(raise), verb(raise, "raises", "raise"))
	case len(lower) > 0:
		return fmt.Sprintf("%s %s the chance of %s against the reference", sentence(list(lower)), verb(lower, "lowers", "lower"), event)
	case len(raise) > 0:
		return fmt.Sprintf("%s %s the chance of %s against the reference", sentence(list(raise)), verb(raise, "raises", "raise"), event)
	}
	title := fmt.Sprintf("The plans cannot be told apart by the chance of %s", event)
	if apart := b.apart(); len(apart) > 0 {
		title += "; they part in " + list(apart)
	}
	return title
}

func verb(subjects []string, one, many string) string {
	if len(subjects) == 1 {
		return one
	}
	return many
}

// apart names up to three outcomes in which most strategies clearly differ from
// the reference, those with most of them first.
func (b *builder) apart() []string {
	type candidate struct {
		name  string
		count int
	}
	var found []candidate
	for _, o := range b.c.Outcomes {
		n := 0
		for i := range b.s.Strategies {
			if f := b.outcome(i, o.ID); i != b.reference && f != nil && judge(f.Difference, o.Better, o.Decimals) != same {
				n++
			}
		}
		if 2*n > len(b.s.Strategies)-1 && o.Better != "neither" {
			found = append(found, candidate{inside(o.Name), n})
		}
	}
	slices.SortStableFunc(found, func(a, c candidate) int { return c.count - a.count })
	var names []string
	for _, f := range found[:min(3, len(found))] {
		names = append(names, f.name)
	}
	return names
}

// ruler draws a chance with its interval on the scale of ICD 203.
func ruler(p ensemble.Interval, style chart.Style) template.HTML {
	const width = 236.0
	x := func(v float64) float64 { return 1 + float64(v*(width-2)) }
	cuts := append(append([]float64{0}, chart.Cuts...), 1)
	var s strings.Builder
	fmt.Fprintf(&s, `<svg class="ruler" viewBox="0 0 %.0f 18" width="%.0f" height="18" role="img" aria-label="%s, %s, 80%% interval %s">`,
		width, width, chart.Likelihood(p.Middle), chart.Percent(p.Middle), chart.Span(p.Low, p.High))
	for i := 0; i+1 < len(cuts); i++ {
		fmt.Fprintf(&s, `<rect x="%.1f" y="6" width="%.1f" height="6" fill="var(%s)"/>`, x(cuts[i]), x(cuts[i+1])-x(cuts[i])-1, []string{"--line", "--line-2"}[i%2])
	}
	fmt.Fprintf(&s, `<rect x="%.1f" y="7.5" width="%.1f" height="3" rx="1.5" fill="var(%s)"/><circle cx="%.1f" cy="9" r="5" fill="var(%s)" stroke="var(--surface)" stroke-width="1.5"/></svg>`,
		x(p.Low), math.Max(2, x(p.High)-x(p.Low)), style.Colour, x(p.Middle), style.Colour)
	return template.HTML(s.String()) //nolint:gosec // numbers and our own words
}
