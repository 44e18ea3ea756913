package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"handover/casefile"
	"handover/ensemble"
	"handover/explore/sensitivity"
)

// sensitivityVerb says which uncertainties matter.
type sensitivityVerb struct {
	From     string `arg:"" name:"case|run" help:"A case, for methods that make their own runs; or a run folder, for those that read runs." predictor:"case"`
	Case     string `help:"The case a run was made from, when it is not built in." placeholder:"CASE" predictor:"case"`
	Outcome  string `help:"The outcome to explain; the case's headline when left out." placeholder:"ID"`
	Strategy string `help:"The strategy under which; the reference when left out." placeholder:"ID"`
	Method   string `help:"sobol (shares of variance, alone and with others), morris (screening by few runs), pawn (shift of the whole distribution) or trees (share of what an ensemble of trees explains). Sobol and morris make runs, pawn and trees read those of a run folder or make them (default: sobol for a case, trees for a run)." enum:",sobol,morris,pawn,trees" default:"" placeholder:"M"`
	Rows     int    `help:"Rows a matrix for sobol (runs = rows x (uncertainties + 3)), walks for morris, runs for pawn and trees; 512, 40 and 4,096 when left out." placeholder:"N"`
	Series   string `help:"Explain this series over time in place of an outcome (sobol, pawn and trees on a case)." placeholder:"ID"`
	Horizon  int    `help:"How far runs go, in months; the case's own when left out." placeholder:"M"`
	Seed     uint64 `help:"Where the random numbers start (default ${default})." default:"1" placeholder:"S"`
	Top      int    `help:"How many uncertainties to print (default ${default})." default:"15" placeholder:"N"`
	Threads  int    `help:"How many threads to use; all processors when left out." placeholder:"N"`
	Engine   string `help:"As for run." placeholder:"E" enum:"auto,interpreter,avx2,avx512" default:"auto"`
	Output   string `short:"o" help:"Write all figures to this CSV file, too." placeholder:"FILE"`
	JSON     bool   `name:"json" help:"Print all figures as JSON, and nothing else."`
}

// chanceName is the row of chance in the model.
const chanceName = "chance within the model"

// sensitivityRow is what is said of one uncertainty.
type sensitivityRow struct {
	Uncertainty string  `json:"uncertainty"`
	Title       string  `json:"title,omitempty"`
	Month       float64 `json:"month"`
	Measure     string  `json:"measure"`
	Value       float64 `json:"value"`
	Low         float64 `json:"low"`
	High        float64 `json:"high"`
	// Second and its interval are the total index (sobol), the deviation of effects
	// (morris), or the largest shift (pawn).
	SecondMeasure string   `json:"second_measure,omitempty"`
	Second        *float64 `json:"second,omitempty"`
	SecondLow     *float64 `json:"second_low,omitempty"`
	SecondHigh    *float64 `json:"second_high,omitempty"`
	// Matters is false where pawn cannot tell the uncertainty from chance.
	Matters *bool `json:"matters,omitempty"`
}

// sensitivityResult is what is printed.
type sensitivityResult struct {
	Case     string           `json:"case"`
	Strategy string           `json:"strategy"`
	Explains string           `json:"explains"`
	Method   string           `json:"method"`
	Runs     int              `json:"runs"`
	Bad      int              `json:"bad_runs"`
	Horizon  int              `json:"horizon_months"`
	Seed     uint64           `json:"seed"`
	Rows     []sensitivityRow `json:"uncertainties"`
	Notes    []string         `json:"notes,omitempty"`
}

// resamples is how many bootstrap samples intervals rest on.
const resamples = 400

// Run explains an outcome.
func (v *sensitivityVerb) Run(to streams) error {
	if v.Rows < 0 || v.Rows > 1<<20 || v.Top < 1 {
		return usage("", "--rows must be from 1 to 1,048,576 and --top 1 or more")
	}
	var r *sensitivityResult
	var err error
	if _, failed := os.Stat(filepath.Join(v.From, "manifest.json")); failed == nil {
		r, err = v.fromRun(to.err)
	} else {
		r, err = v.fromCase(to.err)
	}
	if err != nil {
		return err
	}
	if v.Output != "" {
		if err := writeRows(v.Output, r.table()); err != nil {
			return err
		}
	}
	if v.JSON {
		return printJSON(to.out, r)
	}
	_, err = io.WriteString(to.out, r.text(v.Top, width(to.out)))
	return err
}

// fromRun reads runs that exist.
func (v *sensitivityVerb) fromRun(notes io.Writer) (*sensitivityResult, error) {
	if v.Method == "" {
		v.Method = "trees"
	}
	if v.Method == "sobol" || v.Method == "morris" || v.Series != "" {
		return nil, usage("name the case, as in handover explore sensitivity iraq", "%s makes runs of its own and cannot read those of a folder", map[bool]string{true: "--series", false: v.Method}[v.Series != ""])
	}
	f, err := readRun(v.From, v.Case, notes)
	if err != nil {
		return nil, err
	}
	o, err := outcomeOf(f.c, v.Outcome)
	if err != nil {
		return nil, err
	}
	k, err := strategyOf(f.Manifest.Strategies, f.Manifest.Reference, v.Strategy)
	if err != nil {
		return nil, err
	}
	y := slices.Clone(measured(o, f.Manifest.Horizon, f.Outcome(o.ID)[k]))
	bad := 0
	for i, left := range f.Left {
		if left {
			y[i] = math.NaN()
			bad++
		}
	}
	r := &sensitivityResult{Case: f.c.Name, Strategy: f.Manifest.Strategies[k], Explains: measure(o, f.Manifest.Horizon), Method: v.Method,
		Runs: len(y), Bad: bad, Horizon: f.Manifest.Horizon, Seed: v.Seed}
	return r, v.given(r, f.c, f.Uncertainties, f.Inputs, y, float64(f.Manifest.Horizon))
}

// given explains y by any points.
func (v *sensitivityVerb) given(r *sensitivityResult, c *casefile.Case, names []string, x [][]float64, y []float64, month float64) error {
	if v.Method == "pawn" {
		shifts, err := sensitivity.PAWN(x, y, 10, resamples/4, v.Seed)
		if err != nil {
			return explained(err, r)
		}
		for i, s := range shifts {
			r.Rows = append(r.Rows, sensitivityRow{names[i], titleOf(c, names[i]), month, "median shift", s.Median.Middle, s.Median.Low, s.Median.High,
				"largest shift", &s.Largest.Middle, &s.Largest.Low, &s.Largest.High, &s.Matters})
		}
		return nil
	}
	shares, err := sensitivity.Importance(x, y, 100, resamples/4, v.Seed)
	if err != nil {
		return explained(err, r)
	}
	for i, s := range shares {
		r.Rows = append(r.Rows, sensitivityRow{Uncertainty: names[i], Title: titleOf(c, names[i]), Month: month, Measure: "share of what trees explain", Value: s.Middle, Low: s.Low, High: s.High})
	}
	return nil
}

// explained puts what a method cannot do into the user's words.
func explained(err error, r *sensitivityResult) error {
	if errors.Is(err, sensitivity.ErrConstant) {
		return &failure{code: exitMistakes, err: fmt.Errorf("%s is the same in all %d runs under %s, so there is nothing to explain; choose another outcome, strategy or horizon", r.Explains, r.Runs, r.Strategy)}
	}
	return fmt.Errorf("%s: %w", r.Explains, err)
}

// fromCase makes the runs that the method needs.
func (v *sensitivityVerb) fromCase(notes io.Writer) (*sensitivityResult, error) {
	from, err := findCase(v.From, notes)
	if err != nil {
		return nil, err
	}
	c, err := from.load(notes)
	if err != nil {
		return nil, err
	}
	o, err := outcomeOf(c, v.Outcome)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, s := range c.Strategies {
		ids = append(ids, s.ID)
	}
	k, err := strategyOf(ids, c.Reference, v.Strategy)
	if err != nil {
		return nil, err
	}
	if v.Method == "" {
		v.Method = "sobol"
	}
	var series []string
	if v.Series != "" {
		if v.Method == "morris" {
			return nil, usage("choose --method sobol", "--series is not explained by morris")
		}
		if i := slices.IndexFunc(c.Series, func(s casefile.Series) bool { return s.ID == v.Series }); i < 0 {
			var known []string
			for _, s := range c.Series {
				known = append(known, s.ID)
			}
			return nil, usage("", "the case %s has no series %q; it has %s", c.Name, v.Series, strings.Join(known, ", "))
		}
		series = []string{v.Series}
	}
	e, err := ensemble.NewEvaluator(ensemble.Request{Case: c, Strategies: []string{ids[k]}, Seed: v.Seed, Horizon: v.Horizon, Threads: v.Threads, Engine: v.Engine}, series...)
	if err != nil {
		return nil, err
	}
	horizon := v.Horizon
	if horizon == 0 {
		horizon = c.Horizon
	}
	r := &sensitivityResult{Case: c.Name, Strategy: ids[k], Explains: measure(o, horizon), Method: v.Method, Horizon: horizon, Seed: v.Seed}
	if v.Series != "" {
		r.Explains = "the series " + v.Series
	}
	if len(c.Correlations) > 0 {
		r.Notes = append(r.Notes, "Uncertainties are taken as independent here: the case's correlations are left out.")
	}
	ctx, release := interruptible(notes)
	defer release()
	plan := &plannedRuns{v: v, c: c, o: o, e: e, r: r, ctx: ctx, notes: notes}
	switch v.Method {
	case "sobol":
		err = plan.sobol()
	case "morris":
		err = plan.morris()
	default:
		err = plan.sampled()
	}
	return r, err
}

// plannedRuns is a method at work on a case.
type plannedRuns struct {
	v     *sensitivityVerb
	c     *casefile.Case
	o     *casefile.Outcome
	e     *ensemble.Evaluator
	r     *sensitivityResult
	ctx   context.Context
	notes io.Writer
}

// rows is how many rows, walks or runs are wanted.
func (p *plannedRuns) rows(usual int) int {
	if p.v.Rows > 0 {
		return p.v.Rows
	}
	return usual
}

// run makes the runs and returns what is to be explained: by month, then point.
func (p *plannedRuns) run(points []ensemble.Point) (months []float64, y [][]float64, err error) {
	show, wipe := progress(p.notes)
	defer wipe()
	results, err := p.e.Run(p.ctx, p.v.Seed, points, func(done int) {
		show(ensemble.Progress{Stage: ensemble.Running, Done: done, Total: len(points)})
	})
	if errors.Is(err, context.Canceled) {
		return nil, nil, &failure{code: exitInterrupted, err: errors.New("stopped; nothing was written")}
	}
	if err != nil {
		return nil, nil, err
	}
	p.r.Runs, p.r.Bad = len(points), results.Bad
	if p.v.Series == "" {
		at := slices.IndexFunc(p.c.Outcomes, func(o casefile.Outcome) bool { return o.ID == p.o.ID })
		return []float64{float64(p.r.Horizon)}, [][]float64{measured(p.o, p.r.Horizon, results.Outcomes[at])}, nil
	}
	for t, month := range results.Times {
		if month > 0 && math.Mod(month, 12) == 0 || t == len(results.Times)-1 {
			months, y = append(months, month), append(y, results.Series[0][t])
		}
	}
	return months, y, nil
}

func (p *plannedRuns) sobol() error {
	k := len(p.c.Uncertainties)
	plan, err := sensitivity.NewSaltelli(p.rows(512), k, true, p.v.Seed)
	if err != nil {
		return usage("", "%v", err)
	}
	points := make([]ensemble.Point, 0, plan.Matrices()*plan.Rows())
	for matrix := range plan.Matrices() {
		for row := range plan.Rows() {
			u := make([]float64, k)
			plan.Point(matrix, row, u)
			points = append(points, ensemble.Point{Place: u, Stream: uint32(plan.Stream(matrix, row))})
		}
	}
	months, y, err := p.run(points)
	if err != nil {
		return err
	}
	for t, month := range months {
		matrices := make([][]float64, plan.Matrices())
		for matrix := range matrices {
			matrices[matrix] = y[t][matrix*plan.Rows():][:plan.Rows()]
		}
		indices, err := plan.Estimate(matrices, sensitivity.Jansen, resamples, p.v.Seed)
		if errors.Is(err, sensitivity.ErrConstant) && len(months) > 1 {
			p.r.Notes = append(p.r.Notes, fmt.Sprintf("At month %v the outcome is the same in every run.", month))
			continue
		}
		if err != nil {
			return explained(err, p.r)
		}
		for i, x := range indices.Factors {
			name, title := chanceName, ""
			if i < k {
				name = p.c.Uncertainties[i].Variable
				title = titleOf(p.c, name)
			}
			p.r.Rows = append(p.r.Rows, sensitivityRow{name, title, month, "first order", x.First.Middle, x.First.Low, x.First.High,
				"total", &x.Total.Middle, &x.Total.Low, &x.Total.High, nil})
		}
	}
	return nil
}

func (p *plannedRuns) morris() error {
	k := len(p.c.Uncertainties)
	plan, err := sensitivity.NewTrajectories(p.rows(40), k, 4, p.v.Seed)
	if err != nil {
		return usage("", "%v", err)
	}
	points := make([]ensemble.Point, 0, plan.Len()*(k+1))
	for walk := range plan.Len() {
		for at := range k + 1 {
			u := make([]float64, k)
			plan.Point(walk, at, u)
			points = append(points, ensemble.Point{Place: u, Stream: uint32(walk)})
		}
	}
	months, y, err := p.run(points)
	if err != nil {
		return err
	}
	walks := make([][]float64, plan.Len())
	for walk := range walks {
		walks[walk] = y[0][walk*(k+1):][:k+1]
	}
	effects, err := plan.Estimate(walks, resamples, p.v.Seed)
	if err != nil {
		return explained(err, p.r)
	}
	for i, x := range effects {
		name := p.c.Uncertainties[i].Variable
		p.r.Rows = append(p.r.Rows, sensitivityRow{Uncertainty: name, Title: titleOf(p.c, name), Month: months[0], Measure: "mean absolute effect", Value: x.Size.Middle, Low: x.Size.Low, High: x.Size.High,
			SecondMeasure: "deviation of effects", Second: &x.Deviation})
	}
	p.r.Notes = append(p.r.Notes, "An effect is the change of the outcome over the whole range of the uncertainty; a deviation as large as the effect says that it depends on the others.")
	return nil
}

// sampled makes independent runs for the methods that read any.
func (p *plannedRuns) sampled() error {
	k, n := len(p.c.Uncertainties), p.rows(4096)
	// The first matrix of a plan of Saltelli's is a scrambled Sobol' sequence.
	plan, err := sensitivity.NewSaltelli(n, k, false, p.v.Seed)
	if err != nil {
		return usage("", "%v", err)
	}
	points, names := make([]ensemble.Point, n), make([]string, k)
	x := make([][]float64, k)
	for i := range x {
		x[i], names[i] = make([]float64, n), p.c.Uncertainties[i].Variable
	}
	for row := range points {
		u := make([]float64, k)
		plan.Point(0, row, u)
		points[row] = ensemble.Point{Place: u, Stream: uint32(row)}
		for i := range x {
			x[i][row] = u[i]
		}
	}
	months, y, err := p.run(points)
	if err != nil {
		return err
	}
	for t, month := range months {
		if err := p.v.given(p.r, p.c, names, x, y[t], month); err != nil {
			return err
		}
	}
	return nil
}

// weight is what uncertainties are ordered by.
func (r *sensitivityRow) weight() float64 {
	w := r.Value
	if r.SecondMeasure == "total" {
		w = *r.Second
	}
	if math.IsNaN(w) {
		return -1
	}
	return w
}

// ordered lists the uncertainties, those that matter most first, with their rows.
func (r *sensitivityResult) ordered() (names []string, rows map[string][]sensitivityRow) {
	rows = map[string][]sensitivityRow{}
	most := map[string]float64{}
	for _, x := range r.Rows {
		if rows[x.Uncertainty] == nil {
			names = append(names, x.Uncertainty)
		}
		rows[x.Uncertainty] = append(rows[x.Uncertainty], x)
		most[x.Uncertainty] = max(most[x.Uncertainty], x.weight())
	}
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case most[a] > most[b]:
			return -1
		case most[a] < most[b]:
			return 1
		}
		return 0
	})
	return names, rows
}

func (r *sensitivityResult) text(top, width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "What %s depends on\n", r.Explains)
	fmt.Fprintf(&b, "case %s, strategy %s, %d months, method %s, %s runs, seed %d\n\n", r.Case, r.Strategy, r.Horizon, r.Method, grouped(r.Runs), r.Seed)
	names, rows := r.ordered()
	g := &grid{corner: "Uncertainty"}
	var months []float64
	for _, x := range rows[names[0]] {
		months = append(months, x.Month)
	}
	one := rows[names[0]][0]
	over := len(months) > 1
	switch {
	case over:
		for _, m := range months {
			g.heads = append(g.heads, "month "+figure(m))
		}
	case one.SecondMeasure == "deviation of effects":
		g.heads = []string{one.Measure, "80% interval", one.SecondMeasure}
	case one.SecondMeasure != "":
		g.heads = []string{one.Measure, "80% interval", one.SecondMeasure, "80% interval"}
	default:
		g.heads = []string{one.Measure, "80% interval"}
	}
	number := share
	if r.Method == "morris" {
		number = figure
	}
	for _, name := range names[:min(top, len(names))] {
		label := name
		if x := rows[name][0]; x.Title != "" {
			label = x.Title
		}
		row := gridRow{label: label}
		if over {
			for _, x := range rows[name] {
				row.cells = append(row.cells, number(x.weight()))
			}
		} else {
			x := rows[name][0]
			row.cells = []string{number(x.Value), number(x.Low) + " to " + number(x.High)}
			if x.Second != nil {
				row.cells = append(row.cells, number(*x.Second))
			}
			if x.SecondLow != nil {
				row.cells = append(row.cells, number(*x.SecondLow)+" to "+number(*x.SecondHigh))
			}
			if x.Matters != nil && !*x.Matters {
				row.label += " (no more than chance)"
			}
		}
		g.rows = append(g.rows, row)
	}
	b.WriteString(g.lay(width))
	if left := len(names) - top; left > 0 {
		fmt.Fprintf(&b, "... %d more; --top, --json and -o show them\n", left)
	}
	if over && one.SecondMeasure == "total" {
		r.Notes = append(r.Notes, "Figures are total indices.")
	}
	if r.Method == "sobol" {
		r.Notes = append(r.Notes, "First order: the share of variance that goes when the uncertainty alone is known. Total: the share that stays when all others are known. Chance within the model is one of them.")
	}
	if r.Bad > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s runs had a value that is not finite and are left out.", grouped(r.Bad)))
	}
	for _, note := range r.Notes {
		b.WriteString("\n" + strings.Join(wrap(note, width), "\n") + "\n")
	}
	return b.String()
}

// table is all figures as rows of a file.
func (r *sensitivityResult) table() [][]string {
	rows := [][]string{{"uncertainty", "title", "month", "measure", "value", "low", "high", "second_measure", "second", "second_low", "second_high"}}
	optional := func(x *float64) string {
		if x == nil {
			return ""
		}
		return csvNumber(*x)
	}
	for _, x := range r.Rows {
		rows = append(rows, []string{x.Uncertainty, x.Title, strconv.FormatFloat(x.Month, 'g', -1, 64), x.Measure, csvNumber(x.Value), csvNumber(x.Low), csvNumber(x.High),
			x.SecondMeasure, optional(x.Second), optional(x.SecondLow), optional(x.SecondHigh)})
	}
	return rows
}
