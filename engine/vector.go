package engine

import (
	"strconv"

	"handover/model"
)

// vector lowers the functions that work on whole arrays. Each becomes a kernel
// over the elements of its arrays, of which one result is read.
func (l *lowering) vector(p place, x *model.Call) (int32, error) {
	switch x.Function {
	case "vector_select":
		return l.vectorSelect(p, x)
	case "invert_matrix":
		return l.invertMatrix(p, x)
	}
	first, err := l.elements(p, x, x.Arguments[0], "a")
	if err != nil {
		return 0, err
	}
	n := len(first)
	operands := first
	switch x.Function {
	case "vector_sort_order", "vector_rank":
		direction, err := l.expression(p, x.Arguments[1])
		if err != nil {
			return 0, err
		}
		ranked := x.Function == "vector_rank"
		k := l.graph.kernelNode(x.Function+strconv.Itoa(n), n, append(operands, direction), func(in, out []float64) {
			order := sortedOrder(in[:n], nil, in[n] <= 0)
			for place, i := range order {
				if ranked {
					out[i] = float64(place + 1)
				} else {
					out[place] = float64(i)
				}
			}
		})
		return l.result(p, k, n, x.Arguments[2])
	case "rank":
		second := 0
		if len(x.Arguments) > 2 {
			more, err := l.elements(p, x, x.Arguments[2], "b")
			if err != nil {
				return 0, err
			}
			if len(more) != n {
				return 0, l.errorAt(p, x.Arguments[2].Offset(), "RANK has arrays of %d and %d elements; expected two of the same size", n, len(more))
			}
			operands, second = append(operands, more...), n
		}
		k := l.graph.kernelNode("rank"+strconv.Itoa(n), n, operands, func(in, out []float64) {
			var ties []float64
			if second > 0 {
				ties = in[second:]
			}
			for place, i := range sortedOrder(in[:n], ties, false) {
				out[place] = float64(i + 1)
			}
		})
		return l.result(p, k, n, x.Arguments[1])
	case "allocate_available":
		return l.allocateAvailable(p, x, operands)
	case "allocate_by_priority":
		return l.allocateByPriority(p, x, operands)
	}
	return 0, l.errorAt(p, x.Offset(), "the function %s is not supported by the engine", x.Function)
}

// elements lowers an argument for each combination of its stars.
func (l *lowering) elements(p place, x *model.Call, argument model.Expression, side string) ([]int32, error) {
	var nodes []int32
	found, err := p.scope.EachStar(argument, func(s model.Scope) error {
		inner := p
		inner.scope = s
		inner.combination = p.combination + "/" + side + strconv.Itoa(len(nodes))
		n, err := l.expression(inner, argument)
		nodes = append(nodes, n)
		return err
	})
	if err == nil && !found {
		return nil, l.errorAt(p, argument.Offset(), "%s needs an array here, such as x[*]", x.Function)
	}
	return nodes, err
}

// result reads result number place (from 1) of a kernel with n results; outside
// them it is what the model says for an index outside an array.
func (l *lowering) result(p place, k int32, n int, place model.Expression) (int32, error) {
	at, err := l.expression(p, place)
	if err != nil {
		return 0, err
	}
	if i, ok := l.graph.isConstant(at); ok {
		if i != float64(int(i)) || i < 1 || int(i) > n {
			return 0, l.errorAt(p, place.Offset(), "the place %v is not a whole number from 1 to %d", i, n)
		}
		return l.graph.pick(k, int(i)-1), nil
	}
	at = l.graph.unary(opFloor, at)
	outcome := l.outside()
	for i := range n {
		here := l.graph.binary(opEqual, at, l.graph.constant(float64(i+1)))
		outcome = l.graph.choose(here, l.graph.pick(k, i), outcome)
	}
	return outcome, nil
}

// vectorSelect sums up the elements of x whose selection is not 0. Actions 0 to 4
// take x times its selection: sum, product, minimum, maximum, mean; 5 is the
// product of x to the power of its selection; 6 to 10 are the first five of x
// alone. An action that is computed while running and is none of these gives NaN.
func (l *lowering) vectorSelect(p place, x *model.Call) (int32, error) {
	var operands []int32
	// One pair a combination of the stars of both.
	both := &model.Binary{At: x.At, Operator: model.Times, X: x.Arguments[0], Y: x.Arguments[1]}
	found, err := p.scope.EachStar(both, func(s model.Scope) error {
		inner := p
		inner.scope = s
		inner.combination = p.combination + "/" + strconv.Itoa(len(operands))
		n, err := l.all(inner, x.Arguments[0], x.Arguments[1])
		operands = append(operands, n...)
		return err
	})
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, l.errorAt(p, x.Offset(), "VECTOR SELECT needs an array, such as x[*]")
	}
	rest, err := l.all(p, x.Arguments[2], x.Arguments[3])
	if err != nil {
		return 0, err
	}
	if action, ok := l.graph.isConstant(rest[1]); ok && !knownAction(action) {
		return 0, l.errorAt(p, x.Arguments[3].Offset(), "the action of VECTOR SELECT is %v; expected a whole number from 0 to 10", action)
	}
	pairs := len(operands)
	k := l.graph.kernelNode("vector_select"+strconv.Itoa(pairs), 1, append(operands, rest...), func(in, out []float64) {
		out[0] = selected(in[:pairs], in[pairs], in[pairs+1])
	})
	return l.graph.pick(k, 0), nil
}

func (l *lowering) invertMatrix(p place, x *model.Call) (int32, error) {
	operands, err := l.elements(p, x, x.Arguments[0], "a")
	if err != nil {
		return 0, err
	}
	n := 1
	for n*n < len(operands) {
		n++
	}
	if n*n != len(operands) {
		return 0, l.errorAt(p, x.Arguments[0].Offset(), "INVERT MATRIX has a matrix of %d elements; expected as many rows as columns", len(operands))
	}
	k := l.graph.kernelNode("invert_matrix", n*n, operands, func(in, out []float64) { invert(n, in, out) })
	// The place is that of the row and column in row-major order, from 1.
	row, column := x.Arguments[1], x.Arguments[2]
	at := &model.Binary{At: x.At, Operator: model.Plus, Y: column, X: &model.Binary{At: x.At, Operator: model.Times, Y: &model.Number{Value: float64(n)},
		X: &model.Binary{At: x.At, Operator: model.Minus, X: row, Y: &model.Number{Value: 1}}}}
	return l.result(p, k, n*n, at)
}

func (l *lowering) allocateAvailable(p place, x *model.Call, requests []int32) (int32, error) {
	n := len(requests)
	profiles, err := l.elements(p, x, x.Arguments[1], "b")
	if err != nil {
		return 0, err
	}
	if len(profiles) != profileSize*n {
		return 0, l.errorAt(p, x.Arguments[1].Offset(), "ALLOCATE AVAILABLE has %d requests and %d profile values; expected %d a request: kind, priority, width, extra", n, len(profiles), profileSize)
	}
	for i := range n {
		if kind, ok := l.graph.isConstant(profiles[i*profileSize]); ok && !knownCurve(kind) {
			return 0, l.errorAt(p, x.Arguments[1].Offset(), "ALLOCATE AVAILABLE with a priority profile of kind %v is not supported; expected 1 (rectangular), 2 (triangular), 3 (normal) or 4 (exponential)", kind)
		}
	}
	supply, err := l.expression(p, x.Arguments[2])
	if err != nil {
		return 0, err
	}
	operands := append(append(requests, profiles...), supply)
	k := l.graph.kernelNode("allocate_available"+strconv.Itoa(n), n, operands, func(in, out []float64) {
		allocateSupply(in[:n], in[n:len(in)-1], in[len(in)-1], out)
	})
	return l.result(p, k, n, x.Arguments[3])
}

func (l *lowering) allocateByPriority(p place, x *model.Call, requests []int32) (int32, error) {
	n := len(requests)
	priorities, err := l.elements(p, x, x.Arguments[1], "b")
	if err != nil {
		return 0, err
	}
	if len(priorities) != n {
		return 0, l.errorAt(p, x.Arguments[1].Offset(), "ALLOCATE BY PRIORITY has %d requests and %d priorities; expected one each", n, len(priorities))
	}
	rest, err := l.all(p, x.Arguments[2], x.Arguments[3])
	if err != nil {
		return 0, err
	}
	operands := append(append(requests, priorities...), rest...)
	k := l.graph.kernelNode("allocate_by_priority"+strconv.Itoa(n), n, operands, func(in, out []float64) {
		// A rectangle whose upper end is the priority, as wide as asked.
		profiles := make([]float64, 0, profileSize*n)
		for _, priority := range in[n : 2*n] {
			width := in[2*n]
			profiles = append(profiles, curveRectangular, priority-float64(0.5*width), width, 0)
		}
		allocateSupply(in[:n], profiles, in[2*n+1], out)
	})
	return l.result(p, k, n, x.Arguments[4])
}
