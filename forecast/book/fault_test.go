//go:build unix

package book

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"handover/casefile"
	"handover/database"
	"handover/forecast/question"
)

// attacks are statements that would change, remove, replace or back-date. They
// run on a book of five entries: two people, a question, two forecasts.
var attacks = map[string]string{
	"change a forecast":          "UPDATE forecasts SET answer = '{\"yes\":0.99}'",
	"change its time":            "UPDATE forecasts SET made = made - 1",
	"change an entry":            "UPDATE entries SET at = at - 1",
	"remove a forecast":          "DELETE FROM forecasts",
	"remove an entry":            "DELETE FROM entries WHERE seq = 5",
	"change a question":          "UPDATE questions SET closes = closes + 1",
	"rename a person":            "UPDATE people SET name = 'carl' WHERE name = 'ana'",
	"enter before the last":      "INSERT INTO entries (seq, at, kind, hash) VALUES (6, 1, 'forecast', '" + zeros + "')",
	"enter out of order":         "INSERT INTO entries (seq, at, kind, hash) VALUES (9, 9000000000000000, 'forecast', '" + zeros + "')",
	"a row without entry":        "INSERT INTO forecasts SELECT 6, case_name, question, person, made + 1, ends, answer, reason, confidence FROM forecasts WHERE entry = 5",
	"a row for an old entry":     "INSERT INTO people VALUES (3, 'carl', 'person')",
	"back-date":                  "INSERT INTO entries (seq, at, kind, hash) VALUES (6, 1772366500000000, 'forecast', '" + zeros + "'); INSERT INTO forecasts SELECT 6, case_name, question, person, 1767300000000000, ends, answer, reason, confidence FROM forecasts WHERE entry = 5",
	"forecast after close":       "INSERT INTO entries (seq, at, kind, hash) VALUES (6, 1900000000000000, 'forecast', '" + zeros + "'); INSERT INTO forecasts SELECT 6, case_name, question, person, 1900000000000000, ends, answer, reason, confidence FROM forecasts WHERE entry = 5",
	"forecast by nobody":         "INSERT INTO entries (seq, at, kind, hash) VALUES (6, 1772366500000000, 'forecast', '" + zeros + "'); INSERT INTO forecasts SELECT 6, case_name, question, 'nobody', 1772366500000000, ends, answer, reason, confidence FROM forecasts WHERE entry = 5",
	"forecast of nothing":        "INSERT INTO entries (seq, at, kind, hash) VALUES (6, 1772366500000000, 'forecast', '" + zeros + "'); INSERT INTO forecasts SELECT 6, case_name, 'nothing', person, 1772366500000000, ends, answer, reason, confidence FROM forecasts WHERE entry = 5",
	"make the question imported": "INSERT INTO entries (seq, at, kind, hash) VALUES (6, 1772366500000000, 'question', '" + zeros + "'); INSERT INTO questions SELECT 6, case_name, 'other', 1, opens, closes, terms, content FROM questions",
}

// attacksSQLite replace rows in ways that only SQLite has.
var attacksSQLite = map[string]string{
	"replace an entry":         "REPLACE INTO entries (seq, at, kind, hash) VALUES (5, 1, 'forecast', '" + zeros + "')",
	"replace a forecast":       "REPLACE INTO forecasts SELECT entry, case_name, question, person, made, ends, '{\"yes\":0.99}', reason, confidence FROM forecasts WHERE entry = 5",
	"replace a person":         "INSERT INTO entries (seq, at, kind, hash) VALUES (6, 1772366500000000, 'person', '" + zeros + "'); REPLACE INTO people VALUES (6, 'ana', 'model')",
	"replace a question":       "INSERT INTO entries (seq, at, kind, hash) VALUES (6, 1772366500000000, 'question', '" + zeros + "'); REPLACE INTO questions SELECT 6, case_name, id, imported, opens, closes + 1, terms, content FROM questions",
	"replace by update":        "UPDATE OR REPLACE forecasts SET entry = 4",
	"a time that is text":      "INSERT INTO entries (seq, at, kind, hash) VALUES (6, 'zzz', 'forecast', '" + zeros + "')",
	"replace through conflict": "INSERT INTO forecasts SELECT entry, case_name, question, person, made, ends, answer, reason, confidence FROM forecasts WHERE entry = 5 ON CONFLICT (entry) DO UPDATE SET answer = '{}'",
}

var attacksPostgres = map[string]string{
	"truncate":                 "TRUNCATE forecasts",
	"truncate all":             "TRUNCATE entries CASCADE",
	"replace through conflict": "INSERT INTO people VALUES (5, 'ana', 'model') ON CONFLICT (name) DO UPDATE SET kind = 'model'",
}

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

// TestNothingChanges tries to change, remove and back-date behind the package's
// back.
func TestNothingChanges(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		clock := &tick{noon}
		b, err := Open(ctx, place, Clock{Now: clock.time})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		q := questions()[casefile.Binary]
		for _, name := range []string{"ana", "ben"} {
			if err := b.AddPerson(ctx, Person{Name: name, Kind: Human}); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"ana", "ben"} {
			if _, _, err := b.Add(ctx, q, Forecast{Person: name, Answer: question.Binary(0.5), Reason: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		before, err := b.Verify(ctx)
		if err != nil {
			t.Fatal(err)
		}
		list := []map[string]string{attacks, attacksSQLite}
		if database.Server(place) {
			list[1] = attacksPostgres
		}
		for _, statements := range list {
			for name, statement := range statements {
				tx, err := b.db.Write.BeginTx(ctx, nil)
				if err != nil {
					t.Fatal(err)
				}
				_, err = tx.ExecContext(ctx, statement)
				if err == nil {
					err = tx.Commit()
				}
				if err == nil {
					t.Errorf("%s: taken", name)
				}
				_ = tx.Rollback()
				if after, err := b.Verify(ctx); err != nil || after != before {
					t.Fatalf("%s left %+v: %v", name, after, err)
				}
			}
		}
		// Who takes the triggers away is found out.
		drop := "DROP TRIGGER forecasts_update"
		if database.Server(place) {
			drop = "DROP TRIGGER forecasts_keep ON forecasts"
		}
		for _, statement := range []string{drop, "UPDATE forecasts SET answer = '{\"yes\":0.99}' WHERE entry = 4"} {
			if _, err := b.db.Write.ExecContext(ctx, statement); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Verify(ctx); !errors.Is(err, ErrAltered) || !strings.Contains(err.Error(), "entry 4") {
			t.Errorf("an altered book: %v", err)
		}
	})
}

// TestTwoWriters: several processes and goroutines write at once; every forecast
// is there once.
func TestTwoWriters(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		const writers, each = 4, 25
		ctx := context.Background()
		var group sync.WaitGroup
		failed := make([]error, writers)
		for w := range writers {
			group.Go(func() {
				// The book is new: all make it at once.
				b, err := Open(ctx, place, Clock{Now: func() time.Time { return noon }})
				if err != nil {
					failed[w] = err
					return
				}
				defer b.Close()
				name := fmt.Sprintf("writer-%d", w)
				if failed[w] = b.AddPerson(ctx, Person{Name: name, Kind: Human}); failed[w] != nil {
					return
				}
				for k := range each {
					q := *questions()[casefile.Binary]
					q.ID = fmt.Sprintf("q%d", k)
					if _, _, err := b.Add(ctx, &q, Forecast{Person: name, Answer: question.Binary(0.5), Reason: "x"}); err != nil {
						failed[w] = err
						return
					}
				}
			})
		}
		group.Wait()
		if err := errors.Join(failed...); err != nil {
			t.Fatal(err)
		}
		b, err := Open(ctx, place, Clock{Now: func() time.Time { return noon }})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		seal, err := b.Verify(ctx)
		if err != nil || seal.Entries != writers+each+writers*each {
			t.Errorf("%+v: %v", seal, err)
		}
	})
}

// TestBusy: a writer who waits too long says so, and enters nothing.
func TestBusy(t *testing.T) {
	before := layout.Wait
	layout.Wait = 100 * time.Millisecond
	defer func() { layout.Wait = before }()
	ctx := context.Background()
	place := filepath.Join(t.TempDir(), "b.sqlite")
	clock := Clock{Now: func() time.Time { return noon }}
	one, err := Open(ctx, place, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	two, err := Open(ctx, place, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	tx, err := one.db.Write.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := two.AddPerson(ctx, Person{Name: "ana", Kind: Human}); !errors.Is(err, database.ErrBusy) {
		t.Errorf("while another writes: %v", err)
	}
	if people, err := two.People(ctx); err != nil || len(people) != 0 {
		t.Errorf("a reader waits for a writer: %v, %v", people, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := two.AddPerson(ctx, Person{Name: "ana", Kind: Human}); err != nil {
		t.Error(err)
	}
}

// write is the child of TestKill: it forecasts until it is killed and tells each
// forecast that was entered.
func write(place string) {
	ctx := context.Background()
	b, err := Open(ctx, place, Clock{Now: func() time.Time { return noon }})
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	name := os.Getenv("HANDOVER_TEST_NAME")
	if name == "import" {
		fmt.Println("importing", place)
		if _, err := b.Import(ctx, large(2000)); err != nil {
			fmt.Println("error:", err)
		}
		return
	}
	if err := b.AddPerson(ctx, Person{Name: name, Kind: Human}); err != nil {
		fmt.Println("error:", err)
		return
	}
	for k := range 100_000 {
		q := *questions()[casefile.Numeric]
		q.ID = fmt.Sprintf("q%d", k)
		f, added, err := b.Add(ctx, &q, Forecast{Person: name, Answer: answer(casefile.Numeric), Reason: "x"})
		if err != nil || !added {
			fmt.Println("error:", err)
			return
		}
		fmt.Println(f.Entry, f.Question)
	}
}

// TestKill kills a writer in the middle, several times. What it was told is in
// the book, whole and once, and the next writer goes on.
func TestKill(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		told := map[string]string{} // entry to person and question
		for round, wait := range []time.Duration{30, 80, 130, 55} {
			name := fmt.Sprintf("child-%d", round)
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "HANDOVER_TEST_WRITER="+place, "HANDOVER_TEST_NAME="+name)
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			var kill *time.Timer
			lines := bufio.NewScanner(out)
			for lines.Scan() {
				entry, id, ok := strings.Cut(lines.Text(), " ")
				if !ok || entry == "error:" {
					t.Errorf("the child says %q", lines.Text())
					break
				}
				told[entry] = name + " " + id
				if kill == nil {
					kill = time.AfterFunc(wait*time.Millisecond, func() { _ = c.Process.Kill() })
				}
			}
			_ = c.Process.Kill()
			_ = c.Wait()
			b, err := Open(ctx, place, Clock{Now: func() time.Time { return noon }})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Verify(ctx); err != nil {
				t.Fatal(err)
			}
			list, err := b.Forecasts(ctx, Filter{})
			if err != nil {
				t.Fatal(err)
			}
			found, seen := map[string]string{}, map[string]bool{}
			for _, f := range list {
				key := f.Person + " " + f.Question
				if seen[key] {
					t.Errorf("%s is there twice", key)
				}
				seen[key], found[fmt.Sprint(f.Entry)] = true, key
			}
			for entry, key := range told {
				if found[entry] != key {
					t.Errorf("entry %s holds %q, the child was told %q", entry, found[entry], key)
				}
			}
			if extra := len(list) - len(told); extra < 0 || extra > round+1 {
				t.Errorf("%d forecasts, %d were told", len(list), len(told))
			}
			if len(told) <= round {
				t.Errorf("round %d: only %d forecasts", round, len(told))
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("%d forecasts survived four kills", len(told))
	})
}

// large is a batch of so many forecasts on one question.
func large(n int) Batch {
	q := questions()[casefile.Numeric]
	q.Case = "platform"
	batch := Batch{Questions: []*question.Question{q}, People: []Person{{Name: "ana", Kind: Human}}}
	d, _ := q.Complete(answer(casefile.Numeric))
	for i := range n {
		batch.Forecasts = append(batch.Forecasts, Forecast{Case: q.Case, Question: q.ID, Person: "ana", Made: date(2026, 1, 2).Add(time.Duration(i) * time.Minute), Answer: d})
	}
	return batch
}

// TestKillImport kills an import in the middle: the book is as before, or holds
// all of it, and importing again makes it whole.
func TestKillImport(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		for _, wait := range []time.Duration{5, 40, 120} {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "HANDOVER_TEST_WRITER="+place, "HANDOVER_TEST_NAME=import")
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if lines := bufio.NewScanner(out); !lines.Scan() || !strings.HasPrefix(lines.Text(), "importing") {
				t.Fatalf("the child says %q", lines.Text())
			}
			time.Sleep(wait * time.Millisecond)
			_ = c.Process.Kill()
			_ = c.Wait()
			b, err := Open(ctx, place, Clock{Now: func() time.Time { return noon }})
			if err != nil {
				t.Fatal(err)
			}
			seal, err := b.Verify(ctx)
			if err != nil || seal.Entries != 0 && seal.Entries != 2002 {
				t.Errorf("after %d ms the book holds %d entries: %v", wait, seal.Entries, err)
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
		}
		b, err := Open(ctx, place, Clock{Now: func() time.Time { return noon }})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if _, err := b.Import(ctx, large(2000)); err != nil {
			t.Fatal(err)
		}
		n, err := b.Import(ctx, large(2000))
		if err != nil || n != (Tally{Known: 2000}) {
			t.Errorf("imported twice: %+v, %v", n, err)
		}
		if seal, err := b.Verify(ctx); err != nil || seal.Entries != 2002 {
			t.Errorf("%+v: %v", seal, err)
		}
	})
}
