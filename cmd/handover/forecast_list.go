package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"handover/casefile"
	"handover/forecast/book"
	"handover/forecast/question"
)

// forecastListVerb shows forecasts.
type forecastListVerb struct {
	Case     string `arg:"" help:"The case, or the name of an import."`
	Question string `arg:"" optional:"" help:"Only this question, with every forecast ever made."`
	bookFlag
	By   string `help:"Only this forecaster." placeholder:"NAME"`
	JSON bool   `name:"json" help:"Print the forecasts as JSON, and nothing else."`
}

// listed is a forecast as list --json prints it.
type listed struct {
	Entry      int64                 `json:"entry"`
	Question   string                `json:"question"`
	By         string                `json:"by"`
	Made       time.Time             `json:"made"`
	Ends       *time.Time            `json:"ends,omitempty"`
	Answer     question.Distribution `json:"answer"`
	Reason     string                `json:"reason,omitempty"`
	Confidence string                `json:"confidence,omitempty"`
}

// Run prints the forecasts.
func (v *forecastListVerb) Run(to streams) error {
	ctx, release := interruptible(to.err)
	defer release()
	b, err := v.open(ctx, true)
	if err != nil {
		return err
	}
	defer b.Close()
	name, err := bookName(v.Case, to.err)
	if err != nil {
		return err
	}
	questions, err := knownQuestions(ctx, b, name, v.Question)
	if err != nil {
		return err
	}
	forecasts, err := b.Forecasts(ctx, book.Filter{Case: name, Question: v.Question, Person: v.By})
	if err != nil {
		return err
	}
	if v.JSON {
		out := []listed{}
		for _, f := range forecasts {
			l := listed{Entry: f.Entry, Question: f.Question, By: f.Person, Made: f.Made, Answer: f.Answer, Reason: f.Reason, Confidence: string(f.Confidence)}
			if !f.Ends.IsZero() {
				l.Ends = &f.Ends
			}
			out = append(out, l)
		}
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(out)
	}
	resolutions, err := b.Resolutions(ctx, name)
	if err != nil {
		return err
	}
	weight, err := trackWeights(ctx, b)
	if err != nil {
		return err
	}
	pools, err := poolsOf(ctx, b)
	if err != nil {
		return err
	}
	var text strings.Builder
	for i, a := range questions {
		if i > 0 {
			text.WriteByte('\n')
		}
		own := slices.DeleteFunc(slices.Clone(forecasts), func(f book.Forecast) bool { return f.Question != a.ID })
		describeForecasts(&text, a, own, resolutions, weight, pools, v.Question != "", width(to.out))
	}
	_, err = io.WriteString(to.out, text.String())
	return err
}

// poolsOf are the forecasters of a book that are pools.
func poolsOf(ctx context.Context, b *book.Book) (map[string]bool, error) {
	people, err := b.People(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, p := range people {
		out[p.Name] = p.Kind == book.Pooled
	}
	return out, nil
}

// bookName is the name under which a book keeps the questions of a case or an
// import. A folder may have another name than its case.
func bookName(typed string, notes io.Writer) (string, error) {
	if _, err := os.Stat(filepath.Join(typed, casefile.SettingsName)); err != nil || builtIn(typed) {
		return typed, nil
	}
	from, err := findCase(typed, notes)
	if err != nil {
		return "", err
	}
	c, err := from.load(notes)
	if err != nil {
		return "", err
	}
	return c.Name, nil
}

// knownQuestions are the questions of a name that the book knows, at least one.
func knownQuestions(ctx context.Context, b *book.Book, name, id string) ([]book.Asked, error) {
	all, err := b.Questions(ctx)
	if err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(all, func(a book.Asked) bool { return a.Case != name || id != "" && a.ID != id })
	if len(out) == 0 {
		what := "of " + shown(name)
		if id != "" {
			what = fmt.Sprintf("on %s of %s", shown(id), shown(name))
		}
		return nil, usage("", "the book holds no forecast %s", what)
	}
	return out, nil
}

// describeForecasts prints what was forecast on a question and what it comes to.
func describeForecasts(b *strings.Builder, a book.Asked, forecasts []book.Forecast, resolutions []book.Resolution, weight func(string) float64, pools map[string]bool, all bool, width int) {
	fmt.Fprintf(b, "%s: %s\n", a.ID, a.Title)
	if a.Imported {
		fmt.Fprintln(b, "  imported; the times are the platform's")
	}
	for _, r := range resolutions {
		if r.Question == a.ID {
			fmt.Fprintf(b, "  %s on %s: %s (%s)\n", verdict(r), lastDay(r.Entered), r.Outcome, r.Source)
		}
	}
	b.WriteByte('\n')
	// What stood at the end counts when the question is closed.
	at := a.Closes.Add(-time.Microsecond)
	if now := time.Now(); now.Before(at) {
		at = now
	}
	standing := book.Standing(forecasts, at)
	shownOnes := standing
	if all {
		shownOnes = forecasts
	}
	g := grid{corner: "Forecaster", heads: []string{"Made", "Answer", "Confidence"}}
	for _, f := range shownOnes {
		label := f.Person
		if all && f.Reason != "" {
			label += "\n" + f.Reason
		}
		g.rows = append(g.rows, gridRow{label, []string{f.Made.Format("2006-01-02 15:04"), broken(a.Question.Words(f.Answer)), string(f.Confidence)}})
	}
	// A pool holds what the model says, and would let it count twice.
	standing = slices.DeleteFunc(slices.Clone(standing), func(f book.Forecast) bool { return pools[f.Person] })
	if len(standing) > 1 {
		for _, m := range book.Methods {
			if d, ok := book.Aggregate(a.Question, m, standing, weight); ok {
				g.rows = append(g.rows, gridRow{"together: " + string(m), []string{"", broken(a.Question.Words(d)), ""}})
			}
		}
	}
	b.WriteString(g.lay(width))
}

// broken puts a long answer on several lines.
func broken(answer string) string { return strings.Join(wrap(answer, 44), "\n") }

func verdict(r book.Resolution) string {
	if r.ByData {
		return "resolved by data"
	}
	return "resolved by a person"
}
