// Package study asks one question of a case or of a finished run and returns what
// was found: what matters, when it fails, which plan holds, where the preferred
// answer changes, and which plans are the best compromises.
package study

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"handover/casefile"
	"handover/diagnostic"
	"handover/ensemble"
	"handover/explore/evaluate"
	"handover/explore/finding"
)

// ErrInput marks an error about what the user asked for, in contrast to one of
// the world.
var ErrInput = errors.New("")

// wrong is an error about what the user asked for.
func wrong(format string, arguments ...any) error {
	return fmt.Errorf(format+"%w", append(arguments, ErrInput)...)
}

// Setting is what studies that run the model have in common.
type Setting struct {
	Case     *casefile.Case
	Strategy string
	// Evaluate holds seed, horizon, threads and engine.
	Evaluate evaluate.Options
	// Version of the program, for the fingerprint.
	Version string
	// Progress, which may be nil, is told the stage and how many runs of it are
	// done.
	Progress func(stage string, done, total int)
}

func (s Setting) horizon() int {
	if s.Evaluate.Horizon > 0 {
		return s.Evaluate.Horizon
	}
	return s.Case.Horizon
}

func (s Setting) progress(stage string, total int) func(int) {
	if s.Progress == nil {
		return nil
	}
	return func(done int) { s.Progress(stage, done, total) }
}

func (s Setting) fingerprint(more ...string) []string {
	return append([]string{
		fmt.Sprintf("Case %s %s, hash %.12s, model %.12s", s.Case.Name, s.Case.Version, s.Case.Hash, s.Case.ModelHash),
		fmt.Sprintf("Seed %d, %d months", s.Evaluate.Seed, s.horizon()),
	}, append(more, "Handover "+s.Version)...)
}

// Target is one number a run: an outcome's value, or, for an event, 1 when it
// happened and 0 when not.
type Target struct {
	Outcome *casefile.Outcome
	// Index is that of the outcome in the case.
	Index int
	// Event says that the target is an event: always of a first.
	Event bool
	// By is the month by which a first must have happened.
	By float64
	// Above and Below are the threshold of an event that is not a first.
	Above, Below *float64
}

// Asked says which target a user wants. Zero values take the case's own event.
type Asked struct {
	Outcome string
	// Event asks for the event of an outcome and not its value.
	Event        bool
	By           int
	Above, Below *float64
}

// NewTarget finds an outcome and its event. The horizon is in months. The error
// says what the case has.
func NewTarget(c *casefile.Case, a Asked, horizon int) (Target, error) {
	var ids []string
	t := Target{Index: -1}
	for i := range c.Outcomes {
		ids = append(ids, c.Outcomes[i].ID)
		if c.Outcomes[i].ID == a.Outcome || a.Outcome == "" && c.Outcomes[i].Headline {
			t.Outcome, t.Index = &c.Outcomes[i], i
		}
	}
	if t.Index < 0 {
		hint := diagnostic.DidYouMean(a.Outcome, ids)
		if hint != "" {
			hint = " (" + hint + ")"
		}
		return t, wrong("the case %s has no outcome %q%s; it has %s", c.Name, a.Outcome, hint, strings.Join(ids, ", "))
	}
	if t.Outcome.Reduce == casefile.First {
		if a.Above != nil || a.Below != nil {
			return t, wrong("%s is the month in which something first happens: name a month with --by, not a threshold", t.Outcome.ID)
		}
		t.Event, t.By = true, float64(horizon)
		if a.By != 0 {
			if a.By < 1 || a.By > horizon {
				return t, wrong("--by is month %d; expected 1 to %d, the horizon", a.By, horizon)
			}
			t.By = float64(a.By)
		}
		return t, nil
	}
	if a.By != 0 {
		return t, wrong("%s is not the month in which something first happens, so --by says nothing; use --above or --below", t.Outcome.ID)
	}
	if a.Above != nil && a.Below != nil {
		return t, wrong("--above and --below contradict each other; give one")
	}
	if !a.Event && a.Above == nil && a.Below == nil {
		return t, nil
	}
	t.Event, t.Above, t.Below = true, a.Above, a.Below
	if t.Above == nil && t.Below == nil {
		if t.Outcome.Event == nil {
			return t, wrong("the outcome %s has no event in the case: say when it counts as failed with --above or --below", t.Outcome.ID)
		}
		t.Above, t.Below = t.Outcome.Event.Above, t.Outcome.Event.Below
	}
	return t, nil
}

// Happens says whether the event happened in a run with that outcome.
func (t Target) Happens(v float64) bool {
	switch {
	case t.Outcome.Reduce == casefile.First:
		return v <= t.By // false for NaN, which is never
	case t.Above != nil:
		return v > *t.Above
	}
	return v < *t.Below
}

// Value is the target in a run; NaN for a bad one.
func (t Target) Value(v float64, bad bool) float64 {
	switch {
	case bad:
		return math.NaN()
	case !t.Event:
		return v
	case t.Happens(v):
		return 1
	}
	return 0
}

// Words name the target, for example "a resurgence by month 60".
func (t Target) Words() string {
	if !t.Event {
		return t.Outcome.Name
	}
	name := t.Outcome.Name
	own := t.Outcome.Event
	if t.Outcome.Reduce == casefile.First {
		if own != nil {
			name = own.Name
		}
		return fmt.Sprintf("%s by month %g", name, t.By)
	}
	if own != nil && own.Above == t.Above && own.Below == t.Below {
		return own.Name
	}
	if t.Above != nil {
		return fmt.Sprintf("%s above %g %s", name, *t.Above, t.Outcome.Unit)
	}
	return fmt.Sprintf("%s below %g %s", name, *t.Below, t.Outcome.Unit)
}

// Unit of the target's values.
func (t Target) Unit() string {
	if t.Event {
		return "chance"
	}
	return shownUnit(t.Outcome.Unit)
}

// shownUnit is a unit as readers see it: nothing for a pure number.
func shownUnit(unit string) string {
	if unit == "1" {
		return ""
	}
	return unit
}

// option names a value of a discrete or categorical uncertainty.
func option(u *casefile.Uncertainty, v float64) string {
	for _, o := range u.Options {
		if o.Value == v && o.Name != "" {
			return o.Name
		}
	}
	return finding.Number(v)
}

// explain adds a table of what uncertainties mean, whose names say little by
// themselves. Which are given by their places in the case; places beyond, such as
// that of chance, are left out.
func explain(f *finding.Finding, c *casefile.Case, which []int) {
	t := finding.Table{ID: "uncertainties", Title: "What the names mean", Note: "Set: whether the distribution is fitted, sourced or assumed, and whether the posterior of the case holds it, too.", Most: 20,
		Columns: []finding.Column{{Name: "uncertainty", Title: "Uncertainty", Text: true}, {Name: "variable", Text: true, Hidden: true}, {Name: "meaning", Title: "Meaning", Text: true},
			{Name: "unit", Title: "Unit", Text: true}, {Name: "basis", Title: "Set", Text: true}, {Name: "source", Text: true, Hidden: true}}}
	for _, i := range which {
		if i < len(c.Uncertainties) {
			u := &c.Uncertainties[i]
			meaning, unit := c.Meaning(u)
			t.Add(u.Name(), u.Variable, meaning, unit, c.Basis(u), u.Source)
		}
	}
	if len(t.Rows) > 0 {
		f.Tables = append(f.Tables, t)
	}
}

// Run is a finished run with its case.
type Run struct {
	Case   *casefile.Case
	Tables *ensemble.Tables
}

// NewRun checks that the tables are of the case.
func NewRun(c *casefile.Case, t *ensemble.Tables) (*Run, error) {
	if t.Manifest.CaseHash != c.Hash {
		return nil, wrong("the case %s is not the one that the run was made from: its files have changed since; run it again", c.Name)
	}
	if len(t.Uncertainties) != len(c.Uncertainties) || len(t.OutcomeIDs) != len(c.Outcomes) {
		return nil, fmt.Errorf("the run's tables have %d uncertainties and %d outcomes; the case has %d and %d", len(t.Uncertainties), len(t.OutcomeIDs), len(c.Uncertainties), len(c.Outcomes))
	}
	return &Run{c, t}, nil
}

// strategy finds a strategy of the run; the first that is not the reference when
// id is empty and the run has one.
func (r *Run) strategy(id string) (int, error) {
	ids := r.Tables.Manifest.Strategies
	for i, s := range ids {
		if s == id {
			return i, nil
		}
	}
	if id == "" {
		for i, s := range ids {
			if s == r.Tables.Manifest.Reference {
				return i, nil
			}
		}
	}
	hint := diagnostic.DidYouMean(id, ids)
	if hint != "" {
		hint = " (" + hint + ")"
	}
	return 0, wrong("the run has no strategy %q%s; it has %s", id, hint, strings.Join(ids, ", "))
}

func (r *Run) fingerprint(version string) []string {
	m := r.Tables.Manifest
	return []string{
		fmt.Sprintf("Case %s %s, hash %.12s, model %.12s", m.Case, m.CaseVersion, m.CaseHash, m.ModelHash),
		fmt.Sprintf("Run %s, seed %d, %s design, %d futures x %d strategies x %d months", m.Run, m.Seed, m.Design, m.Futures, len(m.Strategies), m.Horizon),
		"Handover " + version,
	}
}
