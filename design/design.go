// Package design chooses points in the space of uncertainties. A design has n
// points; each gives a value to every factor, drawn from that factor's
// distribution. Any point can be asked for by its number without computing
// another, so a design of a billion points takes no more memory than one of ten,
// and the same seed gives the same bits on every machine.
package design

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"handover/fpmath"
	"handover/random"
)

// Kind is how a design's points are spread.
type Kind string

// The kinds of design.
const (
	// LatinHypercube cuts every factor's distribution in n parts of equal
	// probability and takes each part once (McKay, Beckman and Conover 1979).
	LatinHypercube Kind = "lhs"
	// Sobol spreads points evenly over all factors together: a Sobol' sequence,
	// scrambled. It is at its best when n is a power of two.
	Sobol Kind = "sobol"
	// MonteCarlo takes every point independently.
	MonteCarlo Kind = "mc"
)

// MaxPoints is the largest n of a design.
const MaxPoints = 1<<31 - 1

// Factor is one uncertain quantity. Its draws depend on its name, not on which
// factors stand before it (but for Sobol', whose dimensions are taken in order).
type Factor struct {
	Name         string
	Distribution Distribution
}

// Correlation says that factors A and B, given by their index, move together with
// the given Spearman rank correlation. Pairs that are not listed are independent.
type Correlation struct {
	A, B int
	Rank float64
}

// Design is a set of n points over some factors. It is read-only after New, so
// goroutines may share it.
type Design struct {
	kind    Kind
	n       int
	factors []source
	groups  []group
	// wanted are the factors that Point draws; nil means all.
	wanted []int
}

// source is a factor prepared for drawing.
type source struct {
	distribution Distribution
	key          uint64
	order        permutation // of a Latin hypercube
	sequence     sequence    // of Sobol'
}

// New prepares a design of n points. Errors say which factor or pair is at fault;
// all that are found are joined. Any number of factors will do (none too), but
// Sobol has at most MaxSobol.
func New(kind Kind, seed uint64, n int, factors []Factor, correlations []Correlation) (*Design, error) {
	var faults []error
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	switch kind {
	case LatinHypercube, Sobol, MonteCarlo:
	default:
		fault("design %q is not known: choose %q (Latin hypercube), %q or %q (Monte Carlo)", string(kind), LatinHypercube, Sobol, MonteCarlo)
	}
	if n < 1 || n > MaxPoints {
		fault("a design must have from 1 to %d points, not %d", MaxPoints, n)
	}
	if kind == Sobol && len(factors) > MaxSobol {
		fault("a Sobol' design has at most %d factors, not %d: use %q", MaxSobol, len(factors), LatinHypercube)
	}
	first := make(map[string]int, len(factors))
	for i, f := range factors {
		if f.Name == "" {
			fault("factor %d has no name", i+1)
		} else if j, twice := first[f.Name]; twice {
			fault("factors %d and %d are both named %q: names must differ", j+1, i+1, f.Name)
		} else {
			first[f.Name] = i
		}
		if f.Distribution == nil {
			fault("factor %q has no distribution", f.Name)
		}
	}
	groups, err := correlate(factors, correlations)
	if err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	d := &Design{kind: kind, n: n, factors: make([]source, len(factors)), groups: groups}
	for i, f := range factors {
		s := source{distribution: f.Distribution, key: factorKey(seed, f.Name)}
		switch kind {
		case LatinHypercube:
			s.order = newPermutation(uint64(n), s.key)
		case Sobol:
			s.sequence = newSequence(i, s.key)
		}
		d.factors[i] = s
	}
	return d, nil
}

// factorKey returns the 64 random bits from which a factor's draws are made: of
// the seed and the 64-bit FNV-1a hash of the name.
func factorKey(seed uint64, name string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(name); i++ {
		h ^= uint64(name[i])
		h *= 1099511628211
	}
	b := random.Philox([4]uint32{uint32(h), uint32(h >> 32), 0, random.Site("design")}, [2]uint32{uint32(seed), uint32(seed >> 32)})
	return uint64(b[0]) | uint64(b[1])<<32
}

// Only returns a design of the same points whose Point draws only some factors,
// and those that correlations join them to.
func (d *Design) Only(wanted func(factor int) bool) *Design {
	o := *d
	o.groups, o.wanted = nil, []int{}
	member := make([]bool, len(d.factors))
	for f := range d.factors {
		member[f] = wanted(f)
	}
	for _, g := range d.groups {
		if slices.ContainsFunc(g.factors, func(f int) bool { return wanted(f) }) {
			o.groups = append(o.groups, g)
			for _, f := range g.factors {
				member[f] = true
			}
		}
	}
	for f, is := range member {
		if is {
			o.wanted = append(o.wanted, f)
		}
	}
	return &o
}

// Kind returns how the points are spread.
func (d *Design) Kind() Kind { return d.kind }

// Len returns the number of points.
func (d *Design) Len() int { return d.n }

// Factors returns the number of factors.
func (d *Design) Factors() int { return len(d.factors) }

// Point writes the value of every factor at point i, from 0 to Len()-1, to dst,
// whose length must be at least Factors(); of a design made by Only, that of the
// factors wanted, and numbers without meaning for some others. It allocates nothing and goroutines
// may call it at the same time. Like an index into a slice, an i or a dst out of
// range is a fault of the program and panics.
func (d *Design) Point(i int, dst []float64) {
	if i < 0 || i >= d.n {
		panic(fmt.Sprintf("design: point %d of a design of %d", i, d.n))
	}
	dst = dst[:len(d.factors)]
	if d.wanted != nil {
		for _, f := range d.wanted {
			dst[f] = d.uniform(i, &d.factors[f])
		}
		for g := range d.groups {
			d.groups[g].apply(dst)
		}
		for _, f := range d.wanted {
			dst[f] = d.factors[f].distribution.Quantile(dst[f])
		}
		return
	}
	for f := range d.factors {
		dst[f] = d.uniform(i, &d.factors[f])
	}
	for g := range d.groups {
		d.groups[g].apply(dst)
	}
	for f := range d.factors {
		dst[f] = d.factors[f].distribution.Quantile(dst[f])
	}
}

// uniform returns the place of point i along one factor, before correlation, in
// the open interval (0,1).
func (d *Design) uniform(i int, s *source) float64 {
	switch d.kind {
	case LatinHypercube:
		stratum := s.order.at(uint64(i))
		stream := random.At(s.key, uint32(i), 0, 0)
		return inStratum(stratum, d.n, stream.Uniform())
	case Sobol:
		return s.sequence.scrambled(uint32(i))
	}
	stream := random.At(s.key, uint32(i), 0, 0)
	return stream.Uniform()
}

// inStratum returns a place inside one of n equal strata. The jitter has only as
// many bits as leave the result on the right side of the stratum's edges after
// rounding.
func inStratum(stratum uint64, n int, jitter float64) float64 {
	digits := 50 - bits.Len64(uint64(n))
	cells := math.Float64frombits(uint64(1023+digits) << 52)
	jitter = (fpmath.Floor(jitter*cells) + 0.5) / cells
	return (float64(stratum) + jitter) / float64(n)
}
