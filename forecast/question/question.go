// Package question holds what is asked about the future: a Question with its
// days and its range, the Distribution that answers it, and the Outcome to which
// it resolves.
package question

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"handover/casefile"
)

// Question is a forecast question, ready to be answered. It is kept as JSON by
// a book, so that a forecast is read in a hundred years as it was given.
type Question struct {
	// Case is the name of the case that asks it, or of a collection of imported
	// questions.
	Case  string                `json:"case"`
	ID    string                `json:"id"`
	Title string                `json:"title"`
	Kind  casefile.QuestionKind `json:"kind"`
	// Rule is the resolution rule in words.
	Rule string `json:"rule"`
	// Unit of a number or count; empty otherwise.
	Unit string `json:"unit,omitempty"`
	// Opens is the first instant at which a forecast is taken, Closes the first at
	// which none is any more, Resolves the first after the day by which the answer
	// must be known.
	Opens    time.Time `json:"opens"`
	Closes   time.Time `json:"closes"`
	Resolves time.Time `json:"resolves"`
	// Options are the ids of a choice's answers.
	Options []string `json:"options,omitempty"`
	// Low and High bound the answer of a number, a count (whole numbers) or a date
	// (days since 1 January 1970).
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// OpenLow and OpenHigh say that the answer may lie beyond an end.
	OpenLow  bool `json:"open_low,omitempty"`
	OpenHigh bool `json:"open_high,omitempty"`
	// Data is the rule by which indicators resolve the question; nil when a person
	// does.
	Data *casefile.DataRule `json:"data,omitempty"`
	// Model is what of the case's model answers it; nil when nothing does.
	Model *casefile.ModelAnswer `json:"-"`
	// Names are the options in words; nil when not known.
	Names []string `json:"-"`
	// Limits are the largest values for which each option but the last holds; nil
	// when the case gives none.
	Limits []float64 `json:"limits,omitempty"`
}

// Of returns the questions of a case in its order.
func Of(c *casefile.Case) []*Question {
	var out []*Question
	for i := range c.Questions {
		out = append(out, of(c.Name, &c.Questions[i]))
	}
	return out
}

// Find returns the question of a case with an id, or nil.
func Find(c *casefile.Case, id string) *Question {
	if q := c.Asked(id); q != nil {
		return of(c.Name, q)
	}
	return nil
}

func of(name string, c *casefile.Question) *Question {
	q := &Question{
		Case: name, ID: c.ID, Title: c.Title, Kind: c.Kind, Rule: c.Rule, Unit: c.Unit,
		Opens: day(c.Opens), Closes: day(c.Closes).AddDate(0, 0, 1), Resolves: day(c.Resolves).AddDate(0, 0, 1),
		Data: c.Data, Model: c.Model,
	}
	for _, o := range c.Options {
		q.Options, q.Names = append(q.Options, o.ID), append(q.Names, o.Name)
		if o.Upto != nil {
			q.Limits = append(q.Limits, *o.Upto)
		}
	}
	if r := c.Range; r != nil {
		if c.Kind == casefile.Date {
			q.Low, q.High, q.OpenHigh = Day(day(r.From)), Day(day(r.To)), true
			return q
		}
		if r.Low != nil {
			q.Low = *r.Low
		}
		q.High = *r.High
		q.OpenLow, q.OpenHigh = r.OpenLow, r.OpenHigh
	}
	return q
}

// day reads a day that the case has checked.
func day(text string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, text, time.UTC)
	if err != nil {
		panic(fmt.Sprintf("question: the case let %q pass as a day", text))
	}
	return t
}

// Day is the number of a day since 1 January 1970, with a fraction for the time
// of the day.
func Day(t time.Time) float64 { return float64(t.UnixMilli()) / 86_400_000 }

// Instant is the start of a day numbered since 1 January 1970, to the
// millisecond.
func Instant(day float64) time.Time { return time.UnixMilli(int64(day * 86_400_000)).UTC() }

// Continuous says that the answer is a point of a range and not one of a few.
func (q *Question) Continuous() bool {
	return q.Kind == casefile.Numeric || q.Kind == casefile.Date || q.Kind == casefile.Counted
}

// Open says whether a forecast is taken at an instant.
func (q *Question) Open(t time.Time) bool { return !t.Before(q.Opens) && t.Before(q.Closes) }

// Terms is the SHA-256, in hexadecimal, of all on which the meaning of a
// forecast rests: the question, its kind, rule, days, options, range and data
// rule. A case may reword its background; when its terms change, it asks another
// question.
func (q *Question) Terms() string {
	var b strings.Builder
	line := func(key string, values ...string) {
		b.WriteString(key)
		for _, v := range values {
			b.WriteByte(' ')
			b.WriteString(strconv.Quote(v))
		}
		b.WriteByte('\n')
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	line("question 1", q.Case, q.ID, q.Title, string(q.Kind), q.Rule, q.Unit)
	line("days", q.Opens.UTC().Format(time.RFC3339Nano), q.Closes.UTC().Format(time.RFC3339Nano), q.Resolves.UTC().Format(time.RFC3339Nano))
	line("options", q.Options...)
	line("range", number(q.Low), number(q.High), strconv.FormatBool(q.OpenLow), strconv.FormatBool(q.OpenHigh))
	for _, x := range q.Limits {
		line("limit", number(x))
	}
	if r := q.Data; r != nil {
		line("data", r.Indicator, r.From, r.To, r.Reduce, strconv.Itoa(r.Hold))
		line("places", r.Places...)
		if r.Above != nil {
			line("above", number(*r.Above))
		}
		if r.Below != nil {
			line("below", number(*r.Below))
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// Show writes a value of the question's range for readers: a day, or the
// shortest number that reads back the same.
func (q *Question) Show(x float64) string {
	if q.Kind == casefile.Date {
		return Instant(x).Format(time.DateOnly)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// ParseValue reads a value of the question's range: a day as YYYY-MM-DD for a
// date, a number otherwise.
func (q *Question) ParseValue(text string) (float64, error) {
	if q.Kind == casefile.Date {
		t, err := time.ParseInLocation(time.DateOnly, text, time.UTC)
		if err != nil {
			return 0, fmt.Errorf("%q is not a day; expected YYYY-MM-DD", text)
		}
		return Day(t), nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || x-x != 0 {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return x, nil
}
