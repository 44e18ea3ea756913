package watch

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/chart"
	"handover/evidence"
	"handover/forecast/question"
	"handover/forecast/score"
	"handover/programme/compare"
	"handover/signpost"
	"handover/watch/filter"
)

// fanMonths are the months from now that a fan shows.
var fanMonths = []int{1, 2, 3, 6, 9, 12}

// level of the intervals round a chance.
const level = 0.8

// filtered starts the model's fans from now: it weighs the futures by what was
// counted and reported since the base date, and shows each fan beside that of the
// ensemble as it stands.
func (b *builder) filtered() error {
	if b.FromNow == nil {
		return nil
	}
	for _, fan := range b.c.Belief.Fans {
		if fan.Indicator == "" {
			continue
		}
		now, err := b.believe(fan, b.FromNow, b.ledger, b.Month)
		if err != nil {
			return err
		}
		if now != nil {
			b.now = append(b.now, now)
		}
		if before, err := b.believe(fan, b.FromBefore, b.earlier, b.Month-1); err != nil {
			return err
		} else if before != nil {
			b.before = append(b.before, before)
		}
	}
	for _, fan := range b.c.Belief.Fans {
		id := fan.Indicator
		for _, other := range b.c.Belief.Fans {
			if fan.Follows != "" && other.Series == fan.Follows {
				id = other.Indicator
			}
		}
		x := beliefOf(b.now, id)
		plain, ok := b.Paths[fan.Series]
		if x == nil || !ok || len(plain.Values) == 0 {
			continue
		}
		values := x.means
		if fan.Follows != "" {
			values = x.filter.Follow(b.FromNow[fan.Series].Values, beliefMonths)
		}
		if err := b.fan(fan.Series, x, values, plain); err != nil {
			return err
		}
	}
	return nil
}

// fan lays out one fan. Values are from the month after the belief's last count on,
// by month, then by particle.
func (b *builder) fan(series string, x *belief, values [][]float64, plain signpost.Paths) error {
	base, err := compare.Base(b.c)
	if err != nil {
		return err
	}
	name, unit, limit, limitName := b.measure(series)
	s := Section{Title: "From now: " + name, Heads: []string{"Month", "From now", "The ensemble as it stood"}}
	s.Lead = fmt.Sprintf("%s, %s: the expected value, median with its 80%% interval, over the twelve months after %s. %s", name, unit, b.Month.Words(), b.rests(x))
	if x.fan.Series != series {
		s.Lead += " Nobody counts it month by month: how far the world is from the futures is split between it and what ties it to the counts, at a share that nobody knows."
	}
	equal := slices.Repeat([]float64{1 / float64(len(plain.Values[0]))}, len(plain.Values[0]))
	show := func(values, weights []float64) string {
		q := filter.Quantiles(values, weights, 0.1, 0.5, 0.9)
		return fmt.Sprintf("%s (%s to %s)", compare.Number(q[1]), compare.Number(q[0]), compare.Number(q[2]))
	}
	row := func(m evidence.Month) ([]float64, []float64, bool) {
		ahead, at := int(m-x.cut)-1, int(m-base)
		if ahead < 0 || ahead >= len(values) || at >= len(plain.Values) {
			return nil, nil, false
		}
		return values[ahead], plain.Values[at], true
	}
	f := &Fan{Name: name, Unit: unit, From: b.Month + 1, Limit: limit, LimitName: limitName}
	for h := 1; h <= 12; h++ {
		if now, stood, ok := row(b.Month + evidence.Month(h)); ok {
			f.Now = append(f.Now, [3]float64(filter.Quantiles(now, x.weights, 0.1, 0.5, 0.9)))
			f.Stood = append(f.Stood, [3]float64(filter.Quantiles(stood, equal, 0.1, 0.5, 0.9)))
		}
	}
	if len(f.Now) > 0 {
		s.Fan = f
	}
	for _, h := range fanMonths {
		if now, stood, ok := row(b.Month + evidence.Month(h)); ok {
			s.Rows = append(s.Rows, []string{(b.Month + evidence.Month(h)).String(), show(now, x.weights), show(stood, equal)})
		}
	}
	if limit > 0 {
		s.Items = append(s.Items, b.chanceOf(limit, limitName, unit, x, equal, row))
	}
	b.add(s)
	return nil
}

// chanceOf is the chance that a value is above a limit in any of the next twelve
// months.
func (b *builder) chanceOf(limit float64, name, unit string, x *belief, equal []float64, row func(evidence.Month) (now, stood []float64, ok bool)) string {
	above := func(pick func(evidence.Month) []float64, weights []float64, n float64) string {
		p := 0.0
		for i, w := range weights {
			for h := 1; h <= 12; h++ {
				if values := pick(b.Month + evidence.Month(h)); values != nil && values[i] > limit {
					p += w
					break
				}
			}
		}
		size := max(1, int(math.Round(n)))
		low, high := score.Wilson(int(math.Round(float64(p*float64(size)))), size, level)
		return fmt.Sprintf("%s (%s)", chart.Percent(p), chart.Span(low, high))
	}
	now := above(func(m evidence.Month) []float64 { v, _, _ := row(m); return v }, x.weights, x.filter.Paths())
	stood := above(func(m evidence.Month) []float64 { _, v, _ := row(m); return v }, equal, float64(len(equal)))
	return fmt.Sprintf("The chance that the expected value is above %s %s (%s) in any month from %s to %s: %s from now, %s as it stood; in brackets the 80%% interval for so many futures, which is all that it covers",
		compare.Number(limit), unit, name, b.Month+1, b.Month+12, now, stood)
}

// measure is the name, unit and threshold (0 for none) of a series or outcome.
func (b *builder) measure(id string) (name, unit string, limit float64, limitName string) {
	for _, s := range b.c.Series {
		if s.ID == id {
			name, unit = s.Name, s.Unit
			if s.Threshold != nil {
				limit, limitName = s.Threshold.Value, s.Threshold.Name
			}
			return name, unit, limit, limitName
		}
	}
	if o := b.c.Outcome(id); o != nil {
		return o.Name, o.Unit + " a month", 0, ""
	}
	return id, "", 0, ""
}

// rests says what a belief rests on, and what it is worth.
func (b *builder) rests(x *belief) string {
	var parts []string
	if x.counted > 0 {
		parts = append(parts, fmt.Sprintf("%s of %d months up to %s", strings.ToLower(x.series.Name[:1])+x.series.Name[1:], x.counted, x.cut.Words()))
	}
	for _, r := range x.reported {
		parts = append(parts, fmt.Sprintf("%s (%s in %s)", strings.ToLower(r.line.Name[:1])+r.line.Name[1:], compare.Number(r.figure.Amount), r.figure.Since.Words()))
	}
	if len(parts) == 0 {
		return "No month since the base date is known and nothing was reported, so the fan starts there, as the ensemble does."
	}
	text := "The futures are weighed by " + strings.Join(parts, "; ") + "."
	if x.counted == 0 {
		text += " No month since the base date is counted, so nothing says how far the world is from them."
	}
	return text + fmt.Sprintf(" Effective sample size: %.0f of %d particles, %.0f of %d futures.", x.filter.Effective(), particles, x.filter.Paths(), len(b.FromNow[x.fan.Series].Values[0]))
}

// believed is the answer that the fans from now give to a question, in words, and
// the interval of a chance; empty without an answer.
func (b *builder) believed(list []*belief, q *question.Question) (answer, interval string) {
	if q.Data == nil {
		return "", ""
	}
	x := beliefOf(list, q.Data.Indicator)
	if x == nil {
		return "", ""
	}
	d, ok := x.answer(q)
	if !ok {
		return "", ""
	}
	if d.Yes != nil {
		n := max(1, int(math.Round(x.filter.Paths())))
		low, high := score.Wilson(int(math.Round(float64(*d.Yes*float64(n)))), n, level)
		interval = " (" + chart.Span(low, high) + ")"
	}
	return answerWords(q, d), interval
}

// movedFromNow says which answers of the fans from now moved since the month before,
// and why.
func (b *builder) movedFromNow() (items []string) {
	for _, q := range b.questions {
		now, interval := b.believed(b.now, q)
		before, old := b.believed(b.before, q)
		if now == "" || before == "" || now == before {
			continue
		}
		items = append(items, fmt.Sprintf("%s, from now: %s%s, after %s%s, because %s", q.ID, now, interval, before, old, b.news(q)))
	}
	return items
}

// news is what a belief has this month that it did not have before.
func (b *builder) news(q *question.Question) string {
	now, before := beliefOf(b.now, q.Data.Indicator), beliefOf(b.before, q.Data.Indicator)
	var parts []string
	for m := before.cut + 1; m <= now.cut; m++ {
		p := now.series.At(m)
		if !p.Known || int(m-before.cut) > len(before.means) {
			continue
		}
		e := filter.Quantiles(before.means[m-before.cut-1], before.weights, 0.1, 0.5, 0.9)
		parts = append(parts, fmt.Sprintf("%s had %d in %s, where %s (%s to %s) were expected", strings.ToLower(now.series.Name[:1])+now.series.Name[1:], p.Count, m.Words(),
			compare.Number(e[1]), compare.Number(e[0]), compare.Number(e[2])))
	}
	for _, r := range now.reported {
		if !slices.ContainsFunc(before.reported, func(o reported) bool {
			return o.line.ID == r.line.ID && o.figure.Amount == r.figure.Amount && o.figure.Since == r.figure.Since
		}) {
			parts = append(parts, fmt.Sprintf("the ledger now says of %s: %s in %s", strings.ToLower(r.line.Name[:1])+r.line.Name[1:], compare.Number(r.figure.Amount), r.figure.Since.Words()))
		}
	}
	if b.Now != nil {
		if why := b.reasons(); why != "" {
			parts = append(parts, why)
		}
	}
	if len(parts) == 0 {
		return "the plan went on for a month as it was delivered, and nothing was counted"
	}
	return strings.Join(parts, "; ")
}

// between are the counts of the months from one to another; NaN where there is none.
func between(counts []float64, first, from, to evidence.Month) []float64 {
	var out []float64
	for m := from; m <= to; m++ {
		if m < first || int(m-first) >= len(counts) {
			out = append(out, math.NaN())
			continue
		}
		out = append(out, counts[m-first])
	}
	return out
}
