package casefile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"handover/diagnostic"
)

// Bounds on a data table.
const (
	mostColumns = 256
	mostRows    = 200_000
)

// Columns that every data table has.
const (
	sourceColumn     = "source"
	confidenceColumn = "confidence"
)

// Column returns the index of a column by name, or -1.
func (t *Table) Column(name string) int { return slices.Index(t.Columns, name) }

// readTables reads all files data/*.csv.
func (l *loader) readTables() {
	entries, err := fs.ReadDir(l.fsys, TablesFolder)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.fail(diagnostic.Position{File: TablesFolder}, "unreadable", "", "", "the folder cannot be read: %v", reason(err))
		}
		return
	}
	n := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".csv") {
			continue
		}
		if n++; n > MostTables {
			l.fail(diagnostic.Position{File: TablesFolder}, "too-large", "", "", "the folder has more than %d tables", MostTables)
			return
		}
		name := path.Join(TablesFolder, e.Name())
		l.c.Tables[name] = &Table{Path: name}
		if data := l.read(name, MostCSV); data != nil {
			t, list := parseTable(name, data)
			l.list = append(l.list, list...)
			l.c.Tables[name] = t
		}
	}
}

// parseTable reads a CSV file after RFC 4180 with a header line. The table
// holds what could be read.
func parseTable(name string, data []byte) (*Table, diagnostic.List) {
	t := &Table{Path: name}
	var list diagnostic.List
	fail := func(line, column int, code, subject, hint, format string, arguments ...any) {
		list = append(list, diagnostic.Diagnostic{Position: diagnostic.Position{File: name, Line: line, Column: column}, Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...), Hint: hint})
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if p, bad := notText(name, data); bad {
		return t, diagnostic.List{p}
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	ragged := 0
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			fail(wrong.Line, wrong.Column, "csv-syntax", "", "", "not valid CSV: %v", wrong.Err)
			return t, list
		}
		if err != nil {
			fail(0, 0, "csv-syntax", "", "", "not valid CSV: %v", err)
			return t, list
		}
		line, _ := r.FieldPos(0)
		if t.Columns == nil {
			if len(row) > mostColumns {
				fail(line, 0, "too-large", "", "", "the table has %d columns; at most %d are allowed", len(row), mostColumns)
				return t, list
			}
			t.Columns = row
			checkHeader(t, line, fail)
			continue
		}
		if len(row) != len(t.Columns) {
			if ragged++; ragged <= 20 {
				fail(line, 0, "ragged-row", "", "put quotes round a cell that holds a comma", "the row has %d cells; the header has %d", len(row), len(t.Columns))
			}
			continue
		}
		if len(t.Rows) == mostRows {
			fail(line, 0, "too-large", "", "", "the table has more than %d rows", mostRows)
			return t, list
		}
		for _, column := range []string{sourceColumn, confidenceColumn} {
			if i := t.Column(column); i >= 0 && strings.TrimSpace(row[i]) == "" {
				l, c := r.FieldPos(i)
				fail(l, c, "no-value", column, "say where the row comes from and how far to trust it", "the cell is empty; every row carries its source and confidence")
			}
		}
		t.Rows = append(t.Rows, row)
		t.lines = append(t.lines, line)
	}
	if t.Columns == nil {
		fail(0, 0, "empty-file", "", "", "the table has no header line")
	}
	return t, list
}

func checkHeader(t *Table, line int, fail func(int, int, string, string, string, string, ...any)) {
	seen := map[string]bool{}
	for i, c := range t.Columns {
		if strings.TrimSpace(c) != c || c == "" {
			fail(line, 0, "column", c, "", "column %d has an empty name, or spaces round it", i+1)
		}
		if seen[c] {
			fail(line, 0, "duplicate-key", c, "", "two columns have the same name")
		}
		seen[c] = true
		if what := forbidden(c); what != "" {
			fail(line, 0, "forbidden-column", c, "remove the column: the smallest place of a case is a governorate, the smallest actor a bloc",
				"a data table may not hold %s", what)
		}
	}
	for _, c := range []string{sourceColumn, confidenceColumn} {
		if !seen[c] {
			fail(line, 0, "missing-column", c, diagnostic.DidYouMean(c, t.Columns), "the required column is missing")
		}
	}
}

// Words that give away a column with places finer than a governorate, or with
// persons. A single word forbids a column that has it among its words; a
// phrase forbids the column of exactly that name, since for example "person"
// alone stands for a name and "cost per person" does not.
var (
	placeWords    = []string{"lat", "latitude", "lon", "lng", "longitude", "coordinate", "coordinates", "coord", "coords", "geohash", "mgrs", "utm", "wkt", "wkb", "geometry", "geom", "gps"}
	placePhrases  = []string{"x", "y", "point", "geo", "location exact", "village", "street", "address", "postcode", "zip"}
	personWords   = []string{"surname", "forename", "firstname", "lastname", "fullname", "email", "phone", "telephone", "passport", "birthdate", "birthday", "patronymic"}
	personPhrases = []string{"person", "person name", "person id", "first name", "last name", "full name", "given name", "family name", "middle name", "date of birth", "birth date", "national id", "id number", "home address", "postal address", "street address", "leader", "commander", "leader name", "commander name", "individual"}
)

const aboutPersons = "fields about persons"

// forbidden says what a column of this name would hold that a case must not,
// or "".
func forbidden(column string) string {
	words := strings.FieldsFunc(splitCamel(column), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	phrase := strings.Join(words, " ")
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	switch {
	case has(placeWords) || slices.Contains(placePhrases, phrase) || slices.Contains(words, "address"):
		return "coordinates or addresses"
	case has(personWords) || slices.Contains(personPhrases, phrase):
		return aboutPersons
	}
	return ""
}

// splitCamel separates words written like firstName and lowers their case.
func splitCamel(s string) string {
	var b strings.Builder
	lower := false
	for _, r := range s {
		if unicode.IsUpper(r) && lower {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// cell returns the number in a cell, or reports it.
func (l *loader) cell(t *Table, row, column int) (float64, bool) {
	text := strings.TrimSpace(t.Rows[row][column])
	p := diagnostic.Position{File: t.Path, Line: t.lines[row]}
	if !decimal.MatchString(text) {
		l.fail(p, "number", t.Columns[column], "write digits with a point for decimals; 0 when there are none", "found %q, expected a number, since case.yaml adds the column up", shorten(text))
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		l.fail(p, "number", t.Columns[column], "", "the number %s is too large", text)
		return 0, false
	}
	return x, true
}
