// Package discovery finds in which futures an event happens (scenario discovery:
// Bryant and Lempert 2010, "Thinking inside the box"): boxes by the patient rule
// induction method, trees, and a logistic rule on rotated uncertainties. All three
// read points with their outcomes and run nothing. Results do not depend on the
// order of the points, nor on the machine.
package discovery

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Kind says how the values of a factor may be grouped.
type Kind int

// The kinds of factor.
const (
	Real        Kind = iota // any number: limits lie between values
	Integer                 // whole numbers: limits are values
	Categorical             // no order: values are kept or left out one by one
)

// Factor is one uncertainty with its value in each point.
type Factor struct {
	Name   string
	Kind   Kind
	Values []float64
}

// Data are points with an event that happened in some of them: the cases.
type Data struct {
	factors []Factor
	cases   []bool
	count   int
	// order lists the points by the value of each factor.
	order [][]int32
}

// Errors of NewData about events that leave nothing to discover.
var (
	ErrNever  = errors.New("the event happens in no future, so there is nothing to tell apart")
	ErrAlways = errors.New("the event happens in every future, so there is nothing to tell apart")
)

// NewData checks that every factor has a finite value for each point, one a case,
// and that the event happens in some points and not in others.
func NewData(factors []Factor, cases []bool) (*Data, error) {
	if len(factors) == 0 {
		return nil, errors.New("there is no uncertainty to tell futures apart by")
	}
	d := &Data{factors: factors, cases: cases, order: make([][]int32, len(factors))}
	for _, c := range cases {
		if c {
			d.count++
		}
	}
	for f := range factors {
		values := factors[f].Values
		if len(values) != len(cases) {
			return nil, fmt.Errorf("%s has %d values for %d points", factors[f].Name, len(values), len(cases))
		}
		for i, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s is %v in point %d; leave out such points", factors[f].Name, v, i)
			}
		}
		order := make([]int32, len(values))
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortStableFunc(order, func(a, b int32) int {
			switch {
			case values[a] < values[b]:
				return -1
			case values[a] > values[b]:
				return 1
			}
			return 0
		})
		d.order[f] = order
	}
	switch d.count {
	case 0:
		return nil, ErrNever
	case len(cases):
		return nil, ErrAlways
	}
	return d, nil
}

// Points is how many points there are, Cases in how many the event happens.
func (d *Data) Points() int { return len(d.cases) }

// Cases is in how many points the event happens.
func (d *Data) Cases() int { return d.count }

// Limit restricts one factor. Bounds are inclusive, and infinite where there is
// none.
type Limit struct {
	Factor    int
	Low, High float64
	// Options are the values kept of a categorical factor, ascending.
	Options []float64
	// QuasiP is the chance of seeing as many cases in the box, or more, were the
	// share of cases the one that the box has without this limit (one-sided
	// binomial test; Bryant and Lempert 2010). Small values speak for the limit.
	QuasiP float64
}

// holds reports whether a value is within the limit.
func (l *Limit) holds(v float64) bool {
	if l.Options != nil {
		return slices.Contains(l.Options, v)
	}
	return v >= l.Low && v <= l.High
}

// Box is a set of limits that all hold at once.
type Box struct {
	// Limits are those of restricted factors, in the order of factors.
	Limits []Limit
	// Points is how many points lie inside, Cases in how many of them the event
	// happens.
	Points, Cases int
	// Coverage is the share of all cases that lie inside, Density the share of
	// cases among the points inside, Mass the share of all points inside.
	Coverage, Density, Mass float64
}

// Contains reports whether a point lies in the box.
func (b *Box) Contains(d *Data, point int) bool {
	for i := range b.Limits {
		if !b.Limits[i].holds(d.factors[b.Limits[i].Factor].Values[point]) {
			return false
		}
	}
	return true
}

// measure makes a box of limits: it counts what lies inside and tests each limit.
func (d *Data) measure(limits []Limit) Box {
	b := Box{Limits: slices.Clone(limits)}
	without := make([]struct{ points, cases int }, len(limits))
	for i := range d.cases {
		broken, at := 0, 0
		for k := range b.Limits {
			if !b.Limits[k].holds(d.factors[b.Limits[k].Factor].Values[i]) {
				at = k
				if broken++; broken == 2 {
					break
				}
			}
		}
		add := func(points, cases *int) {
			*points++
			if d.cases[i] {
				*cases++
			}
		}
		switch broken {
		case 0:
			add(&b.Points, &b.Cases)
		case 1:
			add(&without[at].points, &without[at].cases)
		}
	}
	for k := range b.Limits {
		points, cases := without[k].points+b.Points, without[k].cases+b.Cases
		b.Limits[k].QuasiP = atLeast(b.Cases, b.Points, float64(cases)/float64(points))
	}
	b.Coverage = float64(b.Cases) / float64(d.count)
	b.Mass = float64(b.Points) / float64(len(d.cases))
	if b.Points > 0 {
		b.Density = float64(b.Cases) / float64(b.Points)
	}
	return b
}
