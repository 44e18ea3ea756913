package compare

import (
	"math"
	"slices"

	"handover/casefile"
	"handover/evidence"
	"handover/programme"
)

// Verdict is how a line stands.
type Verdict string

// The verdicts.
const (
	OnTrack Verdict = "on track"
	// Ahead is beyond the plan by more than the line's tolerance.
	Ahead Verdict = "ahead"
	// Late is behind a plan whose last month has not come yet.
	Late Verdict = "late"
	// Short is behind a plan that should be fulfilled.
	Short Verdict = "short"
	// NoPlan and NoActual have nothing to compare.
	NoPlan   Verdict = "no plan"
	NoActual Verdict = "nothing reported"
	// NoNews has no figure since the plan began.
	NoNews Verdict = "nothing new"
)

// Range is an amount with its bounds.
type Range struct{ Low, Middle, High float64 }

// Standing is a line at the end of a month.
type Standing struct {
	Line  casefile.Line
	Month evidence.Month
	// Judged is the month whose plan the figure is compared with: that of the
	// figure, as long as a state or a total may just not have been reported since;
	// Month for what is entered as it comes.
	Judged evidence.Month
	// Actual is what the ledger says; Known is false when it says nothing. Age is
	// how many months the figure is old.
	Actual programme.Point
	Known  bool
	Age    int
	// Party says that only parties to the conflict report the line.
	Party bool
	// Plan is nil when there is none; Why then says why, where there should be one.
	Plan    *Plan
	Why     string
	Planned float64
	Verdict Verdict
	// Sure says that the verdict is the same at both bounds of the figure.
	Sure bool
	// Behind is by how much the line is behind the plan, below 0 when it is ahead.
	// Months is by how many months it is late: how long ago the plan was where the
	// line is now. AtLeast says that the plan was never there, so that it is more.
	Behind  Range
	Months  Range
	AtLeast bool
	// Overdue is by how many months the target of the plan was reached too late; 0
	// when it was not, or is not reached.
	Overdue int
	// Reached is the month in which the target of the plan is reached at the pace
	// of the twelve months before the last figure; 0 for never, or when no pace is
	// known.
	Reached evidence.Month
	Paced   bool
	// Expected is the model's fan at that month; nil without one.
	Expected *Expected
}

// Expected is a series of the model at a month.
type Expected struct {
	// Quantiles at ensemble.Levels.
	Quantiles []float64
	// Place is the share of futures that are below the actual figure, between the
	// bounds of the two quantiles round it; both ends are known only to the
	// outermost levels.
	Low, High float64
}

// Stand compares one line at the end of a month with its plan, which may be nil.
func Stand(l *programme.Ledger, line casefile.Line, plan *Plan, m evidence.Month) Standing {
	s := Standing{Line: line, Month: m, Judged: judged(l, line, m), Plan: plan}
	points := l.Series(line, m)
	if len(points) > 0 && points[len(points)-1].Month == m {
		s.Actual, s.Known = points[len(points)-1], true
		s.Age = int(m - s.Actual.Since)
	}
	class, _ := programme.Kind(line.Kind).Class()
	_, has := plan.At(m)
	if s.Known && has && s.Judged < plan.From {
		s.Planned, s.Verdict = plan.Amounts[0], NoNews
		return s
	}
	if !s.Known && has && !class.Level && plan.Of == ByPromise && m >= plan.Due {
		// Of what adds up and was promised, nothing reported by the day is taken for
		// nothing come.
		s.Actual = programme.Point{Month: m, Since: m}
		s.Planned, _ = plan.At(m)
		s.judge()
		return s
	}
	s.Planned, _ = plan.At(s.Judged)
	switch {
	case !s.Known:
		s.Verdict = NoActual
		return s
	case !has:
		s.Verdict = NoPlan
		return s
	}
	s.judge()
	s.overdue(points)
	s.pace(points)
	return s
}

// judged is the month that a line is compared with the plan of.
func judged(l *programme.Ledger, line casefile.Line, m evidence.Month) evidence.Month {
	entries := l.Of(line, programme.Done)
	for i := len(entries) - 1; i >= 0; i-- {
		switch e := entries[i]; {
		case e.Month() > m:
		case e.Measure == programme.Added:
			return m
		default:
			return e.Month()
		}
	}
	return m
}

// sign turns amounts so that more is progress.
func sign(line casefile.Line) float64 {
	if line.Better == "lower" {
		return -1
	}
	return 1
}

func (s *Standing) judge() {
	up := sign(s.Line)
	behind := func(x float64) float64 { return float64(up * (s.Planned - x)) }
	s.Behind = Range{min(behind(s.Actual.Low), behind(s.Actual.High)), behind(s.Actual.Amount), max(behind(s.Actual.Low), behind(s.Actual.High))}
	verdict := func(x float64) Verdict {
		allowed := float64(s.Line.Within() * math.Abs(s.Planned))
		switch b := behind(x); {
		case b < -allowed:
			return Ahead
		case b <= allowed:
			return OnTrack
		case s.Judged >= s.Plan.Due:
			return Short
		}
		return Late
	}
	s.Verdict = verdict(s.Actual.Amount)
	s.Sure = s.Known && verdict(s.Actual.Low) == s.Verdict && verdict(s.Actual.High) == s.Verdict
	if s.Verdict == Late || s.Verdict == Short {
		late := func(x float64) (float64, bool) { return s.Plan.late(x, up, s.Judged) }
		a, _ := late(s.Actual.Low)
		b, _ := late(s.Actual.High)
		var never bool
		s.Months.Middle, never = late(s.Actual.Amount)
		s.AtLeast = never
		s.Months.Low, s.Months.High = min(a, b), max(a, b)
	}
}

// late is how many months ago the plan was at an amount; never says that it was
// beyond it from its first month.
func (p *Plan) late(x, up float64, m evidence.Month) (months float64, never bool) {
	for at := m; at >= p.From; at-- {
		planned, _ := p.At(at)
		if float64(up*(planned-x)) <= 0 {
			if at == m {
				return 0, false
			}
			if p.Steps {
				return float64(m - at - 1), false // it was due in the month after
			}
			next, _ := p.At(at + 1)
			return float64(m-at) - (x-planned)/(next-planned), false
		}
	}
	return float64(m - p.From), true
}

// overdue tells by how many months a target that is reached was reached too late.
func (s *Standing) overdue(points []programme.Point) {
	if s.Verdict != OnTrack && s.Verdict != Ahead || s.Judged < s.Plan.Due {
		return
	}
	up := sign(s.Line)
	allowed := float64(s.Line.Within() * math.Abs(s.Plan.Target()))
	i := slices.IndexFunc(points, func(p programme.Point) bool { return float64(up*(s.Plan.Target()-p.Amount)) <= allowed })
	if i >= 0 && points[i].Month > s.Plan.Due {
		s.Overdue = int(points[i].Month - s.Plan.Due)
	}
}

// pace tells when the target is reached, from the last figure and the one twelve
// months before it, or the first.
func (s *Standing) pace(points []programme.Point) {
	if !s.Known || s.Plan == nil {
		return
	}
	last := s.Actual.Since
	i := slices.IndexFunc(points, func(p programme.Point) bool { return p.Month >= last-12 })
	if i < 0 || points[i].Month >= last {
		return
	}
	s.Paced = true
	up := sign(s.Line)
	rate := float64(up*(s.Actual.Amount-points[i].Amount)) / float64(last-points[i].Month)
	left := float64(up * (s.Plan.Target() - s.Actual.Amount))
	switch {
	case left <= 0:
		s.Reached = last
	case rate > 0 && left/rate < 600:
		s.Reached = last + evidence.Month(math.Ceil(left/rate))
	}
}

// Standings compares every line of a case's programme at the end of a month, each
// with its promises and, from the base date on, with the schedule of a strategy. A
// line without either stands alone.
func Standings(c *casefile.Case, s *casefile.Strategy, l *programme.Ledger, m evidence.Month) []Standing {
	var out []Standing
	for _, line := range c.Programme.Lines {
		before := len(out)
		if p := Promised(l, line); p != nil {
			out = append(out, Stand(l, line, p, m))
		}
		p, why := Scheduled(c, s, line, c.Horizon)
		if _, begun := p.At(m); begun {
			out = append(out, Stand(l, line, p, m))
		}
		if len(out) == before {
			alone := Stand(l, line, nil, m)
			alone.Why = why
			out = append(out, alone)
		}
		for i := range out[before:] {
			out[before+i].Party = l.ByParty(line, c.Programme.Parties)
		}
	}
	return out
}
