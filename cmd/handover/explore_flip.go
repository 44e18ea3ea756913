package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/explore/flip"
)

// flipVerb says where the preferred strategy changes.
type flipVerb struct {
	Folder   string   `arg:"" name:"run" help:"The run folder." predictor:"folder"`
	Case     string   `help:"The case the run was made from, when it is not built in." placeholder:"CASE" predictor:"case"`
	Outcome  string   `help:"The outcome to prefer by; the case's headline when left out." placeholder:"ID"`
	Strategy []string `help:"Choose among these alone, for example exit first, disarm first and reciprocal; all of the run when left out." placeholder:"ID"`
	By       []string `help:"Only along these uncertainties; along all, those worth most to know first, when left out." placeholder:"NAME"`
	Parts    int      `help:"How many parts of equal size an uncertainty is cut in (default ${default})." default:"5" placeholder:"N"`
	Seed     uint64   `help:"Where the random numbers of intervals start (default ${default})." default:"1" placeholder:"S"`
	Top      int      `help:"How many uncertainties to print (default ${default})." default:"6" placeholder:"N"`
	Output   string   `short:"o" help:"Write all tables to this CSV file, too." placeholder:"FILE"`
	JSON     bool     `name:"json" help:"Print all figures as JSON, and nothing else."`
}

// flips is what is printed.
type flips struct {
	Case       string      `json:"case"`
	Explains   string      `json:"measure"`
	Better     string      `json:"better"`
	Horizon    int         `json:"horizon_months"`
	Strategies []string    `json:"strategies"`
	Overall    string      `json:"best_overall"`
	Tables     []flipTable `json:"uncertainties"`
	more       bool
}

type flipTable struct {
	Uncertainty string     `json:"uncertainty"`
	Title       string     `json:"title"`
	Worth       float64    `json:"worth_of_knowing"`
	Changes     bool       `json:"changes"`
	Parts       []flipPart `json:"parts"`
}

type flipPart struct {
	Words   string    `json:"words"`
	Low     float64   `json:"low"`
	High    float64   `json:"high"`
	Futures int       `json:"futures"`
	Means   []float64 `json:"means"`
	Best    string    `json:"best"`
	Sure    float64   `json:"share_best"`
	Lead    float64   `json:"lead"`
	LeadLow float64   `json:"lead_low"`
	LeadTop float64   `json:"lead_high"`
}

// Run cuts the uncertainties of a run.
func (v *flipVerb) Run(to streams) error {
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
	if v.Parts < 2 || v.Parts > 100 || v.Top < 1 {
		return usage("", "--parts must be from 2 to 100 and --top 1 or more")
	}
	all := f.values(o)
	r := &flips{Case: f.c.Name, Explains: measure(o, f.Manifest.Horizon), Better: map[bool]string{true: "higher", false: "lower"}[more], Horizon: f.Manifest.Horizon, more: more}
	for _, id := range v.Strategy {
		if _, err := strategyOf(f.Manifest.Strategies, "", id); err != nil {
			return err
		}
	}
	var y [][]float64
	for k, id := range f.Manifest.Strategies {
		if len(v.Strategy) == 0 || slices.Contains(v.Strategy, id) {
			r.Strategies, y = append(r.Strategies, id), append(y, all[k])
		}
	}
	if len(y) < 2 {
		return usage("run several, as in handover run iraq --strategy A1,A3", "there is one strategy alone, so no other can be preferred to it")
	}
	for _, name := range v.By {
		if !slices.Contains(f.Uncertainties, name) {
			return usage(diagnostic.DidYouMean(name, f.Uncertainties), "the run has no uncertainty %q", name)
		}
	}
	for i, name := range f.Uncertainties {
		if len(v.By) > 0 && !slices.Contains(v.By, name) {
			continue
		}
		t, err := flip.Cut(f.Inputs[i], y, more, v.Parts, 200, v.Seed)
		if err != nil {
			if len(v.By) > 0 {
				return fmt.Errorf("%s: %w", name, err)
			}
			continue // a constant column, or too few futures of an option
		}
		r.add(f, name, t)
	}
	if len(r.Tables) == 0 {
		return &failure{code: exitMistakes, err: fmt.Errorf("no uncertainty of the run can be cut in %d parts of 10 futures or more; run more futures", v.Parts)}
	}
	slices.SortStableFunc(r.Tables, func(a, b flipTable) int {
		switch {
		case a.Changes != b.Changes:
			return map[bool]int{true: -1, false: 1}[a.Changes]
		case a.Worth != b.Worth:
			return map[bool]int{true: -1, false: 1}[a.Worth > b.Worth]
		}
		return 0
	})
	if v.Output != "" {
		if err := writeRows(v.Output, r.table()); err != nil {
			return err
		}
	}
	if v.JSON {
		return printJSON(to.out, r)
	}
	_, err = io.WriteString(to.out, r.text(v.Top, width(to.out)))
	return err
}

// add takes in the table of an uncertainty.
func (r *flips) add(f *futures, name string, t *flip.Table) {
	r.Overall = r.Strategies[t.Overall]
	x := flipTable{Uncertainty: name, Title: titleOf(f.c, name), Worth: t.Worth, Changes: t.Changes}
	for _, p := range t.Parts {
		words := figure(p.Low) + " to " + figure(p.High)
		if p.Low == p.High {
			words = f.optionName(name, p.Low)
		}
		x.Parts = append(x.Parts, flipPart{words, p.Low, p.High, p.Futures, p.Means, r.Strategies[p.Best], p.Sure, p.Lead.Middle, p.Lead.Low, p.Lead.High})
	}
	r.Tables = append(r.Tables, x)
}

func (r *flips) table() [][]string {
	rows := [][]string{append([]string{"uncertainty", "low", "high", "futures", "best", "share_best", "lead", "lead_low", "lead_high"}, r.Strategies...)}
	for _, t := range r.Tables {
		for _, p := range t.Parts {
			row := []string{t.Uncertainty, csvNumber(p.Low), csvNumber(p.High), fmt.Sprint(p.Futures), p.Best, csvNumber(p.Sure), csvNumber(p.Lead), csvNumber(p.LeadLow), csvNumber(p.LeadTop)}
			for _, m := range p.Means {
				row = append(row, csvNumber(m))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func (r *flips) text(top, width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Where the preferred strategy changes: mean of %s (%s is better)\n", r.Explains, r.Better)
	fmt.Fprintf(&b, "case %s, %d months; over all futures %s is best\n", r.Case, r.Horizon, r.Overall)
	changes := 0
	for _, t := range r.Tables {
		if t.Changes {
			changes++
		}
	}
	fmt.Fprintf(&b, "along %d of %d uncertainties another strategy is better somewhere, with an 80%% interval above zero\n", changes, len(r.Tables))
	for _, t := range r.Tables[:min(top, len(r.Tables))] {
		fmt.Fprintf(&b, "\n%s", t.Title)
		if !t.Changes {
			b.WriteString(" (no change that is more than chance)")
		}
		fmt.Fprintf(&b, "; worth of knowing it: %s\n\n", figure(t.Worth))
		g := &grid{corner: "Where it is", heads: append(slices.Clone(r.Strategies), "best", "sure", "lead")}
		for _, p := range t.Parts {
			row := gridRow{label: p.Words}
			for _, m := range p.Means {
				row.cells = append(row.cells, figure(m))
			}
			lead := "–"
			if p.Best != r.Overall {
				lead = fmt.Sprintf("%s (%s to %s)", figure(p.Lead), figure(p.LeadLow), figure(p.LeadTop))
			}
			g.rows = append(g.rows, gridRow{row.label, append(row.cells, p.Best, percent(p.Sure), lead)})
		}
		b.WriteString(g.lay(width))
	}
	b.WriteString("\n" + strings.Join(wrap("Sure: the share of resamples of the futures there in which it stays best. Lead: how much better it is than "+r.Overall+" in the same futures, with its 80% interval. Worth of knowing: how much better the mean would be if the part were known before choosing.", width), "\n") + "\n")
	return b.String()
}
