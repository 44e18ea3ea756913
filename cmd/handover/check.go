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
}

// Run checks the target and prints what was found.
func (v *checkVerb) Run(to streams) error {
	found, m, what, err := v.check(to)
	if err != nil {
		return err
	}
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
		if err := encoder.Encode(checked{v.Target, found.Errors(), len(found) - found.Errors(), len(notes), all}); err != nil {
			return err
		}
	} else {
		lines := ""
		if len(found) > 0 {
			lines = found.Error() + "\n"
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

// check finds the mistakes of the target and says in a few words what it holds;
// the model is nil where mistakes leave none.
func (v *checkVerb) check(to streams) (found diagnostic.List, m *model.Model, what string, err error) {
	info, err := os.Stat(v.Target)
	if builtIn(v.Target) || err != nil || info.IsDir() || filepath.Base(v.Target) == "case.yaml" {
		from, err := findCase(v.Target, to.err)
		if err != nil {
			return nil, nil, "", err
		}
		c, found := casefile.Load(from.files)
		found = from.locate(found)
		if found.Errors() > 0 || c == nil {
			return found, nil, "the case cannot run", nil
		}
		return found, c.Model, fmt.Sprintf("%s, %s, %s, %s",
			count(len(c.Model.Variables), "variable", "variables"), count(len(c.Strategies), "strategy", "strategies"),
			count(len(c.Uncertainties), "uncertainty", "uncertainties"), count(len(c.Outcomes), "outcome", "outcomes")), nil
	}
	if !isModel(v.Target) {
		return nil, nil, "", usage("models in other formats are not read", "%s is neither a case folder nor a model file (%s)", v.Target, strings.Join(modelSuffixes, ", "))
	}
	m, found, err = readModel(v.Target)
	if err != nil {
		return nil, nil, "", err
	}
	if found.Errors() > 0 || m == nil {
		return found, nil, "the model cannot run", nil
	}
	return found, m, fmt.Sprintf("%s, %s", count(len(m.Variables), "variable", "variables"), count(len(m.Dimensions), "dimension", "dimensions")), nil
}
