package metaculus

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"regexp"
	"strings"
	"time"

	"handover/casefile"
	"handover/diagnostic"
	"handover/forecast/book"
	"handover/forecast/question"
)

// Read reads the two files into a batch of questions under a name. The list
// holds every mistake of both, up to a bound; the batch is then of no use.
//
// A forecaster gets the pseudonym metaculus- with the first digits of the SHA-256
// of the user's number, which is what Metaculus writes for the user when it leaves
// names out itself. Names of users are not kept.
func Read(name string, questions, forecasts io.Reader) (book.Batch, diagnostic.List) {
	r := &reading{name: name, asked: map[string]*asked{}, people: map[string]book.Kind{}}
	if t := newTable(QuestionFile, questions, questionColumns, &r.list); t != nil {
		for t.next() {
			r.question(t)
		}
	}
	if len(r.asked) > 0 || len(r.list) == 0 {
		if t := newTable(ForecastFile, forecasts, forecastColumns, &r.list); t != nil {
			r.forecasts(t)
		}
	}
	return r.batch, r.list
}

// reading is what was read so far.
type reading struct {
	name   string
	asked  map[string]*asked
	people map[string]book.Kind
	batch  book.Batch
	list   diagnostic.List
}

// asked is a question with the places at which its distributions are given.
type asked struct {
	*question.Question
	xs   []float64
	line int
}

func (r *reading) question(t *table) {
	id := t.cell("Question ID")
	if id == "" {
		t.fail("no-value", "Question ID", "", "the cell is empty")
		return
	}
	if before, twice := r.asked[id]; twice {
		t.fail("duplicate-name", "Question ID", "", "the question %s is there twice; the first is on line %d", id, before.line)
		return
	}
	q := &asked{line: t.line, Question: &question.Question{
		Case: r.name, ID: id, Title: t.cell("Question Title"), Rule: "As Metaculus resolves it.",
		Opens: t.time("Open Time"), Closes: t.time("Scheduled Close Time"),
	}}
	if q.Closes.IsZero() {
		q.Closes = t.time("Actual Close Time")
	}
	q.Resolves = q.Closes
	before := len(r.list)
	switch {
	case q.Opens.IsZero() || q.Closes.IsZero():
		if len(*t.list) == before {
			t.fail("no-value", "Open Time", "", "the question has no time at which it opens or closes")
		}
	case !q.Closes.After(q.Opens):
		t.fail("range", "Scheduled Close Time", "", "the question closes before it opens")
	}
	switch kind := t.cell("Question Type"); kind {
	case "binary":
		q.Kind = casefile.Binary
	case "multiple_choice":
		q.Kind = casefile.Choice
		r.options(t, q)
	case "numeric", "discrete":
		q.Kind = casefile.Numeric
		r.ranged(t, q)
	case "date":
		q.Kind = casefile.Date
		r.ranged(t, q)
	default:
		t.fail("unknown-word", "Question Type", "", "%q is no type of question; expected binary, multiple_choice, numeric, discrete or date", shorten(kind))
	}
	r.asked[id] = q
	if len(r.list) > before {
		return
	}
	r.batch.Questions = append(r.batch.Questions, q.Question)
	r.resolution(t, q)
}

func (r *reading) options(t *table, q *asked) {
	column := "MC Options (All)"
	if t.cell(column) == "" {
		column = "MC Options"
	}
	list, ok := items(t.cell(column))
	if !ok || len(list) < 2 {
		t.fail("options", column, "", "%q is no list of options", shorten(t.cell(column)))
		return
	}
	q.Options = list
}

func (r *reading) ranged(t *table, q *asked) {
	list, ok := items(t.cell("Continuous Range"))
	if !ok || len(list) < 2 {
		t.fail("missing-range", "Continuous Range", "", "the question has no list of places at which its distributions are given")
		return
	}
	for i, item := range list {
		x, ok := value(q.Question, item)
		if !ok || i > 0 && x < q.xs[i-1] {
			t.fail("number", "Continuous Range", "", "%q is no value that follows the one before it", shorten(item))
			q.xs = nil
			return
		}
		q.xs = append(q.xs, x)
	}
	q.Low, q.High = q.xs[0], q.xs[len(q.xs)-1]
	q.OpenLow, q.OpenHigh = t.truth("Open Lower Bound"), t.truth("Open Upper Bound")
	if q.High <= q.Low {
		t.fail("range", "Continuous Range", "", "the range ends where it starts")
	}
}

// value reads a place of a range: a number, or a day with or without a time.
func value(q *question.Question, text string) (float64, bool) {
	if q.Kind == casefile.Date {
		x, ok := parseTime(text)
		return question.Day(x), ok
	}
	x, err := q.ParseValue(text)
	return x, err == nil
}

// resolution reads what the question resolved to, if it did.
func (r *reading) resolution(t *table, q *asked) {
	text := t.cell("Resolution")
	if text == "" {
		return
	}
	word := text
	switch {
	case text == "above_upper_bound" && q.Kind == casefile.Date:
		word = question.Later
	case text == "above_upper_bound":
		word = question.AboveRange
	case text == "below_lower_bound":
		word = question.BelowRange
	case q.Kind == casefile.Date && text != string(question.Ambiguous) && text != string(question.Annulled):
		if x, ok := parseTime(text); ok {
			word = x.Format(time.DateOnly)
		}
	}
	o, err := q.ParseOutcome(word)
	if err != nil {
		t.fail("answer", "Resolution", "", "%v", err)
		return
	}
	known := ""
	if at := t.time("Resolution Known Time"); !at.IsZero() {
		known = "known at " + at.Format(time.RFC3339)
	}
	r.batch.Resolutions = append(r.batch.Resolutions, book.Resolution{Case: r.name, Question: q.ID, Outcome: o, Source: "Metaculus", Reason: known})
}

func (r *reading) forecasts(t *table) {
	id, hidden := "Forecaster ID", "Forecaster (Anonymized)"
	if _, named := t.columns[id]; !named {
		if _, ok := t.columns[hidden]; !ok {
			t.fail("missing-column", id, "", "the column is missing, and so is %s", hidden)
			return
		}
		id = hidden
	}
	seen := map[string]int{}
	for t.next() {
		before := len(r.list)
		f, ok := r.forecast(t, id)
		if !ok || len(r.list) > before {
			continue
		}
		key := f.Question + "\x00" + f.Person + "\x00" + f.Made.Format(time.RFC3339Nano)
		if line, twice := seen[key]; twice {
			t.fail("duplicate-name", "Start Time", "", "the forecaster made a forecast at that time on line %d too", line)
			continue
		}
		seen[key] = t.line
		r.batch.Forecasts = append(r.batch.Forecasts, f)
	}
}

func (r *reading) forecast(t *table, id string) (book.Forecast, bool) {
	q := r.asked[t.cell("Question ID")]
	if q == nil {
		t.fail("unknown-name", "Question ID", "", "%s has no question %q", QuestionFile, t.cell("Question ID"))
		return book.Forecast{}, false
	}
	f := book.Forecast{Case: r.name, Question: q.ID, Made: t.time("Start Time"), Ends: t.time("End Time")}
	switch {
	case f.Made.IsZero() && t.cell("Start Time") == "":
		t.fail("no-value", "Start Time", "", "the cell is empty")
	case !q.Closes.IsZero() && !f.Made.Before(q.Closes):
		t.fail("not-open", "Start Time", "", "the forecast was made at %s, and the question closed at %s", f.Made.Format(time.RFC3339), q.Closes.Format(time.RFC3339))
	case !f.Ends.IsZero() && f.Ends.Before(f.Made):
		t.fail("range", "End Time", "", "the forecast ends before it was made")
	}
	f.Person = r.person(t, id)
	var d question.Distribution
	switch {
	case q.Kind == casefile.Binary:
		if p, ok := t.number("Probability Yes"); ok {
			d = question.Binary(p)
		} else {
			return f, false
		}
	case q.Kind == casefile.Choice:
		list, ok := numbers(t.cell("Probability Yes Per Category"))
		if !ok {
			t.fail("number", "Probability Yes Per Category", "", "%q is no list of probabilities", shorten(t.cell("Probability Yes Per Category")))
			return f, false
		}
		d.Options = list
	case q.xs != nil:
		list, ok := numbers(t.cell("Continuous CDF"))
		if !ok || len(list) != len(q.xs) {
			t.fail("number", "Continuous CDF", "", "the cell holds %d numbers; the question has %d places", len(list), len(q.xs))
			return f, false
		}
		for i, p := range list {
			d.Curve = append(d.Curve, question.Point{X: q.xs[i], P: p})
		}
		settle(q.Question, d.Curve)
	default:
		return f, false // the question was reported
	}
	answer, wrong := q.Complete(d)
	for _, w := range wrong {
		t.fail(w.Code, w.Subject, w.Hint, "%s", w.Message)
	}
	f.Answer = answer
	return f, true
}

// rounding is by how much a printed distribution may miss the closed ends of its
// range, or fall.
const rounding = 1e-6

// settle takes away what is only the rounding of a printed distribution.
func settle(q *question.Question, curve []question.Point) {
	last := len(curve) - 1
	if p := &curve[0].P; !q.OpenLow && *p < rounding && *p > -rounding {
		*p = 0
	}
	if p := &curve[last].P; !q.OpenHigh && *p < 1+rounding && *p > 1-rounding {
		*p = 1
	}
	for i := 1; i <= last; i++ {
		if before := curve[i-1].P; curve[i].P < before && curve[i].P > before-rounding {
			curve[i].P = before
		}
	}
}

var (
	wholeNumber = regexp.MustCompile(`^[0-9]{1,18}$`)
	hashed      = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// person is the pseudonym of the row's forecaster, who joins the batch.
func (r *reading) person(t *table, id string) string {
	text := t.cell(id)
	kind, name := book.Human, text
	switch {
	case wholeNumber.MatchString(text):
		sum := sha256.Sum256([]byte(text))
		name = "metaculus-" + hex.EncodeToString(sum[:])[:12]
	case hashed.MatchString(text):
		name = "metaculus-" + text[:12]
	case text == "" || id != "Forecaster ID" && t.cell("Forecaster Count") != "":
		// An aggregate has the name of its method for a user.
		if text == "" {
			text = t.cell("Forecaster Username")
		}
		kind, name = book.Crowd, "metaculus-"+strings.ReplaceAll(strings.ToLower(text), "_", "-")
	}
	if t.truth("Is Bot") {
		kind = book.Model
	}
	if wrong := book.Pseudonym(name); len(wrong) > 0 {
		t.fail("name", id, "", "%q is no number or pseudonym of a forecaster", shorten(text))
		return ""
	}
	if _, known := r.people[name]; !known {
		r.people[name] = kind
		r.batch.People = append(r.batch.People, book.Person{Name: name, Kind: kind})
	}
	return name
}
