package store

import (
	"slices"

	"handover/evidence"
)

// summaries gathers the summary of each source while events are written.
type summaries struct {
	list [evidence.GDELT + 1]Summary
	lags [evidence.GDELT + 1]map[int]int
	// first and last day with an event
	first, last [evidence.GDELT + 1]evidence.Day
}

func (s *summaries) add(e *evidence.Event) {
	m := &s.list[e.Source]
	if m.Events == 0 {
		m.Source = e.Source.String()
		s.first[e.Source], s.last[e.Source] = e.End, e.End
		s.lags[e.Source] = map[int]int{}
	}
	m.Events++
	s.first[e.Source], s.last[e.Source] = min(s.first[e.Source], e.End), max(s.last[e.Source], e.End)
	if e.Reported != evidence.NoDay {
		s.lags[e.Source][int(max(e.Reported-e.End, 0))]++
	}
	switch e.Duplicate {
	case "":
		m.Counted++
	case evidence.Superseded:
		m.Superseded++
	default:
		m.Duplicates++
	}
	deaths := int(max(e.Best, 0))
	m.Deaths += deaths
	for _, doubt := range []struct {
		is bool
		n  *int
	}{
		{e.Provisional, &m.Provisional}, {e.Place == "", &m.PlaceUnknown}, {e.Wide(), &m.DateWide},
		{e.ActorA == "" || e.ActorB == "", &m.ActorUnknown}, {e.Disordered(), &m.Disordered},
	} {
		if doubt.is {
			*doubt.n++
		}
	}
	if e.Place == "" {
		m.DeathsUnplaced += deaths
	}
}

// all lists the summaries of the sources that have events.
func (s *summaries) all() []Summary {
	out := []Summary{}
	for i, m := range s.list {
		if m.Events == 0 {
			continue
		}
		m.First, m.Last = s.first[i].String(), s.last[i].String()
		m.LagMedian, m.LagLate = quantile(s.lags[i], 0.5), quantile(s.lags[i], 0.9)
		out = append(out, m)
	}
	return out
}

// quantile of values with how often each occurs; -1 of none.
func quantile(counts map[int]int, p float64) int {
	total := 0
	values := make([]int, 0, len(counts))
	for v, n := range counts {
		values = append(values, v)
		total += n
	}
	slices.Sort(values)
	seen := 0
	for _, v := range values {
		if seen += counts[v]; float64(seen) >= p*float64(total) {
			return v
		}
	}
	return -1
}
