package ensemble

import (
	"fmt"
	"slices"

	"handover/casefile"
	"handover/design"
)

// A case that was calibrated has draws of its posterior. A future then takes one of
// them whole: parameters that were calibrated and the state that the past reached
// with them, in place of draws from the priors. Uncertainties that were not
// calibrated come from the design as ever.

// drawName is the factor of the design that says which draw a future takes. Latin
// hypercubes and Sobol' points so spread over all draws evenly.
const drawName = "posterior draw"

func drawFactor(p *casefile.Posterior) (design.Factor, error) {
	d, err := design.Uniform(0, float64(len(p.Draws)))
	if err != nil {
		return design.Factor{}, fmt.Errorf("the draws of the posterior: %w", err)
	}
	return design.Factor{Name: drawName, Distribution: d}, nil
}

// carried settles which varied constant takes each column of the posterior, and
// returns those that are no uncertainties of the case.
func (e *experiments) carried() []string {
	if e.c.Posterior == nil {
		return nil
	}
	e.drawn = nil
	var names, more []string
	for _, u := range e.c.Uncertainties {
		names = append(names, reference(u.Variable))
	}
	for _, column := range e.c.Posterior.Columns {
		at := slices.Index(names, reference(column))
		if at < 0 {
			at = len(e.c.Uncertainties) + len(more)
			more = append(more, column)
		}
		e.drawn = append(e.drawn, at)
	}
	return more
}

// varied is how many constants vary from future to future.
func (e *experiments) varied() int {
	n := len(e.c.Uncertainties)
	for _, at := range e.drawn {
		n = max(n, at+1)
	}
	return n
}

// draw writes the draw of each uncertainty in a future to dst, that of one that
// multiplies as a factor, and returns the posterior's draw that the future takes, or
// nil.
func (e *experiments) draw(future int, dst []float64) []float64 {
	_, row := e.drawRow(future, dst)
	return row
}

// drawRow is draw, and says which of the posterior's draws it is; -1 without one.
func (e *experiments) drawRow(future int, dst []float64) (int, []float64) {
	if e.c.Posterior == nil {
		e.design.Point(future, dst)
		return -1, nil
	}
	point := make([]float64, e.design.Factors())
	e.design.Point(future, point)
	copy(dst, point[:len(e.c.Uncertainties)])
	draws := e.c.Posterior.Draws
	number := min(int(point[len(point)-1]), len(draws)-1)
	row := draws[number]
	for k, at := range e.drawn {
		if at < len(e.c.Uncertainties) {
			dst[at] = row[k] / e.factor[at]
		}
	}
	return number, row
}

// inputs writes the values of the varied constants in the futures from first on,
// future i of n of constant v at dst[v*n+i]; point has room for the draws of one
// future.
func (e *experiments) inputs(first, n int, dst, point []float64) {
	for i := range n {
		row := e.draw(first+i, point)
		for v, x := range point {
			dst[v*n+i] = x * e.factor[v]
		}
		for k, at := range e.drawn {
			dst[at*n+i] = row[k]
		}
	}
}
