package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"handover/casefile"
	"handover/design"
	"handover/diagnostic"
	"handover/ensemble"
)

// runVerb runs an ensemble, or goes on with one.
type runVerb struct {
	Case  string `arg:"" optional:"" help:"A built-in case or a case folder (default ${default})." default:"iraq" predictor:"case"`
	named bool   // the user named the case

	Strategy []string `help:"Run only these strategies and the reference, by id; the case's own choice when left out." placeholder:"ID"`
	Futures  int      `help:"How many futures every strategy meets (default ${default})." default:"2000" placeholder:"N"`
	Seed     uint64   `help:"Where the random numbers start. The same seed gives the same result (default ${default})." default:"1" placeholder:"S"`
	Horizon  int      `help:"How far the futures run, in months; the case's own when left out." placeholder:"M"`
	Design   string   `help:"How the futures are spread: lhs (Latin hypercube) or sobol (default ${default})." placeholder:"D" enum:"lhs,sobol" default:"lhs"`
	Threads  int      `help:"How many threads to use; all processors when left out." placeholder:"N"`
	Block    int      `help:"How many runs are computed side by side; chosen by the program when left out." placeholder:"N"`
	Engine   string   `help:"What computes the model: auto (the fastest that this processor has), interpreter, avx2 or avx512. It changes how fast, never what (default ${default})." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
	Memory   size     `help:"How much memory the run may take, such as 500MB or 2GiB; a run that needs more is refused before it starts." placeholder:"SIZE"`
	Out      string   `help:"The folder that holds the results (default ${default})." default:"runs" placeholder:"DIR" predictor:"folder"`
	Purpose  string   `help:"What the report is for; printed on it. Without it, forecasts for single places are withheld." placeholder:"TEXT"`
	JSON     bool     `name:"json" help:"Print the summary as JSON, and nothing else."`
	Resume   string   `help:"Go on with a run that was stopped." placeholder:"RUN" predictor:"folder"`
}

// Bounds that keep a mistyped number from taking all memory.
const (
	mostThreads = 1024
	mostBlock   = 256
)

// resumable are the flags that go with --resume: they do not change what is
// computed. Everything else was settled when the run began.
var resumable = []string{"resume", "threads", "block", "engine", "purpose", "json"}

// Validate checks what kong's types cannot.
func (v *runVerb) Validate(context *kong.Context) error {
	for _, element := range context.Path {
		v.named = v.named || element.Positional != nil
		if flag := element.Flag; flag != nil && slices.Contains([]string{"strategy", "out", "resume"}, flag.Name) && flag.Value.Target.Len() == 0 {
			return fmt.Errorf("--%s is empty", flag.Name)
		}
		if v.Resume != "" && element.Flag != nil && !slices.Contains(resumable, element.Flag.Name) {
			return fmt.Errorf("--resume goes on with a run as it began: --%s cannot be changed", element.Flag.Name)
		}
	}
	for _, flag := range []struct {
		name               string
		value, least, most int
	}{
		{"futures", v.Futures, 1, ensemble.MostFutures},
		{"horizon", v.Horizon, 1, ensemble.MostMonths},
		{"threads", v.Threads, 1, mostThreads},
		{"block", v.Block, 1, mostBlock},
	} {
		left := flag.value == 0 && flag.name != "futures"
		if !left && (flag.value < flag.least || flag.value > flag.most) {
			return fmt.Errorf("--%s must be from %d to %s, and is %d", flag.name, flag.least, grouped(flag.most), flag.value)
		}
	}
	return nil
}

// Run runs the ensemble, prints the comparison and writes the report.
func (v *runVerb) Run(to streams) error {
	if v.Resume != "" && !v.named {
		name, err := caseOf(v.Resume)
		if err != nil {
			return err
		}
		v.Case = name
	}
	from, err := findCase(v.Case, to.err)
	if err != nil {
		return err
	}
	c, err := from.load(to.err)
	if err != nil {
		return err
	}
	if err := knownStrategies(c, v.Strategy); err != nil {
		return err
	}

	if v.Memory > 0 {
		debug.SetMemoryLimit(int64(v.Memory)) // the collector works harder near it
	}
	ctx, release := interruptible(to.err)
	defer release()
	if terminal(to.err) {
		announce(to.err, c, v)
	}
	folder, summary, err := v.compute(ctx, c, to.err)
	if err != nil {
		return v.explain(err, folder, c, to.err)
	}
	page, err := writeReport(folder, c, summary, v.Purpose)
	if err != nil {
		return err
	}
	if v.JSON {
		return json.NewEncoder(to.out).Encode(summary) // as in the run folder
	}
	return printResults(to.out, width(to.out), c, summary, folder, page)
}

// compute starts or resumes the ensemble, with progress on w.
func (v *runVerb) compute(ctx context.Context, c *casefile.Case, w io.Writer) (string, *ensemble.Summary, error) {
	show, wipe := progress(w)
	defer wipe()
	if v.Resume != "" {
		summary, err := ensemble.Resume(ctx, c, v.Resume, version, v.Threads, v.Block, v.Engine, show)
		return v.Resume, summary, err
	}
	return ensemble.Start(ctx, ensemble.Request{
		Case: c, Strategies: v.Strategy, Futures: v.Futures, Seed: v.Seed, Horizon: v.Horizon,
		Design: design.Kind(v.Design), Threads: v.Threads, Lanes: v.Block, Engine: v.Engine, Memory: int64(v.Memory), Version: version,
	}, v.Out, show)
}

// explain turns what stopped a run into a message that says what to do.
func (v *runVerb) explain(err error, folder string, c *casefile.Case, w io.Writer) error {
	var memory *ensemble.MemoryError
	if errors.As(err, &memory) {
		return usage("raise --memory", "%v", memory)
	}
	if !errors.Is(err, context.Canceled) {
		return err
	}
	if folder == "" {
		return &failure{code: exitInterrupted, err: errors.New("stopped before the run began; nothing was written")}
	}
	again := "handover run"
	if v.Case != c.Name || !builtIn(v.Case) {
		again += " " + quoted(v.Case)
	}
	again += " --resume " + quoted(folder)
	if v.Purpose != "" {
		again += " --purpose " + quoted(v.Purpose)
	}
	return &failure{code: exitInterrupted, err: fmt.Errorf("stopped; to go on:\n  %s", again)}
}

// caseOf finds the case of a run to resume, when it is a built-in one.
func caseOf(folder string) (string, error) {
	if name := filepath.Base(filepath.Dir(filepath.Clean(folder))); builtIn(name) {
		return name, nil
	}
	return "", usage("handover run FOLDER --resume "+quoted(folder), "name the case folder that %s was made from", folder)
}

// knownStrategies refuses strategies that the case does not have, and one that is
// named twice: it would be compared with itself.
func knownStrategies(c *casefile.Case, wanted []string) error {
	ids := make([]string, len(c.Strategies))
	known := map[string]bool{}
	for i, s := range c.Strategies {
		ids[i] = s.ID
		known[s.ID] = true
	}
	for i, id := range wanted {
		if !known[id] {
			return usage(diagnostic.DidYouMean(id, ids), "the case %s has no strategy %q; it has %s", c.Name, id, strings.Join(ids, ", "))
		}
		if slices.Contains(wanted[:i], id) {
			return usage("", "--strategy names %s twice", id)
		}
	}
	return nil
}

// announce says what is about to run.
func announce(w io.Writer, c *casefile.Case, v *runVerb) {
	if v.Resume != "" {
		fmt.Fprintf(w, "%s: going on with %s\n", c.Title, v.Resume)
		return
	}
	strategies := len(v.Strategy)
	if strategies == 0 {
		strategies = len(c.Default)
	}
	if strategies == 0 {
		strategies = len(c.Strategies)
	}
	horizon := v.Horizon
	if horizon == 0 {
		horizon = c.Horizon
	}
	fmt.Fprintf(w, "%s: %d strategies x %s futures x %d months\n", c.Title, strategies, grouped(v.Futures), horizon)
}

// quoted writes a word so that a shell reads it as one.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r == '/' || r == '.' || r == '-' || r == '_' || r == filepath.Separator || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
