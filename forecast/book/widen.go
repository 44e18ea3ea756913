package book

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// fewerKinds ended the check of the kinds of forecasters before there were pools;
// allKinds ends it now.
const (
	fewerKinds = "'baseline', 'aggregate')"
	allKinds   = "'baseline', 'aggregate', 'pool')"
)

// widen lets a book in SQLite that was made before there were pools hold them. SQLite
// cannot change a check, and making the table anew would pass by the triggers that
// keep it; so the text of the check itself is replaced, as SQLite's manual has it for
// changes that concern no data, on a connection of its own that may do so.
func (b *Book) widen(ctx context.Context, path string) (err error) {
	var narrow int
	if err := b.read.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'people' AND instr(sql, ?) > 0", fewerKinds).Scan(&narrow); err != nil || narrow == 0 {
		return err
	}
	db, err := sql.Open("sqlite", source(path, "_txlock=immediate", "_defensive=0"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version); err != nil {
		return err
	}
	for _, x := range []struct {
		text      string
		arguments []any
	}{
		{"PRAGMA writable_schema = ON", nil},
		{"UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'people'", []any{fewerKinds, allKinds}},
		// Other connections then read the schema anew.
		{fmt.Sprintf("PRAGMA schema_version = %d", version+1), nil},
		{"PRAGMA writable_schema = OFF", nil},
	} {
		if _, err := tx.ExecContext(ctx, x.text, x.arguments...); err != nil {
			return fmt.Errorf("letting the book hold pools: %w", err)
		}
	}
	return tx.Commit()
}
