package calibrate

import (
	"fmt"
	"slices"
	"strings"

	"handover/casefile"
	"handover/fpmath"
	"handover/hindcast"
)

// Pooled lists the methods of the combination: those that an honest forecast can
// use, with a spread of their own.
func Pooled() []string {
	return []string{DriversUnknown, hindcast.Bootstrap, hindcast.AllPast, hindcast.AR1}
}

// firstWeights are the weights of Pooled before anything is known of how they do.
// The baselines share a tenth: enough to come back where the model turns out worse.
func firstWeights() []float64 {
	n := float64(len(Pooled()) - 1)
	out := []float64{0.9}
	for range Pooled()[1:] {
		out = append(out, 0.1/n)
	}
	return out
}

// scored is a forecast whose outcome is known by a month.
type scored struct {
	method   string
	window   int
	month    int
	forecast hindcast.Forecast
	came     float64
}

// score scores all that was forecast at an origin.
func (b *tester) score(o *casefile.HindcastOrigin, number, origin int, past []float64, made map[string]*futures) {
	logs := logarithms(past)
	methods := map[string][]hindcast.Forecast{}
	names := []string{DriversKnown, DriversUnknown, PriorAlone}
	for _, name := range names {
		methods[name] = made[name].target
	}
	steps := len(made[DriversKnown].target)
	for _, name := range hindcast.Baselines() {
		methods[name] = hindcast.Baseline(name, logs, 12, steps, b.r.Seed+uint64(number))
		names = append(names, name)
	}
	names = append(names, Combination)
	var fresh []scored
	from := 1
	for k, to := range b.plan.Windows {
		weights := hindcast.Weights(Pooled(), firstWeights(), b.record(origin, func(w int) bool { return w == k }), b.record(origin, func(w int) bool { return w != k }))
		for i, name := range Pooled() {
			o.Weights = append(o.Weights, casefile.HindcastWeight{Method: name, From: from, To: to, Weight: weights[i]})
		}
		for _, name := range names {
			var s hindcast.Score
			for h := from; h <= min(to, steps); h++ {
				y, ok := b.months[origin+h]
				if !ok {
					continue
				}
				came := fpmath.Log1p(y)
				var f hindcast.Forecast
				if name == Combination {
					var parts []hindcast.Forecast
					for _, part := range Pooled() {
						parts = append(parts, methods[part][h-1])
					}
					f = hindcast.Combine(parts, weights)
				} else {
					f = methods[name][h-1]
				}
				s.Add(f, came)
				if slices.Contains(Pooled(), name) {
					fresh = append(fresh, scored{name, k, origin + h, f, came})
				}
			}
			if s.N > 0 {
				o.Scores = append(o.Scores, shown(name, from, to, s))
			}
		}
		from = to + 1
	}
	b.memory = append(b.memory, fresh...)
	b.scoreAreas(o, number, origin, made)
	b.rises(o, origin, past, made)
}

func shown(name string, from, to int, s hindcast.Score) casefile.HindcastScore {
	return casefile.HindcastScore{Method: name, From: from, To: to, N: s.N, CRPS: s.CRPS, LogScore: s.LogScore, Coverage: s.Coverage, PIT: s.PIT}
}

func logarithms(values []float64) []float64 {
	logs := make([]float64, len(values))
	for i, y := range values {
		logs[i] = fpmath.Log1p(y)
	}
	return logs
}

// record is how the methods of the combination did in windows of earlier origins, as
// far as was known at this one.
func (b *tester) record(origin int, in func(window int) bool) hindcast.Record {
	r := hindcast.Record{}
	for _, x := range b.memory {
		if in(x.window) && x.month <= origin {
			s := r[x.method]
			s.Add(x.forecast, x.came)
			r[x.method] = s
		}
	}
	return r
}

// scoreAreas scores by area, pooled over areas and periods of all windows.
func (b *tester) scoreAreas(o *casefile.HindcastOrigin, number, origin int, made map[string]*futures) {
	if b.areas == nil {
		return
	}
	names := append([]string{DriversKnown, DriversUnknown, PriorAlone}, hindcast.Baselines()...)
	scores := map[string]*hindcast.Score{}
	last := 0
	for part, values := range b.inAreas {
		var before []float64
		var came []casefile.ObservedValue
		for _, v := range values {
			switch {
			case v.Period.Last() <= origin:
				before = append(before, fpmath.Log1p(v.Value))
			case v.Period.First > origin && v.Period.Last() <= origin+b.longest() && v.Period.Last() < 0:
				came = append(came, v)
			}
		}
		if len(before) == 0 || len(came) == 0 {
			continue
		}
		for _, name := range names {
			var forecasts []hindcast.Forecast
			if f := made[name]; f != nil {
				forecasts = f.areas[part]
			} else {
				forecasts = hindcast.Baseline(name, before, 12/came[0].Period.Months, len(came), b.r.Seed+uint64(number*100+part))
			}
			if scores[name] == nil {
				scores[name] = &hindcast.Score{}
			}
			for k, v := range came[:min(len(came), len(forecasts))] {
				scores[name].Add(forecasts[k], fpmath.Log1p(v.Value))
				last = max(last, v.Period.Last()-origin)
			}
		}
	}
	for _, name := range names {
		if s := scores[name]; s != nil {
			o.Areas = append(o.Areas, shown(name, 1, last, *s))
		}
	}
}

// rose says whether the mean of twelve months rises above so many times that of
// the first twelve values by the given month after them; known is false when values
// end before.
func rose(values []float64, times float64, by int) (happened, known bool) {
	sum := func(from int) float64 {
		total := 0.0
		for _, y := range values[from : from+12] {
			total += y
		}
		return total
	}
	before := sum(0)
	for from := 12; from+12 <= len(values) && from <= by; from++ {
		if sum(from) > times*before {
			return true, true
		}
	}
	return false, len(values) >= 12+by
}

// rises scores the events, on courses without noise.
func (b *tester) rises(o *casefile.HindcastOrigin, origin int, past []float64, made map[string]*futures) {
	all := append([]float64(nil), past[len(past)-12:]...)
	for h := 1; h <= b.longest(); h++ {
		y, ok := b.months[origin+h]
		if !ok {
			break
		}
		all = append(all, y)
	}
	for _, times := range b.plan.Rises {
		for _, to := range b.plan.Windows {
			if to < 12 {
				continue
			}
			x := casefile.HindcastRise{Times: times, To: to, Probability: map[string]float64{}, Brier: map[string]float64{}}
			for _, name := range []string{DriversKnown, DriversUnknown, PriorAlone} {
				yes := 0.0
				for _, level := range made[name].levels {
					if happened, _ := rose(level, times, to); happened {
						yes++
					}
				}
				x.Probability[name] = yes / float64(len(made[name].levels))
			}
			yes, n := 0.0, 0.0
			for first := 0; first+12+to <= len(past); first++ {
				if happened, _ := rose(past[first:first+12+to], times, to); happened {
					yes++
				}
				n++
			}
			if n >= 12 {
				x.Probability[PastFrequency] = yes / n
			}
			if happened, known := rose(all[:min(len(all), 12+to)], times, to); known {
				x.Happened = &happened
				for name, p := range x.Probability {
					if happened {
						p = 1 - p
					}
					x.Brier[name] = float64(p * p)
				}
			}
			o.Rises = append(o.Rises, x)
		}
	}
}

// verdict puts the scores into sentences, losses first.
func verdict(h *casefile.Hindcast) string {
	windows, won, near, nearWon, pooled := 0, 0, 0, 0, 0
	var coverage, n float64
	var lost []string
	for _, o := range h.Origins {
		byWindow := map[int]map[string]casefile.HindcastScore{}
		var order []int
		for _, s := range o.Scores {
			if byWindow[s.From] == nil {
				byWindow[s.From] = map[string]casefile.HindcastScore{}
				order = append(order, s.From)
			}
			byWindow[s.From][s.Method] = s
		}
		for _, from := range order {
			scores := byWindow[from]
			best := ""
			for _, name := range hindcast.Baselines() {
				if best == "" || scores[name].CRPS < scores[best].CRPS {
					best = name
				}
			}
			model := scores[DriversUnknown]
			windows++
			if from == 1 {
				near++
			}
			if model.CRPS < scores[best].CRPS {
				won++
				if from == 1 {
					nearWon++
				}
			} else {
				lost = append(lost, fmt.Sprintf("%s, months %d to %d (%.2f against %.2f, %s)", o.Origin, from, model.To, model.CRPS, scores[best].CRPS, best))
			}
			if scores[Combination].CRPS <= scores[best].CRPS {
				pooled++
			}
			coverage += float64(model.Coverage * float64(model.N))
			n += float64(model.N)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Refitted to what was known at %d dates and with what drives it unknown, the model forecast deaths better than every simple baseline in %d of %d windows, and in %d of %d over the first months.", len(h.Origins), won, windows, nearWon, near)
	if len(lost) > 0 {
		fmt.Fprintf(&b, " It lost at %s (log CRPS, lower is better).", strings.Join(lost, "; "))
	}
	fmt.Fprintf(&b, " Its 90%% intervals held %.0f%% of what came. A combination with weights from earlier dates was at least as good as the best baseline in %d windows.", 100*coverage/max(1, n), pooled)
	return b.String()
}
