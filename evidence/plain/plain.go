// Package plain reads a CSV file of events whose columns the user names.
package plain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"handover/diagnostic"
	"handover/evidence"
)

// Keys are what a column can be, in the order of the documentation. The first
// two are required.
var Keys = []string{"id", "date", "date_end", "place", "district", "actor_a", "actor_b", "kind", "low", "best", "high", "country", "latitude", "longitude"}

// Map names the column of each key.
type Map map[string]string

// ParseMap reads "id=ref", "date=day" and so on.
func ParseMap(entries []string) (Map, error) {
	m := Map{}
	var problems []error
	for _, e := range entries {
		key, column, ok := strings.Cut(e, "=")
		key, column = strings.TrimSpace(key), strings.TrimSpace(column)
		switch {
		case !ok || column == "":
			problems = append(problems, fmt.Errorf("%q is not of the form key=column", e))
		case !slices.Contains(Keys, key):
			err := fmt.Errorf("there is no key %q; expected one of %s", key, strings.Join(Keys, ", "))
			if hint := diagnostic.DidYouMean(key, Keys); hint != "" {
				err = fmt.Errorf("%w (%s)", err, hint)
			}
			problems = append(problems, err)
		case m[key] != "":
			problems = append(problems, fmt.Errorf("the key %q is given twice", key))
		default:
			m[key] = column
		}
	}
	for _, key := range Keys[:2] {
		if len(entries) > 0 && m[key] == "" {
			problems = append(problems, fmt.Errorf("no column is named for %q, which is required", key))
		}
	}
	return m, errors.Join(problems...)
}

// Layout reads the rows of one file.
type Layout struct {
	at      map[string]int
	version string
}

// New finds the named columns in a header. It fails when one is missing.
func New(header []string, m Map, version string) (*Layout, error) {
	l := &Layout{at: map[string]int{}, version: version}
	var problems []error
	for _, key := range Keys {
		l.at[key] = -1
		if m[key] == "" {
			continue
		}
		if l.at[key] = slices.Index(header, m[key]); l.at[key] < 0 {
			err := fmt.Errorf("the file has no column %q, named for %s", m[key], key)
			if hint := diagnostic.DidYouMean(m[key], header); hint != "" {
				err = fmt.Errorf("%w (%s)", err, hint)
			}
			problems = append(problems, err)
		}
	}
	return l, errors.Join(problems...)
}

// Source is a plain table.
func (*Layout) Source() evidence.Source { return evidence.Table }

// Read reads a row.
func (l *Layout) Read(cells []string, r *evidence.Raw) error {
	fail := func(key string, err error) error { return &evidence.CellError{Column: key, Err: err} }
	cell := func(key string) string { return strings.TrimSpace(evidence.Cell(cells, l.at[key])) }
	*r = evidence.Raw{Version: l.version, Reported: evidence.NoDay, DatePrecision: 1, PlacePrecision: 4}
	if r.ID = cell("id"); r.ID == "" {
		return fail("id", errors.New("the id is empty"))
	}
	var err error
	if r.Start, err = evidence.ParseDay(cell("date")); err != nil {
		return fail("date", err)
	}
	r.End = r.Start
	if text := cell("date_end"); text != "" {
		if r.End, err = evidence.ParseDay(text); err != nil {
			return fail("date_end", err)
		}
		if r.End < r.Start {
			return fail("date_end", fmt.Errorf("the event ends on %s, before it starts on %s", r.End, r.Start))
		}
	}
	for _, n := range []struct {
		key string
		to  *int32
	}{{"low", &r.Low}, {"best", &r.Best}, {"high", &r.High}} {
		if *n.to, err = evidence.CountCell(cell(n.key)); err != nil {
			return fail(n.key, err)
		}
	}
	r.Kind = evidence.Reported
	if text := cell("kind"); text != "" {
		if r.Kind = evidence.Kind(text); !slices.Contains(evidence.Kinds, r.Kind) {
			return fail("kind", fmt.Errorf("%q is no kind of violence; expected one of %s", text, words(evidence.Kinds)))
		}
	}
	r.ActorA, r.ActorB = cell("actor_a"), cell("actor_b")
	r.Country, r.Province, r.District = cell("country"), cell("place"), cell("district")
	if r.Longitude, r.Latitude, r.HasPoint, err = evidence.PointCells(cell("longitude"), cell("latitude")); err != nil {
		return fail("latitude", err)
	}
	return nil
}

func words(kinds []evidence.Kind) string {
	var out []string
	for _, k := range kinds {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}
