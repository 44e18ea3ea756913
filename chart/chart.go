// Package chart makes the Vega-Lite specifications of all charts, and puts
// probabilities into words. One definition serves reports and pages alike.
//
// Colours are written as CSS custom properties, "var(--ink)", and are looked up
// by the script that draws, so that light, dark and print need no other chart.
package chart

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// Spec is a Vega-Lite 6 specification.
type Spec map[string]any

// object is a part of a specification.
type object = map[string]any

// JSON writes the specification with sorted keys: the same chart gives the same
// bytes.
func (s Spec) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(true)
	if err := e.Encode(s); err != nil {
		return nil, fmt.Errorf("a chart cannot be written: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

const fontFamily = `"IBM Plex Sans",system-ui,sans-serif`

func colour(property string) string { return "var(" + property + ")" }

// base holds what all charts share.
func base(description string, height int, padding object) Spec {
	return Spec{
		"$schema":     "https://vega.github.io/schema/vega-lite/v6.json",
		"description": description,
		"width":       "container",
		"height":      height,
		"autosize":    object{"type": "fit-x", "contains": "padding"},
		"padding":     padding,
		"config": object{
			"background": nil, "font": fontFamily, "view": object{"stroke": nil},
			"axis": object{"labelFontSize": 12, "titleFontSize": 12, "labelColor": colour("--ink-3"), "titleColor": colour("--ink-2"),
				"titleFontWeight": 400, "gridColor": colour("--line"), "domain": false, "ticks": false, "labelPadding": 6},
			"axisX": object{"grid": false, "domain": true, "domainColor": colour("--line-2"), "ticks": true, "tickColor": colour("--line-2"),
				"tickSize": 4, "labelPadding": 4},
			"text": object{"fontSize": 12, "fill": colour("--ink-2")},
		},
	}
}

// Axis describes the axis of months.
type Axis struct {
	// First and Last are the labels at both ends, such as "Nov 2025"; between
	// them months are counted as +12.
	First, Last string
	// Format is a d3 number format for the other axis.
	Format string
}

func (a Axis) months(last float64) object {
	// Few ticks, so that a panel of 300 pixels holds their labels.
	step := 12 * math.Ceil(last/36)
	if last <= 12 {
		step = 6
	}
	values := []float64{}
	for m := 0.0; last-m > step/2; m += step {
		values = append(values, m)
	}
	values = append(values, last)
	expression := fmt.Sprintf("datum.value == 0 ? %q : datum.value == %v ? %q : '+' + datum.value", a.First, last, a.Last)
	return object{"field": "month", "type": "quantitative", "scale": object{"domain": []float64{0, last}, "nice": false},
		"axis": object{"values": values, "title": nil, "labelExpr": expression, "labelFlush": true, "labelFlushOffset": 0}}
}

// value is a number for JSON: nil, which leaves a gap, when it is not finite.
func value(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}

// nice rounds a maximum up to a number that reads well on an axis.
func nice(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if x <= m*unit*(1+1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}
