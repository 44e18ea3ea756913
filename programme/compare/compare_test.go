package compare

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"handover/casefile"
	"handover/cases"
	"handover/ensemble"
	"handover/evidence"
	"handover/programme"
)

func month(t *testing.T, text string) evidence.Month {
	t.Helper()
	m, ok := evidence.ParseMonth(text)
	if !ok {
		t.Fatalf("%q is no month", text)
	}
	return m
}

var loaded = sync.OnceValues(func() (*casefile.Case, error) {
	folder, _ := cases.Open("iraq")
	c, list := casefile.Load(folder)
	if c == nil {
		return nil, list[0]
	}
	return c, nil
})

func iraq(t *testing.T) *casefile.Case {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ledger reads a table of entries.
func ledger(t *testing.T, c *casefile.Case, rows ...string) *programme.Ledger {
	t.Helper()
	text := "when,public,side,kind,measure,amount,low,high,reference,source,confidence\n" + strings.Join(rows, "\n")
	table, list := programme.NewTable("test.csv", strings.NewReader(text), programme.NamesOf(c), "test")
	if len(list) > 0 {
		t.Fatal(list)
	}
	var all []programme.Entry
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(table.Mistakes())
		}
		row.Number = int64(len(all) + 1)
		all = append(all, row.Entry)
	}
	return programme.NewLedger(all)
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestLateAndShort(t *testing.T) {
	c := iraq(t)
	l := ledger(t, c,
		"2026-12,2026-01,promised,weapons-in,total,1100,,,,x,high",
		"2026-04,2026-04,done,weapons-in,total,150,100,200,,x,high",
		"2027-02,2027-02,done,weapons-in,total,1050,1000,1090,,x,high",
		"2027-06,2027-06,done,weapons-in,total,1100,,,,x,high")
	line := *c.Line("weapons-in")
	stand := func(text string) Standing {
		known := l.AsOf(month(t, text))
		return Stand(known, line, Promised(known, line), month(t, text))
	}
	// From nothing in January to 1,100 in December: 100 a month, 300 in April.
	s := stand("2026-04")
	if s.Verdict != Late || !near(s.Planned, 300) || !near(s.Behind.Middle, 150) || !near(s.Behind.Low, 100) || !near(s.Behind.High, 200) ||
		!near(s.Months.Middle, 1.5) || !near(s.Months.Low, 1) || !near(s.Months.High, 2) || !s.Sure {
		t.Errorf("April: %+v", s)
	}
	// No news is not taken for no progress.
	if s = stand("2026-09"); s.Verdict != Late || s.Age != 5 || s.Judged != month(t, "2026-04") {
		t.Errorf("September: %+v", s)
	}
	if got := stand("2027-01").Statement(); !strings.Contains(got, "it was due in December 2026, and no newer figure is known") {
		t.Error(got)
	}
	if s = stand("2026-03"); s.Verdict != NoActual {
		t.Errorf("March: %+v", s)
	}
	if s = stand("2027-02"); s.Verdict != OnTrack || s.Overdue != 2 {
		t.Errorf("February: %+v", s)
	}
	tight := 0.02
	line.Tolerance = &tight
	s = stand("2027-02")
	if s.Verdict != Short || !near(s.Months.Middle, 2.5) || s.Sure {
		t.Errorf("February, tight: %+v", s)
	}
	if !s.Paced || s.Reached != month(t, "2027-03") {
		t.Errorf("at 90 a month the target is a month away: %v %v", s.Paced, s.Reached)
	}
	if got, want := s.Statement(), "short: 2 months behind (2 to 3), 50 (10 to 100) missing; at the pace of the last figures the target is reached in March 2027; within the bounds of the figure it may be otherwise"; got != want {
		t.Error(got)
	}
	if s = stand("2027-06"); s.Verdict != OnTrack || s.Overdue != 6 {
		t.Errorf("June: %+v", s)
	}
}

func TestSingleThings(t *testing.T) {
	c := iraq(t)
	l := ledger(t, c, "2026-03,2026-01,promised,bases-handed-over,total,1,,,,x,high", "2026-08,,done,bases-handed-over,added,1,,,,x,high")
	line := *c.Line("bases")
	for text, want := range map[string]string{
		"2026-02": "nothing is due yet",
		"2026-03": "short: due now, 1 missing",
		"2026-04": "short: 1 month behind, 1 missing",
		"2026-08": "reached 5 months after it was due",
	} {
		known := l.AsOf(month(t, text))
		if got := Stand(known, line, Promised(known, line), month(t, text)).Statement(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, expected %q", text, got, want)
		}
	}
}

// TestSchedule: the plan of A0 at its points, a lever that a strategy leaves alone,
// and money a month added up.
func TestSchedule(t *testing.T) {
	c := iraq(t)
	base, err := Base(c)
	if err != nil {
		t.Fatal(err)
	}
	p, why := Scheduled(c, c.Strategy("A0"), *c.Line("foreign-presence"), c.Horizon)
	if p == nil {
		t.Fatal(why)
	}
	for m, want := range map[int]float64{0: 2700, 3: 600 + 500 + 900, 24: 240, 60: 240} {
		if got, _ := p.At(base + evidence.Month(m)); !near(got, want) {
			t.Errorf("month %d: %g, expected %g", m, got, want)
		}
	}
	if p.Due != base+24 {
		t.Errorf("due %s", p.Due)
	}
	if p, _ = Scheduled(c, c.Strategy("A2"), *c.Line("foreign-presence"), 36); p == nil || p.Target() != 2700 {
		t.Errorf("A2 leaves the presence alone: %+v", p)
	}
	if p, _ = Scheduled(c, c.Strategy("A0"), *c.Line("assistance"), 60); p == nil || !near(p.Amounts[2], 90e6) {
		t.Errorf("money: %+v", p)
	}
}

// TestFromActual: the levers add up to what was delivered, the rest of the plan
// comes as late as the line is, and without figures nothing is replaced.
func TestFromActual(t *testing.T) {
	c := iraq(t)
	base, _ := Base(c)
	a0 := c.Strategy("A0")
	// A0 has 2,700 in month 0, 2,466.7 in month 1 and 2,233.3 in month 2.
	l := ledger(t, c, "2025-11,,done,forces-present,level,2700,,,coalition,x,high", "2026-01,,done,forces-present,level,2600,,,coalition,x,high")
	sum := func(s casefile.Strategy, m int) float64 {
		total := 0.0
		for _, name := range c.Line("foreign-presence").Levers {
			at, why := leverSchedule(c, &s, name)
			if why != "" {
				t.Fatal(why)
			}
			total += at(float64(m))
		}
		return total
	}
	late, replaced, err := FromActual(c, a0, l, base+4, Delayed)
	if err != nil || !slices.Equal(replaced, []string{"foreign-presence"}) {
		t.Fatal(replaced, err)
	}
	if got := sum(late, 2); !near(got, 2600) {
		t.Errorf("in month 2 %g were present, expected 2600", got)
	}
	// The plan was at 2,600 at 3/7 of the first month.
	delay := 2 - 3.0/7
	for _, m := range []int{3, 10, 60} {
		want := 0.0
		for _, name := range c.Line("foreign-presence").Levers {
			at, _ := leverSchedule(c, a0, name)
			want += at(float64(m) - delay)
		}
		if got := sum(late, m); math.Abs(got-want) > 1e-6 {
			t.Errorf("month %d: %g, expected %g", m, got, want)
		}
	}
	again, _, err := FromActual(c, a0, l, base+4, Resumed)
	if err != nil || !near(sum(again, 3), sum(*a0, 3)) || !near(sum(again, 2), 2600) {
		t.Errorf("resumed: %g, %g, %v", sum(again, 2), sum(again, 3), err)
	}
	if _, replaced, _ := FromActual(c, a0, ledger(t, c), base+2, Delayed); len(replaced) > 0 {
		t.Errorf("nothing was reported, and %v replaced", replaced)
	}
}

// TestRun: an extra presence shows in the outcome that counts it, paired, and as
// planned is as the ensemble has it.
func TestRun(t *testing.T) {
	c := iraq(t)
	base, _ := Base(c)
	l := ledger(t, c, "2025-11,,done,forces-present,level,2700,,,coalition,x,high", "2026-03,,done,forces-present,level,2700,,,coalition,x,high")
	r, err := Run(context.Background(), ensemble.Request{Case: c, Futures: 64, Seed: 1, Horizon: 36}, "A0", l, base+4)
	if err != nil {
		t.Fatal(err)
	}
	if r.Delayed == "" || !slices.Equal(r.Replaced, []string{"foreign-presence"}) {
		t.Fatalf("%+v", r)
	}
	difference := map[string]float64{}
	for _, s := range r.Summary.Strategies {
		for _, o := range s.Outcomes {
			if o.ID == "presence" && o.Difference != nil {
				difference[s.ID] = o.Difference.Middle
			}
		}
	}
	// Four months of delay on the way down from 2,700 to 240 are about 820
	// person-years; the plan again, about two months of some 500 people.
	if d := difference[r.Delayed]; d < 500 || d > 1000 {
		t.Errorf("the delay adds %g person-years", d)
	}
	if d := difference[r.Resumed]; d < 50 || d >= difference[r.Delayed] {
		t.Errorf("the plan resumed adds %g person-years", d)
	}
	s := Stand(l, *c.Line("foreign-presence"), nil, base+4)
	if err := r.Expect(c, &s); err != nil || s.Expected == nil || s.Expected.Low < 0.9 {
		t.Errorf("2,700 in month 4 is above what is expected: %+v, %v", s.Expected, err)
	}
}

// TestSonsOfIraq replays the programme of 2008 to 2010 with what was public by each
// month. It must warn before the promise was due.
func TestSonsOfIraq(t *testing.T) {
	c := iraq(t)
	l, list := programme.Shipped(c)
	if len(list) > 0 {
		t.Fatal(list)
	}
	first := ""
	for _, m := range Replay(c, c.Strategy("A0"), l, month(t, "2008-08"), month(t, "2010-08")) {
		for _, s := range m.Standings {
			for _, e := range m.Arrived {
				if e.Known() != m.Month {
					t.Errorf("in %s an entry of %s", m.Month, e.Known())
				}
			}
			if s.Line.ID == "sons-of-iraq" && s.Verdict == Late && first == "" {
				first = m.Month.String() + " " + s.Statement()
			}
			if s.Known && s.Actual.Since > m.Month {
				t.Errorf("in %s a figure of %s", m.Month, s.Actual.Since)
			}
		}
	}
	if !strings.HasPrefix(first, "2009-08 late: 8 months behind, 46,985 missing") {
		t.Errorf("the first warning: %q", first)
	}
	for _, s := range Standings(c, c.Strategy("A0"), l, month(t, "2026-01")) {
		if want := s.Line.ID == "bases" || s.Line.ID == "adviser-density"; s.Party != want {
			t.Errorf("%s: reported by a party alone: %v", s.Line.ID, s.Party)
		}
	}
	last := Standings(c, c.Strategy("A0"), l, month(t, "2010-08"))
	i := slices.IndexFunc(last, func(s Standing) bool { return s.Line.ID == "sons-of-iraq" })
	if got := last[i].Statement(); !strings.HasPrefix(got, "short: 17 months behind, 53,000 missing") {
		t.Error(got)
	}
}
