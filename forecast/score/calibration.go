package score

import (
	"cmp"
	"math"
	"slices"

	"handover/fpmath"
)

// PIT is the probability integral transform of an outcome y under the sample:
// the shares of draws below y and at most y. For counts they differ, and the
// outcome's place is the whole interval between them.
func (s Sample) PIT(y float64) (low, high float64) {
	below, _ := slices.BinarySearch(s, y)
	upTo := below
	for upTo < len(s) && s[upTo] == y {
		upTo++
	}
	n := float64(len(s))
	return float64(below) / n, float64(upTo) / n
}

// Histogram is a PIT histogram without random numbers (Czado, Gneiting and Held
// 2009, "Predictive model assessment for count data"): an outcome spreads evenly
// over the interval of its PIT. Calibrated forecasts fill all bins alike.
type Histogram struct {
	// Bins sum to N.
	Bins []float64
	N    int
}

// NewHistogram makes an empty histogram of bins of equal width.
func NewHistogram(bins int) *Histogram { return &Histogram{Bins: make([]float64, bins)} }

// Add adds the PIT of one outcome.
func (h *Histogram) Add(low, high float64) {
	h.N++
	n := float64(len(h.Bins))
	if high <= low {
		// No draw is at the outcome: its place is a point.
		h.Bins[min(int(low*n), len(h.Bins)-1)]++
		return
	}
	for i := range h.Bins {
		from, to := float64(i)/n, float64(i+1)/n
		if part := min(high, to) - max(low, from); part > 0 {
			h.Bins[i] += part / (high - low)
		}
	}
}

// Uneven is the largest distance of the cumulative histogram from that of
// calibrated forecasts, from 0 to 1 (the statistic of Kolmogorov and Smirnov).
func (h *Histogram) Uneven() float64 {
	worst, below := 0.0, 0.0
	for i, b := range h.Bins {
		below += b
		worst = max(worst, math.Abs(below/float64(h.N)-float64(i+1)/float64(len(h.Bins))))
	}
	return worst
}

// Judged is the probability that was given to an event, and whether it happened.
type Judged struct {
	P        float64
	Happened bool
}

// Group is a bin of a reliability diagram.
type Group struct {
	// Mean is the mean probability, Observed the share that happened, of N.
	Mean, Observed float64
	N              int
	// Low and High are the 90% interval of Wilson (1927) for the share.
	Low, High float64
}

// Reliability groups probabilities, in ascending order, into about equal parts:
// the points of a reliability diagram. Equal probabilities stay together, so
// parts may differ in size and be fewer.
func Reliability(list []Judged, parts int) []Group {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b Judged) int { return cmp.Compare(a.P, b.P) })
	var out []Group
	for from := 0; from < len(sorted); {
		to := max(from+1, (len(out)+1)*len(sorted)/parts)
		for to < len(sorted) && sorted[to].P == sorted[to-1].P {
			to++
		}
		out = append(out, group(sorted[from:to]))
		from = to
	}
	return out
}

func group(list []Judged) Group {
	var p sum
	k := 0
	for _, j := range list {
		p.add(j.P)
		if j.Happened {
			k++
		}
	}
	n := float64(len(list))
	g := Group{Mean: p.value() / n, Observed: float64(k) / n, N: len(list)}
	g.Low, g.High = Wilson(k, len(list), 0.9)
	return g
}

// Wilson is the interval for a share of k of n at a level of confidence (Wilson
// 1927).
func Wilson(k, n int, level float64) (low, high float64) {
	return WilsonShare(float64(k)/float64(n), float64(n), level)
}

// WilsonShare is Wilson for a share, from 0 to 1, of a count of independent trials
// that need not be whole, such as an effective number.
func WilsonShare(share, count, level float64) (low, high float64) {
	z := fpmath.NormalQuantile((1 + level) / 2)
	zz := float64(z * z)
	centre := (share + zz/(2*count)) / (1 + zz/count)
	half := float64(z / (1 + zz/count) * math.Sqrt(float64(share*(1-share))/count+zz/(4*float64(count*count))))
	return max(0, centre-half), min(1, centre+half)
}

// Decomposition splits the Brier score of grouped probabilities (Murphy 1973):
// the score is Reliability - Resolution + Uncertainty, and what differs within
// the groups.
type Decomposition struct {
	// Reliability is how far the groups are from their shares, 0 for calibrated.
	Reliability float64
	// Resolution is how far the groups' shares are from the share of all.
	Resolution float64
	// Uncertainty is the score of always saying the share of all.
	Uncertainty float64
}

// Decompose splits the score of a reliability diagram's groups.
func Decompose(groups []Group) Decomposition {
	var n, happened float64
	for _, g := range groups {
		n += float64(g.N)
		happened += float64(g.Observed * float64(g.N))
	}
	all := happened / n
	d := Decomposition{Uncertainty: all * (1 - all)}
	for _, g := range groups {
		share := float64(g.N) / n
		off, apart := g.Mean-g.Observed, g.Observed-all
		d.Reliability += float64(share * float64(off*off))
		d.Resolution += float64(share * float64(apart*apart))
	}
	return d
}
