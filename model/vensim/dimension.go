package vensim

import (
	"slices"
	"strconv"
	"strings"

	"handover/model"
)

// mostElements bounds the elements of one range, mostInRanges those of all.
const (
	mostElements = 100_000
	mostInRanges = 1_000_000
)

// resolveRanges turns the subscript ranges of the file into dimensions: ranges
// within ranges are opened, copies and mappings resolved.
func (r *reader) resolveRanges() {
	defined := map[string]*rangeEntry{}
	for _, d := range r.ranges {
		if defined[d.name.key] != nil {
			r.fail(d.name.at, "duplicate-name", d.name.display, "", "the subscript range is defined twice")
			continue
		}
		defined[d.name.key] = d
	}
	done, total := map[string]*model.Dimension{}, 0
	open := map[string]bool{}
	var resolve func(d *rangeEntry) *model.Dimension
	resolve = func(d *rangeEntry) *model.Dimension {
		if got := done[d.name.key]; got != nil {
			return got
		}
		if open[d.name.key] || len(open) > deepest {
			r.fail(d.name.at, "dimension", d.name.display, "", "the subscript range contains itself")
			return nil
		}
		open[d.name.key] = true
		defer delete(open, d.name.key)
		dim := &model.Dimension{Name: d.name.display, Position: r.position(d.name.at)}
		seen := map[string]bool{}
		add := func(names ...string) bool {
			for _, n := range names {
				if key := model.Canonical(n); !seen[key] {
					seen[key] = true
					dim.Elements = append(dim.Elements, n)
				}
			}
			if total += len(names); total > mostInRanges {
				r.fail(d.name.at, "dimension", d.name.display, "", "the subscript ranges have more than %d elements in all", mostInRanges)
				return false
			}
			if len(dim.Elements) > mostElements {
				r.fail(d.name.at, "dimension", d.name.display, "", "the subscript range has more than %d elements", mostElements)
				return false
			}
			return true
		}
		switch {
		case d.copyOf != nil:
			other := defined[d.copyOf.key]
			if other == nil {
				r.fail(d.copyOf.at, "unknown-dimension", d.name.display, "", "the subscript range %q is not defined", d.copyOf.display)
				return nil
			}
			if o := resolve(other); o == nil || !add(o.Elements...) {
				return nil
			}
		case d.call != nil:
			names, ok := r.subscriptNames(d)
			if !ok || !add(names...) {
				return nil
			}
		}
		for _, item := range d.items {
			if item.last != nil {
				names, ok := r.numericRange(item)
				if !ok || !add(names...) {
					return nil
				}
			} else if other := defined[item.name.key]; other != nil {
				if o := resolve(other); o == nil || !add(o.Elements...) {
					return nil
				}
			} else if !add(item.name.display) {
				return nil
			}
		}
		done[d.name.key] = dim
		return dim
	}
	for _, d := range r.ranges {
		if dim := resolve(d); dim != nil && defined[d.name.key] == d {
			r.model.Dimensions = append(r.model.Dimensions, dim)
			r.dimensions[d.name.key] = dim
		}
	}
	for _, d := range r.ranges {
		if dim := r.dimensions[d.name.key]; dim != nil && defined[d.name.key] == d {
			for _, m := range d.mappings {
				r.mapping(dim, m)
			}
		}
	}
	r.families()
}

// numericRange lists the elements of "(A1-A10)".
func (r *reader) numericRange(item rangeItem) ([]string, bool) {
	split := func(s string) (string, int, bool) {
		at := len(s)
		for at > 0 && s[at-1] >= '0' && s[at-1] <= '9' {
			at--
		}
		n, err := strconv.Atoi(s[at:])
		return s[:at], n, err == nil
	}
	prefix, first, ok := split(item.name.display)
	prefix2, last, ok2 := split(item.last.display)
	if !ok || !ok2 || model.Canonical(prefix) != model.Canonical(prefix2) || last < first {
		r.fail(item.name.at, "dimension", "", "", "found (%s-%s), expected a rising range such as (A1-A10)", item.name.display, item.last.display)
		return nil, false
	}
	if last-first >= mostElements {
		r.fail(item.name.at, "dimension", "", "", "the range (%s-%s) has more than %d elements", item.name.display, item.last.display, mostElements)
		return nil, false
	}
	var names []string
	for i := first; i <= last; i++ {
		names = append(names, prefix+strconv.Itoa(i))
	}
	return names, true
}

// mapping adds "-> To" or "-> (To: items)" to a dimension.
func (r *reader) mapping(d *model.Dimension, m mappingItem) {
	to := r.dimensions[m.to.key]
	if to == nil {
		r.fail(m.to.at, "unknown-dimension", d.Name, r.near(m.to.key, r.dimensionNames()), "the subscript range %q is not defined", m.to.display)
		return
	}
	var elements [][]string
	if len(m.items) == 0 {
		if len(d.Elements) != len(to.Elements) {
			r.fail(m.to.at, "dimension", d.Name, "name the elements, as in -> (Range: a, b, c)",
				"%q has %d elements and %q has %d; a mapping by order needs as many", d.Name, len(d.Elements), to.Name, len(to.Elements))
			return
		}
		for _, e := range to.Elements {
			elements = append(elements, []string{e})
		}
	} else {
		for _, t := range m.items {
			if sub := r.dimensions[t.key]; sub != nil {
				elements = append(elements, sub.Elements)
			} else {
				elements = append(elements, []string{t.display})
			}
			for _, e := range elements[len(elements)-1] {
				if to.Index(e) < 0 {
					r.fail(t.at, "unknown-element", d.Name, r.near(e, to.Elements), "%q is not an element of %q", e, to.Name)
					return
				}
			}
		}
		if len(elements) != len(d.Elements) {
			r.fail(m.to.at, "dimension", d.Name, "", "the mapping lists %d elements or ranges for the %d elements of %q", len(elements), len(d.Elements), d.Name)
			return
		}
	}
	d.Mappings = append(d.Mappings, model.Mapping{To: to.Name, Elements: elements})
}

func (r *reader) dimensionNames() []string {
	var names []string
	for _, d := range r.model.Dimensions {
		names = append(names, d.Name)
	}
	return names
}

// families finds for each element the largest range that holds it: the position
// there is the number for which the element stands in an equation.
func (r *reader) families() {
	order := slices.Clone(r.model.Dimensions)
	slices.SortStableFunc(order, func(a, b *model.Dimension) int { return len(b.Elements) - len(a.Elements) })
	for _, d := range order {
		for i, e := range d.Elements {
			key := model.Canonical(e)
			if _, ok := r.number[key]; !ok {
				r.number[key] = i + 1
				r.elementName[key] = e
				r.family[key] = d
			}
		}
	}
}

// elementsOf lists the elements for which a subscript stands: itself, or those
// of a range. Nil when the name is neither.
func (r *reader) elementsOf(key string) []string {
	if d := r.dimensions[key]; d != nil {
		return d.Elements
	}
	if e, ok := r.elementName[key]; ok {
		return []string{e}
	}
	return nil
}

// axis finds the dimension of one axis of a variable whose pieces carry the
// given subscripts there: the common range, else a range of just the elements
// covered, which is made when there is none.
func (r *reader) axis(v *variable, subscripts []token) *model.Dimension {
	first := r.dimensions[subscripts[0].key]
	same := first != nil
	covered := map[string]bool{}
	var order []string
	last := map[string]bool{}
	for _, t := range subscripts {
		if t.key != subscripts[0].key {
			same = false
		}
		if last[t.key] {
			continue
		}
		last[t.key] = true
		for _, e := range r.elementsOf(t.key) {
			if key := model.Canonical(e); !covered[key] {
				covered[key] = true
				order = append(order, e)
			}
		}
	}
	if same {
		return first
	}
	matches := func(d *model.Dimension) bool {
		return d != nil && len(d.Elements) == len(order) && !slices.ContainsFunc(d.Elements, func(e string) bool { return !covered[model.Canonical(e)] })
	}
	for _, t := range subscripts {
		if d := r.dimensions[t.key]; matches(d) {
			return d
		}
	}
	for _, d := range r.model.Dimensions {
		if matches(d) {
			return d
		}
	}
	slices.SortStableFunc(order, func(a, b string) int {
		ka, kb := model.Canonical(a), model.Canonical(b)
		if r.family[ka] != r.family[kb] {
			return 0
		}
		return r.number[ka] - r.number[kb]
	})
	d := &model.Dimension{Name: r.freeName("range of " + v.name), Elements: order, Position: r.position(subscripts[0].at)}
	r.model.Dimensions = append(r.model.Dimensions, d)
	r.dimensions[model.Canonical(d.Name)] = d
	return d
}

// freeName returns the name, with a number behind it when it is taken.
func (r *reader) freeName(name string) string {
	for i := 1; ; i++ {
		try := name
		if i > 1 {
			try += " " + strconv.Itoa(i)
		}
		key := model.Canonical(try)
		if r.dimensions[key] == nil && r.variables[key] == nil && r.elementName[key] == "" {
			return try
		}
	}
}

// combinations calls f with every combination of the elements of the ranges, the
// last varying fastest.
func combinations(axes [][]string, f func(names []string) bool) {
	names := make([]string, len(axes))
	var walk func(k int) bool
	walk = func(k int) bool {
		if k == len(axes) {
			return f(names)
		}
		for _, e := range axes[k] {
			names[k] = e
			if !walk(k + 1) {
				return false
			}
		}
		return true
	}
	walk(0)
}

// keyOf joins subscripts into one key.
func keyOf(names []string) string {
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = model.Canonical(n)
	}
	return strings.Join(keys, ",")
}
