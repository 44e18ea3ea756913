package main

import (
	"strings"
	"unicode/utf8"
)

// grid is a table of text. Each row has a label and one cell a column; labels
// and cells may hold several lines. It is laid out in blocks of as many
// columns as the width holds, so that no line is wider than the page.
type grid struct {
	// corner stands above the labels, heads above the columns.
	corner string
	heads  []string
	rows   []gridRow
	// words are the columns whose cells are words, which stand to the left; figures
	// stand to the right.
	words []int
}

// gridRow is one row of a grid.
type gridRow struct {
	label string
	cells []string
}

// Layout of a grid, in columns of text.
const (
	gridGap       = 2
	widestLabel   = 40 // labels wider than this are wrapped
	usualLabel    = 32 // where not all columns fit side by side anyway
	narrowLabel   = 22 // as far as a label is wrapped to make them fit
	narrowestCell = 8
)

// lay writes the grid at most width wide.
func (g *grid) lay(width int) string {
	label := columnsOf(g.corner)
	for _, r := range g.rows {
		label = max(label, columnsOf(r.label))
	}
	widths := make([]int, len(g.heads))
	for i, h := range g.heads {
		widths[i] = max(columnsOf(h), narrowestCell)
		for _, r := range g.rows {
			widths[i] = max(widths[i], columnsOf(r.cells[i]))
		}
	}
	all := 0
	for _, w := range widths {
		all += gridGap + w
	}
	if room := width - all; room >= narrowLabel {
		label = min(label, widestLabel, room)
	} else {
		label = min(label, usualLabel)
	}
	// As few blocks as possible, and then as even as possible.
	blocks := fill(widths, width-label, len(widths))
	for most := (len(widths) + blocks - 1) / max(blocks, 1); most <= len(widths); most++ {
		if fill(widths, width-label, most) == blocks {
			return g.layBlocks(label, widths, width, most)
		}
	}
	return ""
}

// fill counts the blocks that columns make when each is as wide as it may be
// and has at most so many columns.
func fill(widths []int, width, most int) int {
	blocks := 0
	for from := 0; from < len(widths); from = blockEnd(widths, from, width, most) {
		blocks++
	}
	return blocks
}

// blockEnd finds the column after the last one of the block that starts at
// from. A block has at least one column.
func blockEnd(widths []int, from, width, most int) int {
	to, used := from, 0
	for to < len(widths) && to-from < most && (to == from || used+gridGap+widths[to] <= width) {
		used += gridGap + widths[to]
		to++
	}
	return to
}

// layBlocks writes the blocks one below the other.
func (g *grid) layBlocks(label int, widths []int, width, most int) string {
	var b strings.Builder
	for from := 0; from < len(widths); {
		to, used := blockEnd(widths, from, width-label, most), label
		for _, w := range widths[from:to] {
			used += gridGap + w
		}
		if from > 0 {
			b.WriteByte('\n')
		}
		layRow(&b, label, wrap(g.corner, label), widths[from:to], g.heads[from:to], g.left(from, to))
		b.WriteString(strings.Repeat("-", used) + "\n")
		for _, r := range g.rows {
			layRow(&b, label, wrap(r.label, label), widths[from:to], r.cells[from:to], g.left(from, to))
		}
		from = to
	}
	return b.String()
}

// left says which of some columns hold words.
func (g *grid) left(from, to int) []bool {
	out := make([]bool, to-from)
	for _, w := range g.words {
		if w >= from && w < to {
			out[w-from] = true
		}
	}
	return out
}

// layRow writes one row: the label and words to the left, figures to the right of
// their columns.
func layRow(b *strings.Builder, label int, labels []string, widths []int, cells []string, left []bool) {
	lines := len(labels)
	split := make([][]string, len(cells))
	for i, c := range cells {
		split[i] = strings.Split(c, "\n")
		lines = max(lines, len(split[i]))
	}
	for l := range lines {
		line := ""
		if l < len(labels) {
			line = labels[l]
		}
		line += strings.Repeat(" ", max(0, label-utf8.RuneCountInString(line)))
		for i := range cells {
			text := ""
			if l < len(split[i]) {
				text = split[i][l]
			}
			space := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(text)))
			if left[i] {
				text, space = text+space, ""
			}
			line += strings.Repeat(" ", gridGap) + space + text
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// columnsOf is the width of the widest line of s.
func columnsOf(s string) int {
	widest := 0
	for line := range strings.SplitSeq(s, "\n") {
		widest = max(widest, utf8.RuneCountInString(line))
	}
	return widest
}

// wrap breaks s into lines of at most width where it has spaces.
func wrap(s string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(s, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			switch {
			case line == "":
				line = word
			case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
				line += " " + word
			default:
				lines = append(lines, line)
				line = word
			}
		}
		lines = append(lines, line)
	}
	return lines
}
