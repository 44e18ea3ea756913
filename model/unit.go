package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Unit is a product of base units raised to powers. The zero value is
// dimensionless.
type Unit struct {
	// powers maps the canonical name of a base unit to its exponent, never zero.
	powers map[string]float64
}

// Dimensionless reports whether the unit is 1.
func (u Unit) Dimensionless() bool { return len(u.powers) == 0 }

// Equal reports whether two units are the same product.
func (u Unit) Equal(v Unit) bool {
	if len(u.powers) != len(v.powers) {
		return false
	}
	for name, p := range u.powers {
		if math.Abs(v.powers[name]-p) > 1e-9 {
			return false
		}
	}
	return true
}

// Times returns u multiplied by v raised to power.
func (u Unit) Times(v Unit, power float64) Unit {
	powers := make(map[string]float64, len(u.powers)+len(v.powers))
	for name, p := range u.powers {
		powers[name] = p
	}
	for name, p := range v.powers {
		if q := powers[name] + float64(p*power); math.Abs(q) > 1e-9 {
			powers[name] = q
		} else {
			delete(powers, name)
		}
	}
	return Unit{powers}
}

// String prints the unit with its factors in alphabetical order, as
// "person/month" or "1".
func (u Unit) String() string {
	names := make([]string, 0, len(u.powers))
	for name := range u.powers {
		names = append(names, name)
	}
	slices.Sort(names)
	var above, below []string
	for _, name := range names {
		p := u.powers[name]
		text := name
		if a := math.Abs(p); a != 1 {
			text += "^" + strconv.FormatFloat(a, 'g', 4, 64)
		}
		if p > 0 {
			above = append(above, text)
		} else {
			below = append(below, text)
		}
	}
	s := strings.Join(above, "*")
	if s == "" {
		s = "1"
	}
	switch len(below) {
	case 0:
	case 1:
		s += "/" + below[0]
	default:
		s += "/(" + strings.Join(below, "*") + ")"
	}
	return s
}

// unitTable resolves unit names: base units, aliases and derived units.
type unitTable map[string]Unit

// dimensionless are the spellings of the unit 1 that the field's tools write.
var dimensionless = map[string]bool{"1": true, "dmnl": true, "unitless": true, "dimensionless": true, "fraction": true, "no_unit": true, "none": true}

// newUnitTable reads the unit definitions of a model; what cannot be read is
// reported through report.
func newUnitTable(definitions []UnitDefinition, report func(UnitDefinition, error)) unitTable {
	table := unitTable{}
	for _, d := range definitions {
		unit := Unit{map[string]float64{Canonical(d.Name): 1}}
		if d.Equation != "" {
			u, err := table.parse(d.Equation, false)
			if err != nil {
				report(d, err)
			} else {
				unit = u
			}
		}
		table[Canonical(d.Name)] = unit
		for _, alias := range d.Aliases {
			table[Canonical(alias)] = unit
		}
	}
	return table
}

// parse reads a unit such as "USD_bn*bbl/(USD*mb)". With strict set, a name
// that the table lacks is an error; otherwise it is a base unit of its own.
func (t unitTable) parse(text string, strict bool) (Unit, error) {
	p := unitParser{text: text, table: t, strict: strict}
	u, err := p.product(0)
	if err != nil {
		return Unit{}, err
	}
	if p.skip(); p.at < len(p.text) {
		return Unit{}, fmt.Errorf("found %q, expected * or / or the end of the unit", p.text[p.at:])
	}
	return u, nil
}

type unitParser struct {
	text   string
	at     int
	table  unitTable
	strict bool
}

func (p *unitParser) skip() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t' || p.text[p.at] == '\n' || p.text[p.at] == '\r') {
		p.at++
	}
}

func (p *unitParser) product(depth int) (Unit, error) {
	u, err := p.factor(depth)
	if err != nil {
		return Unit{}, err
	}
	for {
		p.skip()
		if p.at >= len(p.text) || p.text[p.at] != '*' && p.text[p.at] != '/' {
			return u, nil
		}
		power := 1.0
		if p.text[p.at] == '/' {
			power = -1
		}
		p.at++
		v, err := p.factor(depth)
		if err != nil {
			return Unit{}, err
		}
		u = u.Times(v, power)
	}
}

func (p *unitParser) factor(depth int) (Unit, error) {
	p.skip()
	if p.at >= len(p.text) {
		return Unit{}, fmt.Errorf("the unit %q ends where a name was expected", p.text)
	}
	var u Unit
	if p.text[p.at] == '(' {
		if depth > 20 {
			return Unit{}, fmt.Errorf("the unit nests too deep")
		}
		p.at++
		v, err := p.product(depth + 1)
		if err != nil {
			return Unit{}, err
		}
		if p.skip(); p.at >= len(p.text) || p.text[p.at] != ')' {
			return Unit{}, fmt.Errorf(`the unit %q lacks a ")"`, p.text)
		}
		p.at++
		u = v
	} else {
		start := p.at
		for p.at < len(p.text) && !strings.ContainsRune("*/^()", rune(p.text[p.at])) {
			p.at++
		}
		name := Canonical(p.text[start:p.at])
		known, ok := p.table[name]
		switch {
		case name == "":
			return Unit{}, fmt.Errorf("found %q where a unit's name was expected", p.text[start:])
		case ok:
			u = known
		case dimensionless[name]:
		case name[0] >= '0' && name[0] <= '9':
			return Unit{}, fmt.Errorf("found the number %q; a unit holds names and the number 1", name)
		case p.strict:
			return Unit{}, fmt.Errorf("the unit %q is not defined", name)
		default:
			u = Unit{map[string]float64{name: 1}}
		}
	}
	if p.skip(); p.at < len(p.text) && p.text[p.at] == '^' {
		p.at++
		p.skip()
		start := p.at
		for p.at < len(p.text) && strings.ContainsRune("+-.0123456789", rune(p.text[p.at])) {
			p.at++
		}
		power, err := strconv.ParseFloat(p.text[start:p.at], 64)
		if err != nil || math.Abs(power) > 100 {
			return Unit{}, fmt.Errorf("found %q after ^, expected a number such as 2 or 0.5", p.text[start:])
		}
		u = Unit{}.Times(u, power)
	}
	return u, nil
}
