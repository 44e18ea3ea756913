package watch

import (
	"fmt"
	"math"
	"slices"

	"handover/casefile"
	"handover/evidence"
	"handover/programme/compare"
	"handover/watch/filter"
)

// particles is how many a filter has.
const particles = 4000

// filtered starts the model's fans from now: it weighs the futures by the counts
// since the base date. It says how many particles and futures still count, and what
// is expected with and without.
func (b *builder) filtered() error {
	if b.Paths == nil {
		return nil
	}
	base, err := compare.Base(b.c)
	if err != nil {
		return err
	}
	s := Section{Title: "The model's fans from now", Heads: []string{"Count", "Since", "Last month", "In 6 months", "In 12 months", "As it stood, in 12 months", "Worth"},
		Lead: "Expected number a month, median with its 80% interval, by the futures weighed by the counts since the base date. Worth: to how many equally weighted particles the weights come, and to how many futures."}
	for _, w := range b.watchedBoth() {
		x := b.series(w.Indicator)
		paths, ok := b.Paths[w.Series]
		if x == nil || !ok || len(paths.Values) == 0 {
			continue
		}
		cut, known := seriesUntil(x, b.Month).CutOff()
		if !known || cut < base {
			s.Items = append(s.Items, fmt.Sprintf("%s: no month since the base date is known, so the fan starts there", x.Name))
			continue
		}
		f, err := filter.New(paths.Values, particles, b.Seed)
		if err != nil {
			return fmt.Errorf("series %s: %w", w.Series, err)
		}
		counts := between(x.Counts(), x.Points[0].Month, base, cut)
		for _, count := range counts {
			f.Observe(count)
		}
		means, _, weights := f.Ahead(12)
		stood := paths.Values[min(int(cut-base)+12, len(paths.Values)-1)]
		equal := slices.Repeat([]float64{1 / float64(len(stood))}, len(stood))
		show := func(q []float64) string {
			return fmt.Sprintf("%s (%s to %s)", compare.Number(q[1]), compare.Number(q[0]), compare.Number(q[2]))
		}
		at := func(values, weights []float64) string { return show(filter.Quantiles(values, weights, 0.1, 0.5, 0.9)) }
		s.Rows = append(s.Rows, []string{x.Name, base.String() + " to " + cut.String(), show(f.Level(0.1, 0.5, 0.9)), at(means[5], weights), at(means[11], weights),
			at(stood, equal), fmt.Sprintf("%.0f of %d; %.0f of %d", f.Effective(), particles, f.Paths(), len(paths.Values[0]))})
	}
	if len(s.Rows) == 0 {
		s.Lead = ""
	}
	b.add(s)
	return nil
}

// watchedBoth lists what signposts watch as a count and as a series of the model.
func (b *builder) watchedBoth() (out []casefile.Watched) {
	for _, s := range b.c.Signposts {
		for _, w := range s.Watch {
			if w.Indicator != "" && w.Series != "" && !slices.ContainsFunc(out, func(o casefile.Watched) bool { return o.Indicator == w.Indicator && o.Series == w.Series }) {
				out = append(out, casefile.Watched{Indicator: w.Indicator, Series: w.Series})
			}
		}
	}
	return out
}

// between are the counts of the months from one to another; NaN where there is none.
func between(counts []float64, first, from, to evidence.Month) []float64 {
	var out []float64
	for m := from; m <= to; m++ {
		if m < first || int(m-first) >= len(counts) {
			out = append(out, math.NaN())
			continue
		}
		out = append(out, counts[m-first])
	}
	return out
}
