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

// room is room for a draw.
func (e *experiments) room() []float64 { return make([]float64, e.design.Factors()) }

// draw draws a future from a design of the uncertainties: their values are at the
// beginning of point, which is as long as room; that of one that multiplies is the
// factor. It returns the posterior's draw that the future takes and its number, or
// nil and -1.
func (e *experiments) draw(d *design.Design, future int, point []float64) (number int, row []float64) {
	d.Point(future, point)
	if e.c.Posterior == nil {
		return -1, nil
	}
	draws := e.c.Posterior.Draws
	number = min(int(point[len(point)-1]), len(draws)-1)
	row = draws[number]
	for k, at := range e.drawn {
		if at < len(e.c.Uncertainties) {
			point[at] = row[k] / e.factor[at]
		}
	}
	return number, row
}

// fromDesign says whether a factor of the design is drawn from it.
func (e *experiments) fromDesign(factor int) bool {
	return factor >= len(e.c.Uncertainties) || !slices.Contains(e.drawn, factor)
}

// inputs writes the values of the varied constants in the futures from first on,
// future i of n of constant v at dst[v*n+i]; point is as long as room.
func (e *experiments) inputs(first, n int, dst, point []float64) {
	for i := range n {
		_, row := e.draw(e.design, first+i, point)
		for v, x := range point[:len(e.c.Uncertainties)] {
			dst[v*n+i] = x * e.factor[v]
		}
		for k, at := range e.drawn {
			dst[at*n+i] = row[k]
		}
	}
}
