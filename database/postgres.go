package database

import (
	"context"
	"database/sql"
	"errors"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// openPostgres opens a PostgreSQL database. Writers wait for each other; readers
// wait for nobody.
func openPostgres(ctx context.Context, place string, l Layout) (*Database, error) {
	db, err := sql.Open("pgx", place)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(5)
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := migrate(ctx, db, goose.DialectPostgres, "postgres", l, goose.WithSessionLocker(locker)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Database{Read: db, Write: db, kind: l.Kind, lock: "LOCK TABLE " + l.Tables[0] + " IN EXCLUSIVE MODE"}, nil
}
