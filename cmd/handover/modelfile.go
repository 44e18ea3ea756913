package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"handover/casefile"
	"handover/diagnostic"
	"handover/model"
	"handover/model/vensim"
	"handover/model/xmile"
)

// vensimSuffix is that of the files of Vensim.
const vensimSuffix = ".mdl"

// modelSuffixes are the endings of files that hold a model.
var modelSuffixes = []string{".xmile", ".stmx", ".itmx", ".xml", vensimSuffix}

func suffix(name string) string { return strings.ToLower(filepath.Ext(name)) }

// isModel tells whether a file is a model by its name.
func isModel(name string) bool { return slices.Contains(modelSuffixes, suffix(name)) }

// readModel reads and checks a model file in any of the languages. The list holds
// all that was found, sorted; the model is nil when the file could not be
// understood at all. Files that a Vensim model names are looked for from its own
// folder.
func readModel(name string) (*model.Model, diagnostic.List, error) {
	data, err := readModelFile(name)
	if err != nil {
		return nil, nil, err
	}
	var m *model.Model
	var found diagnostic.List
	if suffix(name) == vensimSuffix {
		m, found = vensim.Read(name, data, func(other string) ([]byte, error) {
			other = filepath.FromSlash(strings.ReplaceAll(other, `\`, "/"))
			if !filepath.IsAbs(other) {
				other = filepath.Join(filepath.Dir(name), other)
			}
			return readModelFile(other)
		})
	} else {
		m, found = xmile.Read(name, data)
	}
	if m != nil {
		found = append(found, model.Check(m)...)
	}
	found.Sort()
	return m, found, nil
}

// loadModel is readModel for verbs that use the model: when it has mistakes they
// are the error; warnings alone are counted.
func loadModel(name string, to streams) (*model.Model, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage("", "there is no file %s", shown(name))
	case err != nil:
		return nil, usage("", "cannot look at %s: %w", shown(name), cause(err))
	case info.IsDir():
		return nil, usage("name its model file", "%s is a folder", shown(name))
	case !isModel(name):
		return nil, usage("models end in "+strings.Join(modelSuffixes, ", "), "%s is not a model file by its name", shown(name))
	}
	m, found, err := readModel(name)
	if err != nil {
		return nil, err
	}
	if found.Errors() > 0 || m == nil {
		return nil, mistakes(to.err, shown(name), found)
	}
	if len(found) > 0 {
		fmt.Fprintf(to.err, "note: %s; handover check %s lists them\n", tally(found), quoted(name))
	}
	return m, nil
}

// readModelFile reads a file, which must be an ordinary one of sane size.
func readModelFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, usage("", "cannot look at %s: %w", name, cause(err))
	}
	switch {
	case !info.Mode().IsRegular():
		return nil, usage("", "%s is not an ordinary file", name)
	case info.Size() > casefile.MostXMILE:
		return nil, &failure{code: exitMistakes, err: fmt.Errorf("%s has %s bytes and is no model: a model file has at most %s", name, grouped(int(info.Size())), grouped(casefile.MostXMILE))}
	}
	data, err := os.ReadFile(name)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, usage("", "cannot read %s: permission denied", name)
		}
		return nil, fmt.Errorf("cannot read %s: %w", name, cause(err))
	}
	return data, nil
}
