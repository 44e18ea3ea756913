package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"handover/diagnostic"
	"handover/forecast/book"
	"handover/forecast/question"
)

// forecastResolveVerb resolves questions.
type forecastResolveVerb struct {
	Case     string `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	Question string `arg:"" optional:"" help:"Only this question, by its id."`
	bookFlag
	Store  string `help:"The folder of the store of events; store/NAME-OF-THE-CASE when left out." placeholder:"DIR" predictor:"folder"`
	Answer string `help:"What a person found: yes or no, an option, a number, a day, later, above, below; or ambiguous, or annulled. Without it the data are asked." placeholder:"WORD"`
	Source string `help:"Where the answer was found; needed with --answer." placeholder:"TEXT"`
	Reason string `help:"Why it is this answer." placeholder:"TEXT"`
	DryRun bool   `help:"Only say what the data tell; enter nothing."`
}

// Validate checks which flags go together.
func (v *forecastResolveVerb) Validate(*kong.Context) error {
	switch {
	case v.Answer != "" && v.Question == "":
		return errors.New("--answer needs the question that it answers")
	case v.Answer != "" && v.DryRun:
		return errors.New("--dry-run asks the data; --answer is a person's")
	case v.Answer != "" && strings.TrimSpace(v.Source) == "":
		return errors.New("--answer needs --source: where the answer was found")
	case v.Answer == "" && (v.Source != "" || v.Reason != ""):
		return errors.New("--source and --reason go with --answer")
	}
	return nil
}

// Run resolves.
func (v *forecastResolveVerb) Run(to streams) error {
	_, list, err := asking(v.Case, to.err)
	if err != nil {
		return err
	}
	if v.Question != "" {
		q, err := pick(list, v.Question)
		if err != nil {
			return err
		}
		list = []*question.Question{q}
	}
	ctx, release := interruptible(to.err)
	defer release()
	if v.Answer != "" {
		return v.byPerson(ctx, list[0], to)
	}
	return v.byData(ctx, list, to)
}

// byPerson enters what a person found. Of a question with a data rule a person
// can only say that it cannot be answered.
func (v *forecastResolveVerb) byPerson(ctx context.Context, q *question.Question, to streams) error {
	o, err := q.ParseOutcome(v.Answer)
	if err != nil {
		return usage("", "--answer: %w", err)
	}
	if q.Data != nil && o.Status == question.Resolved {
		return usage("handover forecast resolve "+quoted(v.Case)+" "+q.ID, "the data resolve %s; a person can only call it ambiguous or annulled", q.ID)
	}
	b, err := v.open(ctx, true)
	if err != nil {
		return err
	}
	defer b.Close()
	added, err := b.Resolve(ctx, q, book.Resolution{Outcome: o, Source: v.Source, Reason: v.Reason})
	if err != nil {
		return refusal(err)
	}
	_, err = fmt.Fprintf(to.out, "%s: %s%s\n", q.ID, o, already(added))
	return err
}

func already(added bool) string {
	if added {
		return ""
	}
	return " (in the book already)"
}

// byData asks the data.
func (v *forecastResolveVerb) byData(ctx context.Context, list []*question.Question, to streams) error {
	n, err := countCase(ctx, v.Case, v.Store, to.err)
	if err != nil {
		return err
	}
	var b *book.Book
	if !v.DryRun {
		if b, err = v.open(ctx, true); err != nil {
			return err
		}
		defer b.Close()
	}
	now := time.Now()
	var text strings.Builder
	var refused []error
	for _, q := range list {
		if q.Data == nil {
			if v.Question != "" {
				return usage("give --answer and --source", "a person resolves %s, not the data", q.ID)
			}
			continue
		}
		if now.Before(q.Opens) {
			fmt.Fprintf(&text, "%s: not yet open\n", q.ID)
			continue
		}
		found, err := q.Resolve(n.indicator(q.Data.Indicator), now)
		if err != nil {
			return err
		}
		note := ""
		if b != nil && found.Status != question.Pending {
			source := found.Source
			if source == "" {
				source = "the case's data"
			}
			added, err := b.Resolve(ctx, q, book.Resolution{Outcome: found.Outcome, ByData: true, Source: source, Reason: found.Why})
			if errors.As(err, new(diagnostic.List)) {
				// The others can be resolved all the same.
				refused = append(refused, refusal(err))
				continue
			}
			if err != nil {
				return err
			}
			note = already(added)
		}
		fmt.Fprintf(&text, "%s: %s%s\n", q.ID, found.Outcome, note)
		for _, line := range wrap(found.Why, width(to.out)-2) {
			fmt.Fprintf(&text, "  %s\n", line)
		}
	}
	if _, err = io.WriteString(to.out, text.String()); err != nil || len(refused) == 0 {
		return err
	}
	return &failure{code: exitUsage, err: errors.Join(refused...)}
}
