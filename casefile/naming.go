package casefile

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"handover/diagnostic"
	"handover/model"
)

// target is a variable of the model, or one element of it, as a case names it:
// "force" or "force[anbar]".
type target struct {
	variable *model.Variable
	// elements holds the canonical element along each dimension; nil for the
	// whole variable.
	elements []string
}

// key identifies the target whatever its spelling.
func (t target) key() string { return elementKey(t.variable.Name, t.elements) }

func elementKey(name string, elements []string) string {
	if elements == nil {
		return model.Canonical(name)
	}
	return model.Canonical(name) + "[" + strings.Join(elements, ",") + "]"
}

// splitElement takes "name[element, element]" apart. The elements are nil when
// there are no brackets; ok is false when brackets do not match.
func splitElement(text string) (name string, elements []string, ok bool) {
	open := strings.IndexByte(text, '[')
	if open < 0 {
		return text, nil, !strings.Contains(text, "]")
	}
	name, rest := text[:open], strings.TrimSpace(text[open+1:])
	if !strings.HasSuffix(rest, "]") || strings.Count(text, "[") != 1 || strings.Count(text, "]") != 1 {
		return text, nil, false
	}
	for e := range strings.SplitSeq(strings.TrimSuffix(rest, "]"), ",") {
		elements = append(elements, model.Canonical(e))
	}
	return name, elements, true
}

// canonicalElement is the form in which "name[element]" is compared.
func canonicalElement(text string) string {
	name, elements, ok := splitElement(text)
	if !ok {
		return model.Canonical(text)
	}
	return elementKey(name, elements)
}

// SameConstant says whether two names are of one constant of a model or of one
// element of it, however they are spelled.
func SameConstant(a, b string) bool { return canonicalElement(a) == canonicalElement(b) }

// resolve finds what a case names in the model, or reports it.
func (l *loader) resolve(p diagnostic.Position, subject, text string) (target, bool) {
	m := l.c.Model
	name, elements, ok := splitElement(text)
	if !ok {
		l.fail(p, "syntax", subject, "write name or name[element]", "%q is not the name of a variable", text)
		return target{}, false
	}
	v := m.Variable(name)
	if v == nil {
		l.fail(p, "unknown-name", subject, diagnostic.DidYouMean(name, m.Names()), "%q is not a variable of the model", name)
		return target{}, false
	}
	if elements == nil {
		return target{v, nil}, true
	}
	if len(elements) != len(v.Dimensions) {
		l.fail(p, "subscripts", subject, "", "%q has %d dimensions and is named with %d elements", v.Name, len(v.Dimensions), len(elements))
		return target{}, false
	}
	for i, e := range elements {
		d := m.Dimension(v.Dimensions[i])
		if d == nil {
			return target{}, false // reported with the model
		}
		if d.Index(e) < 0 {
			l.fail(p, "unknown-element", subject, diagnostic.DidYouMean(e, d.Elements), "%q is not an element of the dimension %q", e, d.Name)
			return target{}, false
		}
	}
	return target{v, elements}, true
}

// number returns the value of a target that is a plain number in the model.
func number(m *model.Model, t target) (float64, bool) {
	all, err := m.EquationsByElement(t.variable)
	if err != nil {
		return 0, false
	}
	flat := 0
	if t.elements != nil {
		for i, e := range t.elements {
			d := m.Dimension(t.variable.Dimensions[i])
			flat = flat*len(d.Elements) + d.Index(e)
		}
	} else if len(all) != 1 {
		return 0, false
	}
	if flat >= len(all) || all[flat] == nil || all[flat].Graph != nil {
		return 0, false
	}
	n, ok := all[flat].Expression.(*model.Number)
	if !ok {
		return 0, false
	}
	return n.Value, true
}

// written is a name as it stands in an equation: canonical, in quotes where it
// would not be read as one name.
func written(name string) string {
	c := model.Canonical(name)
	plain := c != "" && !slices.Contains([]string{"and", "or", "not", "mod", "if", "then", "else"}, c)
	for i, r := range c {
		plain = plain && (r == '_' || unicode.IsLetter(r) || i > 0 && unicode.IsDigit(r))
	}
	if plain {
		return c
	}
	return `"` + strings.ReplaceAll(c, `"`, `\"`) + `"`
}

// numeral writes a number so that it reads back to the same bits.
func numeral(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// kindWord is a kind with its article.
func kindWord(k model.Kind) string {
	if k == model.Auxiliary {
		return "an " + k.String()
	}
	return "a " + k.String()
}
