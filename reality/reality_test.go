package reality

import (
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"handover/casefile"
)

// valley is the example case of package casefile, with reality checks.
func valley(t *testing.T, checks string) (*casefile.Case, error) {
	t.Helper()
	files := fstest.MapFS{}
	root := "../casefile/testdata/valley"
	for _, name := range []string{"case.yaml", "model.xmile", "uncertainties.yaml", "strategies.yaml", "outcomes.yaml", "map.geojson", "evidence.yaml", "actors.yaml", "claims.yaml"} {
		data, err := os.ReadFile(root + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	tables, err := os.ReadDir(root + "/data")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range tables {
		data, err := os.ReadFile(root + "/data/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		files["data/"+e.Name()] = &fstest.MapFile{Data: data}
	}
	files["checks.yaml"] = &fstest.MapFile{Data: []byte(checks)}
	c, list := casefile.Load(files)
	return c, list.Err()
}

const setups = `
setups:
  - id: still
    stop: 12
    step: 0.25
    settings:
      - {variable: guests, value: 800}
      - {variable: departure pace, value: 0.5}
  - id: stays
    like: still
    settings:
      - {variable: departure pace, value: 0}
  - id: later
    like: still
    settings:
      - {variable: departure pace, points: [[5, 0], [5.25, 0.5]]}
  - id: breaks
    like: still
    settings:
      - {variable: departure pace, value: -1e300}
checks:
`

// TestMeasures compares what checks measure with results worked out by hand:
// guests fall by a factor of 1 - 0.5/4 a step from 800.
func TestMeasures(t *testing.T) {
	after := func(steps float64) float64 { return 800 * math.Pow(0.875, steps) }
	geometric := func(from, to float64) float64 { // sum of guests over steps from..to-1, times dt
		sum := 0.0
		for k := from; k < to; k++ {
			sum += after(k) / 4
		}
		return sum
	}
	for name, c := range map[string]struct {
		check string
		want  float64
		holds bool
	}{
		"final":          {"expression: guests\n    most: 10", after(48), true},
		"window":         {"expression: guests\n    from: 2\n    to: 2\n    least: 274\n    most: 275", after(8), true},
		"integral":       {"expression: guests\n    reduce: integral\n    from: 1\n    to: 3\n    most: 1", geometric(4, 12), false},
		"mean":           {"expression: guests\n    reduce: mean\n    from: 1\n    to: 3\n    least: 1", geometric(4, 12) / 2, true},
		"over":           {"expression: guests\n    reduce: integral\n    from: 1\n    to: 3\n    over: {from: 3, to: 5}\n    least: 2.9", geometric(4, 12) / geometric(12, 20), true},
		"minimum":        {"expression: guests\n    reduce: minimum\n    most: 10", after(48), true},
		"ratio":          {"expression: guests\n    against: stays\n    relation: ratio\n    most: 0.1", after(48) / 800, true},
		"difference":     {"expression: guests\n    against: stays\n    relation: difference\n    least: 0", after(48) - 800, false},
		"residual":       {"measure: residual\n    stocks: [guests]\n    outflows: [departure]\n    most: 1e-12", 0, true},
		"leak":           {"measure: residual\n    stocks: [guests]\n    most: 0.1", 1.0 / 7, false},
		"drift":          {"measure: drift\n    stocks: [guests]\n    most: 1", 12 * (800 - after(4)) / 800, false},
		"totals":         {"measure: stock totals\n    against: later\n    stocks: [guests]\n    most: 0.1", 1 - after(48)/after(27), false},
		"smallest stock": {"measure: smallest stock\n    least: 0", math.NaN(), true},
	} {
		c0, err := valley(t, setups+"  - id: one\n    name: One\n    setup: still\n    source: by hand\n    "+c.check+"\n")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found, err := Run(c0, 1)
		if err != nil {
			t.Fatal(err)
		}
		v := found[0]
		if !math.IsNaN(c.want) && math.Abs(v.Value-c.want) > 1e-9*math.Max(1, math.Abs(c.want)) {
			t.Errorf("%s: measured %v, expected %v", name, v.Value, c.want)
		}
		if v.Holds != c.holds {
			t.Errorf("%s: holds is %v for %v", name, v.Holds, v.Value)
		}
	}
}

func TestTrouble(t *testing.T) {
	c, err := valley(t, setups+`  - {id: one, name: Guests stay finite, setup: breaks, expression: guests, least: 0, source: x, exception: it is meant to}
`)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Run(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	line := found[0].Line(&c.Checks[0])
	for _, want := range []string{"FAILS, argued", "guests is not finite from month", "it is meant to"} {
		if !strings.Contains(line, want) {
			t.Errorf("%q does not say %q", line, want)
		}
	}
}

// TestMistakes: every mistake of the file is named, with its line.
func TestMistakes(t *testing.T) {
	_, err := valley(t, `setups:
  - id: a
    like: b
    strategy: plam
    step: 0
    settings:
      - {variable: gests, value: 1}
      - {variable: guests}
      - {variable: departure, value: 1}
      - {variable: guests, points: [[0, 1], [1, 2]]}
  - {id: b, start: 5, stop: 5}
checks:
  - {id: one, name: x, setup: c, expression: guests + vacum, least: 2, most: 1, source: x}
  - {id: two, name: x, setup: a, measure: residual, expression: guests, most: 1, source: x}
  - {id: three, name: x, setup: a, against: a, expression: guests, source: x}
  - {id: four, name: x, setup: a, measure: drift, stocks: [departure, "militia[south]"], most: 1, source: x}
  - {id: five, name: x, setup: a, expression: "guests +", most: 1, source: x}
`)
	if err == nil {
		t.Fatal("the file was accepted")
	}
	text := err.Error()
	for _, want := range []string{
		`checks.yaml:3:11: error: setups[0].like: "b" is not a setup above`,
		`there is no strategy "plam" in strategies.yaml (did you mean "plan"?)`,
		"the step is 0 months",
		`"gests" is not a variable of the model`,
		`"guests" needs a value or points`,
		`"departure" is a flow; only a stock, an auxiliary or a constant can be set`,
		"points set a whole auxiliary or constant",
		"the run goes from month 5 to month 5",
		`checks[0].setup: "c" is not a setup above`,
		"least is 2 and most is 1",
		"the measure residual takes no expression",
		"the measure residual needs stocks",
		"nothing is expected",
		"needs against and relation",
		`"departure" is a flow; expected a stock`,
		"the sum over all elements is looked at",
		"checks.yaml:17:",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}
