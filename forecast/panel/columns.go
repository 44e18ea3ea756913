package panel

import (
	"fmt"
	"slices"
	"strings"

	"handover/diagnostic"
)

// Columns name the columns of a file. An empty name is found by itself, when the
// file has one column with a usual name.
type Columns struct {
	Unit, Value string
}

// The usual names of columns. Month columns are listed in describeMonths.
var (
	usualUnits  = []string{"country_id", "unit", "country", "governorate", "place", "actor", "dyad_id", "dyad", "isoab"}
	usualValues = []string{"ged_best_sb", "ged_sb", "outcome", "value", "count", "deaths", "best", "events", "fatalities"}
)

// monthForm is how a file writes months.
type monthForm int

const (
	// numbered counts months from January 1980 as 1 (ViEWS).
	numbered monthForm = iota
	// dated is YYYY-MM, or a date of which only the month counts.
	dated
	// parted has the year and the month of the year in two columns.
	parted
)

// layout says where the columns of a file stand. Unit is -1 for a file of one
// series, draw is -1 for one without draws.
type layout struct {
	unit, value, draw int
	month, year       int
	form              monthForm
	names             []string
}

// series is the name of the unit in a file that has none.
const series = "series"

// find looks for the columns in a header.
func (c Columns) find(file string, names []string, draws bool) (layout, diagnostic.List) {
	l := layout{unit: -1, value: -1, draw: -1, month: -1, year: -1, names: names}
	var list diagnostic.List
	fail := func(code, subject, hint, format string, arguments ...any) {
		list = append(list, diagnostic.Diagnostic{Position: diagnostic.Position{File: file, Line: 1}, Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...), Hint: hint})
	}
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			fail("column-twice", n, "", "there are two columns of this name")
		}
	}
	find := func(flag, wanted string, usual []string) int {
		if wanted != "" {
			i := slices.Index(names, wanted)
			if i < 0 {
				hint := diagnostic.DidYouMean(wanted, names)
				if hint == "" {
					hint = "the columns are " + strings.Join(names, ", ")
				}
				fail("no-column", wanted, hint, "there is no such column")
			}
			return i
		}
		var found []string
		for _, n := range names {
			if slices.Contains(usual, n) {
				found = append(found, n)
			}
		}
		switch len(found) {
		case 0:
			return -1
		case 1:
			return slices.Index(names, found[0])
		}
		fail("which-column", "", fmt.Sprintf("name it with --%s", flag), "the %s may be in the column %s", flag, strings.Join(found, " or "))
		return -1
	}
	before := len(list)
	l.value = find("value", c.Value, usualValues)
	if l.value < 0 && len(list) == before {
		fail("no-column", "", "name it with --value", "no column has a usual name for counts (%s); the columns are %s", strings.Join(usualValues, ", "), strings.Join(names, ", "))
	}
	l.unit = find("unit", c.Unit, usualUnits)
	at := func(name string) int { return slices.Index(names, name) }
	switch {
	case at("month_id") >= 0:
		l.month, l.form = at("month_id"), numbered
	case at("month") >= 0 && at("year") >= 0:
		l.month, l.year, l.form = at("month"), at("year"), parted
	case at("month") >= 0:
		l.month, l.form = at("month"), dated
	case at("date") >= 0:
		l.month, l.form = at("date"), dated
	default:
		fail("no-column", "month", "", "no column says the month: expected month_id (1 is January 1980), month (2018-01), date, or year and month; the columns are %s", strings.Join(names, ", "))
	}
	if draws {
		if l.draw = at("draw"); l.draw < 0 {
			fail("no-column", "draw", "", "there is no column draw: this is no file of forecasts; the columns are %s", strings.Join(names, ", "))
		}
	}
	return l, list
}

// needed are the columns that are read.
func (l layout) needed() []int {
	out := []int{l.month, l.value}
	for _, i := range []int{l.unit, l.year, l.draw} {
		if i >= 0 {
			out = append(out, i)
		}
	}
	return out
}
