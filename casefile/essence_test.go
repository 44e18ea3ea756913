package casefile

import (
	"testing"

	"handover/model"
)

// TestEssence: words and units do not change what a posterior is of; numbers do.
func TestEssence(t *testing.T) {
	hashOf := func(change func(v *model.Variable)) string {
		m := &model.Model{Time: model.Time{Stop: 10, DT: 1}}
		x, err := model.ParseExpression("2")
		if err != nil {
			t.Fatal(err)
		}
		v := &model.Variable{Name: "Rate of growth", Kind: model.Auxiliary, Equations: []model.Equation{{Text: "2", Expression: x}}}
		change(v)
		m.Add(v)
		c := &Case{History: &History{}}
		c.Model = m
		return c.historyHash(nil)
	}
	plain := hashOf(func(*model.Variable) {})
	for name, change := range map[string]func(v *model.Variable){
		"words": func(v *model.Variable) { v.Documentation, v.Units, v.Sector = "x", "person", "y" },
		"line":  func(v *model.Variable) { v.Position.Line, v.Equations[0].Position.Line = 7, 9 },
		"case":  func(v *model.Variable) { v.Name = "rate_of_GROWTH" },
	} {
		if hashOf(change) != plain {
			t.Errorf("%s change the hash", name)
		}
	}
	for name, change := range map[string]func(v *model.Variable){
		"equation": func(v *model.Variable) { v.Equations[0].Text = "3" },
		"graph":    func(v *model.Variable) { v.Equations[0].Graph = &model.Graph{X: []float64{0, 1}, Y: []float64{0, 2}} },
		"kind":     func(v *model.Variable) { v.Kind = model.Stock },
	} {
		if hashOf(change) == plain {
			t.Errorf("another %s leaves the hash", name)
		}
	}
}
