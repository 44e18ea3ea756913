package metaculus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"handover/casefile"
	"handover/diagnostic"
	"handover/forecast/book"
	"handover/forecast/question"
)

func day(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// small is a pair of files in the form of the platform, with 201 places.
func small() (questions, forecasts string) {
	var places, cdf []string
	for i := range 201 {
		places = append(places, fmt.Sprint(float64(i)/2))
		cdf = append(cdf, fmt.Sprint(0.05+0.9*float64(i)/200))
	}
	questions = `Question ID,Question Title,Question Type,MC Options (All),Open Lower Bound,Open Upper Bound,Continuous Range,Open Time,Scheduled Close Time,Resolution,Resolution Known Time
11,Will it?,binary,,,,,2026-01-01 00:00:00+00:00,2026-06-01 00:00:00+00:00,no,2026-06-02 10:00:00.5+00:00
12,How much?,numeric,,True,True,"[` + strings.Join(places, ", ") + `]",2026-01-01T00:00:00Z,2026-06-01 00:00:00+00:00,below_lower_bound,
13,Which?,multiple_choice,"['a', ""b's""]",,,,2026-01-01 00:00:00+00:00,2026-06-01 00:00:00+00:00,b's,
`
	forecasts = `Question ID,Forecaster (Anonymized),Start Time,End Time,Forecaster Count,Probability Yes,Probability Yes Per Category,Continuous CDF
11,6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b,2026-01-02 00:00:00.000001+00:00,2026-03-01 00:00:00+00:00,,0.25,,
12,6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b,2026-01-02 00:00:00+00:00,,,,,"[` + strings.Join(cdf, ", ") + `]"
13,recency_weighted,2026-01-02 00:00:00+00:00,,7,,"[0.4, 0.6]",
`
	return questions, forecasts
}

func TestRead(t *testing.T) {
	questions, forecasts := small()
	batch, wrong := Read("platform", strings.NewReader(questions), strings.NewReader(forecasts))
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	if len(batch.Questions) != 3 || len(batch.Forecasts) != 3 || len(batch.Resolutions) != 3 || len(batch.People) != 2 {
		t.Fatalf("%+v", batch)
	}
	// The same user as with a number: 1.
	if p := batch.People[0]; p.Name != "metaculus-6b86b273ff34" || p.Kind != book.Human {
		t.Errorf("%+v", p)
	}
	if p := batch.People[1]; p.Name != "metaculus-recency-weighted" || p.Kind != book.Crowd {
		t.Errorf("%+v", p)
	}
	f := batch.Forecasts[0]
	if *f.Answer.Yes != 0.25 || f.Made.Nanosecond() != 1000 || !f.Ends.Equal(day(59)) || f.Stands(day(59)) {
		t.Errorf("%+v", f)
	}
	q := batch.Questions[1]
	if got := q.CDF(batch.Forecasts[1].Answer, 25.25); math.Abs(got-(0.05+0.9*0.2525)) > 1e-9 {
		t.Errorf("the distribution between two places is %g", got)
	}
	if o := batch.Resolutions[1].Outcome; o.String() != question.BelowRange {
		t.Errorf("%s", o)
	}
}

// TestRoundTrip: what a book holds is written and read back the same: forecasts
// of every kind, resolutions of every sort.
func TestRoundTrip(t *testing.T) {
	ctx := context.Background()
	b, err := book.Open(ctx, filepath.Join(t.TempDir(), "b.sqlite"), book.Clock{Now: func() time.Time { return day(10) }})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, p := range []book.Person{{Name: "heron", Kind: book.Human}, {Name: "model-a0", Kind: book.Model}} {
		if err := b.AddPerson(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	answers := map[casefile.QuestionKind]question.Distribution{
		casefile.Binary:  question.Binary(1.0 / 3),
		casefile.Choice:  {Options: []float64{0.2, 0.5, 0.3}},
		casefile.Numeric: {Curve: []question.Point{{X: 10, P: 0.1}, {X: 100, P: 0.9}}},
		casefile.Counted: {Curve: []question.Point{{X: 0, P: 0.4}, {X: 7, P: 0.5}, {X: 30, P: 0.9}}},
		casefile.Date:    {Curve: []question.Point{{X: question.Day(day(40)), P: 0.3}, {X: question.Day(day(300)), P: 0.8}}},
	}
	ends := map[casefile.QuestionKind]string{casefile.Binary: "yes", casefile.Choice: "it's, here", casefile.Numeric: "above", casefile.Counted: "12", casefile.Date: "2026-03-04"}
	for kind, d := range answers {
		q := &question.Question{Case: "valley", ID: string(kind), Title: "A \"question\", with\na break", Rule: "so", Kind: kind, Opens: day(0), Closes: day(200), Resolves: day(220)}
		switch kind {
		case casefile.Choice:
			q.Options = []string{"a", "it's, here", `b\c`}
		case casefile.Numeric:
			q.High, q.OpenHigh = 100, true
		case casefile.Counted:
			q.High, q.OpenHigh = 500, true
		case casefile.Date:
			q.Low, q.High, q.OpenHigh = question.Day(day(0)), question.Day(day(364)), true
		}
		for _, p := range []string{"heron", "model-a0"} {
			if _, _, err := b.Add(ctx, q, book.Forecast{Person: p, Answer: d, Reason: "x"}); err != nil {
				t.Fatal(kind, err)
			}
		}
		o, err := q.ParseOutcome(ends[kind])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Resolve(ctx, q, book.Resolution{Outcome: o, Source: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	asked, err := b.Questions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	list, err := b.Forecasts(ctx, book.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	people, err := b.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	resolutions, err := b.Resolutions(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	last := map[[2]string]book.Resolution{}
	for _, r := range resolutions {
		last[[2]string{r.Case, r.Question}] = r
	}
	var questions, forecasts bytes.Buffer
	if err := WriteQuestions(&questions, asked, last); err != nil {
		t.Fatal(err)
	}
	if err := WriteForecasts(&forecasts, asked, people, list); err != nil {
		t.Fatal(err)
	}
	batch, wrong := Read("again", &questions, &forecasts)
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	if len(batch.Questions) != 5 || len(batch.Forecasts) != 10 || len(batch.People) != 2 || batch.People[1].Kind != book.Model {
		t.Fatalf("%d questions, %d forecasts, people %+v", len(batch.Questions), len(batch.Forecasts), batch.People)
	}
	for i, got := range batch.Forecasts {
		want, q, before := list[i], batch.Questions[i/2], asked[i/2]
		if got.Question != want.Question || got.Person != want.Person || !got.Made.Equal(want.Made) {
			t.Fatalf("%+v, expected %+v", got, want)
		}
		switch q.Kind {
		case casefile.Binary:
			if *got.Answer.Yes != *want.Answer.Yes {
				t.Errorf("binary: %g", *got.Answer.Yes)
			}
		case casefile.Choice:
			for k := range want.Answer.Options {
				if math.Abs(got.Answer.Options[k]-want.Answer.Options[k]) > 1e-12 {
					t.Errorf("choice: %v", got.Answer.Options)
				}
			}
		default:
			for _, x := range grid(before.Question) {
				if a, b := q.CDF(got.Answer, x), before.CDF(want.Answer, x); math.Abs(a-b) > 1e-12 {
					t.Errorf("%s at %s: %g, expected %g", before.Kind, q.Show(x), a, b)
				}
			}
		}
	}
	for _, r := range batch.Resolutions {
		if want := last[[2]string{"valley", r.Question}]; r.Outcome != want.Outcome {
			t.Errorf("%s resolved to %s, expected %s", r.Question, r.Outcome, want.Outcome)
		}
	}
}

// TestMutations changes a few bytes of the files: no change makes reading panic,
// and what is read without a mistake goes into a book. (The fuzzer would first
// instrument all of SQLite.)
func TestMutations(t *testing.T) {
	ctx := context.Background()
	b, err := book.Open(ctx, filepath.Join(t.TempDir(), "b.sqlite"), book.Clock{Now: func() time.Time { return time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	questions, forecasts := small()
	r := rand.New(rand.NewPCG(7, 7))
	const noise = "0129,.-\"'[]\n eNx\xff"
	mutate := func(text string) string {
		data := []byte(text)
		for range r.IntN(4) {
			at, n := r.IntN(len(data)), r.IntN(6)
			switch r.IntN(3) {
			case 0:
				data[at] = noise[r.IntN(len(noise))]
			case 1:
				data = append(data[:at], data[min(at+n, len(data)):]...)
			default:
				data = slices.Insert(data, at, data[at:min(at+n, len(data))]...)
			}
		}
		return string(data)
	}
	entered := 0
	for i := range 3000 {
		q, f := mutate(questions), mutate(forecasts)
		batch, wrong := Read(fmt.Sprintf("m%d", i), strings.NewReader(q), strings.NewReader(f))
		if len(wrong) > 0 {
			continue
		}
		var told diagnostic.List
		if _, err := b.Import(ctx, batch); err == nil {
			entered++
		} else if !errors.As(err, &told) {
			t.Fatalf("%v\n%s\n%s", err, q, f)
		}
	}
	if _, err := b.Verify(ctx); err != nil || entered < 100 {
		t.Errorf("%d batches entered: %v", entered, err)
	}
	t.Logf("%d of 3000 are without a mistake", entered)
}
