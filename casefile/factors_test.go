package casefile

import (
	"strings"
	"testing"

	"handover/model"
)

// What readers are told of an uncertainty comes from the model and the posterior.
func TestUncertaintyInWords(t *testing.T) {
	c := &Case{
		Model: &model.Model{Variables: []*model.Variable{
			{Name: "growth rate", Documentation: "Growth in peace", Units: "1/month"},
			{Name: "trust", Documentation: "Trust at the start", Units: "1"},
		}},
		Posterior: &Posterior{Columns: []string{"Growth_Rate[ North,South]", "other"}},
	}
	for _, x := range []struct {
		u                          Uncertainty
		name, meaning, unit, basis string
	}{
		{Uncertainty{Variable: "growth rate[North, South]", Label: Assumed}, "growth rate[North, South]", "Growth in peace", "1/month", "assumed, then fitted to the past"},
		{Uncertainty{Variable: "growth rate[North,South]", Label: Fitted, Title: "Growth in the north"}, "Growth in the north", "Growth in peace", "1/month", "fitted"},
		{Uncertainty{Variable: "growth_rate[West]", Label: Sourced, Multiply: true}, "growth_rate[West]", "Growth in peace", "times the model's value", "sourced"},
		{Uncertainty{Variable: "Trust", Label: Assumed}, "Trust", "Trust at the start", "", "assumed"},
		{Uncertainty{Variable: "nothing", Label: Assumed}, "nothing", "", "", "assumed"},
	} {
		meaning, unit := c.Meaning(&x.u)
		if x.u.Name() != x.name || meaning != x.meaning || unit != x.unit || c.Basis(&x.u) != x.basis {
			t.Errorf("%s: %q, %q, %q, %q; expected %q, %q, %q, %q", x.u.Variable, x.u.Name(), meaning, unit, c.Basis(&x.u), x.name, x.meaning, x.unit, x.basis)
		}
	}
	c.Posterior = nil
	if got := c.Basis(&Uncertainty{Variable: "other", Label: Sourced}); got != "sourced" {
		t.Errorf("without a posterior an uncertainty is %q", got)
	}
}

// The futures of a case are those of its seed, with as many numbers a point as it
// has uncertainties; a distribution that cannot be is an error.
func TestFutures(t *testing.T) {
	low, high := 1.0, 3.0
	c := &Case{Uncertainties: []Uncertainty{{Variable: "a", Distribution: "uniform", Low: &low, High: &high}, {Variable: "b", Distribution: "uniform", Low: &low, High: &high}}}
	points := func(seed uint64) (all [][2]float64) {
		d, err := c.Futures(seed, 20)
		if err != nil || d.Factors() != 2 || d.Len() != 20 {
			t.Fatalf("%v, %v", d, err)
		}
		strata := map[int]bool{}
		for i := range 20 {
			var p [2]float64
			d.Point(i, p[:])
			if p[0] < low || p[0] > high {
				t.Errorf("a draw of %g", p[0])
			}
			strata[int((p[0]-low)/(high-low)*20)] = true
			all = append(all, p)
		}
		if len(strata) != 20 {
			t.Errorf("%d of 20 parts of the range hold a future", len(strata))
		}
		return all
	}
	one, again, other := points(1), points(1), points(2)
	for i := range one {
		if one[i] != again[i] {
			t.Errorf("future %d differs from one call to the next", i)
		}
	}
	if one[0] == other[0] && one[1] == other[1] {
		t.Error("another seed gives the same futures")
	}
	if _, err := c.Futures(1, 0); err == nil {
		t.Error("no futures are no error")
	}
	c.Uncertainties[0].High = nil
	if _, err := c.Futures(1, 20); err == nil || !strings.Contains(err.Error(), "a: ") {
		t.Errorf("a range without an end: %v", err)
	}
}
