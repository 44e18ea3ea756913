package ensemble

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"handover/casefile"
)

// harbour loads the invented case of the tests, with files changed by pairs of
// file, old text, new text.
func harbour(t testing.TB, changes ...string) *casefile.Case {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS("testdata/harbour")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 3 {
		f := files[changes[i]]
		if !strings.Contains(string(f.Data), changes[i+1]) {
			t.Fatalf("%s does not hold %q", changes[i], changes[i+1])
		}
		f.Data = []byte(strings.Replace(string(f.Data), changes[i+1], changes[i+2], 1))
	}
	c, list := casefile.Load(files)
	if c == nil {
		t.Fatal(list)
	}
	for _, d := range list {
		t.Logf("%v", d)
	}
	return c
}

// fused is the change that makes some futures go bad under the strategies plan
// and rush, not under steps.
var fused = []string{"uncertainties.yaml", "correlations:", `  - variable: fuse
    distribution: uniform
    low: -2
    high: 0.2
    label: assumed
    source: a guess
correlations:`}
