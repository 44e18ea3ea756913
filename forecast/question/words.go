package question

import (
	"fmt"
	"strconv"
	"strings"

	"handover/casefile"
	"handover/chart"
)

// Words says an answer in short: a probability, those of the options, or the median
// with the interval that holds 80%. Of an answer to another kind of question it says
// that.
func (q *Question) Words(d Distribution) string {
	switch {
	case q.Kind == casefile.Binary && d.Yes != nil:
		return chart.Percent(*d.Yes)
	case q.Kind == casefile.Choice && len(d.Options) == len(q.Options):
		var parts []string
		for i, p := range d.Options {
			parts = append(parts, q.Options[i]+" "+chart.Percent(p))
		}
		return strings.Join(parts, ", ")
	case q.Continuous() && d.Curve != nil:
		middle, low, high := q.Quantile(d, 0.5), q.Quantile(d, 0.1), q.Quantile(d, 0.9)
		return fmt.Sprintf("%s (%s to %s)", q.Ends(middle), q.Ends(low), q.Ends(high))
	}
	return "an answer to another kind of question"
}

// Ends writes a value of the range, or that it lies beyond it.
func (q *Question) Ends(x float64) string {
	switch {
	case x > q.High && q.Kind == casefile.Date:
		return "later"
	case x > q.High:
		return "above " + q.Show(q.High)
	case x < q.Low:
		return "below " + q.Show(q.Low)
	case q.Kind == casefile.Numeric:
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
	return q.Show(x)
}
