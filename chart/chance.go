package chart

import "math"

// Chance is the probability of an event under a strategy, with its interval.
type Chance struct {
	Style             Style
	Low, Middle, High float64
	// Text stands beside the mark, such as "25% (15 to 45)".
	Text string
}

// Chances draws a dot and an interval for each strategy on the scale of
// ICD 203, its words under the axis.
func Chances(rows []Chance, description string) Spec {
	highest := 0.0
	for _, r := range rows {
		highest = max(highest, r.High)
	}
	// The scale ends at a class, so that its words stay readable.
	right := 1.0
	for _, cut := range []float64{0.20, 0.45, 0.55, 0.80} {
		if highest <= 0.9*cut {
			right = cut
			break
		}
	}
	var values []float64
	for _, c := range append(append([]float64{0}, Cuts...), 1) {
		if c <= right {
			values = append(values, c)
		}
	}
	const rowHeight = 34
	s := base(description, rowHeight*len(rows), object{"left": 4, "top": 2, "right": 4, "bottom": 24})
	var data, words []object
	var order, colours, shapes []string
	for _, r := range rows {
		order = append(order, r.Style.Label())
		colours, shapes = append(colours, colour(r.Style.Colour)), append(shapes, r.Style.Shape)
		data = append(data, object{"strategy": r.Style.Label(), "low": value(r.Low), "probability": value(r.Middle), "high": value(r.High), "text": r.Text})
	}
	from := 0.0
	for i, l := range likelihoods {
		to := 1.0
		if i < len(Cuts) {
			to = Cuts[i]
		}
		// Classes too narrow for their word go without: the scale is printed below.
		if to <= right+1e-9 && (to-from)/right > 0.3 {
			words = append(words, object{"at": (from + to) / 2, "word": l.word})
		}
		from = to
	}
	x := func(field string) object {
		return object{"field": field, "type": "quantitative", "scale": object{"domain": []float64{0, right}, "nice": false},
			"axis": object{"values": values, "format": ".0%", "grid": true, "title": nil, "orient": "top", "domain": false, "ticks": false, "labelOverlap": "greedy", "labelSeparation": 4}}
	}
	y := object{"field": "strategy", "type": "nominal", "sort": order, "axis": object{"title": nil, "labelFontSize": 13, "labelColor": colour("--ink"),
		"labelPadding": 10, "labelLimit": 150, "domain": false, "ticks": false}}
	fill := object{"field": "strategy", "scale": object{"domain": order, "range": colours}, "legend": nil}
	s["data"] = object{"name": "data", "values": data}
	s["layer"] = []object{
		{"data": object{"values": words}, "mark": object{"type": "text", "baseline": "top", "dy": 6, "fill": colour("--ink-3"), "opacity": object{"expr": "width < 260 ? 0 : 1"}},
			"encoding": object{"x": x("at"), "y": object{"value": rowHeight * len(rows)}, "text": object{"field": "word"}}},
		{"mark": object{"type": "rule", "strokeWidth": 6, "strokeCap": "round", "opacity": 0.34}, "encoding": object{"y": y, "x": x("low"), "x2": object{"field": "high"}, "color": fill}},
		{"mark": object{"type": "point", "filled": true, "size": 110, "opacity": 1}, "encoding": object{"y": y, "x": x("probability"), "color": fill,
			"shape": object{"field": "strategy", "scale": object{"domain": order, "range": shapes}, "legend": nil}}},
	}
	// The figures stand in a column of their own at the right, where nothing can
	// run into them.
	s["layer"] = append(s["layer"].([]object), object{"mark": object{"type": "text", "align": "left", "dx": 10, "fontSize": 13, "fontWeight": 600, "fill": colour("--ink")},
		"encoding": object{"y": y, "x": object{"value": "width"}, "text": object{"field": "text"}}})
	return s
}

// Line is a series of one strategy.
type Line struct {
	Style         Style
	Times, Values []float64
}

// Lines draws one line a strategy, each named at its right end.
func Lines(lines []Line, axis Axis, height int, description string) Spec {
	s := base(description, height, object{"left": 0, "top": 8, "right": 4, "bottom": 2})
	highest, last := 0.0, 0.0
	for _, l := range lines {
		for i, v := range l.Values {
			last = max(last, l.Times[i])
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				highest = max(highest, v)
			}
		}
	}
	top := nice(highest)
	x := axis.months(last)
	y := func(field string) object {
		return object{"field": field, "type": "quantitative", "scale": object{"domain": []float64{0, top}, "nice": false},
			"axis": object{"tickCount": 4, "format": axis.Format, "title": nil}}
	}
	var data, layers []object
	var ends []float64
	for _, l := range lines {
		for i, v := range l.Values {
			data = append(data, object{"strategy": l.Style.Label(), "month": l.Times[i], "value": value(v)})
		}
		mark := object{"type": "line", "color": colour(l.Style.Colour), "strokeWidth": 2.25}
		if l.Style.Dash != nil {
			mark["strokeDash"] = l.Style.Dash
		}
		layers = append(layers, object{"transform": []object{{"filter": object{"field": "strategy", "equal": l.Style.Label()}}}, "mark": mark, "encoding": object{"x": x, "y": y("value")}})
		ends = append(ends, l.Values[len(l.Values)-1])
	}
	gap := top * 15 / float64(max(height, 1))
	for i, v := range spread(ends, gap, gap/3, top-gap/3) {
		if math.IsNaN(ends[i]) {
			continue
		}
		l := lines[i].Style
		layers = append(layers, object{"data": object{"values": []object{{"month": last, "at": v}}},
			"mark": object{"type": "text", "align": "left", "baseline": "middle", "dx": 6, "text": l.Label(), "fontWeight": 600, "fill": colour(l.Colour)}, "encoding": object{"x": x, "y": y("at")}})
	}
	s["data"] = object{"name": "data", "values": data}
	s["layer"] = layers
	return s
}
