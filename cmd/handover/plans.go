package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"handover/casefile"
)

// planTarget is where plans go.
type planTarget struct {
	// folder gets a copy of the case with the plans in it; caseName is the case that
	// they were found for.
	folder, caseName string
	// finder is what found them: its earlier plans give way.
	finder string
	// save puts them into the case itself too.
	save bool
}

// writePlans puts the case with the plans, text as YAML, into the folder, and into
// the case itself when that is asked for.
func writePlans(from source, c *casefile.Case, to planTarget, plans []casefile.Strategy, text []byte) error {
	old, err := fs.ReadFile(from.files, casefile.StrategiesName)
	if err != nil {
		return err
	}
	kept := withoutPlans(string(old), to.finder)
	merged := withPlans(kept, to.finder, string(text))
	folder := filepath.Join(to.folder, "case")
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		if err := casefile.Write(from.files, folder); err != nil {
			return err
		}
	}
	if err := replaceFile(filepath.Join(folder, casefile.StrategiesName), []byte(merged)); err != nil {
		return err
	}
	if _, found := casefile.Load(os.DirFS(folder)); found.Errors() > 0 {
		for _, p := range plans {
			if c.Strategy(p.ID) != nil {
				return usage("rename it there, or give the plans another name", "the case %s has a strategy %s of its own, so that the plan of that name does not fit in", to.caseName, p.ID)
			}
		}
		return fmt.Errorf("the case with the plans has mistakes, which is one of the program: %w", found.Err())
	}
	if !to.save {
		return nil
	}
	return replaceFile(filepath.Join(to.caseName, casefile.StrategiesName), []byte(merged))
}

// planMarks are the lines around the plans of a finder.
func planMarks(finder string) (begin, end string) {
	return "# Found by " + finder + ": begin", "# Found by " + finder + ": end"
}

// withoutPlans leaves out what withPlans put in.
func withoutPlans(text, finder string) string {
	begin, end := planMarks(finder)
	var kept []string
	inside := false
	for line := range strings.SplitSeq(text, "\n") {
		switch strings.TrimSpace(line) {
		case begin:
			inside = true
		case end:
			inside = false
		default:
			if !inside {
				kept = append(kept, line)
			}
		}
	}
	if inside { // the end was removed by hand: nothing is certain
		return text
	}
	return strings.Join(kept, "\n")
}

// withPlans appends plans, as a list of YAML under one key, to the list at the end
// of a file, indented as its entries are, between marks.
func withPlans(old, finder, plans string) string {
	indent := ""
	for line := range strings.SplitSeq(old, "\n") {
		if trimmed := strings.TrimLeft(line, " "); strings.HasPrefix(trimmed, "- id:") {
			indent = line[:len(line)-len(trimmed)]
			break
		}
	}
	begin, end := planMarks(finder)
	_, list, _ := strings.Cut(plans, "\n")
	lines := []string{begin}
	lines = append(lines, strings.Split(strings.TrimRight(list, "\n"), "\n")...)
	lines = append(lines, end)
	return strings.TrimRight(old, "\n") + "\n" + indent + strings.Join(lines, "\n"+indent) + "\n"
}
