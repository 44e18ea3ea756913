package casefile

import (
	"fmt"
	"io/fs"
	"reflect"
	"strconv"
	"strings"

	"handover/diagnostic"
)

// Ask adds a question with a new id to the questions.yaml of a case folder, which is
// made when there is none, and returns the file's new text, with every line that was
// there, and the case that the folder holds once the file is written. It writes
// nothing. Without mistakes of the question, the list says why the file cannot be
// added to.
func Ask(fsys fs.FS, q Question) ([]byte, *Case, diagnostic.List) {
	before, list := Load(fsys)
	if before == nil {
		return nil, nil, list
	}
	for _, old := range before.Questions {
		if strings.EqualFold(old.ID, q.ID) {
			return nil, nil, diagnostic.List{{Position: diagnostic.Position{File: QuestionsName}, Code: "duplicate-name", Subject: q.ID,
				Message: fmt.Sprintf("there is a question %s already", old.ID), Hint: "choose another id"}}
		}
	}
	return appended(fsys, before, QuestionsName, "questions", q.ID, q.YAML, func(after *Case) bool {
		return len(after.Questions) == len(before.Questions)+1 && reflect.DeepEqual(after.Questions[:len(before.Questions)], before.Questions)
	})
}

// YAML writes a question as an item of the list in questions.yaml, every line after
// the indent.
func (q *Question) YAML(indent string) string {
	var b strings.Builder
	first := true
	line := func(key, value string) {
		mark := "  "
		if first {
			mark, first = "- ", false
		}
		b.WriteString(indent + mark + key + ": " + value + "\n")
	}
	text := func(key, value string) {
		if value != "" {
			line(key, scalar(value))
		}
	}
	text("id", q.ID)
	text("title", q.Title)
	text("kind", string(q.Kind))
	text("background", q.Background)
	text("rule", q.Rule)
	text("opens", q.Opens)
	text("closes", q.Closes)
	text("resolves", q.Resolves)
	text("unit", q.Unit)
	if len(q.Options) > 0 {
		b.WriteString(indent + "  options:\n")
		for _, o := range q.Options {
			b.WriteString(indent + "    - " + flow("id", scalar(o.ID), "name", scalar(o.Name), "upto", amount(o.Upto)) + "\n")
		}
	}
	if r := q.Range; r != nil {
		line("range", flow("low", amount(r.Low), "high", amount(r.High), "open_low", truth(r.OpenLow), "open_high", truth(r.OpenHigh), "from", word(r.From), "to", word(r.To)))
	}
	if d := q.Data; d != nil {
		places := ""
		if len(d.Places) > 0 {
			names := make([]string, len(d.Places))
			for i, p := range d.Places {
				names[i] = scalar(p)
			}
			places = "[" + strings.Join(names, ", ") + "]"
		}
		hold := ""
		if d.Hold != 0 {
			hold = strconv.Itoa(d.Hold)
		}
		line("data", flow("indicator", scalar(d.Indicator), "from", scalar(d.From), "to", scalar(d.To), "reduce", scalar(d.Reduce), "places", places, "above", amount(d.Above), "below", amount(d.Below), "hold", hold))
	}
	if q.Judge != nil {
		line("judge", flow("source", scalar(q.Judge.Source)))
	}
	if m := q.Model; m != nil {
		line("model", flow("outcome", word(m.Outcome), "series", word(m.Series), "by", strconv.Itoa(m.By), "dispersion", amount(m.Dispersion)))
	}
	text("source", q.Source)
	return b.String()
}

// flow writes keys and values in one line, leaving out what has no value.
func flow(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			parts = append(parts, pairs[i]+": "+pairs[i+1])
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func amount(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'g', -1, 64)
}

func truth(x bool) string {
	if x {
		return "true"
	}
	return ""
}

func word(text string) string {
	if text == "" {
		return ""
	}
	return scalar(text)
}
