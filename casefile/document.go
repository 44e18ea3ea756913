package casefile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"handover/diagnostic"
)

// Bounds on a YAML file beyond its size. No case comes near them; they keep
// hostile files from costing more than a moment.
const (
	deepest     = 32      // nested lists and groups
	mostMarks   = 300_000 // line ends and punctuation that YAML may give a meaning
	mostKeys    = 1000    // keys in one group: the parser's time grows with their square
	widest      = 400     // columns of indentation
	mostPerLine = 64      // structure marks on one line

	mostItems    = 2000 // items of one list
	mostMistakes = 200  // mistakes reported for one file; the rest is not looked at
)

// document is a YAML file with the places of everything in it.
type document struct {
	file  string
	lines [][]rune
	root  ast.Node
	// positions holds where the value of each path starts, such as
	// "strategies[0].id". A path leads from the top by keys and indexes from 0.
	positions map[string]diagnostic.Position
	// scalars holds the text of each scalar as it was decoded.
	scalars map[string]string
	// spoiled holds the paths of keys that were probably meant by a misspelt one.
	spoiled map[string]bool
	list    diagnostic.List
}

// parseDocument parses a YAML file. A document without root is one that could
// not be read; its list says why.
func parseDocument(file string, data []byte) *document {
	d := &document{
		file:      file,
		positions: map[string]diagnostic.Position{},
		scalars:   map[string]string{},
		spoiled:   map[string]bool{},
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if p, ok := notText(file, data); ok {
		d.list = append(d.list, p)
		return d
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	for line := range strings.SplitSeq(text, "\n") {
		d.lines = append(d.lines, []rune(line))
	}
	if len(bytes.TrimSpace(data)) == 0 {
		d.report(diagnostic.Position{}, "empty-file", "", "the file is empty", "")
		return d
	}
	d.parse(text)
	return d
}

// parse fills the root, turning what a defect of the YAML library would throw
// into a diagnostic: the file comes from outside, so it must not end the
// program.
func (d *document) parse(text string) {
	defer func() {
		if r := recover(); r != nil {
			d.root = nil
			d.report(diagnostic.Position{}, "yaml-syntax", "", "the file cannot be read as YAML", "")
		}
	}()
	marks := 0
	for i := range len(text) {
		if strings.IndexByte("\n[]{},:-?&*!|>'\"#%", text[i]) >= 0 {
			marks++
		}
	}
	if marks > mostMarks {
		d.report(diagnostic.Position{}, "too-large", "", fmt.Sprintf("the file has %d lines and punctuation marks; at most %d are allowed", marks, mostMarks), "")
		return
	}
	tokens := lexer.Tokenize(text)
	d.guard(tokens)
	if d.list.Errors() > 0 {
		return
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			d.report(d.tokenPosition(syntax.Token), "yaml-syntax", "", "not valid YAML: "+syntax.Message, "")
		} else {
			d.report(diagnostic.Position{}, "yaml-syntax", "", "not valid YAML: "+err.Error(), "")
		}
		return
	}
	for _, doc := range f.Docs {
		if doc.Body == nil {
			continue
		}
		if _, comment := doc.Body.(*ast.CommentGroupNode); comment {
			continue
		}
		if d.root != nil {
			d.root = nil
			d.report(d.nodePosition(doc.Body), "second-document", "", "a second YAML document starts here; expected one in the file", "remove the line ---")
			return
		}
		d.root = doc.Body
	}
	if d.root == nil {
		d.report(diagnostic.Position{}, "empty-file", "", "the file holds nothing but comments", "")
	}
}

// guard refuses what could make the parser slow or deep, and the parts of YAML
// that a case does not use: anchors, aliases, tags, merges, complex keys.
func (d *document) guard(tokens token.Tokens) {
	refuse := func(t *token.Token, code, message, hint string) {
		d.report(d.tokenPosition(t), code, "", message, hint)
	}
	var (
		flow    []int // keys so far in each open flow group
		columns = map[int]int{}
		line    int
		marks   int
		deep    bool
	)
	for _, t := range tokens {
		if len(d.list) > 100 {
			return
		}
		if t.Position.Line != line {
			line, marks = t.Position.Line, 0
			if t.Position.Column > widest && len(flow) == 0 && !deep {
				deep = true
				refuse(t, "too-deep", fmt.Sprintf("indented by more than %d columns", widest), "")
			}
			for c := range columns {
				if c > t.Position.Column && len(flow) == 0 {
					delete(columns, c)
				}
			}
		}
		switch t.Type {
		case token.AnchorType, token.AliasType:
			refuse(t, "yaml-anchor", "YAML anchors (&) and aliases (*) are not allowed in a case", "write the value out, or put it in quotes when it is text")
		case token.TagType:
			refuse(t, "yaml-tag", "YAML tags (!) are not allowed in a case", "put the value in quotes when it is text")
		case token.MergeKeyType:
			refuse(t, "yaml-merge", "YAML merge keys (<<) are not allowed in a case", "write the keys out")
		case token.MappingKeyType:
			refuse(t, "yaml-key", "YAML's explicit keys (?) are not allowed in a case", "write key: value")
		case token.DirectiveType:
			refuse(t, "yaml-directive", "YAML directives (%) are not allowed in a case", "remove the line")
		case token.SequenceStartType, token.MappingStartType:
			flow = append(flow, 0)
			if len(flow) > deepest && !deep {
				deep = true
				refuse(t, "too-deep", fmt.Sprintf("lists and groups are nested more than %d deep", deepest), "")
			}
		case token.SequenceEndType, token.MappingEndType:
			if len(flow) > 0 {
				flow = flow[:len(flow)-1]
			}
		case token.SequenceEntryType:
			for c := range columns {
				if c > t.Position.Column {
					delete(columns, c)
				}
			}
			marks++
		case token.MappingValueType:
			marks++
			n := 0
			if len(flow) > 0 {
				flow[len(flow)-1]++
				n, marks = flow[len(flow)-1], 0
			} else if t.Prev != nil {
				columns[t.Prev.Position.Column]++
				n = columns[t.Prev.Position.Column]
			}
			if n == mostKeys+1 {
				refuse(t, "too-many-keys", fmt.Sprintf("a group has more than %d keys", mostKeys), "")
			}
		}
		if marks == mostPerLine+1 {
			refuse(t, "too-deep", fmt.Sprintf("more than %d nested lists and groups start on one line", mostPerLine), "")
		}
	}
}

// notText reports a file that is not UTF-8 text.
func notText(file string, data []byte) (diagnostic.Diagnostic, bool) {
	if utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 {
		return diagnostic.Diagnostic{}, false
	}
	p := diagnostic.Position{File: file, Line: 1}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == 0 || r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			p.Line++
		}
		i += n
	}
	return diagnostic.Diagnostic{
		Position: p, Code: "not-text", Message: "the file is not UTF-8 text", Hint: "save it as UTF-8",
	}, true
}

func (d *document) report(p diagnostic.Position, code, subject, message, hint string) {
	p.File = d.file
	d.list = append(d.list, diagnostic.Diagnostic{Position: p, Code: code, Subject: subject, Message: message, Hint: hint})
}

func (d *document) tokenPosition(t *token.Token) diagnostic.Position {
	p := diagnostic.Position{File: d.file}
	if t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	return p
}

// nodePosition is where a node starts: for a group, its first key.
func (d *document) nodePosition(n ast.Node) diagnostic.Position {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return d.nodePosition(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return d.nodePosition(n.Key)
	}
	return d.tokenPosition(n.GetToken())
}

// at is where the value of a path starts, or of the nearest path above it that
// is in the file.
func (d *document) at(path string) diagnostic.Position {
	for {
		if p, ok := d.positions[path]; ok {
			return p
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return diagnostic.Position{File: d.file}
		}
		path = path[:cut]
	}
}

// start is where the text of a scalar starts: after an opening quote, or on the
// line after the mark of a block.
func (d *document) start(path string) diagnostic.Position { return d.inside(path, 0) }

// inside is where byte offset of a scalar's text stands in the file. It walks
// the decoded text along the file's text, which has quotes, escapes and folded
// lines that the decoded text lacks.
func (d *document) inside(path string, offset int) diagnostic.Position {
	p := d.at(path)
	text, ok := d.scalars[path]
	if !ok || p.Line < 1 || p.Line > len(d.lines) {
		return p
	}
	line, column := p.Line-1, p.Column-1
	more := func() bool { return line < len(d.lines) }
	peek := func() rune {
		if column < len(d.lines[line]) {
			return d.lines[line][column]
		}
		return '\n'
	}
	next := func() {
		if column < len(d.lines[line]) {
			column++
		} else {
			line, column = line+1, 0
		}
	}
	blank := func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }
	quote := rune(0)
	switch r := peek(); r {
	case '"', '\'':
		quote = r
		next()
	case '|', '>':
		line, column = line+1, 0
	}
	skip := func() {
		for more() && blank(peek()) {
			next()
		}
	}
	runes := []rune(text[:min(max(offset, 0), len(text))])
	for i := 0; i < len(runes) && more(); {
		switch r := peek(); {
		case blank(runes[i]):
			for i < len(runes) && blank(runes[i]) {
				i++
			}
			skip()
		case blank(r):
			skip()
		case r == '\\' && quote == '"', r == '\'' && quote == '\'':
			next()
			if more() {
				next()
			}
			i++
		default:
			next()
			i++
		}
	}
	if offset < len(text) && !blank(rune(text[max(offset, 0)])) {
		skip()
	}
	if !more() {
		return p
	}
	p.Line, p.Column = line+1, column+1
	return p
}

// ok reports whether a path was decoded without a mistake in it, below it or
// above it.
func (d *document) ok(path string) bool {
	for _, x := range d.list {
		if x.Subject != "" && (within(x.Subject, path) || within(path, x.Subject)) {
			return false
		}
	}
	for spoiled := range d.spoiled {
		if within(spoiled, path) {
			return false
		}
	}
	return true
}

// within reports whether one path is another or lies below it.
func within(path, above string) bool {
	rest, under := strings.CutPrefix(path, above)
	return under && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
