package evidence

import (
	"fmt"
	"strconv"
	"strings"
)

// Raw is a row as its source gives it, before it is tied to the case. It lives
// only while the row is read.
type Raw struct {
	ID         string
	Version    string
	Start, End Day
	Reported   Day
	// DatePrecision and PlacePrecision are on UCDP's scales, as in Event.
	DatePrecision, PlacePrecision int8
	// ActorA and ActorB are names as the source writes them.
	ActorA, ActorB string
	Dyad           string
	Kind           Kind
	// Country, CountryCode and FIPS name the country, each empty or 0 where the
	// source does not.
	Country     string
	CountryCode int
	FIPS        string
	// Province and District are names of the first and second administrative
	// level.
	Province, District string
	// Longitude and Latitude count when HasPoint is set.
	Longitude, Latitude float64
	HasPoint            bool
	Low, Best, High     int32
	Provisional         bool
	// Other is set for a row that is no violence and is left aside.
	Other bool
}

// Layout knows where a source's columns stand in one file.
type Layout interface {
	Source() Source
	// Read turns the cells of a row into into. An error is about the row alone and
	// names the column.
	Read(cells []string, into *Raw) error
}

// Column is a column that a source has, with the names it bore in different
// versions.
type Column struct {
	Name     string
	Also     []string
	Optional bool
}

// Columns finds columns in a header. The result holds for each its place, or -1
// for an optional one that is absent; missing lists required ones by name. Case,
// spaces and underscores do not tell names apart.
func Columns(header []string, wanted []Column) (at []int, missing []string) {
	places := map[string]int{}
	for i, h := range header {
		if name := plainName(h); name != "" {
			if _, twice := places[name]; !twice {
				places[name] = i
			}
		}
	}
	for _, w := range wanted {
		found := -1
		for _, name := range append([]string{w.Name}, w.Also...) {
			if i, ok := places[plainName(name)]; ok {
				found = i
				break
			}
		}
		if found < 0 && !w.Optional {
			missing = append(missing, w.Name)
		}
		at = append(at, found)
	}
	return at, missing
}

func plainName(s string) string {
	return strings.NewReplacer("_", "", " ", "", "-", "", "\ufeff", "").Replace(strings.ToLower(strings.TrimSpace(s)))
}

// CellError is a cell that cannot be used.
type CellError struct {
	Column string
	Err    error
}

func (e *CellError) Error() string { return e.Column + ": " + e.Err.Error() }
func (e *CellError) Unwrap() error { return e.Err }

// Cell returns a cell, or empty text when the column is absent.
func Cell(cells []string, at int) string {
	if at < 0 || at >= len(cells) {
		return ""
	}
	return cells[at]
}

// CountCell reads a number of deaths: a whole number from 0, written with or
// without a decimal part of zero. An empty cell is Unknown.
func CountCell(text string) (int32, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Unknown, nil
	}
	whole, rest, _ := strings.Cut(text, ".")
	if n, ok := digits(whole); ok && n < 10_000_000 && strings.Trim(rest, "0") == "" {
		return int32(n), nil
	}
	if strings.HasPrefix(text, "-") {
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return 0, fmt.Errorf("%s is negative; expected a count from 0", text)
		}
	}
	return 0, fmt.Errorf("%s is not a count; expected a whole number from 0 to 9,999,999", quote(text))
}

// CodeCell reads a code from low to high; an empty cell gives otherwise.
func CodeCell(text string, low, high, otherwise int8) (int8, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return otherwise, nil
	}
	n, ok := digits(text)
	if !ok || n < int(low) || n > int(high) {
		return 0, fmt.Errorf("%s is not a code from %d to %d", quote(text), low, high)
	}
	return int8(n), nil
}

// PointCells reads longitude and latitude in degrees; false when both cells are
// empty.
func PointCells(longitude, latitude string) (x, y float64, ok bool, err error) {
	longitude, latitude = strings.TrimSpace(longitude), strings.TrimSpace(latitude)
	if longitude == "" && latitude == "" {
		return 0, 0, false, nil
	}
	x, e1 := strconv.ParseFloat(longitude, 64)
	y, e2 := strconv.ParseFloat(latitude, 64)
	if e1 != nil || e2 != nil || !(x >= -180 && x <= 180) || !(y >= -90 && y <= 90) {
		// The cells hold coordinates: they are not repeated, in messages neither.
		return 0, 0, false, fmt.Errorf("the cells do not hold degrees of longitude and latitude")
	}
	return x, y, true, nil
}
