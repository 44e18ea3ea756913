package engine

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"handover/engine/lookup"
	"handover/engine/native"
)

// TestLookupsInMachineCode reads graphical functions of every kind and size at,
// beside and between their points, and far off.
func TestLookupsInMachineCode(t *testing.T) {
	list := machines(t)
	for _, points := range []int{1, 2, 3, 7, 8, 9, 11, 15, 16, 17, 18, 27, 32, 33, 70} {
		for _, kind := range []lookup.Kind{lookup.Lines, lookup.LinesBeyond, lookup.PointBefore, lookup.PointAfter} {
			for _, step := range []float64{1, 0.1, 0} { // 0: points twice
				var xs, ys []float64
				for i := range points {
					x := float64(i) * step
					if step == 0 {
						x = float64(i) / 3
						if i > 2 && i%4 == 0 {
							x = xs[i-1]
						}
					}
					xs, ys = append(xs, x), append(ys, math.Mod(float64(i*i)*1.7, 11)-4)
				}
				q := lookup.New(xs, ys, kind)
				var at []float64
				for _, x := range q.X {
					at = append(at, x, math.Nextafter(x, -1e9), math.Nextafter(x, 1e9), x+step/3)
				}
				at = append(at, math.NaN(), math.Inf(1), math.Inf(-1), -5, 1e9, math.Copysign(0, -1))
				for _, b := range list {
					for i, got := range readTable(t, b, &q, at) {
						if want := q.At(at[i]); math.Float64bits(got) != math.Float64bits(want) && (got == got || want == want) {
							t.Fatalf("%s, %d points, kind %v, step %v: at %v is %v, expected %v", b, points, kind, step, at[i], got, want)
						}
					}
				}
			}
		}
	}
}

// readTable reads a table in machine code, or as the interpreter does when
// machine code leaves it to that.
func readTable(t *testing.T, back Backend, q *lookup.Table, at []float64) []float64 {
	t.Helper()
	lanes := (len(at) + 7) / 8 * 8
	u, err := native.NewUnit(back.form(), 2, lanes)
	if err != nil {
		t.Fatal(err)
	}
	if !native.AbleLookup(q) {
		out := make([]float64, len(at))
		for i, x := range at {
			out[i] = q.At(x)
		}
		return out
	}
	b := u.NewBuilder()
	b.Store(1, b.Lookup(q, b.Load(0)), true)
	r, err := b.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Seal(); err != nil {
		t.Fatal(err)
	}
	s, err := u.NewState()
	if err != nil {
		t.Fatal(err)
	}
	copy(s.Floats, at)
	s.Run(r, 0, lanes, rareLanes)
	out := slices.Clone(s.Floats[lanes:][:len(at)])
	runtime.KeepAlive(s)
	return out
}
