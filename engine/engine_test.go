package engine

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"handover/model"
	"handover/model/xmile"
)

// read builds a model from the inside of <variables>; places North, South, East.
func read(t testing.TB, method string, stop, dt float64, variables string) *model.Model {
	t.Helper()
	text := fmt.Sprintf(`<xmile xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header><name>t</name></header>
<sim_specs method=%q time_units="month" save_interval="1"><start>0</start><stop>%v</stop><dt>%v</dt></sim_specs>
<dimensions><dim name="Place"><elem name="North"/><elem name="South"/><elem name="East"/></dim></dimensions>
<model><variables>%s</variables></model></xmile>`, method, stop, dt, variables)
	m, found := xmile.Read("t.xmile", []byte(text))
	if len(found) > 0 {
		t.Fatal(found)
	}
	if found := model.Check(m); found.Errors() > 0 {
		t.Fatal(found)
	}
	return m
}

// run executes runs first..first+n-1 in blocks of the given lanes and returns
// the reductions and series as [quantity][run] and [column][time][run].
func run(t testing.TB, m *model.Model, o Options, lanes, n int, inputs func(v, run int) float64) (reductions [][]float64, series [][][]float64, bad []int, names []string) {
	t.Helper()
	p, err := Compile(m, o)
	if err != nil {
		t.Fatal(err)
	}
	times := len(p.SaveTimes())
	reductions = make([][]float64, len(o.Reductions))
	for r := range reductions {
		reductions[r] = make([]float64, n)
	}
	series = make([][][]float64, len(p.Columns()))
	for c := range series {
		series[c] = make([][]float64, times)
		for k := range series[c] {
			series[c][k] = make([]float64, n)
		}
	}
	bad, names = make([]int, n), make([]string, n)
	w := p.NewWorker(lanes)
	for at := 0; at < n; at += lanes {
		k := min(lanes, n-at)
		b := &Block{Seed: 7, First: at, Runs: k, Inputs: make([]float64, len(o.Varied)*k),
			Reductions: make([]float64, len(o.Reductions)*k), Series: make([]float64, len(series)*times*k),
			Bad: bad[at : at+k], BadVariable: names[at : at+k]}
		for v := range o.Varied {
			for i := range k {
				b.Inputs[v*k+i] = inputs(v, at+i)
			}
		}
		if err := w.Run(b); err != nil {
			t.Fatal(err)
		}
		for r := range reductions {
			copy(reductions[r][at:], b.Reductions[r*k:(r+1)*k])
		}
		for c := range series {
			for s := range times {
				copy(series[c][s][at:], b.Series[(c*times+s)*k:][:k])
			}
		}
	}
	return reductions, series, bad, names
}

const decay = `<stock name="s"><eqn>100</eqn><outflow>f</outflow></stock><flow name="f"><eqn>s/tau</eqn></flow><aux name="tau"><eqn>4</eqn></aux>`

func TestOrderOfConvergence(t *testing.T) {
	exact := 100 * math.Exp(-10.0/4)
	for _, c := range []struct {
		method string
		order  float64
	}{{"Euler", 1}, {"RK2", 2}, {"RK4", 4}} {
		var errors []float64
		for _, dt := range []float64{0.5, 0.25, 0.125} {
			_, s, _, _ := run(t, read(t, c.method, 10, dt, decay), Options{Saved: []string{"s"}}, 1, 1, nil)
			errors = append(errors, math.Abs(s[0][10][0]-exact))
		}
		for i := 1; i < len(errors); i++ {
			if order := math.Log2(errors[i-1] / errors[i]); math.Abs(order-c.order) > 0.15 {
				t.Errorf("%s: the error falls with order %.2f, expected %v", c.method, order, c.order)
			}
		}
	}
}

// TestNumbers: a run is its number, whatever block and place it has.
func TestNumbers(t *testing.T) {
	m := read(t, "Euler", 3, 1, `<aux name="x"><eqn>NORMAL(0, 1) + POISSON(3) + UNIFORM(0, 1)</eqn></aux>`)
	for _, backend := range []Backend{Auto, Interpreter} {
		p, err := Compile(m, Options{Saved: []string{"x"}, Backend: backend})
		if err != nil {
			t.Fatal(err)
		}
		series := func(numbers []uint32, first, n int) []float64 {
			b := &Block{Seed: 5, First: first, Numbers: numbers, Runs: n, Series: make([]float64, 4*n), Bad: make([]int, n), BadVariable: make([]string, n)}
			if err := p.NewWorker(64).Run(b); err != nil {
				t.Fatal(err)
			}
			return b.Series
		}
		all := series(nil, 100, 40)
		some := series([]uint32{139, 100, 117}, 0, 3)
		for k := range 4 {
			for j, at := range []int{39, 0, 17} {
				if some[k*3+j] != all[k*40+at] {
					t.Fatalf("%v: run %d has %v among three and %v among forty", backend, 100+at, some[k*3+j], all[k*40+at])
				}
			}
		}
	}
}

// TestMillionSteps: time does not drift over many steps.
func TestMillionSteps(t *testing.T) {
	m := read(t, "Euler", 1000, 0.001, `<stock name="s"><eqn>0</eqn><inflow>f</inflow></stock><flow name="f"><eqn>1</eqn></flow><aux name="now"><eqn>TIME</eqn></aux>`)
	m.Time.Save = 1000
	_, s, bad, _ := run(t, m, Options{Saved: []string{"s", "now"}}, 1, 1, nil)
	if math.Abs(s[0][1][0]-1000) > 1e-6 || s[1][1][0] != 1000 || bad[0] != -1 {
		t.Errorf("got %v at %v", s[0][1][0], s[1][1][0])
	}
}

func TestRungeKuttaTimeDependent(t *testing.T) {
	// ds/dt = t^3 is integrated exactly by RK4.
	m := read(t, "RK4", 4, 1, `<stock name="s"><eqn>0</eqn><inflow>f</inflow></stock><flow name="f"><eqn>TIME^3</eqn></flow>`)
	_, s, _, _ := run(t, m, Options{Saved: []string{"s"}}, 1, 1, nil)
	if got := s[0][4][0]; math.Abs(got-64) > 1e-12 {
		t.Errorf("got %v, want 64", got)
	}
}

func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		equation string
		want     [4]float64 // at times 0, 1, 2, 3
	}{
		{"2 + 3*TIME^2", [4]float64{2, 5, 14, 29}},
		{"-TIME^2", [4]float64{0, -1, -4, -9}},
		{"IF TIME &gt;= 2 THEN 1 ELSE -1", [4]float64{-1, -1, 1, 1}},
		{"IF TIME = 1 OR NOT (TIME &lt;&gt; 3) THEN 1 ELSE 0", [4]float64{0, 1, 0, 1}},
		{"MIN(TIME, 2, 5) + MAX(TIME, 1)", [4]float64{1, 2, 4, 5}},
		{"STEP(5, 2)", [4]float64{0, 0, 5, 5}},
		{"RAMP(2, 1)", [4]float64{0, 0, 2, 4}},
		{"RAMP(2, 1, 2)", [4]float64{0, 0, 2, 2}},
		{"PULSE(3, 1)*DT", [4]float64{0, 3, 0, 0}},
		{"PULSE(3, 1, 2)*DT", [4]float64{0, 3, 0, 3}},
		{"PREVIOUS(TIME, -1)", [4]float64{-1, 0.75, 1.75, 2.75}},
		{"INIT(TIME + 3)", [4]float64{3, 3, 3, 3}},
		{"SAFEDIV(6, TIME, 9)", [4]float64{9, 6, 3, 2}},
		{"(TIME - 2) MOD 3", [4]float64{1, 2, 0, 1}},
		{"INT(TIME/2)", [4]float64{0, 0, 1, 1}},
		{"SUM(x[*])", [4]float64{6, 6, 6, 6}},
		{"SUM(x[*]*w[*, South])", [4]float64{14, 14, 14, 14}},
		{"SUM(IF x[*] &gt;= 2 THEN 1 ELSE 0)", [4]float64{2, 2, 2, 2}},
		{"MAX(x[*]) - MIN(x[*]) + MEAN(x) + SIZE(x[*])", [4]float64{7, 7, 7, 7}},
		{"x[TIME + 1]", [4]float64{1, 2, 3, 0}}, // outside an array: 0 (XMILE 1.0, section 3.7.1)
		{"x[South] + South", [4]float64{4, 4, 4, 4}},
		{"ramped(TIME)", [4]float64{1, 2, 3, 3}},
		{"stepped(TIME)", [4]float64{1, 1, 3, 3}},
		{"beyond(TIME)", [4]float64{1, 2, 3, 4}},
		{"STOPTIME - STARTTIME", [4]float64{3, 3, 3, 3}},
		{"EXP(LN(2)*TIME)", [4]float64{1, 2, 4, 8}},
	} {
		m := read(t, "Euler", 3, 0.25, `<aux name="y"><eqn>`+c.equation+`</eqn></aux>
<aux name="x"><dimensions><dim name="Place"/></dimensions><eqn>Place</eqn></aux>
<aux name="w"><dimensions><dim name="Place"/><dim name="Place"/></dimensions><eqn>x[Place]</eqn></aux>
<gf name="ramped"><xpts>0,2</xpts><ypts>1,3</ypts></gf>
<gf name="stepped" type="discrete"><xpts>0,2</xpts><ypts>1,3</ypts></gf>
<gf name="beyond" type="extrapolate"><xpts>0,2</xpts><ypts>1,3</ypts></gf>`)
		_, s, _, _ := run(t, m, Options{Saved: []string{"y"}}, 1, 1, nil)
		for k, want := range c.want {
			if got := s[0][k][0]; math.Abs(got-want) > 1e-12 || math.IsNaN(got) != math.IsNaN(want) {
				t.Errorf("%s at %d: got %v, want %v", c.equation, k, got, want)
			}
		}
	}
}

func TestReductions(t *testing.T) {
	m := read(t, "Euler", 4, 0.5, `<aux name="y"><eqn>(TIME - 1)^2</eqn></aux><aux name="c"><eqn>IF TIME = 0.5 OR TIME &gt;= 2 THEN 1 ELSE 0</eqn></aux>`)
	o := Options{Reductions: []Reduction{{Final, "y", 0}, {Minimum, "y", 0}, {Maximum, "y", 0}, {Mean, "y", 0}, {Integral, "y", 0}, {First, "c", 0}, {First, "c", 1}, {First, "c", 3}}}
	got, _, bad, _ := run(t, m, o, 1, 1, nil)
	integral := 0.0
	for x := 0.0; x < 4; x += 0.5 {
		integral += (x - 1) * (x - 1) * 0.5
	}
	for i, want := range []float64{9, 0, 9, integral / 4, integral, 0.5, 2, math.NaN()} {
		if x := got[i][0]; x != want && !(math.IsNaN(x) && math.IsNaN(want)) {
			t.Errorf("reduction %d: got %v, want %v", i, x, want)
		}
	}
	if bad[0] != -1 {
		t.Errorf("a first that never happened marked the run as bad")
	}
}

// noisy has draws of every kind, states, stocks in arrays and a lookup.
const noisy = `<stock name="s"><dimensions><dim name="Place"/></dimensions><eqn>10*Place + NORMAL(0, 1)</eqn><inflow>f</inflow><outflow>g</outflow></stock>
<flow name="f"><dimensions><dim name="Place"/></dimensions><eqn>rate*s[Place]*UNIFORM(0.5, 1.5) + POISSON(2) + 0.1*GAMMA(2, 1) + BETA(2, 3) + 0.01*NEGBINOMIAL(3, 1)</eqn></flow>
<flow name="g"><dimensions><dim name="Place"/></dimensions><eqn>s[Place]*0.05*curve(total/100) + TRIANGULAR(0, 1, 2) + 0.001*POWERLAW(2.5, 1, 100) + EXPONENTIAL(0.1) + 0.1*BINOMIAL(10, 0.3)</eqn></flow>
<aux name="total"><eqn>SUM(s[*])</eqn></aux><aux name="rate"><eqn>0.1</eqn></aux>
<aux name="memory"><eqn>0.9*PREVIOUS(memory, 0) + 0.1*total</eqn></aux>
<aux name="price"><eqn>EXP(0.2*NORMAL(0, 1)) + LOGNORMAL(1, 0.1)</eqn></aux>
<gf name="curve"><xpts>0,1,3</xpts><ypts>1,2,2.5</ypts></gf>`

func TestSameBitsAtAnyBlockSize(t *testing.T) {
	o := Options{Varied: []string{"rate"}, Saved: []string{"s", "memory", "price"}, Reductions: []Reduction{{Mean, "total", 0}, {Maximum, "memory", 0}}}
	input := func(v, run int) float64 { return 0.05 + 0.001*float64(run) }
	for _, method := range []string{"Euler", "RK4"} {
		m := read(t, method, 12, 0.25, noisy)
		wantR, wantS, _, _ := run(t, m, o, 1, 70, input)
		for _, lanes := range []int{3, 16, 64, 128} {
			r, s, _, _ := run(t, m, o, lanes, 70, input)
			for i := range r {
				for j := range r[i] {
					if math.Float64bits(r[i][j]) != math.Float64bits(wantR[i][j]) {
						t.Fatalf("%s, %d lanes: reduction %d of run %d is %v, with one lane %v", method, lanes, i, j, r[i][j], wantR[i][j])
					}
				}
			}
			for c := range s {
				for k := range s[c] {
					for j := range s[c][k] {
						if math.Float64bits(s[c][k][j]) != math.Float64bits(wantS[c][k][j]) {
							t.Fatalf("%s, %d lanes: column %d, time %d, run %d differ", method, lanes, c, k, j)
						}
					}
				}
			}
		}
		if wantS[0][12][0] == wantS[0][12][1] {
			t.Errorf("two runs drew the same numbers")
		}
	}
}

// TestDrawsDoNotDependOnTheProgram compares the draws of a variable alone and
// beside others: strategies must meet the same shocks.
func TestDrawsDoNotDependOnTheProgram(t *testing.T) {
	alone := `<aux name="shock"><eqn>NORMAL(0, 1)</eqn></aux>`
	_, a, _, _ := run(t, read(t, "Euler", 5, 1, alone), Options{Saved: []string{"shock"}}, 8, 8, nil)
	_, b, _, _ := run(t, read(t, "Euler", 5, 1, noisy+`<aux name="other"><eqn>UNIFORM(0, 1)</eqn></aux>`+alone), Options{Saved: []string{"other", "shock"}}, 8, 8, nil)
	for k := range a[0] {
		for j := range a[0][k] {
			if a[0][k][j] != b[1][k][j] {
				t.Fatalf("time %d, run %d: %v alone, %v beside other variables", k, j, a[0][k][j], b[1][k][j])
			}
		}
	}
}

// TestDrawsAreHeldOverStages integrates white noise by RK4: with one draw a
// step the result is that of Euler.
func TestDrawsAreHeldOverStages(t *testing.T) {
	v := `<stock name="s"><eqn>0</eqn><inflow>f</inflow></stock><flow name="f"><eqn>NORMAL(0, 1)</eqn></flow>`
	_, a, _, _ := run(t, read(t, "Euler", 5, 0.25, v), Options{Saved: []string{"s"}}, 8, 8, nil)
	_, b, _, _ := run(t, read(t, "RK4", 5, 0.25, v), Options{Saved: []string{"s"}}, 8, 8, nil)
	for j := range 8 {
		if x, y := a[0][5][j], b[0][5][j]; math.Abs(x-y) > 1e-12 {
			t.Errorf("run %d: %v by Euler, %v by RK4", j, x, y)
		}
	}
}

func TestOneBadRunLeavesTheOthersAlone(t *testing.T) {
	m := read(t, "Euler", 10, 0.5, `<stock name="s"><eqn>1</eqn><inflow>f</inflow></stock><flow name="f"><eqn>s^p</eqn></flow><aux name="p"><eqn>1</eqn></aux>`)
	o := Options{Varied: []string{"p"}, Saved: []string{"s"}, Reductions: []Reduction{{Final, "s", 0}}}
	r, _, bad, names := run(t, m, o, 4, 4, func(_, run int) float64 { return []float64{0.5, 9, 0, math.NaN()}[run] })
	if bad[0] != -1 || bad[2] != -1 || r[0][2] != 11 {
		t.Errorf("good runs are marked %v, with values %v", bad, r[0])
	}
	if bad[1] < 2 || names[1] != "s" || bad[3] != 2 || names[3] != "s" {
		t.Errorf("bad runs are marked %v %q", bad, names)
	}
}

func TestCompileRefuses(t *testing.T) {
	sound := read(t, "Euler", 10, 0.5, decay)
	for name, c := range map[string]struct {
		change func(*model.Model)
		o      Options
		want   string
	}{
		"dt zero":       {func(m *model.Model) { m.Time.DT = 0 }, Options{}, "dt is 0"},
		"not a grid":    {func(m *model.Model) { m.Time.Stop = 10.2 }, Options{}, "not a whole number of steps"},
		"save interval": {func(m *model.Model) { m.Time.Save = 0.1 }, Options{}, "the save interval 0.1"},
		"varied":        {nil, Options{Varied: []string{"taw"}}, `"taw" is not a variable`},
		"varied stock":  {nil, Options{Varied: []string{"s"}}, "cannot be varied"},
		"saved":         {nil, Options{Saved: []string{"x"}}, "cannot be saved"},
		"reduction":     {nil, Options{Reductions: []Reduction{{Final, "x", 0}}}, `"x" is not a variable`},
	} {
		m := sound.Copy()
		if c.change != nil {
			c.change(m)
		}
		if _, err := Compile(m, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, expected it to contain %q", name, err, c.want)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	m := read(b, "Euler", 60, 0.25, noisy)
	for _, lanes := range []int{16, 64, 256} {
		b.Run(fmt.Sprintf("lanes=%d", lanes), func(b *testing.B) {
			p, err := Compile(m, Options{Reductions: []Reduction{{Mean, "total", 0}}})
			if err != nil {
				b.Fatal(err)
			}
			w := p.NewWorker(lanes)
			block := &Block{Runs: lanes, Reductions: make([]float64, lanes), Bad: make([]int, lanes), BadVariable: make([]string, lanes)}
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Run(block); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*lanes)/b.Elapsed().Seconds(), "runs/s")
		})
	}
}

// TestHorizonAcrossZero runs from before time 0 to it, which is not the model's
// own stop time.
func TestHorizonAcrossZero(t *testing.T) {
	m := read(t, "Euler", 12, 1, `<stock name="level"><eqn>0</eqn><inflow>gain</inflow></stock><flow name="gain"><eqn>1</eqn></flow>`)
	m.Time.Start = -6
	reductions, series, _, _ := run(t, m, Options{Saved: []string{"level"}, Reductions: []Reduction{{Final, "level", 0}}, Horizon: 6}, 1, 1, nil)
	if reductions[0][0] != 6 || len(series[0]) != 7 {
		t.Errorf("level %v at the end, %d times", reductions[0][0], len(series[0]))
	}
}
