package book

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"handover/casefile"
	"handover/forecast/question"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s is %.12g, expected %.12g", what, got, want)
	}
}

func yes(list ...float64) []Forecast {
	var out []Forecast
	for i, p := range list {
		out = append(out, Forecast{Person: string(rune('a' + i)), Answer: question.Binary(p), Made: time.Unix(int64(i), 0)})
	}
	return out
}

// TestAggregate compares with values worked out by hand.
func TestAggregate(t *testing.T) {
	q := &question.Question{Kind: casefile.Binary}
	even := func(string) float64 { return 1 }
	of := func(m Method, list []Forecast, w func(string) float64) float64 {
		d, ok := Aggregate(q, m, list, w)
		if !ok {
			t.Fatal(m, "gives nothing")
		}
		return *d.Yes
	}
	// Odds 1/9 and 1/4 have the geometric mean 1/6.
	near(t, "mean of log odds", of(LogOdds, yes(0.1, 0.2), even), 1.0/7)
	near(t, "extremised, alone", of(Extremised, yes(0.1), even), 0.1)
	// n = 2: 2(sqrt(7)-2)/1 = 1.2915.
	factor := 2 * (math.Sqrt(7) - 2)
	odds := math.Pow(1.0/6, factor)
	near(t, "extremised, two", of(Extremised, yes(0.1, 0.2), even), odds/(1+odds))
	near(t, "the factor for many", extremity(1e10), math.Sqrt(3))
	near(t, "median of two", of(RecencyMedian, yes(0.1, 0.2), even), 0.15)
	near(t, "median of three", of(RecencyMedian, yes(0.1, 0.9, 0.2), even), 0.2)
	// Of nine, the four newest hold more than half of the weight.
	list := yes(0.1, 0.1, 0.1, 0.1, 0.1, 0.8, 0.8, 0.8, 0.8)
	near(t, "a newer minority", of(RecencyMedian, list, even), 0.8)
	near(t, "weights", of(Performance, yes(0.1, 0.2), func(p string) float64 {
		if p == "a" {
			return 3
		}
		return 0
	}), 0.1)
	near(t, "all certain", of(LogOdds, yes(0, 0), even), 0)
	near(t, "one certain", of(LogOdds, yes(0, 0.5), even), 1/(1+math.Sqrt(999)))
	if _, ok := Aggregate(q, LogOdds, nil, even); ok {
		t.Error("an aggregate of nothing")
	}
}

// TestAggregateIsAnAnswer: whatever people answer, an aggregate is a complete
// answer to the question.
func TestAggregateIsAnAnswer(t *testing.T) {
	all := map[casefile.QuestionKind]*question.Question{
		casefile.Binary:  {Kind: casefile.Binary},
		casefile.Choice:  {Kind: casefile.Choice, Options: []string{"a", "b", "c"}},
		casefile.Numeric: {Kind: casefile.Numeric, Low: 0, High: 100, OpenHigh: true},
		casefile.Counted: {Kind: casefile.Counted, Low: 0, High: 100, OpenHigh: true},
	}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]casefile.QuestionKind{casefile.Binary, casefile.Choice, casefile.Numeric, casefile.Counted}).Draw(t, "kind")
		q := all[kind]
		var list []Forecast
		for i := range rapid.IntRange(1, 6).Draw(t, "people") {
			var d question.Distribution
			switch kind {
			case casefile.Binary:
				d = question.Binary(rapid.Float64Range(0, 1).Draw(t, "p"))
			case casefile.Choice:
				a, b := rapid.Float64Range(0, 1).Draw(t, "a"), rapid.Float64Range(0, 1).Draw(t, "b")
				d.Options = []float64{a, (1 - a) * b, (1 - a) * (1 - b)}
			default:
				x, p := 0.0, 0.0
				for range rapid.IntRange(1, 5).Draw(t, "points") {
					x = math.Floor(min(100, x+rapid.Float64Range(0, 30).Draw(t, "x")))
					p += (1 - p) * rapid.Float64Range(0, 1).Draw(t, "step")
					d.Curve = append(d.Curve, question.Point{X: x, P: p})
				}
			}
			d, wrong := q.Complete(d)
			if len(wrong) > 0 {
				t.Fatal(wrong)
			}
			list = append(list, Forecast{Person: string(rune('a' + i)), Answer: d})
		}
		for _, m := range Methods {
			d, ok := Aggregate(q, m, list, func(string) float64 { return 1 })
			if !ok {
				t.Fatal(m, "gives nothing")
			}
			if _, wrong := q.Complete(d); len(wrong) > 0 {
				t.Fatalf("%s of %+v: %v", m, list, wrong)
			}
		}
	})
}
