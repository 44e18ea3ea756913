package casefile

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// Posterior is what a calibration left: draws of all its parameters together, with
// the state that the past had reached under each. A draw is used whole, never
// column by column.
type Posterior struct {
	// Columns name constants of the model, those that are arrayed by element, such
	// as "growth[North]".
	Columns []string
	// Draws hold one value a column.
	Draws [][]float64
	// Notes name what the draws hold besides, without NoteMark: parameters of
	// observations and of the past alone. NoteDraws hold one value a note.
	Notes     []string
	NoteDraws [][]float64
	// Of is the HistoryHash of the case that was calibrated.
	Of string
	// Hash is the SHA-256 of the file, in hexadecimal.
	Hash string
}

// Column is the column that holds a constant of the model, or -1. A case without a
// posterior has a nil one, which holds none.
func (p *Posterior) Column(constant string) int {
	if p == nil {
		return -1
	}
	return slices.IndexFunc(p.Columns, func(column string) bool { return SameConstant(column, constant) })
}

// PosteriorMark starts the first line of a posterior's file; the HistoryHash of
// the case that was calibrated follows it.
const PosteriorMark = "# posterior of "

// NoteMark starts the name of a column of a posterior that is not a constant of
// the model: a parameter of an observation, or one of the past alone.
const NoteMark = "note: "

// mostDraws bounds the rows of a posterior.
const mostDraws = 100_000

// readPosterior reads posterior.csv, where there is one.
func (l *loader) readPosterior() {
	if _, err := fs.Stat(l.fsys, PosteriorName); errors.Is(err, fs.ErrNotExist) {
		return
	}
	data := l.read(PosteriorName, MostPosterior)
	if data == nil {
		return
	}
	at := diagnostic.Position{File: PosteriorName, Line: 1}
	p, d := parsePosterior(data)
	if d != nil {
		l.list = append(l.list, *d)
		return
	}
	if l.c.History == nil {
		if l.history == nil {
			l.fail(at, "missing-file", "", "add "+HistoryName+", or remove "+PosteriorName, "a posterior needs %s, which says what was calibrated", HistoryName)
		}
		return
	}
	if l.c.Model == nil || l.list.Errors() > 0 {
		return
	}
	at.Line = 2
	seen := map[string]bool{}
	for _, name := range p.Columns {
		t, ok := l.resolve(at, name, name)
		if !ok {
			continue
		}
		switch {
		case t.variable.Kind != model.Constant:
			l.fail(at, "kind", name, "", "%q is %s; a posterior holds constants", t.variable.Name, kindWord(t.variable.Kind))
		case t.elements == nil && len(t.variable.Dimensions) > 0:
			l.fail(at, "subscripts", name, l.elementHint(t.variable), "%q is arrayed; name one element", t.variable.Name)
		case seen[t.key()]:
			l.fail(at, "duplicate-name", name, "remove one", "two columns have the same name")
		}
		seen[t.key()] = true
	}
	if now := l.c.historyHash(l.files); p.Of != now {
		at.Line = 1
		l.warn(at, "stale", "", "run handover calibrate again",
			"the posterior was made for another model, history or data: %s, now %s", p.Of[:min(12, len(p.Of))], now[:12])
	}
	l.c.Posterior = p
}

func parsePosterior(data []byte) (*Posterior, *diagnostic.Diagnostic) {
	fail := func(line int, code, format string, arguments ...any) (*Posterior, *diagnostic.Diagnostic) {
		return nil, &diagnostic.Diagnostic{Position: diagnostic.Position{File: PosteriorName, Line: line}, Code: code,
			Message: fmt.Sprintf(format, arguments...), Hint: "run handover calibrate to make it again"}
	}
	if bad, ok := notText(PosteriorName, data); ok {
		return nil, &bad
	}
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	of, ok := strings.CutPrefix(strings.TrimSpace(string(first)), PosteriorMark)
	if !ok {
		return fail(1, "csv-syntax", "the file does not start with %q", PosteriorMark)
	}
	p := &Posterior{Of: of}
	r := csv.NewReader(bytes.NewReader(rest))
	header, err := r.Read()
	if err != nil {
		return fail(2, "csv-syntax", "the file has no header")
	}
	var columns, notes []int
	for i, name := range header {
		if name == "log posterior" {
			continue
		}
		if note, ok := strings.CutPrefix(name, NoteMark); ok {
			notes = append(notes, i)
			p.Notes = append(p.Notes, note)
			continue
		}
		columns = append(columns, i)
		p.Columns = append(p.Columns, name)
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		line, _ := r.FieldPos(0)
		line++
		if err != nil {
			return fail(line, "csv-syntax", "not valid CSV: %v", err)
		}
		if len(p.Draws) == mostDraws {
			return fail(line, "too-large", "the file has more than %d draws", mostDraws)
		}
		for _, part := range []struct {
			from []int
			to   *[][]float64
		}{{columns, &p.Draws}, {notes, &p.NoteDraws}} {
			draw := make([]float64, len(part.from))
			for k, i := range part.from {
				x, err := strconv.ParseFloat(row[i], 64)
				if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
					return fail(line, "number", "found %q under %s, expected a number", shorten(row[i]), header[i])
				}
				draw[k] = x
			}
			*part.to = append(*part.to, draw)
		}
	}
	if len(p.Draws) == 0 || len(p.Columns) == 0 {
		return fail(2, "no-value", "the file has no draws")
	}
	sum := sha256.Sum256(data)
	p.Hash = hex.EncodeToString(sum[:])
	return p, nil
}

// HistoryHash is the SHA-256, in hexadecimal, of all that a calibration of the
// case depends on: the model, the history, its data tables and the priors.
func (c *Case) HistoryHash() string { return c.historyOf }

func (c *Case) historyHash(files map[string][]byte) string {
	used := map[string][]byte{}
	for _, o := range c.History.Observations {
		used[o.Table] = files[o.Table]
	}
	var priors []Uncertainty
	for _, name := range c.History.Calibrated {
		if u := c.uncertainty(name); u != nil {
			priors = append(priors, *u)
		}
	}
	for _, in := range c.Initial {
		used[in.Table] = files[in.Table]
	}
	// How the past is tested does not change what is drawn, and neither do words
	// about the model.
	history := *c.History
	history.Hindcast = nil // Modes are no part of the JSON
	text, err := json.Marshal(struct {
		Model   []any
		History History
		Priors  []Uncertainty
		Initial []Initial
		Base    string
	}{essence(c.Model), history, priors, c.Initial, c.BaseDate})
	if err != nil {
		panic(err) // the loader lets no number in that JSON cannot hold
	}
	used["model and history"] = text
	return hash(used)
}

// essence is what of a model determines its numbers: not names as they are
// written, units, words or places in a file.
func essence(m *model.Model) []any {
	parts := []any{m.Time.Start, m.Time.Stop, m.Time.DT, m.Time.Method}
	for _, d := range m.Dimensions {
		parts = append(parts, d.Name, d.Elements)
	}
	for _, v := range m.Variables {
		parts = append(parts, model.Canonical(v.Name), v.Kind, v.Dimensions, v.Inflows, v.Outflows, v.NonNegative, v.Queue, v.Overflow)
		if k := v.Conveyor; k != nil {
			parts = append(parts, k.Discrete, k.BatchIntegrity, k.OneAtATime, k.ExponentialLeak)
		}
		for e := range v.AllEquations() {
			parts = append(parts, e.Elements, e.Except, e.Text)
			if e.Graph != nil {
				parts = append(parts, e.Graph.X, e.Graph.Y, e.Graph.Interpolation)
			}
		}
	}
	return parts
}

// UncertaintyOf finds an uncertainty by its variable, in any spelling, or nil.
func (c *Case) UncertaintyOf(variable string) *Uncertainty { return c.uncertainty(variable) }

// Constant is the model's own value of a constant, or of one of its elements. The
// error says why there is none.
func (c *Case) Constant(name string) (float64, error) {
	variable, elements, ok := splitElement(name)
	if v := c.Model.Variable(variable); ok && v != nil && v.Kind == model.Constant && (elements == nil || len(elements) == len(v.Dimensions)) {
		if x, ok := number(c.Model, target{v, elements}); ok {
			return x, nil
		}
	}
	return 0, fmt.Errorf("%s has no number as its equation", name)
}
