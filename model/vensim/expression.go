package vensim

import (
	"fmt"

	"handover/model"
)

// The parser builds a tree of the model's expression nodes whose offsets are
// places in the file, with these nodes for what only Vensim has.

// apply is name[subscripts](arguments: outputs): a builtin, a macro or a lookup.
type apply struct {
	model.At
	name       token
	subscripts []model.Subscript
	arguments  []model.Expression
	// spans holds the start and end of each argument in the file.
	spans [][2]int
	// outputs are the names that receive a macro's further results.
	outputs []token
}

// text is 'file.csv'.
type text struct {
	model.At
	value string
}

// points is a lookup written out.
type points struct {
	model.At
	x, y []float64
}

// numbers is TABBED ARRAY(...) or a list of numbers, in row-major order.
type numbers struct {
	model.At
	values []float64
	at     []int
	ends   []int
}

// missing is :NA:, the number by which Vensim marks a missing value (-2^109).
const missing = -649037107316853453566312041152512.0

// deepest bounds the nesting, and longest the number of tokens, of one
// expression, so that hostile text cannot exhaust the stack; longestEntry bounds
// the tokens of a table.
const (
	deepest      = 400
	longest      = 100_000
	longestEntry = 1_000_000
)

// parser reads the tokens of one entry.
type parser struct {
	tokens []token
	at     int
	depth  int
}

func (p *parser) now() token { return p.tokens[p.at] }

func (p *parser) ahead(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) next() {
	if p.at < len(p.tokens)-1 {
		p.at++
	}
}

// before is where the last token read ends.
func (p *parser) before() int { return p.tokens[max(p.at-1, 0)].end }

func (p *parser) symbol(s string) bool { return p.now().kind == tokenSymbol && p.now().text == s }

func (p *parser) keyword(s string) bool { return p.now().kind == tokenKeyword && p.now().text == s }

func (p *parser) expected(what string) error {
	return &syntaxError{p.now().at, fmt.Sprintf("found %s, expected %s", p.now().describe(), what)}
}

func (p *parser) take(s string) error {
	if !p.symbol(s) {
		return p.expected(fmt.Sprintf("%q", s))
	}
	p.next()
	return nil
}

func (p *parser) enter() error {
	if p.depth++; p.depth > deepest {
		return &syntaxError{p.now().at, fmt.Sprintf("the equation nests deeper than %d levels", deepest)}
	}
	return nil
}

func (p *parser) expression() (model.Expression, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	return p.binary(0)
}

// The levels of binary operators by rising precedence; :NOT: stands between
// :AND: and the comparisons, signs between products and powers.
const (
	levelOr = iota
	levelAnd
	levelNot
	levelCompare
	levelSum
	levelProduct
	levelSign
)

var operators = [...]map[string]model.Operator{
	levelOr:      {"or": model.Or},
	levelAnd:     {"and": model.And},
	levelCompare: {"=": model.Equal, "<>": model.NotEqual, "<": model.Less, "<=": model.LessEqual, ">": model.Greater, ">=": model.GreaterEqual},
	levelSum:     {"+": model.Plus, "-": model.Minus},
	levelProduct: {"*": model.Times, "/": model.Divide},
}

func (p *parser) binary(level int) (model.Expression, error) {
	switch level {
	case levelNot:
		if !p.keyword("not") {
			return p.binary(level + 1)
		}
		at := model.At(p.now().at)
		if err := p.enter(); err != nil {
			return nil, err
		}
		defer func() { p.depth-- }()
		p.next()
		x, err := p.binary(levelNot)
		if err != nil {
			return nil, err
		}
		return &model.Unary{At: at, Operator: model.Not, X: x}, nil
	case levelSign:
		return p.sign()
	}
	x, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	for {
		t := p.now()
		o, ok := operators[level][t.text]
		if !ok || t.kind != tokenSymbol && t.kind != tokenKeyword {
			return x, nil
		}
		p.next()
		y, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		x = &model.Binary{At: model.At(t.at), Operator: o, X: x, Y: y}
	}
}

func (p *parser) sign() (model.Expression, error) {
	if !p.symbol("-") && !p.symbol("+") {
		return p.power()
	}
	t := p.now()
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.next()
	x, err := p.sign()
	if err != nil {
		return nil, err
	}
	if n, ok := x.(*model.Number); ok {
		if t.text == "-" {
			return &model.Number{At: model.At(t.at), Value: -n.Value}, nil
		}
		return &model.Number{At: model.At(t.at), Value: n.Value}, nil
	}
	if t.text == "+" {
		return x, nil
	}
	return &model.Unary{At: model.At(t.at), Operator: model.Minus, X: x}, nil
}

func (p *parser) power() (model.Expression, error) {
	x, err := p.primary()
	if err != nil || !p.symbol("^") {
		return x, err
	}
	t := p.now()
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.next()
	y, err := p.sign()
	if err != nil {
		return nil, err
	}
	return &model.Binary{At: model.At(t.at), Operator: model.Power, X: x, Y: y}, nil
}

func (p *parser) primary() (model.Expression, error) {
	t := p.now()
	at := model.At(t.at)
	switch {
	case t.kind == tokenNumber:
		p.next()
		return &model.Number{At: at, Value: t.value}, nil
	case t.kind == tokenText:
		p.next()
		return &text{at, t.text}, nil
	case p.keyword("na"):
		p.next()
		return &model.Number{At: at, Value: missing}, nil
	case p.symbol("("):
		if p.startsPoints() {
			return p.points()
		}
		p.next()
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		return x, p.take(")")
	case t.kind == tokenName:
		p.next()
		var subscripts []model.Subscript
		var err error
		if p.symbol("[") {
			if subscripts, err = p.subscripts(); err != nil {
				return nil, err
			}
		}
		if !p.symbol("(") {
			return &model.Reference{At: at, Name: t.key, Subscripts: subscripts}, nil
		}
		if t.key == "tabbed_array" {
			return p.tabbed(at)
		}
		return p.call(&apply{At: at, name: t, subscripts: subscripts})
	}
	return nil, p.expected("a value")
}

// startsPoints looks for "([" or "((number,", which cannot start an expression
// in brackets.
func (p *parser) startsPoints() bool {
	a := p.ahead(1)
	if a.kind == tokenSymbol && a.text == "[" {
		return true
	}
	if a.kind != tokenSymbol || a.text != "(" {
		return false
	}
	i := 2
	for p.ahead(i).kind == tokenSymbol && (p.ahead(i).text == "-" || p.ahead(i).text == "+") {
		i++
	}
	comma := p.ahead(i + 1)
	return p.ahead(i).kind == tokenNumber && comma.kind == tokenSymbol && comma.text == ","
}

// call reads the arguments of a call from the opening bracket on.
func (p *parser) call(a *apply) (model.Expression, error) {
	p.next()
	for !p.symbol(")") {
		if len(a.arguments) > 0 {
			if p.symbol(":") {
				p.next()
				for {
					if p.now().kind != tokenName {
						return nil, p.expected("the name of an output of the macro")
					}
					a.outputs = append(a.outputs, p.now())
					p.next()
					if !p.symbol(",") {
						break
					}
					p.next()
				}
				break
			}
			if !p.symbol(",") {
				return nil, p.expected(`"," or ")"`)
			}
			p.next()
		}
		from := p.now().at
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		a.arguments = append(a.arguments, x)
		a.spans = append(a.spans, [2]int{from, p.before()})
	}
	return a, p.take(")")
}

// subscripts reads "[a, b!, c]".
func (p *parser) subscripts() ([]model.Subscript, error) {
	p.next()
	var list []model.Subscript
	for {
		t := p.now()
		if t.kind != tokenName && t.kind != tokenNumber {
			return nil, p.expected("a subscript")
		}
		p.next()
		s := model.Subscript{At: model.At(t.at), Name: t.key}
		if p.symbol("!") {
			s.Star = true
			p.next()
		}
		list = append(list, s)
		if p.symbol("]") {
			p.next()
			return list, nil
		}
		if !p.symbol(",") {
			return nil, p.expected(`"," or "]"`)
		}
		p.next()
	}
}

// signed reads a number with its sign, or :NA:.
func (p *parser) signed() (float64, error) {
	sign := 1.0
	for p.symbol("-") || p.symbol("+") {
		if p.symbol("-") {
			sign = -sign
		}
		p.next()
	}
	if p.keyword("na") {
		p.next()
		return missing, nil
	}
	if p.now().kind != tokenNumber {
		return 0, p.expected("a number")
	}
	v := sign * p.now().value
	p.next()
	return v, nil
}

func (p *parser) tabbed(at model.At) (model.Expression, error) {
	n := &numbers{At: at}
	p.next()
	for !p.symbol(")") {
		from := p.now().at
		v, err := p.signed()
		if err != nil {
			return nil, err
		}
		n.values, n.at, n.ends = append(n.values, v), append(n.at, from), append(n.ends, p.before())
	}
	p.next()
	return n, nil
}

// points reads a lookup from its opening bracket on: an optional range in
// square brackets, then pairs; or, in the older form, all x and then all y.
func (p *parser) points() (model.Expression, error) {
	g := &points{At: model.At(p.now().at)}
	p.next()
	if p.symbol("[") {
		for !p.symbol("]") {
			if p.now().kind == tokenEnd {
				return nil, p.expected(`"]"`)
			}
			p.next()
		}
		p.next()
		if p.symbol(",") {
			p.next()
		}
	}
	var plain []float64
	for !p.symbol(")") {
		if p.symbol("(") {
			p.next()
			x, err := p.signed()
			if err != nil {
				return nil, err
			}
			if err := p.take(","); err != nil {
				return nil, err
			}
			y, err := p.signed()
			if err != nil {
				return nil, err
			}
			if err := p.take(")"); err != nil {
				return nil, err
			}
			g.x, g.y = append(g.x, x), append(g.y, y)
		} else {
			v, err := p.signed()
			if err != nil {
				return nil, err
			}
			plain = append(plain, v)
		}
		if p.symbol(",") {
			p.next()
		} else if !p.symbol(")") {
			return nil, p.expected(`"," or ")"`)
		}
	}
	p.next()
	if len(plain)%2 != 0 || len(plain) > 0 && len(g.x) > 0 {
		return nil, &syntaxError{int(g.At), "the lookup mixes pairs and single numbers, or has an odd count of numbers; expected (x, y), (x, y), ..."}
	}
	if n := len(plain) / 2; n > 0 {
		g.x, g.y = plain[:n], plain[n:]
	}
	if len(g.x) == 0 {
		return nil, &syntaxError{int(g.At), "the lookup has no points"}
	}
	return g, nil
}
