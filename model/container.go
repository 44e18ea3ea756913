package model

// What is inside a conveyor or queue can be read like an array (XMILE 1.0 section
// 3.7.1): q[2] is the second batch of a queue, or what lies in the second slat of
// a conveyor, from the front; SIZE(q) counts them; SUM, MEAN, MIN, MAX, STDDEV
// and PROD work on them.

// Inside finds what a reference such as q[2] to the inside of a scalar conveyor
// or queue reads: the stock and the place from 1. In q[*], which stands for all
// that is inside, the place is nil.
func (m *Model) Inside(r *Reference) (v *Variable, place Expression, ok bool) {
	v = m.Variable(r.Name)
	if v == nil || !v.Transports() || len(v.Dimensions) > 0 || len(r.Subscripts) != 1 || r.Transposed {
		return nil, nil, false
	}
	sub := r.Subscripts[0]
	switch {
	case sub.To != "" || sub.Position > 0 || sub.Star && sub.Name != "":
		return nil, nil, false
	case sub.Star:
		return v, nil, true
	case sub.Expression != nil:
		return v, sub.Expression, true
	}
	if n, ok := wholeNumber(sub.Name); ok {
		return v, &Number{sub.At, float64(n)}, true
	}
	return v, &Reference{At: sub.At, Name: sub.Name}, true
}

// Contents finds the conveyor or queue, and its element, when an array function
// is called on what is inside one: SIZE(q), SUM(q[*]), MAX(a[North]).
func (s Scope) Contents(x *Call) (v *Variable, element int, ok bool) {
	if !x.ReducesArray() || len(x.Arguments) != 1 {
		return nil, 0, false
	}
	r, isReference := x.Arguments[0].(*Reference)
	if !isReference {
		return nil, 0, false
	}
	if v, place, ok := s.Model.Inside(r); ok && place == nil {
		return v, 0, true
	}
	v = s.Model.Variable(r.Name)
	if v == nil || !v.Transports() || len(v.Dimensions) > 0 && r.Subscripts == nil {
		return nil, 0, false
	}
	if stars, err := s.findStars(r); err != nil || len(stars) > 0 {
		return nil, 0, false
	}
	t, err := s.Resolve(r)
	if err != nil || t.Variable == nil || t.Computed != nil {
		return nil, 0, false
	}
	return v, t.Element, true
}
