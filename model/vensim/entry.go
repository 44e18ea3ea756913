package vensim

import (
	"math"
	"strconv"
	"strings"

	"handover/model"
)

// keep is how a data variable is read between its points.
type keep int

const (
	keepInterpolate keep = iota // the default, and :INTERPOLATE:
	keepForward                 // :LOOK FORWARD: the next point's value
	keepBackward                // :HOLD BACKWARD: the last point's value
	keepRaw                     // :RAW: :NA: between points
)

// piece is one entry that defines a variable or some of its elements.
type piece struct {
	name       token
	subscripts []token
	except     [][]token
	keep       keep
	// form is the sign between name and body: "=", "==", ":=", "(" for a lookup,
	// "" for a data variable.
	form string
	// body is the right-hand side, from offset from to end; nil for "".
	body      model.Expression
	from, end int

	units, documentation string
	low, high            float64
	ranged               bool
	sector               string
	// wordy is set once the entry's units and documentation were read.
	wordy bool
}

// macro is a function written in Vensim's language.
type macro struct {
	name    token
	inputs  []token
	outputs []token
	pieces  []*piece
}

// scan splits the file into entries and parses each. A mistake in one entry
// does not keep the others from being read.
func (r *reader) scan() {
	l := &lexer{data: r.data}
	var open *macro
	sector := ""
	for {
		l.at += continuation(r.data, l.at)
		rest := r.data[l.at:]
		switch {
		case rest == "":
			if open != nil {
				r.fail(open.name.at, "syntax", open.name.display, "", "the macro has no :END OF MACRO:")
			}
			return
		case strings.HasPrefix(strings.TrimLeft(rest[:min(len(rest), 12)], `\`), "---///"):
			if open != nil {
				r.fail(open.name.at, "syntax", open.name.display, "", "the macro has no :END OF MACRO:")
			}
			r.settings(rest)
			return
		case rest[0] == '{':
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				r.fail(l.at, "syntax", "", "", `the comment that starts with "{" has no "}"`)
				return
			}
			if comment := rest[1:end]; strings.HasPrefix(comment, "***") {
				sector = groupName(comment)
			}
			l.at += end + 1
			continue
		case strings.HasPrefix(rest, "***"):
			end := strings.IndexByte(rest, '|')
			if end < 0 {
				end = len(rest) - 1
			}
			head, doc, _ := strings.Cut(rest[:end], "~")
			sector = groupName(head)
			if model.Canonical(sector) == model.Canonical(r.model.Name) {
				r.model.Documentation = tidy(doc)
			}
			l.at += end + 1
			continue
		case rest[0] == '|' || rest[0] == '~':
			l.at++
			continue
		}
		r.entry(l, &open, sector)
	}
}

func groupName(head string) string {
	return strings.TrimPrefix(squeeze(strings.TrimSpace(strings.ReplaceAll(head, "*", " "))), ".")
}

// entry reads one entry from its first token to its "|".
func (r *reader) entry(l *lexer, open **macro, sector string) {
	var tokens []token
	for {
		t, err := l.next()
		if err != nil {
			r.syntax(err, nil)
			l.skip()
			return
		}
		if tokens = append(tokens, t); len(tokens) > longestEntry {
			r.fail(t.at, "size", tokens[0].display, "read large tables from a file with GET DIRECT CONSTANTS", "the equation is longer than %d words", longestEntry)
			l.skip()
			return
		}
		if t.kind == tokenEnd {
			break
		}
		// The lines that open and close a macro have no "|".
		if t.kind == tokenKeyword && t.text == "end of macro" && len(tokens) == 1 {
			if *open == nil {
				r.fail(t.at, "syntax", "", "", ":END OF MACRO: without :MACRO:")
			}
			*open = nil
			return
		}
		if tokens[0].kind == tokenKeyword && tokens[0].text == "macro" && t.kind == tokenSymbol && t.text == ")" {
			m, err := (&parser{tokens: append(tokens, token{kind: tokenEnd, at: t.end, end: t.end})}).macro()
			if err != nil {
				r.syntax(err, nil)
				return
			}
			if *open != nil {
				r.fail(m.name.at, "syntax", m.name.display, "", "a macro inside the macro %q", (*open).name.display)
			}
			if other := r.macros[m.name.key]; other != nil {
				r.fail(m.name.at, "duplicate-name", m.name.display, "", "the macro is defined twice")
			}
			*open, r.macros[m.name.key] = m, m
			return
		}
	}
	parts := l.documentation()
	p := &parser{tokens: tokens}
	if tokens[0].kind == tokenEnd {
		return
	}
	if tokens[0].kind == tokenName && len(tokens) > 1 && tokens[1].kind == tokenSymbol && (tokens[1].text == ":" || tokens[1].text == "<->") {
		d, err := p.rangeEntry()
		if err != nil {
			r.syntax(err, tokens)
			return
		}
		r.ranges = append(r.ranges, d)
		return
	}
	e, err := p.piece()
	if err != nil {
		if err == errSkipped {
			r.warn(tokens[0].at, "skipped", tokens[0].display, "reality checks and test inputs are not read")
			return
		}
		r.syntax(err, tokens)
		return
	}
	e.sector = sector
	if len(parts) > 0 {
		e.wordy = strings.TrimSpace(strings.Join(parts, "")) != ""
		e.setUnits(parts[0])
	}
	if len(parts) > 1 {
		e.documentation = tidy(parts[1])
	}
	if *open != nil {
		(*open).pieces = append((*open).pieces, e)
	} else {
		r.pieces = append(r.pieces, e)
	}
}

// skip moves past the next "|" after a mistake.
func (l *lexer) skip() {
	if end := strings.IndexByte(l.data[l.at:], '|'); end >= 0 {
		l.at += end + 1
	} else {
		l.at = len(l.data)
	}
}

// documentation reads the parts after "~" up to the "|".
func (l *lexer) documentation() []string {
	rest := l.data[l.at:]
	end := strings.IndexByte(rest, '|')
	if end < 0 {
		end = len(rest)
		l.at = len(l.data)
	} else {
		l.at += end + 1
	}
	if end == 0 || rest[0] != '~' {
		return nil
	}
	return strings.SplitN(rest[1:end], "~", 3)
}

// tidy joins the continued lines of a documentation and trims its indentation.
func tidy(doc string) string {
	doc = strings.ReplaceAll(strings.ReplaceAll(doc, "\r\n", "\n"), "\\\n", "")
	lines := strings.Split(strings.TrimSpace(doc), "\n")
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(strings.TrimSpace(line), "\t", "")
	}
	return strings.Join(lines, "\n")
}

// setUnits reads "person/Month [0,100,1]".
func (e *piece) setUnits(part string) {
	units, bounds, ok := strings.Cut(part, "[")
	e.units = squeeze(strings.TrimSpace(units))
	if !ok {
		return
	}
	bounds, _, _ = strings.Cut(bounds, "]")
	limits := strings.Split(bounds, ",")
	if len(limits) < 2 {
		return
	}
	low, err := strconv.ParseFloat(strings.TrimSpace(limits[0]), 64)
	high, err2 := strconv.ParseFloat(strings.TrimSpace(limits[1]), 64)
	if err == nil && err2 == nil && !math.IsNaN(low+high) && !math.IsInf(low, 0) && !math.IsInf(high, 0) {
		e.low, e.high, e.ranged = low, high, true
	}
}

// macro reads ":MACRO: name(inputs : outputs)".
func (p *parser) macro() (*macro, error) {
	p.next()
	m := &macro{name: p.now()}
	if m.name.kind != tokenName {
		return nil, p.expected("the macro's name")
	}
	p.next()
	if err := p.take("("); err != nil {
		return nil, err
	}
	list := &m.inputs
	for !p.symbol(")") {
		if p.now().kind != tokenName {
			return nil, p.expected("the name of an input")
		}
		*list = append(*list, p.now())
		p.next()
		switch {
		case p.symbol(","):
			p.next()
		case p.symbol(":"):
			p.next()
			list = &m.outputs
		case !p.symbol(")"):
			return nil, p.expected(`"," or ")"`)
		}
	}
	return m, nil
}

func (p *parser) finished() error {
	if p.now().kind != tokenEnd {
		return p.expected(`an operator or "~"`)
	}
	return nil
}

func (p *parser) names() ([]token, error) {
	p.next()
	var list []token
	for {
		if k := p.now().kind; k != tokenName && k != tokenNumber {
			return nil, p.expected("a subscript")
		}
		list = append(list, p.now())
		p.next()
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

var errSkipped = &syntaxError{message: "skipped"}

// piece reads "name[subscripts] :EXCEPT: [...] :RAW: = body" and its kin.
func (p *parser) piece() (*piece, error) {
	e := &piece{name: p.now()}
	if e.name.kind != tokenName {
		return nil, p.expected("the name of a variable")
	}
	p.next()
	var err error
	if p.symbol("[") {
		if e.subscripts, err = p.names(); err != nil {
			return nil, err
		}
	}
	for p.now().kind == tokenKeyword {
		switch p.now().text {
		case "except":
			p.next()
			for p.symbol("[") {
				list, err := p.names()
				if err != nil {
					return nil, err
				}
				e.except = append(e.except, list)
				if p.symbol(",") {
					p.next()
				}
			}
			continue
		case "interpolate":
			e.keep = keepInterpolate
		case "look forward":
			e.keep = keepForward
		case "hold backward":
			e.keep = keepBackward
		case "raw":
			e.keep = keepRaw
		case "test input", "the condition", "implies":
			return nil, errSkipped
		default:
			return nil, p.expected(`"="`)
		}
		p.next()
	}
	if p.now().kind == tokenEnd {
		return e, nil
	}
	t := p.now()
	if t.kind != tokenSymbol {
		return nil, p.expected(`"="`)
	}
	e.form, e.from = t.text, p.ahead(1).at
	switch t.text {
	case "(":
		e.from = t.at
		if n := p.ahead(1); n.kind == tokenName { // name( GET XLS LOOKUPS(...) )
			p.next()
			if e.body, err = p.primary(); err != nil {
				return nil, err
			}
			err = p.take(")")
		} else {
			e.body, err = p.points()
		}
	case "=", "==", ":=":
		p.next()
		e.body, err = p.rightHandSide()
	default:
		return nil, p.expected(`"=", ":=", "==", "(" or ":"`)
	}
	if err != nil {
		return nil, err
	}
	e.end = p.before()
	return e, p.finished()
}

// rightHandSide reads an expression or a table of numbers.
func (p *parser) rightHandSide() (model.Expression, error) {
	if list, ok, err := p.numberList(); ok || err != nil {
		return list, err
	}
	if len(p.tokens) > longest {
		return nil, &syntaxError{p.now().at, "the equation is longer than " + strconv.Itoa(longest) + " words"}
	}
	return p.expression()
}

// numberList reads "1, 2; 3, 4;". One number alone is not a list.
func (p *parser) numberList() (model.Expression, bool, error) {
	start, separated := p.at, false
	n := &numbers{At: model.At(p.now().at)}
	for p.now().kind != tokenEnd {
		from := p.now().at
		v, err := p.signed()
		if err != nil {
			if len(n.values) > 0 && !p.symbol(")") {
				return nil, true, err
			}
			break
		}
		n.values, n.at, n.ends = append(n.values, v), append(n.at, from), append(n.ends, p.before())
		if !p.symbol(",") && !p.symbol(";") {
			break
		}
		separated = true
		p.next()
	}
	if p.now().kind == tokenEnd && separated {
		return n, true, nil
	}
	if len(n.values) > 1 {
		return nil, true, p.expected(`"," or ";" or "~"`)
	}
	p.at = start
	return nil, false, nil
}
