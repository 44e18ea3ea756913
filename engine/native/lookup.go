package native

import (
	"math"
	"slices"

	"handover/engine/amd64"
)

// Lookup is a graphical function: rising x values, their y values, and what
// holds between and beyond them.
type Lookup struct {
	X, Y []float64
	Kind LookupKind
}

// LookupKind is how a lookup is read between its points.
type LookupKind uint8

// The kinds: lines between the points with the end values beyond them, lines
// that go on beyond, the point before, the point not before.
const (
	Lines LookupKind = iota
	LinesBeyond
	PointBefore
	PointAfter
)

// mostCompared is how many entries a table can have that is searched by
// comparing with every point, where there are no permutations.
const mostCompared = 16

// Able says whether machine code can read the lookup: its points must be finite
// and in order, and no value -0, which would become 0 at the ends.
func (l Lookup) Able() bool {
	n := len(l.X)
	if n == 0 || n != len(l.Y) || n >= 1<<20 {
		return false
	}
	for i, x := range l.X {
		if x-x != 0 || l.Y[i]-l.Y[i] != 0 || math.Float64bits(l.Y[i]) == 1<<63 {
			return false
		}
		if i == 0 {
			continue
		}
		rise, run := l.Y[i]-l.Y[i-1], x-l.X[i-1]
		twice := run == 0 && (i == 1 || l.Kind == PointAfter)
		if rise-rise != 0 || run-run != 0 || run < 0 || twice {
			return false
		}
	}
	return true
}

// segments is a lookup laid out for reading: entry i holds from start[i] on.
// The first entry's start is not looked at.
type segments struct {
	start []float64
	// columns are the values to fetch: of an entry's point, its rise and its run.
	columns [][]float64
	// inside says that what is looked for lies between the first and last start.
	inside bool
}

// Lookup reads a graphical function at x.
func (b *Builder) Lookup(l Lookup, x Value) Value {
	n := len(l.X)
	nan := b.Compare(amd64.Unordered, x, x)
	if n == 1 {
		return b.Choose(nan, x, b.Constant(l.Y[0]))
	}
	switch l.Kind {
	case PointBefore:
		y := b.fetch(segments{start: l.X, columns: [][]float64{l.Y}}, x)[0]
		return b.Choose(nan, x, y)
	case PointAfter:
		// The first point not before x is the one after all points before x.
		start := make([]float64, n)
		for i := 1; i < n; i++ {
			start[i] = math.Nextafter(l.X[i-1], math.Inf(1))
		}
		y := b.fetch(segments{start: start, columns: [][]float64{l.Y}}, x)[0]
		return b.Choose(nan, x, y)
	}
	rise, run := make([]float64, n-1), make([]float64, n-1)
	for i := range rise {
		rise[i], run[i] = l.Y[i+1]-l.Y[i], l.X[i+1]-l.X[i]
	}
	from, start := l.X[:n-1], l.X[:n-1]
	values := l.Y[:n-1]
	at := x
	if l.Kind == Lines {
		// Beyond the ends x is moved to the end: at the left end the rise counts
		// zero times; the right end is an entry of its own that does not rise.
		at = b.two(least, b.Constant(l.X[n-1]), b.two(greatest, b.Constant(l.X[0]), x))
		from, start, values = l.X, l.X, l.Y
		rise, run = append(rise, 0), append(run, 1)
		if same(run[:n-1]) {
			run[n-1] = run[0]
		}
	}
	got := b.fetch(segments{start, [][]float64{from, values, rise, run}, l.Kind == Lines}, at)
	return b.Add(got[1], b.Divide(b.Multiply(b.Subtract(at, got[0]), got[2]), got[3]))
}

func same(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return math.Float64bits(v) != math.Float64bits(x[0]) })
}

// fetch finds, for each lane, the last entry that starts at or before x, and
// gives its value of each column.
func (b *Builder) fetch(s segments, x Value) []Value {
	out := make([]Value, len(s.columns))
	entries := len(s.start)
	if entries == 1 {
		for c, column := range s.columns {
			out[c] = b.Constant(column[0])
		}
		return out
	}
	size := 1
	for size < entries {
		size *= 2
	}
	if !b.wide() && entries <= mostCompared {
		for c, column := range s.columns {
			out[c] = b.Constant(column[0])
		}
		for i := 1; i < entries; i++ {
			here := b.Compare(amd64.LessEqual, b.Constant(s.start[i]), x)
			for c, column := range s.columns {
				out[c] = b.Choose(here, b.Constant(column[i]), out[c])
			}
		}
		for c, column := range s.columns {
			if same(column) {
				out[c] = b.Constant(column[0])
			}
		}
		return out
	}
	if position, ok := b.guess(s, x); ok {
		return b.columns(s, position, max(size, 8))
	}
	// A search by halves, over a number of entries that is a power of two. The
	// added ones start at NaN, so that they are never taken.
	size = max(size, 8)
	start := slices.Clone(s.start)
	for len(start) < size {
		start = append(start, math.NaN())
	}
	position := b.Word(0)
	for step := size / 2; step > 0; step /= 2 {
		var there Value
		next := b.Or(position, b.Word(uint64(step)))
		if size <= 16 {
			there = b.small(start, next)
		} else {
			there = b.read(b.unit.pool.numbers(start), position, step)
		}
		position = b.Choose(b.Compare(amd64.LessEqual, there, x), next, position)
	}
	return b.columns(s, position, size)
}

// guess finds entries that lie so evenly that a product tells which one holds x,
// or the one before; one comparison then settles it.
func (b *Builder) guess(s segments, x Value) (Value, bool) {
	last := len(s.start) - 1
	if !b.wide() || last < 1 || last > 15 {
		return none, false
	}
	first, end := s.start[0], s.start[last]
	scale := float64(last) / (end - first)
	offset := first + 1e-3/scale // a little less, so that it is never too far
	at := func(x float64) int { return int(float64((x - offset) * scale)) }
	// Rounding keeps order, so the ends of each entry show what holds between.
	for i, from := range s.start {
		if g := at(from); g < i-1 || g > i || i > 0 && at(math.Nextafter(from, math.Inf(-1))) > i-1 {
			return none, false
		}
	}
	inside := x
	if !s.inside {
		inside = b.two(least, b.Constant(end), b.two(greatest, b.Constant(first), x))
	}
	position := b.one(whole, b.Multiply(b.Subtract(inside, b.Constant(offset)), b.Constant(scale)), 0)
	size := 8
	if last > 7 {
		size = 16
	}
	following := slices.Clone(s.start[1:])
	for len(following) < size {
		following = append(following, math.NaN())
	}
	here := b.Compare(amd64.LessEqual, b.small(following, position), x)
	return b.Choose(here, b.AddWords(position, b.Word(1)), position), true
}

// columns fetches the values of the entries at a position; size is a power of
// two that is not below the number of entries, and 8 at least.
func (b *Builder) columns(s segments, position Value, size int) []Value {
	out := make([]Value, len(s.columns))
	for c, column := range s.columns {
		if same(column) {
			out[c] = b.Constant(column[0])
			continue
		}
		column = slices.Clone(column)
		for len(column) < size {
			column = append(column, column[len(column)-1])
		}
		if size <= 16 {
			out[c] = b.small(column, position)
		} else {
			out[c] = b.read(b.unit.pool.numbers(column), position, 0)
		}
	}
	return out
}

// small reads a table of 8 or 16 numbers by permutation.
func (b *Builder) small(x []float64, position Value) Value {
	low := b.add(node{words, none, none, none, none, uint64(b.unit.pool.numbers(x[:8]))})
	if len(x) == 8 {
		return b.two(permute8, position, low)
	}
	high := b.add(node{words, none, none, none, none, uint64(b.unit.pool.numbers(x[8:]))})
	return b.add(node{permute16, position, low, high, none, 0})
}
