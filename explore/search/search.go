package search

import (
	"context"
	"errors"
	"fmt"
	"math"

	"handover/random"
)

// Result is what one point gives.
type Result struct {
	// Objectives are to be minimised, one for each of Problem.Epsilons.
	Objectives []float64
	// Violation is by how much constraints are broken, added up; 0 when all hold.
	Violation float64
}

// Problem is what is searched.
type Problem struct {
	// Low and High bound each number of a point.
	Low, High []float64
	// Epsilons say, for each objective, which difference is worth knowing: the
	// archive keeps one solution in each box of that size. All are above 0.
	Epsilons []float64
	// Evaluate returns the results of a batch of points in their order. Points are
	// not to be changed. An objective that is not finite counts as broken, by
	// more than any constraint.
	Evaluate func(ctx context.Context, points [][]float64) ([]Result, error)
}

// Options say how to search. The zero value of a field means its default.
type Options struct {
	// Evaluations is the budget; the search stops at the first whole generation
	// that reaches it.
	Evaluations int
	// Population is the size of the first population, 100 by default.
	Population int
	// Adaptive takes all six operators, each as often as the archive has solutions
	// of it (as Borg does: Hadka and Reed 2013), instead of simulated binary
	// crossover alone (as ε-NSGA-II does: Kollat and Reed 2006).
	Adaptive bool
	// Start holds points, such as those of another archive, that are in the first
	// population.
	Start [][]float64
	Seed  uint64
}

// State is a search under way. It can be written as JSON and continued to the
// same result.
type State struct {
	Evaluations int         `json:"evaluations"`
	Generation  int         `json:"generation"`
	Population  []*Solution `json:"population"`
	// Archive holds the compromises found, oldest first.
	Archive []*Solution `json:"archive"`
	// Improvements counts solutions that opened a new box of the archive.
	Improvements int `json:"improvements"`
	// Restarts is how often the population was rebuilt from the archive, the last
	// time in generation Restarted.
	Restarts  int `json:"restarts"`
	Restarted int `json:"restarted"`
	// Checked is Improvements at the last look at whether the search still moves.
	Checked int `json:"checked"`
	Size    int `json:"size"`
}

const (
	// window is how many generations pass between looks at the population, as in
	// Platypus' ε-NSGA-II: sooner, and rebuilding takes most of a small budget.
	window = 100
	// restartRatio is how many times the archive's size a new population has.
	restartRatio = 4
	mostSize     = 10_000
	// chance is with how many solutions of the archive each operator begins, so that
	// none dies out by early luck. Borg has 1; on the lake problem 20 finds more.
	chance = 20
)

// Run searches until the budget is used up. from continues a state that Run gave
// to keep, nil starts anew; problem and options must be the same, but for a larger
// budget. After every generation it calls keep, which may be nil, with a state that
// is not changed later; an error of keep stops the search. When ctx ends, Run
// returns its error with the state after the last whole generation.
func Run(ctx context.Context, p Problem, o Options, from *State, keep func(*State) error) (*State, error) {
	if o.Population == 0 {
		o.Population = 100
	}
	if err := check(p, o); err != nil {
		return nil, err
	}
	r := &run{p: p, o: o}
	if from == nil {
		if err := r.begin(ctx); err != nil {
			return nil, err
		}
	} else if err := r.restore(from); err != nil {
		return nil, err
	}
	for {
		s := r.snapshot()
		if keep != nil {
			if err := keep(s); err != nil {
				return s, err
			}
		}
		if r.state.Evaluations >= o.Evaluations {
			return s, nil
		}
		if err := r.generation(ctx); err != nil {
			return s, err
		}
	}
}

func check(p Problem, o Options) error {
	n := len(p.Low)
	if n == 0 || len(p.High) != n {
		return fmt.Errorf("%d lower and %d upper bounds; expected one of each for every number of a point", n, len(p.High))
	}
	for i := range p.Low {
		if !(p.Low[i] <= p.High[i]) || math.IsInf(p.Low[i], 0) || math.IsInf(p.High[i], 0) {
			return fmt.Errorf("number %d is bounded by %v and %v; expected finite bounds in order", i, p.Low[i], p.High[i])
		}
	}
	if len(p.Epsilons) == 0 {
		return errors.New("there is no objective")
	}
	for k, e := range p.Epsilons {
		if !(e > 0) || math.IsInf(e, 0) {
			return fmt.Errorf("the epsilon of objective %d is %v; expected a number above 0", k, e)
		}
	}
	if p.Evaluate == nil {
		return errors.New("nothing evaluates the problem")
	}
	if o.Population < 4 || o.Population > mostSize || o.Evaluations < 0 {
		return fmt.Errorf("a population of %d and %d evaluations; expected 4 to %d, and none below 0", o.Population, o.Evaluations, mostSize)
	}
	for i, x := range o.Start {
		if len(x) != n {
			return fmt.Errorf("starting point %d has %d numbers; expected %d", i, len(x), n)
		}
	}
	return nil
}

// run is a search at work.
type run struct {
	p     Problem
	o     Options
	state State
	// population is sorted by front and crowding, best first.
	population []*Solution
	archive    archive
}

// stream is the random stream for child number i of a generation.
func (r *run) stream(what string, i int) random.Stream {
	return random.At(r.o.Seed, uint32(r.state.Generation), uint32(i), random.Site(what))
}

func (r *run) begin(ctx context.Context) error {
	r.archive.epsilons = r.p.Epsilons
	r.state.Size = r.o.Population
	points := make([][]float64, r.o.Population)
	for i := range points {
		x := make([]float64, len(r.p.Low))
		if i < len(r.o.Start) {
			for j, v := range r.o.Start[i] {
				x[j] = math.Max(r.p.Low[j], math.Min(r.p.High[j], v))
			}
		} else {
			s := r.stream("first", i)
			uniformMutation(x, 2, &s)
			x = within(x, r.p.Low, r.p.High)
		}
		points[i] = x
	}
	children, err := r.evaluate(ctx, points, func(int) int { return -1 })
	if err != nil {
		return err
	}
	r.population = sortPopulation(children)
	return nil
}

func (r *run) restore(from *State) error {
	r.state = *from
	r.archive.epsilons = r.p.Epsilons
	if len(from.Population) < 2 || from.Size < 2 {
		return errors.New("the state to continue from has no population")
	}
	for _, s := range append(append([]*Solution{}, from.Archive...), from.Population...) {
		if s == nil || len(s.X) != len(r.p.Low) || len(s.Objectives) != len(r.p.Epsilons) {
			return errors.New("the state to continue from is of another problem")
		}
	}
	for _, s := range from.Archive {
		r.archive.add(s)
	}
	if len(r.archive.members) != len(from.Archive) {
		return errors.New("the archive to continue from was made with other epsilons")
	}
	r.archive.improvements = from.Improvements
	r.population = from.Population
	return nil
}

// snapshot is the state as it can be written.
func (r *run) snapshot() *State {
	s := r.state
	s.Population = append([]*Solution(nil), r.population...)
	s.Archive = append([]*Solution(nil), r.archive.members...)
	s.Improvements = r.archive.improvements
	return &s
}

// evaluate makes solutions of points and offers them to the archive.
func (r *run) evaluate(ctx context.Context, points [][]float64, operator func(i int) int) ([]*Solution, error) {
	results, err := r.p.Evaluate(ctx, points)
	if err != nil {
		return nil, err
	}
	if len(results) != len(points) {
		return nil, fmt.Errorf("%d results for %d points", len(results), len(points))
	}
	solutions := make([]*Solution, len(points))
	for i, x := range points {
		s := &Solution{X: x, Objectives: append([]float64(nil), results[i].Objectives...), Violation: math.Max(0, results[i].Violation), Operator: operator(i)}
		if len(s.Objectives) != len(r.p.Epsilons) {
			return nil, fmt.Errorf("%d objectives; expected %d", len(s.Objectives), len(r.p.Epsilons))
		}
		for k, v := range s.Objectives {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				s.Objectives[k], s.Violation = math.MaxFloat64, math.MaxFloat64
			}
		}
		if math.IsNaN(results[i].Violation) {
			s.Violation = math.MaxFloat64
		}
		solutions[i] = s
	}
	for _, s := range solutions {
		r.archive.add(s)
	}
	r.state.Evaluations += len(points)
	return solutions, nil
}

// generation breeds a population, keeps the better half of old and new, and
// rebuilds the population from the archive when the search has stopped moving.
// Nothing is changed when it fails.
func (r *run) generation(ctx context.Context) error {
	before := *r
	before.archive.members = append([]*Solution(nil), r.archive.members...)
	before.archive.boxes = append([][]float64(nil), r.archive.boxes...)
	err := r.step(ctx)
	if err != nil {
		*r = before
	}
	return err
}

func (r *run) step(ctx context.Context) error {
	r.state.Generation++
	size := len(r.population)
	chances := r.chances()
	points := make([][]float64, size)
	made := make([]int, size)
	for i := range points {
		s := r.stream("breed", i)
		made[i] = pick(chances, s.Uniform())
		points[i] = breed(made[i], r.parents(made[i], &s), r.p.Low, r.p.High, &s)
	}
	children, err := r.evaluate(ctx, points, func(i int) int { return made[i] })
	if err != nil {
		return err
	}
	children = append(children, r.population...)
	r.population = sortPopulation(children)[:size]
	if r.state.Generation%window != 0 {
		return nil
	}
	stalled := r.archive.improvements == r.state.Checked
	r.state.Checked = r.archive.improvements
	target := min(mostSize, max(r.o.Population/2, restartRatio*len(r.archive.members)))
	// A population much smaller or larger than its archive asks for is as good a
	// reason as a search that stands still.
	if ratio := float64(target) / float64(size); stalled || ratio > 1.25 || ratio < 0.75 {
		return r.restart(ctx, target)
	}
	return nil
}

// restart makes a population of the archive and mutants of it.
func (r *run) restart(ctx context.Context, size int) error {
	r.state.Restarts++
	r.state.Restarted, r.state.Size = r.state.Generation, size
	solutions := append([]*Solution(nil), r.archive.members...)
	if len(solutions) > size {
		solutions = solutions[:size]
	}
	var points [][]float64
	for i := len(solutions); i < size; i++ {
		s := r.stream("restart", i)
		base := r.archive.members[below(&s, len(r.archive.members))]
		points = append(points, breed(opUM, [][]float64{base.X}, r.p.Low, r.p.High, &s))
	}
	mutants, err := r.evaluate(ctx, points, func(int) int { return opUM })
	if err != nil {
		return err
	}
	r.population = sortPopulation(append(solutions, mutants...))
	return nil
}

func below(s *random.Stream, n int) int { return min(int(s.Uniform()*float64(n)), n-1) }

// chances are the probabilities of the operators.
func (r *run) chances() []float64 {
	c := make([]float64, operators)
	if !r.o.Adaptive {
		c[opSBX] = 1
		return c
	}
	total := 0.0
	for op := range c {
		c[op] = chance
	}
	for _, s := range r.archive.members {
		if s.Operator >= 0 {
			c[s.Operator]++
		}
	}
	for _, v := range c {
		total += v
	}
	for op := range c {
		c[op] /= total
	}
	return c
}

func pick(chances []float64, u float64) int {
	for op, c := range chances {
		if u -= c; u < 0 {
			return op
		}
	}
	return opSBX
}

// parents chooses parents by tournaments of two; the adaptive search takes the first
// of them, which a child resembles most, from the archive.
func (r *run) parents(op int, s *random.Stream) [][]float64 {
	chosen := make([][]float64, parents[op])
	for k := range chosen {
		a, b := below(s, len(r.population)), below(s, len(r.population))
		chosen[k] = r.population[min(a, b)].X
	}
	if r.o.Adaptive {
		chosen[0] = r.archive.members[below(s, len(r.archive.members))].X
	}
	return chosen
}
