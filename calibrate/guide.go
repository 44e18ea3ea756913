package calibrate

import (
	"math"

	"handover/fpmath"
	"handover/random"
)

// guide is a multivariate t distribution that lies about where the target does. A
// move that is reversible under it alone (autoregressive: Neal 1998, "Regression
// and classification using Gaussian process priors"; preconditioned Crank-Nicolson,
// Cotter and others 2013, Statistical Science 28:424; with mixed scales Kamatani
// 2018, Bayesian Analysis 13:1149) is taken in proportion to how the target differs
// from it. So it can be long where the target is nearly of that form, as it is in
// all that the data say little about, and the number of parameters hardly shortens
// it.
type guide struct {
	mean []float64
	// views are its directions, in the order of the parameters and the reverse.
	views []view
}

// guideFreedom is the degrees of freedom of the guide. A target with heavier tails
// is sampled as exactly, but slowly there.
const guideFreedom = 10

// spreads are moments of the population, gathered over generations.
type spreads struct {
	Weight float64
	Sum    []float64
	Outer  [][]float64 // lower triangle, by row
}

// copy shares nothing.
func (s *spreads) copy() spreads {
	c := spreads{Weight: s.Weight, Sum: append([]float64(nil), s.Sum...)}
	for _, row := range s.Outer {
		c.Outer = append(c.Outer, append([]float64(nil), row...))
	}
	return c
}

// gather adds the points of a generation, and lets what was gathered before fade.
func (s *spreads) gather(points [][]float64, fade float64) {
	d := len(points[0])
	if s.Sum == nil {
		s.Sum, s.Outer = make([]float64, d), make([][]float64, d)
		for i := range s.Outer {
			s.Outer[i] = make([]float64, i+1)
		}
	}
	s.Weight *= fade
	for i := range s.Sum {
		s.Sum[i] *= fade
		for j := range s.Outer[i] {
			s.Outer[i][j] *= fade
		}
	}
	for _, x := range points {
		s.Weight++
		for i, a := range x {
			s.Sum[i] += a
			row := s.Outer[i]
			for j := range row {
				row[j] += float64(a * x[j])
			}
		}
	}
}

// guide makes a guide of moments; nil where there are none, or too few.
func (s *spreads) guide() *guide {
	if s.Weight == 0 {
		return nil
	}
	d := len(s.Sum)
	g := &guide{mean: make([]float64, d)}
	for i := range d {
		g.mean[i] = s.Sum[i] / s.Weight
	}
	// Covariances of few points among many parameters are mostly chance.
	shrink := s.Weight / (s.Weight + float64(d))
	covariance := func(i, j int) float64 {
		c := s.Outer[max(i, j)][min(i, j)]/s.Weight - float64(g.mean[i]*g.mean[j])
		if i != j {
			return c * shrink
		}
		return c + leastVariance
	}
	for _, place := range []func(int) int{func(i int) int { return i }, func(i int) int { return d - 1 - i }} {
		factor := cholesky(d, func(i, j int) float64 { return covariance(place(i), place(j)) })
		if factor == nil {
			return nil
		}
		g.views = append(g.views, view{place, factor})
	}
	return g
}

// leastVariance keeps a parameter on which all points agree from making a guide of
// no width.
const leastVariance = 1e-6

// cholesky is the lower triangular factor of a matrix, by row; nil when it is not
// positive definite.
func cholesky(d int, of func(i, j int) float64) [][]float64 {
	factor := make([][]float64, d)
	for i := range d {
		factor[i] = make([]float64, i+1)
		for j := range i + 1 {
			c := of(i, j)
			for k := range j {
				c -= float64(factor[i][k] * factor[j][k])
			}
			switch {
			case i != j:
				factor[i][j] = c / factor[j][j]
			case c > 0:
				factor[i][i] = math.Sqrt(c)
			default:
				return nil
			}
		}
	}
	return factor
}

// view is the directions of a guide, of unit scale and independent: each parameter in
// an order, less what those before it say of it. A step in an early direction takes
// all later parameters with it, one in a late direction leaves the others alone.
type view struct {
	place  func(int) int
	factor [][]float64
}

// solve returns x along the directions.
func (v *view) solve(x, mean []float64) []float64 {
	u := make([]float64, len(x))
	for i := range x {
		at := v.place(i)
		c := x[at] - mean[at]
		for k := range i {
			c -= float64(v.factor[i][k] * u[k])
		}
		u[i] = c / v.factor[i][i]
	}
	return u
}

// point is the reverse of solve.
func (v *view) point(u, mean []float64) []float64 {
	x := make([]float64, len(u))
	for i := range u {
		c := mean[v.place(i)]
		for k := range i + 1 {
			c += float64(v.factor[i][k] * u[k])
		}
		x[v.place(i)] = c
	}
	return x
}

// logDensity is that of a point at a distance, but for a constant.
func (g *guide) logDensity(distance float64) float64 {
	return float64(-(guideFreedom + float64(len(g.mean))) / 2 * fpmath.Log1p(distance/guideFreedom))
}

// guideMoves are how far a move goes, from 0 (nowhere) to 1 (independent of x), and
// the share of the directions in which it does. All the way in a few directions
// moves the chains of the Iraq case most: four times as far a run as differences do,
// in the mean square.
var guideMoves = []struct{ far, share float64 }{{0.4, 1}, {0.8, 0.33}, {1, 0.15}, {1, 0.1}, {1, 0.05}, {1, 0.02}}

// propose moves x towards the mean and away again in some of the directions of one
// of the views, and returns the correction of the log acceptance ratio.
func (g *guide) propose(stream *random.Stream, x []float64) (y []float64, correction float64) {
	move := guideMoves[pick(stream, len(guideMoves))]
	keep := math.Sqrt(1 - float64(move.far*move.far))
	v := &g.views[pick(stream, len(g.views))]
	u := v.solve(x, g.mean)
	before, after := 0.0, 0.0
	for _, c := range u {
		before += float64(c * c)
	}
	// Under a t distribution the scale, given x, is inverse gamma.
	chi := 0.0
	for range guideFreedom + len(x) {
		z := stream.Normal()
		chi += float64(z * z)
	}
	scale := move.far * math.Sqrt((guideFreedom+before)/chi)
	sure := pick(stream, len(u)) // one direction at least
	for i := range u {
		if i == sure || stream.Uniform() < move.share {
			u[i] = float64(keep*u[i]) + float64(scale*stream.Normal())
		}
		after += float64(u[i] * u[i])
	}
	return v.point(u, g.mean), g.logDensity(before) - g.logDensity(after)
}
