package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"handover/diagnostic"
	"handover/model"
	"handover/reference"
)

// docVerb writes the reference of a model.
type docVerb struct {
	Target string `arg:"" name:"case|model" help:"A built-in case, a case folder, or a model file." predictor:"case"`
	Output string `short:"o" help:"The file to write, .html or .md; NAME.html in this folder when left out." placeholder:"FILE" predictor:"file"`
	Loops  string `help:"The variable whose feedback loops are shown; the stock on most loops when left out." placeholder:"NAME"`
}

// Run writes the reference.
func (v *docVerb) Run(to streams) error {
	output := v.Output
	if output == "" {
		base := filepath.Base(filepath.Clean(v.Target))
		output = strings.TrimSuffix(base, filepath.Ext(base)) + ".html"
	}
	write := map[string]func(*reference.Reference, io.Writer) error{".html": (*reference.Reference).WriteHTML, ".md": (*reference.Reference).WriteMarkdown}[suffix(output)]
	if write == nil {
		return usage("it ends in .html or .md", "%s has no format that can be written", shown(output))
	}
	m, err := v.model(to)
	if err != nil {
		return err
	}
	r, err := reference.New(m, v.Loops, version)
	var unknown *reference.UnknownError
	if errors.As(err, &unknown) {
		return usage(diagnostic.DidYouMean(unknown.Name, unknown.Known), "--loops: %w", err)
	}
	if err != nil {
		return err
	}
	if err := writeWhole(output, func(f *os.File) error { return write(r, f) }); err != nil {
		return fmt.Errorf("cannot write %s: %w", shown(output), cause(err))
	}
	_, err = fmt.Fprintln(to.out, output)
	return err
}

// model reads the model of a file or a case.
func (v *docVerb) model(to streams) (*model.Model, error) {
	if info, err := os.Stat(v.Target); err == nil && !info.IsDir() && !builtIn(v.Target) && filepath.Base(v.Target) != "case.yaml" {
		return loadModel(v.Target, to)
	}
	from, err := findCase(v.Target, to.err)
	if err != nil {
		return nil, err
	}
	c, err := from.load(to.err)
	if err != nil {
		return nil, err
	}
	return c.Model, nil
}
