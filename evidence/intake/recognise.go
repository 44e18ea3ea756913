package intake

import (
	"errors"
	"fmt"
	"strings"

	"handover/casefile"
	"handover/diagnostic"
	"handover/evidence"
	"handover/evidence/acled"
	"handover/evidence/gdelt"
	"handover/evidence/ged"
	"handover/evidence/plain"
)

// format is what a file was recognised as.
type format struct {
	layout    evidence.Layout
	release   ged.Release
	delimiter rune
	width     int
	header    bool
	// bare says that cells are never quoted.
	bare bool
}

var delimiters = []struct {
	r    rune
	name string
}{{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}, {'|', "bar"}}

// recognise finds the format of a table from its first line.
func recognise(name, first string, o Options) (format, error) {
	first = strings.TrimRight(strings.TrimPrefix(first, "\ufeff"), "\r\n")
	if cells := strings.Split(first, "\t"); len(o.Columns) == 0 && gdelt.Recognise(cells) {
		layout, err := gdelt.New(len(cells))
		return format{layout: layout, delimiter: '\t', width: len(cells), bare: true}, err
	}
	type candidate struct {
		format
		found, of int
		missing   []string
		cells     []string
		what      string
		at        []int
	}
	var best candidate
	for _, d := range delimiters {
		cells, err := split(first, d.r)
		if err != nil || len(cells) < 2 {
			continue
		}
		if len(o.Columns) > 0 {
			n := 0
			for _, column := range o.Columns {
				for _, c := range cells {
					if c == column {
						n++
					}
				}
			}
			if n > best.found || best.cells == nil {
				best = candidate{format: format{delimiter: d.r, width: len(cells), header: true}, found: n, of: len(o.Columns), cells: cells, what: "table"}
			}
			continue
		}
		for _, known := range []struct {
			what    string
			columns []evidence.Column
		}{{"UCDP GED", ged.Columns}, {"ACLED", acled.Columns}} {
			at, missing := evidence.Columns(cells, known.columns)
			required := 0
			for _, c := range known.columns {
				if !c.Optional {
					required++
				}
			}
			if n := required - len(missing); n > best.found {
				best = candidate{format: format{delimiter: d.r, width: len(cells), header: true}, found: n, of: required, missing: missing, cells: cells, what: known.what, at: at}
			}
		}
	}
	if best.cells == nil || len(o.Columns) == 0 && 2*best.found < best.of {
		return format{}, unknownFormat(name, first, o)
	}
	for i, c := range best.cells {
		if casefile.Personal(c) {
			return format{}, wrong(name, 1, "personal", fmt.Sprintf("column %d, %q, would hold fields about persons; such a file is refused", i+1, short(c)), "remove the column from the file")
		}
	}
	f := best.format
	var err error
	switch best.what {
	case "table":
		f.layout, err = plain.New(best.cells, o.Columns, o.Version)
		if err != nil {
			return f, wrong(name, 1, "missing-column", err.Error(), "")
		}
	case "ACLED":
		f.layout = acled.New(best.at)
	default:
		text := o.Version
		if text == "" {
			text = name
		}
		f.release, err = ged.ParseRelease(text)
		if err != nil && len(best.missing) == 0 {
			return f, wrong(name, 0, "version", fmt.Sprintf("%v: this is UCDP GED, and %q does not say which release", err, text), "say it with --release, for example --release 19.1, or --release 21.0.3 for the Candidate release of March 2021")
		}
		f.layout = ged.New(best.at, f.release)
	}
	var list diagnostic.List
	for _, m := range best.missing {
		list = append(list, diagnostic.Diagnostic{Position: diagnostic.Position{File: name, Line: 1}, Code: "missing-column", Subject: m,
			Message: fmt.Sprintf("the file looks like %s and lacks this column", best.what), Hint: diagnostic.DidYouMean(m, best.cells)})
	}
	return f, list.Err()
}

func unknownFormat(name, first string, o Options) error {
	hint := "UCDP GED, ACLED and GDELT are recognised; for another table name its columns with --columns id=...,date=..."
	if len(o.Columns) > 0 {
		hint = "cells must be apart by commas, semicolons, tabs or bars"
	}
	return wrong(name, 1, "unknown-format", fmt.Sprintf("the format is not known: the first line starts with %q", short(first)), hint)
}

func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

// errTooLong says that no line end was found where the header should end.
var errTooLong = errors.New("the first line is longer than 1 MB")
