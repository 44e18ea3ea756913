package casefile

import (
	"fmt"
	"math"
	"slices"
	"time"

	"handover/diagnostic"
)

// checkQuestions checks questions.yaml. It comes after the outcomes and the
// indicators, which questions name.
func (l *loader) checkQuestions() {
	d := l.questions
	if d == nil {
		return
	}
	if d.ok("questions") && len(l.c.Questions) == 0 {
		l.fail(d.at("questions"), "missing-key", "questions", "", "no question is given; expected at least one")
	}
	ids := map[string]int{}
	for i := range l.c.Questions {
		q := &l.c.Questions[i]
		path := fmt.Sprintf("questions[%d]", i)
		l.checkID(d, path, q.ID, ids)
		l.checkQuestionDays(path, q)
		if !d.ok(path + ".kind") {
			continue
		}
		l.checkOptions(path, q)
		l.checkRange(path, q)
		l.checkUnit(path, q)
		l.checkResolution(path, q)
		l.checkModelAnswer(path, q)
	}
}

// daysOf reads two days; false when one is missing or wrong.
func daysOf(a, b string) (first, second time.Time, ok bool) {
	first, wrong := time.Parse(time.DateOnly, a)
	second, wrong2 := time.Parse(time.DateOnly, b)
	return first, second, wrong == nil && wrong2 == nil
}

func (l *loader) checkQuestionDays(path string, q *Question) {
	d := l.questions
	for key, day := range map[string]string{"opens": q.Opens, "closes": q.Closes, "resolves": q.Resolves} {
		l.checkDay(d, path+"."+key, day)
	}
	if from, to, ok := daysOf(q.Opens, q.Closes); ok && to.Before(from) {
		l.fail(d.at(path+".closes"), "range", path+".closes", "", "the question closes on %s, before it opens on %s", q.Closes, q.Opens)
	}
	if from, to, ok := daysOf(q.Closes, q.Resolves); ok && to.Before(from) {
		l.fail(d.at(path+".resolves"), "range", path+".resolves", "", "the question resolves on %s, before it closes on %s", q.Resolves, q.Closes)
	}
}

// misplaced reports a key that a kind of question does not take.
func (l *loader) misplaced(path, key string, q *Question) {
	l.fail(l.questions.at(path+"."+key), "kind", path+"."+key, "remove it", "a %s question takes no %s", q.Kind, key)
}

func (l *loader) checkOptions(path string, q *Question) {
	d := l.questions
	if q.Kind != Choice {
		if q.Options != nil {
			l.misplaced(path, "options", q)
		}
		return
	}
	if len(q.Options) < 2 && d.ok(path+".options") {
		l.fail(d.at(path+".options"), "missing-key", path+".options", "", "a choice has %d options; expected at least two", len(q.Options))
	}
	ids := map[string]int{}
	limits := 0
	for k, o := range q.Options {
		at := fmt.Sprintf("%s.options[%d]", path, k)
		l.checkID(d, at, o.ID, ids)
		if o.Upto == nil {
			continue
		}
		limits++
		switch {
		case k == len(q.Options)-1:
			l.fail(d.at(at+".upto"), "parameter", at+".upto", "remove it", "the last option takes all values that are left")
		case k > 0 && q.Options[k-1].Upto != nil && *o.Upto <= *q.Options[k-1].Upto:
			l.fail(d.at(at+".upto"), "range", at+".upto", "", "%s comes after %s; expected numbers that rise", numeral(*o.Upto), numeral(*q.Options[k-1].Upto))
		}
	}
	if (q.Data != nil || q.Model != nil || limits > 0) && d.ok(path+".options") {
		for k, o := range q.Options[:max(0, len(q.Options)-1)] {
			if o.Upto == nil {
				at := fmt.Sprintf("%s.options[%d]", path, k)
				l.fail(d.at(at), "missing-key", at+".upto", "", "data or a model answer the question, and the option does not say up to which value it holds")
			}
		}
	}
}

func (l *loader) checkRange(path string, q *Question) {
	d, r := l.questions, q.Range
	at := path + ".range"
	if q.Kind == Binary || q.Kind == Choice {
		if r != nil {
			l.misplaced(path, "range", q)
		}
		return
	}
	if r == nil {
		if d.ok(at) {
			l.fail(d.at(path), "missing-key", at, "", "a %s question needs a range", q.Kind)
		}
		return
	}
	if q.Kind == Date {
		l.checkDateRange(at, q)
		return
	}
	for key, given := range map[string]bool{"from": r.From != "", "to": r.To != ""} {
		if given {
			l.fail(d.at(at+"."+key), "kind", at+"."+key, "use low and high", "only the range of a date has days")
		}
	}
	if q.Kind == Counted {
		if r.OpenLow {
			l.fail(d.at(at+".open_low"), "kind", at+".open_low", "remove it", "a count is never below 0")
		}
		for key, x := range map[string]*float64{"low": r.Low, "high": r.High} {
			if x != nil && (*x < 0 || *x != math.Trunc(*x)) {
				l.fail(d.at(at+"."+key), "range", at+"."+key, "", "%s is no count; expected a whole number from 0", numeral(*x))
			}
		}
	}
	if r.Low == nil && q.Kind == Numeric && d.ok(at+".low") {
		l.fail(d.at(at), "missing-key", at+".low", "", "the required key is missing")
	}
	if r.High == nil && d.ok(at+".high") {
		l.fail(d.at(at), "missing-key", at+".high", "", "the required key is missing")
	}
	low := 0.0
	if r.Low != nil {
		low = *r.Low
	}
	if r.High != nil && *r.High <= low && d.ok(at) {
		l.fail(d.at(at+".high"), "range", at+".high", "", "the range ends at %s and starts at %s", numeral(*r.High), numeral(low))
	}
}

func (l *loader) checkDateRange(at string, q *Question) {
	d, r := l.questions, q.Range
	for key, given := range map[string]bool{"low": r.Low != nil, "high": r.High != nil, "open_low": r.OpenLow, "open_high": r.OpenHigh} {
		if given {
			l.fail(d.at(at+"."+key), "kind", at+"."+key, "use from and to", "the range of a date has days, and is always open at its end")
		}
	}
	for key, day := range map[string]string{"from": r.From, "to": r.To} {
		if day == "" && d.ok(at+"."+key) {
			l.fail(d.at(at), "missing-key", at+"."+key, "", "the required key is missing")
		}
		l.checkDay(d, at+"."+key, day)
	}
	if from, to, ok := daysOf(r.From, r.To); ok && !to.After(from) {
		l.fail(d.at(at+".to"), "range", at+".to", "", "the range ends on %s and starts on %s", r.To, r.From)
	}
	if to, resolves, ok := daysOf(r.To, q.Resolves); ok && resolves.Before(to) {
		l.fail(d.at(at+".to"), "range", at+".to", "", "the range ends on %s, after the question resolves on %s", r.To, q.Resolves)
	}
}

func (l *loader) checkUnit(path string, q *Question) {
	counted := q.Kind == Numeric || q.Kind == Counted
	switch {
	case counted && q.Unit == "" && l.questions.ok(path+".unit"):
		l.fail(l.questions.at(path), "missing-key", path+".unit", "", "a %s question needs a unit", q.Kind)
	case !counted && q.Unit != "":
		l.misplaced(path, "unit", q)
	}
}

func (l *loader) checkResolution(path string, q *Question) {
	d := l.questions
	switch {
	case q.Data != nil && q.Judge != nil:
		l.fail(d.at(path+".judge"), "parameter", path+".judge", "keep one", "the question is resolved by data and by a judge")
	case q.Data == nil && q.Judge == nil && d.ok(path+".data") && d.ok(path+".judge"):
		l.fail(d.at(path), "missing-key", path+".data", "add data, or judge with a source", "nothing says how the question is resolved")
	}
	if q.Data != nil {
		l.checkDataRule(path, q)
	}
}

func (l *loader) checkDataRule(path string, q *Question) {
	d, r := l.questions, q.Data
	at := path + ".data"
	var indicators []string
	for _, n := range l.c.Evidence.Indicators {
		indicators = append(indicators, n.ID)
	}
	if r.Indicator != "" && !l.unread(EvidenceName, l.evidence) && !slices.Contains(indicators, r.Indicator) {
		l.fail(d.at(at+".indicator"), "unknown-name", at+".indicator", diagnostic.DidYouMean(r.Indicator, indicators), "there is no indicator %q in %s", r.Indicator, EvidenceName)
	}
	l.knownPlaces(d, at+".places", r.Places)
	l.checkDataMonths(at, q)
	if r.Reduce == "" {
		return
	}
	first := r.Reduce == "first"
	switch {
	case first && q.Kind != Binary && q.Kind != Date:
		l.fail(d.at(at+".reduce"), "kind", at+".reduce", "", "a first answers a binary or a date question; this is %s", q.Kind)
	case !first && q.Kind == Date:
		l.fail(d.at(at+".reduce"), "kind", at+".reduce", "write reduce: first", "a date is the end of a first month, not a %s", r.Reduce)
	case r.Reduce == "mean" && q.Kind == Counted:
		l.fail(d.at(at+".reduce"), "kind", at+".reduce", "ask a numeric question", "a mean is no whole number")
	}
	cut := q.Kind == Binary || q.Kind == Date
	switch {
	case r.Above != nil && r.Below != nil:
		l.fail(d.at(at+".below"), "parameter", at+".below", "keep one", "the cut-off is both above and below")
	case cut && r.Above == nil && r.Below == nil && d.ok(at):
		l.fail(d.at(at), "missing-key", at+".above", "", "a %s question needs a cut-off: above or below", q.Kind)
	case !cut && (r.Above != nil || r.Below != nil):
		l.fail(d.at(at), "parameter", at+".above", "remove it", "a %s question takes the number itself, without a cut-off", q.Kind)
	}
	if _, held := d.positions[at+".hold"]; held {
		switch {
		case !first:
			l.fail(d.at(at+".hold"), "parameter", at+".hold", "remove it", "only a first has a hold; this is %s", r.Reduce)
		case d.ok(at+".hold") && (r.Hold < 1 || r.Hold > 120):
			l.fail(d.at(at+".hold"), "range", at+".hold", "", "hold is %d months; expected 1 to 120", r.Hold)
		}
	}
}

// checkDataMonths checks the months of a data rule against each other and
// against the days of the question: whoever forecasts when all months are over
// does not forecast.
func (l *loader) checkDataMonths(at string, q *Question) {
	d, r := l.questions, q.Data
	month := func(key, text string) (time.Time, bool) {
		m, err := time.Parse("2006-01", text)
		if text != "" && err != nil {
			l.fail(d.at(at+"."+key), "date", at+"."+key, "", "%q is not a month; expected YYYY-MM", shorten(text))
		}
		return m, err == nil
	}
	from, fromOK := month("from", r.From)
	to, toOK := month("to", r.To)
	if fromOK && toOK && (to.Before(from) || to.After(from.AddDate(20, 0, 0))) {
		l.fail(d.at(at+".to"), "range", at+".to", "", "the months run from %s to %s; expected one month to twenty years", r.From, r.To)
	}
	if !toOK {
		return
	}
	end := to.AddDate(0, 1, -1)
	if closes, err := time.Parse(time.DateOnly, q.Closes); err == nil && closes.After(end) {
		l.fail(d.at(at+".to"), "range", at+".to", "close the question no later than "+end.Format(time.DateOnly), "the question closes on %s, when the last month that counts is over", q.Closes)
	}
	if resolves, err := time.Parse(time.DateOnly, q.Resolves); err == nil && resolves.Before(end) {
		l.fail(d.at(at+".to"), "range", at+".to", "", "the question resolves on %s, before the last month that counts is over", q.Resolves)
	}
}

func (l *loader) checkModelAnswer(path string, q *Question) {
	d, m := l.questions, q.Model
	if m == nil {
		return
	}
	at := path + ".model"
	switch {
	case m.Outcome != "" && m.Series != "":
		l.fail(d.at(at+".series"), "parameter", at+".series", "keep one", "the model's answer is both an outcome and a series")
	case m.Outcome == "" && m.Series == "" && d.ok(at):
		l.fail(d.at(at), "missing-key", at+".outcome", "", "nothing of the model is named; expected outcome or series")
	}
	if d.ok(at+".by") && (m.By < 1 || m.By > longest) {
		l.fail(d.at(at+".by"), "range", at+".by", "", "the month is %d; expected 1 to %d", m.By, longest)
	}
	if x := m.Dispersion; x != nil && (*x < 1 || *x > 1000) {
		l.fail(d.at(at+".dispersion"), "range", at+".dispersion", "", "the dispersion is %s; expected 1 to 1000", numeral(*x))
	}
	if m.Dispersion != nil && q.Kind != Counted {
		l.fail(d.at(at+".dispersion"), "kind", at+".dispersion", "remove it", "only a count has a dispersion")
	}
	if m.Series != "" && !l.unread(OutcomesName, l.outcomes) {
		var ids []string
		for _, s := range l.c.Series {
			ids = append(ids, s.ID)
		}
		if !slices.Contains(ids, m.Series) {
			l.fail(d.at(at+".series"), "unknown-name", at+".series", diagnostic.DidYouMean(m.Series, ids), "there is no series %q in %s", m.Series, OutcomesName)
		}
		if q.Kind != Numeric {
			l.fail(d.at(at+".series"), "kind", at+".series", "name an outcome", "a series answers a numeric question; this is %s", q.Kind)
		}
	}
	if m.Outcome != "" && !l.unread(OutcomesName, l.outcomes) {
		l.checkModelOutcome(at, q)
	}
}

func (l *loader) checkModelOutcome(at string, q *Question) {
	d := l.questions
	o := l.c.Outcome(q.Model.Outcome)
	if o == nil {
		var ids []string
		for _, o := range l.c.Outcomes {
			ids = append(ids, o.ID)
		}
		l.fail(d.at(at+".outcome"), "unknown-name", at+".outcome", diagnostic.DidYouMean(q.Model.Outcome, ids), "there is no outcome %q in %s", q.Model.Outcome, OutcomesName)
		return
	}
	switch first := o.Reduce == First; {
	case o.Reduce == "":
	case q.Kind == Binary && !first && o.Event == nil:
		l.fail(d.at(at+".outcome"), "kind", at+".outcome", "", "the outcome %q has no event that could come to pass or not", o.ID)
	case q.Kind == Date && !first:
		l.fail(d.at(at+".outcome"), "kind", at+".outcome", "", "the outcome %q is a %s; a date needs a first", o.ID, o.Reduce)
	case q.Kind != Binary && q.Kind != Date && first:
		l.fail(d.at(at+".outcome"), "kind", at+".outcome", "", "the outcome %q is a first, which answers a binary or a date question; this is %s", o.ID, q.Kind)
	}
}
