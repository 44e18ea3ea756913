package database

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func layoutOf(kind string, steps ...string) Layout {
	files := fstest.MapFS{}
	l := Layout{Kind: kind, Tables: []string{kind + "s"}, Files: files, Wait: 50 * time.Millisecond}
	for i, text := range steps {
		name := []string{"one.sql", "two_sqlite.sql"}[i]
		files[name] = &fstest.MapFile{Data: []byte(text)}
		l.Steps = append(l.Steps, strings.ReplaceAll(name, "sqlite", "*"))
	}
	return l
}

// TestOpen: a database is made, brought to a later layout, and refused where it is
// of another kind or of a newer program.
func TestOpen(t *testing.T) {
	ctx := context.Background()
	place := filepath.Join(t.TempDir(), "a folder", "50% of?.sqlite")
	first := "CREATE TABLE books (n INTEGER)"
	try := func(l Layout) error {
		d, err := Open(ctx, place, l)
		if err == nil {
			err = errors.Join(d.Change(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO books (n) VALUES (1)")
				return err
			}), d.Close())
		}
		return err
	}
	if err := try(layoutOf("book", first)); err != nil {
		t.Fatal(err)
	}
	if err := try(layoutOf("book", first, "CREATE INDEX by_n ON books (n)")); err != nil {
		t.Fatalf("a later layout: %v", err)
	}
	for what, c := range map[string]struct {
		layout Layout
		want   string
	}{
		"an earlier program": {layoutOf("book", first), "newer version of the program (its schema is 2, this one knows 1)"},
		"another kind":       {layoutOf("ledger", first), `with a table "books"); expected a ledger`},
	} {
		if err := try(c.layout); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestChange: what a change did is gone when its work fails, and a writer that waits
// too long for another says so.
func TestChange(t *testing.T) {
	ctx := context.Background()
	place, l := filepath.Join(t.TempDir(), "x"), layoutOf("book", "CREATE TABLE books (n INTEGER)")
	d, err := Open(ctx, place, l)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	other, err := Open(ctx, place, l)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	failed := errors.New("no")
	insert := func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO books (n) VALUES (1)")
		return err
	}
	if err := d.Change(ctx, func(tx *sql.Tx) error { return errors.Join(insert(tx), failed) }); !errors.Is(err, failed) {
		t.Errorf("the error of the work: %v", err)
	}
	count := func() (n int) {
		if err := d.Read.QueryRowContext(ctx, "SELECT count(*) FROM books").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 0 {
		t.Errorf("%d rows after a change that failed", n)
	}
	if err := d.Change(ctx, insert); err != nil || count() != 1 {
		t.Errorf("a change: %v, %d rows", err, count())
	}
	err = d.Change(ctx, func(*sql.Tx) error { return other.Change(ctx, insert) })
	if !errors.Is(err, ErrBusy) || count() != 1 {
		t.Errorf("two writers: %v, %d rows", err, count())
	}
}

// TestShown: the password of a place is not shown.
func TestShown(t *testing.T) {
	for place, want := range map[string]string{
		"a/b.sqlite":                  "a/b.sqlite",
		"postgres://me:secret@host/x": "postgres://me:xxxxx@host/x",
		"postgres://%zz":              "at a PostgreSQL database",
	} {
		if got := Shown(place); got != want {
			t.Errorf("%s is shown as %s", place, got)
		}
	}
}
