package workbench_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"handover/casefile"
	"handover/workbench"
)

// searched opens a workbench with a copy of the searches in testdata.
func searched(t *testing.T) (*bench, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "searches")
	if err := os.CopyFS(folder, os.DirFS("testdata/searches")); err != nil {
		t.Fatal(err)
	}
	return open(t, func(o *workbench.Options) { o.Searches = folder }), folder
}

func TestFoundPlansAreShownRunAndSaved(t *testing.T) {
	b, _ := searched(t)
	var found workbench.Found
	if err := json.Unmarshal([]byte(b.call("GET", "/api/v1/searches", "", 200)), &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Unread) > 0 || len(found.Searches) != 1 || len(found.Searches[0].Plans) != 2 {
		t.Fatalf("found %+v", found)
	}
	s := found.Searches[0]
	objectives := 0
	for m, measure := range s.Measures {
		if measure.Objective {
			objectives++
		}
		for _, p := range s.Plans {
			if p.Values[m].Middle == nil {
				t.Errorf("%s has no value of %s", p.ID, measure.Name)
			}
		}
	}
	if s.ID != "exit" || objectives != 3 || s.Plans[1].Values[0].Middle == nil || *s.Plans[1].Values[0].Middle != 5 || s.Plans[0].Settings[0].Name != "month of exit" || s.Plans[0].Saved || len(s.Plans[0].Levers) == 0 {
		t.Errorf("the search was read as %+v", s)
	}

	few := `{"strategies":["exit-1","exit-2"],"futures":64`
	must(t, "its futures", b.call("POST", "/api/v1/briefing", few+"}", 200), []string{"exit-1", "exit-2"}, nil)
	must(t, "robustness", b.call("POST", "/api/v1/plans", few+`,"outcome":"deaths","strategy":"exit-2"}`, 200), []string{`"strategies":["A0","exit-1","exit-2"]`}, nil)
	draft := few + `,"draft":{"base":"exit-2","id":"N1","name":"N","short":"N","description":"D","levers":[{"variable":"enforcement","points":[[0,0.5]]}]}}`
	must(t, "a draft made from a plan", b.call("POST", "/api/v1/briefing", draft, 200), []string{"N1"}, nil)
	must(t, "a report of what others cannot read", b.call("POST", "/api/v1/report", few+"}", 409), []string{"save it as a strategy first"}, nil)
	b.call("POST", "/api/v1/briefing", `{"strategies":["exit-3"],"futures":64}`, 422)

	must(t, "the case after", b.call("POST", "/api/v1/searches/plans", `{"plan":"exit-2"}`, 201), []string{`"id":"exit-2"`}, nil)
	if c, list := casefile.Load(os.DirFS(b.folder)); c == nil || c.Strategy("exit-2") == nil {
		t.Fatalf("the folder holds no good case: %v", list)
	}
	b.call("POST", "/api/v1/searches/plans", `{"plan":"exit-2"}`, 409)
	b.call("POST", "/api/v1/searches/plans", `{"plan":"../exit-2"}`, 422)
	b.call("POST", "/api/v1/searches/plans", `{"plan":""}`, 422)
	must(t, "the search after", b.call("GET", "/api/v1/searches", "", 200), []string{`"saved":true`}, nil)
	changed := `{"base":"exit-1","id":"X9","name":"N","short":"N","description":"D","levers":[{"variable":"enforcement","points":[[0,0.5]]}]}`
	must(t, "a changed plan saved", b.call("POST", "/api/v1/strategies", changed, 201), []string{`"id":"X9"`}, nil)
	b.call("POST", "/api/v1/report", `{"strategies":["exit-2"],"futures":50}`, 201)
}

// What lies in the folder of searches may be anything, and may point anywhere.
func TestDamagedSearchesAreNamedAndReachNothingElse(t *testing.T) {
	b, folder := searched(t)
	root := filepath.Join(folder, "iraq")
	secret := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(secret, []byte(`{"title":"the secret","tables":[]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile("testdata/searches/iraq/exit/plans.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][2]string{
		"broken":  {"{", string(good)},
		"nothing": {`{"title":"x"}`, string(good)},
		"strange": {`{"tables":[{"id":"measures","columns":[{"name":"plan"},{"name":"measure"}],"rows":[["no such plan","m"]]}]}`, string(good)},
		"short":   {`{"tables":[{"id":"measures","columns":[{"name":"plan"},{"name":"measure"}],"rows":[[]]}]}`, string(good)},
		"yaml":    {`{"tables":[{"id":"measures"}]}`, "strategies: {"},
		"large":   {`{"title":"` + strings.Repeat("x", 5<<20) + `"}`, string(good)},
	} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
		for i, file := range []string{"finding.json", "plans.yaml"} {
			if err := os.WriteFile(filepath.Join(root, name, file), []byte(files[i]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Mkdir(filepath.Join(root, "linked"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(root, "linked", "finding.json")); err != nil {
		t.Log("no links here:", err)
	}
	text := b.call("GET", "/api/v1/searches", "", 200)
	var found workbench.Found
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Searches) != 1 || len(found.Unread) != 6 {
		t.Errorf("%d searches, unread: %q", len(found.Searches), found.Unread)
	}
	must(t, "what is unread", fmt.Sprint(found.Unread), []string{"broken: finding.json", "no table of measures", "of no plan of plans.yaml", "yaml: plans.yaml", "more than"}, []string{folder})
	must(t, "all", text, nil, []string{"the secret"})
	// A plan of a search that is good is still found.
	b.call("POST", "/api/v1/briefing", `{"strategies":["exit-1"],"futures":64}`, 200)

	without := open(t, nil)
	must(t, "no folder", without.call("GET", "/api/v1/searches", "", 200), []string{`"searches":[]`}, nil)
}
