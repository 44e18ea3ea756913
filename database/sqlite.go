package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// openSQLite opens a file. One connection writes and a few read; the write-ahead
// log lets them do so at the same time. A commit waits for the disk (synchronous
// FULL): a power cut takes nothing back.
func openSQLite(ctx context.Context, path string, l Layout) (*Database, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("it is a folder; a %s is a file", l.Kind)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil:
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
	}
	d := &Database{kind: l.Kind}
	if d.Write, err = sql.Open("sqlite", File(path, l.wait(), "_journal_mode=WAL", "_txlock=immediate")); err != nil {
		return nil, err
	}
	d.Write.SetMaxOpenConns(1)
	if d.Read, err = sql.Open("sqlite", File(path, l.wait(), "_query_only=1")); err != nil {
		return nil, errors.Join(err, d.Write.Close())
	}
	d.Read.SetMaxOpenConns(4)
	if err := settle(ctx, d.Write, l); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if err := migrate(ctx, d.Write, goose.DialectSQLite3, "sqlite", l); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// File is the name under which the driver "sqlite" opens a file, with settings.
// How long it waits for others comes first, so that the settings after it wait too.
func File(path string, wait time.Duration, settings ...string) string {
	// A URI keeps a path with ? or % in it whole.
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	if !filepath.IsAbs(path) {
		u.Opaque, u.Path = (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), ""
	}
	keys := append([]string{fmt.Sprintf("_busy_timeout=%d", wait.Milliseconds()), "_foreign_keys=1", "_synchronous=FULL", "_defensive=1"}, settings...)
	return u.String() + "?" + strings.Join(keys, "&")
}

// settle waits until a new file is in the mode of the write-ahead log, and refuses a
// database of another program. When several open a new file at once, SQLite does not
// let them wait for the change of mode as for other locks, since that could be for
// each other; they try again.
func settle(ctx context.Context, db *sql.DB, l Layout) error {
	for until := time.Now().Add(l.wait()); ; {
		err := known(ctx, db, l)
		if !busy(err) || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// known refuses a database with tables of another program, or of another kind.
func known(ctx context.Context, db *sql.DB, l Layout) error {
	rows, err := db.QueryContext(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	own := map[string]bool{"goose_db_version": true}
	for _, t := range l.Tables {
		own[t] = true
	}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		if !own[name] {
			return fmt.Errorf("it is a database of another program (with a table %q); expected a %s", name, l.Kind)
		}
	}
	return rows.Err()
}
