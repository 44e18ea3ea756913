package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"

	"handover/programme"
)

// columns are those of the table of entries, in the order of values.
var columns = []string{"number", "entered", "hash", "content", "time", "public", "side", "kind", "measure", "amount", "low", "high", "unit", "place", "bloc",
	"weapon", "state", "after", "reporter", "source", "confidence", "entered_by", "reference", "corrects", "withdrawn"}

// values are the cells of an entry.
func values(e programme.Entry, key string) []any {
	withdrawn := int64(0)
	if e.Withdrawn {
		withdrawn = 1
	}
	return []any{e.Number, e.Entered, e.Hash, key, e.When, e.Public, string(e.Side), string(e.Kind), string(e.Measure), e.Amount, e.Low, e.High, e.Unit, e.Place, e.Bloc,
		e.Weapon, e.Condition, int64(e.After), e.Reporter, e.Source, e.Confidence, e.EnteredBy, e.Reference, e.Corrects, withdrawn}
}

// together is how many entries one statement adds.
const together = 400

// Receipt is what a call entered.
type Receipt struct {
	// New entries, and Known ones that were in the ledger already and were not
	// entered again.
	New, Known int64
	// First and Last are the numbers of the new ones; 0 when there are none.
	First, Last int64
	Seal        programme.Seal
}

// MistakeError is a row that cannot be entered as it stands, with the reason.
type MistakeError struct {
	Line          int
	Column        string
	Message, Hint string
}

// Error says the reason.
func (m *MistakeError) Error() string {
	if m.Hint != "" {
		return m.Column + ": " + m.Message + " (" + m.Hint + ")"
	}
	return m.Column + ": " + m.Message
}

// Enter adds rows, all or none: when the sequence ends in an error, or a row
// cannot be entered (a *MistakeError), nothing is. Entries must be complete. A row
// that says what an entry of the ledger says is not entered again; a row that says
// what an earlier row says is a mistake.
func (s *Store) Enter(ctx context.Context, rows iter.Seq2[programme.Row, error]) (Receipt, error) {
	var out Receipt
	err := s.db.Change(ctx, func(tx *sql.Tx) error {
		number, entered, hash, err := s.tail(ctx, tx)
		if err != nil {
			return fmt.Errorf("cannot read the ledger: %w", err)
		}
		at, err := s.now(entered)
		if err != nil {
			return err
		}
		p := &batch{s: s, ctx: ctx, tx: tx, at: at, number: number, hash: hash, seen: map[string]int{}, own: map[int64]int64{}, out: &out}
		for row, err := range rows {
			if err != nil {
				return err
			}
			if err := p.add(row); err != nil {
				return err
			}
		}
		if err := p.flush(); err != nil {
			return err
		}
		out.Seal = programme.Seal{Entries: p.number, Hash: p.hash}
		return nil
	})
	if err != nil {
		return Receipt{}, err
	}
	return out, nil
}

// batch gathers rows for one statement.
type batch struct {
	s      *Store
	ctx    context.Context
	tx     *sql.Tx
	at     int64
	number int64
	hash   string
	rows   []programme.Row
	keys   []string
	// seen holds the keys of all rows with their lines.
	seen map[string]int
	// own leads from the numbers of a table to those of the ledger.
	own map[int64]int64
	out *Receipt
	// full adds as many entries as go together; a transaction closes it.
	full *sql.Stmt
}

func (p *batch) add(row programme.Row) error {
	if row.Own && row.Corrects != 0 {
		// What the table corrects must have its number first.
		if err := p.flush(); err != nil {
			return err
		}
		to, ok := p.own[row.Corrects]
		if !ok {
			return &MistakeError{row.Line, "corrects", fmt.Sprintf("the table has no entry %d before this one", row.Corrects), "an entry corrects an earlier one"}
		}
		row.Corrects = to
	}
	if row.Own && row.Number == 0 {
		return &MistakeError{row.Line, "number", "the number is missing", "number all rows, or remove the column"}
	}
	if _, twice := p.own[row.Number]; row.Own && twice {
		return &MistakeError{row.Line, "number", fmt.Sprintf("the number %d is given twice", row.Number), ""}
	}
	key := row.Key()
	if line, twice := p.seen[key]; twice {
		return &MistakeError{row.Line, "reference", fmt.Sprintf("the row says the same as line %d", line), "remove it, or tell the two apart by a reference"}
	}
	p.seen[key] = row.Line
	if row.Own {
		p.own[row.Number] = 0 // until it is entered
	}
	p.rows, p.keys = append(p.rows, row), append(p.keys, key)
	if len(p.rows) == together || row.Corrects != 0 {
		return p.flush()
	}
	return nil
}

// flush enters the gathered rows.
func (p *batch) flush() error {
	if len(p.rows) == 0 {
		return nil
	}
	known, err := p.known()
	if err != nil {
		return err
	}
	var cells []any
	n := 0
	for i, row := range p.rows {
		of := row.Number
		if number, there := known[p.keys[i]]; there {
			p.out.Known++
			if row.Own {
				p.own[of] = number
			}
			continue
		}
		if row.Corrects != 0 {
			if err := p.correctable(row); err != nil {
				return err
			}
		}
		e := row.Entry
		e.Number, e.Entered = p.number+1, p.at
		e.Hash = e.Link(p.hash)
		p.number, p.hash = e.Number, e.Hash
		if row.Own {
			p.own[of] = e.Number
		}
		cells = append(cells, values(e, p.keys[i])...)
		n++
	}
	p.rows, p.keys = p.rows[:0], p.keys[:0]
	if n == 0 {
		return nil
	}
	if n == together && p.full == nil {
		if p.full, err = p.tx.PrepareContext(p.ctx, p.s.insertion(n)); err != nil {
			return fmt.Errorf("cannot write to the ledger: %w", err)
		}
	}
	if n == together {
		_, err = p.full.ExecContext(p.ctx, cells...)
	} else {
		_, err = p.tx.ExecContext(p.ctx, p.s.insertion(n), cells...)
	}
	if err != nil {
		return fmt.Errorf("cannot write to the ledger: %w", err)
	}
	p.out.New += int64(n)
	if p.out.First == 0 {
		p.out.First = p.number - int64(n) + 1
	}
	p.out.Last = p.number
	return nil
}

// known finds which keys are in the ledger, with the numbers of their entries.
func (p *batch) known() (map[string]int64, error) {
	out := map[string]int64{}
	if p.number == 0 {
		return out, nil
	}
	marks := make([]string, len(p.keys))
	arguments := make([]any, len(p.keys))
	for i, k := range p.keys {
		marks[i], arguments[i] = p.s.db.Mark(i+1), k
	}
	list, err := p.tx.QueryContext(p.ctx, "SELECT content, number FROM entries WHERE content IN ("+strings.Join(marks, ",")+")", arguments...)
	if err != nil {
		return nil, fmt.Errorf("cannot read the ledger: %w", err)
	}
	defer list.Close()
	for list.Next() {
		var key string
		var number int64
		if err := list.Scan(&key, &number); err != nil {
			return nil, fmt.Errorf("cannot read the ledger: %w", err)
		}
		out[key] = number
	}
	return out, list.Err()
}

// correctable reports a correction of nothing, or of what was corrected before.
func (p *batch) correctable(row programme.Row) error {
	if row.Corrects > p.number {
		return &MistakeError{row.Line, "corrects", fmt.Sprintf("the ledger has no entry %d", row.Corrects), fmt.Sprintf("it has %d", p.number)}
	}
	var by int64
	err := p.tx.QueryRowContext(p.ctx, "SELECT number FROM entries WHERE corrects > 0 AND corrects = $1", row.Corrects).Scan(&by)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the ledger: %w", err)
	}
	return &MistakeError{row.Line, "corrects", fmt.Sprintf("entry %d was corrected by entry %d", row.Corrects, by), fmt.Sprintf("correct entry %d", by)}
}

// insertion is the statement that adds n entries.
func (s *Store) insertion(n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO entries (" + strings.Join(columns, ", ") + ") VALUES ")
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for k := range columns {
			if k > 0 {
				b.WriteByte(',')
			}
			b.WriteString(s.db.Mark(i*len(columns) + k + 1))
		}
		b.WriteByte(')')
	}
	return b.String()
}
