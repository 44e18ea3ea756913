package engine

import (
	"slices"

	"handover/model"
)

// table is a graphical function ready to be read.
type table struct {
	x, y []float64
	kind model.Interpolation
}

func newTable(g *model.Graph) table { return table{g.X, g.Y, g.Interpolation} }

func (t table) same(u table) bool {
	return t.kind == u.kind && slices.Equal(t.x, u.x) && slices.Equal(t.y, u.y)
}

// at reads the table. NaN gives NaN. Outside the points the end values hold, or
// the end segments are extended when the table extrapolates.
func (t table) at(x float64) float64 {
	n := len(t.x)
	switch {
	case x != x:
		return x
	case n == 1:
		return t.y[0]
	case t.kind != model.Extrapolate && x <= t.x[0]:
		return t.y[0]
	case t.kind != model.Extrapolate && x >= t.x[n-1]:
		return t.y[n-1]
	}
	// The segment that holds x: the last i with x[i] <= x, inside the ends.
	low, high := 0, n-1
	for high-low > 1 {
		if middle := (low + high) / 2; t.x[middle] <= x {
			low = middle
		} else {
			high = middle
		}
	}
	if t.kind == model.Discrete {
		return t.y[low]
	}
	return t.y[low] + float64((x-t.x[low])*(t.y[low+1]-t.y[low]))/(t.x[low+1]-t.x[low])
}
