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
	// axes is how many of the dimensions are the variable's own; the others are
	// subranges over which the equation is written.
	axes  int
	stars []star
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
	s := Scope{Model: m, Dimensions: dimensions, Index: index, axes: len(dimensions)}
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

// tally counts how often each dimension was met in one reference.
type tally []struct {
	dimension *Dimension
	count     int
}

// next returns how often d was met before.
func (t *tally) next(d *Dimension) int {
	for i := range *t {
		if e := &(*t)[i]; e.dimension == d {
			e.count++
			return e.count - 1
		}
	}
	*t = append(*t, struct {
		dimension *Dimension
		count     int
	}{d, 1})
	return 0
}

// resolution is the work on one reference: how often its subscripts have met
// each dimension as a star, and as the element being computed.
type resolution struct {
	Scope
	reference   *Reference
	variable    *Variable
	stars, owns tally
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
	if r.Subscripts != nil && len(r.Subscripts) != len(dimensions) {
		return Target{}, &ReferenceError{r.Offset(), "subscripts",
			fmt.Sprintf("%q has %d dimensions and is used with %d subscripts", v.Name, len(dimensions), len(r.Subscripts)), ""}
	}
	t := Target{Variable: v}
	if len(dimensions) == 0 {
		return t, nil
	}
	strides := make([]int, len(dimensions))
	stride := 1
	for k := len(dimensions) - 1; k >= 0; k-- {
		strides[k] = stride
		stride *= len(dimensions[k].Elements)
	}
	work := &resolution{Scope: s, reference: r, variable: v}
	for i := range dimensions {
		k := i
		if r.Transposed {
			k = len(dimensions) - 1 - i
		}
		at, index := 0, Expression(nil)
		if r.Subscripts == nil {
			at, err = work.whole(dimensions[k])
		} else {
			at, index, err = work.along(dimensions[k], r.Subscripts[k])
		}
		if err != nil {
			return Target{}, err
		}
		if index != nil {
			t.Computed = append(t.Computed, ComputedSubscript{index, strides[k], len(dimensions[k].Elements)})
		}
		t.Element += at * strides[k]
	}
	return t, nil
}

// whole gives a dimension of an array without subscripts the element being
// computed, as in an apply-to-all equation; inside an array function the
// dimensions left over are stars.
func (w *resolution) whole(d *Dimension) (int, error) {
	if at, ok := w.star(d, w.stars.next(d)); ok {
		return at, nil
	}
	at, ok := w.own(d, w.owns.next(d))
	if !ok {
		return 0, &ReferenceError{w.reference.Offset(), "subscripts",
			fmt.Sprintf("%q is arrayed over %q and is used as one number", w.variable.Name, d.Name), "add subscripts, or put it inside SUM(...)"}
	}
	return at, nil
}

// along finds the index that a subscript means along dimension d, or the
// expression that computes it.
func (w *resolution) along(d *Dimension, sub Subscript) (int, Expression, error) {
	switch {
	case sub.Star, sub.To != "":
		over, err := w.Model.starDimension(d, sub)
		if err != nil {
			return 0, nil, err
		}
		at, ok := w.star(over, w.stars.next(over))
		if !ok && !sub.Star {
			at, ok = w.alongRange(over)
		}
		if !ok {
			return 0, nil, &ReferenceError{sub.Offset(), "star",
				fmt.Sprintf("%q is used with %s outside an array function", w.variable.Name, sub.text()), "put it inside SUM(...), or name an element or dimension"}
		}
		if at, err = w.translate(d, over, at, sub); err != nil {
			return 0, nil, err
		}
		return at, nil, nil
	case sub.Expression != nil:
		return 0, sub.Expression, nil
	case sub.Position > 0:
		if sub.Position > w.axes {
			return 0, nil, &ReferenceError{sub.Offset(), "subscripts", fmt.Sprintf("@%d is used in an equation over %d dimensions", sub.Position, w.axes), ""}
		}
		e, at := w.Dimensions[sub.Position-1], w.Index[sub.Position-1]
		if e != d && d.Index(e.Elements[at]) < 0 && len(e.Elements) == len(d.Elements) {
			return at, nil, nil
		}
		at, err := w.translate(d, e, at, sub)
		return at, nil, err
	}
	return w.named(d, sub)
}

// text is the subscript as written, for messages.
func (sub Subscript) text() string {
	if sub.To != "" {
		return "[" + sub.Name + ":" + sub.To + "]"
	}
	return "[*]"
}

// translate turns an element of dimension e into the element of d of the same
// name.
func (w *resolution) translate(d, e *Dimension, at int, sub Subscript) (int, error) {
	if d == e {
		return at, nil
	}
	if i := d.Index(e.Elements[at]); i >= 0 {
		return i, nil
	}
	return 0, &ReferenceError{sub.Offset(), "subscripts",
		fmt.Sprintf("element %q of dimension %q is not in dimension %q of %q", e.Elements[at], e.Name, d.Name, w.variable.Name), ""}
}

// alongRange lines a range outside an array function up with the dimension of
// the equation that has as many elements.
func (w *resolution) alongRange(over *Dimension) (int, bool) {
	for i := range w.axes {
		if len(w.Dimensions[i].Elements) == len(over.Elements) {
			return w.Index[i], true
		}
	}
	return 0, false
}

// named finds the index that a subscript by name means along dimension d: an
// element, a dimension, a number, or a variable that computes the index.
func (w *resolution) named(d *Dimension, sub Subscript) (int, Expression, error) {
	if at := d.Index(sub.Name); at >= 0 {
		return at, nil, nil
	}
	if e := w.Model.Dimension(sub.Name); e != nil {
		at, ok := w.own(e, w.owns.next(e))
		if !ok {
			at, ok = w.star(e, w.stars.next(e))
		}
		if !ok {
			return 0, nil, &ReferenceError{sub.Offset(), "subscripts",
				fmt.Sprintf("%q is subscripted by dimension %q, over which this equation does not run", w.variable.Name, e.Name), ""}
		}
		at, err := w.translate(d, e, at, sub)
		return at, nil, err
	}
	if i, ok := wholeNumber(sub.Name); ok && i >= 1 && i <= len(d.Elements) {
		return i - 1, nil, nil
	}
	if e, at := w.Model.qualified(sub.Name); e != nil {
		at, err := w.translate(d, e, at, sub)
		return at, nil, err
	}
	if v := w.Model.Variable(sub.Name); v != nil {
		return 0, &Reference{At: sub.At, Name: sub.Name}, nil
	}
	hint := didYouMean(sub.Name, append(append([]string{}, d.Elements...), d.Name))
	return 0, nil, &ReferenceError{sub.Offset(), "unknown-element",
		fmt.Sprintf("%q is not an element of dimension %q of %q", sub.Name, d.Name, w.variable.Name), hint}
}

// qualified splits "dimension.element".
func (m *Model) qualified(name string) (*Dimension, int) {
	for i := range len(name) {
		if name[i] == '.' {
			if d := m.Dimension(name[:i]); d != nil {
				if at := d.Index(name[i+1:]); at >= 0 {
					return d, at
				}
			}
		}
	}
	return nil, -1
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
		if d, at := s.Model.qualified(r.Name); d != nil {
			return Target{Value: float64(at + 1)}, nil
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
