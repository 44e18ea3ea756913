package cases

import (
	"slices"
	"testing"

	"handover/casefile"
	"handover/reality"
)

func TestShippedCases(t *testing.T) {
	if !slices.Contains(Names(), "iraq") {
		t.Fatalf("the cases are %v", Names())
	}
	if _, ok := Open("atlantis"); ok {
		t.Error("a case that is not there was opened")
	}
	for _, name := range Names() {
		folder, ok := Open(name)
		if !ok {
			t.Fatalf("%s cannot be opened", name)
		}
		c, list := casefile.Load(folder)
		if len(list) > 0 {
			t.Errorf("%s:\n%v", name, list)
		}
		if c == nil {
			continue
		}
		if c.Name != name {
			t.Errorf("the case in folder %s calls itself %s", name, c.Name)
		}
		found, err := reality.Run(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range found {
			if r := &c.Checks[x.Check]; !x.Holds && r.Exception == "" {
				t.Error(x.Line(r))
			}
		}
	}
}
