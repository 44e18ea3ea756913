// Package diagnostic holds the one form in which Handover reports mistakes in
// what users write: models, case files, arguments. A diagnostic is data (where,
// what, what was expected, what to do), so that every mistake of a file can be
// collected and shown at once, tested word by word, and sent as JSON.
package diagnostic

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a file. Line and Column count from 1; zero means
// unknown.
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String prints "file:line:column", leaving out what is unknown.
func (p Position) String() string {
	s := p.File
	if s == "" {
		s = "-"
	}
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
		if p.Column > 0 {
			s += fmt.Sprintf(":%d", p.Column)
		}
	}
	return s
}

// Severity says whether a diagnostic stops the work.
type Severity int

const (
	// Error stops the work: nothing is run or written.
	Error Severity = iota
	// Warning is shown and does not stop the work.
	Warning
	// Note is advice that is shown when asked for.
	Note
)

// String returns "error", "warning" or "note".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Note:
		return "note"
	}
	return "error"
}

// MarshalText writes the severity as its word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Diagnostic is one mistake or doubt.
type Diagnostic struct {
	Position Position `json:"position"`
	Severity Severity `json:"severity"`
	// Code is a stable identifier in kebab case, such as "unknown-name".
	Code string `json:"code"`
	// Subject is the variable, key or file at fault; may be empty.
	Subject string `json:"subject,omitempty"`
	// Message says what was found and what was expected.
	Message string `json:"message"`
	// Hint says what to do, for example the nearest valid name; may be empty.
	Hint string `json:"hint,omitempty"`
}

// Error prints the diagnostic on one line, with its hint in brackets.
func (d Diagnostic) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: ", d.Position, d.Severity)
	if d.Subject != "" {
		fmt.Fprintf(&b, "%s: ", d.Subject)
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		fmt.Fprintf(&b, " (%s)", d.Hint)
	}
	return b.String()
}

// List is a set of diagnostics. As an error it prints one line each.
type List []Diagnostic

// Error prints one diagnostic a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// Errors counts the diagnostics of severity Error.
func (l List) Errors() int {
	n := 0
	for _, d := range l {
		if d.Severity == Error {
			n++
		}
	}
	return n
}

// Err returns the list as an error when it holds at least one of severity
// Error, and nil otherwise.
func (l List) Err() error {
	if l.Errors() > 0 {
		return l
	}
	return nil
}

// Sort orders the list by file, line, column and message, so that reports are
// stable.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Position.File, b.Position.File),
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Column, b.Position.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
}

// Nearest returns the candidate with the smallest edit distance to name, or ""
// when none is near enough to be a likely misspelling (more than a third of
// the name's letters, and at least two, would have to change). Case and the
// difference between space, underscore and hyphen do not count.
func Nearest(name string, candidates []string) string {
	fold := func(s string) []rune {
		return []rune(strings.ToLower(strings.NewReplacer("_", " ", "-", " ").Replace(s)))
	}
	want := fold(name)
	limit := max(2, len(want)/3)
	best, bestDistance := "", limit+1
	for _, c := range candidates {
		if d := distance(want, fold(c), bestDistance); d < bestDistance || d == bestDistance && best != "" && c < best {
			best, bestDistance = c, d
		}
	}
	return best
}

// DidYouMean is the hint that names the nearest candidate, or "" if none is
// near.
func DidYouMean(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	return ""
}

// distance is the optimal string alignment distance (insertions, deletions,
// substitutions and swaps of neighbours), cut off at limit.
func distance(a, b []rune, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
