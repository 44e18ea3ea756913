package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"handover/calibrate"
)

// modesVerb tries the draws of a case's posterior on its reference modes.
type modesVerb struct {
	Case    string `arg:"" help:"A built-in case or a case folder, with modes in its history.yaml and a posterior.csv." predictor:"case"`
	Seed    uint64 `help:"The seed of the random numbers (default ${default})." default:"1" placeholder:"S"`
	Threads int    `help:"How many threads to use; all processors when left out." placeholder:"N"`
	Engine  string `help:"As for run." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
	keepFlags
}

// Run runs the draws through the past again and says how many pass.
func (v *modesVerb) Run(to streams) error {
	if err := v.allowed(v.Case); err != nil {
		return err
	}
	c, err := openCase(v.Case, to.err)
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	found, err := calibrate.TryModes(ctx, calibrate.Request{Case: c, Seed: v.Seed, Threads: v.Threads, Engine: v.Engine})
	switch {
	case errors.Is(err, context.Canceled):
		return &failure{code: exitInterrupted, err: errors.New("stopped; nothing was written")}
	case errors.Is(err, calibrate.ErrModes):
		return usage("", "%w", err)
	case err != nil:
		return err
	}
	return v.keep(to, v.Case, calibrate.ModesName, found, modesText(found), found.Write)
}

// modesText is what the draws have for the modes, for readers.
func modesText(m *calibrate.Modes) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of the posterior\n\n", count(m.Draws, "draw", "draws"))
	modeRows(&b, m.Modes, [][]string{
		{"all that the past computes, by the same draw", "", "", fmt.Sprintf("%.0f%%", 100*m.Past)},
		{"all of them, by the same draw", "", "", fmt.Sprintf("%.0f%%", 100*m.All)},
	})
	b.WriteByte('\n')
	rows := [][]string{{"chart", "recorded", "inside 90% of draws", "and with noise"}}
	for _, x := range m.Modes {
		for _, c := range x.Charts {
			rows = append(rows, []string{x.ID + ": " + c.Name, fmt.Sprint(c.Recorded), shareText(c.Inside), shareText(c.WithNoise)})
		}
	}
	aligned(&b, rows)
	for _, x := range m.Modes {
		if x.Note != "" {
			b.WriteString("\n")
			for _, line := range wrap(x.ID+": "+x.Note, 100) {
				b.WriteString(line + "\n")
			}
		}
	}
	return b.String()
}

// shareText is a share that may be missing.
func shareText(x *float64) string {
	if x == nil {
		return ""
	}
	return fmt.Sprintf("%.0f%%", 100**x)
}

// modeRows writes the tests of modes in columns, and further rows.
func modeRows(b *strings.Builder, modes []calibrate.ModeResult, more [][]string) {
	rows := [][]string{{"course", "draws (5 to 95%)", "limits", "draws that pass"}}
	for _, m := range modes {
		for _, t := range m.Tests {
			what := fmt.Sprintf("%s: %s, %s", m.ID, t.Observation+t.Chart, t.Period)
			if t.Over != "" {
				what += " over " + t.Over
			}
			var limits []string
			if t.Least != nil {
				limits = append(limits, "at least "+asEntered(*t.Least))
			}
			if t.Most != nil {
				limits = append(limits, "at most "+asEntered(*t.Most))
			}
			rows = append(rows, []string{what, spanned(t.Ratio), strings.Join(limits, ", "), fmt.Sprintf("%.0f%%", 100*t.Share)})
		}
		rows = append(rows, []string{m.ID + ": all of it", "", "", fmt.Sprintf("%.0f%%", 100*m.Share)})
	}
	aligned(b, append(rows, more...))
}
