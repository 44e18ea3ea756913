package casefile

import (
	"fmt"

	"handover/diagnostic"
	"handover/model"
)

// ObservationVariable is the name of the auxiliary that holds the quantity of a
// part of an observation in the models of HistoryModel.
func ObservationVariable(id string, part int) string {
	return fmt.Sprintf("observation %s %d", id, part+1)
}

// CarryVariable is the name of the auxiliary that holds the expression of the
// k-th entry of carry in the models of HistoryModel.
func CarryVariable(k int) string { return fmt.Sprintf("carried %d", k+1) }

// HistoryModel returns the case's model as it runs the past: from the start of
// the history to the base date, with the start values, an auxiliary for each
// quantity that is observed (see ObservationVariable) and each expression that is
// carried (see CarryVariable). The error is a diagnostic.List.
func (c *Case) HistoryModel() (*model.Model, error) {
	if c.History == nil {
		return nil, diagnostic.List{{
			Position: diagnostic.Position{File: HistoryName}, Code: "missing-file", Message: "the case has no history",
			Hint: "add " + HistoryName + ", which says how the model runs the past and what was observed there",
		}}
	}
	b := c.composeHistory(func(file, path string) diagnostic.Position { return c.places[place{file, path}] })
	list := append(b.list, model.Check(b.m)...)
	if err := list.Err(); err != nil {
		return nil, err
	}
	return b.m, nil
}

func (c *Case) composeHistory(at func(file, path string) diagnostic.Position) *composer {
	h := c.History
	b := c.compose(&Strategy{}, at)
	if start, err := c.ParsePeriod(h.Start); err == nil {
		b.m.Time.Start = float64(start.First)
	}
	b.m.Time.Stop = 0
	if h.Step != nil {
		b.m.Time.DT = *h.Step
	}
	b.m.Time.Save = 1
	for _, g := range h.StartValues {
		b.setting(g)
	}
	add := func(path, name, text, subject string) {
		if text == "" || b.m.Variable(name) != nil {
			return
		}
		v := b.add(name, model.Auxiliary, b.equation(HistoryName, path, subject, text), "", subject, b.at(HistoryName, path))
		v.Kind, v.Sector = model.Auxiliary, "history"
	}
	for k, o := range h.Observations {
		if o.ID == "" {
			continue
		}
		path := fmt.Sprintf("observations[%d].quantity", k)
		for i, part := range o.Series() {
			if len(o.Parts) > 0 {
				path = fmt.Sprintf("observations[%d].parts[%d].quantity", k, i)
			}
			add(path, ObservationVariable(o.ID, i), part.Quantity, o.ID)
		}
	}
	for k, x := range h.Carry {
		add(fmt.Sprintf("carry[%d].expression", k), CarryVariable(k), x.Expression, x.Constant)
	}
	return b
}
