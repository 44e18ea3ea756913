package book

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"handover/diagnostic"
	"handover/forecast/question"
)

// Bounds of what a book takes.
const (
	MostReason = 4000 // letters of a reason or source
)

// pseudonym is what a forecaster may be called.
var pseudonym = regexp.MustCompile(`^[a-z][a-z0-9-]{1,59}$`)

// Pseudonym reports what is wrong with a forecaster's name, or nothing.
func Pseudonym(name string) diagnostic.List {
	if pseudonym.MatchString(name) {
		return nil
	}
	return diagnostic.List{{Code: "name", Subject: "person", Message: fmt.Sprintf("%q is no pseudonym; expected 2 to 60 lower-case letters, digits and hyphens, the first a letter", name), Hint: "choose one that does not tell who it is"}}
}

// mistakes makes an error of a list, nil when it is empty.
func mistakes(list diagnostic.List) error {
	if len(list) == 0 {
		return nil
	}
	return list
}

// AddPerson makes a forecaster known to the book. The error is a diagnostic.List
// for a name that is none or taken.
func (b *Book) AddPerson(ctx context.Context, p Person) error {
	if err := mistakes(Pseudonym(p.Name)); err != nil {
		return err
	}
	return b.change(ctx, func(c *change) error {
		known, err := c.people(ctx)
		if err != nil {
			return err
		}
		if _, taken := known[p.Name]; taken {
			return diagnostic.List{{Code: "duplicate-name", Subject: p.Name, Message: "the book has a forecaster of this name", Hint: "choose another"}}
		}
		_, err = c.enter(ctx, personRow, p.Name, string(p.Kind))
		return err
	})
}

// people are the forecasters by name.
func (c *change) people(ctx context.Context) (map[string]Kind, error) {
	list, err := c.tx.QueryContext(ctx, "SELECT name, kind FROM people")
	if err != nil {
		return nil, fmt.Errorf("cannot read the book: %w", err)
	}
	defer list.Close()
	known := map[string]Kind{}
	for list.Next() {
		var name string
		var kind Kind
		if err := list.Scan(&name, &kind); err != nil {
			return nil, fmt.Errorf("cannot read the book: %w", err)
		}
		known[name] = kind
	}
	return known, list.Err()
}

// Add enters a forecast, now. The question is that of the case; the book keeps
// it with its first forecast and takes no forecast under other terms. Added is
// false when the same person's standing forecast says the same for the same
// reason: then that one is returned. The error is a diagnostic.List of all that is
// wrong with the forecast: an answer that does not fit, an unknown person, a
// question that is not open.
func (b *Book) Add(ctx context.Context, q *question.Question, f Forecast) (entered Forecast, added bool, err error) {
	return b.add(ctx, q, f, "")
}

// AddNew is Add for a forecaster of a kind whom the book does not know yet: the name
// and the forecast are entered both or not at all. A name that the book has is a
// mistake.
func (b *Book) AddNew(ctx context.Context, kind Kind, q *question.Question, f Forecast) (entered Forecast, err error) {
	entered, _, err = b.add(ctx, q, f, kind)
	return entered, err
}

// add adds a forecast: of a new forecaster of a kind, or of one whom the book knows
// when the kind is empty.
func (b *Book) add(ctx context.Context, q *question.Question, f Forecast, kind Kind) (entered Forecast, added bool, err error) {
	answer, list := q.Complete(f.Answer)
	list = append(list, words(&f)...)
	err = b.change(ctx, func(c *change) error {
		known, err := c.people(ctx)
		if err != nil {
			return err
		}
		is, there := known[f.Person]
		switch {
		case !there && kind == "":
			list = append(list, stranger(f.Person, known))
		case !there:
			list = append(list, Pseudonym(f.Person)...)
		case kind != "":
			list = append(list, diagnostic.Diagnostic{Code: "duplicate-name", Subject: f.Person, Message: fmt.Sprintf("the book has a forecaster of this name already, of the kind %q", is), Hint: "choose another name, or do not call this one new"})
		}
		asked, err := c.asked(ctx, q, false)
		if err != nil {
			return err
		}
		list = append(list, asked.mistakes...)
		list = append(list, shut(q, c.at, asked.resolved)...)
		if err := mistakes(list); err != nil {
			return err
		}
		f.Case, f.Question, f.Made, f.Ends, f.Answer = q.Case, q.ID, c.at, time.Time{}, answer
		text, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		var same Forecast
		if same, err = c.standing(ctx, f, string(text)); err != nil || same.Entry > 0 {
			entered = same
			return err
		}
		if !there {
			if _, err := c.enter(ctx, personRow, f.Person, string(kind)); err != nil {
				return err
			}
		}
		if !asked.known {
			if err := c.ask(ctx, q, false); err != nil {
				return err
			}
		}
		f.Entry, err = c.enter(ctx, forecastRow, f.Case, f.Question, f.Person, micro(f.Made), int64(0), string(text), f.Reason, string(f.Confidence))
		entered, added = f, true
		return err
	})
	if err != nil {
		return Forecast{}, false, err
	}
	return entered, added, nil
}

// words checks the reason and confidence of a forecast.
func words(f *Forecast) diagnostic.List {
	var list diagnostic.List
	f.Reason = strings.TrimSpace(f.Reason)
	if f.Reason == "" {
		list = append(list, diagnostic.Diagnostic{Code: "no-value", Subject: "reason", Message: "the forecast has no reason", Hint: "say in a sentence what it rests on"})
	}
	if n := len([]rune(f.Reason)); n > MostReason {
		list = append(list, diagnostic.Diagnostic{Code: "too-large", Subject: "reason", Message: fmt.Sprintf("the reason has %d letters; at most %d are kept", n, MostReason)})
	}
	if !slices.Contains([]Confidence{"", Low, Medium, High}, f.Confidence) {
		list = append(list, diagnostic.Diagnostic{Code: "unknown-word", Subject: "confidence", Message: fmt.Sprintf("%q is no confidence; expected low, medium or high", f.Confidence)})
	}
	return list
}

func stranger(name string, known map[string]Kind) diagnostic.Diagnostic {
	var names []string
	for n := range known {
		names = append(names, n)
	}
	slices.Sort(names)
	hint := diagnostic.DidYouMean(name, names)
	if hint == "" {
		hint = "add the pseudonym to the book first"
	}
	return diagnostic.Diagnostic{Code: "unknown-name", Subject: "person", Message: fmt.Sprintf("the book knows no forecaster %q", name), Hint: hint}
}

// shut says why a question takes no forecast at an instant, or nothing.
func shut(q *question.Question, at time.Time, resolved bool) diagnostic.List {
	message := ""
	switch {
	case at.Before(q.Opens):
		message = fmt.Sprintf("the question opens on %s; it takes no forecast yet", q.Opens.Format(time.DateOnly))
	case !at.Before(q.Closes):
		message = fmt.Sprintf("the question closed at the end of %s; it takes no forecast any more", q.Closes.Add(-time.Microsecond).Format(time.DateOnly))
	case resolved:
		message = "the question is resolved; it takes no forecast any more"
	default:
		return nil
	}
	return diagnostic.List{{Code: "not-open", Subject: q.ID, Message: message}}
}

// state is what a book knows of a question.
type state struct {
	known, resolved bool
	mistakes        diagnostic.List
}

// asked looks a question up.
func (c *change) asked(ctx context.Context, q *question.Question, imported bool) (state, error) {
	var terms string
	var foreign int64
	var s state
	err := c.tx.QueryRowContext(ctx, "SELECT terms, imported FROM questions WHERE case_name = $1 AND id = $2", q.Case, q.ID).Scan(&terms, &foreign)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = c.tx.QueryRowContext(ctx, "SELECT imported FROM questions WHERE case_name = $1 LIMIT 1", q.Case).Scan(&foreign)
		if errors.Is(err, sql.ErrNoRows) {
			return s, nil
		}
	case err == nil:
		s.known = true
	}
	if err != nil {
		return s, fmt.Errorf("cannot read the book: %w", err)
	}
	if (foreign == 1) != imported {
		what := "questions of a case, which are forecast in this book and not imported"
		if foreign == 1 {
			what = "imported questions, to which no forecast can be added"
		}
		s.mistakes = append(s.mistakes, diagnostic.Diagnostic{Code: "imported", Subject: q.Case, Message: fmt.Sprintf("the book holds %s under the name %q", what, q.Case), Hint: "choose another name"})
		return s, nil
	}
	if !s.known {
		return s, nil
	}
	if terms != q.Terms() {
		s.mistakes = append(s.mistakes, diagnostic.Diagnostic{Code: "changed-question", Subject: q.ID, Message: "the question is not the one that was forecast before: its title, kind, rule, days, options or range changed", Hint: "undo the change, or give the new question another id"})
	}
	var n int
	if err := c.tx.QueryRowContext(ctx, "SELECT count(*) FROM resolutions WHERE case_name = $1 AND question = $2", q.Case, q.ID).Scan(&n); err != nil {
		return s, fmt.Errorf("cannot read the book: %w", err)
	}
	s.resolved = n > 0
	return s, nil
}

// ask enters a question.
func (c *change) ask(ctx context.Context, q *question.Question, imported bool) error {
	text, err := json.Marshal(q)
	if err != nil {
		return err
	}
	foreign := int64(0)
	if imported {
		foreign = 1
	}
	_, err = c.enter(ctx, questionRow, q.Case, q.ID, foreign, micro(q.Opens), micro(q.Closes), q.Terms(), string(text))
	return err
}

// standing returns the person's last forecast when it says the same, else one
// without entry.
func (c *change) standing(ctx context.Context, f Forecast, answer string) (Forecast, error) {
	var entry, made int64
	var before, reason, confidence string
	err := c.tx.QueryRowContext(ctx, "SELECT entry, made, answer, reason, confidence FROM forecasts WHERE case_name = $1 AND question = $2 AND person = $3 ORDER BY made DESC LIMIT 1", f.Case, f.Question, f.Person).Scan(&entry, &made, &before, &reason, &confidence)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (before != answer || reason != f.Reason || confidence != string(f.Confidence)) {
		return Forecast{}, nil
	}
	if err != nil {
		return Forecast{}, fmt.Errorf("cannot read the book: %w", err)
	}
	f.Entry, f.Made = entry, instant(made)
	return f, nil
}

// Resolve enters what a question resolved to. A question of which the book holds
// no forecast is entered with it. The last resolution counts, and the same twice
// is entered once; added says whether it was entered. The error is a
// diagnostic.List when the outcome is pending or has no source, or the question
// changed.
func (b *Book) Resolve(ctx context.Context, q *question.Question, r Resolution) (added bool, err error) {
	var list diagnostic.List
	r.Source, r.Reason = strings.TrimSpace(r.Source), strings.TrimSpace(r.Reason)
	outcome, wrong := q.ParseOutcome(r.Outcome.String())
	if wrong != nil {
		list = append(list, diagnostic.Diagnostic{Code: "answer", Subject: q.ID, Message: wrong.Error()})
	}
	if r.Source == "" {
		list = append(list, diagnostic.Diagnostic{Code: "no-value", Subject: "source", Message: "the resolution has no source", Hint: "say where the answer is found"})
	}
	if n := max(len([]rune(r.Source)), len([]rune(r.Reason))); n > MostReason {
		list = append(list, diagnostic.Diagnostic{Code: "too-large", Subject: "source", Message: fmt.Sprintf("a text has %d letters; at most %d are kept", n, MostReason)})
	}
	err = b.change(ctx, func(c *change) error {
		asked, err := c.asked(ctx, q, false)
		if err != nil {
			return err
		}
		if c.at.Before(q.Opens) {
			list = append(list, diagnostic.Diagnostic{Code: "not-open", Subject: q.ID, Message: fmt.Sprintf("the question opens on %s and cannot be resolved before", q.Opens.Format(time.DateOnly))})
		}
		if err := mistakes(append(list, asked.mistakes...)); err != nil {
			return err
		}
		if !asked.known {
			if err := c.ask(ctx, q, false); err != nil {
				return err
			}
		}
		added, err = c.resolve(ctx, q, outcome, r)
		return err
	})
	return added && err == nil, err
}

// resolve enters a resolution unless the last one of the question is the same.
func (c *change) resolve(ctx context.Context, q *question.Question, o question.Outcome, r Resolution) (bool, error) {
	byData := int64(0)
	if r.ByData {
		byData = 1
	}
	var status, answer, source, reason string
	var before int64
	err := c.tx.QueryRowContext(ctx, "SELECT status, answer, by_data, source, reason FROM resolutions WHERE case_name = $1 AND question = $2 ORDER BY entry DESC LIMIT 1", q.Case, q.ID).Scan(&status, &answer, &before, &source, &reason)
	if err == nil && status == string(o.Status) && answer == o.Answer && before == byData && source == r.Source && reason == r.Reason {
		return false, nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("cannot read the book: %w", err)
	}
	_, err = c.enter(ctx, resolutionRow, q.Case, q.ID, string(o.Status), o.Answer, byData, r.Source, r.Reason)
	return err == nil, err
}
