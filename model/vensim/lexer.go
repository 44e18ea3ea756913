package vensim

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"handover/model"
)

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenNumber
	tokenName    // key and display are set
	tokenText    // 'file.csv', without its quotes
	tokenKeyword // :AND:, as "and"
	tokenSymbol
)

// token is a word of the equation part of an entry; at and end are byte offsets
// in the file.
type token struct {
	kind tokenKind
	// text is the symbol, the keyword in small letters, the number as written,
	// or the text between single quotes.
	text string
	// display is a name as written, without quotes and line breaks; key the form
	// in which names are compared.
	display, key string
	value        float64
	at, end      int
}

func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "the end of the equation"
	case tokenNumber:
		return "the number " + t.text
	case tokenName:
		return strconv.Quote(t.display)
	case tokenKeyword:
		return strconv.Quote(":" + strings.ToUpper(t.text) + ":")
	}
	return strconv.Quote(t.text)
}

// syntaxError is a mistake at a byte offset of the file.
type syntaxError struct {
	at      int
	message string
}

func (e *syntaxError) Error() string { return e.message }

// lexer splits the equation part of an entry into tokens.
type lexer struct {
	data string
	at   int
}

// keywords are the words between colons.
var keywords = [...]string{"and", "or", "not", "na", "except", "interpolate", "raw", "hold backward", "look forward",
	"macro", "end of macro", "test input", "the condition", "implies"}

var symbols = [...]string{"<->", "->", ":=", "==", "<=", ">=", "<>"}

// continuation returns the length of white space at i: spaces, line breaks and
// the backslash that continues a line. Comments are not white space here.
func continuation(data string, i int) int {
	start := i
	for i < len(data) {
		c := data[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f':
			i++
			continue
		case c == '\\':
			j := i + 1
			for j < len(data) && (data[j] == ' ' || data[j] == '\t' || data[j] == '\r') {
				j++
			}
			if j < len(data) && data[j] == '\n' {
				i = j + 1
				continue
			}
		case c == 0xc2 && i+1 < len(data) && data[i+1] == 0xa0: // non-breaking space
			i += 2
			continue
		}
		break
	}
	return i - start
}

// blank skips white space and comments in braces.
func (l *lexer) blank() error {
	for {
		l.at += continuation(l.data, l.at)
		if l.at >= len(l.data) || l.data[l.at] != '{' {
			return nil
		}
		end := strings.IndexByte(l.data[l.at:], '}')
		if end < 0 {
			return &syntaxError{l.at, `the comment that starts with "{" has no "}"`}
		}
		l.at += end + 1
	}
}

// next reads one token. The "~" or "|" that ends an equation, and the end of
// the file, give tokenEnd and are not consumed.
func (l *lexer) next() (token, error) {
	if err := l.blank(); err != nil {
		return token{}, err
	}
	start := l.at
	if start >= len(l.data) || l.data[start] == '~' || l.data[start] == '|' {
		return token{kind: tokenEnd, at: start, end: start}, nil
	}
	c := l.data[start]
	switch {
	case c >= '0' && c <= '9', c == '.':
		return l.number()
	case c == '"':
		return l.quoted()
	case c == '\'':
		end := strings.IndexByte(l.data[start+1:], '\'')
		if end < 0 {
			return token{}, &syntaxError{start, "the text has no closing quote (')"}
		}
		l.at = start + end + 2
		return token{kind: tokenText, text: l.data[start+1 : l.at-1], at: start, end: l.at}, nil
	case c == ':':
		if t, ok := l.keyword(); ok {
			return t, nil
		}
	}
	for _, s := range symbols {
		if strings.HasPrefix(l.data[start:], s) {
			l.at += len(s)
			return token{kind: tokenSymbol, text: s, at: start, end: l.at}, nil
		}
	}
	if strings.IndexByte("+-*/^()[],;:<>=!", c) >= 0 {
		l.at++
		return token{kind: tokenSymbol, text: string(c), at: start, end: l.at}, nil
	}
	if r, size := utf8.DecodeRuneInString(l.data[start:]); nameRune(r, size, true) {
		return l.name(start), nil
	} else {
		return token{}, &syntaxError{start, fmt.Sprintf("found %q, which has no meaning in an equation", r)}
	}
}

// nameRune reports whether a name may hold the rune without quotes; first asks
// for its first letter.
func nameRune(r rune, size int, first bool) bool {
	switch {
	case r == utf8.RuneError && size <= 1:
		return false
	case r == '_' || r == '$' || r == '@' || r == '#' || r == '%' || r == '&' || unicode.IsLetter(r):
		return true
	case first:
		return r >= 0x80 && !unicode.IsSpace(r) && !unicode.IsControl(r)
	case r == '.' || r == '\'' || r >= '0' && r <= '9':
		return true
	}
	return r >= 0x80 && !unicode.IsSpace(r) && !unicode.IsControl(r)
}

// name reads a name without quotes, which may hold white space and be continued
// on the next line.
func (l *lexer) name(start int) token {
	end := start
	l.at = start
	for {
		for l.at < len(l.data) {
			r, size := utf8.DecodeRuneInString(l.data[l.at:])
			if !nameRune(r, size, false) {
				break
			}
			l.at += size
		}
		end = l.at
		n := continuation(l.data, l.at)
		if n == 0 || l.at+n >= len(l.data) {
			break
		}
		r, size := utf8.DecodeRuneInString(l.data[l.at+n:])
		if !nameRune(r, size, false) || r == '\'' {
			break
		}
		l.at += n
	}
	l.at = end
	display := squeeze(l.data[start:end])
	return token{kind: tokenName, display: display, key: model.Canonical(display), at: start, end: end}
}

// squeeze makes each run of white space one space.
func squeeze(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); {
		if n := continuation(raw, i); n > 0 {
			if b.Len() > 0 && i+n < len(raw) {
				b.WriteByte(' ')
			}
			i += n
			continue
		}
		b.WriteByte(raw[i])
		i++
	}
	return b.String()
}

func (l *lexer) quoted() (token, error) {
	start := l.at
	i := start + 1
	for ; i < len(l.data); i++ {
		if l.data[i] == '\\' && i+1 < len(l.data) && l.data[i+1] == '"' {
			i++
			continue
		}
		if l.data[i] == '"' {
			l.at = i + 1
			display := strings.ReplaceAll(squeeze(l.data[start+1:i]), `\"`, `"`)
			return token{kind: tokenName, display: display, key: model.Canonical(display), at: start, end: l.at}, nil
		}
	}
	return token{}, &syntaxError{start, "the quoted name has no closing quote"}
}

func (l *lexer) number() (token, error) {
	start, i := l.at, l.at
	digits := func() int {
		from := i
		for i < len(l.data) && l.data[i] >= '0' && l.data[i] <= '9' {
			i++
		}
		return i - from
	}
	n := digits()
	if i < len(l.data) && l.data[i] == '.' {
		i++
		n += digits()
	}
	if n == 0 {
		return token{}, &syntaxError{start, `found "." without digits`}
	}
	if i < len(l.data) && (l.data[i] == 'e' || l.data[i] == 'E') {
		mark := i
		i++
		if i < len(l.data) && (l.data[i] == '+' || l.data[i] == '-') {
			i++
		}
		if digits() == 0 {
			i = mark
		}
	}
	if r, size := utf8.DecodeRuneInString(l.data[i:]); i < len(l.data) && r != '\'' && nameRune(r, size, false) {
		return l.name(start), nil // an element such as 0to4
	}
	l.at = i
	text := l.data[start:i]
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return token{}, &syntaxError{start, "the number " + text + " is out of range"}
	}
	return token{kind: tokenNumber, text: text, display: text, key: model.Canonical(text), value: value, at: start, end: i}, nil
}

// keyword reads a word between colons, if there is one.
func (l *lexer) keyword() (token, bool) {
	rest := l.data[l.at+1:]
	end := strings.IndexByte(rest[:min(len(rest), 40)], ':')
	if end < 0 {
		return token{}, false
	}
	word := strings.ToLower(squeeze(strings.TrimSpace(rest[:end])))
	for _, k := range keywords {
		if word == k {
			start := l.at
			l.at += end + 2
			return token{kind: tokenKeyword, text: k, at: start, end: l.at}, true
		}
	}
	return token{}, false
}
