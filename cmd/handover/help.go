package main

import (
	"fmt"

	"github.com/alecthomas/kong"

	"handover/diagnostic"
)

// helpVerb explains a verb in the words of its own --help.
type helpVerb struct {
	Topic string `arg:"" optional:"" help:"A verb, or exit-codes."`
}

// Run prints the help of the topic.
func (v *helpVerb) Run(context *kong.Context, to streams) error {
	if v.Topic == "exit-codes" {
		_, err := fmt.Fprint(to.out, exitCodes)
		return err
	}
	arguments := []string{"--help"}
	if v.Topic != "" {
		topics := []string{"exit-codes"}
		known := false
		for _, verb := range context.Model.Children {
			topics = append(topics, verb.Name)
			known = known || verb.Name == v.Topic
		}
		if !known {
			return usage(diagnostic.DidYouMean(v.Topic, topics), "there is no verb %q", v.Topic)
		}
		arguments = []string{v.Topic, "--help"}
	}
	// Parsing --help prints it and leaves through kong's exit function.
	_, err := context.Parse(arguments)
	return err
}

// examples shows each verb at work, under its help.
var examples = map[string]string{
	"": `Examples:
  handover run                     compare the strategies of the Iraq case
  handover new mycase              start a case of your own from it
  handover check mycase            list what is wrong with it
  handover run mycase              run it
`,
	"run": `Examples:
  handover run iraq
  handover run iraq --strategy A1,A3 --futures 500 --horizon 36
  handover run ./mycase --seed 7 --out results --purpose "Staff talks, spring"
  handover run iraq --json > summary.json
  handover run --resume runs/iraq/ID

The case is the name of a built-in case, or a folder. Results do not depend on --threads or --block.
Ctrl-C stops a run so that it can be resumed; a second Ctrl-C ends it at once.
`,
	"holdout": `Examples:
  handover holdout iraq
  handover holdout ./mycase --futures 10000 --save

The facts stand in holdout.yaml, each with its source. No run takes any of them as an input: the futures are those of the base date, under the strategy that the world followed.
`,
	"modes": `Examples:
  handover modes iraq -o modes
  handover modes ./mycase --save

The tests and charts stand under modes in history.yaml. The draws are those of posterior.csv, which handover calibrate --save puts into the case. A mode may also ask for a run from the base date, where the past holds its course as an input.
`,
	"assumptions": `Examples:
  handover explore assumptions iraq --futures 500 -o assumptions
  handover explore assumptions iraq --strategy A3,A8 --outcome deaths --tail 0.1

The first strategy is the one whose changes are printed and charted; the files hold all.
`,
	"structures": `Examples:
  handover explore structures iraq --futures 1000 -o structures
  handover explore structures iraq --strategy A0,A3,A8 --outcome deaths

A structure that was calibrated is run from the draws that hold each option, so that state and structure fit together.
`,
	"sensitivity": `Examples:
  handover explore sensitivity iraq --outcome deaths --rows 512
  handover explore sensitivity iraq --outcome vacuum-months --above 200 --strategy A1
  handover explore sensitivity runs/iraq/ID --outcome deaths -o what-matters
`,
	"discover": `Examples:
  handover explore discover runs/iraq/ID
  handover explore discover runs/iraq/ID --outcome vacuum-months --above 200 --strategy A1
`,
	"robustness": `Examples:
  handover explore robustness runs/iraq/ID
  handover explore robustness runs/iraq/ID --outcome deaths --threshold 500 -o holds
`,
	"signposts": `Examples:
  handover explore signposts runs/iraq/ID --strategy A0 -o signs
  handover explore signposts runs/iraq/ID --lead 9 --act "over the horizon share=0.6" --act "assistance budget planned=60" -o signs

The sign becomes a gate of a strategy that heeds it, in the copy of the case in the folder; --save adds it to
the case. Without --act the steps of the strategy pause while the sign stands.
`,
	"flip": `Examples:
  handover explore flip iraq --outcome deaths
  handover explore flip runs/iraq/ID --outcome arms-secured --strategy A1,A3,A8
`,
	"search": `Examples:
  handover search iraq exit
  handover search iraq arms --evaluations 10000 --futures 200
  handover search ./mycase --save
  handover search ./mycase --lever "trainers=0:40" --maximise force=5 --minimise deaths:tail=10

Ctrl-C stops a search; the same command goes on with it, to the same result.
`,
	"sim": `Examples:
  handover sim model.xmile
  handover sim model.mdl --set "birth rate=0.03" --set "stock[North]=12" --stop 50 -o run.csv
  handover sim model.xmile --dt 0.125 --method rk4 --data observed.csv -o run.parquet
  handover sim model.xmile --save population --save births -o run.nc

Columns are named as the variables are, elements of arrays name[a,b]. A NetCDF file has arrays with
real dimensions. The same model, flags and seed give the same bytes on every machine.
`,
	"doc": `Examples:
  handover doc iraq
  handover doc model.mdl -o reference.html
  handover doc model.xmile -o reference.md --loops population

The page needs no network and no script; the Markdown is made to be kept beside the model in version control.
`,
	"convert": `Examples:
  handover convert model.mdl model.xmile
  handover convert model.xmile canonical.xmile
  handover convert model.xmile model.mdl

Canonical XMILE has one form for one model: it changes in version control where the model changes.
`,
	"check": `Examples:
  handover check iraq
  handover check ./mycase
  handover check model.xmile
  handover check ./mycase --json

Each mistake is one line: file:line:column: severity: subject: what is wrong (what to do).
`,
	"new": `Examples:
  handover new mycase
  handover new mycase --from iraq
`,
	"report": `Examples:
  handover report runs/iraq/ID
  handover report runs/mycase/ID --case ./mycase --purpose "Staff talks, spring"
`,
	"import": `Examples:
  handover import GEDEvent_v19_1.csv.zip
  handover import candidate_2021.csv --release 21.01.21.12
  handover import acled_export.csv --case ./mycase --store ./events
  handover import incidents.csv --columns id=ref,date=day,place=province,best=dead

UCDP GED (final and Candidate), ACLED and GDELT 1.0 and 2.0 are recognised. Coordinates and free text are
used to find the governorate and are not kept. An import changes the store as a whole or not at all, and
the same file may be imported again.
`,
	"events": `Examples:
  handover events iraq
  handover events ./mycase --store ./events
  handover events iraq --json > indicators.json
`,
	"claims": `Examples:
  handover claims iraq
  handover claims iraq --claim pm-2025 --replay
  handover claims iraq --at 2011-12
`,
	"forecast": `Examples:
  handover forecast questions iraq
  handover forecast people --add heron
  handover forecast add iraq resurgence-24 --by heron --probability 12% --reason "No cell has held ground since 2021"
  handover forecast model iraq
  handover forecast resolve iraq
  handover forecast scores

Forecasts are kept in a book, which is no part of a case. A book only grows: a forecast in it cannot be changed
or removed, and carries the time at which it was entered. Forecasters are pseudonyms that you choose; a book
holds no other word about a person. handover forecast VERB --help explains each verb.
`,
	"forecast questions": `Examples:
  handover forecast questions iraq
  handover forecast questions iraq resurgence-24
`,
	"forecast add": `Examples:
  handover forecast add iraq resurgence-24 --by heron --probability 12% --reason "..." --confidence low
  handover forecast add iraq deaths-12 --by heron --quantiles 5%=10,50%=80,95%=400 --reason "..."
  handover forecast add iraq last-soldier --by heron --cdf 2026-09-30=0.3,2026-12-31=0.6 --reason "..."
  handover forecast add iraq violence-level --by heron --options under-25=0.05,under-100=0.2,under-500=0.5,under-2000=0.2,more=0.05 --reason "..."

The values of --quantiles and --cdf are joined by straight lines, and to the ends of the range. Where the range
is open, a --cdf that stays below 1 at its end leaves the rest beyond it. A new forecast stands beside the old
one: the book keeps both.
`,
	"forecast list": `Examples:
  handover forecast list iraq
  handover forecast list iraq resurgence-24
  handover forecast list iraq --by heron --json

"together" lines join the standing forecasts: their median with more weight for newer ones, the mean of log odds,
that mean made more extreme by as much as the number of forecasters allows, and the mean weighted by past scores.
`,
	"forecast resolve": `Examples:
  handover forecast resolve iraq --dry-run
  handover forecast resolve iraq
  handover forecast resolve iraq detainees --answer no --source "monitoring team, 38th report"
  handover forecast resolve iraq last-soldier --answer ambiguous --source "..." --reason "the two governments disagree"

Data resolve a question when every month that matters is over, known and final; after its day of resolution it
is ambiguous. An ambiguous or annulled question is neither yes nor no, and is not scored.
`,
	"forecast people": `Examples:
  handover forecast people --add heron
  handover forecast people
`,
	"forecast scores": `Examples:
  handover forecast scores
  handover forecast scores iraq --json
  handover forecast scores book/forecasts.sqlite --by heron --chart reliability.svg
`,
	"forecast score": `Examples:
  handover forecast score --history counts.csv --actuals 2018.parquet --origin 2017-10
  handover forecast score --history counts.csv --actuals counts.csv --origin 2016-10,2017-10 --ahead 1-36 -o draws.parquet
  handover forecast score --history counts.csv --actuals 2018.parquet --origin 2017-10 --ended 60:2017-12:0.8 --forecasts theirs.parquet

A file has a row for each unit and month. Months are in a column month_id (1 is January 1980), month (2018-01), date,
or year and month; the unit is in country_id, unit or the like, and the count in ged_best_sb, deaths, value or the like.
An empty count is not known. Up to each origin the actuals replace the history where both have a count, for they are
final; --as-known keeps the history. The pool is the best forecaster; the others show what it is worth.
`,
	"forecast counts": `Examples:
  handover forecast counts --history counts.csv
  handover forecast counts --history counts.csv --ahead 1-36 --only anbar,basra -o draws.parquet
  handover forecast counts --history counts.csv --origin 2017-12 --ended 60:2017-12:0.6

The files are those of handover forecast score, which says how good such forecasts were. A unit may be a country,
a governorate or an actor; the classes of the pool were chosen on countries.
`,
	"forecast relapse": `Examples:
  handover forecast relapse BattleDeaths_v24_1_dyadic.csv
  handover forecast relapse BattleDeaths_v24_1_dyadic.csv --from 2010 --to 2019 --chart calibration.svg
`,
	"forecast model": `Examples:
  handover forecast model iraq
  handover forecast model iraq --strategy A3 --futures 5000 --dry-run
`,
	"forecast pool": `Examples:
  handover forecast pool iraq
  handover forecast pool iraq --strategy A1 --dry-run

It answers questions that data of the whole country resolve and the model answers: a linear mixture of the ensemble,
the last twelve months and all past months drawn anew, and AR(1). The weights follow how these did in the hindcasts of
the case (hindcast.json), all of which lie in the past.
`,
	"forecast baseline": `Examples:
  handover forecast baseline iraq
  handover forecast baseline iraq --years 5 --dry-run
`,
	"forecast import": `Examples:
  handover forecast import metaculus.zip
  handover forecast import question_data.csv forecast_data.csv --as tournament-1

Imported questions are kept apart from those of cases: their times are what the platform says. Users get
pseudonyms made from their numbers; their names and comments are not read.
`,
	"forecast export": `Examples:
  handover forecast export iraq -o out
`,
	"version": `Examples:
  handover version
  handover version --json
`,
	"completion": `Examples:
  handover completion              say what to do in your login shell
  source <(handover completion -c bash)
`,
	"help": `Examples:
  handover help run
  handover help exit-codes
`,
}

// printHelp is kong's help followed by examples and, for the whole program,
// the exit codes.
func printHelp(options kong.HelpOptions, context *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, context); err != nil {
		return err
	}
	verb := ""
	if node := context.Selected(); node != nil {
		verb = node.Path()
	}
	if _, err := fmt.Fprintf(context.Stdout, "\n%s", examples[verb]); err != nil {
		return err
	}
	if verb == "" {
		if _, err := fmt.Fprintf(context.Stdout, "\n%s", exitCodes); err != nil {
			return err
		}
	}
	return nil
}
