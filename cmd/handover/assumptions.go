package main

import (
	"context"

	"handover/casefile"
	"handover/explore/finding"
	"handover/explore/study"
)

// compareFlags say which strategies are compared by what.
type compareFlags struct {
	Case     string   `arg:"" optional:"" help:"A built-in case or a case folder (default ${default})." default:"iraq" predictor:"case"`
	Strategy []string `help:"The strategies, by id. What the help above says when left out." placeholder:"ID"`
	Outcome  []string `help:"The outcomes, by id; those under compare in search.yaml when left out, else all of which the case says what is better." placeholder:"ID"`
	Futures  int      `help:"How many futures each is run in (default ${default})." default:"300" placeholder:"N"`
	modelFlags
	outputFlags
}

// assumptionsVerb moves what is assumed to its ends.
type assumptionsVerb struct {
	compareFlags
	Tail float64 `help:"Where the ends lie: at this share of a distribution and at 1 less it (default ${default})." default:"0.05" placeholder:"P"`
}

// Run moves the assumed parameters alone, by sector and together.
func (v *assumptionsVerb) Run(to streams) error {
	if !(v.Tail > 0 && v.Tail < 0.5) {
		return usage("", "--tail must be above 0 and below 0.5, and is %g", v.Tail)
	}
	return v.compare(to, func(c *casefile.Case) []string { return c.Default }, func(ctx context.Context, s study.Setting, o study.CompareOptions) (*finding.Finding, error) {
		o.Tail = v.Tail
		return study.Assumptions(ctx, s, o)
	})
}

// structuresVerb ranks strategies under each structure.
type structuresVerb struct {
	compareFlags
}

// Run ranks the strategies under each option of each structure.
func (v *structuresVerb) Run(to streams) error {
	return v.compare(to, func(c *casefile.Case) []string {
		var ids []string
		for _, s := range c.Strategies {
			ids = append(ids, s.ID)
		}
		return ids
	}, study.Structures)
}

// compare runs a study of several strategies.
func (f *compareFlags) compare(to streams, otherwise func(c *casefile.Case) []string, ask func(context.Context, study.Setting, study.CompareOptions) (*finding.Finding, error)) error {
	if f.Futures < 20 || f.Futures > 100_000 {
		return usage("", "--futures must be from 20 to 100,000, and is %d", f.Futures)
	}
	options, err := f.options()
	if err != nil {
		return err
	}
	from, err := findCase(f.Case, to.err)
	if err != nil {
		return err
	}
	c, err := from.load(to.err)
	if err != nil {
		return err
	}
	if err := knownStrategies(c, f.Strategy); err != nil {
		return err
	}
	o := study.CompareOptions{Strategies: f.Strategy, Outcomes: f.Outcome, Futures: f.Futures}
	if len(o.Strategies) == 0 {
		o.Strategies = otherwise(c)
	}
	if len(o.Outcomes) == 0 {
		plan, err := readSearch(from, c, "")
		if err != nil {
			return err
		}
		if plan != nil {
			o.Outcomes = plan.Compare
		}
	}
	ctx, release := interruptible(to.err)
	defer release()
	show, wipe := stages(to.err)
	found, err := ask(ctx, study.Setting{Case: c, Evaluate: options, Version: version, Progress: show}, o)
	wipe()
	if err != nil {
		return stopped(err)
	}
	return f.publish(found, to)
}
