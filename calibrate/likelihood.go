package calibrate

import (
	"math"

	"handover/casefile"
	"handover/fpmath"
)

// least keeps expectations above 0, where the model has none but something was
// seen: as unlikely as anything, not impossible, so that chains find a way out.
const least = 1e-6

// series is one part of an observation: what was seen, and what the model has for
// it.
type series struct {
	o      *casefile.Observation
	part   int
	column int // of the program
	rows   []row
	over   *row // the period to which values are relative
	// dispersion or scale, and bias.
	spread, bias    number
	shift, freedom  float64
	autocorrelation float64
	weight          float64
	logGams         float64
}

// row is one observed value.
type row struct {
	casefile.ObservedValue
	// from is the save time at which the period starts.
	from int
	// follows says that the row before is the period before.
	follows bool
	// logValue is log(value + shift).
	logValue float64
}

// aggregate makes of the values at save times the value of the row's period.
// Months take the mean of their start and end. values holds save time t of a run at
// values[t*stride].
func (s *series) aggregate(r *row, values []float64, stride int) float64 {
	months := r.Period.Months
	if s.o.Aggregate == casefile.EndOfPeriod {
		return values[(r.from+months)*stride]
	}
	sum := (values[r.from*stride] + values[(r.from+months)*stride]) / 2
	for k := 1; k < months; k++ {
		sum += values[(r.from+k)*stride]
	}
	if s.o.Aggregate == casefile.MeanOfMonths {
		return sum / float64(months)
	}
	return sum
}

// expectation is what the model has for a row: with bias, and relative to the
// period over. NaN where the model fails.
func (s *series) expectation(r *row, values []float64, stride int, bias float64) float64 {
	m := s.aggregate(r, values, stride) * bias
	if s.over != nil {
		m /= s.aggregate(s.over, values, stride)
	}
	if !(m >= -least) || math.IsInf(m, 1) {
		return math.NaN()
	}
	return max(m, least)
}

// logLikelihood is that of one run: parameters has the values of all parameters.
// residuals, when not nil, has room for a number a row, and takes the deviations on
// the logarithm.
func (s *series) logLikelihood(parameters, values []float64, stride int, residuals []float64) float64 {
	bias, spread := s.bias.of(parameters), s.spread.of(parameters)
	if s.o.Likelihood == casefile.NegativeBinomial {
		return s.counts(bias, spread, values, stride)
	}
	if residuals == nil {
		residuals = make([]float64, len(s.rows))
	}
	mean := 0.0
	for i := range s.rows {
		r := &s.rows[i]
		m := s.expectation(r, values, stride, bias)
		if math.IsNaN(m) {
			return math.Inf(-1)
		}
		residuals[i] = r.logValue - fpmath.Log(m+s.shift)
		mean += residuals[i]
	}
	if s.o.Shape {
		mean /= float64(len(s.rows))
		for i := range residuals {
			residuals[i] -= mean
		}
	}
	total := 0.0
	narrowed := spread * math.Sqrt(1-float64(s.autocorrelation*s.autocorrelation))
	logWide, logNarrow := fpmath.Log(spread), fpmath.Log(narrowed)
	for i := range s.rows {
		x, wide, logScale := residuals[i], spread, logWide
		if s.rows[i].follows && s.autocorrelation > 0 {
			x -= float64(s.autocorrelation * residuals[i-1])
			wide, logScale = narrowed, logNarrow
		}
		x /= wide
		if s.o.Likelihood == casefile.StudentLog {
			total += s.logGams - logScale - float64((s.freedom+1)/2*fpmath.Log1p(float64(x*x)/s.freedom))
		} else {
			total -= float64(float64(x*x)/2) + logScale
		}
	}
	if s.o.Shape {
		total += logWide // one value went into the level
	}
	return s.weight * total
}

// counts is the log likelihood of counts: negative binomial with mean m and
// variance m + m*m/k.
func (s *series) counts(bias, k float64, values []float64, stride int) float64 {
	total, logK, gammaK := 0.0, fpmath.Log(k), fpmath.LogGamma(k)
	for i := range s.rows {
		r := &s.rows[i]
		m := s.expectation(r, values, stride, bias)
		if math.IsNaN(m) {
			return math.Inf(-1)
		}
		logSum := fpmath.Log(k + m)
		total += float64(k * (logK - logSum))
		if y := r.Value; y > 0 {
			total += fpmath.LogGamma(y+k) - gammaK - r.logValue + float64(y*(fpmath.Log(m)-logSum))
		}
	}
	weight := s.weight * (1 - s.autocorrelation) / (1 + s.autocorrelation)
	return weight * total
}

// ready computes what does not change from run to run.
func (s *series) ready() {
	for i := range s.rows {
		r := &s.rows[i]
		if s.o.Likelihood == casefile.NegativeBinomial {
			r.logValue = fpmath.LogGamma(r.Value + 1)
		} else {
			r.logValue = fpmath.Log(r.Value + s.shift)
		}
		r.follows = i > 0 && s.rows[i-1].Period.Months == r.Period.Months && s.rows[i-1].Period.Last()+1 == r.Period.First
	}
	if s.o.Likelihood == casefile.StudentLog {
		v := s.freedom
		s.logGams = fpmath.LogGamma((v+1)/2) - fpmath.LogGamma(v/2) - float64(fpmath.Log(v*math.Pi)/2)
	}
}
