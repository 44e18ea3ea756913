package watch

import (
	"fmt"
	"math"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/indicator"
	"handover/forecast/question"
	"handover/fpmath"
	"handover/programme"
	"handover/programme/compare"
	"handover/signpost"
	"handover/watch/filter"
)

// particles is how many a filter has.
const particles = 4000

// beliefMonths is how far fans are simulated, as far as questions look.
const beliefMonths = 60

// belief is what is believed of a count at the end of a month.
type belief struct {
	fan    casefile.BeliefFan
	series *indicator.Series
	filter *filter.Filter
	// cut is the last month whose count is known, or the month before the base date.
	cut evidence.Month
	// counted is how many months since the base date are known, reported the lines
	// whose newest figure since then weighs, with those figures.
	counted  int
	reported []reported
	// means and counts are of the months after cut, by month, then by particle.
	means, counts [][]float64
	weights       []float64
}

// reported is the newest figure of a line.
type reported struct {
	line   casefile.Line
	figure programme.Point
}

// believe follows a count from the base date to the end of a month, with what the
// ledger says by then; nil when there are no futures of it or no such count.
func (b *builder) believe(fan casefile.BeliefFan, futures map[string]signpost.Paths, ledger *programme.Ledger, month evidence.Month) (*belief, error) {
	base, err := compare.Base(b.c)
	if err != nil {
		return nil, err
	}
	series, paths := b.series(fan.Indicator), futures[fan.Series]
	if series == nil || len(paths.Values) == 0 || month < base {
		return nil, nil
	}
	out := &belief{fan: fan, series: series, cut: base - 1}
	if cut, ok := seriesUntil(series, month).CutOff(); ok && cut >= base {
		out.cut = cut
	}
	if out.filter, err = filter.New(paths.Values, particles, b.Seed); err != nil {
		return nil, fmt.Errorf("series %s: %w", fan.Series, err)
	}
	var counts []float64
	if out.cut >= base {
		counts = between(series.Counts(), series.Points[0].Month, base, out.cut)
	}
	for _, x := range counts {
		if !math.IsNaN(x) {
			out.counted++
		}
	}
	if out.counted == 0 {
		out.filter.Hold()
	}
	for _, x := range counts {
		out.filter.Observe(x)
	}
	for _, r := range b.c.Belief.Reports {
		line := b.c.Line(r.Line)
		figures := ledger.Series(*line, month)
		if len(figures) == 0 {
			continue
		}
		last := figures[len(figures)-1]
		quantity := futures[r.SeriesID()]
		if last.Since < base || len(quantity.Values) == 0 || int(last.Since-base) >= len(quantity.Values) {
			continue
		}
		out.filter.Report(r.Line, likelihoods(r, last.Amount, quantity.Values[:last.Since-base+1]))
		out.reported = append(out.reported, reported{*line, last})
	}
	out.means, out.counts, out.weights = out.filter.Ahead(beliefMonths)
	return out, nil
}

// freedom of the likelihood of reports: a report may be far off.
const freedom = 5

// likelihoods are the log likelihoods of an amount by future, Student's t of the
// logarithm. Quantity is by month up to that of the figure, then by future.
func likelihoods(r casefile.Report, amount float64, quantity [][]float64) []float64 {
	out := make([]float64, len(quantity[0]))
	for i := range out {
		expected := quantity[len(quantity)-1][i]
		if r.Rate {
			expected = 0
			for _, row := range quantity {
				expected += row[i]
			}
		}
		if !(expected >= 0) || math.IsInf(expected, 1) {
			expected = 0 // such a future is left out of the filter
		}
		z := fpmath.Log((max(amount, 0)+r.Floor())/(expected+r.Floor())) / r.Spread
		out[i] = -float64((freedom + 1) / 2.0 * fpmath.Log1p(float64(z*z)/freedom))
	}
	return out
}

// sampled is how many equally likely courses stand for the weighted ones.
const sampled = 2000

// answer is what is believed of a question of data.
func (x *belief) answer(q *question.Question) (question.Distribution, bool) {
	rows := make([][]float64, len(x.counts))
	for m := range rows {
		rows[m] = make([]float64, sampled)
	}
	i, sum := 0, x.weights[0]
	for k := range sampled {
		for at := (float64(k) + 0.5) / sampled; sum < at && i < len(x.weights)-1; {
			i++
			sum += x.weights[i]
		}
		for m := range rows {
			rows[m][k] = x.counts[m][i]
		}
	}
	return q.Ahead(x.series, x.cut+1, rows)
}

// beliefOf finds what is believed of an indicator.
func beliefOf(list []*belief, id string) *belief {
	for _, x := range list {
		if x.fan.Indicator == id {
			return x
		}
	}
	return nil
}
