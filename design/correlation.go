package design

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"

	"handover/fpmath"
)

// group is a set of factors joined by correlations, with the lower triangle that
// makes independent normal numbers into correlated ones.
type group struct {
	factors []int // ascending
	rows    [][]float64
}

// apply turns the group's uniform numbers in dst into correlated uniform numbers.
// The first factor of the group keeps its number.
func (g *group) apply(dst []float64) {
	first := dst[g.factors[0]]
	for _, f := range g.factors {
		dst[f] = fpmath.NormalQuantile(dst[f])
	}
	// From the last to the first, so that what a row needs is still there.
	for r := len(g.factors) - 1; r > 0; r-- {
		sum := 0.0
		for c, l := range g.rows[r] {
			sum += float64(l * dst[g.factors[c]])
		}
		dst[g.factors[r]] = inside(fpmath.NormalCDF(sum))
	}
	dst[g.factors[0]] = first
}

// inside keeps a probability off 0 and 1, where a quantile may be infinite.
func inside(u float64) float64 {
	return math.Max(0x1p-53, math.Min(1-0x1p-53, u))
}

// correlate checks correlations and returns the groups of factors they join. The
// correlation is laid on by a Gaussian copula: a Spearman correlation r of two
// normal variables belongs to the ordinary correlation 2 sin(pi r/6) (Pearson
// 1907).
func correlate(factors []Factor, correlations []Correlation) ([]group, error) {
	var faults []error
	name := func(i int) string {
		if i < 0 || i >= len(factors) {
			return fmt.Sprintf("factor number %d", i)
		}
		return fmt.Sprintf("%q", factors[i].Name)
	}
	seen := map[[2]int]bool{}
	for _, c := range correlations {
		pair := fmt.Sprintf("correlation of %s and %s: ", name(c.A), name(c.B))
		low, high := min(c.A, c.B), max(c.A, c.B)
		switch {
		case low < 0 || high >= len(factors):
			faults = append(faults, errors.New(pair+"there is no such factor"))
		case low == high:
			faults = append(faults, errors.New(pair+"a factor cannot be correlated with itself"))
		case seen[[2]int{low, high}]:
			faults = append(faults, errors.New(pair+"the pair is listed twice"))
		case !(c.Rank > -1 && c.Rank < 1):
			faults = append(faults, fmt.Errorf("%sthe rank correlation must lie between -1 and 1 and reach neither, not be %v", pair, c.Rank))
		}
		seen[[2]int{low, high}] = true
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}

	// Factors joined by any chain of correlations belong together.
	leader := make([]int, len(factors))
	for i := range leader {
		leader[i] = i
	}
	find := func(i int) int {
		for leader[i] != i {
			i = leader[i]
		}
		return i
	}
	for _, c := range correlations {
		a, b := find(c.A), find(c.B)
		leader[max(a, b)] = min(a, b)
	}
	members := map[int][]Correlation{}
	for _, c := range correlations {
		members[find(c.A)] = append(members[find(c.A)], c)
	}
	var groups []group
	for i := range factors {
		list := members[i]
		if len(list) == 0 {
			continue
		}
		g := group{factors: factorsOf(list)}
		g.rows = cholesky(g.factors, list, 1)
		if g.rows == nil {
			faults = append(faults, contradiction(list, name))
		}
		groups = append(groups, g)
	}
	return groups, errors.Join(faults...)
}

// factorsOf returns the factors that a list of correlations names, ascending.
func factorsOf(list []Correlation) []int {
	set := map[int]bool{}
	for _, c := range list {
		set[c.A], set[c.B] = true, true
	}
	all := make([]int, 0, len(set))
	for f := range set {
		all = append(all, f)
	}
	sort.Ints(all)
	return all
}

// cholesky returns the lower triangle whose product with its transpose is the
// correlation matrix of the factors, every rank correlation times scale; nil if
// there is none because the matrix is not positive definite.
func cholesky(factors []int, list []Correlation, scale float64) [][]float64 {
	place := make(map[int]int, len(factors))
	for i, f := range factors {
		place[f] = i
	}
	rows := make([][]float64, len(factors))
	for i := range rows {
		rows[i] = make([]float64, i+1)
		rows[i][i] = 1
	}
	for _, c := range list {
		a, b := place[c.A], place[c.B]
		rows[max(a, b)][min(a, b)] = 2 * fpmath.Sin(float64(math.Pi/6*float64(c.Rank*scale)))
	}
	for r := range rows {
		for c := 0; c <= r; c++ {
			sum := rows[r][c]
			for k := 0; k < c; k++ {
				sum -= float64(rows[r][k] * rows[c][k])
			}
			if c < r {
				rows[r][c] = sum / rows[c][c]
				continue
			}
			if !(sum > 1e-10) {
				return nil
			}
			rows[r][r] = math.Sqrt(sum)
		}
	}
	return rows
}

// contradiction explains why the correlations of a group cannot hold together: the
// pairs among a smallest set of factors that contradict each other, and how far to
// weaken all.
func contradiction(list []Correlation, name func(int) string) error {
	core := list
	for _, f := range factorsOf(list) {
		var without []Correlation
		for _, c := range core {
			if c.A != f && c.B != f {
				without = append(without, c)
			}
		}
		if cholesky(factorsOf(without), without, 1) == nil {
			core = without
		}
	}
	all := factorsOf(list)
	low, high := 0.0, 1.0
	for range 30 {
		middle := (low + high) / 2
		if cholesky(all, list, middle) == nil {
			high = middle
		} else {
			low = middle
		}
	}
	pairs := make([]string, len(core))
	for i, c := range core {
		pairs[i] = fmt.Sprintf("%s with %s (%v)", name(c.A), name(c.B), c.Rank)
	}
	return fmt.Errorf("these correlations contradict each other (pairs that are not listed count as 0): %s; weaken or remove one of them, or multiply them and all that are linked to them by %.2f or less",
		strings.Join(pairs, ", "), math.Floor(low*100)/100)
}
