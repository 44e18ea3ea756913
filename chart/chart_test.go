package chart

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

var style = Styles([]string{"A1"}, []string{"Hasty withdrawal"}, []string{"Hasty"}, "A0")[0]

func quantiles(times int, f func(level, time int) float64) [][]float64 {
	q := make([][]float64, len(Levels))
	for l := range q {
		for t := range times {
			q[l] = append(q[l], f(l, t))
		}
	}
	return q
}

// specs builds one chart of each kind.
func specs(t *testing.T) map[string]Spec {
	t.Helper()
	times := []float64{0, 1, 2, 3}
	q := quantiles(4, func(l, k int) float64 { return float64(l*k) + 1 })
	shapes, err := ReadShapes([]byte(`{"type":"FeatureCollection","features":[{"type":"Feature","id":"N","geometry":{"type":"Polygon","coordinates":[[[0,0],[0,2],[2,2],[2,0],[0,0]]]}},
{"type":"Feature","properties":{"id":"S"},"geometry":{"type":"MultiPolygon","coordinates":[[[[0,0],[0,-1],[1,-1],[0,0]]]]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	axis := Axis{"Nov 2025", "Feb 2026", ".1f"}
	return map[string]Spec{
		"fan": Fan(FanPanel{Style: style, Times: times, Quantiles: q, Reference: []float64{1, 2, math.NaN(), 4}, ReferenceLabel: "A0",
			Threshold: &Rule{3, "level"}, Keys: true, Axis: axis, Height: 160, Description: "d"}),
		"chances": Chances([]Chance{{style, 0.1, 0.2, 0.3, "20% (10 to 30)"}}, "d"),
		"lines":   Lines([]Line{{style, times, []float64{1, 2, 3, 2}}}, axis, 150, "d"),
		"map":     shapes.Map([]Area{{"N", "North", 0.6}, {"S", "South", math.NaN()}, {"N", "Second in the same shape", 0}}, 150, "d"),
	}
}

func TestSpecs(t *testing.T) {
	for name, s := range specs(t) {
		a, err := s.JSON()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, err := specs(t)[name].JSON()
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: the same chart gives other bytes", name)
		}
		var back map[string]any
		if err := json.Unmarshal(a, &back); err != nil || back["description"] != "d" || !strings.Contains(back["$schema"].(string), "vega-lite/v6") {
			t.Errorf("%s: %v %v", name, err, back["description"])
		}
		if bytes.Contains(a, []byte("NaN")) || bytes.ContainsAny(a, "<>") {
			t.Errorf("%s holds NaN or an unescaped bracket", name)
		}
	}
}

func TestMapClasses(t *testing.T) {
	data, err := specs(t)["map"].JSON()
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, want := range []string{`"fill":"var(--c4)"`, `"text":"60"`, `"fill":"var(--sunk)"`, `"stroke":"var(--map-mark)"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the map lacks %s", want)
		}
	}
	if strings.Contains(text, "Second") {
		t.Error("the second place of a shape is drawn")
	}
}

func TestTopCutsThinTails(t *testing.T) {
	q := quantiles(2, func(l, _ int) float64 { return []float64{1, 2, 3, 4, 5, 6, 600}[l] })
	if top, cut := Top(q); top != 20 || !cut {
		t.Errorf("the scale ends at %v, cut %v", top, cut)
	}
	q = quantiles(2, func(l, _ int) float64 { return float64(l) })
	if top, cut := Top(q); top != 6 || cut {
		t.Errorf("the scale ends at %v, cut %v", top, cut)
	}
}

func TestReadShapesRefuses(t *testing.T) {
	for _, text := range []string{"", "[]", `{"features":[{"id":"a","geometry":{"type":"Polygon","coordinates":"x"}}]}`} {
		if _, err := ReadShapes([]byte(text)); err == nil {
			t.Errorf("%q is read as a map", text)
		}
	}
}
