// Command handover plans and stress-tests a security transition: it runs
// strategies against many futures and says what holds, what fails and when.
//
// Each verb is one file of this package. What users may rely on (verbs, flags,
// exit codes, file formats) is specified by the scripts under testdata/script.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
	"github.com/posener/complete"

	"handover/cases"
	"handover/evidence/plain"
	"handover/programme"
)

// commandLine is the whole command line; kong reads it from the tags.
type commandLine struct {
	Run        runVerb                   `cmd:"" help:"Run strategies against many futures; print the comparison and write a report."`
	Explore    exploreVerb               `cmd:"" help:"Ask a case or a run what matters, when it fails and what holds."`
	Calibrate  calibrateVerb             `cmd:"" help:"Weigh the parameters of a case by what was observed in the past."`
	Hindcast   hindcastVerb              `cmd:"" help:"Test a case on the past: fit it to what was known, forecast what came after, and score that."`
	Holdout    holdoutVerb               `cmd:"" help:"Test a case on what became known after its base date, beside no change and past frequencies."`
	Modes      modesVerb                 `cmd:"" help:"Try a case on its reference modes: run the draws of its posterior through the past, and chart them beside the record."`
	Search     searchVerb                `cmd:"" help:"Look for plans that are hard to beat: which levers, when, how far."`
	Sim        simVerb                   `cmd:"" help:"Run a model once and write what its variables did."`
	Check      checkVerb                 `cmd:"" help:"Check a case folder or a model file and list every mistake."`
	Convert    convertVerb               `cmd:"" help:"Write a model in another language, or in canonical XMILE."`
	Doc        docVerb                   `cmd:"" help:"Write the reference of a model: every variable, diagrams, feedback loops, checklists."`
	New        newVerb                   `cmd:"" help:"Write a copy of a built-in case to start from."`
	Report     reportVerb                `cmd:"" help:"Make the report of a run again."`
	Serve      serveVerb                 `cmd:"" help:"Open the workbench: a page to move levers on and see the futures move."`
	Import     importVerb                `cmd:"" help:"Read files of violent events into the store of a case."`
	Events     eventsVerb                `cmd:"" help:"Say what is known of past violence: counts, trends, gaps and doubts."`
	Claims     claimsVerb                `cmd:"" help:"Test what was claimed in public against the counts."`
	Programme  programmeVerb             `cmd:"" help:"Keep the ledger of what was promised and delivered; compare it with plans."`
	Forecast   forecastVerb              `cmd:"" help:"Ask about the future, forecast, and score the forecasts."`
	Watch      watchVerb                 `cmd:"" help:"Write the monthly bulletin: what changed, what it means, what came late, what would change the view."`
	Version    versionVerb               `cmd:"" help:"Print the version of the program and of the files it writes."`
	Completion kongcompletion.Completion `cmd:"" help:"Print how to complete words with the Tab key in your shell."`
	Help       helpVerb                  `cmd:"" help:"Explain a verb, or the exit codes."`
}

const description = `Handover plans and stress-tests a security transition: foreign forces leave, the state's own forces take over, and arms come under the state's control.

It is a thinking aid for public policy. It does not predict individuals, and must not be used to select targets.`

// streams are where a verb writes: results to out, everything else to err.
type streams struct {
	out, err io.Writer
}

func main() {
	os.Exit(execute(os.Args[1:], streams{os.Stdout, os.Stderr}))
}

// execute runs one command line and returns its exit code.
func execute(arguments []string, to streams) (code int) {
	defer func() {
		if mistake := recover(); mistake != nil {
			code = reportPanic(to.err, mistake)
		}
	}()

	var line commandLine
	parser, err := kong.New(&line, append(numberFlags(),
		kong.Name("handover"),
		kong.Description(description),
		kong.Writers(to.out, to.err),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.Help(printHelp),
		kong.Bind(to),
		kong.Vars{
			"plain_keys":        strings.Join(plain.Keys[2:], ", "),
			"ledger_kinds":      strings.Join(programme.Kinds(), ", "),
			"ledger_weapons":    strings.Join(programme.Weapons, ", "),
			"ledger_conditions": strings.Join(programme.Conditions, ", "),
			"ledger_columns":    strings.Join(programme.Columns[3:], ", "),
		},
	)...)
	if err != nil {
		return say(to.err, fmt.Errorf("the command line is defined wrongly: %w", err), exitBug)
	}
	kongcompletion.Register(parser,
		kongcompletion.WithPredictor("case", complete.PredictOr(complete.PredictSet(cases.Names()...), complete.PredictDirs("*"))),
		kongcompletion.WithPredictor("model", complete.PredictFiles("*")),
		kongcompletion.WithPredictor("file", complete.PredictFiles("*")),
		kongcompletion.WithPredictor("folder", complete.PredictDirs("*")),
		kongcompletion.WithPredictor("builtin", complete.PredictSet(cases.Names()...)),
	)
	if len(arguments) == 0 {
		execute([]string{"--help"}, streams{to.err, to.err})
		return exitUsage
	}
	context, err := parser.Parse(arguments)
	if err != nil {
		verb := ""
		if parse := (*kong.ParseError)(nil); errors.As(err, &parse) {
			if node := parse.Context.Selected(); node != nil {
				verb = " " + node.Path()
			}
		}
		return say(to.err, fmt.Errorf("%w\nhandover%s --help explains", err, verb), exitUsage)
	}
	return say(to.err, context.Run(), exitFailed)
}

// exit is how kong's calls of its exit function reach execute.
type exit int

// reportPanic turns a panic into an exit code: kong's own exits keep theirs,
// and anything else is a mistake of ours, on one line that can be sent to us.
func reportPanic(w io.Writer, mistake any) int {
	if code, ok := mistake.(exit); ok {
		return int(code)
	}
	fmt.Fprintf(w, "handover: a mistake in the program, not in your input: %v\n", mistake)
	fmt.Fprintf(w, "please report it with this line: version %s, arguments %q, at %s\n", version, os.Args[1:], culprit(string(debug.Stack())))
	return exitBug
}

// culprit names the innermost place of our own code in a stack below the panic.
func culprit(stack string) string {
	lines := strings.Split(stack, "\n")
	below := false
	for i, l := range lines {
		if strings.HasPrefix(l, "panic(") {
			below = true
		}
		if below && strings.HasPrefix(l, "handover/") || below && strings.HasPrefix(l, "main.") {
			place := strings.TrimSpace(lines[min(i+1, len(lines)-1)])
			place, _, _ = strings.Cut(place, " ")
			if slash := strings.LastIndex(place, "/"); slash >= 0 {
				place = place[slash+1:]
			}
			return place
		}
	}
	return "an unknown place"
}
