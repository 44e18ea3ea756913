package casefile_test

import (
	"io/fs"
	"os"
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
	for _, s := range c.Strategies {
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
