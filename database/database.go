// Package database opens what books of forecasts and ledgers of programmes lie in:
// a file (SQLite) or a PostgreSQL database, with the same tables. Writers wait for
// each other, readers for nobody, and what a change writes is there as a whole or
// not at all, whenever the process or the machine stops.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"modernc.org/sqlite"
)

// Layout says what a database holds.
type Layout struct {
	// Kind names it in messages, as in "book".
	Kind string
	// Tables are all tables of the kind. A database with others is refused.
	Tables []string
	// Files holds the steps of the schema, and Steps their names, in order: a step
	// runs once in the life of a database. A name with "*" has the dialect in its
	// place, sqlite or postgres; "" is a step that does nothing.
	Files fs.FS
	Steps []string
	// Wait is how long a writer waits for another; 20 seconds when 0.
	Wait time.Duration
}

func (l Layout) wait() time.Duration {
	if l.Wait > 0 {
		return l.Wait
	}
	return 20 * time.Second
}

// Database is an open database. Several goroutines may use it, and several
// processes may have the same one open.
type Database struct {
	// Read is for queries and Write for changes; both may be the same.
	Read, Write *sql.DB
	kind        string
	// lock keeps other writers out for the rest of a transaction.
	lock string
}

// ErrBusy says that another process has been writing for so long that this one
// gave up. Nothing was changed.
var ErrBusy = errors.New("another process is writing")

// Open opens the database at a place, and makes an empty one where there is none:
// the path of a file, or the URL of a PostgreSQL database (postgres://...). Folders
// of the path are made. It fails for a database of another program or of a newer
// version of this one.
func Open(ctx context.Context, place string, l Layout) (*Database, error) {
	open := openSQLite
	if Server(place) {
		open = openPostgres
	}
	d, err := open(ctx, place, l)
	if err != nil {
		return nil, fmt.Errorf("cannot open the %s %s: %w", l.Kind, Shown(place), err)
	}
	return d, nil
}

// Server says whether a place is a PostgreSQL database.
func Server(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// Shown is a place as it may be shown: a URL without its password.
func Shown(place string) string {
	if !Server(place) {
		return place
	}
	u, err := url.Parse(place)
	if err != nil {
		return "at a PostgreSQL database"
	}
	return u.Redacted()
}

// Close closes the database. What was changed is in it whether or not it is closed.
func (d *Database) Close() error {
	var second error
	if d.Read != d.Write {
		second = d.Read.Close()
	}
	return errors.Join(d.Write.Close(), second)
}

// Change runs a transaction that writes: all that work does, or nothing. It fails
// with ErrBusy when another process does not come to an end, and with the error of
// work.
func (d *Database) Change(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := d.Write.BeginTx(ctx, nil)
	if busy(err) {
		return fmt.Errorf("%w to the %s; nothing was entered, try again", ErrBusy, d.kind)
	}
	if err != nil {
		return fmt.Errorf("cannot write to the %s: %w", d.kind, err)
	}
	defer func() { _ = tx.Rollback() }() // without effect after Commit
	if d.lock != "" {
		if _, err := tx.ExecContext(ctx, d.lock); err != nil {
			return fmt.Errorf("cannot write to the %s: %w", d.kind, err)
		}
	}
	if err := work(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("cannot write to the %s: %w", d.kind, err)
	}
	return nil
}

// Mark is where the n-th value of a statement goes, from 1 on. SQLite takes $7 and
// ?7 for names, and its driver looks up 10,000 names one by one, which costs more
// than all else; PostgreSQL knows $7 alone.
func (d *Database) Mark(n int) string {
	if d.lock == "" {
		return "?"
	}
	return fmt.Sprintf("$%d", n)
}

// busy says whether a lock of SQLite did not come free: code 5 in the lower byte.
func busy(err error) bool {
	var engine *sqlite.Error
	return errors.As(err, &engine) && engine.Code()&0xff == 5
}
