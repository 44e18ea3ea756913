package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"handover/calibrate"
	"handover/casefile"
	"handover/ensemble"
	"handover/hindcast"
)

// hindcastVerb tests a case on the past.
type hindcastVerb struct {
	Case    string `arg:"" help:"A built-in case or a case folder, with a history.yaml that has a plan for hindcasts." predictor:"case"`
	Runs    int    `help:"How many runs of the model each fit takes, in both populations of chains together (default ${default})." default:"100000" placeholder:"N"`
	Chains  int    `help:"How many chains a population has (default ${default})." default:"128" placeholder:"N"`
	Draws   int    `help:"How many draws make a forecast (default ${default})." default:"400" placeholder:"N"`
	Seed    uint64 `help:"The seed of the random numbers (default ${default})." default:"1" placeholder:"S"`
	Threads int    `help:"How many threads to use; all processors when left out." placeholder:"N"`
	Engine  string `help:"As for run." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
	Out     string `short:"o" help:"The folder that holds hindcasts (default ${default}). One that was stopped goes on from there." default:"hindcasts" placeholder:"DIR" predictor:"folder"`
	Save    bool   `help:"Put the result into the case folder, too; reports then quote its verdict."`
	JSON    bool   `name:"json" help:"Print the result as JSON, and nothing else."`
}

// Run forecasts the past and scores the forecasts.
func (v *hindcastVerb) Run(to streams) error {
	if err := atLeastOne(map[string]int{"runs": v.Runs, "chains": v.Chains, "draws": v.Draws}); err != nil {
		return err
	}
	from, err := findCase(v.Case, to.err)
	if err != nil {
		return err
	}
	if v.Save && builtIn(v.Case) {
		return usage("handover new DIR copies it into a folder", "--save cannot change the built-in case %s", v.Case)
	}
	c, err := from.load(to.err)
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	show, wipe := progress(to.err)
	dir, h, err := calibrate.Hindcast(ctx, calibrate.Request{
		Case: c, Runs: v.Runs, Chains: v.Chains, Draws: v.Draws, Seed: v.Seed, Threads: v.Threads, Engine: v.Engine, Version: version,
	}, v.Out, func(p calibrate.Progress) {
		if p.Stage == calibrate.Existing {
			fmt.Fprintln(to.err, "this hindcast was made before; here is what it found")
			return
		}
		show(ensemble.Progress{Stage: p.Stage, Done: p.Done, Total: p.Total})
	})
	wipe()
	switch {
	case errors.Is(err, context.Canceled):
		return &failure{code: exitInterrupted, err: err}
	case errors.Is(err, calibrate.ErrRequest):
		return usage("", "%w", err)
	case err != nil:
		return err
	}
	if v.Save {
		if err := copyInto(v.Case, dir, casefile.HindcastName); err != nil {
			return err
		}
	}
	if v.JSON {
		return printJSON(to.out, h)
	}
	_, err = io.WriteString(to.out, hindcastText(h)+"\nall figures: "+filepath.Join(dir, casefile.HindcastName)+"\n")
	return err
}

// atLeastOne refuses numbers below 1, by name.
func atLeastOne(flags map[string]int) error {
	var wrong []string
	for name, n := range flags {
		if n < 1 {
			wrong = append(wrong, fmt.Sprintf("--%s must be at least 1, and is %d", name, n))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return usage("", "%s", strings.Join(wrong, "; "))
}

// hindcastText is what a hindcast found, for readers.
func hindcastText(h *casefile.Hindcast) string {
	var b strings.Builder
	methods := append([]string{calibrate.DriversKnown, calibrate.DriversUnknown, calibrate.PriorAlone, calibrate.Combination}, hindcast.Baselines()...)
	table := func(title string, scores func(o *casefile.HindcastOrigin) []casefile.HindcastScore, value func(s casefile.HindcastScore) string) {
		head := []string{title}
		columns := map[string][]string{}
		for i := range h.Origins {
			all := scores(&h.Origins[i])
			for k, s := range all {
				if k == 0 || s.From != all[k-1].From {
					head = append(head, fmt.Sprintf("%s +%d-%d", h.Origins[i].Origin[2:], s.From, s.To))
				}
				for len(columns[s.Method]) < len(head)-2 {
					columns[s.Method] = append(columns[s.Method], "")
				}
				columns[s.Method] = append(columns[s.Method], value(s))
			}
		}
		if len(head) == 1 {
			return
		}
		// As many columns as fit beside the names.
		const fit = 8
		for first := 1; first < len(head); first += fit {
			last := min(len(head), first+fit)
			rows := [][]string{append([]string{title}, head[first:last]...)}
			for _, m := range methods {
				if cells := columns[m]; len(cells) > 0 {
					for len(cells) < len(head)-1 {
						cells = append(cells, "")
					}
					rows = append(rows, append([]string{m}, cells[first-1:last-1]...))
				}
			}
			aligned(&b, rows)
			b.WriteString("\n")
		}
	}
	target := func(o *casefile.HindcastOrigin) []casefile.HindcastScore { return o.Scores }
	table("log CRPS, lower is better", target, func(s casefile.HindcastScore) string { return fmt.Sprintf("%.3f", s.CRPS) })
	table("log score, higher is better", target, func(s casefile.HindcastScore) string { return fmt.Sprintf("%.2f", s.LogScore) })
	table("90% intervals cover", target, func(s casefile.HindcastScore) string { return fmt.Sprintf("%.0f%%", 100*s.Coverage) })
	table("log CRPS by area", func(o *casefile.HindcastOrigin) []casefile.HindcastScore { return o.Areas }, func(s casefile.HindcastScore) string { return fmt.Sprintf("%.3f", s.CRPS) })

	rows := [][]string{{"rise", "happened", "drivers known", "unknown", "prior alone", "past frequency"}}
	for _, o := range h.Origins {
		for _, x := range o.Rises {
			happened := "not known"
			if x.Happened != nil {
				happened = map[bool]string{true: "yes", false: "no"}[*x.Happened]
			}
			line := []string{fmt.Sprintf("%s: %g times in %d months", o.Origin, x.Times, x.To), happened}
			for _, m := range []string{calibrate.DriversKnown, calibrate.DriversUnknown, calibrate.PriorAlone, calibrate.PastFrequency} {
				p, ok := x.Probability[m]
				if !ok {
					line = append(line, "")
					continue
				}
				line = append(line, fmt.Sprintf("%.2f", p))
			}
			rows = append(rows, line)
		}
	}
	if len(rows) > 1 {
		aligned(&b, rows)
		b.WriteString("\n")
	}
	b.WriteString(h.Verdict + "\n")
	return b.String()
}
