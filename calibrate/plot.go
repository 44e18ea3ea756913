package calibrate

import (
	"fmt"
	"html"
	"io"
	"math"
	"strconv"
	"strings"

	"handover/casefile"
	"handover/fpmath"
)

// Measures of a plot, in pixels. It has room for its title above and its years
// below.
const (
	panelWide, panelHigh = 560, 190
	marginLeft           = 56
	marginRight          = 14
	marginTop            = 26
	marginBottom         = 22
	panelColumns         = 2
)

// Colours of bands: of expectations, and of values with noise.
const (
	colourExpected = "#9cc3e0"
	colourNoisy    = "#dbe9f4"
)

// plot is one panel of a picture, over months from the base date.
type plot struct {
	name  string
	bands []band
	lines []curve
	dots  []point
	// first and last are the ends of the axis; those of what is drawn when both are 0.
	first, last float64
	// scale takes a value to its height: a logarithm, or nil for the value itself.
	scale func(v float64) float64
	// zero keeps the value 0 in sight.
	zero bool
}

// point is a value at a time.
type point struct{ month, value float64 }

// curve is a line through points.
type curve struct {
	points []point
	dashed bool
}

// band lies between low and high at months.
type band struct {
	months    []float64
	low, high []float64
	fill      string
}

// scaled is where a value stands on the panel's scale.
func (p *plot) scaled(v float64) float64 {
	if p.scale == nil {
		return v
	}
	return p.scale(v)
}

// span is what the panel has to show: months and scaled values.
func (p *plot) span() (first, last, low, high float64) {
	first, last, low, high = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	see := func(month, value float64) {
		if value = p.scaled(value); value-value == 0 {
			first, last = min(first, month), max(last, month)
			low, high = min(low, value), max(high, value)
		}
	}
	for _, b := range p.bands {
		for i, m := range b.months {
			see(m, b.low[i])
			see(m, b.high[i])
		}
	}
	for _, l := range p.lines {
		for _, x := range l.points {
			see(x.month, x.value)
		}
	}
	for _, x := range p.dots {
		see(x.month, x.value)
	}
	if p.zero {
		low = min(low, 0)
	}
	if p.first != 0 || p.last != 0 {
		first, last = p.first, p.last
	}
	if !(high > low) {
		high = low + 1
	}
	if !(last > first) {
		last = first + 1
	}
	return first, last, low, high
}

// draw writes the panel as SVG.
func (p *plot) draw(w io.Writer, c *casefile.Case) {
	first, last, low, high := p.span()
	x := func(month float64) float64 {
		return marginLeft + float64((month-first)/(last-first)*(panelWide-marginLeft-marginRight))
	}
	y := func(v float64) float64 {
		return marginTop + float64((high-p.scaled(v))/(high-low)*(panelHigh-marginTop-marginBottom))
	}
	fmt.Fprintf(w, `<text x="%d" y="17" font-weight="bold">%s</text>`+"\n", marginLeft, html.EscapeString(p.name))
	for _, v := range ticks(low, high, p.scale != nil) {
		if at := p.scaled(v); at >= low && at <= high {
			fmt.Fprintf(w, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end" fill="#555">%s</text>`+"\n", marginLeft, y(v), panelWide-marginRight, marginLeft-6, y(v)+4, tickText(v))
		}
	}
	yearTicks(w, c, first, last, x)
	for _, b := range p.bands {
		var d strings.Builder
		for i, m := range b.months {
			fmt.Fprintf(&d, "%s%.1f %.1f", pen(i), x(m), y(b.low[i]))
		}
		for i := len(b.months) - 1; i >= 0; i-- {
			fmt.Fprintf(&d, "L%.1f %.1f", x(b.months[i]), y(b.high[i]))
		}
		if len(b.months) > 0 {
			fmt.Fprintf(w, `<path d="%sZ" fill="%s"/>`+"\n", d.String(), b.fill)
		}
	}
	for _, l := range p.lines {
		var d strings.Builder
		for i, at := range l.points {
			fmt.Fprintf(&d, "%s%.1f %.1f", pen(i), x(at.month), y(at.value))
		}
		dashed := ""
		if l.dashed {
			dashed = ` stroke-dasharray="4 3"`
		}
		fmt.Fprintf(w, `<path d="%s" fill="none" stroke="#1f5a87"%s/>`+"\n", d.String(), dashed)
	}
	for _, at := range p.dots {
		fmt.Fprintf(w, `<circle cx="%.1f" cy="%.1f" r="1.8"/>`, x(at.month), y(at.value))
	}
	fmt.Fprintln(w)
}

// pen moves to the first point and draws to the others.
func pen(i int) string {
	if i == 0 {
		return "M"
	}
	return "L"
}

// yearTicks marks years so that there are between three and a dozen.
func yearTicks(w io.Writer, c *casefile.Case, first, last float64, x func(float64) float64) {
	const base = 2000
	p, err := c.ParsePeriod(fmt.Sprint(base))
	if err != nil {
		return
	}
	every := 3
	if last-first < 13*12 {
		every = 1
	}
	for n := int(math.Floor((first - float64(p.First)) / 12)); ; n++ {
		month := float64(p.First + 12*n)
		if month > last {
			return
		}
		if month >= first && n%every == 0 {
			fmt.Fprintf(w, `<path d="M%.1f %dv4" stroke="#555"/><text x="%.1f" y="%d" text-anchor="middle" fill="#555">%d</text>`+"\n", x(month), panelHigh-marginBottom, x(month), panelHigh-6, base+n)
		}
	}
}

// ticks are round values: powers of ten, with 2 and 5 between them where that is not
// too many, or four to ten equal steps. On a logarithmic scale low and high are
// natural logarithms.
func ticks(low, high float64, logarithmic bool) []float64 {
	var all []float64
	if logarithmic {
		for power := -3; power <= 7; power++ {
			all = append(all, math.Pow10(power))
			if high-low < 2.5*math.Ln10 {
				all = append(all, 2*math.Pow10(power), 5*math.Pow10(power))
			}
		}
		return all
	}
	step := math.Pow10(int(math.Floor(fpmath.Log(high-low) / math.Ln10)))
	switch n := (high - low) / step; {
	case n < 2:
		step /= 5
	case n < 4:
		step /= 2
	}
	for k := math.Ceil(low / step); float64(k*step) <= high; k++ {
		all = append(all, k*step)
	}
	return all
}

// tickText writes a value without an exponent up to ten million.
func tickText(v float64) string {
	if math.Abs(v) < 1e7 {
		return strconv.FormatFloat(v, 'f', -1, 32)
	}
	return fmt.Sprintf("%g", v)
}
