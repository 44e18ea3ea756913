package book

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed schema/*.sql
var schema embed.FS

// migrate brings a database to the schema of this program, step by step, each
// as a whole. Whether the database watches the clock is settled when it is made.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, name string, world bool, options ...goose.ProviderOption) error {
	clock := &goose.GoFunc{RunTx: func(context.Context, *sql.Tx) error { return nil }}
	if world {
		clock = step("clock_" + name + ".sql")
	}
	kinds := &goose.GoFunc{RunTx: func(context.Context, *sql.Tx) error { return nil }} // for SQLite see widen
	if dialect == goose.DialectPostgres {
		kinds = step("kinds_postgres.sql")
	}
	options = append(options,
		goose.WithDisableGlobalRegistry(true),
		goose.WithGoMigrations(
			goose.NewGoMigration(1, step("tables.sql"), nil),
			goose.NewGoMigration(2, step("guards_"+name+".sql"), nil),
			goose.NewGoMigration(3, clock, nil),
			goose.NewGoMigration(4, kinds, nil),
		))
	p, err := goose.NewProvider(dialect, db, nil, options...)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		// Two processes may make the same new book at once; the second finds what the
		// first has made.
		if err := upgrade(ctx, p); err == nil || try == 20 || !raced(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// upgrade runs the steps that a database lacks.
func upgrade(ctx context.Context, p *goose.Provider) error {
	current, target, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return err
	case current > target:
		return fmt.Errorf("it was made by a newer version of the program (its schema is %d, this one knows %d)", current, target)
	case current == target:
		return nil
	}
	_, err = p.Up(ctx)
	return err
}

func raced(err error) bool {
	text := err.Error()
	for _, sign := range []string{"already exists", "UNIQUE", "locked", "no such table"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// step runs one file of the schema.
func step(name string) *goose.GoFunc {
	return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		text, err := schema.ReadFile("schema/" + name)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, string(text))
		return err
	}}
}
