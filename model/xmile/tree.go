package xmile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"

	"handover/diagnostic"
)

// node is an XML element with the place where it starts. Only its own text is
// kept, joined; comments and processing instructions are dropped.
type node struct {
	space, name string
	attributes  []xml.Attr
	text        []byte
	// pieces says where the text stands in the file, when it is not only white
	// space.
	pieces   []textPiece
	children []*node
	position diagnostic.Position
	// vendor marks an element of another namespace than the document's.
	vendor bool
}

// textPiece is a run of text without elements or comments in it: it starts at
// the decoded offset at and was written in data[from:to].
type textPiece struct {
	at, from, to int
	position     diagnostic.Position
	cdata        bool
}

// Bounds on what is read, so that a hostile file cannot exhaust memory. Real
// models nest below twenty levels and have some twenty elements a variable.
const (
	deepest      = 100
	mostNodes    = 2_000_000
	largest      = 32 << 20
	cdataOpening = "<![CDATA["
)

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
	if len(data) > largest {
		return nil, fail(diagnostic.Position{File: file}, "the file has %d bytes; at most %d are read", len(data), largest)
	}
	var root *node
	var open []*node
	count := 0
	for {
		start, from := at(), int(d.InputOffset())
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
			if count++; count > mostNodes {
				return nil, fail(start, "the file has more than %d elements", mostNodes)
			}
			n := &node{space: t.Name.Space, name: t.Name.Local, attributes: slices.Clone(t.Attr), position: start}
			n.vendor = root != nil && n.space != "" && n.space != root.space
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
			if len(bytes.TrimSpace(t)) > 0 || len(n.pieces) > 0 {
				p := textPiece{at: len(n.text), from: from, to: int(d.InputOffset()), position: start}
				p.cdata = bytes.HasPrefix(data[p.from:p.to], []byte(cdataOpening))
				n.pieces = append(n.pieces, p)
			}
			n.text = append(n.text, t...)
		}
	}
	if root == nil {
		return nil, fail(diagnostic.Position{File: file}, "the file holds no XML element; expected <xmile>")
	}
	return root, nil
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

// child returns the first child of the name that is no vendor's, or nil.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name && !c.vendor {
			return c
		}
	}
	return nil
}

// all returns the children of the name that are no vendor's.
func (n *node) all(name string) []*node {
	var found []*node
	for _, c := range n.children {
		if c.name == name && !c.vendor {
			found = append(found, c)
		}
	}
	return found
}

// content is the node's own text without surrounding white space.
func (n *node) content() string { return string(bytes.TrimSpace(n.text)) }

// childText is the text of the first child of the name, or "".
func (n *node) childText(name string) string {
	if c := n.child(name); c != nil {
		return c.content()
	}
	return ""
}

// anyChild returns the first child of the name, a vendor's too, or nil.
func (n *node) anyChild(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}
