package signpost

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/change"
	"handover/evidence/indicator"
	"handover/programme"
)

// stale is for how many months a state that was reported is taken to last.
const stale = 3

// Post is a signpost at the end of a month.
type Post struct {
	casefile.Signpost
	// Figures are those of Watch, as known at the end of the month.
	Figures []Figure
	Month   evidence.Month
	// CutOff is the last month in which all figures are known; Known is false when
	// there is none. Age is how many months ago that was.
	CutOff evidence.Month
	Known  bool
	Age    int
	// Alerts are all up to the month. On says that the last is no older than the
	// signpost is quiet: it still stands.
	Alerts []evidence.Month
	On     bool
	// New says that the last came in the last known month.
	New   bool
	Arrow Arrow
	// Past is its record in history, up to the month.
	Past Record
}

// Last is the month of the last alert; false without one.
func (p *Post) Last() (evidence.Month, bool) {
	if len(p.Alerts) == 0 {
		return 0, false
	}
	return p.Alerts[len(p.Alerts)-1], true
}

// Board is all signposts of a case at the end of a month, and the two alerts.
type Board struct {
	Month evidence.Month
	Posts []*Post
	// Risk and Opportunity are the signposts that give the alerts; nil for none. Of
	// several that stand, the one that was least often false counts, then the one
	// that stands first in the case.
	Risk, Opportunity *Post
}

// Sources are what figures are read from.
type Sources struct {
	Case   *casefile.Case
	Series []*indicator.Series
	// Ledger may be nil.
	Ledger *programme.Ledger
}

// At reads all signposts at the end of a month, with what was known by then. Of
// the counts of events that is what the releases at hand say of those months.
func (s Sources) At(m evidence.Month) *Board {
	b := &Board{Month: m}
	ledger := s.Ledger
	if ledger != nil {
		ledger = ledger.AsOf(m)
	}
	for _, one := range s.Case.Signposts {
		p := &Post{Signpost: one, Month: m, Arrow: Unknown}
		for _, w := range one.Watch {
			p.Figures = append(p.Figures, s.figure(w, ledger, m))
		}
		p.read(s.warned(one, m))
		b.Posts = append(b.Posts, p)
	}
	b.Risk, b.Opportunity = b.best("risk"), b.best("opportunity")
	return b
}

// figure reads what is watched up to a month.
func (s Sources) figure(w casefile.Watched, ledger *programme.Ledger, m evidence.Month) Figure {
	if w.Line != "" {
		return lineFigure(*s.Case.Line(w.Line), ledger, m)
	}
	return s.counts(w.Indicator).until(m)
}

// counts is an indicator.
func (s Sources) counts(id string) Figure {
	for _, x := range s.Series {
		if x.ID == id && len(x.Points) > 0 {
			return Figure{Name: x.Name, From: x.Points[0].Month, Values: x.Counts(), Count: true}
		}
	}
	return Figure{Name: id, Count: true}
}

// warned is the figure that tells what a signpost warns of.
func (s Sources) warned(one casefile.Signpost, m evidence.Month) Figure {
	if one.Warns == nil || one.Warns.Indicator == "" {
		return Figure{}
	}
	return s.counts(one.Warns.Indicator).until(m)
}

// lineFigure is a line of the programme by month: a state as long as it is not too
// old, and of what adds up what came in each month, nothing where nothing was
// entered.
func lineFigure(line casefile.Line, ledger *programme.Ledger, to evidence.Month) Figure {
	f := Figure{Name: line.Name}
	if ledger == nil {
		return f
	}
	points := ledger.Series(line, to)
	if len(points) == 0 {
		return f
	}
	class, _ := programme.Kind(line.Kind).Class()
	f.From = points[0].Month
	before := 0.0
	for _, p := range points {
		x := p.Amount
		if !class.Level && line.Per == "" {
			x, before = x-before, x
		} else if p.Month-p.Since > stale {
			x = math.NaN()
		}
		f.Values = append(f.Values, x)
	}
	return f
}

// read works out how the post stands.
func (p *Post) read(warned Figure) {
	p.Known = len(p.Figures) > 0
	for i, f := range p.Figures {
		cut, ok := f.CutOff()
		if !ok {
			p.Known = false
			return
		}
		if i == 0 || cut < p.CutOff {
			p.CutOff = cut
		}
	}
	p.Age = int(p.Month - p.CutOff)
	p.Alerts = Alerts(p.Signpost, p.Figures)
	p.Arrow = ArrowAt(p.Figures[0], p.CutOff, Worse(p.Signpost))
	if last, ok := p.Last(); ok {
		p.On = int(p.Month-last) <= p.Rest()
		p.New = last == p.CutOff
	}
	if p.Warns != nil && p.Warns.Indicator != "" {
		p.Past = Judge(p.Signpost, p.Figures, warned)
	}
}

// best picks the post that gives an alert.
func (b *Board) best(alert string) *Post {
	var out *Post
	rank := func(p *Post) float64 {
		if x := p.Past.FalsePerYear(); p.Past.Judged && !math.IsNaN(x) {
			return x
		}
		return math.Inf(1)
	}
	for _, p := range b.Posts {
		if p.Alert == alert && p.On && (out == nil || rank(p) < rank(out)) {
			out = p
		}
	}
	return out
}

// Sentence says why the post gives its alert, or how it stands, with figures.
func (p *Post) Sentence() string {
	if !p.Known {
		return "nothing is known of " + lower(p.unknown())
	}
	var parts []string
	for k, f := range p.Figures {
		x := f.at(p.CutOff)
		if math.IsNaN(x) {
			continue
		}
		text := fmt.Sprintf("%s: %s in %s", f.Name, amount(x), p.CutOff.Words())
		switch w := p.Watch[k]; {
		case w.Above != nil:
			text += fmt.Sprintf(" (limit: above %s)", amount(*w.Above))
		case w.Below != nil:
			text += fmt.Sprintf(" (limit: below %s)", amount(*w.Below))
		default:
			if mean, n := usual(f, p.CutOff); n > 0 {
				text += fmt.Sprintf(", against %s a month in the %d months before", amount(mean), n)
			}
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// unknown names the first figure of which nothing is known.
func (p *Post) unknown() string {
	for _, f := range p.Figures {
		if _, ok := f.CutOff(); !ok {
			return f.Name
		}
	}
	return p.Name
}

// usual is the mean of the known months among the 36 before a month.
func usual(f Figure, m evidence.Month) (mean float64, n int) {
	for back := evidence.Month(1); back <= 36; back++ {
		if x := f.at(m - back); !math.IsNaN(x) {
			mean += x
			n++
		}
	}
	return mean / math.Max(float64(n), 1), n
}

// Recent is the mean of the last 36 known months of a count, at least 1, and how
// they cluster (the k of a negative binomial distribution).
func (f Figure) Recent() (mean, k float64) {
	known := slices.DeleteFunc(slices.Clone(f.Values), math.IsNaN)
	known = known[max(0, len(known)-36):]
	for _, x := range known {
		mean += x / float64(len(known))
	}
	return math.Max(mean, 1), change.Dispersion(known)
}

// Dispersions are those of the counts that signposts watch, over their last 36
// known months, by the indicator's id.
func (s Sources) Dispersions() map[string]float64 {
	out := map[string]float64{}
	for _, one := range s.Case.Signposts {
		for _, w := range one.Watch {
			if f := s.counts(w.Indicator); w.Indicator != "" && len(f.Values) > 0 {
				_, out[w.Indicator] = f.Recent()
			}
		}
	}
	return out
}

func lower(text string) string {
	if text == "" {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}

func amount(x float64) string {
	if x == math.Trunc(x) {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}
