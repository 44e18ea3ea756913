package store

import (
	"cmp"
	"slices"

	"handover/evidence"
)

// near is how many days apart two reports of one event may lie.
const near = 1

// markDuplicates marks, among the events of a year in order of their last day,
// those that another source reports too. The source that is trusted less gets
// the mark. Two rows are one event when they lie in the same known place, at
// most a day apart, with dates known to within days; share a known actor and do
// not name different ones; and their deaths do not differ by more than half and
// two. A source that counts no deaths may report an event more than once; of the
// others each row stands for one. edge events are those of the first and last
// days of the neighbouring years: they can be stood for, and are not marked
// here.
func markDuplicates(events, edge []evidence.Event, group func(actor string) string) {
	sources := map[evidence.Source]bool{}
	for i := range events {
		sources[events[i].Source] = true
	}
	for i := range edge {
		sources[edge[i].Source] = true
	}
	if len(sources) < 2 {
		return
	}
	all := make([]*evidence.Event, 0, len(events)+len(edge))
	for i := range edge {
		all = append(all, &edge[i])
	}
	for i := range events {
		all = append(all, &events[i])
	}
	slices.SortFunc(all, func(a, b *evidence.Event) int {
		return cmp.Or(cmp.Compare(a.End, b.End), cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
	})
	type use struct {
		original *evidence.Event
		source   evidence.Source
	}
	taken := map[use]bool{}
	inYear := map[*evidence.Event]bool{}
	for i := range events {
		inYear[&events[i]] = true
	}
	// The most trusted sources first, so that a mark never points at an event that
	// is marked itself.
	for source := range evidence.GDELT + 1 {
		low := 0
		for i, e := range all {
			for all[low].End < e.End-near {
				low++
			}
			if e.Source != source || e.Duplicate != "" || !inYear[e] {
				continue
			}
			var best *evidence.Event
			bestDistance := [2]int32{}
			for j := low; j < len(all) && all[j].End <= e.End+near; j++ {
				o := all[j]
				if j == i || o.Source >= e.Source || o.Duplicate != "" || e.Best != evidence.Unknown && taken[use{o, e.Source}] || !sameEvent(e, o, group) {
					continue
				}
				d := [2]int32{int32(max(e.End-o.End, o.End-e.End)), max(e.Best-o.Best, o.Best-e.Best)}
				if best == nil || slices.Compare(d[:], bestDistance[:]) < 0 {
					best, bestDistance = o, d
				}
			}
			if best != nil {
				e.Duplicate = best.Source.String() + ":" + best.ID
				taken[use{best, e.Source}] = true
			}
		}
	}
}

// sameEvent says whether two rows of different sources may be one event; their
// days are near already.
func sameEvent(a, b *evidence.Event, group func(string) string) bool {
	if a.Place == "" || a.Place != b.Place || a.DatePrecision > 2 || b.DatePrecision > 2 {
		return false
	}
	if !sameSides(group(a.ActorA), group(a.ActorB), group(b.ActorA), group(b.ActorB)) {
		return false
	}
	if a.Best == evidence.Unknown || b.Best == evidence.Unknown {
		return true
	}
	low, high := min(a.Best, b.Best), max(a.Best, b.Best)
	return high-low <= 2+high/2
}

// sameSides compares two pairs of actors, in either order; one side may be
// unknown.
func sameSides(a1, a2, b1, b2 string) bool {
	fits := func(x, y string) bool { return x == y || x == "" || y == "" }
	known := func(x, y string) bool { return x != "" && x == y }
	straight := fits(a1, b1) && fits(a2, b2) && (known(a1, b1) || known(a2, b2))
	crossed := fits(a1, b2) && fits(a2, b1) && (known(a1, b2) || known(a2, b1))
	return straight || crossed
}
