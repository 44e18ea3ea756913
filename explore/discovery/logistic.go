package discovery

import (
	"errors"
	"math"
	"slices"

	"handover/fpmath"
)

// Rule is a logistic rule on rotated factors: the chance of the event is
// 1/(1+exp(-z)), where z is Intercept plus the sum of Weights[f] times the
// standardised factor f.
type Rule struct {
	Intercept float64
	// Weights is by factor: the change of the log odds for a change by one standard
	// deviation. Categorical factors are left out and have weight 0.
	Weights []float64
	// Components is how many rotated components the rule uses.
	Components int
	// Explained is the share of deviance explained (McFadden's R squared).
	Explained float64
	// Threshold is the chance above which the rule says that the event happens: the
	// one with the best harmonic mean of coverage and density, which are given.
	Threshold, Coverage, Density float64
}

// Logistic fits a rule. Factors are standardised and rotated to the principal
// components of the cases (Dalal and others 2013, "Improving scenario discovery
// using orthogonal rotations"), then components are taken in one by one as long as
// Schwarz's criterion improves. It finds failures that depend on a weighted sum of
// uncertainties, which boxes only approach in steps. It is an error if fewer than
// 10 cases or non-cases exist or all factors are categorical or constant.
func (d *Data) Logistic() (*Rule, error) {
	n := len(d.cases)
	if d.count < 10 || n-d.count < 10 {
		return nil, errors.New("a logistic rule needs 10 futures with the event and 10 without, or more")
	}
	var used []int
	var z [][]float64 // standardised, by used factor
	for f := range d.factors {
		if d.factors[f].Kind == Categorical {
			continue
		}
		if s := standardise(d.factors[f].Values); s != nil {
			used, z = append(used, f), append(z, s)
		}
	}
	if len(used) == 0 {
		return nil, errors.New("no uncertainty with numbers varies")
	}
	rotation := principal(covariance(z, d.cases))
	components := make([][]float64, len(used))
	for c := range components {
		components[c] = make([]float64, n)
		for f := range used {
			w := rotation[f][c]
			for i, v := range z[f] {
				components[c][i] += float64(w * v)
			}
		}
	}
	chosen, fit := forward(components, d.cases)
	r := &Rule{Intercept: fit.weights[0], Weights: make([]float64, len(d.factors)), Components: len(chosen)}
	for k, c := range chosen {
		for f, to := range used {
			r.Weights[to] += float64(fit.weights[k+1] * rotation[f][c])
		}
	}
	p := float64(d.count) / float64(n)
	null := -2 * (float64(float64(d.count)*fpmath.Log(p)) + float64(float64(n-d.count)*fpmath.Log(1-p)))
	r.Explained = 1 - fit.deviance/null
	r.threshold(d, fit.chances)
	return r, nil
}

// threshold finds the best threshold on the chances.
func (r *Rule) threshold(d *Data, chances []float64) {
	order := make([]int, len(chances))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case chances[a] > chances[b]:
			return -1
		case chances[a] < chances[b]:
			return 1
		}
		return 0
	})
	cases, best := 0, -1.0
	for k, i := range order {
		if d.cases[i] {
			cases++
		}
		if k+1 < len(order) && chances[order[k+1]] == chances[i] || cases == 0 {
			continue
		}
		coverage, density := float64(cases)/float64(d.count), float64(cases)/float64(k+1)
		if s := coverage * density / (coverage + density); s > best {
			best = s
			r.Threshold, r.Coverage, r.Density = chances[i], coverage, density
		}
	}
}

// standardise returns values with mean 0 and standard deviation 1; nil for a
// constant.
func standardise(values []float64) []float64 {
	mean, squares := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		squares += float64((v - mean) * (v - mean))
	}
	deviation := math.Sqrt(squares / float64(len(values)))
	if deviation <= 1e-12*math.Abs(mean) {
		return nil
	}
	z := make([]float64, len(values))
	for i, v := range values {
		z[i] = (v - mean) / deviation
	}
	return z
}

// covariance is that of the points in which the event happens.
func covariance(z [][]float64, cases []bool) [][]float64 {
	n := 0
	mean := make([]float64, len(z))
	for i, c := range cases {
		if c {
			n++
			for f := range z {
				mean[f] += z[f][i]
			}
		}
	}
	s := make([][]float64, len(z))
	for f := range z {
		mean[f] /= float64(n)
		s[f] = make([]float64, len(z))
	}
	for f := range z {
		for g := range f + 1 {
			sum := 0.0
			for i, c := range cases {
				if c {
					sum += float64((z[f][i] - mean[f]) * (z[g][i] - mean[g]))
				}
			}
			s[f][g] = sum / float64(n-1)
			s[g][f] = s[f][g]
		}
	}
	return s
}

// principal returns the eigenvectors of a symmetric matrix as columns, by cyclic
// Jacobi rotations (Golub and Van Loan 2013, section 8.5), smallest eigenvalue
// first: along it the cases lie closest together.
func principal(s [][]float64) [][]float64 {
	n := len(s)
	v := make([][]float64, n)
	for i := range v {
		v[i] = make([]float64, n)
		v[i][i] = 1
	}
	for range 60 {
		off := 0.0
		for i := range n {
			for j := range i {
				off += float64(s[i][j] * s[i][j])
			}
		}
		if off < 1e-22*float64(n) {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				if s[p][q] == 0 {
					continue
				}
				tau := (s[q][q] - s[p][p]) / (2 * s[p][q])
				t := 1 / (math.Abs(tau) + math.Sqrt(1+float64(tau*tau)))
				if tau < 0 {
					t = -t
				}
				c := 1 / math.Sqrt(1+float64(t*t))
				rotate(s, v, p, q, c, float64(t*c))
			}
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case s[a][a] < s[b][b]:
			return -1
		case s[a][a] > s[b][b]:
			return 1
		}
		return 0
	})
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
		for k, c := range order {
			out[i][k] = v[i][c]
		}
	}
	return out
}

func rotate(s, v [][]float64, p, q int, c, w float64) {
	for k := range s {
		a, b := s[k][p], s[k][q]
		s[k][p], s[k][q] = float64(c*a)-float64(w*b), float64(w*a)+float64(c*b)
	}
	for k := range s {
		a, b := s[p][k], s[q][k]
		s[p][k], s[q][k] = float64(c*a)-float64(w*b), float64(w*a)+float64(c*b)
		a, b = v[k][p], v[k][q]
		v[k][p], v[k][q] = float64(c*a)-float64(w*b), float64(w*a)+float64(c*b)
	}
}
