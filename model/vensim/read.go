// Package vensim reads models in the text format of Vensim (.mdl) into the
// canonical model: subscripts, mappings, exceptions, macros, lookups, data and
// constants from other files. The sketch is skipped.
package vensim

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"handover/diagnostic"
	"handover/model"
)

// largest bounds the size of a model file and of each file that it names.
const largest = 32 << 20

// Read parses a Vensim model. The file name is used in positions and, without
// its extension, as the model's name. The function open opens the files that
// the model names (spreadsheets, CSV and tab-separated files); with nil no file
// is opened and a model that needs one is an error. The model is nil when the
// text could not be understood at all; otherwise it holds what was read, and the
// list says what was not: errors for what is wrong or not supported, warnings
// for what was left out without changing results.
func Read(file string, data []byte, open func(name string) ([]byte, error)) (*model.Model, diagnostic.List) {
	r := &reader{file: file, openFile: open, model: &model.Model{OutsideNaN: true, OpenUnits: true},
		macros: map[string]*macro{}, dimensions: map[string]*model.Dimension{}, number: map[string]int{},
		elementName: map[string]string{}, family: map[string]*model.Dimension{}, variables: map[string]*variable{},
		books: map[string]*book{}, inside: map[*piece]*instance{}}
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	r.model.Name = strings.TrimSuffix(base, path.Ext(base))
	if len(data) > largest {
		r.fail(0, "size", "", "", "the file has %d bytes; at most %d are read", len(data), largest)
		return nil, r.found
	}
	r.data = decode(data)
	r.lines = lineStarts(r.data)
	r.scan()
	if len(r.pieces) == 0 && len(r.ranges) == 0 {
		if len(r.found) == 0 {
			r.fail(0, "vensim", "", "", "the file holds no equation; expected a Vensim model (name = equation ~ units ~ documentation |)")
		}
		r.found.Sort()
		return nil, r.found
	}
	r.resolveRanges()
	r.declare()
	r.time()
	r.build()
	r.finishStocks()
	r.kinds()
	r.found.Sort()
	return r.model, r.found
}

type reader struct {
	file     string
	data     string
	lines    []int
	openFile func(string) ([]byte, error)
	model    *model.Model
	found    diagnostic.List

	pieces []*piece
	ranges []*rangeEntry
	macros map[string]*macro
	method model.Method

	dimensions map[string]*model.Dimension
	// number, elementName and family give for each element its number in
	// equations, its name as written and the largest range that holds it.
	number      map[string]int
	elementName map[string]string
	family      map[string]*model.Dimension

	// variables by key; order lists them as they come, with those that macros
	// and functions add.
	variables map[string]*variable
	order     []*variable
	instances int
	// work counts the steps taken to build equations, and equations those made
	// element by element; both are bounded.
	work, equations int
	// inside tells the pieces of macros to which instance they belong.
	inside map[*piece]*instance
	stocks []*stock
	books  map[string]*book
	series map[string]*series
}

// mostWork bounds the nodes of all equations with those of macros, and
// mostEquations the equations made element by element, so that a small file
// cannot take all memory or run for hours.
const (
	mostWork      = 50_000_000
	mostEquations = 1_000_000
)

// afford reports a mistake when n more equations are more than the bound.
func (r *reader) afford(s *scope, n int) bool {
	if r.equations += n; r.equations > mostEquations {
		r.fail(s.p.name.at, "size", s.v.name, "", "the model has more than %d equations for single elements", mostEquations)
		return false
	}
	return true
}

// decode returns the text as UTF-8 with line feeds between lines. Files without the {UTF-8} mark are in the
// code page of the machine that wrote them; bytes that are not UTF-8 are read as
// Windows-1252.
func decode(data []byte) string {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.IndexByte(data, '\n') < 0 {
		data = bytes.ReplaceAll(data, []byte{'\r'}, []byte{'\n'})
	}
	if utf8.Valid(data) {
		return string(data)
	}
	const high = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
	table := []rune(high)
	var b strings.Builder
	for _, c := range data {
		switch {
		case c < 0x80:
			b.WriteByte(c)
		case c < 0xa0:
			b.WriteRune(table[c-0x80])
		default:
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

func lineStarts(s string) []int {
	starts := []int{0}
	for i := 0; i < len(s); i++ {
		if s[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// position is the line and column of a byte offset.
func (r *reader) position(at int) diagnostic.Position {
	line, ok := slices.BinarySearch(r.lines, at)
	if !ok {
		line--
	}
	if line < 0 {
		return diagnostic.Position{File: r.file}
	}
	return diagnostic.Position{File: r.file, Line: line + 1, Column: at - r.lines[line] + 1}
}

func (r *reader) add(severity diagnostic.Severity, at int, code, subject, hint, format string, arguments ...any) {
	if r.full() {
		return
	}
	r.found = append(r.found, diagnostic.Diagnostic{Position: r.position(at), Severity: severity, Code: code, Subject: subject,
		Message: fmt.Sprintf(format, arguments...), Hint: hint})
}

func (r *reader) fail(at int, code, subject, hint, format string, arguments ...any) {
	r.add(diagnostic.Error, at, code, subject, hint, format, arguments...)
}

func (r *reader) warn(at int, code, subject, format string, arguments ...any) {
	r.add(diagnostic.Warning, at, code, subject, "", format, arguments...)
}

// syntax reports a mistake in an entry; its first token names the subject.
func (r *reader) syntax(err error, tokens []token) {
	var s *syntaxError
	if !errors.As(err, &s) {
		return
	}
	subject := ""
	if len(tokens) > 0 {
		subject = tokens[0].display
	}
	r.fail(s.at, "syntax", subject, "", "%s", s.message)
}

// full reports whether enough mistakes were found; more are not reported.
func (r *reader) full() bool { return len(r.found) >= 1000 }

func (r *reader) near(name string, candidates []string) string {
	if r.full() {
		return ""
	}
	return diagnostic.DidYouMean(name, candidates)
}

// settings reads what follows the equations: the sketch is skipped; of the
// settings, the unit aliases (22:) and the integration method (15:) are used.
func (r *reader) settings(rest string) {
	_, list, ok := strings.Cut(rest, ":L<%^E!@")
	if !ok {
		if _, list, ok = strings.Cut(rest, "///---\\\\\\"); !ok {
			return
		}
	}
	offset := len(r.data) - len(list)
	for _, line := range strings.Split(list, "\n") {
		at := offset
		offset += len(line) + 1
		// The tool writes a delete character before ":L".
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "22:"):
			names := strings.Split(line[3:], ",")
			u := model.UnitDefinition{Name: strings.TrimSpace(names[0]), Position: r.position(at)}
			for _, n := range names[1:] {
				if n = strings.TrimSpace(n); n != "" && n != u.Name {
					u.Aliases = append(u.Aliases, n)
				}
			}
			if u.Name != "" && !slices.ContainsFunc(r.model.Units, func(o model.UnitDefinition) bool { return o.Name == u.Name }) {
				r.model.Units = append(r.model.Units, u)
			}
		case strings.HasPrefix(line, "15:"):
			numbers := strings.Split(line[3:], ",")
			if len(numbers) < 4 {
				continue
			}
			switch m := strings.TrimSpace(numbers[3]); m {
			case "0", "2":
			case "1":
				r.method = model.RK45
			case "5":
				r.method = model.RK4
			case "3", "4":
				r.method = model.RK2
				r.warn(at, "method", "integration method", "the integration method number %s is read as RK2 with the fixed step TIME STEP", m)
			default:
				r.fail(at, "unsupported", "integration method", "choose Euler or RK4 in the model's settings", "the integration method number %s is not supported", m)
			}
		}
	}
}
