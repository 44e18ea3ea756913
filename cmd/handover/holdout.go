package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"handover/calibrate"
	"handover/chart"
	"handover/ensemble"
	"handover/explore/finding"
	"handover/holdout"
)

// holdoutVerb tests a case on what came after its base date.
type holdoutVerb struct {
	Case    string `arg:"" help:"A built-in case or a case folder, with a holdout.yaml." predictor:"case"`
	Futures int    `help:"How many futures to run (default ${default})." default:"2000" placeholder:"N"`
	Seed    uint64 `help:"The seed of the random numbers (default ${default})." default:"1" placeholder:"S"`
	Threads int    `help:"How many threads to use; all processors when left out." placeholder:"N"`
	Engine  string `help:"As for run." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
	keepFlags
}

// Run tests the case.
func (v *holdoutVerb) Run(to streams) error {
	if v.Futures < holdout.LeastFutures || v.Futures > holdout.MostFutures {
		return usage("", "--futures must be from %d to %s, and is %d", holdout.LeastFutures, grouped(holdout.MostFutures), v.Futures)
	}
	if err := v.allowed(v.Case); err != nil {
		return err
	}
	c, err := openCase(v.Case, to.err)
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	show, wipe := progress(to.err)
	r, err := holdout.Run(ctx, holdout.Request{Case: c, Futures: v.Futures, Seed: v.Seed, Threads: v.Threads, Engine: v.Engine}, func(done int) {
		show(ensemble.Progress{Stage: "running", Done: done, Total: v.Futures})
	})
	wipe()
	switch {
	case errors.Is(err, context.Canceled):
		return &failure{code: exitInterrupted, err: errors.New("stopped; nothing was written")}
	case errors.Is(err, holdout.ErrRequest):
		return usage("", "%w", err)
	case err != nil:
		return err
	}
	return v.keep(to, v.Case, holdout.Name, r, holdoutText(r, width(to.out)), func(folder string) error {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("cannot make the folder %s: %w", shown(folder), cause(err))
		}
		return calibrate.WriteFile(folder, holdout.Name, func(w io.Writer) error { return printJSON(w, r) })
	})
}

// holdoutText is a result for readers.
func holdoutText(r *holdout.Result, width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s from its base date under %s, beside what was gathered up to %s\n\n", count(r.Futures, "future", "futures"), r.Case, r.Strategy, r.Gathered)
	when := func(from, to string) string {
		if to == "" || to == from {
			return from
		}
		return from + " to " + to
	}
	if len(r.Values) > 0 {
		g := grid{corner: "Value", heads: []string{"When", "Came", "Median", "90% of futures", "Part below", "CRPS", "No change", "Confidence"}}
		for i := range r.Values {
			v := &r.Values[i]
			noChange := ""
			if v.NoChange != nil {
				noChange = finding.Number(*v.NoChange)
			}
			name := v.Name
			if v.Unit != "" {
				name += ", " + v.Unit
			}
			g.rows = append(g.rows, gridRow{name, []string{when(v.From, v.To), asEntered(v.Came), finding.Number(v.Quantiles[2]), finding.Number(v.Quantiles[0]) + " to " + finding.Number(v.Quantiles[4]),
				fmt.Sprintf("%.2f", v.Place), finding.Number(v.CRPS), noChange, v.Confidence}})
		}
		b.WriteString(g.lay(width))
		b.WriteByte('\n')
	}
	if len(r.Events) > 0 {
		g := grid{corner: "Event", heads: []string{"When", "Happened", "Chance", "80% interval", "In words", "Brier", "Past", "Brier of past", "Confidence"}}
		for i := range r.Events {
			x := &r.Events[i]
			past, score := "", ""
			if x.Frequency != nil {
				past, score = fmt.Sprintf("%.0f%%", 100**x.Frequency), fmt.Sprintf("%.3f", *x.FrequencyBrier)
			}
			g.rows = append(g.rows, gridRow{x.Name + "\n" + x.Definition, []string{when(x.From, x.To), map[bool]string{true: "yes", false: "no"}[x.Happened], chart.Percent(x.Probability), chart.Span(x.Low, x.High), chart.Likelihood(x.Probability), fmt.Sprintf("%.3f", x.Brier), past, score, x.Confidence}})
		}
		b.WriteString(g.lay(width))
		b.WriteByte('\n')
	}
	paragraph := func(text string) {
		for _, line := range wrap(text, min(width, 100)) {
			b.WriteString(line + "\n")
		}
	}
	paragraph(r.Verdict)
	if r.Leans != "" {
		b.WriteByte('\n')
		paragraph(r.Leans)
	}
	if len(r.Untested) > 0 {
		b.WriteString("\nNot tested:\n")
		for _, u := range r.Untested {
			paragraph("- " + u.Fact + ": " + u.Why)
		}
	}
	return b.String()
}
