package conformance_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"handover/cases"
	"handover/model"
	"handover/model/xmile"
)

// TestXMILERoundTrip writes every model of the suite that can be read, in either
// language, as XMILE and reads it again: the same variables with the same
// documentation, units, equations and points, the same values bit for bit when
// run, and the same bytes when written again.
func TestXMILERoundTrip(t *testing.T) {
	read1, written, run := 0, 0, 0
	for name, f := range folders(t) {
		for _, file := range f.names() {
			m, err := read(f.models[file])
			if err != nil {
				continue // TestConformance tells
			}
			read1++
			again, err := throughXMILE(m)
			if err != nil {
				t.Errorf("%s/%s: %v", name, file, err)
				continue
			}
			written++
			a, err := simulate(m)
			if err != nil {
				continue
			}
			b, err := simulate(again)
			if err != nil {
				t.Errorf("%s/%s does not run when read again: %v", name, file, err)
				continue
			}
			if err := sameBits(a, b); err != nil {
				t.Errorf("%s/%s: %v", name, file, err)
				continue
			}
			run++
		}
	}
	t.Logf("%d models read, %d written and read again alike, %d run to the same bits", read1, written, run)
}

// TestCaseRoundTrip does the same with the model of the Iraq case.
func TestCaseRoundTrip(t *testing.T) {
	folder, _ := cases.Open("iraq")
	f, err := folder.Open("model.xmile")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	m, found := xmile.Read("model.xmile", text.Bytes())
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	again, err := throughXMILE(m)
	if err != nil {
		t.Fatal(err)
	}
	a, err := simulate(m)
	if err != nil {
		t.Fatal(err)
	}
	b, err := simulate(again)
	if err != nil {
		t.Fatal(err)
	}
	if err := sameBits(a, b); err != nil {
		t.Fatal(err)
	}
}

func throughXMILE(m *model.Model) (*model.Model, error) {
	text, found := xmile.Write(m)
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("cannot be written: %w", err)
	}
	again, found := xmile.Read("again.xmile", text)
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("cannot be read again: %w", err)
	}
	if err := model.Check(again).Err(); err != nil {
		return nil, fmt.Errorf("has mistakes when read again: %w", err)
	}
	if err := sameModel(m, again); err != nil {
		return nil, err
	}
	twice, _ := xmile.Write(again)
	if !bytes.Equal(text, twice) {
		a, b := bytes.Split(text, []byte("\n")), bytes.Split(twice, []byte("\n"))
		for i := range a {
			if i >= len(b) || !bytes.Equal(a[i], b[i]) {
				return nil, fmt.Errorf("line %d is %q and, written again, %q", i+1, a[i], b[min(i, len(b)-1)])
			}
		}
		return nil, fmt.Errorf("written again it has more lines")
	}
	return again, nil
}

// sameModel compares what a reader of a model relies on.
func sameModel(a, b *model.Model) error {
	if a.Name != b.Name || a.Documentation != b.Documentation || a.OutsideNaN != b.OutsideNaN && len(a.Dimensions) > 0 || len(a.Units) > 0 && a.OpenUnits != b.OpenUnits {
		return fmt.Errorf("name %q, documentation %q became %q, %q", a.Name, a.Documentation, b.Name, b.Documentation)
	}
	x, y := a.Time, b.Time
	x.Position = y.Position
	if x.Save <= 0 {
		x.Save = x.DT
	}
	if x != y {
		return fmt.Errorf("times %+v became %+v", x, y)
	}
	if len(a.Variables) != len(b.Variables) || len(a.Dimensions) != len(b.Dimensions) || len(a.Units) != len(b.Units) {
		return fmt.Errorf("%d variables, %d dimensions and %d units became %d, %d and %d", len(a.Variables), len(a.Dimensions), len(a.Units), len(b.Variables), len(b.Dimensions), len(b.Units))
	}
	for i, v := range a.Variables {
		if err := sameVariable(a, b, v, b.Variables[i]); err != nil {
			return fmt.Errorf("%s: %w", v.Name, err)
		}
	}
	return nil
}

func sameVariable(a, b *model.Model, v, w *model.Variable) error {
	folded := func(names []string) []string {
		list := make([]string, len(names))
		for i, n := range names {
			list[i] = model.Canonical(n)
		}
		return list
	}
	switch {
	case v.Name != w.Name:
		return fmt.Errorf("the name became %q", w.Name)
	case v.Kind != w.Kind && !(v.Kind <= model.Constant && w.Kind <= model.Constant && v.Kind != model.Stock):
		return fmt.Errorf("the kind %v became %v", v.Kind, w.Kind)
	case v.Units != w.Units || v.Documentation != w.Documentation || v.Sector != w.Sector || v.Provenance != w.Provenance || v.NonNegative != w.NonNegative:
		return fmt.Errorf("%q, %q, %q, %+v became %q, %q, %q, %+v", v.Units, v.Documentation, v.Sector, v.Provenance, w.Units, w.Documentation, w.Sector, w.Provenance)
	case !slices.Equal(folded(v.Dimensions), folded(w.Dimensions)) || !slices.Equal(folded(v.Inflows), folded(w.Inflows)) || !slices.Equal(folded(v.Outflows), folded(w.Outflows)):
		return fmt.Errorf("dimensions or flows differ: %v %v %v became %v %v %v", v.Dimensions, v.Inflows, v.Outflows, w.Dimensions, w.Inflows, w.Outflows)
	case v.Queue != w.Queue || v.Overflow != w.Overflow || (v.Leak == nil) != (w.Leak == nil) || (v.Conveyor == nil) != (w.Conveyor == nil):
		return fmt.Errorf("the kind of transport differs")
	}
	if v.Kind == model.Flow && len(v.Equations) == 0 {
		return nil
	}
	x, err := a.EquationsByElement(v)
	if err != nil {
		return err
	}
	y, err := b.EquationsByElement(w)
	if err != nil {
		return err
	}
	if len(x) != len(y) {
		return fmt.Errorf("%d elements became %d", len(x), len(y))
	}
	for i := range x {
		if (x[i] == nil) != (y[i] == nil) {
			return fmt.Errorf("element %d: an equation came or went", i)
		}
		if x[i] == nil {
			continue
		}
		if (x[i].Expression == nil) != (y[i].Expression == nil) || x[i].Expression != nil && model.Format(x[i].Expression, nil) != model.Format(y[i].Expression, nil) {
			return fmt.Errorf("element %d: the equation %s became %s", i, text(x[i]), text(y[i]))
		}
		g, h := x[i].Graph, y[i].Graph
		if (g == nil) != (h == nil) || g != nil && (g.Interpolation != h.Interpolation || !slices.Equal(g.X, h.X) || !slices.Equal(g.Y, h.Y)) {
			return fmt.Errorf("element %d: the points of the graphical function differ", i)
		}
	}
	return nil
}

func text(e *model.Equation) string {
	if e.Expression == nil {
		return "nothing"
	}
	return model.Format(e.Expression, nil)
}

func sameBits(a, b *result) error {
	if !slices.Equal(a.times, b.times) {
		return fmt.Errorf("saved at other times when read again")
	}
	for name, x := range a.columns {
		y, ok := b.columns[name]
		if !ok {
			return fmt.Errorf("%s is lost", name)
		}
		for k := range x {
			if math.Float64bits(x[k]) != math.Float64bits(y[k]) && !(x[k] != x[k] && y[k] != y[k]) {
				return fmt.Errorf("%s at %v is %v and, read again, %v", name, a.times[k], x[k], y[k])
			}
		}
	}
	return nil
}
