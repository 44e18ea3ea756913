package model

import "fmt"

// star is one axis over which an array function runs. Stars of one call are
// told apart by their dimension and, when a reference has several stars over
// the same dimension, by their order.
type star struct {
	dimension *Dimension
	order     int
	at        int
}

func (s Scope) star(d *Dimension, order int) (int, bool) {
	for _, t := range s.stars {
		if t.dimension == d && t.order == order {
			return t.at, true
		}
	}
	return 0, false
}

// EachStar calls f for each combination of elements over which the stars of an
// expression run, in row-major order, and reports whether there are any; f is
// called once for an expression without.
func (s Scope) EachStar(x Expression, f func(Scope) error) (bool, error) {
	stars, err := s.findStars(x)
	if err != nil {
		return false, err
	}
	if len(stars) == 0 {
		return false, f(s)
	}
	inner := s
	inner.stars = append(append([]star{}, s.stars...), stars...)
	mine := inner.stars[len(s.stars):]
	for {
		if err := f(inner); err != nil {
			return true, err
		}
		k := len(mine) - 1
		for ; k >= 0; k-- {
			if mine[k].at++; mine[k].at < len(mine[k].dimension.Elements) {
				break
			}
			mine[k].at = 0
		}
		if k < 0 {
			return true, nil
		}
	}
}

// Each calls f for each value that an array function such as SUM or MAX works
// on, in the order of its arguments and in row-major order within each. It
// returns an error when the only argument is no array.
func (s Scope) Each(c *Call, f func(Scope, Expression) error) error {
	for _, x := range c.Arguments {
		found, err := s.EachStar(x, func(inner Scope) error { return f(inner, x) })
		if err != nil {
			return err
		}
		if !found && len(c.Arguments) == 1 {
			return &ReferenceError{x.Offset(), "star", "an array function needs an array, such as x[*]", ""}
		}
	}
	return nil
}

// starDimension is the dimension over which a star or range on dimension d runs.
// A range is a dimension of its own, the same for the same range.
func (m *Model) starDimension(d *Dimension, sub Subscript) (*Dimension, error) {
	if sub.To != "" {
		first, last := m.place(d, sub.Name), m.place(d, sub.To)
		if first < 0 || last < first {
			return nil, &ReferenceError{sub.Offset(), "subscripts",
				fmt.Sprintf("the range %s:%s is not one of dimension %q", sub.Name, sub.To, d.Name), "a range goes from an element to a later one"}
		}
		key := [3]any{d, first, last}
		if m.ranges[key] == nil {
			if m.ranges == nil {
				m.ranges = map[[3]any]*Dimension{}
			}
			m.ranges[key] = &Dimension{Name: d.Name + "[" + sub.Name + ":" + sub.To + "]", Elements: d.Elements[first : last+1]}
		}
		return m.ranges[key], nil
	}
	if sub.Name == "" {
		return d, nil
	}
	if over := m.Dimension(sub.Name); over != nil {
		return over, nil
	}
	return nil, &ReferenceError{sub.Offset(), "unknown-dimension", fmt.Sprintf("[*:%s] names a dimension that is not defined", sub.Name), ""}
}

// place is the index of the element of d that a name or number means, or -1.
func (m *Model) place(d *Dimension, name string) int {
	if at := d.Index(name); at >= 0 {
		return at
	}
	if n, ok := wholeNumber(name); ok && n >= 1 && n <= len(d.Elements) {
		return n - 1
	}
	if e, at := m.qualified(name); e == d {
		return at
	}
	return -1
}

// findStars lists the axes over which the argument of an array function runs:
// those of its [*], range and free dimension subscripts and, where it has none,
// the dimensions of arrays used without subscripts.
func (s Scope) findStars(argument Expression) ([]star, error) {
	var stars []star
	add := func(d *Dimension, order int) {
		for _, t := range append(s.stars, stars...) {
			if t.dimension == d && t.order == order {
				return
			}
		}
		stars = append(stars, star{dimension: d, order: order})
	}
	var err error
	fail := func(e error) bool {
		if err == nil {
			err = e
		}
		return false
	}
	var bare []*Dimension
	Walk(argument, func(e Expression) bool {
		if c, ok := e.(*Call); ok && c.ReducesArray() {
			return false
		}
		r, ok := e.(*Reference)
		if !ok {
			return true
		}
		v := s.Model.Variable(r.Name)
		if v == nil {
			if _, builtin := FunctionNamed(r.Name); !builtin {
				if _, e := s.resolveIndex(r); e != nil {
					return fail(e)
				}
			}
			return true
		}
		dimensions, e2 := s.Model.Dimensioned(v)
		if e2 != nil {
			return fail(&ReferenceError{r.Offset(), "unknown-dimension", e2.Error(), ""})
		}
		if r.Subscripts == nil {
			bare = append(bare, dimensions...)
			return true
		}
		if len(r.Subscripts) != len(dimensions) {
			return true // reported when resolved
		}
		var order tally
		for k, sub := range r.Subscripts {
			d := dimensions[k]
			if sub.Star || sub.To != "" {
				over, e := s.Model.starDimension(d, sub)
				if e != nil {
					return fail(e)
				}
				add(over, order.next(over))
			} else if e := s.free(d, sub); e != nil {
				add(e, order.next(e))
			}
		}
		return true
	})
	if len(stars) == 0 {
		for _, d := range bare {
			add(d, 0)
		}
	}
	return stars, err
}

// free returns the dimension that a subscript names when the equation does not
// run over it, so that it stands for all its elements.
func (s Scope) free(d *Dimension, sub Subscript) *Dimension {
	if sub.Name == "" || d.Index(sub.Name) >= 0 {
		return nil
	}
	e := s.Model.Dimension(sub.Name)
	if e == nil {
		return nil
	}
	if _, ok := s.own(e, 0); ok {
		return nil
	}
	return e
}

// ReducesArray reports whether the call reduces the elements of arrays to one
// number: SUM, MEAN, SIZE and the like, and MIN or MAX of a single argument or
// of one with a star or range.
func (c *Call) ReducesArray() bool {
	if f, ok := functions[c.Function]; ok && f.Array {
		return true
	}
	if c.Function != "min" && c.Function != "max" {
		return false
	}
	if len(c.Arguments) == 1 {
		return true
	}
	starred := false
	for _, a := range c.Arguments {
		Walk(a, func(e Expression) bool {
			switch e := e.(type) {
			case *Call:
				return !e.ReducesArray()
			case *Reference:
				for _, sub := range e.Subscripts {
					starred = starred || sub.Star || sub.To != ""
				}
			}
			return !starred
		})
	}
	return starred
}
