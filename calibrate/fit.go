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
	// ratios are by mode, test, draw.
	ratios [][][]float64
}

// meet runs the draws once more and keeps what they have for the observations.
func (t *target) meet(ctx context.Context, d *draws, seed uint64) (*fit, error) {
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
		var ratios [][]float64
		for range mode {
			ratios = append(ratios, make([]float64, len(d.points)))
		}
		f.ratios = append(f.ratios, ratios)
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
					f.ratios[m][k][first+i] = x.series.aggregate(&x.period, values, n) / x.series.aggregate(&x.over, values, n)
				}
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

// ModeResult is how many draws pass a mode.
type ModeResult struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Share float64 `json:"share"`
	// Tests are in the order of the case.
	Tests []ModeTestResult `json:"tests"`
}

// ModeTestResult is one test of a mode.
type ModeTestResult struct {
	Observation string `json:"observation"`
	Period      string `json:"period"`
	Over        string `json:"over"`
	// Ratio holds the 5%, 50% and 95% quantiles over draws; Share that which passes.
	Ratio [3]float64 `json:"ratio"`
	Share float64    `json:"share"`
}

// modes says how many draws pass each mode, and all of them.
func (t *target) modes(f *fit) ([]ModeResult, float64) {
	var results []ModeResult
	var all []bool
	for m, mode := range t.c.History.Modes {
		x := ModeResult{ID: mode.ID, Name: mode.Name}
		var passes []bool
		for k, test := range mode.Tests {
			if k >= len(f.ratios[m]) {
				break
			}
			one := ModeTestResult{Observation: test.Observation, Period: test.Period, Over: test.Over, Ratio: quantiles(f.ratios[m][k])}
			if passes == nil {
				passes = make([]bool, len(f.ratios[m][k]))
				for i := range passes {
					passes[i] = true
				}
			}
			held := make([]bool, len(passes))
			for i, r := range f.ratios[m][k] {
				held[i] = r == r && (test.Least == nil || r >= *test.Least) && (test.Most == nil || r <= *test.Most)
				passes[i] = passes[i] && held[i]
			}
			one.Share = share(held)
			x.Tests = append(x.Tests, one)
		}
		if all == nil {
			all = append(all, passes...)
		}
		x.Share = share(passes)
		for i := range passes {
			all[i] = all[i] && passes[i]
		}
		results = append(results, x)
	}
	return results, share(all)
}

func share(passes []bool) float64 {
	n := 0
	for _, ok := range passes {
		if ok {
			n++
		}
	}
	return float64(n) / float64(max(1, len(passes)))
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
