package engine

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"handover/model"
)

// oscillator is an undamped pendulum of small swings: s = cos(w t).
const oscillator = `<stock name="s"><eqn>1</eqn><inflow>v</inflow></stock><flow name="v"><eqn>p</eqn></flow>
<stock name="p"><eqn>0</eqn><inflow>a</inflow></stock><flow name="a"><eqn>-w*w*s</eqn></flow><aux name="w"><eqn>2</eqn></aux>`

func TestAdaptiveStepsKeepToTheirTolerance(t *testing.T) {
	// A step of dt alone would be useless: dt times w is 20.
	_, s, _, _ := run(t, read(t, "RK45", 50, 1, oscillator), Options{Saved: []string{"s"}, Varied: []string{"w"}}, 4, 4,
		func(_, run int) float64 { return []float64{0.5, 2, 7, 20}[run] })
	for k := range s[0] {
		for j, w := range []float64{0.5, 2, 7, 20} {
			if want := math.Cos(w * float64(k)); math.Abs(s[0][k][j]-want) > 2e-3 {
				t.Fatalf("w = %v at %d: got %v, want %v", w, k, s[0][k][j], want)
			}
		}
	}
}

// TestAdaptiveStepsOfALaneAreItsOwn: which other runs are in a block, and what
// executes it, changes no bit.
func TestAdaptiveStepsOfALaneAreItsOwn(t *testing.T) {
	m := read(t, "RK45", 20, 1, oscillator+`<aux name="jump"><eqn>IF TIME &gt; 3.3 THEN 5 ELSE 0</eqn></aux>
<stock name="q"><eqn>0</eqn><inflow>in</inflow></stock><flow name="in"><eqn>jump + EXP(s) - q + NORMAL(0, 1)</eqn></flow>`)
	inputs := func(_, run int) float64 { return 0.3 * float64(run+1) }
	o := Options{Saved: []string{"s", "q"}, Varied: []string{"w"}, Backend: Interpreter}
	_, want, _, _ := run(t, m, o, 1, 40, inputs)
	for _, backend := range []Backend{Interpreter, Auto} {
		for _, lanes := range []int{7, 40} {
			o.Backend = backend
			_, got, _, _ := run(t, m, o, lanes, 40, inputs)
			for c := range want {
				for k := range want[c] {
					for j, x := range want[c][k] {
						if math.Float64bits(x) != math.Float64bits(got[c][k][j]) {
							t.Fatalf("%v, %d lanes: run %d at %d: got %v, want %v", backend, lanes, j, k, got[c][k][j], x)
						}
					}
				}
			}
		}
	}
}

func TestAdaptiveStepsStopAtWhatIsNotFinite(t *testing.T) {
	// ds/dt = s^2 reaches infinity at time 1/s0: run 0 at 2, run 1 never.
	m := read(t, "RK45", 10, 1, `<stock name="s"><eqn>s0</eqn><inflow>f</inflow></stock><flow name="f"><eqn>s*s*s0/s0</eqn></flow><aux name="s0"><eqn>1</eqn></aux>`)
	_, _, bad, names := run(t, m, Options{Saved: []string{"s"}, Varied: []string{"s0"}}, 2, 2, func(_, run int) float64 { return []float64{0.5, 0.05}[run] })
	if bad[0] < 2 || bad[0] > 4 || names[0] != "s" || bad[1] != -1 {
		t.Errorf("got steps %v and variables %v", bad, names)
	}
}

// TestSaveBetweenSteps: what falls between two steps is saved at the later one.
func TestSaveBetweenSteps(t *testing.T) {
	m := read(t, "Euler", 2, 0.25, decay)
	m.Time.Save = 0.4
	p, err := Compile(m, Options{Saved: []string{"s"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.SaveTimes(), []float64{0, 0.5, 1, 1.25, 1.75, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	_, s, _, _ := run(t, m, Options{Saved: []string{"s"}}, 1, 1, nil)
	_, all, _, _ := run(t, read(t, "Euler", 2, 0.25, decay), Options{Saved: []string{"s"}}, 1, 1, nil)
	if s[0][2][0] != all[0][1][0] || s[0][5][0] != all[0][2][0] {
		t.Errorf("got %v, want %v at times 1 and 2", s[0], all[0])
	}
}

func BenchmarkMethods(b *testing.B) {
	for _, method := range []model.Method{model.Euler, model.RK2, model.RK4, model.RK45} {
		b.Run(fmt.Sprint(method), func(b *testing.B) {
			m := read(b, method.String(), 100, 0.125, oscillator)
			p, err := Compile(m, Options{})
			if err != nil {
				b.Fatal(err)
			}
			w := p.NewWorker(64)
			block := &Block{Runs: 64, Bad: make([]int, 64), BadVariable: make([]string, 64)}
			for b.Loop() {
				if err := w.Run(block); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
