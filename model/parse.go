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

// ParseExpression parses the text of an equation in the language of XMILE 1.0
// section 3.3. The error is a *SyntaxError.
func ParseExpression(text string) (Expression, error) {
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
	case r >= '0' && r <= '9', r == '.':
		return p.number()
	case r == '"':
		return p.quoted()
	case nameRune(r, true):
		for p.at < len(p.text) {
			r, size := utf8.DecodeRuneInString(p.text[p.at:])
			if !nameRune(r, false) {
				break
			}
			p.at += size
		}
		p.token = token{kind: tokenName, text: Canonical(p.text[start:p.at]), offset: start, end: p.at}
		return nil
	}
	for _, symbol := range [...]string{"<>", "<=", ">="} {
		if strings.HasPrefix(p.text[start:], symbol) {
			p.at += len(symbol)
			p.token = token{kind: tokenSymbol, text: symbol, offset: start, end: p.at}
			return nil
		}
	}
	if strings.ContainsRune("+-*/^()[],<>=:!", r) {
		p.at += size
		p.token = token{kind: tokenSymbol, text: string(r), offset: start, end: p.at}
		return nil
	}
	return &SyntaxError{start, fmt.Sprintf("found %q, which has no meaning in an equation", r)}
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

func (p *parser) quoted() error {
	start := p.at
	p.at++
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case '\\':
			p.at++
		case '"':
			p.at++
			p.token = token{kind: tokenQuoted, text: Canonical(p.text[start:p.at]), offset: start, end: p.at}
			return nil
		}
		p.at++
	}
	p.at = len(p.text)
	return &SyntaxError{start, "the quoted name has no closing quote"}
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
		case "then", "else", "and", "or", "mod":
			return nil, p.expected("a value")
		}
		fallthrough
	case t.kind == tokenQuoted:
		if err := p.next(); err != nil {
			return nil, err
		}
		switch {
		case p.symbol("(") && t.kind == tokenName:
			arguments, err := p.list(")", p.expression)
			return &Call{At(t.offset), t.text, arguments}, err
		case p.symbol("["):
			subscripts, err := p.subscripts()
			return &Reference{At(t.offset), t.text, subscripts}, err
		}
		return &Reference{At(t.offset), t.text, nil}, nil
	}
	return nil, p.expected("a value")
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
		t := p.token
		s := Subscript{At: At(t.offset)}
		if p.symbol("*") {
			s.Star = true
			subscripts = append(subscripts, s)
			return nil, p.next()
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		switch e := e.(type) {
		case *Reference:
			if e.Subscripts == nil {
				s.Name = e.Name
			} else {
				s.Expression = e
			}
		case *Number:
			s.Name = Canonical(p.text[t.offset:t.end])
		default:
			s.Expression = e
		}
		subscripts = append(subscripts, s)
		return nil, nil
	})
	if err == nil && subscripts == nil {
		return nil, &SyntaxError{p.token.offset, "found [] without a subscript"}
	}
	return subscripts, err
}
