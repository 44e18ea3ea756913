package calibrate

import (
	"fmt"
	"math"

	"handover/casefile"
	"handover/design"
	"handover/fpmath"
)

// role is what a parameter is of.
type role int

const (
	ofModel  role = iota // a constant of the model that is an uncertainty of the case
	ofPast               // a constant of the model that is uncertain in the past alone
	ofData               // a parameter of an observation
	ofDriver             // the later value of a driver, in a hindcast
)

// parameter is one dimension of a point.
type parameter struct {
	name string
	role role
	// quantile takes a place in the prior, 0 to 1, to a value.
	quantile func(u float64) float64
}

// value is the parameter's value at a standard normal number.
func (p *parameter) value(z float64) float64 {
	// Above the last number below 1 a quantile may be infinite.
	return p.quantile(min(fpmath.NormalCDF(z), 1-0x1p-53))
}

// uncertain makes a parameter of an uncertainty.
func uncertain(c *casefile.Case, u casefile.Uncertainty, r role) (parameter, error) {
	d, err := u.Design()
	if err != nil {
		return parameter{}, fmt.Errorf("%s: %w", u.Variable, err)
	}
	factor := 1.0
	if u.Multiply {
		if factor, err = c.Constant(u.Variable); err != nil {
			return parameter{}, err
		}
	}
	return parameter{u.Variable, r, scaled(d, factor)}, nil
}

func scaled(d design.Distribution, factor float64) func(float64) float64 {
	return func(u float64) float64 { return d.Quantile(u) * factor }
}

// spread makes a parameter of a spread that is not known; its index is -1 when it
// is.
func (t *target) spread(name string, s *casefile.Spread, otherwise float64) (number, error) {
	switch {
	case s == nil:
		return number{index: -1, fixed: otherwise}, nil
	case s.Factor == nil:
		return number{index: -1, fixed: s.Median}, nil
	}
	d, err := design.LogNormal(s.Median, *s.Factor, 0, math.Inf(1))
	if err != nil {
		return number{}, fmt.Errorf("%s: %w", name, err)
	}
	t.parameters = append(t.parameters, parameter{name, ofData, d.Quantile})
	return number{index: len(t.parameters) - 1}, nil
}

// number is fixed, or the value of a parameter.
type number struct {
	index int
	fixed float64
}

func (n number) of(values []float64) float64 {
	if n.index < 0 {
		return n.fixed
	}
	return values[n.index]
}
