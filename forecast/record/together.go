package record

import (
	"cmp"
	"slices"
	"time"

	"handover/forecast/book"
)

// mostTimes is how often an aggregate of one question is made anew.
const mostTimes = 60

// Together adds to every question the aggregates of its forecasts, as forecasters
// named after their methods: made anew whenever a forecast among the kept ones
// comes or goes, at 60 times spread over all of these where they are more. The
// weights by performance rest on questions that were answered before each time.
func Together(list []Ended, keep func(person string) bool, methods []book.Method) []Ended {
	track := newTrack(list, keep)
	out := slices.Clone(list)
	for i := range out {
		e := &out[i]
		var own []book.Forecast
		var times []time.Time
		for _, f := range e.Forecasts {
			if !keep(f.Person) {
				continue
			}
			own = append(own, f)
			times = append(times, f.Made)
			if !f.Ends.IsZero() {
				times = append(times, f.Ends)
			}
		}
		slices.SortFunc(times, time.Time.Compare)
		times = slices.CompactFunc(times, time.Time.Equal)
		times = slices.DeleteFunc(times, func(t time.Time) bool { return !t.Before(e.End) })
		times = spreadOver(times, mostTimes)
		slices.SortStableFunc(own, func(a, b book.Forecast) int { return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.Entry, b.Entry)) })
		pool := book.NewPool(e.Question, own)
		added := slices.Clone(e.Forecasts)
		for _, t := range times {
			now := standingAt(own, t)
			for _, m := range methods {
				f := book.Forecast{Case: e.Case, Question: e.ID, Person: string(m), Made: t}
				var any bool
				if f.Answer, any = pool.Aggregate(m, now, track.weights(m, t)); any {
					added = append(added, f)
					continue
				}
				// Nobody is left: what was said before is withdrawn.
				for i := len(added) - 1; i >= len(e.Forecasts); i-- {
					if added[i].Person == f.Person && added[i].Ends.IsZero() {
						added[i].Ends = t
						break
					}
				}
			}
		}
		e.Forecasts = added
	}
	return out
}

// standingAt are the places of the forecasts that stand, the last of each person,
// in the order in which they were made.
func standingAt(own []book.Forecast, t time.Time) []int {
	last := map[string]int{}
	for i, f := range own {
		if !f.Made.After(t) {
			last[f.Person] = i
		}
	}
	var out []int
	for i, f := range own {
		if at, is := last[f.Person]; is && at == i && f.Stands(t) {
			out = append(out, i)
		}
	}
	return out
}

// spreadOver keeps at most so many, the first and the last among them.
func spreadOver(times []time.Time, most int) []time.Time {
	if len(times) <= most {
		return times
	}
	out := make([]time.Time, most)
	for i := range out {
		out[i] = times[i*(len(times)-1)/(most-1)]
	}
	return out
}

// track is the weights by performance as they were known at any time.
type track struct {
	answered []time.Time
	// upTo[i] are the cells of the first i questions by the time of their answers.
	upTo  []Table
	known map[int]func(string) float64
}

func newTrack(list []Ended, keep func(person string) bool) *track {
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(a, b Ended) int { return a.Answered.Compare(b.Answered) })
	t := &track{upTo: []Table{nil}, known: map[int]func(string) float64{}}
	for _, e := range order {
		t.answered = append(t.answered, e.Answered)
		last := t.upTo[len(t.upTo)-1]
		cells := slices.DeleteFunc(Make([]Ended{e}, nil), func(c Cell) bool { return !keep(c.Person) })
		t.upTo = append(t.upTo, append(last[:len(last):len(last)], cells...).By(true, false, false))
	}
	return t
}

// weights are those at a time, for a method that uses them.
func (t *track) weights(m book.Method, at time.Time) func(string) float64 {
	if m != book.Performance {
		return nil
	}
	n, _ := slices.BinarySearchFunc(t.answered, at, func(a, b time.Time) int {
		if a.After(b) {
			return 1
		}
		return -1
	})
	if t.known[n] == nil {
		t.known[n] = t.upTo[n].Weights()
	}
	return t.known[n]
}
