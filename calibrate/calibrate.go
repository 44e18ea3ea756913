// Package calibrate weighs the futures of a case by what was observed: it draws
// from the posterior of the case's parameters given its history, whole draws with
// the state that the past had reached under each, and tests the model on the past.
// Results depend on the case and the request alone, not on threads, interruptions
// or machine.
package calibrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"handover/casefile"
	"handover/engine"
)

// Bounds and defaults of a Request.
const (
	DefaultRuns   = 500_000
	DefaultChains = 256
	DefaultDraws  = 1000
	MostRuns      = 100_000_000
	MostChains    = 8192
	MostDraws     = 20_000
	// leastGenerations is how many any population needs to be led to the posterior.
	leastGenerations = 60
	mostThreads      = 4096
)

// Populations is how many populations are led to the posterior, each from its own
// random numbers, so that their agreement can be seen.
const Populations = 2

// ErrRequest is the error of a request that asks for what cannot be.
var ErrRequest = errors.New("this cannot be calibrated")

// Existing is the stage at which a finished calibration is found.
const Existing = "existing"

// Request says what to calibrate. Zero values mean the default.
type Request struct {
	Case *casefile.Case
	// Runs is how many runs of the model are made, in all populations together.
	Runs int
	// Chains is how many chains a population has, an even number.
	Chains int
	// Draws is how many draws of the posterior are kept.
	Draws int
	Seed  uint64
	// Threads does not change results; 0 means one a processor.
	Threads int
	// Engine is what executes the model: auto, interpreter, avx2 or avx512; auto
	// when empty. It does not change results.
	Engine string
	// Version is that of the program; a calibration is continued by the version that
	// began it alone.
	Version string
}

// Progress says how far the work is.
type Progress struct {
	// Stage says in a word what is done now.
	Stage string
	// Done and Total count runs of the model.
	Done, Total int
}

func (r Request) complete() (Request, engine.Backend, error) {
	var wrong []error
	fail := func(format string, arguments ...any) { wrong = append(wrong, fmt.Errorf(format, arguments...)) }
	if r.Case == nil || r.Case.Model == nil {
		return r, 0, errors.New("no case to calibrate")
	}
	if r.Case.History == nil {
		return r, 0, fmt.Errorf("%w: the case %s has no %s, which says what was observed in the past", ErrRequest, r.Case.Name, casefile.HistoryName)
	}
	for _, x := range []struct {
		value     *int
		otherwise int
	}{{&r.Runs, DefaultRuns}, {&r.Chains, DefaultChains}, {&r.Draws, DefaultDraws}, {&r.Threads, runtime.GOMAXPROCS(0)}} {
		if *x.value == 0 {
			*x.value = x.otherwise
		}
	}
	if r.Chains < 8 || r.Chains > MostChains || r.Chains%2 != 0 {
		fail("%d chains are asked for; expected an even number from 8 to %d", r.Chains, MostChains)
	}
	if least := r.Chains * Populations * (leastGenerations + 1); r.Runs < least || r.Runs > MostRuns {
		fail("%d runs are asked for; with %d chains expected %d to %d", r.Runs, r.Chains, least, MostRuns)
	}
	if r.Draws < 1 || r.Draws > MostDraws {
		fail("%d draws are asked for; expected 1 to %d", r.Draws, MostDraws)
	}
	if r.Threads < 0 || r.Threads > mostThreads {
		fail("%d threads are asked for; expected 1 to %d, or 0 for one a processor", r.Threads, mostThreads)
	}
	backend, err := engine.BackendNamed(r.Engine)
	if err != nil {
		wrong = append(wrong, err)
	}
	if len(wrong) > 0 {
		return r, backend, fmt.Errorf("%w: %w", ErrRequest, errors.Join(wrong...))
	}
	return r, backend, nil
}

// plans are how the populations move.
func (r Request) plans() []plan {
	var plans []plan
	for k := range Populations {
		plans = append(plans, plan{
			chains: r.Chains, generations: r.Runs/Populations/r.Chains - 1,
			seed: r.Seed*Populations + uint64(k),
		})
	}
	return plans
}

// Start calibrates the case in a folder under root, which it returns, and leaves
// there posterior.csv (see casefile.Posterior), calibration.json (see Result) and
// fit.svg, which shows draws beside what was observed.
// The folder's name is made from all that determines the results. A finished
// calibration is returned at once, an unfinished one is continued. Progress, which
// may be nil, is called by one goroutine at a time.
//
// When ctx ends the work stops within about a second, can be continued, and the
// error is ctx.Err() in the sense of errors.Is. Other errors are a bad request, a
// model of the past that does not compile or draws random numbers, priors under
// which the observations have no chance, and folders that cannot be written.
func Start(ctx context.Context, r Request, root string, progress func(Progress)) (dir string, _ *Result, err error) {
	r, backend, err := r.complete()
	if err != nil {
		return "", nil, err
	}
	w, err := open(root, r)
	if err != nil {
		return "", nil, err
	}
	defer w.close()
	if progress == nil {
		progress = func(Progress) {}
	}
	if done, err := w.result(); done != nil || err != nil {
		if done != nil {
			progress(Progress{Stage: Existing, Done: r.Runs, Total: r.Runs})
		}
		return w.dir, done, err
	}
	progress(Progress{Stage: "preparing", Total: r.Runs})
	t, err := aim(r.Case, request{until: -1, threads: r.Threads, seed: r.Seed, backend: backend})
	if err != nil {
		return w.dir, nil, err
	}
	if err := t.steady(ctx); err != nil {
		return w.dir, nil, err
	}
	var populations []*population
	done := 0
	for k, p := range r.plans() {
		s, err := w.lead(ctx, t, k, p, func(generation int) {
			progress(Progress{"calibrating", done + (generation+1)*p.chains, r.Runs})
		})
		if err != nil {
			return w.dir, nil, err
		}
		done += (p.generations + 1) * p.chains
		populations = append(populations, s)
	}
	progress(Progress{"summarising", done, r.Runs})
	draws := choose(populations, r.Draws, r.Seed)
	result, met, err := summarise(ctx, r, t, populations, draws)
	if err != nil {
		return w.dir, nil, err
	}
	table, err := carry(ctx, r, backend, t, draws)
	if err != nil {
		return w.dir, nil, err
	}
	if err := WriteFile(w.dir, PictureName, func(to io.Writer) error { return t.picture(to, met) }); err != nil {
		return w.dir, nil, err
	}
	return w.dir, result, w.finish(table, result)
}

// steady makes sure that the past draws no random numbers, which would make the
// likelihood another one for each chain.
func (t *target) steady(ctx context.Context) error {
	point := make([]float64, len(t.parameters))
	return t.blocks(ctx, [][]float64{point, point}, func(b *bench, _ int, _ [][]float64) error {
		if err := t.run(b, [][]float64{point, point}); err != nil {
			return err
		}
		for i := 0; i < len(t.program.Columns())*t.times*2; i += 2 {
			if x, y := b.series[i], b.series[i+1]; x != y && x == x {
				return fmt.Errorf("the model draws random numbers in the past; switch them off in the start_values of %s", casefile.HistoryName)
			}
		}
		return nil
	})
}
