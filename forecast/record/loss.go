// Package record says how forecasters did: a Table of losses over the time that
// their forecasts stood, by forecaster, kind of question and time ahead.
package record

import (
	"handover/casefile"
	"handover/forecast/question"
)

// Loss is how bad an answer was, from 0 for certainty of what came to pass to 1
// for certainty of the farthest from it. Known is false while the question has no
// answer: an ambiguous or annulled one has none.
//
// It is the Brier score of a binary question (Brier 1950), half of that of a
// choice, and of a range the ranked probability score over its width: the mean
// over the range of the squared difference between the cumulative distribution
// and that of the outcome (Matheson and Winkler 1976). All are proper.
func Loss(q *question.Question, o question.Outcome, d question.Distribution) (loss float64, known bool) {
	switch q.Kind {
	case casefile.Binary:
		yes, known := o.Yes()
		if !known {
			return 0, false
		}
		miss := *d.Yes
		if yes {
			miss = 1 - miss
		}
		return miss * miss, true
	case casefile.Choice:
		came, known := q.Option(o)
		if !known {
			return 0, false
		}
		sum := 0.0
		for i, p := range d.Options {
			if i == came {
				p = 1 - p
			}
			sum += float64(p * p)
		}
		return sum / 2, true
	}
	y, beyond, known := q.Value(o)
	if !known {
		return 0, false
	}
	if q.Kind == casefile.Counted {
		return counted(q, d, y, beyond), true
	}
	return line(q, d, y, beyond), true
}

// Uniform is the answer that prefers nothing: one half, equal shares, a straight
// line over the range with a tenth of the probability beyond an open end.
func Uniform(q *question.Question) question.Distribution {
	switch q.Kind {
	case casefile.Binary:
		return question.Binary(0.5)
	case casefile.Choice:
		shares := make([]float64, len(q.Options))
		for i := range shares {
			shares[i] = 1 / float64(len(shares))
		}
		return question.Distribution{Options: shares}
	}
	low, high := 0.0, 1.0
	bottom := q.Low
	if q.OpenLow {
		low = 0.1
	}
	if q.OpenHigh {
		high = 0.9
	}
	if q.Kind == casefile.Counted {
		bottom--
	}
	return question.Distribution{Curve: []question.Point{{X: bottom, P: low}, {X: q.High, P: high}}}
}

// passed is the outcome's own distribution: 1 from the outcome on.
func passed(x, y float64, beyond int) float64 {
	if beyond < 0 || beyond == 0 && x >= y {
		return 1
	}
	return 0
}

// line integrates the squared difference over a range, piece by piece between
// the points of the curve and the outcome.
func line(q *question.Question, d question.Distribution, y float64, beyond int) float64 {
	sum := 0.0
	piece := func(from, to, pFrom, pTo float64) {
		from, to, pFrom, pTo = clip(q, from, to, pFrom, pTo)
		if to <= from {
			return
		}
		// The middle of a piece lies on one side of the outcome.
		came := passed((from+to)/2, y, beyond)
		a, b := pFrom-came, pTo-came
		sum += float64((to - from) * float64((float64(a*a)+float64(a*b)+float64(b*b))/3))
	}
	c := d.Curve
	for i := 1; i < len(c); i++ {
		a, b := c[i-1], c[i]
		if y > a.X && y < b.X {
			p := a.P + float64((b.P-a.P)*((y-a.X)/(b.X-a.X)))
			piece(a.X, y, a.P, p)
			piece(y, b.X, p, b.P)
			continue
		}
		piece(a.X, b.X, a.P, b.P)
	}
	return sum / (q.High - q.Low)
}

// clip cuts a piece to the range.
func clip(q *question.Question, from, to, pFrom, pTo float64) (float64, float64, float64, float64) {
	slope := 0.0
	if to > from {
		slope = (pTo - pFrom) / (to - from)
	}
	if from < q.Low {
		pFrom += float64(slope * (q.Low - from))
		from = q.Low
	}
	if to > q.High {
		pTo -= float64(slope * (to - q.High))
		to = q.High
	}
	return from, to, pFrom, pTo
}

// counted sums the squared difference over the whole numbers of a range, a
// straight piece of the curve at a time.
func counted(q *question.Question, d question.Distribution, y float64, beyond int) float64 {
	sum := 0.0
	// numbers sums over the whole numbers from (included) to (excluded) on the line
	// through the piece's start.
	numbers := func(from, to, p, slope, came float64) {
		if n := to - from; n > 0 {
			a := p - came
			sum += float64(n*float64(a*a)) + float64(float64(a*slope)*float64(n*(n-1))) + float64(float64(slope*slope)*float64((n-1)*n*(2*n-1))/6)
		}
	}
	c := d.Curve
	for i, a := range c {
		to, slope := q.High+1, 0.0
		if i+1 < len(c) {
			if to = c[i+1].X; to == a.X {
				continue
			}
			slope = (c[i+1].P - a.P) / (to - a.X)
		}
		from, p := a.X, a.P
		if from < q.Low {
			p += float64(slope * (q.Low - from))
			from = q.Low
		}
		to = min(to, q.High+1)
		split := min(max(y, from), to)
		switch {
		case beyond > 0:
			split = to
		case beyond < 0:
			split = from
		}
		numbers(from, split, p, slope, 0)
		numbers(split, to, p+float64(slope*(split-from)), slope, 1)
	}
	return sum / (q.High - q.Low + 1)
}
