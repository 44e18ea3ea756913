package main

import (
	"os/exec"
	"testing"

	"handover/engine"
)

// TestSameResults: the C that speeds are compared with computes what the engine does.
func TestSameResults(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("no C compiler: ", err)
	}
	folder := t.TempDir()
	f := &flags{World3: "../../../shared/data/models/world3", CC: "gcc"}
	list, err := f.subjects(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		varied := varied(s.model)
		if len(varied) < 10 {
			t.Fatalf("%s: only %d constants vary", s.name, len(varied))
		}
		p, err := engine.Compile(s.model, engine.Options{Varied: varied, Saved: s.saved})
		if err != nil {
			t.Fatal(err)
		}
		_, want, err := ours(p, s.model, varied, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, lanes := range []int{0, 16} {
			program, err := f.compile(s, varied, lanes, []string{"-O1"}, folder)
			if err != nil {
				t.Fatal(err)
			}
			_, got, err := output(program, 64)
			if err != nil {
				t.Fatal(err)
			}
			if worst := apart(want, got); !(worst < 1e-9) {
				t.Errorf("%s, %d lanes: %v, not %v (relative %.1g)", s.name, lanes, got, want, worst)
			}
		}
	}
}
