// Package store keeps the ledger of a case in a database: a file (SQLite) or
// PostgreSQL, with the same tables. A ledger only grows; triggers in the database
// refuse what the package would, and a chain of hashes shows what was changed
// behind the triggers. Writers wait for each other, readers for nobody, and what
// a call enters is in the ledger as a whole or not at all, whenever the process
// or the machine stops.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"time"

	"handover/database"
	"handover/programme"
)

// layout is the layout of a ledger.
var layout = database.Layout{
	Kind: "ledger", Tables: []string{"entries", "ledger"}, Files: schema,
	Steps: []string{"schema/tables.sql", "schema/guards_*.sql"},
}

//go:embed schema/*.sql
var schema embed.FS

// Store is an open ledger. Its methods may be called by several goroutines, and
// several processes may have the same ledger open.
type Store struct {
	db    *database.Database
	name  string
	clock func() time.Time
}

// ErrNone says that there is no ledger at a place.
var ErrNone = errors.New("there is no ledger")

// ErrClock says that the clock stands before the last entry of a ledger.
var ErrClock = errors.New("the clock is wrong")

// ErrAltered says that a ledger was changed behind its back.
var ErrAltered = errors.New("the ledger was altered")

// ErrOther says that a ledger is of another case.
var ErrOther = errors.New("it is the ledger of another case")

// Open opens the ledger of a case at a place, and makes an empty one where there
// is none: the path of a file, or the URL of a PostgreSQL database
// (postgres://...). now tells the time whenever something is entered.
func Open(ctx context.Context, place, name string, now func() time.Time) (*Store, error) {
	d, err := database.Open(ctx, place, layout)
	if err != nil {
		return nil, err
	}
	s := &Store{db: d, name: name, clock: now}
	if err := s.claim(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open the ledger %s: %w", database.Shown(place), err), s.Close())
	}
	return s, nil
}

// claim ties a new ledger to its case and refuses that of another.
func (s *Store) claim(ctx context.Context) error {
	var name string
	err := s.db.Read.QueryRowContext(ctx, "SELECT case_name FROM ledger").Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		err = s.db.Change(ctx, func(tx *sql.Tx) error {
			err := tx.QueryRowContext(ctx, "SELECT case_name FROM ledger").Scan(&name)
			if errors.Is(err, sql.ErrNoRows) {
				name = s.name
				_, err = tx.ExecContext(ctx, "INSERT INTO ledger (one, case_name) VALUES (1, $1)", name)
			}
			return err
		})
	}
	switch {
	case err != nil:
		return err
	case name != s.name:
		return fmt.Errorf("%w, %s", ErrOther, name)
	}
	return nil
}

// Close closes the ledger. What was entered is in it whether or not it is closed.
func (s *Store) Close() error { return s.db.Close() }

// patience is by how much a clock may lag behind the last entry, as those of two
// machines do. The entry then takes the time of the last one, which is later.
const patience = time.Minute

// now is the time of a new entry, given that of the last.
func (s *Store) now(last int64) (int64, error) {
	at := s.clock().UnixMicro()
	if at >= last {
		return at, nil
	}
	if last-at > patience.Microseconds() {
		return 0, fmt.Errorf("%w: it says %s, and the last entry of the ledger is of %s; a ledger takes nothing before its last entry", ErrClock,
			time.UnixMicro(at).UTC().Format(time.RFC3339), time.UnixMicro(last).UTC().Format(time.RFC3339))
	}
	return last, nil
}

// tail is the last entry of a ledger: its number, time and hash.
func (s *Store) tail(ctx context.Context, tx *sql.Tx) (number, entered int64, hash string, err error) {
	hash = programme.Genesis(s.name)
	err = tx.QueryRowContext(ctx, "SELECT number, entered, hash FROM entries ORDER BY number DESC LIMIT 1").Scan(&number, &entered, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return number, entered, hash, err
}
