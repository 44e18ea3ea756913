package relapse_test

import (
	"bytes"
	"errors"
	"testing"

	"handover/diagnostic"
	"handover/forecast/relapse"
)

// FuzzParse: whatever a file holds, it gives endings or a list of mistakes, and
// every ending has a chance.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("dyad_id,year,type_of_conflict\n1,1990,3\n1,1990,3\n"))
	f.Add([]byte("\xef\xbb\xbfyear,dyad_id,type_of_conflict\n2020,a,4\n1800,b,4\n2200,b,3\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		all, err := relapse.Parse("fuzz.csv", bytes.NewReader(content))
		if err != nil {
			if !errors.As(err, new(diagnostic.List)) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		for _, by := range relapse.Forecasters {
			for _, e := range relapse.Walk(by, all, 1800, 2200) {
				if !(e.Chance >= 0 && e.Chance <= 1) {
					t.Fatalf("%s gives %+v", by, e)
				}
			}
		}
	})
}
