package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"handover/diagnostic"
	"handover/evidence"
	forecaster "handover/forecast/count"
	"handover/forecast/panel"
)

// spanAhead reads months ahead: "3-14", or "3" for that month alone.
func spanAhead(text string) (first, last int, err error) {
	from, to, ranged := strings.Cut(text, "-")
	first, err = strconv.Atoi(from)
	if last = first; ranged && err == nil {
		last, err = strconv.Atoi(to)
	}
	if err != nil || first < 1 || last < first || last > forecaster.Farthest {
		return 0, 0, fmt.Errorf("--ahead %q is no span of months ahead; expected such as 3-14, from 1 to %d", text, forecaster.Farthest)
	}
	return first, last, nil
}

// statements reads what analysts said, and all that is wrong with it.
func statements(list []string) (out []forecaster.Statement, wrong []error) {
	for _, text := range list {
		parts := strings.Split(text, ":")
		if len(parts) != 3 {
			wrong = append(wrong, fmt.Errorf("--ended %q is no statement; expected UNIT:YYYY-MM:P, such as 60:2017-12:0.8", text))
			continue
		}
		m, ok := evidence.ParseMonth(parts[1])
		if !ok {
			wrong = append(wrong, fmt.Errorf("--ended %q: %q is no month; expected such as 2017-12", text, parts[1]))
		}
		p, err := strconv.ParseFloat(parts[2], 64)
		if err != nil || !(p >= 0 && p <= 1) {
			wrong = append(wrong, fmt.Errorf("--ended %q: %q is no probability; expected 0 to 1", text, parts[2]))
		}
		out = append(out, forecaster.Statement{Unit: parts[0], Ended: m, P: p})
	}
	return out, wrong
}

// readCounts reads and joins files of counts; replace lets later ones correct
// earlier ones. It returns the column of the units, too.
func readCounts(files []string, columns panel.Columns, replace bool, notes io.Writer) (*panel.Panel, string, error) {
	var panels []*panel.Panel
	var found diagnostic.List
	column := ""
	for _, name := range files {
		t, err := panel.Read(name, columns)
		if list := (diagnostic.List)(nil); errors.As(err, &list) {
			found = append(found, list...)
			continue
		}
		if err != nil {
			return nil, "", err
		}
		panels = append(panels, t.Panel)
		column = t.UnitColumn
	}
	if len(found) > 0 {
		fmt.Fprintln(notes, found.Error())
		return nil, "", &failure{code: exitMistakes, err: fmt.Errorf("%s; nothing was forecast or scored", tally(found))}
	}
	if len(panels) == 1 {
		return panels[0], column, nil
	}
	joined, replaced, err := panel.Join(replace, panels...)
	if err != nil {
		return nil, "", &failure{code: exitMistakes, err: err}
	}
	if replaced > 0 {
		fmt.Fprintf(notes, "note: later files replaced %s of the history\n", count(replaced, "count", "counts"))
	}
	return joined, column, nil
}

// abridged lists at most ten names.
func abridged(names []string) string {
	if len(names) > 10 {
		return strings.Join(names[:10], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}

// draw draws all cells of a result, month by month, then unit by unit.
func draw(r *forecaster.Result, n int) []panel.Drawn {
	var out []panel.Drawn
	for ahead := r.First; ahead <= r.Last; ahead++ {
		for u, name := range r.Units {
			out = append(out, panel.Drawn{Unit: name, Month: r.Origin + evidence.Month(ahead), Sample: r.At(u, ahead).Draws(n)})
		}
	}
	return out
}
