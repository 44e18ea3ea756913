package calibrate

import (
	"context"
	"maps"
	"math"
	"slices"
	"testing"

	"handover/casefile"
)

// TestReplay: whole draws of what was known by a month follow what was counted, and
// what came later is no part of them.
func TestReplay(t *testing.T) {
	c := ridge(t)
	const until, stop = -60, -11
	r := Request{Case: c, Runs: 4000, Chains: 32, Draws: 50, Seed: 3, Threads: 1}
	replay := func() [][]float64 {
		t.Helper()
		out, err := Replay(context.Background(), r, until, stop, "SUM(events[*])")
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	out := replay()
	start := c.History.Start
	period, err := c.ParsePeriod(start)
	if err != nil || len(out) != stop-period.First+1 || len(out[0]) != 50 {
		t.Fatalf("%d months of %d draws from %s, %v", len(out), len(out[0]), start, err)
	}
	// The counts of each quarter, both places, lie among what the draws expect.
	k := slices.IndexFunc(c.History.Observations, func(o casefile.Observation) bool { return o.ID == "events" })
	values, wrong := c.ObservedValues(&c.History.Observations[k])
	if len(wrong) > 0 {
		t.Fatal(wrong[0])
	}
	off, n := 0.0, 0.0
	for i, v := range values[0] {
		if v.Period.Last() > until {
			continue
		}
		expected := 0.0
		for m := v.Period.First; m <= v.Period.Last(); m++ {
			for _, x := range out[m-period.First] {
				expected += x / 50
			}
		}
		came := v.Value + values[1][i].Value
		off += math.Abs(math.Log((came + 1) / (expected + 1)))
		n++
	}
	if n < 10 || off/n > 0.5 {
		t.Errorf("the draws are off by %.2f on average over %g quarters", off/n, n)
	}
	// Other counts later change nothing; other counts before do.
	changed := func(from, to string) [][]float64 {
		table := *c.Tables["data/events.csv"]
		table.Rows = slices.Clone(table.Rows)
		column, changed := table.Column("events"), 0
		for i, row := range table.Rows {
			if row[0] >= from && row[0] < to {
				table.Rows[i] = slices.Clone(row)
				table.Rows[i][column] = "1000"
				changed++
			}
		}
		if changed == 0 {
			t.Fatalf("no row from %s to %s", from, to)
		}
		other := *c
		other.Tables = maps.Clone(c.Tables)
		other.Tables["data/events.csv"] = &table
		r.Case = &other
		return replay()
	}
	if again := changed("2015", "2020"); !slices.Equal(slices.Concat(out...), slices.Concat(again...)) {
		t.Error("what was counted after the fit changes the draws")
	}
	if again := changed("2013", "2014"); slices.Equal(slices.Concat(out...), slices.Concat(again...)) {
		t.Error("what was counted before does not")
	}
	r.Case = c
	if _, err := Replay(context.Background(), r, until, stop, "nothing there +"); err == nil {
		t.Error("an expression that is none passes")
	}
}
