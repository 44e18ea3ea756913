package panel_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"handover/diagnostic"
	"handover/forecast/panel"
)

// FuzzRead: whatever a file holds, it is read or refused with a list of mistakes.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"month_id,country_id,ged_best_sb\n457,10,3\n457,9,0\n", "date,unit,count\n2018-01-31,a,\n", "year,month,deaths\n2018,1,1e9\n",
		"unit,month,deaths,draw\na,2018-01,1,0\na,2018-01,2,1\n", "\"", "PAR1PAR1", "\x1f\x8b\x08\x00", "month_id,value\n-1e300,1\nNaN,2\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "counts")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := panel.Read(path, panel.Columns{})
		if err != nil {
			if !errors.As(err, new(diagnostic.List)) {
				t.Fatalf("%T: %v", err, err)
			}
		} else if _, known := table.Last(); !known || len(table.Units) == 0 {
			t.Fatalf("read as nothing: %+v", table)
		}
		drawn, err := panel.ReadDraws(path, panel.Columns{})
		if err == nil && len(drawn) == 0 {
			t.Fatal("no draws were read as a forecast")
		}
	})
}
