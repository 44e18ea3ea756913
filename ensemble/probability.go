package ensemble

import (
	"math"
)

// The intervals of probabilities answer: what would the probability be had the
// structure of the model been another one of the kinds that the case names, and
// had there been endless futures? Both doubts enter as variances.

// grouping splits the futures into cells that share the options of structural
// uncertainties.
type grouping struct {
	// cell holds the number of the cell of each future.
	cell []int32
	// cells is how many there are.
	cells int
}

// missing marks, among values one a future, a future that is left out.
var missing = math.NaN()

// sample is the number, mean and sampling variance of the mean of the futures
// of a cell.
type sample struct{ n, mean, variance float64 }

// betweenVariance estimates how much the true means of cells differ, as a
// variance, by the method of moments: the observed variance of the means of the
// cells less what sampling within cells explains, not below 0. With shares
// w = n/Σn it is
//
//	( Σ w (mean - Σ w mean)² - Σ w (1-w) variance ) / Σ w (1-w)
//
// which is Kleinman's estimator for beta-binomial data with weights n
// ("Proportions with extraneous variance", JASA 68(341), 1973) and that of
// DerSimonian and Laird ("Meta-analysis in clinical trials", Controlled Clinical
// Trials 7(3), 1986) with the same weights. Cells without futures do not count;
// with fewer than two cells it is 0.
func betweenVariance(cells []sample) float64 {
	total := 0.0
	for _, c := range cells {
		total += c.n
	}
	mean, scale := 0.0, 0.0
	for _, c := range cells {
		w := c.n / total
		mean += float64(w * c.mean)
		scale += float64(w * (1 - w))
	}
	if !(scale > 0) {
		return 0
	}
	excess := 0.0
	for _, c := range cells {
		w, d := c.n/total, c.mean-mean
		excess += float64(w * float64(d*d))
		excess -= float64(float64(w*(1-w)) * c.variance)
	}
	return math.Max(0, excess/scale)
}

// samples summarises values (one a future; missing for a future left out) by cell.
// The sampling variance of a cell's mean is s²/n with the cell's own s²; a cell
// of one future takes the pooled s² of the others.
func samples(g grouping, values []float64) []sample {
	sum, square, n := make([]float64, g.cells), make([]float64, g.cells), make([]float64, g.cells)
	for i, v := range values {
		if v == v {
			c := g.cell[i]
			n[c]++
			sum[c] += v
			square[c] += float64(v * v)
		}
	}
	pooled, freedom := 0.0, 0.0
	for c := range n {
		if n[c] > 1 {
			pooled += math.Max(0, square[c]-float64(sum[c]*sum[c])/n[c])
			freedom += n[c] - 1
		}
	}
	if freedom > 0 {
		pooled /= freedom
	}
	var cells []sample
	for c := range n {
		if n[c] == 0 {
			continue
		}
		s := pooled
		if n[c] > 1 {
			s = math.Max(0, square[c]-float64(sum[c]*sum[c])/n[c]) / (n[c] - 1)
		}
		cells = append(cells, sample{n: n[c], mean: sum[c] / n[c], variance: s / n[c]})
	}
	return cells
}

// structuralVariance is the variance between structural alternatives. Where
// the futures suffice there is one grouping, by combinations of options, and
// this is its between-cell variance. Else there is one grouping for each
// structural uncertainty and their variances add up, as main effects of
// independent factors do; what two uncertainties do only together is then left
// out.
func structuralVariance(groupings []grouping, values []float64) float64 {
	v := 0.0
	for _, g := range groupings {
		v += betweenVariance(samples(g, values))
	}
	return v
}

// probabilityInterval is the probability of an event that happened in k of n
// futures, with the 10% and 90% quantiles of a Beta distribution. With
// m = (k+½)/(n+1) its mean is m and its variance
//
//	between + m(1-m)/(n+2)
//
// Without variance between alternatives this is the Jeffreys posterior
// Beta(k+½, n-k+½) (Brown, Cai and DasGupta, "Interval estimation for a binomial
// proportion", Statistical Science 16(2), 2001), so that an event that never
// happened in n futures still has a high end above 0. As they advise, the
// interval always holds k/n itself. Where the variance nears the largest that a
// probability can have, m(1-m), the distribution is held at a+b = 1/50, which
// is practically 0 or 1.
func probabilityInterval(k, n int, between float64) Interval {
	p := float64(k) / float64(n)
	m := (float64(k) + 0.5) / (float64(n) + 1)
	spare := float64(m * (1 - m))
	strength := math.Max(1.0/50, spare/(between+spare/(float64(n)+2))-1)
	a, b := float64(m*strength), float64((1-m)*strength)
	return Interval{
		Low:    math.Min(decimals(betaQuantile(0.10, a, b)), p),
		Middle: p,
		High:   math.Max(decimals(betaQuantile(0.90, a, b)), p),
	}
}

// normal90 is the 90% quantile of the standard normal distribution.
const normal90 = 1.2815515655446004

// differenceInterval is the difference of the probabilities of an event under
// two strategies in the same futures: more counts the futures in which it
// happened under the first alone, less those under the second alone, of n. The
// interval is normal, centre ± 1.2816 √(between + sampling), cut at -1 and 1.
// Between is the variance between structural alternatives of the difference
// itself. Centre and sampling are those of Bonett and Price's adjusted interval
// for paired proportions ("Adjusted Wald confidence interval for a difference of
// binomial proportions based on paired data", J. Educational and Behavioral
// Statistics 37(4), 2012): with q = (more+1)/(n+2) and r = (less+1)/(n+2) the
// centre is q-r and the variance (q+r-(q-r)²)/(n+2), so that strategies that
// never differed in n futures still have an interval. It always holds the
// observed difference.
func differenceInterval(more, less, n int, between float64) *Interval {
	d := float64(more-less) / float64(n)
	size := float64(n) + 2
	q, r := (float64(more)+1)/size, (float64(less)+1)/size
	sampling := (q + r - float64((q-r)*(q-r))) / size
	half := float64(normal90 * math.Sqrt(between+sampling))
	return &Interval{
		Low:    math.Min(d, math.Max(-1, decimals(q-r-half))),
		Middle: d,
		High:   math.Max(d, math.Min(1, decimals(q-r+half))),
	}
}

// decimals rounds a probability to 12 decimals.
func decimals(p float64) float64 { return math.Round(p*1e12) / 1e12 }
