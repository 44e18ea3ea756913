// Package conformance_test runs the models of the field's own test suite through
// the readers and the engine, and compares with the outputs that the suite holds.
package conformance_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"handover/model"
	"handover/model/vensim"
	"handover/model/xmile"
)

const suite = "../../../shared/data/test-models"

// layers are the parts of the suite: files of the second repair or add to the
// first.
var layers = [...]string{"upstream", "simlin-fork"}

// folder is one test of the suite.
type folder struct {
	// models has the path of each model file, by its name; the later layer's where
	// both have it.
	models map[string]string
	// outputs has the reference output of each layer, or "".
	outputs [len(layers)]string
	// stella is the reference output of Stella for its own files, or "".
	stella string
}

// names lists the model files.
func (f *folder) names() []string {
	var names []string
	for name := range f.models {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// output is the reference for a model: that of its own layer if there is one.
func (f *folder) output(path string) string {
	if strings.EqualFold(filepath.Ext(path), ".stmx") && f.stella != "" {
		return f.stella
	}
	own := 0
	if strings.Contains(filepath.ToSlash(path), "/"+layers[1]+"/") {
		own = 1
	}
	if f.outputs[own] != "" {
		return f.outputs[own]
	}
	return f.outputs[1-own]
}

// folders lists the tests of the suite by name.
func folders(t *testing.T) map[string]*folder {
	t.Helper()
	if _, err := os.Stat(suite); err != nil {
		t.Skipf("the conformance suite is not there: %v", err)
	}
	all := map[string]*folder{}
	for layer, root := range layers {
		err := filepath.WalkDir(filepath.Join(suite, root), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(filepath.Join(suite, root), filepath.Dir(path))
			if err != nil {
				return err
			}
			name = strings.TrimPrefix(filepath.ToSlash(name), "tests/")
			f := all[name]
			if f == nil {
				f = &folder{models: map[string]string{}}
			}
			switch base := filepath.Base(path); {
			case base == "output.csv" || base == "output.tab" && f.outputs[layer] == "":
				f.outputs[layer] = path
			case base == "output_stella.csv":
				f.stella = path
			case language(base) != "":
				f.models[base] = path
			default:
				return nil
			}
			all[name] = f
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, f := range all {
		if len(f.models) == 0 {
			delete(all, name)
		}
	}
	return all
}

// language is the language of a model file, "" for other files.
func language(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".xmile", ".stmx", ".itmx":
		return "XMILE"
	case ".mdl":
		return "Vensim"
	}
	return ""
}

// read reads and checks a model of the suite. Files that it names may lie in the
// same folder of either layer.
func read(path string) (*model.Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var m *model.Model
	if language(path) == "Vensim" {
		read, found := vensim.Read(filepath.Base(path), data, func(name string) ([]byte, error) {
			var failed error
			for _, layer := range layers {
				dir := filepath.ToSlash(filepath.Dir(path))
				for _, other := range layers {
					dir = strings.Replace(dir, "/"+other+"/", "/"+layer+"/", 1)
				}
				data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
				if err == nil {
					return data, nil
				}
				failed = err
			}
			return nil, failed
		})
		if err := found.Err(); err != nil {
			return nil, err
		}
		m = read
	} else {
		read, found := xmile.Read(filepath.Base(path), data)
		if err := found.Err(); err != nil {
			return nil, err
		}
		m = read
	}
	return m, model.Check(m).Err()
}

// known reads a list of what does not pass, each with the reason: name, tab,
// reason; a reason that begins with "n/a: " says that the suite holds nothing to
// compare with.
func known(t *testing.T, path string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for line := range bytes.Lines(data) {
		name, reason, ok := strings.Cut(strings.TrimSpace(string(line)), "\t")
		if ok && !strings.HasPrefix(name, "#") {
			reasons[name] = reason
		}
	}
	return reasons
}

var errNoOutput = errors.New("the suite has no output for it")
