package conformance_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"handover/model"
	"handover/model/vensim"
)

// TestVensimRoundTrip writes every model of the suite that can be read, in either
// language, as Vensim text and reads it again: every variable that both have runs
// to the same values, with the same documentation and units. Models that use what
// Vensim lacks are refused; how many is logged.
func TestVensimRoundTrip(t *testing.T) {
	reasons := known(t, "testdata/vensim.txt")
	readable, refused, run := 0, 0, 0
	why := map[string]int{}
	for name, f := range folders(t) {
		for _, file := range f.names() {
			m, err := read(f.models[file])
			if err != nil {
				continue // TestConformance tells
			}
			a, err := simulate(m)
			if err != nil {
				continue
			}
			readable++
			key := name + "/" + file
			reason, listed := reasons[key]
			text, found := vensim.Write(m)
			if found.Errors() > 0 {
				refused++
				why[found[0].Message]++
				if !listed {
					t.Errorf("%s cannot be written: %v", key, found.Err())
				}
				continue
			}
			err = throughVensim(a, text)
			switch {
			case err == nil && listed:
				t.Errorf("%s passes and is listed as %q: take it off the list", key, reason)
			case err == nil:
				run++
			case !listed:
				t.Errorf("%s: %v", key, err)
			}
		}
	}
	t.Logf("%d models run, %d written as Vensim and read again to the same values, %d refused", readable, run, refused)
}

func throughVensim(a *result, text []byte) error {
	m, found := vensim.Read("again.mdl", text, nil)
	if err := found.Err(); err != nil {
		return fmt.Errorf("cannot be read again: %w", err)
	}
	if err := model.Check(m).Err(); err != nil {
		return fmt.Errorf("has mistakes when read again: %w", err)
	}
	b, err := simulate(m)
	if err != nil {
		return fmt.Errorf("does not run when read again: %w", err)
	}
	for name, x := range a.columns {
		y, ok := b.columns[name]
		if !ok {
			return fmt.Errorf("%s is lost", name)
		}
		if len(a.times) != len(b.times) {
			return fmt.Errorf("it saves %d times and, read again, %d", len(a.times), len(b.times))
		}
		for k := range x {
			if !(math.Abs(x[k]-y[k]) <= 1e-9*max(1, math.Abs(x[k]))) && !(x[k] != x[k] && y[k] != y[k]) && x[k] != y[k] {
				return fmt.Errorf("%s at %v is %v and, read again, %v", name, a.times[k], x[k], y[k])
			}
		}
	}
	for _, v := range a.model.Variables {
		w := m.Variable(v.Name)
		if w == nil {
			continue // a name that Vensim gives another spelling; its values are there
		}
		for _, pair := range [][2]string{{v.Documentation, w.Documentation}, {v.Units, w.Units}} {
			if p, q := strings.Fields(pair[0]), strings.Fields(pair[1]); strings.ReplaceAll(strings.Join(p, ""), "~", "-") != strings.Join(q, "") {
				return fmt.Errorf("%s: %q became %q", v.Name, pair[0], pair[1])
			}
		}
	}
	if _, found := vensim.Write(m); found.Err() != nil {
		return fmt.Errorf("cannot be written again: %w", found.Err())
	}
	return nil
}
