package chart

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Area is a shape of a map with a probability.
type Area struct {
	// Shape is the id of the feature that draws it.
	Shape string
	Name  string
	// Probability is between 0 and 1; NaN leaves the shape empty.
	Probability float64
}

// classes are the ends of the classes of a map.
var classes = []float64{0.05, 0.20, 0.45, 0.55, 0.80}

// Classes names the classes of a map, with the CSS property of each colour.
func Classes() [][2]string {
	names := []string{"below 5%", "5 to 20", "20 to 45", "45 to 55", "55 to 80", "above 80%"}
	var out [][2]string
	for i, n := range names {
		out = append(out, [2]string{"--c" + strconv.Itoa(i), n})
	}
	return out
}

// classOf is the number of the class of the probability as it is printed.
func classOf(p float64) int {
	c := 0
	for _, cut := range classes {
		if float64(rounded(p))/100 >= cut-1e-9 {
			c++
		}
	}
	return c
}

// feature is a shape of a GeoJSON file.
type feature struct {
	ID         any             `json:"id"`
	Properties map[string]any  `json:"properties"`
	Geometry   json.RawMessage `json:"geometry"`
}

func (f feature) name() string {
	for _, id := range []any{f.ID, f.Properties["id"]} {
		if s, ok := id.(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// Shapes are the outlines of a map, read once and drawn many times.
type Shapes struct {
	features []feature
	centres  map[string][2]float64
}

// ReadShapes reads a GeoJSON feature collection whose features carry an id.
func ReadShapes(geojson []byte) (*Shapes, error) {
	var c struct {
		Features []feature `json:"features"`
	}
	if err := json.Unmarshal(geojson, &c); err != nil {
		return nil, fmt.Errorf("the map cannot be read: %w", err)
	}
	s := &Shapes{c.Features, map[string][2]float64{}}
	for _, f := range c.Features {
		centre, err := centre(f.Geometry)
		if err != nil {
			return nil, fmt.Errorf("the shape %q of the map cannot be read: %w", f.name(), err)
		}
		s.centres[f.name()] = centre
	}
	return s, nil
}

// centre is the centroid of the largest ring of a polygon or of polygons.
func centre(geometry json.RawMessage) ([2]float64, error) {
	var g struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(geometry, &g); err != nil {
		return [2]float64{}, err
	}
	var polygons [][][][]float64
	if g.Type == "Polygon" {
		var p [][][]float64
		if err := json.Unmarshal(g.Coordinates, &p); err != nil {
			return [2]float64{}, err
		}
		polygons = append(polygons, p)
	} else if err := json.Unmarshal(g.Coordinates, &polygons); err != nil {
		return [2]float64{}, err
	}
	var best [2]float64
	largest := -1.0
	for _, p := range polygons {
		if len(p) == 0 {
			continue
		}
		area, cx, cy := 0.0, 0.0, 0.0
		ring := p[0]
		for i := range ring {
			a, b := ring[i], ring[(i+1)%len(ring)]
			if len(a) < 2 || len(b) < 2 {
				return best, fmt.Errorf("a point has fewer than two numbers")
			}
			cross := float64(a[0]*b[1]) - float64(b[0]*a[1])
			area += cross
			cx += float64((a[0] + b[0]) * cross)
			cy += float64((a[1] + b[1]) * cross)
		}
		if math.Abs(area) > largest && area != 0 {
			largest, best = math.Abs(area), [2]float64{cx / (3 * area), cy / (3 * area)}
		}
	}
	return best, nil
}

// Map draws probabilities in six classes. From 20% up the number stands in the
// shape, to the nearest 5; shapes at 45% and above have a dark outline.
func (s *Shapes) Map(areas []Area, height int, description string) Spec {
	spec := base(description, height, object{"left": 0, "top": 0, "right": 0, "bottom": 0})
	byShape := map[string]Area{}
	for _, a := range areas {
		if _, drawn := byShape[a.Shape]; !drawn {
			byShape[a.Shape] = a
		}
	}
	shapes, outlined, numbers := []object{}, []object{}, []object{}
	for _, f := range s.features {
		a, ok := byShape[f.name()]
		p := math.NaN()
		if ok {
			p = a.Probability
		}
		fill, ink := "--sunk", "--ink-3"
		if !math.IsNaN(p) {
			c := strconv.Itoa(classOf(p))
			fill, ink = "--c"+c, "--c"+c+"-ink"
		}
		o := object{"type": "Feature", "geometry": f.Geometry, "fill": colour(fill), "place": a.Name, "probability": value(p)}
		shapes = append(shapes, o)
		if r := rounded(p); !math.IsNaN(p) && r >= 20 {
			at := s.centres[f.name()]
			numbers = append(numbers, object{"longitude": at[0], "latitude": at[1], "text": strconv.Itoa(r), "ink": colour(ink)})
			if r >= 45 {
				outlined = append(outlined, o)
			}
		}
	}
	geo := func(name string, values []object, edge string, width float64) object {
		return object{"data": object{"name": name, "values": values, "format": object{"type": "json"}},
			"mark":     object{"type": "geoshape", "stroke": colour(edge), "strokeWidth": width},
			"encoding": object{"fill": object{"field": "fill", "type": "nominal", "scale": nil}}}
	}
	spec["projection"] = object{"type": "mercator"}
	// All layers are there, with no data too, so that a month can follow another in
	// the same drawing.
	layers := []object{geo("shapes", shapes, "--map-edge", 1), geo("outlined", outlined, "--map-mark", 1.5),
		{"data": object{"name": "numbers", "values": numbers}, "mark": object{"type": "text", "fontSize": 11, "fontWeight": 600},
			"encoding": object{"longitude": object{"field": "longitude", "type": "quantitative"}, "latitude": object{"field": "latitude", "type": "quantitative"},
				"text": object{"field": "text"}, "fill": object{"field": "ink", "type": "nominal", "scale": nil}}}}
	spec["layer"] = layers
	return spec
}
