package conformance_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"handover/engine"
	"handover/model"
)

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
	if !utf8.Valid(data) { // Vensim writes Latin-1 on Windows
		runes := make([]rune, len(data))
		for i, b := range data {
			runes[i] = rune(b)
		}
		data = []byte(string(runes))
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

// result is one run of a model: all its variables at all save times.
type result struct {
	model *model.Model
	times []float64
	// columns holds the values by folded name, order the names as the engine
	// gives them.
	columns map[string][]float64
	order   []string
}

// simulate runs a model as it is.
func simulate(m *model.Model) (*result, error) {
	var saved []string
	for _, v := range m.Variables {
		if v.Kind != model.Lookup {
			saved = append(saved, v.Name)
		}
	}
	p, err := engine.Compile(m, engine.Options{Saved: saved})
	if err != nil {
		return nil, err
	}
	r := &result{model: m, times: p.SaveTimes(), columns: map[string][]float64{}, order: p.Columns()}
	n := len(r.times)
	b := &engine.Block{Seed: 1, Runs: 1, Series: make([]float64, len(r.order)*n), Bad: make([]int, 1), BadVariable: make([]string, 1)}
	if err := p.NewWorker(1).Run(b); err != nil {
		return nil, err
	}
	for c, name := range r.order {
		r.columns[fold(name)] = b.Series[c*n : (c+1)*n]
	}
	return r, nil
}

// column finds a column of the reference in the result.
func (r *result) column(name string) (func(k int) float64, bool) {
	if values, ok := r.columns[fold(name)]; ok {
		return func(k int) float64 { return values[k] }, true
	}
	if x, ok := control(r.model, fold(name)); ok {
		return func(int) float64 { return x }, true
	}
	return nil, false
}

// compare says what of a result does not match the reference: every column must be
// there, at every time, within 1e-4 of the value, or what was rounded off, or what
// single precision leaves of the column's largest value: most of the references
// were computed with it.
func compare(r *result, f *reference) error {
	type column struct {
		at    int
		value func(k int) float64
		noise float64
	}
	var columns []column
	for c := 1; c < len(f.names); c++ {
		if strings.TrimSpace(f.names[c]) == "" || fold(f.names[c]) == "time" {
			continue
		}
		value, ok := r.column(f.names[c])
		if !ok {
			return fmt.Errorf("the model has no column %q", f.names[c])
		}
		largest := 0.0
		for _, row := range f.rows {
			if c < len(row) {
				if x, err := strconv.ParseFloat(strings.TrimSpace(row[c]), 64); err == nil && !math.IsInf(x, 0) && !math.IsNaN(x) {
					largest = math.Max(largest, math.Abs(x))
				}
			}
		}
		columns = append(columns, column{c, value, math.Max(1e-6, 4*0x1p-23*largest)})
	}
	compared := 0
	for _, row := range f.rows {
		k, err := nearest(r.times, row[0])
		if err != nil {
			return err
		}
		for _, c := range columns {
			if c.at >= len(row) || strings.TrimSpace(row[c.at]) == "" {
				continue // constants are printed once
			}
			want, err := strconv.ParseFloat(strings.TrimSpace(row[c.at]), 64)
			if err != nil {
				return fmt.Errorf("%s at %s is %q, which is no number", f.names[c.at], row[0], row[c.at])
			}
			compared++
			got := c.value(k)
			if math.IsNaN(want) && math.IsNaN(got) || got == want {
				continue
			}
			if !(math.Abs(got-want) <= max(1e-4*math.Abs(want), c.noise, f.slack(row[c.at]))) {
				return fmt.Errorf("%s at %s is %v, expected %s", f.names[c.at], row[0], got, row[c.at])
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

// fold makes names of columns comparable: quotes, case and spaces.
func fold(name string) string {
	name = strings.TrimSpace(name)
	if strings.HasPrefix(name, `"`) {
		if end := strings.LastIndex(name, `"`); end > 0 {
			name = strings.ReplaceAll(name[1:end], `\"`, `"`) + name[end+1:]
		}
	}
	base, subscripts, ok := strings.Cut(name, "[")
	s := model.Canonical(base)
	if ok && strings.HasSuffix(subscripts, "]") {
		var parts []string
		for _, p := range strings.Split(strings.TrimSuffix(strings.TrimSpace(subscripts), "]"), ",") {
			parts = append(parts, model.Canonical(p))
		}
		return s + "[" + strings.Join(parts, ",") + "]"
	}
	return model.Canonical(name)
}
