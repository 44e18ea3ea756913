package count

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"handover/diagnostic"
	"handover/evidence"
)

// Forecaster is a way to forecast counts.
type Forecaster string

// The forecasters.
const (
	// Pool is the combination of own past and analogues that the package's text
	// describes.
	Pool Forecaster = "pool"
	// Conflictology takes the last 12 known months as equally likely, whatever the
	// month ahead (Hegre et al. 2025, "The 2023/24 VIEWS prediction challenge").
	Conflictology Forecaster = "conflictology"
	// Mean is a Poisson distribution about the mean of the last 12 known months.
	Mean Forecaster = "mean"
	// Last is a Poisson distribution about the last known count.
	Last Forecaster = "last"
	// Zero is certain that nothing happens.
	Zero Forecaster = "zero"
)

// Forecasters are all forecasters, the best first.
var Forecasters = []Forecaster{Pool, Conflictology, Mean, Last, Zero}

// ParseForecaster finds a forecaster by its name.
func ParseForecaster(name string) (Forecaster, error) {
	if slices.Contains(Forecasters, Forecaster(name)) {
		return Forecaster(name), nil
	}
	var names []string
	for _, f := range Forecasters {
		names = append(names, string(f))
	}
	hint := diagnostic.DidYouMean(name, names)
	if hint != "" {
		hint = " (" + hint + ")"
	}
	return "", fmt.Errorf("there is no forecaster %q; there are %s%s", name, strings.Join(names, ", "), hint)
}

// Request says what to forecast.
type Request struct {
	// Origin is the last month that is known.
	Origin evidence.Month
	// First and Last are months ahead of the origin, from 1 to Farthest.
	First, Last int
	// Units are names of units; all when nil.
	Units []string
	// Statements are what analysts said of units. Only the pool heeds them.
	Statements []Statement
	// Threads is how many processors to use; all when 0. The result is the same.
	Threads int
}

// Farthest is how many months ahead a forecast may be.
const Farthest = 36

// Result is forecasts of units, month by month.
type Result struct {
	Request
	By    Forecaster
	cells [][]Distribution
}

// At is the forecast for Units[unit], so many months ahead. It panics outside the
// request.
func (r *Result) At(unit, ahead int) Distribution { return r.cells[unit][ahead-r.First] }

// Forecast forecasts from the counts up to the origin. It fails for an origin at
// which no unit is known, for months ahead outside 1..Farthest, for unknown units
// and for wrong statements, and names all of these at once.
func (p *Past) Forecast(by Forecaster, r Request) (*Result, error) {
	if r.Units == nil {
		r.Units = p.names
	}
	at, err := p.check(by, r)
	if err != nil {
		return nil, err
	}
	t := int(r.Origin - p.from)
	var months []int
	for ahead := r.First; ahead <= r.Last; ahead++ {
		months = append(months, ahead)
	}
	out := &Result{Request: r, By: by, cells: make([][]Distribution, len(at))}
	one := func(i int) []Distribution { return slices.Repeat([]Distribution{p.simple(by, at[i], t)}, len(months)) }
	if by == Pool {
		g := p.grid(t)
		one = func(i int) []Distribution {
			cells := p.pool(g, at[i], t, months)
			for _, s := range r.Statements {
				if s.Unit == r.Units[i] && s.counts(r) {
					p.apply(g, s, at[i], t, months, cells)
				}
			}
			return cells
		}
	}
	threads := r.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var done sync.WaitGroup
	for range min(threads, len(at)) {
		done.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(at) {
					return
				}
				out.cells[i] = one(i)
			}
		})
	}
	done.Wait()
	return out, nil
}

// check finds the units and all that is wrong with a request.
func (p *Past) check(by Forecaster, r Request) ([]int, error) {
	var wrong []error
	fail := func(format string, arguments ...any) { wrong = append(wrong, fmt.Errorf(format, arguments...)) }
	if !slices.Contains(Forecasters, by) {
		fail("there is no forecaster %q", by)
	}
	if r.First < 1 || r.Last > Farthest || r.First > r.Last {
		fail("cannot forecast %d to %d months ahead; expected months from 1 to %d, the first before the last", r.First, r.Last, Farthest)
	}
	t, known := int(r.Origin-p.from), false
	for _, u := range p.units {
		known = known || t >= 0 && t < len(u.counts) && !math.IsNaN(u.counts[t])
	}
	if !known {
		fail("no count is known in %s, the origin: the counts must reach it", r.Origin)
	}
	index := make(map[string]int, len(p.names))
	for i, n := range p.names {
		index[n] = i
	}
	at := make([]int, len(r.Units))
	for i, n := range r.Units {
		k, is := index[n]
		if !is {
			fail("there is no unit %q in the history", n)
		}
		at[i] = k
	}
	for _, s := range r.Statements {
		if err := s.check(index); err != nil {
			wrong = append(wrong, err)
		}
	}
	return at, errors.Join(wrong...)
}

// simple is a forecast that is the same for all months ahead.
func (p *Past) simple(by Forecaster, at, t int) Distribution {
	var known []float64
	for m := t; m >= 0 && len(known) < 12; m-- {
		if y := p.units[at].counts[m]; !math.IsNaN(y) {
			known = append(known, y)
		}
	}
	if len(known) == 0 || by == Zero {
		return certain(0)
	}
	switch by {
	case Last:
		return poisson(known[0])
	case Mean:
		sum := 0.0
		for _, y := range known {
			sum += y
		}
		return poisson(sum / float64(len(known)))
	}
	return among(known)
}
