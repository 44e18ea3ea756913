// Package testproblem has the functions on which the field compares many-objective
// searches. All objectives are minimised.
package testproblem

import "math"

// Problem is a function with known best compromises.
type Problem struct {
	Name      string
	Low, High []float64
	// Objectives is how many there are.
	Objectives int
	// Value computes the objectives of a point.
	Value func(x []float64) []float64
}

func box(low, high float64, n int) (l, h []float64) {
	for range n {
		l, h = append(l, low), append(h, high)
	}
	return l, h
}

// DTLZ2 has the part of the unit sphere with positive coordinates as its front,
// where the last 10 numbers are 0.5 (Deb, Thiele, Laumanns and Zitzler 2002).
func DTLZ2(objectives int) Problem {
	n := objectives + 9
	l, h := box(0, 1, n)
	return Problem{"DTLZ2", l, h, objectives, func(x []float64) []float64 {
		g := 0.0
		for _, v := range x[objectives-1:] {
			g += (v - 0.5) * (v - 0.5)
		}
		f := make([]float64, objectives)
		for k := range f {
			f[k] = 1 + g
			for _, v := range x[:objectives-1-k] {
				f[k] *= math.Cos(v * math.Pi / 2)
			}
			if k > 0 {
				f[k] *= math.Sin(x[objectives-1-k] * math.Pi / 2)
			}
		}
		return f
	}}
}

// DTLZ7 has a front of 2^(objectives-1) separate pieces, where the last 20 numbers
// are 0 (same source).
func DTLZ7(objectives int) Problem {
	n := objectives + 19
	l, h := box(0, 1, n)
	return Problem{"DTLZ7", l, h, objectives, func(x []float64) []float64 {
		g := 0.0
		for _, v := range x[objectives-1:] {
			g += v
		}
		g = 1 + 9*g/float64(n-objectives+1)
		f := append([]float64(nil), x[:objectives-1]...)
		sum := float64(objectives)
		for _, v := range f {
			sum -= v / (1 + g) * (1 + math.Sin(3*math.Pi*v))
		}
		return append(f, (1+g)*sum)
	}}
}

// WFG4 is multi-modal with a concave front: the part of an ellipsoid with
// half-axes 2, 4, 6 and so on (Huband, Hingston, Barone and While 2006), with
// objectives-1 position numbers and 10 distance numbers.
func WFG4(objectives int) Problem {
	n := objectives + 9
	var l, h []float64
	for i := range n {
		l, h = append(l, 0), append(h, 2*float64(i+1))
	}
	return Problem{"WFG4", l, h, objectives, func(x []float64) []float64 {
		t := make([]float64, n)
		for i, v := range x {
			// s_multi with A = 30, B = 10, C = 0.35.
			y := v / h[i]
			d := math.Abs(y-0.35) / (2 * (math.Floor(0.35-y) + 0.35))
			t[i] = (1 + math.Cos((4*30+2)*math.Pi*(0.5-d)) + 4*10*d*d) / (10 + 2)
		}
		// One position number an objective but the last; distance numbers averaged.
		distance := 0.0
		for _, v := range t[objectives-1:] {
			distance += v / float64(n-objectives+1)
		}
		f := make([]float64, objectives)
		for k := range f {
			shape := 1.0
			for _, v := range t[:objectives-1-k] {
				shape *= math.Sin(v * math.Pi / 2)
			}
			if k > 0 {
				shape *= math.Cos(t[objectives-1-k] * math.Pi / 2)
			}
			f[k] = distance + 2*float64(k+1)*shape
		}
		return f
	}}
}

// Lake is the shallow lake problem for a hundred years of phosphorus emissions
// (Carpenter, Ludwig and Brock 1999, in the form of Ward and others 2015): largest
// mean concentration, benefit, inertia and reliability, with the natural inflows
// given by noise[future][year], of which each is a lognormal number.
func Lake(noise [][]float64) Problem {
	const b, q, years, alpha, discount = 0.42, 2.0, 100, 0.4, 0.98
	l, h := box(0, 0.1, years)
	critical := bisect(func(x float64) float64 { return math.Pow(x, q)/(1+math.Pow(x, q)) - b*x }, 0.01, 1.5)
	return Problem{"lake", l, h, 4, func(x []float64) []float64 {
		mean := make([]float64, years)
		reliable := 0.0
		for _, inflow := range noise {
			level := 0.0
			for t := range years {
				mean[t] += level / float64(len(noise))
				if level < critical {
					reliable += 1 / float64(years*len(noise))
				}
				p := math.Pow(level, q)
				level = (1-b)*level + p/(1+p) + x[t] + inflow[t]
			}
		}
		largest, benefit, calm := 0.0, 0.0, 0
		for t := range years {
			largest = math.Max(largest, mean[t])
			benefit += alpha * x[t] * math.Pow(discount, float64(t))
			if t > 0 && x[t]-x[t-1] > -0.02 {
				calm++
			}
		}
		return []float64{largest, -benefit, -float64(calm) / (years - 1), -reliable}
	}}
}

func bisect(f func(float64) float64, low, high float64) float64 {
	for range 200 {
		m := (low + high) / 2
		if (f(m) > 0) == (f(low) > 0) {
			low = m
		} else {
			high = m
		}
	}
	return low
}
