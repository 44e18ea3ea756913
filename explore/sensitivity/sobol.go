// Package sensitivity says how much each uncertainty matters to an outcome. Three
// methods plan their own runs or read runs that exist:
//
//   - Saltelli plans runs for Sobol' indices: shares of variance.
//   - Trajectories plans few runs for Morris' screening: which uncertainties do
//     not matter at all.
//   - PAWN and Importance read any points with their outcomes.
//
// A plan gives points of the unit cube, which the caller maps to values with the
// quantiles of the uncertainties, and for each point the number of the random
// stream it takes, so that chance in a model can be treated as one more
// uncertainty. The same plan and outcomes give the same bits on every machine.
package sensitivity

import (
	"errors"
	"fmt"
	"math"

	"handover/design"
)

// Saltelli is a plan of runs for Sobol' indices over independent factors (Saltelli
// and others 2010, "Variance based sensitivity analysis of model output"). It has
// matrices of n rows each: A, B, and for each factor i the matrix AB_i, which is A
// with column i from B.
//
// With chance, the random stream of a run is a factor of its own, the last: rows
// of A and of AB_i take stream row, rows of B stream n+row. Without, every matrix
// takes stream row: the outcome is then a function of the factors given what
// chance brings, and the shares of chance are left out of no index but the
// denominator's.
type Saltelli struct {
	rows, factors int
	chance        bool
	base          *design.Design
}

// NewSaltelli plans runs over k factors with n rows a matrix, taken from a
// scrambled Sobol' sequence of 2k dimensions with the seed. It is an error if n is
// below 2 or k is not in 1..1024.
func NewSaltelli(n, k int, chance bool, seed uint64) (*Saltelli, error) {
	if n < 2 || k < 1 || k > design.MaxSobol/2 {
		return nil, fmt.Errorf("a Saltelli design needs 2 rows or more and 1 to %d factors; got %d and %d", design.MaxSobol/2, n, k)
	}
	unit, err := design.Uniform(0, 1)
	if err != nil {
		return nil, err
	}
	factors := make([]design.Factor, 2*k)
	for i := range factors {
		factors[i] = design.Factor{Name: fmt.Sprintf("%d", i), Distribution: unit}
	}
	base, err := design.New(design.Sobol, seed, n, factors, nil)
	if err != nil {
		return nil, err
	}
	return &Saltelli{n, k, chance, base}, nil
}

// Rows is how many rows a matrix has.
func (s *Saltelli) Rows() int { return s.rows }

// Factors is how many factors there are, chance included.
func (s *Saltelli) Factors() int {
	if s.chance {
		return s.factors + 1
	}
	return s.factors
}

// Matrices is how many matrices there are: A, B, and one a factor.
func (s *Saltelli) Matrices() int { return s.Factors() + 2 }

// Point writes row row of a matrix to u, one number in 0..1 a factor, without
// chance. Matrix 0 is A, 1 is B, 2+i is AB_i.
func (s *Saltelli) Point(matrix, row int, u []float64) {
	both := make([]float64, 2*s.factors)
	s.base.Point(row, both)
	a, b := both[:s.factors], both[s.factors:]
	if matrix == 1 {
		copy(u, b)
		return
	}
	copy(u, a)
	if i := matrix - 2; i >= 0 && i < s.factors {
		u[i] = b[i]
	}
}

// Stream is the number of the random stream that a row of a matrix takes.
func (s *Saltelli) Stream(matrix, row int) int {
	if s.chance && (matrix == 1 || matrix == 2+s.factors) {
		return s.rows + row
	}
	return row
}

// Interval is an estimate with a bootstrap percentile interval of 80%.
type Interval struct{ Low, Middle, High float64 }

// Index holds the Sobol' indices of one factor: shares of the outcome's variance.
type Index struct {
	// First is what the factor explains alone.
	First Interval
	// Total is what the factor explains alone and with others.
	Total Interval
}

// Indices are the Sobol' indices of an outcome.
type Indices struct {
	Factors []Index
	// Variance is that of the outcome over A and B; Used is how many rows had a
	// finite outcome in every matrix: the others are left out.
	Variance float64
	Used     int
}

// Estimator chooses formulas for Sobol' indices. y is centred first.
type Estimator int

// The estimators.
const (
	// Jansen takes the formulas of Jansen 1999 for both: first order
	// V - E[(B-AB_i)^2]/2, total E[(A-AB_i)^2]/2.
	Jansen Estimator = iota
	// Sobol takes E[B (AB_i - A)] of Saltelli 2010 for first order and
	// E[A (A - AB_i)] of Sobol' 2007 for the total.
	Sobol
)

// ErrConstant says that an outcome does not vary, so that nothing explains it.
var ErrConstant = errors.New("the outcome is the same in every run, so there is nothing to explain")

// Estimate returns the indices of an outcome. y[matrix][row] is the outcome of a
// run of the plan; resamples is how many bootstrap samples of rows the intervals
// rest on. It is an error if the shape is not the plan's, fewer than 8 rows are
// finite, or the outcome is constant.
func (s *Saltelli) Estimate(y [][]float64, e Estimator, resamples int, seed uint64) (*Indices, error) {
	if len(y) != s.Matrices() {
		return nil, fmt.Errorf("outcomes of %d matrices; the plan has %d", len(y), s.Matrices())
	}
	for m := range y {
		if len(y[m]) != s.rows {
			return nil, fmt.Errorf("matrix %d has %d outcomes; the plan has %d rows", m, len(y[m]), s.rows)
		}
	}
	var used []int
	for r := range s.rows {
		whole := true
		for m := range y {
			whole = whole && !math.IsNaN(y[m][r]) && !math.IsInf(y[m][r], 0)
		}
		if whole {
			used = append(used, r)
		}
	}
	if len(used) < 8 {
		return nil, fmt.Errorf("only %d of %d rows have finite outcomes in all matrices; at least 8 are needed", len(used), s.rows)
	}
	variance := indices(y, used, e, nil)
	if !(variance > 0) {
		return nil, ErrConstant
	}
	k := s.Factors()
	middle := make([]float64, 2*k)
	indices(y, used, e, middle)
	draws := resample(len(used), resamples, seed, func(pick []int) []float64 {
		rows := make([]int, len(pick))
		for i, p := range pick {
			rows[i] = used[p]
		}
		out := make([]float64, 2*k)
		if !(indices(y, rows, e, out) > 0) {
			return nil
		}
		return out
	})
	result := &Indices{Factors: make([]Index, k), Variance: variance, Used: len(used)}
	for i := range result.Factors {
		result.Factors[i] = Index{First: spread(middle[i], draws, i), Total: spread(middle[k+i], draws, k+i)}
	}
	return result, nil
}

// indices returns the variance over some rows and, unless out is nil, writes the
// first-order indices and after them the total ones to out.
func indices(y [][]float64, rows []int, e Estimator, out []float64) float64 {
	n := float64(len(rows))
	a, b := y[0], y[1]
	mean := 0.0
	for _, r := range rows {
		mean += a[r] + b[r]
	}
	mean /= 2 * n
	variance := 0.0
	for _, r := range rows {
		variance += float64((a[r]-mean)*(a[r]-mean)) + float64((b[r]-mean)*(b[r]-mean))
	}
	variance /= 2 * n
	// Rounding of the mean alone leaves a variance that is no variance.
	if variance <= mean*mean*1e-24 {
		return 0
	}
	if out == nil {
		return variance
	}
	k := len(y) - 2
	for i := range k {
		ab := y[2+i]
		first, total := 0.0, 0.0
		for _, r := range rows {
			switch e {
			case Jansen:
				first += float64((b[r] - ab[r]) * (b[r] - ab[r]))
				total += float64((a[r] - ab[r]) * (a[r] - ab[r]))
			case Sobol:
				first += float64((b[r] - mean) * (ab[r] - a[r]))
				total += float64((a[r] - mean) * (a[r] - ab[r]))
			}
		}
		switch e {
		case Jansen:
			out[i], out[k+i] = 1-first/(2*n)/variance, total/(2*n)/variance
		case Sobol:
			out[i], out[k+i] = first/n/variance, total/n/variance
		}
	}
	return variance
}
