package store

import (
	"context"
	"database/sql"
	"errors"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// openPostgres opens a ledger in a PostgreSQL database. Writers wait for each
// other; readers wait for nobody.
func openPostgres(ctx context.Context, place string) (*Store, error) {
	db, err := sql.Open("pgx", place)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5)
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := migrate(ctx, db, goose.DialectPostgres, "postgres", goose.WithSessionLocker(locker)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{write: db, read: db, lock: "LOCK TABLE entries IN EXCLUSIVE MODE"}, nil
}
