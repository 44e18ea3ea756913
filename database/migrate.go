package database

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// migrate brings a database to the layout, step by step, each as a whole.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, name string, l Layout, options ...goose.ProviderOption) error {
	var steps []*goose.Migration
	for i, file := range l.Steps {
		steps = append(steps, goose.NewGoMigration(int64(i+1), step(l.Files, strings.ReplaceAll(file, "*", name)), nil))
	}
	options = append(options, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(steps...))
	p, err := goose.NewProvider(dialect, db, nil, options...)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		// Two processes may make the same new database at once; the second finds what
		// the first has made.
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
	for _, sign := range []string{"already exists", "UNIQUE", "unique", "locked", "no such table"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// step runs one file of a schema.
func step(files fs.FS, name string) *goose.GoFunc {
	return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		if name == "" {
			return nil
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, string(text))
		return err
	}}
}
