package xmile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"handover/diagnostic"
)

// node is an XML element with the place where it starts. Only its own text is
// kept, joined; comments and processing instructions are dropped.
type node struct {
	space, name string
	attributes  []xml.Attr
	text        string
	// textAt is where the first text that is not white space starts.
	textAt   diagnostic.Position
	children []*node
	position diagnostic.Position
}

// deepest bounds how deep elements may nest; real models stay below twenty.
const deepest = 100

// parseTree reads a whole XML document. Entities other than XML's own five and
// character references are errors, so that a document cannot grow while read.
func parseTree(file string, data []byte) (*node, *diagnostic.Diagnostic) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = true
	at := func() diagnostic.Position {
		line, column := d.InputPos()
		return diagnostic.Position{File: file, Line: line, Column: column}
	}
	fail := func(p diagnostic.Position, format string, arguments ...any) *diagnostic.Diagnostic {
		return &diagnostic.Diagnostic{Position: p, Code: "xml", Message: fmt.Sprintf(format, arguments...)}
	}
	var root *node
	var open []*node
	for {
		start := at()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fail(diagnostic.Position{File: file, Line: syntax.Line}, "this is not well-formed XML: %s", syntax.Msg)
		}
		if err != nil {
			return nil, fail(start, "this cannot be read as XML: %v", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(open) >= deepest {
				return nil, fail(start, "elements nest deeper than %d levels", deepest)
			}
			n := &node{space: t.Name.Space, name: t.Name.Local, attributes: t.Attr, position: start}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.children = append(parent.children, n)
			} else if root == nil {
				root = n
			} else {
				return nil, fail(start, "a second root element <%s>", t.Name.Local)
			}
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 {
				continue
			}
			n := open[len(open)-1]
			if n.textAt.Line == 0 {
				n.textAt = skipSpace(start, t)
			}
			n.text += string(t)
		}
	}
	if root == nil {
		return nil, fail(diagnostic.Position{File: file}, "the file holds no XML element; expected <xmile>")
	}
	return root, nil
}

// skipSpace moves a position past leading white space; the zero position when
// the text holds nothing else.
func skipSpace(p diagnostic.Position, text []byte) diagnostic.Position {
	for _, c := range text {
		switch c {
		case '\n':
			p.Line++
			p.Column = 1
		case ' ', '\t', '\r':
			p.Column++
		default:
			return p
		}
	}
	return diagnostic.Position{}
}

// attribute returns an attribute by local name, whatever its namespace.
func (n *node) attribute(name string) (string, bool) {
	for _, a := range n.attributes {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// child returns the first child of the name, or nil.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// all returns the children of the name.
func (n *node) all(name string) []*node {
	var found []*node
	for _, c := range n.children {
		if c.name == name {
			found = append(found, c)
		}
	}
	return found
}

// content is the node's own text without surrounding white space.
func (n *node) content() string { return strings.TrimSpace(n.text) }

// childText is the text of the first child of the name, or "".
func (n *node) childText(name string) string {
	if c := n.child(name); c != nil {
		return c.content()
	}
	return ""
}
