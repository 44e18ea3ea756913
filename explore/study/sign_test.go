package study

import (
	"math"
	"testing"

	"handover/casefile"
	"handover/random"
)

// ramps are futures in every fourth of which the event comes in month 20, after a
// series has been high from month 10 on. In another fourth the series is high for
// single months. A second series is noise, a third is the first with its sign turned.
func ramps() *watched {
	const n = 400
	w := &watched{series: []casefile.Series{{ID: "heat", Name: "Heat"}, {ID: "noise", Name: "Noise"}, {ID: "cold", Name: "Cold"}},
		values: make([][][]float64, 3), end: 30, lead: 4, hold: 2}
	for t := range 31 {
		w.times = append(w.times, float64(t))
		heat, noise, cold := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			s := random.At(1, uint32(i), uint32(t), random.Site("ramps"))
			noise[i], heat[i] = s.Uniform(), float64(0.3*s.Uniform())
			if i%4 == 0 && t >= 10 || i%4 == 1 && t%10 == 5 {
				heat[i]++
			}
			cold[i] = -heat[i]
		}
		for k, v := range [][]float64{heat, noise, cold} {
			w.values[k] = append(w.values[k], v)
		}
	}
	for i := range n {
		w.happens, w.inBox = append(w.happens, i%4 == 0), append(w.inBox, i%8 == 0)
		w.month = append(w.month, 20)
	}
	return w
}

func TestSigns(t *testing.T) {
	w := ramps()
	var all []int
	for i := range w.happens {
		all = append(all, i)
	}
	found := w.signs(all, "")
	if len(found) < 2 {
		t.Fatalf("%d signs", len(found))
	}
	for _, j := range found[:2] {
		v := j.verdict
		name := w.series[j.sign.series].ID
		if name == "noise" || j.sign.above != (name == "heat") || math.Abs(j.sign.limit) < 0.3 || math.Abs(j.sign.limit) > 1 {
			t.Errorf("sign %+v of %s", j.sign, name)
		}
		// High from month 10 to 12, eight months before the event; a single month is
		// no sign.
		if v.events != 50 || v.others != 150 || v.hits != 50 || v.alarms != 0 || at(v.leads, 0.5) != 8 {
			t.Errorf("%s: %+v", name, v)
		}
		if in, out := w.standsIn(j.sign, all, true), w.standsIn(j.sign, all, false); in != 1 || math.Abs(out-50.0/350) > 1e-12 {
			t.Errorf("%s stands in %v of the box and %v outside", name, in, out)
		}
	}
	for _, j := range found[2:] {
		if j.verdict.skill() > 0.2 {
			t.Errorf("noise tells with skill %v", j.verdict.skill())
		}
	}
	// A lead that the series does not give.
	w.lead = 9
	for _, j := range w.signs(all, "heat") {
		if j.verdict.skill() > 0.25 {
			t.Errorf("nine months ahead with skill %v", j.verdict.skill())
		}
	}
	// A value that need not last is fooled by single months.
	w.lead, w.hold = 4, 0
	if v := w.judge(sign{0, true, 0.5}, all); v.hits != 100 || v.alarms != 100 || at(v.leads, 0) != 10 {
		t.Errorf("without a hold: %+v", v)
	}
}
