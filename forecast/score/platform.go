package score

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"handover/fpmath"
)

// Baseline is the baseline score of Metaculus for the probability that was given
// to what came to pass among a number of options: 0 for equal shares, 100 for
// certainty, negative for less than an equal share. A yes-or-no question has two
// options.
func Baseline(p float64, options int) float64 {
	n := float64(options)
	return 100 * fpmath.Log(p*n) / fpmath.Log(n)
}

// BaselineDensity is the baseline score of Metaculus for a number or a date:
// half of 100 times the natural logarithm of the density at the outcome over
// that of the baseline, where both are per the same unit. The platform's baseline
// is uniform over the range, with 5% beyond each open end.
func BaselineDensity(density, baseline float64) float64 {
	return 100 * fpmath.Log(density/baseline) / 2
}

// Peer is the peer score of Metaculus at one moment: 100 times the mean of the
// differences between the forecaster's log score and that of each other. p is
// the probability, or density, that the forecaster gave to what came to pass,
// others what the others gave at the same time. Without others it is 0. For
// densities the platform halves it: continuous says so.
func Peer(p float64, others []float64, continuous bool) float64 {
	if len(others) == 0 {
		return 0
	}
	var s sum
	own := fpmath.Log(p)
	for _, o := range others {
		s.add(own - fpmath.Log(o))
	}
	gain := 100 * s.value() / float64(len(others))
	if continuous {
		gain /= 2
	}
	return gain
}

// Stand is a forecast that stood from one time to another, in any unit of time.
type Stand struct {
	Forecaster string
	From, To   float64
	// P is the probability, or density, that it gave to what came to pass.
	P float64
}

// Standing is what a forecaster's stands came to over the life of a question.
type Standing struct {
	Forecaster string
	// Coverage is the share of the question's life in which a forecast stood.
	Coverage float64
	// Log is the mean log score over the time in which one stood.
	Log float64
	// Peer and Baseline are means over the whole life; time without a forecast
	// counts as 0, so that late and short forecasts earn less.
	Peer, Baseline float64
}

// TimeWeighted scores the stands on one question over its life from open to
// close, sorted by forecaster. The platform's scores are piecewise constant in
// time, so the means are exact. Options is how many the question has, 0 for a
// continuous one: then Baseline is NaN. A stand outside the life is cut to it.
// It fails when two stands of a forecaster overlap, when a stand ends before it
// begins, and for a P that is no positive number.
func TimeWeighted(stands []Stand, open, close float64, options int) ([]Standing, error) {
	if !(close > open) {
		return nil, fmt.Errorf("the question closes at %v, which is not after it opens at %v", close, open)
	}
	list := slices.Clone(stands)
	slices.SortFunc(list, func(a, b Stand) int {
		return cmp.Or(cmp.Compare(a.Forecaster, b.Forecaster), cmp.Compare(a.From, b.From))
	})
	var times []float64
	for i, s := range list {
		switch {
		case !(s.P > 0) || math.IsInf(s.P, 1):
			return nil, fmt.Errorf("%s gave %v to what came to pass; expected more than 0", s.Forecaster, s.P)
		case !(s.To >= s.From):
			return nil, fmt.Errorf("the forecast of %s from %v ends at %v, before it begins", s.Forecaster, s.From, s.To)
		case i > 0 && list[i-1].Forecaster == s.Forecaster && list[i-1].To > s.From:
			return nil, fmt.Errorf("two forecasts of %s stand at %v", s.Forecaster, s.From)
		}
		list[i].From, list[i].To = min(max(s.From, open), close), min(max(s.To, open), close)
		times = append(times, list[i].From, list[i].To)
	}
	slices.Sort(times)
	times = slices.Compact(times)

	type sums struct{ time, log, peer, baseline sum }
	of := map[string]*sums{}
	var names []string
	for _, s := range list {
		if of[s.Forecaster] == nil {
			of[s.Forecaster] = &sums{}
			names = append(names, s.Forecaster)
		}
	}
	for i := 1; i < len(times); i++ {
		from, to := times[i-1], times[i]
		var standing []Stand
		var logs sum
		for _, s := range list {
			if s.From <= from && s.To >= to {
				standing = append(standing, s)
				logs.add(fpmath.Log(s.P))
			}
		}
		for _, s := range standing {
			x, width := of[s.Forecaster], to-from
			own := fpmath.Log(s.P)
			x.time.add(width)
			x.log.add(float64(width * -own))
			if n := float64(len(standing)); n > 1 {
				gain := 100 * (own - (logs.value()-own)/(n-1))
				if options == 0 {
					gain /= 2
				}
				x.peer.add(float64(width * gain))
			}
			if options > 0 {
				x.baseline.add(float64(width * Baseline(s.P, options)))
			}
		}
	}
	out := make([]Standing, len(names))
	life := close - open
	for i, name := range names {
		x := of[name]
		out[i] = Standing{name, x.time.value() / life, x.log.value() / x.time.value(), x.peer.value() / life, x.baseline.value() / life}
		if options == 0 {
			out[i].Baseline = math.NaN()
		}
	}
	return out, nil
}
