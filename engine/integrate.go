package engine

import (
	"handover/fpmath"
	"handover/model"
)

// integrator is what the methods other than Euler's keep: a value for each stock
// and lane, at stock*lanes+lane.
type integrator struct {
	// base holds the stocks at the start of the step, slopes the weighted sum of
	// net flows, stage the net flows of a stage.
	base, slopes, stage []float64
	adaptive
}

func newIntegrator(method model.Method, stocks, lanes int) integrator {
	vectors := func(n int) []float64 { return make([]float64, n*stocks*lanes) }
	switch method {
	case model.RK4:
		return integrator{base: vectors(1), slopes: vectors(1), stage: vectors(1)}
	case model.RK2:
		return integrator{base: vectors(1), slopes: vectors(1)}
	case model.RK45:
		q := integrator{base: vectors(1), stage: vectors(1)}
		for i := range q.k {
			q.k[i] = vectors(1)
		}
		q.time, q.length, q.proposed = make([]float64, lanes), make([]float64, lanes), make([]float64, lanes)
		return q
	}
	return integrator{}
}

// euler gives stocks their next values, by Euler's method.
func (w *Worker) euler(n int) {
	if w.state != nil && w.program.machine.advance != nil {
		w.state.Run(w.program.machine.advance, 0, n, nil)
		return
	}
	for _, s := range w.program.stocks {
		copy(w.vector(s.now, n), w.vector(s.next, n))
	}
}

// rungeKutta advances the stocks by one step of the classical fourth-order
// method; the first stage has been computed. Draws and PREVIOUS are held.
func (w *Worker) rungeKutta(step, n int) {
	p := w.program
	t, dt := p.timeAt(step), p.dt
	if w.state != nil && p.machine.stages != nil {
		for stage, distance := range [...]float64{dt / 2, dt / 2, dt} {
			w.state.Run(p.machine.stages[stage], 0, n, nil)
			w.setTime(t+distance, n)
			w.compute(n, stage+1)
		}
		w.state.Run(p.machine.stages[3], 0, n, nil)
		return
	}
	for i, s := range p.stocks {
		copy(w.base[i*w.lanes:][:n], w.vector(s.now, n))
		copy(w.slopes[i*w.lanes:][:n], w.vector(s.next, n))
	}
	// Slopes at the three later stages, with their distance in time and weight.
	for stage, q := range [...]struct{ distance, weight float64 }{{dt / 2, 2}, {dt / 2, 2}, {dt, 1}} {
		// Every slope is read before any stock moves: a slope may itself be a
		// stock's register.
		for i, s := range p.stocks {
			copy(w.stage[i*w.lanes:][:n], w.vector(s.next, n))
		}
		for i, s := range p.stocks {
			now, base, slope := w.vector(s.now, n), w.base[i*w.lanes:][:n], w.stage[i*w.lanes:][:n]
			for j := range now {
				now[j] = base[j] + float64(q.distance*slope[j])
			}
		}
		w.setTime(t+q.distance, n)
		w.compute(n, stage+1)
		for i, s := range p.stocks {
			sum, slope := w.slopes[i*w.lanes:][:n], w.vector(s.next, n)
			for j := range sum {
				sum[j] += float64(q.weight * slope[j])
			}
		}
	}
	for i, s := range p.stocks {
		now, base, sum := w.vector(s.now, n), w.base[i*w.lanes:][:n], w.slopes[i*w.lanes:][:n]
		for j := range now {
			now[j] = base[j] + float64(dt/6*sum[j])
		}
	}
}

// heun advances the stocks by one step of Heun's second-order method: the mean of
// the slopes at the start and at the end that Euler's method would reach.
func (w *Worker) heun(step, n int) {
	p := w.program
	t, dt := p.timeAt(step), p.dt
	for i, s := range p.stocks {
		copy(w.base[i*w.lanes:][:n], w.vector(s.now, n))
		copy(w.slopes[i*w.lanes:][:n], w.vector(s.next, n))
	}
	for i, s := range p.stocks {
		now, base, slope := w.vector(s.now, n), w.base[i*w.lanes:][:n], w.slopes[i*w.lanes:][:n]
		for j := range now {
			now[j] = base[j] + float64(dt*slope[j])
		}
	}
	w.setTime(t+dt, n)
	w.compute(n, 1)
	for i, s := range p.stocks {
		sum, slope := w.slopes[i*w.lanes:][:n], w.vector(s.next, n)
		for j := range sum {
			sum[j] += slope[j]
		}
	}
	for i, s := range p.stocks {
		now, base, sum := w.vector(s.now, n), w.base[i*w.lanes:][:n], w.slopes[i*w.lanes:][:n]
		for j := range now {
			now[j] = base[j] + float64(dt/2*sum[j])
		}
	}
}

// adaptive is what the method with its own steps keeps for each lane. Each lane
// steps by itself, so that no run depends on which others are in its block.
type adaptive struct {
	// k holds the slopes of the seven stages.
	k [7][]float64
	// time is how far a lane has come since the start of the step, length its
	// present step and proposed the one that its last error suggests.
	time, length, proposed []float64
}

// The tolerances of RK45 on a stock's error in one of its steps, relative to the
// stock and, for stocks near zero, absolute; and the smallest step, as a part of
// dt: below it a step is taken as it is, since only a jump asks for so short ones.
const (
	relativeTolerance = 1e-6
	absoluteTolerance = 1e-9
	smallestPart      = 1.0 / 4096
)

// The tableau of J. R. Dormand and P. J. Prince, "A family of embedded
// Runge-Kutta formulae", Journal of Computational and Applied Mathematics 6
// (1980), 19-26: where a stage lies, what it is made of, and the weights of the
// difference between the two orders. The last stage is the next step's first.
var (
	stageAt     = [7]float64{0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1}
	stageWeight = [7][6]float64{
		1: {1.0 / 5},
		2: {3.0 / 40, 9.0 / 40},
		3: {44.0 / 45, -56.0 / 15, 32.0 / 9},
		4: {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
		5: {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
		6: {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
	}
	errorWeight = [7]float64{71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40}
)

// restart lets each lane begin with a step of dt.
func (a *adaptive) restart(dt float64) {
	for j := range a.proposed {
		a.proposed[j] = dt
	}
}

// adapt advances the stocks by dt in as many steps as each lane needs. The slopes
// at the start have been computed. Draws and PREVIOUS are held.
func (w *Worker) adapt(step, n int) {
	p := w.program
	t, dt := p.timeAt(step), p.dt
	for i, s := range p.stocks {
		copy(w.base[i*w.lanes:][:n], w.vector(s.now, n))
		copy(w.k[0][i*w.lanes:][:n], w.vector(s.next, n))
	}
	clear(w.time)
	for w.measure(n, dt) {
		for stage := 1; stage < 7; stage++ {
			w.reach(stage, n)
			if p.time >= 0 {
				v := w.vector(p.time, n)
				for j := range v {
					v[j] = t + (w.time[j] + float64(stageAt[stage]*w.length[j]))
				}
			}
			w.compute(n, stage)
			for i, s := range p.stocks {
				copy(w.k[stage][i*w.lanes:][:n], w.vector(s.next, n))
			}
		}
		for j := range n {
			if w.length[j] > 0 {
				w.judge(j, dt)
			}
		}
	}
	for i, s := range p.stocks {
		copy(w.vector(s.now, n), w.base[i*w.lanes:][:n])
	}
}

// measure gives each lane the length of its next step, 0 to those that have
// arrived, and reports whether any has not.
func (w *Worker) measure(n int, dt float64) bool {
	under := false
	for j := range n {
		left := dt - w.time[j]
		switch h := w.proposed[j]; {
		case left <= 0:
			w.length[j] = 0
			continue
		case h >= left || left-h < dt*smallestPart:
			w.length[j] = left
		default:
			w.length[j] = h
		}
		under = true
	}
	return under
}

// reach moves the stocks to where a stage wants them. The seventh stage is at the
// end of the step: what it reaches is kept in w.stage.
func (w *Worker) reach(stage, n int) {
	for i, s := range w.program.stocks {
		now, base := w.vector(s.now, n), w.base[i*w.lanes:][:n]
		for j := range now {
			sum := 0.0
			for q, a := range stageWeight[stage][:stage] {
				sum += float64(a * w.k[q][i*w.lanes+j])
			}
			now[j] = base[j] + float64(w.length[j]*sum)
		}
		if stage == 6 {
			copy(w.stage[i*w.lanes:][:n], now)
		}
	}
}

// judge takes or refuses the step of a lane and proposes the next length. Where
// a value is not finite the step is taken, so that the run is found to be bad.
func (w *Worker) judge(j int, dt float64) {
	worst := 0.0
	for i := range w.program.stocks {
		at := i*w.lanes + j
		e := 0.0
		for q, b := range errorWeight {
			e += float64(b * w.k[q][at])
		}
		e *= w.length[j]
		scale := absoluteTolerance + float64(relativeTolerance*max(abs(w.base[at]), abs(w.stage[at])))
		worst = max(worst, abs(e)/scale)
	}
	h := w.length[j]
	factor := 5.0
	if worst > 0 {
		factor = min(5, max(0.2, 0.9*fpmath.Pow(worst, -0.2)))
	}
	if finite := worst-worst == 0; !finite {
		factor = 1
	} else if worst > 1 && h > 2*dt*smallestPart { // measure may double the smallest
		w.proposed[j] = max(h*factor, dt*smallestPart)
		return
	}
	w.proposed[j] = max(min(h*factor, dt), dt*smallestPart)
	if h >= dt-w.time[j] {
		w.time[j] = dt
	} else {
		w.time[j] += h
	}
	for i := range w.program.stocks {
		at := i*w.lanes + j
		w.base[at], w.k[0][at] = w.stage[at], w.k[6][at]
	}
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
