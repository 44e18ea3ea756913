package casefile

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/design"
	"handover/diagnostic"
	"handover/model"
)

// parameters names, for each distribution, the keys it needs and those it may
// have besides.
var parameters = map[string]struct{ needs, may []string }{
	"uniform":     {needs: []string{"low", "high"}},
	"triangular":  {needs: []string{"low", "mode", "high"}},
	"normal":      {needs: []string{"mean", "deviation"}, may: []string{"low", "high"}},
	"lognormal":   {needs: []string{"median", "factor"}, may: []string{"low", "high"}},
	"beta":        {needs: []string{"low", "mode", "high"}},
	"discrete":    {needs: []string{"options"}},
	"categorical": {needs: []string{"options"}},
}

// parameterNames lists all parameters in the order of the file.
var parameterNames = []string{"low", "high", "mode", "mean", "deviation", "median", "factor", "options"}

// has says whether the uncertainty gives a parameter.
func (u *Uncertainty) has(parameter string) bool {
	switch parameter {
	case "low":
		return u.Low != nil
	case "high":
		return u.High != nil
	case "mode":
		return u.Mode != nil
	case "mean":
		return u.Mean != nil
	case "deviation":
		return u.Deviation != nil
	case "median":
		return u.Median != nil
	case "factor":
		return u.Factor != nil
	}
	return len(u.Options) > 0
}

// Design returns the distribution of the uncertainty's values; with Multiply,
// of its factors. The values of a discrete or categorical distribution are
// those of its options, in order. The error says which parameter is missing or
// cannot be.
func (u Uncertainty) Design() (design.Distribution, error) {
	p, ok := parameters[u.Distribution]
	if !ok {
		return nil, fmt.Errorf("%q is not a distribution", u.Distribution)
	}
	for _, name := range p.needs {
		if !u.has(name) {
			return nil, fmt.Errorf("a %s distribution needs %s", u.Distribution, strings.Join(p.needs, ", "))
		}
	}
	low, high := u.bounds()
	switch u.Distribution {
	case "uniform":
		return design.Uniform(low, high)
	case "triangular":
		return design.Triangular(low, *u.Mode, high)
	case "beta":
		return design.Beta(low, *u.Mode, high)
	case "normal":
		return design.Normal(*u.Mean, *u.Deviation, low, high)
	case "lognormal":
		if u.Low == nil {
			low = 0
		}
		return design.LogNormal(*u.Median, *u.Factor, low, high)
	}
	values, weights := make([]float64, len(u.Options)), make([]float64, len(u.Options))
	for i, o := range u.Options {
		values[i], weights[i] = o.Value, 1
		if o.Weight != nil {
			weights[i] = *o.Weight
		}
	}
	return design.Discrete(values, weights)
}

// bounds is the range of the values; infinite where it is open.
func (u *Uncertainty) bounds() (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	if len(u.Options) > 0 {
		low, high = high, low
		for _, o := range u.Options {
			low, high = min(low, o.Value), max(high, o.Value)
		}
		return low, high
	}
	if u.Low != nil {
		low = *u.Low
	}
	if u.High != nil {
		high = *u.High
	}
	return low, high
}

// checkUncertainties checks uncertainties.yaml against the model.
func (l *loader) checkUncertainties() {
	d := l.uncertainties
	if d == nil {
		return
	}
	seen := map[string]int{}
	for i := range l.c.Uncertainties {
		path := fmt.Sprintf("uncertainties[%d]", i)
		u := &l.c.Uncertainties[i]
		before := l.list.Errors()
		l.checkDistribution(d, path, u)
		sound := l.list.Errors() == before
		if u.Variable == "" {
			continue
		}
		key, line := canonicalElement(u.Variable), d.at(path+".variable").Line
		if first, ok := seen[key]; ok {
			l.fail(d.at(path+".variable"), "duplicate-name", u.Variable, "remove one", "the uncertainty is given twice; the first is on line %d", first)
		} else {
			seen[key] = line
		}
		if l.c.Model != nil {
			l.checkVaried(d, path, u, sound)
		}
	}
	l.checkCorrelations()
}

// checkVaried checks that the variable is a constant, and that its range lies
// within what the model holds plausible.
func (l *loader) checkVaried(d *document, path string, u *Uncertainty, sound bool) {
	at := d.at(path + ".variable")
	t, ok := l.resolve(at, path+".variable", u.Variable)
	if !ok {
		return
	}
	v := t.variable
	switch {
	case v.Kind != model.Constant:
		l.fail(at, "kind", u.Variable, "", "%q is %s; only a constant can be uncertain", v.Name, kindWord(v.Kind))
		return
	case t.elements == nil && len(v.Dimensions) > 0:
		l.fail(at, "subscripts", u.Variable, l.elementHint(v), "%q is arrayed; name one element", v.Name)
		return
	}
	value, ok := number(l.c.Model, t)
	if !ok {
		l.fail(at, "kind", u.Variable, "", "%q has no number as its equation", v.Name)
		return
	}
	r := v.Provenance
	low, high := u.bounds()
	if !sound || !r.Ranged || !d.ok(path+".multiply") {
		return
	}
	what := "values"
	if u.Multiply {
		low, high = low*value, high*value
		if low > high {
			low, high = high, low
		}
		what = "factors times the model's " + numeral(value)
	}
	if !math.IsInf(low, 0) && low < r.Low || !math.IsInf(high, 0) && high > r.High {
		l.warn(d.at(path), "range", u.Variable, "narrow the distribution, or widen the range in the model with its source",
			"the %s run from %s to %s; the model holds %s to %s plausible", what, numeral(low), numeral(high), numeral(r.Low), numeral(r.High))
	}
}

// checkDistribution checks that the parameters are those of the distribution
// and make sense together.
func (l *loader) checkDistribution(d *document, path string, u *Uncertainty) {
	p, known := parameters[u.Distribution]
	if !known {
		return // a wrong word, reported while decoding
	}
	subject := u.Variable
	complete := true
	takes := append(slices.Clone(p.needs), p.may...)
	for _, name := range parameterNames {
		given := u.has(name)
		switch {
		case !d.ok(path + "." + name):
			complete = false
		case given && !slices.Contains(takes, name):
			complete = false
			l.fail(d.at(path+"."+name), "parameter", subject, "remove it", "a %s distribution has no %s; it takes %s", u.Distribution, name, strings.Join(takes, ", "))
		case !given && slices.Contains(p.needs, name):
			complete = false
			l.fail(d.at(path), "missing-key", subject, "", "a %s distribution needs %s", u.Distribution, name)
		}
	}
	for i, o := range u.Options {
		at := fmt.Sprintf("%s.options[%d]", path, i)
		switch {
		case !d.ok(at):
			complete = false
			continue
		case u.Distribution == "categorical" && o.Name == "":
			l.fail(d.at(at), "missing-key", subject, "", "an option of a categorical distribution needs a name")
		case o.Weight != nil && *o.Weight < 0:
			complete = false
			l.fail(d.at(at+".weight"), "range", subject, "", "the weight is %s; expected 0 or more", numeral(*o.Weight))
		}
		for k, other := range u.Options[:i] {
			if other.Value == o.Value || o.Name != "" && other.Name == o.Name {
				complete = false
				l.fail(d.at(at), "duplicate-name", subject, "", "the option has the same value or name as option %d", k+1)
				break
			}
		}
	}
	if u.Structural && u.Distribution != "categorical" {
		l.fail(d.at(path+".structural"), "parameter", subject, "", "only a categorical uncertainty can be structural; this is %s", u.Distribution)
	}
	if !complete {
		return
	}
	if low, high := u.bounds(); len(u.Options) == 0 && low > high {
		l.fail(d.at(path+".low"), "range", subject, "swap them, or widen the range", "low is %s and high is %s; expected low at or below high", numeral(low), numeral(high))
		return
	}
	if _, err := u.Design(); err != nil {
		l.fail(d.at(path), "distribution", subject, "", "%v", err)
	}
}

// checkCorrelations checks the pairs, and that they can all hold together.
func (l *loader) checkCorrelations() {
	d := l.uncertainties
	var names []string
	for _, u := range l.c.Uncertainties {
		names = append(names, u.Variable)
	}
	index := func(name string) int {
		key := canonicalElement(name)
		return slices.IndexFunc(names, func(n string) bool { return canonicalElement(n) == key })
	}
	seen := map[[2]int]int{}
	sound := true
	for i, c := range l.c.Correlations {
		path := fmt.Sprintf("correlations[%d]", i)
		subject := strings.Join(c.Between, " and ")
		if !d.ok(path) {
			sound = false
		}
		if d.ok(path+".rank") && !(c.Rank > -1 && c.Rank < 1) {
			sound = false
			l.fail(d.at(path+".rank"), "range", subject, "", "the rank correlation is %s; expected a number between -1 and 1", numeral(c.Rank))
		}
		if len(c.Between) != 2 {
			sound = false
			if d.ok(path + ".between") {
				l.fail(d.at(path+".between"), "correlation", subject, "", "%d names are given; expected two", len(c.Between))
			}
			continue
		}
		pair := [2]int{}
		for k, name := range c.Between {
			if pair[k] = index(name); pair[k] >= 0 || name == "" {
				continue
			}
			sound = false
			l.fail(d.at(fmt.Sprintf("%s.between[%d]", path, k)), "unknown-name", name, diagnostic.DidYouMean(name, names), "%q is not among the uncertainties", name)
		}
		if pair[0] < 0 || pair[1] < 0 {
			continue
		}
		if pair[0] == pair[1] {
			sound = false
			l.fail(d.at(path+".between"), "correlation", subject, "", "an uncertainty is paired with itself")
			continue
		}
		if pair[0] > pair[1] {
			pair[0], pair[1] = pair[1], pair[0]
		}
		if line, ok := seen[pair]; ok {
			sound = false
			l.fail(d.at(path), "duplicate-name", subject, "remove one", "the pair is given twice; the first is on line %d", line)
			continue
		}
		seen[pair] = d.at(path).Line
	}
	distinct := map[string]bool{}
	for _, n := range names {
		distinct[canonicalElement(n)] = true
	}
	if sound && len(distinct) == len(names) {
		l.checkTogether()
	}
}
