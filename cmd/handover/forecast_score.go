package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"handover/evidence"
	forecaster "handover/forecast/count"
	"handover/forecast/panel"
	"handover/forecast/trial"
)

// forecastScoreVerb puts the forecasters of counts to the test.
type forecastScoreVerb struct {
	History   []string `required:"" sep:"none" help:"Counts by unit and month up to the origins, CSV or Parquet; a later file replaces what an earlier one says." placeholder:"FILE" predictor:"file"`
	Actuals   []string `required:"" sep:"none" help:"Counts that came to pass, CSV or Parquet. Their units are forecast and scored." placeholder:"FILE" predictor:"file"`
	Origin    []string `required:"" help:"The last month that a forecast may use." placeholder:"YYYY-MM"`
	Ahead     string   `help:"Which months after the origin to forecast (default ${default}: from October the next year, the rules of the ViEWS challenge)." default:"3-14" placeholder:"FROM-TO"`
	By        []string `help:"Which forecasters: pool, conflictology, mean, last, zero (default: all)." placeholder:"NAME"`
	Only      []string `help:"Score these units alone; the pool still learns from all." placeholder:"UNIT"`
	Ended     []string `help:"An analyst's statement that major combat ended, with its probability, such as 60:2017-12:0.8; adds the forecaster stated." placeholder:"UNIT:YYYY-MM:P"`
	Forecasts []string `sep:"none" help:"Score also the draws in this file, by whoever made them, on the windows that it covers." placeholder:"FILE" predictor:"file"`
	Draws     int      `help:"Draws of each forecast (default ${default})." default:"1000" placeholder:"N"`
	AsKnown   bool     `help:"Keep the history where the actuals have another figure for a month up to the origin; else the actuals replace it."`
	Unit      string   `help:"The column of the units, where it has no usual name." placeholder:"COLUMN"`
	Value     string   `help:"The column of the counts, where it has no usual name." placeholder:"COLUMN"`
	Out       string   `short:"o" help:"Write the draws of the first forecaster as Parquet, in the form of the ViEWS challenge." placeholder:"FILE" predictor:"file"`
	JSON      bool     `name:"json" help:"Print the scores as JSON, and nothing else."`
}

// stated is the name of the pool that heeds the analyst's statements.
const stated = "stated"

// mostDraws bounds memory.
const mostDraws = 100_000

// scoring is a checked command line.
type scoring struct {
	origins     []evidence.Month
	first, last int
	by          []string
	statements  []forecaster.Statement
}

// check reads the command line; the error names all that is wrong.
func (v *forecastScoreVerb) check() (s scoring, err error) {
	var wrong []string
	var errs []error
	fail := func(format string, arguments ...any) { wrong = append(wrong, fmt.Sprintf(format, arguments...)) }
	for _, text := range v.Origin {
		m, ok := evidence.ParseMonth(text)
		if !ok {
			fail("--origin %q is no month; expected such as 2017-10", text)
		}
		if ok && slices.Contains(s.origins, m) {
			fail("--origin %s is given twice", m)
		}
		s.origins = append(s.origins, m)
	}
	slices.Sort(s.origins)
	if s.first, s.last, err = spanAhead(v.Ahead); err != nil {
		fail("%s", err)
	}
	if v.By == nil {
		for _, f := range forecaster.Forecasters {
			s.by = append(s.by, string(f))
		}
	}
	for _, name := range v.By {
		if _, err := forecaster.ParseForecaster(name); err != nil {
			fail("--by: %s", err)
		}
		if slices.Contains(s.by, name) {
			fail("--by %s is given twice", name)
		}
		s.by = append(s.by, name)
	}
	s.statements, errs = statements(v.Ended)
	for _, err := range errs {
		fail("%s", err)
	}
	if len(s.statements) > 0 {
		s.by = append([]string{stated}, s.by...)
	}
	if v.Draws < 1 || v.Draws > mostDraws {
		fail("--draws is %d; expected 1 to %s", v.Draws, grouped(mostDraws))
	}
	for i, o := range s.origins[1:] {
		if v.Out != "" && int(o-s.origins[i]) <= s.last-s.first {
			fail("the windows of the origins %s and %s overlap, and a file of draws holds a month once: write them one by one", s.origins[i], o)
		}
	}
	if len(wrong) > 0 {
		return s, usage("", "%s", strings.Join(wrong, "\n  "))
	}
	return s, nil
}

// Run scores.
func (v *forecastScoreVerb) Run(to streams) error {
	s, err := v.check()
	if err != nil {
		return err
	}
	history, unitColumn, err := readCounts(v.History, panel.Columns{Unit: v.Unit, Value: v.Value}, true, to.err)
	if err != nil {
		return err
	}
	actuals, _, err := readCounts(v.Actuals, panel.Columns{Unit: v.Unit, Value: v.Value}, false, to.err)
	if err != nil {
		return err
	}
	if err := v.fit(history, actuals, s); err != nil {
		return err
	}
	board := scoreboard{ahead: [2]int{s.first, s.last}, draws: v.Draws, statements: s.statements}
	var written []panel.Drawn
	for _, origin := range s.origins {
		known, taken := history.Fill(actuals, origin, !v.AsKnown)
		board.taken = append(board.taken, taken)
		past := forecaster.NewPast(known.Until(origin))
		var units []string
		for u, name := range actuals.Units {
			if v.scored(actuals, u, origin, s) {
				units = append(units, name)
			}
		}
		for i, name := range s.by {
			request := forecaster.Request{Origin: origin, First: s.first, Last: s.last, Units: units}
			by := forecaster.Forecaster(name)
			if name == stated {
				by, request.Statements = forecaster.Pool, s.statements
			}
			r, err := past.Forecast(by, request)
			if err != nil {
				return usage("", "origin %s: %w", origin, err)
			}
			drawn := draw(r, v.Draws)
			t, err := trial.Score(name, origin, drawn, actuals)
			if err != nil {
				return err
			}
			board.add(t)
			if i == 0 && v.Out != "" {
				written = append(written, drawn...)
			}
		}
	}
	if err := v.others(&board, actuals, s); err != nil {
		return err
	}
	all, _ := history.Fill(actuals, actuals.To(), true)
	board.judge(forecaster.NewPast(all))
	if v.Out != "" {
		if unitColumn == "" {
			unitColumn = "unit"
		}
		if err := writeWhole(v.Out, func(f *os.File) error { return panel.WriteDraws(f, unitColumn, written) }); err != nil {
			return fmt.Errorf("cannot write %s: %w", shown(v.Out), cause(err))
		}
	}
	if v.JSON {
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(board.report())
	}
	_, err = io.WriteString(to.out, board.String(width(to.out)))
	return err
}

// scored says whether a unit has a count in every month of a window and is asked
// for.
func (v *forecastScoreVerb) scored(actuals *panel.Panel, unit int, origin evidence.Month, s scoring) bool {
	if len(v.Only) > 0 && !slices.Contains(v.Only, actuals.Units[unit]) {
		return false
	}
	for ahead := s.first; ahead <= s.last; ahead++ {
		if math.IsNaN(actuals.At(unit, origin+evidence.Month(ahead))) {
			return false
		}
	}
	return true
}

// fit says all in which the files do not fit each other and the command line.
func (v *forecastScoreVerb) fit(history, actuals *panel.Panel, s scoring) error {
	var wrong []string
	fail := func(format string, arguments ...any) { wrong = append(wrong, fmt.Sprintf(format, arguments...)) }
	var strangers []string
	for _, u := range actuals.Units {
		if history.Unit(u) < 0 {
			strangers = append(strangers, u)
		}
	}
	if len(strangers) > 0 {
		fail("%s of the actuals not in the history: %s", count(len(strangers), "unit", "units"), abridged(strangers))
	}
	for _, name := range v.Only {
		if actuals.Unit(name) < 0 {
			fail("--only %s: the actuals have no such unit; they have %s", name, abridged(actuals.Units))
		}
	}
	for _, st := range s.statements {
		if history.Unit(st.Unit) < 0 {
			fail("--ended %s: the history has no such unit; it has %s", st.Unit, abridged(history.Units))
		}
	}
	for _, o := range s.origins {
		last, any := history.Until(o).Last()
		if filled, ok := actuals.Until(o).Last(); ok && filled > last {
			last = filled
		}
		switch {
		case !any:
			fail("--origin %s: the history begins in %s", o, history.From)
		case last < o:
			fail("--origin %s: the counts before it end in %s, and a forecast must know the month of its origin: add a file to --history", o, last)
		}
		covered := false
		for u := range actuals.Units {
			covered = covered || v.scored(actuals, u, o, s)
		}
		if !covered {
			fail("--origin %s: no unit has actuals in all months from %s to %s; the actuals are of %s to %s", o, o+evidence.Month(s.first), o+evidence.Month(s.last), actuals.From, actuals.To())
		}
	}
	if len(wrong) > 0 {
		return usage("", "%s", strings.Join(wrong, "\n  "))
	}
	return nil
}

// others scores the draws of others on the windows that they cover as a whole.
func (v *forecastScoreVerb) others(board *scoreboard, actuals *panel.Panel, s scoring) error {
	for _, file := range v.Forecasts {
		drawn, err := panel.ReadDraws(file, panel.Columns{Unit: v.Unit})
		if err != nil {
			return err
		}
		type place struct {
			unit  string
			month evidence.Month
		}
		at := map[place]panel.Drawn{}
		for _, d := range drawn {
			at[place{d.Unit, d.Month}] = d
		}
		name, covered := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), false
		for w, origin := range board.origins {
			cells := board.trials[s.by[0]][w].Cells
			var own []panel.Drawn
			for _, c := range cells {
				if d, is := at[place{c.Unit, c.Month}]; is {
					own = append(own, d)
				}
			}
			if len(own) < len(cells) {
				board.skip(name)
				continue
			}
			t, err := trial.Score(name, origin, own, actuals)
			if err != nil {
				return err
			}
			board.add(t)
			covered = true
		}
		if !covered {
			months := map[evidence.Month]bool{}
			for _, d := range drawn {
				months[d.Month] = true
			}
			known := slices.Sorted(maps.Keys(months))
			return usage("", "%s holds no whole window: its forecasts are of %s to %s, and it must have every unit and month that is scored", shown(file), known[0], known[len(known)-1])
		}
	}
	return nil
}
