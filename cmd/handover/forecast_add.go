package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"handover/casefile"
	"handover/forecast/book"
	"handover/forecast/question"
)

// forecastAddVerb enters a forecast.
type forecastAddVerb struct {
	Case     string `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	Question string `arg:"" help:"The question, by its id."`
	bookFlag
	By          string `required:"" help:"The forecaster's pseudonym in the book." placeholder:"NAME"`
	Probability string `xor:"answer" help:"For a binary question: the probability of yes, as 0.3 or 30%." placeholder:"P"`
	Options     string `xor:"answer" help:"For a choice: a probability for every option, as a=0.2,b=0.5,c=0.3." placeholder:"LIST"`
	Quantiles   string `xor:"answer" help:"For a number, count or date: values that the answer lies below with a probability, as 5%=3,50%=20,95%=120." placeholder:"LIST"`
	CDF         string `xor:"answer" name:"cdf" help:"For a number, count or date: probabilities that the answer is at most a value, as 0=0.1,25=0.6,100=0.9." placeholder:"LIST"`
	Reason      string `required:"" help:"What the forecast rests on, in a sentence or more." placeholder:"TEXT"`
	Confidence  string `help:"How sure you are of these grounds, apart from the probabilities: low, medium or high." placeholder:"WORD"`
}

// Validate refuses a forecast without an answer.
func (v *forecastAddVerb) Validate(*kong.Context) error {
	if v.Probability == "" && v.Options == "" && v.Quantiles == "" && v.CDF == "" {
		return errors.New("the forecast has no answer: give --probability, --options, --quantiles or --cdf")
	}
	return nil
}

// Run enters the forecast.
func (v *forecastAddVerb) Run(to streams) error {
	_, list, err := asking(v.Case, to.err)
	if err != nil {
		return err
	}
	q, err := pick(list, v.Question)
	if err != nil {
		return err
	}
	answer, err := v.answer(q)
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	b, err := v.open(ctx, true)
	if err != nil {
		return err
	}
	defer b.Close()
	f, added, err := b.Add(ctx, q, book.Forecast{Person: v.By, Answer: answer, Reason: v.Reason, Confidence: book.Confidence(v.Confidence)})
	if err != nil {
		return refusal(err)
	}
	said := "entered"
	if !added {
		said = "in the book already"
	}
	_, err = fmt.Fprintf(to.out, "%s: %s by %s, %s at %s as entry %d\n", q.ID, q.Words(f.Answer), f.Person, said, f.Made.Format(time.RFC3339), f.Entry)
	return err
}

// answer reads what the user typed.
func (v *forecastAddVerb) answer(q *question.Question) (question.Distribution, error) {
	var d question.Distribution
	switch {
	case v.Probability != "":
		p, err := parseProbability(v.Probability)
		if err != nil {
			return d, usage("for example --probability 0.3", "--probability: %w", err)
		}
		return question.Binary(p), nil
	case v.Options != "":
		return v.options(q)
	case v.Quantiles != "":
		pairs, err := pairsOf(v.Quantiles)
		if err != nil {
			return d, usage("for example --quantiles 5%=3,50%=20,95%=120", "--quantiles: %w", err)
		}
		return v.points(q, "--quantiles", pairs, 1, 0)
	}
	pairs, err := pairsOf(v.CDF)
	if err != nil {
		return d, usage("for example --cdf 0=0.1,25=0.6,100=0.9", "--cdf: %w", err)
	}
	return v.points(q, "--cdf", pairs, 0, 1)
}

func (v *forecastAddVerb) options(q *question.Question) (question.Distribution, error) {
	pairs, err := pairsOf(v.Options)
	if err != nil {
		return question.Distribution{}, usage("for example --options a=0.2,b=0.8", "--options: %w", err)
	}
	if q.Kind != casefile.Choice {
		return question.Distribution{}, usage("", "--options: %s is a %s question and has no options", q.ID, q.Kind)
	}
	shares := make([]float64, len(q.Options))
	given := map[string]bool{}
	var wrong []string
	for _, pair := range pairs {
		i := slices.Index(q.Options, pair[0])
		p, err := parseProbability(pair[1])
		switch {
		case i < 0:
			wrong = append(wrong, fmt.Sprintf("%q is no option; expected %s", pair[0], strings.Join(q.Options, ", ")))
		case given[pair[0]]:
			wrong = append(wrong, fmt.Sprintf("%s is given twice", pair[0]))
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("%s: %v", pair[0], err))
		default:
			shares[i] = p
		}
		given[pair[0]] = true
	}
	for _, id := range q.Options {
		if !given[id] {
			wrong = append(wrong, id+" is missing (write "+id+"=0 if you mean that)")
		}
	}
	if len(wrong) > 0 {
		return question.Distribution{}, usage("", "--options: %s", strings.Join(wrong, "; "))
	}
	return question.Distribution{Options: shares}, nil
}

// points reads pairs of values and probabilities, in the order of the
// probabilities or values as the user gave them.
func (v *forecastAddVerb) points(q *question.Question, flag string, pairs [][2]string, value, probability int) (question.Distribution, error) {
	if !q.Continuous() {
		return question.Distribution{}, usage("", "%s: %s is a %s question, which has no range", flag, q.ID, q.Kind)
	}
	var curve []question.Point
	var wrong []string
	for _, pair := range pairs {
		x, err := q.ParseValue(pair[value])
		if err != nil {
			wrong = append(wrong, err.Error())
		}
		p, err := parseProbability(pair[probability])
		if err != nil {
			wrong = append(wrong, err.Error())
		}
		curve = append(curve, question.Point{X: x, P: p})
	}
	if len(wrong) > 0 {
		return question.Distribution{}, usage("", "%s: %s", flag, strings.Join(wrong, "; "))
	}
	slices.SortStableFunc(curve, func(a, b question.Point) int {
		if flag == "--cdf" {
			return compareNumbers(a.X, b.X)
		}
		return compareNumbers(a.P, b.P)
	})
	return question.Distribution{Curve: curve}, nil
}

func compareNumbers(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// pairsOf takes key=value,key=value apart.
func pairsOf(text string) ([][2]string, error) {
	var out [][2]string
	for part := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(part, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" || value == "" {
			return nil, fmt.Errorf("%q is no pair of the form a=b", part)
		}
		out = append(out, [2]string{key, value})
	}
	return out, nil
}

// parseProbability reads 0.3 or 30%.
func parseProbability(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	p, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || p-p != 0 {
		return 0, fmt.Errorf("%q is no probability; expected such as 0.3 or 30%%", text)
	}
	if percent {
		p /= 100
	}
	return p, nil
}
