package count_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"handover/evidence"
	"handover/forecast/count"
	"handover/forecast/panel"
	"handover/random"
)

// made is a panel of units with wars of several sizes that begin and end.
func made(t *testing.T) *panel.Panel {
	t.Helper()
	var cells []panel.Cell
	for u, level := range []float64{0, 1, 8, 40, 300, 2000} {
		stream := random.At(7, uint32(u), 0, 0)
		for m := range 240 {
			mean := level
			if u >= 3 && m/60%2 == 1 {
				mean = level / 20 // calm years after every five of war
			}
			x := stream.Poisson(mean)
			if u == 2 && m < 30 {
				x = math.NaN()
			}
			cells = append(cells, panel.Cell{Unit: string(rune('a' + u)), Month: evidence.NewMonth(1990, 1) + evidence.Month(m), Count: x})
		}
	}
	p, err := panel.New(cells)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func forecast(t *testing.T, p *panel.Panel, by count.Forecaster, r count.Request) *count.Result {
	t.Helper()
	out, err := count.NewPast(p).Forecast(by, r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// same says whether two results have the same draws.
func same(a, b *count.Result) bool {
	for u := range a.Units {
		for h := a.First; h <= a.Last; h++ {
			if !slices.Equal(a.At(u, h).Draws(500), b.At(u, h).Draws(500)) {
				return false
			}
		}
	}
	return true
}

// TestNoForecastLooksAhead changes everything after the origin.
func TestNoForecastLooksAhead(t *testing.T) {
	p := made(t)
	origin := evidence.NewMonth(2005, 6)
	changed := p.Until(p.To())
	for u := range changed.Counts {
		for m := range changed.Counts[u] {
			if p.From+evidence.Month(m) > origin {
				changed.Counts[u][m] = 987654
			}
		}
	}
	for _, by := range count.Forecasters {
		r := count.Request{Origin: origin, First: 1, Last: 36, Statements: []count.Statement{{Unit: "e", Ended: origin - 2, P: 0.7}, {Unit: "f", Ended: origin, P: 0.7}}}
		if !same(forecast(t, p, by, r), forecast(t, changed, by, r)) {
			t.Errorf("%s: the forecast depends on counts after the origin", by)
		}
		if !same(forecast(t, p, by, r), forecast(t, p.Until(origin), by, r)) {
			t.Errorf("%s: the forecast depends on there being months after the origin", by)
		}
	}
	// What is known at the origin does count, else the above shows nothing.
	changed.Counts[5][origin-p.From] = 0
	r := count.Request{Origin: origin, First: 3, Last: 3}
	if same(forecast(t, p, count.Pool, r), forecast(t, changed, count.Pool, r)) {
		t.Error("the forecast does not depend on the last known count")
	}
}

// TestThreadsAndRequests: a forecast depends neither on the number of threads nor
// on what else is asked for.
func TestThreadsAndRequests(t *testing.T) {
	p := made(t)
	r := count.Request{Origin: evidence.NewMonth(2006, 1), First: 1, Last: 24, Threads: 1}
	one := forecast(t, p, count.Pool, r)
	r.Threads = 7
	if !same(one, forecast(t, p, count.Pool, r)) {
		t.Error("seven threads give another forecast than one")
	}
	alone := forecast(t, p, count.Pool, count.Request{Origin: r.Origin, First: 9, Last: 9, Units: []string{"d"}})
	if !slices.Equal(alone.At(0, 9).Draws(1000), one.At(3, 9).Draws(1000)) {
		t.Error("a unit and month forecast alone differ from those among others")
	}
}

// TestPlainForecasters compares with what follows from their definitions.
func TestPlainForecasters(t *testing.T) {
	var cells []panel.Cell
	for m, x := range []float64{900, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, math.NaN(), 10, 4} {
		cells = append(cells, panel.Cell{Unit: "a", Month: evidence.Month(24000 + m), Count: x})
	}
	p, err := panel.New(cells)
	if err != nil {
		t.Fatal(err)
	}
	r := count.Request{Origin: p.To(), First: 1, Last: 1}
	at := func(by count.Forecaster) count.Distribution { return forecast(t, p, by, r).At(0, 1) }
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v, expected %v", what, got, want)
		}
	}
	near("zero", at(count.Zero).CDF(0), 1)
	near("last at most 2", at(count.Last).CDF(2), math.Exp(-4)*(1+4+8))
	near("mean at most 1", at(count.Mean).CDF(1), math.Exp(-59.0/12)*(1+59.0/12))
	// Of the last 12 known months, 900 is not one; two of them are 4.
	near("conflictology at most 4", at(count.Conflictology).CDF(4), 6.0/12)
	near("conflictology below 0", at(count.Conflictology).CDF(-1), 0)
	near("conflictology, largest", at(count.Conflictology).Quantile(1), 10)
}

// TestPoolIsADistribution: it ascends to 1, its quantiles invert it, and it grows
// wider ahead in a war.
func TestPoolIsADistribution(t *testing.T) {
	r := forecast(t, made(t), count.Pool, count.Request{Origin: evidence.NewMonth(2003, 6), First: 1, Last: 36})
	for u := range r.Units {
		for h := 1; h <= 36; h++ {
			d, last := r.At(u, h), 0.0
			for x := range 3000 {
				p := d.CDF(float64(x))
				if !(p >= last-1e-12 && p <= 1+1e-9) {
					t.Fatalf("unit %s, %d ahead: P(at most %d) = %v after %v", r.Units[u], h, x, p, last)
				}
				last = p
			}
			if p := d.CDF(1e12); math.Abs(p-1) > 1e-9 {
				t.Fatalf("unit %s, %d ahead: P(anything) = %v", r.Units[u], h, p)
			}
			for _, p := range []float64{.05, .5, .95} {
				if x := d.Quantile(p); d.CDF(x) < p-0.02 || x > 0 && d.CDF(x-1) > p+0.02 {
					t.Errorf("unit %s, %d ahead: quantile of %v is %v, whose probability is %v", r.Units[u], h, p, x, d.CDF(x))
				}
			}
		}
	}
	width := func(h int) float64 {
		low, high := r.At(5, h).Draws(1000).Interval(0.5)
		return math.Log(high / low)
	}
	if !(width(14) > width(3) && width(36) > width(14)) {
		t.Errorf("half of the probability lies within a factor of e^%.2f, e^%.2f, e^%.2f at 3, 14, 36 months", width(3), width(14), width(36))
	}
}

// TestStatements: a statement lowers the forecast by its probability, is believed
// less when the war goes on, more when it ends, and not for ever.
func TestStatements(t *testing.T) {
	p := made(t)
	ended := evidence.NewMonth(2004, 12) // month 179: the last month of war of units d, e, f
	mean := func(p *panel.Panel, origin evidence.Month, ahead int, statements ...count.Statement) float64 {
		r := forecast(t, p, count.Pool, count.Request{Origin: origin, First: ahead, Last: ahead, Units: []string{"f"}, Statements: statements})
		sum := 0.0
		for _, x := range r.At(0, ahead).Draws(1000) {
			sum += x
		}
		return sum / 1000
	}
	say := func(probability float64) count.Statement {
		return count.Statement{Unit: "f", Ended: ended, P: probability}
	}
	without, half, nearly := mean(p, ended, 3), mean(p, ended, 3, say(0.5)), mean(p, ended, 3, say(0.9))
	if !(without > 1000 && half < 0.75*without && nearly < 0.4*without) {
		t.Errorf("mean without %v, at 0.5 %v, at 0.9 %v", without, half, nearly)
	}
	// The war went on for four months after all.
	goes := p.Until(p.To())
	for m := 1; m <= 4; m++ {
		goes.Counts[5][int(ended-p.From)+m] = 2000
	}
	if a, b := mean(goes, ended+4, 2), mean(goes, ended+4, 2, say(0.5)); b < 0.97*a {
		t.Errorf("after four months of war the statement still lowers %v to %v", a, b)
	}
	// A statement that cannot be known yet, or is over, changes nothing.
	if a, b := mean(p, ended-6, 3), mean(p, ended-6, 3, say(0.9)); a != b {
		t.Errorf("a statement of the future changed %v to %v", a, b)
	}
	if a, b := mean(p, ended+12, 3), mean(p, ended+12, 3, say(0.9)); a != b {
		t.Errorf("a statement that is over changed %v to %v", a, b)
	}
	past := count.NewPast(p)
	if held, known := past.Held(say(0.5)); !held || !known {
		t.Error("the end in 2004 did not hold")
	}
	if held, known := past.Held(count.Statement{Unit: "f", Ended: ended - 24}); held || !known {
		t.Error("an end in the middle of the war held")
	}
	if _, known := past.Held(count.Statement{Unit: "f", Ended: p.To() - 3}); known {
		t.Error("an end of three months ago is known to have held or not")
	}
}

// TestRequestsThatAreRefused lists all that is wrong.
func TestRequestsThatAreRefused(t *testing.T) {
	past := count.NewPast(made(t))
	_, err := past.Forecast("best", count.Request{Origin: evidence.NewMonth(2030, 1), First: 5, Last: 40, Units: []string{"a", "z"},
		Statements: []count.Statement{{Unit: "y", P: 0.5}, {Unit: "a", P: 1.5}}})
	if err == nil {
		t.Fatal("nothing was refused")
	}
	for _, part := range []string{`no forecaster "best"`, "5 to 40 months", "no count is known in 2030-01", `no unit "z"`, `unit "y"`, "probability 1.5"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not said: %v", part, err)
		}
	}
	if _, err := count.ParseForecaster("pol"); err == nil || !strings.Contains(err.Error(), "pool") {
		t.Errorf("an unknown forecaster gives %v", err)
	}
}
