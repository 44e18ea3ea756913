package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// script runs a Python script that prints one number.
func (f *flags) script(text string, arguments ...string) (float64, error) {
	out, err := exec.Command(f.Python, append([]string{"-c", text}, arguments...)...).Output()
	if err != nil {
		if e, ok := err.(*exec.ExitError); ok {
			lines := strings.Split(strings.TrimSpace(string(e.Stderr)), "\n")
			return 0, fmt.Errorf("%s", lines[len(lines)-1])
		}
		return 0, err
	}
	lines := strings.Fields(string(out))
	if len(lines) == 0 {
		return 0, fmt.Errorf("no output")
	}
	return strconv.ParseFloat(lines[len(lines)-1], 64)
}

// pysd is how many runs a second PySD makes of a model file, its reading left out.
func (f *flags) pysd(file string) (float64, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	// PySD writes its translation beside the model.
	folder, err := os.MkdirTemp("", "pysd")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	own := filepath.Join(folder, filepath.Base(file))
	if err := os.WriteFile(own, data, 0o644); err != nil {
		return 0, err
	}
	return f.script(`
import sys, time, warnings
warnings.simplefilter("ignore")
import pysd
name = sys.argv[1]
m = pysd.read_vensim(name) if name.endswith(".mdl") else pysd.read_xmile(name)
m.run()
n, start = 0, time.perf_counter()
while n < 3 or time.perf_counter() - start < 5:
    m.run()
    n += 1
print(n / (time.perf_counter() - start))
`, own)
}

// workbench is the time of an experiment of the EMA Workbench with a model that
// does nothing.
func (f *flags) workbench(string) (float64, error) {
	return f.script(`
import time, warnings, logging
warnings.simplefilter("ignore")
from ema_workbench import Model, RealParameter, ScalarOutcome, perform_experiments, SequentialEvaluator
def nothing(a=0, b=0, c=0):
    return {"y": a + b + c}
m = Model("noop", function=nothing)
m.uncertainties = [RealParameter(n, 0.4, 0.6) for n in "abc"]
m.outcomes = [ScalarOutcome("y")]
n = 20000
start = time.perf_counter()
with SequentialEvaluator(m) as e:
    e.perform_experiments(scenarios=n)
print((time.perf_counter() - start) / n)
`)
}
