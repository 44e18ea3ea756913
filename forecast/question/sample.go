package question

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"handover/casefile"
	"handover/fpmath"
)

// levels is how many steps a curve made from samples has.
const levels = 200

// Sampled makes the answer that equally likely samples are. A sample is 0 or 1
// for a binary question, a value for a choice with limits and for a number,
// count or date; NaN is a date that never comes. Shares are drawn towards equal
// ones as by half a sample (Krichevsky and Trofimov, 1981), so that what was
// never seen is not called impossible.
func (q *Question) Sampled(samples []float64) Distribution {
	n := float64(len(samples))
	switch q.Kind {
	case casefile.Binary:
		yes := 0.0
		for _, x := range samples {
			yes += indicate(x > 0)
		}
		return Binary((yes + 0.5) / (n + 1))
	case casefile.Choice:
		shares := make([]float64, len(q.Options))
		for _, x := range samples {
			shares[q.option(x)]++
		}
		for i := range shares {
			shares[i] = (shares[i] + 0.5) / (n + float64(0.5*float64(len(shares))))
		}
		return Distribution{Options: shares}
	}
	sorted := make([]float64, 0, len(samples))
	for _, x := range samples {
		if !math.IsNaN(x) {
			sorted = append(sorted, x)
		}
	}
	slices.Sort(sorted)
	if q.Kind == casefile.Counted {
		return Distribution{Curve: q.steps(sorted, n)}
	}
	return Distribution{Curve: q.line(sorted, n)}
}

// line is the curve through sorted samples at the middles of their steps
// (Hazen's plotting positions), at most so many points. n counts the samples
// that never come too.
func (q *Question) line(sorted []float64, n float64) []Point {
	curve := []Point{{q.Low, 0}}
	for k := range levels {
		at := float64((float64(k) + 0.5) / levels * n) // samples below this point
		i := at - 0.5
		if i > float64(len(sorted))-0.5 {
			break
		}
		j := int(math.Floor(min(max(i, 0), float64(len(sorted)-1))))
		x := sorted[j]
		if f := i - float64(j); f > 0 && j+1 < len(sorted) {
			x += float64(f * (sorted[j+1] - x))
		}
		curve = append(curve, Point{min(max(x, q.Low), q.High), round((float64(k) + 0.5) / levels)})
	}
	within := float64(len(sorted)) / n
	if !q.OpenHigh {
		return append(curve, Point{q.High, 1})
	}
	beyond := 0.0
	for _, x := range sorted {
		beyond += indicate(x > q.High)
	}
	return append(curve, Point{q.High, round(max(within-beyond/n, curve[len(curve)-1].P))})
}

// steps is the curve of whole numbers: flat up to the number before the next
// sample.
func (q *Question) steps(sorted []float64, n float64) []Point {
	curve := []Point{{q.bottom(), 0}}
	for i, x := range sorted {
		if x > q.High {
			break
		}
		if i+1 < len(sorted) && sorted[i+1] == x {
			continue
		}
		last := curve[len(curve)-1]
		if x-1 > last.X {
			curve = append(curve, Point{x - 1, last.P})
		}
		curve = append(curve, Point{x, round(float64(i+1) / n)})
	}
	return q.thin(curve)
}

// thin keeps at most so many points of a curve and closes it at the range's end.
func (q *Question) thin(curve []Point) []Point {
	last := curve[len(curve)-1]
	end := Point{q.High, last.P}
	if !q.OpenHigh {
		end.P = 1
	}
	if last.X < q.High {
		curve = append(curve, end)
	}
	return thinned(curve)
}

// Expected makes the answer to a count from samples of its expected number: a
// mixture of negative binomial distributions with these means and variance =
// dispersion x mean; of Poisson distributions for a dispersion of 1.
func (q *Question) Expected(means []float64, dispersion float64) Distribution {
	top := 0.0
	for _, m := range means {
		top = max(top, m+float64(8*math.Sqrt(dispersion*m))+10)
	}
	top = min(math.Ceil(top), q.High)
	curve := []Point{{q.bottom(), 0}}
	last := math.Inf(-1)
	for k := range 2*levels - 1 {
		// Closer together near the bottom, where counts are small.
		f := float64(k) / (2*levels - 2)
		x := q.Low + math.Floor(float64((top-q.Low)*float64(f*f)))
		if x <= last {
			continue
		}
		last = x
		p := 0.0
		for _, m := range means {
			p += countCDF(x, m, dispersion)
		}
		curve = append(curve, Point{x, round(p / float64(len(means)))})
	}
	return Distribution{Curve: q.thin(curve)}
}

// countCDF is the probability of at most k by the negative binomial
// distribution, through the regularised incomplete beta function (Johnson, Kemp
// and Kotz 2005, "Univariate Discrete Distributions", 5.6).
func countCDF(k, mean, dispersion float64) float64 {
	switch {
	case mean <= 0:
		return 1
	case dispersion <= 1:
		return mathext.GammaIncRegComp(k+1, mean)
	}
	return fpmath.BetaCDF(1/dispersion, mean/(dispersion-1), k+1)
}

// round drops the last digits of a probability, in which processors differ.
func round(p float64) float64 { return math.Round(p*1e10) / 1e10 }
