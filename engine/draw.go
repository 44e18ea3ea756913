package engine

import (
	"math"

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
	drawPowerLaw
)

var draws = map[string]draw{
	"triangular": drawTriangular, "poisson": drawPoisson, "binomial": drawBinomial,
	"negbinomial": drawNegativeBinomial, "gamma": drawGamma, "beta": drawBeta, "powerlaw": drawPowerLaw,
}

// random lowers a random function. Draws are addressed by (seed; run, step,
// site), made once a step and held over the stages of RK4; in the initial phase
// they are those of the first step.
func (l *lowering) random(p place, x *model.Call) (int32, error) {
	site, err := l.site(p)
	if err != nil {
		return 0, err
	}
	n, err := l.all(p, x.Arguments...)
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
	case "uniform":
		width := g.binary(opSubtract, n[1], n[0])
		return g.binary(opAdd, n[0], g.binary(opMultiply, width, node(drawUniform))), nil
	case "normal":
		return g.binary(opAdd, n[0], g.binary(opMultiply, n[1], node(drawNormal))), nil
	case "lognormal":
		return g.unary(opExp, g.binary(opAdd, n[0], g.binary(opMultiply, n[1], node(drawNormal)))), nil
	case "exponential":
		return g.binary(opMultiply, g.unary(opNegate, n[0]), g.unary(opLn, node(drawUniform))), nil
	}
	return node(draws[x.Function], n...), nil
}

// drawInto fills dst with one draw a lane for runs first, first+1, ... The
// arguments are vectors of the same length, or nil.
func drawInto(dst []float64, kind draw, seed uint64, first, step, site uint32, a, b, c []float64) {
	switch kind {
	case drawUniform:
		random.UniformInto(dst, seed, first, step, site, 0)
		return
	case drawNormal:
		random.NormalInto(dst, seed, first, step, site, 0)
		return
	}
	for i := range dst {
		s := random.At(seed, first+uint32(i), step, site)
		switch kind {
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
		case drawPowerLaw:
			dst[i] = s.PowerLaw(a[i], b[i], c[i])
		}
	}
}
