package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"handover/casefile"
	"handover/cases"
	"handover/diagnostic"
)

// newVerb writes a copy of a built-in case.
type newVerb struct {
	Folder string `arg:"" name:"dir" help:"The folder to make. It must not exist, or be empty." predictor:"folder"`
	From   string `help:"The built-in case to copy." default:"iraq" predictor:"builtin"`
}

// Run writes the copy, whole or not at all.
func (v *newVerb) Run(to streams) error {
	files, ok := cases.Open(v.From)
	if !ok {
		return usage(diagnostic.DidYouMean(v.From, cases.Names()), "there is no built-in case %q; there are: %s", v.From, strings.Join(cases.Names(), ", "))
	}
	info, err := os.Stat(v.Folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return usage("", "cannot look at %s: %w", v.Folder, cause(err))
	case !info.IsDir():
		return usage("name another", "%s is a file; a case is a folder", v.Folder)
	default:
		entries, err := os.ReadDir(v.Folder)
		if err != nil {
			return fmt.Errorf("cannot read %s: %w", v.Folder, cause(err))
		}
		if len(entries) > 0 {
			return usage("name another; nothing was changed", "%s is not empty", v.Folder)
		}
	}
	if err := casefile.Write(files, v.Folder); err != nil {
		return err
	}
	folder := v.Folder
	if !strings.ContainsRune(folder, filepath.Separator) {
		folder = "." + string(filepath.Separator) + folder
	}
	_, err = fmt.Fprintf(to.out, `%[1]s is a copy of the case %[2]s. Next:
  handover check %[1]s    after each change: lists what is wrong, with line and remedy
  handover run %[1]s      compares its strategies
Start with case.yaml (name, question) and strategies.yaml. Editors that know
JSON Schema complete and check the YAML files.
`, folder, v.From)
	return err
}
