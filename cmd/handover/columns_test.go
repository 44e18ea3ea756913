package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestGridLayout(t *testing.T) {
	g := grid{
		corner: "Outcome",
		heads:  []string{"A0\nAgreed", "A1\nHasty", "A2"},
		rows: []gridRow{
			{"Force at the end, person", []string{"1,000\n9 to 8", "2\n1 to 3", ""}},
			{"Cost", []string{"1", "2", "3"}},
		},
	}
	wide := `Outcome                         A0        A1        A2
                            Agreed     Hasty
------------------------------------------------------
Force at the end, person     1,000         2
                            9 to 8    1 to 3
Cost                             1         2         3
`
	if d := cmp.Diff(wide, g.lay(80)); d != "" {
		t.Errorf("wide (-want +got):\n%s", d)
	}
	// Labels wrap before columns move to a second block.
	wrapped := `Outcome                       A0        A1        A2
                          Agreed     Hasty
----------------------------------------------------
Force at the end,          1,000         2
person                    9 to 8    1 to 3
Cost                           1         2         3
`
	if d := cmp.Diff(wrapped, g.lay(52)); d != "" {
		t.Errorf("wrapped (-want +got):\n%s", d)
	}
}

// TestGridKeepsEverything lays out arbitrary tables: every cell must be there,
// each line must fit when labels and any one column do, and blocks must be even.
func TestGridKeepsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zé0-9]{1,14}`)
		g := grid{corner: "corner", heads: rapid.SliceOfN(word, 1, 9).Draw(t, "heads")}
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			g.rows = append(g.rows, gridRow{
				label: strings.Join(rapid.SliceOfN(word, 1, 8).Draw(t, "label"), " "),
				cells: rapid.SliceOfN(word, len(g.heads), len(g.heads)).Draw(t, "cells"),
			})
		}
		width := rapid.IntRange(60, 130).Draw(t, "width")
		text := g.lay(width)
		for line := range strings.SplitSeq(text, "\n") {
			if n := utf8.RuneCountInString(line); n > width {
				t.Fatalf("%d columns, over %d: %q", n, width, line)
			}
		}
		found := map[string]int{}
		for _, w := range strings.Fields(text) {
			found[w]++
		}
		wanted := map[string]int{}
		for _, h := range g.heads {
			wanted[h]++
		}
		for _, r := range g.rows {
			for _, c := range r.cells {
				wanted[c]++
			}
		}
		for w, n := range wanted {
			if found[w] < n {
				t.Fatalf("%q is there %d times, not %d:\n%s", w, found[w], n, text)
			}
		}
	})
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two three", 7, []string{"one two", "three"}},
		{"incompressible x", 5, []string{"incompressible", "x"}},
		{"a\nb c", 10, []string{"a", "b c"}},
		{"été été", 7, []string{"été été"}},
	} {
		if d := cmp.Diff(c.want, wrap(c.text, c.width)); d != "" {
			t.Errorf("wrap(%q, %d): %s", c.text, c.width, d)
		}
	}
}

func TestNumbersInWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{grouped(0), "0"}, {grouped(999), "999"}, {grouped(1000), "1,000"}, {grouped(-1234567), "-1,234,567"}, {grouped(-100), "-100"},
		{decimal(1234.567, 2), "1,234.57"}, {decimal(-1234.5, 0), "\u22121,234"}, {decimal(-0.001, 2), "0.00"}, {decimal(0, 0), "0"}, {decimal(999.96, 1), "1,000.0"},
		{points(0.123), "+12"}, {points(-0.004), "0"}, {points(-0.1), "\u221210"}, {points(0.004), "0"},
		{count(0, "mistake", "mistakes"), "no mistakes"}, {count(1, "mistake", "mistakes"), "1 mistake"}, {count(1204, "mistake", "mistakes"), "1,204 mistakes"},
		{quoted("runs/iraq/a1"), "runs/iraq/a1"}, {quoted("my case"), "'my case'"}, {quoted("it's"), `'it'\''s'`}, {quoted(""), "''"},
		{shown("a\nb"), `"a\nb"`}, {shown("a b"), "a b"},
		{sentence("a resurgence"), "A resurgence"}, {sentence(""), ""}, {sentence("été"), "Été"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
