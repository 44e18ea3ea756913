package ensemble

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"handover/casefile"
	"handover/design"
	"handover/diagnostic"
	"handover/engine"
)

// Format is the version of the files in a run folder. Runs of another format
// are not continued.
const Format = 1

// Bounds of a Request.
const (
	MostMonths  = 600
	MostFutures = 10_000_000
	// DefaultLanes is how many runs a block has when the request does not say.
	DefaultLanes = 64
	// mostThreads and mostLanes keep a mistyped number from taking all memory.
	mostThreads = 4096
	mostLanes   = roundSize
)

// Request says what to run. The zero values of Strategies, Horizon, Design,
// Threads and Lanes mean the default.
type Request struct {
	Case *casefile.Case
	// Strategies are ids; nil means Case.Default. They run in the order of the
	// case, each once, and the reference strategy always runs with them.
	Strategies []string
	// Futures is how many points of the uncertainties are run, from 1 to
	// MostFutures, each under every strategy.
	Futures int
	Seed    uint64
	// Horizon is how long a future is, in months from the base date, from 1 to
	// MostMonths; 0 means Case.Horizon.
	Horizon int
	// Design is how futures are spread; Latin hypercube when empty.
	Design design.Kind
	// Threads is how many goroutines run blocks at once; 0 means GOMAXPROCS. It
	// does not change results.
	Threads int
	// Lanes is how many runs a block has, 0 meaning DefaultLanes; more than 256
	// count as 256. It does not change results.
	Lanes int
	// Engine is what executes the model: auto, interpreter, avx2 or avx512; auto
	// when empty. It does not change results.
	Engine string
	// Memory, when above 0, is how many bytes the run may take; one that would need
	// more is refused with a MemoryError before it starts. It does not change results.
	Memory int64
	// Version is the version of the program. A run is continued by the version
	// that began it alone.
	Version string
}

// complete checks the request and fills in defaults. The error names everything
// that is wrong.
func (r Request) complete() (Request, error) {
	if r.Case == nil || r.Case.Model == nil {
		return r, errors.New("no case to run")
	}
	var wrong []error
	fail := func(format string, arguments ...any) {
		wrong = append(wrong, fmt.Errorf(format, arguments...))
	}
	if r.Strategies == nil {
		r.Strategies = r.Case.Default
	}
	var ids, ordered []string
	for _, s := range r.Case.Strategies {
		ids = append(ids, s.ID)
		if s.ID == r.Case.Reference || slices.Contains(r.Strategies, s.ID) {
			ordered = append(ordered, s.ID)
		}
	}
	for _, id := range r.Strategies {
		if !slices.Contains(ids, id) {
			hint := diagnostic.DidYouMean(id, ids)
			if hint != "" {
				hint = " (" + hint + ")"
			}
			fail("unknown strategy %q; the case %s has %s%s", id, r.Case.Name, strings.Join(ids, ", "), hint)
		}
	}
	if !slices.Contains(ids, r.Case.Reference) {
		fail("the reference strategy %q is not among the strategies of the case: %s", r.Case.Reference, strings.Join(ids, ", "))
	}
	r.Strategies = ordered
	if r.Futures < 1 || r.Futures > MostFutures {
		fail("%d futures are asked for; expected 1 to %d", r.Futures, MostFutures)
	}
	if r.Horizon == 0 {
		r.Horizon = r.Case.Horizon
	}
	if r.Horizon < 1 || r.Horizon > MostMonths {
		fail("the horizon is %d months; expected 1 to %d", r.Horizon, MostMonths)
	}
	if r.Design == "" {
		r.Design = design.LatinHypercube
	}
	if r.Threads < 0 || r.Threads > mostThreads {
		fail("%d threads are asked for; expected 1 to %d, or 0 for one a processor", r.Threads, mostThreads)
	}
	if r.Threads == 0 {
		r.Threads = runtime.GOMAXPROCS(0)
	}
	if r.Lanes < 0 {
		fail("%d lanes are asked for; expected 1 to %d, or 0 for the default", r.Lanes, mostLanes)
	}
	if r.Lanes == 0 {
		r.Lanes = DefaultLanes
	}
	r.Lanes = min(r.Lanes, mostLanes)
	if _, err := engine.BackendNamed(r.Engine); err != nil {
		wrong = append(wrong, err)
	}
	return r, errors.Join(wrong...)
}

// manifest describes the run that a complete request asks for. Its id is taken
// from all that determines the results, and from nothing else.
func (r Request) manifest() Manifest {
	t := r.Case.Model.Time
	m := Manifest{
		Case:        r.Case.Name,
		CaseTitle:   r.Case.Title,
		CaseVersion: r.Case.Version,
		CaseHash:    r.Case.Hash,
		ModelHash:   r.Case.ModelHash,
		Seed:        r.Seed,
		Futures:     r.Futures,
		Horizon:     r.Horizon,
		Design:      string(r.Design),
		Strategies:  r.Strategies,
		Reference:   r.Case.Reference,
		Method:      t.Method.String(),
		DT:          t.DT,
		Version:     r.Version,
		Format:      Format,
	}
	if r.Case.Posterior != nil {
		m.Posterior = r.Case.Posterior.Hash
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // only a dt that is not finite, which no checked model has
	}
	sum := sha256.Sum256(text)
	m.Run = hex.EncodeToString(sum[:6])
	return m
}

// request is the request that leads to a manifest.
func (m Manifest) request(c *casefile.Case, threads, lanes int, backend string) Request {
	return Request{
		Case:       c,
		Strategies: m.Strategies,
		Futures:    m.Futures,
		Seed:       m.Seed,
		Horizon:    m.Horizon,
		Design:     design.Kind(m.Design),
		Threads:    threads,
		Lanes:      lanes,
		Engine:     backend,
		Version:    m.Version,
	}
}

// reduces translates the reductions of a case to those of the engine.
var reduces = map[casefile.Reduction]engine.Reduce{
	casefile.Final:    engine.Final,
	casefile.Minimum:  engine.Minimum,
	casefile.Maximum:  engine.Maximum,
	casefile.Mean:     engine.Mean,
	casefile.Integral: engine.Integral,
	casefile.First:    engine.First,
}
