package claim

import (
	"fmt"

	"handover/casefile"
	"handover/evidence"
	"handover/evidence/indicator"
)

// Horizons are the months ahead for which relapses are counted.
var Horizons = []int{12, 24, 36}

// sustained is how many months in a row make a rate or a decline a relapse: one
// bad month does not.
const sustained = 3

// relapsed says whether, in the h months after point t, a definition that was
// met at t is broken, and whether all those months are known. limit is that of
// the definition at t. Only months after t count, so that what went before is no
// relapse.
func relapsed(d casefile.Definition, points []indicator.Point, t, h int, limit float64) (broken, known bool) {
	if t+h >= len(points) {
		return false, false
	}
	sum, run, total := 0.0, 0, 0.0
	var window []float64
	for _, p := range points[t+1 : t+h+1] {
		if !p.Known {
			return false, false
		}
		x := float64(p.Count)
		switch d.Test {
		case casefile.TestQuiet:
			broken = broken || x > limit
		case casefile.TestThreshold:
			window = append(window, x)
			total += x
			if len(window) > d.Months {
				total -= window[len(window)-1-d.Months]
			}
			broken = broken || total >= limit
		default:
			window = append(window, x)
			sum += x
			if run++; run > sustained {
				sum -= window[len(window)-1-sustained]
				run--
			}
			broken = broken || run == sustained && sum/sustained > limit
		}
	}
	return broken, true
}

// Rate is a share with the cases it rests on.
type Rate struct{ Hits, Of int }

// Relapse says how lulls of the past ended: stretches for which a definition
// gave the verdict that it holds, after a month for which it did not.
type Relapse struct {
	// Months ahead.
	Horizon int
	// Country counts lulls of the whole series, Places those of single places.
	Country, Places Rate
}

// Past counts the relapses of lulls, in the country and place by place, that
// began in the given months or between them. A lull whose horizon is not wholly
// known is left out.
func Past(d casefile.Definition, s *indicator.Series, from, to evidence.Month) []Relapse {
	out := make([]Relapse, len(Horizons))
	for i, h := range Horizons {
		out[i].Horizon = h
	}
	single := d
	single.Places = nil
	if len(d.Places) == 0 {
		lulls(single, s.Points, from, to, func(i int, broken bool) {
			out[i].Country.Of++
			if broken {
				out[i].Country.Hits++
			}
		})
	}
	places := d.Places
	if len(places) == 0 && s.Tally != nil {
		for _, p := range s.Tally.Places {
			if p != "" {
				places = append(places, p)
			}
		}
	}
	for _, p := range places {
		lulls(single, s.Place(p), from, to, func(i int, broken bool) {
			out[i].Places.Of++
			if broken {
				out[i].Places.Hits++
			}
		})
	}
	return out
}

// lulls finds the beginnings of lulls and what followed.
func lulls(d casefile.Definition, points []indicator.Point, from, to evidence.Month, tell func(horizon int, broken bool)) {
	active := false // a lull follows something
	for t, p := range points {
		if !p.Known {
			active = false
			continue
		}
		value, met := measured(d, points[:t+1])
		if value != value {
			continue
		}
		if !met {
			active = true
			continue
		}
		if !active || p.Month < from || p.Month > to {
			continue
		}
		v := judge(d, points, p.Month)
		v.conclude(d)
		if v.Word != Holds {
			continue
		}
		active = false
		for i, h := range Horizons {
			if broken, known := relapsed(d, points, t, h, limitOf(d, points[:t+1])); known {
				tell(i, broken)
			}
		}
	}
}

// Step is what would have been said at the end of a month, and what came.
type Step struct {
	Verdict
	// Came says for each horizon whether the definition was broken within it;
	// Known whether that can be told.
	Came, CameKnown [3]bool
}

// Score counts how the verdicts of a replay did at a horizon.
type Score struct {
	Horizon int
	// Broken are the months after which the definition was broken within the
	// horizon, Kept those after which it was not. Warned and FalseWarned are those
	// among them for which the verdict was not that it holds.
	Broken, Warned    int
	Kept, FalseWarned int
}

// Replay judges a definition at the end of each month, with nothing known after
// it, and compares with what came. The figures are the latest release's, not
// those that were published at the time.
func Replay(d casefile.Definition, s *indicator.Series, from, to evidence.Month) ([]Step, []Score) {
	scores := make([]Score, len(Horizons))
	for i, h := range Horizons {
		scores[i].Horizon = h
	}
	var steps []Step
	for m := from; m <= to; m++ {
		if !s.At(m).Known {
			continue
		}
		step := Step{Verdict: Judge(d, s, m)}
		for i, h := range Horizons {
			step.Came[i], step.CameKnown[i] = came(d, s, m, h)
			if !step.CameKnown[i] || step.Word == NoData || step.Value != step.Value {
				continue
			}
			warned := step.Word != Holds
			if step.Came[i] {
				scores[i].Broken++
				if warned {
					scores[i].Warned++
				}
			} else {
				scores[i].Kept++
				if warned {
					scores[i].FalseWarned++
				}
			}
		}
		steps = append(steps, step)
	}
	return steps, scores
}

// came says whether a definition was broken in the h months after m, in the
// country or in any of its places.
func came(d casefile.Definition, s *indicator.Series, m evidence.Month, h int) (broken, known bool) {
	if len(d.Places) == 0 {
		t := int(m - s.Points[0].Month)
		return relapsed(d, s.Points, t, h, limitOf(d, s.Points[:t+1]))
	}
	for _, p := range d.Places {
		points := s.Place(p)
		if len(points) == 0 {
			return false, false
		}
		t := int(m - points[0].Month)
		b, k := relapsed(d, points, t, h, limitOf(d, points[:t+1]))
		if !k {
			return false, false
		}
		broken = broken || b
	}
	return broken, true
}

// AsOf is the last whole month before a claim.
func AsOf(c casefile.Claim) (evidence.Month, bool) {
	d, err := evidence.ParseDay(c.Date)
	if err != nil {
		return 0, false
	}
	return d.Month() - 1, true
}

// At is the verdict of a replay at the end of a month, in words.
func At(steps []Step, m evidence.Month) string {
	for _, s := range steps {
		if s.AsOf == m {
			return string(s.Word)
		}
	}
	return string(NoData)
}

// Distinct lists the different definitions of claims: the same test under
// several claims once.
func Distinct(claims []casefile.Claim) []casefile.Definition {
	seen := map[string]bool{}
	var out []casefile.Definition
	for _, c := range claims {
		for _, d := range c.Definitions {
			key := fmt.Sprint(d.Test, d.Indicator, d.Limit, d.Months, d.Holds(), d.Places)
			if !seen[key] {
				seen[key] = true
				out = append(out, d)
			}
		}
	}
	return out
}
