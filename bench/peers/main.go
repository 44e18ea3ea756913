// Command peers measures, side by side on one machine and in one go, how fast one
// model runs here and elsewhere: in this engine alone and through an ensemble with
// sampling, summaries and files; as C in the shape that code generators emit, one run
// after the other; as C with the runs as innermost loop, the practical limit; with
// PySD and the EMA Workbench where Python has them; and in any simulator given as
// a command. Results are compared before a speed is printed. All on one core.
//
//	go run ./bench/peers
//	go run ./bench/peers --python venv/bin/python --runs 20000
//	go run ./bench/peers --command 'other=simulate {model}'
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"handover/engine"
	"handover/model"
)

type flags struct {
	World3  string   `help:"The folder of World3-03." default:"../shared/data/models/world3"`
	Runs    int      `help:"Runs of each measurement of ours and of C." default:"8192"`
	Repeats int      `help:"Measurements of each; the median counts." default:"5"`
	CC      string   `help:"The C compiler." default:"gcc"`
	Python  string   `help:"A Python that has PySD or the EMA Workbench." default:"python3"`
	Command []string `help:"NAME=COMMAND: another simulator, {model} being the file of the model; it runs it once." sep:"none"`
	Keep    string   `help:"Keep the C sources in this folder."`
}

// subject is a model to be measured.
type subject struct {
	name  string
	model *model.Model // draws replaced by fixed values
	saved []string
	// job runs futures of the subject as a case, with sampling, summaries and files,
	// on one thread, and returns how many runs that were.
	job func(futures int, folder string) (runs int, err error)
	// file is the model file for other simulators.
	file string
}

// line is a row of the table.
type line struct {
	what   string
	rate   float64 // runs a second
	memory float64 // MiB at the peak, 0 when not measured
	note   string
}

func main() {
	var f flags
	kong.Parse(&f, kong.Description("Measures how fast a model runs here and elsewhere."))
	if err := f.measure(); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func (f *flags) measure() error {
	runtime.GOMAXPROCS(1)
	folder, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if f.Keep != "" {
		folder = f.Keep
	}
	list, err := f.subjects(folder)
	if err != nil {
		return err
	}
	for _, s := range list {
		lines, err := f.one(s, folder)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		print(s, lines)
	}
	per, err := overhead(folder)
	if err != nil {
		return err
	}
	fmt.Printf("A future of a model that does nothing, with sampling, summaries and files: %.2f microseconds.\n", per*1e6)
	if per, err := f.workbench(folder); err != nil {
		fmt.Printf("The EMA Workbench was not measured: %v\n", err)
	} else {
		fmt.Printf("The same in the EMA Workbench: %.1f microseconds.\n", per*1e6)
	}
	return nil
}

// one measures a subject in turns, so that what else the machine does meets all.
func (f *flags) one(s *subject, folder string) ([]line, error) {
	varied := varied(s.model)
	type contender struct {
		line
		run   func() (seconds float64, first []float64, err error)
		count int
		times []float64
	}
	var all []*contender
	for _, b := range []engine.Backend{engine.Interpreter, engine.AVX2, engine.AVX512} {
		p, err := engine.Compile(s.model, engine.Options{Varied: varied, Saved: s.saved, Backend: b})
		if err != nil {
			continue // not on this processor
		}
		all = append(all, &contender{line: line{what: "engine, " + b.String()}, count: f.Runs,
			run: func() (float64, []float64, error) { return ours(p, s.model, varied, f.Runs) }})
	}
	for _, c := range []struct {
		what  string
		lanes int
		flags []string
	}{{"C, one run at a time", 0, []string{"-O3", "-march=native"}},
		{"C, 8 runs at once", 8, batched}, {"C, 16 runs at once", 16, batched}, {"C, 32 runs at once", 32, batched}} {
		program, err := f.compile(s, varied, c.lanes, c.flags, folder)
		if errors.Is(err, exec.ErrNotFound) {
			fmt.Printf("C was not measured: %v\n", err)
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, &contender{line: line{what: c.what}, count: f.Runs,
			run: func() (float64, []float64, error) { return output(program, f.Runs) }})
	}
	var want []float64
	for i := range max(1, f.Repeats) {
		for _, c := range all {
			seconds, first, err := c.run()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.what, err)
			}
			if want == nil {
				want = first
			}
			if i == 0 {
				if worst := apart(want, first); !(worst <= 1e-6) {
					return nil, fmt.Errorf("%s gives other results than the interpreter: %v, not %v (relative %.1g)", c.what, first, want, worst)
				}
			}
			c.times = append(c.times, seconds)
		}
	}
	var lines []line
	for _, c := range all {
		c.rate = float64(c.count) / median(c.times)
		lines = append(lines, c.line)
	}
	var rates []float64
	for i := range 3 {
		start := time.Now()
		runs, err := s.job(f.Runs, filepath.Join(folder, fmt.Sprintf("%s-runs-%d", s.name, i)))
		if err != nil {
			return nil, err
		}
		rates = append(rates, float64(runs)/time.Since(start).Seconds())
	}
	lines = append(lines, line{what: "ensemble, one thread: draws, sampling, summaries, files", rate: median(rates), memory: peak()})
	return append(lines, f.others(s)...), nil
}

// varied are the scalar constants that runs differ in: those that are no whole
// number and so no switch.
func varied(m *model.Model) []string {
	var names []string
	for _, v := range m.Variables {
		if v.Kind != model.Constant || len(v.Dimensions) > 0 || len(names) == 20 {
			continue
		}
		if n, ok := v.Equations[0].Expression.(*model.Number); ok && n.Value != math.Trunc(n.Value) {
			names = append(names, v.Name)
		}
	}
	return names
}

// factor is what run multiplies constant v with; the C does the same.
func factor(run, v int) float64 {
	return 0.95 + 0.1*float64((run*7919+v*104729)%1000)/999
}

// ours runs the program in blocks and returns the last values of the first runs.
func ours(p *engine.Program, m *model.Model, varied []string, runs int) (float64, []float64, error) {
	const lanes = 64
	bases := make([]float64, len(varied))
	for i, name := range varied {
		bases[i] = m.Variable(name).Equations[0].Expression.(*model.Number).Value
	}
	columns, times := len(p.Columns()), len(p.SaveTimes())
	w := p.NewWorker(lanes)
	var first []float64
	start := time.Now()
	for at := 0; at < runs; at += lanes {
		n := min(lanes, runs-at)
		b := &engine.Block{Runs: n, First: at, Inputs: make([]float64, len(varied)*n), Series: make([]float64, columns*times*n), Bad: make([]int, n), BadVariable: make([]string, n)}
		for v := range varied {
			for j := range n {
				b.Inputs[v*n+j] = bases[v] * factor(at+j, v)
			}
		}
		if err := w.Run(b); err != nil {
			return 0, nil, err
		}
		if at == 0 {
			for j := range 3 {
				for c := range columns {
					first = append(first, b.Series[(c*times+times-1)*n+j])
				}
			}
		}
	}
	return time.Since(start).Seconds(), first, nil
}

// batched lets the compiler use its vector forms of exp, log and pow.
var batched = []string{"-O3", "-march=native", "-ffast-math", "-fno-finite-math-only", "-mprefer-vector-width=512"}

func (f *flags) compile(s *subject, varied []string, lanes int, options []string, folder string) (string, error) {
	cc, err := exec.LookPath(f.CC)
	if err != nil {
		return "", err
	}
	text, err := source(s.model, varied, s.saved, lanes > 0)
	if err != nil {
		return "", fmt.Errorf("written as C: %w", err)
	}
	name := filepath.Join(folder, fmt.Sprintf("%s-%d", s.name, lanes))
	if err := os.WriteFile(name+".c", []byte(text), 0o644); err != nil {
		return "", err
	}
	command := exec.Command(cc, append(options, "-DLANES="+strconv.Itoa(lanes), "-o", name, name+".c", "-lm")...)
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", command, err, out)
	}
	return name, nil
}

// output runs a compiled program: its first line is the time, the rest values.
func output(program string, runs int) (float64, []float64, error) {
	out, err := exec.Command(program, strconv.Itoa(runs)).Output()
	if err != nil {
		return 0, nil, err
	}
	var numbers []float64
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		x, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			return 0, nil, err
		}
		numbers = append(numbers, x)
	}
	if len(numbers) < 2 {
		return 0, nil, fmt.Errorf("no output")
	}
	return numbers[0], numbers[1:], nil
}

// apart is the greatest relative difference of two lists.
func apart(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	worst := 0.0
	for i := range a {
		if d := math.Abs(a[i] - b[i]); d > 0 {
			worst = max(worst, d/max(math.Abs(a[i]), math.Abs(b[i])))
		} else if d != d {
			return math.NaN()
		}
	}
	return worst
}

// others measures PySD and the simulators given as commands.
func (f *flags) others(s *subject) []line {
	var lines []line
	if strings.HasSuffix(s.file, ".mdl") || strings.HasSuffix(s.file, ".xmile") {
		if rate, err := f.pysd(s.file); err != nil {
			fmt.Printf("%s: PySD was not measured: %v\n", s.name, err)
		} else {
			lines = append(lines, line{what: "PySD", rate: rate})
		}
	}
	for _, c := range f.Command {
		name, command, ok := strings.Cut(c, "=")
		if !ok {
			fmt.Printf("%s: expected NAME=COMMAND\n", c)
			continue
		}
		words := strings.Fields(strings.ReplaceAll(command, "{model}", s.file))
		start, runs := time.Now(), 0
		for time.Since(start) < 3*time.Second {
			if out, err := exec.CommandContext(context.Background(), words[0], words[1:]...).CombinedOutput(); err != nil {
				fmt.Printf("%s: %s was not measured: %v: %.200s\n", s.name, name, err, out)
				break
			}
			runs++
		}
		if runs > 0 {
			lines = append(lines, line{what: name, rate: float64(runs) / time.Since(start).Seconds(), note: "a process a run; results not compared"})
		}
	}
	return lines
}

// print writes the table, ratios against C one run at a time.
func print(s *subject, lines []line) {
	one, best := 0.0, 0.0
	for _, l := range lines {
		if l.what == "C, one run at a time" {
			one = l.rate
		} else if strings.HasPrefix(l.what, "C, ") {
			best = max(best, l.rate)
		}
	}
	fmt.Printf("\n%s: %d instructions a step\n\n| what, one core | runs/s | against C, one run | against C, batched |\n|---|---:|---:|---:|\n", s.name, instructions(s))
	ratio := func(x, y float64) string {
		if y == 0 {
			return "–"
		}
		return strconv.FormatFloat(x/y, 'f', 2, 64)
	}
	for _, l := range lines {
		note := ""
		if l.memory > 0 {
			note = fmt.Sprintf(" (%.0f MiB)", l.memory)
		}
		if l.note != "" {
			note += " (" + l.note + ")"
		}
		fmt.Printf("| %s%s | %.0f | %s | %s |\n", l.what, note, l.rate, ratio(l.rate, one), ratio(l.rate, best))
	}
	fmt.Println()
}

func instructions(s *subject) int {
	p, err := engine.Compile(s.model, engine.Options{Saved: s.saved, Backend: engine.Interpreter})
	if err != nil {
		return 0
	}
	return p.Instructions()
}
