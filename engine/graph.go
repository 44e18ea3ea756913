package engine

import (
	"math"

	"handover/fpmath"
)

// op is a primitive operation on one lane.
type op uint8

const (
	opConstant op = iota // immediate value
	opInput              // varied constant number a
	opTime               // the time of the stage
	opStock              // value of stock a
	opState              // value of state a
	opRing               // value that leaves pipeline a
	opAdd
	opSubtract
	opMultiply
	opDivide
	opNegate
	opMultiplyAdd // a*b (rounded) + c
	opMin
	opMax
	opModulo
	opPower
	opExp
	opLn
	opLog10
	opSqrt
	opSin
	opCos
	opTan
	opArcsin
	opArccos
	opArctan
	opSinh
	opCosh
	opTanh
	opAbs
	opFloor
	opLogGamma
	opNormalCDF
	opNormalQuantile
	opRemainder // with the sign of a
	opLess
	opLessEqual
	opEqual
	opNotEqual
	opAnd
	opOr
	opNot
	opSelect // c != 0 ? a : b, with operands (c, a, b)
	opLookup // table number table at a
	opRandom // draw of kind table, site in imm bits, arguments a, b, c
	opCopy   // a
	opKernel // kernel number table
	opPick   // result number b of kernel a
	opLog1p
	opExpm1
)

// rank says how often a value must be computed.
type rank uint8

const (
	rankConstant rank = iota
	rankRun           // once a run: depends on inputs and the seed
	rankStep          // at every stage of every step
)

// value is a node of the program in single-assignment form. Operands are
// numbers of earlier nodes; unused ones are -1.
type value struct {
	op      op
	a, b, c int32
	// table is a lookup or a kind of draw.
	table int32
	imm   float64
}

type valueKey struct {
	op             op
	a, b, c, table int32
	bits           uint64
}

// graph holds the nodes. Equal nodes are one node, and constants are folded
// with the same functions that the back ends use, so folding changes no bit.
type graph struct {
	values []value
	ranks  []rank
	// held marks values that are computed in the first stage of a step and kept
	// for the others.
	held   []bool
	index  map[valueKey]int32
	tables []table
	// tableOf and kernelOf find tables and kernels by what they hold.
	tableOf  map[string]int32
	kernels  []kernel
	kernelOf map[string]int32
}

func newGraph() *graph {
	return &graph{index: map[valueKey]int32{}, tableOf: map[string]int32{}, kernelOf: map[string]int32{}}
}

func (g *graph) add(v value, r rank) int32 {
	key := valueKey{v.op, v.a, v.b, v.c, v.table, math.Float64bits(v.imm)}
	if n, ok := g.index[key]; ok && g.ranks[n] == r {
		return n
	}
	n := int32(len(g.values))
	g.values = append(g.values, v)
	g.ranks = append(g.ranks, r)
	g.held = append(g.held, false)
	g.index[key] = n
	return n
}

func (g *graph) constant(x float64) int32 {
	if x != x {
		x = math.NaN() // one NaN only, so that folding is canonical
	}
	return g.add(value{op: opConstant, a: -1, b: -1, c: -1, imm: x}, rankConstant)
}

func (g *graph) isConstant(n int32) (float64, bool) {
	if v := &g.values[n]; v.op == opConstant {
		return v.imm, true
	}
	return 0, false
}

func (g *graph) leaf(o op, number int32, r rank) int32 {
	return g.add(value{op: o, a: number, b: -1, c: -1}, r)
}

// operands counts the operands of an operation that are values and stand in the
// value itself.
func (o op) operands() int {
	switch o {
	case opConstant, opInput, opTime, opStock, opState, opRing, opKernel:
		return 0
	case opMultiplyAdd, opSelect:
		return 3
	case opNegate, opExp, opLn, opLog10, opSqrt, opSin, opCos, opTan, opArcsin, opArccos, opArctan,
		opSinh, opCosh, opTanh, opAbs, opFloor, opLogGamma, opNormalCDF, opNormalQuantile, opNot, opLookup, opCopy, opPick,
		opLog1p, opExpm1:
		return 1
	case opRandom:
		return 3
	}
	return 2
}

// operands returns the nodes that node n reads, in buffer if it is large enough.
func (g *graph) operands(n int32, buffer *[3]int32) []int32 {
	v := &g.values[n]
	if v.op == opKernel {
		return g.kernels[v.table].operands
	}
	*buffer = [...]int32{v.a, v.b, v.c}
	count := v.op.operands()
	for count > 0 && buffer[count-1] < 0 {
		count-- // a draw with fewer arguments
	}
	return buffer[:count]
}

func (g *graph) rankOf(nodes ...int32) rank {
	r := rankConstant
	for _, n := range nodes {
		if n >= 0 {
			r = max(r, g.ranks[n])
		}
	}
	return r
}

// unary adds an operation of one operand.
func (g *graph) unary(o op, a int32) int32 {
	if x, ok := g.isConstant(a); ok {
		return g.constant(applyUnary(o, x))
	}
	return g.add(value{op: o, a: a, b: -1, c: -1}, g.ranks[a])
}

// binary adds an operation of two operands. Only identities that hold for every
// value, NaN, infinities and signed zeros included, are used to simplify.
func (g *graph) binary(o op, a, b int32) int32 {
	x, xok := g.isConstant(a)
	y, yok := g.isConstant(b)
	if xok && yok {
		return g.constant(applyBinary(o, x, y))
	}
	switch {
	case o == opMultiply && xok && x == 1:
		return b
	case (o == opMultiply || o == opDivide || o == opPower) && yok && y == 1:
		return a
	case o == opPower && yok && y == 2:
		return g.binary(opMultiply, a, a)
	case o == opSubtract && yok && y == 0 && !math.Signbit(y):
		return a
	}
	if (o == opAdd || o == opMultiply) && a > b {
		a, b = b, a // both commute exactly; one order shares more
	}
	return g.add(value{op: o, a: a, b: b, c: -1}, g.rankOf(a, b))
}

func (g *graph) choose(condition, then, otherwise int32) int32 {
	if c, ok := g.isConstant(condition); ok {
		if c != 0 {
			return then
		}
		return otherwise
	}
	if then == otherwise {
		return then
	}
	return g.add(value{op: opSelect, a: condition, b: then, c: otherwise}, g.rankOf(condition, then, otherwise))
}

func (g *graph) lookup(t table, a int32) int32 {
	if x, ok := g.isConstant(a); ok {
		return g.constant(t.at(x))
	}
	key := t.key()
	number, ok := g.tableOf[key]
	if !ok {
		number = int32(len(g.tables))
		g.tables = append(g.tables, t)
		g.tableOf[key] = number
	}
	return g.add(value{op: opLookup, a: a, b: -1, c: -1, table: number}, g.ranks[a])
}

// truth is 1 or 0, written so that it compiles without a branch.
func truth(b bool) float64 {
	var bits uint64
	if b {
		bits = 0x3ff0000000000000
	}
	return math.Float64frombits(bits)
}

func applyUnary(o op, x float64) float64 {
	switch o {
	case opNegate:
		return -x
	case opExp:
		return fpmath.Exp(x)
	case opLn:
		return fpmath.Log(x)
	case opLog10:
		return fpmath.Log10(x)
	case opSqrt:
		return math.Sqrt(x)
	case opSin:
		return fpmath.Sin(x)
	case opCos:
		return fpmath.Cos(x)
	case opTan:
		return fpmath.Tan(x)
	case opArcsin:
		return fpmath.Asin(x)
	case opArccos:
		return fpmath.Acos(x)
	case opArctan:
		return fpmath.Atan(x)
	case opSinh:
		return fpmath.Sinh(x)
	case opCosh:
		return fpmath.Cosh(x)
	case opTanh:
		return fpmath.Tanh(x)
	case opAbs:
		return math.Abs(x)
	case opFloor:
		return math.Floor(x)
	case opLogGamma:
		return fpmath.LogGamma(x)
	case opNormalCDF:
		return fpmath.NormalCDF(x)
	case opNormalQuantile:
		return fpmath.NormalQuantile(x)
	case opNot:
		return truth(x == 0)
	case opCopy:
		return x
	case opLog1p:
		return fpmath.Log1p(x)
	case opExpm1:
		return fpmath.Expm1(x)
	}
	panic("engine: not a unary operation")
}

func applyBinary(o op, x, y float64) float64 {
	switch o {
	case opAdd:
		return x + y
	case opSubtract:
		return x - y
	case opMultiply:
		return x * y
	case opDivide:
		return x / y
	case opMin:
		return min(x, y)
	case opMax:
		return max(x, y)
	case opModulo:
		return modulo(x, y)
	case opRemainder:
		return math.Mod(x, y)
	case opPower:
		return power(x, y)
	case opLess:
		return truth(x < y)
	case opLessEqual:
		return truth(x <= y)
	case opEqual:
		return truth(x == y)
	case opNotEqual:
		return truth(x != y)
	case opAnd:
		return truth(x != 0 && y != 0)
	case opOr:
		return truth(x != 0 || y != 0)
	}
	panic("engine: not a binary operation")
}

// power is exact for squares, whether the exponent is a number in the equation,
// which becomes a product, or a value that happens to be 2.
func power(x, y float64) float64 {
	if y == 2 {
		return x * x
	}
	return fpmath.Pow(x, y)
}

// modulo has the sign of y, as MOD has in Stella and Vensim. math.Mod is exact.
func modulo(x, y float64) float64 {
	m := math.Mod(x, y)
	if m != 0 && (m < 0) != (y < 0) {
		m += y
	}
	return m
}
