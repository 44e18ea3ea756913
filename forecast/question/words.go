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
	fits := d.Curve != nil
	switch q.Kind {
	case casefile.Binary:
		fits = d.Yes != nil
	case casefile.Choice:
		fits = len(d.Options) == len(q.Options)
	}
	if !fits {
		return "an answer to another kind of question"
	}
	switch q.Kind {
	case casefile.Binary:
		return chart.Percent(*d.Yes)
	case casefile.Choice:
		var parts []string
		for i, p := range d.Options {
			parts = append(parts, q.Options[i]+" "+chart.Percent(p))
		}
		return strings.Join(parts, ", ")
	}
	middle, low, high := q.Quantile(d, 0.5), q.Quantile(d, 0.1), q.Quantile(d, 0.9)
	return fmt.Sprintf("%s (%s to %s)", q.Ends(middle), q.Ends(low), q.Ends(high))
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
