package cases

import (
	"encoding/json"
	"io/fs"
	"math"
	"strings"
	"testing"

	"handover/casefile"
	"handover/model"
)

// TestPastIsHistory: in the past foreign presence, posts and politics are those
// of the record, and the record ends where the base date begins.
func TestPastIsHistory(t *testing.T) {
	m := iraq(t)
	set(t, m, "balance at base", 0)
	m.Time.Start = -274
	p := simulate(t, m, 1, "foreign presence", "foreign combat troops", "posts", "payroll members", "population", "neighbour war", "political exclusion",
		"command politicisation", "own enablers at work", "air campaign")
	step := func(year, month int) int { return int(float64((year-2025)*12+month-11+274) / m.Time.DT) }
	for _, c := range []struct {
		name        string
		year, month int
		want        float64
	}{
		{"foreign combat troops", 2007, 10, 171000 + 10406}, // American troops and partners
		{"foreign presence", 2013, 9, 149},
		{"foreign combat troops", 2013, 9, 0},
		{"posts", 2011, 12, 800000},
		{"foreign presence", 2017, 9, 12004},
	} {
		if x := p.sum(c.name)[step(c.year, c.month)]; math.Abs(x-c.want) > 0.005*c.want {
			t.Errorf("%s is %v in %d-%02d, expected about %v", c.name, x, c.year, c.month, c.want)
		}
	}
	zero := step(2025, 11)
	for _, name := range p.names {
		x := p.columns[name]
		before, after := x[zero-1], x[zero]
		// Presence and enablers go on from the stock of the base date.
		if math.Abs(after-before) > 0.02*math.Abs(before)+1e-9 {
			t.Errorf("%s jumps from %v to %v at the base date", name, before, after)
		}
	}
}

// TestRestart: a run that starts at the base date from the state that a run of
// the past has reached goes on as that run does. So a draw of a posterior, which
// holds that state, continues the past.
func TestRestart(t *testing.T) {
	past := iraq(t)
	set(t, past, "balance at base", 0)
	set(t, past, "incident decline structure", 5)
	past.Time.Start = -274
	state := []string{"active insurgents", "latent network", "effective state forces", "grievance", "public confidence", "discredit", "violence felt",
		"activity", "proficiency", "ghost soldiers", "detainees", "insurgents abroad", "captured arms"}
	watched := append([]string{"deaths", "lethal events", "vacuum", "total state forces"}, state...)
	whole := simulate(t, past, 12, watched...)
	zero := int(274 / past.Time.DT)
	future := iraq(t)
	set(t, future, "balance at base", 0)
	set(t, future, "incident decline structure", 5)
	set(t, future, "initial state by governorate", 1)
	for _, name := range state {
		v := future.Variable("initial " + name)
		if v == nil {
			t.Fatalf("there is no constant for the initial %s", name)
		}
		if len(v.Dimensions) == 0 {
			set(t, future, v.Name, whole.columns[name][zero])
			continue
		}
		for i := range v.Equations {
			e := &v.Equations[i]
			e.Expression = &model.Number{Value: whole.columns[name+"["+e.Elements[0]+"]"][zero]}
		}
	}
	again := simulate(t, future, 12, watched...)
	for _, name := range again.names {
		a, b := whole.columns[name][zero:], again.columns[name]
		for k := range b {
			if math.Abs(a[k]-b[k]) > 1e-9*math.Max(1e-6, math.Abs(a[k])) {
				t.Errorf("%s is %v at step %d in the run from 2003 and %v in the run from the base date", name, a[k], k, b[k])
				break
			}
		}
	}
}

// TestModesAreOfThePosterior: what is said of the reference modes was found with the
// posterior and the history that the case has.
func TestModesAreOfThePosterior(t *testing.T) {
	folder, _ := Open("iraq")
	c, list := casefile.Load(folder)
	if c == nil {
		t.Fatal(list)
	}
	data, err := fs.ReadFile(folder, "modes.json")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Of, Posterior string
		Modes         []struct{ ID, Picture string }
	}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if m.Posterior != c.Posterior.Hash || m.Of != c.HistoryHash() {
		t.Error("modes.json is of another posterior or history; run handover modes cases/iraq --save, and put its figures into MODEL.md")
	}
	if len(m.Modes) != 5 || len(c.History.Modes) != 5 {
		t.Errorf("%d of %d reference modes are tried; expected all five", len(m.Modes), len(c.History.Modes))
	}
	text, err := fs.ReadFile(folder, "MODEL.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range m.Modes {
		if _, err := fs.Stat(folder, x.Picture); err != nil || !strings.Contains(string(text), "("+x.Picture+")") {
			t.Errorf("the chart %s of %s is not there, or MODEL.md does not show it", x.Picture, x.ID)
		}
	}
}
