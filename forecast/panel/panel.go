// Package panel holds counts of units (countries, governorates, actors) by month,
// and reads them from the files in which such counts are published.
package panel

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"handover/evidence"
)

// Panel is a table of counts by unit and month. What is not known is NaN and
// never zero.
type Panel struct {
	// From is the month of the first column.
	From evidence.Month
	// Units are names without repetition: in the order of numbers where all are
	// whole numbers, else in that of letters.
	Units []string
	// Counts is indexed by unit, then by month from From; all rows are equally
	// long. A count is a whole number of at least 0, or NaN.
	Counts [][]float64
}

// Cell is a count of a unit in a month.
type Cell struct {
	Unit  string
	Month evidence.Month
	Count float64
}

// mostCells bounds the memory of a panel.
const mostCells = 50_000_000

// New makes a panel of cells. It spans the months in which anything is known; a
// cell that is not among them is not known. It fails for two cells of one unit
// and month, for what is no count (NaN is one that is not known), and for more than
// 50 million units times months.
func New(cells []Cell) (*Panel, error) {
	p := &Panel{}
	rows := map[string]int{}
	first, last := evidence.Month(math.MaxInt32), evidence.Month(math.MinInt32)
	for _, c := range cells {
		if err := check(c.Count); err != nil {
			return nil, fmt.Errorf("%s in %s: %w", c.Unit, c.Month, err)
		}
		if !math.IsNaN(c.Count) {
			first, last = min(first, c.Month), max(last, c.Month)
		}
		if _, known := rows[c.Unit]; !known {
			rows[c.Unit] = 0
			p.Units = append(p.Units, c.Unit)
		}
	}
	sortUnits(p.Units)
	months := 0
	if first <= last {
		p.From, months = first, int(last-first)+1
	}
	if n := months * len(p.Units); n > mostCells {
		return nil, fmt.Errorf("%d units in %d months make %d counts, more than %d: is the column of the units the right one?", len(p.Units), months, n, mostCells)
	}
	p.Counts = make([][]float64, len(p.Units))
	for i, u := range p.Units {
		rows[u] = i
		p.Counts[i] = make([]float64, months)
		for m := range p.Counts[i] {
			p.Counts[i][m] = math.NaN()
		}
	}
	type place struct {
		unit  string
		month evidence.Month
	}
	seen := make(map[place]bool, len(cells))
	for _, c := range cells {
		at := place{c.Unit, c.Month}
		if seen[at] {
			return nil, fmt.Errorf("%s in %s stands twice", c.Unit, c.Month)
		}
		seen[at] = true
		if !math.IsNaN(c.Count) {
			p.Counts[rows[c.Unit]][c.Month-first] = c.Count
		}
	}
	return p, nil
}

// check says why a number is no count; NaN is allowed.
func check(x float64) error {
	switch {
	case math.IsInf(x, 0):
		return fmt.Errorf("%v is no count", x)
	case x < 0:
		return fmt.Errorf("%v is no count: it is below 0", x)
	case x != math.Trunc(x) && !math.IsNaN(x):
		return fmt.Errorf("%v is no count: it is not whole", x)
	}
	return nil
}

// sortUnits sorts whole numbers by size, anything else by letters.
func sortUnits(units []string) {
	numbers := map[string]int{}
	for _, u := range units {
		n, err := strconv.Atoi(u)
		if err != nil {
			slices.Sort(units)
			return
		}
		numbers[u] = n
	}
	slices.SortFunc(units, func(a, b string) int { return cmp.Or(cmp.Compare(numbers[a], numbers[b]), cmp.Compare(a, b)) })
}

// To is the month of the last column; From-1 of an empty panel.
func (p *Panel) To() evidence.Month {
	if len(p.Counts) == 0 {
		return p.From - 1
	}
	return p.From + evidence.Month(len(p.Counts[0])) - 1
}

// At is a count by the number of its unit; NaN outside the panel.
func (p *Panel) At(unit int, m evidence.Month) float64 {
	if unit < 0 || unit >= len(p.Counts) || m < p.From || m > p.To() {
		return math.NaN()
	}
	return p.Counts[unit][m-p.From]
}

// Unit is the number of a unit; -1 for one that is not in the panel.
func (p *Panel) Unit(name string) int { return slices.Index(p.Units, name) }

// Last is the last month in which any count is known; false without one.
func (p *Panel) Last() (evidence.Month, bool) {
	for m := p.To(); m >= p.From; m-- {
		for u := range p.Units {
			if !math.IsNaN(p.At(u, m)) {
				return m, true
			}
		}
	}
	return 0, false
}

// Until is the panel as it was known at the end of a month: a copy without the
// months after it.
func (p *Panel) Until(m evidence.Month) *Panel {
	out := &Panel{From: p.From, Units: p.Units, Counts: make([][]float64, len(p.Counts))}
	n := max(0, int(min(m, p.To())-p.From)+1)
	for i, row := range p.Counts {
		out.Counts[i] = slices.Clone(row[:n])
	}
	return out
}

// Cells are all cells of the panel, unit by unit, those that are not known
// included.
func (p *Panel) Cells() []Cell {
	var out []Cell
	for u, name := range p.Units {
		for i, x := range p.Counts[u] {
			out = append(out, Cell{name, p.From + evidence.Month(i), x})
		}
	}
	return out
}

// Fill takes the counts of another panel up to a month: those that are not known
// in p or, with replace, all that differ. Units of p alone are filled. It returns a
// new panel and how many counts were taken.
func (p *Panel) Fill(other *Panel, until evidence.Month, replace bool) (*Panel, int) {
	from, to := min(p.From, other.From), max(p.To(), min(until, other.To()))
	if len(p.Counts) == 0 || p.To() < p.From {
		from = other.From
	}
	out := &Panel{From: from, Units: p.Units, Counts: make([][]float64, len(p.Units))}
	taken := 0
	for u, name := range p.Units {
		row := make([]float64, max(0, int(to-from)+1))
		at := other.Unit(name)
		for i := range row {
			m := from + evidence.Month(i)
			row[i] = p.At(u, m)
			if m > until {
				continue
			}
			if x := other.At(at, m); !math.IsNaN(x) && x != row[i] && (replace || math.IsNaN(row[i])) {
				row[i] = x
				taken++
			}
		}
		out.Counts[u] = row
	}
	return out, taken
}

// Join makes one panel of several. Where two know different counts of a unit in a
// month, the later panel counts when replace is set, and Join fails when not. It
// returns how many counts were replaced.
func Join(replace bool, panels ...*Panel) (*Panel, int, error) {
	type place struct {
		unit  string
		month evidence.Month
	}
	known := map[place]int{}
	var cells []Cell
	replaced := 0
	for _, p := range panels {
		for _, c := range p.Cells() {
			at := place{c.Unit, c.Month}
			i, twice := known[at]
			switch {
			case math.IsNaN(c.Count):
				continue
			case !twice:
				known[at] = len(cells)
				cells = append(cells, c)
			case cells[i].Count == c.Count:
			case replace:
				cells[i].Count = c.Count
				replaced++
			default:
				return nil, 0, fmt.Errorf("%s in %s is %v in one file and %v in another", c.Unit, c.Month, cells[i].Count, c.Count)
			}
		}
	}
	out, err := New(cells)
	return out, replaced, err
}
