package compare

import (
	"handover/casefile"
	"handover/evidence"
	"handover/programme"
)

// Month is one month of a replay.
type Month struct {
	Month evidence.Month
	// Standings are what was to be said with what was public by the end of it.
	Standings []Standing
	// Arrived are the entries that became public in the month.
	Arrived []programme.Entry
}

// Replay goes through the months as they came: of each, with the entries that were
// public by its end, and no others.
func Replay(c *casefile.Case, s *casefile.Strategy, l *programme.Ledger, from, to evidence.Month) []Month {
	var out []Month
	for m := from; m <= to; m++ {
		known := l.AsOf(m)
		x := Month{Month: m, Standings: Standings(c, s, known, m)}
		for _, e := range known.Entries {
			if e.Known() == m {
				x.Arrived = append(x.Arrived, e)
			}
		}
		out = append(out, x)
	}
	return out
}
