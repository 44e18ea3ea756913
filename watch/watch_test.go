package watch

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"handover/casefile"
	"handover/cases"
	"handover/ensemble"
	"handover/evidence"
	"handover/evidence/indicator"
	"handover/programme"
	"handover/programme/compare"
	"handover/signpost"
)

var loaded = sync.OnceValues(func() (signpost.Sources, error) {
	folder, _ := cases.Open("iraq")
	c, list := casefile.Load(folder)
	if c == nil {
		return signpost.Sources{}, list
	}
	series, err := indicator.Build(context.Background(), c, nil)
	l, list := programme.Shipped(c)
	if len(list) > 0 {
		err = list
	}
	return signpost.Sources{Case: c, Series: series, Ledger: l}, err
})

func bulletin(t *testing.T, text string) *Bulletin {
	t.Helper()
	s, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	m, _ := evidence.ParseMonth(text)
	b, err := New(Content{Sources: s, Strategy: s.Case.Strategy("A0"), Month: m})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// section finds the items and cells of a section.
func section(b *Bulletin, title string) string {
	i := slices.IndexFunc(b.Sections, func(s Section) bool { return s.Title == title })
	if i < 0 {
		return ""
	}
	text := b.Sections[i].Lead + "\n" + strings.Join(b.Sections[i].Items, "\n")
	for _, r := range b.Sections[i].Rows {
		text += "\n" + strings.Join(r, " | ")
	}
	return text
}

// TestMonths reads bulletins as they would have been: nothing in one may be of
// later than its month.
func TestMonths(t *testing.T) {
	for _, c := range []struct{ month, section, want string }{
		{"2009-07", "The programme", "no figure since the plan began in October 2008"},
		{"2009-08", "What changed", "Sons of Iraq taken into state work or forces: late: 8 months behind, 46,985 missing"},
		{"2009-08", "Data that came late, or not", "11 months late: integrated (Sons of Iraq): 11,141 in all by 2008-09, a5; musingsoniraq 2009/08"},
		{"2009-08", "Doubts about the ledger", "were 19,700 in August 2008 (SIGIR) and 11,141 in September 2008 (SIGIR)"},
		{"2010-01", "What changed", "short: 10 months behind, 53,000 missing"},
		{"2013-05", "What would change the view", "Lethal events with the Islamic State grow: an alert of risk with "},
		{"2013-06", "What changed", "New alert (risk): Lethal events with the Islamic State grow. Lethal events with the Islamic State and its forerunners: 58 in June 2013, against"},
		{"2013-07", "What changed", "New alert (risk): A break or rising in a prison"},
		{"2013-08", "What it means for the claims", "withdrawal-2011"},
		{"2025-10", "The programme", "American soldiers in the country | 2,000 (1,500 to 2,000) | 2,000 (promise)"},
		{"2025-12", "The programme", "Bases handed over | nothing reported | 1 (promise) | short: 3 months behind, 1 missing"},
		{"2026-01", "What changed", "Bases handed over: reached 4 months after it was due; it was short"},
		{"2026-01", "What it means for the questions", "resurgence-12"},
	} {
		b := bulletin(t, c.month)
		if got := section(b, c.section); !strings.Contains(got, c.want) {
			t.Errorf("%s, %s: no %q in\n%s", c.month, c.section, c.want, got)
		}
		var text bytes.Buffer
		if err := b.Markdown(&text); err != nil {
			t.Fatal(err)
		}
		later := []string{"2026-02"}
		if c.month < "2014" {
			later = append(later, "2014-", "2015", "2021-", "2025", "resurgence-12", "pm-2025")
		}
		for _, x := range later {
			for line := range strings.SplitSeq(text.String(), "\n") {
				if strings.Contains(line, x) {
					t.Errorf("%s: something of %s: %s", c.month, x, line)
				}
			}
		}
	}
	if lead := bulletin(t, "2013-06").Lead; !strings.HasPrefix(lead[0], "Risk: ") || strings.HasSuffix(lead[0], "no alert.") || lead[1] != "Opportunity: no alert." {
		t.Errorf("%v", lead)
	}
}

// TestNext: what is said to ring does, and one less does not.
func TestNext(t *testing.T) {
	s := casefile.Signpost{Name: "Deaths", Alert: "risk", Detector: casefile.DetectMaximum, Months: 12, Watch: []casefile.Watched{{}}}
	f := signpost.Figure{Name: "deaths", Count: true, Values: []float64{3, 9, 14, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}}
	p := &signpost.Post{Signpost: s, Figures: []signpost.Figure{f}, CutOff: 12, Known: true}
	if got := next(p); !strings.Contains(got, "with 15 or more") {
		t.Error(got)
	}
}

// TestMoved: a presence that stays moves the model's figures, and the bulletin says
// why; without news nothing moves.
func TestMoved(t *testing.T) {
	s, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	table, list := programme.NewTable("t.csv", strings.NewReader("when,side,kind,amount,reference,source,confidence\n2025-11,done,forces-present,2700,coalition,x,high\n2026-06,done,forces-present,2700,coalition,x,high\n"), programme.NamesOf(s.Case), "test")
	if len(list) > 0 {
		t.Fatal(list)
	}
	var all []programme.Entry
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		row.Number = int64(len(all) + 1)
		all = append(all, row.Entry)
	}
	s.Ledger = programme.NewLedger(all)
	m, _ := evidence.ParseMonth("2026-06")
	request := ensemble.Request{Case: s.Case, Futures: 64, Seed: 1}
	x := Content{Sources: s, Strategy: s.Case.Strategy("A0"), Month: m, Futures: 64, Seed: 1}
	for at, to := range map[evidence.Month]**compare.Rerun{m: &x.Now, m - 1: &x.Before} {
		if *to, err = compare.Run(context.Background(), request, "A0", s.Ledger.AsOf(at), at); err != nil {
			t.Fatal(err)
		}
	}
	b, err := New(x)
	if err != nil {
		t.Fatal(err)
	}
	moved := section(b, "Forecasts that moved, and why")
	if !strings.Contains(moved, "the model was run again from foreign soldiers in the country (late: 7 months behind") {
		t.Error(moved)
	}
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		b, err := New(x)
		if err == nil {
			err = b.Page(w)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) || !strings.Contains(first.String(), "<h2>What changed</h2>") {
		t.Error("two pages of one month differ")
	}
}

// TestFromNow: counts since the base date pull the fan towards what they say, an
// answer moves with them and says why, and a report of the ledger picks among
// futures; with nothing known the fan is that of the ensemble.
func TestFromNow(t *testing.T) {
	s, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	base, err := compare.Base(s.Case)
	if err != nil {
		t.Fatal(err)
	}
	const futures = 50
	paths := func(value func(month, future int) float64) signpost.Paths {
		var out signpost.Paths
		for m := range 61 {
			row := make([]float64, futures)
			for i := range row {
				row[i] = value(m, i)
			}
			out.Values = append(out.Values, row)
		}
		return out
	}
	// Futures with more soldiers left have fewer events.
	all := map[string]signpost.Paths{
		"lethal-events":           paths(func(_, i int) float64 { return 1 + float64(i)/10 }),
		"active-insurgents":       paths(func(_, i int) float64 { return 100 * (1 + float64(i)/10) }),
		"report foreign-presence": paths(func(_, i int) float64 { return 5000 / (1 + float64(i)) }),
	}
	x := Content{Sources: s, Strategy: s.Case.Strategy("A0"), Month: base + 6, Paths: all, FromNow: all, FromBefore: all, Futures: futures, Seed: 1}
	x.Sources.Ledger = nil
	rows := func(x Content, name string) [][]string {
		t.Helper()
		b, err := New(x)
		if err != nil {
			t.Fatal(err)
		}
		j := slices.IndexFunc(b.Sections, func(s Section) bool { return s.Title == "From now: "+name })
		if j < 0 {
			t.Fatalf("no fan of %s in %+v", name, b.Sections)
		}
		t.Logf("%s\n%v\n%v", b.Sections[j].Lead, b.Sections[j].Items, b.Sections[j].Rows)
		return append(b.Sections[j].Rows, []string{b.Sections[j].Lead})
	}
	median := func(cell string) float64 {
		v, err := strconv.ParseFloat(strings.ReplaceAll(strings.Fields(cell)[0], ",", ""), 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	const events, people = "Expected lethal events", "Active insurgents"
	plain := rows(x, events)
	if r := plain[0]; r[0] != "2026-06" || len(plain) != 7 || math.Abs(median(r[1])-median(r[2])) > 0.11 || !strings.Contains(plain[6][0], "nothing was reported, so the fan starts there") {
		t.Errorf("%v", plain)
	}
	// A report of few soldiers.
	few := x
	few.Sources.Ledger = programme.NewLedger([]programme.Entry{{Number: 1, When: (base + 2).String(), Public: (base + 2).String(), Side: programme.Done, Kind: programme.ForcesPresent, Measure: "level", Amount: 100, Low: 100, High: 100, Reference: "coalition", Source: "test"}})
	if r := rows(few, events); median(r[0][1]) < 4 || math.Abs(median(r[0][2])-3.5) > 0.11 || !strings.Contains(r[6][0], "foreign soldiers in the country (100 in January 2026)") {
		t.Errorf("a report of few soldiers leaves %v", r)
	}
	// Counts far above all futures.
	counted := x
	counted.Sources.Series = slices.Clone(s.Series)
	i := slices.IndexFunc(s.Series, func(x *indicator.Series) bool { return x.ID == "is-lethal" })
	more := *s.Series[i]
	more.Points = slices.Clone(more.Points)
	for m := more.Points[len(more.Points)-1].Month + 1; m <= base+6; m++ {
		more.Points = append(more.Points, indicator.Point{Month: m, Known: m >= base, Count: 30})
	}
	counted.Sources.Series[i] = &more
	if r := rows(counted, events); median(r[0][1]) < 20 || median(r[0][1]) > 36 || !strings.Contains(r[6][0], "of 7 months up to May 2026") {
		t.Errorf("counts of 30 leave %v", r)
	}
	if r := rows(counted, people); median(r[0][1]) < 500 || median(r[0][1]) > 2500 || median(r[0][2]) > 360 {
		t.Errorf("counts of 30 leave insurgents at %v", r)
	}
	// A jump in the last month moves an answer.
	jump := more
	jump.Points = slices.Clone(more.Points)
	for k := range jump.Points {
		if p := &jump.Points[k]; p.Month >= base && p.Month < base+6 {
			p.Count = 4
		}
	}
	counted.Sources.Series[i] = &jump
	b, err := New(counted)
	if err != nil {
		t.Fatal(err)
	}
	if moved := section(b, movedTitle); !strings.Contains(moved, "resurgence-24, from now: ") || !strings.Contains(moved, "had 30 in May 2026, where 3.") {
		t.Errorf("%s", moved)
	}
	var page bytes.Buffer
	if err := b.Page(&page); err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for part := range strings.SplitSeq(page.String(), "<svg viewBox") {
		part, _, found := strings.Cut(part, "</svg>")
		if found && !strings.Contains(part, "NaN") && strings.Contains(part, " from now, 2026-06 to 2027-05: median ") {
			drawn++
		}
	}
	if drawn != 2 {
		t.Errorf("%d fans are drawn", drawn)
	}
	for j, s := range b.Sections {
		if s.Title == movedTitle && !strings.HasPrefix(b.Sections[j+1].Title, "From now: ") {
			t.Errorf("what moved comes before %s", b.Sections[j+1].Title)
		}
	}
	asked := section(b, "What it means for the questions")
	k := strings.Index(asked, "resurgence-24: ")
	if line, _, _ := strings.Cut(asked[max(k, 0):], "\n"); k < 0 || !strings.Contains(line[strings.LastIndexByte(line, '|'):], "% (") {
		t.Errorf("%s", asked)
	}
}

// TestMarks: text of a ledger cannot become marks of Markdown or of a page.
func TestMarks(t *testing.T) {
	b := &Bulletin{Title: "a|b", Month: "May", Sections: []Section{{Title: "x", Items: []string{"*s* <script>alert(1)</script>"}, Heads: []string{"a", "b"}, Rows: [][]string{{"1|2", "[l](x)\ny"}}}}}
	var text, page bytes.Buffer
	if err := b.Markdown(&text); err != nil {
		t.Fatal(err)
	}
	if err := b.Page(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`# a\|b: May`, `- \*s\* &lt;script&gt;alert(1)&lt;/script&gt;`, `| 1\|2 | \[l](x) y |`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in %s", want, text.String())
		}
	}
	if strings.Contains(page.String(), "<script>alert") {
		t.Error("the page holds a script of the text")
	}
}
