package study

import (
	"math"
	"slices"
	"strconv"

	"handover/casefile"
)

// watched are futures with what can be observed in them over time.
type watched struct {
	// times are months from the base date.
	times  []float64
	series []casefile.Series
	// values are by series, time and future.
	values [][][]float64
	// happens says whether the event comes, month when: the horizon for an event
	// that has no month of its own.
	happens []bool
	month   []float64
	// inBox marks futures of the box that discovery found.
	inBox []bool
	// end is the month until which signs count in futures without the event.
	end float64
	// lead is how many months before the event a sign must stand, hold how many a
	// value must last to count.
	lead, hold float64
}

// sign is a value of a series beyond which, when it lasts, the event is expected.
type sign struct {
	series int
	// above says that the sign stands above the limit; else below.
	above bool
	limit float64
}

// verdict is how a sign does.
type verdict struct {
	// events and others are futures with the event and without; hits and alarms
	// those in which the sign stood: with the lead, and at any time.
	events, others, hits, alarms int
	// leads are months from the sign to the event, by hit, ascending.
	leads []float64
}

func (v verdict) hitRate() float64   { return float64(v.hits) / float64(v.events) }
func (v verdict) alarmRate() float64 { return float64(v.alarms) / float64(v.others) }

// skill is the hit rate less the rate of false alarms (Peirce 1884); 0 for a sign
// that tells nothing, 1 for one that is always right.
func (v verdict) skill() float64 { return v.hitRate() - v.alarmRate() }

// lasting returns, for each time, the highest value (the lowest, with its sign
// turned, when not above) that has lasted for the hold without a break up to then.
func (w *watched) lasting(series int, above bool, future int, dst []float64) {
	values := w.values[series]
	best := math.Inf(-1)
	for t, now := range w.times {
		least := math.Inf(1)
		whole := false
		for u := t; u >= 0; u-- {
			v := values[u][future]
			if !above {
				v = -v
			}
			least = math.Min(least, v)
			if now-w.times[u] >= w.hold-1e-9 {
				whole = true
				break
			}
		}
		if whole && least > best {
			best = least
		}
		dst[t] = best
	}
}

// reach is the last time at which a sign in a future still counts, -1 when none
// does: with the lead before an event, until the end without one.
func (w *watched) reach(future int) int {
	until := w.end
	if w.happens[future] {
		until = w.month[future] - w.lead
	}
	last := -1
	for t, now := range w.times {
		if now <= until+1e-9 {
			last = t
		}
	}
	return last
}

// find returns the sign of a series with the most skill in the given futures; ok is
// false when there is none.
func (w *watched) find(series int, above bool, futures []int) (s sign, ok bool) {
	type point struct {
		peak  float64
		event bool
	}
	var points []point
	events := 0
	lasting := make([]float64, len(w.times))
	for _, i := range futures {
		p := point{math.Inf(-1), w.happens[i]}
		if at := w.reach(i); at >= 0 {
			w.lasting(series, above, i, lasting)
			p.peak = lasting[at]
		}
		if p.event {
			events++
		}
		points = append(points, p)
	}
	others := len(points) - events
	slices.SortFunc(points, func(a, b point) int {
		switch {
		case a.peak > b.peak:
			return -1
		case a.peak < b.peak:
			return 1
		}
		return 0
	})
	best, hits, alarms := 0.0, 0, 0
	for k, p := range points {
		if p.event {
			hits++
		} else {
			alarms++
		}
		if k+1 == len(points) || points[k+1].peak == p.peak || math.IsInf(points[k+1].peak, -1) {
			continue
		}
		if skill := float64(hits)/float64(events) - float64(alarms)/float64(others); skill > best {
			best, ok = skill, true
			s = sign{series, above, rounded(points[k+1].peak, p.peak)}
		}
	}
	if !above {
		s.limit = -s.limit
	}
	return s, ok
}

// rounded is a limit between two values with three significant digits, which is
// more than such a limit is worth.
func rounded(low, high float64) float64 {
	x, err := strconv.ParseFloat(strconv.FormatFloat(float64(low/2)+float64(high/2), 'g', 3, 64), 64)
	if err != nil {
		return low
	}
	return x
}

// judge says how a sign does in the given futures.
func (w *watched) judge(s sign, futures []int) verdict {
	var v verdict
	limit := s.limit
	if !s.above {
		limit = -limit
	}
	lasting := make([]float64, len(w.times))
	for _, i := range futures {
		at := w.reach(i)
		first := -1
		if at >= 0 {
			w.lasting(s.series, s.above, i, lasting)
			for t := 0; t <= at && first < 0; t++ {
				if lasting[t] > limit {
					first = t
				}
			}
		}
		switch stood := first >= 0; {
		case w.happens[i]:
			v.events++
			if stood {
				v.hits++
				v.leads = append(v.leads, w.month[i]-w.times[first])
			}
		default:
			v.others++
			if stood {
				v.alarms++
			}
		}
	}
	slices.Sort(v.leads)
	return v
}

// standsIn is the share of futures, in the box or outside, in which the sign stands
// at any time; NaN when there are none.
func (w *watched) standsIn(s sign, futures []int, box bool) float64 {
	limit := s.limit
	if !s.above {
		limit = -limit
	}
	lasting := make([]float64, len(w.times))
	n, stood := 0, 0
	for _, i := range futures {
		if w.inBox[i] != box {
			continue
		}
		n++
		if w.lasting(s.series, s.above, i, lasting); lasting[len(lasting)-1] > limit {
			stood++
		}
	}
	return float64(stood) / float64(n)
}

// at is the value of ascending numbers below which a share of them lies; NaN when
// there are none.
func at(ascending []float64, share float64) float64 {
	if len(ascending) == 0 {
		return math.NaN()
	}
	return ascending[min(len(ascending)-1, int(share*float64(len(ascending))))]
}
