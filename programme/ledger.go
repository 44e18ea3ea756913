package programme

import (
	"slices"

	"handover/casefile"
	"handover/evidence"
	"handover/model"
)

// Ledger is the entries of a case that stand: those that no other corrects and
// that were not withdrawn.
type Ledger struct {
	// Entries stand, in the order in which they were entered.
	Entries []Entry
	// All are all entries, in their order.
	All []Entry
}

// NewLedger makes a ledger of all entries in their order.
func NewLedger(all []Entry) *Ledger {
	corrected := map[int64]bool{}
	for _, e := range all {
		if e.Corrects != 0 {
			corrected[e.Corrects] = true
		}
	}
	l := &Ledger{All: all}
	for _, e := range all {
		if !corrected[e.Number] && !e.Withdrawn {
			l.Entries = append(l.Entries, e)
		}
	}
	return l
}

// AsOf is the ledger as the public could have known it at the end of a month:
// with the entries, and the corrections, that were public by then.
func (l *Ledger) AsOf(m evidence.Month) *Ledger {
	var known []Entry
	for _, e := range l.All {
		if e.Known() <= m {
			known = append(known, e)
		}
	}
	return NewLedger(known)
}

// Of keeps the entries that a line of the programme counts, of one side.
func (l *Ledger) Of(line casefile.Line, side Side) []Entry {
	return l.keep(line, Kind(line.Kind), side)
}

func (l *Ledger) keep(line casefile.Line, kind Kind, side Side) []Entry {
	holds := func(list []string, name string) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(x string) bool { return model.Canonical(x) == model.Canonical(name) })
	}
	from, _ := evidence.ParseMonth(line.From)
	var out []Entry
	for _, e := range l.Entries {
		if e.Month() >= from && e.Kind == kind && e.Side == side && holds(line.Blocs, e.Bloc) && holds(line.Places, e.Place) &&
			(len(line.References) == 0 || slices.Contains(line.References, e.Reference)) && (kind != Money || e.Unit == line.Currency) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return int(a.Month() - b.Month()) })
	return out
}

// Point is a line of the programme at the end of a month.
type Point struct {
	Month evidence.Month
	// Amount with its bounds; of kinds that add up the sum since the programme
	// began.
	Amount, Low, High float64
	// Since is the month of the last entry that the amount rests on.
	Since evidence.Month
}

// Series is a line by month, from its first entry to a month. It is empty when
// there is no entry, or, with a divisor (Per), none of both.
//
// An amount for all of the line takes the place of the amounts of its parts
// (places, blocs) that came before; among parts a total takes the place of what
// was added to that part.
func (l *Ledger) Series(line casefile.Line, to evidence.Month) []Point {
	above := series(l.Of(line, Done), line, to)
	if line.Per == "" {
		return above
	}
	below := series(l.keep(line, Kind(line.Per), Done), line, to)
	var out []Point
	for _, p := range above {
		i := slices.IndexFunc(below, func(q Point) bool { return q.Month == p.Month })
		if i < 0 || below[i].Low <= 0 {
			continue
		}
		q := below[i]
		out = append(out, Point{p.Month, p.Amount / q.Amount, p.Low / q.High, p.High / q.Low, min(p.Since, q.Since)})
	}
	return out
}

// sum is an amount with its bounds.
type sum struct{ amount, low, high float64 }

func (s *sum) add(o sum) { s.amount, s.low, s.high = s.amount+o.amount, s.low+o.low, s.high+o.high }

// part is a share of a line: what one place or bloc of it has.
type part struct {
	place, bloc string
	after       int
}

func series(entries []Entry, line casefile.Line, to evidence.Month) []Point {
	if len(entries) == 0 || entries[0].Month() > to {
		return nil
	}
	var out []Point
	var whole sum
	// Totals of parts come before or beside one of the whole; beside, they are in it.
	var haveWhole bool
	parts := map[part]sum{}
	var order []part
	next := 0
	since := entries[0].Month()
	for m := entries[0].Month(); m <= to; m++ {
		for ; next < len(entries) && entries[next].Month() <= m; next++ {
			e := entries[next]
			s := sum{e.Amount, e.Low, e.High}
			key := part{e.Place, e.Bloc, e.After}
			all := (e.Place == "" || len(line.Places) == 1) && (e.Bloc == "" || len(line.Blocs) == 1)
			since = m
			switch {
			case e.Measure != Added && all:
				whole, haveWhole = s, true
				clear(parts)
				order = order[:0]
			case e.Measure != Added && haveWhole:
				// It is in the whole; the doubts tell.
			default:
				before, there := parts[key]
				if !there {
					order = append(order, key)
				}
				if e.Measure == Added {
					before.add(s)
					s = before
				}
				parts[key] = s
			}
		}
		total := whole
		for _, k := range order {
			total.add(parts[k])
		}
		out = append(out, Point{m, total.amount, total.low, total.high, since})
	}
	return out
}

// Promise is what was to be reached by a month.
type Promise struct {
	Month  evidence.Month
	Amount float64
	// Made is the month in which it became public.
	Made evidence.Month
}

// Promises are the promises of a line that say how much by when, by the month
// they are for. Of two for one month the one made later stands.
func (l *Ledger) Promises(line casefile.Line) []Promise {
	if line.Per != "" {
		return nil
	}
	entries := l.Of(line, Promised)
	added := 0.0
	var out []Promise
	for _, e := range entries {
		p := Promise{e.Month(), e.Amount, e.Known()}
		if e.Public == "" {
			p.Made = e.Month()
		}
		if e.Measure == Added {
			added += e.Amount
			p.Amount = added
		} else {
			added = e.Amount
		}
		if n := len(out); n > 0 && out[n-1].Month == p.Month {
			if p.Made >= out[n-1].Made || e.Measure == Added {
				out[n-1] = p
			}
			continue
		}
		out = append(out, p)
	}
	return out
}
