package casefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"time"

	"handover/diagnostic"
	"handover/model"
)

// With returns a copy of the case in which the strategy takes the place of the
// one with its id, or comes last. It is checked as if it stood in a file of its
// own; positions in the list are in that file. The case is nil when there is a
// mistake. Hash becomes that of the case with the strategy; Model is shared.
func (c *Case) With(s Strategy) (*Case, diagnostic.List) {
	text := "strategies:\n" + s.YAML("  ")
	l := &loader{files: map[string][]byte{StrategiesName: []byte(text)}}
	d := parseDocument(StrategiesName, []byte(text))
	var file StrategyFile
	d.decode(&file)
	l.list = append(l.list, d.list...)
	drafted := *c
	drafted.Strategies = file.Strategies
	drafted.places = nil
	l.c, l.strategies, l.months = &drafted, d, true
	if d.root != nil {
		l.checkStrategies()
	}
	if l.list.Errors() > 0 || len(file.Strategies) != 1 {
		l.list.Sort()
		return nil, l.list
	}
	drafted.Strategies = make([]Strategy, 0, len(c.Strategies)+1)
	replaced := false
	for _, old := range c.Strategies {
		if old.ID == s.ID {
			old, replaced = file.Strategies[0], true
		} else if strings.EqualFold(old.ID, s.ID) {
			return nil, diagnostic.List{{Position: diagnostic.Position{File: StrategiesName}, Code: "duplicate-name", Subject: s.ID,
				Message: fmt.Sprintf("the id %s is used, but for upper and lower case", old.ID), Hint: "choose another id"}}
		}
		drafted.Strategies = append(drafted.Strategies, old)
	}
	if !replaced {
		drafted.Strategies = append(drafted.Strategies, file.Strategies[0])
	}
	b := drafted.compose(drafted.Strategy(s.ID), func(string, string) diagnostic.Position {
		return diagnostic.Position{File: StrategiesName}
	})
	if !slices.ContainsFunc(c.Strategies, file.Strategies[0].differsInHeight) {
		b.list = append(b.list, model.Check(b.m)...)
	}
	// What is said of the model itself was said when the case was read.
	for _, x := range b.list {
		if x.Severity != diagnostic.Warning {
			x.Subject = strings.TrimPrefix(s.ID+": "+x.Subject, s.ID+": "+s.ID+": ")
			l.list = append(l.list, x)
		}
	}
	if l.list.Errors() > 0 {
		l.list.Sort()
		return nil, l.list
	}
	drafted.drafted, drafted.composed = s.ID, b.m
	drafted.Hash = hash(map[string][]byte{"case": []byte(c.Hash), StrategiesName: []byte(text)})
	return &drafted, nil
}

// differsInHeight says whether a strategy differs from another one in nothing but
// its names and the values of its levers' points. Then its model has the same
// equations but for these numbers, and what was found when the other one was
// checked holds.
func (s Strategy) differsInHeight(other Strategy) bool {
	form := func(s Strategy) Strategy {
		s.ID, s.Name, s.Short, s.Description = "", "", "", ""
		s.Levers = slices.Clone(s.Levers)
		for i := range s.Levers {
			flat := make([][]float64, len(s.Levers[i].Points))
			for k, p := range s.Levers[i].Points {
				flat[k] = slices.Clone(p)
				if len(p) == 2 {
					flat[k][1] = p[1] - p[1] // 0, or NaN for what is not finite and equals nothing
				}
			}
			s.Levers[i].Points = flat
		}
		return s
	}
	return reflect.DeepEqual(form(s), form(other))
}

// Append adds a strategy with a new id to the strategies.yaml of a case folder
// and returns the file's new text, with every line that was there, and the case
// that the folder holds once the file is written. It writes nothing. Without
// mistakes of the strategy, the list says why the file cannot be added to.
func Append(fsys fs.FS, s Strategy) ([]byte, *Case, diagnostic.List) {
	refuse := func(code, message, hint string) ([]byte, *Case, diagnostic.List) {
		return nil, nil, diagnostic.List{{Position: diagnostic.Position{File: StrategiesName}, Code: code, Subject: s.ID, Message: message, Hint: hint}}
	}
	before, list := Load(fsys)
	if before == nil {
		return nil, nil, list
	}
	for _, old := range before.Strategies {
		if strings.EqualFold(old.ID, s.ID) {
			return refuse("duplicate-name", fmt.Sprintf("there is a strategy %s already", old.ID), "choose another id")
		}
	}
	if _, list := before.With(s); list.Errors() > 0 {
		return nil, nil, list
	}
	return appended(fsys, before, StrategiesName, "strategies", s.ID, s.YAML, func(after *Case) bool {
		return len(after.Strategies) == len(before.Strategies)+1 && reflect.DeepEqual(after.Strategies[:len(before.Strategies)], before.Strategies)
	})
}

// appended adds an item to the list of a file of a case folder, which is made when
// there is none, and returns the file's text and the case that it makes. Same says
// whether nothing else has changed in it.
func appended(fsys fs.FS, before *Case, file, key, id string, item func(indent string) string, same func(after *Case) bool) ([]byte, *Case, diagnostic.List) {
	data := []byte(key + ":\n")
	if _, err := fs.Stat(fsys, file); !errors.Is(err, fs.ErrNotExist) {
		var problem *diagnostic.Diagnostic
		if data, problem = readBounded(fsys, file, MostYAML); problem != nil {
			return nil, nil, diagnostic.List{*problem}
		}
	}
	indent := strings.Repeat(" ", listIndent(data))
	text := bytes.Clone(data)
	if n := len(text); n > 0 && text[n-1] != '\n' {
		text = append(text, '\n')
	}
	text = append(text, item(indent)...)
	after, list := Load(overlay{fsys, file, text})
	if after == nil && list.Errors() > 0 {
		return nil, nil, list
	}
	if after == nil || !same(after) {
		return nil, nil, diagnostic.List{{Position: diagnostic.Position{File: file}, Code: "not-added", Subject: id,
			Message: "the file is written in a way that cannot be added to by program", Hint: "write its " + key + " as a list with one dash an item, at the end of the file"}}
	}
	return text, after, list
}

// listIndent is by how much the items of a file's list are indented.
func listIndent(data []byte) int {
	for line := range strings.SplitSeq(string(data), "\n") {
		if rest := strings.TrimLeft(line, " "); strings.HasPrefix(rest, "- ") {
			return len(line) - len(rest)
		}
	}
	return 2
}

// YAML writes a strategy as an item of the list in strategies.yaml, every line
// after the indent.
func (s *Strategy) YAML(indent string) string {
	var b strings.Builder
	line := func(depth int, dash bool, key, value string) {
		b.WriteString(indent + strings.Repeat("    ", depth))
		if dash {
			b.WriteString("- ")
		} else {
			b.WriteString("  ")
		}
		b.WriteString(key + ":")
		if value != "" {
			b.WriteString(" " + value)
		}
		b.WriteByte('\n')
	}
	optional := func(depth int, key, value string) {
		if value != "" {
			line(depth, false, key, scalar(value))
		}
	}
	line(0, true, "id", scalar(s.ID))
	line(0, false, "name", scalar(s.Name))
	line(0, false, "short", scalar(s.Short))
	line(0, false, "description", scalar(s.Description))
	if len(s.Variables) > 0 {
		line(0, false, "variables", "")
		for _, v := range s.Variables {
			line(1, true, "name", scalar(v.Name))
			line(1, false, "expression", scalar(v.Expression))
			optional(1, "initial", v.Initial)
			optional(1, "units", v.Units)
			line(1, false, "meaning", scalar(v.Meaning))
		}
	}
	if len(s.Gates) > 0 {
		line(0, false, "gates", "")
		for _, g := range s.Gates {
			line(1, true, "name", scalar(g.Name))
			line(1, false, "close", scalar(g.Close))
			optional(1, "open", g.Open)
			line(1, false, "evidence", numeral(g.Evidence))
			line(1, false, "meaning", scalar(g.Meaning))
		}
	}
	if s.Clock != nil {
		line(0, false, "clock", "")
		line(1, false, "name", scalar(s.Clock.Name))
		var paused []string
		for _, name := range s.Clock.Paused {
			paused = append(paused, scalar(name))
		}
		line(1, false, "paused", "["+strings.Join(paused, ", ")+"]")
	}
	if len(s.Levers) > 0 {
		line(0, false, "levers", "")
		for _, v := range s.Levers {
			line(1, true, "variable", scalar(v.Variable))
			if len(v.Points) > 0 {
				var points []string
				for _, p := range v.Points {
					var numbers []string
					for _, x := range p {
						numbers = append(numbers, numeral(x))
					}
					points = append(points, "["+strings.Join(numbers, ", ")+"]")
				}
				line(1, false, "points", "["+strings.Join(points, ", ")+"]")
			}
			optional(1, "interpolation", v.Interpolation)
			if v.Calendar {
				line(1, false, "calendar", "true")
			}
			optional(1, "expression", v.Expression)
		}
	}
	return b.String()
}

// scalar quotes a text for YAML, of which JSON's strings are a part.
func scalar(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return `""` // a string has no way to fail
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// overlay is a folder with one file replaced.
type overlay struct {
	fs.FS
	name string
	data []byte
}

// Open opens a file of the folder.
func (o overlay) Open(name string) (fs.File, error) {
	if name == o.name {
		return &memoryFile{Reader: bytes.NewReader(o.data), name: name}, nil
	}
	return o.FS.Open(name)
}

// memoryFile is a file in memory.
type memoryFile struct {
	*bytes.Reader
	name string
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memoryFile) Close() error               { return nil }
func (f *memoryFile) Name() string               { return f.name }
func (f *memoryFile) Mode() fs.FileMode          { return 0o444 }
func (f *memoryFile) ModTime() time.Time         { return time.Time{} }
func (f *memoryFile) IsDir() bool                { return false }
func (f *memoryFile) Sys() any                   { return nil }
