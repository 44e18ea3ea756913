// Package watch writes the monthly Bulletin of a case: what changed, what it means
// for each question and claim, which forecasts moved and why, which data came late,
// and what would change the view. A bulletin is words and tables, and is laid out
// as text, Markdown or a page.
package watch

import (
	"fmt"
	"slices"
	"strings"

	"handover/casefile"
	"handover/evidence"
	"handover/forecast/question"
	"handover/programme"
	"handover/programme/compare"
	"handover/signpost"
)

// Bulletin is the page of a month.
type Bulletin struct {
	Title, Month string
	// Lead says the two alerts, one line each.
	Lead     []string
	Sections []Section
	// Foot is what every reader must know.
	Foot []string
}

// Section is a part of a bulletin.
type Section struct {
	Title string
	// Lead is a sentence before the rest; empty for none.
	Lead  string
	Items []string
	// Heads are empty without a table. The first column labels the row.
	Heads []string
	Rows  [][]string
	// Fan is drawn on a page, beside the table; nil for none.
	Fan *Fan
}

// Content is what a bulletin is made from.
type Content struct {
	Sources  signpost.Sources
	Strategy *casefile.Strategy
	Month    evidence.Month
	// Now and Before are the ensemble from what was delivered by the end of the month
	// and of the month before; nil when the model was not run.
	Now, Before *compare.Rerun
	// Simulated are the records of signposts in simulated futures, by id; nil when
	// they were not measured.
	Simulated map[string]signpost.Record
	// Paths are the series of the model under the strategy as it was planned, in
	// simulated futures, by id. Nil when the model was not run.
	Paths map[string]signpost.Paths
	// FromNow and FromBefore are those series, and the quantities of reports under
	// their SeriesID, from what was delivered by the end of the month and of the month
	// before. Fans from now weigh them; there are none without.
	FromNow, FromBefore map[string]signpost.Paths
	// Futures and Seed are those of the ensemble.
	Futures int
	Seed    uint64
}

// builder writes a bulletin.
type builder struct {
	Content
	c               *casefile.Case
	ledger, earlier *programme.Ledger
	board, last     *signpost.Board
	lines, were     []compare.Standing
	questions       []*question.Question
	// now and before are what is believed of the counts that are followed.
	now, before []*belief
	out         *Bulletin
}

// New makes the bulletin of a month.
func New(x Content) (*Bulletin, error) {
	b := &builder{Content: x, c: x.Sources.Case}
	b.ledger, b.earlier = programme.NewLedger(nil), programme.NewLedger(nil)
	if l := x.Sources.Ledger; l != nil {
		b.ledger, b.earlier = l.AsOf(x.Month), l.AsOf(x.Month-1)
	}
	b.board, b.last = x.Sources.At(x.Month), x.Sources.At(x.Month-1)
	b.lines = compare.Standings(b.c, x.Strategy, b.ledger, x.Month)
	b.were = compare.Standings(b.c, x.Strategy, b.earlier, x.Month-1)
	if x.Now != nil {
		for i := range b.lines {
			if err := x.Now.Expect(b.c, &b.lines[i]); err != nil {
				return nil, err
			}
		}
	}
	b.questions = question.Of(b.c)
	b.out = &Bulletin{Title: b.c.Title, Month: x.Month.Words()}
	b.alerts()
	b.changed()
	at := len(b.out.Sections)
	if err := b.filtered(); err != nil {
		return nil, err
	}
	b.moved()
	// What moved comes before the fans that it moved with.
	if n := len(b.out.Sections); n > at {
		if last := b.out.Sections[n-1]; last.Title == movedTitle {
			b.out.Sections = slices.Insert(b.out.Sections[:n-1], at, last)
		}
	}
	b.signs()
	b.programme()
	b.claims()
	b.asked()
	b.late()
	b.turns()
	b.doubts()
	b.foot()
	return b.out, nil
}

// add appends a section that has something to say.
func (b *builder) add(s Section) {
	if len(s.Items) > 0 || len(s.Rows) > 0 || s.Lead != "" {
		b.out.Sections = append(b.out.Sections, s)
	}
}

func (b *builder) alerts() {
	for _, x := range []struct {
		word string
		post *signpost.Post
	}{{"Risk", b.board.Risk}, {"Opportunity", b.board.Opportunity}} {
		if x.post == nil {
			b.out.Lead = append(b.out.Lead, x.word+": no alert.")
			continue
		}
		since, _ := x.post.Last()
		b.out.Lead = append(b.out.Lead, fmt.Sprintf("%s: %s, since %s. %s. %s", x.word, x.post.Name, since.Words(), x.post.Sentence(), x.post.Reason))
	}
}

// changed says what is new against the month before.
func (b *builder) changed() {
	s := Section{Title: "What changed"}
	for _, e := range b.ledger.All {
		if e.Known() == b.Month && len(s.Items) < mostItems {
			s.Items = append(s.Items, "New in the ledger: "+entryWords(e))
		}
	}
	for i, p := range b.board.Posts {
		old := b.last.Posts[i]
		switch {
		case len(p.Alerts) > len(old.Alerts):
			s.Items = append(s.Items, fmt.Sprintf("New alert (%s): %s. %s", p.Alert, p.Name, p.Sentence()))
		case old.On && !p.On:
			s.Items = append(s.Items, fmt.Sprintf("The alert (%s) is over: %s", p.Alert, p.Name))
		}
		if p.Arrow != old.Arrow && p.Arrow != signpost.Unknown && old.Arrow != signpost.Unknown {
			s.Items = append(s.Items, fmt.Sprintf("%s: %s, and was %s", p.Name, p.Arrow, old.Arrow))
		}
	}
	for _, now := range b.lines {
		for _, was := range b.were {
			if now.Line.ID == was.Line.ID && planOf(now) == planOf(was) && now.Verdict != was.Verdict {
				s.Items = append(s.Items, fmt.Sprintf("%s: %s; it was %s", now.Line.Name, now.Statement(), was.Verdict))
			}
		}
	}
	for _, x := range b.Sources.Series {
		if p := x.At(b.Month); p.Known {
			before := ""
			if q := x.At(b.Month - 1); q.Known {
				before = fmt.Sprintf(", after %d", q.Count)
			}
			may := ""
			if p.Provisional {
				may = "; the source may still change it"
			}
			s.Items = append(s.Items, fmt.Sprintf("%s: %d%s%s", x.Name, p.Count, before, may))
		}
	}
	if len(s.Items) == 0 {
		s.Lead = "Nothing that this bulletin reads is new this month."
	}
	b.add(s)
}

// mostItems bounds a list that grows with the ledger.
const mostItems = 40

func planOf(s compare.Standing) string {
	if s.Plan == nil {
		return ""
	}
	return s.Plan.Of
}

// entryWords says what an entry is.
func entryWords(e programme.Entry) string {
	text := string(e.Kind)
	if e.Reference != "" {
		text += " (" + e.Reference + ")"
	}
	text += ": " + compare.Number(e.Amount)
	if e.Kind == programme.Money {
		text += " " + e.Unit
	}
	if e.Low != e.High {
		text += fmt.Sprintf(" (%s to %s)", compare.Number(e.Low), compare.Number(e.High))
	}
	switch {
	case e.Side == programme.Promised:
		text = "promised for " + e.When + ": " + text
	case e.Measure == programme.Total:
		text += " in all by " + e.When
	case e.Measure == programme.Added:
		text += " more in " + e.When
	default:
		text += " in " + e.When
	}
	for _, x := range []string{e.Bloc, e.Place} {
		if x != "" {
			text += ", " + x
		}
	}
	text += "; " + e.Source
	if e.Corrects != 0 {
		text += fmt.Sprintf(" (it corrects entry %d)", e.Corrects)
	}
	return text
}

func (b *builder) foot() {
	f := []string{fmt.Sprintf("The plan is strategy %s, %s. Only what was public by the end of the month is used of the ledger; counts of events are those of the newest release at hand.", b.Strategy.ID, b.Strategy.Name)}
	if b.Now != nil {
		m := b.Now.Summary.Manifest
		f = append(f, fmt.Sprintf("The ensemble: %d futures, seed %d, case %.12s.", b.Futures, b.Seed, m.CaseHash))
	}
	if p := b.c.Programme.Parties; len(p) > 0 {
		f = append(f, "Parties to the conflict control what they report: "+strings.Join(p, ", ")+".")
	}
	b.out.Foot = append(f, "This is a thinking aid for public policy. It does not predict individuals, and must not be used to select targets.")
}
