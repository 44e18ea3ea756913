package engine

import (
	"math"
	"strconv"
	"strings"

	"handover/engine/lookup"
	"handover/model"
)

var unaryOps = map[string]op{
	"exp": opExp, "ln": opLn, "log10": opLog10, "sqrt": opSqrt, "sin": opSin, "cos": opCos, "tan": opTan,
	"arcsin": opArcsin, "arccos": opArccos, "arctan": opArctan, "sinh": opSinh, "cosh": opCosh, "tanh": opTanh,
	"abs": opAbs, "int": opFloor, "gammaln": opLogGamma,
}

// memories are the functions whose value depends on earlier steps.
var memories map[string]func(*lowering, place, *model.Call) (int32, error)

func init() {
	memories = map[string]func(*lowering, place, *model.Call) (int32, error){
		"previous": (*lowering).previous, "sample_if_true": (*lowering).sample,
		"smth1": (*lowering).smooth, "smth3": (*lowering).smooth, "smthn": (*lowering).smooth,
		"delay1": (*lowering).delay, "delay3": (*lowering).delay, "delayn": (*lowering).delay,
		"delay": (*lowering).pipeline, "delay_fixed": (*lowering).pipeline,
		"trend": (*lowering).trend, "forcst": (*lowering).trend,
	}
}

// call lowers a call: of a variable's graphical function, of an array with a flat
// index, or of a builtin.
func (l *lowering) call(p place, x *model.Call) (int32, error) {
	g := l.graph
	f, builtin := model.FunctionNamed(x.Function)
	if v := l.model.Variable(x.Function); v != nil && (!builtin || v.Kind == model.Lookup) && len(x.Arguments) == 1 {
		return l.callVariable(p, x, v)
	}
	switch {
	case x.ReducesArray():
		if v, flat, ok := p.scope.Contents(x); ok {
			return l.reduceInside(element{v, flat}, p.phase, x.Function)
		}
		return l.reduce(p, x)
	case builtin && f.Table:
		return l.readTable(p, x, x.Arguments[0], x.Arguments[1])
	case builtin && f.Arrays > 0:
		return l.vector(p, x)
	case builtin && f.Random:
		return l.random(p, x)
	}
	switch x.Function {
	case "time":
		return l.time(p.phase), nil
	case "dt":
		return g.constant(l.dt), nil
	case "starttime":
		return g.constant(l.start), nil
	case "stoptime":
		return g.constant(l.stop), nil
	case "pi":
		return g.constant(math.Pi), nil
	case "inf":
		return g.constant(math.Inf(1)), nil
	case "init":
		p.phase = initial
		return l.expression(p, x.Arguments[0])
	case "active_initial":
		return l.expression(p, x.Arguments[int(p.phase)])
	}
	if remember, ok := memories[x.Function]; ok {
		return remember(l, p, x)
	}
	n, err := l.all(p, x.Arguments...)
	if err != nil {
		return 0, err
	}
	if o, ok := unaryOps[x.Function]; ok {
		return g.unary(o, n[0]), nil
	}
	switch x.Function {
	case "min", "max":
		o := opMin
		if x.Function == "max" {
			o = opMax
		}
		result := n[0]
		for _, a := range n[1:] {
			result = g.binary(o, result, a)
		}
		return result, nil
	case "trunc":
		return l.towardZero(n[0]), nil
	case "quantum":
		whole := l.towardZero(g.binary(opDivide, n[0], n[1]))
		return g.choose(g.binary(opLess, g.constant(0), n[1]), g.binary(opMultiply, n[1], whole), n[0]), nil
	case "safediv":
		otherwise := g.constant(0)
		if len(n) > 2 {
			otherwise = n[2]
		}
		return g.choose(n[1], g.binary(opDivide, n[0], n[1]), otherwise), nil
	case "if_then_else":
		return g.choose(n[0], n[1], n[2]), nil
	case "vensim_pulse", "pulse_train":
		return l.pulseTrain(p, n), nil
	case "step", "ramp", "pulse":
		return l.testInput(p, x.Function, n), nil
	case "sinwave", "coswave":
		o := opSin
		if x.Function == "coswave" {
			o = opCos
		}
		angle := g.binary(opDivide, g.binary(opMultiply, g.constant(2*math.Pi), l.time(p.phase)), n[1])
		return g.binary(opMultiply, n[0], g.unary(o, angle)), nil
	case "get_time_value":
		return l.timeValue(p, x, n)
	}
	if result, ok := l.arithmetic(x.Function, n); ok {
		return result, nil
	}
	return 0, l.errorAt(p, x.Offset(), "the function %s is not supported by the engine", strings.ToUpper(x.Function))
}

// towardZero cuts off the fraction.
func (l *lowering) towardZero(x int32) int32 {
	g := l.graph
	return g.choose(g.binary(opLess, x, g.constant(0)), g.unary(opNegate, g.unary(opFloor, g.unary(opNegate, x))), g.unary(opFloor, x))
}

// arithmetic builds the functions that are formulas of their arguments.
func (l *lowering) arithmetic(name string, n []int32) (int32, bool) {
	g := l.graph
	constant := func(x float64) int32 { return g.constant(x) }
	logFactorial := func(x int32) int32 { return g.unary(opLogGamma, g.binary(opAdd, x, constant(1))) }
	// A count is whole; the logarithms leave an error in the last digits.
	count := func(logarithm int32) int32 {
		return g.unary(opFloor, g.binary(opAdd, g.unary(opExp, logarithm), constant(0.5)))
	}
	standard := func(x int32, from int) int32 {
		if len(n) > from {
			x = g.binary(opSubtract, x, n[from])
		}
		if len(n) > from+1 {
			x = g.binary(opDivide, x, n[from+1])
		}
		return x
	}
	switch name {
	case "round": // halves away from zero
		return l.towardZero(g.binary(opAdd, n[0], g.choose(g.binary(opLess, n[0], constant(0)), constant(-0.5), constant(0.5)))), true
	case "mod", "modulo":
		return g.binary(opModulo, n[0], n[1]), true
	case "remainder":
		return g.binary(opRemainder, n[0], n[1]), true
	case "percent":
		return g.binary(opMultiply, constant(100), n[0]), true
	case "log":
		return g.binary(opDivide, g.unary(opLn, n[0]), g.unary(opLn, n[1])), true
	case "rootn":
		return g.binary(opPower, n[0], g.binary(opDivide, constant(1), n[1])), true
	case "factorial":
		return count(logFactorial(n[0])), true
	case "permutations":
		return count(g.binary(opSubtract, logFactorial(n[0]), logFactorial(g.binary(opSubtract, n[0], n[1])))), true
	case "combinations":
		rest := g.binary(opSubtract, n[0], n[1])
		return count(g.binary(opSubtract, g.binary(opSubtract, logFactorial(n[0]), logFactorial(n[1])), logFactorial(rest))), true
	case "normalcdf":
		high, low := standard(n[1], 2), standard(n[0], 2)
		return g.binary(opSubtract, g.unary(opNormalCDF, high), g.unary(opNormalCDF, low)), true
	case "invnorm":
		z := g.unary(opNormalQuantile, n[0])
		if len(n) > 2 {
			z = g.binary(opMultiply, z, n[2])
		}
		if len(n) > 1 {
			z = g.binary(opAdd, n[1], z)
		}
		return z, true
	}
	return 0, false
}

// timeValue is Vensim's GET TIME VALUE(relative, offset, measure) in units of
// time (measure 0), relative to the current time (0) or the start (1).
func (l *lowering) timeValue(p place, x *model.Call, n []int32) (int32, error) {
	relative, ok1 := l.graph.isConstant(n[0])
	measure, ok2 := l.graph.isConstant(n[2])
	if !ok1 || !ok2 || measure != 0 || relative != 0 && relative != 1 {
		return 0, l.errorAt(p, x.Offset(), "GET TIME VALUE is supported for measure 0 (units of time) relative to 0 (the current time) or 1 (the start): a model has no calendar")
	}
	base := l.time(p.phase)
	if relative == 1 {
		base = l.graph.constant(l.start)
	}
	return l.graph.binary(opAdd, base, n[1]), nil
}

// callVariable is name(x) where the name is one of the model: the graphical
// function of the variable read at x, or the element of an array at the flat
// index x, counted from 1 in row-major order.
func (l *lowering) callVariable(p place, x *model.Call, v *model.Variable) (int32, error) {
	if !v.Graphical() {
		index := model.ComputedSubscript{Expression: x.Arguments[0], Stride: 1, Size: l.model.Size(v)}
		return l.gather(p, model.Target{Variable: v, Computed: []model.ComputedSubscript{index}})
	}
	return l.readTable(p, &model.Call{At: x.At, Function: "lookup"}, &model.Reference{At: x.At, Name: x.Function}, x.Arguments[0])
}

// readTable reads a graphical function at x in the way that the call asks for.
func (l *lowering) readTable(p place, call *model.Call, name, x model.Expression) (int32, error) {
	graph, err := p.scope.Table(name)
	if err != nil {
		return 0, l.errorAt(p, name.Offset(), "%v", err)
	}
	n, err := l.expression(p, x)
	if err != nil {
		return 0, err
	}
	t := newTable(graph)
	switch call.Function {
	case "lookup_extrapolate":
		t = lookup.New(graph.X, graph.Y, lookup.LinesBeyond)
	case "lookup_forward":
		t = lookup.New(graph.X, graph.Y, lookup.PointAfter)
	case "lookup_backward":
		t = lookup.New(graph.X, graph.Y, lookup.PointBefore)
	case "lookupinv", "lookup_invert":
		var ok bool
		if t, ok = t.Inverse(); !ok {
			return 0, l.errorAt(p, name.Offset(), "the graphical function neither rises nor falls throughout, so it has no inverse")
		}
	}
	return l.graph.lookup(t, n), nil
}

// reduce computes SUM, MEAN, PROD, MIN, MAX, STDDEV or SIZE over the elements of
// arrays, in the order of the elements.
func (l *lowering) reduce(p place, x *model.Call) (int32, error) {
	g := l.graph
	var nodes []int32
	err := p.scope.Each(x, func(s model.Scope, argument model.Expression) error {
		if x.Function == "size" {
			nodes = append(nodes, 0)
			return nil
		}
		inner := p
		inner.scope = s
		inner.combination = p.combination + "/" + strconv.Itoa(len(nodes))
		n, err := l.expression(inner, argument)
		nodes = append(nodes, n)
		return err
	})
	if err != nil {
		return 0, err
	}
	if x.Function == "size" {
		return g.constant(float64(len(nodes))), nil
	}
	fold := func(o op, nodes []int32) int32 {
		total := nodes[0]
		for _, n := range nodes[1:] {
			total = g.binary(o, total, n)
		}
		return total
	}
	count := g.constant(float64(len(nodes)))
	switch x.Function {
	case "prod":
		return fold(opMultiply, nodes), nil
	case "min", "vmin":
		return fold(opMin, nodes), nil
	case "max", "vmax":
		return fold(opMax, nodes), nil
	case "mean":
		return g.binary(opDivide, fold(opAdd, nodes), count), nil
	case "stddev": // of the whole population
		mean := g.binary(opDivide, fold(opAdd, nodes), count)
		squares := make([]int32, len(nodes))
		for i, n := range nodes {
			d := g.binary(opSubtract, n, mean)
			squares[i] = g.binary(opMultiply, d, d)
		}
		return g.unary(opSqrt, g.binary(opDivide, fold(opAdd, squares), count)), nil
	}
	return fold(opAdd, nodes), nil
}
