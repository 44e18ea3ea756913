package vensim

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/model"
)

// series are points over time, or the points of a lookup.
type series struct{ x, y []float64 }

// graph makes a graphical function that interpolates between the points in
// rising order of x.
func (s *series) graph() (*model.Graph, error) {
	order := make([]int, len(s.x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.x[a], s.x[b]) })
	g := &model.Graph{}
	for _, i := range order {
		n := len(g.X)
		if n > 0 && g.X[n-1] == s.x[i] {
			if g.Y[n-1] != s.y[i] {
				return nil, fmt.Errorf("two different values stand at %v: %v and %v", s.x[i], g.Y[n-1], s.y[i])
			}
			continue
		}
		g.X, g.Y = append(g.X, s.x[i]), append(g.Y, s.y[i])
	}
	return g, nil
}

// graph makes the graphical function of a lookup written in the model.
func (s *scope) graph(p *points, at int) *model.Graph {
	g, err := (&series{p.x, p.y}).graph()
	if err != nil {
		s.fail(int(p.At), "graph", "", "%v", err)
		return nil
	}
	g.Position = s.r.position(at)
	return g
}

// series adds an equation that reads the series at the current time, as the
// piece's keyword asks.
func (s *scope) series(names []string, data *series) error {
	g, err := data.graph()
	if err != nil {
		return err
	}
	e := model.Equation{Elements: names, Text: s.r.data[s.p.from:s.p.end], Position: s.r.position(s.p.from), Expression: &model.Reference{Name: "time"}}
	switch s.p.keep {
	case keepBackward:
		g.Interpolation = model.Discrete
	case keepForward:
		// The next point at or after t is the last one at or before -t of the
		// series run backwards.
		slices.Reverse(g.X)
		slices.Reverse(g.Y)
		for i := range g.X {
			g.X[i] = -g.X[i]
		}
		g.Interpolation = model.Discrete
		e.Expression = &model.Unary{Operator: model.Minus, X: e.Expression}
	case keepRaw:
		g = s.raw(g)
	}
	g.Position = e.Position
	e.Graph = g
	s.v.out.Equations = append(s.v.out.Equations, e)
	s.v.out.Provenance.Input = true
	return nil
}

// raw is :NA: away from the points of the series. A point counts within a
// thousandth of the time step, since Time is a sum of steps.
func (s *scope) raw(g *model.Graph) *model.Graph {
	near := s.r.model.Time.DT / 1000
	out := &model.Graph{Interpolation: model.Discrete, X: []float64{-math.MaxFloat64}, Y: []float64{missing}}
	for i, x := range g.X {
		low, high := x-near, x+near
		if n := len(out.X); low <= out.X[n-1] { // points closer than that: the later one wins
			out.X, out.Y = out.X[:n-1], out.Y[:n-1]
		}
		if !(high > low) {
			high = math.Nextafter(low, math.Inf(1))
		}
		out.X, out.Y = append(out.X, low, high), append(out.Y, g.Y[i], missing)
	}
	return out
}

// dataFiles are the names under which the values of data variables without an
// equation are looked for beside the model.
var dataFiles = []string{"data.tab", "data.csv"}

// dataVariable reads a variable without an equation from the data file.
func (r *reader) dataVariable(s *scope) {
	s.p.from, s.p.end = s.p.name.at, s.p.name.end
	hint := "put the data beside the model in " + dataFiles[0] + ", with the times in its first column"
	if err := r.loadData(); err != nil {
		r.fail(s.p.name.at, "no-equation", s.v.name, hint, "the variable has no equation, and no data file can be used: %v", err)
		return
	}
	if !r.afford(s, s.size()) {
		return
	}
	s.each(func(_ int, names []string) bool {
		own := names[len(s.v.context):]
		key := model.Canonical(s.v.name)
		if len(own) > 0 {
			key += "[" + keyOf(own) + "]"
		}
		data := r.series[key]
		if data == nil || len(data.x) == 0 {
			r.fail(s.p.name.at, "no-equation", s.v.name, hint, "the variable has no equation, and the data file has no values for %q", key)
			return false
		}
		if err := s.series(names, data); err != nil {
			r.fail(s.p.name.at, "file", s.v.name, "", "the data file cannot be used: %v", err)
			return false
		}
		return true
	})
}

// loadData reads the data file, once: a table whose first column, or first row,
// holds the times.
func (r *reader) loadData() error {
	if r.series != nil {
		return nil
	}
	if r.openFile == nil {
		return errors.New("files may not be opened here")
	}
	var failed error
	for _, name := range dataFiles {
		data, err := r.openFile(name)
		if err == nil && len(data) > largest {
			err = fmt.Errorf("%s has %d bytes; at most %d are read", name, len(data), largest)
		}
		if err != nil {
			failed = cmp.Or(failed, err)
			continue
		}
		c := csv.NewReader(strings.NewReader(decode(data)))
		if c.FieldsPerRecord, c.LazyQuotes = -1, true; strings.HasSuffix(name, ".tab") {
			c.Comma = '\t'
		}
		rows, err := c.ReadAll()
		if err != nil {
			return err
		}
		r.series = seriesOf(rows)
		return nil
	}
	return failed
}

func seriesOf(rows [][]string) map[string]*series {
	list := map[string]*series{}
	if len(rows) == 0 {
		return list
	}
	at := func(i, k int) cell {
		if i < len(rows) && k < len(rows[i]) {
			return cellOf(rows[i][k])
		}
		return cell{}
	}
	down := !at(0, 1).number // times in the first column
	times, variables := len(rows), len(rows[0])
	if !down {
		times, variables = variables, times
	}
	pick := func(time, variable int) cell {
		if down {
			return at(time, variable)
		}
		return at(variable, time)
	}
	for k := 1; k < variables; k++ {
		s := &series{}
		for i := 1; i < times; i++ {
			if x, y := pick(i, 0), pick(i, k); x.number && y.number {
				s.x, s.y = append(s.x, x.value), append(s.y, y.value)
			}
		}
		name, subscripts, ok := strings.Cut(strings.TrimSuffix(pick(0, k).text, "]"), "[")
		key := model.Canonical(name)
		if ok {
			key += "[" + keyOf(strings.Split(subscripts, ",")) + "]"
		}
		list[key] = s
	}
	return list
}
