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
		return Make(Collect(asked, []book.Resolution{{Case: "valley", Question: "q", Outcome: o, Entered: entered}}, list), nil)
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
		ended := Together(Collect(questions, answers, forecasts), func(string) bool { return true }, book.Methods)
		if table := Make(ended, func(name string) bool { return name[0] != 'p' }); len(forecasts) != 10_000 || len(table.By(true, false, false)) != 204 {
			b.Fatalf("%d forecasts, %d cells", len(forecasts), len(table))
		}
	}
}

// TestMarksByHand compares the scores of single answers with values worked out by
// hand, and with Metaculus's definitions.
func TestMarksByHand(t *testing.T) {
	mark := func(q *question.Question, answer string, d question.Distribution) Marks {
		m, known := Mark(q, resolved(answer), d)
		if !known {
			t.Errorf("%s of %s has no marks", answer, q.Kind)
		}
		return m
	}
	binary := &question.Question{Kind: casefile.Binary}
	near(t, "log", mark(binary, "yes", question.Binary(0.7)).Log, math.Log(0.7), 1e-12)
	near(t, "baseline", mark(binary, "no", question.Binary(0.7)).Baseline, 100*(math.Log2(0.3)+1), 1e-9)
	near(t, "nobody is held to a 0", mark(binary, "no", question.Binary(1)).Log, math.Log(0.001), 1e-12)
	choice := &question.Question{Kind: casefile.Choice, Options: []string{"a", "b", "c", "d"}}
	near(t, "choice", mark(choice, "b", question.Distribution{Options: []float64{0.2, 0.5, 0.2, 0.1}}).Baseline, 50, 1e-9)

	numeric := &question.Question{Kind: casefile.Numeric, Low: 0, High: 100, OpenHigh: true}
	// Nine tenths of the probability lie evenly between 20 and 60.
	d := question.Distribution{Curve: []question.Point{{X: 0, P: 0}, {X: 20, P: 0}, {X: 60, P: 0.9}, {X: 100, P: 0.9}}}
	m := mark(numeric, "40.1", d)
	mass, even := 0.9*0.5/40, 0.95/200
	near(t, "cell of a range", m.Log, math.Log(0.99*mass+0.01*even), 1e-12)
	near(t, "baseline of a range", m.Baseline, 50*math.Log((0.99*mass+0.01*even)/even), 1e-9)
	near(t, "place", m.Upto, 0.9*20.1/40, 1e-12)
	// The central 90% reaches from 20+40/18 to beyond the end.
	near(t, "interval", m.Interval, (100-20-40.0/18)/100, 1e-9)
	m = mark(numeric, "above", d)
	near(t, "beyond the end", m.Log, math.Log(0.99*0.1+0.01*0.05), 1e-12)
	near(t, "baseline beyond the end", m.Baseline, 50*math.Log((0.99*0.1+0.01*0.05)/0.05), 1e-9)
	near(t, "place beyond the end", m.Below, 0.9, 1e-12)
	m = mark(numeric, "5", d)
	near(t, "missed interval", m.Interval, (100-20-40.0/18+20*(20+40.0/18-5))/100, 1e-9)
	near(t, "what was ruled out", m.Log, math.Log(0.01*even), 1e-12)

	// The cells of a range and its open ends hold all probability.
	for _, q := range []*question.Question{
		{Kind: casefile.Counted, Low: 0, High: 30, OpenHigh: true},
		{Kind: casefile.Numeric, Low: -3, High: 7, OpenLow: true, OpenHigh: true},
	} {
		d, wrong := q.Complete(question.Distribution{Curve: []question.Point{{X: 1, P: 0.2}, {X: 4, P: 0.25}, {X: 4, P: 0.5}, {X: 6, P: 0.9}}})
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		n, bottom := 200.0, q.Low
		if q.Kind == casefile.Counted {
			n, bottom = 31, -1
		}
		sum, _ := cell(q, d, 0, 1)
		under, _ := cell(q, d, 0, -1)
		sum += under
		for k := range int(n) {
			mass, _ := cell(q, d, bottom+(float64(k)+1)*(q.High-bottom)/n, 0)
			sum += mass
		}
		near(t, "sum over the cells of a "+string(q.Kind), sum, 1, 1e-9)
	}
}

// TestPeersAndAggregates works out Metaculus's peer score, which programs take no
// part in, and aggregates that use nothing before its time.
func TestPeersAndAggregates(t *testing.T) {
	var asked []book.Asked
	var list []book.Forecast
	var answers []book.Resolution
	for i, id := range []string{"first", "later"} {
		q := &question.Question{Case: "valley", ID: id, Kind: casefile.Binary, Opens: day(200 * i), Closes: day(200*i + 100), Resolves: day(200*i + 120)}
		asked = append(asked, book.Asked{Question: q})
		for k, f := range []struct {
			person string
			from   int
			p      float64
		}{{"ana", 0, 0.8}, {"ben", 0, 0.4}, {"model", 0, 0.99}, {"cat", 50, 0.6}} {
			list = append(list, book.Forecast{Entry: int64(10*i + k + 1), Person: f.person, Case: "valley", Question: id, Made: day(200*i + f.from), Answer: question.Binary(f.p)})
		}
		answers = append(answers, book.Resolution{Case: "valley", Question: id, Outcome: resolved("yes"), Entered: day(200*i + 110)})
	}
	human := func(name string) bool { return name != "model" && !slices.Contains(book.Methods, book.Method(name)) }
	ended := Together(Collect(asked, answers, list), human, book.Methods)
	table := Make(ended, func(name string) bool { return !human(name) }).By(true, false, false)
	of := map[string]Cell{}
	for _, c := range table {
		of[c.Person] = c
	}
	a, b, c, m := math.Log(0.8), math.Log(0.4), math.Log(0.6), math.Log(0.99)
	near(t, "peer score of ana", of["ana"].Peer, 100*(0.5*(a-b)+0.5*(a-(b+c)/2)), 1e-9)
	near(t, "peer score of cat, half of the time", of["cat"].Peer, 100*0.5*(c-(a+b)/2), 1e-9)
	near(t, "peer score of the model", of["model"].Peer, 100*(0.5*(m-(a+b)/2)+0.5*(m-(a+b+c)/3)), 1e-9)
	near(t, "baseline score of cat", of["cat"].Baseline, 0.5*100*(math.Log2(0.6)+1), 1e-9)
	near(t, "log score of cat", of["cat"].Log, -c, 1e-12)

	odds := func(p float64) float64 { return math.Log(p / (1 - p)) }
	first := func(id string, method book.Method) book.Forecast {
		for _, e := range ended {
			for _, f := range e.Forecasts {
				if e.ID == id && f.Person == string(method) {
					return f
				}
			}
		}
		t.Fatalf("no %s of %s", method, id)
		return book.Forecast{}
	}
	plain := 1 / (1 + math.Exp(-(odds(0.8)+odds(0.4))/2))
	near(t, "mean of log odds", *first("first", book.LogOdds).Answer.Yes, plain, 1e-12)
	// Nothing was answered before the first question: all weigh the same. Before the
	// later one the first was, and Ana, who was better, weighs more.
	near(t, "by performance, at first", *first("first", book.Performance).Answer.Yes, plain, 1e-12)
	if p := *first("later", book.Performance).Answer.Yes; !(p > plain+0.01) {
		t.Errorf("by performance, later: %g, no more than %g", p, plain)
	}
	// Ana's record counts from the day on which the answer came, and not before.
	ended[0].Answered = day(500)
	late := Together(Collect(asked, append(answers[:0:0], book.Resolution{Case: "valley", Question: "first", Outcome: resolved("yes"), Entered: day(310)}, answers[1]), list), human, book.Methods)
	for _, f := range late[1].Forecasts {
		if f.Person == string(book.Performance) && f.Made.Before(day(251)) {
			if x := *f.Answer.Yes; f.Made.Equal(day(200)) && math.Abs(x-plain) > 1e-12 {
				t.Errorf("on %s the weights use an answer of day 310: %g", f.Made, x)
			}
		}
	}
}

// TestCalibration counts every forecast of people once.
func TestCalibration(t *testing.T) {
	q := &question.Question{Kind: casefile.Binary, Closes: day(9)}
	n := &question.Question{Kind: casefile.Numeric, Low: 0, High: 10, Closes: day(9)}
	line := question.Distribution{Curve: []question.Point{{X: 0, P: 0}, {X: 10, P: 1}}}
	list := []Ended{
		{Question: q, Outcome: resolved("yes"), End: day(9), Forecasts: []book.Forecast{{Person: "ana", Answer: question.Binary(0.8)}, {Person: "ana", Made: day(10), Answer: question.Binary(1)}, {Person: "model", Answer: question.Binary(0.1)}}},
		{Question: n, Outcome: resolved("4.5"), End: day(9), Forecasts: []book.Forecast{{Person: "ana", Answer: line}}},
	}
	judged, pit := Calibration(list, func(f book.Forecast) bool { return f.Person == "ana" }, 10)
	if len(judged) != 1 || judged[0].P != 0.8 || !judged[0].Happened {
		t.Errorf("judged: %+v", judged)
	}
	if pit.N != 1 || pit.Bins[4] != 1 {
		t.Errorf("place: %+v", pit)
	}
}
