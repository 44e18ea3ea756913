package casefile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"handover/design"
	"handover/model"
)

// Factors returns the uncertainties as factors of a design, in order, with
// their correlations. The factors are named after the variables in canonical
// form, so that another spelling does not change the draws. The error says which
// distribution cannot be, which Load has ruled out.
func (c *Case) Factors() ([]design.Factor, []design.Correlation, error) {
	factors := make([]design.Factor, len(c.Uncertainties))
	var faults []error
	for i, u := range c.Uncertainties {
		distribution, err := u.Design()
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", u.Variable, err))
		}
		factors[i] = design.Factor{Name: canonicalElement(u.Variable), Distribution: distribution}
	}
	at := func(name string) int {
		return slices.IndexFunc(factors, func(f design.Factor) bool { return f.Name == canonicalElement(name) })
	}
	var correlations []design.Correlation
	for _, pair := range c.Correlations {
		if len(pair.Between) != 2 {
			faults = append(faults, fmt.Errorf("a correlation is between %d uncertainties, not two", len(pair.Between)))
			continue
		}
		correlations = append(correlations, design.Correlation{A: at(pair.Between[0]), B: at(pair.Between[1]), Rank: pair.Rank})
	}
	return factors, correlations, errors.Join(faults...)
}

// Name is what readers see of an uncertainty: its title, or its variable's name.
func (u *Uncertainty) Name() string { return cmp.Or(u.Title, u.Variable) }

// Varied is the constant of the model that an uncertainty sets, nil when the model
// has none of the name, which Load has ruled out. An element of an array is set in
// the array's variable.
func (c *Case) Varied(u *Uncertainty) *model.Variable {
	name, _, _ := strings.Cut(u.Variable, "[")
	return c.Model.Variable(strings.TrimSpace(name))
}

// Meaning is what the model says of the constant that an uncertainty sets, and the
// unit of its draws: "" for a pure number, words for a draw that multiplies.
func (c *Case) Meaning(u *Uncertainty) (meaning, unit string) {
	if v := c.Varied(u); v != nil {
		meaning, unit = v.Documentation, v.Units
	}
	switch {
	case u.Multiply:
		unit = "times the model's value"
	case unit == "1":
		unit = ""
	}
	return meaning, unit
}

// Basis says what is known of an uncertainty: the label of its distribution, and
// whether the posterior of the case holds it, too.
func (c *Case) Basis(u *Uncertainty) string {
	if u.Label == Fitted || c.Posterior.Column(u.Variable) < 0 {
		return string(u.Label)
	}
	return string(u.Label) + ", then fitted to the past"
}

// Futures are points of n futures: a Latin hypercube of the uncertainties with
// their correlations. A point has them in order. The error says which distribution
// cannot be, or what is wrong with n.
func (c *Case) Futures(seed uint64, n int) (*design.Design, error) {
	factors, correlations, err := c.Factors()
	if err != nil {
		return nil, err
	}
	return design.New(design.LatinHypercube, seed, n, factors, correlations)
}

// checkTogether checks that the correlations do not contradict each other. It
// is called when nothing else is wrong with them.
func (l *loader) checkTogether() {
	if len(l.c.Correlations) == 0 {
		return
	}
	factors, correlations, err := l.c.Factors()
	if err != nil {
		return // the distributions were reported one by one
	}
	if _, err := design.New(design.MonteCarlo, 0, 1, factors, correlations); err != nil {
		l.fail(l.uncertainties.at("correlations"), "correlation", "correlations", "", "%v", err)
	}
}
