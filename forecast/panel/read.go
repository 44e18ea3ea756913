package panel

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"handover/diagnostic"
	"handover/evidence"
)

// most is how many mistakes of one file are listed.
const most = 20

// Table is a panel as it stood in a file.
type Table struct {
	*Panel
	// UnitColumn is empty for a file of one series.
	UnitColumn, ValueColumn string
}

// Read reads counts from a file: CSV, also packed with gzip, or Parquet, told
// apart by their first bytes. A row is a unit in a month; an empty count is one
// that is not known. The error is a diagnostic.List that names every mistake.
func Read(name string, columns Columns) (*Table, error) {
	rows, err := load(name, columns, false)
	if err != nil {
		return nil, err
	}
	cells := make([]Cell, len(rows.value))
	first := make(map[place]int, len(cells))
	for i := range cells {
		if rows.bad[i] {
			continue
		}
		cells[i] = Cell{rows.words[rows.unit[i]], rows.month[i], rows.value[i]}
		at := place{rows.unit[i], rows.month[i], 0}
		if before, twice := first[at]; twice {
			rows.wrong(i, "twice", fmt.Sprintf("%s in %s", cells[i].Unit, cells[i].Month), "give each unit one row a month", "the unit has a row of this month before, %s", rows.at(before))
			continue
		}
		first[at] = i
		if err := check(cells[i].Count); err != nil {
			rows.wrong(i, "count", rows.layout.names[rows.layout.value], "", "%s", err)
		}
	}
	if err := rows.err(); err != nil {
		return nil, err
	}
	p, err := New(cells)
	if err != nil {
		return nil, diagnostic.List{{Position: diagnostic.Position{File: name}, Code: "panel", Message: err.Error()}}
	}
	if _, known := p.Last(); !known {
		return nil, diagnostic.List{{Position: diagnostic.Position{File: name}, Code: "no-rows", Message: "the file holds no count"}}
	}
	return &Table{p, rows.unitColumn(), rows.layout.names[rows.layout.value]}, nil
}

type place struct {
	unit  int32
	month evidence.Month
	draw  int32
}

// rows are the rows of a file, column by column.
type rows struct {
	file   string
	layout layout
	// line is the line of the first row in a text; 0 where rows have numbers only.
	lines []int32
	words []string
	index map[string]int32
	unit  []int32
	month []evidence.Month
	value []float64
	draw  []int32
	list  diagnostic.List
	more  int
	// bad are the rows with a mistake.
	bad map[int]bool
}

func (r *rows) unitColumn() string {
	if r.layout.unit < 0 {
		return ""
	}
	return r.layout.names[r.layout.unit]
}

// at names a row for a message.
func (r *rows) at(i int) string {
	if r.lines != nil {
		return fmt.Sprintf("in line %d", r.lines[i])
	}
	return fmt.Sprintf("in row %d", i+1)
}

// wrong adds a mistake in row i.
func (r *rows) wrong(i int, code, subject, hint, format string, arguments ...any) {
	r.bad[i] = true
	if len(r.list) >= most {
		r.more++
		return
	}
	d := diagnostic.Diagnostic{Position: diagnostic.Position{File: r.file}, Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...), Hint: hint}
	if r.lines != nil {
		d.Position.Line = int(r.lines[i])
	} else {
		d.Message = fmt.Sprintf("row %d: %s", i+1, d.Message)
	}
	r.list = append(r.list, d)
}

func (r *rows) err() error {
	if r.more > 0 {
		r.list = append(r.list, diagnostic.Diagnostic{Position: diagnostic.Position{File: r.file}, Code: "more", Message: fmt.Sprintf("and %d more mistakes of this kind or another", r.more)})
		r.more = 0
	}
	return r.list.Err()
}

// intern is the number of a unit's name.
func (r *rows) intern(name string) int32 {
	if i, known := r.index[name]; known {
		return i
	}
	i := int32(len(r.words))
	r.index[strings.Clone(name)] = i
	r.words = append(r.words, strings.Clone(name))
	return i
}

// load reads the needed columns of a file.
func load(name string, columns Columns, draws bool) (*rows, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("this is not a file")
	}
	if err == nil && info.Size() == 0 {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	r := &rows{file: name, index: map[string]int32{}, bad: map[int]bool{}}
	magic := make([]byte, 4)
	n, err := f.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(name, err)
	}
	switch {
	case bytes.HasPrefix(magic[:n], []byte("PAR1")):
		err = r.readParquet(f, columns, draws)
	case bytes.HasPrefix(magic[:n], []byte{0x1f, 0x8b}):
		var unpacked *gzip.Reader
		if unpacked, err = gzip.NewReader(bufio.NewReaderSize(f, 1<<20)); err == nil {
			err = r.readCSV(unpacked, columns, draws)
		}
	default:
		err = r.readCSV(f, columns, draws)
	}
	if list := (diagnostic.List)(nil); errors.As(err, &list) {
		return nil, err
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	return r, nil
}

// unreadable is the mistake of a file that cannot be read at all.
func unreadable(name string, err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	hint := ""
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		hint = "the file is cut short or damaged: fetch it again"
	}
	return diagnostic.List{{Position: diagnostic.Position{File: name}, Code: "unreadable", Message: "cannot read it: " + err.Error(), Hint: hint}}
}

// readCSV reads text with a header.
func (r *rows) readCSV(from io.Reader, columns Columns, draws bool) error {
	c := csv.NewReader(bufio.NewReaderSize(from, 1<<20))
	c.ReuseRecord = true
	header, err := c.Read()
	if err != nil {
		return r.explain(err)
	}
	names := make([]string, len(header))
	for i, n := range header {
		if i == 0 {
			n = strings.TrimPrefix(n, "\ufeff")
		}
		if !utf8.ValidString(n) {
			return errors.New("it is neither a Parquet file nor text in UTF-8")
		}
		names[i] = strings.TrimSpace(n)
	}
	var list diagnostic.List
	if r.layout, list = columns.find(r.file, names, draws); list.Err() != nil {
		return list
	}
	r.lines = []int32{}
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r.explain(err)
		}
		line, _ := c.FieldPos(0)
		r.lines = append(r.lines, int32(line))
		r.parse(record)
	}
	return nil
}

// explain turns an error of the CSV reader into a diagnostic.
func (r *rows) explain(err error) error {
	d := diagnostic.Diagnostic{Position: diagnostic.Position{File: r.file}, Code: "csv"}
	parse := (*csv.ParseError)(nil)
	switch {
	case errors.Is(err, io.EOF):
		d.Message = "the file has no header line"
	case errors.As(err, &parse):
		d.Position.Line, d.Position.Column = parse.Line, parse.Column
		d.Message = parse.Err.Error()
		if errors.Is(err, csv.ErrFieldCount) {
			d.Message, d.Position.Column = "the row has another number of fields than the header", 0
		}
		d.Hint = "expected CSV: fields divided by commas, in quotes where they hold one"
	default:
		return err
	}
	return append(r.list, d)
}

// parse adds a row of text. What is wrong in it is noted, and the row holds its
// place.
func (r *rows) parse(record []string) {
	i, l := len(r.value), r.layout
	unit := series
	if l.unit >= 0 {
		if unit = strings.TrimSpace(record[l.unit]); unit == "" {
			r.wrong(i, "unit", l.names[l.unit], "", "the row has no unit")
		}
	}
	r.unit = append(r.unit, r.intern(unit))
	month, year := strings.TrimSpace(record[l.month]), ""
	if l.form == parted {
		year = strings.TrimSpace(record[l.year])
	}
	m, ok := parseMonth(l.form, month, year)
	if !ok {
		r.wrongMonth(i, strings.TrimSpace(year+" "+month))
	}
	r.month = append(r.month, m)
	text := strings.TrimSpace(record[l.value])
	x, ok := math.NaN(), true
	if text != "" {
		var err error
		x, err = strconv.ParseFloat(text, 64)
		ok = err == nil && !math.IsNaN(x)
	}
	if !ok {
		r.wrong(i, "count", l.names[l.value], "leave it empty where the count is not known", "%q is no number", text)
		x = math.NaN()
	}
	r.value = append(r.value, x)
	if l.draw >= 0 {
		d, err := strconv.ParseInt(strings.TrimSpace(record[l.draw]), 10, 32)
		if err != nil {
			r.wrong(i, "draw", l.names[l.draw], "", "%q is no number of a draw", record[l.draw])
		}
		r.draw = append(r.draw, int32(d))
	}
}

func (r *rows) wrongMonth(i int, found string) {
	expected := map[monthForm]string{numbered: "a whole number, where 1 is January 1980", dated: "such as 2018-01", parted: "a year and a month from 1 to 12"}[r.layout.form]
	r.wrong(i, "month", r.layout.names[r.layout.month], "", "%q is no month; expected %s", found, expected)
}

// parseMonth reads a month in the form of the file.
func parseMonth(form monthForm, text, year string) (evidence.Month, bool) {
	switch form {
	case dated:
		if len(text) > 7 && text[7] == '-' {
			text = text[:7]
		}
		m, ok := evidence.ParseMonth(text)
		return m, ok && plausible(m)
	case parted:
		y, err := strconv.ParseFloat(year, 64)
		m, err2 := strconv.ParseFloat(text, 64)
		if err != nil || err2 != nil {
			return 0, false
		}
		return partedMonth(y, m)
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, false
	}
	return numberedMonth(n)
}

// plausible bounds months, so that one wrong row cannot make a panel of a
// million columns.
func plausible(m evidence.Month) bool { return m.Year() >= 1800 && m.Year() < 2200 }

// firstMonth is the month with the number 1.
var firstMonth = evidence.NewMonth(1980, 1)

// Numbered is the number of a month as ViEWS counts, where January 1980 is 1.
func Numbered(m evidence.Month) int { return int(m-firstMonth) + 1 }

func numberedMonth(n float64) (evidence.Month, bool) {
	if n != math.Trunc(n) || !(math.Abs(n) < 1e5) {
		return 0, false
	}
	m := firstMonth + evidence.Month(n) - 1
	return m, plausible(m)
}

func partedMonth(year, month float64) (evidence.Month, bool) {
	if year != math.Trunc(year) || month != math.Trunc(month) || !(year >= 1 && year <= 9999 && month >= 1 && month <= 12) {
		return 0, false
	}
	m := evidence.NewMonth(int(year), int(month))
	return m, plausible(m)
}
