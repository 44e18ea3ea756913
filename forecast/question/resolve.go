package question

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/indicator"
)

// Finding is what the data say about a question.
type Finding struct {
	Outcome
	// Why says on what the outcome rests, or what is lacking, in one sentence.
	Why string
	// Source is where the figures come from; empty when there are none.
	Source string
}

// window is the months of a data rule with what is known of them.
type window struct {
	from   evidence.Month
	values []float64
	// settled months are over, known, and no longer changed by their source.
	settled []bool
	sources []string
}

// Resolve asks the data for the outcome of a question as of an instant. The
// series is that of the rule's indicator. While a month that matters is not
// known, or may still change, the outcome is pending; when the question's
// resolution day has passed it is ambiguous. The error says that the question
// is not resolved by data.
func (q *Question) Resolve(s *indicator.Series, now time.Time) (Finding, error) {
	if q.Data == nil {
		return Finding{}, fmt.Errorf("the question %s is resolved by a person, not by data", q.ID)
	}
	w := q.look(s, now)
	f := Finding{Outcome: q.judge(w)}
	for _, name := range w.sources {
		if f.Source != "" {
			f.Source += "; "
		}
		f.Source += name
	}
	lacking := 0
	var first evidence.Month
	for i, ok := range w.settled {
		if !ok {
			if lacking == 0 {
				first = w.from + evidence.Month(i)
			}
			lacking++
		}
	}
	rule := fmt.Sprintf("the %s of %s from %s to %s", q.Data.Reduce, q.Data.Indicator, q.Data.From, q.Data.To)
	switch {
	case f.Status == Resolved && lacking > 0:
		f.Why = fmt.Sprintf("%s is decided, whatever %s will show", rule, months(lacking))
	case f.Status == Resolved:
		f.Why = fmt.Sprintf("%s gives %s", rule, f.Answer)
	case now.Before(q.Resolves):
		f.Status, f.Why = Pending, fmt.Sprintf("%s needs %s that are not over, not known or not final, the first %s", rule, months(lacking), first)
	default:
		f.Status, f.Why = Ambiguous, fmt.Sprintf("%s lacks %s on the day of resolution, the first %s", rule, months(lacking), first)
	}
	return f, nil
}

func months(n int) string {
	if n == 1 {
		return "1 month"
	}
	return strconv.Itoa(n) + " months"
}

// span is the rule's first month and how many months it has.
func (q *Question) span() (evidence.Month, int) {
	from, ok := evidence.ParseMonth(q.Data.From)
	to, ok2 := evidence.ParseMonth(q.Data.To)
	if !ok || !ok2 || to < from {
		panic(fmt.Sprintf("question: the case let %q to %q pass as months", q.Data.From, q.Data.To))
	}
	return from, int(to-from) + 1
}

func (q *Question) look(s *indicator.Series, now time.Time) window {
	from, n := q.span()
	w := window{from, make([]float64, n), make([]bool, n), nil}
	for i := range n {
		m := from + evidence.Month(i)
		points := q.points(s, m)
		ok := len(points) > 0 && float64(m.Last()+1) <= Day(now)
		for _, p := range points {
			ok = ok && p.Known && !p.Provisional
			w.values[i] += float64(p.Count)
		}
		w.settled[i] = ok
		if ok && !slices.Contains(w.sources, points[0].Origin) {
			w.sources = append(w.sources, points[0].Origin)
		}
	}
	return w
}

// points are what the series says of a month: one point, or one a place.
func (q *Question) points(s *indicator.Series, m evidence.Month) []indicator.Point {
	if len(q.Data.Places) == 0 {
		return []indicator.Point{s.At(m)}
	}
	var out []indicator.Point
	for _, name := range q.Data.Places {
		list := s.Place(name)
		i := -1
		if len(list) > 0 {
			i = int(m - list[0].Month)
		}
		if i < 0 || i >= len(list) {
			return nil
		}
		out = append(out, list[i])
	}
	return out
}

// judge decides as far as the settled months do; the status is empty when they
// do not.
func (q *Question) judge(w window) Outcome {
	if q.Data.Reduce == "first" {
		return q.judgeFirst(w)
	}
	all := !slices.Contains(w.settled, false)
	if !all {
		return q.early(w)
	}
	return q.answer(reduce(q.Data.Reduce, w.values))
}

func reduce(how string, values []float64) float64 {
	switch how {
	case "maximum":
		return slices.Max(values)
	case "minimum":
		return slices.Min(values)
	case "last":
		return values[len(values)-1]
	}
	sum := 0.0
	for _, x := range values {
		sum += x
	}
	if how == "mean" {
		return sum / float64(len(values))
	}
	return sum
}

// passed says whether a number passes the cut-off of the rule.
func (q *Question) passed(x float64) bool {
	if q.Data.Above != nil {
		return x > *q.Data.Above
	}
	return x < *q.Data.Below
}

// answer is the outcome that a number means.
func (q *Question) answer(x float64) Outcome {
	switch q.Kind {
	case casefile.Binary:
		if q.passed(x) {
			return Outcome{Resolved, "yes"}
		}
		return Outcome{Resolved, "no"}
	case casefile.Choice:
		return Outcome{Resolved, q.Options[q.option(x)]}
	}
	switch {
	case x > q.High && q.OpenHigh:
		return Outcome{Resolved, AboveRange}
	case x < q.Low && q.OpenLow:
		return Outcome{Resolved, BelowRange}
	case x > q.High || x < q.Low:
		// The range is closed and the world did not keep to it.
		return Outcome{Status: Ambiguous}
	}
	return Outcome{Resolved, q.Show(x)}
}

// option is the option that holds a value.
func (q *Question) option(x float64) int {
	for i, limit := range q.Limits {
		if x <= limit {
			return i
		}
	}
	return len(q.Options) - 1
}

// early decides a yes-or-no question of which months are still to come, when
// they cannot change it: counts are never negative.
func (q *Question) early(w window) Outcome {
	if q.Kind != casefile.Binary || q.Data.Reduce != "sum" && q.Data.Reduce != "maximum" {
		return Outcome{}
	}
	known := make([]float64, 0, len(w.values))
	for i, x := range w.values {
		if w.settled[i] {
			known = append(known, x)
		}
	}
	if len(known) == 0 {
		return Outcome{}
	}
	x := reduce(q.Data.Reduce, known)
	switch {
	case q.Data.Above != nil && q.passed(x):
		return Outcome{Resolved, "yes"}
	case q.Data.Below != nil && !q.passed(x):
		return Outcome{Resolved, "no"}
	}
	return Outcome{}
}

// judgeFirst finds the first month with which the cut-off was passed for the
// hold without a break.
func (q *Question) judgeFirst(w window) Outcome {
	hold, run, gap := max(q.Data.Hold, 1), 0, false
	for i, x := range w.values {
		if !w.settled[i] {
			gap, run = true, 0
			continue
		}
		if !q.passed(x) {
			run = 0
			continue
		}
		run++
		if run < hold {
			continue
		}
		if q.Kind == casefile.Binary {
			return Outcome{Resolved, "yes"}
		}
		if gap {
			return Outcome{} // it may have come to pass earlier
		}
		return q.onDay(float64((w.from + evidence.Month(i)).Last()))
	}
	switch {
	case gap:
		return Outcome{}
	case q.Kind == casefile.Binary:
		return Outcome{Resolved, "no"}
	}
	return Outcome{Resolved, Later}
}

func (q *Question) onDay(x float64) Outcome {
	switch {
	case x > q.High:
		return Outcome{Resolved, Later}
	case x < q.Low:
		return Outcome{Status: Ambiguous}
	}
	return Outcome{Resolved, q.Show(x)}
}

// Climate is the baseline that knows nothing but how often such things happened:
// the rule of the question applied to every window of as many months that lay
// within the last years before an instant, as a distribution. Windows is how
// many there were. Known months alone count, with the figures of today.
func (q *Question) Climate(s *indicator.Series, now time.Time, years int) (d Distribution, windows int) {
	if q.Data == nil {
		return Distribution{}, 0
	}
	from, n := q.span()
	last, ok := s.CutOff()
	if !ok {
		return Distribution{}, 0
	}
	for last >= 0 && float64(last.Last()+1) > Day(now) {
		last--
	}
	var samples []float64
	for start := last - evidence.Month(12*years) + 1; start+evidence.Month(n)-1 <= last; start++ {
		w := window{start, make([]float64, n), make([]bool, n), nil}
		for i := range n {
			points := q.points(s, start+evidence.Month(i))
			w.settled[i] = len(points) > 0
			for _, p := range points {
				w.settled[i] = w.settled[i] && p.Known
				w.values[i] += float64(p.Count)
			}
		}
		if x, ok := q.sample(w, from); ok {
			samples = append(samples, x)
		}
	}
	if len(samples) == 0 {
		return Distribution{}, 0
	}
	return q.Sampled(samples), len(samples)
}

// sample is what a past window says, as a value of Sampled, moved to the months
// of the question.
func (q *Question) sample(w window, from evidence.Month) (float64, bool) {
	if slices.Contains(w.settled, false) {
		return 0, false
	}
	if q.Data.Reduce != "first" {
		x := reduce(q.Data.Reduce, w.values)
		if q.Kind == casefile.Binary {
			return indicate(q.passed(x)), true
		}
		return x, true
	}
	hold, run := max(q.Data.Hold, 1), 0
	for i, x := range w.values {
		if run++; !q.passed(x) {
			run = 0
		}
		if run == hold {
			if q.Kind == casefile.Binary {
				return 1, true
			}
			return float64((from + evidence.Month(i)).Last()), true
		}
	}
	if q.Kind == casefile.Binary {
		return 0, true
	}
	return math.NaN(), true
}

func indicate(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
