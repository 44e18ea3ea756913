package hindcast

import (
	"math"

	"handover/fpmath"
	"handover/random"
)

// Names of the baselines, in order.
const (
	LastValue = "last value"
	YearMean  = "mean of the last year"
	Bootstrap = "bootstrap of the last year"
	AllPast   = "all of the past"
	AR1       = "AR(1)"
)

// Baselines lists the names of the baselines.
func Baselines() []string { return []string{LastValue, YearMean, Bootstrap, AllPast, AR1} }

// arSample is how many paths of an AR(1) make a forecast.
const arSample = 400

// Baseline forecasts the next steps of a series from its past by a baseline of
// Baselines. past holds values on the scale on which they are scored, one a period,
// oldest first, and at least one; year is how many periods make a year. seed
// matters for AR(1) alone.
func Baseline(name string, past []float64, year, steps int, seed uint64) []Forecast {
	recent := past[max(0, len(past)-year):]
	var one Forecast
	switch name {
	case LastValue:
		one = Forecast{past[len(past)-1]}
	case YearMean:
		one = Forecast{logMean(recent)}
	case Bootstrap:
		one = append(one, recent...)
	case AllPast:
		one = append(one, past...)
	case AR1:
		return autoregressive(past, steps, seed)
	default:
		panic("hindcast: no baseline " + name)
	}
	forecasts := make([]Forecast, steps)
	for h := range forecasts {
		forecasts[h] = one
	}
	return forecasts
}

// logMean is the mean of the values themselves, where scores are on the logarithm
// of value + 1.
func logMean(values []float64) float64 {
	sum := 0.0
	for _, x := range values {
		sum += fpmath.Expm1(x)
	}
	return fpmath.Log1p(sum / float64(len(values)))
}

// autoregressive fits x(t) = c + a x(t-1) + e by least squares and draws paths with
// normal errors; a is held below 1 so that forecasts do not run away.
func autoregressive(past []float64, steps int, seed uint64) []Forecast {
	n := float64(len(past) - 1)
	c, a, deviation := past[len(past)-1], 0.0, leastDeviation
	if n >= 3 {
		var x, y, xx, xy float64
		for t := 1; t < len(past); t++ {
			x += past[t-1] / n
			y += past[t] / n
		}
		for t := 1; t < len(past); t++ {
			xx += float64((past[t-1] - x) * (past[t-1] - x))
			xy += float64((past[t-1] - x) * (past[t] - y))
		}
		if xx > 0 {
			a = min(0.995, max(-0.995, xy/xx))
		}
		c = y - float64(a*x)
		squares := 0.0
		for t := 1; t < len(past); t++ {
			e := past[t] - c - float64(a*past[t-1])
			squares += float64(e * e)
		}
		deviation = math.Sqrt(squares / max(1, n-2))
	}
	forecasts := make([]Forecast, steps)
	site := random.Site("hindcast: AR(1)")
	for i := range arSample {
		stream := random.At(seed, uint32(i), 0, site)
		x := past[len(past)-1]
		for h := range forecasts {
			x = c + float64(a*x) + float64(deviation*stream.Normal())
			forecasts[h] = append(forecasts[h], max(0, x))
		}
	}
	return forecasts
}

// Courses are n courses of a count in the next steps by a baseline of Baselines, by
// step, then by course, in whole numbers. past holds counts, one a period, oldest
// first, and at least one; year is how many periods make a year. Baselines that
// resample draw each step by itself, so that the sum of a course is not twelve times
// one month.
func Courses(name string, past []float64, year, steps, n int, seed uint64) [][]float64 {
	logs := make([]float64, len(past))
	for i, x := range past {
		logs[i] = fpmath.Log1p(x)
	}
	site := random.Site("hindcast: courses of " + name)
	out := make([][]float64, steps)
	for h, f := range Baseline(name, logs, year, steps, seed) {
		out[h] = make([]float64, n)
		for k := range out[h] {
			// The sample of AR(1) holds its paths in the same order at each step.
			at := k % len(f)
			if name != AR1 {
				stream := random.At(seed, uint32(k), uint32(h), site)
				at = min(int(stream.Uniform()*float64(len(f))), len(f)-1)
			}
			out[h][k] = math.Round(fpmath.Expm1(f[at]))
		}
	}
	return out
}
