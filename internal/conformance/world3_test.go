package conformance_test

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"handover/model"
	"handover/model/vensim"
	"handover/trajectory"
)

// TestWorld3 compares World3-03 with what Vensim computed in single precision:
// each of the series at each time, relative to the larger of the two values. What
// is further apart than 1e-5 is listed with the reason and a bound.
func TestWorld3(t *testing.T) {
	const folder = "../../../shared/data/models/world3/"
	data, err := os.ReadFile(folder + "wrld3-03.mdl")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("World3-03 is not there: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	m, found := vensim.Read("wrld3-03.mdl", data, nil)
	if found.Errors() > 0 {
		t.Fatal(found)
	}
	m.Time.Save = 0
	run, err := trajectory.Run(m, trajectory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	series := map[string][]float64{}
	for _, v := range run.Variables {
		series[model.Canonical(v.Name)] = v.Values[0]
	}
	f, err := os.Open(folder + "scen01_vensim.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	reasons := known(t, "testdata/world3.txt")
	compared, within := 0, 0
	for c, name := range rows[0][1:] {
		ours, ok := series[model.Canonical(name)]
		if !ok {
			if _, listed := reasons[name]; !listed {
				t.Errorf("%s is not in the model", name)
			}
			continue
		}
		if len(rows)-1 != len(ours) {
			t.Fatalf("%d rows of the reference and %d of ours", len(rows)-1, len(ours))
		}
		worst, when := 0.0, ""
		for k, row := range rows[1:] {
			want, err := strconv.ParseFloat(row[c+1], 64)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if d := math.Abs(want - ours[k]); d > worst*max(math.Abs(want), math.Abs(ours[k])) {
				worst, when = d/max(math.Abs(want), math.Abs(ours[k])), row[0]
			}
		}
		compared++
		reason, listed := reasons[name]
		bound := 1e-5
		if listed {
			text, _, _ := strings.Cut(reason, ":")
			if bound, err = strconv.ParseFloat(text, 64); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		switch {
		case worst > bound:
			t.Errorf("%s: off by %.2g in %s", name, worst, when)
		case listed && worst <= 1e-5:
			t.Errorf("%s is within 1e-5 and is listed", name)
		case !listed:
			within++
		}
	}
	t.Logf("%d series compared, %d within 1e-5", compared, within)
}
