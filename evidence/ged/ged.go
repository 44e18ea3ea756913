// Package ged reads the UCDP Georeferenced Event Dataset: all final releases and
// the Candidate releases, whatever the order of their columns (Sundberg and
// Melander 2013, "Introducing the UCDP Georeferenced Event Dataset"; Hegre and
// others 2020, "Introducing the UCDP Candidate Events Dataset").
package ged

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"handover/evidence"
)

const (
	id = iota
	violence
	sideA
	sideB
	start
	end
	best
	low
	high
	dyad
	country
	countryID
	province
	district
	latitude
	longitude
	wherePrecision
	datePrecision
)

// Columns are what is read, by the newest name first.
var Columns = []evidence.Column{
	id:             {Name: "id"},
	violence:       {Name: "type_of_violence"},
	sideA:          {Name: "side_a"},
	sideB:          {Name: "side_b"},
	start:          {Name: "date_start"},
	end:            {Name: "date_end"},
	best:           {Name: "best", Also: []string{"best_est"}},
	low:            {Name: "low", Also: []string{"low_est"}},
	high:           {Name: "high", Also: []string{"high_est"}},
	dyad:           {Name: "dyad_new_id", Also: []string{"dyad_id", "dyad_dset_id"}, Optional: true},
	country:        {Name: "country", Also: []string{"gwno_name"}},
	countryID:      {Name: "country_id", Also: []string{"gwno", "gwnoloc"}, Optional: true},
	province:       {Name: "adm_1", Optional: true},
	district:       {Name: "adm_2", Optional: true},
	latitude:       {Name: "latitude", Optional: true},
	longitude:      {Name: "longitude", Optional: true},
	wherePrecision: {Name: "where_prec", Also: []string{"where_precision"}, Optional: true},
	datePrecision:  {Name: "date_prec", Also: []string{"date_precision"}, Optional: true},
}

// Release is a version of the data set.
type Release struct {
	// Version is written as UCDP does, with dots: "19.1"; "21.0.3" for the
	// Candidate release of March 2021, "21.01.21.12" for one of several months.
	Version string
	// Candidate figures may still change.
	Candidate bool
	// From and To are the months that the release covers; zero when only its rows
	// tell.
	From, To evidence.Month
}

var (
	months    = regexp.MustCompile(`(?:^|[^0-9])([0-9]{2})[._]0?([0-9]{2})[._]([0-9]{2})[._]([0-9]{2})(?:[^0-9]|$)`)
	candidate = regexp.MustCompile(`(?:^|[^0-9])([0-9]{2})[._]0[._]([0-9]{1,2})(?:[^0-9]|$)`)
	final     = regexp.MustCompile(`(?:^|[^0-9])([0-9]{1,2})[._]([0-9])(?:[^0-9]|$)`)
	joined    = regexp.MustCompile(`(?i)ged([0-9]{2})([0-9])(?:[^0-9]|$)`)
	year      = regexp.MustCompile(`(?:^|[^0-9])(20[0-9]{2})(?:[^0-9]|$)`)
)

// firstYear is the first year of the data set.
const firstYear = 1989

// ParseRelease finds the release in a file name or in what the user says:
// "GEDEvent_v24_1.csv", "ged191.csv", "19.1", "GEDEvent_v21_0_3.csv",
// "candidate 2021". It fails when no release can be made out.
func ParseRelease(text string) (Release, error) {
	number := func(s string) int {
		n, _ := strconv.Atoi(s)
		return n
	}
	isCandidate := strings.Contains(strings.ToLower(text), "candidate")
	if m := months.FindStringSubmatch(text); m != nil {
		r := Release{strings.Join(m[1:], "."), true, evidence.NewMonth(2000+number(m[1]), number(m[2])), evidence.NewMonth(2000+number(m[3]), number(m[4]))}
		if number(m[2]) < 1 || number(m[2]) > 12 || number(m[4]) < 1 || number(m[4]) > 12 || r.From > r.To {
			return Release{}, fmt.Errorf("%q names no stretch of months", text)
		}
		return r, nil
	}
	if m := candidate.FindStringSubmatch(text); m != nil && number(m[2]) >= 1 && number(m[2]) <= 12 {
		at := evidence.NewMonth(2000+number(m[1]), number(m[2]))
		return Release{fmt.Sprintf("%s.0.%d", m[1], number(m[2])), true, at, at}, nil
	}
	if isCandidate {
		if m := year.FindStringSubmatch(text); m != nil {
			y := number(m[1])
			return Release{fmt.Sprintf("%02d.01.%02d.12", y-2000, y-2000), true, evidence.NewMonth(y, 1), evidence.NewMonth(y, 12)}, nil
		}
		return Release{}, errors.New("the months of the Candidate release are not known")
	}
	m := final.FindStringSubmatch(text)
	if m == nil {
		m = joined.FindStringSubmatch(text)
	}
	if m == nil || number(m[2]) < 1 {
		return Release{}, errors.New("the release is not known")
	}
	r := Release{Version: fmt.Sprintf("%d.%s", number(m[1]), m[2])}
	// Since 17.1 a release is numbered by the year in which it appears and covers
	// the years before. Releases 1 to 5 are older and their rows tell.
	if n := number(m[1]); n >= 17 {
		r.From, r.To = evidence.NewMonth(firstYear, 1), evidence.NewMonth(2000+n-1, 12)
	}
	return r, nil
}

// Layout reads the rows of one file.
type Layout struct {
	at      []int
	release Release
}

// New makes a layout from the places of Columns in a header, as
// evidence.Columns finds them.
func New(at []int, release Release) *Layout { return &Layout{at, release} }

// Source is UCDP.
func (*Layout) Source() evidence.Source { return evidence.UCDP }

var kinds = map[string]evidence.Kind{"1": evidence.StateBased, "2": evidence.NonState, "3": evidence.OneSided}

// Read reads a row.
func (l *Layout) Read(cells []string, r *evidence.Raw) error {
	fail := func(column int, err error) error { return &evidence.CellError{Column: Columns[column].Name, Err: err} }
	cell := func(column int) string { return strings.TrimSpace(evidence.Cell(cells, l.at[column])) }
	*r = evidence.Raw{Version: l.release.Version, Provisional: l.release.Candidate, Reported: evidence.NoDay}
	var err error
	if r.ID = wholeText(cell(id)); r.ID == "" {
		return fail(id, errors.New("the id is empty"))
	}
	if r.Kind = kinds[wholeText(cell(violence))]; r.Kind == "" {
		return fail(violence, fmt.Errorf("%q is no type of violence; expected 1, 2 or 3", cell(violence)))
	}
	if r.End, err = evidence.ParseDay(cell(end)); err != nil {
		return fail(end, err)
	}
	if r.Start, err = evidence.ParseDay(cell(start)); err != nil {
		return fail(start, err)
	}
	if r.Start > r.End {
		return fail(end, fmt.Errorf("the event ends on %s, before it starts on %s", r.End, r.Start))
	}
	for _, n := range []struct {
		column int
		to     *int32
	}{{best, &r.Best}, {low, &r.Low}, {high, &r.High}} {
		if *n.to, err = evidence.CountCell(cell(n.column)); err != nil {
			return fail(n.column, err)
		}
		if *n.to == evidence.Unknown && n.column == best {
			return fail(best, errors.New("the best estimate is empty"))
		}
	}
	if r.DatePrecision, err = evidence.CodeCell(cell(datePrecision), 0, 5, 5); err != nil {
		return fail(datePrecision, err)
	}
	if r.PlacePrecision, err = evidence.CodeCell(cell(wherePrecision), 0, 7, 7); err != nil {
		return fail(wherePrecision, err)
	}
	r.ActorA, r.ActorB, r.Dyad = cell(sideA), cell(sideB), wholeText(cell(dyad))
	r.Country = cell(country)
	r.CountryCode, _ = strconv.Atoi(wholeText(cell(countryID)))
	r.Province, r.District = cell(province), cell(district)
	if r.Longitude, r.Latitude, r.HasPoint, err = evidence.PointCells(cell(longitude), cell(latitude)); err != nil {
		return fail(latitude, err)
	}
	return nil
}

// wholeText writes a number without the decimal part of zero that some releases
// give to ids.
func wholeText(s string) string {
	whole, rest, found := strings.Cut(s, ".")
	if found && strings.Trim(rest, "0") == "" {
		return whole
	}
	return s
}
