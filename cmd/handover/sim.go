package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"handover/diagnostic"
	"handover/model"
	"handover/trajectory"
)

// simVerb runs a model once.
type simVerb struct {
	Model  string   `arg:"" help:"A model file: XMILE (.xmile, .stmx, .itmx, .xml) or Vensim (.mdl)." predictor:"model"`
	Set    []string `help:"A variable, or an element of an array, takes a value in place of its equation; a stock starts from it." placeholder:"NAME=VALUE" sep:"none"`
	Start  *float64 `help:"The time at which the run starts; the model's own when left out." placeholder:"T"`
	Stop   *float64 `help:"The time at which it stops." placeholder:"T"`
	DT     *float64 `name:"dt" help:"The length of a step." placeholder:"STEP"`
	Every  *float64 `help:"The time between saved values." placeholder:"INTERVAL"`
	Method string   `help:"How stocks are integrated: euler, rk2, rk4 or rk45 (which chooses its steps); the model's own when left out." enum:",euler,rk2,rk4,rk45" default:"" placeholder:"METHOD"`
	Data   []string `help:"A table (CSV, or TSV by its name) whose columns take the place of variables: the time first, then one column a variable. Between two times values are interpolated linearly, outside they are held." placeholder:"FILE" predictor:"file" sep:"none"`
	Save   []string `help:"Keep only these variables." placeholder:"NAME" sep:"none"`
	Seed   uint64   `help:"Where the model's random numbers start (default ${default})." default:"1" placeholder:"S"`
	Output string   `short:"o" help:"The file to write: .csv, .parquet or .nc (NetCDF); CSV on the terminal when left out." placeholder:"FILE" predictor:"file"`
}

// writers are the formats by their file names.
var writers = map[string]func(*trajectory.Trajectory, io.Writer) error{
	".csv":     (*trajectory.Trajectory).WriteCSV,
	".parquet": (*trajectory.Trajectory).WriteParquet,
	".nc":      (*trajectory.Trajectory).WriteNetCDF,
}

// Run runs the model and writes what its variables did.
func (v *simVerb) Run(to streams) error {
	write := writers[suffix(v.Output)]
	if v.Output != "" && write == nil {
		return usage("it ends in .csv, .parquet or .nc", "%s has no format that can be written", shown(v.Output))
	}
	m, err := loadModel(v.Model, to)
	if err != nil {
		return err
	}
	if err := v.change(m); err != nil {
		return err
	}
	if found := model.Check(m); found.Errors() > 0 {
		// What was asked for does not fit the model: a cycle, say.
		return mistakes(to.err, shown(v.Model), found)
	}
	t, err := trajectory.Run(m, trajectory.Options{Saved: v.Save, Seed: v.Seed})
	if err != nil {
		return known(err, "--save")
	}
	if t.Bad != nil {
		fmt.Fprintf(to.err, "warning: %s is not a finite number from time %v on\n", t.Bad.Name, t.Bad.Time)
	}
	if v.Output == "" {
		return t.WriteCSV(to.out)
	}
	if err := writeWhole(v.Output, func(f *os.File) error { return write(t, f) }); err != nil {
		return fmt.Errorf("cannot write %s: %w", shown(v.Output), cause(err))
	}
	return nil
}

// change applies the flags to the model.
func (v *simVerb) change(m *model.Model) error {
	// A model that saves every step goes on doing so.
	if m.Time.Save <= 0 || m.Time.Save == m.Time.DT {
		m.Time.Save = 0
	}
	for _, s := range []struct {
		to   *float64
		from *float64
	}{{&m.Time.Start, v.Start}, {&m.Time.Stop, v.Stop}, {&m.Time.DT, v.DT}, {&m.Time.Save, v.Every}} {
		if s.from != nil {
			*s.to = *s.from
		}
	}
	switch v.Method {
	case "euler":
		m.Time.Method = model.Euler
	case "rk2":
		m.Time.Method = model.RK2
	case "rk4":
		m.Time.Method = model.RK4
	case "rk45":
		m.Time.Method = model.RK45
	}
	if m.Time.Stop < m.Time.Start {
		return usage("give --start and --stop in order", "the run would stop at %v, before it starts at %v", m.Time.Stop, m.Time.Start)
	}
	for _, name := range v.Data {
		if err := replaceByData(m, name); err != nil {
			return err
		}
	}
	for _, s := range v.Set {
		// The last sign of equality: a name may hold one, a number not.
		at := strings.LastIndexByte(s, '=')
		if at < 1 {
			return usage("write --set name=value", "--set %s does not say what to set to which value", shown(s))
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(s[at+1:]), 64)
		if err != nil {
			return usage("", "--set %s: %q is not a number", shown(s[:at]), s[at+1:])
		}
		if err := trajectory.Set(m, s[:at], value); err != nil {
			return known(err, "--set")
		}
	}
	return nil
}

// replaceByData reads a table of series into the model.
func replaceByData(m *model.Model, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return usage("", "cannot read %s: %w", shown(name), cause(err))
	}
	defer f.Close()
	separator := ','
	if s := suffix(name); s == ".tsv" || s == ".tab" {
		separator = '\t'
	}
	if err := trajectory.Series(m, f, separator); err != nil {
		err = known(err, "--data "+filepath.Base(name))
		return &failure{code: exitMistakes, err: err}
	}
	return nil
}

// known turns errors about names into failures of the command line, with the
// nearest name.
func known(err error, flag string) error {
	var variable *trajectory.UnknownError
	var element *trajectory.UnknownElementError
	switch {
	case errors.As(err, &variable):
		return usage(diagnostic.DidYouMean(variable.Name, variable.Known), "%s: %w", flag, err)
	case errors.As(err, &element):
		return usage(diagnostic.DidYouMean(element.Name, element.Known), "%s: %w", flag, err)
	case errors.As(err, new(diagnostic.List)):
		return err
	}
	return usage("", "%s: %w", flag, err)
}
