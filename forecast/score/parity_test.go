package score_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"handover/evidence"
	"handover/forecast/panel"
	"handover/forecast/score"
)

// shared is where the data of the ViEWS challenge may lie.
const shared = "../../../shared/data/views"

// published reads the published value of every cell; the values are no counts,
// so the panel's reader does not take them.
func published(t *testing.T, name string) map[string]float64 {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]float64{}
	var header string
	if _, err := fmt.Fscanln(f, &header); err != nil || header != "month_id,country_id,value" {
		t.Fatalf("%s begins with %q, %v", name, header, err)
	}
	for {
		var month, country int
		var value float64
		if n, _ := fmt.Fscanf(f, "%d,%d,%g\n", &month, &country, &value); n != 3 {
			break
		}
		out[fmt.Sprint(month, " ", country)] = value
	}
	return out
}

// TestScoresEqualThePublishedOnes scores the official submissions and compares
// each cell with what the challenge published.
func TestScoresEqualThePublishedOnes(t *testing.T) {
	if _, err := os.Stat(shared); err != nil {
		t.Skip("needs the challenge's submissions in ../shared/data/views")
	}
	for folder, file := range map[string]string{
		"bm_boot_240": "bm_boot_240", "bm_zero": "bm_zero", "bm_last_historical_poisson": "bm_last", "bm_conflictology": "bm_conflictology",
	} {
		for _, year := range []string{"2018", "2021"} {
			t.Run(folder+" "+year, func(t *testing.T) {
				dir := filepath.Join(shared, "challenge", folder)
				drawn, err := panel.ReadDraws(filepath.Join(dir, file+"_cm_"+year+".parquet"), panel.Columns{})
				if err != nil {
					t.Fatal(err)
				}
				actuals, err := panel.Read(filepath.Join(shared, "cm_actuals_"+year+".parquet"), panel.Columns{})
				if err != nil {
					t.Fatal(err)
				}
				for _, measure := range []string{"crps", "ign", "mis"} {
					if measure == "ign" && folder == "bm_conflictology" {
						continue // published for draws that were sampled anew
					}
					want := published(t, filepath.Join(dir, measure+"_"+year+".csv"))
					if len(want) != 2292 || len(drawn) != 2292 {
						t.Fatalf("%s: %d published and %d forecast cells, expected 2,292", measure, len(want), len(drawn))
					}
					worst := 0.0
					for _, d := range drawn {
						y := actuals.At(actuals.Unit(d.Unit), d.Month)
						got := map[string]float64{"crps": d.CRPS(y), "ign": d.Ignorance(score.ViEWSBins, y), "mis": d.IntervalScore(0.9, y)}[measure]
						w, ok := want[fmt.Sprint(panel.Numbered(d.Month), " ", d.Unit)]
						if !ok {
							t.Fatalf("no published value for %s in %s", d.Unit, d.Month)
						}
						worst = max(worst, math.Abs(got-w))
						if !(math.Abs(got-w) <= 1e-9) {
							t.Errorf("%s of %s in %s: %v, published %v", measure, d.Unit, d.Month, got, w)
						}
					}
					t.Logf("%s: %d cells, largest difference %.2g", measure, len(drawn), worst)
				}
			})
		}
	}
}

var _ = evidence.Month(0)
