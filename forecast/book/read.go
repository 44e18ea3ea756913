package book

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"handover/forecast/question"
)

// Filter says which forecasts to read; what is empty does not filter.
type Filter struct {
	Case, Question, Person string
}

// query reads all rows of a statement.
func query[T any](ctx context.Context, db *sql.DB, scan func(*sql.Rows) (T, error), statement string, arguments ...any) ([]T, error) {
	list, err := db.QueryContext(ctx, statement, arguments...)
	if err != nil {
		return nil, fmt.Errorf("cannot read the book: %w", err)
	}
	defer list.Close()
	var out []T
	for list.Next() {
		x, err := scan(list)
		if err != nil {
			return nil, fmt.Errorf("cannot read the book: %w", err)
		}
		out = append(out, x)
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("cannot read the book: %w", err)
	}
	return out, nil
}

// People lists the forecasters, by name.
func (b *Book) People(ctx context.Context) ([]Person, error) {
	return query(ctx, b.db.Read, func(r *sql.Rows) (p Person, err error) {
		var at int64
		err = r.Scan(&p.Name, &p.Kind, &at)
		p.Entered = instant(at)
		return p, err
	}, "SELECT name, people.kind, at FROM people JOIN entries ON seq = entry ORDER BY name")
}

// Questions lists the questions that the book knows, by case and id, as they
// were when they were first entered.
func (b *Book) Questions(ctx context.Context) ([]Asked, error) {
	return query(ctx, b.db.Read, func(r *sql.Rows) (a Asked, err error) {
		var text string
		var imported, at int64
		if err := r.Scan(&text, &imported, &at); err != nil {
			return a, err
		}
		a.Question, a.Imported, a.Entered = &question.Question{}, imported == 1, instant(at)
		return a, json.Unmarshal([]byte(text), a.Question)
	}, "SELECT content, imported, at FROM questions JOIN entries ON seq = entry ORDER BY case_name, id")
}

// Forecasts lists forecasts by case, question and the time at which they were
// made.
func (b *Book) Forecasts(ctx context.Context, f Filter) ([]Forecast, error) {
	return query(ctx, b.db.Read, func(r *sql.Rows) (f Forecast, err error) {
		var made, ends int64
		var answer string
		if err := r.Scan(&f.Entry, &f.Case, &f.Question, &f.Person, &made, &ends, &answer, &f.Reason, &f.Confidence); err != nil {
			return f, err
		}
		f.Made, f.Ends = instant(made), instant(ends)
		return f, json.Unmarshal([]byte(answer), &f.Answer)
	}, `SELECT entry, case_name, question, person, made, ends, answer, reason, confidence FROM forecasts
		WHERE ($1 = '' OR case_name = $1) AND ($2 = '' OR question = $2) AND ($3 = '' OR person = $3)
		ORDER BY case_name, question, made, entry`, f.Case, f.Question, f.Person)
}

// Resolutions lists all resolutions of a case's questions (of all when the name
// is empty) in the order in which they were entered, so that the last one of a
// question counts.
func (b *Book) Resolutions(ctx context.Context, name string) ([]Resolution, error) {
	return query(ctx, b.db.Read, func(r *sql.Rows) (x Resolution, err error) {
		var byData, at int64
		err = r.Scan(&x.Entry, &x.Case, &x.Question, &x.Outcome.Status, &x.Outcome.Answer, &byData, &x.Source, &x.Reason, &at)
		x.ByData, x.Entered = byData == 1, instant(at)
		return x, err
	}, `SELECT entry, case_name, question, status, answer, by_data, source, reason, at FROM resolutions JOIN entries ON seq = entry
		WHERE $1 = '' OR case_name = $1 ORDER BY entry`, name)
}

// Standing keeps the forecasts of one question that stand at an instant: the
// last of each person, in the order in which they were made.
func Standing(list []Forecast, at time.Time) []Forecast {
	last := map[string]Forecast{}
	for _, f := range list {
		if f.Made.After(at) {
			continue
		}
		if before, ok := last[f.Person]; !ok || !f.Made.Before(before.Made) {
			last[f.Person] = f
		}
	}
	var out []Forecast
	for _, f := range last {
		if f.Stands(at) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Forecast) int {
		if c := a.Made.Compare(b.Made); c != 0 {
			return c
		}
		return int(a.Entry - b.Entry)
	})
	return out
}
