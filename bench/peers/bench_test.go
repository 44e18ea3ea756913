package main

import (
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkJob runs each subject as a case on one thread: draws, sampling,
// summaries and files.
func BenchmarkJob(b *testing.B) {
	f := &flags{World3: "../../../shared/data/models/world3"}
	list, err := f.subjects(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range list {
		b.Run(s.name, func(b *testing.B) {
			runs := 0
			for i := 0; b.Loop(); i++ {
				n, err := s.job(16384, filepath.Join(b.TempDir(), fmt.Sprint(i)))
				if err != nil {
					b.Fatal(err)
				}
				runs += n
			}
			b.ReportMetric(float64(runs)/b.Elapsed().Seconds(), "runs/s")
		})
	}
}
