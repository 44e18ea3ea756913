package search

import (
	"math"
	"slices"
)

// ranked is a solution with how alone it is in its front.
type ranked struct {
	*Solution
	crowding float64
}

// sortPopulation sorts by front, then by crowding distance (fast non-dominated
// sorting of NSGA-II: Deb, Pratap, Agarwal and Meyarivan 2002). Ties keep their
// order.
func sortPopulation(solutions []*Solution) []*Solution {
	n := len(solutions)
	better := make([][]int, n) // whom each dominates
	worse := make([]int, n)    // by how many each is dominated
	for i := range n {
		for j := range i {
			switch compare(solutions[i], solutions[j]) {
			case -1:
				better[i] = append(better[i], j)
				worse[j]++
			case 1:
				better[j] = append(better[j], i)
				worse[i]++
			}
		}
	}
	var sorted []*Solution
	var current []int
	for i := range n {
		if worse[i] == 0 {
			current = append(current, i)
		}
	}
	for len(current) > 0 {
		var next []int
		members := make([]ranked, len(current))
		for k, i := range current {
			members[k] = ranked{solutions[i], 0}
			for _, j := range better[i] {
				if worse[j]--; worse[j] == 0 {
					next = append(next, j)
				}
			}
		}
		crowd(members)
		slices.SortStableFunc(members, func(a, b ranked) int { return descending(a.crowding, b.crowding) })
		for _, m := range members {
			sorted = append(sorted, m.Solution)
		}
		slices.Sort(next)
		current = next
	}
	return sorted
}

func descending(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

// crowd sets the crowding distance within a front.
func crowd(front []ranked) {
	if len(front) == 0 {
		return
	}
	order := make([]int, len(front))
	for k := range front[0].Objectives {
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return descending(front[b].Objectives[k], front[a].Objectives[k])
		})
		low, high := front[order[0]].Objectives[k], front[order[len(order)-1]].Objectives[k]
		front[order[0]].crowding = math.Inf(1)
		front[order[len(order)-1]].crowding = math.Inf(1)
		if high == low {
			continue
		}
		for i := 1; i+1 < len(order); i++ {
			front[order[i]].crowding += (front[order[i+1]].Objectives[k] - front[order[i-1]].Objectives[k]) / (high - low)
		}
	}
}
