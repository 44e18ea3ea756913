package main

import (
	"io"
	"path/filepath"
)

// keepFlags say where what a test of a case found goes.
type keepFlags struct {
	Out  string `short:"o" help:"Write what was found into this folder." placeholder:"DIR" predictor:"folder"`
	Save bool   `help:"Write it into the case folder."`
	JSON bool   `name:"json" help:"Print what was found as JSON, and nothing else."`
}

// allowed refuses to save into a built-in case.
func (f *keepFlags) allowed(name string) error {
	if f.Save && builtIn(name) {
		return usage("handover new DIR copies it into a folder", "--save cannot change the built-in case %s", name)
	}
	return nil
}

// keep writes what was found into the folders asked for, and prints it as JSON or as
// text, with the place of its file.
func (f *keepFlags) keep(to streams, name, file string, found any, text string, write func(folder string) error) error {
	where := ""
	if f.Out != "" {
		if err := write(f.Out); err != nil {
			return err
		}
		where += "\nall figures: " + filepath.Join(f.Out, file) + "\n"
	}
	if f.Save {
		if err := write(name); err != nil {
			return err
		}
		where += "\nin the case now: " + filepath.Join(name, file) + "\n"
	}
	if f.JSON {
		return printJSON(to.out, found)
	}
	_, err := io.WriteString(to.out, text+where)
	return err
}
