package evidence

import (
	"encoding/json"
	"fmt"

	"handover/casefile"
)

// Gazetteer finds the case's place for a name or a point.
type Gazetteer struct {
	names, districts map[string]string
	shapes           []shape
	// cache holds what names as the sources write them lead to.
	cache, districtCache map[string]string
	// drawn is the place that is drawn with each place's shape.
	drawn map[string]string
}

// shape is a place's outline: rings of points, inside by the even-odd rule.
type shape struct {
	place       string
	west, south float64
	east, north float64
	rings       [][][2]float64
}

// NewGazetteer reads the places of a case and their outlines.
func NewGazetteer(c *casefile.Case) (*Gazetteer, error) {
	g := &Gazetteer{names: map[string]string{}, districts: map[string]string{}, cache: map[string]string{}, districtCache: map[string]string{}, drawn: map[string]string{}}
	byShape := map[string]string{}
	for _, e := range c.Places.Elements {
		for _, name := range append([]string{e.Element, e.Name}, e.Spellings...) {
			if f := casefile.FoldPlace(name); f != "" && g.names[f] == "" {
				g.names[f] = e.Element
			}
		}
		for _, name := range e.Districts {
			g.districts[casefile.FoldPlace(name)] = e.Element
		}
		// Of two places with one shape the first is the one drawn.
		if e.Shape != "" && byShape[e.Shape] == "" {
			byShape[e.Shape] = e.Element
		}
		g.drawn[e.Element] = byShape[e.Shape]
	}
	if c.Boundaries == nil {
		return g, nil
	}
	var collection struct {
		Features []struct {
			ID         any
			Properties struct{ ID any }
			Geometry   struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(c.Boundaries, &collection); err != nil {
		return nil, fmt.Errorf("the case's map cannot be read: %w", err)
	}
	for _, f := range collection.Features {
		id := f.ID
		if id == nil {
			id = f.Properties.ID
		}
		place, ok := byShape[fmt.Sprint(id)]
		if !ok {
			continue
		}
		var polygons [][][][2]float64
		var err error
		if f.Geometry.Type == "Polygon" {
			polygons = make([][][][2]float64, 1)
			err = json.Unmarshal(f.Geometry.Coordinates, &polygons[0])
		} else {
			err = json.Unmarshal(f.Geometry.Coordinates, &polygons)
		}
		if err != nil {
			return nil, fmt.Errorf("the case's map: the outline of %v cannot be read: %w", id, err)
		}
		s := shape{place: place, west: 1e9, south: 1e9, east: -1e9, north: -1e9}
		for _, p := range polygons {
			for _, ring := range p {
				s.rings = append(s.rings, ring)
				for _, at := range ring {
					s.west, s.east = min(s.west, at[0]), max(s.east, at[0])
					s.south, s.north = min(s.south, at[1]), max(s.north, at[1])
				}
			}
		}
		g.shapes = append(g.shapes, s)
	}
	return g, nil
}

// Name finds the place of a province and district by their names; empty when
// neither is known.
func (g *Gazetteer) Name(province, district string) string {
	if district != "" {
		if p := remember(g.districtCache, district, g.districts); p != "" {
			return p
		}
	}
	if province == "" {
		return ""
	}
	return remember(g.cache, province, g.names)
}

// mostRemembered bounds a cache of names: a hostile file has a new one in every
// row.
const mostRemembered = 1 << 16

func remember(cache map[string]string, name string, names map[string]string) string {
	if p, ok := cache[name]; ok {
		return p
	}
	p := names[casefile.FoldPlace(name)]
	if len(cache) < mostRemembered {
		cache[string([]byte(name))] = p
	}
	return p
}

// Holds says whether the outline of a place drawn at a point is also that of
// another place, as two places may share one.
func (g *Gazetteer) Holds(drawn, place string) bool { return drawn == place || g.drawn[place] == drawn }

// Point finds the place whose outline holds the point; empty when none does.
func (g *Gazetteer) Point(x, y float64) string {
	for i := range g.shapes {
		s := &g.shapes[i]
		if x < s.west || x > s.east || y < s.south || y > s.north {
			continue
		}
		inside := false
		for _, ring := range s.rings {
			for i, j := 0, len(ring)-1; i < len(ring); j, i = i, i+1 {
				a, b := ring[i], ring[j]
				if (a[1] > y) != (b[1] > y) && x < float64((b[0]-a[0])*(y-a[1]))/(b[1]-a[1])+a[0] {
					inside = !inside
				}
			}
		}
		if inside {
			return s.place
		}
	}
	return ""
}
