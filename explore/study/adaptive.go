package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/explore/evaluate"
	"handover/model"
)

// Act sets a variable of the model to a value while a sign stands.
type Act struct {
	Variable string
	Value    float64
}

// gateName is the name of a sign's gate: one that neither the model nor the strategy
// uses.
func gateName(c *casefile.Case, base *casefile.Strategy, series casefile.Series) string {
	name := "sign of " + strings.Map(func(r rune) rune {
		if r == '-' || r == '_' {
			return ' '
		}
		return r
	}, series.ID)
	for {
		used := c.Model.Variable(name) != nil || c.Model.Variable(name+" limit") != nil
		for _, v := range base.Variables {
			used = used || model.Canonical(v.Name) == model.Canonical(name+" limit")
		}
		for _, g := range base.Gates {
			used = used || model.Canonical(g.Name) == model.Canonical(name)
		}
		if !used {
			return name
		}
		name += " again"
	}
}

// watch is the base with a gate that is closed while the sign stands, and that
// nothing heeds. A sign that has fallen by a tenth, for as long as it took to count,
// stands no longer.
func (w *watched) watch(c *casefile.Case, base *casefile.Strategy, s sign) (casefile.Strategy, string) {
	series := w.series[s.series]
	name := gateName(c, base, series)
	limit, back := name+" limit", name+" limit to stand down"
	than, less := ">", "<"
	off := s.limit - float64(0.1*math.Abs(s.limit))
	if !s.above {
		than, less = less, than
		off = s.limit + float64(0.1*math.Abs(s.limit))
	}
	t := *base
	t.ID = base.ID + "-watched"
	units := unitsOf(c.Model, series.Expression)
	t.Variables = append(slices.Clone(base.Variables),
		casefile.StrategyVariable{Name: limit, Expression: literal(s.limit), Units: units, Meaning: fmt.Sprintf("Beyond it, %s tells of trouble", strings.ToLower(series.Name))},
		casefile.StrategyVariable{Name: back, Expression: literal(off), Units: units, Meaning: fmt.Sprintf("On the other side of it, %s tells of trouble no longer", strings.ToLower(series.Name))})
	t.Gates = append(slices.Clone(base.Gates), casefile.Gate{Name: name, Evidence: w.hold,
		Close:   fmt.Sprintf("(%s) %s %s", series.Expression, than, model.Canonical(limit)),
		Open:    fmt.Sprintf("(%s) %s %s", series.Expression, less, model.Canonical(back)),
		Meaning: fmt.Sprintf("closed while %s is %s %s", strings.ToLower(series.Name), map[bool]string{true: "above", false: "below"}[s.above], literal(s.limit))})
	return t, name
}

// unitsOf are the units of an expression that is a variable, or a sum or the like of
// one; 1 for others.
func unitsOf(m *model.Model, text string) string {
	e, err := model.ParseExpression(text)
	if err != nil {
		return "1"
	}
	if call, ok := e.(*model.Call); ok && len(call.Arguments) == 1 && slices.Contains([]string{"sum", "mean", "max", "min"}, call.Function) {
		e = call.Arguments[0]
	}
	if r, ok := e.(*model.Reference); ok {
		if v := m.Variable(r.Name); v != nil && v.Units != "" {
			return v.Units
		}
	}
	return "1"
}

// adapted is a watched strategy that heeds its gate: it sets variables while the
// gate is closed, or, without acts, its steps pause. from is the id of the strategy
// that is watched.
func adapted(c *casefile.Case, watch casefile.Strategy, from, id, gate string, acts []Act) (casefile.Strategy, error) {
	t := watch
	t.ID = id
	if len(acts) == 0 {
		return paused(t, from, gate)
	}
	t.Levers, t.Variables = slices.Clone(t.Levers), slices.Clone(t.Variables)
	for k, a := range acts {
		v := c.Model.Variable(a.Variable)
		if v == nil || v.Kind != model.Auxiliary && v.Kind != model.Constant || len(v.Dimensions) > 0 {
			return t, wrong("%q is no auxiliary or constant of the model that a strategy could set", a.Variable)
		}
		otherwise, i := "", slices.IndexFunc(t.Levers, func(l casefile.Lever) bool { return model.Canonical(l.Variable) == model.Canonical(v.Name) })
		switch {
		case i < 0:
			n, err := evaluate.Constant(c.Model, v.Name)
			if err != nil {
				return t, wrong("neither %s nor the model gives %s a number to go back to: %w", from, v.Name, err)
			}
			name := fmt.Sprintf("%s otherwise", v.Name)
			t.Variables = append(t.Variables, casefile.StrategyVariable{Name: name, Expression: literal(n), Units: v.Units, Meaning: "Value while no sign stands"})
			otherwise = model.Canonical(name)
		case t.Levers[i].Expression != "":
			otherwise = "(" + t.Levers[i].Expression + ")"
		case t.Levers[i].Interpolation != "":
			return t, wrong("%s sets %s in steps, which cannot be joined with a sign; write it as an expression", from, v.Name)
		default:
			set := Setup{Variable: v.Name}
			for _, p := range t.Levers[i].Points {
				set.Points = append(set.Points, []any{p[0], p[1]})
			}
			var constants []casefile.StrategyVariable
			otherwise, constants = polyline(c, set)
			if t.Clock != nil && !t.Levers[i].Calendar {
				otherwise = strings.ReplaceAll(otherwise, "(TIME - ", "("+model.Canonical(t.Clock.Name)+" - ")
			}
			t.Variables = append(t.Variables, constants...)
		}
		act := fmt.Sprintf("act %d on %s", k+1, gate)
		t.Variables = append(t.Variables, casefile.StrategyVariable{Name: act, Expression: literal(a.Value), Units: v.Units, Meaning: "Value of " + v.Name + " while the sign stands"})
		lever := casefile.Lever{Variable: v.Name, Expression: fmt.Sprintf("IF %s > 0.5 THEN %s ELSE %s", model.Canonical(gate), model.Canonical(act), otherwise)}
		if i < 0 {
			t.Levers = append(t.Levers, lever)
		} else {
			t.Levers[i] = lever
		}
	}
	return t, nil
}

// paused makes the strategy's steps wait while the gate is closed.
func paused(t casefile.Strategy, from, gate string) (casefile.Strategy, error) {
	steps := slices.ContainsFunc(t.Levers, func(l casefile.Lever) bool { return len(l.Points) > 1 && !l.Calendar })
	if !steps {
		return t, wrong("%s takes no steps that could pause: say with --act what to do while a sign stands", from)
	}
	if t.Clock == nil {
		t.Clock = &casefile.Clock{Name: "clock that waits"}
	}
	clock := *t.Clock
	clock.Paused = append(slices.Clone(clock.Paused), gate)
	t.Clock = &clock
	return t, nil
}
