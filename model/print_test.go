package model

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sameTree compares expressions without their places.
func sameTree(a, b Expression) string {
	return cmp.Diff(a, b, cmpopts.IgnoreTypes(At(0)), cmpopts.EquateNaNs())
}

func TestFormat(t *testing.T) {
	for text, want := range map[string]string{
		"a+b*c":                               "a + b * c",
		"(a+b)*c":                             "(a + b) * c",
		"a-(b-c)":                             "a - (b - c)",
		"(a-b)-c":                             "a - b - c",
		"a/(b*c)":                             "a / (b * c)",
		"-a^2":                                "-a^2",
		"(-a)^2":                              "(-a)^2",
		"(-2)^2":                              "(-2)^2",
		"2^-3^a":                              "2^-3^a",
		"(2^3)^a":                             "(2^3)^a",
		"a - -b":                              "a - -b",
		"NOT (a AND b) or c":                  "NOT (a AND b) OR c",
		"(a<b)=(c>d)":                         "a < b = c > d",
		"1+(IF a THEN b ELSE c)*2":            "1 + (IF a THEN b ELSE c) * 2",
		"if a then if b then 1 else 2 else 3": "IF a THEN IF b THEN 1 ELSE 2 ELSE 3",
		`"net flow"*"a\"b"["x y", *]`:         `net_flow * "a\"b"[x_y, *]`,
		"SUM(x[*:sub, 2, @1, a:c, i+1])":      "SUM(x[*:sub, 2, @1, a:c, i + 1])",
		"m' * n[*,a]'":                        "m' * n[*, a]'",
		"table(TIME) mod 3":                   "table(time) MOD 3",
		`"and" + "if"(3)`:                     `"and" + "if"(3)`,
		"1e300*0.1e-7":                        "1e+300 * 1e-08",
	} {
		x, err := ParseExpression(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := Format(x, nil); got != want {
			t.Errorf("%s is written %s, want %s", text, got, want)
		}
	}
}

// FuzzFormat: what is written reads as the same expression, and is written the
// same again.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"a+b*(c-d)^-e^f", "IF a>1 AND NOT b THEN -x[1,*] ELSE \"q r\".s'", "SUM(x[a:b]) mod MAX(1,2,-3)", "-(-(-1))", "not not a", "x[(IF a THEN 1 ELSE 2)]", "x[y[1]](3)", "(a=b)<>(c<=d)", "-(2)^2", "\"\"", "\"a.b\".c", ".a", "1.5.2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := ParseExpression(text)
		if err != nil {
			return
		}
		written := Format(x, nil)
		y, err := ParseExpression(written)
		if err != nil {
			t.Fatalf("%q is written %q: %v", text, written, err)
		}
		if d := sameTree(x, y); d != "" {
			t.Fatalf("%q is written %q:\n%s", text, written, d)
		}
		if again := Format(y, nil); again != written {
			t.Fatalf("%q is written %q and then %q", text, written, again)
		}
	})
}

func TestFormatNames(t *testing.T) {
	x, _ := ParseExpression("birth_rate * population[north]")
	got := Format(x, func(name string) string {
		return Quoted(map[string]string{"birth_rate": "Birth Rate", "population": "Population (people)", "north": "North"}[name])
	})
	if want := `Birth_Rate * "Population (people)"[North]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if y, err := ParseExpression(got); err != nil || reflect.DeepEqual(y, nil) {
		t.Error(err)
	}
}
