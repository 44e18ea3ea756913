package watch

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"handover/casefile"
	"handover/programme"
	"handover/programme/compare"
	"handover/signpost"
)

// lateMonths is how many months after its own month a figure is late.
const lateMonths = 3

// late lists what came late this month, and what is missing.
func (b *builder) late() {
	s := Section{Title: "Data that came late, or not"}
	for _, e := range b.ledger.All {
		if e.Side == programme.Done && e.Known() == b.Month && b.Month-e.Month() >= lateMonths && len(s.Items) < mostItems {
			s.Items = append(s.Items, fmt.Sprintf("%d months late: %s", b.Month-e.Month(), entryWords(e)))
		}
	}
	for _, x := range b.Sources.Series {
		cut, ok := seriesUntil(x, b.Month).CutOff()
		switch {
		case !ok:
			s.Items = append(s.Items, x.Name+": no data")
		case b.Month-cut >= lateMonths:
			s.Items = append(s.Items, fmt.Sprintf("%s: the last month known is %s, %d months ago", x.Name, cut.Words(), b.Month-cut))
		}
	}
	for _, x := range b.lines {
		if x.Known && x.Age >= lateMonths && !b.settled(x) && x.Plan != nil && x.Verdict != compare.OnTrack && x.Verdict != compare.Ahead {
			s.Items = append(s.Items, fmt.Sprintf("%s: the last figure is of %s, %d months ago", x.Line.Name, x.Actual.Since.Words(), x.Age))
		}
	}
	b.add(s)
}

// turns says what would change the view.
func (b *builder) turns() {
	s := Section{Title: "What would change the view"}
	for _, p := range b.board.Posts {
		if p.Known && !p.On && p.Age <= 12 {
			if text := next(p); text != "" {
				s.Items = append(s.Items, text)
			}
		}
	}
	for _, x := range b.lines {
		if x.Plan == nil || x.Plan.Due < b.Month {
			continue
		}
		planned, _ := x.Plan.At(b.Month + 1)
		room := float64(x.Line.Within() * math.Abs(planned))
		bound, word := planned-room, "at least"
		if x.Line.Better == "lower" {
			bound, word = planned+room, "at most"
		}
		switch x.Verdict {
		case compare.OnTrack, compare.Ahead:
			s.Items = append(s.Items, fmt.Sprintf("%s stays on track with %s %s by the end of next month", x.Line.Name, word, compare.Number(bound)))
		case compare.Late:
			s.Items = append(s.Items, fmt.Sprintf("%s is back on track with %s %s by the end of next month", x.Line.Name, word, compare.Number(bound)))
		case compare.NoNews, compare.NoActual:
			if planned != 0 {
				s.Items = append(s.Items, fmt.Sprintf("%s: any figure would tell; the plan is %s by the end of next month", x.Line.Name, compare.Number(planned)))
			}
		}
	}
	b.add(s)
}

// next says what in the next month of data would make a signpost alert.
func next(p *signpost.Post) string {
	after := p.CutOff + 1
	switch p.Detector {
	case casefile.DetectLimit:
		var limits []string
		for k, w := range p.Watch {
			if w.Above != nil {
				limits = append(limits, fmt.Sprintf("%s above %s", p.Figures[k].Name, compare.Number(*w.Above)))
			} else {
				limits = append(limits, fmt.Sprintf("%s below %s", p.Figures[k].Name, compare.Number(*w.Below)))
			}
		}
		return fmt.Sprintf("%s: an alert of %s after %s with %s", p.Name, p.Alert, months(p.Months), strings.Join(limits, " and "))
	default:
		rings := func(x float64) bool {
			f := p.Figures[0]
			f.Values = append(append([]float64(nil), f.Values[:p.CutOff-f.From+1]...), x)
			list := signpost.Alerts(p.Signpost, []signpost.Figure{f})
			return len(list) > 0 && list[len(list)-1] == after
		}
		high := 1.0
		for high < 1e6 && !rings(high) {
			high *= 2
		}
		if high >= 1e6 {
			return ""
		}
		low := math.Floor(high / 2)
		for high-low > 1 {
			if middle := math.Floor((low + high) / 2); rings(middle) {
				high = middle
			} else {
				low = middle
			}
		}
		return fmt.Sprintf("%s: an alert of %s with %s or more in %s", p.Name, p.Alert, compare.Number(high), after.Words())
	}
}

func months(n int) string {
	if n == 1 {
		return "a month"
	}
	return fmt.Sprintf("%d months in a row", n)
}

// doubts lists what is doubtful in the ledger.
func (b *builder) doubts() {
	s := Section{Title: "Doubts about the ledger", Lead: "None is proof; each names entries to look at."}
	recent := map[int64]bool{}
	for _, e := range b.ledger.All {
		recent[e.Number] = e.Known() >= b.Month-settledMonths
	}
	for _, d := range programme.Doubts(b.ledger, b.c.Programme.Parties, programme.PastOf(b.c), b.Month) {
		if slices.ContainsFunc(d.Entries, func(n int64) bool { return recent[n] }) {
			s.Items = append(s.Items, fmt.Sprintf("%s: %s (entries %s)", d.Suspicion, d.Sentence, numbers(d.Entries)))
		}
	}
	if len(s.Items) > 0 {
		b.add(s)
	}
}

func numbers(list []int64) string {
	text := ""
	for i, n := range list {
		if i > 0 {
			text += ", "
		}
		if i == 8 {
			return text + fmt.Sprintf("and %d more", len(list)-i)
		}
		text += fmt.Sprint(n)
	}
	return text
}
