package engine

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"handover/diagnostic"
	"handover/engine/lookup"
	"handover/model"
	"handover/random"
)

// phase is when an expression is computed: with initial values, or in a step.
type phase int

const (
	running phase = iota
	initial
)

// element is one number of a model: an element of a variable.
type element struct {
	v    *model.Variable
	flat int
}

// lowering turns the equations of a model into nodes of a graph. Each element
// is lowered once a phase, when first needed, so nodes come in an order in which
// they can be computed.
type lowering struct {
	model     *model.Model
	graph     *graph
	dt        float64
	start     float64
	stop      float64
	equations map[*model.Variable][]*model.Equation
	lowered   [2]map[element]int32
	varied    map[element]int32
	stocks    map[element]int32
	stockList []stock
	states    []state
	rings     []ring
	memoryOf  map[memoryKey]int32
	// waits gives, for the first stock of a delay whose time moves, the first of
	// the states that hold the time of each stage.
	waits     map[int32]int32
	sites     map[uint32]string
	limits    *limits
	transport transport
	// open holds the elements being lowered, against runaway recursion in a model
	// that was not checked.
	open map[element]bool
	// pending lists what is still to be lowered of memories that may depend on
	// themselves.
	pending []func() error
}

// stock is one element of a stock of the model, or a stock inside a delay or
// smooth.
type stock struct {
	name string
	// nonNegative stocks stop at zero.
	nonNegative bool
	// first and net are its initial value and net flow; -1 until lowered.
	first, net int32
}

// state is the memory of one PREVIOUS or SAMPLE_IF_TRUE.
type state struct {
	// source is the value that becomes the state after each step; first is its
	// value in the first step, known once a run.
	source, first int32
}

// place is where an expression stands, for addresses of random draws.
type place struct {
	element
	phase phase
	// draws counts the random calls met so far in the element's equation.
	draws *int
	scope model.Scope
	// combination numbers the star combination inside array functions.
	combination string
	equation    *model.Equation
}

// memoryKey tells apart the memories of functions such as PREVIOUS and SMTH1.
type memoryKey struct {
	element
	call        *model.Call
	combination string
}

func newLowering(m *model.Model, stop float64) *lowering {
	return &lowering{
		model: m, graph: newGraph(), dt: m.Time.DT, start: m.Time.Start, stop: stop,
		equations: map[*model.Variable][]*model.Equation{},
		lowered:   [2]map[element]int32{{}, {}},
		varied:    map[element]int32{}, stocks: map[element]int32{}, memoryOf: map[memoryKey]int32{}, waits: map[int32]int32{},
		sites: map[uint32]string{}, open: map[element]bool{}, transport: newTransport(m),
	}
}

func (l *lowering) errorAt(p place, offset int, format string, arguments ...any) error {
	at := p.v.Position
	if p.equation != nil {
		at = p.equation.PositionAt(offset)
	}
	return diagnostic.List{{Position: at, Code: "engine", Subject: p.v.Name, Message: fmt.Sprintf(format, arguments...)}}
}

// value returns the node of one element in a phase.
func (l *lowering) value(e element, ph phase) (int32, error) {
	if n, ok := l.varied[e]; ok {
		return n, nil
	}
	if ph == running && e.v.Kind == model.Stock {
		return l.graph.leaf(opStock, l.stocks[e], rankStep), nil
	}
	if n, ok := l.lowered[ph][e]; ok {
		return n, nil
	}
	if l.open[e] {
		return 0, fmt.Errorf("%s depends on itself", l.model.ElementName(e.v, e.flat))
	}
	l.open[e] = true
	defer delete(l.open, e)
	if d, ok := l.transport.drives(e.v); ok {
		n, err := l.drivenFlow(e, d, ph)
		if err == nil {
			l.lowered[ph][e] = n
		}
		return n, err
	}
	equations, ok := l.equations[e.v]
	if !ok {
		var err error
		if equations, err = l.model.EquationsByElement(e.v); err != nil {
			return 0, err
		}
		l.equations[e.v] = equations
	}
	q := equations[e.flat]
	if q == nil || q.Expression == nil {
		return 0, fmt.Errorf("%s has no equation", l.model.ElementName(e.v, e.flat))
	}
	scope, err := l.model.ScopeAt(e.v, q, e.flat)
	if err != nil {
		return 0, err
	}
	draws := 0
	n, err := l.expression(place{element: e, phase: ph, draws: &draws, scope: scope, equation: q}, q.Expression)
	if err != nil {
		return 0, err
	}
	if q.Graph != nil {
		n = l.graph.lookup(newTable(q.Graph), n)
	}
	if e.v.Kind == model.Flow && e.v.NonNegative {
		n = l.graph.binary(opMax, l.graph.constant(0), n)
	}
	if n, err = l.limit(e, ph, n); err != nil {
		return 0, err
	}
	if n, err = l.admitted(e, ph, n); err != nil {
		return 0, err
	}
	l.lowered[ph][e] = n
	return n, nil
}

func (l *lowering) expression(p place, x model.Expression) (int32, error) {
	g := l.graph
	switch x := x.(type) {
	case *model.Number:
		return g.constant(x.Value), nil
	case *model.Reference:
		return l.reference(p, x)
	case *model.Unary:
		n, err := l.expression(p, x.X)
		if err != nil {
			return 0, err
		}
		switch x.Operator {
		case model.Minus:
			return g.unary(opNegate, n), nil
		case model.Not:
			return g.unary(opNot, n), nil
		}
		return n, nil
	case *model.Binary:
		return l.binary(p, x)
	case *model.Conditional:
		n, err := l.all(p, x.Condition, x.Then, x.Else)
		if err != nil {
			return 0, err
		}
		return g.choose(n[0], n[1], n[2]), nil
	case *model.Call:
		return l.call(p, x)
	}
	return 0, l.errorAt(p, 0, "an equation holds a node of unknown kind %T", x)
}

func (l *lowering) all(p place, xs ...model.Expression) ([]int32, error) {
	nodes := make([]int32, len(xs))
	for i, x := range xs {
		n, err := l.expression(p, x)
		if err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	return nodes, nil
}

var binaryOps = map[model.Operator]op{
	model.Plus: opAdd, model.Minus: opSubtract, model.Times: opMultiply, model.Divide: opDivide,
	model.Power: opPower, model.Modulo: opModulo, model.Less: opLess, model.LessEqual: opLessEqual,
	model.Equal: opEqual, model.NotEqual: opNotEqual, model.And: opAnd, model.Or: opOr,
}

func (l *lowering) binary(p place, x *model.Binary) (int32, error) {
	n, err := l.all(p, x.X, x.Y)
	if err != nil {
		return 0, err
	}
	a, b := n[0], n[1]
	switch x.Operator {
	case model.Greater:
		return l.graph.binary(opLess, b, a), nil
	case model.GreaterEqual:
		return l.graph.binary(opLessEqual, b, a), nil
	}
	return l.graph.binary(binaryOps[x.Operator], a, b), nil
}

func (l *lowering) time(ph phase) int32 {
	if ph == initial {
		return l.graph.constant(l.start)
	}
	return l.graph.leaf(opTime, -1, rankStep)
}

func (l *lowering) reference(p place, x *model.Reference) (int32, error) {
	if l.model.Variable(x.Name) == nil && x.Subscripts == nil {
		if f, ok := model.FunctionNamed(x.Name); ok && f.Least == 0 {
			return l.call(p, &model.Call{At: x.At, Function: x.Name})
		}
	}
	if v, at, ok := l.model.Inside(x); ok && at != nil {
		return l.batch(p, v, at)
	}
	t, err := p.scope.Resolve(x)
	if err != nil {
		return 0, l.errorAt(p, x.Offset(), "%v", err)
	}
	if t.Variable == nil {
		return l.graph.constant(t.Value), nil
	}
	if t.Computed == nil {
		return l.value(element{t.Variable, t.Element}, p.phase)
	}
	return l.gather(p, t)
}

// gather reads the element that subscripts computed while running point to;
// an index outside the dimension gives what the model says.
func (l *lowering) gather(p place, t model.Target) (int32, error) {
	type candidate struct {
		flat      int
		condition int32
	}
	candidates := []candidate{{t.Element, l.graph.constant(1)}}
	for _, c := range t.Computed {
		index, err := l.expression(p, c.Expression)
		if err != nil {
			return 0, err
		}
		index = l.graph.unary(opFloor, index)
		var wider []candidate
		for _, o := range candidates {
			for i := range c.Size {
				here := l.graph.binary(opEqual, index, l.graph.constant(float64(i+1)))
				wider = append(wider, candidate{o.flat + i*c.Stride, l.graph.binary(opAnd, o.condition, here)})
			}
		}
		candidates = wider
	}
	result := l.outside()
	for _, c := range slices.Backward(candidates) {
		n, err := l.value(element{t.Variable, c.flat}, p.phase)
		if err != nil {
			return 0, err
		}
		result = l.graph.choose(c.condition, n, result)
	}
	return result, nil
}

// outside is what an index outside an array gives.
func (l *lowering) outside() int32 {
	if l.model.OutsideNaN {
		return l.graph.constant(math.NaN())
	}
	return l.graph.constant(0)
}

// testInput builds STEP(height, time), RAMP(slope, start, end) and
// PULSE(volume, first, interval). Times are compared with half a dt of slack,
// so that a time that is not a multiple of dt in binary still counts.
func (l *lowering) testInput(p place, name string, n []int32) int32 {
	g, t := l.graph, l.time(p.phase)
	zero, half := g.constant(0), g.constant(l.dt/2)
	from := func(at int32) int32 { return g.binary(opLessEqual, g.binary(opSubtract, at, half), t) }
	switch name {
	case "step":
		return g.choose(from(n[1]), n[0], zero)
	case "ramp":
		end := t
		if len(n) > 2 {
			end = g.binary(opMin, t, n[2])
		}
		return g.choose(from(n[1]), g.binary(opMultiply, n[0], g.binary(opMax, zero, g.binary(opSubtract, end, n[1]))), zero)
	default:
		rate := g.binary(opDivide, n[0], g.constant(l.dt))
		first := g.constant(l.start)
		if len(n) > 1 {
			first = n[1]
		}
		since := g.binary(opSubtract, t, first)
		hit := g.binary(opLess, g.unary(opAbs, since), half)
		if len(n) > 2 {
			// Distance to the nearest multiple of the interval, from the first on.
			k := g.unary(opFloor, g.binary(opAdd, g.binary(opDivide, since, n[2]), g.constant(0.5)))
			off := g.unary(opAbs, g.binary(opSubtract, since, g.binary(opMultiply, k, n[2])))
			repeated := g.binary(opAnd, g.binary(opLess, off, half), from(first))
			hit = g.choose(g.binary(opLess, zero, n[2]), repeated, hit)
		}
		return g.choose(hit, rate, zero)
	}
}

// pulseTrain builds Vensim's PULSE(start, width) and PULSE TRAIN(start, width,
// between, end): 1 inside the pulses, at least for one step, else 0.
func (l *lowering) pulseTrain(p place, n []int32) int32 {
	g, t := l.graph, l.time(p.phase)
	half := g.constant(l.dt / 2)
	width := g.binary(opMax, n[1], g.constant(l.dt))
	since := g.binary(opAdd, g.binary(opSubtract, t, n[0]), half)
	if len(n) > 2 {
		running := g.binary(opAnd, g.binary(opLessEqual, g.constant(0), since), g.binary(opLess, g.binary(opSubtract, t, n[3]), half))
		return g.choose(running, g.binary(opLess, g.binary(opModulo, since, n[2]), width), g.constant(0))
	}
	return g.binary(opAnd, g.binary(opLessEqual, g.constant(0), since), g.binary(opLess, since, width))
}

// site is the address of a random call: the variable's element and the call's
// order in its equation. It does not depend on the rest of the program, so that
// strategies meet the same draws. A seed in the call leads to other draws.
func (l *lowering) site(p place, number int, seed string) (uint32, error) {
	name := model.Canonical(l.model.ElementName(p.v, p.flat)) + p.combination + "#" + strconv.Itoa(number) + seed
	s := random.Site(name)
	if other, ok := l.sites[s]; ok && other != name {
		return 0, fmt.Errorf("the random draws of %q and %q would be the same by accident; rename one of the variables", other, name)
	}
	l.sites[s] = name
	return s, nil
}

// kinds says how the interpolations of a model read a graphical function.
var kinds = map[model.Interpolation]lookup.Kind{model.Continuous: lookup.Lines, model.Extrapolate: lookup.LinesBeyond, model.Discrete: lookup.PointBefore}

func newTable(g *model.Graph) lookup.Table { return lookup.New(g.X, g.Y, kinds[g.Interpolation]) }
