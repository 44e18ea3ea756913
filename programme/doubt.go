package programme

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"handover/casefile"
	"handover/evidence"
	"handover/model"
)

// Suspicion is a reason to doubt figures of a ledger.
type Suspicion string

// The suspicions. None is proof: each names entries that someone should look at.
const (
	// Overlap is the same people or things counted twice: as added and in a total,
	// in a part and in the whole, or by two reporters.
	Overlap Suspicion = "double counting"
	// Shrinks is a total that falls, which people or things that came cannot.
	Shrinks Suspicion = "a total that falls"
	// Staged is a hand-in unlike those of past programmes: too few weapons a person,
	// or weapons that do not work.
	Staged Suspicion = "staged hand-ins"
	// Ghosts are people on a payroll who are not present.
	Ghosts Suspicion = "ghosts"
	// Inflated is a caseload above what was promised or planned.
	Inflated Suspicion = "an inflated caseload"
	// Unverified is a hand-in that no third party counted.
	Unverified Suspicion = "not verified"
	// Party is a figure that only a party to the conflict reports.
	Party Suspicion = "reported by a party alone"
)

// Doubt is a reason to doubt entries.
type Doubt struct {
	Suspicion Suspicion
	// Entries are the numbers of the entries in doubt, in order.
	Entries []int64
	// Sentence says what is doubtful, with the figures, without a full stop.
	Sentence string
}

// Past is what past programmes were like, by which hand-ins and caseloads are
// judged.
type Past struct {
	// WeaponsPerPerson and Inflation are of single programmes, sorted; Inflation is
	// the caseload over the planned one.
	WeaponsPerPerson, Inflation []float64
}

// PastOf reads the past programmes of a case; it is empty for a case that names no
// table of them.
func PastOf(c *casefile.Case) Past {
	column := func(name string) (out []float64) {
		t := c.Tables[c.Programme.Past]
		if t == nil || t.Column(name) < 0 {
			return nil
		}
		for _, row := range t.Rows {
			if x, err := strconv.ParseFloat(row[t.Column(name)], 64); err == nil && x > 0 {
				out = append(out, x)
			}
		}
		slices.Sort(out)
		return out
	}
	return Past{column(casefile.PastWeapons), column(casefile.PastCaseload)}
}

// leastDoubled is the smallest amount that is suspicious when it comes twice; small
// ones come twice by chance.
const leastDoubled = 100

// most is how many doubts of one suspicion are told one by one.
const most = 50

// lowest is how many past programmes a comparison needs; under is the share of
// them below which a hand-in is unlike them.
const (
	lowest = 10
	under  = 0.1
)

// quantile of sorted values by the nearest rank.
func quantile(sorted []float64, p float64) float64 {
	return sorted[min(int(p*float64(len(sorted))), len(sorted)-1)]
}

// Doubts lists what is doubtful in a ledger at the end of a month, in the order of
// the suspicions above. Parties are the reporters that are a party to the
// conflict.
func Doubts(l *Ledger, parties []string, past Past, to evidence.Month) []Doubt {
	d := &doubter{ledger: l, to: to, past: past, parties: parties, told: map[Suspicion]int{}}
	for _, e := range l.Entries {
		if e.Month() <= to {
			d.entries = append(d.entries, e)
		}
	}
	slices.SortStableFunc(d.entries, func(a, b Entry) int { return int(a.Month() - b.Month()) })
	d.overlaps()
	d.shrinking()
	d.staged()
	d.ghosts()
	d.inflated()
	d.unverified()
	d.byParties()
	for _, s := range []Suspicion{Overlap, Shrinks, Staged, Ghosts, Inflated, Unverified, Party} {
		if more := d.told[s] - most; more > 0 {
			d.out = append(d.out, Doubt{Suspicion: s, Sentence: fmt.Sprintf("%d more of the kind are not listed", more)})
		}
	}
	return d.out
}

type doubter struct {
	ledger  *Ledger
	entries []Entry
	to      evidence.Month
	past    Past
	parties []string
	out     []Doubt
	told    map[Suspicion]int
}

func (d *doubter) doubt(s Suspicion, of []Entry, format string, arguments ...any) {
	d.told[s]++
	if d.told[s] > most {
		return
	}
	var numbers []int64
	for _, e := range of {
		numbers = append(numbers, e.Number)
	}
	slices.Sort(numbers)
	d.out = append(d.out, Doubt{s, slices.Compact(numbers), fmt.Sprintf(format, arguments...)})
}

// stream tells entries apart that cannot be of the same people or things.
type stream struct {
	side              Side
	kind              Kind
	unit              string
	weapon, condition string
	after             int
	reference         string
}

func (e Entry) stream() stream {
	return stream{e.Side, e.Kind, e.Unit, e.Weapon, e.Condition, e.After, e.Reference}
}

// streams groups entries, in the order of the first of each.
func (d *doubter) streams(side Side) [][]Entry {
	at := map[stream]int{}
	var out [][]Entry
	for _, e := range d.entries {
		if e.Side != side {
			continue
		}
		i, ok := at[e.stream()]
		if !ok {
			i = len(out)
			at[e.stream()] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], e)
	}
	return out
}

// within says whether what an entry is about lies within what another is about.
func (e Entry) within(o Entry) bool {
	return (o.Place == "" || e.Place == o.Place) && (o.Bloc == "" || e.Bloc == o.Bloc)
}

// heap is what one reporter added in a month for one place and bloc.
type heap struct {
	Entry
	amount float64
	of     []Entry
}

// heaps puts together what was added, by month, place, bloc and reporter, in the
// order of the first entry of each.
func heaps(list []Entry) (out []*heap) {
	type key struct {
		month                 evidence.Month
		place, bloc, reporter string
	}
	at := map[key]*heap{}
	for _, e := range list {
		if e.Measure != Added {
			continue
		}
		k := key{e.Month(), e.Place, e.Bloc, e.Reporter}
		h := at[k]
		if h == nil {
			h = &heap{Entry: e}
			at[k] = h
			out = append(out, h)
		}
		h.amount += e.Amount
		h.of = append(h.of, e)
	}
	return out
}

// overlaps finds amounts of one month that may be the same people or things: of a
// part and of the whole, or of two reporters.
func (d *doubter) overlaps() {
	for _, list := range d.streams(Done) {
		if c, _ := list[0].Kind.Class(); c.Level {
			continue
		}
		all := heaps(list)
		for i, a := range all {
			for _, b := range all[i+1:] {
				if b.Month() != a.Month() {
					break
				}
				switch {
				case a.Place == b.Place && a.Bloc == b.Bloc && a.Reporter != b.Reporter:
					d.doubt(Overlap, slices.Concat(a.of, b.of), "%s and %s both report %s of %s in %s: %s and %s may be the same", reporterOf(a.Entry), reporterOf(b.Entry), a.Kind, whose(a.Entry), a.Month().Words(), trim(a.amount), trim(b.amount))
				case (a.Place != b.Place || a.Bloc != b.Bloc) && (a.within(b.Entry) || b.within(a.Entry)):
					part, whole := a, b
					if b.within(a.Entry) {
						part, whole = b, a
					}
					d.doubt(Overlap, slices.Concat(a.of, b.of), "%s of %s in %s (%s) may be in those of %s (%s), and both are added", a.Kind, whose(part.Entry), a.Month().Words(), trim(part.amount), whose(whole.Entry), trim(whole.amount))
				}
			}
		}
		d.doubled(list)
	}
}

// doubled finds the same amount entered for two months that follow one another.
func (d *doubter) doubled(list []Entry) {
	type key struct {
		month       evidence.Month
		amount      float64
		place, bloc string
	}
	seen := map[key]Entry{}
	for _, b := range list {
		if b.Measure != Added || b.Amount < leastDoubled {
			continue
		}
		k := key{b.Month(), b.Amount, b.Place, b.Bloc}
		if _, twice := seen[k]; twice {
			continue
		}
		seen[k] = b
		k.month--
		if a, there := seen[k]; there {
			d.doubt(Overlap, []Entry{a, b}, "the same amount, %s %s of %s, is entered for %s and for the month after", trim(a.Amount), a.Kind, whose(a), a.Month().Words())
		}
	}
}

func (d *doubter) shrinking() {
	for _, list := range d.streams(Done) {
		last := map[part]Entry{}
		for _, e := range list {
			if e.Measure != Total {
				continue
			}
			key := part{e.Place, e.Bloc, e.After}
			if before, ok := last[key]; ok && e.High < before.Low {
				d.doubt(Shrinks, []Entry{before, e}, "%s of %s were %s in %s (%s) and %s in %s (%s): the two cannot both be right, or do not count the same", e.Kind, whose(e),
					trim(before.Amount), before.Month().Words(), reporterOf(before), trim(e.Amount), e.Month().Words(), reporterOf(e))
			}
			last[key] = e
		}
	}
}

// amountOf is what there is of a kind at the end, in all blocs and places or in
// one bloc.
func (d *doubter) amountOf(kind Kind, bloc string, side Side) (p Point, of []Entry) {
	line := casefile.Line{Kind: string(kind)}
	if bloc != "" {
		line.Blocs = []string{bloc}
	}
	of = d.ledger.Of(line, side)
	of = slices.DeleteFunc(slices.Clone(of), func(e Entry) bool { return e.Month() > d.to })
	if points := series(of, line, d.to); len(points) > 0 {
		p = points[len(points)-1]
	}
	return p, of
}

// blocs are those of a kind, "" first when an entry names none.
func (d *doubter) blocs(kind Kind) []string {
	var out []string
	for _, e := range d.entries {
		if e.Kind == kind && e.Side == Done && !slices.ContainsFunc(out, func(b string) bool { return model.Canonical(b) == model.Canonical(e.Bloc) }) {
			out = append(out, e.Bloc)
		}
	}
	slices.Sort(out)
	return out
}

// staged compares weapons a person with past programmes, and looks at how many
// work.
func (d *doubter) staged() {
	for _, bloc := range d.blocs(WeaponsIn) {
		weapons, of := d.amountOf(WeaponsIn, bloc, Done)
		people, from := d.amountOf(Demobilised, bloc, Done)
		if len(from) == 0 {
			people, from = d.amountOf(Registered, bloc, Done)
		}
		if len(from) > 0 && people.Low > 0 && len(d.past.WeaponsPerPerson) >= lowest {
			floor := quantile(d.past.WeaponsPerPerson, under)
			if ratio := weapons.Amount / people.Amount; ratio < floor {
				below, _ := slices.BinarySearch(d.past.WeaponsPerPerson, ratio)
				d.doubt(Staged, slices.Concat(of, from), "%s weapons of %s for %s people are %s a person; %d of %d past programmes had fewer, and half had more than %s", trim(weapons.Amount), whose(of[0]),
					trim(people.Amount), trim(ratio), below, len(d.past.WeaponsPerPerson), trim(quantile(d.past.WeaponsPerPerson, 0.5)))
			}
		}
		broken, judged := 0.0, 0.0
		var bad []Entry
		for _, e := range of {
			if e.Measure == Added && e.Condition != "" {
				judged += e.Amount
				if e.Condition == "unserviceable" {
					broken += e.Amount
					bad = append(bad, e)
				}
			}
		}
		if judged > 0 && broken > judged/2 {
			d.doubt(Staged, bad, "%s of the %s weapons of %s whose condition is known do not work", trim(broken), trim(judged), whose(of[0]))
		}
	}
}

// ghosts compares people present with payrolls of the same month, place and bloc.
func (d *doubter) ghosts() {
	type key struct {
		month                  evidence.Month
		place, bloc, reference string
	}
	payrolls := map[key]Entry{}
	of := func(e Entry) key { return key{e.Month(), e.Place, e.Bloc, e.Reference} }
	for _, e := range d.entries {
		if e.Kind == Payroll && e.Side == Done {
			payrolls[of(e)] = e
		}
	}
	for _, e := range d.entries {
		if e.Kind != Present || e.Side != Done {
			continue
		}
		if p, ok := payrolls[of(e)]; ok && e.High < 0.9*p.Low {
			d.doubt(Ghosts, []Entry{p, e}, "of %s people of %s on the payroll in %s, %s were present (%.0f%%)", trim(p.Amount), whose(e), e.Month().Words(), trim(e.Amount), 100*e.Amount/p.Amount)
		}
	}
}

// inflated compares people registered or demobilised with what was promised.
func (d *doubter) inflated() {
	for _, kind := range []Kind{Registered, Demobilised, Payroll} {
		for _, bloc := range d.blocs(kind) {
			have, of := d.amountOf(kind, bloc, Done)
			planned, from := d.amountOf(kind, bloc, Promised)
			if len(of) == 0 || len(from) == 0 || planned.High <= 0 || have.Low <= 1.1*planned.High {
				continue
			}
			ratio := have.Amount / planned.Amount
			past := ""
			if n := len(d.past.Inflation); n >= lowest {
				below, _ := slices.BinarySearch(d.past.Inflation, ratio)
				past = fmt.Sprintf("; %d of %d past programmes grew more", n-below, n)
			}
			d.doubt(Inflated, slices.Concat(of, from), "%s of %s are %s, %s times the %s planned%s", kind, whose(of[0]), trim(have.Amount), trim(ratio), trim(planned.Amount), past)
		}
	}
}

// unverified compares weapons verified with weapons handed in.
func (d *doubter) unverified() {
	for _, bloc := range d.blocs(WeaponsIn) {
		weapons, of := d.amountOf(WeaponsIn, bloc, Done)
		verified, with := d.amountOf(Verified, bloc, Done)
		switch {
		case len(with) > 0 && verified.Low > weapons.High:
			d.doubt(Overlap, slices.Concat(of, with), "%s weapons of %s are verified, and %s handed in", trim(verified.Amount), whose(of[0]), trim(weapons.Amount))
		case verified.Amount < weapons.Amount/2:
			d.doubt(Unverified, of, "a third party counted %s of the %s weapons of %s", trim(verified.Amount), trim(weapons.Amount), whose(of[0]))
		}
	}
}

// ByParty says that everything that was done of a line is reported by parties to the
// conflict alone, who thus control it; false for a line without a figure.
func (l *Ledger) ByParty(line casefile.Line, parties []string) bool {
	done := l.Of(line, Done)
	return len(done) > 0 && !slices.ContainsFunc(done, func(e Entry) bool { return !isParty(e, parties) })
}

func isParty(e Entry, parties []string) bool {
	return slices.ContainsFunc(parties, func(p string) bool { return strings.EqualFold(p, e.Reporter) })
}

// byParties marks kinds that nobody but parties to the conflict reports.
func (d *doubter) byParties() {
	for _, list := range d.streams(Done) {
		if slices.ContainsFunc(list, func(e Entry) bool { return !isParty(e, d.parties) }) {
			continue
		}
		var who []string
		for _, e := range list {
			if !slices.ContainsFunc(who, func(w string) bool { return strings.EqualFold(w, e.Reporter) }) {
				who = append(who, e.Reporter)
			}
		}
		what := string(list[0].Kind)
		if list[0].Reference != "" {
			what += " (" + list[0].Reference + ")"
		}
		d.doubt(Party, list, "all figures of %s come from %s", what, strings.Join(who, " and "))
	}
}

func reporterOf(e Entry) string {
	if e.Reporter != "" {
		return e.Reporter
	}
	return "a reporter who is not named"
}

// whose names what an entry is about.
func whose(e Entry) string {
	var parts []string
	if e.Reference != "" {
		parts = append(parts, e.Reference)
	}
	if e.Bloc != "" {
		parts = append(parts, "bloc "+e.Bloc)
	}
	if e.Place != "" {
		parts = append(parts, e.Place)
	}
	if len(parts) == 0 {
		return "the whole country"
	}
	return strings.Join(parts, ", ")
}

// trim writes an amount.
func trim(x float64) string {
	if math.Abs(x) < 20 && x != math.Trunc(x) {
		return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", x), "0"), ".")
	}
	s := fmt.Sprintf("%.0f", x)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
