package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// rows gives the rows of a table one after the other. The cells are valid until
// the next call.
type rows interface {
	next() (cells []string, line int, err error)
}

// quoted reads rows after RFC 4180: cells with the delimiter, quotes or line
// ends stand in quotes.
type quoted struct{ *csv.Reader }

func newQuoted(r io.Reader, delimiter rune, width int) quoted {
	c := csv.NewReader(r)
	c.Comma, c.ReuseRecord, c.FieldsPerRecord = delimiter, true, width
	return quoted{c}
}

func (q quoted) next() ([]string, int, error) {
	cells, err := q.Read()
	line := 0
	if len(cells) > 0 {
		line, _ = q.FieldPos(0)
	}
	return cells, line, err
}

// tabbed reads rows whose cells are apart by tabs and never quoted.
type tabbed struct {
	from  *bufio.Reader
	width int
	line  int
	cells []string
	text  strings.Builder
}

func (t *tabbed) next() ([]string, int, error) {
	t.text.Reset()
	for {
		piece, err := t.from.ReadSlice('\n')
		t.text.Write(piece)
		if err == nil || errors.Is(err, io.EOF) && t.text.Len() > 0 {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, t.line, err
		}
		if t.text.Len() > 1<<24 {
			return nil, t.line + 1, errors.New("the line is longer than 16 MB")
		}
	}
	t.line++
	line := strings.TrimRight(t.text.String(), "\r\n")
	t.cells = t.cells[:0]
	for {
		cell, rest, more := strings.Cut(line, "\t")
		t.cells = append(t.cells, cell)
		if !more {
			break
		}
		line = rest
	}
	if len(t.cells) != t.width {
		return t.cells, t.line, &csv.ParseError{StartLine: t.line, Line: t.line, Err: csv.ErrFieldCount}
	}
	return t.cells, t.line, nil
}

// split reads a header line with a delimiter.
func split(line string, delimiter rune) ([]string, error) {
	c := csv.NewReader(strings.NewReader(line))
	c.Comma = delimiter
	cells, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("the first line is not a row of cells: %w", err)
	}
	return cells, nil
}
