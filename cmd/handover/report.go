package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"handover/casefile"
	"handover/ensemble"
	"handover/report"
)

// reportName is the report's file name in a run folder.
const reportName = "report.html"

// reportVerb makes the report of a run again, for example with another
// purpose or by a newer version of the program.
type reportVerb struct {
	Folder  string `arg:"" name:"run" help:"The run folder." predictor:"folder"`
	Case    string `help:"The case the run was made from; the built-in case of that name when left out." placeholder:"CASE" predictor:"case"`
	Purpose string `help:"What the report is for; printed on it. Without it, forecasts for single places are withheld." placeholder:"TEXT"`
}

// Run makes the report.
func (v *reportVerb) Run(to streams) error {
	if info, err := os.Stat(v.Folder); errors.Is(err, fs.ErrNotExist) {
		return usage("", "there is no run folder %s", shown(v.Folder))
	} else if err == nil && !info.IsDir() {
		return usage("name the folder that holds it", "%s is a file; a run is a folder", shown(v.Folder))
	}
	summary, err := ensemble.Read(v.Folder)
	if err != nil {
		return err
	}
	m := summary.Manifest
	if v.Case == "" {
		if !builtIn(m.Case) {
			return usage("handover report "+quoted(v.Folder)+" --case FOLDER", "the run was made from the case %s, which is not built in: name its folder", m.Case)
		}
		v.Case = m.Case
	}
	from, err := findCase(v.Case, to.err)
	if err != nil {
		return err
	}
	c, err := from.load(to.err)
	if err != nil {
		return err
	}
	if c.Hash != m.CaseHash {
		return &failure{code: exitMistakes, err: fmt.Errorf("%s is not the case that %s was made from: its files have changed since (a report would not tell what was run; run it again)", v.Case, v.Folder)}
	}
	page, err := writeReport(v.Folder, c, summary, v.Purpose)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(to.out, page)
	return err
}

// writeReport writes the report into the run folder, whole or not at all, and
// returns its path.
func writeReport(folder string, c *casefile.Case, summary *ensemble.Summary, purpose string) (string, error) {
	page := filepath.Join(folder, reportName)
	err := writeWhole(page, func(f *os.File) error {
		return report.Write(f, c, summary, report.Options{Purpose: purpose})
	})
	if err != nil {
		return "", fmt.Errorf("cannot write the report: %w", err)
	}
	return page, nil
}

// writeWhole writes a file so that the name is either absent, the old file or
// the whole new one, at any moment and after a crash.
func writeWhole(name string, fill func(*os.File) error) error {
	folder := filepath.Dir(name)
	// Package ensemble removes what a killed process leaves under such names when
	// the run is asked for again.
	f, err := os.CreateTemp(folder, ".tmp-"+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return fill(f) },
		func() error { return f.Chmod(0o644) },
		f.Sync,
		f.Close,
		func() error { return os.Rename(f.Name(), name) },
	} {
		if err := step(); err != nil {
			// What went wrong first is what the user needs to know.
			_ = f.Close()
			_ = os.Remove(f.Name())
			return err
		}
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
