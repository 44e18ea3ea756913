package chart

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		p             float64
		percent, word string
	}{
		{0, "below 5%", "almost no chance"}, {0.04, "below 5%", "almost no chance"}, {0.0499, "below 5%", "almost no chance"},
		{0.05, "5%", "very unlikely"}, {0.07, "5%", "very unlikely"}, {0.17, "15%", "very unlikely"}, {0.18, "20%", "unlikely"},
		{0.20, "20%", "unlikely"}, {0.42, "40%", "unlikely"}, {0.43, "45%", "roughly even"}, {0.45, "45%", "roughly even"},
		{0.52, "50%", "roughly even"}, {0.53, "55%", "likely"}, {0.55, "55%", "likely"}, {0.77, "75%", "likely"},
		{0.80, "80%", "very likely"}, {0.93, "95%", "almost certain"}, {0.95, "95%", "almost certain"}, {0.951, "above 95%", "almost certain"},
		{1, "above 95%", "almost certain"}, {math.NaN(), "not known", "not known"},
	} {
		if got := Percent(c.p); got != c.percent {
			t.Errorf("Percent(%v) = %q, want %q", c.p, got, c.percent)
		}
		if got := Likelihood(c.p); got != c.word {
			t.Errorf("Likelihood(%v) = %q, want %q", c.p, got, c.word)
		}
	}
	for _, c := range []struct {
		low, high float64
		want      string
	}{{0.15, 0.45, "15 to 45"}, {0.01, 0.10, "below 5 to 10"}, {0.01, 0.05, "up to 5"}, {0, 0.03, "below 5"}, {0.9, 0.99, "90 to above 95"}, {math.NaN(), 1, "not known"}} {
		if got := Span(c.low, c.high); got != c.want {
			t.Errorf("Span(%v, %v) = %q, want %q", c.low, c.high, got, c.want)
		}
	}
	for d, want := range map[float64]string{0.1: "+10", -0.05: "\u22125", 0.02: "0", -0.02: "0", 0.03: "+5"} {
		if got := Points(d); got != want {
			t.Errorf("Points(%v) = %q, want %q", d, got, want)
		}
	}
}

// TestWordAgreesWithFigure: the word is that of the printed figure.
func TestWordAgreesWithFigure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := rapid.Float64Range(0, 1).Draw(t, "p"), rapid.Float64Range(0, 1).Draw(t, "q")
		if Percent(p) == Percent(q) && Percent(p) != "95%" && Percent(p) != "above 95%" && Likelihood(p) != Likelihood(q) {
			t.Fatalf("%v and %v print as %s but are %s and %s", p, q, Percent(p), Likelihood(p), Likelihood(q))
		}
	})
}

func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 8).Draw(t, "values")
		out := spread(values, 10, 0, 100)
		for i := range out {
			if out[i] < -1e-9 || out[i] > 100+1e-9 {
				t.Fatalf("%v leaves the range", out[i])
			}
			for j := range out {
				if i != j && math.Abs(out[i]-out[j]) < 10-1e-9 {
					t.Fatalf("%v and %v are too near", out[i], out[j])
				}
				if values[i] < values[j] && out[i] > out[j] {
					t.Fatalf("the order of %v and %v is lost", values[i], values[j])
				}
			}
		}
	})
}

func TestStyles(t *testing.T) {
	s := Styles([]string{"A0", "A3", "mine", "other"}, []string{"a", "b", "c", "d"}, []string{"a", "b", "c", "d"}, "mine")
	if s[2].Colour != "--A0" || s[1].Colour != "--A3" || s[0].Colour == "--A0" || s[0].Colour == s[3].Colour {
		t.Errorf("the styles are %+v", s)
	}
}

// TestPredicate: event, predicate and likelihood make a sentence.
func TestPredicate(t *testing.T) {
	for p, want := range map[float64]string{0: "has almost no chance", 0.0499: "has almost no chance", 0.05: "is very unlikely", 0.5: "is roughly even", 1: "is almost certain", math.NaN(): "is not known"} {
		if got := Predicate(p) + " " + Likelihood(p); got != want {
			t.Errorf("%g: %q, expected %q", p, got, want)
		}
	}
}
