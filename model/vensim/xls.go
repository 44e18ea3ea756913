package vensim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"
)

// The records of the Excel 97-2003 binary format that hold cells, after
// Microsoft's [MS-XLS], section 2.3.
const (
	recordFormula    = 0x0006
	recordEOF        = 0x000a
	recordContinue   = 0x003c
	recordBoundSheet = 0x0085
	recordMulRK      = 0x00bd
	recordSST        = 0x00fc
	recordLabelSST   = 0x00fd
	recordNumber     = 0x0203
	recordLabel      = 0x0204
	recordString     = 0x0207
	recordRK         = 0x027e
	recordBOF        = 0x0809
)

// mostCells bounds the cells kept of one spreadsheet file.
const mostCells = 4_000_000

// readXLS reads the values of the cells of an Excel 97-2003 workbook. Named
// ranges are not read.
func readXLS(data []byte) (*book, error) {
	container, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("it is not an Excel 97-2003 workbook: %w", err)
	}
	for entry, err := container.Next(); err == nil; entry, err = container.Next() {
		if entry.Name == "Workbook" || entry.Name == "Book" {
			stream, err := io.ReadAll(io.LimitReader(entry, largest))
			if err != nil {
				return nil, err
			}
			w := &workbook{stream: stream, book: &book{}}
			if err := w.globals(); err != nil {
				return nil, err
			}
			return w.book, nil
		}
	}
	return nil, errors.New("it holds no workbook")
}

type workbook struct {
	stream  []byte
	book    *book
	strings []string
	cells   int
}

// record returns the record at an offset and where the next one starts.
func (w *workbook) record(at int) (kind int, body []byte, next int, ok bool) {
	if at < 0 || at+4 > len(w.stream) {
		return 0, nil, 0, false
	}
	kind = int(binary.LittleEndian.Uint16(w.stream[at:]))
	next = at + 4 + int(binary.LittleEndian.Uint16(w.stream[at+2:]))
	if next > len(w.stream) {
		return 0, nil, 0, false
	}
	return kind, w.stream[at+4 : next], next, true
}

// globals reads the list of sheets and the shared strings, then each sheet.
func (w *workbook) globals() error {
	kind, body, at, ok := w.record(0)
	if !ok || kind != recordBOF || len(body) < 2 || binary.LittleEndian.Uint16(body) != 0x0600 {
		return errors.New("only the format of Excel 97-2003 (BIFF8) is supported")
	}
	type sheet struct {
		name  string
		start int
	}
	var sheets []sheet
	for {
		kind, body, next, ok := w.record(at)
		if !ok || kind == recordEOF {
			break
		}
		switch kind {
		case recordBoundSheet:
			if len(body) < 8 {
				return errors.New("a sheet's record is too short")
			}
			c := &chunks{parts: [][]byte{body[6:]}}
			n, _ := c.byte()
			name, ok := c.characters(int(n))
			if !ok {
				return errors.New("a sheet's name is cut off")
			}
			sheets = append(sheets, sheet{name, int(binary.LittleEndian.Uint32(body))})
		case recordSST:
			c := &chunks{parts: [][]byte{body}}
			for {
				k, more, after, ok := w.record(next)
				if !ok || k != recordContinue {
					break
				}
				c.parts, next = append(c.parts, more), after
			}
			w.shared(c)
		}
		at = next
	}
	for _, s := range sheets {
		g, err := w.sheet(s.start)
		if err != nil {
			return fmt.Errorf("sheet %q: %w", s.name, err)
		}
		w.book.add(s.name, g)
	}
	return nil
}

// shared reads the table of shared strings.
func (w *workbook) shared(c *chunks) {
	head, ok := c.bytes(8)
	if !ok {
		return
	}
	for range binary.LittleEndian.Uint32(head[4:]) {
		length, ok := c.uint16()
		if !ok {
			return
		}
		s, ok := c.characters(int(length))
		if !ok {
			return
		}
		w.strings = append(w.strings, s)
	}
}

func (w *workbook) sheet(at int) (*grid, error) {
	g := &grid{}
	set := func(row, column int, value cell) error {
		before := g.size
		err := g.set(row, column, value)
		if w.cells += g.size - before; w.cells > mostCells {
			return fmt.Errorf("the file has more than %d cells", mostCells)
		}
		return err
	}
	number := func(row, column int, v float64) error {
		return set(row, column, cell{text: strconv.FormatFloat(v, 'g', -1, 64), value: v, number: true})
	}
	kind, _, at, ok := w.record(at)
	if !ok || kind != recordBOF {
		return nil, errors.New("it does not start where the workbook says")
	}
	depth := 1
	row, column := 0, 0
	for depth > 0 {
		kind, body, next, ok := w.record(at)
		if !ok {
			return nil, errors.New("it is cut off")
		}
		at = next
		switch kind {
		case recordBOF: // an embedded chart
			depth++
			continue
		case recordEOF:
			depth--
			continue
		}
		if depth > 1 || len(body) < 6 && kind != recordString {
			continue
		}
		short := func(i int) int { return int(binary.LittleEndian.Uint16(body[i:])) }
		var err error
		if kind != recordString {
			row, column = short(0), short(2)
		}
		switch kind {
		case recordNumber:
			if len(body) >= 14 {
				err = number(row, column, math.Float64frombits(binary.LittleEndian.Uint64(body[6:])))
			}
		case recordFormula:
			// A result that is not a number has 0xffff in its last two bytes.
			if len(body) >= 14 && short(12) != 0xffff {
				err = number(row, column, math.Float64frombits(binary.LittleEndian.Uint64(body[6:])))
			}
		case recordRK:
			if len(body) >= 10 {
				err = number(row, column, rk(binary.LittleEndian.Uint32(body[6:])))
			}
		case recordMulRK:
			for i := 4; i+6 <= len(body)-2 && err == nil; i += 6 {
				err = number(row, column, rk(binary.LittleEndian.Uint32(body[i+2:])))
				column++
			}
		case recordLabelSST:
			if len(body) >= 10 {
				if i := binary.LittleEndian.Uint32(body[6:]); int64(i) < int64(len(w.strings)) {
					err = set(row, column, cell{text: w.strings[i]})
				}
			}
		case recordLabel, recordString:
			c := &chunks{parts: [][]byte{body}}
			if kind == recordLabel {
				c.bytes(6)
			}
			n, _ := c.uint16()
			if s, ok := c.characters(int(n)); ok {
				err = set(row, column, cell{text: s})
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return g, nil
}

// rk decodes Excel's short form of a number: an integer of 30 bits or the high
// part of a double, possibly times 100.
func rk(v uint32) float64 {
	var x float64
	if v&2 != 0 {
		x = float64(int32(v) >> 2)
	} else {
		x = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		x /= 100
	}
	return x
}

// chunks reads through a record and those that continue it. A string that runs
// into the next record has its width given again there.
type chunks struct {
	parts [][]byte
	at    int
}

func (c *chunks) bytes(n int) ([]byte, bool) {
	for len(c.parts) > 0 && c.at >= len(c.parts[0]) {
		c.parts, c.at = c.parts[1:], 0
	}
	if len(c.parts) == 0 || c.at+n > len(c.parts[0]) {
		return nil, false
	}
	c.at += n
	return c.parts[0][c.at-n : c.at], true
}

func (c *chunks) byte() (byte, bool) {
	b, ok := c.bytes(1)
	if !ok {
		return 0, false
	}
	return b[0], true
}

func (c *chunks) uint16() (uint16, bool) {
	b, ok := c.bytes(2)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint16(b), true
}

// characters reads the options and n characters of a string.
func (c *chunks) characters(n int) (string, bool) {
	options, ok := c.byte()
	if !ok {
		return "", false
	}
	runs, extra := 0, 0
	if options&8 != 0 {
		v, _ := c.uint16()
		runs = int(v)
	}
	if options&4 != 0 {
		b, ok := c.bytes(4)
		if !ok {
			return "", false
		}
		extra = int(binary.LittleEndian.Uint32(b))
	}
	var units []uint16
	wide := options&1 != 0
	for len(units) < n {
		if len(c.parts) > 0 && c.at >= len(c.parts[0]) {
			c.parts, c.at = c.parts[1:], 0
			option, ok := c.byte()
			if !ok {
				return "", false
			}
			wide = option&1 != 0
		}
		if wide {
			v, ok := c.uint16()
			if !ok {
				return "", false
			}
			units = append(units, v)
		} else {
			v, ok := c.byte()
			if !ok {
				return "", false
			}
			units = append(units, uint16(v))
		}
	}
	for skip := 4*runs + extra; skip > 0; {
		if len(c.parts) == 0 {
			return "", false
		}
		step := min(skip, len(c.parts[0])-c.at)
		c.at, skip = c.at+step, skip-step
		if skip > 0 {
			c.parts, c.at = c.parts[1:], 0
		}
	}
	return string(utf16.Decode(units)), true
}
