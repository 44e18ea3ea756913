package record

import (
	"math"

	"handover/casefile"
	"handover/forecast/book"
	"handover/forecast/question"
	"handover/forecast/score"
	"handover/fpmath"
)

// Marks are the scores of one answer to one question with an answer.
type Marks struct {
	// Loss is that of the function Loss.
	Loss float64
	// Log is the natural logarithm of the probability that was given to what came to
	// pass: of yes or no, of an option, or of one of at most 200 equal cells of a
	// range (single numbers of a count, where they are fewer). As on Metaculus,
	// nobody is held to a 0: a probability counts as 0.001 to 0.999, and a range
	// gets 1% of the baseline's distribution.
	Log float64
	// Baseline is the baseline score of Metaculus.
	Baseline float64
	// Interval is the score of the central 90% of a range, as a share of its width;
	// 0 for others. Ends and outcomes beyond the range count as its ends.
	Interval float64
	// Below and Upto are the probabilities of less than the outcome, and of at most
	// it, in a range.
	Below, Upto float64
}

const (
	// surest is the largest probability that a log score counts.
	surest = 0.999
	// cells are the parts of a range in which probabilities are compared.
	cells = 200
	// beyondEnd is what the baseline gives to each open end.
	beyondEnd = 0.05
	// blend is how much of the baseline is in each distribution of a range.
	blend = 0.01
)

// Mark scores an answer. Known is false while the question has no answer.
func Mark(q *question.Question, o question.Outcome, d question.Distribution) (m Marks, known bool) {
	if m.Loss, known = Loss(q, o, d); !known {
		return m, false
	}
	switch q.Kind {
	case casefile.Binary:
		p := *d.Yes
		if yes, _ := o.Yes(); !yes {
			p = 1 - p
		}
		p = min(max(p, 1-surest), surest)
		m.Log, m.Baseline = fpmath.Log(p), score.Baseline(p, 2)
		return m, true
	case casefile.Choice:
		came, _ := q.Option(o)
		p := min(max(d.Options[came], 1-surest), surest)
		m.Log = fpmath.Log(p)
		if len(d.Options) > 1 {
			m.Baseline = score.Baseline(p, len(d.Options))
		}
		return m, true
	}
	y, beyond, _ := q.Value(o)
	mass, even := cell(q, d, y, beyond)
	mass = float64((1-blend)*mass) + float64(blend*even)
	m.Log, m.Baseline = fpmath.Log(mass), score.BaselineDensity(mass, even)
	switch {
	case beyond < 0:
		m.Upto, y = q.Before(d, q.Low), q.Low
	case beyond > 0:
		m.Below, m.Upto, y = q.CDF(d, q.High), 1, q.High
	default:
		m.Below, m.Upto = q.Before(d, y), q.CDF(d, y)
	}
	inside := func(x float64) float64 { return min(max(x, q.Low), q.High) }
	m.Interval = score.IntervalScore(inside(q.Quantile(d, 0.05)), inside(q.Quantile(d, 0.95)), 0.9, y) / (q.High - q.Low)
	return m, true
}

// cell is the probability of the cell of an outcome in a distribution, and in the
// baseline, which is even over the range but for what lies beyond open ends.
func cell(q *question.Question, d question.Distribution, y float64, beyond int) (mass, even float64) {
	switch {
	case beyond < 0:
		return q.Before(d, q.Low), beyondEnd
	case beyond > 0:
		return 1 - q.CDF(d, q.High), beyondEnd
	}
	bottom, n := q.Low, float64(cells)
	if q.Kind == casefile.Counted {
		bottom--
		n = min(n, q.High-bottom)
	}
	within := 1.0
	for _, open := range []bool{q.OpenLow, q.OpenHigh} {
		if open {
			within -= beyondEnd
		}
	}
	width := (q.High - bottom) / n
	k := min(max(math.Ceil((y-bottom)/width)-1, 0), n-1)
	from, to := bottom+float64(k*width), bottom+float64((k+1)*width)
	if k == n-1 {
		to = q.High
	}
	lower := q.CDF(d, from)
	if k == 0 && q.Kind != casefile.Counted {
		lower = q.Before(d, q.Low)
	}
	return max(0, q.CDF(d, to)-lower), within / n
}

// Calibration gathers what a reliability diagram and a PIT histogram show of the
// forecasts that are kept: every forecast of a yes-or-no question, and of each
// option of a choice, counts once, as does every one of a range.
func Calibration(list []Ended, keep func(book.Forecast) bool, bins int) ([]score.Judged, *score.Histogram) {
	var judged []score.Judged
	pit := score.NewHistogram(bins)
	for i := range list {
		e := &list[i]
		for _, f := range e.Forecasts {
			if !keep(f) || !f.Made.Before(e.End) {
				continue
			}
			m, known := Mark(e.Question, e.Outcome, f.Answer)
			switch {
			case !known:
			case e.Kind == casefile.Binary:
				yes, _ := e.Outcome.Yes()
				judged = append(judged, score.Judged{P: *f.Answer.Yes, Happened: yes})
			case e.Kind == casefile.Choice:
				came, _ := e.Option(e.Outcome)
				for k, p := range f.Answer.Options {
					judged = append(judged, score.Judged{P: p, Happened: k == came})
				}
			default:
				pit.Add(m.Below, m.Upto)
			}
		}
	}
	return judged, pit
}
