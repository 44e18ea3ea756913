package model

import (
	"fmt"
	"slices"

	"handover/diagnostic"
)

// Scope is where an expression stands: the elements being computed along the
// dimensions of its variable, and the elements at which the stars of an
// enclosing array function stand. Resolving references needs both.
type Scope struct {
	Model *Model
	// Dimensions and Index give, in order, the dimensions of the equation's
	// variable and the element being computed (from 0).
	Dimensions []*Dimension
	Index      []int
	stars      []star
}

// star is one axis over which an array function runs. Stars of one call are
// told apart by their dimension and, when a reference has several stars over
// the same dimension, by their order.
type star struct {
	dimension *Dimension
	order     int
	at        int
}

// Target is what a reference means in a scope.
type Target struct {
	// Variable is nil when the reference is a dimension or element name used as
	// a number, whose value is then Value.
	Variable *Variable
	// Element is the flat index of the element in row-major order; 0 for a
	// scalar.
	Element int
	Value   float64
	// Computed lists, when a subscript is an expression, the strides and sizes by
	// which the element is found while running; Element is then the part that is
	// fixed.
	Computed []ComputedSubscript
}

// ComputedSubscript is a subscript known only while running.
type ComputedSubscript struct {
	Expression Expression
	// Stride is the distance in the flat index between neighbours; Size the
	// number of elements.
	Stride, Size int
}

// ReferenceError says why a reference has no meaning.
type ReferenceError struct {
	Offset  int
	Code    string
	Message string
	Hint    string
}

// Error implements error.
func (e *ReferenceError) Error() string { return e.Message }

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

// ScopeAt is the scope of equation e of variable v where it computes the
// element flat. When the equation is written over subranges, their names stand
// for the element too.
func (m *Model) ScopeAt(v *Variable, e *Equation, flat int) (Scope, error) {
	dimensions, err := m.Dimensioned(v)
	if err != nil {
		return Scope{}, err
	}
	index := make([]int, len(dimensions))
	for i := len(dimensions) - 1; i >= 0; i-- {
		n := len(dimensions[i].Elements)
		index[i] = flat % n
		flat /= n
	}
	s := Scope{Model: m, Dimensions: dimensions, Index: index}
	for k := range e.Elements {
		d := dimensions[k]
		if sub := m.Dimension(e.Elements[k]); sub != nil && sub != d && d.Index(e.Elements[k]) < 0 {
			if at := sub.Index(d.Elements[index[k]]); at >= 0 {
				s.Dimensions, s.Index = append(s.Dimensions, sub), append(s.Index, at)
			}
		}
	}
	return s, nil
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

// own returns the index of the element being computed along dimension d; nth
// picks among repeats of the same dimension.
func (s Scope) own(d *Dimension, nth int) (int, bool) {
	last, seen := -1, 0
	for i, e := range s.Dimensions {
		if e == d {
			if last = s.Index[i]; seen == nth {
				return last, true
			}
			seen++
		}
	}
	if last < 0 {
		return s.mapped(d)
	}
	return last, true
}

// mapped finds the element of d that belongs to the element being computed
// along another dimension, by a mapping in either direction or because the two
// share the element.
func (s Scope) mapped(d *Dimension) (int, bool) {
	for i, e := range s.Dimensions {
		here := Canonical(e.Elements[s.Index[i]])
		for _, m := range d.Mappings {
			if s.Model.overlap(m.To, e) {
				for at, names := range m.Elements {
					for _, n := range names {
						if Canonical(n) == here {
							return at, true
						}
					}
				}
			}
		}
		for _, m := range e.Mappings {
			if s.Index[i] < len(m.Elements) && s.Model.overlap(m.To, d) {
				for _, n := range m.Elements[s.Index[i]] {
					if at := d.Index(n); at >= 0 {
						return at, true
					}
				}
			}
		}
	}
	for i, e := range s.Dimensions {
		if at := d.Index(e.Elements[s.Index[i]]); at >= 0 {
			return at, true
		}
	}
	return -1, false
}

// overlap reports whether the named dimension is d or shares an element with it.
func (m *Model) overlap(name string, d *Dimension) bool {
	e := m.Dimension(name)
	return e == d || e != nil && slices.ContainsFunc(e.Elements, func(x string) bool { return d.Index(x) >= 0 })
}

func (s Scope) star(d *Dimension, order int) (int, bool) {
	for _, t := range s.stars {
		if t.dimension == d && t.order == order {
			return t.at, true
		}
	}
	return 0, false
}

// Resolve finds what a reference means in the scope. The error is a
// *ReferenceError.
func (s Scope) Resolve(r *Reference) (Target, error) {
	v := s.Model.Variable(r.Name)
	if v == nil {
		return s.resolveIndex(r)
	}
	dimensions, err := s.Model.Dimensioned(v)
	if err != nil {
		return Target{}, &ReferenceError{r.Offset(), "unknown-dimension", fmt.Sprintf("%q is arrayed over a dimension that does not exist: %v", v.Name, err), ""}
	}
	if r.Subscripts == nil {
		return s.resolveWhole(r, v, dimensions)
	}
	if len(r.Subscripts) != len(dimensions) {
		return Target{}, &ReferenceError{r.Offset(), "subscripts",
			fmt.Sprintf("%q has %d dimensions and is used with %d subscripts", v.Name, len(dimensions), len(r.Subscripts)), ""}
	}
	t := Target{Variable: v}
	stars, owns := map[*Dimension]int{}, map[*Dimension]int{}
	for k, sub := range r.Subscripts {
		d := dimensions[k]
		n := len(d.Elements)
		t.Element *= n
		for i := range t.Computed {
			t.Computed[i].Stride *= n
		}
		switch {
		case sub.Star:
			over := s.Model.starDimension(d, sub)
			at, ok := s.star(over, stars[over])
			if !ok {
				return Target{}, &ReferenceError{sub.Offset(), "star",
					fmt.Sprintf("%q is used with [*] outside an array function", v.Name), "put it inside SUM(...), or name an element or dimension"}
			}
			stars[over]++
			if over != d {
				if at = d.Index(over.Elements[at]); at < 0 {
					return Target{}, &ReferenceError{sub.Offset(), "subscripts",
						fmt.Sprintf("an element of %q is not in dimension %q of %q", over.Name, d.Name, v.Name), ""}
				}
			}
			t.Element += at
		case sub.Expression != nil:
			t.Computed = append(t.Computed, ComputedSubscript{sub.Expression, 1, n})
		default:
			at, err := s.subscript(v, d, sub, owns)
			if err != nil {
				return Target{}, err
			}
			t.Element += at
		}
	}
	return t, nil
}

// subscript finds the index that a named subscript means along dimension d.
func (s Scope) subscript(v *Variable, d *Dimension, sub Subscript, owns map[*Dimension]int) (int, error) {
	if at := d.Index(sub.Name); at >= 0 {
		return at, nil
	}
	if e := s.Model.Dimension(sub.Name); e != nil {
		at, ok := s.own(e, owns[e])
		owns[e]++
		switch {
		case !ok:
			return 0, &ReferenceError{sub.Offset(), "subscripts",
				fmt.Sprintf("%q is subscripted by dimension %q, over which this equation does not run", v.Name, e.Name), ""}
		case e == d:
			return at, nil
		default:
			// A different dimension with the same elements, or a subrange.
			if i := d.Index(e.Elements[at]); i >= 0 {
				return i, nil
			}
			return 0, &ReferenceError{sub.Offset(), "subscripts",
				fmt.Sprintf("element %q of dimension %q is not in dimension %q of %q", e.Elements[at], e.Name, d.Name, v.Name), ""}
		}
	}
	if i, ok := wholeNumber(sub.Name); ok && i >= 1 && i <= len(d.Elements) {
		return i - 1, nil
	}
	hint := didYouMean(sub.Name, append(append([]string{}, d.Elements...), d.Name))
	return 0, &ReferenceError{sub.Offset(), "unknown-element",
		fmt.Sprintf("%q is not an element of dimension %q of %q", sub.Name, d.Name, v.Name), hint}
}

// resolveWhole gives an array without subscripts the elements being computed,
// matched by dimension, as in an apply-to-all equation; inside an array
// function the dimensions left over are stars.
func (s Scope) resolveWhole(r *Reference, v *Variable, dimensions []*Dimension) (Target, error) {
	t := Target{Variable: v}
	owns, stars := map[*Dimension]int{}, map[*Dimension]int{}
	for _, d := range dimensions {
		t.Element *= len(d.Elements)
		if at, ok := s.star(d, stars[d]); ok {
			stars[d]++
			t.Element += at
			continue
		}
		at, ok := s.own(d, owns[d])
		if !ok {
			return Target{}, &ReferenceError{r.Offset(), "subscripts",
				fmt.Sprintf("%q is arrayed over %q and is used as one number", v.Name, d.Name), "add subscripts, or put it inside SUM(...)"}
		}
		owns[d]++
		t.Element += at
	}
	return t, nil
}

// resolveIndex gives a dimension name the index of the element being computed,
// and an element name its index, both from 1.
func (s Scope) resolveIndex(r *Reference) (Target, error) {
	if r.Subscripts == nil {
		if d := s.Model.Dimension(r.Name); d != nil {
			if at, ok := s.own(d, 0); ok {
				return Target{Value: float64(at + 1)}, nil
			}
		}
		for _, d := range s.Model.Dimensions {
			if at := d.Index(r.Name); at >= 0 {
				return Target{Value: float64(at + 1)}, nil
			}
		}
	}
	return Target{}, &ReferenceError{r.Offset(), "unknown-name",
		fmt.Sprintf("%q is not a variable of the model", r.Name), didYouMean(r.Name, s.Model.Names())}
}

// Each calls f for each combination of elements over which the stars of an
// array function's argument run, in row-major order. It returns an error when
// the argument has no star.
func (s Scope) Each(argument Expression, f func(Scope) error) error {
	stars, err := s.findStars(argument)
	if err != nil {
		return err
	}
	if len(stars) == 0 {
		return &ReferenceError{argument.Offset(), "star", "an array function needs an array, such as x[*]", ""}
	}
	inner := s
	inner.stars = append(append([]star{}, s.stars...), stars...)
	mine := inner.stars[len(s.stars):]
	for {
		if err := f(inner); err != nil {
			return err
		}
		k := len(mine) - 1
		for ; k >= 0; k-- {
			if mine[k].at++; mine[k].at < len(mine[k].dimension.Elements) {
				break
			}
			mine[k].at = 0
		}
		if k < 0 {
			return nil
		}
	}
}

// starDimension is the dimension over which a star on dimension d runs.
func (m *Model) starDimension(d *Dimension, sub Subscript) *Dimension {
	if over := m.Dimension(sub.Name); sub.Name != "" && over != nil {
		return over
	}
	return d
}

// findStars lists the axes over which the argument of an array function runs:
// those of its [*] subscripts and, where it has none, the dimensions of arrays
// used without subscripts.
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
	var bare []*Dimension
	Walk(argument, func(e Expression) bool {
		if c, ok := e.(*Call); ok {
			if f, ok := FunctionNamed(c.Function); ok && (f.Array || arrayCall(c)) {
				return false
			}
		}
		r, ok := e.(*Reference)
		if !ok {
			return true
		}
		v := s.Model.Variable(r.Name)
		if v == nil {
			if _, builtin := FunctionNamed(r.Name); !builtin && err == nil {
				_, err = s.resolveIndex(r)
			}
			return true
		}
		dimensions, e2 := s.Model.Dimensioned(v)
		if e2 != nil {
			err = &ReferenceError{r.Offset(), "unknown-dimension", e2.Error(), ""}
			return false
		}
		if r.Subscripts == nil {
			bare = append(bare, dimensions...)
			return true
		}
		if len(r.Subscripts) != len(dimensions) {
			return true // reported when resolved
		}
		order := map[*Dimension]int{}
		for k, sub := range r.Subscripts {
			if sub.Star {
				d := s.Model.starDimension(dimensions[k], sub)
				add(d, order[d])
				order[d]++
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

// arrayCall reports whether a MIN or MAX has one argument and so reduces an
// array.
func arrayCall(c *Call) bool {
	return (c.Function == "min" || c.Function == "max") && len(c.Arguments) == 1
}

// ReducesArray reports whether the call reduces an arrayed argument to one
// number: SUM, MEAN, SIZE, and MIN or MAX of a single argument.
func (c *Call) ReducesArray() bool {
	f, ok := FunctionNamed(c.Function)
	return ok && f.Array || arrayCall(c)
}

func wholeNumber(s string) (int, bool) {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || n > 1e6 {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, s != ""
}

func didYouMean(name string, candidates []string) string {
	return diagnostic.DidYouMean(name, candidates)
}
