package vensim

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// book is a file of tables: the sheets of a workbook, or one table of text.
type book struct {
	sheets map[string]*grid // by name in small letters
	names  []definedName
	err    error
}

// definedName is a named range of cells; rows and columns count from 0, both
// ends belong to it.
type definedName struct {
	name, scope, sheet       string
	row, column, row2, last2 int
}

type cell struct {
	text   string
	value  float64
	number bool
}

// grid is a table that grows as cells are set.
type grid struct {
	rows [][]cell
	// size counts all cells, empty ones too.
	size int
}

// mostRows and mostColumns are the bounds of a sheet of today's spreadsheets.
const (
	mostRows    = 1 << 20
	mostColumns = 1 << 14
)

// set puts a cell in its place; an error when the table becomes too large.
func (g *grid) set(row, column int, c cell) error {
	if row < 0 || column < 0 || row >= mostRows || column >= mostColumns {
		return nil
	}
	for len(g.rows) <= row {
		g.rows = append(g.rows, nil)
	}
	for len(g.rows[row]) <= column {
		g.rows[row] = append(g.rows[row], cell{})
		g.size++
	}
	if g.size > mostCells {
		return fmt.Errorf("it has more than %d cells", mostCells)
	}
	g.rows[row][column] = c
	return nil
}

// at is the cell at a place; empty outside.
func (g *grid) at(row, column int) cell {
	if row < 0 || row >= len(g.rows) || column < 0 || column >= len(g.rows[row]) {
		return cell{}
	}
	return g.rows[row][column]
}

func (g *grid) width() int {
	n := 0
	for _, row := range g.rows {
		n = max(n, len(row))
	}
	return n
}

func (b *book) add(name string, g *grid) {
	if b.sheets == nil {
		b.sheets = map[string]*grid{}
	}
	b.sheets[strings.ToLower(name)] = g
}

// cellOf reads a text as a number where it is one.
func cellOf(s string) cell {
	s = strings.TrimSpace(s)
	v, err := strconv.ParseFloat(s, 64)
	return cell{text: s, value: v, number: err == nil}
}

// bookNamed opens a file that the model names, once. An .xls file that is not
// there is looked for as .xlsx, as newer spreadsheets save it.
func (r *reader) bookNamed(name, tab string) (*book, error) {
	name = strings.ReplaceAll(name, `\`, "/")
	delimiter := ','
	text := false
	switch strings.ToLower(path.Ext(name)) {
	case ".csv", ".txt", ".tab", ".tsv", ".dat":
		text = true
		switch tab = strings.ToLower(tab); {
		case tab == "tab" || tab == `\t`:
			delimiter = '\t'
		case len([]rune(tab)) == 1:
			delimiter = []rune(tab)[0]
		default:
			return nil, fmt.Errorf("found %q as the separator of a text file, expected one character such as ','", tab)
		}
	}
	key := name + "\x00" + string(delimiter)
	if b := r.books[key]; b != nil {
		return b, b.err
	}
	b, err := r.openBook(name, text, delimiter)
	if err != nil {
		b = &book{err: err}
	}
	r.books[key] = b
	return b, b.err
}

func (r *reader) openBook(name string, text bool, delimiter rune) (*book, error) {
	if r.openFile == nil {
		return nil, errors.New("files may not be opened here")
	}
	data, err := r.openFile(name)
	if err != nil && strings.EqualFold(path.Ext(name), ".xls") {
		if newer, err2 := r.openFile(name + "x"); err2 == nil {
			data, err = newer, nil
		}
	}
	switch {
	case err != nil:
		return nil, err
	case len(data) > largest:
		return nil, fmt.Errorf("it has %d bytes; at most %d are read", len(data), largest)
	case text:
		return readText(data, delimiter)
	case bytes.HasPrefix(data, []byte("PK")):
		return readXLSX(data)
	default:
		return readXLS(data)
	}
}

func readText(data []byte, delimiter rune) (*book, error) {
	c := csv.NewReader(strings.NewReader(decode(data)))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes, c.ReuseRecord = delimiter, -1, true, true
	g := &grid{}
	for cells := 0; ; {
		record, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if cells += len(record); cells > mostCells {
			return nil, fmt.Errorf("it has more than %d cells", mostCells)
		}
		row := make([]cell, len(record))
		for i, s := range record {
			row[i] = cellOf(s)
		}
		g.rows = append(g.rows, row)
	}
	b := &book{}
	b.add("", g)
	return b, nil
}

// readXLSX reads the values of an Excel workbook and its named ranges.
func readXLSX(data []byte) (_ *book, err error) {
	// The library reads XML that may be damaged; a panic in it is a damaged file.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the workbook is damaged: %v", p)
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: 8 * largest, UnzipXMLSizeLimit: 8 * largest})
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b := &book{}
	cells := 0
	for _, name := range f.GetSheetList() {
		rows, err := f.Rows(name)
		if err != nil {
			return nil, err
		}
		g := &grid{}
		for rows.Next() {
			row, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				return nil, err
			}
			if cells += len(row); cells > mostCells {
				return nil, fmt.Errorf("it has more than %d cells", mostCells)
			}
			line := make([]cell, len(row))
			for i, s := range row {
				line[i] = cellOf(s)
			}
			if g.rows = append(g.rows, line); len(g.rows) > mostRows {
				return nil, fmt.Errorf("it has more than %d rows", mostRows)
			}
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
		b.add(name, g)
	}
	for _, d := range f.GetDefinedName() {
		if n, ok := parseDefined(d.RefersTo); ok {
			n.name, n.scope = strings.ToLower(d.Name), strings.ToLower(d.Scope)
			b.names = append(b.names, n)
		}
	}
	return b, nil
}

// parseDefined reads "Sheet!$A$1:$B$2".
func parseDefined(refers string) (definedName, bool) {
	at := strings.LastIndexByte(refers, '!')
	if at < 0 {
		return definedName{}, false
	}
	n := definedName{sheet: strings.ToLower(strings.ReplaceAll(strings.Trim(refers[:at], "'"), "''", "'"))}
	first, last, ok := strings.Cut(refers[at+1:], ":")
	if !ok {
		last = first
	}
	var ok2 bool
	n.row, n.column, ok = parseCell(first)
	n.row2, n.last2, ok2 = parseCell(last)
	return n, ok && ok2 && n.row2 >= n.row && n.last2 >= n.column
}

var cellPattern = regexp.MustCompile(`^\$?([A-Za-z]{1,3})\$?([0-9]{1,7})$`)

// parseCell reads "B2" as row and column from 0.
func parseCell(s string) (row, column int, ok bool) {
	m := cellPattern.FindStringSubmatch(s)
	if m == nil {
		return 0, 0, false
	}
	row, _ = strconv.Atoi(m[2])
	column, ok = parseColumn(m[1])
	return row - 1, column, ok && row >= 1 && row <= mostRows
}

// parseColumn reads "B" as 1.
func parseColumn(s string) (int, bool) {
	n := 0
	if len(s) == 0 || len(s) > 3 {
		return 0, false
	}
	for _, c := range strings.ToUpper(s) {
		if c < 'A' || c > 'Z' {
			return 0, false
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1, n <= mostColumns
}

// place finds a cell or named range: the name in the sheet first, then in the
// workbook.
func (b *book) place(sheet, name string) (definedName, bool) {
	key, tab := strings.ToLower(name), strings.ToLower(sheet)
	for _, scope := range []string{tab, "workbook"} {
		for _, d := range b.names {
			if d.name == key && d.scope == scope {
				return d, true
			}
		}
	}
	if row, column, ok := parseCell(name); ok {
		return definedName{sheet: tab, row: row, column: column, row2: row, last2: column}, true
	}
	return definedName{}, false
}
