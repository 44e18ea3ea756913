package engine

import (
	"encoding/binary"
	"math"

	"handover/model"
)

// nextPoint reads a table at the first point that is not before x.
const nextPoint model.Interpolation = -1

// table is a graphical function ready to be read.
type table struct {
	x, y []float64
	kind model.Interpolation
}

func newTable(g *model.Graph) table { return table{g.X, g.Y, g.Interpolation} }

// key is the same for tables that are the same.
func (t table) key() string {
	key := binary.LittleEndian.AppendUint64(nil, uint64(t.kind))
	for _, values := range [...][]float64{t.x, t.y} {
		for _, x := range values {
			key = binary.LittleEndian.AppendUint64(key, math.Float64bits(x))
		}
	}
	return string(key)
}

// inverse is the table that gives x for y; false when the y values neither rise
// nor fall throughout.
func (t table) inverse() (table, bool) {
	n := len(t.y)
	u := table{make([]float64, n), make([]float64, n), model.Continuous}
	falling := n > 1 && t.y[1] < t.y[0]
	for i := range n {
		k := i
		if falling {
			k = n - 1 - i
		}
		u.x[i], u.y[i] = t.y[k], t.x[k]
		if i > 0 && !(u.x[i] > u.x[i-1]) {
			return table{}, false
		}
	}
	return u, true
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
	switch {
	case t.kind == model.Discrete:
		return t.y[low]
	case t.kind == nextPoint && x <= t.x[low]:
		return t.y[low]
	case t.kind == nextPoint:
		return t.y[low+1]
	}
	return t.y[low] + float64((x-t.x[low])*(t.y[low+1]-t.y[low]))/(t.x[low+1]-t.x[low])
}
