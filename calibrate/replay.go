package calibrate

import (
	"context"
	"fmt"
	"math"

	"handover/model"
)

// replayed names the variable that a Replay saves.
const replayed = "replayed quantity"

// Replay fits the case to what was observed by a month (months count from the base
// date, and are below 0) and runs the model of the past with whole draws of that
// posterior up to another month, with what drives it as it was recorded. It returns
// what the draws expect of an expression of the model, by month from the history's
// start on, then by draw; NaN from where a run was not finite. Of the observations
// nothing later than the first month is used, so that what came after it can test
// how the draws are followed up. Errors are as in Start, and an expression that the
// model cannot have.
func Replay(ctx context.Context, r Request, until, stop int, expression string) ([][]float64, error) {
	r, backend, err := r.complete()
	if err != nil {
		return nil, err
	}
	t, err := aim(r.Case, request{until: until, stop: until + 1, threads: r.Threads, seed: r.Seed, backend: backend})
	if err != nil {
		return nil, err
	}
	if err := t.steady(ctx); err != nil {
		return nil, err
	}
	var populations []*population
	for _, p := range r.plans() {
		s, err := begin(ctx, t, p)
		if err != nil {
			return nil, err
		}
		for s.Generation < p.generations {
			if err := s.advance(ctx, t, p); err != nil {
				return nil, err
			}
		}
		populations = append(populations, s)
	}
	run, err := aim(r.Case, request{until: until, stop: stop, saved: []string{replayed}, threads: r.Threads, seed: r.Seed, backend: backend,
		prepare: func(m *model.Model, _ *target) error {
			parsed, err := model.ParseExpression(expression)
			if err != nil {
				return fmt.Errorf("the expression %q: %w", expression, err)
			}
			m.Add(&model.Variable{Name: replayed, Kind: model.Auxiliary, Equations: []model.Equation{{Text: expression, Expression: parsed}}})
			return nil
		}})
	if err != nil {
		return nil, err
	}
	points := choose(populations, r.Draws, r.Seed).points
	out := make([][]float64, run.times)
	for m := range out {
		out[m] = make([]float64, len(points))
	}
	column := len(run.series)
	err = run.blocks(ctx, points, func(b *bench, first int, points [][]float64) error {
		if err := run.run(b, points); err != nil {
			return err
		}
		for i := range points {
			values := run.column(b, column, i, len(points))
			for m := range out {
				x := values[m*len(points)]
				if b.block.Bad[i] >= 0 {
					x = math.NaN()
				}
				out[m][first+i] = x
			}
		}
		return nil
	})
	return out, err
}
