package signpost

import (
	"context"
	"fmt"
	"math"
	"slices"

	"handover/casefile"
	"handover/design"
	"handover/ensemble"
	"handover/evidence"
	"handover/explore/evaluate"
	"handover/random"
)

// Paths are simulated futures of a series of the model.
type Paths struct {
	// Values is indexed by month from the base date, then by future.
	Values [][]float64
}

// runUp is how many months a count is drawn at its first level before a simulated
// future begins, so that a detector has a base.
const runUp = 42

// Simulated is how a signpost does in simulated futures. Series give the paths of
// the model's series by id. A count is drawn round what the model expects, negative
// binomial with dispersion k of the count's history (by the indicator's id); other
// figures are the model's. What it warns of is judged by what the model expects.
// Judged is false when the model has no series for something that it watches or
// warns of.
func Simulated(s casefile.Signpost, base evidence.Month, series map[string]Paths, k map[string]float64, seed uint64) Record {
	var all Record
	if s.Warns == nil || s.Warns.Series == "" {
		return all
	}
	for _, w := range s.Watch {
		if _, ok := series[w.Series]; !ok || w.Series == "" {
			return all
		}
	}
	warned, ok := series[s.Warns.Series]
	if !ok || len(warned.Values) == 0 {
		return all
	}
	future := s.Warns.Future()
	s.Warns = &future
	site := random.Site("signpost " + s.ID)
	for n := range warned.Values[0] {
		var watched []Figure
		for i, w := range s.Watch {
			f := Figure{From: base - runUp, Count: w.Indicator != ""}
			path := column(series[w.Series], n)
			path = append(slices.Repeat([]float64{path[0]}, runUp), path...)
			for m, x := range path {
				if f.Count && !math.IsNaN(x) {
					stream := random.At(seed, uint32(n), uint32(m*len(s.Watch)+i), site)
					size := k[w.Indicator]
					if size == 0 {
						size = 1
					}
					x = stream.NegativeBinomial(max(x, 0), size)
				}
				f.Values = append(f.Values, x)
			}
			watched = append(watched, f)
		}
		all.Add(Judge(s, watched, Figure{From: base, Values: column(warned, n)}))
	}
	return all
}

// column is one future.
func column(p Paths, future int) []float64 {
	out := make([]float64, len(p.Values))
	for m := range out {
		out[m] = p.Values[m][future]
	}
	return out
}

// Trade is a detector measured on simulated counts: false alerts a year at a
// steady level against the delay after growth begins.
type Trade struct {
	Signpost     casefile.Signpost
	FalsePerYear float64
	// Delays are the medians for each growth; +Inf when half are not noticed in 60
	// months.
	Delays []float64
}

// The counts that Measure draws.
const (
	steadyMonths = 240
	growthStart  = 72
	growthMonths = 60
	measureRuns  = 200
)

// Measure runs a signpost on counts of a mean and dispersion k: on steady ones for
// false alerts, and on ones that grow by a share a month from month 72 on.
func Measure(s casefile.Signpost, mean, k float64, growths ...float64) Trade {
	site := random.Site("signpost trade")
	alerts, years := 0, 0.0
	delays := make([][]float64, len(growths))
	for run := range measureRuns {
		steady := make([]float64, steadyMonths)
		for m := range steady {
			stream := random.At(1, uint32(run), uint32(m), site)
			steady[m] = stream.NegativeBinomial(mean, k)
		}
		for _, m := range Alerts(s, []Figure{{Values: steady, Count: true}}) {
			if m >= growthStart {
				alerts++
			}
		}
		years += (steadyMonths - growthStart) / 12
		for i, growth := range growths {
			level := mean
			values := slices.Clone(steady[:growthStart])
			for m := range growthMonths {
				level *= 1 + growth
				stream := random.At(2, uint32(run), uint32(m), site)
				values = append(values, stream.NegativeBinomial(level, k))
			}
			delay := math.Inf(1)
			for _, m := range Alerts(s, []Figure{{Values: values, Count: true}}) {
				if m >= growthStart {
					delay = float64(m - growthStart + 1)
					break
				}
			}
			delays[i] = append(delays[i], delay)
		}
	}
	out := Trade{Signpost: s, FalsePerYear: float64(alerts) / years}
	for _, d := range delays {
		slices.Sort(d)
		out.Delays = append(out.Delays, d[len(d)/2])
	}
	return out
}

// Futures runs a strategy of a case (the request's one) in Latin hypercube futures
// and returns the paths of series of the model, by id. Correlations of the case are
// not applied.
func Futures(ctx context.Context, r ensemble.Request, ids []string) (map[string]Paths, error) {
	if len(r.Strategies) != 1 {
		return nil, fmt.Errorf("%d strategies are to be run; expected one", len(r.Strategies))
	}
	e, err := evaluate.New(r.Case, r.Strategies[0], evaluate.Options{Seed: r.Seed, Horizon: r.Horizon, Threads: r.Threads, Lanes: r.Lanes, Engine: r.Engine, Series: ids})
	if err != nil {
		return nil, err
	}
	whole, err := design.Uniform(0, 1)
	if err != nil {
		return nil, err
	}
	factors := make([]design.Factor, len(r.Case.Uncertainties))
	for i, u := range r.Case.Uncertainties {
		factors[i] = design.Factor{Name: u.Variable, Distribution: whole}
	}
	d, err := design.New(design.LatinHypercube, r.Seed, r.Futures, factors, nil)
	if err != nil {
		return nil, err
	}
	results, err := e.Run(ctx, evaluate.Points{
		Count: r.Futures,
		Set: func(i int, dst []float64) {
			place := make([]float64, len(factors))
			d.Point(i, place)
			e.Draw(place, dst)
		},
		Stream: func(i int) int { return i },
		Draw:   e.PosteriorDraw,
	}, nil)
	if err != nil {
		return nil, err
	}
	out := map[string]Paths{}
	for i, id := range ids {
		var p Paths
		for t, month := range e.Times() {
			if month == math.Trunc(month) {
				p.Values = append(p.Values, results.Series[i][t])
			}
		}
		out[id] = p
	}
	return out, nil
}
