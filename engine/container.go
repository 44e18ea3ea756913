package engine

import (
	"fmt"
	"math"

	"handover/model"
)

// insideOf lowers a number that is found from what a conveyor or queue holds at
// the start of a step, front first, and possibly an operand.
func (l *lowering) insideOf(e element, ph phase, name string, operands []int32, find func(x []float64, operands []float64) float64) (int32, error) {
	number := l.transport.numberOf[e]
	if ph == running {
		read := func(w *Worker, lane int) []float64 { return w.waiting[number][lane].batches }
		if e.v.Conveyor != nil {
			read = func(w *Worker, lane int) []float64 { return w.lines[number][lane].contents(w) }
		}
		n := l.graph.deviceNode(1, operands, func(w *Worker, lane int, in, out []float64) { out[0] = find(read(w, lane), in) })
		return l.graph.pick(n, 0), nil
	}
	first, err := l.contents(e)
	if err != nil {
		return 0, err
	}
	begin := func(in []float64) []float64 {
		var line queueLane
		line.begin(in)
		return line.batches
	}
	if e.v.Conveyor != nil {
		head, err := l.beltOperands(e, initial, false)
		if err != nil {
			return 0, err
		}
		first = append(head, first...)
		b := l.transport.belts[number]
		begin = func(in []float64) []float64 {
			var line beltLane
			b.begin(&line, in)
			return line.contents(nil)
		}
	}
	n := l.graph.kernelNode(fmt.Sprint("inside ", e.v.Queue, number, name), 1, append(first, operands...), func(in, out []float64) {
		out[0] = find(begin(in[:len(first)]), in[len(first):])
	})
	return l.graph.pick(n, 0), nil
}

// contents is what lies in each slat, in scratch space of the worker if there is
// one.
func (l *beltLane) contents(w *Worker) []float64 {
	if l.broken {
		return []float64{math.NaN()}
	}
	var x []float64
	if w != nil {
		x = w.slats(l.length)
	} else {
		x = make([]float64, l.length)
	}
	for i := range x {
		x[i] = l.slat(i)[0]
	}
	return x
}

// batch is q[place]: a place outside gives what the model says of arrays.
func (l *lowering) batch(p place, v *model.Variable, at model.Expression) (int32, error) {
	n, err := l.expression(p, at)
	if err != nil {
		return 0, err
	}
	outside := 0.0
	if l.model.OutsideNaN {
		outside = math.NaN()
	}
	return l.insideOf(element{v, 0}, p.phase, "[]", []int32{n}, func(x, operands []float64) float64 {
		if i := operands[0]; i >= 1 && i < float64(len(x)+1) {
			return x[int(i)-1]
		}
		return outside
	})
}

// reduceInside is an array function of what a conveyor or queue holds; 0 when it
// holds nothing.
func (l *lowering) reduceInside(e element, ph phase, function string) (int32, error) {
	return l.insideOf(e, ph, function, nil, func(x, _ []float64) float64 {
		if len(x) == 0 {
			return 0
		}
		count, sum, product, low, high := float64(len(x)), 0.0, 1.0, x[0], x[0]
		for _, b := range x {
			sum += b
			product *= b
			low, high = min(low, b), max(high, b)
		}
		switch function {
		case "size":
			return count
		case "mean":
			return sum / count
		case "min", "vmin":
			return low
		case "max", "vmax":
			return high
		case "prod":
			return product
		case "stddev": // of the whole population
			squares, mean := 0.0, sum/count
			for _, b := range x {
				squares += float64((b - mean) * (b - mean))
			}
			return math.Sqrt(squares / count)
		}
		return sum
	})
}
