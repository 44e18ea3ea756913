// Package signpost watches the signs of a case month by month: it says when one
// gives an alert, whether things got better or worse, and how often it was right
// and false before, in history and in simulated futures. At each month a signpost
// knows that month and those before alone.
package signpost

import (
	"math"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/change"
	"handover/fpmath"
)

// Figure is what a signpost watches, by month.
type Figure struct {
	Name string
	From evidence.Month
	// Values has one entry a month; NaN where the figure is not known.
	Values []float64
	// Count says that values are counts of events or deaths, which cluster.
	Count bool
}

// at is the value of a month; NaN outside the figure.
func (f Figure) at(m evidence.Month) float64 {
	if m < f.From || int(m-f.From) >= len(f.Values) {
		return math.NaN()
	}
	return f.Values[m-f.From]
}

// CutOff is the last known month; false when no month is known.
func (f Figure) CutOff() (evidence.Month, bool) {
	for i := len(f.Values) - 1; i >= 0; i-- {
		if !math.IsNaN(f.Values[i]) {
			return f.From + evidence.Month(i), true
		}
	}
	return 0, false
}

// until is the figure as known at the end of a month.
func (f Figure) until(m evidence.Month) Figure {
	f.Values = f.Values[:min(max(int(m-f.From)+1, 0), len(f.Values))]
	return f
}

// Alerts lists the months in which a signpost gives an alert, in order. Figures
// are those of its Watch, one each. A month that is not known gives none.
func Alerts(s casefile.Signpost, figures []Figure) []evidence.Month {
	if len(figures) == 0 {
		return nil
	}
	if s.Detector == casefile.DetectGrowth {
		return growing(s, figures[0])
	}
	from, to := figures[0].From, figures[0].From
	for _, f := range figures {
		from, to = min(from, f.From), max(to, f.From+evidence.Month(len(f.Values)))
	}
	var out []evidence.Month
	held := 0
	for m := from; m < to; m++ {
		rings := false
		if s.Detector == casefile.DetectMaximum {
			rings = above(figures[0], m, s.Months)
		} else {
			// A stretch beyond the limits rings when it is long enough, and not again
			// while it lasts.
			held++
			for k, w := range s.Watch {
				if !beyond(figures[k].at(m), w.Above, w.Below) {
					held = 0
				}
			}
			rings = held == s.Months
		}
		if rings && (len(out) == 0 || int(m-out[len(out)-1]) > s.Rest()) {
			out = append(out, m)
		}
	}
	return out
}

// growing is the alarm on growth.
func growing(s casefile.Signpost, f Figure) []evidence.Month {
	alarm := change.DefaultAlarm
	if s.Threshold != nil {
		alarm.Threshold = *s.Threshold
	}
	rest := s.Rest()
	alarm.Quiet = &rest
	var out []evidence.Month
	for i, signal := range alarm.Watch(f.Values) {
		if signal.Rings {
			out = append(out, f.From+evidence.Month(i))
		}
	}
	return out
}

// above says whether a month is above each of so many months before it, all of
// them known: the rule of the United Nations' Centre for Humanitarian Data for
// deaths at a maximum of three years, on months.
func above(f Figure, m evidence.Month, months int) bool {
	x := f.at(m)
	if math.IsNaN(x) {
		return false
	}
	for back := 1; back <= months; back++ {
		if before := f.at(m - evidence.Month(back)); math.IsNaN(before) || before >= x {
			return false
		}
	}
	return true
}

// beyond says whether a value is beyond one of two limits, the other being nil.
func beyond(x float64, above, below *float64) bool {
	return above != nil && x > *above || below != nil && x < *below
}

// Arrow says where a figure goes.
type Arrow string

// The arrows. Unknown stands where too little is known.
const (
	Deteriorated Arrow = "deteriorated"
	Unchanged    Arrow = "unchanged"
	Improved     Arrow = "improved"
	Unknown      Arrow = "not known"
)

// What an arrow compares: the last months with those before them.
const (
	arrowMonths = 3
	arrowBase   = 12
	arrowLeast  = 6
	// arrowChance is how rarely chance alone may turn the arrow of a count, on each
	// side; arrowShare is by which share another figure must move.
	arrowChance = 0.1
	arrowShare  = 0.1
)

// ArrowAt is the arrow of a figure at the end of a month. Of a count, the last
// three known months in a row are compared with the twelve before them: it moved
// when chance alone would give as much in one of ten such comparisons at a steady
// level, with the count's own clustering. Of another figure, it moved when it
// differs by a tenth from three months before. worse is +1 when more of the figure
// is worse, and -1 when less is.
func ArrowAt(f Figure, m evidence.Month, worse float64) Arrow {
	f = f.until(m)
	if !f.Count {
		a, b := f.at(m-arrowMonths), f.at(m)
		switch {
		case math.IsNaN(a) || math.IsNaN(b):
			return Unknown
		case math.Abs(b-a) <= arrowShare*math.Max(math.Abs(a), math.Abs(b)):
			return Unchanged
		case (b-a)*worse > 0:
			return Deteriorated
		}
		return Improved
	}
	now := 0.0
	var base []float64
	for back := range evidence.Month(arrowMonths + arrowBase) {
		x := f.at(m - back)
		switch {
		case back < arrowMonths && math.IsNaN(x):
			return Unknown
		case back < arrowMonths:
			now += x
		case !math.IsNaN(x):
			base = append(base, x)
		}
	}
	if len(base) < arrowLeast {
		return Unknown
	}
	mean, k := 0.0, change.Dispersion(base)
	for _, x := range base {
		mean += x / float64(len(base))
	}
	// The level is itself estimated from so few months; a gamma distribution of it
	// makes the sum to come a wider negative binomial one.
	shape := float64(len(base)) * math.Max(mean, 0.1)
	spread := 1 / (1/(arrowMonths*k) + 1/shape + 1/(k*float64(len(base))))
	up := 1 - change.AtMost(fpmath.Floor(now)-1, arrowMonths*math.Max(mean, 0.1), spread)
	down := change.AtMost(now, arrowMonths*math.Max(mean, 0.1), spread)
	switch {
	case up < arrowChance && worse > 0 || down < arrowChance && worse < 0:
		return Deteriorated
	case up < arrowChance || down < arrowChance:
		return Improved
	}
	return Unchanged
}

// Worse is +1 when more of what a signpost watches first is worse, and -1 when
// less is. Growth and maxima are upwards; a signpost of hope turns it round.
func Worse(s casefile.Signpost) float64 {
	worse := 1.0
	if len(s.Watch) > 0 && s.Watch[0].Below != nil {
		worse = -1
	}
	if s.Alert == "opportunity" {
		worse = -worse
	}
	return worse
}
