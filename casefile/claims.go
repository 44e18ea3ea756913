package casefile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"handover/diagnostic"
	"handover/model"
)

// monthColumn is the column of months, as YYYY-MM, in a table of observations.
const monthColumn = "month"

// checkEvidence checks evidence.yaml, actors.yaml, claims.yaml and the
// spellings of places.
func (l *loader) checkEvidence() {
	l.checkSpellings()
	l.checkActors()
	l.checkIndicators()
	l.checkClaims()
}

// unread says that a file is there and could not be read, which is reported
// with it.
func (l *loader) unread(name string, d *document) bool {
	_, there := l.files[name]
	return there && d == nil
}

// checkSpellings reports a spelling that could mean two places.
func (l *loader) checkSpellings() {
	d := l.settings
	if d == nil {
		return
	}
	meant := map[string]string{}
	for _, e := range l.c.Places.Elements {
		for _, s := range []string{e.Element, e.Name} {
			if f := FoldPlace(s); f != "" && meant[f] == "" {
				meant[f] = e.Element
			}
		}
	}
	for i, e := range l.c.Places.Elements {
		for k, s := range e.Spellings {
			path := fmt.Sprintf("places.elements[%d].spellings[%d]", i, k)
			switch f := FoldPlace(s); {
			case s == "":
			case f == "":
				l.fail(d.at(path), "name", path, "", "%q has no letter or digit", s)
			case meant[f] != "" && meant[f] != e.Element:
				l.fail(d.at(path), "duplicate-name", s, "remove one", "the spelling means both %q and %q", meant[f], e.Element)
			default:
				meant[f] = e.Element
			}
		}
	}
}

func (l *loader) checkIndicators() {
	d := l.evidence
	if d == nil {
		return
	}
	c := l.c.Evidence.Country
	if d.ok("country") && d.ok("country.names") && len(c.Names) == 0 {
		l.fail(d.at("country.names"), "missing-key", "country.names", "", "no name is given; expected at least one")
	}
	if c.FIPS != "" && (len(c.FIPS) != 2 || strings.ToUpper(c.FIPS) != c.FIPS) {
		l.fail(d.at("country.fips"), "name", "country.fips", "", "%q is not a code of two capital letters", c.FIPS)
	}
	seen := map[string]int{}
	for i, s := range l.c.Evidence.EventSources {
		path := fmt.Sprintf("event_sources[%d]", i)
		if line, ok := seen[s.Source]; ok && s.Source != "" {
			l.fail(d.at(path+".source"), "duplicate-name", path+".source", "remove one", "the source is described twice; the first is on line %d", line)
		}
		seen[s.Source] = d.at(path + ".source").Line
		if s.Lag < 0 || s.Lag > 60 {
			l.fail(d.at(path+".lag"), "range", path+".lag", "", "the lag is %d months; expected 0 to 60", s.Lag)
		}
	}
	if d.ok("indicators") && len(l.c.Evidence.Indicators) == 0 {
		l.fail(d.at("indicators"), "missing-key", "indicators", "", "no indicator is given; expected at least one")
	}
	ids := map[string]int{}
	for i, n := range l.c.Evidence.Indicators {
		path := fmt.Sprintf("indicators[%d]", i)
		l.checkID(d, path, n.ID, ids)
		for k, g := range n.Groups {
			l.knownGroup(d, fmt.Sprintf("%s.groups[%d]", path, k), g)
		}
		for k, g := range n.Against {
			l.knownGroup(d, fmt.Sprintf("%s.against[%d]", path, k), g)
		}
		l.knownPlaces(d, path+".places", n.Places)
		if n.Observed != nil {
			l.checkObserved(path+".observed", *n.Observed)
		}
	}
}

// checkObserved checks that a table has one row a month and whole numbers in
// the column.
func (l *loader) checkObserved(path string, o Observed) {
	d := l.evidence
	if o.Table == "" || o.Column == "" {
		return
	}
	t := l.table(d.at(path+".table"), path+".table", o.Table)
	if t == nil || t.Columns == nil {
		return
	}
	month, column := t.Column(monthColumn), t.Column(o.Column)
	if month < 0 {
		l.fail(diagnostic.Position{File: t.Path, Line: 1}, "missing-column", monthColumn, "", "the column is missing; an observed table has one row a month, as YYYY-MM")
	}
	if column < 0 {
		l.fail(d.at(path+".column"), "unknown-name", path+".column", diagnostic.DidYouMean(o.Column, t.Columns), "the table %s has no column %q", t.Path, o.Column)
	}
	if month < 0 || column < 0 {
		return
	}
	seen := map[string]int{}
	for row := range t.Rows {
		p := diagnostic.Position{File: t.Path, Line: t.lines[row]}
		text := t.Rows[row][month]
		if _, err := time.Parse("2006-01", text); err != nil {
			l.fail(p, "date", monthColumn, "", "%q is not a month; expected YYYY-MM", shorten(text))
		} else if line, ok := seen[text]; ok {
			l.fail(p, "duplicate-name", monthColumn, "remove one", "the month %s is given twice; the first is on line %d", text, line)
		}
		seen[text] = t.lines[row]
		if cell := t.Rows[row][column]; cell != "" {
			if _, ok := wholeNumber(cell); !ok {
				l.fail(p, "number", o.Column, "leave the cell empty when the number is not known", "found %q, expected a whole number from 0", shorten(cell))
			}
		}
	}
}

// wholeNumber reads a count.
func wholeNumber(s string) (int, bool) {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' || n > 1e8 {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, s != ""
}

// Observations returns the months of an observed column, as YYYY-MM, with their
// counts, in the order of the table. Months with an empty cell are left out.
func (c *Case) Observations(o Observed) (months []string, counts []int) {
	t := c.Tables[o.Table]
	if t == nil {
		return nil, nil
	}
	month, column := t.Column(monthColumn), t.Column(o.Column)
	if month < 0 || column < 0 {
		return nil, nil
	}
	for _, row := range t.Rows {
		if n, ok := wholeNumber(row[column]); ok {
			months, counts = append(months, row[month]), append(counts, n)
		}
	}
	return months, counts
}

// knownPlaces reports names that are no places of the case.
func (l *loader) knownPlaces(d *document, path string, places []string) {
	if l.settings == nil {
		return // reported with the file
	}
	var known []string
	for _, e := range l.c.Places.Elements {
		known = append(known, e.Element)
	}
	for k, p := range places {
		at := fmt.Sprintf("%s[%d]", path, k)
		if p != "" && !slices.ContainsFunc(known, func(e string) bool { return model.Canonical(e) == model.Canonical(p) }) {
			l.fail(d.at(at), "unknown-name", at, diagnostic.DidYouMean(p, known), "%q is not a place of the case", p)
		}
	}
}

func (l *loader) checkClaims() {
	d := l.claims
	if d == nil {
		return
	}
	var indicators []string
	for _, n := range l.c.Evidence.Indicators {
		indicators = append(indicators, n.ID)
	}
	ids := map[string]int{}
	for i, c := range l.c.Claims {
		path := fmt.Sprintf("claims[%d]", i)
		l.checkID(d, path, c.ID, ids)
		l.checkDay(d, path+".date", c.Date)
		if d.ok(path+".definitions") && len(c.Definitions) == 0 {
			l.fail(d.at(path), "missing-key", path+".definitions", "", "no definition is given; expected at least one")
		}
		own := map[string]int{}
		for k, f := range c.Definitions {
			at := fmt.Sprintf("%s.definitions[%d]", path, k)
			l.checkID(d, at, f.ID, own)
			if f.Indicator != "" && !l.unread(EvidenceName, l.evidence) && !slices.Contains(indicators, f.Indicator) {
				l.fail(d.at(at+".indicator"), "unknown-name", at+".indicator", diagnostic.DidYouMean(f.Indicator, indicators), "there is no indicator %q in %s", f.Indicator, EvidenceName)
			}
			if d.ok(at+".months") && (f.Months < 1 || f.Months > 120) {
				l.fail(d.at(at+".months"), "range", at+".months", "", "the test looks back %d months; expected 1 to 120", f.Months)
			}
			if d.ok(at+".limit") && (f.Limit < 0 || f.Limit > 1e6) {
				l.fail(d.at(at+".limit"), "range", at+".limit", "", "the limit is %g; expected 0 to 1,000,000", f.Limit)
			}
			if f.Test == TestDecline && d.ok(at+".limit") && (f.Limit <= 0 || f.Limit >= 1) {
				l.fail(d.at(at+".limit"), "range", at+".limit", "", "the limit of a decline is %g; expected a share between 0 and 1", f.Limit)
			}
			if p := f.Probability; p != nil && (*p <= 0.5 || *p >= 1) {
				l.fail(d.at(at+".probability"), "range", at+".probability", "", "the probability is %g; expected one between 0.5 and 1", *p)
			}
			if len(f.Places) > 0 && f.Test != TestQuiet && f.Test != "" {
				l.fail(d.at(at+".places"), "kind", at+".places", "name the places in the indicator", "only a quiet test takes a list of places, each of which must pass")
			}
			l.knownPlaces(d, at+".places", f.Places)
		}
	}
}
