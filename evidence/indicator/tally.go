// Package indicator counts the stored events of a case by month, place and
// actor group, with explicit zeros and a mark on months that may still change.
package indicator

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/store"
)

// Cell is what happened in a place in a month.
type Cell struct {
	Events, Lethal  int
	Low, Best, High int
	// Provisional are the events that their source may still change.
	Provisional int
}

// Add adds the counts of another cell.
func (c *Cell) Add(o Cell) {
	c.Events += o.Events
	c.Lethal += o.Lethal
	c.Low += o.Low
	c.Best += o.Best
	c.High += o.High
	c.Provisional += o.Provisional
}

// Count is the number that an indicator of that kind shows.
func (c Cell) Count(what casefile.Count) int {
	switch what {
	case casefile.CountEvents:
		return c.Events
	case casefile.CountLethal:
		return c.Lethal
	}
	return c.Best
}

// Tally holds the counts of one indicator by place and month.
type Tally struct {
	// From is the month of the first column.
	From evidence.Month
	// Places are the case's places in its order; the last row, without a name, is
	// for events whose place is not known.
	Places []string
	// Cells is indexed by place, then by month from From.
	Cells [][]Cell
	// last is the last day with an event, by month; NoDay without one.
	last []evidence.Day
	// first is the first such day.
	first []evidence.Day
}

// filter says which rows an indicator counts. Each slice is indexed by the
// numbers of a vocabulary of the scan and grows with it.
type filter struct {
	sources, kinds []bool
	groups         []bool // actors of the groups
	against        []bool
	places         []int // row of the tally, -1 for one that is not counted
	anyGroup       bool
	anyAgainst     bool
}

// plan is what is known of an indicator before the scan.
type plan struct {
	indicator       casefile.Indicator
	groups, against map[string]bool
	places          map[string]int
}

func newPlan(c *casefile.Case, n casefile.Indicator) plan {
	p := plan{n, map[string]bool{}, map[string]bool{}, map[string]int{}}
	for _, a := range c.Actors {
		p.groups[a.ID] = slices.Contains(n.Groups, a.Group)
		p.against[a.ID] = slices.Contains(n.Against, a.Group)
	}
	for i, e := range c.Places.Elements {
		p.places[e.Element] = -1
		if len(n.Places) == 0 || slices.Contains(n.Places, e.Element) {
			p.places[e.Element] = i
		}
	}
	p.places[""] = -1
	if len(n.Places) == 0 {
		p.places[""] = len(c.Places.Elements)
	}
	return p
}

// extend brings a filter up to the vocabulary.
func (f *filter) extend(p plan, t *store.Texts) {
	f.anyGroup, f.anyAgainst = len(p.indicator.Groups) == 0, len(p.indicator.Against) == 0
	for i := len(f.sources); i < len(t.Sources.Words); i++ {
		f.sources = append(f.sources, p.indicator.Source == "" || p.indicator.Source == t.Sources.Words[i])
	}
	for i := len(f.kinds); i < len(t.Kinds.Words); i++ {
		f.kinds = append(f.kinds, len(p.indicator.Kinds) == 0 || slices.Contains(p.indicator.Kinds, t.Kinds.Words[i]))
	}
	for i := len(f.groups); i < len(t.Actors.Words); i++ {
		f.groups = append(f.groups, p.groups[t.Actors.Words[i]])
		f.against = append(f.against, p.against[t.Actors.Words[i]])
	}
	for i := len(f.places); i < len(t.Places.Words); i++ {
		row, ok := p.places[t.Places.Words[i]]
		if !ok {
			row = p.places[""] // a place that the case no longer has
		}
		f.places = append(f.places, row)
	}
}

// keeps says whether row i is of the wanted actors.
func (f *filter) keeps(r *store.Rows, i int) bool {
	if f.anyGroup && f.anyAgainst {
		return true
	}
	a, b := r.ActorA[i], r.ActorB[i]
	if f.anyAgainst {
		return f.groups[a] || f.groups[b]
	}
	return (f.anyGroup || f.groups[a]) && f.against[b] || (f.anyGroup || f.groups[b]) && f.against[a]
}

// Count counts the stored events for several indicators in one pass. Duplicates
// do not count, unless the indicator is of one source: then it counts what that
// source reports.
func Count(ctx context.Context, c *casefile.Case, s *store.Store, indicators []casefile.Indicator) ([]*Tally, error) {
	if len(s.Files) == 0 {
		return nil, fmt.Errorf("the store holds no events")
	}
	from := evidence.NewMonth(s.Files[0].Year, 1)
	months := int(evidence.NewMonth(s.Files[len(s.Files)-1].Year, 12)-from) + 1
	plans := make([]plan, len(indicators))
	for i, n := range indicators {
		plans[i] = newPlan(c, n)
	}
	fresh := func() []*Tally {
		list := make([]*Tally, len(indicators))
		for i := range list {
			list[i] = newTally(c, from, months)
		}
		return list
	}
	workers := min(runtime.GOMAXPROCS(0), len(s.Files))
	results, errs := make([][]*Tally, workers), make([]error, workers)
	var wait sync.WaitGroup
	for w := range workers {
		results[w] = fresh()
		wait.Go(func() {
			// Sums of whole numbers do not depend on who counts what.
			for i := w; i < len(s.Files) && errs[w] == nil; i += workers {
				errs[w] = countFile(ctx, s, i, plans, results[w])
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	total := results[0]
	for _, other := range results[1:] {
		for i := range total {
			total[i].add(other[i])
		}
	}
	return total, nil
}

func newTally(c *casefile.Case, from evidence.Month, months int) *Tally {
	t := &Tally{From: from, last: make([]evidence.Day, months), first: make([]evidence.Day, months)}
	for i := range months {
		t.last[i], t.first[i] = evidence.NoDay, evidence.NoDay
	}
	for _, e := range c.Places.Elements {
		t.Places = append(t.Places, e.Element)
	}
	t.Places = append(t.Places, "")
	cells := make([]Cell, len(t.Places)*months)
	for range t.Places {
		t.Cells = append(t.Cells, cells[:months:months])
		cells = cells[months:]
	}
	return t
}

func (t *Tally) add(o *Tally) {
	for p := range t.Cells {
		for m := range t.Cells[p] {
			t.Cells[p][m].Add(o.Cells[p][m])
		}
	}
	for m := range t.last {
		t.last[m] = max(t.last[m], o.last[m])
		if o.first[m] != evidence.NoDay && (t.first[m] == evidence.NoDay || o.first[m] < t.first[m]) {
			t.first[m] = o.first[m]
		}
	}
}

func countFile(ctx context.Context, s *store.Store, i int, plans []plan, tallies []*Tally) error {
	texts := store.NewTexts()
	filters := make([]filter, len(plans))
	year := evidence.NewMonth(s.Files[i].Year, 1)
	var starts [13]evidence.Day
	for m := range starts {
		starts[m] = (year + evidence.Month(m)).First()
	}
	return s.Scan(ctx, i, texts, func(r *store.Rows) error {
		for k, p := range plans {
			f, t := &filters[k], tallies[k]
			f.extend(p, texts)
			offset := int(year - t.From)
			single := p.indicator.Source != ""
			month := 0
			for i, end := range r.End {
				if r.Superseded[i] || r.Duplicate[i] && !single || !f.sources[r.Source[i]] || !f.kinds[r.Kind[i]] || !f.keeps(r, i) {
					continue
				}
				row := f.places[r.Place[i]]
				if row < 0 {
					continue
				}
				for end >= starts[month+1] { // rows are in order of their day
					month++
				}
				at := offset + month
				c := &t.Cells[row][at]
				c.Events++
				best := r.Best[i]
				if best > 0 {
					c.Lethal++
					c.Best += int(best)
				}
				// Where a source gives no range its best estimate is both ends.
				c.Low += int(max(0, orElse(r.Low[i], best)))
				c.High += int(max(0, orElse(r.High[i], best)))
				if r.Provisional[i] {
					c.Provisional++
				}
				if t.first[at] == evidence.NoDay {
					t.first[at] = end
				}
				t.last[at] = end
			}
		}
		return nil
	})
}

func orElse(n, otherwise int32) int32 {
	if n == evidence.Unknown {
		return otherwise
	}
	return n
}

// Months adds up the places month by month.
func (t *Tally) Months() []Cell {
	out := make([]Cell, len(t.last))
	for p := range t.Cells {
		for m, c := range t.Cells[p] {
			out[m].Add(c)
		}
	}
	return out
}
