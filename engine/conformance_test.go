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

// folder is one test of the suite: its models and its outputs, by layer.
type folder struct {
	models []string
	// outputs has the reference output of each layer of the suite, or "".
	outputs [2]string
}

// output is the reference for a model: that of its own layer if there is one.
func (f *folder) output(path string) string {
	own := 0
	if strings.Contains(path, "simlin-fork") {
		own = 1
	}
	if f.outputs[own] != "" {
		return f.outputs[own]
	}
	return f.outputs[1-own]
}

// folders lists the tests of the field's conformance suite: the upstream
// folders with the files that the fork repaired or added laid over them. Files
// of Stella (.stmx) hold the same language and count where a folder has no
// .xmile.
func folders(t *testing.T) map[string]*folder {
	t.Helper()
	if _, err := os.Stat(suite); err != nil {
		t.Skipf("the conformance suite is not there: %v", err)
	}
	all := map[string]*folder{}
	models := map[string]map[string]string{}
	for layer, root := range []string{"upstream", "simlin-fork"} {
		err := filepath.WalkDir(filepath.Join(suite, root), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(filepath.Join(suite, root), filepath.Dir(path))
			if err != nil {
				return err
			}
			name = strings.TrimPrefix(filepath.ToSlash(name), "tests/")
			if all[name] == nil {
				all[name], models[name] = &folder{}, map[string]string{}
			}
			switch base := filepath.Base(path); {
			case base == "output.csv" || base == "output.tab" && all[name].outputs[layer] == "":
				all[name].outputs[layer] = path
			case filepath.Ext(base) == ".xmile" || filepath.Ext(base) == ".stmx":
				models[name][base] = path
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, f := range all {
		for _, extension := range []string{".xmile", ".stmx"} {
			for base, path := range models[name] {
				if filepath.Ext(base) == extension {
					f.models = append(f.models, path)
				}
			}
			if f.models != nil {
				break
			}
		}
		slices.Sort(f.models)
	}
	return all
}

// reference is an output file: a table of numbers as printed.
type reference struct {
	names []string
	rows  [][]string
	// decimals and significant are the most digits behind the point and in all
	// that a value of the file has: what its writer rounded to.
	decimals, significant int
}

func readReference(t *testing.T, path string) *reference {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	r := csv.NewReader(strings.NewReader(strings.ReplaceAll(text, "\r", "\n")))
	if filepath.Ext(path) == ".tab" {
		r.Comma = '\t'
	}
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %v", path, err)
	}
	f := &reference{names: rows[0], rows: rows[1:]}
	for _, row := range f.rows {
		for c, text := range row {
			decimals, significant, _ := digits(text)
			f.decimals = max(f.decimals, decimals)
			if c > 0 {
				f.significant = max(f.significant, significant)
			}
		}
	}
	return f
}

// digits counts the digits behind the point, and the significant ones, of a
// printed number, and gives its power of ten.
func digits(text string) (decimals, significant, exponent int) {
	mantissa, power, _ := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "e")
	mantissa = strings.TrimLeft(mantissa, "+-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	e, _ := strconv.Atoi(power)
	significant = len(strings.TrimLeft(whole+fraction, "0"))
	exponent = e + significant - len(fraction) - 1
	return max(0, len(fraction)-e), significant, exponent
}

// slack is half a unit of the last digit to which the file's writer rounded a
// value: a fixed number of decimals, or of significant digits with zeros at the
// end left out. A file that shows fewer than five digits shows no rounding.
func (f *reference) slack(text string) float64 {
	if max(f.decimals, f.significant) < 5 {
		return 0
	}
	_, _, exponent := digits(text)
	unit := math.Max(math.Pow10(-f.decimals), math.Pow10(exponent-f.significant+1))
	return unit / 2 * (1 + 1e-6)
}

// compare simulates a model and says what does not match the reference: every
// column must be there, at every time, within 1e-4 or what was rounded off.
func compare(m *model.Model, f *reference) error {
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
	for c := 1; c < len(f.names); c++ {
		if strings.TrimSpace(f.names[c]) == "" {
			continue
		}
		value := func(k int) float64 { return math.NaN() }
		if column, ok := at[fold(f.names[c])]; ok {
			value = func(k int) float64 { return b.Series[column*len(times)+k] }
		} else if x, ok := control(m, fold(f.names[c])); ok {
			value = func(int) float64 { return x }
		} else {
			return fmt.Errorf("the model has no column %q", f.names[c])
		}
		for _, row := range f.rows {
			k, err := nearest(times, row[0])
			if err != nil {
				return err
			}
			if c >= len(row) || strings.TrimSpace(row[c]) == "" {
				continue // constants are printed once
			}
			want, err := strconv.ParseFloat(strings.TrimSpace(row[c]), 64)
			if err != nil {
				return fmt.Errorf("%s at %s is %q, which is no number", f.names[c], row[0], row[c])
			}
			compared++
			got := value(k)
			if math.IsNaN(want) && math.IsNaN(got) || got == want {
				continue
			}
			if !(math.Abs(got-want) <= math.Max(1e-4*math.Max(math.Abs(want), 1e-2), f.slack(row[c]))) {
				return fmt.Errorf("%s at %s is %v, expected %s", f.names[c], row[0], got, row[c])
			}
		}
	}
	if compared == 0 {
		return fmt.Errorf("nothing was compared")
	}
	return nil
}

// nearest finds the saved time that a printed time means.
func nearest(times []float64, text string) (int, error) {
	t, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time", text)
	}
	best := 0
	for k := range times {
		if math.Abs(times[k]-t) < math.Abs(times[best]-t) {
			best = k
		}
	}
	decimals, _, _ := digits(text)
	slack := 1e-6 * math.Max(1, math.Abs(t))
	if decimals > 0 { // a time without decimals is exact
		slack = math.Max(slack, math.Pow10(-decimals)/2*(1+1e-6))
	}
	if math.Abs(times[best]-t) > slack {
		return 0, fmt.Errorf("time %s is not saved", text)
	}
	return best, nil
}

// control is a time setting that Vensim lists among the variables, for models
// that do not have it as a variable.
func control(m *model.Model, name string) (float64, bool) {
	switch name {
	case "initial_time":
		return m.Time.Start, true
	case "final_time":
		return m.Time.Stop, true
	case "time_step":
		return m.Time.DT, true
	case "saveper":
		return m.Time.Save, true
	}
	return 0, false
}

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
		f := all[name]
		if len(f.models) == 0 || f.output(f.models[0]) == "" {
			without++
			continue
		}
		for _, path := range f.models {
			name := name
			if len(f.models) > 1 {
				name += "/" + filepath.Base(path)
			}
			err := simulates(t, path, f.output(path))
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
	return compare(m, readReference(t, output))
}
