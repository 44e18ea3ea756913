package search

import (
	"math"
	"slices"
)

// archive keeps solutions that do not ε-dominate each other, at most one in each
// box of the grid that the epsilons make (Laumanns, Thiele, Deb and Zitzler 2002,
// "Combining convergence and diversity in evolutionary multiobjective
// optimization"). Until a solution breaks no constraint it keeps the one that
// breaks them least.
type archive struct {
	epsilons []float64
	// Members are in the order in which they came in.
	members []*Solution
	boxes   [][]float64
	// improvements counts solutions that opened a new box: the ε-progress.
	improvements int
}

func (a *archive) box(s *Solution) []float64 {
	b := make([]float64, len(s.Objectives))
	for k, v := range s.Objectives {
		b[k] = math.Floor(v / a.epsilons[k])
	}
	return b
}

// corner is the squared distance to the best corner of the box, in epsilons.
func (a *archive) corner(s *Solution, box []float64) float64 {
	d := 0.0
	for k, v := range s.Objectives {
		e := v/a.epsilons[k] - box[k]
		d += float64(e * e)
	}
	return d
}

// add offers a solution, and reports whether it was taken in.
func (a *archive) add(s *Solution) bool {
	if s.Violation > 0 {
		if len(a.members) > 0 && a.members[0].Violation <= s.Violation {
			return false
		}
		a.members, a.boxes = []*Solution{s}, [][]float64{nil}
		return true
	}
	if len(a.members) == 1 && a.members[0].Violation > 0 {
		a.members, a.boxes = nil, nil
	}
	box := a.box(s)
	keep := make([]bool, len(a.members))
	same := false
	for i, other := range a.boxes {
		better, worse := false, false
		for k := range box {
			better = better || box[k] < other[k]
			worse = worse || box[k] > other[k]
		}
		switch {
		case worse && !better:
			return false
		case !better && !worse:
			// One box holds one: the one that dominates, else the one nearer to the
			// corner, else the older.
			c := compare(s, a.members[i])
			if c == 0 && a.corner(s, box) < a.corner(a.members[i], box) {
				c = -1
			}
			if c >= 0 {
				return false
			}
			same = true
		case !better || worse:
			keep[i] = true
		}
	}
	at := 0
	a.members = slices.DeleteFunc(a.members, func(*Solution) bool { at++; return !keep[at-1] })
	at = 0
	a.boxes = slices.DeleteFunc(a.boxes, func([]float64) bool { at++; return !keep[at-1] })
	a.members, a.boxes = append(a.members, s), append(a.boxes, box)
	if !same {
		a.improvements++
	}
	return true
}

// Join puts archives together into one: the solutions that keep all constraints and
// that no other ε-dominates, one in each box of the grid, by the first objective.
// It is empty when no solution keeps them.
func Join(epsilons []float64, archives ...[]*Solution) []*Solution {
	a := archive{epsilons: epsilons}
	for _, members := range archives {
		for _, s := range members {
			if s.Violation == 0 {
				a.add(s)
			}
		}
	}
	slices.SortStableFunc(a.members, func(x, y *Solution) int { return slices.Compare(x.Objectives, y.Objectives) })
	return a.members
}
