package calibrate

import (
	"math"

	"handover/fpmath"
)

// moments are mean and standard deviation.
type moments struct{ mean, deviation float64 }

func momentsOf(values []float64) moments {
	mean := 0.0
	for _, x := range values {
		mean += x
	}
	mean /= float64(len(values))
	sum := 0.0
	for _, x := range values {
		sum += float64((x - mean) * (x - mean))
	}
	return moments{mean, math.Sqrt(sum / float64(max(1, len(values)-1)))}
}

// column is a parameter over chains and snapshots: by chain, then generation.
func (s *population) column(k int) [][]float64 {
	if len(s.Snapshots) == 0 {
		return nil
	}
	chains := make([][]float64, len(s.Snapshots[0]))
	for i := range chains {
		for _, snapshot := range s.Snapshots {
			chains[i] = append(chains[i], snapshot[i][k])
		}
	}
	return chains
}

func flat(chains [][]float64) []float64 {
	var all []float64
	for _, c := range chains {
		all = append(all, c...)
	}
	return all
}

// mixing returns the potential scale reduction of chains, each cut in two (Gelman
// and others, Bayesian Data Analysis, 3rd edition, 11.4), and the effective number
// of independent draws among them, from autocorrelations within and between
// chains, summed while pairs stay positive (Geyer 1992). NaN with fewer than four
// values a chain.
func mixing(chains [][]float64) (reduction, effective float64) {
	if len(chains) == 0 || len(chains[0]) < 4 {
		return math.NaN(), math.NaN()
	}
	half := len(chains[0]) / 2
	var parts [][]float64
	for _, c := range chains {
		parts = append(parts, c[:half], c[len(c)-half:])
	}
	m, n := float64(len(parts)), float64(half)
	means := make([]float64, len(parts))
	within := 0.0
	for i, c := range parts {
		x := momentsOf(c)
		means[i] = x.mean
		within += float64(x.deviation*x.deviation) / m
	}
	between := momentsOf(means).deviation
	variance := float64(within*(n-1)/n) + float64(between*between)
	if within == 0 {
		return 1, float64(m * n)
	}
	reduction = math.Sqrt(variance / within)

	correlation := func(lag int) float64 {
		sum := 0.0
		for i, c := range parts {
			covariance := 0.0
			for t := lag; t < len(c); t++ {
				covariance += float64((c[t] - means[i]) * (c[t-lag] - means[i]))
			}
			sum += covariance / n / m
		}
		return 1 - (float64(within*(n-1)/n)-sum)/variance
	}
	total := 1.0
	for lag := 1; lag+1 < half; lag += 2 {
		pair := correlation(lag) + correlation(lag+1)
		if pair <= 0 {
			break
		}
		total += float64(2 * pair)
	}
	return reduction, min(float64(m*n)/total, float64(m*n))
}

// disagreement is the distance of two populations' means of a parameter, in
// standard deviations of both together.
func disagreement(a, b []float64) float64 {
	x, y := momentsOf(a), momentsOf(b)
	pooled := math.Sqrt((float64(x.deviation*x.deviation) + float64(y.deviation*y.deviation)) / 2)
	if pooled == 0 {
		return 0
	}
	return math.Abs(x.mean-y.mean) / pooled
}

// learned is how much data moved a parameter away from its prior, in nats: the
// divergence of a normal distribution with the posterior's mean and deviation from
// the standard normal one, which is the prior here. 0 when nothing was learned.
func learned(m moments) float64 {
	if m.deviation == 0 {
		return math.Inf(1)
	}
	v := float64(m.deviation * m.deviation)
	return (v + float64(m.mean*m.mean) - 1 - fpmath.Log(v)) / 2
}

// informedFrom is from how many nats a parameter counts as informed by data: the
// mean is moved by about half a standard deviation of the prior, or the spread
// narrowed by about a third.
const informedFrom = 0.1
