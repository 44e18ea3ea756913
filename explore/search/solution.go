// Package search looks for the best compromises between several objectives: an
// ε-dominance genetic algorithm over schedules of levers, or over any other numbers
// in a box. It keeps an archive of solutions none of which is better than another
// in everything, and is done when its budget is. The same problem, options and seed
// give the same archive, however the evaluations are spread over threads, and also
// when the search was stopped and continued.
package search

// Solution is one point with what it gives.
type Solution struct {
	// X is the point, within the problem's bounds.
	X []float64 `json:"x"`
	// Objectives are to be minimised.
	Objectives []float64 `json:"objectives"`
	// Violation is by how much constraints are broken, added up; 0 when all hold.
	Violation float64 `json:"violation"`
	// Operator made the solution; -1 for the first population.
	Operator int `json:"operator"`
}

// compare is -1 when a is better than b in the sense of Pareto, with less
// violation before anything else (Deb 2000), 1 when b is, and 0 when neither is.
func compare(a, b *Solution) int {
	if a.Violation != b.Violation {
		if a.Violation < b.Violation {
			return -1
		}
		return 1
	}
	better, worse := false, false
	for k := range a.Objectives {
		better = better || a.Objectives[k] < b.Objectives[k]
		worse = worse || a.Objectives[k] > b.Objectives[k]
	}
	switch {
	case better && !worse:
		return -1
	case worse && !better:
		return 1
	}
	return 0
}
