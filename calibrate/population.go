package calibrate

import (
	"context"
	"errors"
	"fmt"
	"math"

	"handover/fpmath"
	"handover/random"
)

// density gives the log likelihood of points. A point holds standard normal
// numbers, one a parameter: the place of each parameter in its prior, whose
// density is thereby the same for all problems.
type density interface {
	// dimensions is how many parameters a point has.
	dimensions() int
	// logLikelihoods writes that of points[i] to dst[i]; -Inf where the model fails.
	// Results do not depend on how points are grouped.
	logLikelihoods(ctx context.Context, points [][]float64, dst []float64) error
}

// plan is how a population moves.
type plan struct {
	chains, generations int
	seed                uint64
}

// coldShare is the part of the generations that are run at temperature 1, at
// least; of them the first third is left out of the sample.
const coldShare = 0.55

// slowUntil is the share of the generations of the rise that it takes at least;
// the weight rises with their fourth power, since the first steps change most.
const slowUntil = 0.9

// The guide remembers about this part of the generations so far, and at least so many.
const (
	memory      = 1. / 3
	leastMemory = 5
)

// mostSnapshots bounds how many generations are kept.
const mostSnapshots = 96

// population is a set of chains of differential-evolution Markov chain Monte
// Carlo (ter Braak 2006, Statistics and Computing 16:239; ter Braak and Vrugt
// 2008, 18:435; Vrugt and others 2009, DREAM). One half of the chains moves by
// differences within the other half, then the other way round, so that the
// proposals of a half are computed together and the target is kept exactly.
// Before that the population is led from the prior to the posterior by raising
// the weight of the likelihood from 0 to 1, with chains drawn anew in proportion
// to what the rise makes of them (sequential Monte Carlo; Del Moral, Doucet and
// Jasra 2006), which leaves no chain behind. Most moves are led by a guide, a simple
// distribution made of where the chains were before the sample starts. Its fields are its whole state: with
// the plan they determine all that follows.
type population struct {
	// Points are the places of the chains, Likelihood the log likelihood there.
	Points     [][]float64
	Likelihood []float64
	// Weight is that of the likelihood, from 0 to 1; Rises counts the steps to it.
	Weight float64
	Rises  int
	// Generation counts generations done; Cold is the first at weight 1, or -1.
	Generation, Cold int
	// Gathered are moments of the points so far, of which the guide is made.
	Gathered spreads
	// Proposed and Accepted count moves at weight 1.
	Proposed, Accepted int
	// Snapshots are kept generations: by generation, chain, parameter; and their log
	// likelihoods.
	Snapshots   [][][]float64
	Likelihoods [][]float64
}

// sites of random numbers.
var (
	siteStart    = random.Site("calibrate: start")
	siteMove     = random.Site("calibrate: move")
	siteResample = random.Site("calibrate: resample")
)

// begin draws the chains from the prior.
func begin(ctx context.Context, d density, p plan) (*population, error) {
	s := &population{Cold: -1, Likelihood: make([]float64, p.chains)}
	for i := range p.chains {
		stream := random.At(p.seed, uint32(i), 0, siteStart)
		x := make([]float64, d.dimensions())
		for k := range x {
			x[k] = stream.Normal()
		}
		s.Points = append(s.Points, x)
	}
	if err := d.logLikelihoods(ctx, s.Points, s.Likelihood); err != nil {
		return nil, err
	}
	for _, l := range s.Likelihood {
		if !math.IsInf(l, -1) {
			return s, nil
		}
	}
	return nil, errors.New("no draw of the priors gives the observations a chance; look at start values, priors and likelihoods")
}

// advance does one generation. An error leaves the population as it was.
func (s *population) advance(ctx context.Context, d density, p plan) error {
	next := s.copy()
	if next.Weight < 1 && next.Generation%2 == 0 {
		next.rise(p)
	}
	if next.Cold < 0 || next.Generation < next.first(p) {
		// A guide that goes on learning from the sample would bend it.
		next.Gathered = next.Gathered.copy()
		next.Gathered.gather(next.Points, 1-1/max(leastMemory, float64(next.Generation)*memory))
	}
	half := p.chains / 2
	g := next.Gathered.guide()
	for _, h := range [2][2]int{{0, half}, {half, p.chains}} {
		if err := next.moveHalf(ctx, d, p, g, h[0], h[1]); err != nil {
			return err
		}
	}
	next.Generation++
	if next.Weight == 1 {
		if next.Cold < 0 {
			next.Cold = next.Generation
		}
		next.keep(p)
	}
	*s = *next
	return nil
}

// copy shares snapshots, which do not change.
func (s *population) copy() *population {
	c := *s
	c.Points = append([][]float64(nil), s.Points...)
	c.Likelihood = append([]float64(nil), s.Likelihood...)
	return &c
}

// keep keeps the generation, when it is one of those of the sample.
func (s *population) keep(p plan) {
	first := s.first(p)
	every := max(1, (p.generations-first)/mostSnapshots)
	if s.Generation < first || (p.generations-s.Generation)%every != 0 {
		return
	}
	s.Snapshots = append(s.Snapshots[:len(s.Snapshots):len(s.Snapshots)], append([][]float64(nil), s.Points...))
	s.Likelihoods = append(s.Likelihoods[:len(s.Likelihoods):len(s.Likelihoods)], append([]float64(nil), s.Likelihood...))
}

// first is the generation at which the sample starts, once the population is cold.
func (s *population) first(p plan) int { return s.Cold + (p.generations-s.Cold+1)/3 }

// rise raises the weight of the likelihood as far as the chains can follow, and
// draws them anew in proportion to what that makes of them.
func (s *population) rise(p plan) {
	rising := int(float64(p.generations) * (1 - coldShare))
	left := rising - s.Generation
	share := 0.9
	switch {
	case left <= 2:
		share = 0 // out of time: the cold generations have to do it
	case left < p.generations/6:
		share = 0.6
	}
	next := 1.0
	if share > 0 && s.effective(1) < share {
		low, high := s.Weight, 1.0
		for range 60 {
			middle := low + float64(0.5*(high-low))
			if s.effective(middle) < share {
				high = middle
			} else {
				low = middle
			}
		}
		next = high
	}
	if left > 2 {
		// A rise that is slower than it has to be gives copies the time to part.
		along := min(1, float64(s.Generation+2)/(slowUntil*float64(rising)))
		next = min(next, max(s.Weight, float64(along*along)*float64(along*along)))
	}
	weights := s.weights(next)
	total := 0.0
	for _, w := range weights {
		total += w
	}
	// Systematic resampling: one uniform number, equal steps.
	u := random.At(p.seed, 0, uint32(s.Rises), siteResample)
	at, step := float64(u.Uniform()*total/float64(len(weights))), total/float64(len(weights))
	points, likelihood := make([][]float64, 0, len(weights)), make([]float64, 0, len(weights))
	sum, i := weights[0], 0
	for k := range weights {
		place := at + float64(float64(k)*step)
		for sum < place && i < len(weights)-1 {
			i++
			sum += weights[i]
		}
		points, likelihood = append(points, s.Points[i]), append(likelihood, s.Likelihood[i])
	}
	// Copies lie beside each other; spread them over both halves.
	n := len(points)
	for k := range n {
		to := k/2 + k%2*(n/2) // n is even
		s.Points[to], s.Likelihood[to] = points[k], likelihood[k]
	}
	s.Weight = next
	s.Rises++
}

// weights are what raising the weight of the likelihood makes of the chains, the
// best of them 1.
func (s *population) weights(to float64) []float64 {
	best := math.Inf(-1)
	for _, l := range s.Likelihood {
		best = max(best, l)
	}
	weights := make([]float64, len(s.Likelihood))
	for i, l := range s.Likelihood {
		if !math.IsInf(l, -1) {
			weights[i] = fpmath.Exp(float64((to - s.Weight) * (l - best)))
		}
	}
	return weights
}

// effective is the effective share of the chains after a rise (Kong 1992).
func (s *population) effective(to float64) float64 {
	sum, squares := 0.0, 0.0
	for _, w := range s.weights(to) {
		sum += w
		squares += float64(w * w)
	}
	return float64(sum*sum) / squares / float64(len(s.Likelihood))
}

// moveHalf proposes a move for each chain from first up to last, not included,
// from differences among the others.
func (s *population) moveHalf(ctx context.Context, d density, p plan, g *guide, first, last int) error {
	n := last - first
	proposals := make([][]float64, n)
	corrections := make([]float64, n)
	thresholds := make([]float64, n)
	others := append(append([][]float64(nil), s.Points[:first]...), s.Points[last:]...)
	for i := range n {
		stream := random.At(p.seed, uint32(first+i), uint32(s.Generation), siteMove)
		thresholds[i] = fpmath.Log(stream.Uniform())
		proposals[i], corrections[i] = propose(&stream, g, s.Points[first+i], others)
	}
	likelihood := make([]float64, n)
	if err := d.logLikelihoods(ctx, proposals, likelihood); err != nil {
		return err
	}
	for i, x := range proposals {
		at := first + i
		if math.IsNaN(likelihood[i]) {
			return fmt.Errorf("the likelihood of a draw is not a number")
		}
		ratio := float64(logPrior(x)) - float64(logPrior(s.Points[at])) + corrections[i]
		if s.Weight > 0 {
			ratio += float64(s.Weight * (likelihood[i] - s.Likelihood[at]))
		}
		if s.Weight == 1 {
			s.Proposed++
		}
		// A chain at -Inf takes any other place; from -Inf to -Inf the ratio is NaN.
		if ratio > thresholds[i] {
			s.Points[at], s.Likelihood[at] = x, likelihood[i]
			if s.Weight == 1 {
				s.Accepted++
			}
		}
	}
	return nil
}

// logPrior is the log density of a point under the priors, but for a constant.
func logPrior(x []float64) float64 {
	sum := 0.0
	for _, z := range x {
		sum += float64(z * z)
	}
	return -sum / 2
}
