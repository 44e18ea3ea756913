package watch

import (
	"fmt"
	"html/template"
	"strings"

	"handover/evidence"
	"handover/programme/compare"
)

// Fan is a fan from now beside that of the ensemble as it stood, by month.
type Fan struct {
	Name, Unit string
	From       evidence.Month
	// Now and Stood are the quantiles at 10, 50 and 90%, by month.
	Now, Stood [][3]float64
	// Limit is a level with a name; 0 for none.
	Limit     float64
	LimitName string
}

// The drawing, in its own units.
const (
	fanWidth, fanHeight          = 640, 230
	fanLeft, fanRight            = 64, 12
	fanTop, fanBottom            = 30, 30
	fanPlotWidth, fanPlotHeight  = fanWidth - fanLeft - fanRight, fanHeight - fanTop - fanBottom
	fanNowShade, fanStoodShade   = "0.30", "0.12"
	fanTextSize, fanTitleAdvance = 12, 14
)

// Drawing is the fan as SVG that stands in a page by itself: the fan from now dark,
// that of the ensemble light with a broken line. It takes the page's colour.
func (f *Fan) Drawing() template.HTML {
	top := 0.0
	for i := range f.Now {
		top = max(top, f.Now[i][2], f.Stood[i][2])
	}
	// A limit that is far above leaves the fans their room.
	limit := f.Limit > 0 && f.Limit < 2*top
	if limit {
		top = max(top, float64(1.05*f.Limit))
	}
	if top == 0 {
		top = 1
	}
	x := func(i int) float64 { return fanLeft + float64(fanPlotWidth*float64(i)/float64(max(1, len(f.Now)-1))) }
	y := func(v float64) float64 { return fanTop + float64(fanPlotHeight*(1-v/top)) }
	line := func(rows [][3]float64, level int) string {
		var b strings.Builder
		for i, r := range rows {
			fmt.Fprintf(&b, "%.1f,%.1f ", x(i), y(r[level]))
		}
		return strings.TrimSuffix(b.String(), " ")
	}
	band := func(rows [][3]float64) string {
		var b strings.Builder
		for i := len(rows) - 1; i >= 0; i-- {
			fmt.Fprintf(&b, " %.1f,%.1f", x(i), y(rows[i][2]))
		}
		return line(rows, 0) + b.String()
	}
	var b strings.Builder
	last := len(f.Now) - 1
	title := fmt.Sprintf("%s from now, %s to %s: median %s to %s", f.Name, f.From, f.From+evidence.Month(last), compare.Number(f.Now[0][1]), compare.Number(f.Now[last][1]))
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" width="%d" role="img" aria-label="%s" fill="currentColor" font-size="%d">`, fanWidth, fanHeight, fanWidth, template.HTMLEscapeString(title), fanTextSize)
	fmt.Fprintf(&b, `<text x="%d" y="%d">%s (dark: from now; light, broken line: the ensemble as it stood; bands 80%%)</text>`, fanLeft, fanTitleAdvance, template.HTMLEscapeString(f.Unit))
	for _, v := range []float64{0, top / 2, top} {
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="currentColor" stroke-opacity="0.2"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`, fanLeft, fanWidth-fanRight, y(v), y(v), fanLeft-6, y(v)+4, compare.Number(v))
	}
	fmt.Fprintf(&b, `<polygon points="%s" fill-opacity="%s"/><polygon points="%s" fill-opacity="%s"/>`, band(f.Stood), fanStoodShade, band(f.Now), fanNowShade)
	fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="currentColor" stroke-dasharray="5 4"/><polyline points="%s" fill="none" stroke="currentColor" stroke-width="2"/>`, line(f.Stood, 1), line(f.Now, 1))
	if limit {
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="currentColor" stroke-dasharray="1 3"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`,
			fanLeft, fanWidth-fanRight, y(f.Limit), y(f.Limit), fanWidth-fanRight, y(f.Limit)-4, template.HTMLEscapeString(f.LimitName))
	}
	for _, i := range []int{0, last / 2, last} {
		anchor := "middle"
		switch i {
		case 0:
			anchor = "start"
		case last:
			anchor = "end"
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="%s">%s</text>`, x(i), fanHeight-fanBottom/3, anchor, f.From+evidence.Month(i))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // all text in it is escaped above
}
