package ensemble

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handover/casefile"
)

func iraqCase(t *testing.T) *casefile.Case {
	t.Helper()
	c, list := casefile.Load(os.DirFS("../cases/iraq"))
	if c == nil {
		t.Fatal(list)
	}
	return c
}

// The last picture is what a run folder holds, whatever was kept from before.
func TestLiveEndsWhereARunEnds(t *testing.T) {
	c := iraqCase(t)
	live := NewLive(c)
	r := Request{Case: c, Strategies: []string{"A0", "A3"}, Futures: 300, Seed: 7, Version: "test"}
	_, want, err := Start(context.Background(), r, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, strategies := range [][]string{{"A3"}, {"A1", "A3"}, {"A0", "A3"}} {
		r.Strategies = strategies
		var done []int
		var last *Picture
		if err := live.Run(context.Background(), r, func(p *Picture) error { done, last = append(done, p.Done), p; return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{64, 256, 300}, done); diff != "" {
			t.Error(diff)
		}
		if len(last.Summary.Strategies) == 2 {
			a, _ := json.Marshal(want)
			b, _ := json.Marshal(last.Summary)
			if string(a) != string(b) {
				t.Errorf("%v: the last picture is not the run's summary", strategies)
			}
		}
		sample, err := last.Sample()
		if err != nil || len(sample.Inputs) != len(c.Uncertainties) || len(sample.Inputs[0]) != 300 || len(sample.Outcomes[1][0]) != 300 {
			t.Errorf("sample: %v", err)
		}
	}
}

func TestLiveStops(t *testing.T) {
	c := iraqCase(t)
	live := NewLive(c)
	ctx, cancel := context.WithCancel(context.Background())
	r := Request{Case: c, Strategies: []string{"A0"}, Futures: 2000, Seed: 7, Version: "test"}
	err := live.Run(ctx, r, func(*Picture) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	full := errors.New("enough")
	if err := live.Run(context.Background(), r, func(*Picture) error { return full }); !errors.Is(err, full) {
		t.Errorf("refused: %v", err)
	}
	r.Futures = MostLive + 1
	if err := live.Run(context.Background(), r, func(*Picture) error { return nil }); err == nil {
		t.Error("too many futures were taken")
	}
}
