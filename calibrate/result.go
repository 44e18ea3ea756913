package calibrate

import (
	"context"
	"math"
	"slices"

	"handover/casefile"
	"handover/fpmath"
	"handover/hindcast"
	"handover/random"
)

// Result is what a calibration found, as calibration.json holds it.
type Result struct {
	// Of is the HistoryHash of the case.
	Of     string `json:"of"`
	Seed   uint64 `json:"seed"`
	Runs   int    `json:"runs"`
	Chains int    `json:"chains"`
	Draws  int    `json:"draws"`
	// Acceptance is the share of proposals taken at weight 1, by population, and
	// Annealing the generations before.
	Acceptance []float64 `json:"acceptance"`
	Annealing  []int     `json:"annealing"`
	// Disagreement is the largest distance of the populations' means of a parameter,
	// in posterior standard deviations; Of is the parameter.
	Disagreement   float64 `json:"disagreement"`
	DisagreementOf string  `json:"disagreement_of"`
	// Reduction is the largest potential scale reduction; Effective the smallest
	// number of effective draws, both over parameters.
	Reduction float64 `json:"reduction"`
	Effective float64 `json:"effective"`
	// LogLikelihood holds the 5%, 50% and 95% quantiles over draws.
	LogLikelihood [3]float64          `json:"log_likelihood"`
	Parameters    []ParameterResult   `json:"parameters"`
	Observations  []ObservationResult `json:"observations"`
	Modes         []ModeResult        `json:"modes,omitempty"`
	// AllModes is the share of draws that pass every mode that is tested on
	// observations.
	AllModes float64 `json:"all_modes,omitempty"`
}

// Agrees says whether the populations agree: means of all parameters within a
// fifth of a posterior standard deviation.
func (r *Result) Agrees() bool { return r.Disagreement <= 0.2 }

// ParameterResult is prior against posterior of a parameter.
type ParameterResult struct {
	Name string `json:"name"`
	// Of is model, past or data: a constant of the model, one of the past alone, or a
	// parameter of an observation.
	Of string `json:"of"`
	// Prior and Posterior hold the 5%, 50% and 95% quantiles.
	Prior     [3]float64 `json:"prior"`
	Posterior [3]float64 `json:"posterior"`
	// Spread is the posterior's standard deviation against the prior's, on the scale
	// on which the prior is normal; Shift the mean there.
	Spread float64 `json:"spread"`
	Shift  float64 `json:"shift"`
	// Learned is what data taught, in nats; Informed whether that is more than
	// nothing.
	Learned      float64 `json:"learned"`
	Informed     bool    `json:"informed"`
	Reduction    float64 `json:"reduction"`
	Effective    float64 `json:"effective"`
	Disagreement float64 `json:"disagreement"`
}

// ObservationResult is how well draws meet what was observed.
type ObservationResult struct {
	ID   string `json:"id"`
	Part string `json:"part,omitempty"`
	N    int    `json:"n"`
	// Bias is the mean deviation of what was observed from the median of the draws,
	// on the logarithm of value + shift (+ 1 for counts); Deviation its standard
	// deviation, Autocorrelation that from one value to the next.
	Bias            float64 `json:"bias"`
	Deviation       float64 `json:"deviation"`
	Autocorrelation float64 `json:"autocorrelation"`
	// Coverage is the share of values inside the 90% interval of draws with noise.
	Coverage float64 `json:"coverage"`
}

var roleNames = [...]string{ofModel: "model", ofPast: "past", ofData: "data", ofDriver: "driver"}

func summarise(ctx context.Context, r Request, t *target, populations []*population, d *draws) (*Result, *fit, error) {
	s := &Result{Of: r.Case.HistoryHash(), Seed: r.Seed, Runs: r.Runs, Chains: r.Chains, Draws: r.Draws, Effective: math.Inf(1)}
	for _, p := range populations {
		s.Acceptance = append(s.Acceptance, float64(p.Accepted)/float64(max(1, p.Proposed)))
		s.Annealing = append(s.Annealing, p.Cold)
	}
	var likelihood []float64
	for _, p := range populations {
		for _, l := range p.Likelihoods {
			likelihood = append(likelihood, l...)
		}
	}
	s.LogLikelihood = quantiles(likelihood)
	for k := range t.parameters {
		p := &t.parameters[k]
		x := ParameterResult{Name: p.name, Of: roleNames[p.role]}
		var chains [][]float64
		for _, population := range populations {
			chains = append(chains, population.column(k)...)
		}
		all := flat(chains)
		m := momentsOf(all)
		x.Shift, x.Spread, x.Learned = m.mean, m.deviation, learned(m)
		x.Informed = x.Learned >= informedFrom
		x.Reduction, x.Effective = mixing(chains)
		x.Disagreement = disagreement(flat(populations[0].column(k)), flat(populations[1].column(k)))
		for i, z := range quantiles(all) {
			x.Posterior[i] = p.value(z)
		}
		for i, u := range [3]float64{0.05, 0.5, 0.95} {
			x.Prior[i] = p.quantile(u)
		}
		if x.Disagreement > s.Disagreement {
			s.Disagreement, s.DisagreementOf = x.Disagreement, x.Name
		}
		s.Reduction, s.Effective = max(s.Reduction, x.Reduction), min(s.Effective, x.Effective)
		s.Parameters = append(s.Parameters, x)
	}
	f, err := t.meet(ctx, d, r.Seed)
	if err != nil {
		return nil, nil, err
	}
	s.Observations = t.observed(f)
	s.Modes, s.AllModes = judge(r.Case.History.Modes, f.tested)
	return s, f, nil
}

// quantiles are those at 5%, 50% and 95%; 0 without values.
func quantiles(values []float64) [3]float64 {
	sorted := slices.Sorted(slices.Values(values))
	return [3]float64{hindcast.Quantile(sorted, 0.05), hindcast.Quantile(sorted, 0.5), hindcast.Quantile(sorted, 0.95)}
}

// noisy is a value that might have been observed where m is expected.
func (s *series) noisy(stream *random.Stream, m, spread float64) float64 {
	switch s.o.Likelihood {
	case casefile.NegativeBinomial:
		return stream.NegativeBinomial(m, spread)
	case casefile.NormalLog:
		return max(0, float64((m+s.shift)*fpmath.Exp(float64(spread*stream.Normal())))-s.shift)
	}
	// Student's t is a normal number over the root of a chi-square over its freedom.
	chi := stream.Gamma(s.freedom/2, 2/s.freedom)
	return max(0, float64((m+s.shift)*fpmath.Exp(float64(spread*stream.Normal()/math.Sqrt(chi))))-s.shift)
}

// lagOne is the autocorrelation from one value to the next; 0 with fewer than three.
func lagOne(values []float64) float64 {
	if len(values) < 3 {
		return 0
	}
	m := momentsOf(values)
	sum, squares := 0.0, 0.0
	for i, x := range values {
		if i > 0 {
			sum += float64((x - m.mean) * (values[i-1] - m.mean))
		}
		squares += float64((x - m.mean) * (x - m.mean))
	}
	if squares == 0 {
		return 0
	}
	return sum / squares
}
