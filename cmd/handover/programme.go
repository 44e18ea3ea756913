package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"handover/casefile"
	"handover/database"
	"handover/diagnostic"
	"handover/programme"
	"handover/programme/store"
)

// programmeVerb is the group of verbs about the ledger of a programme.
type programmeVerb struct {
	Add     programmeAddVerb     `cmd:"" help:"Enter one amount that was promised or delivered."`
	Import  programmeImportVerb  `cmd:"" help:"Enter all rows of CSV tables, or none."`
	List    programmeListVerb    `cmd:"" help:"Show the entries, or write them as CSV."`
	Compare programmeCompareVerb `cmd:"" help:"Say of each line whether it is on track, late or short, and what that does."`
	Verify  programmeVerifyVerb  `cmd:"" help:"Check that nothing in the ledger was changed."`
}

// ledgerFlag names the ledger. It is no part of a case.
type ledgerFlag struct {
	Ledger string `help:"The ledger: a file, or the URL of a PostgreSQL database; ledger/NAME-OF-THE-CASE.sqlite when left out." env:"HANDOVER_LEDGER" placeholder:"LEDGER" predictor:"file"`
}

// place is where the ledger of a case lies.
func (f ledgerFlag) place(c *casefile.Case) string {
	if f.Ledger != "" {
		return f.Ledger
	}
	return "ledger/" + c.Name + ".sqlite"
}

// open opens the ledger of a case; must says that it has to be there.
func (f ledgerFlag) open(ctx context.Context, c *casefile.Case, must bool) (*store.Store, error) {
	place := f.place(c)
	if must && !database.Server(place) {
		if _, err := os.Stat(place); errors.Is(err, fs.ErrNotExist) {
			return nil, usage("handover programme import CASE FILE begins one", "%w at %s", store.ErrNone, shown(place))
		}
	}
	return store.Open(ctx, place, c.Name, time.Now)
}

// read reads the whole ledger.
func (f ledgerFlag) read(ctx context.Context, c *casefile.Case) (*programme.Ledger, error) {
	s, err := f.open(ctx, c, true)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	all, err := s.Entries(ctx)
	if err != nil {
		return nil, err
	}
	return programme.NewLedger(all), nil
}

// loadCase loads the case that a user names.
func loadCase(name string, notes io.Writer) (*casefile.Case, error) {
	from, err := findCase(name, notes)
	if err != nil {
		return nil, err
	}
	return from.load(notes)
}

// refusedEntries turns the diagnostics of entries into a failure; nothing was
// entered.
func refusedEntries(w io.Writer, list diagnostic.List) error {
	list.Sort()
	fmt.Fprintln(w, list.Error())
	fmt.Fprintf(w, "handover: %s; nothing was entered\n", tally(list))
	return &failure{code: exitMistakes, err: list, quiet: true}
}

// programmeAddVerb enters one entry.
type programmeAddVerb struct {
	Case       string   `arg:"" help:"A built-in case or a case folder." predictor:"case"`
	Kind       string   `required:"" help:"What is counted: ${ledger_kinds}." placeholder:"KIND"`
	Amount     float64  `required:"" help:"How many; money in whole units of its currency." placeholder:"N"`
	When       string   `required:"" help:"The day (YYYY-MM-DD) or month (YYYY-MM) of the amount; of a promise, by when." placeholder:"DATE"`
	Source     string   `required:"" help:"Where the figure was found: a document or an organisation, not a person." placeholder:"SOURCE"`
	By         string   `required:"" help:"The role or organisation that enters it, such as planning-cell." placeholder:"LABEL"`
	Promised   bool     `help:"It was promised, not delivered."`
	Total      bool     `help:"The amount is the total since the programme began."`
	Low        *float64 `help:"The least that it may be." placeholder:"N"`
	High       *float64 `help:"The most that it may be." placeholder:"N"`
	Unit       string   `help:"The currency of money, such as USD." placeholder:"CURRENCY"`
	Place      string   `help:"A place of the case; the whole country when left out." placeholder:"PLACE"`
	Bloc       string   `help:"A bloc of the case." placeholder:"BLOC"`
	Weapon     string   `help:"The kind of weapon: ${ledger_weapons}." placeholder:"KIND"`
	Condition  string   `help:"The condition of weapons: ${ledger_conditions}." placeholder:"CONDITION"`
	After      int      `help:"Of people still serving: months since they were trained." placeholder:"MONTHS"`
	Public     string   `help:"The day or month on which the figure became public." placeholder:"DATE"`
	Reporter   string   `help:"The organisation whose figure it is." placeholder:"NAME"`
	Confidence string   `help:"low, medium or high (default ${default})." default:"medium"`
	Reference  string   `help:"What tells the entry from others that say the same." placeholder:"TEXT"`
	Corrects   int64    `help:"The number of the entry that this one replaces." placeholder:"NUMBER"`
	Withdraw   bool     `help:"With --corrects: nothing stands in its place."`
	ledgerFlag
}

// Run enters the entry.
func (v *programmeAddVerb) Run(to streams) error {
	c, err := loadCase(v.Case, to.err)
	if err != nil {
		return err
	}
	e := v.entry()
	if list := e.Complete(programme.NamesOf(c)); len(list) > 0 {
		var lines []string
		for _, d := range list {
			line := "--" + strings.ReplaceAll(d.Subject, "entered_by", "by") + ": " + d.Message
			if d.Hint != "" {
				line += " (" + d.Hint + ")"
			}
			lines = append(lines, line)
		}
		return usage("", "%s; nothing was entered", strings.Join(lines, "\n  "))
	}
	ctx, release := interruptible(to.err)
	defer release()
	s, err := v.open(ctx, c, false)
	if err != nil {
		return err
	}
	defer s.Close()
	receipt, err := s.Enter(ctx, func(yield func(programme.Row, error) bool) { yield(programme.Row{Entry: e}, nil) })
	var mistake *store.MistakeError
	switch {
	case errors.As(err, &mistake):
		return usage(mistake.Hint, "--%s: %s; nothing was entered", mistake.Column, mistake.Message)
	case err != nil:
		return err
	case receipt.Known > 0:
		_, err = fmt.Fprintln(to.out, "The ledger has this entry; it was not entered again (--reference tells two apart that say the same).")
		return err
	}
	_, err = fmt.Fprintf(to.out, "Entry %s. Seal %s\n", grouped(int(receipt.Last)), sealText(receipt.Seal))
	return err
}

func (v *programmeAddVerb) entry() programme.Entry {
	e := programme.Entry{When: v.When, Public: v.Public, Side: programme.Done, Kind: programme.Kind(v.Kind), Measure: programme.Added, Amount: v.Amount, Low: v.Amount, High: v.Amount,
		Unit: v.Unit, Place: v.Place, Bloc: v.Bloc, Weapon: v.Weapon, Condition: v.Condition, After: v.After, Reporter: v.Reporter, Source: v.Source,
		Confidence: v.Confidence, EnteredBy: v.By, Reference: v.Reference, Corrects: v.Corrects, Withdrawn: v.Withdraw}
	if v.Promised {
		e.Side = programme.Promised
	}
	if v.Total {
		e.Measure = programme.Total
	}
	if class, ok := e.Kind.Class(); ok && class.Level && !v.Total {
		e.Measure = programme.Level
	}
	if v.Low != nil {
		e.Low = *v.Low
	}
	if v.High != nil {
		e.High = *v.High
	}
	return e
}

// sealText is a seal as verify takes it.
func sealText(s programme.Seal) string { return fmt.Sprintf("%d:%s", s.Entries, s.Hash) }

// readOr reads the ledger, or, when none was begun and none is named, the one
// that comes with the case; that is said on notes.
func (f ledgerFlag) readOr(ctx context.Context, c *casefile.Case, notes io.Writer) (*programme.Ledger, error) {
	if _, err := os.Stat(f.place(c)); f.Ledger != "" || !errors.Is(err, fs.ErrNotExist) || c.Programme.Ledger == "" {
		return f.read(ctx, c)
	}
	ledger, list := programme.Shipped(c)
	if len(list) > 0 {
		return nil, refusedEntries(notes, list)
	}
	fmt.Fprintf(notes, "note: there is no ledger at %s; the entries are those that come with the case, in %s\n", shown(f.place(c)), c.Programme.Ledger)
	return ledger, nil
}

// watched is the ledger; nil for a case without a programme or a ledger.
func (f ledgerFlag) watched(ctx context.Context, c *casefile.Case, notes io.Writer) (*programme.Ledger, error) {
	if len(c.Programme.Lines) == 0 && f.Ledger == "" {
		return nil, nil
	}
	if _, err := os.Stat(f.place(c)); f.Ledger == "" && err != nil && c.Programme.Ledger == "" {
		fmt.Fprintf(notes, "note: there is no ledger at %s\n", shown(f.place(c)))
		return nil, nil
	}
	return f.readOr(ctx, c, notes)
}
