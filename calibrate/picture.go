package calibrate

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"slices"

	"handover/casefile"
	"handover/fpmath"
)

// PictureName is the file that shows draws beside what was observed.
const PictureName = "fit.svg"

// picture draws a panel for each series with three values or more: what was
// observed as dots, the median of the draws as a line, their 90% interval dark and
// that with noise light, on a logarithmic scale of value + shift.
func (t *target) picture(to io.Writer, f *fit) error {
	var shown []int
	for k := range t.series {
		if len(t.series[k].rows) >= 3 {
			shown = append(shown, k)
		}
	}
	// Whole observations come before those in parts.
	slices.SortStableFunc(shown, func(a, b int) int { return min(1, len(t.series[a].o.Parts)) - min(1, len(t.series[b].o.Parts)) })
	w := bufio.NewWriter(to)
	rows := (len(shown) + panelColumns - 1) / panelColumns
	sheet(w, panelHigh*rows+24, t.c.Title+": draws of the posterior beside what was observed")
	fmt.Fprintln(w, `<text x="8" y="16">Dots: observed. Line: median draw. Dark: 90% of draws. Light: 90% with noise. Logarithmic scales.</text>`)
	for i, k := range shown {
		fmt.Fprintf(w, `<g transform="translate(%d %d)">`+"\n", i%panelColumns*panelWide, 24+i/panelColumns*panelHigh)
		p := t.panel(k, f)
		p.draw(w, t.c)
		fmt.Fprintln(w, "</g>")
	}
	fmt.Fprintln(w, "</svg>")
	return w.Flush()
}

// sheet starts a picture of two columns.
func sheet(w io.Writer, high int, title string) {
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11">`+"\n", panelWide*panelColumns, high)
	fmt.Fprintf(w, `<title>%s</title>`+"\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", html.EscapeString(title))
}

// panel shows series k.
func (t *target) panel(k int, f *fit) plot {
	s := &t.series[k]
	shift := s.shift
	if shift == 0 && s.o.Likelihood == casefile.NegativeBinomial {
		shift = 1
	}
	level := f.level(t, k)
	p := plot{name: s.o.Name, scale: func(v float64) float64 { return fpmath.Log(max(v, least) + shift) }}
	if part := s.is(); part != "" {
		p.name += ": " + part
	}
	expected, noisy := band{fill: colourExpected}, band{fill: colourNoisy}
	var median curve
	for j := range s.rows {
		month := middle(s.rows[j].Period)
		p.dots = append(p.dots, point{month, s.rows[j].Value})
		e, n := quantiles(f.expected[k][j]), quantiles(f.noisy[k][j])
		// A factor on the level moves value + shift.
		moved := func(v float64) float64 { return float64((max(v, least)+shift)*level) - shift }
		expected.add(month, moved(e[0]), moved(e[2]))
		noisy.add(month, moved(n[0]), moved(n[2]))
		median.points = append(median.points, point{month, moved(e[1])})
	}
	p.bands, p.lines = []band{noisy, expected}, []curve{median}
	return p
}

func (b *band) add(month, low, high float64) {
	b.months, b.low, b.high = append(b.months, month), append(b.low, low), append(b.high, high)
}

// middle is the middle of a period, in months from the base date's first day.
func middle(p casefile.Period) float64 { return float64(p.First) + float64(float64(p.Months)/2) }

// level is the factor by which the draws are moved to the level of the record,
// where the level is free; else 1.
func (f *fit) level(t *target, k int) float64 {
	s := &t.series[k]
	if !s.o.Shape {
		return 1
	}
	sum := 0.0
	for j := range s.rows {
		sum += fpmath.Log(s.rows[j].Value) - fpmath.Log(quantiles(f.expected[k][j])[1])
	}
	return fpmath.Exp(sum / float64(len(s.rows)))
}
