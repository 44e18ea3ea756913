package signpost

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"handover/casefile"
	"handover/cases"
	"handover/ensemble"
	"handover/evidence"
	"handover/evidence/indicator"
	"handover/programme"
	"handover/random"
)

func number(x float64) *float64 { return &x }
func quiet(n int) *int          { return &n }

func month(text string) evidence.Month {
	m, ok := evidence.ParseMonth(text)
	if !ok {
		panic(text)
	}
	return m
}

func texts(list []evidence.Month) (out []string) {
	for _, m := range list {
		out = append(out, m.String())
	}
	return out
}

var sources = sync.OnceValues(func() (Sources, error) {
	folder, _ := cases.Open("iraq")
	c, list := casefile.Load(folder)
	if c == nil {
		return Sources{}, list
	}
	series, err := indicator.Build(context.Background(), c, nil)
	if err != nil {
		return Sources{}, err
	}
	l, list := programme.Shipped(c)
	if len(list) > 0 {
		return Sources{}, list
	}
	return Sources{c, series, l}, nil
})

func iraq(t *testing.T) Sources {
	t.Helper()
	s, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLimit(t *testing.T) {
	nan := math.NaN()
	s := casefile.Signpost{Detector: casefile.DetectLimit, Months: 2, Quiet: quiet(3), Watch: []casefile.Watched{{Above: number(10)}, {Below: number(5)}}}
	a := Figure{From: month("2020-01"), Values: []float64{11, 11, 11, 1, 11, 11, nan, 11, 11, 11, 11}}
	b := Figure{From: month("2020-01"), Values: []float64{4, 4, 4, 4, 4, 4, 4, 4, 4, 6, 4}}
	// The stretch of January rings in its second month; that of May lies within the
	// quiet months of none (four after), that of August is broken by what is not
	// known and rings in September, three months after June and therefore not.
	if got := texts(Alerts(s, []Figure{a, b})); !slices.Equal(got, []string{"2020-02", "2020-06"}) {
		t.Errorf("%v", got)
	}
	s.Quiet = quiet(0)
	if got := texts(Alerts(s, []Figure{a, b})); !slices.Equal(got, []string{"2020-02", "2020-06", "2020-09"}) {
		t.Errorf("without a quiet period: %v", got)
	}
}

func TestMaximum(t *testing.T) {
	s := casefile.Signpost{Detector: casefile.DetectMaximum, Months: 3, Quiet: quiet(0), Watch: []casefile.Watched{{}}}
	f := Figure{From: month("2020-01"), Values: []float64{1, 5, 2, 5, 6, math.NaN(), 9, 9, 9, 10, 11}}
	if got := texts(Alerts(s, []Figure{f})); !slices.Equal(got, []string{"2020-05", "2020-10", "2020-11"}) {
		t.Errorf("%v", got)
	}
}

// TestNoLookAhead: what is said of a month does not change when later months come.
func TestNoLookAhead(t *testing.T) {
	s := iraq(t)
	whole := s.At(month("2018-12"))
	for m := month("2012-06"); m <= month("2014-12"); m += 5 {
		b := s.At(m)
		for i, p := range b.Posts {
			var before []evidence.Month
			for _, a := range whole.Posts[i].Alerts {
				if a <= m {
					before = append(before, a)
				}
			}
			if !slices.Equal(p.Alerts, before) {
				t.Errorf("%s in %s: %v, and later %v", p.ID, m, texts(p.Alerts), texts(before))
			}
		}
	}
}

// TestIslamicState: the alarm on the Islamic State from 2004 to 2018, beside the
// rule of the three-year maximum on months.
func TestIslamicState(t *testing.T) {
	s := iraq(t)
	b := s.At(month("2018-12"))
	alerts := map[string][]string{}
	for _, p := range b.Posts {
		alerts[p.ID] = texts(p.Alerts)
		t.Logf("%s: %v; %+v", p.ID, alerts[p.ID], p.Past)
	}
	for id, want := range map[string][]string{
		"lethal-grow":     {"2004-07", "2005-02", "2005-09", "2006-06", "2013-06", "2014-01", "2014-09"},
		"deaths-maximum":  {"2006-09", "2013-05", "2014-01"},
		"all-deaths-grow": {"2004-09", "2013-06", "2014-01", "2014-08"},
		"prison-break":    {"2013-07"},
	} {
		if !slices.Equal(alerts[id], want) {
			t.Errorf("%s: %v, expected %v", id, alerts[id], want)
		}
	}
	// On deaths instead of events, and from 2004 on, as it was measured before.
	deaths := s.counts("is-deaths")
	deaths.Values, deaths.From = deaths.Values[month("2004-01")-deaths.From:], month("2004-01")
	if got := texts(Alerts(casefile.Signpost{Detector: casefile.DetectGrowth}, []Figure{deaths})); !slices.Equal(got, []string{"2013-06", "2014-01", "2014-08"}) {
		t.Errorf("growth of deaths: %v", got)
	}
	events := s.counts("is-lethal")
	events.Values, events.From = events.Values[month("2004-01")-events.From:], month("2004-01")
	t.Logf("growth of lethal events, from 2004: %v", texts(Alerts(casefile.Signpost{Detector: casefile.DetectGrowth}, []Figure{events})))
	for _, p := range b.Posts {
		if p.ID == "lethal-grow" && (p.Past.Onsets != 1 || p.Past.Warned != 1 || !slices.Equal(p.Past.Leads, []int{12})) {
			t.Errorf("its record: %+v", p.Past)
		}
	}
}

// TestMonthByMonth: the board in the months before Mosul fell.
func TestMonthByMonth(t *testing.T) {
	s := iraq(t)
	if b := s.At(month("2013-04")); b.Risk != nil {
		t.Errorf("April 2013: %s", b.Risk.ID)
	}
	b := s.At(month("2013-06"))
	if b.Risk == nil || b.Risk.Arrow != Deteriorated {
		t.Fatalf("June 2013: %+v", b.Risk)
	}
	if got := b.Risk.Sentence(); !strings.Contains(got, "in June 2013, against") {
		t.Error(got)
	}
	if b = s.At(month("2013-08")); b.Risk == nil {
		t.Error("August 2013: no alert")
	}
	if b = s.At(month("2025-09")); b.Month != month("2025-09") || b.Posts[0].Age < 12 {
		t.Errorf("the counts of the Islamic State end long before: %d months", b.Posts[0].Age)
	}
}

func TestRecord(t *testing.T) {
	s := casefile.Signpost{Detector: casefile.DetectLimit, Months: 1, Quiet: quiet(0), Watch: []casefile.Watched{{Above: number(0)}},
		Warns: &casefile.Warning{Above: number(10), Months: 2, Within: 6}}
	watched := Figure{From: 0, Values: make([]float64, 60)}
	warned := Figure{From: 0, Values: make([]float64, 60)}
	for _, m := range []int{5, 20, 32, 41, 58} {
		watched.Values[m] = 1
	}
	for _, m := range []int{12, 24, 25, 40, 41, 42, 43} { // one month alone does not count
		warned.Values[m] = 11
	}
	// 5 is false, 20 four months before 24, 32 eight months before 40 and false, 41
	// while it lasts, and of 58 nobody can say.
	r := Judge(s, []Figure{watched}, warned)
	if r.Alerts != 3 || r.False != 2 || r.Onsets != 2 || r.Warned != 1 || !slices.Equal(r.Leads, []int{4}) {
		t.Errorf("%+v", r)
	}
	// 60 months less the last six, less 25 and 41 to 43.
	if math.Abs(r.Years-50.0/12) > 1e-9 {
		t.Errorf("%g months", 12*r.Years)
	}
	if r = Judge(casefile.Signpost{}, nil, Figure{}); r.Judged || !math.IsNaN(r.FalsePerYear()) || !math.IsNaN(r.MedianLead()) {
		t.Errorf("%+v", r)
	}
}

// TestArrow: at a steady level the arrow of a count turns in about one of ten
// months on each side, and it follows what doubles or halves.
func TestArrow(t *testing.T) {
	const runs = 2000
	turned := map[string]map[Arrow]int{"steady": {}, "doubled": {}, "halved": {}}
	for name, level := range map[string]float64{"steady": 1, "doubled": 2.5, "halved": 0.3} {
		for run := range runs {
			f := Figure{Count: true}
			for m := range 15 {
				mean := 12.0
				if m >= 12 {
					mean *= level
				}
				stream := random.At(3, uint32(run), uint32(m), random.Site("arrow"))
				f.Values = append(f.Values, stream.NegativeBinomial(mean, 3))
			}
			turned[name][ArrowAt(f, 14, 1)]++
		}
	}
	t.Logf("%v", turned)
	if up, down := turned["steady"][Deteriorated], turned["steady"][Improved]; up < runs/25 || up > runs*16/100 || down < runs/25 || down > runs*16/100 {
		t.Errorf("steady: %v", turned["steady"])
	}
	if turned["doubled"][Deteriorated] < runs*7/10 || turned["halved"][Improved] < runs*7/10 {
		t.Errorf("%v", turned)
	}
	level := Figure{Values: []float64{10, 10, 10, 10.5, 12}}
	if a := ArrowAt(level, 3, 1); a != Unchanged {
		t.Error(a)
	}
	if a := ArrowAt(level, 4, 1); a != Deteriorated {
		t.Error(a)
	}
	if a := ArrowAt(level, 4, -1); a != Improved {
		t.Error(a)
	}
	if a := ArrowAt(level, 2, 1); a != Unknown {
		t.Error(a)
	}
}

// TestSimulated: in futures that grow from the second year on, the alarm warns; in
// steady ones it is rarely on. The same seed gives the same record.
func TestSimulated(t *testing.T) {
	s := casefile.Signpost{ID: "x", Detector: casefile.DetectGrowth, Watch: []casefile.Watched{{Indicator: "i", Series: "mean"}},
		Warns: &casefile.Warning{Series: "mean", Above: number(40), Months: 3, Within: 24}}
	paths := Paths{}
	for m := range 61 {
		row := make([]float64, 200)
		for future := range row {
			row[future] = 6
			if future%2 == 1 && m > 12 {
				row[future] = 6 * math.Pow(1.08, float64(m-12))
			}
		}
		paths.Values = append(paths.Values, row)
	}
	r := Simulated(s, month("2025-11"), map[string]Paths{"mean": paths}, map[string]float64{"i": 2}, 1)
	t.Logf("%d alerts, %d false in %.0f years (%.3f a year); %d of %d onsets, median lead %g", r.Alerts, r.False, r.Years, r.FalsePerYear(), r.Warned, r.Onsets, r.MedianLead())
	if r.Onsets != 100 || r.Warned < 90 || r.MedianLead() < 6 || r.FalsePerYear() > 0.25 {
		t.Errorf("%+v", r)
	}
	if again := Simulated(s, month("2025-11"), map[string]Paths{"mean": paths}, map[string]float64{"i": 2}, 1); !reflect.DeepEqual(r, again) {
		t.Error("the same seed gives another record")
	}
	if r = Simulated(s, 0, map[string]Paths{}, nil, 1); r.Judged {
		t.Error("judged without a series")
	}
}

// TestTrade holds the trade of false alarms against delay to what was measured for
// these detectors before: growth at threshold 3 rings falsely 0.13 times a year
// and sees growth of 6 and 12% after 14 and 9 months; the maximum of 36 months 0.31
// times, and 12 and 8 months.
func TestTrade(t *testing.T) {
	growth := Measure(casefile.Signpost{Detector: casefile.DetectGrowth, Watch: []casefile.Watched{{}}}, 5, 1, 0.06, 0.12)
	maximum := Measure(casefile.Signpost{Detector: casefile.DetectMaximum, Months: 36, Watch: []casefile.Watched{{}}}, 5, 1, 0.06, 0.12)
	t.Logf("growth %+v, maximum %+v", growth, maximum)
	if growth.FalsePerYear < 0.08 || growth.FalsePerYear > 0.18 || growth.Delays[0] < 10 || growth.Delays[0] > 16 || growth.Delays[1] < 7 || growth.Delays[1] > 11 {
		t.Errorf("growth: %+v", growth)
	}
	if maximum.FalsePerYear < 0.22 || maximum.FalsePerYear > 0.4 || maximum.Delays[0] > growth.Delays[0] {
		t.Errorf("maximum: %+v", maximum)
	}
}

// TestTradeCurve: a higher threshold, or a longer maximum, is less often false and
// later. The table is what a case's author chooses by.
func TestTradeCurve(t *testing.T) {
	before := Trade{FalsePerYear: math.Inf(1), Delays: []float64{0, 0}}
	for _, threshold := range []float64{1, 2, 3, 4, 5, 6} {
		x := Measure(casefile.Signpost{Detector: casefile.DetectGrowth, Threshold: &threshold, Watch: []casefile.Watched{{}}}, 5, 1, 0.06, 0.12)
		t.Logf("growth, threshold %g: %.3f false a year, delays %v", threshold, x.FalsePerYear, x.Delays)
		if x.FalsePerYear >= before.FalsePerYear || x.Delays[0] < before.Delays[0] || x.Delays[1] < before.Delays[1] {
			t.Errorf("threshold %g is no trade: %+v after %+v", threshold, x, before)
		}
		before = x
	}
	before = Trade{FalsePerYear: math.Inf(1)}
	for _, months := range []int{12, 24, 36, 48, 60} {
		x := Measure(casefile.Signpost{Detector: casefile.DetectMaximum, Months: months, Watch: []casefile.Watched{{}}}, 5, 1, 0.06, 0.12)
		t.Logf("maximum of %d months: %.3f false a year, delays %v", months, x.FalsePerYear, x.Delays)
		if x.FalsePerYear >= before.FalsePerYear {
			t.Errorf("%d months: %+v after %+v", months, x, before)
		}
		before = x
	}
}

// TestFuturesOfPosterior: futures take whole draws of a case's posterior, with the
// state that the past had reached, and the priors' own state without one.
func TestFuturesOfPosterior(t *testing.T) {
	folder, _ := cases.Open("iraq")
	c, list := casefile.Load(folder)
	if c == nil {
		t.Fatal(list)
	}
	run := func(p *casefile.Posterior) []float64 {
		t.Helper()
		one := *c
		one.Posterior = p
		paths, err := Futures(t.Context(), ensemble.Request{Case: &one, Strategies: []string{"A0"}, Futures: 6, Seed: 1, Horizon: 1, Threads: 1}, []string{"active-insurgents"})
		if err != nil {
			t.Fatal(err)
		}
		return paths["active-insurgents"].Values[0]
	}
	for _, k := range []int{0, 100} {
		p := *c.Posterior
		p.Draws = p.Draws[k : k+1]
		want := 0.0
		for i, name := range p.Columns {
			if strings.HasPrefix(name, "initial active insurgents[") {
				want += p.Draws[0][i]
			}
		}
		for _, got := range run(&p) {
			if math.Abs(got/want-1) > 1e-9 {
				t.Errorf("draw %d: a future starts with %g active insurgents, expected %g", k, got, want)
			}
		}
	}
	if all := run(c.Posterior); slices.Max(all) < 1.2*slices.Min(all) {
		t.Errorf("all draws: %v", all)
	}
	// Without one the state is the model's own.
	if plain := run(nil); slices.Equal(plain, run(c.Posterior)) {
		t.Errorf("without a posterior: %v", plain)
	}
}
