package record

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"handover/casefile"
	"handover/forecast/book"
	"handover/forecast/question"
)

// month is a twelfth of a mean year.
const month = time.Duration(30.436875 * 24 * float64(time.Hour))

// Horizons are how long before the end of a question a forecast stood: the
// longest time of each, the last without end.
var Horizons = []struct {
	Name string
	Most time.Duration
}{
	{"under 1 month", month},
	{"1 to 3 months", 3 * month},
	{"3 to 6 months", 6 * month},
	{"6 to 12 months", 12 * month},
	{"over 12 months", 1 << 62},
}

// Ended is a question with its answer and all forecasts of it.
type Ended struct {
	*question.Question
	Outcome question.Outcome
	// End is when its forecasts stop to count: when it closed, or was resolved
	// before.
	End       time.Time
	Forecasts []book.Forecast
}

// Collect puts questions together with their last resolutions and their
// forecasts. Questions without an answer are left out: those that are not
// resolved, ambiguous or annulled.
func Collect(asked []book.Asked, resolutions []book.Resolution, forecasts []book.Forecast) []Ended {
	type key struct{ name, id string }
	last, first := map[key]book.Resolution{}, map[key]time.Time{}
	for _, r := range resolutions {
		k := key{r.Case, r.Question}
		if _, ok := first[k]; !ok {
			first[k] = r.Entered
		}
		last[k] = r
	}
	of := map[key][]book.Forecast{}
	for _, f := range forecasts {
		k := key{f.Case, f.Question}
		of[k] = append(of[k], f)
	}
	var out []Ended
	for _, a := range asked {
		k := key{a.Case, a.ID}
		r, ok := last[k]
		if !ok || r.Outcome.Status != question.Resolved || len(of[k]) == 0 {
			continue
		}
		e := Ended{Question: a.Question, Outcome: r.Outcome, End: a.Closes, Forecasts: of[k]}
		// An import does not say when the answer came; what it holds was made before.
		if at := first[k]; !a.Imported && at.Before(e.End) {
			e.End = at
		}
		out = append(out, e)
	}
	return out
}

// Cell is how a forecaster did on questions of one kind at one time ahead.
type Cell struct {
	Person  string                `json:"forecaster"`
	Kind    casefile.QuestionKind `json:"kind"`
	Horizon int                   `json:"horizon"`
	// Questions is on how many questions a forecast stood then.
	Questions int `json:"questions"`
	// Weight is the time during which forecasts stood, each question's whole time
	// counting as 1: the coverage, summed over questions.
	Weight float64 `json:"weight"`
	// Loss is the mean of Loss over that time, Even that of Uniform over the same
	// time.
	Loss float64 `json:"loss"`
	Even float64 `json:"uniform_loss"`
	// Peers is the mean by which the loss of the others who stood at the same time
	// was larger; positive is better than they. PeerWeight is the part of Weight in
	// which there were others.
	Peers      float64 `json:"better_than_peers"`
	PeerWeight float64 `json:"peer_weight"`
	// asked holds the numbers of the questions.
	asked map[int]bool
}

// Skill is the part of the uniform answer's loss that a forecaster saved: 1 is
// perfect, 0 no better than it, below 0 worse.
func (c Cell) Skill() float64 {
	if c.Even == 0 {
		return 0
	}
	return 1 - c.Loss/c.Even
}

// Table is how forecasters did, sorted by forecaster, kind and time ahead.
type Table []Cell

// Make scores all forecasts over the time that they stood, question by question.
func Make(list []Ended) Table {
	cells := map[cellKey]*Cell{}
	for i := range list {
		add(cells, i, &list[i])
	}
	out := make(Table, 0, len(cells))
	for _, c := range cells {
		out = append(out, c.mean())
	}
	slices.SortFunc(out, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Horizon, b.Horizon))
	})
	return out
}

type cellKey struct {
	person  string
	kind    casefile.QuestionKind
	horizon int
}

// mean turns the sums of a cell into means.
func (c *Cell) mean() Cell {
	m := *c
	m.Questions = len(c.asked)
	if m.Weight > 0 {
		m.Loss /= m.Weight
		m.Even /= m.Weight
	}
	if m.PeerWeight > 0 {
		m.Peers /= m.PeerWeight
	}
	return m
}

// stood is a forecast that stands, with its loss.
type stood struct {
	book.Forecast
	loss float64
}

// add walks through the time of a question, from one moment at which something
// changes to the next, and adds what each standing forecast lost.
func add(cells map[cellKey]*Cell, number int, e *Ended) {
	whole := e.End.Sub(e.Opens)
	even, known := Loss(e.Question, e.Outcome, Uniform(e.Question))
	if whole <= 0 || !known {
		return
	}
	list := make([]stood, 0, len(e.Forecasts))
	moments := []time.Time{e.Opens}
	for _, f := range e.Forecasts {
		if !f.Made.Before(e.End) {
			continue
		}
		loss, _ := Loss(e.Question, e.Outcome, f.Answer)
		list = append(list, stood{f, loss})
		moments = append(moments, f.Made)
		if !f.Ends.IsZero() {
			moments = append(moments, f.Ends)
		}
	}
	for _, h := range Horizons {
		if h.Most < 1<<62 {
			moments = append(moments, e.End.Add(-h.Most))
		}
	}
	moments = slices.DeleteFunc(moments, func(t time.Time) bool { return t.Before(e.Opens) || !t.Before(e.End) })
	slices.SortFunc(moments, time.Time.Compare)
	moments = slices.CompactFunc(moments, time.Time.Equal)
	slices.SortStableFunc(list, func(a, b stood) int { return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.Entry, b.Entry)) })

	// now holds the forecasts that stand, in the order in which their authors came.
	var now []stood
	place := map[string]int{}
	next := 0
	for i, from := range moments {
		to := e.End
		if i+1 < len(moments) {
			to = moments[i+1]
		}
		for ; next < len(list) && !list[next].Made.After(from); next++ {
			f := list[next]
			if at, ok := place[f.Person]; ok {
				now[at] = f
			} else {
				place[f.Person] = len(now)
				now = append(now, f)
			}
		}
		weight := float64(to.Sub(from)) / float64(whole)
		horizon := horizonOf(e.End.Sub(to))
		sum, n := 0.0, 0
		for _, f := range now {
			if f.Stands(from) {
				sum += f.loss
				n++
			}
		}
		for _, f := range now {
			if !f.Stands(from) {
				continue
			}
			k := cellKey{f.Person, e.Kind, horizon}
			c := cells[k]
			if c == nil {
				c = &Cell{Person: f.Person, Kind: e.Kind, Horizon: horizon, asked: map[int]bool{}}
				cells[k] = c
			}
			c.asked[number] = true
			c.Weight += weight
			c.Loss += float64(weight * f.loss)
			c.Even += float64(weight * even)
			if n > 1 {
				c.PeerWeight += weight
				c.Peers += float64(weight * ((sum-f.loss)/float64(n-1) - f.loss))
			}
		}
	}
}

// horizonOf is the horizon of a stretch that ends so long before the end.
func horizonOf(before time.Duration) int {
	for i, h := range Horizons {
		if before < h.Most {
			return i
		}
	}
	return len(Horizons) - 1
}

// By sums a table up to cells that share what is not dropped.
func (t Table) By(person, kind, horizon bool) Table {
	cells := map[cellKey]*Cell{}
	var order []cellKey
	for _, c := range t {
		var k cellKey
		if person {
			k.person = c.Person
		}
		if kind {
			k.kind = c.Kind
		}
		k.horizon = -1
		if horizon {
			k.horizon = c.Horizon
		}
		into := cells[k]
		if into == nil {
			into = &Cell{Person: k.person, Kind: k.kind, Horizon: k.horizon, asked: map[int]bool{}}
			cells[k] = into
			order = append(order, k)
		}
		maps.Copy(into.asked, c.asked)
		into.Weight += c.Weight
		into.Loss += float64(c.Loss * c.Weight)
		into.Even += float64(c.Even * c.Weight)
		into.PeerWeight += c.PeerWeight
		into.Peers += float64(c.Peers * c.PeerWeight)
	}
	slices.SortFunc(order, func(a, b cellKey) int {
		return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.kind, b.kind), cmp.Compare(a.horizon, b.horizon))
	})
	var out Table
	for _, k := range order {
		out = append(out, cells[k].mean())
	}
	return out
}
