package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"handover/diagnostic"
	ending "handover/forecast/relapse"
	"handover/forecast/score"
)

// forecastRelapseVerb forecasts whether ended wars come back, and scores it.
type forecastRelapseVerb struct {
	File  string `arg:"" help:"UCDP's dyadic data set: CSV with the columns dyad_id, year and type_of_conflict." predictor:"file"`
	From  int    `help:"The first year in which the scored episodes ended (default ${default})." default:"2000" placeholder:"YEAR"`
	To    int    `help:"The last one (default ${default})." default:"2019" placeholder:"YEAR"`
	Chart string `help:"Write the calibration chart of the best forecaster as SVG." placeholder:"FILE" predictor:"file"`
	JSON  bool   `name:"json" help:"Print scores and the chances of endings whose outcome is open as JSON, and nothing else."`
}

type relapseScore struct {
	Forecaster ending.Forecaster `json:"forecaster"`
	Brier      float64           `json:"brier"`
	Log        float64           `json:"log"`
	// Low and High are the 90% interval of the Brier score less the constant's.
	Difference float64 `json:"brier_less_constant"`
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
}

type relapseOpen struct {
	Dyad   string  `json:"dyad_id"`
	Quiet  int     `json:"first_quiet_year"`
	Chance float64 `json:"chance"`
	N      int     `json:"similar"`
	Back   int     `json:"of_them_came_back"`
}

type relapseReport struct {
	Endings     int            `json:"endings"`
	Back        int            `json:"came_back"`
	Scores      []relapseScore `json:"scores"`
	Calibration []score.Group  `json:"calibration"`
	Open        []relapseOpen  `json:"open"`
}

// resampling of dyads, whose endings stand or fall together.
const (
	relapseResamples = 2000
	relapseSeed      = 1
)

// Run scores.
func (v *forecastRelapseVerb) Run(to streams) error {
	if v.From > v.To {
		return usage("", "--from %d is after --to %d", v.From, v.To)
	}
	all, err := ending.Read(v.File)
	if list := (diagnostic.List)(nil); errors.As(err, &list) {
		fmt.Fprintln(to.err, list.Error())
		return &failure{code: exitMistakes, err: fmt.Errorf("%s; nothing was scored", tally(list))}
	}
	if err != nil {
		return err
	}
	report, err := scoreRelapses(all, v.From, v.To)
	if err != nil {
		return err
	}
	if v.Chart != "" {
		title := fmt.Sprintf("Wars that came back, endings %d to %d", v.From, v.To)
		err := writeWhole(v.Chart, func(f *os.File) error {
			_, err := io.WriteString(f, reliabilityDrawing(title, report.Calibration))
			return err
		})
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", shown(v.Chart), cause(err))
		}
	}
	if v.JSON {
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	_, err = io.WriteString(to.out, report.describe(width(to.out)))
	return err
}

// scoreRelapses walks forward through the endings.
func scoreRelapses(all []ending.Ending, from, to int) (relapseReport, error) {
	var r relapseReport
	losses := map[ending.Forecaster][]float64{}
	for _, by := range ending.Forecasters {
		s := relapseScore{Forecaster: by}
		var judged []score.Judged
		var logs []float64
		for _, f := range ending.Walk(by, all, from, to) {
			judged = append(judged, score.Judged{P: f.Chance, Happened: f.Back})
			losses[by] = append(losses[by], score.Brier(f.Chance, f.Back))
			given := f.Chance
			if !f.Back {
				given = 1 - f.Chance
			}
			logs = append(logs, score.Log(given))
		}
		if len(judged) == 0 {
			return r, usage("", "no episode that ended from %d to %d has a known outcome; the file knows those of %d to %d", from, to, all[0].Last, lastKnown(all))
		}
		s.Brier, s.Log = score.Mean(losses[by]), score.Mean(logs)
		r.Scores = append(r.Scores, s)
		if by == ending.Forecasters[0] {
			r.Endings, r.Calibration = len(judged), score.Reliability(judged, 5)
			for _, j := range judged {
				if j.Happened {
					r.Back++
				}
			}
		}
	}
	var dyads []string
	for _, f := range ending.Walk(ending.Constant, all, from, to) {
		dyads = append(dyads, f.Dyad)
	}
	for i := range r.Scores {
		d, err := score.Compare(losses[r.Scores[i].Forecaster], losses[ending.Constant], dyads, relapseResamples, relapseSeed)
		if err != nil {
			return r, err
		}
		r.Scores[i].Difference, r.Scores[i].Low, r.Scores[i].High = d.Mean, d.Low, d.High
	}
	now := ending.Learn(ending.Logit, all, math.MaxInt)
	r.Open = []relapseOpen{}
	for _, e := range all {
		if !e.Known {
			n, back := now.Cell(e)
			r.Open = append(r.Open, relapseOpen{e.Dyad, e.Quiet(), now.Chance(e), n, back})
		}
	}
	return r, nil
}

func lastKnown(all []ending.Ending) int {
	last := 0
	for _, e := range all {
		if e.Known {
			last = max(last, e.Last)
		}
	}
	return last
}

// describe is the report for readers.
func (r relapseReport) describe(width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, of which %s within three years after the first quiet one (%.1f%%).\nEach was forecast at the end of its first quiet year from those settled by then.\n\n", count(r.Endings, "episode ended", "episodes ended"), count(r.Back, "came back", "came back"), 100*float64(r.Back)/float64(r.Endings))
	g := grid{corner: "Forecaster", heads: []string{"Brier", "Log", "Brier less the constant's"}}
	for _, s := range r.Scores {
		cell := ""
		if s.Forecaster != ending.Constant {
			cell = fmt.Sprintf("%+.4f [%+.4f, %+.4f]", s.Difference, s.Low, s.High)
		}
		g.rows = append(g.rows, gridRow{string(s.Forecaster), []string{fmt.Sprintf("%.4f", s.Brier), fmt.Sprintf("%.3f", s.Log), cell}})
	}
	calibration := reliabilityGrid("Calibration, by fifths", r.Calibration)
	fmt.Fprintf(&b, "%sLess is better; in brackets the 90%% interval of a bootstrap over dyads.\n\n%s", g.lay(width), calibration.lay(width))
	if len(r.Open) > 0 {
		open := grid{corner: "Ended, outcome open (UCDP dyad)", heads: []string{"First quiet year", "Chance to come back", "Similar ones that did"}}
		for _, o := range r.Open {
			open.rows = append(open.rows, gridRow{o.Dyad, []string{fmt.Sprint(o.Quiet), fmt.Sprintf("%.2f", o.Chance), fmt.Sprintf("%d of %d", o.Back, o.N)}})
		}
		b.WriteString("\n" + open.lay(width))
	}
	return b.String()
}
