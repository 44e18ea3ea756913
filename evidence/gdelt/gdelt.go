// Package gdelt reads the event files of GDELT 1.0 and 2.0: tables without a
// header, cells apart by tabs, of 57, 58 or 61 columns (Leetaru and Schrodt
// 2013, "GDELT: Global Data on Events, Location and Tone"). Only violence is
// kept: the roots 18, 19 and 20 of CAMEO.
package gdelt

import (
	"errors"
	"fmt"
	"strings"

	"handover/evidence"
)

// Columns by place, where both versions agree; from the geography on they do
// not.
const (
	id     = 0
	date   = 1
	actor1 = 5
	actor2 = 15
	root   = 28
)

// Numbers of columns.
const (
	Old    = 57 // 1.0 before April 2013
	First  = 58 // 1.0
	Second = 61 // 2.0
)

// Recognise says whether a first line is that of an event file: GDELT has no
// header. It takes a whole row of the right width that starts with a number, a
// day, its month and its year.
func Recognise(cells []string) bool {
	if len(cells) != Old && len(cells) != First && len(cells) != Second {
		return false
	}
	number := func(s string, n int) bool {
		return (n == 0 || len(s) == n) && s != "" && strings.Trim(s, "0123456789") == ""
	}
	return number(cells[0], 0) && number(cells[1], 8) && number(cells[2], 6) && number(cells[3], 4) &&
		strings.HasPrefix(cells[1], cells[2]) && strings.HasPrefix(cells[2], cells[3])
}

// Layout reads the rows of one file.
type Layout struct {
	// action is the first column of the geography of the action; latitude,
	// longitude and added follow from the version.
	action, latitude, added int
	version                 string
}

// New makes the layout of files with so many columns.
func New(columns int) (*Layout, error) {
	switch columns {
	case Old, First:
		return &Layout{49, 53, 56, "1.0"}, nil
	case Second:
		return &Layout{51, 56, 59, "2.0"}, nil
	}
	return nil, fmt.Errorf("an event file of GDELT has %d, %d or %d columns, not %d", Old, First, Second, columns)
}

// Source is GDELT.
func (*Layout) Source() evidence.Source { return evidence.GDELT }

var kinds = map[string]evidence.Kind{"18": evidence.Assault, "19": evidence.Fight, "20": evidence.MassViolence}

// Read reads a row. GDELT counts no deaths, and its precision is that of a
// machine that reads newspapers.
func (l *Layout) Read(cells []string, r *evidence.Raw) error {
	fail := func(column string, err error) error { return &evidence.CellError{Column: column, Err: err} }
	*r = evidence.Raw{Version: l.version, Low: evidence.Unknown, Best: evidence.Unknown, High: evidence.Unknown, DatePrecision: 1}
	if r.ID = cells[id]; r.ID == "" || strings.Trim(r.ID, "0123456789") != "" {
		return fail("GLOBALEVENTID", errors.New("the id is not a number"))
	}
	var err error
	if r.End, err = evidence.ParseDay(cells[date]); err != nil {
		return fail("SQLDATE", err)
	}
	r.Start = r.End
	if r.Kind = kinds[cells[root]]; r.Kind == "" {
		r.Other = true
	}
	if r.Reported, err = evidence.ParseDay(cells[l.added][:min(8, len(cells[l.added]))]); err != nil {
		return fail("DATEADDED", err)
	}
	r.ActorA, r.ActorB = cells[actor1], cells[actor2]
	switch kind := cells[l.action]; kind {
	case "0", "":
		r.PlacePrecision = 7
	case "1":
		r.PlacePrecision = 6
	case "2", "5":
		r.PlacePrecision = 4
	case "3", "4":
		r.PlacePrecision = 2
	default:
		return fail("ActionGeo_Type", fmt.Errorf("%q is no type of place", kind))
	}
	r.FIPS = cells[l.action+2]
	// The full name is "town, province, country".
	parts := strings.Split(cells[l.action+1], ",")
	if len(parts) >= 2 {
		r.Province = strings.TrimSpace(parts[len(parts)-2])
	}
	if r.Longitude, r.Latitude, r.HasPoint, err = evidence.PointCells(cells[l.latitude+1], cells[l.latitude]); err != nil {
		return fail("ActionGeo_Lat", err)
	}
	return nil
}
