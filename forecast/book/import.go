package book

import (
	"context"
	"encoding/json"
	"fmt"

	"handover/diagnostic"
	"handover/forecast/question"
)

// Batch is what comes from a platform: questions under one name that is no
// case's, with the forecasts on them and what they resolved to.
type Batch struct {
	Questions   []*question.Question
	People      []Person
	Forecasts   []Forecast
	Resolutions []Resolution
}

// Tally counts what an import entered, and the forecasts that were in the book
// before.
type Tally struct {
	Questions, People, Forecasts, Resolutions, Known int
}

// Import enters a batch as a whole or not at all. What is in the book already is
// not entered again. The times of imported forecasts are the platform's, which
// the book did not witness; it keeps them apart from the forecasts that were made
// in it, and no forecast of a case's question can come in this way. The error is a
// diagnostic.List for a batch that contradicts the book.
func (b *Book) Import(ctx context.Context, batch Batch) (Tally, error) {
	var t Tally
	err := b.change(ctx, func(c *change) error {
		t = Tally{}
		list, err := c.importQuestions(ctx, batch, &t)
		if err != nil {
			return err
		}
		people, err := c.people(ctx)
		if err != nil {
			return err
		}
		for _, p := range batch.People {
			if kind, known := people[p.Name]; known {
				if kind != p.Kind {
					list = append(list, diagnostic.Diagnostic{Code: "duplicate-name", Subject: p.Name, Message: fmt.Sprintf("the book has a forecaster of this name who is a %s, not a %s", kind, p.Kind)})
				}
				continue
			}
			people[p.Name] = p.Kind
			if _, err := c.enter(ctx, personRow, p.Name, string(p.Kind)); err != nil {
				return err
			}
			t.People++
		}
		more, err := c.importForecasts(ctx, batch, people, &t)
		if err != nil {
			return err
		}
		if err := mistakes(append(list, more...)); err != nil {
			return err
		}
		questions := map[string]*question.Question{}
		for _, q := range batch.Questions {
			questions[q.ID] = q
		}
		for _, r := range batch.Resolutions {
			added, err := c.resolve(ctx, questions[r.Question], r.Outcome, r)
			if err != nil {
				return err
			}
			if added {
				t.Resolutions++
			}
		}
		return nil
	})
	if err != nil {
		return Tally{}, err
	}
	return t, nil
}

func (c *change) importQuestions(ctx context.Context, batch Batch, t *Tally) (diagnostic.List, error) {
	var list diagnostic.List
	for i, q := range batch.Questions {
		asked, err := c.asked(ctx, q, true)
		if err != nil {
			return nil, err
		}
		list = append(list, asked.mistakes...)
		if len(asked.mistakes) > 0 && i == 0 && asked.mistakes[0].Code == "imported" {
			return nil, list // the same for every question
		}
		if asked.known || len(list) > 0 {
			continue
		}
		if err := c.ask(ctx, q, true); err != nil {
			return nil, err
		}
		t.Questions++
	}
	return list, mistakes(list)
}

// forecastKey is what no two forecasts share.
type forecastKey struct {
	question, person string
	made             int64
}

func (c *change) importForecasts(ctx context.Context, batch Batch, people map[string]Kind, t *Tally) (diagnostic.List, error) {
	var list diagnostic.List
	if len(batch.Questions) == 0 {
		return nil, nil
	}
	known, err := c.answers(ctx, batch.Questions[0].Case)
	if err != nil {
		return nil, err
	}
	questions := map[string]*question.Question{}
	for _, q := range batch.Questions {
		questions[q.ID] = q
	}
	for _, f := range batch.Forecasts {
		q := questions[f.Question]
		if _, ok := people[f.Person]; !ok || q == nil {
			return nil, fmt.Errorf("book: a batch has a forecast of %q by %q without either", f.Question, f.Person)
		}
		if f.Made.After(c.at) {
			list = append(list, diagnostic.Diagnostic{Code: "future", Subject: f.Question, Message: fmt.Sprintf("a forecast was made at %s, which has not come yet", f.Made.Format("2006-01-02 15:04:05Z07:00"))})
			continue
		}
		text, err := json.Marshal(f.Answer)
		if err != nil {
			return nil, err
		}
		key := forecastKey{f.Question, f.Person, micro(f.Made)}
		if before, ok := known[key]; ok {
			if before != string(text) {
				list = append(list, diagnostic.Diagnostic{Code: "conflict", Subject: f.Question, Message: fmt.Sprintf("the book has another forecast of %s at %s: the files do not agree with those imported before", f.Person, f.Made.Format("2006-01-02 15:04:05Z07:00"))})
			}
			t.Known++
			continue
		}
		known[key] = string(text)
		if len(list) > 0 {
			continue // nothing will be entered
		}
		if _, err := c.enter(ctx, forecastRow, q.Case, f.Question, f.Person, key.made, micro(f.Ends), string(text), f.Reason, string(f.Confidence)); err != nil {
			return nil, err
		}
		t.Forecasts++
	}
	return list, nil
}

// answers are the forecasts on the questions of a name.
func (c *change) answers(ctx context.Context, name string) (map[forecastKey]string, error) {
	list, err := c.tx.QueryContext(ctx, "SELECT question, person, made, answer FROM forecasts WHERE case_name = $1", name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the book: %w", err)
	}
	defer list.Close()
	out := map[forecastKey]string{}
	for list.Next() {
		var k forecastKey
		var answer string
		if err := list.Scan(&k.question, &k.person, &k.made, &answer); err != nil {
			return nil, fmt.Errorf("cannot read the book: %w", err)
		}
		out[k] = answer
	}
	return out, list.Err()
}
