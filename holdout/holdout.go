// Package holdout tests what a case's ensemble says of the time after its base date
// on what became known since: values beside their forecast distribution, events
// beside their chance. Nothing of it is an input of any run.
package holdout

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"handover/casefile"
	"handover/explore/evaluate"
	"handover/forecast/score"
	"handover/hindcast"
)

// Name is the file of a Result in a folder.
const Name = "holdout.json"

// ErrRequest is the error of a test that cannot be made.
var ErrRequest = errors.New("the hold-out test cannot be made")

// Bounds and default of a Request.
const (
	DefaultFutures = 2000
	LeastFutures   = 50
	MostFutures    = 200_000
)

// Request says what to test.
type Request struct {
	Case *casefile.Case
	// Futures is how many are run; DefaultFutures when 0.
	Futures int
	Seed    uint64
	// Threads and Engine do not change results; see evaluate.Options.
	Threads int
	Engine  string
}

// Result is how the ensemble did on what came.
type Result struct {
	Case string `json:"case"`
	// Hash is that of the case, Posterior the SHA-256 of its posterior's file; empty
	// without one.
	Hash      string `json:"hash"`
	Posterior string `json:"posterior,omitempty"`
	Strategy  string `json:"strategy"`
	Futures   int    `json:"futures"`
	Seed      uint64 `json:"seed"`
	Gathered  string `json:"gathered"`
	Leans     string `json:"leans,omitempty"`
	// Values and Events are in the order of the case.
	Values   []Value                 `json:"values"`
	Events   []Event                 `json:"events"`
	Untested []casefile.UntestedFact `json:"untested,omitempty"`
	// Verdict puts it into sentences, misses first.
	Verdict string `json:"verdict"`
}

// Value is a recorded value beside its forecast.
type Value struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
	From string `json:"from"`
	To   string `json:"to,omitempty"`
	// Came is what was recorded, Before the last that was known at the base date.
	Came   float64  `json:"came"`
	Before *float64 `json:"before,omitempty"`
	// Quantiles are those of the forecast at 5, 10, 50, 90 and 95%.
	Quantiles [5]float64 `json:"quantiles"`
	// Place is the part of the forecast below what came, that at it counting half.
	Place float64 `json:"place"`
	// CRPS is that of the forecast, NoChange that of Before as a forecast, in the unit
	// of the value; less is better.
	CRPS       float64  `json:"crps"`
	NoChange   *float64 `json:"no_change,omitempty"`
	Source     string   `json:"source"`
	Confidence string   `json:"confidence"`
	Note       string   `json:"note,omitempty"`
}

// Inside says whether the value lies in the middle 90% of the forecast.
func (v *Value) Inside() bool { return v.Came >= v.Quantiles[0] && v.Came <= v.Quantiles[4] }

// Event is an event beside its chance.
type Event struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to,omitempty"`
	// Definition is the quantity with its limit.
	Definition string `json:"definition"`
	Happened   bool   `json:"happened"`
	// Probability is the share of futures in which it happens, with an 80% interval
	// for the number of futures and of draws of the posterior.
	Probability float64 `json:"probability"`
	Low         float64 `json:"low"`
	High        float64 `json:"high"`
	Brier       float64 `json:"brier"`
	// Frequency is that of the past, FrequencyBrier its score.
	Frequency       *float64 `json:"frequency,omitempty"`
	FrequencyBrier  *float64 `json:"frequency_brier,omitempty"`
	FrequencySource string   `json:"frequency_source,omitempty"`
	Source          string   `json:"source"`
	Confidence      string   `json:"confidence"`
	Note            string   `json:"note,omitempty"`
}

// Run runs the futures from the base date under the strategy that the world
// followed, and scores them. Futures take whole draws of the posterior and what it
// does not hold from its distribution. Progress, which may be nil, is called by one
// goroutine at a time. The errors are a case without a hold-out or with a wrong
// one, a bad request, and ctx's.
func Run(ctx context.Context, r Request, progress func(done int)) (*Result, error) {
	c := r.Case
	if c == nil || len(c.Holdout.Facts) == 0 {
		return nil, fmt.Errorf("%w: the case has no facts in a %s", ErrRequest, casefile.HoldoutName)
	}
	if r.Futures == 0 {
		r.Futures = DefaultFutures
	}
	if r.Futures < LeastFutures || r.Futures > MostFutures {
		return nil, fmt.Errorf("%w: %d futures are asked for; expected %d to %d", ErrRequest, r.Futures, LeastFutures, MostFutures)
	}
	with, strategy := c.HeldOut()
	horizon := 0
	var series []string
	for i := range c.Holdout.Facts {
		f := &c.Holdout.Facts[i]
		_, to := f.Months(c)
		horizon = max(horizon, to+1)
		series = append(series, f.SeriesID())
	}
	e, err := evaluate.New(with, strategy, evaluate.Options{Seed: r.Seed, Horizon: horizon, Threads: r.Threads, Engine: r.Engine, Series: series})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	d, err := with.Futures(r.Seed, r.Futures)
	if err != nil {
		return nil, err
	}
	found, err := e.Run(ctx, evaluate.Points{
		Count:  r.Futures,
		Set:    d.Point,
		Stream: func(i int) int { return i },
		Draw:   e.PosteriorDraw,
	}, progress)
	if err != nil {
		return nil, err
	}
	whole, err := months(e.Times(), horizon)
	if err != nil {
		return nil, err
	}
	out := &Result{Case: c.Name, Hash: c.Hash, Strategy: c.Holdout.Strategy, Futures: r.Futures, Seed: r.Seed, Gathered: c.Holdout.Gathered,
		Leans: c.Holdout.Leans, Values: []Value{}, Events: []Event{}, Untested: c.Holdout.Untested}
	if c.Posterior != nil {
		out.Posterior = c.Posterior.Hash
	}
	for k := range c.Holdout.Facts {
		f := &c.Holdout.Facts[k]
		from, to := f.Months(c)
		sample, clusters := make([]float64, 0, r.Futures), make([]int, 0, r.Futures)
		for i := range r.Futures {
			course := make([]float64, 0, to-from+2)
			for m := from; m <= to+1; m++ {
				course = append(course, found.Series[k][whole[m]][i])
			}
			if x := reduce(f.Reduce, course); x-x == 0 {
				sample, clusters = append(sample, x), append(clusters, e.PosteriorDraw(i))
			}
		}
		if len(sample) == 0 {
			return nil, fmt.Errorf("the fact %s: in no future is the quantity a finite number", f.ID)
		}
		if f.Value != nil {
			out.Values = append(out.Values, value(f, sample))
		} else {
			out.Events = append(out.Events, event(f, sample, clusters))
		}
	}
	out.Verdict = verdict(out)
	return out, nil
}

// months are the places of whole months among save times, from 0 to the horizon.
func months(times []float64, horizon int) ([]int, error) {
	var at []int
	for i, t := range times {
		if t == float64(len(at)) {
			at = append(at, i)
		}
	}
	if len(at) <= horizon {
		return nil, fmt.Errorf("the model saves %d whole months of a run of %d; its save step must divide a month", len(at), horizon)
	}
	return at, nil
}

// reduce makes one number of a course, which has the start of the first month and
// the end of each. A month's value is the mean of its start and its end.
func reduce(how string, course []float64) float64 {
	switch how {
	case "maximum":
		return slices.Max(course)
	case "minimum":
		return slices.Min(course)
	case "end":
		return course[len(course)-1]
	}
	n := len(course) - 1
	sum := (course[0] + course[n]) / 2
	for _, x := range course[1:n] {
		sum += x
	}
	return sum / float64(n)
}

func value(f *casefile.Fact, sample []float64) Value {
	v := Value{ID: f.ID, Name: f.Name, Unit: f.Unit, From: f.From, To: f.To, Came: *f.Value, Before: f.Before, Source: f.Source, Confidence: f.Confidence, Note: f.Note}
	sorted := slices.Sorted(slices.Values(sample))
	for i, p := range []float64{0.05, 0.1, 0.5, 0.9, 0.95} {
		v.Quantiles[i] = hindcast.Quantile(sorted, p)
	}
	v.Place = hindcast.Forecast(sorted).Place(v.Came)
	v.CRPS = hindcast.Forecast(sorted).CRPS(v.Came)
	if f.Before != nil {
		off := math.Abs(v.Came - *f.Before)
		v.NoChange = &off
	}
	return v
}

func event(f *casefile.Fact, sample []float64, clusters []int) Event {
	x := Event{ID: f.ID, Name: f.Name, From: f.From, To: f.To, Happened: *f.Happened, Frequency: f.Frequency, FrequencySource: f.FrequencySource, Source: f.Source, Confidence: f.Confidence, Note: f.Note}
	how := map[string]string{"": "mean of ", "mean": "mean of ", "maximum": "largest ", "minimum": "smallest ", "end": "at the end "}[f.Reduce]
	happens := func(v float64) bool { return v > *f.Above }
	if f.Above != nil {
		x.Definition = fmt.Sprintf("%s%s above %g", how, f.Quantity, *f.Above)
	} else {
		happens = func(v float64) bool { return v < *f.Below }
		x.Definition = fmt.Sprintf("%s%s below %g", how, f.Quantity, *f.Below)
	}
	yes := make([]bool, len(sample))
	for i, v := range sample {
		yes[i] = happens(v)
	}
	x.Probability, x.Low, x.High = chance(yes, clusters)
	x.Brier = brier(x.Probability, x.Happened)
	if f.Frequency != nil {
		b := brier(*f.Frequency, x.Happened)
		x.FrequencyBrier = &b
	}
	return x
}

func brier(p float64, happened bool) float64 {
	if happened {
		p = 1 - p
	}
	return float64(p * p)
}

// chance is a share with its 80% interval of Wilson for as many independent futures as the share's
// variance between clusters comes to: futures that share a draw of the posterior
// are alike. Clusters below 0 are none.
func chance(yes []bool, clusters []int) (p, low, high float64) {
	type part struct{ yes, n float64 }
	parts := map[int]*part{}
	var order []int
	total, n := 0.0, float64(len(yes))
	for i, is := range yes {
		key := clusters[i]
		if key < 0 {
			key = -1 - i
		}
		if parts[key] == nil {
			parts[key] = &part{}
			order = append(order, key)
		}
		parts[key].n++
		if is {
			parts[key].yes++
			total++
		}
	}
	p = total / n
	squares := 0.0
	for _, key := range order {
		off := parts[key].yes - float64(parts[key].n*p)
		squares += float64(off * off)
	}
	k := float64(len(order))
	effective := n
	if p > 0 && p < 1 && squares > 0 && k > 1 {
		variance := squares / (n * n) * k / (k - 1)
		effective = min(n, max(1, p*(1-p)/variance))
	}
	low, high = score.WilsonShare(p, effective, 0.8)
	return p, low, high
}

// verdict puts a result into sentences.
func verdict(r *Result) string {
	text := ""
	if len(r.Values) > 0 {
		within, better, compared := 0, 0, 0
		missed := ""
		for i := range r.Values {
			v := &r.Values[i]
			if v.Inside() {
				within++
			} else {
				missed += fmt.Sprintf("%s %s in %s (%.4g; 90%% of futures between %.4g and %.4g)", separator(missed), inside(v.Name), v.From, v.Came, v.Quantiles[0], v.Quantiles[4])
			}
			if v.NoChange != nil {
				compared++
				if v.CRPS < *v.NoChange {
					better++
				}
			}
		}
		text = fmt.Sprintf("Of %d values %d lay within the middle 90%% of futures, and %d of %d were forecast better than by no change.", len(r.Values), within, better, compared)
		if missed != "" {
			text += " Outside lay" + missed + "."
		}
	}
	if len(r.Events) > 0 {
		mean, past, pastMean, n := 0.0, 0, 0.0, float64(len(r.Events))
		surprised := ""
		for i := range r.Events {
			x := &r.Events[i]
			mean += x.Brier / n
			if x.FrequencyBrier != nil {
				past++
				pastMean += *x.FrequencyBrier
			}
			if x.Brier > 0.25 {
				came := "did not happen"
				if x.Happened {
					came = "happened"
				}
				surprised += fmt.Sprintf("%s %s (%.0f%%, %.0f to %.0f; it %s)", separator(surprised), inside(x.Name), 100*x.Probability, 100*x.Low, 100*x.High, came)
			}
		}
		if text != "" {
			text += " "
		}
		text += fmt.Sprintf("The mean Brier score of %d events was %.2f", len(r.Events), mean)
		if past == len(r.Events) {
			text += fmt.Sprintf(", against %.2f of past frequencies", pastMean/n)
		}
		text += "."
		if surprised != "" {
			text += " On the wrong side of even were" + surprised + "."
		}
	}
	if n := len(r.Untested); n > 0 {
		text += fmt.Sprintf(" %d further facts or questions test nothing here.", n)
	}
	return text
}

// inside is a name as it stands within a sentence.
func inside(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if second, _ := utf8.DecodeRuneInString(name[size:]); unicode.IsUpper(second) {
		return name // an abbreviation
	}
	return string(unicode.ToLower(first)) + name[size:]
}

func separator(before string) string {
	if before == "" {
		return ""
	}
	return ";"
}
