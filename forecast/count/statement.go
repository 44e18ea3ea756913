package count

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"handover/evidence"
	"handover/forecast/score"
	"handover/fpmath"
)

// Statement is what an analyst says: major combat in a unit ended in a month, with
// a probability. It is true when the mean of the 12 months after it is at most a
// third of that of the 12 months before, so that it can be scored after a year.
//
// It counts for forecasts that are made when it can be known, up to the month
// before the first one forecast, and for the 12 months after it; what has come to
// pass since makes it more or less credible.
type Statement struct {
	Unit  string
	Ended evidence.Month
	// P is the analyst's probability. Of 45 ends that were declared or agreed between
	// 1990 and 2016, 31 held; of all war origins a quarter calmed down within a
	// year. 0.6 is a sober value; 0.8 pays when two of three such statements hold.
	P float64
}

const (
	// leastWar is the mean of a year, a month, that makes a war.
	leastWar = 25
	// calmed is the largest part of the level that counts as an end.
	calmed = 1.0 / 3
	// lasting is how many months a statement counts, and its test takes.
	lasting = 12
	// apart is how many months divide two ends in one unit.
	apart = 24
	// endWidth is the width of the smear of what follows an end.
	endWidth = 0.5
	// leastCredible is where a statement is given up.
	leastCredible = 0.05
)

func (s Statement) check(index map[string]int) error {
	if _, known := index[s.Unit]; !known {
		return fmt.Errorf("a statement is about the unit %q, which is not in the history", s.Unit)
	}
	if !(s.P >= 0 && s.P <= 1) {
		return fmt.Errorf("a statement about %s in %s has the probability %v; expected one from 0 to 1", s.Unit, s.Ended, s.P)
	}
	return nil
}

// counts says whether a statement can be known when a request's forecasts are
// made, and is not over before the first.
func (s Statement) counts(r Request) bool {
	first := r.Origin + evidence.Month(r.First)
	return s.Ended < first && s.Ended+lasting >= first
}

// Held says whether a statement came true, from the counts of a panel of which
// this is the past. Known is false while a month before or after it is missing.
func (p *Past) Held(s Statement) (held, known bool) {
	i := slices.Index(p.names, s.Unit)
	if i < 0 {
		return false, false
	}
	t := int(s.Ended - p.from)
	before, ok := p.units[i].mean(t-lasting+1, t)
	after, ok2 := p.units[i].mean(t+1, t+lasting)
	return after <= float64(before*calmed), ok && ok2
}

// mean is the mean of months, all of which must be known.
func (u *unit) mean(from, to int) (float64, bool) {
	if from < 0 || to >= len(u.counts) {
		return 0, false
	}
	sum := 0.0
	for _, y := range u.counts[from : to+1] {
		sum += y
	}
	return sum / float64(to-from+1), !math.IsNaN(sum)
}

// end is a month after which a war calmed down, and how sharply.
type end struct {
	unit, month  int
	level, ratio float64
}

// ends are the ends that can be known at month t: the sharpest of each unit first,
// then those at least two years from it.
func (p *Past) ends(t int) []end {
	var out []end
	for c, u := range p.units {
		var found []end
		for e := lasting - 1; e+14 <= t; e++ {
			level, ok := u.mean(e-lasting+1, e)
			after, ok2 := u.mean(e+1, e+lasting)
			if ok && ok2 && level >= leastWar && after <= float64(level*calmed) {
				found = append(found, end{c, e, level, after / level})
			}
		}
		slices.SortStableFunc(found, func(a, b end) int { return cmp.Compare(a.ratio, b.ratio) })
		var kept []end
		for _, f := range found {
			if !slices.ContainsFunc(kept, func(k end) bool { return max(k.month-f.month, f.month-k.month) < apart }) {
				kept = append(kept, f)
			}
		}
		out = append(out, kept...)
	}
	return out
}

// after is what follows an end at a level, j months after it.
func (p *Past) after(g *grid, ends []end, level float64, j int) Distribution {
	masses, upTo := make([]float64, len(g.values)), make([]float64, len(g.values))
	for _, e := range ends {
		g.add(masses, level*p.units[e.unit].counts[e.month+j]/e.level, 1/float64(len(ends)))
	}
	g.smear(endWidth, 0).spread(upTo, masses, 1)
	return Distribution{g.values, upTo, true}
}

// apply mixes what follows an end into the forecasts of a unit from month t. A
// statement about a month before t was made then: its level and the ends known are
// those of that month, and its probability has been tested against each month
// since.
func (p *Past) apply(g *grid, s Statement, at, t int, months []int, cells []Distribution) {
	ended := int(s.Ended - p.from)
	stated := min(ended, t)
	level, known := p.units[at].mean(stated-lasting+1, stated)
	ends := p.ends(stated)
	if !known || len(ends) == 0 {
		return
	}
	chance := p.credible(g, s.P, ends, level, at, ended, t)
	if chance == 0 {
		return
	}
	for i, ahead := range months {
		j := t + ahead - ended
		if j < 1 || j > lasting {
			continue
		}
		calm := p.after(g, ends, level, j)
		mixed := make([]float64, len(g.values))
		for k := range mixed {
			mixed[k] = float64((1-chance)*cells[i].upTo[k]) + float64(chance*calm.upTo[k])
		}
		cells[i].upTo = mixed
	}
}

// credible is the probability of a statement after the months from it to t: each
// month moves the odds by the square root of how much likelier its count's bin
// was under the statement than under the pool. The root is a safeguard, because
// months depend on each other; it was not fitted. It is 0 when the statement is
// given up.
func (p *Past) credible(g *grid, chance float64, ends []end, level float64, at, ended, t int) float64 {
	if t <= ended {
		return chance
	}
	var months []int
	for j := 1; j <= t-ended; j++ {
		months = append(months, j)
	}
	for i, d := range p.pool(g, at, ended, months) {
		y := p.units[at].counts[ended+months[i]]
		if math.IsNaN(y) {
			continue
		}
		ratio := fpmath.Sqrt(p.after(g, ends, level, months[i]).inBin(y) / d.inBin(y))
		chance = float64(chance*ratio) / (float64(chance*ratio) + 1 - chance)
		if chance < leastCredible {
			return 0
		}
	}
	return chance
}

// inBin is the probability of the bin of y, of the bins of the ignorance score,
// never quite 0.
func (d Distribution) inBin(y float64) float64 {
	bins := score.ViEWSBins
	k := bins.Of(y)
	low, high := 0.0, 1.0
	if k > 0 {
		low = d.CDF(bins[k-1])
	}
	if k < len(bins) {
		high = d.CDF(bins[k])
	}
	return high - low + 1.0/1011
}
