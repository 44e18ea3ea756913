// Package metaculus reads and writes the CSV files in which Metaculus gives
// questions and forecasts: question_data.csv and forecast_data.csv. Names of
// users, their comments and the text of questions beyond the title are not read.
package metaculus

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"handover/diagnostic"
)

// Names of the files.
const (
	QuestionFile = "question_data.csv"
	ForecastFile = "forecast_data.csv"
)

// mostMistakes is how many mistakes of the files are told.
const mostMistakes = 50

// Columns that the files must have.
var (
	questionColumns = []string{"Question ID", "Question Title", "Question Type", "Open Time", "Scheduled Close Time", "Resolution"}
	forecastColumns = []string{"Question ID", "Start Time", "End Time", "Probability Yes", "Probability Yes Per Category", "Continuous CDF"}
)

// table reads a CSV file row by row and collects what is wrong with it.
type table struct {
	file    string
	reader  *csv.Reader
	columns map[string]int
	row     []string
	line    int
	list    *diagnostic.List
}

func (t *table) fail(code, column, hint, format string, arguments ...any) {
	if len(*t.list) >= mostMistakes {
		return
	}
	*t.list = append(*t.list, diagnostic.Diagnostic{
		Position: diagnostic.Position{File: t.file, Line: t.line}, Code: code, Subject: column,
		Message: fmt.Sprintf(format, arguments...), Hint: hint,
	})
}

// full says that there are so many mistakes that reading on tells nobody more.
func (t *table) full() bool { return len(*t.list) >= mostMistakes }

// newTable reads the header; nil when it is not that of the file.
func newTable(file string, r io.Reader, needs []string, list *diagnostic.List) *table {
	t := &table{file: file, reader: csv.NewReader(r), columns: map[string]int{}, line: 1, list: list}
	t.reader.ReuseRecord = true
	header, err := t.reader.Read()
	if errors.Is(err, io.EOF) {
		t.fail("empty-file", "", "", "the file is empty")
		return nil
	}
	if err != nil {
		t.wrong(err)
		return nil
	}
	var names []string
	for i, name := range header {
		name = strings.TrimPrefix(strings.TrimSpace(name), "\ufeff")
		t.columns[name] = i
		names = append(names, name)
	}
	good := true
	for _, name := range needs {
		if _, ok := t.columns[name]; !ok {
			t.fail("missing-column", name, diagnostic.DidYouMean(name, names), "the column is missing; the file is not in the form in which Metaculus gives it")
			good = false
		}
	}
	if !good {
		return nil
	}
	return t
}

// wrong reports a row that is no CSV.
func (t *table) wrong(err error) {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		t.line = parse.StartLine
		t.fail("csv-syntax", "", "", "not valid CSV: %v", parse.Err)
		return
	}
	t.fail("unreadable", "", "", "the file cannot be read: %v", err)
}

// next reads the next row; false at the end.
func (t *table) next() bool {
	for !t.full() {
		row, err := t.reader.Read()
		if errors.Is(err, io.EOF) {
			return false
		}
		if err != nil {
			t.wrong(err)
			if parse := (*csv.ParseError)(nil); !errors.As(err, &parse) || !errors.Is(parse.Err, csv.ErrFieldCount) {
				return false
			}
			continue
		}
		t.row = row
		t.line, _ = t.reader.FieldPos(0)
		return true
	}
	return false
}

// cell is the text in a column, without spaces around it; empty for Python's
// None and for a column that the file lacks.
func (t *table) cell(column string) string {
	i, ok := t.columns[column]
	if !ok || i >= len(t.row) {
		return ""
	}
	text := strings.TrimSpace(t.row[i])
	if text == "None" {
		return ""
	}
	return text
}

// time reads an instant; zero when the cell is empty or wrong.
func (t *table) time(column string) time.Time {
	text := t.cell(column)
	if text == "" {
		return time.Time{}
	}
	x, ok := parseTime(text)
	if !ok {
		t.fail("date", column, "", "%q is no time; expected such as 2026-01-26 16:00:00+00:00", shorten(text))
	}
	return x
}

func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07:00", time.RFC3339Nano, "2006-01-02 15:04:05", time.DateOnly} {
		if x, err := time.Parse(layout, text); err == nil {
			return x.UTC().Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// number reads a number; false when the cell is wrong, which is reported.
func (t *table) number(column string) (float64, bool) {
	text := t.cell(column)
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || x-x != 0 {
		t.fail("number", column, "", "%q is no number", shorten(text))
		return 0, false
	}
	return x, true
}

// truth reads Python's True and False.
func (t *table) truth(column string) bool {
	return strings.EqualFold(t.cell(column), "true")
}

// items takes a list as Python prints it apart: numbers, None, and text in
// quotes of either kind.
func items(text string) ([]string, bool) {
	inner, ok := strings.CutPrefix(text, "[")
	if !ok {
		return nil, false
	}
	if inner, ok = strings.CutSuffix(inner, "]"); !ok {
		return nil, false
	}
	var out []string
	for rest := strings.TrimSpace(inner); rest != ""; {
		var item string
		if quote := rest[0]; quote == '\'' || quote == '"' {
			var b strings.Builder
			i := 1
			for ; i < len(rest) && rest[i] != quote; i++ {
				if rest[i] == '\\' && i+1 < len(rest) {
					i++
				}
				b.WriteByte(rest[i])
			}
			if i >= len(rest) {
				return nil, false
			}
			item, rest = b.String(), strings.TrimSpace(rest[i+1:])
			if rest != "" && rest[0] != ',' {
				return nil, false
			}
			rest = strings.TrimSpace(strings.TrimPrefix(rest, ","))
		} else {
			item, rest, _ = strings.Cut(rest, ",")
			item, rest = strings.TrimSpace(item), strings.TrimSpace(rest)
			if item == "" {
				return nil, false
			}
		}
		out = append(out, item)
	}
	return out, true
}

// numbers reads a list of numbers; a None counts as 0, as for an option that
// could not be chosen yet.
func numbers(text string) ([]float64, bool) {
	list, ok := items(text)
	if !ok {
		return nil, false
	}
	out := make([]float64, len(list))
	for i, item := range list {
		if item == "None" {
			continue
		}
		x, err := strconv.ParseFloat(item, 64)
		if err != nil || x-x != 0 {
			return nil, false
		}
		out[i] = x
	}
	return out, true
}

// shorten cuts text for a message.
func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}
