package engine

import (
	"fmt"
	"math"
	"testing"

	"handover/random"
)

// TestPowerLaw compares POWERLAW, which is built from nodes, with the draw of
// package random, bit for bit.
func TestPowerLaw(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range [][3]float64{{2.5, 1, 100}, {1, 1, 100}, {0.5, 2, 7}, {-1, 1, 3}, {2, 1, inf}, {0.5, 1, inf}, {2, 0, 5}, {2, 5, 1}, {math.NaN(), 1, 2}, {3, 1, 1}} {
		v := `<aux name="y"><eqn>POWERLAW(p, low, high)</eqn></aux>`
		for i, name := range []string{"p", "low", "high"} {
			v += fmt.Sprintf(`<aux name=%q><eqn>%d</eqn></aux>`, name, i+1)
		}
		m := read(t, "Euler", 5, 1, v)
		const n = 20
		_, s, _, _ := run(t, m, Options{Saved: []string{"y"}, Varied: []string{"p", "low", "high"}}, n, n, func(v, _ int) float64 { return c[v] })
		site := random.Site("y#0")
		for k := range s[0] {
			for j, got := range s[0][k] {
				stream := random.At(7, uint32(j), uint32(k), site)
				want := stream.PowerLaw(c[0], c[1], c[2])
				if math.Float64bits(got) != math.Float64bits(want) && !(got != got && want != want) {
					t.Fatalf("%v, run %d at %d: %v, expected %v", c, j, k, got, want)
				}
			}
		}
	}
}
