package casefile_test

import (
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"handover/casefile"
)

func TestAppendKeepsEveryLineAndAddsTheStrategy(t *testing.T) {
	iraq := os.DirFS("../cases/iraq")
	before, err := fs.ReadFile(iraq, casefile.StrategiesName)
	if err != nil {
		t.Fatal(err)
	}
	c, list := casefile.Load(iraq)
	if c == nil {
		t.Fatal(list)
	}
	for i, s := range c.Strategies {
		if testing.Short() && i == 3 {
			break
		}
		s.ID, s.Description = "X"+s.ID, "says: \"# no comment\" 'and' {so: on}\nsecond line </script>"
		text, after, list := casefile.Append(iraq, s)
		if list.Errors() > 0 {
			t.Fatalf("%s: %v", s.ID, list)
		}
		if !strings.HasPrefix(string(text), string(before)) {
			t.Errorf("%s: a line of the file was changed", s.ID)
		}
		if got := after.Strategy(s.ID); got == nil || got.Description != s.Description || len(got.Levers) != len(s.Levers) || len(got.Gates) != len(s.Gates) || (got.Clock == nil) != (s.Clock == nil) {
			t.Errorf("%s came back as %+v", s.ID, got)
		}
	}
}

func TestWithRefusesWhatTheFileWould(t *testing.T) {
	c, list := casefile.Load(os.DirFS("../cases/iraq"))
	if c == nil {
		t.Fatal(list)
	}
	good := *c.Strategy("A3")
	if drafted, list := c.With(good); drafted == nil || drafted.Model != c.Model || drafted.Hash == c.Hash {
		t.Fatalf("the strategy as it is: %v", list)
	}
	for name, change := range map[string]func(*casefile.Strategy){
		"an unknown variable": func(s *casefile.Strategy) {
			s.Levers = []casefile.Lever{{Variable: "no such thing", Points: [][]float64{{0, 1}}}}
		},
		"months that fall": func(s *casefile.Strategy) {
			s.Levers = []casefile.Lever{{Variable: "enforcement", Points: [][]float64{{6, 1}, {0, 1}}}}
		},
		"one number a point": func(s *casefile.Strategy) {
			s.Levers = []casefile.Lever{{Variable: "enforcement", Points: [][]float64{{6}}}}
		},
		"a value that is not a number": func(s *casefile.Strategy) {
			s.Levers = append([]casefile.Lever(nil), s.Levers...)
			s.Levers[0].Points = [][]float64{{0, math.NaN()}}
		},
		"an endless value": func(s *casefile.Strategy) {
			s.Levers = append([]casefile.Lever(nil), s.Levers...)
			s.Levers[0].Points = [][]float64{{0, math.Inf(1)}}
		},
		"an empty name":      func(s *casefile.Strategy) { s.Name = "" },
		"an id with a slash": func(s *casefile.Strategy) { s.ID = "../A3" },
		"the case of the id": func(s *casefile.Strategy) { s.ID = "a3" },
		"a bad expression":   func(s *casefile.Strategy) { s.Levers = []casefile.Lever{{Variable: "enforcement", Expression: "1 +"}} },
		"a gate on nothing": func(s *casefile.Strategy) {
			s.Gates = []casefile.Gate{{Name: "g", Close: "nothing_known > 1", Meaning: "x"}}
		},
		"yaml in a name": func(s *casefile.Strategy) { s.ID = "A3\n  - id: B" },
	} {
		s := good
		change(&s)
		if drafted, list := c.With(s); drafted != nil || list.Errors() == 0 {
			t.Errorf("%s was taken", name)
		}
	}
}

// A strategy that differs from another one in its numbers alone takes a shorter
// way, to the model that the file would give.
func TestWithGivesTheModelOfTheFile(t *testing.T) {
	iraq := os.DirFS("../cases/iraq")
	c, list := casefile.Load(iraq)
	if c == nil {
		t.Fatal(list)
	}
	s := *c.Strategy("A3")
	s.ID, s.Levers = "X1", append([]casefile.Lever(nil), s.Levers...)
	changed := 0
	for i, l := range s.Levers {
		s.Levers[i].Points = nil
		for _, p := range l.Points {
			s.Levers[i].Points = append(s.Levers[i].Points, []float64{p[0], p[1] / 3})
			changed++
		}
	}
	_, after, list := casefile.Append(iraq, s)
	drafted, others := c.With(s)
	if after == nil || drafted == nil || changed == 0 {
		t.Fatal(list, others)
	}
	want, err := after.StrategyModel("X1")
	got, also := drafted.StrategyModel("X1")
	if err != nil || also != nil || len(got.Variables) != len(want.Variables) {
		t.Fatal(err, also)
	}
	for i, v := range want.Variables {
		w := got.Variables[i]
		if v.Name != w.Name || len(v.Equations) != len(w.Equations) {
			t.Fatalf("%s stands where %s is expected", w.Name, v.Name)
		}
		for k, e := range v.Equations {
			if o := w.Equations[k]; e.Text != o.Text || (e.Graph == nil) != (o.Graph == nil) || e.Graph != nil && !slices.Equal(e.Graph.Y, o.Graph.Y) {
				t.Errorf("%s: equation %d differs", v.Name, k)
			}
		}
	}
}
