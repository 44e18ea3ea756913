package engine

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"handover/fpmath"
	"handover/model"
)

// walker runs a model of scalars by walking its trees, one run at a time: slow,
// plain, and written without the engine's graph, scheduling and registers.
type walker struct {
	m        *model.Model
	time     float64
	stocks   map[string]float64
	values   map[string]float64
	previous map[string]float64
	initial  bool
}

func (w *walker) variable(name string) float64 {
	v := w.m.Variable(name)
	if v.Kind == model.Stock && !w.initial {
		return w.stocks[name]
	}
	if x, ok := w.values[name]; ok {
		return x
	}
	x := w.eval(name, v.Equations[0].Expression)
	w.values[name] = x
	return x
}

func (w *walker) eval(own string, x model.Expression) float64 {
	switch x := x.(type) {
	case *model.Number:
		return x.Value
	case *model.Reference:
		if x.Name == "time" {
			return w.time
		}
		return w.variable(x.Name)
	case *model.Unary:
		if x.Operator == model.Not {
			return truth(w.eval(own, x.X) == 0)
		}
		return -w.eval(own, x.X)
	case *model.Conditional:
		if w.eval(own, x.Condition) != 0 {
			return w.eval(own, x.Then)
		}
		return w.eval(own, x.Else)
	case *model.Binary:
		a, b := w.eval(own, x.X), w.eval(own, x.Y)
		switch x.Operator {
		case model.Plus:
			return a + b
		case model.Minus:
			return a - b
		case model.Times:
			return a * b
		case model.Divide:
			return a / b
		case model.Power:
			if b == 2 {
				return a * a
			}
			return fpmath.Pow(a, b)
		case model.Less:
			return truth(a < b)
		case model.GreaterEqual:
			return truth(a >= b)
		case model.And:
			return truth(a != 0 && b != 0)
		}
	case *model.Call:
		switch x.Function {
		case "min":
			return min(w.eval(own, x.Arguments[0]), w.eval(own, x.Arguments[1]))
		case "max":
			return max(w.eval(own, x.Arguments[0]), w.eval(own, x.Arguments[1]))
		case "exp":
			return fpmath.Exp(w.eval(own, x.Arguments[0]))
		case "abs":
			return math.Abs(w.eval(own, x.Arguments[0]))
		case "previous":
			if w.initial {
				return w.eval(own, x.Arguments[1])
			}
			return w.previous[own]
		}
	}
	panic(fmt.Sprintf("walker: %T", x))
}

// walk returns the values of the variables at every step.
func walk(m *model.Model, names []string) map[string][]float64 {
	w := &walker{m: m, initial: true, stocks: map[string]float64{}, values: map[string]float64{}, previous: map[string]float64{}}
	w.time = m.Time.Start
	for _, v := range m.Variables {
		if v.Kind == model.Stock {
			w.stocks[v.Name] = w.variable(v.Name)
		}
		if c, ok := v.Equations[0].Expression.(*model.Call); ok && c.Function == "previous" {
			w.previous[v.Name] = w.eval(v.Name, c.Arguments[1])
		}
	}
	w.initial = false
	out := map[string][]float64{}
	steps := int(math.Round((m.Time.Stop - m.Time.Start) / m.Time.DT))
	for s := 0; s <= steps; s++ {
		w.time = m.Time.Start + float64(s)*m.Time.DT
		w.values = map[string]float64{}
		next, remembered := map[string]float64{}, map[string]float64{}
		for _, n := range names {
			out[n] = append(out[n], w.variable(n))
		}
		for _, v := range m.Variables {
			if v.Kind == model.Stock {
				next[v.Name] = w.stocks[v.Name] + float64(m.Time.DT*w.variable(v.Inflows[0]))
			}
			if c, ok := v.Equations[0].Expression.(*model.Call); ok && c.Function == "previous" {
				remembered[v.Name] = w.eval(v.Name, c.Arguments[0])
			}
		}
		w.stocks, w.previous = next, remembered
	}
	return out
}

// randomModel draws the variables of a model: stocks, flows and auxiliaries that
// look at those before them, and their names. Besides what the walker knows it
// uses the given functions, each of the arguments that its pattern shows as %s.
func randomModel(t *rapid.T, functions []string) (text string, names []string) {
	var b strings.Builder
	count := rapid.IntRange(1, 12).Draw(t, "variables")
	stocks := rapid.IntRange(0, 3).Draw(t, "stocks")
	var known []string
	for i := range stocks {
		known = append(known, fmt.Sprintf("s%d", i))
	}
	var expression func(depth int) string
	expression = func(depth int) string {
		if depth == 0 || rapid.IntRange(0, 4).Draw(t, "leaf") == 0 {
			switch k := rapid.IntRange(0, 2).Draw(t, "kind"); {
			case k == 0 && len(known) > 0:
				return rapid.SampledFrom(known).Draw(t, "name")
			case k == 1:
				return "TIME"
			}
			return rapid.SampledFrom([]string{"0", "1", "2", "0.3", "-1.5", "7e3"}).Draw(t, "number")
		}
		x := func() string { return "(" + expression(depth-1) + ")" }
		form := rapid.IntRange(0, 7+len(functions)).Draw(t, "form")
		switch form {
		case 0:
			return "IF " + x() + " THEN " + x() + " ELSE " + x()
		case 1:
			return "MIN(" + x() + "," + x() + ")"
		case 2:
			return "MAX(" + x() + "," + x() + ")"
		case 3:
			return "EXP(" + x() + ")"
		case 4:
			return "-" + x()
		case 5:
			return "NOT " + x()
		}
		if form > 7 {
			text := functions[form-8]
			for strings.Contains(text, "%s") {
				text = strings.Replace(text, "%s", x(), 1)
			}
			return text
		}
		return x() + rapid.SampledFrom([]string{"+", "-", "*", "/", "^", "&lt;", "&gt;=", " AND "}).Draw(t, "operator") + x()
	}
	for i := range count {
		e := expression(4)
		if len(known) > stocks && rapid.IntRange(0, 5).Draw(t, "memory") == 0 {
			e = "PREVIOUS(" + expression(2) + "," + expression(1) + ")"
		}
		fmt.Fprintf(&b, "<aux name=\"a%d\"><eqn>%s</eqn></aux>", i, e)
		known = append(known, fmt.Sprintf("a%d", i))
	}
	for i := range stocks {
		fmt.Fprintf(&b, `<stock name="s%d"><eqn>%d</eqn><inflow>f%d</inflow></stock><flow name="f%d"><eqn>%s</eqn></flow>`, i, i+1, i, i, expression(2))
		known = append(known, fmt.Sprintf("f%d", i))
	}
	return b.String(), known
}

// TestAgainstTreeWalking compares the engine, bit for bit, with the walker on
// random models.
func TestAgainstTreeWalking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, known := randomModel(t, nil)
		m := read(testingT, "Euler", 3, 0.25, text)
		m.Time.Save = m.Time.DT
		p, err := Compile(m, Options{Saved: known})
		if err != nil {
			t.Fatal(err)
		}
		block := &Block{Runs: 1, Series: make([]float64, len(known)*len(p.SaveTimes())), Bad: make([]int, 1), BadVariable: make([]string, 1)}
		if err := p.NewWorker(1).Run(block); err != nil {
			t.Fatal(err)
		}
		want := walk(m, known)
		for c, name := range known {
			for s, x := range want[name] {
				got := block.Series[c*len(p.SaveTimes())+s]
				if got != x && !(got != got && x != x) {
					t.Fatalf("%s at step %d: engine %v, walker %v\n%s", name, s, got, x, text)
				}
			}
		}
	})
}

// testingT lets read be called inside rapid, which has its own T.
var testingT = &testing.T{}
