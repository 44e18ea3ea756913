package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"handover/casefile"
	"handover/forecast/book"
	"handover/forecast/record"
)

// forecastTableVerb scores the forecasters.
type forecastTableVerb struct {
	Case string `arg:"" optional:"" help:"Only the questions of this case or import; all in the book when left out."`
	bookFlag
	JSON bool `name:"json" help:"Print every cell as JSON (forecaster, kind, time ahead), and nothing else."`
}

// Run prints the table.
func (v *forecastTableVerb) Run(to streams) error {
	ctx, release := interruptible(to.err)
	defer release()
	b, err := v.open(ctx, true)
	if err != nil {
		return err
	}
	defer b.Close()
	name := ""
	if v.Case != "" {
		if name, err = bookName(v.Case, to.err); err != nil {
			return err
		}
	}
	ended, err := endedQuestions(ctx, b, name)
	if err != nil {
		return err
	}
	table := record.Make(ended)
	if v.JSON {
		if table == nil {
			table = record.Table{}
		}
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(table)
	}
	if len(table) == 0 {
		_, err := fmt.Fprintln(to.out, "No question with a forecast has an answer yet; ambiguous and annulled ones are not scored.")
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s with an answer\n\n", count(len(ended), "question", "questions"))
	describeTable(&text, table, width(to.out))
	_, err = io.WriteString(to.out, text.String())
	return err
}

// endedQuestions are those of a case, or all when the name is empty, that have
// an answer.
func endedQuestions(ctx context.Context, b *book.Book, name string) ([]record.Ended, error) {
	asked, err := b.Questions(ctx)
	if err != nil {
		return nil, err
	}
	if name != "" {
		known := false
		asked = slices.DeleteFunc(asked, func(a book.Asked) bool {
			known = known || a.Case == name
			return a.Case != name
		})
		if !known {
			return nil, usage("", "the book holds no question of %s", shown(name))
		}
	}
	resolutions, err := b.Resolutions(ctx, name)
	if err != nil {
		return nil, err
	}
	forecasts, err := b.Forecasts(ctx, book.Filter{Case: name})
	if err != nil {
		return nil, err
	}
	return record.Collect(asked, resolutions, forecasts), nil
}

// trackWeights are the weights for the aggregate by performance, from all that
// is resolved.
func trackWeights(ctx context.Context, b *book.Book) (func(string) float64, error) {
	ended, err := endedQuestions(ctx, b, "")
	if err != nil {
		return nil, err
	}
	return record.Make(ended).Weights(), nil
}

const tableFoot = `Loss: 0 for certainty of what came to pass, 1 for certainty of the farthest from it (Brier score; half of it for a
choice; the ranked probability score over the width of a range), as a mean over the time that forecasts stood.
Skill: the part of the loss of an even answer that was saved; 0 is no better. Against others: by how much the loss of
those who stood at the same time was larger. Coverage: the part of the questions' time with a forecast.
`

// describeTable prints the table by forecaster, then by kind and by time ahead.
func describeTable(b *strings.Builder, table record.Table, width int) {
	people := table.By(true, false, false)
	slices.SortStableFunc(people, func(a, b record.Cell) int { return compareNumbers(b.Skill(), a.Skill()) })
	g := grid{corner: "Forecaster", heads: []string{"Questions", "Coverage", "Loss", "Skill", "Against\nothers"}}
	for _, c := range people {
		g.rows = append(g.rows, gridRow{c.Person, []string{grouped(c.Questions), fmt.Sprintf("%.0f%%", 100*c.Weight/float64(c.Questions)), fmt.Sprintf("%.3f", c.Loss), fmt.Sprintf("%+.2f", c.Skill()), peers(c)}})
	}
	b.WriteString(g.lay(width))
	kinds := grid{corner: "Skill by kind"}
	var names []casefile.QuestionKind
	for _, c := range table.By(false, true, false) {
		names = append(names, c.Kind)
		kinds.heads = append(kinds.heads, string(c.Kind))
	}
	byKind := table.By(true, true, false)
	ahead := grid{corner: "Skill by time ahead"}
	var horizons []int
	for _, c := range table.By(false, false, true) {
		horizons = append(horizons, c.Horizon)
		ahead.heads = append(ahead.heads, record.Horizons[c.Horizon].Name)
	}
	byAhead := table.By(true, false, true)
	for _, p := range people {
		row, other := gridRow{label: p.Person}, gridRow{label: p.Person}
		for _, k := range names {
			row.cells = append(row.cells, skillOf(byKind, func(c record.Cell) bool { return c.Person == p.Person && c.Kind == k }))
		}
		for _, h := range horizons {
			other.cells = append(other.cells, skillOf(byAhead, func(c record.Cell) bool { return c.Person == p.Person && c.Horizon == h }))
		}
		kinds.rows, ahead.rows = append(kinds.rows, row), append(ahead.rows, other)
	}
	fmt.Fprintf(b, "\n%s\n%s\n%s", kinds.lay(width), ahead.lay(width), tableFoot)
}

func peers(c record.Cell) string {
	if c.PeerWeight == 0 {
		return ""
	}
	return fmt.Sprintf("%+.3f", c.Peers)
}

// skillOf is the skill in the one cell that fits, with its questions.
func skillOf(t record.Table, is func(record.Cell) bool) string {
	i := slices.IndexFunc(t, is)
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("%+.2f (%d)", t[i].Skill(), t[i].Questions)
}
