package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/explore/robustness"
)

// robustnessVerb compares how strategies hold up.
type robustnessVerb struct {
	Folder    string   `arg:"" name:"run" help:"The run folder." predictor:"folder"`
	Case      string   `help:"The case the run was made from, when it is not built in." placeholder:"CASE" predictor:"case"`
	Outcome   string   `help:"The outcome to compare by; the case's headline when left out." placeholder:"ID"`
	Threshold *float64 `help:"What the outcome must reach to satisfy; that of its event when left out." placeholder:"X"`
	Optimism  float64  `help:"The weight of the best future in Hurwicz's criterion (default ${default})." default:"0.5" placeholder:"W"`
	Seed      uint64   `help:"Where the random numbers of intervals start (default ${default})." default:"1" placeholder:"S"`
	Output    string   `short:"o" help:"Write all figures to this CSV file, too." placeholder:"FILE"`
	JSON      bool     `name:"json" help:"Print all figures as JSON, and nothing else."`
}

// compared is what is printed.
type compared struct {
	Case        string             `json:"case"`
	Outcome     string             `json:"outcome"`
	Explains    string             `json:"measure"`
	Better      string             `json:"better"`
	Horizon     int                `json:"horizon_months"`
	Futures     int                `json:"futures"`
	Reference   string             `json:"reference"`
	Strategies  []string           `json:"strategies"`
	Metrics     []comparedMetric   `json:"metrics"`
	Differences []comparedStrategy `json:"differences"`
	Disagree    []disagreement     `json:"disagreements,omitempty"`
}

type comparedMetric struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Meaning string          `json:"meaning"`
	Better  string          `json:"better"`
	Scores  []comparedScore `json:"scores"`
}

type comparedScore struct {
	Strategy string  `json:"strategy"`
	Value    float64 `json:"value"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Rank     int     `json:"rank"`
	// First is the share of bootstrap samples in which no strategy is better.
	First float64 `json:"share_first"`
}

type comparedStrategy struct {
	Strategy string  `json:"strategy"`
	Mean     float64 `json:"mean_difference"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Better   float64 `json:"share_better"`
	Worse    float64 `json:"share_worse"`
}

// disagreement is two metrics that rank the strategies differently.
type disagreement struct {
	A   string  `json:"a"`
	B   string  `json:"b"`
	Tau float64 `json:"kendall_tau"`
}

// judgedBy says whether more of what measured gives is better.
func judgedBy(o *casefile.Outcome) (more bool, err error) {
	if o.Reduce == casefile.First {
		return o.Better == "lower", nil // an event that is better late is better absent
	}
	if o.Better == "neither" {
		return false, usage("choose another with --outcome", "the outcome %s is neither better high nor low", o.ID)
	}
	return o.Better == "higher", nil
}

// threshold is what an outcome must reach: that of its event, NaN when it has none.
func threshold(o *casefile.Outcome, given *float64) float64 {
	switch {
	case given != nil:
		return *given
	case o.Reduce == casefile.First:
		return 0.5 // it happened or not
	case o.Event != nil && o.Event.Above != nil:
		return *o.Event.Above
	case o.Event != nil && o.Event.Below != nil:
		return *o.Event.Below
	}
	return math.NaN()
}

// values are what an outcome measures by strategy and future, NaN in futures that
// are left out.
func (f *futures) values(o *casefile.Outcome) [][]float64 {
	var all [][]float64
	for _, values := range f.Outcome(o.ID) {
		y := append([]float64(nil), measured(o, f.Manifest.Horizon, values)...)
		for i, left := range f.Left {
			if left {
				y[i] = math.NaN()
			}
		}
		all = append(all, y)
	}
	return all
}

// Run compares the strategies of a run.
func (v *robustnessVerb) Run(to streams) error {
	f, err := readRun(v.Folder, v.Case, to.err)
	if err != nil {
		return err
	}
	o, err := outcomeOf(f.c, v.Outcome)
	if err != nil {
		return err
	}
	more, err := judgedBy(o)
	if err != nil {
		return err
	}
	if !(v.Optimism >= 0 && v.Optimism <= 1) {
		return usage("", "--optimism must be from 0 to 1, and is %v", v.Optimism)
	}
	reference, err := strategyOf(f.Manifest.Strategies, f.Manifest.Reference, "")
	if err != nil {
		return err
	}
	c, err := robustness.Compare(f.values(o), reference, robustness.Options{Optimism: v.Optimism, Threshold: threshold(o, v.Threshold), MoreIsBetter: more}, resamples, v.Seed)
	if err != nil {
		return err
	}
	r := &compared{Case: f.c.Name, Outcome: o.ID, Explains: measure(o, f.Manifest.Horizon), Better: map[bool]string{true: "higher", false: "lower"}[more],
		Horizon: f.Manifest.Horizon, Futures: c.Used, Reference: f.Manifest.Strategies[reference], Strategies: f.Manifest.Strategies}
	for _, ranking := range c.Rankings {
		m := comparedMetric{ranking.Metric.ID, ranking.Metric.Name, ranking.Metric.Meaning, ranking.Better, nil}
		for k, s := range ranking.Scores {
			m.Scores = append(m.Scores, comparedScore{r.Strategies[k], s.Value.Middle, s.Value.Low, s.Value.High, s.Rank, s.First})
		}
		r.Metrics = append(r.Metrics, m)
	}
	for k, d := range c.Differences {
		if k != reference {
			r.Differences = append(r.Differences, comparedStrategy{r.Strategies[k], d.Mean.Middle, d.Mean.Low, d.Mean.High, d.Better, d.Worse})
		}
	}
	for a := range c.Agreement {
		for b := a + 1; b < len(c.Agreement); b++ {
			if tau := c.Agreement[a][b]; tau < 0.5 {
				r.Disagree = append(r.Disagree, disagreement{r.Metrics[a].Name, r.Metrics[b].Name, tau})
			}
		}
	}
	if v.Output != "" {
		if err := writeRows(v.Output, r.table()); err != nil {
			return err
		}
	}
	if v.JSON {
		return printJSON(to.out, r)
	}
	_, err = io.WriteString(to.out, r.text(width(to.out)))
	return err
}

func (r *compared) table() [][]string {
	rows := [][]string{{"metric", "strategy", "value", "low", "high", "rank", "share_first"}}
	for _, m := range r.Metrics {
		for _, s := range m.Scores {
			rows = append(rows, []string{m.ID, s.Strategy, csvNumber(s.Value), csvNumber(s.Low), csvNumber(s.High), fmt.Sprint(s.Rank), csvNumber(s.First)})
		}
	}
	return rows
}

func (r *compared) text(width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "How strategies hold up: %s (%s is better)\n", r.Explains, r.Better)
	fmt.Fprintf(&b, "case %s, %d months, %s futures that all strategies met\n\n", r.Case, r.Horizon, grouped(r.Futures))
	g := &grid{corner: "Metric: value, rank", heads: r.Strategies}
	for _, m := range r.Metrics {
		row := gridRow{label: m.Name}
		for _, s := range m.Scores {
			row.cells = append(row.cells, fmt.Sprintf("%s  #%d\n%s to %s", figure(s.Value), s.Rank, figure(s.Low), figure(s.High)))
		}
		g.rows = append(g.rows, row)
	}
	b.WriteString(g.lay(width) + "\n")
	for _, m := range r.Metrics {
		b.WriteString(strings.Join(wrap(m.Name+": "+m.Meaning, width), "\n") + "\n")
	}
	if len(r.Differences) > 0 {
		fmt.Fprintf(&b, "\nDifference to %s in the same futures\n\n", r.Reference)
		g := &grid{corner: "Strategy", heads: []string{"mean", "80% interval", "better in", "worse in"}}
		for _, d := range r.Differences {
			g.rows = append(g.rows, gridRow{d.Strategy, []string{figure(d.Mean), figure(d.Low) + " to " + figure(d.High), percent(d.Better), percent(d.Worse)}})
		}
		b.WriteString(g.lay(width))
	}
	b.WriteString("\n")
	best := map[string][]string{}
	for _, m := range r.Metrics {
		if !slices.ContainsFunc(m.Scores, func(s comparedScore) bool { return s.Rank > 1 }) {
			b.WriteString(strings.Join(wrap(m.Name+" tells no strategy from another here.", width), "\n") + "\n")
			continue
		}
		for _, s := range m.Scores {
			if s.Rank == 1 {
				best[s.Strategy] = append(best[s.Strategy], m.Name)
			}
		}
	}
	for _, s := range r.Strategies {
		if len(best[s]) > 0 {
			b.WriteString(strings.Join(wrap(fmt.Sprintf("%s is first by: %s.", s, strings.Join(best[s], ", ")), width), "\n") + "\n")
		}
	}
	if len(r.Disagree) > 0 {
		var words []string
		for _, d := range r.Disagree {
			words = append(words, fmt.Sprintf("%s and %s (%s)", d.A, d.B, share(d.Tau)))
		}
		b.WriteString(strings.Join(wrap("Metrics whose rankings disagree (Kendall's tau below 0.5): "+strings.Join(words, "; ")+".", width), "\n") + "\n")
	}
	return b.String()
}
