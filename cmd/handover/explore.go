package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"

	"handover/casefile"
	"handover/diagnostic"
	"handover/ensemble"
)

// exploreVerb holds the ways of asking a case or a run what matters.
type exploreVerb struct {
	Sensitivity sensitivityVerb `cmd:"" help:"Which uncertainties matter to an outcome, and how much."`
	Discover    discoverVerb    `cmd:"" help:"In which futures an event happens, in words."`
	Robustness  robustnessVerb  `cmd:"" help:"How strategies hold up over all futures, by ten metrics that can disagree."`
	Flip        flipVerb        `cmd:"" help:"Where along an uncertainty the preferred strategy changes."`
}

// futures are a finished run with the case that it was made from.
type futures struct {
	*ensemble.Futures
	c *casefile.Case
}

// readRun reads the tables of a finished run, and its case: the built-in one of
// that name when caseName is empty.
func readRun(folder, caseName string, notes io.Writer) (*futures, error) {
	if info, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil, usage("handover run makes one", "there is no run folder %s", shown(folder))
	} else if err == nil && !info.IsDir() {
		return nil, usage("name the folder that holds it", "%s is a file; a run is a folder", shown(folder))
	}
	f, err := ensemble.ReadFutures(folder)
	if err != nil {
		return nil, err
	}
	if caseName == "" {
		if caseName = f.Manifest.Case; !builtIn(caseName) {
			return nil, usage("add --case FOLDER", "the run was made from the case %s, which is not built in: name its folder", caseName)
		}
	}
	from, err := findCase(caseName, io.Discard)
	if err != nil {
		return nil, err
	}
	c, err := from.load(notes)
	if err != nil {
		return nil, err
	}
	if c.Hash != f.Manifest.CaseHash {
		return nil, &failure{code: exitMistakes, err: fmt.Errorf("%s is not the case that %s was made from: its files have changed since (run it again)", caseName, folder)}
	}
	return &futures{f, c}, nil
}

// outcomeOf finds an outcome; the headline when id is empty.
func outcomeOf(c *casefile.Case, id string) (*casefile.Outcome, error) {
	var ids []string
	for i := range c.Outcomes {
		o := &c.Outcomes[i]
		if o.ID == id || id == "" && o.Headline {
			return o, nil
		}
		ids = append(ids, o.ID)
	}
	return nil, usage(diagnostic.DidYouMean(id, ids), "the case %s has no outcome %q; it has %s", c.Name, id, strings.Join(ids, ", "))
}

// strategyOf checks a strategy's id against those of a run; the reference when
// empty.
func strategyOf(ids []string, reference, id string) (int, error) {
	if id == "" {
		id = reference
	}
	for i, s := range ids {
		if s == id {
			return i, nil
		}
	}
	return 0, usage(diagnostic.DidYouMean(id, ids), "there is no strategy %q; there are %s", id, strings.Join(ids, ", "))
}

// measured is an outcome as one number a future: its value, or for a first whether
// it came by a month.
func measured(o *casefile.Outcome, by int, values []float64) []float64 {
	if o.Reduce != casefile.First {
		return values
	}
	y := make([]float64, len(values))
	for i, v := range values {
		switch {
		case ensemble.Happened(o, by, v):
			y[i] = 1
		case math.IsNaN(v):
			y[i] = 0 // in a run folder: it never came
		}
	}
	return y
}

// measure says in words what measured gives.
func measure(o *casefile.Outcome, by int) string {
	if o.Reduce == casefile.First {
		return fmt.Sprintf("%s by month %d (1 or 0)", o.Name, by)
	}
	return fmt.Sprintf("%s, %s", o.Name, o.Unit)
}

// eventCases marks the futures in which an outcome's event happened.
func eventCases(o *casefile.Outcome, by int, values []float64) ([]bool, error) {
	if o.Event == nil {
		return nil, usage("choose an outcome with an event, or give --above or --below", "the outcome %s has no event", o.ID)
	}
	cases := make([]bool, len(values))
	for i, v := range values {
		cases[i] = ensemble.Happened(o, by, v)
	}
	return cases, nil
}

// titleOf is what readers see of an uncertainty.
func titleOf(c *casefile.Case, variable string) string {
	for _, u := range c.Uncertainties {
		if u.Variable == variable && u.Title != "" {
			return u.Title
		}
	}
	return variable
}

// printJSON writes v, indented, to the output.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// writeRows writes a CSV file, whole or not at all.
func writeRows(path string, rows [][]string) error {
	return writeWhole(path, func(w *os.File) error {
		c := csv.NewWriter(w)
		if err := c.WriteAll(rows); err != nil {
			return err
		}
		c.Flush()
		return c.Error()
	})
}

// csvNumber writes a number for a file: in full, empty when there is none.
func csvNumber(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// figure prints a number for people: three significant digits.
func figure(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case x == 0:
		return "0"
	case math.Abs(x) >= 1000:
		return grouped(int(math.Round(x)))
	}
	return strings.Replace(strconv.FormatFloat(x, 'g', 3, 64), "-", "−", 1)
}

// share prints a share of 0 to 1 with two decimals.
func share(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strings.Replace(strconv.FormatFloat(x, 'f', 2, 64), "-", "−", 1)
}
