package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"handover/calibrate"
	"handover/casefile"
	"handover/evidence"
	"handover/evidence/indicator"
	"handover/forecast/book"
	"handover/forecast/question"
	"handover/hindcast"
)

// forecastPoolVerb lets the ensemble and statistics answer together.
type forecastPoolVerb struct {
	forecastModelVerb
	Store string `help:"The folder of the store of events; store/NAME-OF-THE-CASE when left out." placeholder:"DIR" predictor:"folder"`
}

// Run answers the questions on counts of events that are tied to the model.
func (v *forecastPoolVerb) Run(to streams) error {
	c, list, err := v.questions(to.err)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(q *question.Question) bool { return q.Data == nil || len(q.Data.Places) > 0 })
	if len(list) == 0 {
		return &failure{code: exitMistakes, err: fmt.Errorf("no question of the case %s is resolved by data of the whole country and tied to its model", v.Case)}
	}
	ctx, release := interruptible(to.err)
	defer release()
	n, err := countCase(ctx, v.Case, v.Store, to.err)
	if err != nil {
		return err
	}
	if c.Tested == nil {
		fmt.Fprintf(to.err, "note: the case has no %s, so the weights are those before anything is known of how the model does\n", casefile.HindcastName)
	}
	models, err := v.answers(ctx, c, list, to.err)
	if err != nil {
		return err
	}
	answers := map[string]book.Forecast{}
	for _, q := range list {
		s := n.indicator(q.Data.Indicator)
		f, why := pooled(c, q, s, models[q.ID], v.Seed)
		if why != "" {
			fmt.Fprintf(to.err, "note: %s: %s\n", q.ID, why)
			continue
		}
		if f.Answer, err = completed(q, f.Answer); err != nil {
			return err
		}
		f.Person = "pool-" + strings.ToLower(v.Strategy)
		answers[q.ID] = f
	}
	if len(answers) == 0 {
		return &failure{code: exitFailed, err: errors.New("the data answer no question: too few months are known")}
	}
	return enterAnswers(ctx, v.bookFlag, v.DryRun, book.Pooled, list, answers, to)
}

// Courses of counts: how many, how many known months are needed, and how many months
// they go on.
const (
	courses     = 1000
	leastMonths = 24
	mostMonths  = 1200
)

// pooled mixes the model's answer with those of statistics of the count. The reason
// says why there is none.
func pooled(c *casefile.Case, q *question.Question, s *indicator.Series, model book.Forecast, seed uint64) (f book.Forecast, why string) {
	last, ok := s.CutOff()
	if !ok {
		return f, "no month is known"
	}
	past := knownCounts(s, last)
	if len(past) < leastMonths {
		return f, fmt.Sprintf("only %s are known up to %s; the statistics need %d", count(len(past), "month", "months"), last, leastMonths)
	}
	until, ok := evidence.ParseMonth(q.Data.To)
	if !ok {
		return f, "the last month of its rule is none"
	}
	if until-last > mostMonths {
		return f, fmt.Sprintf("its rule looks %d months beyond %s; statistics of %s are carried on for %d at most", until-last, last, s.Name, mostMonths)
	}
	weights := calibrate.Shares(c.Tested, q.Model.By)
	parts := []question.Distribution{model.Answer}
	var said []string
	for i, name := range calibrate.Pooled() {
		said = append(said, fmt.Sprintf("%s %.2f", name, weights[i]))
		if i == 0 {
			continue
		}
		d, ok := q.Ahead(s, last+1, hindcast.Courses(name, past, 12, max(1, int(until-last)), courses, seed))
		if !ok {
			return f, fmt.Sprintf("a month of its rule before %s is not known", last+1)
		}
		if d, wrong := q.Complete(d); len(wrong) == 0 {
			parts = append(parts, d)
		} else {
			return f, fmt.Sprintf("%s gives no answer: %v", name, wrong)
		}
	}
	f.Answer = q.Mix(parts, weights)
	f.Reason = fmt.Sprintf("Mixed with weights that earlier hindcasts of %s gave: %s. Statistics are of %s up to %s. %s", target(c), strings.Join(said, ", "), s.Name, last, model.Reason)
	return f, ""
}

// target is what the hindcasts scored.
func target(c *casefile.Case) string {
	if c.Tested == nil {
		return "the case (none were made)"
	}
	return c.Tested.Target
}

// knownCounts are the counts of the known months up to the last, oldest first. Months
// that are not known are passed over: those beside a gap count as neighbours.
func knownCounts(s *indicator.Series, last evidence.Month) []float64 {
	var out []float64
	for _, p := range s.Points {
		if p.Known && p.Month <= last {
			out = append(out, float64(p.Count))
		}
	}
	return out
}
