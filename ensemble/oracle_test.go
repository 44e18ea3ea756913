package ensemble

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"handover/casefile"
	"handover/engine"
)

// history is one experiment, run alone and with everything saved.
type history struct {
	bad     bool
	outcome []float64
	series  [][]float64
	places  [][]float64 // militia and vacuum by place, as the columns of the engine
}

// alone runs every experiment by itself, one lane, no rounds, and asks the
// engine for whole trajectories.
func alone(t *testing.T, r Request) (histories [][]history, times []float64) {
	t.Helper()
	c := r.Case
	points := readTable(t, filepath.Join(startedIn(t, r), inputsName))
	for _, id := range r.Strategies {
		m, err := c.StrategyModel(id)
		if err != nil {
			t.Fatal(err)
		}
		options := engine.Options{Horizon: float64(r.Horizon)}
		for _, u := range c.Uncertainties {
			options.Varied = append(options.Varied, u.Variable)
		}
		for _, o := range c.Outcomes {
			options.Reductions = append(options.Reductions, engine.Reduction{Reduce: reduces[o.Reduce], Variable: c.OutcomeVariable(o.ID), Hold: o.Hold})
		}
		options.Saved = []string{c.SeriesVariable("militia"), c.SeriesVariable("pressure"), "vacuum", "militia"}
		p, err := engine.Compile(m, options)
		if err != nil {
			t.Fatal(err)
		}
		times = p.SaveTimes()
		w := p.NewWorker(1)
		var of []history
		for f := range r.Futures {
			b := engine.Block{
				Seed: r.Seed, First: f, Runs: 1,
				Reductions: make([]float64, len(c.Outcomes)), Series: make([]float64, len(p.Columns())*len(times)),
				Bad: make([]int, 1), BadVariable: make([]string, 1),
			}
			for i, u := range c.Uncertainties {
				v := points.numbers[i+1][f]
				if u.Multiply {
					v *= 400 // guests needed
				}
				b.Inputs = append(b.Inputs, v)
			}
			if err := w.Run(&b); err != nil {
				t.Fatal(err)
			}
			h := history{bad: b.Bad[0] >= 0, outcome: b.Reductions}
			for c := range p.Columns() {
				column := b.Series[c*len(times):][:len(times)]
				if c < 2 {
					h.series = append(h.series, column)
				} else {
					h.places = append(h.places, column)
				}
				for _, v := range column {
					h.bad = h.bad || math.IsNaN(v) || math.IsInf(v, 0)
				}
			}
			of = append(of, h)
		}
		histories = append(histories, of)
	}
	return histories, times
}

func startedIn(t *testing.T, r Request) string {
	dir, _ := start(t, r)
	return dir
}

// contentsOf is a table read back: numbers with NaN for null, by column, and
// texts.
type contentsOf struct {
	names   []string
	numbers [][]float64
	texts   [][]string
	groups  int
	run     string
	schema  *arrow.Schema
}

func readTable(t *testing.T, path string) contentsOf {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := reader.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	c := contentsOf{groups: f.NumRowGroups(), schema: table.Schema()}
	if run := f.MetaData().KeyValueMetadata().FindValue("handover.run"); run != nil {
		c.run = *run
	}
	for i := range int(table.NumCols()) {
		var numbers []float64
		var texts []string
		for _, chunk := range table.Column(i).Data().Chunks() {
			for k := range chunk.Len() {
				switch a := chunk.(type) {
				case *array.Float64:
					v := a.Value(k)
					if a.IsNull(k) {
						v = math.NaN()
					}
					numbers = append(numbers, v)
				case *array.Int64:
					numbers = append(numbers, float64(a.Value(k)))
				case *array.Boolean:
					numbers = append(numbers, float64(flag(a.Value(k))))
				case *array.String:
					texts = append(texts, a.Value(k))
				default:
					t.Fatalf("column of type %T", a)
				}
			}
		}
		c.names = append(c.names, table.Schema().Field(i).Name)
		c.numbers, c.texts = append(c.numbers, numbers), append(c.texts, texts)
	}
	return c
}

// The figures of a run are those one gets by running each experiment alone and
// keeping everything.
func TestFiguresAgreeWithExperimentsRunAlone(t *testing.T) {
	r := Request{Case: harbour(t, fused...), Strategies: []string{"plan", "rush", "steps"}, Futures: 600, Seed: 5, Horizon: 18, Design: "sobol", Version: "test"}
	dir, s := start(t, r)
	histories, times := alone(t, r)
	if !slices.Equal(times, s.Times) {
		t.Fatalf("times %v and %v", s.Times, times)
	}
	var kept []int
	bad := 0
	for f := range r.Futures {
		good := true
		for strategy := range histories {
			if histories[strategy][f].bad {
				bad++
				good = false
			}
		}
		if good {
			kept = append(kept, f)
		}
	}
	if s.Bad != bad || bad == 0 || len(kept) == 0 {
		t.Fatalf("%d bad experiments; expected %d", s.Bad, bad)
	}
	if !strings.HasPrefix(s.FirstBad, "pressure at month ") || !strings.Contains(s.FirstBad, "strategy plan, future ") {
		t.Errorf("first bad: %s", s.FirstBad)
	}
	outcomes := readTable(t, filepath.Join(dir, outcomesName))
	collect := func(value func(f int) float64) []float64 {
		var v []float64
		for _, f := range kept {
			v = append(v, value(f))
		}
		slices.Sort(v)
		return v
	}
	check := func(what string, i *Interval, sorted []float64) {
		t.Helper()
		for k, got := range []float64{i.Low, i.Middle, i.High} {
			want := quantile(sorted, []float64{0.1, 0.5, 0.9}[k])
			near(t, what, got, want, 1e-11*math.Abs(want))
		}
	}
	for strategy, h := range histories {
		of := s.Strategies[strategy]
		for o, outcome := range r.Case.Outcomes {
			for f := range h {
				row := strategy*r.Futures + f
				if got := outcomes.numbers[2+o][row]; got != h[f].outcome[o] && !(math.IsNaN(got) && !finite(h[f].outcome[o])) {
					t.Fatalf("%s in future %d under %s is %v; expected %v", outcome.ID, f, of.ID, got, h[f].outcome[o])
				}
				if outcomes.texts[0][row] != of.ID || outcomes.numbers[1][row] != float64(f) || outcomes.numbers[5][row] != float64(flag(h[f].bad)) {
					t.Fatalf("row %d: %s %v %v", row, outcomes.texts[0][row], outcomes.numbers[1][row], outcomes.numbers[5][row])
				}
			}
			summary := of.Outcomes[o]
			if (summary.Value == nil) != (outcome.Reduce == casefile.First) || (summary.Difference == nil) != (outcome.Reduce == casefile.First || strategy == 0) {
				t.Errorf("%s under %s: %+v", outcome.ID, of.ID, summary)
			}
			if summary.Value != nil {
				check(outcome.ID, summary.Value, collect(func(f int) float64 { return h[f].outcome[o] }))
			}
			if summary.Difference != nil {
				check("difference of "+outcome.ID, summary.Difference, collect(func(f int) float64 { return h[f].outcome[o] - histories[0][f].outcome[o] }))
			}
		}
		resurgence := of.Outcomes[0].Events[0]
		over := func(h []history) []float64 {
			return collect(func(f int) float64 { return float64(flag(h[f].outcome[0] > 320)) })
		}
		near(t, "resurgence", resurgence.Probability.Middle, mean(over(h)), 1e-12)
		if strategy > 0 {
			near(t, "difference of resurgence", resurgence.Difference.Middle, mean(over(h))-mean(over(histories[0])), 1e-12)
		}
		if gap := of.Outcomes[1].Events; len(gap) != 3 || gap[0].By != 6 || gap[1].By != 12 || gap[2].By != 18 {
			t.Errorf("months of the gap: %+v", gap)
		} else {
			for _, e := range gap {
				near(t, "gap", e.Probability.Middle, mean(collect(func(f int) float64 { return float64(flag(h[f].outcome[1] <= float64(e.By))) })), 1e-12)
				futures := 0
				for _, a := range e.Alternatives {
					futures += a.Futures
				}
				if futures != 2*len(kept) { // two structural uncertainties
					t.Errorf("the alternatives have %d futures", futures)
				}
			}
		}
		for c, fan := range of.Series {
			for at := range times {
				sorted := collect(func(f int) float64 { return h[f].series[c][at] })
				for l, level := range Levels {
					want := quantile(sorted, level)
					near(t, "fan", fan.Quantiles[l][at], want, 0.0021*math.Abs(want))
				}
			}
		}
		for m, x := range []struct{ column, above float64 }{{0, 0.5}, {2, 150}, {0, 0.2}} {
			for p := range 2 {
				for at := range times {
					want := mean(collect(func(f int) float64 { return float64(flag(h[f].places[int(x.column)+p][at] > x.above)) }))
					near(t, "map", of.Maps[m].Probability[p][at], want, 1e-12)
				}
			}
		}
	}
}

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func TestTablesSayWhatTheyHold(t *testing.T) {
	dir, s := start(t, Request{Case: harbour(t), Futures: 300, Version: "test"})
	for name, want := range map[string]string{
		inputsName:   "future growth[quay] guests needed structure law",
		outcomesName: "strategy future resurgence gap guests bad",
		seriesName:   "strategy series time q025 q100 q250 q500 q750 q900 q975",
		mapsName:     "strategy map place month probability",
	} {
		c := readTable(t, filepath.Join(dir, name))
		if got := strings.Join(c.names, " "); got != want {
			t.Errorf("%s has the columns %s", name, got)
		}
		if c.run != s.Manifest.Run {
			t.Errorf("%s is of run %q", name, c.run)
		}
	}
	unit := func(file, column string) string {
		f, _ := readTable(t, filepath.Join(dir, file)).schema.FieldsByName(column)
		u, _ := f[0].Metadata.GetValue("unit")
		return u
	}
	if unit(outcomesName, "resurgence") != "person" || unit(inputsName, "growth[quay]") != "1/Month" || unit(inputsName, "guests needed") != "" {
		t.Error("units are missing or wrong")
	}
}

// TestValues: a column of a run is read as it was written, a strategy at a time.
func TestValues(t *testing.T) {
	dir, _ := start(t, Request{Case: harbour(t), Strategies: []string{"plan"}, Futures: 300, Version: "test"})
	c := readTable(t, filepath.Join(dir, outcomesName))
	for o, outcome := range map[int]string{2: "resurgence", 3: "gap"} {
		got, err := Values(context.Background(), dir, "plan", outcome)
		if err != nil || len(got) != 300 {
			t.Fatalf("%d values: %v", len(got), err)
		}
		k := slices.Index(c.texts[0], "plan")
		for i, v := range got {
			if want := c.numbers[o][k+i]; v != want && !(math.IsNaN(v) && math.IsNaN(want)) {
				t.Fatalf("%s of future %d is %g, expected %g", outcome, i, v, want)
			}
		}
	}
	for _, wrong := range [][2]string{{"plan", "nothing"}, {"nobody", "gap"}} {
		if _, err := Values(context.Background(), dir, wrong[0], wrong[1]); err == nil || !strings.Contains(err.Error(), "has no") {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}

func TestRowGroupsAreBounded(t *testing.T) {
	dir, _ := start(t, Request{Case: harbour(t), Strategies: []string{"plan"}, Futures: groupRows + 300, Version: "test"})
	c := readTable(t, filepath.Join(dir, outcomesName))
	if c.groups != 2 || len(c.numbers[1]) != groupRows+300 || c.numbers[1][groupRows+299] != groupRows+299 {
		t.Errorf("%d row groups, %d rows", c.groups, len(c.numbers[1]))
	}
}
