package chart

import (
	"math"
)

// Levels are the quantile levels of a fan, in order.
var Levels = []float64{0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975}

var levelNames = []string{"q025", "q100", "q250", "q500", "q750", "q900", "q975"}

// Rule is a level with a name, drawn as a thin line.
type Rule struct {
	Value float64
	Name  string
}

// FanPanel is a series over time under one strategy.
type FanPanel struct {
	Style Style
	// Times are months; Quantiles is indexed by level, then by time. NaN leaves a
	// gap.
	Times     []float64
	Quantiles [][]float64
	// Reference is the median of the reference strategy, or nil.
	Reference      []float64
	ReferenceLabel string
	Threshold      *Rule
	// Top is the upper end of the scale; 0 takes that of the data. Values above it
	// are cut, and the foot of the chart must say so.
	Top float64
	// Keys names the bands at the right edge.
	Keys        bool
	Axis        Axis
	Description string
	Height      int
}

// Top is the upper end of a shared scale for fans: the highest 97.5% quantile,
// cut at three times the highest 90% quantile so that thin tails do not flatten
// everything else. The second result says whether a band is cut.
func Top(panels ...[][]float64) (top float64, cut bool) {
	highest := func(level int) float64 {
		h := 0.0
		for _, q := range panels {
			for _, x := range q[level] {
				if !math.IsNaN(x) && !math.IsInf(x, 0) {
					h = max(h, x)
				}
			}
		}
		return h
	}
	all, most := highest(6), highest(5)
	if most > 0 && all > 3*most {
		return nice(3 * most), true
	}
	return nice(all), false
}

// Fan draws the median as a line and bands of 50, 80 and 95% of futures.
func Fan(p FanPanel) Spec {
	top := p.Top
	if top == 0 {
		top, _ = Top(p.Quantiles)
	}
	bottom := 0.0
	for _, x := range p.Quantiles[0] {
		if x < bottom {
			bottom = -nice(-x)
		}
	}
	last := p.Times[len(p.Times)-1]
	right := object{"left": 0, "top": 8, "right": 4, "bottom": 2}
	s := base(p.Description, p.Height, right)
	rows := make([]object, len(p.Times))
	for t, month := range p.Times {
		row := object{"month": month}
		for l, name := range levelNames {
			row[name] = value(p.Quantiles[l][t])
		}
		rows[t] = row
	}
	x := p.Axis.months(last)
	y := func(field string) object {
		return object{"field": field, "type": "quantitative", "scale": object{"domain": []float64{bottom, top}, "nice": false, "clamp": true},
			"axis": object{"tickCount": 4, "format": p.Axis.Format, "title": nil, "grid": true}}
	}
	band := func(low, high string, opacity float64) object {
		return object{"mark": object{"type": "area", "color": colour(p.Style.Colour), "opacity": opacity, "clip": true},
			"encoding": object{"x": x, "y": y(low), "y2": object{"field": high}}}
	}
	layers := []object{band("q025", "q975", 0.12), band("q100", "q900", 0.20), band("q250", "q750", 0.34)}
	if p.Threshold != nil && p.Threshold.Value <= top && p.Threshold.Value >= bottom {
		at := object{"values": []object{{"month": 0, "level": p.Threshold.Value}}}
		layers = append(layers,
			object{"data": at, "mark": object{"type": "rule", "color": colour("--ink"), "strokeWidth": 1, "strokeDash": []int{1, 3}}, "encoding": object{"y": y("level")}},
			object{"data": at, "mark": object{"type": "text", "align": "left", "baseline": "bottom", "dy": -3, "dx": 4, "text": p.Threshold.Name, "fill": colour("--ink")},
				"encoding": object{"x": x, "y": y("level")}})
	}
	if p.Reference != nil {
		var median []object
		for t, month := range p.Times {
			median = append(median, object{"month": month, "reference": value(p.Reference[t])})
		}
		layers = append(layers, object{"data": object{"values": median}, "mark": object{"type": "line", "color": colour("--A0"), "strokeWidth": 1.75, "strokeDash": []int{2, 3}, "clip": true},
			"encoding": object{"x": x, "y": y("reference")}})
	}
	layers = append(layers, object{"mark": object{"type": "line", "color": colour(p.Style.Colour), "strokeWidth": 2.25, "clip": true}, "encoding": object{"x": x, "y": y("q500")}})
	layers = append(layers, p.labels(x, y, last, bottom, top)...)
	s["data"] = object{"name": "data", "values": rows}
	s["layer"] = layers
	return s
}

// labels names the median, the bands and the reference at the right edge, moved
// apart where they would collide.
func (p FanPanel) labels(x object, y func(string) object, last, bottom, top float64) []object {
	type label struct {
		text, fill string
		weight     int
	}
	var labels []label
	var at []float64
	end := len(p.Times) - 1
	add := func(v float64, l label) {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			labels = append(labels, l)
			at = append(at, min(max(v, bottom), top))
		}
	}
	if p.Keys {
		for _, k := range []struct {
			level int
			text  string
		}{{6, "95%"}, {5, "80%"}, {4, "50%"}} {
			add(p.Quantiles[k.level][end], label{k.text, "--ink-3", 400})
		}
	}
	add(p.Quantiles[3][end], label{"median", p.Style.Colour, 600})
	if p.Reference != nil {
		add(p.Reference[end], label{p.ReferenceLabel, "--ink-3", 400})
	}
	gap := (top - bottom) * 14 / float64(max(p.Height, 1))
	var layers []object
	for i, v := range spread(at, gap, bottom+gap/3, top-gap/3) {
		l := labels[i]
		layers = append(layers, object{"data": object{"values": []object{{"month": last, "level": v}}},
			"mark":     object{"type": "text", "align": "left", "baseline": "middle", "dx": 6, "text": l.text, "fontWeight": l.weight, "fill": colour(l.fill)},
			"encoding": object{"x": x, "y": y("level")}})
	}
	return layers
}
