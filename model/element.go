package model

import (
	"fmt"
	"slices"
)

// Dimensioned returns the dimensions of v, or an error that names one that the
// model lacks.
func (m *Model) Dimensioned(v *Variable) ([]*Dimension, error) {
	if len(v.Dimensions) == 0 {
		return nil, nil
	}
	dimensions := make([]*Dimension, len(v.Dimensions))
	for i, name := range v.Dimensions {
		if dimensions[i] = m.Dimension(name); dimensions[i] == nil {
			return nil, fmt.Errorf("the dimension %q is not defined", name)
		}
	}
	return dimensions, nil
}

// Size is the number of elements of v: 1 for a scalar. Dimensions that do not
// exist count as 1. Sizes above MostElements all count as MostElements+1.
func (m *Model) Size(v *Variable) int {
	n := 1
	for _, name := range v.Dimensions {
		if d := m.Dimension(name); d != nil {
			n = min(n*len(d.Elements), MostElements+1)
		}
	}
	return n
}

// MostElements bounds the number of elements of one variable.
const MostElements = 4_000_000

// ElementName prints the name of one element of a variable, as
// "vacuum[Anbar]"; the plain name for a scalar.
func (m *Model) ElementName(v *Variable, flat int) string {
	if len(v.Dimensions) == 0 {
		return v.Name
	}
	names := make([]string, len(v.Dimensions))
	for i := len(v.Dimensions) - 1; i >= 0; i-- {
		d := m.Dimension(v.Dimensions[i])
		names[i] = d.Elements[flat%len(d.Elements)]
		flat /= len(d.Elements)
	}
	s := v.Name + "["
	for i, n := range names {
		if i > 0 {
			s += ","
		}
		s += n
	}
	return s + "]"
}

// EquationsByElement returns, for each element of v in row-major order, the
// equation that defines it; nil where none does. An equation for fewer elements
// takes precedence over one for more.
func (m *Model) EquationsByElement(v *Variable) ([]*Equation, error) {
	dimensions, err := m.Dimensioned(v)
	if err != nil {
		return nil, err
	}
	type piece struct {
		equation *Equation
		flats    []int
	}
	size := m.Size(v)
	var pieces []piece
	for i := range v.Equations {
		e := &v.Equations[i]
		flats, err := m.elements(v, dimensions, e.Elements)
		if err != nil {
			return nil, err
		}
		if len(e.Except) > 0 {
			left := map[int]bool{}
			for _, x := range e.Except {
				gone, err := m.elements(v, dimensions, x)
				if err != nil {
					return nil, err
				}
				for _, f := range gone {
					left[f] = true
				}
			}
			flats = slices.DeleteFunc(flats, func(f int) bool { return left[f] })
		}
		pieces = append(pieces, piece{e, flats})
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return len(b.flats) - len(a.flats) })
	byElement := make([]*Equation, size)
	for _, p := range pieces {
		for _, f := range p.flats {
			byElement[f] = p.equation
		}
	}
	return byElement, nil
}

// elements lists the flat indices that a list of elements or subranges covers;
// all of them for nil.
func (m *Model) elements(v *Variable, dimensions []*Dimension, names []string) ([]int, error) {
	if names == nil {
		flats := make([]int, m.Size(v))
		for i := range flats {
			flats[i] = i
		}
		return flats, nil
	}
	if len(names) != len(dimensions) {
		return nil, fmt.Errorf("an equation names %d elements; %q has %d dimensions", len(names), v.Name, len(dimensions))
	}
	flats := []int{0}
	for k, name := range names {
		d := dimensions[k]
		var along []int
		if at := d.Index(name); at >= 0 {
			along = []int{at}
		} else if sub := m.Dimension(name); sub != nil {
			for _, e := range sub.Elements {
				at := d.Index(e)
				if at < 0 {
					return nil, fmt.Errorf("element %q of %q is not in dimension %q", e, sub.Name, d.Name)
				}
				along = append(along, at)
			}
		} else {
			return nil, fmt.Errorf("%q is not an element of dimension %q", name, d.Name)
		}
		wider := make([]int, 0, len(flats)*len(along))
		for _, f := range flats {
			for _, at := range along {
				wider = append(wider, f*len(d.Elements)+at)
			}
		}
		flats = wider
	}
	return flats, nil
}
