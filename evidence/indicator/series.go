package indicator

import (
	"context"
	"errors"
	"fmt"
	"math"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/store"
	"handover/fpmath"
)

// Point is an indicator in one month.
type Point struct {
	Month evidence.Month
	// Known is false where no import and no table covers the month: then nothing
	// else holds, and the month is not zero.
	Known bool
	// Origin is where the figure comes from: a source with its version, or the
	// path of a data table.
	Origin string
	// Provisional says that the source may still change the figure.
	Provisional bool
	// Count is what the indicator counts.
	Count int
	// Low and High are the ends of the estimates of deaths; equal to Count for an
	// indicator of events and for a table.
	Low, High int
	// Detailed says that the month comes from events, so that what follows is
	// known too.
	Detailed bool
	// Active is the share of places with at least one event, over all places of
	// the indicator.
	Active float64
	// Dispersion is over how many places the events spread: exp of the Shannon
	// entropy of their shares, the effective number of Hill (1973, "Diversity and
	// evenness"); 0 in a month without an event in a known place.
	Dispersion float64
	// Gap is the mean number of days between one event and the next, over the
	// events of the month; NaN in a month without one, and for the first.
	Gap float64
}

// Series is an indicator by month, without a missing month between the first
// and the last.
type Series struct {
	casefile.Indicator
	Points []Point
	// Tally holds the counts by place; nil when no event was imported.
	Tally *Tally
	// Splices are the months in which the figures begin to come from another
	// origin: levels on both sides may not compare.
	Splices []evidence.Month
}

// At is the point of a month; not Known outside the series.
func (s *Series) At(m evidence.Month) Point {
	if len(s.Points) == 0 || m < s.Points[0].Month || m > s.Points[len(s.Points)-1].Month {
		return Point{Month: m}
	}
	return s.Points[m-s.Points[0].Month]
}

// CutOff is the last known month; false when no month is known.
func (s *Series) CutOff() (evidence.Month, bool) {
	for i := len(s.Points) - 1; i >= 0; i-- {
		if s.Points[i].Known {
			return s.Points[i].Month, true
		}
	}
	return 0, false
}

// Build makes the series of a case's indicators from its store, which may be
// nil, and from the tables that the indicators name.
func Build(ctx context.Context, c *casefile.Case, s *store.Store) ([]*Series, error) {
	list := c.Evidence.Indicators
	if len(list) == 0 {
		return nil, errors.New("the case has no indicators: add them to " + casefile.EvidenceName)
	}
	tallies := make([]*Tally, len(list))
	if s != nil && len(s.Files) > 0 {
		var err error
		if tallies, err = Count(ctx, c, s, list); err != nil {
			return nil, err
		}
	}
	out := make([]*Series, len(list))
	for i, n := range list {
		series, err := build(c, s, n, tallies[i])
		if err != nil {
			return nil, err
		}
		out[i] = series
	}
	return out, nil
}

// origin is where a month of an indicator comes from.
type origin struct {
	name        string
	provisional bool
}

func build(c *casefile.Case, s *store.Store, n casefile.Indicator, t *Tally) (*Series, error) {
	covered := map[evidence.Month]origin{}
	if s != nil {
		covered = coverage(c, s, n)
	}
	observed := map[evidence.Month]int{}
	if n.Observed != nil {
		months, counts := c.Observations(*n.Observed)
		for i, text := range months {
			m, ok := evidence.ParseMonth(text)
			if !ok {
				return nil, fmt.Errorf("%s: %q is not a month", n.Observed.Table, text)
			}
			observed[m] = counts[i]
		}
	}
	out := &Series{Indicator: n, Tally: t}
	first, last, any := evidence.Month(0), evidence.Month(0), false
	for _, m := range append(keys(covered), keys(observed)...) {
		if !any {
			first, last, any = m, m, true
		}
		first, last = min(first, m), max(last, m)
	}
	if !any {
		return out, nil
	}
	before := evidence.NoDay
	name := ""
	for m := first; m <= last; m++ {
		p := Point{Month: m}
		if o, ok := covered[m]; ok {
			p.Known, p.Origin, p.Provisional, p.Detailed = true, o.name, o.provisional, true
			p.fill(n, t, &before)
		} else if count, ok := observed[m]; ok {
			p.Known, p.Origin, p.Count, p.Low, p.High = true, n.Observed.Table, count, count, count
			before = evidence.NoDay
		} else {
			before = evidence.NoDay
		}
		if p.Known && name != "" && p.Origin != name {
			out.Splices = append(out.Splices, m)
		}
		if p.Known {
			name = p.Origin
		}
		out.Points = append(out.Points, p)
	}
	return out, nil
}

func keys[V any](m map[evidence.Month]V) []evidence.Month {
	out := make([]evidence.Month, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

// coverage says which months of an indicator are covered by imports. Of several
// that cover a month a final one is named.
func coverage(c *casefile.Case, s *store.Store, n casefile.Indicator) map[evidence.Month]origin {
	lags := map[string]int{}
	for _, e := range c.Evidence.EventSources {
		lags[e.Source] = e.Lag
	}
	end := map[string]evidence.Month{}
	for _, v := range s.Coverage {
		if _, to, ok := v.Months(); ok {
			end[v.Source] = max(end[v.Source], to)
		}
	}
	covered := map[evidence.Month]origin{}
	for _, v := range s.Coverage {
		from, to, ok := v.Months()
		if !ok || n.Source != "" && n.Source != v.Source {
			continue
		}
		name := v.Source
		if v.Version != "" {
			name += " " + v.Version
		}
		for m := from; m <= to; m++ {
			// The last months of a source are still filling up, unless a final
			// release covers them.
			final := v.Source == evidence.UCDP.String() && !v.Provisional
			o := origin{name, v.Provisional || !final && m > end[v.Source]-evidence.Month(lags[v.Source])}
			if have, ok := covered[m]; !ok || have.provisional && !o.provisional {
				covered[m] = o
			}
		}
	}
	return covered
}

// fill takes a month from the tally. before is the day of the last event so
// far.
func (p *Point) fill(n casefile.Indicator, t *Tally, before *evidence.Day) {
	p.Gap = math.NaN()
	if t == nil {
		return
	}
	at := int(p.Month - t.From)
	if at < 0 || at >= len(t.last) {
		return // covered, and no year of the store has an event: zero
	}
	var sum Cell
	places, active, events := 0, 0, 0
	for row, name := range t.Places {
		c := t.Cells[row][at]
		sum.Add(c)
		if name == "" || len(n.Places) > 0 && !contains(n.Places, name) {
			continue
		}
		places++
		if c.Events > 0 {
			active++
			events += c.Events
		}
	}
	p.Count = sum.Count(n.Count)
	p.Low, p.High = p.Count, p.Count
	if n.Count == casefile.CountDeaths {
		p.Low, p.High = sum.Low, sum.High
	}
	p.Provisional = p.Provisional || sum.Provisional > 0
	if places > 0 {
		p.Active = float64(active) / float64(places)
	}
	if events > 0 {
		entropy := 0.0
		for row, name := range t.Places {
			if k := t.Cells[row][at].Events; k > 0 && name != "" {
				share := float64(k) / float64(events)
				entropy -= float64(share * fpmath.Log(share))
			}
		}
		p.Dispersion = fpmath.Exp(entropy)
	}
	if sum.Events > 0 {
		switch {
		case *before != evidence.NoDay:
			// The gaps add up to the days from the last event before the month to the
			// last one in it.
			p.Gap = float64(t.last[at]-*before) / float64(sum.Events)
		case sum.Events > 1:
			p.Gap = float64(t.last[at]-t.first[at]) / float64(sum.Events-1)
		}
		*before = t.last[at]
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Place is the series of one place, over the months in which events are known.
// Months without are not Known.
func (s *Series) Place(name string) []Point {
	if s.Tally == nil {
		return nil
	}
	row := -1
	for i, p := range s.Tally.Places {
		if p == name {
			row = i
		}
	}
	if row < 0 {
		return nil
	}
	out := make([]Point, len(s.Points))
	for i, p := range s.Points {
		out[i] = Point{Month: p.Month, Known: p.Detailed, Origin: p.Origin, Provisional: p.Provisional, Detailed: p.Detailed}
		if at := int(p.Month - s.Tally.From); p.Detailed && at >= 0 && at < len(s.Tally.last) {
			c := s.Tally.Cells[row][at]
			out[i].Count = c.Count(s.Count)
			out[i].Low, out[i].High = out[i].Count, out[i].Count
			if s.Count == casefile.CountDeaths {
				out[i].Low, out[i].High = c.Low, c.High
			}
		}
	}
	return out
}

// Counts are the counts by month; NaN for a month that is not known.
func (s *Series) Counts() []float64 {
	out := make([]float64, len(s.Points))
	for i, p := range s.Points {
		out[i] = math.NaN()
		if p.Known {
			out[i] = float64(p.Count)
		}
	}
	return out
}

// Gaps lists the stretches between the first and the last month that are not
// known, each by its first and last month.
func (s *Series) Gaps() [][2]evidence.Month {
	var out [][2]evidence.Month
	for _, p := range s.Points {
		switch {
		case p.Known:
		case len(out) > 0 && out[len(out)-1][1] == p.Month-1:
			out[len(out)-1][1] = p.Month
		default:
			out = append(out, [2]evidence.Month{p.Month, p.Month})
		}
	}
	return out
}
