// Package finding is what an exploration leaves to its readers: tables and
// charts with the words around them, written as a folder of CSV, JSON, Parquet
// and one page that works offline.
package finding

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"handover/chart"
)

// Column is one column of a table.
type Column struct {
	// Name stands in files, Title before readers.
	Name, Title string
	// Unit of the numbers, "" for none.
	Unit string
	// Text marks a column of words.
	Text bool
	// Percent prints shares as percentages. Otherwise Decimals decimals are
	// printed, and three significant digits when it is below 0.
	Percent  bool
	Decimals int
	// Hidden columns are in files only.
	Hidden bool
}

// Head is what stands above the column: its title and unit.
func (c Column) Head() string {
	if c.Unit == "" {
		return c.Title
	}
	return c.Title + ", " + c.Unit
}

// Table is rows under columns. The first column names the row.
type Table struct {
	// ID is the name of its files.
	ID string
	// Title says the finding, Note what a row is and what an interval means.
	Title, Note string
	Columns     []Column
	// Rows hold a string or a float64 a column; NaN where there is no value.
	Rows [][]any
	// Most is how many rows are shown to readers; all when 0. Files have all.
	Most int
}

// Add appends a row. A row that does not fit the columns is a mistake of the
// program.
func (t *Table) Add(cells ...any) {
	if len(cells) != len(t.Columns) {
		panic(fmt.Sprintf("table %s: a row of %d cells under %d columns", t.ID, len(cells), len(t.Columns)))
	}
	t.Rows = append(t.Rows, cells)
}

// Figure is a chart with its words.
type Figure struct {
	// Title says the finding, Measure what is drawn, Source from what.
	Title, Measure, Source string
	Spec                   chart.Spec
}

// Finding is all that one exploration found.
type Finding struct {
	// Verb is the command that made it, Case the case's title.
	Verb, Case string
	// Title is the finding in one sentence, Lead the sentences below it.
	Title   string
	Lead    []string
	Tables  []Table
	Figures []Figure
	// Notes are limits, doubts and what was left out.
	Notes []string
	// Fingerprint ties it to what it was made from.
	Fingerprint []string
	// Files are further files of the folder, by name.
	Files map[string][]byte
}

// Cell is how a value stands before readers.
func (c Column) Cell(v any) string {
	x, ok := v.(float64)
	if !ok {
		return fmt.Sprint(v)
	}
	switch {
	case math.IsNaN(x):
		return "none"
	case math.IsInf(x, 0):
		return strings.Replace(fmt.Sprint(x), "Inf", "infinite", 1)
	case c.Percent:
		text := strconv.FormatFloat(100*x, 'f', 1, 64)
		if text == "-0.0" {
			text = "0.0"
		}
		return text + "%"
	case c.Decimals >= 0:
		return Grouped(strconv.FormatFloat(x, 'f', c.Decimals, 64))
	}
	return Number(x)
}

// Number writes three significant digits, without an exponent where it can.
func Number(x float64) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	size := int(math.Floor(math.Log10(math.Abs(x))))
	if size < -5 {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	return Grouped(strconv.FormatFloat(x, 'f', max(0, 2-size), 64))
}

// Grouped puts a comma between thousands.
func Grouped(s string) string {
	whole, rest, dot := strings.Cut(s, ".")
	from := 0
	if strings.HasPrefix(whole, "-") {
		from = 1
	}
	for i := len(whole) - 3; i > from; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + rest
	}
	return whole
}

// Shown are the columns that readers see and their rows as text.
func (t *Table) Shown() (columns []Column, rows [][]string) {
	for _, c := range t.Columns {
		if !c.Hidden {
			columns = append(columns, c)
		}
	}
	for i, r := range t.Rows {
		if t.Most > 0 && i == t.Most {
			break
		}
		var cells []string
		for k, c := range t.Columns {
			if !c.Hidden {
				cells = append(cells, c.Cell(r[k]))
			}
		}
		rows = append(rows, cells)
	}
	return columns, rows
}

func (t *Table) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	var head []string
	for _, c := range t.Columns {
		head = append(head, c.Name)
	}
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, r := range t.Rows {
		var cells []string
		for _, v := range r {
			text := fmt.Sprint(v)
			if x, ok := v.(float64); ok {
				text = ""
				if !math.IsNaN(x) {
					text = strconv.FormatFloat(x, 'g', -1, 64)
				}
			}
			cells = append(cells, text)
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// JSON is the whole finding but its charts. A number that is not finite is null.
func (f *Finding) JSON() ([]byte, error) {
	type column struct {
		Name  string `json:"name"`
		Title string `json:"title"`
		Unit  string `json:"unit,omitempty"`
	}
	type table struct {
		ID      string   `json:"id"`
		Title   string   `json:"title"`
		Note    string   `json:"note,omitempty"`
		Columns []column `json:"columns"`
		Rows    [][]any  `json:"rows"`
	}
	out := struct {
		Verb        string   `json:"verb"`
		Case        string   `json:"case"`
		Title       string   `json:"title"`
		Lead        []string `json:"lead"`
		Tables      []table  `json:"tables"`
		Notes       []string `json:"notes"`
		Fingerprint []string `json:"made_from"`
	}{f.Verb, f.Case, f.Title, f.Lead, nil, f.Notes, f.Fingerprint}
	for _, t := range f.Tables {
		o := table{ID: t.ID, Title: t.Title, Note: t.Note, Rows: [][]any{}}
		for _, c := range t.Columns {
			o.Columns = append(o.Columns, column{c.Name, c.Title, c.Unit})
		}
		for _, r := range t.Rows {
			cells := make([]any, len(r))
			for i, v := range r {
				if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
					v = nil
				}
				cells[i] = v
			}
			o.Rows = append(o.Rows, cells)
		}
		out.Tables = append(out.Tables, o)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(out)
	return b.Bytes(), err
}

// PageName is the page of a folder.
const PageName = "page.html"

// Write writes the folder, each file whole or not at all, the page last, and
// returns the page's path. Files of the same names are replaced. The same
// finding gives the same bytes.
func (f *Finding) Write(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("the folder %s cannot be made: %w", dir, err)
	}
	data, err := f.JSON()
	if err == nil {
		err = put(dir, "finding.json", data)
	}
	for i := range f.Tables {
		t := &f.Tables[i]
		for _, form := range []struct {
			end  string
			made func() ([]byte, error)
		}{{".csv", t.csv}, {".parquet", t.parquet}} {
			if err == nil {
				data, err = form.made()
			}
			if err == nil {
				err = put(dir, t.ID+form.end, data)
			}
		}
	}
	for name, data := range f.Files {
		if err == nil {
			err = put(dir, name, data)
		}
	}
	if err == nil {
		data, err = f.page()
	}
	if err == nil {
		err = put(dir, PageName, data)
	}
	return filepath.Join(dir, PageName), err
}

// put writes a file that is under its name whole or not at all.
func put(dir, name string, data []byte) (err error) {
	f, err := os.CreateTemp(dir, ".tmp-"+name+"-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", filepath.Join(dir, name), err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("%s cannot be written: %w", filepath.Join(dir, name), err)
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if runtime.GOOS != "windows" {
		if err = f.Chmod(0o644); err != nil {
			return err
		}
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	if d, err := os.Open(dir); err == nil { // a file system without such a call loses nothing else
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
