package question

import (
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/indicator"
	"handover/random"
)

func valley(t *testing.T) *casefile.Case {
	t.Helper()
	c, found := casefile.Load(os.DirFS("../../casefile/testdata/valley"))
	if c == nil {
		t.Fatal(found)
	}
	return c
}

func number(x float64) *float64 { return &x }

// TestOf reads the questions of the example case.
func TestOf(t *testing.T) {
	c := valley(t)
	list := Of(c)
	if len(list) != 5 {
		t.Fatalf("%d questions", len(list))
	}
	q := Find(c, "last-guest")
	if q == nil || q.Case != c.Name || !q.OpenHigh || q.Show(q.Low) != "2026-01-01" || q.Show(q.High) != "2026-12-31" {
		t.Fatalf("%+v", q)
	}
	closes := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	if !q.Open(closes.Add(-time.Nanosecond)) || q.Open(closes) || q.Open(q.Opens.Add(-1)) || !q.Open(q.Opens) {
		t.Errorf("open from %s to %s", q.Opens, q.Closes)
	}
	if Find(c, "nothing") != nil {
		t.Error("found what is not there")
	}
	if count := Find(c, "band-deaths"); count.Low != 0 || count.High != 200 {
		t.Errorf("a count without low: %+v", count)
	}
	if x := Find(c, "how-many"); len(x.Options) != 3 || len(x.Limits) != 2 {
		t.Errorf("%+v", x)
	}
}

// TestTerms: whatever a forecast rests on changes the terms; background, source
// and the tie to the model do not.
func TestTerms(t *testing.T) {
	base := Find(valley(t), "band-back").Terms()
	seen := map[string]string{base: "nothing"}
	for name, change := range map[string]func(*casefile.Question){
		"title": func(q *casefile.Question) { q.Title += "?" },
		"kind": func(q *casefile.Question) {
			q.Kind = casefile.Date
			q.Range = &casefile.AnswerRange{From: "2026-01-01", To: "2026-12-31"}
		},
		"rule":      func(q *casefile.Question) { q.Rule += " Or so." },
		"opens":     func(q *casefile.Question) { q.Opens = "2025-11-04" },
		"closes":    func(q *casefile.Question) { q.Closes = "2026-06-01" },
		"resolves":  func(q *casefile.Question) { q.Resolves = "2027-02-01" },
		"indicator": func(q *casefile.Question) { q.Data.Indicator = "other" },
		"from":      func(q *casefile.Question) { q.Data.From = "2026-02" },
		"to":        func(q *casefile.Question) { q.Data.To = "2026-11" },
		"reduce":    func(q *casefile.Question) { q.Data.Reduce = "sum" },
		"places":    func(q *casefile.Question) { q.Data.Places = nil },
		"above":     func(q *casefile.Question) { q.Data.Above = number(1) },
		"below":     func(q *casefile.Question) { q.Data.Above, q.Data.Below = nil, q.Data.Above },
		"hold":      func(q *casefile.Question) { q.Data.Hold = 3 },
	} {
		c := valley(t)
		change(c.Asked("band-back"))
		terms := Find(c, "band-back").Terms()
		if other, ok := seen[terms]; ok {
			t.Errorf("%s changes as much as %s", name, other)
		}
		seen[terms] = name
	}
	c := valley(t)
	q := c.Asked("band-back")
	q.Background, q.Source, q.Model = "Other.", "other", nil
	if Find(c, "band-back").Terms() != base {
		t.Error("the background changes the terms")
	}
}

// counts is a series of counts from January 2026; -1 is not known, and a number
// above 1000 provisional.
func counts(list ...int) *indicator.Series {
	s := &indicator.Series{}
	for i, n := range list {
		p := indicator.Point{Month: evidence.NewMonth(2026, 1) + evidence.Month(i), Known: n >= 0, Origin: "test", Count: n}
		if n > 1000 {
			p.Provisional, p.Count = true, n-1000
		}
		s.Points = append(s.Points, p)
	}
	return s
}

// rule makes a question of a kind over the first half of 2026.
func rule(kind casefile.QuestionKind, reduce string, above, below *float64, hold int) *Question {
	q := &Question{Kind: kind, ID: "q", Resolves: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
		Data: &casefile.DataRule{Indicator: "x", From: "2026-01", To: "2026-06", Reduce: reduce, Above: above, Below: below, Hold: hold}}
	switch kind {
	case casefile.Date:
		q.Low, q.High, q.OpenHigh = Day(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), Day(time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)), true
	case casefile.Counted, casefile.Numeric:
		q.High, q.OpenHigh = 100, true
	case casefile.Choice:
		q.Options, q.Limits = []string{"none", "few", "many"}, []float64{0, 10}
	}
	return q
}

// TestResolve: what the data say, and when they do not say it yet.
func TestResolve(t *testing.T) {
	july, later := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		name   string
		q      *Question
		counts []int
		now    time.Time
		want   string
	}{
		{"sum above", rule(casefile.Binary, "sum", number(10), nil, 0), []int{1, 2, 3, 4, 0, 1}, july, "yes"},
		{"sum not above", rule(casefile.Binary, "sum", number(11), nil, 0), []int{1, 2, 3, 4, 0, 1}, july, "no"},
		{"sum below", rule(casefile.Binary, "sum", nil, number(12), 0), []int{1, 2, 3, 4, 0, 1}, july, "yes"},
		{"a month is missing", rule(casefile.Binary, "sum", number(11), nil, 0), []int{1, 2, -1, 4, 0, 1}, july, "pending"},
		{"it is still missing at the end", rule(casefile.Binary, "sum", number(11), nil, 0), []int{1, 2, -1, 4, 0, 1}, later, "ambiguous"},
		{"decided without it", rule(casefile.Binary, "sum", number(7), nil, 0), []int{1, 2, -1, 4, 0, 1}, july, "yes"},
		{"decided against without it", rule(casefile.Binary, "sum", nil, number(8), 0), []int{1, 2, -1, 4, 0, 1}, july, "no"},
		{"too early", rule(casefile.Binary, "sum", number(100), nil, 0), []int{1, 2, 3, 4, 0, 1}, july.Add(-time.Second), "pending"},
		{"provisional", rule(casefile.Binary, "sum", number(100), nil, 0), []int{1, 2, 3, 4, 0, 1001}, july, "pending"},
		{"provisional does not decide", rule(casefile.Binary, "sum", number(10), nil, 0), []int{1, 2, 3, 4, 0, 1001}, july, "pending"},
		{"a mean cannot be decided early", rule(casefile.Binary, "mean", number(1), nil, 0), []int{90, 2, 3, 4, 0, -1}, july, "pending"},
		{"minimum", rule(casefile.Binary, "minimum", nil, number(1), 0), []int{1, 2, 3, 4, 0, 1}, july, "yes"},
		{"maximum early", rule(casefile.Binary, "maximum", number(3), nil, 0), []int{1, -1, 3, 4, 0, 1}, july, "yes"},
		{"last", rule(casefile.Binary, "last", number(0), nil, 0), []int{1, 2, 3, 4, 0, 0}, july, "no"},
		{"first", rule(casefile.Binary, "first", number(2), nil, 2), []int{3, 1, 3, 4, 0, 0}, july, "yes"},
		{"first, never in a row", rule(casefile.Binary, "first", number(2), nil, 2), []int{3, 1, 3, 1, 5, 0}, july, "no"},
		{"first, a gap could hold it", rule(casefile.Binary, "first", number(2), nil, 2), []int{3, -1, 1, 1, 5, 0}, july, "pending"},
		{"first, a date", rule(casefile.Date, "first", number(2), nil, 2), []int{3, 1, 3, 4, 0, 0}, july, "2026-04-30"},
		{"first, a date after a gap", rule(casefile.Date, "first", number(2), nil, 2), []int{3, -1, 3, 4, 0, 0}, july, "pending"},
		{"first, no date", rule(casefile.Date, "first", number(9), nil, 2), []int{3, 1, 3, 4, 0, 0}, july, "later"},
		{"count", rule(casefile.Counted, "sum", nil, nil, 0), []int{3, 1, 3, 4, 0, 0}, july, "11"},
		{"count beyond", rule(casefile.Counted, "sum", nil, nil, 0), []int{300, 1, 3, 4, 0, 0}, july, "above"},
		{"mean", rule(casefile.Numeric, "mean", nil, nil, 0), []int{3, 1, 3, 4, 0, 1}, july, "2"},
		{"choice, none", rule(casefile.Choice, "sum", nil, nil, 0), []int{0, 0, 0, 0, 0, 0}, july, "none"},
		{"choice, at the limit", rule(casefile.Choice, "sum", nil, nil, 0), []int{5, 5, 0, 0, 0, 0}, july, "few"},
		{"choice, above", rule(casefile.Choice, "sum", nil, nil, 0), []int{5, 6, 0, 0, 0, 0}, july, "many"},
		{"no data at all", rule(casefile.Binary, "sum", number(1), nil, 0), nil, later, "ambiguous"},
	} {
		f, err := x.q.Resolve(counts(x.counts...), x.now)
		if err != nil || f.String() != x.want || f.Why == "" {
			t.Errorf("%s: %q (%s), expected %q: %v", x.name, f.Outcome, f.Why, x.want, err)
		}
		if yes, known := f.Yes(); (known && x.q.Kind != casefile.Binary) || known != (x.want == "yes" || x.want == "no") || yes != (x.want == "yes") {
			t.Errorf("%s: %s reads as %v, %v", x.name, f.Outcome, yes, known)
		}
	}
	if _, err := (&Question{ID: "q"}).Resolve(counts(1), july); err == nil {
		t.Error("a question without data was resolved by data")
	}
}

// TestClimate: shares of the past windows, none of which reaches beyond the
// present.
func TestClimate(t *testing.T) {
	q := rule(casefile.Binary, "sum", number(5), nil, 0)
	// Windows of six of the ten months known by November: sums 6, 5, 4, 4, 9.
	s := counts(2, 1, 1, 0, 1, 1, 1, 0, 1, 5, 99, 99)
	d, windows := q.Climate(s, time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC), 2)
	if windows != 5 || math.Abs(*d.Yes-2.5/6) > 1e-12 {
		t.Errorf("%d windows, %g", windows, *d.Yes)
	}
	if _, windows := q.Climate(counts(), time.Now(), 2); windows != 0 {
		t.Errorf("%d windows of nothing", windows)
	}
}

// TestSampled: an answer made of samples has their distribution.
func TestSampled(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	q := &Question{Kind: casefile.Numeric, High: 10, OpenHigh: true}
	samples := make([]float64, 5000)
	for i := range samples {
		samples[i] = r.ExpFloat64() * 4
	}
	d, wrong := q.Complete(q.Sampled(samples))
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for _, x := range []float64{0.5, 2, 5, 9.99} {
		if got, want := q.CDF(d, x), 1-math.Exp(-x/4); math.Abs(got-want) > 0.02 {
			t.Errorf("at most %g: %.3f, expected %.3f", x, got, want)
		}
	}
	count := &Question{Kind: casefile.Counted, High: 100, OpenHigh: true}
	d, wrong = count.Complete(count.Sampled([]float64{0, 0, 3, 7}))
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for x, want := range map[float64]float64{0: 0.5, 1: 0.5, 2: 0.5, 3: 0.75, 6: 0.75, 7: 1, 100: 1} {
		if got := count.CDF(d, x); math.Abs(got-want) > 1e-9 {
			t.Errorf("at most %g: %g, expected %g", x, got, want)
		}
	}
	never := &Question{Kind: casefile.Date, Low: 0, High: 100, OpenHigh: true}
	d, wrong = never.Complete(never.Sampled([]float64{10, 20, math.NaN(), math.NaN()}))
	if len(wrong) > 0 || math.Abs(never.CDF(d, 100)-0.5) > 1e-9 || !math.IsInf(never.Quantile(d, 0.8), 1) {
		t.Errorf("half never come: %+v %v", d, wrong)
	}
	d, wrong = never.Complete(never.Sampled([]float64{math.NaN(), math.NaN()}))
	if len(wrong) > 0 || never.CDF(d, 100) != 0 {
		t.Errorf("none comes: %+v %v", d, wrong)
	}
	if d := (&Question{Kind: casefile.Binary}).Sampled(make([]float64, 99)); *d.Yes != 0.005 {
		t.Errorf("never in 99: %g", *d.Yes)
	}
}

// TestExpected compares with the terms of the distributions, added up.
func TestExpected(t *testing.T) {
	q := &Question{Kind: casefile.Counted, High: 5000, OpenHigh: true}
	for _, dispersion := range []float64{1, 3} {
		d, wrong := q.Complete(q.Expected([]float64{4, 12}, dispersion))
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		for _, k := range []int{0, 3, 8, 20} {
			want := 0.0
			for _, m := range []float64{4, 12} {
				for i := range k + 1 {
					l, _ := math.Lgamma(float64(i) + 1)
					x := float64(i)*math.Log(m) - m - l
					if dispersion > 1 {
						size := m / (dispersion - 1)
						a, _ := math.Lgamma(x0(i) + size)
						b, _ := math.Lgamma(size)
						x = a - b - l - size*math.Log(dispersion) + float64(i)*math.Log(1-1/dispersion)
					}
					want += math.Exp(x) / 2
				}
			}
			if got := q.CDF(d, float64(k)); math.Abs(got-want) > 2e-3 {
				t.Errorf("dispersion %g, at most %d: %.5f, expected %.5f", dispersion, k, got, want)
			}
		}
	}
}

func x0(i int) float64 { return float64(i) }

// TestQuantile is the inverse of CDF.
func TestQuantile(t *testing.T) {
	q := &Question{Kind: casefile.Numeric, Low: 0, High: 100, OpenLow: true, OpenHigh: true}
	d, wrong := q.Complete(Distribution{Curve: []Point{{0, 0.1}, {20, 0.5}, {100, 0.9}}})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for p, want := range map[float64]float64{0.05: math.Inf(-1), 0.1: 0, 0.3: 10, 0.5: 20, 0.7: 60, 0.95: math.Inf(1)} {
		if got := q.Quantile(d, p); got != want && math.Abs(got-want) > 1e-9 {
			t.Errorf("quantile %g is %g, expected %g", p, got, want)
		}
	}
}

// TestParseOutcome: what is an answer and what is not.
func TestParseOutcome(t *testing.T) {
	date := rule(casefile.Date, "first", nil, nil, 1)
	count := rule(casefile.Counted, "sum", nil, nil, 1)
	for _, x := range []struct {
		q    *Question
		text string
		want string
	}{
		{&Question{Kind: casefile.Binary}, "yes", "yes"},
		{&Question{Kind: casefile.Binary}, "Yes", ""},
		{&Question{Kind: casefile.Binary}, "annulled", "annulled"},
		{&Question{Kind: casefile.Binary}, "resolved", ""},
		{&Question{Kind: casefile.Binary}, "", ""},
		{date, "2026-03-01", "2026-03-01"},
		{date, "2026-12-01", "later"},
		{date, "later", "later"},
		{date, "2025-12-31", ""},
		{date, "March", ""},
		{count, "12", "12"},
		{count, "12.5", ""},
		{count, "-1", ""},
		{count, "above", "above"},
		{count, "below", ""},
		{count, "ambiguous", "ambiguous"},
	} {
		o, err := x.q.ParseOutcome(x.text)
		if got := o.String(); (err != nil) != (x.want == "") || err == nil && got != x.want {
			t.Errorf("%s %q: %q, %v; expected %q", x.q.Kind, x.text, got, err, x.want)
		}
		if err != nil && !strings.Contains(err.Error(), "expected") && !strings.Contains(err.Error(), "range") {
			t.Errorf("%q does not say what was expected", err)
		}
	}
	var none Outcome
	if _, known := none.Yes(); known {
		t.Error("no outcome is an answer")
	}
}

// TestAhead: known months and simulated ones make one window; a month that is
// neither, a question that looks farther than the courses, and one that a person
// resolves have no answer.
func TestAhead(t *testing.T) {
	above := 5.0
	q := &Question{Kind: casefile.Binary, Data: &casefile.DataRule{Indicator: "x", From: "2026-01", To: "2026-04", Reduce: "sum", Above: &above}}
	first := evidence.NewMonth(2026, 1)
	s := &indicator.Series{Points: []indicator.Point{{Month: first, Known: true, Count: 2}, {Month: first + 1, Known: true, Count: 1}}}
	// 3 are known; 2 + 1, 0 + 0, 3 + 9, 1 + 1 come.
	counts := [][]float64{{2, 0, 3, 1}, {1, 0, 9, 1}}
	d, ok := q.Ahead(s, first+2, counts)
	if want := (2 + 0.5) / 5; !ok || math.Abs(*d.Yes-want) > 1e-12 {
		t.Errorf("%+v, %v; expected %g", d, ok, want)
	}
	if _, ok := q.Ahead(s, first+3, counts); ok {
		t.Error("March is neither known nor simulated")
	}
	if _, ok := q.Ahead(s, first+2, counts[:1]); ok {
		t.Error("April is not simulated")
	}
	if _, ok := (&Question{Kind: casefile.Binary}).Ahead(s, first, counts); ok {
		t.Error("nobody knows the rule of a person")
	}
}

// TestMix: the mixture's probabilities are the weighted means of its parts', for
// every kind; of a count the quantile 0 is no negative zero.
func TestMix(t *testing.T) {
	two := []float64{0.25, 0.75}
	q := &Question{Kind: casefile.Binary}
	if d := q.Mix([]Distribution{Binary(0.2), Binary(0.6)}, two); *d.Yes != 0.5 {
		t.Errorf("%+v", d)
	}
	q = &Question{Kind: casefile.Choice, Options: []string{"a", "b"}}
	if d := q.Mix([]Distribution{{Options: []float64{1, 0}}, {Options: []float64{0, 1}}}, two); d.Options[0] != 0.25 || d.Options[1] != 0.75 {
		t.Errorf("%+v", d)
	}
	for _, kind := range []casefile.QuestionKind{casefile.Numeric, casefile.Counted, casefile.Date} {
		q := &Question{Kind: kind, Low: 0, High: 1000, OpenHigh: true}
		var parts []Distribution
		for k := range 2 {
			var samples []float64
			for i := range 150 {
				s := random.At(1, uint32(i), uint32(k), random.Site("mix"))
				samples = append(samples, math.Floor(s.Uniform()*s.Uniform()*1200))
			}
			d, wrong := q.Complete(q.Sampled(samples))
			if len(wrong) > 0 {
				t.Fatal(wrong)
			}
			parts = append(parts, d)
		}
		d, wrong := q.Complete(q.Mix(parts, two))
		if len(wrong) > 0 {
			t.Fatalf("%s: %v", kind, wrong)
		}
		for x := 0.0; x <= 1000; x += 7 {
			want := 0.25*q.CDF(parts[0], x) + 0.75*q.CDF(parts[1], x)
			// Curves are thinned to 400 points.
			if got := q.CDF(d, x); math.Abs(got-want) > 0.01 {
				t.Errorf("%s at %g: %g, expected %g", kind, x, got, want)
			}
		}
	}
	q = &Question{Kind: casefile.Counted, High: 10, OpenHigh: true}
	if x := q.Quantile(q.Sampled([]float64{0, 0, 3}), 0.3); x != 0 || math.Signbit(x) {
		t.Errorf("the quantile is %g", x)
	}
}
