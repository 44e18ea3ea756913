package workbench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"handover/casefile"
	"handover/database"
	"handover/diagnostic"
	"handover/ensemble"
	"handover/forecast/book"
	"handover/forecast/question"
)

// Asked is a question of the case with what was forecast.
type Asked struct {
	ID         string          `json:"id"`
	Title      string          `json:"title"`
	Kind       string          `json:"kind"`
	Background string          `json:"background"`
	Rule       string          `json:"rule"`
	Opens      string          `json:"opens"`
	Closes     string          `json:"closes"`
	Resolves   string          `json:"resolves"`
	Unit       string          `json:"unit,omitempty"`
	Options    []AskedOption   `json:"options"`
	Open       bool            `json:"open" doc:"Whether forecasts are taken now."`
	Resolved   string          `json:"resolved,omitempty"`
	Forecasts  []AskedForecast `json:"forecasts" doc:"The standing forecast of each forecaster, by name."`
}

// AskedOption is an answer of a choice.
type AskedOption struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AskedForecast is a standing forecast.
type AskedForecast struct {
	Person     string `json:"person"`
	Kind       string `json:"kind"`
	Made       string `json:"made"`
	Answer     string `json:"answer" doc:"In words: a probability, those of options, or the median with the interval that holds 80%."`
	Reason     string `json:"reason"`
	Confidence string `json:"confidence,omitempty"`
}

// Questions are all questions of the case.
type Questions struct {
	Questions []Asked  `json:"questions"`
	People    []string `json:"people" doc:"The pseudonyms of people in the book."`
	// Book is where forecasts are kept; empty when they cannot be.
	Book     string `json:"book"`
	Problem  string `json:"problem,omitempty" doc:"Why the book cannot be read."`
	Writable bool   `json:"writable" doc:"Whether questions can be added to the case."`
}

// NewQuestion is a question to be added to questions.yaml, in its words.
type NewQuestion struct {
	ID         string      `json:"id" minLength:"1" maxLength:"60"`
	Title      string      `json:"title" minLength:"1" maxLength:"300"`
	Kind       string      `json:"kind" enum:"binary,choice,numeric,date,count"`
	Background string      `json:"background" minLength:"1" maxLength:"8000"`
	Rule       string      `json:"rule" minLength:"1" maxLength:"8000"`
	Opens      string      `json:"opens" maxLength:"10"`
	Closes     string      `json:"closes" maxLength:"10"`
	Resolves   string      `json:"resolves" maxLength:"10"`
	Unit       string      `json:"unit,omitempty" maxLength:"60"`
	Options    []NewOption `json:"options,omitempty" maxItems:"50"`
	Range      *NewRange   `json:"range,omitempty"`
	Data       *NewRule    `json:"data,omitempty" doc:"The rule by which counts resolve it. A question has data or a judge."`
	Judge      string      `json:"judge,omitempty" maxLength:"2000" doc:"What a person resolves it from."`
	Source     string      `json:"source,omitempty" maxLength:"1000"`
}

// NewForecast is a person's forecast. It has one of the three answers.
type NewForecast struct {
	Question string `json:"question" minLength:"1" maxLength:"60"`
	Person   string `json:"person" minLength:"1" maxLength:"60" doc:"A pseudonym; a new one is added to the book."`
	// Probability is a pointer, since 0 is an answer.
	Probability *float64            `json:"probability,omitempty" minimum:"0" maximum:"1"`
	Options     map[string]*float64 `json:"options,omitempty" doc:"The probability of each option, by its id."`
	Quantiles   []NewQuantile       `json:"quantiles,omitempty" maxItems:"200" doc:"Values that the answer lies below with a probability."`
	Reason      string              `json:"reason" minLength:"1" maxLength:"8000"`
	Confidence  string              `json:"confidence,omitempty" enum:"low,medium,high"`
}

// NewOption is an answer of a choice; Upto is the largest value for which data mean it.
type NewOption struct {
	ID   string   `json:"id" maxLength:"60"`
	Name string   `json:"name" maxLength:"300"`
	Upto *float64 `json:"upto,omitempty"`
}

// NewRange bounds the answer of a number, a count (Low, High) or a day (From, To).
type NewRange struct {
	Low      *float64 `json:"low,omitempty"`
	High     *float64 `json:"high,omitempty"`
	OpenLow  bool     `json:"open_low,omitempty"`
	OpenHigh bool     `json:"open_high,omitempty"`
	From     string   `json:"from,omitempty" maxLength:"10"`
	To       string   `json:"to,omitempty" maxLength:"10"`
}

// NewRule resolves a question from an indicator: months reduced to a number, and a cut-off.
type NewRule struct {
	Indicator string   `json:"indicator" maxLength:"100"`
	From      string   `json:"from" maxLength:"7"`
	To        string   `json:"to" maxLength:"7"`
	Reduce    string   `json:"reduce" enum:"sum,mean,maximum,minimum,last,first"`
	Above     *float64 `json:"above,omitempty"`
	Below     *float64 `json:"below,omitempty"`
	Hold      int      `json:"hold,omitempty" minimum:"0" maximum:"600"`
}

// NewQuantile is a value that the answer lies below with probability P.
type NewQuantile struct {
	P     float64 `json:"p" exclusiveMinimum:"0" exclusiveMaximum:"1"`
	Value string  `json:"value" maxLength:"30" doc:"A number, or a day as YYYY-MM-DD."`
}

type newQuestionInput struct{ Body NewQuestion }

type newForecastInput struct{ Body NewForecast }

// registerAsking registers what has to do with questions.
func (s *Server) registerAsking(api huma.API) {
	huma.Register(api, get("questions", "questions", "The questions of the case, and the standing forecasts"),
		func(ctx context.Context, _ *struct{}) (*answer[*Questions], error) { return s.questions(ctx) })
	ask := post("ask-question", "questions", "Add a question to questions.yaml of the case folder")
	ask.DefaultStatus = http.StatusCreated
	huma.Register(api, ask, s.askQuestion)
	enter := post("enter-forecast", "forecasts", "Enter a person's forecast into the book, which only grows")
	enter.DefaultStatus = http.StatusCreated
	huma.Register(api, enter, s.enterForecast)
}

// questions lists the questions of the case with what the book holds.
func (s *Server) questions(ctx context.Context) (*answer[*Questions], error) {
	c, _ := s.current()
	out := &Questions{Questions: []Asked{}, People: []string{}, Writable: s.o.Folder != ""}
	var people map[string]book.Kind
	standing := map[string][]AskedForecast{}
	resolved := map[string]string{}
	if s.o.Book != nil {
		b, err := s.o.Book(ctx, false)
		switch {
		case errors.Is(err, book.ErrNone):
		case err != nil:
			out.Problem = err.Error()
		default:
			defer func() { _ = b.Close() }()
			if people, err = s.read(ctx, b, c, standing, resolved); err != nil {
				return nil, err
			}
		}
		out.Book = s.o.BookPlace
	}
	for name, kind := range people {
		if kind == book.Human {
			out.People = append(out.People, name)
		}
	}
	slices.Sort(out.People)
	for i, q := range question.Of(c) {
		x := &c.Questions[i]
		a := Asked{ID: q.ID, Title: q.Title, Kind: string(q.Kind), Background: x.Background, Rule: q.Rule, Opens: x.Opens, Closes: x.Closes, Resolves: x.Resolves, Unit: q.Unit,
			Options: []AskedOption{}, Open: q.Open(time.Now()) && resolved[q.ID] == "", Resolved: resolved[q.ID], Forecasts: orEmpty(standing[q.ID])}
		for _, o := range x.Options {
			a.Options = append(a.Options, AskedOption{o.ID, o.Name})
		}
		out.Questions = append(out.Questions, a)
	}
	return &answer[*Questions]{out}, nil
}

// read reads standing forecasts and resolutions of a case, by question, and the
// kinds of all forecasters.
func (s *Server) read(ctx context.Context, b *book.Book, c *casefile.Case, standing map[string][]AskedForecast, resolved map[string]string) (map[string]book.Kind, error) {
	list, err := b.People(ctx)
	if err != nil {
		return nil, err
	}
	people := map[string]book.Kind{}
	for _, p := range list {
		people[p.Name] = p.Kind
	}
	made, err := b.Forecasts(ctx, book.Filter{Case: c.Name})
	if err != nil {
		return nil, err
	}
	now := time.Now()
	last := map[[2]string]book.Forecast{}
	for _, f := range made {
		key := [2]string{f.Question, f.Person}
		if f.Stands(now) && !f.Made.Before(last[key].Made) {
			last[key] = f
		}
	}
	for key, f := range last {
		if q := question.Find(c, key[0]); q != nil {
			standing[key[0]] = append(standing[key[0]], AskedForecast{f.Person, string(people[f.Person]), f.Made.UTC().Format("2006-01-02 15:04"), q.Words(f.Answer), f.Reason, string(f.Confidence)})
		}
	}
	for _, list := range standing {
		slices.SortFunc(list, func(a, b AskedForecast) int { return strings.Compare(a.Person, b.Person) })
	}
	ended, err := b.Resolutions(ctx, c.Name)
	if err != nil {
		return nil, err
	}
	for _, r := range ended {
		resolved[r.Question] = r.Outcome.String()
	}
	return people, nil
}

// askQuestion adds a question to the case folder and goes on with the case as it
// then is.
func (s *Server) askQuestion(_ context.Context, in *newQuestionInput) (*answer[*Case], error) {
	if s.o.Folder == "" {
		return nil, huma.Error409Conflict(cannotWrite)
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	text, after, list := casefile.Ask(s.o.Files, in.Body.question())
	if after == nil {
		return nil, refused("the question cannot be asked", list)
	}
	if err := writeFile(s.o.Folder, casefile.QuestionsName, func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return nil, huma.Error500InternalServerError(fmt.Sprintf("the question was not saved, and the file is as it was: %v", err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.c, s.live = after, ensemble.NewLive(after)
	s.pages.forget()
	return &answer[*Case]{describe(after, true)}, nil
}

func (n *NewQuestion) question() casefile.Question {
	q := casefile.Question{ID: n.ID, Title: n.Title, Kind: casefile.QuestionKind(n.Kind), Background: n.Background, Rule: n.Rule,
		Opens: n.Opens, Closes: n.Closes, Resolves: n.Resolves, Unit: n.Unit, Source: n.Source}
	for _, o := range n.Options {
		q.Options = append(q.Options, casefile.Answer{ID: o.ID, Name: o.Name, Upto: o.Upto})
	}
	if r := n.Range; r != nil {
		q.Range = &casefile.AnswerRange{Low: r.Low, High: r.High, OpenLow: r.OpenLow, OpenHigh: r.OpenHigh, From: r.From, To: r.To}
	}
	if d := n.Data; d != nil {
		q.Data = &casefile.DataRule{Indicator: d.Indicator, From: d.From, To: d.To, Reduce: d.Reduce, Above: d.Above, Below: d.Below, Hold: d.Hold}
	}
	if n.Judge != "" {
		q.Judge = &casefile.JudgeRule{Source: n.Judge}
	}
	return q
}

// enterForecast enters a person's forecast.
func (s *Server) enterForecast(ctx context.Context, in *newForecastInput) (*answer[*Questions], error) {
	c, _ := s.current()
	if s.o.Book == nil {
		return nil, huma.Error409Conflict("this workbench has no book of forecasts")
	}
	q := question.Find(c, in.Body.Question)
	if q == nil {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("the case has no question %q", in.Body.Question))
	}
	d, err := in.Body.answer(q)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	b, err := s.o.Book(ctx, true)
	if err != nil {
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	defer func() { _ = b.Close() }()
	_, _, err = b.AddFrom(ctx, book.Human, q, book.Forecast{Person: in.Body.Person, Answer: d, Reason: in.Body.Reason, Confidence: book.Confidence(in.Body.Confidence)})
	var list diagnostic.List
	switch {
	case errors.As(err, &list):
		return nil, refused("the forecast was not entered", list)
	case errors.Is(err, database.ErrBusy):
		return nil, huma.Error503ServiceUnavailable(err.Error())
	case err != nil:
		return nil, huma.Error422UnprocessableEntity(err.Error())
	}
	return s.questions(ctx)
}

// answer makes a distribution of what was typed.
func (n *NewForecast) answer(q *question.Question) (question.Distribution, error) {
	var d question.Distribution
	given := 0
	for _, is := range []bool{n.Probability != nil, len(n.Options) > 0, len(n.Quantiles) > 0} {
		if is {
			given++
		}
	}
	if given != 1 {
		return d, fmt.Errorf("a forecast has one answer: a probability, options or quantiles; %d are given", given)
	}
	switch {
	case n.Probability != nil:
		return question.Binary(*n.Probability), nil
	case len(n.Options) > 0:
		for _, id := range q.Options {
			p, ok := n.Options[id]
			if !ok || p == nil {
				return d, fmt.Errorf("the option %s has no probability; write 0 if you mean that", id)
			}
			d.Options = append(d.Options, *p)
		}
		if len(n.Options) != len(q.Options) {
			return d, fmt.Errorf("%d options are given; the question has %s", len(n.Options), strings.Join(q.Options, ", "))
		}
		return d, nil
	}
	if !q.Continuous() {
		return d, fmt.Errorf("%s is a %s question, which quantiles do not answer", q.ID, q.Kind)
	}
	for _, x := range n.Quantiles {
		v, err := q.ParseValue(x.Value)
		if err != nil {
			return d, fmt.Errorf("the value of %g%%: %w", 100*x.P, err)
		}
		d.Curve = append(d.Curve, question.Point{X: v, P: x.P})
	}
	return d, nil
}
