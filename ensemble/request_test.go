package ensemble

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestWrongRequests(t *testing.T) {
	c := harbour(t)
	root := t.TempDir()
	for _, x := range []struct {
		name string
		r    Request
		want []string
	}{
		{"no case", Request{Futures: 1}, []string{"no case"}},
		{"misspelt strategy", Request{Case: c, Futures: 1, Strategies: []string{"rsuh"}}, []string{`unknown strategy "rsuh"; the case harbour has plan, rush, steps (did you mean "rush"?)`}},
		{"everything at once", Request{Case: c, Strategies: []string{"x"}, Horizon: 601, Threads: -1, Lanes: -2},
			[]string{`unknown strategy "x"`, "0 futures are asked for; expected 1 to", "the horizon is 601 months; expected 1 to 600", "-1 threads", "-2 lanes"}},
		{"unknown design", Request{Case: c, Futures: 1, Design: "grid"}, []string{"the design of the futures", "grid"}},
	} {
		_, _, err := Start(context.Background(), x.r, root, nil)
		if err == nil {
			t.Errorf("%s: taken", x.name)
			continue
		}
		for _, want := range x.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; expected %q", x.name, err, want)
			}
		}
	}
	if entries, _ := os.ReadDir(root); len(entries) > 0 {
		t.Error("a wrong request left something behind")
	}
}

func TestRunIDDependsOnWhatDeterminesTheResults(t *testing.T) {
	c := harbour(t)
	id := func(change func(*Request)) string {
		r := Request{Case: c, Futures: 10, Seed: 1, Version: "1"}
		change(&r)
		r, err := r.complete()
		if err != nil {
			t.Fatal(err)
		}
		return r.manifest().Run
	}
	base := id(func(*Request) {})
	for name, change := range map[string]func(*Request){
		"threads":              func(r *Request) { r.Threads = 3 },
		"lanes":                func(r *Request) { r.Lanes = 3 },
		"the default horizon":  func(r *Request) { r.Horizon = 24 },
		"the default design":   func(r *Request) { r.Design = "lhs" },
		"strategies' order":    func(r *Request) { r.Strategies = []string{"steps", "plan"} },
		"strategies named two": func(r *Request) { r.Strategies = []string{"steps", "steps"} },
	} {
		if id(change) != base {
			t.Errorf("%s changes the run id", name)
		}
	}
	seen := []string{base}
	for name, change := range map[string]func(*Request){
		"seed":       func(r *Request) { r.Seed = 2 },
		"futures":    func(r *Request) { r.Futures = 11 },
		"horizon":    func(r *Request) { r.Horizon = 12 },
		"design":     func(r *Request) { r.Design = "sobol" },
		"version":    func(r *Request) { r.Version = "2" },
		"strategies": func(r *Request) { r.Strategies = []string{"rush"} },
		"case":       func(r *Request) { r.Case = harbour(t, "uncertainties.yaml", "high: 0.1", "high: 0.11") },
	} {
		got := id(change)
		if slices.Contains(seen, got) {
			t.Errorf("%s does not change the run id", name)
		}
		seen = append(seen, got)
	}
}

func TestFoldersThatCannotBeWritten(t *testing.T) {
	r := Request{Case: harbour(t), Futures: 10, Version: "test"}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err := Start(context.Background(), r, file, nil)
	if err == nil || !strings.Contains(err.Error(), "a file stands where a folder is needed") {
		t.Errorf("root is a file: %v", err)
	}
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "harbour"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = Start(context.Background(), r, root, nil)
	if err == nil || !strings.Contains(err.Error(), "a file stands where a folder is needed") {
		t.Errorf("the case's folder is a file: %v", err)
	}
	if os.Geteuid() != 0 { // root may write anywhere
		root = t.TempDir()
		if err := os.Chmod(root, 0o555); err != nil {
			t.Fatal(err)
		}
		_, _, err = Start(context.Background(), r, root, nil)
		if err == nil || !strings.Contains(err.Error(), "permission denied: choose an output folder") {
			t.Errorf("read-only folder: %v", err)
		}
	}
}

func TestWriteFileLeavesNothingWhenItFails(t *testing.T) {
	dir := t.TempDir()
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	err := writeFile(dir, "x", func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			return err
		}
		return full
	})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "the disk is full: free some space") {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("%s is left", entries[0].Name())
	}
}

func TestAllFuturesBad(t *testing.T) {
	c := harbour(t, append(slices.Clone(fused), "uncertainties.yaml", "low: -2\n    high: 0.2", "low: 0.3\n    high: 0.4")...)
	_, _, err := Start(context.Background(), Request{Case: c, Futures: 20, Version: "test"}, t.TempDir(), nil)
	if err == nil || !strings.Contains(err.Error(), "in every future a value is not finite, first pressure at month ") {
		t.Error(err)
	}
}
