package book

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// row is the content of an entry in one of the tables, as it is chained.
type row struct {
	kind   string
	table  string
	fields []string
}

// The rows of a book, with the columns that are chained in their order.
var (
	personRow     = row{"person", "people", []string{"name", "kind"}}
	questionRow   = row{"question", "questions", []string{"case_name", "id", "imported", "opens", "closes", "terms", "content"}}
	forecastRow   = row{"forecast", "forecasts", []string{"case_name", "question", "person", "made", "ends", "answer", "reason", "confidence"}}
	resolutionRow = row{"resolution", "resolutions", []string{"case_name", "question", "status", "answer", "by_data", "source", "reason"}}
	rows          = []row{personRow, questionRow, forecastRow, resolutionRow}
)

// insert is the statement that adds a row; its entry comes first.
func (r row) insert() string {
	columns, values := "entry", "$1"
	for i, f := range r.fields {
		columns += ", " + f
		values += fmt.Sprintf(", $%d", i+2)
	}
	return "INSERT INTO " + r.table + " (" + columns + ") VALUES (" + values + ")"
}

// link is the hash of an entry: of the hash before it, its number, time and kind,
// and the values of its row (numbers and text).
func link(before string, seq, at int64, kind string, values []any) (string, error) {
	text, err := json.Marshal(append([]any{before, seq, at, kind}, values...))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// enter adds an entry with its row and returns its number.
func (c *change) enter(ctx context.Context, r row, values ...any) (int64, error) {
	hash, err := link(c.hash, c.seq+1, micro(c.at), r.kind, values)
	if err != nil {
		return 0, err
	}
	if _, err := c.tx.ExecContext(ctx, "INSERT INTO entries (seq, at, kind, hash) VALUES ($1, $2, $3, $4)", c.seq+1, micro(c.at), r.kind, hash); err != nil {
		return 0, fmt.Errorf("cannot write to the book: %w", err)
	}
	if _, err := c.tx.ExecContext(ctx, r.insert(), append([]any{c.seq + 1}, values...)...); err != nil {
		return 0, fmt.Errorf("cannot write to the book: %w", err)
	}
	c.seq, c.hash = c.seq+1, hash
	return c.seq, nil
}

// Seal is the state of a book: how many entries it has and the hash of the last,
// which depends on all. Who keeps a seal can tell later that what was in the book
// then is in it still.
type Seal struct {
	Entries int64
	Hash    string
}

// Verify reads the whole book and checks every entry against its hash and the
// entry before it. The error is ErrAltered, with the first entry that does not
// fit.
func (b *Book) Verify(ctx context.Context) (Seal, error) {
	// One transaction, so that a writer meanwhile does not look like a forger.
	tx, err := b.db.Read.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		if tx, err = b.db.Read.BeginTx(ctx, nil); err != nil {
			return Seal{}, fmt.Errorf("cannot read the book: %w", err)
		}
	}
	defer func() { _ = tx.Rollback() }()
	content := map[int64][]any{}
	kinds := map[int64]string{}
	total := int64(0)
	for _, r := range rows {
		if err := r.collect(ctx, tx, kinds, content); err != nil {
			return Seal{}, err
		}
	}
	list, err := tx.QueryContext(ctx, "SELECT seq, at, kind, hash FROM entries ORDER BY seq")
	if err != nil {
		return Seal{}, fmt.Errorf("cannot read the book: %w", err)
	}
	defer list.Close()
	seal := Seal{}
	for list.Next() {
		var seq, at int64
		var kind, hash string
		if err := list.Scan(&seq, &at, &kind, &hash); err != nil {
			return Seal{}, fmt.Errorf("cannot read the book: %w", err)
		}
		total++
		values, there := content[seq]
		want, err := link(seal.Hash, seq, at, kind, values)
		if err != nil {
			return Seal{}, err
		}
		if seq != total || !there || kinds[seq] != kind || want != hash {
			return Seal{}, fmt.Errorf("%w: entry %d is not what was entered", ErrAltered, total)
		}
		seal = Seal{seq, hash}
	}
	if err := list.Err(); err != nil {
		return Seal{}, fmt.Errorf("cannot read the book: %w", err)
	}
	if int64(len(content)) != total {
		return Seal{}, fmt.Errorf("%w: it holds %d rows and %d entries", ErrAltered, len(content), total)
	}
	return seal, nil
}

// collect reads the rows of one table by entry.
func (r row) collect(ctx context.Context, tx *sql.Tx, kinds map[int64]string, content map[int64][]any) error {
	query := "SELECT entry"
	for _, f := range r.fields {
		query += ", " + f
	}
	list, err := tx.QueryContext(ctx, query+" FROM "+r.table)
	if err != nil {
		return fmt.Errorf("cannot read the book: %w", err)
	}
	defer list.Close()
	for list.Next() {
		var entry int64
		values := make([]any, len(r.fields))
		into := []any{&entry}
		for i := range values {
			into = append(into, &values[i])
		}
		if err := list.Scan(into...); err != nil {
			return fmt.Errorf("cannot read the book: %w", err)
		}
		for i, v := range values {
			if text, ok := v.([]byte); ok {
				values[i] = string(text)
			}
		}
		if _, twice := content[entry]; twice {
			return fmt.Errorf("%w: entry %d holds two rows", ErrAltered, entry)
		}
		content[entry], kinds[entry] = values, r.kind
	}
	return list.Err()
}
