package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"handover/casefile"
	"handover/diagnostic"
	"handover/ensemble"
	"handover/explore/question"
	"handover/explore/search"
	"handover/explore/sensitivity"
)

// searchVerb looks for plans that are hard to beat.
type searchVerb struct {
	Case        string `arg:"" help:"A built-in case or a case folder, with a ${search_file}." predictor:"case"`
	Question    string `arg:"" optional:"" help:"The question of that file, by id; the first when left out."`
	Evaluations int    `help:"How many plans to try in each search (default ${default})." default:"2000" placeholder:"N"`
	Futures     int    `help:"In how many futures each plan is tried, the same for all (default ${default})." default:"100" placeholder:"N"`
	Seeds       int    `help:"How many searches with seeds of their own; their finds are joined (default ${default})." default:"2" placeholder:"N"`
	Seed        uint64 `help:"The first seed (default ${default})." default:"1" placeholder:"S"`
	Operators   string `help:"adaptive (six operators, each as often as it succeeds, in the manner of Borg) or crossover (as ε-NSGA-II) (default ${default})." enum:"adaptive,crossover" default:"adaptive" placeholder:"O"`
	Check       int    `help:"In how many other futures the plans found are checked afterwards (default ${default})." default:"1000" placeholder:"N"`
	Threads     int    `help:"How many threads to use; all processors when left out." placeholder:"N"`
	Engine      string `help:"As for run." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
	Out         string `short:"o" help:"The folder that holds searches (default ${default}). A search that was stopped goes on from there." default:"searches" placeholder:"DIR" predictor:"folder"`
	Save        bool   `help:"Add the plans found to the case's strategies.yaml, as F1, F2 and so on."`
	JSON        bool   `name:"json" help:"Print the plans as JSON, and nothing else."`
}

// plan is a compromise that was found.
type plan struct {
	ID         string             `json:"id"`
	Parameters map[string]float64 `json:"parameters"`
	// Objectives are by name, in the futures of the search and in others.
	Objectives []planValue `json:"objectives"`
	// Constraints are by how much each is kept to, in other futures.
	Constraints []planValue `json:"constraints,omitempty"`
	x           []float64
}

// planValue is a measure in the futures of the search and in others, the latter
// with an 80% bootstrap interval.
type planValue struct {
	Name    string  `json:"name"`
	Search  float64 `json:"in_search"`
	Checked float64 `json:"checked"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
}

// searched is what is printed.
type searched struct {
	Case        string `json:"case"`
	Question    string `json:"question"`
	Name        string `json:"name"`
	Horizon     int    `json:"horizon_months"`
	Base        string `json:"base"`
	Evaluations int    `json:"evaluations"`
	Futures     int    `json:"futures"`
	CheckedIn   int    `json:"checked_in_futures"`
	Seeds       []seed `json:"seeds"`
	Plans       []plan `json:"plans"`
	Folder      string `json:"folder"`
}

// seed says how one search went.
type seed struct {
	Seed        uint64  `json:"seed"`
	Evaluations int     `json:"evaluations"`
	Archive     int     `json:"archive"`
	Restarts    int     `json:"restarts"`
	Hypervolume float64 `json:"hypervolume_share"`
	Distance    float64 `json:"generational_distance"`
}

// trials evaluates plans of a question over fixed futures.
type trials struct {
	q       *question.Question
	c       *casefile.Case // with the parameters
	e       *ensemble.Evaluator
	horizon int
	seed    uint64
	places  [][]float64 // of the case's own uncertainties, by future
	offset  int         // of the streams of chance
	base    [][]float64 // outcomes of the base strategy, by outcome and future
}

// Run searches.
func (v *searchVerb) Run(to streams) error {
	for _, n := range []struct {
		name        string
		value, most int
	}{{"evaluations", v.Evaluations, 10_000_000}, {"futures", v.Futures, 1 << 20}, {"seeds", v.Seeds, 100}, {"check", v.Check, 1 << 20}} {
		if n.value < 1 || n.value > n.most {
			return usage("", "--%s must be from 1 to %s, and is %d", n.name, grouped(n.most), n.value)
		}
	}
	from, err := findCase(v.Case, to.err)
	if err != nil {
		return err
	}
	c, err := from.load(to.err)
	if err != nil {
		return err
	}
	q, err := v.question(from, c)
	if err != nil {
		return err
	}
	if v.Save && builtIn(v.Case) {
		return usage("handover new DIR copies it into a folder", "--save cannot change the built-in case %s", v.Case)
	}
	ctx, release := interruptible(to.err)
	defer release()
	r := &searched{Case: c.Name, Question: q.ID, Name: q.Name, Horizon: c.Horizon, Base: q.Base, Futures: v.Futures, CheckedIn: v.Check}
	r.Folder = filepath.Join(v.Out, c.Name, q.ID+"-"+v.name(c, q))
	if err := os.MkdirAll(r.Folder, 0o755); err != nil {
		return err
	}
	t, err := v.trials(ctx, c, q, v.Futures, 0, v.Seed)
	if err != nil {
		return v.stopped(err, r.Folder)
	}
	var found []*search.Solution
	var states []*search.State
	for k := range v.Seeds {
		s, err := v.search(ctx, t, r.Folder, v.Seed+uint64(k), to.err)
		if err != nil {
			return v.stopped(err, r.Folder)
		}
		states = append(states, s)
		r.Evaluations += s.Evaluations
		found = append(found, s.Archive...)
	}
	front := undominated(found)
	if len(front) == 0 {
		return &failure{code: exitMistakes, err: fmt.Errorf("no plan of %s tried keeps to the constraints of the question %s: they may contradict each other", grouped(r.Evaluations), q.ID)}
	}
	v.converged(r, states, front)
	check, err := v.trials(ctx, c, q, v.Check, 1<<24, v.Seed+1<<32)
	if err != nil {
		return v.stopped(err, r.Folder)
	}
	if err := check.describe(ctx, r, front); err != nil {
		return v.stopped(err, r.Folder)
	}
	if err := v.write(r, c, q, from); err != nil {
		return err
	}
	if v.JSON {
		return printJSON(to.out, r)
	}
	_, err = io.WriteString(to.out, r.text(q, width(to.out)))
	return err
}

// stopped puts an interruption into words.
func (v *searchVerb) stopped(err error, folder string) error {
	if errors.Is(err, context.Canceled) {
		return &failure{code: exitInterrupted, err: fmt.Errorf("stopped; the same command goes on from %s", folder)}
	}
	return err
}

// question finds the question that is asked.
func (v *searchVerb) question(from source, c *casefile.Case) (*question.Question, error) {
	list, err := question.Read(from.files, c)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &failure{code: exitMistakes, err: fmt.Errorf("the case %s has no %s, which says what to search for", v.Case, question.FileName)}
	}
	var mistakes diagnostic.List
	if errors.As(err, &mistakes) {
		return nil, &failure{code: exitMistakes, err: mistakes}
	}
	if err != nil {
		return nil, err
	}
	var ids []string
	for i := range list {
		if list[i].ID == v.Question || v.Question == "" {
			return &list[i], nil
		}
		ids = append(ids, list[i].ID)
	}
	return nil, usage(diagnostic.DidYouMean(v.Question, ids), "%s has no question %q; it has %s", question.FileName, v.Question, strings.Join(ids, ", "))
}

// name is a hash of what determines a search but its budget and number of seeds.
func (v *searchVerb) name(c *casefile.Case, q *question.Question) string {
	text, err := json.Marshal([]any{c.Hash, q, v.Futures, v.Seed, v.Operators, version})
	if err != nil {
		panic(err) // plain data
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:5])
}

// trials makes futures ready and runs the base strategy through them.
func (v *searchVerb) trials(ctx context.Context, c *casefile.Case, q *question.Question, futures, offset int, seed uint64) (*trials, error) {
	t := &trials{q: q, c: q.Case(c), horizon: c.Horizon, seed: seed, offset: offset}
	request := ensemble.Request{Case: t.c, Strategies: []string{q.Base}, Seed: seed, Threads: v.Threads, Engine: v.Engine}
	var err error
	if t.e, err = ensemble.NewEvaluator(request); err != nil {
		return nil, err
	}
	k := len(c.Uncertainties)
	design, err := sensitivity.NewSaltelli(max(futures, 2), k, false, seed)
	if err != nil {
		return nil, err
	}
	for row := range futures {
		u := make([]float64, k)
		design.Point(0, row, u)
		t.places = append(t.places, u)
	}
	request.Case = c
	plain, err := ensemble.NewEvaluator(request)
	if err != nil {
		return nil, err
	}
	points := make([]ensemble.Point, futures)
	for row, u := range t.places {
		points[row] = ensemble.Point{Place: u, Stream: uint32(offset + row)}
	}
	results, err := plain.Run(ctx, seed, points, nil)
	if err != nil {
		return nil, err
	}
	t.base = results.Outcomes
	return t, nil
}

// outcomes runs plans, each with its parameters, through all futures: by outcome,
// then plan*futures+future.
func (t *trials) outcomes(ctx context.Context, plans [][]float64) ([][]float64, error) {
	points := make([]ensemble.Point, 0, len(plans)*len(t.places))
	for _, x := range plans {
		for row, u := range t.places {
			place := slices.Clone(u)
			for i, p := range t.q.Parameters {
				place = append(place, (x[i]-p.Low)/(p.High-p.Low))
			}
			points = append(points, ensemble.Point{Place: place, Stream: uint32(t.offset + row)})
		}
	}
	results, err := t.e.Run(ctx, t.seed, points, nil)
	if err != nil {
		return nil, err
	}
	return results.Outcomes, nil
}

// measure sums up an outcome over futures, which may be chosen again and again.
func (t *trials) measure(m question.Measure, outcomes [][]float64, first int, chosen []int) float64 {
	at := func(id string) []float64 {
		if id == "" {
			return nil
		}
		k := slices.IndexFunc(t.c.Outcomes, func(o casefile.Outcome) bool { return o.ID == id })
		values := outcomes[k][first:][:len(t.places)]
		if chosen == nil {
			return values
		}
		picked := make([]float64, len(chosen))
		for i, c := range chosen {
			picked[i] = values[c]
		}
		return picked
	}
	return m.Of(t.c.Outcome(m.Outcome), t.horizon, ensemble.Happened, at(m.Outcome), at(m.Per))
}

// constrained is a constraint's measure, or its difference to the base strategy's.
func (t *trials) constrained(x question.Constraint, outcomes [][]float64, first int, chosen []int) float64 {
	value := t.measure(x.Measure, outcomes, first, chosen)
	if x.Against != "" {
		value -= t.measure(x.Measure, t.base, 0, chosen)
	}
	return value
}

// evaluate gives the results of plans to a search.
func (t *trials) evaluate(ctx context.Context, plans [][]float64) ([]search.Result, error) {
	outcomes, err := t.outcomes(ctx, plans)
	if err != nil {
		return nil, err
	}
	results := make([]search.Result, len(plans))
	for i := range plans {
		first := i * len(t.places)
		for _, o := range t.q.Objectives {
			value := t.measure(o.Measure, outcomes, first, nil)
			if o.Goal == "maximise" {
				value = -value
			}
			results[i].Objectives = append(results[i].Objectives, value)
		}
		for _, x := range t.q.Constraints {
			value := t.constrained(x, outcomes, first, nil)
			switch {
			case x.AtMost != nil:
				results[i].Violation += max(0, value-*x.AtMost)
			default:
				results[i].Violation += max(0, *x.AtLeast-value)
			}
		}
	}
	return results, nil
}

// search does one search, or goes on with it.
func (v *searchVerb) search(ctx context.Context, t *trials, folder string, seed uint64, notes io.Writer) (*search.State, error) {
	path := filepath.Join(folder, fmt.Sprintf("state-%d.json", seed))
	var from *search.State
	if data, err := os.ReadFile(path); err == nil {
		from = &search.State{}
		if err := json.Unmarshal(data, from); err != nil {
			return nil, fmt.Errorf("%s is damaged: %w; remove it and start again", path, err)
		}
		if from.Evaluations >= v.Evaluations {
			return from, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	p := search.Problem{Evaluate: t.evaluate}
	for _, x := range t.q.Parameters {
		p.Low, p.High = append(p.Low, x.Low), append(p.High, x.High)
	}
	for _, o := range t.q.Objectives {
		p.Epsilons = append(p.Epsilons, o.Epsilon)
	}
	show, wipe := progress(notes)
	defer wipe()
	last := time.Now()
	save := func(s *search.State) error {
		data, err := json.Marshal(s)
		if err != nil {
			return err
		}
		return writeWhole(path, func(f *os.File) error {
			_, err := f.Write(data)
			return err
		})
	}
	s, err := search.Run(ctx, p, search.Options{Evaluations: v.Evaluations, Adaptive: v.Operators == "adaptive", Seed: seed}, from, func(s *search.State) error {
		show(ensemble.Progress{Stage: fmt.Sprintf("searching, seed %d, %d compromises", seed, len(s.Archive)), Done: min(s.Evaluations, v.Evaluations), Total: v.Evaluations})
		if time.Since(last) < time.Second {
			return nil
		}
		last = time.Now()
		return save(s)
	})
	if s != nil {
		if failed := save(s); failed != nil {
			err = errors.Join(err, failed)
		}
	}
	return s, err
}

// undominated are the solutions that keep to the constraints and that no other is
// better than in everything.
func undominated(list []*search.Solution) []*search.Solution {
	var front []*search.Solution
	for i, a := range list {
		if a.Violation > 0 {
			continue
		}
		beaten := false
		for j, b := range list {
			if i == j || b.Violation > 0 {
				continue
			}
			worse, better := false, false
			for k := range a.Objectives {
				worse = worse || b.Objectives[k] > a.Objectives[k]
				better = better || b.Objectives[k] < a.Objectives[k]
			}
			// Of equals the first stays.
			beaten = beaten || !worse && (better || j < i)
		}
		if !beaten {
			front = append(front, a)
		}
	}
	slices.SortStableFunc(front, func(a, b *search.Solution) int { return slices.Compare(a.Objectives, b.Objectives) })
	return front
}

// converged says how far each search got of what all found together.
func (v *searchVerb) converged(r *searched, states []*search.State, front []*search.Solution) {
	objectives := func(list []*search.Solution) [][]float64 {
		var points [][]float64
		for _, s := range list {
			if s.Violation == 0 {
				points = append(points, s.Objectives)
			}
		}
		return points
	}
	all := objectives(front)
	// Scaled to the extent of the front, the reference a tenth beyond it.
	low, high := slices.Clone(all[0]), slices.Clone(all[0])
	for _, p := range all {
		for k, x := range p {
			low[k], high[k] = min(low[k], x), max(high[k], x)
		}
	}
	scaled := func(points [][]float64) [][]float64 {
		var out [][]float64
		for _, p := range points {
			s := make([]float64, len(p))
			for k, x := range p {
				s[k] = 0.5
				if high[k] > low[k] {
					s[k] = (x - low[k]) / (high[k] - low[k])
				}
			}
			out = append(out, s)
		}
		return out
	}
	reference := make([]float64, len(low))
	for k := range reference {
		reference[k] = 1.1
	}
	whole := search.Hypervolume(scaled(all), reference)
	for i, s := range states {
		own := scaled(objectives(s.Archive))
		r.Seeds = append(r.Seeds, seed{v.Seed + uint64(i), s.Evaluations, len(own), s.Restarts, search.Hypervolume(own, reference) / whole, search.GenerationalDistance(own, scaled(all))})
	}
}

// mostPlans bounds how many plans are described: the rest lie between them.
const mostPlans = 24

// describe runs the plans found through other futures than those of the search.
func (t *trials) describe(ctx context.Context, r *searched, front []*search.Solution) error {
	if len(front) > mostPlans {
		var spread []*search.Solution
		for i := range mostPlans {
			spread = append(spread, front[i*(len(front)-1)/(mostPlans-1)])
		}
		front = spread
	}
	n := len(t.places)
	for i, s := range front {
		outcomes, err := t.outcomes(ctx, [][]float64{s.X})
		if err != nil {
			return err
		}
		p := plan{ID: fmt.Sprintf("F%d", i+1), Parameters: map[string]float64{}, x: s.X}
		for k, x := range t.q.Parameters {
			p.Parameters[x.Name] = s.X[k]
		}
		interval := func(name string, inSearch float64, of func(chosen []int) float64) planValue {
			value := planValue{Name: name, Search: inSearch, Checked: of(nil)}
			value.Low, value.High = bootstrap(n, t.seed, of)
			return value
		}
		for k, o := range t.q.Objectives {
			inSearch := s.Objectives[k]
			if o.Goal == "maximise" {
				inSearch = -inSearch
			}
			p.Objectives = append(p.Objectives, interval(nameOf(o.Measure, ""), inSearch, func(chosen []int) float64 { return t.measure(o.Measure, outcomes, 0, chosen) }))
		}
		for _, x := range t.q.Constraints {
			p.Constraints = append(p.Constraints, interval(nameOf(x.Measure, x.Against), math.NaN(), func(chosen []int) float64 { return t.constrained(x, outcomes, 0, chosen) }))
		}
		r.Plans = append(r.Plans, p)
	}
	return nil
}

// nameOf names a measure for readers.
func nameOf(m question.Measure, against string) string {
	name := m.As + " of " + m.Outcome
	if m.Per != "" {
		name += " per " + m.Per
	}
	if against != "" {
		name += " less that of the base"
	}
	return name
}

// write leaves the plans as a table and as strategies, and adds them to the case
// when asked to.
func (v *searchVerb) write(r *searched, c *casefile.Case, q *question.Question, from source) error {
	header := []string{"plan"}
	for _, p := range q.Parameters {
		header = append(header, p.Name)
	}
	rows := [][]string{header}
	for i, p := range r.Plans {
		row := []string{p.ID}
		for _, x := range q.Parameters {
			row = append(row, csvNumber(p.Parameters[x.Name]))
		}
		for _, values := range [][]planValue{p.Objectives, p.Constraints} {
			for _, x := range values {
				if i == 0 {
					rows[0] = append(rows[0], x.Name, x.Name+" low", x.Name+" high")
				}
				row = append(row, csvNumber(x.Checked), csvNumber(x.Low), csvNumber(x.High))
			}
		}
		rows = append(rows, row)
	}
	if err := writeRows(filepath.Join(r.Folder, "plans.csv"), rows); err != nil {
		return err
	}
	text, err := strategiesText(r, c, q)
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(r.Folder, casefile.StrategiesName), func(f *os.File) error {
		_, err := f.WriteString("strategies:\n" + text)
		return err
	}); err != nil {
		return err
	}
	if !v.Save {
		return nil
	}
	return addStrategies(from, r, text)
}

// strategiesText is the plans as entries of strategies.yaml.
func strategiesText(r *searched, c *casefile.Case, q *question.Question) (string, error) {
	var list []casefile.Strategy
	for _, p := range r.Plans {
		var words []string
		for _, x := range p.Objectives {
			words = append(words, fmt.Sprintf("%s %s", x.Name, figure(x.Checked)))
		}
		s := q.Strategy(c, p.ID, "Found by the search "+q.ID+": "+p.ID, "Found by a search over "+q.Base+" ("+strings.Join(words, "; ")+").", p.x)
		for k := range s.Levers {
			for _, point := range s.Levers[k].Points {
				point[0], point[1] = math.Round(point[0]*100)/100, significantDigits(point[1])
			}
		}
		list = append(list, s)
	}
	data, err := yaml.MarshalWithOptions(map[string]any{"strategies": list}, yaml.IndentSequence(true), yaml.OmitEmpty())
	if err != nil {
		return "", err
	}
	_, entries, _ := strings.Cut(string(data), "\n")
	return entries, nil
}

// significantDigits rounds to five of them.
func significantDigits(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	scale := math.Pow(10, 4-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

// addStrategies appends the plans to the case's strategies.yaml, in place of those
// that an earlier search left, and checks the case before it is written.
func addStrategies(from source, r *searched, text string) error {
	path := filepath.Join(from.name, casefile.StrategiesName)
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end := "  # found by the search "+r.Question+", begin\n", "  # found by the search "+r.Question+", end\n"
	old := string(data)
	if i, j := strings.Index(old, begin), strings.Index(old, end); i >= 0 && j > i {
		old = old[:i] + old[j+len(end):]
	}
	if !strings.HasSuffix(old, "\n") {
		old += "\n"
	}
	changed := old + begin + text + end
	if _, found := casefile.Load(replaced{from.files, casefile.StrategiesName, changed}); found.Errors() > 0 {
		return &failure{code: exitMistakes, err: fmt.Errorf("the plans do not fit into %s, which was left as it is: %w", path, found)}
	}
	return writeWhole(path, func(f *os.File) error {
		_, err := f.WriteString(changed)
		return err
	})
}

func (r *searched) text(q *question.Question, width int) string {
	var b strings.Builder
	paragraph := func(format string, arguments ...any) {
		b.WriteString(strings.Join(wrap(fmt.Sprintf(format, arguments...), width), "\n") + "\n")
	}
	paragraph("%s", r.Name)
	paragraph("case %s, base strategy %s, %d months; %s plans tried in %s futures each; figures are of %s other futures, with 80%% intervals", r.Case, r.Base, r.Horizon, grouped(r.Evaluations), grouped(r.Futures), grouped(r.CheckedIn))
	b.WriteString("\n")
	g := &grid{corner: "Plan"}
	for _, p := range q.Parameters {
		g.heads = append(g.heads, p.Name)
	}
	for _, values := range [][]planValue{r.Plans[0].Objectives, r.Plans[0].Constraints} {
		for _, x := range values {
			g.heads = append(g.heads, strings.Join(wrap(x.Name, 20), "\n"))
		}
	}
	for _, p := range r.Plans {
		row := gridRow{label: p.ID}
		for _, x := range q.Parameters {
			row.cells = append(row.cells, figure(p.Parameters[x.Name]))
		}
		for _, values := range [][]planValue{p.Objectives, p.Constraints} {
			for _, x := range values {
				row.cells = append(row.cells, fmt.Sprintf("%s\n%s to %s", figure(x.Checked), figure(x.Low), figure(x.High)))
			}
		}
		g.rows = append(g.rows, row)
	}
	b.WriteString(g.lay(width) + "\n")
	for _, s := range r.Seeds {
		paragraph("Seed %d: %s plans, %d compromises, %d restarts; %s of the hypervolume that all seeds found, distance %s.", s.Seed, grouped(s.Evaluations), s.Archive, s.Restarts, percent(s.Hypervolume), share(s.Distance))
	}
	paragraph("Plans as strategies: %s", filepath.Join(r.Folder, casefile.StrategiesName))
	paragraph("These are plans of the model under its assumed ranges; nobody in it bargains beyond what its equations say.")
	return b.String()
}
