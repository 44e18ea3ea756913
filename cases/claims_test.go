package cases

import (
	"strings"
	"testing"

	"handover/casefile"
)

// TestClaims: the Iraq case has the claims it promises, each with its source and
// with meanings of every kind.
func TestClaims(t *testing.T) {
	folder, _ := Open("iraq")
	c, found := casefile.Load(folder)
	if c == nil {
		t.Fatal(found)
	}
	if len(c.Claims) < 6 {
		t.Errorf("the case has %d claims", len(c.Claims))
	}
	minister := false
	for _, x := range c.Claims {
		minister = minister || x.Date == "2025-11-03" && x.Who == "Prime Minister of Iraq" && strings.Contains(x.Words, "no ISIS")
		tests, places := map[casefile.Test]bool{}, false
		for _, d := range x.Definitions {
			tests[d.Test] = true
			places = places || len(d.Places) > 0
		}
		if len(tests) != 4 || !places {
			t.Errorf("%s is tested by %v, places %v", x.ID, tests, places)
		}
	}
	if !minister {
		t.Error("the prime minister's claim of 3 November 2025 is missing")
	}
	for _, e := range c.Places.Elements {
		if len(e.Spellings) == 0 {
			t.Errorf("%s has no other spelling", e.Element)
		}
	}
}
