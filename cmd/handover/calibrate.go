package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"handover/calibrate"
	"handover/casefile"
	"handover/ensemble"
)

// calibrateVerb draws from the posterior of a case given its history.
type calibrateVerb struct {
	Case    string `arg:"" help:"A built-in case or a case folder, with a history.yaml." predictor:"case"`
	Runs    int    `help:"How many runs of the model to make, in both populations of chains together (default ${default})." default:"500000" placeholder:"N"`
	Chains  int    `help:"How many chains a population has (default ${default})." default:"256" placeholder:"N"`
	Draws   int    `help:"How many draws of the posterior to keep (default ${default})." default:"300" placeholder:"N"`
	Seed    uint64 `help:"The seed of the random numbers (default ${default})." default:"1" placeholder:"S"`
	Threads int    `help:"How many threads to use; all processors when left out." placeholder:"N"`
	Engine  string `help:"As for run." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
	Out     string `short:"o" help:"The folder that holds calibrations (default ${default}). One that was stopped goes on from there." default:"calibrations" placeholder:"DIR" predictor:"folder"`
	Save    bool   `help:"Put the posterior and what was learned into the case folder, too; runs of the case then draw on it."`
	JSON    bool   `name:"json" help:"Print what was learned as JSON, and nothing else."`
}

// Run calibrates.
func (v *calibrateVerb) Run(to streams) error {
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
	dir, r, err := calibrate.Start(ctx, calibrate.Request{
		Case: c, Runs: v.Runs, Chains: v.Chains, Draws: v.Draws, Seed: v.Seed, Threads: v.Threads, Engine: v.Engine, Version: version,
	}, v.Out, func(p calibrate.Progress) {
		if p.Stage == calibrate.Existing {
			fmt.Fprintln(to.err, "this calibration was made before; here is what it found")
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
		for _, name := range []string{casefile.PosteriorName, calibrate.ResultName, calibrate.PictureName} {
			if err := copyInto(v.Case, dir, name); err != nil {
				return err
			}
		}
	}
	if v.JSON {
		return printJSON(to.out, r)
	}
	text := calibrationText(r)
	text += "\ndraws, whole, with the state at the base date: " + filepath.Join(dir, casefile.PosteriorName) + "\n"
	text += "beside what was observed: " + filepath.Join(dir, calibrate.PictureName) + "\n"
	if v.Save {
		text += "runs of " + v.Case + " draw on them from now on\n"
	} else if !builtIn(v.Case) {
		text += "--save puts them into the case, and runs then draw on them\n"
	}
	_, err = io.WriteString(to.out, text)
	return err
}

// copyInto copies a file of a folder into another, whole or not at all.
func copyInto(folder, from, name string) error {
	data, err := os.ReadFile(filepath.Join(from, name))
	if err != nil {
		return err
	}
	return calibrate.WriteFile(folder, name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// calibrationText is what a calibration found, for readers.
func calibrationText(r *calibrate.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s runs in two populations of %s chains; ", grouped(r.Runs), grouped(r.Chains))
	fmt.Fprintf(&b, "of the moves at full weight %s were taken\n", percents(r.Acceptance))
	fmt.Fprintf(&b, "the two populations: means of parameters differ by at most %.2f posterior standard deviations (%s): %s\n",
		r.Disagreement, r.DisagreementOf, map[bool]string{true: "they agree", false: "they do not agree; more runs are needed"}[r.Agrees()])
	fmt.Fprintf(&b, "largest scale reduction %.3f, smallest effective number of draws %.0f\n", r.Reduction, r.Effective)
	fmt.Fprintf(&b, "log likelihood %.1f (%.1f to %.1f)\n\n", r.LogLikelihood[1], r.LogLikelihood[0], r.LogLikelihood[2])

	informed := 0
	rows := [][]string{{"parameter", "prior (5 to 95%)", "posterior (5 to 95%)", "spread", "learned", "informed"}}
	for _, p := range r.Parameters {
		yes := "no"
		if p.Informed {
			yes = "yes"
			informed++
		}
		rows = append(rows, []string{p.Name, spanned(p.Prior), spanned(p.Posterior), fmt.Sprintf("%.2f", p.Spread), fmt.Sprintf("%.2f", p.Learned), yes})
	}
	aligned(&b, rows)
	fmt.Fprintf(&b, "\nthe data say something about %d of %s; all others return what was put in\n", informed, count(len(r.Parameters), "parameter", "parameters"))
	b.WriteString("spread: posterior standard deviation against the prior's; learned: in nats\n\n")

	rows = [][]string{{"observation", "values", "bias", "deviation", "autocorrelation", "90% intervals cover"}}
	for _, o := range r.Observations {
		name := o.ID
		if o.Part != "" {
			name += ", " + o.Part
		}
		rows = append(rows, []string{name, grouped(o.N), fmt.Sprintf("%+.2f", o.Bias), fmt.Sprintf("%.2f", o.Deviation), fmt.Sprintf("%.2f", o.Autocorrelation), fmt.Sprintf("%.0f%%", 100*o.Coverage)})
	}
	aligned(&b, rows)
	b.WriteString("bias and deviation: of what was observed from the median draw, on the logarithm\n")
	if len(r.Modes) > 0 {
		b.WriteString("\n")
		modeRows(&b, r.Modes, [][]string{{"all courses by the same draw", "", "", fmt.Sprintf("%.0f%%", 100*r.AllModes)}})
	}
	return b.String()
}

// spanned writes the quantiles at 5, 50 and 95%.
func spanned(q [3]float64) string {
	return fmt.Sprintf("%s (%s to %s)", short(q[1]), short(q[0]), short(q[2]))
}

func percents(shares []float64) string {
	var words []string
	for _, x := range shares {
		words = append(words, fmt.Sprintf("%.0f%%", 100*x))
	}
	return strings.Join(words, " and ")
}

// aligned writes rows in columns, the first to the left and the others to the right.
func aligned(b *strings.Builder, rows [][]string) {
	wide := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			wide[i] = max(wide[i], len([]rune(cell)))
		}
	}
	for _, r := range rows {
		for i, cell := range r {
			gap := strings.Repeat(" ", wide[i]-len([]rune(cell)))
			if i == 0 {
				b.WriteString(cell + gap)
			} else {
				b.WriteString("  " + gap + cell)
			}
		}
		b.WriteString("\n")
	}
}

// printJSON writes v, indented, to the output.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
