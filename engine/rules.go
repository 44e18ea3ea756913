package engine

import (
	"math"
	"slices"

	"handover/fpmath"
)

// sortedOrder lists the places of values in rising (or falling) order; equal
// values stand in the order of the second values, if there are any, and of the
// array.
func sortedOrder(x, second []float64, falling bool) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		c := compareNaN(x[a], x[b])
		if c == 0 && second != nil {
			c = compareNaN(second[a], second[b])
		}
		if falling {
			c = -c
		}
		return c
	})
	return order
}

// compareNaN orders numbers, NaN before all others.
func compareNaN(a, b float64) int {
	switch {
	case a < b || a != a && b == b:
		return -1
	case a > b || a == a && b != b:
		return 1
	}
	return 0
}

// knownAction reports whether a number is an action of VECTOR SELECT.
func knownAction(action float64) bool {
	return action >= 0 && action <= 10 && action == math.Floor(action)
}

// selected is VECTOR SELECT over pairs of selection and value.
func selected(pairs []float64, missing, code float64) float64 {
	if !knownAction(code) {
		return math.NaN()
	}
	action := int(code)
	var values []float64
	for i := 0; i < len(pairs); i += 2 {
		s, x := pairs[i], pairs[i+1]
		switch {
		case s == 0:
			continue
		case action < 5:
			x *= s
		case action == 5:
			x = power(x, s)
		}
		values = append(values, x)
	}
	if len(values) == 0 {
		return missing
	}
	result := values[0]
	for _, x := range values[1:] {
		switch action {
		case 0, 6, 4, 10:
			result += x
		case 1, 7, 5:
			result *= x
		case 2, 8:
			result = min(result, x)
		case 3, 9:
			result = max(result, x)
		}
	}
	if action == 4 || action == 10 {
		result /= float64(len(values))
	}
	return result
}

// invert writes the inverse of a matrix of n rows to out, by Gauss and Jordan's
// elimination with the largest pivot of each column; NaN throughout for a
// singular one.
func invert(n int, matrix, out []float64) {
	a := slices.Clone(matrix)
	for i := range out {
		out[i] = 0
		if i/n == i%n {
			out[i] = 1
		}
	}
	for c := range n {
		pivot := c
		for r := c + 1; r < n; r++ {
			if math.Abs(a[r*n+c]) > math.Abs(a[pivot*n+c]) {
				pivot = r
			}
		}
		if !(math.Abs(a[pivot*n+c]) > 0) {
			for i := range out {
				out[i] = math.NaN()
			}
			return
		}
		for k := range n {
			a[c*n+k], a[pivot*n+k] = a[pivot*n+k], a[c*n+k]
			out[c*n+k], out[pivot*n+k] = out[pivot*n+k], out[c*n+k]
		}
		by := a[c*n+c]
		for k := range n {
			a[c*n+k] /= by
			out[c*n+k] /= by
		}
		for r := range n {
			f := a[r*n+c]
			if r == c || f == 0 {
				continue
			}
			for k := range n {
				a[r*n+k] -= float64(f * a[c*n+k])
				out[r*n+k] -= float64(f * out[c*n+k])
			}
		}
	}
}

// profileSize is how many numbers a priority profile has: the kind of its curve,
// priority, width, and one that these curves do not use.
const profileSize = 4

// The kinds of demand curve of ALLOCATE AVAILABLE: how a request falls from all to
// nothing as the price rises past the priority.
const (
	curveRectangular = 1
	curveTriangular  = 2
	curveNormal      = 3
	curveExponential = 4
)

func knownCurve(kind float64) bool {
	return kind == curveRectangular || kind == curveTriangular || kind == curveNormal || kind == curveExponential
}

// demand is the share of a request that is asked for at a price.
func demand(profile []float64, price float64) float64 {
	x := (price - profile[1]) / profile[2]
	switch profile[0] {
	case curveRectangular:
		return math.Max(0, math.Min(1, 0.5-x))
	case curveTriangular:
		switch {
		case x <= -0.5:
			return 1
		case x < 0:
			return 1 - float64(2*float64((x+0.5)*(x+0.5)))
		case x < 0.5:
			return 2 * float64((0.5-x)*(0.5-x))
		}
		return 0
	case curveNormal:
		return 0.5 * fpmath.Erfc(x/math.Sqrt2)
	case curveExponential:
		if x < 0 {
			return 1 - float64(0.5*fpmath.Exp(x))
		}
		return 0.5 * fpmath.Exp(-x)
	}
	return math.NaN()
}

// allocateSupply shares a supply among requests: at the price at which all that is
// asked for is what there is. Everybody gets what they ask for when there is
// enough, and nothing when there is none. NaN for requests below zero, widths that
// are not above zero, or an unknown curve.
func allocateSupply(requests, profiles []float64, supply float64, out []float64) {
	total := 0.0
	low, high := math.Inf(1), math.Inf(-1)
	valid := supply == supply
	for i, r := range requests {
		profile := profiles[i*profileSize:][:profileSize]
		valid = valid && r >= 0 && profile[2] > 0 && knownCurve(profile[0]) && !math.IsInf(profile[1], 0) && profile[1] == profile[1]
		total += r
		// 40 widths away nothing is left of the longest tail.
		low = math.Min(low, profile[1]-float64(40*profile[2]))
		high = math.Max(high, profile[1]+float64(40*profile[2]))
	}
	switch {
	case !valid:
		for i := range out {
			out[i] = math.NaN()
		}
		return
	case supply >= total:
		copy(out, requests)
		return
	case supply <= 0:
		for i := range out {
			out[i] = 0
		}
		return
	}
	at := func(price float64) float64 {
		sum := 0.0
		for i, r := range requests {
			out[i] = float64(r * demand(profiles[i*profileSize:][:profileSize], price))
			sum += out[i]
		}
		return sum
	}
	// Bisection down to neighbouring numbers: slow, sure, and the same everywhere.
	for range 2000 {
		middle := float64(low/2) + float64(high/2)
		if middle <= low || middle >= high {
			break
		}
		if at(middle) > supply {
			low = middle
		} else {
			high = middle
		}
	}
	at(high)
}
