package discovery

import (
	"math"
	"slices"

	"handover/fpmath"
)

// telling lists the factors whose values differ between cases and other points by
// more than chance would make them, at a level: by the test of Kolmogorov and
// Smirnov, for categories by chi-squared. Among many factors, peeling takes slices
// that are empty of cases by luck for slices that matter; fewer factors leave less to
// luck.
func (d *Data) telling(level float64) []int {
	var told []int
	for f := range d.factors {
		test := d.kolmogorovSmirnov
		if d.factors[f].Kind == Categorical {
			test = d.chiSquared
		}
		if test(f) < level {
			told = append(told, f)
		}
	}
	return told
}

// kolmogorovSmirnov is the p-value of the two-sample test of cases against others,
// by its asymptotic distribution (Stephens 1970).
func (d *Data) kolmogorovSmirnov(f int) float64 {
	values, order := d.factors[f].Values, d.order[f]
	cases, others := float64(d.count), float64(len(d.cases)-d.count)
	a, b, largest := 0.0, 0.0, 0.0
	for k, i := range order {
		if d.cases[i] {
			a++
		} else {
			b++
		}
		if k+1 == len(order) || values[order[k+1]] != values[i] {
			largest = math.Max(largest, math.Abs(a/cases-b/others))
		}
	}
	root := math.Sqrt(cases * others / (cases + others))
	x := (root + 0.12 + 0.11/root) * largest
	sum, sign := 0.0, 1.0
	for j := 1.0; j <= 100; j++ {
		term := fpmath.Exp(-2 * j * j * x * x)
		sum += float64(sign * term)
		if term < 1e-12 {
			break
		}
		sign = -sign
	}
	return math.Max(0, math.Min(1, 2*sum))
}

// chiSquared is the p-value of the test that cases are as frequent in all
// categories, by the approximation of Wilson and Hilferty 1931.
func (d *Data) chiSquared(f int) float64 {
	values := d.factors[f].Values
	kinds := slices.Clone(values)
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	if len(kinds) < 2 {
		return 1
	}
	share, x := float64(d.count)/float64(len(values)), 0.0
	for _, v := range kinds {
		points, cases := 0.0, 0.0
		for i := range values {
			if values[i] == v {
				points++
				if d.cases[i] {
					cases++
				}
			}
		}
		off := cases - float64(points*share)
		x += off * off / (points * share * (1 - share))
	}
	k := float64(len(kinds) - 1)
	z := (math.Cbrt(x/k) - (1 - 2/(9*k))) / math.Sqrt(2/(9*k))
	return 0.5 * fpmath.Erfc(z/math.Sqrt2)
}

// subset is the data of some points, in ascending order; nil when they are all
// alike.
func (d *Data) subset(points []int) *Data {
	factors := slices.Clone(d.factors)
	for f := range factors {
		values := make([]float64, len(points))
		for k, i := range points {
			values[k] = d.factors[f].Values[i]
		}
		factors[f].Values = values
	}
	cases := make([]bool, len(points))
	for k, i := range points {
		cases[k] = d.cases[i]
	}
	part, err := NewData(factors, cases)
	if err != nil {
		return nil
	}
	return part
}
