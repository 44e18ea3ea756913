package calibrate

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strings"

	"handover/casefile"
	"handover/fpmath"
)

// Measures of the notes below plots, in pixels and characters.
const (
	noteLine = 14
	noteWide = 96
)

// modePlot is the panel of a chart, and how its record lies in the draws.
func (t *target) modePlot(f *fit, x *chartCourses) (plot, ModeChartResult, error) {
	c := x.chart
	result := ModeChartResult{ID: c.ID, Name: c.Name, Note: c.Note}
	from, err := t.c.ParsePeriod(c.From)
	if err != nil {
		return plot{}, result, err
	}
	to, err := t.c.ParsePeriod(c.To)
	if err != nil {
		return plot{}, result, err
	}
	p := plot{name: c.Name, first: float64(from.First), last: float64(to.Last() + 1), zero: c.Scale != "log"}
	if c.Unit != "" {
		p.name += ", " + c.Unit
	}
	if c.Scale == "log" {
		p.scale = func(v float64) float64 { return fpmath.Log(max(v, least)) }
	}
	record, err := t.modeRecord(x)
	if err != nil {
		return p, result, err
	}
	inside, beside := 0, 0
	for _, v := range record {
		if v.Period.First < from.First || v.Period.Last() > to.Last() {
			continue
		}
		result.Recorded++
		p.dots = append(p.dots, point{middle(v.Period), v.Value})
		course := x.at(v.Period)
		if course == nil || c.Input && course == x.past {
			continue
		}
		values := make([]float64, len(course.values))
		for i := range values {
			values[i] = course.value(i, v.Period)
		}
		if q := quantiles(values); q[0] == q[0] {
			beside++
			if q[0] <= v.Value && v.Value <= q[2] {
				inside++
			}
		}
	}
	if beside > 0 {
		result.Inside = ratioOf(inside, beside)
	}
	if x.series >= 0 {
		noisy := band{fill: colourNoisy}
		inside, all := 0, 0
		for j := range t.series[x.series].rows {
			r := &t.series[x.series].rows[j]
			if r.Period.First < from.First || r.Period.Last() > to.Last() {
				continue
			}
			all++
			q := quantiles(f.noisy[x.series][j])
			by := monthly(&t.series[x.series], r) * f.level(t, x.series)
			noisy.add(middle(r.Period), q[0]*by, q[2]*by)
			if v := r.Value * monthly(&t.series[x.series], r); q[0]*by <= v && v <= q[2]*by {
				inside++
			}
		}
		if all > 0 {
			p.bands, result.WithNoise = append(p.bands, noisy), ratioOf(inside, all)
		}
	}
	level := 1.0
	if x.series >= 0 {
		level = f.level(t, x.series)
	}
	for _, course := range []*path{x.past, x.ahead} {
		if course != nil {
			p.course(course, level, from.First, to.Last()+1, c.Input && course == x.past)
		}
	}
	return p, result, nil
}

// course shows a band and the median of the draws between two months; an input as
// a dashed line.
func (p *plot) course(x *path, level float64, from, to int, input bool) {
	drawn := band{fill: colourExpected}
	median := curve{dashed: input}
	for k := range x.values[0] {
		month := x.first + k
		if month < from || month > to {
			continue
		}
		if q, ok := x.quantiles(k); ok {
			drawn.add(float64(month), q[0]*level, q[2]*level)
			median.points = append(median.points, point{float64(month), q[1] * level})
		}
	}
	if !input {
		p.bands = append(p.bands, drawn)
	}
	p.lines = append(p.lines, median)
}

// monthly is the factor that makes a period's value one of a month.
func monthly(s *series, r *row) float64 {
	if s.o.Aggregate == casefile.MeanOfMonths || s.o.Aggregate == casefile.EndOfPeriod {
		return 1
	}
	return 1 / float64(r.Period.Months)
}

// modeRecord is what was recorded of a chart's quantity, by month.
func (t *target) modeRecord(x *chartCourses) ([]casefile.ObservedValue, error) {
	var values []casefile.ObservedValue
	if x.series >= 0 {
		s := &t.series[x.series]
		for j := range s.rows {
			v := s.rows[j].ObservedValue
			v.Value *= monthly(s, &s.rows[j])
			values = append(values, v)
		}
		return values, nil
	}
	if x.chart.Data == nil {
		return nil, nil
	}
	return t.c.ModeValues(x.chart.Data)
}

func ratioOf(n, all int) *float64 {
	x := float64(n) / float64(all)
	return &x
}

// write draws the charts of a mode with their notes.
func (m *modePicture) write(to io.Writer, c *casefile.Case) error {
	w := bufio.NewWriter(to)
	const top = 40
	notes := make([][]string, len(m.plots))
	high := 0
	var rows []int
	for i := range m.plots {
		notes[i] = wrapped(m.notes[i], noteWide)
		if i%panelColumns == 0 {
			rows = append(rows, 0)
		}
		rows[len(rows)-1] = max(rows[len(rows)-1], panelHigh+noteLine*len(notes[i])+8)
	}
	for _, h := range rows {
		high += h
	}
	below := wrapped(m.mode.Note, noteWide*panelColumns)
	sheet(w, top+high+noteLine*len(below)+12, c.Title+": "+m.mode.Name)
	fmt.Fprintf(w, `<text x="8" y="16" font-size="13" font-weight="bold">%s: %.0f%% of draws pass</text>`+"\n", html.EscapeString(m.mode.Name), 100*m.share)
	fmt.Fprintln(w, `<text x="8" y="33" fill="#555">Dots: recorded. Line: median draw. Dark: 90% of draws. Light: 90% with noise. Dashed: put in from the record.</text>`)
	y := top
	for i := range m.plots {
		fmt.Fprintf(w, `<g transform="translate(%d %d)">`+"\n", i%panelColumns*panelWide, y)
		m.plots[i].draw(w, c)
		for k, line := range notes[i] {
			fmt.Fprintf(w, `<text x="%d" y="%d" fill="#555">%s</text>`+"\n", 12, panelHigh+noteLine*(k+1), html.EscapeString(line))
		}
		fmt.Fprintln(w, "</g>")
		if i%panelColumns == panelColumns-1 || i == len(m.plots)-1 {
			y += rows[i/panelColumns]
		}
	}
	for k, line := range below {
		fmt.Fprintf(w, `<text x="8" y="%d">%s</text>`+"\n", y+noteLine*(k+1), html.EscapeString(line))
	}
	fmt.Fprintln(w, "</svg>")
	return w.Flush()
}

// wrapped cuts a text into lines of at most so many characters where it can.
func wrapped(text string, wide int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > wide {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
