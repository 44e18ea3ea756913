// Package trial puts forecasters of counts to the test. Its noun is the Trial: the
// scores of one forecaster in one window, cell by cell, where the window lies after
// an origin and nothing after the origin was used.
package trial

import (
	"fmt"

	"handover/evidence"
	"handover/forecast/panel"
	"handover/forecast/score"
)

// Cell is how a forecast of one unit in one month scored. Scores are losses.
type Cell struct {
	Unit  string
	Month evidence.Month
	// Actual is the count that came to pass.
	Actual float64
	// CRPS is in the unit of the counts, Ignorance in bits over the bins of ViEWS,
	// Interval the interval score of the central 90%.
	CRPS, Ignorance, Interval float64
	// Inside says that the count lay within the central 90%.
	Inside bool
	// Below and Upto are the shares of draws below the count and at most it.
	Below, Upto float64
}

// Trial is the scores of a forecaster in a window.
type Trial struct {
	By     string
	Origin evidence.Month
	Cells  []Cell
}

// Score scores drawn forecasts against the counts that came to pass. It fails for
// a cell of which no count is known, and without any cell.
func Score(by string, origin evidence.Month, drawn []panel.Drawn, actuals *panel.Panel) (Trial, error) {
	t := Trial{By: by, Origin: origin}
	for _, d := range drawn {
		y := actuals.At(actuals.Unit(d.Unit), d.Month)
		if !(y >= 0) {
			return Trial{}, fmt.Errorf("%s: the actuals hold no count of %s in %s", by, d.Unit, d.Month)
		}
		c := Cell{Unit: d.Unit, Month: d.Month, Actual: y, CRPS: d.CRPS(y), Ignorance: d.Ignorance(score.ViEWSBins, y), Interval: d.IntervalScore(0.9, y)}
		low, high := d.Interval(0.9)
		c.Inside = low <= y && y <= high
		c.Below, c.Upto = d.PIT(y)
		t.Cells = append(t.Cells, c)
	}
	if len(t.Cells) == 0 {
		return Trial{}, fmt.Errorf("%s: there is nothing to score", by)
	}
	return t, nil
}

// Summary is the mean scores of a trial.
type Summary struct {
	CRPS      float64 `json:"crps"`
	Ignorance float64 `json:"ignorance"`
	Interval  float64 `json:"interval_score"`
	// Inside is the share of counts within the central 90%.
	Inside float64 `json:"inside_90"`
	// Uneven is how far the PIT histogram is from that of calibrated forecasts.
	Uneven float64 `json:"pit_uneven"`
	Cells  int     `json:"cells"`
}

// pitBins is how many bins the PIT histogram has.
const pitBins = 20

// Summary sums up a trial.
func (t Trial) Summary() Summary {
	pit := score.NewHistogram(pitBins)
	s := Summary{Cells: len(t.Cells)}
	for _, c := range t.Cells {
		if c.Inside {
			s.Inside += 1 / float64(len(t.Cells))
		}
		pit.Add(c.Below, c.Upto)
	}
	s.CRPS = score.Mean(t.column(func(c Cell) float64 { return c.CRPS }))
	s.Ignorance = score.Mean(t.column(func(c Cell) float64 { return c.Ignorance }))
	s.Interval = score.Mean(t.column(func(c Cell) float64 { return c.Interval }))
	s.Uneven = pit.Uneven()
	return s
}

func (t Trial) column(of func(Cell) float64) []float64 {
	out := make([]float64, len(t.Cells))
	for i, c := range t.Cells {
		out[i] = of(c)
	}
	return out
}

// Measure is one of the three scores.
type Measure struct {
	Name string
	Of   func(Cell) float64
	Mean func(Summary) float64
}

// Measures are the scores of the ViEWS challenge.
var Measures = []Measure{
	{"CRPS", func(c Cell) float64 { return c.CRPS }, func(s Summary) float64 { return s.CRPS }},
	{"Ignorance", func(c Cell) float64 { return c.Ignorance }, func(s Summary) float64 { return s.Ignorance }},
	{"Interval score", func(c Cell) float64 { return c.Interval }, func(s Summary) float64 { return s.Interval }},
}

// resamples is how many bootstrap samples a comparison takes, and seed theirs.
const (
	resamples = 2000
	seed      = 1
)

// Compare compares two forecasters over all windows on a measure: the mean
// difference, with an interval under resampling of units, whose windows stand or
// fall together. Both must have scored the same cells in the same order.
func Compare(own, other []Trial, m Measure) (score.Difference, error) {
	var losses, others []float64
	var units []string
	for i, t := range own {
		if i >= len(other) || len(other[i].Cells) != len(t.Cells) {
			return score.Difference{}, fmt.Errorf("%s and another scored different cells", t.By)
		}
		for k, c := range t.Cells {
			o := other[i].Cells[k]
			if o.Unit != c.Unit || o.Month != c.Month {
				return score.Difference{}, fmt.Errorf("%s and %s scored different cells", t.By, other[i].By)
			}
			losses, others, units = append(losses, m.Of(c)), append(others, m.Of(o)), append(units, c.Unit)
		}
	}
	return score.Compare(losses, others, units, resamples, seed)
}
