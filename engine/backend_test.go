package engine

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"

	"handover/engine/native"
	"handover/model"
	"handover/model/vensim"
	"handover/model/xmile"
)

// machines are the back ends besides the interpreter that this processor runs.
func machines(t testing.TB) []Backend {
	t.Helper()
	var list []Backend
	for _, b := range []Backend{AVX2, AVX512} {
		if _, err := b.choose(); err != nil {
			t.Logf("not tested: %v", err)
			continue
		}
		list = append(list, b)
	}
	if list == nil {
		t.Skip("this processor runs no machine code of ours")
	}
	return list
}

// everything asks for all variables of a model and for all reductions of some.
func everything(m *model.Model) Options {
	var o Options
	for _, v := range m.Variables {
		if v.Kind == model.Lookup {
			continue
		}
		o.Saved = append(o.Saved, v.Name)
		if v.Kind == model.Constant && len(v.Dimensions) == 0 && len(o.Varied) < 20 {
			o.Varied = append(o.Varied, v.Name)
		}
		if len(v.Dimensions) == 0 && len(o.Reductions) < 30 {
			for r := Final; r <= First; r++ {
				o.Reductions = append(o.Reductions, Reduction{r, v.Name, 1})
			}
		}
	}
	return o
}

// outcome is everything that runs give, in words of 64 bits with one NaN.
type outcome struct {
	words []uint64
	names []string
}

func (o *outcome) hash() uint64 {
	h := fnv.New64a()
	for _, w := range o.words {
		fmt.Fprintf(h, "%x ", w)
	}
	fmt.Fprint(h, o.names)
	return h.Sum64()
}

// outcomeOf runs n runs in blocks of the given lanes.
func outcomeOf(t testing.TB, p *Program, o Options, lanes, n int, inputs []float64) *outcome {
	t.Helper()
	w := p.NewWorker(lanes)
	times := len(p.SaveTimes())
	columns := len(p.Columns())
	out := &outcome{words: make([]uint64, n*(columns*times+len(o.Reductions)+1)), names: make([]string, n)}
	word := func(x float64) uint64 {
		if x != x {
			return 0x7ff8 << 48
		}
		return math.Float64bits(x)
	}
	for at := 0; at < n; at += lanes {
		k := min(lanes, n-at)
		b := &Block{Seed: 3, First: at, Runs: k, Inputs: make([]float64, len(o.Varied)*k), Reductions: make([]float64, len(o.Reductions)*k),
			Series: make([]float64, columns*times*k), Bad: make([]int, k), BadVariable: out.names[at : at+k]}
		for v := range o.Varied {
			copy(b.Inputs[v*k:(v+1)*k], inputs[v*n+at:])
		}
		if err := w.Run(b); err != nil {
			t.Fatal(err)
		}
		for j := range k {
			own := out.words[(at+j)*(columns*times+len(o.Reductions)+1):]
			for i := range columns * times {
				own[i] = word(b.Series[i*k+j])
			}
			for i := range o.Reductions {
				own[columns*times+i] = word(b.Reductions[i*k+j])
			}
			own[columns*times+len(o.Reductions)] = uint64(b.Bad[j])
		}
	}
	return out
}

// inputsFor varies the constants of a model around their values; some runs get
// values that break it.
func inputsFor(p *Program, o Options, m *model.Model, n int) []float64 {
	r := rand.New(rand.NewPCG(5, 6))
	inputs := make([]float64, len(o.Varied)*n)
	odd := []float64{0, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300, 1e-310, math.Copysign(0, -1)}
	for v, name := range o.Varied {
		value := 1.0
		if x, ok := m.Variable(name).Equations[0].Expression.(*model.Number); ok {
			value = x.Value
		}
		for j := range n {
			inputs[v*n+j] = value * (1 + 0.2*(r.Float64()-0.5))
			if j%7 == 3 && r.IntN(len(o.Varied)) == 0 {
				inputs[v*n+j] = odd[r.IntN(len(odd))]
			}
		}
	}
	return inputs
}

// sameEverywhere compares the back ends on n runs of a model, at several numbers
// of lanes: with what is asked for; with final values alone of the reductions,
// which machine code can do many steps for without coming back; and those without
// series.
func sameEverywhere(t testing.TB, m *model.Model, o Options, n int, lanes []int) error {
	t.Helper()
	finals := o
	finals.Reductions = nil
	for i, r := range o.Reductions {
		if i == 0 || r.Variable != o.Reductions[i-1].Variable {
			finals.Reductions = append(finals.Reductions, Reduction{Final, r.Variable, 0})
		}
	}
	bare := finals
	bare.Saved = nil
	for _, o := range []Options{o, finals, bare} {
		if err := sameWith(t, m, o, n, lanes); err != nil {
			return err
		}
	}
	return nil
}

func sameWith(t testing.TB, m *model.Model, o Options, n int, lanes []int) error {
	t.Helper()
	o.Backend = Interpreter
	p, err := Compile(m, o)
	if err != nil {
		return err
	}
	inputs := inputsFor(p, o, m, n)
	want := outcomeOf(t, p, o, n, n, inputs)
	for _, b := range machines(t) {
		o.Backend = b
		p, err := Compile(m, o)
		if err != nil {
			return err
		}
		if got, refused := p.Backend(); got != b {
			return fmt.Errorf("asked for %s and got %s: %w", b, got, refused)
		}
		for _, k := range lanes {
			got := outcomeOf(t, p, o, k, n, inputs)
			if got.hash() == want.hash() {
				continue
			}
			each := len(want.words) / n
			for i := range want.words {
				if got.words[i] != want.words[i] {
					what := fmt.Sprintf("word %d", i%each)
					if times := len(p.SaveTimes()); i%each < len(p.Columns())*times {
						what = fmt.Sprintf("%s at %d", p.columns[i%each/times], i%times)
					}
					return fmt.Errorf("%s with %d lanes: run %d, %s: %x, interpreter %x", b, k, i/each, what, got.words[i], want.words[i])
				}
			}
			return fmt.Errorf("%s with %d lanes: the names of bad variables differ", b, k)
		}
	}
	return nil
}

func iraqModel(t testing.TB) *model.Model {
	t.Helper()
	data, err := os.ReadFile("../cases/iraq/model.xmile")
	if err != nil {
		t.Fatal(err)
	}
	m, found := xmile.Read("model.xmile", data)
	if found.Errors() > 0 {
		t.Fatal(found)
	}
	return m
}

// repeated is a model that machine code needs nobody else for.
const repeated = `<stock name="level"><eqn>start</eqn><inflow>gain</inflow></stock><stock name="other"><eqn>1</eqn><inflow>swap</inflow></stock>
<flow name="gain"><eqn>level * rate * chance</eqn></flow><flow name="swap"><eqn>(level - other) * rate * EXP(-0.01 * TIME)</eqn></flow>
<aux name="chance"><eqn>UNIFORM(0, 2) + 0.001 * NORMAL(0, 1)</eqn></aux><aux name="rate"><eqn>0.4</eqn></aux><aux name="start"><eqn>10</eqn></aux>`

func TestSameBitsInMachineCode(t *testing.T) {
	lanes := []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 37, 64, 128}
	for _, method := range []string{"Euler", "RK4"} {
		m := read(t, method, 12, 0.25, noisy)
		if err := sameEverywhere(t, m, everything(m), 37, lanes); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
	// Code that repeats itself: 1,200 steps, so that it comes back in between, with
	// draws, time and stocks that overflow in some lanes after a while.
	m := read(t, "Euler", 1200, 1, repeated)
	o := everything(m)
	if err := sameEverywhere(t, m, o, 37, lanes); err != nil {
		t.Errorf("repeated: %v", err)
	}
	for _, r := range []Reduce{Final, Maximum} {
		o.Backend, o.Reductions = Auto, []Reduction{{r, "chance", 0}}
		p, err := Compile(m, o)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := p.Backend(); b == AVX512 && p.machine.repeats != (r == Final) {
			t.Errorf("with reduction %d, the machine code repeats itself: %v", r, p.machine.repeats)
		}
	}
	m = iraqModel(t)
	o = everything(m)
	o.Horizon = 6
	if err := sameEverywhere(t, m, o, 37, []int{1, 5, 16, 37, 64}); err != nil {
		t.Errorf("Iraq: %v", err)
	}
}

// TestSameBitsOnTheSuite compares the back ends on every model of the field's
// suite that can be read, and on World3-03.
func TestSameBitsOnTheSuite(t *testing.T) {
	machines(t)
	const data = "../../shared/data"
	if _, err := os.Stat(data); err != nil {
		t.Skipf("the suite is not there: %v", err)
	}
	compared := 0
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var m *model.Model
		switch filepath.Ext(path) {
		case ".xmile", ".stmx":
			m, _ = xmile.Read(filepath.Base(path), text)
		case ".mdl":
			m, _ = vensim.Read(filepath.Base(path), text, func(name string) ([]byte, error) {
				return os.ReadFile(filepath.Join(filepath.Dir(path), filepath.Base(name)))
			})
		}
		if m == nil || model.Check(m).Errors() > 0 {
			return nil
		}
		o := everything(m)
		o.Backend = Interpreter
		if _, err := Compile(m, o); err != nil {
			return nil // not a model that the engine takes; the conformance test says why
		}
		compared++
		if steps := 200 * m.Time.DT; m.Time.Stop > m.Time.Start+steps {
			if _, err := Compile(m, Options{Backend: Interpreter, Horizon: steps}); err == nil {
				o.Horizon = steps
			}
		}
		if err := sameEverywhere(t, m, o, 11, []int{3, 11}); err != nil {
			t.Errorf("%s: %v", strings.TrimPrefix(path, data), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("%d models", compared); compared < 50 {
		t.Errorf("only %d models were compared", compared)
	}
}

// TestForbiddenMachineCode runs a program on a system that lets nobody make code.
func TestForbiddenMachineCode(t *testing.T) {
	machines(t)
	forbidden := errors.New("permission denied")
	seal = func(*native.Unit) error { return forbidden }
	defer func() { seal = (*native.Unit).Seal }()
	m := read(t, "Euler", 12, 0.25, noisy)
	p, err := Compile(m, everything(m))
	if err != nil {
		t.Fatal(err)
	}
	if b, refused := p.Backend(); b != Interpreter || !errors.Is(refused, forbidden) {
		t.Errorf("the program runs in %s because of %v", b, refused)
	}
	o := everything(m)
	inputs := inputsFor(p, o, m, 9)
	got := outcomeOf(t, p, o, 4, 9, inputs)
	o.Backend = Interpreter
	if p, err = Compile(m, o); err != nil {
		t.Fatal(err)
	}
	if _, refused := p.Backend(); refused != nil {
		t.Errorf("the interpreter was asked for, and excused with %v", refused)
	}
	if want := outcomeOf(t, p, o, 4, 9, inputs); got.hash() != want.hash() {
		t.Error("the results differ")
	}
}

func TestBackendNames(t *testing.T) {
	for b, name := range backendNames {
		if got, err := BackendNamed(name); err != nil || got != Backend(b) || got.String() != name {
			t.Errorf("%q: got %v, %v", name, got, err)
		}
	}
	if _, err := BackendNamed("turbo"); err == nil || !strings.Contains(err.Error(), "interpreter") {
		t.Errorf("turbo: %v", err)
	}
}

// TestMachineCodeAmongGoroutines runs one program on several goroutines while
// the collector runs and a profile interrupts them: machine code has no stack
// maps, and none of this may look for them.
func TestMachineCodeAmongGoroutines(t *testing.T) {
	m := read(t, "RK4", 12, 0.25, noisy)
	o := everything(m)
	const n = 64
	for _, b := range machines(t) {
		o.Backend = b
		p, err := Compile(m, o)
		if err != nil {
			t.Fatal(err)
		}
		inputs := inputsFor(p, o, m, n)
		want := outcomeOf(t, p, o, n, n, inputs).hash()
		if err := pprof.StartCPUProfile(io.Discard); err != nil {
			t.Log(err) // another profile is being made; it interrupts too
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 2 {
					if got := outcomeOf(t, p, o, 24, n, inputs).hash(); got != want {
						t.Errorf("%s: the results differ", b)
					}
				}
			})
		}
		for range 8 {
			runtime.GC()
		}
		all.Wait()
		pprof.StopCPUProfile()
	}
}

// TestOneHash compares the results of a model with every kind of draw and memory
// with those of the machine on which this was written: any other machine, any
// back end and any processor must give the same.
func TestOneHash(t *testing.T) {
	for method, want := range map[string]uint64{"Euler": 0x6a66e3a7011d632b, "RK4": 0x7da875759a8c690f} {
		m := read(t, method, 12, 0.25, noisy)
		o := everything(m)
		for _, b := range []Backend{Auto, Interpreter} {
			o.Backend = b
			p, err := Compile(m, o)
			if err != nil {
				t.Fatal(err)
			}
			// Inputs of whole numbers, so that nothing but the engine is compared.
			inputs := make([]float64, len(o.Varied)*20)
			for i := range inputs {
				inputs[i] = float64(i%7) / 64
			}
			if got := outcomeOf(t, p, o, 16, 20, inputs).hash(); got != want {
				t.Errorf("%s, %s: hash %#x, expected %#x", method, b, got, want)
			}
		}
	}
}
