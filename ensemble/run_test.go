package ensemble

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contents reads all files of a folder.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(data)
	}
	return files
}

// same compares folders byte by byte.
func same(t testing.TB, want, got map[string]string) {
	t.Helper()
	for name := range want {
		if want[name] != got[name] {
			t.Errorf("%s differs (%d and %d bytes)", name, len(want[name]), len(got[name]))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("there is also %s", name)
		}
	}
}

// start runs a request to its end in a new folder.
func start(t testing.TB, r Request) (string, *Summary) {
	t.Helper()
	dir, s, err := Start(context.Background(), r, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, s
}

var allFiles = []string{inputsName, manifestName, mapsName, outcomesName, seriesName, summaryName}

func TestSameBytesWhateverThreadsAndLanes(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []string
	}{{"good", nil}, {"some bad", fused}} {
		t.Run(c.name, func(t *testing.T) {
			request := Request{Case: harbour(t, c.changes...), Strategies: []string{"steps", "rush"}, Futures: 700, Seed: 7, Version: "test"}
			request.Threads, request.Lanes = 1, 64
			dir, s := start(t, request)
			want := contents(t, dir)
			var names []string
			for _, name := range allFiles {
				if want[name] != "" {
					names = append(names, name)
				}
			}
			if len(names) != len(allFiles) || len(want) != len(allFiles) {
				t.Fatalf("the folder holds %v", reflect.ValueOf(want).MapKeys())
			}
			if (s.Bad > 0) != (c.changes != nil) {
				t.Fatalf("%d bad experiments, first %s", s.Bad, s.FirstBad)
			}
			for _, o := range []struct{ threads, lanes int }{{2, 64}, {2, 7}, {1, 200}, {5, 1000}} {
				request.Threads, request.Lanes = o.threads, o.lanes
				again, s2 := start(t, request)
				if filepath.Base(again) != filepath.Base(dir) {
					t.Errorf("run id %s and %s", filepath.Base(again), filepath.Base(dir))
				}
				same(t, want, contents(t, again))
				if d := cmp.Diff(s, s2); d != "" {
					t.Error(d)
				}
			}
			read, err := Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(s, read); d != "" {
				t.Errorf("Read gives another summary: %s", d)
			}
		})
	}
}
