package question

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/diagnostic"
)

// Point is one point of a cumulative distribution: the answer is at most X with
// probability P.
type Point struct {
	X float64 `json:"x"`
	P float64 `json:"p"`
}

// Distribution is an answer to a question: one of the three, by its kind.
type Distribution struct {
	// Yes is the probability of a binary question.
	Yes *float64 `json:"yes,omitempty"`
	// Options are the probabilities of a choice, in the order of its options.
	Options []float64 `json:"options,omitempty"`
	// Curve is the cumulative distribution of a number, count or date, with X and P
	// that never fall. Between points it is a straight line; two points at one X are
	// a step. What P lacks to 0 at the first point lies at that point or, where the
	// range is open, below it; what it lacks to 1 at the last lies above.
	Curve []Point `json:"curve,omitempty"`
}

// Most is how many points a curve, or options a choice, may have.
const Most = 1000

// sumSlack is by how much probabilities may miss 1, so that thirds may be
// written as 0.333.
const sumSlack = 0.005

// Binary is the answer to a yes-or-no question.
func Binary(p float64) Distribution { return Distribution{Yes: &p} }

// Complete checks an answer against its question and completes its curve to the
// range. The list holds every mistake; the distribution is then of no use.
// Probabilities of options that miss 1 by rounding alone are scaled to it.
func (q *Question) Complete(d Distribution) (Distribution, diagnostic.List) {
	c := &check{q: q}
	forms := 0
	for _, given := range []bool{d.Yes != nil, d.Options != nil, d.Curve != nil} {
		if given {
			forms++
		}
	}
	switch {
	case forms == 0:
		c.fail("missing-answer", "answer", q.wants(), "the answer is empty")
	case forms > 1:
		c.fail("several-answers", "answer", q.wants(), "the answer is given in more than one form")
	case q.Kind == casefile.Binary && d.Yes != nil:
		c.probability("probability", *d.Yes)
	case q.Kind == casefile.Choice && d.Options != nil:
		d.Options = c.options(d.Options)
	case q.Continuous() && d.Curve != nil:
		d.Curve = c.curve(d.Curve)
	default:
		c.fail("kind", "answer", q.wants(), "the answer does not fit a %s question", q.Kind)
	}
	return d, c.list
}

// wants says what an answer consists of.
func (q *Question) wants() string {
	switch q.Kind {
	case casefile.Binary:
		return "give one probability of yes, from 0 to 1"
	case casefile.Choice:
		return "give a probability for each of " + strings.Join(q.Options, ", ")
	}
	return "give quantiles, or a cumulative distribution"
}

// check collects the mistakes of an answer.
type check struct {
	q    *Question
	list diagnostic.List
}

func (c *check) fail(code, subject, hint, format string, arguments ...any) {
	c.list = append(c.list, diagnostic.Diagnostic{Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...), Hint: hint})
}

func (c *check) probability(subject string, p float64) bool {
	if p >= 0 && p <= 1 {
		return true
	}
	hint := ""
	if p > 1 && p <= 100 {
		hint = fmt.Sprintf("write %g for %g%%", p/100, p)
	}
	c.fail("probability", subject, hint, "%g is no probability; expected 0 to 1", p)
	return false
}

func (c *check) options(list []float64) []float64 {
	if len(list) != len(c.q.Options) || len(list) > Most {
		c.fail("options", "options", c.q.wants(), "%d probabilities for %d options", len(list), len(c.q.Options))
		return nil
	}
	sum, good := 0.0, true
	for i, p := range list {
		good = c.probability(c.q.Options[i], p) && good
		sum += p
	}
	if !good {
		return nil
	}
	if math.Abs(sum-1) > sumSlack {
		c.fail("sum", "options", "make them sum to 1", "the probabilities sum to %.6g", sum)
		return nil
	}
	scaled := make([]float64, len(list))
	for i, p := range list {
		scaled[i] = p / sum
	}
	return scaled
}

func (c *check) curve(points []Point) []Point {
	q := c.q
	if len(points) > Most {
		c.fail("too-many", "curve", "", "the curve has %d points; at most %d are allowed", len(points), Most)
		return nil
	}
	if len(points) == 0 {
		c.fail("missing-answer", "curve", c.q.wants(), "the curve has no point")
		return nil
	}
	before := len(c.list)
	for i, p := range points {
		at := q.at(p)
		c.probability(at, p.P)
		if math.IsNaN(p.X) || math.IsInf(p.X, 0) {
			c.fail("number", at, "", "the value is not a finite number")
			continue
		}
		if q.Kind == casefile.Counted && p.X != math.Trunc(p.X) {
			c.fail("number", at, "", "%s is no whole number", q.Show(p.X))
		}
		if p.X < q.Low && (p.P > 0 || p.X < q.bottom()) && !q.OpenLow {
			c.fail("outside", at, "", "%s lies below the range, which starts at %s", q.Show(p.X), q.Show(q.Low))
		}
		if p.X > q.High && !q.OpenHigh {
			c.fail("outside", at, "", "%s lies above the range, which ends at %s", q.Show(p.X), q.Show(q.High))
		}
		if i == 0 {
			continue
		}
		last := points[i-1]
		switch {
		case p.X < last.X:
			c.fail("crossing", at, "quantiles must not fall as probabilities rise", "%s at probability %.6g lies below %s at probability %.6g", q.Show(p.X), p.P, q.Show(last.X), last.P)
		case p.P < last.P:
			c.fail("crossing", at, "a cumulative distribution never falls", "the probability falls from %.6g to %.6g", last.P, p.P)
		}
	}
	if len(c.list) > before {
		return nil
	}
	return c.ends(points)
}

// ends completes a curve to the range. A closed end takes all probability that
// is left; an open one that of the curve, and all when the curve stops within
// the range.
func (c *check) ends(points []Point) []Point {
	q := c.q
	out := slices.Clone(points)
	first, last := out[0], out[len(out)-1]
	if first.X > q.Low {
		out = slices.Insert(out, 0, Point{q.bottom(), 0})
	}
	if last.X < q.High {
		out = append(out, Point{q.High, 1})
	}
	last = out[len(out)-1]
	if last.P < 1 && !q.OpenHigh {
		c.fail("sum", q.at(last), "the range is closed there", "the distribution reaches %.6g at the end of the range; expected 1", last.P)
	}
	return out
}

// bottom is where the distribution starts at 0. The whole number 0 takes the
// probability up to itself, so that of a count starts one below.
func (q *Question) bottom() float64 {
	if q.Kind == casefile.Counted {
		return q.Low - 1
	}
	return q.Low
}

func (q *Question) at(p Point) string { return q.Show(p.X) }

// CDF is the probability that the answer is at most x. Of a count it is that of
// the whole number at or below x.
func (q *Question) CDF(d Distribution, x float64) float64 {
	c := d.Curve
	if q.Kind == casefile.Counted {
		x = math.Floor(x)
	}
	// i is the first point beyond x.
	i, _ := slices.BinarySearchFunc(c, x, func(p Point, x float64) int {
		if p.X <= x {
			return -1
		}
		return 1
	})
	switch {
	case i == 0:
		return 0
	case i == len(c):
		return c[i-1].P
	}
	a, b := c[i-1], c[i]
	return a.P + float64((b.P-a.P)*((x-a.X)/(b.X-a.X)))
}

// Before is the probability that the answer is less than x: where the curve has a
// step at x, its foot.
func (q *Question) Before(d Distribution, x float64) float64 {
	if q.Kind == casefile.Counted {
		return q.CDF(d, math.Ceil(x)-1)
	}
	i, there := slices.BinarySearchFunc(d.Curve, x, func(p Point, x float64) int {
		return cmp.Compare(p.X, x)
	})
	if !there {
		return q.CDF(d, x)
	}
	return d.Curve[i].P
}

// Quantile is the smallest answer that has at least probability p at or below
// it: -Inf or +Inf when that lies beyond an open end.
func (q *Question) Quantile(d Distribution, p float64) float64 {
	c := d.Curve
	i, _ := slices.BinarySearchFunc(c, p, func(a Point, p float64) int {
		if a.P < p {
			return -1
		}
		return 1
	})
	var x float64
	switch {
	case i == len(c):
		return math.Inf(1)
	case i == 0:
		if q.OpenLow && c[0].P > p {
			return math.Inf(-1)
		}
		return c[0].X
	default:
		a, b := c[i-1], c[i]
		x = a.X + float64((b.X-a.X)*((p-a.P)/(b.P-a.P)))
	}
	if q.Kind == casefile.Counted {
		// The line between points is read at whole numbers alone.
		if x = math.Ceil(x - 1e-9); x == 0 {
			x = 0 // not -0, which would be shown so
		}
	}
	return x
}
