package xmile

import (
	"bytes"
	"unicode/utf8"

	"handover/diagnostic"
	"handover/model"
)

// places finds where the content of a node stands in the file: the place of its
// first character, and those of the characters behind something that the file
// spells with more bytes than the text has, such as &lt; or a comment.
func (r *reader) places(n *node) (diagnostic.Position, []model.Place) {
	lead := len(n.text) - len(bytes.TrimLeft(n.text, " \t\r\n"))
	end := lead + len(n.content())
	var places []model.Place
	add := func(at int, p diagnostic.Position) {
		if at -= lead; at >= 0 && at < end-lead {
			places = append(places, model.Place{Offset: at, Position: p})
		}
	}
	for _, piece := range n.pieces {
		p := piece.position
		raw := r.data[piece.from:piece.to]
		if piece.cdata {
			p.Column += len(cdataOpening)
			raw = bytes.TrimSuffix(raw[len(cdataOpening):], []byte("]]>"))
		}
		at := piece.at
		fresh := true
		for i := 0; i < len(raw); {
			if fresh || at == lead {
				add(at, p)
				fresh = false
			}
			switch c := raw[i]; {
			case c == '\n':
				p.Line++
				p.Column = 1
				i++
				at++
			case c == '\r': // read as a line feed, with the one behind it
				i++
				if i >= len(raw) || raw[i] != '\n' {
					at++
				}
			case c == '&' && !piece.cdata:
				length := bytes.IndexByte(raw[i:], ';') + 1
				if length <= 0 {
					length = 1
				}
				i += length
				p.Column += length
				_, width := utf8.DecodeRune(n.text[min(at, len(n.text)):])
				at += width
				fresh = true
			default:
				i++
				at++
				p.Column++
			}
		}
	}
	if len(places) == 0 {
		return n.position, nil
	}
	first := places[0].Position
	if places[0].Offset == 0 {
		places = places[1:]
	}
	return first, places
}
