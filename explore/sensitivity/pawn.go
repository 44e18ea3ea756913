package sensitivity

import (
	"fmt"
	"math"
	"slices"

	"handover/random"
)

// Shift says how far fixing a factor moves the whole distribution of an outcome:
// the index of PAWN (Pianosi and Wagener 2018, "Distribution-based sensitivity
// analysis from a generic input-output sample").
type Shift struct {
	// Median and Largest are the median and the maximum, over slices of the
	// factor's range, of the Kolmogorov-Smirnov distance between the outcome in the
	// slice and in all points, 0 to 1.
	Median, Largest Interval
	// Matters is false when Median is no larger than for a column of pure chance
	// 9 times in 10.
	Matters bool
}

// PAWN returns the shift of an outcome by each factor, from any points: x[factor]
// holds a value a point, y the outcomes. slices is into how many groups of equal
// size a factor's values are cut (10 is usual); a factor with fewer different
// values has one group a value. Points with an outcome or a value that is not
// finite are left out. It is an error if lengths differ or a slice would have
// fewer than 5 points, and ErrConstant if the outcome does not vary.
func PAWN(x [][]float64, y []float64, slices, resamples int, seed uint64) ([]Shift, error) {
	x, y, err := finite(x, y)
	if err != nil {
		return nil, err
	}
	if slices < 2 || len(y) < 5*slices {
		return nil, fmt.Errorf("%d finite points are too few for %d slices; at least 5 a slice are needed", len(y), slices)
	}
	rank, ties := ranks(y)
	if ties == len(y) {
		return nil, ErrConstant
	}
	all := make([]int, len(y))
	for i := range all {
		all[i] = i
	}
	noise := dummy(rank, slices, max(resamples, 100), seed)
	result := make([]Shift, len(x))
	for f, column := range x {
		group, groups := cut(column, slices)
		if groups < 2 {
			continue // a constant column shifts nothing
		}
		median, largest := distances(rank, group, groups, all)
		draws := resample(len(y), resamples, seed, func(pick []int) []float64 {
			m, l := distances(rank, group, groups, pick)
			return []float64{m, l}
		})
		result[f] = Shift{spread(median, draws, 0), spread(largest, draws, 1), median > noise}
	}
	return result, nil
}

// dummy is the 90th percentile of the median distance of a column that has nothing
// to do with the outcome.
func dummy(rank []int, slices, count int, seed uint64) float64 {
	all := make([]int, len(rank))
	for i := range all {
		all[i] = i
	}
	values := make([]float64, count)
	column := make([]float64, len(rank))
	for c := range values {
		s := random.At(seed, uint32(c), 0, random.Site("dummy"))
		for i := range column {
			column[i] = s.Uniform()
		}
		group, groups := cut(column, slices)
		values[c], _ = distances(rank, group, groups, all)
	}
	return quantile(sorted(values), 0.9)
}

func sorted(x []float64) []float64 {
	x = slices.Clone(x)
	slices.Sort(x)
	return x
}

// finite leaves out points that are not finite.
func finite(x [][]float64, y []float64) ([][]float64, []float64, error) {
	for f := range x {
		if len(x[f]) != len(y) {
			return nil, nil, fmt.Errorf("factor %d has %d values and the outcome %d", f, len(x[f]), len(y))
		}
	}
	ok := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	var keep []int
	for i := range y {
		whole := ok(y[i])
		for f := range x {
			whole = whole && ok(x[f][i])
		}
		if whole {
			keep = append(keep, i)
		}
	}
	pick := func(from []float64) []float64 {
		to := make([]float64, len(keep))
		for j, i := range keep {
			to[j] = from[i]
		}
		return to
	}
	columns := make([][]float64, len(x))
	for f := range x {
		columns[f] = pick(x[f])
	}
	return columns, pick(y), nil
}

// ranks numbers the different values of y in ascending order, and returns how
// many points share the most common one.
func ranks(y []float64) (rank []int, ties int) {
	order := sorted(y)
	order = slices.Compact(order)
	rank = make([]int, len(y))
	count := make([]int, len(order))
	for i, v := range y {
		rank[i], _ = slices.BinarySearch(order, v)
		count[rank[i]]++
	}
	return rank, slices.Max(count)
}

// cut assigns each value to one of some groups of equal size; equal values are
// never parted, and few different values make a group each.
func cut(column []float64, most int) (group []int, groups int) {
	rank, _ := ranks(column)
	different := slices.Max(rank) + 1
	if different <= most {
		return rank, different
	}
	count := make([]int, different)
	for _, r := range rank {
		count[r]++
	}
	of := make([]int, different)
	below := 0
	for r, c := range count {
		// The group of the middle of the tied values.
		of[r] = min(most-1, (2*below+c)*most/(2*len(column)))
		below += c
	}
	// Large ties can leave groups empty: number those that are not.
	next, last := -1, -1
	for r := range of {
		if of[r] != last {
			last = of[r]
			next++
		}
		of[r] = next
	}
	group = make([]int, len(column))
	for i, r := range rank {
		group[i] = of[r]
	}
	return group, next + 1
}

// distances returns the median and the maximum over groups of the distance
// between the distribution of ranks in a group and in all picked points.
func distances(rank, group []int, groups int, pick []int) (median, largest float64) {
	top := 0
	for _, i := range pick {
		top = max(top, rank[i])
	}
	whole := make([]int, top+1)
	parts := make([][]int32, groups)
	for g := range parts {
		parts[g] = make([]int32, top+1)
	}
	size := make([]int, groups)
	for _, i := range pick {
		whole[rank[i]]++
		parts[group[i]][rank[i]]++
		size[group[i]]++
	}
	var ks []float64
	for g := range parts {
		if size[g] == 0 {
			continue
		}
		far, a, b := 0.0, 0, 0
		for r := range whole {
			a += whole[r]
			b += int(parts[g][r])
			far = math.Max(far, math.Abs(float64(a)/float64(len(pick))-float64(b)/float64(size[g])))
		}
		ks = append(ks, far)
	}
	slices.Sort(ks)
	return quantile(ks, 0.5), ks[len(ks)-1]
}
