package programme

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"

	"handover/casefile"
	"handover/diagnostic"
)

// Columns of a table of entries. The first three are written and, read again,
// only tell what corrects refers to.
var Columns = []string{"number", "entered", "hash", "when", "public", "side", "kind", "measure", "amount", "low", "high", "unit", "place", "bloc",
	"weapon", "condition", "after", "reporter", "source", "confidence", "entered_by", "reference", "corrects", "withdrawn"}

var needed = []string{"when", "side", "kind", "amount", "source", "confidence"}

// Row is an entry of a table with its place in it.
type Row struct {
	Entry
	Line int
	// Own says that the table numbers its entries, so that Corrects is a number of
	// the table and not of a ledger. Number is the row's in the table.
	Own bool
}

// mostMistakes bounds what is reported of one table.
const mostMistakes = 100

// ErrMistakes ends a table that has mistakes; they are in the list.
var ErrMistakes = errors.New("the table has mistakes")

// Table reads entries from CSV (RFC 4180, with a header line), one at a time.
type Table struct {
	file    string
	names   Names
	by      string
	columns map[string]int
	reader  *csv.Reader
	list    diagnostic.List
}

// NewTable reads the header of a table. by is who enters rows that do not say
// so. Mistakes is what is wrong with the header.
func NewTable(file string, r io.Reader, names Names, by string) (t *Table, mistakes diagnostic.List) {
	t = &Table{file: file, names: names, by: by, columns: map[string]int{}, reader: csv.NewReader(r)}
	t.reader.FieldsPerRecord, t.reader.ReuseRecord = -1, true
	header, err := t.reader.Read()
	if err == io.EOF {
		t.fail(0, "empty-file", "", "", "the table has no header line")
		return t, t.list
	}
	if err != nil {
		t.fail(1, "csv-syntax", "", "", "not valid CSV: %v", plain(err))
		return t, t.list
	}
	for i, c := range header {
		if i == 0 {
			c = strings.TrimPrefix(c, "\ufeff")
		}
		c = strings.TrimSpace(c)
		_, twice := t.columns[c]
		switch {
		case twice:
			t.fail(1, "duplicate-key", c, "remove one", "two columns have the same name")
		case casefile.Personal(c):
			t.fail(1, "forbidden-column", c, "remove the column", "a ledger may not hold fields about persons")
		case !known(c):
			hint := diagnostic.DidYouMean(c, Columns)
			if hint == "" {
				hint = "the columns are " + strings.Join(Columns[3:], ", ")
			}
			t.fail(1, "unknown-name", shorten(c), hint, "unknown column")
		}
		t.columns[c] = i
	}
	for _, c := range needed {
		if _, ok := t.columns[c]; !ok {
			t.fail(1, "missing-column", c, "", "the required column is missing")
		}
	}
	if _, ok := t.columns["entered_by"]; !ok && by == "" {
		t.fail(1, "missing-column", "entered_by", "add the column, or name who enters with --by", "the required column is missing")
	}
	return t, t.list
}

func known(column string) bool {
	for _, c := range Columns {
		if c == column {
			return true
		}
	}
	return false
}

// plain is what is wrong with a line, without the place.
func plain(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return parse.Err
	}
	return err
}

func (t *Table) fail(line int, code, subject, hint, format string, arguments ...any) {
	t.list = append(t.list, diagnostic.Diagnostic{Position: diagnostic.Position{File: t.file, Line: line}, Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...), Hint: hint})
}

// Mistakes is what was wrong with the rows read so far.
func (t *Table) Mistakes() diagnostic.List { return t.list }

// Fail adds a mistake in a row that was found elsewhere.
func (t *Table) Fail(line int, code, subject, hint, message string) {
	t.fail(line, code, subject, hint, "%s", message)
}

// Rows goes through the table. It goes on after a mistake, so that all are found,
// and then ends with ErrMistakes; a row with a mistake is not given.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for len(t.list) < mostMistakes {
			cells, err := t.reader.Read()
			if err == io.EOF {
				break
			}
			line := 0
			if err == nil {
				line, _ = t.reader.FieldPos(0)
			}
			var parse *csv.ParseError
			switch {
			case errors.As(err, &parse):
				t.fail(parse.Line, "csv-syntax", "", "", "not valid CSV: %v", parse.Err)
			case err != nil:
				yield(Row{}, fmt.Errorf("cannot read %s: %w", t.file, err))
				return
			case len(cells) != len(t.columns):
				t.fail(line, "ragged-row", "", "put quotes round a cell that holds a comma", "the row has %d cells and the header %d", len(cells), len(t.columns))
				continue
			default:
				if row, ok := t.row(cells, line); ok && !yield(row, nil) {
					return
				}
				continue
			}
			break
		}
		if len(t.list) > 0 {
			yield(Row{}, ErrMistakes)
		}
	}
}

// row reads one row.
func (t *Table) row(cells []string, line int) (Row, bool) {
	before := len(t.list)
	text := func(column string) string {
		i, ok := t.columns[column]
		if !ok {
			return ""
		}
		return strings.Clone(strings.TrimSpace(cells[i]))
	}
	number := func(column string) float64 {
		s := text(column)
		if s == "" {
			return math.NaN()
		}
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(s, "xXpP_") {
			t.fail(line, "number", column, "write digits with a point for decimals", "found %q, expected a number", shorten(s))
			return math.NaN()
		}
		return x
	}
	whole := func(column string) int64 {
		s := text(column)
		if s == "" {
			return 0
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.fail(line, "number", column, "", "found %q, expected a whole number", shorten(s))
		}
		return n
	}
	_, own := t.columns["number"]
	r := Row{Line: line, Own: own, Entry: Entry{
		Number: whole("number"), When: text("when"), Public: text("public"), Side: Side(text("side")), Kind: Kind(text("kind")), Measure: Measure(text("measure")),
		Amount: number("amount"), Low: number("low"), High: number("high"), Unit: text("unit"), Place: text("place"), Bloc: text("bloc"),
		Weapon: text("weapon"), Condition: text("condition"), After: int(whole("after")), Reporter: text("reporter"), Source: text("source"),
		Confidence: text("confidence"), EnteredBy: text("entered_by"), Reference: text("reference"), Corrects: whole("corrects"),
	}}
	switch text("withdrawn") {
	case "", "no":
	case "yes":
		r.Withdrawn = true
	default:
		t.fail(line, "unknown-word", "withdrawn", "", "%q is not allowed here; expected yes, no or nothing", shorten(text("withdrawn")))
	}
	if r.EnteredBy == "" {
		r.EnteredBy = t.by
	}
	parsed := len(t.list) == before
	for _, d := range r.Complete(t.names) {
		if !parsed && d.Code == "no-value" {
			continue // the cell is there and was reported
		}
		d.Position.File, d.Position.Line = t.file, line
		t.list = append(t.list, d)
	}
	return r, len(t.list) == before
}

// Writer writes entries as a table.
type Writer struct{ w *csv.Writer }

// NewWriter writes the header of a table.
func NewWriter(w io.Writer) (*Writer, error) {
	out := &Writer{csv.NewWriter(w)}
	return out, out.w.Write(Columns)
}

// Write adds an entry.
func (w *Writer) Write(e Entry) error {
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	count := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	withdrawn := ""
	if e.Withdrawn {
		withdrawn = "yes"
	}
	return w.w.Write([]string{count(e.Number), time.UnixMicro(e.Entered).UTC().Format(time.RFC3339), e.Hash, e.When, e.Public, string(e.Side), string(e.Kind), string(e.Measure),
		number(e.Amount), number(e.Low), number(e.High), e.Unit, e.Place, e.Bloc, e.Weapon, e.Condition, count(int64(e.After)), e.Reporter, e.Source, e.Confidence, e.EnteredBy, e.Reference, count(e.Corrects), withdrawn})
}

// Flush ends the table.
func (w *Writer) Flush() error {
	w.w.Flush()
	return w.w.Error()
}
