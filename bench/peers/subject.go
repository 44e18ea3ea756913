package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing/fstest"
	"time"

	"handover/casefile"
	"handover/cases"
	"handover/ensemble"
	"handover/model"
	"handover/model/vensim"
	"handover/model/xmile"
)

// subjects reads the models that are there.
func (f *flags) subjects(folder string) ([]*subject, error) {
	var list []*subject
	path := filepath.Join(f.World3, "wrld3-03.mdl")
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Printf("World3-03 is not in %s and was not measured.\n", f.World3)
	case err != nil:
		return nil, err
	default:
		m, found := vensim.Read("wrld3-03.mdl", data, nil)
		if found.Errors() > 0 {
			return nil, found
		}
		s := &subject{name: "World3-03", model: m, file: path, saved: []string{"population", "industrial output", "food", "persistent pollution", "nonrenewable resources"}}
		c, err := asCase(m, s.saved)
		if err != nil {
			return nil, err
		}
		s.job = func(futures int, folder string) (int, error) { return job(c, []string{"base"}, futures, folder) }
		list = append(list, s)
	}
	files, ok := cases.Open("iraq")
	if !ok {
		return nil, fmt.Errorf("the case iraq is not shipped")
	}
	c, found := casefile.Load(files)
	if c == nil {
		return nil, found
	}
	under, err := c.StrategyModel(c.Default[0])
	if err != nil {
		return nil, err
	}
	m, err := still(under)
	if err != nil {
		return nil, err
	}
	text, found := xmile.Write(m)
	if found.Errors() > 0 {
		return nil, found
	}
	file := filepath.Join(folder, "iraq.xmile")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return nil, err
	}
	m.Time.Stop = m.Time.Start + float64(c.Horizon)
	// What an ensemble takes from a run: series, maps and outcomes.
	var saved []string
	add := func(name string) {
		if !slices.Contains(saved, m.Variable(name).Name) {
			saved = append(saved, m.Variable(name).Name)
		}
	}
	for _, x := range c.Series {
		add(c.SeriesVariable(x.ID))
	}
	for _, x := range c.Maps {
		add(x.Variable)
	}
	for _, x := range c.Outcomes {
		add(c.OutcomeVariable(x.ID))
	}
	return append(list, &subject{name: "Iraq", model: m, file: file, saved: saved,
		job: func(futures int, folder string) (int, error) {
			return job(c, c.Default, (futures+len(c.Default)-1)/len(c.Default), folder)
		}}), nil
}

// job runs futures of a case on one thread.
func job(c *casefile.Case, strategies []string, futures int, folder string) (int, error) {
	_, s, err := ensemble.Start(context.Background(), ensemble.Request{Case: c, Strategies: strategies, Futures: futures, Seed: 1, Threads: 1, Version: "peers"}, folder, nil)
	if err != nil {
		return 0, err
	}
	return futures * len(s.Strategies), nil
}

// asCase makes a case of a model: a month stands for the model's unit of time.
func asCase(m *model.Model, saved []string) (*casefile.Case, error) {
	m = m.Copy()
	m.Time.Unit, m.Units = "Month", nil
	for _, v := range m.Variables {
		v.Units = ""
	}
	m.Dimensions = append(m.Dimensions, &model.Dimension{Name: "Place", Elements: []string{"Here"}})
	// Without units all numbers are plain ones, and so must the time be.
	err := rewrite(m, func(_ *model.Variable, x *model.Call) (model.Expression, error) {
		if x.Function != "time" {
			return x, nil
		}
		steps := &model.Binary{At: x.At, Operator: model.Divide, X: x, Y: &model.Call{At: x.At, Function: "dt"}}
		return &model.Binary{At: x.At, Operator: model.Times, X: &model.Number{At: x.At, Value: m.Time.DT}, Y: steps}, nil
	})
	if err != nil {
		return nil, err
	}
	text, found := xmile.Write(m)
	if found.Errors() > 0 {
		return nil, found
	}
	var uncertainties, outcomes strings.Builder
	for _, name := range varied(m) {
		n := m.Variable(name).Equations[0].Expression.(*model.Number).Value
		low, high := 0.95*n, 1.05*n
		if n < 0 {
			low, high = high, low
		}
		fmt.Fprintf(&uncertainties, "  - {variable: %q, distribution: uniform, low: %v, high: %v, label: assumed, source: none}\n", name, low, high)
	}
	for i, name := range saved {
		fmt.Fprintf(&outcomes, "  - {id: o%d, name: o%d, expression: %s, reduce: final, unit: \"1\", better: neither, definition: the last value%s}\n", i, i, model.Canonical(name),
			map[bool]string{true: ", headline: true, event: {above: 0, name: above nothing}"}[i == 0])
	}
	series := ""
	for i, name := range saved {
		series += fmt.Sprintf("  - {id: s%d, name: s%d, expression: %s, unit: \"1\"}\n", i, i, model.Canonical(name))
	}
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"case.yaml": "name: " + strings.ToLower(strings.Map(letter, m.Name)) + "\ntitle: t\nversion: \"1\"\nquestion: q\nbase_date: 2000-01-01\nhorizon: " + strconv.Itoa(int(m.Time.Stop-m.Time.Start)) +
			"\nreference: base\nplaces:\n  dimension: Place\n  map: map.geojson\n  elements:\n    - {element: Here, shape: H}\ndefault: [base]\nlimits: [none]\nhindcast: none\nsources:\n  - {name: n, used: u, licence: l}\n",
		"model.xmile":        string(text),
		"uncertainties.yaml": "uncertainties:\n" + uncertainties.String(),
		"outcomes.yaml":      "outcomes:\n" + outcomes.String() + "series:\n" + series,
		"map.geojson":        `{"type":"FeatureCollection","features":[{"type":"Feature","id":"H","properties":{},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}]}`,
		"strategies.yaml":    "strategies:\n  - {id: base, name: base, short: base, description: d}\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	c, found := casefile.Load(files)
	if c == nil {
		return nil, found
	}
	return c, nil
}

func letter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// overhead is the time of a future of a model that does nothing.
func overhead(folder string) (float64, error) {
	m, found := xmile.Read("noop.xmile", []byte(`<xmile xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" version="1.0"><header><name>noop</name><vendor>v</vendor><product version="1">p</product></header>
<sim_specs time_units="Month"><start>0</start><stop>1</stop><dt>1</dt></sim_specs><model><variables>
<aux name="a"><eqn>0.5</eqn></aux><aux name="b"><eqn>0.5</eqn></aux><aux name="c"><eqn>0.5</eqn></aux><aux name="y"><eqn>a + b + c</eqn></aux></variables></model></xmile>`))
	if found.Errors() > 0 {
		return 0, found
	}
	c, err := asCase(m, []string{"y"})
	if err != nil {
		return 0, err
	}
	const futures = 200_000
	var times []float64
	for i := range 3 {
		start := time.Now()
		if _, err := job(c, []string{"base"}, futures, filepath.Join(folder, fmt.Sprintf("noop-%d", i))); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start).Seconds()/futures)
	}
	return median(times), nil
}

// peak is the most memory that the process had, in MiB.
func peak() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Maxrss) / 1024
}

func median(x []float64) float64 {
	x = slices.Clone(x)
	slices.Sort(x)
	return x[len(x)/2]
}
