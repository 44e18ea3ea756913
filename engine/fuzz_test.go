package engine

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// fuzzed are functions that machine code does itself, leaves to the interpreter
// in the middle of a step, or treats apart for some arguments.
var fuzzed = []string{
	"LN(%s)", "SQRT(%s)", "ABS(%s)", "INT(%s)", "SIN(%s)", "ARCTAN(%s)", "LOG10(%s)", "%s MOD %s", "%s = %s", "%s &lt;&gt; %s", "%s OR %s",
	"EXP(0.001 * (%s))", "LN(ABS(%s) + 0.5)", "(ABS(%s) + 0.1) ^ %s", "(ABS(%s) + 0.1) ^ 0.5", "%s / 3", "%s / 4", "MAX(%s, 0)", "MIN(%s, 1)",
	"UNIFORM(0, 1)", "NORMAL(%s, 1)", "POISSON(ABS(%s))", "GAMMA(2, %s)", "POWERLAW(%s, 1, 100)", "EXPONENTIAL(%s)", "LOGNORMAL(2, 1)",
	"lines(%s)", "many(%s)", "beyond(%s)", "before(%s)", "DELAY(%s, 1, %s)", "SMTH1(%s, 2)", "SAFEDIV(%s, %s)", "STEP(%s, 1)", "SAMPLE_IF_TRUE(%s, %s, 1)",
}

// ownFunctions are those that machine code does itself.
var ownFunctions = []string{
	"LN(%s)", "SQRT(%s)", "ABS(%s)", "INT(%s)", "%s = %s", "%s &lt;&gt; %s", "%s OR %s", "EXP(0.001 * (%s))", "LN(ABS(%s) + 0.5)",
	"(ABS(%s) + 0.1) ^ %s", "%s / 3", "%s / 4", "MAX(%s, 0)", "MIN(%s, 1)", "UNIFORM(0, 1)", "lines(%s)", "many(%s)", "before(%s)", "SAFEDIV(%s, %s)", "STEP(%s, 1)",
}

// fuzzedLookups are the graphical functions of fuzzed models: with few and many
// points, of all kinds.
func fuzzedLookups() string {
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprint(i*i%17))
	}
	return `<gf name="lines"><xpts>-2,0,0.5,1,3</xpts><ypts>1,-3,2,2,7</ypts></gf>` +
		`<gf name="many"><xscale min="-3" max="8"/><ypts>` + strings.Join(many, ",") + `</ypts></gf>` +
		`<gf name="beyond" type="extrapolate"><xpts>0,2,5,6,7,8,9,10,11,12</xpts><ypts>1,3,2,9,1,4,6,2,0,5</ypts></gf>` +
		`<gf name="before" type="discrete"><xpts>0,1,2,3,4,5,6,7,8,9,10</xpts><ypts>1,3,2,5,3,6,8,2,5,7,3</ypts></gf>`
}

// sameOnRandomModel compares the back ends on a random model.
func sameOnRandomModel(t *rapid.T) {
	functions := fuzzed
	if rapid.Bool().Draw(t, "native") {
		functions = ownFunctions
	}
	text, names := randomModel(t, functions)
	method := rapid.SampledFrom([]string{"Euler", "RK4"}).Draw(t, "method")
	stop, dt := 2.0, 0.25
	if rapid.Bool().Draw(t, "each step saved") {
		stop, dt = 6, 1
	}
	m := read(testingT, method, stop, dt, text+fuzzedLookups()+`<aux name="c0"><eqn>1</eqn></aux>`)
	o := Options{Saved: names, Varied: []string{"c0"}, Reductions: []Reduction{{Mean, names[0], 0}}}
	lanes := rapid.IntRange(1, 40).Draw(t, "lanes")
	if err := sameEverywhere(testingT, m, o, 37, []int{lanes}); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// TestSameBitsOnRandomModels compares the back ends on some random models.
func TestSameBitsOnRandomModels(t *testing.T) {
	machines(t)
	rapid.Check(t, sameOnRandomModel)
}

// FuzzBackends compares the back ends on as many random models as time allows.
// What the fuzzer gives is where the choices begin; the rest of them are drawn
// from it, so that every input is a whole model.
func FuzzBackends(f *testing.F) {
	machines(f)
	check := rapid.MakeFuzz(sameOnRandomModel)
	for seed := range byte(16) {
		f.Add([]byte{seed})
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		h := fnv.New64a()
		h.Write(choices)
		r := rand.New(rand.NewPCG(h.Sum64(), 0))
		for len(choices) < 1<<14 {
			choices = binary.LittleEndian.AppendUint64(choices, r.Uint64())
		}
		check(t, choices)
	})
}
