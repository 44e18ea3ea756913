package main

import (
	"encoding/xml"
	"fmt"
	"strings"

	"handover/forecast/score"
)

// reliabilityGrid is a reliability diagram as a table.
func reliabilityGrid(corner string, groups []score.Group) grid {
	g := grid{corner: corner, heads: []string{"Forecast", "Came true", "90% interval", "Number"}}
	for i, group := range groups {
		g.rows = append(g.rows, gridRow{fmt.Sprint(i + 1), []string{
			fmt.Sprintf("%.2f", group.Mean), fmt.Sprintf("%.2f", group.Observed), fmt.Sprintf("%.2f to %.2f", group.Low, group.High), grouped(group.N),
		}})
	}
	return g
}

// Layout of the drawing, in its own units.
const (
	plotSide  = 400.0
	plotLeft  = 64.0
	plotTop   = 48.0
	plotBelow = 56.0
	plotRight = 24.0
)

// reliabilityDrawing is a reliability diagram as an SVG that stands alone: a mark
// for each group, whose area grows with its number, with the 90% interval of the
// share that came true. Colours follow the reader's light or dark setting.
func reliabilityDrawing(title string, groups []score.Group) string {
	var b strings.Builder
	width, height := plotLeft+plotSide+plotRight, plotTop+plotSide+plotBelow
	x := func(p float64) float64 { return plotLeft + float64(plotSide*p) }
	y := func(p float64) float64 { return plotTop + float64(plotSide*(1-p)) }
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s" font-family="system-ui, sans-serif" font-size="13">
<style>svg { color: #1b1b1b; background: #fff } .grid { stroke: currentColor; stroke-opacity: .15 } .even { stroke: currentColor; stroke-dasharray: 4 4 } .mark { fill: #2a6f97; fill-opacity: .85 } .range { stroke: #2a6f97; stroke-width: 2 } text { fill: currentColor } @media (prefers-color-scheme: dark) { svg { color: #e8e8e8; background: #161616 } .mark { fill: #7cc0e8 } .range { stroke: #7cc0e8 } }</style>
`, width, height, width, height, escaped(title))
	fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"24\" font-size=\"15\" font-weight=\"600\">%s</text>\n", plotLeft, escaped(title))
	for i := range 6 {
		p := float64(i) / 5
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/><line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, x(0), y(p), x(1), y(p), x(p), y(0), x(p), y(1))
		fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.0f%%</text><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f%%</text>\n", x(0)-8, y(p)+4, 100*p, x(p), y(0)+20, 100*p)
	}
	fmt.Fprintf(&b, "<line class=\"even\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x(0), y(0), x(1), y(1))
	most := 1
	for _, g := range groups {
		most = max(most, g.N)
	}
	for _, g := range groups {
		radius := 3 + 6*float64(g.N)/float64(most)
		fmt.Fprintf(&b, `<line class="range" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/><circle class="mark" cx="%.1f" cy="%.1f" r="%.1f"><title>forecast %.2f, came true %.2f of %d</title></circle>`+"\n",
			x(g.Mean), y(g.Low), x(g.Mean), y(g.High), x(g.Mean), y(g.Observed), radius, g.Mean, g.Observed, g.N)
	}
	fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">Forecast probability</text>\n", x(0.5), y(0)+42)
	fmt.Fprintf(&b, "<text transform=\"translate(16 %.1f) rotate(-90)\" text-anchor=\"middle\">Share that came true</text>\n</svg>\n", y(0.5))
	return b.String()
}

func escaped(s string) string {
	var b strings.Builder
	// A strings.Builder takes everything.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
