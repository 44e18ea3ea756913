// Package bench measures whole pieces of work on the shipped cases.
package bench

import (
	"fmt"
	"os"
	"testing"

	"handover/engine"
	"handover/model"
	"handover/model/vensim"
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

// world3 reads the World3-03 model, which is not shipped.
func world3(b *testing.B) *model.Model {
	b.Helper()
	const path = "../../shared/data/models/world3/wrld3-03.mdl"
	data, err := os.ReadFile(path)
	if err != nil {
		b.Skipf("World3-03 is not there: %v", err)
	}
	m, found := vensim.Read("wrld3-03.mdl", data, nil)
	if found.Errors() > 0 {
		b.Fatal(found)
	}
	return m
}

// BenchmarkEngine runs the Iraq model and World3-03 at their base values on one
// core: one worker, several block sizes, each engine that this processor has.
func BenchmarkEngine(b *testing.B) {
	for _, c := range []struct {
		name  string
		read  func(*testing.B) *model.Model
		saved []string
	}{{"iraq", iraq, []string{"vacuum"}}, {"world3", world3, []string{"population"}}} {
		b.Run(c.name, func(b *testing.B) {
			m := c.read(b)
			for _, backend := range []engine.Backend{engine.Interpreter, engine.AVX2, engine.AVX512} {
				b.Run(backend.String(), func(b *testing.B) {
					p, err := engine.Compile(m, engine.Options{Saved: c.saved, Backend: backend})
					if err != nil {
						b.Skip(err)
					}
					for _, lanes := range []int{16, 64, 256} {
						b.Run(fmt.Sprintf("lanes=%d", lanes), func(b *testing.B) { runs(b, p, lanes) })
					}
				})
			}
		})
	}
}

// runs measures blocks of the given number of lanes.
func runs(b *testing.B, p *engine.Program, lanes int) {
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
