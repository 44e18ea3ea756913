package engine

import "math"

// reducer turns the values of one variable into one number a lane while a run
// goes on.
type reducer struct {
	reduction
	// value is the running result; since is when a condition began to hold.
	value, since, last []float64
}

func newReducer(r reduction, lanes int) reducer {
	return reducer{reduction: r, value: make([]float64, lanes), since: make([]float64, lanes), last: make([]float64, lanes)}
}

func (r *reducer) reset() {
	start := 0.0
	switch r.Reduce {
	case Minimum:
		start = math.Inf(1)
	case Maximum:
		start = math.Inf(-1)
	case First:
		start = math.NaN()
	}
	for j := range r.value {
		r.value[j], r.since[j] = start, math.NaN()
	}
}

// observe takes the values of a step; for Final, of the last one alone.
func (r *reducer) observe(x []float64, t, dt float64, stop bool) {
	switch r.Reduce {
	case Final:
		copy(r.value, x)
	case Minimum:
		for j, v := range x {
			r.value[j] = min(r.value[j], v)
		}
	case Maximum:
		for j, v := range x {
			r.value[j] = max(r.value[j], v)
		}
	case Mean, Integral:
		if stop {
			copy(r.last, x)
			return
		}
		for j, v := range x {
			r.value[j] += float64(v * dt)
		}
	case First:
		for j, v := range x {
			switch {
			case v == 0 || v != v:
				r.since[j] = math.NaN()
				continue
			case math.IsNaN(r.since[j]):
				r.since[j] = t
			}
			// Half a step of slack: Hold may not be a multiple of dt in binary.
			if math.IsNaN(r.value[j]) && t-r.since[j] >= r.Hold-float64(dt/2) {
				r.value[j] = r.since[j]
			}
		}
	}
}

// result writes one number a lane; length is the length of the run.
func (r *reducer) result(out []float64, length float64) {
	copy(out, r.value)
	if r.Reduce != Mean {
		return
	}
	for j := range out {
		if length > 0 {
			out[j] /= length
		} else {
			out[j] = r.last[j]
		}
	}
}
