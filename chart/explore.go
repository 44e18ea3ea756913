package chart

import "math"

// Plain is the d3 number format of an axis of quantities: no exponent, a comma
// between thousands. "~g" would write 120 as 1.2e+2, since the ticks set its digits.
const Plain = ",~r"

// Dot is an estimate with its interval on the row of a Dots chart.
type Dot struct {
	// Row names the row, Group tells apart estimates on one row, "" for one group.
	Row, Group        string
	Low, Middle, High float64
}

// groupColours tell groups apart, with shapes beside them.
var groupColours = []string{"--S0", "--S1", "--S2", "--S3", "--S4", "--S5"}

func groups(names []string) object {
	var colours []string
	for i := range names {
		colours = append(colours, colour(groupColours[i%len(groupColours)]))
	}
	legend := any(nil)
	if len(names) > 1 {
		legend = object{"title": nil, "orient": "top", "labelFontSize": 12, "labelColor": colour("--ink-2"), "labelLimit": 260}
	}
	return object{"field": "group", "type": "nominal", "scale": object{"domain": names, "range": colours}, "legend": legend}
}

func unique(values []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// Dots draws estimates with intervals, one row a name in the order given, on an
// axis with a title and a d3 number format. A thin rule marks zero.
func Dots(dots []Dot, title, format, description string) Spec {
	var rows, names []string
	var data []object
	for _, d := range dots {
		rows, names = append(rows, d.Row), append(names, d.Group)
		data = append(data, object{"row": d.Row, "group": d.Group, "low": value(d.Low), "middle": value(d.Middle), "high": value(d.High)})
	}
	rows, names = unique(rows), unique(names)
	height := 12 + len(rows)*(12+12*len(names))
	s := base(description, height, object{"left": 4, "top": 4, "right": 12, "bottom": 4})
	x := func(field string) object {
		return object{"field": field, "type": "quantitative", "axis": object{"format": format, "title": title, "grid": true}}
	}
	y := object{"field": "row", "type": "nominal", "sort": rows, "axis": object{"title": nil, "labelFontSize": 12, "labelColor": colour("--ink"), "labelLimit": 230, "domain": false, "ticks": false}}
	offset := object{"field": "group", "sort": names}
	paint := groups(names)
	s["data"] = object{"name": "data", "values": data}
	s["layer"] = []object{
		{"data": object{"values": []object{{"zero": 0}}}, "mark": object{"type": "rule", "color": colour("--ink-3"), "strokeWidth": 1}, "encoding": object{"x": x("zero")}},
		{"mark": object{"type": "rule", "strokeWidth": 5, "strokeCap": "round", "opacity": 0.34}, "encoding": object{"y": y, "yOffset": offset, "x": x("low"), "x2": object{"field": "high"}, "color": paint}},
		{"mark": object{"type": "point", "filled": true, "size": 70, "opacity": 1}, "encoding": object{"y": y, "yOffset": offset, "x": x("middle"), "color": paint,
			"shape": object{"field": "group", "scale": object{"domain": names, "range": shapes[:min(len(names), len(shapes))]}, "legend": nil}}},
	}
	return s
}

// Spot is a point of a Spots chart.
type Spot struct {
	X, Y float64
	// Group is told by colour and shape, Label stands beside the point when it is
	// not empty.
	Group, Label string
}

// Spots draws points on two axes, each with its title and d3 number format;
// joined draws a line through the points of a group in their order.
func Spots(spots []Spot, xTitle, xFormat, yTitle, yFormat string, joined bool, description string) Spec {
	s := base(description, 300, object{"left": 4, "top": 8, "right": 30, "bottom": 4})
	var names []string
	var data []object
	for i, p := range spots {
		names = append(names, p.Group)
		data = append(data, object{"x": value(p.X), "y": value(p.Y), "group": p.Group, "label": p.Label, "order": i})
	}
	names = unique(names)
	x := object{"field": "x", "type": "quantitative", "scale": object{"zero": false}, "axis": object{"title": xTitle, "format": xFormat, "grid": true}}
	y := object{"field": "y", "type": "quantitative", "scale": object{"zero": false}, "axis": object{"title": yTitle, "format": yFormat, "grid": true}}
	paint := groups(names)
	layers := []object{}
	if joined {
		layers = append(layers, object{"mark": object{"type": "line", "strokeWidth": 1.5, "opacity": 0.6}, "encoding": object{"x": x, "y": y, "color": paint, "order": object{"field": "order"}}})
	}
	layers = append(layers,
		object{"mark": object{"type": "point", "filled": true, "size": 60, "opacity": 0.85}, "encoding": object{"x": x, "y": y, "color": paint,
			"shape": object{"field": "group", "scale": object{"domain": names, "range": shapes[:min(len(names), len(shapes))]}, "legend": nil}}},
		object{"mark": object{"type": "text", "align": "left", "dx": 7, "fontSize": 11, "fill": colour("--ink-2")}, "encoding": object{"x": x, "y": y, "text": object{"field": "label"}}})
	s["data"] = object{"name": "data", "values": data}
	s["layer"] = layers
	return s
}

// Cell is a field of a Cells chart.
type Cell struct {
	Column, Row string
	// Value is told by colour, Text stands in the field.
	Value float64
	Text  string
}

// Cells draws a table of fields, darker for higher values, rows and columns in the
// order given.
func Cells(cells []Cell, description string) Spec {
	var rows, columns []string
	var data []object
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range cells {
		if !math.IsNaN(c.Value) {
			low, high = min(low, c.Value), max(high, c.Value)
		}
	}
	for _, c := range cells {
		rows, columns = append(rows, c.Row), append(columns, c.Column)
		class := 0
		if high > low && !math.IsNaN(c.Value) {
			class = int(math.Round(5 * (c.Value - low) / (high - low)))
		}
		fill, ink := "--c"+string(rune('0'+class)), "--c"+string(rune('0'+class))+"-ink"
		data = append(data, object{"row": c.Row, "column": c.Column, "value": value(c.Value), "text": c.Text, "fill": colour(fill), "ink": colour(ink)})
	}
	rows, columns = unique(rows), unique(columns)
	s := base(description, 30*len(rows), object{"left": 4, "top": 4, "right": 4, "bottom": 4})
	x := object{"field": "column", "type": "nominal", "sort": columns, "axis": object{"title": nil, "orient": "top", "labelAngle": 0, "domain": false, "ticks": false, "labelLimit": 90}}
	y := object{"field": "row", "type": "nominal", "sort": rows, "axis": object{"title": nil, "labelFontSize": 12, "labelColor": colour("--ink"), "labelLimit": 230, "domain": false, "ticks": false}}
	s["data"] = object{"name": "data", "values": data}
	s["layer"] = []object{
		{"mark": object{"type": "rect", "stroke": colour("--map-edge")}, "encoding": object{"x": x, "y": y, "fill": object{"field": "fill", "type": "nominal", "scale": nil}}},
		{"mark": object{"type": "text", "fontSize": 11}, "encoding": object{"x": x, "y": y, "text": object{"field": "text"}, "fill": object{"field": "ink", "type": "nominal", "scale": nil}}},
	}
	return s
}
