package engine_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"handover/engine"
	"handover/model"
	"handover/model/xmile"
)

const suite = "../../shared/data/test-models"

// folders lists the tests of the field's conformance suite: the upstream
// folders with the files that the fork repaired or added laid over them.
func folders(t *testing.T) map[string][]string {
	t.Helper()
	if _, err := os.Stat(suite); err != nil {
		t.Skipf("the conformance suite is not there: %v", err)
	}
	found := map[string]map[string]string{}
	for _, layer := range []string{"upstream/tests", "upstream/samples", "simlin-fork/tests", "simlin-fork/samples"} {
		entries, err := filepath.Glob(filepath.Join(suite, layer, "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range entries {
			name := filepath.Base(filepath.Dir(path))
			if strings.HasSuffix(layer, "samples") {
				name = "samples/" + name
			}
			if found[name] == nil {
				found[name] = map[string]string{}
			}
			found[name][filepath.Base(path)] = path
		}
	}
	paths := map[string][]string{}
	for name, files := range found {
		for _, p := range files {
			paths[name] = append(paths[name], p)
		}
		slices.Sort(paths[name])
	}
	return paths
}

// expected reads an output file: columns by name, NaN for an empty cell.
func expected(t *testing.T, path string) (names []string, columns [][]float64) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(strings.ReplaceAll(string(data), "\r", "\n"), "\ufeff")))
	if filepath.Ext(path) == ".tab" {
		r.Comma = '\t'
	}
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %v", path, err)
	}
	names = rows[0]
	columns = make([][]float64, len(names))
	for _, row := range rows[1:] {
		for c := range names {
			x := math.NaN()
			if c < len(row) && strings.TrimSpace(row[c]) != "" {
				if x, err = strconv.ParseFloat(strings.TrimSpace(row[c]), 64); err != nil {
					x = math.NaN()
				}
			}
			columns[c] = append(columns[c], x)
		}
	}
	return names, columns
}

// compare simulates a model and says what does not match the reference: every
// column must be there, at every time, within 1e-4.
func compare(m *model.Model, names []string, columns [][]float64) error {
	var saved []string
	for _, v := range m.Variables {
		if v.Kind != model.Lookup {
			saved = append(saved, v.Name)
		}
	}
	p, err := engine.Compile(m, engine.Options{Saved: saved})
	if err != nil {
		return err
	}
	times := p.SaveTimes()
	b := &engine.Block{Seed: 1, Runs: 1, Series: make([]float64, len(p.Columns())*len(times)), Bad: make([]int, 1), BadVariable: make([]string, 1)}
	if err := p.NewWorker(1).Run(b); err != nil {
		return err
	}
	at := map[string]int{}
	for c, name := range p.Columns() {
		at[fold(name)] = c
	}
	compared := 0
	for c := 1; c < len(names); c++ {
		column, ok := at[fold(names[c])]
		if !ok {
			if _, constant := controls[fold(names[c])]; constant || strings.TrimSpace(names[c]) == "" {
				continue
			}
			return fmt.Errorf("the model has no column %q", names[c])
		}
		for r, want := range columns[c] {
			t := columns[0][r]
			k := slices.IndexFunc(times, func(x float64) bool { return math.Abs(x-t) < 1e-6*math.Max(1, math.Abs(t)) })
			if k < 0 {
				return fmt.Errorf("time %v is not saved", t)
			}
			if math.IsNaN(want) {
				continue // the reference has no value here
			}
			compared++
			got := b.Series[column*len(times)+k]
			if !(math.Abs(got-want) <= 1e-4*math.Max(math.Abs(want), 1e-2)) {
				return fmt.Errorf("%s at %v is %v, expected %v", names[c], t, got, want)
			}
		}
	}
	if compared == 0 {
		return fmt.Errorf("nothing was compared")
	}
	return nil
}

// controls are columns that Vensim adds to its output and an XMILE model does
// not have.
var controls = map[string]bool{"final_time": true, "initial_time": true, "saveper": true, "time_step": true}

func fold(name string) string {
	base, subscripts, ok := strings.Cut(name, "[")
	s := model.Canonical(strings.Trim(base, `"`))
	if ok {
		var parts []string
		for _, p := range strings.Split(strings.TrimSuffix(strings.TrimSpace(subscripts), "]"), ",") {
			parts = append(parts, model.Canonical(p))
		}
		s += "[" + strings.Join(parts, ",") + "]"
	}
	return s
}

// known reads testdata/conformance.txt: folders that do not pass, each with the
// reason.
func known(t *testing.T, path string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, line := range strings.Split(string(data), "\n") {
		if name, reason, ok := strings.Cut(line, "\t"); ok && !strings.HasPrefix(line, "#") {
			reasons[name] = strings.TrimSpace(reason)
		}
	}
	return reasons
}

// TestConformance simulates the XMILE models of the field's suite.
func TestConformance(t *testing.T) {
	reasons := known(t, "testdata/conformance.txt")
	all := folders(t)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	passed, failed, without := 0, 0, 0
	for _, name := range names {
		var output string
		var models []string
		for _, p := range all[name] {
			base := filepath.Base(p)
			switch {
			case base == "output.csv" || base == "output.tab" && output == "":
				output = p
			case strings.HasSuffix(base, ".xmile"):
				models = append(models, p)
			}
		}
		if output == "" || len(models) == 0 {
			without++
			continue
		}
		for _, path := range models {
			name := name
			if len(models) > 1 {
				name += "/" + filepath.Base(path)
			}
			err := simulates(t, path, output)
			reason, listed := reasons[name]
			switch {
			case err == nil && listed:
				t.Errorf("%s passes and is listed as %q: take it off the list", name, reason)
			case err == nil:
				passed++
			case listed:
				failed++
			default:
				failed++
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	t.Logf("passed %d, not passed with a reason %d, folders without an XMILE model or output %d", passed, failed, without)
}

func simulates(t *testing.T, path, output string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	m, found := xmile.Read(filepath.Base(path), data)
	if err := found.Err(); err != nil {
		return err
	}
	if err := model.Check(m).Err(); err != nil {
		return err
	}
	names, columns := expected(t, output)
	return compare(m, names, columns)
}
