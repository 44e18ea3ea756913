package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"handover/casefile"
	"handover/ensemble"
	"handover/evidence"
	"handover/programme"
	"handover/programme/compare"
	"handover/signpost"
	"handover/watch"
)

// watchVerb writes the monthly bulletin.
type watchVerb struct {
	Case  string `arg:"" optional:"" help:"A built-in case or a case folder (default ${default})." default:"iraq" predictor:"case"`
	Store string `help:"The folder of the store of events; store/NAME-OF-THE-CASE when left out." placeholder:"DIR" predictor:"folder"`
	ledgerFlag
	strategyFlags
	Month      string `help:"The month of the bulletin, YYYY-MM, with nothing that became known later; the last month of the data when left out." placeholder:"MONTH"`
	Format     string `help:"text, markdown or html (default ${default})." enum:"text,markdown,html" default:"text" placeholder:"FORMAT"`
	Out        string `help:"Write to this file." placeholder:"FILE"`
	NoEnsemble bool   `help:"Do not run the model."`
	Discover   string `help:"Instead of the bulletin: look in simulated futures for limits on what can be watched that come before what this signpost warns of, and print them as a signpost." placeholder:"ID"`
}

// Run writes the bulletin.
func (v *watchVerb) Run(to streams) error {
	month, err := monthFlag("--month", v.Month)
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	n, err := countCase(ctx, v.Case, v.Store, to.err)
	if err != nil {
		return err
	}
	if v.Discover != "" {
		return v.discover(ctx, n, to)
	}
	s, err := v.strategy(n.c)
	if err != nil {
		return err
	}
	x := watch.Content{Sources: signpost.Sources{Case: n.c, Series: n.series}, Strategy: s, Month: month, Futures: v.Futures, Seed: v.Seed}
	if x.Sources.Ledger, err = v.watched(ctx, n.c, to.err); err != nil {
		return err
	}
	if month == 0 {
		if x.Month, err = lastMonth(x.Sources); err != nil {
			return err
		}
	}
	if !v.NoEnsemble {
		if err := v.ensemble(ctx, &x); err != nil {
			if errors.Is(err, context.Canceled) {
				return &failure{code: exitInterrupted, err: errors.New("stopped; nothing was written")}
			}
			return err
		}
	}
	b, err := watch.New(x)
	if err != nil {
		return err
	}
	var text strings.Builder
	switch v.Format {
	case "markdown":
		err = b.Markdown(&text)
	case "html":
		err = b.Page(&text)
	default:
		text.WriteString(bulletinText(b, width(to.out)))
	}
	if err != nil {
		return err
	}
	if v.Out == "" {
		_, err = io.WriteString(to.out, text.String())
		return err
	}
	if err := writeWhole(v.Out, func(f *os.File) error {
		_, err := f.WriteString(text.String())
		return err
	}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(to.out, "The bulletin of %s: %s\n", x.Month.Words(), shown(v.Out))
	return err
}

// watched is the ledger; nil for a case without a programme or a ledger.
func (v *watchVerb) watched(ctx context.Context, c *casefile.Case, notes io.Writer) (*programme.Ledger, error) {
	if len(c.Programme.Lines) == 0 && v.Ledger == "" {
		return nil, nil
	}
	if _, err := os.Stat(v.place(c)); v.Ledger == "" && err != nil && c.Programme.Ledger == "" {
		fmt.Fprintf(notes, "note: there is no ledger at %s\n", shown(v.place(c)))
		return nil, nil
	}
	return v.readOr(ctx, c, notes)
}

// lastMonth is the last month of which anything is known.
func lastMonth(s signpost.Sources) (evidence.Month, error) {
	var last evidence.Month
	for _, x := range s.Series {
		if cut, ok := x.CutOff(); ok {
			last = max(last, cut)
		}
	}
	if s.Ledger != nil {
		if m, ok := s.Ledger.LastMonth(); ok {
			last = max(last, m)
		}
	}
	if last == 0 {
		return 0, &failure{code: exitFailed, err: errors.New("nothing is known of any month: there are neither counts nor a ledger")}
	}
	return last, nil
}

// ensemble runs the model from what was delivered by the month and by the one
// before, and measures the signposts in simulated futures.
func (v *watchVerb) ensemble(ctx context.Context, x *watch.Content) error {
	c := x.Sources.Case
	base, err := compare.Base(c)
	if err != nil {
		return err
	}
	ledger := x.Sources.Ledger
	if ledger == nil {
		ledger = programme.NewLedger(nil)
	}
	request := ensemble.Request{Case: c, Futures: v.Futures, Seed: v.Seed, Engine: v.Engine, Version: version}
	if x.Now, err = compare.Run(ctx, request, x.Strategy.ID, ledger.AsOf(x.Month), x.Month); err != nil {
		return err
	}
	if x.Before, err = compare.Run(ctx, request, x.Strategy.ID, ledger.AsOf(x.Month-1), x.Month-1); err != nil {
		return err
	}
	var ids []string
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, s := range c.Signposts {
		if s.Warns != nil {
			add(s.Warns.Series)
		}
		for _, w := range s.Watch {
			add(w.Series)
		}
	}
	var followed []string
	for _, f := range c.Belief.Fans {
		followed = append(followed, f.Series)
		add(f.Series)
	}
	if len(followed) > 0 {
		for _, r := range c.Belief.Reports {
			followed = append(followed, r.SeriesID())
		}
		if x.FromNow, err = v.delivered(ctx, request, x.Strategy, ledger.AsOf(x.Month), x.Month, followed); err != nil {
			return err
		}
		if x.FromBefore, err = v.delivered(ctx, request, x.Strategy, ledger.AsOf(x.Month-1), x.Month-1, followed); err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		return nil
	}
	x.Simulated = map[string]signpost.Record{}
	k := x.Sources.Dispersions()
	// What is rare under one plan is seen often enough under several.
	plans := c.Default
	if !slices.Contains(plans, x.Strategy.ID) {
		plans = append(slices.Clone(plans), x.Strategy.ID)
	}
	for _, id := range plans {
		request.Strategies = []string{id}
		paths, err := signpost.Futures(ctx, request, ids)
		if err != nil {
			return err
		}
		if id == x.Strategy.ID {
			x.Paths = paths
		}
		for _, s := range c.Signposts {
			r := x.Simulated[s.ID]
			r.Add(signpost.Simulated(s, base, paths, k, v.Seed))
			x.Simulated[s.ID] = r
		}
	}
	return nil
}

// delivered runs a strategy from what was delivered by a month, and returns series
// and quantities of reports.
func (v *watchVerb) delivered(ctx context.Context, r ensemble.Request, s *casefile.Strategy, l *programme.Ledger, month evidence.Month, ids []string) (map[string]signpost.Paths, error) {
	c := r.Case
	r.Strategies = []string{s.ID}
	from, replaced, err := compare.FromActual(c, s, l, month, compare.Delayed)
	if err != nil {
		return nil, err
	}
	if len(replaced) > 0 {
		with, mistakes := c.With(from)
		if mistakes.Errors() > 0 {
			return nil, fmt.Errorf("the strategy as it was delivered cannot be run: %w", mistakes[0])
		}
		c, r.Strategies = with, []string{from.ID}
	}
	r.Case = c.Watched()
	return signpost.Futures(ctx, r, ids)
}

// bulletinText lays out a bulletin for a terminal.
func bulletinText(b *watch.Bulletin, width int) string {
	var t strings.Builder
	prose := func(text, first, rest string) {
		for i, line := range wrap(text, min(width, 100)-len(first)) {
			if i == 0 {
				t.WriteString(first + line + "\n")
			} else {
				t.WriteString(rest + line + "\n")
			}
		}
	}
	prose(b.Title+": "+b.Month, "", "")
	t.WriteByte('\n')
	for _, line := range b.Lead {
		prose(line, "", "")
	}
	for _, s := range b.Sections {
		t.WriteString("\n" + s.Title + "\n\n")
		if s.Lead != "" {
			prose(s.Lead, "", "")
			if len(s.Items) > 0 || len(s.Rows) > 0 {
				t.WriteByte('\n')
			}
		}
		for _, item := range s.Items {
			prose(item, "- ", "  ")
		}
		if len(s.Rows) > 0 {
			g := grid{corner: s.Heads[0], heads: s.Heads[1:]}
			for i := range g.heads {
				g.words = append(g.words, i)
			}
			for _, r := range s.Rows {
				row := gridRow{label: r[0]}
				for _, cell := range r[1:] {
					row.cells = append(row.cells, strings.Join(wrap(cell, 26), "\n"))
				}
				g.rows = append(g.rows, row)
			}
			t.WriteString(g.lay(width))
		}
	}
	t.WriteByte('\n')
	for _, line := range b.Foot {
		prose(line, "", "")
	}
	return t.String()
}
