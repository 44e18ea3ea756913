package store

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
	"modernc.org/sqlite"
)

// busy is how long, in milliseconds, a writer waits for another. Tests shorten it.
var busy = 20_000

// openSQLite opens a ledger in a file. One connection writes and a few read; the
// write-ahead log lets them do so at the same time. A commit is on the disk when
// it returns.
func openSQLite(ctx context.Context, path string) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, errors.New("it is a folder; a ledger is a file")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil:
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
	}
	s := &Store{}
	// A commit waits for the disk (synchronous FULL): a power cut takes nothing back.
	if s.write, err = sql.Open("sqlite", source(path, "_journal_mode=WAL", "_txlock=immediate")); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", source(path, "_query_only=1")); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	s.read.SetMaxOpenConns(4)
	if err := settle(ctx, s.write); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := migrate(ctx, s.write, goose.DialectSQLite3, "sqlite"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// source is the name under which the driver opens a file. How long it waits for
// others comes first, so that the settings after it wait too.
func source(path string, more ...string) string {
	// A URI keeps a path with ? or % in it whole.
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	if !filepath.IsAbs(path) {
		u.Opaque, u.Path = (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), ""
	}
	keys := append([]string{fmt.Sprintf("_busy_timeout=%d", busy), "_synchronous=FULL", "_defensive=1"}, more...)
	return u.String() + "?" + strings.Join(keys, "&")
}

// settle waits until a new file is in the mode of the write-ahead log, and refuses a
// database of another program. When several open a new file at once, SQLite does not
// let them wait for the change of mode as for other locks, since that could be for
// each other; they try again.
func settle(ctx context.Context, db *sql.DB) error {
	for until := time.Now().Add(time.Duration(busy) * time.Millisecond); ; {
		err := ours(ctx, db)
		var engine *sqlite.Error
		if !errors.As(err, &engine) || engine.Code()&0xff != busyCode || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// ours refuses a database of another program.
func ours(ctx context.Context, db *sql.DB) error {
	var tables, known int
	err := db.QueryRowContext(ctx, "SELECT count(*), COALESCE(sum(name IN ('ledger', 'goose_db_version')), 0) FROM sqlite_schema WHERE type = 'table'").Scan(&tables, &known)
	if err != nil {
		return err
	}
	if tables > 0 && known == 0 {
		return errors.New("it is a database of another program")
	}
	if tables > known {
		var other int
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('ledger', 'entries', 'goose_db_version') AND name NOT LIKE 'sqlite%'").Scan(&other); err != nil {
			return err
		}
		if other > 0 {
			return errors.New("it holds tables of another program")
		}
	}
	return nil
}
