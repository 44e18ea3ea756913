package calibrate

import (
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/fstest"

	"handover/casefile"
	"handover/engine"
	"handover/random"
)

var update = flag.Bool("update", false, "write the data of the test case anew")

// truth is what the data of the test case were made with.
var truth = map[string]float64{
	"recruitment rate": 0.13, "removal rate": 0.16, "events per insurgent": 0.015, "deaths per event": 3.6, "initial active[North]": 400,
	"events dispersion": 8, "deaths scale": 0.25,
}

func ridge(t testing.TB) *casefile.Case {
	t.Helper()
	c, list := casefile.Load(os.DirFS("testdata/ridge"))
	if c == nil || len(list) > 0 {
		t.Fatal(list)
	}
	return c
}

// TestRidgeData: the data of the test case are what its model makes at the truth,
// with noise of the likelihoods.
func TestRidgeData(t *testing.T) {
	files := fstest.MapFS{}
	root := os.DirFS("testdata/ridge")
	if err := fs.WalkDir(root, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	// The model needs some data to be loaded with.
	for name, text := range map[string]string{
		"events":   "quarter,place,events,source,confidence\n2010Q1,North,1,made up,high\n2010Q1,South,1,made up,high\n",
		"deaths":   "month,deaths,source,confidence\n2010-01,1,made up,high\n",
		"strength": "year,insurgents,source,confidence\n2012,1,made up,high\n",
	} {
		files["data/"+name+".csv"] = &fstest.MapFile{Data: []byte(text)}
	}
	c, list := casefile.Load(files)
	if c == nil {
		t.Fatal(list)
	}
	m, err := c.HistoryModel()
	if err != nil {
		t.Fatal(err)
	}
	varied := []string{"recruitment rate", "removal rate", "events per insurgent", "deaths per event", "initial active[North]"}
	p, err := engine.Compile(m, engine.Options{Varied: varied, Saved: []string{"events", "deaths", "active"}})
	if err != nil {
		t.Fatal(err)
	}
	times := len(p.SaveTimes())
	b := &engine.Block{Runs: 1, Series: make([]float64, 5*times), Bad: make([]int, 1), BadVariable: make([]string, 1)}
	for _, name := range varied {
		b.Inputs = append(b.Inputs, truth[name])
	}
	if err := p.NewWorker(1).Run(b); err != nil {
		t.Fatal(err)
	}
	value := func(column, month int) float64 {
		return (b.Series[column*times+month] + b.Series[column*times+month+1]) / 2
	}
	stream := random.At(2010, 0, 0, random.Site("ridge"))
	tables := map[string][][]string{
		"events":   {{"quarter", "place", "events", "source", "confidence"}},
		"deaths":   {{"month", "deaths", "source", "confidence"}},
		"strength": {{"year", "insurgents", "source", "confidence"}},
	}
	add := func(name string, cells ...string) {
		tables[name] = append(tables[name], append(cells, "made by the model", "high"))
	}
	for q := range 40 {
		for k, place := range []string{"North", "South"} {
			mean := value(k, 3*q) + value(k, 3*q+1) + value(k, 3*q+2)
			add("events", fmt.Sprintf("%dQ%d", 2010+q/4, q%4+1), place, fmt.Sprint(stream.NegativeBinomial(mean, truth["events dispersion"])))
		}
	}
	before := 0.0
	for month := range 120 {
		chi := stream.Gamma(2.5, 0.4)
		noise := stream.Normal() / math.Sqrt(chi) * truth["deaths scale"]
		if month > 0 {
			noise = 0.3*before + math.Sqrt(1-0.09)*noise
		}
		before = noise
		add("deaths", fmt.Sprintf("%d-%02d", 2010+month/12, month%12+1), fmt.Sprint(math.Max(0, math.Round((value(2, month)+1)*math.Exp(noise)-1))))
	}
	for _, year := range []int{2, 7} {
		mean := 0.0
		for k := range 12 {
			mean += (value(3, 12*year+k) + value(4, 12*year+k)) / 12
		}
		add("strength", fmt.Sprint(2010+year), fmt.Sprint(math.Round(mean*math.Exp(0.2*stream.Normal()))))
	}
	for name, table := range tables {
		var text bytes.Buffer
		if err := csv.NewWriter(&text).WriteAll(table); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "ridge", "data", name+".csv")
		if *update {
			if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if there, err := os.ReadFile(path); err != nil || !bytes.Equal(there, text.Bytes()) {
			t.Errorf("%s is not what the model makes; go test -run TestRidgeData -update writes it", path)
		}
	}
}

// calibrated runs a calibration of the test case.
func calibrated(t *testing.T, r Request) (string, *Result) {
	t.Helper()
	r.Case, r.Version = ridge(t), "test"
	dir, result, err := Start(context.Background(), r, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, result
}

// TestRecovery: the posterior holds what the data were made with, learns what they
// tell, and says that it learned nothing of what they do not.
func TestRecovery(t *testing.T) {
	dir, r := calibrated(t, Request{Runs: 250_000, Chains: 64, Draws: 400, Seed: 1})
	seen := map[string]ParameterResult{}
	for _, p := range r.Parameters {
		seen[p.Name] = p
	}
	inside := 0
	for name, want := range truth {
		p, ok := seen[name]
		if !ok {
			t.Fatalf("there is no parameter %s", name)
		}
		if p.Posterior[0] <= want && want <= p.Posterior[2] {
			inside++
		} else {
			t.Logf("%s: truth %v, 90%% interval %v", name, want, p.Posterior)
		}
		if !p.Informed {
			t.Errorf("the data say nothing about %s (%.3f nats); they should", name, p.Learned)
		}
	}
	if inside < len(truth)-2 {
		t.Errorf("%d of %d true values are in their 90%% intervals", inside, len(truth))
	}
	if p := seen["feeling"]; p.Informed || math.Abs(p.Spread-1) > 0.1 || math.Abs(p.Shift) > 0.1 {
		t.Errorf("nothing in the data depends on feeling, and it comes back as %+v", p)
	}
	if !r.Agrees() || r.Reduction > 1.1 || r.Effective < 200 {
		t.Errorf("disagreement %.3f (%s), scale reduction %.3f, effective draws %.0f", r.Disagreement, r.DisagreementOf, r.Reduction, r.Effective)
	}
	for _, o := range r.Observations {
		if o.N > 10 && o.Coverage < 0.8 { // intervals of counts cover more than they say
			t.Errorf("%s %s: 90%% intervals cover %.2f", o.ID, o.Part, o.Coverage)
		}
	}

	// The draws carry the state at the base date: the case loads with them, and the
	// carried stock is what the past reaches with the row's own parameters.
	data, err := os.ReadFile(filepath.Join(dir, casefile.PosteriorName))
	if err != nil {
		t.Fatal(err)
	}
	files := os.DirFS("testdata/ridge")
	with := overlay{files, casefile.PosteriorName, data}
	c, list := casefile.Load(with)
	if c == nil || len(list) > 0 {
		t.Fatal(list)
	}
	p := c.Posterior
	if len(p.Draws) != 400 {
		t.Fatalf("%d draws", len(p.Draws))
	}
	checkCarried(t, c, p)
}

// checkCarried runs the past by itself for a few draws.
func checkCarried(t *testing.T, c *casefile.Case, p *casefile.Posterior) {
	rows, err := csv.NewReader(bytes.NewReader(posteriorText(t, p, c))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range p.Columns {
		column[name] = i
	}
	for _, name := range []string{"recruitment rate", "removal rate", "initial active[North]", "initial active[South]", "memory"} {
		if _, ok := column[name]; !ok {
			t.Fatalf("the posterior lacks %q: %v", name, p.Columns)
		}
	}
	if _, ok := column["deaths scale"]; ok {
		t.Error("a parameter of the data is taken for a constant of the model")
	}
	for _, draw := range p.Draws[:5] {
		if draw[column["memory"]] != 0.6 {
			t.Error("the base value is not in the draw")
		}
		// South starts at 200 in all draws: its end follows from the two rates.
		x := 200.0
		for k := range 240 {
			patrols := interpolate(-120 + float64(k)*0.5)
			x += 0.5 * (draw[column["recruitment rate"]]*x*(1-x/1000) - draw[column["removal rate"]]*patrols*x)
		}
		if got := draw[column["initial active[South]"]]; math.Abs(got-x) > 1e-5*x {
			t.Errorf("South ends the past with %v; the draw carries %v", x, got)
		}
	}
}

func interpolate(at float64) float64 {
	xs, ys := []float64{-120, -90, -60, -40, -20, 0}, []float64{0.2, 0.6, 1.4, 0.4, 1.2, 0.5}
	for i := range xs[1:] {
		if at <= xs[i+1] {
			return ys[i] + (ys[i+1]-ys[i])*(at-xs[i])/(xs[i+1]-xs[i])
		}
	}
	return ys[len(ys)-1]
}

func posteriorText(t *testing.T, p *casefile.Posterior, c *casefile.Case) []byte {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(p.Columns); err != nil {
		t.Fatal(err)
	}
	for _, d := range p.Draws {
		var line []string
		for _, x := range d {
			line = append(line, strconv.FormatFloat(x, 'g', -1, 64))
		}
		if err := w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return b.Bytes()
}

// overlay is a folder with one more file.
type overlay struct {
	fs.FS
	name string
	data []byte
}

func (o overlay) Open(name string) (fs.File, error) {
	if name == o.name {
		return fstest.MapFS{o.name: &fstest.MapFile{Data: o.data}}.Open(name)
	}
	return o.FS.Open(name)
}

func (o overlay) Stat(name string) (fs.FileInfo, error) {
	f, err := o.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}

// TestSameAtAnyThreadCount: the files of a calibration do not depend on threads,
// on the back end, or on interruptions.
func TestSameAtAnyThreadCount(t *testing.T) {
	request := Request{Runs: 16 * 2 * 80, Chains: 16, Draws: 50, Seed: 9}
	read := func(dir string) [2]string {
		var texts [2]string
		for i, name := range []string{casefile.PosteriorName, ResultName} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			texts[i] = string(data)
		}
		return texts
	}
	request.Threads, request.Engine = 1, "interpreter"
	one, _ := calibrated(t, request)
	request.Threads, request.Engine = 3, "auto"
	three, _ := calibrated(t, request)
	if read(one) != read(three) {
		t.Error("one thread and three give other files")
	}

	// Stopped after every few generations, it goes on to the same bytes.
	request.Case, request.Version = ridge(t), "test"
	root := t.TempDir()
	stops := 0
	for {
		ctx, stop := context.WithCancel(context.Background())
		n := 0
		dir, _, err := Start(ctx, request, root, func(p Progress) {
			if n++; p.Stage == "calibrating" && n > 1 && stops < 4 {
				stop()
			}
		})
		stop()
		if err == nil {
			if stops == 0 {
				t.Fatal("it never stopped")
			}
			if read(dir) != read(one) {
				t.Error("an interrupted calibration gives other files")
			}
			left, _ := filepath.Glob(filepath.Join(dir, "*.state"))
			if len(left) > 0 {
				t.Errorf("checkpoints are left: %v", left)
			}
			return
		}
		if ctx.Err() == nil {
			t.Fatal(err)
		}
		stops++
	}
}

// TestSlice: the part of the model that a calibration runs behaves as the whole.
func TestSlice(t *testing.T) {
	c := ridge(t)
	m, err := c.HistoryModel()
	if err != nil {
		t.Fatal(err)
	}
	part := slice(m, []string{"deaths"})
	if len(part.Variables) >= len(m.Variables) {
		t.Error("nothing was left out")
	}
	if part.Variable("mood") != nil || part.Variable("active") == nil || part.Variable("patrols in the past") == nil {
		t.Error("the wrong part was kept")
	}
	var series [2][]float64
	for i, x := range []*engine.Options{{Saved: []string{"deaths"}}, {Saved: []string{"deaths"}}} {
		of := m
		if i == 1 {
			of = part
		}
		p, err := engine.Compile(of, *x)
		if err != nil {
			t.Fatal(err)
		}
		b := &engine.Block{Runs: 1, Series: make([]float64, len(p.SaveTimes())), Bad: make([]int, 1), BadVariable: make([]string, 1)}
		if err := p.NewWorker(1).Run(b); err != nil {
			t.Fatal(err)
		}
		series[i] = b.Series
	}
	for k := range series[0] {
		if series[0][k] != series[1][k] {
			t.Fatalf("deaths differ at %d", k)
		}
	}
}
