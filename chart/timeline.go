package chart

import (
	"fmt"
	"math"
)

// Month is one month of a timeline.
type Month struct {
	// Month as YYYY-MM.
	Month string
	// Value is NaN for a month that is not known.
	Value, Low, High float64
	// Level is the level of the stretch that the month lies in; NaN without one.
	Level float64
	// Provisional marks a figure that may still change, Alarm a month in which the
	// alarm rings.
	Provisional, Alarm bool
}

// Mark is a vertical line with a name on a timeline.
type Mark struct {
	Month, Name string
}

// decimal is the start of a month, as YYYY-MM, as a number of years. Years as
// numbers need no time zone.
func decimal(month string) float64 {
	year, number := 0, 1
	if _, err := fmt.Sscanf(month, "%d-%d", &year, &number); err != nil {
		return math.NaN()
	}
	return float64(year) + float64(number-1)/12
}

// calendarAxis is the axis of years, to the end of the last month.
func calendarAxis(first, last string) object {
	return object{"field": "year", "type": "quantitative", "scale": object{"domain": []float64{decimal(first), decimal(last) + 1.0/12}, "nice": false},
		"axis": object{"format": "d", "title": nil, "tickCount": 8, "tickMinStep": 1, "labelOverlap": "greedy"}}
}

// Timeline draws a monthly count as bars, paler where it may still change, with
// the levels between change points as a line, rings of the alarm as triangles
// and months that are not known as a grey band.
func Timeline(months []Month, marks []Mark, format string, height int, description string) Spec {
	s := base(description, height, object{"left": 0, "top": 18, "right": 4, "bottom": 2})
	if len(months) == 0 {
		s["data"], s["layer"] = object{"name": "data", "values": []object{}}, []object{}
		return s
	}
	top := 0.0
	var rows, unknown, rings []object
	for _, m := range months {
		if math.IsNaN(m.Value) {
			unknown = append(unknown, object{"year": decimal(m.Month), "end": decimal(m.Month) + 1.0/12})
		} else {
			top = max(top, m.Value)
		}
		opacity := 0.75
		if m.Provisional {
			opacity = 0.35
		}
		rows = append(rows, object{"month": m.Month, "year": decimal(m.Month), "end": decimal(m.Month) + 1.0/12, "count": value(m.Value), "low": value(m.Low), "high": value(m.High),
			"level": value(m.Level), "provisional": m.Provisional, "opacity": opacity})
		if m.Alarm {
			rings = append(rings, object{"year": decimal(m.Month)})
		}
	}
	top = nice(top)
	for i := range rings {
		rings[i]["at"] = top
	}
	x := calendarAxis(months[0].Month, months[len(months)-1].Month)
	y := func(field string) object {
		return object{"field": field, "type": "quantitative", "scale": object{"domain": []float64{0, top}, "nice": false},
			"axis": object{"tickCount": 4, "format": format, "title": nil}}
	}
	var layers []object
	if len(unknown) > 0 {
		layers = append(layers, object{"data": object{"values": unknown}, "mark": object{"type": "rect", "color": colour("--sunk")},
			"encoding": object{"x": x, "x2": object{"field": "end"}}})
	}
	layers = append(layers,
		object{"mark": object{"type": "rect", "color": colour("--A3")}, "encoding": object{"x": x, "x2": object{"field": "end"}, "y": y("count"), "y2": object{"datum": 0},
			"opacity": object{"field": "opacity", "type": "quantitative", "scale": nil}}},
		object{"mark": object{"type": "line", "color": colour("--ink"), "strokeWidth": 1.5, "interpolate": "step-after"}, "encoding": object{"x": x, "y": y("level")}})
	if len(rings) > 0 {
		layers = append(layers, object{"data": object{"values": rings}, "mark": object{"type": "point", "shape": "triangle-down", "filled": true, "size": 60, "opacity": 1, "color": colour("--A1"), "yOffset": -6},
			"encoding": object{"x": x, "y": y("at")}})
	}
	for _, m := range marks {
		at := object{"values": []object{{"year": decimal(m.Month)}}}
		layers = append(layers,
			object{"data": at, "mark": object{"type": "rule", "color": colour("--ink-3"), "strokeDash": []int{2, 3}}, "encoding": object{"x": x}},
			object{"data": at, "mark": object{"type": "text", "align": "right", "baseline": "bottom", "dx": -3, "y": 10, "fontSize": 11, "text": m.Name, "fill": colour("--ink-3")}, "encoding": object{"x": x}})
	}
	s["data"] = object{"name": "data", "values": rows}
	s["layer"] = layers
	return s
}

// Strip is a row of verdicts by month.
type Strip struct {
	Name string
	// Months as YYYY-MM with the word of each, one of Words of the chart.
	Months, Verdicts []string
	// Broken says whether what was judged came to an end soon after.
	Broken []bool
}

// Strips draws rows of verdicts, a cell a month, coloured by word; a dot in a
// cell says that the definition was broken soon after. words are the verdicts
// with the CSS property of each colour.
func Strips(strips []Strip, words [][2]string, first, last, description string) Spec {
	const rowHeight = 30
	s := base(description, rowHeight*len(strips), object{"left": 0, "top": 4, "right": 4, "bottom": 2})
	var rows []object
	var order, domain, colours []string
	for _, w := range words {
		domain, colours = append(domain, w[0]), append(colours, colour(w[1]))
	}
	for i, strip := range strips {
		order = append(order, fmt.Sprintf("%d", i+1))
		for k, m := range strip.Months {
			rows = append(rows, object{"row": order[i], "definition": strip.Name, "month": m, "year": decimal(m), "end": decimal(m) + 1.0/12, "verdict": strip.Verdicts[k], "broken": strip.Broken[k]})
		}
	}
	x := calendarAxis(first, last)
	y := object{"field": "row", "type": "nominal", "sort": order, "axis": object{"title": nil, "labelFontSize": 13, "labelColor": colour("--ink")}}
	s["data"] = object{"name": "data", "values": rows}
	s["layer"] = []object{
		{"mark": object{"type": "rect", "height": rowHeight - 8}, "encoding": object{"x": x, "x2": object{"field": "end"}, "y": y,
			"color": object{"field": "verdict", "type": "nominal", "scale": object{"domain": domain, "range": colours}, "legend": nil}}},
		{"transform": []object{{"filter": object{"field": "broken", "equal": true}}},
			"mark": object{"type": "tick", "orient": "vertical", "thickness": 1, "height": 5, "color": colour("--ink"), "yOffset": (rowHeight - 8) / 2}, "encoding": object{"x": x, "y": y}},
	}
	return s
}
