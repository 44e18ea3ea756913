package conformance_test

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestConformance runs every model file of the suite and compares it with the
// output of its folder. What does not pass is listed with the reason; a model that
// passes and is listed fails, so that the list stays true.
func TestConformance(t *testing.T) {
	reasons := known(t, "testdata/conformance.txt")
	all := folders(t)
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	type tally struct{ passed, failed, without int }
	tallies := map[string]*tally{"XMILE": {}, "Vensim": {}}
	met := map[string]bool{}
	for _, name := range names {
		for _, file := range all[name].names() {
			key := name + "/" + file
			met[key] = true
			count := tallies[language(file)]
			err := conforms(t, all[name], file)
			reason, listed := reasons[key]
			switch {
			case err == nil && listed:
				t.Errorf("%s passes and is listed as %q: take it off the list", key, reason)
			case err == nil:
				count.passed++
			case !listed:
				t.Errorf("%s: %v", key, err)
				count.failed++
			case strings.HasPrefix(reason, "n/a: "):
				count.without++
			default:
				count.failed++
			}
		}
	}
	for key := range reasons {
		if !met[key] {
			t.Errorf("%s is listed and not in the suite", key)
		}
	}
	for _, language := range []string{"XMILE", "Vensim"} {
		c := tallies[language]
		t.Logf("%s: %d passed, %d failed, %d not applicable", language, c.passed, c.failed, c.without)
	}
}

func conforms(t *testing.T, f *folder, file string) error {
	m, err := read(f.models[file])
	if err != nil {
		return err
	}
	r, err := simulate(m)
	if err != nil {
		return err
	}
	output := f.output(f.models[file])
	if output == "" {
		return errNoOutput
	}
	return compare(r, readReference(t, output))
}

// TestLanguagesAgree compares the models of a folder that holds both a Vensim and an
// XMILE file: every variable that both have, at every time that both save. They
// differ by rounding alone where both have the same steps.
func TestLanguagesAgree(t *testing.T) {
	reasons := known(t, "testdata/agreement.txt")
	both, agreed := 0, 0
	for name, f := range folders(t) {
		var models, xmiles []string
		for _, file := range f.names() {
			switch {
			case language(file) == "Vensim":
				models = append(models, file)
			case strings.EqualFold(filepath.Ext(file), ".xmile"):
				xmiles = append(xmiles, file)
			}
		}
		for _, a := range models {
			for _, b := range xmiles {
				// Several pairs in a folder are told apart by their names.
				if len(models) > 1 && strings.TrimSuffix(a, filepath.Ext(a)) != strings.TrimSuffix(b, filepath.Ext(b)) {
					continue
				}
				both++
				key := name + "/" + a + " " + b
				err := agree(f.models[a], f.models[b])
				reason, listed := reasons[key]
				switch {
				case err == nil && listed:
					t.Errorf("%s agrees and is listed as %q: take it off the list", key, reason)
				case err == nil:
					agreed++
				case !listed:
					t.Errorf("%s: %v", key, err)
				}
			}
		}
	}
	t.Logf("%d of %d pairs agree", agreed, both)
}

func agree(a, b string) error {
	var results [2]*result
	for i, path := range []string{a, b} {
		m, err := read(path)
		if err != nil {
			return err
		}
		if results[i], err = simulate(m); err != nil {
			return err
		}
	}
	x, y := results[0], results[1]
	compared := 0
	for _, name := range x.order {
		other, ok := y.columns[fold(name)]
		if !ok {
			continue
		}
		for k, time := range x.times {
			at := slices.IndexFunc(y.times, func(u float64) bool { return math.Abs(u-time) <= 1e-9*math.Max(1, math.Abs(time)) })
			if at < 0 {
				continue
			}
			compared++
			v, w := x.columns[fold(name)][k], other[at]
			if !(math.Abs(v-w) <= 1e-9*math.Max(1, math.Max(math.Abs(v), math.Abs(w)))) && !(v != v && w != w) && v != w {
				return fmt.Errorf("%s at %v is %v in Vensim and %v in XMILE", name, time, v, w)
			}
		}
	}
	if compared == 0 {
		return fmt.Errorf("no variable is in both")
	}
	return nil
}
