package calibrate

import (
	"context"

	"handover/casefile"
	"handover/fpmath"
	"handover/random"
)

// fit is what draws have for what was observed.
type fit struct {
	// expected and noisy are by series, row, draw: without noise, and a value that
	// might have been observed.
	expected, noisy [][][]float64
	// tested are by mode and test.
	tested [][]tested
	// kept are by column kept, then draw, then save time.
	kept [][][]float64
}

// meet runs the draws once more and keeps what they have for the observations, and
// the courses of some columns of the program.
func (t *target) meet(ctx context.Context, d *draws, seed uint64, keep ...int) (*fit, error) {
	f := &fit{expected: make([][][]float64, len(t.series)), noisy: make([][][]float64, len(t.series))}
	for k := range t.series {
		for range t.series[k].rows {
			f.expected[k] = append(f.expected[k], make([]float64, len(d.points)))
			f.noisy[k] = append(f.noisy[k], make([]float64, len(d.points)))
		}
	}
	tests, err := t.tests()
	if err != nil {
		return nil, err
	}
	for _, mode := range tests {
		var all []tested
		for _, x := range mode {
			all = append(all, tested{x.test, make([]float64, len(d.points))})
		}
		f.tested = append(f.tested, all)
	}
	for range keep {
		f.kept = append(f.kept, make([][]float64, len(d.points)))
	}
	site := random.Site("calibrate: noise")
	return f, t.blocks(ctx, d.points, func(b *bench, first int, points [][]float64) error {
		if err := t.run(b, points); err != nil {
			return err
		}
		n := len(points)
		for i := range points {
			stream := random.At(seed, uint32(first+i), 0, site)
			for k := range t.series {
				s := &t.series[k]
				values, spread, bias := t.column(b, s.column, i, n), s.spread.of(b.parameters[i]), s.bias.of(b.parameters[i])
				for j := range s.rows {
					m := s.expectation(&s.rows[j], values, n, bias)
					f.expected[k][j][first+i] = m
					f.noisy[k][j][first+i] = s.noisy(&stream, m, spread)
				}
			}
			for m, mode := range tests {
				for k, x := range mode {
					values := t.column(b, x.series.column, i, n)
					f.tested[m][k].values[first+i] = x.series.aggregate(&x.period, values, n) / x.series.aggregate(&x.over, values, n)
				}
			}
			for k, column := range keep {
				values, course := t.column(b, column, i, n), make([]float64, t.times)
				for at := range course {
					course[at] = values[at*n]
				}
				f.kept[k][first+i] = course
			}
		}
		return nil
	})
}

// ratio is a test of a mode, tied to a series of the target.
type ratio struct {
	series       *series
	period, over row
	test         *casefile.ModeTest
}

// tests ties the tests of the modes to series, by mode. Those of a series of which
// nothing counts are left out.
func (t *target) tests() ([][]ratio, error) {
	var all [][]ratio
	for i := range t.c.History.Modes {
		var mode []ratio
		for k := range t.c.History.Modes[i].Tests {
			x := &t.c.History.Modes[i].Tests[k]
			one := ratio{test: x}
			for k := range t.series {
				if t.series[k].o.ID == x.Observation {
					one.series = &t.series[k]
				}
			}
			if one.series == nil {
				continue
			}
			for _, y := range []struct {
				text string
				to   *row
			}{{x.Period, &one.period}, {x.Over, &one.over}} {
				p, err := t.c.ParsePeriod(y.text)
				if err != nil {
					return nil, err
				}
				*y.to = row{ObservedValue: casefile.ObservedValue{Period: p}, from: p.First - t.start}
			}
			mode = append(mode, one)
		}
		all = append(all, mode)
	}
	return all, nil
}

// observed says how well draws meet what was observed.
func (t *target) observed(f *fit) []ObservationResult {
	var results []ObservationResult
	for k := range t.series {
		s := &t.series[k]
		x := ObservationResult{ID: s.o.ID, Part: s.is(), N: len(s.rows)}
		var residuals []float64
		shift := s.shift
		if s.o.Likelihood == casefile.NegativeBinomial {
			shift = 1
		}
		for j := range s.rows {
			residuals = append(residuals, fpmath.Log(s.rows[j].Value+shift)-fpmath.Log(quantiles(f.expected[k][j])[1]+shift))
		}
		m := momentsOf(residuals)
		level := 0.0
		if s.o.Shape {
			level = m.mean
		}
		inside := 0
		for j := range s.rows {
			q := quantiles(f.noisy[k][j])
			y := fpmath.Log(s.rows[j].Value+shift) - level
			if fpmath.Log(q[0]+shift) <= y && y <= fpmath.Log(q[2]+shift) {
				inside++
			}
		}
		x.Bias, x.Deviation, x.Autocorrelation = m.mean, m.deviation, lagOne(residuals)
		x.Coverage = float64(inside) / float64(len(s.rows))
		if len(residuals) < 2 {
			x.Deviation = 0
		}
		results = append(results, x)
	}
	return results
}

// is names the part of a series; empty without parts.
func (s *series) is() string {
	if len(s.o.Parts) == 0 {
		return ""
	}
	return s.o.Parts[s.part].Is
}
