package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"handover/diagnostic"
	"handover/evidence"
	"handover/programme"
	"handover/programme/store"
)

// programmeImportVerb enters tables.
type programmeImportVerb struct {
	Case string   `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	File []string `arg:"" help:"CSV tables with the columns ${ledger_columns}. All rows of a file are entered, or none." predictor:"file"`
	By   string   `help:"The role or organisation that enters rows that do not say so." placeholder:"LABEL"`
	ledgerFlag
}

// Run enters the tables, one after the other.
func (v *programmeImportVerb) Run(to streams) error {
	c, err := loadCase(v.Case, to.err)
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	names := programme.NamesOf(c)
	for _, name := range v.File {
		// A ledger is not begun for a file that cannot be read.
		if info, err := os.Stat(name); err != nil {
			return usage("", "cannot read %s: %w", shown(name), cause(err))
		} else if info.IsDir() {
			return usage("name the tables in it", "%s is a folder", shown(name))
		}
	}
	s, err := v.open(ctx, c, false)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, name := range v.File {
		if err := v.enter(ctx, s, name, names, to); err != nil {
			return err
		}
	}
	return nil
}

func (v *programmeImportVerb) enter(ctx context.Context, s *store.Store, name string, names programme.Names, to streams) error {
	f, err := os.Open(name)
	if err != nil {
		return usage("", "cannot read %s: %w", shown(name), cause(err))
	}
	defer f.Close()
	table, list := programme.NewTable(name, bufio.NewReaderSize(f, 1<<20), names, v.By)
	if len(list) > 0 {
		return refusedEntries(to.err, list)
	}
	receipt, err := s.Enter(ctx, table.Rows())
	var mistake *store.MistakeError
	switch {
	case errors.Is(err, programme.ErrMistakes):
		return refusedEntries(to.err, table.Mistakes())
	case errors.As(err, &mistake):
		table.Fail(mistake.Line, "entry", mistake.Column, mistake.Hint, mistake.Message)
		return refusedEntries(to.err, table.Mistakes())
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(to.out, "%s: %s entered, %s in the ledger before. Seal %s\n", shown(name), count(int(receipt.New), "row", "rows"), grouped(int(receipt.Known)), sealText(receipt.Seal))
	return err
}

// programmeVerifyVerb checks the chain.
type programmeVerifyVerb struct {
	Case string   `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	Seal []string `help:"A seal that was noted before: the ledger must have gone through that state." placeholder:"NUMBER:HASH"`
	ledgerFlag
}

// Run checks the ledger.
func (v *programmeVerifyVerb) Run(to streams) error {
	var seals []programme.Seal
	for _, text := range v.Seal {
		seal, ok := parseSeal(text)
		if !ok {
			return usage("import and add print one, such as 120:5f0c...", "--seal is no seal: %q", text)
		}
		seals = append(seals, seal)
	}
	c, err := loadCase(v.Case, to.err)
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	s, err := v.open(ctx, c, true)
	if err != nil {
		return err
	}
	defer s.Close()
	seal, err := s.Verify(ctx, seals...)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s, each as it was entered. Seal %s\n", count(int(seal.Entries), "entry", "entries"), sealText(seal))
	if len(seals) == 0 {
		text += "The seal is worth keeping elsewhere: it shows later that the ledger was not written anew.\n"
	}
	_, err = io.WriteString(to.out, text)
	return err
}

// parseSeal reads NUMBER:HASH; the hash may be cut short to 8 digits.
func parseSeal(text string) (programme.Seal, bool) {
	number, hash, ok := strings.Cut(text, ":")
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || n < 1 || len(hash) < 8 || len(hash) > 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return programme.Seal{}, false
	}
	return programme.Seal{Entries: n, Hash: hash}, true
}

// monthFlag reads a month from a flag; 0 when the flag was left out.
func monthFlag(flag, text string) (evidence.Month, error) {
	if text == "" {
		return 0, nil
	}
	m, ok := evidence.ParseMonth(text)
	if !ok {
		return 0, usage("for example "+flag+" 2025-11", "%s is no month: %q", flag, text)
	}
	return m, nil
}

// programmeListVerb shows entries.
type programmeListVerb struct {
	Case     string   `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	Kind     []string `help:"Only these kinds."`
	Bloc     []string `help:"Only these blocs."`
	Place    []string `help:"Only these places."`
	From     string   `help:"Not before this month, YYYY-MM." placeholder:"MONTH"`
	To       string   `help:"Not after this month, YYYY-MM." placeholder:"MONTH"`
	Promised bool     `help:"Only what was promised."`
	All      bool     `help:"Entries that were corrected or withdrawn, too."`
	CSV      bool     `name:"csv" help:"Write all columns as CSV, and nothing else."`
	ledgerFlag
}

// Run lists the entries.
func (v *programmeListVerb) Run(to streams) error {
	c, err := loadCase(v.Case, to.err)
	if err != nil {
		return err
	}
	for _, k := range v.Kind {
		if _, ok := programme.Kind(k).Class(); !ok {
			return usage(diagnostic.DidYouMean(k, programme.Kinds()), "--kind: there is no kind %q; expected one of %s", k, strings.Join(programme.Kinds(), ", "))
		}
	}
	keep, err := v.filter()
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	ledger, err := v.read(ctx, c)
	if err != nil {
		return err
	}
	entries := ledger.Entries
	if v.All {
		entries = ledger.All
	}
	if v.CSV {
		return v.writeCSV(to.out, entries, keep)
	}
	g := grid{corner: "Entry", heads: []string{"When", "What", "Amount", "Where", "Bloc", "Source", "Entered by"}}
	for _, e := range entries {
		if keep(e) {
			g.rows = append(g.rows, entryRow(e))
		}
	}
	text := fmt.Sprintf("%s\n", count(len(g.rows), "entry", "entries"))
	if len(g.rows) > 0 {
		text += "\n" + g.lay(width(to.out))
	}
	_, err = io.WriteString(to.out, text)
	return err
}

func (v *programmeListVerb) writeCSV(w io.Writer, entries []programme.Entry, keep func(programme.Entry) bool) error {
	out, err := programme.NewWriter(w)
	for _, e := range entries {
		if err != nil {
			return err
		}
		if keep(e) {
			err = out.Write(e)
		}
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// filter makes a test of the flags.
func (v *programmeListVerb) filter() (func(programme.Entry) bool, error) {
	from, err := monthFlag("--from", v.From)
	if err != nil {
		return nil, err
	}
	last, err := monthFlag("--to", v.To)
	if err != nil {
		return nil, err
	}
	holds := func(list []string, name string) bool {
		for _, x := range list {
			if strings.EqualFold(x, name) {
				return true
			}
		}
		return len(list) == 0
	}
	return func(e programme.Entry) bool {
		return holds(v.Kind, string(e.Kind)) && holds(v.Bloc, e.Bloc) && holds(v.Place, e.Place) && (!v.Promised || e.Side == programme.Promised) &&
			(from == 0 || e.Month() >= from) && (last == 0 || e.Month() <= last)
	}, nil
}

// entryRow is an entry as a row of a table for readers.
func entryRow(e programme.Entry) gridRow {
	what := string(e.Kind)
	switch {
	case e.Withdrawn:
		what = "withdrawn: " + what
	case e.Side == programme.Promised:
		what = "promised: " + what
	}
	if e.Weapon != "" || e.Condition != "" {
		what += "\n" + strings.TrimSpace(e.Condition+" "+e.Weapon)
	}
	if e.After > 0 {
		what += fmt.Sprintf("\n%d months after training", e.After)
	}
	amount := grouped(int(e.Amount))
	if e.Amount != float64(int(e.Amount)) {
		amount = strconv.FormatFloat(e.Amount, 'g', 6, 64)
	}
	switch e.Measure {
	case programme.Added:
		amount = "+" + amount
	case programme.Total:
		amount += " in all"
	}
	if e.Kind == programme.Money {
		amount += " " + e.Unit
	}
	if e.Low != e.High {
		amount += fmt.Sprintf("\n(%g to %g)", e.Low, e.High)
	}
	where := e.Place
	if where == "" {
		where = "country"
	}
	label := fmt.Sprint(e.Number)
	if e.Corrects != 0 {
		label += fmt.Sprintf("\nfor %d", e.Corrects)
	}
	return gridRow{label, []string{e.When, what, amount, where, e.Bloc, strings.Join(wrap(e.Source, 30), "\n"), e.EnteredBy}}
}
