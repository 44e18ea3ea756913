package engine

import (
	"math"

	"handover/fpmath"
)

// execute runs instructions over the first n lanes of the registers. In later
// stages of a step, held values are left as they are.
func (w *Worker) execute(code []instruction, n int, stage int) {
	lanes := w.lanes
	registers := w.registers
	vector := func(r int32) []float64 {
		at := int(r) * lanes
		return registers[at : at+n : at+n]
	}
	for k := range code {
		i := &code[k]
		if i.held && stage > 0 {
			continue
		}
		if i.op == opKernel {
			w.runKernel(i, n)
			continue
		}
		d := vector(i.d)
		var a, b []float64
		if i.a >= 0 {
			a = vector(i.a)[:len(d)]
		}
		if i.b >= 0 {
			b = vector(i.b)[:len(d)]
		}
		switch i.op {
		case opAdd:
			for j := range d {
				d[j] = a[j] + b[j]
			}
		case opSubtract:
			for j := range d {
				d[j] = a[j] - b[j]
			}
		case opMultiply:
			for j := range d {
				d[j] = a[j] * b[j]
			}
		case opDivide:
			for j := range d {
				d[j] = a[j] / b[j]
			}
		case opMultiplyAdd:
			c := vector(i.c)[:len(d)]
			for j := range d {
				d[j] = float64(a[j]*b[j]) + c[j]
			}
		case opNegate:
			for j := range d {
				d[j] = -a[j]
			}
		case opMin:
			for j := range d {
				d[j] = min(a[j], b[j])
			}
		case opMax:
			for j := range d {
				d[j] = max(a[j], b[j])
			}
		case opLess:
			for j := range d {
				d[j] = truth(a[j] < b[j])
			}
		case opLessEqual:
			for j := range d {
				d[j] = truth(a[j] <= b[j])
			}
		case opSelect:
			c := vector(i.c)[:len(d)]
			for j := range d {
				// Through the bits, so that it compiles without a branch.
				v := math.Float64bits(c[j])
				if then := math.Float64bits(b[j]); a[j] != 0 {
					v = then
				}
				d[j] = math.Float64frombits(v)
			}
		case opExp:
			fpmath.ExpInto(d, a)
		case opLn:
			fpmath.LogInto(d, a)
		case opSqrt:
			for j := range d {
				d[j] = math.Sqrt(a[j])
			}
		case opAbs:
			for j := range d {
				d[j] = math.Abs(a[j])
			}
		case opLookup:
			t := w.program.tables[i.table]
			for j := range d {
				d[j] = t.at(a[j])
			}
		case opRandom:
			var c []float64
			if i.c >= 0 {
				c = vector(i.c)
			}
			drawInto(d, draw(i.table), w.seed, w.numbers, w.at, i.site, a, b, c)
		case opPower, opModulo, opRemainder, opEqual, opNotEqual, opAnd, opOr:
			for j := range d {
				d[j] = applyBinary(i.op, a[j], b[j])
			}
		default:
			for j := range d {
				d[j] = applyUnary(i.op, a[j])
			}
		}
	}
}
