package watch

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/ensemble"
	"handover/evidence"
	"handover/evidence/claim"
	"handover/evidence/indicator"
	"handover/forecast/question"
	"handover/programme/compare"
	"handover/signpost"
)

// signs lays out all signposts.
func (b *builder) signs() {
	s := Section{Title: "Signs", Heads: []string{"Sign", "Of", "Arrow", "Last alert", "Data to", "In history", "In simulated futures", "On simulated counts"},
		Lead: "In history and in simulated futures: false alerts a year, how many of the beginnings of what it warns of had an alert before, and how many months before (median). The simulated futures are those of all strategies that the case runs by itself. On simulated counts of the level and clustering of its last three years: false alerts a year while nothing changes, and after how many months growth of 6 and 12% a month is seen (median)."}
	for _, p := range b.board.Posts {
		last, data := "none", "no data"
		if m, ok := p.Last(); ok {
			last = m.String()
			if p.On {
				last += ", stands"
			}
		}
		if p.Known {
			data = p.CutOff.String()
			if p.Age > 3 {
				data += fmt.Sprintf(", %d months old", p.Age)
			}
		}
		s.Rows = append(s.Rows, []string{p.Name, p.Alert, string(p.Arrow), last, data, recordWords(p.Past), recordWords(b.Simulated[p.ID]), tradeWords(p)})
	}
	if len(s.Rows) > 0 {
		b.add(s)
	}
}

// tradeWords measures a detector of growth on simulated counts.
func tradeWords(p *signpost.Post) string {
	if !p.Known || p.Detector == casefile.DetectLimit || !p.Figures[0].Count {
		return ""
	}
	mean, k := p.Figures[0].Recent()
	t := signpost.Measure(p.Signpost, mean, k, 0.06, 0.12)
	after := func(months float64) string {
		if math.IsInf(months, 1) {
			return "never"
		}
		return fmt.Sprintf("%g", months)
	}
	return fmt.Sprintf("%.2f false a year; after %s and %s months", t.FalsePerYear, after(t.Delays[0]), after(t.Delays[1]))
}

// recordWords puts a record in a few words.
func recordWords(r signpost.Record) string {
	if !r.Judged || r.Years == 0 {
		return "not known"
	}
	text := fmt.Sprintf("%.2f false a year", r.FalsePerYear())
	if r.Years < 5 {
		text = fmt.Sprintf("%d false in %.1f years", r.False, r.Years)
	}
	text += fmt.Sprintf("; %d of %d seen", r.Warned, r.Onsets)
	if len(r.Leads) > 0 {
		text += fmt.Sprintf(", %g months before", r.MedianLead())
	}
	return text
}

// programme lays out the lines that have a plan or a figure.
func (b *builder) programme() {
	s := Section{Title: "The programme", Heads: []string{"Line", "Actual", "Planned", "It is", "The model expects, 80%"}}
	silent, old := 0, 0
	for _, x := range b.lines {
		if x.Plan == nil && !x.Known {
			silent++
			continue
		}
		if b.settled(x) {
			old++
			continue
		}
		planned := ""
		if x.Plan != nil {
			planned = fmt.Sprintf("%s (%s)", compare.Number(x.Planned), x.Plan.Of)
		}
		s.Rows = append(s.Rows, []string{x.Line.Name, x.Figure(), planned, x.Statement(), x.Expected.Words(x.Known)})
	}
	if silent > 0 {
		s.Lead = fmt.Sprintf("Of %d of the %d lines nothing is planned and nothing reported. ", silent, len(b.c.Programme.Lines))
	}
	if old > 0 {
		s.Lead += fmt.Sprintf("Of %d the plan and the last figure are more than %d months old; handover programme compare shows them.", old, settledMonths)
	}
	s.Lead = strings.TrimSpace(s.Lead)
	b.add(s)
}

// settledMonths is how old a plan, a figure or an entry is when a bulletin no longer
// speaks of it.
const settledMonths = 24

// settled says that a line is a matter of the past.
func (b *builder) settled(x compare.Standing) bool {
	return (x.Plan == nil || x.Plan.Due < b.Month-settledMonths) && (!x.Known || x.Actual.Since < b.Month-settledMonths)
}

// seriesUntil is an indicator as it stands at the end of a month.
func seriesUntil(s *indicator.Series, m evidence.Month) *indicator.Series {
	cut := *s
	n := 0
	for n < len(cut.Points) && cut.Points[n].Month <= m {
		n++
	}
	cut.Points = cut.Points[:n]
	return &cut
}

func (b *builder) series(id string) *indicator.Series {
	i := slices.IndexFunc(b.Sources.Series, func(s *indicator.Series) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return b.Sources.Series[i]
}

// claims judges every meaning of every claim at the end of the month.
func (b *builder) claims() {
	s := Section{Title: "What it means for the claims", Heads: []string{"What a claim may mean", "Now", "A month ago", "Chance that it holds", "Data to", "Claims"}}
	made := slices.DeleteFunc(slices.Clone(b.c.Claims), func(one casefile.Claim) bool {
		before, ok := claim.AsOf(one)
		return !ok || before >= b.Month
	})
	names := map[string][]string{}
	for _, one := range made {
		for _, d := range one.Definitions {
			names[d.Name] = append(names[d.Name], one.ID)
		}
	}
	for _, d := range claim.Distinct(made) {
		if x := b.series(d.Indicator); x != nil {
			now, before := claim.Judge(d, x, b.Month), claim.Judge(d, x, b.Month-1)
			chance, data := "", "no data"
			if !math.IsNaN(now.Probability) {
				chance = chart.Percent(now.Probability) + " (" + chart.Span(now.Low, now.High) + ")"
			}
			if now.Known {
				data = now.CutOff.String()
			}
			s.Rows = append(s.Rows, []string{d.Name, verdictWords(now), verdictWords(before), chance, data, strings.Join(names[d.Name], ", ")})
		}
	}
	b.add(s)
}

func verdictWords(v claim.Verdict) string {
	if v.Reason != "" {
		return fmt.Sprintf("%s (%s)", v.Word, v.Reason)
	}
	return string(v.Word)
}

// asked lays out the questions: how they stand, what the past alone answers, and
// what the model does as planned and from what was delivered.
func (b *builder) asked() {
	s := Section{Title: "What it means for the questions", Heads: []string{"Question", "It stands", "The past alone", "The model, as planned", "From what was delivered", "From now"},
		Lead: "The chance or the median, each with its 80% interval. The past alone: the question's rule applied to all stretches of the ten years before, which overlap, so that a chance has no interval. From now: the rule applied to simulated counts that go on from what was counted and reported, a chance with its 80% interval for so many futures."}
	end := (b.Month + 1).First()
	var silent []string
	for _, q := range b.questions {
		instant := question.Instant(float64(end))
		if instant.Before(q.Opens) {
			continue
		}
		stands := "open"
		if !q.Open(instant) {
			stands = "closed"
		}
		past := ""
		if q.Data != nil {
			if x := b.series(q.Data.Indicator); x != nil {
				x = seriesUntil(x, b.Month)
				if f, err := q.Resolve(x, instant); err == nil && f.Status != question.Pending {
					stands = f.String()
				}
				if d, windows := q.Climate(x, instant, 10); windows > 0 {
					past = answerWords(q, d)
					if cut, ok := x.CutOff(); ok {
						past += ", data to " + cut.String()
					}
				}
			}
		}
		planned, delivered := "", ""
		if b.Now != nil {
			planned = b.modelWords(q, b.Now, b.Now.Planned)
			delivered = b.modelWords(q, b.Now, b.Now.Delayed)
		}
		if stands == "open" && past == "" && planned == "" {
			silent = append(silent, q.ID)
			continue
		}
		now, interval := b.believed(b.now, q)
		s.Rows = append(s.Rows, []string{q.ID + ": " + q.Title, stands, past, planned, delivered, now + interval})
	}
	if len(silent) > 0 {
		s.Items = []string{"Open, and nothing here bears on them: " + strings.Join(silent, ", ")}
	}
	if len(s.Rows)+len(s.Items) > 0 {
		b.add(s)
	}
}

// answerWords puts an answer in short.
func answerWords(q *question.Question, d question.Distribution) string {
	switch {
	case d.Yes != nil:
		return chart.Percent(*d.Yes)
	case len(d.Options) > 0:
		i := slices.Index(d.Options, slices.Max(d.Options))
		name := q.Options[i]
		if i < len(q.Names) {
			name = q.Names[i]
		}
		return name + ", " + chart.Percent(d.Options[i])
	case len(d.Curve) > 0:
		show := func(p float64) string {
			switch x := q.Quantile(d, p); {
			case math.IsInf(x, 1) && q.Kind == casefile.Date:
				return question.Later
			case math.IsInf(x, 1):
				return "more"
			case math.IsInf(x, -1):
				return "less"
			case q.Kind == casefile.Date:
				return q.Show(math.Floor(x))
			default:
				return compare.Number(x)
			}
		}
		return fmt.Sprintf("%s (%s to %s)", show(0.5), show(0.1), show(0.9))
	}
	return ""
}

// figure is what the model says of a question under a strategy of a rerun: a
// chance, or a median with its interval.
type figure struct {
	chance bool
	ensemble.Interval
}

func modelFigure(q *question.Question, r *compare.Rerun, strategy string) (f figure, ok bool) {
	if r == nil || q.Model == nil || strategy == "" {
		return f, false
	}
	i := slices.IndexFunc(r.Summary.Strategies, func(s ensemble.StrategySummary) bool { return s.ID == strategy })
	if i < 0 {
		return f, false
	}
	s := r.Summary.Strategies[i]
	if q.Model.Series != "" {
		k := slices.IndexFunc(s.Series, func(x ensemble.Fan) bool { return x.ID == q.Model.Series })
		at := slices.Index(r.Summary.Times, float64(q.Model.By))
		if k < 0 || at < 0 {
			return f, false
		}
		x := s.Series[k].Quantiles
		return figure{false, ensemble.Interval{Low: x[1][at], Middle: x[3][at], High: x[5][at]}}, true
	}
	k := slices.IndexFunc(s.Outcomes, func(x ensemble.OutcomeSummary) bool { return x.ID == q.Model.Outcome })
	if k < 0 || q.Kind != casefile.Binary {
		// What a question asks of an outcome at another month than the horizon is not
		// in a summary.
		return f, false
	}
	for _, e := range s.Outcomes[k].Events {
		if e.By == q.Model.By {
			return figure{true, e.Probability}, true
		}
	}
	return f, false
}

func (b *builder) modelWords(q *question.Question, r *compare.Rerun, strategy string) string {
	f, ok := modelFigure(q, r, strategy)
	switch {
	case !ok:
		return ""
	case f.chance:
		return fmt.Sprintf("%s (%s)", chart.Percent(f.Middle), chart.Span(f.Low, f.High))
	}
	return fmt.Sprintf("%s (%s to %s)", compare.Number(f.Middle), compare.Number(f.Low), compare.Number(f.High))
}

const movedTitle = "Forecasts that moved, and why"

// moved says which forecasts of the model and of the past alone moved since the
// month before, and why.
func (b *builder) moved() {
	s := Section{Title: movedTitle, Items: b.movedFromNow()}
	if b.Now != nil && b.Before != nil {
		why := b.reasons()
		for _, q := range b.questions {
			now, ok := modelFigure(q, b.Now, b.delivered(b.Now))
			before, too := modelFigure(q, b.Before, b.delivered(b.Before))
			if !ok || !too {
				continue
			}
			a, z := b.modelWords(q, b.Before, b.delivered(b.Before)), b.modelWords(q, b.Now, b.delivered(b.Now))
			// An interval alone that moved is no news.
			if now != before && a != z && (!now.chance || chart.Percent(now.Middle) != chart.Percent(before.Middle)) {
				s.Items = append(s.Items, fmt.Sprintf("%s: %s, after %s, because %s", q.ID, z, a, why))
			}
		}
		if len(s.Items) == 0 {
			s.Lead = "No forecast of the model moved by as much as is printed"
			if why != "" {
				s.Lead += ", although " + why
			}
			s.Lead += "."
		}
	}
	for _, q := range b.questions {
		if q.Data == nil || question.Instant(float64((b.Month + 1).First())).Before(q.Opens) {
			continue
		}
		x := b.series(q.Data.Indicator)
		if x == nil || !x.At(b.Month).Known {
			continue
		}
		now, n := q.Climate(seriesUntil(x, b.Month), question.Instant(float64((b.Month + 1).First())), 10)
		before, m := q.Climate(seriesUntil(x, b.Month-1), question.Instant(float64(b.Month.First())), 10)
		if n == 0 || m == 0 {
			continue
		}
		if a, z := answerWords(q, before), answerWords(q, now); a != z {
			s.Items = append(s.Items, fmt.Sprintf("%s, by the past alone: %s, after %s, because %s had %d in %s", q.ID, z, a, strings.ToLower(x.Name[:1])+x.Name[1:], x.At(b.Month).Count, b.Month.Words()))
		}
	}
	b.add(s)
}

// delivered is the strategy that goes on from what was delivered, or the plan when
// nothing was reported.
func (b *builder) delivered(r *compare.Rerun) string {
	if r.Delayed != "" {
		return r.Delayed
	}
	return r.Planned
}

// reasons says what of what was delivered changed.
func (b *builder) reasons() string {
	var parts []string
	for _, now := range b.lines {
		if planOf(now) != b.Strategy.ID || !slices.Contains(b.Now.Replaced, now.Line.ID) {
			continue
		}
		if slices.ContainsFunc(b.were, func(was compare.Standing) bool {
			return was.Line.ID == now.Line.ID && planOf(was) == planOf(now) && was.Statement() == now.Statement() && was.Actual.Amount == now.Actual.Amount
		}) {
			continue
		}
		parts = append(parts, strings.ToLower(now.Line.Name[:1])+now.Line.Name[1:]+" ("+now.Statement()+")")
	}
	if len(parts) == 0 {
		return ""
	}
	return "the model was run again from " + strings.Join(parts, " and ")
}
