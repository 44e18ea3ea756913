package design

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"handover/random"
)

// must unwraps a constructor's answer.
func must(d Distribution, err error) Distribution {
	if err != nil {
		panic(err)
	}
	return d
}

// plain returns factors that are uniform on 0..1.
func plain(n int) []Factor {
	list := make([]Factor, n)
	for i := range list {
		list[i] = Factor{fmt.Sprintf("factor %d", i), must(Uniform(0, 1))}
	}
	return list
}

func newDesign(t testing.TB, kind Kind, seed uint64, n int, factors []Factor, correlations ...Correlation) *Design {
	t.Helper()
	d, err := New(kind, seed, n, factors, correlations)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// table returns all points of a design.
func table(d *Design) [][]float64 {
	rows := make([][]float64, d.Len())
	for i := range rows {
		rows[i] = make([]float64, d.Factors())
		d.Point(i, rows[i])
	}
	return rows
}

// mixed is a set of factors of all distributions, two groups correlated.
func mixed() ([]Factor, []Correlation) {
	return []Factor{
		{"uniform", must(Uniform(-2, 5))},
		{"triangular", must(Triangular(0, 1, 4))},
		{"normal", must(Normal(10, 3, 2, math.Inf(1)))},
		{"lognormal", must(LogNormal(100, 2, 0, 1000))},
		{"pert", must(Beta(0, 0.2, 1))},
		{"category", must(Discrete([]float64{0, 1, 2}, []float64{1, 5, 2}))},
		{"unbounded", must(Normal(0, 1, math.Inf(-1), math.Inf(1)))},
	}, []Correlation{{0, 2, 0.5}, {3, 2, -0.3}, {6, 4, 0.9}}
}

func TestStrata(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 7, 16, 97, 100, 1000, 4099, 65537} {
		for seed := range uint64(3) {
			// Factors 0 and 3 are in no correlation; 1 is the first of its group.
			d := newDesign(t, LatinHypercube, seed, n, plain(5), Correlation{1, 2, 0.7}, Correlation{4, 2, 0.2})
			rows := table(d)
			for _, f := range []int{0, 1, 3} {
				seen := make([]bool, n)
				for _, row := range rows {
					k := int(row[f] * float64(n))
					if !(row[f] > 0 && row[f] < 1) || seen[k] {
						t.Fatalf("n = %d, seed %d, factor %d: stratum %d is taken twice", n, seed, f, k)
					}
					seen[k] = true
				}
			}
		}
	}
}

func TestStrataOfTheLargest(t *testing.T) {
	for _, n := range []int{MaxPoints, MaxPoints - 1, 1<<30 + 1} {
		for _, stratum := range []uint64{0, 1, uint64(n) / 3, uint64(n) - 1} {
			for _, jitter := range []float64{0x1p-53, 0.5, 1 - 0x1p-53} {
				u := inStratum(stratum, n, jitter)
				if uint64(u*float64(n)) != stratum || !(u > 0 && u < 1) {
					t.Errorf("stratum %d of %d with jitter %v gives %v", stratum, n, jitter, u)
				}
			}
		}
		d := newDesign(t, LatinHypercube, 1, n, plain(3))
		p := make([]float64, 3)
		d.Point(n-1, p)
		for _, u := range p {
			if !(u > 0 && u < 1) {
				t.Errorf("the last of %d points is %v", n, p)
			}
		}
	}
}

// TestPermutations counts how often each order of a few things occurs over many
// keys.
func TestPermutations(t *testing.T) {
	for n, orders := range map[uint64]int{2: 2, 3: 6, 4: 24, 5: 120} {
		seen := map[string]int{}
		keys := 200 * orders
		for k := range keys {
			p := newPermutation(n, mix(uint64(k)))
			order := ""
			for i := range n {
				order += fmt.Sprint(p.at(i))
			}
			seen[order]++
		}
		sum := 0.0
		for _, c := range seen {
			sum += float64((c - 200) * (c - 200))
		}
		df := float64(orders - 1)
		chi := (sum + float64(orders-len(seen))*200*200) / 200
		if len(seen) != orders || chi > df+4.5*math.Sqrt(2*df)+3 {
			t.Errorf("n = %d: %d of %d orders, chi-square %.1f", n, len(seen), orders, chi)
		}
	}
}

// TestIndependence checks that factors without a correlation have none beyond
// chance.
func TestIndependence(t *testing.T) {
	const n, factors = 512, 40
	for _, kind := range []Kind{LatinHypercube, MonteCarlo} {
		rows := table(newDesign(t, kind, 11, n, plain(factors)))
		sum := 0.0
		pairs := 0.0
		for a := range factors {
			for b := range a {
				r := spearman(rows, a, b)
				sum += r * r * (n - 1)
				pairs++
				if math.Abs(r)*math.Sqrt(n-1) > 4.5 {
					t.Errorf("%s: factors %d and %d have rank correlation %v", kind, a, b, r)
				}
			}
		}
		// The squares have mean 1 and variance 2.
		if math.Abs(sum/pairs-1) > 4.5*math.Sqrt(2/pairs) {
			t.Errorf("%s: squared correlations are %.3f of what chance gives", kind, sum/pairs)
		}
	}
}

// spearman is the rank correlation of two columns.
func spearman(rows [][]float64, a, b int) float64 {
	ranks := func(c int) []float64 {
		order := make([]int, len(rows))
		for i := range order {
			order[i] = i
		}
		sort.Slice(order, func(i, j int) bool { return rows[order[i]][c] < rows[order[j]][c] })
		r := make([]float64, len(rows))
		for rank, i := range order {
			r[i] = float64(rank)
		}
		return r
	}
	x, y := ranks(a), ranks(b)
	n := float64(len(rows))
	sum := 0.0
	for i := range x {
		sum += (x[i] - y[i]) * (x[i] - y[i])
	}
	return 1 - 6*sum/(n*(n*n-1))
}

func TestRankCorrelations(t *testing.T) {
	factors, _ := mixed()
	factors = append(factors[:5:5], factors[6]) // ranks with ties are another matter
	correlations := []Correlation{{0, 2, 0.5}, {3, 2, -0.6}, {3, 0, -0.2}, {5, 4, 0.95}}
	for _, kind := range []Kind{LatinHypercube, Sobol, MonteCarlo} {
		for seed := range uint64(3) {
			rows := table(newDesign(t, kind, seed, 4096, factors, correlations...))
			for _, c := range correlations {
				if r := spearman(rows, c.A, c.B); math.Abs(r-c.Rank) > 0.03 {
					t.Errorf("%s, seed %d: %v has rank correlation %.4f", kind, seed, c, r)
				}
			}
		}
	}
}

// TestMarginals checks that correlated factors keep their distributions.
func TestMarginals(t *testing.T) {
	factors, correlations := mixed()
	for _, kind := range []Kind{LatinHypercube, Sobol, MonteCarlo} {
		rows := table(newDesign(t, kind, 3, 4096, factors, correlations...))
		for f, factor := range factors {
			for _, u := range []float64{0.1, 0.25, 0.5, 0.75, 0.9} {
				q := factor.Distribution.Quantile(u)
				below := 0.0
				for _, row := range rows {
					if row[f] <= q {
						below++
					}
				}
				share := below / 4096
				if factor.Name == "category" { // steps: at least u lies at or below
					if share < u-0.03 {
						t.Errorf("%s: %s: %v at or below its %v quantile", kind, factor.Name, share, u)
					}
				} else if math.Abs(share-u) > 0.03 {
					t.Errorf("%s: %s: %v at or below its %v quantile", kind, factor.Name, share, u)
				}
			}
		}
	}
}

func TestAnyOrder(t *testing.T) {
	factors, correlations := mixed()
	const n = 777
	for _, kind := range []Kind{LatinHypercube, Sobol, MonteCarlo} {
		d := newDesign(t, kind, 5, n, factors, correlations...)
		want := table(d)
		again := newDesign(t, kind, 5, n, factors, correlations...)
		var wait sync.WaitGroup
		for w := range 8 {
			wait.Go(func() {
				p := make([]float64, len(factors)+2) // a longer dst is left alone
				for k := range n {
					i := (k*(2*w+101) + w) % n
					p[len(factors)] = 42
					again.Point(i, p)
					for f := range factors {
						if math.Float64bits(p[f]) != math.Float64bits(want[i][f]) {
							t.Errorf("%s: point %d, factor %d: %v and %v", kind, i, f, p[f], want[i][f])
							return
						}
					}
					if p[len(factors)] != 42 {
						t.Errorf("Point wrote beyond its factors")
					}
				}
			})
		}
		wait.Wait()
		other := table(newDesign(t, kind, 6, n, factors, correlations...))
		same := 0
		for i := range want {
			if want[i][0] == other[i][0] {
				same++
			}
		}
		if same > 2 {
			t.Errorf("%s: another seed gives %d equal points", kind, same)
		}
	}
}

// TestNames checks that a factor's draws do not change when another factor comes
// before it.
func TestNames(t *testing.T) {
	list := plain(4)
	for _, kind := range []Kind{LatinHypercube, MonteCarlo} {
		a := table(newDesign(t, kind, 1, 50, list))
		b := table(newDesign(t, kind, 1, 50, list[1:]))
		for i := range a {
			if a[i][3] != b[i][2] {
				t.Fatalf("%s: point %d of the last factor changed from %v to %v", kind, i, a[i][3], b[i][2])
			}
		}
	}
}

// TestGolden holds hashes of whole designs, the same on every machine.
func TestGolden(t *testing.T) {
	factors, correlations := mixed()
	for kind, want := range map[Kind]string{LatinHypercube: "cc38183b0fee5edb", Sobol: "b1d6f3a8b8dfc62e", MonteCarlo: "49ba03456a950404"} {
		h := fnv.New64a()
		for _, row := range table(newDesign(t, kind, 2008, 1000, factors, correlations...)) {
			for _, x := range row {
				var b [8]byte
				binary.LittleEndian.PutUint64(b[:], math.Float64bits(x))
				h.Write(b[:])
			}
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("%q: %q,", kind, got)
		}
	}
}

func TestErrors(t *testing.T) {
	ok := plain(4)
	for _, c := range []struct {
		name         string
		kind         Kind
		n            int
		factors      []Factor
		correlations []Correlation
		want         []string
	}{
		{"kind", "grid", 10, ok, nil, []string{`"grid"`, `"lhs"`}},
		{"points", Sobol, 0, ok, nil, []string{"not 0"}},
		{"negative points", Sobol, -1, ok, nil, []string{"from 1 to"}},
		{"too many factors", Sobol, 4, plain(MaxSobol + 1), nil, []string{"2048", "2049"}},
		{"no name", MonteCarlo, 4, []Factor{{"", ok[0].Distribution}}, nil, []string{"factor 1 has no name"}},
		{"same name", MonteCarlo, 4, []Factor{ok[0], ok[0]}, nil, []string{"factors 1 and 2", `"factor 0"`}},
		{"no distribution", MonteCarlo, 4, []Factor{{"x", nil}}, nil, []string{`"x" has no distribution`}},
		{"no such factor", Sobol, 4, ok, []Correlation{{0, 4, 0.5}, {-1, 2, 0.5}}, []string{"factor number 4", "factor number -1"}},
		{"itself", Sobol, 4, ok, []Correlation{{1, 1, 0.5}}, []string{`"factor 1"`, "itself"}},
		{"twice", Sobol, 4, ok, []Correlation{{1, 2, 0.5}, {2, 1, 0.5}}, []string{"twice"}},
		{"one", Sobol, 4, ok, []Correlation{{1, 2, 1}}, []string{"between -1 and 1"}},
		{"NaN", Sobol, 4, ok, []Correlation{{1, 2, math.NaN()}}, []string{"between -1 and 1", "NaN"}},
		{"contradiction", Sobol, 4, ok, []Correlation{{0, 1, 0.9}, {2, 1, 0.9}, {0, 2, -0.9}, {2, 3, 0.1}},
			[]string{"contradict", `"factor 0" with "factor 2" (-0.9)`, "linked to them by"}},
		{"all at once", "x", 0, []Factor{{"", nil}}, []Correlation{{0, 7, 0.1}}, []string{`"x"`, "not 0", "no name", "no distribution", "factor number 7"}},
	} {
		d, err := New(c.kind, 1, c.n, c.factors, c.correlations)
		if err == nil || d != nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", c.name, err, w)
			}
		}
		if c.name == "contradiction" && strings.Contains(err.Error(), "factor 3") {
			t.Errorf("an innocent pair is named: %q", err)
		}
	}
}

// TestContradictionAdvice follows the advice of the error.
func TestContradictionAdvice(t *testing.T) {
	bad := []Correlation{{0, 1, 0.9}, {2, 1, 0.9}, {0, 2, -0.9}}
	_, err := New(Sobol, 1, 4, plain(3), bad)
	var scale float64
	text := err.Error()
	if _, e := fmt.Sscanf(text[strings.Index(text, "linked to them by"):], "linked to them by %f", &scale); e != nil {
		t.Fatal(e)
	}
	for i := range bad {
		bad[i].Rank *= scale
	}
	if _, err := New(Sobol, 1, 4, plain(3), bad); err != nil || scale < 0.3 {
		t.Errorf("times %v: %v", scale, err)
	}
}

func TestPointOutOfRange(t *testing.T) {
	d := newDesign(t, Sobol, 1, 4, plain(2))
	for _, f := range []func(){
		func() { d.Point(4, make([]float64, 2)) }, func() { d.Point(-1, make([]float64, 2)) }, func() { d.Point(0, make([]float64, 1)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		}()
	}
	newDesign(t, LatinHypercube, 1, 4, nil).Point(3, nil)
}

func TestNoAllocation(t *testing.T) {
	factors, correlations := mixed()
	p := make([]float64, len(factors))
	for _, kind := range []Kind{LatinHypercube, Sobol, MonteCarlo} {
		d := newDesign(t, kind, 1, 1000, factors, correlations...)
		i := 0
		if n := testing.AllocsPerRun(100, func() { d.Point(i, p); i++ }); n != 0 {
			t.Errorf("%s: %v allocations", kind, n)
		}
	}
}

// TestMonteCarloIsAStream ties a Monte Carlo design to package random.
func TestMonteCarloIsAStream(t *testing.T) {
	d := newDesign(t, MonteCarlo, 9, 10, plain(2))
	p := make([]float64, 2)
	d.Point(7, p)
	s := random.At(factorKey(9, "factor 1"), 7, 0, 0)
	if u := s.Uniform(); p[1] != u {
		t.Errorf("%v, want %v", p[1], u)
	}
}

func BenchmarkPoint(b *testing.B) {
	factors := make([]Factor, 80)
	for i := range factors {
		d := must(Uniform(0, 1))
		switch i % 5 {
		case 1:
			d = must(Triangular(0, 1, 3))
		case 2:
			d = must(LogNormal(10, 2, 1, 100))
		case 3:
			d = must(Beta(0, 1, 5))
		case 4:
			d = must(Normal(0, 1, -3, 3))
		}
		factors[i] = Factor{fmt.Sprint("f", i), d}
	}
	p := make([]float64, 80)
	for _, kind := range []Kind{LatinHypercube, Sobol, MonteCarlo} {
		for _, pairs := range []int{0, 10} {
			var c []Correlation
			for k := range pairs {
				c = append(c, Correlation{k, k + 40, 0.5})
			}
			d := newDesign(b, kind, 1, 10000, factors, c...)
			b.Run(fmt.Sprintf("%s/%d correlations", kind, pairs), func(b *testing.B) {
				for i := range b.N {
					d.Point(i%10000, p)
				}
			})
		}
		d := newDesign(b, kind, 1, 10000, plain(80))
		b.Run(string(kind)+"/uniform factors", func(b *testing.B) {
			for i := range b.N {
				d.Point(i%10000, p)
			}
		})
	}
}

// TestOnly: what is drawn of a part of the factors is what it is in the whole.
func TestOnly(t *testing.T) {
	factors, correlations := mixed()
	for _, kind := range []Kind{LatinHypercube, Sobol, MonteCarlo} {
		d, err := New(kind, 7, 50, factors, correlations)
		if err != nil {
			t.Fatal(err)
		}
		all, some := make([]float64, len(factors)), make([]float64, len(factors))
		for _, wanted := range [][]int{{}, {0}, {1, 3}, {len(factors) - 1}} {
			only := d.Only(func(f int) bool { return slices.Contains(wanted, f) })
			for i := range 50 {
				d.Point(i, all)
				only.Point(i, some)
				for _, f := range wanted {
					if all[f] != some[f] {
						t.Fatalf("%s, factor %d of point %d: %v alone and %v among all", kind, f, i, some[f], all[f])
					}
				}
			}
		}
	}
}
