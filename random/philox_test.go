package random

import (
	"math"
	"testing"
)

// The known answers of Random123 (kat_vectors, philox4x32 10).
func TestPhilox(t *testing.T) {
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, [2]uint32{0xffffffff, 0xffffffff}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox(c.counter, c.key); got != c.want {
			t.Errorf("Philox(%x, %x) = %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

// The published vectors of FNV-1a.
func TestSite(t *testing.T) {
	for name, want := range map[string]uint32{"": 0x811c9dc5, "a": 0xe40c292c, "foobar": 0xbf9cf968} {
		if got := Site(name); got != want {
			t.Errorf("Site(%q) = %#x, want %#x", name, got, want)
		}
	}
}

func TestUniformIsOpen(t *testing.T) {
	if low, high := open(0), open(math.MaxUint64); !(low > 0) || !(high < 1) || low+high != 1 {
		t.Errorf("the ends are %v and %v", low, high)
	}
}

// TestUniformWord ties a stream to the words of its blocks.
func TestUniformWord(t *testing.T) {
	s := At(0x0123456789abcdef, 5, 6, 7)
	for draw := range uint32(5) {
		b := Philox([4]uint32{5, 6, 7, draw}, [2]uint32{0x89abcdef, 0x01234567})
		want := (float64((uint64(b[1])<<32|uint64(b[0]))>>12) + 0.5) / (1 << 52)
		if got := s.Uniform(); got != want {
			t.Errorf("draw %d is %v, want %v", draw, got, want)
		}
	}
}

func TestInto(t *testing.T) {
	const first, step, site = math.MaxUint32 - 20, 9, 77 // the run number wraps round
	uniform, normal := make([]float64, 64), make([]float64, 64)
	for _, draw := range []uint32{0, 1, 5} {
		UniformInto(uniform, 42, first, step, site, draw)
		NormalInto(normal, 42, first, step, site, draw)
		for i := range uniform {
			a := At(42, first+uint32(i), step, site)
			for range draw {
				a.Exponential()
			}
			b := At(42, first+uint32(i), step, site)
			b.Skip(draw)
			if u, z := a.Uniform(), b.Normal(); u != uniform[i] || z != normal[i] {
				t.Fatalf("draw %d of run +%d: %v and %v, in the slice %v and %v", draw, i, u, z, uniform[i], normal[i])
			}
		}
	}
}

// TestPlaces checks that streams at neighbouring places have nothing in common.
func TestPlaces(t *testing.T) {
	base := At(1, 1, 1, 1)
	for name, other := range map[string]Stream{
		"seed": At(2, 1, 1, 1), "high half of the seed": At(1+1<<32, 1, 1, 1), "run": At(1, 2, 1, 1), "step": At(1, 1, 2, 1), "site": At(1, 1, 1, 2),
	} {
		a, b := base, other
		const n = 4000
		sum := 0.0
		for range n {
			sum += (a.Uniform() - 0.5) * (b.Uniform() - 0.5) * 12
		}
		if r := sum / n; math.Abs(r) > 4/math.Sqrt(n) {
			t.Errorf("correlation %v with another %s", r, name)
		}
	}
}
