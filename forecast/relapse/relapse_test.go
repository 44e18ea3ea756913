package relapse_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"handover/forecast/relapse"
	"handover/forecast/score"
)

// source is UCDP's dyadic data set.
const source = "../../../shared/data/ucdp/BattleDeaths_v24_1_dyadic.csv"

func read(t *testing.T) []relapse.Ending {
	t.Helper()
	if _, err := os.Stat(source); err != nil {
		t.Skip("needs UCDP's dyadic data set in ../shared/data/ucdp")
	}
	all, err := relapse.Read(source)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWalkForward compares with the scores of the study in which the model was
// chosen.
func TestWalkForward(t *testing.T) {
	all := read(t)
	for by, want := range map[relapse.Forecaster]struct{ brier, log float64 }{
		relapse.Constant: {.2231, .639}, relapse.Cells: {.2096, .608}, relapse.Logit: {.2082, .605},
	} {
		list := relapse.Walk(by, all, 2000, 2019)
		var brier, log []float64
		for _, f := range list {
			brier = append(brier, score.Brier(f.Chance, f.Back))
			if f.Back {
				log = append(log, score.Log(f.Chance))
			} else {
				log = append(log, score.Log(1-f.Chance))
			}
		}
		b, l := score.Mean(brier), score.Mean(log)
		t.Logf("%s: %d endings, Brier %.4f, log %.4f", by, len(list), b, l)
		if len(list) != 313 || math.Abs(b-want.brier) > 0.0003 || math.Abs(l-want.log) > 0.002 {
			t.Errorf("%s: %d endings, Brier %.4f, log %.4f; expected 313, %.4f, %.3f", by, len(list), b, l, want.brier, want.log)
		}
	}
}

// TestLearnedFromAll compares with the counts and the fit of the study.
func TestLearnedFromAll(t *testing.T) {
	all := read(t)
	m := relapse.Learn(relapse.Logit, all, 2023)
	if m.N != 523 {
		t.Errorf("%d endings, expected 523", m.N)
	}
	for _, c := range []struct {
		earlier bool
		years   int
		n, back int
	}{{false, 1, 183, 37}, {false, 2, 176, 44}, {true, 1, 92, 41}, {true, 5, 72, 37}} {
		e := relapse.Ending{Earlier: c.earlier, Years: c.years}
		if n, back := m.Cell(e); n != c.n || back != c.back {
			t.Errorf("earlier %v, %d years: %d of %d came back, expected %d of %d", c.earlier, c.years, back, n, c.back, c.n)
		}
		x := -1.077
		if c.earlier {
			x += 1.060
		}
		if c.years == 1 {
			x -= 0.243
		}
		if p, want := m.Chance(e), 1/(1+math.Exp(-x)); math.Abs(p-want) > 0.001 {
			t.Errorf("earlier %v, %d years: %.4f, expected %.4f", c.earlier, c.years, p, want)
		}
	}
}

const small = `dyad_id,year,type_of_conflict
1,1990,3
1,1991,3
1,1993,3
1,1999,4
1,2000,4
2,1990,2
2,1995,3
`

// TestEndings finds episodes, and what came of them, by hand.
func TestEndings(t *testing.T) {
	all, err := relapse.Parse("small.csv", strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	want := []relapse.Ending{
		{Dyad: "1", Last: 1991, Years: 2, Known: true, Back: true},
		{Dyad: "1", Last: 1993, Years: 1, Earlier: true, Known: true},
		{Dyad: "2", Last: 1995, Years: 1, Known: true},
	}
	if len(all) != len(want) {
		t.Fatalf("%d endings: %v", len(all), all)
	}
	for i := range want {
		if all[i] != want[i] {
			t.Errorf("ending %d: %+v, expected %+v", i, all[i], want[i])
		}
	}
	// The outcome of 1993 was settled in 1997; before, only one ending is known.
	if n := relapse.Learn(relapse.Logit, all, 1996).N; n != 1 {
		t.Errorf("in 1996 the model learns from %d endings", n)
	}
	for _, f := range relapse.Walk(relapse.Logit, all, 1990, 1999) {
		if !(f.Chance > 0 && f.Chance < 1) {
			t.Errorf("%+v", f)
		}
	}
}

// TestWrongFiles names every mistake with its line.
func TestWrongFiles(t *testing.T) {
	for text, parts := range map[string][]string{
		"":                         {"cannot read the header"},
		"dyad,year\n1,1990\n":      {"dyad_id: there is no such column", "type_of_conflict"},
		small + "1,1993,3\n":       {"small.csv:9", "has a row of 1993 before, in line 4"},
		small + ",1993,3\n1,x,3\n": {"small.csv:9", "no dyad", "small.csv:10", `"x" is no year`},
		small + "1,2\n":            {"wrong number of fields"},
		"dyad_id,year,type_of_conflict\n1,1990,2\n": {"no conflict within a state that ended"},
	} {
		_, err := relapse.Parse("small.csv", strings.NewReader(text))
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
