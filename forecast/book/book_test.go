//go:build unix

package book

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"handover/casefile"
	"handover/database"
	"handover/diagnostic"
	"handover/forecast/question"
)

// noon is the time at which a test's clock starts.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// tick is a clock that a test moves.
type tick struct{ now time.Time }

func (c *tick) time() time.Time { return c.now }

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// questions are one of each kind, open in 2026.
func questions() map[casefile.QuestionKind]*question.Question {
	out := map[casefile.QuestionKind]*question.Question{}
	for _, kind := range []casefile.QuestionKind{casefile.Binary, casefile.Choice, casefile.Numeric, casefile.Date, casefile.Counted} {
		q := &question.Question{Case: "valley", ID: string(kind), Title: "What?", Kind: kind, Rule: "so", Opens: date(2026, 1, 1), Closes: date(2027, 1, 1), Resolves: date(2027, 2, 1)}
		switch kind {
		case casefile.Choice:
			q.Options = []string{"a", "b", "c"}
		case casefile.Numeric:
			q.Low, q.High, q.OpenHigh, q.Unit = 0, 100, true, "percent"
		case casefile.Counted:
			q.Low, q.High, q.OpenHigh, q.Unit = 0, 500, true, "deaths"
		case casefile.Date:
			q.Low, q.High, q.OpenHigh = question.Day(date(2026, 1, 1)), question.Day(date(2026, 12, 31)), true
		}
		out[kind] = q
	}
	return out
}

func answer(kind casefile.QuestionKind) question.Distribution {
	switch kind {
	case casefile.Binary:
		return question.Binary(0.3)
	case casefile.Choice:
		return question.Distribution{Options: []float64{0.2, 0.3, 0.5}}
	case casefile.Date:
		return question.Distribution{Curve: []question.Point{{X: question.Day(date(2026, 4, 1)), P: 0.1}, {X: question.Day(date(2026, 12, 31)), P: 0.4}}}
	}
	return question.Distribution{Curve: []question.Point{{X: 5, P: 0.05}, {X: 20, P: 0.5}, {X: 80, P: 0.95}}}
}

// TestConformance: the same calls have the same results whatever the book is
// kept in.
func TestConformance(t *testing.T) {
	seals := map[string]Seal{}
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		clock := &tick{noon}
		b, err := Open(ctx, place, Clock{Now: clock.time})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		for _, p := range []Person{{Name: "ana", Kind: Human}, {Name: "ben", Kind: Human}, {Name: "model-a0", Kind: Model}} {
			if err := b.AddPerson(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		all := questions()
		for _, kind := range []casefile.QuestionKind{casefile.Binary, casefile.Choice, casefile.Numeric, casefile.Date, casefile.Counted} {
			for _, person := range []string{"ana", "ben"} {
				clock.now = clock.now.Add(time.Hour)
				f := Forecast{Person: person, Answer: answer(kind), Reason: "because", Confidence: Medium}
				entered, added, err := b.Add(ctx, all[kind], f)
				if err != nil || !added || !entered.Made.Equal(clock.now) || entered.Entry == 0 {
					t.Fatalf("%s by %s: %+v, added %v: %v", kind, person, entered, added, err)
				}
				clock.now = clock.now.Add(time.Minute)
				again, added, err := b.Add(ctx, all[kind], f)
				if err != nil || added || again.Entry != entered.Entry {
					t.Fatalf("the same forecast again: %+v, added %v: %v", again, added, err)
				}
			}
		}
		if _, err := b.Resolve(ctx, all[casefile.Binary], Resolution{Outcome: question.Outcome{Status: question.Resolved, Answer: "yes"}, Source: "the gazette"}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Resolve(ctx, all[casefile.Choice], Resolution{Outcome: question.Outcome{Status: question.Annulled}, Source: "the gazette", Reason: "asked wrongly"}); err != nil {
			t.Fatal(err)
		}
		clock.now = clock.now.Add(time.Hour)
		if _, err := b.Resolve(ctx, all[casefile.Binary], Resolution{Outcome: question.Outcome{Status: question.Ambiguous}, Source: "a later gazette", Reason: "withdrawn"}); err != nil {
			t.Fatal(err)
		}
		people, err := b.People(ctx)
		if err != nil || len(people) != 3 || people[0].Name != "ana" || people[2].Kind != Model {
			t.Fatalf("people %+v: %v", people, err)
		}
		asked, err := b.Questions(ctx)
		if err != nil || len(asked) != 5 {
			t.Fatalf("%d questions: %v", len(asked), err)
		}
		for _, a := range asked {
			if diff := cmp.Diff(all[a.Kind], a.Question); diff != "" || a.Imported {
				t.Errorf("question %s: %s", a.ID, diff)
			}
		}
		forecasts, err := b.Forecasts(ctx, Filter{Case: "valley", Person: "ana"})
		if err != nil || len(forecasts) != 5 {
			t.Fatalf("%d forecasts: %v", len(forecasts), err)
		}
		for _, f := range forecasts {
			want, list := all[casefile.QuestionKind(f.Question)].Complete(answer(casefile.QuestionKind(f.Question)))
			if diff := cmp.Diff(want, f.Answer); diff != "" || len(list) > 0 || f.Reason != "because" || f.Confidence != Medium {
				t.Errorf("forecast %+v: %s %v", f, diff, list)
			}
		}
		resolutions, err := b.Resolutions(ctx, "valley")
		if err != nil || len(resolutions) != 3 {
			t.Fatalf("resolutions %+v: %v", resolutions, err)
		}
		if yes, known := resolutions[2].Outcome.Yes(); yes || known || resolutions[2].Outcome.Status != question.Ambiguous {
			t.Errorf("an ambiguous outcome reads as %v, %v", yes, known)
		}
		seal, err := b.Verify(ctx)
		if err != nil || seal.Entries != 3+5+10+3 {
			t.Fatalf("seal %+v: %v", seal, err)
		}
		seals[strings.SplitN(t.Name(), "/", 2)[1]] = seal
		// Opened again it is the same.
		c, err := Open(ctx, place, Clock{Now: clock.time})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if again, err := c.Verify(ctx); err != nil || again != seal {
			t.Errorf("opened again: %+v, %v", again, err)
		}
	})
	if len(seals) == 2 && seals["sqlite"] != seals["postgres"] {
		t.Errorf("the seals differ: %+v", seals)
	}
}

// refused checks that an error is a list that holds a code and says something.
func refused(t *testing.T, err error, code, says string) {
	t.Helper()
	var list diagnostic.List
	if !errors.As(err, &list) {
		t.Errorf("no diagnostics but %v, expected %s", err, code)
		return
	}
	for _, d := range list {
		if d.Code == code && strings.Contains(d.Error(), says) {
			return
		}
	}
	t.Errorf("no %s that says %q in:\n%v", code, says, list)
}

// TestRefused: what a book does not take, whatever it is kept in, and that
// nothing is entered by trying.
func TestRefused(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		clock := &tick{noon}
		b, err := Open(ctx, place, Clock{Now: clock.time})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := b.AddPerson(ctx, Person{Name: "ana", Kind: Human}); err != nil {
			t.Fatal(err)
		}
		all := questions()
		add := func(kind casefile.QuestionKind, change func(*question.Question, *Forecast)) error {
			q := *all[kind]
			f := Forecast{Person: "ana", Answer: answer(kind), Reason: "because"}
			change(&q, &f)
			_, _, err := b.Add(ctx, &q, f)
			return err
		}
		refused(t, b.AddPerson(ctx, Person{Name: "ana", Kind: Human}), "duplicate-name", "ana")
		refused(t, b.AddPerson(ctx, Person{Name: "A. Nalyst@example", Kind: Human}), "name", "pseudonym")
		if err := add(casefile.Binary, func(*question.Question, *Forecast) {}); err != nil {
			t.Fatal(err)
		}
		before, err := b.Verify(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			kind       casefile.QuestionKind
			change     func(*question.Question, *Forecast)
			code, says string
		}{
			{casefile.Binary, func(_ *question.Question, f *Forecast) { f.Person = "anna" }, "unknown-name", `did you mean "ana"`},
			{casefile.Binary, func(_ *question.Question, f *Forecast) { f.Answer = question.Binary(30) }, "probability", "write 0.3 for 30%"},
			{casefile.Binary, func(_ *question.Question, f *Forecast) { f.Answer = answer(casefile.Choice) }, "kind", "binary"},
			{casefile.Binary, func(_ *question.Question, f *Forecast) { f.Answer = question.Distribution{} }, "missing-answer", "empty"},
			{casefile.Binary, func(_ *question.Question, f *Forecast) { f.Reason = " " }, "no-value", "reason"},
			{casefile.Binary, func(_ *question.Question, f *Forecast) { f.Confidence = "sure" }, "unknown-word", "sure"},
			{casefile.Binary, func(q *question.Question, _ *Forecast) { q.Title = "Something else?" }, "changed-question", "binary"},
			{casefile.Binary, func(q *question.Question, _ *Forecast) { q.Closes = date(2030, 1, 1) }, "changed-question", "days"},
			{casefile.Choice, func(_ *question.Question, f *Forecast) { f.Answer.Options = []float64{0.5, 0.5, 0.5} }, "sum", "1.5"},
			{casefile.Choice, func(_ *question.Question, f *Forecast) { f.Answer.Options = []float64{0.5, 0.5} }, "options", "2 probabilities for 3"},
			{casefile.Choice, func(_ *question.Question, f *Forecast) { f.Answer.Options = []float64{1.5, -0.5, 0} }, "probability", "-0.5"},
			{casefile.Numeric, func(_ *question.Question, f *Forecast) {
				f.Answer.Curve = []question.Point{{X: 50, P: 0.1}, {X: 20, P: 0.5}}
			}, "crossing", "20 at probability 0.5 lies below 50"},
			{casefile.Numeric, func(_ *question.Question, f *Forecast) {
				f.Answer.Curve = []question.Point{{X: 10, P: 0.6}, {X: 20, P: 0.5}}
			}, "crossing", "falls from 0.6 to 0.5"},
			{casefile.Numeric, func(_ *question.Question, f *Forecast) {
				f.Answer.Curve = []question.Point{{X: -5, P: 0.1}, {X: 20, P: 0.5}}
			}, "outside", "below the range"},
			{casefile.Choice, func(q *question.Question, _ *Forecast) { q.Opens, q.Closes = date(2025, 1, 1), date(2026, 1, 1) }, "not-open", "closed at the end of 2025-12-31"},
			{casefile.Choice, func(q *question.Question, _ *Forecast) { q.Opens = date(2026, 6, 1) }, "not-open", "opens on 2026-06-01"},
		} {
			refused(t, add(x.kind, x.change), x.code, x.says)
		}
		// All at once.
		err = add(casefile.Choice, func(q *question.Question, f *Forecast) {
			q.Closes, f.Person, f.Reason, f.Answer.Options = date(2026, 2, 1), "carl", "", []float64{2, 0, 0}
		})
		for code, says := range map[string]string{"not-open": "", "unknown-name": "carl", "no-value": "", "probability": "2"} {
			refused(t, err, code, says)
		}
		_, err = b.Resolve(ctx, all[casefile.Binary], Resolution{Outcome: question.Outcome{Status: question.Resolved, Answer: "maybe"}})
		refused(t, err, "answer", "yes, no, ambiguous or annulled")
		refused(t, err, "no-value", "source")
		_, err = b.Resolve(ctx, all[casefile.Binary], Resolution{Outcome: question.Outcome{Status: question.Pending}, Source: "x"})
		refused(t, err, "answer", "pending")
		if after, err := b.Verify(ctx); err != nil || after != before {
			t.Errorf("trying left %+v, it was %+v: %v", after, before, err)
		}
		if _, err := b.Resolve(ctx, all[casefile.Binary], Resolution{Outcome: question.Outcome{Status: question.Annulled}, Source: "x"}); err != nil {
			t.Fatal(err)
		}
		refused(t, add(casefile.Binary, func(_ *question.Question, f *Forecast) { f.Reason = "now I know" }), "not-open", "resolved")
	})
}

// TestClock: an entry is never put before the last one.
func TestClock(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		clock := &tick{noon}
		b, err := Open(ctx, place, Clock{Now: clock.time})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if err := b.AddPerson(ctx, Person{Name: "ana", Kind: Human}); err != nil {
			t.Fatal(err)
		}
		clock.now = noon.Add(-10 * time.Second)
		f, _, err := b.Add(ctx, questions()[casefile.Binary], Forecast{Person: "ana", Answer: question.Binary(0.5), Reason: "x"})
		if err != nil || !f.Made.Equal(noon) {
			t.Errorf("a clock ten seconds behind: made %s, %v", f.Made, err)
		}
		clock.now = noon.Add(-time.Hour)
		_, _, err = b.Add(ctx, questions()[casefile.Binary], Forecast{Person: "ana", Answer: question.Binary(0.6), Reason: "x"})
		if !errors.Is(err, ErrClock) || !strings.Contains(err.Error(), "2026-03-01T11:00:00Z") {
			t.Errorf("a clock an hour behind: %v", err)
		}
	})
}

// TestWorld: a book of the world takes nothing at another time than now, whoever
// enters it, in the first entry too.
func TestWorld(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		b, err := Open(ctx, place, Clock{Now: time.Now, World: true})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		for _, at := range []int64{1, time.Now().Add(-time.Hour).UnixMicro(), time.Now().Add(time.Hour).UnixMicro()} {
			_, err := b.db.Write.ExecContext(ctx, "INSERT INTO entries (seq, at, kind, hash) VALUES (1, $1, 'person', $2)", at, zeros)
			if err == nil || !strings.Contains(err.Error(), "not entered now") {
				t.Errorf("an entry at %d: %v", at, err)
			}
		}
		if err := b.AddPerson(ctx, Person{Name: "ana", Kind: Human}); err != nil {
			t.Error(err)
		}
		c, err := Open(ctx, place, Clock{Now: func() time.Time { return time.Now().Add(24 * time.Hour) }})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.AddPerson(ctx, Person{Name: "ben", Kind: Human}); err == nil {
			t.Error("a clock that a caller made up was believed")
		}
	})
}

// TestWrongFiles: a book is not made of any file.
func TestWrongFiles(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("This is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for place, says := range map[string]string{
		text:   "file is not a database",
		folder: "is a folder",
		"postgres://tester:secret@/none?host=" + folder: "xxxxx",
	} {
		_, err := Open(ctx, place, Clock{Now: time.Now, World: true})
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", place, err)
		}
	}
	b, err := Open(ctx, filepath.Join(folder, "a b?c%20#d.sqlite"), Clock{Now: time.Now, World: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := os.Stat(filepath.Join(folder, "a b?c%20#d.sqlite")); err != nil {
		t.Errorf("the book lies elsewhere: %v", err)
	}
}

// TestEarlierBook: a book made before there were pools keeps what is in it, takes
// one, and is guarded as it was.
func TestEarlierBook(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx, clock := t.Context(), &tick{noon}
		files := fstest.MapFS{}
		for _, name := range []string{"schema/tables.sql", "schema/guards_sqlite.sql", "schema/guards_postgres.sql"} {
			text, err := schema.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: bytes.Replace(text, []byte("'aggregate', 'pool'"), []byte("'aggregate'"), 1)}
		}
		earlier := layout
		earlier.Files, earlier.Steps = files, layout.Steps[:3]
		db, err := database.Open(ctx, place, earlier)
		if err != nil {
			t.Fatal(err)
		}
		b := &Book{db: db, clock: clock.time}
		if err := b.AddPerson(ctx, Person{Name: "ana", Kind: Human}); err != nil {
			t.Fatal(err)
		}
		q := questions()[casefile.Binary]
		if _, _, err := b.Add(ctx, q, Forecast{Person: "ana", Answer: answer(casefile.Binary), Reason: "so"}); err != nil {
			t.Fatal(err)
		}
		if err := b.AddPerson(ctx, Person{Name: "pool-a0", Kind: Pooled}); err == nil {
			t.Fatal("the earlier book takes a pool")
		}
		before, err := b.Verify(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if b, err = Open(ctx, place, Clock{Now: clock.time}); err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if after, err := b.Verify(ctx); err != nil || after != before {
			t.Errorf("it was sealed %v and is now %v: %v", before, after, err)
		}
		if err := b.AddPerson(ctx, Person{Name: "pool-a0", Kind: Pooled}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"ana", "pool-a0"} {
			clock.now = clock.now.Add(time.Hour)
			if _, added, err := b.Add(ctx, q, Forecast{Person: name, Answer: answer(casefile.Binary), Reason: "again"}); err != nil || !added {
				t.Errorf("%s: added %v: %v", name, added, err)
			}
		}
		for _, attack := range []string{"UPDATE people SET kind = 'person'", "DELETE FROM people"} {
			if _, err := b.db.Write.ExecContext(ctx, attack); err == nil || !strings.Contains(err.Error(), "only grows") {
				t.Errorf("%s: %v", attack, err)
			}
		}
		list, err := b.People(ctx)
		if err != nil || len(list) != 2 || list[1].Kind != Pooled {
			t.Errorf("%v, %v", list, err)
		}
	})
}
