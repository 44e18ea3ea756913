package main

import "handover/explore/study"

// flipVerb says where the preferred strategy changes.
type flipVerb struct {
	Case     string   `arg:"" optional:"" help:"A built-in case, a case folder, or a run folder (default ${default})." default:"iraq" predictor:"case"`
	From     string   `name:"case" help:"The case a run was made from; the built-in case of that name when left out." placeholder:"CASE" predictor:"case"`
	Strategy []string `help:"The strategies to compare, by id: for example exit first, disarm first, reciprocal. The sequences of search.yaml when left out, else all." placeholder:"ID"`
	targetFlags
	Prefer  string `help:"Whether less or more of the outcome is preferred; the case's own when left out." placeholder:"lower|higher" enum:"lower,higher,," default:""`
	Groups  int    `help:"Into how many groups each uncertainty is cut (default ${default})." default:"6" placeholder:"N"`
	Futures int    `help:"How many futures a case is run with (default ${default})." default:"2000" placeholder:"N"`
	modelFlags
	outputFlags
}

// Run compares the strategies along every uncertainty.
func (v *flipVerb) Run(to streams) error {
	if v.Groups < 2 || v.Groups > 50 || v.Futures < 100 || v.Futures > 1_000_000 {
		return usage("", "--groups must be from 2 to 50 and --futures from 100 to 1,000,000; they are %d and %d", v.Groups, v.Futures)
	}
	o := study.FlipOptions{Strategies: v.Strategy, Asked: v.asked(false), Prefer: v.Prefer, Groups: v.Groups, Futures: v.Futures}
	if isRun(v.Case) {
		r, err := openRun(v.Case, v.From, to.err)
		if err != nil {
			return err
		}
		found, err := study.FlipRun(r, o, version)
		if err != nil {
			return asked(err)
		}
		return v.publish(found, to)
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
	if err := knownStrategies(c, v.Strategy); err != nil {
		return err
	}
	if len(o.Strategies) == 0 {
		plan, err := readSearch(from, c, "")
		if err != nil {
			return err
		}
		if plan != nil {
			o.Strategies = plan.Sequences
		}
	}
	ctx, release := interruptible(to.err)
	defer release()
	show, wipe := stages(to.err)
	found, err := study.FlipCase(ctx, study.Setting{Case: c, Evaluate: options, Version: version, Progress: show}, o)
	wipe()
	if err != nil {
		return stopped(err)
	}
	return v.publish(found, to)
}
