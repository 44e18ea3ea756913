package reference

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"handover/model"
)

// Measures of the diagram, in pixels. Text is monospaced in width here: a letter
// counts as the widest usual one, so that no label leaves its box.
const (
	letter      = 7.2
	lineHeight  = 16.0
	columnWidth = 200.0
	valveColumn = 210.0
	cloudColumn = 110.0
	gap         = 14.0
	mostLetters = 26
)

// outside stands for what is not in the model.
const outside = "☁"

// box is a rectangle that holds a label.
type box struct {
	x, y, w, h float64
	lines      []string
}

// diagram is the stocks and flows of one sector: each stock has a row of its own,
// its inflows at the left, its outflows at the right, one below the other, so that
// no two labels can meet.
type diagram struct {
	width, height float64
	stocks        []box
	valves        []valve
	ends          []box
	// between is a note below a valve: what the flow reads.
	notes []box
}

type valve struct {
	box
	// from and to are the ends of the arrow, y its height.
	from, to, y float64
}

// wrap breaks a label into lines at spaces and underscores; a word that is too long
// is broken anywhere.
func wrap(text string, most int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for len([]rune(word)) > most {
			head := string([]rune(word)[:most])
			if line != "" {
				lines = append(lines, line)
				line = ""
			}
			lines = append(lines, head)
			word = string([]rune(word)[most:])
		}
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= most:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

func labelled(x, y, w float64, lines []string) box {
	return box{x, y, w, float64(len(lines)) * lineHeight, lines}
}

// draw lays out a sector; nil when it has no stock.
func (r *Reference) draw(s Sector) *diagram {
	d := &diagram{width: 2*cloudColumn + 2*valveColumn + columnWidth, height: gap}
	owner := map[string]*Entry{}
	for _, all := range r.Sectors {
		for _, e := range all.Entries {
			for _, f := range e.Inflows {
				owner["in "+model.Canonical(f)] = e
			}
			for _, f := range e.Outflows {
				owner["out "+model.Canonical(f)] = e
			}
		}
	}
	any := false
	for _, e := range s.Entries {
		if e.Kind != model.Stock {
			continue
		}
		any = true
		top := d.height
		stockX := cloudColumn + valveColumn
		left := r.side(d, e.Inflows, cloudColumn, top, owner, "out ", true)
		right := r.side(d, e.Outflows, stockX+columnWidth, top, owner, "in ", false)
		lines := wrap(e.Name, mostLetters-2)
		h := max(left, right, float64(float64(len(lines))*lineHeight)+2*gap)
		d.stocks = append(d.stocks, box{stockX, top, columnWidth, h, lines})
		d.height = top + h + 2*gap
	}
	if !any {
		return nil
	}
	return d
}

// side lays out the flows at one side of a stock and returns their height.
func (r *Reference) side(d *diagram, flows []string, x, top float64, owner map[string]*Entry, other string, left bool) float64 {
	y := top
	for _, name := range flows {
		f := r.byKey[model.Canonical(name)]
		if f == nil {
			continue
		}
		lines := wrap(f.Name, mostLetters)
		var reads []string
		for _, u := range f.Uses {
			if u.Kind != model.Stock {
				reads = append(reads, u.Name)
			}
		}
		note := ""
		if len(reads) > 0 {
			note = "reads " + shortList(reads, 4)
		}
		v := valve{box: labelled(x+8, y+lineHeight+6, valveColumn-16, lines), from: x, to: x + valveColumn, y: y + 10}
		h := lineHeight + 6 + v.h
		if note != "" {
			n := labelled(x+8, y+h+2, valveColumn-16, wrap(note, mostLetters+2))
			d.notes = append(d.notes, n)
			h += 2 + n.h
		}
		d.valves = append(d.valves, v)
		end := outside
		if o := owner[other+model.Canonical(name)]; o != nil {
			end = o.Name
		}
		endX := x + valveColumn
		if left {
			endX = x - cloudColumn
		}
		e := labelled(endX+4, y+2, cloudColumn-8, wrap(end, 13))
		d.ends = append(d.ends, e)
		h = max(h, e.h+2)
		y += h + gap
	}
	return y - top
}

// labels are all boxes that hold text, for checking that none overlap.
func (d *diagram) labels() []box {
	list := append(append([]box{}, d.stocks...), d.ends...)
	for _, v := range d.valves {
		list = append(list, v.box)
	}
	return append(list, d.notes...)
}

// Diagram draws the stocks and flows of a sector; "" when it has no stock.
func (r *Reference) Diagram(s Sector) template.HTML {
	d := r.draw(s)
	if d == nil {
		return ""
	}
	var b strings.Builder
	name := s.Name
	if name == "" {
		name = "the model"
	}
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="Stocks and flows of %s" class="diagram">`, d.width, d.height, html.EscapeString(name))
	text := func(t box, class, anchor string, x float64) {
		for i, line := range t.lines {
			fmt.Fprintf(&b, `<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, class, anchor, x, t.y+float64(float64(i+1)*lineHeight)-4, html.EscapeString(line))
		}
	}
	for _, v := range d.valves {
		fmt.Fprintf(&b, `<path class="pipe" d="M%.1f %.1fH%.1f"/><path class="tip" d="M%.1f %.1fl-9 -5v10z"/><path class="valve" d="M%.1f %.1fl6 -6h-12l12 12h-12z"/>`,
			v.from+2, v.y, v.to-8, v.to, v.y, (v.from+v.to)/2, v.y)
		text(v.box, "flow", "middle", v.x+float64(v.w/2))
	}
	for _, n := range d.notes {
		text(n, "note", "middle", n.x+float64(n.w/2))
	}
	for _, e := range d.ends {
		if e.lines[0] == outside {
			x, y := e.x+float64(e.w/2), e.y+8
			fmt.Fprintf(&b, `<path class="cloud" d="M%.1f %.1fa7 7 0 0 1 2 -13a9 9 0 0 1 17 -2a7 7 0 0 1 5 15z"/>`, x-12, y+7)
			continue
		}
		text(e, "end", "middle", e.x+float64(e.w/2))
	}
	for _, s := range d.stocks {
		fmt.Fprintf(&b, `<rect class="stock" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, s.x, s.y, s.w, s.h)
		inner := s
		inner.y += float64((s.h - float64(float64(len(s.lines))*lineHeight)) / 2)
		text(inner, "name", "middle", s.x+float64(s.w/2))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

// Curve draws a graphical function.
func Curve(g *model.Graph) template.HTML {
	const w, h = 180.0, 90.0
	lowX, highX := g.X[0], g.X[len(g.X)-1]
	lowY, highY := g.Y[0], g.Y[0]
	for _, y := range g.Y {
		lowY, highY = min(lowY, y), max(highY, y)
	}
	at := func(x, y float64) (float64, float64) {
		px, py := w/2, h/2
		if highX > lowX {
			px = (x - lowX) / (highX - lowX) * w
		}
		if highY > lowY {
			py = h - float64((y-lowY)/(highY-lowY)*h)
		}
		return px, py
	}
	var path strings.Builder
	last := 0.0
	for i := range g.X {
		x, y := at(g.X[i], g.Y[i])
		switch {
		case i == 0:
			fmt.Fprintf(&path, "M%.1f %.1f", x, y)
		case g.Interpolation == model.Discrete:
			fmt.Fprintf(&path, "L%.1f %.1fL%.1f %.1f", x, last, x, y)
		default:
			fmt.Fprintf(&path, "L%.1f %.1f", x, y)
		}
		last = y
	}
	return template.HTML(fmt.Sprintf(`<svg viewBox="-4 -4 %.0f %.0f" class="curve" role="img" aria-label="%d points, x from %s to %s, y from %s to %s"><path d="%s"/></svg>`,
		w+8, h+8, len(g.X), model.Number64(lowX), model.Number64(highX), model.Number64(lowY), model.Number64(highY), path.String()))
}
