package calibrate

import (
	"handover/casefile"
)

// ModeResult is how many draws pass a reference mode.
type ModeResult struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Share float64 `json:"share"`
	// Tests are in the order of the case.
	Tests  []ModeTestResult  `json:"tests"`
	Charts []ModeChartResult `json:"charts,omitempty"`
	// Note says what is not known, or not tested.
	Note string `json:"note,omitempty"`
	// Picture is the name of the file that shows the charts.
	Picture string `json:"picture,omitempty"`
}

// ModeTestResult is one test of a mode.
type ModeTestResult struct {
	// Observation or Chart is the id of what is tested.
	Observation string   `json:"observation,omitempty"`
	Chart       string   `json:"chart,omitempty"`
	Period      string   `json:"period"`
	Over        string   `json:"over,omitempty"`
	Least       *float64 `json:"least,omitempty"`
	Most        *float64 `json:"most,omitempty"`
	// Ratio holds the 5%, 50% and 95% quantiles over draws, of the ratio of the
	// periods or, with one period, of the value; Share that which passes.
	Ratio [3]float64 `json:"ratio"`
	Share float64    `json:"share"`
}

// ModeChartResult is how a chart's record lies in the draws.
type ModeChartResult struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Recorded is how many values of the record are shown, Inside how many of them
	// lie in the middle 90% of the draws without noise, and WithNoise in that with it;
	// WithNoise is left out where no likelihood says what the noise is. Both are left
	// out where nothing recorded stands beside draws.
	Recorded  int      `json:"recorded"`
	Inside    *float64 `json:"inside,omitempty"`
	WithNoise *float64 `json:"with_noise,omitempty"`
	Note      string   `json:"note,omitempty"`
}

// tested is a test with what the draws have for it.
type tested struct {
	test   *casefile.ModeTest
	values []float64
}

// judge says how many draws pass each mode that has tests, and all of them.
func judge(modes []casefile.Mode, found [][]tested) ([]ModeResult, float64) {
	var results []ModeResult
	var all []bool
	for m, mode := range modes {
		if len(found[m]) == 0 {
			continue
		}
		x := ModeResult{ID: mode.ID, Name: mode.Name}
		passes := everyone(len(found[m][0].values))
		for _, one := range found[m] {
			held := one.held()
			for i := range passes {
				passes[i] = passes[i] && held[i]
			}
			x.Tests = append(x.Tests, ModeTestResult{
				Observation: one.test.Observation, Chart: one.test.Chart, Period: one.test.Period, Over: one.test.Over,
				Least: one.test.Least, Most: one.test.Most, Ratio: quantiles(finite(one.values)), Share: share(held),
			})
		}
		if all == nil {
			all = everyone(len(passes))
		}
		x.Share = share(passes)
		for i := range passes {
			all[i] = all[i] && passes[i]
		}
		results = append(results, x)
	}
	return results, share(all)
}

// held says which draws pass. One that is not finite fails.
func (x tested) held() []bool {
	held := make([]bool, len(x.values))
	for i, v := range x.values {
		held[i] = v-v == 0 && (x.test.Least == nil || v >= *x.test.Least) && (x.test.Most == nil || v <= *x.test.Most)
	}
	return held
}

// finite are the values that are.
func finite(values []float64) []float64 {
	var kept []float64
	for _, v := range values {
		if v-v == 0 {
			kept = append(kept, v)
		}
	}
	return kept
}

func everyone(n int) []bool {
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	return all
}

func share(passes []bool) float64 {
	n := 0
	for _, ok := range passes {
		if ok {
			n++
		}
	}
	return float64(n) / float64(max(1, len(passes)))
}
