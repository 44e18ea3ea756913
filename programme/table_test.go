package programme

import (
	"errors"
	"strings"
	"testing"

	"handover/casefile"
	"handover/evidence"
)

var valley = Names{Places: []string{"North", "Salah al-Din"}, Blocs: []string{"a1", "a2"}}

func mistakesOf(t *testing.T, text, by string) string {
	t.Helper()
	table, list := NewTable("t.csv", strings.NewReader(text), valley, by)
	if len(list) > 0 {
		return list.Error()
	}
	for _, err := range table.Rows() {
		if err != nil && !errors.Is(err, ErrMistakes) {
			t.Fatal(err)
		}
	}
	return table.Mistakes().Error()
}

const head = "when,side,kind,measure,amount,unit,place,bloc,source,confidence,entered_by\n"

func TestWrongTables(t *testing.T) {
	for text, want := range map[string]string{
		"":            "the table has no header line",
		"when,when\n": "two columns have the same name",
		"whne,side\n": `t.csv:1: error: whne: unknown column (did you mean "when"?)`,
		"surname\n":   "a ledger may not hold fields about persons",
		"when\n":      "t.csv:1: error: kind: the required column is missing",
		head + "2026-13,done,registered,added,1,,,,x,high,cell\n":                             `t.csv:2: error: when: "2026-13" is neither a day nor a month`,
		head + "2026-02-30,done,registered,added,1,,,,x,high,cell\n":                          `"2026-02-30" is neither a day nor a month`,
		head + "2026-01,did,registered,added,1,,,,x,high,cell\n":                              `side: "did" is not allowed here; expected one of promised, done`,
		head + "2026-01,done,registred,added,1,,,,x,high,cell\n":                              `did you mean "registered"?`,
		head + "2026-01,done,registered,level,1,,,,x,high,cell\n":                             `measure: "level" is not allowed here; expected one of added, total`,
		head + "2026-01,done,payroll,added,1,,,,x,high,cell\n":                                `measure: "added" is not allowed here; expected one of level`,
		head + "2026-01,done,registered,added,1e3x,,,,x,high,cell\n":                          `amount: found "1e3x", expected a number`,
		head + "2026-01,done,registered,added,NaN,,,,x,high,cell\n":                           `found "NaN", expected a number`,
		head + "2026-01,done,registered,added,,,,,x,high,cell\n":                              "amount: the number is missing",
		head + "2026-01,done,registered,added,-1,,,,x,high,cell\n":                            "-1 is out of range",
		head + "2026-01,done,registered,added,1,weapons,,,x,high,cell\n":                      `registered is counted in people, found "weapons"`,
		head + "2026-01,done,money,added,1,dollars,,,x,high,cell\n":                           `"dollars" is no currency of three capital letters`,
		head + "2026-01,done,registered,added,1,,Nroth,,x,high,cell\n":                        `"Nroth" is not a place of the case; leave it empty for the whole country (did you mean "North"?)`,
		head + "2026-01,done,registered,added,1,,,b7,x,high,cell\n":                           `"b7" is not a bloc of the case; the smallest actor of a ledger is a bloc (did you mean "a1"?)`,
		head + "2026-01,done,registered,added,1,,,,,high,cell\n":                              "source: the source is missing",
		head + "2026-01,done,registered,added,1,,,,x,sure,cell\n":                             `confidence: "sure" is not allowed here`,
		head + "2026-01,done,registered,added,1,,,,x,high,Jane Roe\n":                         `entered_by: "Jane Roe" is no label`,
		head + "2026-01,done,registered,added,1,,,,mail jane@example.org,high,cell\n":         "an address of a person",
		head + "2026-01,done,registered,added,1,,,,call +964 770 123 4567,high,cell\n":        "a telephone or document number",
		head + "2026-01,done,registered,added,1,,,,\"depot at 33.3152, 44.3661\",high,cell\n": "coordinates",
		head + "2026-01,done,registered,added,1,,,,statement of Gen. Roe,high,cell\n":         "the name of a person",
		head + "2026-01,done,registered,added,1,,,,=1+2,high,cell\n":                          "a spreadsheet formula",
		head + "2026-01,done,registered,added,1,,,,\"a\nb\",high,cell\n":                      "characters that cannot be printed",
		head + "2026-01,done,registered,added,1,,,,x,high\n":                                  "t.csv:2: error: the row has 10 cells and the header 11",
		head + "2026-01,done,registered,added,1,,,,\"x,high,cell\n":                           "not valid CSV",
	} {
		if got := mistakesOf(t, text, ""); !strings.Contains(got, want) {
			t.Errorf("%q:\nfound    %s\nexpected %s", text, got, want)
		}
	}
	// All mistakes at once, each once.
	got := mistakesOf(t, head+"x,done,registered,added,1,,,,x,high,cell\n2026-01,done,registered,added,x,,Nowhere,,x,high,cell\n", "")
	if n := strings.Count(got, "\n") + 1; n != 3 {
		t.Errorf("%d mistakes, expected 3:\n%s", n, got)
	}
	if got := mistakesOf(t, "when,side,kind,amount,source,confidence\n", ""); !strings.Contains(got, "entered_by") {
		t.Error(got)
	}
	for _, text := range []string{"musingsoniraq 2010/05 (SIGIR)", "shafaq.com, hindustantimes 2025-10-01", "CRS R44135", "Law 40 of 2016", "UN 2004-02-05; 2005-11-22"} {
		if what := refused(text); what != "" {
			t.Errorf("%s: taken for %s", text, what)
		}
	}
}

func TestCompleted(t *testing.T) {
	table, list := NewTable("t.csv", strings.NewReader("\ufeffwhen,side,kind,amount,source,confidence,place,low\n2026-01-31,done,payroll,5,x,low,salah al din,4\n"), valley, "cell")
	if len(list) > 0 {
		t.Fatal(list)
	}
	for r, err := range table.Rows() {
		if err != nil {
			t.Fatal(err, table.Mistakes())
		}
		if r.Measure != Level || r.Unit != "people" || r.Place != "Salah al-Din" || r.Low != 4 || r.High != 5 || r.EnteredBy != "cell" {
			t.Errorf("%+v", r.Entry)
		}
	}
}

func month(text string) evidence.Month {
	m, ok := evidence.ParseMonth(text)
	if !ok {
		panic(text)
	}
	return m
}

// TestSeries: totals take the place of what came before, parts add up, a level
// stands until the next.
func TestSeries(t *testing.T) {
	integrated := casefile.Line{Kind: "integrated"}
	of := func(when string, m Measure, amount float64, place string) Entry {
		return Entry{When: when, Side: Done, Kind: Integrated, Measure: m, Amount: amount, Low: amount, High: amount + 1, Place: place}
	}
	for name, c := range map[string]struct {
		entries []Entry
		want    []float64
	}{
		"added":           {[]Entry{of("2026-01", Added, 5, "A"), of("2026-03-02", Added, 7, "B")}, []float64{5, 5, 12, 12}},
		"totals of parts": {[]Entry{of("2026-01", Total, 5, "A"), of("2026-02", Total, 6, "B"), of("2026-03", Total, 8, "A")}, []float64{5, 11, 14, 14}},
		"total of all":    {[]Entry{of("2026-01", Added, 5, "A"), of("2026-02", Total, 20, ""), of("2026-03", Added, 1, "B"), of("2026-04", Total, 99, "B")}, []float64{5, 20, 21, 21}},
		"a fall":          {[]Entry{of("2026-01", Total, 9, ""), of("2026-02", Total, 6, "")}, []float64{9, 6, 6, 6}},
		"out of order":    {[]Entry{of("2026-03", Added, 7, ""), of("2026-01", Added, 5, "")}, []float64{5, 5, 12, 12}},
		"none":            {nil, nil},
	} {
		for i := range c.entries {
			c.entries[i].Number = int64(i + 1)
		}
		got := NewLedger(c.entries).Series(integrated, month("2026-04"))
		if len(got) != len(c.want) {
			t.Errorf("%s: %v", name, got)
			continue
		}
		for i, p := range got {
			if p.Amount != c.want[i] || p.High < p.Amount {
				t.Errorf("%s: month %s is %+v, expected %g", name, p.Month, p, c.want[i])
			}
		}
	}
}

// TestKnown: a figure counts from the month in which it became public, and so
// does its correction.
func TestKnown(t *testing.T) {
	line := casefile.Line{Kind: "integrated"}
	all := []Entry{
		{Number: 1, When: "2026-01", Public: "2026-03-10", Side: Done, Kind: Integrated, Measure: Added, Amount: 5},
		{Number: 2, When: "2026-01", Public: "2026-05", Side: Done, Kind: Integrated, Measure: Added, Amount: 4, Corrects: 1},
	}
	l := NewLedger(all)
	for text, want := range map[string]float64{"2026-03": 5, "2026-04": 5, "2026-05": 4} {
		if got := l.AsOf(month(text)).Series(line, month(text)); len(got) == 0 || got[len(got)-1].Amount != want {
			t.Errorf("as of %s: %v, expected %g", text, got, want)
		}
	}
	if got := l.AsOf(month("2026-02")).Series(line, month("2026-02")); len(got) != 0 {
		t.Errorf("before it was public: %v", got)
	}
	share := casefile.Line{Kind: "present", Per: "payroll"}
	l = NewLedger([]Entry{
		{Number: 1, When: "2026-01", Side: Done, Kind: Payroll, Measure: Level, Amount: 200, Low: 180, High: 220},
		{Number: 2, When: "2026-02", Side: Done, Kind: Present, Measure: Level, Amount: 100, Low: 90, High: 110},
	})
	got := l.Series(share, month("2026-03"))
	if len(got) != 2 || got[0].Amount != 0.5 || got[0].Low != 90.0/220 || got[0].High != 110.0/180 {
		t.Errorf("shares: %v", got)
	}
}

// FuzzTable: no table makes the reader panic; what it takes is complete, and reads
// back from what the writer makes of it as the same entry.
func FuzzTable(f *testing.F) {
	f.Add(head + "2026-01,done,registered,added,1,,North,a1,x,high,cell\n")
	f.Add("when,side,kind,amount,low,high,weapon,condition,source,confidence,reference\n2026-01-03,done,weapons-in,5,1,9,small-arm,unserviceable,\"a, b\",low,r\n")
	f.Add("\ufeffwhen,side\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		table, list := NewTable("t.csv", strings.NewReader(text), valley, "cell")
		if len(list) > 0 {
			return
		}
		var out strings.Builder
		w, err := NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for row, err := range table.Rows() {
			if err != nil {
				return
			}
			row.Number, row.Corrects, row.Withdrawn = int64(len(keys)+1), 0, false
			keys = append(keys, row.Key())
			if err := w.Write(row.Entry); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		again, list := NewTable("t.csv", strings.NewReader(out.String()), valley, "")
		if len(list) > 0 {
			t.Fatal(list)
		}
		n := 0
		for row, err := range again.Rows() {
			if err != nil {
				t.Fatalf("%v\n%s", again.Mistakes(), out.String())
			}
			if n >= len(keys) || row.Key() != keys[n] {
				t.Fatalf("entry %d reads back as another: %+v", n, row.Entry)
			}
			n++
		}
		if n != len(keys) {
			t.Fatalf("%d entries of %d read back", n, len(keys))
		}
	})
}
