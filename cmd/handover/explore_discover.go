package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/explore/discovery"
)

// discoverVerb finds in which futures an event happens.
type discoverVerb struct {
	Folder    string   `arg:"" name:"run" help:"The run folder." predictor:"folder"`
	Case      string   `help:"The case the run was made from, when it is not built in." placeholder:"CASE" predictor:"case"`
	Outcome   string   `help:"The outcome whose event is looked for; the case's headline when left out." placeholder:"ID"`
	Above     *float64 `help:"Look for futures with the outcome above this, in place of its event." placeholder:"X"`
	Below     *float64 `help:"Look for futures with the outcome below this, in place of its event." placeholder:"X"`
	Strategy  string   `help:"The strategy under which; the reference when left out." placeholder:"ID"`
	Method    string   `help:"prim (boxes), cart (a tree), logistic (a weighted sum) or all (default ${default})." enum:"prim,cart,logistic,all" default:"all" placeholder:"M"`
	Boxes     int      `help:"How many boxes to look for (default ${default})." default:"3" placeholder:"N"`
	Alpha     float64  `help:"The share of a box that a step of peeling gives up (default ${default})." default:"0.05" placeholder:"A"`
	Objective string   `help:"What peeling raises: lenient or greedy (default ${default})." enum:"lenient,greedy" default:"lenient" placeholder:"O"`
	Seed      uint64   `help:"Where the random halves of the resampling test start (default ${default})." default:"1" placeholder:"S"`
	Output    string   `short:"o" help:"Write the whole trade-off of coverage and density to this CSV file, too." placeholder:"FILE"`
	JSON      bool     `name:"json" help:"Print all figures as JSON, and nothing else."`
}

// discovered is what is printed.
type discovered struct {
	Case     string         `json:"case"`
	Strategy string         `json:"strategy"`
	Event    string         `json:"event"`
	Horizon  int            `json:"horizon_months"`
	Futures  int            `json:"futures"`
	Cases    int            `json:"cases"`
	Boxes    []foundBox     `json:"boxes,omitempty"`
	Leaves   []foundBox     `json:"leaves,omitempty"`
	Rule     *foundRule     `json:"rule,omitempty"`
	Steps    []boxStep      `json:"trajectory,omitempty"`
	Support  []foundSupport `json:"support,omitempty"`
	c        *casefile.Case
}

// foundBox is a box in words and figures.
type foundBox struct {
	Words    string       `json:"words"`
	Limits   []foundLimit `json:"limits"`
	Coverage float64      `json:"coverage"`
	// Density has an 80% interval.
	Density     float64 `json:"density"`
	DensityLow  float64 `json:"density_low"`
	DensityHigh float64 `json:"density_high"`
	Mass        float64 `json:"mass"`
	Points      int     `json:"futures"`
}

type foundLimit struct {
	Uncertainty string   `json:"uncertainty"`
	Low         *float64 `json:"low,omitempty"`
	High        *float64 `json:"high,omitempty"`
	Options     []string `json:"options,omitempty"`
	QuasiP      float64  `json:"quasi_p"`
}

// foundRule is a weighted sum.
type foundRule struct {
	Words     string       `json:"words"`
	Weights   []ruleWeight `json:"weights"`
	Intercept float64      `json:"intercept"`
	Threshold float64      `json:"threshold"`
	Coverage  float64      `json:"coverage"`
	Density   float64      `json:"density"`
	Explained float64      `json:"deviance_explained"`
}

type ruleWeight struct {
	Uncertainty string  `json:"uncertainty"`
	Weight      float64 `json:"log_odds_per_deviation"`
}

// boxStep is a point of the trade-off between coverage and density.
type boxStep struct {
	Box      int     `json:"box"`
	Step     int     `json:"step"`
	Coverage float64 `json:"coverage"`
	Density  float64 `json:"density"`
	Mass     float64 `json:"mass"`
	Limits   int     `json:"limits"`
}

// foundSupport says how often an uncertainty is restricted in random halves.
type foundSupport struct {
	Uncertainty string  `json:"uncertainty"`
	Coverage    float64 `json:"same_coverage"`
	Density     float64 `json:"same_density"`
}

// Run looks for boxes.
func (v *discoverVerb) Run(to streams) error {
	switch {
	case v.Above != nil && v.Below != nil:
		return usage("", "--above and --below cannot both be given")
	case !(v.Alpha > 0 && v.Alpha < 0.5) || v.Boxes < 1 || v.Boxes > 100:
		return usage("", "--alpha must be above 0 and below 0.5, and --boxes from 1 to 100")
	}
	f, err := readRun(v.Folder, v.Case, to.err)
	if err != nil {
		return err
	}
	o, err := outcomeOf(f.c, v.Outcome)
	if err != nil {
		return err
	}
	k, err := strategyOf(f.Manifest.Strategies, f.Manifest.Reference, v.Strategy)
	if err != nil {
		return err
	}
	event, cases, err := v.event(o, f.Manifest.Horizon, f.Outcome(o.ID)[k])
	if err != nil {
		return err
	}
	d := &discovered{Case: f.c.Name, Strategy: f.Manifest.Strategies[k], Event: event, Horizon: f.Manifest.Horizon, c: f.c}
	factors := f.factors()
	kept := cases[:0:0]
	for i, happened := range cases {
		if !f.Left[i] {
			kept = append(kept, happened)
		}
	}
	data, err := discovery.NewData(factors, kept)
	if errors.Is(err, discovery.ErrNever) || errors.Is(err, discovery.ErrAlways) {
		word := map[bool]string{true: "no", false: "every"}[errors.Is(err, discovery.ErrNever)]
		return &failure{code: exitMistakes, err: fmt.Errorf("%s under %s happens in %s one of %s futures, so there is nothing to tell apart; choose another outcome, strategy or --above", event, d.Strategy, word, grouped(len(kept)))}
	}
	if err != nil {
		return err
	}
	d.Futures, d.Cases = data.Points(), data.Cases()
	if err := v.find(d, data, f, factors); err != nil {
		return err
	}
	if v.Output != "" {
		rows := [][]string{{"box", "step", "coverage", "density", "mass", "limits"}}
		for _, s := range d.Steps {
			rows = append(rows, []string{fmt.Sprint(s.Box), fmt.Sprint(s.Step), csvNumber(s.Coverage), csvNumber(s.Density), csvNumber(s.Mass), fmt.Sprint(s.Limits)})
		}
		if err := writeRows(v.Output, rows); err != nil {
			return err
		}
	}
	if v.JSON {
		return printJSON(to.out, d)
	}
	_, err = io.WriteString(to.out, d.text(width(to.out)))
	return err
}

// event says what is looked for and in which futures it happened.
func (v *discoverVerb) event(o *casefile.Outcome, horizon int, values []float64) (string, []bool, error) {
	bound, word := v.Above, "above"
	if v.Below != nil {
		bound, word = v.Below, "below"
	}
	if bound == nil {
		cases, err := eventCases(o, horizon, values)
		if err != nil {
			return "", nil, err
		}
		if o.Reduce == casefile.First {
			return fmt.Sprintf("%s by month %d", o.Event.Name, horizon), cases, nil
		}
		return o.Event.Name, cases, nil
	}
	cases := make([]bool, len(values))
	for i, x := range values {
		cases[i] = v.Above != nil && x > *bound || v.Below != nil && x < *bound
	}
	return fmt.Sprintf("%s %s %s %s", o.Name, word, figure(*bound), o.Unit), cases, nil
}

// factors are the uncertainties over the futures that are not left out.
func (f *futures) factors() []discovery.Factor {
	var factors []discovery.Factor
	for i, name := range f.Uncertainties {
		x := discovery.Factor{Name: name}
		for j, value := range f.Inputs[i] {
			if !f.Left[j] {
				x.Values = append(x.Values, value)
			}
		}
		for _, u := range f.c.Uncertainties {
			switch {
			case u.Variable != name:
			case u.Distribution == "categorical":
				x.Kind = discovery.Categorical
			case u.Distribution == "discrete" && !slices.ContainsFunc(u.Options, func(o casefile.Option) bool { return o.Value != math.Trunc(o.Value) }):
				x.Kind = discovery.Integer
			}
		}
		factors = append(factors, x)
	}
	return factors
}

// find runs the methods that were asked for.
func (v *discoverVerb) find(d *discovered, data *discovery.Data, f *futures, factors []discovery.Factor) error {
	wanted := func(method string) bool { return v.Method == method || v.Method == "all" }
	if wanted("prim") {
		peeling := discovery.Peeling{Alpha: v.Alpha, Boxes: v.Boxes}
		if v.Objective == "greedy" {
			peeling.Objective = discovery.Greedy
		}
		found, err := data.PRIM(peeling)
		if err != nil {
			return err
		}
		for i, x := range found {
			d.Boxes = append(d.Boxes, f.box(x.Chosen, factors))
			for step, b := range x.Trajectory {
				d.Steps = append(d.Steps, boxStep{i + 1, step, b.Coverage, b.Density, b.Mass, len(b.Limits)})
			}
		}
		if len(found) > 0 {
			support, err := data.Resample(found[0].Chosen, peeling, 20, v.Seed)
			if err != nil {
				return err
			}
			for _, s := range support {
				d.Support = append(d.Support, foundSupport{factors[s.Factor].Name, s.Coverage, s.Density})
			}
		}
	}
	if wanted("cart") {
		leaves, err := data.CART(discovery.Growth{})
		if err != nil {
			return err
		}
		base := float64(d.Cases) / float64(d.Futures)
		for _, b := range leaves {
			if b.Density > base {
				d.Leaves = append(d.Leaves, f.box(b, factors))
			}
		}
	}
	if wanted("logistic") {
		rule, err := data.Logistic()
		if err != nil {
			if v.Method == "all" {
				return nil // too few cases for it; boxes say what can be said
			}
			return &failure{code: exitMistakes, err: err}
		}
		d.Rule = &foundRule{Intercept: rule.Intercept, Threshold: rule.Threshold, Coverage: rule.Coverage, Density: rule.Density, Explained: rule.Explained}
		for i, w := range rule.Weights {
			if w != 0 {
				d.Rule.Weights = append(d.Rule.Weights, ruleWeight{factors[i].Name, w})
			}
		}
		slices.SortStableFunc(d.Rule.Weights, func(a, b ruleWeight) int {
			return -int(math.Copysign(1, math.Abs(a.Weight)-math.Abs(b.Weight)))
		})
		var words []string
		for _, w := range d.Rule.Weights[:min(5, len(d.Rule.Weights))] {
			direction := "high"
			if w.Weight < 0 {
				direction = "low"
			}
			words = append(words, fmt.Sprintf("%s is %s (%s)", titleOf(f.c, w.Uncertainty), direction, figure(w.Weight)))
		}
		d.Rule.Words = "more likely as " + strings.Join(words, ", ")
	}
	return nil
}

// box puts a box into words.
func (f *futures) box(b discovery.Box, factors []discovery.Factor) foundBox {
	density := discovery.ShareOf(b.Cases, b.Points)
	x := foundBox{Coverage: b.Coverage, Density: b.Density, DensityLow: density.Low, DensityHigh: density.High, Mass: b.Mass, Points: b.Points}
	var words []string
	for _, l := range b.Limits {
		name := factors[l.Factor].Name
		limit := foundLimit{Uncertainty: name, QuasiP: l.QuasiP}
		title, unit := titleOf(f.c, name), f.unitOf(name)
		switch low, high := !math.IsInf(l.Low, 0), !math.IsInf(l.High, 0); {
		case l.Options != nil:
			for _, value := range l.Options {
				limit.Options = append(limit.Options, f.optionName(name, value))
			}
			words = append(words, fmt.Sprintf("%s is %s", title, strings.Join(limit.Options, " or ")))
		case low && high:
			limit.Low, limit.High = &l.Low, &l.High
			words = append(words, fmt.Sprintf("%s is from %s to %s%s", title, figure(l.Low), figure(l.High), unit))
		case low:
			limit.Low = &l.Low
			words = append(words, fmt.Sprintf("%s is above %s%s", title, figure(l.Low), unit))
		case high:
			limit.High = &l.High
			words = append(words, fmt.Sprintf("%s is below %s%s", title, figure(l.High), unit))
		}
		x.Limits = append(x.Limits, limit)
	}
	x.Words = strings.Join(words, " and ")
	if len(words) == 0 {
		x.Words = "(no limits: no box is denser than all futures)"
	}
	return x
}

// unitOf is the unit of an uncertainty, with a space before it, or that it is a
// factor on the model's value.
func (f *futures) unitOf(name string) string {
	for _, u := range f.c.Uncertainties {
		if u.Variable == name && u.Multiply {
			return " times the model's value"
		}
	}
	base, _, _ := strings.Cut(name, "[")
	if v := f.c.Model.Variable(base); v != nil && v.Units != "" && v.Units != "1" {
		return " " + v.Units
	}
	return ""
}

// optionName is the name of a value of a categorical uncertainty.
func (f *futures) optionName(name string, value float64) string {
	for _, u := range f.c.Uncertainties {
		if u.Variable != name {
			continue
		}
		for _, o := range u.Options {
			if o.Value == value && o.Name != "" {
				return "“" + o.Name + "”"
			}
		}
	}
	return figure(value)
}

func (d *discovered) text(width int) string {
	var b strings.Builder
	paragraph := func(format string, arguments ...any) {
		b.WriteString(strings.Join(wrap(fmt.Sprintf(format, arguments...), width), "\n") + "\n")
	}
	base := discovery.ShareOf(d.Cases, d.Futures)
	paragraph("%s under %s happens in %s of %s futures (%s; 80%% interval %s to %s).", capital(d.Event), d.Strategy, grouped(d.Cases), grouped(d.Futures), percent(base.Middle), percent(base.Low), percent(base.High))
	boxes := func(title string, list []foundBox) {
		if len(list) == 0 {
			return
		}
		b.WriteString("\n" + title + "\n")
		for i, x := range list {
			paragraph("%d. It happens when %s: in %s of the futures there (%s to %s). That is %s of all its cases, in %s of all futures.",
				i+1, x.Words, percent(x.Density), percent(x.DensityLow), percent(x.DensityHigh), percent(x.Coverage), percent(x.Mass))
			var doubtful []string
			for _, l := range x.Limits {
				if l.QuasiP > 0.05 {
					doubtful = append(doubtful, fmt.Sprintf("%s (quasi-p %s)", titleOf(d.c, l.Uncertainty), share(l.QuasiP)))
				}
			}
			if len(doubtful) > 0 {
				paragraph("   May be chance: the limit on %s.", strings.Join(doubtful, ", "))
			}
		}
	}
	boxes("Boxes (PRIM)", d.Boxes)
	if len(d.Support) > 0 {
		var words []string
		for _, s := range d.Support[:min(6, len(d.Support))] {
			words = append(words, fmt.Sprintf("%s %s and %s", s.Uncertainty, percent(s.Coverage), percent(s.Density)))
		}
		paragraph("In random halves of the futures, boxes of the same coverage and density as the first restrict: %s.", strings.Join(words, "; "))
	}
	boxes("Leaves of a tree in which it is more frequent (CART)", d.Leaves[:min(5, len(d.Leaves))])
	if left := len(d.Leaves) - 5; left > 0 {
		paragraph("... %d more; --json shows them", left)
	}
	if d.Rule != nil {
		b.WriteString("\nA weighted sum (logistic regression on rotated axes)\n")
		paragraph("It is %s; figures are changes of the log odds for one standard deviation. The rule finds %s of the cases and is right in %s of those it names (deviance explained %s).", d.Rule.Words, percent(d.Rule.Coverage), percent(d.Rule.Density), percent(d.Rule.Explained))
	}
	b.WriteString("\n")
	paragraph("These are conditions inside the model and its assumed ranges, not evidence about the world.")
	return b.String()
}

// percent prints a share as per cent.
func percent(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%.0f%%", 100*x)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
