// Package trajectory runs a model once and holds what its variables did: the
// values of every variable at every save time. It writes them as the field's tools
// do.
package trajectory

import (
	"fmt"

	"handover/engine"
	"handover/model"
)

// MostValues bounds how many values a trajectory holds: 2 GiB of them.
const MostValues = 256 << 20

// Trajectory is one run of a model.
type Trajectory struct {
	// Model is the name of the model, Method how it was integrated, with the step
	// DT in TimeUnit.
	Model    string
	Method   string
	DT       float64
	TimeUnit string
	// Times are the save times, start and stop included.
	Times []float64
	// Variables are in the order of the model.
	Variables []Variable
	// Bad says what was not finite first; nil when all stocks were at all times.
	Bad *Bad
}

// Variable is what one variable did.
type Variable struct {
	Name          string
	Unit          string
	Documentation string
	// Dimensions are those of an array, in order.
	Dimensions []Dimension
	// Columns names the elements as the field's tools do, "name[a,b]", in row-major
	// order; a scalar has one, its name.
	Columns []string
	// Values[e] holds the values of element e by save time.
	Values [][]float64
}

// Dimension is a dimension of an array with its elements.
type Dimension struct {
	Name     string
	Elements []string
}

// Bad is the first stock that became NaN or infinite.
type Bad struct {
	Name string
	Time float64
}

// Options say how to run.
type Options struct {
	// Saved lists the variables to keep, in any spelling; all but graphical
	// functions when nil.
	Saved []string
	// Seed is where the model's random numbers start.
	Seed uint64
}

// Run runs a checked model once. The error is a diagnostic.List when the model is
// at fault, and says so when a variable is not known or there are too many values
// to keep.
func Run(m *model.Model, o Options) (*Trajectory, error) {
	t := &Trajectory{Model: m.Name, Method: m.Time.Method.String(), DT: m.Time.DT, TimeUnit: m.Time.Unit}
	var kept []*model.Variable
	if o.Saved == nil {
		for _, v := range m.Variables {
			if v.Kind != model.Lookup {
				kept = append(kept, v)
			}
		}
	}
	for _, name := range o.Saved {
		v := m.Variable(name)
		if v == nil {
			return nil, &UnknownError{name, m.Names()}
		}
		if v.Kind == model.Lookup {
			return nil, fmt.Errorf("%s is a graphical function and has no values over time", v.Name)
		}
		kept = append(kept, v)
	}
	names := make([]string, len(kept))
	for i, v := range kept {
		names[i] = v.Name
	}
	p, err := engine.Compile(m, engine.Options{Saved: names})
	if err != nil {
		return nil, err
	}
	columns := p.Columns()
	interval := m.Time.Save
	if interval <= 0 {
		interval = m.Time.DT
	}
	if count := (m.Time.Stop-m.Time.Start)/interval + 1; count*float64(len(columns)+1) > MostValues {
		return nil, fmt.Errorf("%d columns at %.0f times are more than %d values; save fewer variables, or at fewer times", len(columns), count, MostValues)
	}
	t.Times = p.SaveTimes()
	b := &engine.Block{Seed: o.Seed, Runs: 1, Series: make([]float64, len(columns)*len(t.Times)), Bad: make([]int, 1), BadVariable: make([]string, 1)}
	if err := p.NewWorker(1).Run(b); err != nil {
		return nil, err
	}
	if b.Bad[0] >= 0 {
		t.Bad = &Bad{b.BadVariable[0], m.Time.Start + float64(float64(b.Bad[0])*m.Time.DT)}
	}
	at := 0
	for _, v := range kept {
		w := Variable{Name: v.Name, Unit: v.Units, Documentation: v.Documentation}
		for _, name := range v.Dimensions {
			d := m.Dimension(name)
			w.Dimensions = append(w.Dimensions, Dimension{d.Name, d.Elements})
		}
		for range m.Size(v) {
			w.Columns = append(w.Columns, columns[at])
			w.Values = append(w.Values, b.Series[at*len(t.Times):(at+1)*len(t.Times)])
			at++
		}
		t.Variables = append(t.Variables, w)
	}
	return t, nil
}

// UnknownError says that a name is not a variable of the model.
type UnknownError struct {
	Name string
	// Known are the names there are.
	Known []string
}

// Error implements error.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("%q is not a variable of the model", e.Name)
}
