package ensemble

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"
)

// peak runs a request and returns the most heap it had in use.
func peak(t *testing.T, r Request) uint64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	var stop atomic.Bool
	most := make(chan uint64)
	go func() {
		var m runtime.MemStats
		high := uint64(0)
		for !stop.Load() {
			runtime.ReadMemStats(&m)
			high = max(high, m.HeapAlloc)
			time.Sleep(2 * time.Millisecond)
		}
		most <- high
	}()
	start(t, r)
	stop.Store(true)
	return <-most
}

// Four times the futures may take the few columns of the summary more (8 bytes a
// future each), and nothing else to speak of. Both are more than a table writes at
// a time.
func TestMemoryDoesNotGrowWithFutures(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	r := Request{Case: harbour(t), Seed: 1, Threads: 2, Version: "test"}
	r.Futures = 500
	peak(t, r) // what is set up once
	r.Futures = 20000
	few := peak(t, r)
	r.Futures = 80000
	many := peak(t, r)
	t.Logf("%.1f MB for 20,000 futures, %.1f MB for 80,000", float64(few)/1e6, float64(many)/1e6)
	if columns := uint64(60000 * 8 * 12); many > few+few/4+columns {
		t.Errorf("%d bytes for 20,000 futures, %d for 80,000", few, many)
	}
}

// BenchmarkJob is the whole job, from the request to the last file, on a model
// that costs next to nothing.
func BenchmarkJob(b *testing.B) {
	for _, futures := range []int{256, 2560} {
		b.Run(fmt.Sprint(futures), func(b *testing.B) {
			r := Request{Case: harbour(b), Strategies: []string{"rush", "steps"}, Futures: futures, Version: "test"}
			for range b.N {
				dir, _, err := Start(context.Background(), r, b.TempDir(), nil)
				if err != nil {
					b.Fatal(err)
				}
				os.RemoveAll(dir)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*futures*3), "µs/experiment")
		})
	}
}

// BenchmarkRound says what the parts of a round cost on one thread: the engine
// alone, with inputs and results handed over, and with the merge besides.
func BenchmarkRound(b *testing.B) {
	r, err := Request{Case: harbour(b), Strategies: []string{"rush", "steps"}, Futures: roundSize, Version: "test"}.complete()
	if err != nil {
		b.Fatal(err)
	}
	e, err := prepare(r, r.manifest())
	if err != nil {
		b.Fatal(err)
	}
	work, round := newBench(e, DefaultLanes), newRound(e)
	each := func(do func(u unit) error) {
		round.begin(0, roundSize, DefaultLanes, len(e.programs))
		for strategy := range e.programs {
			for offset := 0; offset < roundSize; offset += DefaultLanes {
				if err := do(unit{round, strategy, offset / DefaultLanes, offset, DefaultLanes}); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	s := newState(e)
	for _, part := range []struct {
		name string
		do   func()
	}{
		{"engine", func() { each(func(u unit) error { return work.workers[u.strategy].Run(&work.block) }) }},
		{"engine+results", func() { each(work.run) }},
		{"engine+results+merge", func() { each(work.run); s.merge(e, round) }},
	} {
		each(work.run)
		b.Run(part.name, func(b *testing.B) {
			for range b.N {
				part.do()
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*roundSize*len(e.programs)), "µs/experiment")
		})
	}
}
