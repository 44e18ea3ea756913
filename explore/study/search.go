package study

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"handover/explore/search"
)

// SearchEffort says how much is searched.
type SearchEffort struct {
	// Evaluations is the budget of each seed; Seeds is how many searches, each
	// from its own seed, are put together.
	Evaluations, Seeds int
	// Futures of every evaluation.
	Futures int
	// Check is how many fresh futures the plans found are tried in.
	Check int
	// Plans is how many plans are told of and written.
	Plans int
	// Population of each search.
	Population int
	// Plain takes ε-NSGA-II's single operator in place of all six.
	Plain bool
	// Start holds points to start from.
	Start [][]float64
}

// moment is what a search had found at some point of its budget.
type moment struct {
	Evaluations  int         `json:"evaluations"`
	Improvements int         `json:"improvements"`
	Restarts     int         `json:"restarts"`
	Front        [][]float64 `json:"front"`
}

// SearchState is a search of all seeds under way. It can be written as JSON and
// continued to the same result.
type SearchState struct {
	// Key ties it to what it was made from.
	Key   string          `json:"key"`
	Seeds []*search.State `json:"seeds"`
	// Moments are by seed, some twenty each.
	Moments [][]moment `json:"moments"`
}

// feasible are the objectives of the solutions that keep all constraints.
func feasible(archive []*search.Solution) [][]float64 {
	var out [][]float64
	for _, s := range archive {
		if s.Violation == 0 {
			out = append(out, s.Objectives)
		}
	}
	return out
}

// SearchKey identifies a search: a state of another key is not continued. A larger
// budget, more seeds and other plans to tell of go on from the same state.
func SearchKey(set Setting, s *Search, e SearchEffort) (string, error) {
	text, err := json.Marshal(struct {
		Case, Version string
		Seed          uint64
		Horizon       int
		Search        *Search
		Futures       int
		Population    int
		Plain         bool
		Start         [][]float64
	}{set.Case.Hash, set.Version, set.Evaluate.Seed, set.horizon(), s, e.Futures, e.Population, e.Plain, e.Start})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// ErrOtherSearch says that a state is of another search.
var ErrOtherSearch = errors.New("the folder holds another search: other case, levers, objectives, futures, population, seed or version; name another folder with -o or remove it")

// RunSearch searches with every seed. from continues a state, nil starts anew;
// keep is told the state after every generation. When ctx ends, the state so far
// is returned with its error; what keep was given last continues to the same
// result.
func RunSearch(ctx context.Context, set Setting, s *Search, e SearchEffort, from *SearchState, keep func(*SearchState) error) (*SearchState, error) {
	key, err := SearchKey(set, s, e)
	if err != nil {
		return nil, err
	}
	state := &SearchState{Key: key}
	if from != nil {
		if from.Key != key || len(from.Moments) != len(from.Seeds) {
			return nil, ErrOtherSearch
		}
		state = from
	}
	j, err := newJudge(ctx, set, s, e.Futures, set.Evaluate.Seed)
	if err != nil {
		return nil, err
	}
	for k := range e.Seeds {
		if len(state.Seeds) <= k {
			state.Seeds, state.Moments = append(state.Seeds, nil), append(state.Moments, nil)
		}
		stage := fmt.Sprintf("seed %d of %d", k+1, e.Seeds)
		done := 0
		if state.Seeds[k] != nil {
			done = state.Seeds[k].Evaluations
		}
		p := j.problem(func(n int) {
			done += n
			if set.Progress != nil {
				set.Progress(stage, min(done, e.Evaluations), e.Evaluations)
			}
		})
		o := search.Options{Evaluations: e.Evaluations, Population: e.Population, Adaptive: !e.Plain, Start: e.Start, Seed: set.Evaluate.Seed + uint64(k)<<32}
		_, err := search.Run(ctx, p, o, state.Seeds[k], func(now *search.State) error {
			state.Seeds[k] = now
			state.note(k)
			if set.Progress != nil {
				stage = fmt.Sprintf("seed %d of %d, %d compromises, ε-progress %d", k+1, e.Seeds, len(feasible(now.Archive)), now.Improvements)
			}
			if keep != nil {
				return keep(state)
			}
			return nil
		})
		if err != nil {
			return state, err
		}
	}
	return state, nil
}

// note remembers the front whenever the evaluations have grown by about a quarter,
// at numbers that do not depend on the budget.
func (s *SearchState) note(k int) {
	now, last := s.Seeds[k], 0
	if n := len(s.Moments[k]); n > 0 {
		last = s.Moments[k][n-1].Evaluations
	}
	at := 1
	for at <= last {
		at += max(1, at/4)
	}
	if now.Evaluations >= at {
		s.Moments[k] = append(s.Moments[k], momentOf(now))
	}
}

func momentOf(s *search.State) moment {
	return moment{s.Evaluations, s.Improvements, s.Restarts, feasible(s.Archive)}
}

// course are the moments of a seed up to where it is now.
func (s *SearchState) course(k int) []moment {
	c := slices.Clone(s.Moments[k])
	if now := s.Seeds[k]; now != nil && (len(c) == 0 || c[len(c)-1].Evaluations < now.Evaluations) {
		c = append(c, momentOf(now))
	}
	return c
}

// merged are the best compromises of all seeds, by the first objective: one in each
// box of the grid that the objectives' epsilons make, so that seeds which found
// nearly the same give one plan.
func (s *SearchState) merged(q *Search) []*search.Solution {
	var archives [][]*search.Solution
	for _, seed := range s.Seeds {
		if seed != nil {
			archives = append(archives, seed.Archive)
		}
	}
	return search.Join(q.epsilons(), archives...)
}

func (s *Search) epsilons() []float64 {
	var out []float64
	for _, o := range s.Objectives {
		out = append(out, o.Epsilon)
	}
	return out
}

// nearest is the solution that breaks constraints least, nil when there is none
// with finite measures.
func (s *SearchState) nearest() *search.Solution {
	var best *search.Solution
	for _, seed := range s.Seeds {
		if seed == nil {
			continue
		}
		for _, a := range seed.Archive {
			if a.Violation < math.MaxFloat64 && (best == nil || a.Violation < best.Violation) {
				best = a
			}
		}
	}
	return best
}

// chosen are at most n solutions: the best in each objective, then those farthest
// from all that are chosen.
func chosen(all []*search.Solution, n int) []*search.Solution {
	if len(all) <= n {
		return all
	}
	objectives := len(all[0].Objectives)
	low, high := make([]float64, objectives), make([]float64, objectives)
	picked := map[int]bool{}
	for k := range objectives {
		best := 0
		low[k], high[k] = math.Inf(1), math.Inf(-1)
		for i, s := range all {
			if s.Objectives[k] < all[best].Objectives[k] {
				best = i
			}
			low[k], high[k] = math.Min(low[k], s.Objectives[k]), math.Max(high[k], s.Objectives[k])
		}
		if len(picked) < n {
			picked[best] = true
		}
	}
	for len(picked) < n {
		farthest, distance := -1, -1.0
		for i, s := range all {
			nearest := math.Inf(1)
			for j, t := range all {
				if !picked[j] {
					continue
				}
				d := 0.0
				for k := range objectives {
					if high[k] > low[k] {
						x := (s.Objectives[k] - t.Objectives[k]) / (high[k] - low[k])
						d += float64(x * x)
					}
				}
				nearest = math.Min(nearest, d)
			}
			if !picked[i] && nearest > distance {
				farthest, distance = i, nearest
			}
		}
		picked[farthest] = true
	}
	var out []*search.Solution
	for i, s := range all {
		if picked[i] {
			out = append(out, s)
		}
	}
	return out
}
