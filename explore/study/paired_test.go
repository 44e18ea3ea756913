package study

import (
	"math"
	"testing"

	"handover/casefile"
	"handover/random"
)

// TestPaired: the error of a mean difference is that of independent futures, and
// that of draws where futures share them.
func TestPaired(t *testing.T) {
	const n, shared = 4000, 4
	a, b := make([]float64, n), make([]float64, n)
	var all, clusters []int
	for i := range n {
		draw := random.At(7, uint32(i/shared), 0, random.Site("draw"))
		own := random.At(7, uint32(i), 1, random.Site("own"))
		b[i] = own.Normal() * 50
		a[i] = b[i] + 2 + draw.Normal()
		all, clusters = append(all, i), append(clusters, i/shared)
	}
	alone, together := paired(a, b, all, nil), paired(a, b, all, clusters)
	if alone.mean != together.mean || math.Abs(alone.mean-2) > 0.1 {
		t.Errorf("the mean difference is %v and %v; expected about 2", alone.mean, together.mean)
	}
	// Differences are constant within a draw: the error is 1/sqrt(n/shared).
	if want := 1 / math.Sqrt(n/shared); math.Abs(together.error-want) > 0.05*want || math.Abs(alone.error*2-want) > 0.05*want {
		t.Errorf("errors %v by draw and %v by future; expected %v and half of it", together.error, alone.error, want)
	}
	a[3] = math.NaN()
	if l := paired(a, b, all[:8], nil); l.mean-l.mean != 0 {
		t.Error("a future that is not finite is not left out")
	}
	if l := paired(a, b, all[3:4], nil); !math.IsNaN(l.mean) {
		t.Errorf("a mean of nothing is %v", l.mean)
	}
}

// flipping is two strategies and a third like the first, under two options: the
// second is better by 1 under one and worse by 1 under the other.
func flipping() *ranked {
	const n = 300
	v := &variants{targets: []Target{{Outcome: &casefile.Outcome{ID: "deaths", Name: "Deaths", Better: "lower"}}}, strategies: []string{"A", "B", "C"}, clusters: make([][]int, 3)}
	for i := range n {
		v.all = append(v.all, i)
	}
	for w, gain := range []float64{0, 1, -1} {
		y := [][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}
		for i := range n {
			s := random.At(3, uint32(i), uint32(w), random.Site("flip"))
			y[0][i] = 10 + s.Normal()
			y[1][i] = y[0][i] - gain + 0.5*s.Normal()
			y[2][i] = y[0][i] + 0.5*s.Normal()
		}
		v.y = append(v.y, [][][]float64{y})
	}
	return &ranked{v, []alternative{{"all structures", "", "as ever"}, {"need", "one", "as ever"}, {"need", "two", "as ever"}}, bar(9), v.leads()}
}

// TestRanks: ties are called ties, clear differences ranks, and a pair that changes
// places between options of one structure is found once, with its options in order.
func TestRanks(t *testing.T) {
	x := flipping()
	for _, c := range []struct {
		w, k  int
		place string
	}{{0, 0, "1-3"}, {0, 1, "1-3"}, {1, 1, "1"}, {1, 0, "2-3"}, {2, 1, "3"}, {2, 0, "1-2"}, {2, 2, "1-2"}} {
		if got := placeText(x.places(c.w, 0, c.k)); got != c.place {
			t.Errorf("strategy %s has place %s in row %d; expected %s", x.strategies[c.k], got, c.w, c.place)
		}
	}
	table, n := x.reversals()
	if n != 2 {
		t.Fatalf("%d reversals; expected that of A and B, and that of B and C: %v", n, table.Rows)
	}
	for _, r := range table.Rows {
		switch r[2] {
		case "A, B":
			if r[3] != "two" || r[5] != "one" {
				t.Errorf("A is better than B under %v and worse under %v", r[3], r[5])
			}
		case "B, C":
			if r[3] != "one" || r[5] != "two" {
				t.Errorf("B is better than C under %v and worse under %v", r[3], r[5])
			}
		default:
			t.Errorf("pair %v", r[2])
		}
	}
}
