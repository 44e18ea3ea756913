package sensitivity

import (
	"errors"
	"math"
	"testing"

	"handover/random"
)

// ishigami is the function of Ishigami and Homma 1990 with a = 7, b = 0.1 on
// -pi..pi; its indices are known.
func ishigami(u []float64) float64 {
	x := func(i int) float64 { return math.Pi * (2*u[i] - 1) }
	return math.Sin(x(0)) + 7*math.Pow(math.Sin(x(1)), 2) + 0.1*math.Pow(x(2), 4)*math.Sin(x(0))
}

var (
	ishigamiFirst = []float64{0.3139, 0.4424, 0}
	ishigamiTotal = []float64{0.5576, 0.4424, 0.2437}
)

// sobolG is Sobol's g-function with the usual coefficients; its indices are known
// in closed form.
var gCoefficients = []float64{0, 1, 4.5, 9, 99, 99, 99, 99}

func sobolG(u []float64) float64 {
	y := 1.0
	for i, a := range gCoefficients {
		y *= (math.Abs(4*u[i]-2) + a) / (1 + a)
	}
	return y
}

func sobolGIndices() (first, total []float64) {
	all := 1.0
	v := make([]float64, len(gCoefficients))
	for i, a := range gCoefficients {
		v[i] = 1 / (3 * (1 + a) * (1 + a))
		all *= 1 + v[i]
	}
	variance := all - 1
	for i := range v {
		first = append(first, v[i]/variance)
		total = append(total, v[i]*all/(1+v[i])/variance)
	}
	return first, total
}

func run(t *testing.T, f func(u []float64) float64, k, n int, e Estimator) *Indices {
	t.Helper()
	s, err := NewSaltelli(n, k, false, 1)
	if err != nil {
		t.Fatal(err)
	}
	y := make([][]float64, s.Matrices())
	u := make([]float64, k)
	for m := range y {
		y[m] = make([]float64, n)
		for r := range n {
			s.Point(m, r, u)
			y[m][r] = f(u)
		}
	}
	found, err := s.Estimate(y, e, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func worst(found *Indices, first, total []float64) float64 {
	far := 0.0
	for i, f := range found.Factors {
		far = math.Max(far, math.Max(math.Abs(f.First.Middle-first[i]), math.Abs(f.Total.Middle-total[i])))
	}
	return far
}

// TestSobolIndices compares with analytic values and asks the error to fall
// with the number of rows.
func TestSobolIndices(t *testing.T) {
	gFirst, gTotal := sobolGIndices()
	for _, c := range []struct {
		name         string
		f            func([]float64) float64
		first, total []float64
	}{{"Ishigami", ishigami, ishigamiFirst, ishigamiTotal}, {"Sobol G", sobolG, gFirst, gTotal}} {
		for _, e := range []Estimator{Jansen, Sobol} {
			few := worst(run(t, c.f, len(c.first), 128, e), c.first, c.total)
			many := worst(run(t, c.f, len(c.first), 16384, e), c.first, c.total)
			t.Logf("%s, estimator %d: largest error %.4f with 128 rows, %.5f with 16,384", c.name, e, few, many)
			if many > 0.005 || many > few/4 {
				t.Errorf("%s, estimator %d: largest error %v with 128 rows and %v with 16,384", c.name, e, few, many)
			}
		}
	}
}

// TestIntervalsHoldTheTruth: an 80% interval holds the analytic value in most
// of many small designs. Rows of a Sobol' sequence are spread more evenly than
// independent ones, so bootstrap intervals are wide rather than narrow.
func TestIntervalsHoldTheTruth(t *testing.T) {
	held, all := 0, 0
	for seed := range uint64(40) {
		s, _ := NewSaltelli(200, 3, false, seed)
		y := make([][]float64, s.Matrices())
		u := make([]float64, 3)
		for m := range y {
			for r := range s.Rows() {
				s.Point(m, r, u)
				y[m] = append(y[m], ishigami(u))
			}
		}
		found, err := s.Estimate(y, Jansen, 100, seed)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range found.Factors {
			all++
			if f.Total.Low <= ishigamiTotal[i] && ishigamiTotal[i] <= f.Total.High {
				held++
			}
		}
	}
	t.Logf("%d of %d intervals hold the truth", held, all)
	if float64(held) < 0.7*float64(all) {
		t.Errorf("%d of %d intervals hold the truth; expected 80%%", held, all)
	}
}

// TestChanceIsAFactor: of an outcome u0 + noise with equal variances, each
// explains half.
func TestChanceIsAFactor(t *testing.T) {
	const n = 4096
	s, err := NewSaltelli(n, 2, true, 3)
	if err != nil {
		t.Fatal(err)
	}
	y := make([][]float64, s.Matrices())
	u := make([]float64, 2)
	for m := range y {
		for r := range n {
			s.Point(m, r, u)
			stream := random.At(9, uint32(s.Stream(m, r)), 0, 0)
			y[m] = append(y[m], u[0]+stream.Uniform())
		}
	}
	found, err := s.Estimate(y, Jansen, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.5, 0, 0.5} {
		if got := found.Factors[i].Total.Middle; math.Abs(got-want) > 0.04 {
			t.Errorf("factor %d: total %v, want %v", i, got, want)
		}
	}
}

func TestEstimateRefuses(t *testing.T) {
	s, _ := NewSaltelli(16, 2, false, 1)
	y := make([][]float64, 4)
	for m := range y {
		y[m] = make([]float64, 16)
		for r := range y[m] {
			y[m][r] = 1e9 + 0.1
		}
	}
	if _, err := s.Estimate(y, Jansen, 10, 1); !errors.Is(err, ErrConstant) {
		t.Errorf("a constant outcome: %v", err)
	}
	for r := range 10 {
		y[3][r] = math.NaN()
	}
	if _, err := s.Estimate(y, Jansen, 10, 1); err == nil || errors.Is(err, ErrConstant) {
		t.Errorf("6 finite rows: %v", err)
	}
	if _, err := s.Estimate(y[1:], Jansen, 10, 1); err == nil {
		t.Error("a matrix too few was taken")
	}
}

// morris is the test function of Morris 1991 with 20 factors: the first seven act
// together and not in a straight line, 8 to 10 alone and strongly, the rest little.
func morris(u []float64) float64 {
	w := make([]float64, 20)
	for i := range w {
		w[i] = 2 * (u[i] - 0.5)
		if i == 2 || i == 4 || i == 6 {
			w[i] = 2 * (1.1*u[i]/(u[i]+0.1) - 0.5)
		}
	}
	sign := func(n int) float64 {
		if n%2 == 0 {
			return 1
		}
		return -1
	}
	y := 0.0
	for i := range 20 {
		b := sign(i + 1)
		if i < 10 {
			b = 20
		}
		y += b * w[i]
		for j := i + 1; j < 20; j++ {
			b := sign(i + j + 2)
			if i < 6 && j < 6 {
				b = -15
			}
			y += b * w[i] * w[j]
			if j < 5 {
				for l := j + 1; l < 5; l++ {
					y += -10 * w[i] * w[j] * w[l]
				}
			}
		}
	}
	return y + 5*w[0]*w[1]*w[2]*w[3]
}

func TestMorris(t *testing.T) {
	p, err := NewTrajectories(60, 20, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	u := make([]float64, 20)
	y := make([][]float64, p.Len())
	for w := range y {
		for at := range p.Factors() + 1 {
			p.Point(w, at, u)
			for i, v := range u {
				if v < 0 || v > 1 {
					t.Fatalf("walk %d point %d: factor %d is %v", w, at, i, v)
				}
			}
			y[w] = append(y[w], morris(u))
		}
	}
	effects, err := p.Estimate(y, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range effects {
		switch {
		case i < 6 && (e.Size.Middle < 25 || e.Deviation < 15):
			t.Errorf("factor %d acts with others, found size %v, deviation %v", i+1, e.Size.Middle, e.Deviation)
		case i >= 7 && i < 10 && (math.Abs(e.Mean-40) > 6 || e.Deviation > 15):
			t.Errorf("factor %d acts alone with 40, found mean %v, deviation %v", i+1, e.Mean, e.Deviation)
		case i >= 10 && e.Size.Middle > 15:
			t.Errorf("factor %d hardly acts, found size %v", i+1, e.Size.Middle)
		}
	}
}

// points draws n points of the unit cube, one column a factor.
func points(n, k int, f func(u []float64) float64) (x [][]float64, y []float64) {
	x = make([][]float64, k)
	u := make([]float64, k)
	for i := range n {
		s := random.At(5, uint32(i), 0, 0)
		for j := range u {
			u[j] = s.Uniform()
			x[j] = append(x[j], u[j])
		}
		y = append(y, f(u))
	}
	return x, y
}

func TestPAWN(t *testing.T) {
	x, y := points(6000, 4, func(u []float64) float64 { return ishigami(u[:3]) }) // the fourth does nothing
	y[17] = math.NaN()
	found, err := PAWN(x, y, 10, 50, 1)
	if err != nil {
		t.Fatal(err)
	}
	// The order is that of Pianosi and Wagener 2018: the second, the first, the third.
	a, b, c, none := found[0].Median.Middle, found[1].Median.Middle, found[2].Median.Middle, found[3].Median.Middle
	t.Logf("median distances %.3f %.3f %.3f, dummy %.3f", a, b, c, none)
	if !(b > a && a > c && c > none) || !found[2].Matters || found[3].Matters {
		t.Errorf("found %+v", found)
	}
}

func TestPAWNTakesFewValuesAsTheyAre(t *testing.T) {
	x, y := points(2000, 2, func(u []float64) float64 { return math.Floor(3*u[0]) + 0.1*u[1] })
	for i := range x[0] {
		x[0][i] = math.Floor(3 * x[0][i])
	}
	found, err := PAWN(x, y, 10, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if d := found[0].Largest.Middle; math.Abs(d-2.0/3) > 0.03 {
		t.Errorf("three groups apart: distance %v, want 2/3", d)
	}
}

func TestImportance(t *testing.T) {
	x, y := points(3000, 6, func(u []float64) float64 { return 4*u[0] + 2*u[1] + u[2] })
	once, err := Importance(x, y, 40, 50, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := Importance(x, y, 40, 50, 1)
	total := 0.0
	for i := range once {
		total += once[i].Middle
		if once[i] != again[i] {
			t.Errorf("factor %d: %v and %v with the same seed", i, once[i], again[i])
		}
	}
	if math.Abs(total-1) > 1e-9 {
		t.Errorf("shares add up to %v", total)
	}
	// Of the variance 16:4:1 in shares: 0.76, 0.19, 0.05.
	if math.Abs(once[0].Middle-0.76) > 0.08 || math.Abs(once[1].Middle-0.19) > 0.06 || once[3].Middle > 0.03 {
		t.Errorf("shares %v", once)
	}
	for i := range y {
		y[i] = 3
	}
	if _, err := Importance(x, y, 10, 0, 1); !errors.Is(err, ErrConstant) {
		t.Errorf("a constant outcome: %v", err)
	}
}

// TestImportanceOfFewFactors: with three factors one is tried at a split, and a
// first cut near an end must not end a tree.
func TestImportanceOfFewFactors(t *testing.T) {
	x, y := make([][]float64, 3), []float64(nil)
	for i := range 300 {
		s := random.At(2, uint32(i), 0, 0)
		for f := range x {
			x[f] = append(x[f], s.Uniform())
		}
		y = append(y, 3*x[0][i]+x[1][i])
	}
	shares, err := Importance(x, y, 100, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !(shares[0].Middle > 0.75 && shares[1].Middle < 0.2 && shares[2].Middle < 0.06) {
		t.Errorf("got %v", shares)
	}
}
