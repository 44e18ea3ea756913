package book

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// openPostgres opens a book in a PostgreSQL database. Writers wait for each
// other; readers wait for nobody.
func openPostgres(ctx context.Context, place string, world bool) (*Book, error) {
	db, err := sql.Open("pgx", place)
	if err != nil {
		return nil, fmt.Errorf("cannot open the book %s: %w", redacted(place), err)
	}
	db.SetMaxOpenConns(5)
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := migrate(ctx, db, goose.DialectPostgres, "postgres", world, goose.WithSessionLocker(locker)); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open the book %s: %w", redacted(place), err), db.Close())
	}
	return &Book{write: db, read: db, lock: "LOCK TABLE entries IN EXCLUSIVE MODE"}, nil
}

// redacted is the place of a book without its password.
func redacted(place string) string {
	u, err := url.Parse(place)
	if err != nil {
		return "at a PostgreSQL database"
	}
	return u.Redacted()
}

// Place is the place of a book as it may be shown: a URL without its password.
func Place(place string) string {
	if server(place) {
		return redacted(place)
	}
	return place
}
