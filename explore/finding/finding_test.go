package finding

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"handover/chart"
)

func sample() *Finding {
	t := Table{ID: "t", Title: "A table", Most: 1, Columns: []Column{{Name: "what", Title: "What", Text: true}, {Name: "x", Title: "X", Unit: "km", Decimals: 1}, {Name: "share", Title: "Share", Percent: true}, {Name: "raw", Hidden: true}}}
	t.Add("one", 1234.56, 0.125, 3.0)
	t.Add("two", math.NaN(), 1.0, 4.0)
	return &Finding{Verb: "explore test", Case: "A case", Title: "Found <it>", Tables: []Table{t},
		Figures: []Figure{{Title: "A chart", Spec: chart.Dots([]chart.Dot{{Row: "one", Low: 0, Middle: 1, High: math.NaN()}}, "x", ".1f", "d")}}}
}

func TestWriteGivesTheSameBytes(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b, b} {
		if _, err := sample().Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{PageName, "finding.json", "t.csv", "t.parquet"} {
		one, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			t.Fatal(err)
		}
		two, err := os.ReadFile(filepath.Join(b, name))
		if err != nil || string(one) != string(two) {
			t.Errorf("%s differs: %v", name, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(a, "t.csv"))
	if want := "what,x,share,raw\none,1234.56,0.125,3\ntwo,,1,4\n"; err != nil || string(text) != want {
		t.Errorf("the CSV is %q, expected %q (%v)", text, want, err)
	}
	page, err := os.ReadFile(filepath.Join(a, PageName))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Found &lt;it&gt;", "1,234.6", "12.5%", "1 rows more", `data-chart="chart-1"`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	entries, err := os.ReadDir(a)
	if err != nil || len(entries) != 4 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
}

// TestEmptyTable: a table without rows says so, under its title.
func TestEmptyTable(t *testing.T) {
	f := sample()
	f.Tables[0].Rows = nil
	dir := t.TempDir()
	if _, err := f.Write(dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, PageName))
	if err != nil || !strings.Contains(string(page), `<h2>A table</h2><p class="meas">None.</p></section>`) {
		t.Errorf("the page does not say that the table is empty (%v)", err)
	}
}

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 1234567: "1,234,567", 0.0123456: "0.0123", -12.345: "-12.3", 99.99: "100.0", 1e-9: "1e-09"} {
		if got := Number(x); got != want {
			t.Errorf("Number(%v) is %q, expected %q", x, got, want)
		}
	}
}
