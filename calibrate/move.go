package calibrate

import (
	"math"

	"handover/fpmath"
	"handover/random"
)

// How often each kind of move is made, and how much of a point it changes.
const (
	guideShare   = 0.9
	snookerShare = 0.1 // of those without the guide
	jumpShare    = 0.1
	shortShare   = 0.5 // of the differences, halved: the target is not normal
	mostPairs    = 3
	crossovers   = 3 // a third, two thirds or all of the parameters
)

// propose returns a new place for x and the correction of the log acceptance
// ratio. It draws from the guide, which may be nil, and from the others, which do
// not move at the same time.
func propose(stream *random.Stream, g *guide, x []float64, others [][]float64) (y []float64, correction float64) {
	switch {
	case g != nil && stream.Uniform() < guideShare:
		return g.propose(stream, x)
	case stream.Uniform() < snookerShare:
		return snooker(stream, x, others)
	}
	return difference(stream, x, others), 0
}

// pick returns a number below n.
func pick(stream *random.Stream, n int) int { return min(n-1, int(stream.Uniform()*float64(n))) }

// difference is the move of DREAM (Vrugt and others 2009): x plus the sum of
// differences of pairs in some of the parameters, scaled so that a normal target
// takes about a quarter of the proposals; now and then a whole difference, which
// leads from one mode to another.
func difference(stream *random.Stream, x []float64, others [][]float64) []float64 {
	d := len(x)
	jump := stream.Uniform() < jumpShare
	pairs := 1 + pick(stream, mostPairs)
	share := float64(1+pick(stream, crossovers)) / crossovers
	if jump {
		pairs, share = 1, 1
	}
	changed := make([]bool, d)
	n := 0
	for k := range changed {
		if stream.Uniform() < share {
			changed[k] = true
			n++
		}
	}
	if n == 0 {
		changed[pick(stream, d)], n = true, 1
	}
	scale := 2.38 / math.Sqrt(float64(2*pairs*n))
	if stream.Uniform() < shortShare {
		scale /= 2
	}
	if jump {
		scale = 1
	}
	y := append([]float64(nil), x...)
	for range pairs {
		a, b := pick(stream, len(others)), pick(stream, len(others))
		for b == a && len(others) > 1 {
			b = pick(stream, len(others))
		}
		for k, on := range changed {
			if on {
				wide := 0.95 + float64(0.1*stream.Uniform())
				y[k] += float64(float64(scale*wide) * (others[a][k] - others[b][k]))
			}
		}
	}
	for k, on := range changed {
		if on {
			y[k] += float64(1e-5 * stream.Normal())
		}
	}
	return y
}

// snooker moves x along the line to another chain by the difference of two others,
// projected on it (ter Braak and Vrugt 2008).
func snooker(stream *random.Stream, x []float64, others [][]float64) (y []float64, correction float64) {
	z := others[pick(stream, len(others))]
	a, b := others[pick(stream, len(others))], others[pick(stream, len(others))]
	scale := 1.2 + stream.Uniform()
	length, along := 0.0, 0.0
	for k := range x {
		line := x[k] - z[k]
		length += float64(line * line)
		along += float64(line * (a[k] - b[k]))
	}
	y = append([]float64(nil), x...)
	if length == 0 {
		return y, 0
	}
	after := 0.0
	for k := range x {
		y[k] += float64(float64(scale*along/length) * (x[k] - z[k]))
		line := y[k] - z[k]
		after += float64(line * line)
	}
	if after == 0 {
		return append(y[:0], x...), 0
	}
	return y, float64(float64(len(x)-1) * (fpmath.Log(after/length) / 2))
}
