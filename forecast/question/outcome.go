package question

import (
	"fmt"
	"slices"
	"strings"

	"handover/casefile"
	"handover/diagnostic"
)

// Status says what became of a question.
type Status string

// What can become of a question.
const (
	// Resolved: the answer is known.
	Resolved Status = "resolved"
	// Ambiguous: the rule does not tell what the answer is.
	Ambiguous Status = "ambiguous"
	// Annulled: the question rested on what turned out to be wrong.
	Annulled Status = "annulled"
	// Pending: the answer is not known yet. A book never holds it.
	Pending Status = "pending"
)

// Later is the word for a date that is later than the range, or never.
const Later = "later"

// Beyond are the words for a number beyond an open end.
const (
	AboveRange = "above"
	BelowRange = "below"
)

// Outcome is what a question resolved to. Its fields but Status hold nothing
// unless Status is Resolved; ask Yes, Option and Value, which say so.
type Outcome struct {
	Status Status `json:"status"`
	// Answer is yes or no, an option's id, a number, a day, "later", or above and
	// below for a number beyond an open end. Empty unless resolved.
	Answer string `json:"answer,omitempty"`
}

// ParseOutcome reads what a question resolved to: "ambiguous", "annulled", or
// an answer that fits its kind.
func (q *Question) ParseOutcome(text string) (Outcome, error) {
	switch Status(text) {
	case Ambiguous, Annulled:
		return Outcome{Status: Status(text)}, nil
	case Pending, Resolved, "":
		return Outcome{}, fmt.Errorf("%q is no answer; expected %s", text, q.answers())
	}
	o := Outcome{Resolved, text}
	switch q.Kind {
	case casefile.Binary:
		if text != "yes" && text != "no" {
			return Outcome{}, fmt.Errorf("%q is no answer; expected %s", text, q.answers())
		}
	case casefile.Choice:
		if !slices.Contains(q.Options, text) {
			err := fmt.Errorf("%q is no option; expected %s", text, q.answers())
			if hint := diagnostic.DidYouMean(text, q.Options); hint != "" {
				err = fmt.Errorf("%w (%s)", err, hint)
			}
			return Outcome{}, err
		}
	default:
		return q.parseValue(text)
	}
	return o, nil
}

func (q *Question) parseValue(text string) (Outcome, error) {
	switch {
	case q.Kind == casefile.Date && text == Later,
		q.Kind != casefile.Date && text == AboveRange && q.OpenHigh,
		q.Kind != casefile.Date && text == BelowRange && q.OpenLow:
		return Outcome{Resolved, text}, nil
	}
	x, err := q.ParseValue(text)
	if err != nil {
		return Outcome{}, fmt.Errorf("%w: expected %s", err, q.answers())
	}
	if q.Kind == casefile.Counted && (x < 0 || x != float64(int64(x))) {
		return Outcome{}, fmt.Errorf("%s is no count; expected a whole number from 0", text)
	}
	if x < q.Low && !q.OpenLow || x > q.High && !q.OpenHigh {
		return Outcome{}, fmt.Errorf("%s lies outside the range from %s to %s", text, q.Show(q.Low), q.Show(q.High))
	}
	if q.Kind == casefile.Date && x > q.High {
		return Outcome{Resolved, Later}, nil
	}
	return Outcome{Resolved, q.Show(x)}, nil
}

func (q *Question) answers() string {
	var words []string
	switch q.Kind {
	case casefile.Binary:
		words = []string{"yes", "no"}
	case casefile.Choice:
		words = slices.Clone(q.Options)
	case casefile.Date:
		words = []string{"a day as YYYY-MM-DD", Later}
	default:
		words = []string{"a number"}
		if q.OpenLow {
			words = append(words, BelowRange)
		}
		if q.OpenHigh {
			words = append(words, AboveRange)
		}
	}
	return strings.Join(append(words, string(Ambiguous)), ", ") + " or " + string(Annulled)
}

// Yes says whether a binary question came true; known is false unless it
// resolved to yes or no. An ambiguous or annulled question is neither.
func (o Outcome) Yes() (yes, known bool) {
	if o.Status != Resolved || o.Answer != "yes" && o.Answer != "no" {
		return false, false
	}
	return o.Answer == "yes", true
}

// Option is the index of the option that a choice resolved to.
func (q *Question) Option(o Outcome) (index int, known bool) {
	if o.Status != Resolved || q.Kind != casefile.Choice {
		return 0, false
	}
	i := slices.Index(q.Options, o.Answer)
	return max(i, 0), i >= 0
}

// Value is the answer of a number, count or date. Beyond is -1 or 1 when it is
// known only to lie below or above the range.
func (q *Question) Value(o Outcome) (x float64, beyond int, known bool) {
	if o.Status != Resolved || !q.Continuous() {
		return 0, 0, false
	}
	switch o.Answer {
	case Later, AboveRange:
		return q.High, 1, true
	case BelowRange:
		return q.Low, -1, true
	}
	x, err := q.ParseValue(o.Answer)
	return x, 0, err == nil
}

// String is the outcome in one word, as ParseOutcome reads it.
func (o Outcome) String() string {
	if o.Status == Resolved {
		return o.Answer
	}
	return string(o.Status)
}
