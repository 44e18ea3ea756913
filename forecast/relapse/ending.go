// Package relapse forecasts whether a war that ended comes back. Its noun is the
// Ending: a pair of opponents (dyad) that was active in one year and not in the
// next. It comes back when it is active in any of the three years after its first
// quiet one.
//
// A year is active when a source lists it; UCDP lists those with 25 battle deaths
// or more. Episodes before the first year of the source are not known, so the
// first episodes of the 1990s may have had earlier ones.
package relapse

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"handover/diagnostic"
)

// Ending is the end of an episode of a dyad.
type Ending struct {
	Dyad string
	// Last is the last active year; the year after it was quiet.
	Last int
	// Years is how many years the episode lasted without a quiet one.
	Years int
	// Earlier says that the dyad had an episode before this one.
	Earlier bool
	// Known says that the years in which it could come back are over; only then
	// does Back say whether it did.
	Known, Back bool
}

// Quiet is the first year without fighting, after which a forecast is made.
func (e Ending) Quiet() int { return e.Last + 1 }

// window is how many years after the first quiet one are watched.
const window = 3

// settled is the first year at whose end all years of the window are known.
func (e Ending) settled() int { return e.Quiet() + window }

// within are the types of conflict within a state, as UCDP numbers them: without
// and with troops of others.
var within = []string{"3", "4"}

// mostMistakes is how many mistakes of a file are listed.
const mostMistakes = 20

// Read reads endings of conflicts within states from UCDP's dyadic data set: CSV
// with the columns dyad_id, year and type_of_conflict, a row for each active year.
// Endings come by year, then by dyad. The error is a diagnostic.List with every
// mistake.
func Read(name string) ([]Ending, error) {
	f, err := os.Open(name)
	if err != nil {
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			err = path.Err
		}
		return nil, diagnostic.List{{Position: diagnostic.Position{File: name}, Code: "unreadable", Message: "cannot read it: " + err.Error()}}
	}
	defer f.Close()
	return Parse(name, f)
}

// Parse is Read of an open file; the name is for messages.
func Parse(name string, from io.Reader) ([]Ending, error) {
	var list diagnostic.List
	wrong := func(line int, code, subject, hint, format string, arguments ...any) {
		if len(list) < mostMistakes {
			list = append(list, diagnostic.Diagnostic{Position: diagnostic.Position{File: name, Line: line}, Code: code, Subject: subject, Message: fmt.Sprintf(format, arguments...), Hint: hint})
		}
	}
	r := csv.NewReader(bufio.NewReader(from))
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		wrong(1, "csv", "", "", "cannot read the header: %s", err)
		return nil, list
	}
	names := slices.Clone(header)
	names[0] = strings.TrimPrefix(names[0], "\ufeff")
	columns := map[string]int{}
	for _, need := range []string{"dyad_id", "year", "type_of_conflict"} {
		columns[need] = slices.Index(names, need)
		if columns[need] < 0 {
			wrong(1, "no-column", need, "expected UCDP's dyadic data set, with the columns dyad_id, year and type_of_conflict", "there is no such column; the columns are %s", strings.Join(names, ", "))
		}
	}
	if len(list) > 0 {
		return nil, list
	}
	active := map[string]map[int]int{}
	last := 0
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			wrong(0, "csv", "", "", "%s", err)
			break
		}
		line, _ := r.FieldPos(0)
		dyad, text := record[columns["dyad_id"]], record[columns["year"]]
		year, err := strconv.Atoi(text)
		switch {
		case dyad == "":
			wrong(line, "dyad", "dyad_id", "", "the row has no dyad")
			continue
		case err != nil || year < 1800 || year > 2200:
			wrong(line, "year", "year", "", "%q is no year", text)
			continue
		}
		last = max(last, year)
		if !slices.Contains(within, record[columns["type_of_conflict"]]) {
			continue
		}
		if active[dyad] == nil {
			active[dyad] = map[int]int{}
		}
		if before := active[dyad][year]; before > 0 {
			wrong(line, "twice", dyad, "give each dyad one row a year", "the dyad has a row of %d before, in line %d", year, before)
		}
		active[dyad][year] = line
	}
	var out []Ending
	for dyad, years := range active {
		out = append(out, endings(dyad, years, last)...)
	}
	if len(list) == 0 && len(out) == 0 {
		wrong(0, "no-rows", "", "", "the file holds no conflict within a state that ended")
	}
	slices.SortFunc(out, compare)
	return out, list.Err()
}

func compare(a, b Ending) int {
	if a.Last != b.Last {
		return a.Last - b.Last
	}
	x, errX := strconv.Atoi(a.Dyad)
	y, errY := strconv.Atoi(b.Dyad)
	if errX == nil && errY == nil && x != y {
		return x - y
	}
	return strings.Compare(a.Dyad, b.Dyad)
}

// endings are the endings of one dyad in a source that ends with a year.
func endings(dyad string, active map[int]int, last int) []Ending {
	var out []Ending
	run, episodes := 0, 0
	years := make([]int, 0, len(active))
	for y := range active {
		years = append(years, y)
	}
	slices.Sort(years)
	for _, y := range years {
		run++
		if active[y+1] > 0 || y == last {
			continue
		}
		e := Ending{Dyad: dyad, Last: y, Years: run, Earlier: episodes > 0}
		e.Known = e.settled() <= last
		for k := 1; k <= window; k++ {
			e.Back = e.Back || e.Known && active[e.Quiet()+k] > 0
		}
		out = append(out, e)
		run = 0
		episodes++
	}
	return out
}
