// Package book keeps forecasts: who forecast what, when and why, and what the
// questions resolved to. A Book only grows. What is in it cannot be changed or
// removed, a forecast carries the time at which it was entered, and triggers in
// the database refuse what the package would. Every entry is chained to the one
// before by a hash, so that a file that was altered behind the triggers is found.
//
// A book is a file (SQLite) or a PostgreSQL database. It is no part of a case: it
// holds pseudonyms that an analyst chose for forecasters, and no other word about
// a person.
package book

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"handover/database"
	"handover/forecast/question"
)

// layout is the layout of a book whose database does not watch the clock; that is
// settled when it is made.
var layout = database.Layout{
	Kind: "book", Tables: []string{"entries", "people", "questions", "forecasts", "resolutions"}, Files: schema,
	Steps: []string{"schema/tables.sql", "schema/guards_*.sql", "", "schema/kinds_*.sql"},
}

//go:embed schema/*.sql
var schema embed.FS

// Book is an open book. Its methods may be called by several goroutines, and
// several processes may have the same book open.
type Book struct {
	db    *database.Database
	clock func() time.Time
}

// Kind says what sort of forecaster one is.
type Kind string

// The kinds of forecasters.
const (
	Human    Kind = "person"    // somebody, under a pseudonym
	Model    Kind = "model"     // the ensemble of a case
	Baseline Kind = "baseline"  // statistics of the past
	Crowd    Kind = "aggregate" // what a platform made of others' forecasts
	Pooled   Kind = "pool"      // the ensemble and statistics together, with weights from past forecasts
)

// Person is a forecaster, known to the book by a pseudonym.
type Person struct {
	Name string
	Kind Kind
	// Entered is when the book came to know the forecaster.
	Entered time.Time
}

// Confidence is how sure a forecaster is of the grounds of a forecast, apart
// from the probabilities in it.
type Confidence string

// The words of confidence; empty when not stated.
const (
	Low    Confidence = "low"
	Medium Confidence = "medium"
	High   Confidence = "high"
)

// Forecast is one forecast of one forecaster. It stands until the same
// forecaster makes another, or until Ends.
type Forecast struct {
	// Entry is the number of the entry in the book.
	Entry                  int64
	Case, Question, Person string
	// Made is when it was made; for a question of a case the time at which it was
	// entered, for an imported one what the platform says.
	Made time.Time
	// Ends is when it was withdrawn; zero when it was not.
	Ends       time.Time
	Answer     question.Distribution
	Reason     string
	Confidence Confidence
}

// Stands says whether the forecast, were it its author's last, stands at an
// instant.
func (f Forecast) Stands(t time.Time) bool {
	return !f.Made.After(t) && (f.Ends.IsZero() || f.Ends.After(t))
}

// Resolution is what a question was resolved to, by whom and on what grounds.
// The last one of a question counts; the others stay.
type Resolution struct {
	Entry          int64
	Case, Question string
	Outcome        question.Outcome
	// ByData says that the rule of the question and the indicators said so, and
	// not a person.
	ByData bool
	// Source is where the answer was found, Reason why it is this one.
	Source, Reason string
	Entered        time.Time
}

// Asked is a question that the book knows.
type Asked struct {
	*question.Question
	// Imported says that it came from a platform, with times that the book did not
	// witness.
	Imported bool
	Entered  time.Time
}

// ErrNone says that there is no book at a place.
var ErrNone = errors.New("there is no book")

// ErrClock says that the clock stands before the last entry of a book.
var ErrClock = errors.New("the clock is wrong")

// ErrAltered says that a book was changed behind its back.
var ErrAltered = errors.New("the book was altered")

// Clock says what time it is whenever something is entered.
type Clock struct {
	Now func() time.Time
	// World says that Now is the time of the world. A book that is made with such a
	// clock takes an entry at no other time than now by the clock of its database,
	// whoever enters it.
	World bool
}

// Open opens the book at a place, and makes an empty one where there is none:
// the path of a file, or the URL of a PostgreSQL database (postgres://...).
func Open(ctx context.Context, place string, clock Clock) (*Book, error) {
	l := layout
	if clock.World {
		l.Steps = slices.Clone(l.Steps)
		l.Steps[2] = "schema/clock_*.sql"
	}
	d, err := database.Open(ctx, place, l)
	if err != nil {
		return nil, err
	}
	return &Book{db: d, clock: clock.Now}, nil
}

// Close closes the book. What was entered is in it whether or not it is closed.
func (b *Book) Close() error { return b.db.Close() }

// micro is how instants are stored: microseconds since 1970.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant is the inverse of micro.
func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// patience is by how much a clock may lag behind the last entry, as those of two
// machines do. The entry then takes the time of the last one, which is later.
const patience = time.Minute

// change is a transaction that adds entries.
type change struct {
	tx   *sql.Tx
	seq  int64
	hash string
	// at is the time of every entry of the transaction.
	at time.Time
}

// change runs a transaction: all that work enters, or nothing.
func (b *Book) change(ctx context.Context, work func(*change) error) error {
	return b.db.Change(ctx, func(tx *sql.Tx) error {
		c := &change{tx: tx}
		var last int64
		err := tx.QueryRowContext(ctx, "SELECT seq, at, hash FROM entries ORDER BY seq DESC LIMIT 1").Scan(&c.seq, &last, &c.hash)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("cannot read the book: %w", err)
		}
		c.at = b.clock().UTC().Truncate(time.Microsecond)
		if before := instant(last); c.at.Before(before) {
			if before.Sub(c.at) > patience {
				return fmt.Errorf("%w: it says %s, and the last entry of the book is of %s; a book takes nothing before its last entry", ErrClock, c.at.Format(time.RFC3339), before.Format(time.RFC3339))
			}
			c.at = before
		}
		return work(c)
	})
}
