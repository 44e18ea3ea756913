package claim

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/indicator"
)

var start = evidence.NewMonth(2004, 1)

// series makes a count by month; a negative one is not known.
func series(counts ...int) *indicator.Series {
	s := &indicator.Series{Indicator: casefile.Indicator{ID: "n", Count: casefile.CountDeaths}}
	for i, n := range counts {
		s.Points = append(s.Points, indicator.Point{Month: start + evidence.Month(i), Known: n >= 0, Count: max(n, 0), Low: max(n, 0), High: max(n, 0)})
	}
	return s
}

func repeat(n, times int) []int {
	out := make([]int, times)
	for i := range out {
		out[i] = n
	}
	return out
}

func joined(parts ...[]int) []int {
	var out []int
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func definition(test casefile.Test, limit float64, months int) casefile.Definition {
	return casefile.Definition{ID: "d", Test: test, Indicator: "n", Limit: limit, Months: months}
}

func TestVerdicts(t *testing.T) {
	war, lull := repeat(60, 36), repeat(0, 36)
	for name, c := range map[string]struct {
		d       casefile.Definition
		counts  []int
		after   int // months between the last count and the question
		word    Word
		value   float64
		silence int
	}{
		"threshold in war":      {definition(casefile.TestThreshold, 25, 12), war, 0, Fails, 720, 0},
		"threshold in silence":  {definition(casefile.TestThreshold, 25, 12), joined(war, lull), 0, Holds, 0, 36},
		"threshold at its edge": {definition(casefile.TestThreshold, 25, 12), joined(war, repeat(2, 24)), 0, Open, 24, 0},
		"threshold reached":     {definition(casefile.TestThreshold, 24, 12), joined(war, repeat(2, 24)), 0, Fails, 24, 0},
		"quiet in silence":      {definition(casefile.TestQuiet, 0, 6), joined(war, lull), 0, Open, 0, 36},
		"quiet, few allowed":    {definition(casefile.TestQuiet, 3, 6), joined(war, lull), 0, Holds, 0, 36},
		"quiet broken":          {definition(casefile.TestQuiet, 3, 6), joined(war, lull, []int{4, 0, 0}), 0, Fails, 4, 2},
		"rate below":            {definition(casefile.TestRate, 5, 12), joined(war, repeat(1, 24)), 0, Holds, 1, 0},
		"rate above":            {definition(casefile.TestRate, 5, 12), war, 0, Fails, 60, 0},
		"decline":               {definition(casefile.TestDecline, 1.0/3, 12), joined(war, repeat(6, 12)), 0, Holds, 0.1, 0},
		"no decline":            {definition(casefile.TestDecline, 1.0/3, 12), joined(war, repeat(40, 12)), 0, Fails, 40.0 / 60, 0},
		"decline from nothing":  {definition(casefile.TestDecline, 1.0/3, 12), lull, 0, Open, math.NaN(), 36},
		"old data":              {definition(casefile.TestThreshold, 25, 12), joined(war, lull), 7, Open, 0, 36},
		"gap":                   {definition(casefile.TestThreshold, 25, 12), joined(war, repeat(-1, 7), repeat(0, 5)), 0, Open, math.NaN(), 5},
		"nothing known":         {definition(casefile.TestThreshold, 25, 12), repeat(-1, 12), 0, NoData, math.NaN(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			v := Judge(c.d, series(c.counts...), start+evidence.Month(len(c.counts)-1+c.after))
			sameValue := v.Value == c.value || math.IsNaN(v.Value) && math.IsNaN(c.value)
			if v.Word != c.word || !sameValue || v.Silence != c.silence {
				t.Errorf("%s (%s): chance %.3f, value %g, silent %d; want %s, %g, %d", v.Word, v.Reason, v.Probability, v.Value, v.Silence, c.word, c.value, c.silence)
			}
			if (v.Reason == "") != (v.Word == Holds || v.Word == Fails) {
				t.Errorf("the verdict %q has the reason %q", v.Word, v.Reason)
			}
		})
	}
}

// TestProbabilityOfSilence: after n months of nothing the chance of m more
// follows from the posterior in closed form when events do not cluster.
func TestProbabilityOfSilence(t *testing.T) {
	d := definition(casefile.TestQuiet, 0, 12)
	got := probability(d, make([]float64, 12), 0, 50)
	// Poisson with Jeffreys's prior: (n/(n+m))^(1/2); k = 50 is near to Poisson.
	if want := math.Sqrt(0.5); math.Abs(got-want) > 0.02 {
		t.Errorf("twelve silent months are followed by twelve more with %.3f, want %.3f", got, want)
	}
	more := definition(casefile.TestQuiet, 0, 1)
	if got, want := probability(more, make([]float64, 11), 0, 50), math.Sqrt(11.0/12); math.Abs(got-want) > 0.02 {
		t.Errorf("eleven silent months are followed by one more with %.3f, want %.3f", got, want)
	}
}

// TestNoLookAhead: what comes later changes no verdict.
func TestNoLookAhead(t *testing.T) {
	tests := []casefile.Definition{definition(casefile.TestThreshold, 25, 12), definition(casefile.TestQuiet, 2, 6), definition(casefile.TestRate, 5, 12), definition(casefile.TestDecline, 0.33, 12)}
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(-1, 40), 30, 70).Draw(t, "counts")
		other := rapid.SliceOfN(rapid.IntRange(-1, 400), 0, 30).Draw(t, "later")
		at := start + evidence.Month(len(counts)-1)
		for _, d := range tests {
			a, b := Judge(d, series(counts...), at), Judge(d, series(joined(counts, other)...), at)
			a.Value, b.Value = noNaN(a.Value), noNaN(b.Value)
			a.Probability, b.Probability, a.Low, b.Low, a.High, b.High = noNaN(a.Probability), noNaN(b.Probability), noNaN(a.Low), noNaN(b.Low), noNaN(a.High), noNaN(b.High)
			if a != b {
				t.Fatalf("%s: %+v becomes %+v", d.Test, a, b)
			}
			if a.Probability > a.High || a.Probability < a.Low || a.High > 1+1e-9 {
				t.Fatalf("%s: the chance %g is outside %g to %g", d.Test, a.Probability, a.Low, a.High)
			}
		}
	})
}

func noNaN(x float64) float64 {
	if math.IsNaN(x) {
		return -1
	}
	return x
}

// TestReplay: two lulls, one that lasts and one that is broken after 20 months.
func TestReplay(t *testing.T) {
	d := definition(casefile.TestThreshold, 25, 12)
	s := series(joined(repeat(60, 24), repeat(0, 32), repeat(60, 24), repeat(0, 60))...)
	past := Past(d, s, start, start+200)
	want := []Rate{{0, 2}, {1, 2}, {1, 2}}
	for i, r := range past {
		if r.Horizon != Horizons[i] || r.Country != want[i] || r.Places.Of != 0 {
			t.Errorf("within %d months %+v, want %+v", r.Horizon, r.Country, want[i])
		}
	}
	steps, scores := Replay(d, s, start, start+139)
	if len(steps) != 140 {
		t.Fatalf("%d months are judged", len(steps))
	}
	if At(steps, start+55) != string(Holds) || At(steps, start+57) != string(Fails) {
		t.Errorf("before the relapse %s, after it %s", At(steps, start+55), At(steps, start+57))
	}
	for _, x := range scores {
		total := x.Broken + x.Kept
		if total == 0 || x.Warned > x.Broken || x.FalseWarned > x.Kept || total > 140-x.Horizon {
			t.Errorf("scores %+v", x)
		}
	}
	// Of the months of the first lull from which the relapse is within 12 months
	// none warns: silence cannot tell.
	if scores[0].Warned == scores[0].Broken {
		t.Errorf("every relapse was warned of: %+v", scores[0])
	}
}

// TestRelapseCountsLaterMonthsOnly: what went before a lull is no relapse of it.
func TestRelapseCountsLaterMonthsOnly(t *testing.T) {
	points := series(joined(repeat(100, 12), repeat(0, 40))...).Points
	for _, d := range []casefile.Definition{definition(casefile.TestThreshold, 25, 12), definition(casefile.TestRate, 5, 12), definition(casefile.TestQuiet, 0, 6), definition(casefile.TestDecline, 0.33, 12)} {
		if broken, known := relapsed(d, points, 11, 36, 5); broken || !known {
			t.Errorf("%s: broken %v, known %v", d.Test, broken, known)
		}
		if _, known := relapsed(d, points, 20, 36, 5); known {
			t.Errorf("%s: a horizon beyond the data is taken as known", d.Test)
		}
	}
	spike := series(joined(repeat(0, 12), []int{30}, repeat(0, 20))...).Points
	for test, want := range map[casefile.Test]bool{casefile.TestThreshold: true, casefile.TestQuiet: true, casefile.TestRate: true, casefile.TestDecline: true} {
		if broken, _ := relapsed(definition(test, 25, 12), spike, 5, 12, 9); broken != want {
			t.Errorf("%s: one month of 30 is a relapse: %v", test, broken)
		}
	}
	if broken, _ := relapsed(definition(casefile.TestRate, 11, 12), spike, 5, 12, 11); broken {
		t.Error("a mean of 10 over three months breaks a rate of 11")
	}
}
