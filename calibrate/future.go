package calibrate

import (
	"context"
	"errors"
	"math"

	"handover/casefile"
	"handover/fpmath"
	"handover/hindcast"
	"handover/random"
)

// futures are the forecasts of one method from an origin.
type futures struct {
	// target is by month after the origin, on the logarithm of value + 1.
	target []hindcast.Forecast
	// areas are by part, then by the part's values after the origin.
	areas [][]hindcast.Forecast
	// levels are expectations without noise: by draw, then month, of which the first
	// twelve end at the origin.
	levels [][]float64
}

// paths is how many courses with noise each draw gives.
const paths = 2

var (
	siteDriver = random.Site("hindcast: drivers")
	siteNoise  = random.Site("hindcast: noise")
)

// forecast runs draws on past an origin. Points are of the fit; without them draws
// of the priors are made.
func (b *tester) forecast(ctx context.Context, number, origin int, fitted [][]float64, unknown, prior bool) (*futures, error) {
	stop := min(origin+b.longest()+1, 0)
	q := request{until: origin, stop: stop, threads: b.r.Threads, seed: b.r.Seed, backend: b.backend}
	if unknown {
		q.prepare = unforeseen(b.plan.Drivers, origin)
	}
	t, err := aim(b.r.Case, q)
	if err != nil {
		return nil, err
	}
	seed := b.r.Seed*64 + uint64(number)
	points := make([][]float64, b.r.Draws)
	for i := range points {
		stream := random.At(seed, uint32(i), uint32(len(b.plan.Origins)), siteDriver)
		if !prior {
			points[i] = append(points[i], fitted[i]...)
		}
		for len(points[i]) < len(t.parameters) {
			points[i] = append(points[i], stream.Normal())
		}
	}
	f := &futures{target: make([]hindcast.Forecast, stop-1-origin)}
	if b.areas != nil {
		f.areas = make([][]hindcast.Forecast, len(b.inAreas))
	}
	made := make([]*course, len(points))
	err = t.blocks(ctx, points, func(n *bench, first int, points [][]float64) error {
		if err := t.run(n, points); err != nil {
			return err
		}
		for i := range points {
			if n.block.Bad[i] < 0 {
				made[first+i] = b.course(t, n, i, len(points), origin, stop, random.At(seed, uint32(first+i), 0, siteNoise), prior)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, c := range made {
		if c == nil {
			continue
		}
		f.levels = append(f.levels, c.levels)
		for h, values := range c.target {
			f.target[h] = append(f.target[h], values...)
		}
		for part, rows := range c.areas {
			for k, values := range rows {
				if k == len(f.areas[part]) {
					f.areas[part] = append(f.areas[part], nil)
				}
				f.areas[part][k] = append(f.areas[part][k], values...)
			}
		}
	}
	if len(f.levels) == 0 {
		return nil, errors.New("no draw gives a forecast")
	}
	return f, nil
}

// course is what one draw forecasts.
type course struct {
	target [][]float64
	areas  [][][]float64
	levels []float64
}

// course makes the courses of run i of n; nil when a value is not finite.
func (b *tester) course(t *target, n *bench, i, runs, origin, stop int, stream random.Stream, prior bool) *course {
	c := &course{target: make([][]float64, stop-1-origin)}
	if b.areas != nil {
		c.areas = make([][][]float64, len(b.inAreas))
	}
	for k := range t.series {
		s := &t.series[k]
		values, bias, spread := t.column(n, s.column, i, runs), s.bias.of(n.parameters[i]), s.spread.of(n.parameters[i])
		at := func(p casefile.Period) float64 {
			return s.expectation(&row{ObservedValue: casefile.ObservedValue{Period: p}, from: p.First - t.start}, values, runs, bias)
		}
		switch s.o {
		case b.target:
			for m := origin - 11; m < stop; m++ {
				c.levels = append(c.levels, at(casefile.Period{First: m, Months: 1}))
			}
			for _, x := range c.levels {
				if math.IsNaN(x) {
					return nil
				}
			}
			// What was off at the origin stays off for a while, but a draw of the priors has
			// not seen it.
			before := 0.0
			if !prior {
				before = fpmath.Log(b.months[origin]+s.shift) - fpmath.Log(c.levels[11]+s.shift)
			}
			for range paths {
				off := before
				for h := range c.target {
					var y float64
					y, off = s.next(&stream, c.levels[12+h], spread, off)
					c.target[h] = append(c.target[h], fpmath.Log1p(y))
				}
			}
		case b.areas:
			for _, v := range b.inAreas[s.part] {
				if v.Period.First <= origin || v.Period.Last() >= stop {
					continue
				}
				m := at(v.Period)
				if math.IsNaN(m) {
					return nil
				}
				var values []float64
				for range paths {
					values = append(values, fpmath.Log1p(s.noisy(&stream, m, spread)))
				}
				c.areas[s.part] = append(c.areas[s.part], values)
			}
		}
	}
	return c
}

// next is a value that might be observed where m is expected and the value before
// was off by some logarithm, and by how much it is off itself.
func (s *series) next(stream *random.Stream, m, spread, before float64) (y, off float64) {
	if s.o.Likelihood == casefile.NegativeBinomial {
		return stream.NegativeBinomial(m, spread), 0
	}
	a := s.autocorrelation
	narrowed := spread * math.Sqrt(1-float64(a*a))
	x := stream.Normal()
	if s.o.Likelihood == casefile.StudentLog {
		x /= math.Sqrt(stream.Gamma(s.freedom/2, 2/s.freedom))
	}
	off = float64(a*before) + float64(narrowed*x)
	return max(0, float64((m+s.shift)*fpmath.Exp(off))-s.shift), off
}
