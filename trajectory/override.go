package trajectory

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"handover/model"
)

// Set gives a variable of the model, or one of its elements, a fixed value in place
// of its equation: name is "name" or "name[element, element]". Of a stock it is the
// initial value. The model is changed.
func Set(m *model.Model, name string, value float64) error {
	return replace(m, name, model.Equation{Expression: &model.Number{Value: value}, Text: strconv.FormatFloat(value, 'g', -1, 64)})
}

// replace puts an equation in the place of those of a variable or an element.
func replace(m *model.Model, name string, e model.Equation) error {
	v, elements, err := find(m, name)
	if err != nil {
		return err
	}
	if v.Kind == model.Lookup {
		return fmt.Errorf("%s is a graphical function, which is a set of points and not a number", v.Name)
	}
	e.Position = v.Position
	if elements == nil {
		v.Equations = []model.Equation{e}
		return nil
	}
	e.Elements = elements
	v.Equations = append(slices.Clone(v.Equations), e)
	return nil
}

// find reads "name" or "name[element, element]".
func find(m *model.Model, name string) (*model.Variable, []string, error) {
	name = strings.TrimSpace(name)
	if v := m.Variable(unquoted(name)); v != nil {
		return v, nil, nil
	}
	base, inside, found := strings.Cut(name, "[")
	v := m.Variable(unquoted(strings.TrimSpace(base)))
	if v == nil {
		return nil, nil, &UnknownError{strings.TrimSpace(base), m.Names()}
	}
	if !found {
		return v, nil, nil
	}
	inside, closed := strings.CutSuffix(strings.TrimSpace(inside), "]")
	if !closed {
		return nil, nil, fmt.Errorf("%s has no closing bracket", name)
	}
	elements := strings.Split(inside, ",")
	if len(elements) != len(v.Dimensions) {
		return nil, nil, fmt.Errorf("%s has %d dimensions (%s) and is given %d subscripts", v.Name, len(v.Dimensions), strings.Join(v.Dimensions, ", "), len(elements))
	}
	for k, e := range elements {
		elements[k] = strings.TrimSpace(e)
		if d := m.Dimension(v.Dimensions[k]); d.Index(elements[k]) < 0 {
			return nil, nil, &UnknownElementError{elements[k], d.Name, d.Elements}
		}
	}
	return v, elements, nil
}

// UnknownElementError says that a name is not an element of a dimension.
type UnknownElementError struct {
	Name, Dimension string
	Known           []string
}

// Error implements error.
func (e *UnknownElementError) Error() string {
	return fmt.Sprintf("%q is not an element of the dimension %s", e.Name, e.Dimension)
}

func unquoted(name string) string {
	if len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
		return name[1 : len(name)-1]
	}
	return name
}

// Series replaces variables of the model by what a table says: the first column is
// the time, each other one is named after a variable or an element and holds its
// values. Between two times the value is interpolated linearly, before the first
// and after the last it is held. Empty cells are left out. Times rise from row to
// row. The model is changed only when the whole table makes sense; the error says
// which line does not.
func Series(m *model.Model, r io.Reader, separator rune) error {
	table := csv.NewReader(r)
	table.Comma, table.TrimLeadingSpace = separator, true
	names, err := table.Read()
	if errors.Is(err, io.EOF) {
		return errors.New("the table is empty; expected a line of names, the time first")
	}
	if err != nil {
		return err
	}
	names[0] = strings.TrimPrefix(names[0], "\ufeff")
	if len(names) < 2 {
		return errors.New("the table has one column; expected the time and at least one variable (is the separator right?)")
	}
	graphs := make([]*model.Graph, len(names))
	for c, name := range names[1:] {
		v, _, err := find(m, name)
		if err != nil {
			return err
		}
		if v.Kind == model.Stock || v.Kind == model.Lookup {
			return fmt.Errorf("%s is a %s; a series can take the place of an auxiliary, a flow or a constant", v.Name, v.Kind)
		}
		graphs[c+1] = &model.Graph{Interpolation: model.Continuous, Position: v.Position}
	}
	last := math.Inf(-1)
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		line, _ := table.FieldPos(0)
		number := func(c int) (float64, error) {
			x, err := strconv.ParseFloat(strings.TrimSpace(row[c]), 64)
			if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
				return 0, fmt.Errorf("line %d: %s is %q; expected a number", line, names[c], row[c])
			}
			return x, nil
		}
		t, err := number(0)
		if err != nil {
			return err
		}
		if t <= last {
			return fmt.Errorf("line %d: the time %v is not after that of the line before, %v", line, t, last)
		}
		last = t
		for c := 1; c < len(row); c++ {
			if strings.TrimSpace(row[c]) == "" {
				continue
			}
			x, err := number(c)
			if err != nil {
				return err
			}
			graphs[c].X, graphs[c].Y = append(graphs[c].X, t), append(graphs[c].Y, x)
		}
	}
	for c, g := range graphs[1:] {
		if len(g.X) == 0 {
			return fmt.Errorf("the column %s holds no value", names[c+1])
		}
	}
	for c, g := range graphs[1:] {
		if err := replace(m, names[c+1], model.Equation{Expression: &model.Reference{Name: "time"}, Text: "TIME", Graph: g}); err != nil {
			return err
		}
	}
	return nil
}
