package programme

import (
	"slices"
	"strings"
	"testing"

	"handover/evidence"
)

// read makes a ledger of rows.
func read(t *testing.T, header string, rows ...string) *Ledger {
	t.Helper()
	table, list := NewTable("t.csv", strings.NewReader(header+",source,confidence\n"+strings.Join(rows, ",x,high\n")+",x,high\n"), Names{Places: []string{"North", "South"}, Blocs: []string{"red", "blue"}}, "test")
	if len(list) > 0 {
		t.Fatal(list)
	}
	var all []Entry
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(table.Mistakes())
		}
		row.Number = int64(len(all) + 1)
		all = append(all, row.Entry)
	}
	return NewLedger(all)
}

// past programmes with 0.1 to 2.0 weapons a person, and caseloads of 0.5 to 2.4
// times the plan.
func past() (p Past) {
	for i := range 20 {
		p.WeaponsPerPerson = append(p.WeaponsPerPerson, 0.1*float64(i+1))
		p.Inflation = append(p.Inflation, 0.5+0.1*float64(i))
	}
	return p
}

const doubtHeader = "when,side,kind,measure,amount,low,high,place,bloc,weapon,condition,reporter,reference"

func TestDoubts(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []string
		want []Doubt
	}{
		{"two reporters", []string{
			"2026-01,done,demobilised,added,100,,,North,red,,,mission,", "2026-01-09,done,demobilised,added,90,,,North,red,,,ministry,"},
			[]Doubt{{Overlap, []int64{1, 2}, "mission and ministry both report demobilised of bloc red, North in January 2026: 100 and 90 may be the same"}}},
		{"part and whole", []string{
			"2026-01,done,demobilised,added,500,,,,red,,,mission,", "2026-01,done,demobilised,added,90,,,North,red,,,mission,"},
			[]Doubt{{Overlap, []int64{1, 2}, "demobilised of bloc red, North in January 2026 (90) may be in those of bloc red (500), and both are added"}}},
		{"the same again", []string{
			"2026-01,done,demobilised,added,500,,,North,red,,,mission,", "2026-02,done,demobilised,added,500,,,North,red,,,mission,"},
			[]Doubt{{Overlap, []int64{1, 2}, "the same amount, 500 demobilised of bloc red, North, is entered for January 2026 and for the month after"}}},
		{"two places", []string{
			"2026-01,done,demobilised,added,500,,,North,red,,,mission,", "2026-01,done,demobilised,added,90,,,South,red,,,mission,"}, nil},
		{"a falling total", []string{
			"2026-01,done,demobilised,total,500,,,,red,,,mission,", "2026-03,done,demobilised,total,400,380,450,,red,,,mission,"},
			[]Doubt{{Shrinks, []int64{1, 2}, "demobilised of bloc red were 500 in January 2026 (mission) and 400 in March 2026 (mission): the two cannot both be right, or do not count the same"}}},
		{"a total that may not fall", []string{
			"2026-01,done,demobilised,total,500,440,500,,red,,,mission,", "2026-03,done,demobilised,total,400,380,450,,red,,,mission,"}, nil},
		{"few weapons", []string{
			"2026-01,done,demobilised,added,1000,,,,red,,,mission,", "2026-01,done,weapons-in,added,150,,,,red,small-arm,serviceable,mission,", "2026-02,done,weapons-verified,added,150,,,,red,small-arm,serviceable,mission,"},
			[]Doubt{{Staged, []int64{1, 2}, "150 weapons of bloc red for 1,000 people are 0.15 a person; 1 of 20 past programmes had fewer, and half had more than 1.1"}}},
		{"old iron", []string{
			"2026-01,done,weapons-in,added,80,,,,red,small-arm,unserviceable,mission,", "2026-01,done,weapons-in,added,20,,,,red,small-arm,serviceable,mission,", "2026-02,done,weapons-verified,added,100,,,,red,,,mission,"},
			[]Doubt{{Staged, []int64{1}, "80 of the 100 weapons of bloc red whose condition is known do not work"}}},
		{"ghosts", []string{
			"2026-01,done,payroll,level,1000,,,,red,,,mission,", "2026-01,done,present,level,430,,,,red,,,mission,"},
			[]Doubt{{Ghosts, []int64{1, 2}, "of 1,000 people of bloc red on the payroll in January 2026, 430 were present (43%)"}}},
		{"nearly all present", []string{
			"2026-01,done,payroll,level,1000,,,,red,,,mission,", "2026-01,done,present,level,930,,,,red,,,mission,"}, nil},
		{"a caseload that grows", []string{
			"2026-01,promised,registered,total,38000,,,,red,,,mission,", "2026-06,done,registered,total,103018,,,,red,,,mission,"},
			[]Doubt{{Inflated, []int64{1, 2}, "registered of bloc red are 103,018, 2.711 times the 38,000 planned; 0 of 20 past programmes grew more"}}},
		{"not counted", []string{
			"2026-01,done,weapons-in,added,1000,,,,red,,,mission,", "2026-02,done,weapons-verified,added,300,,,,red,,,mission,"},
			[]Doubt{{Unverified, []int64{1}, "a third party counted 300 of the 1,000 weapons of bloc red"}}},
		{"more verified than handed in", []string{
			"2026-01,done,weapons-in,added,1000,,,,red,,,mission,", "2026-02,done,weapons-verified,added,1300,,,,red,,,mission,"},
			[]Doubt{{Overlap, []int64{1, 2}, "1,300 weapons of bloc red are verified, and 1,000 handed in"}}},
		{"by a party", []string{
			"2026-01,done,seizures,added,4,,,,,,,The Ministry,", "2026-02,done,seizures,added,7,,,,,,,the ministry,"},
			[]Doubt{{Party, []int64{1, 2}, "all figures of seizures come from The Ministry"}}},
		{"not by a party alone", []string{
			"2026-01,done,seizures,added,4,,,,,,,the ministry,", "2026-02,done,seizures,added,7,,,,,,,mission,"}, nil},
	} {
		l := read(t, doubtHeader, c.rows...)
		to, _ := evidence.ParseMonth("2026-12")
		got := Doubts(l, []string{"the ministry"}, past(), to)
		if !slices.EqualFunc(got, c.want, func(a, b Doubt) bool {
			return a.Suspicion == b.Suspicion && a.Sentence == b.Sentence && slices.Equal(a.Entries, b.Entries)
		}) {
			t.Errorf("%s:\n%+v\nexpected\n%+v", c.name, got, c.want)
		}
		// Nothing is known before the first month.
		if got := Doubts(l, nil, past(), to-12); len(got) > 0 {
			t.Errorf("%s: doubts before any entry: %+v", c.name, got)
		}
	}
}
