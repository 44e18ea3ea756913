package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"handover/casefile"
	"handover/diagnostic"
	"handover/model"
	"handover/reality"
)

// checkVerb lists the mistakes of a case or a model.
type checkVerb struct {
	Target string `arg:"" name:"case|model" help:"A built-in case, a case folder, or a model file (XMILE or Vensim)." predictor:"case"`
	JSON   bool   `name:"json" help:"Print the list as JSON."`
	Notes  bool   `help:"List, too, what a reader of the model will miss: documentation, units, names for numbers."`
	Strict bool   `name:"warnings-as-errors" help:"End with exit code 1 when there are only warnings, too."`
}

// checked is what check --json prints.
type checked struct {
	Checked     string          `json:"checked"`
	Errors      int             `json:"errors"`
	Warnings    int             `json:"warnings"`
	Notes       int             `json:"notes"`
	Diagnostics diagnostic.List `json:"diagnostics"`
	// Reality holds what came of the case's reality checks.
	Reality []realityResult `json:"reality_checks,omitempty"`
}

// realityResult is one reality check as check --json prints it. The value is left
// out where the run went wrong.
type realityResult struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Holds     bool     `json:"holds"`
	Value     *float64 `json:"value,omitempty"`
	Expected  string   `json:"expected"`
	Detail    string   `json:"detail,omitempty"`
	Trouble   string   `json:"trouble,omitempty"`
	Exception string   `json:"exception,omitempty"`
}

// Run checks the target and prints what was found.
func (v *checkVerb) Run(to streams) error {
	x, err := v.check(to)
	if err != nil {
		return err
	}
	found, m, lines, what := x.found, x.model, x.lines, x.what
	var notes diagnostic.List
	if v.Notes && m != nil {
		notes = model.Quality(m)
	}
	if v.JSON {
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		all := found
		if all == nil {
			all = diagnostic.List{}
		}
		all = append(all, notes...)
		if err := encoder.Encode(checked{v.Target, found.Errors(), len(found) - found.Errors(), len(notes), all, x.reality}); err != nil {
			return err
		}
	} else {
		if len(found) > 0 {
			lines += found.Error() + "\n"
		}
		for _, n := range notes {
			lines += n.Error() + "\n"
		}
		if v.Notes {
			what += "; " + count(len(notes), "note", "notes")
		}
		if _, err := fmt.Fprintf(to.out, "%s%s: %s; %s\n", lines, shown(v.Target), tally(found), what); err != nil {
			return err
		}
	}
	if found.Errors() > 0 || v.Strict && len(found) > 0 {
		return &failure{code: exitMistakes, err: found, quiet: true}
	}
	return nil
}

// carryOut runs the reality checks of a case: what came of them, a line for each,
// and a mistake for each that fails without an argument. The case may be nil.
func carryOut(c *casefile.Case) (all []realityResult, lines string, failed diagnostic.List, err error) {
	if c == nil || len(c.Checks) == 0 {
		return nil, "", nil, nil
	}
	results, err := reality.Run(c, 1)
	if err != nil {
		return nil, "", nil, err
	}
	for _, x := range results {
		r := &c.Checks[x.Check]
		one := realityResult{ID: x.ID, Name: x.Name, Holds: x.Holds, Expected: reality.Expected(r), Detail: x.Detail, Trouble: x.Trouble, Exception: r.Exception}
		if x.Trouble == "" {
			one.Value = &x.Value
		}
		all = append(all, one)
		lines += x.Line(r) + "\n"
		if !x.Holds && r.Exception == "" {
			failed = append(failed, diagnostic.Diagnostic{Position: c.CheckPosition(x.Check), Code: "reality-check", Subject: x.ID,
				Message: "the reality check fails", Hint: "mend the model, or argue the failure in the check's exception"})
		}
	}
	return all, lines, failed, nil
}

// inspection is what a check of a target found.
type inspection struct {
	found diagnostic.List
	// model is nil where mistakes leave none.
	model *model.Model
	// reality and lines say what came of the reality checks of a case.
	reality []realityResult
	lines   string
	// what says in a few words what the target holds.
	what string
}

// check finds the mistakes of the target.
func (v *checkVerb) check(to streams) (*inspection, error) {
	info, err := os.Stat(v.Target)
	if builtIn(v.Target) || err != nil || info.IsDir() || filepath.Base(v.Target) == "case.yaml" {
		from, err := findCase(v.Target, to.err)
		if err != nil {
			return nil, err
		}
		c, found := casefile.Load(from.files)
		found = from.locate(found)
		if found.Errors() > 0 || c == nil {
			return &inspection{found: found, what: "the case cannot run"}, nil
		}
		reality, lines, failed, err := carryOut(c)
		if err != nil {
			return nil, err
		}
		return &inspection{append(found, from.locate(failed)...), c.Model, reality, lines, fmt.Sprintf("%s, %s, %s, %s",
			count(len(c.Model.Variables), "variable", "variables"), count(len(c.Strategies), "strategy", "strategies"),
			count(len(c.Uncertainties), "uncertainty", "uncertainties"), count(len(c.Outcomes), "outcome", "outcomes"))}, nil
	}
	if !isModel(v.Target) {
		return nil, usage("models in other formats are not read", "%s is neither a case folder nor a model file (%s)", v.Target, strings.Join(modelSuffixes, ", "))
	}
	m, found, err := readModel(v.Target)
	if err != nil {
		return nil, err
	}
	if found.Errors() > 0 || m == nil {
		return &inspection{found: found, what: "the model cannot run"}, nil
	}
	return &inspection{found: found, model: m, what: fmt.Sprintf("%s, %s", count(len(m.Variables), "variable", "variables"), count(len(m.Dimensions), "dimension", "dimensions"))}, nil
}
