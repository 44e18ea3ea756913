package study

import (
	"context"
	"fmt"
	"math"
	"slices"

	"handover/casefile"
	"handover/explore/evaluate"
	"handover/fpmath"
)

// lead is by how much one strategy, or one way to set what is uncertain, is
// preferred to another in the same futures: the mean paired difference and its
// standard error.
type lead struct{ mean, error float64 }

// interval80 is half the width of an 80% interval in standard errors.
const interval80 = 1.2816

func (l lead) low() float64  { return l.mean - float64(interval80*l.error) }
func (l lead) high() float64 { return l.mean + float64(interval80*l.error) }

// sure is the mean in standard errors.
func (l lead) sure() float64 {
	if l.error == 0 {
		switch {
		case l.mean > 0:
			return 1e6
		case l.mean < 0:
			return -1e6
		}
		return 0
	}
	return l.mean / l.error
}

// paired is the mean of a - b over futures in which both are finite. Futures of the
// same cluster, such as those that share a draw of a posterior, count as one
// observation for the error: clusters has the cluster of each, and is nil when each
// stands alone.
func paired(a, b []float64, futures, clusters []int) lead {
	type part struct {
		n   int
		sum float64
	}
	var order []int
	parts := map[int]*part{}
	n, sum := 0, 0.0
	for _, i := range futures {
		d := a[i] - b[i]
		if math.IsNaN(d) {
			continue
		}
		key := i
		if clusters != nil {
			key = clusters[i]
		}
		p := parts[key]
		if p == nil {
			p = &part{}
			parts[key], order = p, append(order, key)
		}
		p.n, p.sum = p.n+1, p.sum+d
		n, sum = n+1, sum+d
	}
	if n == 0 {
		return lead{math.NaN(), math.NaN()}
	}
	m := sum / float64(n)
	squares := 0.0
	for _, key := range order {
		p := parts[key]
		off := p.sum - float64(float64(p.n)*m)
		squares += float64(off * off)
	}
	if k := float64(len(order)); k > 1 {
		squares *= k / (k - 1)
	}
	return lead{m, math.Sqrt(squares) / float64(n)}
}

// bar is how many standard errors a difference must have so that chance alone makes
// 1 in 20 families of so many tests show one.
func bar(tests int) float64 {
	return fpmath.NormalQuantile(1 - 0.025/math.Max(1, float64(tests)))
}

// lower says whether less of a target is preferred; ok is false when the case says
// that neither is.
func (t Target) lower() (lower, ok bool) {
	better := t.Outcome.Better
	if t.Event {
		// The event of an outcome of which more is better, above a threshold, is good
		// news; a first is better late.
		return better == "lower" && t.Above != nil || better == "higher" && t.Above == nil, better != "neither"
	}
	return better == "lower", better != "neither"
}

// targets finds the outcomes that strategies are compared by: those asked for, or
// all of which the case says what is better.
func targets(c *casefile.Case, ids []string, horizon int) ([]Target, error) {
	var all []Target
	if len(ids) == 0 {
		for _, o := range c.Outcomes {
			if o.Better != "neither" {
				ids = append(ids, o.ID)
			}
		}
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return nil, wrong("the outcome %s is named twice", id)
		}
		t, err := NewTarget(c, Asked{Outcome: id}, horizon)
		if err != nil {
			return nil, err
		}
		if _, ok := t.lower(); !ok {
			return nil, wrong("neither more nor less of %s is better, says the case, so strategies cannot be ranked by it", id)
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, wrong("the case has no outcome of which it says what is better")
	}
	return all, nil
}

// variant is one way to set what is uncertain.
type variant struct {
	// set changes the point of a future, after it was drawn.
	set func(point []float64)
	// draws are the draws of the posterior that futures take in turn; all when nil.
	draws []int
	// priors says that futures take no draw of the posterior.
	priors bool
}

// variants are values of targets: by variant, target, strategy and future.
type variants struct {
	targets    []Target
	strategies []string
	y          [][][][]float64
	// clusters are those of paired, by variant.
	clusters [][]int
	all      []int
	bad      int
}

// runVariants runs the same futures, with the same chance, under every strategy and
// variant.
func runVariants(ctx context.Context, s Setting, targets []Target, strategies []string, ways []variant, futures int) (*variants, error) {
	d, err := s.Case.Futures(s.Evaluate.Seed, futures)
	if err != nil {
		return nil, wrong("%w", err)
	}
	v := &variants{targets: targets, strategies: strategies, y: make([][][][]float64, len(ways)), clusters: make([][]int, len(ways))}
	for i := range futures {
		v.all = append(v.all, i)
	}
	for w := range ways {
		for range targets {
			v.y[w] = append(v.y[w], make([][]float64, len(strategies)))
		}
	}
	for k, id := range strategies {
		e, err := evaluate.New(s.Case, id, s.Evaluate)
		if err != nil {
			return nil, err
		}
		draw := func(i int) int { return e.PosteriorDraw(i % futures) }
		if s.Case.Posterior != nil {
			draw = func(i int) int {
				switch w := &ways[i/futures]; {
				case w.priors:
					return -1
				case w.draws != nil:
					return w.draws[e.PosteriorDraw(i%futures)*len(w.draws)/len(s.Case.Posterior.Draws)]
				}
				return e.PosteriorDraw(i % futures)
			}
		}
		r, err := e.Run(ctx, evaluate.Points{
			Count: futures * len(ways),
			Set: func(i int, dst []float64) {
				d.Point(i%futures, dst)
				if set := ways[i/futures].set; set != nil {
					set(dst)
				}
			},
			Stream: func(i int) int { return i % futures },
			Draw:   draw,
		}, s.progress(id, futures*len(ways)))
		if err != nil {
			return nil, err
		}
		for w := range ways {
			if k == 0 && s.Case.Posterior != nil && !ways[w].priors {
				for i := range futures {
					v.clusters[w] = append(v.clusters[w], draw(w*futures+i))
				}
			}
			for t, target := range targets {
				y := make([]float64, futures)
				for i := range y {
					at := w*futures + i
					y[i] = target.Value(r.Outcomes[target.Index][at], r.Bad[at])
				}
				v.y[w][t][k] = y
			}
		}
		for _, b := range r.Bad {
			if b {
				v.bad++
			}
		}
	}
	return v, nil
}

// mean is that of a target under a strategy in a variant.
func (v *variants) mean(w, t, k int) float64 {
	sum, n := 0.0, 0
	for _, x := range v.y[w][t][k] {
		if x == x {
			sum, n = sum+x, n+1
		}
	}
	return sum / float64(n)
}

// lead of strategy a over b in a variant: above 0 when a is better.
func (v *variants) lead(w, t, a, b int) lead {
	l := paired(v.y[w][t][a], v.y[w][t][b], v.all, v.clusters[w])
	if lower, _ := v.targets[t].lower(); lower {
		l.mean = -l.mean
	}
	return l
}

// leads are those of every strategy over every other, by variant, target and both.
func (v *variants) leads() [][][][]lead {
	all := make([][][][]lead, len(v.y))
	for w := range v.y {
		for t := range v.targets {
			table := make([][]lead, len(v.strategies))
			for a := range table {
				table[a] = make([]lead, len(table))
				for b := range a {
					l := v.lead(w, t, a, b)
					table[a][b], table[b][a] = l, lead{-l.mean, l.error}
				}
			}
			all[w] = append(all[w], table)
		}
	}
	return all
}

// first is the strategy with the best mean; the one that stands first in the case
// among equals.
func (v *variants) first(w, t int) int {
	best := 0
	for k := range v.strategies {
		if v.lead(w, t, k, best).mean > 0 {
			best = k
		}
	}
	return best
}

// notes say what readers must know of the futures.
func (v *variants) notes() []string {
	if v.bad == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d runs with values that are not finite are left out.", v.bad)}
}
