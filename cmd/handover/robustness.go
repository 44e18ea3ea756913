package main

import (
	"handover/diagnostic"
	"handover/explore/study"
)

// robustnessVerb ranks strategies by every metric of robustness.
type robustnessVerb struct {
	Folder    string   `arg:"" name:"run" help:"The run folder." predictor:"folder"`
	Case      string   `help:"The case the run was made from; the built-in case of that name when left out." placeholder:"CASE" predictor:"case"`
	Outcome   []string `help:"Only these outcomes, by id; all of which more or less is better when left out." placeholder:"ID"`
	Threshold *float64 `help:"What the outcome must reach to satisfy; the threshold of its event when left out." placeholder:"X"`
	Optimism  float64  `help:"Weight of the best future in Hurwicz's criterion, 0 to 1 (default ${default})." default:"0.5" placeholder:"X"`
	Resamples int      `help:"Bootstrap samples of the intervals (default ${default})." default:"100" placeholder:"N"`
	outputFlags
}

// Run ranks the strategies.
func (v *robustnessVerb) Run(to streams) error {
	if !(v.Optimism >= 0 && v.Optimism <= 1) || v.Resamples < 10 || v.Resamples > 10_000 {
		return usage("", "--optimism must be from 0 to 1 and --resamples from 10 to 10,000; they are %g and %d", v.Optimism, v.Resamples)
	}
	r, err := openRun(v.Folder, v.Case, to.err)
	if err != nil {
		return err
	}
	for _, id := range v.Outcome {
		if r.Case.Outcome(id) == nil {
			return usage(diagnostic.DidYouMean(id, r.Tables.OutcomeIDs), "the case %s has no outcome %q", r.Case.Name, id)
		}
	}
	found, err := study.Robustness(r, study.RobustOptions{Outcomes: v.Outcome, Optimism: v.Optimism, Threshold: v.Threshold, Resamples: v.Resamples}, version)
	if err != nil {
		return asked(err)
	}
	return v.publish(found, to)
}
