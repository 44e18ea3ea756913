package design

import (
	"math"
	"testing"
)

// TestSobolPoints compares unscrambled points with those of SciPy's qmc.Sobol,
// which takes them in Gray-code order.
func TestSobolPoints(t *testing.T) {
	at := func(i uint32, dimensions ...int) []float64 {
		p := make([]float64, len(dimensions))
		for k, d := range dimensions {
			s := newSequence(d, 0)
			p[k] = float64(s.plain(i^i>>1)) / (1 << 32)
		}
		return p
	}
	same := func(got, want []float64) bool {
		for k := range want {
			if got[k] != want[k] {
				return false
			}
		}
		return len(got) == len(want)
	}
	for i, want := range [][]float64{
		{0, 0, 0, 0, 0}, {0.5, 0.5, 0.5, 0.5, 0.5}, {0.75, 0.25, 0.25, 0.25, 0.75}, {0.25, 0.75, 0.75, 0.75, 0.25},
		{0.375, 0.375, 0.625, 0.875, 0.375}, {0.875, 0.875, 0.125, 0.375, 0.875}, {0.625, 0.125, 0.875, 0.625, 0.625}, {0.125, 0.625, 0.375, 0.125, 0.125},
	} {
		if got := at(uint32(i), 0, 1, 2, 3, 4); !same(got, want) {
			t.Errorf("point %d is %v, want %v", i, got, want)
		}
	}
	far := []int{5, 79, 500, 1000, 2047}
	if got := at(33, far...); !same(got, []float64{0.421875, 0.515625, 0.296875, 0.265625, 0.828125}) {
		t.Errorf("point 33 is %v", got)
	}
	if got := at(63, far...); !same(got, []float64{0.140625, 0.046875, 0.640625, 0.671875, 0.109375}) {
		t.Errorf("point 63 is %v", got)
	}
}

// TestDirections checks the property that makes each dimension a sequence of
// strata: the matrix of direction numbers is upper triangular with ones.
func TestDirections(t *testing.T) {
	for d := range MaxSobol {
		for k, v := range directions(d) {
			if v<<k != 1<<31 && v<<k>>31 != 1 || v&(1<<(31-k)-1) != 0 {
				t.Fatalf("dimension %d, direction %d is %#x", d, k, v)
			}
		}
	}
}

// TestScrambledNet checks that scrambling keeps what makes the points even: every
// dimension has one point in each of n strata, and the first two dimensions one
// in each box of area 1/n, whatever its shape (a (0,m,2)-net).
func TestScrambledNet(t *testing.T) {
	for _, m := range []int{0, 1, 5, 10} {
		n := 1 << m
		rows := table(newDesign(t, Sobol, uint64(m), n, plain(60)))
		for f := range 60 {
			seen := make([]bool, n)
			for _, row := range rows {
				if u := row[f]; !(u > 0 && u < 1) {
					t.Fatalf("%v is not inside (0,1)", u)
				}
				k := int(row[f] * float64(n))
				if seen[k] {
					t.Fatalf("n = %d, dimension %d: stratum %d is taken twice", n, f, k)
				}
				seen[k] = true
			}
		}
		for left := range m + 1 {
			wide, high := float64(int(1)<<left), float64(int(1)<<(m-left))
			seen := map[[2]int]bool{}
			for _, row := range rows {
				box := [2]int{int(row[0] * wide), int(row[1] * high)}
				if seen[box] {
					t.Fatalf("n = %d: box %v of %v by %v is taken twice", n, box, wide, high)
				}
				seen[box] = true
			}
		}
	}
}

// TestScrambleIsUniform looks at single points over many keys: each must be
// uniform on (0,1), and two must be uncorrelated over the keys.
func TestScrambleIsUniform(t *testing.T) {
	const keys = 20000
	for _, i := range []uint32{0, 1, 2, 1023, 1 << 31} {
		var counts [64]float64
		product := 0.0
		for k := range keys {
			s := newSequence(3, mix(uint64(k)))
			u := s.scrambled(i)
			counts[int(u*64)]++
			product += (u - 0.5) * (s.scrambled(i^5) - 0.5) * 12
		}
		chi := 0.0
		for _, c := range counts {
			chi += (c - keys/64.0) * (c - keys/64.0) / (keys / 64.0)
		}
		if chi > 63+4.5*math.Sqrt(126) {
			t.Errorf("point %d: chi-square %.1f in 64 cells", i, chi)
		}
		// Points 0 and 5 differ in the first bit of this dimension or the second,
		// so a scramble keeps them apart: their covariance is negative or zero.
		if r := product / keys; r > 4.5/math.Sqrt(keys) {
			t.Errorf("points %d and %d have correlation %v over the keys", i, i^5, r)
		}
	}
}

// integrationError is the root mean square error, over seeds, of the mean of a
// smooth function of six factors whose integral is 1.
func integrationError(t *testing.T, kind Kind, n int) float64 {
	t.Helper()
	const seeds = 20
	sum := 0.0
	p := make([]float64, 6)
	for seed := range uint64(seeds) {
		d := newDesign(t, kind, seed, n, plain(6))
		total := 0.0
		for i := range n {
			d.Point(i, p)
			f := 1.0
			for k, u := range p {
				f *= 1 + (3*u*u-1)/float64(k+2)
			}
			total += f
		}
		e := total/float64(n) - 1
		sum += e * e
	}
	return math.Sqrt(sum / seeds)
}

func TestIntegration(t *testing.T) {
	slope := func(kind Kind) (float64, float64) {
		few, many := integrationError(t, kind, 128), integrationError(t, kind, 4096)
		return math.Log2(many/few) / 5, many
	}
	s, sobol := slope(Sobol)
	m, mc := slope(MonteCarlo)
	l, latin := slope(LatinHypercube)
	t.Logf("error at 4096 points and power of n: Sobol' %.2g %.2f, Latin hypercube %.2g %.2f, Monte Carlo %.2g %.2f", sobol, s, latin, l, mc, m)
	if s > -0.9 {
		t.Errorf("Sobol' errors fall like n^%.2f, expected -1 or better", s)
	}
	if m < -0.75 || m > -0.25 {
		t.Errorf("Monte Carlo errors fall like n^%.2f, expected -0.5", m)
	}
	if sobol > mc/20 || latin > mc/2 {
		t.Errorf("errors at 4096 points: Sobol' %v, Latin hypercube %v, Monte Carlo %v", sobol, latin, mc)
	}
}
