package ensemble

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
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
		sample := last.Sample()
		if len(sample.Inputs) != len(c.Uncertainties) || len(sample.Inputs[0]) != 300 || len(sample.Outcomes[1][0]) != 300 {
			t.Error("the sample lacks futures")
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

// Futures that are left out because of one strategy are left out of the others'
// figures, also of those that were summed up before without it; and what is kept
// is forgotten and found again without a trace in the figures.
func TestLiveLeavesOutWhatARunLeavesOut(t *testing.T) {
	c := harbour(t, fused...)
	live := NewLive(c)
	for turn, strategies := range [][]string{{"steps"}, {"steps", "rush"}, {"steps"}, {"plan", "rush", "steps"}} {
		for _, futures := range []int{40, 700, 1300} {
			r := Request{Case: c, Strategies: strategies, Futures: futures, Seed: 3, Version: "test"}
			_, want, err := Start(context.Background(), r, t.TempDir(), nil)
			if err != nil {
				t.Fatal(err)
			}
			var last *Picture
			if err := live.Run(context.Background(), r, func(p *Picture) error { last = p; return nil }); err != nil {
				t.Fatal(err)
			}
			a, _ := json.Marshal(want)
			b, _ := json.Marshal(last.Summary)
			if string(a) != string(b) {
				t.Errorf("turn %d, %d futures: the last picture is not the run's summary", turn, futures)
			}
			if kept := len(last.Sample().Outcomes[0][0]); want.Bad == 0 || kept == 0 || kept >= futures {
				t.Errorf("%d bad, %d of %d futures kept", want.Bad, kept, futures)
			}
			for seed := range uint64(mostFrames) { // until the frame is forgotten
				other := Request{Case: c, Strategies: []string{"steps"}, Futures: 10 + turn, Seed: 10 + seed, Version: "test"}
				if err := live.Run(context.Background(), other, func(*Picture) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// BenchmarkFirstPicture is what a moved lever takes up to its first picture:
// checking the strategy, compiling it, its first futures, and the figures.
func BenchmarkFirstPicture(b *testing.B) {
	c, list := casefile.Load(os.DirFS("../cases/iraq"))
	if c == nil {
		b.Fatal(list)
	}
	live := NewLive(c)
	seen := errors.New("seen")
	strategy := *c.Strategy("A3")
	strategy.ID, strategy.Levers = "N1", slices.Clone(strategy.Levers)
	lever := slices.IndexFunc(strategy.Levers, func(l casefile.Lever) bool { return l.Variable == "enforcement" })
	points := slices.Clone(strategy.Levers[lever].Points)
	move := func(turn int) {
		strategy.Levers[lever].Points = nil
		for _, p := range points {
			strategy.Levers[lever].Points = append(strategy.Levers[lever].Points, []float64{p[0], p[1] / (1 + float64(turn)/1e6)})
		}
		moved, list := c.With(strategy)
		if moved == nil {
			b.Fatal(list)
		}
		r := Request{Case: moved, Strategies: append(slices.Clone(c.Default), "N1"), Futures: 1000, Seed: 1, Version: "test"}
		if err := live.Run(context.Background(), r, func(*Picture) error { return seen }); !errors.Is(err, seen) {
			b.Fatal(err)
		}
	}
	move(0) // the other strategies
	for turn := 1; b.Loop(); turn++ {
		move(turn)
	}
}
