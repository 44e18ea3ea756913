package engine

import (
	"math"
	"strconv"

	"handover/model"
	"handover/random"
)

// draw is a kind of random draw that a program asks for as one operation; the
// other distributions are built from these in the graph.
type draw int32

const (
	drawUniform draw = iota // in (0, 1)
	drawNormal              // mean 0, deviation 1
	drawTriangular
	drawPoisson
	drawBinomial
	drawNegativeBinomial
	drawGamma
	drawBeta
)

var draws = map[string]draw{
	"triangular": drawTriangular, "poisson": drawPoisson, "binomial": drawBinomial,
	"negbinomial": drawNegativeBinomial, "gamma": drawGamma, "beta": drawBeta,
}

// random lowers a random function. Draws are addressed by (seed; run, step,
// site), made once a step and held over the stages of RK4; in the initial phase
// they are those of the first step. A seed among the arguments changes the site.
func (l *lowering) random(p place, x *model.Call) (int32, error) {
	f, _ := model.FunctionNamed(x.Function)
	number := *p.draws
	*p.draws++
	n, err := l.all(p, x.Arguments...)
	if err != nil {
		return 0, err
	}
	seed := ""
	if len(n) > f.Least {
		s, ok := l.graph.isConstant(n[f.Least])
		if !ok {
			return 0, l.errorAt(p, x.Arguments[f.Least].Offset(), "the seed of a random function must be a number that does not change")
		}
		seed = "@" + strconv.FormatFloat(s, 'g', -1, 64)
	}
	site, err := l.site(p, number, seed)
	if err != nil {
		return 0, err
	}
	g := l.graph
	node := func(kind draw, arguments ...int32) int32 {
		v := value{op: opRandom, a: -1, b: -1, c: -1, table: int32(kind), imm: math.Float64frombits(uint64(site))}
		for i, a := range arguments {
			*[...]*int32{&v.a, &v.b, &v.c}[i] = a
		}
		r := rankStep
		if p.phase == initial {
			r = rankRun
		}
		d := g.add(v, r)
		g.held[d] = true
		return d
	}
	switch x.Function {
	case "uniform", "random":
		width := g.binary(opSubtract, n[1], n[0])
		return g.binary(opAdd, n[0], g.binary(opMultiply, width, node(drawUniform))), nil
	case "normal":
		if len(n) == 4 {
			return 0, l.errorAt(p, x.Offset(), "NORMAL has a lower and no upper bound; expected %s", f.Usage)
		}
		if len(n) > 4 {
			return l.truncatedNormal(n[0], n[1], n[3], n[4], node(drawUniform)), nil
		}
		return g.binary(opAdd, n[0], g.binary(opMultiply, n[1], node(drawNormal))), nil
	case "lognormal":
		// The arguments are the mean and deviation of the draw itself, as in XMILE 1.0
		// section 3.5.2: with v = ln(1 + (deviation/mean)^2), the draw is
		// exp(ln(mean) - v/2 + sqrt(v) z).
		ratio := g.binary(opDivide, n[1], n[0])
		v := g.unary(opLn, g.binary(opAdd, g.constant(1), g.binary(opMultiply, ratio, ratio)))
		mu := g.binary(opSubtract, g.unary(opLn, n[0]), g.binary(opMultiply, g.constant(0.5), v))
		return g.unary(opExp, g.binary(opAdd, mu, g.binary(opMultiply, g.unary(opSqrt, v), node(drawNormal)))), nil
	case "exponential", "exprnd":
		return g.binary(opMultiply, g.unary(opNegate, n[0]), g.unary(opLn, node(drawUniform))), nil
	case "powerlaw":
		return l.powerLaw(n[0], n[1], n[2], node(drawUniform)), nil
	case "weibull": // by inversion
		e := g.unary(opNegate, g.unary(opLn, node(drawUniform)))
		return g.binary(opMultiply, n[1], g.binary(opPower, e, g.binary(opDivide, g.constant(1), n[0]))), nil
	}
	return node(draws[x.Function], n[:f.Least]...), nil
}

// truncatedNormal draws from a normal distribution between two bounds, by
// inversion.
func (l *lowering) truncatedNormal(mean, deviation, low, high, uniform int32) int32 {
	g := l.graph
	below := func(x int32) int32 {
		return g.unary(opNormalCDF, g.binary(opDivide, g.binary(opSubtract, x, mean), deviation))
	}
	from := below(low)
	share := g.binary(opAdd, from, g.binary(opMultiply, g.binary(opSubtract, below(high), from), uniform))
	x := g.binary(opAdd, mean, g.binary(opMultiply, deviation, g.unary(opNormalQuantile, share)))
	return g.binary(opMin, high, g.binary(opMax, low, x))
}

// powerLaw is random.Stream.PowerLaw as nodes, with the same bits: what does not
// depend on the draw is then computed once a run.
func (l *lowering) powerLaw(exponent, low, high, uniform int32) int32 {
	g := l.graph
	zero, one := g.constant(0), g.constant(1)
	finite := func(x int32) int32 { return g.binary(opEqual, g.binary(opSubtract, x, x), zero) }
	valid := g.binary(opAnd, g.binary(opLess, zero, low), g.binary(opLessEqual, low, high))
	valid = g.binary(opAnd, valid, g.binary(opAnd, finite(exponent), finite(low)))
	valid = g.binary(opAnd, valid, g.binary(opOr, finite(high), g.binary(opLess, one, exponent)))
	logRatio := g.binary(opSubtract, g.unary(opLn, high), g.unary(opLn, low))
	slope := g.binary(opSubtract, one, exponent)
	falling := g.binary(opLess, slope, zero)
	// A rising density is drawn from the upper end, where its mass is.
	from := g.choose(falling, low, high)
	share := g.choose(falling, uniform, g.binary(opSubtract, one, uniform))
	span := g.unary(opExpm1, g.choose(falling, g.binary(opMultiply, slope, logRatio), g.binary(opMultiply, g.unary(opNegate, slope), logRatio)))
	logarithm := g.binary(opDivide, g.unary(opLog1p, g.binary(opMultiply, share, span)), slope)
	flat := g.binary(opEqual, slope, zero)
	logarithm = g.choose(flat, g.binary(opMultiply, uniform, logRatio), logarithm)
	x := g.binary(opMultiply, g.choose(flat, low, from), g.unary(opExp, logarithm))
	return g.choose(valid, g.binary(opMax, low, g.binary(opMin, high, x)), g.constant(math.NaN()))
}

// drawInto fills dst with one draw a lane, for the runs of the given numbers. The
// arguments are vectors of the same length, or nil.
func drawInto(dst []float64, kind draw, seed uint64, numbers []uint32, step, site uint32, a, b, c []float64) {
	for i := range dst {
		s := random.At(seed, numbers[i], step, site)
		switch kind {
		case drawUniform:
			dst[i] = s.Uniform()
		case drawNormal:
			dst[i] = s.Normal()
		case drawTriangular:
			dst[i] = s.Triangular(a[i], b[i], c[i])
		case drawPoisson:
			dst[i] = s.Poisson(a[i])
		case drawBinomial:
			dst[i] = s.Binomial(a[i], b[i])
		case drawNegativeBinomial:
			dst[i] = s.NegativeBinomial(a[i], b[i])
		case drawGamma:
			dst[i] = s.Gamma(a[i], b[i])
		case drawBeta:
			dst[i] = s.Beta(a[i], b[i])
		}
	}
}
