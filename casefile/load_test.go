package casefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"handover/model"
)

func TestLoad(t *testing.T) {
	c, list := Load(os.DirFS("testdata/valley"))
	if len(list) > 0 {
		t.Fatal(list.Error())
	}
	if c.Title != "Two valleys" || c.Question != "What happens to vacuum in two valleys when the guest force leaves?" || c.Horizon != 24 || len(c.Default) != 2 {
		t.Errorf("settings: %+v", c.Settings)
	}
	u := c.Uncertainties
	if len(u) != 3 || *u[0].Mode != 0.02 || u[1].Label != Sourced || *u[2].Options[1].Weight != 2 || !u[2].Structural || u[2].Options[0].Weight != nil {
		t.Errorf("uncertainties: %+v", u)
	}
	if len(c.Correlations) != 1 || c.Correlations[0].Rank != 0.4 || c.Correlations[0].Between[0] != "growth[north]" {
		t.Errorf("correlations: %+v", c.Correlations)
	}
	s := c.Strategy("steps")
	if s == nil || s.Gates[0].Open != "militia_share < 0.3 AND trust > 0.1" || s.Gates[0].Evidence != 3 || s.Levers[0].Points[1][0] != 12 || s.Variables[1].Initial != "0.2" {
		t.Errorf("strategy: %+v", s)
	}
	o := c.Outcome("gap")
	if o == nil || o.Reduce != First || o.Hold != 2 || len(o.Event.By) != 2 || o.Headline {
		t.Errorf("outcome: %+v", o)
	}
	if table := c.Tables["data/guests.csv"]; table == nil || len(table.Rows) != 2 || table.Rows[1][0] != "Borea, Old" {
		t.Errorf("table: %+v", table)
	}
	if v := c.Model.Variable("guests"); v.Equations[0].Text != "500" || v.Equations[0].Expression.(*model.Number).Value != 500 {
		t.Errorf("the initial value of guests is %q", v.Equations[0].Text)
	}
	if len(c.Boundaries) == 0 || len(c.Hash) != 64 || len(c.ModelHash) != 64 || c.Hash == c.ModelHash {
		t.Errorf("boundaries %d bytes, hashes %q, %q", len(c.Boundaries), c.Hash, c.ModelHash)
	}
}

func TestHash(t *testing.T) {
	load := func(files fstest.MapFS) *Case {
		c, list := Load(files)
		if list.Err() != nil {
			t.Fatal(list)
		}
		return c
	}
	base := load(valley(t))
	files := valley(t)
	edit(t, files, "MODEL.md", "reasoning", "reasons")
	if load(files).Hash != base.Hash {
		t.Error("a file that the case does not use changes its hash")
	}
	edit(t, files, "data/guests.csv", "invented,low", "invented,lowest")
	changed := load(files)
	if changed.Hash == base.Hash || changed.ModelHash != base.ModelHash {
		t.Error("a table changes the hash of the case, and that alone")
	}
	edit(t, files, "model.xmile", "guess", "guesses")
	if c := load(files); c.Hash == changed.Hash || c.ModelHash == base.ModelHash {
		t.Error("the model changes both hashes")
	}
}

func TestLoadMissing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	files := valley(t)
	files["strategy.yaml"] = files[StrategiesName]
	delete(files, StrategiesName)
	delete(files, ModelName)
	for name, test := range map[string]struct {
		list interface{ Error() string }
		want string
	}{
		"no folder":    {second(Load(os.DirFS(filepath.Join(dir, "none")))), ".: error: the case folder cannot be read: no such file or directory (give the path of a folder that holds case.yaml)"},
		"not a folder": {second(Load(os.DirFS(filepath.Join(dir, "file")))), "the case folder cannot be read: not a"},
		"empty folder": {second(Load(os.DirFS(t.TempDir()))), "case.yaml: error: the file is missing (a case folder holds case.yaml, model.xmile, uncertainties.yaml, strategies.yaml, outcomes.yaml)"},
		"misnamed":     {second(Load(files)), "strategies.yaml: error: the file is missing (the folder has \"strategy.yaml\"; rename it if it was meant)"},
	} {
		if got := test.list.Error(); !strings.Contains(got, test.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
	if list := second(Load(files)); strings.Count(list.Error(), "\n") != 1 {
		t.Errorf("two missing files give\n%v", list)
	}
}

func second[A, B any](_ A, b B) B { return b }
