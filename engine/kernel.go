package engine

import (
	"encoding/binary"
	"slices"
)

// kernel is an operation on any number of operands with any number of results,
// for functions that are no formula: sorting, allocation, inversion of a matrix.
// It works on one lane at a time.
type kernel struct {
	// operands are nodes while lowering and registers in a program.
	operands []int32
	outputs  int
	run      func(in, out []float64)
	// device is used instead of run by conveyors and queues.
	device func(w *Worker, lane int, in, out []float64)
}

// kernelNode adds a kernel, or finds the same one; the name and size tell apart
// kernels of the same operands. Its results are read with pick.
func (g *graph) kernelNode(name string, outputs int, operands []int32, run func(in, out []float64)) int32 {
	key := []byte(name)
	for _, n := range operands {
		key = binary.LittleEndian.AppendUint32(key, uint32(n))
	}
	if n, ok := g.kernelOf[string(key)]; ok {
		return n
	}
	n := g.add(value{op: opKernel, a: -1, b: -1, c: -1, table: int32(len(g.kernels))}, g.rankOf(operands...))
	g.kernels = append(g.kernels, kernel{operands: operands, outputs: outputs, run: run})
	g.kernelOf[string(key)] = n
	return n
}

// pick is result i of a kernel; folded when all operands are constants.
func (g *graph) pick(node int32, i int) int32 {
	k := &g.kernels[g.values[node].table]
	if k.device != nil {
		return g.add(value{op: opPick, a: node, b: int32(i), c: -1}, g.ranks[node])
	}
	in := make([]float64, len(k.operands))
	for j, n := range k.operands {
		x, ok := g.isConstant(n)
		if !ok {
			return g.add(value{op: opPick, a: node, b: int32(i), c: -1}, g.ranks[node])
		}
		in[j] = x
	}
	out := make([]float64, k.outputs)
	k.run(in, out)
	return g.constant(out[i])
}

// runKernel executes a kernel over n lanes.
func (w *Worker) runKernel(i *instruction, n int) {
	k := &w.program.kernels[i.table]
	if need := len(k.operands) + k.outputs; len(w.scratch) < need {
		w.scratch = make([]float64, need)
	}
	in, out := w.scratch[:len(k.operands)], w.scratch[len(k.operands):][:k.outputs]
	for lane := range n {
		for j, r := range k.operands {
			in[j] = w.registers[int(r)*w.lanes+lane]
		}
		if k.device != nil {
			k.device(w, lane, in, out)
		} else {
			k.run(in, out)
		}
		for j, x := range out {
			w.registers[(int(i.d)+j)*w.lanes+lane] = x
		}
	}
}

// ranks writes for each value its place, from 0, in rising (or falling) order;
// equal values keep their order, by the second values first if there are any.
func ranks(x, second []float64, falling bool, out []float64) {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		c := compareNaN(x[a], x[b])
		if c == 0 && second != nil {
			c = compareNaN(second[a], second[b])
		}
		if falling {
			c = -c
		}
		return c
	})
	for place, i := range order {
		out[i] = float64(place)
	}
}

// compareNaN orders numbers, NaN before all others.
func compareNaN(a, b float64) int {
	switch {
	case a < b || a != a && b == b:
		return -1
	case a > b || a == a && b != b:
		return 1
	}
	return 0
}
