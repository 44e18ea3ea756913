package main

import (
	"fmt"
	"handover/engine"
	"handover/model"
	"math"
	"testing"
)

func TestZZ(t *testing.T) {
	f := &flags{World3: "../../../shared/none", CC: "gcc"}
	dir := t.TempDir()
	l, err := f.subjects(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := l[0]
	s.model.Time.Stop = s.model.Time.Start + s.model.Time.DT
	s.model.Time.Save = 0
	s.saved = nil
	for _, v := range s.model.Variables {
		if len(v.Dimensions) == 0 && v.Kind != model.Lookup && v.Kind != model.Constant {
			s.saved = append(s.saved, v.Name)
		}
	}
	va := varied(s.model)
	p, err := engine.Compile(s.model, engine.Options{Varied: va, Saved: s.saved, Backend: engine.Interpreter})
	if err != nil {
		t.Fatal(err)
	}
	_, a, _ := ours(p, s.model, va, 64)
	prog, err := f.compile(s, va, 0, []string{"-O1"}, dir)
	if err != nil {
		t.Fatal(err)
	}
	_, b, err := output(prog, 64)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range s.saved {
		if math.Abs(a[i]-b[i]) > 1e-9*math.Abs(a[i]) {
			fmt.Println(s.saved[i], a[i], b[i])
			n++
			if n > 40 {
				break
			}
		}
	}
}
