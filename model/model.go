// Package model holds the one canonical form of a system dynamics model:
// variables with their equations as trees, dimensions, units and
// documentation. Every file format converts to and from it, never format to
// format, and every engine compiles from it.
package model

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"handover/diagnostic"
)

// Kind says what a variable is in a stock-and-flow diagram.
type Kind int

const (
	// Auxiliary is computed anew at each step from other variables.
	Auxiliary Kind = iota
	// Stock accumulates its inflows minus its outflows.
	Stock
	// Flow is a rate of change of a stock.
	Flow
	// Constant is an auxiliary whose equation holds only numbers.
	Constant
	// Lookup is a graphical function that is called with an argument.
	Lookup
)

// String returns the field's word for the kind.
func (k Kind) String() string {
	return [...]string{"auxiliary", "stock", "flow", "constant", "lookup"}[k]
}

// Method is a way of integrating stocks over time.
type Method int

const (
	// Euler is the first-order explicit method.
	Euler Method = iota
	// RK4 is the classical fourth-order Runge-Kutta method.
	RK4
	// RK2 is Heun's second-order Runge-Kutta method.
	RK2
	// RK45 is the fifth-order Runge-Kutta method of Dormand and Prince with a
	// step that adapts itself between two multiples of DT.
	RK45
)

// String returns the method's name as XMILE writes it.
func (m Method) String() string {
	return [...]string{"Euler", "RK4", "RK2", "RK45"}[m]
}

// Time says how long, with which step and method a model is simulated.
// All figures are in the model's time unit.
type Time struct {
	Start, Stop float64
	// DT is the integration step, above zero.
	DT float64
	// Save is the interval between saved values, DT when 0. What falls between
	// two steps is saved at the later one.
	Save   float64
	Method Method
	// Unit is the name of the time unit, for example "Month".
	Unit     string
	Position diagnostic.Position
}

// Dimension is an ordered set of named elements over which variables are
// arrayed.
type Dimension struct {
	Name     string
	Elements []string
	// Mappings say which elements of other dimensions belong to those of this
	// one, so that an equation over one dimension may use variables over another.
	Mappings []Mapping
	Position diagnostic.Position

	once  sync.Once
	index map[string]int
}

// Mapping ties each element of a dimension to elements of another.
type Mapping struct {
	// To names the other dimension.
	To string
	// Elements has, for each element of this dimension in order, the elements of
	// the other that belong to it.
	Elements [][]string
}

// Index returns the place of the element in the dimension, counted from 0, or
// -1. Names are compared in canonical form. Elements may not change afterwards.
func (d *Dimension) Index(element string) int {
	d.once.Do(func() {
		d.index = make(map[string]int, len(d.Elements))
		for i, e := range d.Elements {
			if c := Canonical(e); d.index[c] == 0 {
				d.index[c] = i + 1
			}
		}
	})
	return d.index[Canonical(element)] - 1
}

// UnitDefinition names a unit of the model: a base unit when Equation is
// empty, else a product of others.
type UnitDefinition struct {
	Name     string
	Equation string
	Aliases  []string
	Position diagnostic.Position
}

// Equation is the defining expression of a variable, or of some of its
// elements.
type Equation struct {
	// Elements lists, for each dimension of the variable, the element that
	// the equation defines, or the name of a dimension whose elements it defines
	// (the dimension itself or a subrange). Nil means that it defines them all.
	Elements []string
	// Except lists elements, in the form of Elements, that the equation does not
	// define although Elements covers them.
	Except [][]string
	// Text is the equation as written.
	Text string
	// Expression is the parsed equation: the value of an auxiliary or flow, the
	// initial value of a stock. Nil when the text did not parse.
	Expression Expression
	// List has the parts of the initial content of a conveyor or queue that is
	// written as a list, front first; Expression is then their sum.
	List []Expression
	// Graph, when present, maps the value of Expression.
	Graph *Graph
	// Position is where the text starts.
	Position diagnostic.Position
	// Places says where later parts of the text start, in order, when the file
	// spells them with other bytes than Text has.
	Places []Place
}

// Place ties a byte offset in an equation's text to a place in the file.
type Place struct {
	Offset   int
	Position diagnostic.Position
}

// Interpolation is how a graphical function reads between and beyond its
// points, as XMILE names it.
type Interpolation int

const (
	// Continuous interpolates linearly and holds the end values outside.
	Continuous Interpolation = iota
	// Extrapolate interpolates linearly and extends the end segments outside.
	Extrapolate
	// Discrete holds each point's value up to the next point.
	Discrete
)

// String returns the word that XMILE uses in the type attribute.
func (i Interpolation) String() string {
	return [...]string{"continuous", "extrapolate", "discrete"}[i]
}

// Graph is a graphical function (lookup): Y over strictly increasing X.
type Graph struct {
	X, Y          []float64
	Interpolation Interpolation
	Position      diagnostic.Position
}

// Provenance says how far to trust a variable: where it comes from and how it
// was set.
type Provenance struct {
	// Label is "fitted" (moved by data), "sourced" (taken from a named source)
	// or "assumed"; empty when the file does not say.
	Label string
	// Source names the document, data set or reasoning.
	Source string
	// Tier is "core" (runs in a hindcast) or "scenario" (no data can test it).
	Tier string
	// Low and High bound the plausible values in the variable's unit, when
	// Ranged is set; a bound that is not given is infinite.
	Low, High float64
	Ranged    bool
	// Input marks a variable that is meant to be set from outside: a lever, a
	// historical series or a shock.
	Input bool
}

// Variable is one named quantity, possibly arrayed.
type Variable struct {
	// Name is as the author wrote it; Canonical(Name) identifies it.
	Name string
	Kind Kind
	// Dimensions names the dimensions over which it is arrayed, in order.
	Dimensions []string
	Equations  []Equation
	// Inflows and Outflows name the flows of a stock.
	Inflows, Outflows []string
	// NonNegative asks that a stock or flow never falls below zero.
	NonNegative bool
	// Conveyor makes of a stock a conveyor, Queue a queue.
	Conveyor *Conveyor
	Queue    bool
	// Leak marks a flow as a leakage of a conveyor, Overflow as one that takes from
	// a queue only what an earlier outflow could not pass on.
	Leak     *Leak
	Overflow bool
	// Units is the unit as written, for example "person/month".
	Units         string
	Documentation string
	Sector        string
	Provenance    Provenance
	Position      diagnostic.Position
}

// Model is a whole model. Its methods keep indexes of names, so it serves one
// goroutine at a time.
type Model struct {
	Name          string
	Documentation string
	Time          Time
	Dimensions    []*Dimension
	Units         []UnitDefinition
	Variables     []*Variable
	// OutsideNaN gives NaN for an element that a computed subscript does not find;
	// otherwise it is 0, as XMILE 1.0 section 3.7.1 says.
	OutsideNaN bool
	// OpenUnits says that Units lists aliases alone, so that a unit which is not
	// listed is a base unit and no mistake.
	OpenUnits bool

	byName map[string]*Variable
	// dimensions maps canonical names, for the first known dimensions, and spelled
	// the spellings met so far.
	dimensions, spelled map[string]*Dimension
	known               int
	// ranges holds the dimensions that ranges of subscripts make.
	ranges map[[3]any]*Dimension
	// named is how many variables there were when byName was made.
	named int
}

// Variable finds a variable by name in any spelling, or nil.
func (m *Model) Variable(name string) *Variable {
	if m.byName == nil || m.named != len(m.Variables) {
		m.byName, m.named = make(map[string]*Variable, len(m.Variables)), len(m.Variables)
		for _, v := range m.Variables {
			m.byName[Canonical(v.Name)] = v
		}
	}
	if v := m.byName[name]; v != nil {
		return v // most names are canonical already
	}
	return m.byName[Canonical(name)]
}

// Dimension finds a dimension by name in any spelling, or nil.
func (m *Model) Dimension(name string) *Dimension {
	if m.spelled == nil || m.known > len(m.Dimensions) {
		m.spelled, m.dimensions, m.known = map[string]*Dimension{}, map[string]*Dimension{}, 0
	}
	if m.known < len(m.Dimensions) {
		clear(m.spelled)
		for ; m.known < len(m.Dimensions); m.known++ {
			d := m.Dimensions[m.known]
			if key := Canonical(d.Name); m.dimensions[key] == nil {
				m.dimensions[key] = d
			}
		}
	}
	d, ok := m.spelled[name]
	if !ok {
		d = m.dimensions[Canonical(name)]
		m.spelled[name] = d
	}
	return d
}

// Names lists the names of all variables in file order.
func (m *Model) Names() []string {
	names := make([]string, len(m.Variables))
	for i, v := range m.Variables {
		names[i] = v.Name
	}
	return names
}

// Add appends variables to the model.
func (m *Model) Add(variables ...*Variable) {
	m.Variables = append(m.Variables, variables...)
	m.byName = nil
}

// Copy returns a model whose variables and dimensions may be changed without
// changing m. Expressions and graphs are shared: they are never changed in
// place.
func (m *Model) Copy() *Model {
	c := *m
	c.byName, c.dimensions, c.spelled, c.ranges = nil, nil, nil, nil
	c.Units = slices.Clone(m.Units)
	c.Dimensions = slices.Clone(m.Dimensions)
	c.Variables = make([]*Variable, len(m.Variables))
	for i, v := range m.Variables {
		w := *v
		w.Equations = slices.Clone(v.Equations)
		w.Inflows = slices.Clone(v.Inflows)
		w.Outflows = slices.Clone(v.Outflows)
		w.Conveyor = v.Conveyor.Copy()
		c.Variables[i] = &w
	}
	return &c
}

// canonicalASCII is Canonical without quotes and escapes for a name of ASCII
// alone, which most are; models are checked and compiled anew for each move of a
// lever, and names take their share of that.
func canonicalASCII(name string) (string, bool) {
	var room [96]byte
	b := room[:0]
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c >= utf8.RuneSelf:
			return "", false
		case c == '_' || c == ' ' || c >= '\t' && c <= '\r':
			if len(b) == 0 || b[len(b)-1] != '_' {
				b = append(b, '_')
			}
		case c >= 'A' && c <= 'Z':
			b = append(b, c+'a'-'A')
		default:
			b = append(b, c)
		}
	}
	return string(b), true
}

// escapes are the sequences that XMILE allows inside names.
var escapes = strings.NewReplacer(`\n`, " ", `\r`, " ", `\t`, " ", `\"`, `"`, `\\`, `\`)

// Canonical returns the form in which names are compared, after XMILE 1.0
// section 3.2.2: letters without case; runs of space, underscore, line break
// ("\n" written out) and non-breaking space as one underscore; no quotes.
func Canonical(name string) string {
	name = strings.TrimSpace(name)
	if len(name) >= 2 && name[0] == '"' && name[len(name)-1] == '"' {
		name = name[1 : len(name)-1]
	}
	plain := true
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= 0x80 || c == ' ' || c == '\\' || c <= 0x1f || c >= 'A' && c <= 'Z' || c == '_' && (i+1 < len(name) && name[i+1] == '_') {
			plain = false
			break
		}
	}
	if plain {
		return name
	}
	if strings.IndexByte(name, '\\') >= 0 {
		name = escapes.Replace(name)
	}
	if short, ok := canonicalASCII(name); ok {
		return short
	}
	var b strings.Builder
	gap := false
	for _, r := range name {
		if r == '_' || r == '\u00a0' || unicode.IsSpace(r) {
			gap = true
			continue
		}
		if gap {
			b.WriteByte('_')
			gap = false
		}
		b.WriteRune(unicode.ToLower(r))
	}
	if gap {
		b.WriteByte('_')
	}
	return b.String()
}
