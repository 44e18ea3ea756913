package change

import "math"

// Assessment says how a monthly count stands and what changed.
type Assessment struct {
	// Trend rests on the known months among the last Window; TrendKnown is false
	// with fewer than six.
	Trend      Trend
	TrendKnown bool
	// Changes are the stretches of constant level; From and To index the series.
	// They skip months that are not known.
	Changes []Segment
	// K is the dispersion within the stretches.
	K float64
	// Signals are those of the alarm, one a month.
	Signals []Signal
	Alarm   Alarm
	// Measured is how the alarm does at the level of the last three years, with
	// the delays for growth of 6 and 12% a month.
	Measured Measured
}

// Window is how many months a trend looks back from the last known one.
const Window = 24

// IntervalLevel is the probability with which an interval of a trend should
// hold the truth.
const IntervalLevel = 0.8

// measureRuns is how many series an alarm is measured on.
const measureRuns = 200

// Assess looks at a count by month; NaN is a month that is not known.
func Assess(counts []float64) Assessment {
	var known []float64
	var at []int
	for i, x := range counts {
		if !math.IsNaN(x) {
			known, at = append(known, x), append(at, i)
		}
	}
	a := Assessment{Alarm: DefaultAlarm}
	from := 0
	for from < len(at) && at[from] <= at[len(at)-1]-Window {
		from++
	}
	a.Trend, a.TrendKnown = FitTrend(at[from:], known[from:], IntervalLevel)
	a.Changes, a.K = Segments(known)
	for i := range a.Changes {
		a.Changes[i].From, a.Changes[i].To = at[a.Changes[i].From], at[a.Changes[i].To]
	}
	a.Signals = a.Alarm.Watch(counts)
	if base := known[max(0, len(known)-baseMonths):]; len(base) > 0 {
		mean := 0.0
		for _, x := range base {
			mean += x / float64(len(base))
		}
		k := Dispersion(base)
		a.Measured = a.Alarm.Measure(max(mean, 1), k, measureRuns, 0.06, 0.12)
	}
	return a
}
