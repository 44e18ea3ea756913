package main

import (
	"handover/explore/study"
)

// sensitivityVerb says what an outcome depends on.
type sensitivityVerb struct {
	Case     string `arg:"" optional:"" help:"A built-in case, a case folder, or a run folder, whose futures are then read and nothing is run (default ${default})." default:"iraq" predictor:"case"`
	From     string `name:"case" help:"The case a run was made from; the built-in case of that name when left out." placeholder:"CASE" predictor:"case"`
	Strategy string `help:"The strategy, by id; the reference when left out." placeholder:"ID"`
	Event    bool   `help:"Ask for the event of the outcome and not for its value."`
	targetFlags
	Rows      int `help:"Rows of a matrix of the Sobol' plan, best a power of two; it takes so many runs for each uncertainty (default ${default})." default:"256" placeholder:"N"`
	Walks     int `help:"Walks of Morris' screening (default ${default})." default:"40" placeholder:"N"`
	Points    int `help:"Points of the sample that PAWN reads (default ${default})." default:"4000" placeholder:"N"`
	Resamples int `help:"Bootstrap samples of the intervals (default ${default})." default:"200" placeholder:"N"`
	modelFlags
	outputFlags
}

// Run runs the plans, or reads a run, and prints what matters.
func (v *sensitivityVerb) Run(to streams) error {
	for _, flag := range []struct {
		name               string
		value, least, most int
	}{{"rows", v.Rows, 8, 1 << 16}, {"walks", v.Walks, 2, 10_000}, {"points", v.Points, 100, 1_000_000}, {"resamples", v.Resamples, 10, 10_000}} {
		if flag.value < flag.least || flag.value > flag.most {
			return usage("", "--%s must be from %d to %s, and is %d", flag.name, flag.least, grouped(flag.most), flag.value)
		}
	}
	if isRun(v.Case) {
		return v.given(to)
	}
	options, err := v.options()
	if err != nil {
		return err
	}
	c, err := openCase(v.Case, to.err)
	if err != nil {
		return err
	}
	s := study.Setting{Case: c, Strategy: v.Strategy, Evaluate: options, Version: version}
	if s.Strategy == "" {
		s.Strategy = c.Reference
	}
	if err := knownStrategies(c, []string{s.Strategy}); err != nil {
		return err
	}
	horizon := v.Horizon
	if horizon == 0 {
		horizon = c.Horizon
	}
	target, err := study.NewTarget(c, v.asked(v.Event), horizon)
	if err != nil {
		return asked(err)
	}
	ctx, release := interruptible(to.err)
	defer release()
	show, wipe := stages(to.err)
	s.Progress = show
	found, err := study.Sensitivity(ctx, s, target, study.Effort{Rows: v.Rows, Walks: v.Walks, Points: v.Points, Resamples: v.Resamples})
	wipe()
	if err != nil {
		return stopped(err)
	}
	return v.publish(found, to)
}

func (v *sensitivityVerb) given(to streams) error {
	r, err := openRun(v.Case, v.From, to.err)
	if err != nil {
		return err
	}
	target, err := study.NewTarget(r.Case, v.asked(v.Event), r.Tables.Manifest.Horizon)
	if err != nil {
		return asked(err)
	}
	found, err := study.Given(r, v.Strategy, target, v.Resamples, version)
	if err != nil {
		return asked(err)
	}
	return v.publish(found, to)
}
