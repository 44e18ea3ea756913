// Package acled reads exports of the Armed Conflict Location & Event Data
// Project (Raleigh and others 2010, "Introducing ACLED").
package acled

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"handover/evidence"
)

const (
	id = iota
	date
	kind
	actor1
	actor2
	fatalities
	country
	iso
	admin1
	admin2
	latitude
	longitude
	timePrecision
	geoPrecision
	timestamp
)

// Columns are what is read, by the newest name first.
var Columns = []evidence.Column{
	id:            {Name: "event_id_cnty"},
	date:          {Name: "event_date"},
	kind:          {Name: "event_type"},
	actor1:        {Name: "actor1"},
	actor2:        {Name: "actor2"},
	fatalities:    {Name: "fatalities"},
	country:       {Name: "country"},
	iso:           {Name: "iso", Optional: true},
	admin1:        {Name: "admin1", Optional: true},
	admin2:        {Name: "admin2", Optional: true},
	latitude:      {Name: "latitude", Optional: true},
	longitude:     {Name: "longitude", Optional: true},
	timePrecision: {Name: "time_precision", Optional: true},
	geoPrecision:  {Name: "geo_precision", Optional: true},
	timestamp:     {Name: "timestamp", Optional: true},
}

// kinds are the types of events that are violence, by the names of all versions
// of the codebook.
var kinds = map[string]evidence.Kind{
	"battles": evidence.Battle, "explosions/remote violence": evidence.Explosion, "remote violence": evidence.Explosion,
	"violence against civilians": evidence.AgainstCivilians,
}

// others are types that are no organised violence, or no violence.
var others = []string{"protests", "riots", "riots/protests", "strategic developments", "strategic development",
	"headquarters or base established", "non-violent transfer of territory"}

// Layout reads the rows of one file.
type Layout struct{ at []int }

// New makes a layout from the places of Columns in a header, as
// evidence.Columns finds them.
func New(at []int) *Layout { return &Layout{at} }

// Source is ACLED.
func (*Layout) Source() evidence.Source { return evidence.ACLED }

// Precision codes of ACLED on UCDP's scales.
var (
	timeScale = []int8{5, 1, 3, 4}
	geoScale  = []int8{7, 1, 2, 4}
)

// Read reads a row. ACLED gives one number of deaths: it is the best estimate,
// low and high stay unknown.
func (l *Layout) Read(cells []string, r *evidence.Raw) error {
	fail := func(column int, err error) error { return &evidence.CellError{Column: Columns[column].Name, Err: err} }
	cell := func(column int) string { return strings.TrimSpace(evidence.Cell(cells, l.at[column])) }
	*r = evidence.Raw{Reported: evidence.NoDay, Low: evidence.Unknown, High: evidence.Unknown}
	var err error
	if r.ID = cell(id); r.ID == "" {
		return fail(id, errors.New("the id is empty"))
	}
	what := strings.ToLower(cell(kind))
	r.Kind = kinds[what]
	if r.Kind == "" && strings.HasPrefix(what, "battle") {
		r.Kind = evidence.Battle
	}
	if r.Kind == "" {
		for _, o := range others {
			r.Other = r.Other || o == what
		}
		if !r.Other {
			return fail(kind, fmt.Errorf("%q is no type of event of ACLED's codebook", cell(kind)))
		}
	}
	if r.End, err = evidence.ParseDay(cell(date)); err != nil {
		return fail(date, err)
	}
	r.Start = r.End
	if r.Best, err = evidence.CountCell(cell(fatalities)); err != nil {
		return fail(fatalities, err)
	}
	time, err := evidence.CodeCell(cell(timePrecision), 1, 3, 0)
	if err != nil {
		return fail(timePrecision, err)
	}
	geo, err := evidence.CodeCell(cell(geoPrecision), 1, 3, 0)
	if err != nil {
		return fail(geoPrecision, err)
	}
	r.DatePrecision, r.PlacePrecision = timeScale[time], geoScale[geo]
	if t := cell(timestamp); t != "" {
		seconds, err := strconv.ParseInt(t, 10, 64)
		if err != nil || seconds < 0 || seconds > 1<<33 {
			return fail(timestamp, fmt.Errorf("%q is not a number of seconds since 1970", t))
		}
		r.Reported = evidence.Day(seconds / 86400)
	}
	r.ActorA, r.ActorB = cell(actor1), cell(actor2)
	r.Country = cell(country)
	r.CountryCode, _ = strconv.Atoi(cell(iso))
	r.Province, r.District = cell(admin1), cell(admin2)
	if r.Longitude, r.Latitude, r.HasPoint, err = evidence.PointCells(cell(longitude), cell(latitude)); err != nil {
		return fail(latitude, err)
	}
	return nil
}
