package book

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// busy is how long, in milliseconds, a writer waits for another. Tests shorten it.
var busy = 20_000

// openSQLite opens a book in a file. One connection writes and a few read; the
// write-ahead log lets them do so at the same time. A commit is on the disk when
// it returns.
func openSQLite(ctx context.Context, path string, world bool) (*Book, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s is a folder; a book is a file", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("cannot open the book: %w", err)
	case err != nil:
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fmt.Errorf("cannot make the folder of the book: %w", err)
		}
	}
	b := &Book{}
	if b.write, err = sql.Open("sqlite", source(path, "_journal_mode=WAL", "_txlock=immediate")); err != nil {
		return nil, fmt.Errorf("cannot open the book %s: %w", path, err)
	}
	b.write.SetMaxOpenConns(1)
	if b.read, err = sql.Open("sqlite", source(path, "_query_only=1")); err != nil {
		return nil, errors.Join(err, b.write.Close())
	}
	b.read.SetMaxOpenConns(4)
	if err := settle(ctx, b.write); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open the book %s: %w", path, err), b.Close())
	}
	if err := migrate(ctx, b.write, goose.DialectSQLite3, "sqlite", world); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open the book %s: %w", path, err), b.Close())
	}
	if err := b.widen(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open the book %s: %w", path, err), b.Close())
	}
	return b, nil
}

// source is the name under which the driver opens a file. The driver sets how
// long it waits for others before anything else.
func source(path string, more ...string) string {
	// A URI keeps a path with ? or % in it whole.
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	if !filepath.IsAbs(path) {
		u.Opaque, u.Path = (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), ""
	}
	keys := append([]string{fmt.Sprintf("_busy_timeout=%d", busy), "_foreign_keys=1", "_synchronous=FULL"}, more...)
	if !slices.Contains(more, "_defensive=0") {
		keys = append(keys, "_defensive=1")
	}
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
	err := db.QueryRowContext(ctx, "SELECT count(*), COALESCE(sum(name IN ('entries', 'goose_db_version')), 0) FROM sqlite_schema WHERE type = 'table'").Scan(&tables, &known)
	if err != nil {
		return err
	}
	if tables > 0 && known == 0 {
		return errors.New("it is a database of another program")
	}
	return nil
}
