package question

import (
	"slices"

	"handover/evidence"
	"handover/evidence/indicator"
)

// Ahead is the answer that simulated months give to a question of data: the rule
// applied to what the series says of the months before first, and from then on to
// equally likely courses of its counts, by month, then by course. It is false when
// the question is resolved by a person or asks for parts of the country, when a month
// before first is not known, and when the courses end before the question does.
func (q *Question) Ahead(s *indicator.Series, first evidence.Month, counts [][]float64) (Distribution, bool) {
	if q.Data == nil || len(q.Data.Places) > 0 || len(counts) == 0 {
		return Distribution{}, false
	}
	from, n := q.span()
	if int(from-first)+n > len(counts) {
		return Distribution{}, false
	}
	known := window{from: from, values: make([]float64, n), settled: slices.Repeat([]bool{true}, n)}
	for i := range n {
		if m := from + evidence.Month(i); m < first {
			p := s.At(m)
			if !p.Known {
				return Distribution{}, false
			}
			known.values[i] = float64(p.Count)
		}
	}
	samples := make([]float64, 0, len(counts[0]))
	for k := range counts[0] {
		w := known
		w.values = slices.Clone(known.values)
		for i := range n {
			if m := from + evidence.Month(i); m >= first {
				w.values[i] = counts[m-first][k]
			}
		}
		if x, ok := q.sample(w, from); ok {
			samples = append(samples, x)
		}
	}
	return q.Sampled(samples), true
}
