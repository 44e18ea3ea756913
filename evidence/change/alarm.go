package change

import (
	"math"
	"slices"

	"handover/fpmath"
	"handover/random"
)

// Alarm watches a monthly count for growth. At each month it knows only that
// month and those before. It adds up the log likelihood of a doubled level
// against that of the base months (Page 1954, "Continuous inspection schemes";
// Hoehle and Paul 2008, "Count data regression charts for the monitoring of
// surveillance time series", for counts). A detector made for steady growth was
// measured beside it and gains nothing that matters: see the tests.
type Alarm struct {
	// Threshold is how many units of log likelihood ring the alarm.
	Threshold float64
	// Quiet is within how many months of the last ring no other is given; 6 when
	// nil.
	Quiet *int
}

// The base of an alarm: months whose level counts as usual. The gap keeps the
// start of a growth out of its own base.
const (
	baseMonths = 36
	gapMonths  = 6
	leastBase  = 12
	// together is within how many months alarms count as one, unless Quiet says.
	together = 6
	ratio    = 2.0
)

// DefaultAlarm rings a false alarm about once in seven years at a steady level.
var DefaultAlarm = Alarm{Threshold: 3}

// Signal is what an alarm shows in a month.
type Signal struct {
	// Score is the evidence added up; the alarm rings above the threshold.
	Score float64
	Rings bool
}

// Watch goes through the counts month by month. NaN is a month that is not
// known: it adds nothing. An alarm that rings starts from 0 again, and rings
// within the quiet months of one another are one.
func (a Alarm) Watch(counts []float64) []Signal {
	out := make([]Signal, len(counts))
	quiet := together
	if a.Quiet != nil {
		quiet = *a.Quiet
	}
	score, since := 0.0, quiet
	var base []float64
	for t, x := range counts {
		out[t].Score = score
		since++
		if math.IsNaN(x) {
			continue
		}
		base = base[:0]
		for _, b := range counts[max(0, t-gapMonths-baseMonths):max(0, t-gapMonths)] {
			if !math.IsNaN(b) {
				base = append(base, b)
			}
		}
		if len(base) < leastBase {
			continue
		}
		mean, k := 0.0, Dispersion(base)
		for _, b := range base {
			mean += b
		}
		mean = max(mean/float64(len(base)), 1)
		score = max(0, score+logRatio(x, mean, k))
		out[t].Score = score
		if score > a.Threshold {
			score = 0
			if since > quiet {
				out[t].Rings = true
				since = 0
			}
		}
	}
	return out
}

// logRatio is the log likelihood of a count under the raised mean against the
// mean: the terms that both share are left out.
func logRatio(x, mean, k float64) float64 {
	return float64(x*fpmath.Log(ratio)) - float64((x+k)*fpmath.Log((k+ratio*mean)/(k+mean)))
}

// Measured is how an alarm does on simulated counts.
type Measured struct {
	// FalsePerYear are the rings a year while the level is steady.
	FalsePerYear float64
	// Delays has one entry a growth.
	Delays []Delay
}

// Delay is how long an alarm takes to notice growth.
type Delay struct {
	// Growth a month, such as 0.06.
	Growth float64
	// Median and Late are the median and the 90% quantile of the months from the
	// start of growth to the first ring; +Inf when so many are not noticed within
	// 60 months.
	Median, Late float64
}

// The simulation of Measure.
const (
	steadyMonths = 240
	quietStart   = 72
	horizon      = 60
)

// Measure runs the alarm on counts of a mean and dispersion k: on steady ones
// for the false alarms, and for each growth on ones that grow by that share each
// month from month 72 on. The same arguments give the same figures.
func (a Alarm) Measure(mean, k float64, runs int, growths ...float64) Measured {
	site := random.Site("alarm")
	rings, months := 0, 0
	delays := make([][]float64, len(growths))
	counts := make([]float64, steadyMonths)
	for run := range runs {
		for m := range counts {
			s := random.At(1, uint32(run), uint32(m), site)
			counts[m] = s.NegativeBinomial(mean, k)
		}
		for m, s := range a.Watch(counts) {
			if m >= gapMonths+baseMonths {
				months++
				if s.Rings {
					rings++
				}
			}
		}
		for i, growth := range growths {
			level := mean
			growing := slices.Clone(counts[:quietStart])
			for m := range horizon {
				level *= 1 + growth
				s := random.At(2, uint32(run), uint32(m), site)
				growing = append(growing, s.NegativeBinomial(level, k))
			}
			delay := math.Inf(1)
			for m, s := range a.Watch(growing) {
				if m >= quietStart && s.Rings {
					delay = float64(m - quietStart + 1)
					break
				}
			}
			delays[i] = append(delays[i], delay)
		}
	}
	out := Measured{FalsePerYear: 12 * float64(rings) / float64(months)}
	for i, d := range delays {
		slices.Sort(d)
		out.Delays = append(out.Delays, Delay{growths[i], d[len(d)/2], d[len(d)*9/10]})
	}
	return out
}

// Calibrate finds the threshold at which the alarm rings falsely so many times a
// year at a steady mean and dispersion, by bisection over simulated counts.
func (a Alarm) Calibrate(mean, k, falsePerYear float64, runs int) Alarm {
	low, high := 0.1, 12.0
	for range 12 {
		a.Threshold = (low + high) / 2
		if a.Measure(mean, k, runs).FalsePerYear > falsePerYear {
			low = a.Threshold
		} else {
			high = a.Threshold
		}
	}
	a.Threshold = high
	return a
}
