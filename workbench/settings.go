package workbench

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"handover/casefile"
	"handover/design"
	"handover/diagnostic"
	"handover/ensemble"
)

// Settings say which futures are wanted. They are the whole of what determines
// an answer, next to the case.
type Settings struct {
	Strategies []string `json:"strategies,omitempty" maxItems:"12" doc:"Ids of strategies; the case's own choice when left out. The reference is always run."`
	Draft      *Draft   `json:"draft,omitempty" doc:"A strategy that is not saved."`
	Futures    int      `json:"futures,omitempty" minimum:"0" maximum:"4096" doc:"How many futures; 1,000 when left out."`
	Seed       uint64   `json:"seed,omitempty" doc:"Where random numbers start; 1 when left out."`
	Horizon    int      `json:"horizon,omitempty" minimum:"0" maximum:"600" doc:"Months; the case's own when left out."`
	Design     string   `json:"design,omitempty" enum:"lhs,sobol" doc:"How futures are spread; lhs when left out."`
}

// Draft is a strategy made from another one.
type Draft struct {
	Base        string        `json:"base" maxLength:"100" doc:"The id of the strategy that is changed."`
	ID          string        `json:"id" maxLength:"40" pattern:"^[A-Za-z][A-Za-z0-9_-]*$" doc:"A new id."`
	Name        string        `json:"name" minLength:"1" maxLength:"200"`
	Short       string        `json:"short" minLength:"1" maxLength:"40"`
	Description string        `json:"description" minLength:"1" maxLength:"4000"`
	Levers      []LeverChange `json:"levers,omitempty" maxItems:"200"`
	Gates       []GateChange  `json:"gates,omitempty" maxItems:"50"`
}

// LeverChange gives a lever another schedule.
type LeverChange struct {
	Variable      string      `json:"variable" minLength:"1" maxLength:"200"`
	Points        [][]float64 `json:"points" minItems:"1" maxItems:"200" doc:"[month, value] pairs with rising months."`
	Interpolation string      `json:"interpolation,omitempty" enum:"linear,step"`
}

// GateChange changes a gate of the base strategy; what is left out stays.
type GateChange struct {
	Name     string   `json:"name" minLength:"1" maxLength:"200"`
	Close    string   `json:"close,omitempty" maxLength:"2000"`
	Open     string   `json:"open,omitempty" maxLength:"2000"`
	Evidence *float64 `json:"evidence,omitempty" doc:"Months for which a condition must hold."`
}

// strategy makes the strategy that a draft describes.
func (d *Draft) strategy(c *casefile.Case) (casefile.Strategy, error) {
	base := c.Strategy(d.Base)
	if base == nil {
		return casefile.Strategy{}, huma.Error422UnprocessableEntity(fmt.Sprintf("there is no strategy %q to start from", d.Base))
	}
	if c.Strategy(d.ID) != nil {
		return casefile.Strategy{}, huma.Error409Conflict(fmt.Sprintf("there is a strategy %s already; choose another id", d.ID))
	}
	s := *base
	s.ID, s.Name, s.Short, s.Description = d.ID, d.Name, d.Short, d.Description
	s.Levers, s.Gates = slices.Clone(base.Levers), slices.Clone(base.Gates)
	for _, change := range d.Levers {
		at := slices.IndexFunc(s.Levers, func(l casefile.Lever) bool { return casefile.Fold(l.Variable) == casefile.Fold(change.Variable) })
		lever := casefile.Lever{Variable: change.Variable, Calendar: s.Clock != nil}
		if at >= 0 {
			lever.Calendar = s.Levers[at].Calendar
		}
		lever.Points, lever.Interpolation = change.Points, change.Interpolation
		if at >= 0 {
			s.Levers[at] = lever
		} else {
			s.Levers = append(s.Levers, lever)
		}
	}
	for _, change := range d.Gates {
		at := slices.IndexFunc(s.Gates, func(g casefile.Gate) bool { return g.Name == change.Name })
		if at < 0 {
			return s, huma.Error422UnprocessableEntity(fmt.Sprintf("strategy %s has no gate %q", d.Base, change.Name))
		}
		if change.Close != "" {
			s.Gates[at].Close = change.Close
		}
		if change.Open != "" {
			s.Gates[at].Open = change.Open
		}
		if change.Evidence != nil {
			s.Gates[at].Evidence = *change.Evidence
		}
	}
	return s, nil
}

// problems turns diagnostics into one answer that names them all.
func problems(list diagnostic.List) error { return refused("the strategy cannot be run", list) }

// refused tells the page all that is wrong with what it sent.
func refused(what string, list diagnostic.List) error {
	var details []error
	for _, d := range list {
		message := d.Message
		if d.Hint != "" {
			message += " (" + d.Hint + ")"
		}
		details = append(details, &huma.ErrorDetail{Message: message, Location: d.Subject})
	}
	return huma.Error422UnprocessableEntity(what, details...)
}

// resolve turns settings into a request and the key of its answer.
func (s *Server) resolve(q Settings) (ensemble.Request, *ensemble.Live, string, error) {
	c, live := s.current()
	if q.Futures == 0 {
		q.Futures = 1000
	}
	if q.Seed == 0 {
		q.Seed = 1
	}
	if q.Strategies == nil {
		q.Strategies = slices.Clone(c.Default)
	}
	c, err := s.extended(c, &q)
	if err != nil {
		return ensemble.Request{}, nil, "", err
	}
	r := ensemble.Request{Case: c, Strategies: q.Strategies, Futures: q.Futures, Seed: q.Seed, Horizon: q.Horizon, Design: design.Kind(q.Design), Version: s.o.Version}
	text, err := json.Marshal(q)
	if err != nil {
		return r, nil, "", err
	}
	sum := sha256.Sum256(append(text, c.Hash...))
	return r, live, hex.EncodeToString(sum[:12]), nil
}

// mostDrafts is how many cases with a strategy that is not saved are kept.
const mostDrafts = 64

// drafts keeps cases with strategies that are not saved: several requests follow
// a move of a lever. One is checked at a time.
type drafts struct {
	sync.Mutex
	byKey map[string]*casefile.Case
	order []string
}

// with returns the case with a strategy, checked.
func (d *drafts) with(c *casefile.Case, strategy casefile.Strategy) (*casefile.Case, error) {
	text, err := json.Marshal(strategy)
	if err != nil {
		return nil, err
	}
	key := c.Hash + string(text)
	d.Lock()
	defer d.Unlock()
	if found := d.byKey[key]; found != nil {
		return found, nil
	}
	drafted, list := c.With(strategy)
	if drafted == nil {
		return nil, problems(list)
	}
	if d.byKey == nil {
		d.byKey = map[string]*casefile.Case{}
	}
	d.byKey[key] = drafted
	d.order = append(d.order, key)
	if len(d.order) > mostDrafts {
		delete(d.byKey, d.order[0])
		d.order = slices.Clone(d.order[1:])
	}
	return drafted, nil
}

// extended returns the case with the strategies of settings that it lacks: plans
// that a search found, and the draft.
func (s *Server) extended(c *casefile.Case, q *Settings) (*casefile.Case, error) {
	var err error
	wanted := q.Strategies
	if q.Draft != nil {
		wanted = append(slices.Clone(q.Strategies), q.Draft.Base)
	}
	for _, id := range wanted {
		if c.Strategy(id) != nil {
			continue
		}
		plan := s.foundPlan(c, id)
		if plan == nil {
			return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("there is no strategy %q", id))
		}
		if c, err = s.drafts.with(c, *plan); err != nil {
			return nil, err
		}
	}
	if q.Draft == nil {
		return c, nil
	}
	strategy, err := q.Draft.strategy(c)
	if err != nil {
		return nil, err
	}
	if c, err = s.drafts.with(c, strategy); err != nil {
		return nil, err
	}
	q.Strategies = append(slices.Clone(q.Strategies), q.Draft.ID)
	return c, nil
}

// result is a finished picture with the case it is of.
type result struct {
	c       *casefile.Case
	picture *ensemble.Picture
}

// mostResults is how many finished pictures are kept.
const mostResults = 24

// results keeps finished pictures by key, for the views that look at the same
// futures.
type results struct {
	sync.Mutex
	byKey map[string]result
	order []string
}

func (r *results) find(key string) (result, bool) {
	r.Lock()
	defer r.Unlock()
	found, ok := r.byKey[key]
	return found, ok
}

func (r *results) keep(key string, one result) {
	r.Lock()
	defer r.Unlock()
	if r.byKey == nil {
		r.byKey = map[string]result{}
	}
	if _, ok := r.byKey[key]; !ok {
		r.order = append(r.order, key)
	}
	r.byKey[key] = one
	if len(r.order) > mostResults {
		delete(r.byKey, r.order[0])
		r.order = slices.Clone(r.order[1:])
	}
}

// computed returns the final picture of settings.
func (s *Server) computed(ctx context.Context, q Settings) (result, error) {
	request, live, key, err := s.resolve(q)
	if err != nil {
		return result{}, err
	}
	if found, ok := s.results.find(key); ok {
		return found, nil
	}
	place, err := s.admit(ctx)
	if err != nil {
		return result{}, err
	}
	defer place.leave()
	var last *ensemble.Picture
	if err := live.Run(ctx, request, func(p *ensemble.Picture) error { last = p; return nil }); err != nil {
		return result{}, failure(err)
	}
	one := result{request.Case, last}
	s.results.keep(key, one)
	return one, nil
}

// failure turns an error of a run into an answer.
func failure(err error) error {
	var list diagnostic.List
	switch {
	case errors.As(err, &list):
		return problems(list)
	case errors.Is(err, context.Canceled):
		return huma.NewError(499, "the request was cancelled")
	}
	return huma.Error422UnprocessableEntity(err.Error())
}
