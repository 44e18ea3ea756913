package sensitivity

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"handover/random"
)

// leaf is the size of a set of points that is not split further.
const leaf = 5

// Importance returns, for each factor, its share of the variance that extremely
// randomized trees explain (Geurts, Ernst and Wehenkel 2006), from any points:
// x[factor] holds a value a point, y the outcomes. Shares add up to 1. A third of
// the factors is tried at each split. Intervals are over trees, of which there are
// 10 or more. Points with an outcome or a value that is not finite are left out.
// It is an error if lengths differ or fewer than 20 points are left, and
// ErrConstant if the outcome does not vary or no factor does.
func Importance(x [][]float64, y []float64, trees, resamples int, seed uint64) ([]Interval, error) {
	x, y, err := finite(x, y)
	if err != nil {
		return nil, err
	}
	if len(y) < 20 || trees < 10 {
		return nil, fmt.Errorf("importance needs 20 finite points and 10 trees or more; got %d and %d", len(y), trees)
	}
	shares := make([][]float64, trees)
	var work sync.WaitGroup
	next := make(chan int)
	for range min(trees, runtime.GOMAXPROCS(0)) {
		work.Go(func() {
			for t := range next {
				shares[t] = grow(x, y, random.At(seed, uint32(t), 0, random.Site("tree")))
			}
		})
	}
	for t := range trees {
		next <- t
	}
	close(next)
	work.Wait()
	mean := func(pick []int) []float64 {
		out := make([]float64, len(x))
		for _, t := range pick {
			for f, s := range shares[t] {
				out[f] += s / float64(len(pick))
			}
		}
		return out
	}
	// A tree without any split knows nothing.
	shares = slices.DeleteFunc(shares, func(s []float64) bool { return s == nil })
	if len(shares) == 0 {
		return nil, ErrConstant
	}
	all := make([]int, len(shares))
	for t := range all {
		all[t] = t
	}
	middle := mean(all)
	draws := resample(len(shares), resamples, seed, mean)
	result := make([]Interval, len(x))
	for f := range result {
		result[f] = spread(middle[f], draws, f)
	}
	return result, nil
}

// mostCuts is how many cuts of a factor are drawn until one leaves both sides large
// enough.
const mostCuts = 8

// grow grows one tree over all points and returns the shares of the factors in the
// fall of the sum of squares; nil when there is none.
func grow(x [][]float64, y []float64, s random.Stream) []float64 {
	points := make([]int32, len(y))
	for i := range points {
		points[i] = int32(i)
	}
	fall := make([]float64, len(x))
	order := make([]int, len(x))
	for f := range order {
		order[f] = f
	}
	tries := (len(x) + 2) / 3
	stack := [][]int32{points}
	for len(stack) > 0 {
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if len(node) < 2*leaf {
			continue
		}
		best, bestFactor, bestAt := 0.0, -1, 0.0
		tried := 0
		for i := 0; i < len(order) && tried < tries; i++ {
			j := i + below(&s, len(order)-i)
			order[i], order[j] = order[j], order[i]
			f := order[i]
			low, high := ends(x[f], node)
			if low == high {
				continue // a factor that is constant here is not a try
			}
			tried++
			// A cut that leaves a side too small says nothing of the factor: again.
			for range mostCuts {
				at := low + float64(s.Uniform()*(high-low))
				gain := gain(x[f], y, node, at)
				if gain > best {
					best, bestFactor, bestAt = gain, f, at
				}
				if gain > 0 {
					break
				}
			}
		}
		if bestFactor < 0 {
			continue
		}
		fall[bestFactor] += best
		column, m := x[bestFactor], 0
		for i, p := range node {
			if column[p] <= bestAt {
				node[i], node[m] = node[m], p
				m++
			}
		}
		stack = append(stack, node[:m], node[m:])
	}
	total := 0.0
	for _, v := range fall {
		total += v
	}
	if total == 0 {
		return nil
	}
	for f := range fall {
		fall[f] /= total
	}
	return fall
}

func ends(column []float64, node []int32) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range node {
		v := column[p]
		low, high = math.Min(low, v), math.Max(high, v)
	}
	return low, high
}

// gain is by how much the sum of squares falls when a node is split at a value; 0
// when a side would be too small.
func gain(column, y []float64, node []int32, at float64) float64 {
	var sum, left float64
	m := 0
	for _, p := range node {
		v := y[p]
		sum += v
		if column[p] <= at {
			left += v
			m++
		}
	}
	n := len(node)
	if m < leaf || n-m < leaf {
		return 0
	}
	right := sum - left
	g := float64(left*left)/float64(m) + float64(right*right)/float64(n-m) - float64(sum*sum)/float64(n)
	// What rounding alone leaves is no gain.
	if g <= 1e-12*math.Abs(float64(sum*sum)/float64(n)) {
		return 0
	}
	return g
}
