package casefile

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestWrite(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"new":    func(string) error { return nil },
		"empty":  func(dir string) error { return os.Mkdir(dir, 0o755) },
		"nested": func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "copy")
			if name == "nested" {
				dir = filepath.Join(parent, "a", "b", "copy")
			}
			if err := prepare(dir); err != nil {
				t.Fatal(err)
			}
			source := os.DirFS("testdata/valley")
			if err := Write(source, dir); err != nil {
				t.Fatal(err)
			}
			original, list := Load(source)
			copied, list2 := Load(os.DirFS(dir))
			if list.Err() != nil || list2.Err() != nil {
				t.Fatal(list, list2)
			}
			if original.Hash != copied.Hash || original.ModelHash != copied.ModelHash {
				t.Error("the copy is another case than the original")
			}
			want := []string{"MODEL.md", "actors.yaml", "case.yaml", "claims.yaml", "data", "evidence.yaml", "map.geojson", "model.xmile", "outcomes.yaml", "questions.yaml", "schema", "strategies.yaml", "uncertainties.yaml"}
			if got := names(t, dir); !slices.Equal(got, want) {
				t.Errorf("the copy holds %v, want %v", got, want)
			}
			schemas, _ := Schemas()
			if got := names(t, filepath.Join(dir, "schema")); !slices.Equal(got, slices.Sorted(maps.Keys(schemas))) {
				t.Errorf("the folder schema holds %v", got)
			}
			// The first line of each YAML file names a schema that is there.
			for _, file := range []string{SettingsName, UncertaintiesName, StrategiesName, OutcomesName} {
				data, err := os.ReadFile(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}
				first, _, _ := strings.Cut(string(data), "\n")
				_, path, ok := strings.Cut(first, "$schema=")
				if _, err := os.Stat(filepath.Join(dir, path)); !ok || err != nil {
					t.Errorf("%s: its first line %q names no schema: %v", file, first, err)
				}
			}
			if got := names(t, filepath.Dir(dir)); len(got) != 1 {
				t.Errorf("beside the copy lie %v", got)
			}
		})
	}
}

func TestWriteRefuses(t *testing.T) {
	source := os.DirFS("testdata/valley")
	dir := t.TempDir()
	full, file := filepath.Join(dir, "full"), filepath.Join(dir, "file")
	if err := os.MkdirAll(filepath.Join(full, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		dir    string
		source fs.FS
		want   string
	}{
		{full, source, "the folder is not empty"},
		{file, source, "there is a file of this name"},
		{filepath.Join(file, "under"), source, "not a directory"},
		{filepath.Join(dir, "new"), failing{source}, "no such luck"},
		{filepath.Join(dir, "new"), fstest.MapFS{"link": {Mode: fs.ModeSymlink}}, "link is not a regular file"},
	} {
		err := Write(test.source, test.dir)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.dir, err, test.want)
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{"file", "full"}) {
		t.Errorf("a refused copy left %v", got)
	}
}

// failing fails to open one of the last files.
type failing struct{ fs.FS }

func (f failing) Open(name string) (fs.File, error) {
	if name == StrategiesName {
		return nil, errors.New("no such luck")
	}
	return f.FS.Open(name)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
