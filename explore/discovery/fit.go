package discovery

import (
	"math"

	"handover/fpmath"
)

// fit is a logistic regression: the intercept first in weights.
type fit struct {
	weights  []float64
	chances  []float64
	deviance float64
}

// forward takes columns into a logistic regression one by one, each the one whose
// score statistic is largest, as long as Schwarz's criterion falls.
func forward(columns [][]float64, cases []bool) (chosen []int, best fit) {
	best = regress(nil, cases)
	bic := func(f fit) float64 {
		return f.deviance + float64(float64(len(f.weights))*fpmath.Log(float64(len(cases))))
	}
	taken := make([]bool, len(columns))
	for len(chosen) < len(columns) {
		at, score := -1, 0.0
		for c := range columns {
			if taken[c] {
				continue
			}
			gradient, information := 0.0, 0.0
			for i, p := range best.chances {
				y := 0.0
				if cases[i] {
					y = 1
				}
				gradient += float64(columns[c][i] * (y - p))
				information += float64(float64(columns[c][i]*columns[c][i]) * float64(p*(1-p)))
			}
			if s := gradient * gradient / information; s > score {
				at, score = c, s
			}
		}
		if at < 0 {
			break
		}
		var use [][]float64
		for _, c := range append(chosen, at) {
			use = append(use, columns[c])
		}
		next := regress(use, cases)
		if !(bic(next) < bic(best)) {
			break
		}
		best, chosen = next, append(chosen, at)
		taken[at] = true
	}
	return chosen, best
}

// regress fits a logistic regression by Newton's method with a weak ridge, which
// keeps weights finite when the columns part the cases completely.
func regress(columns [][]float64, cases []bool) fit {
	const ridge = 1e-3
	k := len(columns) + 1
	w := make([]float64, k)
	value := func(c, i int) float64 {
		if c == 0 {
			return 1
		}
		return columns[c-1][i]
	}
	f := fit{chances: make([]float64, len(cases))}
	for range 50 {
		gradient := make([]float64, k)
		hessian := make([][]float64, k)
		for c := range hessian {
			hessian[c] = make([]float64, k)
			if c > 0 {
				gradient[c] = -ridge * w[c]
				hessian[c][c] = ridge
			}
		}
		f.deviance = 0
		for i, y := range cases {
			z := 0.0
			for c := range k {
				z += float64(w[c] * value(c, i))
			}
			p := 1 / (1 + fpmath.Exp(-z))
			f.chances[i] = p
			// log(1+exp(|z|)) without overflow.
			f.deviance += 2 * (math.Max(z, 0) + fpmath.Log1p(fpmath.Exp(-math.Abs(z))))
			residual := -p
			if y {
				f.deviance -= 2 * z
				residual = 1 - p
			}
			q := float64(p * (1 - p))
			for c := range k {
				x := value(c, i)
				gradient[c] += float64(x * residual)
				for e := range c + 1 {
					hessian[c][e] += float64(float64(q*x) * value(e, i))
				}
			}
		}
		step := solve(hessian, gradient)
		size := 0.0
		for c := range w {
			// Far steps, where the curve is flat, are cut.
			s := math.Max(-5, math.Min(5, step[c]))
			w[c] += s
			size = math.Max(size, math.Abs(s))
		}
		if size < 1e-9 {
			break
		}
	}
	f.weights = w
	return f
}

// solve solves a symmetric positive definite system, of which the lower triangle
// is given, by Cholesky's method. Directions without information get no step.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	l := make([][]float64, n)
	for i := range n {
		l[i] = make([]float64, n)
		for j := range i + 1 {
			s := a[i][j]
			for k := range j {
				s -= float64(l[i][k] * l[j][k])
			}
			switch {
			case i != j:
				l[i][j] = s / l[j][j]
			case s > 1e-12:
				l[i][i] = math.Sqrt(s)
			default:
				l[i][i] = math.Inf(1)
			}
		}
	}
	x := make([]float64, n)
	for i := range n {
		s := b[i]
		for k := range i {
			s -= float64(l[i][k] * x[k])
		}
		x[i] = s / l[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		s := x[i]
		for k := i + 1; k < n; k++ {
			s -= float64(l[k][i] * x[k])
		}
		x[i] = s / l[i][i]
	}
	return x
}
