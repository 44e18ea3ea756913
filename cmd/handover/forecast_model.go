package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"handover/casefile"
	"handover/ensemble"
	"handover/forecast/book"
	"handover/forecast/question"
)

// forecastModelVerb lets the ensemble answer.
type forecastModelVerb struct {
	Case string `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	bookFlag
	Strategy string `help:"The strategy that is taken for what will be done, by id; the case's reference when left out." placeholder:"ID"`
	Futures  int    `help:"How many futures are run (default ${default})." default:"2000" placeholder:"N"`
	Seed     uint64 `help:"Where the random numbers start (default ${default})." default:"1" placeholder:"S"`
	Out      string `help:"The folder that holds the results of runs (default ${default})." default:"runs" placeholder:"DIR" predictor:"folder"`
	Engine   string `help:"What computes the model: auto, interpreter, avx2 or avx512 (default ${default})." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
	DryRun   bool   `help:"Only print the answers; enter nothing."`
}

// Validate checks the number of futures.
func (v *forecastModelVerb) Validate(*kong.Context) error {
	if v.Futures < 1 || v.Futures > ensemble.MostFutures {
		return fmt.Errorf("--futures must be from 1 to %s, and is %d", grouped(ensemble.MostFutures), v.Futures)
	}
	return nil
}

// Run runs the model as far as the questions look, and answers.
func (v *forecastModelVerb) Run(to streams) error {
	c, list, err := v.questions(to.err)
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	answers, err := v.answers(ctx, c, list, to.err)
	if err != nil {
		return err
	}
	return enterAnswers(ctx, v.bookFlag, v.DryRun, book.Model, list, answers, to)
}

// questions are those that the model answers. It settles the strategy.
func (v *forecastModelVerb) questions(notes io.Writer) (*casefile.Case, []*question.Question, error) {
	c, list, err := asking(v.Case, notes)
	if err != nil {
		return nil, nil, err
	}
	if v.Strategy == "" {
		v.Strategy = c.Reference
	}
	if err := knownStrategies(c, []string{v.Strategy}); err != nil {
		return nil, nil, err
	}
	list = slices.DeleteFunc(list, func(q *question.Question) bool { return q.Model == nil })
	if len(list) == 0 {
		return nil, nil, &failure{code: exitMistakes, err: fmt.Errorf("no question of the case %s is tied to its model", v.Case)}
	}
	return c, list, nil
}

// answers are the ensemble's, by question.
func (v *forecastModelVerb) answers(ctx context.Context, c *casefile.Case, list []*question.Question, notes io.Writer) (map[string]book.Forecast, error) {
	answers := map[string]book.Forecast{}
	var horizons []int
	for _, q := range list {
		if !slices.Contains(horizons, q.Model.By) {
			horizons = append(horizons, q.Model.By)
		}
	}
	slices.Sort(horizons)
	for _, horizon := range horizons {
		folder, summary, err := v.compute(ctx, c, horizon, notes)
		if err != nil {
			if errors.Is(err, context.Canceled) {
				return nil, &failure{code: exitInterrupted, err: errors.New("stopped; the same command goes on with the runs where they were")}
			}
			return nil, err
		}
		for _, q := range list {
			if q.Model.By != horizon {
				continue
			}
			d, err := modelAnswer(ctx, c, q, folder, summary, v.Strategy)
			if err != nil {
				return nil, err
			}
			answers[q.ID] = book.Forecast{Person: "model-" + strings.ToLower(v.Strategy), Answer: d,
				Reason: fmt.Sprintf("The ensemble under strategy %s: run %s, %d futures, seed %d, %d months.", v.Strategy, summary.Manifest.Run, v.Futures, v.Seed, horizon)}
		}
	}
	return answers, nil
}

// compute makes or finds the run that looks so many months ahead.
func (v *forecastModelVerb) compute(ctx context.Context, c *casefile.Case, horizon int, w io.Writer) (string, *ensemble.Summary, error) {
	show, wipe := progress(w)
	defer wipe()
	quiet := func(p ensemble.Progress) {
		if p.Stage != ensemble.Existing {
			show(p)
		}
	}
	return ensemble.Start(ctx, ensemble.Request{Case: c, Strategies: []string{v.Strategy}, Futures: v.Futures, Seed: v.Seed, Horizon: horizon, Engine: v.Engine, Version: version}, v.Out, quiet)
}

// daysAMonth is the mean length of a month of the model.
const daysAMonth = 30.436875

// mostMeans is how many futures a count is mixed from: more would not show.
const mostMeans = 400

// modelAnswer reads the answer to a question from a run.
func modelAnswer(ctx context.Context, c *casefile.Case, q *question.Question, folder string, s *ensemble.Summary, strategy string) (question.Distribution, error) {
	if q.Model.Series != "" {
		return fanAnswer(q, s, strategy)
	}
	o := c.Outcome(q.Model.Outcome)
	values, err := ensemble.Values(ctx, folder, strategy, o.ID)
	if err != nil {
		return question.Distribution{}, err
	}
	var d question.Distribution
	switch {
	case q.Kind == casefile.Binary:
		d = q.Sampled(happened(o, values, q.Model.By))
	case q.Kind == casefile.Date:
		base, err := time.Parse(time.DateOnly, c.BaseDate)
		if err != nil {
			return d, err
		}
		days := make([]float64, len(values))
		for i, x := range values {
			// A first counts from its first month, a question when the hold is over.
			days[i] = question.Day(base) + float64((x+o.Hold)*daysAMonth)
		}
		d = q.Sampled(days)
	case q.Kind == casefile.Counted:
		dispersion := 1.0
		if q.Model.Dispersion != nil {
			dispersion = *q.Model.Dispersion
		}
		d = q.Expected(thinned(values, mostMeans), dispersion)
	default:
		d = q.Sampled(values)
	}
	return completed(q, d)
}

// completed is a bug's last chance to be told from an answer.
func completed(q *question.Question, d question.Distribution) (question.Distribution, error) {
	out, wrong := q.Complete(d)
	if len(wrong) > 0 {
		return d, fmt.Errorf("the answer to %s is none: %w", q.ID, wrong)
	}
	return out, nil
}

// happened says of each future whether the event of an outcome came to pass.
func happened(o *casefile.Outcome, values []float64, by int) []float64 {
	out := make([]float64, len(values))
	for i, x := range values {
		yes := false
		switch e := o.Event; {
		case o.Reduce == casefile.First:
			yes = x+o.Hold <= float64(by) // false for one that never came
		case e.Above != nil:
			yes = x > *e.Above
		default:
			yes = x < *e.Below
		}
		if yes {
			out[i] = 1
		}
	}
	return out
}

// thinned keeps the middles of so many equal parts of the sorted values.
func thinned(values []float64, most int) []float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) <= most {
		return sorted
	}
	out := make([]float64, most)
	for i := range out {
		out[i] = sorted[(2*i+1)*len(sorted)/(2*most)]
	}
	return out
}

// fanAnswer reads the quantiles of a series at the month of the question.
func fanAnswer(q *question.Question, s *ensemble.Summary, strategy string) (question.Distribution, error) {
	at := slices.Index(s.Times, float64(q.Model.By))
	i := slices.IndexFunc(s.Strategies, func(x ensemble.StrategySummary) bool { return x.ID == strategy })
	if at < 0 || i < 0 {
		return question.Distribution{}, fmt.Errorf("the run has no month %d under strategy %s", q.Model.By, strategy)
	}
	k := slices.IndexFunc(s.Strategies[i].Series, func(x ensemble.Fan) bool { return x.ID == q.Model.Series })
	if k < 0 {
		return question.Distribution{}, fmt.Errorf("the run has no series %s", q.Model.Series)
	}
	var d question.Distribution
	for l, p := range ensemble.Levels {
		x := s.Strategies[i].Series[k].Quantiles[l][at]
		if !q.OpenLow {
			x = max(x, q.Low)
		}
		if !q.OpenHigh {
			x = min(x, q.High)
		}
		d.Curve = append(d.Curve, question.Point{X: x, P: p})
	}
	return completed(q, d)
}

// enterAnswers prints the answers of a program and enters those to questions
// that are open, in its own name.
func enterAnswers(ctx context.Context, flag bookFlag, dry bool, kind book.Kind, list []*question.Question, answers map[string]book.Forecast, to streams) error {
	now := time.Now()
	var b *book.Book
	if !dry {
		var err error
		if b, err = flag.open(ctx, false); err != nil {
			return err
		}
		defer b.Close()
		if err := introduce(ctx, b, kind, answers); err != nil {
			return err
		}
	}
	g := grid{corner: "Question", heads: []string{"Answer", "In the book"}}
	for _, q := range list {
		f, ok := answers[q.ID]
		if !ok {
			continue
		}
		said := "not entered (dry run)"
		switch {
		case !q.Open(now):
			said = "no: " + standingOf(q, now)
		case !dry:
			entered, added, err := b.Add(ctx, q, f)
			if err != nil {
				return fmt.Errorf("%s: %w", q.ID, refusal(err))
			}
			said = fmt.Sprintf("entry %d%s", entered.Entry, already(added))
		}
		g.rows = append(g.rows, gridRow{q.ID, []string{broken(q.Words(f.Answer)), said}})
	}
	_, err := io.WriteString(to.out, g.lay(width(to.out)))
	return err
}

// introduce makes the programs that answer known to the book.
func introduce(ctx context.Context, b *book.Book, kind book.Kind, answers map[string]book.Forecast) error {
	people, err := b.People(ctx)
	if err != nil {
		return err
	}
	known := map[string]book.Kind{}
	for _, p := range people {
		known[p.Name] = p.Kind
	}
	for _, f := range answers {
		have, ok := known[f.Person]
		switch {
		case !ok:
			if err := b.AddPerson(ctx, book.Person{Name: f.Person, Kind: kind}); err != nil {
				return refusal(err)
			}
			known[f.Person] = kind
		case have != kind:
			return usage("", "the book has a %s of the name %s, under which a %s would forecast", have, f.Person, kind)
		}
	}
	return nil
}

// forecastBaselineVerb lets the past answer.
type forecastBaselineVerb struct {
	Case string `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	bookFlag
	Store  string `help:"The folder of the store of events; store/NAME-OF-THE-CASE when left out." placeholder:"DIR" predictor:"folder"`
	Years  int    `help:"How many years back count, up to the last known month (default ${default})." default:"10" placeholder:"N"`
	DryRun bool   `help:"Only print the answers; enter nothing."`
}

// Validate checks the years.
func (v *forecastBaselineVerb) Validate(*kong.Context) error {
	if v.Years < 1 || v.Years > 100 {
		return fmt.Errorf("--years must be from 1 to 100, and is %d", v.Years)
	}
	return nil
}

// Run applies the rule of every question to the windows of the past.
func (v *forecastBaselineVerb) Run(to streams) error {
	_, list, err := asking(v.Case, to.err)
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	n, err := countCase(ctx, v.Case, v.Store, to.err)
	if err != nil {
		return err
	}
	now := time.Now()
	answers := map[string]book.Forecast{}
	for _, q := range list {
		if q.Data == nil {
			continue
		}
		s := n.indicator(q.Data.Indicator)
		d, windows := q.Climate(s, now, v.Years)
		if windows == 0 {
			fmt.Fprintf(to.err, "note: %s: no stretch of as many known months lies in the last %d years of the data\n", q.ID, v.Years)
			continue
		}
		if d, err = completed(q, d); err != nil {
			return err
		}
		last, _ := s.CutOff()
		answers[q.ID] = book.Forecast{Person: fmt.Sprintf("climate-%d", v.Years), Answer: d,
			Reason: fmt.Sprintf("The rule applied to the %s within the %d years up to %s.", count(windows, "stretch of as many months", "stretches of as many months"), v.Years, last)}
	}
	if len(answers) == 0 {
		return &failure{code: exitFailed, err: errors.New("the data answer no question: too few months are known")}
	}
	return enterAnswers(ctx, v.bookFlag, v.DryRun, book.Baseline, list, answers, to)
}
