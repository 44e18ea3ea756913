package calibrate

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"handover/casefile"
	"handover/engine"
	"handover/random"
)

// draws are whole points of the posterior.
type draws struct {
	points     [][]float64
	likelihood []float64
}

// choose takes n draws from the snapshots of all populations: one at random from
// each of n equal stretches.
func choose(populations []*population, n int, seed uint64) *draws {
	var all draws
	for _, s := range populations {
		for g := range s.Snapshots {
			all.points = append(all.points, s.Snapshots[g]...)
			all.likelihood = append(all.likelihood, s.Likelihoods[g]...)
		}
	}
	chosen := &draws{}
	site := random.Site("calibrate: draws")
	for i := range n {
		stream := random.At(seed, uint32(i), 0, site)
		at := int((float64(i) + stream.Uniform()) / float64(n) * float64(len(all.points)))
		at = min(at, len(all.points)-1)
		chosen.points = append(chosen.points, all.points[at])
		chosen.likelihood = append(chosen.likelihood, all.likelihood[at])
	}
	return chosen
}

// carry runs the past once more for the draws and returns the table of the
// posterior: for each draw the parameters, the constants of every run from the
// base date, what the past has reached there, and the log posterior density (but
// for a constant).
func carry(ctx context.Context, r Request, backend engine.Backend, t *target, d *draws) ([][]string, error) {
	h := r.Case.History
	var saved []string
	for k, x := range h.Carry {
		if x.Variable != "" {
			saved = append(saved, x.Variable)
		} else {
			saved = append(saved, casefile.CarryVariable(k))
		}
	}
	at, err := aim(r.Case, request{until: -1, saved: saved, threads: r.Threads, seed: r.Seed, backend: backend})
	if err != nil {
		return nil, err
	}
	first := len(at.series)
	columns := at.program.Columns()[first:]
	state := make([][]float64, len(d.points))
	err = at.blocks(ctx, d.points, func(b *bench, from int, points [][]float64) error {
		if err := at.run(b, points); err != nil {
			return err
		}
		for i := range points {
			for k := range columns {
				x := at.column(b, first+k, i, len(points))[(at.times-1)*len(points)]
				if math.IsNaN(x) || math.IsInf(x, 0) {
					return fmt.Errorf("in a draw %s is not finite at the base date", columns[k])
				}
				state[from+i] = append(state[from+i], x)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}

	names, err := carriedNames(r.Case, columns)
	if err != nil {
		return nil, err
	}
	var header, fixed []string
	for _, p := range t.parameters {
		name := p.name
		if p.role != ofModel {
			name = casefile.NoteMark + name
		}
		header = append(header, name)
	}
	for _, g := range h.BaseValues {
		if g.Value == nil {
			return nil, errors.New("a base value has no value")
		}
		header = append(header, g.Variable)
		fixed = append(fixed, written(*g.Value))
	}
	header = append(append(header, names...), "log posterior")
	table := [][]string{header}
	values := make([]float64, len(t.parameters))
	for i, x := range d.points {
		t.values(x, values)
		var line []string
		for _, v := range values {
			line = append(line, written(v))
		}
		line = append(line, fixed...)
		for _, v := range state[i] {
			line = append(line, written(v))
		}
		table = append(table, append(line, written(d.likelihood[i]+float64(logPrior(x)))))
	}
	return table, nil
}

// carriedNames are the constants that take the carried columns, element by
// element.
func carriedNames(c *casefile.Case, columns []string) ([]string, error) {
	var names []string
	for _, x := range c.History.Carry {
		if x.Expression != "" {
			names = append(names, x.Constant)
			continue
		}
		v := c.Model.Variable(x.Constant)
		for flat := range c.Model.Size(v) {
			name := c.Model.ElementName(v, flat)
			_, element, _ := strings.Cut(name, "[")
			_, from, _ := strings.Cut(columns[min(len(names), len(columns)-1)], "[")
			if element != from {
				return nil, fmt.Errorf("%s and %s have their elements in another order", x.Constant, x.Variable)
			}
			names = append(names, name)
		}
	}
	if len(names) != len(columns) {
		return nil, fmt.Errorf("%d values are carried to %d constants", len(columns), len(names))
	}
	return names, nil
}

// written writes a number to eight digits: far finer than anything is known, and
// half the file.
func written(x float64) string { return strconv.FormatFloat(x, 'g', 8, 64) }
