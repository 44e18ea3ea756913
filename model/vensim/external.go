package vensim

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"handover/model"
)

type external int

const (
	externalOther external = iota
	externalData
	externalConstants
	externalLookups
)

// externalKind lists the functions that read files.
var externalKind = map[string]external{
	"get_xls_data": externalData, "get_direct_data": externalData,
	"get_xls_constants": externalConstants, "get_direct_constants": externalConstants,
	"get_xls_lookups": externalLookups, "get_direct_lookups": externalLookups,
	"get_123_data": externalOther, "get_123_constants": externalOther, "get_123_lookups": externalOther,
	"get_vdf_data": externalOther, "get_vdf_constants": externalOther, "get_vdf_lookups": externalOther,
	"get_odbc_data": externalOther, "get_odbc_constants": externalOther, "get_odbc_lookups": externalOther,
}

// texts returns the arguments of a call, all of which must be text in single
// quotes.
func (r *reader) texts(a *apply, subject, usage string, n int) ([]string, bool) {
	list := make([]string, 0, n)
	for _, x := range a.arguments {
		if t, ok := x.(*text); ok {
			list = append(list, t.value)
		}
	}
	if len(list) != n || len(a.arguments) != n {
		r.fail(int(a.At), "arguments", subject, "", "expected %s", usage)
		return nil, false
	}
	return list, true
}

// external adds the equations of a piece that reads a file.
func (r *reader) external(s *scope, a *apply) {
	if !r.afford(s, s.size()) {
		return
	}
	name := strings.ToUpper(a.name.display)
	failed := func(file string, err error) {
		r.fail(int(a.At), "file", s.v.name, "", "%q cannot be used: %v", file, err)
	}
	switch externalKind[a.name.key] {
	case externalOther:
		r.fail(int(a.At), "unsupported", s.v.name, "", "the function %s is not supported", name)
	case externalConstants:
		t, ok := r.texts(a, s.v.name, name+"('file', 'tab', 'cell')", 3)
		if !ok {
			return
		}
		values, err := r.constants(s, t)
		if err != nil {
			failed(t[0], err)
			return
		}
		s.each(func(i int, names []string) bool {
			s.v.out.Equations = append(s.v.out.Equations, model.Equation{Elements: names, Text: r.data[s.p.from:s.p.end],
				Position: r.position(s.p.from), Expression: &model.Number{Value: values[i]}})
			return true
		})
	default:
		t, ok := r.texts(a, s.v.name, name+"('file', 'tab', 'time row or column', 'first cell')", 4)
		if !ok {
			return
		}
		list, err := r.rows(s, t)
		if err != nil {
			failed(t[0], err)
			return
		}
		s.each(func(i int, names []string) bool {
			if s.v.lookup {
				g, err := list[i].graph()
				if err != nil {
					failed(t[0], err)
					return false
				}
				g.Position = r.position(s.p.from)
				s.v.out.Equations = append(s.v.out.Equations, model.Equation{Elements: names, Text: r.data[s.p.from:s.p.end],
					Position: r.position(s.p.from), Graph: g})
				return true
			}
			if err := s.series(names, list[i]); err != nil {
				failed(t[0], err)
				return false
			}
			return true
		})
	}
}

// sheet opens the table in which a reference to a file lies.
func (r *reader) sheet(file, tab, name string) (b *book, g *grid, place definedName, err error) {
	if b, err = r.bookNamed(file, tab); err != nil {
		return
	}
	in := tab
	if g = b.sheets[""]; g != nil {
		in = ""
	}
	place, ok := b.place(in, name)
	if !ok {
		return nil, nil, place, fmt.Errorf("%q is neither a cell nor a named range", name)
	}
	if g = b.sheets[place.sheet]; g == nil {
		return nil, nil, place, fmt.Errorf("it has no sheet %q", tab)
	}
	return b, g, place, nil
}

// constants reads the values of a piece in row-major order: the last subscript
// runs across, those before it down; a "*" behind the cell swaps the two.
func (r *reader) constants(s *scope, t []string) ([]float64, error) {
	name, turned := strings.CutSuffix(strings.TrimSpace(t[2]), "*")
	_, g, at, err := r.sheet(t[0], t[1], name)
	if err != nil {
		return nil, err
	}
	across := 1
	if n := len(s.p.subscripts); n > 0 {
		for _, sub := range s.p.subscripts {
			// The last subscript that is a range runs across.
			if len(r.elementsOf(sub.key)) > 1 || r.dimensions[sub.key] != nil {
				across = len(r.elementsOf(sub.key))
			}
		}
	}
	values := make([]float64, s.size())
	for i := range values {
		row, column := i/across, i%across
		if turned {
			row, column = column, row
		}
		c := g.at(at.row+row, at.column+column)
		if !c.number {
			return nil, fmt.Errorf("found %q in cell %s, expected a number", c.text, cellName(at.row+row, at.column+column))
		}
		values[i] = c.value
	}
	return values, nil
}

func cellName(row, column int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name + strconv.Itoa(row+1)
}

// rows reads one series for each element of a piece. Time runs along a row when
// the third argument is a row's number or a flat named range, else down a
// column; the series of further elements follow beside the first.
func (r *reader) rows(s *scope, t []string) ([]*series, error) {
	b, g, first, err := r.sheet(t[0], t[1], strings.TrimSpace(t[3]))
	if err != nil {
		return nil, err
	}
	along := strings.TrimSpace(t[2])
	timeSheet := g
	timeRow, timeColumn, length := first.row, first.column, 0
	across := false
	if named, ok := b.place(t[1], along); ok && (named.row != named.row2 || named.column != named.last2) {
		across = named.row == named.row2
		timeRow, timeColumn = named.row, named.column
		length = max(named.row2-named.row, named.last2-named.column) + 1
		if timeSheet = b.sheets[named.sheet]; timeSheet == nil {
			return nil, fmt.Errorf("it has no sheet %q", named.sheet)
		}
	} else if row, err := strconv.Atoi(along); err == nil && row >= 1 {
		across, timeRow = true, row-1
	} else if column, ok := parseColumn(along); ok {
		timeColumn = column
	} else {
		return nil, fmt.Errorf("found %q for the time, expected a row's number, a column's letter or a named range", along)
	}
	if length == 0 {
		if length = len(g.rows) - first.row; across {
			length = g.width() - first.column
		}
	}
	const mostCellsRead = 50_000_000
	if length > mostCellsRead/s.size() {
		return nil, fmt.Errorf("more than %d cells would be read", mostCellsRead)
	}
	list := make([]*series, s.size())
	for i := range list {
		list[i] = &series{}
		for k := range length {
			var x, y cell
			if across {
				x, y = timeSheet.at(timeRow, timeColumn+k), g.at(first.row+i, first.column+k)
			} else {
				x, y = timeSheet.at(timeRow+k, timeColumn), g.at(first.row+k, first.column+i)
			}
			if x.number && y.number {
				list[i].x, list[i].y = append(list[i].x, x.value), append(list[i].y, y.value)
			}
		}
		if len(list[i].x) == 0 {
			return nil, fmt.Errorf("there are no numbers at %s and beside it", t[3])
		}
	}
	return list, nil
}

// subscriptNames reads GET DIRECT SUBSCRIPT('file', 'tab', 'first', 'last',
// 'prefix').
func (r *reader) subscriptNames(d *rangeEntry) ([]string, bool) {
	a := d.call
	if a.name.key != "get_direct_subscript" && a.name.key != "get_xls_subscript" {
		r.fail(int(a.At), "unknown-function", d.name.display, r.near(a.name.display, []string{"GET DIRECT SUBSCRIPT", "GET XLS SUBSCRIPT"}), "the function %q cannot define a subscript range", a.name.display)
		return nil, false
	}
	t, ok := r.texts(a, d.name.display, "GET DIRECT SUBSCRIPT('file', 'tab', 'first cell', 'last cell', 'prefix')", 5)
	if !ok {
		return nil, false
	}
	_, g, first, err := r.sheet(t[0], t[1], strings.TrimSpace(t[2]))
	if err != nil {
		r.fail(int(a.At), "file", d.name.display, "", "%q cannot be used: %v", t[0], err)
		return nil, false
	}
	row, column, ok := parseCell(strings.TrimSpace(t[3]))
	if !ok {
		row, column = first.row, first.column
		if n, err := strconv.Atoi(strings.TrimSpace(t[3])); err == nil {
			row, ok = n-1, true
		} else {
			column, ok = parseColumn(strings.TrimSpace(t[3]))
		}
	}
	if !ok || row < first.row || column < first.column || row > first.row && column > first.column {
		r.fail(int(a.At), "file", d.name.display, "", "found %q as the last cell, expected one below or to the right of %s", t[3], t[2])
		return nil, false
	}
	var names []string
	for i := first.row; i <= row && len(names) <= mostElements; i++ {
		for j := first.column; j <= column && len(names) <= mostElements; j++ {
			if c := g.at(i, j); c.text != "" {
				names = append(names, t[4]+c.text)
			}
		}
	}
	if len(names) == 0 {
		r.fail(int(a.At), "file", d.name.display, "", "%q has no text from %s to %s", path.Base(t[0]), t[2], t[3])
		return nil, false
	}
	return names, true
}
