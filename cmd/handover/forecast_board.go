package main

import (
	"fmt"
	"math"
	"strings"

	"handover/evidence"
	forecaster "handover/forecast/count"
	"handover/forecast/score"
	"handover/forecast/trial"
)

// scoreboard is the trials of forecasters by window.
type scoreboard struct {
	ahead   [2]int
	draws   int
	names   []string
	origins []evidence.Month
	// taken is how many counts up to each origin came from the actuals.
	taken []int
	// trials are by window; a window that a forecaster left out has no cells.
	trials     map[string][]trial.Trial
	statements []forecaster.Statement
	verdicts   []statementVerdict
}

// statementVerdict is what became of a statement.
type statementVerdict struct {
	word        string
	held, known bool
}

// brier is the score of the probability with which it was made.
func (v statementVerdict) brier(p float64) string {
	if !v.known {
		return ""
	}
	return fmt.Sprintf("%.3f", score.Brier(p, v.held))
}

// add adds a trial; windows come in the order of their origins.
func (b *scoreboard) add(t trial.Trial) {
	if b.trials == nil {
		b.trials = map[string][]trial.Trial{}
	}
	if _, known := b.trials[t.By]; !known {
		b.names = append(b.names, t.By)
	}
	if n := len(b.origins); n == 0 || b.origins[n-1] < t.Origin {
		b.origins = append(b.origins, t.Origin)
	}
	b.trials[t.By] = append(b.trials[t.By], t)
}

// skip notes that a forecaster has no forecasts for the next window.
func (b *scoreboard) skip(name string) {
	if _, known := b.trials[name]; !known {
		b.names = append(b.names, name)
	}
	b.trials[name] = append(b.trials[name], trial.Trial{By: name})
}

// judge says what became of the statements.
func (b *scoreboard) judge(past *forecaster.Past) {
	for _, s := range b.statements {
		held, known := past.Held(s)
		word := "not known yet"
		switch {
		case held:
			word = "held"
		case known:
			word = "did not hold"
		}
		b.verdicts = append(b.verdicts, statementVerdict{word, held, known})
	}
}

// whole says whether a forecaster has all windows.
func (b *scoreboard) whole(name string) bool {
	for _, t := range b.trials[name] {
		if len(t.Cells) == 0 {
			return false
		}
	}
	return true
}

// jsonWindow is the scores in a window.
type jsonWindow struct {
	Origin string                   `json:"origin"`
	From   string                   `json:"from"`
	To     string                   `json:"to"`
	Taken  int                      `json:"history_taken_from_actuals"`
	Scores map[string]trial.Summary `json:"scores"`
}

type jsonStatement struct {
	Unit    string  `json:"unit"`
	Ended   string  `json:"ended"`
	P       float64 `json:"probability"`
	Verdict string  `json:"verdict"`
}

type jsonBoard struct {
	Draws      int             `json:"draws"`
	Windows    []jsonWindow    `json:"windows"`
	Statements []jsonStatement `json:"statements,omitempty"`
}

func (b *scoreboard) report() jsonBoard {
	out := jsonBoard{Draws: b.draws, Windows: []jsonWindow{}}
	for w, o := range b.origins {
		window := jsonWindow{Origin: o.String(), From: b.edge(w, 0).String(), To: b.edge(w, 1).String(), Taken: b.taken[w], Scores: map[string]trial.Summary{}}
		for _, name := range b.names {
			if t := b.trials[name][w]; len(t.Cells) > 0 {
				window.Scores[name] = t.Summary()
			}
		}
		out.Windows = append(out.Windows, window)
	}
	for i, s := range b.statements {
		out.Statements = append(out.Statements, jsonStatement{s.Unit, s.Ended.String(), s.P, b.verdicts[i].word})
	}
	return out
}

// edge is the first or last month of a window.
func (b *scoreboard) edge(window, end int) evidence.Month {
	return b.origins[window] + evidence.Month(b.ahead[end])
}

const boardFoot = `CRPS is in the unit of the counts; ignorance in bits, over the bins 0, 1-2, 3-5, 6-10, 11-25, 26-50, 51-100, 101-250,
251-500, 501-1000 and more; the interval score is that of the central 90%. All are means over units and months, and
losses: less is better. Nothing after an origin was used.
`

// String is the tables for readers.
func (b *scoreboard) String(width int) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, %s ahead, %s a forecast\n", count(b.units(), "unit", "units"), span(b.ahead[0], b.ahead[1]), count(b.draws, "draw", "draws"))
	for w, o := range b.origins {
		if b.taken[w] > 0 {
			fmt.Fprintf(&out, "Up to %s, %s of the history gave way to the actuals\n", o, count(b.taken[w], "count", "counts"))
		}
	}
	for _, m := range trial.Measures {
		g := grid{corner: m.Name}
		for w := range b.origins {
			g.heads = append(g.heads, fmt.Sprintf("%s\nto %s", b.edge(w, 0), b.edge(w, 1)))
		}
		if len(b.origins) > 1 {
			g.heads = append(g.heads, "Mean")
		}
		for _, name := range b.names {
			row, means := gridRow{label: name}, []float64{}
			for _, t := range b.trials[name] {
				if len(t.Cells) == 0 {
					row.cells = append(row.cells, "")
					continue
				}
				x := m.Mean(t.Summary())
				means = append(means, x)
				row.cells = append(row.cells, loss(x))
			}
			if len(b.origins) > 1 {
				cell := ""
				if b.whole(name) {
					cell = loss(score.Mean(means))
				}
				row.cells = append(row.cells, cell)
			}
			g.rows = append(g.rows, row)
		}
		out.WriteString("\n" + g.lay(width))
	}
	b.describeCalibration(&out, width)
	b.describeComparison(&out, width)
	b.describeStatements(&out, width)
	out.WriteString("\n" + boardFoot)
	return out.String()
}

// units is how many units are scored.
func (b *scoreboard) units() int {
	units := map[string]bool{}
	for _, t := range b.trials[b.names[0]] {
		for _, c := range t.Cells {
			units[c.Unit] = true
		}
	}
	return len(units)
}

// loss writes a score with four significant digits or so.
func loss(x float64) string {
	switch {
	case math.Abs(x) < 1:
		return fmt.Sprintf("%.3f", x)
	case math.Abs(x) < 100:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

func span(from, to int) string {
	if from == to {
		return count(from, "month", "months")
	}
	return fmt.Sprintf("%d to %d months", from, to)
}

// describeCalibration says how often counts lay within the central 90%.
func (b *scoreboard) describeCalibration(out *strings.Builder, width int) {
	g := grid{corner: "Within the central 90%"}
	for w := range b.origins {
		g.heads = append(g.heads, fmt.Sprintf("%s\nto %s", b.edge(w, 0), b.edge(w, 1)))
	}
	for _, name := range b.names {
		row := gridRow{label: name}
		for _, t := range b.trials[name] {
			cell := ""
			if len(t.Cells) > 0 {
				cell = fmt.Sprintf("%.1f%%", 100*t.Summary().Inside)
			}
			row.cells = append(row.cells, cell)
		}
		g.rows = append(g.rows, row)
	}
	out.WriteString("\n" + g.lay(width))
}

// describeComparison compares the first forecaster with the others that have all
// windows.
func (b *scoreboard) describeComparison(out *strings.Builder, width int) {
	g := grid{corner: b.names[0] + " less"}
	for _, m := range trial.Measures {
		g.heads = append(g.heads, m.Name)
	}
	for _, name := range b.names[1:] {
		if !b.whole(name) {
			continue
		}
		row := gridRow{label: name}
		for _, m := range trial.Measures {
			d, err := trial.Compare(b.trials[b.names[0]], b.trials[name], m)
			if err != nil {
				row.cells = append(row.cells, "")
				continue
			}
			cell := loss(d.Mean)
			if b.units() > 1 {
				cell += fmt.Sprintf(" [%s, %s]", loss(d.Low), loss(d.High))
			}
			row.cells = append(row.cells, cell)
		}
		g.rows = append(g.rows, row)
	}
	if len(g.rows) > 0 {
		fmt.Fprintf(out, "\n%sMean difference over all windows, below 0 where %s is better", g.lay(width), b.names[0])
		if b.units() > 1 {
			out.WriteString(", with the 90% interval of a bootstrap over units")
		}
		out.WriteString(".\n")
	}
}

// describeStatements says what each statement was worth to its unit.
func (b *scoreboard) describeStatements(out *strings.Builder, width int) {
	if len(b.statements) == 0 {
		return
	}
	g := grid{corner: "Statement", heads: []string{"Probability", "It", "Brier", "CRPS of the unit\nwithout", "\nwith it"}}
	for i, s := range b.statements {
		without, with := b.unit(string(forecaster.Pool), s.Unit), b.unit(stated, s.Unit)
		g.rows = append(g.rows, gridRow{fmt.Sprintf("%s ended in %s", s.Unit, s.Ended), []string{fmt.Sprint(s.P), b.verdicts[i].word, b.verdicts[i].brier(s.P), without, with}})
	}
	out.WriteString("\n" + g.lay(width) + "A statement holds when the year after it has at most a third of what the year before had.\n")
	for _, s := range b.statements {
		for _, o := range b.origins {
			if s.Ended > o && s.Ended < o+evidence.Month(b.ahead[0]) {
				fmt.Fprintf(out, "That of %s is newer than the counts of the origin %s: it says what an analyst knew who could not see them.\n", s.Ended, o)
			}
		}
	}
}

// unit is a forecaster's mean CRPS of one unit over all windows.
func (b *scoreboard) unit(name, unit string) string {
	var losses []float64
	for _, t := range b.trials[name] {
		for _, c := range t.Cells {
			if c.Unit == unit {
				losses = append(losses, c.CRPS)
			}
		}
	}
	if len(losses) == 0 {
		return ""
	}
	return loss(score.Mean(losses))
}
