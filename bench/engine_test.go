// Package bench measures whole pieces of work on the shipped cases.
package bench

import (
	"fmt"
	"os"
	"testing"

	"handover/engine"
	"handover/model"
	"handover/model/xmile"
)

func iraq(b *testing.B) *model.Model {
	b.Helper()
	const path = "../cases/iraq/model.xmile"
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	m, found := xmile.Read(path, data)
	if found.Errors() > 0 {
		b.Fatal(found)
	}
	return m
}

// BenchmarkEngine runs the Iraq model at its base values on one core: 60
// months, one worker, several block sizes.
func BenchmarkEngine(b *testing.B) {
	p, err := engine.Compile(iraq(b), engine.Options{Saved: []string{"vacuum"}})
	if err != nil {
		b.Fatal(err)
	}
	for _, lanes := range []int{16, 32, 64, 128, 256} {
		b.Run(fmt.Sprintf("lanes=%d", lanes), func(b *testing.B) {
			w := p.NewWorker(lanes)
			block := &engine.Block{Runs: lanes, Bad: make([]int, lanes), BadVariable: make([]string, lanes),
				Series: make([]float64, len(p.Columns())*len(p.SaveTimes())*lanes)}
			for b.Loop() {
				if err := w.Run(block); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*lanes)/b.Elapsed().Seconds(), "runs/s")
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N*lanes*p.Instructions()*p.Steps()), "ns/instruction")
		})
	}
}

// BenchmarkCompile turns the Iraq model into a program.
func BenchmarkCompile(b *testing.B) {
	m := iraq(b)
	for b.Loop() {
		if _, err := engine.Compile(m, engine.Options{Saved: []string{"vacuum"}}); err != nil {
			b.Fatal(err)
		}
	}
}
