package ensemble

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// finiteValues draws values of all sizes, with zeros and repetitions.
func finiteValues(least int) *rapid.Generator[[]float64] {
	value := rapid.OneOf(
		rapid.Float64Range(-1e300, 1e300),
		rapid.Float64Range(-1, 1),
		rapid.Float64Range(100, 101),
		rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, -1, 5e-324, -5e-324, math.MaxFloat64, -math.MaxFloat64, 1e-310}),
	)
	return rapid.SliceOfN(value, least, 200)
}

func sketchOf(values []float64) *sketch {
	s := &sketch{}
	for _, v := range values {
		s.add(v)
	}
	return s
}

func TestSketchOrderCannotBeSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := finiteValues(0).Draw(t, "a"), finiteValues(0).Draw(t, "b"), finiteValues(0).Draw(t, "c")
		all := slices.Concat(a, b, c)
		want := sketchOf(all).appendTo(nil)
		left := sketchOf(a)
		left.merge(sketchOf(b))
		left.merge(sketchOf(c))
		right := sketchOf(c)
		right.merge(sketchOf(b))
		inner := sketchOf(a)
		right.merge(inner)
		shuffled := rapid.Permutation(all).Draw(t, "shuffled")
		for _, got := range []*sketch{left, right, sketchOf(shuffled)} {
			if !bytes.Equal(want, got.appendTo(nil)) {
				t.Fatal("the bytes depend on the order of additions and merges")
			}
		}
		read, rest, err := readSketch(append(bytes.Clone(want), 42))
		if err != nil || len(rest) != 1 || !bytes.Equal(want, read.appendTo(nil)) {
			t.Fatalf("read back: %v, %d bytes left", err, len(rest))
		}
	})
}

func TestSketchQuantilesAreWithinTheirError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := finiteValues(1).Draw(t, "values")
		s := sketchOf(values)
		slices.Sort(values)
		levels := []float64{0, 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975, 1}
		got := make([]float64, len(levels))
		s.quantiles(levels, got)
		for i, level := range levels {
			// The quantile lies between two order statistics; each is estimated to
			// 0.2% of itself.
			h := level * float64(len(values)-1)
			a, b := values[int(h)], values[min(int(h)+1, len(values)-1)]
			slack := func(v float64) float64 { return math.Abs(v)/500 + 1e-300 }
			f := h - math.Floor(h)
			want := a + f*(b-a)
			if math.IsInf(b-a, 0) {
				continue
			}
			if math.Abs(got[i]-want) > (1-f)*slack(a)+f*slack(b) {
				t.Fatalf("quantile %g is %g; expected %g", level, got[i], want)
			}
		}
	})
}

func TestSketchOfOneValueIsExact(t *testing.T) {
	s := sketchOf([]float64{math.Pi, math.Pi, math.Pi})
	var got [3]float64
	s.quantiles([]float64{0.1, 0.5, 0.9}, got[:])
	if got != [3]float64{math.Pi, math.Pi, math.Pi} {
		t.Error(got)
	}
}

func TestBucketsRiseWithValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := finiteValues(2).Draw(t, "values")
		for _, v := range values {
			low, high := bucketBounds(bucketOf(v))
			low, high = min(low, high), max(low, high)
			if math.Abs(v) >= 1e-307 && (v < low || v > high) {
				t.Fatalf("%g is not in its bucket, %g to %g", v, low, high)
			}
			if math.Abs(v) >= 1e-307 && high-low > math.Abs(v)/512 {
				t.Fatalf("the bucket of %g is %g wide", v, high-low)
			}
		}
		slices.Sort(values)
		for i := 1; i < len(values); i++ {
			if bucketOf(values[i-1]+0) > bucketOf(values[i]+0) {
				t.Fatalf("buckets of %g and %g", values[i-1], values[i])
			}
		}
	})
}

func FuzzDecodeCheckpoint(f *testing.F) {
	s := &state{rounds: 2, bad: 1, kept: 511, firstBad: "x at month 3", length: 100, crc: 7,
		sketches: []sketch{*sketchOf([]float64{1, 2, -3, 0}), {}}, counts: []uint32{0, 5, 1 << 30}}
	good, err := encodeCheckpoint(Manifest{Case: "c", Strategies: []string{"a"}}, s)
	if err != nil {
		f.Fatal(err)
	}
	m, back, err := decodeCheckpoint(good)
	if err != nil {
		f.Fatal(err)
	}
	if again, _ := encodeCheckpoint(m, back); !bytes.Equal(good, again) {
		f.Fatal("not the same after writing and reading")
	}
	// The checksum hides the rest from a fuzzer, so it is put right again.
	f.Add(good[len(checkpointMagic) : len(good)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, _, err := decodeCheckpoint(body); err == nil {
			t.Error("taken without magic")
		}
		m, s, err := decodeCheckpoint(seal(body))
		if err != nil {
			return
		}
		again, err := encodeCheckpoint(m, s)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := decodeCheckpoint(again); err != nil {
			t.Errorf("read once, not twice: %v", err)
		}
		for i := range s.sketches {
			if s.sketches[i].count > 0 {
				var at [7]float64
				s.sketches[i].quantiles(Levels, at[:])
			}
		}
	})
}

// TestSketchCountsBeyondItsWindow counts one value more often than a number of
// the window can say.
func TestSketchCountsBeyondItsWindow(t *testing.T) {
	values := slices.Repeat([]float64{3, 3, 5}, 40000)
	s := &sketch{}
	for at := 0; at < len(values); at += roundSize {
		s.add(values[at:min(at+roundSize, len(values))]...)
	}
	together := sketchOf([]float64{4})
	together.merge(s)
	together.merge(s)
	for of, want := range map[*sketch][]uint64{s: {80000, 40000}, together: {160000, 1, 80000}} {
		var got []uint64
		for _, f := range of.filled() {
			got = append(got, f.count)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the buckets hold %v; expected %v", got, want)
		}
	}
}
