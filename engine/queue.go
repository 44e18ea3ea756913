package engine

import (
	"fmt"
	"math"
	"slices"

	"handover/diagnostic"
)

// queue is a queue element: batches in the order in which they came, each what
// one inflow brought in one step. Outflows are served in their order from the
// front, after what comes in during the step has joined the end (XMILE 1.0
// section 3.7.3).
type queue struct {
	stock int32
	exits int
	// first has the initial batches. step has the volume of each inflow, and how
	// many batches, and how much of the next, all outflows take. Both are nodes
	// while lowering and registers in a program.
	first, step []int32
}

// queueLane is a queue of one run.
type queueLane struct{ batches []float64 }

func (l *queueLane) total() float64 {
	sum := 0.0
	for _, x := range l.batches {
		sum += x
	}
	return sum
}

// exit is one outflow of a queue.
type exit struct {
	overflow, whole, single bool
}

// serve finds what an outflow takes. Its operands are, after the volumes that
// come in: how many batches, and how much of the next, outflows before it have
// taken; whether one of them was blocked; and the room downstream. Results are
// the volume taken, whether outflows are blocked now, and the first two anew.
func (q exit) serve(batches, in, out []float64) {
	last := len(in) - 4
	count, part, blocked, room := int(in[last]), in[last+1], in[last+2] != 0, in[last+3]
	coming := in[:0]
	for _, x := range in[:last] {
		if x > 0 || x != x {
			coming = append(coming, x)
		}
	}
	if q.overflow && !blocked {
		out[0], out[1], out[2], out[3] = 0, 0, float64(count), part
		return
	}
	taken, stopped := 0.0, false
	for !stopped && count < len(batches)+len(coming) {
		var batch float64
		if count < len(batches) {
			batch = batches[count] - part
		} else {
			batch = coming[count-len(batches)] - part
		}
		// A hair of rounding does not keep a batch out for ever.
		if stopped = batch > room*(1+1e-12); !stopped {
			taken += batch
			room = max(0, room-batch)
			count, part = count+1, 0
			if q.single {
				break
			}
			continue
		}
		if !q.whole {
			taken += room
			part += room
		}
	}
	// An overflow passes on what was blocked before it, unless it is blocked too.
	blocked = stopped || blocked && !q.overflow
	out[0], out[1], out[2], out[3] = taken, truth(blocked), float64(count), part
}

// queueExit lowers an outflow of a queue.
func (l *lowering) queueExit(s, e element, ph phase) (int32, error) {
	g := l.graph
	operands, err := l.queueVolumes(s, ph)
	if err != nil {
		return 0, err
	}
	count, part, blocked := g.constant(0), g.constant(0), g.constant(0)
	for _, name := range s.v.Outflows {
		f := l.model.Variable(name)
		if f == e.v {
			break
		}
		if _, err := l.value(element{f, s.flat}, ph); err != nil {
			return 0, err
		}
		before := l.transport.exits[phaseKey{element{f, s.flat}, ph}]
		blocked, count, part = g.pick(before, 1), g.pick(before, 2), g.pick(before, 3)
	}
	room := g.constant(math.Inf(1))
	how := exit{overflow: e.v.Overflow}
	if next := l.transport.Receives(e.v); next != nil {
		how.whole, how.single = next.Conveyor.BatchIntegrity, next.Conveyor.OneAtATime
		if room, err = l.room(element{next, e.flat}, e.v, ph); err != nil {
			return 0, err
		}
	}
	operands = append(operands, count, part, blocked, room)
	number := l.transport.numberOf[s]
	var n int32
	if ph == running {
		n = g.deviceNode(4, operands, func(w *Worker, lane int, in, out []float64) {
			how.serve(w.waiting[number][lane].batches, in, out)
		})
	} else {
		values, err := l.contents(s)
		if err != nil {
			return 0, err
		}
		n = g.kernelNode(fmt.Sprint("queue ", number, " ", e.v.Name), 4, append(values, operands...), func(in, out []float64) {
			var line queueLane
			line.begin(in[:len(values)])
			how.serve(line.batches, slices.Clone(in[len(values):]), out)
		})
	}
	l.transport.exits[phaseKey{e, ph}] = n
	return g.binary(opDivide, g.pick(n, 0), g.constant(l.dt)), nil
}

// queueVolumes are what each inflow brings to a queue in a step.
func (l *lowering) queueVolumes(s element, ph phase) ([]int32, error) {
	var volumes []int32
	for _, name := range s.v.Inflows {
		n, err := l.value(element{l.model.Variable(name), s.flat}, ph)
		if err != nil {
			return nil, err
		}
		volumes = append(volumes, l.graph.binary(opMultiply, n, l.graph.constant(l.dt)))
	}
	return volumes, nil
}

// completeQueue lowers what a queue needs at the start and at every step.
func (l *lowering) completeQueue(e element) error {
	g := l.graph
	first, err := l.contents(e)
	if err != nil {
		return err
	}
	for _, n := range first {
		if x, ok := g.isConstant(n); ok && !(x >= 0) {
			return diagnostic.List{{Position: e.v.Position, Code: "queue", Subject: l.model.ElementName(e.v, e.flat),
				Message: fmt.Sprintf("the initial content of the queue is %v; expected at least 0", x)}}
		}
	}
	step, err := l.queueVolumes(e, running)
	if err != nil {
		return err
	}
	count, part := g.constant(0), g.constant(0)
	if k := len(e.v.Outflows); k > 0 {
		f := element{l.model.Variable(e.v.Outflows[k-1]), e.flat}
		if _, err := l.value(f, running); err != nil {
			return err
		}
		last := l.transport.exits[phaseKey{f, running}]
		count, part = g.pick(last, 2), g.pick(last, 3)
	}
	q := &l.transport.queues[l.transport.numberOf[e]]
	q.first, q.step = first, append(step, count, part)
	return nil
}

// begin fills a queue with its initial batches, front first.
func (l *queueLane) begin(values []float64) {
	l.batches = l.batches[:0]
	for _, x := range values {
		if x < 0 || math.IsInf(x, 0) {
			x = math.NaN()
		}
		if x != 0 {
			l.batches = append(l.batches, x)
		}
	}
}

// advance takes in what came and lets go of what outflows have taken.
func (l *queueLane) advance(in []float64) {
	last := len(in) - 2
	for _, x := range in[:last] {
		if x > 0 || x != x {
			l.batches = append(l.batches, x)
		}
	}
	l.batches = slices.Delete(l.batches, 0, int(in[last]))
	if len(l.batches) > 0 {
		l.batches[0] -= in[last+1]
	}
}
