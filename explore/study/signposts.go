package study

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"handover/casefile"
	"handover/chart"
	"handover/explore/discovery"
	"handover/explore/evaluate"
	"handover/explore/finding"
	"handover/random"
)

// WatchOptions say what counts as an early sign, and what is done on it.
type WatchOptions struct {
	// Lead is how many months before the event a sign must stand to count as a hit,
	// Hold how many months a value must last to be a sign.
	Lead, Hold int
	// Fresh is how many futures the gate and the adaptive strategy are tried in.
	Fresh int
	// Signal is the series to watch, by id; the one with the most skill when empty.
	Signal string
	// Acts are done while the sign stands; without any, the steps of the strategy
	// pause.
	Acts []Act
	// ID names the adaptive strategy.
	ID string
}

// mostWatched bounds the values over time that are held at once.
const mostWatched = 40_000_000

// fewest is how many futures with an event, and without, signs are sought in.
const fewest = 20

// Signposts says which series of the case tells early that a strategy is in a
// failing future, by how much, and writes the sign as a gate that an adaptive
// strategy heeds. Limits are found in half of the run's futures and judged in the
// other half; the gate and the strategy are tried in fresh futures.
func Signposts(ctx context.Context, set Setting, r *Run, t Target, o WatchOptions) (*finding.Finding, []casefile.Strategy, error) {
	k, err := r.strategy(set.Strategy)
	if err != nil {
		return nil, nil, err
	}
	id := r.Tables.Manifest.Strategies[k]
	if !t.Event {
		return nil, nil, wrong("%s is a value; say with --above or --below when it counts as failed", t.Outcome.ID)
	}
	if len(r.Case.Series) == 0 {
		return nil, nil, wrong("the case %s has no series that could be watched", r.Case.Name)
	}
	if o.Signal != "" && !slices.ContainsFunc(r.Case.Series, func(s casefile.Series) bool { return s.ID == o.Signal }) {
		return nil, nil, wrong("the case has no series %q to watch", o.Signal)
	}
	// What cannot be done on a sign is said before anything is run.
	draft := &watched{series: r.Case.Series}
	watch, gate := draft.watch(r.Case, r.Case.Strategy(id), sign{above: true, limit: 1})
	if _, err := adapted(r.Case, watch, id, o.ID, gate, o.Acts); err != nil {
		return nil, nil, err
	}
	f := &finding.Finding{Verb: "explore signposts", Case: r.Case.Title, Fingerprint: r.fingerprint(set.Version)}
	w, kept, err := watchRun(ctx, set, r, k, t, o, f)
	if err != nil {
		return nil, nil, err
	}
	words, err := w.box(r, k, t, kept, f)
	if err != nil {
		return nil, nil, err
	}
	found := w.signs(kept, o.Signal)
	if len(found) == 0 {
		return nil, nil, wrong("under %s, no series of the case tells of %s %s ahead", id, t.Words(), monthsOf(o.Lead))
	}
	f.Title = fmt.Sprintf("%s for %s tells of %s", w.phrase(found[0].sign), monthsOf(o.Hold), t.Words())
	v := found[0].verdict
	hit, alarm := discovery.ShareOf(v.hits, v.events), discovery.ShareOf(v.alarms, v.others)
	f.Lead = []string{fmt.Sprintf("Under %s it stands %s or more ahead in %.0f%% of the futures with the event (80%% interval %.0f to %.0f), and falsely in %.0f%% of the others (%.0f to %.0f); in the middle it comes %s months ahead.",
		id, monthsOf(o.Lead), 100*hit.Middle, 100*hit.Low, 100*hit.High, 100*alarm.Middle, 100*alarm.Low, 100*alarm.High, finding.Number(at(v.leads, 0.5)))}
	if words != "" {
		f.Lead = append(f.Lead, "The futures that fail most are those in which "+words+".")
	}
	w.table(found, kept, f)
	strategies, err := w.gate(ctx, set, r.Case, id, t, found[0].sign, o, f)
	if err != nil {
		return nil, nil, err
	}
	f.Files = map[string][]byte{"plans.yaml": planText(strategies)}
	return f, strategies, nil
}

// watchRun runs the futures of a run again and keeps what can be observed in them.
// The second result are the futures with finite values.
func watchRun(ctx context.Context, set Setting, r *Run, strategy int, t Target, o WatchOptions, f *finding.Finding) (*watched, []int, error) {
	m := r.Tables.Manifest
	options := set.Evaluate
	options.Seed, options.Horizon = m.Seed, m.Horizon
	w := &watched{series: r.Case.Series, lead: float64(o.Lead), hold: float64(o.Hold), end: float64(m.Horizon)}
	if t.Outcome.Reduce == casefile.First {
		w.end = t.By
	}
	for _, s := range w.series {
		options.Series = append(options.Series, s.ID)
	}
	crossing := crosses(t)
	if crossing {
		options.Series = append(options.Series, t.Outcome.ID)
	}
	ev, err := evaluate.New(r.Case, m.Strategies[strategy], options)
	if err != nil {
		return nil, nil, err
	}
	w.times = ev.Times()
	n := min(m.Futures, max(2*fewest, mostWatched/(len(w.times)*len(options.Series))))
	if n < m.Futures {
		f.Notes = append(f.Notes, fmt.Sprintf("The first %d of %d futures are watched over time.", n, m.Futures))
	}
	got, err := ev.Run(ctx, evaluate.Points{Count: n, Set: func(i int, dst []float64) { copy(dst, r.Tables.Point(i)) }, Stream: func(i int) int { return i }, Draw: r.Tables.PosteriorDraw}, set.progress("watching", n))
	if err != nil {
		return nil, nil, err
	}
	w.values = got.Series
	w.happens, w.month, w.inBox = make([]bool, n), make([]float64, n), make([]bool, n)
	var kept []int
	events := 0
	for i := range n {
		if got.Bad[i] {
			continue
		}
		kept = append(kept, i)
		y := got.Outcomes[t.Index][i]
		w.month[i] = float64(m.Horizon)
		if w.happens[i] = t.Happens(y); !w.happens[i] {
			continue
		}
		events++
		switch {
		case t.Outcome.Reduce == casefile.First:
			w.month[i] = y
		case crossing:
			for k, now := range w.times {
				if t.Happens(got.Series[len(w.series)][k][i]) {
					w.month[i] = now
					break
				}
			}
		}
	}
	if events < fewest || len(kept)-events < fewest {
		return nil, nil, wrong("under %s, %s happens in %d of %d futures; signs need at least %d with it and %d without: run more futures or choose another month, threshold or strategy",
			m.Strategies[strategy], t.Words(), events, len(kept), fewest, fewest)
	}
	if t.Outcome.Reduce != casefile.First && !crossing {
		f.Notes = append(f.Notes, fmt.Sprintf("%s has no month of its own: it counts as happening at the horizon, month %d.", t.Words(), m.Horizon))
	}
	return w, kept, nil
}

// box marks the futures of the box that PRIM finds and returns it in words, "" when
// there is none.
func (w *watched) box(r *Run, strategy int, t Target, kept []int, f *finding.Finding) (string, error) {
	var notes finding.Finding // what it notes of futures, discovery says better
	factors, cases := r.points(strategy, t, &notes)
	d, err := discovery.NewData(factors, cases)
	if errors.Is(err, discovery.ErrNever) || errors.Is(err, discovery.ErrAlways) {
		return "", nil
	}
	if err != nil {
		return "", wrong("%w", err)
	}
	boxes, err := d.PRIM(discovery.Peeling{})
	if err != nil {
		return "", wrong("%w", err)
	}
	if len(boxes) == 0 {
		f.Notes = append(f.Notes, "No box of uncertainties tells the failing futures from the others, so signs are not set against one.")
		return "", nil
	}
	// Points of the data are the futures of the run without bad ones, in order.
	point := 0
	for i := range r.Tables.Manifest.Futures {
		if r.Tables.Bad[strategy][i] {
			continue
		}
		if i < len(w.inBox) {
			w.inBox[i] = boxes[0].Chosen.Contains(d, point)
		}
		point++
	}
	words := wording{c: r.Case, factors: factors}
	return words.box(boxes[0].Chosen), nil
}

// judged is a sign with how it does in futures that it was not found in.
type judged struct {
	sign    sign
	verdict verdict
}

// signs finds the best limit of each series, or of one, in the even futures and
// judges it in the odd ones; those with the most skill come first.
func (w *watched) signs(kept []int, only string) []judged {
	var learn, test []int
	// Futures with and without the event alternate each on their own, so that both
	// halves have as many.
	turn := map[bool]int{}
	for _, i := range kept {
		if turn[w.happens[i]]++; turn[w.happens[i]]%2 == 1 {
			learn = append(learn, i)
		} else {
			test = append(test, i)
		}
	}
	var found []judged
	for s := range w.series {
		if only != "" && w.series[s].ID != only {
			continue
		}
		best := judged{}
		for _, above := range []bool{true, false} {
			if x, ok := w.find(s, above, learn); ok {
				if v := w.judge(x, test); best.verdict.events == 0 || v.skill() > best.verdict.skill() {
					best = judged{x, v}
				}
			}
		}
		if best.verdict.events > 0 && best.verdict.skill() > 0 {
			found = append(found, best)
		}
	}
	slices.SortStableFunc(found, func(a, b judged) int {
		switch {
		case a.verdict.skill() > b.verdict.skill():
			return -1
		case a.verdict.skill() < b.verdict.skill():
			return 1
		}
		return 0
	})
	return found
}

// phrase is a sign in words.
func (w *watched) phrase(s sign) string {
	than := "below"
	if s.above {
		than = "above"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", w.series[s.series].Name, than, literal(s.limit), shownUnit(w.series[s.series].Unit)))
}

func (w *watched) table(found []judged, kept []int, f *finding.Finding) {
	table := finding.Table{ID: "signs", Title: "Signs, the one with the most skill first", Most: 12,
		Note: fmt.Sprintf("Limits were found in half of the futures and judged in the other half. Hit: of futures with the event, the share in which the sign stood %g months or more ahead. False alarm: of those without, the share in which it stood until month %g. Skill: hit less false alarm. 80%% intervals. Box: the one that PRIM finds.", w.lead, w.end),
		Columns: []finding.Column{{Name: "sign", Title: "Sign", Text: true}, {Name: "series", Text: true, Hidden: true}, {Name: "above", Text: true, Hidden: true}, {Name: "limit", Hidden: true},
			{Name: "hit", Title: "Hit", Percent: true}, {Name: "hit_low", Title: "low", Percent: true}, {Name: "hit_high", Title: "high", Percent: true},
			{Name: "alarm", Title: "False alarm", Percent: true}, {Name: "alarm_low", Title: "low", Percent: true}, {Name: "alarm_high", Title: "high", Percent: true},
			{Name: "skill", Title: "Skill", Decimals: 2}, {Name: "right", Title: "Right when it stands", Percent: true},
			{Name: "lead", Title: "Months ahead, middle", Decimals: 0}, {Name: "lead_low", Title: "a tenth below", Decimals: 0}, {Name: "lead_high", Title: "a tenth above", Decimals: 0},
			{Name: "in_box", Title: "Stands in the box", Percent: true}, {Name: "outside", Title: "outside", Percent: true}}}
	var spots []chart.Spot
	for _, j := range found {
		s, v := j.sign, j.verdict
		hit, alarm := discovery.ShareOf(v.hits, v.events), discovery.ShareOf(v.alarms, v.others)
		table.Add(w.phrase(s), w.series[s.series].ID, fmt.Sprint(s.above), s.limit, hit.Middle, hit.Low, hit.High, alarm.Middle, alarm.Low, alarm.High,
			v.skill(), float64(v.hits)/float64(v.hits+v.alarms), at(v.leads, 0.5), at(v.leads, 0.1), at(v.leads, 0.9), w.standsIn(s, kept, true), w.standsIn(s, kept, false))
		spots = append(spots, chart.Spot{X: alarm.Middle, Y: hit.Middle, Group: "sign", Label: w.series[s.series].ID})
	}
	f.Tables = append(f.Tables, table)
	f.Figures = append(f.Figures, finding.Figure{Title: "Hits against false alarms", Measure: "One point a series, at its best limit; the upper left corner is a sign that is always right", Source: "Futures that the limits were not found in.",
		Spec: chart.Spots(spots, "false alarms", ".0%", "hits", ".0%", false, "Hit rate by rate of false alarms")})
}

// gate writes a sign as a gate, and tries it and the strategy that heeds it in
// fresh futures.
func (w *watched) gate(ctx context.Context, set Setting, c *casefile.Case, base string, t Target, s sign, o WatchOptions, f *finding.Finding) ([]casefile.Strategy, error) {
	from := c.Strategy(base)
	watch, gate := w.watch(c, from, s)
	adaptive, err := adapted(c, watch, base, o.ID, gate, o.Acts)
	if err != nil {
		return nil, err
	}
	doing := "its steps pause"
	if len(o.Acts) > 0 {
		var acts []string
		for _, a := range o.Acts {
			acts = append(acts, fmt.Sprintf("%s is %s", a.Variable, finding.Number(a.Value)))
		}
		doing = strings.Join(acts, " and ")
	}
	adaptive.Name = from.Name + ", adaptive"
	adaptive.Short = o.ID
	adaptive.Description = fmt.Sprintf("%s, but %s while %s.", strings.TrimSuffix(from.Name, "."), doing, lowerFirst(w.phrase(s)))
	// A copy of the case in which the month of the gate is an outcome.
	d := evaluate.With(evaluate.With(c, watch), adaptive)
	d.Outcomes = append(slices.Clone(c.Outcomes), casefile.Outcome{ID: "month-of-the-sign", Name: "Month of the sign", Expression: closed(gate), Reduce: casefile.First, Unit: "month", Better: "neither", Definition: "first month in which the sign stands"})
	if crosses(t) {
		than, limit := ">", t.Above
		if t.Below != nil {
			than, limit = "<", t.Below
		}
		d.Outcomes = append(d.Outcomes, casefile.Outcome{ID: "month-of-the-event", Name: "Month of the event", Expression: fmt.Sprintf("(%s) %s %s", t.Outcome.Expression, than, literal(*limit)), Reduce: casefile.First, Unit: "month", Better: "neither", Definition: "first month of the event"})
	}
	options := set.Evaluate
	options.Seed += freshSeed
	points, err := c.Futures(options.Seed, o.Fresh)
	if err != nil {
		return nil, wrong("the fresh futures: %w", err)
	}
	var results []*evaluate.Results
	for _, id := range []string{watch.ID, adaptive.ID} {
		ev, err := evaluate.New(d, id, options)
		if err != nil {
			return nil, wrong("what is done on the sign does not fit the model: %w", err)
		}
		r, err := ev.Run(ctx, evaluate.Points{Count: o.Fresh, Set: points.Point, Stream: func(i int) int { return i }, Draw: ev.PosteriorDraw}, set.progress("trying "+id, o.Fresh))
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	w.tried(c, base, t, o, results[0], results[1], options.Seed, f)
	return []casefile.Strategy{adaptive}, nil
}

// closed is the condition that a gate is closed.
func closed(name string) string {
	return strings.ReplaceAll(name, " ", "_") + " > 0.5"
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// tried tells what the gate does in fresh futures under the base, which does not
// heed it, and what heeding it changes.
func (w *watched) tried(c *casefile.Case, base string, t Target, o WatchOptions, plain, heeded *evaluate.Results, seed uint64, f *finding.Finding) {
	var kept []int
	for i := range plain.Bad {
		if !plain.Bad[i] && !heeded.Bad[i] {
			kept = append(kept, i)
		}
	}
	month := plain.Outcomes[len(c.Outcomes)]
	var v verdict
	without, with := 0, 0
	for _, i := range kept {
		y := plain.Outcomes[t.Index][i]
		event := w.times[len(w.times)-1]
		switch {
		case t.Outcome.Reduce == casefile.First:
			event = y
		case crosses(t):
			event = plain.Outcomes[len(c.Outcomes)+1][i]
		}
		switch {
		case t.Happens(y):
			without++
			v.events++
			if month[i] <= event-w.lead {
				v.hits++
				v.leads = append(v.leads, event-month[i])
			}
		default:
			v.others++
			if month[i] <= w.end {
				v.alarms++
			}
		}
		if t.Happens(heeded.Outcomes[t.Index][i]) {
			with++
		}
	}
	slices.Sort(v.leads)
	table := finding.Table{ID: "differences", Title: fmt.Sprintf("What heeding the sign changes: %s against %s in %d fresh futures", o.ID, base, len(kept)), Note: "Mean difference in the same futures, with 80% bootstrap interval.",
		Columns: []finding.Column{{Name: "outcome", Title: "Outcome", Text: true}, {Name: "without", Title: base, Decimals: -1}, {Name: "with", Title: o.ID, Decimals: -1}, {Name: "difference", Title: "Difference", Decimals: -1}, {Name: "low", Title: "low", Decimals: -1}, {Name: "high", Title: "high", Decimals: -1}, {Name: "unit", Title: "Unit", Text: true}}}
	row := func(name, unit string, a, b func(i int) float64) band {
		x, y, sum := 0.0, 0.0, make([]float64, len(kept))
		for k, i := range kept {
			x, y = x+a(i), y+b(i)
			sum[k] = b(i) - a(i)
		}
		n := float64(len(kept))
		d := meanBand(sum, seed)
		table.Add(name, x/n, y/n, d.middle, d.low, d.high, unit)
		return d
	}
	change := row("Chance of "+t.Words(), "chance", func(i int) float64 { return t.Value(plain.Outcomes[t.Index][i], false) }, func(i int) float64 { return t.Value(heeded.Outcomes[t.Index][i], false) })
	for k, outcome := range c.Outcomes {
		if outcome.Reduce != casefile.First {
			row(outcome.Name, shownUnit(outcome.Unit), func(i int) float64 { return plain.Outcomes[k][i] }, func(i int) float64 { return heeded.Outcomes[k][i] })
		}
	}
	f.Tables = append(f.Tables, table)
	n := float64(len(kept))
	gate := ""
	if v.events > 0 && v.others > 0 {
		gate = fmt.Sprintf("As a gate, in %d fresh futures, it hits %.0f%% and alarms falsely in %.0f%%, %s months ahead in the middle. ", len(kept), 100*v.hitRate(), 100*v.alarmRate(), finding.Number(at(v.leads, 0.5)))
	}
	f.Lead = append(f.Lead, fmt.Sprintf("%sHeeding it (%s) takes the chance of %s from %.1f%% to %.1f%%: %+.1f points (80%% interval %+.1f to %+.1f).",
		gate, o.ID, t.Words(), 100*float64(without)/n, 100*float64(with)/n, 100*change.middle, 100*change.low, 100*change.high))
	f.Notes = append(f.Notes, "A sign is what the model shows before the event in its own futures. What would be seen of it in the country is another matter: reports are late and partial.")
}

func monthsOf(n int) string {
	if n == 1 {
		return "1 month"
	}
	return fmt.Sprintf("%d months", n)
}

// crosses says whether an event happens when an outcome first crosses its
// threshold, so that it has a month.
func crosses(t Target) bool {
	return t.Outcome.Reduce == casefile.Maximum && t.Above != nil || t.Outcome.Reduce == casefile.Minimum && t.Below != nil
}

// meanBand is a mean with its 80% bootstrap interval.
func meanBand(values []float64, seed uint64) band {
	mean := func(at func(k int) float64) float64 {
		sum := 0.0
		for k := range values {
			sum += at(k)
		}
		return sum / float64(len(values))
	}
	const samples = 200
	draws := make([]float64, samples)
	for b := range draws {
		stream := random.At(seed, uint32(b), 0, random.Site("signposts bootstrap"))
		draws[b] = mean(func(int) float64 {
			return values[min(int(stream.Uniform()*float64(len(values))), len(values)-1)]
		})
	}
	slices.Sort(draws)
	return band{draws[samples/10], mean(func(k int) float64 { return values[k] }), draws[samples-1-samples/10]}
}
