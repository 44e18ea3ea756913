package programme

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"handover/casefile"
	"handover/diagnostic"
	"handover/evidence"
	"handover/model"
)

// Entry is one line of a ledger.
type Entry struct {
	// Number counts the entries of a ledger from 1; Entered is when it was entered,
	// in microseconds since 1970; Hash chains it to the entry before. A store sets
	// the three.
	Number  int64
	Entered int64
	Hash    string

	// When is the day (YYYY-MM-DD) or the month (YYYY-MM) that the amount is of; of a
	// promise, by when.
	When string
	// Public is the day on which the figure, or the promise, became public; empty
	// when it is not known. Then When counts.
	Public  string
	Side    Side
	Kind    Kind
	Measure Measure
	// Amount is in Unit. Low and High bound it; both are Amount when the source
	// gives none.
	Amount, Low, High float64
	Unit              string
	// Place is a place of the case, or empty for the whole country or what is larger
	// than a place.
	Place string
	// Bloc is one of the case, or empty.
	Bloc string
	// Weapon and Condition are of weapons alone.
	Weapon, Condition string
	// After is how many months before the people of a Serving entry were trained.
	After int
	// Reporter is the organisation whose figure it is; Source where it was found.
	Reporter, Source string
	Confidence       string
	// EnteredBy is a role or an organisation.
	EnteredBy string
	// Reference tells entries apart that are otherwise the same, such as the
	// source's own number of a list.
	Reference string
	// Corrects is the number of the entry that this one replaces; 0 for none. With
	// Withdrawn, nothing stands in its place.
	Corrects  int64
	Withdrawn bool
}

// Bounds of texts and amounts.
const (
	mostText   = 200
	mostAmount = 1e12
)

// Month is the month that the amount is of.
func (e Entry) Month() evidence.Month {
	m, _ := evidence.ParseMonth(e.When[:min(len(e.When), 7)])
	return m
}

// Known is the month in which the figure became public.
func (e Entry) Known() evidence.Month {
	if e.Public == "" {
		return e.Month()
	}
	m, _ := evidence.ParseMonth(e.Public[:min(len(e.Public), 7)])
	return m
}

// Names are what entries may name.
type Names struct {
	// Places and Blocs are written as the case writes them.
	Places, Blocs []string
}

// NamesOf lists the places and blocs of a case: the elements of its dimension of
// places, and those of the dimension that programme.yaml names.
func NamesOf(c *casefile.Case) Names {
	var n Names
	for _, p := range c.Places.Elements {
		n.Places = append(n.Places, p.Element)
	}
	if d := c.Model.Dimension(c.Programme.Blocs); d != nil {
		n.Blocs = slices.Clone(d.Elements)
	}
	return n
}

// name finds a name in another spelling.
func name(list []string, text string) (string, bool) {
	i := slices.IndexFunc(list, func(x string) bool {
		return model.Canonical(x) == model.Canonical(text) || casefile.FoldPlace(x) == casefile.FoldPlace(text)
	})
	if i < 0 {
		return text, false
	}
	return list[i], true
}

var (
	label    = regexp.MustCompile(`^[a-z][a-z0-9-]{1,59}$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Complete fills in what an entry may leave out (the unit, the measure where the
// kind has one alone, low and high), writes names as the case does, and reports
// all that is wrong. The diagnostics have no place in a file; their subjects are
// columns.
func (e *Entry) Complete(n Names) diagnostic.List {
	var list diagnostic.List
	fail := func(code, column, hint, format string, arguments ...any) {
		list = append(list, diagnostic.Diagnostic{Code: code, Subject: column, Message: fmt.Sprintf(format, arguments...), Hint: hint})
	}
	word := func(column, text string, words []string, needed bool) {
		switch {
		case text == "" && needed:
			fail("no-value", column, "one of "+strings.Join(words, ", "), "the value is missing")
		case text != "" && !slices.Contains(words, text):
			fail("unknown-word", column, diagnostic.DidYouMean(text, words), "%q is not allowed here; expected one of %s", shorten(text), strings.Join(words, ", "))
		}
	}
	if e.When == "" {
		fail("no-value", "when", "", "the day or month is missing")
	} else if !date(e.When) {
		fail("date", "when", "", "%q is neither a day nor a month from 1945 to 2100; expected YYYY-MM-DD or YYYY-MM", shorten(e.When))
	}
	if e.Public != "" && !date(e.Public) {
		fail("date", "public", "", "%q is neither a day nor a month from 1945 to 2100; expected YYYY-MM-DD or YYYY-MM", shorten(e.Public))
	}
	word("side", string(e.Side), []string{string(Promised), string(Done)}, true)
	word("kind", string(e.Kind), Kinds(), true)
	if class, ok := e.Kind.Class(); ok {
		e.completeKind(class, fail, word)
	}
	e.completeAmount(fail)
	if e.Place != "" {
		var ok bool
		if e.Place, ok = name(n.Places, e.Place); !ok {
			fail("unknown-name", "place", diagnostic.DidYouMean(e.Place, n.Places), "%q is not a place of the case; leave it empty for the whole country", shorten(e.Place))
		}
	}
	if e.Bloc != "" {
		var ok bool
		if e.Bloc, ok = name(n.Blocs, e.Bloc); !ok {
			hint := diagnostic.DidYouMean(e.Bloc, n.Blocs)
			if hint == "" && len(n.Blocs) > 0 {
				hint = "it has " + strings.Join(n.Blocs, ", ")
			}
			fail("unknown-name", "bloc", hint, "%q is not a bloc of the case; the smallest actor of a ledger is a bloc", shorten(e.Bloc))
		}
	}
	word("confidence", e.Confidence, Confidences, true)
	for _, t := range []struct{ column, text string }{{"reporter", e.Reporter}, {"source", e.Source}, {"reference", e.Reference}} {
		if t.text == "" && t.column == "source" {
			fail("no-value", "source", "say where the figure was found", "the source is missing")
		}
		if what := refused(t.text); what != "" {
			fail("text", t.column, "name organisations, documents and roles, never persons", "the text holds %s", what)
		}
	}
	if !label.MatchString(e.EnteredBy) {
		fail("name", "entered_by", "for example planning-cell", "%q is no label; expected a role or organisation in lower-case letters, digits and hyphens", shorten(e.EnteredBy))
	}
	if e.Corrects < 0 {
		fail("number", "corrects", "", "%d is not the number of an entry", e.Corrects)
	}
	if e.Withdrawn && e.Corrects == 0 {
		fail("kind", "withdrawn", "name the entry in corrects", "only an entry that corrects another can withdraw it")
	}
	return list
}

// completeKind settles what follows from the kind.
func (e *Entry) completeKind(class Class, fail func(code, column, hint, format string, arguments ...any), word func(string, string, []string, bool)) {
	measures := []string{string(Added), string(Total)}
	if class.Level {
		measures = []string{string(Level)}
		if e.Measure == "" {
			e.Measure = Level
		}
	}
	word("measure", string(e.Measure), measures, true)
	switch {
	case class.Unit == "" && !currency.MatchString(e.Unit):
		fail("unit", "unit", "for example USD; amounts are in whole units, not in thousands or millions", "%q is no currency of three capital letters", shorten(e.Unit))
	case class.Unit != "" && e.Unit == "":
		e.Unit = class.Unit
	case class.Unit != "" && e.Unit != class.Unit:
		fail("unit", "unit", "", "%s is counted in %s, found %q", e.Kind, class.Unit, shorten(e.Unit))
	}
	if class.Weapons {
		word("weapon", e.Weapon, Weapons, false)
		word("condition", e.Condition, Conditions, false)
	} else if e.Weapon != "" || e.Condition != "" {
		fail("kind", "weapon", "leave both empty", "weapon and condition are of weapons alone, not of %s", e.Kind)
	}
	switch {
	case e.Kind == Serving && (e.After < 1 || e.After > 240):
		fail("range", "after", "", "%d is out of range; expected the months since the training, from 1 to 240", e.After)
	case e.Kind != Serving && e.After != 0:
		fail("kind", "after", "leave it empty", "only serving takes the months since a training")
	}
}

func (e *Entry) completeAmount(fail func(code, column, hint, format string, arguments ...any)) {
	if math.IsNaN(e.Low) {
		e.Low = e.Amount
	}
	if math.IsNaN(e.High) {
		e.High = e.Amount
	}
	for _, a := range []struct {
		column string
		amount float64
	}{{"amount", e.Amount}, {"low", e.Low}, {"high", e.High}} {
		switch {
		case math.IsNaN(a.amount):
			fail("no-value", a.column, "write digits with a point for decimals", "the number is missing")
			return
		case a.amount < 0 || a.amount > mostAmount:
			fail("range", a.column, "", "%g is out of range; expected 0 to %g", a.amount, mostAmount)
			return
		}
	}
	if e.Low > e.Amount || e.High < e.Amount {
		fail("range", "amount", "", "%g is not between low (%g) and high (%g)", e.Amount, e.Low, e.High)
	}
}

// date says whether a text is a day or a month.
func date(text string) bool {
	if len(text) == 7 {
		text += "-01"
	}
	if len(text) != 10 {
		return false
	}
	_, err := evidence.ParseDay(text)
	return err == nil
}

// What a text about organisations has no need of.
var (
	mail      = regexp.MustCompile(`\S@\S`)
	telephone = regexp.MustCompile(`\+?\d[\d ()/-]{8,}\d`)
	location  = regexp.MustCompile(`-?\d{1,3}\.\d{3,}\s*[,;/ ]\s*-?\d{1,3}\.\d{3,}|\d{1,3}°`)
	calendar  = regexp.MustCompile(`\b(19|20)\d\d([-/]\d\d?){0,2}\b`)
	titled    = regexp.MustCompile(`\b(Mr|Mrs|Ms|Dr|Gen|Maj|Col|Lt|Capt|Sgt|Cpt|Cmdr|Sheikh|Sayyid|Mullah|Haji|Abu)\.? +\p{Lu}\p{Ll}+`)
)

// refused says what a text holds that an entry must not, or "".
func refused(text string) string {
	switch {
	case !utf8.ValidString(text) || strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }) >= 0:
		return "characters that cannot be printed"
	case utf8.RuneCountInString(text) > mostText:
		return fmt.Sprintf("more than %d letters", mostText)
	case text != "" && strings.ContainsRune("=+-@", rune(text[0])):
		return "the start of a spreadsheet formula"
	case mail.MatchString(text):
		return "an address of a person"
	case location.MatchString(text):
		return "coordinates"
	case telephone.MatchString(calendar.ReplaceAllString(text, "")):
		return "what looks like a telephone or document number"
	case titled.MatchString(text):
		return "what looks like the name of a person"
	}
	return ""
}

func shorten(text string) string {
	if r := []rune(text); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return text
}
