package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"handover/evidence"
	forecaster "handover/forecast/count"
	"handover/forecast/panel"
)

// forecastCountsVerb forecasts counts that nobody knows yet.
type forecastCountsVerb struct {
	History []string `required:"" sep:"none" help:"Counts by unit and month, CSV or Parquet; a later file replaces what an earlier one says." placeholder:"FILE" predictor:"file"`
	Origin  string   `help:"The last month that is used; the last known one when left out." placeholder:"YYYY-MM"`
	Ahead   string   `help:"Which months after the origin (default ${default})." default:"1-12" placeholder:"FROM-TO"`
	By      string   `help:"The forecaster: pool, conflictology, mean, last or zero (default ${default})." default:"pool" placeholder:"NAME"`
	Only    []string `help:"Forecast these units alone; the pool still learns from all." placeholder:"UNIT"`
	Ended   []string `help:"An analyst's statement that major combat ended, with its probability, such as 60:2017-12:0.8." placeholder:"UNIT:YYYY-MM:P"`
	Draws   int      `help:"Draws of each forecast in the file (default ${default})." default:"1000" placeholder:"N"`
	Unit    string   `help:"The column of the units, where it has no usual name." placeholder:"COLUMN"`
	Value   string   `help:"The column of the counts, where it has no usual name." placeholder:"COLUMN"`
	Out     string   `short:"o" help:"Write draws as Parquet, in the form of the ViEWS challenge." placeholder:"FILE" predictor:"file"`
	JSON    bool     `name:"json" help:"Print quantiles of all units and months as JSON, and nothing else."`
}

// countLevels are the quantiles that are printed.
var countLevels = []float64{0.05, 0.25, 0.5, 0.75, 0.95}

// jsonCount is the forecast of a unit in a month.
type jsonCount struct {
	Unit      string     `json:"unit"`
	Month     string     `json:"month"`
	Quantiles [5]float64 `json:"quantiles_05_25_50_75_95"`
	AnyAtAll  float64    `json:"probability_above_0"`
}

// Run forecasts.
func (v *forecastCountsVerb) Run(to streams) error {
	var wrong []string
	fail := func(err error) {
		if err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	request := forecaster.Request{Units: v.Only}
	var err error
	request.First, request.Last, err = spanAhead(v.Ahead)
	fail(err)
	by, err := forecaster.ParseForecaster(v.By)
	fail(err)
	said, errs := statements(v.Ended)
	for _, err := range errs {
		fail(err)
	}
	request.Statements = said
	if len(said) > 0 && by != forecaster.Pool && err == nil {
		wrong = append(wrong, fmt.Sprintf("--ended is heeded by the pool alone, and --by is %s", by))
	}
	if v.Draws < 1 || v.Draws > mostDraws {
		wrong = append(wrong, fmt.Sprintf("--draws is %d; expected 1 to %s", v.Draws, grouped(mostDraws)))
	}
	if v.Origin != "" {
		var ok bool
		if request.Origin, ok = evidence.ParseMonth(v.Origin); !ok {
			wrong = append(wrong, fmt.Sprintf("--origin %q is no month; expected such as 2017-10", v.Origin))
		}
	}
	if len(wrong) > 0 {
		return usage("", "%s", strings.Join(wrong, "\n  "))
	}
	history, column, err := readCounts(v.History, panel.Columns{Unit: v.Unit, Value: v.Value}, true, to.err)
	if err != nil {
		return err
	}
	if v.Origin == "" {
		request.Origin, _ = history.Last()
	}
	r, err := forecaster.NewPast(history.Until(request.Origin)).Forecast(by, request)
	if err != nil {
		return usage("", "%w", err)
	}
	if v.Out != "" {
		err := writeWhole(v.Out, func(f *os.File) error { return panel.WriteDraws(f, cmp.Or(column, "unit"), draw(r, v.Draws)) })
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", shown(v.Out), cause(err))
		}
	}
	if v.JSON {
		out := []jsonCount{}
		for u, name := range r.Units {
			for ahead := r.First; ahead <= r.Last; ahead++ {
				d := r.At(u, ahead)
				c := jsonCount{Unit: name, Month: (r.Origin + evidence.Month(ahead)).String(), AnyAtAll: 1 - d.CDF(0)}
				for k, p := range countLevels {
					c.Quantiles[k] = d.Quantile(p)
				}
				out = append(out, c)
			}
		}
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(out)
	}
	_, err = io.WriteString(to.out, describeCounts(r, width(to.out)))
	return err
}

// shownMonths are the months ahead that a table shows: all of up to six, else
// some.
func shownMonths(first, last int) []int {
	var out []int
	for h := first; h <= last; h++ {
		if last-first < 6 || slices.Contains([]int{1, 3, 6, 12, 18, 24, 36}, h) || h == first || h == last {
			out = append(out, h)
		}
	}
	return out
}

// describeCounts is a table of medians and central 90% for units that may have
// anything, the largest first.
func describeCounts(r *forecaster.Result, width int) string {
	months := shownMonths(r.First, r.Last)
	type unit struct {
		row  gridRow
		size float64
	}
	var list []unit
	for u, name := range r.Units {
		x := unit{row: gridRow{label: name}}
		for _, h := range months {
			d := r.At(u, h)
			low, middle, high := d.Quantile(0.05), d.Quantile(0.5), d.Quantile(0.95)
			x.size = max(x.size, high)
			x.row.cells = append(x.row.cells, fmt.Sprintf("%.0f\n%.0f to %.0f", middle, low, high))
		}
		if x.size > 0 {
			list = append(list, x)
		}
	}
	slices.SortStableFunc(list, func(a, b unit) int { return cmp.Compare(b.size, a.size) })
	g := grid{corner: "Unit"}
	for _, h := range months {
		g.heads = append(g.heads, (r.Origin + evidence.Month(h)).String())
	}
	for _, x := range list {
		g.rows = append(g.rows, x.row)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s by the forecaster %s, %s after %s: the median, and the central 90%%\n\n", count(len(r.Units), "unit", "units"), r.By, span(r.First, r.Last), r.Origin)
	if len(list) > 0 {
		b.WriteString(g.lay(width))
	}
	if rest := len(r.Units) - len(list); rest > 0 {
		fmt.Fprintf(&b, "%s not listed: nothing is expected there with 95%% in each of these months.\n", count(rest, "unit is", "units are"))
	}
	return b.String()
}
