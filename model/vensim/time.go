package vensim

import (
	"errors"
	"fmt"
	"math"

	"handover/fpmath"
	"handover/model"
)

// time sets when and with which step the model runs, from the control variables.
func (r *reader) time() {
	t := &r.model.Time
	t.Method = r.method
	start, ok := r.control("initial_time", 0)
	if !ok {
		return
	}
	t.Start = start
	if again, ok := r.control("initial_time", start); ok && again != start {
		r.fail(r.variables["initial_time"].at, "unsupported", "INITIAL TIME", "", "INITIAL TIME changes with Time")
		return
	}
	t.Position = r.position(r.variables["initial_time"].at)
	if t.DT, ok = r.control("time_step", start); !ok {
		return
	}
	if v := r.variables["time_step"]; len(v.pieces) > 0 {
		t.Unit = v.pieces[0].units
	}
	t.Save = t.DT
	if r.variables["saveper"] != nil {
		if t.Save, ok = r.control("saveper", start); !ok {
			return
		}
	}
	r.stop(t)
}

// mostSteps bounds the search for the stop time.
const mostSteps = 1_000_000

// stop finds the stop time. A FINAL TIME that depends on Time is followed step by
// step, as Vensim does: the run ends at the first step at which Time has reached
// it.
func (r *reader) stop(t *model.Time) {
	final, ok := r.control("final_time", t.Start)
	if !ok {
		return
	}
	t.Stop = final
	e := evaluation{r: r}
	_, _ = e.variable("final_time")
	followed := e.timed
	for _, name := range []string{"time_step", "saveper"} {
		e := evaluation{r: r, time: t.Start}
		if r.variables[name] != nil {
			_, _ = e.variable(name)
		}
		followed = followed || e.timed
	}
	if !followed || !(t.DT > 0) {
		return
	}
	for i := range mostSteps {
		now := t.Start + float64(float64(i)*t.DT)
		for k, name := range [...]string{"time_step", "saveper"} {
			want := [...]float64{t.DT, t.Save}[k]
			if r.variables[name] == nil {
				continue
			}
			if got, ok := r.control(name, now); !ok || got != want {
				r.fail(r.variables[name].at, "unsupported", r.variables[name].name, "use the smallest value throughout",
					"it changes from %v to %v at time %v; a step that changes while the model runs is not supported", want, got, now)
				return
			}
		}
		end, ok := r.control("final_time", now)
		if !ok {
			return
		}
		if now >= end-float64(t.DT*1e-6) {
			t.Stop = now
			return
		}
	}
	r.fail(r.variables["final_time"].at, "time", "FINAL TIME", "", "FINAL TIME is not reached within %d steps", mostSteps)
}

// control evaluates a control variable at a time.
func (r *reader) control(key string, at float64) (float64, bool) {
	v := r.variables[key]
	if v == nil {
		r.fail(0, "time", key, "", "the model has no equation for %q", key)
		return 0, false
	}
	e := evaluation{r: r, time: at}
	value, err := e.variable(key)
	if err != nil {
		r.fail(v.at, "time", v.name, "use numbers, constants and Time only", "the value cannot be found before the model runs: %v", err)
		return 0, false
	}
	return value, true
}

// evaluation computes scalar equations from constants and Time.
type evaluation struct {
	r     *reader
	time  float64
	timed bool
	depth int
	work  int
	value float64
}

func (e *evaluation) variable(key string) (float64, error) {
	v := e.r.variables[key]
	switch {
	case v == nil:
		return 0, fmt.Errorf("%q is not defined", key)
	case len(v.pieces) != 1 || len(v.dimensions) > 0 || v.pieces[0].body == nil:
		return 0, fmt.Errorf("%q is not a plain number", v.name)
	}
	if e.depth++; e.depth > 100 {
		return 0, fmt.Errorf("%q depends on too many other variables", v.name)
	}
	defer func() { e.depth-- }()
	x, err := e.expression(v.pieces[0].body)
	e.value = x
	return x, err
}

var errNotConstant = errors.New("it depends on more than constants and Time")

func (e *evaluation) expression(x model.Expression) (float64, error) {
	e.r.work++
	if e.work++; e.work > 100_000 || e.r.work > mostWork {
		return 0, errors.New("the equation is too long")
	}
	switch x := x.(type) {
	case *model.Number:
		return x.Value, nil
	case *model.Reference:
		switch {
		case x.Subscripts != nil:
			return 0, errNotConstant
		case x.Name == "time" && e.r.variables["time"] == nil:
			e.timed = true
			return e.time, nil
		}
		return e.variable(x.Name)
	case *model.Unary:
		v, err := e.expression(x.X)
		if x.Operator == model.Not {
			return truth(v == 0), err
		}
		return -v, err
	case *model.Binary:
		a, err := e.expression(x.X)
		if err != nil {
			return 0, err
		}
		b, err := e.expression(x.Y)
		return operate(x.Operator, a, b), err
	case *apply:
		return e.call(x)
	}
	return 0, errNotConstant
}

func (e *evaluation) call(a *apply) (float64, error) {
	x := make([]float64, len(a.arguments))
	for i, argument := range a.arguments {
		var err error
		if x[i], err = e.expression(argument); err != nil {
			return 0, err
		}
	}
	switch key := a.name.key; {
	case e.r.macros[key] != nil || e.r.variables[key] != nil:
		return 0, errNotConstant
	case key == "if_then_else" && len(x) == 3:
		if x[0] != 0 {
			return x[1], nil
		}
		return x[2], nil
	case key == "min" && len(x) == 2:
		return math.Min(x[0], x[1]), nil
	case key == "max" && len(x) == 2:
		return math.Max(x[0], x[1]), nil
	case len(x) == 1:
		switch key {
		case "abs":
			return math.Abs(x[0]), nil
		case "exp":
			return fpmath.Exp(x[0]), nil
		case "ln":
			return fpmath.Log(x[0]), nil
		case "sqrt":
			return math.Sqrt(x[0]), nil
		case "integer":
			return math.Trunc(x[0]), nil
		}
	}
	return 0, errNotConstant
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func operate(o model.Operator, a, b float64) float64 {
	switch o {
	case model.Plus:
		return a + b
	case model.Minus:
		return a - b
	case model.Times:
		return a * b
	case model.Divide:
		return a / b
	case model.Power:
		return fpmath.Pow(a, b)
	case model.Less:
		return truth(a < b)
	case model.LessEqual:
		return truth(a <= b)
	case model.Greater:
		return truth(a > b)
	case model.GreaterEqual:
		return truth(a >= b)
	case model.Equal:
		return truth(a == b)
	case model.NotEqual:
		return truth(a != b)
	case model.And:
		return truth(a != 0 && b != 0)
	default:
		return truth(a != 0 || b != 0)
	}
}
