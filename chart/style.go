package chart

import (
	"fmt"
	"slices"
	"strings"
)

// Style is how a strategy looks everywhere: colour and dash and mark shape and
// label, never colour alone.
type Style struct {
	ID string
	// Name and Short are what readers see.
	Name, Short string
	// Colour is a CSS custom property, such as "--A3".
	Colour string
	// Dash is the pattern of the line in pixels; nil for a solid one.
	Dash []int
	// Shape is a Vega mark shape.
	Shape string
}

// Label is the id with the short name.
func (s Style) Label() string { return strings.TrimSpace(s.ID + " " + s.Short) }

// known are the strategies that the design language names.
var known = map[string]Style{
	"A0": {Dash: []int{2, 3}, Shape: "circle"}, "A1": {Shape: "triangle-down"}, "A2": {Dash: []int{8, 3}, Shape: "square"},
	"A3": {Shape: "circle"}, "A4": {Dash: []int{6, 2}, Shape: "diamond"}, "A5": {Dash: []int{10, 3}, Shape: "square"},
	"A6": {Shape: "triangle-up"}, "A7": {Dash: []int{6, 3}, Shape: "cross"}, "A7i": {Dash: []int{2, 2}, Shape: "cross"},
	"A8": {Dash: []int{10, 3, 2, 3}, Shape: "diamond"}, "A9": {Shape: "triangle-right"}, "A10": {Dash: []int{4, 2}, Shape: "triangle-down"},
}

var shapes = []string{"circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "triangle-right"}

var dashes = [][]int{nil, {8, 3}, {3, 2}, {10, 3, 2, 3}}

// spare are the colours, light and dark, of strategies that the design language
// does not name.
var spare = [][2]string{
	{"#1B55C4", "#5E93F7"}, {"#BF3F0A", "#FF6B3D"}, {"#064F48", "#2CCBB0"}, {"#B58900", "#F5C453"},
	{"#A3145F", "#D9488F"}, {"#2A9FD0", "#4FC9F0"}, {"#35208A", "#BBA2FF"}, {"#4C7A10", "#6F9426"},
	{"#5C2A0C", "#A06A3C"}, {"#8A5BD0", "#EEE6FD"},
}

// Styles gives each strategy its style. The reference is grey and dotted; ids
// that the design language names keep their colours; others take spare ones in
// order.
func Styles(ids, names, shorts []string, reference string) []Style {
	styles := make([]Style, len(ids))
	next := 0
	for i, id := range ids {
		s, ok := known[id]
		s.ID, s.Name, s.Short, s.Colour = id, names[i], shorts[i], "--"+id
		switch {
		case id == reference:
			s.Colour, s.Dash, s.Shape = "--A0", []int{2, 3}, "circle"
		case !ok || id == "A0":
			s.Colour = fmt.Sprintf("--S%d", next%len(spare))
			s.Dash, s.Shape = dashes[next/len(spare)%len(dashes)], shapes[next%len(shapes)]
			next++
		}
		styles[i] = s
	}
	return styles
}

// Variables declares, as CSS, the spare colours for the light (0) or dark (1)
// theme.
func Variables(theme int) string {
	var b strings.Builder
	for i, c := range spare {
		fmt.Fprintf(&b, "--S%d:%s;", i, c[theme])
	}
	return b.String()
}

// Mark draws the strategy's mark as inline SVG for text.
func (s Style) Mark() string {
	paths := map[string]string{
		"circle": `<circle cx="6" cy="6" r="4.5"/>`, "square": `<rect x="2" y="2" width="8" height="8"/>`,
		"diamond": `<path d="M6 .8 11.2 6 6 11.2.8 6Z"/>`, "triangle-down": `<path d="M1 2h10L6 11Z"/>`,
		"triangle-up": `<path d="M1 10h10L6 1Z"/>`, "triangle-right": `<path d="M2 1v10l9-5Z"/>`,
		"cross": `<path d="M4.4 1h3.2v3.4H11v3.2H7.6V11H4.4V7.6H1V4.4h3.4Z"/>`,
	}
	return fmt.Sprintf(`<svg class="mk" width="12" height="12" viewBox="0 0 12 12" fill="var(%s)" aria-hidden="true">%s</svg>`, s.Colour, paths[s.Shape])
}

// spread moves values apart until neighbours are at least gap from each other
// and all lie between low and high, keeping their order.
func spread(values []float64, gap, low, high float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	out := slices.Clone(values)
	if room := (high - low) / float64(max(1, len(values)-1)); gap > room {
		gap = room
	}
	for k, i := range order {
		out[i] = max(out[i], low+float64(float64(k)*gap))
		if k > 0 {
			out[i] = max(out[i], out[order[k-1]]+gap)
		}
	}
	for k := len(order) - 1; k >= 0; k-- {
		limit := high - float64(float64(len(order)-1-k)*gap)
		if k < len(order)-1 {
			limit = min(limit, out[order[k+1]]-gap)
		}
		out[order[k]] = min(out[order[k]], limit)
	}
	return out
}
