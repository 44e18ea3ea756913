package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/change"
	"handover/evidence/indicator"
	"handover/evidence/page"
	"handover/evidence/store"
)

// eventsVerb says what is known of past violence.
type eventsVerb struct {
	Case  string `arg:"" optional:"" help:"A built-in case or a case folder (default ${default})." default:"iraq" predictor:"case"`
	Store string `help:"The folder of the store; store/NAME-OF-THE-CASE when left out." placeholder:"DIR" predictor:"folder"`
	Page  string `help:"Where to write the page with charts and map; events.html in the store when left out." placeholder:"FILE"`
	JSON  bool   `name:"json" help:"Print the indicators by month as JSON, and nothing else."`
}

// eventsPage is the page's file name in a store.
const eventsPage = "events.html"

// Run prints what is known.
func (v *eventsVerb) Run(to streams) error {
	ctx, release := interruptible(to.err)
	defer release()
	n, err := countCase(ctx, v.Case, v.Store, to.err)
	if err != nil {
		return err
	}
	if v.JSON {
		return n.printJSON(to.out)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", n.c.Title)
	if n.store != nil {
		n.describeStore(&b, width(to.out))
		if err := n.describeGroups(ctx, &b, width(to.out)); err != nil {
			return err
		}
	}
	assessed := n.assess()
	n.describeIndicators(&b, assessed, width(to.out))
	if _, err = io.WriteString(to.out, b.String()); err != nil {
		return err
	}
	name := v.Page
	if name == "" {
		if n.store == nil {
			return nil // there is no folder yet to put it in
		}
		name = filepath.Join(n.folder, eventsPage)
	}
	err = writeWhole(name, func(f *os.File) error {
		return page.Write(f, page.Content{Case: n.c, Store: n.store, Series: n.series, Assessed: assessed, From: replayFrom})
	})
	if err != nil {
		return fmt.Errorf("cannot write the page: %w", err)
	}
	_, err = fmt.Fprintln(to.out, name)
	return err
}

// describeStore prints what was imported and what is doubtful about it.
func (n *counted) describeStore(b *strings.Builder, width int) {
	fmt.Fprintf(b, "\n%s: %s, %s of them count\n", n.folder, count(n.store.Events, "event", "events"), grouped(n.store.Counted))
	for _, c := range n.store.Coverage {
		note := ""
		if c.Provisional {
			note = ", provisional"
		}
		fmt.Fprintf(b, "  %s covers %s to %s%s\n", strings.TrimSpace(c.Source+" "+c.Version), c.From, c.To, note)
	}
	b.WriteByte('\n')
	g := grid{corner: "Source", heads: []string{"Events", "Count", "Deaths", "Place\nunknown", "Actor\nunknown", "Date wide", "Estimates\nout of order", "Days to last\nchange, 50, 90%"}}
	for _, s := range n.store.Sources {
		lag := "not said"
		if s.LagMedian >= 0 {
			lag = fmt.Sprintf("%d, %d", s.LagMedian, s.LagLate)
		}
		g.rows = append(g.rows, gridRow{fmt.Sprintf("%s\n%s to %s", s.Source, s.First, s.Last), []string{grouped(s.Events), grouped(s.Counted), grouped(s.Deaths),
			shareOf(s.PlaceUnknown, s.Events), shareOf(s.ActorUnknown, s.Events), shareOf(s.DateWide, s.Events), shareOf(s.Disordered, s.Events), lag}})
	}
	b.WriteString(g.lay(width))
	for _, s := range n.store.Sources {
		if s.DeathsUnplaced > 0 {
			fmt.Fprintf(b, "%s of the deaths in %s have no governorate: maps and counts by place leave them out.\n", shareOf(s.DeathsUnplaced, s.Deaths), s.Source)
		}
	}
}

func shareOf(n, of int) string {
	if of == 0 {
		return "none"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(of))
}

// describeGroups prints the events of each group of actors.
func (n *counted) describeGroups(ctx context.Context, b *strings.Builder, width int) error {
	if len(n.c.Groups) == 0 || len(n.store.Files) == 0 {
		return nil
	}
	tallies, err := n.groups(ctx)
	if err != nil {
		return err
	}
	b.WriteByte('\n')
	g := grid{corner: "Events with", heads: []string{"Events", "Lethal", "Deaths", "Low to high", "First", "Last"}}
	for i, group := range n.c.Groups {
		sum, first, last := total(tallies[i])
		if sum.Events == 0 {
			continue
		}
		g.rows = append(g.rows, gridRow{group.Name, []string{grouped(sum.Events), grouped(sum.Lethal), grouped(sum.Best),
			grouped(sum.Low) + " to " + grouped(sum.High), first.String(), last.String()}})
	}
	b.WriteString(g.lay(width))
	return nil
}

// groups counts the events of each group of the case.
func (n *counted) groups(ctx context.Context) ([]*indicator.Tally, error) {
	var list []casefile.Indicator
	for _, g := range n.c.Groups {
		list = append(list, casefile.Indicator{ID: g.ID, Count: casefile.CountEvents, Groups: []string{g.ID}})
	}
	return indicator.Count(ctx, n.c, n.store, list)
}

// total adds a tally up and finds its first and last month with an event.
func total(t *indicator.Tally) (sum indicator.Cell, first, last evidence.Month) {
	months := t.Months()
	for i, c := range months {
		if c.Events == 0 {
			continue
		}
		if sum.Events == 0 {
			first = t.From + evidence.Month(i)
		}
		last = t.From + evidence.Month(i)
		sum.Add(c)
	}
	return sum, first, last
}

// assess looks at every indicator; nil for one of which nothing is known.
func (n *counted) assess() []*change.Assessment {
	out := make([]*change.Assessment, len(n.series))
	for i, s := range n.series {
		if _, ok := s.CutOff(); ok {
			a := change.Assess(s.Counts())
			out[i] = &a
		}
	}
	return out
}

// describeIndicators prints how each indicator stands.
func (n *counted) describeIndicators(b *strings.Builder, assessed []*change.Assessment, width int) {
	b.WriteByte('\n')
	g := grid{corner: "Indicator", heads: []string{"Known to", "Last 12\nmonths", "12 before", "Level a month\n(80% interval)", "Change a month\n(80% interval)", "Level last\nchanged"}}
	alarms := grid{corner: "Alarm on growth", heads: []string{"Rings", "Last", "False alarms\na year", "Sees growth of 6%\na month after", "of 12%\nafter"}}
	for i, s := range n.series {
		cut, ok := s.CutOff()
		a := assessed[i]
		if !ok || a == nil {
			g.rows = append(g.rows, gridRow{s.Name, []string{"nothing", "", "", "", "", ""}})
			continue
		}
		row := []string{cut.String(), lastYear(s, cut), lastYear(s, cut-12), "", "", ""}
		if a.TrendKnown {
			t := a.Trend
			row[3] = fmt.Sprintf("%.1f (%.1f to %.1f)", t.Level, t.LevelLow, t.LevelHigh)
			row[4] = "no events"
			if !math.IsNaN(t.Growth) {
				row[4] = fmt.Sprintf("%+.1f%% (%+.1f to %+.1f)", 100*t.Growth, 100*t.GrowthLow, 100*t.GrowthHigh)
			}
		}
		if k := len(a.Changes); k > 1 {
			row[5] = (s.Points[0].Month + evidence.Month(a.Changes[k-1].From)).String()
		}
		g.rows = append(g.rows, gridRow{s.Name, row})
		rings, last := 0, "never"
		for i, x := range a.Signals {
			if x.Rings {
				rings++
				last = (s.Points[0].Month + evidence.Month(i)).String()
			}
		}
		alarms.rows = append(alarms.rows, gridRow{s.Name, []string{fmt.Sprint(rings), last, fmt.Sprintf("%.2f", a.Measured.FalsePerYear), months(a.Measured.Delays[0].Median), months(a.Measured.Delays[1].Median)}})
	}
	b.WriteByte('\n')
	b.WriteString(g.lay(width))
	b.WriteByte('\n')
	b.WriteString(alarms.lay(width))
	fmt.Fprintln(b, "False alarms and delays (medians) are measured on simulated counts of the level and clustering of the last three years.")
	b.WriteByte('\n')
	for _, s := range n.series {
		for _, gap := range s.Gaps() {
			fmt.Fprintf(b, "gap: %s is not known from %s to %s\n", s.ID, gap[0], gap[1])
		}
		for _, m := range s.Splices {
			fmt.Fprintf(b, "splice: %s comes from %s from %s on; levels on both sides may not compare\n", s.ID, s.At(m).Origin, m)
		}
	}
	fmt.Fprint(b, "Figures are those of the newest release.\nThis is a thinking aid for public policy and must not be used to select targets.\n")
}

func months(x float64) string {
	if math.IsInf(x, 0) {
		return "over 60 months"
	}
	return fmt.Sprintf("%.0f months", x)
}

// lastYear sums the twelve months up to one; it says so where some are not
// known.
func lastYear(s *indicator.Series, to evidence.Month) string {
	sum, known := 0, 0
	for m := to - 11; m <= to; m++ {
		if p := s.At(m); p.Known {
			sum += p.Count
			known++
		}
	}
	switch known {
	case 12:
		return grouped(sum)
	case 0:
		return "not known"
	}
	return fmt.Sprintf("%s (%d months)", grouped(sum), known)
}

// monthJSON is a month of an indicator as events --json prints it. Months that
// are not known have no figures.
type monthJSON struct {
	Month       string   `json:"month"`
	Known       bool     `json:"known"`
	Provisional bool     `json:"provisional,omitempty"`
	Origin      string   `json:"origin,omitempty"`
	Count       *int     `json:"count"`
	Low         *int     `json:"low,omitempty"`
	High        *int     `json:"high,omitempty"`
	Active      *float64 `json:"share_of_places_active,omitempty"`
	Dispersion  *float64 `json:"effective_places,omitempty"`
	Gap         *float64 `json:"mean_days_between_events,omitempty"`
}

// seriesJSON is an indicator as events --json prints it.
type seriesJSON struct {
	ID     string      `json:"id"`
	Name   string      `json:"name"`
	Count  string      `json:"counts"`
	Months []monthJSON `json:"months"`
}

func (n *counted) printJSON(w io.Writer) error {
	out := struct {
		Case       string          `json:"case"`
		Store      *store.Manifest `json:"store"`
		Indicators []seriesJSON    `json:"indicators"`
	}{Case: n.c.Name}
	if n.store != nil {
		out.Store = &n.store.Manifest
	}
	for _, s := range n.series {
		j := seriesJSON{ID: s.ID, Name: s.Name, Count: string(s.Count), Months: []monthJSON{}}
		for _, p := range s.Points {
			m := monthJSON{Month: p.Month.String(), Known: p.Known}
			if p.Known {
				m.Provisional, m.Origin, m.Count, m.Low, m.High = p.Provisional, p.Origin, &p.Count, &p.Low, &p.High
			}
			if p.Detailed {
				m.Active, m.Dispersion, m.Gap = &p.Active, &p.Dispersion, number(p.Gap)
			}
			j.Months = append(j.Months, m)
		}
		out.Indicators = append(out.Indicators, j)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(out)
}
