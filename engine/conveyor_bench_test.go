package engine

import "testing"

// BenchmarkConveyor measures one conveyor of 40 slats over 400 steps, with and
// without leakages, per run and step.
func BenchmarkConveyor(b *testing.B) {
	for _, c := range []struct{ name, attributes, leaks string }{
		{"plain", "", ""}, {"linear", "", "><leak>0.2</leak>"}, {"exponential", `exponential_leak="true"`, "><leak>0.1</leak>"}} {
		b.Run(c.name, func(b *testing.B) {
			m := read(b, "Euler", 100, 0.25, conveyor("10", "5", c.attributes, "<len>10</len>", c.leaks))
			p, err := Compile(m, Options{Reductions: []Reduction{{Reduce: Final, Variable: "s"}}})
			if err != nil {
				b.Fatal(err)
			}
			const lanes = 64
			w := p.NewWorker(lanes)
			block := &Block{Runs: lanes, Reductions: make([]float64, lanes), Bad: make([]int, lanes), BadVariable: make([]string, lanes)}
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Run(block); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lanes*p.Steps()), "ns/run-step")
			if block.Bad[0] >= 0 || !(block.Reductions[0] > 0) {
				b.Fatalf("the run is bad at %d and ends with %v", block.Bad[0], block.Reductions[0])
			}
		})
	}
}
