package chart

import (
	"math"
	"strconv"
)

// Amount is a shape of a map with a count.
type Amount struct {
	Shape, Name string
	// Count is NaN where it is not known.
	Count float64
}

// amountCuts are the ends of the classes of counts.
var amountCuts = []float64{1, 10, 30, 100, 300}

// AmountClasses names the classes of a map of counts, with the CSS property of
// each colour.
func AmountClasses() [][2]string {
	names := []string{"none", "1 to 9", "10 to 29", "30 to 99", "100 to 299", "300 or more"}
	var out [][2]string
	for i, n := range names {
		out = append(out, [2]string{"--c" + strconv.Itoa(i), n})
	}
	return out
}

// AmountMap draws shapes coloured by count, with the count on each. Of areas
// with the same shape the counts add up.
func (s *Shapes) AmountMap(areas []Amount, height int, description string) Spec {
	spec := base(description, height, object{"left": 0, "top": 0, "right": 0, "bottom": 0})
	byShape := map[string]Amount{}
	for _, a := range areas {
		if have, ok := byShape[a.Shape]; ok {
			have.Count += a.Count
			have.Name += ", " + a.Name
			a = have
		}
		byShape[a.Shape] = a
	}
	var shapes, numbers []object
	for _, f := range s.features {
		a, ok := byShape[f.name()]
		if !ok {
			a.Count = math.NaN()
		}
		fill, ink := "--sunk", "--ink-3"
		if !math.IsNaN(a.Count) {
			c := 0
			for _, cut := range amountCuts {
				if a.Count >= cut {
					c++
				}
			}
			fill, ink = "--c"+strconv.Itoa(c), "--c"+strconv.Itoa(c)+"-ink"
		}
		shapes = append(shapes, object{"type": "Feature", "geometry": f.Geometry, "fill": colour(fill), "place": a.Name, "count": value(a.Count)})
		if a.Count > 0 {
			at := s.centres[f.name()]
			numbers = append(numbers, object{"longitude": at[0], "latitude": at[1], "text": strconv.Itoa(int(a.Count)), "ink": colour(ink)})
		}
	}
	layers := []object{{"data": object{"values": shapes, "format": object{"type": "json"}}, "mark": object{"type": "geoshape", "stroke": colour("--map-edge"), "strokeWidth": 1},
		"encoding": object{"fill": object{"field": "fill", "type": "nominal", "scale": nil}}}}
	if len(numbers) > 0 {
		layers = append(layers, object{"data": object{"values": numbers}, "mark": object{"type": "text", "fontSize": 11, "fontWeight": 600,
			// On a phone numbers of neighbours would lie upon each other; the table has them.
			"opacity": object{"expr": "width < 220 ? 0 : 1"}},
			"encoding": object{"longitude": object{"field": "longitude", "type": "quantitative"}, "latitude": object{"field": "latitude", "type": "quantitative"},
				"text": object{"field": "text"}, "fill": object{"field": "ink", "type": "nominal", "scale": nil}}})
	}
	spec["projection"] = object{"type": "mercator"}
	spec["layer"] = layers
	return spec
}
