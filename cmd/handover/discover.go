package main

import "handover/explore/study"

// discoverVerb says in which futures an event happens.
type discoverVerb struct {
	Folder   string `arg:"" name:"run" help:"The run folder." predictor:"folder"`
	Case     string `help:"The case the run was made from; the built-in case of that name when left out." placeholder:"CASE" predictor:"case"`
	Strategy string `help:"The strategy, by id; the reference when left out." placeholder:"ID"`
	targetFlags
	Boxes     int     `help:"How many boxes to look for (default ${default})." default:"2" placeholder:"N"`
	Resamples int     `help:"In how many random halves of the futures each box is tested (default ${default})." default:"10" placeholder:"N"`
	Greedy    bool    `help:"Peel for density alone, as in Friedman and Fisher 1999."`
	LeastMass float64 `help:"The share of all futures that a box must keep; 0.05, or less for rare events, when left out." placeholder:"X"`
	outputFlags
}

// Run looks for boxes and prints them in words.
func (v *discoverVerb) Run(to streams) error {
	if v.Boxes < 1 || v.Boxes > 20 || v.Resamples < 1 || v.Resamples > 1000 {
		return usage("", "--boxes must be from 1 to 20 and --resamples from 1 to 1000; they are %d and %d", v.Boxes, v.Resamples)
	}
	if !(v.LeastMass >= 0 && v.LeastMass < 1) {
		return usage("", "--least-mass must be from 0 to 1, and is %g", v.LeastMass)
	}
	r, err := openRun(v.Folder, v.Case, to.err)
	if err != nil {
		return err
	}
	target, err := study.NewTarget(r.Case, v.asked(true), r.Tables.Manifest.Horizon)
	if err != nil {
		return asked(err)
	}
	found, err := study.Discover(r, v.Strategy, target, study.BoxEffort{Boxes: v.Boxes, Resamples: v.Resamples, Greedy: v.Greedy, LeastMass: v.LeastMass}, version)
	if err != nil {
		return asked(err)
	}
	return v.publish(found, to)
}
