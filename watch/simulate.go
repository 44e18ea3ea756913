package watch

import (
	"context"
	"fmt"
	"slices"

	"handover/casefile"
	"handover/ensemble"
	"handover/evidence"
	"handover/programme"
	"handover/programme/compare"
	"handover/signpost"
)

// LastMonth is the last month of which anything is known; 0 for none.
func LastMonth(s signpost.Sources) evidence.Month {
	var last evidence.Month
	for _, x := range s.Series {
		if cut, ok := x.CutOff(); ok {
			last = max(last, cut)
		}
	}
	if s.Ledger != nil {
		if m, ok := s.Ledger.LastMonth(); ok {
			last = max(last, m)
		}
	}
	return last
}

// Simulate runs the model from what was delivered by the month and by the one
// before, and measures the signposts in simulated futures. Futures and Seed are
// those of the content; the request says with what the model is computed.
func (x *Content) Simulate(ctx context.Context, request ensemble.Request) error {
	c := x.Sources.Case
	base, err := compare.Base(c)
	if err != nil {
		return err
	}
	ledger := x.Sources.Ledger
	if ledger == nil {
		ledger = programme.NewLedger(nil)
	}
	request.Case, request.Futures, request.Seed = c, x.Futures, x.Seed
	if x.Now, err = compare.Run(ctx, request, x.Strategy.ID, ledger.AsOf(x.Month), x.Month); err != nil {
		return err
	}
	if x.Before, err = compare.Run(ctx, request, x.Strategy.ID, ledger.AsOf(x.Month-1), x.Month-1); err != nil {
		return err
	}
	var ids []string
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, s := range c.Signposts {
		if s.Warns != nil {
			add(s.Warns.Series)
		}
		for _, w := range s.Watch {
			add(w.Series)
		}
	}
	var followed []string
	for _, f := range c.Belief.Fans {
		followed = append(followed, f.Series)
		add(f.Series)
	}
	if len(followed) > 0 {
		for _, r := range c.Belief.Reports {
			followed = append(followed, r.SeriesID())
		}
		if x.FromNow, err = delivered(ctx, request, x.Strategy, ledger.AsOf(x.Month), x.Month, followed); err != nil {
			return err
		}
		if x.FromBefore, err = delivered(ctx, request, x.Strategy, ledger.AsOf(x.Month-1), x.Month-1, followed); err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		return nil
	}
	x.Simulated = map[string]signpost.Record{}
	k := x.Sources.Dispersions()
	// What is rare under one plan is seen often enough under several.
	plans := c.Default
	if !slices.Contains(plans, x.Strategy.ID) {
		plans = append(slices.Clone(plans), x.Strategy.ID)
	}
	for _, id := range plans {
		request.Strategies = []string{id}
		paths, err := signpost.Futures(ctx, request, ids)
		if err != nil {
			return err
		}
		if id == x.Strategy.ID {
			x.Paths = paths
		}
		for _, s := range c.Signposts {
			r := x.Simulated[s.ID]
			r.Add(signpost.Simulated(s, base, paths, k, x.Seed))
			x.Simulated[s.ID] = r
		}
	}
	return nil
}

// delivered runs a strategy from what was delivered by a month, and returns series
// and quantities of reports.
func delivered(ctx context.Context, r ensemble.Request, s *casefile.Strategy, l *programme.Ledger, month evidence.Month, ids []string) (map[string]signpost.Paths, error) {
	c := r.Case
	r.Strategies = []string{s.ID}
	from, replaced, err := compare.FromActual(c, s, l, month, compare.Delayed)
	if err != nil {
		return nil, err
	}
	if len(replaced) > 0 {
		with, mistakes := c.With(from)
		if mistakes.Errors() > 0 {
			return nil, fmt.Errorf("the strategy as it was delivered cannot be run: %w", mistakes[0])
		}
		c, r.Strategies = with, []string{from.ID}
	}
	r.Case = c.Watched()
	return signpost.Futures(ctx, r, ids)
}
