package relapse

import (
	"math"

	"handover/fpmath"
)

// Forecaster is a way to tell how likely an ending comes back.
type Forecaster string

// The forecasters.
const (
	// Logit is a logistic regression on two facts: whether the dyad had an earlier
	// episode, and whether this one lasted a single year. The facts are standardised
	// and their coefficients drawn towards 0 by a ridge of 10 (Hoerl and Kennard
	// 1970; le Cessie and van Houwelingen 1992).
	Logit Forecaster = "logit"
	// Cells is the share that came back among endings that agree in both facts, drawn
	// towards the share of all as by 4 endings more.
	Cells Forecaster = "cells"
	// Constant is the share that came back among all.
	Constant Forecaster = "constant"
)

// Forecasters are all forecasters, the best first.
var Forecasters = []Forecaster{Logit, Cells, Constant}

const (
	ridge          = 10.0
	interceptRidge = 0.001
	prior          = 4.0
)

// Model is what a forecaster learned of endings.
type Model struct {
	By Forecaster
	// N is how many endings it learned from.
	N     int
	share float64
	// counts are endings and returns by earlier and single.
	counts [2][2][2]float64
	// means and scales standardise the facts; beta begins with the intercept.
	means, scales [2]float64
	beta          [3]float64
}

func facts(e Ending) (earlier, single int) {
	if e.Earlier {
		earlier = 1
	}
	if e.Years == 1 {
		single = 1
	}
	return earlier, single
}

// Learn learns from the endings whose outcome was known at the end of a year.
func Learn(by Forecaster, all []Ending, until int) *Model {
	m := &Model{By: by}
	var rows []Ending
	back := 0.0
	for _, e := range all {
		if e.Known && e.settled() <= until {
			rows = append(rows, e)
			i, k := facts(e)
			m.counts[i][k][0]++
			if e.Back {
				back++
				m.counts[i][k][1]++
			}
		}
	}
	m.N = len(rows)
	// One half for each outcome, so that nothing is certain.
	m.share = (back + 0.5) / (float64(m.N) + 1)
	if by == Constant && back > 0 && back < float64(m.N) {
		m.share = back / float64(m.N)
	}
	if by == Logit && m.N > 0 {
		m.fit(rows)
	}
	return m
}

// standard are the standardised facts of an ending after a 1 for the intercept.
func (m *Model) standard(e Ending) [3]float64 {
	i, k := facts(e)
	return [3]float64{1, (float64(i) - m.means[0]) / m.scales[0], (float64(k) - m.means[1]) / m.scales[1]}
}

// fit finds the coefficients by Newton's method; the penalised likelihood has one
// maximum.
func (m *Model) fit(rows []Ending) {
	n := float64(len(rows))
	var sums [2]float64
	for _, e := range rows {
		i, k := facts(e)
		sums[0] += float64(i)
		sums[1] += float64(k)
	}
	for j, s := range sums {
		// The facts are 0 or 1, whose variance follows from the mean.
		m.means[j] = s / n
		if m.scales[j] = math.Sqrt(m.means[j] * (1 - m.means[j])); m.scales[j] == 0 {
			m.scales[j] = 1
		}
	}
	penalty := [3]float64{interceptRidge, ridge, ridge}
	for range 50 {
		var gradient [3]float64
		var hessian [3][3]float64
		for j := range penalty {
			gradient[j] = -float64(penalty[j] * m.beta[j])
			hessian[j][j] = penalty[j]
		}
		for _, e := range rows {
			x := m.standard(e)
			p := logistic(m.linear(x))
			y := 0.0
			if e.Back {
				y = 1
			}
			for j := range x {
				gradient[j] += float64((y - p) * x[j])
				for l := range x {
					hessian[j][l] += float64(float64(p*(1-p)) * float64(x[j]*x[l]))
				}
			}
		}
		step := solve(hessian, gradient)
		size := 0.0
		for j := range step {
			m.beta[j] += step[j]
			size = max(size, math.Abs(step[j]))
		}
		if size < 1e-12 {
			return
		}
	}
}

func (m *Model) linear(x [3]float64) float64 {
	return m.beta[0] + float64(m.beta[1]*x[1]) + float64(m.beta[2]*x[2])
}

func logistic(x float64) float64 { return 1 / (1 + fpmath.Exp(-x)) }

// solve solves a positive definite system of three equations by elimination.
func solve(a [3][3]float64, b [3]float64) [3]float64 {
	for j := range b {
		for i := j + 1; i < len(b); i++ {
			f := a[i][j] / a[j][j]
			for l := j; l < len(b); l++ {
				a[i][l] -= float64(f * a[j][l])
			}
			b[i] -= float64(f * b[j])
		}
	}
	for j := len(b) - 1; j >= 0; j-- {
		for l := j + 1; l < len(b); l++ {
			b[j] -= float64(a[j][l] * b[l])
		}
		b[j] /= a[j][j]
	}
	return b
}

// Chance is how likely an ending comes back.
func (m *Model) Chance(e Ending) float64 {
	switch {
	case m.N == 0 || m.By == Constant:
		return m.share
	case m.By == Cells:
		n, back := m.Cell(e)
		return (float64(back) + float64(prior*m.share)) / (float64(n) + prior)
	}
	return logistic(m.linear(m.standard(e)))
}

// Cell is how many endings with the same facts the model learned from, and how
// many of them came back.
func (m *Model) Cell(e Ending) (n, back int) {
	i, k := facts(e)
	return int(m.counts[i][k][0]), int(m.counts[i][k][1])
}

// Forecast is the chance of an ending, as it would have been told at the end of its
// first quiet year, by what was known then.
type Forecast struct {
	Ending
	Chance float64
}

// Walk forecasts every ending with a known outcome and a last year from..to, each
// from those that were settled before (walk-forward validation).
func Walk(by Forecaster, all []Ending, from, to int) []Forecast {
	models := map[int]*Model{}
	var out []Forecast
	for _, e := range all {
		if !e.Known || e.Last < from || e.Last > to {
			continue
		}
		m := models[e.Quiet()]
		if m == nil {
			m = Learn(by, all, e.Quiet())
			models[e.Quiet()] = m
		}
		out = append(out, Forecast{e, m.Chance(e)})
	}
	return out
}
