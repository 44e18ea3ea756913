// Package claim tests what was claimed in public against the counts of a case:
// a verdict for each meaning of the claim, with what it rests on and how often
// the same verdict was followed by a relapse in the past.
package claim

import (
	"fmt"
	"math"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/change"
	"handover/evidence/indicator"
	"handover/fpmath"
)

// Word is a verdict in words.
type Word string

// The verdicts.
const (
	Holds  Word = "holds"
	Fails  Word = "does not hold"
	Open   Word = "cannot be said"
	NoData Word = "no data"
)

// Verdict is what can be said of a definition at the end of a month, from that
// month and those before alone.
type Verdict struct {
	// AsOf is the month of the question: the last whole month before the claim.
	AsOf evidence.Month
	// CutOff is the last known month up to AsOf; Known is false when there is none.
	CutOff evidence.Month
	Known  bool
	Word   Word
	// Reason says in a few words why the verdict is not one of the first two;
	// empty otherwise.
	Reason string
	// Probability that the definition is met over the Months months after the
	// question. It is that of the months after the cut-off, at the level of the last
	// Months known months; where the data end before the question it moves towards
	// how often the definition was met in the months since the first event, as fast as counts
	// forget (Carried). Low and High are its ends over the low and high estimates of
	// the source and half and twice the dispersion.
	Probability, Low, High float64
	// Carried is the weight of the last known months in the probability: 1 when the
	// data reach to the question.
	Carried float64
	// Value is what the definition compares with Limit: the sum, the largest
	// month, the mean, or the mean as a share of the worst before. NaN when too few
	// months are known.
	Value float64
	// Met says that the last Months months fulfil the definition.
	Met bool
	// Silence is how many known months up to the cut-off had a count of zero, back
	// to the first that had not.
	Silence int
	// Provisional are the months among those looked at that may still change.
	Provisional int
}

// Stale is how many months lie between the cut-off and the question.
func (v Verdict) Stale() int { return int(v.AsOf - v.CutOff) }

// sequence is a count by month up to the question.
type sequence struct {
	points []indicator.Point
}

// until cuts a series at a month, which is the last one kept.
func until(points []indicator.Point, m evidence.Month) sequence {
	if len(points) == 0 || m < points[0].Month {
		return sequence{}
	}
	return sequence{points[:min(int(m-points[0].Month)+1, len(points))]}
}

// recent lists the last n known counts, the newest last.
func (s sequence) recent(n int, count func(indicator.Point) int) []float64 {
	var out []float64
	for i := len(s.points) - 1; i >= 0 && len(out) < n; i-- {
		if p := s.points[i]; p.Known {
			out = append(out, float64(count(p)))
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func best(p indicator.Point) int { return p.Count }
func low(p indicator.Point) int  { return p.Low }
func high(p indicator.Point) int { return p.High }

// cutOff is the last known month.
func (s sequence) cutOff() (evidence.Month, bool) {
	for i := len(s.points) - 1; i >= 0; i-- {
		if s.points[i].Known {
			return s.points[i].Month, true
		}
	}
	return 0, false
}

// silence counts the known months of zero at the end.
func (s sequence) silence() int {
	n := 0
	for i := len(s.points) - 1; i >= 0; i-- {
		if p := s.points[i]; p.Known {
			if p.Count > 0 {
				break
			}
			n++
		}
	}
	return n
}

// dispersionMonths is from how many months the dispersion is estimated.
const dispersionMonths = 24

// Judge gives the verdict of a definition at the end of a month.
func Judge(d casefile.Definition, s *indicator.Series, asOf evidence.Month) Verdict {
	if len(d.Places) == 0 {
		v := judge(d, s.Points, asOf)
		v.conclude(d)
		return v
	}
	// Every place must pass: the places are taken as independent given their
	// levels, and the verdict is that of the weakest.
	all := Verdict{AsOf: asOf, Known: true, Probability: 1, Low: 1, High: 1, Met: true, Silence: math.MaxInt, CutOff: asOf}
	for _, place := range d.Places {
		points := s.Place(place)
		if points == nil {
			return Verdict{AsOf: asOf, Word: NoData, Reason: "counts by place need imported events", Value: math.NaN(), Probability: math.NaN(), Low: math.NaN(), High: math.NaN()}
		}
		v := judge(d, points, asOf)
		if !v.Known {
			v.conclude(d)
			return v
		}
		all.Probability *= v.Probability
		all.Low *= v.Low
		all.High *= v.High
		all.Met = all.Met && v.Met
		all.Carried = v.Carried
		all.Silence = min(all.Silence, v.Silence)
		all.CutOff = min(all.CutOff, v.CutOff)
		all.Provisional = max(all.Provisional, v.Provisional)
		switch {
		case math.IsNaN(v.Value):
			all.Value = v.Value
		case !math.IsNaN(all.Value):
			all.Value = max(all.Value, v.Value)
		}
	}
	all.conclude(d)
	return all
}

// judge computes what a verdict rests on, without the word.
func judge(d casefile.Definition, points []indicator.Point, asOf evidence.Month) Verdict {
	s := until(points, asOf)
	v := Verdict{AsOf: asOf, Value: math.NaN(), Probability: math.NaN(), Low: math.NaN(), High: math.NaN()}
	if v.CutOff, v.Known = s.cutOff(); !v.Known {
		return v
	}
	v.Silence = s.silence()
	v.Value, v.Met = measured(d, s.points)
	for _, p := range s.points[max(0, len(s.points)-d.Months):] {
		if p.Provisional {
			v.Provisional++
		}
	}
	k := change.Dispersion(s.recent(dispersionMonths, best))
	limit := limitOf(d, s.points)
	v.Probability = probability(d, s.recent(d.Months, best), limit, k)
	v.Low, v.High = v.Probability, v.Probability
	for _, count := range []func(indicator.Point) int{best, low, high} {
		counts := s.recent(d.Months, count)
		for _, factor := range []float64{0.5, 1, 2} {
			p := probability(d, counts, limit, k*factor)
			v.Low, v.High = min(v.Low, p), max(v.High, p)
		}
	}
	v.carry(d, s)
	return v
}

// carry moves the probability towards the base rate when the data are old.
func (v *Verdict) carry(d casefile.Definition, s sequence) {
	v.Carried = 1
	if v.Stale() <= 0 {
		return
	}
	v.Carried = fpmath.Pow(s.persistence(), float64(v.Stale()))
	met, months := 0.5, 1.0
	begun := false // months before the first event say nothing: there was no actor
	for t, p := range s.points {
		if begun = begun || p.Known && p.Count > 0; !begun {
			continue
		}
		if value, ok := measured(d, s.points[:t+1]); !math.IsNaN(value) {
			months++
			if ok {
				met++
			}
		}
	}
	for _, p := range []*float64{&v.Probability, &v.Low, &v.High} {
		*p = float64(v.Carried**p) + float64((1-v.Carried)*met/months)
	}
}

// persistence is how much of a deviation of the log count is left a month later:
// the correlation of neighbouring months, between 0 and 0.98.
func (s sequence) persistence() float64 {
	var x, y []float64
	for i := 1; i < len(s.points); i++ {
		if a, b := s.points[i-1], s.points[i]; a.Known && b.Known {
			x, y = append(x, fpmath.Log1p(float64(a.Count))), append(y, fpmath.Log1p(float64(b.Count)))
		}
	}
	n := float64(len(x))
	if n < 12 {
		return 0.84 // deaths in Iraq, 1989 to 2018
	}
	var mx, my, xx, yy, xy float64
	for i := range x {
		mx += x[i] / n
		my += y[i] / n
	}
	for i := range x {
		xx += float64((x[i] - mx) * (x[i] - mx))
		yy += float64((y[i] - my) * (y[i] - my))
		xy += float64((x[i] - mx) * (y[i] - my))
	}
	if xx == 0 || yy == 0 {
		return 0.98
	}
	return min(max(xy/math.Sqrt(xx*yy), 0), 0.98)
}

// conclude puts a verdict into a word.
func (v *Verdict) conclude(d casefile.Definition) {
	p := d.Holds()
	switch {
	case !v.Known:
		v.Word, v.Reason = NoData, "no month up to then is known"
	case v.Stale() > d.Months/2:
		v.Word, v.Reason = Open, fmt.Sprintf("the data end %d months before", v.Stale())
	case math.IsNaN(v.Value):
		v.Word, v.Reason = Open, "too few months are known"
	case !v.Met || v.Probability <= 1-p:
		v.Word = Fails
	case v.Probability >= p:
		v.Word = Holds
	default:
		v.Word, v.Reason = Open, "the last months meet it, the coming ones may not"
	}
}

// measured is what a definition says of the last Months months. More than half
// of them must be known; a sum is then scaled to all of them.
func measured(d casefile.Definition, points []indicator.Point) (value float64, met bool) {
	if len(points) < d.Months {
		return math.NaN(), false
	}
	window := points[len(points)-d.Months:]
	sum, known, largest := 0.0, 0, 0.0
	for _, p := range window {
		if p.Known {
			known++
			sum += float64(p.Count)
			largest = max(largest, float64(p.Count))
		}
	}
	if 2*known <= d.Months {
		return math.NaN(), false
	}
	mean := sum / float64(known)
	switch d.Test {
	case casefile.TestThreshold:
		value = mean * float64(d.Months)
		return value, value < d.Limit
	case casefile.TestQuiet:
		return largest, largest <= d.Limit
	case casefile.TestRate:
		return mean, mean < d.Limit
	default:
		peak := worst(points[:len(points)-d.Months], d.Months)
		if peak == 0 {
			return math.NaN(), false
		}
		return mean / peak, mean <= d.Limit*peak
	}
}

// worst is the highest mean of so many months in a row, all known; 0 when there
// is none.
func worst(points []indicator.Point, months int) float64 {
	highest, sum, run := 0.0, 0.0, 0
	for i, p := range points {
		if !p.Known {
			sum, run = 0, 0
			continue
		}
		sum += float64(p.Count)
		if run++; run > months {
			sum -= float64(points[i-months].Count)
			run--
		}
		if run == months {
			highest = max(highest, sum/float64(months))
		}
	}
	return highest
}

// limitOf is the limit of a definition in counts. That of a decline is a share
// of the worst months before the last ones.
func limitOf(d casefile.Definition, points []indicator.Point) float64 {
	if d.Test != casefile.TestDecline {
		return d.Limit
	}
	return d.Limit * worst(points[:max(0, len(points)-d.Months)], d.Months)
}

// The grid of monthly means over which the posterior is summed.
const (
	gridPoints = 480
	gridLow    = 1e-6
	gridHigh   = 20_000
)

var grid = func() (g [gridPoints]float64) {
	step := fpmath.Log(gridHigh/gridLow) / (gridPoints - 1)
	for i := range g {
		g[i] = gridLow * fpmath.Exp(float64(float64(i)*step))
	}
	return g
}()

// probability that a definition is met in the months to come when they are like
// the given ones: the posterior of the mean of a negative binomial count of
// dispersion k, under Jeffreys's prior of a Poisson mean, and the predictive
// distribution of the coming months (Gelman and others 2013, "Bayesian Data
// Analysis", section 2.6).
func probability(d casefile.Definition, counts []float64, limit, k float64) float64 {
	n := float64(len(counts))
	if n == 0 {
		return math.NaN()
	}
	k = min(max(k, 0.1), 50)
	sum := 0.0
	for _, x := range counts {
		sum += x
	}
	var weights [gridPoints]float64
	highest := math.Inf(-1)
	for i, mean := range grid {
		// The grid is even in the log, where the prior's density is the root.
		w := float64(n*k*fpmath.Log(k/(k+mean))) + float64((sum+0.5)*fpmath.Log(mean)) - float64(sum*fpmath.Log(k+mean))
		weights[i] = w
		highest = max(highest, w)
	}
	months := float64(d.Months)
	total, met := 0.0, 0.0
	for i, mean := range grid {
		w := fpmath.Exp(weights[i] - highest)
		total += w
		if w < 1e-9 {
			continue
		}
		p := 0.0
		switch d.Test {
		case casefile.TestThreshold:
			p = change.AtMost(fpmath.Ceil(limit)-1, mean*months, k*months)
		case casefile.TestQuiet:
			p = fpmath.Pow(change.AtMost(limit, mean, k), months)
		case casefile.TestRate:
			if mean < limit {
				p = 1
			}
		default:
			p = change.AtMost(limit*months, mean*months, k*months)
		}
		met += float64(w * p)
	}
	return met / total
}
