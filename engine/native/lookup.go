package native

import (
	"math"
	"slices"

	"handover/engine/amd64"
	"handover/engine/lookup"
)

// mostCompared is how many entries a table can have that is searched by
// comparing with every point, where there are no permutations.
const mostCompared = 16

// AbleLookup says whether machine code can read a graphical function: its points
// must be finite and in order, and no value -0, which would become 0 at the ends.
func AbleLookup(l *lookup.Table) bool {
	n := len(l.X)
	if n == 0 || n != len(l.Y) || n >= 1<<20 || l.Steep {
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
		twice := run == 0 && (i == 1 || l.Kind == lookup.PointAfter)
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
	// columns are the values to fetch: of an entry's point and its slope.
	columns [][]float64
	// inside says that what is looked for lies between the first and last start.
	inside bool
	// even, when not nil, is the table whose points lie evenly.
	even *lookup.Table
}

// Lookup reads a graphical function, for which AbleLookup is true, at x.
func (b *Builder) Lookup(l *lookup.Table, x Value) Value {
	n := len(l.X)
	if n == 1 {
		return b.Choose(b.Compare(amd64.Unordered, x, x), x, b.Constant(l.Y[0]))
	}
	switch l.Kind {
	case lookup.PointBefore:
		y := b.fetch(segments{start: l.X, columns: [][]float64{l.Y}}, x)[0]
		return b.Choose(b.Compare(amd64.Unordered, x, x), x, y)
	case lookup.PointAfter:
		// The first point not before x is the one after all points before x.
		start := make([]float64, n)
		for i := 1; i < n; i++ {
			start[i] = math.Nextafter(l.X[i-1], math.Inf(1))
		}
		y := b.fetch(segments{start: start, columns: [][]float64{l.Y}}, x)[0]
		return b.Choose(b.Compare(amd64.Unordered, x, x), x, y)
	}
	s := segments{start: l.X[:n-1], columns: [][]float64{l.X[:n-1], l.Y[:n-1], l.Slope}}
	at := x
	if l.Kind == lookup.Lines {
		// Beyond the ends x is moved to the end, where the line does not rise: at the
		// left end the slope counts zero times, the right end has none.
		at = b.two(least, b.Constant(l.X[n-1]), b.two(greatest, b.Constant(l.X[0]), x))
		s = segments{start: l.X, columns: [][]float64{l.X, l.Y, l.Slope}, inside: true}
	}
	if l.Even {
		s.even = l
	}
	got := b.fetch(s, at)
	return b.Add(got[1], b.Multiply(b.Subtract(at, got[0]), got[2]))
}

func same(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return math.Float64bits(v) != math.Float64bits(x[0]) })
}

// position is an entry of a table, a lane. Where the table has 17 to 32 entries,
// upper is the mask of those from 16 on; else it is none.
type position struct{ entry, upper Value }

// fetch finds, for each lane, the last entry that starts at or before x, and
// gives its value of each column.
func (b *Builder) fetch(s segments, x Value) []Value {
	if len(s.start) == 1 {
		return b.columns(s, position{none, none}, 1)
	}
	size := 1
	for size < len(s.start) {
		size *= 2
	}
	if s.even != nil {
		return b.spread(s, x, size)
	}
	if !b.wide() && len(s.start) <= mostCompared {
		return b.compared(s, s.start, x)
	}
	if at, ok := b.guess(s, x); ok {
		return b.columns(s, position{at, none}, max(size, 8))
	}
	return b.halves(s, x, max(size, 8))
}

// spread reads a table whose points lie evenly: a product tells the entry, to the
// bits of lookup.Table.
func (b *Builder) spread(s segments, x Value, size int) []Value {
	last := len(s.start) - 1
	if !s.inside {
		x = b.two(least, b.Constant(s.start[last]), b.two(greatest, b.Constant(s.start[0]), x))
	}
	product := b.Multiply(b.Subtract(x, b.Constant(s.even.Offset)), b.Constant(s.even.Scale))
	if !b.wide() {
		product = b.Floor(product)
		if last < mostCompared {
			number := make([]float64, last+1)
			for i := range number {
				number[i] = float64(i)
			}
			return b.compared(s, number, product)
		}
		// Added to 2^52, a whole number stands in the last bits.
		entry := b.Add(product, b.Constant(1<<52))
		return b.columns(s, position{b.And(entry, b.Word(uint64(size-1))), none}, size)
	}
	at := position{b.one(whole, product, 0), none}
	switch {
	case size == 32:
		at.upper = b.NotLess(product, b.Constant(16))
	case size > 32:
		at.entry = b.And(at.entry, b.Word(uint64(size-1))) // NaN must not lead out of the table
	}
	return b.columns(s, at, max(size, 8))
}

// compared finds an entry by comparing with the start of every one.
func (b *Builder) compared(s segments, start []float64, x Value) []Value {
	out := make([]Value, len(s.columns))
	for c, column := range s.columns {
		out[c] = b.Constant(column[0])
	}
	for i := 1; i < len(start); i++ {
		here := b.Compare(amd64.LessEqual, b.Constant(start[i]), x)
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

// halves searches by halves, over a number of entries that is a power of two. The
// added ones start at NaN, so that they are never taken.
func (b *Builder) halves(s segments, x Value, size int) []Value {
	start := slices.Clone(s.start)
	for len(start) < size {
		start = append(start, math.NaN())
	}
	at := position{b.Word(0), none}
	step := size / 2
	if b.wide() && size == 32 {
		at.upper = b.Compare(amd64.LessEqual, b.Constant(start[16]), x)
		step = 8
	}
	for ; step > 0; step /= 2 {
		next := position{b.Or(at.entry, b.Word(uint64(step))), at.upper}
		var there Value
		if b.wide() && size <= 32 {
			there = b.small(start, next)
		} else {
			there = b.read(b.unit.pool.numbers(start), at.entry, step)
		}
		at.entry = b.Choose(b.Compare(amd64.LessEqual, there, x), next.entry, at.entry)
	}
	return b.columns(s, at, size)
}

// guess finds entries that lie nearly so evenly that a product tells which one
// holds x, or the one before; one comparison then settles it.
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
	entry := b.one(whole, b.Multiply(b.Subtract(inside, b.Constant(offset)), b.Constant(scale)), 0)
	size := 8
	if last > 7 {
		size = 16
	}
	following := slices.Clone(s.start[1:])
	for len(following) < size {
		following = append(following, math.NaN())
	}
	here := b.Compare(amd64.LessEqual, b.small(following, position{entry, none}), x)
	return b.Choose(here, b.AddWords(entry, b.Word(1)), entry), true
}

// columns fetches the values of the entries at a position; size is a power of
// two that is not below the number of entries, and 8 at least unless 1.
func (b *Builder) columns(s segments, at position, size int) []Value {
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
		if b.wide() && size <= 32 {
			out[c] = b.small(column, at)
		} else {
			out[c] = b.read(b.unit.pool.numbers(column), at.entry, 0)
		}
	}
	return out
}

// small reads a table of 8, 16 or 32 numbers by permutation.
func (b *Builder) small(x []float64, at position) Value {
	half := func(x []float64) Value {
		low := b.add(node{words, none, none, none, none, uint64(b.unit.pool.numbers(x[:8]))})
		if len(x) == 8 {
			return b.two(permute8, at.entry, low)
		}
		high := b.add(node{words, none, none, none, none, uint64(b.unit.pool.numbers(x[8:]))})
		return b.add(node{permute16, at.entry, low, high, none, 0})
	}
	if len(x) < 32 {
		return half(x)
	}
	return b.Choose(at.upper, half(x[16:]), half(x[:16]))
}
