package change

import (
	"math"

	"handover/fpmath"
)

// Trend is the level of a count at its last month and how it moves.
type Trend struct {
	// Months is how many known months the fit rests on.
	Months int
	// Level is the fitted mean of the last month, with the ends of its interval.
	Level, LevelLow, LevelHigh float64
	// Growth is the relative change a month, such as 0.05 for 5%, with the ends of
	// its interval; NaN when all counts are zero.
	Growth, GrowthLow, GrowthHigh float64
	// K is the dispersion.
	K float64
}

// growthSD is the standard deviation, around no growth, of the prior of the
// monthly log growth. It is wide (doubling in three and a half months is one
// standard deviation) and keeps a fit to few events from running away.
const growthSD = 0.2

// FitTrend fits log(mean) = level + growth x month by penalised maximum
// likelihood to a negative binomial count (Hilbe 2011, "Negative Binomial
// Regression", NB2) and gives intervals that hold the truth with the given
// probability. months are the times of the counts, in order; the level is that
// of the last. The dispersion is estimated from what the trend leaves. It needs
// six months; ok is false with fewer.
func FitTrend(months []int, counts []float64, probability float64) (t Trend, ok bool) {
	n := len(counts)
	if n < 6 || n != len(months) {
		return Trend{}, false
	}
	t.Months = n
	total := 0.0
	for _, x := range counts {
		total += x
	}
	tail := float64((1 - probability) / 2)
	if total == 0 {
		// The posterior of a Poisson mean after n months of nothing under
		// Jeffreys's prior is a gamma distribution of shape 1/2.
		z := fpmath.NormalQuantile(1 - float64(tail/2))
		low := fpmath.NormalQuantile(float64((1 + tail) / 2))
		t.LevelHigh = float64(z*z) / 2 / float64(n)
		t.LevelLow = float64(low*low) / 2 / float64(n)
		t.Growth, t.GrowthLow, t.GrowthHigh = math.NaN(), math.NaN(), math.NaN()
		t.K = Dispersion(counts)
		return t, true
	}
	last := months[n-1]
	a, b := fpmath.Log(total/float64(n)), 0.0
	t.K = Dispersion(counts)
	for range 4 {
		a, b, _, _ = fit(months, counts, last, a, b, t.K)
		t.K = profile(months, counts, last, a, b)
	}
	a, b, va, vb := fit(months, counts, last, a, b, t.K)
	// Few months tell little about the dispersion: Student's t in place of the
	// normal quantile, by the expansion of Cornish and Fisher.
	z := fpmath.NormalQuantile(1 - tail)
	z += (float64(z*z*z) + z) / (4 * float64(max(n-3, 1)))
	t.Level = fpmath.Exp(a)
	t.LevelLow, t.LevelHigh = fpmath.Exp(a-float64(z*va)), fpmath.Exp(a+float64(z*va))
	t.Growth = fpmath.Expm1(b)
	t.GrowthLow, t.GrowthHigh = fpmath.Expm1(b-float64(z*vb)), fpmath.Expm1(b+float64(z*vb))
	return t, true
}

// fit finds level and growth for a dispersion by Fisher's scoring, and their
// standard errors.
func fit(months []int, counts []float64, last int, a, b, k float64) (level, growth, levelSE, growthSE float64) {
	prior := 1 / (growthSD * growthSD)
	var saa, sab, sbb float64
	for range 60 {
		saa, sab, sbb = 1e-9, 0, prior
		ga, gb := 0.0, -b*prior
		for i, x := range counts {
			time := float64(months[i] - last)
			mean := fpmath.Exp(min(max(a+float64(b*time), -20), 20))
			w := mean / (1 + mean/k)
			g := (x - mean) / (1 + mean/k)
			ga += g
			gb += float64(g * time)
			saa += w
			sab += float64(w * time)
			sbb += float64(w * time * time)
		}
		det := float64(saa*sbb) - float64(sab*sab)
		da := (float64(sbb*ga) - float64(sab*gb)) / det
		db := (float64(saa*gb) - float64(sab*ga)) / det
		da, db = min(max(da, -2), 2), min(max(db, -0.3), 0.3)
		a, b = a+da, b+db
		if math.Abs(da)+math.Abs(db) < 1e-10 {
			break
		}
	}
	det := float64(saa*sbb) - float64(sab*sab)
	return a, b, math.Sqrt(sbb / det), math.Sqrt(saa / det)
}

// profile finds the dispersion of highest likelihood given the means, with the
// prior of Dispersion: log k around log 2, wide.
func profile(months []int, counts []float64, last int, a, b float64) float64 {
	score := func(logK float64) float64 {
		k := fpmath.Exp(logK)
		d := logK - fpmath.Log(2)
		sum := -float64(d*d) / 2
		for i, x := range counts {
			sum += LogMass(x, fpmath.Exp(min(max(a+float64(b*float64(months[i]-last)), -20), 20)), k)
		}
		return sum
	}
	// Golden section on the log scale.
	low, high := fpmath.Log(leastK), fpmath.Log(mostK)
	const g = 0.6180339887498949
	x1, x2 := high-float64(g*(high-low)), low+float64(g*(high-low))
	f1, f2 := score(x1), score(x2)
	for range 40 {
		if f1 > f2 {
			high, x2, f2 = x2, x1, f1
			x1 = high - float64(g*(high-low))
			f1 = score(x1)
		} else {
			low, x1, f1 = x1, x2, f2
			x2 = low + float64(g*(high-low))
			f2 = score(x2)
		}
	}
	return fpmath.Exp((low + high) / 2)
}
