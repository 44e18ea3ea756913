package count

import (
	"math"
	"testing"
)

// TestWeights: shares of one, those of a class in its middle, and no jump between.
func TestWeights(t *testing.T) {
	at := func(level, quiet float64) weights {
		u := &unit{recent: []float64{level}, year: []float64{0}, quiet: []float64{quiet}}
		return u.weights(0)
	}
	if at(5, 60) != still || at(0, 240) != still {
		t.Error("a unit that was quiet for five years is not still")
	}
	for _, s := range steps {
		if at(s.level, 0) != s.weights {
			t.Errorf("at %v the weights are %v", s.level, at(s.level, 0))
		}
	}
	if at(0, 59) != steps[0].weights || at(1e5, 0) != steps[len(steps)-1].weights {
		t.Error("beyond the steps other weights are used")
	}
	before := at(0.1, 0)
	for level := 0.1; level < 1000; level *= 1.01 {
		now, sum := at(level, 0), 0.0
		for i, w := range now {
			sum += w
			if math.Abs(w-before[i]) > 0.01 {
				t.Fatalf("weight %d jumps from %v to %v at level %v", i, before[i], w, level)
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("at %v the weights sum to %v", level, sum)
		}
		before = now
	}
}

// TestSmear compares with the log-normal distribution that it is.
func TestSmear(t *testing.T) {
	g := newGrid(leastLimit)
	masses, upTo := make([]float64, len(g.values)), make([]float64, len(g.values))
	g.add(masses, 0, 0.25)
	g.add(masses, 100, 0.75)
	g.smear(0.5, -0.1).spread(upTo, masses, 1)
	for k, v := range g.values[:len(g.values)-1] {
		want := 0.25 + 0.75*0.5*math.Erfc(-(math.Log((v+0.5)/100)+0.1)/0.5/math.Sqrt2)
		if math.Abs(upTo[k]-want) > 1e-12 {
			t.Fatalf("P(at most %v) is %v, expected %v", v, upTo[k], want)
		}
	}
	if last := upTo[len(upTo)-1]; math.Abs(last-1) > 1e-12 {
		t.Errorf("all is %v", last)
	}
	// What lies between two values of the grid is shared by the distance of logarithms.
	clear(masses)
	g.add(masses, 51, 1) // between 50 and 52
	k := 50
	if g.values[k] != 50 || math.Abs(masses[k]-math.Log(52.0/51)/math.Log(52.0/50)) > 1e-12 || math.Abs(masses[k]+masses[k+1]-1) > 1e-12 {
		t.Errorf("51 lies at %v: %v and at %v: %v", g.values[k], masses[k], g.values[k+1], masses[k+1])
	}
}
