package workbench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"handover/casefile"
	"handover/database"
	"handover/diagnostic"
	"handover/forecast/book"
	"handover/forecast/question"
	"handover/forecast/record"
)

// Asked is a question of the case with what was forecast.
type Asked struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	Kind       string        `json:"kind"`
	Background string        `json:"background"`
	Rule       string        `json:"rule"`
	Opens      string        `json:"opens"`
	Closes     string        `json:"closes"`
	Resolves   string        `json:"resolves"`
	Unit       string        `json:"unit,omitempty"`
	Options    []AskedOption `json:"options"`
	Open       bool          `json:"open" doc:"Whether forecasts are taken now."`
	Resolved   string        `json:"resolved,omitempty"`
	// Changed says that forecasts, and what they come to, answer the terms that the
	// book holds and not those of the case as it is now.
	Changed   bool            `json:"changed,omitempty"`
	Forecasts []AskedForecast `json:"forecasts" doc:"The standing forecast of each forecaster, by name."`
	Together  []Together      `json:"together" doc:"What the forecasts of more than one forecaster come to, without pools, by each way of putting them together."`
}

// Together is one answer made of the standing forecasts.
type Together struct {
	Method string `json:"method"`
	Answer string `json:"answer"`
}

// Scored is how a forecaster, or a way of putting forecasts together, did on
// questions that are answered.
type Scored struct {
	Person    string   `json:"person"`
	Kind      string   `json:"kind"`
	Questions int      `json:"questions"`
	Coverage  float64  `json:"coverage" doc:"The part of the questions' time with a forecast, from 0 to 1."`
	Skill     float64  `json:"skill" doc:"The part of the loss of an even answer that was saved; 1 is perfect, 0 no better."`
	Brier     *float64 `json:"brier,omitempty" doc:"Of yes or no and (halved) of choices; less is better."`
	CRPS      *float64 `json:"crps,omitempty" doc:"Of ranges, as a share of the range; less is better."`
}

// Scores are how forecasters did on the questions of the case.
type Scores struct {
	Questions int      `json:"questions" doc:"How many questions with a forecast have an answer; ambiguous and annulled ones have none."`
	Scores    []Scored `json:"scores" doc:"People first, then what answers beside them, by skill."`
	Problem   string   `json:"problem,omitempty" doc:"Why the book cannot be read."`
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
	Person   string `json:"person" minLength:"1" maxLength:"60" doc:"A pseudonym."`
	New      bool   `json:"new,omitempty" doc:"Whether the pseudonym is new and is to be added to the book."`
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
	huma.Register(api, get("scores", "scores", "How forecasters did on the questions of the case that are answered"),
		func(ctx context.Context, _ *struct{}) (*answer[*Scores], error) { return s.scores(ctx) })
	ask := post("ask-question", "questions", "Add a question to questions.yaml of the case folder")
	ask.DefaultStatus = http.StatusCreated
	huma.Register(api, ask, s.askQuestion)
	enter := post("enter-forecast", "forecasts", "Enter a person's forecast into the book, which only grows")
	enter.DefaultStatus = http.StatusCreated
	huma.Register(api, enter, s.enterForecast)
}

// shelf is what a book holds of a case. The zero value is that of no book.
type shelf struct {
	kinds       map[string]book.Kind
	asked       []book.Asked
	forecasts   []book.Forecast
	resolutions []book.Resolution
	// ended are answered questions: all of the book, whatever their case.
	ended []record.Ended
}

// shelf reads the book. Without one it is empty; a problem is one that its owner
// has to solve.
func (s *Server) shelf(ctx context.Context, c *casefile.Case) (on shelf, problem string, err error) {
	if s.o.Book == nil {
		return on, "", nil
	}
	b, err := s.o.Book(ctx, false)
	switch {
	case errors.Is(err, book.ErrNone):
		return on, "", nil
	case err != nil:
		return on, err.Error(), nil
	}
	defer func() { _ = b.Close() }()
	people, err := b.People(ctx)
	if err != nil {
		return on, "", err
	}
	on.kinds = map[string]book.Kind{}
	for _, p := range people {
		on.kinds[p.Name] = p.Kind
	}
	if on.asked, err = b.Questions(ctx); err != nil {
		return on, "", err
	}
	if on.forecasts, err = b.Forecasts(ctx, book.Filter{}); err != nil {
		return on, "", err
	}
	if on.resolutions, err = b.Resolutions(ctx, ""); err != nil {
		return on, "", err
	}
	on.ended = record.Collect(on.asked, on.resolutions, on.forecasts)
	other := func(name string) bool { return name != c.Name }
	on.asked = slices.DeleteFunc(on.asked, func(a book.Asked) bool { return other(a.Case) })
	on.forecasts = slices.DeleteFunc(on.forecasts, func(f book.Forecast) bool { return other(f.Case) })
	on.resolutions = slices.DeleteFunc(on.resolutions, func(r book.Resolution) bool { return other(r.Case) })
	return on, "", nil
}

// questions lists the questions of the case with what the book holds.
func (s *Server) questions(ctx context.Context) (*answer[*Questions], error) {
	c, _ := s.current()
	out := &Questions{Questions: []Asked{}, People: []string{}, Writable: s.o.Folder != ""}
	if s.o.Book != nil {
		out.Book = s.o.BookPlace
	}
	on, problem, err := s.shelf(ctx, c)
	if err != nil {
		return nil, err
	}
	out.Problem = problem
	for name, kind := range on.kinds {
		if kind == book.Human {
			out.People = append(out.People, name)
		}
	}
	slices.Sort(out.People)
	var weight func(string) float64 // made when it is needed
	for i, q := range question.Of(c) {
		x := &c.Questions[i]
		a := Asked{ID: q.ID, Title: q.Title, Kind: string(q.Kind), Background: x.Background, Rule: q.Rule, Opens: x.Opens, Closes: x.Closes, Resolves: x.Resolves, Unit: q.Unit,
			Options: []AskedOption{}, Forecasts: []AskedForecast{}, Together: []Together{}}
		for _, o := range x.Options {
			a.Options = append(a.Options, AskedOption{o.ID, o.Name})
		}
		for _, r := range on.resolutions {
			if r.Question == q.ID {
				a.Resolved = r.Outcome.String()
			}
		}
		a.Open = q.Open(time.Now()) && a.Resolved == ""
		if at := slices.IndexFunc(on.asked, func(k book.Asked) bool { return k.ID == q.ID }); at >= 0 {
			if weight == nil {
				weight = record.Make(on.ended, nil).Weights()
			}
			a.Changed = on.asked[at].Terms() != q.Terms()
			a.Forecasts, a.Together = on.standing(on.asked[at].Question, weight)
		}
		out.Questions = append(out.Questions, a)
	}
	return &answer[*Questions]{out}, nil
}

// standing are the forecasts of a question, as the book holds it, that stand now or
// stood when it closed, and what they come to.
func (on *shelf) standing(q *question.Question, weight func(string) float64) ([]AskedForecast, []Together) {
	at := q.Closes.Add(-time.Microsecond)
	if now := time.Now(); now.Before(at) {
		at = now
	}
	var own []book.Forecast
	for _, f := range on.forecasts {
		if f.Question == q.ID {
			own = append(own, f)
		}
	}
	standing := book.Standing(own, at)
	list, together := []AskedForecast{}, []Together{}
	for _, f := range standing {
		list = append(list, AskedForecast{f.Person, string(on.kinds[f.Person]), f.Made.UTC().Format("2006-01-02 15:04"), q.Words(f.Answer), f.Reason, string(f.Confidence)})
	}
	slices.SortFunc(list, func(a, b AskedForecast) int { return strings.Compare(a.Person, b.Person) })
	// A pool holds what the model says, which would count twice.
	standing = slices.DeleteFunc(standing, func(f book.Forecast) bool { return on.kinds[f.Person] == book.Pooled })
	if len(standing) > 1 {
		for _, m := range book.Methods {
			if d, ok := book.Aggregate(q, m, standing, weight); ok {
				together = append(together, Together{string(m), q.Words(d)})
			}
		}
	}
	return list, together
}

// scores scores the answered questions of the case.
func (s *Server) scores(ctx context.Context) (*answer[*Scores], error) {
	c, _ := s.current()
	on, problem, err := s.shelf(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &Scores{Scores: []Scored{}, Problem: problem}
	person := func(name string) bool { return on.kinds[name] == book.Human }
	// Questions of other cases answered before give weights by performance, too.
	ended := record.Together(on.ended, person, book.Methods)
	ended = slices.DeleteFunc(ended, func(e record.Ended) bool { return e.Case != c.Name })
	out.Questions = len(ended)
	table := record.Make(ended, func(name string) bool { return !person(name) })
	loss := func(t record.Table, name string) *float64 {
		for _, x := range t {
			if x.Person == name {
				return &x.Loss
			}
		}
		return nil
	}
	events, ranges := table.Of(casefile.Binary, casefile.Choice).By(true, false, false), table.Of(casefile.Numeric, casefile.Date, casefile.Counted).By(true, false, false)
	for _, x := range table.By(true, false, false) {
		kind, known := on.kinds[x.Person]
		if !known {
			kind = book.Crowd
		}
		out.Scores = append(out.Scores, Scored{Person: x.Person, Kind: string(kind), Questions: x.Questions, Coverage: x.Weight / float64(x.Questions), Skill: x.Skill(),
			Brier: loss(events, x.Person), CRPS: loss(ranges, x.Person)})
	}
	beside := func(x Scored) int {
		if x.Kind == string(book.Human) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out.Scores, func(a, b Scored) int { return cmp.Or(beside(a)-beside(b), cmp.Compare(b.Skill, a.Skill)) })
	return &answer[*Scores]{out}, nil
}

// askQuestion adds a question to the case folder and goes on with the case as it
// then is.
func (s *Server) askQuestion(ctx context.Context, in *newQuestionInput) (*answer[*Case], error) {
	return s.extend(ctx, casefile.QuestionsName, func() ([]byte, *casefile.Case, error) {
		text, after, list := casefile.Ask(s.o.Files, in.Body.question())
		if after == nil {
			return nil, nil, refused("the question cannot be asked", list)
		}
		return text, after, nil
	})
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
	f := book.Forecast{Person: in.Body.Person, Answer: d, Reason: in.Body.Reason, Confidence: book.Confidence(in.Body.Confidence)}
	if in.Body.New {
		_, err = b.AddNew(ctx, book.Human, q, f)
	} else {
		_, _, err = b.Add(ctx, q, f)
	}
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
