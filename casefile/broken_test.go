package casefile

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// valley is the example case, to be broken.
func valley(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS("testdata/valley")
	err := fs.WalkDir(root, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// edit replaces one piece of text in a file; the piece must be there.
func edit(t testing.TB, files fstest.MapFS, file, old, text string) {
	t.Helper()
	data := string(files[file].Data)
	if !strings.Contains(data, old) {
		t.Fatalf("%s does not hold %q", file, old)
	}
	files[file] = &fstest.MapFile{Data: []byte(strings.Replace(data, old, text, 1))}
}

// broken lists ways to break the example case. Each edit is a file, what to
// replace, and by what; an empty second part stands for the whole file.
var broken = map[string][][3]string{
	"belief": {
		{"belief.yaml", "", `fans:
  - {series: gusts, indicator: band-deaths}
  - {series: guests, indicator: band-death, follows: guests}
  - {series: guests, follows: nothing}
reports:
  - {line: guest, expression: militia, spread: 0, source: test}
  - {line: guests, expression: 1, spread: 0.2, least: -1, source: test}
  - {line: guests, expression: 1, spread: 4, source: test, rat: true}
`},
	},
	"holdout": {
		{"holdout.yaml", "", `strategy: plans
gathered: 2026
facts:
  - {id: a, name: A, quantity: guests, from: 1999-01, value: 1, source: test, confidence: high}
  - {id: a, name: B, quantity: guests, from: 2026-01, to: 2025-12, value: 1, above: 3, source: test, confidence: low}
  - {id: c, name: C, quantity: guests, from: 2026-01, happened: true, source: test, confidence: low, frequency: 2}
  - {id: d, name: D, quantity: guests, from: 2900-01, happened: true, above: 1, below: 2, before: 3, source: test, confidence: low}
  - {id: e, name: E, quantity: guests, from: 2026-01, source: test, confidence: sure, valu: 3}
`},
	},
	"quantities of facts": {
		{"holdout.yaml", "", `strategy: plan
gathered: 2026-06
facts:
  - {id: a, name: A, quantity: gests*2, from: 2026-01, value: 1, source: test, confidence: high}
  - {id: b, name: B, quantity: "SUM(militia[*]", from: 2026-01, value: 1, source: test, confidence: high}
  - {id: c, name: C, quantity: added, variables: [{name: added, expression: nothing, initial: "0", meaning: test}], from: 2026-05, value: 1, source: test, confidence: high}
`},
	},
	"quantities of belief": {
		{"belief.yaml", "", `fans:
  - {series: guests, indicator: band-deaths}
reports:
  - {line: guests, expression: gests*2, spread: 0.2, source: test}
  - {line: share, expression: "SUM(militia[*]", spread: 0.2, source: test}
`},
		{"programme.yaml", "", `lines:
  - {id: guests, name: Guests, kind: forces-present, better: lower}
  - {id: share, name: Share, kind: weapons-in, better: higher}
`},
	},
	"misspelt keys": {
		{"case.yaml", "horizon: 24", "horizn: 24"},
		{"uncertainties.yaml", "mode: 0.02", "mod: 0.02"},
		{"strategies.yaml", "evidence: 3", "evidense: 3"},
		{"outcomes.yaml", "reduce: maximum", "reduse: maximum"},
		{"outcomes.yaml", "series:", "zebra: 1\nseries:"},
	},
	"wrong types": {
		{"case.yaml", "version: \"1.0\"", "version: 1.0"},
		{"case.yaml", "horizon: 24", "horizon: 24.5"},
		{"case.yaml", "default: [plan, steps]", "default: plan"},
		{"case.yaml", "title: Two valleys", "title: true"},
		{"case.yaml", "name: North Valley", "name: [North, Valley]"},
		{"uncertainties.yaml", "low: 0.01", "low: \"0.01\""},
		{"uncertainties.yaml", "high: 0.1", "high: 1e999"},
		{"uncertainties.yaml", "mean: 400", "mean: 0x190"},
		{"uncertainties.yaml", "deviation: 50", "deviation: .inf"},
		{"uncertainties.yaml", "structural: true", "structural: yes"},
		{"uncertainties.yaml", "rank: 0.4", "rank:"},
		{"strategies.yaml", "clock:\n      name: step clock\n      paused: [militia gate]", "clock: step clock"},
		{"outcomes.yaml", "maps:\n", "maps: {}\nmaps:\n"},
	},
	"wrong words": {
		{"uncertainties.yaml", "distribution: triangular", "distribution: triangle"},
		{"uncertainties.yaml", "label: assumed", "label: guessed"},
		{"uncertainties.yaml", "source: a guess", "source: \"\""},
		{"strategies.yaml", "interpolation: step", "interpolation: steps"},
		{"outcomes.yaml", "reduce: maximum", "reduce: maximun"},
		{"outcomes.yaml", "better: lower", "better: smaller"},
	},
	"duplicates": {
		{"case.yaml", "title: Two valleys", "title: Two valleys\ntitle: Three valleys"},
		{"case.yaml", "shape: S", "shape: S\n    - element: North\n      shape: N"},
		{"case.yaml", "default: [plan, steps]", "default: [plan, steps, plan]"},
		{"case.yaml", "  - variable: guests\n", "  - variable: militia[South]\n    table: data/guests.csv\n    sum: [militia, militia]\n  - variable: guests\n"},
		{"uncertainties.yaml", "  - variable: structure", "  - variable: guests_needed\n    distribution: uniform\n    low: 200\n    high: 300\n    label: assumed\n    source: x\n  - variable: structure"},
		{"uncertainties.yaml", "correlations:", "correlations:\n  - between: [guests needed, \"growth[ North ]\"]\n    rank: 0.1\n    source: x\n"},
		{"strategies.yaml", "id: steps", "id: Plan"},
		{"strategies.yaml", "name: trust pace", "name: trust"},
		{"strategies.yaml", "name: militia share", "name: vacuum"},
		{"strategies.yaml", "    levers:", "    levers:\n      - variable: Departure_Pace\n        points: [[0, 1]]"},
		{"outcomes.yaml", "id: gap", "id: resurgence"},
	},
	"unknown names": {
		{"case.yaml", "reference: plan", "reference: plam"},
		{"case.yaml", "dimension: place", "dimension: places"},
		{"case.yaml", "shape: S", "shape: SS"},
		{"case.yaml", "variable: guests", "variable: guest"},
		{"case.yaml", "variable: militia[south]", "variable: militia[suth]"},
		{"case.yaml", "sum: [militia]", "sum: [millitia]"},
		{"case.yaml", "register: data/guests.csv", "register: data/guest.csv"},
		{"uncertainties.yaml", "growth[north]", "grwth[north]"},
		{"uncertainties.yaml", "variable: structure", "variable: structur"},
		{"uncertainties.yaml", ", guests needed]", ", guest needed]"},
		{"strategies.yaml", "variable: departure pace", "variable: departure pase"},
		{"strategies.yaml", "paused: [militia gate]", "paused: [militia gates]"},
		{"strategies.yaml", "          trust > 0.1", "          trusts > 0.1"},
		{"outcomes.yaml", "SUM(militia[*])", "SUM(militias[*])"},
		{"outcomes.yaml", "\"vacuum[north] > 0.5\"", "\"vacuum[nord] > 0.5\""},
		{"outcomes.yaml", "variable: vacuum", "variable: vacum"},
	},
	"rows of tables": {
		{"case.yaml", "sum: [troops, support staff]", "sum: [troops, support staff]\n    where: stat\n    is: Alba"},
		{"case.yaml", "sum: [militia]", "sum: [militia]\n    where: state\n    is: Alva"},
	},
	"places": {
		{"case.yaml", "    - element: south\n      shape: S\n", "    - element: sout\n"},
	},
	"shapes without map": {
		{"case.yaml", "  map: map.geojson\n", ""},
	},
	"kinds": {
		{"case.yaml", "variable: guests", "variable: all militia"},
		{"case.yaml", "variable: militia[south]", "variable: militia"},
		{"uncertainties.yaml", "growth[north]", "growth"},
		{"uncertainties.yaml", "variable: Guests Needed", "variable: vacuum"},
		{"strategies.yaml", "variable: departure pace", "variable: departure"},
		{"outcomes.yaml", "variable: vacuum", "variable: bloc strength"},
		{"outcomes.yaml", "expression: guests", "expression: vacuum"},
	},
	"distributions": {
		{"uncertainties.yaml", "mode: 0.02\n    high: 0.1", "mode: 0.5\n    high: 0.1"},
		{"uncertainties.yaml", "deviation: 50", "deviation: -50"},
		{"uncertainties.yaml", "low: 200\n    high: 600", "low: 600\n    high: 200"},
		{"uncertainties.yaml", "name: strong", "weight: -1"},
		{"uncertainties.yaml", "value: 0.5, name: weak", "value: 1, name: weak"},
	},
	"parameters": {
		{"uncertainties.yaml", "mode: 0.02", "mean: 0.02"},
		{"uncertainties.yaml", "distribution: normal", "distribution: lognormal"},
		{"uncertainties.yaml", "distribution: categorical", "distribution: discrete"},
	},
	"ranges": {
		{"uncertainties.yaml", "high: 0.1", "high: 0.5"},
		{"uncertainties.yaml", "high: 600", "high: 6\n    multiply: true"},
	},
	"correlations": {
		{"uncertainties.yaml", "rank: 0.4", "rank: 1.4"},
		{"uncertainties.yaml", "correlations:", "correlations:\n  - between: [structure, Structure]\n    rank: 0.1\n    source: x\n  - between: [structure]\n    rank: 0.1\n    source: x"},
	},
	"impossible correlations": {
		{"uncertainties.yaml", "rank: 0.4", "rank: 0.95"},
		{"uncertainties.yaml", "correlations:", "correlations:\n  - between: [structure, guests needed]\n    rank: 0.95\n    source: x\n  - between: [structure, \"growth[north]\"]\n    rank: -0.95\n    source: x"},
	},
	"levers": {
		{"strategies.yaml", "[6, 0.1], [12, 0.1]", "[6, 0.1], [6, 0.1]"},
		{"strategies.yaml", "        interpolation: step", "        expression: 0.1\n        interpolation: step\n      - variable: growth\n        points: [[0, 1]]\n      - variable: structure[1]\n      - variable: all militia\n        expression: guests\n        calendar: true"},
		{"strategies.yaml", "- [0, 0.05]", "- [0, 0.05, 1]"},
	},
	"expressions": {
		{"strategies.yaml", "all_militia / (all_militia + guests)", "all_militia / (all_militia + guests"},
		{"strategies.yaml", "          trust > 0.1", "          trust >> 0.1"},
		{"strategies.yaml", "initial: 0.2", "initial: 0.2 *"},
		{"outcomes.yaml", "\"vacuum[north] > 0.5\"", "'vacuum[north] > ) 0.5'"},
		{"outcomes.yaml", "expression: SUM(militia[*])", "expression: militia"},
		{"outcomes.yaml", "expression: guests", "expression: militia_share * SQRT(1, 2)"},
	},
	"conditions": {
		{"strategies.yaml", "militia_share > 0.35", "militia_share - 0.35"},
		{"outcomes.yaml", "\"vacuum[north] > 0.5\"", "3"},
	},
	"units": {
		{"strategies.yaml", "units: 1/Month", "units: person"},
		{"outcomes.yaml", "expression: guests", "expression: guests + structure"},
	},
	"cycle": {
		{"strategies.yaml", "points: [[0, 0], [6, 0.1], [12, 0.1]]", "expression: departure / guests"},
	},
	"outcomes": {
		{"outcomes.yaml", "    headline: true\n  - id: gap", "  - id: gap"},
		{"outcomes.yaml", "hold: 2", "hold: -2"},
		{"outcomes.yaml", "event: {above: 500,", "event: {by: [3],"},
		{"outcomes.yaml", "by: [6, 12]", "by: [12, 6], above: 2"},
	},
	"headlines": {
		{"outcomes.yaml", "    definition: First", "    headline: true\n    decimals: 10\n    definition: First"},
		{"outcomes.yaml", "    event: {above: 500, name: a resurgence}\n", "    hold: 1\n"},
	},
	"settings": {
		{"case.yaml", "name: valley", "name: The Valley"},
		{"case.yaml", "2026-01-01", "2026-13-01"},
		{"case.yaml", "horizon: 24", "horizon: 0"},
		{"case.yaml", "default: [plan, steps]", "default: []"},
		{"case.yaml", "map: map.geojson", "map: ../map.geojson"},
	},
	"numbers in tables": {
		{"data/guests.csv", "300,20", "3 000,"},
		{"data/guests.csv", "30,90", "30,some"},
	},
	"ragged table": {
		{"data/guests.csv", "\"Borea, Old\"", "Borea, Old"},
		{"data/guests.csv", "invented,high", ",high"},
	},
	"table without source": {
		{"data/guests.csv", ",source,", ",sources,"},
		{"data/guests.csv", "state,", "commander_name,"},
	},
	"coordinates in table": {
		{"data/guests.csv", "support staff", "Latitude (deg)"},
		{"data/guests.csv", "state,", "firstName,"},
	},
	"quotes in table":  {{"data/guests.csv", "\"Borea, Old\"", "\"Borea\" Old"}},
	"empty table":      {{"data/guests.csv", "", ""}},
	"not yaml":         {{"case.yaml", "default: [plan, steps]", "default: [plan, steps"}},
	"tab in yaml":      {{"case.yaml", "  - variable", "\t- variable"}},
	"anchors and tags": {{"strategies.yaml", "name: The plan", "name: &x The plan"}, {"strategies.yaml", "short: steps", "short: *x"}, {"outcomes.yaml", "hold: 2", "hold: !!int 2"}, {"case.yaml", "places:", "places:\n  <<: {}"}},
	"second document":  {{"outcomes.yaml", "series:", "---\nseries:"}},
	"a list on top":    {{"outcomes.yaml", "", "- 1\n- 2\n"}},
	"only comments":    {{"strategies.yaml", "", "# nothing yet\n"}},
	"blank file":       {{"uncertainties.yaml", "", "\n\n"}},
	"not utf-8":        {{"case.yaml", "Two valleys", "Two valle\xff"}},
	"map not json":     {{"map.geojson", "\"id\":\"N\",", "\"id\":\"N\""}},
	"map without ids":  {{"map.geojson", "\"id\":\"N\",", ""}},
	"map of points":    {{"map.geojson", "Polygon", "Point"}},
	"model not xml":    {{"model.xmile", "", "hello"}},
	"model cycle":      {{"model.xmile", "<eqn>400</eqn>", "<eqn>bloc_strength[hills] + SUM(vacuum[*])</eqn>"}, {"model.xmile", "SUM(militia[*])", "guests_needed"}},
	"misspelt keys of evidence": {
		{"evidence.yaml", "fips: VA", "fip: VA"},
		{"evidence.yaml", "column: deaths", "colum: deaths"},
		{"actors.yaml", "relation: successor", "relation: son"},
		{"actors.yaml", "group: state\n", "grup: state\n"},
		{"claims.yaml", "words: There", "word: There"},
		{"claims.yaml", "test: quiet", "test: quite"},
	},
	"unknown names of evidence": {
		{"evidence.yaml", "groups: [band]", "groups: [bant]"},
		{"evidence.yaml", "against: [state]", "against: [stat]"},
		{"evidence.yaml", "places: [north]", "places: [nort]"},
		{"evidence.yaml", "data/months.csv", "data/month.csv"},
		{"actors.yaml", "group: state\n", "group: states\n"},
		{"actors.yaml", "of: old-band", "of: old-bent"},
		{"claims.yaml", "indicator: band-deaths", "indicator: band-death"},
		{"claims.yaml", "places: [north]", "places: [norht]"},
	},
	"observed column": {
		{"evidence.yaml", "column: deaths", "column: death"},
	},
	"observed table": {
		{"data/months.csv", "2024-01,3", "2024-13,-3"},
		{"data/months.csv", "2024-03,0", "2024-02,0.5"},
	},
	"observed table without months": {
		{"data/months.csv", "month,", "when,"},
	},
	"actors": {
		{"actors.yaml", "id: army", "id: Old-Band"},
		{"actors.yaml", "to: \"2009-12-31\"", "to: \"2010-12-31\""},
		{"actors.yaml", "from: \"2015-01-01\"", "from: \"2015-02-31\""},
		{"actors.yaml", "name: Government of the Valleys", "name: \"--\""},
		{"actors.yaml", "    spellings: [{name: The Band}]\n", "    spellings: [{name: The Band}]\n    lineage: [{relation: splinter, of: new-band}]\n"},
	},
	"days of actors": {
		{"actors.yaml", "from: \"2010-01-01\"\n", "from: \"2010-01-01\"\n    to: \"2009-01-01\"\n"},
		{"actors.yaml", "of: old-band, date", "of: new-band, date"},
		{"actors.yaml", "    spellings: [{name: Government of the Valleys}]\n", "    spellings: []\n"},
	},
	"claims": {
		{"claims.yaml", "date: \"2025-11-03\"", "date: 3 November 2025"},
		{"claims.yaml", "limit: 0\n", "limit: -1\n"},
		{"claims.yaml", "months: 3", "months: 0"},
		{"claims.yaml", "probability: 0.8", "probability: 0.3"},
		{"claims.yaml", "limit: 0.33", "limit: 1.5"},
		{"claims.yaml", "months: 12", "months: 12\n        places: [north]"},
	},
	"programme": {
		{"programme.yaml", "blocs: Bloc", "blocs: Blog"},
		{"programme.yaml", "series: guests", "series: gusts"},
		{"programme.yaml", "levers: [growth]", "levers: [grwth]\n    factor: 0\n    from: May 2026"},
		{"programme.yaml", "tolerance: 0.2", "tolerance: 2\n    currency: USD"},
		{"programme.yaml", "    currency: USD\n    better: higher\n    places: [north]", "    better: higher\n    places: [nroth]"},
	},
	"blocs and kinds of a programme": {
		{"programme.yaml", "levers: [growth]", "levers: [growth]\n    blocs: [hils]"},
		{"programme.yaml", "kind: money", "kind: mony"},
	},
	"tables of a programme": {{"programme.yaml", "blocs: Bloc", "blocs: Bloc\nledger: data/gests.csv\npast: data/guests.csv"}},
	"signposts": {
		{"signposts.yaml", "threshold: 3", "threshold: 0"},
		{"signposts.yaml", "quiet: 6", "quiet: 100\n    months: 3"},
		{"signposts.yaml", "- {indicator: band-deaths, series: guests}", "- {indicator: band-death, above: 3}\n      - {line: guest}"},
		{"signposts.yaml", "      indicator: band-deaths\n      above: 50\n      months: 3\n      within: 24", "      months: 0\n      within: 0\n      series_limit: 3"},
		{"signposts.yaml", "    months: 2", "    months: 0\n    threshold: 2"},
		{"signposts.yaml", "{line: guests, below: 100}", "{line: guests, indicator: band-deaths}"},
	},
	"misspelt keys of questions": {
		{"questions.yaml", "background: The band came", "backround: The band came"},
		{"questions.yaml", "kind: choice", "kind: choise"},
		{"questions.yaml", "indicator: band-deaths\n      from: \"2026-01\"", "indicator: band-death\n      from: \"2026-01\""},
		{"questions.yaml", "outcome: gap", "outcome: gapp"},
		{"questions.yaml", "series: guests", "series: gusts"},
		{"questions.yaml", "places: [north]", "places: [norht]"},
	},
	"days of questions": {
		{"questions.yaml", "opens: \"2025-11-03\"\n    closes: \"2026-05-31\"", "opens: \"2026-11-03\"\n    closes: \"2026-05-31\""},
		{"questions.yaml", "resolves: \"2027-01-31\"", "resolves: 31 January 2027"},
		{"questions.yaml", "closes: \"2026-06-30\"", "closes: \"2026-12-31\""},
		{"questions.yaml", "from: \"2026-01\"\n      to: \"2026-12\"\n      reduce: max", "from: \"2026-13\"\n      to: \"2026-12\"\n      reduce: max"},
		{"questions.yaml", "range: {from: \"2026-01-01\", to: \"2026-12-31\"}", "range: {from: \"2026-01-01\", to: \"2025-12-31\"}"},
	},
	"answers of questions": {
		{"questions.yaml", "upto: 9", "upto: 0"},
		{"questions.yaml", "{id: many, name: Ten or more}", "{id: few, name: Ten or more, upto: 12}"},
		{"questions.yaml", "range: {high: 200, open_high: true}", "range: {low: -1.5, high: 200, open_low: true}"},
		{"questions.yaml", "range: {low: 0, high: 100, open_high: true}", "range: {low: 0, high: -5}"},
		{"questions.yaml", "above: 0\n      hold: 2", "above: 0\n      below: 5\n      hold: 0"},
		{"questions.yaml", "    unit: guests\n", ""},
		{"questions.yaml", "dispersion: 4", "dispersion: 0.5"},
	},
	"kinds of questions": {
		{"questions.yaml", "kind: binary\n    background: The band came", "kind: date\n    background: The band came"},
		{"questions.yaml", "model: {series: guests, by: 12}", "model: {series: guests, outcome: gap, by: 0}"},
		{"questions.yaml", "reduce: sum\n", "reduce: first\n"},
		{"questions.yaml", "    judge: {source: the gazette}\n", ""},
	},
	"no question": {{"questions.yaml", "", "questions: []\n"}},
	"country and sources": {
		{"evidence.yaml", "fips: VA", "fips: Valley"},
		{"evidence.yaml", "names: [The Valleys]", "names: []"},
		{"evidence.yaml", "lag: 1, licence: CC BY 4.0}", "lag: 99, licence: x}\n  - {source: ucdp-ged, lag: 1, licence: x}"},
	},
	"spellings of places": {
		{"case.yaml", "\"Val du Nord\"]", "\"Val du Nord\", South, \"?\"]"},
	},
	"model in years": {{"model.xmile", "time_units=\"Month\"", "time_units=\"Year\""}},
}

func TestBroken(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(broken)) {
		t.Run(name, func(t *testing.T) {
			files := valley(t)
			for _, e := range broken[name] {
				if e[1] == "" {
					files[e[0]] = &fstest.MapFile{Data: []byte(e[2])}
				} else {
					edit(t, files, e[0], e[1], e[2])
				}
			}
			c, list := Load(files)
			if (c == nil) != (list.Errors() > 0) || len(list) == 0 {
				t.Errorf("case %v with %d errors of %d", c != nil, list.Errors(), len(list))
			}
			golden(t, filepath.Join("testdata", "broken", strings.ReplaceAll(name, " ", "-")+".txt"), list.Error()+"\n")
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got)\n%s", path, d)
	}
}
