package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"handover/casefile"
	"handover/diagnostic"
	"handover/forecast/book"
	"handover/forecast/record"
	"handover/forecast/score"
)

// forecastScoresVerb scores the forecasters of a book.
type forecastScoresVerb struct {
	Case string `arg:"" optional:"" help:"Only the questions of this case or import, or a book; all in the book when left out."`
	bookFlag
	By    string `help:"Show calibration for this forecaster or aggregate; for all people when left out." placeholder:"NAME"`
	Chart string `help:"Write the reliability diagram as SVG." placeholder:"FILE" predictor:"file"`
	JSON  bool   `name:"json" help:"Print every cell as JSON (forecaster, kind, time ahead), and nothing else."`
}

// reliabilityParts and pitParts are how many groups calibration is shown in.
const (
	reliabilityParts = 10
	pitParts         = 10
)

// Run prints the scores.
func (v *forecastScoresVerb) Run(to streams) error {
	ctx, release := interruptible(to.err)
	defer release()
	if info, err := os.Stat(v.Case); strings.Contains(v.Case, "://") || err == nil && info.Mode().IsRegular() {
		v.Book, v.Case = v.Case, ""
	}
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
	seal, err := b.Verify(ctx)
	if err != nil {
		return err
	}
	ended, err := endedQuestions(ctx, b, name)
	if err != nil {
		return err
	}
	known, err := b.People(ctx)
	if err != nil {
		return err
	}
	kinds := map[string]book.Kind{}
	for _, p := range known {
		kinds[p.Name] = p.Kind
	}
	person := func(name string) bool { return kinds[name] == book.Human }
	ended = record.Together(ended, person, book.Methods)
	for _, m := range book.Methods {
		if _, taken := kinds[string(m)]; !taken {
			kinds[string(m)] = book.Crowd
		}
	}
	if _, is := kinds[v.By]; v.By != "" && !is {
		return usage(diagnostic.DidYouMean(v.By, slices.Sorted(maps.Keys(kinds))), "the book knows no forecaster %q", v.By)
	}
	table := record.Make(ended, func(name string) bool { return !person(name) })
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
	keep, whose := func(f book.Forecast) bool { return person(f.Person) }, "all people"
	if v.By != "" {
		keep, whose = func(f book.Forecast) bool { return f.Person == v.By }, v.By
	}
	judged, pit := record.Calibration(ended, keep, pitParts)
	groups := score.Reliability(judged, reliabilityParts)
	if v.Chart != "" {
		if len(groups) == 0 {
			return usage("", "there is no probability of an event with an answer by %s to draw", whose)
		}
		err := writeWhole(v.Chart, func(f *os.File) error {
			_, err := io.WriteString(f, reliabilityDrawing("Reliability of "+whose, groups))
			return err
		})
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", shown(v.Chart), cause(err))
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s with an answer\n\n", count(len(ended), "question", "questions"))
	describeTable(&text, table, kinds, width(to.out))
	describeCalibration(&text, whose, groups, pit, width(to.out))
	text.WriteString("\n" + tableFoot + sealed(seal))
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
	return record.Make(ended, nil).Weights(), nil
}

const tableFoot = `All are means over the time that forecasts stood. Brier, of yes or no and (halved) of choices, log, CRPS and the score of
the central 90% are losses: less is better. CRPS and interval are shares of a question's range. Baseline and peer are
the scores of Metaculus per question, where more is better: 0 is an even answer, and as good as the other people.
Skill: the part of the loss (Brier or CRPS) of an even answer that was saved. Coverage: the part of the questions'
time with a forecast. The aggregates are of people alone; their weights by performance use what was answered before.
`

// describeTable prints the scores by forecaster, then the skill by kind and by time
// ahead. People come first, then what answers beside them.
func describeTable(b *strings.Builder, table record.Table, of map[string]book.Kind, width int) {
	people := table.By(true, false, false)
	beside := func(c record.Cell) int {
		if of[c.Person] == book.Human {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(people, func(a, b record.Cell) int {
		return cmp.Or(cmp.Compare(beside(a), beside(b)), compareNumbers(b.Skill(), a.Skill()))
	})
	events := table.Of(casefile.Binary, casefile.Choice).By(true, false, false)
	ranges := table.Of(casefile.Numeric, casefile.Date, casefile.Counted).By(true, false, false)
	cellOf := func(t record.Table, person string, show func(record.Cell) float64) string {
		if i := slices.IndexFunc(t, func(c record.Cell) bool { return c.Person == person }); i >= 0 {
			return fmt.Sprintf("%.3f", show(t[i]))
		}
		return ""
	}
	g := grid{corner: "Forecaster", heads: []string{"What", "Questions", "Coverage", "Skill", "Brier", "Log", "CRPS", "Interval", "Baseline", "Peer"}}
	for _, c := range people {
		g.rows = append(g.rows, gridRow{c.Person, []string{
			string(of[c.Person]), grouped(c.Questions), fmt.Sprintf("%.0f%%", 100*c.Weight/float64(c.Questions)), fmt.Sprintf("%+.2f", c.Skill()),
			cellOf(events, c.Person, func(c record.Cell) float64 { return c.Loss }), fmt.Sprintf("%.3f", c.Log),
			cellOf(ranges, c.Person, func(c record.Cell) float64 { return c.Loss }), cellOf(ranges, c.Person, func(c record.Cell) float64 { return c.Interval }),
			fmt.Sprintf("%+.1f", c.Baseline), fmt.Sprintf("%+.1f", c.Peer),
		}})
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
	fmt.Fprintf(b, "\n%s\n%s", kinds.lay(width), ahead.lay(width))
}

// describeCalibration shows whether what was called likely came to pass as often.
func describeCalibration(b *strings.Builder, whose string, groups []score.Group, pit *score.Histogram, width int) {
	if len(groups) > 0 {
		g := reliabilityGrid("Reliability of "+whose, groups)
		d := score.Decompose(groups)
		fmt.Fprintf(b, "\n%sBrier score of these: reliability %.4f - resolution %.4f + uncertainty %.4f.\n", g.lay(width), d.Reliability, d.Resolution, d.Uncertainty)
	}
	if pit.N == 0 {
		return
	}
	g := grid{corner: fmt.Sprintf("Where %s in the ranges of %s", count(pit.N, "outcome lay", "outcomes lay"), whose)}
	row := gridRow{label: "share, 10% when calibrated"}
	for i, n := range pit.Bins {
		g.heads = append(g.heads, fmt.Sprintf("to %d%%", (i+1)*100/len(pit.Bins)))
		row.cells = append(row.cells, fmt.Sprintf("%.0f%%", 100*n/float64(pit.N)))
	}
	g.rows = append(g.rows, row)
	fmt.Fprintf(b, "\n%s", g.lay(width))
}

// skillOf is the skill in the one cell that fits, with its questions.
func skillOf(t record.Table, is func(record.Cell) bool) string {
	i := slices.IndexFunc(t, is)
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("%+.2f (%d)", t[i].Skill(), t[i].Questions)
}
