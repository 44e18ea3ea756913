package model

import (
	"math"
	"strconv"
	"strings"
)

// Format writes an expression in the syntax of XMILE, with no more parentheses
// than it needs. name gives the way a variable, dimension or element is written
// in an equation, from its canonical form; nil writes the canonical form, quoted
// where it must be. Parsing the text gives the expression again, but for signs
// before numbers, which become part of them.
func Format(x Expression, name func(canonical string) string) string {
	if name == nil {
		name = func(canonical string) string { return Quoted(canonical) }
	}
	p := printer{name: name}
	p.expression(x, 0)
	return p.text.String()
}

// Quoted is a name as an equation can hold it: spaces as underscores, and in
// quotes when it has other characters than letters, digits and underscores, begins
// with a digit, or is a word of the language.
func Quoted(name string) string {
	plain := strings.ReplaceAll(name, " ", "_")
	if identifier(plain) {
		return plain
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(name) + `"`
}

// identifier reports whether the parser reads a text as one unquoted name.
func identifier(s string) bool {
	switch strings.ToLower(s) {
	case "and", "or", "not", "mod", "if", "then", "else":
		return false
	}
	p := &parser{text: s}
	if p.next() != nil || p.token.kind != tokenName || p.token.end != len(s) {
		return false
	}
	return p.token.text == Canonical(s)
}

// How tightly operators bind, loosest first: the levels of the parser, then signs,
// powers and what needs no parentheses at all.
const (
	bindSign  = len(levels)
	bindPower = bindSign + 1
	bindValue = bindPower + 1
)

type printer struct {
	text strings.Builder
	name func(string) string
}

// binding is how tightly the outermost operator of an expression binds.
func binding(x Expression) int {
	switch x := x.(type) {
	case *Number:
		if x.Value < 0 || math.Signbit(x.Value) {
			return bindSign
		}
	case *Unary:
		return bindSign
	case *Binary:
		if x.Operator == Power {
			return bindPower
		}
		for level, operators := range levels {
			for _, o := range operators {
				if o == x.Operator {
					return level
				}
			}
		}
	case *Conditional:
		return -1
	}
	return bindValue
}

// expression writes x where only what binds at least as tightly as least may stand
// without parentheses. A conditional extends as far as it can, so it stands alone
// or in parentheses.
func (p *printer) expression(x Expression, least int) {
	b := binding(x)
	inside := b < least && !(b < 0 && least == 0)
	if inside {
		p.text.WriteByte('(')
		defer p.text.WriteByte(')')
	}
	switch x := x.(type) {
	case *Number:
		p.text.WriteString(Number64(x.Value))
	case *Reference:
		p.reference(x)
	case *Unary:
		p.text.WriteString(x.Operator.String())
		if x.Operator == Not {
			p.text.WriteByte(' ')
		}
		p.expression(x.X, bindSign)
	case *Binary:
		p.binary(x, b)
	case *Conditional:
		p.text.WriteString("IF ")
		p.expression(x.Condition, 0)
		p.text.WriteString(" THEN ")
		p.expression(x.Then, 0)
		p.text.WriteString(" ELSE ")
		p.expression(x.Else, 0)
	case *Call:
		if _, builtin := functions[x.Function]; builtin {
			p.text.WriteString(strings.ToUpper(x.Function))
		} else {
			p.text.WriteString(p.name(x.Function))
		}
		p.list("(", x.Arguments, ")")
	}
}

func (p *printer) binary(x *Binary, b int) {
	left, right := b, b+1
	if x.Operator == Power { // a sign may follow it, and it groups to the right
		left, right = bindValue, bindSign
	}
	p.expression(x.X, left)
	if x.Operator == Power {
		p.text.WriteByte('^')
	} else {
		p.text.WriteString(" " + x.Operator.String() + " ")
	}
	p.expression(x.Y, right)
}

func (p *printer) list(opening string, list []Expression, closing string) {
	p.text.WriteString(opening)
	for i, x := range list {
		if i > 0 {
			p.text.WriteString(", ")
		}
		p.expression(x, 0)
	}
	p.text.WriteString(closing)
}

func (p *printer) reference(x *Reference) {
	p.text.WriteString(p.name(x.Name))
	for i, s := range x.Subscripts {
		p.text.WriteString([]string{"[", ", "}[min(i, 1)])
		switch {
		case s.Star && s.Name != "":
			p.text.WriteString("*:" + p.name(s.Name))
		case s.Star:
			p.text.WriteString("*")
		case s.Position > 0:
			p.text.WriteString("@" + strconv.Itoa(s.Position))
		case s.Expression != nil:
			p.computed(s.Expression)
		case s.To != "":
			p.text.WriteString(p.bound(s.Name) + ":" + p.bound(s.To))
		default:
			p.text.WriteString(p.bound(s.Name))
		}
	}
	if x.Subscripts != nil {
		p.text.WriteByte(']')
	}
	if x.Transposed {
		p.text.WriteByte('\'')
	}
}

// bound is the name of an element, or its number.
func (p *printer) bound(name string) string {
	if _, ok := wholeNumber(name); ok {
		return name
	}
	return p.name(name)
}

// computed writes an index that is an expression. A name or a number alone would
// be read as that of an element, so they are put in parentheses.
func (p *printer) computed(x Expression) {
	if _, ok := x.(*Number); ok {
		p.text.WriteString("(")
		p.expression(x, 0)
		p.text.WriteString(")")
		return
	}
	if r, ok := x.(*Reference); ok && r.Subscripts == nil && !r.Transposed {
		p.text.WriteString("(")
		p.expression(x, 0)
		p.text.WriteString(" + 0)")
		return
	}
	p.expression(x, 0)
}

// Number64 writes a number so that reading gives it again; infinities as INF, and
// what is no number as 0/0.
func Number64(x float64) string {
	switch {
	case math.IsNaN(x):
		return "0/0"
	case math.IsInf(x, 1):
		return "INF"
	case math.IsInf(x, -1):
		return "-INF"
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}
