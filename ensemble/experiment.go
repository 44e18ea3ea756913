package ensemble

import (
	"fmt"
	"strings"
	"sync"

	"handover/casefile"
	"handover/design"
	"handover/engine"
	"handover/model"
)

// experiments is a run made ready: one compiled program a strategy, the design
// of the futures, and the layout of what comes out. It is not changed once
// made.
type experiments struct {
	c        *casefile.Case
	manifest Manifest
	design   *design.Design
	// factor is, for each uncertainty, what its draw is multiplied with: 1, or
	// the model's own value.
	factor []float64
	// drawn is, for each column of the posterior, the varied constant that takes it;
	// nil without a posterior.
	drawn    []int
	programs []*engine.Program
	// start is the model's start time; times are the save times in months from
	// it.
	start float64
	times []float64
	maps  []mapColumns
	// mapped are the variables of the maps, each once; columns is how many columns
	// a program saves.
	mapped  []string
	columns int
	// cells is how many place-months all maps have together.
	cells int
}

// mapColumns says where the values of a map lie.
type mapColumns struct {
	// column is the first column of a block's series; there is one a place.
	column int
	places []string
	above  float64
	// cell is the map's first place-month among those of all maps.
	cell int
}

// prepare compiles the strategies and makes the design.
func prepare(r Request, m Manifest) (*experiments, error) {
	e := &experiments{c: r.Case, manifest: m, start: r.Case.Model.Time.Start}
	if err := e.makeDesign(r); err != nil {
		return nil, err
	}
	if err := e.layOut(); err != nil {
		return nil, err
	}
	if err := e.compile(r); err != nil {
		return nil, err
	}
	e.design = e.design.Only(e.fromDesign)
	for _, t := range e.programs[0].SaveTimes() {
		e.times = append(e.times, t-e.start)
	}
	e.cells *= len(e.times)
	for i := range e.maps {
		e.maps[i].cell *= len(e.times)
	}
	return e, e.checkColumns()
}

// layOut finds the columns of the maps, which come after those of the series. A
// map's cell and cells count places until the times are known.
func (e *experiments) layOut() error {
	e.columns = len(e.c.Series)
	saved := map[string]int{}
	for _, m := range e.c.Maps {
		places, err := placesOf(e.c, m)
		if err != nil {
			return err
		}
		key := model.Canonical(m.Variable)
		at, ok := saved[key]
		if !ok {
			at = e.columns
			saved[key] = at
			e.mapped = append(e.mapped, m.Variable)
			e.columns += len(places)
		}
		e.maps = append(e.maps, mapColumns{column: at, places: places, above: m.Above, cell: e.cells})
		e.cells += len(places)
	}
	return nil
}

// compile compiles the strategies of the manifest.
func (e *experiments) compile(r Request) error {
	backend, err := engine.BackendNamed(r.Engine)
	if err != nil {
		return err
	}
	options := engine.Options{Horizon: float64(r.Horizon), Backend: backend}
	for _, u := range r.Case.Uncertainties {
		options.Varied = append(options.Varied, u.Variable)
	}
	options.Varied = append(options.Varied, e.carried()...)
	outcomes, series := r.Case.Measures()
	options.Saved = append(series, e.mapped...)
	for i, o := range r.Case.Outcomes {
		reduce, ok := reduces[o.Reduce]
		if !ok {
			return fmt.Errorf("outcome %s: unknown reduction %q", o.ID, o.Reduce)
		}
		options.Reductions = append(options.Reductions, engine.Reduction{Reduce: reduce, Variable: outcomes[i], Hold: o.Hold})
	}
	e.programs = make([]*engine.Program, len(e.manifest.Strategies))
	failed := make([]error, len(e.programs))
	var compiling sync.WaitGroup
	for i, id := range e.manifest.Strategies {
		under, err := r.Case.StrategyModel(id)
		if err != nil {
			return fmt.Errorf("strategy %s: %w", id, err)
		}
		compiling.Go(func() { e.programs[i], failed[i] = engine.Compile(under, options) })
	}
	compiling.Wait()
	for i, err := range failed {
		if err != nil {
			return fmt.Errorf("strategy %s: %w", e.manifest.Strategies[i], err)
		}
		if got := len(e.programs[i].Columns()); got != e.columns {
			return fmt.Errorf("strategy %s: the program saves %d columns; expected %d", e.manifest.Strategies[i], got, e.columns)
		}
	}
	return nil
}

// makeDesign makes the design and finds the factors.
func (e *experiments) makeDesign(r Request) error {
	var factors []design.Factor
	index := map[string]int{}
	for i, u := range r.Case.Uncertainties {
		d, err := u.Design()
		if err != nil {
			return fmt.Errorf("uncertainty %s: %w", u.Variable, err)
		}
		factors = append(factors, design.Factor{Name: u.Variable, Distribution: d})
		factor := 1.0
		if u.Multiply {
			if factor, err = constantOf(r.Case.Model, u.Variable); err != nil {
				return fmt.Errorf("uncertainty %s: %w", u.Variable, err)
			}
		}
		e.factor = append(e.factor, factor)
		index[reference(u.Variable)] = i
	}
	var correlations []design.Correlation
	for _, c := range r.Case.Correlations {
		if len(c.Between) != 2 {
			return fmt.Errorf("a correlation between %d uncertainties; expected two", len(c.Between))
		}
		a, okA := index[reference(c.Between[0])]
		b, okB := index[reference(c.Between[1])]
		if !okA || !okB {
			return fmt.Errorf("a correlation between %s and %s, which are not both uncertainties", c.Between[0], c.Between[1])
		}
		correlations = append(correlations, design.Correlation{A: a, B: b, Rank: c.Rank})
	}
	if r.Case.Posterior != nil {
		factor, err := drawFactor(r.Case.Posterior)
		if err != nil {
			return err
		}
		factors = append(factors, factor)
	}
	var err error
	if e.design, err = design.New(r.Design, r.Seed, r.Futures, factors, correlations); err != nil {
		return fmt.Errorf("the design of the futures: %w", err)
	}
	return nil
}

// checkColumns refuses names that would give a table two columns of one name.
func (e *experiments) checkColumns() error {
	for _, o := range e.c.Outcomes {
		if o.ID == "strategy" || o.ID == "future" || o.ID == "bad" {
			return fmt.Errorf("outcome %q has the name of another column of %s; give it another id", o.ID, outcomesName)
		}
	}
	for _, u := range e.c.Uncertainties {
		if u.Variable == "future" || u.Variable == drawName && e.c.Posterior != nil {
			return fmt.Errorf("uncertainty %q has the name of another column of %s; rename the variable", u.Variable, inputsName)
		}
	}
	return nil
}

// placesOf lists the elements over which a map's variable is arrayed.
func placesOf(c *casefile.Case, m casefile.Map) ([]string, error) {
	v := c.Model.Variable(m.Variable)
	if v == nil || len(v.Dimensions) != 1 {
		return nil, fmt.Errorf("map %s: %q is not a variable over one dimension", m.ID, m.Variable)
	}
	d := c.Model.Dimension(v.Dimensions[0])
	if d == nil {
		return nil, fmt.Errorf("map %s: unknown dimension %q", m.ID, v.Dimensions[0])
	}
	return d.Elements, nil
}

// reference is the canonical form of a name with elements in brackets.
func reference(name string) string {
	variable, elements := splitReference(name)
	return variable + "[" + strings.Join(elements, ",") + "]"
}

// splitReference splits "name[element, element]" into canonical names.
func splitReference(name string) (variable string, elements []string) {
	variable, inside, found := strings.Cut(name, "[")
	if found {
		inside = strings.TrimSpace(inside)
		for _, e := range strings.Split(strings.TrimSuffix(inside, "]"), ",") {
			elements = append(elements, model.Canonical(e))
		}
	}
	return model.Canonical(variable), elements
}

// constantOf is the model's own value of a constant, or of one of its elements.
func constantOf(m *model.Model, name string) (float64, error) {
	variable, elements := splitReference(name)
	v := m.Variable(variable)
	if v == nil || len(v.Dimensions) != len(elements) {
		return 0, fmt.Errorf("the model has no single constant %s", name)
	}
	equations, err := m.EquationsByElement(v)
	if err != nil {
		return 0, err
	}
	flat := 0
	for i, element := range elements {
		d := m.Dimension(v.Dimensions[i])
		at := d.Index(element)
		if at < 0 {
			return 0, fmt.Errorf("%q is not an element of %s", element, d.Name)
		}
		flat = flat*len(d.Elements) + at
	}
	if flat < len(equations) && equations[flat] != nil && equations[flat].Graph == nil {
		if n, ok := equations[flat].Expression.(*model.Number); ok {
			return n.Value, nil
		}
	}
	return 0, fmt.Errorf("%s has no number as its equation", name)
}
