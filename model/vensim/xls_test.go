package vensim

import (
	"encoding/binary"
	"math"
	"testing"
)

// record writes one record of the binary format.
func record(kind int, body ...byte) []byte {
	head := binary.LittleEndian.AppendUint16(nil, uint16(kind))
	return append(binary.LittleEndian.AppendUint16(head, uint16(len(body))), body...)
}

func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// place is the row, column and format of a cell.
func place(row, column byte) []byte { return []byte{row, 0, column, 0, 0, 0} }

// workbookStream is a workbook of one sheet "S" with a cell of each kind. The
// second shared string, "wide", changes its width where its record ends.
func workbookStream() []byte {
	bof := record(recordBOF, 0, 6, 5, 0)
	shared := join(
		record(recordSST, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 'a', 'b', 4, 0, 0, 'w', 'i'),
		record(recordContinue, 1, 'd', 0, 0xe4, 0))
	bound := func(start int) []byte {
		return record(recordBoundSheet, append(binary.LittleEndian.AppendUint32(nil, uint32(start)), 0, 0, 1, 0, 'S')...)
	}
	double := func(v float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)) }
	rk := func(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }
	start := len(bof) + len(bound(0)) + len(shared) + len(record(recordEOF))
	return join(bof, bound(start), shared, record(recordEOF),
		bof,
		record(recordNumber, join(place(0, 0), double(1.5))...),
		record(recordRK, join(place(0, 1), rk(uint32(250<<2|3)))...),
		record(recordMulRK, join([]byte{1, 0, 0, 0}, []byte{0, 0}, rk(7<<2|2), []byte{0, 0}, rk(uint32(math.Float64bits(0.75)>>32)), []byte{1, 0})...),
		record(recordLabelSST, join(place(2, 0), rk(1))...),
		record(recordFormula, join(place(2, 1), double(-4), make([]byte, 6))...),
		record(recordFormula, join(place(2, 2), []byte{0, 0, 0, 0, 0, 0, 0xff, 0xff}, make([]byte, 6))...),
		record(recordString, 2, 0, 0, 'o', 'k'),
		record(recordEOF))
}

func TestXLS(t *testing.T) {
	w := &workbook{stream: workbookStream(), book: &book{}}
	if err := w.globals(); err != nil {
		t.Fatal(err)
	}
	g := w.book.sheets["s"]
	if g == nil {
		t.Fatal(w.book.sheets)
	}
	for _, c := range []struct {
		row, column int
		text        string
		value       float64
		number      bool
	}{
		{0, 0, "1.5", 1.5, true}, {0, 1, "2.5", 2.5, true}, {1, 0, "7", 7, true}, {1, 1, "0.75", 0.75, true},
		{2, 0, "widä", 0, false}, {2, 1, "-4", -4, true}, {2, 2, "ok", 0, false}, {3, 0, "", 0, false},
	} {
		if got := g.at(c.row, c.column); got != (cell{c.text, c.value, c.number}) {
			t.Errorf("row %d column %d: got %+v", c.row, c.column, got)
		}
	}
}

func FuzzXLS(f *testing.F) {
	f.Add(workbookStream())
	f.Fuzz(func(t *testing.T, stream []byte) {
		w := &workbook{stream: stream, book: &book{}}
		_ = w.globals()
		if w.cells > mostCells+mostColumns {
			t.Fatal(w.cells)
		}
	})
}

func TestCells(t *testing.T) {
	for text, want := range map[string][2]int{"A1": {0, 0}, "$C$10": {9, 2}, "aa2": {1, 26}, "XFD1048576": {1<<20 - 1, 1<<14 - 1}} {
		row, column, ok := parseCell(text)
		if !ok || row != want[0] || column != want[1] {
			t.Errorf("%s: got %d, %d, %v", text, row, column, ok)
		}
	}
	for _, text := range []string{"", "A", "A0", "XFE1", "value1", "A1048577", "1A"} {
		if _, _, ok := parseCell(text); ok {
			t.Errorf("%q was read as a cell", text)
		}
	}
	if got := cellName(9, 26); got != "AA10" {
		t.Errorf("got %s", got)
	}
}
