package record

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"handover/casefile"
	"handover/forecast/book"
	"handover/forecast/question"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s is %.12g, expected %.12g", what, got, want)
	}
}

func resolved(answer string) question.Outcome {
	return question.Outcome{Status: question.Resolved, Answer: answer}
}

// TestLossByHand compares with values worked out by hand, and sees that a
// question without an answer has no loss.
func TestLossByHand(t *testing.T) {
	loss := func(q *question.Question, answer string, d question.Distribution) float64 {
		x, known := Loss(q, resolved(answer), d)
		if !known {
			t.Errorf("%s of %s has no loss", answer, q.Kind)
		}
		return x
	}
	binary := &question.Question{Kind: casefile.Binary}
	near(t, "binary, yes", loss(binary, "yes", question.Binary(0.7)), 0.09, 1e-12)
	near(t, "binary, no", loss(binary, "no", question.Binary(0.7)), 0.49, 1e-12)
	choice := &question.Question{Kind: casefile.Choice, Options: []string{"a", "b", "c"}}
	near(t, "choice", loss(choice, "b", question.Distribution{Options: []float64{0.5, 0.3, 0.2}}), (0.25+0.49+0.04)/2, 1e-12)
	near(t, "worst choice", loss(choice, "b", question.Distribution{Options: []float64{1, 0, 0}}), 1, 1e-12)
	numeric := &question.Question{Kind: casefile.Numeric, Low: 0, High: 10, OpenHigh: true}
	// A straight line from 0 to 10 and the outcome 10: the integral of (x/10)².
	even := question.Distribution{Curve: []question.Point{{X: 0, P: 0}, {X: 10, P: 1}}}
	near(t, "numeric", loss(numeric, "10", even), 1.0/3, 1e-12)
	near(t, "numeric, middle", loss(numeric, "5", even), 2*(0.125/3), 1e-12)
	near(t, "numeric, above", loss(numeric, "above", even), 1.0/3, 1e-12)
	step := question.Distribution{Curve: []question.Point{{X: 0, P: 0}, {X: 4, P: 0}, {X: 4, P: 1}, {X: 10, P: 1}}}
	near(t, "certain and right", loss(numeric, "4", step), 0, 1e-12)
	near(t, "certain and wrong", loss(numeric, "7", step), 0.3, 1e-12)
	for _, status := range []question.Status{question.Ambiguous, question.Annulled, question.Pending} {
		for _, q := range []*question.Question{binary, choice, numeric} {
			if _, known := Loss(q, question.Outcome{Status: status}, Uniform(q)); known {
				t.Errorf("a %s %s question has a loss", status, q.Kind)
			}
		}
	}
}

// TestLossOfRanges compares the closed forms with plain sums over the range.
func TestLossOfRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := &question.Question{Kind: casefile.Counted, Low: 0, High: 60, OpenHigh: true}
		if rapid.Bool().Draw(t, "numeric") {
			q.Kind, q.Low, q.OpenLow = casefile.Numeric, -5, true
		}
		var d question.Distribution
		x, p := math.Floor(rapid.Float64Range(q.Low, 20).Draw(t, "first")), 0.0
		for range rapid.IntRange(1, 6).Draw(t, "points") {
			p += (1 - p) * rapid.Float64Range(0, 1).Draw(t, "step")
			d.Curve = append(d.Curve, question.Point{X: x, P: p})
			x += float64(rapid.IntRange(0, 15).Draw(t, "gap"))
		}
		d, wrong := q.Complete(d)
		if len(wrong) > 0 {
			t.Skip(wrong)
		}
		y := rapid.IntRange(int(q.Low), 60).Draw(t, "outcome")
		answer := fmt.Sprint(y)
		if rapid.IntRange(0, 9).Draw(t, "beyond") == 0 {
			answer, y = "above", 1000
		}
		got, _ := Loss(q, resolved(answer), d)
		sum, n, within := 0.0, 61.0, 1e-9
		switch q.Kind {
		case casefile.Counted:
			for k := range 61 {
				f := q.CDF(d, float64(k)) - passed(float64(k), float64(y), 0)
				sum += f * f
			}
		default:
			// The middles of small cells; a step within a cell costs up to its width.
			n, within = 65*200, 0.02
			for k := range int(n) {
				x := q.Low + (float64(k)+0.5)/200
				f := q.CDF(d, x) - passed(x, float64(y), 0)
				sum += f * f
			}
		}
		if math.Abs(got-sum/n) > within || got < 0 || got > 1+1e-9 {
			t.Fatalf("%+v with outcome %s: %g, by summing %g", d, answer, got, sum/n)
		}
	})
}

// TestProper: nobody gains by saying other than they think.
func TestProper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := &question.Question{Kind: casefile.Choice, Options: []string{"a", "b", "c"}}
		draw := func(name string) []float64 {
			a, b := rapid.Float64Range(0, 1).Draw(t, name), rapid.Float64Range(0, 1).Draw(t, name)
			return []float64{a, (1 - a) * b, (1 - a) * (1 - b)}
		}
		think, say := draw("think"), draw("say")
		expected := func(answer []float64) (sum float64) {
			for i, id := range q.Options {
				loss, _ := Loss(q, resolved(id), question.Distribution{Options: answer})
				sum += think[i] * loss
			}
			return sum
		}
		if expected(think) > expected(say)+1e-12 {
			t.Fatalf("thinks %v and does better with %v", think, say)
		}
	})
}

func day(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// TestTable works a small book out by hand: a question of 100 days, resolved to
// yes. Ana says 0.5 from the start and 0.9 from day 50; Ben 0.2 from day 80.
func TestTable(t *testing.T) {
	q := &question.Question{Case: "valley", ID: "q", Kind: casefile.Binary, Opens: day(0), Closes: day(100), Resolves: day(120)}
	list := []book.Forecast{
		{Entry: 1, Person: "ana", Case: "valley", Question: "q", Made: day(0), Answer: question.Binary(0.5)},
		{Entry: 2, Person: "ana", Case: "valley", Question: "q", Made: day(50), Answer: question.Binary(0.9)},
		{Entry: 3, Person: "ben", Case: "valley", Question: "q", Made: day(80), Answer: question.Binary(0.2)},
	}
	asked := []book.Asked{{Question: q}}
	of := func(o question.Outcome, entered time.Time) Table {
		return Make(Collect(asked, []book.Resolution{{Case: "valley", Question: "q", Outcome: o, Entered: entered}}, list))
	}
	all := of(resolved("yes"), day(110)).By(true, false, false)
	if len(all) != 2 || all[0].Person != "ana" || all[0].Questions != 1 {
		t.Fatalf("%+v", all)
	}
	ana, ben := all[0], all[1]
	near(t, "coverage of ana", ana.Weight, 1, 1e-12)
	near(t, "loss of ana", ana.Loss, 0.5*0.25+0.5*0.01, 1e-12)
	near(t, "coverage of ben", ben.Weight, 0.2, 1e-12)
	near(t, "loss of ben", ben.Loss, 0.64, 1e-12)
	near(t, "uniform", ben.Even, 0.25, 1e-12)
	near(t, "skill of ana", ana.Skill(), 1-0.13/0.25, 1e-12)
	near(t, "ana against ben", ana.Peers, 0.64-0.01, 1e-12)
	near(t, "ana has a peer", ana.PeerWeight, 0.2, 1e-12)
	near(t, "ben against ana", ben.Peers, 0.01-0.64, 1e-12)
	// By time ahead: the last month (30.44 days) of ana has 0.9 alone.
	for _, c := range of(resolved("yes"), day(110)) {
		if c.Person == "ana" && c.Horizon == 0 {
			near(t, "last month", c.Loss, 0.01, 1e-12)
			near(t, "its weight", c.Weight, month.Hours()/2400, 1e-9)
		}
		if c.Person == "ana" && c.Horizon > 2 {
			t.Errorf("a horizon beyond the question: %+v", c)
		}
	}
	// Resolved on day 80, Ben's forecast counts for nothing.
	early := of(resolved("yes"), day(80)).By(true, false, false)
	if len(early) != 1 {
		t.Fatalf("%+v", early)
	}
	near(t, "ended early", early[0].Loss, 50.0/80*0.25+30.0/80*0.01, 1e-12)
	for _, status := range []question.Status{question.Ambiguous, question.Annulled} {
		if x := of(question.Outcome{Status: status}, day(110)); len(x) != 0 {
			t.Errorf("a %s question is scored: %+v", status, x)
		}
	}
	w := of(resolved("yes"), day(110)).Weights()
	if !(w("ana") > w("nobody") && w("nobody") > w("ben")) {
		t.Errorf("weights: ana %g, nobody %g, ben %g", w("ana"), w("nobody"), w("ben"))
	}
	near(t, "weight without a record", w("nobody"), 1, 1e-12)
}

// crowd makes a book of so many forecasts by so many people on questions of every
// kind, all resolved.
func crowd(forecasts, people int) (asked []book.Asked, resolutions []book.Resolution, list []book.Forecast, names []book.Person) {
	r := rand.New(rand.NewPCG(1, 2))
	kinds := []casefile.QuestionKind{casefile.Binary, casefile.Choice, casefile.Numeric, casefile.Date, casefile.Counted}
	for i := range 200 {
		q := &question.Question{Case: "crowd", ID: fmt.Sprintf("q%03d", i), Title: "What?", Rule: "so", Kind: kinds[i%5], Opens: day(0), Closes: day(365), Resolves: day(400)}
		answer := "yes"
		switch q.Kind {
		case casefile.Choice:
			q.Options, answer = []string{"a", "b", "c"}, "b"
		case casefile.Numeric, casefile.Counted:
			q.High, q.OpenHigh, answer = 1000, true, "140"
		case casefile.Date:
			q.Low, q.High, q.OpenHigh, answer = question.Day(day(0)), question.Day(day(365)), true, "2026-07-01"
		}
		asked = append(asked, book.Asked{Question: q, Imported: true})
		resolutions = append(resolutions, book.Resolution{Case: "crowd", Question: q.ID, Outcome: resolved(answer), Source: "so", Entered: day(370)})
	}
	for i := range people {
		names = append(names, book.Person{Name: fmt.Sprintf("p%03d", i), Kind: book.Human})
	}
	for i := range forecasts {
		q := asked[i%200].Question
		var d question.Distribution
		switch q.Kind {
		case casefile.Binary:
			d = question.Binary(r.Float64())
		case casefile.Choice:
			a := r.Float64()
			d.Options = []float64{a, (1 - a) / 2, (1 - a) / 2}
		default:
			x := q.Low
			for k := range 9 {
				x = math.Floor(x + r.Float64()*(q.High-q.Low)/10)
				d.Curve = append(d.Curve, question.Point{X: x, P: float64(k+1) / 10})
			}
		}
		d, wrong := q.Complete(d)
		if len(wrong) > 0 {
			panic(wrong)
		}
		made := day(0).Add(time.Duration(r.Int64N(int64(360 * 24 * time.Hour)))).Truncate(time.Microsecond)
		list = append(list, book.Forecast{Case: "crowd", Question: q.ID, Person: names[r.IntN(people)].Name, Made: made, Answer: d})
	}
	slices.SortStableFunc(list, func(a, b book.Forecast) int { return a.Made.Compare(b.Made) })
	return asked, resolutions, list, names
}

// BenchmarkCrowd: 10,000 forecasts by 200 people, from the file to the table.
func BenchmarkCrowd(b *testing.B) {
	ctx := b.Context()
	asked, resolutions, list, people := crowd(10_000, 200)
	place := filepath.Join(b.TempDir(), "book.sqlite")
	k, err := book.Open(ctx, place, book.Clock{Now: func() time.Time { return day(370) }})
	if err != nil {
		b.Fatal(err)
	}
	defer k.Close()
	batch := book.Batch{People: people, Forecasts: list, Resolutions: resolutions}
	for _, a := range asked {
		batch.Questions = append(batch.Questions, a.Question)
	}
	started := time.Now()
	if _, err := k.Import(ctx, batch); err != nil {
		b.Fatal(err)
	}
	b.Logf("entering takes %s", time.Since(started))
	for b.Loop() {
		questions, err := k.Questions(ctx)
		if err != nil {
			b.Fatal(err)
		}
		answers, err := k.Resolutions(ctx, "")
		if err != nil {
			b.Fatal(err)
		}
		forecasts, err := k.Forecasts(ctx, book.Filter{})
		if err != nil {
			b.Fatal(err)
		}
		if table := Make(Collect(questions, answers, forecasts)); len(forecasts) != 10_000 || len(table.By(true, false, false)) != 200 {
			b.Fatalf("%d forecasts, %d cells", len(forecasts), len(table))
		}
	}
}
