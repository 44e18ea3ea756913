package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"handover/model"
	"handover/model/vensim"
	"handover/model/xmile"
)

// convertVerb writes a model in another language, or in the canonical form of
// its own.
type convertVerb struct {
	From  string `arg:"" help:"The model file to read." predictor:"model"`
	To    string `arg:"" help:"The file to write: XMILE (.xmile, .stmx, .itmx, .xml) or Vensim (.mdl), by its name." predictor:"model"`
	Force bool   `help:"Replace the file when it exists."`
}

// Run reads, writes, and says what could not be kept.
func (v *convertVerb) Run(to streams) error {
	if !isModel(v.To) {
		return usage("models end in "+strings.Join(modelSuffixes, ", "), "%s is not a model file by its name", shown(v.To))
	}
	if _, err := os.Lstat(v.To); err == nil && !v.Force {
		return usage("name another file, or add --force", "%s exists", shown(v.To))
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usage("", "cannot look at %s: %w", shown(v.To), cause(err))
	}
	m, err := loadModel(v.From, to)
	if err != nil {
		return err
	}
	write := xmile.Write
	if suffix(v.To) == vensimSuffix {
		write = vensim.Write
	}
	text, found := write(m)
	if found.Errors() > 0 {
		fmt.Fprintln(to.err, found.Error())
		fmt.Fprintf(to.err, "handover: %s: %s; nothing was written\n", shown(v.From), tally(found))
		return &failure{code: exitMistakes, err: found, quiet: true}
	}
	for _, d := range found {
		fmt.Fprintln(to.err, d.Error())
	}
	if flat(m) {
		fmt.Fprintln(to.err, "note: modules and macros are written as the plain variables they stand for")
	}
	if err := writeWhole(v.To, func(f *os.File) error {
		_, err := bytes.NewReader(text).WriteTo(f)
		return err
	}); err != nil {
		return fmt.Errorf("cannot write %s: %w", shown(v.To), cause(err))
	}
	return nil
}

// flat tells whether a model was made flat when it was read: its variables then
// have names that only modules and macros give.
func flat(m *model.Model) bool {
	return slices.ContainsFunc(m.Variables, func(v *model.Variable) bool {
		return strings.HasPrefix(v.Name, "#") || strings.Contains(v.Name, ".") && v.Sector != "" && strings.HasPrefix(v.Name, v.Sector+".")
	})
}
