package intake

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/evidence"
	"handover/evidence/plain"
)

// Options say what a file does not say itself.
type Options struct {
	// Version is the release of the data set; the file's name tells when empty.
	Version string
	// Columns names the columns of a plain table; nil for the known formats.
	Columns plain.Map
}

// Refusal is a row that was not stored.
type Refusal struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Report says what became of the rows of one table.
type Report struct {
	File    string `json:"file"`
	Source  string `json:"source"`
	Version string `json:"version,omitempty"`
	// Provisional says that the source may still change the figures.
	Provisional bool `json:"provisional,omitempty"`
	// Rows are all rows below the header; each is in exactly one of the next
	// five.
	Rows    int `json:"rows"`
	Kept    int `json:"kept"`
	Outside int `json:"outside_the_country"`
	Other   int `json:"no_violence"`
	Tags    int `json:"tag_rows"`
	Refused int `json:"refused"`
	// Refusals are the first refused rows; Reasons counts all by reason.
	Refusals []Refusal      `json:"refusals,omitempty"`
	Reasons  map[string]int `json:"reasons,omitempty"`
	// From and To are the months for which the table is complete, so that a month
	// without an event is a month of zero; both 0 when no row was kept and the
	// version does not tell.
	From evidence.Month `json:"-"`
	To   evidence.Month `json:"-"`
	// Warnings are doubts about the file as a whole.
	Warnings []string `json:"warnings,omitempty"`
}

// Bounds on what is remembered of a file that is wrong all over.
const (
	mostRefusals = 20
	mostReasons  = 100
	mostRagged   = 20
)

// MostRefused is the share of refused rows above which a whole file is refused:
// then the fault is not in single rows.
const MostRefused = 0.05

// Read reads the tables of a file, ties their rows to the case and hands every
// event to emit. An error of the file as a whole is a diagnostic.List; then
// nothing of it may be kept.
func Read(ctx context.Context, name string, a *evidence.Assigner, o Options, emit func(*evidence.Event) error) ([]Report, error) {
	list, file, err := parts(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var reports []Report
	for _, p := range list {
		shown := filepath.Base(name)
		if len(list) > 1 || strings.EqualFold(filepath.Ext(name), ".zip") {
			shown += "/" + p.name
		}
		r, err := readPart(ctx, shown, p, a, o, emit)
		if err != nil {
			return nil, err
		}
		reports = append(reports, *r)
	}
	return reports, nil
}

func readPart(ctx context.Context, name string, p part, a *evidence.Assigner, o Options, emit func(*evidence.Event) error) (*Report, error) {
	from, err := p.open()
	if err != nil {
		return nil, damaged(name, 0, err)
	}
	defer from.Close()
	text := &textReader{from: from}
	buffered := bufio.NewReaderSize(text, bufferSize)
	first, err := firstLine(buffered)
	if err != nil {
		return nil, damaged(name, 0, err)
	}
	f, err := recognise(name, first, o)
	if err != nil {
		return nil, err
	}
	var table rows
	if f.bare {
		table = &tabbed{from: buffered, width: f.width}
	} else {
		table = newQuoted(buffered, f.delimiter, f.width)
		if _, _, err := table.next(); err != nil { // the header
			return nil, damaged(name, 1, err)
		}
	}
	r := &Report{File: name, Source: f.layout.Source().String(), Version: f.release.Version, Provisional: f.release.Candidate, Reasons: map[string]int{}}
	if r.Version == "" {
		r.Version = o.Version
	}
	rowsAhead := newAhead(table)
	err = readRows(ctx, name, rowsAhead, f, a, r, emit)
	rowsAhead.close()
	if err != nil {
		return nil, err
	}
	if text.last != '\n' && text.last != '\r' {
		r.Warnings = append(r.Warnings, "the last line has no line end: if the file was cut short there, its last number may be too")
	}
	return r, r.judge(name)
}

// firstLine looks at the first line without taking it away.
func firstLine(b *bufio.Reader) (string, error) {
	for size := 4096; ; size *= 4 {
		size = min(size, bufferSize)
		data, err := b.Peek(size)
		if line, _, found := strings.Cut(string(data), "\n"); found || errors.Is(err, io.EOF) && len(data) > 0 {
			return line, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		if len(data) == 0 {
			return "", errors.New("the table is empty")
		}
		if size == bufferSize {
			return "", errTooLong
		}
	}
}

func readRows(ctx context.Context, name string, table rows, f format, a *evidence.Assigner, r *Report, emit func(*evidence.Event) error) error {
	var wide diagnostic.List
	var raw evidence.Raw
	var span, kept span
	source := f.layout.Source()
	for {
		cells, line, err := table.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if ragged(err) {
			if wide = append(wide, raggedRow(name, line, len(cells), f.width)); len(wide) == mostRagged {
				return wide
			}
			continue
		}
		if err != nil {
			return append(wide, list(damaged(name, line, err))...)
		}
		if r.Rows++; r.Rows%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if tagRow(cells) {
			r.Tags++
			continue
		}
		if err := f.layout.Read(cells, &raw); err != nil {
			r.refuse(line, err)
			continue
		}
		span.add(raw.End.Month())
		switch {
		case !a.Inside(source, &raw):
			r.Outside++
		case raw.Other:
			r.Other++
			kept.add(raw.End.Month())
		default:
			kept.add(raw.End.Month())
			e := a.Assign(source, &raw)
			r.Kept++
			if err := emit(&e); err != nil {
				return err
			}
		}
	}
	if len(wide) > 0 {
		return wide
	}
	r.cover(f, span, kept)
	return nil
}

// ragged says whether a row could be read and has the wrong number of cells:
// then the next one can be read too.
func ragged(err error) bool { return errors.Is(err, csv.ErrFieldCount) }

// errEnded is what reading on after the end gives; nobody does.
var errEnded = errors.New("the rows have ended")

// raggedRow reports a row of the wrong width.
func raggedRow(name string, line, cells, width int) diagnostic.Diagnostic {
	return diagnostic.Diagnostic{Position: diagnostic.Position{File: name, Line: line}, Code: "ragged-row",
		Message: fmt.Sprintf("the row has %d cells and the header %d", cells, width),
		Hint:    "the file was cut short if this is its last line; else a delimiter stands in a cell without quotes"}
}

// tagRow says whether a row holds tags of the Humanitarian Exchange Language,
// which describe columns.
func tagRow(cells []string) bool {
	tags := 0
	for _, c := range cells {
		switch {
		case strings.HasPrefix(c, "#"):
			tags++
		case c != "":
			return false
		}
	}
	return tags > 0
}

func (r *Report) refuse(line int, err error) {
	r.Refused++
	if len(r.Refusals) < mostRefusals {
		r.Refusals = append(r.Refusals, Refusal{line, err.Error()})
	}
	reason := err.Error()
	if cell := (*evidence.CellError)(nil); errors.As(err, &cell) {
		reason = cell.Column + " cannot be read"
	}
	if _, ok := r.Reasons[reason]; ok || len(r.Reasons) < mostReasons {
		r.Reasons[reason]++
	}
}

// judge refuses a table of which too many rows were refused.
func (r *Report) judge(name string) error {
	switch {
	case r.Rows-r.Tags == 0:
		return wrong(name, 0, "empty-file", "the table has a header and no rows", "")
	case float64(r.Refused) > MostRefused*float64(r.Rows):
		l := diagnostic.List{{Position: diagnostic.Position{File: name}, Code: "refused", Message: fmt.Sprintf("%d of %d rows cannot be used; above %g%% the whole file is refused", r.Refused, r.Rows, 100*MostRefused), Hint: "the first of them follow"}}
		for _, x := range r.Refusals {
			l = append(l, diagnostic.Diagnostic{Position: diagnostic.Position{File: name, Line: x.Line}, Code: "refused-row", Message: x.Reason})
		}
		return l
	}
	return nil
}

// span is a stretch of months.
type span struct {
	any      bool
	from, to evidence.Month
}

func (s *span) add(m evidence.Month) {
	if !s.any {
		s.any, s.from, s.to = true, m, m
	}
	s.from, s.to = min(s.from, m), max(s.to, m)
}

// cover finds the months for which the table is complete. A release that says
// what it covers is believed as far as its rows reach: an extract of fewer years
// must not turn the others into zeros.
func (r *Report) cover(f format, all, kept span) {
	switch {
	case !all.any:
		return
	case f.release.To == 0:
		// Only the country's own rows tell how far an extract reaches.
		if kept.any {
			r.From, r.To = kept.from, kept.to
		}
	default:
		r.From, r.To = f.release.From, f.release.To
		year := func(m evidence.Month) int { return m.Year() }
		if !f.release.Candidate && year(all.from) > year(r.From) {
			r.From = evidence.NewMonth(year(all.from), 1)
			r.Warnings = append(r.Warnings, fmt.Sprintf("the release covers months from %s and the first row is of %d: months before %s are taken as not known", f.release.From, year(all.from), r.From))
		}
		if year(all.to) < year(r.To) {
			r.To = evidence.NewMonth(year(all.to), 12)
			r.Warnings = append(r.Warnings, fmt.Sprintf("the release covers months to %s and the last row is of %d: months after %s are taken as not known", f.release.To, year(all.to), r.To))
		}
	}
}

// damaged turns a failure to read into a mistake of the file where it is one.
func damaged(name string, line int, err error) error {
	var text *notText
	var syntax *csv.ParseError
	switch {
	case errors.As(err, &text):
		return wrong(name, text.line, "not-text", "the file is not UTF-8 text from here on", "save it as UTF-8; Latin-1 and Windows code pages would spoil names")
	case errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "flate: corrupt"), strings.Contains(err.Error(), "gzip: invalid"), strings.Contains(err.Error(), "zip: "):
		return wrong(name, line, "damaged", fmt.Sprintf("the file is cut short or damaged: %v", err), "download it again")
	case errors.As(err, &syntax):
		return wrong(name, syntax.StartLine, "csv-syntax", fmt.Sprintf("the row that starts here is not valid CSV: %v", syntax.Err), "an open quote at the end means that the file was cut short")
	case line == 0 || strings.Contains(err.Error(), "longer than"):
		return wrong(name, line, "unreadable", err.Error(), "")
	}
	return fmt.Errorf("cannot read %s: %w", name, err)
}

// list is an error as diagnostics.
func list(err error) diagnostic.List {
	var l diagnostic.List
	if errors.As(err, &l) {
		return l
	}
	return diagnostic.List{{Code: "unreadable", Message: err.Error()}}
}

// SortedReasons lists the reasons of refusal, the most frequent first.
func (r *Report) SortedReasons() []string {
	return slices.SortedFunc(maps.Keys(r.Reasons), func(a, b string) int {
		if r.Reasons[a] != r.Reasons[b] {
			return r.Reasons[b] - r.Reasons[a]
		}
		return strings.Compare(a, b)
	})
}
