package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"handover/casefile"
	"handover/diagnostic"
	"handover/explore/study"
	"handover/lockfile"
)

// searchVerb looks for the best compromises between objectives.
type searchVerb struct {
	Case   string   `arg:"" optional:"" help:"A built-in case or a case folder (default ${default})." default:"iraq" predictor:"case"`
	Search string   `arg:"" optional:"" help:"Which search of the case's search.yaml, by id; the first when left out."`
	Base   string   `help:"With --lever: the strategy that sets everything else; the reference when left out." placeholder:"ID"`
	Lever  []string `help:"Search a variable of the model between two values, held for the whole time, in place of search.yaml." placeholder:"NAME=LOW:HIGH" sep:"none"`
	Min    []string `name:"minimise" help:"With --lever: an objective; X is which difference is worth knowing. MEASURE is mean, chance, tail or worst." placeholder:"OUTCOME[:MEASURE]=X" sep:"none"`
	Max    []string `name:"maximise" help:"With --lever: an objective of which more is better." placeholder:"OUTCOME[:MEASURE]=X" sep:"none"`
	Most   []string `help:"With --lever: a constraint." placeholder:"OUTCOME[:MEASURE]=X" sep:"none"`
	Least  []string `help:"With --lever: a constraint." placeholder:"OUTCOME[:MEASURE]=X" sep:"none"`

	Evaluations int     `help:"The budget of each seed, in evaluations of a plan over all futures (default ${default})." default:"2000" placeholder:"N"`
	Minutes     float64 `help:"Stop after this time as well. The same command goes on later." placeholder:"M"`
	Seeds       int     `help:"How many searches, each from its own seed, are put together (default ${default})." default:"2" placeholder:"N"`
	Futures     int     `help:"In how many futures each plan is evaluated, the same for all (default ${default})." default:"128" placeholder:"N"`
	Check       int     `help:"In how many fresh futures the plans found are tried again (default ${default})." default:"1000" placeholder:"N"`
	Plans       int     `help:"How many plans to tell of and write (default ${default})." default:"6" placeholder:"N"`
	Population  int     `help:"Plans in the first generation (default ${default})." default:"100" placeholder:"N"`
	Plain       bool    `help:"ε-NSGA-II with one operator, in place of six whose use adapts to what works."`
	Save        bool    `help:"Add the plans to strategies.yaml of the case folder."`
	modelFlags
	outputFlags
}

// searchStateName is the state of a search in its folder.
const searchStateName = "search.state.json"

// Run searches, or goes on with the search in the folder, and tells what it found.
func (v *searchVerb) Run(to streams) error {
	for _, flag := range []struct {
		name               string
		value, least, most int
	}{{"evaluations", v.Evaluations, 1, 10_000_000}, {"seeds", v.Seeds, 1, 100}, {"futures", v.Futures, 2, 100_000}, {"check", v.Check, 10, 1_000_000}, {"plans", v.Plans, 1, 50}, {"population", v.Population, 4, 10_000}} {
		if flag.value < flag.least || flag.value > flag.most {
			return usage("", "--%s must be from %d to %s, and is %d", flag.name, flag.least, grouped(flag.most), flag.value)
		}
	}
	if !(v.Minutes >= 0) {
		return usage("", "--minutes must be above 0, and is %g", v.Minutes)
	}
	if v.Save && builtIn(v.Case) {
		return usage("handover new "+v.Case+" makes a folder of it", "--save writes into a case folder, and %s is built in", v.Case)
	}
	options, err := v.options()
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
	s, err := v.question(from, c)
	if err != nil {
		return err
	}
	if v.Out == "" {
		v.Out = filepath.Join("searches", c.Name, s.ID)
	}
	if err := os.MkdirAll(v.Out, 0o755); err != nil {
		return fmt.Errorf("the folder %s cannot be made: %w", v.Out, cause(err))
	}
	lock, err := os.OpenFile(filepath.Join(v.Out, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("the folder %s cannot be locked: %w", v.Out, cause(err))
	}
	defer func() { _ = lock.Close() }()
	if err := lockfile.Take(lock); err != nil {
		return fmt.Errorf("another search works in %s: %w", v.Out, err)
	}
	set := study.Setting{Case: c, Strategy: s.Base, Evaluate: options, Version: version}
	effort := study.SearchEffort{Evaluations: v.Evaluations, Seeds: v.Seeds, Futures: v.Futures, Check: v.Check, Plans: v.Plans, Population: v.Population, Plain: v.Plain}
	ctx, release := interruptible(to.err)
	defer release()
	state, err := v.search(ctx, set, s, effort, to)
	if err != nil {
		return err
	}
	found, plans, err := study.Searched(ctx, set, s, effort, state)
	if err != nil {
		return stopped(err)
	}
	if err := writePlans(from, c, planTarget{v.Out, v.Case, "search " + s.ID, v.Save}, plans, found.Files["plans.yaml"]); err != nil {
		return err
	}
	if err := v.publish(found, to); err != nil || v.JSON {
		return err
	}
	_, err = fmt.Fprintf(to.out, "Plans   handover run %s --strategy %s\n", quoted(filepath.Join(v.Out, "case")), plans[0].ID)
	return err
}

// search runs or continues the search, keeping its state in the folder.
func (v *searchVerb) search(ctx context.Context, set study.Setting, s *study.Search, effort study.SearchEffort, to streams) (*study.SearchState, error) {
	path := filepath.Join(v.Out, searchStateName)
	var before *study.SearchState
	if data, err := os.ReadFile(path); err == nil {
		before = &study.SearchState{}
		if err := json.Unmarshal(data, before); err != nil {
			return nil, fmt.Errorf("%s is not the state of a search, or damaged: remove it and start again: %w", path, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s cannot be read: %w", path, cause(err))
	}
	limited := ctx
	if v.Minutes > 0 {
		var end context.CancelFunc
		limited, end = context.WithTimeout(ctx, time.Duration(v.Minutes*float64(time.Minute)))
		defer end()
	}
	show, wipe := stages(to.err)
	set.Progress = show
	last := time.Time{}
	keep := func(now *study.SearchState) error {
		if time.Since(last) < time.Second {
			return nil
		}
		last = time.Now()
		return writeState(path, now)
	}
	state, err := study.RunSearch(limited, set, s, effort, before, keep)
	wipe()
	if state != nil {
		if err := writeState(path, state); err != nil {
			return nil, err
		}
	}
	switch {
	case errors.Is(err, study.ErrOtherSearch):
		return nil, usage("", "%s: %w", v.Out, err)
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		fmt.Fprintf(to.err, "the time is up; the same command goes on from here\n")
		return state, nil
	case errors.Is(err, context.Canceled):
		return nil, &failure{code: exitInterrupted, err: fmt.Errorf("stopped; the same command goes on from %s", path)}
	case err != nil:
		return nil, asked(err)
	}
	return state, nil
}

func writeState(path string, state *study.SearchState) error {
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return replaceFile(path, data)
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte) error {
	return writeWhole(path, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// readSearch reads search.yaml of a case; nil when it has none.
func readSearch(from source, c *casefile.Case, needed string) (*study.SearchFile, error) {
	data, err := fs.ReadFile(from.files, study.SearchName)
	if errors.Is(err, fs.ErrNotExist) {
		if needed != "" {
			return nil, usage(needed, "the case %s has no %s", from.name, study.SearchName)
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s of %s cannot be read: %w", study.SearchName, from.name, cause(err))
	}
	f, found := study.ReadSearch(study.SearchName, data, c)
	if found.Errors() > 0 {
		return nil, from.locate(found).Err()
	}
	return f, nil
}

// question is the search that the user asks for, from flags or search.yaml.
func (v *searchVerb) question(from source, c *casefile.Case) (*study.Search, error) {
	if len(v.Lever) > 0 {
		if v.Search != "" {
			return nil, usage("give one", "search %s has the levers of search.yaml, and --lever names others", quoted(v.Search))
		}
		return v.fromFlags(c)
	}
	if len(v.Min)+len(v.Max)+len(v.Most)+len(v.Least) > 0 || v.Base != "" {
		return nil, usage("", "--base, --minimise, --maximise, --most and --least go with --lever")
	}
	f, err := readSearch(from, c, "say what to search with --lever NAME=LOW:HIGH and --minimise OUTCOME=X")
	if err != nil {
		return nil, err
	}
	var ids []string
	for i := range f.Searches {
		if v.Search == "" || f.Searches[i].ID == v.Search {
			return &f.Searches[i], nil
		}
		ids = append(ids, f.Searches[i].ID)
	}
	return nil, usage(diagnostic.DidYouMean(v.Search, ids), "%s has no search %q; it has %s", study.SearchName, v.Search, strings.Join(ids, ", "))
}

// fromFlags puts a search together and checks it as search.yaml is.
func (v *searchVerb) fromFlags(c *casefile.Case) (*study.Search, error) {
	s := study.Search{ID: "asked", Base: v.Base}
	if s.Base == "" {
		s.Base = c.Reference
	}
	for i, text := range v.Lever {
		name, span, ok := strings.Cut(text, "=")
		low, high, both := strings.Cut(span, ":")
		a, err := strconv.ParseFloat(low, 64)
		b, err2 := strconv.ParseFloat(high, 64)
		if !ok || !both || err != nil || err2 != nil {
			return nil, usage("for example --lever 'enforcement=0.1:0.6'", "--lever %s: expected NAME=LOW:HIGH", quoted(text))
		}
		knob := fmt.Sprintf("lever %d", i+1)
		unit := ""
		if variable := c.Model.Variable(strings.TrimSpace(name)); variable != nil {
			unit = variable.Units
		}
		s.Levers = append(s.Levers, study.Knob{Name: knob, Low: a, High: b, Unit: unit, Meaning: name + " over the whole time"})
		s.Set = append(s.Set, study.Setup{Variable: strings.TrimSpace(name), Expression: strings.ReplaceAll(knob, " ", "_")})
	}
	for _, part := range []struct {
		flag, better string
		texts        []string
	}{{"minimise", "lower", v.Min}, {"maximise", "higher", v.Max}, {"most", "", v.Most}, {"least", "", v.Least}} {
		for _, text := range part.texts {
			what, number, ok := strings.Cut(text, "=")
			x, err := strconv.ParseFloat(number, 64)
			if !ok || err != nil {
				return nil, usage("for example --"+part.flag+" deaths:tail=10", "--%s %s: expected OUTCOME[:MEASURE]=X", part.flag, quoted(text))
			}
			outcome, measure, _ := strings.Cut(what, ":")
			m := study.Measure{Outcome: outcome, Measure: measure, Better: part.better}
			switch part.flag {
			case "most":
				s.Constraints = append(s.Constraints, study.Constraint{Measure: m, Most: &x})
			case "least":
				s.Constraints = append(s.Constraints, study.Constraint{Measure: m, Least: &x})
			default:
				m.Epsilon = x
				s.Objectives = append(s.Objectives, m)
			}
		}
	}
	if found := study.CheckSearch("the command line", &s, c); found.Errors() > 0 {
		return nil, &failure{code: exitUsage, err: found.Err()}
	}
	return &s, nil
}
