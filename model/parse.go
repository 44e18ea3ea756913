package model

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError is a mistake in the text of an equation.
type SyntaxError struct {
	// Offset is the byte offset in the text.
	Offset int
	// Message says what was found and what was expected.
	Message string
}

// Error implements error.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("character %d: %s", e.Offset+1, e.Message)
}

// deepest bounds how deep parentheses and operators may nest, so that hostile
// text cannot exhaust the stack.
const deepest = 400

// longest bounds the text of an equation in bytes: a long sum is a deep tree, which
// everything that works on it descends.
const longest = 1 << 18

// ParseExpression parses the text of an equation in the language of XMILE 1.0
// section 3.3. The error is a *SyntaxError.
func ParseExpression(text string) (Expression, error) {
	if len(text) > longest {
		return nil, &SyntaxError{0, fmt.Sprintf("the equation has %d bytes; at most %d are read", len(text), longest)}
	}
	p := &parser{text: text}
	e, err := p.all()
	if err != nil {
		return nil, err
	}
	return e, nil
}

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenNumber
	tokenName   // canonical name in token.text
	tokenQuoted // the same, written in quotes: never a keyword
	tokenSymbol
)

type token struct {
	kind   tokenKind
	text   string
	value  float64
	offset int
	end    int
}

func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "the end of the equation"
	case tokenNumber:
		return fmt.Sprintf("the number %s", t.text)
	default:
		return strconv.Quote(t.text)
	}
}

type parser struct {
	text  string
	at    int
	token token
	depth int
}

func (p *parser) all() (Expression, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.token.kind == tokenEnd {
		return nil, &SyntaxError{0, "the equation is empty; expected an expression"}
	}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.token.kind != tokenEnd {
		return nil, p.expected("an operator or the end of the equation")
	}
	return e, nil
}

func (p *parser) expected(what string) error {
	return &SyntaxError{p.token.offset, fmt.Sprintf("found %s, expected %s", p.token.describe(), what)}
}

// next reads one token. Comments in braces and white space are skipped.
func (p *parser) next() error {
	for p.at < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		if r == '{' {
			end := strings.IndexByte(p.text[p.at:], '}')
			if end < 0 {
				return &SyntaxError{p.at, `the comment that starts with "{" has no "}"`}
			}
			p.at += end + 1
			continue
		}
		if !unicode.IsSpace(r) || r == '\u00a0' {
			break
		}
		p.at += size
	}
	start := p.at
	if start >= len(p.text) {
		p.token = token{kind: tokenEnd, offset: start, end: start}
		return nil
	}
	r, size := utf8.DecodeRuneInString(p.text[start:])
	switch {
	case r == utf8.RuneError && size <= 1:
		return &SyntaxError{start, "the text is not valid UTF-8"}
	case r == '"', nameRune(r, true), r == '.' && p.namePart(start+1):
		return p.name()
	case r >= '0' && r <= '9', r == '.':
		return p.number()
	}
	for _, symbol := range [...]string{"<>", "<=", ">="} {
		if strings.HasPrefix(p.text[start:], symbol) {
			p.at += len(symbol)
			p.token = token{kind: tokenSymbol, text: symbol, offset: start, end: p.at}
			return nil
		}
	}
	if strings.ContainsRune("+-*/^()[],<>=:!'@", r) {
		p.at += size
		p.token = token{kind: tokenSymbol, text: string(r), offset: start, end: p.at}
		return nil
	}
	return &SyntaxError{start, fmt.Sprintf("found %q, which has no meaning in an equation", r)}
}

// namePart reports whether a part of a name starts at the byte offset.
func (p *parser) namePart(at int) bool {
	r, _ := utf8.DecodeRuneInString(p.text[at:])
	return r == '"' || r != utf8.RuneError && nameRune(r, true)
}

// name reads a name, plain or quoted, with the modules that qualify it before
// points: a.b, "a b".c and .c, the last of which belongs to the outermost model.
func (p *parser) name() error {
	start := p.at
	kind, text := tokenName, ""
	for {
		if p.text[p.at] == '"' {
			part, err := p.quoted()
			if err != nil {
				return err
			}
			kind, text = tokenQuoted, text+part
		} else {
			from := p.at
			p.bare()
			text += Canonical(p.text[from:p.at])
		}
		last := p.text[p.at-1] == '.'
		switch {
		case last && p.at < len(p.text) && p.text[p.at] == '"':
		case !last && p.at < len(p.text) && p.text[p.at] == '.' && p.namePart(p.at+1):
			p.at++
			text += "."
		default:
			p.token = token{kind: kind, text: text, offset: start, end: p.at}
			return nil
		}
	}
}

// bare moves past the characters that need no quotes. An apostrophe at the end
// transposes; inside it is part of the name.
func (p *parser) bare() {
	for p.at < len(p.text) {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		if !nameRune(r, false) {
			break
		}
		p.at += size
	}
	for p.text[p.at-1] == '\'' {
		p.at--
	}
}

func nameRune(r rune, first bool) bool {
	switch {
	case r == '_', r == '$', r == '\u00a0', unicode.IsLetter(r):
		return true
	case first:
		return false
	default:
		return r == '.' || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\''
	}
}

func (p *parser) number() error {
	start := p.at
	digits := func() int {
		n := 0
		for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
			p.at++
			n++
		}
		return n
	}
	n := digits()
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		n += digits()
	}
	if n == 0 {
		return &SyntaxError{start, `found "." without digits`}
	}
	if p.at < len(p.text) && (p.text[p.at] == 'e' || p.text[p.at] == 'E') {
		mark := p.at
		p.at++
		if p.at < len(p.text) && (p.text[p.at] == '+' || p.text[p.at] == '-') {
			p.at++
		}
		if digits() == 0 {
			p.at = mark
		}
	}
	text := p.text[start:p.at]
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return &SyntaxError{start, fmt.Sprintf("the number %s is out of range", text)}
	}
	p.token = token{kind: tokenNumber, text: text, value: value, offset: start, end: p.at}
	return nil
}

// quoted reads a quoted part of a name and returns it in canonical form.
func (p *parser) quoted() (string, error) {
	start := p.at
	p.at++
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case '\\':
			p.at++
		case '"':
			p.at++
			return Canonical(p.text[start:p.at]), nil
		}
		p.at++
	}
	p.at = len(p.text)
	return "", &SyntaxError{start, "the quoted name has no closing quote"}
}

func (p *parser) symbol(s string) bool { return p.token.kind == tokenSymbol && p.token.text == s }

func (p *parser) keyword(s string) bool { return p.token.kind == tokenName && p.token.text == s }

func (p *parser) enter() error {
	if p.depth++; p.depth > deepest {
		return &SyntaxError{p.token.offset, fmt.Sprintf("the equation nests deeper than %d levels", deepest)}
	}
	return nil
}

func (p *parser) expression() (Expression, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	return p.binary(0)
}

// levels lists the binary operators by rising precedence (XMILE 1.0 section
// 3.3.1); power stands apart because it binds tighter than a sign on its left.
var levels = [...]map[string]Operator{
	{"or": Or},
	{"and": And},
	{"=": Equal, "<>": NotEqual},
	{"<": Less, "<=": LessEqual, ">": Greater, ">=": GreaterEqual},
	{"+": Plus, "-": Minus},
	{"*": Times, "/": Divide, "mod": Modulo},
}

func (p *parser) operator(level int) (Operator, bool) {
	if p.token.kind != tokenSymbol && p.token.kind != tokenName {
		return 0, false
	}
	o, ok := levels[level][p.token.text]
	return o, ok
}

func (p *parser) binary(level int) (Expression, error) {
	if level == len(levels) {
		return p.unary()
	}
	x, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	for {
		o, ok := p.operator(level)
		if !ok {
			return x, nil
		}
		at := At(p.token.offset)
		if err := p.next(); err != nil {
			return nil, err
		}
		y, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		x = &Binary{at, o, x, y}
	}
}

func (p *parser) unary() (Expression, error) {
	var o Operator
	switch {
	case p.symbol("-"):
		o = Minus
	case p.symbol("+"):
		o = Plus
	case p.keyword("not"):
		o = Not
	default:
		return p.power()
	}
	at := At(p.token.offset)
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if err := p.next(); err != nil {
		return nil, err
	}
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	if n, ok := x.(*Number); ok && o == Minus {
		return &Number{at, -n.Value}, nil
	}
	return &Unary{at, o, x}, nil
}

func (p *parser) power() (Expression, error) {
	x, err := p.primary()
	if err != nil {
		return nil, err
	}
	if !p.symbol("^") {
		return x, nil
	}
	at := At(p.token.offset)
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if err := p.next(); err != nil {
		return nil, err
	}
	y, err := p.unary()
	if err != nil {
		return nil, err
	}
	return &Binary{at, Power, x, y}, nil
}

func (p *parser) primary() (Expression, error) {
	t := p.token
	switch {
	case t.kind == tokenNumber:
		return &Number{At(t.offset), t.value}, p.next()
	case p.symbol("("):
		if err := p.next(); err != nil {
			return nil, err
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		if !p.symbol(")") {
			return nil, p.expected(`")"`)
		}
		return e, p.next()
	case p.keyword("if"):
		return p.conditional()
	case t.kind == tokenName:
		switch t.text {
		case "then", "else", "and", "or":
			return nil, p.expected("a value")
		}
		fallthrough
	case t.kind == tokenQuoted:
		if err := p.next(); err != nil {
			return nil, err
		}
		switch {
		case p.symbol("("):
			arguments, err := p.list(")", p.expression)
			return &Call{At(t.offset), t.text, arguments}, err
		case p.symbol("["):
			subscripts, err := p.subscripts()
			if err != nil {
				return nil, err
			}
			if p.symbol("[") {
				return nil, &SyntaxError{p.token.offset, "a second pair of brackets, for a batch inside an arrayed conveyor or queue, is not supported; SUM, MAX and their like are"}
			}
			if r := (&Reference{At: At(t.offset), Name: t.text, Subscripts: subscripts}); !p.symbol("(") {
				return p.transposed(r)
			} else { // an arrayed graphical function
				arguments, err := p.list(")", p.expression)
				return &Call{At(t.offset), "lookup", append([]Expression{r}, arguments...)}, err
			}
		}
		return p.transposed(&Reference{At: At(t.offset), Name: t.text})
	}
	return nil, p.expected("a value")
}

// transposed reads the apostrophes behind a reference.
func (p *parser) transposed(r *Reference) (Expression, error) {
	for p.symbol("'") {
		r.Transposed = !r.Transposed
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (p *parser) conditional() (Expression, error) {
	at := At(p.token.offset)
	if err := p.next(); err != nil {
		return nil, err
	}
	condition, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.keyword("then") {
		return nil, p.expected("THEN")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	then, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.keyword("else") {
		return nil, p.expected("ELSE")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	otherwise, err := p.expression()
	if err != nil {
		return nil, err
	}
	return &Conditional{at, condition, then, otherwise}, nil
}

// list reads "( item, item )" from the opening bracket on.
func (p *parser) list(closing string, item func() (Expression, error)) ([]Expression, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	var items []Expression
	if p.symbol(closing) {
		return nil, p.next()
	}
	for {
		e, err := item()
		if err != nil {
			return nil, err
		}
		items = append(items, e)
		if p.symbol(closing) {
			return items, p.next()
		}
		if !p.symbol(",") {
			return nil, p.expected(fmt.Sprintf(`"," or %q`, closing))
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) subscripts() ([]Subscript, error) {
	var subscripts []Subscript
	_, err := p.list("]", func() (Expression, error) {
		s, err := p.subscript()
		subscripts = append(subscripts, s)
		return nil, err
	})
	if err == nil && subscripts == nil {
		return nil, &SyntaxError{p.token.offset, "found [] without a subscript"}
	}
	return subscripts, err
}

// subscript reads one of *, *:subrange, @position, first:last, or an expression.
func (p *parser) subscript() (Subscript, error) {
	t := p.token
	s := Subscript{At: At(t.offset)}
	switch {
	case p.symbol("*"):
		s.Star = true
		if err := p.next(); err != nil || !p.symbol(":") {
			return s, err
		}
		name, err := p.bound()
		s.Name = name
		return s, err
	case p.symbol("@"):
		if err := p.next(); err != nil {
			return s, err
		}
		n, ok := wholeNumber(p.token.text)
		if p.token.kind != tokenNumber || !ok || n < 1 {
			return s, p.expected("the number of a dimension, from 1")
		}
		s.Position = n
		return s, p.next()
	}
	e, err := p.expression()
	if err != nil {
		return s, err
	}
	switch e := e.(type) {
	case *Reference:
		if e.Subscripts == nil && !e.Transposed {
			s.Name = e.Name
		} else {
			s.Expression = e
		}
	case *Number:
		if t.kind == tokenNumber {
			s.Name = Canonical(p.text[t.offset:t.end])
		} else {
			s.Expression = e
		}
	default:
		s.Expression = e
	}
	if s.Name != "" && p.symbol(":") {
		s.To, err = p.bound()
	}
	return s, err
}

// bound reads the name or number behind the colon of a range.
func (p *parser) bound() (string, error) {
	if err := p.next(); err != nil {
		return "", err
	}
	t := p.token
	if t.kind != tokenName && t.kind != tokenQuoted && t.kind != tokenNumber {
		return "", p.expected("the name or number of an element")
	}
	return Canonical(p.text[t.offset:t.end]), p.next()
}
