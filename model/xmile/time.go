package xmile

import (
	"strings"

	"handover/diagnostic"
	"handover/model"
)

// time reads <sim_specs>.
func (r *reader) time(n *node) {
	if n == nil {
		r.fail(diagnostic.Position{File: r.file}, "time", "", "the document has no <sim_specs>: start, stop and dt are needed")
		return
	}
	t := model.Time{DT: 1, Position: n.position}
	if u, ok := n.attribute("time_units"); ok {
		t.Unit = u
	}
	t.Method = r.method(n)
	for _, c := range []struct {
		name   string
		target *float64
	}{{"start", &t.Start}, {"stop", &t.Stop}} {
		e := n.child(c.name)
		if e == nil {
			r.fail(n.position, "time", c.name, "<sim_specs> lacks <%s>", c.name)
		} else if v, ok := r.number(e, e.content(), c.name); ok {
			*c.target = v
		}
	}
	if c := n.child("dt"); c != nil {
		if v, ok := r.number(c, c.content(), "dt"); ok {
			t.DT = v
			if reciprocal, _ := c.attribute("reciprocal"); strings.EqualFold(reciprocal, "true") {
				if v == 0 {
					r.fail(c.position, "time", "dt", "the reciprocal dt is 0")
				} else {
					t.DT = 1 / v
				}
			}
		}
	}
	t.Save = t.DT
	for _, name := range []string{"save_interval", "savestep", "saveper"} {
		text, ok := n.attribute(name)
		c := n
		if !ok {
			if c = n.anyChild(name); c == nil {
				continue
			}
			text = c.content()
		}
		if v, ok := r.number(c, text, "save interval"); ok && v > 0 {
			t.Save = v
		}
	}
	if c := n.child("run"); c != nil {
		if by, _ := c.attribute("by"); by != "" && by != "all" {
			r.fail(c.position, "unsupported", "run", "the model is set to run by %s; only whole models are run", by)
		}
	}
	r.model.Time = t
}

// method reads the integration method: the first of the list that there is, with
// a warning when that is not the first (XMILE 1.0 section 3.4.1).
func (r *reader) method(n *node) model.Method {
	text, _ := n.attribute("method")
	list := names(text)
	if len(list) == 0 {
		return model.Euler
	}
	for i, name := range list {
		m := model.Euler
		switch name {
		case "euler":
		case "rk4":
			m = model.RK4
		case "rk2":
			m = model.RK2
		case "rk45":
			m = model.RK45
		default:
			continue
		}
		if i > 0 {
			r.warn(n.position, "method", "method", "the integration method %q is not there; %s is used, as XMILE provides", list[0], m)
		}
		return m
	}
	r.failHint(n.position, "unsupported", "method", `a method to fall back to can be named behind it, as in "`+list[0]+`, RK4"`,
		"the integration method %q is not supported; expected Euler, RK2, RK4 or RK45", text)
	return model.Euler
}

// sameTime reports whether the <sim_specs> of a submodel says what the main
// model's does; other settings are not supported.
func (r *reader) sameTime(n *node) bool {
	probe := &reader{file: r.file, model: &model.Model{}, said: map[diagnostic.Diagnostic]bool{}}
	probe.time(n)
	t, main := probe.model.Time, r.model.Time
	return len(probe.found) == 0 && t.Start == main.Start && t.Stop == main.Stop && t.DT == main.DT && t.Method == main.Method
}
