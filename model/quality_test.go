package model

import (
	"strings"
	"testing"
)

func TestQuality(t *testing.T) {
	parse := func(text string) []Equation {
		x, err := ParseExpression(text)
		if err != nil {
			t.Fatal(err)
		}
		return []Equation{{Text: text, Expression: x}}
	}
	m := &Model{Time: Time{Stop: 1, DT: 1}}
	m.Add(
		&Variable{Name: "s", Kind: Stock, Equations: parse("3"), Inflows: []string{"f"}, Units: "m", Documentation: "d"},
		&Variable{Name: "idle", Kind: Stock, Equations: parse("1"), Units: "m", Documentation: "d"},
		&Variable{Name: "f", Kind: Flow, Equations: parse("0.7*s^2 + 1 - SMTHN(s, c, 3, 5) + x[2]"), Units: "m", Documentation: "d"},
		&Variable{Name: "c", Kind: Constant, Equations: parse("4"), Documentation: "d"},
		&Variable{Name: "alone", Equations: parse("s"), Units: "m"},
	)
	var got []string
	for _, d := range Quality(m) {
		got = append(got, d.Code+" "+d.Subject+" "+d.Message)
	}
	want := []string{
		"undocumented alone the variable has no documentation", "unused alone no equation reads the variable",
		"no-unit c the variable has no unit", "embedded-number f the number 0.7 stands inside the equation",
		"embedded-number f the number 5 stands inside the equation", "unchanging-stock idle the stock has no flow",
	}
	for _, w := range want {
		found := false
		for _, g := range got {
			found = found || g == w
		}
		if !found {
			t.Errorf("%q is not among\n%s", w, strings.Join(got, "\n"))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d notes, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}
