package panel_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"handover/evidence"
	"handover/forecast/panel"
	"handover/forecast/score"
)

// file writes a file into a fresh folder.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestForms reads the same counts in every form in which a month can be written,
// plain and packed.
func TestForms(t *testing.T) {
	for name, text := range map[string]string{
		"numbered": "month_id,country_id,ged_best_sb\n457,10,3\n457,9,0\n458,10,\n459,9,7\n",
		"dated":    "unit,month,deaths\n10,2018-01,3\n9,2018-01,0\n10,2018-02,\n9,2018-03,7\n",
		"days":     "date,count,unit\n2018-01-31,3,10\n2018-01-31,0,9\n2018-03-31,7,9\n",
		"parted":   "\ufeffyear,month,unit,value\n2018,1,10,3\n2018,1,9,0\n2018,3,9,7\n",
	} {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write([]byte(text))
		_ = w.Close()
		for _, content := range []string{text, packed.String()} {
			p, err := panel.Read(file(t, name, content), panel.Columns{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if !slices.Equal(p.Units, []string{"9", "10"}) || p.From != evidence.NewMonth(2018, 1) || p.To() != evidence.NewMonth(2018, 3) {
				t.Errorf("%s: units %v, from %s to %s", name, p.Units, p.From, p.To())
			}
			if p.At(0, p.From) != 0 || p.At(0, p.To()) != 7 || p.At(1, p.From) != 3 || !math.IsNaN(p.At(1, p.To())) || !math.IsNaN(p.At(0, p.From+1)) {
				t.Errorf("%s: %v", name, p.Counts)
			}
		}
	}
}

// TestWrongFiles names what is wrong, with lines.
func TestWrongFiles(t *testing.T) {
	for text, parts := range map[string][]string{
		"":                      {"the file is empty"},
		"unit,month,deaths\n":   {"holds no count"},
		"unit,deaths\na,1\n":    {"no column says the month"},
		"unit,month,a\nx,1,1\n": {"no column has a usual name for counts"},
		"unit,month,deaths,value\na,2018-01,1,1\n": {"may be in the column deaths or value", "--value"},
		"unit,month,deaths\na,2018-01,1.5\na,2018-13,1\n,2018-01,1\nb,2018-01,-1\nb,2018-02,x\nb,2018-03,1\nb,2018-03,1\n": {
			":2: ", "1.5 is no count: it is not whole", ":3: ", `"2018-13" is no month`, ":4: ", "no unit", ":5: ", "below 0", ":6: ", `"x" is no number`, ":8: ", "in line 7"},
		"unit,month,deaths\na,2018-01\n": {":2", "another number of fields"},
		"PAR1 and nothing else":          {"damaged"},
		"\x1f\x8b and nothing else":      {"damaged"},
	} {
		_, err := panel.Read(file(t, "counts", text), panel.Columns{})
		if err == nil {
			t.Errorf("%q was read", text)
			continue
		}
		for _, p := range parts {
			if !strings.Contains(err.Error(), p) {
				t.Errorf("%q: %q is not said: %v", text, p, err)
			}
		}
	}
}

// TestTooMany refuses what would not fit into memory, such as a file in which
// every row is its own unit.
func TestTooMany(t *testing.T) {
	var cells []panel.Cell
	for i := range 12_000 {
		cells = append(cells, panel.Cell{Unit: fmt.Sprint(i), Month: evidence.NewMonth(1801, 1) + evidence.Month(i%4700), Count: 1})
	}
	if _, err := panel.New(cells); err == nil || !strings.Contains(err.Error(), "is the column of the units the right one?") {
		t.Errorf("%v", err)
	}
}

// TestDrawsComeBack writes draws and reads them, with numbers and words as units.
func TestDrawsComeBack(t *testing.T) {
	for _, units := range [][]string{{"7", "60"}, {"anbar", "basra"}} {
		var drawn []panel.Drawn
		for i, u := range units {
			for m := range 3 {
				x := make(score.Sample, 4)
				for k := range x {
					x[k] = float64(10*i + m + k)
				}
				drawn = append(drawn, panel.Drawn{Unit: u, Month: evidence.NewMonth(2020, m+1), Sample: x})
			}
		}
		var first, second bytes.Buffer
		for _, b := range []*bytes.Buffer{&first, &second} {
			if err := panel.WriteDraws(b, "country_id", drawn); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Error("the same draws give different files")
		}
		back, err := panel.ReadDraws(file(t, "draws.parquet", first.String()), panel.Columns{})
		if err != nil {
			t.Fatal(err)
		}
		if len(back) != len(drawn) {
			t.Fatalf("%d cells came back", len(back))
		}
		for i := range back {
			if back[i].Unit != drawn[i].Unit || back[i].Month != drawn[i].Month || !slices.Equal(back[i].Sample, drawn[i].Sample) {
				t.Errorf("%+v came back as %+v", drawn[i], back[i])
			}
		}
		// A file that is cut short is damaged and not shorter.
		if _, err := panel.ReadDraws(file(t, "cut.parquet", first.String()[:first.Len()/2]), panel.Columns{}); err == nil {
			t.Error("half a file was read")
		}
	}
	if err := panel.WriteDraws(&bytes.Buffer{}, "unit", []panel.Drawn{{Unit: "a", Sample: score.Sample{math.NaN()}}}); err == nil {
		t.Error("a draw that is no number was written")
	}
}

// TestFillAndJoin: what is known is kept, replaced or refused as asked.
func TestFillAndJoin(t *testing.T) {
	make := func(cells ...panel.Cell) *panel.Panel {
		p, err := panel.New(cells)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	may := evidence.NewMonth(2020, 5)
	a := make(panel.Cell{Unit: "a", Month: may, Count: 1}, panel.Cell{Unit: "b", Month: may + 1, Count: 2})
	b := make(panel.Cell{Unit: "a", Month: may, Count: 9}, panel.Cell{Unit: "a", Month: may + 2, Count: 4}, panel.Cell{Unit: "c", Month: may, Count: 5}, panel.Cell{Unit: "a", Month: may + 3, Count: 6})
	kept, n := a.Fill(b, may+2, false)
	if n != 1 || kept.At(0, may) != 1 || kept.At(0, may+2) != 4 || kept.To() != may+2 || len(kept.Units) != 2 {
		t.Errorf("filled %d: %+v", n, kept)
	}
	replaced, n := a.Fill(b, may+2, true)
	if n != 2 || replaced.At(0, may) != 9 || a.At(0, may) != 1 {
		t.Errorf("replaced %d: %+v", n, replaced)
	}
	if _, _, err := panel.Join(false, a, b); err == nil || !strings.Contains(err.Error(), "a in 2020-05 is 1 in one file and 9 in another") {
		t.Errorf("joined: %v", err)
	}
	joined, n, err := panel.Join(true, a, b)
	if err != nil || n != 1 || joined.At(joined.Unit("a"), may) != 9 || joined.Unit("c") < 0 {
		t.Errorf("joined %d: %+v, %v", n, joined, err)
	}
	if early := joined.Until(may); early.To() != may || joined.To() != may+3 {
		t.Errorf("until May: to %s; the whole to %s", early.To(), joined.To())
	}
}
