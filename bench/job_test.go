package bench

import (
	"context"
	"runtime"
	"testing"

	"handover/casefile"
	"handover/cases"
	"handover/design"
	"handover/ensemble"
)

// BenchmarkJob is the main job without the report: the Iraq case, its five
// default strategies, 2,000 futures, 19 governorates, 60 months, sampling,
// summaries and files included, on all cores. Besides the rate it states the
// memory that the process took from the system.
func BenchmarkJob(b *testing.B) {
	folder, ok := cases.Open("iraq")
	if !ok {
		b.Fatal("the case iraq is not shipped")
	}
	c, found := casefile.Load(folder)
	if c == nil {
		b.Fatal(found)
	}
	const futures = 2000
	for b.Loop() {
		request := ensemble.Request{Case: c, Futures: futures, Seed: 1, Horizon: 60, Design: design.LatinHypercube, Version: "bench"}
		if _, _, err := ensemble.Start(context.Background(), request, b.TempDir(), nil); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(b.N*futures*len(c.Default))/b.Elapsed().Seconds(), "runs/s")
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB")
}
