package calibrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"

	"handover/casefile"
	"handover/engine"
	"handover/explore/evaluate"
	"handover/model"
)

// ModesName is the file of Modes in a folder.
const ModesName = "modes.json"

// ErrModes is the error of reference modes that cannot be tried.
var ErrModes = errors.New("the reference modes cannot be tried")

// Modes is what the draws of a case's posterior have for its reference modes, as
// modes.json holds it.
type Modes struct {
	// Of is the HistoryHash of the case that the posterior was made for, Posterior the
	// SHA-256 of its file.
	Of        string       `json:"of"`
	Posterior string       `json:"posterior"`
	Seed      uint64       `json:"seed"`
	Draws     int          `json:"draws"`
	Modes     []ModeResult `json:"modes"`
	// Past is the share of draws that pass every mode whose tests all are of
	// observations; All that of draws that pass every mode.
	Past float64 `json:"past"`
	All  float64 `json:"all"`

	pictures []modePicture
	c        *casefile.Case
}

// modePicture is what the charts of a mode show.
type modePicture struct {
	mode  *casefile.Mode
	share float64
	plots []plot
	notes []string
}

// path is what the draws have for a quantity: by draw, then by save time, one a month
// from the month first on.
type path struct {
	first  int
	values [][]float64
}

// value is that of a draw in a period: the mean of its months, each of which takes
// the mean of its start and end. NaN outside the course.
func (p *path) value(draw int, period casefile.Period) float64 {
	from, values := period.First-p.first, p.values[draw]
	if from < 0 || from+period.Months >= len(values) {
		return math.NaN()
	}
	sum := (values[from] + values[from+period.Months]) / 2
	for k := 1; k < period.Months; k++ {
		sum += values[from+k]
	}
	return sum / float64(period.Months)
}

// quantiles are those over the draws at the k-th month; ok is false where a draw
// has none.
func (p *path) quantiles(k int) (q [3]float64, ok bool) {
	all := make([]float64, len(p.values))
	for i, values := range p.values {
		if all[i] = values[k]; all[i]-all[i] != 0 {
			return q, false
		}
	}
	return quantiles(all), true
}

// chartCourses are what the draws have for a chart: in the past, and in the run
// ahead where it stands in the record. Either may be missing.
type chartCourses struct {
	chart       *casefile.ModeChart
	past, ahead *path
	// series is the number of the observation's series, or -1.
	series int
}

// at is the course that a period lies in.
func (x *chartCourses) at(p casefile.Period) *path {
	if x.ahead != nil && p.First >= x.ahead.first || x.past == nil {
		return x.ahead
	}
	return x.past
}

// TryModes runs the draws of the case's posterior through the past again, and
// ahead where a chart of a mode asks for it, and says how many pass each reference
// mode. Of the request it takes the case, seed, threads and engine. The errors are
// a case without modes or posterior, a posterior of other parameters, quantities
// that the model cannot have, and ctx's.
func TryModes(ctx context.Context, r Request) (*Modes, error) {
	switch {
	case r.Case == nil || r.Case.History == nil || len(r.Case.History.Modes) == 0:
		return nil, fmt.Errorf("%w: the case has no modes in a %s", ErrModes, casefile.HistoryName)
	case r.Case.Posterior == nil:
		return nil, fmt.Errorf("%w: the case %s has no %s; handover calibrate makes it", ErrModes, r.Case.Name, casefile.PosteriorName)
	}
	if r.Threads == 0 {
		r.Threads = runtime.GOMAXPROCS(0)
	}
	if r.Threads < 0 || r.Threads > mostThreads {
		return nil, fmt.Errorf("%w: %d threads are asked for; expected 1 to %d, or 0 for one a processor", ErrModes, r.Threads, mostThreads)
	}
	backend, err := engine.BackendNamed(r.Engine)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModes, err)
	}
	t, f, courses, err := again(ctx, r, backend)
	if err != nil {
		return nil, err
	}
	modes := r.Case.History.Modes
	for m := range modes {
		for k := range courses[m] {
			x := &courses[m][k]
			if x.chart.Ahead == nil {
				continue
			}
			if x.ahead, err = runAhead(ctx, r, x.chart); err != nil {
				return nil, fmt.Errorf("mode %s, chart %s: %w", modes[m].ID, x.chart.ID, err)
			}
		}
	}
	out := &Modes{Of: r.Case.Posterior.Of, Posterior: r.Case.Posterior.Hash, Seed: r.Seed, Draws: len(r.Case.Posterior.Draws), c: r.Case}
	_, out.Past = judge(onlyPast(modes, f.tested))
	for m := range modes {
		if f.tested[m], err = allTests(r.Case, &modes[m], f.tested[m], courses[m]); err != nil {
			return nil, fmt.Errorf("mode %s: %w", modes[m].ID, err)
		}
		for _, x := range f.tested[m] {
			if len(finite(x.values)) == 0 {
				return nil, fmt.Errorf("mode %s: in no draw is the test of %s a finite number", modes[m].ID, x.test.Observation+x.test.Chart)
			}
		}
		if len(f.tested[m]) == 0 {
			return nil, fmt.Errorf("%w: mode %s has no test of anything that was observed", ErrModes, modes[m].ID)
		}
	}
	out.Modes, out.All = judge(modes, f.tested)
	for m := range modes {
		x := &out.Modes[m]
		x.Note = modes[m].Note
		picture := modePicture{mode: &modes[m], share: x.Share}
		for k := range courses[m] {
			p, result, err := t.modePlot(f, &courses[m][k])
			if err != nil {
				return nil, err
			}
			x.Charts = append(x.Charts, result)
			picture.plots, picture.notes = append(picture.plots, p), append(picture.notes, result.Note)
		}
		if len(picture.plots) > 0 {
			x.Picture = modePictureName(x.ID)
			out.pictures = append(out.pictures, picture)
		}
	}
	return out, nil
}

// onlyPast keeps the modes whose tests all are of observations.
func onlyPast(modes []casefile.Mode, found [][]tested) ([]casefile.Mode, [][]tested) {
	var kept []casefile.Mode
	var tests [][]tested
	for m := range modes {
		if len(found[m]) == len(modes[m].Tests) {
			kept, tests = append(kept, modes[m]), append(tests, found[m])
		}
	}
	return kept, tests
}

// modeQuantity names the variable that holds the quantity of a chart in the past.
func modeQuantity(mode, chart string) string { return "mode " + mode + " " + chart }

// again runs the draws of the posterior through the past.
func again(ctx context.Context, r Request, backend engine.Backend) (*target, *fit, [][]chartCourses, error) {
	modes := r.Case.History.Modes
	q := request{until: -1, threads: r.Threads, seed: r.Seed, backend: backend}
	var added []*model.Variable
	for m := range modes {
		for k := range modes[m].Charts {
			x := &modes[m].Charts[k]
			if x.Quantity == "" {
				continue
			}
			parsed, err := model.ParseExpression(x.Quantity)
			if err != nil {
				return nil, nil, nil, fmt.Errorf("mode %s, chart %s: %w", modes[m].ID, x.ID, err)
			}
			name := modeQuantity(modes[m].ID, x.ID)
			q.saved = append(q.saved, name)
			added = append(added, &model.Variable{Name: name, Kind: model.Auxiliary, Equations: []model.Equation{{Text: x.Quantity, Expression: parsed}}})
		}
	}
	q.prepare = func(m *model.Model, _ *target) error {
		for _, v := range added {
			m.Add(v)
		}
		return nil
	}
	t, err := aim(r.Case, q)
	if err != nil {
		return nil, nil, nil, err
	}
	points, err := t.takeBack(r.Case.Posterior)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := t.steady(ctx); err != nil {
		return nil, nil, nil, err
	}
	t.given = true
	courses := make([][]chartCourses, len(modes))
	var keep []int
	var into []**path
	next := len(t.series)
	for m := range modes {
		courses[m] = make([]chartCourses, len(modes[m].Charts))
		for k := range courses[m] {
			x := &courses[m][k]
			x.chart = &modes[m].Charts[k]
			x.series = slices.IndexFunc(t.series, func(s series) bool { return x.chart.Observation != "" && s.o.ID == x.chart.Observation })
			switch {
			case x.series >= 0:
				keep = append(keep, t.series[x.series].column)
			case x.chart.Quantity != "":
				keep = append(keep, next)
				next++
			default:
				continue
			}
			into = append(into, &x.past)
		}
	}
	f, err := t.meet(ctx, &draws{points: points}, r.Seed, keep...)
	if err != nil {
		return nil, nil, nil, err
	}
	for i, to := range into {
		*to = &path{t.start, f.kept[i]}
	}
	return t, f, courses, nil
}

// takeBack makes points of the draws of a posterior: the values of the target's
// parameters. The error names those that the posterior lacks.
func (t *target) takeBack(p *casefile.Posterior) ([][]float64, error) {
	points := make([][]float64, len(p.Draws))
	for i := range points {
		points[i] = make([]float64, len(t.parameters))
	}
	var lacking []error
	for k := range t.parameters {
		names, draws := p.Columns, p.Draws
		if t.parameters[k].role != ofModel {
			names, draws = p.Notes, p.NoteDraws
		}
		at := slices.Index(names, t.parameters[k].name)
		if at < 0 {
			lacking = append(lacking, fmt.Errorf("%s does not hold %s", casefile.PosteriorName, t.parameters[k].name))
			continue
		}
		for i := range points {
			points[i][k] = draws[i][at]
		}
	}
	if len(lacking) > 0 {
		return nil, fmt.Errorf("the posterior is of another history; run handover calibrate again: %w", errors.Join(lacking...))
	}
	return points, nil
}

// aheadSeries is the id of the quantity of a run ahead.
const aheadSeries = "mode-quantity"

// runAhead runs every draw once from the base date, with the uncertainties that the
// posterior does not hold drawn by a Latin hypercube.
func runAhead(ctx context.Context, r Request, chart *casefile.ModeChart) (*path, error) {
	const id = "mode"
	run := chart.Ahead
	with := *r.Case
	with.Series = append(slices.Clone(with.Series), casefile.Series{ID: aheadSeries, Name: chart.Name, Expression: run.Quantity, Unit: chart.Unit})
	c, list := with.With(run.On(r.Case, id))
	if c == nil {
		return nil, list.Err()
	}
	e, err := evaluate.New(c, id, evaluate.Options{Seed: r.Seed, Horizon: run.Months, Threads: r.Threads, Engine: r.Engine, Series: []string{aheadSeries}})
	if err != nil {
		return nil, err
	}
	n := len(c.Posterior.Draws)
	d, err := c.Futures(r.Seed, n)
	if err != nil {
		return nil, err
	}
	same := func(i int) int { return i }
	found, err := e.Run(ctx, evaluate.Points{Count: n, Set: d.Point, Stream: same, Draw: same}, nil)
	if err != nil {
		return nil, err
	}
	first := 0
	if run.Origin != "" {
		p, err := c.ParsePeriod(run.Origin)
		if err != nil {
			return nil, err
		}
		first = p.First
	}
	out := &path{first, make([][]float64, n)}
	for at, month := range e.Times() {
		if month != math.Trunc(month) {
			continue
		}
		for i := range n {
			out.values[i] = append(out.values[i], found.Series[0][at][i])
		}
	}
	if got := len(out.values[0]); got != run.Months+1 {
		return nil, fmt.Errorf("the model saves %d whole months of a run of %d; its save step must divide a month", got, run.Months)
	}
	return out, nil
}

// allTests are the tests of a mode in the order of the case: those of observations
// as found, those of charts by their courses.
func allTests(c *casefile.Case, mode *casefile.Mode, found []tested, courses []chartCourses) ([]tested, error) {
	var all []tested
	for k := range mode.Tests {
		x := &mode.Tests[k]
		if x.Chart == "" {
			if i := slices.IndexFunc(found, func(one tested) bool { return one.test == x }); i >= 0 {
				all = append(all, found[i])
			}
			continue
		}
		i := slices.IndexFunc(courses, func(one chartCourses) bool { return one.chart.ID == x.Chart })
		if i < 0 {
			return nil, fmt.Errorf("there is no chart %s", x.Chart)
		}
		values, err := chartValues(c, &courses[i], x)
		if err != nil {
			return nil, err
		}
		all = append(all, tested{x, values})
	}
	return all, nil
}

// chartValues are what the draws have for a test of a chart.
func chartValues(c *casefile.Case, x *chartCourses, test *casefile.ModeTest) ([]float64, error) {
	of := func(text string) ([]float64, error) {
		p, err := c.ParsePeriod(text)
		if err != nil {
			return nil, err
		}
		course := x.at(p)
		if course == nil {
			return nil, fmt.Errorf("the chart %s has no course in %s", x.chart.ID, text)
		}
		values := make([]float64, len(course.values))
		for i := range values {
			values[i] = course.value(i, p)
		}
		return values, nil
	}
	values, err := of(test.Period)
	if err != nil || test.Over == "" {
		return values, err
	}
	over, err := of(test.Over)
	for i := range over {
		values[i] /= over[i]
	}
	return values, err
}

// Write writes modes.json and a picture a mode into a folder, each whole or not at
// all, modes.json last.
func (m *Modes) Write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w", folder, cause(err))
	}
	for i := range m.pictures {
		p := &m.pictures[i]
		if err := WriteFile(folder, modePictureName(p.mode.ID), func(to io.Writer) error { return p.write(to, m.c) }); err != nil {
			return err
		}
	}
	return WriteFile(folder, ModesName, func(to io.Writer) error {
		e := json.NewEncoder(to)
		e.SetIndent("", " ")
		e.SetEscapeHTML(false)
		return e.Encode(m)
	})
}

// modePictureName is the file of a mode's picture.
func modePictureName(id string) string { return "mode-" + id + ".svg" }
