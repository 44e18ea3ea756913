package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"handover/casefile"
	"handover/chart"
	"handover/ensemble"
	"handover/evidence"
	"handover/programme"
	"handover/programme/compare"
)

// programmeCompareVerb compares what was delivered with plans and the model.
type programmeCompareVerb struct {
	Case string `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	ledgerFlag
	strategyFlags
	Line       []string `help:"Only these lines of programme.yaml, by id." placeholder:"ID"`
	Month      string   `help:"At the end of this month, with what was public by then; the last month of the ledger when left out." placeholder:"MONTH"`
	From       string   `help:"Month by month from this one: what was to be said then." placeholder:"MONTH"`
	NoEnsemble bool     `help:"Do not run the model: promises and schedules alone."`
}

// strategyFlags say which strategy is the plan, and how the model is run.
type strategyFlags struct {
	Strategy string `help:"The strategy that is the plan, by id; the case's reference when left out." placeholder:"ID"`
	Futures  int    `help:"How many futures are run (default ${default})." default:"500" placeholder:"N"`
	Seed     uint64 `help:"Where the random numbers start (default ${default})." default:"1" placeholder:"S"`
	Engine   string `help:"What computes the model: auto, interpreter, avx2 or avx512 (default ${default})." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
}

// Validate checks the number of futures.
func (f *strategyFlags) Validate(*kong.Context) error {
	if f.Futures < 1 || f.Futures > ensemble.MostLive {
		return fmt.Errorf("--futures must be from 1 to %s, and is %d", grouped(ensemble.MostLive), f.Futures)
	}
	return nil
}

// strategy finds the strategy that is the plan.
func (f *strategyFlags) strategy(c *casefile.Case) (*casefile.Strategy, error) {
	if f.Strategy == "" {
		f.Strategy = c.Reference
	}
	if err := knownStrategies(c, []string{f.Strategy}); err != nil {
		return nil, err
	}
	return c.Strategy(f.Strategy), nil
}

// Run compares.
func (v *programmeCompareVerb) Run(to streams) error {
	c, err := loadCase(v.Case, to.err)
	if err != nil {
		return err
	}
	s, err := v.strategy(c)
	if err != nil {
		return err
	}
	month, err := monthFlag("--month", v.Month)
	if err != nil {
		return err
	}
	from, err := monthFlag("--from", v.From)
	if err != nil {
		return err
	}
	for _, id := range v.Line {
		if c.Line(id) == nil {
			return usage("", "--line: %s has no line %q", casefile.ProgrammeName, id)
		}
	}
	ctx, release := interruptible(to.err)
	defer release()
	ledger, err := v.readOr(ctx, c, to.err)
	if err != nil {
		return err
	}
	if month == 0 {
		var ok bool
		if month, ok = ledger.LastMonth(); !ok {
			return &failure{code: exitFailed, err: errors.New("the ledger holds nothing that was done: there is nothing to compare")}
		}
	}
	var text strings.Builder
	if from != 0 {
		if from > month {
			return usage("", "--from %s is after %s", from, month)
		}
		v.replay(&text, c, compare.Replay(c, s, ledger, from, month), width(to.out))
		_, err = io.WriteString(to.out, text.String())
		return err
	}
	known := ledger.AsOf(month)
	standings := compare.Standings(c, s, known, month)
	var rerun *compare.Rerun
	if !v.NoEnsemble {
		if rerun, err = v.rerun(ctx, c, known, month, standings); err != nil {
			return err
		}
	}
	fmt.Fprintf(&text, "The programme of %s at the end of %s: %s that were public by then\nThe plan is strategy %s, %s, and what was promised\n\n", c.Title, month.Words(), count(len(known.All), "entry", "entries"), s.ID, s.Name)
	text.WriteString(v.standings(standings, width(to.out)))
	text.WriteString(doubts(c, known, month, width(to.out)))
	if rerun != nil {
		text.WriteString(effects(c, s, rerun, v.Futures, width(to.out)))
	}
	_, err = io.WriteString(to.out, text.String())
	return err
}

// rerun runs the ensemble as planned and from what was delivered, and adds what
// the model expects to the standings.
func (f *strategyFlags) rerun(ctx context.Context, c *casefile.Case, l *programme.Ledger, month evidence.Month, standings []compare.Standing) (*compare.Rerun, error) {
	request := ensemble.Request{Case: c, Futures: f.Futures, Seed: f.Seed, Engine: f.Engine, Version: version}
	rerun, err := compare.Run(ctx, request, f.Strategy, l, month)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, &failure{code: exitInterrupted, err: errors.New("stopped")}
		}
		return nil, err
	}
	for i := range standings {
		if err := rerun.Expect(c, &standings[i]); err != nil {
			return nil, err
		}
	}
	return rerun, nil
}

// wants says whether a line is shown.
func (v *programmeCompareVerb) wants(line casefile.Line) bool {
	return len(v.Line) == 0 || slices.Contains(v.Line, line.ID)
}

// standings lays out how each line stands.
func (v *programmeCompareVerb) standings(list []compare.Standing, width int) string {
	g := grid{corner: "Line", heads: []string{"Actual", "Planned", "It is", "Model expects, 80%"}, words: []int{2, 3}}
	for _, s := range list {
		if !v.wants(s.Line) {
			continue
		}
		planned := ""
		if s.Plan != nil {
			planned = fmt.Sprintf("%s\n%s, due %s", compare.Number(s.Planned), s.Plan.Of, s.Plan.Due)
		}
		g.rows = append(g.rows, gridRow{s.Line.Name, []string{
			strings.Join(wrap(s.Figure(), 22), "\n"), planned,
			strings.Join(wrap(s.Statement(), 40), "\n"), strings.Join(wrap(s.Expected.Words(s.Known), 20), "\n")}})
	}
	return g.lay(width)
}

// replay lays out what was to be said in each month: of a line that a promise or a
// schedule is known of.
func (v *programmeCompareVerb) replay(w io.Writer, c *casefile.Case, months []compare.Month, width int) {
	fmt.Fprintf(w, "%s: what was to be said at the end of each month, with what was public by then\n", c.Title)
	for _, line := range c.Programme.Lines {
		g := grid{corner: "Month", heads: []string{"Actual", "Planned", "It is", "Arrived"}, words: []int{2, 3}}
		for _, m := range months {
			for _, s := range m.Standings {
				if s.Line.ID != line.ID || s.Plan == nil || !v.wants(line) {
					continue
				}
				arrived := 0
				for _, e := range m.Arrived {
					if string(e.Kind) == line.Kind && slices.Contains(programmeLedger(m.Arrived).Of(line, e.Side), e) {
						arrived++
					}
				}
				news := ""
				if arrived > 0 {
					news = count(arrived, "entry", "entries")
				}
				g.rows = append(g.rows, gridRow{m.Month.String(), []string{strings.Join(wrap(s.Figure(), 22), "\n"), compare.Number(s.Planned), strings.Join(wrap(s.Statement(), 46), "\n"), news}})
			}
		}
		if len(g.rows) > 0 {
			fmt.Fprintf(w, "\n%s\n\n%s", line.Name, g.lay(width))
		}
	}
}

// programmeLedger is a ledger of entries that stand.
func programmeLedger(entries []programme.Entry) *programme.Ledger {
	return &programme.Ledger{Entries: entries, All: entries}
}

// effects lays out what a shortfall does to the outcomes.
func effects(c *casefile.Case, s *casefile.Strategy, r *compare.Rerun, futures, width int) string {
	if r.Delayed == "" {
		return "\nThe ledger has no figure since the base date for a line that the strategy has a schedule of, so the ensemble has nothing to run again from.\n"
	}
	var names []string
	for _, id := range r.Replaced {
		names = append(names, strings.ToLower(c.Line(id).Name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nThe same %s futures under %s as planned, and from what was delivered (%s)\n\n", grouped(futures), s.ID, strings.Join(names, "; "))
	g := grid{corner: "Outcome", heads: []string{"As planned", "The rest as late", "Difference", "The plan again\nfrom now on", "Difference"}}
	ids := []string{r.Planned, r.Delayed, r.Resumed}
	for _, o := range c.Outcomes {
		var of [3]*ensemble.OutcomeSummary
		for _, x := range r.Summary.Strategies {
			if i := slices.Index(ids, x.ID); i >= 0 {
				of[i] = find(x, o.ID)
			}
		}
		if of[0] == nil || of[1] == nil || of[2] == nil {
			continue
		}
		if of[0].Value != nil {
			number := func(x float64) string { return decimal(x, o.Decimals) }
			cell := func(i *ensemble.Interval) string {
				if i == nil {
					return ""
				}
				return number(i.Middle) + "\n" + number(i.Low) + " to " + number(i.High)
			}
			g.rows = append(g.rows, gridRow{o.Name + ", " + o.Unit, []string{cell(of[0].Value), cell(of[1].Value), cell(of[1].Difference), cell(of[2].Value), cell(of[2].Difference)}})
		}
		for k := range of[0].Events {
			chance := func(i int) string { return chart.Percent(of[i].Events[k].Probability.Middle) }
			change := func(i int) string { return strings.Replace(against(of[i].Events[k].Difference, false), " (", "\n(", 1) }
			g.rows = append(g.rows, gridRow{fmt.Sprintf("Chance of %s by month %d", o.Event.Name, of[0].Events[k].By), []string{chance(0), chance(1), change(1), chance(2), change(2)}})
		}
	}
	b.WriteString(g.lay(width))
	b.WriteString("Medians with 80% intervals; differences are in the same futures, of chances in points.\n")
	return b.String()
}

// doubts lists what is doubtful in a ledger.
func doubts(c *casefile.Case, l *programme.Ledger, month evidence.Month, width int) string {
	list := programme.Doubts(l, c.Programme.Parties, programme.PastOf(c), month)
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s about the figures. None is proof; each names entries to look at\n\n", sentence(count(len(list), "doubt", "doubts")))
	for _, d := range list {
		text := fmt.Sprintf("%s: %s", sentence(string(d.Suspicion)), d.Sentence)
		if len(d.Entries) > 0 {
			text += " (" + entriesOf(d.Entries) + ")"
		}
		for i, line := range wrap(text, min(width, 100)-2) {
			if i == 0 {
				b.WriteString("- " + line + "\n")
			} else {
				b.WriteString("  " + line + "\n")
			}
		}
	}
	return b.String()
}

// entriesOf names entries by their numbers.
func entriesOf(numbers []int64) string {
	const most = 8
	var parts []string
	for _, n := range numbers[:min(len(numbers), most)] {
		parts = append(parts, strconv.FormatInt(n, 10))
	}
	text := "entries "
	if len(numbers) == 1 {
		text = "entry "
	}
	text += strings.Join(parts, ", ")
	if len(numbers) > most {
		text += fmt.Sprintf(" and %d more", len(numbers)-most)
	}
	return text
}
