package calibrate

import (
	"fmt"

	"handover/casefile"
	"handover/model"
)

// later names the constant that holds the later value of a driver.
func later(driver string) string { return "later " + driver }

// unforeseen changes a model of the past so that nothing of its drivers after the
// month after the origin is known: from then on each goes in a straight line from
// its value there to a later one, which becomes a parameter, and stays.
func unforeseen(drivers []casefile.Driver, origin int) func(m *model.Model, t *target) error {
	return func(m *model.Model, t *target) error {
		from := float64(origin + 1)
		for _, x := range drivers {
			v := m.Variable(x.Variable)
			if v == nil || len(v.Equations) != 1 || v.Equations[0].Graph == nil {
				return fmt.Errorf("the driver %s is not a course over time", x.Variable)
			}
			e := &v.Equations[0]
			e.Graph = cut(e.Graph, from)
			recorded := *v
			recorded.Name = "recorded " + v.Name
			recorded.Equations = []model.Equation{*e}
			name, now := model.Quoted(later(v.Name)), model.Quoted(recorded.Name)
			goal := name
			if x.Relative {
				goal = fmt.Sprintf("%s*%s", now, name)
			}
			way := fmt.Sprintf("MIN(1, (TIME - (%s))/%s)", model.Number64(from), model.Number64(max(x.Within, 1e-9)))
			text := fmt.Sprintf("IF TIME <= (%s) THEN %s ELSE %s + %s*(%s - %s)", model.Number64(from), now, now, way, goal, now)
			expression, err := model.ParseExpression(text)
			if err != nil {
				return fmt.Errorf("the driver %s: %w", x.Variable, err)
			}
			*e = model.Equation{Text: text, Expression: expression}
			m.Add(&recorded)
			m.Add(&model.Variable{Name: later(v.Name), Kind: model.Constant, Equations: []model.Equation{{Text: "0", Expression: &model.Number{}}}})
			p, err := uncertain(t.c, x.Later.Uncertainty(later(v.Name)), ofDriver)
			if err != nil {
				return err
			}
			t.parameters = append(t.parameters, p)
		}
		return nil
	}
}

// cut ends a course at a time: its value there stays.
func cut(g *model.Graph, at float64) *model.Graph {
	c := &model.Graph{Interpolation: g.Interpolation}
	for i, x := range g.X {
		if x >= at {
			if i > 0 && x > at {
				y := g.Y[i-1]
				if g.Interpolation == model.Continuous {
					y += float64((g.Y[i] - g.Y[i-1]) * (at - g.X[i-1]) / (x - g.X[i-1]))
				}
				c.X, c.Y = append(c.X, at), append(c.Y, y)
			} else {
				c.X, c.Y = append(c.X, x), append(c.Y, g.Y[i])
			}
			break
		}
		c.X, c.Y = append(c.X, x), append(c.Y, g.Y[i])
	}
	if len(c.X) == 1 { // a course needs two points
		c.X, c.Y = append(c.X, c.X[0]+1), append(c.Y, c.Y[0])
	}
	return c
}
