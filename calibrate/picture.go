package calibrate

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/fpmath"
)

// PictureName is the file that shows draws beside what was observed.
const PictureName = "fit.svg"

// Measures of the picture, in pixels. A panel has room for its title above and its
// years below.
const (
	panelWide, panelHigh = 560, 190
	marginLeft           = 56
	marginTop            = 26
	marginBottom         = 22
	panelColumns         = 2
)

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
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11">`+"\n", panelWide*panelColumns, panelHigh*rows+24)
	fmt.Fprintf(w, `<title>%s: draws of the posterior beside what was observed</title>`+"\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", html.EscapeString(t.c.Title))
	fmt.Fprintln(w, `<text x="8" y="16">Dots: observed. Line: median draw. Dark: 90% of draws. Light: 90% with noise. Logarithmic scales.</text>`)
	for i, k := range shown {
		fmt.Fprintf(w, `<g transform="translate(%d %d)">`+"\n", i%panelColumns*panelWide, 24+i/panelColumns*panelHigh)
		t.panel(w, k, f)
		fmt.Fprintln(w, "</g>")
	}
	fmt.Fprintln(w, "</svg>")
	return w.Flush()
}

func (t *target) panel(w io.Writer, k int, f *fit) {
	s := &t.series[k]
	shift := s.shift
	if shift == 0 && s.o.Likelihood == casefile.NegativeBinomial {
		shift = 1
	}
	level := 0.0
	if s.o.Shape { // the level is free: the draws are moved to that of the record
		for j := range s.rows {
			level += fpmath.Log(s.rows[j].Value) - fpmath.Log(quantiles(f.expected[k][j])[1])
		}
		level /= float64(len(s.rows))
	}
	log := func(x float64) float64 { return fpmath.Log(max(x, least)+shift) + level }
	var years, seen []float64
	var expected, noisy [3][]float64
	low, high := math.Inf(1), math.Inf(-1)
	base := 2000.0
	for j := range s.rows {
		p := s.rows[j].Period
		years = append(years, float64(p.First)+float64(float64(p.Months)/2))
		y := log(s.rows[j].Value) - level
		seen = append(seen, y)
		e, n := quantiles(f.expected[k][j]), quantiles(f.noisy[k][j])
		for q := range 3 {
			expected[q], noisy[q] = append(expected[q], log(e[q])), append(noisy[q], log(n[q]))
		}
		low, high = min(low, y, log(n[0])), max(high, y, log(n[2]))
	}
	first, last := years[0], years[len(years)-1]
	if high <= low {
		high = low + 1
	}
	if last <= first {
		last = first + 1
	}
	x := func(month float64) float64 {
		return marginLeft + float64((month-first)/(last-first)*(panelWide-marginLeft-14))
	}
	y := func(v float64) float64 {
		return marginTop + float64((high-v)/(high-low)*(panelHigh-marginTop-marginBottom))
	}
	name := s.o.Name
	if part := s.is(); part != "" {
		name += ": " + part
	}
	fmt.Fprintf(w, `<text x="%d" y="17" font-weight="bold">%s</text>`+"\n", marginLeft, html.EscapeString(name))
	for power := -3; power <= 7; power++ {
		v := math.Pow10(power)
		if at := fpmath.Log(v + shift); at >= low && at <= high {
			fmt.Fprintf(w, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end" fill="#555">%g</text>`+"\n", marginLeft, y(at), panelWide-14, marginLeft-6, y(at)+4, v)
		}
	}
	if p, err := t.c.ParsePeriod(fmt.Sprintf("%04.0f", base)); err == nil {
		for year := p.First; float64(year) <= last; year += 12 {
			if n := (year - p.First) / 12; float64(year) >= first && n%3 == 0 {
				fmt.Fprintf(w, `<path d="M%.1f %dv4" stroke="#555"/><text x="%.1f" y="%d" text-anchor="middle" fill="#555">%.0f</text>`+"\n", x(float64(year)), panelHigh-marginBottom, x(float64(year)), panelHigh-6, base+float64(n))
			}
		}
	}
	band := func(q [3][]float64, fill string) {
		var d strings.Builder
		for i, m := range years {
			fmt.Fprintf(&d, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], x(m), y(q[0][i]))
		}
		for i := len(years) - 1; i >= 0; i-- {
			fmt.Fprintf(&d, "L%.1f %.1f", x(years[i]), y(q[2][i]))
		}
		fmt.Fprintf(w, `<path d="%sZ" fill="%s"/>`+"\n", d.String(), fill)
	}
	band(noisy, "#dbe9f4")
	band(expected, "#9cc3e0")
	var d strings.Builder
	for i, m := range years {
		fmt.Fprintf(&d, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[i == 0], x(m), y(expected[1][i]))
	}
	fmt.Fprintf(w, `<path d="%s" fill="none" stroke="#1f5a87"/>`+"\n", d.String())
	for i, m := range years {
		fmt.Fprintf(w, `<circle cx="%.1f" cy="%.1f" r="1.8"/>`, x(m), y(seen[i]))
	}
	fmt.Fprintln(w)
}
