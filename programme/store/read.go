package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"handover/programme"
)

// Each calls each with all entries in their order, as they were at one moment.
// An error of each ends it.
func (s *Store) Each(ctx context.Context, each func(programme.Entry) error) error {
	return s.scan(ctx, func(e programme.Entry, _ string) error { return each(e) })
}

func (s *Store) scan(ctx context.Context, each func(e programme.Entry, key string) error) error {
	list, err := s.db.Read.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM entries ORDER BY number")
	if err != nil {
		return fmt.Errorf("cannot read the ledger: %w", err)
	}
	defer list.Close()
	for list.Next() {
		e, key, err := read(list)
		if err != nil {
			return err
		}
		if err := each(e, key); err != nil {
			return err
		}
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("cannot read the ledger: %w", err)
	}
	return nil
}

func read(list *sql.Rows) (e programme.Entry, key string, err error) {
	var after, withdrawn int64
	err = list.Scan(&e.Number, &e.Entered, &e.Hash, &key, &e.When, &e.Public, &e.Side, &e.Kind, &e.Measure, &e.Amount, &e.Low, &e.High, &e.Unit, &e.Place, &e.Bloc,
		&e.Weapon, &e.Condition, &after, &e.Reporter, &e.Source, &e.Confidence, &e.EnteredBy, &e.Reference, &e.Corrects, &withdrawn)
	if err != nil {
		return e, "", fmt.Errorf("%w: a row cannot be read: %w", ErrAltered, err)
	}
	e.After, e.Withdrawn = int(after), withdrawn == 1
	return e, key, nil
}

// Entries returns all entries in their order.
func (s *Store) Entries(ctx context.Context) ([]programme.Entry, error) {
	var out []programme.Entry
	err := s.Each(ctx, func(e programme.Entry) error {
		out = append(out, e)
		return nil
	})
	return out, err
}

// Verify reads the whole ledger and checks every entry against its hash and the
// entry before it. Seals are states of the ledger that were noted before; each
// must be a state through which it went. The error is ErrAltered, with the first
// entry that does not fit.
func (s *Store) Verify(ctx context.Context, seals ...programme.Seal) (programme.Seal, error) {
	seal := programme.Seal{Hash: programme.Genesis(s.name)}
	var corrected = map[int64]bool{}
	last := int64(0)
	err := s.scan(ctx, func(e programme.Entry, key string) error {
		number := seal.Entries + 1
		bad := func(what string) error {
			return fmt.Errorf("%w: entry %d %s", ErrAltered, number, what)
		}
		switch {
		case e.Number != number:
			return bad(fmt.Sprintf("is missing; the next one found is %d", e.Number))
		case e.Link(seal.Hash) != e.Hash || e.Key() != key:
			return bad("is not what was entered")
		case e.Entered < last:
			return bad("is dated before the one before it")
		case e.Corrects != 0 && (e.Corrects >= e.Number || corrected[e.Corrects]):
			return bad(fmt.Sprintf("corrects entry %d, which it cannot", e.Corrects))
		}
		if e.Corrects != 0 {
			corrected[e.Corrects] = true
		}
		last = e.Entered
		seal = programme.Seal{Entries: e.Number, Hash: e.Hash}
		for _, noted := range seals {
			if noted.Entries == seal.Entries && !strings.HasPrefix(seal.Hash, noted.Hash) {
				return bad("is not the one that was sealed: the ledger was written anew")
			}
		}
		return nil
	})
	if err != nil {
		return programme.Seal{}, err
	}
	for _, noted := range seals {
		if noted.Entries > seal.Entries {
			return programme.Seal{}, fmt.Errorf("%w: it has %d entries, and had %d when it was sealed", ErrAltered, seal.Entries, noted.Entries)
		}
	}
	return seal, nil
}
