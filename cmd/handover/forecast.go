package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"handover/casefile"
	"handover/database"
	"handover/diagnostic"
	"handover/forecast/book"
	"handover/forecast/question"
)

// forecastVerb is the group of verbs about forecasts.
type forecastVerb struct {
	Questions forecastQuestionsVerb `cmd:"" help:"List what a case asks about the future, or show one question."`
	Add       forecastAddVerb       `cmd:"" help:"Enter a forecast into the book."`
	List      forecastListVerb      `cmd:"" help:"Show the forecasts in the book, and what they come to together."`
	Resolve   forecastResolveVerb   `cmd:"" help:"Enter how questions ended: by data, or by your own finding."`
	People    forecastPeopleVerb    `cmd:"" help:"List the forecasters of the book by their pseudonyms, or add one."`
	Scores    forecastScoresVerb    `cmd:"" aliases:"table" help:"Score the forecasters of the book: by person, kind of question and time ahead, with their aggregates beside."`
	Counts    forecastCountsVerb    `cmd:"" help:"Forecast monthly counts by unit, 1 to 36 months ahead."`
	Score     forecastScoreVerb     `cmd:"" help:"Put forecasters of monthly counts to the test, window by window."`
	Relapse   forecastRelapseVerb   `cmd:"" help:"Forecast whether ended wars come back, and score it."`
	Model     forecastModelVerb     `cmd:"" help:"Let the ensemble of the case answer the questions that are tied to it."`
	Baseline  forecastBaselineVerb  `cmd:"" help:"Let the past alone answer: how often such things happened before."`
	Pool      forecastPoolVerb      `cmd:"" help:"Let the ensemble and statistics answer together, with weights from past hindcasts alone."`
	Import    forecastImportVerb    `cmd:"" help:"Read questions and forecasts as Metaculus gives them."`
	Export    forecastExportVerb    `cmd:"" help:"Write questions and forecasts as Metaculus gives them."`
}

// bookFlag names the book. It is no part of a case.
type bookFlag struct {
	Book string `help:"The book: a file, or the URL of a PostgreSQL database (default ${default})." default:"book/forecasts.sqlite" env:"HANDOVER_BOOK" placeholder:"BOOK" predictor:"file"`
}

// open opens the book; must says that it has to be there.
func (f bookFlag) open(ctx context.Context, must bool) (*book.Book, error) {
	if must && !strings.Contains(f.Book, "://") {
		if _, err := os.Stat(f.Book); errors.Is(err, fs.ErrNotExist) {
			return nil, usage("handover forecast people --add NAME begins one", "%w at %s", book.ErrNone, shown(f.Book))
		}
	}
	return book.Open(ctx, f.Book, book.Clock{Now: time.Now, World: true})
}

// refusal turns the diagnostics of a forecast into one message.
func refusal(err error) error {
	var list diagnostic.List
	if !errors.As(err, &list) {
		return err
	}
	var lines []string
	for _, d := range list {
		line := d.Message
		if d.Subject != "" {
			line = d.Subject + ": " + line
		}
		if d.Hint != "" {
			line += " (" + d.Hint + ")"
		}
		lines = append(lines, line)
	}
	text := strings.Join(lines, "\n  ")
	if len(lines) > 1 {
		text = fmt.Sprintf("%d mistakes; nothing was entered\n  %s", len(lines), text)
	} else {
		text += "; nothing was entered"
	}
	return &failure{code: exitUsage, err: errors.New(text)}
}

// asking loads a case that asks questions.
func asking(name string, notes io.Writer) (*casefile.Case, []*question.Question, error) {
	from, err := findCase(name, notes)
	if err != nil {
		return nil, nil, err
	}
	c, err := from.load(notes)
	if err != nil {
		return nil, nil, err
	}
	if len(c.Questions) == 0 {
		return nil, nil, &failure{code: exitMistakes, err: fmt.Errorf("the case %s has no %s", name, casefile.QuestionsName)}
	}
	return c, question.Of(c), nil
}

// pick finds a question by its id.
func pick(list []*question.Question, id string) (*question.Question, error) {
	var ids []string
	for _, q := range list {
		if q.ID == id {
			return q, nil
		}
		ids = append(ids, q.ID)
	}
	return nil, usage(diagnostic.DidYouMean(id, ids), "the case %s has no question %q; it has %s", list[0].Case, id, strings.Join(ids, ", "))
}

// forecastQuestionsVerb lists the questions of a case.
type forecastQuestionsVerb struct {
	Case     string `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	Question string `arg:"" optional:"" help:"Show this question alone, in full."`
}

// Run prints the questions.
func (v *forecastQuestionsVerb) Run(to streams) error {
	c, list, err := asking(v.Case, to.err)
	if err != nil {
		return err
	}
	now := time.Now()
	if v.Question != "" {
		q, err := pick(list, v.Question)
		if err != nil {
			return err
		}
		_, err = io.WriteString(to.out, describeQuestion(c.Asked(q.ID), q, now, width(to.out)))
		return err
	}
	g := grid{corner: "Question", heads: []string{"Kind", "Opens", "Closes", "Resolves by", "Now", "Resolved by", "Model"}}
	for _, q := range list {
		by, model := "a person", ""
		if q.Data != nil {
			by = "data"
		}
		if q.Model != nil {
			model = "answers"
		}
		g.rows = append(g.rows, gridRow{q.ID, []string{string(q.Kind), lastDay(q.Opens), lastDay(q.Closes.Add(-1)), lastDay(q.Resolves.Add(-1)), standingOf(q, now), by, model}})
	}
	_, err = fmt.Fprintf(to.out, "%s asks %s\n\n%s", c.Title, count(len(list), "question", "questions"), g.lay(width(to.out)))
	return err
}

func lastDay(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// standingOf says whether a question takes forecasts.
func standingOf(q *question.Question, now time.Time) string {
	switch {
	case now.Before(q.Opens):
		return "not yet open"
	case q.Open(now):
		return "open"
	}
	return "closed"
}

// describeQuestion is all that a forecaster should know.
func describeQuestion(c *casefile.Question, q *question.Question, now time.Time, width int) string {
	var b strings.Builder
	prose := func(head, text string) {
		if text == "" {
			return
		}
		for i, line := range wrap(text, min(width, 100)-14) {
			if i > 0 {
				head = ""
			}
			fmt.Fprintf(&b, "%-14s%s\n", head, line)
		}
	}
	prose(q.ID, q.Title)
	prose("Kind", string(q.Kind))
	for i, id := range q.Options {
		prose(id, q.Names[i])
	}
	if q.Continuous() {
		text := q.Show(q.Low) + " to " + q.Show(q.High)
		if q.Unit != "" {
			text += " " + q.Unit
		}
		switch {
		case q.Kind == casefile.Date:
			text += ", later or never"
		case q.OpenLow && q.OpenHigh:
			text += ", open at both ends"
		case q.OpenLow:
			text += ", open below"
		case q.OpenHigh:
			text += ", open above"
		}
		prose("Range", text)
	}
	prose("Background", c.Background)
	prose("Rule", c.Rule)
	if q.Data != nil {
		prose("Resolved by", fmt.Sprintf("data: the %s of %s from %s to %s", q.Data.Reduce, q.Data.Indicator, q.Data.From, q.Data.To))
	} else {
		prose("Resolved by", "a person: "+c.Judge.Source)
	}
	prose("Forecasts", fmt.Sprintf("%s to %s (%s)", c.Opens, c.Closes, standingOf(q, now)))
	prose("Resolves by", c.Resolves)
	prose("Source", c.Source)
	return b.String()
}

// forecastPeopleVerb lists forecasters or adds one.
type forecastPeopleVerb struct {
	bookFlag
	Add  string `help:"Add a forecaster under this pseudonym: lower-case letters, digits, hyphens. Choose one that does not tell who it is." placeholder:"NAME"`
	Kind string `help:"What the forecaster is: person, model, baseline or pool (default ${default})." enum:"person,model,baseline,pool" default:"person" placeholder:"KIND"`
}

// Run lists the forecasters.
func (v *forecastPeopleVerb) Run(to streams) error {
	ctx, release := interruptible(to.err)
	defer release()
	b, err := v.open(ctx, v.Add == "")
	if err != nil {
		return err
	}
	defer b.Close()
	if v.Add != "" {
		if err := b.AddPerson(ctx, book.Person{Name: v.Add, Kind: book.Kind(v.Kind)}); err != nil {
			return refusal(err)
		}
		_, err := fmt.Fprintf(to.out, "%s is in the book %s\n", v.Add, v.place())
		return err
	}
	people, err := b.People(ctx)
	if err != nil {
		return err
	}
	forecasts, err := b.Forecasts(ctx, book.Filter{})
	if err != nil {
		return err
	}
	type history struct {
		n           int
		questions   map[[2]string]bool
		first, last time.Time
	}
	of := map[string]*history{}
	for _, f := range forecasts {
		h := of[f.Person]
		if h == nil {
			h = &history{questions: map[[2]string]bool{}, first: f.Made, last: f.Made}
			of[f.Person] = h
		}
		h.n++
		h.questions[[2]string{f.Case, f.Question}] = true
		if f.Made.Before(h.first) {
			h.first = f.Made
		}
		if f.Made.After(h.last) {
			h.last = f.Made
		}
	}
	g := grid{corner: "Forecaster", heads: []string{"Kind", "Forecasts", "Questions", "First", "Last"}}
	for _, p := range people {
		cells := []string{string(p.Kind), "0", "0", "", ""}
		if h := of[p.Name]; h != nil {
			cells = []string{string(p.Kind), grouped(h.n), grouped(len(h.questions)), lastDay(h.first), lastDay(h.last)}
		}
		g.rows = append(g.rows, gridRow{p.Name, cells})
	}
	seal, err := b.Verify(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(to.out, "%s\n%s", g.lay(width(to.out)), sealed(seal))
	return err
}

// place is the name of the book without a password.
func (f bookFlag) place() string { return database.Shown(f.Book) }

// sealed says what the whole book comes to.
func sealed(s book.Seal) string {
	return fmt.Sprintf("The book holds %s, none altered; its seal is %d-%.16s. Who keeps a seal can tell later whether what was in the book is in it still.\n", count(int(s.Entries), "entry", "entries"), s.Entries, s.Hash)
}
