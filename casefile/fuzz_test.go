package casefile

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// fuzzFile loads the example case with one file replaced.
func fuzzFile(f *testing.F, name string, more ...string) {
	original, err := os.ReadFile("testdata/valley/" + name)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(original)
	for _, m := range more {
		f.Add([]byte(m))
	}
	files := valley(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		changed := fstest.MapFS{}
		for n, file := range files {
			changed[n] = file
		}
		changed[name] = &fstest.MapFile{Data: data}
		sound(t, changed)
	})
}

// sound loads a case and checks what holds for any input: a case or errors,
// never both or none, and with a case the models of all strategies.
func sound(t interface{ Fatalf(string, ...any) }, fsys fs.FS) {
	c, list := Load(fsys)
	if (c == nil) != (list.Errors() > 0) {
		t.Fatalf("case %v with %d errors:\n%v", c != nil, list.Errors(), list)
	}
	for _, d := range list {
		if d.Position.File == "" || d.Message == "" || d.Code == "" {
			t.Fatalf("a diagnostic without file, message or code: %#v", d)
		}
		if strings.Contains(d.Error(), mark) {
			t.Fatalf("a diagnostic with an internal mark: %q", d.Error())
		}
	}
	if c == nil {
		return
	}
	for _, s := range c.Strategies {
		if _, err := c.StrategyModel(s.ID); err != nil {
			t.Fatalf("Load accepted strategy %s, whose model fails: %v", s.ID, err)
		}
	}
	if _, _, err := c.Factors(); err != nil {
		t.Fatalf("Load accepted uncertainties that fail: %v", err)
	}
}

func FuzzCaseYAML(f *testing.F) {
	fuzzFile(f, SettingsName, "name: &a [*a]", "? a\n: b", "- - - -", "{{{{", "a:\n\t- b", "%YAML 1.2\n---\n", "\xff", "name: !!binary x")
}

func FuzzUncertaintiesYAML(f *testing.F) { fuzzFile(f, UncertaintiesName) }

func FuzzStrategiesYAML(f *testing.F) { fuzzFile(f, StrategiesName) }

func FuzzOutcomesYAML(f *testing.F) { fuzzFile(f, OutcomesName) }

func FuzzEvidenceYAML(f *testing.F) { fuzzFile(f, EvidenceName) }

func FuzzActorsYAML(f *testing.F) { fuzzFile(f, ActorsName) }

func FuzzClaimsYAML(f *testing.F) { fuzzFile(f, ClaimsName) }

func FuzzQuestionsYAML(f *testing.F) { fuzzFile(f, QuestionsName) }

func FuzzModelXMILE(f *testing.F) { fuzzFile(f, ModelName) }

func FuzzTable(f *testing.F) {
	fuzzFile(f, path.Join(TablesFolder, "guests.csv"), "\"", "a,b\n1,2\n3\n", "\ufeffsource,confidence\n")
}

func FuzzMap(f *testing.F) {
	fuzzFile(f, "map.geojson", "null", "[]", `{"type":"FeatureCollection","features":null}`, `{"type":"FeatureCollection","features":[{"id":{}}]}`)
}

// TestMutations changes a few bytes of any file and loads the case.
func TestMutations(t *testing.T) {
	files := valley(t)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		changed := fstest.MapFS{}
		for n, file := range files {
			changed[n] = file
		}
		name := rapid.SampledFrom(names).Draw(t, "file")
		data := append([]byte{}, files[name].Data...)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				data[at] = rapid.Byte().Draw(t, "byte")
			case 1:
				data = append(data[:at], data[min(len(data), at+rapid.IntRange(1, 30).Draw(t, "cut")):]...)
			case 2:
				piece := []byte(rapid.SampledFrom([]string{"[", "{", "- ", ": ", "\n", "  ", "#", "'", "\"", "|", ">", "1e9", "-", "null", "~", "NaN", "<", "&a ", "*a "}).Draw(t, "piece"))
				data = append(data[:at:at], append(piece, data[at:]...)...)
			}
			if len(data) == 0 {
				data = []byte{'x'}
			}
		}
		changed[name] = &fstest.MapFile{Data: data}
		sound(t, changed)
	})
}

// TestBounds loads files that are built to be costly.
func TestBounds(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"deep flow lists":  {strings.Repeat("[", 1<<17), "nested more than 32 deep"},
		"deep flow groups": {strings.Repeat("{a: ", 1<<16), "nested more than 32 deep"},
		"dashes":           {strings.Repeat("- ", 1<<17), "start on one line"},
		"deep blocks":      {deepBlocks(2000), "indented by more than 400 columns"},
		"many keys":        {strings.Repeat("a: b\n", 1<<16), "more than 1000 keys"},
		"many flow keys":   {"x: {" + strings.Repeat("a: b, ", 1<<16) + "}", "more than 1000 keys"},
		"many tokens":      {"x: [" + strings.Repeat("1,", 1<<20) + "]", "punctuation marks"},
		"many items":       {"default: [" + strings.Repeat("a,", 1<<16) + "]", "at most 2000"},
		"many mistakes":    {"limits: [" + strings.Repeat("1,", 2000) + "]", "more mistakes than these 200"},
		"bomb":             {"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchors"},
		"too large":        {strings.Repeat("x", MostYAML+1), "at most 4.0 MB"},
		"quotes":           {strings.Repeat("\"", 1<<18), "not valid YAML"},
		"garbage":          {strings.Repeat("\x01\x7f\xfe", 1<<20), "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			files := valley(t)
			files[SettingsName] = &fstest.MapFile{Data: []byte(test.text)}
			c, list := Load(files)
			if c != nil || !strings.Contains(list.Error(), test.want) {
				t.Errorf("got %.300s\nwant %q", list.Error(), test.want)
			}
		})
	}
}

func deepBlocks(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
