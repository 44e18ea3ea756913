package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"handover/casefile"
	"handover/ensemble"
	"handover/explore/evaluate"
	"handover/explore/finding"
	"handover/explore/study"
)

// exploreVerb holds the verbs that look into what is uncertain.
type exploreVerb struct {
	Sensitivity sensitivityVerb `cmd:"" help:"Say what an outcome depends on: Sobol' indices, Morris, PAWN; from a run also tree ensembles."`
	Discover    discoverVerb    `cmd:"" help:"Say in which futures of a run an event happens: PRIM boxes, CART, logistic regression."`
	Robustness  robustnessVerb  `cmd:"" help:"Rank the strategies of a run by every metric of robustness and say where they disagree."`
	Signposts   signpostsVerb   `cmd:"" help:"Say what tells early that a plan is failing, and write a plan that heeds it."`
	Flip        flipVerb        `cmd:"" help:"Say where, along each uncertainty, the preferred strategy changes."`
	Assumptions assumptionsVerb `cmd:"" help:"Say which results change when what is assumed is moved to its low or high end: alone, by sector, all together. Strategies are the case's own choice when left out; the first is charted."`
	Structures  structuresVerb  `cmd:"" help:"Rank the strategies under each alternative structure of the model and say which change places. All strategies when left out."`
}

// outputFlags are where a finding goes.
type outputFlags struct {
	Out  string `short:"o" help:"Write tables (CSV, JSON, Parquet) and a page into this folder." placeholder:"DIR" predictor:"folder"`
	JSON bool   `name:"json" help:"Print the finding as JSON, and nothing else."`
}

// targetFlags say which outcome or event is meant.
type targetFlags struct {
	Outcome string   `help:"The outcome, by id; the case's headline when left out." placeholder:"ID"`
	By      int      `help:"For the month in which something first happens: by which month it counts; the horizon when left out." placeholder:"MONTH"`
	Above   *float64 `help:"Take as an event that the outcome is above this value." placeholder:"X"`
	Below   *float64 `help:"Take as an event that the outcome is below this value." placeholder:"X"`
}

func (f targetFlags) asked(event bool) study.Asked {
	return study.Asked{Outcome: f.Outcome, Event: event, By: f.By, Above: f.Above, Below: f.Below}
}

// modelFlags say how the model is run.
type modelFlags struct {
	Seed    uint64 `help:"Where the random numbers start (default ${default})." default:"1" placeholder:"S"`
	Horizon int    `help:"How far the futures run, in months; the case's own when left out." placeholder:"M"`
	Threads int    `help:"How many threads to use; all processors when left out. It does not change results." placeholder:"N"`
	Engine  string `help:"What computes the model: auto, interpreter, avx2 or avx512. It does not change results (default ${default})." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
}

func (f modelFlags) options() (evaluate.Options, error) {
	if f.Horizon < 0 || f.Horizon > ensemble.MostMonths {
		return evaluate.Options{}, usage("", "--horizon must be from 1 to %d, and is %d", ensemble.MostMonths, f.Horizon)
	}
	if f.Threads < 0 || f.Threads > mostThreads {
		return evaluate.Options{}, usage("", "--threads must be from 1 to %d, and is %d", mostThreads, f.Threads)
	}
	return evaluate.Options{Seed: f.Seed, Horizon: f.Horizon, Threads: f.Threads, Engine: f.Engine}, nil
}

// isRun says whether a folder holds a finished run.
func isRun(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "manifest.json"))
	return err == nil
}

// openRun reads the tables of a run and its case.
func openRun(folder, named string, notes io.Writer) (*study.Run, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, usage("handover run makes one", "there is no run folder %s", shown(folder))
	}
	t, err := ensemble.ReadTables(folder)
	if err != nil {
		return nil, err
	}
	if named == "" {
		if named = t.Manifest.Case; !builtIn(named) {
			return nil, usage("add --case FOLDER", "the run was made from the case %s, which is not built in: name its folder", named)
		}
	}
	c, err := openCase(named, notes)
	if err != nil {
		return nil, err
	}
	r, err := study.NewRun(c, t)
	return r, asked(err)
}

func openCase(name string, notes io.Writer) (*casefile.Case, error) {
	from, err := findCase(name, notes)
	if err != nil {
		return nil, err
	}
	return from.load(notes)
}

// asked gives errors about what the user asked for their exit code.
func asked(err error) error {
	if err != nil && errors.Is(err, study.ErrInput) {
		return &failure{code: exitUsage, err: err}
	}
	return err
}

// stopped tells the user that an interrupted exploration left nothing behind.
func stopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return &failure{code: exitInterrupted, err: errors.New("stopped; nothing was written")}
	}
	return asked(err)
}

// publish prints a finding and writes its folder.
func (f outputFlags) publish(found *finding.Finding, to streams) error {
	page := ""
	if f.Out != "" {
		var err error
		if page, err = found.Write(f.Out); err != nil {
			return err
		}
	}
	if f.JSON {
		data, err := found.JSON()
		if err != nil {
			return err
		}
		_, err = to.out.Write(data)
		return err
	}
	var b strings.Builder
	wide := width(to.out)
	paragraph := func(text, first string) {
		for i, line := range wrap(text, wide-len(first)) {
			if i == 0 {
				b.WriteString(first + line + "\n")
			} else {
				b.WriteString(strings.Repeat(" ", len(first)) + line + "\n")
			}
		}
	}
	paragraph(found.Title, "")
	for _, l := range found.Lead {
		paragraph(l, "")
	}
	for i := range found.Tables {
		t := &found.Tables[i]
		columns, rows := t.Shown()
		b.WriteByte('\n')
		paragraph(t.Title, "")
		if len(rows) == 0 || len(columns) < 2 {
			paragraph("none", "  ")
			continue
		}
		g := grid{corner: columns[0].Head()}
		for i, c := range columns[1:] {
			g.heads = append(g.heads, strings.Join(wrap(c.Head(), 14), "\n"))
			if c.Text {
				g.words = append(g.words, i)
			}
		}
		for _, r := range rows {
			row := gridRow{label: r[0]}
			for _, c := range r[1:] {
				row.cells = append(row.cells, strings.Join(wrap(c, 44), "\n"))
			}
			g.rows = append(g.rows, row)
		}
		b.WriteString(g.lay(wide))
		if left := len(t.Rows) - len(rows); left > 0 {
			fmt.Fprintf(&b, "(%s more with -o)\n", count(left, "row", "rows"))
		}
		if t.Note != "" {
			paragraph(t.Note, "  ")
		}
	}
	if len(found.Notes) > 0 {
		b.WriteByte('\n')
	}
	for _, n := range found.Notes {
		paragraph(n, "- ")
	}
	fmt.Fprintln(&b, "\nThis is a thinking aid for public policy and must not be used to select targets.")
	if page != "" {
		fmt.Fprintf(&b, "Page    %s\n", page)
	}
	_, err := io.WriteString(to.out, b.String())
	return err
}

// stages shows how far each stage of an exploration is, on a terminal only.
func stages(w io.Writer) (show func(stage string, done, total int), wipe func()) {
	if !terminal(w) {
		return nil, func() {}
	}
	var telling sync.Mutex
	var bar *progressbar.ProgressBar
	current := ""
	wipe = func() {
		if bar != nil {
			_ = bar.Clear() // decoration: a terminal that fails to show it loses nothing
			bar = nil
		}
	}
	return func(stage string, done, total int) {
		telling.Lock()
		defer telling.Unlock()
		if bar == nil || stage != current {
			wipe()
			current = stage
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(stage),
				progressbar.OptionSetItsString("runs"), progressbar.OptionShowIts(), progressbar.OptionShowCount(), progressbar.OptionSetWidth(30),
				progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
		}
		_ = bar.Set(done)
	}, wipe
}
