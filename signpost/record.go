package signpost

import (
	"math"
	"slices"

	"handover/casefile"
	"handover/evidence"
)

// Record is how a signpost did: how early it warned, and how often falsely.
type Record struct {
	// Years are those in which it could have given an alert: all it watches is
	// known, and what it warns of can be told for long enough after.
	Years float64
	// Alerts are all alerts in those years; False those that were not followed,
	// within the months of the warning, by what it warns of. An alert while that
	// lasts is neither.
	Alerts, False int
	// Onsets are the beginnings of what it warns of; Warned those with an alert
	// within the months before, or in the month itself.
	Onsets, Warned int
	// Leads are the months from the first alert to the onset, sorted.
	Leads []int
	// Judged says that there is anything to judge it by.
	Judged bool
}

// FalsePerYear is how many false alerts come in a year.
func (r Record) FalsePerYear() float64 {
	if r.Years == 0 {
		return math.NaN()
	}
	return float64(r.False) / r.Years
}

// MedianLead is the median of the leads; NaN without one.
func (r Record) MedianLead() float64 {
	n := len(r.Leads)
	if n == 0 {
		return math.NaN()
	}
	return float64(r.Leads[(n-1)/2]+r.Leads[n/2]) / 2
}

// Add puts together what was seen in several futures.
func (r *Record) Add(o Record) {
	r.Years += o.Years
	r.Alerts, r.False = r.Alerts+o.Alerts, r.False+o.False
	r.Onsets, r.Warned = r.Onsets+o.Onsets, r.Warned+o.Warned
	r.Leads = append(r.Leads, o.Leads...)
	slices.Sort(r.Leads)
	r.Judged = r.Judged || o.Judged
}

// stretch is a run of months in which a figure is beyond a limit.
type stretch struct{ from, to evidence.Month }

// over is how many months in a row a figure must be within the limit before what
// was warned of is over: a lull in a war is no second war.
const over = 12

// stretches finds those that last long enough. A month that is not known ends one.
func stretches(w casefile.Warning, f Figure) []stretch {
	var out []stretch
	held, off, lasting := 0, 0, false
	for i, x := range f.Values {
		m := f.From + evidence.Month(i)
		if !beyond(x, w.Above, w.Below) {
			held = 0
			off++
			if off >= over || math.IsNaN(x) {
				lasting = false
			}
			continue
		}
		held++
		off = 0
		switch {
		case lasting:
			out[len(out)-1].to = m
		case held == w.Months:
			out = append(out, stretch{m - evidence.Month(held-1), m})
			lasting = true
		}
	}
	return out
}

// Judge compares the alerts of a signpost with what came. Watched are the figures
// of its Watch, warned the figure that tells what it warns of.
func Judge(s casefile.Signpost, watched []Figure, warned Figure) Record {
	var r Record
	if s.Warns == nil || len(watched) == 0 {
		return r
	}
	r.Judged = true
	within := evidence.Month(s.Warns.Within)
	onsets := stretches(*s.Warns, warned)
	lasting := func(m evidence.Month) bool {
		return slices.ContainsFunc(onsets, func(x stretch) bool { return m > x.from && m <= x.to })
	}
	alerts := Alerts(s, watched)
	// The months that count: all is known, nothing of the kind lasts, and the time in
	// which it could come is known.
	counts := func(m evidence.Month) bool {
		for _, f := range watched {
			if math.IsNaN(f.at(m)) {
				return false
			}
		}
		if lasting(m) {
			return false
		}
		return !math.IsNaN(warned.at(m + within))
	}
	for i := range watched[0].Values {
		if counts(watched[0].From + evidence.Month(i)) {
			r.Years += 1.0 / 12
		}
	}
	for _, m := range alerts {
		if !counts(m) {
			continue
		}
		r.Alerts++
		if !follows(onsets, m, within) {
			r.False++
		}
	}
	for _, x := range onsets {
		if math.IsNaN(watched[0].at(x.from - 1)) {
			continue // it was there before anyone watched
		}
		r.Onsets++
		i := slices.IndexFunc(alerts, func(m evidence.Month) bool { return m <= x.from && x.from-m <= within && !lasting(m) })
		if i >= 0 {
			r.Warned++
			r.Leads = append(r.Leads, int(x.from-alerts[i]))
		}
	}
	slices.Sort(r.Leads)
	return r
}

// follows says whether an onset comes within so many months of one.
func follows(onsets []stretch, m, within evidence.Month) bool {
	return slices.ContainsFunc(onsets, func(x stretch) bool { return x.from >= m && x.from-m <= within })
}
