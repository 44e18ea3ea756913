package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/intake"
	"handover/evidence/store"
)

const shared = "../../../shared/data"

// iraq loads the shipped case.
func iraq(t testing.TB) *casefile.Case {
	t.Helper()
	c, found := casefile.Load(os.DirFS("../../cases/iraq"))
	if c == nil {
		t.Fatal(found)
	}
	return c
}

// importFiles imports files of the shared data.
func importFiles(t testing.TB, c *casefile.Case, folder string, names ...string) *store.Change {
	t.Helper()
	groups := map[string]string{}
	for _, a := range c.Actors {
		groups[a.ID] = a.Group
	}
	change, err := store.Import(context.Background(), store.Request{Folder: folder, Case: c.Name, Group: func(a string) string { return groups[a] },
		Feed: func(emit func(*evidence.Event) error) (list []store.Coverage, err error) {
			for _, name := range names {
				a, err := evidence.NewAssigner(c)
				if err != nil {
					return nil, err
				}
				reports, err := intake.Read(context.Background(), name, a, intake.Options{}, emit)
				if err != nil {
					return nil, err
				}
				for _, r := range reports {
					list = append(list, store.Coverage{Source: r.Source, Version: r.Version, Provisional: r.Provisional, From: r.From.String(), To: r.To.String()})
				}
			}
			return list, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	return change
}

// needs skips a test without the shared data.
func needs(t testing.TB, names ...string) []string {
	t.Helper()
	var paths []string
	for _, n := range names {
		p := filepath.Join(shared, n)
		if _, err := os.Stat(p); err != nil {
			t.Skipf("the shared data is absent: %v", err)
		}
		paths = append(paths, p)
	}
	return paths
}

func TestAgain(t *testing.T) {
	files := needs(t, "ucdp/iraq_ged_19.1.csv", "ucdp/candidate_global_2021.csv.gz")
	c, folder := iraq(t), t.TempDir()
	t.Log(importFiles(t, c, folder, files...))
	t.Log(importFiles(t, c, folder, files[0]))
	s, err := store.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Size(), s.Coverage)
	os.CopyFS("/tmp/h-ev-store", os.DirFS(folder))
}
