package ensemble

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"

	"handover/casefile"
	"handover/engine"
)

// roundSize is how many futures a round has (the last one may have fewer). It
// is fixed, so that neither threads nor lanes show in what is written.
const roundSize = 256

func roundsOf(futures int) int { return (futures + roundSize - 1) / roundSize }

// round holds the results of the futures of a round until all its experiments
// are done.
type round struct {
	// number counts rounds from 0; first is the round's first future.
	number, first, futures int
	// outcomes is indexed by strategy*outcomes+outcome, then future.
	outcomes [][]float64
	// bad is indexed by strategy, then future; reasons likewise.
	bad     [][]bool
	reasons [][]string
	// series is indexed by strategy, series, time, future, with roundSize futures.
	series []float64
	// holds says whether the condition of a map holds, indexed by strategy, cell,
	// future.
	holds []bool
	// left is how many units of work are not done.
	left int
	// blocks are the inputs of the round's futures, by block of lanes: all
	// strategies meet the same.
	blocks []inputs
}

// inputs are the values of the varied constants in a block of futures, made by
// the first unit of work that needs them.
type inputs struct {
	once   sync.Once
	values []float64
}

// begin makes the round ready for other futures, in blocks of some lanes.
func (r *round) begin(number, futures, lanes, strategies int) {
	r.number, r.first, r.futures = number, number*roundSize, futures
	count := (futures + lanes - 1) / lanes
	r.left = count * strategies
	r.blocks = make([]inputs, count)
}

func newRound(e *experiments) *round {
	strategies := len(e.programs)
	r := &round{
		series: make([]float64, strategies*len(e.c.Series)*len(e.times)*roundSize),
		holds:  make([]bool, strategies*e.cells*roundSize),
	}
	for range strategies * len(e.c.Outcomes) {
		r.outcomes = append(r.outcomes, make([]float64, roundSize))
	}
	for range strategies {
		r.bad = append(r.bad, make([]bool, roundSize))
		r.reasons = append(r.reasons, make([]string, roundSize))
	}
	return r
}

// unit is a piece of work: some futures of a round, from offset on, under one
// strategy; they are block of the round.
type unit struct {
	r                          *round
	strategy, block, offset, n int
}

// bench is one goroutine's place of work: a worker for each strategy and the
// arrays of a block.
type bench struct {
	e       *experiments
	workers []*engine.Worker
	lanes   int
	point   []float64
	block   engine.Block
	// Room for a block with the most runs. Series go straight to the round; cells
	// are the columns that maps are made from.
	reductions, cells []float64
	columns           []engine.Column
	bad               []int
	variable          []string
}

func newBench(e *experiments, lanes int) *bench {
	lanes = min(lanes, e.manifest.Futures)
	b := &bench{
		e:          e,
		workers:    make([]*engine.Worker, len(e.programs)),
		lanes:      lanes,
		point:      e.room(),
		reductions: make([]float64, len(e.c.Outcomes)*lanes),
		columns:    make([]engine.Column, len(e.programs[0].Columns())),
		bad:        make([]int, lanes),
		variable:   make([]string, lanes),
	}
	b.cells = make([]float64, (len(b.columns)-len(e.c.Series))*len(e.times)*lanes)
	return b
}

// run does a unit of work and leaves its results in the round.
func (b *bench) run(u unit) error {
	e, n := b.e, u.n
	if b.workers[u.strategy] == nil {
		b.workers[u.strategy] = e.programs[u.strategy].NewWorker(b.lanes)
	}
	times := len(e.times)
	for c := range b.columns {
		if series := len(e.c.Series); c < series {
			b.columns[c] = engine.Column{Values: u.r.series[(u.strategy*series+c)*times*roundSize+u.offset:], Stride: roundSize}
		} else {
			b.columns[c] = engine.Column{Values: b.cells[(c-series)*times*b.lanes:], Stride: b.lanes}
		}
	}
	b.block = engine.Block{
		Seed:        e.manifest.Seed,
		First:       u.r.first + u.offset,
		Runs:        n,
		Inputs:      b.inputs(u),
		Reductions:  b.reductions[:len(e.c.Outcomes)*n],
		Columns:     b.columns,
		Bad:         b.bad[:n],
		BadVariable: b.variable[:n],
	}
	clear(b.variable)
	if err := b.workers[u.strategy].Run(&b.block); err != nil {
		return fmt.Errorf("strategy %s, futures from %d: %w", e.manifest.Strategies[u.strategy], b.block.First, err)
	}
	for i := range n {
		at := u.offset + i
		u.r.bad[u.strategy][at], u.r.reasons[u.strategy][at] = false, ""
		if b.block.Bad[i] >= 0 {
			month := float64(float64(b.block.Bad[i]) * e.manifest.DT)
			b.blame(u, i, fmt.Sprintf("%s at month %s", b.block.BadVariable[i], monthText(month)))
		}
	}
	b.takeMaps(u)
	b.takeOutcomes(u)
	return nil
}

// inputs are the values of the varied constants for a unit of work.
func (b *bench) inputs(u unit) []float64 {
	of := &u.r.blocks[u.block]
	of.once.Do(func() {
		of.values = make([]float64, b.e.varied()*u.n)
		b.e.inputs(u.r.first+u.offset, u.n, of.values, b.point)
	})
	return of.values
}

// blame marks an experiment as bad, unless it is already.
func (b *bench) blame(u unit, i int, reason string) {
	at := u.offset + i
	if u.r.bad[u.strategy][at] {
		return
	}
	u.r.bad[u.strategy][at] = true
	u.r.reasons[u.strategy][at] = reason
}

// monthText prints a month without digits that only rounding makes.
func monthText(month float64) string {
	return strconv.FormatFloat(significant(month, 6), 'f', -1, 64)
}

// finite says whether v is a number that is not infinite.
func finite(v float64) bool { return v-v == 0 }

func (b *bench) takeMaps(u unit) {
	e, n, times := b.e, u.n, len(b.e.times)
	for _, m := range e.maps {
		for p := range m.places {
			for t := range times {
				values := b.columns[m.column+p].Values[t*b.columns[m.column+p].Stride:][:n]
				holds := u.r.holds[(u.strategy*e.cells+m.cell+p*times+t)*roundSize+u.offset:][:n]
				for i, v := range values {
					holds[i] = v > m.above
				}
			}
		}
	}
}

// takeOutcomes copies the reductions. A first becomes months from the base
// date; it alone may be missing, which is NaN.
func (b *bench) takeOutcomes(u unit) {
	e, n := b.e, u.n
	for o, outcome := range e.c.Outcomes {
		column := u.r.outcomes[u.strategy*len(e.c.Outcomes)+o][u.offset:][:n]
		for i, v := range b.block.Reductions[o*n:][:n] {
			switch {
			case outcome.Reduce == casefile.First && math.IsNaN(v):
				v = math.NaN()
			case outcome.Reduce == casefile.First:
				v -= e.start
			case !finite(v):
				v = math.NaN() // one bit pattern on every machine
				b.blame(u, i, fmt.Sprintf("outcome %s", outcome.ID))
			}
			column[i] = v
		}
	}
}

// merge adds a round to the state of the run. The order of futures is fixed,
// and what is added up are whole numbers, so that threads cannot show.
func (s *state) merge(e *experiments, r *round) {
	var keep [roundSize]bool
	for i := range r.futures {
		keep[i] = true
		for strategy, id := range e.manifest.Strategies {
			if !r.bad[strategy][i] {
				continue
			}
			keep[i] = false
			s.bad++
			if s.firstBad == "" {
				s.firstBad = badFuture(r.reasons[strategy][i], id, r.first+i)
			}
		}
		if keep[i] {
			s.kept++
		}
	}
	s.gather(r, keep[:r.futures])
	s.rounds++
}

// gather adds the futures of a round that are kept to sketches and counts.
func (s *state) gather(r *round, keep []bool) {
	whole := !slices.Contains(keep, false)
	var kept [roundSize]float64
	for i := range s.sketches {
		values := r.series[i*roundSize:][:r.futures]
		if !whole {
			n := 0
			for j, v := range values {
				if keep[j] {
					kept[n] = v
					n++
				}
			}
			values = kept[:n]
		}
		s.sketches[i].add(values...)
	}
	for i := range s.counts {
		n := uint32(0)
		for j, holds := range r.holds[i*roundSize:][:r.futures] {
			if holds && keep[j] {
				n++
			}
		}
		s.counts[i] += n
	}
}

// badFuture says why a future is left out.
func badFuture(reason, strategy string, future int) string {
	return fmt.Sprintf("%s (strategy %s, future %d)", reason, strategy, future)
}
