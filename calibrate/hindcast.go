package calibrate

import (
	"context"
	"errors"
	"fmt"

	"handover/casefile"
	"handover/engine"
)

// Methods of forecasting beside the baselines of package hindcast.
const (
	DriversKnown   = "model, drivers known"
	DriversUnknown = "model, drivers unknown"
	PriorAlone     = "prior alone"
	Combination    = "combination"
	PastFrequency  = "past frequency"
)

// Defaults of the Request of a hindcast.
const (
	DefaultHindcastRuns   = 100_000
	DefaultHindcastChains = 128
	DefaultHindcastDraws  = 400
)

// combined is the version of the combination, which results depend on, too.
const combined = 2

// Hindcast fits the case to what was known at each origin of its plan, forecasts
// what came after, and scores it beside baselines. It leaves hindcast.json (see
// casefile.Hindcast) in a folder under root, which it returns. The request's runs are
// made for each origin, and its draws make each forecast. Folders, progress,
// interruptions and errors are as in Start.
func Hindcast(ctx context.Context, r Request, root string, progress func(Progress)) (dir string, _ *casefile.Hindcast, err error) {
	for _, x := range []struct {
		value     *int
		otherwise int
	}{{&r.Runs, DefaultHindcastRuns}, {&r.Chains, DefaultHindcastChains}, {&r.Draws, DefaultHindcastDraws}} {
		if *x.value == 0 {
			*x.value = x.otherwise
		}
	}
	r, backend, err := r.complete()
	if err != nil {
		return "", nil, err
	}
	plan := r.Case.History.Hindcast
	if plan == nil {
		return "", nil, fmt.Errorf("%w: the %s of the case %s has no plan for hindcasts", ErrRequest, casefile.HistoryName, r.Case.Name)
	}
	text := fmt.Sprintf("hindcast %d.%d %s %s %s %d %d %d %d", format, combined, r.Version, r.Case.HistoryHash(), r.Case.HindcastHash(), r.Runs, r.Chains, r.Draws, r.Seed)
	w, err := openNamed(root, r.Case.Name, "hindcast", text, r.Case.HistoryHash())
	if err != nil {
		return "", nil, err
	}
	defer w.close()
	if progress == nil {
		progress = func(Progress) {}
	}
	total := r.Runs * len(plan.Origins)
	done := &casefile.Hindcast{}
	if found, err := w.read(casefile.HindcastName, done); found || err != nil {
		progress(Progress{Stage: Existing, Done: total, Total: total})
		return w.dir, done, err
	}
	b, err := newTester(r, backend)
	if err != nil {
		return w.dir, nil, err
	}
	for i, name := range plan.Origins {
		o, err := b.origin(ctx, w, i, func(runs int) { progress(Progress{"fitting at the end of " + name, i*r.Runs + runs, total}) })
		if err != nil {
			return w.dir, nil, fmt.Errorf("at the origin %s: %w", name, err)
		}
		done.Origins = append(done.Origins, *o)
	}
	done.Of, done.Plan, done.Seed, done.Runs, done.Draws, done.Target = w.of, r.Case.HindcastHash(), r.Seed, r.Runs, r.Draws, plan.Target
	done.Verdict = verdict(done)
	if err := w.finishJSON(casefile.HindcastName, done); err != nil {
		return w.dir, nil, err
	}
	return w.dir, done, w.clear()
}

// tester forecasts from origins.
type tester struct {
	r       Request
	backend engine.Backend
	plan    *casefile.HindcastPlan
	// target and areas are observations, the latter nil without; observed are their
	// values, by part.
	target, areas     *casefile.Observation
	observed, inAreas [][]casefile.ObservedValue
	// months are the target's values by month.
	months map[int]float64
	first  int
	// memory holds the scored forecasts of earlier origins.
	memory []scored
}

func newTester(r Request, backend engine.Backend) (*tester, error) {
	h := r.Case.History
	b := &tester{r: r, backend: backend, plan: h.Hindcast, months: map[int]float64{}}
	for k := range h.Observations {
		o := &h.Observations[k]
		if o.ID != b.plan.Target && o.ID != b.plan.Areas {
			continue
		}
		values, wrong := r.Case.ObservedValues(o)
		if len(wrong) > 0 {
			return nil, wrong[0]
		}
		if o.ID == b.plan.Target {
			b.target, b.observed = o, values
		} else {
			b.areas, b.inAreas = o, values
		}
	}
	if b.target == nil || len(b.observed[0]) == 0 {
		return nil, fmt.Errorf("%w: the target %q of the hindcasts was never observed", ErrRequest, b.plan.Target)
	}
	for i, v := range b.observed[0] {
		if v.Period.Months != 1 {
			return nil, fmt.Errorf("%w: the target %q of the hindcasts is not observed by month", ErrRequest, b.plan.Target)
		}
		if i == 0 || v.Period.First < b.first {
			b.first = v.Period.First
		}
		b.months[v.Period.First] = v.Value
	}
	return b, nil
}

// past are the target's values from the first to a month, as long as none is
// missing.
func (b *tester) past(to int) ([]float64, error) {
	var past []float64
	for m := b.first; m <= to; m++ {
		y, ok := b.months[m]
		if !ok {
			return nil, fmt.Errorf("%s of %s was not observed; baselines need all months", b.plan.Target, b.r.Case.MonthName(m))
		}
		past = append(past, y)
	}
	if len(past) < 12 {
		return nil, errors.New("fewer than twelve months were observed before")
	}
	return past, nil
}

// fit leads populations to what was known at an origin.
func (b *tester) fit(ctx context.Context, w *workplace, i, origin int, progress func(runs int)) (*target, []*population, error) {
	t, err := aim(b.r.Case, request{until: origin, stop: origin + 1, threads: b.r.Threads, seed: b.r.Seed, backend: b.backend})
	if err != nil {
		return nil, nil, err
	}
	if i == 0 {
		if err := t.steady(ctx); err != nil {
			return nil, nil, err
		}
	}
	var populations []*population
	done := 0
	for k, p := range b.r.plans() {
		p.seed = p.seed*64 + uint64(i)
		s, err := w.lead(ctx, t, i*Populations+k, p, func(generation int) { progress(done + (generation+1)*p.chains) })
		if err != nil {
			return nil, nil, err
		}
		done += (p.generations + 1) * p.chains
		populations = append(populations, s)
	}
	return t, populations, nil
}

// longestHindcast is how many months after an origin are forecast.
func (b *tester) longest() int { return b.plan.Windows[len(b.plan.Windows)-1] }

// origin fits and forecasts at the i-th origin.
func (b *tester) origin(ctx context.Context, w *workplace, i int, progress func(runs int)) (*casefile.HindcastOrigin, error) {
	period, err := b.r.Case.ParsePeriod(b.plan.Origins[i])
	if err != nil {
		return nil, err
	}
	origin := period.First
	past, err := b.past(origin)
	if err != nil {
		return nil, err
	}
	t, populations, err := b.fit(ctx, w, i, origin, progress)
	if err != nil {
		return nil, err
	}
	o := &casefile.HindcastOrigin{Origin: b.plan.Origins[i]}
	for _, p := range populations {
		o.Acceptance += float64(float64(p.Accepted) / float64(max(1, p.Proposed)) / Populations)
	}
	for k := range t.parameters {
		o.Disagreement = max(o.Disagreement, disagreement(flat(populations[0].column(k)), flat(populations[1].column(k))))
	}
	fitted := choose(populations, b.r.Draws, b.r.Seed).points
	futures := map[string]*futures{}
	for _, x := range []struct {
		method         string
		points         [][]float64
		unknown, prior bool
	}{{DriversKnown, fitted, false, false}, {DriversUnknown, fitted, true, false}, {PriorAlone, nil, true, true}} {
		f, err := b.forecast(ctx, i, origin, x.points, x.unknown, x.prior)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.method, err)
		}
		futures[x.method] = f
	}
	b.score(o, i, origin, past, futures)
	return o, nil
}
