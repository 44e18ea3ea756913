package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"handover/ensemble"
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
		if x.Month = watch.LastMonth(x.Sources); x.Month == 0 {
			return &failure{code: exitFailed, err: errors.New("nothing is known of any month: there are neither counts nor a ledger")}
		}
	}
	if !v.NoEnsemble {
		if err := x.Simulate(ctx, ensemble.Request{Engine: v.Engine, Version: version}); err != nil {
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
