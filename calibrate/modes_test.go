package calibrate

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"handover/casefile"
)

// withPosterior is the ridge with a posterior and further lines of its history.
func withPosterior(t *testing.T, modes string) (*casefile.Case, *Result) {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"case.yaml", "model.xmile", "outcomes.yaml", "strategies.yaml", "uncertainties.yaml", "history.yaml", "data/deaths.csv", "data/events.csv", "data/strength.csv"} {
		data, err := os.ReadFile(filepath.Join("testdata/ridge", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	text, _, _ := strings.Cut(string(files["history.yaml"].Data), "\nmodes:")
	files["history.yaml"] = &fstest.MapFile{Data: []byte(text + "\nmodes:\n" + modes)}
	c, list := casefile.Load(files)
	if c == nil {
		t.Fatal(list)
	}
	dir, r, err := Start(context.Background(), Request{Case: c, Runs: 6000, Chains: 32, Draws: 60, Seed: 5, Threads: 1}, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, casefile.PosteriorName))
	if err != nil {
		t.Fatal(err)
	}
	files[casefile.PosteriorName] = &fstest.MapFile{Data: data}
	if c, list = casefile.Load(files); c == nil || len(list) > 0 {
		t.Fatal(list)
	}
	return c, r
}

const ridgeModes = `  - id: rise
    name: A rise
    tests:
      - {observation: deaths, period: "2012", over: "2010", least: 1.2}
      - {observation: strength, period: "2017", over: "2012", most: 0.15}
  - id: fall
    name: A fall
    tests:
      - {chart: crowd, period: 2019-12, least: 1}
      - {chart: crowd, period: 2020-06, over: 2020-02, most: 1}
    charts:
      - id: crowd
        name: Insurgents
        quantity: SUM(active[*])
        from: "2015"
        to: "2021"
        ahead: {months: 20, strategy: stay, quantity: "SUM(active[*])"}
`

// TestModesTakeBack: draws that are read from the file of a posterior pass the same
// tests as the draws that the calibration wrote there, to the eight digits of the
// file; a run ahead goes on where the past of the same draw ends.
func TestModesTakeBack(t *testing.T) {
	c, r := withPosterior(t, ridgeModes)
	m, err := TryModes(context.Background(), Request{Case: c, Seed: 5, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Modes) != 1 || len(m.Modes) != 2 || m.Draws != 60 {
		t.Fatalf("%d modes calibrated, %d tried on %d draws; expected 1, and 2 on 60", len(r.Modes), len(m.Modes), m.Draws)
	}
	was, now := r.Modes[0], m.Modes[0]
	if was.Share != now.Share || m.Past != r.AllModes || was.Share == 0 || was.Share == 1 {
		t.Errorf("%v of draws pass, all modes %v; the calibration said %v and %v, and some should fail", now.Share, m.Past, was.Share, r.AllModes)
	}
	for k := range was.Tests {
		for q := range 3 {
			if x, y := was.Tests[k].Ratio[q], now.Tests[k].Ratio[q]; math.Abs(x-y) > 1e-5*x {
				t.Errorf("test %d: quantile %d is %v; the calibration said %v", k, q, y, x)
			}
		}
	}
	_, _, courses, err := again(context.Background(), Request{Case: c, Seed: 5, Threads: 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := &courses[1][0]
	ahead, err := runAhead(context.Background(), Request{Case: c, Seed: 5, Threads: 1}, x.chart)
	if err != nil {
		t.Fatal(err)
	}
	for i := range ahead.values {
		end, start := x.past.values[i][len(x.past.values[i])-1], ahead.values[i][0]
		if math.Abs(end-start) > 1e-6*end {
			t.Fatalf("draw %d ends the past at %v and starts ahead at %v", i, end, start)
		}
	}
}

// TestModesRefuse: what is missing is named.
func TestModesRefuse(t *testing.T) {
	c, _ := withPosterior(t, ridgeModes)
	bare := *c
	bare.Posterior = nil
	other := *c
	p := *c.Posterior
	p.Columns = slices.Clone(p.Columns)
	p.Columns[slices.Index(p.Columns, "removal rate")] = "another rate"
	other.Posterior = &p
	without := *c
	h := *c.History
	h.Modes = nil
	without.History = &h
	wrong := *c
	h2 := *c.History
	h2.Modes = slices.Clone(h2.Modes)
	h2.Modes[1].Charts = slices.Clone(h2.Modes[1].Charts)
	h2.Modes[1].Charts[0].Quantity = "no_such_thing"
	wrong.History = &h2
	for _, x := range []struct {
		c     *casefile.Case
		says  string
		asked bool
	}{
		{&bare, "has no posterior.csv", true},
		{&without, "no modes", true},
		{&other, "posterior.csv does not hold removal rate", false},
		{&wrong, "no_such_thing", false},
	} {
		_, err := TryModes(context.Background(), Request{Case: x.c, Seed: 5, Threads: 1})
		if err == nil || !strings.Contains(err.Error(), x.says) || errors.Is(err, ErrModes) != x.asked {
			t.Errorf("the error is %v; expected it to say %q", err, x.says)
		}
	}
}

// TestTicks: a panel has between three and nine ticks, whatever its range.
func TestTicks(t *testing.T) {
	for _, high := range []float64{0.003, 0.9, 1, 1.9, 2, 3.7, 7, 10, 41, 99, 238000, 1.7e6} {
		if n := len(ticks(0, high, false)); n < 3 || n > 11 {
			t.Errorf("0 to %v has %d ticks", high, n)
		}
	}
	p := plot{name: "a < b", dots: []point{{-10, 1}, {-5, 3}}, zero: true}
	var b strings.Builder
	p.draw(&b, ridge(t))
	if !strings.Contains(b.String(), "a &lt; b") || strings.Count(b.String(), "<circle") != 2 || strings.Contains(b.String(), "NaN") {
		t.Error(b.String())
	}
}
