package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/intake"
	"handover/evidence/plain"
	"handover/evidence/store"
)

// importVerb reads files of events into the store of a case.
type importVerb struct {
	Files   []string `arg:"" name:"file" help:"Files of UCDP GED, ACLED or GDELT, or plain tables; CSV, zip or gz."`
	Case    string   `help:"The case whose actors and places the events are tied to (default ${default})." default:"iraq" placeholder:"CASE" predictor:"case"`
	Store   string   `help:"The folder of the store; store/NAME-OF-THE-CASE when left out." placeholder:"DIR" predictor:"folder"`
	Version string   `name:"release" help:"The release of the data, such as 19.1; the file name tells when left out." placeholder:"V"`
	Covers  string   `help:"The months for which the files are complete, as 2004-01..2018-12; what release and rows tell when left out." placeholder:"MONTHS"`
	Columns []string `help:"The columns of a plain table: id=NAME,date=NAME and, where there are, ${plain_keys}." placeholder:"KEY=NAME"`
	JSON    bool     `name:"json" help:"Print what was read and changed as JSON, and nothing else."`
}

// storeFolder is where the events of a case lie.
func storeFolder(named string, c *casefile.Case) string {
	if named != "" {
		return named
	}
	return filepath.Join("store", c.Name)
}

// imported is what import --json prints.
type imported struct {
	Store  string          `json:"store"`
	Files  []intake.Report `json:"files"`
	Change *store.Change   `json:"change"`
	// Names that are not in the case, with how often they came.
	UnknownActors map[string]int `json:"unknown_actors"`
	UnknownPlaces map[string]int `json:"unknown_places"`
	// Doubts counts what is not certain about the rows that were kept.
	Doubts evidence.Doubts `json:"doubts"`
}

// Run imports the files.
func (v *importVerb) Run(to streams) error {
	columns, err := plain.ParseMap(v.Columns)
	if err != nil {
		return usage("--columns id=ref,date=day", "%w", err)
	}
	covers, err := parseCovers(v.Covers)
	if err != nil {
		return err
	}
	from, err := findCase(v.Case, to.err)
	if err != nil {
		return err
	}
	c, err := from.load(to.err)
	if err != nil {
		return err
	}
	assigner, err := evidence.NewAssigner(c)
	if err != nil {
		return &failure{code: exitMistakes, err: err}
	}
	ctx, release := interruptible(to.err)
	defer release()
	groups, licences := map[string]string{}, map[string]string{}
	for _, a := range c.Actors {
		groups[a.ID] = a.Group
	}
	for _, s := range c.Evidence.EventSources {
		licences[s.Source] = s.Licence
	}
	out := imported{Store: storeFolder(v.Store, c)}
	feed := func(emit func(*evidence.Event) error) (coverage []store.Coverage, err error) {
		for _, name := range v.Files {
			reports, err := intake.Read(ctx, name, assigner, intake.Options{Version: v.Version, Columns: columns}, emit)
			if err != nil {
				return nil, err
			}
			for _, r := range reports {
				out.Files = append(out.Files, r)
				cover := store.Coverage{Source: r.Source, Version: r.Version, Provisional: r.Provisional, From: r.From.String(), To: r.To.String()}
				switch {
				case covers[0] != 0:
					cover.From, cover.To = covers[0].String(), covers[1].String()
				case r.From == 0:
					continue
				}
				coverage = append(coverage, cover)
			}
		}
		return coverage, nil
	}
	out.Change, err = store.Import(ctx, store.Request{Folder: out.Store, Case: c.Name, Group: func(a string) string { return groups[a] }, Licences: licences, Feed: feed})
	if err != nil {
		if ctx.Err() != nil {
			return &failure{code: exitInterrupted, err: fmt.Errorf("the import was stopped; the store is as before: %w", context.Canceled)}
		}
		return err
	}
	out.Doubts = assigner.Doubts
	out.UnknownActors, out.UnknownPlaces = assigner.Doubts.Actors, assigner.Doubts.Places
	if v.JSON {
		encoder := json.NewEncoder(to.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(out)
	}
	return out.print(to.out, licences)
}

// parseCovers reads FROM..TO; zeros for empty text.
func parseCovers(text string) (months [2]evidence.Month, err error) {
	if text == "" {
		return months, nil
	}
	from, last, ok := strings.Cut(text, "..")
	a, okFrom := evidence.ParseMonth(from)
	b, okTo := evidence.ParseMonth(last)
	if !ok || !okFrom || !okTo || a > b {
		return months, usage("for example --covers 2004-01..2018-12", "--covers names no stretch of months: %q", text)
	}
	return [2]evidence.Month{a, b}, nil
}

func (o *imported) print(w io.Writer, licences map[string]string) error {
	var b strings.Builder
	for _, f := range o.Files {
		fmt.Fprintf(&b, "%s: %s", f.File, f.Source)
		if f.Version != "" {
			fmt.Fprintf(&b, " %s", f.Version)
		}
		if f.Provisional {
			b.WriteString(" (provisional)")
		}
		if f.From != 0 {
			fmt.Fprintf(&b, ", months %s to %s", f.From, f.To)
		}
		if l := licences[f.Source]; l != "" {
			fmt.Fprintf(&b, "; %s", l)
		}
		fmt.Fprintf(&b, "\n  %s: %s kept, %s about other countries, %s no violence, %s of tags, %s refused\n", count(f.Rows, "row", "rows"),
			grouped(f.Kept), grouped(f.Outside), grouped(f.Other), grouped(f.Tags), grouped(f.Refused))
		for _, r := range f.SortedReasons() {
			fmt.Fprintf(&b, "  refused %s: %s\n", grouped(f.Reasons[r]), r)
		}
		for _, r := range f.Refusals {
			fmt.Fprintf(&b, "    line %d: %s\n", r.Line, r.Reason)
		}
		for _, warning := range f.Warnings {
			fmt.Fprintf(&b, "  warning: %s\n", warning)
		}
	}
	c := o.Change
	fmt.Fprintf(&b, "%s: %s new, %s replaced, %s confirmed, %s older than what the store has, %s repeated in the import\n", o.Store,
		grouped(c.New), grouped(c.Replaced), grouped(c.Confirmed), grouped(c.Older), grouped(c.Repeated))
	fmt.Fprintf(&b, "  the store holds %s; %s count, %s are duplicates of another source, %s superseded by a final release\n",
		count(c.Events, "event", "events"), grouped(c.Counted), grouped(c.Duplicates), grouped(c.Superseded))
	d := o.Doubts
	fmt.Fprintf(&b, "  in doubt among the rows kept: governorate not known %s, found by its point %s, name and point apart %s; month in doubt %s; estimates out of order %s\n",
		grouped(d.PlaceUnknown), grouped(d.PlaceByPoint), grouped(d.PlaceDisputed), grouped(d.DateWide), grouped(d.Disordered))
	const most = 12
	for i, r := range c.Revised {
		if i == most {
			fmt.Fprintf(&b, "  and %s more revised\n", count(len(c.Revised)-most, "month", "months"))
			break
		}
		fmt.Fprintf(&b, "  revised %s %s: events %d to %d, deaths %d to %d\n", r.Source, r.Month, r.EventsBefore, r.EventsAfter, r.DeathsBefore, r.DeathsAfter)
	}
	for _, unknown := range []struct {
		what, file string
		names      map[string]int
	}{{"actors", "spellings in actors.yaml", o.UnknownActors}, {"governorates", "spellings in case.yaml", o.UnknownPlaces}} {
		if len(unknown.names) == 0 {
			continue
		}
		fmt.Fprintf(&b, "names of %s that the case does not know (%s):\n", unknown.what, unknown.file)
		for _, name := range evidence.Frequent(unknown.names, most) {
			fmt.Fprintf(&b, "  %5d  %s\n", unknown.names[name], shown(name))
		}
		if n := len(unknown.names) - most; n > 0 {
			fmt.Fprintf(&b, "  and %s\n", count(n, "other", "others"))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
