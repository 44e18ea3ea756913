// Package compare sets what a ledger says was delivered beside what was promised,
// beside the schedule of a strategy and beside what the model expects under that
// strategy: each line of a programme is on track, late or short, by how much, with
// the bounds of the figure.
package compare

import (
	"fmt"
	"math"
	"strings"
	"time"

	"handover/casefile"
	"handover/evidence"
	"handover/model"
	"handover/programme"
)

// ByPromise is whose plan promises make.
const ByPromise = "promise"

// Plan is what a line should be at the end of each month.
type Plan struct {
	// Of says whose plan it is: ByPromise, or the id of a strategy.
	Of   string
	From evidence.Month
	// Amounts are in the unit of the line, one a month from From.
	Amounts []float64
	// Due is the month after which the plan stays as it is.
	Due evidence.Month
	// Steps says that the plan is of single things, such as bases: it goes up in
	// the months in which one is due and not between.
	Steps bool
}

// At is the planned amount at the end of a month; false before the plan begins.
// After its last month it stays.
func (p *Plan) At(m evidence.Month) (float64, bool) {
	if p == nil || len(p.Amounts) == 0 || m < p.From {
		return 0, false
	}
	return p.Amounts[min(int(m-p.From), len(p.Amounts)-1)], true
}

// Target is the last amount of the plan.
func (p *Plan) Target() float64 { return p.Amounts[len(p.Amounts)-1] }

// Base is the month of a case's base date, the month 0 of its strategies.
func Base(c *casefile.Case) (evidence.Month, error) {
	day, err := time.Parse(time.DateOnly, c.BaseDate)
	if err != nil {
		return 0, fmt.Errorf("the base date of the case is no day: %w", err)
	}
	return evidence.NewMonth(day.Year(), int(day.Month())), nil
}

// Promised is the plan that promises make. But for single things it goes in a straight line from what
// there was when the first promise was made (nothing, of a kind that adds up and
// has no entry by then) to each amount at its month. It is nil without promises,
// and when nobody can say where a promised state began.
func Promised(l *programme.Ledger, line casefile.Line) *Plan {
	promises := l.Promises(line)
	if len(promises) == 0 {
		return nil
	}
	from := promises[0].Month
	for _, p := range promises {
		from = min(from, p.Made)
	}
	last := promises[len(promises)-1].Month
	amount := math.NaN()
	class, _ := programme.Kind(line.Kind).Class()
	if !class.Level {
		amount = 0
	}
	for _, p := range l.Series(line, from) {
		amount = p.Amount
	}
	plan := &Plan{Of: ByPromise, From: from, Due: last, Steps: class.Unit == "bases" || class.Unit == "events"}
	if math.IsNaN(amount) {
		plan.From, amount = promises[0].Month, promises[0].Amount
	}
	at, next := plan.From, 0
	start := amount
	for m := plan.From; m <= last; m++ {
		for next < len(promises) && promises[next].Month < m {
			at, start = promises[next].Month, promises[next].Amount
			next++
		}
		p := promises[min(next, len(promises)-1)]
		share := 1.0
		switch {
		case p.Month > at && plan.Steps && m < p.Month:
			share = 0
		case p.Month > at:
			share = float64(m-at) / float64(p.Month-at)
		}
		plan.Amounts = append(plan.Amounts, start+float64(share*(p.Amount-start)))
	}
	return plan
}

// Scheduled is the plan of a strategy for a line: its levers added up, from the
// month of the base date for so many months. Levers of a kind that adds up are
// amounts a month, and the plan what has come by the end of each month. A lever
// that the strategy leaves alone has the value of the model. It is nil when the
// line has no levers; why says when the schedule cannot be told before a run.
func Scheduled(c *casefile.Case, s *casefile.Strategy, line casefile.Line, months int) (plan *Plan, why string) {
	if len(line.Levers) == 0 {
		return nil, ""
	}
	base, err := Base(c)
	if err != nil {
		return nil, err.Error()
	}
	values := make([]float64, months+1)
	for _, name := range line.Levers {
		schedule, why := leverSchedule(c, s, name)
		if why != "" {
			return nil, why
		}
		for m := range values {
			values[m] += float64(line.Scale() * schedule(float64(m)))
		}
	}
	class, _ := programme.Kind(line.Kind).Class()
	plan = &Plan{Of: s.ID, From: base, Amounts: values}
	if !class.Level {
		sum := 0.0
		for m, rate := range values {
			sum += rate
			values[m] = sum
		}
	}
	due := len(values) - 1
	for due > 0 && values[due-1] == values[due] {
		due--
	}
	plan.Due = base + evidence.Month(due)
	return plan, ""
}

// leverSchedule is a lever of a strategy by months since the base date.
func leverSchedule(c *casefile.Case, s *casefile.Strategy, name string) (at func(month float64) float64, why string) {
	for _, v := range s.Levers {
		if model.Canonical(v.Variable) != model.Canonical(name) {
			continue
		}
		if len(v.Points) == 0 {
			return nil, fmt.Sprintf("strategy %s sets %s by a rule, not by a schedule", s.ID, name)
		}
		return func(month float64) float64 { return between(v, month) }, ""
	}
	v := c.Model.Variable(name)
	if v != nil && len(v.Equations) == 1 {
		if n, ok := v.Equations[0].Expression.(*model.Number); ok {
			return func(float64) float64 { return n.Value }, ""
		}
	}
	return nil, fmt.Sprintf("%s has no constant value in the model and no schedule in strategy %s", name, s.ID)
}

// between reads the points of a lever at a month.
func between(v casefile.Lever, month float64) float64 {
	last := v.Points[0]
	for _, p := range v.Points {
		if p[0] > month {
			if p[0] <= last[0] || strings.EqualFold(v.Interpolation, "step") {
				return last[1]
			}
			return last[1] + float64((month-last[0])/(p[0]-last[0])*(p[1]-last[1]))
		}
		last = p
	}
	return last[1]
}
