//go:build unix

package store

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handover/database"
	"handover/programme"
)

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func openAt(t *testing.T, place string, at time.Time) *Store {
	t.Helper()
	s, err := Open(context.Background(), place, "valley", func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// entry is the n-th of a series of sound entries.
func entry(n int) programme.Entry {
	kinds := []programme.Kind{programme.Registered, programme.WeaponsIn, programme.Payroll, programme.Money}
	e := programme.Entry{When: "2026-01-15", Public: "2026-02", Side: programme.Done, Kind: kinds[n%4], Measure: programme.Added, Amount: float64(n) + 0.1, Low: float64(n), High: float64(n) + 0.3,
		Place: "North", Source: "a list, \"part\" ü", Confidence: "high", EnteredBy: "cell", Reference: strings.Repeat("x", n%7)}
	if e.Kind == programme.Payroll {
		e.Measure = programme.Level
	}
	if e.Kind == programme.Money {
		e.Unit = "USD"
	}
	if list := e.Complete(programme.Names{Places: []string{"North"}, Blocs: []string{"red"}}); len(list) > 0 {
		panic(list)
	}
	return e
}

func rows(list ...programme.Entry) iter.Seq2[programme.Row, error] {
	return func(yield func(programme.Row, error) bool) {
		for i, e := range list {
			if !yield(programme.Row{Entry: e, Line: i + 2}, nil) {
				return
			}
		}
	}
}

func entries(from, to int) []programme.Entry {
	var out []programme.Entry
	for n := from; n < to; n++ {
		out = append(out, entry(n))
	}
	return out
}

func enter(t *testing.T, s *Store, list ...programme.Entry) Receipt {
	t.Helper()
	r, err := s.Enter(context.Background(), rows(list...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Both databases must do the same, to the hash.
func TestConformance(t *testing.T) {
	seals := map[string]programme.Seal{}
	tables := map[string]string{}
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		s := openAt(t, place, day)
		r := enter(t, s, entries(0, 1000)...)
		if r.New != 1000 || r.First != 1 || r.Last != 1000 || r.Known != 0 {
			t.Errorf("the receipt is %+v", r)
		}
		// The same again is known; what is new is entered.
		r = enter(t, s, entries(900, 1100)...)
		if r.New != 100 || r.Known != 100 || r.First != 1001 {
			t.Errorf("the second receipt is %+v", r)
		}
		c := entry(3)
		c.Amount, c.Low, c.High, c.Corrects = 9, 9, 9, 4
		enter(t, s, c)
		d := entry(3)
		d.Corrects, d.Withdrawn = 1101, true
		enter(t, s, d)
		all, err := s.Entries(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 1102 {
			t.Fatalf("%d entries", len(all))
		}
		want := entry(5)
		want.Number, want.Entered, want.Hash = 6, day.UnixMicro(), all[5].Hash
		if diff := cmp.Diff(want, all[5]); diff != "" {
			t.Errorf("entry 6 (-want +got):\n%s", diff)
		}
		if l := programme.NewLedger(all); len(l.Entries) != 1099 {
			t.Errorf("%d entries stand, expected 1099", len(l.Entries))
		}
		seal, err := s.Verify(ctx, r.Seal)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w, _ := programme.NewWriter(&b)
		for _, e := range all {
			_ = w.Write(e)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		seals[t.Name()], tables[t.Name()] = seal, b.String()

		// What was written reads back into an empty ledger with the same content and
		// the same corrections, and into this one as known.
		read := func() (*programme.Table, iter.Seq2[programme.Row, error]) {
			table, list := programme.NewTable("t.csv", strings.NewReader(b.String()), programme.Names{Places: []string{"North"}}, "")
			if len(list) > 0 {
				t.Fatal(list)
			}
			return table, table.Rows()
		}
		_, again := read()
		if r, err := s.Enter(ctx, again); err != nil || r.New != 0 || r.Known != 1102 {
			t.Errorf("reading its own table: %+v, %v", r, err)
		}
		other := openAt(t, t.TempDir()+"/other.sqlite", day)
		_, again = read()
		if r, err := other.Enter(ctx, again); err != nil || r.Seal != seal {
			t.Errorf("reading the table elsewhere: %+v, %v; expected the seal %v", r, err, seal)
		}
	})
	var last string
	for name := range seals {
		if last != "" && (seals[name] != seals[last] || tables[name] != tables[last]) {
			t.Errorf("%s and %s differ", name, last)
		}
		last = name
	}
}

func TestRefused(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		s := openAt(t, place, day)
		before := enter(t, s, entries(0, 10)...)
		correct := func(n int64) programme.Entry {
			e := entry(50)
			e.Corrects = n
			return e
		}
		enter(t, s, correct(2))
		before.Seal, _ = s.Verify(ctx)
		for name, list := range map[string][]programme.Entry{
			"the row says the same as line 2":      {entry(20), entry(20)},
			"the ledger has no entry 99":           {entry(21), correct(99)},
			"entry 2 was corrected by entry 11":    {entry(22), func() programme.Entry { e := correct(2); e.Reference = "other"; return e }()},
			"corrects: the ledger has no entry 12": {correct(12)},
		} {
			_, err := s.Enter(ctx, rows(list...))
			var m *MistakeError
			if !errors.As(err, &m) || !strings.Contains(err.Error(), name) {
				t.Errorf("expected %q, found %v", name, err)
			}
		}
		// A sequence that ends in an error enters nothing.
		broken := errors.New("broken")
		_, err := s.Enter(ctx, func(yield func(programme.Row, error) bool) {
			for r, err := range rows(entries(100, 1500)...) {
				if !yield(r, err) {
					return
				}
			}
			yield(programme.Row{}, broken)
		})
		if !errors.Is(err, broken) {
			t.Errorf("found %v", err)
		}
		if seal, err := s.Verify(ctx); err != nil || seal != before.Seal {
			t.Errorf("after what was refused: %v, %v; expected %v", seal, err, before.Seal)
		}
		// The clock may lag a little, and not much.
		late := openAt(t, place, day.Add(-30*time.Second))
		enter(t, late, entry(30))
		if _, err := openAt(t, place, day.Add(-time.Hour)).Enter(ctx, rows(entry(31))); !errors.Is(err, ErrClock) {
			t.Errorf("an hour before: %v", err)
		}
		if _, err := Open(ctx, place, "hill", time.Now); !errors.Is(err, ErrOther) {
			t.Errorf("another case: %v", err)
		}
	})
}

// What a person with the database at hand could try.
var attacks = map[string]string{
	"change an amount":      "UPDATE entries SET amount = 1 WHERE number = 3",
	"remove an entry":       "DELETE FROM entries WHERE number = 3",
	"remove the last":       "DELETE FROM entries WHERE number = 10",
	"enter out of order":    "INSERT INTO entries SELECT 12, entered, hash, '%s', time, public, side, kind, measure, amount, low, high, unit, place, bloc, weapon, state, after, reporter, source, confidence, entered_by, reference, 0, 0 FROM entries WHERE number = 1",
	"enter before the last": "INSERT INTO entries SELECT 11, entered - 1, hash, '%s', time, public, side, kind, measure, amount, low, high, unit, place, bloc, weapon, state, after, reporter, source, confidence, entered_by, reference, 0, 0 FROM entries WHERE number = 1",
	"enter twice":           "INSERT INTO entries SELECT 11, entered, hash, content, time, public, side, kind, measure, amount, low, high, unit, place, bloc, weapon, state, after, reporter, source, confidence, entered_by, reference, 0, 0 FROM entries WHERE number = 1",
	"take it for another":   "UPDATE ledger SET case_name = 'hill'",
	"make it of two":        "INSERT INTO ledger VALUES (1, 'hill')",
}

func TestGuards(t *testing.T) {
	places(t, func(t *testing.T, place string) {
		s := openAt(t, place, day)
		before := enter(t, s, entries(0, 10)...)
		db := raw(t, place)
		for name, statement := range attacks {
			if _, err := db.Exec(strings.ReplaceAll(statement, "%s", strings.Repeat("0", 32))); err == nil {
				t.Errorf("%s: not refused", name)
			}
		}
		if database.Server(place) {
			if _, err := db.Exec("TRUNCATE entries"); err == nil {
				t.Error("truncate: not refused")
			}
		}
		if seal, err := s.Verify(context.Background()); err != nil || seal != before.Seal {
			t.Errorf("after the attacks: %v, %v", seal, err)
		}
	})
}

// TestTampered: with the triggers out of the way, every change of every column
// and every lost, added or moved row is found, with its number.
func TestTampered(t *testing.T) {
	changes := map[string]string{
		"row removed":  "DELETE FROM entries WHERE number = 7",
		"rows swapped": "UPDATE entries SET number = CASE number WHEN 7 THEN 107 ELSE number END; UPDATE entries SET number = 7 WHERE number = 8; UPDATE entries SET number = 8 WHERE number = 107",
	}
	for _, c := range columns {
		switch c {
		case "number", "withdrawn":
			continue
		case "entered", "corrects", "after":
			changes[c] = "UPDATE entries SET " + c + " = " + c + " + 1 WHERE number = 7"
		case "amount":
			changes[c] = "UPDATE entries SET amount = amount + 0.00001 WHERE number = 7"
		case "low":
			changes[c] = "UPDATE entries SET low = low - 0.00001 WHERE number = 7"
		case "high":
			changes[c] = "UPDATE entries SET high = high + 0.00001 WHERE number = 7"
		case "hash":
			changes[c] = "UPDATE entries SET hash = '" + strings.Repeat("a", 64) + "' WHERE number = 7"
		case "content":
			changes[c] = "UPDATE entries SET content = '" + strings.Repeat("a", 32) + "' WHERE number = 7"
		case "side":
			changes[c] = "UPDATE entries SET side = 'promised' WHERE number = 7"
		case "measure":
			changes[c] = "UPDATE entries SET measure = 'total' WHERE number = 7"
		case "time":
			changes[c] = "UPDATE entries SET time = '2026-01-16' WHERE number = 7"
		case "public":
			changes[c] = "UPDATE entries SET public = '2026-03' WHERE number = 7"
		case "confidence":
			changes[c] = "UPDATE entries SET confidence = 'low' WHERE number = 7"
		default:
			changes[c] = "UPDATE entries SET " + c + " = 'other' WHERE number = 7"
		}
	}
	places(t, func(t *testing.T, place string) {
		ctx := context.Background()
		s := openAt(t, place, day)
		sealed := enter(t, s, entries(0, 20)...)
		db := raw(t, place)
		names := []string{"entries_insert", "entries_update", "entries_delete"}
		if database.Server(place) {
			names = []string{"entries_insert", "entries_keep"}
		}
		for _, n := range names {
			statement := "DROP TRIGGER " + n
			if database.Server(place) {
				statement += " ON entries"
			}
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		for name, change := range changes {
			copied := "CREATE TABLE saved AS SELECT * FROM entries"
			if _, err := db.Exec(copied); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(change); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			_, err := s.Verify(ctx)
			if !errors.Is(err, ErrAltered) || !strings.Contains(err.Error(), "entry 7 ") {
				t.Errorf("%s: found %v", name, err)
			}
			for _, back := range []string{"DELETE FROM entries", "INSERT INTO entries SELECT * FROM saved ORDER BY number", "DROP TABLE saved"} {
				if _, err := db.Exec(back); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Verify(ctx, sealed.Seal); err != nil {
				t.Fatalf("%s: not restored: %v", name, err)
			}
		}
		// A ledger cut at its end, or written anew, is whole in itself; a seal tells.
		if _, err := db.Exec("DELETE FROM entries WHERE number > 15"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Verify(ctx); err != nil {
			t.Errorf("cut: %v", err)
		}
		if _, err := s.Verify(ctx, sealed.Seal); !errors.Is(err, ErrAltered) || !strings.Contains(err.Error(), "15 entries, and had 20") {
			t.Errorf("cut, with the seal: %v", err)
		}
		enter(t, s, entries(30, 40)...)
		if _, err := s.Verify(ctx, sealed.Seal); !errors.Is(err, ErrAltered) || !strings.Contains(err.Error(), "entry 20 is not the one that was sealed") {
			t.Errorf("written anew, with the seal: %v", err)
		}
	})
}
