package store

import (
	"cmp"
	"slices"

	"handover/evidence"
)

// Change says what an import changed in a store.
type Change struct {
	// Read are the events that were handed over; each is in exactly one of the
	// next five.
	Read int `json:"read"`
	New  int `json:"new"`
	// Replaced rows took the place of an older row with the same id and say
	// something else; Confirmed ones say the same.
	Replaced  int `json:"replaced"`
	Confirmed int `json:"confirmed"`
	// Older rows were left aside, as the store has a newer version of them.
	Older int `json:"older"`
	// Repeated rows have the id of another row of the same import.
	Repeated int `json:"repeated"`
	// Events and Counted are what the store holds afterwards: all, and those that
	// count, which leaves out Duplicates and Superseded.
	Events     int `json:"events"`
	Counted    int `json:"counted"`
	Duplicates int `json:"duplicates"`
	Superseded int `json:"superseded"`
	// Revised are the months whose counts are not what they were, by source.
	Revised []Revision `json:"revised,omitempty"`
}

// Revision is a month of a source before and after an import. The figures leave
// out superseded events and keep duplicates.
type Revision struct {
	Source       string `json:"source"`
	Month        string `json:"month"`
	EventsBefore int    `json:"events_before"`
	EventsAfter  int    `json:"events_after"`
	DeathsBefore int    `json:"deaths_before"`
	DeathsAfter  int    `json:"deaths_after"`
}

type monthKey struct {
	source evidence.Source
	month  evidence.Month
}

// monthly counts events and deaths by source and month.
type monthly map[monthKey][2]int

func (m monthly) add(e *evidence.Event) {
	if e.Duplicate == evidence.Superseded {
		return
	}
	k := monthKey{e.Source, e.End.Month()}
	n := m[k]
	n[0]++
	n[1] += int(max(e.Best, 0))
	m[k] = n
}

// revisions compares two counts. Months that the store did not hold before are
// no revisions.
func revisions(before, after monthly) []Revision {
	var out []Revision
	for k, b := range before {
		if a := after[k]; a != b {
			out = append(out, Revision{k.source.String(), k.month.String(), b[0], a[0], b[1], a[1]})
		}
	}
	known := map[monthKey]bool{}
	first, last := map[evidence.Source]evidence.Month{}, map[evidence.Source]evidence.Month{}
	for k := range before {
		known[k] = true
		if f, ok := first[k.source]; !ok || k.month < f {
			first[k.source] = k.month
		}
		if l, ok := last[k.source]; !ok || k.month > l {
			last[k.source] = k.month
		}
	}
	for k, a := range after {
		if f, ok := first[k.source]; ok && !known[k] && k.month >= f && k.month <= last[k.source] {
			out = append(out, Revision{k.source.String(), k.month.String(), 0, a[0], 0, a[1]})
		}
	}
	slices.SortFunc(out, func(a, b Revision) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Month, b.Month))
	})
	return out
}
