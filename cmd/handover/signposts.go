package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"handover/casefile"
	"handover/explore/study"
)

// signpostsVerb says what tells early of an event, and writes a strategy that heeds
// it.
type signpostsVerb struct {
	Folder   string `arg:"" name:"run" help:"The run folder." predictor:"folder"`
	Case     string `help:"The case the run was made from; the built-in case of that name when left out." placeholder:"CASE" predictor:"case"`
	Strategy string `help:"The strategy, by id; the reference when left out." placeholder:"ID"`
	targetFlags
	Lead    int      `help:"How many months before the event a sign must stand to count as a hit (default ${default})." default:"6" placeholder:"M"`
	Hold    int      `help:"How many months a value must last to be a sign (default ${default})." default:"3" placeholder:"M"`
	Signal  string   `help:"The series of the case to watch, by id; the one with the most skill when left out." placeholder:"ID"`
	Act     []string `help:"What an adaptive strategy does while the sign stands, for example --act 'enabler level planned=300'; without it the steps of the strategy pause." placeholder:"VARIABLE=VALUE" sep:"none"`
	Name    string   `help:"The id of the adaptive strategy; that of the strategy with -adaptive when left out." placeholder:"ID"`
	Fresh   int      `help:"In how many fresh futures the sign and the adaptive strategy are tried (default ${default})." default:"2000" placeholder:"N"`
	Save    bool     `help:"Add the adaptive strategy to strategies.yaml of the case folder."`
	Threads int      `help:"How many threads to use; all processors when left out. It does not change results." placeholder:"N"`
	Engine  string   `help:"What computes the model: auto, interpreter, avx2 or avx512. It does not change results (default ${default})." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
	outputFlags
}

var strategyID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// Run looks for signs, tries the best as a gate, and writes what it found.
func (v *signpostsVerb) Run(to streams) error {
	for _, flag := range []struct {
		name               string
		value, least, most int
	}{{"lead", v.Lead, 0, 600}, {"hold", v.Hold, 0, 60}, {"fresh", v.Fresh, 100, 1_000_000}} {
		if flag.value < flag.least || flag.value > flag.most {
			return usage("", "--%s must be from %d to %s, and is %d", flag.name, flag.least, grouped(flag.most), flag.value)
		}
	}
	r, err := openRun(v.Folder, v.Case, to.err)
	if err != nil {
		return err
	}
	named := v.Case
	if named == "" {
		named = r.Tables.Manifest.Case
	}
	if v.Save && builtIn(named) {
		return usage("handover new "+named+" makes a folder of it", "--save writes into a case folder, and %s is built in", named)
	}
	if v.Save && v.Out == "" {
		return usage("", "--save needs -o DIR, which holds what the strategy was found from")
	}
	if v.Strategy == "" {
		v.Strategy = r.Tables.Manifest.Reference
	}
	if v.Name == "" {
		v.Name = v.Strategy + "-adaptive"
	}
	if !strategyID.MatchString(v.Name) {
		return usage("", "--name %s: expected a letter, then letters, digits, - or _", quoted(v.Name))
	}
	acts, err := v.acts()
	if err != nil {
		return err
	}
	target, err := study.NewTarget(r.Case, v.asked(true), r.Tables.Manifest.Horizon)
	if err != nil {
		return asked(err)
	}
	options, err := modelFlags{Seed: r.Tables.Manifest.Seed, Horizon: r.Tables.Manifest.Horizon, Threads: v.Threads, Engine: v.Engine}.options()
	if err != nil {
		return err
	}
	ctx, release := interruptible(to.err)
	defer release()
	show, wipe := stages(to.err)
	set := study.Setting{Case: r.Case, Strategy: v.Strategy, Evaluate: options, Version: version, Progress: show}
	found, plans, err := study.Signposts(ctx, set, r, target, study.WatchOptions{Lead: v.Lead, Hold: v.Hold, Fresh: v.Fresh, Signal: v.Signal, Acts: acts, ID: v.Name})
	wipe()
	if err != nil {
		return stopped(err)
	}
	if v.Out != "" {
		if err := v.write(named, r.Case, plans, found.Files["plans.yaml"], to); err != nil {
			return err
		}
	}
	if err := v.publish(found, to); err != nil || v.JSON || v.Out == "" {
		return err
	}
	_, err = fmt.Fprintf(to.out, "Plan    handover run %s --strategy %s,%s\n", quoted(filepath.Join(v.Out, "case")), v.Strategy, v.Name)
	return err
}

func (v *signpostsVerb) acts() ([]study.Act, error) {
	var acts []study.Act
	for _, text := range v.Act {
		name, number, ok := strings.Cut(text, "=")
		x, err := strconv.ParseFloat(number, 64)
		if !ok || err != nil || x-x != 0 {
			return nil, usage("for example --act 'enabler level planned=300'", "--act %s: expected VARIABLE=VALUE", quoted(text))
		}
		acts = append(acts, study.Act{Variable: strings.TrimSpace(name), Value: x})
	}
	return acts, nil
}

func (v *signpostsVerb) write(named string, c *casefile.Case, plans []casefile.Strategy, text []byte, to streams) error {
	from, err := findCase(named, to.err)
	if err != nil {
		return err
	}
	return writePlans(from, c, planTarget{v.Out, named, "signposts " + v.Name, v.Save}, plans, text)
}
