package ensemble

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"handover/casefile"
)

// TestPosterior: with a posterior, a future takes one of its draws whole, spread
// evenly over them, and what was not calibrated stays as the design has it.
func TestPosterior(t *testing.T) {
	c, list := casefile.Load(os.DirFS("../cmd/handover/testdata/small"))
	if c == nil {
		t.Fatal(list)
	}
	const futures = 40
	inputs := func() (*experiments, []float64, Manifest) {
		r, err := Request{Case: c, Futures: futures, Seed: 3, Version: "test"}.complete()
		if err != nil {
			t.Fatal(err)
		}
		e, err := prepare(r, r.manifest())
		if err != nil {
			t.Fatal(err)
		}
		values := make([]float64, e.varied()*futures)
		e.inputs(0, futures, values, e.room())
		return e, values, r.manifest()
	}
	_, before, priors := inputs()
	if len(before) != len(c.Uncertainties)*futures {
		t.Fatalf("%d inputs without a posterior", len(before))
	}

	// A draw sets the first uncertainty and an element of a constant that is none.
	c.Posterior = &casefile.Posterior{Columns: []string{c.Uncertainties[0].Variable, "share[North]"}, Hash: "of a test"}
	for k := range 10 {
		c.Posterior.Draws = append(c.Posterior.Draws, []float64{1 + float64(k)/10, 0.1 + float64(k)/20})
	}
	e, after, with := inputs()
	if with.Posterior != "of a test" || priors.Posterior != "" || with.Run == priors.Run {
		t.Errorf("the manifest says %q and %q, runs %s and %s", with.Posterior, priors.Posterior, with.Run, priors.Run)
	}
	last := len(c.Uncertainties) * futures
	taken := map[float64]int{}
	for i := range futures {
		x := after[i]
		taken[x]++
		k := int((x-1)*10 + 0.5)
		if after[last+i] != c.Posterior.Draws[k][1] {
			t.Errorf("future %d takes %v of one draw and %v of another", i, x, after[last+i])
		}
	}
	for _, d := range c.Posterior.Draws {
		if taken[d[0]] != futures/10 {
			t.Errorf("%d of %d futures took the draw %v; a Latin hypercube gives each %d", taken[d[0]], futures, d[0], futures/10)
		}
	}
	for i := futures; i < last; i++ {
		if after[i] != before[i] {
			t.Fatalf("an uncertainty that was not calibrated changed from %v to %v", before[i], after[i])
		}
	}
	point := e.room()
	for i := range futures {
		if e.draw(e.design, i, point); point[0] != after[i] {
			t.Errorf("the tables say %v of future %d, which ran with %v", point[0], i, after[i])
		}
	}

	// A whole run with it ends well, and the share of the North shows.
	_, s, err := Start(context.Background(), Request{Case: c, Futures: futures, Seed: 3, Version: "test"}, filepath.Join(t.TempDir(), "runs"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Manifest.Posterior == "" || s.Bad > 0 {
		t.Errorf("posterior %q, %d bad", s.Manifest.Posterior, s.Bad)
	}
}
