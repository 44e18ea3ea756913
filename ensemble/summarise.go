package ensemble

import (
	"context"
	"slices"

	"handover/casefile"
)

// alternative is one option of a structural uncertainty.
type alternative struct {
	uncertainty, option string
	// grouping and cell say which futures share it.
	grouping, cell int
}

// structure says which structural alternatives the futures fall under.
type structure struct {
	// single has one grouping a structural uncertainty, by option.
	single []grouping
	// together is what intervals are made from: one grouping by combination of
	// options, or single.
	together     []grouping
	alternatives []alternative
}

// futuresPerCell is how many futures a combination of options must have on
// average for combinations to be used.
const futuresPerCell = 20

// structure sorts the futures by the options they drew.
func (j *job) structure() structure {
	var s structure
	var columns []int
	cells := 1
	for column, u := range j.c.Uncertainties {
		if !u.Structural || len(u.Options) == 0 {
			continue
		}
		for cell, o := range u.Options {
			s.alternatives = append(s.alternatives, alternative{u.Variable, o.Name, len(s.single), cell})
		}
		s.single = append(s.single, grouping{cell: make([]int32, j.manifest.Futures), cells: len(u.Options)})
		columns = append(columns, column)
		cells = min(cells*len(u.Options), MostFutures)
	}
	point := j.room()
	only := j.design.Only(func(f int) bool {
		return (f >= len(j.c.Uncertainties) || slices.Contains(columns, f)) && j.fromDesign(f)
	})
	for i := range j.manifest.Futures {
		if len(columns) == 0 {
			break
		}
		j.draw(only, i, point)
		for g, column := range columns {
			options := j.c.Uncertainties[column].Options
			at := slices.IndexFunc(options, func(o casefile.Option) bool { return o.Value == point[column] })
			s.single[g].cell[i] = int32(max(at, 0))
		}
	}
	s.together = s.single
	if len(s.single) > 1 && cells <= j.manifest.Futures/futuresPerCell {
		all := grouping{cell: make([]int32, j.manifest.Futures), cells: cells}
		for i := range all.cell {
			for _, g := range s.single {
				all.cell[i] = all.cell[i]*int32(g.cells) + g.cell[i]
			}
		}
		s.together = []grouping{all}
	}
	return s
}

// summary begins a summary, and lists the tasks that fill it, each a part of its
// own. They read outcomes one column at a time: the memory of each is that of
// three columns of 8 bytes a future; 5 bytes a future for each structural
// uncertainty and for what is left out serve all.
func (j *job) summary(ctx context.Context, left []bool) (*Summary, []func() error) {
	s := &Summary{Manifest: j.manifest, Times: j.times, Bad: j.state.bad, FirstBad: j.state.firstBad}
	for _, id := range j.manifest.Strategies {
		s.Strategies = append(s.Strategies, StrategySummary{
			ID:       id,
			Outcomes: make([]OutcomeSummary, len(j.c.Outcomes)),
			Series:   []Fan{},
			Maps:     []MapSummary{},
		})
	}
	structure := j.structure()
	reference := slices.Index(j.manifest.Strategies, j.manifest.Reference)
	n := j.manifest.Futures
	var tasks []func() error
	for o := range j.c.Outcomes {
		outcome := &j.c.Outcomes[o]
		tasks = append(tasks, func() error {
			base, values, work := make([]float64, n), make([]float64, n), make([]float64, n)
			if err := j.source.column(reference, o, 0, base); err != nil {
				return err
			}
			for strategy := range s.Strategies {
				if err := j.interrupted(ctx); err != nil {
					return err
				}
				if err := j.source.column(strategy, o, 0, values); err != nil {
					return err
				}
				against := base
				if strategy == reference {
					against = nil
				}
				s.Strategies[strategy].Outcomes[o] = summariseOutcome(outcome, j.manifest.Horizon, values, against, left, structure, work)
			}
			return nil
		})
	}
	for strategy := range s.Strategies {
		tasks = append(tasks, func() error {
			j.summariseFans(&s.Strategies[strategy], strategy)
			j.summariseMaps(&s.Strategies[strategy], strategy)
			return j.interrupted(ctx)
		})
	}
	return s, tasks
}

// summariseOutcome summarises one outcome under one strategy from its values,
// one a future. Base holds those under the reference strategy; nil for the
// reference itself. Work has the length of values.
func summariseOutcome(o *casefile.Outcome, horizon int, values, base []float64, left []bool, structure structure, work []float64) OutcomeSummary {
	s := OutcomeSummary{ID: o.ID}
	if o.Reduce != casefile.First {
		of := func(value func(i int) float64) *Interval {
			kept := work[:0]
			for i := range values {
				if !left[i] {
					kept = append(kept, value(i))
				}
			}
			return spread(kept)
		}
		s.Value = of(func(i int) float64 { return values[i] })
		if base != nil {
			s.Difference = of(func(i int) float64 { return values[i] - base[i] })
		}
	}
	if o.Event == nil {
		return s
	}
	for _, by := range months(o, horizon) {
		s.Events = append(s.Events, summariseEvent(o, by, values, base, left, structure, work))
	}
	return s
}

// months lists the months by which the probability of an event is reported.
func months(o *casefile.Outcome, horizon int) []int {
	var list []int
	if o.Reduce == casefile.First {
		for _, by := range o.Event.By {
			if by < horizon {
				list = append(list, by)
			}
		}
	}
	list = append(list, horizon)
	slices.Sort(list)
	return slices.Compact(list)
}

// Happened says whether the event of an outcome happened in a future with that
// value of it: by a month, when the outcome is a first.
func Happened(o *casefile.Outcome, by int, value float64) bool {
	if o.Reduce == casefile.First {
		return value <= float64(by) // false when missing
	}
	return o.Event.Above != nil && value > *o.Event.Above || o.Event.Below != nil && value < *o.Event.Below
}

// summariseEvent counts an event over the futures that are not left out.
func summariseEvent(o *casefile.Outcome, by int, values, base []float64, left []bool, structure structure, work []float64) EventSummary {
	e := EventSummary{By: by}
	n, k := 0, 0
	marks := work[:len(values)]
	for i, v := range values {
		marks[i] = missing
		if left[i] {
			continue
		}
		n++
		marks[i] = 0
		if Happened(o, by, v) {
			k++
			marks[i] = 1
		}
	}
	e.Probability = probabilityInterval(k, n, structuralVariance(structure.together, marks))
	for _, a := range structure.alternatives {
		all, with := 0, 0
		for i, cell := range structure.single[a.grouping].cell {
			if int(cell) == a.cell && !left[i] {
				all++
				with += int(marks[i])
			}
		}
		if all > 0 {
			e.Alternatives = append(e.Alternatives, Alternative{a.uncertainty, a.option, all, float64(with) / float64(all)})
		}
	}
	if base == nil {
		return e
	}
	more, less := 0, 0
	for i, v := range base {
		if left[i] || !Happened(o, by, v) {
			if marks[i] == 1 {
				more++
			}
			continue
		}
		if marks[i] == 0 {
			less++
		}
		marks[i]--
	}
	e.Difference = differenceInterval(more, less, n, structuralVariance(structure.together, marks))
	return e
}

// summariseFans turns the sketches of a strategy into fans. Figures have six
// digits: a sketch is exact to 0.2%.
func (j *job) summariseFans(s *StrategySummary, strategy int) {
	at := make([]float64, len(Levels))
	for c, series := range j.c.Series {
		fan := Fan{ID: series.ID, Quantiles: make([][]float64, len(Levels))}
		for t := range j.times {
			j.state.sketches[(strategy*len(j.c.Series)+c)*len(j.times)+t].quantiles(Levels, at)
			for level, v := range at {
				fan.Quantiles[level] = append(fan.Quantiles[level], significant(v, 6))
			}
		}
		s.Series = append(s.Series, fan)
	}
}

// summariseMaps turns the counts of a strategy into probabilities.
func (j *job) summariseMaps(s *StrategySummary, strategy int) {
	for k, m := range j.maps {
		summary := MapSummary{ID: j.c.Maps[k].ID, Places: m.places}
		for p := range m.places {
			row := make([]float64, len(j.times))
			for t := range row {
				row[t] = float64(j.state.counts[strategy*j.cells+m.cell+p*len(j.times)+t]) / float64(j.state.kept)
			}
			summary.Probability = append(summary.Probability, row)
		}
		s.Maps = append(s.Maps, summary)
	}
}
