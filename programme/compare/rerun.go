package compare

import (
	"context"
	"fmt"
	"slices"

	"handover/casefile"
	"handover/diagnostic"
	"handover/ensemble"
	"handover/evidence"
	"handover/model"
	"handover/programme"
)

// Names of the two ways in which a plan can go on from what was delivered.
const (
	// Delayed keeps the delay: the rest of the plan comes as much later as the line
	// is late.
	Delayed = "delayed"
	// Resumed has the plan's own amounts again from the next month on.
	Resumed = "resumed"
)

// FromActual is a strategy with the levers of the programme's lines as the ledger
// says they were delivered, month by month from the base date to a month, and the
// plan going on from there in one of the two ways. The levers of a line share its
// amount as they do in the plan. Replaced are the lines whose levers it sets; none
// when the ledger says nothing about them since the base date.
func FromActual(c *casefile.Case, s *casefile.Strategy, l *programme.Ledger, to evidence.Month, way string) (out casefile.Strategy, replaced []string, err error) {
	base, err := Base(c)
	if err != nil {
		return out, nil, err
	}
	out = *s
	out.ID = s.ID + "-" + way
	out.Name = s.Name + ", from what was delivered, " + way
	out.Short = s.Short + ", " + way
	out.Levers = slices.Clone(s.Levers)
	now := int(to - base)
	if now < 0 || now > c.Horizon {
		return out, nil, nil
	}
	for _, line := range c.Programme.Lines {
		plan, _ := Scheduled(c, s, line, c.Horizon)
		if plan == nil {
			continue
		}
		actual := delivered(l, line, base, to)
		if actual == nil {
			continue
		}
		standing := Stand(l, line, plan, to)
		delay := 0.0
		if way == Delayed {
			delay = standing.Months.Middle
		}
		levers, err := replacedLevers(c, s, line, actual, delay)
		if err != nil {
			return out, nil, err
		}
		for _, v := range levers {
			v.Calendar = s.Clock != nil
			i := slices.IndexFunc(out.Levers, func(x casefile.Lever) bool {
				return model.Canonical(x.Variable) == model.Canonical(v.Variable)
			})
			if i >= 0 {
				out.Levers[i] = v
			} else {
				out.Levers = append(out.Levers, v)
			}
		}
		replaced = append(replaced, line.ID)
	}
	return out, replaced, nil
}

// amount is what the levers of a line added up to in a month.
type amount struct {
	known bool
	value float64
}

// delivered is by month since the base date what the levers of a line must have
// been; nil when the ledger has no figure for the line in those months.
func delivered(l *programme.Ledger, line casefile.Line, base, to evidence.Month) []amount {
	to = judged(l, line, to)
	if to < base {
		return nil
	}
	out := make([]amount, int(to-base)+1)
	class, _ := programme.Kind(line.Kind).Class()
	before, some := 0.0, false
	for _, p := range l.Series(line, to) {
		value := p.Amount
		if !class.Level {
			value -= before
		}
		before = p.Amount
		if p.Month < base || p.Since < base {
			continue
		}
		out[p.Month-base] = amount{true, value / line.Scale()}
		some = true
	}
	if !some {
		return nil
	}
	return out
}

// replacedLevers are the levers of a line by month: as delivered up to the last
// month of actual, then the plan, later by a delay in months.
func replacedLevers(c *casefile.Case, s *casefile.Strategy, line casefile.Line, actual []amount, delay float64) ([]casefile.Lever, error) {
	schedules := make([]func(float64) float64, len(line.Levers))
	for i, name := range line.Levers {
		at, why := leverSchedule(c, s, name)
		if why != "" {
			return nil, fmt.Errorf("%s", why)
		}
		schedules[i] = at
	}
	total := func(month float64) float64 {
		sum := 0.0
		for _, at := range schedules {
			sum += at(month)
		}
		return sum
	}
	class, _ := programme.Kind(line.Kind).Class()
	now := len(actual) - 1
	out := make([]casefile.Lever, len(schedules))
	for i, name := range line.Levers {
		out[i].Variable = name
		for m := range c.Horizon + 1 {
			at := float64(m)
			value := schedules[i](at)
			switch {
			case m <= now && actual[m].known:
				value = share(schedules[i](at), total(at), actual[m].value, len(schedules))
			case m > now && delay > 0:
				value = schedules[i](at - delay)
				// Where the plan never was where the line is, it goes on from the line.
				if start := total(float64(now) - delay); class.Level && start > 0 {
					value = float64(value * (actual[now].value / start))
				}
			}
			out[i].Points = append(out[i].Points, []float64{at, value})
		}
	}
	return out, nil
}

// share is the part of an amount that a lever has when it is so much of a total;
// an equal part when the plan has nothing of it.
func share(lever, total, amount float64, levers int) float64 {
	if total == 0 {
		return amount / float64(levers)
	}
	return float64(amount * (lever / total))
}

// Rerun is the ensemble under a strategy as it was planned and from what was
// delivered, in the same futures.
type Rerun struct {
	Summary *ensemble.Summary
	// Replaced are the lines whose levers are as delivered.
	Replaced []string
	// Planned, Delayed and Resumed are ids of strategies of the summary; the last
	// two are empty when nothing was replaced.
	Planned, Delayed, Resumed string
}

// Run runs the ensemble of a request whose Case is that of the ledger under one
// of its strategies, and from what the ledger says was delivered by a month. The
// request's Strategies are set here. Differences of the summary are to the
// strategy as it was planned.
func Run(ctx context.Context, r ensemble.Request, strategy string, l *programme.Ledger, to evidence.Month) (*Rerun, error) {
	c := r.Case
	s := c.Strategy(strategy)
	if s == nil {
		return nil, fmt.Errorf("the case has no strategy %q", strategy)
	}
	out := &Rerun{Planned: s.ID}
	ids := []string{s.ID}
	for _, way := range []string{Delayed, Resumed} {
		from, replaced, err := FromActual(r.Case, s, l, to, way)
		if err != nil {
			return nil, err
		}
		if len(replaced) == 0 {
			break
		}
		var mistakes diagnostic.List
		if c, mistakes = c.With(from); mistakes.Errors() > 0 {
			return nil, fmt.Errorf("the strategy as it was delivered cannot be run: %w", mistakes[0])
		}
		out.Replaced = replaced
		ids = append(ids, from.ID)
	}
	if len(ids) == 3 {
		out.Delayed, out.Resumed = ids[1], ids[2]
	}
	against := *c
	against.Reference = s.ID
	r.Case, r.Strategies = &against, ids
	err := ensemble.NewLive(&against).Run(ctx, r, func(p *ensemble.Picture) error {
		if p.Final() {
			out.Summary = p.Summary
		}
		return nil
	})
	return out, err
}

// Expect finds what the model expects of a standing and where the figure lies in
// it. Nothing is expected of a line without a series, or before the base date.
func (r *Rerun) Expect(c *casefile.Case, s *Standing) error {
	base, err := Base(c)
	if err != nil || s.Line.Series == "" {
		return err
	}
	at := slices.Index(r.Summary.Times, float64(s.Judged-base))
	for _, strategy := range r.Summary.Strategies {
		if strategy.ID != r.Planned || at < 0 {
			continue
		}
		for _, fan := range strategy.Series {
			if fan.ID != s.Line.Series {
				continue
			}
			e := &Expected{Low: 0, High: 1}
			for i, q := range fan.Quantiles {
				e.Quantiles = append(e.Quantiles, q[at])
				if s.Known && q[at] < s.Actual.Amount {
					e.Low = ensemble.Levels[i]
				}
				if s.Known && q[at] > s.Actual.Amount && e.High == 1 {
					e.High = ensemble.Levels[i]
				}
			}
			s.Expected = e
		}
	}
	return nil
}
