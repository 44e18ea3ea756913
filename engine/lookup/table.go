// Package lookup reads graphical functions. It says what their values are to the
// last bit; machine code that reads them (package native) computes the same.
package lookup

import (
	"encoding/binary"
	"math"
)

// Kind is how a table is read between its points and beyond them.
type Kind uint8

// The kinds: lines between the points with the end values beyond them, lines
// that go on beyond, the point before, the point not before.
const (
	Lines Kind = iota
	LinesBeyond
	PointBefore
	PointAfter
)

// Table is a graphical function ready to be read. Only New makes one.
type Table struct {
	// X rises, or stays the same where two values meet; Y is as long.
	X, Y []float64
	Kind Kind
	// Slope is the rise over the run from each point to the next. With Lines the
	// last point has one too, 0.
	Slope []float64
	// Even says that the points lie so evenly that the whole part of
	// (x - Offset) * Scale is the point from which x is reached.
	Even          bool
	Offset, Scale float64
	// Steep says that a slope is beyond what a number holds: values are then
	// computed with rise and run, not with Slope.
	Steep bool
}

// slack is by what part of the distance between two points an even table may
// take the next one too early, so that rounding never takes it too late. The
// lines of both meet there: what it changes is some 1e-12 of the rise.
const slack = 1.0 / (1 << 40)

// New prepares a table of at least one point.
func New(x, y []float64, kind Kind) Table {
	t := Table{X: x, Y: y, Kind: kind}
	n := len(x)
	if n < 2 || kind > LinesBeyond {
		return t
	}
	for i := range n - 1 {
		run := x[i+1] - x[i]
		slope := (y[i+1] - y[i]) / run
		t.Slope = append(t.Slope, slope)
		t.Steep = t.Steep || run != 0 && slope-slope != 0
	}
	if kind == Lines {
		t.Slope = append(t.Slope, 0)
	}
	t.spread()
	return t
}

// spread finds out whether the points lie evenly.
func (t *Table) spread() {
	last := len(t.X) - 1
	first, end := t.X[0], t.X[last]
	run := (end - first) / float64(last)
	t.Scale = float64(last) / (end - first)
	t.Offset = first - float64(slack*run)
	if t.Steep || !(run > 0) || run-run != 0 || t.Scale-t.Scale != 0 {
		return
	}
	for i, x := range t.X {
		if t.position(x) != i || t.position(math.Nextafter(x, math.Inf(1))) != i {
			return
		}
		// Rounding keeps order, so that what holds here holds all the way between.
		if before := t.position(x - float64(4*slack*run)); i > 0 && before != i-1 {
			return
		}
	}
	t.Even = true
}

// position is the point of an even table from which x is reached.
func (t *Table) position(x float64) int { return int(float64((x - t.Offset) * t.Scale)) }

// At reads the table. NaN gives NaN. Outside the points the end values hold, or
// the end segments go on with LinesBeyond.
func (t *Table) At(x float64) float64 {
	n := len(t.X)
	switch {
	case x != x:
		return x
	case n == 1:
		return t.Y[0]
	case t.Kind != LinesBeyond && x <= t.X[0]:
		return t.Y[0]
	case t.Kind != LinesBeyond && x >= t.X[n-1]:
		return t.Y[n-1]
	}
	i := 0
	if t.Even {
		inside := x
		if t.Kind == LinesBeyond {
			inside = min(max(x, t.X[0]), t.X[n-2])
		}
		i = t.position(inside)
	} else {
		i = t.search(x)
	}
	switch {
	case t.Kind == PointBefore, t.Kind == PointAfter && x <= t.X[i]:
		return t.Y[i]
	case t.Kind == PointAfter:
		return t.Y[i+1]
	case t.Steep:
		return t.Y[i] + float64((x-t.X[i])*(t.Y[i+1]-t.Y[i]))/(t.X[i+1]-t.X[i])
	}
	return t.Y[i] + float64((x-t.X[i])*t.Slope[i])
}

// search finds the segment that holds x: the last point at or before it, but
// for the last of all.
func (t *Table) search(x float64) int {
	low, high := 0, len(t.X)-1
	for high-low > 1 {
		if middle := (low + high) / 2; t.X[middle] <= x {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// Key is the same for tables that are the same.
func (t *Table) Key() string {
	key := binary.LittleEndian.AppendUint64(nil, uint64(t.Kind))
	for _, values := range [...][]float64{t.X, t.Y} {
		for _, x := range values {
			key = binary.LittleEndian.AppendUint64(key, math.Float64bits(x))
		}
	}
	return string(key)
}

// Inverse is the table that gives x for y, with lines between the points; false
// when the y values neither rise nor fall throughout.
func (t *Table) Inverse() (Table, bool) {
	n := len(t.Y)
	x, y := make([]float64, n), make([]float64, n)
	falling := n > 1 && t.Y[1] < t.Y[0]
	for i := range n {
		k := i
		if falling {
			k = n - 1 - i
		}
		x[i], y[i] = t.Y[k], t.X[k]
		if i > 0 && !(x[i] > x[i-1]) {
			return Table{}, false
		}
	}
	return New(x, y, Lines), true
}
